"""The sweep against every pair looked at one by one, and its symmetries to the bit."""

from __future__ import annotations

import cmath
import functools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parley.errors import InputError
from parley.rules.watching import Cylinder, WellClear
from parley.watch.pairs import sweep as swept
from parley.watch.pairs.frame import Frame
from parley.watch.pairs.sweep import MAX_PAIRS, Motion, Pairs, sweep

CRUISE = Cylinder(926_000, 30_480)
WELL_CLEAR = WellClear(35, 122_232, 13_716)
DRONES = WellClear(20, 60_000, 7_600, 10)
VOLUMES: list[Cylinder | WellClear] = [CRUISE, WELL_CLEAR, DRONES]
FT = 0.3048
NAN = math.nan
Row: TypeAlias = dict[str, float]
Vector: TypeAlias = tuple[float, float, float]


def motion(rows: list[Row]) -> Motion:
    """One track a row; what a row leaves out is nought, a vertical that it leaves out unknown."""

    def column(name: str, otherwise: float) -> Any:
        return np.array([row.get(name, otherwise) for row in rows], np.float64)

    return Motion(
        lat_deg=column("lat_deg", 0.0),
        lon_deg=column("lon_deg", 0.0),
        speed_mps=column("speed_mps", 0.0),
        course_deg=column("course_deg", 0.0),
        climb_mps=column("climb_mps", 0.0),
        pressure_m=column("pressure_m", NAN),
        height_m=column("height_m", NAN),
        equivalent_m=column("equivalent_m", NAN),
        slack_m=column("slack_m", 0.0),
        group=column("group", 0.0).astype(np.int64),
        active=column("active", 1.0) > 0,
    )


# --- the oracle: every pair by itself, in plain arithmetic of its own -------------------------


@functools.cache
def _in_space(lat_deg: float, lon_deg: float, speed: float, course_deg: float) -> list[Vector]:
    """Point, east, north and velocity in three dimensions."""
    lat, lon, course = (math.radians(x) for x in (lat_deg, lon_deg, course_deg))
    e2 = 0.0066943799901413165
    n = 6378137.0 / math.sqrt(1 - e2 * math.sin(lat) ** 2)
    u, v, w = math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
    east = (-math.sin(lon), math.cos(lon), 0.0)
    north = (-w * math.cos(lon), -w * math.sin(lon), math.cos(lat))
    moves = [
        speed * (math.sin(course) * e + math.cos(course) * m)
        for e, m in zip(east, north, strict=True)
    ]
    return [(n * u, n * v, n * (1 - e2) * w), east, north, (moves[0], moves[1], moves[2])]


def _on_earth(a: Row, b: Row) -> tuple[complex, complex]:
    """Relative position and velocity with the line from a to b as the real axis."""
    (p, *axes_a, moves_a), (q, *axes_b, moves_b) = (
        _in_space(r["lat_deg"], r["lon_deg"], r.get("speed_mps", 0.0), r.get("course_deg", 0.0))
        for r in (a, b)
    )
    chord = math.dist(p, q)
    if chord < 1e-6:
        return 0j, complex(math.dist(moves_a, moves_b), 0.0)
    line = [y - x for x, y in zip(p, q, strict=True)]
    turned = []
    for moves, axes in ((moves_a, axes_a), (moves_b, axes_b)):
        east, north = (sum(x * y for x, y in zip(axis, line, strict=True)) for axis in axes)
        ve, vn = (sum(x * y for x, y in zip(axis, moves, strict=True)) for axis in axes)
        way = complex(north, -east)  # north is real, west imaginary
        turned.append(complex(vn, -ve) * way.conjugate() / abs(way))
    radius = 6371008.8
    return 2 * radius * math.asin(min(1.0, chord / 2 / radius)) + 0j, turned[1] - turned[0]


def _height(a: Row, b: Row) -> float:
    for name in ("pressure_m", "height_m"):
        if name in a and name in b:
            return b[name] - a[name]
    if "equivalent_m" in a and "equivalent_m" in b:
        d = b["equivalent_m"] - a["equivalent_m"]
        slack = a.get("slack_m", 0.0) + b.get("slack_m", 0.0)
        return math.copysign(max(0.0, abs(d) - slack), d)
    return NAN


def _when(
    s: complex, v: complex, z: float, w: float, volume: Cylinder | WellClear, less: float, t: float
) -> tuple[float, float]:
    d, h = volume.horizontal_cm / 100 - less, volume.vertical_cm / 100 - less
    tau = volume.tau_s if isinstance(volume, WellClear) else 0
    coaltitude = volume.vertical_tau_s if isinstance(volume, WellClear) else 0
    spans = [(0.0, t)]
    a, b, c = abs(v) ** 2, (s * v.conjugate()).real, abs(s) ** 2 - d * d
    if abs(v) < 1e-6:
        spans.append((-math.inf, math.inf) if c < 0 else (1.0, 0.0))
    elif b * b - a * c <= 0:
        spans.append((1.0, 0.0))
    else:  # |s + v t| = d, and the lesser root of |s + v t|^2 + tau (s + v t).v = d^2
        leave = (-b + math.sqrt(b * b - a * c)) / a
        half = b + tau * a / 2
        enter = (-half - math.sqrt(half * half - a * (c + tau * b))) / a
        spans.append((enter, leave))
    if not math.isnan(z):
        if abs(w) < 1e-6:
            spans.append((-math.inf, math.inf) if abs(z) < h else (1.0, 0.0))
        else:
            crossing, half = -z / w, h / abs(w)
            spans.append((crossing - max(half, coaltitude), crossing + half))
    return max(x for x, _ in spans), min(x for _, x in spans)


def _equirectangular(a: Row, b: Row) -> tuple[complex, complex]:
    """The same on the plane of the mean latitude, north real and east imaginary."""
    middle = math.radians((a["lat_deg"] + b["lat_deg"]) / 2)
    north, east = b["lat_deg"] - a["lat_deg"], b["lon_deg"] - a["lon_deg"]
    v, u = (cmath.rect(r["speed_mps"], math.radians(r["course_deg"])) for r in (b, a))
    return math.radians(6_371_000) * complex(north, east * math.cos(middle)), v - u


def oracle(
    rows: list[Row],
    volumes: list[Cylinder | WellClear],
    t: float,
    relative: Callable[[Row, Row], tuple[complex, complex]] = _on_earth,
) -> dict[tuple[int, int], dict[str, Any]]:
    found = {}
    for i, a in enumerate(rows):
        for j, b in enumerate(rows[:i]):
            if not a.get("active", 1) or not b.get("active", 1):
                continue
            if a.get("group", 0) == b.get("group", 0) > 0:
                continue
            s, v = relative(b, a)
            z, w = _height(b, a), a.get("climb_mps", 0.0) - b.get("climb_mps", 0.0)
            times = []
            for volume in volumes:
                begin, end = _when(s, v, z, w, volume, 0.01, t)
                if begin < end:
                    times.append(_when(s, v, z, w, volume, 0.0, t))
                else:
                    times.append((math.inf, math.inf))
            if min(x for x, _ in times) == math.inf:
                continue
            closing = abs(v) >= 1e-6 and (s * v.conjugate()).real < 0
            tcpa = -(s * v.conjugate()).real / abs(v) ** 2 if closing else 0.0
            crosses = (z < 0) != (z + w * t < 0)
            found[j, i] = {
                "time_in_s": [x for x, _ in times],
                "time_out_s": [x for _, x in times],
                "range_m": abs(s),
                "vertical_m": abs(z),
                "tcpa_s": tcpa,
                "dcpa_m": abs(s + v * tcpa),
                "hmd_m": abs(s + v * min(tcpa, t)),
                "vmd_m": 0.0 if crosses else min(abs(z), abs(z + w * t)),
                "vertical_known": not math.isnan(z),
            }
    return found


NAMES = ("range_m", "vertical_m", "tcpa_s", "dcpa_m", "hmd_m", "vmd_m", "vertical_known")


def same(pairs: Pairs, wanted: dict[tuple[int, int], dict[str, Any]]) -> None:
    found = list(zip(pairs.i.tolist(), pairs.j.tolist(), strict=True))
    assert found == sorted(wanted)
    for at, pair in enumerate(found):
        for name in ("time_in_s", "time_out_s"):
            got = getattr(pairs, name)[:, at]
            assert got == pytest.approx(wanted[pair][name], abs=1e-4, rel=1e-6), (pair, name)
        for name in NAMES:
            got = getattr(pairs, name)[at]
            expected = pytest.approx(wanted[pair][name], abs=1e-2, rel=1e-6, nan_ok=True)
            assert got == expected, (pair, name)


def bits(pairs: Pairs) -> list[bytes]:
    return [np.asarray(getattr(pairs, f.name)).tobytes() for f in fields(pairs)]


# --- worlds -----------------------------------------------------------------------------------

PLACES = [(50.0, 8.0), (0.0, 179.99), (0.0, -179.99), (89.9, 0.0), (-90.0, 33.0), (78.0, 15.0)]
vertical = st.sampled_from([
    {"pressure_m": 9144.0}, {"pressure_m": 9448.8}, {"pressure_m": 9753.6},
    {"height_m": 9170.0}, {"height_m": 9500.0}, {},
    {"pressure_m": 9144.0, "height_m": 9170.0, "equivalent_m": 9144.0},
    {"height_m": 9501.5, "equivalent_m": 9470.0, "slack_m": 150.0},
    {"pressure_m": 9199.0, "equivalent_m": 9199.0},
])  # fmt: skip


@st.composite
def tracks(draw: st.DrawFn, near: tuple[float, float], far_deg: float, fastest: float) -> Row:
    lat = max(-90.0, min(90.0, near[0] + draw(st.floats(-far_deg, far_deg))))
    wide = min(180.0, far_deg / max(0.02, math.cos(math.radians(lat))))
    lon = (near[1] + draw(st.floats(-wide, wide)) + 540.0) % 360.0 - 180.0
    row = {
        "lat_deg": draw(st.sampled_from([lat, near[0]])),
        "lon_deg": lon,
        "speed_mps": draw(st.sampled_from([0.0, 30.0, fastest]) | st.floats(0, fastest)),
        "course_deg": draw(st.sampled_from([0.0, 90.0, 270.0]) | st.floats(0, 360)),
        "climb_mps": draw(st.sampled_from([0.0, 0.0, 7.0, -12.0]) | st.floats(-30, 30)),
        "group": draw(st.sampled_from([0, 0, 0, 1, 2])),
        "active": draw(st.sampled_from([1, 1, 1, 1, 0])),
    }
    return row | draw(vertical)


@st.composite
def worlds(draw: st.DrawFn) -> list[Row]:
    near = draw(st.sampled_from(PLACES) | st.tuples(st.floats(-90, 90), st.floats(-180, 180)))
    far_deg = draw(st.sampled_from([0.0, 0.05, 0.5, 2.0, 6.0]))
    fastest = draw(st.sampled_from([25.0, 260.0, 1200.0]))
    rows = draw(st.lists(tracks(near, far_deg, fastest), min_size=2, max_size=12))
    return rows + draw(st.sampled_from([[], rows[:1]]))


def random_rows(seed: int, n: int, box: tuple[float, float, float, float]) -> list[Row]:
    """``n`` tracks in (south, north, west, east), a tenth of them fast and a tenth drones."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        lon = (rng.uniform(box[2], box[3]) + 540) % 360 - 180
        row: Row = {"lat_deg": rng.uniform(box[0], box[1]), "lon_deg": lon}
        row["speed_mps"] = rng.choice([rng.uniform(100, 260), 20.0, 1100.0], p=[0.8, 0.1, 0.1])
        row["course_deg"] = rng.uniform(0, 360)
        row["climb_mps"] = rng.choice([0.0, rng.uniform(-15, 15)])
        level = rng.integers(10, 41) * 304.8
        row |= [{"pressure_m": level}, {"height_m": level}, {}][rng.choice(3, p=[0.9, 0.08, 0.02])]
        rows.append(row)
    return rows


BOXES = {
    "mid-latitude": (46.0, 49.0, 2.0, 6.0),
    "antimeridian": (-1.5, 1.5, 178.5, 181.5),
    "north pole": (87.5, 90.0, -180.0, 180.0),
    "south pole": (-90.0, -87.5, -180.0, 180.0),
}


@settings(max_examples=150, deadline=None)
@given(worlds(), st.sampled_from([1.0, 60.0, 300.0]))
@example([{"lat_deg": 0.0, "lon_deg": 0.0}, {"lat_deg": 0.0, "lon_deg": 0.0}], 300.0)
def test_the_sweep_finds_what_every_pair_by_itself_shows(rows: list[Row], ahead: float) -> None:
    same(sweep(motion(rows), VOLUMES, ahead), oracle(rows, VOLUMES, ahead))


@pytest.mark.parametrize("where", BOXES)
def test_in_crowded_skies_too(where: str) -> None:
    rows = random_rows(7, 180, BOXES[where])
    pairs = sweep(motion(rows), VOLUMES, 300)
    assert len(pairs) > 20
    same(pairs, oracle(rows, VOLUMES, 300))


def test_the_flat_frame_is_the_equirectangular_plane() -> None:
    rows = random_rows(10, 180, (50.0, 53.0, 8.0, 12.0))
    flat = sweep(motion(rows), VOLUMES, 300, frame=Frame.FLAT)
    assert len(flat) > 20
    same(flat, oracle(rows, VOLUMES, 300, _equirectangular))


def test_an_hour_ahead() -> None:
    rows = random_rows(8, 150, (40.0, 50.0, 0.0, 15.0))
    rows = [row | {"speed_mps": min(row["speed_mps"], 300.0)} for row in rows]
    pairs = sweep(motion(rows), [CRUISE], 3600)
    assert len(pairs) > 10
    same(pairs, oracle(rows, [CRUISE], 3600))


@settings(max_examples=60, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_tracks_changes_no_bit(rows: list[Row], random: Any) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    one = sweep(motion(rows), VOLUMES, 300)
    other = sweep(motion([rows[k] for k in order]), VOLUMES, 300)
    low = np.minimum(np.array(order)[other.i], np.array(order)[other.j])
    high = np.maximum(np.array(order)[other.i], np.array(order)[other.j])
    sort = np.lexsort((high, low))
    assert (low[sort].tolist(), high[sort].tolist()) == (one.i.tolist(), one.j.tolist())
    for name in ("time_in_s", "time_out_s", *NAMES):
        assert getattr(one, name).tobytes() == getattr(other, name)[..., sort].tobytes(), name


@pytest.mark.parametrize("frame", Frame)
def test_lent_threads_change_no_bit(frame: Frame) -> None:
    world = motion(random_rows(9, 3_000, (36.0, 60.0, -10.0, 30.0)))
    alone = sweep(world, [CRUISE, WELL_CLEAR], 300, frame=frame)
    with ThreadPoolExecutor(2) as pool:
        lent = sweep(world, [CRUISE, WELL_CLEAR], 300, run=pool.map, frame=frame)
    assert len(alone) > 50
    assert bits(alone) == bits(lent)


# --- named behaviour --------------------------------------------------------------------------


def head_on(**also: float) -> list[Row]:
    """Two on the equator, 60 km apart, closing at 500 m/s."""
    apart = math.degrees(60_000 / 6378137.0)
    east: Row = {"lat_deg": 0.0, "lon_deg": 0.0, "speed_mps": 250.0, "course_deg": 90.0}
    return [east, {**east, "lon_deg": apart, "course_deg": 270.0, **also}]


@pytest.mark.parametrize(("more_m", "conflicts"), [(0.0, False), (-0.02, True), (0.02, False)])
def test_levels_exactly_1000_ft_apart_are_separated(more_m: float, conflicts: bool) -> None:
    """On every flight level from 0 to 600, each pair in a part of the world of its own."""
    rows: list[Row] = []
    for level in range(601):
        north = level % 50 * 3.0 - 75.0
        for turn, metres in ((0.0, 0.0), (180.0, 1000 * FT + more_m)):
            rows.append({
                "lat_deg": north + turn / 360.0, "lon_deg": level // 50 * 25.0 - 170.0,
                "speed_mps": 230.0, "course_deg": turn, "pressure_m": level * 100 * FT + metres,
            })  # fmt: skip
    pairs = sweep(motion(rows), [CRUISE], 300)
    assert pairs.i.tolist() == (list(range(0, len(rows), 2)) if conflicts else [])
    assert (pairs.j - pairs.i == 1).all()


def test_exactly_as_far_apart_as_agreed_abreast_is_separated() -> None:
    for apart_m, conflicts in ((9_260.0, 0), (9_259.98, 1), (9_260.02, 0)):
        rows: list[Row] = [
            {"lat_deg": 0.0, "lon_deg": math.degrees(x / 6378137.0), "pressure_m": 9144.0}
            for x in (0.0, apart_m)
        ]
        assert len(sweep(motion(rows), [CRUISE], 300)) == conflicts, apart_m


def test_a_diverging_pair_is_never_told_unless_it_is_too_close_now() -> None:
    rows = [row | {"course_deg": row["course_deg"] + 180.0} for row in head_on()]
    assert len(sweep(motion(rows), [CRUISE, WELL_CLEAR], 300)) == 0
    rows[1]["lon_deg"] = 0.05
    pairs = sweep(motion(rows), [CRUISE, WELL_CLEAR], 300)
    assert pairs.time_in_s[:, 0].tolist() == [0.0, math.inf]
    assert pairs.tcpa_s[0] == 0.0
    assert pairs.dcpa_m[0] == pairs.range_m[0]


def test_one_party_is_never_paired_with_itself_and_nobody_with_the_inactive() -> None:
    for group, count in ((0, 1), (1, 0), (2, 0)):
        rows = [row | {"group": group} for row in head_on()]
        assert len(sweep(motion(rows), [CRUISE], 300)) == count
    assert len(sweep(motion(head_on(active=0)), [CRUISE], 300)) == 0
    assert len(sweep(motion([]), [CRUISE], 300)) == 0


def test_which_vertical_decides() -> None:
    """A pressure altitude is never compared with a height: by equivalents, less their slack."""
    apart = [
        ({"pressure_m": 9000.0, "height_m": 0.0}, {"pressure_m": 9100.0, "height_m": 999.0}, 100.0),
        ({"pressure_m": 9000.0, "height_m": 0.0}, {"height_m": 50.0}, 50.0),
        (
            {"pressure_m": 1.0, "equivalent_m": 1.0},
            {"equivalent_m": 401.0, "slack_m": 150.0},
            250.0,
        ),
        ({"pressure_m": 1.0, "equivalent_m": 1.0}, {"equivalent_m": 99.0, "slack_m": 150.0}, 0.0),
        ({"pressure_m": 9000.0}, {"height_m": 0.0}, NAN),
        ({}, {}, NAN),
    ]
    for a, b, wanted in apart:
        pairs = sweep(motion([head_on()[0] | a, head_on()[1] | b]), [CRUISE], 300)
        assert pairs.vertical_m[0] == pytest.approx(wanted, nan_ok=True)
        assert bool(pairs.vertical_known[0]) is not math.isnan(wanted)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lat_deg": NAN}, {"lat_deg": 91.0}, {"lon_deg": math.inf}, {"speed_mps": 1e5},
        {"course_deg": -1e9}, {"climb_mps": NAN},
    ],
)  # fmt: skip
def test_what_cannot_be_is_left_out_and_counted(wrong: Row) -> None:
    pairs = sweep(motion([*head_on(), head_on()[0] | wrong]), [CRUISE], 300)
    assert (pairs.i.tolist(), pairs.j.tolist(), pairs.left_out) == ([0], [1], 1)


@pytest.mark.parametrize("metres", [math.inf, -math.inf, 1e300])
def test_an_infinite_height_is_an_unknown_one(metres: float) -> None:
    rows = [row | {"pressure_m": metres, "height_m": metres} for row in head_on()]
    assert sweep(motion(rows), [CRUISE], 300).vertical_known.tolist() == [False]


@pytest.mark.parametrize("ahead", [0.0, -1.0, 3601.0, NAN])
def test_a_sweep_that_looks_nowhere_is_refused(ahead: float) -> None:
    with pytest.raises(InputError):
        sweep(motion(head_on()), [CRUISE], ahead)
    with pytest.raises(InputError):
        sweep(motion(head_on()), [], 300)


def test_a_crowd_on_one_spot_is_cut_off_with_a_count_and_every_track_kept() -> None:
    n = 1_600
    here = motion([{"lat_deg": 48.0, "lon_deg": 11.0, "pressure_m": 3000.0}] * n)
    pairs = sweep(here, [CRUISE], 300)
    assert len(pairs) + pairs.truncated == n * (n - 1) // 2
    assert 0.8 * MAX_PAIRS <= len(pairs) <= MAX_PAIRS
    assert set(pairs.i.tolist()) | set(pairs.j.tolist()) == set(range(n))


def test_of_too_many_pairs_the_nearest_in_time_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    world = motion(random_rows(11, 400, (48.0, 50.0, 8.0, 11.0)))
    everything = sweep(world, [CRUISE], 300)
    monkeypatch.setattr(swept, "MAX_PAIRS", len(everything) // 3)
    kept = sweep(world, [CRUISE], 300)
    assert len(everything) <= len(kept) + kept.truncated <= 1.05 * len(everything)
    assert len(everything) // 4 < len(kept) <= len(everything) // 3
    told = set(zip(kept.i.tolist(), kept.j.tolist(), strict=True))
    sure = np.sort(everything.time_in_s[0])[len(kept)] - 1.0
    for i, j, begin in zip(everything.i, everything.j, everything.time_in_s[0], strict=True):
        assert (int(i), int(j)) in told or begin >= sure
