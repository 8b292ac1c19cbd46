"""What we hold against a party: exhibits, which anyone can check, and suspicions, which are ours.

Table ``exhibit`` of the main store: ``accused|hash`` -> JSON with our own sealed statement, which
also stands in our log as an OBSERVED entry. Table ``suspicion`` of the proofs: ``party|kind|about``
-> JSON. A suspicion is never proof: it names what a party does not answer for, and is taken back
when it does. Both are bounded a party, so that nobody fills our log by misbehaving.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog

from parley.errors import ParleyError, ProtocolError, StorageError
from parley.ledger import Kind, encode
from parley.ledger.exhibit import (
    Exhibit,
    check_exhibit,
    exhibit_body,
    open_exhibit,
    seal_exhibit,
    slim,
)
from parley.node import tally
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.node.proofs.ground import Ground

EXHIBITS = "exhibit"
SUSPICIONS = "suspicion"
EITHER_WAY = frozenset(("split", "two-receipts", "two-rosters", "two-words"))
PER_HOUR = 30
SUSPICIONS_A_PARTY = 64
AGAIN_MS = 60_000
HOUR_MS = 3_600_000

_log = structlog.get_logger("parley.node")


@dataclass(frozen=True, slots=True)
class Found:
    """An exhibit as we keep it. by: whoever found it first, as far as we know. index: of our
    OBSERVED entry in the store; note: its exact bytes."""

    key: str
    accused: str
    kind: str
    by: str
    found_ms: int
    what: str
    index: int
    note: bytes


@dataclass(frozen=True, slots=True)
class Suspicion:
    """kind: a word such as "no-history"; about: what it is about (an origin, an index)."""

    party: str
    kind: str
    about: str
    what: str
    since_ms: int
    last_ms: int


class Faults:
    """``kept`` counts the exhibits since the start: who tells others of them looks at it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._known: set[str] = set()
        self.kept = 0

    # Exhibits

    async def expose(self, exhibit: Exhibit, *, by: str) -> bool:
        """Check, log once, tell the officer. False: we hold it, or enough of its kind an hour.

        Raises PeerError when it proves nothing."""
        context = self._ground.context
        exhibit = _spelled(exhibit)
        key = f"{exhibit.accused}|{_digest(exhibit)}"
        if key in self._known:
            return False
        if exhibit.accused == context.party:
            raise ProtocolError(
                "an exhibit against ourselves", right="an exhibit against another party"
            )
        ring = await self._ground.ring()
        what = await asyncio.to_thread(check_exhibit, exhibit, ring)
        note = seal_exhibit(exhibit, max(0, self._ground.clock()), context.key)
        kept = await self._ground.change(lambda desk: _keep(desk, key, exhibit, what, by, note))
        if kept:
            self.kept += 1
            _log.error("exhibit", accused=exhibit.accused, kind=exhibit.kind, what=what, by=by)
        if len(self._known) < 4096:
            self._known.add(key)
        return kept

    async def take(self, note: bytes, kept: Callable[[Exhibit], Awaitable[bool]]) -> bool:
        """An exhibit that a peer found: believed when it proves what it says. PeerError: not.

        kept: whether the accused is seen to have kept the word that it is said to have broken."""
        ring = await self._ground.ring()
        exhibit, finder, _ = await asyncio.to_thread(open_exhibit, note, ring.note_keys)
        if finder == self._ground.context.party or exhibit.accused == self._ground.context.party:
            return False
        if await kept(exhibit):
            raise ProtocolError(
                f"an exhibit against {exhibit.accused}, which kept its word",
                right="what our copy of its log contradicts",
                at_fault=f"party {finder}",
            )
        return await self.expose(exhibit, by=finder)

    async def exhibits(self, limit: int = 1000, *, after: str = "") -> list[Found]:
        """What we hold, by accused; page with the last key."""

        def read(tx: Tx) -> list[Found]:
            rows = tx.records.scan(EXHIBITS, after=after, limit=limit)
            return [_found(key, value) for key, value in rows]

        return await self._ground.store.read(read)

    # Suspicions

    async def suspect(self, party: str, kind: str, about: str, what: str) -> None:
        """Keep and tell what a party does not answer for; the same again is not written again
        within a minute. Whatever the store does, this returns."""
        now_ms = self._ground.clock()
        key = f"{party}|{kind}|{about}"

        def keep(tx: Tx) -> bool:
            held = tx.records.get(SUSPICIONS, key)
            since_ms = now_ms if held is None else int(json.loads(held)["since_ms"])
            if held is None:
                mine = tx.records.scan(SUSPICIONS, f"{party}|", limit=SUSPICIONS_A_PARTY)
                if sum(1 for _ in mine) >= SUSPICIONS_A_PARTY:
                    return False
            line = {"what": what, "since_ms": since_ms, "last_ms": now_ms}
            tx.records.put(SUSPICIONS, key, json.dumps(line).encode())
            return held is None

        try:
            held = await self._ground.proofs.read(lambda tx: tx.records.get(SUSPICIONS, key))
            if held is not None and abs(now_ms - int(json.loads(held)["last_ms"])) < AGAIN_MS:
                return
            if await self._ground.proofs.write(keep):
                _log.warning("suspicion", party=party, kind=kind, about=about, what=what)
        except ParleyError as error:
            _log.warning("suspicion-not-kept", party=party, kind=kind, error=str(error))

    async def clear(self, party: str, kind: str, about: str) -> None:
        """The party has answered for it."""
        key = f"{party}|{kind}|{about}"
        if await self._ground.proofs.read(lambda tx: tx.records.get(SUSPICIONS, key)) is not None:
            await self._ground.proofs.write(lambda tx: tx.records.delete(SUSPICIONS, key))

    async def suspicions(self) -> list[Suspicion]:
        def read(tx: Tx) -> list[Suspicion]:
            return [_suspicion(key, value) for key, value in tx.records.scan(SUSPICIONS)]

        return await self._ground.proofs.read(read)

    async def counts(self) -> tuple[int, int]:
        """How many exhibits and how many suspicions."""
        exhibits = await self._ground.store.read(lambda tx: tally.of(tx, EXHIBITS))
        suspicions = 0
        with contextlib.suppress(StorageError):
            suspicions = await self._ground.proofs.read(lambda tx: tx.records.count(SUSPICIONS))
        return exhibits, suspicions


def _keep(desk: Desk, key: str, exhibit: Exhibit, what: str, by: str, note: bytes) -> bool:
    records = desk.tx.records
    if records.get(EXHIBITS, key) is not None:
        return False
    lately = sum(
        1
        for _, value in records.scan(EXHIBITS, f"{exhibit.accused}|")
        if abs(desk.now_ms - int(json.loads(value)["found_ms"])) < HOUR_MS
    )
    if lately >= PER_HOUR:
        return False
    index = desk.log(Kind.OBSERVED, note)
    line = {
        "kind": exhibit.kind,
        "by": by,
        "found_ms": desk.now_ms,
        "what": what,
        "index": index,
        "note": note.decode("utf-8"),
    }
    tally.add(desk.tx, EXHIBITS, 1)
    records.put(EXHIBITS, key, json.dumps(line).encode())
    said = {"accused": exhibit.accused, "kind": exhibit.kind, "by": by, "what": what, "key": key}
    desk.event("exhibit", said)
    return True


def _spelled(exhibit: Exhibit) -> Exhibit:
    """Slim, and in one order where both orders prove the same: whoever finds it, it is one."""
    exhibit = slim(exhibit)
    if exhibit.kind in EITHER_WAY:
        exhibit = replace(exhibit, notes=tuple(sorted(exhibit.notes)))
    return exhibit


def _digest(exhibit: Exhibit) -> str:
    return hashlib.sha256(encode(exhibit_body(exhibit))).hexdigest()


def _found(key: str, value: bytes) -> Found:
    line: dict[str, Any] = json.loads(value)
    return Found(
        key,
        key.partition("|")[0],
        line["kind"],
        line["by"],
        line["found_ms"],
        line["what"],
        line["index"],
        line["note"].encode(),
    )


def _suspicion(key: str, value: bytes) -> Suspicion:
    party, kind, about = key.split("|", 2)
    line: dict[str, Any] = json.loads(value)
    return Suspicion(party, kind, about, line["what"], line["since_ms"], line["last_ms"])
