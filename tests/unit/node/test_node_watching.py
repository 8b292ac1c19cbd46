"""The watch as a service of a node: what changes is durable and told once, and outlives it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from parley.errors import InputError, StorageError
from parley.ledger import Kind as Kept
from parley.node.node import Node
from parley.node.ports import Store, Tx
from parley.node.watching.inputs import MAX_WAITING, Inputs
from parley.node.watching.intake import FeedHealth, FeedState
from parley.node.watching.settings import Settings
from parley.node.watching.watching import Watching
from parley.rules.findings import Kind
from parley.rules.statements import Draft, Nonconformance, NoticeVolume, Step, Use
from parley.rules.watching import WatchRules
from parley.space import Area, Band, Height, Position, Span, Volume
from parley.store.memory import MemoryStore
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import CENTRE, HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.fakes import FailingStore
from parley.testing.harness import started_node
from parley.watch.report import Ident, Report
from parley.watch.scene import Scene
from parley.wire.recording import CUT_OFF

T = TypeVar("T")
AIRLINER = Ident(icao24="4ca216", callsign="EIN5GV")
KEY = "bystander-in-hazard|notice:blue-1|track:icao:4ca216"


@asynccontextmanager
async def watching(
    store: Store | None = None, clock: HandClock | None = None, settings: Settings | None = None
) -> AsyncIterator[Watching]:
    """A watch whose beats are gone by hand."""
    clock = clock or HandClock()
    node = await started_node(small_agreement(), "blue", store=store, clock=clock)
    made = Watching(node, replace(settings or Settings(), idle_s=0.0, beat_s=3600.0))
    await made.start()
    while not made.state().swept:  # the first beat is its own
        await asyncio.sleep(0)
    try:
        yield made
    finally:
        await made.stop()


def firing(radius_m: float = 5_000.0) -> Draft:
    """An activity now, for an hour, up to 6 km."""
    volume = Volume(
        Area.circle(CENTRE, radius_m), Band.metres(0, 6_000), Span(DAWN_MS, DAWN_MS + HOUR_MS)
    )
    aircraft = Volume(
        Area.circle(CENTRE, radius_m), Band.metres(0, 6_000), Span(DAWN_MS, DAWN_MS + HOUR_MS)
    )
    return Draft(
        "live-activity",
        (NoticeVolume(Use.ACTIVITY, volume), NoticeVolume(Use.AIRCRAFT, aircraft)),
    )


def seen(lat_deg: float, at_ms: int, *, ident: Ident = AIRLINER, owner: str = "") -> Report:
    """An aircraft at 3,000 m on the meridian of the centre, northbound at 200 m/s."""
    return Report(
        "roof",
        at_ms,
        ident,
        position=Position(lat_deg=lat_deg, lon_deg=CENTRE.lon_deg),
        accuracy_m=30.0,
        height=Height.metres(3_000),
        height_accuracy_m=30.0,
        speed_mps=200.0,
        course_deg=0.0,
        climb_mps=0.0,
        owner=owner,
    )


async def fly(
    watch: Watching, from_deg: float, seconds: int, *, ident: Ident = AIRLINER, owner: str = ""
) -> None:
    """A report a second, a beat a second."""
    clock = watch.node.clock
    assert isinstance(clock, HandClock)
    for second in range(seconds):
        lat_deg = from_deg + second * 200.0 / 111_120.0
        await watch.intake.put([seen(lat_deg, clock(), ident=ident, owner=owner)])
        await watch.beat()
        clock.advance(1_000)


async def told(node: Node) -> list[tuple[str, str]]:
    """Kind and finding's key of everything that the watch and the alarms wrote in the journal."""
    events = await node.events(0, 10_000)
    found = []
    for event in events:
        if event.kind.startswith("watch-"):
            refs = event.data["refs"]
            assert isinstance(refs, list)
            found.append((event.kind, "|".join([str(event.data["kind"]), *refs])))
        elif event.kind.startswith("alarm-"):
            found.append((event.kind, str(event.data["key"])))
    return found


async def test_an_airliner_on_its_way_into_a_hazard_is_told_before_it_is_there() -> None:
    async with watching() as watch:
        await watch.node.post_notice(firing(), role="duty", to=())
        await fly(watch, CENTRE.lat_deg - 0.4, 210)
        story = [what for what in await told(watch.node) if "track:icao:4ca216" in what[1]]
        kinds = [(kind, key.partition("|")[0]) for kind, key in story]
        first_entry = kinds.index(("watch-opened", "predicted-entry-into-hazard"))
        inside = kinds.index(("watch-opened", "bystander-in-hazard"))
        assert first_entry < inside
        assert kinds.count(("watch-opened", "bystander-in-hazard")) == 1
        assert ("alarm-raised", KEY) in story
        assert story.count(("alarm-raised", KEY)) == 1


async def test_what_alarmed_is_in_the_log_with_where_the_track_was() -> None:
    async with watching() as watch:
        await watch.node.post_notice(firing(), role="duty", to=())
        await fly(watch, CENTRE.lat_deg - 0.1, 40)
        entries = await watch.node.log_entries(0, 100)
        records = [e for e in entries if e.type == "parley/watch-record/v1"]
        kinds = {str(e.body["kind"]) for e in records}
        assert Kind.BYSTANDER.value in kinds
        basis = next(e.body["basis"] for e in records if e.body["kind"] == "bystander-in-hazard")
        assert isinstance(basis, list)
        assert basis[0]["track"] == "icao:4ca216"
        await watch.node.check_node(MemoryStore())


async def test_after_a_restart_what_was_acknowledged_stays_so_and_nothing_is_told_twice(
    tmp_path: Path,
) -> None:
    clock = HandClock()
    store = await SqliteStore.open(tmp_path / "blue.db")
    async with watching(store, clock) as watch:
        await watch.node.post_notice(firing(), role="duty", to=())
        await fly(watch, CENTRE.lat_deg - 0.01, 10)
        acted = await watch.acknowledge(KEY, "duty")
        assert acted.event is not None
        before = await told(watch.node)
    async with watching(store, clock) as again:
        alarm = again.alarms().get(KEY)
        assert alarm is not None
        assert alarm.acknowledged is not None
        assert alarm.acknowledged.by == "duty"
        await again.beat()
        await fly(again, CENTRE.lat_deg + 0.01, 5)
        after = [what for what in await told(again.node) if what[1] == KEY]
        assert after == [what for what in before if what[1] == KEY]
        second = await again.acknowledge(KEY, "chief")
        assert second.event is None
        assert second.before is not None
        assert second.before.by == "duty"
    await store.close()


async def test_what_a_full_disk_refused_is_told_when_there_is_room() -> None:
    disk = FailingStore(MemoryStore(), fail_after=10**9)
    async with watching(disk) as watch:
        await watch.node.post_notice(firing(), role="duty", to=())
        disk.fail_next(1)
        await watch.intake.put([seen(CENTRE.lat_deg, DAWN_MS)])
        with pytest.raises(StorageError):
            await watch.beat()
        assert not [what for what in await told(watch.node) if what[0].startswith("alarm")]
        await watch.beat()
        assert (await told(watch.node)).count(("alarm-raised", KEY)) == 1


async def test_an_act_that_was_not_kept_was_not_done() -> None:
    disk = FailingStore(MemoryStore(), fail_after=10**9)
    async with watching(disk) as watch:
        await watch.node.post_notice(firing(), role="duty", to=())
        await fly(watch, CENTRE.lat_deg, 3)
        disk.fail_next(1)
        with pytest.raises(StorageError):
            await watch.acknowledge(KEY, "duty")
        alarm = watch.alarms().get(KEY)
        assert alarm is not None
        assert alarm.acknowledged is None
        assert (await watch.acknowledge(KEY, "duty")).event is not None


async def test_a_bystander_in_a_hazard_is_shelved_by_nobody() -> None:
    async with watching() as watch:
        await watch.node.post_notice(firing(), role="duty", to=())
        await fly(watch, CENTRE.lat_deg, 3)
        with pytest.raises(InputError):
            await watch.shelve(KEY, "duty", "it is ours", DAWN_MS + HOUR_MS)
        with pytest.raises(InputError, match="no duty role"):
            await watch.acknowledge(KEY, "cook")


async def test_who_answers_for_a_track_is_what_an_officer_said_last() -> None:
    async with watching() as watch:
        await watch.claim("icao:4ca216", "green", "duty")
        await watch.intake.put([seen(CENTRE.lat_deg, DAWN_MS)])
        sweep = await watch.beat()
        assert sweep.tracks.owner == ("green",)
        await watch.claim("icao:4ca216", "", "duty")
        clock = watch.node.clock
        assert isinstance(clock, HandClock)
        clock.advance(1_000)
        sweep = await watch.beat()
        assert sweep.tracks.owner == ("",)
        with pytest.raises(InputError):
            await watch.bind("icao:4ca216", "notice:blue-99", "duty")


async def test_a_follower_that_does_not_read_is_cut_off_and_makes_nobody_wait() -> None:
    async with watching() as watch:
        lines = watch.inputs.follow()
        first = asyncio.create_task(anext(lines))
        await asyncio.sleep(0)
        await watch.intake.put([seen(CENTRE.lat_deg, DAWN_MS)])
        await watch.beat()
        assert b'"scene"' in await first
        for _ in range(100):
            await watch.beat()
        rest = [line async for line in lines]
        assert 0 < len(rest) < 100


async def test_a_reader_that_had_no_time_for_the_end_is_told_that_it_is_not_the_end() -> None:
    inputs = Inputs()
    lines = inputs.follow()
    first = asyncio.create_task(anext(lines))
    await asyncio.sleep(0)
    scene = Scene("blue", WatchRules())
    for beat in range(MAX_WAITING):
        inputs.send(inputs.lines(beat, [], scene, {}), scene)
    inputs.close()
    rest = [await first, *[line async for line in lines]]
    assert len(rest) == MAX_WAITING + 1
    assert rest[-1] == CUT_OFF


async def test_a_damaged_alarm_book_is_said_and_what_stands_is_told_again() -> None:
    store, clock = MemoryStore(), HandClock()
    async with watching(store, clock) as watch:
        await watch.node.post_notice(firing(), role="duty", to=())
        await fly(watch, CENTRE.lat_deg, 3)
        await watch.acknowledge(KEY, "duty")
        await store.write(lambda tx: tx.records.put("alarm", "book", b"{}"))
    async with watching(store, clock) as again:
        await fly(again, CENTRE.lat_deg, 3)
        kinds = [event.kind for event in await again.node.events(0, 1_000)]
        assert "alarm-book-damaged" in kinds
        alarm = again.alarms().get(KEY)
        assert alarm is not None
        assert alarm.acknowledged is None


async def test_a_flight_that_outlives_its_notice_is_an_overrun_that_all_others_are_told() -> None:
    async with watching() as watch:
        clock = watch.node.clock
        assert isinstance(clock, HandClock)
        here = Area.circle(CENTRE, 20_000)
        flight = Volume(here, Band.metres(0, 6_000), Span(DAWN_MS, DAWN_MS + 600_000))
        draft = Draft("transit", (NoticeVolume(Use.AIRCRAFT, flight),))
        await watch.node.post_notice(draft, role="duty")
        await fly(watch, CENTRE.lat_deg, 5, owner="blue")
        clock.set(DAWN_MS + 600_000 + 20 * 60_000)
        await watch.node.tick()
        await fly(watch, CENTRE.lat_deg, 6, owner="blue")
        found = [f for f in watch.state().findings if f.kind is Kind.NONCONFORMANCE]
        assert [f.codes for f in found] == [("overrun",)]
        items = [record for record in await watch.node.items() if "nonconformance" in record.ref]
        assert len(items) == 1
        said = items[0].content
        assert isinstance(said, Nonconformance)
        assert said.header.to == ("green", "white")
        assert "no person was asked" in said.text
        assert not items[0].closed
        await watch.node.step("notice:blue-1", Step.ALL_CLEAR, role="duty")
        await fly(watch, CENTRE.lat_deg, 2, owner="blue")
        assert (await watch.node.item(items[0].ref)).closed
        decided = [e.body for e in await watch.node.log_entries(0, 100) if e.kind is Kept.DECISION]
        assert [body["ref"] for body in decided] == ["notice:blue-1"]
        await watch.node.check_node(MemoryStore())


async def test_a_feed_that_falls_silent_is_an_alarm_until_it_speaks_again() -> None:
    async with watching() as watch:
        clock = watch.node.clock
        assert isinstance(clock, HandClock)
        feed = FeedHealth("roof", "sbs+tcp://127.0.0.1:1", FeedState.LIVE, last_ms=DAWN_MS)
        watch.intake.tell(feed)
        await watch.beat()
        assert watch.state().findings == ()
        clock.advance(40_000)
        watch.intake.tell(replace(feed, state=FeedState.SILENT))
        await watch.beat()
        (found,) = watch.state().findings
        assert (found.kind, found.codes, found.measured) == (
            Kind.FEED_SILENT,
            ("silent",),
            {"silent_s": 40},
        )
        assert watch.alarms().get("feed-silent|feed:roof") is not None
        watch.intake.tell(replace(feed, state=FeedState.CONNECTING, error="refused"))
        await watch.beat()
        assert watch.state().findings[0].codes == ("lost",)
        watch.intake.tell(replace(feed, last_ms=clock()))
        await watch.beat()
        assert watch.state().findings == ()
        assert ("watch-closed", "feed-silent|feed:roof") in await told(watch.node)


class Unread(FailingStore):
    """Its next reads fail."""

    unread = 0

    async def read(self, work: Callable[[Tx], T]) -> T:
        if self.unread > 0:
            self.unread -= 1
            raise StorageError("the disk does not answer, says the fake")
        return await super().read(work)


async def test_a_disk_that_does_not_answer_stops_no_sweep_and_is_asked_again() -> None:
    disk = Unread(MemoryStore(), fail_after=10**9)
    async with watching(disk) as watch:
        await fly(watch, CENTRE.lat_deg - 0.002, 1)
        await watch.node.post_notice(firing(), role="duty", to=())
        await asyncio.sleep(0)
        disk.unread = 1
        swept = watch.state().swept
        await watch.beat()
        assert watch.state().swept == swept + 1
        assert watch.state().findings == ()
        await fly(watch, CENTRE.lat_deg, 1)
        assert KEY in {f.key for f in watch.state().findings}
