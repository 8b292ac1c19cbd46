"""SBS-1 "BaseStation" lines, as most receivers send them on port 30003.

``MSG,<1..8>,...``: 22 fields, empty where nothing is known. A line carries dates and times, but
not their zone, and each program fills them by its own clock: a report is as old as its arrival.
Altitudes are pressure altitudes in feet, speeds knots, climb feet a minute; nothing is said about
accuracy. Source: Kinetic's socket data format, as dump1090 and readsb write it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from parley.space import Position, PressureAltitude
from parley.watch.report import UNKNOWN, Ident, Report, Sense
from parley.wire.decoding import Rejections
from parley.wire.lines import Lines
from parley.wire.units import EMERGENCY_CODES, MPS_PER_FPM, MPS_PER_KNOT

MAX_LINE = 512
BAD_LINE = "bad-line"
BAD_ADDRESS = "bad-address"
BAD_NUMBER = "bad-number"
BAD_CALLSIGN = "bad-callsign"
BAD_CODE = "bad-code"
NULL_ISLAND = "position-zero"

_FIELDS = 22
_OTHER_KINDS = frozenset({b"SEL", b"ID", b"AIR", b"STA", b"CLK"})
_ADDRESS = re.compile(r"~?[0-9A-F]{6}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{0,12})?", re.ASCII)
_CALLSIGN = re.compile(r"[A-Z0-9 ]{1,8}")
_CODE = re.compile(r"[0-7]{4}")


class SbsDecoder:
    """One SBS connection. At most ``MAX_LINE`` bytes of an unfinished line are kept.

    A field that cannot be read is counted and left out; a line without an address, or with less
    than 22 fields, is counted and dropped.
    """

    def __init__(self, sensor: str) -> None:
        self.rejected = Rejections()
        self._sensor = sensor
        self._lines = Lines(MAX_LINE, self.rejected)

    def take(self, data: bytes, now_ms: int) -> Sequence[Report]:
        """The reports that ``data`` completes, each as old as ``now_ms``."""
        found = (self._report(line, now_ms) for line in self._lines.take(data))
        return [report for report in found if report is not None]

    def end(self) -> None:
        """Nothing follows: an unfinished line is counted and dropped."""
        self._lines.end()

    @property
    def rest_bytes(self) -> int:
        """How much of an unfinished line is kept."""
        return self._lines.rest_bytes

    def _report(self, line: bytes, now_ms: int) -> Report | None:
        parts = line.split(b",")
        kind = parts[0]
        if kind in _OTHER_KINDS:
            return None
        if kind not in (b"MSG", b"MLAT") or len(parts) < _FIELDS or not line.isascii():
            self.rejected.add(BAD_LINE)
            return None
        fields = [part.strip() for part in line.decode("ascii").split(",")]
        if fields[1] not in _KINDS:
            self.rejected.add(BAD_LINE)
            return None
        address = fields[4].upper()
        if not _ADDRESS.fullmatch(address):
            self.rejected.add(BAD_ADDRESS)
            return None
        report = self._filled(fields, address.lower(), kind == b"MLAT", now_ms)
        return report if _says_something(report) else None

    def _filled(
        self, fields: Sequence[str], address: str, multilaterated: bool, now_ms: int
    ) -> Report:
        code = self._text(fields[17].zfill(4) if fields[17] else "", _CODE, BAD_CODE)
        own = address.startswith("~")
        ident = Ident(
            icao24="" if own else address,
            mode3a=code,
            callsign=self._text(fields[10], _CALLSIGN, BAD_CALLSIGN),
            number=address if own else "",
        )
        feet = self._number(fields[11], -2_000.0, 200_000.0)
        knots = self._number(fields[12], 0.0, 10_000.0)
        course = self._number(fields[13], -360.0, 720.0)
        climb = self._number(fields[16], -100_000.0, 100_000.0)
        return Report(
            sensor=self._sensor,
            seen_ms=now_ms,
            ident=ident,
            position=self._position(fields[14], fields[15]),
            pressure=None if feet is None else PressureAltitude(round(feet * 30.48)),
            speed_mps=UNKNOWN if knots is None else knots * MPS_PER_KNOT,
            course_deg=UNKNOWN if course is None else course % 360.0,
            climb_mps=UNKNOWN if climb is None else climb * MPS_PER_FPM,
            on_ground=_is_set(fields[21]),
            emergency=_is_set(fields[19]) or code in EMERGENCY_CODES,
            sense=Sense.MULTILATERATION if multilaterated else Sense.SELF,
        )

    def _position(self, lat: str, lon: str) -> Position | None:
        lat_deg, lon_deg = self._number(lat, -90.0, 90.0), self._number(lon, -180.0, 180.0)
        if lat_deg is None or lon_deg is None:
            return None
        if lat_deg == 0.0 and lon_deg == 0.0:
            self.rejected.add(NULL_ISLAND)
            return None
        return Position(lat_deg=lat_deg, lon_deg=lon_deg)

    def _number(self, text: str, low: float, high: float) -> float | None:
        if not text:
            return None
        if _NUMBER.fullmatch(text) and low <= (value := float(text)) <= high:
            return value
        self.rejected.add(BAD_NUMBER)
        return None

    def _text(self, text: str, pattern: re.Pattern[str], reason: str) -> str:
        if text and not pattern.fullmatch(text):
            self.rejected.add(reason)
            return ""
        return text


_KINDS = frozenset("12345678")


def _is_set(flag: str) -> bool:
    return flag in ("-1", "1")


def _says_something(report: Report) -> bool:
    """A line that names an aircraft and says nothing of it (MSG 8) is no report."""
    return bool(
        report.position is not None
        or report.pressure is not None
        or report.ident.callsign
        or report.ident.mode3a
        or report.emergency
        or not math.isnan(report.speed_mps)
        or not math.isnan(report.climb_mps)
    )
