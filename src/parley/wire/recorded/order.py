"""Rows of a recorded day in the order of their times, and the reports that they are.

Rows are kept as arrays, about 80 bytes each, and come out in order as far as ``WINDOW`` rows
reach: a file of fewer rows is put in order whatever its own order is (by flight, say). A row that
is older than what has come out already is counted and left out. Memory is bounded by twice the
window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from parley.space import Height, Position, PressureAltitude
from parley.watch.report import UNKNOWN, Ident, Report, Sense
from parley.wire.decoding import Rejections
from parley.wire.recorded import columns as cells
from parley.wire.recorded.columns import Columns, Floats, Values
from parley.wire.units import EMERGENCY_CODES

WINDOW = 500_000
MAX_WHO = 200_000

OUT_OF_ORDER = "out-of-order"
BAD_POSITION = "bad-position"
NULL_ISLAND = "position-zero"
NO_IDENTITY = "no-identity"
TOO_MANY = "too-many-aircraft"
REPEATED = "position-repeated"

_NONE = np.iinfo(np.int32).min
_ROW = np.dtype(
    [
        ("at_ms", "i8"),
        ("who", "i4"),
        ("lat", "f8"),
        ("lon", "f8"),
        ("accuracy", "f8"),
        ("pressure_cm", "i4"),
        ("height_cm", "i4"),
        ("height_accuracy", "f8"),
        ("speed", "f8"),
        ("course", "f8"),
        ("climb", "f8"),
        ("ground", "?"),
        ("emergency", "?"),
    ]
)
Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Who:
    ident: Ident
    owner: str = ""
    label: str = ""


class Day:
    """One file on its way: batches of columns in, reports in order out."""

    def __init__(
        self, columns: Columns, sensor: str, rejected: Rejections, sense: Sense, window: int
    ) -> None:
        self._columns = columns
        self._sensor = sensor
        self._rejected = rejected
        self._sense = sense
        self._window = max(1, window)
        self._known: dict[tuple[str, ...], int] = {}
        self._names: list[_Who] = []
        self._kept: list[Rows] = []
        self._count = 0
        self._out_ms = -1
        self._last: dict[int, int] = {}

    def take(self, batch: Mapping[str, Values], count: int) -> Iterator[Report]:
        """The reports that are now surely the oldest."""
        if not count:
            return
        rows = self._rows(batch, count)
        late = rows["at_ms"] < self._out_ms
        if late.any():
            self._rejected.add(OUT_OF_ORDER, int(late.sum()))
            rows = rows[~late]
        self._kept.append(rows)
        self._count += len(rows)
        if self._count >= 2 * self._window:
            yield from self._out(self._count - self._window)

    def end(self) -> Iterator[Report]:
        """All that is left."""
        yield from self._out(self._count)

    def _out(self, count: int) -> Iterator[Report]:
        rows = np.concatenate(self._kept) if self._kept else np.empty(0, _ROW)
        rows = rows[np.argsort(rows["at_ms"], kind="stable")]
        self._kept, self._count = [rows[count:].copy()], len(rows) - count
        if count:
            self._out_ms = int(rows["at_ms"][count - 1])
        for start in range(0, count, 4_096):
            for row in rows[start : min(count, start + 4_096)].tolist():
                report = self._report(row)
                if report is not None:
                    yield report

    def _report(self, row: tuple[Any, ...]) -> Report | None:
        at_ms, who, lat, lon, accuracy, pressure, height, sure, speed, course, climb = row[:11]
        if self._columns.has("told"):
            if self._last.get(who) == at_ms:
                self._rejected.add(REPEATED)
                return None
            self._last[who] = at_ms
        name = self._names[who]
        return Report(
            sensor=self._sensor,
            seen_ms=at_ms,
            ident=name.ident,
            position=Position(lat_deg=lat, lon_deg=lon) if lat == lat else None,
            accuracy_m=accuracy,
            pressure=None if pressure == _NONE else PressureAltitude(pressure),
            height=None if height == _NONE else Height(height),
            height_accuracy_m=sure,
            speed_mps=speed,
            course_deg=course,
            climb_mps=climb,
            on_ground=row[11],
            emergency=row[12],
            sense=self._sense,
            owner=name.owner,
            label=name.label,
        )

    def _rows(self, batch: Mapping[str, Values], count: int) -> Rows:
        columns = self._columns
        rows = np.empty(count, _ROW)
        times = columns.instants(batch, "time", count)
        who, codes = self._identities(batch, count)
        rows["who"] = who
        lat, lon = self._places(batch, count)
        rows["lat"], rows["lon"] = lat, lon
        told = columns.instants(batch, "told", count)
        older = (told < times) & ~np.isnan(lat)
        times[older] = told[older]
        rows["accuracy"] = columns.within(batch, "accuracy", count, 0.0, 1e6)
        rows["pressure_cm"] = _cm(columns.within(batch, "pressure", count, -1_000.0, 60_000.0))
        height, sure = self._heights(batch, count)
        rows["height_cm"], rows["height_accuracy"] = _cm(height), sure
        rows["speed"] = columns.within(batch, "speed", count, 0.0, 4_000.0)
        rows["course"] = columns.within(batch, "course", count, -360.0, 360.0) % 360.0
        rows["climb"] = columns.within(batch, "climb", count, -500.0, 500.0)
        rows["ground"] = columns.truths(batch, "on_ground", count)
        emergency = columns.truths(batch, "emergency", count)
        rows["emergency"] = emergency | np.array([code in EMERGENCY_CODES for code in codes])
        untimed = np.isnan(times)
        if untimed.any():
            self._rejected.add(cells.BAD_TIME, int(untimed.sum()))
        rows["at_ms"] = np.where(untimed, 0.0, times)
        return rows[~untimed & (rows["who"] >= 0)]

    def _places(self, batch: Mapping[str, Values], count: int) -> tuple[Floats, Floats]:
        lat = self._columns.numbers(batch, "lat", count)
        lon = self._columns.numbers(batch, "lon", count)
        wrong = (np.abs(lat) > 90.0) | (np.abs(lon) > 180.0)
        zero = (lat == 0.0) & (lon == 0.0)
        for reason, found in ((BAD_POSITION, wrong), (NULL_ISLAND, zero)):
            if found.any():
                self._rejected.add(reason, int(found.sum()))
        gone = wrong | zero | np.isnan(lat) | np.isnan(lon)
        lat[gone], lon[gone] = np.nan, np.nan
        return lat, lon

    def _heights(self, batch: Mapping[str, Values], count: int) -> tuple[Floats, Floats]:
        columns = self._columns
        if columns.has("height"):
            return columns.within(batch, "height", count, -1_000.0, 60_000.0), _nans(count)
        if not columns.has("reference"):
            return _nans(count), _nans(count)
        floor, ceiling, middle, half = (
            columns.within(batch, field, count, -8_000.0, 100_000.0)
            for field in ("floor", "ceiling", "middle", "half")
        )
        middle = np.where(np.isnan(middle), (floor + ceiling) / 2, middle)
        half = np.where(np.isnan(half), np.abs(ceiling - floor) / 2, half)
        said = columns.texts(batch, "reference", count, cells.line)
        other = np.array([text.upper() != "WGS84" for text in said])
        middle[other], half[other] = np.nan, np.nan
        return middle, half

    def _identities(
        self, batch: Mapping[str, Values], count: int
    ) -> tuple[npt.NDArray[np.int32], list[str]]:
        columns = self._columns
        addresses = columns.texts(batch, "icao24", count, cells.address)
        callsigns = columns.texts(batch, "callsign", count, cells.callsign)
        codes = columns.texts(batch, "squawk", count, cells.squawk)
        uids = columns.texts(batch, "uid", count, cells.line)
        owners = columns.texts(batch, "owner", count, cells.line)
        labels = columns.texts(batch, "label", count, cells.line)
        found = np.empty(count, np.int32)
        every = zip(addresses, codes, callsigns, uids, owners, labels, strict=True)
        for index, parts in enumerate(every):
            found[index] = self._known.get(parts, -1)
            if found[index] < 0:
                found[index] = self._learn(parts)
        return found, list(codes)

    def _learn(self, parts: tuple[str, str, str, str, str, str]) -> int:
        address, code, callsign, uid, owner, label = parts
        if not (address or callsign or uid):
            self._rejected.add(NO_IDENTITY)
            return -1
        if len(self._names) >= MAX_WHO:
            self._rejected.add(TOO_MANY)
            return -1
        self._known[parts] = len(self._names)
        ident = Ident(icao24=address, mode3a=code, callsign=callsign, uid=uid)
        self._names.append(_Who(ident, owner, label))
        return len(self._names) - 1


def _nans(count: int) -> Floats:
    return np.full(count, UNKNOWN)


def _cm(metres: Floats) -> npt.NDArray[np.int32]:
    missing = np.isnan(metres)
    found: npt.NDArray[np.int32] = np.where(missing, 0.0, np.rint(metres * 100)).astype(np.int32)
    found[missing] = _NONE
    return found
