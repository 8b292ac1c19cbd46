"""Category 062: the tracks of a surveillance data processing system, as editions 1.16 to 1.21
write them, and as edition 0.17 did.

I062/130 is height above mean sea level and I062/135 may be corrected by a QNH: neither is a
pressure altitude or a height above the ellipsoid, and both are left out where they are not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from parley.space import Position
from parley.watch.report import UNKNOWN, Ident, Report, Sense
from parley.wire.asterix import fields, tables
from parley.wire.asterix.cat048 import ON_GROUND
from parley.wire.asterix.fields import Heard
from parley.wire.asterix.layout import Fields, Record
from parley.wire.units import EMERGENCY_CODES

COASTED = "coasted"

_EMERGENCIES = range(1, 7)
_M_PER_DEGREE = 111_320.0
_DEG_PER_STEP_23, _DEG_PER_STEP_25 = 180 / 2**23, 180 / 2**25
_M_PER_NM_64 = 1852 / 64


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where the early edition differs."""

    aircraft: Fields
    plan: Fields
    accuracy: Fields
    early: bool


NOW = Dialect(tables.AIRCRAFT_062, tables.PLAN_062, tables.ACCURACY_062, early=False)
EARLY = Dialect(
    tables.AIRCRAFT_062_0_17, tables.PLAN_062_0_17, tables.ACCURACY_062_0_17, early=True
)


def time_062(record: Record) -> bytes | None:
    return record.get("070")


def place_062(record: Record) -> tuple[float, float] | None:
    item = record.get("105")
    return None if item is None else fields.degrees(item)


def report_062(record: Record, heard: Heard) -> Report | None:
    """By the present editions."""
    return _report(record, heard, NOW)


def report_062_early(record: Record, heard: Heard) -> Report | None:
    """By edition 0.17."""
    return _report(record, heard, EARLY)


def _report(record: Record, heard: Heard, dialect: Dialect) -> Report | None:
    status = record.get("080")
    measured = tables.MEASURED_062.parts(record.get("340", b""))
    reason = _refused(record, status, measured)
    if reason:
        heard.refuse(reason)
        return None
    seen_ms = fields.instant_ms(record.get("070"), heard)
    if seen_ms is None:
        return None
    aircraft = dialect.aircraft.parts(record.get("380", b""))
    position = fields.position(place_062(record), heard)
    if position is not None and fields.flag(status, 3, 0x80):
        heard.refuse(COASTED)
        position = None
    accuracy_m = UNKNOWN
    if position is not None:
        accuracy_m = _accuracy_m(dialect, record.get("500", b""), position)
    code = fields.code(record.get("060"), heard, flags=not dialect.early)
    speed_mps, course_deg = (
        fields.polar(record.get("180")) if dialect.early else fields.cartesian(record.get("185"))
    )
    number = record.get("040")
    return Report(
        sensor=heard.sensor(record["010"]),
        seen_ms=seen_ms,
        ident=Ident(
            icao24=fields.address(aircraft.get("ADR"), heard),
            mode3a=code,
            callsign=_callsign(record, aircraft, dialect, heard),
            number="" if number is None else str(fields.unsigned(number)),
        ),
        position=position,
        accuracy_m=accuracy_m,
        pressure=fields.pressure(_level(record, dialect), heard),
        speed_mps=speed_mps,
        course_deg=course_deg,
        climb_mps=fields.climb(record.get("220")),
        on_ground=_on_ground(status, aircraft),
        emergency=code in EMERGENCY_CODES or _emergency(status, aircraft),
        doubted=fields.flag(status, 1, 0x08) or fields.flag(status, 4, 0x04),
        sense=Sense.SYSTEM,
    )


def _refused(record: Record, status: bytes | None, measured: Record) -> str:
    if "010" not in record:
        return fields.NO_SOURCE
    kind = measured.get("TYP")
    if fields.flag(status, 1, 0x80) or fields.flag(kind, 0, 0x10) or fields.flag(kind, 0, 0x04):
        return fields.SIMULATED
    return fields.FIELD_MONITOR if fields.flag(kind, 0, 0x08) else ""


def _level(record: Record, dialect: Dialect) -> int | None:
    """The measured level; else the tracker's barometric altitude unless a QNH went into it."""
    found = fields.level(record.get("136"))
    tracked = record.get("135")
    if found is not None or tracked is None or tracked[0] & 0x80:
        return found
    steps = fields.unsigned(tracked) & 0x7FFF
    return steps - 0x8000 if steps & 0x4000 else steps


def _callsign(record: Record, aircraft: Record, dialect: Dialect, heard: Heard) -> str:
    """What the aircraft sends; else what the system knows of it; else the flight plan's."""
    sent = fields.callsign(aircraft.get("ID"), heard)
    if sent:
        return sent
    target = record.get("245")
    if target is not None and target[0] >> 6 < 2:
        known = fields.callsign(target[1:], heard)
        if known:
            return known
    plan = dialect.plan.parts(record.get("390", b""))
    return fields.plan_callsign(plan.get("CS"), heard)


def _on_ground(status: bytes | None, aircraft: Record) -> bool:
    flight_status = fields.octet(aircraft.get("COM"), 0) >> 2 & 7
    return (
        flight_status in ON_GROUND
        or fields.flag(aircraft.get("SAB"), 0, 0x02)
        or fields.flag(status, 5, 0x10)
    )


def _emergency(status: bytes | None, aircraft: Record) -> bool:
    """A military emergency, or what the track's or ADS-B's status says."""
    return (
        fields.flag(status, 2, 0x10)
        or (fields.octet(status, 4) >> 3 & 7) in _EMERGENCIES
        or (fields.octet(aircraft.get("SAB"), 1) & 7) in _EMERGENCIES
    )


def _accuracy_m(dialect: Dialect, item: bytes, position: Position) -> float:
    """Twice the root of the sum of both variances: no less than 95 %."""
    parts = dialect.accuracy.parts(item)
    plane, angles = parts.get("APC"), parts.get("APW")
    if plane is not None:
        half = len(plane) // 2
        metres = _M_PER_NM_64 if dialect.early else 0.5
        x_m, y_m = (fields.unsigned(part) * metres for part in (plane[:half], plane[half:]))
    elif angles is not None:
        step = (_DEG_PER_STEP_23 if dialect.early else _DEG_PER_STEP_25) * _M_PER_DEGREE
        y_m = fields.unsigned(angles[:2]) * step
        x_m = fields.unsigned(angles[2:]) * step * math.cos(math.radians(position.lat_deg))
    else:
        return UNKNOWN
    return 2.0 * math.hypot(x_m, y_m)
