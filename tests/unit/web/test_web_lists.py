"""Lists page by page through the API: whole, in order, stable while new entries come in."""

from __future__ import annotations

from typing import Any

import pytest

from parley.node.watching.settings import Settings
from parley.rules.findings import Kind, Level, finding
from parley.store.memory import MemoryStore
from parley.testing.clock import DAWN_MS
from parley.testing.http import FOUNDED, LoneNode, assert_problem, lone_node, seen
from parley.watch.alarms.alarm import Alarm, urgency
from parley.watch.alarms.states import State as AlarmState
from parley.watch.alarms.table import Priority
from parley.web.watch_views import alarms_view


async def walked(blue: LoneNode, path: str, members: str, **query: Any) -> list[dict[str, Any]]:
    """All entries of all pages."""
    found: list[dict[str, Any]] = []
    after: Any = ""
    while after is not None:
        given = {**query, **({"after": after} if after else {})}
        answer = await blue.officer.get(path, params=given)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page[members]) <= int(query["limit"])
        found += page[members]
        after = page["next"]
    return found


async def test_findings_are_the_same_in_pages_of_any_size(blue: LoneNode) -> None:
    for _ in range(4):
        await blue.released()
    await blue.post("/v1/stop", {"role": "duty"})
    blue.clock.advance(11 * 60_000)
    whole = (await blue.officer.get("/v1/findings")).json()
    assert whole["next"] is None
    assert whole["total"] == len(whole["findings"]) > 5
    levels = ["urgent", "warning", "advisory"]
    assert [levels.index(f["level"]) for f in whole["findings"]] == sorted(
        levels.index(f["level"]) for f in whole["findings"]
    )
    for limit in (1, 2, 500):
        assert await walked(blue, "/v1/findings", "findings", limit=limit) == whole["findings"]


async def test_items_of_a_state_are_whole_while_new_ones_come_in(blue: LoneNode) -> None:
    for _ in range(5):
        await blue.released()
    for cancelled in (2, 4):
        form = {"step": "cancel", "role": "duty"}
        await blue.post(f"/v1/notices/blue-{cancelled}/steps", form)
    refs: list[str] = []
    after: str | None = ""
    while after is not None:
        params: dict[str, Any] = {"state": "released", "kind": "notice", "limit": 1, "after": after}
        page = (await blue.officer.get("/v1/items", params=params)).json()
        refs += [item["ref"] for item in page["items"]]
        after = page["next"]
        await blue.post("/v1/stop", {"role": "duty"})
    assert refs == [f"notice:blue-{n}" for n in (1, 3, 5)]
    stops = await walked(blue, "/v1/items", "items", state="raised", limit=2)
    assert {item["kind"] for item in stops} == {"stop"}


async def test_the_journal_and_the_log_are_read_a_page_at_a_time(blue: LoneNode) -> None:
    for _ in range(3):
        await blue.released()
    events = await walked(blue, "/v1/journal", "events", limit=2)
    assert [event["seq"] for event in events] == list(range(1, await blue.node.last_event() + 1))
    assert events[-1]["kind"] in {"item", "finding-opened"}
    first = (await blue.officer.get("/v1/log", params={"limit": FOUNDED})).json()
    rest = (await blue.officer.get("/v1/log", params={"start": first["next"]})).json()
    assert [e["index"] for e in first["entries"]] == list(range(FOUNDED))
    assert [e["index"] for e in rest["entries"]] == list(range(FOUNDED, FOUNDED + 3))
    assert rest["next"] is None


async def test_alarms_and_tracks_are_read_a_page_at_a_time() -> None:
    async with lone_node("blue", MemoryStore(), watching=Settings()) as blue:
        for _ in range(3):
            await blue.post("/v1/stop", {"role": "duty"})
        await blue.sees(seen(blue.clock()))
        await blue.sees(seen(blue.clock()))
        view = (await blue.officer.get("/v1/watch")).json()
        assert len(view["alarms"]) >= 3
        assert view["left_out"] == {"findings": 0, "alarms": 0, "shelved": 0}
        for limit in (1, 2, 200):
            paged = await walked(blue, "/v1/watch/alarms", "alarms", limit=limit)
            assert [a["key"] for a in paged] == [a["key"] for a in view["alarms"]]
        shelved = {"list": "shelved", "limit": 5}
        assert await walked(blue, "/v1/watch/alarms", "alarms", **shelved) == []
        tracks = await walked(blue, "/v1/watch/tracks", "tracks", limit=1)
        assert [track["id"] for track in tracks] == ["icao:4ca216"]
        for cursor in ("AAAA", "bnVsbA", "WzEsMixb", "x"):
            answer = await blue.officer.get(f"/v1/watch/alarms?after={cursor}")
            assert_problem(answer, 422, "input")


def alarm(number: int) -> Alarm:
    at_ms = DAWN_MS + number % 7
    level = Level.URGENT if number % 3 else Level.WARNING
    lost = finding(
        Kind.TRACK_LOST, level, (f"track:{number:04d}",), parties=(), window_ms=(at_ms, at_ms)
    )
    priority = list(Priority)[number % 4]
    return Alarm(lost, priority, AlarmState.UNACKNOWLEDGED, at_ms, at_ms, at_ms, at_ms, level)


def test_an_alarm_that_goes_between_two_pages_hides_and_doubles_none() -> None:
    standing = sorted((alarm(number) for number in range(700)), key=urgency)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = alarms_view(standing, after, 50)
        seen += [one.key for one in page.alarms]
        after = page.next
        standing = [one for one in standing if one.key != page.alarms[-1].key]
    assert seen == [one.key for one in sorted((alarm(n) for n in range(700)), key=urgency)]


@pytest.mark.parametrize("path", ["/v1/findings", "/v1/exhibits"])
async def test_a_cursor_that_is_none_is_refused(blue: LoneNode, path: str) -> None:
    for cursor in ("no cursor", "%ff", "A", "_-8", "x" * 10_000):
        assert_problem(await blue.officer.get(f"{path}?after={cursor}"), 422, "input")


@pytest.mark.parametrize(
    "path",
    ["/v1/papers?kind=message&", "/v1/items?", "/v1/findings?", "/v1/journal?", "/v1/exhibits?"],
)
async def test_a_page_has_its_bounds(blue: LoneNode, path: str) -> None:
    for limit in ("0", "-1", "501", "many", ""):
        assert_problem(await blue.officer.get(f"{path}limit={limit}"), 422, "input")
