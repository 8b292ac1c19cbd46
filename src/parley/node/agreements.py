"""The agreement in force: the one that the node was founded under, or the last amendment of it
that every signatory signed. It follows from the log.

Tables: pact (number: digest|ref of the proposal|since when, in ms, by
its day and its signers' clocks), pact-text (digest: the file).
``meta pact`` is the digest in force, "" for the founding one; ``meta pact-before`` the one before,
until everything was judged anew (``tick``).
"""

from __future__ import annotations

from parley.errors import IntegrityError, ParleyError
from parley.node.ports import Tx
from parley.rules.agreement import Agreement
from parley.wire.agreement import parse_agreement

_KEPT = 16


class Pacts:
    """Agreements by their digest, read once. Readers on several threads share it: what a digest
    means never changes."""

    def __init__(self) -> None:
        self._known: dict[str, Agreement] = {}

    def of(self, tx: Tx, digest: str) -> Agreement:
        """The amendment with this digest; IntegrityError if the store does not hold it."""
        known = self._known.get(digest)
        if known is None:
            data = tx.records.get("pact-text", digest)
            if data is None:
                raise IntegrityError(f"agreement {digest} is in force and not stored")
            try:
                known = parse_agreement(data, "an amendment")
            except ParleyError as error:
                raise IntegrityError(f"a stored amendment does not parse: {error}") from error
            if len(self._known) >= _KEPT:
                self._known = {}
            self._known[digest] = known
        return known


def history(tx: Tx) -> list[tuple[str, str, int]]:
    """The amendments that came into force, oldest first: digest, ref of the proposal, since when
    by its day and its signers' clocks: the same at every node."""
    found = []
    for _, data in tx.records.scan("pact"):
        digest, ref, since = data.decode().split("|")
        found.append((digest, ref, int(since)))
    return found
