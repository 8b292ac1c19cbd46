"""Two parties' figures of one period, line by line: what is equal, what differs, what one holds.

It says nothing of who is right: 310 against 25 is a difference of 285, and both numbers stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from parley.errors import InputError
from parley.liaison.health.figures import Figure, Health


class Agreed(StrEnum):
    EQUAL = "equal"
    DIFFERS = "differs"
    ONE_SIDE = "only one side holds it"
    NEITHER = "neither side holds it"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of both sides. value None: that side has no number, ``why`` says the reason."""

    section: str
    of: str
    name: str
    unit: str
    ours: int | None
    theirs: int | None
    agreed: Agreed
    why_ours: str = ""
    why_theirs: str = ""


NO_LINE = "no such line in this file"


def reconcile(ours: Health, theirs: Health) -> tuple[Line, ...]:
    """Every figure that either side has, in our order, then theirs. InputError: one party's two
    files, or of other periods or agreements: such figures are not about the same."""
    if ours.party == theirs.party:
        raise InputError(
            f"both files are {ours.party}'s", right="the files of two parties", where="theirs"
        )
    for name, a, b in (
        ("agreement", ours.agreement, theirs.agreement),
        ("period", ours.period, theirs.period),
    ):
        if a != b:
            raise InputError(
                f"the {name} of the two files differs: {a} and {b}",
                right=f"two files of one {name}",
                where="theirs",
            )
    return tuple(_lines(ours, theirs))


def _lines(ours: Health, theirs: Health) -> Iterator[Line]:
    left = {figure.key: figure for figure in ours.figures}
    right = {figure.key: figure for figure in theirs.figures}
    for key in dict.fromkeys((*left, *right)):
        yield _line(left.get(key), right.get(key))


def _line(ours: Figure | None, theirs: Figure | None) -> Line:
    one = ours or theirs
    assert one is not None
    a, b = (None if f is None else f.value for f in (ours, theirs))
    if a is None and b is None:
        word = Agreed.NEITHER
    elif a is None or b is None:
        word = Agreed.ONE_SIDE
    else:
        word = Agreed.EQUAL if a == b else Agreed.DIFFERS
    why_a, why_b = (NO_LINE if f is None else f.why for f in (ours, theirs))
    return Line(one.section, one.of, one.name, one.unit, a, b, word, why_a, why_b)
