"""The Il-20 carried through to December 2018: what is agreed, what is disputed, and what each
side holds beside it. Nothing is decided; the same list follows at both nodes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pytest

from parley.cli.demos import demo
from parley.cli.demos.demo_liaison import FOLLOW_UP
from parley.ledger import verify_evidence
from parley.liaison.incidents.listing import Entry, Listing, Standing
from parley.liaison.meetings.contents import Consultation
from parley.liaison.papers.record import PaperRecord
from parley.node.liaison.incidents import evidenced, incident_list
from parley.node.node import Node
from parley.node.replay import Run, carried, replay
from parley.node.replay_liaison import EACH, Late, each_its_own, refs_of, replay_liaison
from parley.rules.findings import Finding, Kind
from parley.store.memory import MemoryStore
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.wire.instants import parse_instant
from parley.wire.liaison.incident_evidence import Beside, beside
from parley.wire.liaison.incident_list import list_bytes, list_digest, list_members
from parley.wire.liaison.liaison_scenario import parse_liaison_scenario
from parley.wire.scenario import parse_scenario

PARTIES = ("ru", "il")


@dataclass(frozen=True)
class Played:
    """What the night and what followed left behind."""

    refs: Mapping[str, str]
    late: tuple[Late, ...]
    lists: Mapping[str, Listing]
    beside: Mapping[str, Beside]
    findings: Mapping[str, list[Finding]]
    meetings: tuple[PaperRecord, ...]

    def entry(self, topic: str) -> Entry:
        return next(e for e in self.lists["ru"].entries if e.topic == topic)

    def told(self, party: str, event: str, kind: Kind, ref: str) -> list[int]:
        """When a finding of this kind about this ref was opened or closed at a node."""
        return [
            e.at_ms
            for one in self.late
            for e in one.events[party]
            if e.kind == event
            and e.data["kind"] == kind.value
            and any(r.partition("@")[0] == ref for r in e.data["refs"])  # type: ignore[attr-defined]
        ]


async def _play(night_file: bytes, late_file: bytes, lead_s: int) -> Played:
    night = parse_scenario(night_file, demo.SCENARIO)
    scenario = parse_liaison_scenario(late_file, FOLLOW_UP, night)
    clock = HandClock(night.span.start_ms)
    nodes: dict[str, Node] = {}
    for one in night.agreement.parties:
        nodes[one.id] = await started_node(night.agreement, one.id, clock=clock)

    async def settle() -> None:
        await carried(nodes)

    run = Run(EACH, scenario.script, lead_s)
    played = replay(each_its_own(night), run, nodes, clock.set, settle)
    refs = refs_of([minute async for minute in played])
    followed = replay_liaison(scenario, refs, nodes, clock.set, settle)
    late = tuple([one async for one in followed])
    ref = refs[scenario.incident]
    lists: dict[str, Listing] = {}
    held: dict[str, Beside] = {}
    findings: dict[str, list[Finding]] = {}
    for party in PARTIES:
        node = nodes[party]
        found = await node.look(lambda desk: incident_list(desk, ref))
        lists[party] = found
        shown = await node.look(partial(evidenced, found=found))
        report = verify_evidence(await node.evidence(shown), pinned=node.context.roots)
        held[party] = beside(report, night.agreement, shown)
        findings[party] = await node.findings()
    page = await nodes["il"].papers("consultation", limit=100)
    for node in nodes.values():
        await node.check_node(MemoryStore())
        await node.close()
    return Played(refs, late, lists, held, findings, page.records)


@cache
def played(lead_s: int = 60) -> Played:
    """The files of the project, played once for all tests that ask for this lead time."""
    files = (demo.scenario_bytes(), demo.scenario_bytes(FOLLOW_UP))
    return asyncio.run(_play(*files, lead_s))


def swapped(text: str) -> str:
    """Every "ru" as "il" and the reverse, wherever one stands as a word."""
    return re.sub(r"\b(ru|il)\b", lambda m: {"ru": "il", "il": "ru"}[m[1]], text)


AGREED = {"activity-took-place", "hit-by"}
COMPATIBLE = {"line-was-used"}
DISPUTED = {
    "aircraft-at-the-hit": ("act", {("il", "ru"): ("answer", "place")}),
    "cases-told-on-the-line": ("act", {("il", "ru"): ("number",)}),
    "lead-time": ("act", {("il", "ru"): ("number",)}),
    "main-cause": ("cause", {("il", "ru"): ("answer",)}),
    "ship-of-a-third-state": ("act", {("fr", "ru"): ("answer",)}),
    "used-as-cover": ("act", {("il", "ru"): ("answer",)}),
    "who-answers": ("blame", {("il", "ru"): ("answer",), ("ru", "ru"): ("answer",)}),
}
SIDE_BY_SIDE = {"recognition"}
SINGLE_SIDED = {
    "begin-of-activity": "ru",
    "declared-place": "ru",
    "il20-in-the-area": "il",
    "length-of-syrian-fire": "il",
    "people-aboard": "ru",
    "time-of-loss": "ru",
}


def topics(standing: Standing) -> set[str]:
    return {entry.topic for entry in played().lists["ru"].standing(standing)}


def test_it_ends_with_what_is_agreed_and_what_is_disputed() -> None:
    assert topics(Standing.AGREED) == AGREED
    assert topics(Standing.COMPATIBLE) == COMPATIBLE
    assert topics(Standing.DISPUTED) == set(DISPUTED)
    assert topics(Standing.SIDE_BY_SIDE) == SIDE_BY_SIDE
    assert topics(Standing.SINGLE_SIDED) == set(SINGLE_SIDED)
    assert topics(Standing.WITHDRAWN) == set()
    for entry in played().lists["ru"].standing(Standing.AGREED):
        assert {one.held_by for one in entry.claims} == {("il", "ru")}
    for entry in played().lists["ru"].standing(Standing.SINGLE_SIDED):
        assert {one.claim.claimant for one in entry.claims} == {SINGLE_SIDED[entry.topic]}


@pytest.mark.parametrize("topic", DISPUTED)
def test_each_dispute_names_who_and_in_what(topic: str) -> None:
    aspect, pairs = DISPUTED[topic]
    entry = played().entry(topic)
    whose = {one.ref: one.claim.claimant for one in entry.claims}
    found = {
        tuple(sorted((whose[p.a], whose[p.b]))): p.compared.against for p in entry.contradictions
    }
    assert (entry.aspect.value, found) == (aspect, pairs)
    own = {(whose[p.a], whose[p.b]) for p in entry.contradictions if p.own}
    assert own == ({("ru", "ru")} if topic == "who-answers" else set())


def test_the_list_is_the_same_at_both_nodes_byte_for_byte() -> None:
    lists = played().lists
    assert list_bytes(lists["ru"]) == list_bytes(lists["il"])
    assert json.loads(list_bytes(lists["ru"])) == list_members(lists["il"])


def test_both_nodes_find_the_same_contradictions_and_they_stand() -> None:
    found = [[f for f in played().findings[p] if f.kind is Kind.CLAIMS_CONTRADICT] for p in PARTIES]
    assert found[0] == found[1]
    listed = {frozenset((p.a, p.b)) for e in played().lists["ru"].entries for p in e.contradictions}
    assert {frozenset(r.partition("@")[0] for r in f.refs) for f in found[0]} == listed


def test_the_list_does_not_depend_on_whose_lead_time_was_played() -> None:
    assert list_digest(played(300).lists["ru"]) == list_digest(played().lists["ru"])


@pytest.mark.parametrize("lead_s", [60, 300])
def test_the_evidence_of_both_sides_says_when_the_notice_came(lead_s: int) -> None:
    found = played(lead_s)
    for party in PARTIES:
        (held,) = found.beside[party].of([found.refs["notice"]])
        assert {lead.lead_s for lead in held.leads} == {lead_s}
        receipts = {by: at_ms for row in held.rows for by, at_ms in row.receipts}
        assert receipts["ru"] == parse_instant("2018-09-17T18:40:00Z") - 1000 * lead_s


def test_each_log_holds_its_own_side_s_places_and_the_distance_to_the_other_s() -> None:
    entry = played().entry("aircraft-at-the-hit")
    for party in PARTIES:
        held = played().beside[party]
        for one in entry.claims:
            for near in held.near(one.ref, one.claim):
                assert (near.beyond_m == 0) == (one.claim.claimant == party)
    (far,) = entry.distances
    assert (far.apart.within_s, far.apart.needed_mps) == (225, far.apart.least_m // 225)
    assert 260_000 < far.apart.apart_m < 275_000
    assert played().beside["il"].of(["track:IL20"]) == ()


def test_russia_s_first_account_stands_beside_its_later_one() -> None:
    changes = {
        c.from_ref: (e.topic, c.claimant, c.against)
        for e in played().lists["il"].entries
        for c in e.changes
    }
    assert sorted(changes.values()) == [
        ("lead-time", "ru", ()),
        ("people-aboard", "ru", ("number",)),
        ("recognition", "ru", ()),
        ("time-of-loss", "ru", ("time",)),
    ]


def test_an_objection_without_an_answer_is_overdue_until_there_is_one() -> None:
    about = played().refs["object-posture"]
    for party in PARTIES:
        (opened,) = played().told(party, "finding-opened", Kind.REPLY_OVERDUE, about)
        (closed,) = played().told(party, "finding-closed", Kind.REPLY_OVERDUE, about)
        assert opened == parse_instant("2018-10-01T12:30:00Z")
        assert closed == parse_instant("2018-10-02T12:06:00Z")
        standing = {f.refs[0] for f in played().findings[party] if f.kind is Kind.REPLY_OVERDUE}
        assert {ref.partition("@")[0] for ref in standing} == {played().refs["object-blame"]}


def test_the_later_meetings_are_follow_ups() -> None:
    held = [one.paper.content for one in reversed(played().meetings)]
    assert all(isinstance(one, Consultation) and one.state.value == "held" for one in held)
    assert [one.when.said for one in held if isinstance(one, Consultation)] == [
        "18 September 2018",
        "20-21 September 2018",
        "24 September 2018",
        "11 November 2018",
        "8 December 2018",
        "11-12 December 2018",
        "week of 17 December 2018",
        "19 December 2018",
    ]
    first = played().meetings[-1]
    follows = [one for one in held if isinstance(one, Consultation) and one.follows]
    assert len(follows) == len(held) - 1
    assert first.ref in {ref for one in follows for ref in one.follows}


def normal(value: Any) -> Any:
    """Lists in an order that does not hang on names."""
    if isinstance(value, dict):
        return {key: normal(one) for key, one in value.items()}
    if isinstance(value, list):
        made = [normal(one) for one in value]
        return sorted(made, key=lambda one: json.dumps(one, sort_keys=True))
    return value


def test_with_the_parties_exchanged_the_list_is_the_same_exchanged() -> None:
    files = [swapped(demo.scenario_bytes(name).decode()) for name in (demo.SCENARIO, FOLLOW_UP)]
    there = asyncio.run(_play(files[0].encode(), files[1].encode(), 60))
    members = json.dumps(list_members(there.lists["ru"]))
    members = re.sub('TLP:[^"]*', lambda m: swapped(m[0].lower()).upper(), swapped(members))
    here, back = list_members(played().lists["ru"]), json.loads(members)
    for one in (here, back):
        one["marking"] = sorted(re.findall("[A-Z+]+", one["marking"]))
    assert normal(back) == normal(here)
    order = [[(e["topic"], e["standing"]) for e in one["entries"]] for one in (here, back)]
    assert order[0] == order[1]
    for here_e, back_e in zip(here["entries"], back["entries"], strict=True):
        assert [c["ref"] for c in here_e["claims"]] == [c["ref"] for c in back_e["claims"]]
