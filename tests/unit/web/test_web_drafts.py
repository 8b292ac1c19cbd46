"""Drafts that wait for their release, over HTTP."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any

import httpx

from parley.node.node import Node
from parley.testing.agreements import HOUR_MS
from parley.testing.clock import DAWN_MS
from parley.testing.http import LoneNode, assert_problem, draft_feature
from parley.wire.geojson import draft_from_geojson
from parley.wire.instants import format_instant

Drafts = dict[str, Any]


async def proposed(
    client: httpx.AsyncClient, body: Any = None, status: int = 201, **params: Any
) -> Drafts:
    answer = await client.post(
        "/v1/drafts", params={"role": "duty", **params}, json=body or draft_feature()
    )
    assert answer.status_code == status, answer.text
    found: Drafts = answer.json()
    return found


async def released(client: httpx.AsyncClient, draft: Drafts, **change: Any) -> httpx.Response:
    seen = [one["key"] for one in draft["findings"]]
    form = {"role": "chief", "revision": draft["revision"], "seen": seen, **change}
    return await client.post(f"/v1/drafts/{draft['id']}/release", json=form)


async def test_a_draft_says_nothing_until_another_person_releases_it(blue: LoneNode) -> None:
    author, second = await blue.at_console("watch1"), await blue.at_console("release1")
    async with aclosing(author), aclosing(second):
        before = (await blue.node.health()).log_size
        draft = await proposed(author)
        assert (draft["state"], draft["revision"], draft["number"]) == ("waiting", 1, 1)
        assert draft["author"] == {"person": "watch1", "name": "Avery Watch", "role": "duty"}
        assert draft["to"] == ["green", "white"]
        assert draft["may"] == ["replace", "withdraw"]
        assert draft["lapses_ms"] == DAWN_MS + 2 * HOUR_MS
        assert (await blue.node.health()).log_size == before

        listed = (await second.get("/v1/drafts", params={"state": "waiting"})).json()
        assert [one["id"] for one in listed["drafts"]] == [draft["id"]]
        assert listed["two_persons"] is True
        shown = (await second.get(f"/v1/drafts/{draft['id']}")).json()
        assert shown["may"] == ["release", "return"]
        assert shown["content"]["volumes"][0]["outline"]["type"] == "Polygon"

        watcher = await blue.at_console("observe1")
        async with aclosing(watcher):
            assert (await watcher.get(f"/v1/drafts/{draft['id']}")).json()["may"] == []

        answer = await released(second, shown)
        assert answer.status_code == 201, answer.text
        item = answer.json()["item"]
        assert (item["role"], item["content"]["releaser"]) == ("duty", "chief")
        after = (await author.get(f"/v1/drafts/{draft['id']}")).json()
        assert after["state"] == "released"
        assert after["result"] == {"ref": "notice:blue-1", "version": 1}
        assert [one["did"] for one in after["history"]] == ["proposed", "released"]
        assert after["history"][1]["who"]["name"] == "Casey Release"
        kinds = [e["kind"] for e in (await author.get("/v1/journal")).json()["events"]]
        assert [kind for kind in kinds if kind.startswith("draft-")] == [
            "draft-proposed",
            "draft-released",
        ]


async def test_the_author_does_not_release_his_own(blue: LoneNode) -> None:
    draft = await proposed(blue.officer, person="Avery")
    again = await blue.officer.post(
        f"/v1/drafts/{draft['id']}/release",
        params={"person": "avery "},
        json={"role": "chief", "revision": 1, "seen": []},
    )
    problem = assert_problem(again, 403, "person")
    assert "wrote draft 1" in problem["what"]
    nobody = await blue.officer.post("/v1/drafts", params={"role": "duty"}, json=draft_feature())
    assert assert_problem(nobody, 422, "input")["where"] == "person"


async def test_who_releases_second_is_told_who_was_first(blue: LoneNode) -> None:
    draft = await proposed(blue.officer, person="avery")
    form = {"role": "chief", "revision": 1, "seen": []}
    path = f"/v1/drafts/{draft['id']}/release"
    first = await blue.officer.post(path, params={"person": "casey"}, json=form)
    assert first.status_code == 201, first.text
    blue.clock.advance(1_000)
    second = await blue.officer.post(path, params={"person": "dana"}, json=form)
    problem = assert_problem(second, 409, "done-before")
    assert (problem["who"], problem["role"], problem["did"]) == ("casey", "chief", "released")
    assert problem["done_at_ms"] == DAWN_MS
    assert problem["ref"] == "notice:blue-1"
    late = await blue.officer.post(
        f"/v1/drafts/{draft['id']}/withdraw", params={"person": "avery"}, json={"text": ""}
    )
    assert assert_problem(late, 409, "done-before")["who"] == "casey"


async def test_a_finding_that_was_not_seen_holds_the_release_back(
    blue: LoneNode, green: Node
) -> None:
    draft = await proposed(blue.officer, person="avery")
    assert [one for one in draft["findings"] if one["level"] in ("warning", "urgent")] == []
    there = draft_from_geojson(json.dumps(draft_feature()).encode(), "a test", blue.agreement)
    posted = await green.post_notice(there, role="duty")
    await blue.node.receive([posted.note])
    form = {"role": "chief", "revision": 1, "seen": [one["key"] for one in draft["findings"]]}
    path = f"/v1/drafts/{draft['id']}/release"
    held = await blue.officer.post(path, params={"person": "casey"}, json=form)
    problem = assert_problem(held, 409, "changed")
    assert problem["revision"] == 1
    [new] = problem["findings"]
    assert (new["kind"], new["level"]) == ("conflict", "warning")
    low = {**form, "seen": [{"key": new["key"], "level": "advisory"}]}
    assert_problem(
        await blue.officer.post(path, params={"person": "casey"}, json=low), 409, "changed"
    )
    again = await blue.officer.post(
        path, params={"person": "casey"}, json={**form, "seen": [new["key"]]}
    )
    assert again.status_code == 201, again.text


async def test_an_older_revision_is_not_released(blue: LoneNode) -> None:
    draft = await proposed(blue.officer, person="avery")
    path = f"/v1/drafts/{draft['id']}"
    newer = await blue.officer.post(
        f"{path}/replace",
        params={"role": "duty", "person": "avery"},
        json=draft_feature(floor_m=500),
    )
    assert newer.json()["revision"] == 2
    assert newer.json()["content"]["volumes"][0]["floor_m"] == 500
    form = {"role": "chief", "revision": 1, "seen": []}
    old = await blue.officer.post(f"{path}/release", params={"person": "casey"}, json=form)
    assert assert_problem(old, 409, "changed")["revision"] == 2
    other = await blue.officer.post(
        f"{path}/replace", params={"role": "duty", "person": "dana"}, json=draft_feature()
    )
    assert_problem(other, 403, "person")


async def test_returned_with_a_word_and_withdrawn_by_its_author(blue: LoneNode) -> None:
    first, second = [await proposed(blue.officer, person="avery") for _ in range(2)]
    wordless = await blue.officer.post(
        f"/v1/drafts/{first['id']}/return", params={"person": "casey"}, json={"text": " "}
    )
    assert assert_problem(wordless, 422, "input")["where"] == "text"
    back = await blue.officer.post(
        f"/v1/drafts/{first['id']}/return", params={"person": "casey"}, json={"text": "too short"}
    )
    assert back.json()["state"] == "returned"
    assert back.json()["history"][-1]["text"] == "too short"
    gone = await blue.officer.post(
        f"/v1/drafts/{second['id']}/withdraw", params={"person": "avery"}, json={}
    )
    assert gone.json()["state"] == "withdrawn"
    assert (await blue.officer.get("/v1/drafts?state=waiting")).json()["waiting"] == 0


async def test_a_draft_whose_window_has_begun_lapses_and_it_is_said(blue: LoneNode) -> None:
    draft = await proposed(blue.officer, person="avery")
    blue.clock.set(draft["lapses_ms"])
    late = await blue.officer.post(
        f"/v1/drafts/{draft['id']}/release",
        params={"person": "casey"},
        json={"role": "chief", "revision": 1, "seen": []},
    )
    assert assert_problem(late, 409, "done-before")["did"] == "lapsed"
    assert (await blue.officer.get(f"/v1/drafts/{draft['id']}")).json()["state"] == "lapsed"
    events = (await blue.officer.get("/v1/journal")).json()["events"]
    assert next(e for e in events if e["kind"] == "draft-lapsed")["data"]["id"] == draft["id"]


async def test_an_amendment_by_two_persons(blue: LoneNode) -> None:
    await blue.released()
    draft = await proposed(
        blue.officer, draft_feature(floor_m=500), kind="amendment", item="blue-1", person="avery"
    )
    answer = await blue.officer.post(
        f"/v1/drafts/{draft['id']}/release",
        params={"person": "casey"},
        json={"role": "chief", "revision": 1, "seen": [f["key"] for f in draft["findings"]]},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == 2
    assert answer.json()["item"]["content"]["releaser"] == "chief"


BAD: list[tuple[dict[str, Any], Any, int, str]] = [
    ({"role": "cook"}, draft_feature(), 422, "input"),
    ({"to": "nobody"}, draft_feature(), 403, "unknown-party"),
    ({"kind": "amendment"}, draft_feature(), 422, "input"),
    ({"kind": "amendment", "item": "green-1"}, draft_feature(), 422, "input"),
    ({"person": "\u202eyreva"}, draft_feature(), 422, "input"),
    ({"person": "two\nlines"}, draft_feature(), 422, "input"),
    ({"kind": "sonnet"}, draft_feature(), 422, "input"),
    ({"item": "blue-1"}, draft_feature(), 422, "input"),
    ({}, draft_feature(start="tomorrow"), 400, "format"),
    ({}, {"type": "FeatureCollection", "features": []}, 400, "format"),
    (
        {},
        draft_feature(start=format_instant(DAWN_MS - HOUR_MS), end=format_instant(DAWN_MS - 1)),
        422,
        "input",
    ),
    ({"kind": "release"}, {"subject": "notice:blue-1"}, 422, "input"),
    ({"kind": "release"}, {"subject": "notice:blue-9", "recipient": "green"}, 422, "input"),
    ({"kind": "paper-widening"}, {"ref": "x", "marking": "TLP:RED"}, 422, "input"),
]


async def test_what_could_not_be_said_is_not_proposed(blue: LoneNode) -> None:
    for params, body, status, code in BAD:
        answer = await blue.officer.post(
            "/v1/drafts", params={"role": "duty", "person": "avery", **params}, json=body
        )
        assert_problem(answer, status, code)
    assert (await blue.officer.get("/v1/drafts")).json()["drafts"] == []


async def test_there_is_no_such_draft(blue: LoneNode) -> None:
    assert_problem(await blue.officer.get("/v1/drafts/7-00000000"), 404, "not-found")
    form = {"role": "chief", "revision": 1}
    answer = await blue.officer.post("/v1/drafts/7-00000000/release", json=form)
    assert_problem(answer, 404, "not-found")
