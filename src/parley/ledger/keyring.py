"""The keyring: the rosters that are believed at one moment. Immutable; a new roster, a new ring.

Fresh statements are opened with the keys in force; what stands in a log is opened with every key
that ever spoke, and then held against the term in which it did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from parley.errors import ForgedError, UnknownPartyError
from parley.ledger.checkpoint import party_of
from parley.ledger.keys import VerifyKey
from parley.ledger.roster import Roster, check_successor

_EPOCH = re.compile(r".+/log/([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Keyring:
    """Rosters by party. former_roots: those that announced the roots of today, oldest first, as
    far as this ring saw them. speakers: note keys in force; note_keys: all that ever were;
    witnesses: all cosigner keys; every: note keys and cosigner keys of everybody."""

    rosters: Mapping[str, Roster]
    former_roots: tuple[VerifyKey, ...] = field(default=(), repr=False, compare=False)
    speakers: tuple[VerifyKey, ...] = field(init=False, repr=False, compare=False)
    note_keys: tuple[VerifyKey, ...] = field(init=False, repr=False, compare=False)
    witnesses: tuple[VerifyKey, ...] = field(init=False, repr=False, compare=False)
    every: tuple[VerifyKey, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rosters = {party: self.rosters[party] for party in sorted(self.rosters)}
        notes = tuple(key for roster in rosters.values() for key in roster.note_keys)
        cosigners = tuple(key for roster in rosters.values() for key in roster.witness_keys)
        object.__setattr__(self, "rosters", MappingProxyType(rosters))
        object.__setattr__(self, "speakers", tuple(r.note_key for r in rosters.values()))
        object.__setattr__(self, "note_keys", notes)
        object.__setattr__(self, "witnesses", cosigners)
        object.__setattr__(self, "every", (*notes, *cosigners))

    @classmethod
    def of(cls, rosters: Iterable[Roster]) -> Keyring:
        """A ring of one roster a party; a later one of the same party must follow the earlier."""
        ring: dict[str, Roster] = {}
        former: list[VerifyKey] = []
        for roster in rosters:
            known = ring.get(roster.party)
            if known is not None:
                check_successor(known, roster)
                if known.root != roster.root:
                    former.append(known.root)
            ring[roster.party] = roster
        return cls(ring, tuple(former))

    def __contains__(self, party: object) -> bool:
        return party in self.rosters

    def roster(self, party: str) -> Roster:
        """The roster of `party`. Raises UnknownPartyError."""
        found = self.rosters.get(party)
        if found is None:
            raise UnknownPartyError(f"no roster of {party[:80]!r} is known", right="its roster")
        return found

    def with_roster(self, roster: Roster) -> Keyring:
        """The ring with this roster in place of the party's earlier one, which it must follow.

        Raises ReplayError, ForgedError as `check_successor` does."""
        known, former = self.rosters.get(roster.party), self.former_roots
        if known is not None:
            check_successor(known, roster)
            if known.root != roster.root:
                former = (*former, known.root)
        return Keyring({**self.rosters, roster.party: roster}, former)

    def roots_of(self, party: str) -> tuple[VerifyKey, ...]:
        """The roots that `party` is known to have had, today's last. Raises UnknownPartyError."""
        former = (root for root in self.former_roots if root.name == party)
        return (*former, self.roster(party).root)

    def keys_of(self, party: str) -> tuple[VerifyKey, ...]:
        """Every note key that ever spoke for `party`; none for a party that is not known."""
        found = self.rosters.get(party)
        return () if found is None else found.note_keys

    def party_keys(self, origin: str) -> tuple[VerifyKey, ...]:
        """Every note key and cosigner key of the party whose log `origin` is."""
        found = self.rosters.get(party_of(origin))
        return () if found is None else (*found.note_keys, *found.witness_keys)

    def head_keys(self, origin: str) -> tuple[VerifyKey, ...]:
        """The keys that may sign heads of the log `origin`: its party's note and ML-DSA keys."""
        found = self.rosters.get(party_of(origin))
        if found is None:
            return ()
        return (*found.note_keys, *(key for key in found.witness_keys if key.algorithm == 6))

    def speaker(self, keys: Iterable[VerifyKey], origin: str, index: int) -> VerifyKey:
        """The first of `keys` that speaks at `index` of the log `origin`; else ForgedError.

        One line of the log's party within its term is enough, in any order of the lines."""
        roster = self.roster(party_of(origin))
        own = [key for key in keys if key.name == roster.party]
        if not own:
            raise ForgedError(f"{roster.party} did not sign", right=f"a key of {roster.party}")
        epoch = epoch_of(origin)
        speaking = next((key for key in own if roster.speaks(key, epoch, index)), own[0])
        roster.check_place(speaking, epoch, index)
        return speaking

    def speaker_then(
        self, keys: Iterable[VerifyKey], origin: str, index: int
    ) -> tuple[VerifyKey, int | None]:
        """As `speaker`, with None. Where none speaks any more, the first whose term began at or
        before the place and has ended before it, with the size at which it ended: its party has
        disowned what it signed there. ForgedError when there is none of these either."""
        signed = tuple(keys)
        try:
            return self.speaker(signed, origin, index), None
        except ForgedError:
            roster = self.roster(party_of(origin))
            epoch = epoch_of(origin)
            for key in signed:
                size = roster.ended_before(key, epoch, index)
                if size is not None:
                    return key, size
            raise

    def check_head(self, key: VerifyKey, origin: str, size: int) -> None:
        """Return when note key `key` may sign the head of `origin` at `size`; else ForgedError.

        A head of exactly the last valid size of a term is still within it."""
        self.roster(party_of(origin)).check_place(key, epoch_of(origin), max(0, size - 1))

    def check_place(self, key: VerifyKey, origin: str, index: int) -> None:
        """Return when `key` speaks at `index` of the log `origin`; else ForgedError."""
        self.roster(party_of(origin)).check_place(key, epoch_of(origin), index)


def epoch_of(origin: str) -> int:
    """The epoch in ``<party>/log/<epoch>``. Raises ForgedError on another line."""
    match = _EPOCH.fullmatch(origin)
    if match is None:
        raise ForgedError(f"{origin[:80]!r} is no log of a party", right="<party>/log/<epoch>")
    return int(match[1])
