"""The phrase book: numbered phrases in five languages, so that the urgent needs no translator.

The book is part of the rules: two nodes render the same phrase with the same blanks to the same
text, and a message that names a phrase says exactly that text. Its words never change; what is
said better gets a new number, so that old logs stay right.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache

from parley.errors import InputError
from parley.liaison.hotline.blanks import check_blank
from parley.liaison.hotline.phrase import LANGUAGES, Phrase, Wording
from parley.liaison.hotline.phrases_air import NOTICES, QUESTIONS
from parley.liaison.hotline.phrases_line import GENERAL, LINE
from parley.liaison.hotline.phrases_urgent import URGENT
from parley.liaison.papers.values import Value

VERSION = "parley-phrases/1"
_BLANK = re.compile(r"\{([a-z]+)\}")

BOOK: Mapping[str, Phrase] = {
    one.id: one for one in (*URGENT, *QUESTIONS, *NOTICES, *LINE, *GENERAL)
}


@cache
def digest() -> str:
    """SHA-256 (hex) of the whole book as sorted JSON: two parties read the same one."""
    rows = [
        [
            one.id,
            one.meaning,
            list(one.replies),
            [[name, kind.value] for name, kind in one.blanks],
            {language: [w.text, w.pronounced] for language, w in one.wordings.items()},
        ]
        for one in BOOK.values()
    ]
    text = json.dumps([VERSION, rows], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def find(phrase_id: str) -> Phrase:
    """The phrase with this id; InputError if the book has none."""
    found = BOOK.get(phrase_id)
    if found is None:
        raise InputError(
            f"the phrase book has no phrase {phrase_id[:40]!r}",
            right=f"one of {', '.join(BOOK)}",
            where="phrase",
        )
    return found


def reply_to(phrase: Phrase) -> tuple[Phrase, ...]:
    """The phrases of which one is owed as the answer, the plainest first; () where none is."""
    return tuple(BOOK[one] for one in phrase.replies)


def check_blanks(phrase: Phrase, blanks: Iterable[Value]) -> dict[str, str]:
    """The blanks by name. InputError: one is missing, unknown, twice, or not of its kind."""
    given = list(blanks)
    filled = {blank.name: blank.value for blank in given}
    names = [name for name, _ in phrase.blanks]
    if len(given) != len(filled) or set(filled) != set(names):
        raise InputError(
            f"{phrase.id} is filled with {', '.join(b.name for b in given) or 'nothing'}",
            right=f"exactly: {', '.join(names) or 'no blanks'}",
            where="blanks",
        )
    for name, kind in phrase.blanks:
        check_blank(kind, filled[name], f"blanks.{name}")
    return filled


def render(phrase: Phrase, language: str, blanks: Iterable[Value] = ()) -> str:
    """What the phrase says in a language ("en", "ru", "he", "ar", "fr"), its blanks filled.

    InputError: a language that the book does not have, or blanks that do not fit."""
    return _filled(_wording(phrase, language).text, check_blanks(phrase, blanks))


def pronounced(phrase: Phrase, language: str, blanks: Iterable[Value] = ()) -> str:
    """How it is pronounced, in letters of another script; "" where the book does not say."""
    return _filled(_wording(phrase, language).pronounced, check_blanks(phrase, blanks))


def _wording(phrase: Phrase, language: str) -> Wording:
    found = phrase.wordings.get(language)
    if found is None:
        raise InputError(
            f"the phrase book has no language {language[:40]!r}",
            right=f"one of {', '.join(LANGUAGES)}",
            where="language",
        )
    return found


def _filled(text: str, filled: Mapping[str, str]) -> str:
    return _BLANK.sub(lambda found: filled[found[1]], text)
