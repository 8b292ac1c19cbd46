"""Rounds with one peer: it says what it knows of our log, cosigns our head, hears of all heads,
and lets us copy its log.

Nothing here holds a message up. Whatever a peer answers, whatever the stores do, the task lives
on and tries again at its pace; each round is bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from urllib.parse import quote

import structlog

from parley.errors import ForgedError, ParleyError, PeerError
from parley.ledger.witness import MAX_PROOF_HASHES, TEXT_TYPE, proof_hashes
from parley.node.node import Node
from parley.node.proofs.heads import SignedHead
from parley.node.proofs.mirror import Catching
from parley.node.proofs.notelist import notes_from_bytes, notes_to_bytes
from parley.peers.courier import Courier, Pace
from parley.peers.line import Answer, Line, Unreached

ADD_CHECKPOINT_PATH = "/peer/v1/add-checkpoint"
HEADS_PATH = "/peer/v1/heads"
EXHIBITS_PATH = "/peer/v1/exhibits"
SEEN_PATH = "/peer/v1/log/seen"
TAIL_PATH = "/peer/v1/log/tail"
CONSISTENCY_PATH = "/peer/v1/log/consistency"
JSON_TYPE = "application/json"

CHUNKS_A_ROUND = 16
EXHIBITS_A_ROUND = 8
PATIENCE = 3
TELL_EVERY = 12
"""So many rounds at most pass before a peer is told our heads again."""

_log = structlog.get_logger("parley.peers")


class Publisher:
    """One head for all rounds of a node, a fresh one every ``head_s`` at most."""

    def __init__(self, node: Node, timer: Callable[[], float], head_s: float) -> None:
        self._node = node
        self._timer = timer
        self._head_s = head_s
        self._last_s = float("-inf")
        self._head: SignedHead | None = None
        self._turn = asyncio.Lock()

    async def head(self, *, now: bool = False) -> SignedHead | None:
        """now: do not wait for its time."""
        async with self._turn:
            due = self._timer() - self._last_s >= 0.9 * self._head_s
            if now or due or self._head is None:
                self._head = await self._node.publish_head()
                self._last_s = self._timer()
            return self._head


class Round:
    """See the module."""

    def __init__(
        self,
        node: Node,
        courier: Courier,
        line: Line,
        publisher: Publisher,
        *,
        pace: Pace,
        jitter: Callable[[], float],
    ) -> None:
        self.peer = courier.peer
        self._node = node
        self._trust = node.trust
        self._courier = courier
        self._line = line
        self._publisher = publisher
        self._pace = pace
        self._jitter = jitter
        self._task: asyncio.Task[None] | None = None
        self._told = b""
        self._quiet = 0
        self._unsaid = 0
        self._told_exhibits: set[str] = set()
        self._exhibits_at = -1
        self._catching: Catching | None = None
        self._failures = 0
        self._turn = asyncio.Lock()
        self._now = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._rounds(), name=f"parley-round-{self.peer}")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def go(self, *, now: bool = False) -> str:
        """One round; what went wrong, "" if nothing did. Raises nothing."""
        try:
            await self.once(now=now)
            self._fail("")
        except (Unreached, ParleyError) as failure:
            self._fail(failure.what if isinstance(failure, ParleyError) else str(failure))
        except Exception as error:  # noqa: BLE001 - a round lives on, whatever happens
            _log.error("round-fell", peer=self.peer, exc_info=error)
            self._fail(f"the round fell: {type(error).__name__}")
        return self._courier.proofs_error

    async def _rounds(self) -> None:
        while True:
            await self.go()
            pause_s = self._pace.head_s
            if self._failures:
                pause_s = min(pause_s, self._pace.retry_s(self._failures, self._jitter()))
            await asyncio.sleep(pause_s)

    def _fail(self, text: str) -> None:
        if text and text != self._courier.proofs_error:
            _log.warning("round-trouble", peer=self.peer, error=text)
        self._courier.proofs_error = text
        self._failures = self._failures + 1 if text else 0

    async def once(self, *, now: bool = False) -> None:
        """One whole round, with a fresh head if ``now``. Raises Unreached, ParleyError: what is
        left is done the next time."""
        async with self._turn:
            self._now = now
            if self._trust.confirming.held(self.peer):
                await self._confirm()
            troubles: list[ParleyError] = []
            for part in (self._cosign, self._gossip, self._exhibits, self._mirror, self._questions):
                try:
                    await part()
                except ParleyError as trouble:
                    troubles.append(trouble)
            if troubles:
                raise troubles[0]

    # What the peer knows of our log

    async def _confirm(self) -> bool:
        """Ask, and be told. An answer that says nothing is that of a peer that saw no head, and
        so is a store that fails there each time: what we say must reach it all the same."""
        origin = self._node.context.origin
        path = f"{SEEN_PATH}?origin={quote(origin, safe='')}"
        answer = await self._line.get(path, timeout_s=self._pace.timeout_s)
        self._unsaid = self._unsaid + 1 if answer.status in (500, 507) else 0
        if self._unsaid < PATIENCE:
            self._said(answer, path)
        note = answer.body if answer.status == 200 else None
        try:
            confirmed = await self._trust.confirming.confirm(self.peer, note)
        except PeerError as error:
            await self._trust.faults.suspect(self.peer, "no-view", origin, error.what)
            confirmed = await self._trust.confirming.confirm(self.peer, None)
        if confirmed:
            self._courier.wake()
        return confirmed

    # Our head

    async def _cosign(self) -> None:
        head = await self._publisher.head(now=self._now)
        if head is None or self._trust.confirming.held(self.peer):
            return
        old = self._trust.heads.cosigned_size(self.peer)
        if old >= head.size:
            return
        for _ in range(3):
            request = await self._trust.heads.request(old, head)
            answer = await self._post(ADD_CHECKPOINT_PATH, request.to_bytes(), TEXT_TYPE)
            try:
                size = await self._trust.heads.answered(self.peer, head, answer.status, answer.body)
            except PeerError:
                if answer.status in (409, 422) and not await self._confirm():
                    return
                raise
            if size is None:
                return
            if size > head.size:
                await self._known_more(size, head)
                return
            old = size
        raise Unreached(f"{self.peer} names another cosigned size each time")

    async def _known_more(self, size: int, head: SignedHead) -> None:
        """The peer says that it cosigned more of our log than there is."""
        if await self._confirm():
            what = f"it says that it cosigned our head of {size}; it shows none above {head.size}"
            origin = self._node.context.origin
            await self._trust.faults.suspect(self.peer, "no-such-head", origin, what)

    # Heads and exhibits of everybody

    async def _gossip(self) -> None:
        if self._trust.confirming.unconfirmed((self.peer,)):
            return
        body = notes_to_bytes("heads", await self._trust.seen.known())
        mark = hashlib.sha256(body).digest()
        self._quiet += 1
        if mark == self._told and self._quiet < TELL_EVERY:
            return
        answer = await self._post(HEADS_PATH, body, JSON_TYPE)
        self._need(answer, "to our heads")
        await self._trust.take_heads(notes_from_bytes("heads", answer.body), by=self.peer)
        self._told, self._quiet = mark, 0

    async def _exhibits(self) -> None:
        at = self._trust.faults.kept
        if at == self._exhibits_at:
            return
        found = await self._trust.faults.exhibits()
        news = [f for f in found if f.accused != self.peer and f.key not in self._told_exhibits]
        some = news[:EXHIBITS_A_ROUND]
        if some:
            body = notes_to_bytes("exhibits", [f.note for f in some])
            self._need(await self._post(EXHIBITS_PATH, body, JSON_TYPE), "to exhibits")
            self._told_exhibits.update(f.key for f in some)
        if len(news) == len(some):
            self._exhibits_at = at

    # The peer's log

    async def _mirror(self) -> None:
        origin = await self._trust.origin_of(self.peer)
        if self._catching is None or self._catching.head.checkpoint.origin != origin:
            head = await self._trust.witness.last(origin)
            self._catching = (
                None if head is None else await self._trust.mirrors.catching(origin, head)
            )
        if self._catching is not None and await self._fetched(self._catching):
            caught, self._catching = self._catching, None
            try:
                await self._trust.mirrors.keep(caught)
            except ForgedError as error:
                await self._trust.faults.suspect(self.peer, "tail-mismatch", origin, error.what)
                raise
        await self._trust.comparing.receipts(origin)

    async def _fetched(self, catching: Catching) -> bool:
        """Whether all of it is here; a stretch of it each time, if it is long."""
        for _ in range(CHUNKS_A_ROUND):
            if catching.whole:
                return True
            path = f"{TAIL_PATH}?from={catching.next}&to={catching.head.size}"
            answer = await self._get(path)
            origin = catching.head.checkpoint.origin
            try:
                self._need(answer, "to a question for its log")
                catching.add(answer.body)
            except (PeerError, Unreached) as error:
                self._catching = None
                await self._trust.faults.suspect(self.peer, "no-tail", origin, str(error))
                raise
        return catching.whole

    async def _questions(self) -> None:
        origin = await self._trust.origin_of(self.peer)
        for question in await self._trust.seen.questions(origin):
            path = (
                f"{CONSISTENCY_PATH}?origin={quote(origin, safe='')}"
                f"&old={question.old.size}&new={question.new.size}"
            )
            answer = await self._get(path)
            await self._trust.seen.explained(question, _proof(answer))

    # One exchange

    async def _post(self, path: str, body: bytes, kind: str) -> Answer:
        return self._said(
            await self._line.post(path, body, kind, timeout_s=self._pace.timeout_s), path
        )

    async def _get(self, path: str) -> Answer:
        return self._said(await self._line.get(path, timeout_s=self._pace.timeout_s), path)

    def _said(self, answer: Answer, path: str) -> Answer:
        if answer.status >= 500 or answer.status == 429:
            raise Unreached(f"{self.peer} answered {answer.status} at {path.partition('?')[0]}")
        return answer

    def _need(self, answer: Answer, what: str) -> None:
        if answer.status != 200:
            raise Unreached(f"{self.peer} answered {answer.status} {what}")


def _proof(answer: Answer) -> tuple[bytes, ...] | None:
    lines = answer.body.split(b"\n")
    if answer.status != 200 or lines.pop() or len(lines) > 2 * MAX_PROOF_HASHES:
        return None
    try:
        return proof_hashes(lines, first_line=1)
    except PeerError:
        return None
