"""Files instead of a network: what waits goes out, what comes is judged as the door judges it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from parley.errors import (
    ForgedError,
    InputError,
    MalformedError,
    OurError,
    OversizeError,
    PeerError,
    ProtocolError,
    ReplayError,
    StorageError,
    UnknownPartyError,
)
from parley.node.byhand.packing import CarryReport, Part
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.statements import Step
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.fakes import FailingStore
from parley.testing.harness import started_node
from parley.wire.parcelfile import (
    LEAST_PARCEL_BYTES,
    MAX_PARCEL_BYTES,
    read_parcel,
    write_parcel,
)

Pair = tuple[Node, Node]


@asynccontextmanager
async def two(clock: HandClock | None = None) -> AsyncIterator[Pair]:
    clock = clock or HandClock()
    blue = await started_node(small_agreement(), "blue", clock=clock)
    green = await started_node(small_agreement(), "green", clock=clock)
    yield blue, green
    for node in (blue, green):
        await node.check_node(MemoryStore())
        await node.close()


async def posted(node: Node, *numbers: int) -> list[bytes]:
    return [(await node.post_notice(transit(n), role="duty", to=["green"])).note for n in numbers]


def of_kind(report: CarryReport, kind: str) -> list[Part]:
    return [part for part in report.parts if part.kind == kind]


async def there_and_back(a: Node, b: Node) -> None:
    """One file there, its answer back."""
    await b.carry_in((await a.carry_out(b.context.party)).data)
    await a.carry_in((await b.carry_out(a.context.party)).data)


async def test_a_notice_goes_and_its_receipt_comes_back() -> None:
    async with two() as (blue, green):
        (note,) = await posted(blue, 1)
        packed = await blue.carry_out("green")
        assert (packed.number, packed.notes, packed.receipts, packed.left) == (1, 1, 0, 0)
        report = await green.carry_in(packed.data)
        assert (report.sender, report.number, report.again) == ("blue", 1, False)
        assert report.count("note") == 1
        assert [e.note for e in await green.log_entries(3, 4)] == [note]
        assert (await blue.pending()) == {"green": 1}

        back = await green.carry_out("blue")
        assert back.receipts == 1
        report = await blue.carry_in(back.data)
        assert report.count("receipt") == 1
        assert await blue.pending() == {}
        assert (await blue.carry_out("green")).notes == 0


async def test_a_file_twice_and_files_in_the_wrong_order_change_nothing() -> None:
    async with two() as (blue, green):
        await posted(blue, 1)
        first = await blue.carry_out("green")
        await posted(blue, 2)
        second = await blue.carry_out("green")
        assert second.notes == 2
        await green.carry_in(second.data)
        size = (await green.health()).log_size
        for data in (first.data, second.data, first.data):
            report = await green.carry_in(data)
            assert report.count("note", refused=True) == 0
        assert report.again
        assert (await green.health()).log_size == size

        back = await green.carry_out("blue")
        await blue.carry_in(back.data)
        size = (await blue.health()).log_size
        report = await blue.carry_in(back.data)
        assert [p.known for p in of_kind(report, "receipt")] == [True, True]
        assert (await blue.health()).log_size == size


async def test_a_lost_file_of_receipts_is_made_good_by_the_next() -> None:
    async with two() as (blue, green):
        await posted(blue, 1)
        await green.carry_in((await blue.carry_out("green")).data)
        await green.carry_out("blue")
        again = await green.carry_out("blue")
        assert again.receipts == 1
        await blue.carry_in(again.data)
        await green.carry_in((await blue.carry_out("green")).data)
        assert (await green.carry_out("blue")).receipts == 0


async def test_a_receipt_is_owed_again_when_its_note_comes_again() -> None:
    async with two() as (blue, green):
        await posted(blue, 1)
        file = await blue.carry_out("green")
        await there_and_back(blue, green)
        await green.carry_in((await blue.carry_out("green")).data)
        assert (await green.carry_out("blue")).receipts == 0
        await green.carry_in(file.data)
        assert (await green.carry_out("blue")).receipts == 1


async def test_the_network_and_the_stick_at_once() -> None:
    async with two() as (blue, green):
        await posted(blue, 1, 2)
        file = await blue.carry_out("green")
        await carried({"blue": blue, "green": green})
        report = await green.carry_in(file.data)
        assert report.count("note") == 2
        report = await blue.carry_in((await green.carry_out("blue")).data)
        assert [p.known for p in of_kind(report, "receipt")] == [True, True]


async def test_small_files_for_a_diode_hold_everything_in_order() -> None:
    async with two() as (blue, green):
        notes = await posted(blue, *range(60))
        cursor, files = "", []
        while True:
            packed = await blue.carry_out("green", max_bytes=LEAST_PARCEL_BYTES, cursor=cursor)
            files.append(packed)
            assert len(packed.data) <= LEAST_PARCEL_BYTES
            cursor = packed.next
            if not cursor:
                break
        assert len(files) > 2
        assert [n for f in files for n in read_parcel(f.data).notes] == notes
        assert [f.left for f in files] == sorted((f.left for f in files), reverse=True)
        for file in files:
            await green.carry_in(file.data)
        cursor, back = "", []
        while True:
            packed = await green.carry_out("blue", max_bytes=LEAST_PARCEL_BYTES, cursor=cursor)
            back.append(packed)
            cursor = packed.next
            if not cursor:
                break
        assert sum(f.receipts for f in back) == 60
        assert len(back) > 1
        for file in reversed(back):
            await blue.carry_in(file.data)
        assert await blue.pending() == {}


async def test_a_refusal_comes_back_signed_and_settles_the_note() -> None:
    async with two() as (blue, green):
        await posted(blue, 1)
        await blue.step("notice:blue-1", Step.CANCEL, role="duty")
        whole = read_parcel((await blue.carry_out("green")).data)
        only_the_step = write_parcel(replace(whole, notes=whole.notes[1:]))
        report = await green.carry_in(only_the_step)
        (part,) = of_kind(report, "note")
        assert isinstance(part.refused, PeerError)
        report = await blue.carry_in((await green.carry_out("blue")).data)
        assert report.count("refusal") == 1
        assert await blue.pending() == {"green": 1}
        assert (await blue.health()).refused_by_peers == 1


async def test_a_bad_note_stops_none_of_the_others() -> None:
    async with two() as (blue, green):
        notes = await posted(blue, 1, 2)
        whole = read_parcel((await blue.carry_out("green")).data)
        forged = notes[0].replace(b"transit", b"transat", 1)
        file = replace(whole, notes=(notes[0], forged, b"no note at all", notes[1]))
        report = await green.carry_in(write_parcel(file))
        assert [type(p.refused) for p in of_kind(report, "note")] == [
            type(None),
            ForgedError,
            MalformedError,
            type(None),
        ]


async def test_a_bad_receipt_stops_none_of_the_others() -> None:
    async with two() as (blue, green):
        await posted(blue, 1, 2)
        await green.carry_in((await blue.carry_out("green")).data)
        back = read_parcel((await green.carry_out("blue")).data)
        one, two_ = back.receipts
        forged = one.replace(b'"index":', b'"index":1', 1)
        file = replace(back, receipts=(forged, b"nothing\n\n", two_))
        report = await blue.carry_in(write_parcel(file))
        assert report.count("receipt") == 1
        assert report.count("receipt", refused=True) == 2
        assert await blue.pending() == {"green": 1}
        await blue.carry_in(write_parcel(back))
        assert await blue.pending() == {}


async def test_a_receipt_for_what_our_log_does_not_hold_is_told() -> None:
    async with two() as (blue, green):
        other = await started_node(small_agreement(), "blue", clock=HandClock())
        await posted(other, 7)
        await green.carry_in((await other.carry_out("green")).data)
        await other.close()
        file = read_parcel((await green.carry_out("blue")).data)
        only_receipts = replace(file, seen=(), cosignatures=())
        report = await blue.carry_in(write_parcel(only_receipts))
        (part,) = of_kind(report, "receipt")
        assert isinstance(part.refused, ReplayError)
        assert "does not hold" in part.refused.what


async def test_a_file_shows_that_our_log_is_an_old_one() -> None:
    async with two() as (blue, green):
        other = await started_node(small_agreement(), "blue", clock=HandClock())
        await posted(other, 7, 8)
        await green.carry_in((await other.carry_out("green")).data)
        await other.close()
        await posted(blue, 9)
        size = (await blue.health()).log_size
        await green.stop(role="duty")
        with pytest.raises(OurError, match="green holds our signed head of 5 entries") as caught:
            await blue.carry_in((await green.carry_out("blue")).data)
        assert "parley recover" in caught.value.right
        assert (await blue.health()).log_size == size
        (alarm,) = blue.alarms()
        assert (alarm.kind, alarm.data["by"]) == ("afloat-received", "green")
        with pytest.raises(OurError):
            await posted(blue, 8)
        said = await blue.stop(role="duty")
        file = read_parcel((await blue.carry_out("green")).data)
        assert (file.notes, file.receipts) == ((said.note,), ())
        report = await green.carry_in(write_parcel(file))
        assert report.count("note") == 1
        with pytest.raises(OurError):
            await blue.carry_in((await green.carry_out("blue")).data)
        assert await blue.parcels("green") == []


async def test_heads_are_cosigned_by_hand() -> None:
    async with two() as (blue, green):
        for number in range(4):
            await posted(blue, number)
            report = await green.carry_in((await blue.carry_out("green")).data)
            assert report.count("head") == 1
            assert report.count("head", refused=True) == 0
            report = await blue.carry_in((await green.carry_out("blue")).data)
            assert report.count("cosignature") == 1
            size, at_s = blue.witnessed().by["green"]
            assert size == blue.witnessed().head_size
            assert at_s > 0
            assert blue.witnessed().size == size
        assert green.witnessed().by["blue"][0] > 0


async def test_heads_through_a_diode_need_no_answer() -> None:
    async with two() as (blue, green):
        for number in range(3):
            await posted(blue, number)
            report = await green.carry_in((await blue.carry_out("green")).data)
            (part,) = of_kind(report, "head")
            assert part.refused is None
        back = read_parcel((await green.carry_out("blue")).data)
        assert back.cosigned == {"blue/log/1": 6}
        late = await blue.carry_in(write_parcel(back))
        assert late.count("cosignature") == 1
        assert blue.witnessed().by["green"][0] == 6


async def test_a_head_from_a_wrong_size_is_told_and_the_next_file_mends_it() -> None:
    async with two() as (blue, green):
        await posted(blue, 1)
        lost = await green.carry_in((await blue.carry_out("green")).data)
        assert lost.count("head") == 1
        for number in (2, 3):
            await posted(blue, number)
            last = await blue.carry_out("green")
        report = await green.carry_in(last.data)
        (part,) = of_kind(report, "head")
        assert isinstance(part.refused, ProtocolError)
        assert "cosigned up to 4" in part.refused.what
        await blue.carry_in((await green.carry_out("blue")).data)
        report = await green.carry_in((await blue.carry_out("green")).data)
        assert report.count("head") == 1


async def test_a_peer_that_could_not_be_asked_is_left_to_people() -> None:
    async with two() as (blue, green):
        blue.trust.confirming.expect(["green"])
        await posted(blue, 1)
        with pytest.raises(OurError, match="has not said yet") as caught:
            await blue.carry_out("green")
        assert "--unconfirmed" in caught.value.right
        file = await blue.carry_out("green", unconfirmed=True)
        assert read_parcel(file.data).heads == ()
        assert (await green.carry_in(file.data)).count("note") == 1
        back = (await green.carry_out("blue")).data
        with pytest.raises(OurError, match="has not said yet"):
            await blue.carry_in(back)
        assert (await blue.carry_in(back, unconfirmed=True)).count("receipt") == 1


async def test_one_bare_note_and_its_bare_receipt() -> None:
    async with two() as (blue, green):
        (note,) = await posted(blue, 1)
        report = await green.carry_in(note.replace(b"\n", b"\r\n"))
        assert (report.sender, report.count("note")) == ("blue", 1)
        (receipt,) = read_parcel((await green.carry_out("blue")).data).receipts
        report = await blue.carry_in(receipt)
        assert (report.sender, report.count("receipt")) == ("green", 1)
        assert await blue.pending() == {}


async def test_files_that_are_refused_whole_leave_nothing() -> None:
    async with two() as (blue, green):
        await posted(blue, 1)
        packed = await blue.carry_out("green")
        parcel = read_parcel(packed.data)
        size = (await green.health()).log_size
        stranger = replace(parcel, sender="violet")
        elsewhere = replace(parcel, agreement="00" * 32)
        for data, kind in (
            (packed.data.replace(b"transit", b"transat", 1), MalformedError),
            (packed.data[:-5], MalformedError),
            (write_parcel(replace(parcel, to="white")), ReplayError),
            (write_parcel(replace(parcel, sender="green")), ReplayError),
            (write_parcel(stranger), UnknownPartyError),
            (write_parcel(elsewhere), ReplayError),
            (b"x" * (MAX_PARCEL_BYTES + 1), OversizeError),
            (b"", MalformedError),
        ):
            with pytest.raises(kind):
                await green.carry_in(data)
        assert (await green.health()).log_size == size
        await there_and_back(blue, green)
        assert await blue.pending() == {}


async def test_whom_and_how_large() -> None:
    async with two() as (blue, _):
        for peer in ("blue", "violet"):
            with pytest.raises(InputError):
                await blue.carry_out(peer)
        with pytest.raises(InputError):
            await blue.carry_out("green", max_bytes=100)
        for cursor in ("x", "1", "a/b", f"{10**20}/"):
            with pytest.raises(InputError):
                await blue.carry_out("green", cursor=cursor)


async def test_a_full_disk_breaks_off_and_the_same_file_goes_on() -> None:
    clock = HandClock()
    store = FailingStore(MemoryStore(), times=0)
    async with two(clock) as (blue, _):
        green = await started_node(small_agreement(), "green", store=store, clock=clock)
        await posted(blue, 1, 2)
        file = (await blue.carry_out("green")).data
        size = (await green.health()).log_size
        store.fail_next(1)
        with pytest.raises(StorageError):
            await green.carry_in(file)
        assert (await green.health()).log_size == size
        report = await green.carry_in(file)
        assert report.count("note") == 2
        await green.check_node(MemoryStore())
