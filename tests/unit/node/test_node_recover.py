"""A log that was lost in part: what peers hold of it, what can be made of that, what cannot."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from parley.cli.ceremony.succession import next_epoch_terms
from parley.errors import (
    IntegrityError,
    MalformedError,
    PeerError,
    UnknownPartyError,
)
from parley.ledger import (
    Checkpoint,
    Keyring,
    open_roster,
    seal_roster,
    sign_checkpoint,
    unseal,
    verify_evidence,
)
from parley.node.context import Context
from parley.node.node import Node
from parley.node.proofs.mirror import Sealed, read_tail
from parley.node.recovery.givenback import GivenBack, Page
from parley.node.recovery.rebuild import Rebuilt, hashes_of, rebuild
from parley.node.recovery.recover import Copy, Plan, make_plan
from parley.node.recovery.tailfile import read_tail_file, tail_pages
from parley.node.replay import carried
from parley.rules import statements
from parley.rules.findings import Kind, Level, finding
from parley.rules.statements import Rung, Step, Watched
from parley.store.memory import MemoryStore
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock, counting_salts
from parley.testing.harness import context_of, started_node
from parley.testing.keys import own_keys, root_key, roster_of

ORIGIN = "blue/log/1"


@dataclass(slots=True)
class World:
    """Blue on SQLite, green in memory; ``carried`` is the network."""

    path: Path
    clock: HandClock
    blue: Node
    green: Node

    @property
    def database(self) -> Path:
        return self.path / "blue.db"

    async def exchange(self, numbers: Sequence[int]) -> None:
        """Notices both ways, each read by the other side."""
        for number in numbers:
            self.clock.advance(1_000)
            a, b = (self.blue, self.green) if number % 2 else (self.green, self.blue)
            posted = await a.post_notice(transit(number), role="duty", to=[b.context.party])
            await self.carry()
            await b.answer(posted.ref, Rung.READ, role="duty")
            await self.carry()

    async def carry(self) -> None:
        await carried({"blue": self.blue, "green": self.green})

    async def mirror(self) -> int:
        """Green cosigns blue's head and copies its log; how far."""
        self.clock.advance(1_000)
        head = await self.blue.publish_head()
        assert head is not None
        last = await self.green.trust.witness.last(ORIGIN)
        request = await self.blue.trust.heads.request(0 if last is None else last.size, head)
        assert (await self.green.add_checkpoint(request.to_bytes())).status == 200
        catching = await self.green.trust.mirrors.catching(ORIGIN, head)
        assert catching is not None
        while not catching.whole:
            page = await self.blue.trust.mirrors.own_tail(catching.next, head.size)
            catching.add(page)
        await self.green.trust.mirrors.keep(catching)
        return head.size

    def back_up(self) -> None:
        with (
            closing(sqlite3.connect(self.database)) as reading,
            closing(sqlite3.connect(self.path / "backup.db")) as writing,
        ):
            reading.backup(writing)

    async def restore(self) -> None:
        """Blue's database is the backup again, blue not started."""
        await self.blue.close()
        for path in self.path.glob("blue.db*"):
            path.unlink()
        (self.path / "backup.db").rename(self.database)

    async def copy(self) -> Copy:
        """What green gives back."""
        data = b"".join([page async for page in tail_pages(self.green, "blue")])
        return read_tail_file(data, ORIGIN)

    async def plan(self, *copies: Copy) -> Plan:
        old = await SqliteStore.open(self.database)
        context = context_of(small_agreement(), "blue")
        plan = make_plan(context, context.ring, await hashes_of(old, 1), copies)
        await old.close()
        return plan

    async def recover(self, *copies: Copy) -> tuple[Plan, Rebuilt]:
        context = context_of(small_agreement(), "blue")
        plan = await self.plan(*copies)
        old = await SqliteStore.open(self.database)
        fresh = await SqliteStore.open(self.path / "fresh.db")
        salts = counting_salts("rebuilt")
        made = await rebuild(context, context.ring, old, fresh, plan, copies, self.clock(), salts)
        await old.close()
        await fresh.close()
        (self.path / "fresh.db").rename(self.database)
        return plan, made

    async def start(self, context: Context | None = None, *, salts: str = "again") -> Node:
        store = await SqliteStore.open(self.database)
        context = context or context_of(small_agreement(), "blue")
        self.blue = Node(context, store, self.clock, counting_salts(salts))
        await self.blue.start()
        return self.blue


@asynccontextmanager
async def world(path: Path) -> AsyncIterator[World]:
    clock = HandClock()
    store = await SqliteStore.open(path / "blue.db")
    blue = await started_node(small_agreement(), "blue", store=store, clock=clock)
    green = await started_node(small_agreement(), "green", clock=clock)
    made = World(path, clock, blue, green)
    yield made
    for node in (made.blue, green):
        await node.check_node(MemoryStore())
        await node.close()


def without_leaves(copy: Copy, *indices: int) -> Copy:
    entries = [
        Sealed(e.hash, b"") if not indices or i in indices else e
        for i, e in enumerate(copy.entries)
    ]
    return Copy(copy.peer, copy.note, entries, copy.given_back)


def second_epoch(last_size: int) -> Context:
    """Blue's context after its root closed the first log and opened the second."""
    known = roster_of("blue")
    key = own_keys("blue").note.verifier
    roster = replace(known, serial=2, epoch=2, terms=next_epoch_terms(known, key, last_size))
    context = context_of(small_agreement(), "blue")
    others = tuple(note for note in context.rosters if open_roster(note).party != "blue")
    return replace(context, rosters=(seal_roster(roster, root_key("blue")), *others))


async def state(node: Node) -> tuple[object, ...]:
    items = tuple((r.ref, r.version, r.state) for r in await node.items())
    return items, tuple(f.key for f in await node.findings())


async def test_all_comes_back_receipts_too(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(3))
        w.back_up()
        await w.exchange(range(3, 9))
        size = await w.mirror()
        before, was = await hashes_of(w.blue._store, 1), await state(w.blue)
        evidence = {r.ref for r in await w.blue.items()}
        await w.restore()
        plan, made = await w.recover(await w.copy())
        assert (plan.size, plan.missing, plan.needs_epoch) == (size, (), False)
        assert made.reissued == ()
        assert made.dropped == ()
        blue = await w.start()
        assert await hashes_of(blue._store, 1) == before
        assert await state(blue) == was
        assert await blue.pending() == {}
        assert await blue.evidence(sorted(evidence))
        await w.exchange(range(20, 24))
        await w.mirror()
        assert (await w.green.health()).exhibits == 0


async def test_the_whole_log_comes_back_to_a_node_that_has_only_its_keys(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(6))
        size = await w.mirror()
        before, was = await hashes_of(w.blue._store, 1), await state(w.blue)
        await w.blue.close()
        w.database.unlink()
        plan, made = await w.recover(await w.copy())
        assert (plan.own, plan.size, made.reissued) == (0, size, ())
        blue = await w.start()
        assert await hashes_of(blue._store, 1) == before
        assert await state(blue) == was
        await w.exchange(range(30, 33))
        await w.mirror()


async def test_the_second_log_comes_back_behind_what_is_left_of_the_first(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(3))
        w.back_up()
        first = (await w.blue.health()).log_size
        await w.blue.close()
        context = second_epoch(first)
        await w.start(context, salts="second")
        await w.carry()
        await w.exchange(range(3, 7))
        head = await w.blue.publish_head()
        assert head is not None
        hashes = await hashes_of(w.blue._store, 2)
        sealed = await w.blue.trust.mirrors.own_tail(0, head.size)
        await w.restore()
        copy = Copy("green", head.note, read_tail(sealed), (await w.copy()).given_back)
        old = await SqliteStore.open(w.database)
        fresh = await SqliteStore.open(tmp_path / "fresh.db")
        ring = Keyring.of(open_roster(note) for note in context.rosters)
        plan = make_plan(context, ring, await hashes_of(old, 2), [copy])
        assert (plan.own, plan.size, plan.needs_epoch) == (0, head.size, False)
        await rebuild(context, ring, old, fresh, plan, [copy], w.clock(), counting_salts("x"))
        await old.close()
        await fresh.close()
        (tmp_path / "fresh.db").rename(w.database)
        blue = await w.start(context, salts="third")
        assert await hashes_of(blue._store, 2) == hashes
        await w.exchange(range(30, 33))


async def test_nothing_is_lost_where_nothing_is_lost(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(3))
        size = await w.mirror()
        copy = await w.copy()
        await w.blue.close()
        plan = await w.plan(copy)
        assert (plan.own, plan.kept, plan.leaves, plan.needs_epoch) == (size, size, (), False)
        await w.start()


async def test_what_only_peers_know_is_said_again_in_the_same_bytes(tmp_path: Path) -> None:
    """Statements after the last head that green copied: green has them, blue's log does not."""
    async with world(tmp_path) as w:
        await w.exchange(range(3))
        w.back_up()
        await w.exchange(range(3, 5))
        await w.mirror()
        late = await w.blue.post_notice(transit(30), role="duty", to=["green"])
        await w.carry()
        await w.blue.step(late.ref, Step.CANCEL, role="duty")
        await w.carry()
        was = await state(w.blue)
        await w.restore()
        copy = await w.copy()
        plan, made = await w.recover(copy)
        assert not plan.needs_epoch
        blue = await w.start()
        back = await blue.bring_back([copy], made.dropped)
        assert (back.said, back.heard, back.left_out) == (2, 0, ())
        assert await state(blue) == was
        assert await blue.pending() == {}
        assert (await blue.bring_back([copy], made.dropped)).said == 0
        fresh = await blue.post_notice(transit(31), role="duty", to=["green"])
        assert fresh.ref != late.ref
        await w.carry()
        assert (await w.green.health()).exhibits == 0


async def test_what_was_written_after_the_restore_comes_behind_the_tail(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(2))
        w.back_up()
        await w.exchange(range(2, 6))
        size = await w.mirror()
        await w.restore()
        blue = await w.start()
        mine = await blue.post_notice(transit(40), role="duty", to=["green"])
        amended = await blue.amend_notice("blue-1", transit(41), role="duty")
        await blue.close()
        copy = await w.copy()
        plan, made = await w.recover(copy)
        assert plan.kept < plan.own
        assert plan.size == size
        blue = await w.start(salts="third")
        back = await blue.bring_back([copy], made.dropped)
        hashes = {mine.note_hash, amended.note_hash}
        assert back.said + len(back.left_out) == 2
        assert {digest for digest, _ in back.left_out} <= hashes
        assert amended.note_hash not in {digest for digest, _ in back.left_out}
        assert mine.note_hash in {digest for digest, _ in back.left_out}
        await w.carry()
        assert await blue.pending() == {}
        assert (await w.green.health()).exhibits == 0


async def test_a_receipt_beyond_every_head_needs_a_new_epoch(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(3))
        w.back_up()
        await w.mirror()
        lost = await w.green.post_notice(transit(50), role="duty", to=["blue"])
        await w.carry()
        gone = (await w.blue.health()).log_size
        await w.restore()
        copy = await w.copy()
        plan, _ = await w.recover(copy)
        assert plan.needs_epoch
        assert plan.missing == ()
        assert plan.last_size == gone
        blue = await w.start(second_epoch(plan.last_size))
        back = await blue.bring_back([copy], ())
        assert (back.heard, back.left_out) == (1, ())
        assert (await blue.item(lost.ref)).author == "green"
        assert (await blue.health()).log_size >= 3
        await w.carry()
        posted = await blue.post_notice(transit(51), role="duty", to=["green"])
        await w.carry()
        assert await blue.parcels("green") == []
        assert (await w.green.item(posted.ref)).author == "blue"
        assert (await w.green.ring()).roster("blue").origin == "blue/log/2"
        assert (await w.green.health()).exhibits == 0


async def test_without_sealed_leaves_a_new_log_begins(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(3))
        w.back_up()
        await w.exchange(range(3, 7))
        size = await w.mirror()
        await w.restore()
        copy = without_leaves(await w.copy())
        plan, _ = await w.recover(copy)
        assert plan.needs_epoch
        assert plan.missing == tuple(range(plan.own, size))
        assert plan.last_size == size
        blue = await w.start(second_epoch(plan.last_size))
        back = await blue.bring_back([copy], ())
        assert back.left_out == ()
        assert back.said > 0
        assert back.heard > 0
        refs = {r.ref for r in await w.green.items()}
        assert {r.ref for r in await blue.items()} == refs
        await w.carry()
        await w.exchange(range(60, 64))
        head = await blue.publish_head()
        assert head is not None
        assert head.checkpoint.origin == "blue/log/2"
        request = await blue.trust.heads.request(0, head)
        assert (await w.green.add_checkpoint(request.to_bytes())).status == 200
        assert (await w.green.health()).exhibits == 0


async def test_one_missing_leaf_is_named_and_what_stands_before_it_comes_back(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(2))
        w.back_up()
        await w.exchange(range(2, 6))
        await w.mirror()
        await w.restore()
        whole = await w.copy()
        hole = len(whole.entries) - 4
        plan = await w.plan(without_leaves(whole, hole))
        assert plan.missing == (hole,)
        assert plan.size == hole
        other = Copy("white", b"", whole.entries)
        assert (await w.plan(without_leaves(whole, hole), other)).missing == ()
        plan, _ = await w.recover(whole)
        assert plan.missing == ()
        await w.start()


async def test_a_receipt_that_nobody_gives_back_is_signed_again(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(2))
        w.back_up()
        await w.exchange(range(2, 6))
        await w.mirror()
        await w.restore()
        copy = await w.copy()
        copy.given_back = []
        plan, made = await w.recover(copy)
        assert len(made.reissued) == 4
        assert all(plan.own <= index < plan.size for index in made.reissued)
        await w.start()


Change = Callable[[Copy], Copy]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda c: replace_note(c, b"no head\n"), MalformedError),
        (lambda c: replace_note(c, other_head("green/log/1", c)), UnknownPartyError),
        (lambda c: replace_note(c, c.note.replace(b"blue/log/1\n1", b"blue/log/1\n2")), PeerError),
    ],
)
async def test_a_head_that_we_did_not_sign_is_refused(
    tmp_path: Path, change: Change, kind: type[PeerError]
) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(4))
        await w.mirror()
        copy = change(await w.copy())
        with pytest.raises(kind) as caught:
            await w.plan(copy)
        assert caught.value.at_fault == "party green"


def replace_note(copy: Copy, note: bytes) -> Copy:
    return Copy(copy.peer, note, copy.entries, copy.given_back)


def other_head(origin: str, copy: Copy) -> bytes:
    keys = own_keys("green")
    head = Checkpoint(origin, len(copy.entries), b"\x00" * 32)
    return sign_checkpoint(head, keys.note, keys.quantum, at_s=1)


async def test_leaves_and_hashes_that_are_not_ours_count_for_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(2))
        w.back_up()
        await w.exchange(range(2, 6))
        size = await w.mirror()
        await w.restore()
        whole = await w.copy()
        wrong = list(whole.entries)
        wrong[-1] = Sealed(b"\x01" * 32, wrong[-1].leaf)
        lied = await w.plan(Copy("green", whole.note, wrong))
        assert lied.missing == tuple(range(lied.own, size))
        swapped = list(whole.entries)
        swapped[-1] = Sealed(swapped[-1].hash, swapped[-2].leaf)
        assert (await w.plan(Copy("green", whole.note, swapped))).missing == (size - 1,)
        await w.recover(whole)
        await w.start()


async def test_two_histories_of_ours_are_not_joined(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(4))
        await w.mirror()
        copy = await w.copy()
        keys = own_keys("blue")
        head = Checkpoint(ORIGIN, 3, b"\x07" * 32)
        fork = Copy("white", sign_checkpoint(head, keys.note, keys.quantum, at_s=1))
        with pytest.raises(IntegrityError, match="two histories"):
            await w.plan(copy, fork)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: b"something else",
        lambda d: d[:20],
        lambda d: d[:-3],
        lambda d: d.replace(b"blue/log/1\n", b"green/log/1\n", 1),
        lambda d: d + b"x\x00\x00\x00\x01y",
        lambda d: d + b"m\xff\xff\xff\xff",
        lambda d: d + b"g\x00\x00\x00\x02{}",
        lambda d: d + b"m\x00",
    ],
)
async def test_a_tail_file_that_is_none(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(1))
        await w.mirror()
        data = b"".join([page async for page in tail_pages(w.green, "blue")])
        with pytest.raises(PeerError):
            read_tail_file(change(data), ORIGIN)


async def test_only_what_its_owner_signed_is_given_back(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.exchange(range(4))
        found = (await w.copy()).given_back
        ring = await w.green.ring()
        keys = ring.keys_of("blue")
        assert found
        for one in found:
            assert unseal(one.note, keys).signer_name == "blue"
            assert one.other
        stranger = Page.parse(await w.green.given_back("white"))
        assert stranger == Page((), 0)
        assert Page.parse(Page((GivenBack(b"a\n", b""),), 7).to_bytes()).next == 7


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"given_back":[["a"]],"next":0}', b'{"given_back":[],"next":-1}',
     b'{"given_back":[[1,2]],"next":1}', b'{"given_back":{},"next":1}'],
)  # fmt: skip
def test_a_page_that_is_none(data: bytes) -> None:
    with pytest.raises(MalformedError):
        Page.parse(data)


async def test_what_the_watch_found_and_who_does_not_conform_come_back(tmp_path: Path) -> None:
    """Both from a peer's copy, and from what was written after the restore."""

    def lost(track: str) -> Watched:
        found = finding(
            Kind.TRACK_LOST, Level.ADVISORY, (f"track:{track}",), parties=(), window_ms=(1, 2)
        )
        return Watched(statements.Change.OPENED, found)

    async with world(tmp_path) as w:
        await w.exchange(range(2))
        w.back_up()
        await w.blue.record_watch([lost("T1")], role="duty")
        said = await w.blue.announce_nonconformance(
            role="duty", notice="blue-1", codes=["overdue"], since_ms=w.clock()
        )
        await w.carry()
        await w.mirror()
        was = await state(w.blue)
        await w.restore()
        early = await w.start()
        await early.record_watch([lost("T2")], role="duty")
        await early.close()
        copy = await w.copy()
        _, made = await w.recover(copy)
        blue = await w.start()
        back = await blue.bring_back([copy], made.dropped)
        assert back.left_out == ()
        assert await state(blue) == was
        for ref in (said.ref, "track:T1", "track:T2"):
            shown = verify_evidence(await blue.evidence([ref]), pinned=blue.context.roots)
            assert len(shown.items) > 1
