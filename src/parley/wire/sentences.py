"""Statements in plain English, one sentence each, for reports that are read by people.

Says what the statement says and nothing more: no verdict, no intent. Never fails: a body that is
none of ours is told as what it is, a statement of a type that this version does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from parley.errors import ParleyError
from parley.ledger.fields import is_line
from parley.liaison.papers.paper import Paper, Reply
from parley.rules.statements import (
    Answer,
    Basis,
    Change,
    Distress,
    ItemEvent,
    Nonconformance,
    Notice,
    Observation,
    Presence,
    Report,
    Statement,
    Step,
    Stop,
    Use,
    WatchRecord,
)
from parley.space import Area, Band, Position, Volume
from parley.wire.instants import format_instant
from parley.wire.liaisonwords import describe_paper, describe_reply
from parley.wire.spoken import Spoken, decode
from parley.wire.watchwords import departure
from parley.wire.words import describe

_MOST = 400
_STEPS = {
    Step.ACTIVATE: "says that the activity {item} has begun",
    Step.ALL_CLEAR: "gives the all-clear for {item}",
    Step.CANCEL: "cancels {item}",
}
_RUNGS = {
    "received": "has received {item}, version {version}",
    "read": "has read {item}, version {version}",
    "read-back": "reads back {item}, version {version}",
    "accepted": "accepts {item}, version {version}",
    "objected": "objects to {item}, version {version}",
    "unable": "is unable to comply with {item}, version {version}",
}

_FOUND = {
    Change.OPENED: "its watch finds",
    Change.CHANGED: "its watch finds, changed,",
    Change.CLOSED: "its watch finds no longer",
}


def sentence(type_line: str, body: Mapping[str, Any]) -> str:
    """What this statement says. Never raises; at most a few hundred characters."""
    try:
        other = _OTHERS.get(type_line)
        said = other(body) if other else _rules(decode(type_line, dict(body), sender="the file"))
    except (ParleyError, KeyError, TypeError, ValueError, IndexError, AttributeError):
        said = f"says something of type {type_line or 'unknown'}, which this program cannot read"
    return said if len(said) <= _MOST else f"{said[: _MOST - 1]}…"


def role_of(type_line: str, body: Mapping[str, Any]) -> str:
    """The duty role that spoke, "" for a machine's statement."""
    role = body.get("role")
    return role if isinstance(role, str) and type_line != "parley/roster/v1" else ""


def claimed_ms(body: Mapping[str, Any]) -> int | None:
    """When its author says that it was said, by the author's clock."""
    for name in ("at_ms", "found_ms"):
        value = body.get(name)
        if type(value) is int and 0 <= value < 2**53:
            return value
    return None


def _rules(said: Spoken) -> str:
    exercise = "EXERCISE: " if said.header.exercise else ""
    return exercise + _words(said)


def _words(said: Spoken) -> str:
    if isinstance(said, Paper):
        return f"says on paper: {describe_paper(said)}"
    if isinstance(said, Reply):
        return describe_reply(said)
    return _by_the_rules(said)


def _by_the_rules(said: Statement) -> str:
    if isinstance(said, Notice):
        return _notice(said)
    if isinstance(said, ItemEvent):
        return _with_text(_STEPS[said.step].format(item=said.item), said.text)
    if isinstance(said, Answer):
        words = _RUNGS[said.rung.value].format(item=said.item, version=said.version)
        if said.read_back is not None:
            back = said.read_back
            words += (
                f' as "{back.place}, {_clock(back.start_ms)} to {_clock(back.end_ms)},'
                f' {back.floor_m} to {back.ceiling_m} m"'
            )
        return _with_text(words, said.text)
    if isinstance(said, Stop):
        where = "everywhere" if said.area is None else f"in {_area(said.area)}"
        about = f", about {said.notice}" if said.notice else ""
        return _with_text(f"calls STOP {where}{about} ({said.item})", said.text)
    if isinstance(said, Distress):
        return _distress(said)
    if isinstance(said, Report):
        does = "engages" if said.phase.value == "open" else "has ceased"
        words = f"reports that {said.third_party} {does} in {_area(said.area)} since"
        return _with_text(f"{words} {_clock(said.since_ms)} ({said.item})", said.text)
    if isinstance(said, Nonconformance):
        return _nonconformance(said)
    if isinstance(said, WatchRecord):
        return _watch_record(said)
    if isinstance(said, Presence):
        if said.withdrawn:
            return f'no longer protects "{said.label}" ({said.item})'
        return f'protects "{said.label}" ({said.item}), {_volume(said.volume)}; told to nobody'
    return _observation(said)


def _notice(said: Notice) -> str:
    activity = [v.volume for v in said.volumes if v.use is Use.ACTIVITY]
    shown = "; ".join(_volume(volume) for volume in activity[:2])
    more = f"; and {len(activity) - 2} volumes more" if len(activity) > 2 else ""
    place = f' at "{said.place}"' if said.place else ""
    words = f"gives notice {said.item}, version {said.version}, of {said.activity_class}{place}"
    words += f": {shown}{more}" if shown else ""
    if said.releaser:
        words += f"; released by {said.releaser}"
    if said.header.copy_for:
        words += f"; this copy was made for {said.header.copy_for}"
    return _with_text(words, said.text)


def _distress(said: Distress) -> str:
    where = ""
    if said.position is not None:
        where = f" at {_position(said.position)} within {said.uncertainty_m} m"
    words = f"passes on DISTRESS of {said.subject}{where}, known since {_clock(said.since_ms)}"
    return _with_text(f"{words} ({said.item})", said.text)


def _nonconformance(said: Nonconformance) -> str:
    flight = f"its flight of notice {said.notice}" if said.notice else "a flight of its own"
    where = f"; it may be in {_area(said.area)}" if said.area is not None else ""
    band = f", {_band(said.band)}" if said.band is not None else ""
    words = f"announces that {flight} {departure(said.codes)}, since {_clock(said.since_ms)}"
    return _with_text(f"{words}{where}{band} ({said.item}, version {said.version})", said.text)


def _watch_record(said: WatchRecord) -> str:
    found, seen = said.watched.finding, "; ".join(map(_basis, said.watched.basis[:2]))
    words = f"{_FOUND[said.watched.change]} ({found.level.name.lower()}): {describe(found)}"
    return f"{words} Seen: {seen}" if seen else words


def _basis(one: Basis) -> str:
    return (
        f"{one.track} at {_position(one.position)} within {one.uncertainty_m} m,"
        f" {_band(one.band)}, at {_clock(one.seen_ms)}"
    )


def _observation(said: Observation) -> str:
    return (
        f"saw track {said.track} at {_position(said.position)}, {_band(said.band)}, at"
        f" {_clock(said.seen_ms)} (source: {said.source})"
    )


def _receipt(body: Mapping[str, Any]) -> str:
    return (
        f"its machine has logged note {_short(body['note_hash'])} at place {body['index']} of"
        f" {_line(body['log'])}"
    )


def _roster(body: Mapping[str, Any]) -> str:
    return (
        f"roster {body['serial']} of {_line(body['party'])}: epoch {body['epoch']},"
        f" {len(body['terms'])} note keys in all, {len(body['witnesses'])} cosigner keys"
    )


def _decision(body: Mapping[str, Any]) -> str:
    about = f" {_line(body['ref'])}" if body["ref"] else ""
    seen = ", ".join(f"{_line(h['origin'])} of size {h['size']}" for h in body["heads"][:8])
    found = ", ".join(_line(key) for key in body["findings"][:4]) or "none"
    more = f" and {len(body['findings']) - 4} more" if len(body["findings"]) > 4 else ""
    return (
        f'decided "{_line(body["act"])}"{about} knowing its own log to size {body["size"]} and'
        f" {seen or 'no head of anybody else'}; findings that stood: {found}{more}"
    )


def _challenge(body: Mapping[str, Any]) -> str:
    return (
        f"says that it sent a note to {_line(body['to'])} and holds no receipt, and asks"
        f" {_line(body['via'])} to hand it over"
    )


def _testimony(body: Mapping[str, Any]) -> str:
    return (
        f"handed the challenged note to {_line(body['to'])}: outcome {_line(body['outcome'])}"
        f" (challenge {_short(body['challenge_hash'])})"
    )


def _exhibit(body: Mapping[str, Any]) -> str:
    exhibit = body["exhibit"]
    return (
        f"recorded an exhibit of kind {_line(exhibit['kind'])} about {_line(exhibit['accused'])}"
        " (what it proves is checked by the verifier, not by this sentence)"
    )


def _leak(body: Mapping[str, Any]) -> str:
    return (
        f"was handed a copy that its author had made for {_line(body['copy_for'])}"
        f" (note {_short(body['note_hash'])})"
    )


_OTHERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "parley/receipt/v1": _receipt,
    "parley/roster/v1": _roster,
    "parley/decision/v1": _decision,
    "parley/challenge/v1": _challenge,
    "parley/testimony/v1": _testimony,
    "parley/exhibit/v1": _exhibit,
    "parley/leak/v1": _leak,
}


def _with_text(words: str, text: str) -> str:
    return f'{words}: "{text[:200]}"' if text else words


def _volume(volume: Volume) -> str:
    return (
        f"{_area(volume.area)}, {volume.band.floor.cm // 100} to"
        f" {volume.band.ceiling.cm // 100} m, {_clock(volume.span.start_ms)} to"
        f" {_clock(volume.span.end_ms)}"
    )


def _band(band: Band | None) -> str:
    if band is None:
        return "height unknown"
    return f"{band.floor.cm // 100} to {band.ceiling.cm // 100} m"


def _area(area: Area) -> str:
    points: Sequence[Position] = area.vertices
    km = area.reach_cm / 100_000
    if area.kind == "point":
        return f"{km:g} km around {_position(points[0])}"
    if area.kind == "path":
        return f"a corridor of {2 * km:g} km from {_position(points[0])} to {_position(points[-1])}"
    return f"a polygon of {len(points)} corners at {_position(points[0])}"


def _position(position: Position) -> str:
    north = "N" if position.lat_deg >= 0 else "S"
    east = "E" if position.lon_deg >= 0 else "W"
    return f"{abs(position.lat_deg):.4f}{north} {abs(position.lon_deg):.4f}{east}"


def _clock(ms: int) -> str:
    return format_instant(ms)


def _short(value: object) -> str:
    return _line(value)[:16]


def _line(value: object) -> str:
    """One printable line: these words come from a peer."""
    text = str(value)[:120]
    return text if is_line(text) else "".join(c if c.isprintable() else "?" for c in text)
