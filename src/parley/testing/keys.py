"""The same keys for a party in every run: root, note, cosigners, rosters."""

from __future__ import annotations

import hashlib

from parley.ledger import Roster, SigningKey, Term, WitnessKey, seal_roster
from parley.ledger.certificate import make_certificate
from parley.node.context import OwnKeys


def seed_of(party: str, what: str) -> bytes:
    """32 bytes, the same in every run."""
    return hashlib.sha256(f"{what} of {party}".encode()).digest()


def root_key(party: str) -> SigningKey:
    """What would be locked away offline."""
    return SigningKey(party, seed_of(party, "root"))


def signing_key(party: str) -> SigningKey:
    """The party's note key."""
    return SigningKey(party, seed_of(party, "key"))


def own_keys(party: str, *, note: str = "key") -> OwnKeys:
    """What the party's node holds. note: another word, another note key."""
    return OwnKeys(
        SigningKey(party, seed_of(party, note)),
        SigningKey(party, seed_of(party, "witness"), 4),
        SigningKey(party, seed_of(party, "quantum"), 6),
        seed_of(party, "tail"),
    )


def roster_of(party: str) -> Roster:
    """The first roster of a party."""
    keys = own_keys(party)
    return Roster(
        party,
        serial=1,
        epoch=1,
        at_ms=0,
        root=root_key(party).verifier,
        terms=(Term(keys.note.verifier, 1, 0),),
        witnesses=(WitnessKey(keys.witness.verifier), WitnessKey(keys.quantum.verifier)),
        certificates=(make_certificate(party, seed_of(party, "tls")),),
    )


def roster_note(party: str) -> bytes:
    """The same, signed by its root."""
    return seal_roster(roster_of(party), root_key(party))
