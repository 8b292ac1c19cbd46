"""A courier against peers that answer badly: real sockets, a real node, nothing lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from parley.errors import ConfigError
from parley.node.node import Node
from parley.node.views import JournalEvent
from parley.peers import Hub, Pace
from parley.peers.heartbeat import open_heartbeat, seal_heartbeat
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.testing.keys import signing_key
from parley.web import serve

QUICK = Pace(heartbeat_s=0.1, first_retry_s=0.01, last_retry_s=0.05, timeout_s=2.0)
Door = Callable[[list[bytes]], Awaitable[Response]]


class Peer:
    """Party green behind a door that a test makes say what it likes, once for each entry of
    ``script``, and then the truth."""

    def __init__(self, green: Node, hub: Hub) -> None:
        self.green = green
        self.hub = hub
        self.script: list[Door] = []
        self.batches: list[int] = []
        self.beats: Callable[[bytes], Awaitable[bytes]] = hub.heartbeat

    def app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        app.state.closing = asyncio.Event()

        @app.post("/peer/v1/notes")
        async def notes(request: Request) -> Response:
            batch = [n.encode() for n in json.loads(await request.body())["notes"]]
            self.batches.append(len(batch))
            return await (self.script.pop(0) if self.script else self.truth)(batch)

        @app.post("/peer/v1/heartbeat")
        async def heartbeat(request: Request) -> Response:
            return Response(await self.beats(await request.body()))

        return app

    async def truth(self, batch: list[bytes]) -> Response:
        results = [
            {
                "note_hash": o.note_hash,
                "receipt": None if o.receipt is None else o.receipt.decode(),
                "refused": None
                if o.refused is None
                else {"code": o.refused.code, "what": o.refused.what},
            }
            for o in await self.green.receive(batch)
        ]
        return Response(json.dumps({"results": results}))


@asynccontextmanager
async def facing() -> AsyncIterator[tuple[Node, Hub, Peer]]:
    """Blue's node, its hub (not started), and the peer it faces."""
    agreement, clock = small_agreement(), HandClock()
    blue = await started_node(agreement, "blue", clock=clock)
    green = await started_node(agreement, "green", clock=clock)
    peer = Peer(green, Hub(green, {}, jitter=lambda: 0.0))
    running = await serve(peer.app(), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{running.port}"
    hub = Hub(blue, {"green": url}, jitter=lambda: 0.5, pace=QUICK)
    try:
        yield blue, hub, peer
    finally:
        await hub.stop()
        await running.stop()
        await blue.close()
        await green.close()


async def posted(blue: Node, hub: Hub, count: int) -> None:
    """So many notices are posted, and only then does the hub begin."""
    for number in range(count):
        await blue.post_notice(transit(number), role="duty", to=["green"])
    await hub.start()


async def emptied(node: Node) -> None:
    await event_of(node, lambda _: False, done=lambda: _no_pending(node))


async def _no_pending(node: Node) -> bool:
    return not (await node.health()).pending


async def event_of(
    node: Node,
    wanted: Callable[[JournalEvent], bool],
    *,
    done: Callable[[], Awaitable[bool]] | None = None,
) -> JournalEvent | None:
    """The first such event of the journal, waited for by its bell."""
    while True:
        bell = asyncio.create_task(node.wait_for_event())
        await asyncio.sleep(0)
        found = next((e for e in await node.events() if wanted(e)), None)
        if found is not None or (done is not None and await done()):
            bell.cancel()
            return found
        await bell


async def say(text: str | bytes, status: int = 200, **headers: str) -> Response:
    return Response(text, status, headers=headers)


@pytest.mark.parametrize(
    "bad",
    [
        lambda _: say("garbage"),
        lambda _: say("", 302, location="http://127.0.0.1:1/"),
        lambda _: say('{"code": "storage"}', 507),
        lambda _: say("Traceback", 500),
        lambda _: say("", 404),
        lambda _: say(b"x" * (4 * 1024 * 1024 + 1)),
        lambda batch: say(json.dumps({"results": [{}] * len(batch)})),
    ],
    ids=["garbage", "redirect", "full", "broken", "no-route", "huge", "nothing"],
)
async def test_an_answer_that_says_nothing_is_tried_again(bad: Door) -> None:
    async with facing() as (blue, hub, peer):
        peer.script = [bad, bad]
        await posted(blue, hub, 3)
        await emptied(blue)
        assert len(peer.batches) >= 3
        refs = [r.item for r in await peer.green.items()]
        assert refs == ["blue-1", "blue-2", "blue-3"]
        await blue.check_node(MemoryStore())


async def test_a_receipt_by_another_hand_is_not_kept(log_lines: list[Any]) -> None:
    from parley.ledger import open_receipt, seal_receipt
    from parley.ledger.receipt import Receipt

    async def forged(batch: list[bytes]) -> Response:
        outcomes = await peer.green.receive(batch)
        results = []
        for outcome in outcomes:
            assert outcome.receipt is not None
            true = open_receipt(outcome.receipt, [signing_key("green").verifier])
            false = Receipt(true.note_hash, "white/log/1", true.index, true.leaf_hash, true.at_ms)
            sealed = seal_receipt(false, signing_key("white"))
            results.append({"note_hash": outcome.note_hash, "receipt": sealed.decode()})
        return Response(json.dumps({"results": results}))

    async with facing() as (blue, hub, peer):
        peer.script = [forged]
        await posted(blue, hub, 2)
        await emptied(blue)
        record = await blue.item("notice:blue-1")
        assert record.standing("green").received_ms >= 0
        trouble = [line for line in log_lines if line["event"] == "link-trouble"]
        assert any("known key" in line["error"] or "sign" in line["error"] for line in trouble)
        await blue.check_node(MemoryStore())


async def test_a_lasting_refusal_is_told_and_holds_nobody_up() -> None:
    async def refuses_second(batch: list[bytes]) -> Response:
        told = json.loads(bytes((await peer.truth([batch[0]])).body))["results"]
        rest = json.loads(bytes((await peer.truth(batch[2:])).body))["results"]
        from parley.ledger import note_hash

        refusal = {
            "note_hash": note_hash(batch[1]).hex(),
            "refused": {"code": "protocol", "what": "not like this", "right": "otherwise"},
        }
        return Response(json.dumps({"results": [*told, refusal, *rest]}))

    async with facing() as (blue, hub, peer):
        peer.script = [refuses_second]
        await posted(blue, hub, 3)
        event = await event_of(blue, lambda e: e.kind == "refused")
        assert event is not None
        assert event.data["reason"] == "protocol: not like this; right would be: otherwise"
        await emptied(blue)
        assert [r.item for r in await peer.green.items()] == ["blue-1", "blue-3"]
        assert (await blue.health()).refused_by_peers == 1


async def test_a_body_refused_whole_is_split_until_the_guilty_note_is_found() -> None:
    async def refuses(batch: list[bytes]) -> Response:
        if any(b"blue-2" in note for note in batch):
            return await say('{"code": "oversize", "what": "too large"}', 413)
        return await peer.truth(batch)

    async with facing() as (blue, hub, peer):
        peer.script = [refuses] * 6
        await posted(blue, hub, 4)
        await emptied(blue)
        assert [r.item for r in await peer.green.items()] == ["blue-1", "blue-3", "blue-4"]
        assert (await blue.health()).refused_by_peers == 1


async def test_batches_are_bounded() -> None:
    async with facing() as (blue, hub, peer):
        await posted(blue, hub, 230)
        await emptied(blue)
        assert max(peer.batches) <= QUICK.batch_notes
        assert len(await peer.green.items(limit=500)) == 230


async def test_an_exception_nobody_expected_does_not_end_a_courier(
    log_lines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with facing() as (blue, hub, _):
        true = blue.parcels
        fell: list[str] = []

        async def falls(peer: str, limit: int = 100) -> Any:
            if not fell:
                fell.append(peer)
                raise ZeroDivisionError("on purpose")
            return await true(peer, limit)

        monkeypatch.setattr(blue, "parcels", falls)
        await posted(blue, hub, 1)
        await emptied(blue)
        assert fell
        assert "courier-fell" in [line["event"] for line in log_lines]


async def test_a_recorded_heartbeat_keeps_no_link_alive() -> None:
    async with facing() as (blue, hub, peer):
        recorded: list[bytes] = []

        async def alive(note: bytes) -> bytes:
            """Green answers, and comes to blue's door itself."""
            answer = await peer.hub.heartbeat(note)
            await hub.heartbeat(answer)
            recorded.append(answer)
            return answer

        async def replayed(_: bytes) -> bytes:
            """Green is gone; somebody plays its last words again, at both ends."""
            await hub.heartbeat(recorded[-1])
            return recorded[-1]

        peer.beats = alive
        await hub.start()
        up = await event_of(blue, lambda e: e.kind == "link" and e.data["up"] is True)
        assert up is not None
        peer.beats = replayed
        down = await event_of(
            blue, lambda e: e.kind == "link" and e.data["up"] is False and e.seq > up.seq
        )
        assert down is not None
        assert "another heartbeat" in str(down.data["error"])


async def test_another_agreement_is_a_link_error_that_names_both_and_holds_the_notes() -> None:
    async with facing() as (blue, hub, peer):
        ours = blue.context.agreement_ref
        asked: list[bytes] = []
        twice = asyncio.Event()

        async def differs(note: bytes) -> bytes:
            answer = await peer.hub.heartbeat(note)
            beat = open_heartbeat(answer, peer.green.context.ring.speakers, us="blue")
            asked.append(note)
            if len(asked) == 2:
                twice.set()  # so the first answer has been taken in
            return seal_heartbeat(replace(beat, agreement="f" * 64), signing_key("green"))

        true, peer.beats = peer.beats, differs
        await hub.start()
        await twice.wait()
        link = blue.links()[0]
        assert not link.up
        assert link.error == f"green works under {'f' * 64}, we under {ours}"
        await blue.post_notice(transit(0), role="duty", to=["green"])
        hub.wake()
        peer.beats = true
        await emptied(blue)
        assert [r.item for r in await peer.green.items()] == ["blue-1"]
        assert (await blue.health()).refused_by_peers == 0


async def test_urls_that_are_none_and_peers_nobody_knows_are_refused() -> None:
    blue = await started_node(small_agreement(), "blue")
    for peer, url in (
        ("grey", "http://127.0.0.1:1"),
        ("blue", "http://127.0.0.1:1"),
        ("green", "ftp://127.0.0.1"),
        ("green", "127.0.0.1:8701"),
        ("green", "http://"),
        ("green", "http://x:port"),
    ):
        with pytest.raises(ConfigError):
            Hub(blue, {peer: url}, jitter=lambda: 0.0)


async def test_a_node_without_peers_is_useful_alone() -> None:
    blue = await started_node(small_agreement(), "blue")
    hub = Hub(blue, {}, jitter=lambda: 0.0)
    await hub.start()
    await blue.post_notice(transit(0), role="duty", to=[])
    hub.wake()
    assert (await blue.health()).pending == {}
    assert blue.links() == ()
    await hub.stop()
