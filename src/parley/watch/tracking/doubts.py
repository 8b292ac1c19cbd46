"""What is wrong with the tracks themselves, with identities and with sensors, as findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.watching import WatchRules
from parley.watch.tracking.merge import CODES, DUPLICATE, MISALIGNED
from parley.watch.tracking.registration import Registration
from parley.watch.tracking.sighted import KINDS, Rows
from parley.watch.tracks import Ints, Status, Tracks

UNITS = ("jump_m", "turn_m", "speed_mps", "climb_mps", "height_m")
"""What is measured of the impossible, by ``KINDS``."""
EXPLAINED = frozenset(("jump", "turn"))
"""What follows from one identity at two places, and is not told besides it."""
DOUBTED = sum(bit for bit, _ in CODES)


@dataclass(frozen=True, slots=True)
class Merged:
    """tracks; what was merged into them, in their order; the rows they come from: ``table``, by
    identity as ``order`` and ``starts`` say."""

    tracks: Tracks
    made: Rows
    table: Rows
    order: Ints
    starts: Ints

    def main_of(self) -> Ints:
        """By identity, the index of the track that bears its id, -1 for none."""
        found = np.full(len(self.starts), -1, dtype=np.int64)
        mains = np.flatnonzero(self.made["part"] == 1)
        found[self.made["track"][mains]] = mains
        return found

    def identity_of(self) -> Ints:
        """By row, the index of its identity, -1 for a row of nobody."""
        found = np.full(len(self.table), -1, dtype=np.int64)
        counts = np.diff(self.starts)
        found[self.order] = np.repeat(np.arange(len(counts)), counts)
        return found


def doubts(seen: Merged, rules: WatchRules, registrations: Sequence[Registration]) -> list[Finding]:
    """TRACK_LOST, POSITION_DOUBTED, duplicate identities, IMPOSSIBLE_MOTION, SENSOR_MISALIGNED.

    A warning where somebody must act: an aircraft lost in an emergency, a sensor to be taken out
    of use. All else is advice; that an aircraft on the ground is no longer seen needs nobody.
    """
    found = [*_lost(seen), *_doubted(seen), *_duplicates(seen), *_impossible(seen, rules)]
    return found + [_misaligned(r, seen.tracks.now_ms) for r in registrations if r.misaligned]


def _lost(seen: Merged) -> Iterator[Finding]:
    tracks = seen.tracks
    for i in np.flatnonzero(tracks.status == Status.LOST).tolist():
        emergency = bool(tracks.emergency[i])
        yield finding(
            Kind.TRACK_LOST,
            _lost_level(emergency, bool(tracks.on_ground[i])),
            (f"track:{tracks.ids[i]}",),
            parties=(tracks.owner[i],),
            window_ms=(int(tracks.seen_ms[i]), tracks.now_ms),
            measures={"age_s": int(tracks.age_s[i]), "radius_m": round(float(tracks.radius_m[i]))},
            codes=("emergency",) if emergency else (),
        )


def _lost_level(emergency: bool, on_ground: bool) -> Level:
    if emergency:
        return Level.WARNING
    return Level.INFO if on_ground else Level.ADVISORY


def _doubted(seen: Merged) -> Iterator[Finding]:
    """A misaligned sensor is told once, not for each track that it alone sees."""
    tracks, codes = seen.tracks, seen.made["codes"]
    for i in np.flatnonzero(codes & (DOUBTED & ~MISALIGNED)).tolist():
        yield finding(
            Kind.POSITION_DOUBTED,
            Level.ADVISORY,
            (f"track:{tracks.ids[i]}",),
            parties=(tracks.owner[i],),
            window_ms=(int(tracks.seen_ms[i]), tracks.now_ms),
            measures={
                "apart_m": round(float(seen.made["gap"][i])),
                "radius_m": round(float(tracks.radius_m[i])),
            },
            codes=[name for bit, name in CODES if int(codes[i]) & bit],
        )


def _duplicates(seen: Merged) -> Iterator[Finding]:
    tracks, made = seen.tracks, seen.made
    for i in np.flatnonzero((made["part"] == 1) & (made["codes"] & DUPLICATE != 0)).tolist():
        yield finding(
            Kind.IDENTITY_CONFLICT,
            Level.ADVISORY,
            (f"track:{tracks.ids[i]}",),
            parties=(tracks.owner[i],),
            window_ms=(int(tracks.seen_ms[i]), tracks.now_ms),
            measures={"apart_m": round(float(made["gap"][i]))},
            codes=("duplicate",),
        )


def _impossible(seen: Merged, rules: WatchRules) -> Iterator[Finding]:
    """By identity: what its sensors reported of it too often, lately."""
    tracks, table = seen.tracks, seen.table
    hold_ms = rules.plausible.hold_s * 1000
    now = (table["n_bad"] >= rules.plausible.hits) & (tracks.now_ms - table["t_bad"] <= hold_ms)
    rows = np.flatnonzero(now.any(axis=1))
    if not len(rows):
        return
    main_of, identity_of = seen.main_of(), seen.identity_of()
    duplicate = (seen.made["codes"] & DUPLICATE) != 0
    of: dict[int, list[tuple[int, int, float, int]]] = {}
    said = table[rows]
    for row, kinds, worst, firsts, counts in zip(
        rows.tolist(),
        now[rows].tolist(),
        said["bad"].tolist(),
        said["t_bad_first"].tolist(),
        said["n_bad"].tolist(),
        strict=True,
    ):
        main = int(main_of[identity_of[row]])
        for n, (holds, most, first, count) in enumerate(
            zip(kinds, worst, firsts, counts, strict=True)
        ):
            if holds and main >= 0 and not (duplicate[main] and KINDS[n] in EXPLAINED):
                of.setdefault(main, []).append((n, first, most, count))
    for i in sorted(of):
        measures = {UNITS[n]: round(most) for n, _, most, _ in sorted(of[i], key=_most)}
        measures["reports"] = sum(count for *_, count in of[i])
        yield finding(
            Kind.IMPOSSIBLE_MOTION,
            Level.ADVISORY,
            (f"track:{tracks.ids[i]}",),
            parties=(tracks.owner[i],),
            window_ms=(min(first for _, first, _, _ in of[i]), tracks.now_ms),
            measures=measures,
            codes={KINDS[n] for n, *_ in of[i]},
        )


def _most(said: tuple[int, int, float, int]) -> float:
    return said[2]


def _misaligned(found: Registration, now_ms: int) -> Finding:
    return finding(
        Kind.SENSOR_MISALIGNED,
        Level.WARNING,
        (f"sensor:{found.sensor}",),
        parties=(),
        window_ms=(found.from_ms, now_ms),
        measures={
            "rotation_mdeg": found.rotation_mdeg,
            "range_m": found.range_m,
            "offset_m": found.offset_m,
            "residual_m": found.residual_m,
            "tracks": found.tracks,
            "confidence_percent": found.confidence_percent,
        },
        codes=found.codes,
    )
