"""A log verified in pieces, which several workers may check: the verdict of `verify_log`.

Signatures are what takes time, and no note's depends on another's: only rosters do, so a piece
ends where a roster comes in. Chain, tree and rosters are followed in one place. No I/O here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from parley.errors import OversizeError
from parley.ledger.entry import Entry, Kind
from parley.ledger.filed import Believed
from parley.ledger.keyring import Keyring
from parley.ledger.keys import Keys, VerifyKey
from parley.ledger.logfile import LogReader, LogReport, Verification, open_entry
from parley.ledger.note import Opened

PIECE_ENTRIES = 1000
MAX_ROSTERS = 512
"""Every piece takes its rosters along."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Leaves from index `first` on, in the log `log` of `party`, under the `rosters` before."""

    party: str
    log: str
    rosters: tuple[bytes, ...]
    first: int
    leaves: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A vkey, how many notes of a piece it signed, at which first and last index."""

    vkey: str
    notes: int
    first_index: int
    last_index: int


def check_piece(piece: Piece) -> tuple[Signed, ...]:
    """Who signed the notes of a piece, in the order in which they appear. Pure: for workers.

    Raises what `verify_log` raises for one of these entries, without its place.
    """
    ring = _ring(piece.rosters)
    seen: dict[VerifyKey, tuple[int, int, int]] = {}
    for index, leaf in enumerate(piece.leaves, piece.first):
        opened = open_entry(Entry.from_leaf(leaf), index, ring, piece.party, piece.log)
        for key in opened.signers:
            notes, first, _ = seen.get(key, (0, index, index))
            seen[key] = (notes + 1, first, index)
    return tuple(Signed(key.to_vkey(), *counted) for key, counted in seen.items())


@lru_cache(maxsize=4)
def _ring(rosters: tuple[bytes, ...]) -> Keyring:
    believed = Believed(None)
    for note in rosters:
        believed.admit(note)
    return believed.ring


def verify_in_pieces(
    data: bytes | Iterable[bytes],
    *,
    pinned: Keys | None,
    check: Callable[[Iterator[Piece]], Iterable[tuple[Signed, ...]]],
    progress: Callable[[int, int], None] | None = None,
    entries: int = PIECE_ENTRIES,
) -> LogReport:
    """The report of `verify_log`, where `check` maps `check_piece` over the pieces, in order.

    `progress(entries, bytes)` after each piece. Raises as `verify_log` does, but not always at
    the same entry first, and OversizeError above 512 rosters: whoever wants the guilty entry
    asks `verify_log`.
    """
    state = _Pieced(LogReader(data), pinned, entries)
    for signed in check(state.pieces()):
        state.merge(signed)
        if progress is not None:
            progress(state.checked, state.reader.done)
    return state.finish()


class _Pieced(Verification):
    def __init__(self, reader: LogReader, pinned: Keys | None, entries: int) -> None:
        super().__init__(reader, pinned)
        self.checked = 0
        self._entries = entries
        self._rosters: tuple[bytes, ...] = ()
        self._waiting: list[bytes] = []
        self._cut: list[Piece] = []

    def pieces(self) -> Iterator[Piece]:
        while (leaf := self.next_leaf()) is not None:
            self.take_entry(leaf)
            if len(self._waiting) == self._entries:
                self._end_piece()
            yield from self._ready()
        self._end_piece()
        yield from self._ready()

    def merge(self, signed: tuple[Signed, ...]) -> None:
        """Add what one piece says of its signers; pieces come in order."""
        for one in signed:
            key = VerifyKey.from_vkey(one.vkey)
            notes, first, _ = self.signers.get(key, (0, one.first_index, 0))
            self.signers[key] = (notes + one.notes, first, one.last_index)
            self.checked = max(self.checked, one.last_index + 1)

    def finish(self) -> LogReport:
        in_order = sorted(self.signers.items(), key=lambda item: item[1][1])
        self.signers = dict(in_order)
        return super().finish()

    def _opened(self, entry: Entry, index: int) -> Opened:
        if entry.kind is Kind.KEYS or index == 0:
            before = self.believed.ring
            opened = super()._opened(entry, index)
            if self.believed.ring is not before:
                self._end_piece()
                self._admitted(entry.note)
            return opened
        self._waiting.append(entry.leaf())
        return Opened(b"", (), ())

    def _admitted(self, note: bytes) -> None:
        self._rosters = (*self._rosters, note)
        if len(self._rosters) > MAX_ROSTERS:
            raise OversizeError(
                f"{len(self._rosters)} rosters in pieces", right=f"at most {MAX_ROSTERS}"
            )

    def _end_piece(self) -> None:
        if self._waiting:
            first = self.frontier.size - len(self._waiting)
            leaves = tuple(self._waiting)
            self._cut.append(Piece(self.party, self.log, self._rosters, first, leaves))
            self._waiting = []

    def _ready(self) -> Iterator[Piece]:
        ready, self._cut = self._cut, []
        return iter(ready)
