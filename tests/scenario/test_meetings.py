"""Consultations, minutes, commitments and the directory between real nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from parley.errors import ProtocolError
from parley.ledger import seal
from parley.liaison.directory.contents import Merge, Name, Office, Person
from parley.liaison.meetings.contents import (
    AgendaItem,
    Briefing,
    BriefingPart,
    Commitment,
    CommitmentState,
    Consultation,
    Delegation,
    MeetingState,
    Member,
    Minutes,
    Tone,
)
from parley.liaison.meetings.rules import MinutesState
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.when import When, parse_when
from parley.node import standing
from parley.node.liaison import directory, meetings
from parley.node.liaison.directory import Clash
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.findings import Finding, Kind, Level
from parley.rules.statements import Header, Rung
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import Mechanism, started_node
from parley.testing.keys import signing_key
from parley.wire.spoken import encode

AGREEMENT = small_agreement()
DAY_MS = 86_400_000
NEXT_WEEK = When("next week", DAWN_MS + 5 * DAY_MS, DAWN_MS + 9 * DAY_MS, ("day-word",))
VISIT = Consultation(
    "Visit about the lake",
    MeetingState.TENTATIVE,
    "green",
    "The green capital",
    NEXT_WEEK,
    (
        Delegation(
            "blue",
            (Member("Anna Berg", "Head of operations", head=True), Member("", "", unnamed=2)),
        ),
        Delegation("green", (Member("Boris Gor", "Deputy chief of staff", head=True),)),
    ),
    (AgendaItem("The operation at the lake", ("notice:blue-1",)),),
)
GREEN_ONLY = Marking(Tlp.AMBER_STRICT, ("green",))


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


async def found_about(node: Node, ref: str) -> list[Finding]:
    return await node.look(lambda desk: standing.about(desk, ref))


async def test_a_visit_is_planned_held_minuted_and_agreed_and_both_nodes_say_the_same(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        blue, green = m.node("blue"), m.node("green")
        visit = await blue.post_paper(VISIT, role="duty", to=["green"])
        for state in (MeetingState.PLANNED, MeetingState.TENTATIVE, MeetingState.PLANNED):
            await blue.amend_paper(visit.ref, replace(VISIT, state=state), role="duty")
        with pytest.raises(ProtocolError, match="begins after"):
            await blue.amend_paper(visit.ref, replace(VISIT, state=MeetingState.HELD), role="duty")
        m.clock.advance(6 * DAY_MS)
        await blue.amend_paper(visit.ref, replace(VISIT, state=MeetingState.HELD), role="duty")
        with pytest.raises(ProtocolError, match="from held to tentative"):
            await blue.amend_paper(visit.ref, VISIT, role="duty")
        own = Minutes(visit.ref, False, Tone.COOL, "Ours alone: little was said.")
        await green.post_paper(own, role="duty", to=[])
        due = When("in a week", DAWN_MS + 13 * DAY_MS, DAWN_MS + 14 * DAY_MS)
        promise = await blue.post_paper(
            Commitment("blue", "Send the map", CommitmentState.OPEN, due, hard=True, to=("green",)),
            role="duty",
            to=["green"],
        )
        agreed = Minutes(
            visit.ref, True, Tone.PROFESSIONAL, "Both will use the map.", (promise.ref,)
        )
        minutes = await blue.post_paper(agreed, role="duty", to=["green"])
        await m.settle()
        now_ms = m.clock()
        before = await green.look(lambda desk: meetings.meeting(desk, visit.ref, now_ms))
        states = {one.author: state for one, state in before.minutes}
        assert states == {"green": MinutesState.OWN, "blue": MinutesState.PROPOSED}
        await green.reply(minutes.ref, Rung.READ, role="duty")
        await green.reply(minutes.ref, Rung.ACCEPTED, role="chief")
        await m.settle()
        for node in (blue, green):
            whole = await node.look(lambda desk: meetings.meeting(desk, visit.ref, now_ms))
            assert {one.ref: s for one, s in whole.minutes}[minutes.ref] is MinutesState.AGREED
            assert [one.record.ref for one in whole.commitments] == [promise.ref]
        await green.reply(minutes.ref, Rung.OBJECTED, role="chief", text="not what was said")
        await m.settle()
        for node in (blue, green):
            whole = await node.look(lambda desk: meetings.meeting(desk, visit.ref, now_ms))
            assert {one.ref: s for one, s in whole.minutes}[minutes.ref] is MinutesState.DISPUTED
            assert f"{minutes.ref} is disputed by green" in whole.remarks
        assert not any(f.kind is Kind.REPLY_OVERDUE for f in await found_about(blue, minutes.ref))
        assert await blue.paper(visit.ref) == await green.paper(visit.ref)
        await m.check()


async def test_new_words_of_agreed_minutes_have_to_be_agreed_anew() -> None:
    async with table() as t:
        visit = await t.node("blue").post_paper(VISIT, role="duty", to=["green"])
        words = Minutes(visit.ref, True, Tone.CORDIAL, "First words")
        said = await t.node("blue").post_paper(words, role="duty", to=["green"])
        await t.settle()
        for rung in (Rung.READ, Rung.ACCEPTED):
            await t.node("green").reply(said.ref, rung, role="duty")
        await t.settle()
        await t.node("blue").amend_paper(said.ref, replace(words, text="Second words"), role="duty")
        await t.settle()
        whole = await t.node("green").look(lambda desk: meetings.meeting(desk, visit.ref, DAWN_MS))
        assert [state for _, state in whole.minutes] == [MinutesState.PROPOSED]
        await t.check()


async def test_commitments_fall_overdue_by_the_clock_and_only_when_they_bind() -> None:
    async with table() as t:
        blue, green = t.node("blue"), t.node("green")
        due = When("on the day", DAWN_MS + DAY_MS, DAWN_MS + 2 * DAY_MS - 1)
        ours = Commitment("blue", "Send the map", CommitmentState.OPEN, due, hard=True)
        theirs = Commitment("green", "Answer the letter", CommitmentState.OPEN, due)
        one = await blue.post_paper(ours, role="duty", to=["green"])
        other = await blue.post_paper(theirs, role="duty", to=["green"])
        loose = await blue.post_paper(
            replace(theirs, text="Not accepted"), role="duty", to=["green"]
        )
        await t.settle()
        await green.reply(other.ref, Rung.READ, role="duty")
        await green.reply(other.ref, Rung.ACCEPTED, role="duty")
        await t.settle()
        t.clock.advance(2 * DAY_MS - 1)
        for node in (blue, green):
            await node.tick()
            assert await found_about(node, one.ref) == []
        t.clock.advance(1)
        for node in (blue, green):
            await node.tick()
            (hard,) = await found_about(node, one.ref)
            (soft,) = await found_about(node, other.ref)
            assert (hard.kind, hard.level, hard.codes) == (
                Kind.COMMITMENT_OVERDUE,
                Level.WARNING,
                ("hard",),
            )
            assert (soft.level, soft.codes) == (Level.ADVISORY, ("soft",))
            assert await found_about(node, loose.ref) == []
        done = replace(ours, state=CommitmentState.DONE)
        await blue.amend_paper(one.ref, done, role="duty")
        await t.settle()
        for node in (blue, green):
            assert await found_about(node, one.ref) == []
        with pytest.raises(ProtocolError, match="from done to open"):
            await blue.amend_paper(one.ref, ours, role="duty")
        await t.check()


async def test_commitments_stand_in_the_order_of_dependence_and_a_circle_is_told() -> None:
    async with table() as t:
        blue = t.node("blue")

        async def promise(text: str, *after: str, **more: object) -> str:
            words = replace(Commitment("blue", text, CommitmentState.OPEN), after=after, **more)  # type: ignore[arg-type]
            return (await blue.post_paper(words, role="duty", to=["green"])).ref

        survey = await promise("Survey")
        soon = When("at once", DAWN_MS, DAWN_MS)
        map_ = await promise("Map", survey, due=soon)
        meet = await promise("Meet", map_, state=CommitmentState.DONE)
        a = await promise("A", "commitment:blue-5")
        b = await promise("B", a)
        lost = await promise("Lost", "commitment:green-77")
        await t.settle()
        for node in (blue, t.node("green")):
            page = await node.look(lambda desk: meetings.commitments(desk, DAWN_MS + 1))
            order = [one.record.ref for one in page.commitments]
            assert order.index(survey) < order.index(map_) < order.index(meet)
            by_ref = {one.record.ref: one for one in page.commitments}
            assert by_ref[map_].blocked_by == (survey,)
            assert by_ref[map_].overdue
            assert by_ref[meet].remarks == (f"done before {map_}, which it waits for",)
            assert by_ref[a].circle == (a, b)
            assert by_ref[b].circle == (b, a)
            assert by_ref[lost].remarks == ("waits for commitment:green-77, which is not here",)
        await t.check()


async def test_each_part_of_a_pack_is_as_closed_as_the_pack_or_more_and_goes_to_nobody_else() -> (
    None
):
    async with table() as t:
        blue = t.node("blue")
        both = Marking(Tlp.AMBER, ("green", "white"))
        pack = Briefing("Pack", "", (BriefingPart("Map", "Where", both),))
        await blue.post_paper(pack, role="duty", to=["green", "white"], marking=both)
        closed = replace(pack, parts=(BriefingPart("Map", "Where", GREEN_ONLY),))
        with pytest.raises(ProtocolError, match="goes to white"):
            await blue.post_paper(closed, role="duty", to=["green", "white"], marking=both)
        wide = replace(
            pack, parts=(BriefingPart("Map", "Where", Marking(Tlp.CLEAR, (), "", False)),)
        )
        with pytest.raises(ProtocolError, match="wider than"):
            await blue.post_paper(wide, role="duty", to=["green"], marking=both)
        await blue.post_paper(closed, role="duty", to=["green"], marking=both)
        await t.settle()
        await t.check()


async def test_a_calendar_for_a_party_holds_only_what_it_may_have() -> None:
    async with table() as t:
        blue = t.node("blue")
        await blue.post_paper(VISIT, role="duty", to=["green"])
        await blue.post_paper(replace(VISIT, title="Ours"), role="duty", to=[])
        await t.node("green").post_paper(replace(VISIT, title="Of green"), role="duty", to=["blue"])
        await t.settle()

        async def titles(party: str) -> list[str]:
            kept = await blue.look(lambda desk: meetings.calendar_papers(desk, party))
            return sorted(record.paper.content.title for record in kept)  # type: ignore[attr-defined]

        assert await titles("") == ["Of green", "Ours", "Visit about the lake"]
        assert await titles("green") == ["Of green", "Visit about the lake"]
        assert await titles("white") == []
        await t.check()


# The directory -----------------------------------------------------------------------------------


def day(text: str) -> When:
    return parse_when(text, zone="UTC")


def person(*names: str, offices: tuple[Office, ...] = ()) -> Person:
    return Person(tuple(Name(name, "en") for name in names), offices)


async def test_a_merge_is_decided_by_a_person_undone_and_the_same_on_both_nodes(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        blue, green = m.node("blue"), m.node("green")
        a = await blue.post_paper(person("Sergei Shoigu"), role="duty", to=["green"])
        b = await green.post_paper(person("Сергей Шойгу"), role="duty", to=["blue"])
        await m.settle()
        for node in (blue, green):
            (pair,), _ = await node.look(directory.duplicates)
            assert (pair.a, pair.b) == (a.ref, b.ref)
            assert await node.look(lambda desk: directory.resolve(desk, b.ref)) == b.ref
        decision = Merge(a.ref, b.ref, "Maj. Berg", "one passport")
        merge = await blue.post_paper(decision, role="chief", to=["green"])
        await m.settle()
        for node in (blue, green):
            assert await node.look(lambda desk: directory.resolve(desk, b.ref)) == a.ref
            assert await node.look(directory.duplicates) == ((), "")
            entry = await node.look(lambda desk: directory.entry(desk, a.ref))
            assert entry.merged == (b.ref,)
        undone = replace(decision, decided_by="Col. Gor", reason="two brothers", undone=True)
        await blue.amend_paper(merge.ref, undone, role="chief")
        await m.settle()
        for node in (blue, green):
            assert await node.look(lambda desk: directory.resolve(desk, b.ref)) == b.ref
            assert len((await node.look(directory.duplicates))[0]) == 1
            past = await node.paper_history(merge.ref)
            assert [p.paper.content.decided_by for p in past] == ["Maj. Berg", "Col. Gor"]  # type: ignore[attr-defined]
        with pytest.raises(ProtocolError, match="was undone"):
            await blue.amend_paper(merge.ref, decision, role="chief")
        await m.check()


async def test_a_merge_that_another_side_objects_to_has_no_effect_on_either_node() -> None:
    async with table() as t:
        blue, green = t.node("blue"), t.node("green")
        a = await blue.post_paper(person("Anna Berg"), role="duty", to=["green"])
        b = await green.post_paper(person("Anna Bergh"), role="duty", to=["blue"])
        await t.settle()
        merge = await green.post_paper(
            Merge(b.ref, a.ref, "Col. Gor", "the same letter"), role="duty", to=["blue"]
        )
        await t.settle()
        assert await blue.look(lambda desk: directory.resolve(desk, a.ref)) == b.ref
        for rung, effect, root in (
            (Rung.READ, "merged", b.ref),
            (Rung.OBJECTED, "objected", a.ref),
            (Rung.ACCEPTED, "merged", b.ref),
        ):
            await blue.reply(merge.ref, rung, role="chief")
            await t.settle()
            for node in (blue, green):
                assert await node.look(lambda desk: directory.effect(desk, merge.ref)) == effect
                assert await node.look(lambda desk: directory.resolve(desk, a.ref)) == root
        await t.check()


async def test_merges_that_close_a_circle_from_both_sides_at_once_end_the_same_on_both_nodes() -> (
    None
):
    async with table() as t:
        blue, green = t.node("blue"), t.node("green")
        refs = [
            (await blue.post_paper(person(f"Person {c}"), role="duty", to=["green"])).ref
            for c in "abc"
        ]
        a, b, c = refs
        await t.settle()
        first = await blue.post_paper(Merge(b, a, "Berg", "same"), role="duty", to=["green"])
        await green.post_paper(Merge(c, b, "Gor", "same"), role="duty", to=["blue"])
        last = await green.post_paper(Merge(a, c, "Gor", "same"), role="duty", to=["blue"])
        await t.settle()
        for node in (blue, green):
            assert [
                await node.look(lambda desk, r=ref: directory.resolve(desk, r))  # type: ignore[misc]
                for ref in refs
            ] == [c, c, c]
            assert await node.look(lambda desk: directory.effect(desk, last.ref)) == "circle"
        await blue.withdraw_paper(first.ref, role="duty")
        await t.settle()
        for node in (blue, green):
            assert [
                await node.look(lambda desk, r=ref: directory.resolve(desk, r))  # type: ignore[misc]
                for ref in refs
            ] == [a, a, a]
            assert await node.look(lambda desk: directory.effect(desk, last.ref)) == "merged"
            assert await node.look(lambda desk: directory.effect(desk, first.ref)) == "undone"
        await t.check()


async def test_one_minister_with_four_offices_and_one_office_with_two_ministers() -> None:
    async with table() as t:
        blue = t.node("blue")
        offices = tuple(
            Office(title, "Government of Green", "green", day("2015-05-14"))
            for title in ("Prime minister", "Minister of defence", "Minister of health", "Chair")
        )
        first = await blue.post_paper(person("Anna Berg", offices=offices), role="duty", to=[])
        other = Office("minister of defence", "Government of Green", "green", day("2018-01-01"))
        second = await blue.post_paper(person("Boris Gor", offices=(other,)), role="duty", to=[])
        at_ms = day("2016-01-01").from_ms
        (held,) = await blue.look(
            lambda desk: directory.who_held(desk, "Minister of Defence", "", at_ms)
        )
        assert (held.ref, held.certain) == (first.ref, True)
        everything = await blue.look(
            lambda desk: directory.who_held(desk, "", "government of green", at_ms)
        )
        assert len(everything) == 4
        clash = Clash(first.ref, second.ref, "minister of defence", "government of green")
        assert await blue.look(lambda desk: list(directory.clashes(desk))) == [clash]
        ended = tuple(
            replace(o, until=day("2018-01-01")) if "defence" in o.title else o for o in offices
        )
        await blue.amend_paper(first.ref, person("Anna Berg", offices=ended), role="duty")
        assert await blue.look(lambda desk: list(directory.clashes(desk))) == []
        noon_ms = day("2018-01-01").from_ms + DAY_MS // 2
        perhaps = await blue.look(
            lambda desk: directory.who_held(desk, "Minister of defence", "", noon_ms)
        )
        assert [(one.ref, one.certain) for one in perhaps] == [
            (first.ref, False),
            (second.ref, False),
        ]
        await t.check()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            person(
                "Boris Gor",
                offices=(
                    Office("Chief", "Forces", "green", day("2012")),
                    Office("CHIEF", "forces", "green", day("2014")),
                ),
            ),
            "held twice at one time",
        ),
        (Merge("person:green-1", "person:green-1", "Gor", "same"), "with itself"),
        (Minutes("consultation:green-1", True, Tone.COOL, "Words"), "ask nobody"),
        (Commitment("blue", "Give up", CommitmentState.OPEN), "binds blue, who is not asked"),
        (replace(VISIT, state=MeetingState.HELD), "begins after"),
        (replace(VISIT, delegations=(Delegation("red", ()),)), "a delegation of 'red'"),
    ],
)
async def test_what_a_peer_may_not_say_is_refused_whole_with_what_is_wrong(
    content: Content, why: str
) -> None:
    async with table() as t:
        blue = t.node("blue")
        asked = (
            ("blue", "white") if isinstance(content, Merge | Person | Consultation) else ("white",)
        )
        header = Header("green", "duty", DAWN_MS, asked, blue.agreement_ref)
        words = Paper(header, "green-1", 1, content, Marking(rel_to=asked))
        (outcome,) = await t.node("white").receive([seal(*encode(words), signing_key("green"))])
        assert outcome.refused is not None
        assert why in outcome.refused.what
        assert outcome.refused.at_fault == "party green"
        assert (await t.node("white").papers(content.KIND)).records == ()
        await t.check()


async def test_names_that_mix_scripts_are_told_and_stand_as_they_are_written() -> None:
    async with table() as t:
        blue = t.node("blue")
        mixed = person("P\u0430ul Smith", "\u05e4\u05d5\u05dc \u05e1\u05de\u05d9\u05ea")
        said = await blue.post_paper(mixed, role="duty", to=["green"])
        await t.settle()
        for node in (blue, t.node("green")):
            entry = await node.look(lambda desk: directory.entry(desk, said.ref))
            assert entry.mixed == ("P\u0430ul",)
            assert entry.record.paper.content == mixed
        await t.check()


async def test_a_person_is_found_by_any_name_until_the_entry_is_taken_back() -> None:
    async with table() as t:
        blue = t.node("blue")
        said = await blue.post_paper(
            person("Benjamin Netanyahu", "בנימין נתניהו"), role="duty", to=[]
        )
        await blue.post_paper(person("Sergey Lavrov"), role="duty", to=[])
        for asked in ("Нетаньяху", "netanyahu, b.", "نتنياهو", "Binyamin Netanyahu", "נתניהו"):
            found = await blue.look(lambda desk, a=asked: directory.find(desk, a))  # type: ignore[misc]
            assert [one.ref for one in found] == [said.ref], asked
        await blue.withdraw_paper(said.ref, role="duty")
        assert await blue.look(lambda desk: directory.find(desk, "Netanyahu")) == ()
        await t.check()
