"""What an officer says through the API."""

from __future__ import annotations

from typing import Any

import pytest

from parley.node.node import Node
from parley.rules.statements import Notice
from parley.testing.agreements import HOUR_MS, transit
from parley.testing.clock import DAWN_MS
from parley.testing.http import FOUNDED, LoneNode, assert_problem, draft_feature
from parley.wire.instants import format_instant
from parley.wire.kml import notice_to_kml

START = format_instant(DAWN_MS + 2 * HOUR_MS)
END = format_instant(DAWN_MS + 3 * HOUR_MS)


async def test_a_notice_is_durable_signed_and_addressed_to_all_others(blue: LoneNode) -> None:
    posted = await blue.released(text="from the south")
    assert posted["ref"] == "notice:blue-1"
    assert posted["version"] == 1
    item = posted["item"]
    assert item["to"] == ["green", "white"]
    assert item["content"]["text"] == "from the south"
    assert item["content"]["start"] == START
    assert item["content"]["start_ms"] == DAWN_MS + 2 * HOUR_MS
    area = item["content"]["volumes"][0]["area"]
    assert area["geometry"] == {"type": "Point", "coordinates": [20.0, 40.0]}
    assert area["properties"] == {"radius_m": 4000}
    assert "— blue " in posted["note"]
    assert [f["kind"] for f in posted["findings"]] == ["lead-time"]
    assert (await blue.node.item("notice:blue-1")).author == "blue"
    assert (await blue.node.health()).pending == {"green": 1, "white": 1}


async def test_addressees_can_be_named_and_can_be_nobody(blue: LoneNode) -> None:
    one = await blue.officer.post(
        "/v1/notices", params={"role": "duty", "to": ["green"]}, json=draft_feature()
    )
    none = await blue.officer.post(
        "/v1/notices", params={"role": "duty", "to": ""}, json=draft_feature()
    )
    assert one.json()["item"]["to"] == ["green"]
    assert none.json()["item"]["to"] == []
    assert (await blue.node.health()).pending == {"green": 1}


async def test_kml_says_the_same_as_geojson(blue: LoneNode) -> None:
    first = await blue.released()
    notice = (await blue.node.item(first["ref"])).content
    assert isinstance(notice, Notice)
    answer = await blue.officer.post(
        "/v1/notices",
        params={"role": "duty"},
        content=notice_to_kml(notice).replace(b"blue-1", b"blue-k"),
        headers={"content-type": "application/vnd.google-earth.kml+xml"},
    )
    assert answer.status_code == 201, answer.text
    again = (await blue.node.item("notice:blue-k")).content
    assert isinstance(again, Notice)
    [read], [said] = again.volumes, notice.volumes
    assert (read.volume.band, read.volume.span) == (said.volume.band, said.volume.span)
    assert read.volume.area.contains(said.volume.area.centre)


async def test_check_keeps_nothing(blue: LoneNode) -> None:
    before = (await blue.node.health()).log_size
    answer = await blue.post("/v1/check", draft_feature(start=format_instant(DAWN_MS), end=END))
    assert answer.status_code == 200
    late = [f for f in answer.json()["findings"] if f["kind"] == "lead-time"]
    assert late[0]["codes"] == ["late"]
    assert "30 min was agreed" in late[0]["text"]
    assert (await blue.node.health()).log_size == before


async def test_amend_activate_all_clear(blue: LoneNode) -> None:
    await blue.released()
    amended = await blue.post("/v1/notices/blue-1/amend", draft_feature(floor_m=500), role="duty")
    assert amended.json()["version"] == 2
    assert amended.json()["item"]["content"]["volumes"][0]["floor_m"] == 500
    active = await blue.post("/v1/notices/blue-1/steps", {"step": "activate", "role": "duty"})
    assert active.json()["item"]["state"] == "active"
    done = await blue.post(
        "/v1/items/notice:blue-1/steps", {"step": "all-clear", "role": "duty", "text": "done"}
    )
    assert done.json()["item"]["state"] == "all-clear"
    assert done.json()["item"]["closed"] is True
    again = await blue.post("/v1/notices/blue-1/steps", {"step": "cancel", "role": "duty"})
    problem = assert_problem(again, 409, "done-before")
    assert (problem["did"], problem["role"]) == ("all-clear", "duty")
    assert "all-clear" in problem["what"]


async def test_answers_climb_the_ladder(blue: LoneNode, green: Node) -> None:
    posted = await green.post_notice(transit(0), role="duty")
    [outcome] = await blue.node.receive([posted.note])
    assert outcome.receipt is not None
    ref = posted.ref
    read = await blue.post(f"/v1/items/{ref}/answers", {"rung": "read", "role": "duty"})
    assert read.status_code == 200, read.text
    said = (await blue.officer.get(f"/v1/items/{ref}")).json()["content"]["read_back"]
    back = {k: said[k] for k in ("start", "end", "floor_m", "ceiling_m", "place")}
    wrong = await blue.post(
        f"/v1/items/{ref}/answers",
        {"rung": "read-back", "role": "duty", "read_back": {**back, "floor_m": 7}},
    )
    assert wrong.json()["item"]["standings"][0]["mismatch"] == ["floor_m"]
    right = await blue.post(
        f"/v1/items/{ref}/answers", {"rung": "read-back", "role": "duty", "read_back": back}
    )
    assert right.json()["item"]["standings"][0]["rung"] == "read-back"
    accepted = await blue.post(f"/v1/items/{ref}/answers", {"rung": "accepted", "role": "duty"})
    assert accepted.json()["item"]["standings"][0]["rung"] == "accepted"
    back_again = await blue.post(f"/v1/items/{ref}/answers", {"rung": "read", "role": "duty"})
    problem = assert_problem(back_again, 409, "done-before")
    assert (problem["did"], problem["role"], problem["ref"]) == ("accepted", "duty", ref)


@pytest.mark.parametrize(
    ("area", "kind"),
    [
        (None, None),
        ("circle 40N 20E 4km", "Point"),
        ("place lake", "Point"),
        (
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": [[20.0, 40.0], [20.1, 40.1]]},
                "properties": {"half_width_m": 500},
            },
            "LineString",
        ),
        (
            {
                "type": "Feature",
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[20, 40], [20.1, 40], [20.1, 40.1], [20, 40]]],
                },
                "properties": {},
            },
            "Polygon",
        ),
    ],
)
async def test_stop_everywhere_or_within_an_area(
    blue: LoneNode, area: Any, kind: str | None
) -> None:
    answer = await blue.post("/v1/stop", {"role": "duty", "area": area, "text": "cease"})
    assert answer.status_code == 201, answer.text
    content = answer.json()["item"]["content"]
    assert (content["area"] and content["area"]["geometry"]["type"]) == kind
    assert answer.json()["findings"][0]["level"] == "urgent"
    shown = await blue.officer.get(f"/v1/items/{answer.json()['ref']}", params={"outlines": True})
    outline = shown.json()["content"]["outline"]
    assert (outline and outline["type"]) == ("Polygon" if kind else None)
    lifted = await blue.post(
        f"/v1/items/{answer.json()['ref']}/steps", {"step": "all-clear", "role": "duty"}
    )
    assert lifted.json()["item"]["state"] == "lifted"


@pytest.mark.parametrize("position", [{"lat_deg": 40, "lon_deg": 20.5}, "40N 20.5E"])
async def test_distress(blue: LoneNode, position: Any) -> None:
    answer = await blue.post(
        "/v1/distress",
        {
            "role": "duty",
            "subject": "T-17",
            "since": "2023-11-14T22:11:20Z",
            "position": position,
            "uncertainty_m": 200,
        },
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["item"]["content"]["position"] == {"lat_deg": 40.0, "lon_deg": 20.5}
    assert answer.json()["findings"][0]["measures"]["delay_s"] == 120


async def test_a_report_and_its_end(blue: LoneNode) -> None:
    said = {
        "role": "duty",
        "third_party": "battery",
        "phase": "open",
        "area": "circle 40.5N 20.5E 2km",
        "since": "2023-11-14T22:13:00Z",
    }
    opened = await blue.post("/v1/reports", said)
    assert opened.status_code == 201, opened.text
    assert opened.json()["item"]["state"] == "raised"
    item = opened.json()["item"]["item"]
    ceased = await blue.post("/v1/reports", {**said, "phase": "ceased", "item": item})
    assert ceased.json()["item"]["state"] == "lifted"


@pytest.mark.parametrize("area", [None, "circle 40.5N 20.5E 2km", draft_feature(radius_m=500)])
async def test_a_nonconforming_flight_and_the_end_of_it(blue: LoneNode, area: Any) -> None:
    notice = (await blue.released())["item"]["item"]
    said = {
        "role": "duty",
        "notice": notice,
        "codes": ["place", "height"],
        "since": "2023-11-14T22:13:00Z",
        "area": area,
        "floor_m": 900,
        "ceiling_m": 1100,
    }
    answer = await blue.post("/v1/nonconformances", said)
    assert answer.status_code == 201, answer.text
    item = answer.json()["item"]
    assert (item["kind"], item["state"]) == ("nonconformance", "raised")
    content = item["content"]
    assert (content["notice"], content["codes"]) == (notice, ["height", "place"])
    assert (content["floor_m"], content["ceiling_m"]) == (900.0, 1100.0)
    assert (content["area"] is None) is (area is None)
    assert f"the flight of notice {notice} is not at the height" in item["text"]
    listed = await blue.officer.get("/v1/items", params={"kind": "nonconformance"})
    assert [one["ref"] for one in listed.json()["items"]] == [item["ref"]]
    again = await blue.post(
        "/v1/nonconformances", {**said, "codes": ["contingent"], "item": item["item"]}
    )
    assert again.json()["version"] == 2
    lifted = await blue.post(
        f"/v1/items/{item['ref']}/steps", {"step": "all-clear", "role": "duty"}
    )
    assert lifted.json()["item"]["state"] == "lifted"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"codes": []}, 422, "input"),
        ({"codes": ["lost"]}, 422, "input"),
        ({"notice": "blue-77"}, 422, "input"),
        ({"ceiling_m": None}, 400, "format"),
        ({"floor_m": 2000}, 422, "geometry"),
        ({"since": "now"}, 400, "format"),
        ({"area": "somewhere"}, 400, "format"),
        ({"reason": "none"}, 422, "input"),
    ],
)
async def test_a_nonconformance_that_cannot_be(
    blue: LoneNode, change: dict[str, Any], status: int, code: str
) -> None:
    said = {
        "role": "duty",
        "codes": ["place"],
        "since": "2023-11-14T22:13:00Z",
        "floor_m": 900,
        "ceiling_m": 1100,
    }
    assert_problem(await blue.post("/v1/nonconformances", {**said, **change}), status, code)


async def test_presences_are_checked_and_never_sent(blue: LoneNode) -> None:
    volume = draft_feature(radius_m=500)
    del volume["properties"]["class"]
    kept = await blue.post(
        "/v1/presences", {"role": "duty", "label": "survey team", "volume": volume}
    )
    assert kept.status_code == 201, kept.text
    assert kept.json()["item"] is None
    assert (await blue.node.health()).pending == {}
    item = kept.json()["ref"].partition(":")[2]
    gone = await blue.officer.delete(f"/v1/presences/{item}", params={"role": "duty"})
    assert gone.status_code == 200
    assert gone.json()["version"] == 2
    missing = await blue.officer.delete("/v1/presences/blue-99", params={"role": "duty"})
    assert_problem(missing, 404, "not-found")
    role = await blue.officer.delete(f"/v1/presences/{item}", params={"role": "nobody"})
    assert_problem(role, 422, "input")


async def test_tracks_as_json_and_as_csv(blue: LoneNode) -> None:
    seen = {
        "track": "T-17",
        "seen": "2023-11-14T22:13:20Z",
        "lat_deg": 40.0,
        "lon_deg": 20.0,
        "uncertainty_m": 50,
        "floor_m": 900,
        "ceiling_m": 1100,
        "owner": "blue",
    }
    as_json = await blue.post("/v1/tracks", {"role": "duty", "tracks": [seen]})
    assert as_json.status_code == 200, as_json.text
    as_csv = await blue.officer.post(
        "/v1/tracks",
        params={"role": "duty"},
        content=b"time,track,lat,lon,uncertainty_m\n2023-11-14T22:13:21Z,T-17,40.0,20.0,50\n",
        headers={"content-type": "text/csv"},
    )
    assert as_csv.status_code == 200, as_csv.text
    entries = (await blue.officer.get("/v1/log", params={"start": FOUNDED})).json()["entries"]
    assert [e["type"] for e in entries] == ["parley/observation/v1"] * 2
    assert [e["body"]["track"] for e in entries] == ["T-17", "T-17"]
    half = await blue.post("/v1/tracks", {"role": "duty", "tracks": [{**seen, "ceiling_m": None}]})
    assert_problem(half, 400, "format")
    nobody = await blue.officer.post(
        "/v1/tracks", content=b"", headers={"content-type": "text/csv"}
    )
    assert_problem(nobody, 422, "input")
