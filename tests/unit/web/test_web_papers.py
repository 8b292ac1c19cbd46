"""Papers through the API of one node: said, changed, taken back, listed; and what is refused."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from parley.liaison.kinds import KINDS
from parley.node.node import Node
from parley.testing.http import LoneNode, assert_problem
from parley.wire.paperforms import template

HELLO = {
    "line": "safety",
    "precedence": "priority",
    "language": "en",
    "text": "Do you hear us?",
}
PERSON = {
    "names": [
        {"text": "Иван Петров", "language": "ru"},
        {"text": "Ivan Petrov", "language": "en", "source": "his own card"},
    ]
}


async def said(blue: LoneNode, text: str = "Do you hear us?", **query: Any) -> dict[str, Any]:
    answer = await blue.post(
        "/v1/papers/message", {"content": {**HELLO, "text": text}}, role="duty", **query
    )
    assert answer.status_code == 201, answer.text
    filed: dict[str, Any] = answer.json()
    return filed


async def listed(blue: LoneNode, **query: Any) -> list[str]:
    """The refs of all pages of messages."""
    refs: list[str] = []
    after: str | None = ""
    while after is not None:
        params = {"kind": "message", "after": after, "limit": 2, **query}
        page = (await blue.officer.get("/v1/papers", params=params)).json()
        refs += [paper["ref"] for paper in page["papers"]]
        after = page["next"]
    return refs


async def test_a_paper_is_posted_read_again_and_listed(blue: LoneNode) -> None:
    filed = await said(blue, to="green")
    assert filed["ref"] == "message:blue-1"
    assert "— blue " in filed["note"]
    paper = filed["paper"]
    assert paper["content"]["text"] == "Do you hear us?"
    assert paper["marking"]["banner"] == "TLP:AMBER+STRICT // REL TO GREEN // ORCON"
    assert (paper["to"], paper["open"], paper["text"]) == (
        ["green"],
        True,
        "message blue-1, version 1: Do you hear us?",
    )
    assert (paper["at"], paper["at_ms"]) == ("2023-11-14T22:13:20Z", blue.clock())
    assert [(h["party"], h["rung"], h["received"]) for h in paper["heard"]] == [
        ("green", "received", None)
    ]
    again = (await blue.officer.get("/v1/papers/message:blue-1")).json()
    assert again == paper
    page = (await blue.officer.get("/v1/papers", params={"kind": "message"})).json()
    assert page == {"papers": [paper], "next": None, "total": 1}


async def test_new_words_and_withdrawal_are_versions_and_the_old_ones_stay(blue: LoneNode) -> None:
    filed = await said(blue, "one", to="green")
    marking = {"tlp": "green", "originator_control": False}
    body = {"content": {**HELLO, "text": "two"}, "marking": marking, "about": ["notice:blue-9"]}
    amended = (
        await blue.post(f"/v1/papers/{filed['ref']}/amend", body, role="duty", person="Col. A")
    ).json()
    assert (amended["version"], amended["paper"]["marking"]["banner"]) == (2, "TLP:GREEN")
    kept = await blue.post(f"/v1/papers/{filed['ref']}/amend", {"content": HELLO}, role="duty")
    assert kept.json()["paper"]["about"] == ["notice:blue-9"]
    taken = await blue.officer.post(f"/v1/papers/{filed['ref']}/withdraw?role=duty")
    assert taken.json()["paper"]["withdrawn"] is True
    assert taken.json()["paper"]["open"] is False
    past = (await blue.officer.get(f"/v1/papers/{filed['ref']}/history")).json()["versions"]
    assert [(p["version"], p["content"]["text"], p["person"]) for p in past] == [
        (1, "one", ""),
        (2, "two", "Col. A"),
        (3, HELLO["text"], ""),
        (4, HELLO["text"], ""),
    ]
    assert_problem(
        await blue.officer.post(f"/v1/papers/{filed['ref']}/withdraw?role=duty"), 409, "protocol"
    )


async def test_lists_are_by_choice_and_newest_first(blue: LoneNode) -> None:
    for number in range(1, 6):
        await said(blue, f"number {number}", to="" if number == 2 else "green")
    refs = [f"message:blue-{n}" for n in (5, 4, 3, 2, 1)]
    assert await listed(blue) == await listed(blue, by="blue") == refs
    await blue.officer.post(f"/v1/papers/{refs[0]}/withdraw?role=duty")
    assert refs[0] not in await listed(blue, open=True)
    assert await listed(blue, by="green") == []
    about = {"content": HELLO, "about": ["notice:blue-1"]}
    ref = (await blue.post("/v1/papers/message", about, role="duty")).json()["ref"]
    assert await listed(blue, about="notice:blue-1") == [ref]
    twice = await blue.officer.get("/v1/papers?kind=message&open=true&by=blue")
    assert_problem(twice, 422, "input")


async def test_what_comes_in_between_two_pages_doubles_nothing_and_loses_nothing(
    blue: LoneNode,
) -> None:
    for number in range(6):
        await said(blue, f"number {number}")
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        query = f"/v1/papers?kind=message&limit=2&after={after}"
        page = (await blue.officer.get(query)).json()
        seen += [paper["ref"] for paper in page["papers"]]
        await said(blue, "one more")
        after = page["next"]
    assert seen == [f"message:blue-{n}" for n in range(6, 0, -1)]


@pytest.mark.parametrize(
    "text",
    [
        "אש מצפון, 21:39Z, רוצים אישור",
        "نار من الشمال 21:39Z",
        "Обстрел с севера, подтвердите 21:39Z",
        "mixed: שלום / سلام / Привет / 你好 / नमस्ते 🚨",
        "two lines\nand a combining e\u0301",
    ],
)
async def test_every_script_comes_back_as_it_went_in(blue: LoneNode, text: str) -> None:
    filed = await said(blue, text)
    again = (await blue.officer.get(f"/v1/papers/{filed['ref']}")).json()
    assert again["content"]["text"] == text
    assert json.loads(filed["note"].split("\n")[1])["content"]["text"] == text


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u0007", "\u2028"])
async def test_signs_that_turn_or_hide_text_are_refused(blue: LoneNode, sign: str) -> None:
    body = {"content": {**HELLO, "text": f"fire{sign}cease"}}
    answer = await blue.post("/v1/papers/message", body, role="duty")
    assert assert_problem(answer, 422, "input")["where"] == "content.text"


async def test_a_refused_content_names_the_place(blue: LoneNode) -> None:
    body = {"content": json.loads(json.dumps(PERSON))}
    assert (await blue.post("/v1/papers/person", body, role="duty")).status_code == 201
    body["content"]["names"][1]["language"] = "english!"
    answer = await blue.post("/v1/papers/person", body, role="duty")
    assert assert_problem(answer, 422, "input")["where"] == "content.names[1].language"
    extra = {"content": {**HELLO, "target": "x"}}
    problem = assert_problem(
        await blue.post("/v1/papers/message", extra, role="duty"), 422, "input"
    )
    assert (problem["where"], "target" in problem["what"]) == ("content", True)
    short = {"content": {k: v for k, v in HELLO.items() if k != "text"}}
    problem = assert_problem(
        await blue.post("/v1/papers/message", short, role="duty"), 422, "input"
    )
    assert "'text' is missing" in problem["what"]
    marked = {"content": HELLO, "marking": {"tlp": "pink"}}
    answer = await blue.post("/v1/papers/message", marked, role="duty")
    assert assert_problem(answer, 422, "input")["where"] == "marking.tlp"


@pytest.mark.parametrize("value", [None, True, 1, 1.5, [], {"a": 1}, "x" * 5_000])
async def test_a_value_of_another_form_is_refused(blue: LoneNode, value: Any) -> None:
    for body in ({"content": {**HELLO, "text": value}}, {"content": value}):
        answer = await blue.post("/v1/papers/message", body, role="duty")
        assert_problem(answer, 422, "input")
    assert (await blue.officer.get("/v1/papers?kind=message")).json()["papers"] == []


async def post_bytes(blue: LoneNode, data: bytes) -> httpx.Response:
    return await blue.officer.post(
        "/v1/papers/message?role=duty", content=data, headers={"content-type": "application/json"}
    )


async def test_hostile_bodies_are_refused_and_nothing_is_kept(blue: LoneNode) -> None:
    twice = b'{"content": {}, "content": {}}'
    assert_problem(await post_bytes(blue, twice), 400, "format")
    assert_problem(await post_bytes(blue, b'{"content": NaN}'), 400, "format")
    assert_problem(await post_bytes(blue, b'{"content":' + b"[" * 100_000), 400, "format")
    assert_problem(await post_bytes(blue, b"\xff\xfe{}"), 400, "format")
    assert_problem(await post_bytes(blue, b""), 422, "input")
    large = json.dumps({"content": {**HELLO, "text": "x" * 2_000_000}}).encode()
    assert_problem(await post_bytes(blue, large), 413, "oversize")
    many = {"content": {**HELLO, "attachments": [{}] * 5_000}}
    assert_problem(await blue.post("/v1/papers/message", many, role="duty"), 422, "input")
    assert (await blue.officer.get("/v1/papers?kind=message")).json()["papers"] == []


async def test_unknown_refs_kinds_and_roles_are_told_apart(blue: LoneNode) -> None:
    body = {"content": HELLO}
    assert_problem(await blue.officer.get("/v1/papers/message:blue-9"), 404, "not-found")
    assert_problem(await blue.officer.get("/v1/papers/nothing"), 404, "not-found")
    for act, form in (("amend", body), ("withdraw", {}), ("reply", {"rung": "read"})):
        answer = await blue.post(f"/v1/papers/message:blue-9/{act}", form, role="duty")
        assert_problem(answer, 404, "not-found")
    problem = assert_problem(
        await blue.post("/v1/papers/letter", body, role="duty"), 404, "not-found"
    )
    assert "message" in problem["right"]
    assert_problem(await blue.officer.get("/v1/papers?kind=letter"), 422, "input")
    answer = await blue.post("/v1/papers/message", body, role="admiral")
    assert assert_problem(answer, 422, "input")["where"] == "role"
    answer = await blue.post("/v1/papers/message", body, role="duty", to="blue")
    assert assert_problem(answer, 422, "input")["where"] == "to"
    assert_problem(await blue.anybody.get("/v1/papers?kind=message"), 401, "unauthorized")


async def test_our_own_paper_is_not_answered_by_us_nor_anothers_changed(
    blue: LoneNode, green: Node
) -> None:
    ours = await said(blue)
    form = {"rung": "read"}
    assert_problem(
        await blue.post(f"/v1/papers/{ours['ref']}/reply", form, role="duty"), 422, "input"
    )
    content = (await blue.node.paper(ours["ref"])).paper.content
    theirs = await green.post_paper(content, role="duty", to=["blue"])
    (outcome,) = await blue.node.receive([theirs.note])
    assert outcome.refused is None
    body = {"content": HELLO}
    assert_problem(
        await blue.post(f"/v1/papers/{theirs.ref}/amend", body, role="duty"), 422, "input"
    )
    read = await blue.post(f"/v1/papers/{theirs.ref}/reply", form, role="duty")
    assert read.json()["paper"]["heard"][0]["rung"] == "read"
    again = await blue.post(f"/v1/papers/{theirs.ref}/reply", form, role="duty")
    assert assert_problem(again, 409, "done-before")["did"] == "read"


async def test_the_document_of_the_api_has_a_form_for_every_kind(blue: LoneNode) -> None:
    schema = (await blue.officer.get("/openapi.json")).json()
    forms = schema["components"]["schemas"]
    refs = {ref["$ref"] for ref in forms["PaperForm"]["properties"]["content"]["anyOf"]}
    kinds = {
        one["kind"]: one for one in (await blue.officer.get("/v1/papers/kinds")).json()["kinds"]
    }
    assert set(kinds) == set(KINDS)
    by_ref = {ref.removeprefix("#/components/schemas/"): ref for ref in refs}
    assert len(by_ref) == len(kinds)
    shown = {frozenset(forms[name]["properties"]) for name in by_ref}
    assert shown == {frozenset(template(kind)) for kind in KINDS}
    for one in kinds.values():
        assert one["about"]
        assert [m["name"] for m in one["members"]] == list(template(one["kind"]))
