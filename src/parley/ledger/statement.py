"""Statements: a signed note of exactly two lines, a type and canonical JSON.

A checkpoint has three lines or more, so neither can be taken for the other under one key.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from parley.errors import FormatError, MalformedError
from parley.ledger.canonical import JsonValue, decode, encode
from parley.ledger.keys import Keys, SigningKey, VerifyKey
from parley.ledger.note import MAX_NOTE_BYTES, open_note, sign

_TYPE = re.compile(rb"[a-z0-9][a-z0-9._/-]{0,127}")


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A verified statement: type line, body, the known keys that signed, in the lines' order.

    `hash_hex` is the SHA-256 of the exact note bytes, in hex.
    """

    type: str
    body: dict[str, JsonValue]
    keys: tuple[VerifyKey, ...]
    hash_hex: str

    @property
    def signer_name(self) -> str:
        """Name of the first known key that signed."""
        return self.keys[0].name

    @property
    def signers(self) -> tuple[str, ...]:
        """Names of all known keys that signed."""
        return tuple(key.name for key in self.keys)


def seal(type_line: str, body: dict[str, JsonValue], *keys: SigningKey) -> bytes:
    """The signed note ``type_line \\n canonical JSON \\n``.

    Raises FormatError: a type that is not ``[a-z0-9._/-]`` (1 to 128), a body outside the
    domain of `encode`, a note above 64 KiB.
    """
    spelled = type_line.encode("utf-8", "replace")
    if not _TYPE.fullmatch(spelled):
        raise FormatError(f"{type_line[:80]!r} is no type line", right="like parley/receipt/v1")
    if type(body) is not dict:
        raise FormatError(f"the body is a {type(body).__name__}", right="a dict")
    data = sign(spelled + b"\n" + encode(body) + b"\n", *keys)
    if len(data) > MAX_NOTE_BYTES:
        raise FormatError(f"a note of {len(data)} bytes", right=f"at most {MAX_NOTE_BYTES}")
    return data


def unseal(data: bytes, keys: Keys, *, max_bytes: int = MAX_NOTE_BYTES) -> Unsealed:
    """Verify a statement's signatures, then parse it. What `open_note` and `decode` raise."""
    opened = open_note(data, keys, max_bytes=max_bytes)
    type_line, body = parse_statement(opened.text)
    return Unsealed(type_line, body, opened.signers, note_hash(data).hex())


def parse_statement(text: bytes) -> tuple[str, dict[str, JsonValue]]:
    """Type and body of a note's text; verifies no signature. Raises what `decode` raises."""
    lines = text.split(b"\n")
    if len(lines) != 3 or lines[2]:
        raise MalformedError(f"a statement of {len(lines) - 1} lines", right="type, JSON: 2 lines")
    if not _TYPE.fullmatch(lines[0]):
        raise MalformedError(f"{lines[0][:80]!r} is no type line", right="like parley/receipt/v1")
    body = decode(lines[1], max_bytes=len(lines[1]))
    if not isinstance(body, dict):
        raise MalformedError(f"the body is a {type(body).__name__}", right="a JSON object")
    return lines[0].decode("ascii"), body


def note_hash(data: bytes) -> bytes:
    """SHA-256 (32 bytes) of the exact note bytes, signatures included."""
    return hashlib.sha256(data).digest()
