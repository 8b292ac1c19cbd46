"""What helps whoever draws a notice: the live check, what was pasted, positions, forms."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parley.node.node import Node
from parley.testing.agreements import HOUR_MS, transit
from parley.testing.clock import DAWN_MS
from parley.testing.http import LoneNode, assert_problem, draft_feature
from parley.web.console.checks import Checks
from parley.web.problems import ProblemError
from parley.wire.instants import format_instant

START = format_instant(DAWN_MS + 2 * HOUR_MS)
END = format_instant(DAWN_MS + 3 * HOUR_MS)


async def test_the_check_tells_all_that_the_screen_shows(blue: LoneNode, green: Node) -> None:
    posted = await green.post_notice(transit(272), role="duty")
    await blue.node.receive([posted.note])
    before = (await blue.node.health()).log_size
    answer = await blue.officer.post(
        "/v1/drafts/check",
        params={"tz": ["Asia/Jerusalem", "Europe/Moscow"], "check": "editor-1"},
        json=draft_feature(**{"class": "live-activity"}),
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["worst"] in ("warning", "urgent")
    assert {"conflict"} <= {one["kind"] for one in told["findings"]}
    lead = told["lead_time"]
    assert (lead["verdict"], lead["required_s"], lead["given_s"]) == ("timely", 3600, 7200)
    assert told["read_back"]["ceiling_m"] == 3000
    assert [one["zone"] for one in told["local"]] == ["Asia/Jerusalem", "Europe/Moscow"]
    [volume] = told["volumes"]
    assert volume["centre"]["dd"] == "40.0000000N 020.0000000E"
    assert volume["centre"]["mgrs"].startswith("34T")
    assert volume["centre"]["range_bearing"].startswith("tower ")
    assert 50.265 <= volume["area_km2"] <= 50.4
    assert volume["outline"]["type"] == "Polygon"
    causes = {one["cause"] for one in told["hazards"]}
    assert {"activity", "no-all-clear"} <= causes
    assert all(one["outline"]["type"] == "Polygon" for one in told["hazards"])
    assert (await blue.node.health()).log_size == before


async def test_what_cannot_be_checked_is_named_at_its_field(blue: LoneNode) -> None:
    late = await blue.officer.post("/v1/drafts/check", json=draft_feature(end=START, start=END))
    assert "properties" in assert_problem(late, 400, "format")["where"]
    zone = await blue.officer.post(
        "/v1/drafts/check", params={"tz": "Mars/Olympus"}, json=draft_feature()
    )
    assert_problem(zone, 422, "input")
    text = await blue.officer.post("/v1/drafts/check", content=b"?")
    assert_problem(text, 415, "format")


async def test_a_newer_check_supersedes_an_older_one_that_runs_or_waits() -> None:
    checks, begun, hold = Checks(at_once=1), list[str](), asyncio.Event()

    def work(name: str) -> Any:
        async def run() -> str:
            begun.append(name)
            await hold.wait()
            return name

        return run

    async def here() -> bool:
        return False

    async def away() -> bool:
        return True

    tasks = []
    for name in ("first", "second", "third"):
        tasks.append(asyncio.create_task(checks.run("editor", work(name), here)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    for task in tasks[:2]:
        with pytest.raises(ProblemError) as refused:
            await task
        assert (refused.value.status_code, refused.value.code) == (409, "superseded")
    other = asyncio.create_task(checks.run("other", work("other"), away))
    hold.set()
    assert await tasks[2] == "third"
    with pytest.raises(ProblemError):
        await other
    assert begun == ["first", "third"]


UNSAID = ["class", "floor_m", "ceiling_m", "start", "end"]
PASTES: list[tuple[str, str, str, list[str]]] = [
    ("40.0N 20.0E", "coordinates", "Point", [*UNSAID, "radius_m"]),
    ("circle 40N 20E 4km", "coordinates", "Point", UNSAID),
    ("1. 40.0 20.0\n2. 40.1 20.0\n\n3. 40.1 20.1\n", "coordinates", "Polygon", []),
    ("34TDK1896633739; tower 090/12km", "coordinates", "LineString", ["half_width_m"]),
    ("place lake", "coordinates", "Point", []),
    ('{"type": "Point", "coordinates": [20, 40]}', "geojson", "Point", ["radius_m"]),
    (
        '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [20, 40]},'
        ' "properties": {"name": "drawn elsewhere", "radius_m": 500}}',
        "geojson", "Point", ["class"],
    ),
    (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>a</name><LineString>'
        "<coordinates>20,40 20.2,40.1</coordinates></LineString></Placemark></kml>",
        "kml", "LineString", ["half_width_m"],
    ),
    (
        '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><rte>'
        '<rtept lat="40" lon="20"/><rtept lat="40.1" lon="20.2"/></rte></gpx>',
        "gpx", "LineString", ["half_width_m", "floor_m", "start"],
    ),
    (
        "A0001/31 NOTAMN\nQ) LAAA/QRDCA/IV/BO/W/000/100/4000N02000E005\nA) LAAA B) 3105011000"
        " C) 3105011100\nE) WI 5NM RADIUS OF 400000N 0200000E\nF) FL050 G) FL100",
        "notam", "Point", ["class"],
    ),
]  # fmt: skip


async def test_whatever_is_pasted_is_recognised_and_what_is_missing_is_named(
    blue: LoneNode,
) -> None:
    for text, form, kind, missing in PASTES:
        answer = await blue.officer.post("/v1/drafts/read", json={"text": text})
        assert answer.status_code == 200, (text, answer.text)
        told = answer.json()
        assert told["format"] == form, text
        [feature] = told["draft"]["features"]
        assert feature["geometry"]["type"] == kind
        assert set(missing) <= set(told["missing"]), told
        assert told["complete"] is False
        assert not set(told["missing"]) & set(feature["properties"])


async def test_a_paste_and_what_the_screen_knows_make_a_whole_draft(blue: LoneNode) -> None:
    known = {"class": "transit", "floor_m": 0, "ceiling_m": 3000, "start": START, "end": END}
    for text, _, _, _ in PASTES:
        filled = {**known, "radius_m": 700, "half_width_m": 300, "text": text}
        answer = await blue.officer.post("/v1/drafts/read", json=filled)
        assert answer.status_code == 200, (text, answer.text)
        told = answer.json()
        assert (told["complete"], told["missing"]) == (True, []), told
        checked = await blue.officer.post("/v1/drafts/check", json=told["draft"])
        assert checked.status_code == 200, checked.text


HOSTILE: list[str] = [
    "",
    "   \n ",
    "hello",
    "[[20, 40]]",
    "[" * 100_000,
    '{"type": "FeatureCollection", "features": [' + "{" * 50_000,
    '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1e999, 40]}}',
    '{"type": "Feature", "geometry": null, "properties": {}}',
    '{"type": "Point", "coordinates": [20, 40, 900]}',
    '{"type": "Feature", "properties": {"floor_ft": 5}, "geometry": {"type": "Point"}}',
    '{"type": "Feature", "properties": [], "geometry": 7}',
    '{"type": "FeatureCollection", "features": [7]}',
    '{"type": ["Point"], "coordinates": 1}',
    '{"type": "GeometryCollection", "geometries": [{"type": {}}]}',
    '<!DOCTYPE a [<!ENTITY x "x">]><kml>&x;</kml>',
    "<svg onload=alert(1)>",
    "<kml><Placemark><Polygon/></Placemark></kml>",
    "<kml><Placemark><MultiGeometry/></Placemark></kml>",
    "<gpx><trk/></gpx>",
    "circle 40N 20E",
    "circle 91N 20E 4km",
    "40N 20E\n40N 20E\n40N 20E",
    "40 20\n" * 20_000,
    "20.0000E 200.0N",
    "polygon 40N 20E; 41N 21E; 40N 21E; 41N 20E",
    "place nowhere",
    "Q) LAAA/QRDCA NOTAMN",
    '{"features": [], "horizontalProjection": 1}',
    "\u202eE02 N04",
]


async def test_a_hostile_paste_ends_in_a_problem_that_says_what_would_be_right(
    blue: LoneNode,
) -> None:
    for text in HOSTILE:
        answer = await blue.officer.post("/v1/drafts/read", json={"text": text})
        assert answer.status_code in (400, 413, 422), (text[:60], answer.text)
        problem = assert_problem(answer, answer.status_code, answer.json()["code"])
        assert problem["right"], (text[:60], problem)


async def test_a_typed_position_in_every_notation(blue: LoneNode) -> None:
    told = (await blue.post("/v1/coordinates", {"text": "tower 090/12km"})).json()
    assert told["range_bearing"] == [{"name": "tower", "range_m": 12000.0, "bearing_deg": 90.0}]
    assert told["hints"] == []
    again = (await blue.post("/v1/coordinates", {"text": told["mgrs"]})).json()
    assert abs(again["lat_deg"] - told["lat_deg"]) < 1e-5
    rough = (await blue.post("/v1/coordinates", {"text": "40N 20E"})).json()
    assert rough["precision_m"] > 50_000
    swapped = (await blue.post("/v1/coordinates", {"text": "20.0 40.0"})).json()
    assert "latitude and longitude exchanged" in " ".join(swapped["hints"])
    wrong = await blue.post("/v1/coordinates", {"text": "4O.0N 20E"})
    assert assert_problem(wrong, 400, "format")["right"]


@pytest.mark.parametrize("lang", ["en", "ru", "he", "ar"])
async def test_a_script_of_a_draft_says_that_it_is_not_released(blue: LoneNode, lang: str) -> None:
    params = {"role": "duty", "lang": lang, "tz": "Asia/Jerusalem"}
    text = await blue.officer.post(
        "/v1/drafts/as/phone-script", params=params, json=draft_feature()
    )
    assert text.status_code == 200, text.text
    lines = text.text.strip().splitlines()
    assert lines[0].startswith("DRAFT - NOT RELEASED")
    assert lines[-1].startswith("DRAFT - NOT RELEASED")
    assert next(line for line in lines if line.startswith("0. "))
    page = await blue.officer.post(
        "/v1/drafts/as/paper-form", params={**params, "html": True}, json=draft_feature()
    )
    assert page.text.count("DRAFT - NOT RELEASED") == 2
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    posted = await blue.released()
    after = await blue.officer.get(f"/v1/items/{posted['ref']}/as/script", params={"lang": lang})
    assert "DRAFT" not in after.text


async def test_the_forms_of_a_draft_that_waits(blue: LoneNode) -> None:
    await blue.released()
    answer = await blue.officer.post(
        "/v1/drafts",
        params={"role": "duty", "kind": "amendment", "item": "blue-1", "person": "avery"},
        json=draft_feature(floor_m=100),
    )
    draft = answer.json()
    form = await blue.officer.get(f"/v1/drafts/{draft['id']}/as/form")
    assert "blue-1 version 2" in form.text
    assert form.text.startswith("DRAFT - NOT RELEASED")
    nothing = await blue.officer.get(f"/v1/drafts/{draft['id']}/as/sonnet")
    assert_problem(nothing, 404, "not-found")
