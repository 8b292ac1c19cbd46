"""The search under the sweep: which pairs may violate a volume, never one too few.

A pair that violates a volume within T is, at half of T, at most D + (v_i + v_j) T/2 apart. So each
track is carried on by T/2 and the tracks are put in rows of latitude, in the order of longitude
within a row; every track looks for the later ones within its reach, with the cheap tests first
(level, distance of the carried points) and the violation itself last. Tracks are in classes of
speed, each looking only into its own class and the slower ones: a fast one widens its own window
and nobody else's. Near misses pass (that is decided elsewhere); memory is linear in the tracks and
bounded in the pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

import numpy as np

from parley.rules.watching import Cylinder, WellClear
from parley.watch.pairs.frame import FLAT_RADIUS_M, MEAN_RADIUS_M, Frame, Placed, Uprights
from parley.watch.pairs.scanning import KEYS, LEAST_RADIUS_M, Index, scan
from parley.watch.tracks import Ints

CLASSES_MPS = (60.0, 320.0)
ROWS = 4_000
"""Rows from pole to pole, at most."""
FINE = 1.2
"""Rows to the widest ordinary window: more are fewer tests and more searches."""
CHUNKS, CHUNK = 24, 1_000
"""Work is lent out in so many parts at most, each of so many tracks at least."""

A = TypeVar("A")
B = TypeVar("B")


class Run(Protocol):
    """Like builtin ``map`` of one iterable: an executor's ``map`` lends its threads."""

    def __call__(self, work: Callable[[A], B], over: Iterable[A], /) -> Iterator[B]: ...


def search(
    placed: Placed,
    uprights: Uprights,
    group: Ints,
    volumes: Sequence[Cylinder | WellClear],
    ahead_s: float,
    most: int,
    run: Run,
) -> tuple[Ints, Ints, int]:
    """Indices i < j of every pair that violates a volume within ``ahead_s``, and of some that all
    but do, in the order of (i, j); and how many are left out because there are more than ``most``.

    Then the nearest in time are kept, of those now the nearest in place; within the last second
    (or step of range) that still has room, each track keeps its share.
    """
    n = len(group)
    index = _index(placed, uprights, group, volumes, ahead_s)
    bounds = np.linspace(0, n, min(CHUNKS, 1 + n // CHUNK) + 1).astype(np.int64).tolist()
    chunks = list(pairwise(bounds))
    parts = list(run(lambda c: _found(index, c, KEYS, 0, 1024 + 4 * (c[1] - c[0])), chunks))
    total, latest, quota = sum(part[1] for part in parts), KEYS, 0
    if total > most:
        sums = np.cumsum(np.sum([part[2] for part in parts], axis=0))
        latest = int(np.searchsorted(sums, most, side="right"))
        quota = (most - (int(sums[latest - 1]) if latest else 0)) // n

    def again(work: tuple[tuple[int, int], tuple[Ints, int, Ints]]) -> tuple[Ints, int, Ints]:
        (lo, hi), part = work
        if latest == KEYS:
            return part if len(part[0]) == part[1] else _found(index, (lo, hi), KEYS, 0, part[1])
        room = int(part[2][:latest].sum()) + min(int(part[2][latest]), quota * (hi - lo))
        return _found(index, (lo, hi), latest, quota, room)

    parts = list(run(again, list(zip(chunks, parts, strict=True))))
    pairs = np.concatenate([part[0] for part in parts])
    order = np.argsort(pairs[:, 0] * n + pairs[:, 1])
    return pairs[order, 0], pairs[order, 1], total - len(pairs)


def _found(
    index: Index, chunk: tuple[int, int], latest: int, quota: int, room: int
) -> tuple[Ints, int, Ints]:
    """Pairs, how many there would have been with enough room, and the tally."""
    out, tally = np.empty((room, 2), np.int64), np.zeros(KEYS, np.int64)
    found = scan(index, *chunk, latest, quota, out, tally, np.zeros(2, np.int64))
    return out[:found], found, tally


def _index(
    placed: Placed,
    uprights: Uprights,
    group: Ints,
    volumes: Sequence[Cylinder | WellClear],
    ahead_s: float,
) -> Index:
    shapes = np.array([_shape(volume) for volume in volumes])
    tau, coaltitude = float(shapes[:, 2].max()), float(shapes[:, 3].max())
    half_s = (ahead_s + tau) / 2
    flat = placed.frame is Frame.FLAT
    speed = np.sqrt((placed.velocity * placed.velocity).sum(axis=0))
    path = speed * half_s
    reach = path * (1.06 if flat else 1.001) + path * path / LEAST_RADIUS_M + 25.0
    carried = placed.carried(half_s)
    lon = np.arctan2(carried[1], carried[0])
    axial = np.sqrt(carried[0] * carried[0] + carried[1] * carried[1])
    lat, cosine = np.arctan2(carried[2], axial), axial / np.sqrt((carried * carried).sum(axis=0))
    of_class = np.searchsorted(CLASSES_MPS, speed)
    classes = len(CLASSES_MPS) + 1
    reaches = np.full(classes, -1.0)
    np.maximum.at(reaches, of_class, reach)
    slowest = reaches[reaches >= 0.0].min(initial=LEAST_RADIUS_M)
    window = (2 * slowest + float(shapes[:, 0].max())) / LEAST_RADIUS_M
    rows = int(min(ROWS, max(1.0, FINE * math.pi / window)))
    row = np.minimum(((lat + math.pi / 2) / (math.pi / rows)).astype(np.int64), rows - 1)
    cell = of_class * rows + row
    order = np.argsort(cell * 8.0 + lon)
    parallels = np.linspace(-math.pi / 2, math.pi / 2, rows + 1)
    edges = np.searchsorted(cell[order], np.arange(classes * rows + 1))
    near = np.stack((*carried, reach, uprights.pressure_m, uprights.climb_mps, lon, lat, cosine))
    full = np.concatenate((
        placed.point, placed.velocity, placed.right, placed.normal,
        np.stack((uprights.height_m, uprights.equivalent_m, uprights.slack_m)),
    ))  # fmt: skip
    who = np.stack((np.arange(len(group)), group, of_class, row))
    return Index(
        near=np.ascontiguousarray(near[:, order]),
        full=np.ascontiguousarray(full.T[order]),
        who=np.ascontiguousarray(who[:, order]),
        edges=edges,
        cosines=np.minimum(np.cos(parallels[:-1]), np.cos(parallels[1:])),
        reaches=reaches,
        volumes=shapes,
        ahead_s=float(ahead_s),
        upright_s=float(ahead_s) + coaltitude,
        widest_m=float(shapes[:, 0].max()),
        thickest_m=float(shapes[:, 1].max()),
        radius_m=FLAT_RADIUS_M if flat else MEAN_RADIUS_M,
        flat=flat,
    )


def _shape(volume: Cylinder | WellClear) -> tuple[float, float, float, float]:
    tau, coaltitude = (
        (volume.tau_s, volume.vertical_tau_s) if isinstance(volume, WellClear) else (0, 0)
    )
    return volume.horizontal_cm / 100, volume.vertical_cm / 100, float(tau), float(coaltitude)
