"""STOP and DISTRESS while our log takes nothing: carried, shown, logged later as they were said."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from parley.errors import InputError, OurError, PeerError, ProtocolError, StorageError
from parley.ledger import Checkpoint
from parley.node.afloat import MAX_AFLOAT
from parley.node.node import Node
from parley.node.views import Parcel
from parley.rules.findings import Kind
from parley.rules.statements import Draft, NoticeVolume, Rung, Step, Use
from parley.store.memory import MemoryStore
from parley.testing.clock import HandClock
from parley.testing.fakes import FailingStore
from parley.testing.harness import started_node
from parley.testing.rules_strategies import MINUTE_MS, disc, minutes, three_sided

AGREEMENT = three_sided()
DRAFT = Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(span=minutes(60, 90))),))
FOR_EVER = 10**9


@dataclass
class Pair:
    """Blue on a disk that can be filled; green on a good one, or on one that can be filled too."""

    blue: Node
    disk: FailingStore
    green: Node
    theirs: FailingStore
    clock: HandClock

    async def carry(self) -> None:
        """What blue has for green, as a courier would: whatever fails waits."""
        for parcel in await self.blue.parcels("green"):
            (outcome,) = await self.green.receive([parcel.note])
            if outcome.receipt is not None:
                await self.blue.delivered("green", parcel, outcome.receipt)
            else:
                await self.blue.refused("green", parcel, str(outcome.refused))

    async def close(self) -> None:
        for node in (self.blue, self.green):
            await node.check_node(MemoryStore())
            await node.close()


async def pair(*, persist_first: bool = False) -> Pair:
    clock = HandClock()
    disk = FailingStore(MemoryStore(), fail_after=FOR_EVER, times=-1, persist_first=persist_first)
    theirs = FailingStore(MemoryStore(), fail_after=FOR_EVER, times=-1)
    blue = await started_node(AGREEMENT, "blue", store=disk, clock=clock)
    green = await started_node(AGREEMENT, "green", store=theirs, clock=clock)
    return Pair(blue, disk, green, theirs, clock)


def repaired(disk: FailingStore) -> None:
    disk.fail_next(0)


async def test_a_stop_goes_out_from_a_full_disk_and_is_logged_as_it_was_said() -> None:
    p = await pair()
    p.disk.fail_next(FOR_EVER)
    posted = await p.blue.stop(role="duty", text="cease")
    assert not posted.logged
    assert posted.ref.startswith("stop:blue-afloat-")
    assert [f.kind for f in posted.findings] == [Kind.STOP]
    assert (await p.blue.health()).afloat == 1
    await p.carry()
    assert (await p.green.item(posted.ref)).author == "blue"
    assert await p.blue.parcels("green") == []
    size = (await p.blue.health()).log_size
    with pytest.raises(StorageError):
        await p.blue.tick()
    p.clock.advance(MINUTE_MS)
    repaired(p.disk)
    await p.blue.tick()
    entries = await p.blue.log_entries(size, size + 10)
    assert [e.kind.label for e in entries] == ["decision", "sent", "received"]
    assert entries[1].note == posted.note
    assert entries[2].type == "parley/receipt/v1"
    health = await p.blue.health()
    assert (health.afloat, health.pending) == (0, {"amber": 1, "white": 1})
    standings = {s.party: s for s in (await p.blue.item(posted.ref)).standings}
    assert standings["green"].received_ms >= 0
    assert standings["amber"].received_ms < 0
    await p.close()


async def test_what_nobody_receipted_is_carried_by_the_outbox_once_it_is_logged() -> None:
    p = await pair()
    p.disk.fail_next(FOR_EVER)
    posted = await p.blue.distress(role="duty", subject="A1", since_ms=p.clock.now_ms)
    repaired(p.disk)
    await p.blue.tick()
    (parcel,) = await p.blue.parcels("green")
    assert parcel.index >= 0
    assert parcel.note == posted.note
    await p.carry()
    await p.close()


@pytest.mark.parametrize("persist_first", [False, True])
async def test_a_disk_that_fails_again_while_it_is_logged(persist_first: bool) -> None:
    """It may have been kept though the store said it was not."""
    p = await pair(persist_first=persist_first)
    p.disk.fail_next(2)
    posted = await p.blue.stop(role="duty")
    await p.carry()
    for _ in range(2):
        await p.blue.tick()
    assert p.disk.failures == 2
    assert (await p.blue.health()).afloat == 0
    log = await p.blue.log_entries(0, 100)
    assert sum(e.note == posted.note for e in log) == 1
    await p.close()


async def test_it_goes_ahead_of_all_that_waits() -> None:
    p = await pair()
    for _ in range(3):
        await p.blue.post_notice(DRAFT, role="duty")
    p.disk.fail_next(FOR_EVER)
    stop = await p.blue.stop(role="duty")
    waiting = await p.blue.parcels("green", 2)
    assert [parcel.note == stop.note for parcel in waiting] == [True, False]
    assert waiting[0].index < 0 <= waiting[1].index
    repaired(p.disk)
    await p.blue.tick()
    await p.carry()
    await p.close()


async def test_its_all_clear_floats_behind_it() -> None:
    p = await pair()
    p.disk.fail_next(FOR_EVER)
    stop = await p.blue.stop(role="duty")
    lifted = await p.blue.step(stop.ref, Step.ALL_CLEAR, role="duty")
    assert (lifted.version, lifted.logged) == (2, False)
    with pytest.raises(ProtocolError, match="cannot"):
        await p.blue.step(stop.ref, Step.ALL_CLEAR, role="duty")
    await p.carry()
    assert (await p.green.item(stop.ref)).closed
    repaired(p.disk)
    await p.blue.tick()
    assert (await p.blue.item(stop.ref)).closed
    await p.close()


async def test_the_all_clear_of_a_logged_stop_takes_the_stop_with_it() -> None:
    p = await pair()
    stop = await p.blue.stop(role="duty")
    p.disk.fail_next(FOR_EVER)
    await p.blue.step(stop.ref, Step.ALL_CLEAR, role="duty")
    assert [x.note == stop.note for x in await p.blue.parcels("green", 1)] == [True, False]
    notes = [x.note for x in await p.blue.parcels("green", 1)]
    outcomes = await p.green.receive(notes)
    assert [o.refused for o in outcomes] == [None, None]
    assert (await p.green.item(stop.ref)).closed
    repaired(p.disk)
    await p.blue.tick()
    await p.carry()
    await p.close()


async def test_an_answer_to_it_finds_it_in_the_log() -> None:
    """The log takes statements again, and an answer comes before any tick."""
    p = await pair()
    p.disk.fail_next(FOR_EVER)
    stop = await p.blue.stop(role="duty")
    await p.carry()
    await p.green.answer(stop.ref, Rung.READ, role="duty")
    repaired(p.disk)
    (parcel,) = await p.green.parcels("blue")
    (outcome,) = await p.blue.receive([parcel.note])
    assert outcome.refused is None
    rungs = {s.party: s.rung for s in (await p.blue.item(stop.ref)).standings}
    assert rungs["green"] is Rung.READ
    await p.close()


async def test_a_refusal_of_it_is_an_alarm() -> None:
    p = await pair()
    p.disk.fail_next(FOR_EVER)
    await p.blue.stop(role="duty")
    (parcel,) = await p.blue.parcels("green")
    await p.blue.refused("green", parcel, "replay: another agreement")
    assert await p.blue.parcels("green") == []
    (alarm,) = p.blue.alarms()
    assert (alarm.kind, alarm.data["peer"]) == ("afloat-refused", "green")
    repaired(p.disk)
    await p.blue.tick()
    assert (await p.blue.health()).refused_by_peers == 1
    await p.close()


async def test_a_forged_receipt_settles_nothing() -> None:
    p = await pair()
    p.disk.fail_next(FOR_EVER)
    await p.blue.stop(role="duty")
    (parcel,) = await p.blue.parcels("green")
    (outcome,) = await p.green.receive([parcel.note])
    assert outcome.receipt is not None
    with pytest.raises(PeerError):
        await p.blue.delivered("amber", Parcel(parcel.index, parcel.note), outcome.receipt)
    assert len(await p.blue.parcels("amber")) == 1
    repaired(p.disk)
    await p.blue.tick()
    await p.close()


async def test_no_more_than_a_hundred_float_and_an_unknown_role_is_refused() -> None:
    p = await pair()
    p.disk.fail_next(FOR_EVER)
    with pytest.raises(InputError, match="no duty role"):
        await p.blue.stop(role="admiral")
    for _ in range(MAX_AFLOAT):
        await p.blue.stop(role="duty")
    with pytest.raises(StorageError, match="100 statements"):
        await p.blue.stop(role="duty")
    with pytest.raises(StorageError):
        await p.blue.post_notice(DRAFT, role="duty")
    repaired(p.disk)
    await p.blue.tick()
    assert (await p.blue.health()).afloat == 0
    assert len(await p.blue.items(limit=1000)) == MAX_AFLOAT
    await p.close()


async def test_a_stop_that_we_cannot_keep_is_shown_and_not_receipted() -> None:
    p = await pair()
    stop = await p.blue.stop(role="duty", text="cease")
    notice = await p.blue.post_notice(DRAFT, role="duty")
    p.theirs.fail_next(FOR_EVER)
    bell = asyncio.create_task(p.green.wait_for_event())
    await asyncio.sleep(0)
    for _ in range(2):
        with pytest.raises(StorageError):
            await p.green.receive([stop.note, notice.note])
    (alarm,) = (await p.green.health()).alarms
    assert (alarm.kind, alarm.data["ref"], alarm.data["by"]) == (
        "afloat-received",
        stop.ref,
        "blue",
    )
    assert "STOP" in str(alarm.data["text"])
    await bell
    repaired(p.theirs)
    await p.carry()
    assert p.green.alarms() == ()
    assert (await p.green.item(stop.ref)).author == "blue"
    await p.close()


async def test_a_node_that_is_behind_still_says_stop_and_hears_it() -> None:
    """It was put back from an old backup: nothing may be signed into its log."""
    p = await pair()
    stop = await p.green.stop(role="duty")
    later = Checkpoint("blue/log/1", 99, bytes(32))
    await p.blue.trust.confirming.fall_behind("green", "green holds a later head of ours", later)
    size = (await p.blue.health()).log_size
    said = await p.blue.stop(role="duty")
    assert not said.logged
    with pytest.raises(OurError):
        await p.blue.receive([stop.note])
    assert [alarm.kind for alarm in p.blue.alarms()] == ["afloat-received"]
    await p.blue.tick()
    health = await p.blue.health()
    assert (health.log_size, health.afloat) == (size, 1)
    await p.carry()
    assert (await p.green.item(said.ref)).author == "blue"
    await p.close()
