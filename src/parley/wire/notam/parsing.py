"""The text of one NOTAM to its items: Q), A) to G), levels, instants. No geometry of E) yet.

Lenient where telegrams are (brackets, addresses before, several items a line, lower case), strict
where a guess would be one: dates that do not exist, limits without a reference, items twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from parley.errors import FormatError
from parley.space import Position
from parley.wire.assumed import Level, Reference
from parley.wire.refusals import shown
from parley.wire.units import M_PER_FOOT

MAX_BYTES = 64 * 1024
M_PER_NM = 1852.0

_NUMBER = re.compile(r"\b([A-Z][0-9]{4}/[0-9]{2})\s+NOTAM([NRC])(?:\s+([A-Z][0-9]{4}/[0-9]{2}))?")
_ITEM = re.compile(r"(?:(?<=\s)|^|(?<=\())([QA-G])\)[ \t]*", re.M)
_Q_LINE = re.compile(
    r"([A-Z]{4})/(Q[A-Z]{4})/(IV|I|V|K)/([NBOMK]{1,4})/([AEWK]{1,3})/([0-9]{3})/([0-9]{3})"
    r"/([0-9]{4}[NS])([0-9]{5}[EW])([0-9]{3})"
)
_STAMP = re.compile(r"([0-9]{10})(?:\s*(EST))?")
_LEVEL = re.compile(
    r"(?:(?P<word>SFC|GND|UNL|UNLTD|UNLIMITED)|FL\s?(?P<fl>[0-9]{1,3})"
    r"|(?P<value>[0-9]{1,6})\s?(?P<unit>FT|M)(?:\s?(?P<over>AMSL|MSL|AGL|ASFC|SFC))?"
    r"|(?P<over2>AMSL|AGL)\s?(?P<value2>[0-9]{1,6})\s?(?P<unit2>FT|M))"
)


@dataclass(frozen=True, slots=True)
class QLine:
    """lower_fl, upper_fl: 000 and 999 stand for surface and unlimited. radius_nm: 999 is all of
    the FIR."""

    fir: str
    code: str
    traffic: str
    purpose: str
    scope: str
    lower_fl: int
    upper_fl: int
    centre: Position
    radius_nm: int


@dataclass(frozen=True, slots=True)
class Notam:
    """One NOTAM as it stands. number: "" where it has none yet. end_estimated: C) with EST."""

    number: str
    q: QLine | None
    places: tuple[str, ...]
    start_ms: int
    end_ms: int
    end_estimated: bool
    schedule: str
    text: str
    lower: Level | None
    upper: Level | None


def parse_notam(data: bytes, source: str) -> Notam:
    """The one NOTAM in a text. FormatError, with ``the author of source`` at fault: more than
    64 KiB, not UTF-8, no NOTAM or several, a cancellation, items missing, PERM."""
    author = f"the author of {source}"
    try:
        return _parsed(data)
    except FormatError as error:
        raise FormatError(
            error.what, right=error.right, where=error.where, at_fault=author
        ) from None


def _parsed(data: bytes) -> Notam:
    text = _decoded(data)
    numbers = _NUMBER.findall(text)
    if len(numbers) > 1:
        raise FormatError(f"{len(numbers)} NOTAM in one text", right="one at a time")
    number, kind, other = numbers[0] if numbers else ("", "N", "")
    if kind == "C":
        raise FormatError(
            f"{number} cancels {other or 'another'}",
            right="cancel the notice it was",
            where="NOTAMC",
        )
    items = _items(text)
    for letter in "ABCE":
        if not items.get(letter):
            raise FormatError(
                f"item {letter}) is missing", right="Q), A), B), C) and E) at least", where=letter
            )
    start_ms, _ = _instant(items["B"], "B")
    end_ms, estimated = _instant(items["C"], "C")
    if end_ms < start_ms:
        raise FormatError("C) is before B)", right="an end at or after the start", where="C")
    return Notam(
        number,
        _q_line(items["Q"]) if items.get("Q") else None,
        tuple(items["A"].split()),
        start_ms,
        end_ms,
        estimated,
        " ".join(items.get("D", "").split()),
        " ".join(items["E"].split()),
        level_of(items["F"], "F") if items.get("F") else None,
        level_of(items["G"], "G") if items.get("G") else None,
    )


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise FormatError(f"{len(data)} bytes", right=f"at most {MAX_BYTES} for one NOTAM")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(
            "not valid UTF-8", right="plain letters and digits", where=f"byte {error.start}"
        ) from None
    return text.upper().replace("\r", "\n").strip()


def _items(text: str) -> dict[str, str]:
    """Letter -> its text. Q) and A) to E) are the first of their letter in rising order, F) and
    G) the last of theirs: letters in brackets may stand in the plain language of E)."""
    found = list(_ITEM.finditer(text))
    chosen: list[re.Match[str]] = []
    for letter in "QABCDE":
        after = chosen[-1].end() if chosen else 0
        match = next((m for m in found if m[1] == letter and m.start() >= after), None)
        if match is not None:
            chosen.append(match)
    said = chosen[-1].end() if chosen else 0
    for letter in "FG":
        last = [m for m in found if m[1] == letter and m.start() >= said]
        if last:
            chosen.append(last[-1])
            said = last[-1].end()
    if not chosen:
        return {}
    ends = [match.start() for match in chosen[1:]] + [len(text)]
    items = {m[1]: text[m.end() : end].strip() for m, end in zip(chosen, ends, strict=True)}
    last_letter = chosen[-1][1]
    if last_letter in ("F", "G") or text.startswith("("):
        items[last_letter] = items[last_letter].removesuffix(")").strip()
    return items


def _q_line(text: str) -> QLine:
    found = _Q_LINE.fullmatch("".join(text.split()))
    if found is None:
        raise FormatError(
            f"Q) {shown(text)} is no Q line",
            right="FIR/QCODE/TRAFFIC/PURPOSE/SCOPE/LOWER/UPPER/DDMMNDDDMMERRR",
            where="Q",
        )
    fir, code, traffic, purpose, scope, lower, upper, lat, lon, radius = found.groups()
    if int(lower) > int(upper):
        raise FormatError(f"Q) has {lower} above {upper}", right="the lower first", where="Q")
    return QLine(
        fir, code, traffic, purpose, scope, int(lower), int(upper),
        position_from(lat, lon, "Q"), int(radius),
    )  # fmt: skip


def position_from(lat: str, lon: str, where: str) -> Position:
    """``353112N``, ``0354800E`` with minutes, seconds or decimals of the last. FormatError."""
    return Position(lat_deg=_degrees(lat, 2, 90.0, where), lon_deg=_degrees(lon, 3, 180.0, where))


def _degrees(text: str, lead: int, limit: float, where: str) -> float:
    side, number = text[-1], text[:-1]
    whole, _, decimals = number.partition(".")
    rest = whole[lead:]
    fraction = f".{decimals}" if decimals else ""
    minutes, seconds = rest[:2], rest[2:]
    if seconds:
        parts = float(minutes), float(seconds + fraction)
    else:
        parts = float(minutes + fraction), 0.0
    degrees = float(whole[:lead]) + parts[0] / 60 + parts[1] / 3600
    if parts[0] >= 60 or parts[1] >= 60 or degrees > limit:
        raise FormatError(
            f"{shown(text)} is no angle", right=f"below 60 minutes and seconds, at most {limit:g}",
            where=where,
        )  # fmt: skip
    return -degrees if side in "SW" else degrees


def _instant(text: str, where: str) -> tuple[int, bool]:
    if text.startswith("PERM"):
        raise FormatError("the NOTAM is permanent", right="an end: a notice has one", where=where)
    found = _STAMP.fullmatch(text)
    if found is None:
        raise FormatError(
            f"{where}) {shown(text)} is no instant", right="YYMMDDHHMM in UTC", where=where
        )
    digits = found[1]
    pairs = [int(digits[n : n + 2]) for n in range(0, 10, 2)]
    try:
        moment = datetime(2000 + pairs[0], *pairs[1:], tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        raise FormatError(
            f"{where}) {digits} does not exist", right="a date and a time of day", where=where
        ) from None
    return int(moment.timestamp()) * 1000, bool(found[2])


def level_of(text: str, where: str) -> Level:
    """``SFC``, ``UNL``, ``FL120``, ``5000FT AMSL``, ``300M AGL``. FormatError otherwise."""
    found = _LEVEL.fullmatch(" ".join(text.split()))
    if found is None:
        raise FormatError(
            f"{where}) {shown(text)} is no limit",
            right="SFC, UNL, FL120, 5000FT AMSL or 300M AGL",
            where=where,
        )
    if word := found["word"]:
        return Level(Reference.SURFACE if word in ("SFC", "GND") else Reference.UNLIMITED)
    if found["fl"]:
        return Level(Reference.PRESSURE, int(found["fl"]) * 100 * M_PER_FOOT)
    value, unit = found["value"] or found["value2"], found["unit"] or found["unit2"]
    over = found["over"] or found["over2"]
    if over is None:
        raise FormatError(
            f"{where}) {shown(text)} does not say above what", right="AMSL or AGL", where=where
        )
    metres = int(value) * (M_PER_FOOT if unit == "FT" else 1.0)
    return Level(Reference.SEA if over in ("AMSL", "MSL") else Reference.GROUND, metres)
