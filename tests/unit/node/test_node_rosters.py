"""Rosters at a node: handed over, sent, come twice; whose word about keys is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.errors import ConfigError, ForgedError, ProtocolError, ReplayError
from parley.ledger import Roster, SigningKey, Term, open_receipt, seal_roster
from parley.node.context import Context
from parley.node.node import Node
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import HandClock, counting_salts
from parley.testing.harness import context_of, started_node
from parley.testing.keys import own_keys, root_key, roster_note, roster_of

NEW = own_keys("blue", note="second")


def rotated(party: str = "blue", serial: int = 2) -> Roster:
    known = roster_of(party)
    new = own_keys(party, note="second").note.verifier
    terms = (replace(known.terms[0], last=10, why="rotated"), Term(new, 1, 5))
    return replace(known, serial=serial, terms=terms)


def sealed(roster: Roster) -> bytes:
    return seal_roster(roster, root_key(roster.party))


async def green_with(*rosters: bytes) -> Node:
    """Green's node, restarted with other rosters than it began with."""
    store, clock = MemoryStore(), HandClock()
    await started_node(small_agreement(), "green", store=store, clock=clock)
    whole = context_of(small_agreement(), "green")
    kept = {note for note in whole.rosters if b'"party":"blue"' not in note}
    context = Context("green", whole.agreement, whole.agreement_ref, whole.keys, (*kept, *rosters))
    node = Node(context, store, clock, counting_salts("again"))
    await node.start()
    return node


async def test_a_roster_that_follows_is_believed_logged_and_receipted() -> None:
    green = await started_node(small_agreement(), "green")
    size = (await green.health()).log_size
    (outcome,) = await green.receive([sealed(rotated())])
    assert outcome.receipt is not None
    receipt = open_receipt(outcome.receipt, green.context.ring.note_keys)
    assert (receipt.index, (await green.health()).log_size) == (size, size + 1)
    assert (await green.ring()).roster("blue").note_key == NEW.note.verifier
    (told,) = [e for e in await green.events() if e.kind == "keys"]
    assert (told.data["party"], told.data["serial"]) == ("blue", 2)
    await green.check_node(MemoryStore())


async def test_one_that_was_handed_over_before_is_receipted_where_it_stands() -> None:
    green = await green_with(sealed(rotated()))
    size = (await green.health()).log_size
    (outcome,) = await green.receive([sealed(rotated())])
    assert outcome.receipt is not None
    assert open_receipt(outcome.receipt, green.context.ring.note_keys).index == size - 1
    assert (await green.health()).log_size == size
    await green.check_node(MemoryStore())


async def test_a_receipt_names_a_roster_where_the_log_of_our_epoch_has_it() -> None:
    """Handed over while our first log was open; blue sends it when our second one is."""
    store, clock = MemoryStore(), HandClock()
    whole = context_of(small_agreement(), "green")
    others = tuple(n for n in whole.rosters if n not in (roster_note("blue"), roster_note("green")))
    first = (*others, sealed(rotated()), roster_note("green"))
    green = Node(
        Context("green", whole.agreement, whole.agreement_ref, whole.keys, first),
        store,
        clock,
        counting_salts("first"),
    )
    await green.start()
    size = (await green.health()).log_size
    known = roster_of("green")
    closed = replace(known.terms[0], last=size, why="closed")
    ours = replace(known, serial=2, epoch=2, terms=(closed, Term(known.note_key, 2, 0)))
    second = (*others, sealed(rotated()), sealed(ours))
    green = Node(
        Context("green", whole.agreement, whole.agreement_ref, whole.keys, second),
        store,
        clock,
        counting_salts("second"),
    )
    await green.start()
    (outcome,) = await green.receive([sealed(rotated())])
    assert outcome.receipt is not None
    receipt = open_receipt(outcome.receipt, green.context.ring.note_keys)
    (entry,) = [
        e for e in await green.log_entries(size, 2 * size + 1) if e.note == sealed(rotated())
    ]
    assert (receipt.log, receipt.index) == ("green/log/2", entry.index - size)
    await green.check_node(MemoryStore())


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        (sealed(replace(rotated(), at_ms=7, serial=1)), ForgedError),
        (seal_roster(replace(rotated(), root=SigningKey("blue", b"\x07" * 32).verifier),
                     SigningKey("blue", b"\x07" * 32)), ForgedError),
        (sealed(replace(roster_of("green"), serial=9)), ReplayError),
        (sealed(roster_of("grey")), ProtocolError),
    ],
    ids=["same serial", "other root", "our own", "a stranger's"],
)  # fmt: skip
async def test_what_nobody_may_say_about_keys_is_refused_and_leaves_nothing(
    note: bytes, kind: type[Exception]
) -> None:
    green = await started_node(small_agreement(), "green")
    before = await green.ring()
    (outcome,) = await green.receive([note])
    assert type(outcome.refused) is kind
    assert await green.ring() == before
    await green.check_node(MemoryStore())


async def test_an_older_roster_of_our_own_does_not_start() -> None:
    store = MemoryStore()
    blue = await started_node(small_agreement(), "blue", store=store)
    whole = blue.context
    others = tuple(n for n in whole.rosters if n != roster_note("blue"))
    newer = Context("blue", whole.agreement, whole.agreement_ref, NEW, (*others, sealed(rotated())))
    node = Node(newer, store, HandClock(), counting_salts("again"))
    await node.start()
    assert len(await node.parcels("green")) == 1, "the others are told of the new key"
    with pytest.raises(ConfigError, match="older than roster 2"):
        await Node(whole, store, HandClock(), counting_salts("old")).start()
