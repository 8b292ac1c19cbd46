"""Papers through the API of one node."""

from __future__ import annotations

from parley.testing.http import LoneNode, assert_problem

HELLO = {
    "line": "safety",
    "precedence": "priority",
    "language": "en",
    "text": "Do you hear us?",
}


async def test_a_paper_is_posted_read_again_and_listed(blue: LoneNode) -> None:
    answer = await blue.post("/v1/papers/message", {"content": HELLO}, role="duty", to="green")
    assert answer.status_code == 201, answer.text
    filed = answer.json()
    assert filed["ref"] == "message:blue-1"
    paper = filed["paper"]
    assert paper["content"]["text"] == "Do you hear us?"
    assert paper["marking"]["banner"] == "TLP:AMBER+STRICT // REL TO GREEN // ORCON"
    assert (paper["to"], paper["open"], paper["text"]) == (
        ["green"],
        True,
        "message blue-1, version 1: Do you hear us?",
    )
    again = (await blue.officer.get("/v1/papers/message:blue-1")).json()
    assert again == paper
    page = (await blue.officer.get("/v1/papers", params={"kind": "message"})).json()
    assert page == {"papers": [paper], "next": None, "total": 1}


async def test_the_schema_has_a_form_for_every_kind(blue: LoneNode) -> None:
    schema = (await blue.officer.get("/openapi.json")).json()
    forms = schema["components"]["schemas"]
    assert "PaperMessageForm" in forms
    kinds = (await blue.officer.get("/v1/papers/kinds")).json()["kinds"]
    for kind in kinds:
        assert await blue.officer.get(f"/v1/papers?kind={kind['kind']}")
    assert len(forms["PaperForm"]["properties"]["content"]["anyOf"]) == len(kinds)


async def test_refusals_name_the_place(blue: LoneNode) -> None:
    wrong = {**HELLO, "language": "english!"}
    answer = await blue.post("/v1/papers/message", {"content": wrong}, role="duty")
    assert assert_problem(answer, 422, "input")["where"] == "content.language"
