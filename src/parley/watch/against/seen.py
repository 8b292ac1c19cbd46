"""A picture made ready to be held against volumes: Cartesian, with bands of heights, sorted.

Chords on the Earth need no care at poles and antimeridian: a geodesic is never shorter than its
chord, and not shorter than the meridian's least radius times the difference of latitude.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from parley.rules.placed import ANY_HEIGHT
from parley.rules.watching import WatchRules
from parley.space import Position, PressureModel
from parley.watch.tracks import Bools, Floats, Ints, Status, Tracks

WIDE_M = 25_000.0
"""A track whose circle is larger than this is nowhere in particular: it begins no finding."""
A_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
E2 = FLATTENING * (2 - FLATTENING)
LEAST_MERIDIAN_M = A_M * (1 - E2)
LOWEST_CM = float(ANY_HEIGHT.floor.cm)
HIGHEST_CM = float(ANY_HEIGHT.ceiling.cm)


def frames(lat_deg: Floats, lon_deg: Floats) -> tuple[Floats, Floats, Floats]:
    """Of points on the ellipsoid: Earth-centred x, y, z in metres, and the unit vectors that
    point east and north there; each of shape (n, 3)."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    normal_m = A_M / np.sqrt(1 - E2 * sin_lat * sin_lat)
    place = np.column_stack(
        (
            normal_m * cos_lat * cos_lon,
            normal_m * cos_lat * sin_lon,
            normal_m * (1 - E2) * sin_lat,
        )
    )
    east = np.column_stack((-sin_lon, cos_lon, np.zeros_like(lon)))
    north = np.column_stack((-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat))
    return place, east, north


@dataclass(frozen=True, slots=True)
class _Held:
    codes: Ints
    parties: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """n tracks as the picture has them, and of each:

    usable: it has a position that can be, and a circle of at most ``WIDE_M``. place, velocity:
    Earth-centred metres and m/s, (n, 3); velocity 0 where speed or course is unknown or cannot
    be. known: its velocity is known. radius_m: of its circle, 0 if unknown. floor_cm, ceiling_cm:
    whole centimetres above the ellipsoid that hold it, everything if its height is unknown.
    climb_cm_s: 0 below the dead band or if unknown. counts: what had to be left out, by name.
    """

    tracks: Tracks
    usable: Bools
    place: Floats
    velocity: Floats
    known: Bools
    speed_mps: Floats
    radius_m: Floats
    floor_cm: Floats
    ceiling_cm: Floats
    climb_cm_s: Floats
    order: Ints
    lat_sorted: Floats
    counts: Mapping[str, int]

    @classmethod
    def of(cls, tracks: Tracks, rules: WatchRules, air: PressureModel | None) -> Seen:
        """The same for the same picture, whatever it was made from."""
        with np.errstate(invalid="ignore"):
            there = (np.abs(tracks.lat_deg) <= 90) & (np.abs(tracks.lon_deg) <= 360)
            wide = ~(tracks.radius_m <= WIDE_M) & ~np.isnan(tracks.radius_m)
            fast = tracks.speed_mps > rules.plausible.max_speed_mps
            known = (tracks.speed_mps >= 0) & ~fast & (np.abs(tracks.course_deg) <= 720)
            known &= there & (tracks.status != Status.LOST)
            radius = np.where(tracks.radius_m > 0, tracks.radius_m, 0.0)
        lat = np.where(there, tracks.lat_deg, 0.0)
        lon = np.where(there, tracks.lon_deg, 0.0)
        speed = np.where(known, tracks.speed_mps, 0.0)
        course = np.radians(np.where(known, tracks.course_deg, 0.0))
        place, east, north = frames(lat, lon)
        velocity = (speed * np.sin(course))[:, None] * east
        velocity += (speed * np.cos(course))[:, None] * north
        usable = there & ~wide
        floor, ceiling = _bands(tracks, air)
        chosen = np.flatnonzero(usable)
        order = chosen[np.argsort(lat[chosen], kind="stable")]
        counts = {"no-position": int((~there).sum()), "too-wide": int((wide & there).sum())}
        counts["impossible-speed"] = int(fast.sum())
        return cls(
            tracks,
            usable,
            place,
            velocity,
            known,
            speed,
            radius,
            floor,
            ceiling,
            _climbs(tracks, rules),
            order.astype(np.int64),
            lat[order],
            {name: count for name, count in counts.items() if count},
        )

    @cached_property
    def _held(self) -> _Held:
        names = sorted(set(self.tracks.owner) | {""})
        number = {name: n for n, name in enumerate(names)}
        codes = np.fromiter((number[o] for o in self.tracks.owner), np.int64, len(self.tracks))
        return _Held(codes, tuple(names))

    @property
    def owner_codes(self) -> Ints:
        """Of each track, the number of its owner; see ``code_of``."""
        return self._held.codes

    def code_of(self, party: str) -> int:
        """The number of a party in ``owner_codes``, -1 if it answers for no track."""
        parties = self._held.parties
        at = bisect.bisect_left(parties, party)
        return at if at < len(parties) and parties[at] == party else -1

    def index_of(self, track: str) -> int:
        """Where a track stands in the arrays, -1 if it is not in the picture."""
        ids = self.tracks.ids
        at = bisect.bisect_left(ids, track)
        return at if at < len(ids) and ids[at] == track else -1

    def position(self, index: int) -> Position:
        """Of a usable track."""
        lon = float(self.tracks.lon_deg[index])
        lon = lon if abs(lon) <= 180 else math.remainder(lon, 360.0)
        return Position(lat_deg=float(self.tracks.lat_deg[index]), lon_deg=lon)


def codes_of_status(tracks: Tracks, index: int) -> tuple[str, ...]:
    """What is said of a track that is not reported in time."""
    status = int(tracks.status[index])
    if status == Status.LIVE:
        return ()
    return ("lost",) if status == Status.LOST else ("coasting",)


def _bands(tracks: Tracks, air: PressureModel | None) -> tuple[Floats, Floats]:
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.maximum(tracks.vertical_m, 0.0)
        floor = np.floor((tracks.height_m - off) * 100 + 1e-6)
        ceiling = np.ceil((tracks.height_m + off) * 100 - 1e-6)
        if air is not None:
            low, high = air.bands_cm(tracks.pressure_m, off)
            unknown = ~np.isfinite(floor)
            floor, ceiling = np.where(unknown, low, floor), np.where(unknown, high, ceiling)
        unknown = ~(np.isfinite(floor) & np.isfinite(ceiling))
        floor = np.clip(np.where(unknown, LOWEST_CM, floor), LOWEST_CM, HIGHEST_CM)
        ceiling = np.clip(np.where(unknown, HIGHEST_CM, ceiling), LOWEST_CM, HIGHEST_CM)
    return floor, ceiling


def _climbs(tracks: Tracks, rules: WatchRules) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        steep = np.abs(tracks.climb_mps) <= rules.plausible.max_climb_mps
        climbing = steep & (np.abs(tracks.climb_mps) * 100 >= rules.calm.dead_band_cm_s)
        height_known = np.isfinite(tracks.height_m) | np.isfinite(tracks.pressure_m)
    moving = climbing & height_known & (tracks.status != Status.LOST)
    return np.where(moving, tracks.climb_mps * 100, 0.0)
