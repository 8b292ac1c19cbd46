"""What the live picture was: a frame every few seconds, kept beside the log for as long as there
is room.

Derived data that may be lost: nothing stands on it. A frame is the picture as it was shown then;
between frames nothing is said, and a time without any is a gap. Writing happens in a thread of its
own and no beat waits for it.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import structlog

from parley.errors import IntegrityError, ParleyError
from parley.watch.tracks import Floats, Tracks

if TYPE_CHECKING:
    from parley.node.watching.watching import Watching

_log = structlog.get_logger("parley.history")
EVERY_MS = 10_000
KEPT_MS = 48 * 3_600_000
KEPT_BYTES = 1_000_000_000
GAP = 2.5
"""So many times the pace between two frames is a gap."""
STALE_MS = 300_000
"""A frame that is older than this shows nothing of an instant."""
TRAIL_FRAMES = 1_000

_PLACES: Mapping[str, tuple[str, float]] = {
    "lat_deg": ("<i4", 1e5),
    "lon_deg": ("<i4", 1e5),
    "height_m": ("<i4", 1.0),
    "course_deg": ("<i2", 10.0),
    "speed_mps": ("<i2", 10.0),
}
_OTHERS: Mapping[str, tuple[str, float]] = {
    "radius_m": ("<i4", 1.0),
    "vertical_m": ("<i4", 1.0),
    "climb_mps": ("<i2", 10.0),
    "pressure_m": ("<i4", 1.0),
    "age_s": ("<i4", 10.0),
}
_BITS = ("on_ground", "emergency", "doubted")


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as bytes. names: ids, labels, owners; places: where and how each flies;
    others: the rest."""

    at_ms: int
    names: bytes
    places: bytes
    others: bytes


class Kept(Protocol):
    """Where frames are kept. Synchronous, to be called in threads; StorageError when it fails."""

    def keep(self, frame: Frame) -> None: ...

    def last(self, at_ms: int) -> Frame | None:
        """The last one at or before."""
        ...

    def between(self, from_ms: int, until_ms: int) -> Sequence[int]:
        """When there are frames, both ends included, in order."""
        ...

    def each(self, instants: Sequence[int]) -> Iterator[Frame]:
        """Those of these instants that still are there, without ``others``."""
        ...

    def span(self) -> tuple[int, int] | None:
        """The first and the last."""
        ...


@dataclass(frozen=True, slots=True)
class Then:
    """The picture as it was last shown at or before an instant: tracks as of their ``now_ms``.
    gap_s: so long there had been none, None if it was due no sooner."""

    tracks: Tracks | None
    gap_s: float | None


@dataclass(frozen=True, slots=True)
class Trail:
    """One track over time: parallel lists. gaps: from and until, where no frame was kept. step_ms:
    how far apart the frames are that were looked at. span: of all that is kept."""

    at_ms: list[int] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    height_m: list[float | None] = field(default_factory=list)
    course_deg: list[float | None] = field(default_factory=list)
    speed_mps: list[float | None] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    step_ms: int = EVERY_MS
    span: tuple[int, int] | None = None


class History:
    """Keeps the pictures of one watch from ``start`` to ``stop``, and reads them again."""

    def __init__(self, watching: Watching, kept: Kept, *, every_ms: int = EVERY_MS) -> None:
        self.every_ms = every_ms
        self._watching = watching
        self._kept = kept
        self._kept_ms: int | None = None
        self._packed: tuple[tuple[Sequence[str], ...], bytes] = ((), b"")
        self._unpacked: OrderedDict[bytes, tuple[tuple[str, ...], ...]] = OrderedDict()
        self._failed = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._follow(), name="parley-history")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _follow(self) -> None:
        while True:
            bell = self._watching.next_sweep()
            await self.keep_due()
            await bell.wait()

    async def keep_due(self) -> bool:
        """Keeps the picture of the last sweep if one is due; whether it was kept."""
        tracks, last_ms = self._watching.state().tracks, self._kept_ms
        if tracks is None or (
            last_ms is not None and 0 <= tracks.now_ms - last_ms < self.every_ms - 500
        ):
            return False
        self._kept_ms = tracks.now_ms
        try:
            await asyncio.to_thread(lambda: self._kept.keep(self.pack(tracks)))
        except ParleyError as error:
            if not self._failed:
                _log.error("history-not-kept", error=str(error))
            self._failed = True
            return False
        self._failed = False
        return True

    def pack(self, tracks: Tracks) -> Frame:
        named = (tracks.ids, tracks.label, tracks.owner)
        if len(self._packed[0]) != 3 or any(
            a is not b for a, b in zip(self._packed[0], named, strict=True)
        ):
            text = json.dumps(named, ensure_ascii=False, separators=(",", ":"))
            self._packed = named, zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
        return Frame(tracks.now_ms, self._packed[1], _places(tracks), _others(tracks))

    async def at(self, at_ms: int) -> Then:
        """StorageError, IntegrityError."""
        frame = await asyncio.to_thread(self._kept.last, at_ms)
        if frame is None:
            return Then(None, None)
        age_ms = at_ms - frame.at_ms
        gap_s = age_ms / 1000 if age_ms > GAP * self.every_ms else None
        if age_ms > STALE_MS:
            return Then(None, gap_s)
        return Then(await asyncio.to_thread(self.unpack, frame), gap_s)

    def unpack(self, frame: Frame) -> Tracks:
        """IntegrityError: it is damaged."""
        ids, label, owner = self._names(frame.names)
        try:
            columns = _columns(frame.places, _PLACES, len(ids))
            status = columns.pop("rest")
            columns |= _columns(frame.others, _OTHERS, len(ids))
            bits, sensors = columns.pop("rest").reshape(2, -1)
        except (ValueError, zlib.error) as error:
            raise _damaged(frame.at_ms) from error
        columns |= {name: (bits >> n & 1) == 1 for n, name in enumerate(_BITS)}
        seen_ms = frame.at_ms - np.round(1000 * np.nan_to_num(columns["age_s"])).astype(np.int64)
        return Tracks(
            now_ms=frame.at_ms,
            ids=ids,
            label=label,
            owner=owner,
            seen_ms=seen_ms,
            status=status,
            sensors=sensors,
            **columns,
        )

    def _names(self, packed: bytes) -> tuple[tuple[str, ...], ...]:
        found = self._unpacked.get(packed)
        if found is None:
            try:
                text = zlib.decompress(packed).decode("utf-8", "surrogatepass")
                ids, label, owner = json.loads(text)
            except (ValueError, zlib.error) as error:
                raise _damaged(0) from error
            found = self._unpacked[packed] = (tuple(ids), tuple(label), tuple(owner))
            while len(self._unpacked) > 64:
                self._unpacked.popitem(last=False)
        return found

    async def trail(self, track: str, from_ms: int, until_ms: int, limit: int) -> Trail:
        """Where one track was shown, by at most ``limit`` frames, evenly left out where there are
        more. StorageError, IntegrityError."""
        return await asyncio.to_thread(self._trail, track, from_ms, until_ms, limit)

    def _trail(self, track: str, from_ms: int, until_ms: int, limit: int) -> Trail:
        instants = self._kept.between(from_ms, until_ms)
        gap_ms = GAP * self.every_ms
        gaps = [(a, b) for a, b in pairwise(instants) if b - a > gap_ms]
        stride = max(1, -(-len(instants) // max(1, min(limit, TRAIL_FRAMES))))
        trail = Trail(
            gaps=gaps[:TRAIL_FRAMES], step_ms=stride * self.every_ms, span=self._kept.span()
        )
        for frame in self._kept.each(instants[::stride]):
            ids = self._names(frame.names)[0]
            row = bisect_left(ids, track)
            if row == len(ids) or ids[row] != track:
                continue
            try:
                columns = _columns(frame.places, _PLACES, len(ids))
            except (ValueError, zlib.error) as error:
                raise _damaged(frame.at_ms) from error
            trail.at_ms.append(frame.at_ms)
            trail.lat.append(float(columns["lat_deg"][row]))
            trail.lon.append(float(columns["lon_deg"][row]))
            for name in ("height_m", "course_deg", "speed_mps"):
                value = float(columns[name][row])
                getattr(trail, name).append(value if np.isfinite(value) else None)
            trail.status.append(int(columns["rest"][row]))
        return trail


def _damaged(at_ms: int) -> IntegrityError:
    return IntegrityError(f"the kept picture of {at_ms} is damaged", right="delete history.db")


def _places(tracks: Tracks) -> bytes:
    return _packed(tracks, _PLACES, tracks.status.astype(np.uint8).tobytes())


def _others(tracks: Tracks) -> bytes:
    bits = sum(getattr(tracks, name).astype(np.uint8) << n for n, name in enumerate(_BITS))
    rest = np.asarray(bits, dtype=np.uint8).tobytes() + tracks.sensors.astype(np.uint8).tobytes()
    return _packed(tracks, _OTHERS, rest)


def _packed(tracks: Tracks, columns: Mapping[str, tuple[str, float]], rest: bytes) -> bytes:
    parts = [_scaled(getattr(tracks, name), *how) for name, how in columns.items()]
    return zlib.compress(b"".join((*parts, rest)), 1)


def _scaled(values: Floats, kind: str, scale: float) -> bytes:
    """Whole numbers of a step; the least of them stands for what is unknown."""
    limits = np.iinfo(kind)
    steps = np.clip(np.round(values * scale), limits.min + 1, limits.max)
    return np.where(np.isnan(values), limits.min, steps).astype(kind).tobytes()


def _columns(packed: bytes, columns: Mapping[str, tuple[str, float]], count: int) -> dict[str, Any]:
    """The columns of a part, and its ``rest``. ValueError, zlib.error: it is damaged."""
    data, at = zlib.decompress(packed), 0
    made: dict[str, Any] = {}
    for name, (kind, scale) in columns.items():
        size = count * np.dtype(kind).itemsize
        steps = np.frombuffer(data, dtype=kind, count=count, offset=at)
        made[name] = np.where(steps == np.iinfo(kind).min, np.nan, steps / scale)
        at += size
    made["rest"] = (
        np.frombuffer(data, dtype=np.uint8, offset=at) if count else np.empty(0, np.uint8)
    )
    return made
