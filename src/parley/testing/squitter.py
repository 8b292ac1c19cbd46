"""Mode S frames for tests and benchmarks: what a transponder would send, and how a receiver
passes it on. Source: ICAO Annex 10 Vol. IV, Doc 9871; RTCA DO-260B."""

from __future__ import annotations

import math
from collections.abc import Iterable

from parley.wire.adsb.cpr import SCALE, Half, zones
from parley.wire.adsb.frames import parity

_LETTERS = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ#####_###############0123456789######"


def frame(df: int, low: int, rest: str) -> str:
    """A frame of hex digits: format, the three bits after it, address and message, parity."""
    body = bytes([df << 3 | low]) + bytes.fromhex(rest)
    return (body + parity(body + bytes(3)).to_bytes(3, "big")).hex()


def squitter(address: str, message: int, *, df: int = 17, low: int = 5) -> str:
    """DF 17 (or 18 with its control field) with 56 bits of message."""
    return frame(df, low, address + message.to_bytes(7, "big").hex())


def encoded(lat_deg: float, lon_deg: float, odd: bool, *, surface: bool = False) -> Half:
    """The CPR half of a position. Source: Doc 9871, C.2.6.3."""
    scale = SCALE * 4 if surface else SCALE
    zone = 360.0 / (60 - odd)
    lat = math.floor(scale * (lat_deg % zone) / zone + 0.5)
    near = zone * (lat / scale + math.floor(lat_deg / zone))
    width = 360.0 / max(zones(near) - odd, 1)
    lon = math.floor(scale * (lon_deg % width) / width + 0.5)
    return lat % int(SCALE), lon % int(SCALE)


def airborne(
    address: str,
    lat_deg: float,
    lon_deg: float,
    *,
    odd: bool,
    feet: int | None = 30_000,
    altitude_field: int | None = None,
    type_code: int = 11,
    df: int = 17,
    low: int = 5,
) -> str:
    """An airborne position; feet in steps of 25 from -1,000 to 50,175 (or the field as it is)."""
    lat, lon = encoded(lat_deg, lon_deg, odd)
    field = _altitude12(feet) if altitude_field is None else altitude_field
    message = type_code << 51 | field << 36 | odd << 34 | lat << 17 | lon
    return squitter(address, message, df=df, low=low)


def surface(address: str, lat_deg: float, lon_deg: float, *, odd: bool, movement: int = 25) -> str:
    """A surface position, heading 90 degrees; movement 25 is 8 knots."""
    lat, lon = encoded(lat_deg, lon_deg, odd, surface=True)
    message = 7 << 51 | movement << 44 | 1 << 43 | 32 << 36 | odd << 34 | lat << 17 | lon
    return squitter(address, message, low=4)


def identification(address: str, callsign: str) -> str:
    """The callsign, eight characters at most."""
    message = 4 << 51
    for place, letter in enumerate(callsign.ljust(8, "_").replace(" ", "_")):
        message |= _LETTERS.index(letter) << (42 - 6 * place)
    return squitter(address, message)


def velocity(
    address: str, east_kt: int, north_kt: int, fpm: int = 0, *, gnss_less_baro_ft: int | None = None
) -> str:
    """Speed over ground and climb (steps of 64 ft/min)."""
    message = 19 << 51 | 1 << 48
    message |= (east_kt < 0) << 42 | (abs(east_kt) + 1) << 32
    message |= (north_kt < 0) << 31 | (abs(north_kt) + 1) << 21
    message |= 1 << 20 | (fpm < 0) << 19 | (abs(fpm) // 64 + 1) << 10
    if gnss_less_baro_ft is not None:
        message |= (gnss_less_baro_ft < 0) << 7 | (abs(gnss_less_baro_ft) // 25 + 1)
    return squitter(address, message)


def status(address: str, state: int, code: str = "0000") -> str:
    """Emergency and priority status: 0 none, 1 general, 4 radio failure, 5 unlawful."""
    return squitter(address, 28 << 51 | 1 << 48 | state << 45 | _identity13(code) << 32)


def target_state(address: str, nac_p: int) -> str:
    """Target state and status, version 2, with its NACp."""
    return squitter(address, 29 << 51 | 1 << 49 | nac_p << 13)


def altitude_reply(address: str, feet: int) -> str:
    """DF 4: the parity carries the address."""
    twelve = _altitude12(feet)
    thirteen = (twelve & 0xFC0) << 1 | twelve & 0x3F
    return _addressed(bytes([4 << 3]) + thirteen.to_bytes(3, "big"), address)


def code_reply(address: str, code: str) -> str:
    """DF 5: the parity carries the address."""
    return _addressed(bytes([5 << 3]) + _identity13(code).to_bytes(3, "big"), address)


def all_call(address: str) -> str:
    """DF 11."""
    return frame(11, 5, address)


def beast(frames: Iterable[str], *, counter: bytes = bytes(6)) -> bytes:
    """The frames as a Beast receiver sends them."""
    out = bytearray()
    for text in frames:
        body = counter + b"\x80" + bytes.fromhex(text)
        out += b"\x1a" + (b"3" if len(text) == 28 else b"2") + body.replace(b"\x1a", b"\x1a\x1a")
    return bytes(out)


def avr(frames: Iterable[str]) -> bytes:
    """The frames as AVR lines."""
    return "".join(f"*{text.upper()};\r\n" for text in frames).encode()


def _addressed(body: bytes, address: str) -> str:
    overlaid = parity(body + bytes(3)) ^ int(address, 16)
    return (body + overlaid.to_bytes(3, "big")).hex()


def _altitude12(feet: int | None) -> int:
    if feet is None:
        return 0
    steps = (feet + 1000) // 25
    return (steps & 0x7F0) << 1 | 0x10 | steps & 0xF


def _identity13(code: str) -> int:
    """Bits C1 A1 C2 A2 C4 A4 X B1 D1 B2 D2 B4 D4."""
    a, b, c, d = (int(digit) for digit in code)
    order = [(c, 1), (a, 1), (c, 2), (a, 2), (c, 4), (a, 4), (0, 1)]
    order += [(b, 1), (d, 1), (b, 2), (d, 2), (b, 4), (d, 4)]
    bits = 0
    for digit, weight in order:
        bits = bits << 1 | bool(digit & weight)
    return bits
