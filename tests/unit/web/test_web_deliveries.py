"""The delivery ledger, relays and the report of adherence through the API of one node."""

from __future__ import annotations

from typing import Any

from parley.testing.agreements import transit
from parley.testing.http import LoneNode, assert_problem

GUNS = {
    "name": "Guns",
    "sort": "fires-cell",
    "party": "",
    "relay": "blue",
    "reach": None,
    "band": {"floor_cm": 0, "ceiling_cm": 2_500_000},
    "channels": ["radio 41"],
    "confirm_s": 300,
}
PERIOD = {"from": "2023-11-14T00:00:00Z", "until": "2023-11-16T00:00:00Z"}


async def made(blue: LoneNode) -> dict[str, Any]:
    """A unit, a notice, and the relay of it."""
    said = await blue.post("/v1/papers/unit", {"content": GUNS}, role="duty")
    assert said.status_code == 201, said.text
    await blue.node.post_notice(transit(0), role="duty")
    path = "/v1/deliveries/notice:blue-2/relay"
    told = await blue.post(path, {"unit": "unit:blue-1"}, role="duty", to="")
    assert told.status_code == 201, told.text
    filed: dict[str, Any] = told.json()
    return filed


async def test_a_relay_is_looked_at_said_and_proved(blue: LoneNode) -> None:
    filed = await made(blue)
    assert filed["paper"]["content"]["proof"] == "sent"
    assert [f["codes"] for f in filed["findings"]] == []
    path = "/v1/deliveries/notice:blue-2"
    ready = (await blue.officer.get(f"{path}/relay", params={"unit": "unit:blue-1"})).json()
    assert ready["compared"][0]["name"] == "Harbour"
    assert ready["channel"] == "radio 41"
    before = (await blue.officer.get(path)).json()
    assert (before["delivered"], before["units"][0]["told"]) == (False, "not-yet")
    assert before["units"][0]["state"] == "sent"
    assert [t["id"] for t in before["assumed_blind"]] == ["battery"]
    proof = {"proof": "read-back", "taken_by": "Sgt", "read_back": ready["read_back"]}
    said = await blue.post(f"/v1/relays/{filed['ref']}/proof", proof, role="duty")
    assert said.status_code == 200, said.text
    after = (await blue.officer.get(path)).json()
    assert (after["units"][0]["told"], after["units"][0]["taken_by"]) == ("delivered", "Sgt")


async def test_what_proves_nothing_is_refused_with_its_reason(blue: LoneNode) -> None:
    filed = await made(blue)
    path = f"/v1/relays/{filed['ref']}/proof"
    assert_problem(await blue.post(path, {"proof": "maybe"}, role="duty"), 422, "input")
    nobody = await blue.post(path, {"proof": "receipt"}, role="duty")
    assert "receipt of nobody" in assert_problem(nobody, 409, "protocol")["what"]
    early = {"proof": "receipt", "taken_by": "Sgt", "proved": "2023-11-14T20:00:00Z"}
    assert "before it was sent" in (await blue.post(path, early, role="duty")).json()["what"]
    bare = {"proof": "receipt", "taken_by": "Sgt", "proved": "21:39"}
    assert_problem(await blue.post(path, bare, role="duty"), 400, "format")
    missing = await blue.officer.get("/v1/deliveries/notice:blue-9")
    assert_problem(missing, 404, "not-found")
    other = await blue.post("/v1/relays/unit:blue-1/proof", {"proof": "sent"}, role="duty")
    assert "is no relay" in assert_problem(other, 422, "input")["what"]


async def test_the_report_of_adherence_needs_a_period_and_tells_it_in_words_too(
    blue: LoneNode,
) -> None:
    await made(blue)
    found = (await blue.officer.get("/v1/adherence", params=PERIOD)).json()
    assert [(p["party"], p["notices"]) for p in found["parties"]] == [("blue", 1)]
    assert found["text"].splitlines()[0] == "ADHERENCE, as blue holds it"
    swapped = {"from": PERIOD["until"], "until": PERIOD["from"]}
    refused = await blue.officer.get("/v1/adherence", params=swapped)
    assert "before it begins" in assert_problem(refused, 422, "input")["what"]
    bare = {**PERIOD, "from": "yesterday"}
    assert_problem(await blue.officer.get("/v1/adherence", params=bare), 400, "format")
