"""Airborne positions with the altitudes that rs1090 0.7 does not give: above 50,000 ft it refuses
the whole squitter, and with it whoever flies that high.

Source: ICAO Annex 10 Vol. IV, 3.1.2.6.5.4 and the appendix to chapter 3; Doc 9871, Table A-2-5.
"""

from __future__ import annotations

from collections.abc import Mapping

_HUNDREDS = {0b001: 1, 0b011: 2, 0b010: 3, 0b110: 4, 0b100: 5}


def feet_of(field: int) -> int | None:
    """The altitude code of 12 bits in feet, in steps of 25 or, in the Gillham code, of 100."""
    if field == 0:
        return None
    if field & 0x10:
        return ((field & 0xFE0) >> 1 | field & 0xF) * 25 - 1000
    c1, a1, c2, a2, c4, a4, b1, _, b2, d2, b4, d4 = (
        field >> place & 1 for place in range(11, -1, -1)
    )
    hundreds = _HUNDREDS.get(c1 << 2 | c2 << 1 | c4)
    if hundreds is None:
        return None
    five_hundreds = bit = 0
    for gray in (d2, d4, a1, a2, a4, b1, b2, b4):
        bit ^= gray
        five_hundreds = five_hundreds << 1 | bit
    if five_hundreds % 2:
        hundreds = 6 - hundreds
    return five_hundreds * 500 + hundreds * 100 - 1300


def airborne_position(text: str) -> Mapping[str, object] | None:
    """The fields of a squitter (28 hex digits, parity already checked) under rs1090's names; None
    if it is no airborne position."""
    message = int(text[8:22], 16)
    type_code = message >> 51
    if not (9 <= type_code <= 18 or 20 <= type_code <= 22):
        return None
    return {
        "bds": "05",
        "tc": type_code,
        "NUCp": 18 - type_code if type_code <= 18 else (29 - type_code if type_code < 22 else 0),
        "altitude": feet_of(message >> 36 & 0xFFF),
        "parity": "odd" if message >> 34 & 1 else "even",
        "lat_cpr": message >> 17 & 0x1FFFF,
        "lon_cpr": message & 0x1FFFF,
    }
