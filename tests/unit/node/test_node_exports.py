"""What a node lets out about an incident or a period, under heads that others cosigned."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from parley.errors import InputError
from parley.ledger import (
    Checkpoint,
    EvidenceReport,
    Exhibit,
    Kind,
    Term,
    compare,
    open_roster,
    parse,
    seal_exhibit,
    seal_roster,
    sign_checkpoint,
    verify_evidence,
    verify_log,
)
from parley.node import exports
from parley.node.desk import Desk
from parley.node.node import Node
from parley.node.ports import Tx
from parley.node.replay import carried
from parley.node.tree import LogTree
from parley.rules.statements import Draft, NoticeVolume, Rung, Use
from parley.store.memory import MemoryStore
from parley.testing.books import cosigned
from parley.testing.clock import HandClock, counting_salts
from parley.testing.harness import context_of
from parley.testing.keys import own_keys, root_key, roster_of
from parley.testing.rules_strategies import disc, minutes, sighting, three_sided

AGREEMENT = three_sided()
DRAFT = Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(90_000, span=minutes(90, 120))),))
BLUE, GREEN = "blue", "green"


class Table:
    """Nodes, their stores, and a clock."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.stores = {party.id: MemoryStore() for party in AGREEMENT.parties}
        self.contexts = {party: context_of(AGREEMENT, party) for party in self.stores}
        self.nodes: dict[str, Node] = {}

    async def sit(self, party: str) -> Node:
        salts = counting_salts(f"{party} {self.contexts[party].epoch}")
        self.nodes[party] = Node(self.contexts[party], self.stores[party], self.clock, salts)
        await self.nodes[party].start()
        return self.nodes[party]

    async def head(self, party: str, by: Sequence[str] = (), *, size: int = -1) -> bytes:
        """A head of the party's log, cosigned by others now."""

        def sealed(tx: Tx) -> bytes:
            tree, all_of_it = LogTree().at(tx)
            covered = all_of_it if size < 0 else size
            keys, at_s = own_keys(party), self.clock() // 1000
            head = Checkpoint(self.contexts[party].origin, covered, tree.root(covered))
            note = sign_checkpoint(head, keys.note, keys.quantum, at_s=at_s)
            for other in by:
                note = cosigned(note, other, at_s)
            return note

        return await self.stores[party].read(sealed)

    async def export(
        self,
        party: str,
        refs: Sequence[str] = (),
        *,
        period: tuple[int, int] | None = None,
        heads: Sequence[bytes] = (),
    ) -> EvidenceReport:
        def out(tx: Tx) -> bytes:
            desk = Desk(self.contexts[party], tx, self.clock(), counting_salts("none"))
            return exports.evidence(desk, LogTree(), refs, period=period, heads=heads)

        data = await self.stores[party].read(out)
        return verify_evidence(data, pinned=self.contexts[GREEN].roots)


@pytest.fixture
async def table() -> AsyncIterator[Table]:
    table = Table()
    for party in table.stores:
        await table.sit(party)
    yield table
    for node in table.nodes.values():
        await node.close()


def types(report: EvidenceReport) -> list[str]:
    return [item.type.removeprefix("parley/").removesuffix("/v1") for item in report.items]


async def test_an_incident_brings_all_that_belongs_to_it(table: Table) -> None:
    blue, green = table.nodes[BLUE], table.nodes[GREEN]
    first = await blue.post_notice(DRAFT, role="duty")
    await blue.post_notice(DRAFT, role="duty")
    await carried(table.nodes)
    await green.answer(first.ref, Rung.READ, role="duty")
    await green.answer(first.ref, Rung.OBJECTED, role="duty")
    stop = await green.stop(role="duty", notice=first.ref.partition(":")[2])
    await carried(table.nodes)
    report = await table.export(BLUE, [first.ref])
    found = types(report)
    assert found[0] == "roster"
    assert {"notice", "receipt", "answer", "stop"} <= set(found)
    assert found.count("notice") == 1
    assert report.scope.refs == (first.ref,)
    mine = next(item for item in report.items if item.type == "parley/notice/v1")
    assert {shown.receipt.party for shown in mine.receipts} == set(table.stores) - {BLUE}
    assert all(shown.item >= 0 for shown in mine.receipts)
    theirs = await table.export(GREEN, [first.ref, stop.ref])
    assert "decision" in types(theirs)
    dispute = compare(report, theirs)
    assert compare(theirs, report) == dispute.mirrored()
    assert dispute.contradictions == ()
    assert {row.type for row in dispute.agreed} >= {"parley/notice/v1", "parley/answer/v1"}


async def test_a_period_brings_what_was_said_or_receipted_in_it(table: Table) -> None:
    blue, green = table.nodes[BLUE], table.nodes[GREEN]
    posted = await blue.post_notice(DRAFT, role="duty")
    said_ms = table.clock()
    table.clock.advance(60_000)
    await carried(table.nodes)
    received_ms = table.clock()
    table.clock.advance(60_000)
    await green.answer(posted.ref, Rung.READ, role="duty")
    for period, expected in (
        ((said_ms, said_ms), ["roster", "notice"]),
        ((received_ms, received_ms), ["roster", "notice"]),
        ((received_ms + 1, received_ms + 60_000), ["roster", "answer"]),
        ((said_ms - 2, said_ms - 1), ["roster"]),
    ):
        report = await table.export(GREEN, period=period)
        assert types(report) == expected, period
        assert (report.scope.from_ms, report.scope.until_ms) == period
        assert report.scope.refs == ()


async def test_a_period_shows_nobody_what_was_told_to_nobody(table: Table) -> None:
    green = table.nodes[GREEN]
    kept = await green.protect("a convoy", disc(3_000, span=minutes(0, 300)), role="duty")
    await green.observe([sighting(0, 40_000, owner=GREEN)])
    await green.stop(role="duty")
    now_ms = table.clock()
    report = await table.export(GREEN, period=(now_ms, now_ms))
    assert types(report) == ["roster", "decision", "stop"]
    assert any("told nobody" in remark for remark in report.scope.remarks)
    asked = await table.export(GREEN, [kept.ref], period=(now_ms, now_ms))
    assert types(asked) == ["roster", "presence", "decision", "stop"]


@pytest.mark.parametrize(
    ("refs", "period"), [((), None), (("notice:nobody-1",), None), ((), (5, 4)), ((), (-1, 4))]
)
async def test_evidence_about_nothing_is_refused(
    table: Table, refs: Sequence[str], period: tuple[int, int] | None
) -> None:
    with pytest.raises(InputError):
        await table.export(BLUE, refs, period=period)


async def test_kept_heads_bound_the_time_of_each_entry(table: Table) -> None:
    blue = table.nodes[BLUE]
    heads = [await table.head(BLUE, [GREEN])]
    before_ms = table.clock()
    table.clock.advance(10_000)
    posted = await blue.post_notice(DRAFT, role="duty")
    table.clock.advance(10_000)
    heads.append(await table.head(BLUE))
    heads.append(await table.head(BLUE, [GREEN]))
    after_ms = table.clock()
    await blue.post_notice(DRAFT, role="duty")
    heads.append(await table.head(BLUE, [GREEN]))
    report = await table.export(BLUE, [posted.ref], heads=heads)
    item = report.items[-1]
    assert item.type == "parley/notice/v1"
    assert (item.not_before_ms, item.not_after_ms) == (before_ms, after_ms + 999)
    assert (item.witnessed, item.claim_within) == (True, True)
    assert report.loose_logs == ()


async def test_without_a_head_that_covers_it_a_fresh_one_is_signed(table: Table) -> None:
    early = await table.head(BLUE, [GREEN])
    posted = await table.nodes[BLUE].post_notice(DRAFT, role="duty")
    for heads in ((), (early,)):
        item = (await table.export(BLUE, [posted.ref], heads=heads)).items[-1]
        assert (item.type, item.witnessed) == ("parley/notice/v1", False)
        assert (item.not_before_ms is None) == (not heads)


async def test_a_fresh_head_claims_no_time(table: Table) -> None:
    """A note may be under way while the file is made: its receipt would be older than the head."""
    posted = await table.nodes[BLUE].post_notice(DRAFT, role="duty")
    report = await table.export(BLUE, [posted.ref])
    assert [head.own_s for head in report.heads] == [0]
    assert len(parse(report.heads[0].note).signatures) == 2


async def test_many_heads_are_thinned_and_every_entry_stays_covered(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "KEPT_HEADS", 3)
    heads, refs = [], []
    for _ in range(9):
        refs.append((await table.nodes[BLUE].post_notice(DRAFT, role="duty")).ref)
        heads.append(await table.head(BLUE, [GREEN]))
    report = await table.export(BLUE, refs, heads=heads)
    assert types(report).count("notice") == 9
    assert len(report.heads) < 7
    assert all(item.witnessed for item in report.items)
    assert report.loose_logs == ()


async def test_an_exhibit_in_the_log_is_an_exhibit_of_the_file(table: Table) -> None:
    def split(number: int) -> bytes:
        head = Checkpoint(f"{GREEN}/log/1", 9, bytes([number]) * 32)
        return sign_checkpoint(head, own_keys(GREEN).note)

    shown = Exhibit("split", GREEN, (split(1), split(2)))
    note = seal_exhibit(shown, table.clock(), own_keys(BLUE).note)

    def enter(tx: Tx) -> int:
        desk = Desk(table.contexts[BLUE], tx, table.clock(), counting_salts("found"))
        return desk.log(Kind.OBSERVED, note, "notice:blue-1")

    await table.nodes[BLUE].post_notice(DRAFT, role="duty")
    await table.stores[BLUE].write(enter)
    report = await table.export(BLUE, ["notice:blue-1"])
    assert [(found.exhibit, found.derived) for found in report.exhibits] == [(shown, False)]
    assert report.split_logs == ("green/log/1",)


async def in_a_second_epoch(table: Table) -> tuple[str, bytes]:
    """A notice and a head of the first epoch, then blue's node with the log of the second."""
    posted = await table.nodes[BLUE].post_notice(DRAFT, role="duty")
    head = await table.head(BLUE, [GREEN])
    note_key = own_keys(BLUE).note.verifier
    terms = (Term(note_key, 1, 0, 1000, "closed"), Term(note_key, 2, 0))
    roster = seal_roster(replace(roster_of(BLUE), serial=2, epoch=2, terms=terms), root_key(BLUE))
    old = table.contexts[BLUE]
    others = tuple(note for note in old.rosters if open_roster(note).party != BLUE)
    table.contexts[BLUE] = replace(old, rosters=(roster, *others))
    await table.sit(BLUE)
    return posted.ref, head


async def test_an_entry_of_an_earlier_epoch_is_proved_under_a_head_of_its_log(
    table: Table,
) -> None:
    ref, head = await in_a_second_epoch(table)
    await table.nodes[BLUE].post_notice(DRAFT, role="duty")
    report = await table.export(BLUE, [ref], heads=[head, await table.head(BLUE, [GREEN])])
    assert {item.log for item in report.items} == {"blue/log/1", "blue/log/2"}
    old = next(item for item in report.items if item.type == "parley/notice/v1")
    assert (old.log, old.witnessed) == ("blue/log/1", True)
    assert report.scope.remarks == ()


async def test_an_earlier_epoch_without_a_head_is_left_out_and_said_so(table: Table) -> None:
    ref, _ = await in_a_second_epoch(table)
    report = await table.export(BLUE, [ref])
    assert {item.log for item in report.items} == {"blue/log/2"}
    assert any("of blue/log/1: no head covers it" in said for said in report.scope.remarks)


async def test_a_receipt_that_its_party_disowned_is_shown_and_flagged(table: Table) -> None:
    """Green receipts, then has its key end at a smaller size than it receipted."""
    blue = table.nodes[BLUE]
    posted = await blue.post_notice(DRAFT, role="duty")
    await carried(table.nodes)
    old, new = own_keys(GREEN).note.verifier, own_keys(GREEN, note="second").note.verifier
    terms = (Term(old, 1, 0, 1, "stolen"), Term(new, 1, 1))
    roster = seal_roster(replace(roster_of(GREEN), serial=2, terms=terms), root_key(GREEN))
    (outcome,) = await blue.receive([roster])
    assert outcome.refused is None
    report = await table.export(BLUE, [posted.ref])
    notice = next(item for item in report.items if item.type == "parley/notice/v1")
    flagged = {shown.receipt.party: shown.disowned for shown in notice.receipts}
    assert flagged == {party: party == GREEN for party in table.stores if party != BLUE}
    assert types(report).count("receipt") == len(notice.receipts)
    assert report.scope.remarks == ()
    said = [line for line in report.proved if "roster 2 of green" in line]
    assert len(said) == 1
    assert "ends that key at size 1, before this place" in said[0]
    assert not any(line.startswith("green signed a receipt") for line in report.proved)
    assert any(line.startswith("Whether green or a thief") for line in report.unknowable)


async def test_a_log_file_stands_under_the_newest_kept_head(table: Table) -> None:
    blue = table.nodes[BLUE]
    await blue.post_notice(DRAFT, role="duty")
    newest = await table.head(BLUE, [GREEN])

    def out(tx: Tx, heads: Sequence[bytes]) -> bytes:
        desk = Desk(table.contexts[BLUE], tx, table.clock(), counting_salts("none"))
        return exports.log_file(desk, LogTree(), heads)

    file = await table.stores[BLUE].read(lambda tx: out(tx, [newest]))
    assert verify_log(file, pinned=table.contexts[BLUE].roots).cosigners == (GREEN,)
    await blue.post_notice(DRAFT, role="duty")
    file = await table.stores[BLUE].read(lambda tx: out(tx, [newest]))
    assert verify_log(file, pinned=None).cosigners == ()


async def test_items_are_what_the_log_holds(table: Table) -> None:
    posted = await table.nodes[BLUE].post_notice(DRAFT, role="duty")
    report = await table.export(BLUE, [posted.ref])
    held = await table.stores[BLUE].read(lambda tx: list(tx.log.leaves(0, tx.log.size())))
    assert [held[item.index] for item in report.items] == [i.entry.leaf() for i in report.items]
