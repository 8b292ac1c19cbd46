"""The picture of the past: what is kept of each track, gaps that are said, bounds that hold."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import IntegrityError, StorageError
from parley.node.watching.history import Frame, History
from parley.node.watching.settings import Settings
from parley.store.history import SqliteHistory
from parley.store.memory import MemoryStore
from parley.testing.http import LoneNode, lone_node, seen
from parley.watch.tracks import Tracks

TRACK = "icao:4ca216"
STEP = {
    "lat_deg": 1e-5,
    "lon_deg": 1e-5,
    "height_m": 1.0,
    "course_deg": 0.1,
    "speed_mps": 0.1,
    "radius_m": 1.0,
    "vertical_m": 1.0,
    "climb_mps": 0.1,
    "pressure_m": 1.0,
    "age_s": 0.1,
}


@pytest.fixture
async def lookout() -> AsyncIterator[LoneNode]:
    async with lone_node("blue", MemoryStore(), watching=Settings()) as found:
        yield found


def kept(lookout: LoneNode, store: SqliteHistory | None = None) -> History:
    return History(lookout.watching, store or SqliteHistory(None))


async def flown(lookout: LoneNode, history: History, seconds: int) -> list[int]:
    """Northbound for so long, a report a second; when frames were kept."""
    instants = []
    for second in range(seconds):
        at_ms = lookout.clock()
        await lookout.sees(seen(at_ms, north_m=200.0 * second))
        if await history.keep_due():
            instants.append(at_ms)
    return instants


async def test_a_frame_is_kept_every_ten_seconds_and_found_again(lookout: LoneNode) -> None:
    history = kept(lookout)
    instants = await flown(lookout, history, 25)
    assert [b - a for a, b in pairwise(instants)] == [10_000, 10_000]
    then = await history.at(instants[1] + 4_000)
    assert then.gap_s is None
    assert then.tracks is not None
    assert then.tracks.now_ms == instants[1]
    assert then.tracks.ids == (TRACK,)
    assert then.tracks.height_m[0] == 3_000
    assert (await history.at(instants[0] - 1)).tracks is None


async def test_a_time_without_frames_is_a_gap_and_soon_nothing(lookout: LoneNode) -> None:
    history = kept(lookout)
    (at_ms,) = await flown(lookout, history, 1)
    near = await history.at(at_ms + 60_000)
    assert near.gap_s == 60
    assert near.tracks is not None
    assert near.tracks.now_ms == at_ms, "it is carried no further"
    far = await history.at(at_ms + 3_600_000)
    assert (far.tracks, far.gap_s) == (None, 3_600)


async def test_a_trail_tells_where_a_track_was_and_where_nothing_was_kept(
    lookout: LoneNode,
) -> None:
    history = kept(lookout)
    first = await flown(lookout, history, 21)
    lookout.clock.advance(120_000)
    second = await flown(lookout, history, 11)
    trail = await history.trail(TRACK, first[0], lookout.clock(), 500)
    assert trail.at_ms == [*first, *second]
    assert trail.lat[0] < trail.lat[1] < trail.lat[2]
    assert trail.gaps == [(first[-1], second[0])]
    assert trail.span == (first[0], second[-1])
    assert (await history.trail("icao:000000", 0, lookout.clock(), 500)).at_ms == []
    thinned = await history.trail(TRACK, first[0], lookout.clock(), 2)
    assert thinned.at_ms == [first[0], second[0]]
    assert thinned.step_ms == 30_000


async def test_the_watch_goes_on_when_the_history_fails(lookout: LoneNode) -> None:
    store = SqliteHistory(None)
    history = kept(lookout, store)
    store.close()
    assert await flown(lookout, history, 2) == []
    assert lookout.watching.state().tracks is not None
    with pytest.raises(StorageError, match="history"):
        await history.at(lookout.clock())


async def test_while_it_runs_it_keeps_by_itself(lookout: LoneNode) -> None:
    history = kept(lookout)
    await history.start()
    try:
        await flown_by_itself(lookout, history)
    finally:
        await history.stop()


async def flown_by_itself(lookout: LoneNode, history: History) -> None:
    await lookout.sees(seen(lookout.clock()))
    while (await history.at(lookout.clock())).tracks is None:
        pass


def tracks_of(count: int, at_ms: int, draw: np.random.Generator) -> Tracks:
    """Any picture: every column within what aircraft do, some of it unknown."""

    def column(low: float, high: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        made = draw.uniform(low, high, count)
        made[draw.random(count) < 0.2] = np.nan
        return made

    names = tuple(sorted(f"icao:{n:06x}" for n in range(count)))
    age_s = draw.uniform(0, 100, count)
    return Tracks(
        now_ms=at_ms,
        ids=names,
        lat_deg=draw.uniform(-90, 90, count),
        lon_deg=draw.uniform(-180, 180, count),
        radius_m=column(0, 90_000),
        speed_mps=column(0, 900),
        course_deg=column(0, 360),
        climb_mps=column(-200, 200),
        pressure_m=column(-500, 30_000),
        height_m=column(-500, 30_000),
        vertical_m=column(0, 500),
        seen_ms=at_ms - np.round(1000 * age_s).astype(np.int64),
        age_s=age_s,
        status=draw.integers(0, 3, count).astype(np.uint8),
        sensors=draw.integers(0, 9, count).astype(np.uint8),
        on_ground=draw.random(count) < 0.5,
        emergency=draw.random(count) < 0.5,
        doubted=draw.random(count) < 0.5,
        owner=tuple("green" if n % 2 else "" for n in range(count)),
        label=tuple(f"label \ud800 {n}" for n in range(count)),
    )


@given(count=st.integers(0, 40), seed=st.integers(0, 2**32))
def test_a_frame_holds_every_column_to_its_step(count: int, seed: int) -> None:
    tracks = tracks_of(count, 1_700_000_000_000, np.random.default_rng(seed))
    history = History(None, SqliteHistory(None))  # type: ignore[arg-type]
    found = history.unpack(history.pack(tracks))
    for one in fields(Tracks):
        was, now = getattr(tracks, one.name), getattr(found, one.name)
        if one.name in STEP:
            np.testing.assert_allclose(now, was, rtol=0, atol=STEP[one.name] / 2 + 1e-9)
        elif one.name == "seen_ms":
            np.testing.assert_allclose(now, was, rtol=0, atol=50)
        elif isinstance(was, np.ndarray):
            np.testing.assert_array_equal(now, was)
        else:
            assert now == was


def test_numbers_that_no_aircraft_has_are_kept_as_the_largest_there_is() -> None:
    tracks = tracks_of(2, 1_700_000_000_000, np.random.default_rng(1))
    history = History(None, SqliteHistory(None))  # type: ignore[arg-type]
    wild = replace(tracks, speed_mps=np.array([np.inf, 1e300]), height_m=np.array([-np.inf, 1e12]))
    found = history.unpack(history.pack(wild))
    assert list(found.speed_mps) == [3276.7, 3276.7]
    assert found.height_m[0] < -2e9
    assert found.height_m[1] > 2e9


def test_a_damaged_frame_is_said_to_be_one() -> None:
    history = History(None, SqliteHistory(None))  # type: ignore[arg-type]
    frame = history.pack(tracks_of(3, 1_000, np.random.default_rng(1)))
    for broken in (
        replace(frame, names=b"x"),
        replace(frame, places=b"x"),
        replace(frame, others=frame.places[:-9]),
    ):
        with pytest.raises(IntegrityError, match="damaged"):
            history.unpack(broken)


def frame_at(at_ms: int, size: int = 1_000, names: bytes = b"n") -> Frame:
    return Frame(at_ms, names, b"p" * size, b"o")


def test_frames_leave_when_they_are_too_old() -> None:
    store = SqliteHistory(None, kept_ms=100_000)
    for second in range(0, 200, 10):
        store.keep(frame_at(second * 1_000))
    assert store.span() == (90_000, 190_000)


def test_the_oldest_leave_when_there_is_no_more_room(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = SqliteHistory(path, kept_bytes=10_000)
    for second in range(50):
        store.keep(frame_at(second, names=b"of %d" % (second // 10)))
        assert store.bytes <= 10_000
    first, last = store.span() or (0, 0)
    assert last == 49
    assert 30 < first < 45
    held = store.bytes
    store.close()
    again = SqliteHistory(path, kept_bytes=10_000)
    assert again.bytes == held
    again.close()
    counted = sqlite3.connect(path)
    (names,) = counted.execute("SELECT count(*) FROM names").fetchone()
    counted.close()
    assert names == len({second // 10 for second in range(first, last + 1)})


def test_a_clock_that_was_wrong_for_a_minute_does_not_cost_all_of_the_past() -> None:
    store = SqliteHistory(None, kept_ms=3_600_000)
    for second in range(0, 3_000, 10):
        store.keep(frame_at(second * 1_000))
    store.keep(frame_at(10**9))
    found = store.between(0, 3_000_000)
    assert len(found) == 297


def test_what_is_no_history_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"no database at all, but long enough to be read as one" * 40)
    with pytest.raises(StorageError, match=r"history\.db"):
        SqliteHistory(path)
