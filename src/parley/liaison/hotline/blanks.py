"""What fills the blanks of a phrase: six kinds, each in one form that every reader sees alike.

A value is Latin letters and digits, or a name in any script. In right-to-left text a value that
began with digits and a blank would be torn apart by the bidirectional algorithm (UAX 9: "300 m"
shows as "m 300"), so digits at the beginning run on into a letter: "300m", "2159Z", "36SYD".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from parley.errors import InputError

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TIME = re.compile(r"(\d{2})(\d{2})Z (\d{1,2}) ([A-Z]{3}) (\d{4})", re.ASCII)
_LEVEL = r"FL\d{3}|\d{1,5}m"
_BAND = re.compile(rf"(SFC|{_LEVEL})-(UNL|{_LEVEL})", re.ASCII)
_CALLSIGN = re.compile(r"\d{0,3}[A-Z][A-Z0-9-]{1,11}", re.ASCII)
_NUMBER = re.compile(r"0|[1-9]\d{0,5}", re.ASCII)
_DIGITS_FIRST = re.compile(r"\d+(?:\.\d+)?(?=[A-Za-z])", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE_MOST = 80
_LAST_MS = 253_402_300_799_999


class BlankKind(StrEnum):
    TIME = "time"  # "2159Z 17 SEP 2018": Zulu, with its day and its year
    PLACE = "place"  # a name or coordinates, one line: "N35.48 E035.95", "36SYD1234"
    BAND = "band"  # "SFC-3000m", "FL100-FL200", "FL300-UNL"
    CALLSIGN = "callsign"  # "IL20", "4X-ABC"
    NUMBER = "number"  # "15"
    CHANNEL = "channel"  # a name, one line: "VHF 121.500"


FORMS: Mapping[BlankKind, str] = {
    BlankKind.TIME: "Zulu with day and year, such as: 2159Z 17 SEP 2018",
    BlankKind.PLACE: "one line that begins with a letter, such as: N35.48 E035.95, or MGRS",
    BlankKind.BAND: "floor-ceiling, such as: SFC-3000m, FL100-FL200, FL300-UNL",
    BlankKind.CALLSIGN: "capital letters and digits, such as: IL20",
    BlankKind.NUMBER: "a whole number, such as: 15",
    BlankKind.CHANNEL: "one line that begins with a letter, such as: VHF 121.500",
}


def zulu_blank(ms: int) -> str:
    """The instant (ms since 1970, UTC) as a time blank has it, its seconds dropped; InputError
    outside the years 1970 to 9999."""
    if not 0 <= ms <= _LAST_MS:
        raise InputError(f"{ms} ms is no instant of this calendar", right="1970 to 9999")
    at = _EPOCH + timedelta(milliseconds=ms)
    return f"{at:%H%M}Z {at.day} {_MONTHS[at.month - 1]} {at.year:04d}"


def check_blank(kind: BlankKind, value: str, where: str) -> None:
    """InputError, with the form that would be right, for a value that is none of its kind."""
    if not _CHECKS[kind](value):
        raise InputError(
            f"{value[:80]!r} is no {kind.value} of a phrase", right=FORMS[kind], where=where
        )


def _time(value: str) -> bool:
    found = _TIME.fullmatch(value)
    if found is None or found[4] not in _MONTHS:
        return False
    hour, minute, day, year = (int(found[n]) for n in (1, 2, 3, 5))
    try:
        at = datetime(year, _MONTHS.index(found[4]) + 1, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return False
    return at >= _EPOCH and value == zulu_blank((at - _EPOCH) // timedelta(milliseconds=1))


def _band(value: str) -> bool:
    found = _BAND.fullmatch(value)
    if found is None:
        return False
    low, high = (_height(found[n]) for n in (1, 2))
    return low[0] != high[0] or low[1] < high[1]


def _height(text: str) -> tuple[str, int]:
    """Its unit and number; SFC and UNL are of no unit and compare with nothing."""
    if text.startswith("FL"):
        return "FL", int(text[2:])
    return ("m", int(text[:-1])) if text.endswith("m") else (text, 0)


def _named(value: str) -> bool:
    tidy = value == " ".join(value.split()) and value == unicodedata.normalize("NFC", value)
    if not tidy or not 1 <= len(value) <= PLACE_MOST or any(sign in value for sign in "{}"):
        return False
    if any(unicodedata.category(sign)[0] == "C" for sign in value):
        return False
    first = unicodedata.category(value[0])[0] == "L"
    return first or _DIGITS_FIRST.match(value) is not None


_CHECKS: Mapping[BlankKind, Callable[[str], bool]] = {
    BlankKind.TIME: _time,
    BlankKind.PLACE: _named,
    BlankKind.BAND: _band,
    BlankKind.CALLSIGN: lambda value: _CALLSIGN.fullmatch(value) is not None,
    BlankKind.NUMBER: lambda value: _NUMBER.fullmatch(value) is not None,
    BlankKind.CHANNEL: _named,
}
