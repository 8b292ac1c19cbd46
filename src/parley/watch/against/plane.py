"""The compiled loops of ``reach``: tracks against shapes in the planes of the shapes."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from parley.watch.against.seen import LEAST_MERIDIAN_M

R_M = 6_371_000.0


@njit(cache=True, nogil=True, error_model="numpy")
def near_loop(  # type: ignore[no-untyped-def]  # pragma: no cover
    order,
    lats,
    place,
    reach,
    low,
    high,
    which,
    shape_lat,
    shape_place,
    cap,
    floor,
    ceiling,
    most,
    out_track,
    out_shape,
):
    found = 0
    per_m = 180.0 / math.pi / LEAST_MERIDIAN_M
    for k in which:
        half = (cap[k] + most) * per_m + 1e-7
        first = np.searchsorted(lats, shape_lat[k] - half)
        last = np.searchsorted(lats, shape_lat[k] + half, side="right")
        px, py, pz = shape_place[k, 0], shape_place[k, 1], shape_place[k, 2]
        bottom, top, size = floor[k], ceiling[k], cap[k]
        for n in range(first, last):
            far = size + reach[n]
            dx = place[n, 0] - px
            if abs(dx) > far or low[n] > top or high[n] < bottom:
                continue
            dy, dz = place[n, 1] - py, place[n, 2] - pz
            if dx * dx + dy * dy + dz * dz > far * far:
                continue
            if found < len(out_track):
                out_track[found] = order[n]
                out_shape[found] = k
            found += 1
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _core_gap(x, y, kind, first, count, xs, ys):  # type: ignore[no-untyped-def]  # pragma: no cover
    """From a point to the vertices and edges of a shape; below 0 inside a polygon."""
    least = math.inf
    inside = False
    edges = count if kind == 2 else count - 1
    if kind == 0:
        return math.hypot(x - xs[first], y - ys[first])
    for n in range(edges):
        a = first + n
        b = first + (n + 1) % count
        ex, ey = xs[b] - xs[a], ys[b] - ys[a]
        px, py = x - xs[a], y - ys[a]
        length2 = ex * ex + ey * ey
        share = 0.0
        if length2 > 0.0:
            share = min(1.0, max(0.0, (px * ex + py * ey) / length2))
        dx, dy = px - share * ex, py - share * ey
        least = min(least, dx * dx + dy * dy)
        if (ys[a] > y) != (ys[b] > y) and px < ex * (py / ey):
            inside = not inside
    if kind == 2 and inside:
        return -math.sqrt(least)
    return math.sqrt(least)


@njit(cache=True, nogil=True, error_model="numpy")
def gaps_loop(x, y, away, s, kind, first, count, reach, cap, xs, ys):  # type: ignore[no-untyped-def]  # pragma: no cover
    metres = np.empty(len(x))
    slack = np.empty(len(x))
    for n in range(len(x)):
        k = s[n]
        if kind[k] == 0:
            arc = 2.0 * R_M * math.asin(min(1.0, away[n] / (2.0 * R_M)))
            metres[n] = arc - reach[k]
            slack[n] = 0.02 + 0.03 * (arc - away[n])
            continue
        far = max(away[n], cap[k] - reach[k])
        slack[n] = 0.02 + 2.0 * far * (far / R_M) * (far / R_M)
        core = _core_gap(x[n], y[n], kind[k], first[k], count[k], xs, ys)
        metres[n] = core - reach[k]
    return metres, slack


@njit(cache=True, nogil=True, error_model="numpy")
def _round(px, py, vx, vy, radius, speed2):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Seconds until a point that is outside a circle at the origin is on it; infinite if never."""
    dot = px * vx + py * vy
    if dot >= 0.0 or speed2 == 0.0:
        return math.inf
    cross = px * vy - py * vx
    rest = radius * radius * speed2 - cross * cross
    if rest < 0.0:
        return math.inf
    return max(0.0, (-dot - math.sqrt(rest)) / speed2)


@njit(cache=True, nogil=True, error_model="numpy")
def entries_loop(x, y, vx, vy, begin, end, reach, s, kind, first, count, xs, ys):  # type: ignore[no-untyped-def]  # pragma: no cover
    found = np.full(len(x), math.inf)
    for n in range(len(x)):
        if not begin[n] <= end[n]:
            continue
        k = s[n]
        px, py = x[n] + vx[n] * begin[n], y[n] + vy[n] * begin[n]
        if _core_gap(px, py, kind[k], first[k], count[k], xs, ys) <= reach[n]:
            found[n] = begin[n]
            continue
        speed2 = vx[n] * vx[n] + vy[n] * vy[n]
        if speed2 == 0.0:
            continue
        least = math.inf
        for m in range(count[k]):
            a = first[k] + m
            qx, qy = px - xs[a], py - ys[a]
            least = min(least, _round(qx, qy, vx[n], vy[n], reach[n], speed2))
            if m + 1 == count[k] and kind[k] != 2:
                continue
            b = first[k] + (m + 1) % count[k]
            ex, ey = xs[b] - xs[a], ys[b] - ys[a]
            length = math.hypot(ex, ey)
            if length == 0.0:
                continue
            ex, ey = ex / length, ey / length
            side, towards = ex * qy - ey * qx, ex * vy[n] - ey * vx[n]
            if side < 0.0:
                side, towards = -side, -towards
            if side < reach[n] or towards >= 0.0:
                continue
            at = (side - reach[n]) / -towards
            along = (qx + vx[n] * at) * ex + (qy + vy[n] * at) * ey
            if 0.0 <= along <= length:
                least = min(least, at)
        if begin[n] + least <= end[n]:
            found[n] = begin[n] + least
    return found
