"""What officers do with alarms through the API, and what the journal's stream tells of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from parley.node.watching.settings import Settings
from parley.rules.statements import Draft
from parley.rules.watching import AlarmRules, WatchRules
from parley.store.memory import MemoryStore
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS
from parley.testing.http import LoneNode, assert_problem, firing, lone_node, seen
from parley.wire.instants import format_instant

INSIDE = "bystander-in-hazard|notice:blue-1|track:icao:4ca216"
LATE = "lead-time|notice:blue-1"
SOON = format_instant(DAWN_MS + 600_000)
DUTY = {"role": "duty"}


@pytest.fixture
async def lookout() -> AsyncIterator[LoneNode]:
    """A node that watches, an activity that begins at once, an airliner in its hazard."""
    async with lone_node("blue", MemoryStore(), watching=Settings()) as found:
        await found.node.post_notice(firing(), role="duty", to=())
        await found.sees(seen(found.clock()))
        yield found


async def alarm(lookout: LoneNode, key: str) -> dict[str, Any]:
    view = (await lookout.officer.get("/v1/watch")).json()
    return next(one for one in (*view["alarms"], *view["shelved"]) if one["key"] == key)


async def act(lookout: LoneNode, what: str, **form: Any) -> Any:
    return await lookout.post(f"/v1/watch/alarms/{what}", form)


async def events(lookout: LoneNode, count: int, after: int) -> list[dict[str, Any]]:
    """So many events behind one, from the stream; seq and what the id line says agree."""
    found: list[dict[str, Any]] = []
    headers = {"last-event-id": str(after)}
    async with lookout.officer.stream("GET", "/v1/events", headers=headers) as answer:
        last = ""
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                last = line[4:]
            elif line.startswith("data: "):
                found.append(json.loads(line[6:]))
                assert str(found[-1]["seq"]) == last
                if len(found) == count:
                    break
    return found


async def test_an_alarm_says_what_it_is_how_urgent_and_what_to_do(lookout: LoneNode) -> None:
    one = await alarm(lookout, INSIDE)
    assert (one["priority"], one["state"], one["active"]) == ("critical", "unacknowledged", True)
    assert one["response"] == "Tell it to keep clear, or tell the activity to hold."
    assert one["finding"]["level"] == "urgent"
    assert one["raised_ms"] == one["told_ms"] == DAWN_MS + 1_000
    assert (one["acknowledged_by"], one["acknowledged"], one["count"]) == ("", None, 1)


async def test_the_second_officer_is_told_what_the_first_did(lookout: LoneNode) -> None:
    first = (await act(lookout, "acknowledge", key=INSIDE, role="duty")).json()
    assert (first["done"], first["alarm"]["state"]) == (True, "acknowledged")
    lookout.clock.advance(5_000)
    second = await act(lookout, "acknowledge", key=INSIDE, role="chief")
    assert second.status_code == 200
    assert (second.json()["done"], second.json()["by"]) == (False, "duty")
    assert second.json()["at"] == format_instant(DAWN_MS + 2_000)
    assert (await alarm(lookout, INSIDE))["acknowledged_by"] == "duty"
    kinds = [event.kind for event in await lookout.node.events(0, 1_000)]
    assert kinds.count("alarm-acknowledged") == 1


async def test_what_rose_since_it_was_seen_is_not_acknowledged_with_it(lookout: LoneNode) -> None:
    told_ms = (await alarm(lookout, INSIDE))["told_ms"]
    stale = await act(lookout, "acknowledge", key=INSIDE, role="duty", seen_ms=told_ms - 1)
    problem = assert_problem(stale, 422, "input")
    assert problem["where"] == "seen_ms"
    assert (await alarm(lookout, INSIDE))["state"] == "unacknowledged"
    fresh = await act(lookout, "acknowledge", key=INSIDE, role="duty", seen_ms=told_ms)
    assert fresh.json()["done"]


async def test_acts_that_cannot_be(lookout: LoneNode) -> None:
    last = await lookout.node.last_event()
    for what in ("acknowledge", "shelve", "unshelve"):
        more = {"reason": "under repair", "until": SOON} if what == "shelve" else {}
        form: dict[str, Any] = {"key": LATE, **DUTY, **more}
        for change in (
            {"key": "stop|stop:blue-9"},
            {"key": "\x1b]0;evil\x07"},
            {"key": ""},
            {"key": "x" * 1_001},
            {"key": 7},
            {"role": "cook"},
            {"role": "x" * 65},
            {"officer": "Smith"},
        ):
            assert_problem(await act(lookout, what, **{**form, **change}), 422, "input")
        del form["role"]
        assert_problem(await act(lookout, what, **form), 422, "input")
    assert await lookout.node.last_event() == last


async def test_what_is_shelved_has_a_name_a_reason_and_an_end(lookout: LoneNode) -> None:
    form = {"key": LATE, "role": "duty", "reason": "told by voice", "until": SOON}
    shelved = (await act(lookout, "shelve", **form)).json()
    assert shelved["done"]
    view = (await lookout.officer.get("/v1/watch")).json()
    assert LATE not in {one["key"] for one in view["alarms"]}
    one = await alarm(lookout, LATE)
    assert (one["state"], one["shelved_by"], one["shelf_reason"], one["shelved_until"]) == (
        "shelved",
        "duty",
        "told by voice",
        SOON,
    )
    again = (await act(lookout, "shelve", **form)).json()
    assert (again["done"], again["by"]) == (False, "duty")
    other = await act(lookout, "shelve", **{**form, "role": "chief"})
    assert "shelved by duty" in assert_problem(other, 422, "input")["what"]
    back = (await act(lookout, "unshelve", key=LATE, role="chief")).json()
    assert (back["done"], back["alarm"]["state"]) == (True, "unacknowledged")
    assert_problem(await act(lookout, "unshelve", key=LATE, role="chief"), 422, "input")
    await act(lookout, "shelve", **form)
    lookout.clock.advance(600_000)
    await lookout.sees(seen(lookout.clock()))
    assert (await alarm(lookout, LATE))["state"] == "unacknowledged"


async def test_nobody_shelves_without_a_reason_or_for_long(lookout: LoneNode) -> None:
    form = {"key": LATE, "role": "duty", "reason": "told by voice", "until": SOON}
    hour = format_instant(lookout.clock() + HOUR_MS + 1)
    refused: tuple[tuple[dict[str, Any], int, str], ...] = (
        ({"reason": ""}, 422, "input"),
        ({"reason": "   "}, 422, "input"),
        ({"reason": "x" * 501}, 422, "input"),
        ({"reason": "two\nlines"}, 422, "input"),
        ({"until": hour}, 422, "input"),
        ({"until": format_instant(DAWN_MS)}, 422, "input"),
        ({"until": "soon"}, 400, "format"),
        ({"until": "2023-11-14T22:20:00"}, 400, "format"),
    )
    for change, status, code in refused:
        assert_problem(await act(lookout, "shelve", **{**form, **change}), status, code)
    assert (await alarm(lookout, LATE))["state"] == "unacknowledged"


async def test_stop_distress_and_bystanders_are_never_shelved(lookout: LoneNode) -> None:
    await lookout.post("/v1/stop", DUTY)
    said = {"role": "duty", "subject": "EIN5GV", "since": "2023-11-14T22:13:20Z"}
    assert (await lookout.post("/v1/distress", said)).status_code == 201
    await lookout.sees(seen(lookout.clock()))
    view = (await lookout.officer.get("/v1/watch")).json()
    keys = {one["finding"]["kind"]: one["key"] for one in view["alarms"]}
    for kind in ("stop", "distress", "bystander-in-hazard"):
        answer = await act(
            lookout, "shelve", key=keys[kind], role="duty", reason="known", until=SOON
        )
        assert f"{kind} is never shelved" in assert_problem(answer, 422, "input")["what"]


async def test_a_flood_is_shown_and_what_it_gathered_is_marked() -> None:
    rules = WatchRules(alarms=AlarmRules(flood_in_10_min=3, calm_in_10_min=1))
    agreement = replace(small_agreement(), watch=rules)
    async with lone_node("blue", MemoryStore(), watching=Settings(), agreement=agreement) as blue:
        for number in range(8):
            late: Draft = transit(number, start_ms=DAWN_MS + 60_000)
            await blue.node.post_notice(late, role="duty", to=())
        await blue.sees()
        view = (await blue.officer.get("/v1/watch")).json()
    assert view["flood"]["began_ms"] == DAWN_MS + 1_000
    assert view["flood"]["count"] == sum(one["flood"] for one in view["alarms"]) > 0
    gathered = {one["key"] for one in view["alarms"] if one["flood"]}
    assert set(view["flood"]["first"]) <= gathered


async def test_what_opens_is_told_once_and_a_stream_resumes_without_gap_or_double(
    lookout: LoneNode,
) -> None:
    for _ in range(5):
        await lookout.sees(seen(lookout.clock()))
    await act(lookout, "acknowledge", key=INSIDE, role="duty")
    last = await lookout.node.last_event()
    whole = await events(lookout, last, 0)
    assert [event["seq"] for event in whole] == list(range(1, last + 1))
    halves = await events(lookout, last // 2, 0)
    halves += await events(lookout, last - last // 2, last // 2)
    assert halves == whole
    mine = [
        event["kind"]
        for event in whole
        if INSIDE in (event["data"].get("key"), "|".join(_about(event["data"])))
    ]
    assert mine == ["watch-opened", "alarm-raised", "alarm-acknowledged"]
    raised = next(e for e in whole if e["kind"] == "alarm-raised" and e["data"]["key"] == INSIDE)
    assert raised["data"]["loud"] is True
    assert raised["data"]["alarm"]["priority"] == "critical"
    assert "role" in raised["data"]


def _about(data: dict[str, Any]) -> list[str]:
    return [str(data.get("kind")), *(ref.partition("@")[0] for ref in data.get("refs", []))]
