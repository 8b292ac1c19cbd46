"""What ASTERIX fields mean: octets to SI. Scales are those of the EUROCONTROL specifications."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from parley.space import Height, Position, PressureAltitude
from parley.watch.report import UNKNOWN
from parley.wire.asterix.radar import RadarSite
from parley.wire.decoding import Rejections

DAY_MS = 86_400_000
DAY_128THS = 86_400 * 128
AHEAD_MS = 2_000
"""How far a clock may be ahead of ours before it is not believed."""

CLOCK_AHEAD = "clock-ahead"
NO_TIME = "no-time"
BAD_TIME = "bad-time"
NO_SOURCE = "no-source"
BAD_POSITION = "bad-position"
NULL_ISLAND = "position-zero"
BAD_HEIGHT = "bad-height"
BAD_CALLSIGN = "bad-callsign"
BAD_ADDRESS = "bad-address"
DOUBTED_CODE = "code-not-valid"
DOUBTED_LEVEL = "level-not-valid"
SIMULATED = "simulated"
FIELD_MONITOR = "field-monitor"

CM_PER_QUARTER_LEVEL = 762
CM_PER_QUARTER_25_FEET = 190.5
MPS_PER_NM_14 = 1852 / 2**14
DEG_PER_TURN_16 = 360 / 2**16
MPS_PER_FPM_625 = 6.25 * 0.3048 / 60
MIN_LEVEL, MAX_LEVEL = -80, 8_000
"""In quarters of a flight level: -2,000 to 200,000 ft."""

_SIX_BITS: Mapping[int, str] = {
    0: " ",
    32: " ",
    **{n: chr(64 + n) for n in range(1, 27)},
    **{n: chr(n) for n in range(48, 58)},
}
_NO_ADDRESS = (b"\x00\x00\x00", b"\xff\xff\xff")


@dataclass(frozen=True, slots=True)
class Heard:
    """Around a record: the feed's name, when its datagram arrived, where refusals are counted,
    and the sites of radars by system area and identification code."""

    feed: str
    now_ms: int
    rejected: Rejections
    sites: Mapping[tuple[int, int], RadarSite]

    def refuse(self, reason: str) -> None:
        self.rejected.add(reason)

    def sensor(self, source: bytes) -> str:
        return f"{self.feed}:{source[0]}/{source[1]}"


def unsigned(octets: bytes) -> int:
    return int.from_bytes(octets, "big")


def signed(octets: bytes) -> int:
    return int.from_bytes(octets, "big", signed=True)


def nearest_ms(time_of_day: int, now_ms: int) -> int:
    """The instant with this time of day (1/128 s since midnight UTC) that is nearest to
    ``now_ms``; of two as near, the earlier."""
    since_ms = (time_of_day * 1000 + 64) // 128
    instant_ms = now_ms - now_ms % DAY_MS + since_ms
    if instant_ms - now_ms >= DAY_MS // 2:
        return instant_ms - DAY_MS
    if now_ms - instant_ms > DAY_MS // 2:
        return instant_ms + DAY_MS
    return instant_ms


def instant_ms(octets: bytes | None, heard: Heard) -> int | None:
    """When the report applied; None (counted) for a time of day that no day has. Without a time
    it is the arrival; a clock that is ahead of ours by more than 2 s is not believed either."""
    if octets is None:
        heard.refuse(NO_TIME)
        return heard.now_ms
    time_of_day = unsigned(octets)
    if time_of_day >= DAY_128THS:
        heard.refuse(BAD_TIME)
        return None
    found_ms = nearest_ms(time_of_day, heard.now_ms)
    if found_ms > heard.now_ms + AHEAD_MS:
        heard.refuse(CLOCK_AHEAD)
        return heard.now_ms
    return found_ms


def degrees(octets: bytes) -> tuple[float, float]:
    """Latitude and longitude, each half of the octets: 180 degrees are 2^23 in three octets,
    2^25 in four."""
    half = len(octets) // 2
    scale = 180 / 2 ** (23 if half == 3 else 25)
    return signed(octets[:half]) * scale, signed(octets[half:]) * scale


def fine_degrees(octets: bytes) -> tuple[float, float]:
    """I021/131 of editions 2: 180 degrees are 2^30 in four octets."""
    return signed(octets[:4]) * 180 / 2**30, signed(octets[4:]) * 180 / 2**30


def in_range(place: tuple[float, float]) -> bool:
    return abs(place[0]) <= 90.0 and abs(place[1]) <= 180.0


def position(place: tuple[float, float] | None, heard: Heard) -> Position | None:
    if place is None:
        return None
    if not in_range(place):
        heard.refuse(BAD_POSITION)
        return None
    if place == (0.0, 0.0):
        heard.refuse(NULL_ISLAND)
        return None
    return Position(lat_deg=place[0], lon_deg=place[1])


def pressure(quarters: int | None, heard: Heard) -> PressureAltitude | None:
    """quarters: of a flight level."""
    if quarters is None:
        return None
    if not MIN_LEVEL <= quarters <= MAX_LEVEL:
        heard.refuse(BAD_HEIGHT)
        return None
    return PressureAltitude(quarters * CM_PER_QUARTER_LEVEL)


def level(octets: bytes | None) -> int | None:
    """A flight level in quarters, two octets, signed."""
    return None if octets is None else signed(octets)


def geometric(octets: bytes | None, heard: Heard) -> Height | None:
    """I021/140: 6.25 ft above the ellipsoid; the largest value says "above that"."""
    if octets is None:
        return None
    steps = signed(octets)
    if steps == 0x7FFF or not -320 <= steps <= 32_000:
        heard.refuse(BAD_HEIGHT)
        return None
    return Height(round(steps * CM_PER_QUARTER_25_FEET))


def code(octets: bytes | None, heard: Heard, *, flags: bool = True) -> str:
    """A Mode 3/A code; "" (counted) if its bits say not validated or garbled."""
    if octets is None:
        return ""
    if flags and octets[0] & 0xC0:
        heard.refuse(DOUBTED_CODE)
        return ""
    return f"{unsigned(octets) & 0o7777:04o}"


def address(octets: bytes | None, heard: Heard) -> str:
    if octets is None:
        return ""
    if octets in _NO_ADDRESS:
        heard.refuse(BAD_ADDRESS)
        return ""
    return octets.hex()


def callsign(octets: bytes | None, heard: Heard) -> str:
    """Eight characters of six bits (ICAO Annex 10, IV, 3.1.2.9)."""
    if octets is None:
        return ""
    bits = unsigned(octets)
    letters = [_SIX_BITS.get(bits >> shift & 63, "?") for shift in range(42, -6, -6)]
    if "?" in letters:
        heard.refuse(BAD_CALLSIGN)
        return ""
    return "".join(letters).strip()


def plan_callsign(octets: bytes | None, heard: Heard) -> str:
    """Seven characters of ASCII."""
    if octets is None:
        return ""
    text = octets.rstrip(b"\x00").decode("latin-1").strip()
    if text and not (text.isascii() and text.isalnum() and text == text.upper()):
        heard.refuse(BAD_CALLSIGN)
        return ""
    return text


def polar(octets: bytes | None) -> tuple[float, float]:
    """Speed (2^-14 NM/s) and course (2^-16 of a turn), two octets each: m/s and degrees."""
    if octets is None:
        return UNKNOWN, UNKNOWN
    return unsigned(octets[:2]) * MPS_PER_NM_14, unsigned(octets[2:]) * DEG_PER_TURN_16


def cartesian(octets: bytes | None) -> tuple[float, float]:
    """East and north in 0.25 m/s, two octets each: m/s and degrees."""
    if octets is None:
        return UNKNOWN, UNKNOWN
    east, north = signed(octets[:2]) * 0.25, signed(octets[2:]) * 0.25
    speed_mps = math.hypot(east, north)
    if speed_mps == 0.0:
        return 0.0, UNKNOWN
    return speed_mps, math.degrees(math.atan2(east, north)) % 360.0


def climb(octets: bytes | None) -> float:
    """6.25 ft/min, signed, two octets: m/s."""
    return UNKNOWN if octets is None else signed(octets) * MPS_PER_FPM_625


def ranged_climb(octets: bytes | None) -> float:
    """I021/155, 157: the first bit says that the value is beyond its range; 15 bits follow."""
    if octets is None or octets[0] & 0x80:
        return UNKNOWN
    steps = unsigned(octets)
    return (steps - 0x8000 if steps & 0x4000 else steps) * MPS_PER_FPM_625


def octet(item: bytes | None, index: int) -> int:
    """The octet of an item that may be shorter, or absent: then 0."""
    return item[index] if item is not None and index < len(item) else 0


def flag(item: bytes | None, index: int, mask: int) -> bool:
    return bool(octet(item, index) & mask)
