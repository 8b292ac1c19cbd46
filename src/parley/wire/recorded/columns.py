"""The columns of recorded days: whose they are, and their units, by their names alone.

Three dialects. "traffic": the library traffic (altitude in ft on 1013.25 hPa, groundspeed in kt,
vertical_rate in ft/min, geoaltitude in ft). "opensky": state vectors of the OpenSky Network
(baroaltitude and geoaltitude in m, velocity and vertrate in m/s). "parley": docs/formats/
tracks-csv.md. Names of two dialects in one file are refused: their units would be a guess.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from parley.errors import FormatError
from parley.wire.decoding import Rejections
from parley.wire.units import M_PER_FOOT, MPS_PER_FPM, MPS_PER_KNOT

Floats = npt.NDArray[np.float64]
Values = Sequence[Any] | npt.NDArray[Any]

BAD_FIELD = "bad-field"
BAD_TIME = "bad-time"
BAD_ADDRESS = "bad-address"
MAX_UNKNOWN = 40

OLDEST_MS, NEWEST_MS = 631_152_000_000, 4_102_444_800_000
"""1990 to 2100: seconds taken for milliseconds, or the reverse, are outside."""

_ADDRESS = re.compile(r"[0-9a-f]{6}")
_CODE = re.compile(r"[0-7]{4}")
_CALLSIGN = re.compile(r"[A-Z0-9]{1,8}")
_YES = frozenset({"true", "t", "1", "yes"})
_NO = frozenset({"false", "f", "0", "no", ""})
_NONE = frozenset({"", "nan", "null", "none", "nat", "<na>"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """names: column -> field. factors: field -> what makes SI of it; 1 if not named."""

    name: str
    names: Mapping[str, str]
    factors: Mapping[str, float]


_SHARED = {
    "icao24": "icao24",
    "callsign": "callsign",
    "latitude": "lat",
    "lat": "lat",
    "longitude": "lon",
    "lon": "lon",
    "onground": "on_ground",
    "squawk": "squawk",
    "timestamp": "time",
    "time": "time",
    "track": "course",
}
_TRAFFIC_ONLY = {"altitude": "pressure", "groundspeed": "speed", "vertical_rate": "climb"}
_OPENSKY_ONLY = {
    "baroaltitude": "pressure",
    "velocity": "speed",
    "vertrate": "climb",
    "lastposupdate": "told",
}
_HEIGHT = "geoaltitude"

TRAFFIC = Dialect(
    "traffic",
    {**_SHARED, **_TRAFFIC_ONLY, _HEIGHT: "height"},
    {"pressure": M_PER_FOOT, "height": M_PER_FOOT, "speed": MPS_PER_KNOT, "climb": MPS_PER_FPM},
)
OPENSKY = Dialect(
    "opensky", {**_SHARED, **_OPENSKY_ONLY, "heading": "course", _HEIGHT: "height"}, {}
)
PARLEY = Dialect(
    "parley",
    {
        "time": "time",
        "track": "uid",
        "lat": "lat",
        "lon": "lon",
        "uncertainty_m": "accuracy",
        "floor_m": "floor",
        "ceiling_m": "ceiling",
        "altitude_m": "middle",
        "accuracy_m": "half",
        "height_reference": "reference",
        "owner": "owner",
        "label": "label",
        "emergency": "emergency",
    },
    {},
)
_SECONDS = frozenset({"time", "lastposupdate"})
"""Numbers in these are seconds since the epoch; in "timestamp" they are milliseconds."""

_RIGHT = (
    "a time (timestamp or time), icao24 or callsign, and the names either of the library traffic "
    "(altitude, groundspeed, vertical_rate) or of OpenSky (baroaltitude, velocity, vertrate)"
)


def dialect_of(names: Collection[str], where: str) -> Dialect:
    """Whose columns these are. Raises FormatError if they are of two, or of none."""
    have = set(names)
    if {"uncertainty_m", "track"} <= have:
        dialect = PARLEY
    else:
        feet, metres = have & set(_TRAFFIC_ONLY), have & {*_OPENSKY_ONLY, "heading"}
        if feet and metres - {"heading"}:
            raise FormatError(
                f"columns {min(feet)} (feet, knots) and {min(metres)} (metres) in one file",
                right=_RIGHT,
                where=where,
            )
        if not feet and not metres and _HEIGHT in have:
            raise FormatError(
                f"column {_HEIGHT} is in feet or in metres, and no other column says which",
                right=_RIGHT,
                where=where,
            )
        dialect = OPENSKY if metres and not feet else TRAFFIC
    fields = {dialect.names.get(name) for name in have}
    if "time" not in fields or not fields & {"icao24", "callsign", "uid"}:
        raise FormatError("the columns are no recorded traffic", right=_RIGHT, where=where)
    return dialect


class Columns:
    """The columns of one file. What is not known is ignored, and named in ``rejected``."""

    def __init__(self, names: Collection[str], rejected: Rejections, where: str) -> None:
        self.dialect = dialect_of(names, where)
        self._where = where
        self._rejected = rejected
        self._seen: set[str] = set()
        self._ignored = 0
        self._of: dict[str, str] = {}
        self.admit(names)

    def admit(self, names: Collection[str]) -> None:
        """Further names, as objects of JSON may bring. Raises FormatError when they are those of
        another dialect."""
        new = [name for name in names if name not in self._seen]
        if not new or len(self._seen) > 10_000:
            return
        self._seen.update(new)
        if dialect_of(self._seen, self._where) is not self.dialect:
            raise FormatError("the columns change in the file", right=_RIGHT, where=self._where)
        for name in new:
            field = self.dialect.names.get(name)
            if field is None or field in self._of:
                self._ignored += 1
                shown = _shown(name) if self._ignored <= MAX_UNKNOWN else "other"
                self._rejected.add(f"column-{shown}")
            else:
                self._of[field] = name

    def has(self, field: str) -> bool:
        return field in self._of

    @property
    def wanted(self) -> Mapping[str, str]:
        """Field -> the column that it stands in."""
        return self._of

    def numbers(self, batch: Mapping[str, Values], field: str, count: int) -> Floats:
        """In SI; NaN for what is missing, or no number (that is counted)."""
        name = self._of.get(field)
        if name is None:
            return np.full(count, np.nan)
        found = numbers(batch[name], self._rejected)
        return found * self.dialect.factors.get(field, 1.0)

    def within(
        self, batch: Mapping[str, Values], field: str, count: int, low: float, high: float
    ) -> Floats:
        """The same, and NaN (counted) for what is not from low to high."""
        found = self.numbers(batch, field, count)
        wrong = (found < low) | (found > high)
        if wrong.any():
            self._rejected.add(BAD_FIELD, int(wrong.sum()))
            found[wrong] = np.nan
        return found

    def instants(self, batch: Mapping[str, Values], field: str, count: int) -> Floats:
        """Milliseconds since the epoch; NaN for none, and for what cannot be."""
        name = self._of.get(field)
        if name is None:
            return np.full(count, np.nan)
        values = batch[name]
        if isinstance(values, np.ndarray) and values.dtype.kind == "M":
            found = values.astype("datetime64[ms]").astype(np.float64)
            found[np.isnat(values)] = np.nan
        else:
            found = _instants(values, 1000.0 if name in _SECONDS else 1.0)
        found[~((found >= OLDEST_MS) & (found < NEWEST_MS))] = np.nan
        return found

    def texts(
        self, batch: Mapping[str, Values], field: str, count: int, read: Callable[[Any], str | None]
    ) -> Sequence[str]:
        """By ``read``: None for what cannot be, which is counted and becomes ""."""
        name = self._of.get(field)
        if name is None:
            return [""] * count
        known: dict[Any, str] = {}
        found = []
        for value in _plain(batch[name]):
            text = known.get(value) if isinstance(value, str) else None
            if text is None:
                read_text = read(value)
                if read_text is None:
                    self._rejected.add(BAD_ADDRESS if field == "icao24" else BAD_FIELD)
                text = read_text or ""
                if isinstance(value, str):
                    known[value] = text
            found.append(text)
        return found

    def truths(self, batch: Mapping[str, Values], field: str, count: int) -> npt.NDArray[np.bool_]:
        name = self._of.get(field)
        if name is None:
            return np.zeros(count, dtype=np.bool_)
        return np.fromiter(map(self._truth, _plain(batch[name])), np.bool_, count)

    def _truth(self, value: Any) -> bool:
        if value is None or value is False or value is True:
            return bool(value)
        text = str(value).strip().lower() if isinstance(value, (str, int)) else "?"
        if text not in _YES and text not in _NO and text not in _NONE:
            self._rejected.add(BAD_FIELD)
        return text in _YES


def _plain(values: Values) -> Sequence[Any]:
    if isinstance(values, np.ndarray):
        found: Sequence[Any] = values.tolist()
        return found
    return values


def numbers(values: Values, rejected: Rejections) -> Floats:
    """NaN for None, "", "nan" and their like; for anything else that is no number it is counted."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu":
        return values.astype(np.float64)
    kinds = set(map(type, values))
    if kinds <= {float, int, type(None)}:
        try:
            return _finite(np.array(values, dtype=np.float64), rejected)
        except OverflowError:
            pass
    return _finite(np.array([_number(value, rejected) for value in values]), rejected)


def _finite(found: Floats, rejected: Rejections) -> Floats:
    endless = np.isinf(found)
    if endless.any():
        rejected.add(BAD_FIELD, int(endless.sum()))
        found[endless] = np.nan
    return found


def _number(value: Any, rejected: Rejections) -> float:
    if value is None:
        return float("nan")
    try:
        if type(value) in (str, float, int):
            return float(value)
    except (ValueError, OverflowError):
        if isinstance(value, str) and value.strip().lower() in _NONE:
            return float("nan")
    rejected.add(BAD_FIELD)
    return float("nan")


def _instants(values: Values, factor: float) -> Floats:
    quiet = Rejections()
    if isinstance(values, np.ndarray) or set(map(type, values)) <= {float, int, type(None)}:
        return np.rint(numbers(values, quiet) * factor)
    return np.array([_instant(value, factor) for value in values])


def _instant(value: Any, factor: float) -> float:
    """A number by its unit, or a date and time of ISO 8601; without an offset it is UTC."""
    number = _number(value, Rejections())
    if math.isfinite(number):
        return float(round(number * factor))
    if not isinstance(value, str):
        return math.nan
    try:
        said = datetime.fromisoformat(value.strip())
        zoned = said if said.tzinfo is not None else said.replace(tzinfo=UTC)
        return float(round(zoned.timestamp() * 1000))
    except (ValueError, OverflowError):
        return math.nan


def address(value: Any) -> str | None:
    text = _text(value)
    if text is None or text in _NONE:
        return "" if text is not None else None
    return text if _ADDRESS.fullmatch(text) else None


def callsign(value: Any) -> str | None:
    text = _text(value)
    if text is None or text in _NONE:
        return "" if text is not None else None
    return text.upper() if _CALLSIGN.fullmatch(text.upper()) else None


def squawk(value: Any) -> str | None:
    """Four octal digits; a number, as tables of floats have it, with its zeros put back."""
    if value is None:
        return ""
    if type(value) in (int, float):
        if value != value:
            return ""
        value = f"{value:.0f}".zfill(4) if 0 <= value <= 7777 and value == int(value) else "?"
    text = _text(value)
    if text is None or text in _NONE:
        return "" if text is not None else None
    whole = text.removesuffix(".0").zfill(4)
    return whole if _CODE.fullmatch(whole) else None


def line(value: Any) -> str | None:
    """One line of at most 200 characters."""
    if not isinstance(value, str):
        return "" if value is None else None
    text = value.strip()
    return text if len(text) <= 200 and text.isprintable() else None


def _text(value: Any) -> str | None:
    if value is None or (type(value) is float and value != value):
        return ""
    return value.strip().lower() if isinstance(value, str) else None


def _shown(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.]", "?", name)[:32] or "?"
