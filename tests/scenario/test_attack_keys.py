"""Keys in wrong hands, two rosters, and cosigners who are all in league. Real nodes, TLS, SQLite.

docs/trust.md, "What happens when a party lies".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.errors import ForgedError
from parley.ledger import (
    AddCheckpoint,
    Checkpoint,
    Entry,
    Kind,
    Roster,
    SigningKey,
    Term,
    Tree,
    leaf_hash,
    parse,
    parse_statement,
    seal,
    seal_roster,
    sign_checkpoint,
    verify_log,
    write_log,
)
from parley.node.node import Node
from parley.testing.agreements import HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import BY_HAND, Mechanism
from parley.testing.keys import own_keys, root_key, roster_of
from parley.testing.liars import (
    WHO_HAD_THE_KEY,
    events,
    exhibits,
    file_of,
    handed_over,
    judged,
    nobody_is_accused,
    proved,
    roots,
    said,
    side_by_side,
    suspicions,
)

STOLEN = own_keys("blue").note


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def revoked(last: int, word: str = "second") -> Roster:
    """Blue's second roster: its first note key was stolen, valid to this size; another speaks."""
    first = roster_of("blue")
    old = replace(first.terms[0], last=last, why="stolen")
    return replace(
        first, serial=2, terms=(old, Term(own_keys("blue", note=word).note.verifier, 1, last))
    )


async def rekeyed(m: Mechanism, roster: Roster, word: str = "second") -> bytes:
    """Blue stops and starts under this roster, which then reaches the others; its note."""
    note = seal_roster(roster, root_key("blue"))
    was = m.context("blue")
    others = tuple(n for n in was.rosters if b"\n\n\xe2\x80\x94 blue " not in n)
    await m.fall("blue")
    m.speaks_as("blue", replace(was, keys=own_keys("blue", note=word), rosters=(note, *others)))
    await m.rise("blue")
    await m.rounds("blue")
    await m.settle("blue")
    return note


async def forged(m: Mechanism, item: str, key: SigningKey = STOLEN) -> bytes:
    """A notice in blue's name that blue never gave."""
    entries = await m.node("blue").log_entries(0, 1000)
    sent = next(e for e in entries if e.type.startswith("parley/notice"))
    type_line, body = parse_statement(parse(sent.note).text)
    return seal(type_line, {**body, "item": item}, key)


async def leaves_of(node: Node) -> list[bytes]:
    """The leaves of the node's own log."""
    return await node._store.read(lambda tx: list(tx.log.leaves(0, tx.log.size())))


async def test_a_stolen_key_is_stopped_at_the_last_valid_size(tmp_path: Path) -> None:
    """A thief has blue's note key. He speaks as blue; blue's root revokes the key; he goes on.

    Proved: that whatever the key signs beyond the last valid size counts for nothing: a notice, a
    head, an entry. Of what he signed within, that the key signed it.
    Suspected: nothing. Side by side, that blue's file lacks what green has is all that shows.
    Unknowable: that the thief, not blue, signed within: the report says that it rests on green's
    log when the key was in force, and not who had it in hand.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.rounds(times=2)
        within = await forged(m, "blue-77")
        assert await handed_over(m, "blue", "green", within) == set()
        last = (await m.node("blue").health()).log_size
        await rekeyed(m, revoked(last))
        for holder in ("green", "white"):
            (told,) = await events(m.node(holder), "keys")
            assert told.data["serial"] == 2
        await said(m, "blue", 1)
        await m.rounds(times=2)

        beyond = await forged(m, "blue-78")
        assert await handed_over(m, "blue", "green", beyond) == {"forged"}
        leaves = await leaves_of(m.node("blue"))
        whole = verify_log(log_of(leaves, own_keys("blue", note="second").note), pinned=roots(m))
        assert whole.size == len(leaves)
        longer = [*leaves, Entry(Kind.SENT, bytes(16), beyond).leaf()]
        with pytest.raises(ForgedError, match=r"\(stolen at \d+\) does not speak at index"):
            verify_log(log_of(longer, own_keys("blue", note="second").note), pinned=roots(m))
        head = head_of(longer, STOLEN)
        answer = await m.node("white").add_checkpoint(
            AddCheckpoint(len(leaves), (), head).to_bytes()
        )
        assert answer.status == 403

        report = judged(m, await file_of(m.node("green")))
        (item,) = [i for i in report.items if i.entry.note == within]
        assert [(signer.name, signer.ended) for signer in item.signers] == [("blue", True)]
        assert any(
            line.startswith("parley/notice")
            and item.note_hash.hex()[:16] in line
            and line.endswith("that it was in force then rests on the receiver's log.")
            for line in report.unknowable
        )
        assert WHO_HAD_THE_KEY in report.unknowable
        assert (report.exhibits, report.suspected) == ((), ())
        dispute = side_by_side(m, await file_of(m.node("blue")), await file_of(m.node("green")))
        (row,) = [row for row in dispute.only_b if row.note_hash == item.note_hash]
        assert row.sentence.startswith("blue signed parley/notice")
        assert dispute.contradictions == ()
        await nobody_is_accused(m)


def head_of(leaves: list[bytes], key: SigningKey) -> bytes:
    tree = Tree(leaf_hash(leaf) for leaf in leaves)
    head = Checkpoint("blue/log/1", len(leaves), tree.root())
    return sign_checkpoint(head, key, own_keys("blue").quantum, at_s=1)


def log_of(leaves: list[bytes], key: SigningKey) -> bytes:
    root = root_key("blue").verifier
    return b"".join(write_log("blue", 1, root, leaves, head_of(leaves, key)))


async def test_two_rosters_of_one_serial_convict_the_root(tmp_path: Path) -> None:
    """Blue's root signs two second rosters; green believes the one and its third, and is shown the
    other second.

    Proved: that blue's roots signed both, by green's file and by that of white, who was told.
    Suspected: nothing before they meet.
    Unknowable: which of the two keys blue means; who had the root in hand.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.rounds(times=2)
        last = (await m.node("blue").health()).log_size
        await rekeyed(m, revoked(last))
        await nobody_is_accused(m)
        other = seal_roster(revoked(last, "another"), root_key("blue"))
        third = replace(revoked(last), serial=3)
        await rekeyed(m, third)
        assert await handed_over(m, "white", "green", other) == {"replay"}
        assert (await m.node("green").ring()).roster("blue") == third
        await m.rounds("green")
        for holder in ("green", "white"):
            assert await exhibits(m.node(holder)) == {"blue": {"two-rosters"}}, holder
            file = await file_of(m.node(holder))
            assert proved(m, file, "blue") == {"two-rosters"}, holder
            assert WHO_HAD_THE_KEY in judged(m, file).unknowable
            assert await suspicions(m.node(holder)) == {}


async def test_cosigners_who_are_all_in_league_are_not_detected(tmp_path: Path) -> None:
    """All three parties tell one judge that a notice was given a month ago, another that it was
    given today: two whole histories under the same keys, every clock set to suit.

    Proved: by either file alone, all that it says: every signature, proof and time fits.
    Suspected: nothing.
    Unknowable: that they are in league: the report says that what is witnessed rests on them. Only
    where both stories of a party meet is it convicted.
    """
    files: dict[str, list[bytes]] = {"blue": [], "green": [], "white": []}
    for name, months in (("today", 0), ("then", 1)):
        folder = tmp_path / name
        folder.mkdir()
        clock = HandClock(DAWN_MS - months * 30 * 24 * HOUR_MS)
        async with Mechanism(small_agreement(), folder, clock=clock, pace=BY_HAND) as m:
            for number in range(months + 1):
                await said(m, "blue", number + 5 * months)
                await m.rounds()
                m.clock.advance(60_000)
            await m.rounds(times=2)
            await nobody_is_accused(m)
            for party, told in files.items():
                told.append(await file_of(m.node(party)))
    for file in files["blue"]:
        report = judged(m, file, quorum=2)
        notices = [i for i in report.items if i.type.startswith("parley/notice")]
        assert all((i.witnessed, i.claim_within) == (True, True) for i in notices)
        assert (report.exhibits, report.suspected) == ((), ())
        assert any(
            line.startswith("Whether green, white and the log's owner told one false story")
            for line in report.unknowable
        )
    for party, (one, other) in files.items():
        met = side_by_side(m, one, other).contradictions
        assert party in {c.exhibit.accused for c in met if c.exhibit is not None}
