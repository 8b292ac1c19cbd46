"""An agreement as a JSON file that people write, review and sign; and its digest.

Positions are text in any notation of ``parley.space``, heights whole metres above the WGS-84
ellipsoid, durations whole seconds, instants RFC 3339. docs/formats/agreement.md has an example.
An agreement without rules for the live watch, or without lines, says nothing of them, in the file
and in the digest.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from parley.errors import FormatError, InputError
from parley.ledger.canonical import encode as canonical
from parley.rules.agreement import (
    ActivityClass,
    AgreedLine,
    Agreement,
    Escalation,
    HazardBuffer,
    NamedArea,
    Party,
    Reaction,
    SeparationMinima,
    Site,
    ThirdParty,
    Timers,
    TruthRule,
)
from parley.rules.watching import WatchRules
from parley.space import Area, Band, Position, Span, format_dd
from parley.wire import agreement_models as files
from parley.wire.bodies import area_to, position_to
from parley.wire.features import at
from parley.wire.instants import format_instant, parse_instant
from parley.wire.jsontext import parse_json
from parley.wire.places import position_from_text
from parley.wire.refusals import first_refusal
from parley.wire.watchrules import watch_from, watch_to

Named = Mapping[str, Position]


def parse_agreement(data: bytes, source: str) -> Agreement:
    """The agreement in a UTF-8 JSON file; ``source`` is the file's name, for errors.

    Unknown members are refused, and so are repeated ids, a site of no party, an escalation to a
    role that nobody has, positions and shapes that cannot be. Raises FormatError, GeometryError
    or InputError with the path of the place and ``the author of source`` at fault.
    """
    author = f"the author of {source}"
    value = parse_json(data, source)
    try:
        file = files.AgreementFile.model_validate(value)
    except ValidationError as error:
        what, right, where = first_refusal(error, files.AgreementFile)
        raise FormatError(what, right=right, where=where, at_fault=author) from None
    try:
        return _agreement(file)
    except InputError as error:
        raise error.blamed_on(author) from None


def format_agreement(agreement: Agreement) -> bytes:
    """The file of an agreement: parse_agreement gives an equal agreement back.

    Raises InputError where the file's whole metres cannot say it (a radius of 12.5 m).
    """
    text = json.dumps(_file_of(agreement), indent=2, ensure_ascii=False)
    return f"{text}\n".encode()


def agreement_digest(agreement: Agreement) -> str:
    """SHA-256, hex, of the canonical JSON of all that the agreement says.

    Equal agreements have equal digests, whatever notation, order of members or spacing their
    files use; the order of parties, classes and the like counts.
    """
    plain = _plain(agreement)
    if agreement.watch is None:
        del plain["watch"]
    if not agreement.lines:
        del plain["lines"]
    return hashlib.sha256(canonical(plain, max_depth=32)).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Area):
        return area_to(value)
    if isinstance(value, Position):
        return position_to(value)
    if isinstance(value, WatchRules):
        return watch_to(value)
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
    if isinstance(value, tuple | list):
        return [_plain(member) for member in value]
    return value


# File to domain ------------------------------------------------------------------------------


def _position(text: str, where: str, named: Named) -> Position:
    return at(where, lambda: position_from_text(text, named))


def _positions(texts: Sequence[str], where: str, named: Named) -> list[Position]:
    return [_position(text, f"{where}[{index}]", named) for index, text in enumerate(texts)]


def _area(file: files.AreaFile, where: str, named: Named) -> Area:
    circle, corridor, polygon = file.circle, file.corridor, file.polygon
    if (circle is not None) + (corridor is not None) + (polygon is not None) != 1:
        raise FormatError(
            "an area is not exactly one shape",
            right="one of circle, corridor, polygon",
            where=where,
        )
    if circle is not None:
        centre = _position(circle.centre, f"{where}.circle.centre", named)
        radius_m = circle.radius_m
        return at(where, lambda: Area.circle(centre, radius_m) if radius_m else Area.point(centre))
    if corridor is not None:
        points = _positions(corridor.points, f"{where}.corridor.points", named)
        half_width_m = corridor.half_width_m
        return at(where, lambda: Area.corridor(points, half_width_m))
    assert polygon is not None
    vertices = _positions(polygon.vertices, f"{where}.polygon.vertices", named)
    margin_m = polygon.margin_m
    return at(where, lambda: _polygon(vertices, margin_m))


def _polygon(vertices: list[Position], margin_m: int) -> Area:
    area = Area.polygon(vertices)
    return area.buffered(margin_m) if margin_m else area


def _band(file: files.BandFile, where: str) -> Band:
    return at(where, lambda: Band.metres(file.floor_m, file.ceiling_m))


def _valid(file: files.ValidFile) -> Span:
    start_ms = parse_instant(file.start, "valid.start")
    end_ms = parse_instant(file.end, "valid.end")
    if end_ms < start_ms:
        raise FormatError(
            f"end {file.end!r} is before start {file.start!r}",
            right="an end at or after the start",
            where="valid.end",
        )
    return Span(start_ms, end_ms)


def _timers(file: files.TimersFile, roles: frozenset[str], where: str) -> Timers:
    steps = []
    for index, step in enumerate(file.escalation):
        if step.role not in roles:
            raise FormatError(
                f"no party has the duty role {step.role!r}",
                right=f"one of {', '.join(sorted(roles))}",
                where=f"{where}.escalation[{index}].role",
            )
        steps.append(Escalation(step.after_s, step.role))
    return Timers(file.read_s, file.read_back_s, file.answer_s, tuple(steps))


def _class(file: files.ClassFile, roles: frozenset[str], where: str) -> ActivityClass:
    separation, hazard = file.separation, file.hazard
    return ActivityClass(
        file.id,
        file.title,
        file.lead_s,
        _timers(file.timers, roles, f"{where}.timers"),
        SeparationMinima(separation.horizontal_m, separation.vertical_m, separation.time_s),
        HazardBuffer(hazard.overshoot_m, hazard.overshoot_up_m, hazard.before_s, hazard.after_s),
        file.provokes_reaction,
        file.needs_all_clear,
        file.needs_aircraft_area,
        file.needs_read_back,
    )


def _third_party(file: files.ThirdPartyFile, where: str, named: Named) -> ThirdParty:
    reaction = Reaction(
        file.reaction.trigger_m,
        file.reaction.reach_m,
        file.reaction.overshoot_m,
        _band(file.reaction.band, f"{where}.reaction.band"),
        file.reaction.after_s,
    )
    posture = _area(file.posture, f"{where}.posture", named)
    return ThirdParty(file.id, file.name, posture, reaction, file.version)


def _line(file: files.LineFile, where: str, named: Named) -> Area:
    points = _positions(file.points, f"{where}.points", named)
    return at(where, lambda: Area.corridor(points, file.known_to_m))


def _site(file: files.SiteFile, where: str, named: Named) -> Site:
    area, band = _area(file.area, f"{where}.area", named), _band(file.band, f"{where}.band")
    return Site(file.id, file.name, file.party, area, band)


def _watch(plain: dict[str, Any] | None, roles: frozenset[str]) -> WatchRules | None:
    if plain is None:
        return None
    rules = watch_from(plain)
    role = rules.alarms.escalate_to
    if role and role not in roles:
        raise FormatError(
            f"no party has the duty role {role!r}",
            right=f"one of {', '.join(sorted(roles))}",
            where="watch.alarms.escalate_to",
        )
    return rules


def _agreement(file: files.AgreementFile) -> Agreement:
    roles = frozenset(role for party in file.parties for role in party.roles)
    named: dict[str, Position] = {}
    for name, text in file.named_positions.items():
        named[name] = _position(text, f"named_positions[{name!r}]", named)
    return Agreement(
        id=file.id,
        version=file.version,
        title=file.title,
        parties=tuple(Party(p.id, p.name, tuple(p.roles), p.observer) for p in file.parties),
        area=_area(file.area, "area", named),
        valid=_valid(file.valid),
        classes=tuple(_class(c, roles, f"classes[{i}]") for i, c in enumerate(file.classes)),
        urgent=_timers(file.urgent, roles, "urgent"),
        truth=TruthRule(**file.truth.model_dump()),
        distress_pass_on_s=file.distress_pass_on_s,
        all_clear_cap_s=file.all_clear_cap_s,
        third_parties=tuple(
            _third_party(t, f"third_parties[{i}]", named) for i, t in enumerate(file.third_parties)
        ),
        sites=tuple(_site(s, f"sites[{i}]", named) for i, s in enumerate(file.sites)),
        named_areas=tuple(
            NamedArea(n.id, n.name, _area(n.area, f"named_areas[{i}].area", named))
            for i, n in enumerate(file.named_areas)
        ),
        named_positions=tuple(named.items()),
        conflicts_within_party=file.conflicts_within_party,
        watch=_watch(file.watch, roles),
        lines=tuple(
            AgreedLine(n.id, n.name, _line(n, f"lines[{i}]", named))
            for i, n in enumerate(file.lines)
        ),
    )


# Domain to file ------------------------------------------------------------------------------


def _whole_m(cm: int, what: str) -> int:
    metres, rest = divmod(cm, 100)
    if rest:
        raise InputError(
            f"{what} of {cm} cm is no whole number of metres",
            right="whole metres in an agreement file",
            at_fault="the author of the agreement",
        )
    return metres


def _area_file(area: Area) -> dict[str, Any]:
    reach_m = _whole_m(area.reach_cm, "a radius, half width or margin")
    points = [format_dd(vertex) for vertex in area.vertices]
    if area.kind == "point":
        return {"circle": {"centre": points[0], "radius_m": reach_m}}
    if area.kind == "path":
        return {"corridor": {"points": points, "half_width_m": reach_m}}
    return {"polygon": {"vertices": points, **({"margin_m": reach_m} if reach_m else {})}}


def _band_file(band: Band) -> dict[str, Any]:
    return {
        "floor_m": _whole_m(band.floor.cm, "a floor"),
        "ceiling_m": _whole_m(band.ceiling.cm, "a ceiling"),
    }


def _file_of(agreement: Agreement) -> dict[str, Any]:
    return {
        "format": files.FORMAT,
        "id": agreement.id,
        "version": agreement.version,
        "title": agreement.title,
        "valid": {
            "start": format_instant(agreement.valid.start_ms),
            "end": format_instant(agreement.valid.end_ms),
        },
        "area": _area_file(agreement.area),
        "parties": [_members(party) for party in agreement.parties],
        "classes": [_members(activity_class) for activity_class in agreement.classes],
        "urgent": _members(agreement.urgent),
        "truth": _members(agreement.truth),
        "distress_pass_on_s": agreement.distress_pass_on_s,
        "all_clear_cap_s": agreement.all_clear_cap_s,
        "third_parties": [_members(third) for third in agreement.third_parties],
        "sites": [_members(site) for site in agreement.sites],
        "named_areas": [_members(named) for named in agreement.named_areas],
        "named_positions": {name: format_dd(at) for name, at in agreement.named_positions},
        "conflicts_within_party": agreement.conflicts_within_party,
        **({} if agreement.watch is None else {"watch": watch_to(agreement.watch)}),
        **({"lines": [_line_file(line) for line in agreement.lines]} if agreement.lines else {}),
    }


def _line_file(line: AgreedLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.name,
        "points": [format_dd(vertex) for vertex in line.area.vertices],
        "known_to_m": _whole_m(line.area.reach_cm, "how exactly a line is known"),
    }


def _members(value: Any) -> Any:
    if isinstance(value, Area):
        return _area_file(value)
    if isinstance(value, Band):
        return _band_file(value)
    if dataclasses.is_dataclass(value):
        return {f.name: _members(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_members(member) for member in value]
    return value
