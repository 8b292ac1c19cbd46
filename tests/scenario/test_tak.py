"""Three parties, real nodes and mutual TLS; blue's people and green's people look at TAK servers.

A TAK user's STOP reaches every party; what one party was not told is on no server of its own.
Each test ends in check_node on every party.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.feeds.tak.link import NodeView, TakConfig, TakLink
from parley.node.node import Node
from parley.node.watching.intake import Intake
from parley.rules.statements import Step
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import DAWN_MS
from parley.testing.harness import Mechanism
from parley.testing.takserver import TakClient, TakServer
from parley.testing.takstand import QUICK, SqliteCursors
from parley.wire.cot.event import CotEvent, Element, event_xml
from parley.wire.cot.release import KINDS


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def link_of(m: Mechanism, server: TakServer, tmp_path: Path, **config: Any) -> TakLink:
    """Blue's link to a TAK server."""
    node = m.node("blue")
    name = str(config.pop("name", "tak"))
    return TakLink(
        node,
        TakConfig(name, f"tcp://127.0.0.1:{server.port}", **config),
        Intake(),
        m.clock,
        view=NodeView(node),
        cursors=SqliteCursors(tmp_path / f"{name}.db"),
        pace=QUICK,
    )


def stop_chat(now_ms: int) -> bytes:
    to = "parley.blue"
    event = CotEvent(
        f"GeoChat.ANDROID-7.{to}.1",
        "b-t-f",
        now_ms,
        now_ms,
        now_ms + 86_400_000,
        40.0,
        20.0,
        detail=(
            Element("__chat", {"id": to, "chatroom": to, "senderCallsign": "VIPER"}),
            Element("link", {"uid": "ANDROID-7"}),
            Element("remarks", {"to": to}, "STOP, aircraft below me"),
        ),
    )
    return event_xml(event)


async def arrived(node: Node, ref: str) -> None:
    while True:
        bell = asyncio.create_task(node.wait_for_event())
        await asyncio.sleep(0)
        if any(record.ref == ref for record in await node.items(limit=1000)):
            bell.cancel()
            return
        await bell


async def test_a_tak_users_stop_reaches_every_party_and_every_tak_user(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m:
        server = TakServer()
        await server.rise()
        link = link_of(m, server, tmp_path, accept=frozenset({"stop"}), role="duty")
        await link.start()
        viper, other = TakClient(), TakClient()
        await viper.connect("127.0.0.1", server.port)
        await other.connect("127.0.0.1", server.port)
        await server.until(lambda: server.connections == 3 and bool(server.events))
        await viper.say(stop_chat(DAWN_MS))
        await other.until(lambda: any("STOP STOP STOP" in e.remarks for e in other.events))
        (record,) = await m.node("blue").items()
        for party in ("green", "white"):
            m.hub("blue").wake()
            await arrived(m.node(party), record.ref)
            content = (await m.node(party).item(record.ref)).content
            assert "VIPER" in content.text
            assert "ANDROID-7" in content.text
        for client in (viper, other):
            await client.close()
        await link.stop()
        await server.fall()
        await m.check()


async def test_greens_people_see_on_their_server_what_green_was_told(tmp_path: Path) -> None:
    """Blue runs links to its own server and to green's. The network to both is cut while things
    happen; afterwards each has all that is released to it, and nothing else."""
    async with Mechanism(small_agreement(), tmp_path) as m:
        ours, theirs = TakServer(), TakServer()
        await ours.rise()
        await theirs.rise()
        links = [
            link_of(m, ours, tmp_path, name="ours", release=KINDS),
            link_of(m, theirs, tmp_path, name="theirs", release=KINDS, audience="green"),
        ]
        for link in links:
            await link.start()
        for server in (ours, theirs):
            await server.until(lambda server=server: bool(server.events))  # type: ignore[misc]
            await server.fall()
            server.forget()
        blue = m.node("blue")
        told = await blue.post_notice(transit(1), role="duty", to=["green"])
        withheld = await blue.post_notice(transit(2), role="duty", to=["white"])
        greens = await m.node("green").post_notice(transit(3), role="duty", to=["blue"])
        await arrived(blue, greens.ref)
        stop = await blue.stop(role="duty", text="raised and lifted in between")
        await blue.step(stop.ref, Step.ALL_CLEAR, role="duty")
        await m.settle()
        for server in (ours, theirs):
            await server.rise()
            await server.until(
                lambda server=server: any("is lifted" in e.remarks for e in server.events)  # type: ignore[misc]
            )
        shown = {e.uid.rpartition("/")[0] for e in ours.of("u-d-c-c")}
        seen = {e.uid.rpartition("/")[0] for e in theirs.of("u-d-c-c")}
        assert shown == {f"parley.blue.{one.ref}" for one in (told, withheld, greens)}
        assert seen == {f"parley.blue.{one.ref}" for one in (told, greens)}
        assert withheld.ref.encode() not in theirs.bytes
        for link in links:
            await link.stop()
        for server in (ours, theirs):
            await server.fall()
        await m.check()
