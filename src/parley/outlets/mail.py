"""Alerts by e-mail: SMTP with STARTTLS or TLS, in a thread of its own (RFC 5321, 5322, 8314)."""

from __future__ import annotations

import asyncio
import hashlib
import smtplib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import formatdate

from parley.outlets.config import OutletConfig
from parley.outlets.message import Message, Undelivered

MAX_SUBJECT = 180
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_FINAL = range(500, 600)
_AUTH = frozenset({530, 534, 535, 538, 454})


class MailSender:
    """One outlet's mail. Each message is a connection of its own: alerts are rare."""

    def __init__(self, config: OutletConfig, password: str) -> None:
        self._config = config
        self._password = password
        self._pool = ThreadPoolExecutor(1, f"parley-mail-{config.name}")

    async def send(self, message: Message) -> None:
        """See ``Sender``. What the server refuses for good (5xx to the mail itself) is refused;
        a login that fails is tried again: somebody will mend it."""
        loop = asyncio.get_running_loop()
        mail, most_s = mail_of(message, self._config), 4 * self._config.timeout_s
        sent = loop.run_in_executor(self._pool, self._deliver, mail)
        try:
            await asyncio.wait_for(sent, most_s)
        except TimeoutError:
            raise Undelivered(f"not taken within {most_s} s") from None

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _deliver(self, mail: EmailMessage) -> None:
        try:
            with self._connected() as server:
                refused = server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise Undelivered(
                f"no recipient was taken: {codes}", refused=all(c in _FINAL for c in codes)
            ) from None
        except smtplib.SMTPResponseException as error:
            final = error.smtp_code in _FINAL and error.smtp_code not in _AUTH
            final = final and isinstance(error, smtplib.SMTPDataError)
            raise Undelivered(f"the server says {error.smtp_code}", refused=final) from None
        except (smtplib.SMTPException, OSError, ssl.SSLError) as error:
            raise Undelivered(f"no connection: {type(error).__name__}") from None
        if refused:
            raise Undelivered(f"{len(refused)} of the recipients were not taken", refused=True)

    def _connected(self) -> smtplib.SMTP:
        config = self._config
        port = config.port or _PORTS[config.security]
        name = socket.gethostname().encode("ascii", "replace").decode()[:64] or "localhost"
        if config.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                config.host,
                port,
                local_hostname=name,
                timeout=config.timeout_s,
                context=self._context(),
            )
        else:
            server = smtplib.SMTP(config.host, port, local_hostname=name, timeout=config.timeout_s)
        try:
            if config.security == "starttls":
                server.starttls(context=self._context())
            if config.user:
                server.login(config.user, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._config.ca_file or None)


def mail_of(message: Message, config: OutletConfig) -> EmailMessage:
    """The mail: its Message-ID follows from the message's key, so that a second copy is known for
    one; the whole line also stands in the body."""
    mail = EmailMessage()
    mail["From"] = config.sender
    mail["To"] = ", ".join(config.to)
    mail["Date"] = formatdate(message.at_ms / 1000)
    digest = hashlib.sha256(message.key.encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{digest}@{config.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Parley-Key"] = message.key
    if message.urgent:
        mail["Importance"] = "high"
    subject = message.subject
    mail["Subject"] = subject if len(subject) <= MAX_SUBJECT else f"{subject[: MAX_SUBJECT - 1]}…"
    mail.set_content(f"{message.body}\n\nNode of {message.party}. {message.key}\n", cte="base64")
    return mail
