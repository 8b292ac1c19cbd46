"""Mutual TLS 1.3 with pinned certificates: what the peers' door and the couriers have in common.

A context trusts exactly the certificates that it is given, no authority of the system; whoever
then is at the other end is looked up by the pin of its key among the pins as they are now. It
opens no socket; a key reaches OpenSSL through memory that has no name in any directory.
Whoever has a TLS seed can at most sit at the end of a pipe: it signs no statement.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache

from parley.errors import ConfigError, MalformedError, ParleyError, UnknownPartyError
from parley.ledger import Keyring
from parley.ledger.certificate import (
    certificate_pem,
    check_certificate,
    make_certificate,
    private_pem,
    spki_pin,
)

Pins = Callable[[], Mapping[str, frozenset[str]]]
"""The pins that count now, by party: asked for each connection and each request, so it is cheap."""

Certificates = Callable[[], Mapping[str, Collection[bytes]]]
"""The certificates (DER) that may be pinned, by party. More than the pins say do no harm."""

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: a wrong clock, ours or theirs, silences nobody."""


@dataclass(frozen=True, slots=True)
class TlsIdentity:
    """A node's own certificate (DER) and the 32-byte seed of its key. Never printed.

    ConfigError: the certificate is of another key.
    """

    certificate: bytes
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if spki_pin(self.certificate) != spki_pin(make_certificate("x", self.seed)):
            raise ConfigError(
                "the TLS certificate and the TLS seed are not of one key",
                right="the certificate that was made from this seed",
            )

    @property
    def pin(self) -> str:
        return spki_pin(self.certificate)


@dataclass(frozen=True, slots=True)
class Tls:
    """All that a node needs for its peers' pipes. Both callables are asked again and again."""

    identity: TlsIdentity
    certificates: Certificates
    pins: Pins


class RosterPins:
    """The certificates of the rosters that a node believes, our own left out: whoever shows ours
    is not a peer. They are those of the last `refresh`, so that a handshake reads no store."""

    def __init__(self, party: str, ring: Callable[[], Awaitable[Keyring]]) -> None:
        """party: ours. ring: ``Node.ring``. Before the first `refresh` nobody is pinned."""
        self._party = party
        self._ring = ring
        self._theirs: dict[str, tuple[bytes, ...]] = {}

    async def refresh(self) -> None:
        """Pin what the rosters say now. Raises StorageError: then all stays as it was."""
        rosters = (await self._ring()).rosters
        self._theirs = {
            party: roster.certificates for party, roster in rosters.items() if party != self._party
        }

    def tls(self, identity: TlsIdentity) -> Tls:
        """What `serve` and `Hub` take."""
        return Tls(identity, self.certificates, pins_of(self.certificates))

    def certificates(self) -> Mapping[str, Collection[bytes]]:
        return self._theirs


def pins_of(certificates: Certificates) -> Pins:
    """Pins by which each certificate counts as long as it is given; one that
    `check_certificate` refuses never does."""
    return lambda: {
        party: frozenset(filter(None, map(pin_or_empty, ders)))
        for party, ders in certificates().items()
    }


@lru_cache(maxsize=1024)
def pin_or_empty(der: bytes) -> str:
    """The pin of a certificate that may be pinned, else ""."""
    try:
        return check_certificate(der)
    except MalformedError:
        return ""


def party_of_pin(pins: Mapping[str, frozenset[str]], pin: str) -> str:
    """The first party with this pin, or UnknownPartyError."""
    for party, theirs in pins.items():
        if pin in theirs:
            return party
    raise UnknownPartyError(
        f"a TLS key with pin {pin} that nobody in the roster has",
        right="a certificate whose pin the roster names",
        at_fault="whoever is at the other end",
    )


def pin_behind(connection: ssl.SSLObject | ssl.SSLSocket | None) -> str:
    """The pin of the certificate at the other end. UnknownPartyError: there is none."""
    der = None if connection is None else connection.getpeercert(binary_form=True)
    if not der:
        raise UnknownPartyError("a connection without a certificate", right="mutual TLS 1.3")
    return check_certificate(der)


def server_context(identity: TlsIdentity, trusted: Iterable[bytes]) -> ssl.SSLContext:
    """TLS 1.3 for a door: asks for a certificate and accepts no other than ``trusted`` (DER).

    No session is resumed, so that each connection shows its certificate. Reads memory files: for
    a thread. Raises MalformedError for a certificate that `check_certificate` refuses.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, identity, trusted)
    context.num_tickets = 0
    return context


def client_context(identity: TlsIdentity, trusted: Iterable[bytes]) -> ssl.SSLContext:
    """TLS 1.3 for the way out: shows our certificate, accepts no other than ``trusted``.

    The name in the URL plays no part: the key is the identity. Otherwise as `server_context`.
    """
    return _context(ssl.PROTOCOL_TLS_CLIENT, identity, trusted)


def trust(context: ssl.SSLContext, trusted: Iterable[bytes]) -> None:
    """Add certificates to a context, which may be in use. Raises MalformedError."""
    for der in trusted:
        check_certificate(der)
        try:
            context.load_verify_locations(cadata=der)
        except ssl.SSLError as error:
            raise MalformedError(f"OpenSSL refuses a certificate: {error}"[:200]) from None


class Doorkeeper:
    """The context of a server that runs, kept up with the certificates as they are now.

    The roster is asked before each handshake; what it no longer names fails at the pins.
    """

    def __init__(self, tls: Tls) -> None:
        """Makes the context: for a thread. Raises ConfigError for our own bad files."""
        self.tls = tls
        self._known: set[bytes] = set()
        self.context = server_context(tls.identity, ())
        self.refresh()
        self.context.sni_callback = self._before_handshake

    def refresh(self) -> None:
        """Trust what is new. A certificate that is none is passed over: its party stays out."""
        for ders in self.tls.certificates().values():
            for der in ders:
                if der not in self._known:
                    self._known.add(der)
                    with suppress(MalformedError):
                        trust(self.context, (der,))

    def _before_handshake(self, *_: object) -> int | None:
        try:
            self.refresh()
        except ParleyError:
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None

    def who(self, pin: str) -> str:
        """The party that has this pin now. Raises UnknownPartyError."""
        return party_of_pin(self.tls.pins(), pin)


def _context(kind: int, identity: TlsIdentity, trusted: Iterable[bytes]) -> ssl.SSLContext:
    context = ssl.SSLContext(kind)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
    with _unnamed(private_pem(identity.seed) + certificate_pem(identity.certificate)) as path:
        context.load_cert_chain(path)
    trust(context, trusted)
    return context


@contextmanager
def _unnamed(data: bytes) -> Iterator[str]:
    """A path under which OpenSSL reads ``data`` once: memory that no directory names, or, where
    the system has none, a private file that is gone at the end."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("parley-tls", os.MFD_CLOEXEC)
        try:
            os.write(handle, data)
            yield f"/proc/self/fd/{handle}"
        finally:
            os.close(handle)
        return
    with tempfile.NamedTemporaryFile(prefix="parley-tls-") as file:
        file.write(data)
        file.flush()
        yield file.name
