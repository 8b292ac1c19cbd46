"""Obligations held against notices, at every node alike; and requests for a formal notice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.errors import ProtocolError
from parley.liaison.duties.contents import (
    CheckOf,
    DutyCheck,
    DutyPlace,
    NoticeRequest,
    Obligation,
)
from parley.liaison.papers.when import When
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.agreement import AgreedLine
from parley.rules.findings import Finding, Kind, Level
from parley.rules.statements import Draft, NoticeVolume, Rung, Step, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.store.memory import MemoryStore
from parley.testing.agreements import HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node
from parley.testing.players import interleaved, waiting
from parley.wire.agreement import format_agreement

LINE = Area.corridor(
    (Position(lat_deg=40.0, lon_deg=19.0), Position(lat_deg=40.0, lon_deg=21.0)), 0
)
AGREEMENT = replace(small_agreement(), lines=(AgreedLine("blue-line", "The Blue Line", LINE),))
KEEP_OFF = Obligation(
    "No activity at the line",
    "Agreement, article 4",
    "No activity comes nearer than 500 m to the line.",
    paraphrase=False,
    language="en",
    binds=("blue", "green"),
    places=(DutyPlace("blue-line"),),
    checks=(DutyCheck(CheckOf.NOT_WITHIN, "blue-line", 500),),
)


def near_line(away_m: float, *, start_ms: int = DAWN_MS + 2 * HOUR_MS, text: str = "") -> Draft:
    """A circle of 100 m whose rim is so far north of the line's west end's meridian."""
    north = Position(lat_deg=40.0 + (away_m + 100) / 111_035, lon_deg=19.0)
    volume = Volume(
        Area.circle(north, 100), Band.metres(0, 500), Span(start_ms, start_ms + HOUR_MS)
    )
    return Draft("transit", (NoticeVolume(Use.ACTIVITY, volume),), text=text)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def nodes(clock: HandClock) -> AsyncIterator[dict[str, Node]]:
    nodes = {p.id: await started_node(AGREEMENT, p.id, clock=clock) for p in AGREEMENT.parties}
    yield nodes
    for node in nodes.values():
        await node.check_node(MemoryStore())
        await node.close()


async def of(node: Node, kind: Kind = Kind.OBLIGATION_NOT_MET) -> list[Finding]:
    return [f for f in await node.findings() if f.kind is kind]


async def test_a_notice_too_near_the_line_is_found_everywhere_until_it_is_amended(
    nodes: dict[str, Node],
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await green.post_paper(KEEP_OFF, role="duty")
    await blue.post_notice(near_line(450), role="duty")
    await carried(nodes)
    (one,) = await of(green)
    assert [await of(node) for node in nodes.values()] == [[one]] * 3
    assert one.refs == ("notice:blue-1@1", "obligation:green-1@1")
    assert (one.level, one.codes) == (Level.WARNING, ("not-within:blue-line",))
    assert abs(one.measured["distance_m"] - 450) <= 1
    assert one.measured["accepted"] == 0
    await blue.reply("obligation:green-1", Rung.READ, role="duty")
    await blue.reply("obligation:green-1", Rung.ACCEPTED, role="duty")
    await carried(nodes)
    assert (await of(green))[0].measured["accepted"] == 1
    await blue.amend_notice("blue-1", near_line(550), role="duty")
    await carried(nodes)
    assert [await of(node) for node in nodes.values()] == [[], [], []]
    wider = replace(KEEP_OFF, checks=(DutyCheck(CheckOf.NOT_WITHIN, "blue-line", 600),))
    await green.amend_paper("obligation:green-1", wider, role="duty")
    await carried(nodes)
    assert len(await of(blue)) == 1
    await green.withdraw_paper("obligation:green-1", role="duty")
    await carried(nodes)
    assert await of(blue) == []


async def test_a_draft_shows_what_it_would_not_pass_before_anybody_is_told(
    nodes: dict[str, Node],
) -> None:
    blue = nodes["blue"]
    await blue.post_paper(KEEP_OFF, role="duty")
    shown = [f for f in await blue.check(near_line(10)) if f.kind is Kind.OBLIGATION_NOT_MET]
    assert [f.codes for f in shown] == [("not-within:blue-line",)]
    assert await blue.items() == []


async def test_it_is_found_no_longer_when_the_activity_is_over_and_again_if_the_clock_runs_back(
    nodes: dict[str, Node], clock: HandClock
) -> None:
    await nodes["green"].post_paper(KEEP_OFF, role="duty")
    await nodes["green"].post_notice(near_line(10), role="duty", to=[])
    assert len(await of(nodes["green"])) == 1
    clock.advance(24 * HOUR_MS)
    assert await of(nodes["green"]) == []
    clock.set(DAWN_MS + HOUR_MS)
    assert len(await of(nodes["green"])) == 1
    await nodes["green"].step("notice:green-2", Step.CANCEL, role="duty")
    assert await of(nodes["green"]) == []


async def test_a_party_that_is_not_bound_and_a_time_that_is_not_meant_pass(
    nodes: dict[str, Node],
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await blue.post_notice(near_line(10), role="duty")
    await carried(nodes)
    said = await green.post_paper(replace(KEEP_OFF, binds=("green",)), role="duty")
    assert await of(green) == []
    later = When("next year", DAWN_MS + 300 * 24 * HOUR_MS, DAWN_MS + 400 * 24 * HOUR_MS)
    await green.amend_paper(said.ref, replace(KEEP_OFF, valid=later), role="duty")
    assert await of(green) == []
    await green.amend_paper(said.ref, replace(KEEP_OFF, valid=None), role="duty")
    assert len(await of(green)) == 1
    await green.amend_paper(said.ref, replace(KEEP_OFF, ended=True), role="duty")
    assert await of(green) == []


async def test_an_obligation_that_comes_later_finds_who_crosses_the_line_between_two_volumes(
    nodes: dict[str, Node],
) -> None:
    blue = nodes["blue"]
    north, south = near_line(60_000).volumes[0], near_line(-60_000).volumes[0]
    await blue.post_notice(Draft("transit", (north, south)), role="duty")
    await blue.post_notice(Draft("transit", (north,)), role="duty")
    across = replace(KEEP_OFF, checks=(DutyCheck(CheckOf.NOT_ACROSS, "blue-line"),))
    await blue.post_paper(across, role="duty")
    assert [(f.refs[0], f.codes) for f in await of(blue)] == [
        ("notice:blue-1@1", ("not-across:blue-line",))
    ]


async def test_a_line_that_moves_by_an_amendment_is_held_against_what_stands(
    nodes: dict[str, Node],
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await green.post_paper(KEEP_OFF, role="duty")
    await blue.post_notice(near_line(450), role="duty")
    await carried(nodes)
    assert len(await of(green)) == 1
    south = Area.corridor(
        (Position(lat_deg=39.0, lon_deg=19.0), Position(lat_deg=39.0, lon_deg=21.0)), 0
    )
    moved = replace(AGREEMENT, version=2, lines=(AgreedLine("blue-line", "The Blue Line", south),))
    filed = await blue.propose(
        format_agreement(moved), role="chief", from_ms=DAWN_MS, sign_by_ms=DAWN_MS + HOUR_MS
    )
    await blue.sign(filed.ref, role="chief")
    await carried(nodes)
    await green.sign(filed.ref, role="chief")
    await carried(nodes)
    assert [await of(node) for node in nodes.values()] == [[], [], []]


SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(st.integers(0, 10_000))
async def test_whatever_comes_first_the_same_is_found(seed: int) -> None:
    clock = HandClock()
    nodes = {p.id: await started_node(AGREEMENT, p.id, clock=clock) for p in AGREEMENT.parties}
    pair = {name: nodes[name] for name in ("blue", "green")}
    await nodes["green"].post_paper(KEEP_OFF, role="duty")
    await nodes["blue"].post_notice(near_line(600), role="duty")
    await nodes["blue"].post_notice(near_line(50), role="duty")
    await carried(pair)
    await nodes["blue"].amend_notice("blue-1", near_line(100), role="duty")
    await nodes["blue"].amend_notice("blue-2", near_line(700), role="duty")
    await nodes["blue"].reply("obligation:green-1", Rung.READ, role="duty")
    await nodes["blue"].reply("obligation:green-1", Rung.ACCEPTED, role="duty")
    await carried(pair)
    streams = await waiting(pair, "white")
    for _, note in interleaved(streams, seed):
        assert isinstance(note, bytes)
        (outcome,) = await nodes["white"].receive([note])
        assert outcome.refused is None
    found = await of(nodes["white"])
    assert found == await of(nodes["green"])
    assert [(f.refs[0], f.measured["accepted"]) for f in found] == [("notice:blue-1@2", 1)]
    await nodes["white"].check_node(MemoryStore())
    for node in nodes.values():
        await node.close()


# What may not be said ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"paraphrase": True}, "paraphrase without a source"),
        ({"binds": ()}, "binds nobody"),
        ({"binds": ("mars",)}, "'mars', who is no party"),
        ({"places": (DutyPlace("river"),), "checks": ()}, "no geometry"),
        ({"places": (DutyPlace("blue-line", LINE),)}, "another geometry"),
        ({"places": (DutyPlace("blue-line"), DutyPlace("blue-line"))}, "listed twice"),
        ({"checks": (DutyCheck(CheckOf.NOTICE_BEFORE, "blue-line", 500),)}, "has 0 s"),
        ({"checks": (DutyCheck(CheckOf.ONLY_CLASSES, "blue-line"),)}, "has 0 classes"),
        (
            {"checks": (DutyCheck(CheckOf.ONLY_CLASSES, "blue-line", classes=("war",)),)},
            "names class 'war'",
        ),
        ({"checks": (DutyCheck(CheckOf.NOT_BETWEEN, "blue-line"),)}, "has no window"),
        ({"checks": (DutyCheck(CheckOf.NOT_WITHIN, "blue-line", 1_000_001),)}, "1000000 m at most"),
    ],
)
async def test_an_obligation_that_cannot_be_held_against_anything_is_refused(
    nodes: dict[str, Node], wrong: dict[str, object], why: str
) -> None:
    with pytest.raises(ProtocolError, match=why):
        await nodes["green"].post_paper(replace(KEEP_OFF, **wrong), role="duty")  # type: ignore[arg-type]


# Requests for a notice --------------------------------------------------------------------------

SAID = NoticeRequest(
    "blue",
    "Works along the line may begin this week.",
    When("14 November", DAWN_MS, DAWN_MS, ("year",)),
    "a press statement of blue",
    reply_by_ms=DAWN_MS + HOUR_MS,
)


async def test_a_request_stands_until_a_notice_names_it(
    nodes: dict[str, Node], clock: HandClock
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await green.post_paper(SAID, role="duty", to=["blue"])
    await carried(nodes)
    (one,) = await of(blue, Kind.NOTICE_REQUESTED)
    assert (one.level, one.parties) == (Level.ADVISORY, ("blue", "green"))
    clock.advance(HOUR_MS)
    assert (await of(blue, Kind.NOTICE_REQUESTED))[0].level is Level.ADVISORY
    clock.advance(1)
    assert (await of(blue, Kind.NOTICE_REQUESTED))[0].codes == ("overdue",)
    await green.post_notice(near_line(900, text="see notice-request:green-1"), role="duty")
    await carried(nodes)
    assert len(await of(blue, Kind.NOTICE_REQUESTED)) == 1, "green's own notice answers nothing"
    await blue.post_notice(near_line(5_000, text="for notice-request:green-1."), role="duty")
    await carried(nodes)
    assert [await of(node, Kind.NOTICE_REQUESTED) for node in (blue, green)] == [[], []]
    await blue.amend_notice("blue-1", near_line(5_000), role="duty")
    await carried(nodes)
    assert len(await of(green, Kind.NOTICE_REQUESTED)) == 1
    await green.amend_paper(
        "notice-request:green-1", replace(SAID, answered_by="blue-1"), role="duty"
    )
    assert await of(green, Kind.NOTICE_REQUESTED) == []


async def test_a_request_ends_when_the_asked_party_says_that_it_gives_none(
    nodes: dict[str, Node],
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await green.post_paper(SAID, role="duty", to=["blue"])
    await carried(nodes)
    await blue.reply("notice-request:green-1", Rung.READ, role="duty")
    await carried(nodes)
    assert len(await of(green, Kind.NOTICE_REQUESTED)) == 1
    await blue.reply("notice-request:green-1", Rung.UNABLE, role="duty")
    await carried(nodes)
    assert [await of(node, Kind.NOTICE_REQUESTED) for node in (blue, green)] == [[], []]


async def test_a_request_asks_another_party_that_is_addressed_about_its_own_notice(
    nodes: dict[str, Node],
) -> None:
    green = nodes["green"]
    with pytest.raises(ProtocolError, match="not addressed"):
        await green.post_paper(SAID, role="duty", to=["white"])
    with pytest.raises(ProtocolError, match="no notice of blue"):
        await green.post_paper(replace(SAID, answered_by="green-1"), role="duty", to=["blue"])
