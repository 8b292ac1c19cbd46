"""Whether a flight is where and when its notice declared it to be.

Only reports count, and only those in time: a track that is late is neither on nor off, whatever
its old position or its carried-on one would say. So many reports in a row (``hits``) make a
finding and take it back. A notice of several volumes is judged by those that are open now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.watching import WatchRules
from parley.watch.against.reach import Pairs, Shapes, apart, exact_m, near, within_m
from parley.watch.against.seen import Seen, codes_of_status
from parley.watch.scene import Intent, Scene
from parley.watch.tracks import Bools, Floats, Ints, Status, Tracks

EARLY_S = 900
"""A flight that no person bound to a notice is early for it only within this before its start."""
_GRAVE = frozenset({"place", "height", "overrun"})


@dataclass(slots=True)
class _Flight:
    """A track and the notice it flies by. joined: it was in a volume of it that was open, or a
    person bound it. on, off: reports in a row; codes: what is told."""

    ref: str
    by_person: bool
    joined: bool = False
    seen_ms: int = -1
    off: int = 0
    on: int = 0
    first_ms: int = 0
    codes: tuple[str, ...] = ()
    measures: dict[str, int] = field(default_factory=dict)
    seen: bool = False
    landed: bool = False


@dataclass(frozen=True, slots=True)
class _Verdict:
    """code: "" for on; None for neither."""

    code: str | None
    measures: dict[str, int] = field(default_factory=dict)


class ConformanceWatch:
    """Which track flies which notice, and how far it is off. One call a sweep.

    A track flies the notice that a person bound it to; otherwise one of its owner's in whose
    aircraft volumes it was while they were open, for as long as it is in no other of them.
    counts: bindings that lead nowhere, by name.
    """

    def __init__(self, rules: WatchRules) -> None:
        self._rules = rules
        self._intents: tuple[Intent, ...] | None = None
        self._shapes = Shapes.of(())
        self._intent_of: Ints = np.zeros(0, np.int64)
        self._by_ref: dict[str, int] = {}
        self._rows: list[Ints] = []
        self._flights: dict[str, _Flight] = {}
        self.counts: dict[str, int] = {}

    @property
    def flown(self) -> dict[str, str]:
        """Which notice each track flies by, as far as it is known: track id -> ref."""
        return {track: flight.ref for track, flight in sorted(self._flights.items())}

    def step(self, tracks: Tracks, scene: Scene, seen: Seen | None = None) -> list[Finding]:
        """The findings at ``tracks.now_ms``, in no particular order."""
        seen = seen or Seen.of(tracks, self._rules, scene.air)
        self._build(scene.intents)
        self._forget(seen, scene)
        self._bind(scene)
        self._join(seen)
        self._judge(seen)
        return self._told(seen, scene)

    def _build(self, intents: tuple[Intent, ...]) -> None:
        if intents is self._intents:
            return
        rows = [(n, row) for n, intent in enumerate(intents) for row in intent.aircraft]
        self._intents = intents
        self._shapes = Shapes.of([row.volume for _, row in rows])
        self._intent_of = np.array([n for n, _ in rows], dtype=np.int64)
        self._by_ref = {intent.ref: n for n, intent in enumerate(intents)}
        self._rows = [np.flatnonzero(self._intent_of == n) for n in range(len(intents))]

    def _intent(self, ref: str) -> Intent | None:
        """The notice, if it is open and says where its aircraft are."""
        n = self._by_ref.get(ref, -1)
        if n < 0 or self._intents is None or not len(self._rows[n]):
            return None
        return None if self._intents[n].closed else self._intents[n]

    def _forget(self, seen: Seen, scene: Scene) -> None:
        for track, flight in list(self._flights.items()):
            unbound = flight.by_person and scene.bound.get(track) != flight.ref
            passed = not flight.joined and not flight.codes and flight.on > 0
            intent, at = self._intent(flight.ref), seen.index_of(track)
            if intent is not None and at >= 0 and not flight.by_person:
                unbound = seen.tracks.owner[at] != intent.party
            if unbound or passed or intent is None:
                del self._flights[track]

    def _bind(self, scene: Scene) -> None:
        self.counts = {}
        for track, ref in scene.bound.items():
            if self._intent(ref) is None:
                if ref not in self._by_ref:
                    self.counts["bound-to-nothing"] = self.counts.get("bound-to-nothing", 0) + 1
                continue
            known = self._flights.get(track)
            if known is None or known.ref != ref:
                self._flights[track] = _Flight(ref, by_person=True, joined=True)
            else:
                known.by_person = known.joined = True

    def _join(self, seen: Seen) -> None:
        """Bind the tracks that nobody bound and that are in a volume of their owner's now, or
        are there too early."""
        shapes, now = self._shapes, seen.tracks.now_ms
        soon = (shapes.start_ms - 1000 * EARLY_S <= now) & (now <= shapes.end_ms)
        wanted = (seen.tracks.status == Status.LIVE) & ~seen.tracks.on_ground
        owners = np.array([self._owner_code(seen, n) for n in range(len(self._rows))], np.int64)
        wanted &= np.isin(seen.owner_codes, owners)
        if not soon.any() or not wanted.any():
            return
        pairs = near(seen, shapes, ahead_s=0.0, wanted=wanted, live=soon)
        pairs = pairs.some(seen.owner_codes[pairs.track] == owners[self._intent_of[pairs.shape]])
        gap = apart(seen, shapes, pairs)
        inside = within_m(seen, shapes, pairs, gap, seen.radius_m[pairs.track]) & gap.level()
        there: dict[int, list[tuple[bool, int, str]]] = {}
        for n in np.flatnonzero(inside).tolist():
            ref = self._ref(int(pairs.shape[n]))
            choice = (not gap.open_now[n], round(float(gap.metres[n])), ref)
            there.setdefault(int(pairs.track[n]), []).append(choice)
        for at, choices in sorted(there.items()):
            self._choose(seen.tracks.ids[at], choices)

    def _owner_code(self, seen: Seen, intent: int) -> int:
        """-1 for a notice that is over or says nothing."""
        known = self._intents[intent] if self._intents else None
        if known is None or known.closed or not known.party:
            return -1
        return seen.code_of(known.party)

    def _ref(self, row: int) -> str:
        return self._intents[int(self._intent_of[row])].ref if self._intents else ""

    def _choose(self, track: str, choices: Sequence[tuple[bool, int, str]]) -> None:
        known = self._flights.get(track)
        if known is not None and known.by_person:
            return
        early, _, ref = min(choices)
        if known is not None:
            mine = [choice for choice in choices if choice[2] == known.ref]
            known.joined = known.joined or any(not soon for soon, _, _ in mine)
            if early or (mine and known.joined):
                return
        self._flights[track] = _Flight(ref, by_person=False, joined=not early)

    def _judge(self, seen: Seen) -> None:
        """Count the reports that are new and in time."""
        tracks, new = seen.tracks, []
        for track, flight in self._flights.items():
            at = seen.index_of(track)
            if at < 0:
                continue
            reported = int(tracks.seen_ms[at])
            live = tracks.status[at] == Status.LIVE
            flight.seen = flight.seen or bool(live)
            if live and reported != flight.seen_ms:
                flight.seen_ms = reported
                flight.landed = bool(tracks.on_ground[at])
                if seen.usable[at]:
                    new.append((flight, at))
        for (flight, _), verdict in zip(new, self._verdicts(seen, new), strict=True):
            self._count(flight, verdict)

    def _verdicts(self, seen: Seen, new: list[tuple[_Flight, int]]) -> list[_Verdict]:
        rules, shapes, now = self._rules.conformance, self._shapes, seen.tracks.now_ms
        open_now = (shapes.start_ms - 1000 * rules.early_s <= now) & (
            now <= shapes.end_ms + 1000 * rules.late_s
        )
        rows = [self._rows[self._by_ref[flight.ref]] for flight, _ in new]
        active = [some[open_now[some]] for some in rows]
        track = np.repeat([at for _, at in new], [len(a) for a in active]).astype(np.int64)
        shape = np.concatenate([*active, np.zeros(0, np.int64)]).astype(np.int64)
        pairs = Pairs(track, shape)
        gap = apart(seen, shapes, pairs)
        limit = seen.radius_m[track] + rules.horizontal_m
        across = within_m(seen, shapes, pairs, gap, limit)
        vertical = np.maximum(np.maximum(gap.below_cm, -gap.above_cm), 0.0) / 100
        found, first = [], 0
        for (flight, at), mine, every in zip(new, active, rows, strict=True):
            part = slice(first, first + len(mine))
            first += len(mine)
            if flight.landed:
                found.append(_Verdict(""))
            elif not len(mine):
                found.append(self._out_of_time(seen, flight, at, every))
            elif (across[part] & (vertical[part] <= rules.vertical_m)).any() or not flight.joined:
                found.append(_Verdict(""))
            elif across[part].any():
                off_m = float(vertical[part][across[part]].min())
                found.append(_Verdict("height", {"horizontal_m": 0, "vertical_m": round(off_m)}))
            else:
                found.append(self._out_of_place(seen, at, mine, gap.metres[part], vertical[part]))
        return found

    def _out_of_time(self, seen: Seen, flight: _Flight, at: int, rows: Ints) -> _Verdict:
        """Before the first volume or behind the last; between two of them nothing is said."""
        shapes, now = self._shapes, seen.tracks.now_ms
        start_ms, end_ms = int(shapes.start_ms[rows].min()), int(shapes.end_ms[rows].max())
        if now > end_ms:
            return _Verdict("overrun", {"late_s": (now - end_ms) // 1000})
        if now > start_ms:
            return _Verdict(None)
        if not flight.by_person and not self._in_some(seen, at, rows):
            return _Verdict("")
        return _Verdict("early", {"early_s": (start_ms - now) // 1000})

    def _in_some(self, seen: Seen, at: int, rows: Ints) -> bool:
        pairs = Pairs(np.full(len(rows), at, np.int64), rows)
        gap = apart(seen, self._shapes, pairs)
        inside: Bools = within_m(seen, self._shapes, pairs, gap, seen.radius_m[pairs.track])
        return bool((inside & gap.level()).any())

    def _out_of_place(
        self, seen: Seen, at: int, rows: Ints, metres: Floats, vertical: Floats
    ) -> _Verdict:
        nearest = int(np.argmin(metres))
        area = self._shapes.areas[int(rows[nearest])]
        exact = float(exact_m(seen, area, np.array([at]))[0])
        off_m = max(0.0, exact - float(seen.radius_m[at]))
        measures = {"horizontal_m": round(off_m), "vertical_m": round(float(vertical[nearest]))}
        return _Verdict("place", measures)

    def _count(self, flight: _Flight, verdict: _Verdict) -> None:
        hits = max(1, self._rules.conformance.hits)
        if verdict.code is None:
            return
        if verdict.code:
            flight.off, flight.on = flight.off + 1, 0
            if flight.off == 1 and not flight.codes:
                flight.first_ms = flight.seen_ms
            if flight.off >= hits or flight.codes:
                flight.codes, flight.measures = (verdict.code,), verdict.measures
            return
        flight.off, flight.on = 0, flight.on + 1
        if flight.on >= hits:
            flight.codes, flight.measures = (), {}

    def _told(self, seen: Seen, scene: Scene) -> list[Finding]:
        tracks, found = seen.tracks, []
        for track, flight in self._flights.items():
            intent = self._intent(flight.ref)
            if intent is None:
                continue
            at = seen.index_of(track)
            missed, measures = self._missed(tracks, flight, at)
            codes = (*flight.codes, *missed)
            if not codes:
                continue
            late = codes_of_status(tracks, at) if at >= 0 else ()
            first_ms = flight.first_ms if flight.codes else tracks.now_ms
            end_ms = max(row.volume.span.end_ms for row in intent.aircraft)
            grave = not _GRAVE.isdisjoint(codes)
            found.append(
                finding(
                    Kind.NONCONFORMANCE,
                    Level.WARNING if grave else Level.ADVISORY,
                    (flight.ref, f"track:{track}"),
                    parties=(intent.party, *scene.parties),
                    window_ms=(first_ms, max(first_ms, end_ms)),
                    measures=flight.measures | measures,
                    codes=(*codes, *late),
                )
            )
        return found

    def _missed(
        self, tracks: Tracks, flight: _Flight, at: int
    ) -> tuple[tuple[str, ...], dict[str, int]]:
        """What follows from a track that is not reported: never seen, or overdue."""
        if flight.landed or (at >= 0 and tracks.status[at] != Status.LOST):
            return (), {}
        rows, slack_ms = self._rows[self._by_ref[flight.ref]], 1000 * self._rules.conformance.late_s
        start_ms = int(self._shapes.start_ms[rows].min())
        end_ms = int(self._shapes.end_ms[rows].max())
        codes, measures = [], {}
        if flight.by_person and not flight.seen and tracks.now_ms > start_ms + slack_ms:
            codes.append("not-seen")
            measures["late_s"] = (tracks.now_ms - start_ms) // 1000
        if tracks.now_ms > end_ms + slack_ms:
            codes.append("overdue")
            measures["late_s"] = (tracks.now_ms - end_ms) // 1000
        return tuple(codes), measures
