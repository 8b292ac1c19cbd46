"""What is kept of findings that flap: the log and the journal do not grow with a hostile feed."""

from __future__ import annotations

from collections.abc import Iterable

from parley.node.watching.quota import FOR_ONE, MINUTE_MS, WINDOW_MS, Quota
from parley.node.watching.settings import Settings
from parley.node.watching.watching import Watching
from parley.rules.findings import Finding, Kind, Level, finding
from parley.space import Height, Position
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node
from parley.watch.changes import changes
from parley.watch.report import Ident, Report


def loss(n: int, level: Level = Level.WARNING, kind: Kind = Kind.PREDICTED_LOSS) -> Finding:
    return finding(kind, level, (f"track:a{n:05d}", "track:b"), parties=(), window_ms=(0, 1))


class Kept:
    """A quota, and what was told through it; each look a second after the last."""

    def __init__(self, recorded_a_minute: int = 60) -> None:
        self.quota = Quota(recorded_a_minute=recorded_a_minute)
        self.told: dict[str, Finding] = {}
        self.opened = 0
        self.now_ms = DAWN_MS
        self.said: list[tuple[int, int]] = []

    def look(self, found: Iterable[Finding], *, kept: bool = True) -> int:
        """How many changes were kept; kept: whether the store took them."""
        changed = changes(self.told, found)
        admitted = self.quota.admit(changed, [True] * len(changed), self.now_ms)
        if kept:
            self.quota.spend(admitted, [True] * len(admitted), self.now_ms)
            for one in admitted:
                self.told.pop(one.finding.key, None)
                if one.change != "closed":
                    self.told[one.finding.key] = one.finding
                    self.opened += 1
            held = self.quota.to_say(self.now_ms)
            if held is not None:
                self.said.append((held.waiting, held.unsaid))
                self.quota.said(self.now_ms)
        self.now_ms += 1_000
        return len(admitted)


def test_what_is_little_is_all_kept_at_once() -> None:
    kept = Kept()
    assert kept.look([loss(n) for n in range(50)]) == 50
    assert kept.said == []


def test_what_is_held_back_and_still_holds_is_kept_when_there_is_room() -> None:
    kept = Kept()
    many = [loss(n) for n in range(200)]
    assert kept.look(many) == 90
    for _ in range(120):
        kept.look(many)
    assert len(kept.told) == 200
    assert kept.said[0] == (110, 0)
    assert len(kept.said) <= 3
    for _ in range(MINUTE_MS // 1_000):
        kept.look(many)
    assert kept.said[-1] == (0, 0)


def test_what_came_and_went_meanwhile_is_counted() -> None:
    kept = Kept()
    kept.look([loss(n) for n in range(200)])
    for _ in range(MINUTE_MS // 1_000 + 1):
        kept.look([])
    assert kept.told == {}
    assert kept.said[-1] == (0, 110)


def test_the_urgent_go_first_and_have_room_of_their_own() -> None:
    kept = Kept()
    kept.look([loss(n) for n in range(200)])
    urgent = [loss(n, Level.URGENT, Kind.BYSTANDER) for n in range(20)]
    kept.look([*kept.told.values(), *[loss(n) for n in range(100, 200)], *urgent])
    assert all(one.key in kept.told for one in urgent)


def test_one_that_flaps_is_kept_so_often_and_no_more() -> None:
    kept = Kept(recorded_a_minute=6_000)
    for second in range(WINDOW_MS // 1_000 - 1):
        kept.look([loss(0)] if second % 2 else [])
    assert kept.opened == FOR_ONE


def test_a_nonconformance_that_is_announced_is_never_held_back() -> None:
    kept = Kept(recorded_a_minute=1)
    off = [loss(n, kind=Kind.NONCONFORMANCE) for n in range(50)]
    assert kept.look(off) == 50


def test_a_store_that_fails_costs_no_room() -> None:
    kept = Kept()
    many = [loss(n) for n in range(80)]
    for _ in range(50):
        kept.look(many, kept=False)
    assert kept.look(many) == 80


def test_a_clock_that_is_set_back_or_far_ahead_gives_no_more_room_and_blocks_nothing() -> None:
    kept = Kept()
    kept.look([loss(n) for n in range(200)])
    kept.now_ms -= WINDOW_MS
    assert kept.look([loss(n) for n in range(200)]) <= 1
    kept.now_ms += 1_000 * WINDOW_MS
    assert kept.look([loss(n) for n in range(200)]) <= 90
    for _ in range(60):
        kept.look([loss(n) for n in range(200)])
    assert len(kept.told) == 200


def seen(n: int, side: int, now_ms: int, height_m: float) -> Report:
    """One of a pair that is 2 km apart, side by side."""
    return Report(
        "roof",
        now_ms,
        Ident(icao24=f"{2 * n + side:06x}"),
        position=Position(lat_deg=38.5 + 0.15 * (n % 20) + 0.02 * side, lon_deg=19.0 + n // 20),
        accuracy_m=30.0,
        height=Height.metres(height_m),
        height_accuracy_m=10.0,
        speed_mps=100.0,
        course_deg=90.0,
        climb_mps=0.0,
    )


async def test_pairs_that_flap_by_a_hostile_feed_fill_neither_log_nor_journal() -> None:
    """Forty pairs meet and part every twenty-five seconds for ten minutes."""
    clock = HandClock()
    node = await started_node(small_agreement(), "blue", store=MemoryStore(), clock=clock)
    watch = Watching(node, Settings(beat_s=3_600.0, idle_s=3_600.0))
    await watch.start()
    began = (await node.health()).log_size
    for second in range(0, 595, 5):
        height_m = 3_400.0 if second // 25 % 2 else 3_000.0
        batch = [seen(n, side, clock(), height_m if side else 3_000.0)
                 for n in range(40) for side in (0, 1)]  # fmt: skip
        await watch.intake.put(batch)
        await watch.beat()
        clock.advance(5_000)
    await watch.stop()
    records = (await node.health()).log_size - began
    assert 0 < records <= 40 * 2 * FOR_ONE
    events = await node.events(0, 100_000)
    assert [e for e in events if e.kind == "watch-held-back"]
    await node.check_node(MemoryStore())
