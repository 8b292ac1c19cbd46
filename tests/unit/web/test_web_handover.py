"""The watch handed over through the console's API: who holds it, both sign, nobody leaves early."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from parley.node.node import Node
from parley.node.watching.settings import Settings
from parley.store.memory import MemoryStore
from parley.testing.http import LoneNode, assert_problem, lone_node
from parley.testing.people import PASSWORD

HOUR_MS = 3_600_000


async def hears(blue: LoneNode, green: Node) -> None:
    notes = [parcel.note for parcel in await green.parcels("blue", 100)]
    assert all(one.refused is None for one in await blue.node.receive(notes))


@asynccontextmanager
async def at(blue: LoneNode, person: str, **said: Any) -> AsyncIterator[httpx.AsyncClient]:
    client = await blue.at_console(person, **said)
    try:
        yield client
    finally:
        await client.aclose()


async def offered(one: httpx.AsyncClient, incoming: str = "watch2", **more: Any) -> str:
    answer = await one.post("/v1/handover/offer", json={"incoming": incoming, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ref"])


async def test_a_free_seat_is_taken_once_and_its_holder_does_not_log_out(blue: LoneNode) -> None:
    async with at(blue, "watch1") as one, at(blue, "watch2") as two:
        assert (await one.get("/v1/handover")).json()["seat"]["state"] == "free"
        taken = await one.post("/v1/handover/take-seat", json={})
        assert taken.status_code == 201
        assert taken.json()["handover"]["unsigned"] == "nobody held the seat"
        assert (await one.post("/v1/handover/take-seat", json={})).status_code == 200
        refused = await two.post("/v1/handover/take-seat", json={})
        problem = assert_problem(refused, 409, "seat-held")
        assert "Avery Watch" in problem["what"]
        left = await one.delete("/v1/session")
        assert left.status_code == 409
        assert left.json()["reasons"] == ["you hold the watch as duty: hand it over first"]
        assert (await two.delete("/v1/session")).status_code == 204
    await blue.node.check_node(MemoryStore())


async def test_both_sign_each_in_his_own_session(blue: LoneNode) -> None:
    notice = (await blue.released())["ref"]
    async with at(blue, "watch1") as one, at(blue, "watch2") as two:
        await one.post("/v1/handover/take-seat", json={})
        ref = await offered(one, notes={notice: "They call back at six."}, text="Quiet.")
        seen = (await two.get("/v1/handover")).json()
        assert seen["offer"]["notes"] == {notice: "They call back at six."}
        assert [line["kind"] for line in seen["open"]] == ["answer-awaited"]
        blue.clock.advance(60_000)
        taken = await two.post(f"/v1/handover/{ref}/take", json={"text": "Asked who calls."})
        assert taken.status_code == 200, taken.text
        members = taken.json()
        assert members["signed"] == ["outgoing", "incoming"]
        assert members["taken_text"] == "Asked who calls."
        assert members["text"] == "Quiet."
        now = (await two.get("/v1/handover")).json()
        assert (now["seat"]["person"], now["seat"]["mine"]) == ("Blake Watch", True)
        assert (await one.delete("/v1/session")).status_code == 204
        history = (await two.get(f"/v1/papers/{ref}/history")).json()["versions"]
        assert [v["person"] for v in history] == ["Avery Watch", "Blake Watch"]
    kinds = [e.kind for e in await blue.node.events()]
    assert [k for k in kinds if k.startswith("handover")] == [
        "handover-taken", "handover-offered", "handover-taken",
    ]  # fmt: skip
    await blue.node.check_node(MemoryStore())


async def test_at_one_desk_the_session_changes_hands(blue: LoneNode) -> None:
    async with at(blue, "watch1") as desk:
        await desk.post("/v1/handover/take-seat", json={})
        ref = await offered(desk)
        path = f"/v1/handover/{ref}/take-here"
        wrong = await desk.post(path, json={"incoming": "watch2", "password": "not his own"})
        assert_problem(wrong, 403, "log-in")
        other = await desk.post(path, json={"incoming": "liaison1", "password": PASSWORD})
        assert_problem(other, 409, "not-for-you")
        taken = await desk.post(path, json={"incoming": "watch2", "password": PASSWORD})
        assert taken.status_code == 200, taken.text
        assert (await desk.get("/v1/session")).status_code == 401
        desk.headers["cookie"] = taken.headers["set-cookie"].partition(";")[0]
        session = await desk.get("/v1/session")
        assert session.json()["person"] == "watch2"
        assert not await blue.people.sessions("liaison1")
        bear_csrf(desk, session)
        assert (await desk.delete("/v1/session")).status_code == 409


def bear_csrf(client: httpx.AsyncClient, session: httpx.Response) -> None:
    client.headers["x-parley-csrf"] = session.json()["csrf"]


async def test_an_urgent_item_that_is_not_answered_stands_in_the_way(
    blue: LoneNode, green: Node
) -> None:
    async with at(blue, "watch1") as one, at(blue, "watch2") as two:
        await one.post("/v1/handover/take-seat", json={})
        ref = await offered(one)
        stop = (await green.stop(role="duty", text="at once")).ref
        await hears(blue, green)
        refused = await two.post(f"/v1/handover/{ref}/take", json={})
        problem = assert_problem(refused, 409, "urgent-open")
        assert [line["ref"] for line in problem["blocking"]] == [stop]
        for rung in ("read", "accepted"):
            said = await one.post(f"/v1/items/{stop}/answers", json={"rung": rung, "role": "duty"})
            assert said.status_code == 200, said.text
        changed = await two.post(f"/v1/handover/{ref}/take", json={})
        problem = assert_problem(changed, 409, "changed")
        assert ("in-force", stop) in [(line["kind"], line["ref"]) for line in problem["new"]]
        lines = [{n: one[n] for n in ("kind", "ref", "level")} for one in problem["new"]]
        some = {"seen_lines": lines[:1]}
        assert_problem(await two.post(f"/v1/handover/{ref}/take", json=some), 409, "changed")
        taken = await two.post(f"/v1/handover/{ref}/take", json={"seen_lines": lines})
        assert taken.status_code == 200, taken.text
        assert stop in [line["ref"] for line in taken.json()["open"]]
    await blue.node.check_node(MemoryStore())


async def test_a_critical_alarm_stands_in_the_way_until_somebody_acknowledges_it(
    green: Node,
) -> None:
    watching = Settings(role="duty")
    async with (
        lone_node("blue", MemoryStore(), watching=watching) as blue,
        at(blue, "watch1") as one,
        at(blue, "watch2") as two,
    ):
        await one.post("/v1/handover/take-seat", json={})
        stop = (await green.stop(role="duty")).ref
        await hears(blue, green)
        await blue.sees()
        for rung in ("read", "accepted"):
            await one.post(f"/v1/items/{stop}/answers", json={"rung": rung, "role": "duty"})
        ref = await offered(one)
        refused = await two.post(f"/v1/handover/{ref}/take", json={})
        problem = assert_problem(refused, 409, "urgent-open")
        (line,) = problem["blocking"]
        assert (line["kind"], line["state"]) == ("alarm", "unacknowledged")
        acted = {"key": line["key"], "role": "duty"}
        done = await one.post("/v1/watch/alarms/acknowledge", json=acted)
        assert done.status_code == 200, done.text
        taken = await two.post(f"/v1/handover/{ref}/take", json={})
        assert taken.status_code == 200, taken.text
        states = {o["state"] for o in taken.json()["open"] if o["kind"] == "alarm"}
        assert "acknowledged by duty" in states


async def test_a_session_that_dies_leaves_the_watch_unmanned_and_it_is_said(blue: LoneNode) -> None:
    async with at(blue, "watch1", hours=1) as one:
        await one.post("/v1/handover/take-seat", json={})
    began_ms = blue.clock()
    blue.clock.advance(2 * HOUR_MS)
    async with at(blue, "watch2") as two:
        seat = (await two.get("/v1/handover")).json()["seat"]
        assert (seat["state"], seat["person"]) == ("unmanned", "Avery Watch")
        assert seat["unmanned_ms"] == began_ms + HOUR_MS
        events = {e.kind: e.data for e in await blue.node.events()}
        assert events["watch-unmanned"]["since_ms"] == began_ms + HOUR_MS
        refused = await two.post("/v1/handover/take-seat", json={})
        assert assert_problem(refused, 422, "input")["where"] == "why"
        why = {"why": "Avery Watch was relieved by illness"}
        taken = await two.post("/v1/handover/take-seat", json=why)
        assert taken.status_code == 201, taken.text
        handover = taken.json()["handover"]
        assert handover["signed"] == ["incoming"]
        assert handover["outgoing"] == "Avery Watch"
        assert handover["unsigned"] == why["why"]
    await blue.node.check_node(MemoryStore())


async def test_an_offer_is_taken_back_by_who_made_it_alone(blue: LoneNode) -> None:
    async with at(blue, "watch1") as one, at(blue, "watch2") as two:
        not_his = await two.post("/v1/handover/offer", json={"incoming": "watch1"})
        assert_problem(not_his, 409, "not-your-seat")
        await one.post("/v1/handover/take-seat", json={})
        himself = await one.post("/v1/handover/offer", json={"incoming": "watch1"})
        assert_problem(himself, 422, "input")
        nobody = await one.post("/v1/handover/offer", json={"incoming": "observe1"})
        assert "watch1, watch2" in assert_problem(nobody, 422, "input")["right"]
        ref = await offered(one)
        again = await one.post("/v1/handover/offer", json={"incoming": "watch2"})
        assert_problem(again, 409, "offered")
        assert_problem(await one.post(f"/v1/handover/{ref}/take", json={}), 409, "not-for-you")
        assert_problem(
            await two.post(f"/v1/handover/{ref}/withdraw", json={}), 409, "not-your-seat"
        )
        gone = await one.post(f"/v1/handover/{ref}/withdraw", json={})
        assert gone.json()["stage"] == "withdrawn"
        late = await two.post(f"/v1/handover/{ref}/take", json={})
        assert_problem(late, 409, "not-offered")
    await blue.node.check_node(MemoryStore())


async def test_nobody_writes_a_handover_by_hand(blue: LoneNode) -> None:
    content = {
        "duty": "duty", "stage": "taken", "outgoing": "", "incoming": "Avery Watch", "from_ms": 0,
        "until_ms": 0, "open": [], "coming": [], "digest": "a" * 64, "unsigned": "I said so",
    }  # fmt: skip
    body: dict[str, Any] = {"content": content, "marking": None, "about": []}
    refused = await blue.post("/v1/papers/handover", body, role="duty", to="", person="Avery Watch")
    assert "composed by the node" in assert_problem(refused, 422, "input")["what"]
    async with at(blue, "watch1") as one:
        ref = (await one.post("/v1/handover/take-seat", json={})).json()["ref"]
        paper = (await one.get(f"/v1/papers/{ref}")).json()
        changed: dict[str, Any] = {
            "content": {**paper["content"], "open": []},
            "marking": None,
            "about": [],
        }
        amended = await blue.post(f"/v1/papers/{ref}/amend", changed, role="duty")
        assert_problem(amended, 422, "input")
        assert_problem(
            await blue.post(f"/v1/papers/{ref}/withdraw", None, role="duty"), 422, "input"
        )


@pytest.mark.parametrize("hours", [0, 49])
async def test_what_comes_is_asked_for_two_days_at_most(blue: LoneNode, hours: int) -> None:
    assert_problem(await blue.officer.get(f"/v1/handover?hours={hours}"), 422, "input")


async def test_hostile_names_stay_text_and_stand_in_one_line(blue: LoneNode, green: Node) -> None:
    evil = "<script>alert(1)</script>\n\N{RIGHT-TO-LEFT MARK}שלום {{x}} ${y}"
    await green.distress(role="duty", subject="a boat", since_ms=green.clock(), text=evil)
    await hears(blue, green)
    found = (await blue.officer.get("/v1/handover")).json()
    assert found["blocking"]
    assert all("\n" not in line["words"] for line in found["open"])
    program = {"role": "duty", "person": "<b>Ada</b>"}
    taken = await blue.post("/v1/handover/take-seat", program)
    assert taken.json()["seat"]["person"] == "<b>Ada</b>"
    two_lines = await blue.post("/v1/handover/offer", {**program, "incoming": "x\ny"})
    assert_problem(two_lines, 422, "input")


async def test_an_observer_looks_and_a_program_names_who_speaks(blue: LoneNode) -> None:
    async with at(blue, "observe1") as eyes:
        assert (await eyes.get("/v1/handover")).status_code == 200
        refused = await eyes.post("/v1/handover/take-seat", json={})
        assert_problem(refused, 403, "not-permitted")
    assert_problem(await blue.post("/v1/handover/take-seat", {"role": "duty"}), 422, "input")
