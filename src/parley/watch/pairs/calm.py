"""When what is predicted is told: evidence in seconds and fresh reports, and no flapping.

One state a pair, kept only while it is predicted or told. How often one looks does not matter:
evidence is gained between reports; only what is lost or taken back goes by ``now_ms``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from parley.rules.findings import Level
from parley.rules.watching import CalmRules

MAX_PAIRS = 200_000
"""So many pairs are remembered; of others only what is near is told."""
LAPSE_MS = 30_000
"""No silence between two reports counts for more evidence than this."""
FORGETS = 2
"""How much faster evidence is lost than it was gained."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sight:
    """One prediction in one sweep. key: what it is about, in the order of the ids. within_s: until
    it comes true. fresh_ms: of the latest report it rests on. climbing: it takes a climb or a
    descent that is still to come. place: where the caller keeps the rest."""

    key: Key
    level: Level
    within_s: float
    fresh_ms: int
    climbing: bool
    place: int


@dataclass(frozen=True, slots=True)
class Told:
    """What is told now. place: of this sweep's sight, -1 if it is only not yet taken back."""

    key: Key
    level: Level
    place: int


@dataclass(slots=True)
class _State:
    fresh_ms: int
    evidence_ms: int = 0
    fresh: int = 1
    broken: bool = False
    told: Level | None = None
    lower: Level | None = None
    lower_ms: int = 0


class Calm:
    """The fold of the sweeps' predictions."""

    def __init__(self, rules: CalmRules) -> None:
        self._rules = rules
        self._states: dict[Key, _State] = {}
        self._now_ms: int | None = None
        self._passed_ms = 0

    def __len__(self) -> int:
        """How many pairs are remembered."""
        return len(self._states)

    def step(self, now_ms: int, sights: Iterable[Sight]) -> list[Told]:
        """What is told after this sweep, in the order of the keys. Each key once at most. A
        step back of the clock counts as no time."""
        lapse_ms = 0 if self._now_ms is None else max(0, now_ms - self._now_ms)
        self._now_ms = now_ms
        self._passed_ms += lapse_ms
        told: list[Told] = []
        seen: set[Key] = set()
        for sight in sights:
            seen.add(sight.key)
            level = self._sighted(sight)
            if level is not None:
                told.append(Told(sight.key, level, sight.place))
        for key in [key for key in self._states if key not in seen]:
            level = self._missed(lapse_ms, key)
            if level is not None:
                told.append(Told(key, level, -1))
        return sorted(told, key=lambda t: t.key)

    def _sighted(self, sight: Sight) -> Level | None:
        state = self._states.get(sight.key)
        if state is None:
            state = _State(sight.fresh_ms)
            if len(self._states) < MAX_PAIRS:
                self._states[sight.key] = state
        elif sight.fresh_ms != state.fresh_ms:
            if not state.broken:
                state.evidence_ms += min(LAPSE_MS, max(0, sight.fresh_ms - state.fresh_ms))
            state.fresh_ms = sight.fresh_ms
            state.fresh += 1
        state.broken = False
        if state.told is None:
            if self._enough(state, sight):
                state.told = sight.level
            return state.told
        return self._held(state, sight.level)

    def _enough(self, state: _State, sight: Sight) -> bool:
        rules = self._rules
        farther_s = sight.within_s - rules.at_once_s
        if farther_s <= 0:
            return True
        share = rules.climb_share_pct if sight.climbing else rules.share_pct
        return state.fresh >= rules.hits and state.evidence_ms >= 10 * share * farther_s

    def _held(self, state: _State, level: Level) -> Level | None:
        """The level told: higher at once, lower once it was not reached for so long."""
        if state.told is None or level >= state.told:
            state.told, state.lower = level, None
        elif state.lower is None:
            state.lower, state.lower_ms = level, self._passed_ms
        else:
            state.lower = max(state.lower, level)
            if self._passed_ms - state.lower_ms >= 1000 * self._rules.clear_s:
                state.told, state.lower = state.lower, None
        return state.told

    def _missed(self, lapse_ms: int, key: Key) -> Level | None:
        state = self._states[key]
        if not state.broken:
            state.broken, state.lower_ms = True, self._passed_ms
            state.lower = None
        state.evidence_ms -= FORGETS * lapse_ms
        if state.told is not None and self._passed_ms - state.lower_ms < 1000 * self._rules.clear_s:
            return state.told
        state.told = None
        if state.evidence_ms <= 0:
            del self._states[key]
        return None
