"""Fresh keys for a party: the only place where private keys are drawn."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from parley.ledger import Roster, SigningKey, Term, WitnessKey, root_hash, seal_roster
from parley.ledger.certificate import make_certificate
from parley.node.context import OwnKeys


@dataclass(frozen=True, slots=True)
class FreshParty:
    """What a new party starts with. root and next_root belong on a medium of their own; roster:
    the first one, signed by the root; tls: the seed of the key behind its certificate."""

    root: SigningKey
    next_root: SigningKey
    own: OwnKeys
    tls: bytes
    roster: bytes


def fresh_party(party: str, now_ms: int) -> FreshParty:
    """All keys of a party, drawn now, and its first roster."""
    root, next_root = (SigningKey(party, secrets.token_bytes(32)) for _ in range(2))
    own, tls = fresh_own_keys(party), secrets.token_bytes(32)
    first = Roster(
        party,
        serial=1,
        epoch=1,
        at_ms=now_ms,
        root=root.verifier,
        terms=(Term(own.note.verifier, 1, 0),),
        witnesses=(WitnessKey(own.witness.verifier), WitnessKey(own.quantum.verifier)),
        certificates=(make_certificate(party, tls),),
        next_root=root_hash(next_root.verifier),
    )
    return FreshParty(root, next_root, own, tls, seal_roster(first, root))


def fresh_own_keys(party: str) -> OwnKeys:
    """What a node signs and seals with."""
    return OwnKeys(
        SigningKey(party, secrets.token_bytes(32)),
        SigningKey(party, secrets.token_bytes(32), 4),
        SigningKey(party, secrets.token_bytes(32), 6),
        secrets.token_bytes(32),
    )
