"""The doors for heads: the peers' routes and the officer's, over real sockets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from parley.ledger import AddCheckpoint, Checkpoint, open_checkpoint, parse, sign_checkpoint
from parley.ledger.exhibit import Exhibit
from parley.ledger.merkle import old_root
from parley.ledger.witness import proof_hashes
from parley.node.proofs.mirror import open_leaf, read_mirror, read_tail
from parley.store.memory import MemoryStore
from parley.testing.agreements import transit
from parley.testing.http import LoneNode, assert_problem, lone_node
from parley.testing.keys import own_keys
from parley.web.witness_door import MAX_ORIGIN_CHARS

GREEN = "green/log/1"
BLUE = "blue/log/1"


@pytest.fixture
async def lone() -> AsyncIterator[LoneNode]:
    async with lone_node("blue", MemoryStore()) as made:
        yield made


def head_of_green(size: int, root: bytes = bytes(32)) -> bytes:
    keys = own_keys("green")
    return sign_checkpoint(Checkpoint(GREEN, size, root), keys.note, keys.quantum, at_s=7)


async def asked(lone: LoneNode, old: int, note: bytes) -> tuple[int, str, bytes]:
    answer = await lone.peer.post(
        "/peer/v1/add-checkpoint", content=AddCheckpoint(old, (), note).to_bytes()
    )
    return answer.status_code, answer.headers["content-type"], answer.content


async def test_add_checkpoint_as_the_standard_has_it(lone: LoneNode) -> None:
    note = head_of_green(3)
    status, kind, body = await asked(lone, 0, note)
    assert (status, kind) == (200, "text/plain; charset=utf-8")
    opened = open_checkpoint(note + body, (await lone.node.ring()).every)
    assert {c.key.algorithm for c in opened.cosignatures if c.key.name == "blue"} == {4, 6}
    assert await asked(lone, 1, head_of_green(4)) == (409, "text/x.tlog.size", b"3\n")
    assert (await asked(lone, 3, head_of_green(3, bytes(range(32)))))[0] == 409
    assert (await asked(lone, 9, head_of_green(4)))[0] == 400
    assert (await asked(lone, 3, head_of_green(4)))[0] == 422
    forged = note.replace(b"\n3\n", b"\n5\n")
    assert (await asked(lone, 3, forged))[0] == 403
    ours = own_keys("blue")
    assert (await asked(lone, 0, sign_checkpoint(Checkpoint(BLUE, 1, bytes(32)), ours.note)))[
        0
    ] == 404


@pytest.mark.parametrize("body", [b"", b"\x00" * 40, b"old 0\n\nnothing", b"old 0\n" * 5000])
async def test_garbage_is_400(lone: LoneNode, body: bytes) -> None:
    answer = await lone.peer.post("/peer/v1/add-checkpoint", content=body)
    assert answer.status_code == 400
    assert (await lone.node.health()).log_size == 3


async def test_bodies_above_the_bound_are_413(lone: LoneNode) -> None:
    answer = await lone.peer.post("/peer/v1/add-checkpoint", content=bytes(5 * 1024 * 1024))
    assert_problem(answer, 413, "oversize")
    answer = await lone.peer.post("/peer/v1/heads", content=b" " * (2 * 1024 * 1024))
    assert answer.status_code in (400, 413)


async def test_heads_in_heads_out(lone: LoneNode) -> None:
    await lone.released()
    assert await lone.node.publish_head() is not None
    note = head_of_green(3).decode()
    for _ in range(2):
        answer = await lone.peer.post("/peer/v1/heads", json={"heads": [note, "rubbish"]})
        assert answer.status_code == 200
        ours, theirs = answer.json()["heads"]
        assert parse(ours.encode()).text.startswith(b"blue/log/1\n")
        assert theirs == note
    answer = await lone.peer.post("/peer/v1/heads", json={"notes": []})
    assert_problem(answer, 400, "malformed")
    answer = await lone.peer.post("/peer/v1/heads", json={"heads": ["x"] * 33})
    assert_problem(answer, 413, "oversize")


async def test_what_we_saw_of_a_log(lone: LoneNode) -> None:
    unseen = await lone.peer.get("/peer/v1/log/seen", params={"origin": GREEN})
    assert_problem(unseen, 404, "not-found")
    note = head_of_green(3)
    await asked(lone, 0, note)
    seen = await lone.peer.get("/peer/v1/log/seen", params={"origin": GREEN})
    assert (seen.status_code, seen.content) == (200, note)
    for origin in ("", "\x00", "rubbish", "green/log/2", "ж" * MAX_ORIGIN_CHARS):
        answer = await lone.peer.get("/peer/v1/log/seen", params={"origin": origin})
        assert_problem(answer, 404, "not-found")
    far = await lone.peer.get("/peer/v1/log/seen", params={"origin": "x" * 301})
    assert_problem(far, 422, "input")


async def test_the_way_from_one_size_of_our_log_to_another(lone: LoneNode) -> None:
    await lone.released()
    old = await lone.node.publish_head()
    await lone.released()
    new = await lone.node.publish_head()
    assert old is not None
    assert new is not None
    path = "/peer/v1/log/consistency"
    answer = await lone.peer.get(path, params={"origin": BLUE, "old": old.size, "new": new.size})
    proof = proof_hashes(answer.content.splitlines(), first_line=1)
    implied = old_root(old.size, new.size, proof, new.checkpoint.root)
    assert implied == old.checkpoint.root
    for sizes in ({"old": 0, "new": 3}, {"old": 5, "new": 3}, {"old": 1, "new": 99}):
        assert_problem(
            await lone.peer.get(path, params={"origin": BLUE, **sizes}), 404, "not-found"
        )
    assert_problem(
        await lone.peer.get(path, params={"origin": GREEN, "old": 1, "new": 2}), 404, "not-found"
    )
    for bad in ("old=-1&new=3", "old=x&new=3", f"old=1&new={2**60}", "old=1"):
        assert_problem(await lone.peer.get(f"{path}?origin={BLUE}&{bad}"), 422, "input")


async def test_our_log_is_shown_sealed(lone: LoneNode) -> None:
    await lone.released(text="not for everybody")
    answer = await lone.peer.get("/peer/v1/log/tail", params={"from": 0, "to": 100})
    assert b"not for everybody" not in answer.content
    entries = read_tail(answer.content)
    assert len(entries) == (await lone.node.health()).log_size
    assert b"not for everybody" in open_leaf(own_keys("blue").tail, entries[-1])
    behind = await lone.peer.get("/peer/v1/log/tail", params={"from": 10**6, "to": 10**7})
    assert behind.content == b""


async def test_a_copy_of_a_log_with_its_newest_head(lone: LoneNode) -> None:
    note = head_of_green(3)
    await asked(lone, 0, note)
    answer = await lone.peer.get("/peer/v1/log/mirror", params={"origin": GREEN, "from": 0})
    assert read_mirror(answer.content) == (note, [])


async def test_exhibits_are_believed_for_what_they_prove(lone: LoneNode) -> None:
    other = await _white_found(Exhibit("split", "green", (head_of_green(3), head_of_green(3, bytes(range(32))))))  # fmt: skip # noqa: E501
    answer = await lone.peer.post("/peer/v1/exhibits", json={"exhibits": [other, "rubbish"]})
    assert answer.json() == {"refused": 1}
    (shown,) = (await lone.officer.get("/v1/exhibits")).json()["exhibits"]
    assert (shown["accused"], shown["kind"], shown["by"]) == ("green", "split", "white")
    health = (await lone.officer.get("/v1/health")).json()
    assert (health["exhibits"], health["witnessed"]["state"]) == (1, "confirmed")
    assert (await lone.anybody.get("/v1/exhibits")).status_code == 401
    assert (await lone.peer.get("/v1/exhibits")).status_code == 404


async def _white_found(exhibit: Exhibit) -> str:
    async with lone_node("white", MemoryStore()) as white:
        await white.node.trust.faults.expose(exhibit, by="white")
        (found,) = await white.node.trust.faults.exhibits()
        return found.note.decode()


async def test_suspicions_and_heads_for_the_officer(lone: LoneNode) -> None:
    await asked(lone, 0, head_of_green(3))
    await asked(lone, 3, head_of_green(4))
    (shown,) = (await lone.officer.get("/v1/suspicions")).json()["suspicions"]
    assert (shown["party"], shown["kind"], shown["about"]) == ("green", "not-extended", GREEN)
    await lone.node.publish_head()
    heads = (await lone.officer.get("/v1/heads")).json()["heads"]
    assert [(h["origin"], h["size"] >= 3) for h in heads] == [(BLUE, True), (GREEN, True)]
    for path in ("/v1/suspicions", "/v1/heads"):
        assert (await lone.anybody.get(path)).status_code == 401


async def test_no_receipt_before_the_sender_said_what_it_knows(lone: LoneNode) -> None:
    async with lone_node("green", MemoryStore()) as green:
        await green.node.post_notice(transit(0), role="duty", to=["blue"])
        stop = await green.node.stop(role="duty")
        notes = [p.note.decode() for p in await green.node.parcels("blue")]
    lone.node.trust.confirming.expect(["green"])
    size = (await lone.node.health()).log_size
    body = json.dumps({"notes": notes})
    answer = await lone.peer.post("/peer/v1/notes", content=body)
    problem = assert_problem(answer, 503, "starting")
    assert "green" in problem["what"]
    assert (await lone.node.health()).log_size == size
    (alarm,) = lone.node.alarms()
    assert (alarm.kind, alarm.data["ref"]) == ("afloat-received", stop.ref)
    assert await lone.node.trust.confirming.confirm("green", None)
    answer = await lone.peer.post("/peer/v1/notes", content=body)
    assert all(result["receipt"] for result in answer.json()["results"])
    assert lone.node.alarms() == ()
