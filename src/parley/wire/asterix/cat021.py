"""Category 021: ADS-B as a ground station heard it, by editions 2.1 to 2.7 and 0.23 to 0.26.

I021/140 is height above the WGS-84 ellipsoid. What the ground station itself does not believe
(range, CPR or independent position checks failed, "suspect") is a doubted report.
"""

from __future__ import annotations

from parley.space import Height
from parley.watch.report import UNKNOWN, Ident, Report, Sense
from parley.wire.adsb.quality import GVA_M, accuracy_m
from parley.wire.asterix import fields
from parley.wire.asterix.fields import Heard
from parley.wire.asterix.layout import Record
from parley.wire.units import EMERGENCY_CODES

_EMERGENCIES = range(1, 7)
_TIMES = ("071", "073", "077", "075", "072")


def time_021(record: Record) -> bytes | None:
    """For which the position holds; else when it was received; else when it was sent on."""
    return next((record[name] for name in _TIMES if name in record), None)


def time_021_early(record: Record) -> bytes | None:
    return record.get("030")


def place_021(record: Record) -> tuple[float, float] | None:
    fine, coarse = record.get("131"), record.get("130")
    if fine is not None:
        return fields.fine_degrees(fine)
    return None if coarse is None else fields.degrees(coarse)


def place_021_early(record: Record) -> tuple[float, float] | None:
    item = record.get("130")
    return None if item is None else fields.degrees(item)


def report_021(record: Record, heard: Heard) -> Report | None:
    """By editions 2.x. None, and counted: simulated and test targets, field monitors."""
    described = record.get("040")
    flags = fields.octet(described, 1)
    if _refused(record, flags & 0x30, fields.octet(described, 0) & 0x02, heard):
        return None
    checks = fields.octet(described, 2)
    said = fields.octet(record.get("200"), 0)
    nac_p, nuc_p, gva = _quality(record)
    return _made(
        record,
        heard,
        time=time_021(record),
        place=place_021(record),
        real_address=fields.octet(described, 0) >> 5 == 0,
        mode3a=fields.code(record.get("070"), heard, flags=False),
        on_ground=bool(flags & 0x40),
        emergency=bool(said & 0x20) or (said >> 2 & 7) in _EMERGENCIES,
        doubted=(flags >> 1 & 3) == 1 or bool(checks & 0x3E) or 0 in (nac_p, nuc_p),
        accuracy=accuracy_m(nac_p, nuc_p),
        height_accuracy=GVA_M.get(gva, UNKNOWN),
        speed=_ground_vector(record.get("160")),
        climb=_first(fields.ranged_climb(record.get("155")), record.get("157")),
    )


def report_021_early(record: Record, heard: Heard) -> Report | None:
    """By editions 0.23 to 0.26."""
    described = record.get("040")
    flags = fields.octet(described, 0)
    if _refused(record, flags & 0x30, flags & 0x08, heard):
        return None
    climb = fields.climb(record.get("155"))
    return _made(
        record,
        heard,
        time=time_021_early(record),
        place=place_021_early(record),
        real_address=fields.octet(described, 1) >> 5 == 1,
        mode3a=fields.code(record.get("070"), heard),
        on_ground=bool(flags & 0x40),
        emergency=fields.octet(record.get("200"), 0) in _EMERGENCIES,
        doubted=False,
        accuracy=UNKNOWN,
        height_accuracy=UNKNOWN,
        speed=fields.polar(record.get("160")),
        climb=climb if climb == climb else fields.climb(record.get("157")),
    )


def _refused(record: Record, not_real: int, monitor: int, heard: Heard) -> bool:
    reason = (
        (fields.NO_SOURCE if "010" not in record else "")
        or (fields.SIMULATED if not_real else "")
        or (fields.FIELD_MONITOR if monitor else "")
    )
    if reason:
        heard.refuse(reason)
    return bool(reason)


def _made(
    record: Record,
    heard: Heard,
    *,
    time: bytes | None,
    place: tuple[float, float] | None,
    real_address: bool,
    mode3a: str,
    on_ground: bool,
    emergency: bool,
    doubted: bool,
    accuracy: float,
    height_accuracy: float,
    speed: tuple[float, float],
    climb: float,
) -> Report | None:
    seen_ms = fields.instant_ms(time, heard)
    if seen_ms is None:
        return None
    position = fields.position(place, heard)
    height: Height | None = fields.geometric(record.get("140"), heard)
    address, number = fields.address(record.get("080"), heard), record.get("161")
    own = str(fields.unsigned(number)) if number is not None else ""
    if address and not real_address:
        address, own = "", f"~{address}"
    return Report(
        sensor=heard.sensor(record["010"]),
        seen_ms=seen_ms,
        ident=Ident(
            icao24=address,
            mode3a=mode3a,
            callsign=fields.callsign(record.get("170"), heard),
            number=own,
        ),
        position=position,
        accuracy_m=UNKNOWN if position is None else accuracy,
        pressure=fields.pressure(fields.level(record.get("145")), heard),
        height=height,
        height_accuracy_m=UNKNOWN if height is None else height_accuracy,
        speed_mps=speed[0],
        course_deg=speed[1],
        climb_mps=climb,
        on_ground=on_ground,
        emergency=emergency or mode3a in EMERGENCY_CODES,
        doubted=doubted,
        sense=Sense.SELF,
    )


def _quality(record: Record) -> tuple[int | None, int | None, int]:
    """NACp, else (version 0, or nothing better) NUCp; and GVA, which version 2 brought."""
    quality, mops = record.get("090"), record.get("210")
    if quality is None:
        return None, None, 0
    version = fields.octet(mops, 0) >> 3 & 7
    if mops is not None and version >= 1:
        nac_p = quality[1] >> 1 & 15 if len(quality) > 1 else None
        gva = fields.octet(quality, 2) >> 1 & 3 if version >= 2 else 0
        return nac_p, None, gva
    return None, (quality[0] >> 1 & 15 if mops is not None else None), 0


def _ground_vector(item: bytes | None) -> tuple[float, float]:
    if item is None or item[0] & 0x80:
        return UNKNOWN, UNKNOWN
    return fields.polar(item)


def _first(climb: float, other: bytes | None) -> float:
    return climb if climb == climb else fields.ranged_climb(other)
