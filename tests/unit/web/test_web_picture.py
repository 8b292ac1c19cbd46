"""The 4-D picture over the API: now, planned, past, as known then; many items read at once."""

from __future__ import annotations

from typing import Any

import pytest

from parley.node.node import Node
from parley.node.picture import chronicle
from parley.rules.statements import Draft, NoticeVolume, Step, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.agreements import CENTRE, HOUR_MS
from parley.testing.clock import DAWN_MS
from parley.testing.http import LoneNode, assert_problem, draft_feature, firing
from parley.web.console import instants
from parley.wire.instants import format_instant

MINUTE_MS = 60_000


async def picture(blue: LoneNode, at_ms: int | None = None, **query: Any) -> dict[str, Any]:
    """Of an instant; as_of is given in milliseconds."""
    if at_ms is not None:
        query["at"] = format_instant(at_ms)
    if "as_of" in query:
        query["as_of"] = format_instant(query["as_of"])
    answer = await blue.officer.get("/v1/picture", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["complete"], "so short a log is read at once"
    return found


def refs(found: dict[str, Any]) -> list[str]:
    return [one["ref"] for one in found["items"]]


def layers(found: dict[str, Any], ref: str) -> set[str]:
    return {one["layer"] for one in found["volumes"] if one["ref"] == ref}


def transit(start_ms: int, end_ms: int, lat_deg: float = 40.0) -> Draft:
    volume = Volume(
        Area.circle(Position(lat_deg=lat_deg, lon_deg=20.0), 4_000.0),
        Band.metres(0, 3_000),
        Span(start_ms, end_ms),
    )
    return Draft("transit", (NoticeVolume(Use.AIRCRAFT, volume),))


async def test_the_picture_of_now_has_what_is_in_force_and_where_the_stream_goes_on(
    blue: LoneNode,
) -> None:
    posted = await blue.node.post_notice(firing(), role="duty")
    later = await blue.released()
    found = await picture(blue)
    assert refs(found) == [posted.ref]
    assert found["live"]
    assert found["last_event"] == await blue.node.last_event()
    assert layers(found, posted.ref) >= {"declared", "hazard"}
    one = found["volumes"][0]
    assert one["outline"]["type"] == "Polygon"
    assert (one["floor_m"], one["ceiling_m"]) == (0, 6_000)
    assert found["items"][0]["activity_class"] == "live-activity"
    soon = await picture(blue, ahead_s=3 * 3_600)
    assert refs(soon) == sorted([posted.ref, later["ref"]])
    waiting = [v for v in soon["volumes"] if v["ref"] == later["ref"]]
    assert waiting
    assert not any(volume["in_force"] for volume in waiting)


async def test_a_planned_instant_shows_what_is_declared_for_it(blue: LoneNode) -> None:
    later = await blue.released()
    found = await picture(blue, DAWN_MS + 2 * HOUR_MS + MINUTE_MS)
    assert refs(found) == [later["ref"]]
    assert found["items"][0]["state"] == "active"
    assert found["tracks"] is None
    assert found["tracks_note"] == "tracks are not predicted"
    assert refs(await picture(blue, DAWN_MS + 9 * HOUR_MS)) == []


async def test_the_past_shows_what_was_in_force_then_though_it_is_over_now(
    blue: LoneNode,
) -> None:
    posted = await blue.node.post_notice(firing(), role="duty")
    at_ms = blue.clock() + MINUTE_MS
    blue.clock.advance(10 * MINUTE_MS)
    await blue.node.step(posted.ref, Step.ALL_CLEAR, role="duty")
    blue.clock.advance(10 * HOUR_MS)
    await blue.node.tick()
    assert refs(await picture(blue)) == []
    then = await picture(blue, at_ms)
    assert refs(then) == [posted.ref]
    assert then["items"][0]["state"] in ("active", "after-the-fact")
    assert layers(then, posted.ref) >= {"declared", "hazard"}
    assert refs(await picture(blue, at_ms + 20 * MINUTE_MS)) == []


async def test_an_amended_notice_stands_as_it_was_worded_then(blue: LoneNode) -> None:
    start_ms = DAWN_MS + HOUR_MS
    posted = await blue.node.post_notice(transit(start_ms, start_ms + HOUR_MS), role="duty")
    item = posted.ref.partition(":")[2]
    blue.clock.set(start_ms + 10 * MINUTE_MS)
    moved = transit(start_ms, start_ms + HOUR_MS, lat_deg=41.0)
    await blue.node.amend_notice(item, moved, role="duty")
    blue.clock.set(start_ms + 20 * MINUTE_MS)

    async def north(at_ms: int, **query: Any) -> float:
        found = await picture(blue, at_ms, **query)
        ring = found["volumes"][0]["outline"]["coordinates"][0]
        return round(float(sum(lat for _, lat in ring)) / len(ring), 1)

    assert await north(start_ms + 5 * MINUTE_MS) == 40.0
    assert await north(start_ms + 15 * MINUTE_MS) == 41.0
    assert await north(start_ms + 15 * MINUTE_MS, as_of=start_ms + 5 * MINUTE_MS) == 40.0


async def test_as_known_then_has_nothing_that_came_later(blue: LoneNode, green: Node) -> None:
    start_ms = DAWN_MS + HOUR_MS
    posted = await green.post_notice(transit(start_ms, start_ms + HOUR_MS), role="duty")
    blue.clock.set(start_ms + 10 * MINUTE_MS)
    (outcome,) = await blue.node.receive([posted.note])
    assert outcome.receipt is not None
    blue.clock.set(start_ms + 20 * MINUTE_MS)
    at_ms = start_ms + 5 * MINUTE_MS
    now = await picture(blue, at_ms)
    assert refs(now) == [posted.ref]
    assert now["items"][0]["known_ms"] == start_ms + 10 * MINUTE_MS
    assert now["items"][0]["told_ms"] == DAWN_MS
    assert refs(await picture(blue, at_ms, as_of=at_ms)) == []
    assert refs(await picture(blue, at_ms, as_of=start_ms + 15 * MINUTE_MS)) == [posted.ref]


async def test_an_all_clear_that_was_not_known_then_does_not_hide_what_was(
    blue: LoneNode,
) -> None:
    posted = await blue.node.post_notice(firing(), role="duty")
    blue.clock.advance(10 * MINUTE_MS)
    await blue.node.step(posted.ref, Step.ALL_CLEAR, role="duty")
    told_ms = blue.clock()
    blue.clock.advance(10 * MINUTE_MS)
    planned_ms = told_ms + 5 * MINUTE_MS
    assert refs(await picture(blue, planned_ms)) == []
    assert refs(await picture(blue, planned_ms, as_of=told_ms - 1)) == [posted.ref]


async def test_urgent_items_stand_until_they_are_lifted(blue: LoneNode) -> None:
    area = Area.circle(CENTRE, 5_000.0)
    stop = await blue.node.stop(area=area, role="duty", text="stop")
    distress = await blue.node.distress(
        subject="EIN5GV",
        position=CENTRE,
        uncertainty_m=2_000,
        since_ms=blue.clock(),
        role="duty",
    )
    raised_ms = blue.clock()
    found = await picture(blue)
    assert refs(found) == sorted([stop.ref, distress.ref])
    assert layers(found, stop.ref) == layers(found, distress.ref) == {"area"}
    assert {v["end_ms"] for v in found["volumes"]} == {None}
    blue.clock.advance(MINUTE_MS)
    await blue.node.step(stop.ref, Step.ALL_CLEAR, role="duty")
    blue.clock.advance(MINUTE_MS)
    assert refs(await picture(blue)) == [distress.ref]
    assert refs(await picture(blue, raised_ms + 1)) == sorted([stop.ref, distress.ref])


async def test_a_protected_presence_of_ours_is_in_the_picture_while_it_stands(
    blue: LoneNode,
) -> None:
    volume = Volume(
        Area.circle(CENTRE, 500.0), Band.metres(0, 100), Span(DAWN_MS, DAWN_MS + 5 * HOUR_MS)
    )
    posted = await blue.node.protect("well", volume, role="duty")
    blue.clock.advance(MINUTE_MS)
    (shown,) = (await picture(blue))["volumes"]
    assert (shown["ref"], shown["layer"], shown["label"]) == (posted.ref, "presence", "well")
    blue.clock.advance(MINUTE_MS)
    await blue.node.unprotect(posted.ref.partition(":")[2], role="duty")
    blue.clock.advance(MINUTE_MS)
    assert (await picture(blue))["volumes"] == []
    assert len((await picture(blue, DAWN_MS + MINUTE_MS + 1))["volumes"]) == 1
    told = [one.data for one in await blue.node.events(0) if one.kind == "presence"]
    assert [(one["ref"], one["withdrawn"]) for one in told] == [(posted.ref, 0), (posted.ref, 1)]


async def test_what_the_agreement_names_comes_with_it(blue: LoneNode) -> None:
    named = (await picture(blue))["named"]
    agreement = blue.node.agreement
    assert [site["id"] for site in named["sites"]] == [site.id for site in agreement.sites]
    assert [one["id"] for one in named["third_parties"]] == [t.id for t in agreement.third_parties]
    assert [one["id"] for one in named["areas"]] == [a.id for a in agreement.named_areas]
    assert named["area"]["type"] in ("Polygon", "MultiPolygon")


async def test_a_past_that_is_still_being_read_says_so(
    blue: LoneNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instants, "READING_S", 0.0)
    monkeypatch.setattr(chronicle, "CHUNK", 1)
    posted = await blue.node.post_notice(firing(), role="duty")
    blue.clock.advance(MINUTE_MS)
    query = {"at": format_instant(DAWN_MS + 1)}
    first = (await blue.officer.get("/v1/picture", params=query)).json()
    assert not first["complete"]
    assert first["behind"] > 0
    found = first
    while not found["complete"]:
        found = (await blue.officer.get("/v1/picture", params=query)).json()
    assert refs(found) == [posted.ref]


@pytest.mark.parametrize("query", [{"at": "tomorrow"}, {"as_of": "18:39"}])
async def test_no_instant_is_refused(blue: LoneNode, query: dict[str, str]) -> None:
    answer = await blue.officer.get("/v1/picture", params=query)
    assert answer.status_code in (400, 422), answer.text


async def test_many_items_are_read_at_once_with_their_volumes(blue: LoneNode) -> None:
    one = await blue.released()
    two = await blue.node.post_notice(firing(), role="duty")
    volume = Volume(Area.circle(CENTRE, 5.0), Band.metres(0, 9), Span(DAWN_MS, DAWN_MS + HOUR_MS))
    kept = await blue.node.protect("well", volume, role="duty")
    asked = [one["ref"], two.ref, kept.ref, "notice:blue-999", "notice:blue-999"]
    answer = await blue.post("/v1/items/read", {"refs": asked})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["missing"] == ["notice:blue-999"]
    assert [item["ref"] for item in found["items"]] == asked[:2]
    alone = (await blue.officer.get(f"/v1/items/{two.ref}", params={"outlines": True})).json()
    assert found["items"][1] == alone
    assert {v["ref"] for v in found["volumes"]} == set(asked[:3])
    assert "hazard" in layers(found, two.ref)


async def test_more_refs_than_a_page_are_refused(blue: LoneNode) -> None:
    answer = await blue.post("/v1/items/read", {"refs": ["notice:x"] * 501})
    assert_problem(answer, 422, "input")


async def test_hostile_text_stays_text(blue: LoneNode) -> None:
    words = '</script>"\\\u202e\u0000 x'.replace("\u0000", "").replace("\u202e", "")
    await blue.released(text=words, start=format_instant(DAWN_MS + HOUR_MS))
    found = await picture(blue, DAWN_MS + 2 * HOUR_MS)
    assert found["items"][0]["text"] == words
    assert draft_feature()["properties"]["class"] == found["items"][0]["activity_class"]
