"""What a peer sends is judged before the unit of work that keeps it; nothing changes by that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from parley.errors import ForgedError, ProtocolError
from parley.ledger import Keyring, seal
from parley.node import receive
from parley.node.counterpart import RECEIVED_TOGETHER
from parley.node.node import Node
from parley.rules.statements import Statement
from parley.store.memory import MemoryStore
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import context_of, started_node
from parley.testing.keys import signing_key
from parley.testing.rules_strategies import disc, notice, three_sided
from parley.wire.statement import encode

AGREEMENT = three_sided()
CONTEXT = context_of(AGREEMENT, "green")
DAY_MS = 86_400_000


@pytest.fixture
async def green() -> AsyncIterator[Node]:
    node = await started_node(AGREEMENT, "green", clock=HandClock())
    yield node
    await node.check_node(MemoryStore())
    await node.close()


def sealed(statement: Statement, **header: object) -> bytes:
    named = {"agreement": CONTEXT.agreement_ref, **header}
    head = replace(statement.header, **named)  # type: ignore[arg-type]
    return seal(*encode(replace(statement, header=head)), signing_key(head.by))


def numbered(count: int) -> list[bytes]:
    return [sealed(notice(disc(), number=number)) for number in range(1, count + 1)]


async def test_many_keep_their_order_around_what_is_refused(green: Node) -> None:
    notes = numbered(2 * RECEIVED_TOGETHER + 5)
    bad = {3: notes[3].replace(b"transit", b"transiT"), 60: sealed(notice(disc(), version=9))}
    sent = [bad.get(index, note) for index, note in enumerate(notes)]
    outcomes = await green.receive(sent)
    assert {i for i, o in enumerate(outcomes) if o.refused is not None} == set(bad)
    assert isinstance(outcomes[3].refused, ForgedError)
    assert isinstance(outcomes[60].refused, ProtocolError)
    log = [e.note for e in await green.log_entries(0, 1000) if e.kind.label == "received"]
    assert log == [note for index, note in enumerate(sent) if index not in bad]
    assert await green.receive([]) == []
    again = await green.receive(sent)
    assert [o.receipt for o in again] == [o.receipt for o in outcomes]


def test_preparing_judges_all_that_needs_no_store() -> None:
    ring = CONTEXT.ring
    good, forged, stranger = (
        sealed(notice(disc())),
        sealed(notice(disc())).replace(b"transit", b"transiT"),
        sealed(notice(disc()), role="admiral"),
    )
    ready = receive.prepare(CONTEXT, ring, [good, forged, stranger])
    assert [one.error is None for one in ready] == [True, False, True]
    assert ready[0].sender == "blue"
    assert isinstance(ready[1].error, ForgedError)


async def test_a_role_is_judged_by_the_agreement_in_force(green: Node) -> None:
    (outcome,) = await green.receive([sealed(notice(disc()), role="admiral")])
    assert isinstance(outcome.refused, ProtocolError)


async def test_what_was_judged_under_other_rosters_is_judged_again(green: Node) -> None:
    nobody = Keyring({})
    note = sealed(notice(disc()))
    (stale,) = receive.prepare(CONTEXT, nobody, [note])
    assert stale.error is not None
    (outcome,) = await green._receive_some([stale])
    assert outcome.receipt is not None


async def test_a_clock_that_is_days_ahead_is_said_once_an_hour(green: Node) -> None:
    async def said() -> list[object]:
        return [e.data["ahead_ms"] for e in await green.events() if e.kind == "clock-differs"]

    at_ms = DAWN_MS + DAY_MS
    await green.receive([sealed(notice(disc(), number=1), at_ms=at_ms)])
    assert await said() == []
    for number in (2, 3):
        note = sealed(notice(disc(), number=number), at_ms=at_ms + number)
        (outcome,) = await green.receive([note])
        assert outcome.receipt is not None
    assert await said() == [DAY_MS + 2]
    assert isinstance(green.clock, HandClock)
    green.clock.advance(3_600_000)
    await green.receive([sealed(notice(disc(), number=4), at_ms=at_ms + 2 * 3_600_000)])
    assert len(await said()) == 2
