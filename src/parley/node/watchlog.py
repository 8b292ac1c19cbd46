"""What the live watch found, in our own log: provable later, told to nobody now.

A record stands in the table ``watched`` under each ref and each track in it (ref|index), apart
from what was said about them: a notice waits for no witness of it. Evidence shows it only to who
names every track and every protected presence in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from parley.ledger import Entry, Kind, note_hash, parse, parse_statement
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.rules.findings import bare
from parley.rules.statements import Basis, Watched, WatchRecord
from parley.wire.instants import MAX_MS
from parley.wire.models import ID_PATTERN, MAX_NAMED, MAX_REFS
from parley.wire.statement import WATCH_RECORD

TABLE = "watched"
_OURS = ("track:", "presence:")
_MAX_MARK = 128
_MAX_TRACKS = 32
_MAX_CODES = 16
"""So many of the longest names still fit into a note, in whatever script."""
_FAR_M = 2**31 - 1
_ID = re.compile(ID_PATTERN)


def record(desk: Desk, found: Sequence[Watched], *, role: str) -> None:
    """Log each finding. InputError: a role that our party does not have.

    Names come from feeds: what a statement cannot hold of them is replaced by ``_``, an owner
    that is no party's id is left out, and of more than 32 tracks under one finding the first are
    kept, in the order of their names. So no feed can keep the others' findings from the record.
    """
    for one in found:
        note = desk.seal(WatchRecord(desk.header(role, ()), fitted(one)))
        if desk.tx.log.index_of(note_hash(note).hex()) is None:
            index(desk.tx, desk.log(Kind.OBSERVED, note), note)


def index(tx: Tx, at: int, note: bytes) -> None:
    """The rows by which evidence finds the record at ``at`` of our log."""
    for ref in refs_of(_body(note)):
        tx.records.put(TABLE, f"{ref}|{at:012d}", b"")


def index_entry(tx: Tx, at: int, entry: Entry) -> None:
    """The same for any entry: nothing where it is no record of the watch."""
    if entry.kind is Kind.OBSERVED and entry.note.startswith(f"{WATCH_RECORD}\n".encode()):
        index(tx, at, entry.note)


def fitted(watched: Watched) -> Watched:
    """The same with names that a statement can hold, its tracks sorted and each once."""
    found = watched.finding
    named = replace(
        found,
        refs=tuple(_fitted_ref(ref) for ref in found.refs[:MAX_REFS]),
        parties=tuple(sorted(set(filter(_ID.fullmatch, found.parties)))[:MAX_NAMED]),
        from_ms=_within(found.from_ms, MAX_MS),
        until_ms=_within(found.until_ms, MAX_MS),
        codes=tuple(sorted({_fitted(code) for code in found.codes})[:_MAX_CODES]),
    )
    basis: dict[str, Basis] = {}
    for one in watched.basis:
        track = _fitted(one.track)
        basis.setdefault(track, _fitted_basis(one, track))
    kept = tuple(basis[track] for track in sorted(basis)[:_MAX_TRACKS])
    return Watched(watched.change, named, kept)


def _fitted_basis(one: Basis, track: str) -> Basis:
    return replace(
        one,
        track=track,
        seen_ms=_within(one.seen_ms, MAX_MS),
        uncertainty_m=_within(one.uncertainty_m, _FAR_M),
        owner=one.owner if _ID.fullmatch(one.owner) else "",
    )


def _within(value: int, most: int) -> int:
    return min(max(0, value), most)


def refs_of(body: Mapping[str, Any]) -> list[str]:
    """What a record is about and what it rests on, without versions, each once."""
    refs = [bare(ref) for ref in body["refs"]]
    return list(dict.fromkeys((*refs, *(f"track:{one['track']}" for one in body["basis"]))))


def shown(desk: Desk, ref: str, named: Collection[str]) -> list[int]:
    """The places of the records about ``ref`` that tell of no track and no protected presence
    besides those that are named."""
    held = [int(key[len(ref) + 1 :]) for key, _ in desk.tx.records.scan(TABLE, f"{ref}|")]
    return [at for at in held if _told_of(_body(_note(desk, at))) <= set(named)]


def _told_of(body: Mapping[str, Any]) -> set[str]:
    return {ref for ref in refs_of(body) if ref.startswith(_OURS)}


def _note(desk: Desk, at: int) -> bytes:
    return Entry.from_leaf(next(iter(desk.tx.log.leaves(at, at + 1)))).note


def _body(note: bytes) -> Mapping[str, Any]:
    return parse_statement(parse(note).text)[1]


def _fitted_ref(ref: str) -> str:
    kind, _, name = ref.partition(":")
    return f"{kind}:{_fitted(name)}"


def _fitted(name: str) -> str:
    kept = "".join(c if c.isprintable() and c != "|" else "_" for c in name[:_MAX_MARK])
    return kept or "_"
