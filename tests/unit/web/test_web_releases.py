"""Release control through the API of one node; green's node at hand tells it what is green's."""

from __future__ import annotations

import csv
import io

from parley.ledger import verify_evidence
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.papers.marking import Marking, Tlp
from parley.node.node import Node
from parley.node.replay import carried
from parley.testing.http import LoneNode, assert_problem
from parley.testing.keys import root_key

SECRET = Message(LineName.SAFETY, Precedence.PRIORITY, "en", "For blue's ears.")
ASK = {
    "recipient": "white",
    "role": "duty",
    "purpose": "They fly there too.",
    "requested_by": "Ana",
    "until": "2099-01-01T00:00:00Z",
}
MAKE = {"recipient": "white", "role": "duty", "released_by": "Cy", "requested_by": "Ana"}


async def told(blue: LoneNode, green: Node) -> str:
    said = await green.post_paper(SECRET, role="duty", to=["blue"])
    await carried({"green": green, "blue": blue.node})
    return said.ref


async def test_a_check_says_what_would_be_right(blue: LoneNode, green: Node) -> None:
    ref = await told(blue, green)
    answer = await blue.post("/v1/releases/check", {"subject": ref, "recipient": "white"})
    found = answer.json()
    assert (found["allowed"], found["originator"], found["grounds"]) == (False, "green", None)
    assert found["subject"] == f"{ref}@1"
    assert "the consent of green" in found["right"]
    home = await blue.post("/v1/releases/check", {"subject": ref, "recipient": "green"})
    assert home.json()["allowed"]
    wrong = {"subject": ref, "recipient": "white", "marking": "TLP:PURPLE"}
    problem = assert_problem(await blue.post("/v1/releases/check", wrong), 422, "input")
    assert "TLP:AMBER+STRICT" in problem["right"]
    nothing = {"subject": "message:green-99", "recipient": "white"}
    assert_problem(await blue.post("/v1/releases/check", nothing), 422, "input")


async def test_asked_granted_released_and_in_the_register(blue: LoneNode, green: Node) -> None:
    ref = await told(blue, green)
    refused = await blue.post("/v1/releases", {"subject": ref, **MAKE})
    assert "consent of green" in assert_problem(refused, 422, "input")["right"]
    asked = await blue.post("/v1/consents", {"subject": ref, **ASK})
    assert asked.status_code == 201, asked.text
    request = asked.json()["ref"]
    own = {"grant": True, "role": "duty", "person": "Bo"}
    assert (await blue.post(f"/v1/consents/{request}/answer", own)).status_code == 409
    assert_problem(
        await blue.post("/v1/consents/consent-request:x-1/answer", own), 404, "not-found"
    )
    assert_problem(await blue.post(f"/v1/consents/{ref}/answer", own), 422, "input")
    nodes = {"green": green, "blue": blue.node}
    await carried(nodes)
    await green.answer_consent(request, grant=True, role="duty", person="Bo")
    await carried(nodes)
    made = await blue.post("/v1/releases", {"subject": ref, **MAKE})
    assert made.status_code == 201, made.text
    assert made.json()["paper"]["content"]["grounds"] == "consent"
    page = (await blue.officer.get("/v1/releases")).json()
    (entry,) = page["releases"]
    assert (entry["subject"], entry["recipient"], entry["breach"]) == (f"{ref}@1", "white", [])
    assert entry["consent"] == request
    assert page["banner"] == entry["marking"] != ""
    about = (await blue.officer.get("/v1/releases", params={"about": ref})).json()
    assert [one["ref"] for one in about["releases"]] == [entry["ref"]]
    table = await blue.officer.get("/v1/releases.csv")
    rows = list(csv.reader(io.StringIO(table.text)))
    assert rows[1][0] == rows[-1][0] == page["banner"]
    named = dict(zip(rows[0], rows[2], strict=True))
    assert (named["subject"], named["marking_given"]) == (f"{ref}@1", entry["marking_given"])
    assert "blue's ears" not in table.text


async def test_evidence_for_a_party_leaves_out_what_it_may_not_have(
    blue: LoneNode, green: Node
) -> None:
    ref = await told(blue, green)
    open_ref = (
        await blue.node.post_paper(
            SECRET, role="duty", to=["green"], marking=Marking(Tlp.CLEAR, originator_control=False)
        )
    ).ref
    pins = {p.id: root_key(p.id).verifier for p in blue.agreement.parties}
    answer = await blue.post("/v1/evidence", {"refs": [ref, open_ref], "for_party": "white"})
    report = verify_evidence(answer.content, pinned=pins)
    assert report.scope.refs == (open_ref,)
    assert any("left out are 1 statements" in line for line in report.scope.remarks)
    refused = await blue.post("/v1/evidence", {"refs": [ref], "for_party": "white"})
    assert_problem(refused, 422, "input")
