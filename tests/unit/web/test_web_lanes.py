"""One peer's flood waits in that peer's own lane; the others' batches do not stand behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import httpx
import pytest

from parley.node.node import Node
from parley.node.pins import TlsIdentity, client_context
from parley.node.ports import Store, Tx
from parley.peers import Hub
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import started_node, tls_identity, tls_of
from parley.testing.http import assert_problem
from parley.web import create_peer_app, serve
from parley.web.lanes import Lanes, peer_of
from parley.web.problems import ProblemError

T = TypeVar("T")


class HeldStore:
    """A store whose writes wait while it is held; it says how many do."""

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self._free = asyncio.Event()
        self._free.set()
        self.waiting = 0
        self.more = asyncio.Condition()

    def hold(self) -> None:
        self._free.clear()

    def let_go(self) -> None:
        self._free.set()

    async def held(self, count: int) -> None:
        """Returns when so many writes wait."""
        async with self.more:
            await self.more.wait_for(lambda: self.waiting >= count)

    async def write(self, work: Callable[[Tx], T]) -> T:
        if not self._free.is_set():
            async with self.more:
                self.waiting += 1
                self.more.notify_all()
            await self._free.wait()
        return await self._inner.write(work)

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self._inner.read(work)

    async def close(self) -> None:
        await self._inner.close()


@asynccontextmanager
async def flooded(lanes: Lanes) -> AsyncIterator[tuple[HeldStore, Callable[..., Any]]]:
    """Blue's door over TLS, its store, and a function that carries a note as a party does."""
    store = HeldStore(MemoryStore())
    node = await started_node(small_agreement(), "blue", store=store, clock=HandClock())
    certificates = {p: [tls_identity(p).certificate] for p in ("blue", "green", "white")}
    app = create_peer_app(node, hub=Hub(node, {}, jitter=lambda: 0.0), lanes=lanes)
    running = await serve(app, "127.0.0.1", 0, tls=tls_of("blue", lambda: certificates))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(node.close)
        stack.push_async_callback(running.stop)
        stack.callback(store.let_go)
        clients = {
            party: await stack.enter_async_context(
                client_of(tls_identity(party), running.port, certificates["blue"])
            )
            for party in ("green", "white")
        }

        async def carry(party: str, note: bytes, path: str = "") -> httpx.Response:
            if path:
                return await clients[party].post(path, content=note)
            body = {"notes": [note.decode()]}
            return await clients[party].post("/peer/v1/notes", json=body)

        yield store, carry


@asynccontextmanager
async def client_of(
    identity: TlsIdentity, port: int, trusted: list[bytes]
) -> AsyncIterator[httpx.AsyncClient]:
    context = await asyncio.to_thread(client_context, identity, trusted)
    url = f"https://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, verify=context, trust_env=False) as client:
        yield client


async def notes_of(node: Node, count: int) -> list[bytes]:
    return [(await node.post_notice(transit(n), role="duty")).note for n in range(count)]


async def test_a_third_batch_of_a_peer_waits_and_is_told_to_come_back(green: Node) -> None:
    notes = await notes_of(green, 4)
    async with flooded(Lanes(worked_on=2, wait_s=0.05)) as (store, carry):
        store.hold()
        working = [asyncio.create_task(carry("green", note)) for note in notes[:2]]
        await store.held(2)
        busy = await carry("green", notes[2])
        assert_problem(busy, 429, "busy")
        assert int(busy.headers["retry-after"]) > 0
        others = asyncio.create_task(carry("white", notes[3]))
        await store.held(3)
        store.let_go()
        for answer in [await others, *[await task for task in working]]:
            assert answer.json()["results"][0]["receipt"]
        again = await carry("green", notes[2])
        assert again.json()["results"][0]["receipt"]


async def test_a_head_to_cosign_takes_its_turn_in_the_same_lane(green: Node) -> None:
    """A flood of heads costs its own sender, as a flood of notes does."""
    [note] = await notes_of(green, 1)
    async with flooded(Lanes(worked_on=1, wait_s=0.05)) as (store, carry):
        store.hold()
        working = asyncio.create_task(carry("green", note))
        await store.held(1)
        assert_problem(await carry("green", b"old 0", "/peer/v1/add-checkpoint"), 429, "busy")
        assert (await carry("white", b"old 0", "/peer/v1/add-checkpoint")).status_code == 400
        store.let_go()
        assert (await working).status_code == 200
        assert (await carry("green", b"old 0", "/peer/v1/add-checkpoint")).status_code == 400


async def test_what_one_peer_has_in_hand_is_bounded_before_a_body_is_read(green: Node) -> None:
    [note] = await notes_of(green, 1)
    async with flooded(Lanes(in_hand=1)) as (store, carry):
        store.hold()
        first = asyncio.create_task(carry("green", note))
        await store.held(1)
        assert_problem(await carry("green", note), 429, "busy")
        store.let_go()
        assert (await first).status_code == 200


async def test_turns_are_taken_in_order_and_an_idle_lane_is_forgotten() -> None:
    lanes, order = Lanes(worked_on=1, wait_s=60), list[int]()

    async def one(number: int) -> None:
        with lanes.admitted("green"):
            async with lanes.turn("green"):
                order.append(number)
                await asyncio.sleep(0)

    await asyncio.gather(*(one(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
    assert lanes.peers == 0


async def test_a_request_that_fails_leaves_its_lane() -> None:
    lanes = Lanes(worked_on=1, in_hand=1, wait_s=0.0)
    with pytest.raises(RuntimeError), lanes.admitted("green"):
        async with lanes.turn("green"):
            raise RuntimeError
    with lanes.admitted("green"):
        assert lanes.peers == 1
        with pytest.raises(ProblemError), lanes.admitted("green"):
            raise AssertionError
        with lanes.admitted("white"):
            assert lanes.peers == 2
    assert lanes.peers == 0


def test_a_lane_is_of_a_key_and_without_tls_of_an_address() -> None:
    client = ("10.0.0.7", 5)
    assert peer_of({"client": client, "state": {"peer_pin": "ab" * 32}}) == "ab" * 32
    assert peer_of({"client": client, "state": {}}) == "10.0.0.7"
    assert peer_of({}) == ""
