"""What the live watch found, in our own log: provable later, told to nobody now.

A record stands in the table ``watched`` under each of its refs (ref|index), apart from what was
said about them: it neither waits for a witness nor goes out with a notice. Evidence shows it only
to who names every track and every protected presence in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from parley.ledger import Entry, Kind, note_hash, parse, parse_statement
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.rules.statements import Basis, Watched, WatchRecord
from parley.wire.models import MAX_NAMED
from parley.wire.statement import WATCH_RECORD

TABLE = "watched"
_OURS = ("track:", "presence:")
_MAX_MARK = 128


def record(desk: Desk, found: Sequence[Watched], *, role: str) -> None:
    """Log each finding. InputError: a role that our party does not have.

    Names come from feeds: what a statement cannot hold of them is replaced by ``_``, and of more
    than 64 tracks under one finding the first are kept, in the order of their names.
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
    named = replace(found, refs=tuple(_fitted_ref(ref) for ref in found.refs))
    basis: dict[str, Basis] = {}
    for one in watched.basis:
        track = _fitted(one.track)
        basis.setdefault(track, replace(one, track=track))
    kept = tuple(basis[track] for track in sorted(basis)[:MAX_NAMED])
    return Watched(watched.change, named, kept)


def refs_of(body: Mapping[str, Any]) -> list[str]:
    """What a record is about, without versions: the tracks first, each once."""
    bare = [ref if ref.startswith("track:") else ref.partition("@")[0] for ref in body["refs"]]
    return sorted(dict.fromkeys(bare), key=lambda ref: not ref.startswith("track:"))


def shown(desk: Desk, ref: str, named: Collection[str]) -> list[int]:
    """The places of the records about ``ref`` that tell of no track and no protected presence
    besides those that are named."""
    held = [int(key[len(ref) + 1 :]) for key, _ in desk.tx.records.scan(TABLE, f"{ref}|")]
    return [at for at in held if _told_of(_body(_note(desk, at))) <= set(named)]


def _told_of(body: Mapping[str, Any]) -> set[str]:
    ours = {ref for ref in body["refs"] if ref.startswith(_OURS)}
    return ours | {f"track:{one['track']}" for one in body["basis"]}


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
