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
SOON_S = 60
UNKNOWN_MPS, MAX_SPEED_MPS = 300.0, 1_200.0
"""How fast a track may be whose speed is not known; what is faster is not believed."""


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
class Place:
    """Circles that hold a track: now, and for ``SOON_S`` on any course; its heights now."""

    now: Area
    soon: Area
    band: Band | None


@dataclass(frozen=True, slots=True)
class Places:
    """Where a track may be, by its ref."""

    tracks: Tracks
    air: PressureModel | None

    def __call__(self, ref: str) -> Place | None:
        for n in _places(self.tracks, [ref.removeprefix(TRACK)]):
            one = basis_of(self.tracks, n, self.air)
            speed_mps = min(float(self.tracks.speed_mps[n]), MAX_SPEED_MPS)
            way_m = SOON_S * (UNKNOWN_MPS if math.isnan(speed_mps) else speed_mps)
            soon_m = min(one.uncertainty_m + math.ceil(way_m), MAX_UNCERTAINTY_M)
            return Place(
                Area.circle(one.position, one.uncertainty_m),
                Area.circle(one.position, soon_m),
                one.band,
            )
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
