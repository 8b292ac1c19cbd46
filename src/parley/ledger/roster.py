"""Which keys are believed while a log or a bundle is read: pinned ones, and declared ones.

A name that is pinned is closed: only its pinned keys speak for it, whatever a file declares.
"""

from __future__ import annotations

from collections.abc import Collection

from parley.errors import ForgedError, InputError, MalformedError, ParleyError, PeerError
from parley.ledger.canonical import JsonValue
from parley.ledger.entry import Kind
from parley.ledger.keys import Keys, VerifyKey, key_values

MAX_DECLARED = 256


class Roster:
    """Known keys, pinned or declared."""

    __slots__ = ("_known", "_pinned", "_pinned_names")

    def __init__(self, pinned: Keys | None) -> None:
        self._pinned = frozenset(key_values(pinned)) if pinned is not None else frozenset()
        self._pinned_names = {key.name for key in self._pinned}
        self._known: dict[tuple[str, bytes], VerifyKey] = {
            (key.name, key.key_id): key for key in self._pinned
        }

    @property
    def keys(self) -> tuple[VerifyKey, ...]:
        return tuple(self._known.values())

    def declare(self, key: VerifyKey) -> bool:
        """Believe `key` from now on; False when its name is pinned to other keys.

        Raises MalformedError when another known key has its name and id, or above 256 keys.
        """
        if key.name in self._pinned_names:
            return key in self._pinned
        known = self._known.setdefault((key.name, key.key_id), key)
        if known != key:
            raise MalformedError(f"two keys of {key.name} share an id", right="one of them")
        if len(self._known) > MAX_DECLARED + len(self._pinned):
            raise MalformedError("too many declared keys", right=f"at most {MAX_DECLARED}")
        return True

    def is_pinned(self, key: VerifyKey) -> bool:
        return key in self._pinned


def vkeys_of(value: JsonValue) -> list[VerifyKey]:
    """The keys of a JSON list of vkey texts. Raises MalformedError."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_DECLARED:
        raise MalformedError('no list "keys"', right=f"1 to {MAX_DECLARED} vkey texts")
    return [peer_vkey(text) for text in value]


def peer_vkey(text: JsonValue) -> VerifyKey:
    """`VerifyKey.from_vkey` for a peer's bytes: raises MalformedError only."""
    if not isinstance(text, str):
        raise MalformedError(f"a vkey is a {type(text).__name__}", right="text")
    try:
        return VerifyKey.from_vkey(text)
    except InputError as error:
        raise MalformedError(error.what, right=error.right) from None


def located(error: ParleyError, where: str) -> PeerError:
    """The same error with an outer place in front, as a fault of the file's author."""
    kind = type(error) if isinstance(error, PeerError) else MalformedError
    place = ", ".join(part for part in (where, error.where) if part)
    return kind(error.what, right=error.right, where=place)


def check_authors(kind: Kind, party: str, names: Collection[str]) -> None:
    """Who may have signed an entry of `kind` in the log of `party`. Raises ForgedError.

    Sent, Decision, Observed: the party itself. Received: another party. Cosigned, Keys: anyone.
    """
    if kind in _OWN_KINDS and party not in names:
        raise ForgedError(f"an entry of kind {kind.label} signed by {min(names)}", right=party)
    if kind is Kind.RECEIVED and set(names) == {party}:
        raise ForgedError("a received entry signed by the log's owner only", right="a peer")


_OWN_KINDS = frozenset((Kind.SENT, Kind.DECISION, Kind.OBSERVED))
