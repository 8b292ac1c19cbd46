"""A peer that gives no receipt: asked through a third party, whose testimony both sides log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from parley import ledger
from parley.errors import (
    ForgedError,
    InputError,
    MalformedError,
    PeerError,
    ProtocolError,
    ReplayError,
)
from parley.ledger import Challenge, seal, seal_challenge, seal_testimony
from parley.node import challenge
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.store.memory import MemoryStore
from parley.testing.clock import HandClock
from parley.testing.harness import context_of, started_node
from parley.testing.keys import signing_key
from parley.testing.rules_strategies import disc, minutes, notice, three_sided
from parley.wire.statement import encode

AGREEMENT = three_sided()
DRAFT = Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(span=minutes(60, 90))),))
REF = context_of(AGREEMENT, "blue").agreement_ref


@dataclass
class Three:
    """Blue speaks, green is silent, amber is asked."""

    blue: Node
    green: Node
    amber: Node
    clock: HandClock

    async def carry(self) -> None:
        """Between blue and amber only."""
        await carried({"blue": self.blue, "amber": self.amber})

    async def events(self, node: Node, kind: str) -> list[dict[str, object]]:
        return [dict(e.data) for e in await node.events() if e.kind == kind]

    async def refuses(self, node: Node, note: bytes) -> PeerError:
        (outcome,) = await node.receive([note])
        assert outcome.refused is not None, "it was let in"
        return outcome.refused


@pytest.fixture
async def three() -> AsyncIterator[Three]:
    clock = HandClock()
    blue, green, amber = [
        await started_node(AGREEMENT, p, clock=clock) for p in ("blue", "green", "amber")
    ]
    yield Three(blue, green, amber, clock)
    for node in (blue, green, amber):
        await node.check_node(MemoryStore())
        await node.close()


async def test_a_receipt_that_comes_through_a_third_party_settles_the_parcel(three: Three) -> None:
    posted = await three.blue.post_notice(DRAFT, role="duty")
    asked = await three.blue.challenge("notice:blue-1", to="green", via="amber")
    assert asked.ref == "notice:blue-1"
    await three.carry()
    (relay,) = await three.amber.relays("green")
    assert relay.note == posted.note
    (outcome,) = await three.green.receive([relay.note], carrier="amber")
    assert outcome.receipt is not None
    await three.amber.testify(relay, "receipt", outcome.receipt)
    await three.amber.testify(relay, "receipt", outcome.receipt)
    assert await three.amber.relays("green") == []
    await three.carry()
    assert await three.blue.parcels("green") == []
    (one,) = await three.blue.challenges()
    assert (one.to, one.via, one.outcome) == ("green", "amber", "receipt")
    standings = {s.party: s for s in (await three.blue.item("notice:blue-1")).standings}
    assert standings["green"].received_ms >= 0
    for node in (three.blue, three.amber):
        types = [e.type for e in await node.log_entries(0, 100)]
        assert types.count("parley/challenge/v1") == types.count("parley/testimony/v1") == 1
    assert (await three.blue.health()).pending == {"white": 1}


@pytest.mark.parametrize("outcome", ["refused", "no answer"])
async def test_no_receipt_leaves_the_parcel_waiting(three: Three, outcome: str) -> None:
    posted = await three.blue.post_notice(DRAFT, role="duty")
    await three.blue.challenge(posted.note_hash, to="green", via="amber")
    await three.carry()
    (relay,) = await three.amber.relays("green")
    await three.amber.testify(relay, outcome)
    await three.carry()
    assert len(await three.blue.parcels("green")) == 1
    (told,) = await three.events(three.blue, "testimony")
    assert (told["to"], told["via"], told["outcome"]) == ("green", "amber", outcome)


async def test_a_receipt_for_something_else_counts_as_no_answer(three: Three) -> None:
    await three.blue.post_notice(DRAFT, role="duty")
    other = await three.blue.stop(role="duty")
    (taken,) = await three.green.receive([other.note])
    assert taken.receipt is not None
    await three.blue.challenge("notice:blue-1", to="green", via="amber")
    await three.carry()
    (relay,) = await three.amber.relays("green")
    await three.amber.testify(relay, "receipt", taken.receipt)
    await three.carry()
    (one,) = await three.blue.challenges()
    assert one.outcome == "no answer"


async def test_there_must_be_something_to_challenge(three: Three) -> None:
    posted = await three.blue.post_notice(DRAFT, role="duty", to=["green"])
    with pytest.raises(InputError, match="waits for a receipt of amber"):
        await three.blue.challenge("notice:blue-1", to="amber", via="green")
    with pytest.raises(InputError, match="no other party"):
        await three.blue.challenge("notice:blue-1", to="green", via="blue")
    with pytest.raises(InputError, match="twice"):
        await three.blue.challenge(posted.note_hash, to="green", via="green")
    with pytest.raises(InputError, match="waits for a receipt"):
        await three.blue.challenge("0" * 64, to="green", via="amber")


def inner(**header: object) -> bytes:
    """A note of blue's for everybody, header members as given."""
    words = notice(disc(), number=1)
    head = replace(words.header, **{"agreement": REF, **header})  # type: ignore[arg-type]
    return seal(*encode(replace(words, header=head)), signing_key("blue"))


BLUE = signing_key("blue")


async def test_a_challenge_that_is_not_what_it_says_is_refused(three: Three) -> None:
    def sealed(note: bytes, *, by: str = "blue", to: str = "green", via: str = "amber") -> bytes:
        return seal_challenge(Challenge(by, to, via, note, 0), signing_key(by))

    amber = three.amber
    assert isinstance(await three.refuses(amber, sealed(inner(), via="white")), ReplayError)
    assert isinstance(
        await three.refuses(amber, sealed(inner(), by="green", to="white")), MalformedError
    )
    for wrong in (
        inner(to=("amber",)),
        inner(agreement="another"),
        inner(copy_for="white"),
    ):
        assert isinstance(await three.refuses(amber, sealed(wrong)), MalformedError)
    spoilt = sealed(inner().replace(b"transit", b"transiT"))
    assert isinstance(await three.refuses(amber, spoilt), ForgedError)
    forged = seal_challenge(Challenge("blue", "green", "amber", inner(), 0), BLUE)
    assert isinstance(await three.refuses(amber, forged.replace(b"green", b"white")), PeerError)
    assert await amber.relays("green") == []


async def test_a_testimony_nobody_asked_for_is_refused_and_so_is_a_second(three: Three) -> None:
    amber = signing_key("amber")
    stray = seal_testimony(
        ledger.Testimony("amber", b"\x00" * 32, "green", "no answer", b"", 0), amber
    )
    assert isinstance(await three.refuses(three.blue, stray), ReplayError)
    await three.blue.post_notice(DRAFT, role="duty")
    asked = await three.blue.challenge("notice:blue-1", to="green", via="amber")
    digest = bytes.fromhex(asked.note_hash)
    theirs = seal_testimony(
        ledger.Testimony("white", digest, "green", "refused", b"", 0), signing_key("white")
    )
    assert isinstance(await three.refuses(three.blue, theirs), ForgedError)
    for at_ms, fits in ((1, True), (2, False)):
        note = seal_testimony(
            ledger.Testimony("amber", digest, "green", "refused", b"", at_ms), amber
        )
        (outcome,) = await three.blue.receive([note])
        assert (outcome.refused is None) is fits


async def test_challenges_are_bounded(three: Three) -> None:
    for number in range(challenge.RELAYS_WAITING + 1):
        note = seal_challenge(Challenge("blue", "green", "amber", inner(), number), BLUE)
        (outcome,) = await three.amber.receive([note])
    assert isinstance(outcome.refused, ProtocolError)
    assert len(await three.amber.relays("green")) == challenge.RELAYS_WAITING


async def test_who_is_silent_for_five_minutes_is_suspected_until_it_answers(three: Three) -> None:
    await three.blue.post_notice(DRAFT, role="duty", to=["green"])

    async def suspected() -> list[tuple[str, str]]:
        three.clock.advance(60_000)
        await three.blue.tick()
        return [(s.party, s.kind) for s in await three.blue.trust.faults.suspicions()]

    assert [await suspected() for _ in range(5)] == [[]] * 5
    assert await suspected() == [("green", "silent")]
    assert (await three.blue.health()).suspicions == 1
    await carried({"blue": three.blue, "green": three.green})
    assert await suspected() == []
