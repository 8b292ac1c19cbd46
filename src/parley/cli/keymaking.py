"""Fresh keys for a party: the only place where private keys are drawn."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from parley.ledger import Roster, SigningKey, Term, WitnessKey, root_hash, seal_roster
from parley.ledger.certificate import make_certificate
from parley.node.context import OwnKeys

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Seeds:
    """What a node keeps secret, 32 bytes each, never printed: see ``OwnKeys``; tls: of the key
    behind its certificate."""

    note: bytes = field(repr=False)
    witness: bytes = field(repr=False)
    quantum: bytes = field(repr=False)
    tail: bytes = field(repr=False)
    tls: bytes = field(repr=False)

    def own(self, party: str) -> OwnKeys:
        """The same as keys of this party."""
        return OwnKeys(
            SigningKey(party, self.note),
            SigningKey(party, self.witness, 4),
            SigningKey(party, self.quantum, 6),
            self.tail,
        )


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
    root, next_root = (SigningKey(party, fresh_seed()) for _ in range(2))
    seeds = fresh_seeds()
    own = seeds.own(party)
    roster = first_roster(own, seeds.tls, root, next_root, now_ms)
    return FreshParty(root, next_root, own, seeds.tls, roster)


def first_roster(
    own: OwnKeys, tls: bytes, root: SigningKey, next_root: SigningKey, now_ms: int
) -> bytes:
    """The roster that a party begins with, sealed by its root."""
    first = Roster(
        root.name,
        serial=1,
        epoch=1,
        at_ms=now_ms,
        root=root.verifier,
        terms=(Term(own.note.verifier, 1, 0),),
        witnesses=(WitnessKey(own.witness.verifier), WitnessKey(own.quantum.verifier)),
        certificates=(make_certificate(root.name, tls),),
        next_root=root_hash(next_root.verifier),
    )
    return seal_roster(first, root)


def fresh_seeds() -> Seeds:
    """What a node signs and seals with."""
    return Seeds(*(fresh_seed() for _ in range(5)))


def fresh_seed() -> bytes:
    """32 random bytes of the system."""
    return secrets.token_bytes(SEED_BYTES)
