"""An attacker, and bad luck, at the console's door: sessions, origins, paths, names."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from parley.node.people.people import MOST_WAITING, LoggedIn, Present, Refused
from parley.node.people.persons import Person
from parley.node.people.roles import PersonRole
from parley.store.memory import MemoryStore
from parley.testing.harness import TOKEN
from parley.testing.http import LoneNode, assert_problem, draft_feature, lone_node
from parley.testing.people import PASSWORD, logged_in

LOG_IN = {"person": "watch1", "password": PASSWORD}
STOP = {"role": "duty"}


Sits = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def sits(blue: LoneNode) -> AsyncIterator[Sits]:
    """``await sits("watch1")``: a client with a session of that person, each time the same."""
    async with AsyncExitStack() as stack:
        found: dict[str, httpx.AsyncClient] = {}

        async def sit(name: str) -> httpx.AsyncClient:
            if name not in found:
                found[name] = await blue.at_console(name)
                stack.push_async_callback(found[name].aclose)
            return found[name]

        yield sit


async def stops(blue: LoneNode) -> int:
    return sum(1 for one in await blue.node.items() if one.ref.startswith("stop:"))


async def raw(blue: LoneNode, head: str, body: bytes = b"") -> bytes:
    """The first line of the answer to a request as it is written here."""
    reader, writer = await asyncio.open_connection("127.0.0.1", blue.running.port)
    writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
    line = await reader.readline()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return line


# ---- sessions


async def test_a_log_in_takes_no_cookie_that_was_there_before(blue: LoneNode) -> None:
    planted = {"cookie": "__Host-parley-blue=planted-by-somebody"}
    answer = await blue.anybody.post("/v1/session", json=LOG_IN, headers=planted)
    assert answer.status_code == 201
    assert "planted-by-somebody" not in answer.headers["set-cookie"]
    assert_problem(await blue.anybody.get("/v1/session", headers=planted), 401, "no-session")


async def test_each_log_in_has_its_own_token_and_csrf(blue: LoneNode) -> None:
    one, two = await blue.at_console("watch1"), await blue.at_console("watch1")
    assert one.headers["cookie"] != two.headers["cookie"]
    crossed = await one.post(
        "/v1/stop", json=STOP, headers={"x-parley-csrf": two.headers["x-parley-csrf"]}
    )
    assert_problem(crossed, 403, "csrf")
    assert await stops(blue) == 0
    await one.aclose()
    await two.aclose()


async def test_another_nodes_session_opens_nothing_here(blue: LoneNode) -> None:
    async with lone_node("green", MemoryStore()) as green:
        there = await logged_in(green.url, "watch1")
        token = there.headers["cookie"].partition("=")[2]
        for cookie in (there.headers["cookie"], f"__Host-parley-blue={token}"):
            answer = await blue.anybody.get("/v1/items", headers={"cookie": cookie})
            assert answer.status_code == 401
        await there.aclose()


async def test_the_hash_in_the_store_is_no_token(blue: LoneNode) -> None:
    watch = await blue.at_console("watch1")
    [session] = await blue.people.sessions("watch1")
    for stolen in (session.token_hash, session.id, session.csrf):
        headers = {"cookie": f"__Host-parley-blue={stolen}"}
        assert_problem(await blue.anybody.get("/v1/items", headers=headers), 401, "no-session")
    await watch.aclose()


async def test_a_change_that_was_begun_before_the_session_ended_is_not_made(
    blue: LoneNode,
) -> None:
    """The head of the request comes in time, its body when the session is over."""
    watch = await blue.at_console("watch1")
    kept, looked, ended = blue.people.present, asyncio.Event(), asyncio.Event()

    async def present(token: str) -> Present | None:
        found = await kept(token)
        looked.set()
        return found

    async def body() -> AsyncIterator[bytes]:
        yield b'{"role": '
        await ended.wait()
        yield b'"duty"}'

    blue.people.present = present  # type: ignore[method-assign]
    under_way = asyncio.create_task(
        watch.post("/v1/stop", content=body(), headers={"content-type": "application/json"})
    )
    await looked.wait()
    await blue.people.end_sessions("watch1")
    ended.set()
    assert_problem(await under_way, 401, "no-session")
    assert await stops(blue) == 0
    await watch.aclose()


async def test_a_program_with_a_cookie_is_a_program_and_a_thief_without_the_token_is_not(
    blue: LoneNode, sits: Sits
) -> None:
    observer = dict((await sits("observe1")).headers)
    bearer = {**observer, "authorization": f"Bearer {TOKEN}"}
    assert (await blue.anybody.post("/v1/stop", json=STOP, headers=bearer)).status_code == 201
    for wrong in ("Bearer", "Basic x", f"Bearer {TOKEN[:-1]}"):
        headers = {**(await sits("admin1")).headers, "authorization": wrong}
        assert (await blue.anybody.get("/v1/people", headers=headers)).status_code == 401
    empty = {**observer, "authorization": ""}
    assert_problem(
        await blue.anybody.post("/v1/stop", json=STOP, headers=empty), 403, "not-permitted"
    )


# ---- origins


CROSS = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1"},
    {"origin": "http://127.0.0.1:1"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
]
KINDS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]


async def test_a_page_of_another_origin_changes_nothing_whatever_it_calls_its_body(
    blue: LoneNode, sits: Sits
) -> None:
    watch = await sits("watch1")
    for headers in CROSS:
        for kind in ("application/json", *KINDS):
            answer = await watch.post(
                "/v1/stop", content=json.dumps(STOP), headers={**headers, "content-type": kind}
            )
            assert_problem(answer, 403, "cross-site")
    assert await stops(blue) == 0


async def test_without_csrf_a_form_changes_nothing(blue: LoneNode, sits: Sits) -> None:
    cookie = {"cookie": (await sits("watch1")).headers["cookie"]}
    for kind in (*KINDS, "application/json"):
        answer = await blue.anybody.post(
            "/v1/stop", content=json.dumps(STOP), headers={**cookie, "content-type": kind}
        )
        assert_problem(answer, 403, "csrf")
    assert await stops(blue) == 0


async def test_a_host_name_that_was_rebound_to_this_machine_is_no_console(
    blue: LoneNode,
) -> None:
    """A page of evil.example whose name now means 127.0.0.1 is its own origin."""
    watch = await blue.at_console("watch1")
    for name in ("evil.example", f"evil.example:{blue.running.port}", "127.0.0.1.evil.example"):
        rebound = {"host": name, "origin": f"http://{name}", "sec-fetch-site": "same-origin"}
        answer = await blue.anybody.post("/v1/session", json=LOG_IN, headers=rebound)
        assert_problem(answer, 403, "insecure")
        assert "set-cookie" not in answer.headers
        assert_problem(await watch.get("/v1/items", headers={"host": name}), 403, "insecure")
    for name in ("localhost", "127.0.0.1", "[::1]:8701", "node.localhost:80", "LOCALHOST:1"):
        near = {"host": name, "origin": f"http://{name}"}
        answer = await blue.anybody.post("/v1/session", json=LOG_IN, headers=near)
        assert answer.status_code == 201, name
    await watch.aclose()


# ---- methods and paths


async def test_no_method_and_no_spelling_of_a_path_goes_round_the_permits(
    blue: LoneNode, sits: Sits
) -> None:
    observer = await sits("observe1")
    for method in ("PATCH", "PUT", "OPTIONS", "DELETE", "TRACE"):
        answer = await observer.request(method, "/v1/stop", json=STOP)
        assert answer.status_code in (403, 405), method
    assert (await observer.head("/v1/people")).status_code == 403
    for path in (
        "/v1/stop/", "//v1/stop", "/v1//stop", "/v1/./stop", "/v1/x/../stop", "/V1/stop",
        "/v1/stop%00", "/v1/stop%0a", "/v1/stop;x", "/v1%2fstop", "/%76%31/stop", "/v1/st%6fp",
        "/v1/stop%20", "/v1/STOP", "/v1/stop%2f", "/v1/items/x%2f..%2f..%2fstop",
    ):  # fmt: skip
        head = (
            f"POST {path} HTTP/1.1\nhost: 127.0.0.1\ncontent-type: application/json\n"
            f"cookie: {observer.headers['cookie']}\n"
            f"x-parley-csrf: {observer.headers['x-parley-csrf']}\ncontent-length: 16"
        )
        line = await raw(blue, head, b'{"role": "duty"}')
        assert line.split()[1] in (b"403", b"404", b"405", b"400", b"307"), (path, line)
    assert await stops(blue) == 0


@pytest.mark.parametrize("ref", ["x" * 5_000, "release:%2Fx", "..%2F..%2Fpeople", "%ff", "a%0ab"])
async def test_odd_refs_are_refused_in_words(sits: Sits, ref: str) -> None:
    for path in (f"/v1/items/{ref}", f"/v1/papers/{ref}", f"/v1/papers/{ref}/history"):
        answer = await (await sits("observe1")).get(path)
        assert answer.status_code in (403, 404, 422), path
        assert answer.headers["content-type"] == "application/problem+json"


# ---- words in somebody else's name


async def test_a_duty_role_that_is_not_ones_own_gets_in_by_no_way(
    blue: LoneNode, sits: Sits
) -> None:
    await blue.people.change("watch2", duties=["chief"])
    watch = await blue.at_console("watch2")
    tries: list[tuple[str, bytes, str]] = [
        ("/v1/stop", b'{"role": "duty"}', "application/json"),
        ("/v1/stop", b'{"role": "chief", "role": "duty"}', "application/json"),
        ("/v1/stop", b'{"role": "duty", "role": "chief"}', "application/json"),
        ("/v1/stop", b'\xef\xbb\xbf{"r\\u006fle": "duty"}', "application/json"),
        ("/v1/stop", b'\n\t {"role": "duty"}', "text/plain"),
        ("/v1/stop?role=chief", b'{"role": "duty"}', "application/json"),
        ("/v1/stop", '{"role": "duty"}'.encode("utf-16"), "application/json"),
        ("/v1/stop", b'\x0c{"role": "duty"}', "application/json"),
        ("/v1/drafts?role=chief&role=duty", json.dumps(draft_feature()).encode(), "a/json"),
        ("/v1/drafts?role=duty&role=chief", json.dumps(draft_feature()).encode(), "a/json"),
        ("/v1/drafts?role=chief&r%6Fle=duty", json.dumps(draft_feature()).encode(), "a/json"),
        ("/v1/drafts?role=duty", b"<kml/>", "application/vnd.google-earth.kml+xml"),
        ("/v1/tracks?role=duty", b"track,seen\n", "text/csv"),
    ]
    for path, body, kind in tries:
        kind = "application/json" if kind == "a/json" else kind
        answer = await watch.post(path, content=body, headers={"content-type": kind})
        assert answer.status_code in (400, 403, 415, 422), (path, body, answer.text)
    assert await stops(blue) == 0
    assert (await (await sits("release1")).get("/v1/drafts")).json()["drafts"] == []
    await watch.aclose()


HELLO = {"line": "safety", "precedence": "priority", "language": "en", "text": "Do you hear us?"}


async def test_a_paper_from_the_console_bears_the_name_of_who_sat_there(
    sits: Sits,
) -> None:
    watch = await sits("watch1")
    for said in ("", "&person=", "&person=Avery+Watch"):
        path = f"/v1/papers/message?role=duty{said}"
        filed = await watch.post(path, json={"content": HELLO})
        assert filed.status_code == 201, filed.text
        assert filed.json()["paper"]["person"] == "Avery Watch"
    ref = filed.json()["ref"]
    amended = await watch.post(f"/v1/papers/{ref}/amend?role=duty", json={"content": HELLO})
    assert amended.json()["paper"]["person"] == "Avery Watch"
    for name in ("Blake Watch", "avery watch", " Avery Watch"):
        query = {"role": "duty", "person": name}
        other = await watch.post("/v1/papers/message", params=query, json={"content": HELLO})
        assert_problem(other, 403, "not-yours")
    twice = await watch.post(
        "/v1/papers/message?role=duty&person=Avery+Watch&person=Blake+Watch",
        json={"content": HELLO},
    )
    assert_problem(twice, 403, "not-yours")


async def test_one_person_alone_widens_no_marking_by_an_amendment(
    blue: LoneNode, sits: Sits
) -> None:
    watch = await sits("watch1")
    filed = await watch.post("/v1/papers/message?role=duty&to=green", json={"content": HELLO})
    ref, before = filed.json()["ref"], filed.json()["paper"]["marking"]["banner"]
    path = f"/v1/papers/{ref}/amend?role=duty"
    wide = {"content": HELLO, "marking": {"tlp": "clear", "originator_control": False}}
    refused = await watch.post(path, json=wide)
    assert "drafts" in assert_problem(refused, 403, "two-persons")["right"]
    same = await watch.post(path, json={"content": {**HELLO, "text": "Do you?"}})
    assert same.json()["paper"]["marking"]["banner"] == before
    narrow = {"content": HELLO, "marking": {"tlp": "red", "rel_to": ["green"]}}
    assert (await watch.post(path, json=narrow)).status_code == 200
    assert (await blue.post(f"/v1/papers/{ref}/amend", wide, role="duty")).status_code == 200


# ---- what is read


async def test_nobody_reads_when_another_logged_in_by_naming_him_as_a_subject(
    sits: Sits,
) -> None:
    for name in ("observe1", "watch1", "release1", "liaison1"):
        answer = await (await sits(name)).get("/v1/acts", params={"subject": "person:admin1"})
        assert_problem(answer, 403, "not-permitted")
        own = await (await sits(name)).get("/v1/acts", params={"subject": f"person:{name}"})
        assert own.status_code == 200
    admin = await (await sits("admin1")).get("/v1/acts", params={"subject": "person:watch1"})
    assert [act["path"] for act in admin.json()["acts"]] == ["/v1/session"]


async def test_an_observer_changes_nothing_and_sees_no_people(blue: LoneNode, sits: Sits) -> None:
    """What he may see: docs/console/log-in.md."""
    observer = await sits("observe1")
    for path in ("/v1/people", "/v1/people/watch1", "/v1/sessions", "/v1/acts"):
        assert (await observer.get(path)).status_code == 403, path
    size = (await blue.node.health()).log_size
    page = (await blue.anybody.get("/openapi.json")).json()
    changing = [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, methods in page["paths"].items()
        for method in methods
        if method != "get"
    ]
    assert len(changing) > 50
    for method, path in changing:
        answer = await observer.request(method, path, json={})
        assert answer.status_code >= 400 or path.startswith(("/v1/session", "/v1/items/read")), path
    assert (await blue.node.health()).log_size == size


# ---- guessing


async def test_an_unknown_name_leaves_the_same_trace_as_a_known_one(blue: LoneNode) -> None:
    """The same work for both, on the disk too: how long it takes tells nothing."""
    for name in ("watch1", "nobody", "NOT A NAME", ""):
        assert isinstance(await blue.people.log_in(name, "not the password"), Refused)
    acts = await blue.people.acts()
    assert [(act.person, act.subject, act.status) for act in acts] == [
        ("", "", 401),
        ("", "", 401),
        ("", "", 401),
        ("watch1", "person:watch1", 401),
    ]


async def test_two_hundred_log_ins_at_once_hold_up_neither_stop_nor_those_who_sit_here(
    blue: LoneNode, sits: Sits
) -> None:
    names = ["watch1", *(f"guess{n}" for n in range(199))]

    async def guess(name: str) -> int:
        answer = await blue.anybody.post("/v1/session", json={"person": name, "password": "wrong"})
        return answer.status_code

    kept, most, now = blue.people._is_right, 0, 0

    async def hashing(password: str, person: Person | None) -> bool:
        nonlocal most, now
        now += 1
        most = max(most, now)
        try:
            return await kept(password, person)
        finally:
            now -= 1

    one, two = await sits("watch1"), await sits("watch2")
    blue.people._is_right = hashing  # type: ignore[method-assign]
    guesses = asyncio.gather(*(guess(name) for name in names))
    assert (await one.post("/v1/stop", json=STOP)).status_code == 201
    assert (await two.get("/v1/items")).status_code == 200
    told = await guesses
    assert set(told) == {401, 429}
    assert told.count(401) <= 60
    assert most <= MOST_WAITING
    assert await stops(blue) == 1


# ---- the watch


async def seat_offered(blue: LoneNode, one: httpx.AsyncClient) -> str:
    await one.post("/v1/handover/take-seat", json={"role": "duty"})
    offer = await one.post("/v1/handover/offer", json={"incoming": "watch2", "role": "duty"})
    assert offer.status_code == 201, offer.text
    return str(offer.json()["ref"])


async def test_two_who_take_a_free_seat_at_once_get_it_once(blue: LoneNode, sits: Sits) -> None:
    people = [await sits(name) for name in ("watch1", "watch2")] * 4
    answers = await asyncio.gather(
        *(one.post("/v1/handover/take-seat", json={"role": "duty"}) for one in people)
    )
    assert [a.status_code for a in answers].count(201) == 1
    shown = await (await sits("observe1")).get("/v1/handover", params={"duty": "duty"})
    holder = "watch1" if shown.json()["seat"]["person"] == "Avery Watch" else "watch2"
    for one, answer in zip(people, answers, strict=True):
        assert (answer.status_code < 300) == (one is await sits(holder))
    await blue.node.check_node(MemoryStore())


async def test_who_lost_the_duty_since_the_offer_does_not_take_the_watch(
    blue: LoneNode, sits: Sits
) -> None:
    ref = await seat_offered(blue, await sits("watch1"))
    await blue.people.change("watch2", duties=["chief"])
    incoming = await blue.at_console("watch2")
    refused = await incoming.post(f"/v1/handover/{ref}/take", json={})
    assert_problem(refused, 403, "not-yours")
    here = {"incoming": "watch2", "password": PASSWORD}
    desk = await (await sits("watch1")).post(f"/v1/handover/{ref}/take-here", json=here)
    assert desk.status_code in (403, 422)
    await incoming.aclose()


async def test_who_may_not_hand_over_any_more_takes_no_watch_at_the_desk_either(
    blue: LoneNode, sits: Sits
) -> None:
    ref = await seat_offered(blue, await sits("watch1"))
    here = {"incoming": "watch2", "password": PASSWORD}
    path = f"/v1/handover/{ref}/take-here"
    await blue.people.change("watch2", roles=[PersonRole.OBSERVER])
    refused = await (await sits("watch1")).post(path, json=here)
    assert_problem(refused, 403, "not-permitted")
    assert await blue.people.sessions("watch2") == []
    await blue.people.change("watch2", roles=[PersonRole.WATCH_OFFICER])
    first = await blue.people.set_password("watch2")
    known = await (await sits("watch1")).post(path, json={**here, "password": first})
    assert_problem(known, 403, "must-change")
    assert await blue.people.sessions("watch2") == []
    assert (await (await sits("watch1")).get("/v1/session")).status_code == 200


async def test_guessing_a_password_at_the_desk_is_slowed_down_like_a_log_in(
    blue: LoneNode, sits: Sits
) -> None:
    ref = await seat_offered(blue, await sits("watch1"))
    path, wrong = f"/v1/handover/{ref}/take-here", {"incoming": "watch2", "password": "wrong"}
    for _ in range(5):
        assert_problem(await (await sits("watch1")).post(path, json=wrong), 403, "log-in")
    right = {"incoming": "watch2", "password": PASSWORD}
    assert_problem(await (await sits("watch1")).post(path, json=right), 429, "too-often")


# ---- two persons


async def proposed(one: httpx.AsyncClient, **change: Any) -> str:
    made = await one.post("/v1/drafts", params={"role": "duty"}, json=draft_feature(**change))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_from_two_screens_at_once_a_draft_is_released_once(
    blue: LoneNode, sits: Sits
) -> None:
    draft = await proposed(await sits("watch1"))
    form = {"role": "duty", "revision": 1, "seen": []}
    second = await blue.at_console("release1")
    answers = await asyncio.gather(
        *(
            one.post(f"/v1/drafts/{draft}/release", json=form)
            for one in ((await sits("release1")), second) * 3
        )
    )
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"done-before"}
    assert len(await blue.node.items()) == 1
    await second.aclose()


async def test_an_author_releases_his_own_draft_by_no_other_role_session_or_name(
    blue: LoneNode, sits: Sits
) -> None:
    draft = await proposed(await sits("watch1"))
    form = {"role": "duty", "revision": 1, "seen": []}
    path = f"/v1/drafts/{draft}/release"
    await blue.people.change("watch1", roles=[PersonRole.WATCH_OFFICER, PersonRole.RELEASER])
    again = await blue.at_console("watch1", duty="chief")
    assert_problem(await again.post(path, json={**form, "role": "chief"}), 403, "person")
    assert_problem(await again.post(path, json=form), 403, "person")
    await blue.people.change("watch1", name="Somebody Else")
    assert_problem(await again.post(path, json=form), 403, "person")
    for name in ("watch1", "WATCH1 ", "Avery Watch", " avery  watch", "Avery Watch\u200b"):
        program = await blue.officer.post(path, json=form, params={"person": name})
        assert program.status_code in (403, 422), name
    assert await blue.node.items() == []
    await again.aclose()


async def test_the_second_persons_look_is_at_one_revision_and_no_other(
    sits: Sits,
) -> None:
    draft = await proposed(await sits("watch1"))
    replaced = await (await sits("watch1")).post(
        f"/v1/drafts/{draft}/replace", params={"role": "duty"}, json=draft_feature(radius_m=9_000)
    )
    assert replaced.status_code == 200
    path = f"/v1/drafts/{draft}/release"
    for revision in (1, 0, -1, 3, True, "2", None, 2.0):
        form: dict[str, Any] = {"role": "duty", "revision": revision, "seen": []}
        answer = await (await sits("release1")).post(path, json=form)
        assert answer.status_code in (409, 422), revision


async def test_a_log_in_with_the_right_password_is_a_session_still(blue: LoneNode) -> None:
    assert isinstance(await blue.people.log_in("watch1", PASSWORD), LoggedIn)
