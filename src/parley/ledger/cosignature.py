"""Cosignatures: other parties' timed signatures on a log's head (C2SP tlog-cosignature).

A cosigner says: at that time this was the largest head of this log that I had seen, and it was
consistent with every earlier one. Witnesses are counted by party, never by key, and a log's own
party is no witness of its log, whichever of its keys signed.
"""

from __future__ import annotations

from collections.abc import Iterable

from parley.errors import FormatError
from parley.ledger.checkpoint import Cosignature, OpenedCheckpoint, party_of
from parley.ledger.keys import ED25519, SigningKey, VerifyKey
from parley.ledger.note import signature_lines


def cosign(text: bytes, at_s: int, *keys: SigningKey) -> bytes:
    """Signature lines by cosigner keys over a checkpoint's note text at `at_s` (POSIX seconds).

    Whoever calls has checked the consistency (`witness.judge`) and stored the head. Raises
    FormatError on a note key, no key, a time outside 1 <= at_s < 2^63, another text.
    """
    for key in keys:
        if key.algorithm == ED25519:
            raise FormatError(
                f"a cosignature by the note key of {key.name}", right="a 04 or 06 key"
            )
    if at_s < 1:
        raise FormatError(f"a cosignature at {at_s} s", right="1 <= seconds < 2^63")
    return signature_lines(text, *keys, at_s=at_s)


def outside_cosignatures(
    opened: OpenedCheckpoint, own: Iterable[VerifyKey] = ()
) -> tuple[Cosignature, ...]:
    """Those that can count as witnesses: with a time, by another party than the log's own.

    The log's party is known by its names and by its public keys under any name: those that
    signed this head, and `own`, which the caller knows as keys of that party.
    """
    names = own_party(opened)
    own_keys = {key.public for key in (*opened.signers, *own) if key.name in names}
    return tuple(
        cosignature
        for cosignature in opened.cosignatures
        if cosignature.at_s > 0 and cosignature.key.public not in own_keys
    )


def witnesses_of(opened: OpenedCheckpoint, own: Iterable[VerifyKey] = ()) -> dict[str, int]:
    """Each party that witnessed this head, once, with its earliest time in POSIX seconds.

    `own`: keys of the log's party, as in `outside_cosignatures`."""
    seen: dict[str, int] = {}
    for cosignature in outside_cosignatures(opened, own):
        name = cosignature.key.name
        seen[name] = min(cosignature.at_s, seen.get(name, cosignature.at_s))
    return seen


def own_party(opened: OpenedCheckpoint) -> frozenset[str]:
    """The names under which the log's own party signs: origin, party, its note key's name."""
    origin = opened.checkpoint.origin
    return frozenset((origin, party_of(origin), opened.log_key.name))
