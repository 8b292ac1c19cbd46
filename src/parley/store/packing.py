"""Volumes as bytes, and boxes as the 32-bit integers of the index.

A packed volume, little-endian: layout (u8), kind (u8), reach in cm, floor and ceiling in cm
above the WGS-84 ellipsoid, start and end in ms (i64 each), then latitude and longitude of each
vertex in 1e-7 degree (i32 each).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal

from parley.errors import GeometryError, StorageError
from parley.space import Area, Band, Box, Height, Position, Span, Volume
from parley.store.schema import BOXES_PER_ROW

Cell = tuple[int, int, int, int, int, int, int, int]
"""min and max of latitude and longitude (1e-7 degree), height (cm), time (s, shifted)."""

_LAYOUT = 1
_HEAD = struct.Struct("<BBqqqqq")
_VERTEX_BYTES = 8
_KINDS: tuple[Literal["point", "path", "polygon"], ...] = ("point", "path", "polygon")
_LEAST, _MOST = -(2**31), 2**31 - 1
_EPOCH_S = 2**31  # 1970 is the least 32-bit integer, February 2106 the greatest


def pack(volume: Volume) -> bytes:
    """The volume as bytes; equal volumes written alike give equal bytes. Raises StorageError."""
    area, band, span = volume.area, volume.band, volume.span
    numbers = [n for vertex in area.vertices for n in (vertex.lat_e7, vertex.lon_e7)]
    try:
        head = _HEAD.pack(
            _LAYOUT,
            _KINDS.index(area.kind),
            area.reach_cm,
            band.floor.cm,
            band.ceiling.cm,
            span.start_ms,
            span.end_ms,
        )
        return head + struct.pack(f"<{len(numbers)}i", *numbers)
    except (struct.error, ValueError) as error:
        raise StorageError(
            f"a volume cannot be packed ({error})", right="a valid Volume"
        ) from error


def unpack(body: bytes) -> Volume:
    """The volume that ``pack`` was given. Raises GeometryError for bytes that are none."""
    count, rest = divmod(len(body) - _HEAD.size, _VERTEX_BYTES)
    if count < 1 or rest:
        raise GeometryError("a packed volume has a wrong length")
    layout, kind, reach_cm, floor_cm, ceiling_cm, start_ms, end_ms = _HEAD.unpack_from(body)
    if layout != _LAYOUT or kind >= len(_KINDS):
        raise GeometryError(f"a packed volume has layout {layout} and kind {kind}")
    flat = struct.unpack_from(f"<{2 * count}i", body, _HEAD.size)
    vertices = tuple(
        Position.from_e7(lat_e7=flat[at], lon_e7=flat[at + 1]) for at in range(0, 2 * count, 2)
    )
    return Volume(
        Area.stored(_KINDS[kind], vertices, reach_cm),
        Band(Height(floor_cm), Height(ceiling_cm)),
        Span(start_ms, end_ms),
    )


def cell(box: Box) -> Cell:
    """The box in 32-bit integers, rounded outward; beyond their range, their last value."""
    whole = (
        box.lat_min_e7,
        box.lat_max_e7,
        box.lon_min_e7,
        box.lon_max_e7,
        box.floor_cm,
        box.ceiling_cm,
        box.start_ms // 1000 - _EPOCH_S,
        -(-box.end_ms // 1000) - _EPOCH_S,
    )
    if min(whole) >= _LEAST and max(whole) <= _MOST:
        return whole
    south, north, west, east, low, high, start, stop = map(_clamped, whole)
    return south, north, west, east, low, high, start, stop


def cells(boxes: Sequence[Box]) -> list[Cell]:
    """The cells of a volume's boxes. Raises StorageError for more than ``BOXES_PER_ROW``."""
    if len(boxes) > BOXES_PER_ROW:
        raise StorageError(
            f"a volume of {len(boxes)} boxes cannot be indexed",
            right=f"at most {BOXES_PER_ROW} boxes a volume",
        )
    return [cell(box) for box in boxes]


def _clamped(value: int) -> int:
    return min(max(value, _LEAST), _MOST)
