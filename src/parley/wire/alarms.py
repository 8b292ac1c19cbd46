"""An alarm book as JSON, both ways, so that a node that restarts goes on where it was.

Strict and closed: every member is there, whole numbers only, instants in ms since the epoch, UTC.
The same book gives the same bytes. Who can modify the file can at most silence or invent alarms
at this node, but never shelve or suppress what is never shelved: that is refused when it is read.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parley.errors import FormatError, InputError
from parley.rules.findings import Finding, Kind, Level
from parley.watch.alarms.alarm import Act, Alarm, Flood, Shelf
from parley.watch.alarms.book import FIRST_LISTED, BookState
from parley.watch.alarms.checks import MAX_REASON, MAX_ROLE, check_alarms
from parley.watch.alarms.rates import DAY_MIN, MAX_FLOODS, TEN_MINUTES_S, Minute, TallyState
from parley.watch.alarms.states import State
from parley.watch.alarms.table import Priority
from parley.wire.jsontext import parse_json
from parley.wire.models import FindingKind, Whole
from parley.wire.refusals import first_refusal

FORMAT = "parley/alarm-book/v1"
MAX_BYTES = 64 * 1024 * 1024

_Count = Annotated[int, Field(ge=0, lt=2**53)]
_Mark = Annotated[str, Field(min_length=1, max_length=1_000)]
_Marks = Annotated[list[_Mark], Field(max_length=1_000)]
_Role = Annotated[str, Field(min_length=1, max_length=MAX_ROLE)]
_Pair = Annotated[list[_Count], Field(min_length=2, max_length=2)]
_Seven = Annotated[list[_Count], Field(min_length=7, max_length=7)]
_LevelName = Literal["info", "advisory", "warning", "urgent"]
_Few = 1_000


class _File(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class FindingFile(_File):
    """As ``Finding.as_json`` writes it."""

    kind: FindingKind
    level: _LevelName
    refs: _Marks
    parties: _Marks
    from_ms: Whole
    until_ms: Whole
    measures: Annotated[dict[str, Whole], Field(max_length=_Few)]
    codes: _Marks


class ActFile(_File):
    by: _Role
    at_ms: Whole


class ShelfFile(_File):
    by: _Role
    reason: Annotated[str, Field(min_length=1, max_length=MAX_REASON)]
    since_ms: Whole
    until_ms: Whole


class AlarmFile(_File):
    """One alarm; see ``parley.watch.alarms.alarm.Alarm``."""

    finding: FindingFile
    priority: Literal["critical", "high", "medium", "low"]
    state: Literal[
        "normal",
        "unacknowledged",
        "acknowledged",
        "returned",
        "latched",
        "shelved",
        "suppressed",
    ]
    raised_ms: Whole
    told_ms: Whole
    changed_ms: Whole
    waits_ms: Whole
    peak: _LevelName
    active: bool
    count: _Count
    acknowledged: ActFile | None
    shelf: ShelfFile | None
    escalations: _Count
    flood: bool
    first_out: bool
    group: Annotated[str, Field(max_length=100_000)]
    below_ms: Whole
    opens_ms: Annotated[list[Whole], Field(max_length=_Few)]
    gone_ms: Whole


class FloodFile(_File):
    began_ms: Whole
    count: _Count
    first: Annotated[list[str], Field(max_length=FIRST_LISTED)]


class TallyFile(_File):
    """seconds: [second, new]; minutes: [minute, critical, high, medium, low, acknowledged,
    waited_ms]; floods: [began_ms, ended_ms]."""

    began_ms: Whole
    seconds: Annotated[list[_Pair], Field(max_length=2 * TEN_MINUTES_S)]
    minutes: Annotated[list[_Seven], Field(max_length=DAY_MIN + 2)]
    floods: Annotated[list[_Pair], Field(max_length=MAX_FLOODS)]


class BookFile(_File):
    format: Literal["parley/alarm-book/v1"]
    at_ms: Whole
    alarms: Annotated[list[AlarmFile], Field(max_length=1_000_000)]
    flood: FloodFile | None
    tally: TallyFile
    dropped: _Count


def format_book(state: BookState) -> bytes:
    """One line of JSON; ``parse_book`` gives an equal state back. InputError for a value that it
    could not give back (an integer beyond 53 bits, a name of more than 1000 characters)."""
    flood = state.flood
    value = {
        "format": FORMAT,
        "at_ms": state.at_ms,
        "alarms": [alarm_to(alarm) for alarm in state.alarms],
        "flood": None if flood is None else asdict(flood) | {"first": list(flood.first)},
        "tally": _tally_to(state.tally),
        "dropped": state.dropped,
    }
    _validated(value, "this node")
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def parse_book(data: bytes, source: str) -> BookState:
    """The state of a book; ``source`` is the file's name, for errors.

    FormatError with the place for what is not such a file; InputError for a state that no book
    can be in (a STOP that is shelved); OversizeError for more than ``MAX_BYTES``.
    """
    author = f"the author of {source}"
    file = _validated(parse_json(data, source, max_bytes=MAX_BYTES), author)
    alarms = tuple(alarm_from(one) for one in file.alarms)
    try:
        check_alarms(alarms, flood=file.flood is not None)
    except InputError as error:
        raise error.blamed_on(author) from None
    flood = file.flood
    return BookState(
        at_ms=file.at_ms,
        alarms=alarms,
        flood=Flood(flood.began_ms, flood.count, tuple(flood.first)) if flood else None,
        tally=_tally_from(file.tally),
        dropped=file.dropped,
    )


def alarm_to(alarm: Alarm) -> dict[str, Any]:
    """The members of one alarm."""
    members = {name: getattr(alarm, name) for name in AlarmFile.model_fields}
    shelf, acknowledged = alarm.shelf, alarm.acknowledged
    return members | {
        "finding": alarm.finding.as_json(),
        "priority": alarm.priority.name.lower(),
        "state": alarm.state.value,
        "peak": alarm.peak.name.lower(),
        "acknowledged": None if acknowledged is None else asdict(acknowledged),
        "shelf": None if shelf is None else asdict(shelf),
        "opens_ms": list(alarm.opens_ms),
    }


def alarm_from(file: AlarmFile) -> Alarm:
    shelf, acknowledged = file.shelf, file.acknowledged
    plain = file.model_dump(exclude={"finding", "acknowledged", "shelf"})
    return Alarm(
        **plain
        | {
            "finding": finding_from(file.finding),
            "priority": Priority[file.priority.upper()],
            "state": State(file.state),
            "peak": Level[file.peak.upper()],
            "acknowledged": None if acknowledged is None else Act(**acknowledged.model_dump()),
            "shelf": None if shelf is None else Shelf(**shelf.model_dump()),
            "opens_ms": tuple(file.opens_ms),
        }
    )


def finding_from(file: FindingFile) -> Finding:
    return Finding(
        Kind(file.kind),
        Level[file.level.upper()],
        tuple(file.refs),
        tuple(file.parties),
        file.from_ms,
        file.until_ms,
        tuple(sorted(file.measures.items())),
        tuple(file.codes),
    )


def _tally_to(tally: TallyState) -> dict[str, Any]:
    return {
        "began_ms": tally.began_ms,
        "seconds": [list(pair) for pair in tally.seconds],
        "minutes": [[m.minute, *m.raised, m.acknowledged, m.waited_ms] for m in tally.minutes],
        "floods": [list(pair) for pair in tally.floods],
    }


def _tally_from(file: TallyFile) -> TallyState:
    return TallyState(
        file.began_ms,
        tuple((second, raised) for second, raised in file.seconds),
        tuple(
            Minute(minute, (critical, high, medium, low), acknowledged, waited_ms)
            for minute, critical, high, medium, low, acknowledged, waited_ms in file.minutes
        ),
        tuple((began_ms, ended_ms) for began_ms, ended_ms in file.floods),
    )


def _validated(value: object, author: str) -> BookFile:
    try:
        return BookFile.model_validate(value)
    except ValidationError as error:
        what, right, where = first_refusal(error, BookFile)
        raise FormatError(what, right=right, where=where, at_fault=author) from None
