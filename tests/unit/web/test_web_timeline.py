"""The timeline of an incident over HTTP: pages, periods, hostile words."""

from __future__ import annotations

from typing import Any

import pytest

from parley.testing.clock import DAWN_MS
from parley.testing.http import LoneNode, assert_problem
from parley.wire.instants import format_instant

THEN = {"said": "at dawn", "from_ms": DAWN_MS, "until_ms": DAWN_MS, "inferred": []}
EVIL = "<img src=x onerror=alert(1)> שלום {{7*7}}"


async def incident(blue: LoneNode, **more: Any) -> str:
    content = {
        "title": EVIL, "state": "open", "when": THEN, "area": None, "parties": ["blue", "green"],
        "involved": [], "harm": "", "actions": "", **more,
    }  # fmt: skip
    said = await blue.post("/v1/papers/incident", {"content": content}, role="duty", to="green")
    assert said.status_code == 201, said.text
    return str(said.json()["ref"])


async def claim(blue: LoneNode, ref: str, **more: Any) -> str:
    content = {
        "incident": ref, "topic": "place", "aspect": "act", "claimant": "blue", "text": EVIL,
        "source": {"medium": "briefing", "citation": "a page", "said": THEN}, **more,
    }  # fmt: skip
    said = await blue.post("/v1/papers/claim", {"content": content}, role="duty", to="green")
    assert said.status_code == 201, said.text
    return str(said.json()["ref"])


async def timeline(blue: LoneNode, ref: str, **query: Any) -> dict[str, Any]:
    answer = await blue.officer.get(f"/v1/incidents/{ref}/timeline", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_claim_of_a_place_and_a_fact_of_the_log_stand_apart(blue: LoneNode) -> None:
    notice = (await blue.released())["ref"]
    ref = await incident(blue, refs=[notice])
    place = {"position": [400000000, 200000000], "uncertainty_m": 1000}
    later = {"said": "later", "from_ms": DAWN_MS + 1000, "until_ms": DAWN_MS + 9000, "inferred": []}
    mine = await claim(blue, ref, place=place, happened=later, answer="here")
    other = await claim(blue, ref, claimant="a newspaper", answer="there")
    found = await timeline(blue, ref)
    told = {c["ref"]: c for a in found["accounts"] for c in a["claims"]}
    assert set(told) == {mine, other}
    assert told[mine]["place"]["geometry"] == {"type": "Point", "coordinates": [20.0, 40.0]}
    assert (told[mine]["from_ms"], told[mine]["until_ms"]) == (DAWN_MS + 1000, DAWN_MS + 9000)
    assert told[mine]["happened"]["exact"] is False
    assert told[mine]["text"] == EVIL
    assert told[mine]["contradicts"] == [other]
    assert (told[other]["quoted"], told[other]["standing"]) == (True, "disputed")
    facts = {f["ref"]: f for f in found["facts"] if f["kind"] == "notice"}
    assert facts[notice]["source"] == "log of blue"
    assert facts[notice]["concerns"] is True
    assert facts[notice]["areas"][0]["geometry"]["type"] in ("Polygon", "MultiPolygon")
    about = {f["kind"] for f in found["facts"] if f["ref"] in (mine, other)}
    assert about == {"finding-opened"}


async def test_pages_show_everything_once(blue: LoneNode) -> None:
    ref = await incident(blue)
    for n in range(5):
        await blue.released(text=f"number {n}")
    whole = await timeline(blue, ref)
    found, after = [], ""
    while True:
        page = await timeline(blue, ref, limit=2, after=after)
        found += page["facts"]
        after = page["next"] or ""
        if not after:
            break
    keys = [(f["kind"], f["ref"], f["words"]) for f in found]
    assert sorted(keys) == sorted((f["kind"], f["ref"], f["words"]) for f in whole["facts"])


async def test_another_period_shows_other_facts(blue: LoneNode) -> None:
    ref = await incident(blue)
    await blue.released()
    day = {"from": format_instant(DAWN_MS - 10_000), "until": format_instant(DAWN_MS - 1)}
    assert (await timeline(blue, ref, **day))["facts"] == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"after": "log.x"}, 422),
        ({"after": "journal.99999999999999"}, 422),
        ({"limit": 0}, 422),
        ({"from": "2023-11-14T00:00:00Z"}, 422),
        ({"from": "2020-01-01T00:00:00Z", "until": "2023-11-14T00:00:00Z"}, 422),
        ({"from": "then", "until": "now"}, 400),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    blue: LoneNode, query: dict[str, Any], status: int
) -> None:
    ref = await incident(blue)
    answer = await blue.officer.get(f"/v1/incidents/{ref}/timeline", params=query)
    assert_problem(answer, status, "format" if status == 400 else "input")


async def test_there_is_no_timeline_of_what_is_no_incident(blue: LoneNode) -> None:
    notice = (await blue.released())["ref"]
    for ref in ("incident:blue-99", notice, "x"):
        assert_problem(await blue.officer.get(f"/v1/incidents/{ref}/timeline"), 404, "not-found")
