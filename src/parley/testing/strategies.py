"""Hypothesis strategies for what is somewhere at some time: boxes, volumes, rows of the index.

Small numbers and round ones come often, so that things touch, repeat and cross the antimeridian.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from parley.node.ports import Layer, Row
from parley.rules.statements import Use
from parley.space import Area, Band, Box, Height, Position, Span, Volume

_QUARTER_E7 = 2_500_000
_HOUR_MS = 3_600_000
NOON_MS = 1_750_075_200_000  # 2025-06-16T12:00:00Z


def instants() -> st.SearchStrategy[int]:
    """Milliseconds within two hours of a noon: whole hours, or a millisecond beside a second."""
    return st.builds(
        lambda hours, seconds, ms: NOON_MS + hours * _HOUR_MS + seconds * 1000 + ms,
        st.integers(-2, 2),
        st.integers(-1, 1),
        st.sampled_from((0, -1, 1, 500, -500)),
    )


def spans() -> st.SearchStrategy[Span]:
    """Closed spans, some of them instants, some far from today."""
    ends = st.one_of(instants(), instants(), st.sampled_from((-1, 0, 1, 253_402_300_799_999)))
    return st.tuples(ends, ends).map(lambda pair: Span(min(pair), max(pair)))


def bands() -> st.SearchStrategy[Band]:
    """Bands on round hundreds of metres, beside them by a centimetre, or of no thickness."""
    heights = st.builds(
        lambda hundreds, cm: hundreds * 10_000 + cm,
        st.integers(-1, 3),
        st.sampled_from((0, 0, -1, 1)),
    )
    return st.tuples(heights, heights).map(lambda p: Band(Height(min(p)), Height(max(p))))


def positions(max_lat_deg: int = 90) -> st.SearchStrategy[Position]:
    """On a grid of quarter degrees near (34 N, 36 E) or the antimeridian, or anywhere."""
    quarters = st.integers(-4, 4)
    near = st.builds(
        lambda north, east, lon: Position.from_e7(
            lat_e7=340_000_000 + north * _QUARTER_E7,
            lon_e7=(lon + east * _QUARTER_E7 + 1_800_000_000) % 3_600_000_000 - 1_800_000_000,
        ),
        quarters,
        quarters,
        st.sampled_from((360_000_000, 1_800_000_000)),
    )
    limit = max_lat_deg * 10_000_000
    anywhere = st.builds(
        lambda lat, lon: Position.from_e7(lat_e7=lat, lon_e7=lon),
        st.integers(-limit, limit),
        st.integers(-1_800_000_000, 1_799_999_999),
    )
    return st.one_of(near, near, anywhere)


def _moved(at: Position, north: int, east: int) -> Position:
    lon = (at.lon_e7 + east + 1_800_000_000) % 3_600_000_000 - 1_800_000_000
    return Position.from_e7(lat_e7=at.lat_e7 + north, lon_e7=lon)


def _corridor(start: Position, steps: list[tuple[int, int]], half_width_m: int) -> Area:
    points = [start]
    for north, east in steps:
        points.append(_moved(points[-1], north * 1_000_000, east * 1_000_000))
    return Area.corridor(points, half_width_m)


def _quadrangle(at: Position, reaches: tuple[int, int, int, int]) -> Area:
    south, east, north, west = (reach * 100_000 for reach in reaches)
    return Area.polygon(
        [_moved(at, -south, 0), _moved(at, 0, east), _moved(at, north, 0), _moved(at, 0, -west)]
    )


def areas() -> st.SearchStrategy[Area]:
    """Points, circles to 60 km, corridors of one to three legs, quadrangles to 20 km."""
    reach = st.integers(1, 20)
    step = st.tuples(st.integers(-3, 3), st.integers(-3, 3)).filter(any)
    return st.one_of(
        positions().map(Area.point),
        st.builds(Area.circle, positions(), st.integers(0, 60_000)),
        st.builds(
            _corridor, positions(80), st.lists(step, min_size=1, max_size=3), st.integers(0, 5_000)
        ),
        st.builds(_quadrangle, positions(80), st.tuples(reach, reach, reach, reach)),
    )


def volumes() -> st.SearchStrategy[Volume]:
    return st.builds(Volume, areas(), bands(), spans())


def boxes() -> st.SearchStrategy[Box]:
    """Boxes as queries have them: those of a volume, the whole Earth among them."""
    earth = (-900_000_000, 900_000_000, -1_800_000_000, 1_800_000_000)
    whole = st.builds(
        lambda band, span: Box(*earth, band.floor.cm, band.ceiling.cm, span.start_ms, span.end_ms),
        bands(),
        spans(),
    )
    return st.one_of(whole, volumes().flatmap(lambda volume: st.sampled_from(volume.boxes())))


REFS = ("notice:a-1", "notice:a-2", "notice:ä-1", "site:s")


def rows(refs: Sequence[str] = REFS) -> st.SearchStrategy[Row]:
    """Rows with few refs and ordinals, so that some stand already."""
    return st.builds(
        Row,
        ref=st.sampled_from(refs),
        ordinal=st.integers(0, 2),
        layer=st.sampled_from(Layer),
        party=st.sampled_from(("a", "b")),
        group=st.sampled_from(("strike", "")),
        use=st.sampled_from(Use),
        volume=volumes(),
    )
