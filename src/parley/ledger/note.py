"""Signed notes: readable text under one or more signatures (C2SP signed-note).

A signature by a known key that does not verify refuses the whole note; signatures by unknown
keys are ignored, unless no known key signed. Stricter than C2SP in two points: a known key may
sign a note once only, and a cosigner's key signs checkpoints only. Bytes in, bytes out: what was
received is what is verified and hashed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parley.errors import FormatError, MalformedError, OversizeError, UnknownPartyError
from parley.ledger.canonical import b64, unb64
from parley.ledger.keys import Keys, SigningKey, VerifyKey, key_values

MAX_NOTE_BYTES = 65536
MAX_SIGNATURES = 16

_DASH = "\u2014 ".encode()
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line, not verified: name, 4-byte key id, the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart, nothing verified. `text` ends in a newline."""

    text: bytes
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A note whose signatures by known keys all verify; `signers` in the order of their lines.

    `times` goes with `signers`: a cosigner's POSIX seconds, None for a note key.
    """

    text: bytes
    signers: tuple[VerifyKey, ...]
    times: tuple[int | None, ...]


def sign(text: bytes, *keys: SigningKey, at_s: int | None = None) -> bytes:
    """The note of `text` (UTF-8, ending in a newline, no other control character) under `keys`.

    `at_s` is the POSIX time in seconds for cosigner keys; note keys do not read it. Raises
    FormatError on other text, no key, a key twice, more than 16 keys, and as `sign_note` does.
    """
    return b"".join((text, b"\n", signature_lines(text, *keys, at_s=at_s)))


def signature_lines(text: bytes, *keys: SigningKey, at_s: int | None = None) -> bytes:
    """Only the signature lines of `sign`, in the order of `keys`; each ends in a newline."""
    problem = _text_problem(text)
    if problem:
        raise FormatError(f"the note's text {problem}", right="UTF-8 lines, each ended by newline")
    if not 1 <= len({(key.name, key.key_id) for key in keys}) == len(keys) <= MAX_SIGNATURES:
        raise FormatError(f"{len(keys)} keys to sign with", right="1 to 16 different keys")
    return b"".join(
        f"\u2014 {key.name} {b64(key.key_id + key.sign_note(text, at_s))}\n".encode()
        for key in keys
    )


def add_signatures(note: bytes, lines: bytes) -> bytes:
    """`note` with signature `lines` after its own. Verifies nothing.

    Raises MalformedError when a part does not parse or a key would sign twice, OversizeError
    above 16 signatures or 64 KiB.
    """
    own, more = parse(note).signatures, parse_signatures(lines)
    if len(own) + len(more) > MAX_SIGNATURES or len(note) + len(lines) > MAX_NOTE_BYTES:
        raise OversizeError(
            f"{len(own) + len(more)} signatures, {len(note) + len(lines)} bytes",
            right=f"at most {MAX_SIGNATURES} and {MAX_NOTE_BYTES}",
        )
    seen: set[tuple[str, bytes]] = set()
    for line in (*own, *more):
        if (line.name, line.key_id) in seen:
            raise MalformedError(f"two signatures by {line.name[:80]}", right="one line a key")
        seen.add((line.name, line.key_id))
    return note + lines


def parse(data: bytes, *, max_bytes: int = MAX_NOTE_BYTES) -> Note:
    """Take a note apart; verifies nothing. `max_bytes` itself and 16 signatures are accepted.

    Raises OversizeError, MalformedError.
    """
    if len(data) > max_bytes:
        raise OversizeError(f"a note of {len(data)} bytes", right=f"at most {max_bytes}")
    split = data.rfind(b"\n\n")
    if split < 0:
        raise MalformedError("the note has no blank line", right="text, blank line, signatures")
    text, block = data[: split + 1], data[split + 2 :]
    problem = _text_problem(data)
    if problem:
        raise MalformedError(f"the note {problem}", right="UTF-8 lines, each ended by newline")
    return Note(text, _signatures(block))


def parse_signatures(lines: bytes) -> tuple[Signature, ...]:
    """Signature lines alone, 1 to 16, each ended by newline. MalformedError, OversizeError."""
    problem = _text_problem(lines)
    if problem:
        raise MalformedError(f"the signature block {problem}", right="lines ended by newline")
    return _signatures(lines)


def open_note(data: bytes, keys: Keys, *, max_bytes: int = MAX_NOTE_BYTES) -> Opened:
    """Parse and verify under the known `keys` (a mapping's own keys are not read).

    Raises ForgedError when a known key's signature does not verify, UnknownPartyError when no
    known key signed, MalformedError, OversizeError.
    """
    note = parse(data, max_bytes=max_bytes)
    known = {(key.name, key.key_id): key for key in key_values(keys)}
    signers: list[VerifyKey] = []
    times: list[int | None] = []
    for line in note.signatures:
        key = known.pop((line.name, line.key_id), None)
        if key is not None:
            times.append(key.check_note(note.text, line.signature))
            signers.append(key)
        elif any((line.name, line.key_id) == (k.name, k.key_id) for k in signers):
            raise MalformedError(f"two signatures by {line.name}", right="one line a key")
    if not signers:
        names = ", ".join(f"{s.name[:80]} ({s.key_id.hex()})" for s in note.signatures[:4])
        raise UnknownPartyError(f"no known key signed this note, only {names}", right="a known key")
    return Opened(note.text, tuple(signers), tuple(times))


def _text_problem(text: bytes) -> str:
    if not text.endswith(b"\n"):
        return "does not end in a newline"
    control = _CONTROL.search(text)
    if control:
        return f"holds control character {control[0].hex()} at byte {control.start()}"
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"is not UTF-8 at byte {error.start}"
    return ""


def _signatures(block: bytes) -> tuple[Signature, ...]:
    lines = block[:-1].split(b"\n")
    if not block or len(lines) > MAX_SIGNATURES:
        kind = OversizeError if block else MalformedError
        raise kind(f"{len(lines) if block else 0} signature lines", right="1 to 16")
    return tuple(_signature(line, number) for number, line in enumerate(lines))


def _signature(line: bytes, number: int) -> Signature:
    where = f"signature line {number + 1}"
    if not line.startswith(_DASH):
        raise MalformedError(
            "a signature line without its dash", right="U+2014, space", where=where
        )
    name, gap, encoded = line[len(_DASH) :].decode("utf-8").partition(" ")
    if not gap or not name or "+" in name or any(c.isspace() for c in name):
        raise MalformedError(
            "a signature line without a key name", right="name base64", where=where
        )
    try:
        blob = unb64(encoded)
    except MalformedError:
        raise MalformedError(
            "a signature that is not base64", right="base64", where=where
        ) from None
    if len(blob) < 5:
        raise MalformedError(f"a signature of {len(blob)} bytes", right="5 or more", where=where)
    return Signature(name, blob[:4], blob[4:])
