"""Two evidence files about one incident, side by side, by the hash of each note.

Says what both logs hold, what one only holds and what that proves, and what contradicts what,
across the two files. Says no more than is proved: who is right is for people. Swapping the
files swaps the sides and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from parley.errors import PeerError
from parley.ledger.canonical import encode
from parley.ledger.checkpoint import party_of
from parley.ledger.cross import Pool, contradictions, in_term
from parley.ledger.entry import Kind
from parley.ledger.evidence import EvidenceReport, ItemFinding, ReceiptFinding
from parley.ledger.evidence_check import SLACK_MS
from parley.ledger.evidence_words import named
from parley.ledger.exhibit import Exhibit, check_exhibit, exhibit_body
from parley.ledger.history import Bounds, History, within_bounds
from parley.ledger.keyring import Keyring
from parley.ledger.receipt import Receipt
from parley.ledger.roster import Roster, check_successor, open_roster
from parley.ledger.times import when

_LATE = 2**80


@dataclass(frozen=True, slots=True)
class Side:
    """A note in one log: its place, its kind, and the cosignatures around it from both files.

    claim_within as in `ItemFinding`; receipts: those for the note in this file that count by the
    rosters of both files; disowned: those by keys ended since, back to before their places.
    """

    log: str
    index: int
    kind: Kind
    at_ms: int | None
    not_before_ms: int | None
    not_after_ms: int | None
    claim_within: bool | None
    witnesses: tuple[tuple[str, int], ...]
    receipts: tuple[Receipt, ...]
    disowned: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One note. a, b: where the file of that side has it, None where it has not; `sentence`:
    what that proves. A note that stands in several places of one file stands there first."""

    note_hash: bytes
    type: str
    signers: tuple[str, ...]
    a: Side | None
    b: Side | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """kind: that of the exhibit, or "claimed-time", "receipt-time", "rosters". An exhibit is
    proof on its own; without one it is two claims that do not fit. `pinned`: the reader had
    pinned the root of the accused, and both files fit to it."""

    kind: str
    sentence: str
    exhibit: Exhibit | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Dispute:
    """Rows in a total order: by the time before which nobody had cosigned them, then by place.

    a, b: the parties whose logs the files show. agreed: both files hold the note.
    """

    a: tuple[str, ...]
    b: tuple[str, ...]
    agreed: tuple[Row, ...]
    only_a: tuple[Row, ...]
    only_b: tuple[Row, ...]
    contradictions: tuple[Contradiction, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows in their order."""
        return tuple(sorted((*self.agreed, *self.only_a, *self.only_b), key=_order))

    def mirrored(self) -> Dispute:
        """The same with the sides swapped."""
        return Dispute(
            self.b,
            self.a,
            tuple(replace(row, a=row.b, b=row.a) for row in self.agreed),
            tuple(replace(row, a=row.b, b=row.a) for row in self.only_b),
            tuple(replace(row, a=row.b, b=row.a) for row in self.only_a),
            self.contradictions,
        )


def compare(a: EvidenceReport, b: EvidenceReport, *, slack_ms: int = SLACK_MS) -> Dispute:
    """Lay two verified files side by side. Raises nothing for any two reports.

    `slack_ms`: so far may a time lie outside the cosignatures around it.
    """
    ring, rosters = _ring_of(a, b)
    both = _Both(a, b, ring, slack_ms)
    rows = sorted(both.rows(), key=_order)
    odd = {said.party for said in rosters if said.exhibit is None}
    sure = {key.name for key in (*a.keys, *b.keys) if key.pinned} - odd
    found = [
        *(said.as_contradiction(sure) for said in rosters),
        *both.times(rows),
        *_exhibits(a, b, ring, sure),
    ]
    unique = {(c.kind, c.sentence, _body(c.exhibit)): c for c in found}
    return Dispute(
        _parties(a),
        _parties(b),
        tuple(row for row in rows if row.a and row.b),
        tuple(row for row in rows if not row.b),
        tuple(row for row in rows if not row.a),
        tuple(unique[key] for key in sorted(unique)),
    )


def _order(row: Row) -> tuple[int, int, list[tuple[str, int]], bytes]:
    sides = [side for side in (row.a, row.b) if side is not None]
    low = min((s.not_before_ms for s in sides if s.not_before_ms is not None), default=None)
    high = min((s.not_after_ms for s in sides if s.not_after_ms is not None), default=_LATE)
    places = sorted((side.log, side.index) for side in sides)
    return (high if low is None else low), high, places, row.note_hash


def _parties(report: EvidenceReport) -> tuple[str, ...]:
    return tuple(sorted({party_of(item.log) for item in report.items}))


def _body(exhibit: Exhibit | None) -> bytes:
    return b"" if exhibit is None else encode(exhibit_body(exhibit))


class _Both:
    """The items of both files, and all their heads as one set of histories."""

    def __init__(self, a: EvidenceReport, b: EvidenceReport, ring: Keyring, slack_ms: int) -> None:
        self.a, self.b, self.ring, self.slack_ms = a, b, ring, slack_ms
        found = {head.note: head for r in (a, b) for head in (*r.heads, *r.cosigned)}
        heads = [found[note] for note in sorted(found)]
        self.history = History(heads)
        self._number = {head.note: number for number, head in enumerate(heads)}
        for report in (a, b):
            for old, new in report.joined:
                self.history.trust(report.heads[old].key, report.heads[new].key)

    def rows(self) -> list[Row]:
        ours, theirs = _by_note(self.a), _by_note(self.b)
        found = []
        for digest in {**ours, **theirs}:
            mine, other = ours.get(digest), theirs.get(digest)
            one = mine or other
            if one is None:
                continue
            found.append(
                Row(
                    digest,
                    one.type,
                    tuple(sorted({signer.name for signer in one.signers})),
                    self._side(mine),
                    self._side(other),
                    self._sentence(mine, other),
                )
            )
        return found

    def _bounds(self, item: ItemFinding) -> Bounds:
        return self.history.bounds(self._number[item.checkpoint], item.index)

    def _side(self, item: ItemFinding | None) -> Side | None:
        if item is None:
            return None
        bounds = self._bounds(item)
        low = None if bounds.not_before_s is None else bounds.not_before_s * 1000
        high = None if bounds.not_after_s is None else bounds.not_after_s * 1000 + 999
        own = item.entry.kind in (Kind.SENT, Kind.DECISION, Kind.OBSERVED)
        return Side(
            item.log,
            item.index,
            item.entry.kind,
            item.at_ms,
            low,
            high,
            within_bounds(item.at_ms, low if own else None, high, self.slack_ms),
            bounds.witnesses,
            tuple(shown.receipt for shown in item.receipts if not self._disowned(shown)),
            tuple(shown.receipt for shown in item.receipts if self._disowned(shown)),
        )

    def _sentence(self, mine: ItemFinding | None, other: ItemFinding | None) -> str:
        if mine is not None and other is not None:
            places = sorted(f"{i.log} at index {i.index}" for i in (mine, other))
            return f"Both files hold it: {' and '.join(places)}."
        item, absent = (mine, self.b) if mine is not None else (other, self.a)
        if item is None:
            return ""
        shown = self._receipts(item.note_hash)
        counting = [one.receipt for one in shown if not self._disowned(one)]
        disowned = [one.receipt for one in shown if self._disowned(one)]
        return _one_sided(item, _parties(absent), counting, disowned)

    def _disowned(self, shown: ReceiptFinding) -> bool:
        """By the rosters of both files, as far as these fit together."""
        if shown.disowned or shown.receipt.party not in self.ring:
            return shown.disowned
        return not in_term(shown.receipt, (shown.by.key,), self.ring)

    def _receipts(self, digest: bytes) -> list[ReceiptFinding]:
        return [
            shown
            for item in (*self.a.items, *self.b.items)
            for shown in item.receipts
            if shown.receipt.note_hash == digest
        ]

    def times(self, rows: Iterable[Row]) -> Iterable[Contradiction]:
        """Claimed times that do not fit the cosignatures of both files."""
        placed = {
            (side.log, side.index): (side, row)
            for row in rows
            for side in (row.a, row.b)
            if side is not None
        }
        receipts: set[Receipt] = set()
        for side, row in placed.values():
            receipts.update(side.receipts)
            what = f"{row.type or 'note'} {row.note_hash.hex()[:16]}"
            if side.claim_within is False and side.at_ms is not None:
                yield Contradiction(
                    "claimed-time",
                    f"{what} claims the time {when(side.at_ms)}; by the cosignatures around it it"
                    f" came into {side.log} {_span(side)}.",
                )
            for receipt in side.receipts:
                low = side.not_before_ms
                if side.kind is Kind.SENT and low and receipt.at_ms + self.slack_ms < low:
                    yield Contradiction(
                        "receipt-time",
                        f"{receipt.party} receipted {what} at {when(receipt.at_ms)} by its own"
                        f" clock, and at {when(low)} another party cosigned a head of {side.log}"
                        " without it.",
                    )
        for receipt in receipts:
            yield from self._receipt_time(receipt, placed.get((receipt.log, receipt.index)))

    def _receipt_time(
        self, receipt: Receipt, found: tuple[Side, Row] | None
    ) -> Iterable[Contradiction]:
        if found is None or found[1].note_hash != receipt.note_hash:
            return
        side, row = found
        low, high = side.not_before_ms, side.not_after_ms
        if within_bounds(receipt.at_ms, low, high, self.slack_ms) is False:
            yield Contradiction(
                "receipt-time",
                f"{receipt.party}'s receipt for {row.type or 'note'} {row.note_hash.hex()[:16]}"
                f" claims the time {when(receipt.at_ms)}; by the cosignatures around it the entry"
                f" came into {side.log} {_span(side)}.",
            )


def _span(side: Side) -> str:
    low, high = side.not_before_ms, side.not_after_ms
    after = "" if low is None else f"not before {when(low)}"
    before = "" if high is None else f"not after {when(high)}"
    return " and ".join(part for part in (after, before) if part)


def _by_note(report: EvidenceReport) -> dict[bytes, ItemFinding]:
    """The first place of each note."""
    found: dict[bytes, ItemFinding] = {}
    for item in report.items:
        found.setdefault(item.note_hash, item)
    return found


def _one_sided(
    item: ItemFinding, absent: tuple[str, ...], receipts: list[Receipt], disowned: list[Receipt]
) -> str:
    """What it proves that one file only holds a note; `absent`: whose logs the other shows."""
    others = ", ".join(absent) or "the other side"
    received = sorted({r.party for r in receipts if r.party in absent})
    authors = sorted({s.name for s in item.signers if s.name in absent})
    if received:
        return (
            f"{', '.join(received)} receipted {named(item)}, so it was received, though that"
            " side's file does not show it."
        )
    deniers = sorted({r.party for r in disowned if r.party in absent})
    if deniers:
        names = ", ".join(deniers)
        return (
            f"A key of {names} receipted {named(item)}, and {names} has ended that key since, back"
            f" to before the place: whether {names} or a thief signed is not known, nor whether it"
            " was received."
        )
    if authors:
        return f"{', '.join(authors)} signed {named(item)}; that side's file does not show it."
    if item.entry.kind is Kind.SENT:
        return f"Nothing proves that {named(item)} reached {others}."
    return f"{named(item)} is a record of {party_of(item.log)}; {others} need not hold it."


def _exhibits(
    a: EvidenceReport, b: EvidenceReport, ring: Keyring, sure: set[str]
) -> Iterable[Contradiction]:
    heads = (*a.heads, *a.cosigned, *b.heads, *b.cosigned)
    shown = [(found.exhibit, found.sentence) for found in (*a.exhibits, *b.exhibits)]
    shown += contradictions(Pool(heads, (*a.items, *b.items)), ring)
    for exhibit, sentence in shown:
        yield Contradiction(exhibit.kind, sentence + ".", exhibit, exhibit.accused in sure)


@dataclass(frozen=True, slots=True)
class _OddRosters:
    """Rosters of a party that do not fit together."""

    party: str
    sentence: str
    exhibit: Exhibit | None = None

    def as_contradiction(self, sure: set[str]) -> Contradiction:
        kind = "rosters" if self.exhibit is None else self.exhibit.kind
        return Contradiction(kind, self.sentence, self.exhibit, self.party in sure)


def _ring_of(a: EvidenceReport, b: EvidenceReport) -> tuple[Keyring, list[_OddRosters]]:
    """The rosters of both files as one ring, and where they do not fit together.

    A party whose rosters do not follow each other is left out: nothing is proved against it
    across the files.
    """
    notes: dict[str, list[tuple[int, bytes, Roster]]] = {}
    for note in {*a.rosters, *b.rosters}:
        roster = open_roster(note)
        notes.setdefault(roster.party, []).append((roster.serial, note, roster))
    chains: list[list[Roster]] = []
    found: list[_OddRosters] = []
    for party, some in sorted(notes.items()):
        some.sort(key=lambda row: row[:2])
        line: list[Roster] = []
        broken = False
        for (serial, note, roster), (before, other, _) in zip(
            some, ((0, b"", None), *some), strict=False
        ):
            if serial == before:
                found.append(_two_rosters(party, other, note, line))
                continue
            try:
                if line:
                    check_successor(line[-1], roster)
            except PeerError:
                broken = True
                break
            line.append(roster)
        if broken:
            said = f"The files hold rosters of {party} that do not follow each other."
            found.append(_OddRosters(party, said))
        else:
            chains.append(line)
    return Keyring.of(chain.from_iterable(chains)), found


def _two_rosters(party: str, one: bytes, other: bytes, line: list[Roster]) -> _OddRosters:
    exhibit = Exhibit("two-rosters", party, (one, other))
    try:
        sentence = check_exhibit(exhibit, Keyring.of(line))
    except PeerError:
        return _OddRosters(party, f"The files name different roots for {party}.")
    return _OddRosters(party, sentence + ".", exhibit)
