"""The console's picture on real nodes with a live feed: now, then, as it was known then, and the
stream of events over a restart. Each test ends in check_node on every party."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from parley.node.watching.settings import Settings
from parley.rules.statements import Draft, NoticeVolume, Step, Use
from parley.space import Area, Band, Span, Volume
from parley.testing.agreements import CENTRE, HOUR_MS, small_agreement
from parley.testing.harness import TOKEN, Mechanism
from parley.testing.sky import Plane, Sky
from parley.wire.instants import format_instant

BY_HAND = Settings(owners={"icao:c90001": "green"}, beat_s=3_600.0, idle_s=3_600.0)
MINUTE_MS = 60_000


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@asynccontextmanager
async def screen(m: Mechanism, party: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=m.url(party), headers=headers, trust_env=False) as client:
        yield client


async def picture(client: httpx.AsyncClient, at_ms: int, as_of_ms: int = -1) -> dict[str, Any]:
    query = {"at": format_instant(at_ms)}
    if as_of_ms >= 0:
        query["as_of"] = format_instant(as_of_ms)
    answer = await client.get("/v1/picture", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refs(found: dict[str, Any]) -> list[str]:
    return [one["ref"] for one in found["items"]]


def firing(start_ms: int) -> Draft:
    span = Span(start_ms, start_ms + HOUR_MS)
    volume = Volume(Area.circle(CENTRE, 5_000), Band.metres(0, 6_000), span)
    return Draft("live-activity", (NoticeVolume(Use.ACTIVITY, volume),))


async def test_the_night_is_shown_again_as_it_was_and_as_it_was_known(tmp_path: Path) -> None:
    m = Mechanism(small_agreement(), tmp_path, watching={"green": BY_HAND})
    plane = Plane("c90001", 40.20, 20.00, 3_000.0, 200.0, 0.0, callsign="IL20")
    async with Sky(m.clock, plane) as sky:
        await sky.receiver("roof")
        m.hears("green", *sky.feeds("roof"))
        async with m:
            await sky.receivers["roof"].called_by(1)
            await _the_night(m, sky)
            await m.check()


async def _the_night(m: Mechanism, sky: Sky) -> None:
    start_ms = m.clock() + 20_000
    await m.cut("blue", "green")
    posted = await m.node("blue").post_notice(firing(start_ms), role="duty")
    said_ms = m.clock()
    for _ in range(32):
        await sky.second([m.watching("green")])
    m.heal("blue", "green")
    m.hub("blue").wake()
    await m.settle()
    heard_ms = m.clock()
    for _ in range(12):
        await sky.second([m.watching("green")])
    while (await m.history("green").at(m.clock() - 6_000)).tracks is None:
        pass
    at_ms = start_ms + 10_000
    assert said_ms < at_ms < heard_ms
    async with screen(m, "green") as green, screen(m, "blue") as blue:
        now = await picture(green, at_ms)
        assert refs(now) == [posted.ref]
        assert now["items"][0]["known_ms"] == heard_ms
        assert {v["layer"] for v in now["volumes"]} == {"declared", "hazard"}
        assert now["tracks"]["label"] == ["IL20"]
        assert now["tracks_at_ms"] <= at_ms
        assert now["gap_s"] is None
        then = await picture(green, at_ms, at_ms)
        assert refs(then) == [], "green did not know it then"
        assert then["tracks"] == now["tracks"], "green saw its own aircraft then"
        assert refs(await picture(blue, at_ms, at_ms)) == [posted.ref]
        trail = await green.get(
            "/v1/watch/history",
            params={"track": "icao:c90001", "from": format_instant(said_ms)},
        )
        assert trail.status_code == 200, trail.text
        found = trail.json()
        assert len(found["at_ms"]) >= 3
        assert found["lat"] == sorted(found["lat"])


async def test_what_both_hold_of_an_instant_is_the_same_on_both_screens() -> None:
    m = Mechanism(small_agreement())
    async with m:
        start_ms = m.clock() + MINUTE_MS
        posted = await m.node("blue").post_notice(firing(start_ms), role="duty")
        stop = await m.node("green").stop(role="duty", area=Area.circle(CENTRE, 9_000))
        await m.settle()
        m.clock.advance(2 * MINUTE_MS)
        await m.node("blue").step(posted.ref, Step.ALL_CLEAR, role="duty")
        await m.settle()
        m.clock.advance(MINUTE_MS)
        async with screen(m, "green") as green, screen(m, "blue") as blue:
            for at_ms in (start_ms - 1, start_ms, start_ms + MINUTE_MS - 1, m.clock() - 1):
                ours, theirs = await picture(blue, at_ms), await picture(green, at_ms)
                assert refs(ours) == refs(theirs)
                assert stop.ref in refs(ours)
                assert ours["named"] == theirs["named"]
                assert ours["agreement"] == theirs["agreement"]
                drawn = [
                    [(v["ref"], v["n"], v["layer"], v["start_ms"], v["end_ms"], v["outline"])]
                    for v in ours["volumes"]
                ]
                assert drawn == [
                    [(v["ref"], v["n"], v["layer"], v["start_ms"], v["end_ms"], v["outline"])]
                    for v in theirs["volumes"]
                ]
            assert posted.ref in refs(await picture(blue, start_ms))
            assert posted.ref not in refs(await picture(blue, m.clock() - 1))
        await m.check()


async def read(client: httpx.AsyncClient, after: int, count: int) -> list[dict[str, Any]]:
    """So many events behind ``after``, as a screen reads them; then it hangs up."""
    found: list[dict[str, Any]] = []
    headers = {"last-event-id": str(after)}
    async with client.stream("GET", "/v1/events", headers=headers) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
            if len(found) == count:
                break
    return found


async def test_a_screen_follows_the_journal_over_a_restart_without_a_gap_or_a_double(
    tmp_path: Path,
) -> None:
    m = Mechanism(small_agreement(), tmp_path)
    async with m:
        async with screen(m, "blue") as blue:
            began = (await blue.get("/v1/picture")).json()["last_event"]
            first = await m.node("blue").post_notice(firing(m.clock() + MINUTE_MS), role="duty")
            await m.settle()
            there = await m.node("blue").last_event() - began
            seen = await read(blue, began, there)
        await m.fall("blue")
        await m.rise("blue")
        well = Volume(
            Area.circle(CENTRE, 500), Band.metres(0, 100), Span(m.clock(), m.clock() + HOUR_MS)
        )
        kept = await m.node("blue").protect("well", well, role="duty")
        await m.node("blue").step(first.ref, Step.CANCEL, role="duty")
        await m.settle()
        async with screen(m, "blue") as blue:
            there = await m.node("blue").last_event() - seen[-1]["seq"]
            seen += await read(blue, seen[-1]["seq"], there)
            assert [one["seq"] for one in seen] == list(range(began + 1, began + 1 + len(seen)))
            told = [one["data"]["ref"] for one in seen if one["kind"] in ("item", "presence")]
            assert {first.ref, kept.ref} <= set(told)
            answer = await blue.post("/v1/items/read", json={"refs": sorted(set(told))})
            found = answer.json()
            assert [one["state"] for one in found["items"]] == ["cancelled"]
            assert {v["ref"] for v in found["volumes"]} == {first.ref, kept.ref}
        await m.check()
