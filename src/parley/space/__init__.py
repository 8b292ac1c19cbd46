"""Where and when: positions, heights, spans, areas and volumes on the WGS-84 ellipsoid.

May import errors only; the only room that knows shapely, pyproj and mgrs. Invariants: all bounds
are closed (touching counts); distances are geodesic, right to 1 cm and symmetric to the
last bit; results do not depend on a ring's start or direction; what cannot be is refused
with a GeometryError or FormatError that says what would be right.
"""

from __future__ import annotations

from parley.space.area import MAX_VERTICES, TOUCH_M, Area
from parley.space.box import Box
from parley.space.coordinates import (
    Reading,
    echo,
    format_dd,
    format_dms,
    format_mgrs,
    format_range_bearing,
    parse_position,
    parse_range_bearing,
    read_position,
)
from parley.space.destination import destination
from parley.space.height import (
    Band,
    GeoidModel,
    Height,
    HeightAboveGround,
    HeightAboveSeaLevel,
    PressureAltitude,
    PressureModel,
    TerrainModel,
)
from parley.space.inner import meets_often
from parley.space.measure import distance_m, distances_m, meets, within
from parley.space.outline import outline
from parley.space.position import Position
from parley.space.span import Span
from parley.space.surface import surface_km2
from parley.space.volume import Separation, Volume

__all__ = [
    "MAX_VERTICES",
    "TOUCH_M",
    "Area",
    "Band",
    "Box",
    "GeoidModel",
    "Height",
    "HeightAboveGround",
    "HeightAboveSeaLevel",
    "Position",
    "PressureAltitude",
    "PressureModel",
    "Reading",
    "Separation",
    "Span",
    "TerrainModel",
    "Volume",
    "destination",
    "distance_m",
    "distances_m",
    "echo",
    "format_dd",
    "format_dms",
    "format_mgrs",
    "format_range_bearing",
    "meets",
    "meets_often",
    "outline",
    "parse_position",
    "parse_range_bearing",
    "read_position",
    "surface_km2",
    "within",
]
