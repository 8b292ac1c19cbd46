"""Named keys: sign, verify, spell (vkey), read aloud (fingerprint).

Three algorithms, by C2SP's byte: 1 Ed25519 note key, 4 Ed25519 cosigner, 6 ML-DSA-44 cosigner.
Source: C2SP signed-note (key names, key ids), tlog-cosignature, RFC 8032, FIPS 204. Public keys
under which anybody could sign are refused when a key is made: small-order and non-canonical
points, and ML-DSA keys without content. Ed25519 follows libsodium's rules, through PyNaCl.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from nacl import bindings
from nacl.exceptions import BadSignatureError

from parley.errors import ConfigError, ForgedError, FormatError, InputError, MalformedError
from parley.ledger.canonical import b64, unb64
from parley.ledger.treehead import (
    MAX_COSIGNED_NAME_BYTES,
    TIME_LIMIT_S,
    subtree_message,
    timed_message,
)

ED25519 = 1
ED25519_COSIGNER = 4
MLDSA44_COSIGNER = 6
MAX_NAME_CHARS = 256

_PUBLIC_BYTES = {ED25519: 32, ED25519_COSIGNER: 32, MLDSA44_COSIGNER: 1312}
_SIGNATURE_BYTES = {ED25519: 64, ED25519_COSIGNER: 64, MLDSA44_COSIGNER: 2420}
_ALGORITHMS = "01 Ed25519, 04 Ed25519 cosigner or 06 ML-DSA-44 cosigner"
_SEED_OF_MATRIX_BYTES = 32  # FIPS 204 algorithm 22: a public key is rho (32 bytes), then t1
_LEAST_DISTINCT_BYTES = 128


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A named public key: Ed25519 (32 bytes, RFC 8032) or ML-DSA-44 (1312 bytes, FIPS 204).

    Raises InputError when the name breaks C2SP's rules or holds unprintable characters (a
    0x06 name: or has more than 255 bytes), on another algorithm or length, when a point is of
    small or mixed order, not on the curve or not canonical, and when an ML-DSA key is all but
    constant: under t1 = 0 (and t1 = -1) everybody can sign. An honest t1 has about 254 of the
    256 byte values, fewer than 128 are refused.
    """

    name: str
    public: bytes
    algorithm: int = ED25519
    key_id: bytes = field(init=False, repr=False, compare=False)
    _mldsa: MLDSA44PublicKey | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        right = _PUBLIC_BYTES.get(self.algorithm)
        if right is None:
            raise InputError(
                f"a key of {self.name} with algorithm {self.algorithm}", right=_ALGORITHMS
            )
        if len(self.public) != right:
            raise InputError(
                f"the public key of {self.name} has {len(self.public)} bytes",
                right=f"{right} bytes",
            )
        if self.algorithm == MLDSA44_COSIGNER:
            object.__setattr__(self, "_mldsa", _load_mldsa(self.name, self.public))
        else:
            _check_point(self.name, self.public)
            object.__setattr__(self, "_mldsa", None)
        digest = hashlib.sha256(self.name.encode() + b"\n" + self._typed()).digest()
        object.__setattr__(self, "key_id", digest[:4])

    def _typed(self) -> bytes:
        return bytes((self.algorithm,)) + self.public

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return when `signature` is this key's over `message`; else ForgedError.

        64 bytes of Ed25519 or 2420 of ML-DSA-44 (pure, empty context).
        """
        right = _SIGNATURE_BYTES[self.algorithm]
        if len(signature) != right:
            raise ForgedError(
                f"a signature in the name of {self.name} has {len(signature)} bytes",
                right=f"{right} bytes",
            )
        try:
            if self._mldsa is None:
                bindings.crypto_sign_open(signature + message, self.public)
            else:
                self._mldsa.verify(signature, message)
        except (BadSignatureError, InvalidSignature):
            raise ForgedError(
                f"a signature in the name of {self.name} (key {self.key_id.hex()}) does not verify",
                right="a signature by that key over these exact bytes",
            ) from None

    def check_note(self, text: bytes, blob: bytes) -> int | None:
        """Verify a note signature's bytes (what follows the key id) over a note's text.

        None for a note key. A cosigner's bytes are a big-endian u64 of POSIX seconds, then the
        signature; its time is returned (0: no statement about time), and `text` must be a
        checkpoint. Source: C2SP signed-note, tlog-cosignature. Raises ForgedError;
        MalformedError on a time of 2^63 or later, another text, an origin above 255 bytes.
        """
        if self.algorithm == ED25519:
            self.verify(text, blob)
            return None
        at_s = int.from_bytes(blob[:8], "big")
        if at_s >= TIME_LIMIT_S:
            raise MalformedError(
                f"a cosignature in the name of {self.name} at {at_s} s", right="at most 2^63 - 1"
            )
        self.verify(self._cosigned(text, at_s), blob[8:])
        return at_s

    def _cosigned(self, text: bytes, at_s: int) -> bytes:
        if self.algorithm == MLDSA44_COSIGNER:
            return subtree_message(self.name, text, at_s)
        return timed_message(text, at_s)

    def to_vkey(self) -> str:
        """C2SP vkey text: ``name+hexid+base64(algorithm || public)``."""
        return f"{self.name}+{self.key_id.hex()}+{b64(self._typed())}"

    @classmethod
    def from_vkey(cls, text: str) -> VerifyKey:
        """Inverse of `to_vkey`. Raises FormatError (spelling, id) or InputError (bad key)."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise FormatError(f"{text[:80]!r} is no vkey", right="name+hexid+base64")
        name, key_id_hex, encoded = parts
        try:
            blob = unb64(encoded)
        except MalformedError:
            raise FormatError(f"the vkey of {name[:80]!r} is not base64", right="base64") from None
        if not blob or blob[0] not in _PUBLIC_BYTES:
            raise FormatError(
                f"the vkey of {name[:80]!r} has algorithm {blob[:1].hex()}", right=_ALGORITHMS
            )
        key = cls(name, blob[1:], blob[0])
        if key.key_id.hex() != key_id_hex:
            raise FormatError(
                f"the vkey of {name[:80]!r} has id {key_id_hex[:16]!r}", right=key.key_id.hex()
            )
        return key


class SigningKey:
    """A named private key from a 32-byte seed. Never printed, never compared.

    Ed25519 signatures are deterministic (RFC 8032). ML-DSA-44 signatures are not: the library
    hedges them with fresh randomness (FIPS 204 section 3.4), so the same call gives other bytes.
    """

    __slots__ = ("_mldsa", "_secret", "verifier")

    def __init__(self, name: str, seed: bytes, algorithm: int = ED25519) -> None:
        """Raises InputError on a name that C2SP forbids, another algorithm, a seed not 32 bytes."""
        check_name(name)
        if len(seed) != 32:
            raise InputError(f"the seed of {name} has {len(seed)} bytes", right="32 bytes")
        self._secret = b""
        self._mldsa: MLDSA44PrivateKey | None = None
        if algorithm == MLDSA44_COSIGNER:
            self._mldsa = _mldsa_of_seed(seed)
            public = self._mldsa.public_key().public_bytes_raw()
        else:
            public, self._secret = bindings.crypto_sign_seed_keypair(seed)
        self.verifier = VerifyKey(name, public, algorithm)

    @property
    def name(self) -> str:
        return self.verifier.name

    @property
    def key_id(self) -> bytes:
        return self.verifier.key_id

    @property
    def algorithm(self) -> int:
        return self.verifier.algorithm

    def sign(self, message: bytes) -> bytes:
        """The raw signature over `message`: 64 bytes (Ed25519) or 2420 (ML-DSA-44, hedged)."""
        if self._mldsa is not None:
            return self._mldsa.sign(message)
        return bytes(bindings.crypto_sign(message, self._secret)[:64])

    def sign_note(self, text: bytes, at_s: int | None = None) -> bytes:
        """The bytes that follow the key id in a signature line; `check_note` is the inverse.

        A cosigner key needs `at_s` (POSIX seconds, 0 <= at_s < 2^63) and a checkpoint's text; a
        note key reads no time. Raises FormatError without them.
        """
        if self.algorithm == ED25519:
            return self.sign(text)
        if at_s is None or not 0 <= at_s < TIME_LIMIT_S:
            raise FormatError(
                f"a cosignature of {self.name} at {at_s} s", right="0 <= seconds < 2^63"
            )
        try:
            message = self.verifier._cosigned(text, at_s)
        except MalformedError as error:
            raise FormatError(error.what, right=error.right) from None
        return at_s.to_bytes(8, "big") + self.sign(message)

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r}, id={self.key_id.hex()})"


Keys: TypeAlias = Mapping[str, VerifyKey] | Iterable[VerifyKey]


def key_values(keys: Keys) -> Iterable[VerifyKey]:
    """The keys themselves. A mapping's own keys are labels of its owner and are not read."""
    return keys.values() if isinstance(keys, Mapping) else keys


def fingerprint(key: VerifyKey) -> str:
    """Six groups of five digits (99 bits) to compare in person or over a phone.

    Covers name, algorithm and key: the same key under another name reads differently.
    """
    spelled = b"parley/fingerprint/v1\n" + key.name.encode() + b"\n" + key._typed()
    number = int.from_bytes(hashlib.sha256(spelled).digest(), "big") % 10**30
    digits = f"{number:030d}"
    return " ".join(digits[i : i + 5] for i in range(0, 30, 5))


def check_name(name: str) -> None:
    """Raise InputError unless `name` is a C2SP key name of printable characters, at most 256."""
    if not name or len(name) > MAX_NAME_CHARS:
        raise InputError(f"a key name has {len(name)} characters", right="1 to 256")
    if "+" in name or not name.isprintable() or any(c.isspace() for c in name):
        raise InputError(
            f"{name!r} is no key name", right="printable, without spaces and plus signs"
        )


def _check_point(name: str, public: bytes) -> None:
    if not bindings.crypto_core_ed25519_is_valid_point(public):
        raise InputError(
            f"the public key of {name}, {public.hex()}, is no safe curve point",
            right="a canonical Ed25519 point of the prime-order group (not small order)",
        )


def _load_mldsa(name: str, public: bytes) -> MLDSA44PublicKey:
    if len(name.encode()) > MAX_COSIGNED_NAME_BYTES:
        raise InputError(f"a cosigner's name has {len(name.encode())} bytes", right="1 to 255")
    distinct = len(set(public[_SEED_OF_MATRIX_BYTES:]))
    if distinct < _LEAST_DISTINCT_BYTES:
        raise InputError(
            f"the ML-DSA-44 key of {name} has {distinct} different bytes in t1: anyone may sign",
            right="a key from ML-DSA-44 key generation",
        )
    try:
        return MLDSA44PublicKey.from_public_bytes(public)
    except ValueError:
        raise InputError(
            f"the ML-DSA-44 key of {name} does not load", right="a FIPS 204 public key"
        ) from None
    except UnsupportedAlgorithm:
        raise _no_mldsa() from None


def _mldsa_of_seed(seed: bytes) -> MLDSA44PrivateKey:
    try:
        return MLDSA44PrivateKey.from_seed_bytes(seed)
    except UnsupportedAlgorithm:
        raise _no_mldsa() from None


def _no_mldsa() -> ConfigError:
    return ConfigError(
        "the installed cryptography has no ML-DSA-44", right="cryptography 48 or later"
    )
