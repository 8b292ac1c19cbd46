"""A line that nobody comes near: notices are held against it at both nodes, and both report the
same about a period: what passed, what failed, what began before it was told. Real nodes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from parley.liaison.duties.contents import (
    CheckOf,
    DutyCheck,
    DutyPlace,
    NoticeRequest,
    Obligation,
)
from parley.liaison.papers.when import When
from parley.rules.agreement import AgreedLine
from parley.rules.findings import Kind
from parley.rules.statements import Deviation, Draft, Header, NoticeVolume, Observation, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.agreements import HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS
from parley.testing.harness import TOKEN, Mechanism

WEST, EAST = Position(lat_deg=40.0, lon_deg=19.0), Position(lat_deg=40.0, lon_deg=21.0)
AGREEMENT = replace(
    small_agreement(),
    lines=(AgreedLine("blue-line", "The Blue Line", Area.corridor((WEST, EAST), 0)),),
)
RESOLUTION = Obligation(
    "Works near the line",
    "UN Security Council resolution 1701 (2006)",
    "Both keep the line; works near it are told a day before they begin.",
    paraphrase=True,
    language="en",
    binds=("blue", "green"),
    places=(DutyPlace("blue-line"),),
    checks=(
        DutyCheck(CheckOf.NOT_WITHIN, "blue-line", 500),
        DutyCheck(CheckOf.NOTICE_BEFORE, "blue-line", 5_000, seconds_before=86_400),
    ),
    source="https://undocs.org/S/RES/1701(2006)",
)


def works(away_m: float, start_ms: int) -> Draft:
    """A circle of 100 m whose rim is so far north of the line."""
    centre = Position(lat_deg=40.0 + (away_m + 100) / 111_035, lon_deg=19.0)
    volume = Volume(
        Area.circle(centre, 100), Band.metres(0, 500), Span(start_ms, start_ms + HOUR_MS)
    )
    return Draft("transit", (NoticeVolume(Use.ACTIVITY, volume),))


async def report(m: Mechanism, party: str) -> Any:
    headers = {"authorization": f"Bearer {TOKEN}"}
    period = {"from": "2023-11-14T00:00:00Z", "until": "2023-11-20T00:00:00Z"}
    async with httpx.AsyncClient(base_url=m.url(party), headers=headers, trust_env=False) as http:
        answer = await http.get("/v1/adherence", params=period)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def missed(m: Mechanism, party: str) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (f.refs[0], f.codes)
        for f in await m.node(party).findings()
        if f.kind is Kind.OBLIGATION_NOT_MET
    ]


async def test_a_notice_near_the_line_fails_at_both_nodes_and_passes_once_it_is_amended(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        a, b = m.node("blue"), m.node("green")
        start_ms = DAWN_MS + 48 * HOUR_MS
        await b.post_paper(RESOLUTION, role="duty")
        await a.post_notice(works(450, start_ms), role="duty")
        await m.settle()
        failed = [("notice:blue-1@1", ("not-within:blue-line",))]
        assert [await missed(m, party) for party in ("blue", "green", "white")] == [failed] * 3
        await a.amend_notice("blue-1", works(550, start_ms), role="duty")
        await m.settle()
        assert [await missed(m, party) for party in ("blue", "green", "white")] == [[], [], []]
        shown = [(await report(m, party))["obligations"][0] for party in ("blue", "green")]
        assert shown[0] == shown[1]
        blue = shown[0]["parties"][0]
        assert (blue["checked"], blue["passed"], blue["failed"]) == (1, 1, 0)
        distance = blue["activities"][0]["verdicts"][0]["measures"]["distance_m"]
        assert abs(distance - 550) <= 1
        assert shown[0]["paraphrase"] is True
        await m.check()


async def test_activity_after_the_fact_and_seen_before_its_notice_is_counted_in_both_reports(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        a, b = m.node("blue"), m.node("green")
        await b.post_paper(RESOLUTION, role="duty")
        m.clock.set(DAWN_MS + 10 * HOUR_MS)
        now_ms = m.clock()
        late = await a.post_notice(works(1_000, now_ms - 600_000), role="duty")
        begun = When("this morning", now_ms - 3 * HOUR_MS, now_ms - 2 * HOUR_MS, ("date",))
        await b.post_paper(
            NoticeRequest(
                "blue",
                "The works have begun.",
                When("this noon", now_ms, now_ms),
                "a press statement",
                by="a spokesperson",
                answered_by=late.ref.partition(":")[2],
                began=begun,
            ),
            role="duty",
            to=["blue"],
        )
        early = await a.post_notice(works(20_000, now_ms + HOUR_MS), role="duty")
        m.clock.advance(HOUR_MS // 2)
        await a.announce_nonconformance(
            role="duty",
            notice=early.ref.partition(":")[2],
            codes=[Deviation.EARLY],
            since_ms=now_ms - 60_000,
        )
        await m.settle()
        assert (await missed(m, "green")) == [("notice:blue-1@1", ("notice-before:blue-line",))]
        reports = [await report(m, party) for party in ("blue", "green")]
        for found in reports:
            (counted,) = found["parties"]
            assert (counted["notices"], counted["after_the_fact"]) == (2, 1)
            assert counted["seen_before"] == 2
            facts = {
                (one["ref"], sight["source"]) for one in counted["begun"] for sight in one["sights"]
            }
            assert facts == {("notice:blue-1", "notice-request"), (early.ref, "nonconformance")}
            under = found["obligations"][0]["parties"][0]
            assert (under["checked"], under["failed"]) == (2, 1)
            assert under["after_the_fact"] == ["notice:blue-1"]
            assert found["requests"][0]["answer"] == "notice"
            assert "10 min after its start" in found["text"]
            assert "by a spokesperson" in found["text"]
        assert reports[0]["parties"] == reports[1]["parties"]
        assert reports[0]["obligations"] == reports[1]["obligations"]
        await m.check()


async def test_a_track_of_ones_own_sight_counts_where_it_was_seen_alone() -> None:
    async with Mechanism(AGREEMENT) as m:
        m.clock.set(DAWN_MS + HOUR_MS)
        start_ms = m.clock() + 300_000
        seen = Observation(
            Header("green", "duty", m.clock(), (), ""),
            "b7",
            "blue",
            m.clock() - 60_000,
            Position(lat_deg=40.0 + 20_100 / 111_035, lon_deg=19.0),
            Band.metres(100, 200),
            50,
            "own radar",
        )
        await m.node("green").observe([seen])
        await m.node("blue").post_notice(works(20_000, start_ms), role="duty")
        await m.settle()
        (counted,) = (await report(m, "green"))["parties"]
        assert (counted["after_the_fact"], counted["seen_before"]) == (0, 1)
        assert counted["begun"][0]["sights"][0]["ref"] == "track:b7"
        (of_blue,) = (await report(m, "blue"))["parties"]
        assert of_blue["seen_before"] == 0
        await m.check()
