"""What an officer asks through the API."""

from __future__ import annotations

from parley.ledger import verify_evidence, verify_log
from parley.testing.http import FOUNDED, LoneNode, assert_problem


async def test_items_page_in_order_and_filter(blue: LoneNode) -> None:
    for _ in range(5):
        await blue.released()
    await blue.post("/v1/stop", {"role": "duty"})
    await blue.post("/v1/notices/blue-2/steps", {"step": "cancel", "role": "duty"})
    refs: list[str] = []
    after = ""
    while True:
        page = (await blue.officer.get("/v1/items", params={"after": after, "limit": 2})).json()
        refs += [item["ref"] for item in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert refs == [*(f"notice:blue-{n}" for n in range(1, 6)), "stop:blue-6"]
    stops = (await blue.officer.get("/v1/items", params={"kind": "stop"})).json()
    assert [item["ref"] for item in stops["items"]] == ["stop:blue-6"]
    cancelled = (await blue.officer.get("/v1/items", params={"state": "cancelled"})).json()
    assert [item["ref"] for item in cancelled["items"]] == ["notice:blue-2"]


async def test_a_notice_whose_window_has_begun_is_shown_active(blue: LoneNode) -> None:
    await blue.released()
    blue.clock.advance(2 * 3_600_000 + 60_000)
    item = (await blue.officer.get("/v1/items/notice:blue-1")).json()
    assert item["state"] == "active"
    active = (await blue.officer.get("/v1/items", params={"state": "active"})).json()
    assert [i["ref"] for i in active["items"]] == ["notice:blue-1"]


async def test_findings_have_words_and_come_with_time(blue: LoneNode) -> None:
    await blue.released()
    blue.clock.advance(61_000)
    found = (await blue.officer.get("/v1/findings")).json()["findings"]
    overdue = [f for f in found if f["kind"] == "unacknowledged"]
    assert [f["parties"] for f in overdue] == [["blue", "green"]]
    assert overdue[0]["text"] == (
        "green has not read notice blue-1, due 2214Z. No receipt has come either."
    )
    assert overdue[0]["from"] == "2023-11-14T22:14:20Z"


async def test_the_log_pages_and_verifies_as_a_file(blue: LoneNode) -> None:
    for _ in range(3):
        await blue.released()
    part = {"start": FOUNDED, "stop": FOUNDED + 2}
    page = (await blue.officer.get("/v1/log", params=part)).json()
    assert [e["index"] for e in page["entries"]] == [FOUNDED, FOUNDED + 1]
    assert page["entries"][0]["body"]["item"] == "blue-1"
    assert page["entries"][0]["at"] == "2023-11-14T22:13:20Z"
    file = await blue.officer.get("/v1/log/file")
    report = verify_log(file.content, pinned=blue.node.context.roots)
    assert (report.party, report.size) == ("blue", FOUNDED + 3)


async def test_evidence_verifies_offline_and_unknown_refs_are_named(blue: LoneNode) -> None:
    await blue.released()
    bundle = await blue.post("/v1/evidence", {"refs": ["notice:blue-1"]})
    report = verify_evidence(bundle.content, pinned=blue.node.context.roots)
    assert len(report.items) == 2
    missing = await blue.post("/v1/evidence", {"refs": ["notice:blue-9"]})
    problem = assert_problem(missing, 422, "input")
    assert "notice:blue-9" in problem["what"]


async def test_health_and_links(blue: LoneNode) -> None:
    await blue.released()
    health = (await blue.officer.get("/v1/health")).json()
    assert (health["party"], health["log_size"]) == ("blue", FOUNDED + 1)
    assert health["pending"] == {"green": 1, "white": 1}
    assert health["last_event"] == await blue.node.last_event()
    assert health["now"] == "2023-11-14T22:13:20Z"
    assert (await blue.officer.get("/v1/links")).json() == {"links": []}


async def test_what_is_not_there_is_404(blue: LoneNode) -> None:
    assert_problem(await blue.officer.get("/v1/items/notice:blue-9"), 404, "not-found")
    form = {"step": "cancel", "role": "duty"}
    assert_problem(await blue.post("/v1/notices/blue-9/steps", form), 404, "not-found")
    assert_problem(await blue.post("/v1/items/x/steps", form), 404, "not-found")
    assert_problem(await blue.officer.get("/v1/nothing"), 404, "http")
    assert_problem(await blue.officer.put("/v1/stop"), 405, "http")
