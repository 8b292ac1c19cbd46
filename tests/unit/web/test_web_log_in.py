"""Log-in, sessions and what they may, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from parley.errors import StorageError
from parley.node.people.people import LoggedIn
from parley.node.people.sessions import HOUR_MS, Session
from parley.node.people.settings import PeopleSettings
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement
from parley.testing.harness import TOKEN, started_node
from parley.testing.http import LoneNode, assert_problem, draft_feature, lone_node
from parley.testing.people import PASSWORD, PERSONS, bear, logged_in
from parley.web import create_app, serve
from parley.web.console.permits import PERMITS, permit_of
from parley.web.console.sessions import SessionView

LOG_IN = {"person": "watch1", "password": PASSWORD}


@pytest.fixture
async def console(blue: LoneNode) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A client of each person, logged in."""
    async with AsyncExitStack() as stack:
        found = {name: await blue.at_console(name) for name in PERSONS}
        for client in found.values():
            stack.push_async_callback(client.aclose)
        yield found


async def test_the_session_says_who_and_what_and_until_when(
    blue: LoneNode, console: dict[str, httpx.AsyncClient]
) -> None:
    answer = await console["watch1"].get("/v1/session")
    said = SessionView.model_validate_json(answer.text)
    assert (said.person, said.name, said.party) == ("watch1", "Avery Watch", "blue")
    assert (said.roles, said.duties, said.duty) == (["watch-officer"], ["duty", "chief"], "duty")
    assert "draft" in said.can
    assert "release" not in said.can
    assert said.ends_ms == blue.clock() + 12 * HOUR_MS
    assert said.two_persons
    assert not said.must_change
    assert PASSWORD not in answer.text
    assert console["watch1"].headers["cookie"].partition("=")[2] not in answer.text


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(blue: LoneNode) -> None:
    answer = await blue.anybody.post("/v1/session", json={**LOG_IN, "hours": 2})
    cookie = answer.headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert name == "__Host-parley-blue"
    members = {part.strip().lower() for part in rest.split(";")[1:]}
    assert members == {"httponly", "secure", "path=/", "samesite=strict", "max-age=7200"}
    assert answer.headers["cache-control"] == "no-store"


async def test_without_a_session_the_console_is_told_so(blue: LoneNode) -> None:
    assert_problem(await blue.anybody.get("/v1/session"), 401, "no-session")
    assert_problem(await blue.anybody.get("/v1/items"), 401, "unauthorized")
    for token in ("", "forged", "x" * 4_000, "a=b", '"'):
        headers = {"cookie": f"other=1; __Host-parley-blue={token}"}
        answer = await blue.anybody.get("/v1/items", headers=headers)
        assert_problem(answer, 401, "no-session" if token else "unauthorized")


async def test_a_program_has_no_session_and_may_all_the_same(blue: LoneNode) -> None:
    assert_problem(await blue.officer.get("/v1/session"), 401, "no-session")
    assert (await blue.officer.get("/v1/people")).status_code == 200
    assert (await blue.post("/v1/stop", {"role": "duty"})).status_code == 201
    assert (await blue.officer.get("/v1/acts")).json()["acts"] == []


async def test_a_wrong_token_is_not_saved_by_a_cookie(
    blue: LoneNode, console: dict[str, httpx.AsyncClient]
) -> None:
    headers = {"authorization": "Bearer wrong"}
    answer = await console["admin1"].get("/v1/items", headers=headers)
    assert_problem(answer, 401, "unauthorized")


ROUTES: list[tuple[str, str, Any, set[str]]] = [
    ("GET", "/v1/items", None, set(PERSONS)),
    ("GET", "/v1/papers?kind=message", None, set(PERSONS)),
    ("POST", "/v1/check", {}, set(PERSONS)),
    ("POST", "/v1/stop", {"role": "duty"}, {"watch1", "watch2", "release1", "liaison1"}),
    ("POST", "/v1/items/stop:x-1/steps", {}, {"watch1", "watch2", "release1", "liaison1"}),
    ("POST", "/v1/papers/message?role=duty", {}, {"watch1", "watch2", "liaison1"}),
    ("POST", "/v1/papers/posture?role=duty", {}, {"liaison1"}),
    ("POST", "/v1/papers/handover?role=duty", {}, {"watch1", "watch2"}),
    ("POST", "/v1/papers/proposal:x/withdraw?role=duty", None, {"liaison1"}),
    ("POST", "/v1/consents", {}, {"release1", "liaison1"}),
    ("POST", "/v1/agreement/participation?role=duty", {}, {"liaison1"}),
    ("POST", "/v1/carry/out", {}, {"admin1"}),
    ("GET", "/v1/people", None, {"admin1"}),
    ("GET", "/v1/sessions", None, {"admin1"}),
    ("POST", "/v1/people/watch1/change", {}, {"admin1"}),
    ("GET", "/v1/acts", None, {"admin1"}),
    ("GET", "/v1/acts?subject=notice:blue-1", None, set(PERSONS)),
]


async def test_each_role_may_what_the_table_says(console: dict[str, httpx.AsyncClient]) -> None:
    for method, path, body, may in ROUTES:
        for name, client in console.items():
            answer = await client.request(method, path, json=body)
            if name in may:
                assert answer.status_code != 403, (name, path, answer.text)
            else:
                assert_problem(answer, 403, "not-permitted")


async def test_every_route_has_its_permit(blue: LoneNode) -> None:
    """A route without a row would be there for programs alone, and nobody would notice."""
    page = (await blue.officer.get("/openapi.json")).json()
    routes = {(m.upper(), path) for path, methods in page["paths"].items() for m in methods}
    assert routes - {("POST", "/v1/session")} == set(PERMITS)


def test_no_row_hides_another() -> None:
    for (method, template), can in PERMITS.items():
        path = re.sub(r"\{\w+\}", "x:y-1", template)
        found = permit_of(method, path)
        assert found is not None
        assert (found.template, found.can) == (template, can)


def test_what_a_row_is_about_is_read_from_its_path() -> None:
    subjects = {
        ("POST", "/v1/notices/blue-1/steps"): "notice:blue-1",
        ("DELETE", "/v1/presences/blue-2"): "presence:blue-2",
        ("POST", "/v1/items/stop:blue-3/answers"): "stop:blue-3",
        ("POST", "/v1/papers/message:blue-4/reply"): "message:blue-4",
        ("POST", "/v1/people/watch1/change"): "person:watch1",
        ("POST", "/v1/drafts/7/withdraw"): "draft:7",
        ("POST", "/v1/stop"): "",
    }
    for (method, path), subject in subjects.items():
        found = permit_of(method, path)
        assert found is not None
        assert found.subject == subject


async def test_what_is_in_no_row_is_refused(console: dict[str, httpx.AsyncClient]) -> None:
    for path in (
        "/v1",
        "/v1/people%0A",
        "/v1/",
        "/v1/unheard-of",
        "/v1/items/",
        "/v1/papers/a/b/c",
    ):
        assert_problem(await console["admin1"].get(path), 403, "not-permitted")


async def test_nobody_speaks_in_another_name(console: dict[str, httpx.AsyncClient]) -> None:
    watch = console["watch1"]
    refused = [
        await watch.post("/v1/stop", json={"role": "pope"}),
        await watch.post("/v1/stop", json={"role": ["duty"]}),
        await watch.post("/v1/papers/message?role=duty&role=pope", json={}),
        await watch.post("/v1/papers/message?role=duty&person=Blake+Watch", json={}),
        await watch.post("/v1/consents", json={"role": "duty", "person": "Blake Watch"}),
        await watch.post("/v1/check?releaser=chief", json=draft_feature()),
        await watch.post(
            "/v1/stop",
            content=b'\xef\xbb\xbf \n{"role": "pope"}',
            headers={"content-type": "text/plain"},
        ),
    ]
    codes = [answer.json()["code"] for answer in refused]
    assert codes == ["not-yours"] * 4 + ["not-permitted"] + ["not-yours"] * 2
    assert {answer.status_code for answer in refused} == {403}
    own = await watch.post("/v1/papers/message?role=chief&person=Avery+Watch", json={})
    assert own.status_code == 422  # a message without words; its speaker is right
    twice = await watch.post(
        "/v1/stop",
        content=b'{"role": "duty", "role": "pope"}',
        headers={"content-type": "application/json"},
    )
    assert_problem(twice, 400, "format")
    observer = await console["observe1"].post("/v1/check?role=duty", json={})
    assert_problem(observer, 403, "not-yours")


async def test_two_persons_release(console: dict[str, httpx.AsyncClient]) -> None:
    for path in ("/v1/notices", "/v1/notices/blue-1/amend"):
        answer = await console["watch1"].post(f"{path}?role=duty", json=draft_feature())
        problem = assert_problem(answer, 403, "two-persons")
        assert problem["right"] == "POST /v1/drafts"
    for path in ("/v1/releases", "/v1/papers/release?role=duty"):
        answer = await console["release1"].post(path, json={})
        assert_problem(answer, 403, "two-persons")


async def test_one_person_releases_where_the_party_chose_so() -> None:
    chosen = PeopleSettings(two_persons=False)
    async with lone_node("blue", MemoryStore(), people=chosen) as blue:
        watch = await blue.at_console("watch1")
        answer = await watch.post("/v1/notices?role=duty", json=draft_feature())
        assert answer.status_code == 201
        assert not (await watch.get("/v1/session")).json()["two_persons"]
        await watch.aclose()


async def test_a_change_needs_the_csrf_of_its_own_session(
    blue: LoneNode, console: dict[str, httpx.AsyncClient]
) -> None:
    watch, other = console["watch1"], console["watch2"]
    for wrong in (b"", b"x", other.headers["x-parley-csrf"].encode(), b"\xe9"):
        answer = await watch.post(
            "/v1/stop", json={"role": "duty"}, headers={b"x-parley-csrf": wrong}
        )
        assert_problem(answer, 403, "csrf")
    del watch.headers["x-parley-csrf"]
    assert_problem(await watch.post("/v1/stop", json={"role": "duty"}), 403, "csrf")
    assert_problem(await watch.delete("/v1/session"), 403, "csrf")
    assert (await watch.get("/v1/items")).json()["items"] == []


CROSS = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:1"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
]


async def test_another_page_neither_acts_nor_logs_in(blue: LoneNode) -> None:
    watch = await blue.at_console("watch1")
    for headers in CROSS:
        answer = await watch.post("/v1/stop", json={"role": "duty"}, headers=headers)
        assert_problem(answer, 403, "cross-site")
        answer = await blue.anybody.post("/v1/session", json=LOG_IN, headers=headers)
        assert_problem(answer, 403, "cross-site")
        assert "set-cookie" not in answer.headers
    await watch.aclose()


async def test_a_page_of_ours_acts(blue: LoneNode) -> None:
    headers = {"origin": blue.url, "sec-fetch-site": "same-origin"}
    answer = await blue.anybody.post("/v1/session", json=LOG_IN, headers=headers)
    assert answer.status_code == 201
    bear(blue.anybody, answer)
    stop = await blue.anybody.post("/v1/stop", json={"role": "duty"}, headers=headers)
    assert stop.status_code == 201
    typed = await blue.anybody.get("/v1/health", headers={"sec-fetch-site": "none"})
    assert typed.status_code == 200
    embedded = await blue.anybody.get("/v1/health", headers={"sec-fetch-site": "same-site"})
    assert_problem(embedded, 403, "cross-site")


async def test_a_form_of_another_page_is_no_log_in(blue: LoneNode) -> None:
    text = json.dumps(LOG_IN).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = await blue.anybody.post(
            "/v1/session", content=text, headers={"content-type": kind} if kind else {}
        )
        assert answer.status_code in (415, 422)
        assert "set-cookie" not in answer.headers


async def test_wrong_is_wrong_and_nothing_more_is_said(blue: LoneNode) -> None:
    await blue.people.change("watch2", enabled=False)
    tries: list[dict[str, Any]] = [
        {"person": "watch1", "password": "not the password"},
        {"person": "watch2", "password": PASSWORD},
        {"person": "nobody", "password": PASSWORD},
        {"person": "' OR 1=1 --", "password": PASSWORD},
        {"person": "\u202eadmin", "password": "\u0000" * 12},
        {"person": "observe1", "password": ""},
    ]
    answers = [await blue.anybody.post("/v1/session", json=said) for said in tries]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    heads = [sorted(answer.headers) for answer in answers]
    assert all(head == heads[0] for head in heads)
    assert "set-cookie" not in answers[0].headers


async def test_guessing_is_slowed_down_and_told_how_long(blue: LoneNode) -> None:
    for name in ("watch1", "nobody"):
        wrong = {"person": name, "password": "not the password"}
        for _ in range(5):
            assert (await blue.anybody.post("/v1/session", json=wrong)).status_code == 401
        held = await blue.anybody.post("/v1/session", json={**wrong, "password": PASSWORD})
        assert_problem(held, 429, "too-often")
        assert held.headers["retry-after"] == "1"
    other = await blue.at_console("watch2")
    await other.aclose()
    blue.clock.advance(1_000)
    assert (await blue.anybody.post("/v1/session", json=LOG_IN)).status_code == 201


BAD_LOG_INS: list[tuple[dict[str, Any], int]] = [
    ({**LOG_IN, "duty": "pope"}, 422),
    ({**LOG_IN, "hours": 15}, 422),
    ({**LOG_IN, "hours": "12"}, 422),
    ({**LOG_IN, "admin": True}, 422),
    ({"person": "watch1"}, 422),
    ({**LOG_IN, "person": "x" * 65}, 422),
    ({**LOG_IN, "password": "x" * 1_001}, 422),
]


async def test_a_log_in_that_cannot_be_is_a_problem_without_the_password(blue: LoneNode) -> None:
    for said, status in BAD_LOG_INS:
        answer = await blue.anybody.post("/v1/session", json=said)
        assert_problem(answer, status, "input")
        assert PASSWORD not in answer.text
        assert "set-cookie" not in answer.headers


async def test_the_shift_ends_at_its_end_whatever_was_done(blue: LoneNode) -> None:
    watch = await blue.at_console("watch1", hours=1)
    blue.clock.advance(HOUR_MS - 1)
    assert (await watch.get("/v1/items")).status_code == 200
    blue.clock.advance(1)
    assert_problem(await watch.get("/v1/items"), 401, "no-session")
    assert_problem(await watch.post("/v1/stop", json={"role": "duty"}), 401, "no-session")
    await watch.aclose()


async def test_nobody_is_put_out_for_being_idle(blue: LoneNode) -> None:
    watch = await blue.at_console("watch1")
    blue.clock.advance(12 * HOUR_MS - 1)
    assert (await watch.get("/v1/items")).status_code == 200
    await watch.aclose()


async def test_a_stream_ends_with_the_shift(blue: LoneNode) -> None:
    watch = await blue.at_console("watch1", hours=1)
    async with asyncio.timeout(20), watch.stream("GET", "/v1/events") as answer:
        chunks = answer.aiter_bytes()
        await anext(chunks)
        blue.clock.advance(HOUR_MS)
        rest = [chunk async for chunk in chunks]
    assert all(chunk.startswith(b":") for chunk in rest)
    await watch.aclose()


@pytest.mark.parametrize("how", ["ended", "disabled", "logged out"])
async def test_a_stream_ends_with_its_session(blue: LoneNode, how: str) -> None:
    watch = await blue.at_console("watch1")
    async with asyncio.timeout(20), watch.stream("GET", "/v1/events") as answer:
        chunks = answer.aiter_bytes()
        await anext(chunks)
        if how == "ended":
            await blue.people.end_sessions("watch1")
        elif how == "disabled":
            await blue.people.change("watch1", enabled=False)
        else:
            assert (await watch.delete("/v1/session")).status_code == 204
        async for _ in chunks:
            pass
    await watch.aclose()


async def test_a_programs_stream_goes_on(blue: LoneNode) -> None:
    async with asyncio.timeout(20), blue.officer.stream("GET", "/v1/events") as answer:
        chunks = answer.aiter_bytes()
        await anext(chunks)
        blue.clock.advance(100 * HOUR_MS)
        assert [await anext(chunks) for _ in range(3)]


async def test_logging_out_ends_this_session_and_not_the_other(blue: LoneNode) -> None:
    one, two = await blue.at_console("watch1"), await blue.at_console("watch1")
    gone = await one.delete("/v1/session")
    assert gone.status_code == 204
    assert "max-age=0" in gone.headers["set-cookie"].lower()
    assert_problem(await one.get("/v1/session"), 401, "no-session")
    assert (await two.get("/v1/session")).status_code == 200
    await one.aclose()
    await two.aclose()


async def test_who_holds_the_watch_hands_over_first(blue: LoneNode) -> None:
    async def held(session: Session) -> list[str]:
        return ["you hold the watch of duty", "STOP blue-1 is not acknowledged"]

    watch = await blue.at_console("watch1")
    blue.people.may_leave = held
    answer = await watch.delete("/v1/session")
    assert_problem(answer, 409, "watch-held")
    assert answer.json()["reasons"] == await held(Session("", "", "", 0, 0, ""))
    assert (await watch.get("/v1/session")).status_code == 200
    await watch.aclose()


async def test_a_restart_keeps_the_shift(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    async with lone_node("blue", MemoryStore(), people_at=path) as before:
        watch = await before.at_console("watch1")
        headers = dict(watch.headers)
        await watch.aclose()
    async with lone_node("blue", MemoryStore(), people_at=path) as after:
        answer = await after.anybody.post("/v1/stop", json={"role": "duty"}, headers=headers)
        assert answer.status_code == 201


async def test_a_first_password_opens_nothing_but_its_change(
    blue: LoneNode, console: dict[str, httpx.AsyncClient]
) -> None:
    made = await console["admin1"].post(
        "/v1/people",
        json={"id": "new", "name": "Noa New", "roles": ["watch-officer"], "duties": ["duty"]},
    )
    assert made.status_code == 201
    first = made.json()["first_password"]
    new = await blue.at_console("new", password=first)
    assert (await new.get("/v1/session")).json()["must_change"]
    for path in ("/v1/items", "/v1/events"):
        assert_problem(await new.get(path), 403, "must-change")
    assert_problem(await new.post("/v1/stop", json={"role": "duty"}), 403, "must-change")
    change = {"old": first, "new": "nine grey geese fly"}
    wrong = await new.post("/v1/session/password", json={**change, "old": "wrong"})
    assert_problem(wrong, 401, "log-in")
    weak = await new.post("/v1/session/password", json={**change, "new": "short"})
    assert_problem(weak, 422, "input")
    changed = await new.post("/v1/session/password", json=change)
    assert changed.status_code == 200
    assert_problem(await new.get("/v1/session"), 401, "no-session")
    bear(new, changed)
    assert (await new.get("/v1/items")).status_code == 200
    assert (await new.post("/v1/stop", json={"role": "duty"})).status_code == 201
    await new.aclose()


async def test_the_duty_changes_within_the_shift(console: dict[str, httpx.AsyncClient]) -> None:
    watch = console["watch1"]
    changed = await watch.post("/v1/session/duty", json={"duty": "chief"})
    assert changed.json()["duty"] == "chief"
    assert (await watch.get("/v1/session")).json()["duty"] == "chief"
    assert_problem(await watch.post("/v1/session/duty", json={"duty": "pope"}), 422, "input")
    assert_problem(
        await console["observe1"].post("/v1/session/duty", json={"duty": "duty"}), 422, "input"
    )


async def test_over_a_line_that_others_can_read_there_is_no_session(blue: LoneNode) -> None:
    """As a proxy on this machine says it: the officer comes from elsewhere, without TLS."""
    far = {"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "http"}
    answer = await blue.anybody.post("/v1/session", json=LOG_IN, headers=far)
    problem = assert_problem(answer, 403, "insecure")
    assert "TLS" in problem["right"]
    watch = await blue.at_console("watch1")
    assert_problem(await watch.get("/v1/items", headers=far), 403, "insecure")
    near = {**far, "x-forwarded-proto": "https"}
    assert (await watch.get("/v1/items", headers=near)).status_code == 200
    await watch.aclose()


HOSTILE = ['<script>alert("1")</script>', "'; DROP TABLE person; --", "ريم\u2066x", "a" * 200]


async def test_hostile_names_are_refused_or_given_back_as_they_are(
    console: dict[str, httpx.AsyncClient],
) -> None:
    admin = console["admin1"]
    for number, name in enumerate(HOSTILE):
        said = {"id": f"h{number}", "name": name, "roles": ["observer"], "password": PASSWORD}
        answer = await admin.post("/v1/people", json=said)
        if answer.status_code == 201:
            assert answer.json()["person"]["name"] == name
        else:
            assert_problem(answer, 422, "input")
    for name in ("../x", "a b", "A", "", "é"):
        said = {"id": name, "name": "X", "roles": ["observer"], "password": PASSWORD}
        assert_problem(await admin.post("/v1/people", json=said), 422, "input")
    listed = (await admin.get("/v1/people")).json()["people"]
    assert {"h0", "h1"} <= {person["id"] for person in listed}
    assert {"h2", "h3"}.isdisjoint(person["id"] for person in listed)


async def test_the_administrator_changes_people_and_ends_sessions(
    blue: LoneNode, console: dict[str, httpx.AsyncClient]
) -> None:
    admin, watch = console["admin1"], console["watch1"]
    shifts = (await admin.get("/v1/sessions", params={"person": "watch1"})).json()["sessions"]
    assert [shift["person"] for shift in shifts] == ["watch1"]
    assert (await admin.delete(f"/v1/sessions/{shifts[0]['id']}")).status_code == 204
    assert_problem(await watch.get("/v1/session"), 401, "no-session")
    assert_problem(await admin.delete(f"/v1/sessions/{shifts[0]['id']}"), 404, "not-found")
    again = await blue.at_console("watch1")
    changed = await admin.post("/v1/people/watch1/change", json={"roles": ["observer"]})
    assert changed.json()["can"] == ["read"]
    assert_problem(await again.get("/v1/session"), 401, "no-session")
    assert_problem(await admin.post("/v1/people/ghost/change", json={}), 404, "not-found")
    last = await admin.post("/v1/people/admin1/change", json={"enabled": False})
    assert "last administrator" in assert_problem(last, 422, "input")["what"]
    assert (await admin.delete("/v1/people/watch2/sessions")).status_code == 204
    assert_problem(await console["watch2"].get("/v1/items"), 401, "no-session")
    first = await admin.post("/v1/people/watch2/password", json={})
    assert isinstance(await blue.people.log_in("watch2", first.json()["first_password"]), LoggedIn)
    text = (await admin.get("/v1/people")).text + (await admin.get("/v1/sessions")).text
    assert "argon2" not in text
    await again.aclose()


async def test_who_did_what_to_an_item_is_told_to_all(
    blue: LoneNode, console: dict[str, httpx.AsyncClient]
) -> None:
    stop = await console["watch1"].post("/v1/stop", json={"role": "duty"})
    ref = stop.json()["ref"]
    form = {"step": "all-clear", "role": "chief"}
    done = await console["watch2"].post(f"/v1/items/{ref}/steps", json=form)
    again = await console["liaison1"].post(f"/v1/items/{ref}/steps", json=form)
    assert (done.status_code, again.status_code) == (200, 409)
    acts = (await console["observe1"].get("/v1/acts", params={"subject": ref})).json()["acts"]
    assert [(act["name"], act["method"], act["status"]) for act in acts] == [
        ("Drew Liaison", "POST", 409),
        ("Blake Watch", "POST", 200),
        ("Avery Watch", "POST", 201),
    ]
    refused = await console["observe1"].post("/v1/check?role=duty", json={})
    assert refused.status_code == 403
    own = await console["observe1"].get("/v1/acts", params={"person": "observe1"})
    assert [(act["path"], act["status"]) for act in own.json()["acts"]] == [
        ("/v1/check", 403),
        ("/v1/session", 201),
    ]
    whole = list[dict[str, Any]]()
    after: int | None = 0
    while after is not None:
        params = {"limit": 2, "after": after}
        page = (await console["admin1"].get("/v1/acts", params=params)).json()
        whole += page["acts"]
        after = page["next"]
    assert [act["seq"] for act in whole] == list(range(len(whole), 0, -1))
    assert len(whole) == len(PERSONS) + 4


async def test_a_stop_goes_out_though_nobody_can_write_down_who_gave_it(
    blue: LoneNode, log_lines: list[Any]
) -> None:
    watch = await blue.at_console("watch1")
    kept = blue.people.record

    async def full(act: object) -> None:
        raise StorageError("the disk is full")

    blue.people.record = full  # type: ignore[method-assign]
    answer = await watch.post("/v1/stop", json={"role": "duty"})
    blue.people.record = kept  # type: ignore[method-assign]
    assert answer.status_code == 201
    assert [line["event"] for line in log_lines if line["log_level"] == "error"] == ["act-not-kept"]
    await watch.aclose()


async def test_a_node_without_people_has_no_log_in() -> None:
    node = await started_node(small_agreement(), "blue")
    running = await serve(create_app(node, operator_token=TOKEN), "127.0.0.1", 0)
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{running.port}/v1/session"
        assert_problem(await client.post(url, json=LOG_IN), 401, "unauthorized")
    await running.stop()
    await node.close()


async def test_two_consoles_of_one_machine_do_not_put_each_other_out() -> None:
    async with lone_node("blue", MemoryStore()) as blue, lone_node("green", MemoryStore()) as green:
        one = await logged_in(blue.url, "watch1")
        two = await logged_in(green.url, "watch1")
        both = f"{one.headers['cookie']}; {two.headers['cookie']}"
        for client in (one, two):
            answer = await client.get("/v1/session", headers={"cookie": both})
            assert answer.status_code == 200
            await client.aclose()
