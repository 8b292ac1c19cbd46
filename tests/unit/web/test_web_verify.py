"""Files verified from the console: a verdict whatever the bytes are; evidence of a period."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.testing.clock import DAWN_MS
from parley.testing.http import LoneNode, assert_problem
from parley.wire.evidence_report import FileFacts
from parley.wire.instants import format_instant
from parley.wire.verified import verified, verified_members, verified_page

BINARY = {"content-type": "application/octet-stream"}
FACTS = FileFacts("a file", "0" * 64, 1, DAWN_MS, "a test")


async def verdict(blue: LoneNode, data: bytes, **query: Any) -> httpx.Response:
    answer = await blue.officer.post(
        "/v1/evidence/verify", content=data, params=query, headers=BINARY
    )
    assert answer.status_code == 200, answer.text
    return answer


async def evidence(blue: LoneNode, **form: Any) -> bytes:
    answer = await blue.post("/v1/evidence", form)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_our_own_evidence_verifies_and_says_who_said_what(blue: LoneNode) -> None:
    ref = (await blue.released())["ref"]
    found = (await verdict(blue, await evidence(blue, refs=[ref]), name="il.evidence")).json()
    assert (found["verified"], found["kind"], found["pinned"]) == (True, "evidence", True)
    told = [one for one in found["statements"] if one["type"] == "parley/notice/v1"]
    assert [(one["by"], one["at_ms"]) for one in told] == [(["blue"], DAWN_MS)]
    assert "gives notice blue-1" in told[0]["sentence"]
    assert found["name"] == "il.evidence"


async def test_a_log_is_verified_too_and_both_have_a_page(blue: LoneNode) -> None:
    await blue.released()
    log = (await blue.officer.get("/v1/log/file")).content
    found = (await verdict(blue, log)).json()
    assert (found["verified"], found["kind"], found["log"]["party"]) == (True, "log", "blue")
    page = await verdict(blue, log, **{"as": "html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "VERIFIED" in page.text


async def test_a_changed_file_is_not_verified_and_nothing_in_it_is_told(blue: LoneNode) -> None:
    ref = (await blue.released())["ref"]
    data = await evidence(blue, refs=[ref])
    for bad in (data[:-1], data[: len(data) // 2], data.replace(b"blue", b"glue"), data + b"x"):
        found = (await verdict(blue, bad)).json()
        assert found["verified"] is False
        assert found["error"]["what"]
        assert found["statements"] == []
        page = (await verdict(blue, bad, **{"as": "html"})).text
        assert "NOT VERIFIED" in page


async def test_a_hostile_name_of_a_file_stays_text(blue: LoneNode) -> None:
    page = (await verdict(blue, b"x", name="<script>alert(1)</script>", **{"as": "html"})).text
    assert "<script>alert" not in page


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "parley/evidence/v2\n", "parley/log/v2\n"]))
def test_whatever_the_bytes_are_there_is_a_verdict(junk: bytes, head: str) -> None:
    found = verified(head.encode() + junk, {})
    assert verified_members(found, FACTS)["verified"] is False
    assert verified_page(found, FACTS).title.startswith("NOT VERIFIED")


async def test_evidence_of_a_period_and_of_an_incident(blue: LoneNode) -> None:
    await blue.released()
    day = {"from": format_instant(DAWN_MS - 1000), "until": format_instant(DAWN_MS)}
    found = (await verdict(blue, await evidence(blue, **day))).json()
    assert "parley/notice/v1" in {one["type"] for one in found["statements"]}
    when = {"said": "at dawn", "from_ms": DAWN_MS, "until_ms": DAWN_MS, "inferred": []}
    report = {
        "title": "A near miss", "state": "open", "when": when, "area": None,
        "parties": ["blue", "green"], "involved": [], "harm": "", "actions": "",
        "refs": ["notice:blue-1"],
    }  # fmt: skip
    said = await blue.post("/v1/papers/incident", {"content": report}, role="duty", to="green")
    found = (await verdict(blue, await evidence(blue, incident=said.json()["ref"]))).json()
    assert {"parley/notice/v1", "parley/incident/v1"} <= {o["type"] for o in found["statements"]}


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"from": "2023-11-14T00:00:00Z"}, 422),
        ({"from": "yesterday", "until": "today"}, 400),
        ({"incident": "incident:blue-99"}, 404),
        ({"refs": ["notice:blue-99"]}, 422),
    ],
)
async def test_evidence_about_nothing_is_refused(
    blue: LoneNode, form: dict[str, Any], status: int
) -> None:
    answer = await blue.post("/v1/evidence", form)
    assert_problem(answer, status, {400: "format", 404: "not-found", 422: "input"}[status])
