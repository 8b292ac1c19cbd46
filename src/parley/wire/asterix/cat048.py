"""Category 048: what one radar measured. A place needs the radar's site; the rest does not."""

from __future__ import annotations

from parley.space import Position
from parley.watch.report import UNKNOWN, Ident, Report, Sense
from parley.wire.asterix import fields
from parley.wire.asterix.fields import Heard
from parley.wire.asterix.layout import Record
from parley.wire.asterix.radar import placed
from parley.wire.units import EMERGENCY_CODES

NO_SITE = "no-radar-site"
GHOST = "ghost"
NO_DETECTION = "no-detection"
ON_GROUND = (1, 3)

_M_PER_STEP = 1852 / 256


def time_048(record: Record) -> bytes | None:
    return record.get("140")


def report_048(record: Record, heard: Heard) -> Report | None:
    """None, and counted: a simulated or test target, a field monitor, a ghost track, a record
    without a source, a time that no day has."""
    described, status = record.get("020"), record.get("170")
    reason = (
        (fields.NO_SOURCE if "010" not in record else "")
        or (fields.SIMULATED if fields.flag(described, 0, 0x10) else "")
        or (fields.SIMULATED if fields.flag(described, 1, 0x80) else "")
        or (fields.FIELD_MONITOR if fields.flag(described, 0, 0x02) else "")
        or (GHOST if fields.flag(status, 1, 0x40) else "")
    )
    if reason:
        heard.refuse(reason)
        return None
    seen_ms = fields.instant_ms(record.get("140"), heard)
    if seen_ms is None:
        return None
    quarters = _level(record.get("090"), heard)
    pressure = fields.pressure(quarters, heard)
    position, accuracy_m = _place(record, None if pressure is None else pressure.m, heard)
    mode3a = fields.code(record.get("070"), heard)
    speed_mps, course_deg = fields.polar(record.get("200"))
    number = record.get("161")
    return Report(
        sensor=heard.sensor(record["010"]),
        seen_ms=seen_ms,
        ident=Ident(
            icao24=fields.address(record.get("220"), heard),
            mode3a=mode3a,
            callsign=fields.callsign(record.get("240"), heard),
            number="" if number is None else str(fields.unsigned(number) & 0xFFF),
        ),
        position=position,
        accuracy_m=accuracy_m,
        pressure=pressure,
        speed_mps=speed_mps,
        course_deg=course_deg,
        on_ground=(fields.octet(record.get("230"), 0) >> 2 & 7) in ON_GROUND,
        emergency=mode3a in EMERGENCY_CODES or fields.flag(described, 1, 0x10),
        sense=Sense.RADAR,
    )


def _level(item: bytes | None, heard: Heard) -> int | None:
    """14 bits, signed, behind the bits for not validated and garbled."""
    if item is None:
        return None
    if item[0] & 0xC0:
        heard.refuse(fields.DOUBTED_LEVEL)
        return None
    steps = fields.unsigned(item)
    return steps - 0x4000 if steps & 0x2000 else steps


def _place(record: Record, level_m: float | None, heard: Heard) -> tuple[Position | None, float]:
    polar, described = record.get("040"), record.get("020")
    if polar is None:
        return None, UNKNOWN
    if described is not None and not described[0] & 0xE0:
        heard.refuse(NO_DETECTION)
        return None, UNKNOWN
    site = heard.sites.get((record["010"][0], record["010"][1]))
    if site is None:
        heard.refuse(NO_SITE)
        return None, UNKNOWN
    range_m = fields.unsigned(polar[:2]) * _M_PER_STEP
    return placed(site, range_m, fields.unsigned(polar[2:]) * fields.DEG_PER_TURN_16, level_m)
