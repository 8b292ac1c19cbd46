"""Blue lies to green in every way that the wire allows: green refuses by name, keeps nothing of
it, and passes its audit afterwards. Real keys, real signatures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.errors import (
    ForgedError,
    MalformedError,
    OversizeError,
    PeerError,
    ProtocolError,
    ReplayError,
    UnknownPartyError,
)
from parley.ledger import SigningKey, parse, parse_statement, seal, sign, verify_evidence
from parley.node.node import Node
from parley.node.ports import Tx
from parley.node.replay import carried
from parley.rules.statements import (
    Answer,
    Draft,
    ItemEvent,
    NoticeVolume,
    Presence,
    Rung,
    Statement,
    Step,
    Stop,
    Use,
)
from parley.store.memory import MemoryStore
from parley.testing.clock import HandClock, counting_salts
from parley.testing.harness import context_of
from parley.testing.keys import signing_key
from parley.testing.rules_strategies import disc, minutes, notice, sighting, three_sided
from parley.wire.statement import encode

AGREEMENT = three_sided()
BLUE = signing_key("blue")
TABLES = (
    "meta", "item", "content", "id", "due", "finding", "about", "event", "receipt", "receipted",
    "refused", "entries", "early", "track", "emergency", "presence",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Green's node and its store, and the honest nodes of blue and amber."""

    green: Node
    store: MemoryStore
    blue: Node
    amber: Node
    clock: HandClock

    async def state(self) -> object:
        """Everything green holds, byte for byte, but the volumes of its index."""
        return await self.store.read(_all)

    async def refuses(self, note: bytes) -> PeerError:
        """Green refuses the note and holds what it held."""
        before = await self.state()
        (outcome,) = await self.green.receive([note])
        assert outcome.refused is not None, "it was let in"
        assert outcome.receipt is None
        assert await self.state() == before
        return outcome.refused

    async def takes(self, note: bytes) -> bytes:
        (outcome,) = await self.green.receive([note])
        assert outcome.refused is None
        assert outcome.receipt is not None
        return outcome.receipt

    async def close(self) -> None:
        for node in (self.green, self.blue, self.amber):
            await node.check_node(MemoryStore())
            await node.close()


def _all(tx: Tx) -> object:
    leaves = list(tx.log.leaves(0, tx.log.size()))
    return leaves, [list(tx.records.scan(table)) for table in TABLES], tx.outbox.counts()


async def opened() -> World:
    clock = HandClock()
    nodes = {}
    store = MemoryStore()
    for party in ("green", "blue", "amber"):
        held = store if party == "green" else MemoryStore()
        node = Node(context_of(AGREEMENT, party), held, clock, counting_salts(party))
        await node.start()
        nodes[party] = node
    await nodes["blue"].post_notice(draft(), role="duty")
    await nodes["amber"].post_notice(draft(20_000), role="duty")
    await nodes["green"].post_notice(draft(40_000), role="duty")
    await carried(nodes)
    return World(nodes["green"], store, nodes["blue"], nodes["amber"], clock)


@pytest.fixture
async def world() -> Any:
    world = await opened()
    yield world
    await world.close()


def draft(north_m: float = 0) -> Draft:
    return Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(north_m)),))


def sealed(statement: Statement, key: SigningKey = BLUE, **header: object) -> bytes:
    """The statement under the agreement's true name, signed; header members as given."""
    named = {"agreement": context_of(AGREEMENT, "blue").agreement_ref, **header}
    head = replace(statement.header, **named)  # type: ignore[arg-type]
    return seal(*encode(replace(statement, header=head)), key)


def raw(statement: Statement, change: Callable[[dict[str, Any]], None]) -> bytes:
    """A body that no honest node would encode, rightly signed."""
    type_line, body = parse_statement(parse(sealed(statement)).text)
    change(body)
    return seal(type_line, body, BLUE)


NEW = notice(disc(span=minutes(60, 90)), number=2)
AMENDED = notice(disc(1_000), number=1, version=2)


def event(by: str, item: str, version: int, step: Step = Step.CANCEL) -> ItemEvent:
    return ItemEvent(notice(disc(), by=by).header, item, version, step)


def answer(item: str, version: int = 1, number: int = 1, rung: Rung = Rung.READ) -> Answer:
    return Answer(NEW.header, item, version, number, rung)


# Signatures ----------------------------------------------------------------------------------


async def test_honest_note_is_taken(world: World) -> None:
    await world.takes(sealed(NEW))
    assert (await world.green.item("notice:blue-2")).author == "blue"


async def test_signature_over_other_bytes_is_forged(world: World) -> None:
    note = sealed(NEW).replace(b"transit", b"transiT")
    error = await world.refuses(note)
    assert isinstance(error, ForgedError)
    assert "blue" in error.what


async def test_known_name_under_another_key_is_an_unknown_key(world: World) -> None:
    stranger = SigningKey("blue", b"\x07" * 32)
    assert isinstance(await world.refuses(sealed(NEW, stranger)), UnknownPartyError)


async def test_party_that_is_not_in_the_roster_is_unknown(world: World) -> None:
    stranger = SigningKey("red", b"\x07" * 32)
    assert isinstance(await world.refuses(sealed(NEW, stranger)), UnknownPartyError)


async def test_statement_in_the_name_of_another_is_forged(world: World) -> None:
    theirs = notice(disc(), by="amber", number=2)
    error = await world.refuses(sealed(theirs))
    assert isinstance(error, ForgedError)
    assert error.at_fault == "party blue"


# Replay --------------------------------------------------------------------------------------


async def test_note_that_comes_twice_gets_its_old_receipt_and_one_entry(world: World) -> None:
    note = sealed(NEW)
    first = await world.takes(note)
    world.clock.advance(60_000)
    state = await world.state()
    assert [o.receipt for o in await world.green.receive([note, note])] == [first, first]
    assert await world.state() == state


async def test_note_with_a_strangers_signature_added_is_no_second_statement(world: World) -> None:
    note = sealed(NEW)
    await world.takes(note)
    stranger = sign(parse(note).text, SigningKey("red", b"\x07" * 32)).splitlines()[-1]
    error = await world.refuses(note + stranger + b"\n")
    assert isinstance(error, ProtocolError)
    assert "out of turn" in error.what


async def test_note_for_another_addressee_is_a_replay(world: World) -> None:
    error = await world.refuses(sealed(NEW, to=("amber",)))
    assert isinstance(error, ReplayError)
    assert "green" in error.right
    assert isinstance(await world.refuses(sealed(NEW, to=())), ReplayError)


async def test_note_under_another_agreement_is_a_replay(world: World) -> None:
    error = await world.refuses(sealed(NEW, agreement="f" * 64))
    assert isinstance(error, ReplayError)
    assert error.right == world.green.context.agreement_ref


async def test_our_own_note_that_comes_back_is_a_replay(world: World) -> None:
    mine = await world.green.post_notice(draft(9_000), role="duty")
    assert isinstance(await world.refuses(mine.note), ReplayError)


async def test_our_own_receipt_and_theirs_are_no_statements(world: World) -> None:
    receipt = await world.takes(sealed(NEW))
    assert isinstance(await world.refuses(receipt), MalformedError)


# The life cycle ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (notice(disc(), number=2, version=2), "version 2 of blue-2 is out of turn"),
        (replace(AMENDED, version=3), "version 3 of blue-1 is out of turn"),
        (event("blue", "blue-1", 3), "version 3 of blue-1 is out of turn"),
        (event("blue", "blue-7", 2), "never posted"),
        (event("blue", "amber-1", 2), "belongs to 'amber'"),
        (event("blue", "green-1", 2), "belongs to 'green'"),
        (replace(NEW, item="amber-2"), "does not carry the name"),
        (replace(NEW, item="green-2"), "does not carry the name"),
        (replace(NEW, item="blue"), "does not carry the name"),
        (Stop(NEW.header, "blue-1", 1, None), "is the id of notice:blue-1 already"),
        (answer("blue-1"), "not addressed to 'blue'"),
        (answer("amber-1", number=2), "number 2"),
        (answer("amber-1", rung=Rung.ACCEPTED), "accepted cannot follow received"),
        (answer("amber-1", rung=Rung.RECEIVED), "received cannot follow received"),
        (answer("green-7"), "never posted"),
        (answer("blue-7"), "never posted"),
        (answer("green-1", version=2), "version 2"),
        (answer("red-1"), "never posted"),
    ],
)
async def test_step_that_does_not_exist_is_refused(
    world: World, lie: Statement, words: str
) -> None:
    error = await world.refuses(sealed(lie))
    assert isinstance(error, ProtocolError)
    assert words in error.what
    assert error.at_fault == "party blue"
    assert error.right


async def test_other_words_of_a_version_that_we_hold_are_refused_and_logged_as_proof(
    world: World,
) -> None:
    other = sealed(notice(disc(500), number=1, version=1))
    size = (await world.green.health()).log_size
    for _ in range(3):
        (outcome,) = await world.green.receive([other])
        assert isinstance(outcome.refused, ProtocolError)
        assert "version 1 of blue-1 is out of turn" in outcome.refused.what
    (proof,) = await world.green.log_entries(size, size + 100)
    assert proof.type == "parley/exhibit/v1"
    (exhibit,) = await world.green.trust.faults.exhibits()
    assert (exhibit.accused, exhibit.kind) == ("blue", "two-words")


async def test_amendment_and_all_clear_go_to_the_same_addressees(world: World) -> None:
    for said in (AMENDED, event("blue", "blue-1", 2)):
        assert isinstance(await world.refuses(sealed(said, to=("green",))), ProtocolError)
    await world.takes(sealed(AMENDED))


async def test_exercise_does_not_turn_real(world: World) -> None:
    await world.takes(sealed(NEW, exercise=True))
    real = notice(disc(), number=2, version=2)
    assert isinstance(await world.refuses(sealed(real)), ProtocolError)


async def test_answer_for_somebody_else_is_forged(world: World) -> None:
    amber = replace(answer("green-1"), header=notice(disc(), by="amber").header)
    assert isinstance(await world.refuses(sealed(amber)), ForgedError)


async def test_presence_and_observation_stay_where_they_are(world: World) -> None:
    head = replace(NEW.header, to=())
    presence = Presence(head, "blue-2", 1, "people", disc())
    assert isinstance(await world.refuses(sealed(presence)), ReplayError)
    assert isinstance(await world.refuses(sealed(sighting(by="blue"))), ReplayError)
    addressed = raw(presence, lambda body: body.update(to=["green"]))
    assert isinstance(await world.refuses(addressed), MalformedError)


async def test_role_that_the_agreement_does_not_name_may_only_call_stop(world: World) -> None:
    error = await world.refuses(sealed(NEW, role="janitor"))
    assert isinstance(error, ProtocolError)
    assert "duty" in error.right
    await world.takes(sealed(Stop(NEW.header, "blue-3", 1, None), role="janitor"))


async def test_addressee_that_is_no_party_is_named(world: World) -> None:
    error = await world.refuses(sealed(NEW, to=("green", "nobody")))
    assert isinstance(error, UnknownPartyError)
    assert "nobody" in error.what


async def test_one_party_cannot_take_the_names_of_another_that_begins_alike() -> None:
    parties = (*AGREEMENT.parties, replace(AGREEMENT.parties[0], id="blue-2"))
    agreement = replace(AGREEMENT, parties=parties)
    context = context_of(agreement, "green")
    node = Node(context, MemoryStore(), HandClock(), counting_salts())
    await node.start()
    taken = replace(notice(disc(), by="blue"), item="blue-2-1")
    head = replace(taken.header, agreement=context.agreement_ref)
    (outcome,) = await node.receive([seal(*encode(replace(taken, header=head)), BLUE)])
    assert isinstance(outcome.refused, ProtocolError)
    await node.check_node(MemoryStore())
    await node.close()


# Answers that came before their words --------------------------------------------------------


async def test_answer_that_overtakes_its_words_is_kept_and_counts_when_they_come(
    world: World,
) -> None:
    amber_2 = notice(disc(20_000), by="amber", number=2)
    await world.takes(sealed(answer("amber-2")))
    await world.takes(sealed(answer("amber-2", number=2, rung=Rung.ACCEPTED)))
    await world.takes(sealed(amber_2, signing_key("amber")))
    record = await world.green.item("notice:amber-2")
    assert record.standing("blue").rung is Rung.ACCEPTED
    proven = verify_evidence(await world.green.evidence([record.ref]))
    assert [i.type for i in proven.items if i.entry.kind.label == "received"] == [
        "parley/answer/v1",
        "parley/answer/v1",
        "parley/notice/v1",
    ]


async def test_answer_that_does_not_fit_its_words_is_dropped_aloud(world: World) -> None:
    await world.takes(sealed(answer("amber-2", rung=Rung.ACCEPTED)))
    await world.takes(sealed(notice(disc(20_000), by="amber", number=2), signing_key("amber")))
    record = await world.green.item("notice:amber-2")
    assert record.standing("blue").rung is Rung.RECEIVED
    (dropped,) = [e for e in await world.green.events() if e.kind == "answer-dropped"]
    assert dropped.data["by"] == "blue"
    assert "accepted cannot follow received" in str(dropped.data["reason"])


async def test_early_answers_of_one_party_are_held_to_a_limit(world: World) -> None:
    for number in range(256):
        await world.takes(sealed(answer(f"amber-{number + 10}")))
    assert isinstance(await world.refuses(sealed(answer("amber-999"))), ProtocolError)


async def test_answer_to_words_that_were_amended_meanwhile_changes_nothing(world: World) -> None:
    newer = notice(disc(20_500), by="amber", version=2)
    await world.takes(sealed(newer, signing_key("amber")))
    await world.takes(sealed(answer("amber-1", version=1)))
    record = await world.green.item("notice:amber-1")
    assert record.standing("blue").rung is Rung.RECEIVED
    white = replace(answer("amber-1", version=1), header=notice(disc(), by="white").header)
    assert isinstance(await world.refuses(sealed(white, signing_key("white"))), ProtocolError)


# Bytes ---------------------------------------------------------------------------------------


async def test_every_truncation_is_refused(world: World) -> None:
    note = sealed(NEW)
    for size in (*range(0, len(note), 37), len(note) - 1):
        assert isinstance(await world.refuses(note[:size]), MalformedError | UnknownPartyError)


async def test_oversized_note_is_refused_before_anything_else(world: World) -> None:
    assert isinstance(await world.refuses(b"x" * 65_537), OversizeError)
    deep = b"parley/notice/v1\n" + b"[" * 30_000 + b"]" * 30_000 + b"\n"
    error = await world.refuses(sign(deep, BLUE))
    assert isinstance(error, OversizeError | MalformedError)


VOLUME = ("volumes", 0)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ((*VOLUME, "floor_cm"), 10**7 + 1),
        ((*VOLUME, "floor_cm"), 2**52),
        ((*VOLUME, "floor_cm"), "low"),
        ((*VOLUME, "floor_cm"), True),
        ((*VOLUME, "floor_cm"), 900_000),  # above its ceiling
        ((*VOLUME, "end_ms"), 0),
        ((*VOLUME, "end_ms"), 253_402_300_799_999),
        ((*VOLUME, "start_ms"), -1),
        ((*VOLUME, "use"), "target"),
        ((*VOLUME, "area", "reach_cm"), -1),
        ((*VOLUME, "area", "reach_cm"), 10**9),
        ((*VOLUME, "area", "kind"), "polygon"),
        ((*VOLUME, "area", "points"), []),
        ((*VOLUME, "area", "points"), [[10**9, 0]]),
        ((*VOLUME, "area", "points"), [[0, 1_800_000_000]]),
        ((*VOLUME, "area", "points"), [[900_000_000, 5]]),
        (("volumes",), []),
        (("activity_class",), "party"),
        (("activity_class",), ""),
        (("place",), "moon"),
        (("version",), 0),
        (("item",), "../../etc"),
        (("text",), "\u202eright to left"),
        (("text",), "x" * 4_001),
        (("to",), ["green", "amber"]),
        (("to",), ["green", "green"]),
        (("to",), ["blue", "green"]),
        (("at_ms",), None),
        (("target",), "something"),
    ],
)
async def test_garbage_in_a_rightly_signed_note_is_malformed(
    world: World, where: tuple[str | int, ...], value: object
) -> None:
    def change(body: Any) -> None:
        for step in where[:-1]:
            body = body[step]
        body[where[-1]] = value

    if where[-1] == "end_ms" and value == 253_402_300_799_999:
        await world.takes(raw(NEW, change))  # a notice for ever is only long
        return
    error = await world.refuses(raw(NEW, change))
    assert isinstance(error, MalformedError)
    assert error.at_fault == "party blue"


@pytest.mark.parametrize(
    "points",
    [
        [[400_000_000, 200_000_000], [401_000_000, 201_000_000], [400_000_000, 201_000_000],
         [401_000_000, 200_000_000]],  # crosses itself
        [[400_000_000, 200_000_000]] * 3,
        [[400_000_000, 200_000_000], [401_000_000, 201_000_000]],
        [[0, 0], [0, 900_000_000], [0, 1_700_000_000], [0, -900_000_000]],  # half the Earth
    ],
)  # fmt: skip
async def test_polygon_that_cannot_be_is_malformed(world: World, points: list[list[int]]) -> None:
    def change(body: dict[str, Any]) -> None:
        body["volumes"][0]["area"] = {"kind": "polygon", "points": points, "reach_cm": 0}

    assert isinstance(await world.refuses(raw(NEW, change)), MalformedError)


async def test_hazard_that_would_cover_half_the_earth_is_refused(world: World) -> None:
    def change(body: dict[str, Any]) -> None:
        body["activity_class"] = "live-activity"
        body["volumes"][0]["area"]["reach_cm"] = 99_999_000

    error = await world.refuses(raw(NEW, change))
    assert isinstance(error, MalformedError)
    assert "live-activity" not in error.at_fault
    assert error.at_fault == "party blue"


async def test_forged_or_foreign_receipt_settles_nothing(world: World) -> None:
    posted = await world.green.post_notice(draft(9_000), role="duty")
    (parcel,) = await world.green.parcels("blue")
    assert parcel.note == posted.note
    (other,) = await world.blue.receive(
        [sealed(notice(disc(), by="amber", number=9), signing_key("amber"))]
    )
    assert other.receipt is not None
    before = await world.state()
    for lie in (other.receipt, other.receipt[:-9], b"", posted.note):
        with pytest.raises(PeerError):
            await world.green.delivered("blue", parcel, lie)
    (mine,) = await world.blue.receive([posted.note])
    assert mine.receipt is not None
    with pytest.raises(PeerError):
        await world.green.delivered("amber", parcel, mine.receipt)
    assert await world.state() == before
    await world.green.delivered("blue", parcel, mine.receipt)
    assert await world.green.parcels("blue") == []


# Mutations -----------------------------------------------------------------------------------

HONEST = (
    sealed(NEW),
    sealed(AMENDED),
    sealed(event("blue", "blue-1", 2)),
    sealed(answer("green-1")),
    sealed(Stop(NEW.header, "blue-3", 1, disc().area, text="при контакте: стоп")),
)


@given(
    st.sampled_from(HONEST),
    st.lists(
        st.tuples(
            st.sampled_from("rid"),
            st.floats(0, 1, exclude_max=True),
            st.binary(min_size=1, max_size=6),
        ),
        min_size=1,
        max_size=4,
    ),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_notes_are_refused_and_leave_no_trace(
    note: bytes, edits: list[tuple[str, float, bytes]]
) -> None:
    """Bytes replaced, inserted, deleted: a PeerError each, and green holds what it held."""
    mutated = bytearray(note)
    for how, place, some in edits:
        at = int(place * len(mutated))
        end = at if how == "i" else at + len(some)
        mutated[at:end] = b"" if how == "d" else some
    if bytes(mutated) in HONEST:
        return
    LOOP.run_until_complete(MUTATED.refuses(bytes(mutated)))


@given(st.sampled_from(HONEST), st.data())
@settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_bodies_rightly_signed_are_taken_or_refused_whole(
    note: bytes, data: st.DataObject
) -> None:
    """The liar signs what he changed: either it is a statement, or nothing is kept of it, but for
    the proof that he said two different things in one place."""
    type_line, body = parse_statement(parse(note).text)
    for _ in range(data.draw(st.integers(1, 3))):
        _mutate(body, data)
    lie = seal(type_line, body, BLUE)

    async def main() -> None:
        world = await opened()
        before = await world.state()
        (outcome,) = await world.green.receive([lie])
        exposed = await world.green.trust.faults.exhibits()
        assert {shown.kind for shown in exposed} <= {"two-words"}
        if outcome.refused is not None and not exposed:
            assert await world.state() == before
        await world.green.findings()
        await world.close()

    LOOP.run_until_complete(main())


def _mutate(body: Any, data: st.DataObject) -> None:
    value: Any = body
    while True:
        keys: list[Any] = sorted(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if isinstance(value[key], dict | list) and value[key] and data.draw(st.booleans()):
            value = value[key]
            continue
        value[key] = data.draw(
            st.one_of(
                st.sampled_from(
                    (
                        None,
                        True,
                        "",
                        "green",
                        "amber-1",
                        "blue-1",
                        0,
                        1,
                        2,
                        -1,
                        2**31,
                        2**52,
                        [],
                        {},
                    )
                ),
                st.integers(-(2**53) + 1, 2**53 - 1),
                st.text(max_size=5),
            )
        )
        return


LOOP = asyncio.new_event_loop()
MUTATED = LOOP.run_until_complete(opened())


@pytest.fixture(scope="module", autouse=True)
def _loop_is_closed() -> Any:
    yield
    LOOP.run_until_complete(MUTATED.close())
    LOOP.close()
