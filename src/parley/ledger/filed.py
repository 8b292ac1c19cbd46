"""Whose keys are believed while a log or a bundle is read: rosters by pinned roots, or declared.

A party whose root the reader pinned is closed: only rosters by that root, or by one that they
announced, speak for it, whatever a file declares.
"""

from __future__ import annotations

from collections.abc import Collection

from parley.errors import (
    ForgedError,
    InputError,
    MalformedError,
    ReplayError,
)
from parley.ledger.canonical import JsonValue
from parley.ledger.entry import Kind
from parley.ledger.keyring import Keyring
from parley.ledger.keys import Keys, VerifyKey, key_values
from parley.ledger.roster import Roster, open_roster

MAX_PARTIES = 256


class Believed:
    """The ring as it grows while a file is read."""

    __slots__ = ("_pinned", "ring")

    def __init__(self, pinned: Keys | None) -> None:
        self._pinned: dict[str, list[VerifyKey]] = {}
        for key in () if pinned is None else key_values(pinned):
            self._pinned.setdefault(key.name, []).append(key)
        self.ring = Keyring({})

    def check_root(self, root: VerifyKey) -> None:
        """Raises ForgedError when the reader pinned another root of its name."""
        known = self._pinned.get(root.name, [root])
        if root not in known:
            raise ForgedError(
                f"root {root.key_id.hex()} of {root.name} is not the pinned one",
                right=f"root {known[0].key_id.hex()}, or a file that begins under it",
                at_fault="whoever wrote the file",
            )

    def admit(self, note: bytes) -> Roster:
        """Believe a roster from here on. The one that is believed already changes nothing.

        Raises what `open_roster` and `check_successor` raise, MalformedError above 256 parties.
        """
        roster = open_roster(note)
        known = self.ring.rosters.get(roster.party)
        if known is None:
            self.check_root(roster.root)
        elif known == roster:
            return known
        elif known.serial == roster.serial:
            raise ReplayError(
                f"two rosters {roster.serial} of {roster.party} differ",
                right="one roster a serial",
                at_fault=f"party {roster.party}",
            )
        self.ring = self.ring.with_roster(roster)
        if len(self.ring.rosters) > MAX_PARTIES:
            raise MalformedError("rosters of too many parties", right=f"at most {MAX_PARTIES}")
        return roster

    def is_pinned(self, party: str) -> bool:
        """Whether the reader pinned the root that this party's keys hang on."""
        return party in self._pinned


def peer_vkey(text: JsonValue) -> VerifyKey:
    """`VerifyKey.from_vkey` for a peer's bytes: raises MalformedError only."""
    if not isinstance(text, str):
        raise MalformedError(f"a vkey is a {type(text).__name__}", right="text")
    try:
        return VerifyKey.from_vkey(text)
    except InputError as error:
        raise MalformedError(error.what, right=error.right) from None


def check_authors(kind: Kind, party: str, names: Collection[str]) -> None:
    """Who may have signed an entry of `kind` in the log of `party`. Raises ForgedError.

    Sent, Decision, Observed: the party itself. Received: another party. Cosigned: both. Keys:
    the root of the party that the roster is of.
    """
    if kind in _OWN_KINDS and party not in names:
        raise ForgedError(f"an entry of kind {kind.label} signed by {min(names)}", right=party)
    if kind in (Kind.RECEIVED, Kind.COSIGNED) and set(names) == {party}:
        raise ForgedError(f"a {kind.label} entry signed by the log's owner only", right="a peer")


_OWN_KINDS = frozenset((Kind.SENT, Kind.DECISION, Kind.OBSERVED, Kind.COSIGNED))
