"""The live watch through the API: the picture, whose tracks they are, and who does not watch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parley.node.watching.settings import Settings
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import HOUR_MS
from parley.testing.clock import DAWN_MS
from parley.testing.http import LoneNode, assert_problem, firing, lone_node, seen
from parley.watch.report import Ident, sound
from parley.wire.instants import format_instant

END = format_instant(DAWN_MS + HOUR_MS)
KEEP_AWAY = {
    "track": "icao:4ca216",
    "radius_m": 9_000,
    "up_m": 300,
    "down_m": 300,
    "until": END,
    "role": "duty",
}


@pytest.fixture
async def lookout(tmp_path: Path) -> AsyncIterator[LoneNode]:
    store = await SqliteStore.open(tmp_path / "lookout.db")
    async with lone_node("blue", store, watching=Settings()) as found:
        yield found


def fleet(count: int, at_ms: int) -> list[Any]:
    """Aircraft 20 km apart from each other."""
    return [seen(at_ms, ident=Ident(icao24=f"{n:06x}"), north_m=20_000.0 * n) for n in range(count)]


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "", None),
    ("GET", "/tracks", None),
    ("GET", "/picture", None),
    ("GET", "/alarms", None),
    ("GET", "/stream", None),
    ("GET", "/inputs", None),
    ("POST", "/alarms/acknowledge", {"key": "k", "role": "duty"}),
    ("POST", "/alarms/shelve", {"key": "k", "role": "duty", "reason": "r", "until": END}),
    ("POST", "/alarms/unshelve", {"key": "k", "role": "duty"}),
    ("POST", "/owners", {"track": "t", "party": "blue", "role": "duty"}),
    ("POST", "/bindings", {"track": "t", "notice": "", "role": "duty"}),
    ("POST", "/moving", KEEP_AWAY),
    ("DELETE", "/moving/moving:blue-1?role=duty", None),
)


STREAMS = {
    "/v1/watch/stream": ["text/event-stream"],
    "/v1/watch/inputs": ["application/x-ndjson"],
}


async def test_a_node_that_does_not_watch_says_so(blue: LoneNode) -> None:
    for method, path, body in ROUTES:
        answer = await blue.officer.request(method, f"/v1/watch{path}", json=body)
        assert_problem(answer, 404, "no-watch")


async def test_nobody_sees_or_tells_anything_without_the_token(lookout: LoneNode) -> None:
    for method, path, body in ROUTES:
        answer = await lookout.anybody.request(method, f"/v1/watch{path}", json=body)
        assert_problem(answer, 401, "unauthorized")


async def test_before_the_first_report_the_picture_is_empty(lookout: LoneNode) -> None:
    view = (await lookout.officer.get("/v1/watch")).json()
    assert view["tracks"] == {"live": 0, "coasting": 0, "lost": 0}
    assert (view["swept"], view["last_ms"]) == (1, DAWN_MS)
    assert view["alarms"] == view["findings"] == view["shelved"] == []
    assert view["flood"] is None
    page = (await lookout.officer.get("/v1/watch/tracks")).json()
    assert (page["tracks"], page["next"]) == ([], None)


async def test_a_track_is_shown_where_it_is_and_goes_on_when_its_reports_end(
    lookout: LoneNode,
) -> None:
    await lookout.sees(seen(lookout.clock(), owner="green"))
    one = (await lookout.officer.get("/v1/watch/tracks")).json()["tracks"][0]
    assert (one["id"], one["owner"], one["status"]) == ("icao:4ca216", "green", "live")
    assert (one["lat_deg"], one["lon_deg"], one["height_m"]) == (40.0, 20.0, 3000.0)
    assert (one["speed_mps"], one["course_deg"], one["pressure_m"]) == (200.0, 0.0, None)
    assert one["label"] == "EIN5GV"
    lookout.clock.advance(59_000)
    await lookout.sees()
    later = (await lookout.officer.get("/v1/watch/tracks")).json()["tracks"][0]
    assert (later["status"], later["age_s"]) == ("coasting", 60.0)
    assert later["lat_deg"] > 40.1
    assert later["radius_m"] > one["radius_m"]
    lookout.clock.advance(120_000)
    await lookout.sees()
    view = (await lookout.officer.get("/v1/watch")).json()
    assert view["tracks"] == {"live": 0, "coasting": 0, "lost": 1}
    assert "track-lost" in {finding["kind"] for finding in view["findings"]}


async def test_pages_of_tracks_hold_every_track_once(lookout: LoneNode) -> None:
    await lookout.sees(*fleet(7, lookout.clock()))
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (
            await lookout.officer.get("/v1/watch/tracks", params={"after": after, "limit": 3})
        ).json()
        assert len(page["tracks"]) <= 3
        found += [track["id"] for track in page["tracks"]]
        after = page["next"]
    assert found == [f"icao:{n:06x}" for n in range(7)]
    behind = await lookout.officer.get("/v1/watch/tracks", params={"after": "zz"})
    assert (behind.json()["tracks"], behind.json()["next"]) == ([], None)


async def test_pages_that_cannot_be(lookout: LoneNode) -> None:
    for query in ({"limit": "0"}, {"limit": "1001"}, {"after": "x" * 257}):
        answer = await lookout.officer.get("/v1/watch/tracks", params=query)
        assert_problem(answer, 422, "input")


HOSTILE = ("evil\x1b[2J\r\n\x00", "\u202egnp.exe", "a|b@c", "../%2F?&#", " ")


async def test_hostile_names_of_tracks_are_shown_and_the_sweep_goes_on(
    lookout: LoneNode,
) -> None:
    await lookout.node.post_notice(firing(), role="duty", to=())
    for _ in range(2):
        at_ms = lookout.clock()
        await lookout.sees(
            *(
                seen(at_ms, ident=Ident(uid=name, callsign=name), north_m=100.0 * n, label=name)
                for n, name in enumerate(HOSTILE)
            )
        )
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        query: dict[str, str] = {"limit": "1", "after": after}
        page = (await lookout.officer.get("/v1/watch/tracks", params=query)).json()
        found += [track["id"] for track in page["tracks"]]
        after = page["next"]
    assert found == sorted(map(sound, HOSTILE))
    view = (await lookout.officer.get("/v1/watch")).json()
    alarmed = {ref for alarm in view["alarms"] for ref in alarm["finding"]["refs"]}
    assert {f"track:{sound(name)}" for name in HOSTILE} <= alarmed
    assert "alarm-raised" in {event.kind for event in await lookout.node.events(0, 1_000)}


async def test_names_without_end_are_refused_by_name_and_the_others_stay(
    lookout: LoneNode,
) -> None:
    at_ms = lookout.clock()
    long = "x" * 5_000
    await lookout.sees(seen(at_ms, ident=Ident(uid=long)), seen(at_ms, label=long))
    view = (await lookout.officer.get("/v1/watch")).json()
    assert sum(view["rejected"].values()) == 1
    page = (await lookout.officer.get("/v1/watch/tracks")).json()
    assert [track["id"] for track in page["tracks"]] == ["icao:4ca216"]
    assert len(page["tracks"][0]["label"]) <= 200


async def test_the_document_of_the_api_describes_every_route(lookout: LoneNode) -> None:
    paths = (await lookout.anybody.get("/openapi.json")).json()["paths"]
    told = {(m.upper(), p) for p, methods in paths.items() for m in methods if "/watch" in p}
    known = {(m, f"/v1/watch{p.partition('?')[0]}") for m, p, _ in ROUTES}
    known.add(("GET", "/v1/watch/history"))  # a node that does not watch may still have one
    assert {(m, p.replace("moving:blue-1", "{ref}")) for m, p in known} == told
    for method, path in told:
        route = paths[path][method.lower()]
        assert route["summary"]
        assert {"401", "404", "422"} <= set(route["responses"])
    streams = {p: paths[p]["get"]["responses"]["200"]["content"] for p in STREAMS}
    assert {p: list(content) for p, content in streams.items()} == STREAMS


async def test_whose_a_track_is_an_officer_says_and_takes_back(lookout: LoneNode) -> None:
    said = {"track": "icao:4ca216", "party": "green", "role": "duty"}
    assert (await lookout.post("/v1/watch/owners", said)).status_code == 204
    assert (await lookout.sees(seen(lookout.clock()))).tracks.owner == ("green",)
    assert (await lookout.post("/v1/watch/owners", {**said, "party": ""})).status_code == 204
    assert (await lookout.sees(seen(lookout.clock()))).tracks.owner == ("",)
    kinds = [event.kind for event in await lookout.node.events(0, 1_000)]
    assert kinds.count("track-claimed") == 2


async def test_claims_that_cannot_be(lookout: LoneNode) -> None:
    said = {"track": "icao:4ca216", "party": "green", "role": "duty"}
    last = await lookout.node.last_event()
    changes: tuple[dict[str, Any], ...] = (
        {"party": "No Party"},
        {"track": ""},
        {"track": "x" * 201},
        {"track": "a\x1bb"},
        {"role": "cook"},
        {"role": ""},
        {"reason": "none"},
        {"party": 3},
        {"track": None},
    )
    for change in changes:
        answer = await lookout.post("/v1/watch/owners", {**said, **change})
        assert_problem(answer, 422, "input")
    nobody = await lookout.post("/v1/watch/owners", {**said, "party": "purple"})
    assert_problem(nobody, 403, "unknown-party")
    assert await lookout.node.last_event() == last


async def test_bodies_are_strict_json(lookout: LoneNode) -> None:
    for body in (
        b'{"track": "a", "track": "b", "party": "", "role": "duty"}',
        b'{"track": "a", "party": "", "role": NaN}',
        b"[" * 100_000,
        b"\xff\xfe",
        b"",
    ):
        answer = await lookout.officer.post(
            "/v1/watch/owners", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code in (400, 422), body[:40]


async def test_a_track_is_bound_to_a_notice_and_to_nothing_else(lookout: LoneNode) -> None:
    posted = await lookout.node.post_notice(firing(), role="duty", to=())
    stop = await lookout.post("/v1/stop", {"role": "duty"})
    said = {"track": "icao:4ca216", "notice": posted.ref, "role": "duty"}
    assert (await lookout.post("/v1/watch/bindings", said)).status_code == 204
    assert (await lookout.watching.scene()).bound == {"icao:4ca216": "notice:blue-1"}
    for wrong in ("notice:blue-99", stop.json()["ref"], "blue-1", "x" * 81):
        answer = await lookout.post("/v1/watch/bindings", {**said, "notice": wrong})
        assert_problem(answer, 422, "input")
    assert (await lookout.post("/v1/watch/bindings", {**said, "notice": ""})).status_code == 204
    assert (await lookout.watching.scene()).bound == {}


async def test_who_comes_near_a_moving_hazard_is_found_until_it_is_ended(
    lookout: LoneNode,
) -> None:
    made = await lookout.post("/v1/watch/moving", KEEP_AWAY)
    assert made.status_code == 201, made.text
    ref = made.json()["ref"]
    assert (made.json()["party"], made.json()["until"]) == ("blue", END)
    near = Ident(icao24="3c6589")
    key = f"bystander-in-hazard|{ref}|track:icao:3c6589"
    for _ in range(2):
        at_ms = lookout.clock()
        sweep = await lookout.sees(seen(at_ms), seen(at_ms, ident=near, north_m=5_000.0))
    assert key in {finding.key for finding in sweep.findings}
    role = {"role": "duty"}
    assert_problem(
        await lookout.officer.delete(f"/v1/watch/moving/{ref}", params={"role": "cook"}),
        422,
        "input",
    )
    assert_problem(await lookout.officer.delete(f"/v1/watch/moving/{ref}"), 422, "input")
    ended = await lookout.officer.delete(f"/v1/watch/moving/{ref}", params=role)
    assert ended.status_code == 204
    again = await lookout.officer.delete(f"/v1/watch/moving/{ref}", params=role)
    assert_problem(again, 404, "not-found")
    at_ms = lookout.clock()
    sweep = await lookout.sees(seen(at_ms), seen(at_ms, ident=near, north_m=5_000.0))
    assert key not in {finding.key for finding in sweep.findings}


async def test_moving_hazards_that_cannot_be(lookout: LoneNode) -> None:
    changes: tuple[tuple[dict[str, Any], int, str], ...] = (
        ({"radius_m": -1}, 422, "input"),
        ({"radius_m": 200_001}, 422, "input"),
        ({"radius_m": 1.5}, 422, "input"),
        ({"until": format_instant(DAWN_MS)}, 422, "input"),
        ({"until": "tomorrow"}, 400, "format"),
        ({"except_parties": ["purple"]}, 403, "unknown-party"),
        ({"except_parties": ["green"] * 65}, 422, "input"),
        ({"role": "cook"}, 422, "input"),
        ({"track": ""}, 422, "input"),
    )
    for change, status, code in changes:
        answer = await lookout.post("/v1/watch/moving", {**KEEP_AWAY, **change})
        assert_problem(answer, status, code)
    assert (await lookout.watching.scene()).moving == ()


async def test_no_such_moving_hazard(lookout: LoneNode) -> None:
    for ref in ("stop:blue-1", "moving:", "x" * 2_000):
        answer = await lookout.officer.delete(f"/v1/watch/moving/{ref}", params={"role": "duty"})
        assert_problem(answer, 404, "not-found")


async def test_findings_of_statements_and_of_the_watch_are_two_lists(lookout: LoneNode) -> None:
    await lookout.node.post_notice(firing(), role="duty", to=())
    await lookout.sees(seen(lookout.clock()))
    stated = (await lookout.officer.get("/v1/findings")).json()["findings"]
    watched = (await lookout.officer.get("/v1/watch")).json()
    assert {finding["kind"] for finding in stated} == {"lead-time"}
    assert "bystander-in-hazard" in {finding["kind"] for finding in watched["findings"]}
    alarms = {alarm["finding"]["kind"] for alarm in watched["alarms"]}
    assert {"lead-time", "bystander-in-hazard"} <= alarms


async def test_two_aircraft_whose_names_differ_behind_an_at_sign_are_two_alarms(
    lookout: LoneNode,
) -> None:
    await lookout.node.post_notice(firing(), role="duty", to=())
    names = ("ops@north", "ops@south")
    at_ms = lookout.clock()
    await lookout.sees(
        *(seen(at_ms, ident=Ident(uid=u), north_m=9_000.0 * n) for n, u in enumerate(names))
    )
    view = (await lookout.officer.get("/v1/watch")).json()
    inside = [a for a in view["alarms"] if a["finding"]["kind"] == "bystander-in-hazard"]
    assert {a["finding"]["refs"][1] for a in inside} >= {f"track:{name}" for name in names}
