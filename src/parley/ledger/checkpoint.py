"""Checkpoints: a log's signed head (C2SP tlog-checkpoint).

A log belongs to a party and an epoch; its origin line is ``<party>/log/<epoch>``, so that a new
epoch is a new log for every witness and receipt. The party's key carries the party's name.
Extension lines are carried but not recommended: ML-DSA cosignatures do not cover them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parley.errors import ForgedError, FormatError, MalformedError
from parley.ledger.canonical import INT_LIMIT, b64, unb64
from parley.ledger.keys import Keys, SigningKey, VerifyKey, check_name
from parley.ledger.note import open_note, sign

MAX_CHECKPOINT_BYTES = 65536

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_LOG = re.compile(r"(.+)/log/([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin line, size in leaves, root (32 bytes), extension lines.

    Raises FormatError on an origin that is no printable name, a size outside 0 <= n < 2^53, a
    root that has not 32 bytes, an empty or broken extension line.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.origin or not self.origin.isprintable():
            raise FormatError(f"{self.origin!r} is no origin", right="one printable line")
        if not 0 <= self.size < INT_LIMIT:
            raise FormatError(f"a tree size of {self.size}", right="0 <= size < 2^53")
        if len(self.root) != 32:
            raise FormatError(f"a root of {len(self.root)} bytes", right="32 bytes")
        for line in self.extensions:
            if not line or not line.isprintable():
                raise FormatError(f"{line!r} is no extension line", right="one printable line")

    def text(self) -> bytes:
        """The note text: origin, size, base64 root, extension lines, each ended by newline."""
        lines = (self.origin, str(self.size), b64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """A verified checkpoint: the log's own key, and every known key that signed."""

    checkpoint: Checkpoint
    log_key: VerifyKey
    signers: tuple[VerifyKey, ...]


def log_origin(party: str, epoch: int) -> str:
    """``<party>/log/<epoch>``, epoch from 1. Raises InputError, FormatError."""
    check_name(party)
    if not 1 <= epoch < 10**9:
        raise FormatError(f"epoch {epoch}", right="1 <= epoch < 10^9")
    return f"{party}/log/{epoch}"


def party_of(origin: str) -> str:
    """The party whose log this is: the origin without ``/log/<epoch>``."""
    match = _LOG.fullmatch(origin)
    return match[1] if match else origin


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Inverse of `Checkpoint.text`; verifies no signature. Raises MalformedError."""
    try:
        lines = text.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise MalformedError("the checkpoint is not UTF-8", right="UTF-8") from None
    if len(lines) < 4 or lines.pop():
        raise MalformedError("a checkpoint of fewer than 3 lines", right="origin, size, root")
    if not _NUMBER.fullmatch(lines[1]):
        raise MalformedError(f"{lines[1][:40]!r} is no tree size", right="decimal, no zero before")
    try:
        return Checkpoint(lines[0], int(lines[1]), unb64(lines[2]), tuple(lines[3:]))
    except FormatError as error:
        raise MalformedError(error.what, right=error.right) from None


def sign_checkpoint(checkpoint: Checkpoint, *keys: SigningKey) -> bytes:
    """The signed note of `checkpoint`. Raises FormatError as `sign` does."""
    return sign(checkpoint.text(), *keys)


def open_checkpoint(
    data: bytes, keys: Keys, *, max_bytes: int = MAX_CHECKPOINT_BYTES
) -> OpenedCheckpoint:
    """Verify and parse. One signer must carry the name of the log's party.

    Raises ForgedError when only other parties signed, and what `open_note` raises.
    """
    opened = open_note(data, keys, max_bytes=max_bytes)
    checkpoint = parse_checkpoint(opened.text)
    names = (checkpoint.origin, party_of(checkpoint.origin))
    own = next((key for key in opened.signers if key.name in names), None)
    if own is None:
        signers = ", ".join(key.name for key in opened.signers)
        raise ForgedError(
            f"the checkpoint of {checkpoint.origin} is signed by {signers} only",
            right=f"a signature by {names[1]}",
        )
    return OpenedCheckpoint(checkpoint, own, opened.signers)
