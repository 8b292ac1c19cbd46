"""A recorded day of real traffic through the whole watch: how calm, how much is told in time.

    python benchmarks/calm.py [--per-family 60] [--seeds 1 2 3 11 12] [--no-curve] [--picture FILE]

The day is conflict-free (no pair within 5 NM and 900 ft), so whatever is told of two real
aircraft is a nuisance. Into it intruders are put (see ``intruders``): every loss of separation
must be told 60 s ahead or more, where it could be foreseen: where the straight-line prediction of
the true states has said so without a break for 80 s before the loss or more (60 s and two
reports; a spoiled one must not decide). What is left out is counted: a manoeuvre of the intruder
that began later, a line that was broken later (mostly the real one's own manoeuvre), a loss that
no report shows, coarse as they are. "told": of those, how many were told in time all the same.
The parameters were chosen on seeds 1 to 3; seeds 11 and 12 were not looked at before. Targets:
fewer than 91 pairs at 300 s, all told in time, 1,000 times real time.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from benchmarks.intruders import (
    CHANCE,
    FAMILIES,
    Flight,
    Intruder,
    batches,
    inject,
    load,
    shared,
)
from parley.rules.findings import Kind, Level
from parley.rules.watching import AlertStep, CalmRules, Cylinder, WatchRules
from parley.watch.pairs.separation import Separation
from parley.watch.report import Report
from parley.watch.scene import Scene
from parley.watch.tracking.picture import Picture

IN_TIME_S = 60
TUNED = (1, 2, 3)
Batch = tuple[int, list[Report]]
Pair = tuple[str, str]
PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "calm.svg"


@dataclass(frozen=True)
class Run:
    """told: of each pair, when first and at what level at most."""

    told: dict[Pair, tuple[float, Level]]
    wall_s: float
    day_s: float


@dataclass(frozen=True)
class Score:
    """warned: seconds ahead of the loss, of those that could be foreseen; -inf if never."""

    pairs: int
    in_time: int
    foreseeable: int
    warned: list[float]


def watch(rules: WatchRules, feed: Sequence[Batch], first_ms: int) -> Run:
    """Picture.take, Picture.at and Separation.step, every 10 s of the day."""
    picture, separation = Picture(rules), Separation(rules)
    scene = Scene("watch", rules)
    told: dict[Pair, tuple[float, Level]] = {}
    begin = time.perf_counter()
    for now_ms, reports in feed:
        picture.take(reports, now_ms)
        for found in separation.step(picture.at(now_ms), scene):
            if found.kind is not Kind.PREDICTED_LOSS:
                continue
            a, b = (ref.removeprefix("track:") for ref in found.refs)
            since, level = told.get((a, b), ((now_ms - first_ms) / 1000, found.level))
            told[a, b] = since, max(level, found.level)
    wall = time.perf_counter() - begin
    return Run(told, wall, (feed[-1][0] - feed[0][0]) / 1000)


def merged(*feeds: Sequence[Batch]) -> list[Batch]:
    by: dict[int, list[Report]] = {}
    for feed in feeds:
        for now_ms, reports in feed:
            by.setdefault(now_ms, []).extend(reports)
    return sorted(by.items())


def is_real(pair: Pair) -> bool:
    return not any(track.startswith("zz-") for track in pair)


def warned_s(run: Run, one: Intruder) -> float:
    pair = min(one.id, one.target), max(one.id, one.target)
    return one.loss_s - run.told[pair][0] if pair in run.told else -math.inf


def score(run: Run, intruders: Sequence[Intruder]) -> Score:
    warned = [warned_s(run, i) for i in intruders if i.foreseeable]
    real = sum(is_real(pair) for pair in run.told)
    return Score(real, sum(w >= IN_TIME_S for w in warned), len(warned), warned)


def table(run: Run, intruders: Sequence[Intruder]) -> None:
    print("                          not foreseeable:                          foreseeable:")
    print(
        "  family         injected late manoeuvre line broken hidden (told)  all in time"
        "   p5 median s"
    )
    for family in (*FAMILIES, CHANCE):
        mine = [i for i in intruders if i.family == family]
        blind = [i for i in mine if not i.foreseeable]
        hidden = sum(i.hidden for i in blind)
        late = sum(i.late and not i.hidden for i in blind)
        lucky = sum(warned_s(run, i) >= IN_TIME_S for i in blind)
        some = score(run, mine)
        warned = some.warned or [math.nan]
        print(
            f"  {family:14s} {len(mine):8d} {late:14d} {len(blind) - late - hidden:11d} {hidden:6d}"
            f" {lucky:6d}  {some.foreseeable:3d} {some.in_time:7d}"
            f" {machine.quantile(warned, 0.05):4.0f} {machine.quantile(warned, 0.5):8.0f}"
        )


def settings() -> list[tuple[str, WatchRules]]:
    """Points of the curve: what is left out, and how much evidence is asked for."""
    calm = CalmRules()
    bare = replace(calm, steady_cm_s=10_000, levelling_cm_s2=10_000)
    naive = replace(bare, dead_band_cm_s=0, at_once_s=300)
    thousand = (AlertStep(Level.ADVISORY, Cylinder(926_000, 30_480), 300),)
    cruise = (AlertStep(Level.ADVISORY, Cylinder(926_000, 27_432), 300),)
    points = [
        ("naive: 1,000 ft, raw rates, first sight", WatchRules(thousand, calm=naive)),
        ("900 ft, raw rates, first sight", WatchRules(cruise, calm=naive)),
        ("900 ft, dead band, first sight", WatchRules(cruise, calm=replace(bare, at_once_s=300))),
        (
            "900 ft, dead band, three hits",
            WatchRules(
                cruise, calm=replace(bare, at_once_s=0, share_pct=0, climb_share_pct=0, hits=3)
            ),
        ),
    ]
    for share, climb in ((0, 0), (25, 50), (50, 100), (75, 150), (100, 200), (200, 400)):
        name = f"evidence {share} % ({climb} % in a climb)"
        if (share, climb) == (calm.share_pct, calm.climb_share_pct):
            name += ": the default"
        points.append(
            (name, WatchRules(calm=replace(calm, share_pct=share, climb_share_pct=climb)))
        )
    points += [
        (f"the default, at once within {s} s", WatchRules(calm=replace(calm, at_once_s=s)))
        for s in (60, 70, 100, 120)
    ]
    return points


def curve(
    feed: Sequence[Batch], first_ms: int, intruders: Sequence[Intruder]
) -> list[tuple[str, Score]]:
    found = []
    print(f"  {'':47s} pairs   in time      p5  median s")
    for n, (name, rules) in enumerate(settings(), 1):
        some = score(watch(rules, feed, first_ms), intruders)
        found.append((name, some))
        print(
            f"  {n:2d}  {name:43s} {some.pairs:5d} {some.in_time:5d}/{some.foreseeable:d}"
            f" {machine.quantile(some.warned, 0.05):6.0f}"
            f" {machine.quantile(some.warned, 0.5):8.0f}",
            flush=True,
        )
    return found


WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 1180, 480, 70, 40, 530, 60
GOOD, POOR = "#117744", "#cc6600"


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{words}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, more: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {more}/>'


def _x(pairs: int) -> float:
    low, most = math.log10(40), math.log10(1000)
    return LEFT + (math.log10(max(40, pairs)) - low) / (most - low) * (WIDE - LEFT - RIGHT)


def _y(seconds: float) -> float:
    return HIGH - BOTTOM - (seconds - 60) / 240 * (HIGH - TOP - BOTTOM)


def _axes() -> list[str]:
    out = [
        _line(_x(n), TOP, _x(n), HIGH - BOTTOM, 'stroke="#ddd"') for n in (50, 100, 200, 500, 1000)
    ]
    out += [
        _text(_x(n), HIGH - BOTTOM + 18, str(n), ' text-anchor="middle"')
        for n in (50, 100, 200, 500, 1000)
    ]
    for seconds in range(60, 301, 60):
        out += [
            _line(LEFT, _y(seconds), WIDE - RIGHT, _y(seconds), 'stroke="#ddd"'),
            _text(LEFT - 8, _y(seconds) + 4, str(seconds), ' text-anchor="end"'),
        ]
    out += [
        _line(_x(91), TOP, _x(91), HIGH - BOTTOM, 'stroke="#aa3333" stroke-dasharray="6 4"'),
        _text((LEFT + WIDE - RIGHT) / 2, HIGH - 16, "pairs alerted on the clean day (dashed: 91)",
              ' text-anchor="middle"'),
        f'<text transform="translate(20 {(TOP + HIGH - BOTTOM) / 2}) rotate(-90)" '
        'text-anchor="middle">median warning of an injected conflict, seconds</text>',
    ]  # fmt: skip
    return out


def draw(points: Sequence[tuple[str, Score]], path: Path) -> None:
    """Pairs alerted on the clean day against the median warning; the recall in the legend."""
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Nuisance alerts against warning time and recall</title>",
        f'<rect width="{WIDE}" height="{HIGH}" fill="white"/>',
        _text(LEFT, 22, "A conflict-free day of real traffic, 842 aircraft, 300 s ahead, and "
              "conflicts injected into it", ' font-size="14"'),
        *_axes(),
    ]  # fmt: skip
    legend = WIDE - RIGHT + 30
    for n, (name, some) in enumerate(points, 1):
        shade = GOOD if some.in_time == some.foreseeable else POOR
        x, y = _x(some.pairs), _y(machine.quantile(some.warned, 0.5))
        bold = ' font-weight="bold"' if "default" in name and "," not in name else ""
        words = f"{n}  {name}: {some.pairs} pairs, {some.in_time} of {some.foreseeable}"
        out += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{shade}"/>',
            _text(x + 7, y - 5, str(n), bold),
            _text(legend, TOP + 22 * n, words, f' fill="{shade}"{bold}'),
        ]
    out += [
        _text(legend, HIGH - 62, "green: every foreseeable conflict told 60 s ahead or more",
              f' fill="{GOOD}"'),
        _text(legend, HIGH - 42, "orange: some told later, or not at all", f' fill="{POOR}"'),
        "</svg>",
    ]  # fmt: skip
    path.write_text("\n".join(out) + "\n")


def clean_day(feed: Sequence[Batch], first_ms: int) -> None:
    run = watch(WatchRules(), feed, first_ms)
    levels = Counter(level.name.lower() for _, level in run.told.values())
    half = run.day_s / 2
    early = sum(since < half for since, _ in run.told.values())
    print(
        f"  clean day: {len(run.told)} pairs told, {dict(sorted(levels.items()))} at most;"
        f" {early} in the first half of the day, {len(run.told) - early} in the second"
    )
    print(
        f"  speed: {run.day_s:,.0f} s of the day in {run.wall_s:.1f} s,"
        f" {run.day_s / run.wall_s:,.0f} times real time ({len(feed):,} sweeps)"
    )


def injected_day(
    name: str, real: dict[str, Flight], feed: Sequence[Batch], first_ms: int, per: int, seed: int
) -> tuple[list[Batch], list[Intruder]]:
    intruders = inject(real, seed, per)
    paths = {i.id: i.reported for i in intruders}
    both = merged(feed, batches(paths, first_ms))
    run = watch(WatchRules(), both, first_ms)
    some = score(run, intruders)
    print(
        f"  seed {seed} ({name}): {len(paths)} intruders, {len(intruders)} losses of separation;"
        f" {some.in_time} of {some.foreseeable} that could be foreseen told {IN_TIME_S} s ahead or"
        f" more; warning p5 {machine.quantile(some.warned, 0.05):.0f} s,"
        f" median {machine.quantile(some.warned, 0.5):.0f} s"
    )
    half = run.day_s / 2
    for label, part in (
        ("first half of the day", [i for i in intruders if i.loss_s < half]),
        ("second half", [i for i in intruders if i.loss_s >= half]),
    ):
        own = score(run, part)
        print(f"    {label}: {own.in_time} of {own.foreseeable}")
    table(run, intruders)
    for one in intruders:
        if one.foreseeable and warned_s(run, one) < IN_TIME_S:
            print(
                f"    late: {one.id} and {one.target}, {warned_s(run, one):.0f} s ahead,"
                f" foreseen for {one.foreseen_s:.0f} s, lost at {one.loss_s:.0f} s"
            )
    return both, intruders


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--per-family", type=int, default=60)
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 11, 12])
    options.add_argument("--no-curve", action="store_true")
    options.add_argument("--picture", type=Path, default=PICTURE)
    given = options.parse_args()
    path = shared() / "switzerland.json.gz"
    if not path.exists():
        print("the recorded day is absent")
        return
    machine.banner("a recorded day of real traffic, and intruders in it")
    first_ms, real = load(path)
    feed = batches(real, first_ms)
    watch(WatchRules(), feed[:60], first_ms)
    clean_day(feed, first_ms)
    for seed in given.seeds:
        name = "tuned on" if seed in TUNED else "held out"
        both, intruders = injected_day(name, real, feed, first_ms, given.per_family, seed)
    if not given.no_curve:
        print(f"  the trade-off, on seed {given.seeds[-1]}")
        draw(curve(both, first_ms, intruders), given.picture)


if __name__ == "__main__":
    main()
