"""The compiled loops of the search: what one track finds among its later neighbours.

One kernel, ``scan``: the rest is inlined into it. It calls no code and takes no constant from
elsewhere, since what is compiled is kept on disk by the age of this file alone. No fastmath, no
threads of its own; it holds no lock while it runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba

from parley.watch.tracks import Floats, Ints

LEAST_RADIUS_M = 6_350_000.0
"""No carried point is nearer to the centre of the Earth."""
AT_REST_MPS = 1e-6
NOW_KEYS = 64
KEYS = NOW_KEYS + 3_602
"""How near a violation is: first those now, by range, then those to come, by whole seconds."""

F = TypeVar("F", bound=Callable[..., object])


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
    radius_m: float
    flat: bool


def _compiled(function: F, *, inlined: bool = False) -> F:
    """Compiled at its first call; kept on disk where there is a place to keep it.

    Without counting references (``_nrt``), which two threads would fight over: nothing in here
    makes an array.
    """
    njit: Any = numba.njit
    options = {"nogil": True, "error_model": "numpy", "forceinline": inlined, "_nrt": False}
    try:
        return cast(F, njit(cache=True, **options)(function))
    except RuntimeError:
        return cast(F, njit(**options)(function))


def _inlined(function: F) -> F:
    return _compiled(function, inlined=True)


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
def _flat(full: Floats, k: int, j: int, radius_m: float) -> tuple[float, float, float]:
    """Range, its rate and the speed across, as in ``frame.between`` to within rounding."""
    north, turn = full[j, 0] - full[k, 0], full[j, 1] - full[k, 1]
    if abs(turn) > 180.0:
        turn -= math.copysign(360.0, turn)
    scale = radius_m * math.pi / 180.0
    east = turn * scale * math.cos((full[k, 0] + full[j, 0]) * (math.pi / 360.0))
    north *= scale
    apart = math.sqrt(east * east + north * north)
    one = max(apart, 1e-9)
    ve, vn = full[j, 3] - full[k, 3], full[j, 4] - full[k, 4]
    return apart, (east * ve + north * vn) / one, (east * vn - north * ve) / one


@_inlined
def _tangent(full: Floats, k: int, j: int, radius_m: float) -> tuple[float, float, float]:
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
    q = square / (4.0 * radius_m * radius_m)
    series = 1.0 + q * (1 / 6 + q * (3 / 40 + q * (15 / 336 + q * (105 / 3456))))
    return math.sqrt(square) * series, along, across


@_inlined
def _begins(polar: tuple[float, float, float], dz: float, dw: float, index: Index, v: int) -> float:
    """Seconds to the violation of the volume ``v``, -1 for never; closed at the minima, which is a
    little more than ``encounter.violation`` says."""
    apart, along, across = polar
    speed = math.sqrt(along * along + across * across)
    begin, end, volumes = 0.0, index.ahead_s, index.volumes
    if speed < AT_REST_MPS:
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
    if abs(dw) >= AT_REST_MPS:
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
    polar = (
        _flat(index.full, k, j, index.radius_m)
        if index.flat
        else _tangent(index.full, k, j, index.radius_m)
    )
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
def scan(
    index: Index, lo: int, hi: int, latest: int, quota: int, out: Ints, tally: Ints, counts: Ints
) -> int:
    """Pairs that the tracks at [lo, hi) find. ``tally`` counts all of them by key; those below the
    key ``latest``, and ``quota`` a track of that key, are written to ``out`` while it has room:
    how many these would be is returned. ``counts``: two noughts to count with."""
    near, who, rows = index.near, index.who, len(index.cosines)
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
