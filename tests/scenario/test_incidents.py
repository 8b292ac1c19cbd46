"""Claims, objections and the list of an incident between real nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from parley.errors import InputError, ProtocolError
from parley.liaison.incidents.contents import (
    Aspect,
    Claim,
    Communique,
    Incident,
    IncidentState,
    Objection,
    ObjectionState,
    Source,
)
from parley.liaison.incidents.listing import Listing, Standing
from parley.liaison.incidents.rules import communique_state
from parley.liaison.papers.when import When
from parley.node.liaison.incidents import SEATS, incident_list
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.findings import Finding, Kind
from parley.rules.statements import Rung
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import Mechanism, started_node

AGREEMENT = small_agreement()
HOUR_MS = 3_600_000
THEN = When("at dawn", DAWN_MS, DAWN_MS)
SOURCE = Source("briefing", "a page", THEN)
INCIDENT = Incident(
    "A near miss", IncidentState.OPEN, THEN, None, ("blue", "green"), (), "none", "none"
)


class Table:
    """Nodes in memory on one clock; what one says is handed to the others."""

    def __init__(self, nodes: dict[str, Node], clock: HandClock) -> None:
        self.nodes, self.clock = nodes, clock

    def node(self, party: str) -> Node:
        return self.nodes[party]

    async def settle(self) -> None:
        await carried(self.nodes)

    async def check(self) -> None:
        for node in self.nodes.values():
            await node.check_node(MemoryStore())


@asynccontextmanager
async def table() -> AsyncIterator[Table]:
    clock = HandClock()
    ids = [party.id for party in AGREEMENT.parties]
    nodes = {party: await started_node(AGREEMENT, party, clock=clock) for party in ids}
    yield Table(nodes, clock)
    for node in nodes.values():
        await node.close()


def claim(incident: str, claimant: str, **more: object) -> Claim:
    first = Claim(incident, "lead-time", Aspect.ACT, claimant, "in words", SOURCE)
    return replace(first, **more)  # type: ignore[arg-type]


def quantity(incident: str, claimant: str, least: int, most: int, **more: object) -> Claim:
    return claim(incident, claimant, least=least, most=most, unit="second", **more)


async def opened(m: Mechanism | Table) -> str:
    said = await m.node("blue").post_paper(INCIDENT, role="duty")
    await m.settle()
    return said.ref


async def say(m: Mechanism | Table, party: str, content: Claim | Objection | Communique) -> str:
    ref = (await m.node(party).post_paper(content, role="duty")).ref
    await m.settle()
    return ref


async def contradictions(m: Mechanism | Table) -> list[Finding]:
    """What both nodes find alike."""
    found = [
        [f for f in await m.node(p).findings() if f.kind is Kind.CLAIMS_CONTRADICT]
        for p in ("blue", "green")
    ]
    assert found[0] == found[1]
    return found[0]


async def listed(m: Mechanism | Table, ref: str) -> Listing:
    """The list, the same at both nodes."""
    a, b = [await m.node(p).look(lambda desk: incident_list(desk, ref)) for p in ("blue", "green")]
    assert a == b
    return a


def standings(found: Listing) -> dict[tuple[str, str], str]:
    return {(e.topic, e.aspect.value): e.standing.value for e in found.entries}


async def test_two_parties_contradict_each_other_until_one_takes_it_back(tmp_path: Path) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        ref = await opened(m)
        one = await say(m, "blue", quantity(ref, "blue", 0, 60))
        other = await say(m, "green", quantity(ref, "green", 120, 900))
        (found,) = await contradictions(m)
        assert found.refs == (f"{one}@1", f"{other}@1")
        assert found.parties == ("blue", "green")
        assert (found.codes, found.measured) == (("number",), {"number_gap": 60})
        assert standings(await listed(m, ref)) == {("lead-time", "act"): "disputed"}
        await m.node("green").withdraw_paper(other, role="duty")
        await m.settle()
        assert await contradictions(m) == []
        assert standings(await listed(m, ref)) == {("lead-time", "act"): "single-sided"}
        await m.check()


async def test_an_amendment_that_meets_the_other_side_ends_the_contradiction() -> None:
    async with table() as m:
        ref = await opened(m)
        one = await say(m, "blue", quantity(ref, "blue", 0, 60))
        await say(m, "green", quantity(ref, "green", 120, 900))
        await m.node("blue").amend_paper(one, quantity(ref, "blue", 0, 120), role="duty")
        await m.settle()
        assert await contradictions(m) == []
        (entry,) = (await listed(m, ref)).entries
        assert entry.standing is Standing.COMPATIBLE
        (change,) = entry.changes
        assert (change.claimant, change.from_ref, change.to_ref) == (
            "blue",
            f"{one}@1",
            f"{one}@2",
        )
        assert change.against == ()
        await m.check()


async def test_a_claimant_that_changes_its_word_is_shown_doing_so_and_both_stay() -> None:
    async with table() as m:
        ref = await opened(m)
        first = await say(m, "blue", quantity(ref, "blue", 14, 14))
        second = await say(m, "blue", quantity(ref, "blue", 15, 15))
        (found,) = await contradictions(m)
        assert found.codes == ("number", "own")
        await m.node("blue").withdraw_paper(second, role="duty")
        await m.settle()
        later = await say(m, "blue", quantity(ref, "blue", 15, 15, supersedes=first))
        assert await contradictions(m) == []
        (entry,) = (await listed(m, ref)).entries
        assert {one.ref: one.state for one in entry.claims} == {
            first: "changed",
            second: "withdrawn",
            later: "stands",
        }
        (change,) = entry.changes
        assert (change.from_ref, change.to_ref) == (f"{first}@1", f"{later}@1")
        assert change.against == ("number",)
        assert (await m.node("green").paper(first)).paper.withdrawn is False
        await m.check()


async def test_nobody_supersedes_what_another_claims() -> None:
    async with table() as m:
        ref = await opened(m)
        theirs = await say(m, "green", quantity(ref, "green", 1, 2))
        quote = await say(m, "blue", quantity(ref, "a newspaper", 1, 2))
        for older in (theirs, quote, "claim:blue-999", ref):
            with pytest.raises((ProtocolError, InputError)):
                await m.node("blue").post_paper(
                    quantity(ref, "blue", 3, 4, supersedes=older), role="duty"
                )
        page = await m.node("blue").papers("claim")
        assert {record.ref for record in page.records} == {theirs, quote}
        await m.check()


async def test_an_act_never_becomes_a_cause_or_another_claimant_by_amendment() -> None:
    async with table() as m:
        ref = await opened(m)
        first = claim(ref, "blue", answer="yes")
        act = await say(m, "blue", first)
        for change in ({"aspect": Aspect.CAUSE}, {"claimant": "green"}, {"topic": "place"}):
            with pytest.raises(ProtocolError, match="would change its"):
                await m.node("blue").amend_paper(act, replace(first, **change), role="duty")
        await say(m, "green", claim(ref, "green", answer="no", aspect=Aspect.BLAME))
        assert await contradictions(m) == []
        assert standings(await listed(m, ref)) == {
            ("lead-time", "act"): "single-sided",
            ("lead-time", "blame"): "single-sided",
        }
        await m.check()


async def test_what_all_accept_is_agreed_and_a_quote_is_its_author_s_word_for_nobody() -> None:
    async with table() as m:
        ref = await opened(m)
        one = await say(m, "blue", quantity(ref, "blue", 15, 15))
        quote = await say(m, "blue", quantity(ref, "green", 14, 14))
        (found,) = await contradictions(m)
        assert found.codes == ("number", "quoted")
        await m.node("green").reply(one, Rung.READ, role="duty")
        await m.node("green").reply(one, Rung.ACCEPTED, role="duty")
        await m.settle()
        waiting = await m.node("green").papers("claim", only_open=True)
        assert [record.ref for record in waiting.records] == [quote]
        (entry,) = (await listed(m, ref)).entries
        assert entry.standing is Standing.AGREED
        held = {c.ref: (c.held_by, c.quoted) for c in entry.claims}
        assert held == {one: (("blue", "green"), False), quote: ((), True)}
        await m.node("green").reply(quote, Rung.READ, role="duty")
        await m.node("green").reply(quote, Rung.OBJECTED, role="duty", text="not our words")
        await m.settle()
        assert standings(await listed(m, ref)) == {("lead-time", "act"): "disputed"}
        await m.check()


async def test_claims_in_prose_alone_stand_side_by_side() -> None:
    async with table() as m:
        ref = await opened(m)
        await say(m, "blue", claim(ref, "blue", text="It was so."))
        await say(m, "green", claim(ref, "green", text="It was not so."))
        assert await contradictions(m) == []
        assert standings(await listed(m, ref)) == {("lead-time", "act"): "side-by-side"}
        await m.check()


async def test_both_open_a_report_and_the_claims_on_either_meet() -> None:
    async with table() as m:
        ref = await opened(m)
        joined = await m.node("green").post_paper(replace(INCIDENT, same_as=ref), role="duty")
        await m.settle()
        await say(m, "blue", quantity(ref, "blue", 0, 60))
        await say(m, "green", quantity(joined.ref, "green", 120, 900))
        (found,) = await contradictions(m)
        assert found.codes == ("number",)
        there, here = await listed(m, joined.ref), await listed(m, ref)
        assert there == here
        assert here.reports == (ref, joined.ref)
        with pytest.raises(ProtocolError, match="join another"):
            await m.node("green").amend_paper(joined.ref, INCIDENT, role="duty")
        await m.check()


async def test_an_open_objection_makes_a_claim_disputed_and_its_answer_falls_due() -> None:
    async with table() as m:
        ref = await opened(m)
        one = await say(m, "blue", quantity(ref, "blue", 15, 15))
        objection = Objection(one, "We have other figures.", m.clock() + HOUR_MS)
        ours = await say(m, "green", objection)
        assert standings(await listed(m, ref)) == {("lead-time", "act"): "disputed"}
        m.clock.advance(HOUR_MS)
        assert await overdue(m) == []
        m.clock.advance(1)
        (found,) = await overdue(m)
        assert found.refs == (f"{ours}@1", "party:blue")
        assert found.parties == ("blue", "green")
        await m.node("blue").reply(ours, Rung.READ, role="duty")
        await m.settle()
        assert len(await overdue(m)) == 1
        await m.node("blue").reply(ours, Rung.UNABLE, role="duty", text="They are secret.")
        await m.settle()
        assert await overdue(m) == []
        settled = replace(objection, state=ObjectionState.SETTLED)
        await m.node("green").amend_paper(ours, settled, role="duty")
        await m.settle()
        assert standings(await listed(m, ref)) == {("lead-time", "act"): "single-sided"}
        with pytest.raises(ProtocolError, match="was settled"):
            await m.node("green").amend_paper(ours, objection, role="duty")
        await m.check()


async def overdue(m: Mechanism | Table) -> list[Finding]:
    found = [
        [f for f in await m.node(p).findings() if f.kind is Kind.REPLY_OVERDUE]
        for p in ("blue", "green")
    ]
    assert found[0] == found[1]
    return found[0]


async def test_an_objection_to_what_nobody_wrote_is_owed_by_all_who_are_asked() -> None:
    async with table() as m:
        await say(m, "green", Objection("third-party:battery", "It moved.", m.clock() + HOUR_MS))
        m.clock.advance(HOUR_MS + 1)
        (found,) = await overdue(m)
        assert found.refs[1] == "party:blue"
        await m.check()


@pytest.mark.parametrize(
    ("to", "late", "state", "said"),
    [
        ("notice:green-1", HOUR_MS, ObjectionState.OPEN, "its own"),
        ("notice:blue-1", -1, ObjectionState.OPEN, "an answer by"),
        ("notice:blue-1", HOUR_MS, ObjectionState.SETTLED, "a new objection"),
    ],
)
async def test_an_objection_that_cannot_be_is_refused(
    to: str, late: int, state: ObjectionState, said: str
) -> None:
    async with table() as m:
        content = Objection(to, "We object.", m.clock() + late, state)
        with pytest.raises(ProtocolError, match=said):
            await m.node("green").post_paper(content, role="duty")


async def test_an_objection_goes_to_whom_it_is_against() -> None:
    async with table() as m:
        content = Objection("notice:blue-1", "We object.", m.clock() + HOUR_MS)
        with pytest.raises(ProtocolError, match="not addressed to blue"):
            await m.node("green").post_paper(content, role="duty", to=["white"])


async def test_a_joint_communique_is_agreed_when_all_who_are_asked_accept_it() -> None:
    async with table() as m:
        text = "The line works. We met."
        joint = Communique("After the meeting", True, text, "en", "press release", None)
        ref = await say(m, "blue", joint)
        assert communique_state(await m.node("green").paper(ref)) == "proposed"
        await m.node("green").reply(ref, Rung.READ, role="duty")
        await m.node("green").reply(ref, Rung.ACCEPTED, role="duty")
        await m.settle()
        for party in ("blue", "green"):
            assert communique_state(await m.node(party).paper(ref)) == "agreed"
        await m.node("blue").amend_paper(ref, replace(joint, text="The line works."), role="duty")
        await m.settle()
        assert communique_state(await m.node("green").paper(ref)) == "proposed"
        with pytest.raises(ProtocolError, match="would be another's"):
            await m.node("blue").amend_paper(ref, replace(joint, joint=False), role="duty")
        with pytest.raises(ProtocolError, match="nobody is asked"):
            await m.node("blue").post_paper(joint, role="duty", to=["white"])
        await m.check()


async def test_a_flood_of_claims_of_one_party_cannot_drown_the_other() -> None:
    async with table() as m:
        ref = await opened(m)
        many = [
            (await m.node("blue").post_paper(quantity(ref, "blue", n, n), role="duty")).ref
            for n in range(SEATS + 4)
        ]
        await m.settle()
        await say(m, "green", quantity(ref, "green", 1_000, 2_000))
        found = await contradictions(m)
        assert len([f for f in found if "own" not in f.codes]) == SEATS
        await m.node("blue").withdraw_paper(many[0], role="duty")
        await m.settle()
        after = await contradictions(m)
        assert len([f for f in after if "own" not in f.codes]) == SEATS
        assert after != found
        await m.check()


async def test_a_private_claim_stays_off_the_common_list() -> None:
    async with table() as m:
        ref = await opened(m)
        await say(m, "blue", quantity(ref, "blue", 0, 60))
        await m.node("blue").post_paper(quantity(ref, "blue", 5, 6), role="duty", to=[])
        (entry,) = (await listed(m, ref)).entries
        assert len(entry.claims) == 1
        own = await m.node("blue").look(lambda desk: incident_list(desk, ref, own=True))
        assert len(own.entries[0].claims) == 2
        await m.check()


async def test_an_exercise_contradicts_nothing_real_and_never_turns_real() -> None:
    async with table() as m:
        ref = await opened(m)
        await say(m, "blue", quantity(ref, "blue", 0, 60))
        drill = await m.node("green").post_paper(
            quantity(ref, "green", 120, 900), role="duty", exercise=True
        )
        await m.settle()
        assert await contradictions(m) == []
        (entry,) = (await listed(m, ref)).entries
        assert drill.ref not in {one.ref for one in entry.claims}
        await m.check()


@pytest.mark.parametrize("first", ["blue", "green"])
async def test_whoever_is_heard_first_the_same_is_found(first: str) -> None:
    """White hears nothing until all is said, then one side's papers before the other's."""
    async with table() as m:
        near = {party: node for party, node in m.nodes.items() if party != "white"}
        ref = (await m.node("blue").post_paper(INCIDENT, role="duty")).ref
        await carried(near)
        joined = await m.node("green").post_paper(replace(INCIDENT, same_as=ref), role="duty")
        await carried(near)
        claims = {}
        for party, incident, least in (("blue", ref, 0), ("green", joined.ref, 120)):
            old = quantity(incident, party, least, least + 60)
            one = (await m.node(party).post_paper(old, role="duty")).ref
            new = replace(old, most=least + 61, supersedes=one)
            claims[party] = (await m.node(party).post_paper(new, role="duty")).ref
        await carried(near)
        for party in (first, "green" if first == "blue" else "blue"):
            outcomes = await m.node("white").receive(
                [parcel.note for parcel in await m.node(party).parcels("white", 500)]
            )
            assert [one.refused for one in outcomes] == [None] * len(outcomes)
        found = [f for f in await m.node("white").findings() if f.kind is Kind.CLAIMS_CONTRADICT]
        assert found == await contradictions(m)
        assert [f.refs for f in found] == [(f"{claims['blue']}@1", f"{claims['green']}@1")]
        there = await m.node("white").look(lambda desk: incident_list(desk, joined.ref))
        assert there == await listed(m, ref)
        await m.settle()
        await m.check()


async def test_a_report_that_names_nobody_concerns_those_who_were_told() -> None:
    async with table() as m:
        said = await m.node("blue").post_paper(replace(INCIDENT, parties=()), role="duty")
        await m.settle()
        assert (await listed(m, said.ref)).concerned == ("blue", "green")


async def test_both_sides_amend_at_once_and_both_end_with_the_same() -> None:
    async with table() as m:
        ref = await opened(m)
        claims = {
            party: await say(m, party, quantity(ref, party, least, least + 9))
            for party, least in (("blue", 0), ("green", 100))
        }
        for party, least in (("blue", 50), ("green", 55)):
            words = quantity(ref, party, least, least + 9)
            await m.node(party).amend_paper(claims[party], words, role="duty")
        await m.node("green").reply(claims["blue"], Rung.READ, role="duty")
        await m.node("green").reply(claims["blue"], Rung.ACCEPTED, role="duty")
        await m.settle()
        assert await contradictions(m) == []
        (entry,) = (await listed(m, ref)).entries
        assert entry.standing is Standing.COMPATIBLE
        assert {one.ref: one.held_by for one in entry.claims} == {
            claims["blue"]: ("blue",),
            claims["green"]: ("green",),
        }
        await m.check()
