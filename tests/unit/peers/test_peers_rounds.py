"""A round against a peer that answers badly: nothing falls, nothing is believed, it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from fastapi import FastAPI, Request, Response

from parley.errors import MalformedError, OversizeError
from parley.ledger import Checkpoint, sign_checkpoint
from parley.node.node import Node
from parley.node.proofs.notelist import MAX_NOTES, notes_from_bytes, notes_to_bytes
from parley.node.views import NodeState
from parley.peers import Hub
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import BY_HAND, started_node
from parley.testing.keys import own_keys
from parley.web import create_peer_app, serve

Answerer = Callable[[Request], Awaitable[Response]]
GREEN = "green/log/1"


@dataclass(slots=True)
class Peer:
    """Green behind a door that answers by path as a test says, else with the truth."""

    green: Node
    says: dict[str, Answerer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = create_peer_app(self.green, hub=Hub(self.green, {}, jitter=lambda: 0.0))

        @app.middleware("http")
        async def spoken(
            request: Request, truth: Callable[[Request], Awaitable[Response]]
        ) -> Response:
            path = request.url.path.removeprefix("/peer/v1")
            self.asked.append(path)
            answer = self.says.get(path)
            return await (truth(request) if answer is None else answer(request))

        return app


def always(status: int, body: bytes = b"", kind: str = "text/plain") -> Answerer:
    async def answer(_: Request) -> Response:
        return Response(body, status, media_type=kind)

    return answer


@asynccontextmanager
async def facing() -> AsyncIterator[tuple[Node, Hub, Peer]]:
    agreement, clock = small_agreement(), HandClock()
    blue = await started_node(agreement, "blue", clock=clock)
    green = await started_node(agreement, "green", clock=clock)
    peer = Peer(green)
    running = await serve(peer.app(), "127.0.0.1", 0)
    pace = replace(BY_HAND, timeout_s=2.0, last_retry_s=1000.0, first_retry_s=1000.0)
    urls = {"green": f"http://127.0.0.1:{running.port}"}
    hub = Hub(blue, urls, jitter=lambda: 0.0, pace=pace)
    try:
        yield blue, hub, peer
    finally:
        await hub.stop()
        await running.stop()
        await blue.close()
        await green.close()


async def test_a_whole_round() -> None:
    async with facing() as (blue, hub, peer):
        await hub.start()
        await blue.post_notice(transit(0), role="duty", to=[])
        await peer.green.post_notice(transit(1), role="duty", to=[])
        assert await peer.green.publish_head() is not None
        assert await hub.round() == {"green": ""}
        size = (await blue.health()).log_size
        assert blue.witnessed().by["green"][0] == size
        newest = await blue.trust.seen.newest(GREEN)
        assert newest is not None
        assert newest.size == (await peer.green.health()).log_size - 1
        assert peer.asked[0] == "/log/seen" or "/heartbeat" in peer.asked[:2]


@pytest.mark.parametrize(
    "answer",
    [
        always(500),
        always(200),
        always(200, b"\xff\xfe rubbish"),
        always(200, b"[" * 100_000),
        always(200, "\u2014 green AAAAAAAAAAAA\n".encode()),
        always(404),
        always(409, b"99999999999999999999\n", "text/x.tlog.size"),
        always(409, b"1000000\n", "text/x.tlog.size"),
        always(422, b"no"),
    ],
)
@pytest.mark.parametrize("path", ["/add-checkpoint", "/heads", "/log/seen", "/log/tail"])
async def test_bad_answers_change_nothing_and_the_next_round_heals(
    path: str, answer: Answerer
) -> None:
    async with facing() as (blue, hub, peer):
        peer.says[path] = answer
        await hub.start()
        await blue.post_notice(transit(0), role="duty")
        await peer.green.post_notice(transit(1), role="duty", to=[])
        head = await peer.green.publish_head()
        assert head is not None
        request = await peer.green.trust.heads.request(0, head)
        hub.wake()
        await hub.round()
        assert blue.witnessed().state is not NodeState.BEHIND
        assert await blue.trust.faults.exhibits() == []
        peer.says.clear()
        await hub.round()
        await blue.add_checkpoint(request.to_bytes())
        assert await hub.round() == {"green": ""}
        assert blue.witnessed().by["green"][0] > 0
        tree, _ = await blue.trust.mirrors.tree(GREEN)
        assert tree.size == head.size
        await blue.check_node(MemoryStore())


async def test_nothing_goes_to_a_peer_before_it_said_what_it_knows() -> None:
    async with facing() as (blue, hub, peer):
        peer.says["/log/seen"] = always(503)
        await blue.post_notice(transit(0), role="duty", to=["green"])
        await hub.start()
        await hub.round()
        hub.wake()
        await hub.round()
        assert blue.witnessed().state is NodeState.UNCONFIRMED
        assert not {"/notes", "/add-checkpoint", "/heads"} & set(peer.asked)
        assert len(await blue.parcels("green")) == 1
        peer.says.clear()
        while await blue.parcels("green"):
            await hub.round()
        assert blue.witnessed().state is NodeState.CONFIRMED


async def test_a_peer_whose_store_fails_is_told_all_the_same() -> None:
    async with facing() as (blue, hub, peer):
        peer.says["/log/seen"] = always(507)
        await hub.start()
        for _ in range(3):
            await hub.round()
        assert blue.witnessed().state is NodeState.CONFIRMED
        await blue.stop(role="duty")
        hub.wake()
        while await blue.parcels("green"):
            await blue.wait_for_event()


async def test_a_peer_that_shows_a_later_head_of_ours_stops_our_log() -> None:
    keys = own_keys("blue")
    later = sign_checkpoint(Checkpoint("blue/log/1", 99, bytes(32)), keys.note, at_s=1)
    async with facing() as (blue, hub, peer):
        peer.says["/log/seen"] = always(200, later)
        await hub.start()
        await hub.round()
        assert blue.witnessed().state is NodeState.BEHIND
        assert "/add-checkpoint" not in peer.asked


async def test_a_peer_that_only_says_that_it_knows_more_is_a_suspect() -> None:
    async with facing() as (blue, hub, peer):
        peer.says["/add-checkpoint"] = always(409, b"1000\n", "text/x.tlog.size")
        await hub.start()
        await blue.post_notice(transit(0), role="duty", to=[])
        await hub.round()
        assert blue.witnessed().state is NodeState.CONFIRMED
        assert "no-such-head" in {s.kind for s in await blue.trust.faults.suspicions()}


async def test_a_tail_that_is_not_the_log_is_a_suspicion_and_is_fetched_again() -> None:
    async with facing() as (blue, hub, peer):
        await peer.green.post_notice(transit(1), role="duty", to=[])
        head = await peer.green.publish_head()
        assert head is not None
        request = await peer.green.trust.heads.request(0, head)
        rubbish = bytes(36) * head.size
        peer.says["/log/tail"] = always(200, rubbish, "application/octet-stream")
        await hub.start()
        await hub.round()
        assert (await blue.add_checkpoint(request.to_bytes())).status == 200
        wrong = await hub.round()
        assert "hash to" in wrong["green"]
        assert "tail-mismatch" in {s.kind for s in await blue.trust.faults.suspicions()}
        peer.says.clear()
        assert await hub.round() == {"green": ""}


async def test_the_link_says_what_a_round_ran_into() -> None:
    async with facing() as (blue, hub, peer):
        peer.says["/heads"] = always(404)
        await hub.start()
        await hub.round()
        assert "404" in hub._couriers["green"].proofs_error
        peer.says.clear()
        await blue.post_notice(transit(0), role="duty", to=[])
        await hub.round()
        assert hub._couriers["green"].proofs_error == ""


async def test_a_hub_that_stops_leaves_no_task() -> None:
    async with facing() as (_, hub, _peer):
        await hub.start()
        await hub.round()
        await hub.stop()
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert not [name for name in names if name.startswith("parley-round")]


def test_lists_of_notes_are_bounded_both_ways() -> None:
    notes = [f"note {n}\n".encode() for n in range(MAX_NOTES + 5)]
    assert notes_from_bytes("heads", notes_to_bytes("heads", notes)) == notes[:MAX_NOTES]
    large = [b"x" * 400_000] * 4
    assert len(notes_from_bytes("heads", notes_to_bytes("heads", large))) == 2
    many = b'{"heads":[' + b",".join([b'""'] * (MAX_NOTES + 1)) + b"]}"
    with pytest.raises(OversizeError):
        notes_from_bytes("heads", many)
    for bad in (b"", b"[]", b'{"heads":1}', b'{"heads":[1]}', b'{"heads":["\\ud800"]}', b"{}"):
        with pytest.raises(MalformedError):
            notes_from_bytes("heads", bad)
