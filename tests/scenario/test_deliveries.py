"""Il-20's lesson, without sides: a battery that is no node is told by one party, and the others see
whether it has been. Three real nodes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx

from parley.liaison.deliveries.contents import Unit, UnitKind
from parley.node.node import Node
from parley.rules.findings import Kind, Level
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS
from parley.testing.harness import TOKEN, Mechanism

AGREEMENT = small_agreement()
HARBOUR = Position(lat_deg=39.5, lon_deg=19.5)
BATTERY = Unit(
    "Battery 4",
    UnitKind.AIR_DEFENCE,
    "green",
    "green",
    Area.circle(Position(lat_deg=38.6, lon_deg=18.6), 150_000),
    Band.metres(0, 25_000),
    ("field telephone",),
    600,
)
HARBOUR_WORKS = Draft(
    "transit",
    (
        NoticeVolume(
            Use.ACTIVITY,
            Volume(
                Area.circle(HARBOUR, 800),
                Band.metres(0, 300),
                Span(DAWN_MS + HOUR_MS, DAWN_MS + 2 * HOUR_MS),
            ),
        ),
    ),
)


def officer(m: Mechanism, party: str) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {TOKEN}"}
    return httpx.AsyncClient(base_url=m.url(party), headers=headers, trust_env=False, timeout=20)


async def blind(node: Node) -> list[tuple[Level, tuple[str, ...]]]:
    return [(f.level, f.codes) for f in await node.findings() if f.kind is Kind.UNIT_BLIND]


async def test_a_battery_is_assumed_blind_until_it_repeats_the_words_in_force(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        nodes = [m.node(party) for party in ("blue", "green", "white")]
        await m.node("green").post_paper(BATTERY, role="duty")
        await m.node("blue").post_notice(transit(0), role="duty")
        await m.settle()
        m.clock.advance(601_000)
        late = [(Level.WARNING, ("nothing-relayed", "overdue"))]
        assert [await blind(node) for node in nodes] == [late] * 3

        async with officer(m, "green") as http:
            shown = (await http.get("/v1/deliveries/notice:blue-1")).json()
            assert [(u["name"], u["told"]) for u in shown["units"]] == [
                ("Battery 4", "assumed-blind")
            ]
            path, unit = "/v1/deliveries/notice:blue-1/relay", {"unit": "unit:green-1"}
            ready = (await http.get(path, params=unit)).json()
            assert "38.5000000N 018.5000000E" in ready["text"]
            told = await http.post(path, json=unit, params={"role": "duty"})
            assert told.status_code == 201, told.text
            await m.settle()
            assert (await blind(nodes[2]))[0][1] == ("overdue", "sent")
            proof = {
                "proof": "read-back",
                "taken_by": "duty sergeant",
                "read_back": ready["read_back"],
            }
            said = await http.post(
                f"/v1/relays/{told.json()['ref']}/proof", json=proof, params={"role": "duty"}
            )
            assert said.status_code == 200, said.text
            await m.settle()
            assert [await blind(node) for node in nodes] == [[], [], []]
            shown = (await http.get("/v1/deliveries/notice:blue-1")).json()
            assert shown["delivered"] is True
            assert shown["units"][0]["taken_by"] == "duty sergeant"

        await m.node("blue").amend_notice("blue-1", transit(0), role="duty")
        await m.settle()
        anew = [(Level.ADVISORY, ("earlier-version", "not-yet"))]
        assert [await blind(node) for node in nodes] == [anew] * 3
        await m.check()


async def test_a_relay_onto_a_protected_site_is_refused_until_a_person_answers_for_it(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        await m.node("green").post_paper(replace(BATTERY, reach=None), role="duty")
        await m.node("blue").post_notice(HARBOUR_WORKS, role="duty")
        await m.settle()
        async with officer(m, "green") as http:
            path, body = "/v1/deliveries/notice:blue-1/relay", {"unit": "unit:green-1"}
            refused = await http.post(path, json=body, params={"role": "duty"})
            assert refused.status_code == 422
            assert "Harbour (site:harbour) lies within" in refused.json()["what"]
            let_go = await http.post(
                path, json={**body, "override": "Col. A. Example"}, params={"role": "duty"}
            )
            assert let_go.status_code == 201, let_go.text
        await m.settle()
        (record,) = (await m.node("blue").papers("relay", about="notice:blue-1")).records
        shown = await m.node("green").paper(record.ref)
        assert shown.paper.content == record.paper.content
        assert getattr(record.paper.content, "override", "") == "Col. A. Example"
        await m.check()
