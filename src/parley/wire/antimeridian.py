"""Rings in longitude and latitude, cut at the antimeridian (RFC 7946, 3.1.9).

Points are (lon, lat) in degrees. In: neighbours are joined the short way round, so a step of
more than 180 degrees crosses the antimeridian. Out: every part lies within -180..180.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

LonLat = tuple[float, float]


def cut_ring(ring: Sequence[LonLat]) -> list[list[LonLat]]:
    """The parts of an open ring as open rings, counter-clockwise.

    A ring round a pole gets the pole's whole edge, from -180 to 180, a vertex at a pole becomes
    an edge. Parts of no width are left out.
    """
    points = _unrolled(_without_poles(ring))
    turn = points[-1][0] + _short(points[0][0] - points[-1][0]) - points[0][0]
    if abs(turn) > 180:
        pole = math.copysign(90.0, sum(lat for _, lat in points))
        first_lon, first_lat = points[0]
        points += [(first_lon + turn, first_lat), (first_lon + turn, pole), (first_lon, pole)]
    parts = [points]
    low = min(lon for lon, _ in points)
    high = max(lon for lon, _ in points)
    for line in _meridians(low, high):
        parts = [piece for part in parts for piece in _split(part, line)]
    settled = (_distinct(_settled(_home(part))) for part in parts)
    return [_counter_clockwise(part) for part in settled if _has_width(part)]


def _short(step: float) -> float:
    return (step + 180.0) % 360.0 - 180.0 if not -180.0 <= step <= 180.0 else step


def _without_poles(ring: Sequence[LonLat]) -> list[LonLat]:
    points: list[LonLat] = []
    for index, (lon, lat) in enumerate(ring):
        if abs(lat) == 90.0:
            after = ring[(index + 1) % len(ring)]
            points += [(ring[index - 1][0], lat), (after[0], lat)]
        else:
            points.append((lon, lat))
    return points


def _unrolled(points: Sequence[LonLat]) -> list[LonLat]:
    unrolled = [points[0]]
    for (before, _), (lon, lat) in pairwise(points):
        unrolled.append((unrolled[-1][0] + _short(lon - before), lat))
    return unrolled


def _meridians(low: float, high: float) -> list[float]:
    first = math.floor((low + 180.0) / 360.0) + 1
    last = math.ceil((high + 180.0) / 360.0)
    return [360.0 * k - 180.0 for k in range(first, last)]


def _home(points: list[LonLat]) -> list[LonLat]:
    """Shifted by whole turns into -180..180; parts do not cross the antimeridian."""
    middle = (min(p[0] for p in points) + max(p[0] for p in points)) / 2
    shift = 360.0 * math.floor((middle + 180.0) / 360.0)
    return [(min(max(lon - shift, -180.0), 180.0), lat) for lon, lat in points]


def _settled(points: list[LonLat]) -> list[LonLat]:
    """On the grid of 1e-7 degree on which positions are read: a crossing beside a vertex is it."""
    return [(round(lon, 7), round(lat, 7)) for lon, lat in points]


def _at(a: LonLat, b: LonLat, meridian: float) -> LonLat:
    share = (meridian - a[0]) / (b[0] - a[0])
    return (meridian, a[1] + share * (b[1] - a[1]))


def _split(ring: list[LonLat], meridian: float) -> list[list[LonLat]]:
    """A simple ring cut along a meridian; points on the line count as east of it.

    Crossings in the order of latitude are joined in pairs: between the first and the second the
    line runs inside the ring. Each side is then the chains of that side, joined by these pairs.
    """
    east = [lon >= meridian for lon, _ in ring]
    if all(east) or not any(east):
        return [ring]
    start = next(i for i in range(len(ring)) if east[i] != east[i - 1])
    chains: list[list[LonLat]] = []
    for step in range(len(ring)):
        i = (start + step) % len(ring)
        if east[i] != east[i - 1]:
            crossing = _at(ring[i - 1], ring[i], meridian)
            if chains:
                chains[-1].append(crossing)
            chains.append([crossing])
        chains[-1].append(ring[i])
    chains[-1].append(chains[0][0])
    # Chain k leaves at crossing k + 1 and starts at crossing k.
    count = len(chains)
    order = sorted(range(count), key=lambda k: (chains[k][0][1], k))
    partner = {a: b for i, a in enumerate(order) for b in (order[i ^ 1],)}
    parts: list[list[LonLat]] = []
    unused = set(range(count))
    while unused:
        k = min(unused)
        part: list[LonLat] = []
        while k in unused:
            unused.remove(k)
            part += chains[k]
            k = partner[(k + 1) % count]
        parts.append(_distinct(part))
    return [part for part in parts if _has_width(part)]


def _distinct(points: list[LonLat]) -> list[LonLat]:
    return [p for i, p in enumerate(points) if p != points[i - 1]]


def _has_width(points: list[LonLat]) -> bool:
    lons = [lon for lon, _ in points]
    return len(points) >= 3 and max(lons) > min(lons)


def _counter_clockwise(ring: list[LonLat]) -> list[LonLat]:
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
    return ring if doubled >= 0 else [ring[0], *reversed(ring[1:])]
