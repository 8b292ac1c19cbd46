"""Checkpoints: a log's signed head (C2SP tlog-checkpoint) and who cosigned it.

A log belongs to a party and an epoch; its origin line is ``<party>/log/<epoch>``, so that a new
epoch is a new log for every witness and receipt. The party's keys carry the party's name: its
note key (0x01) must have signed, its ML-DSA-44 key (0x06) signs beside it.
Extension lines are carried but not recommended: ML-DSA cosignatures do not cover them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parley.errors import ForgedError, FormatError
from parley.ledger.keys import ED25519, Keys, SigningKey, VerifyKey, check_name
from parley.ledger.note import open_note, sign
from parley.ledger.treehead import Checkpoint, parse_checkpoint

__all__ = [
    "MAX_CHECKPOINT_BYTES",
    "Checkpoint",
    "Cosignature",
    "OpenedCheckpoint",
    "log_origin",
    "open_checkpoint",
    "parse_checkpoint",
    "party_of",
    "sign_checkpoint",
]

MAX_CHECKPOINT_BYTES = 65536

_LOG = re.compile(r"(.+)/log/([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified cosignature: by this key (0x04 or 0x06), at this POSIX time in seconds.

    `at_s` is the cosigner's own statement; 0 says nothing about the time.
    """

    key: VerifyKey
    at_s: int


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """A verified checkpoint: the log's own note key, and every known key that signed.

    `cosignatures` holds each known 0x04 and 0x06 key among them, the log's own included.
    """

    checkpoint: Checkpoint
    log_key: VerifyKey
    signers: tuple[VerifyKey, ...]
    cosignatures: tuple[Cosignature, ...] = ()

    @property
    def note_signers(self) -> tuple[VerifyKey, ...]:
        """The note keys (0x01) among the signers, of any party, in the order of their lines."""
        return tuple(key for key in self.signers if key.algorithm == ED25519)


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


def sign_checkpoint(checkpoint: Checkpoint, *keys: SigningKey, at_s: int | None = None) -> bytes:
    """The signed note of `checkpoint`; `at_s` (POSIX seconds) for 0x04 and 0x06 keys.

    Raises FormatError as `sign` does.
    """
    return sign(checkpoint.text(), *keys, at_s=at_s)


def open_checkpoint(
    data: bytes, keys: Keys, *, max_bytes: int = MAX_CHECKPOINT_BYTES
) -> OpenedCheckpoint:
    """Verify and parse. One note key (0x01) that signed must carry the name of the log's party.

    Raises ForgedError when only other parties signed, and what `open_note` raises.
    """
    opened = open_note(data, keys, max_bytes=max_bytes)
    checkpoint = parse_checkpoint(opened.text)
    names = (checkpoint.origin, party_of(checkpoint.origin))
    own = next((k for k in opened.signers if k.algorithm == ED25519 and k.name in names), None)
    if own is None:
        signers = ", ".join(key.name for key in opened.signers)
        raise ForgedError(
            f"the checkpoint of {checkpoint.origin} is signed by {signers} only",
            right=f"a signature by the note key of {names[1]}",
        )
    cosignatures = tuple(
        Cosignature(key, at_s)
        for key, at_s in zip(opened.signers, opened.times, strict=True)
        if at_s is not None
    )
    return OpenedCheckpoint(checkpoint, own, opened.signers, cosignatures)
