"""Units that are no nodes are assumed blind until they have the words in force, at every node."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.errors import InputError, ProtocolError
from parley.liaison.deliveries.contents import ComparedSite, Proof, Relay, Unit, UnitKind
from parley.liaison.deliveries.rules import read_back_values
from parley.liaison.papers.values import Value
from parley.node.liaison import across
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.findings import Finding, Kind, Level
from parley.rules.statements import Notice, Rung, Step
from parley.space import Area, Position
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node
from parley.testing.players import interleaved, waiting

AGREEMENT = small_agreement()
HERE = Position(lat_deg=38.5, lon_deg=18.5)
BATTERY = Unit(
    "Battery 4",
    UnitKind.AIR_DEFENCE,
    "green",
    "green",
    Area.circle(HERE, 60_000),
    None,
    ("field telephone",),
    600,
)
HARBOUR = ComparedSite("site:harbour", 120_000, False)


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


async def blind(node: Node) -> list[Finding]:
    return [f for f in await node.findings() if f.kind is Kind.UNIT_BLIND]


def relay(at_ms: int, proof: Proof, *, version: int = 1, unit: str = "unit:green-1") -> Relay:
    proved = proof not in (Proof.NONE, Proof.SENT)
    return Relay(
        "notice:blue-1",
        version,
        unit,
        "field telephone",
        at_ms,
        proof,
        at_ms if proved else -1,
        taken_by="duty sergeant" if proved else "",
        compared=(HARBOUR,),
    )


async def test_a_unit_is_blind_until_somebody_signed_for_the_words_in_force(
    nodes: dict[str, Node], clock: HandClock
) -> None:
    blue, green, white = (nodes[name] for name in ("blue", "green", "white"))
    unit = await green.post_paper(BATTERY, role="duty")
    await blue.post_notice(transit(0), role="duty")
    await carried(nodes)
    (one,) = await blind(white)
    assert one.refs == ("notice:blue-1@1", "unit:green-1@1")
    assert (one.level, one.codes) == (Level.ADVISORY, ("not-yet", "nothing-relayed"))
    assert one.parties == ("blue", "green")

    clock.advance(600_000)
    assert (await blind(white))[0].level is Level.ADVISORY
    clock.advance(1)
    assert (await blind(white))[0].codes == ("nothing-relayed", "overdue")
    sent = await green.post_paper(relay(clock(), Proof.SENT), role="duty")
    await carried(nodes)
    assert [f.codes for f in await blind(blue)] == [("overdue", "sent")]
    await green.amend_paper(sent.ref, relay(clock(), Proof.RECEIPT), role="duty")
    await carried(nodes)
    assert [await blind(node) for node in nodes.values()] == [[], [], []]

    await blue.amend_notice("blue-1", transit(0), role="duty")
    await carried(nodes)
    (again,) = await blind(green)
    assert again.codes == ("earlier-version", "not-yet")
    clock.set(DAWN_MS + 2 * 3_600_000)
    assert (await blind(blue))[0].level is Level.URGENT
    await blue.step("notice:blue-1", Step.ALL_CLEAR, role="duty")
    await carried(nodes)
    assert await blind(green) == []
    assert unit.ref == "unit:green-1"


async def test_a_wrong_read_back_leaves_a_unit_blind_and_a_right_one_does_not(
    nodes: dict[str, Node], clock: HandClock
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await green.post_paper(BATTERY, role="duty")
    posted = await blue.post_notice(transit(0), role="duty")
    await carried(nodes)
    assert posted.record is not None
    assert isinstance(posted.record.content, Notice)
    right = read_back_values(AGREEMENT, posted.record.content)
    wrong = tuple(
        Value(v.name, "2023-01-01T00:00:00.000Z") if v.name == "end" else v for v in right
    )
    said = relay(clock(), Proof.READ_BACK)
    first = await green.post_paper(replace(said, read_back=wrong), role="duty")
    await carried(nodes)
    assert (await blind(blue))[0].codes == ("not-yet", "wrong-read-back")
    clock.advance(1_000)
    await green.post_paper(relay(clock(), Proof.RECEIPT), role="duty")
    await carried(nodes)
    assert (await blind(blue))[0].codes == ("not-yet", "wrong-read-back")
    await green.amend_paper(
        first.ref, replace(said, read_back=right, proved_ms=clock()), role="duty"
    )
    await carried(nodes)
    assert await blind(blue) == []


async def test_a_proof_of_somebody_who_does_not_tell_the_unit_proves_nothing(
    nodes: dict[str, Node], clock: HandClock
) -> None:
    await nodes["green"].post_paper(BATTERY, role="duty")
    await nodes["blue"].post_notice(transit(0), role="duty")
    await carried(nodes)
    await nodes["blue"].post_paper(relay(clock(), Proof.RECEIPT), role="duty")
    await carried(nodes)
    assert [f.codes for f in await blind(nodes["green"])] == [("not-yet", "nothing-relayed")]
    await nodes["blue"].reply("unit:green-1", Rung.READ, role="duty")


async def test_a_unit_far_away_or_of_other_heights_has_to_know_nothing(
    nodes: dict[str, Node],
) -> None:
    far = replace(BATTERY, reach=Area.circle(Position(lat_deg=41.0, lon_deg=21.0), 10_000))
    said = await nodes["green"].post_paper(far, role="duty")
    await nodes["blue"].post_notice(transit(0), role="duty")
    await carried(nodes)
    assert await blind(nodes["blue"]) == []
    await nodes["green"].amend_paper(said.ref, replace(BATTERY, reach=None), role="duty")
    await carried(nodes)
    assert len(await blind(nodes["blue"])) == 1
    await nodes["green"].amend_paper(said.ref, replace(BATTERY, active=False), role="duty")
    await carried(nodes)
    assert await blind(nodes["blue"]) == []


async def test_a_stop_has_to_reach_every_unit_at_once(nodes: dict[str, Node]) -> None:
    await nodes["green"].post_paper(BATTERY, role="duty")
    await nodes["blue"].stop(role="duty")
    await carried(nodes)
    (one,) = await blind(nodes["green"])
    assert (one.level, one.refs[0]) == (Level.URGENT, "stop:blue-1@1")


async def test_a_clock_that_runs_back_finds_what_stood_then(
    nodes: dict[str, Node], clock: HandClock
) -> None:
    await nodes["green"].post_paper(BATTERY, role="duty")
    await nodes["blue"].post_notice(transit(0), role="duty")
    await carried(nodes)
    told = [(0, 1), (600_001, 2), (2 * 3_600_000, 3), (24 * 3_600_000, None)]
    for after_ms, level in [*told, *reversed(told)]:
        clock.set(DAWN_MS + after_ms)
        found = await blind(nodes["blue"])
        assert [f.level for f in found] == ([] if level is None else [level])


async def test_nobody_burdens_the_others_with_units_without_end(
    nodes: dict[str, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(across, "MOST_OF_ONE_PARTY", 2)
    for _ in range(2):
        await nodes["green"].post_paper(BATTERY, role="duty", to=[])
    with pytest.raises(ProtocolError, match="one more than 2"):
        await nodes["green"].post_paper(BATTERY, role="duty", to=[])
    await nodes["blue"].post_paper(BATTERY, role="duty", to=["green"])
    await nodes["green"].withdraw_paper("unit:green-1", role="duty")
    await nodes["green"].post_paper(BATTERY, role="duty", to=[])


SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(st.integers(0, 10_000))
async def test_whatever_comes_first_the_same_units_are_blind(seed: int) -> None:
    """White hears blue's notice and its new version, green's unit, relay and proof in any order
    that leaves each party's own order."""
    clock = HandClock()
    nodes = {p.id: await started_node(AGREEMENT, p.id, clock=clock) for p in AGREEMENT.parties}
    pair = {name: nodes[name] for name in ("blue", "green")}
    await nodes["green"].post_paper(BATTERY, role="duty")
    await nodes["blue"].post_notice(transit(0), role="duty")
    await carried(pair)
    sent = await nodes["green"].post_paper(relay(clock(), Proof.SENT), role="duty")
    await nodes["green"].amend_paper(sent.ref, relay(clock(), Proof.RECEIPT), role="duty")
    await nodes["blue"].amend_notice("blue-1", transit(0), role="duty")
    await carried(pair)
    clock.advance(700_000)
    streams = await waiting(pair, "white")
    for _, note in interleaved(streams, seed):
        assert isinstance(note, bytes)
        (outcome,) = await nodes["white"].receive([note])
        assert outcome.refused is None
    assert await blind(nodes["white"]) == await blind(nodes["green"])
    assert [f.codes for f in await blind(nodes["white"])] == [("earlier-version", "overdue")]
    await nodes["white"].check_node(MemoryStore())
    for node in nodes.values():
        await node.close()


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            ("notice", "amend", "unit", "move", "end", "relay", "prove", "clear", "time")
        ),
        st.integers(0, 7),
    ),
    max_size=16,
)
STEPS_MS = (1, 599_999, 600_001, 3_600_000, 7_200_000, -1, -600_001, -7_200_000)


async def did(node: Node, clock: HandClock, word: str, choice: int) -> None:
    """One deed of green; InputError and ProtocolError where it cannot be now."""
    items = [record.item for record in await node.items()]
    notices = items[choice % len(items)] if items else "green-9"
    units = [record.ref for record in (await node.papers("unit")).records]
    unit = units[choice % len(units)] if units else "unit:green-9"
    near = Area.circle(HERE, 20_000 * (1 + choice % 2))
    if word == "notice":
        await node.post_notice(transit(choice % 3), role="duty", to=[])
    elif word == "amend":
        await node.amend_notice(notices, transit(choice % 4), role="duty")
    elif word == "unit":
        await node.post_paper(replace(BATTERY, confirm_s=300 * choice), role="duty", to=[])
    elif word == "move":
        moved = replace(BATTERY, reach=near, active=choice % 3 > 0)
        await node.amend_paper(unit, moved, role="duty")
    elif word == "end":
        await node.withdraw_paper(unit, role="duty")
    elif word == "relay":
        said = replace(relay(clock(), Proof.SENT, unit=unit), subject=f"notice:{notices}")
        await node.post_paper(said, role="duty", to=[])
    elif word == "prove":
        said = replace(relay(clock(), Proof.RECEIPT, unit=unit), subject=f"notice:{notices}")
        await node.post_paper(said, role="duty", to=[])
    elif word == "clear":
        await node.step(f"notice:{notices}", Step.CANCEL, role="duty")
    else:
        clock.advance(STEPS_MS[choice])
        await node.tick()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DEEDS)
async def test_what_is_found_about_units_follows_from_the_log_and_the_hour_alone(
    deeds: list[tuple[str, int]],
) -> None:
    clock = HandClock()
    node = await started_node(AGREEMENT, "green", clock=clock)
    known = (("notice", 0), ("unit", 2), ("notice", 1), ("unit", 1))
    for word, choice in (*known, *deeds):
        with contextlib.suppress(InputError, ProtocolError):
            await did(node, clock, word, choice)
    await node.check_node(MemoryStore())
    await node.close()
