"""We witness the logs of others: cosign a head only if it extends the one that we cosigned last.

Table ``witnessed`` of the main store: origin -> the head that we cosigned last, in the transaction
that logs it as a COSIGNED entry: exactly the submitted head under its log's own signatures and
our two. The answers are those of C2SP tlog-witness; beside them 503 (ask later: our clock stands
behind our last cosignature, or we may not sign yet) and 507 (we cannot store it).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from parley.errors import ForgedError, ParleyError, PeerError, StorageError
from parley.ledger import (
    AddCheckpoint,
    Checkpoint,
    Kind,
    Verdict,
    cosign,
    judge,
    parse,
    parse_checkpoint,
    party_of,
)
from parley.ledger.keys import ED25519
from parley.ledger.merkle import old_root
from parley.ledger.witness import TEXT_TYPE
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.node.proofs.confirming import Confirming
from parley.node.proofs.faults import Faults
from parley.node.proofs.ground import Ground
from parley.node.proofs.heads import SignedHead, lines_by, lines_of
from parley.node.proofs.seen import WITNESSED, Seen

TURNS = 3
NOT_EXTENDED = "not-extended"

_log = structlog.get_logger("parley.node")


@dataclass(frozen=True, slots=True)
class _Judged:
    """The verdict, and what it rests on: the note that we cosigned last, if any, and the new one
    under its log's own signatures alone."""

    verdict: Verdict
    last: bytes | None
    theirs: bytes = b""


class Witness:
    def __init__(self, ground: Ground, confirming: Confirming, seen: Seen, faults: Faults) -> None:
        self._ground = ground
        self._confirming = confirming
        self._seen = seen
        self._faults = faults
        self._forgiven: set[str] = set()

    async def add_checkpoint(self, body: bytes) -> Verdict:
        """The answer to ``add-checkpoint``; at 200 it is durable, and the body has our lines."""
        try:
            request = AddCheckpoint.parse(body)
            return await self._add(request)
        except StorageError as error:
            return _answer(507, error.what)
        except PeerError as error:
            return _answer(400, error.what)

    async def last(self, origin: str) -> SignedHead | None:
        """The head of a log that we cosigned last, under its own party's signatures."""
        note = await self._ground.store.read(lambda tx: tx.records.get(WITNESSED, origin))
        return None if note is None else SignedHead.of(lines_by(note, (party_of(origin), origin)))

    async def _add(self, request: AddCheckpoint) -> Verdict:
        origin = request.head.origin
        for _ in range(TURNS):
            judged = await self._ground.store.read(lambda tx: self._judged(tx, request))
            verdict = judged.verdict
            if verdict.status != 200 or verdict.checkpoint is None:
                await self._refused(request, judged)
                return verdict
            if judged.last is not None and _is_of(judged.last, verdict.checkpoint):
                return _cosigned(verdict.checkpoint, self._own_part(judged.last))
            later = self._why_later(origin, judged.last)
            if later:
                return _answer(503, later)
            text = request.head.text()
            keys = self._ground.context.keys
            lines = await asyncio.to_thread(
                cosign, text, self._ground.now_s(), keys.witness, keys.quantum
            )
            if await self._kept(origin, judged.last, judged.theirs + lines):
                await self._forgive(origin)
                return _cosigned(verdict.checkpoint, lines)
        return _answer(503, "another head of this log is being cosigned")

    def _judged(self, tx: Tx, request: AddCheckpoint) -> _Judged:
        """In one snapshot: whose keys count, what we cosigned last, and whether this follows."""
        origin = request.head.origin
        ring = self._ground.rings.at(tx)
        party = party_of(origin)
        last = tx.records.get(WITNESSED, origin)
        if party == self._ground.context.party or party not in ring:
            return _Judged(judge(request, known=None, log_keys=None), last)
        known = None if last is None else parse_checkpoint(parse(last).text)
        keys = ring.head_keys(origin)
        verdict = judge(request, known=known, log_keys=keys)
        if verdict.checkpoint is None:
            return _Judged(verdict, last)
        theirs = lines_of(request.checkpoint_note, keys)
        ids = {s.key_id for s in parse(theirs).signatures}
        try:
            for key in keys:
                if key.algorithm == ED25519 and key.key_id in ids:
                    ring.check_head(key, origin, request.head.size)
        except ForgedError as error:
            return _Judged(_answer(403, error.what), last)
        return _Judged(verdict, last, theirs)

    def _why_later(self, origin: str, last: bytes | None) -> str:
        """Why we do not sign this now, though nothing is wrong with it."""
        held = self._confirming.held(party_of(origin))
        if held:
            return held
        now_s = self._ground.now_s()
        if now_s < 1 or (last is not None and now_s < self._last_s(last)):
            return "our clock stands behind our last cosignature of this log"
        return ""

    def _last_s(self, last: bytes) -> int:
        """When we cosigned it."""
        ours = self._ground.context.keys.witness.key_id
        found = (s.signature for s in parse(last).signatures if s.key_id == ours)
        return max((int.from_bytes(blob[:8], "big") for blob in found), default=0)

    def _own_part(self, last: bytes) -> bytes:
        note = lines_by(last, (self._ground.context.party,))
        return note[note.rfind(b"\n\n") + 2 :]

    async def _kept(self, origin: str, before: bytes | None, note: bytes) -> bool:
        """Log it and remember it, unless another head of the log came in between."""

        def keep(desk: Desk) -> bool:
            if desk.tx.records.get(WITNESSED, origin) != before:
                return False
            desk.log(Kind.COSIGNED, note)
            desk.tx.records.put(WITNESSED, origin, note)
            return True

        return await self._ground.change(keep)

    async def _forgive(self, origin: str) -> None:
        """It extends what we cosigned: whoever brought us one that does not played it again."""
        if origin in self._forgiven:
            return
        try:
            await self._faults.clear(party_of(origin), NOT_EXTENDED, origin)
            self._forgiven.add(origin)
        except ParleyError as error:
            _log.warning("suspicion-not-cleared", origin=origin, error=str(error))

    async def _refused(self, request: AddCheckpoint, judged: _Judged) -> None:
        """A head that its log signed and that we do not cosign is held against what we know."""
        verdict, last = judged.verdict, judged.last
        if verdict.checkpoint is None:
            return
        origin, by = request.head.origin, party_of(request.head.origin)
        try:
            if verdict.conflict and last is not None:
                what = f"a head of size {request.head.size} that does not extend what we cosigned"
                await self._faults.suspect(by, NOT_EXTENDED, origin, what)
                self._forgiven.discard(origin)
                proof = _prefix(request, last)
                if verdict.proven and proof is not None:
                    await self._seen.contradicts(last, request.checkpoint_note, proof)
            await self._seen.saw(request.checkpoint_note, by=by)
        except ParleyError as error:
            _log.warning("head-not-compared", origin=origin, error=str(error))


def _prefix(request: AddCheckpoint, last: bytes) -> tuple[bytes, ...] | None:
    """The request's proof, if it is one from which the old root follows."""
    known = parse_checkpoint(parse(last).text)
    if known.size == request.head.size:
        return ()
    try:
        old_root(known.size, request.head.size, request.proof, request.head.root)
    except ForgedError:
        return None
    return request.proof


def _is_of(note: bytes, head: Checkpoint) -> bool:
    known = parse_checkpoint(parse(note).text)
    return (known.size, known.root) == (head.size, head.root)


def _cosigned(head: Checkpoint, lines: bytes) -> Verdict:
    return Verdict(200, TEXT_TYPE, lines, head)


def _answer(status: int, what: str) -> Verdict:
    return Verdict(status, TEXT_TYPE, f"{what}\n".encode("utf-8", "replace"))
