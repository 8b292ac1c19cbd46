"""Real nodes that lie, and the judge who has nothing but files and the parties' roots.

A lie is told with the party's own keys: a database changed behind the node's back, a node that
goes on whatever its peers know, one that hears nothing of a party, two nodes behind one door
(``Mechanism.twin``), a clock of its own (``Mechanism(clocks=...)``).
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from parley.errors import StorageError
from parley.ledger import (
    Checkpoint,
    Entry,
    EvidenceReport,
    VerifyKey,
    note_hash,
    open_exhibit,
    verify_evidence,
)
from parley.ledger.dispute import Dispute, compare
from parley.node.node import Node
from parley.node.views import JournalEvent, Outcome, Parcel
from parley.peers.answers import notes_body
from parley.peers.courier import NOTES_PATH
from parley.peers.line import Line
from parley.peers.tls import PeerClient
from parley.testing.agreements import transit
from parley.testing.harness import Mechanism, tls_of
from parley.testing.keys import root_key

FOR_EVER_MS = 2**52
WHO_HAD_THE_KEY = "Whether the statements are true, and who had a key in hand when it signed."
WHAT_WAS_LEFT_OUT = (
    "What was left out: the file proves what it shows, not that it shows everything."
)


# What everybody does


async def said(m: Mechanism, party: str, number: int, *to: str) -> str:
    """A transit notice that has reached its addressees (none named: all others); its ref."""
    posted = await m.node(party).post_notice(transit(number), role="duty", to=to or None)
    m.hub(party).wake()
    await m.settle(party)
    return posted.ref


async def events(node: Node, kind: str) -> list[JournalEvent]:
    return [e for e in await node.events(limit=10_000) if e.kind == kind]


async def eventually(node: Node, true: Callable[[], Awaitable[bool]]) -> None:
    """Returns when it holds; looks again after each write of the node."""
    while True:
        bell = asyncio.create_task(node.wait_for_event())
        await asyncio.sleep(0)
        if await true():
            bell.cancel()
            return
        await bell


# What the honest hold, and what a judge makes of it


async def file_of(node: Node, *refs: str) -> bytes:
    """What the node shows: these items, and whatever it said, received and found at any time."""
    return await node.evidence(refs, period=(0, FOR_EVER_MS))


def roots(m: Mechanism) -> dict[str, VerifyKey]:
    """What the judge compared by voice."""
    return {party: root_key(party).verifier for party in m.parties}


def judged(m: Mechanism, file: bytes, *, quorum: int = 1) -> EvidenceReport:
    """What somebody learns who has this file, the parties' roots and nothing else."""
    report = verify_evidence(file, pinned=roots(m), quorum=quorum)
    assert report.pinned
    assert WHO_HAD_THE_KEY in report.unknowable
    assert WHAT_WAS_LEFT_OUT in report.unknowable
    return report


def side_by_side(m: Mechanism, a: bytes, b: bytes) -> Dispute:
    """What the judge learns from the files of two sides."""
    return compare(judged(m, a), judged(m, b))


async def exhibits(node: Node) -> dict[str, set[str]]:
    """The kinds of exhibits that the node holds, by the accused; each is in its own log."""
    found: dict[str, set[str]] = {}
    ring = await node.ring()
    for one in await node.trust.faults.exhibits():
        (entry,) = await node.log_entries(one.index, one.index + 1)
        exhibit, finder, _ = open_exhibit(entry.note, ring.note_keys)
        assert (exhibit.accused, finder) == (one.accused, node.context.party)
        found.setdefault(one.accused, set()).add(one.kind)
    return found


async def suspicions(node: Node) -> dict[str, set[str]]:
    """The kinds of suspicions that the node lists, by party."""
    found: dict[str, set[str]] = {}
    for one in await node.trust.faults.suspicions():
        found.setdefault(one.party, set()).add(one.kind)
    return found


async def nobody_is_accused(m: Mechanism, *holders: str) -> None:
    """None of them (no name: of all) holds or suspects anything, and a judge finds nothing."""
    for holder in holders or m.parties:
        node = m.node(holder)
        assert await exhibits(node) == {}, holder
        assert await suspicions(node) == {}, holder
        report = judged(m, await file_of(node))
        assert report.exhibits == (), holder
        assert report.suspected == (), f"{holder}: {report.suspected}"


def proved(m: Mechanism, file: bytes, liar: str) -> set[str]:
    """The kinds of exhibits that this file proves to the judge: against the liar alone, each with
    its sentence among what is proved."""
    report = judged(m, file)
    for shown in report.exhibits:
        assert shown.exhibit.accused == liar
        assert f"{shown.sentence}." in report.proved
        assert f"{shown.sentence}." not in report.suspected
    return {shown.exhibit.kind for shown in report.exhibits}


# How one lies


async def posted_to(m: Mechanism, by: str, to: str, path: str, body: bytes) -> Any:
    """Posts JSON to the door of a party, under the TLS key of another; the answer."""
    url = f"https://127.0.0.1:{m._doors[to]}"
    client = PeerClient(to, url, tls_of(by, lambda: m.certificates))
    answer = await Line(client, url).post(path, body, "application/json", timeout_s=20)
    await client.aclose()
    return json.loads(answer.body)


async def handed_over(m: Mechanism, by: str, to: str, *notes: bytes) -> set[str]:
    """Brings notes to a party's door; the codes of the refusals."""
    body = notes_body([Parcel(number, note) for number, note in enumerate(notes)])
    results = (await posted_to(m, by, to, NOTES_PATH, body))["results"]
    return {result["refused"]["code"] for result in results if result["refused"]}


def shameless(node: Node) -> None:
    """From now on the node signs on, whatever its peers know of its log."""
    confirming = node.trust.confirming

    async def fall_behind(by: str, problem: str, head: Checkpoint) -> None:
        """It does not care."""

    confirming.expect(())
    confirming._behind.clear()
    confirming.fall_behind = fall_behind  # type: ignore[method-assign]


def deaf(node: Node, party: str) -> Callable[[], None]:
    """From now on the node takes in nothing that this party signed, whoever brings it, and gives
    no receipt and no refusal for it; all else is as before. Call what it returns to end that."""
    mark, hears = f"\n\N{EM DASH} {party} ".encode(), node.receive

    async def receive(notes: Sequence[bytes], *, carrier: str = "") -> list[Outcome]:
        if any(mark in note for note in notes):
            raise StorageError("busy", right="later")
        return await hears(notes, carrier=carrier)

    def end() -> None:
        node.receive = hears  # type: ignore[method-assign]

    node.receive = receive  # type: ignore[method-assign]
    return end


@contextmanager
def _tampered(database: Path) -> Iterator[sqlite3.Connection]:
    """A stopped node's database, its append-only triggers out of the way; stored at the end."""
    with closing(sqlite3.connect(database)) as db, db:
        rows = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'log'"
        guards = db.execute(rows).fetchall()
        for name, _ in guards:
            db.execute(f"DROP TRIGGER {name}")
        yield db
        for _, sql in guards:
            db.execute(sql)


def cut_log(database: Path, size: int) -> None:
    """The entries of a stopped node's log from ``size`` on never were."""
    with _tampered(database) as db:
        db.execute("DELETE FROM log WHERE idx >= ?", (size,))


def rewrite(database: Path, index: int, entry: Entry) -> None:
    """At this place of a stopped node's log another entry always stood."""
    digest = note_hash(entry.note)
    with _tampered(database) as db:
        db.execute(
            "UPDATE log SET leaf = ?, leaf_hash = ?, note_hash = ? WHERE idx = ?",
            (entry.leaf(), entry.leaf_hash(), digest, index),
        )


def leaf_at(database: Path, index: int) -> Entry:
    """The entry of a stopped node's log."""
    with closing(sqlite3.connect(database)) as db:
        (leaf,) = db.execute("SELECT leaf FROM log WHERE idx = ?", (index,)).fetchone()
    return Entry.from_leaf(leaf)


def copied(database: Path, to: Path) -> Path:
    """A backup of a node's database, which may be running."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return to


def put_back(database: Path, backup: Path) -> None:
    """A stopped node's database is the backup."""
    for end in ("", "-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    copied(backup, database)
