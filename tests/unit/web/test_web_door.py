"""The peers' door: receipts for what verifies, the right refusal for what does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from parley.ledger import note_hash, open_receipt, seal
from parley.node.context import Context
from parley.node.node import Node
from parley.peers.heartbeat import Heartbeat, open_heartbeat, seal_heartbeat
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import DAWN_MS
from parley.testing.fakes import FailingStore
from parley.testing.harness import context_of, started_node
from parley.testing.http import FOUNDED, LoneNode, assert_problem, lone_node
from parley.testing.keys import signing_key
from parley.wire.statement import encode


async def sent(blue: LoneNode, *notes: str) -> list[dict[str, Any]]:
    answer = await blue.peer.post("/peer/v1/notes", json={"notes": list(notes)})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    assert len(results) == len(notes)
    return results


async def said(node: Node, number: int = 0) -> str:
    return (await node.post_notice(transit(number), role="duty")).note.decode()


async def test_a_note_gets_a_receipt_and_the_same_one_again(blue: LoneNode, green: Node) -> None:
    note = await said(green)
    [first] = await sent(blue, note)
    receipt = open_receipt(first["receipt"].encode(), [blue.node.context.key.verifier])
    assert receipt.note_hash == note_hash(note.encode())
    assert first["note_hash"] == receipt.note_hash.hex()
    size = (await blue.node.health()).log_size
    [again] = await sent(blue, note)
    assert again == first
    assert (await blue.node.health()).log_size == size


async def test_order_is_kept_within_a_body(blue: LoneNode, green: Node) -> None:
    notes = [await said(green, n) for n in range(50)]
    results = await sent(blue, *notes)
    assert all(r["receipt"] for r in results)
    entries = await blue.node.log_entries(FOUNDED, FOUNDED + 50)
    assert [e.note.decode() for e in entries] == notes


def _forged(note: str, _: Context) -> str:
    return note.replace('"text":""', '"text":"other words"')


def _truncated(note: str, _: Context) -> str:
    return note[: len(note) // 2]


def _unknown(note: str, _: Context) -> str:
    return note.replace("— green ", "— grey ")


def _not_canonical(note: str, context: Context) -> str:
    text = note.partition("\n\n")[0].replace('{"', '{ "', 1) + "\n"
    from parley.ledger import sign

    return sign(text.encode(), context.key).decode()


def _another_agreement(note: str, context: Context) -> str:
    return _resealed(note, context, agreement="0" * 64)


def _another_addressee(note: str, context: Context) -> str:
    return _resealed(note, context, to=["white"])


def _anothers_name(note: str, context: Context) -> str:
    return _resealed(note, context, by="white", to=["blue"])


def _out_of_turn(note: str, context: Context) -> str:
    return _resealed(note, context, version=7)


def _oversized(note: str, _: Context) -> str:
    return note + "— green " + "A" * 70_000 + "\n"


def _resealed(note: str, context: Context, **change: Any) -> str:
    kind, body, *_ = note.split("\n")
    return seal(kind, {**json.loads(body), **change}, context.key).decode()


@pytest.mark.parametrize(
    ("spoil", "code", "status"),
    [
        (_forged, "forged", 403),
        (_truncated, "malformed", 400),
        (_unknown, "unknown-party", 403),
        (_not_canonical, "malformed", 400),
        (_another_agreement, "replay", 409),
        (_another_addressee, "replay", 409),
        (_anothers_name, "forged", 403),
        (_out_of_turn, "protocol", 409),
        (_oversized, "oversize", 413),
    ],
)
async def test_a_spoiled_note_is_refused_and_leaves_nothing(
    blue: LoneNode, green: Node, spoil: Callable[[str, Context], str], code: str, status: int
) -> None:
    good = await said(green)
    spoiled = spoil(good, green.context)
    assert spoiled != good
    before = await blue.node.health()
    [result] = await sent(blue, spoiled)
    assert result["receipt"] is None
    assert (result["refused"]["code"], result["refused"]["status"]) == (code, status)
    assert result["refused"]["at_fault"]
    assert await blue.node.health() == before
    assert await blue.node.items() == []
    await blue.node.check_node(MemoryStore())
    bad, fine = await sent(blue, spoiled, good)
    assert bad["refused"]["code"] == code
    assert fine["receipt"]


async def test_our_own_note_does_not_come_back_as_a_peers(blue: LoneNode) -> None:
    posted = await blue.released()
    [result] = await sent(blue, posted["note"])
    assert result["refused"]["code"] == "replay"


async def test_what_stays_local_is_not_taken_from_a_peer(blue: LoneNode, green: Node) -> None:
    words = {**encode((await green.post_notice(transit(0), role="duty")).record.content)[1]}  # type: ignore[union-attr]
    body = {
        **{k: words[k] for k in ("by", "role", "at_ms", "agreement", "exercise")},
        "to": [],
        "track": "T-1",
        "owner": "",
        "seen_ms": DAWN_MS,
        "position": [400000000, 200000000],
        "band": None,
        "uncertainty_m": 0,
        "source": "",
        "emergency": False,
        "label": "",
    }
    note = seal("parley/observation/v1", body, green.context.key).decode()
    [result] = await sent(blue, note)
    assert result["refused"]["code"] in ("replay", "protocol")


BAD_BODIES: list[tuple[bytes, int, str]] = [
    (b"", 400, "malformed"),
    (b"{", 400, "malformed"),
    (b"[]", 400, "malformed"),
    (b'{"notes": []}', 400, "malformed"),
    (b'{"notes": [1]}', 400, "malformed"),
    (b'{"notes": ["\\ud800"]}', 400, "malformed"),
    (b'{"notes": ["a"], "more": 1}', 400, "malformed"),
    (b'{"notes": [' + b",".join([b'"a"'] * 201) + b"]}", 413, "oversize"),
    (b"[" * 200_000, 400, "malformed"),
]


async def test_a_bad_body_is_refused_whole(blue: LoneNode) -> None:
    for body, status, code in BAD_BODIES:
        answer = await blue.peer.post("/peer/v1/notes", content=body)
        assert_problem(answer, status, code)


@pytest.mark.parametrize("persist_first", [False, True])
async def test_a_store_that_failed_gives_the_same_receipt_later(
    green: Node, persist_first: bool
) -> None:
    store = FailingStore(MemoryStore(), fail_after=1, persist_first=persist_first)
    async with lone_node("blue", store) as blue:
        note = await said(green)
        failed = await blue.peer.post("/peer/v1/notes", json={"notes": [note]})
        assert_problem(failed, 507, "storage")
        [first] = await sent(blue, note)
        [again] = await sent(blue, note)
        assert first == again
        assert first["receipt"]
        assert (await blue.node.health()).log_size == FOUNDED + 1
        await blue.node.check_node(MemoryStore())


def beat(**change: Any) -> Heartbeat:
    ref = context_of(small_agreement(), "green").agreement_ref
    members: dict[str, Any] = {
        "by": "green",
        "to": "blue",
        "agreement": ref,
        "at_ms": DAWN_MS,
        "number": 5,
        "heard": 0,
        "pending": 0,
        **change,
    }
    return Heartbeat(**members)


async def test_a_heartbeat_is_answered_with_ours(blue: LoneNode) -> None:
    note = seal_heartbeat(beat(), signing_key("green"))
    answer = await blue.peer.post("/peer/v1/heartbeat", content=note)
    assert answer.status_code == 200, answer.text
    ours = open_heartbeat(answer.content, blue.node.context.ring.speakers, us="green")
    assert (ours.by, ours.heard, ours.agreement) == ("blue", 5, beat().agreement)
    assert (await blue.node.health()).log_size == FOUNDED


BAD_BEATS: list[tuple[bytes, int, str]] = [
    (seal_heartbeat(beat(), signing_key("grey")), 403, "unknown-party"),
    (seal_heartbeat(beat(), signing_key("white")), 403, "forged"),
    (seal_heartbeat(beat(by="grey"), signing_key("green")), 403, "unknown-party"),
    (seal_heartbeat(beat(to="white"), signing_key("green")), 409, "replay"),
    (seal_heartbeat(beat(), signing_key("green")).replace(b":5,", b":6,"), 403, "forged"),
    (seal("parley/other/v1", {}, signing_key("green")), 400, "malformed"),
    (seal("parley/heartbeat/v1", {}, signing_key("green")), 400, "malformed"),
    (seal_heartbeat(beat(pending=-1), signing_key("green")), 400, "malformed"),
    (b"hello", 400, "malformed"),
    (b"x" * 5000, 413, "oversize"),
]


async def test_a_bad_heartbeat_is_a_peers_error(blue: LoneNode) -> None:
    for note, status, code in BAD_BEATS:
        assert_problem(await blue.peer.post("/peer/v1/heartbeat", content=note), status, code)


async def test_a_node_without_couriers_says_so() -> None:
    from parley.web import create_peer_app, serve

    node = await started_node(small_agreement(), "blue")
    running = await serve(create_peer_app(node), "127.0.0.1", 0)
    import httpx

    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"http://127.0.0.1:{running.port}/peer/v1/heartbeat", content=b"x"
        )
    await running.stop()
    await node.close()
    assert_problem(answer, 503, "no-couriers")
