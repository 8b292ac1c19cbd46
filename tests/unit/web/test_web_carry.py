"""What goes and comes by hand, through the officer's door; what is given back, at the peers'."""

from __future__ import annotations

import pytest

from parley.ledger.canonical import unb64
from parley.node.node import Node
from parley.node.recovery.givenback import Page
from parley.node.recovery.tailfile import read_tail_file
from parley.testing.agreements import transit
from parley.testing.http import LoneNode
from parley.wire.parcelfile import LEAST_PARCEL_BYTES, read_parcel


async def test_a_file_out_and_its_answer_in(blue: LoneNode, green: Node) -> None:
    await blue.released()
    packed = (await blue.post("/v1/carry/out", {"peer": "green"})).json()
    assert (packed["number"], packed["notes"], packed["left"], packed["next"]) == (1, 1, 0, "")
    await green.carry_in(packed["file"].encode())
    back = (await green.carry_out("blue")).data.decode()
    told = (await blue.post("/v1/carry/in", {"file": back})).json()
    assert (told["sender"], told["number"], told["again"]) == ("green", 1, False)
    receipts = [p for p in told["parts"] if p["kind"] == "receipt"]
    assert [(p["known"], p["refused"]) for p in receipts] == [(False, None)]
    assert "green" not in (await blue.officer.get("/v1/health")).json()["pending"]


async def test_files_of_a_size_follow_each_other(blue: LoneNode) -> None:
    for number in range(60):
        await blue.node.post_notice(transit(number), role="duty", to=["green"])
    cursor, notes = "", 0
    while True:
        body = {"peer": "green", "max_bytes": LEAST_PARCEL_BYTES, "cursor": cursor}
        packed = (await blue.post("/v1/carry/out", body)).json()
        assert len(packed["file"]) <= LEAST_PARCEL_BYTES
        notes += len(read_parcel(packed["file"].encode()).notes)
        cursor = packed["next"]
        if not cursor:
            break
    assert notes == 60


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("out", {"peer": "violet"}, 422),
        ("out", {"peer": "blue"}, 422),
        ("out", {"peer": "green", "max_bytes": 10}, 422),
        ("out", {"peer": "green", "cursor": "nowhere"}, 422),
        ("out", {"peer": "green", "more": 1}, 422),
        ("in", {"file": ""}, 400),
        ("in", {"file": "parley/parcel/v1\n{}\n"}, 400),
        ("in", {}, 422),
        ("tail", {"party": "violet"}, 403),
        ("tail", {"party": "green", "cursor": "x1"}, 422),
    ],
)
async def test_what_cannot_be_is_a_problem(
    blue: LoneNode, path: str, body: dict[str, object], status: int
) -> None:
    answer = await blue.post(f"/v1/carry/{path}", body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_tail_in_parts(blue: LoneNode, green: Node) -> None:
    await green.post_notice(transit(1), role="duty", to=["blue"])
    await blue.node.carry_in((await green.carry_out("blue")).data)
    parts: list[bytes] = []
    cursor = ""
    while not parts or cursor:
        body = {"party": "green", "cursor": cursor}
        told = (await blue.post("/v1/carry/tail", body)).json()
        parts.append(unb64(told["part"]))
        cursor = told["next"]
    copy = read_tail_file(b"".join(parts), "green/log/1")
    assert copy.peer == "blue"
    assert len(copy.given_back) == 1
    assert copy.note.startswith(b"green/log/1\n")


async def test_given_back_at_the_peers_door(blue: LoneNode, green: Node) -> None:
    await green.post_notice(transit(1), role="duty", to=["blue"])
    await blue.node.carry_in((await green.carry_out("blue")).data)
    answer = await blue.peer.get("/peer/v1/log/given-back", params={"party": "green"})
    page = Page.parse(answer.content)
    assert (len(page.found), page.next) == (1, 0)
    assert page.found[0].other.startswith(b"parley/receipt/v1\n")
    wrongs: tuple[dict[str, str], ...] = (
        {"party": "green", "before": "-2"},
        {},
        {"party": "x" * 100},
    )
    for wrong in wrongs:
        refused = await blue.peer.get("/peer/v1/log/given-back", params=wrong)
        assert refused.status_code == 422
