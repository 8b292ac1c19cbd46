"""What parties are bound to, in its own words, and requests for a notice that was not given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from parley.errors import InputError
from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import (
    FilledLine,
    FilledText,
    HashOrEmpty,
    Id,
    IdOrEmpty,
    Ids,
    InstantMs,
    Language,
    Line,
    Members,
    Metres,
    Seconds,
)
from parley.liaison.papers.when import When
from parley.space import Area


class CheckOf(StrEnum):
    """What an activity must pass. The names are all there is: a rule is data, not a program."""

    NOT_WITHIN = "not-within"  # it stays out of the place
    NOT_ACROSS = "not-across"  # it does not cross the line
    NOTICE_BEFORE = "notice-before"  # near the place it is told seconds_before its start
    ONLY_CLASSES = "only-classes"  # near the place only these classes
    NOT_BETWEEN = "not-between"  # not in the window of the obligation


@dataclass(frozen=True, slots=True)
class DutyCheck:
    """One check: of what, where, how near counts (margin_m), and its parameter."""

    of: CheckOf
    place: Id
    margin_m: Metres = 0
    seconds_before: Seconds = 0
    classes: Ids = ()


@dataclass(frozen=True, slots=True)
class DutyPlace:
    """A place of the obligation: a named area or line of the agreement (area None), or its own."""

    id: Id
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class Obligation(Content):
    """A text and where it stands. A paraphrase is marked as one and never taken for the text.

    binds: parties, sorted. source: where the text can be read; sha256: of the file it came from.
    InputError: a check of a place that is not listed.
    """

    KIND: ClassVar[str] = "obligation"

    title: FilledLine
    citation: FilledLine
    text: FilledText
    paraphrase: bool
    language: Language
    binds: Ids
    places: Annotated[tuple[DutyPlace, ...], Members(32)] = ()
    checks: Annotated[tuple[DutyCheck, ...], Members(32)] = ()
    valid: When | None = None
    source: Line = ""
    sha256: HashOrEmpty = ""
    ended: bool = False

    def __post_init__(self) -> None:
        known = [place.id for place in self.places]
        for check in self.checks:
            if check.place not in known:
                raise InputError(
                    f"a check of place {check.place!r}, which is not listed",
                    right=f"one of: {', '.join(known) or 'no place is listed'}",
                    where="checks",
                )


@dataclass(frozen=True, slots=True)
class NoticeRequest(Content):
    """Something was announced outside the channel: a formal notice is asked for (M14).

    of: the party that is asked. said: the words, as published; source: where. answered_by: the
    id of the notice that came, "" while none is named here. reply_by_ms: until when a notice or a
    reply is asked for (closed), 0 for no deadline. began: when the activity is said to have begun.
    """

    KIND: ClassVar[str] = "notice-request"

    of: Id
    said: FilledText
    when_said: When
    source: FilledLine
    by: Line = ""
    activity: Line = ""
    answered_by: IdOrEmpty = ""
    reply_by_ms: InstantMs = 0
    began: When | None = None
