"""Aircraft whose crew or transponder says that they are in an emergency: told until it is over.

Whoever sees one has to pass it on as DISTRESS within the agreed time; the finding says whether
anybody did. A track that is no longer reported is still in its emergency.
"""

from __future__ import annotations

import numpy as np

from parley.rules.findings import Finding, Kind, Level, finding
from parley.watch.scene import Scene
from parley.watch.tracks import Tracks

NEW, PASSED_ON, NOT_PASSED_ON = "new", "passed-on", "not-passed-on"


class EmergencyWatch:
    """One call a sweep. Remembers when each emergency was first seen, for as long as it lasts."""

    def __init__(self) -> None:
        self._first_ms: dict[str, int] = {}

    def step(self, tracks: Tracks, scene: Scene) -> list[Finding]:
        """In the order of the ids. URGENT until a DISTRESS in force names it, then a WARNING.

        codes: "passed-on"; else "not-passed-on" once the agreed time is over (closed: exactly
        then it is not yet); else "new". A DISTRESS names a track by its id, its label or its
        address alone.
        """
        now_ms = tracks.now_ms
        calling = np.flatnonzero(tracks.emergency).tolist()
        first = {tracks.ids[n]: self._first_ms.get(tracks.ids[n], now_ms) for n in calling}
        self._first_ms = {track: min(seen_ms, now_ms) for track, seen_ms in first.items()}
        return [self._finding(tracks, n, scene) for n in calling]

    def _finding(self, tracks: Tracks, n: int, scene: Scene) -> Finding:
        track, now_ms = tracks.ids[n], tracks.now_ms
        first_ms = self._first_ms[track]
        names = {track, track.partition(":")[2], tracks.label[n]} - {""}
        passed_on = not names.isdisjoint(scene.distress)
        agreed = scene.agreement
        late = agreed is not None and now_ms - first_ms > 1000 * agreed.distress_pass_on_s
        code = PASSED_ON if passed_on else NOT_PASSED_ON if late else NEW
        return finding(
            Kind.EMERGENCY,
            Level.WARNING if passed_on else Level.URGENT,
            (f"track:{track}",),
            parties=(tracks.owner[n], *scene.parties),
            window_ms=(first_ms, now_ms),
            measures={"since_s": (now_ms - first_ms) // 1000},
            codes=(code,),
        )
