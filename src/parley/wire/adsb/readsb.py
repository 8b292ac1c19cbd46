"""The aircraft of readsb, tar1090 and dump1090-fa as JSON: whole files, or one aircraft a line.

``aircraft.json`` is polled; port 30047 (--net-json-port) sends lines. A position is as old as the
file says (now less seen_pos). alt_geom is feet above the WGS-84 ellipsoid, alt_baro feet on
1013.25 hPa or "ground", speeds knots, climb feet a minute. Source: readsb, README-json.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from parley.space import Height, Position, PressureAltitude
from parley.watch.report import UNKNOWN, Ident, Report, Sense
from parley.wire.adsb.quality import GVA_M, NACP_M
from parley.wire.decoding import Rejections
from parley.wire.lines import Lines
from parley.wire.units import EMERGENCY_CODES, MPS_PER_FPM, MPS_PER_KNOT

MAX_DOCUMENT = 32 * 1024 * 1024
MAX_LINE = 64 * 1024
MAX_AIRCRAFT = 100_000
AHEAD_MS = 2_000
BACK_MS = 10_000
SAME_MS = 150
"""Two readings of one position differ by this much through rounding alone."""

NOT_JSON = "not-json"
TOO_LARGE = "too-large"
BAD_AIRCRAFT = "bad-aircraft"
BAD_ADDRESS = "bad-address"
BAD_FIELD = "bad-field"
NULL_ISLAND = "position-zero"
CLOCK_AHEAD = "clock-ahead"
CLOCK_BACK = "clock-set-back"
TOO_MANY = "too-many-aircraft"

_ADDRESS = re.compile(r"~?[0-9a-f]{6}")
_CALLSIGN = re.compile(r"[A-Z0-9 ]{1,8}")
_CODE = re.compile(r"[0-7]{4}")
_NO_EMERGENCY = ("", "none", "reserved")
_NEVER = (-SAME_MS - 1, -SAME_MS - 1)
_SENSES = {"mlat": Sense.MULTILATERATION, "tisb": Sense.SYSTEM}


class _Aircraft:
    """The fields of one aircraft: what is not what it should be is counted and left out."""

    def __init__(self, fields: Mapping[str, Any], rejected: Rejections) -> None:
        self._fields = fields
        self._rejected = rejected

    def number(self, name: str, low: float, high: float) -> float | None:
        value = self._fields.get(name)
        if value is None:
            return None
        if type(value) in (int, float) and low <= value <= high:
            return float(value)
        self._rejected.add(BAD_FIELD)
        return None

    def text(self, name: str) -> str:
        value = self._fields.get(name, "")
        if type(value) is str:
            return value.strip()[:64]
        if value is not None:
            self._rejected.add(BAD_FIELD)
        return ""

    def names(self, name: str) -> Sequence[object]:
        value = self._fields.get(name)
        return value[:32] if isinstance(value, list) else ()

    def is_text(self, name: str) -> bool:
        return type(self._fields.get(name)) is str

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        text = self.text(name)
        if not text or pattern.fullmatch(text):
            return text
        self._rejected.add(BAD_FIELD)
        return ""

    def position(self) -> Position | None:
        lat, lon = self.number("lat", -90.0, 90.0), self.number("lon", -180.0, 180.0)
        if lat is None or lon is None:
            return None
        if lat == 0.0 and lon == 0.0:
            self._rejected.add(NULL_ISLAND)
            return None
        return Position(lat_deg=lat, lon_deg=lon)


class _Reader:
    """Turns objects into reports; remembers when each aircraft's last report was."""

    def __init__(self, sensor: str, rejected: Rejections) -> None:
        self._sensor = sensor
        self._rejected = rejected
        self._told: dict[str, tuple[int, int]] = {}
        self._file_ms = -1

    def report(self, fields: object, file_ms: int) -> Report | None:
        """None for what is refused and for what was told before."""
        if not isinstance(fields, dict):
            self._rejected.add(BAD_AIRCRAFT)
            return None
        craft = _Aircraft(fields, self._rejected)
        address = craft.text("hex").lower()
        if not _ADDRESS.fullmatch(address):
            self._rejected.add(BAD_ADDRESS)
            return None
        seen_ms = file_ms - round(1000 * (craft.number("seen", 0.0, 1e6) or 0.0))
        position, position_ms = craft.position(), seen_ms
        if position is not None:
            position_ms = file_ms - round(1000 * (craft.number("seen_pos", 0.0, 1e6) or 0.0))
        told = self._told.pop(address, _NEVER)
        if position is None or position_ms <= told[1] + SAME_MS:
            position, position_ms = None, told[1]
        if position is None and seen_ms <= told[0] + SAME_MS:
            self._told[address] = told
            return None
        self._remember(address, seen_ms, position_ms)
        at_ms = seen_ms if position is None else position_ms
        return self._filled(craft, address, position, at_ms)

    def dated(self, document: Mapping[str, Any], now_ms: int) -> int:
        """When the file or the line was written. A clock ahead of ours by more than 2 s is not
        believed: counted, and the arrival is taken. After a clock that was set back, what was
        told before counts no more."""
        stated = document.get("now")
        if stated is None:
            return now_ms
        if type(stated) not in (int, float) or not 0 < stated < 1e14:
            self._rejected.add(BAD_FIELD)
            return now_ms
        file_ms = int(stated if stated > 1e11 else stated * 1000)
        if file_ms > now_ms + AHEAD_MS:
            self._rejected.add(CLOCK_AHEAD)
            file_ms = now_ms
        if file_ms < self._file_ms - BACK_MS:
            self._rejected.add(CLOCK_BACK)
            self._told.clear()
        self._file_ms = file_ms
        return file_ms

    def _remember(self, address: str, seen_ms: int, position_ms: int) -> None:
        if len(self._told) >= MAX_AIRCRAFT:
            del self._told[next(iter(self._told))]
        self._told[address] = seen_ms, position_ms

    def _filled(
        self, craft: _Aircraft, address: str, position: Position | None, at_ms: int
    ) -> Report:
        own = address.startswith("~")
        code = craft.matching("squawk", _CODE)
        on_ground = craft.is_text("alt_baro") and craft.text("alt_baro") == "ground"
        feet = None if on_ground else craft.number("alt_baro", -2_000.0, 200_000.0)
        height = craft.number("alt_geom", -2_000.0, 200_000.0)
        knots, course = craft.number("gs", 0.0, 10_000.0), craft.number("track", 0.0, 360.0)
        climb = craft.number("baro_rate", -1e5, 1e5)
        if climb is None:
            climb = craft.number("geom_rate", -1e5, 1e5)
        sense = _sense(craft)
        gva = craft.number("gva", 0, 3)
        return Report(
            sensor=self._sensor,
            seen_ms=at_ms,
            ident=Ident(
                icao24="" if own else address,
                mode3a=code,
                callsign=craft.matching("flight", _CALLSIGN),
                number=address if own else "",
            ),
            position=position,
            accuracy_m=UNKNOWN if position is None else _accuracy_m(craft, sense),
            pressure=None if feet is None else PressureAltitude(round(feet * 30.48)),
            height=None if height is None else Height(round(height * 30.48)),
            height_accuracy_m=GVA_M.get(int(gva or 0), UNKNOWN) if height is not None else UNKNOWN,
            speed_mps=UNKNOWN if knots is None else knots * MPS_PER_KNOT,
            course_deg=UNKNOWN if course is None else course % 360.0,
            climb_mps=UNKNOWN if climb is None else climb * MPS_PER_FPM,
            on_ground=on_ground,
            emergency=craft.text("emergency") not in _NO_EMERGENCY or code in EMERGENCY_CODES,
            doubted=sense is Sense.SELF and _is_lost(craft, position),
            sense=sense,
        )


class AircraftJsonDecoder:
    """``aircraft.json``: each ``take`` is one whole file. A file with the same ``now`` as the one
    before has nothing new."""

    def __init__(self, sensor: str) -> None:
        self.rejected = Rejections()
        self._reader = _Reader(sensor, self.rejected)
        self._now: object = None

    def take(self, data: bytes, now_ms: int) -> Sequence[Report]:
        """The aircraft of which the file says something new."""
        document = _parsed(data, MAX_DOCUMENT, self.rejected)
        if document is None:
            return []
        crafts = document.get("aircraft")
        if not isinstance(crafts, list):
            self.rejected.add(BAD_FIELD)
            return []
        stated = document.get("now")
        if stated is not None and stated == self._now:
            return []
        self._now = stated
        file_ms = self._reader.dated(document, now_ms)
        if len(crafts) > MAX_AIRCRAFT:
            self.rejected.add(TOO_MANY, len(crafts) - MAX_AIRCRAFT)
        found = (self._reader.report(craft, file_ms) for craft in crafts[:MAX_AIRCRAFT])
        return [report for report in found if report is not None]


class JsonLinesDecoder:
    """One aircraft a line. At most ``MAX_LINE`` bytes of an unfinished line are kept."""

    def __init__(self, sensor: str) -> None:
        self.rejected = Rejections()
        self._reader = _Reader(sensor, self.rejected)
        self._lines = Lines(MAX_LINE, self.rejected)

    def take(self, data: bytes, now_ms: int) -> Sequence[Report]:
        """The reports that ``data`` completes."""
        reports = []
        for line in self._lines.take(data):
            fields = _parsed(line, MAX_LINE, self.rejected)
            if fields is None:
                continue
            report = self._reader.report(fields, self._reader.dated(fields, now_ms))
            if report is not None:
                reports.append(report)
        return reports

    def end(self) -> None:
        """Nothing follows: an unfinished line is counted and dropped."""
        self._lines.end()

    @property
    def rest_bytes(self) -> int:
        """How much of an unfinished line is kept."""
        return self._lines.rest_bytes


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


_JSON = json.JSONDecoder(parse_constant=_no_constant)


def _parsed(data: bytes, max_bytes: int, rejected: Rejections) -> dict[str, Any] | None:
    """The JSON object, or None: counted. Infinities fall to the bounds of each field."""
    if len(data) > max_bytes:
        rejected.add(TOO_LARGE)
        return None
    try:
        value = _JSON.decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        rejected.add(NOT_JSON)
        return None
    return value


def _sense(craft: _Aircraft) -> Sense:
    """By the type of the best source, or by the list of fields that others computed."""
    kind = craft.text("type")
    for prefix, sense in _SENSES.items():
        if kind.startswith(prefix) or "lat" in craft.names(prefix):
            return sense
    return Sense.SELF


def _accuracy_m(craft: _Aircraft, sense: Sense) -> float:
    """By NACp, else the radius of containment, which is wider; nothing for multilateration."""
    if sense is Sense.MULTILATERATION:
        return UNKNOWN
    by_category = NACP_M.get(int(craft.number("nac_p", 0, 15) or 0))
    if by_category is not None:
        return by_category
    return craft.number("rc", 0.0, 1e6) or UNKNOWN


def _is_lost(craft: _Aircraft, position: Position | None) -> bool:
    if craft.number("gpsOkBefore", 0.0, 1e14) is not None:
        return True
    return position is not None and 0.0 in (
        craft.number("nic", 0, 15),
        craft.number("nac_p", 0, 15),
    )
