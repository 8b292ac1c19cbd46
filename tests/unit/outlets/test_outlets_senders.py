from __future__ import annotations

import datetime
import email
import email.policy
import hashlib
import hmac
import ipaddress
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from parley.errors import ConfigError
from parley.outlets.chat import ChatSender
from parley.outlets.config import OutletConfig
from parley.outlets.mail import MailSender, mail_of
from parley.outlets.message import Alert, Message, Undelivered
from parley.outlets.webhook import WebhookSender, signature
from parley.testing.hookserver import HookServer

ONE = Alert("blue:duty:7", 7, 1_000, "item", "STOP blue-1 by blue: cease", "TLP:RED", urgent=True)
MESSAGE = Message("blue:duty:7", "blue", 1_000, (ONE,))
MAIL = OutletConfig(
    "duty", "mail", "blue", host="127.0.0.1", security="none", sender="node@blue.example",
    to=("duty@blue.example",), timeout_s=5,
)  # fmt: skip


@dataclass
class Inbox:
    mails: list[Any] = field(default_factory=list)
    refuse: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse
        policy = email.policy.default
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy))
        return "250 taken"


class _Port0(Controller):
    """A controller on any free port."""

    def _trigger_server(self) -> None:
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def server(inbox: Inbox, **options: Any) -> Controller:
    made = _Port0(inbox, hostname="127.0.0.1", port=0, **options)
    made.start()
    return made


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def plain(inbox: Inbox) -> Iterator[OutletConfig]:
    made = server(inbox)
    yield replace(MAIL, port=made.port)
    made.stop()


def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    cert, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, private


async def mailed(config: OutletConfig, password: str = "", message: Message = MESSAGE) -> None:
    sender = MailSender(config, password)
    try:
        await sender.send(message)
    finally:
        await sender.close()


async def test_a_mail_says_first_how_it_is_marked(plain: OutletConfig, inbox: Inbox) -> None:
    drill = replace(ONE, exercise=True)
    await mailed(plain, message=replace(MESSAGE, alerts=(drill,)))
    (mail,) = inbox.mails
    assert mail["Subject"] == "EXERCISE // TLP:RED // STOP blue-1 by blue: cease"
    assert mail.get_content().startswith("EXERCISE // TLP:RED // STOP blue-1")
    assert mail["To"] == "duty@blue.example"
    assert mail["X-Parley-Key"] == "blue:duty:7"
    assert mail["Importance"] == "high"
    assert mail["Auto-Submitted"] == "auto-generated"


async def test_the_same_message_has_the_same_message_id(plain: OutletConfig, inbox: Inbox) -> None:
    await mailed(plain)
    await mailed(plain)
    first, second = inbox.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_what_others_wrote_makes_no_header_of_its_own() -> None:
    evil = replace(ONE, text="hello\r\nBcc: spy@example\u202e" + "x" * 2_000)
    mail = mail_of(replace(MESSAGE, alerts=(evil,)), MAIL)
    assert mail["Bcc"] is None
    assert "\u202e" not in mail["Subject"]
    assert len(mail["Subject"]) <= 180


async def test_starttls_and_a_login(tmp_path: Path, inbox: Inbox) -> None:
    cert, key = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    seen: list[Any] = []

    def login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append(data)
        good = isinstance(data, LoginPassword) and data.password == b"hunter2"
        return AuthResult(success=good)

    made = server(inbox, tls_context=context, require_starttls=True, authenticator=login)
    config = replace(
        MAIL, port=made.port, security="starttls", user="node", password_env="X", ca_file=str(cert)
    )
    try:
        await mailed(config, "hunter2")
        assert len(inbox.mails) == 1
        with pytest.raises(Undelivered) as wrong:
            await mailed(config, "guess")
        assert not wrong.value.refused
        assert "guess" not in str(wrong.value)
        with pytest.raises(Undelivered, match="SSL"):
            await mailed(replace(config, ca_file=""), "hunter2")
        with pytest.raises(Undelivered, match="server says 530"):
            await mailed(replace(config, security="none", user=""), "")
    finally:
        made.stop()


async def test_what_the_server_refuses_for_good_is_told_apart(
    plain: OutletConfig, inbox: Inbox
) -> None:
    inbox.refuse = "554 never"
    with pytest.raises(Undelivered) as final:
        await mailed(plain)
    assert final.value.refused
    inbox.refuse = "451 later"
    with pytest.raises(Undelivered) as later:
        await mailed(plain)
    assert not later.value.refused
    with pytest.raises(Undelivered) as nobody:
        await mailed(replace(plain, port=1))
    assert not nobody.value.refused


async def hooked(hook: HookServer, message: Message = MESSAGE, **options: Any) -> None:
    config = OutletConfig("hook", "webhook", "blue", url=hook.url, secret_env="X", **options)
    sender = WebhookSender(config, "hunter2", lambda: 1_700_000_000_999)
    try:
        await sender.send(message)
    finally:
        await sender.close()


async def test_a_webhook_is_signed_and_has_a_key(hook: HookServer) -> None:
    await hooked(hook)
    ((headers, body),) = hook.requests
    stamp, _, digest = headers["parley-signature"].partition(",v1=")
    right = hmac.new(b"hunter2", b"1700000000." + body, hashlib.sha256).hexdigest()
    assert (stamp, digest) == ("t=1700000000", right)
    assert signature(b"hunter2", 1_700_000_000, body) == headers["parley-signature"]
    assert headers["idempotency-key"] == "blue:duty:7"
    said = json.loads(body)
    assert said["format"] == "parley/alert/v1"
    assert said["urgent"] is True
    assert said["alerts"][0]["text"] == "TLP:RED // STOP blue-1 by blue: cease"
    assert said["alerts"][0]["at"] == "1970-01-01T00:00:01Z"


async def test_a_webhook_that_refuses_or_redirects_or_sleeps(hook: HookServer) -> None:
    hook.answers = [422, 500, 302]
    with pytest.raises(Undelivered, match="422") as final:
        await hooked(hook)
    assert final.value.refused
    for answer in ("500", "302"):
        with pytest.raises(Undelivered, match=answer) as later:
            await hooked(hook)
        assert not later.value.refused
    hook.gate.clear()
    with pytest.raises(Undelivered, match=r"no answer within 1 s|ReadTimeout"):
        await hooked(hook, timeout_s=1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_chat_takes_it_by_apprise(hook: HookServer) -> None:
    config = OutletConfig("room", "chat", "blue", url_env="X")
    sender = ChatSender(config, f"json://127.0.0.1:{hook.port}/", "alerts.json")
    await sender.send(MESSAGE)
    assert "STOP blue-1" in json.loads(hook.requests[0][1])["message"]
    hook.answers = [500]
    with pytest.raises(Undelivered, match="did not take it"):
        await sender.send(MESSAGE)
    await sender.close()
    with pytest.raises(ConfigError, match="reads no service") as caught:
        ChatSender(config, "nonsense-secret", "alerts.json")
    assert "nonsense-secret" not in str(caught.value)


async def test_without_apprise_a_chat_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "apprise", None)
    config = OutletConfig("room", "chat", "blue", url_env="X")
    with pytest.raises(ConfigError, match="not installed") as caught:
        ChatSender(config, "json://x", "alerts.json")
    assert "parley-node[alerts]" in caught.value.right
