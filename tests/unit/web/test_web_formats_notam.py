from __future__ import annotations

import json
from typing import Any

import httpx

from parley.node.node import Node
from parley.testing.agreements import transit
from parley.testing.http import LoneNode, assert_problem
from parley.wire.instants import parse_instant

NOTAM = """A1234/26 NOTAMN
Q) LGGG/QRDCA/IV/BO/W/000/150/4000N02000E010
A) LGGG B) 3105011000 C) 3105011200
E) DANGER AREA ACT WI 5NM RADIUS OF 4000N02000E.
F) SFC G) 5000FT AMSL
"""


async def convert(blue: LoneNode, data: str, **query: Any) -> httpx.Response:
    return await blue.officer.post("/v1/drafts/convert", content=data, params=query)


async def written(blue: LoneNode, ref: str, form: str, **query: Any) -> httpx.Response:
    return await blue.officer.get(f"/v1/items/{ref}/as/{form}", params=query)


async def test_a_notam_becomes_a_draft_that_can_be_checked(blue: LoneNode) -> None:
    answer = await convert(
        blue, NOTAM, format="notam", **{"class": "transit"}, undulation_m=20, undulation_error_m=2
    )
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (
        "Heights above mean sea level: geoid undulation 18 m to 22 m assumed."
        in (said["assumptions"])
    )
    (draft,) = said["drafts"]
    assert draft["features"][0]["properties"]["radius_m"] == 9260
    checked = await blue.post("/v1/check", draft)
    assert checked.status_code == 200, checked.text


REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("nonsense", {"format": "notam", "class": "transit"}, "missing"),
    (NOTAM, {"format": "notam"}, "no class"),
    (NOTAM, {"format": "notam", "class": "kites"}, "kites"),
    (NOTAM, {"format": "word", "class": "transit"}, "not read"),
    (NOTAM, {"format": "notam", "class": "transit", "qnh_low_hpa": 1000}, "go together"),
    (NOTAM, {"format": "notam", "class": "transit", "undulation_m": "nan"}, "undulation_m"),
    ("<gpx/>", {"format": "gpx", "class": "transit"}, "width"),
    (NOTAM, {"format": "notam", "start": "today"}, "relative"),
)


async def test_what_cannot_be_converted_is_refused_in_words(blue: LoneNode) -> None:
    for data, query, what in REFUSED:
        answer = await convert(blue, data, **query)
        assert answer.status_code in (400, 422), answer.text
        assert what in answer.text


WRITTEN: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("notam", {"fir": "LGGG"}, "text/plain", "Q) LGGG/QRTCA/IV/BO/W/"),
    ("ed269", {"country": "GRC"}, "application/json", '"PROHIBITED"'),
    ("kml", {}, "application/vnd.google-earth.kml+xml", "<kml"),
    ("gpx", {}, "application/gpx+xml", "<gpx"),
    ("csv", {}, "text/csv", "item,version,by"),
    ("form", {"html": "true"}, "text/html", "@page{size:A4"),
    ("form", {}, "text/plain", "NOTICE FORM"),
    ("script", {"lang": "ru", "tz": "Europe/Moscow"}, "text/plain", "Говорит Blue"),
    ("script", {"lang": "he", "html": "true"}, "text/html", "dir=rtl"),
)


async def test_a_notice_is_written_in_every_format_with_its_marking(blue: LoneNode) -> None:
    posted = await blue.released(text="=cmd()")
    for form, query, media, words in WRITTEN:
        answer = await written(blue, posted["ref"], form, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith(media)
        assert words in answer.text
        assert "TLP:AMBER+STRICT" in " ".join(answer.text.split())
        assert answer.text.endswith("\n")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert posted["ref"].partition(":")[2] in answer.headers["content-disposition"]
        assert ",=cmd" not in answer.text


async def test_only_its_author_makes_a_notice_public(blue: LoneNode, green: Node) -> None:
    mine = await blue.released()
    public = await written(blue, mine["ref"], "notam", fir="LGGG", public="true")
    assert "MARKING" not in public.text
    theirs = await green.post_notice(transit(3), role="duty")
    await blue.node.receive([theirs.note])
    told = await written(blue, theirs.ref, "notam", fir="LGGG", public="true")
    assert "which alone makes it public" in told.text
    assert (await written(blue, theirs.ref, "notam", fir="LGGG")).status_code == 200


async def test_what_is_no_notice_has_no_form(blue: LoneNode) -> None:
    assert_problem(await written(blue, "notice:none", "form"), 404, "not-found")
    stopped = await blue.node.stop(role="duty", area=None)
    answer = await written(blue, stopped.ref, "form")
    assert answer.status_code == 422, answer.text
    posted = await blue.released()
    assert_problem(await written(blue, posted["ref"], "pdf"), 404, "not-found")
    for query in ({"lang": "xx"}, {"tz": "Mars/Base"}):
        assert (await written(blue, posted["ref"], "script", **query)).status_code in (400, 422)


async def test_a_node_without_outlets_says_so(blue: LoneNode) -> None:
    answer = await blue.officer.get("/v1/alerts")
    assert json.loads(answer.text) == {"outlets": []}


async def test_a_table_may_hold_several_drafts(blue: LoneNode) -> None:
    first = await blue.released()
    second = await blue.released(start="2026-01-01T00:00:00Z", end="2026-01-01T01:00:00Z")
    tables = [(await written(blue, one["ref"], "csv")).text for one in (first, second)]
    both = tables[0] + tables[1].split("\n", 1)[1]
    answer = await convert(blue, both, format="csv")
    assert [len(draft["features"]) for draft in answer.json()["drafts"]] == [1, 1]
    assert answer.json()["assumptions"] == []
    start = answer.json()["drafts"][1]["features"][0]["properties"]["start"]
    assert parse_instant(start) == parse_instant("2026-01-01T00:00:00Z")
