"""The way out over mutual TLS: a peer's URL is answered by that peer's pinned key or by nobody."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from fastapi import FastAPI, Response

from parley.errors import ConfigError
from parley.ledger.certificate import make_certificate
from parley.node.pins import Tls, TlsIdentity, pins_of, server_context
from parley.peers import Hub, Pace
from parley.peers.line import Answer, Line, Unreached
from parley.peers.tls import PeerClient
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import Mechanism, started_node, tls_identity
from parley.web import Running, serve

BLUE, GREEN, WHITE = (tls_identity(party) for party in ("blue", "green", "white"))
FRESH = TlsIdentity(make_certificate("green", b"f" * 32), b"f" * 32)
QUICK = Pace(heartbeat_s=0.1, first_retry_s=0.01, last_retry_s=0.05, timeout_s=5.0)


def trusting(identity: TlsIdentity, **certificates: list[bytes]) -> Tls:
    """What a party believes; the lists may be changed."""
    return Tls(identity, lambda: certificates, pins_of(lambda: certificates))


@asynccontextmanager
async def door(
    tls: Tls | None, answer: Response | None = None, bell: asyncio.Semaphore | None = None
) -> AsyncIterator[str]:
    """A door at a port of its own that always gives this answer, and rings at each batch."""
    app = FastAPI(openapi_url=None)
    app.state.closing = asyncio.Event()

    @app.post("/{path:path}")
    async def any_path(path: str) -> Response:
        if bell is not None and path.endswith("notes"):
            bell.release()
        return answer or Response(b"here")

    running = await serve(app, "127.0.0.1", 0, tls=tls)
    try:
        yield at(running, "http" if tls is None else "https")
    finally:
        await running.stop()


def at(running: Running, scheme: str = "https") -> str:
    return f"{scheme}://127.0.0.1:{running.port}"


@asynccontextmanager
async def line_to(peer: str, url: str, tls: Tls | None) -> AsyncIterator[Line]:
    client = PeerClient(peer, url, tls)
    try:
        yield Line(client, url)
    finally:
        await client.aclose()


async def asked(line: Line) -> Answer:
    return await line.post("/peer/v1/notes", b"{}", "application/json", timeout_s=5)


async def test_a_pair_that_pins_each_other_exchanges() -> None:
    async with (
        door(trusting(GREEN, blue=[BLUE.certificate])) as url,
        line_to("green", url, trusting(BLUE, green=[GREEN.certificate])) as line,
    ):
        assert await asked(line) == Answer(200, b"here")
        assert await asked(line) == Answer(200, b"here")


async def test_another_known_party_at_a_peers_url_is_refused() -> None:
    tls = trusting(BLUE, green=[GREEN.certificate], white=[WHITE.certificate])
    async with door(trusting(WHITE, blue=[BLUE.certificate])) as url:
        async with line_to("green", url, tls) as line:
            with pytest.raises(Unreached, match="certificate verify failed"):
                await asked(line)
        async with line_to("white", url, tls) as line:
            assert (await asked(line)).status == 200


async def test_an_unknown_key_that_calls_itself_green_is_refused() -> None:
    async with (
        door(trusting(FRESH, blue=[BLUE.certificate])) as url,
        line_to("green", url, trusting(BLUE, green=[GREEN.certificate])) as line,
    ):
        with pytest.raises(Unreached, match="certificate verify failed"):
            await asked(line)


async def test_a_peer_that_does_not_pin_us_is_unreached() -> None:
    async with (
        door(trusting(GREEN, white=[WHITE.certificate])) as url,
        line_to("green", url, trusting(BLUE, green=[GREEN.certificate])) as line,
    ):
        with pytest.raises(Unreached):
            await asked(line)


async def test_a_door_without_tls_gets_nothing_from_us() -> None:
    async with door(None) as plain:
        url = plain.replace("http:", "https:")
        async with line_to("green", url, trusting(BLUE, green=[GREEN.certificate])) as line:
            with pytest.raises(Unreached):
                await asked(line)


def issued(key: Ed25519PrivateKey, by: Ed25519PrivateKey, name: str, *, authority: bool) -> bytes:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("authority"))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2021, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(by, None)
        .public_bytes(serialization.Encoding.DER)
    )


async def test_a_key_that_a_pinned_certificate_vouches_for_is_not_pinned() -> None:
    root, leaf = (Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in (1, 2))
    authority = issued(root, root, "authority", authority=True)
    behind = TlsIdentity(issued(leaf, root, "leaf", authority=False), bytes([2] * 32))
    async with (
        door(trusting(behind, blue=[BLUE.certificate])) as url,
        line_to("green", url, trusting(BLUE, green=[authority])) as line,
    ):
        with pytest.raises(Unreached, match="not signed by its own key"):
            await asked(line)


async def test_a_dropped_pin_ends_open_connections_and_a_new_one_needs_no_restart() -> None:
    theirs = [GREEN.certificate]
    tls = trusting(BLUE, green=theirs)
    async with (
        door(trusting(GREEN, blue=[BLUE.certificate])) as url,
        line_to("green", url, tls) as line,
    ):
        assert (await asked(line)).status == 200
        theirs[:] = []
        with pytest.raises(Unreached, match="no TLS certificate of green is pinned"):
            await asked(line)
        theirs[:] = [FRESH.certificate]
        with pytest.raises(Unreached, match="certificate verify failed"):
            await asked(line)
        theirs[:] = [FRESH.certificate, GREEN.certificate]
        assert (await asked(line)).status == 200


async def test_pins_count_and_not_the_certificates_that_may_be_pinned() -> None:
    certificates = {"green": [GREEN.certificate, FRESH.certificate]}
    tls = Tls(BLUE, lambda: certificates, lambda: {"green": frozenset({FRESH.pin})})
    async with (
        door(trusting(GREEN, blue=[BLUE.certificate])) as url,
        line_to("green", url, tls) as line,
    ):
        with pytest.raises(Unreached, match="certificate verify failed"):
            await asked(line)


async def test_tls_1_2_is_not_spoken_to_a_peer() -> None:
    context = await asyncio.to_thread(server_context, GREEN, [BLUE.certificate])
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2

    came: list[object] = []
    server = await asyncio.start_server(
        lambda *ends: came.append(ends), "127.0.0.1", 0, ssl=context
    )
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with line_to("green", url, trusting(BLUE, green=[GREEN.certificate])) as line:
        with pytest.raises(Unreached, match="ConnectError"):
            await asked(line)
    assert not came
    server.close()
    await server.wait_closed()


async def test_a_handshake_that_does_not_end_is_given_up_and_its_socket_closed() -> None:
    ended = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()
        ended.set()
        writer.transport.abort()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with line_to("green", url, trusting(BLUE, green=[GREEN.certificate])) as line:
        asking = asyncio.create_task(line.post("/", b"", "text/plain", timeout_s=0.05))
        with pytest.raises(Unreached):
            await asking
        await ended.wait()
    server.close()
    await server.wait_closed()


async def test_with_tls_no_url_is_plain() -> None:
    blue = await started_node(small_agreement(), "blue", clock=HandClock())
    tls = trusting(BLUE, green=[GREEN.certificate])
    with pytest.raises(ConfigError, match="no base URL of green") as refusal:
        Hub(blue, {"green": "http://127.0.0.1:1"}, jitter=lambda: 0.0, tls=tls)
    assert refusal.value.right.startswith("like https://")
    await blue.close()


BUSY = b'{"code": "protocol", "what": "a body that lies about its status"}'


async def test_a_peer_that_is_busy_is_asked_again_and_nothing_is_given_up() -> None:
    async with Mechanism(small_agreement(), pace=QUICK) as m:
        blue = m.node("blue")
        await m.hub("blue").stop()
        bell = asyncio.Semaphore(0)
        async with door(None, Response(BUSY, 429), bell) as url:
            hub = Hub(blue, {"green": url}, jitter=lambda: 0.0, pace=QUICK)
            await blue.post_notice(transit(0), role="duty", to=["green"])
            await hub.start()
            for _ in range(3):
                await bell.acquire()
            await hub.stop()
        assert (await blue.health()).pending == {"green": 1}
        assert (await blue.health()).refused_by_peers == 0
        await m.hub("blue").start()
        await m.settle("blue")
        await m.check()


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
async def test_nodes_reach_each_other_over_the_cuttable_links(tls: bool) -> None:
    async with Mechanism(small_agreement(), tls=tls) as m:
        await m.node("blue").post_notice(transit(0), role="duty")
        await m.settle("blue")
        assert await m.node("green").items()
        await m.check()


def up(m: Mechanism, party: str, peer: str) -> bool:
    """Whether the party has said yet that its link to the peer is up."""
    return any(link.up for link in m.node(party).links() if link.peer == peer)


async def test_a_party_whose_key_is_revoked_is_cut_off_while_all_run_and_comes_back() -> None:
    async with Mechanism(small_agreement(), pace=QUICK) as m:
        await m.until("blue", lambda: up(m, "blue", "green"))
        m.certificates["green"] = []
        await m.until("blue", lambda: not up(m, "blue", "green"))
        await m.until("white", lambda: not up(m, "white", "green"))
        await m.until("blue", lambda: up(m, "blue", "white"))
        await m.node("blue").post_notice(transit(0), role="duty", to=["green"])
        m.certificates["green"] = [tls_identity("green").certificate]
        await m.settle("blue")
        await m.until("blue", lambda: up(m, "blue", "green"))
        await m.check()
