"""One phrase of the book: what it means, how it is said in each language, what answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parley.liaison.hotline.blanks import BlankKind

LANGUAGES = ("en", "ru", "he", "ar", "fr")
"""Every phrase stands in each of them."""
RIGHT_TO_LEFT = frozenset({"he", "ar"})


@dataclass(frozen=True, slots=True)
class Wording:
    """text: with its blanks as {name}. pronounced: for whoever does not read the script, in Latin
    letters (English: in Cyrillic); "" where there is none."""

    text: str
    pronounced: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """id: for good: words once published never change, other words get another id. meaning: in
    English, for people. replies: ids of the phrases of which one is owed as the answer, the
    plainest first; () where none is. blanks: their names and kinds, in the order of the English.
    """

    id: str
    meaning: str
    replies: tuple[str, ...]
    blanks: tuple[tuple[str, BlankKind], ...]
    wordings: Mapping[str, Wording]


def phrase(
    number: int,
    meaning: str,
    replies: tuple[int, ...] = (),
    *,
    en: tuple[str, str],
    ru: tuple[str, str],
    he: tuple[str, str],
    ar: tuple[str, str],
    fr: str,
) -> Phrase:
    """A row of the tables. Each blank is of the kind that it is named by."""
    names = [part.partition("}")[0] for part in en[0].split("{")[1:]]
    wordings = {"en": Wording(*en), "ru": Wording(*ru), "he": Wording(*he), "ar": Wording(*ar)}
    return Phrase(
        f"p-{number}",
        meaning,
        tuple(f"p-{reply}" for reply in replies),
        tuple((name, BlankKind(name)) for name in names),
        {**wordings, "fr": Wording(fr)},
    )
