"""What a finding of the watch rests on, as our log keeps it: where we had each track."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from parley.rules.statements import Basis, Watched
from parley.space import Area, Band, Height, Position, PressureAltitude, PressureModel
from parley.watch.changes import Changed
from parley.watch.tracks import Tracks

TRACK = "track:"
MAX_UNCERTAINTY_M = 1_000_000


def watched(one: Changed, tracks: Tracks, air: PressureModel | None) -> Watched:
    """The change with the position of every track that it names and that we have."""
    ids = [ref.removeprefix(TRACK) for ref in one.finding.refs if ref.startswith(TRACK)]
    index = _places(tracks, ids)
    return Watched(one.change, one.finding, tuple(basis_of(tracks, n, air) for n in index))


def basis_of(tracks: Tracks, n: int, air: PressureModel | None) -> Basis:
    """Track n as it stands in the picture."""
    radius_m = math.ceil(min(float(tracks.radius_m[n]), MAX_UNCERTAINTY_M))
    return Basis(
        tracks.ids[n],
        int(tracks.seen_ms[n]),
        position_of(tracks, n),
        radius_m,
        band_of(tracks, n, air),
        tracks.owner[n],
    )


def position_of(tracks: Tracks, n: int) -> Position:
    return Position(lat_deg=float(tracks.lat_deg[n]), lon_deg=float(tracks.lon_deg[n]))


def band_of(tracks: Tracks, n: int, air: PressureModel | None) -> Band | None:
    """The heights it may be at: from a height above the ellipsoid, else from pressure by the model
    of the air; None if neither says it."""
    half_m = float(np.nan_to_num(tracks.vertical_m[n]))
    height_m, pressure_m = float(tracks.height_m[n]), float(tracks.pressure_m[n])
    if math.isfinite(height_m):
        return _around(Height.metres(height_m), half_m)
    if math.isfinite(pressure_m) and air is not None:
        return PressureAltitude.metres(pressure_m).band(air).widened(half_m)
    return None


@dataclass(frozen=True, slots=True)
class Places:
    """Where a track may be now, by its ref."""

    tracks: Tracks
    air: PressureModel | None

    def __call__(self, ref: str) -> tuple[Area, Band | None] | None:
        for n in _places(self.tracks, [ref.removeprefix(TRACK)]):
            one = basis_of(self.tracks, n, self.air)
            return Area.circle(one.position, one.uncertainty_m), one.band
        return None


def _around(height: Height, half_m: float) -> Band:
    return Band(height, height).widened(half_m)


def _places(tracks: Tracks, ids: list[str]) -> list[int]:
    """Where these ids stand in the picture; ids are in the order of code points."""
    found = []
    for track in dict.fromkeys(ids):
        n = bisect_left(tracks.ids, track)
        if n < len(tracks) and tracks.ids[n] == track:
            found.append(n)
    return found
