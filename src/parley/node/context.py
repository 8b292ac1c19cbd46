"""Who this node is: its party, its agreement, its own keys and the rosters it was given. Values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from parley.errors import ConfigError
from parley.ledger import Keyring, SigningKey, VerifyKey, open_roster
from parley.rules.agreement import Agreement

TAIL_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """What this node signs with: statements (`note`, algorithm 1), heads of peers (`witness`, 4)
    and heads of everybody, its own too (`quantum`, 6: ML-DSA-44).

    tail: 32 secret bytes under which the end of our log is sealed before a peer keeps a copy."""

    note: SigningKey
    witness: SigningKey
    quantum: SigningKey
    tail: bytes = field(repr=False)

    def __post_init__(self) -> None:
        kinds = (self.note.algorithm, self.witness.algorithm, self.quantum.algorithm)
        if kinds != (1, 4, 6) or len(self.tail) != TAIL_SECRET_BYTES:
            raise ConfigError(
                f"keys of algorithms {kinds}, a tail secret of {len(self.tail)} bytes",
                right="algorithms 1, 4 and 6, and 32 bytes",
            )


@dataclass(frozen=True, slots=True)
class Context:
    """party: our party id, the name of all our keys. agreement_ref: the digest of the agreement
    (64 hex digits), which every statement names.

    rosters: exact signed notes that people handed over and compared, our own included. A party
    without one is known by name only and can neither be verified nor reached. What a node
    believes later stands in its log: ``Node.ring``.
    """

    party: str
    agreement: Agreement
    agreement_ref: str
    keys: OwnKeys
    rosters: tuple[bytes, ...]
    ring: Keyring = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.agreement.party(self.party)
        ring = Keyring.of(open_roster(note) for note in self.rosters)
        for party in ring.rosters:
            self.agreement.party(party)
        if self.party not in ring:
            raise ConfigError(f"no roster of {self.party!r} itself", right="our own roster too")
        ours = ring.roster(self.party)
        cosigners = {w.key for w in ours.witnesses if w.until_s is None}
        held = (self.keys.witness.verifier, self.keys.quantum.verifier)
        if ours.note_key != self.keys.note.verifier or not cosigners.issuperset(held):
            raise ConfigError(
                f"the roster does not give {self.party!r} the keys of this node",
                right=f"{self.party} = {self.keys.note.verifier.to_vkey()}",
            )
        object.__setattr__(self, "ring", ring)

    @property
    def key(self) -> SigningKey:
        """What our statements are signed with."""
        return self.keys.note

    @property
    def epoch(self) -> int:
        """Of our own log, from 1."""
        return self.ring.roster(self.party).epoch

    @property
    def origin(self) -> str:
        """The origin line of our log."""
        return self.ring.roster(self.party).origin

    @property
    def roots(self) -> Mapping[str, VerifyKey]:
        """The root of each party as it was handed over: what a verifier pins."""
        return {party: roster.root for party, roster in self.ring.rosters.items()}

    @property
    def others(self) -> tuple[str, ...]:
        """Every other party we hold a roster of, in the agreement's order."""
        return tuple(
            p.id for p in self.agreement.parties if p.id != self.party and p.id in self.ring
        )
