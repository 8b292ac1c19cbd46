"""The hotline's routes: phrases, messages of one line, the lines, a labelled suggestion."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from parley.liaison.hotline import phrasebook
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.node.liaison.hotline_settings import HotlineSettings
from parley.node.liaison.translation import Translating
from parley.node.node import Node
from parley.testing.harness import TOKEN
from parley.testing.http import LoneNode, assert_problem
from parley.web import create_app

HELLO = {"line": "safety", "precedence": "priority", "language": "ru", "text": "Кто у фермы?"}
HOLD = {
    "line": "safety",
    "precedence": "flash",
    "language": "he",
    "phrase": "p-103",
    "blanks": [
        {"name": "place", "value": "N35.48 E035.95"},
        {"name": "time", "value": "2159Z 17 SEP 2018"},
    ],
    "text": "נצרו אש באזור N35.48 E035.95 עד 2159Z 17 SEP 2018.",
}


class Reverser:
    """On this machine; what it says is as good as a machine's."""

    provider = "reverser"
    outside = False

    async def translate(self, text: str, source: str, target: str) -> str:
        return text[::-1]


@pytest.fixture
async def helped(blue: LoneNode) -> AsyncIterator[httpx.AsyncClient]:
    """The same node with a translator and a fallback, as hotline.json would have them."""
    translating = Translating(Reverser(), frozenset({LineName.SAFETY}))
    settings = HotlineSettings(fallback="VHF 121.500", translating=translating)
    app = create_app(blue.node, operator_token=TOKEN, hub=blue.hub, hotline=settings)
    transport = httpx.ASGITransport(app)
    token = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://blue", headers=token
    ) as client:
        yield client


async def send(blue: LoneNode, **change: object) -> str:
    answer = await blue.post(
        "/v1/papers/message", {"content": {**HELLO, **change}}, role="duty", to="green"
    )
    assert answer.status_code == 201, answer.text
    ref: str = answer.json()["ref"]
    return ref


async def test_the_phrase_book_is_told_whole_with_its_digest(blue: LoneNode) -> None:
    book = (await blue.officer.get("/v1/hotline/phrases")).json()
    assert book["digest"] == phrasebook.digest()
    assert len(book["phrases"]) == len(phrasebook.BOOK)
    stop = book["phrases"][0]
    assert (stop["id"], stop["replies"][0]) == ("p-101", "p-151")
    assert stop["wordings"]["he"]["direction"] == "rtl"
    assert stop["wordings"]["ru"]["pronounced"].startswith("Stop.")


async def test_a_phrase_is_rendered_as_a_message_has_to_say_it(blue: LoneNode) -> None:
    blanks = ["place=N35.48 E035.95", "time=2159Z 17 SEP 2018"]
    asked: dict[str, str | list[str]] = {"language": "he", "blank": blanks}
    told = (await blue.officer.get("/v1/hotline/phrases/p-103", params=asked)).json()
    assert told["text"] == HOLD["text"]
    assert told["direction"] == "rtl"
    short: dict[str, str | list[str]] = {"language": "he", "blank": blanks[:1]}
    wrong = await blue.officer.get("/v1/hotline/phrases/p-103", params=short)
    assert assert_problem(wrong, 422, "input")["where"] == "blanks"
    gone = await blue.officer.get("/v1/hotline/phrases/p-999")
    assert_problem(gone, 404, "not-found")


async def test_a_page_has_the_messages_of_one_line_newest_first(blue: LoneNode) -> None:
    first = await send(blue)
    talk = await send(blue, line="strategic")
    second = await send(blue, **HOLD)
    answer = await send(blue, reply_to=first)
    page = (await blue.officer.get("/v1/hotline/messages?line=safety&language=fr")).json()
    assert [one["ref"] for one in page["messages"]] == [answer, second, first]
    assert page["messages"][2]["answers"] == [answer]
    hold = page["messages"][1]
    assert (hold["direction"], hold["read_back"]) == ("rtl", ["place", "time"])
    assert hold["wording"].startswith("Ne tirez pas près de N35.48 E035.95")
    assert hold["replies"] == ["p-152", "p-903"]
    assert hold["original"] == HOLD["text"]
    other = (await blue.officer.get("/v1/hotline/messages?line=strategic")).json()
    assert [one["ref"] for one in other["messages"]] == [talk]


async def test_pages_follow_one_another_and_hold_nothing_twice(blue: LoneNode) -> None:
    refs = [await send(blue) for _ in range(5)]
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        asked: dict[str, str] = {"line": "safety", "limit": "2", "after": after}
        page = (await blue.officer.get("/v1/hotline/messages", params=asked)).json()
        seen += [one["ref"] for one in page["messages"]]
        after = page["next"]
    assert seen == refs[::-1]


async def test_no_page_holds_both_lines(blue: LoneNode) -> None:
    assert_problem(await blue.officer.get("/v1/hotline/messages"), 422, "input")
    wrong = await blue.officer.get("/v1/hotline/messages?line=both")
    assert_problem(wrong, 422, "input")


async def test_an_answer_on_the_other_line_is_refused_with_the_right_one(blue: LoneNode) -> None:
    talk = await send(blue, line="strategic")
    mixed = {"content": {**HELLO, "reply_to": talk}}
    problem = assert_problem(
        await blue.post("/v1/papers/message", mixed, role="duty"), 409, "protocol"
    )
    assert problem["right"] == "an answer on the strategic line"


async def test_a_line_that_nobody_was_heard_on_is_unknown(blue: LoneNode) -> None:
    told = (await blue.officer.get("/v1/hotline/lines")).json()
    assert [(one["line"], one["party"], one["state"]) for one in told["lines"]] == [
        ("safety", "green", "unknown"),
        ("strategic", "green", "unknown"),
    ]
    assert told["lines"][0]["since"] is None


async def test_a_line_that_is_reported_out_says_since_when_and_what_else_is_used(
    blue: LoneNode, helped: httpx.AsyncClient
) -> None:
    now_ms = blue.clock()
    report = {"line": "safety", "state": "out", "since_ms": now_ms - 5_000, "fallback": "form 3"}
    await blue.post("/v1/papers/line-report", {"content": report}, role="duty", to="green")
    safety, strategic = (await helped.get("/v1/hotline/lines")).json()["lines"]
    assert (safety["state"], safety["since_ms"], safety["fallback"]) == (
        "out",
        now_ms - 5_000,
        "form 3",
    )
    assert [c["what"] for c in safety["causes"]] == ["report"]
    assert strategic["state"] == "unknown"
    (outage,) = (await helped.get("/v1/hotline/outages")).json()["outages"]
    assert (outage["by"], outage["until"], outage["parties"]) == ("blue", None, ["blue", "green"])


async def test_a_suggestion_stands_beside_the_original_under_its_label(
    blue: LoneNode, helped: httpx.AsyncClient
) -> None:
    ref = await send(blue)
    before = (await blue.officer.get(f"/v1/papers/{ref}")).json()
    asked = {"ref": ref, "target": "en"}
    told = (await helped.post("/v1/hotline/translate", json=asked)).json()
    assert told["label"] == "machine suggestion by reverser, not checked"
    assert (told["original"], told["text"]) == ("Кто у фермы?", "?ымреф у отК")
    assert told["marking"]["banner"].startswith("TLP:AMBER+STRICT")
    assert (await blue.officer.get(f"/v1/papers/{ref}")).json() == before
    strategic = {"ref": await send(blue, line="strategic"), "target": "en"}
    assert_problem(await helped.post("/v1/hotline/translate", json=strategic), 422, "input")


async def test_a_phrase_needs_no_translator(blue: LoneNode) -> None:
    ref = await send(blue, **HOLD)
    told = await blue.post("/v1/hotline/translate", {"ref": ref, "target": "ru"})
    assert told.json()["checked"]
    assert told.json()["text"] == (
        "Не открывать огонь в районе N35.48 E035.95 до 2159Z 17 SEP 2018."
    )


async def test_without_a_translator_free_words_stay_as_they_are(blue: LoneNode) -> None:
    asked = {"ref": await send(blue), "target": "en"}
    assert_problem(await blue.post("/v1/hotline/translate", asked), 404, "no-translator")
    gone = {"ref": "message:blue-99", "target": "en"}
    assert_problem(await blue.post("/v1/hotline/translate", gone), 404, "not-found")


class Elsewhere(Reverser):
    """Not on this machine."""

    provider = "elsewhere"
    outside = True


async def test_words_that_leave_this_machine_stand_in_the_journal(blue: LoneNode) -> None:
    settings = HotlineSettings(translating=Translating(Elsewhere(), frozenset(LineName)))
    app = create_app(blue.node, operator_token=TOKEN, hub=blue.hub, hotline=settings)
    ref = await send(blue)
    clear = {"tlp": "clear", "originator_control": False}
    answer = await blue.post(
        "/v1/papers/message", {"content": HELLO, "marking": clear}, role="duty", to="green"
    )
    free = answer.json()["ref"]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://blue",
        headers={"authorization": f"Bearer {TOKEN}"},
    ) as client:
        kept = await client.post("/v1/hotline/translate", json={"ref": ref, "target": "en"})
        assert "does not leave this machine" in assert_problem(kept, 422, "input")["what"]
        gone = await client.post("/v1/hotline/translate", json={"ref": free, "target": "en"})
        assert gone.status_code == 200
    events = [e.data for e in await blue.node.events() if e.kind == "translated-outside"]
    assert events == [{"ref": free, "provider": "elsewhere"}]


async def test_the_watch_is_not_told_what_is_said_on_the_strategic_line(
    blue: LoneNode, green: Node
) -> None:
    talk = Message(LineName.STRATEGIC, Precedence.FLASH, "en", "The minister asks.")
    await green.post_paper(talk, role="duty", to=("blue",))
    notes = [parcel.note for parcel in await green.parcels("blue", 100)]
    assert all(one.refused is None for one in await blue.node.receive(notes))
    told = (await blue.officer.get("/v1/handover", params={"duty": "duty"})).json()
    (line,) = told["open"]
    assert (line["kind"], line["level"], line["blocking"]) == ("strategic-owed", "routine", False)
    assert line["due_ms"] == -1
    assert "minister" not in line["words"]
