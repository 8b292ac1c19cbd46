"""What makes logs hold each other to their word: the parts, put together for one node."""

from __future__ import annotations

from parley.errors import ParleyError
from parley.node.proofs.comparing import Comparing
from parley.node.proofs.confirming import Confirming
from parley.node.proofs.faults import Faults
from parley.node.proofs.ground import Ground
from parley.node.proofs.heads import Heads, SignedHead
from parley.node.proofs.mirror import Mirrors
from parley.node.proofs.seen import Seen
from parley.node.proofs.witnessing import Witness


class Trust:
    """heads: ours. witness: of others. seen: their heads from anywhere. mirrors: copies of their
    logs. comparing: their receipts against those. faults: what came of it."""

    def __init__(self, ground: Ground, quorum: int) -> None:
        self._ground = ground
        self.confirming = Confirming(ground)
        self.heads = Heads(ground, self.confirming, quorum)
        self.faults = Faults(ground)
        self.mirrors = Mirrors(ground)
        self.seen = Seen(ground, self.heads, self.confirming, self.mirrors, self.faults)
        self.witness = Witness(ground, self.confirming, self.seen, self.faults)
        self.comparing = Comparing(ground, self.mirrors, self.faults)

    async def seen_of(self, origin: str) -> bytes | None:
        """The newest head of that log that we hold, as its party signed it."""
        found = await self.seen.newest(origin)
        return None if found is None else found.note

    async def tail_for(self, origin: str, start: int) -> bytes:
        """See ``Mirrors.tail_for``: for the log's owner alone."""
        return await self.mirrors.tail_for(origin, start, await self.seen_of(origin) or b"")

    async def consistency(self, origin: str, old: int, new: int) -> tuple[bytes, ...] | None:
        """That our log, or our copy of another, leads from one size to another: a prefix proof.
        None: it does not reach so far, or there is none from 0."""
        if origin == self._ground.context.origin:
            tree, size = await self._ground.tree()
        else:
            tree, head = await self.mirrors.tree(origin)
            size = 0 if head is None else head.size
        return tuple(tree.prefix_proof(old, new)) if 0 < old <= new <= size else None

    async def take_heads(self, notes: list[bytes], *, by: str) -> int:
        """Heads that ``by`` brought: each verified and compared. How many were none."""
        bad = 0
        for note in notes:
            try:
                await self.seen.saw(note, by=by)
            except ParleyError:
                bad += 1
        return bad

    async def take_exhibits(self, notes: list[bytes]) -> int:
        """Exhibits that a peer found: each believed only when it proves what it says."""
        bad = 0
        for note in notes:
            try:
                await self.faults.take(note, self.comparing.kept)
            except ParleyError:
                bad += 1
        return bad

    async def origin_of(self, party: str) -> str:
        """The log that this party writes now. Raises UnknownPartyError."""
        return (await self._ground.ring()).roster(party).origin

    async def heads_now(self) -> list[tuple[SignedHead, int]]:
        """The newest head of every log with the size of our copy of that log: ours first, with
        what others signed under it."""
        found = []
        ours = await self.heads.newest_cosigned()
        if ours is not None:
            found.append((ours, ours.size))
        context, ring = self._ground.context, await self._ground.ring()
        for party, roster in ring.rosters.items():
            head = None if party == context.party else await self.seen.newest(roster.origin)
            if head is not None:
                tree, _ = await self.mirrors.tree(roster.origin)
                found.append((head, tree.size))
        return found
