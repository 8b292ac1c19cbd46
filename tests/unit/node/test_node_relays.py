"""What is told to a unit: in every notation, compared with protected sites before it leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from parley.errors import InputError, ProtocolError
from parley.liaison.deliveries.contents import ComparedSite, Proof, Relay, Unit, UnitKind
from parley.liaison.papers.values import Value
from parley.node.liaison import deliveries, relaying
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.findings import Kind
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.store.memory import MemoryStore
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node

AGREEMENT = small_agreement()
HARBOUR = Position(lat_deg=39.5, lon_deg=19.5)
GUNS = Unit("Guns", UnitKind.FIRES_CELL, "green", "green", None, None, ("radio 41", "runner"), 300)
AT_HARBOUR = Draft(
    "transit",
    (
        NoticeVolume(
            Use.ACTIVITY,
            Volume(
                Area.circle(HARBOUR, 500),
                Band.metres(100, 900),
                Span(DAWN_MS + HOUR_MS, DAWN_MS + 2 * HOUR_MS),
            ),
        ),
    ),
)


@pytest.fixture
async def nodes() -> AsyncIterator[dict[str, Node]]:
    clock = HandClock()
    nodes = {p.id: await started_node(AGREEMENT, p.id, clock=clock) for p in AGREEMENT.parties}
    await nodes["green"].post_paper(GUNS, role="duty")
    yield nodes
    for node in nodes.values():
        await node.check_node(MemoryStore())
        await node.close()


async def relayed(node: Node, subject: str, **options: object) -> Relay:
    filed = await node.keep(
        lambda desk: relaying.relay(desk, subject, "unit:green-1", role="duty", **options)  # type: ignore[arg-type]
    )
    content = filed.record.paper.content
    assert isinstance(content, Relay)
    return content


async def test_a_relay_is_read_out_in_every_notation_and_proved_by_a_read_back(
    nodes: dict[str, Node],
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await blue.post_notice(transit(0), role="duty")
    await carried(nodes)
    ready = await green.look(lambda d: relaying.prepare(d, "notice:blue-1", "unit:green-1"))
    assert ready.channel == "radio 41"
    for part in ("38.5000000N 018.5000000E", "38°30'00.0000\"N", "34SBH", "15 Nov 0013Z", "100 to"):
        assert part in ready.text
    assert [one.site.ref for one in ready.compared] == ["site:harbour"]
    filed = await green.keep(
        lambda d: relaying.relay(d, "notice:blue-1", "unit:green-1", role="duty")
    )
    wrong = (Value("place", "harbour"), *ready.read_back)
    for values, still_blind in ((wrong, 1), (ready.read_back, 0)):
        await green.keep(
            lambda d, v=values: relaying.prove(  # type: ignore[misc]
                d, filed.ref, Proof.READ_BACK, role="duty", taken_by="Sgt A", read_back=v
            )
        )
        await carried(nodes)
        found = [f for f in await blue.findings() if f.kind is Kind.UNIT_BLIND]
        assert len(found) == still_blind
    shown = await blue.look(lambda d: deliveries.ledger(d, "notice:blue-1"))
    assert shown.delivered
    assert [(u.told, u.state.value) for u in shown.units] == [("delivered", "read-back")]
    assert shown.silent == ("white",)
    assert [(t.id, t.near) for t in shown.third_parties] == [("battery", False)]


async def test_a_relay_onto_an_agreed_site_needs_a_person_who_lets_it_go(
    nodes: dict[str, Node],
) -> None:
    await nodes["blue"].post_notice(AT_HARBOUR, role="duty")
    await carried(nodes)
    green = nodes["green"]
    with pytest.raises(InputError, match=r"Harbour \(site:harbour\) lies within"):
        await relayed(green, "notice:blue-1")
    said = await relayed(green, "notice:blue-1", override="Col. A. Example")
    assert said.override == "Col. A. Example"
    assert said.compared == (ComparedSite("site:harbour", 0, True),)
    with pytest.raises(ProtocolError, match="nobody let it go"):
        await green.post_paper(replace(said, override=""), role="duty")
    with pytest.raises(ProtocolError, match="not compared with site:harbour"):
        await green.post_paper(replace(said, compared=()), role="duty")
    false = (ComparedSite("site:harbour", 90_000, False),)
    with pytest.raises(InputError, match="says that it does not"):
        await green.post_paper(replace(said, compared=false, override=""), role="duty")
    with pytest.raises(ProtocolError, match="another comparison"):
        await green.amend_paper("relay:green-2", replace(said, compared=false), role="duty")


async def test_a_margin_counts_what_lies_near_as_within(nodes: dict[str, Node]) -> None:
    await nodes["green"].post_notice(transit(0), role="duty")
    with pytest.raises(InputError, match="Harbour"):
        await relayed(nodes["green"], "notice:green-2", margin_m=200_000)


async def test_nobody_else_reads_of_a_protected_presence_of_ours(nodes: dict[str, Node]) -> None:
    green = nodes["green"]
    await nodes["blue"].post_notice(transit(0), role="duty")
    await carried(nodes)
    volume = transit(0).volumes[0].volume
    await green.protect("field hospital", volume, role="duty")
    with pytest.raises(InputError, match="field hospital"):
        await relayed(green, "notice:blue-1")
    said = await relayed(green, "notice:blue-1", override="Col. A. Example")
    assert [one.ref for one in said.compared] == ["site:harbour"]
    assert said.override == ""
    await carried(nodes)
    held = await nodes["blue"].papers("relay")
    assert [r.paper.content for r in held.records] == [said]
    kept = (await green.papers("relay")).records[0]
    assert kept.paper.header.to == ()
    assert isinstance(kept.paper.content, Relay)
    assert kept.paper.content.override == "Col. A. Example"
    assert [one.ref for one in kept.paper.content.compared if one.inside] == ["presence:green-2"]
    with pytest.raises(ProtocolError, match="no agreed site"):
        await green.post_paper(kept.paper.content, role="duty")


async def test_stop_and_distress_are_never_held_back_by_a_site(nodes: dict[str, Node]) -> None:
    green = nodes["green"]
    await green.stop(role="duty", area=Area.circle(HARBOUR, 5_000))
    await green.distress(role="duty", subject="cutter 7", since_ms=DAWN_MS, position=HARBOUR)
    for ref in ("stop:green-2", "distress:green-3"):
        said = await relayed(green, ref)
        assert said.compared[0].inside
        assert said.override == ""


async def test_a_unit_of_a_third_party_is_told_the_hazards_alone_unless_the_originator_consents(
    nodes: dict[str, Node],
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    theirs = replace(GUNS, party="battery", name="Battery 4")
    await green.amend_paper("unit:green-1", theirs, role="duty")
    await blue.post_notice(transit(0), role="duty")
    live = replace(transit(1), activity_class="live-activity", text="not for others")
    await blue.post_notice(live, role="duty")
    await carried(nodes)
    with pytest.raises(InputError, match="no hazard to anybody"):
        await relayed(green, "notice:blue-1")
    said = await relayed(green, "notice:blue-2")
    assert said.safety
    assert said.text.startswith("To Battery 4: DANGER to anybody in these places")
    for secret in ("blue", "live-activity", "not for others", "notice"):
        assert secret not in said.text
    ready = await green.look(lambda d: relaying.prepare(d, "notice:blue-2", "unit:green-1"))
    assert {one.name for one in ready.read_back} == {"start", "end", "floor-m", "ceiling-m"}
    filed = (await green.papers("relay")).records[0]
    await green.keep(
        lambda d: relaying.prove(
            d, filed.ref, Proof.READ_BACK, role="duty", taken_by="Lt C", read_back=ready.read_back
        )
    )
    await carried(nodes)
    shown = await blue.look(lambda d: deliveries.ledger(d, "notice:blue-2"))
    assert [u.state.value for u in shown.units] == ["read-back"]
    own = await blue.look(lambda d: relaying.prepare(d, "notice:blue-1", "unit:green-1"))
    assert not own.safety, "blue decides about words of its own"


async def test_only_who_has_the_item_reads_of_its_relay(nodes: dict[str, Node]) -> None:
    await nodes["blue"].post_notice(transit(0), role="duty", to=["green"])
    await carried(nodes)
    with pytest.raises(InputError, match="white does not have"):
        await relayed(nodes["green"], "notice:blue-1", to=["white"])
    await relayed(nodes["green"], "notice:blue-1")
    await carried(nodes)
    assert (await nodes["white"].papers("relay")).records == ()


async def test_what_cannot_be_relayed_is_refused_with_its_reason(nodes: dict[str, Node]) -> None:
    green = nodes["green"]
    with pytest.raises(InputError, match="no item 'notice:blue-9'"):
        await relayed(green, "notice:blue-9")
    await green.post_notice(transit(0), role="duty")
    with pytest.raises(InputError, match="no channel 'pigeon'"):
        await relayed(green, "notice:green-2", channel="pigeon")
    await green.amend_paper("unit:green-1", replace(GUNS, active=False), role="duty")
    with pytest.raises(InputError, match="no active unit"):
        await relayed(green, "notice:green-2")
