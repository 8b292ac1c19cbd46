"""Figures: a number and its unit, or no number and why; and what they are made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parley.errors import InputError

LONGEST_MS = 10 * 366 * 86_400_000
"""A period is ten years at most."""


@dataclass(frozen=True, slots=True)
class Period:
    """A closed interval of instants, ms. InputError: it ends before it begins, or is too long."""

    from_ms: int
    until_ms: int

    def __post_init__(self) -> None:
        if not 0 <= self.from_ms <= self.until_ms <= self.from_ms + LONGEST_MS:
            raise InputError(
                f"a period from {self.from_ms} to {self.until_ms} ms",
                right="a beginning, an end not before it, ten years at most",
                where="from, until",
            )

    def holds(self, at_ms: int) -> bool:
        """Closed: both ends belong to it."""
        return self.from_ms <= at_ms <= self.until_ms


@dataclass(frozen=True, slots=True)
class Figure:
    """One line. of: whom it is about ("blue>green": what blue said to green; "blue": blue alone;
    "green|blue": green as blue saw it; "green>red|blue": as far as blue was told it too).

    unit: "count", "ms", "permille". value: None where it cannot be measured, and then ``why``.
    both: the other side can hold the same evidence, so the two figures can be compared.
    """

    section: str
    of: str
    name: str
    value: int | None
    unit: str = "count"
    why: str = ""
    both: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.section, self.of, self.name)


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One version of a notice to one addressee who is asked. Instants -1: not held, not yet.

    lead_ms: from the receipt to the start. verdict: "timely", "late", "after-the-fact", or "" if
    no receipt or no rule is held. rung: how far the addressee came with this version. overtaken:
    newer words came before he answered these. in_time: 1 answered within the rule, 0 not, -1 not
    to be said.
    """

    item: str
    version: int
    activity_class: str
    by: str
    to: str
    said_ms: int
    start_ms: int
    end_ms: int
    received_ms: int
    lead_ms: int | None
    verdict: str
    read_ms: int
    read_back_ms: int
    answered_ms: int
    rung: str
    overtaken: bool
    in_time: int


@dataclass(frozen=True, slots=True)
class Outage:
    """A line or a link that was not up, within the period (both ends cut to it).

    source: "link" as our own node saw it, "report" as ``by`` said it. open: it lasts on.
    """

    source: str
    by: str
    name: str
    state: str
    from_ms: int
    until_ms: int
    open: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A state that a party declared: of the agreement, of a line. at_ms: from when on it holds."""

    at_ms: int
    by: str
    what: str
    state: str
    ref: str


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that somebody still had to do something about when the period ended."""

    ref: str
    by: str
    what: str
    since_ms: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class Health:
    """The mechanism in a period as ``party`` measured it at ``asked_ms``.

    audience: whom it is made for. figures: in a fixed order. parties: with their names. rules:
    each class with the lead time that it asks for, in seconds. marking: its banner, wherever it
    goes.
    """

    party: str
    audience: str
    agreement: str
    parties: tuple[tuple[str, str], ...]
    period: Period
    asked_ms: int
    figures: tuple[Figure, ...]
    rows: tuple[NoticeRow, ...] = ()
    outages: tuple[Outage, ...] = ()
    turns: tuple[Turn, ...] = ()
    open: tuple[OpenItem, ...] = ()
    rules: tuple[tuple[str, int], ...] = ()
    marking: str = ""

    def value(self, section: str, of: str, name: str) -> int | None:
        """One figure's value; None where there is no such figure or it has none."""
        for figure in self.figures:
            if figure.key == (section, of, name):
                return figure.value
        return None


def ranked(values: Sequence[int], permille: int) -> int:
    """The smallest of ``values`` that at least permille/1000 of them do not exceed (nearest
    rank: always one of them, never something between). InputError: none, or not 1 to 1000."""
    if not values or not 1 <= permille <= 1000:
        raise InputError(
            f"rank {permille} of {len(values)} values", right="1 to 1000, of one value or more"
        )
    ordered = sorted(values)
    return ordered[-(-permille * len(ordered) // 1000) - 1]


def spread(
    section: str,
    of: str,
    name: str,
    values: Sequence[int],
    ranks: Iterable[tuple[str, int]],
    why: str,
    *,
    both: bool = True,
) -> list[Figure]:
    """A figure a rank, ``why`` where there is nothing to rank. Rank 0 is the least value."""
    found = []
    for word, permille in ranks:
        value = ranked(values, permille or 1) if values else None
        if values and not permille:
            value = min(values)
        found.append(
            Figure(section, of, f"{name}-{word}", value, "ms", "" if values else why, both)
        )
    return found


def share(
    section: str, of: str, name: str, part: int, whole: int, why: str, *, both: bool = True
) -> Figure:
    """part of whole in permille, rounded down; no value of nothing."""
    value = 1000 * part // whole if whole else None
    return Figure(section, of, name, value, "permille", "" if whole else why, both)
