"""What TAK users send us: tracks and calls, as far as the operator accepts them; TLS and UDP."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.feeds.tak.link import TakConfig
from parley.ledger.certificate import make_certificate
from parley.rules.statements import Distress, Step, Stop
from parley.space import Position
from parley.testing.clock import DAWN_MS
from parley.testing.keys import seed_of
from parley.testing.takserver import TakClient, TakServer
from parley.testing.takstand import QUICK, TakStand, picture, tak_stand
from parley.watch.report import Ident, Report
from parley.wire.cot.event import CotEvent, Element, event_xml, parse_event
from parley.wire.cot.proto import event_from_proto, mesh_frame, stream_frame

ALL = frozenset({"tracks", "stop", "distress", "cancel"})


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def track(uid: str, lat_deg: float = 41.0) -> CotEvent:
    return CotEvent(
        uid,
        "a-f-A-C-F",
        DAWN_MS,
        DAWN_MS,
        DAWN_MS + 60_000,
        lat_deg,
        21.0,
        500.0,
        10.0,
        10.0,
        detail=(Element("contact", {"callsign": uid}),),
    )


def chat(text: str, number: int = 1, *, sender: str = "ANDROID-9") -> bytes:
    to = "parley.blue"
    event = CotEvent(
        f"GeoChat.{sender}.{to}.{number}",
        "b-t-f",
        DAWN_MS,
        DAWN_MS,
        DAWN_MS + 86_400_000,
        41.0,
        21.0,
        detail=(
            Element("__chat", {"id": to, "chatroom": to, "senderCallsign": "VIPER"}),
            Element("link", {"uid": sender}),
            Element("remarks", {"to": to}, text),
        ),
    )
    return event_xml(event)


def emergency(*, over: bool = False, start_ms: int = DAWN_MS) -> bytes:
    event = CotEvent(
        "ANDROID-9-9-1-1",
        "b-a-o-can" if over else "b-a-o-tbl",
        start_ms,
        start_ms,
        start_ms + 60_000,
        41.0,
        21.0,
        ce_m=20.0,
        detail=(
            Element("emergency", {"cancel": "true"} if over else {"type": "911 Alert"}, "VIPER"),
            Element("link", {"uid": "ANDROID-9"}),
        ),
    )
    return event_xml(event)


async def reports(stand: TakStand, count: int) -> Sequence[Report]:
    found: list[Report] = []
    while len(found) < count:
        await stand.intake.wait()
        found += stand.intake.drain()
    return found


async def rejected(stand: TakStand, name: str, count: int = 1) -> None:
    while stand.link.health.rejected.get(name, 0) < count:
        await asyncio.sleep(0.005)


async def connected(stand: TakStand) -> None:
    await stand.server.until(lambda: bool(stand.server.of("a-f-G")))


async def raised(stand: TakStand, kind: str, count: int = 1) -> None:
    async def true() -> bool:
        return len(await stand.items(kind)) >= count

    await stand.until(true)


# Tracks ----------------------------------------------------------------------------------------


async def test_a_track_reaches_the_intake_and_is_not_sent_back(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, accept={"tracks"}, release={"tracks"}, owner="blue") as stand:
        await connected(stand)
        await stand.server.say(event_xml(track("ANDROID-1")) + stream_frame(track("ANDROID-2")))
        found = await reports(stand, 2)
        assert [(r.ident.uid, r.owner, r.sensor) for r in found] == [
            ("cot:ANDROID-1", "blue", "tak"),
            ("cot:ANDROID-2", "blue", "tak"),
        ]
        stand.picture.append(picture("cot:ANDROID-1", "icao:4b1619"))
        await stand.server.until(lambda: bool(stand.server.of("a-u-A")))
        shown = {event.uid for event in stand.server.of("a-u-A")}
        assert shown == {"parley.blue.track:icao:4b1619"}
        health = stand.link.health
        assert (health.reports, health.last_ms, health.rejected) == (2, DAWN_MS, {})


async def test_what_is_not_accepted_is_counted_and_shown(
    tmp_path: Path, log_lines: list[Any]
) -> None:
    async with tak_stand(tmp_path) as stand:
        await connected(stand)
        await stand.server.say(event_xml(track("ANDROID-1")) + chat("STOP") + emergency())
        await rejected(stand, "distress-not-accepted")
        await rejected(stand, "tracks-not-accepted")
        await rejected(stand, "stop-not-accepted")
        assert await stand.node.items() == []
        assert stand.intake.drain() == []
        told = [line for line in log_lines if line["event"] == "call-not-accepted"]
        assert {(line["call"], line["uid"]) for line in told} == {
            ("stop", "ANDROID-9"),
            ("distress", "ANDROID-9"),
        }


async def test_hostile_bytes_are_counted_and_the_link_goes_on(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, accept={"tracks"}) as stand:
        await connected(stand)
        await stand.server.say(b'<!DOCTYPE x [<!ENTITY a "b">]><event>&a;</event>')
        await stand.server.say(b"\xbf\xff\xff\xff\xff\xff\x00" + b"A" * 70_000)
        await stand.server.say(event_xml(track("ANDROID-1")))
        (found,) = await reports(stand, 1)
        assert found.ident.uid == "cot:ANDROID-1"
        assert {"dtd-or-entity", "not-protobuf"} <= set(stand.link.health.rejected)
        assert stand.link.health.connects == 1


async def test_a_flood_of_tracks_holds_up_no_stop(tmp_path: Path) -> None:
    """A queue that nobody drains: what finds no room is dropped, and the STOP is read."""
    async with tak_stand(tmp_path, accept=ALL, role="duty") as stand:
        await connected(stand)
        stand.intake.offer((Report("x", DAWN_MS, Ident(uid="x")),) * 100_000)
        flood = b"".join(event_xml(track(f"A-{n}")) for n in range(500))
        await stand.server.say(flood + chat("STOP"))
        await raised(stand, "stop")
        assert stand.link.health.rejected["no-room"] == 500


# Calls -----------------------------------------------------------------------------------------


async def test_stop_goes_to_all_parties_and_says_who_called(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, accept=ALL, role="chief") as stand:
        await connected(stand)
        await stand.server.say(chat("STOP: he is below me"))
        await raised(stand, "stop")
        (record,) = await stand.items("stop")
        assert isinstance(record.content, Stop)
        assert record.content.header.role == "chief"
        assert set(record.content.header.to) == {"green", "white"}
        text = record.content.text
        assert "VIPER" in text
        assert "ANDROID-9" in text
        assert "STOP: he is below me" in text


async def test_the_same_message_is_one_stop_across_restarts_too(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, accept=ALL, role="duty") as stand:
        await connected(stand)
        await stand.server.say(chat("STOP") * 3)
        await rejected(stand, "call-repeated", 2)
        await stand.restart()
        await stand.server.until(lambda: stand.server.connections == 2)
        await stand.server.say(chat("STOP"))
        await rejected(stand, "call-repeated")
        await stand.server.say(chat("STOP again", 2))
        await raised(stand, "stop", 2)
        assert len(await stand.items("stop")) == 2


async def test_a_flood_of_calls_is_limited(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, accept=ALL, role="duty") as stand:
        await connected(stand)
        await stand.server.say(b"".join(chat("STOP", n) for n in range(20)))
        await rejected(stand, "calls-limited", 15)
        await raised(stand, "stop", 5)
        assert len(await stand.items("stop")) == 5
        await stand.server.say(chat("STOP", 99, sender="ANDROID-2"))
        await raised(stand, "stop", 6)


async def test_distress_is_passed_on_and_its_caller_cancels_it(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, accept=ALL, role="duty") as stand:
        await connected(stand)
        await stand.server.say(emergency() * 2)
        await raised(stand, "distress")
        (record,) = await stand.items("distress")
        assert isinstance(record.content, Distress)
        assert record.content.subject == "VIPER"
        assert record.content.position == Position(lat_deg=41.0, lon_deg=21.0)
        assert record.content.uncertainty_m == 49
        await stand.server.say(emergency(over=True))

        async def lifted() -> bool:
            return (await stand.items("distress"))[0].closed

        await stand.until(lifted)
        stand.clock.advance(1_000)
        await stand.server.say(emergency(start_ms=DAWN_MS + 1_000))
        await raised(stand, "distress", 2)


async def test_a_cancellation_lifts_nothing_unless_it_may(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, accept=ALL - {"cancel"}, role="duty") as stand:
        await connected(stand)
        await stand.server.say(emergency())
        await raised(stand, "distress")
        await stand.server.say(emergency(over=True))
        await rejected(stand, "cancel-not-accepted")
        assert not (await stand.items("distress"))[0].closed


async def test_a_stop_that_was_lifted_is_not_raised_by_its_old_message(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, accept=ALL, role="duty") as stand:
        await connected(stand)
        await stand.server.say(chat("STOP"))
        await raised(stand, "stop")
        await stand.node.step((await stand.items("stop"))[0].ref, Step.ALL_CLEAR, role="duty")
        await stand.restart()
        await stand.server.until(lambda: stand.server.connections == 2)
        await stand.server.say(chat("STOP"))
        await rejected(stand, "call-repeated")
        assert len(await stand.items("stop")) == 1


# TLS -------------------------------------------------------------------------------------------


def identity(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate and its key as PEM files."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    seed = seed_of(name, "tls")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_text(ssl.DER_cert_to_PEM_cert(make_certificate(name, seed)))
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, key


async def test_over_tls_both_sides_prove_who_they_are(tmp_path: Path) -> None:
    theirs, their_key = identity(tmp_path, "server")
    ours, our_key = identity(tmp_path, "blue")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(theirs, their_key)
    context.load_verify_locations(ours)
    context.verify_mode = ssl.CERT_REQUIRED
    files = {"ca_file": str(theirs), "certificate_file": str(ours), "key_file": str(our_key)}
    async with tak_stand(
        tmp_path,
        server=TakServer(tls=context),
        scheme="tls",
        check_name=False,
        accept={"tracks"},
        **files,  # type: ignore[arg-type]
    ) as stand:
        await stand.node.stop(role="duty", text="cease")
        await stand.server.until(lambda: bool(stand.server.of("b-t-f")))
        await stand.server.say(event_xml(track("ANDROID-1")))
        assert len(await reports(stand, 1)) == 1
        assert stand.link.health.error == ""


async def test_a_server_that_another_ca_signed_is_told_nothing(tmp_path: Path) -> None:
    theirs, their_key = identity(tmp_path, "server")
    other, _ = identity(tmp_path, "other")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(theirs, their_key)
    async with tak_stand(
        tmp_path,
        server=TakServer(tls=context),
        scheme="tls",
        check_name=False,
        ca_file=str(other),
    ) as stand:
        while not stand.link.health.error:
            await asyncio.sleep(0.01)
        assert "certificate" in stand.link.health.error.lower()
        assert stand.server.bytes == b""


async def test_a_certificate_that_names_another_host_is_refused(tmp_path: Path) -> None:
    theirs, their_key = identity(tmp_path, "server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(theirs, their_key)
    async with tak_stand(
        tmp_path, server=TakServer(tls=context), scheme="tls", ca_file=str(theirs)
    ) as stand:
        while not stand.link.health.error:
            await asyncio.sleep(0.01)
        assert "certificate" in stand.link.health.error.lower()
        assert stand.server.bytes == b""


async def test_tls_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, scheme="tls", ca_file=str(tmp_path / "absent.pem")) as stand:
        while not stand.link.health.error:
            await asyncio.sleep(0.01)
        assert "TLS files of tak" in stand.link.health.error


# UDP -------------------------------------------------------------------------------------------


def group_socket(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    here = socket.inet_aton("127.0.0.1")
    try:
        sock.bind(("239.2.3.1", port))
        group = socket.inet_aton("239.2.3.1") + here
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, here)
    except OSError as error:
        sock.close()
        pytest.skip(f"no multicast on loopback here: {error}")
    return sock


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.mark.parametrize("protobuf", [False, True])
async def test_a_multicast_group_hears_us_and_we_hear_it(tmp_path: Path, protobuf: bool) -> None:
    port = free_port()
    config = TakConfig(
        "mesh",
        f"udp://239.2.3.1:{port}",
        accept=ALL,
        role="duty",
        protobuf=protobuf,
        interface="127.0.0.1",
    )
    loop = asyncio.get_running_loop()
    async with tak_stand(tmp_path, started=False) as stand:
        with group_socket(port) as sock:
            stand.config, stand.pace = config, replace(QUICK, repeat_s=0.02)
            stand.link = stand.make()
            await stand.link.start()
            await stand.node.stop(role="duty", text="cease")
            seen: list[CotEvent] = []
            while [e.type for e in seen].count("b-t-f") < 3:  # it is repeated while it stands
                data = await loop.sock_recv(sock, 65_536)
                assert data.startswith(b"\xbf\x01\xbf") is protobuf
                seen.append(event_from_proto(data[3:]) if protobuf else parse_event(data))
            assert len({e.uid for e in seen if e.type == "b-t-f"}) == 1
            for message in (mesh_frame(track("A-1")), event_xml(track("A-2")), chat("STOP")):
                await loop.sock_sendto(sock, message, ("239.2.3.1", port))
            assert len(await reports(stand, 2)) == 2
            await raised(stand, "stop", 2)


# Together --------------------------------------------------------------------------------------


async def test_two_users_of_one_server(tmp_path: Path) -> None:
    """What the node tells, another client of the same server sees; what he says, the node hears."""
    async with tak_stand(
        tmp_path, accept=ALL, role="duty", release={"tracks"}, callsign="BLUE WATCH"
    ) as stand:
        client = TakClient()
        await client.connect("127.0.0.1", stand.server.port)
        await client.say(event_xml(track("ANDROID-9")))
        await reports(stand, 1)
        stand.picture.append(picture("icao:4b1619"))
        await client.until(lambda: any(e.type == "a-u-A-C-F" for e in client.events))
        await client.say(chat("stop, I am crossing"))
        await client.until(lambda: any("STOP STOP STOP" in e.remarks for e in client.events))
        (said,) = [e for e in client.events if e.type == "b-t-f"][:1]
        assert "I am crossing" in said.remarks
        await client.close()
