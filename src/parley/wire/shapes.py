"""Shapes in the bodies of statements back to the domain; ``bodies`` is the other direction.

A shape that cannot be raises RefusedBody with its place; whoever reads a body names its author.
"""

from __future__ import annotations

from typing import NoReturn

from parley.errors import InputError
from parley.space import Area, Band, Height, Position, Span, Volume
from parley.space.area import Kind
from parley.wire import models

_POLE_E7 = 900_000_000
_CORE_OF: dict[str, Kind] = {"circle": "point", "corridor": "path", "polygon": "polygon"}


class RefusedBody(Exception):  # noqa: N818 - never leaves wire
    """What is wrong, what would be right, where."""

    def __init__(self, what: str, right: str, where: str) -> None:
        super().__init__(what)
        self.what, self.right, self.where = what, right, where


def _wrap(error: InputError, where: str) -> NoReturn:
    place = ".".join(part for part in (where, error.where) if part)
    raise RefusedBody(error.what, error.right, place) from None


def position_from(point: tuple[int, int], where: str) -> Position:
    if abs(point[0]) == _POLE_E7 and point[1]:
        raise RefusedBody("a longitude at a pole", "longitude 0 at a pole", where)
    return Position.from_e7(lat_e7=point[0], lon_e7=point[1])


def area_from(body: models.AreaBody, where: str) -> Area:
    points = tuple(
        position_from(point, f"{where}.points[{index}]") for index, point in enumerate(body.points)
    )
    try:
        return Area(_CORE_OF[body.kind], points, body.reach_cm)
    except InputError as error:
        _wrap(error, where)


def band_from(floor_cm: int, ceiling_cm: int, where: str) -> Band:
    try:
        return Band(Height(floor_cm), Height(ceiling_cm))
    except InputError as error:
        raise RefusedBody(error.what, error.right, f"{where}.floor_cm") from None


def band_or_none(body: models.BandBody | None, where: str) -> Band | None:
    return None if body is None else band_from(body.floor_cm, body.ceiling_cm, where)


def volume_from(body: models.VolumeBody, where: str) -> Volume:
    area = area_from(body.area, f"{where}.area")
    band = band_from(body.floor_cm, body.ceiling_cm, where)
    try:
        return Volume(area, band, Span(body.start_ms, body.end_ms))
    except InputError as error:
        _wrap(error, where)
