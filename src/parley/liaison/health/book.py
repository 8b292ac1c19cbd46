"""The facts found again by what they are about, and how far each addressee came with what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from parley.liaison.health.facts import Answered, Facts, PaperSaid, Stepped, Told
from parley.liaison.health.figures import Period
from parley.rules.acknowledgement import LADDER
from parley.rules.agreement import ActivityClass, Agreement
from parley.rules.statements import Rung

NO_RECEIPT = "no receipt held"


@dataclass(frozen=True, slots=True)
class Reached:
    """Where one addressee stands with one version; -1: not held, not yet. answered_ms is of the
    rung that stands; accepted_ms, refused_ms of the first acceptance and of the first objection
    or "unable"."""

    received_ms: int = -1
    read_ms: int = -1
    read_back_ms: int = -1
    answered_ms: int = -1
    first_answer_ms: int = -1
    accepted_ms: int = -1
    refused_ms: int = -1
    rung: Rung = Rung.RECEIVED


@dataclass(slots=True)
class Book:
    """Built once a measurement; nothing is changed in it afterwards."""

    agreement: Agreement
    party: str
    period: Period
    asked_ms: int
    words: dict[str, dict[int, Told]] = field(default_factory=dict)
    steps: dict[str, list[Stepped]] = field(default_factory=dict)
    papers: dict[str, dict[int, PaperSaid]] = field(default_factory=dict)
    receipts: dict[tuple[str, int, str], int] = field(default_factory=dict)
    answers: dict[tuple[str, int, str], list[Answered]] = field(default_factory=dict)
    observers: frozenset[str] = frozenset()
    classes: dict[str, ActivityClass] = field(default_factory=dict)

    def reached(self, item: str, version: int, party: str) -> Reached:
        """The ladder climbed as the rules let it be climbed; what they refuse counts nothing."""
        received_ms = self.receipts.get((item, version, party), -1)
        said = self.answers.get((item, version, party))
        if not said:
            return Reached(received_ms)
        read = back = answered = first = accepted = refused = -1
        rung = Rung.RECEIVED
        for one in sorted(said, key=lambda a: a.number):
            step = Rung(one.rung)
            if step not in LADDER[rung]:
                continue
            if step is Rung.READ:
                read = one.at_ms
            elif step is Rung.READ_BACK:
                back = one.at_ms if one.right else -1
                step = step if one.right else Rung.READ
            else:
                answered = one.at_ms
                first = one.at_ms if first < 0 else first
                if step is Rung.ACCEPTED:
                    accepted = one.at_ms if accepted < 0 else accepted
                else:
                    refused = one.at_ms if refused < 0 else refused
            rung = step
        return Reached(received_ms, read, back, answered, first, accepted, refused, rung)

    @property
    def end_ms(self) -> int:
        """The end of the period, or now while it lasts."""
        return min(self.period.until_ms, self.asked_ms)

    def asked(self, to: Iterable[str]) -> list[str]:
        """Those addressees who have to answer: observers only hear."""
        return [party for party in to if party not in self.observers]

    def closed_ms(self, item: str) -> int:
        """When its author closed the item, -1 if he did not."""
        at = [s.at_ms for s in self.steps.get(item, ()) if s.step != "activate"]
        at += [t.at_ms for t in self.words.get(item, {}).values() if t.ceased and t.version > 1]
        return min(at, default=-1)


def book_of(agreement: Agreement, facts: Facts, period: Period, asked_ms: int) -> Book:
    """All facts in their places. Of two copies of one version either will do: they say the same."""
    book = Book(agreement, facts.party, period, asked_ms)
    book.observers = frozenset(p.id for p in agreement.parties if p.observer)
    book.classes = {c.id: c for c in agreement.classes}
    for told in facts.told:
        book.words.setdefault(told.item, {}).setdefault(told.version, told)
    steps = {(s.item, s.version): s for s in facts.stepped}
    for step in steps.values():
        book.steps.setdefault(step.item, []).append(step)
    for paper in facts.papers:
        book.papers.setdefault(paper.item, {}).setdefault(paper.version, paper)
    for got in facts.receipted:
        key = (got.item, got.version, got.party)
        book.receipts[key] = min(got.at_ms, book.receipts.get(key, got.at_ms))
    answers = {(a.item, a.by, a.number): a for a in facts.answered}
    for answer in answers.values():
        book.answers.setdefault((answer.item, answer.version, answer.by), []).append(answer)
    return book
