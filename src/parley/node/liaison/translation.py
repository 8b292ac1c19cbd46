"""Machine translation as a labelled suggestion, and nothing more.

A suggestion is made when somebody asks for it and is never signed, logged, sent or kept: the
original is the message. A phrase needs none: its own wording in the reader's language is agreed.
What leaves this machine passes a filter first: its line, its marking, the operator's own word.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Protocol

from parley.errors import ConfigError, InputError
from parley.liaison.hotline import phrasebook
from parley.liaison.hotline.contents import LineName
from parley.liaison.hotline.messages import message_of
from parley.liaison.papers.marking import Tlp
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.marking import verdict

MOST = 12_000
"""Characters of a suggestion; the text of a message has 4,000 at most."""


class Translator(Protocol):
    """Something that translates, such as ``parley.outlets.translators`` has them."""

    @property
    def provider(self) -> str:
        """Its name, for the label."""
        ...

    @property
    def outside(self) -> bool:
        """Whether the text leaves this machine."""
        ...

    async def translate(self, text: str, source: str, target: str) -> str:
        """The text in the language ``target`` (BCP 47). ConfigError: it cannot, or not in time."""
        ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Beside the original, never in its place. checked: the book's own wording of a phrase."""

    text: str
    provider: str
    source: str
    target: str
    checked: bool = False

    @property
    def label(self) -> str:
        """What stands over it wherever it is shown."""
        if self.checked:
            return f"wording of the {self.provider}"
        return f"machine suggestion by {self.provider}, not checked"


@dataclass(frozen=True, slots=True)
class Translating:
    """A translator and what it may be given. lines: of which line's messages. trusted: the
    operator answers for what leaves this machine to it, whatever its marking."""

    translator: Translator
    lines: frozenset[LineName] = frozenset()
    trusted: bool = False

    def refuse(self, record: PaperRecord, party: str) -> None:
        """InputError where the message may not go to this translator; ``party`` is who asks.
        What stays on this machine goes by its line alone."""
        provider, line = self.translator.provider, message_of(record.paper.content).line
        if line not in self.lines:
            raise InputError(
                f"messages of the {line.value} line do not go to {provider}",
                right="a person who reads both languages, or the line in hotline.json",
                where="ref",
            )
        if not self.translator.outside or self.trusted:
            return
        marking = record.paper.marking
        judged = verdict(marking, record.author, party, provider)
        if marking.tlp is not Tlp.CLEAR or not judged.allowed:
            raise InputError(
                f"{record.ref} is marked {marking.banner()} and does not leave this machine",
                right="a translator on this machine; or one that the operator trusts",
                where="ref",
            )

    async def suggest(self, record: PaperRecord, target: str, party: str) -> Suggestion:
        """InputError: not allowed, or the same language; ConfigError: the translator failed."""
        self.refuse(record, party)
        said = message_of(record.paper.content)
        provider = self.translator.provider
        if _language(said.language) == _language(target):
            raise InputError(
                f"{record.ref} is in {said.language} already", right="another language"
            )
        text = _plain(await self.translator.translate(said.text, said.language, target))
        if not text.strip():
            raise ConfigError(f"{provider} answers nothing", right="a translation")
        return Suggestion(text, provider, said.language, target)


def in_book(record: PaperRecord, target: str) -> Suggestion | None:
    """The book's own wording of a message that says a phrase, None for free words. InputError:
    the book does not have the language."""
    said = message_of(record.paper.content)
    if not said.phrase:
        return None
    text = phrasebook.render(phrasebook.find(said.phrase), _language(target), said.blanks)
    provider = f"phrase book, {said.phrase}"
    return Suggestion(text, provider, said.language, _language(target), checked=True)


def _language(tag: str) -> str:
    return tag.partition("-")[0]


def _plain(text: str) -> str:
    """What a program answered, without signs that nobody sees or that turn text around."""
    kept = (s for s in text[:MOST] if s == "\n" or unicodedata.category(s)[0] != "C")
    return "".join(kept).strip()
