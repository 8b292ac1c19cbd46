"""Laying verified parts side by side: what is signed by one party and cannot both be true."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from parley.errors import PeerError
from parley.ledger.canonical import JsonValue, encode
from parley.ledger.checkpoint import party_of
from parley.ledger.evidence import ItemFinding
from parley.ledger.exhibit import ONCE, Exhibit, check_exhibit, exhibit_body, slim
from parley.ledger.history import HeadFinding
from parley.ledger.keyring import Keyring
from parley.ledger.keys import VerifyKey
from parley.ledger.note import parse
from parley.ledger.receipt import RECEIPT_TYPE, Receipt, receipt_of
from parley.ledger.statement import parse_statement

MAX_FOUND = 256
"""So many contradictions are shown; a file with more is not better proved."""

Place: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Pool:
    """Verified parts, of one file or of several."""

    heads: tuple[HeadFinding, ...]
    items: tuple[ItemFinding, ...]


def contradictions(pool: Pool, ring: Keyring) -> list[tuple[Exhibit, str]]:
    """Exhibits, each with its sentence, from any two parts of the pool.

    The same for any order of the parts; one exhibit a place, at most 256 in all.
    """
    heads = sorted(pool.heads, key=lambda head: (*head.key, head.note))
    items = sorted(pool.items, key=lambda item: (item.log, item.index, item.note_hash, item.size))
    receipts = _receipts(items, ring)
    found: dict[bytes, tuple[Exhibit, str]] = {}
    for exhibit in (
        *_heads(heads),
        *_entries(items),
        *_two_receipts(receipts),
        *_receipts_and_entries(receipts, items),
        *_receipts_and_heads(receipts, heads, items),
        *_words(items),
    ):
        if len(found) >= MAX_FOUND:
            break
        try:
            shown = slim(exhibit)
            found[encode(exhibit_body(shown))] = (shown, check_exhibit(shown, ring))
        except PeerError:
            continue
    return [found[key] for key in sorted(found)]


def _receipts(items: Iterable[ItemFinding], ring: Keyring) -> list[tuple[bytes, Receipt]]:
    """Those that count: a disowned one proves nothing, and must hide nothing."""
    found: dict[bytes, Receipt] = {}
    for item in items:
        for shown in item.receipts:
            if in_term(shown.receipt, (shown.by.key,), ring):
                found[shown.note] = shown.receipt
        receipt = _logged_receipt(item)
        if receipt is not None and in_term(receipt, (s.key for s in item.signers), ring):
            found[item.entry.note] = receipt
    return sorted(found.items())


def in_term(receipt: Receipt, keys: Iterable[VerifyKey], ring: Keyring) -> bool:
    """Whether one of the keys that signed it speaks at the place of a receipt."""
    try:
        ring.speaker(keys, receipt.log, receipt.index)
    except PeerError:
        return False
    return True


def _logged_receipt(item: ItemFinding) -> Receipt | None:
    """The receipt that an entry holds; None for a note that only calls itself one."""
    if item.type != RECEIPT_TYPE:
        return None
    try:
        return receipt_of(parse_statement(parse(item.entry.note).text)[1])
    except PeerError:
        return None


def _heads(heads: Sequence[HeadFinding]) -> Iterable[Exhibit]:
    first: dict[Place, HeadFinding] = {}
    done = set()
    for head in heads:
        place = head.key[:2]
        known = first.setdefault(place, head)
        if known.checkpoint.root != head.checkpoint.root and place not in done:
            done.add(place)
            yield Exhibit("split", party_of(place[0]), (known.note, head.note))


def _entries(items: Sequence[ItemFinding]) -> Iterable[Exhibit]:
    first: dict[Place, ItemFinding] = {}
    for item in items:
        known = first.setdefault((item.log, item.index), item)
        mine, theirs = known.entry.leaf_hash(), item.entry.leaf_hash()
        if mine != theirs:
            yield Exhibit(
                "split-entry",
                party_of(item.log),
                (known.checkpoint, item.checkpoint),
                (theirs, *known.proof, *item.proof),
                mine,
                item.index,
            )


def _two_receipts(receipts: Sequence[tuple[bytes, Receipt]]) -> Iterable[Exhibit]:
    first: dict[Place, tuple[bytes, Receipt]] = {}
    for note, receipt in receipts:
        other, known = first.setdefault((receipt.log, receipt.index), (note, receipt))
        if (known.leaf_hash, known.note_hash) != (receipt.leaf_hash, receipt.note_hash):
            yield Exhibit("two-receipts", receipt.party, (other, note))


def _receipts_and_entries(
    receipts: Sequence[tuple[bytes, Receipt]], items: Sequence[ItemFinding]
) -> Iterable[Exhibit]:
    placed: dict[Place, list[ItemFinding]] = {}
    for item in items:
        placed.setdefault((item.log, item.index), []).append(item)
    for note, receipt in receipts:
        for item in placed.get((receipt.log, receipt.index), ()):
            leaf = item.entry.leaf_hash()
            if leaf != receipt.leaf_hash:
                parts = (note, item.checkpoint)
                yield Exhibit(
                    "receipt-contradicted", receipt.party, parts, item.proof, leaf, item.index
                )
            elif item.note_hash != receipt.note_hash:
                parts = (note, item.entry.leaf())
                yield Exhibit("receipt-for-another-note", receipt.party, parts)


def _receipts_and_heads(
    receipts: Sequence[tuple[bytes, Receipt]],
    heads: Sequence[HeadFinding],
    items: Sequence[ItemFinding],
) -> Iterable[Exhibit]:
    """For each receipt the latest head, by its own log's clock, that does not reach its index.

    Not where the log is shown to hold what was receipted: then its clock ran back, no more."""
    kept = {(item.log, item.index, item.entry.leaf_hash()) for item in items}
    sizes: dict[str, list[int]] = {}
    latest: dict[str, list[HeadFinding]] = {}
    for head in heads:
        origin = head.checkpoint.origin
        row = latest.setdefault(origin, [])
        row.append(max((*row[-1:], head), key=lambda h: h.own_s))
        sizes.setdefault(origin, []).append(head.checkpoint.size)
    for note, receipt in receipts:
        if (receipt.log, receipt.index, receipt.leaf_hash) in kept:
            continue
        at = bisect_right(sizes.get(receipt.log, []), receipt.index)
        if at and latest[receipt.log][at - 1].own_s * 1000 > receipt.at_ms:
            head = latest[receipt.log][at - 1]
            yield Exhibit("receipt-beyond-head", receipt.party, (note, head.note))


def _words(items: Sequence[ItemFinding]) -> Iterable[Exhibit]:
    first: dict[tuple[str, ...], bytes] = {}
    words: dict[bytes, str] = {}
    for item in items:
        if item.type:
            words[item.entry.note] = item.signers[0].name
    for note, party in sorted(words.items()):
        type_line, body = parse_statement(parse(note).text)
        place = _said_once(party, type_line, body)
        if place is not None:
            known = first.setdefault(place, note)
            if known != note:
                yield Exhibit("two-words", party, (known, note))


def _said_once(party: str, type_line: str, body: dict[str, JsonValue]) -> tuple[str, ...] | None:
    if "item" not in body or "version" not in body:
        return None
    said = encode({name: body[name] for name in ONCE if name in body})
    return party, type_line, said.decode()
