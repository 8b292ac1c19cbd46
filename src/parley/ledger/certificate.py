"""Self-signed X.509 certificates for TLS keys: bytes in, a pin out. TLS is a pipe, no evidence.

A pin is the SHA-256 of the SubjectPublicKeyInfo, 64 lower-case hex digits (as in RFC 7469,
section 2.4, in hex). Nothing in a certificate but its key is believed: a party is whose pin it
is, whatever the subject says. Source: RFC 5280, RFC 8410 (Ed25519 in X.509).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, SignatureAlgorithmOID

from parley.errors import ForgedError, InputError, MalformedError
from parley.ledger.keys import VerifyKey

MAX_CERTIFICATE_BYTES = 4096
MAX_COMMON_NAME = 64
NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""RFC 5280, section 4.1.2.5: no well-defined expiry."""

_UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, Warning)
_WHOLE_BYTES = b"\x03\x41\x00"
"""DER of a bit string of 64 bytes without unused bits, as every Ed25519 signature is."""
_RIGHT = "a self-signed Ed25519 certificate as Parley makes them"


def make_certificate(party: str, seed: bytes) -> bytes:
    """The certificate (DER) of a TLS key: the same bytes for the same party and 32-byte seed.

    Subject and issuer: CN = party, 1 to 64 characters. No authority: it can sign no other.
    Raises InputError for a seed of another length or a name that X.520 has no room for.
    """
    key = _private_key(seed)
    if not 1 <= len(party) <= MAX_COMMON_NAME or not party.isprintable():
        raise InputError(
            f"{party[:80]!r} is no common name",
            right=f"1 to {MAX_COMMON_NAME} printable characters",
        )
    public = key.public_key()
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    digest = hashlib.sha256(b"parley/tls-serial/v1\n" + raw).digest()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, party)])
    usage = x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(int.from_bytes(digest[:16], "big") >> 1 | 1 << 126)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, None)
    )
    return made.public_bytes(serialization.Encoding.DER)


def private_pem(seed: bytes) -> bytes:
    """The private key of a 32-byte seed as unencrypted PKCS #8 PEM. Raises InputError."""
    return _private_key(seed).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def certificate_pem(der: bytes) -> bytes:
    """The same certificate as PEM. Raises MalformedError."""
    return _loaded(der).public_bytes(serialization.Encoding.PEM)


def spki_pin(der: bytes) -> str:
    """The pin of a certificate: lower-case hex SHA-256 of its SubjectPublicKeyInfo.

    Any kind of key; who lets a certificate in uses `check_certificate`. Raises MalformedError.
    """
    certificate = _loaded(der)
    try:
        spki = certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    except _UNREADABLE as error:
        raise _malformed(f"a certificate whose key does not parse: {error}") from None
    return hashlib.sha256(spki).hexdigest()


def check_certificate(der: bytes) -> str:
    """The pin of somebody else's certificate, if it may be pinned at all.

    Raises MalformedError: above 4 KiB, no DER, another key than Ed25519, a key that is no safe
    curve point (small or mixed order, not canonical), not signed by its own key. Validity dates
    and names are not looked at: a node is not silenced by a clock.
    """
    certificate = _loaded(der)
    try:
        public = certificate.public_key()
        algorithm = certificate.signature_algorithm_oid
    except _UNREADABLE as error:
        raise _malformed(f"a certificate that does not parse: {error}") from None
    if not isinstance(public, Ed25519PublicKey):
        raise _malformed("a certificate whose key is not Ed25519")
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    if algorithm != SignatureAlgorithmOID.ED25519 or not der.endswith(
        _WHOLE_BYTES + certificate.signature
    ):
        raise _malformed("a certificate that is not signed by its own key")
    try:
        key = VerifyKey("certificate", raw)
        key.verify(certificate.tbs_certificate_bytes, certificate.signature)
    except InputError as error:
        raise _malformed(error.what) from None
    except ForgedError:
        raise _malformed("a certificate that is not signed by its own key") from None
    return spki_pin(der)


def _loaded(der: bytes) -> x509.Certificate:
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise _malformed(f"a certificate of {len(der)} bytes")
    try:
        certificate = x509.load_der_x509_certificate(der)
        serial = certificate.serial_number
    except _UNREADABLE as error:
        raise _malformed(f"a certificate that does not parse: {error}") from None
    if serial <= 0:
        raise _malformed("a certificate whose serial number is not positive")
    return certificate


def _malformed(what: str) -> MalformedError:
    return MalformedError(what[:200], right=f"{_RIGHT}, at most {MAX_CERTIFICATE_BYTES} bytes")


def _private_key(seed: bytes) -> Ed25519PrivateKey:
    if len(seed) != 32:
        raise InputError(f"a TLS seed of {len(seed)} bytes", right="32 bytes")
    return Ed25519PrivateKey.from_private_bytes(seed)
