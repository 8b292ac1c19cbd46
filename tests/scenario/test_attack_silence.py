"""A party that is silent, one that shouts, and one that accuses. Real nodes, TLS, SQLite.

docs/trust.md, "What happens when a party lies".
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.errors import PeerError
from parley.ledger import (
    EXHIBIT_TYPE,
    RECEIPT_TYPE,
    Exhibit,
    JsonValue,
    SigningKey,
    check_exhibit,
    decode,
    encode,
    exhibit_body,
    open_receipt,
    parse_checkpoint,
    seal,
    sign_checkpoint,
    verify_evidence,
)
from parley.ledger import parse as parse_note
from parley.ledger.exhibit import slim
from parley.node.proofs.notelist import notes_to_bytes
from parley.node.views import Parcel
from parley.peers.answers import notes_body
from parley.peers.courier import NOTES_PATH
from parley.peers.line import Line
from parley.peers.rounds import EXHIBITS_PATH
from parley.peers.tls import PeerClient
from parley.rules.statements import Rung
from parley.testing.agreements import small_agreement, transit
from parley.testing.harness import BY_HAND, Mechanism, tls_of
from parley.testing.keys import seed_of, signing_key
from parley.testing.liars import (
    WHO_HAD_THE_KEY,
    deaf,
    eventually,
    exhibits,
    file_of,
    judged,
    nobody_is_accused,
    posted_to,
    roots,
    said,
    suspicions,
)

SHOUTS = 150
NOTES_A_SHOUT = 100


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def test_a_receiver_that_gives_no_receipt_is_suspected_never_proved(tmp_path: Path) -> None:
    """Green takes in nothing of blue's, whoever brings it, and talks to white as ever.

    Proved: that blue asked white to hand the notice over, and that white says it did.
    Suspected: green, by blue after five minutes, and by white's testimony in blue's file; taken
    back when the receipt comes.
    Unknowable: whether green received it: no receipt is shown, and networks lose messages.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        blue = m.node("blue")
        await said(m, "blue", 0)
        await m.rounds(times=2)
        await nobody_is_accused(m)
        hear_again = deaf(m.node("green"), "blue")
        posted = await blue.post_notice(transit(1), role="duty")
        await blue.challenge(posted.note_hash, to="green", via="white")
        m.hub("blue").wake()

        async def told() -> bool:
            return any(one.outcome for one in await blue.challenges())

        await eventually(blue, told)
        (one,) = await blue.challenges()
        assert (one.via, one.outcome) == ("white", "no answer")
        await said(m, "green", 2, "white")
        m.clock.advance(301_000)
        await blue.tick()
        assert await suspicions(blue) == {"green": {"silent"}}
        await m.rounds("white", "blue")
        for holder in ("blue", "white"):
            assert await exhibits(m.node(holder)) == {}

        report = judged(m, await file_of(blue, posted.ref))
        assert report.exhibits == ()
        (line,) = report.suspected
        assert line.startswith("white says that green gave no receipt")
        assert line.endswith("networks lose messages, so this is no proof.")
        assert not any("gave no receipt" in line for line in report.proved)
        assert any("signed parley/testimony" in line for line in report.proved)
        mark = posted.note_hash[:16]
        assert any(
            line.startswith("Whether green received parley/notice") and mark in line
            for line in report.unknowable
        )

        hear_again()
        m.hub("blue").wake()
        await m.settle("blue")
        m.clock.advance(61_000)
        await blue.tick()
        assert await suspicions(blue) == {}


async def test_a_flood_by_one_does_not_keep_out_the_stop_of_another(tmp_path: Path) -> None:
    """Blue shouts at green with eight connections, thousands of notes known, mangled or both.

    Proved: that white's STOP is in green's log, with its receipt, before the flood is over.
    Suspected: nobody; what blue's key did not sign is held against nobody.
    Unknowable: who shouted: mangled notes bear no signature that verifies.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.rounds(times=2)
        known = next(
            e.note
            for e in await m.node("green").log_entries(0, 100)
            if e.type.startswith("parley/notice")
        )
        mangled = known.replace(b'"blue-1"', b'"blue-9"')
        assert mangled != known
        pair = [known, mangled] * (NOTES_A_SHOUT // 2)
        body = notes_body([Parcel(number, note) for number, note in enumerate(pair)])
        size = (await m.node("green").health()).log_size
        answered: list[int] = []
        began = asyncio.Event()
        left = [body] * SHOUTS

        async def shouting() -> None:
            url = f"https://127.0.0.1:{m._doors['green']}"
            client = PeerClient("green", url, tls_of("blue", lambda: m.certificates))
            line = Line(client, url)
            while left:
                answer = await line.post(NOTES_PATH, left.pop(), "application/json", timeout_s=60)
                answered.append(answer.status)
                began.set()
            await client.aclose()

        async with asyncio.TaskGroup() as shouters:
            for _ in range(8):
                shouters.create_task(shouting())
            await began.wait()
            stop = await m.node("white").stop(role="watch", text="cease")
            m.hub("white").wake()
            await m.settle("white")
            during = len(answered)
            left.clear()
        assert 0 < during < SHOUTS
        assert (await m.node("green").item(stop.ref)).author == "white"
        assert set(answered) <= {200, 429}
        assert (await m.node("green").health()).log_size == size + 1
        report = judged(m, await file_of(m.node("white"), stop.ref))
        told = next(i for i in report.items if i.type.startswith("parley/stop"))
        assert {shown.receipt.party for shown in told.receipts} == {"blue", "green"}
        assert WHO_HAD_THE_KEY in report.unknowable
        await nobody_is_accused(m)


async def test_nobody_can_make_an_exhibit_against_the_honest(tmp_path: Path) -> None:
    """Blue accuses green before white with everything green ever signed, turned and twisted.

    Proved: nothing; every accusation is refused at white's door and makes a file fail.
    Suspected: nobody, the accuser included: a mistake looks alike.
    Unknowable: what blue meant by it.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        ref = await said(m, "blue", 0)
        await m.node("green").answer(ref, Rung.READ, role="duty")
        await m.node("green").post_notice(transit(1), role="duty", each_its_own=True)
        await m.node("green").stop(role="duty")
        m.hub("green").wake()
        await m.settle()
        await m.rounds(times=2)
        await said(m, "blue", 2)
        await m.rounds(times=2)
        blue, ring = m.node("blue"), await m.node("blue").ring()
        made = await accusations(m)
        assert len(made) >= 10
        for exhibit in made:
            with pytest.raises(PeerError):
                check_exhibit(exhibit, ring)
        sealed = [accusing(one, m.clock()) for one in made]
        answer = await posted_to(
            m, "blue", "white", EXHIBITS_PATH, notes_to_bytes("exhibits", sealed)
        )
        assert answer == {"refused": len(made)}
        file = await file_of(blue)
        for exhibit in made:
            with pytest.raises(PeerError):
                verify_evidence(with_exhibit(file, exhibit), pinned=roots(m))
        for holder in m.parties:
            assert await suspicions(m.node(holder)) == {}
        assert (await blue.health()).exhibits == 0
        await nobody_is_accused(m)


def accusing(exhibit: Exhibit, found_ms: int) -> bytes:
    """As a liar's own program would seal it."""
    body: dict[str, JsonValue] = {
        "by": "blue",
        "exhibit": exhibit_body(exhibit),
        "found_ms": found_ms,
    }
    return seal(EXHIBIT_TYPE, body, signing_key("blue"))


def with_exhibit(file: bytes, exhibit: Exhibit) -> bytes:
    """The evidence file with this exhibit put into it."""
    head, _, line = file.partition(b"\n")
    body = decode(line[:-1], max_bytes=len(line))
    assert isinstance(body, dict)
    return b"%s\n%s\n" % (head, encode({**body, "exhibits": [exhibit_body(exhibit)]}))


async def accusations(m: Mechanism) -> list[Exhibit]:
    """What blue makes of green's true words, heads and receipts."""
    blue, accused = m.node("blue"), "green"
    entries = await blue.log_entries(0, 1000)
    heads = [slim_head(e.note) for e in entries if e.type == "checkpoint" and e.by == accused]
    heads = list(dict.fromkeys(heads))
    old, new = heads[0], heads[-1]
    a, b = (parse_checkpoint(parse_note(note).text) for note in (old, new))
    assert 0 < a.size < b.size
    tree, _ = await blue.trust.mirrors.tree("green/log/1")
    way = tuple(tree.prefix_proof(a.size, b.size))
    bent = (bytes(32), *way[1:])
    receipt_note = next(e.note for e in entries if e.type == RECEIPT_TYPE and e.by == accused)
    receipt = open_receipt(receipt_note, (await blue.ring()).note_keys)
    at = receipt.index
    path = tuple(tree.inclusion_proof(at, b.size))
    words = [e.note for e in entries if e.type.startswith("parley/notice") and e.by == accused]
    theirs = [
        e.note
        for e in await m.node("white").log_entries(0, 1000)
        if e.type.startswith("parley/notice") and e.by == accused
    ]
    roster = m.context("green").rosters[0]
    false_head = sign_checkpoint(
        replace(b, root=bytes(32)), SigningKey(accused, seed_of("blue", "key")), at_s=1
    )
    head_of_blue = next(
        slim_head(e.note)
        for e in await m.node("white").log_entries(0, 1000)
        if e.type == "checkpoint" and e.by == "blue"
    )
    return [
        Exhibit("split", accused, (new, new)),
        Exhibit("split", accused, (old, new)),
        Exhibit("split", accused, (new, false_head)),
        Exhibit("split", accused, (new, head_of_blue)),
        Exhibit("split-history", accused, (old, new), way),
        Exhibit("split-history", accused, (old, new), bent),
        Exhibit("split-history", accused, (new, old), way),
        Exhibit("receipt-contradicted", accused, (receipt_note, new), path, tree.leaf(at), at),
        Exhibit("receipt-contradicted", accused, (receipt_note, new), path, bytes(32), at),
        Exhibit("receipt-beyond-head", accused, (receipt_note, new)),
        Exhibit("two-receipts", accused, (receipt_note, receipt_note)),
        Exhibit("two-words", accused, (words[0], theirs[0])),
        Exhibit("two-words", accused, (words[0], words[0])),
        Exhibit("two-rosters", accused, (roster, roster)),
    ]


def slim_head(note: bytes) -> bytes:
    """A cosigned head under its own party's lines."""
    return slim(Exhibit("split", parse_note(note).signatures[0].name, (note, note))).notes[0]
