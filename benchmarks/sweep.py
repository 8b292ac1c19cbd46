"""The pairwise sweep against BlueSky's compiled detection, in one run on one world.

``python benchmarks/sweep.py --bluesky PYTHON``: an interpreter that has ``bluesky-simulator``
(GPL: a subprocess, never a dependency); ``--install`` makes one in a temporary folder; with
neither only ours is measured. Targets of the issue: the identical conflict set; 10,000 tracks in
10 ms, 20,000 in 30 ms, 100,000 in 0.5 s on two cores, from Motion to Pairs; linear memory.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
import venv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from parley.rules.watching import Cylinder, WellClear
from parley.watch.pairs.candidates import Run
from parley.watch.pairs.encounter import OPEN_M
from parley.watch.pairs.frame import Frame
from parley.watch.pairs.sweep import Motion, Pairs, sweep

CRUISE = Cylinder(926_000, 30_480)
WELL_CLEAR = WellClear(35, 122_232, 13_716)
AHEAD_S = 300
SEED = 20181008
BOTH = (1_000, 5_000, 10_000, 20_000)
OURS = (50_000, 100_000)
PEER_ROUNDS = {1_000: 9, 5_000: 5, 10_000: 3, 20_000: 3}
ROUNDS = 15
LISTED = 10

PEER = """
import sys, time
import numpy as np
from bluesky.traffic.asas import cstatebased
a = np.load(sys.argv[1])
class Traffic: pass
t = Traffic()
for name in ("lat", "lon", "trk", "gs", "alt", "vs"):
    setattr(t, name, np.ascontiguousarray(a[name], dtype=np.float64))
n = len(t.lat)
t.id, t.ntraf = [str(k) for k in range(n)], n
less = float(sys.argv[4])
rpz, hpz, ahead = np.full(n, 9260 - less), np.full(n, 304.8 - less), np.full(n, float(a["ahead"]))
took = []
for _ in range(int(sys.argv[3])):
    begin = time.perf_counter()
    found = cstatebased.detect(t, t, rpz, hpz, ahead)
    took.append(time.perf_counter() - begin)
pairs = np.array([[int(i), int(j)] for i, j in found[0]], dtype=np.int64).reshape(-1, 2)
np.savez(sys.argv[2], took=took, pairs=pairs, dcpa=found[6], tcpa=found[7], tin=found[8])
"""
COLD = """
import time
begin = time.perf_counter()
from benchmarks.sweep import AHEAD_S, CRUISE, sweep, world
imported = time.perf_counter()
sweep(world(100), [CRUISE], AHEAD_S)
print(imported - begin, time.perf_counter() - imported)
"""


def world(n: int) -> Motion:
    """Europe, 36-60N 10W-30E: 70 % on a 1,000-ft level from 100 to 400, the others anywhere
    between and climbing or descending at up to 12 m/s; 180 to 260 m/s on any course."""
    rng = np.random.default_rng([SEED, n])
    level = rng.random(n) < 0.7
    flight_level_m = rng.integers(10, 41, n) * 304.8
    unknown = np.full(n, np.nan)
    return Motion(
        lat_deg=rng.uniform(36, 60, n),
        lon_deg=rng.uniform(-10, 30, n),
        speed_mps=rng.uniform(180, 260, n),
        course_deg=rng.uniform(0, 360, n),
        climb_mps=np.where(level, 0.0, rng.uniform(-12, 12, n)),
        pressure_m=np.where(level, flight_level_m, rng.uniform(3048, 12192, n)),
        height_m=unknown,
        equivalent_m=unknown,
        slack_m=np.zeros(n),
        group=np.zeros(n, np.int64),
        active=np.ones(n, np.bool_),
    )


def timed(work: Callable[[], Pairs], rounds: int = ROUNDS) -> tuple[Pairs, list[float]]:
    """What it gives, and the milliseconds of ``rounds`` runs after one that does not count."""
    result, took = work(), []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        took.append(1e3 * (time.perf_counter() - begin))
    return result, took


def spread(took: list[float]) -> str:
    return f"{statistics.median(took):9.1f} ms ({min(took):.1f} to {max(took):.1f})"


def peak_bytes(motion: Motion, run: Run) -> int:
    """Most memory that one sweep holds at a time, beyond its input."""
    tracemalloc.start()
    try:
        sweep(motion, [CRUISE], AHEAD_S, run=run)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def ask_peer(
    python: Path, motion: Motion, rounds: int, less_m: float = 0.0
) -> dict[str, np.ndarray]:
    """What the peer finds, with its minima ``less_m`` smaller, and the seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder, "world.npz"), Path(folder, "answer.npz")
        np.savez(
            given, lat=motion.lat_deg, lon=motion.lon_deg, trk=motion.course_deg,
            gs=motion.speed_mps, alt=motion.pressure_m, vs=motion.climb_mps, ahead=AHEAD_S,
        )  # fmt: skip
        subprocess.run(
            [python, "-W", "ignore", "-c", PEER, given, answer, str(rounds), str(less_m)],
            check=True, stdout=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        with np.load(answer) as arrays:
            return dict(arrays)


def why(motion: Motion, i: int, j: int, dcpa_m: float) -> str:
    apart = abs(motion.pressure_m[i] - motion.pressure_m[j])
    level = motion.climb_mps[i] == motion.climb_mps[j]
    if level and abs(apart - 304.8) < 0.01:
        return f"exactly 1,000 ft apart (304.8 m {apart - 304.8:+.1e}): rounding"
    if abs(dcpa_m - 9260) < 0.02:
        return f"misses by 5 NM {dcpa_m - 9260:+.4f} m"
    return "NOT EXPLAINED"


def compare(motion: Motion, flat: Pairs, peer: dict[str, np.ndarray]) -> None:
    """The peer's conflicts (each seen from both sides) against ours in its own geometry."""
    directed = set(map(tuple, peer["pairs"].tolist()))
    theirs = {(i, j) for i, j in directed if i < j} | {(j, i) for i, j in directed if j < i}
    ours = set(zip(flat.i.tolist(), flat.j.tolist(), strict=True))
    one_sided = sum((j, i) not in directed for i, j in directed)
    print(f"    pairs: peer {len(theirs)} ({one_sided} seen from one side only), ours {len(ours)};"
          f" only peer {len(theirs - ours)}, only ours {len(ours - theirs)}")  # fmt: skip
    dcpa = dict(zip(map(tuple, peer["pairs"].tolist()), peer["dcpa"].tolist(), strict=True))
    reasons: dict[str, int] = {}
    for at, (i, j) in enumerate(sorted(theirs ^ ours)):
        reason = why(motion, i, j, dcpa.get((i, j), dcpa.get((j, i), np.nan)))
        reasons[reason.split(" (")[0]] = reasons.get(reason.split(" (")[0], 0) + 1
        if at < LISTED:
            print(f"      {'peer' if (i, j) in theirs else 'ours'} only: {i} and {j}: {reason}")
    for reason, count in reasons.items():
        print(f"      {count} x {reason}")
    tin = dict(zip(map(tuple, peer["pairs"].tolist()), peer["tin"].tolist(), strict=True))
    off = [
        abs(begin - max(0.0, tin[i, j]))
        for i, j, begin in zip(flat.i, flat.j, flat.time_in_s[0], strict=True)
        if (i, j) in tin
    ]
    if max(off, default=0.0) < 1e-6:
        print(f"    time to violation differs by {max(off, default=0.0):.1e} s at most")


def measure(n: int, run: Run, python: Path | None) -> None:
    motion = world(n)
    print(f"{n:,} tracks")
    pairs, two = timed(lambda: sweep(motion, [CRUISE], AHEAD_S, run=run))
    _, one = timed(lambda: sweep(motion, [CRUISE], AHEAD_S), 5)
    flat = sweep(motion, [CRUISE], AHEAD_S, run=run, frame=Frame.FLAT)
    _, both = timed(lambda: sweep(motion, [CRUISE, WELL_CLEAR], AHEAD_S, run=run), 7)
    print(f"  ours, two threads {spread(two)}, {len(pairs):,} pairs, {pairs.truncated} truncated")
    begin = time.process_time()
    for _ in range(5):
        sweep(motion, [CRUISE], AHEAD_S)
    work = 1e3 * (time.process_time() - begin) / 5
    print(f"  ours, one thread  {spread(one)}, {work:.1f} ms of processor time")
    print(f"  with well-clear   {spread(both)}")
    peak = peak_bytes(motion, run)
    print(f"  peak memory       {peak / 1e6:9.1f} MB, {peak / n:,.0f} bytes a track")
    keys = [set((p.i * n + p.j).tolist()) for p in (pairs, flat)]
    print(f"  geometry: {len(keys[0] - keys[1])} pairs only in the tangent frame,"
          f" {len(keys[1] - keys[0])} only in the flat one (meridians converge)")  # fmt: skip
    if python is not None and n in PEER_ROUNDS:
        peer = ask_peer(python, motion, PEER_ROUNDS[n])
        took = (1e3 * peer["took"]).tolist()
        ratio = statistics.median(took) / statistics.median(two)
        alone = statistics.median(took) / statistics.median(one)
        print(f"  peer, one thread  {spread(took)}: {ratio:,.0f} times ours ({alone:,.0f} on one)")
        compare(motion, flat, peer)
        print(f"    and with minima that are {OPEN_M} m less, as ours decides")
        compare(motion, flat, ask_peer(python, motion, 1, OPEN_M))


def start_up() -> None:
    """A process's import and first sweep, with nothing compiled before and with the cache."""
    root = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory() as folder:
        place = {**os.environ, "NUMBA_CACHE_DIR": folder, "PYTHONPATH": str(root)}
        for name in ("nothing compiled", "compiled before"):
            done = subprocess.run(
                [sys.executable, "-c", COLD], check=True, env=place, capture_output=True, text=True
            )
            imports, first = map(float, done.stdout.split())
            print(f"start, {name}: imports {imports:.2f} s, first sweep {first:.2f} s")


def install(folder: str) -> Path:
    venv.create(folder, with_pip=True)
    python = Path(folder, "bin", "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "bluesky-simulator"], check=True)
    return python


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bluesky", type=Path, help="a Python that has bluesky-simulator")
    options.add_argument("--install", action="store_true", help="make one for this run")
    options.add_argument("--sizes", type=int, nargs="*", default=[*BOTH, *OURS])
    chosen = options.parse_args()
    machine.banner(f"Sweep: 5 NM / 1,000 ft / {AHEAD_S} s, seeds ({SEED}, n)")
    start_up()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        python = install(folder) if chosen.install else chosen.bluesky
        for n in chosen.sizes:
            measure(n, pool.map, python)


if __name__ == "__main__":
    main()
