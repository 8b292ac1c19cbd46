"""Who this node is: its party, its agreement, its key and whom it knows. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parley.errors import ConfigError, UnknownPartyError
from parley.ledger import SigningKey, VerifyKey, log_origin
from parley.rules.agreement import Agreement


@dataclass(frozen=True, slots=True)
class Context:
    """party: our party id. agreement_ref: the digest of the agreement (64 hex digits), which
    every statement names.

    roster: party id -> note key, our own included; a party without a key is known by name only
    and can neither be verified nor reached. epoch: of our own log, from 1.
    """

    party: str
    agreement: Agreement
    agreement_ref: str
    key: SigningKey
    roster: Mapping[str, VerifyKey]
    epoch: int = 1

    def __post_init__(self) -> None:
        self.agreement.party(self.party)
        ours = self.roster.get(self.party)
        if ours is None or ours.public != self.key.verifier.public or ours.name != self.key.name:
            raise ConfigError(
                f"the roster does not give {self.party!r} the key of this node",
                right=f"{self.party} = {self.key.verifier.to_vkey()}",
            )
        for party in self.roster:
            self.agreement.party(party)

    @property
    def origin(self) -> str:
        """The origin line of our log."""
        return log_origin(self.key.name, self.epoch)

    @property
    def others(self) -> tuple[str, ...]:
        """Every other party we hold a key of, in the agreement's order."""
        return tuple(
            p.id for p in self.agreement.parties if p.id != self.party and p.id in self.roster
        )

    def party_of_key(self, key_name: str) -> str:
        """The party whose roster key has this name; UnknownPartyError names the name."""
        for party, key in self.roster.items():
            if key.name == key_name:
                return party
        raise UnknownPartyError(
            f"no party in the roster has a key named {key_name!r}",
            right="a key of the roster",
            at_fault=f"whoever signed as {key_name!r}",
        )
