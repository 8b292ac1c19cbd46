"""The search under the sweep: which pairs may violate a volume, never one too few.

A pair that violates a volume within T is, at half of T, at most D + (v_i + v_j) T/2 apart. So each
track is carried on by T/2 and the tracks are put in rows of latitude, in the order of longitude
within a row; every track looks for the later ones within its reach, with the cheap tests first
(level, distance of the carried points) and the violation itself last. Tracks are in classes of
speed, each looking only into its own class and the slower ones, so that a fast one widens its own
window and nobody else's. Every compiled loop is in this file, since the cache of compiled code
goes by the age of the file. Near misses pass (that is decided elsewhere); memory is linear in the
tracks and bounded in the pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol, TypeVar, cast

import numba
import numpy as np

from parley.rules.watching import Cylinder, WellClear
from parley.watch.encounter import STILL_MPS
from parley.watch.frame import FLAT_RADIUS_M, MEAN_RADIUS_M, Frame, Placed, Uprights
from parley.watch.tracks import Floats, Ints

LEAST_RADIUS_M = 6_350_000.0
"""No carried point is nearer to the centre of the Earth."""
CLASSES_MPS = (60.0, 320.0)
ROWS = 4_000
FINE = 1.5
"""Rows to the widest ordinary window: more are fewer tests and more searches."""
CHUNKS = 24
NOW_KEYS = 64
KEYS = NOW_KEYS + 3_602
"""How near a violation is: first those now, by range, then those to come, by whole seconds."""

A = TypeVar("A")
B = TypeVar("B")
F = TypeVar("F", bound=Callable[..., object])


class Run(Protocol):
    """Like builtin ``map`` of one iterable: an executor's ``map`` lends its threads."""

    def __call__(self, work: Callable[[A], B], over: Iterable[A], /) -> Iterator[B]: ...


class Index(NamedTuple):
    """n tracks in the order of their class, row and longitude, as the compiled loops read them.

    near: (9, n) carried point x, y, z, reach, pressure altitude, climb, longitude, latitude and
    its cosine (of the carried point, radians). full: (n, 15) point, velocity, velocity turned
    right, normal, height, equivalent, slack. who: (4, n) number, group, class, row. edges: where
    each row of each class begins. cosines: the least in each row of latitude. reaches: the
    longest of each class, -1 if it is empty. volumes: (m, 4) minima, tau, time to co-altitude.
    """

    near: Floats
    full: Floats
    who: Ints
    edges: Ints
    cosines: Floats
    reaches: Floats
    volumes: Floats
    ahead_s: float
    upright_s: float
    widest_m: float
    thickest_m: float
    flat: bool


def _compiled(function: F) -> F:
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def _inlined(function: F) -> F:
    inlined = numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
    return cast(F, inlined(function))


@_inlined
def _first(values: Floats, low: int, high: int, wanted: float) -> int:
    """The first position in [low, high) whose value is not below ``wanted``."""
    left = high - low
    while left > 0:
        half = left >> 1
        below = values[low + half] < wanted
        low = low + half + 1 if below else low
        left = left - half - 1 if below else half
    return low


@_inlined
def _flat(full: Floats, k: int, j: int) -> tuple[float, float, float]:
    """Range, its rate and the speed across, as in ``frame.between`` to within rounding."""
    north, turn = full[j, 0] - full[k, 0], full[j, 1] - full[k, 1]
    if abs(turn) > 180.0:
        turn -= math.copysign(360.0, turn)
    scale = FLAT_RADIUS_M * math.pi / 180.0
    east = turn * scale * math.cos((full[k, 0] + full[j, 0]) * (math.pi / 360.0))
    north *= scale
    apart = math.sqrt(east * east + north * north)
    one = max(apart, 1e-9)
    ve, vn = full[j, 3] - full[k, 3], full[j, 4] - full[k, 4]
    return apart, (east * ve + north * vn) / one, (east * vn - north * ve) / one


@_inlined
def _tangent(full: Floats, k: int, j: int) -> tuple[float, float, float]:
    """The same in the other frame."""
    dx, dy, dz = full[j, 0] - full[k, 0], full[j, 1] - full[k, 1], full[j, 2] - full[k, 2]
    square = dx * dx + dy * dy + dz * dz
    along, across, sign = 0.0, 0.0, -1.0
    for end in (k, j):
        up = dx * full[end, 9] + dy * full[end, 10] + dz * full[end, 11]
        level = sign / math.sqrt(max(square - up * up, 1e-18))
        along += level * (dx * full[end, 3] + dy * full[end, 4] + dz * full[end, 5])
        across += level * (dx * full[end, 6] + dy * full[end, 7] + dz * full[end, 8])
        sign = 1.0
    q = square / (4.0 * MEAN_RADIUS_M * MEAN_RADIUS_M)
    series = 1.0 + q * (1 / 6 + q * (3 / 40 + q * (15 / 336 + q * (105 / 3456))))
    return math.sqrt(square) * series, along, across


@_inlined
def _begins(polar: tuple[float, float, float], dz: float, dw: float, index: Index, v: int) -> float:
    """Seconds to the violation of the volume ``v``, -1 for never; closed at the minima, which is a
    little more than ``encounter.violation`` says."""
    apart, along, across = polar
    speed = math.sqrt(along * along + across * across)
    begin, end, volumes = 0.0, index.ahead_s, index.volumes
    if speed < STILL_MPS:
        if apart > volumes[v, 0]:
            return -1.0
    else:
        miss = apart * abs(across / speed)
        if miss > volumes[v, 0]:
            return -1.0
        half = math.sqrt((volumes[v, 0] - miss) * (volumes[v, 0] + miss)) / speed
        nearest = -(apart / speed) * (along / speed)
        tau = volumes[v, 2] / 2
        begin = max(begin, nearest - tau - math.sqrt(tau * tau + half * half))
        end = min(end, nearest + half)
    if abs(dw) >= STILL_MPS:
        if not math.isnan(dz):
            half = volumes[v, 1] / abs(dw)
            begin = max(begin, -dz / dw - max(half, volumes[v, 3]))
            end = min(end, -dz / dw + half)
    elif abs(dz) > volumes[v, 1]:
        return -1.0
    return begin if begin <= end + 1e-6 else -1.0


@_inlined
def _key(index: Index, k: int, j: int, dz: float, dw: float) -> int:
    """How near the violation of k and j is, as a key: see KEYS; -1 if there is none."""
    polar = _flat(index.full, k, j) if index.flat else _tangent(index.full, k, j)
    soonest = math.inf
    for v in range(len(index.volumes)):
        begin = _begins(polar, dz, dw, index, v)
        if begin >= 0.0:
            soonest = min(soonest, begin)
    if soonest == math.inf:
        return -1
    if soonest > 0.0:
        return NOW_KEYS + min(KEYS - NOW_KEYS - 1, int(soonest))
    return int(min(polar[0] / index.widest_m, 1.0) * (NOW_KEYS - 1))


@_inlined
def _above(full: Floats, k: int, j: int) -> float:
    """Height of j above k without pressure altitudes: by heights, by equivalents, or NaN."""
    dz: float = full[j, 12] - full[k, 12]
    if math.isnan(dz):
        dz = full[j, 13] - full[k, 13]
        dz = math.copysign(max(abs(dz) - (full[j, 14] + full[k, 14]), 0.0), dz)
    return dz


@_inlined
def _arc(half_sine: float) -> float:
    """The angle whose half has this sine, or a little more: asin(x) <= x + (pi/2 - 1) x³."""
    return 2.0 * (half_sine + 0.5708 * half_sine * half_sine * half_sine) + 1e-9


@_inlined
def _width(index: Index, k: int, other: int, row: int, half_sine: float) -> float:
    """How far in longitude a point in ``row`` can be from k, if the sine of half the angle between
    them is at most ``half_sine``: sin²(dlon/2) cos(lat k) cos(lat) = sin²(angle/2) - sin²(dlat/2).
    A whole turn if that may be all round, in its own row whichever k is asked."""
    row_rad = math.pi / (len(index.cosines))
    from_south = index.near[7, k] + math.pi / 2 - row * row_rad
    gap = max(-from_south, from_south - row_rad, 0.0) / 2.0
    gap *= 1.0 - gap * gap / 6.0
    cosine = index.near[8, k]
    if row == index.who[3, k] and other == index.who[2, k]:
        most = (index.widest_m + 2.0 * index.reaches[other]) / (2.0 * LEAST_RADIUS_M)
        if most * (1.0 + 1e-9) >= index.cosines[row]:
            return 2.0 * math.pi
    left = half_sine * half_sine - gap * gap
    room = cosine * index.cosines[row]
    if left >= room:
        return 2.0 * math.pi
    return _arc(math.sqrt(max(left, 0.0) / room))


@_inlined
def _stretch(index: Index, k: int, at: int, width: float, part: int) -> tuple[int, int]:
    """The positions in a row (``at``) within ``width`` of the longitude of k, in its own row only
    the later ones: part 0, then beyond the antimeridian to the east (1) and to the west (2)."""
    lons, turn = index.near[6], 2.0 * math.pi
    lon, start, stop = lons[k], index.edges[at], index.edges[at + 1]
    own = start <= k < stop
    if part == 0:
        a = k + 1 if own else _first(lons, start, stop, lon - width)
        return a, _first(lons, a, stop, lon + width)
    if width < math.pi and part == 1 and lon + width > math.pi:
        return start, _first(lons, start, stop, lon + width - turn)
    if width < math.pi and part == 2 and lon - width < -math.pi and not own:
        return _first(lons, start, stop, lon - width + turn), stop
    return stop, stop


@_inlined
def _against(
    index: Index, k: int, a: int, b: int, limits: tuple[int, int], out: Ints, tally: Ints,
    counts: Ints,
) -> None:  # fmt: skip
    """k against the positions [a, b). counts: written for this track at its last key, found."""
    near, who = index.near, index.who
    x, y, z, upright, climb = near[0, k], near[1, k], near[2, k], near[4, k], near[5, k]
    reach, party, number = index.widest_m + near[3, k], who[1, k], who[0, k]
    latest, quota = limits
    for j in range(a, b):
        dz, dw = near[4, j] - upright, near[5, j] - climb
        if math.isnan(dz):
            dz = _above(index.full, k, j)
        if abs(dz) - index.thickest_m > abs(dw) * index.upright_s + 1e-6:
            continue
        dx, dy, dq, far = near[0, j] - x, near[1, j] - y, near[2, j] - z, reach + near[3, j]
        if dx * dx + dy * dy + dq * dq > far * far or (party > 0 and who[1, j] == party):
            continue
        key = _key(index, k, j, dz, dw)
        if key < 0:
            continue
        tally[key] += 1
        if key > latest or (key == latest and counts[0] >= quota):
            continue
        counts[0] += key == latest
        if counts[1] < len(out):
            out[counts[1], 0] = min(number, who[0, j])
            out[counts[1], 1] = max(number, who[0, j])
        counts[1] += 1


@_compiled
def _scan(
    index: Index, lo: int, hi: int, latest: int, quota: int, out: Ints, tally: Ints
) -> int:  # fmt: skip
    """Pairs that the tracks at [lo, hi) find. ``tally`` counts all of them by key; those below the
    key ``latest``, and ``quota`` a track of that key, are written to ``out`` while it has room:
    how many these would be is returned."""
    near, who, rows = index.near, index.who, len(index.cosines)
    counts = np.zeros(2, np.int64)
    for k in range(lo, hi):
        counts[0] = 0
        mine, own_row, from_south = who[2, k], who[3, k], near[7, k] + math.pi / 2
        for other in range(mine + 1):
            if index.reaches[other] < 0.0:
                continue
            chord = index.widest_m + near[3, k] + index.reaches[other]
            half_sine = min(1.0, chord / (2.0 * LEAST_RADIUS_M))
            low = max(0, int((from_south - _arc(half_sine)) * rows / math.pi))
            high = min(rows - 1, int((from_south + _arc(half_sine)) * rows / math.pi))
            for row in range(own_row if other == mine else low, high + 1):
                at = other * rows + row
                if index.edges[at] == index.edges[at + 1]:
                    continue
                width = _width(index, k, other, row, half_sine)
                for part in range(3):
                    a, b = _stretch(index, k, at, width, part)
                    if a < b:
                        _against(index, k, a, b, (latest, quota), out, tally, counts)
    return int(counts[1])


def search(
    placed: Placed,
    uprights: Uprights,
    group: Ints,
    volumes: Sequence[Cylinder | WellClear],
    ahead_s: float,
    most: int,
    run: Run,
) -> tuple[Ints, Ints, int]:
    """Indices i < j of every pair that violates a volume within ``ahead_s``, and of some that all
    but do, in the order of (i, j); and how many are left out because there are more than ``most``.

    Then the nearest in time are kept, of those now the nearest in place; within the last second
    (or step of range) that still has room, each track keeps its share.
    """
    n = len(group)
    index = _index(placed, uprights, group, volumes, ahead_s)
    bounds = np.linspace(0, n, min(CHUNKS, 1 + n // 256) + 1).astype(np.int64).tolist()
    chunks = list(pairwise(bounds))
    parts = list(run(lambda c: _found(index, c, KEYS, 0, 1024 + 4 * (c[1] - c[0])), chunks))
    total, latest, quota = sum(part[1] for part in parts), KEYS, 0
    if total > most:
        sums = np.cumsum(np.sum([part[2] for part in parts], axis=0))
        latest = int(np.searchsorted(sums, most, side="right"))
        quota = (most - (int(sums[latest - 1]) if latest else 0)) // n

    def again(work: tuple[tuple[int, int], tuple[Ints, int, Ints]]) -> tuple[Ints, int, Ints]:
        (lo, hi), part = work
        if latest == KEYS:
            return part if len(part[0]) == part[1] else _found(index, (lo, hi), KEYS, 0, part[1])
        room = int(part[2][:latest].sum()) + min(int(part[2][latest]), quota * (hi - lo))
        return _found(index, (lo, hi), latest, quota, room)

    parts = list(run(again, list(zip(chunks, parts, strict=True))))
    pairs = np.concatenate([part[0] for part in parts])
    order = np.argsort(pairs[:, 0] * n + pairs[:, 1])
    return pairs[order, 0], pairs[order, 1], total - len(pairs)


def _found(
    index: Index, chunk: tuple[int, int], latest: int, quota: int, room: int
) -> tuple[Ints, int, Ints]:
    """Pairs, how many there would have been with enough room, and the tally."""
    out, tally = np.empty((room, 2), np.int64), np.zeros(KEYS, np.int64)
    found = _scan(index, *chunk, latest, quota, out, tally)
    return out[:found], found, tally


def _index(
    placed: Placed,
    uprights: Uprights,
    group: Ints,
    volumes: Sequence[Cylinder | WellClear],
    ahead_s: float,
) -> Index:
    shapes = np.array([_shape(volume) for volume in volumes])
    tau, coaltitude = float(shapes[:, 2].max()), float(shapes[:, 3].max())
    half_s = (ahead_s + tau) / 2
    flat = placed.frame is Frame.FLAT
    speed = np.sqrt((placed.velocity * placed.velocity).sum(axis=0))
    path = speed * half_s
    reach = path * (1.06 if flat else 1.001) + path * path / LEAST_RADIUS_M + 25.0
    carried = placed.carried(half_s)
    lon = np.arctan2(carried[1], carried[0])
    axial = np.sqrt(carried[0] * carried[0] + carried[1] * carried[1])
    lat, cosine = np.arctan2(carried[2], axial), axial / np.sqrt((carried * carried).sum(axis=0))
    of_class = np.searchsorted(CLASSES_MPS, speed)
    classes = len(CLASSES_MPS) + 1
    reaches = np.full(classes, -1.0)
    np.maximum.at(reaches, of_class, reach)
    slowest = reaches[reaches >= 0.0].min(initial=LEAST_RADIUS_M)
    window = (2 * slowest + float(shapes[:, 0].max())) / LEAST_RADIUS_M
    rows = int(min(ROWS, max(1.0, FINE * math.pi / window)))
    row = np.minimum(((lat + math.pi / 2) / (math.pi / rows)).astype(np.int64), rows - 1)
    cell = of_class * rows + row
    order = np.argsort(cell * 8.0 + lon)
    parallels = np.linspace(-math.pi / 2, math.pi / 2, rows + 1)
    edges = np.searchsorted(cell[order], np.arange(classes * rows + 1))
    near = np.stack((*carried, reach, uprights.pressure_m, uprights.climb_mps, lon, lat, cosine))
    full = np.concatenate((
        placed.point, placed.velocity, placed.right, placed.normal,
        np.stack((uprights.height_m, uprights.equivalent_m, uprights.slack_m)),
    ))  # fmt: skip
    who = np.stack((np.arange(len(group)), group, of_class, row))
    return Index(
        near=np.ascontiguousarray(near[:, order]),
        full=np.ascontiguousarray(full.T[order]),
        who=np.ascontiguousarray(who[:, order]),
        edges=edges,
        cosines=np.minimum(np.cos(parallels[:-1]), np.cos(parallels[1:])),
        reaches=reaches,
        volumes=shapes,
        ahead_s=float(ahead_s),
        upright_s=float(ahead_s) + coaltitude,
        widest_m=float(shapes[:, 0].max()),
        thickest_m=float(shapes[:, 1].max()),
        flat=flat,
    )


def _shape(volume: Cylinder | WellClear) -> tuple[float, float, float, float]:
    tau, coaltitude = (
        (volume.tau_s, volume.vertical_tau_s) if isinstance(volume, WellClear) else (0, 0)
    )
    return volume.horizontal_cm / 100, volume.vertical_cm / 100, float(tau), float(coaltitude)
