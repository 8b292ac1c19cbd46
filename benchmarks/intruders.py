"""A recorded day of real traffic, and synthetic intruders put into it that lose separation.

Each intruder is made backwards from a real aircraft: where that one is at a chosen instant, the
intruder is within 5 NM and 900 ft, having come there in the manner of its family. It reports as
the real ones do: every 10 s, 25 ft, 64 ft/min with the real day's flicker, whole knots each way,
up to 2 s late and off by some 30 m. What is true of it is kept at every second.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from parley.space import Position, PressureAltitude
from parley.watch.report import Ident, Report

Floats = npt.NDArray[np.float64]

NM = 1852.0
FT = 0.3048
KT = NM / 3600
FPM = FT / 60
EVERY_S = 10
LOSS_M = 5 * NM
LOSS_UP_M = 900 * FT
LOOKAHEAD_S = 300
FORESEEN_S = 80
"""A minute, and two reports: one that is spoiled must not decide."""
SAME_S, SAME_SHARE = 30, 1.25
"""What is predicted for later than this, and so many times as far ahead, is another loss than
the one that comes: a manoeuvre has brought it forward."""
NORTH_M, EAST_M = 6_369_395.0, 6_389_512.0
"""Radii of curvature of WGS-84 over Switzerland: metres a radian of latitude and of longitude
(this one times the cosine of the latitude)."""
FAMILIES = (
    "crossing",
    "head-on",
    "overtaking",
    "climb-through",
    "level-off",
    "climb-in",
    "turn-in",
    "speed-up",
    "drift",
)
CHANCE = "by chance"
"""An intruder made for one aircraft that meets another one as well."""


@dataclass(frozen=True)
class Flight:
    """One aircraft: t in seconds from the day's start; x = longitude times EAST_M, y = latitude
    times NORTH_M; z in metres of pressure altitude; m/s east, north and up."""

    t: Floats
    x: Floats
    y: Floats
    z: Floats
    vx: Floats
    vy: Floats
    vz: Floats

    def between(self, first: float, last: float) -> Flight:
        on = (self.t >= first) & (self.t <= last)
        return Flight(*(getattr(self, name)[on] for name in ("t", "x", "y", "z", "vx", "vy", "vz")))


@dataclass(frozen=True)
class Intruder:
    """id and target are track ids. since_s: when both are seen; loss_s: when separation is lost
    (1 s interpolation). foreseen_s: for so long before that the straight-line prediction of the
    true states has said so without a break. began_s: the last manoeuvre's begin before the loss,
    NaN if there was none. hidden: no report of the two, coarse as they are, is within the minima.
    """

    id: str
    family: str
    target: str
    since_s: float
    loss_s: float
    foreseen_s: float
    began_s: float
    hidden: bool
    reported: Flight

    @property
    def late(self) -> bool:
        """The manoeuvre that brought it about began too late to be foreseen."""
        return self.loss_s - self.began_s < FORESEEN_S

    @property
    def foreseeable(self) -> bool:
        return self.foreseen_s >= FORESEEN_S and not self.hidden


def shared() -> Path:
    """The folder of recorded data."""
    here = Path(__file__).resolve().parents[1] / ".." / "shared"
    return Path(os.environ.get("PARLEY_SHARED", here)) / "data"


def load(path: Path) -> tuple[int, dict[str, Flight]]:
    """The first instant in milliseconds, and each aircraft by its track id."""
    with gzip.open(path) as file:
        rows = json.load(file)
    first_ms = min(row["timestamp"] for row in rows)
    by: dict[str, list[dict[str, float]]] = {}
    for row in rows:
        by.setdefault(f"icao:{row['icao24']}", []).append(row)
    return first_ms, {key: _path(by[key], first_ms) for key in sorted(by)}


def _path(rows: list[dict[str, float]], first_ms: int) -> Flight:
    rows = sorted(rows, key=lambda row: row["timestamp"])

    def column(name: str) -> Floats:
        return np.array([row[name] for row in rows], dtype=np.float64)

    speed, course = column("groundspeed") * KT, np.radians(column("track"))
    return Flight(
        (column("timestamp") - first_ms) / 1000,
        np.radians(column("longitude")) * EAST_M,
        np.radians(column("latitude")) * NORTH_M,
        column("altitude") * FT,
        speed * np.sin(course),
        speed * np.cos(course),
        column("vertical_rate") * FPM,
    )


def reports(path: Flight, track: str, first_ms: int) -> Iterator[Report]:
    """What the picture takes, in the order of time."""
    kind, _, name = track.partition(":")
    ident = Ident(icao24=name) if kind == "icao" else Ident(uid=track)
    speed = np.hypot(path.vx, path.vy)
    course = np.degrees(np.arctan2(path.vx, path.vy)) % 360.0
    lat, lon = np.degrees(path.y / NORTH_M), np.degrees(path.x / EAST_M)
    for n in range(len(path.t)):
        yield Report(
            "day",
            first_ms + round(1000 * float(path.t[n])),
            ident,
            position=Position(lat_deg=float(lat[n]), lon_deg=float(lon[n])),
            accuracy_m=100.0,
            pressure=PressureAltitude.metres(float(path.z[n])),
            speed_mps=float(speed[n]),
            course_deg=float(course[n]),
            climb_mps=float(path.vz[n]),
        )


def batches(paths: dict[str, Flight], first_ms: int) -> list[tuple[int, list[Report]]]:
    """Every 10 s what was reported in them: (now_ms, reports)."""
    by: dict[int, list[Report]] = {}
    for track in sorted(paths):
        for report in reports(paths[track], track, first_ms):
            by.setdefault(-(-report.seen_ms // 10_000) * 10_000, []).append(report)
    return sorted(by.items())


def ahead(a: tuple[Floats, ...], d: tuple[Floats, ...], loss_m: float, up_m: float) -> Floats:
    """Seconds until a straight line loses separation, from relative positions and velocities."""
    (x, y, z), (vx, vy, vz) = a, d
    v2 = np.maximum(vx * vx + vy * vy, 1e-9)
    dot = x * vx + y * vy
    disc = dot * dot - v2 * (x * x + y * y - loss_m * loss_m)
    root = np.sqrt(np.maximum(disc, 0.0))
    begin = np.where(disc > 0, (-dot - root) / v2, np.inf)
    end = np.where(disc > 0, (-dot + root) / v2, -np.inf)
    climbs = np.abs(vz) > 1e-9
    rate = np.where(climbs, vz, 1.0)
    low, high = (-up_m - z) / rate, (up_m - z) / rate
    near = np.abs(z) < up_m
    begin = np.maximum(
        begin, np.where(climbs, np.minimum(low, high), np.where(near, -np.inf, np.inf))
    )
    end = np.minimum(end, np.where(climbs, np.maximum(low, high), np.where(near, np.inf, -np.inf)))
    begin = np.maximum(begin, 0.0)
    return np.where(begin < end, begin, np.inf)


def truth(real: Flight, true: Flight) -> tuple[float, float, float] | None:
    """Since when both are there, when they lose separation, and for how long it was foreseen;
    None if they do not. Foreseen is what comes, not a loss that was to come much later. The real
    one's climb is its mean over 30 s: its reports are coarse."""
    on = true.between(float(real.t[0]), float(real.t[-1]))
    if not len(on.t):
        return None
    at = {
        name: np.interp(on.t, real.t, getattr(real, name)) for name in ("x", "y", "z", "vx", "vy")
    }
    later, sooner = np.minimum(on.t + 15, real.t[-1]), np.maximum(on.t - 15, real.t[0])
    climb = (np.interp(later, real.t, real.z) - np.interp(sooner, real.t, real.z)) / (
        later - sooner
    )
    apart = _apart(on, at["x"], at["y"], at["z"])
    lost = _lost(apart)
    if not lost.any():
        return None
    k = int(np.argmax(lost))
    loss_s = float(on.t[k])
    rates = on.vx - at["vx"], on.vy - at["vy"], on.vz - climb
    within = ahead(apart, rates, LOSS_M, LOSS_UP_M)[:k]
    said = (within <= LOOKAHEAD_S) & (within <= SAME_SHARE * (loss_s - on.t[:k]) + SAME_S)
    silent = np.flatnonzero(~said)
    foreseen = k - (int(silent[-1]) + 1 if len(silent) else 0)
    return float(on.t[0]), loss_s, float(foreseen)


def _apart(one: Flight, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
    return np.cos((one.y + y) / 2 / NORTH_M) * (one.x - x), one.y - y, one.z - z


def _lost(apart: tuple[Floats, Floats, Floats]) -> npt.NDArray[np.bool_]:
    near: npt.NDArray[np.bool_] = np.hypot(apart[0], apart[1]) < LOSS_M
    return near & (np.abs(apart[2]) < LOSS_UP_M)


def _hidden(real: Flight, seen: Flight) -> bool:
    _, a, b = np.intersect1d(real.t, seen.t, return_indices=True)
    some = Flight(*(getattr(seen, name)[b] for name in ("t", "x", "y", "z", "vx", "vy", "vz")))
    return not bool(_lost(_apart(some, real.x[a], real.y[a], real.z[a])).any())


def legs(real: dict[str, Flight], first: float, last: float) -> list[tuple[str, Flight]]:
    """Where each aircraft is reported without a break, within a part of the day."""
    found = []
    for track, path in real.items():
        part = path.between(first, last)
        cuts = [0, *(np.flatnonzero(np.diff(part.t) > EVERY_S) + 1).tolist(), len(part.t)]
        for low, high in pairwise(cuts):
            if high - low > 20:
                found.append((track, part.between(part.t[low], part.t[high - 1])))
    return found


def inject(
    real: dict[str, Flight],
    seed: int,
    per_family: int,
    span: tuple[float, float] = (-math.inf, math.inf),
) -> list[Intruder]:
    """So many of each family, and whatever else they meet. Both aircraft are seen for 90 s or more
    before the loss. span: the part of the day, in seconds, in which they are."""
    rng = random.Random(seed)
    every = np.concatenate([path.vz for path in real.values()]) / FPM
    flicker = [float(v) for v in every if abs(v) <= 128]
    parts = legs(real, *span)
    made: list[Intruder] = []
    for family in FAMILIES:
        count = 0
        while count < per_family:
            target, part = rng.choice(parts)
            one = _intruder(rng, family, part)
            known = truth(part, one[0]) if one else None
            if one is None or known is None or known[1] - known[0] < 90:
                continue
            true, began = one
            name = f"zz-{family}-{seed}-{count}"
            seen = _reported(rng, true, flicker)
            last = began if began < known[1] else math.nan
            hidden = _hidden(part, seen)
            made.append(Intruder(name, family, target, *known, last, hidden, seen))
            made += _by_chance(parts, made[-1], true, began)
            count += 1
    return made


def _by_chance(
    parts: Sequence[tuple[str, Flight]], one: Intruder, true: Flight, began: float
) -> list[Intruder]:
    """The other real aircraft with which it loses separation too."""
    met = []
    for other, path in parts:
        if other == one.target or path.t[0] > true.t[-1] or path.t[-1] < true.t[0]:
            continue
        known = truth(path, true)
        if known is not None and known[1] - known[0] >= 90:
            last = began if began < known[1] else math.nan
            hidden = _hidden(path, one.reported)
            met.append(Intruder(one.id, CHANCE, other, *known, last, hidden, one.reported))
    return met


def _intruder(rng: random.Random, family: str, real: Flight) -> tuple[Flight, float] | None:
    """What is true of it at every second, and when its last manoeuvre began; None if the real one
    is not there for two minutes before the instant that was drawn."""
    i, born = rng.randrange(12, len(real.t) - 2), float(real.t[0])
    if real.t[i] - born < 120:
        return None
    at = float(real.t[i])
    begin = math.ceil(max(born - 60, at - rng.uniform(240, 700)) / EVERY_S) * EVERY_S
    s = np.arange(begin, min(at + 120, float(real.t[-1])) + 1.0)
    k = int(np.searchsorted(s, at))
    angle = {
        "crossing": (20, 160),
        "head-on": (160, 180),
        "overtaking": (0, 20),
        "drift": (0, 12),
        "speed-up": (5, 60),
    }.get(family, (10, 180))
    course = math.atan2(real.vx[i], real.vy[i]) + math.radians(
        rng.uniform(*angle) * rng.choice((-1, 1))
    )
    speed = np.full(len(s), rng.uniform(380, 500) * KT)
    if family == "overtaking":
        own = math.hypot(real.vx[i], real.vy[i])
        speed[:] = own + rng.choice((-1, 1)) * rng.uniform(25, 90) * KT
    began = math.nan
    if family == "speed-up":
        began = at - rng.uniform(60, 150)
        speed = speed * np.where(s < began, 1 - rng.uniform(0.03, 0.10), 1.0)
    turn = np.zeros(len(s))
    if family == "turn-in":
        began = at - rng.uniform(30, 120)
        rate = math.radians(rng.uniform(0.7, 2.0)) * rng.choice((-1, 1))
        lasts = math.radians(rng.uniform(15, 70)) / abs(rate)
        turn = np.where((s >= began) & (s < began + lasts), rate, 0.0)
    heading = _summed(turn)
    heading = course + heading - heading[k]
    vz, climbs = _climb(rng, family, s, at)
    began = climbs if math.isfinite(climbs) else began
    vx, vy = speed * np.sin(heading), speed * np.cos(heading)
    dvx, dvy = vx[k] - real.vx[i], vy[k] - real.vy[i]
    miss = rng.uniform(-4.5, 4.5) * NM / (math.hypot(dvx, dvy) + 1e-9)
    y, z = _summed(vy), _summed(vz)
    y = y - y[k] + real.y[i] + dvx * miss
    shrunk = np.cos(y / NORTH_M)
    x = _summed(vx / shrunk)
    return (
        Flight(
            s,
            x - x[k] + real.x[i] - dvy * miss / shrunk[k],
            y,
            z - z[k] + _height(rng, family, float(real.z[i]), float(vz[k])),
            vx,
            vy,
            vz,
        ),
        began,
    )


def _climb(rng: random.Random, family: str, s: Floats, at: float) -> tuple[Floats, float]:
    """The rate of climb, and when its last change began."""
    way = rng.choice((-1, 1))
    if family == "climb-through":
        return np.full(len(s), way * rng.uniform(500, 3000) * FPM), math.nan
    if family == "drift":
        return np.full(len(s), way * rng.uniform(100, 250) * FPM), math.nan
    if family == "level-off":
        rate, level = way * rng.uniform(500, 2500) * FPM, at - rng.uniform(20, 180)
        return np.clip((level + 10 - s) / 20, 0.0, 1.0) * rate, level - 10
    if family == "climb-in":
        rate, go = way * rng.uniform(700, 2500) * FPM, at - rng.uniform(30, 150)
        return np.clip((s - go) / 10, 0.0, 1.0) * rate, go
    return np.zeros(len(s)), math.nan


def _height(rng: random.Random, family: str, real_m: float, rate: float) -> float:
    """At the chosen instant: of those that climb, most are then just coming within 900 ft."""
    if family in ("climb-through", "climb-in", "drift") and rng.random() < 0.6:
        return real_m - math.copysign(895 * FT, rate)
    if family in ("climb-through", "climb-in", "drift", "level-off"):
        return real_m + rng.uniform(-500, 500) * FT
    level = round(real_m / FT / 100) * 100 * FT
    return level + rng.choice((0, 0, 0, 1, -1)) * rng.uniform(0, 800) * FT


def _summed(rate: Floats) -> Floats:
    out: Floats = np.concatenate(([0.0], np.cumsum((rate[1:] + rate[:-1]) / 2)))
    return out


def _reported(rng: random.Random, true: Flight, flicker: Sequence[float]) -> Flight:
    at = np.flatnonzero(true.t % EVERY_S == 0)
    late = np.array([rng.uniform(0, 2) for _ in at])

    def noise(sigma: float) -> Floats:
        return np.array([rng.gauss(0, sigma) for _ in at])

    def whole(value: Floats, step: float) -> Floats:
        return np.round(value / step) * step

    rate = true.vz[at] + np.array([rng.choice(flicker) for _ in at]) * FPM
    return Flight(
        true.t[at],
        true.x[at] - (true.vx[at] * late + noise(30)) / np.cos(true.y[at] / NORTH_M),
        true.y[at] - true.vy[at] * late + noise(30),
        whole(true.z[at], 25 * FT),
        whole(true.vx[at] + noise(0.7 * KT), KT),
        whole(true.vy[at] + noise(0.7 * KT), KT),
        whole(rate, 64 * FPM),
    )
