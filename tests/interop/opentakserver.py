"""Parley against a real OpenTAKServer: run by a person, not by the tests. See docs/formats/cot.md.

    python tests/interop/opentakserver.py [--python python3.12] [--work DIR] [--running HOST:PORT]

Installs OpenTAKServer from PyPI into a virtual environment under DIR (a temporary folder), starts
PostgreSQL with PostGIS, RabbitMQ and the server's three programs on loopback, connects a node's
TAK link and a plain TAK client, and says of each thing whether it was seen. Ends with 0 only if
all of it was. Needs Debian's postgresql, postgresql-15-postgis-3 and rabbitmq-server packages,
and Python 3.12 or later for the server. --running: a server that runs already (TCP port).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from parley.feeds.tak.link import NodeView, TakConfig, TakLink
from parley.node.context import Context
from parley.node.node import Node
from parley.node.watching.intake import Intake
from parley.rules.statements import Draft, NoticeVolume, Step, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import counting_salts
from parley.testing.harness import context_of
from parley.testing.opentakserver import (
    TCP_PORT,
    TLS_PORT,
    Programs,
    client_files,
    serve,
    wait_for_port,
)
from parley.testing.takserver import TakClient
from parley.testing.takstand import SqliteCursors, picture
from parley.watch.tracks import Tracks
from parley.wire.cot.event import XML_HEADER, CotEvent, Element, event_xml
from parley.wire.cot.release import KINDS
from parley.wire.instants import format_instant

PLACE = Position(lat_deg=40.0, lon_deg=20.0)


@dataclass
class Trial:
    """seen: what was looked for, and whether it came in time."""

    seen: list[tuple[str, bool]] = field(default_factory=list)

    async def look(self, what: str, true: Callable[[], bool], seconds: float = 20.0) -> None:
        until = time.monotonic() + seconds
        while not true() and time.monotonic() < until:
            await asyncio.sleep(0.1)
        self.seen.append((what, true()))
        print(f"{'seen   ' if true() else 'MISSING'}  {what}", flush=True)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def user_sa() -> bytes:
    """The client as a TAK user's tablet shows itself: a track for Parley."""
    event = CotEvent(
        "PARLEY-TRIAL-USER",
        "a-f-A-C-H",
        now_ms(),
        now_ms(),
        now_ms() + 60_000,
        40.2,
        20.2,
        900.0,
        10.0,
        10.0,
        detail=(
            Element("takv", {"device": "trial", "platform": "trial", "os": "-", "version": "1"}),
            Element("contact", {"callsign": "VIPER", "endpoint": "*:-1:stcp"}),
            Element("__group", {"name": "Cyan", "role": "Team Member"}),
            Element("track", {"speed": "50", "course": "90"}),
        ),
    )
    return XML_HEADER + event_xml(event)


def user_stop() -> bytes:
    to = "parley.blue"
    group = Element("chatgrp", {"uid0": "PARLEY-TRIAL-USER", "uid1": to, "id": to})
    event = CotEvent(
        f"GeoChat.PARLEY-TRIAL-USER.{to}.{now_ms()}",
        "b-t-f",
        now_ms(),
        now_ms(),
        now_ms() + 86_400_000,
        40.2,
        20.2,
        detail=(
            Element(
                "__chat",
                {
                    "parent": "RootContactGroup",
                    "groupOwner": "false",
                    "messageId": str(now_ms()),
                    "chatroom": "PARLEY-BLUE",
                    "id": to,
                    "senderCallsign": "VIPER",
                },
                "",
                (group,),
            ),
            Element("link", {"uid": "PARLEY-TRIAL-USER", "type": "a-f-A-C-H", "relation": "p-p"}),
            Element(
                "remarks",
                {
                    "source": "BAO.F.PARLEY-TRIAL-USER",
                    "to": to,
                    "time": format_instant(now_ms()),
                },
                "STOP trial",
            ),
            Element("marti", {}, "", (Element("dest", {"callsign": "PARLEY-BLUE"}),)),
        ),
    )
    return XML_HEADER + event_xml(event)


def user_distress() -> bytes:
    event = CotEvent(
        "PARLEY-TRIAL-USER-9-1-1",
        "b-a-o-tbl",
        now_ms(),
        now_ms(),
        now_ms() + 60_000,
        40.2,
        20.2,
        900.0,
        10.0,
        10.0,
        detail=(
            Element("emergency", {"type": "911 Alert"}, "VIPER"),
            Element("contact", {"callsign": "VIPER-Alert"}),
            Element("link", {"uid": "PARLEY-TRIAL-USER", "type": "a-f-A-C-H", "relation": "p-p"}),
        ),
    )
    return XML_HEADER + event_xml(event)


def a_notice() -> Draft:
    span = Span(now_ms() + 7_200_000, now_ms() + 10_800_000)
    volume = Volume(Area.circle(PLACE, 3_000), Band.metres(0, 3_000), span)
    return Draft("live-activity", (NoticeVolume(Use.ACTIVITY, volume),), text="trial notice")


async def trial(
    host: str, port: int, work: Path, programs: Programs | None
) -> list[tuple[str, bool]]:
    """programs: what may be killed on the way, None for a server that is not ours."""
    agreement = small_agreement()
    context = shifted(context_of(agreement, "blue"))
    node = Node(context, MemoryStore(), now_ms, counting_salts("blue"))
    await node.start()
    shown = [picture("icao:4b1619", seen_ms=now_ms())]
    intake, found = Intake(), Trial()
    config = TakConfig(
        "trial",
        f"tcp://{host}:{port}",
        accept=frozenset({"tracks", "stop", "distress"}),
        role="duty",
        release=KINDS,
    )
    cursors = SqliteCursors(work / f"cursors-{now_ms()}.db")
    link = TakLink(
        node,
        config,
        intake,
        now_ms,
        view=NodeView(node, tracks=lambda: shown[-1]),
        cursors=cursors,
        version="trial",
    )
    client = TakClient()
    await client.connect(host, port)
    await asyncio.sleep(2.0)
    await client.say(user_sa())
    await link.start()
    try:
        await asyncio.sleep(5.0)
        await _out(found, node, client, shown)
        await _in(found, node, client, intake)
        await _confirmed(found, node, cursors)
        if programs is not None:
            await client.close()
            client = await _outage(found, node, programs, port)
            await link.stop()
            link = over_tls(node, work, cursors)
            await link.start()
            await _tls(found, node, client)
        print(f"         link: {link.health}")
    finally:
        await link.stop()
        await client.close()
        await node.close()
    return found.seen


async def _out(found: Trial, node: Node, client: TakClient, shown: list[Tracks]) -> None:
    """What the client sees of us."""

    def has(kind: str, words: str = "") -> Callable[[], bool]:
        return lambda: any(
            e.type.startswith(kind) and words in f"{e.uid} {e.callsign} {e.remarks}"
            for e in client.events
        )

    around = Area.circle(PLACE, 500)
    span = Span(now_ms(), now_ms() + 36_000_000)
    await node.protect("trial camp", Volume(around, Band.metres(0, 100), span), role="duty")
    await found.look("the client sees Parley as a contact", has("a-f-G-U-C", "PARLEY-BLUE"))
    notice = await node.post_notice(a_notice(), role="duty")
    await found.look("the client sees the notice", has("u-d-c-c", "trial notice"))
    await found.look("the client sees its hazard", has("u-d-c-c", "HAZARD"))
    await found.look("the client sees the alert", has("b-a-g", "bystander"))
    await found.look("the client sees the alert in the chat", has("b-t-f", "must keep clear"))
    await found.look("the client sees the alert's marker", has("b-m-p-s-m", "bystander"))
    shown.append(picture("icao:4b1619", seen_ms=now_ms()))
    await found.look("the client sees the track", has("a-u-A-C-F", "icao:4b1619"))
    distress = await node.distress(
        role="duty", subject="amber 1", since_ms=now_ms(), position=PLACE
    )
    await found.look("the client sees DISTRESS", has("b-a-o-tbl", "amber 1"))
    await node.step(distress.ref, Step.ALL_CLEAR, role="duty")
    await found.look("the client sees that it is over", has("b-a-o-can"))
    await node.step(notice.ref, Step.CANCEL, role="duty")
    await found.look("the client sees the notice withdrawn", has("t-x-d-d"))
    await node.stop(role="duty", text="trial stop by Parley")
    await found.look("the client sees STOP in the chat", has("b-t-f", "STOP STOP STOP"))
    await found.look("the client sees STOP as an alert", has("b-a-g", "STOP"))


async def _in(found: Trial, node: Node, client: TakClient, intake: Intake) -> None:
    """What we hear of the client."""
    heard: list[str] = []
    said: list[str] = []

    def track() -> bool:
        heard.extend(report.ident.uid for report in intake.drain())
        return "cot:PARLEY-TRIAL-USER" in heard

    await client.say(user_sa())
    await found.look("Parley sees the client's track", track)
    await client.say(user_stop())
    await _until_item(found, node, said, "STOP trial", "a STOP in a chat becomes a STOP to all")
    await client.say(user_distress())
    await _until_item(found, node, said, "VIPER", "a 911 alert becomes a DISTRESS to all")


def over_tls(node: Node, work: Path, cursors: SqliteCursors) -> TakLink:
    """The server's certificate names no host, so only its CA is asked."""
    ca, certificate, key = client_files(work)
    config = TakConfig(
        "trial-tls",
        f"tls://127.0.0.1:{TLS_PORT}",
        release=KINDS,
        ca_file=str(ca),
        certificate_file=str(certificate),
        key_file=str(key),
        check_name=False,
    )
    view = NodeView(node)
    return TakLink(node, config, Intake(), now_ms, view=view, cursors=cursors, version="trial")


async def _tls(found: Trial, node: Node, client: TakClient) -> None:
    await asyncio.sleep(5.0)
    await node.stop(role="duty", text="said over TLS")
    await found.look(
        "over TLS with certificates on both sides the client sees STOP",
        lambda: any("said over TLS" in e.remarks for e in client.events),
    )


async def _outage(found: Trial, node: Node, programs: Programs, port: int) -> TakClient:
    """The server is killed; meanwhile a STOP is raised and lifted, and a notice is given."""
    programs.kill("eud_handler")
    stop = await node.stop(role="duty", text="raised in the outage")
    await node.step(stop.ref, Step.ALL_CLEAR, role="duty")
    await node.post_notice(a_notice(), role="duty")
    programs.again("eud_handler")
    await asyncio.to_thread(wait_for_port, port, "OpenTAKServer's TCP port")
    client = TakClient()
    await client.connect("127.0.0.1", port)
    await asyncio.sleep(2.0)
    await client.say(user_sa())
    lifted = f"{stop.ref.partition(':')[2]} by blue is lifted"
    await found.look(
        "after an outage the client sees the notice that was given in it",
        lambda: any(e.type == "u-d-c-c" and "trial notice" in e.remarks for e in client.events),
        40.0,
    )
    await found.look(
        "and that a STOP was raised and lifted in it",
        lambda: any(lifted in e.remarks for e in client.events),
    )
    return client


async def _confirmed(found: Trial, node: Node, cursors: SqliteCursors) -> None:
    """Only the answer to a ping moves our place in the journal so soon."""
    last, reached = await node.last_event(), []

    async def look() -> bool:
        if await cursors.cursor("trial") >= last:
            reached.append(True)
        return bool(reached)

    await _soon(look, 15.0)
    await found.look("the server confirms what it was sent", lambda: bool(reached), 0.0)


async def _until_item(
    found: Trial, node: Node, said: list[str], words: str, what: str, seconds: float = 20.0
) -> None:
    async def look() -> bool:
        kind = "distress:" if "911" in what else "stop:"
        for record in await node.items(limit=1000):
            if record.ref.startswith(kind) and words in record.content.text:
                said.append(what)
                return True
        return False

    await _soon(look, seconds)
    await found.look(what, lambda: what in said, 0.0)


async def _soon(look: Callable[[], Awaitable[bool]], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not await look() and time.monotonic() < until:
        await asyncio.sleep(0.2)


def shifted(context: Context) -> Context:
    """The agreement of the tests, in force now."""
    from dataclasses import replace

    from parley.wire.agreement import agreement_digest

    year = 365 * 86_400_000
    agreement = replace(context.agreement, valid=Span(now_ms() - year, now_ms() + year))
    return replace(context, agreement=agreement, agreement_ref=agreement_digest(agreement))


@contextlib.contextmanager
def folder(given: str) -> Iterator[Path]:
    if given:
        Path(given).mkdir(parents=True, exist_ok=True)
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="parley-opentakserver-") as made:
        yield Path(made)


def main() -> int:
    parser = argparse.ArgumentParser(description="Parley against a real OpenTAKServer")
    parser.add_argument("--python", default="python3.12", help="for the server's environment")
    parser.add_argument("--work", default="", help="folder to work in; kept if given")
    parser.add_argument("--running", default="", help="HOST:PORT of a server that runs already")
    chosen = parser.parse_args()
    with folder(chosen.work) as work:
        programs = Programs(work)
        try:
            host, port = "127.0.0.1", TCP_PORT
            if chosen.running:
                host, _, text = chosen.running.partition(":")
                port = int(text or TCP_PORT)
            else:
                serve(work, chosen.python, programs)
            seen = asyncio.run(trial(host, port, work, None if chosen.running else programs))
        finally:
            programs.stop()
    missing = [what for what, came in seen if not came]
    print(f"{len(seen) - len(missing)} of {len(seen)} seen")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
