"""Incidents through the API of one node: the list, the forms, a communique."""

from __future__ import annotations

from typing import Any

from parley.testing.clock import DAWN_MS
from parley.testing.http import LoneNode, assert_problem

THEN = {"said": "at dawn", "from_ms": DAWN_MS, "until_ms": DAWN_MS, "inferred": []}
REPORT = {
    "title": "A near miss",
    "state": "open",
    "when": THEN,
    "area": None,
    "parties": ["blue", "green"],
    "involved": [],
    "harm": "None.",
    "actions": "None.",
}
BANNER = "TLP:AMBER+STRICT // REL TO GREEN // ORCON"


async def posted(blue: LoneNode, kind: str, content: dict[str, Any]) -> str:
    answer = await blue.post(f"/v1/papers/{kind}", {"content": content}, role="duty", to="green")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ref"])


def claim(incident: str, **more: Any) -> dict[str, Any]:
    source = {"medium": "briefing", "citation": "a page", "said": THEN}
    return {
        "incident": incident,
        "topic": "lead-time",
        "aspect": "act",
        "claimant": "blue",
        "text": "in words",
        "source": source,
        **more,
    }


async def test_the_list_shows_what_is_disputed_beside_what_our_log_holds(blue: LoneNode) -> None:
    ref = await posted(blue, "incident", REPORT)
    about = await posted(blue, "objection", {"to": "notice:green-1", "reason": "No.",
                                             "reply_by_ms": DAWN_MS + 10**9})  # fmt: skip
    first = await posted(blue, "claim", claim(ref, answer="yes", refs=[about]))
    second = await posted(blue, "claim", claim(ref, answer="no", claimant="a newspaper"))
    found = (await blue.officer.get(f"/v1/incidents/{ref}/list")).json()
    (entry,) = found["list"]["entries"]
    assert entry["standing"] == "disputed"
    whose = [(one["ref"], one["quoted"]) for one in entry["claims"]]
    assert whose == [(first, False), (second, True)]
    assert found["list"]["marking"] == "TLP:AMBER+STRICT // REL TO BLUE, GREEN // ORCON"
    (held,) = found["beside"]["about"]
    assert held["ref"] == about
    bare = (await blue.officer.get(f"/v1/incidents/{ref}/list?evidence=false")).json()
    assert bare["beside"] is None
    assert bare["digest"] == found["digest"]
    page = await blue.officer.get(f"/v1/incidents/{ref}/list.html")
    assert page.headers["content-type"].startswith("text/html")
    assert found["digest"] in page.text


async def test_the_form_is_printed_filled_and_empty(blue: LoneNode) -> None:
    ref = await posted(blue, "incident", REPORT)
    page = await blue.officer.get(f"/v1/incidents/{ref}/form")
    assert page.text.count(BANNER) == 2
    assert "A near miss" in page.text
    text = await blue.officer.get(f"/v1/incidents/{ref}/form?format=text")
    assert text.headers["content-type"].startswith("text/plain")
    file = (await blue.officer.get(f"/v1/incidents/{ref}/form?format=file")).json()
    assert file["1_title"] == "A near miss"
    empty = (await blue.officer.get("/v1/incidents/form?format=file")).json()
    assert list(empty) == list(file)
    assert "....." in (await blue.officer.get("/v1/incidents/form")).text


async def test_a_communique_is_text_with_its_marking(blue: LoneNode) -> None:
    ref = await posted(
        blue,
        "communique",
        {
            "title": "After",
            "joint": True,
            "text": "We met.",
            "language": "en",
            "medium": "press",
            "published": None,
        },
    )
    text = (await blue.officer.get(f"/v1/incidents/communiques/{ref}")).text.splitlines()
    assert text[0] == text[-1] == BANNER
    assert any("NOT AGREED: waits for Green" in line for line in text)


async def test_what_is_not_there_is_a_404(blue: LoneNode) -> None:
    ref = await posted(blue, "incident", REPORT)
    for path in (
        "/v1/incidents/incident:blue-77/list",
        "/v1/incidents/notice:blue-1/form",
        f"/v1/incidents/communiques/{ref}",
    ):
        assert_problem(await blue.officer.get(path), 404, "not-found")
