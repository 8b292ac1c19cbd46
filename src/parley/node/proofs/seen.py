"""Heads of other logs, wherever they come from, held against each other and against our copies.

Table ``seen`` of the proofs: origin -> the newest verified head. Two heads are compared through
our copy of the log where it reaches, else its owner is asked; what it cannot explain is a
suspicion, what it contradicts an exhibit.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from parley.errors import ForgedError, StorageError
from parley.ledger import Checkpoint, Keyring, open_checkpoint, parse, parse_checkpoint, party_of
from parley.ledger.exhibit import Exhibit
from parley.ledger.merkle import old_root
from parley.node.proofs.confirming import Confirming
from parley.node.proofs.faults import Faults
from parley.node.proofs.ground import Ground
from parley.node.proofs.heads import Heads, SignedHead, lines_by, lines_of
from parley.node.proofs.mirror import Mirrors

SEEN = "seen"
WITNESSED = "witnessed"
MAX_HEADS = 32
MAX_QUESTIONS = 16
TRIES = 20
KEEP_MS = 5_000
ROUNDS_BEFORE = 2
"""So often is a question put off: most are settled by our copy a round later."""
NO_HISTORY = "no-history"


@dataclass(slots=True)
class Question:
    """Does the log that leads to ``new`` lead through ``old``? Only its owner knows."""

    old: SignedHead
    new: SignedHead
    tries: int = 0
    rounds: int = 0


class Seen:
    def __init__(
        self, ground: Ground, heads: Heads, confirming: Confirming, mirrors: Mirrors, faults: Faults
    ) -> None:
        self._ground = ground
        self._heads = heads
        self._confirming = confirming
        self._mirrors = mirrors
        self._faults = faults
        self._questions: dict[str, list[Question]] = {}
        self._newest: dict[str, bytes] = {}
        self._kept_ms: dict[str, int] = {}

    async def newest(self, origin: str) -> SignedHead | None:
        """The newest head of a log that we verified: cosigned by us, or seen."""
        seen = self._newest.get(origin)
        if seen is None:
            with contextlib.suppress(StorageError):
                seen = await self._ground.proofs.read(lambda tx: tx.records.get(SEEN, origin))
        cosigned = await self._ground.store.read(lambda tx: tx.records.get(WITNESSED, origin))
        party = party_of(origin)
        found = [SignedHead.of(lines_by(n, (party, origin))) for n in (seen, cosigned) if n]
        return max(found, key=lambda head: head.size, default=None)

    async def known(self, ring: Keyring | None = None) -> list[bytes]:
        """What we tell others: the newest head of every log, ours first, and behind them those
        that are in question, since another may hold the proof. At most MAX_HEADS."""
        ring = ring or await self._ground.ring()
        tip = self._heads.tip
        found = [] if tip is None else [tip.note]
        for party, roster in ring.rosters.items():
            if party != self._ground.context.party:
                head = await self.newest(roster.origin)
                found += [] if head is None else [head.note]
        asked = [q for open_ones in self._questions.values() for q in open_ones]
        found += [head.note for q in asked for head in (q.old, q.new)]
        return list(dict.fromkeys(found))[:MAX_HEADS]

    async def saw(self, note: bytes, *, by: str) -> None:
        """A head from anywhere: verified, compared, kept when it is the newest. ``by``: who
        brought it. Raises PeerError: it is no head that its party signed."""
        head = parse_checkpoint(parse(note).text)
        origin, party = head.origin, party_of(head.origin)
        ring = await self._ground.ring()
        if party not in ring or ring.roster(party).origin != origin:
            return
        if party == self._ground.context.party:
            await self._saw_ours(note, head, ring, by)
            return
        tree, mirrored = await self._mirrors.tree(origin)
        if 0 < head.size <= tree.size and tree.root(head.size) == head.root:
            return
        newest = await self.newest(origin)
        if newest is not None and _same(newest.checkpoint, head):
            return
        signed = await asyncio.to_thread(_verified, note, ring)
        if 0 < head.size <= tree.size and mirrored is not None:
            await self._expose_by_mirror(signed, mirrored)
            return
        if newest is not None and newest.size == head.size:
            await self._expose(Exhibit("split", party, (newest.note, signed.note)))
            return
        if newest is not None and min(newest.size, head.size) > 0:
            self._ask(newest, signed)
        if newest is None or head.size > newest.size:
            await self._keep(origin, signed.note)

    async def _keep(self, origin: str, note: bytes) -> None:
        """In memory at once, in the store every few seconds."""
        self._newest[origin] = note
        now_ms = self._ground.clock()
        kept_ms = self._kept_ms.get(origin)
        if kept_ms is None or abs(now_ms - kept_ms) >= KEEP_MS:
            await self._ground.proofs.write(lambda tx: tx.records.put(SEEN, origin, note))
            self._kept_ms[origin] = now_ms

    async def _saw_ours(self, note: bytes, head: Checkpoint, ring: Keyring, by: str) -> None:
        tip = self._heads.tip
        if tip is not None and _same(tip.checkpoint, head):
            return
        problem = await self._confirming.why_not_ours(head, by)
        if problem:
            await asyncio.to_thread(_verified, note, ring)
            await self._confirming.fall_behind(by, problem, head)

    async def contradicts(self, old: bytes, new: bytes, proof: tuple[bytes, ...]) -> None:
        """Two heads of one log that a consistency proof shows to exclude each other."""
        ring = await self._ground.ring()
        a = await asyncio.to_thread(_verified, old, ring)
        b = await asyncio.to_thread(_verified, new, ring)
        party = party_of(a.checkpoint.origin)
        if a.size == b.size:
            await self._expose(Exhibit("split", party, (a.note, b.note)))
        else:
            await self._expose(Exhibit("split-history", party, (a.note, b.note), proof))

    async def _expose_by_mirror(self, signed: SignedHead, mirrored: SignedHead) -> None:
        """Our copy of the log has another root at this size than its party signed."""
        tree, _ = await self._mirrors.tree(signed.checkpoint.origin)
        notes = (signed.note, mirrored.note)
        party = party_of(signed.checkpoint.origin)
        if signed.size == mirrored.size:
            await self._expose(Exhibit("split", party, notes))
            return
        proof = tuple(tree.prefix_proof(signed.size, mirrored.size))
        await self._expose(Exhibit("split-history", party, notes, proof))

    async def _expose(self, exhibit: Exhibit) -> None:
        await self._faults.expose(exhibit, by=self._ground.context.party)

    # Questions to the owner of a log

    def _ask(self, a: SignedHead, b: SignedHead) -> None:
        old, new = sorted((a, b), key=lambda head: head.size)
        open_ones = self._questions.setdefault(old.checkpoint.origin, [])
        if any(_same(q.old.checkpoint, old.checkpoint) and _same(q.new.checkpoint, new.checkpoint)
               for q in open_ones):  # fmt: skip
            return
        del open_ones[: max(0, len(open_ones) + 1 - MAX_QUESTIONS)]
        open_ones.append(Question(old, new))

    async def questions(self, origin: str) -> list[Question]:
        """What only the log's owner can explain by now: what our copy explains is settled."""
        open_ones = self._questions.pop(origin, [])
        if not open_ones:
            return []
        left = [q for q in open_ones if not await self._settled_by_mirror(q)]
        if left:
            self._questions[origin] = left + self._questions.get(origin, [])
        else:
            await self._faults.clear(party_of(origin), NO_HISTORY, origin)
        for question in left:
            question.rounds += 1
        return [question for question in left if question.rounds > ROUNDS_BEFORE]

    async def _settled_by_mirror(self, question: Question) -> bool:
        tree, mirrored = await self._mirrors.tree(question.new.checkpoint.origin)
        whole = True
        for head in (question.old, question.new):
            if mirrored is None or head.size > tree.size:
                whole = False
            elif tree.root(head.size) != head.checkpoint.root:
                await self._expose_by_mirror(head, mirrored)
                return True
        return whole

    async def explained(self, question: Question, proof: tuple[bytes, ...] | None) -> None:
        """The owner's answer: a prefix proof from old to new, or None: it gave none."""
        old, new = question.old, question.new
        origin = old.checkpoint.origin
        question.tries += 1
        try:
            if proof is None:
                raise ForgedError("it gave no proof")
            implied = old_root(old.size, new.size, proof, new.checkpoint.root)
        except ForgedError as error:
            what = f"no way from its head of {old.size} to its head of {new.size}: {error.what}"
            await self._faults.suspect(party_of(origin), NO_HISTORY, origin, what)
            if question.tries >= TRIES:
                self._drop(question)
            return
        self._drop(question)
        if implied != old.checkpoint.root:
            exhibit = Exhibit("split-history", party_of(origin), (old.note, new.note), proof)
            await self._expose(exhibit)

    def _drop(self, question: Question) -> None:
        origin = question.old.checkpoint.origin
        left = [q for q in self._questions.get(origin, []) if q is not question]
        if left:
            self._questions[origin] = left
        else:
            self._questions.pop(origin, None)


def _same(a: Checkpoint, b: Checkpoint) -> bool:
    return (a.origin, a.size, a.root) == (b.origin, b.size, b.root)


def _verified(note: bytes, ring: Keyring) -> SignedHead:
    """The head under its own party's signatures alone. Raises PeerError."""
    origin = parse_checkpoint(parse(note).text).origin
    keys = ring.head_keys(origin)
    opened = open_checkpoint(note, keys)
    ring.check_head(opened.log_key, origin, opened.checkpoint.size)
    return SignedHead.of(lines_of(note, keys))
