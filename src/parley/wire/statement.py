"""Statements to the body of a signed note and back, exactly: decode(encode(x)) == x.

``parley.wire.models`` says what a body may hold; here stand the rules that no schema can say
(sorted addressees, whole geometry, the sum of all vertices), and the two directions. Both
directions apply the same rules: a node cannot sign what its peers would refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from parley.errors import InputError, MalformedError
from parley.rules import findings
from parley.rules.statements import (
    Answer,
    Basis,
    Change,
    Deviation,
    Distress,
    Header,
    ItemEvent,
    Nonconformance,
    Notice,
    NoticeVolume,
    Observation,
    Phase,
    Presence,
    ReadBack,
    Report,
    Rung,
    Statement,
    Step,
    Stop,
    Use,
    Watched,
    WatchRecord,
)
from parley.wire import bodies, models
from parley.wire.refusals import first_refusal, shown
from parley.wire.shapes import (
    RefusedBody,
    area_from,
    band_or_none,
    position_from,
    volume_from,
)

NOTICE = "parley/notice/v1"
ITEM_EVENT = "parley/item-event/v1"
ANSWER = "parley/answer/v1"
STOP = "parley/stop/v1"
DISTRESS = "parley/distress/v1"
REPORT = "parley/report/v1"
NONCONFORMANCE = "parley/nonconformance/v1"
PRESENCE = "parley/presence/v1"
OBSERVATION = "parley/observation/v1"
WATCH_RECORD = "parley/watch-record/v1"
TYPES = tuple(models.BODIES)

LOCAL = (PRESENCE, OBSERVATION, WATCH_RECORD)
"""What is addressed to nobody and stays in one's own log."""


def encode(statement: Statement) -> tuple[str, dict[str, Any]]:
    """The type line and the body of a statement: integers, strings, booleans and null.

    Raises InputError, at fault the statement's own author, for whatever ``decode`` would refuse
    (text too long, an id of the wrong form, addressees unsorted ...).
    """
    type_line, own = _MEMBERS[type(statement)]
    body = {**bodies.header_to(statement.header), **own(statement)}
    author = f"party {shown(statement.header.by)}"
    try:
        _check(type_line, models.BODIES[type_line].model_validate(body))
    except ValidationError as error:
        what, right, where = first_refusal(error, models.BODIES[type_line])
        raise InputError(what, right=right, where=where, at_fault=author) from None
    except RefusedBody as refused:
        raise InputError(
            refused.what, right=refused.right, where=refused.where, at_fault=author
        ) from None
    return type_line, body


def decode(type_line: str, body: Any, *, sender: str) -> Statement:
    """The statement in ``body``, as parsed from JSON; ``sender`` is named as the one at fault.

    Raises MalformedError for anything else than exactly what ``encode`` writes: an unknown
    type, a member unknown, missing or of the wrong type (a float, a boolean for an integer), a
    value out of range, a shape that cannot be, too many volumes, vertices or characters,
    addressees unsorted, repeated or the speaker himself.
    """
    at_fault = f"party {sender}"
    model = models.BODIES.get(type_line)
    if model is None:
        raise MalformedError(
            f"statement type {shown(type_line)} is not known",
            right=f"one of {', '.join(TYPES)}",
            where="type line",
            at_fault=at_fault,
        )
    try:
        parsed = model.model_validate(body)
        _check(type_line, parsed)
        return _READERS[type_line](parsed)
    except ValidationError as error:
        what, right, where = first_refusal(error, model)
        raise MalformedError(what, right=right, where=where, at_fault=at_fault) from None
    except RefusedBody as refused:
        raise MalformedError(
            refused.what, right=refused.right, where=refused.where, at_fault=at_fault
        ) from None


def json_schema(type_line: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one type's body. Raises InputError for an unknown type line."""
    model = models.BODIES.get(type_line)
    if model is None:
        raise InputError(
            f"statement type {shown(type_line)} is not known", right=f"one of {', '.join(TYPES)}"
        )
    return model.model_json_schema()


# What no schema says -------------------------------------------------------------------------


def _check(type_line: str, body: models.HeaderBody) -> None:
    if body.by in body.to:
        raise RefusedBody(f"{body.by!r} is addressed by itself", "other parties only", "to")
    if list(body.to) != sorted(set(body.to)):
        raise RefusedBody("the addressees are unsorted or repeated", "sorted, each once", "to")
    if body.copy_for and body.copy_for not in body.to:
        raise RefusedBody(
            f"a copy for {body.copy_for!r}, who is not addressed", "an addressee", "copy_for"
        )
    if body.to and type_line in LOCAL:
        raise RefusedBody("a local statement has addressees", "an empty list", "to")
    for name, values in _sorted_members(body):
        if values != sorted(set(values)):
            raise RefusedBody(f"the {name} are unsorted or repeated", "sorted, each once", name)
    vertices = sum(len(area.points) for area in _areas(body))
    if vertices > models.MAX_VERTICES:
        raise RefusedBody(
            f"{vertices} vertices in all", f"at most {models.MAX_VERTICES}", "volumes"
        )


def _sorted_members(body: models.HeaderBody) -> list[tuple[str, list[str]]]:
    if isinstance(body, models.NonconformanceBody):
        return [("codes", list(body.codes))]
    if isinstance(body, models.WatchRecordBody):
        tracks = [one.track for one in body.basis]
        return [("parties", body.parties), ("codes", body.codes), ("basis", tracks)]
    return []


def _areas(body: models.HeaderBody) -> list[models.AreaBody]:
    if isinstance(body, models.NoticeBody):
        return [volume.area for volume in body.volumes]
    return []  # a lone area is bounded by its model


_MEMBERS: dict[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    Notice: (NOTICE, bodies.notice_to),
    ItemEvent: (ITEM_EVENT, bodies.item_event_to),
    Answer: (ANSWER, bodies.answer_to),
    Stop: (STOP, bodies.stop_to),
    Distress: (DISTRESS, bodies.distress_to),
    Report: (REPORT, bodies.report_to),
    Nonconformance: (NONCONFORMANCE, bodies.nonconformance_to),
    Presence: (PRESENCE, bodies.presence_to),
    Observation: (OBSERVATION, bodies.observation_to),
    WatchRecord: (WATCH_RECORD, bodies.watch_record_to),
}


# Body to domain ------------------------------------------------------------------------------


def _header_from(body: models.HeaderBody) -> Header:
    return Header(
        body.by,
        body.role,
        body.at_ms,
        tuple(body.to),
        body.agreement,
        body.exercise,
        body.copy_for,
    )


def _notice_from(body: models.NoticeBody) -> Notice:
    volumes = tuple(
        NoticeVolume(Use(volume.use), volume_from(volume, f"volumes[{index}]"))
        for index, volume in enumerate(body.volumes)
    )
    return Notice(
        _header_from(body),
        body.item,
        body.version,
        body.activity_class,
        volumes,
        body.place,
        body.text,
        body.releaser,
    )


def _item_event_from(body: models.ItemEventBody) -> ItemEvent:
    return ItemEvent(_header_from(body), body.item, body.version, Step(body.step), body.text)


def _answer_from(body: models.AnswerBody) -> Answer:
    back = body.read_back
    read_back = None
    if back is not None:
        read_back = ReadBack(back.start_ms, back.end_ms, back.floor_m, back.ceiling_m, back.place)
    return Answer(
        _header_from(body),
        body.item,
        body.version,
        body.number,
        Rung(body.rung),
        read_back,
        body.text,
    )


def _stop_from(body: models.StopBody) -> Stop:
    area = None if body.area is None else area_from(body.area, "area")
    return Stop(_header_from(body), body.item, body.version, area, body.notice, body.text)


def _distress_from(body: models.DistressBody) -> Distress:
    return Distress(
        _header_from(body),
        body.item,
        body.version,
        body.subject,
        body.position and position_from(body.position, "position"),
        body.uncertainty_m,
        body.since_ms,
        body.text,
    )


def _report_from(body: models.ReportBody) -> Report:
    return Report(
        _header_from(body),
        body.item,
        body.version,
        body.third_party,
        Phase(body.phase),
        body.since_ms,
        area_from(body.area, "area"),
        body.text,
    )


def _nonconformance_from(body: models.NonconformanceBody) -> Nonconformance:
    return Nonconformance(
        _header_from(body),
        body.item,
        body.version,
        body.notice,
        tuple(Deviation(code) for code in body.codes),
        body.since_ms,
        None if body.area is None else area_from(body.area, "area"),
        band_or_none(body.band, "band"),
        body.text,
    )


def _presence_from(body: models.PresenceBody) -> Presence:
    return Presence(
        _header_from(body),
        body.item,
        body.version,
        body.label,
        volume_from(body.volume, "volume"),
        body.withdrawn,
    )


def _observation_from(body: models.ObservationBody) -> Observation:
    return Observation(
        _header_from(body),
        body.track,
        body.owner,
        body.seen_ms,
        position_from(body.position, "position"),
        band_or_none(body.band, "band"),
        body.uncertainty_m,
        body.source,
        body.emergency,
        body.label,
    )


def _basis_from(body: models.BasisBody, where: str) -> Basis:
    return Basis(
        body.track,
        body.seen_ms,
        position_from(body.position, f"{where}.position"),
        body.uncertainty_m,
        band_or_none(body.band, f"{where}.band"),
        body.owner,
    )


def _watch_record_from(body: models.WatchRecordBody) -> WatchRecord:
    found = findings.Finding(
        findings.Kind(body.kind),
        findings.Level[body.level.upper()],
        tuple(body.refs),
        tuple(body.parties),
        body.from_ms,
        body.until_ms,
        tuple(sorted(body.measures.items())),
        tuple(body.codes),
    )
    basis = tuple(_basis_from(one, f"basis[{index}]") for index, one in enumerate(body.basis))
    return WatchRecord(_header_from(body), Watched(Change(body.change), found, basis))


_READERS: dict[str, Callable[[Any], Statement]] = {
    NOTICE: _notice_from,
    ITEM_EVENT: _item_event_from,
    ANSWER: _answer_from,
    STOP: _stop_from,
    DISTRESS: _distress_from,
    REPORT: _report_from,
    NONCONFORMANCE: _nonconformance_from,
    PRESENCE: _presence_from,
    OBSERVATION: _observation_from,
    WATCH_RECORD: _watch_record_from,
}
