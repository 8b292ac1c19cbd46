"""The console's live frame: columns, the names sent once, waiting for the next sweep."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from parley.node.watching.settings import Settings
from parley.store.memory import MemoryStore
from parley.testing.http import AIRLINER, LoneNode, assert_problem, firing, lone_node, seen
from parley.watch.report import Ident
from parley.watch.scene import MovingHazard
from parley.web.console import frames

OTHER = Ident(icao24="4ca217", callsign="EIN7")
TRACK = "icao:4ca216"


@pytest.fixture
async def lookout() -> AsyncIterator[LoneNode]:
    async with lone_node("blue", MemoryStore(), watching=Settings()) as found:
        yield found


async def frame(lookout: LoneNode, **query: Any) -> dict[str, Any]:
    answer = await lookout.officer.get("/v1/watch/picture", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = json.loads(answer.text)
    return found


@asynccontextmanager
async def waiting(
    lookout: LoneNode, asked: int
) -> AsyncIterator[list[asyncio.Task[dict[str, Any]]]]:
    """So many screens, each on a connection of its own, that have the last sweep and wait for the
    next."""
    place = f"/v1/watch/picture?wait_s=5&after={lookout.watching.state().swept}"
    token = lookout.officer.headers["authorization"]
    request = f"GET {place} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n"

    async def ask(reader: asyncio.StreamReader) -> dict[str, Any]:
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        found: dict[str, Any] = json.loads(body)
        return found

    made, writers = [], []
    for _ in range(asked):
        reader, writer = await asyncio.open_connection("127.0.0.1", lookout.running.port)
        writer.write(f"{request}connection: close\r\n\r\n".encode())
        writers.append(writer)
        made.append(asyncio.create_task(ask(reader)))
    await lookout.officer.get("/v1/links")
    yield made
    for writer in writers:
        writer.close()


async def test_a_frame_has_every_track_as_parallel_columns(lookout: LoneNode) -> None:
    now_ms = lookout.clock()
    await lookout.sees(seen(now_ms), seen(now_ms, ident=OTHER, north_m=9_000, owner="green"))
    found = await frame(lookout)
    tracks = found["tracks"]
    assert found["now_ms"] == now_ms
    assert tracks["id"] == [TRACK, "icao:4ca217"]
    assert tracks["label"] == ["EIN5GV", "EIN7"]
    assert tracks["owner"] == ["", "green"]
    assert {len(column) for name, column in tracks.items() if name != "count"} == {2}
    assert tracks["height_m"] == [3_000, 3_000]
    assert tracks["pressure_m"] == [None, None]
    assert tracks["course_deg"] == [0.0, 0.0]
    assert tracks["status"] == [0, 0]
    assert [bits & frames.UNKNOWN_OWNER for bits in tracks["flags"]] == [frames.UNKNOWN_OWNER, 0]
    one = (await lookout.officer.get("/v1/watch/tracks")).json()["tracks"][1]
    assert tracks["lat"][1] == round(one["lat_deg"], 5)


async def test_names_are_sent_again_only_when_one_has_changed(lookout: LoneNode) -> None:
    await lookout.sees(seen(lookout.clock()))
    first = await frame(lookout)
    await lookout.sees(seen(lookout.clock(), north_m=200))
    second = await frame(lookout, names=first["names"])
    assert second["names"] == first["names"]
    assert "id" not in second["tracks"]
    assert second["tracks"]["lat"] != first["tracks"]["lat"]
    await lookout.sees(seen(lookout.clock(), north_m=400, owner="green"))
    third = await frame(lookout, names=second["names"])
    assert third["names"] > first["names"]
    assert third["tracks"]["id"] == [TRACK]
    assert third["tracks"]["owner"] == ["green"]


async def test_who_has_the_frame_is_told_so_in_a_few_bytes(lookout: LoneNode) -> None:
    await lookout.sees(seen(lookout.clock()))
    swept = (await frame(lookout))["swept"]
    assert await frame(lookout, after=swept) == {"swept": swept}
    assert (await frame(lookout, after=swept + 100))["tracks"]["count"] == 1


async def test_two_hundred_screens_wait_for_one_sweep_and_share_its_frame(
    lookout: LoneNode,
) -> None:
    async with waiting(lookout, 200) as screens:
        await lookout.sees(seen(lookout.clock()))
        found = await asyncio.gather(*screens)
    assert {one["swept"] for one in found} == {lookout.watching.state().swept}
    assert all(one["tracks"]["id"] == [TRACK] for one in found)


async def test_one_screen_too_many_is_told_to_come_again(
    lookout: LoneNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "WAITING", 3)
    swept = lookout.watching.state().swept
    query = {"after": swept, "wait_s": 5}
    async with waiting(lookout, 3) as screens:
        refused = await lookout.officer.get("/v1/watch/picture", params=query)
        assert_problem(refused, 503, "busy")
        assert refused.headers["retry-after"] == "1"
        assert await frame(lookout, after=swept) == {"swept": swept}
        await lookout.sees(seen(lookout.clock()))
        assert all(one["tracks"]["count"] == 1 for one in await asyncio.gather(*screens))


async def test_a_screen_that_waits_is_let_go_when_the_node_stops(lookout: LoneNode) -> None:
    swept = lookout.watching.state().swept
    async with waiting(lookout, 2) as screens:
        await lookout.running.stop()
        assert await asyncio.gather(*screens) == [{"swept": swept}] * 2


async def test_a_track_with_an_alarm_is_marked(lookout: LoneNode) -> None:
    await lookout.node.post_notice(firing(), role="duty", to=())
    await lookout.sees(seen(lookout.clock(), owner="green"))
    assert lookout.watching.alarms().standing
    flags = (await frame(lookout))["tracks"]["flags"][0]
    assert flags == frames.ALARMED | frames.UNACKNOWLEDGED
    for alarm in lookout.watching.alarms().standing:
        await lookout.watching.acknowledge(alarm.key, "duty")
    await lookout.sees(seen(lookout.clock(), owner="green"))
    assert (await frame(lookout))["tracks"]["flags"] == [frames.ALARMED]


async def test_a_hazard_that_moves_is_where_its_track_is(lookout: LoneNode) -> None:
    await lookout.sees(seen(lookout.clock()))
    until_ms = lookout.clock() + 60_000
    for track in (TRACK, "icao:000001"):
        hazard = MovingHazard("", track, "", 5_000, 300, 600, lookout.clock(), until_ms)
        await lookout.watching.keep_away(hazard, "duty")
    await lookout.sees(seen(lookout.clock(), north_m=200))
    found = await frame(lookout)
    tracks, moving = found["tracks"], found["moving"]
    assert moving["track"] == [TRACK, "icao:000001"]
    assert moving["lat"] == [tracks["lat"][0], None]
    assert moving["radius_m"] == [5_000, 5_000]
    off_m = tracks["vertical_m"][0]
    assert moving["floor_m"] == [3_000 - 600 - off_m, None]
    assert moving["ceiling_m"] == [3_000 + 300 + off_m, None]
    assert moving["until_ms"] == [until_ms, until_ms]


async def test_half_a_character_in_a_name_breaks_no_frame(lookout: LoneNode) -> None:
    ident = Ident(callsign="</script>\ud800", icao24="4ca216")
    await lookout.sees(seen(lookout.clock(), ident=ident))
    assert (await frame(lookout))["tracks"]["label"] == ["</script>_"]


async def test_a_node_that_does_not_watch_says_so(blue: LoneNode) -> None:
    assert_problem(await blue.officer.get("/v1/watch/picture"), 404, "no-watch")


@pytest.mark.parametrize("query", [{"after": -1}, {"wait_s": 6}, {"wait_s": "nan"}, {"names": "x"}])
async def test_what_cannot_be_asked_is_refused(lookout: LoneNode, query: dict[str, Any]) -> None:
    answer = await lookout.officer.get("/v1/watch/picture", params=query)
    assert answer.status_code == 422


def test_what_is_no_text_or_no_number_is_sent_as_something_that_is_json() -> None:
    sent = frames.encoded({"a": ["\ud800", float("nan")], "b": ("x",)})
    assert json.loads(sent) == {"a": ["?", None], "b": ["x"]}


def test_the_airliner_of_the_tests_is_the_track_that_they_name() -> None:
    assert AIRLINER.key("roof") == TRACK
