"""The heads of a file: which of them are proved to be one history, and who had cosigned when.

Two heads belong to one history when a chain of consistency proofs joins them, or when size and
root are equal. A cosignature counts by its party, once, at its earliest time, and only while its
key was in force. Times are the cosigners' own claims, in POSIX seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from parley.errors import ForgedError, MalformedError
from parley.ledger.canonical import b64
from parley.ledger.checkpoint import (
    Checkpoint,
    Cosignature,
    OpenedCheckpoint,
    party_of,
)
from parley.ledger.cosignature import outside_cosignatures
from parley.ledger.exhibit import Exhibit
from parley.ledger.keyring import Keyring
from parley.ledger.keys import Keys, key_values
from parley.ledger.merkle import old_root
from parley.ledger.note import parse
from parley.ledger.terms import open_head_in_term, open_head_then

HeadKey: TypeAlias = tuple[str, int, bytes]
"""Origin, size, root: what a head says."""


@dataclass(frozen=True, slots=True)
class HeadFinding:
    """A verified head: the exact note; `witnesses`: other parties that cosigned, with POSIX
    seconds, sorted by name; `own_s`: latest time of the log's own ML-DSA-44 key, 0 for none."""

    note: bytes = field(repr=False)
    checkpoint: Checkpoint
    witnesses: tuple[tuple[str, int], ...]
    own_s: int

    @property
    def key(self) -> HeadKey:
        head = self.checkpoint
        return head.origin, head.size, head.root


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which cosignatures an entry came into its log, in POSIX seconds; None: unknown.

    before: number of the largest cosigned head of the same history without the entry, or -1.
    witnesses: the parties that cosigned a head with it, each with its earliest time.
    """

    before: int
    not_before_s: int | None
    not_after_s: int | None
    witnesses: tuple[tuple[str, int], ...]


def open_head(note: bytes, ring: Keyring) -> HeadFinding:
    """A head by a key of its log within its term. Raises PeerError as `open_checkpoint` does."""
    return _finding(note, open_head_in_term(note, ring), ring)


def open_head_once(note: bytes, ring: Keyring) -> tuple[HeadFinding, bool]:
    """The same; one that is disowned, too, and whether it is. Raises PeerError."""
    opened, disowned = open_head_then(note, ring)
    return _finding(note, opened, ring), disowned


def _finding(note: bytes, opened: OpenedCheckpoint, ring: Keyring) -> HeadFinding:
    witnesses = witnesses_in_force(opened, ring)
    return HeadFinding(note, opened.checkpoint, witnesses, own_time(opened, ring))


def own_time(opened: OpenedCheckpoint, ring: Keyring) -> int:
    """The latest time at which the log's own ML-DSA-44 key in force signed; 0 for none."""
    party = party_of(opened.checkpoint.origin)
    return max(
        (
            c.at_s
            for c in opened.cosignatures
            if c.key.name == party and c.key.algorithm == 6 and _counts(ring, c)
        ),
        default=0,
    )


def witnesses_in_force(opened: OpenedCheckpoint, ring: Keyring) -> tuple[tuple[str, int], ...]:
    """Each other party that cosigned with a key then in force, with its earliest seconds."""
    seen: dict[str, int] = {}
    for cosignature in outside_cosignatures(opened, ring.party_keys(opened.checkpoint.origin)):
        name = cosignature.key.name
        if _counts(ring, cosignature):
            seen[name] = min(cosignature.at_s, seen.get(name, cosignature.at_s))
    return tuple(sorted(seen.items()))


def _counts(ring: Keyring, cosignature: Cosignature) -> bool:
    try:
        ring.roster(cosignature.key.name).check_time(cosignature.key, cosignature.at_s)
    except ForgedError:
        return False
    return True


class History:
    """Heads by number, as a file has them, and the links between them."""

    def __init__(self, heads: Sequence[HeadFinding]) -> None:
        self.heads = tuple(heads)
        self._joined: dict[HeadKey, HeadKey] = {head.key: head.key for head in self.heads}
        self._rows: dict[HeadKey, _Row] = {}

    def join(self, old: int, new: int, proof: Sequence[bytes]) -> Exhibit | None:
        """Take in a consistency proof (`Tree.prefix_proof`'s) between two heads of one log.

        None when the newer extends the older; else the exhibit that it does not. Raises
        MalformedError (numbers, other logs, sizes), ForgedError when the proof does not lead to
        the newer head.
        """
        one, other = self.head(old), self.head(new)
        a, b = one.checkpoint, other.checkpoint
        if a.origin != b.origin or not 0 < a.size < b.size:
            raise MalformedError(
                f"a link from {a.origin} at {a.size} to {b.origin} at {b.size}",
                right="two heads of one log, the smaller first",
            )
        if old_root(a.size, b.size, proof, b.root) != a.root:
            accused = party_of(a.origin)
            return Exhibit("split-history", accused, (one.note, other.note), tuple(proof))
        self.trust(one.key, other.key)
        return None

    def trust(self, one: HeadKey, other: HeadKey) -> None:
        """Both heads, which are here, were proved to be of one history."""
        self._joined[self._top(one)] = self._top(other)
        self._rows = {}

    def head(self, number: int) -> HeadFinding:
        """The head with this number. Raises MalformedError."""
        if not 0 <= number < len(self.heads):
            raise MalformedError(f"head {number} of {len(self.heads)}", right="one of the file's")
        return self.heads[number]

    def bounds(self, number: int, index: int) -> Bounds:
        """Of the entry at `index` that is proved under head `number`."""
        row = self._row(self.head(number).key)
        at = bisect_right(row.sizes, index)
        before = next((n for n in reversed(row.numbers[:at]) if self.heads[n].witnesses), -1)
        lower = max(s for _, s in self.heads[before].witnesses) if before >= 0 else None
        witnesses = tuple(sorted(row.later[at].items()))
        upper = min((s for _, s in witnesses), default=None)
        return Bounds(before, lower, upper, witnesses)

    def loose(self) -> tuple[str, ...]:
        """Logs whose heads here are not all proved to be one history."""
        tops: dict[str, set[HeadKey]] = {}
        for key in self._joined:
            tops.setdefault(key[0], set()).add(self._top(key))
        return tuple(sorted(origin for origin, seen in tops.items() if len(seen) > 1))

    def _top(self, key: HeadKey) -> HeadKey:
        while self._joined[key] != key:
            self._joined[key] = self._joined[self._joined[key]]
            key = self._joined[key]
        return key

    def _row(self, key: HeadKey) -> _Row:
        top = self._top(key)
        if top not in self._rows:
            numbers = [n for n, head in enumerate(self.heads) if self._top(head.key) == top]
            numbers.sort(key=lambda n: (self.heads[n].checkpoint.size, -n))
            later: list[dict[str, int]] = [{}]
            for n in reversed(numbers):
                seen = dict(later[-1])
                for party, at_s in self.heads[n].witnesses:
                    seen[party] = min(at_s, seen.get(party, at_s))
                later.append(seen)
            sizes = [self.heads[n].checkpoint.size for n in numbers]
            self._rows[top] = _Row(numbers, sizes, later[::-1])
        return self._rows[top]


@dataclass(frozen=True, slots=True)
class _Row:
    """One history: head numbers by size, their sizes, and from each place on who cosigned first."""

    numbers: list[int]
    sizes: list[int]
    later: list[dict[str, int]]


def only_known(note: bytes, keys: Keys) -> bytes:
    """The note without signature lines of keys that are not among `keys`; MalformedError."""
    known = {(key.name, key.key_id) for key in key_values(keys)}
    parsed = parse(note)
    lines = [
        f"\u2014 {line.name} {b64(line.key_id + line.signature)}\n".encode()
        for line in parsed.signatures
        if (line.name, line.key_id) in known
    ]
    return b"".join((parsed.text, b"\n", *lines))


def check_no_stranger(note: bytes, keys: Keys) -> None:
    """MalformedError when a key that is not among `keys` signed: a file has no room for noise."""
    known = {(key.name, key.key_id) for key in key_values(keys)}
    for line in parse(note).signatures:
        if (line.name, line.key_id) not in known:
            raise MalformedError(
                f"a signature by {line.name[:80]} ({line.key_id.hex()}), which no roster names",
                right="signatures by keys of the rosters only",
            )


def roots_of(heads: Iterable[HeadFinding]) -> dict[tuple[str, int], set[bytes]]:
    """The roots that the heads give each log at each size; more than one is a split."""
    roots: dict[tuple[str, int], set[bytes]] = {}
    for head in heads:
        roots.setdefault(head.key[:2], set()).add(head.key[2])
    return roots


def within_bounds(
    at_ms: int | None, lower_ms: int | None, upper_ms: int | None, slack_ms: int
) -> bool | None:
    """Whether a claimed time lies between the bounds, give or take the slack; None: unknown."""
    if at_ms is None or (lower_ms is None and upper_ms is None):
        return None
    late = lower_ms is None or at_ms >= lower_ms - slack_ms
    return late and (upper_ms is None or at_ms <= upper_ms + slack_ms)
