"""Cores of many vertices: which pairs of edges can hold the smallest distance, from an index.

The index lives in one chart round a core, whose error is proven (geodesy, fact 1); what it finds
is measured exactly by others. Used near the core only, where the chart is almost true.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from parley.space import geodesy
from parley.space.core import Core
from parley.space.geodesy import Floats, Ints

NEAR_M = 300_000.0
CHUNK = 64
MARGIN_M = 1e-4


def candidate_pairs(a: Core, b: Core, radius_m: float) -> Iterator[tuple[Ints, Ints]]:
    """Edges of a and of b, in portions, that hold every pair at the smallest distance.

    radius_m: how far either core reaches from the centre of b, at most 3,500 km.
    """
    tree, edges_b = b.index
    lines, edges_a = a.segments(b)
    slack = geodesy.sagitta(radius_m, a.coarse()[2]) + geodesy.sagitta(radius_m, b.coarse()[2])
    planar = shapely.distance(b.in_chart(b.centre), a.in_chart(b.centre))
    bound = geodesy.stretch(radius_m) * (planar + slack) + slack + MARGIN_M
    for first in range(0, len(lines), CHUNK):
        part = slice(first, first + CHUNK)
        which, found = tree.query(lines[part], predicate="dwithin", distance=bound)
        if found.size:
            yield edges_a[part][which], edges_b[found]


def candidate_edges(core: Core, lats: Floats, lons: Floats) -> tuple[Ints, Ints]:
    """Points (by index) and edges that hold every point's nearest edge; points within NEAR_M."""
    tree, edges = core.index
    xy = geodesy.chart(core.centre.lat_deg, core.centre.lon_deg, lats, lons)
    radius_m = max(core.cap_m, float(np.hypot(xy[:, 0], xy[:, 1]).max(initial=0.0)))
    points = shapely.points(xy)
    slack = geodesy.sagitta(radius_m, core.coarse()[2])
    planar = shapely.distance(core.in_chart(core.centre), points)
    bound = geodesy.stretch(radius_m) * (planar + slack) + slack + MARGIN_M
    which, found = tree.query(points, predicate="dwithin", distance=bound)
    return which, edges[found]
