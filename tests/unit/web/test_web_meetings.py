"""Meetings, commitments, the calendar file and the directory through the API of one node."""

from __future__ import annotations

from typing import Any

from icalendar import Calendar

from parley.testing.clock import DAWN_MS
from parley.testing.http import LoneNode, assert_problem

DAY_MS = 86_400_000


def when(said: str, from_ms: int, until_ms: int) -> dict[str, Any]:
    return {"said": said, "from_ms": from_ms, "until_ms": until_ms, "inferred": []}


VISIT = {
    "title": "Visit",
    "state": "planned",
    "host": "green",
    "place": "The capital",
    "when": when("now", DAWN_MS, DAWN_MS),
    "delegations": [
        {"party": "blue", "members": [{"person": "Anna Berg", "office": "Chief", "head": True}]}
    ],
    "agenda": [{"title": "The lake", "refs": ["notice:blue-9"]}],
}


async def posted(blue: LoneNode, kind: str, content: dict[str, Any], to: str = "green") -> str:
    answer = await blue.post(f"/v1/papers/{kind}", {"content": content}, role="duty", to=to)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ref"])


async def test_one_meeting_is_shown_whole(blue: LoneNode) -> None:
    visit = await posted(blue, "consultation", VISIT)
    await posted(
        blue,
        "minutes",
        {"consultation": visit, "agreed": True, "tone": "cool", "text": "Little was said."},
    )
    found = (await blue.officer.get(f"/v1/meetings/{visit}")).json()
    assert found["banner"] == "TLP:AMBER+STRICT // REL TO GREEN // ORCON"
    assert found["consultation"]["content"]["title"] == "Visit"
    (minutes,) = found["minutes"]
    assert (minutes["state"], minutes["tone"]) == ("proposed", "cool")
    assert found["when"] == '2023-11-14T22:13:20Z ("now")'
    missing = await blue.officer.get("/v1/meetings/consultation:blue-77")
    assert_problem(missing, 404, "not-found")
    assert_problem(await blue.officer.get("/v1/meetings/notice:blue-1"), 404, "not-found")


async def test_what_is_owed_is_listed_with_what_it_waits_for(blue: LoneNode) -> None:
    due = when("yesterday", DAWN_MS - DAY_MS, DAWN_MS - 1)
    first = await posted(
        blue,
        "commitment",
        {"owner": "blue", "text": "Survey", "state": "open", "due": due, "hard": True},
    )
    second = await posted(
        blue,
        "commitment",
        {"owner": "blue", "text": "Map", "state": "open", "after": [first]},
    )
    page = (await blue.officer.get("/v1/commitments", params={"open": True})).json()
    one, other = page["commitments"]
    assert (one["ref"], one["overdue"], one["binding"]) == (first, True, True)
    assert (other["ref"], other["blocked_by"], other["due"]) == (second, [first], "")
    assert page["next"] is None


async def test_the_calendar_file_holds_what_a_party_may_have(blue: LoneNode) -> None:
    visit = await posted(blue, "consultation", VISIT)
    await posted(blue, "consultation", {**VISIT, "title": "Ours"}, to="")
    everything = await blue.officer.get("/v1/meetings.ics")
    assert everything.headers["content-type"] == "text/calendar; charset=utf-8"
    assert len(Calendar.from_ical(everything.content).subcomponents) == 2
    for_green = await blue.officer.get("/v1/meetings.ics", params={"for": "green"})
    (only,) = Calendar.from_ical(for_green.content).subcomponents
    assert only["X-PARLEY-REF"] == f"{visit}@1"
    nobody = await blue.officer.get("/v1/meetings.ics", params={"for": "red"})
    assert_problem(nobody, nobody.status_code, "unknown-party")


def entry(name: str, **office: object) -> dict[str, Any]:
    held = {"title": "Chief of staff", "organisation": "Forces", "party": "green", **office}
    return {
        "names": [{"text": name, "language": "en"}],
        "offices": [held] if office else [],
    }


async def test_the_directory_answers_who_it_is_and_who_held_it(blue: LoneNode) -> None:
    since = when("long ago", DAWN_MS - 9 * DAY_MS, DAWN_MS - 9 * DAY_MS)
    until = when("just now", DAWN_MS - DAY_MS, DAWN_MS - DAY_MS)
    one = await posted(blue, "person", entry("Sergei Shoigu", since=since, until=until))
    other = await posted(blue, "person", entry("Сергей Шойгу"))
    asked = {"name": "shoigu", "at": "2023-11-10T00:00:00Z"}
    found = (await blue.officer.get("/v1/directory", params=asked)).json()
    assert [p["ref"] for p in found["persons"]] == [one, other]
    assert found["persons"][0]["offices"][0]["title"] == "Chief of staff"
    by_office = {"title": "chief of staff", "at": "2023-11-10T00:00:00Z"}
    held = (await blue.officer.get("/v1/directory", params=by_office)).json()["holders"]
    assert [(h["ref"], h["certain"]) for h in held] == [(one, True)]
    now = (await blue.officer.get("/v1/directory", params={"title": "chief of staff"})).json()
    assert now["holders"] == []
    (pair,) = (await blue.officer.get("/v1/directory/duplicates")).json()["pairs"]
    assert (pair["a"], pair["b"]) == (one, other)
    assert pair["score"] >= 86
    merge = await posted(
        blue,
        "merge",
        {"kept": one, "merged": other, "decided_by": "Maj. Berg", "reason": "one passport"},
    )
    effect = (await blue.officer.get(f"/v1/directory/merges/{merge}")).json()["effect"]
    assert effect == "merged"
    shown = (await blue.officer.get(f"/v1/directory/{other}")).json()
    assert (shown["stands_for"], shown["by_merge"]) == (one, merge)


async def test_questions_about_nobody_bare_times_and_no_person_are_refused(blue: LoneNode) -> None:
    assert_problem(await blue.officer.get("/v1/directory"), 422, "input")
    bare = await blue.officer.get("/v1/directory", params={"title": "chief", "at": "21:39"})
    assert_problem(bare, 400, "format")
    assert_problem(await blue.officer.get("/v1/directory/notice:blue-1"), 404, "not-found")
    assert_problem(await blue.officer.get("/v1/directory/merges/person:x"), 404, "not-found")
    assert (await blue.officer.get("/v1/directory/clashes")).json() == {"clashes": []}
