"""The geodesic distance of two cores: bounds first, exact when bounds do not decide.

Exact means: the smallest distance from a vertex of one to a geodesic edge of the other
(geodesy, fact 2), or 0 when edges cross or one core holds the other, decided from azimuths.
Arguments are put into one order first, so every result is symmetric to the last bit.
"""

from __future__ import annotations

import math

import numpy as np
import shapely

from parley.space import geodesy
from parley.space.core import Core
from parley.space.geodesy import B_M, FAR_M, Floats, Ints
from parley.space.indexed import NEAR_M, candidate_pairs

TOUCH_M = 0.001
SIDE_M = 1e-4
UNLIKE = 8.0
"""When one core is so many times larger, that it holds the other is asked before the borders."""
MATRIX = 4_096
"""Up to so many vertex pairs are compared all at once."""
CHUNK = 200_000


def core_within(a: Core, b: Core, limit_m: float) -> bool:
    """Whether the cores are at most limit_m apart (closed); exact where bounds do not decide."""
    if b.key < a.key:
        a, b = b, a
    apart = geodesy.distance(a.centre.lat_deg, a.centre.lon_deg, b.centre.lat_deg, b.centre.lon_deg)
    caps = a.cap_m + b.cap_m
    if apart - caps > limit_m:
        return False
    if apart + caps <= limit_m:
        return True
    unlike = max(a.cap_m, b.cap_m) > UNLIKE * min(a.cap_m, b.cap_m)
    if unlike and _holds(a, b, apart):
        return True
    decided = _by_chart(a, b, apart, limit_m)
    if decided or (not unlike and _holds(a, b, apart)):
        return True
    return core_distance(a, b) <= limit_m if decided is None else False


def core_distance(a: Core, b: Core) -> float:
    """Metres between two cores, 0.0 when they meet or come within 1 mm.

    To better than 1 mm up to 5,000 km apart.
    """
    if b.key < a.key:
        a, b = b, a
    if len(a.lats) * len(b.lats) == 1:
        metres = geodesy.distance(
            float(a.lats[0]), float(a.lons[0]), float(b.lats[0]), float(b.lons[0])
        )
    elif len(a.lats) * len(b.lats) <= MATRIX:
        metres = _matrix_distance(a, b)
    else:
        apart = geodesy.distance(
            a.centre.lat_deg, a.centre.lon_deg, b.centre.lat_deg, b.centre.lon_deg
        )
        if _holds(a, b, apart):
            metres = 0.0
        elif max(b.cap_m, apart + a.cap_m) <= NEAR_M:
            metres = _indexed_distance(a, b, apart)
        else:
            metres = _tree_distance(a, b)
    return metres if metres > TOUCH_M else 0.0


def _by_chart(a: Core, b: Core, apart: float, limit_m: float) -> bool | None:
    """Whether the boundaries are within limit_m, if one chart with its error can tell."""
    middle = b if b.cap_m == 0.0 else a
    other = a if middle is b else b
    radius = max(middle.cap_m, apart + other.cap_m)
    if radius > geodesy.CHART_M:
        return None
    one, two = middle.in_chart(middle.centre), other.in_chart(middle.centre)
    slack = geodesy.sagitta(radius, a.coarse()[2]) + geodesy.sagitta(radius, b.coarse()[2]) + 1e-5
    stretch = 1.0 if middle.cap_m == 0.0 else geodesy.stretch(radius)
    if limit_m > slack and shapely.dwithin(one, two, limit_m - slack):
        return True
    if not shapely.dwithin(one, two, limit_m * stretch + slack):
        return False
    return None


def _holds(a: Core, b: Core, apart: float) -> bool:
    """Whether a polygon has the other's first vertex inside."""
    if apart < a.cap_m + b.cap_m:
        return a.winds_round(float(b.lats[0]), float(b.lons[0])) or b.winds_round(
            float(a.lats[0]), float(a.lons[0])
        )
    return False


def _matrix_distance(a: Core, b: Core) -> float:
    to_b, to_a, metres = geodesy.inverse(
        a.lats[:, None], a.lons[:, None], b.lats[None, :], b.lons[None, :]
    )
    nearest = float(metres.min())
    if nearest <= TOUCH_M:
        return 0.0
    if nearest < FAR_M and (
        (b.closed and geodesy.winding(to_b).any()) or (a.closed and geodesy.winding(to_a.T).any())
    ):
        return 0.0
    i, j = (x.reshape(-1) for x in np.meshgrid(a.starts, b.starts, indexing="ij"))
    rows = np.stack((i, i, a.ends[i], a.ends[i]))
    columns = np.stack((j, b.ends[j], j, b.ends[j]))
    return _pairs_distance(
        a, b, i, j, (to_b[rows, columns], to_a[rows, columns], metres[rows, columns]), nearest
    )


def _pairs_distance(
    a: Core, b: Core, i: Ints, j: Ints, corners: tuple[Floats, Floats, Floats], nearest: float
) -> float:
    """Smallest distance over pairs of edges i of a, j of b; corners: start-start, start-end ..."""
    to_b, to_a, metres = corners
    start = metres[[0, 2, 0, 1]]
    azimuth = np.stack((b.azimuth[j], b.azimuth[j], a.azimuth[i], a.azimuth[i]))
    turn = np.stack((to_a[0], to_a[2], to_b[0], to_b[1])) - azimuth
    back = np.stack((b.back[j], b.back[j], a.back[i], a.back[i]))
    turn_back = np.stack((to_a[1], to_a[3], to_b[2], to_b[3])) - back
    length = np.stack((b.length[j], b.length[j], a.length[i], a.length[i]))
    side = np.sin(start / B_M) * np.sin(turn) * B_M
    if nearest < FAR_M:
        sure = np.abs(side).min(axis=0) > SIDE_M
        crossing = sure & (side[0] * side[1] < 0) & (side[2] * side[3] < 0)
        if (crossing & (metres.min(axis=0) <= length[0] + length[2])).any():
            return 0.0
    wanted = (np.cos(turn) > 0) & (np.cos(turn_back) > 0)
    low = np.arcsin(np.minimum(np.abs(side) / B_M, 1.0)) * B_M
    far = start > FAR_M
    if far.any():
        wanted |= far
        low[far] = 0.0
    wanted &= (length > 0) & (low < nearest)
    which = np.flatnonzero(wanted)
    if not which.size:
        return nearest
    which = which[np.argsort(low.reshape(-1)[which], kind="stable")]
    vertex_of_a = np.stack((i, a.ends[i]))
    vertex_of_b = np.stack((j, b.ends[j]))
    plat = np.concatenate((a.lats[vertex_of_a], b.lats[vertex_of_b])).reshape(-1)
    plon = np.concatenate((a.lons[vertex_of_a], b.lons[vertex_of_b])).reshape(-1)
    qlat = np.stack((b.lats[j], b.lats[j], a.lats[i], a.lats[i])).reshape(-1)
    qlon = np.stack((b.lons[j], b.lons[j], a.lons[i], a.lons[i])).reshape(-1)
    guess = (np.arctan2(np.sin(start / B_M) * np.cos(turn), np.cos(start / B_M)) * B_M).reshape(-1)
    flat = azimuth.reshape(-1), length.reshape(-1), low.reshape(-1)
    first = 1
    while which.size:
        part, which = which[:first], which[first:]
        found, _ = geodesy.feet(
            plat[part],
            plon[part],
            qlat[part],
            qlon[part],
            flat[0][part],
            flat[1][part],
            guess[part],
        )
        nearest = min(nearest, float(found.min()))
        which = which[flat[2][which] < nearest]
        first = CHUNK
    return nearest


def _indexed_distance(a: Core, b: Core, apart: float) -> float:
    """Over the pairs of edges that an index finds; 0.0 at the first crossing."""
    nearest = math.inf
    for i, j in candidate_pairs(a, b, max(b.cap_m, apart + a.cap_m)):
        nearest = min(nearest, _leaves_distance(a, b, i, j, nearest))
        if nearest <= TOUCH_M:
            return 0.0
    return nearest


def _tree_distance(a: Core, b: Core) -> float:
    """Branch and bound over ranges of edges, for many vertices far apart; 0.0 at a crossing."""
    nearest = math.inf
    whole = np.array([[0, len(a.starts), 0, len(b.starts)]])
    stack = [whole]
    while stack:
        ranges = stack.pop()
        if len(ranges) > CHUNK:
            stack.extend((ranges[CHUNK:], ranges[:CHUNK]))
            continue
        i, j = (ranges[:, 0] + ranges[:, 1] + 1) // 2, (ranges[:, 2] + ranges[:, 3] + 1) // 2
        middle_a, middle_b = i % len(a.lats), j % len(b.lats)
        metres = geodesy.inverse(
            a.lats[middle_a], a.lons[middle_a], b.lats[middle_b], b.lons[middle_b]
        )[2]
        nearest = min(nearest, float(metres.min()))
        if nearest <= TOUCH_M:
            return 0.0
        low = metres - _radius(a, ranges[:, 0], i, ranges[:, 1])
        low -= _radius(b, ranges[:, 2], j, ranges[:, 3])
        ranges = ranges[low <= nearest]
        single = (ranges[:, 1] - ranges[:, 0] == 1) & (ranges[:, 3] - ranges[:, 2] == 1)
        leaves, ranges = ranges[single], ranges[~single]
        if len(leaves):
            nearest = min(nearest, _leaves_distance(a, b, leaves[:, 0], leaves[:, 2], nearest))
            if nearest <= TOUCH_M:
                return 0.0
        if len(ranges):
            stack.append(_halved(ranges))
    return nearest


def _radius(core: Core, first: Ints, middle: Ints, last: Ints) -> Floats:
    along = core.cumulated
    radius: Floats = np.maximum(along[middle] - along[first], along[last] - along[middle])
    return radius


def _halved(ranges: Ints) -> Ints:
    """The longer of the two ranges of each row, cut in two."""
    first = ranges[:, 1] - ranges[:, 0] >= ranges[:, 3] - ranges[:, 2]
    lower, upper = ranges.copy(), ranges.copy()
    for column, rows in ((0, first), (2, ~first)):
        cut = (ranges[rows, column] + ranges[rows, column + 1]) // 2
        lower[rows, column + 1] = cut
        upper[rows, column] = cut
    return np.concatenate((lower, upper))


def _leaves_distance(a: Core, b: Core, i: Ints, j: Ints, nearest: float) -> float:
    rows = np.stack((i, i, a.ends[i], a.ends[i]))
    columns = np.stack((j, b.ends[j], j, b.ends[j]))
    corners = geodesy.inverse(a.lats[rows], a.lons[rows], b.lats[columns], b.lons[columns])
    nearest = min(nearest, float(corners[2].min()))
    if nearest <= TOUCH_M:
        return 0.0
    return _pairs_distance(a, b, i, j, corners, nearest)
