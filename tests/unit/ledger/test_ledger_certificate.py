"""Certificates of TLS keys: the same bytes each time, RFC 5280, hostile ones refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError, MalformedError
from parley.ledger import SigningKey
from parley.ledger.certificate import (
    MAX_CERTIFICATE_BYTES,
    certificate_pem,
    check_certificate,
    make_certificate,
    private_pem,
    spki_pin,
)

SEED = bytes(range(32))
GOOD = make_certificate("blue", SEED)
SPKI_HEADER = bytes.fromhex("302a300506032b6570032100")
"""RFC 8410, section 4: the SubjectPublicKeyInfo of an Ed25519 key, in front of its 32 bytes."""


def test_the_same_party_and_seed_give_the_same_bytes_and_another_pin_than_others() -> None:
    assert make_certificate("blue", SEED) == GOOD
    assert make_certificate("green", SEED) != GOOD
    assert spki_pin(make_certificate("green", SEED)) == spki_pin(GOOD)
    assert spki_pin(make_certificate("blue", bytes(32))) != spki_pin(GOOD)


def test_the_pin_is_the_hash_of_the_rfc_8410_key() -> None:
    public = SigningKey("blue", SEED).verifier.public
    expected = hashlib.sha256(SPKI_HEADER + public).hexdigest()
    assert spki_pin(GOOD) == check_certificate(GOOD) == expected


def test_it_is_self_signed_never_expires_and_is_no_authority() -> None:
    made = x509.load_der_x509_certificate(GOOD)
    made.verify_directly_issued_by(made)
    assert made.version == x509.Version.v3
    assert made.subject == made.issuer
    assert made.subject.rfc4514_string() == "CN=blue"
    assert made.not_valid_before_utc == datetime(2020, 1, 1, tzinfo=UTC)
    assert b"99991231235959Z" in GOOD  # RFC 5280, section 4.1.2.5
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert 0 < made.serial_number < 2**159  # RFC 5280, section 4.1.2.2


def test_the_private_key_is_that_of_the_certificate() -> None:
    key = serialization.load_pem_private_key(private_pem(SEED), None)
    assert isinstance(key, Ed25519PrivateKey)
    assert key.public_key() == x509.load_der_x509_certificate(GOOD).public_key()
    assert x509.load_pem_x509_certificate(certificate_pem(GOOD)).fingerprint(
        hashes.SHA256()
    ) == x509.load_der_x509_certificate(GOOD).fingerprint(hashes.SHA256())


@pytest.mark.parametrize(
    ("party", "seed"),
    [("", SEED), ("x" * 65, SEED), ("a\nb", SEED), ("blue", SEED[:31]), ("blue", b"")],
)
def test_a_name_without_room_or_a_short_seed_is_our_input_error(party: str, seed: bytes) -> None:
    with pytest.raises(InputError):
        make_certificate(party, seed)


def test_a_short_seed_has_no_private_key() -> None:
    with pytest.raises(InputError, match="33 bytes"):
        private_pem(bytes(33))


def signed(
    public: Ed25519PublicKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    signer: Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    note: bytes = b"",
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "blue")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2021, 1, 1, tzinfo=UTC))
    )
    if note:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), note)
        builder = builder.add_extension(unknown, critical=False)
    algorithm = None if isinstance(signer, Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signer, algorithm).public_bytes(serialization.Encoding.DER)


KEY = Ed25519PrivateKey.from_private_bytes(SEED)
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def _rsa() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return signed(key.public_key(), key)


def _p256() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return signed(key.public_key(), key)


def _point(raw: str) -> bytes:
    """A certificate whose key is this point; nobody needs its private key to break it."""
    der = signed(KEY.public_key(), KEY)
    public = KEY.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    assert der.count(public) == 1
    return der.replace(public, bytes.fromhex(raw))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"-----BEGIN CERTIFICATE-----",
    "truncated": lambda: GOOD[:-1],
    "with a tail": lambda: GOOD + b"\0",
    "huge": lambda: signed(KEY.public_key(), KEY, note=b"x" * MAX_CERTIFICATE_BYTES),
    "RSA": _rsa,
    "P-256": _p256,
    "the identity element": lambda: _point("01" + "00" * 31),
    "a point of order 8": lambda: _point(
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
    ),
    "not canonical": lambda: _point("ee" + "ff" * 30 + "7f"),
    "not on the curve": lambda: _point("02" + "00" * 31),
    "signed by another key": lambda: signed(KEY.public_key(), OTHER),
    "a signature that is spoilt": lambda: GOOD[:-1] + bytes([GOOD[-1] ^ 1]),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_certificate_is_malformed(kind: str) -> None:
    with pytest.raises(MalformedError) as refusal:
        check_certificate(HOSTILE[kind]())
    assert refusal.value.right


def test_dates_are_nobodys_business() -> None:
    expired = signed(KEY.public_key(), KEY)
    assert check_certificate(expired) == spki_pin(GOOD)


def test_one_changed_bit_is_refused_wherever_it_is() -> None:
    for place in range(len(GOOD)):
        for bit in range(8):
            spoilt = bytearray(GOOD)
            spoilt[place] ^= 1 << bit
            with pytest.raises(MalformedError):
                check_certificate(bytes(spoilt))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_as_malformed(data: bytes) -> None:
    for refuse in (check_certificate, spki_pin, certificate_pem):
        with pytest.raises(MalformedError):
            refuse(data)
