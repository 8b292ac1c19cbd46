"""From reports to tracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.watching import WatchRules
from parley.space import Position
from parley.watch.report import Report
from parley.watch.tracks import Status, Tracks

FUTURE_MS = 5_000


class Picture:
    """The fold of the reports: explicit state, no clock, no randomness."""

    def __init__(
        self,
        rules: WatchRules,
        *,
        max_tracks: int = 200_000,
        sites: Mapping[str, Position] | None = None,
    ) -> None:
        self.rules = rules
        self.sites: Mapping[str, Position] = dict(sites or {})
        self.forgotten: list[str] = []
        self._max = max_tracks
        self._latest: dict[str, Report] = {}
        self._rejected: dict[str, int] = {}

    @property
    def rejected(self) -> Mapping[str, int]:
        """What was refused: name -> count, in the order of the names."""
        return dict(sorted(self._rejected.items()))

    def _refuse(self, name: str) -> None:
        self._rejected[name] = self._rejected.get(name, 0) + 1

    def take(self, reports: Sequence[Report], now_ms: int) -> None:
        """Fold reports in, in their order; what cannot be is counted in ``rejected``."""
        for report in reports:
            key = report.ident.key(report.sensor)
            last = self._latest.get(key)
            if not key:
                self._refuse("no-identity")
            elif report.seen_ms > now_ms + FUTURE_MS:
                self._refuse("time-in-future")
            elif last is not None and report.seen_ms < last.seen_ms:
                self._refuse("time-backwards")
            elif last is None and len(self._latest) >= self._max:
                self._refuse("no-room")
            elif report.position is not None:
                self._latest[key] = report

    def at(self, now_ms: int, owners: Mapping[str, str] | None = None) -> Tracks:
        """The tracks as they are believed to be at now_ms. owners: track id -> party."""
        owners = owners or {}
        ages = self.rules.ages
        self.forgotten = sorted(
            k for k, r in self._latest.items() if now_ms - r.seen_ms > 1000 * ages.forget_s
        )
        for key in self.forgotten:
            del self._latest[key]
        ids = tuple(sorted(self._latest))
        rows = [self._latest[i] for i in ids]
        at = [r.position for r in rows if r.position is not None]
        seen = np.array([r.seen_ms for r in rows], dtype=np.int64)
        age = np.maximum(0.0, (now_ms - seen) / 1000)
        accuracy = np.array([r.accuracy_m for r in rows], dtype=np.float64)
        return Tracks(
            now_ms,
            ids,
            np.array([p.lat_deg for p in at], dtype=np.float64),
            np.array([p.lon_deg for p in at], dtype=np.float64),
            np.where(np.isnan(accuracy), 200.0, accuracy) + ages.drift_cm_s2 / 200 * age**2,
            np.array([r.speed_mps for r in rows], dtype=np.float64),
            np.array([r.course_deg for r in rows], dtype=np.float64),
            np.array([r.climb_mps for r in rows], dtype=np.float64),
            np.array([r.pressure.m if r.pressure else np.nan for r in rows], dtype=np.float64),
            np.array([r.height.m if r.height else np.nan for r in rows], dtype=np.float64),
            np.full(len(rows), 15.0),
            seen,
            age,
            np.where(
                age > ages.lost_s, Status.LOST, np.where(age > ages.late_s, Status.COASTING, 0)
            ).astype(np.uint8),
            np.ones(len(rows), dtype=np.uint8),
            np.array([r.on_ground for r in rows], dtype=np.bool_),
            np.array([r.emergency for r in rows], dtype=np.bool_),
            np.array([r.doubted for r in rows], dtype=np.bool_),
            tuple(owners.get(i, r.owner) for i, r in zip(ids, rows, strict=True)),
            tuple(r.ident.callsign or r.label for r in rows),
        )

    def findings(self, tracks: Tracks) -> list[Finding]:
        """What is wrong with the tracks themselves."""
        return [
            finding(
                Kind.TRACK_LOST,
                Level.ADVISORY,
                (f"track:{tracks.ids[i]}",),
                parties=(tracks.owner[i],),
                window_ms=(int(tracks.seen_ms[i]), tracks.now_ms),
                measures={"age_s": int(tracks.age_s[i])},
            )
            for i in np.flatnonzero(tracks.status == Status.LOST)
        ]
