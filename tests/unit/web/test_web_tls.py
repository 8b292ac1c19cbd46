"""The peers' door over mutual TLS: who is pinned gets in, as long as it is pinned; nobody else."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from parley.errors import ConfigError, UnknownPartyError
from parley.ledger.certificate import make_certificate, private_pem, spki_pin
from parley.node.node import Node
from parley.node.pins import Tls, TlsIdentity, client_context, pins_of, server_context
from parley.peers import Hub
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import started_node, tls_identity
from parley.web import Running, create_peer_app, serve
from parley.web.pinned import MAX_CONNECTIONS

BLUE, GREEN, WHITE = (tls_identity(party) for party in ("blue", "green", "white"))
STRANGER = TlsIdentity(make_certificate("green", b"s" * 32), b"s" * 32)


@dataclass(slots=True)
class Door:
    """Blue's door. certificates: the roster's, which a test may change while it runs."""

    node: Node
    running: Running
    certificates: dict[str, list[bytes]]

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.running.port}"

    @asynccontextmanager
    async def client(
        self, identity: TlsIdentity, context: ssl.SSLContext | None = None
    ) -> AsyncIterator[httpx.AsyncClient]:
        if context is None:
            context = await asyncio.to_thread(client_context, identity, [BLUE.certificate])
        async with httpx.AsyncClient(base_url=self.url, verify=context, trust_env=False) as client:
            yield client


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    certificates = {"green": [GREEN.certificate], "white": [WHITE.certificate]}
    node = await started_node(small_agreement(), "blue", clock=HandClock())
    hub = Hub(node, {}, jitter=lambda: 0.0)
    tls = Tls(BLUE, lambda: certificates, pins_of(lambda: certificates))
    running = await serve(create_peer_app(node, hub=hub), "127.0.0.1", 0, tls=tls)
    yield Door(node, running, certificates)
    await running.stop()
    await node.close()


async def carried(client: httpx.AsyncClient, *notes: bytes) -> list[dict[str, Any]]:
    answer = await client.post("/peer/v1/notes", json={"notes": [n.decode() for n in notes]})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def said(node: Node) -> bytes:
    return (await node.post_notice(transit(0), role="duty")).note


async def refused(door: Door, identity: TlsIdentity, context: ssl.SSLContext | None = None) -> None:
    """The connection ends before a single request is answered; the door lives on."""
    async with door.client(identity, context) as client:
        with pytest.raises(httpx.TransportError):
            await client.post("/peer/v1/heartbeat", content=b"x")
    await alive(door)


async def alive(door: Door) -> None:
    async with door.client(WHITE) as client:
        assert (await client.post("/peer/v1/heartbeat", content=b"x")).status_code == 400


async def test_a_pinned_peer_gets_receipts_over_tls_1_3(door: Door, green: Node) -> None:
    async with door.client(GREEN) as client:
        answer = await client.post("/peer/v1/notes", json={"notes": [(await said(green)).decode()]})
        connection = answer.extensions["network_stream"].get_extra_info("ssl_object")
        assert connection.version() == "TLSv1.3"
        assert not connection.session_reused
        assert answer.json()["results"][0]["receipt"]


async def test_the_operators_pages_are_not_behind_this_door(door: Door) -> None:
    async with door.client(GREEN) as client:
        for path in ("/v1/health", "/v1/stop", "/openapi.json", "/docs", "/"):
            assert (await client.get(path)).status_code == 404
            assert (await client.post(path)).status_code == 404


async def test_whoever_is_not_pinned_is_refused_whatever_it_calls_itself(door: Door) -> None:
    await refused(door, STRANGER)


async def test_whoever_shows_no_certificate_is_refused(door: Door) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    await refused(door, STRANGER, context)


async def test_a_certificate_that_a_pinned_key_issued_is_refused(
    door: Door, log_lines: list[Any]
) -> None:
    """A peer whose own certificate calls itself an authority cannot let others in."""
    key = Ed25519PrivateKey.generate()
    authority = issued(key, key, "authority", authority=True)
    door.certificates["green"].append(authority)
    leaf_key = Ed25519PrivateKey.generate()
    raw = leaf_key.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    leaf = issued(leaf_key, key, "authority", authority=False)
    await refused(door, TlsIdentity(leaf, raw))
    [line] = [line for line in log_lines if line["event"] == "peer-turned-away"]
    assert "not signed by its own key" in line["why"]


def issued(
    key: Ed25519PrivateKey, by: Ed25519PrivateKey, name: str, *, authority: bool, year: int = 9999
) -> bytes:
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    subject = (
        named
        if authority or key is by
        else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")])
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(year, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(by, None)
        .public_bytes(serialization.Encoding.DER)
    )


async def test_a_certificate_of_past_dates_works_as_long_as_it_is_pinned(
    door: Door, green: Node
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"e" * 32)
    expired = TlsIdentity(issued(key, key, "green", authority=False, year=2021), b"e" * 32)
    door.certificates["green"] = [expired.certificate]
    async with door.client(expired) as client:
        assert (await carried(client, await said(green)))[0]["receipt"]


async def test_tls_1_2_is_refused(door: Door) -> None:
    context = await asyncio.to_thread(client_context, GREEN, [BLUE.certificate])
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    await refused(door, GREEN, context)


@pytest.mark.parametrize(
    "words",
    [b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 500, b"\0" * 99],
)
async def test_plain_http_and_noise_do_no_harm(door: Door, words: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.running.port)
    writer.write(words)
    with suppress(ConnectionError):
        assert not (await reader.read()).startswith(b"HTTP/")
    writer.close()
    await alive(door)


async def test_a_pin_that_is_dropped_stops_new_connections_and_open_ones(
    door: Door, green: Node
) -> None:
    async with door.client(GREEN) as client:
        assert (await carried(client, await said(green)))[0]["receipt"]
        door.certificates["green"] = []
        with pytest.raises(httpx.TransportError):
            await client.post("/peer/v1/heartbeat", content=b"x")
    await refused(door, GREEN)
    door.certificates["green"] = [GREEN.certificate]
    async with door.client(GREEN) as client:
        assert (await client.post("/peer/v1/heartbeat", content=b"x")).status_code == 400


async def test_a_key_that_is_rotated_in_works_without_a_restart(door: Door, green: Node) -> None:
    fresh = TlsIdentity(make_certificate("green", b"f" * 32), b"f" * 32)
    await refused(door, fresh)
    door.certificates["green"] = [fresh.certificate]
    async with door.client(fresh) as client:
        assert (await carried(client, await said(green)))[0]["receipt"]
    await refused(door, GREEN)


async def test_a_certificate_of_the_roster_that_is_none_harms_nobody_else(door: Door) -> None:
    door.certificates["green"] = [b"no certificate", b"x" * 9000]
    await refused(door, GREEN)


async def test_whoever_carries_a_note_is_recorded_and_says_nothing_about_its_author(
    door: Door, green: Node, log_lines: list[Any]
) -> None:
    note = await said(green)
    async with door.client(WHITE) as client:
        [result] = await carried(client, note)
    assert result["receipt"]
    [record] = await door.node.items()
    assert record.author == "green"
    relayed = [line for line in log_lines if line["event"] == "note-relayed"]
    assert [(r["carrier"], r["note_hash"]) for r in relayed] == [("white", result["note_hash"])]
    async with door.client(GREEN) as client:
        assert (await carried(client, note))[0]["receipt"] == result["receipt"]
    assert len([line for line in log_lines if line["event"] == "note-relayed"]) == 1
    await door.node.check_node(MemoryStore())


async def test_one_key_cannot_take_all_places(door: Door) -> None:
    context = await asyncio.to_thread(client_context, GREEN, [BLUE.certificate])
    held = []
    for _ in range(MAX_CONNECTIONS):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.running.port, ssl=context)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 404")
        held.append(writer)
    await refused(door, GREEN)
    for writer in held:
        writer.transport.abort()


def test_a_seed_of_another_certificate_is_our_fault() -> None:
    with pytest.raises(ConfigError, match="not of one key"):
        TlsIdentity(GREEN.certificate, BLUE.seed)
    assert "seed" not in repr(BLUE)


def test_a_pin_without_a_party_names_nobody() -> None:
    from parley.node.pins import party_of_pin

    pins = {"green": frozenset({GREEN.pin}), "white": frozenset({WHITE.pin})}
    assert party_of_pin(pins, spki_pin(WHITE.certificate)) == "white"
    with pytest.raises(UnknownPartyError, match=BLUE.pin):
        party_of_pin(pins, BLUE.pin)


@pytest.mark.parametrize("nameless_memory", [True, False])
def test_no_key_stays_behind_on_a_disk(
    nameless_memory: bool, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if not nameless_memory:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    context = server_context(BLUE, [GREEN.certificate])
    assert context.minimum_version == ssl.TLSVersion.TLSv1_3
    assert context.num_tickets == 0
    assert list(tmp_path.iterdir()) == []
    assert private_pem(BLUE.seed).decode() not in repr(context)
