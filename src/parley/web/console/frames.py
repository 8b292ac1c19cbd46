"""The picture as columns for a screen: made once a sweep, whoever asks for it.

One frame is one JSON object; all that ask share its bytes. Whoever has the frame already waits for
the next sweep on one task that all share.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic_core import PydanticSerializationError, to_json

from parley.watch.alarms.states import State as AlarmState
from parley.watch.tracks import Floats, Tracks
from parley.web.problems import ProblemError

if TYPE_CHECKING:
    from parley.node.watching.shown import AlarmsShown
    from parley.node.watching.watching import State, Watching
    from parley.watch.scene import MovingHazard

WAITING = 256
"""So many wait for a sweep at once."""
ON_GROUND, EMERGENCY, DOUBTED, UNKNOWN_OWNER, ALARMED, UNACKNOWLEDGED = 1, 2, 4, 8, 16, 32

_DECIMALS: Final = {
    "lat_deg": 5,
    "lon_deg": 5,
    "radius_m": 0,
    "vertical_m": 0,
    "speed_mps": 1,
    "course_deg": 1,
    "climb_mps": 1,
    "height_m": 0,
    "pressure_m": 0,
    "age_s": 1,
}
_SHORT: Final = {"lat_deg": "lat", "lon_deg": "lon"}
_WAITS = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED})
_MOVING: Final = (
    "ref",
    "track",
    "party",
    "radius_m",
    "from_ms",
    "until_ms",
    "lat",
    "lon",
    "floor_m",
    "ceiling_m",
)
_NONE: tuple[str, ...] = ()

Columns = dict[str, Any]


def encoded(value: object) -> bytes:
    """JSON; numbers that are none become null, halves of characters question marks."""
    try:
        return to_json(value, inf_nan_mode="null")
    except PydanticSerializationError:
        return to_json(_whole(value), inf_nan_mode="null")


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_whole(name): _whole(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(member) for member in value]
    return value


def numbers(values: Floats, decimals: int) -> list[float | int | None]:
    """Rounded; null for what is unknown. Whole numbers where there are no decimals."""
    if decimals:
        rounded: list[float | int | None] = np.round(values, decimals).tolist()
        return rounded  # NaN is null as JSON
    unknown = ~np.isfinite(values)
    whole: list[float | int | None] = (
        np.where(unknown, 0.0, np.round(values)).astype(np.int64).tolist()
    )
    for row in np.flatnonzero(unknown).tolist():
        whole[row] = None
    return whole


def names_of(tracks: Tracks) -> Columns:
    return {"id": tracks.ids, "label": tracks.label, "owner": tracks.owner}


def columns_of(tracks: Tracks, alarms: AlarmsShown | None = None) -> Columns:
    """Parallel lists in the order of the ids, without the names."""
    made: Columns = {"count": len(tracks)}
    for name, decimals in _DECIMALS.items():
        made[_SHORT.get(name, name)] = numbers(getattr(tracks, name), decimals)
    made["seen_ms"] = tracks.seen_ms.tolist()
    made["status"] = tracks.status.tolist()
    made["flags"] = _flags(tracks, alarms)
    return made


def _flags(tracks: Tracks, alarms: AlarmsShown | None) -> list[int]:
    flags = tracks.on_ground * ON_GROUND + tracks.emergency * EMERGENCY + tracks.doubted * DOUBTED
    found: list[int] = flags.tolist()
    for row, owner in enumerate(tracks.owner):
        if not owner:
            found[row] |= UNKNOWN_OWNER
    for alarm in () if alarms is None else alarms.standing:
        mark = ALARMED | UNACKNOWLEDGED if alarm.state in _WAITS else ALARMED
        for ref in alarm.finding.refs:
            row = row_of(tracks.ids, ref[6:]) if ref.startswith("track:") else -1
            if row >= 0:
                found[row] |= mark
    return found


def row_of(ids: Sequence[str], track: str) -> int:
    """Its row, or -1; the ids are in order."""
    row = bisect_left(ids, track)
    return row if row < len(ids) and ids[row] == track else -1


def moving_columns(tracks: Tracks | None, moving: Iterable[MovingHazard], now_ms: int) -> Columns:
    """Hazards that move with a track, where it is now. No place: we do not have the track; no
    heights: its own is not known, and the hazard may be at any."""
    rows: list[tuple[object, ...]] = []
    for hazard in moving:
        if hazard.until_ms < now_ms:
            continue
        row = -1 if tracks is None else row_of(tracks.ids, hazard.track)
        place = (None,) * 4 if tracks is None or row < 0 else _place(tracks, row, hazard)
        said = (hazard.radius_m, hazard.from_ms, hazard.until_ms)
        rows.append((hazard.ref, hazard.track, hazard.party, *said, *place))
    lists: Sequence[Sequence[object]] = list(zip(*rows, strict=True)) or [()] * len(_MOVING)
    return dict(zip(_MOVING, lists, strict=True))


def _place(
    tracks: Tracks, row: int, hazard: MovingHazard
) -> tuple[float | None, float | None, float | None, float | None]:
    lat, lon = round(float(tracks.lat_deg[row]), 5), round(float(tracks.lon_deg[row]), 5)
    height_m, off_m = float(tracks.height_m[row]), float(tracks.vertical_m[row])
    if not np.isfinite(height_m):
        return lat, lon, None, None
    off_m = off_m if np.isfinite(off_m) else 0.0
    floor_m, ceiling_m = height_m - off_m - hazard.down_m, height_m + off_m + hazard.up_m
    return lat, lon, round(floor_m), round(ceiling_m)


class Frames:
    """The frames of one watch. closing: set when the server stops; whoever waits is let go."""

    def __init__(self, watching: Watching, closing: asyncio.Event) -> None:
        self._watching = watching
        self._closing = closing
        self._bell: asyncio.Event | None = None
        self._turn: asyncio.Task[None] | None = None
        self._waiting = 0
        self._named: tuple[Sequence[str], ...] = ()
        self._names = 0
        self._made: dict[tuple[int, bool], asyncio.Task[bytes]] = {}

    async def after(self, swept: int | None, names: int, wait_s: float) -> bytes:
        """The frame of the last sweep, unless that is ``swept``: then of the next one, if it comes
        within wait_s; else only the number again. names: what the asker has of them. ProblemError
        503: too many wait already."""
        if swept == self._watching.state().swept and wait_s > 0:
            await self._next(wait_s)
        state = self._watching.state()
        if state.swept == swept:
            return encoded({"swept": swept})
        now = self._number(state)
        key = state.swept, names == now
        if key not in self._made:
            self._made = {k: made for k, made in self._made.items() if k[0] == state.swept}
            alarms = self._watching.alarms()
            made = asyncio.to_thread(_frame, state, alarms, now, named=not key[1])
            self._made[key] = asyncio.create_task(made)
        return await asyncio.shield(self._made[key])

    async def _next(self, wait_s: float) -> None:
        if self._waiting >= WAITING:
            raise ProblemError(
                503,
                "busy",
                f"{WAITING} wait for the next sweep already",
                right="again in a second, or without wait_s",
                headers={"retry-after": "1"},
            )
        bell = self._watching.next_sweep()
        if self._turn is None or self._bell is not bell:
            self._bell, self._turn = bell, asyncio.create_task(self._rung(bell))
        self._waiting += 1
        try:
            await asyncio.wait({self._turn}, timeout=wait_s)
        finally:
            self._waiting -= 1

    async def _rung(self, bell: asyncio.Event) -> None:
        """Returns when the bell rings or the server stops."""
        ends = [asyncio.ensure_future(one.wait()) for one in (bell, self._closing)]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()

    def _number(self, state: State) -> int:
        """The number of the ids, labels and owners as they stand: another one whenever one of them
        has changed, and never one that an earlier start of this node gave."""
        tracks = state.tracks
        named = (_NONE,) * 3 if tracks is None else (tracks.ids, tracks.label, tracks.owner)
        if not self._names or not all(a is b for a, b in zip(self._named, named, strict=True)):
            if named != self._named or not self._names:
                self._names = max(self._names + 1, state.last_ms)
            self._named = named
        return self._names


def _frame(state: State, alarms: AlarmsShown, names: int, *, named: bool) -> bytes:
    tracks = state.tracks
    columns: Mapping[str, Any] = {"count": 0}
    if tracks is not None:
        columns = columns_of(tracks, alarms) | (names_of(tracks) if named else {})
    return encoded(
        {
            "swept": state.swept,
            "now_ms": state.last_ms,
            "took_ms": state.took_ms,
            "names": names,
            "tracks": columns,
            "moving": moving_columns(tracks, state.moving, state.last_ms),
        }
    )
