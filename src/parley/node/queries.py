"""What anybody on our side may ask: items, findings, the journal, the log, health."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from parley.errors import IntegrityError
from parley.ledger import Entry, JsonValue, Kind, Note, parse_checkpoint, parse_statement
from parley.ledger import parse as parse_note
from parley.node import admit, itemlists, standing, tally
from parley.node.codec import finding_from, item_content, record_from
from parley.node.desk import Desk
from parley.node.ports import Layer, Tx
from parley.node.proofs.ground import log_base
from parley.node.tree import LogTree
from parley.node.views import FindingsPage, Health, ItemsPage, JournalEvent, Link, LogEntry
from parley.rules.findings import Finding, order
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State

CHECKPOINT = "checkpoint"
"""Stands as the type of an entry that holds a head: a head has no type line."""


def findings(tx: Tx) -> list[Finding]:
    return order(finding_from(data) for _, data in tx.records.scan("finding"))


def findings_page(tx: Tx, after: str, limit: int) -> FindingsPage:
    """One page in the order of urgency; ``after``: the ``after`` of the page before."""
    rows = list(standing.page(tx, after, limit + 1))
    more = len(rows) > limit
    rows = rows[:limit]
    total = tally.of(tx, standing.ORDER)
    return FindingsPage(tuple(one for _, one in rows), rows[-1][0] if more else "", total)


def items(tx: Tx, *, after: str, limit: int, prefix: str = "") -> list[ItemRecord]:
    return list(_items(tx, prefix, after, limit))


def _items(tx: Tx, prefix: str, after: str, limit: int) -> Iterator[ItemRecord]:
    for ref, data in tx.records.scan("item", prefix, after=after, limit=limit):
        words = tx.records.get("content", ref)
        if words is None:
            raise IntegrityError(f"item {ref} is stored without its words")
        yield record_from(data, item_content(words))


def items_page(desk: Desk, state: State | None, kind: str, after: str, limit: int) -> ItemsPage:
    """One page in the order of refs: of a state as time has it, of a kind, or of all."""
    tx = desk.tx
    if state is not None:
        refs, last = itemlists.page(tx, state, kind, after, limit, desk.now_ms)
        return ItemsPage(tuple(admit.need(desk, ref) for ref in refs), last)
    found = items(tx, after=after, limit=limit + 1, prefix=f"{kind}:" if kind else "")
    more = len(found) > limit
    found = found[:limit]
    return ItemsPage(tuple(found), found[-1].ref if more else "")


def unlisted(tx: Tx) -> bool:
    """Whether this store was written before items and findings had their lists."""

    def empty(table: str) -> bool:
        return next(iter(tx.records.scan(table, limit=1)), None) is None

    return (empty(itemlists.STATES) and not empty("item")) or (
        empty(standing.ORDER) and not empty("finding")
    )


def enlist(tx: Tx) -> None:
    """Makes the lists of such a store."""
    standing.put_in_order(tx)
    is_open = {key.partition("|")[2] for key, mark in tx.records.scan("due") if mark == admit.OPEN}
    itemlists.fill(tx, ((record, record.ref in is_open) for record in _items(tx, "", "", -1)))


def item(desk: Desk, ref: str) -> ItemRecord:
    return admit.need(desk, ref)


def events(tx: Tx, after: int, limit: int) -> list[JournalEvent]:
    found = []
    for key, data in tx.records.scan("event", after=f"{after:012d}", limit=limit):
        line = json.loads(data)
        found.append(JournalEvent(int(key), line["at_ms"], line["kind"], line["data"]))
    return found


def last_event(tx: Tx) -> int:
    return int(tx.records.get("meta", "event") or b"0")


def log_entries(tx: Tx, start: int, stop: int, witnessed: int = 0) -> list[LogEntry]:
    """Entries of our own log with what they say; ``by`` is the signer's party. witnessed: so
    many entries of our epoch's log are below a head that others cosigned."""
    found = []
    below = log_base(tx) + witnessed
    for index, leaf in enumerate(tx.log.leaves(start, stop), start):
        entry = Entry.from_leaf(leaf)
        note = parse_note(entry.note)
        name = note.signatures[0].name
        if entry.kind is Kind.COSIGNED:
            type_line, body, stamp = _head(note)
        else:
            type_line, body = parse_statement(note.text)
            stamp = _stamp(body)
        found.append(
            LogEntry(index, entry.kind, entry.note, type_line, name, stamp, body, index < below)
        )
    return found


def witnessed_refs(tx: Tx, refs: Iterable[str], witnessed: int) -> set[str]:
    """Of these items, those about which every entry of our log is below a head that others
    cosigned; ``witnessed`` as above."""
    below = log_base(tx) + witnessed
    held = set()
    for ref in refs:
        indices = [int(key.rpartition("|")[2]) for key, _ in tx.records.scan("entries", f"{ref}|")]
        if indices and max(indices) < below:
            held.add(ref)
    return held


def _stamp(body: Mapping[str, object]) -> int:
    at_ms = body.get("at_ms")
    header = body.get("header")
    if isinstance(header, dict):
        at_ms = header.get("at_ms")
    return at_ms if isinstance(at_ms, int) else -1


def _head(note: Note) -> tuple[str, dict[str, JsonValue], int]:
    """A head that we cosigned; its instant is that of our cosignature, the last line."""
    head = parse_checkpoint(note.text)
    at_s = int.from_bytes(note.signatures[-1].signature[:8], "big")
    body: dict[str, JsonValue] = {
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
    }
    return CHECKPOINT, body, at_s * 1000


def health(desk: Desk, log_tree: LogTree, links: Sequence[Link]) -> Health:
    tx = desk.tx
    tree, size = log_tree.at(tx)
    return Health(
        party=desk.context.party,
        agreement_ref=desk.agreement_ref,
        now_ms=desk.now_ms,
        log_size=size,
        log_root=tree.root(size).hex(),
        open_items=tally.of(tx, itemlists.OPEN_ITEMS),
        declared_volumes=tx.volumes.count(Layer.DECLARED),
        hazard_volumes=tx.volumes.count(Layer.HAZARD),
        findings=tally.of(tx, standing.ORDER),
        pending=dict(sorted(tx.outbox.counts().items())),
        refused_by_peers=tx.records.count("refused"),
        links=tuple(links),
    )
