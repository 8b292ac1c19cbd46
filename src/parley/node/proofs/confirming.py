"""Before a node speaks to a peer, the peer says what it knows of our log.

A node that was restored from an old backup would else sign a second history without knowing it.
Until a peer has told us the newest head of ours that it saw, it gets no receipt and no parcel.
One that holds a head to which our log does not lead puts us behind: nothing more is signed into
the log until that is mended.
"""

from __future__ import annotations

from collections.abc import Iterable

from parley.errors import ForgedError, OurError
from parley.ledger import Checkpoint, open_checkpoint
from parley.node.desk import Desk
from parley.node.ports import Salts
from parley.node.proofs.ground import Ground
from parley.node.views import NodeState

RECOVER = "parley recover: it fetches the lost entries back from the peers"


class Confirming:
    """Whom we have asked. Held in memory: a node asks again whenever it starts."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._asked_for: set[str] = set()
        self._open: set[str] = set()
        self._behind: dict[str, tuple[str, Checkpoint]] = {}

    def expect(self, peers: Iterable[str]) -> None:
        """These peers can be asked, and will be before they hear anything of us."""
        self._asked_for = set(peers)
        self._open = set(peers)

    @property
    def state(self) -> NodeState:
        if self._behind:
            return NodeState.BEHIND
        if self._asked_for and self._open == self._asked_for:
            return NodeState.UNCONFIRMED
        return NodeState.CONFIRMED

    @property
    def waiting(self) -> bool:
        """Whether there are peers that have not been heard yet."""
        return bool(self._open)

    @property
    def behind(self) -> str:
        """Why nothing may be signed into our log now; "" if something may."""
        return next((problem for problem, _ in self._behind.values()), "")

    def unconfirmed(self, parties: Iterable[str]) -> str:
        """Why these parties get nothing over the wire yet; "" if they do."""
        peer = next((party for party in parties if party in self._open), "")
        return f"{peer} has not said yet what it knows of our log" if peer else ""

    def held(self, peer: str) -> str:
        """Why nothing is signed for this peer now; "" if it is."""
        return self.behind or self.unconfirmed((peer,))

    def guarded(self, salts: Salts) -> Salts:
        """Salts for the entries of our log: none is drawn while we are behind."""

        def drawn() -> bytes:
            if self._behind:
                raise OurError(self.behind, right=RECOVER)
            return salts()

        return drawn

    async def confirm(self, peer: str, note: bytes | None) -> bool:
        """What a peer answered: the newest head of ours that it saw, None if it saw none.

        True when our log leads to it. Raises PeerError: no head of our log, signed by us."""
        if note is not None:
            head = await self._ours(peer, note)
            problem = await self.why_not_ours(head, peer)
            if problem:
                await self.fall_behind(peer, problem, head)
                return False
        was = self.state
        self._open.discard(peer)
        self._behind.pop(peer, None)
        for other, (_, head) in list(self._behind.items()):
            if other not in self._asked_for and not await self.why_not_ours(head, other):
                self._behind.pop(other, None)
        if was is NodeState.BEHIND and self.state is not was:
            await self._ground.change(lambda desk: desk.event("confirmed", {"by": peer}))
        return True

    async def fall_behind(self, by: str, problem: str, head: Checkpoint) -> None:
        """From now on nothing is signed into the log; said once. ``head``: what it does not lead
        to."""
        known = by in self._behind
        self._behind[by] = problem, head
        if known:
            return

        def tell(desk: Desk) -> None:
            desk.event("behind", {"by": by, "problem": problem, "right": RECOVER})

        await self._ground.change(tell)

    async def _ours(self, peer: str, note: bytes) -> Checkpoint:
        origin = self._ground.context.origin
        ring = await self._ground.ring()
        head = open_checkpoint(note, ring.head_keys(origin)).checkpoint
        if head.origin != origin:
            raise ForgedError(
                f"{peer} answered with a head of {head.origin[:80]}",
                right=f"a head of {origin}",
                at_fault=f"party {peer}",
            )
        return head

    async def why_not_ours(self, head: Checkpoint, holder: str) -> str:
        """Why our log does not lead to a head that we signed; "" if it does."""
        tree, size = await self._ground.tree()
        if head.size > size:
            return f"{holder} holds our signed head of {head.size} entries, our log has {size}"
        if tree.root(head.size) != head.root:
            return f"{holder} holds our signed head of {head.size} entries with another root"
        return ""
