"""Two officers of one party act on one thing at once: the second is told what the first did."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.node.node import Node
from parley.testing.agreements import transit
from parley.testing.clock import DAWN_MS
from parley.testing.http import LoneNode, assert_problem

ASKED = Message(LineName.SAFETY, Precedence.PRIORITY, "en", "Ready?")


async def answered(client: Any, ref: str, rung: str, **seen: Any) -> Any:
    form = {"rung": rung, "role": "duty", **seen}
    return await client.post(f"/v1/items/{ref}/answers", json=form)


async def test_the_second_answer_to_an_item_names_the_first_officer(
    blue: LoneNode, green: Node
) -> None:
    posted = await green.post_notice(transit(0), role="duty")
    await blue.node.receive([posted.note])
    ref = posted.ref
    first, second = await blue.at_console("watch1"), await blue.at_console("watch2")
    async with aclosing(first), aclosing(second):
        assert (await answered(first, ref, "read")).status_code == 200
        blue.clock.advance(1_000)
        accepted = await answered(first, ref, "accepted", seen_version=1, seen_rung="read")
        assert accepted.status_code == 200, accepted.text
        blue.clock.advance(5_000)
        stale = await answered(second, ref, "objected", seen_version=1, seen_rung="read")
        problem = assert_problem(stale, 409, "done-before")
        assert (problem["who"], problem["role"]) == ("Avery Watch", "duty")
        assert (problem["did"], problem["done_at_ms"]) == ("accepted", DAWN_MS + 1_000)
        record = await blue.node.item(ref)
        assert record.standing("blue").rung.value == "accepted"
        unseen = assert_problem(await answered(second, ref, "read"), 409, "done-before")
        assert unseen["who"] == "Avery Watch"
        knowing = await answered(second, ref, "objected", seen_version=1, seen_rung="accepted")
        assert knowing.status_code == 200, knowing.text


async def test_an_own_mistake_is_no_second_act(blue: LoneNode, green: Node) -> None:
    posted = await green.post_notice(transit(0), role="duty")
    await blue.node.receive([posted.note])
    early = await answered(blue.officer, posted.ref, "accepted")
    assert_problem(early, 409, "protocol")
    await answered(blue.officer, posted.ref, "read")
    wrong = await answered(blue.officer, posted.ref, "read-back")
    assert_problem(wrong, 409, "protocol")


async def test_the_second_all_clear_names_the_first(blue: LoneNode) -> None:
    posted = await blue.released()
    path = f"/v1/items/{posted['ref']}/steps"
    first, second = await blue.at_console("watch1"), await blue.at_console("watch2")
    async with aclosing(first), aclosing(second):
        done = await first.post(path, json={"step": "cancel", "role": "chief", "seen_version": 1})
        assert done.status_code == 200, done.text
        again = await second.post(path, json={"step": "cancel", "role": "duty"})
        problem = assert_problem(again, 409, "done-before")
        assert (problem["who"], problem["role"], problem["did"]) == (
            "Avery Watch",
            "chief",
            "cancel",
        )
        old = await second.post(path, json={"step": "activate", "role": "duty", "seen_version": 1})
        assert assert_problem(old, 409, "done-before")["did"] == "cancel"


async def test_the_second_reply_to_a_paper_names_the_person_on_the_first(
    blue: LoneNode, green: Node
) -> None:
    filed = await green.post_paper(ASKED, role="duty")
    await blue.node.receive([filed.note])
    path = f"/v1/papers/{filed.ref}/reply"
    one = await blue.officer.post(
        path, params={"role": "duty", "person": "Dana"}, json={"rung": "read"}
    )
    assert one.status_code == 200, one.text
    two = await blue.officer.post(
        path,
        params={"role": "chief", "person": "Eli"},
        json={"rung": "unable", "seen_version": 1, "seen_rung": "received"},
    )
    problem = assert_problem(two, 409, "done-before")
    assert (problem["who"], problem["did"], problem["ref"]) == ("Dana", "read", filed.ref)
