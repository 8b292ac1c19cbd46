"""Whose keys we believe at a moment: the rosters in the store, as the log has them.

The record ``roster`` of a party is the exact note that stands last in our log of it; the mark of
all of them together is ``meta rosters``, so that a ring is made again only when it changed.
"""

from __future__ import annotations

from parley.errors import IntegrityError, PeerError
from parley.ledger import Keyring, note_hash, open_roster
from parley.node.ports import Tx

_KEPT = 8


class Rings:
    """Rings by their mark. Readers on several threads share it: what a mark means never changes.

    latest: the one that was asked for last, for what is verified again if it was outdated."""

    def __init__(self) -> None:
        self._known: dict[bytes, Keyring] = {}
        self.latest: Keyring | None = None

    def at(self, tx: Tx) -> Keyring:
        """The ring of this snapshot. IntegrityError: a stored roster does not verify."""
        mark = tx.records.get("meta", "rosters") or b""
        ring = self._known.get(mark)
        if ring is None:
            try:
                ring = Keyring.of(open_roster(note) for _, note in tx.records.scan("roster"))
            except PeerError as error:
                raise IntegrityError(f"a stored roster does not verify: {error}") from error
            if len(self._known) >= _KEPT:
                self._known = {}
            self._known[mark] = ring
        self.latest = ring
        return ring


def mark(tx: Tx) -> None:
    """The stored rosters changed."""
    held = b"".join(note_hash(note) for _, note in tx.records.scan("roster"))
    tx.records.put("meta", "rosters", held)
