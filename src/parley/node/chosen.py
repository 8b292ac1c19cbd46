"""Which entries of our log go into a file: by ref, by period, and for whom."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from parley.errors import InputError, PeerError
from parley.ledger import (
    RECEIPT_TYPE,
    ROSTER_TYPE,
    Entry,
    Exhibit,
    Kind,
    note_hash,
    open_exhibit,
    parse,
    parse_statement,
)
from parley.ledger.evidence import MAX_ITEM_RECEIPTS, MAX_ITEMS
from parley.ledger.receipt import receipt_of
from parley.liaison.papers.paper import Paper
from parley.liaison.releases.contents import Release
from parley.liaison.releases.filtering import banner_of, releasable
from parley.liaison.releases.register import of as release_of
from parley.node import watchlog
from parley.node.codec import item_content
from parley.node.desk import Desk
from parley.node.liaison import reading
from parley.node.proofs.faults import EXHIBITS
from parley.rules.statements import Nonconformance, Stop
from parley.wire import papers
from parley.wire.spoken import TYPES, Spoken, decode
from parley.wire.statement import LOCAL

HASHES_ONLY = frozenset(
    (
        *("split", "split-history", "split-entry", "two-rosters"),
        *("receipt-contradicted", "receipt-beyond-head", "two-receipts"),
    )
)
"""Kinds of exhibits that tell nothing of what was said."""

_TOLD_TO_NOBODY = tuple(f"{type_line}\n".encode() for type_line in LOCAL)
_RECEIPT = f"{RECEIPT_TYPE}\n".encode()
_PAPERS = tuple(f"{type_line}\n".encode() for type_line in papers.TYPES)


def related(desk: Desk, refs: Sequence[str]) -> list[str]:
    """The refs, the STOPs and nonconformances that name a notice among them, and every paper
    about any of these, and about those papers in their turn."""
    named = {ref.partition(":")[2] for ref in refs if ref.startswith("notice:")}
    more = []
    for kind in ("stop:", "nonconformance:") if named else ():
        for ref, words in desk.tx.records.scan("content", kind):
            content = item_content(words)
            told = content.notice if isinstance(content, Stop | Nonconformance) else ""
            if told.removeprefix("notice:") in named:
                more.append(ref)
    found = dict.fromkeys((*refs, *more))
    turn = list(found)
    while turn and len(found) <= MAX_ITEMS:
        following = [record.ref for ref in turn for record in reading.about(desk, ref)]
        turn = [ref for ref in dict.fromkeys(following) if ref not in found]
        found.update(dict.fromkeys(turn))
    return list(found)


def about(desk: Desk, ref: str, named: Sequence[str] = ()) -> list[int]:
    """The entries about ``ref``; with ``named``, also what our watch found about it."""
    keys = (key for key, _ in desk.tx.records.scan("entries", f"{ref}|"))
    found = [int(key[len(ref) + 1 :]) for key in keys]
    found += watchlog.shown(desk, ref, {ref, *named})
    if not found:
        raise InputError(
            f"our log holds nothing about {ref!r} that can be shown",
            right="a ref of an item; for what the watch found, the refs of all tracks in it",
        )
    return found


def within(desk: Desk, period: tuple[int, int]) -> Iterator[int]:
    """The entries of a period, without what we told nobody."""
    start, end = period
    if not 0 <= start <= end:
        raise InputError(f"a period from {start} to {end} ms", right="0 <= start <= end")
    for index, leaf in enumerate(desk.tx.log.leaves(0, desk.tx.log.size())):
        entry = Entry.from_leaf(leaf)
        if entry.note.startswith(_TOLD_TO_NOBODY) or _kept_to_ourselves(entry):
            continue
        times = [_said_ms(entry)]
        if entry.kind is Kind.RECEIVED:
            times.append(_receipt_ms(desk, entry))
        if any(start <= at_ms <= end for at_ms in times):
            yield index


def _kept_to_ourselves(entry: Entry) -> bool:
    if not entry.note.startswith(_PAPERS):
        return False
    return parse_statement(parse(entry.note).text)[1].get("to") == []


def _said_ms(entry: Entry) -> int:
    """The author's time, -1 where a note holds none."""
    if entry.kind in (Kind.COSIGNED, Kind.KEYS):
        return -1
    body = parse_statement(parse(entry.note).text)[1]
    at_ms = body.get("at_ms", body.get("found_ms"))
    return at_ms if type(at_ms) is int else -1


def _receipt_ms(desk: Desk, entry: Entry) -> int:
    ours = desk.tx.records.get("receipt", note_hash(entry.note).hex())
    return -1 if ours is None else receipt_of(parse_statement(parse(ours).text)[1]).at_ms


def entry_at(desk: Desk, index: int) -> Entry:
    return Entry.from_leaf(next(iter(desk.tx.log.leaves(index, index + 1))))


# For whom --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cut:
    """What of chosen entries goes to a party. left_out: how many statements may not; own: how many
    notes of ours do not (decisions, what we found); banner: the most closed marking of
    the papers that go, "" for none."""

    kept: frozenset[int]
    left_out: int
    own: int
    banner: str


def cut(desk: Desk, chosen: Iterable[int], party: str) -> Cut:
    """Without a party, or for our own, everything stays. For another: rosters, heads, and what its
    marking or its addressees let it have; of our decisions and of all other notes nothing."""
    everything = not party or party == desk.context.party
    parties = {one.id for one in desk.agreement.parties}
    kept: set[int] = set()
    left_out = own = 0
    shown: list[Paper] = []
    for index in chosen:
        entry = entry_at(desk, index)
        said = _spoken(entry) if not everything or entry.note.startswith(_PAPERS) else None
        if everything or _goes(desk, entry, said, party, parties):
            kept.add(index)
            if isinstance(said, Paper):
                shown.append(said)
        elif said is None:
            own += not entry.note.startswith(_RECEIPT)
        else:
            left_out += 1
    return Cut(frozenset(kept), left_out, own, banner_of(shown))


def _spoken(entry: Entry) -> Spoken | None:
    if entry.kind in (Kind.COSIGNED, Kind.KEYS):
        return None
    type_line, body = parse_statement(parse(entry.note).text)
    return decode(type_line, body, sender="this node") if type_line in TYPES else None


def _goes(desk: Desk, entry: Entry, said: Spoken | None, party: str, parties: set[str]) -> bool:
    if entry.kind in (Kind.COSIGNED, Kind.KEYS):
        return True
    if said is None:
        return entry.note.startswith(f"{ROSTER_TYPE}\n".encode())
    if said.header.copy_for not in ("", party, said.header.by) and party != said.header.by:
        return False
    if releasable(said, party, parties=parties):
        return True
    return isinstance(said, Paper) and _released(desk, f"{said.ref}@{said.version}", party)


def _released(desk: Desk, subject: str, party: str) -> bool:
    """Whether it stands in the register that we passed exactly these words on to the party."""
    for record in reading.about(desk, subject, Release.KIND):
        entry = release_of(record.paper)
        ours = record.author == desk.context.party
        if ours and (entry.subject, entry.recipient) == (subject, party):
            return True
    return False


# What goes with it -----------------------------------------------------------------------------


def add_receipts(desk: Desk, chosen: set[int]) -> None:
    """The entries in which the receipts for what we sent came in."""
    for index in tuple(chosen):
        for sealed in receipts(desk, entry_at(desk, index)):
            logged = desk.tx.log.index_of(note_hash(sealed).hex())
            if logged is not None:
                chosen.add(logged)


def add_exhibits(desk: Desk, chosen: set[int], *, whole: bool = True) -> None:
    """The entries of exhibits that hold hashes only or share a part with what is chosen; not
    ``whole``: only those of which every part is chosen."""
    shown: set[bytes] = set()
    for index in chosen:
        entry = entry_at(desk, index)
        shown.update((entry.note, *receipts(desk, entry)))
    for _, value in desk.tx.records.scan(EXHIBITS):
        line = json.loads(value)
        exhibit = open_exhibit(line["note"].encode(), desk.ring.note_keys)[0]
        if goes_with(exhibit, shown, whole=whole):
            chosen.add(line["index"])


def goes_with(exhibit: Exhibit, shown: set[bytes], *, whole: bool) -> bool:
    """Whether an exhibit tells nothing more than what is shown, or belongs to it."""
    if exhibit.kind in HASHES_ONLY:
        return True
    parts = set(exhibit.notes)
    return not shown.isdisjoint(parts) if whole else parts <= shown


def receipts(desk: Desk, entry: Entry) -> list[bytes]:
    """The peers' receipts for a note we sent, or our own for a note we received."""
    digest = note_hash(entry.note).hex()
    if entry.kind in (Kind.SENT, Kind.KEYS):
        rows = desk.tx.records.scan("receipted", f"{digest}|", limit=MAX_ITEM_RECEIPTS - 1)
        found = [sealed for _, sealed in rows]
        if entry.kind is Kind.SENT:
            return found
    else:
        found = []
    ours = desk.tx.records.get("receipt", digest)
    return [*found, ours] if ours is not None else found


def exhibits_in(desk: Desk, notes: Iterable[bytes]) -> Iterator[Exhibit]:
    """The exhibits among notes of ours."""
    for note in notes:
        try:
            yield open_exhibit(note, desk.ring.note_keys)[0]
        except PeerError:
            continue
