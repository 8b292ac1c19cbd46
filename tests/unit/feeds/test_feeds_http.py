"""aircraft.json over HTTP: polled, unchanged, broken, too large; and TLS with a pinned CA."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from blockbuster import blockbuster_ctx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from parley.feeds.config import FeedConfig
from parley.feeds.feeds import Feeds
from parley.feeds.formats import parse_feed
from parley.feeds.ports import Pauses
from parley.node.watching.intake import FeedState
from parley.testing import squitter as q
from parley.testing.feedstand import Sender, WatchedIntake

T0 = 1_717_664_319_000
QUICK = {"poll_s": 0.01}


@pytest.fixture(autouse=True)
def no_blocking() -> Iterator[None]:
    with blockbuster_ctx():
        yield


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


class Web:
    """One answer to every GET on loopback, until it is changed."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.headers: dict[str, str] = {}
        self.asked: list[Mapping[str, str]] = []
        self.port = 0

    def show(self, now_s: float, **changed: object) -> None:
        craft = {"hex": "4ca216", "lat": 49.3, "lon": 10.6, "seen_pos": 0.0, "seen": 0.0}
        self.body = json.dumps({"now": now_s, "aircraft": [{**craft, **changed}]}).encode()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")[1:-2]
                self.asked.append(dict(line.lower().split(": ", 1) for line in lines))
                extra = "".join(f"{key}: {value}\r\n" for key, value in self.headers.items())
                size = f"content-length: {len(self.body)}\r\n" if self.status != 304 else ""
                writer.write(f"HTTP/1.1 {self.status} X\r\n{size}{extra}\r\n".encode())
                writer.write(self.body if self.status != 304 else b"")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()


@asynccontextmanager
async def web() -> AsyncIterator[Web]:
    site = Web()
    server = await asyncio.start_server(site.answer, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()


@asynccontextmanager
async def running(intake: WatchedIntake, *configs: FeedConfig) -> AsyncIterator[None]:
    feeds = Feeds(
        intake, configs, clock_ms=lambda: T0, jitter=lambda: 0.0, pauses=Pauses(0.01, 0.05)
    )
    await feeds.start()
    try:
        yield
    finally:
        await feeds.stop()


def polled(site: Web, user: str = "", **options: object) -> FeedConfig:
    url = f"readsb+http://{user}127.0.0.1:{site.port}/data/aircraft.json"
    return parse_feed("tar", url, {**QUICK, **options})


async def test_each_new_file_is_read_once() -> None:
    intake = WatchedIntake()
    async with web() as site:
        site.show(T0 / 1000)
        async with running(intake, polled(site)):
            await intake.until(lambda: intake.queued == 1)
            seen = len(site.asked)
            site.show(T0 / 1000 + 1)
            await intake.until(lambda: intake.queued == 2)
            assert len(site.asked) > seen
            health = intake.health("tar")
            assert (health.state, health.connects) == (FeedState.LIVE, 1)
            assert [r.seen_ms for r in intake.drain()] == [T0, T0 + 1000]


async def test_a_file_that_never_changes_is_silence() -> None:
    intake = WatchedIntake()
    async with web() as site:
        site.show(T0 / 1000)
        async with running(intake, polled(site, silent_s=0.1)):
            await intake.until(lambda: intake.health("tar").state is FeedState.SILENT)
            assert intake.health("tar").reports == 1
            assert intake.health("tar").bytes == len(site.body)


async def test_a_server_that_says_what_has_not_changed() -> None:
    intake = WatchedIntake()
    async with web() as site:
        site.show(T0 / 1000)
        site.headers = {"etag": '"one"', "last-modified": "Thu, 06 Jun 2024 08:58:39 GMT"}
        async with running(intake, polled(site, silent_s=0.1)):
            await intake.until(lambda: intake.queued == 1)
            site.status = 304
            await intake.until(lambda: intake.health("tar").state is FeedState.SILENT)
            assert intake.health("tar").error == ""
    assert site.asked[-1]["if-none-match"] == '"one"'
    assert site.asked[-1]["if-modified-since"].startswith("thu, 06 jun 2024")


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (404, {}, "the server answered 404"),
        (302, {"location": "http://127.0.0.1/"}, "the server answered 302"),
        (200, {"content-encoding": "gzip"}, "the server compresses what was asked for as it is"),
    ],
)
async def test_an_answer_that_is_none(status: int, headers: dict[str, str], error: str) -> None:
    intake = WatchedIntake()
    async with web() as site:
        site.status, site.headers = status, headers
        async with running(intake, polled(site)):
            await intake.until(lambda: intake.health("tar").error == error)
            assert intake.health("tar").state is FeedState.CONNECTING
            site.status, site.headers = 200, {}
            site.show(T0 / 1000)
            await intake.until(lambda: intake.health("tar").state is FeedState.LIVE)
            assert intake.health("tar").error == ""


async def test_an_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.feeds.polling.MAX_DOCUMENT", 1000)
    intake = WatchedIntake()
    async with web() as site:
        site.body = b" " * 100_000
        async with running(intake, polled(site)):
            await intake.until(lambda: intake.health("tar").error != "")
            assert intake.health("tar").error == "an answer above 1000 bytes"


async def test_a_file_that_is_no_json_is_counted_and_asked_for_again() -> None:
    intake = WatchedIntake()
    async with web() as site:
        site.body = b"<html>"
        async with running(intake, polled(site)):
            await intake.until(lambda: intake.health("tar").rejected == {"not-json": 1})
            site.show(T0 / 1000)
            await intake.until(lambda: intake.queued == 1)


async def test_nobody_is_there(log_lines: list[Any]) -> None:
    intake = WatchedIntake()
    async with web() as site:
        config = polled(site, "me:hush@")
    async with running(intake, config):
        await intake.until(lambda: intake.health("tar").error != "")
        assert intake.health("tar").error == "nobody listens there"
    assert "hush" not in str(intake.health("tar")) + str(log_lines)


async def test_a_password_is_sent_and_not_shown() -> None:
    intake = WatchedIntake()
    async with web() as site:
        site.show(T0 / 1000)
        async with running(intake, polled(site, "me:hush@")):
            await intake.until(lambda: intake.queued == 1)
        sent = site.asked[0]["authorization"]
    assert sent.lower() == "basic " + base64.b64encode(b"me:hush").decode().lower()
    assert "hush" not in str(intake.health("tar"))


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of its own for receiver.example, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver.example")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36_500))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("receiver.example")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def secured(sender: Sender, **options: object) -> FeedConfig:
    return parse_feed("rx", f"beast+tls://127.0.0.1:{sender.port}", options)


async def test_a_pinned_certificate(certificate: Path, server_tls: ssl.SSLContext) -> None:
    intake = WatchedIntake()
    async with Sender(server_tls) as sender:
        config = secured(sender, ca_file=str(certificate), tls_name="receiver.example")
        async with running(intake, config):
            await sender.send(q.beast([q.identification("4ca216", "EIN5GV")]))
            await intake.until(lambda: intake.queued == 1)
            assert intake.health("rx").state is FeedState.LIVE


async def test_a_certificate_of_somebody_else(
    certificate: Path, server_tls: ssl.SSLContext
) -> None:
    intake = WatchedIntake()
    async with Sender(server_tls) as sender:
        for options in (
            {"tls_name": "receiver.example"},  # signed by nobody whom the system trusts
            {"ca_file": str(certificate), "tls_name": "other.example"},
            {"ca_file": str(certificate)},  # 127.0.0.1 is not in it
        ):
            async with running(intake, secured(sender, **options)):
                await intake.until(lambda: intake.health("rx").error.startswith("TLS: "))
                assert intake.health("rx").connects == 0


async def test_a_file_of_certificates_that_is_not_there() -> None:
    intake = WatchedIntake()
    async with Sender() as sender, running(intake, secured(sender, ca_file="/nowhere/ca.pem")):
        await intake.until(lambda: "ca_file cannot be read" in intake.health("rx").error)
