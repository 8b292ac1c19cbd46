"""Ed25519 note keys with a name: sign, verify, spell (vkey), read aloud (fingerprint).

Source: C2SP signed-note (key names, key ids), RFC 8032. Small-order and non-canonical public
points are refused when a key is made: under the identity element one constant signature
verifies every message. Verification follows libsodium's rules, through PyNaCl.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from nacl import bindings
from nacl.exceptions import BadSignatureError

from parley.errors import ForgedError, FormatError, InputError, MalformedError
from parley.ledger.canonical import b64, unb64

ED25519 = b"\x01"
MAX_NAME_CHARS = 256


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A named Ed25519 public key (32 bytes, RFC 8032 encoding).

    Raises InputError when the name breaks C2SP's rules or holds unprintable characters, and
    when the point is of small order, of mixed order, not on the curve or not canonical.
    """

    name: str
    public: bytes
    key_id: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != 32:
            raise InputError(
                f"the public key of {self.name} has {len(self.public)} bytes", right="32 bytes"
            )
        if not bindings.crypto_core_ed25519_is_valid_point(self.public):
            raise InputError(
                f"the public key of {self.name}, {self.public.hex()}, is no safe curve point",
                right="a canonical Ed25519 point of the prime-order group (not small order)",
            )
        digest = hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()
        object.__setattr__(self, "key_id", digest[:4])

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return when `signature` (64 bytes) is this key's over `message`; else ForgedError."""
        if len(signature) != 64:
            raise ForgedError(
                f"a signature in the name of {self.name} has {len(signature)} bytes",
                right="64 bytes",
            )
        try:
            bindings.crypto_sign_open(signature + message, self.public)
        except BadSignatureError:
            raise ForgedError(
                f"a signature in the name of {self.name} (key {self.key_id.hex()}) does not verify",
                right="a signature by that key over these exact bytes",
            ) from None

    def to_vkey(self) -> str:
        """C2SP vkey text: ``name+hexid+base64(0x01 || public)``."""
        return f"{self.name}+{self.key_id.hex()}+{b64(ED25519 + self.public)}"

    @classmethod
    def from_vkey(cls, text: str) -> VerifyKey:
        """Inverse of `to_vkey`. Raises FormatError (spelling, id) or InputError (bad point)."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise FormatError(f"{text[:80]!r} is no vkey", right="name+hexid+base64")
        name, key_id_hex, encoded = parts
        try:
            blob = unb64(encoded)
        except MalformedError:
            raise FormatError(f"the vkey of {name[:80]!r} is not base64", right="base64") from None
        if blob[:1] != ED25519:
            raise FormatError(
                f"the vkey of {name[:80]!r} has algorithm {blob[:1].hex()}", right="01, Ed25519"
            )
        key = cls(name, blob[1:])
        if key.key_id.hex() != key_id_hex:
            raise FormatError(
                f"the vkey of {name[:80]!r} has id {key_id_hex[:16]!r}", right=key.key_id.hex()
            )
        return key


class SigningKey:
    """A named Ed25519 private key from a 32-byte seed. Never printed, never compared."""

    __slots__ = ("_secret", "verifier")

    def __init__(self, name: str, seed: bytes) -> None:
        """Raises InputError on a name that C2SP forbids or a seed that is not 32 bytes."""
        check_name(name)
        if len(seed) != 32:
            raise InputError(f"the seed of {name} has {len(seed)} bytes", right="32 bytes")
        public, self._secret = bindings.crypto_sign_seed_keypair(seed)
        self.verifier = VerifyKey(name, public)

    @property
    def name(self) -> str:
        return self.verifier.name

    @property
    def key_id(self) -> bytes:
        return self.verifier.key_id

    def sign(self, message: bytes) -> bytes:
        """64-byte Ed25519 signature (RFC 8032, deterministic) over `message`."""
        return bytes(bindings.crypto_sign(message, self._secret)[:64])

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r}, id={self.key_id.hex()})"


Keys: TypeAlias = Mapping[str, VerifyKey] | Iterable[VerifyKey]


def key_values(keys: Keys) -> Iterable[VerifyKey]:
    """The keys themselves. A mapping's own keys are labels of its owner and are not read."""
    return keys.values() if isinstance(keys, Mapping) else keys


def fingerprint(key: VerifyKey) -> str:
    """Six groups of five digits (99 bits) to compare in person or over a phone.

    Covers name and key: the same key under another name reads differently.
    """
    spelled = b"parley/fingerprint/v1\n" + key.name.encode() + b"\n" + ED25519 + key.public
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
