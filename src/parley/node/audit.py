"""The audit of a node: everything it holds, derived again from its log, must be the same."""

from __future__ import annotations

from collections.abc import Iterator

from parley.errors import IntegrityError, ParleyError
from parley.ledger import (
    RECEIPT_TYPE,
    Entry,
    Kind,
    Receipt,
    Tree,
    epoch_of,
    leaf_hash,
    note_hash,
    open_decision,
    open_receipt,
    open_roster,
    receipt_of,
    unseal,
    verify_log,
)
from parley.liaison.papers.paper import Paper, Reply
from parley.node import admit, exports, observe, rosters, tick
from parley.node.copies import Copied
from parley.node.desk import Desk
from parley.node.liaison import filing
from parley.node.ports import Tx
from parley.node.tree import LogTree
from parley.rules import item
from parley.rules.statements import (
    Answer,
    Item,
    ItemEvent,
    Observation,
    Presence,
)
from parley.wire.spoken import TYPES, Spoken, decode

DERIVED = (
    *("roster", "item", "content", "presence", "track", "emergency", "early", "finding"),
    *("item-state", "finding-order"),
    *("paper", "paper-words", "paper-past", "paper-list", "paper-open", "paper-by"),
    *("paper-about", "paper-early", "pact", "pact-of", "pact-vote", "consent"),
    *("person-key", "person-same", "person-pair", "person-pairs", "person-office"),
    *("person-place", "office-clash", "merge-of", "person-into", "person-from", "merge-void"),
    *("seat", "seat-offer"),
)


def check(desk: Desk, log_tree: LogTree) -> list[tuple[int, Entry]]:
    """Signatures, tree and receipts of our own log; its entries. IntegrityError if not whole."""
    file = exports.log_file(desk, log_tree)
    try:
        report = verify_log(file, pinned=desk.context.roots)
    except ParleyError as error:
        raise IntegrityError(f"our own log does not verify: {error}") from error
    base, end = desk.base, desk.tx.log.size()
    fresh = Tree(leaf_hash(leaf) for leaf in desk.tx.log.leaves(base, end))
    tree, size = log_tree.at(desk.tx)
    held = tree.root(size)
    if report.size != size or fresh.root() != held or report.root_hex != held.hex():
        raise IntegrityError("the stored leaf hashes are not those of the stored leaves")
    entries = [Entry.from_leaf(leaf) for leaf in desk.tx.log.leaves(0, end)]
    for place, entry in enumerate(entries[base:]):
        if entry.kind is Kind.DECISION:
            _check_decision(desk, place, entry, fresh)
    return list(enumerate(entries))


def _check_decision(desk: Desk, place: int, entry: Entry, tree: Tree) -> None:
    decision = open_decision(entry.note, desk.ring.keys_of(desk.context.party))
    if (decision.size, decision.root) != (place, tree.root(place)):
        raise IntegrityError(
            f"the decision at entry {place} names size {decision.size}, root {decision.root.hex()}",
            right=f"the log in front of it: size {place}, root {tree.root(place).hex()}",
        )


def receipts(desk: Desk) -> dict[str, Receipt]:
    """Our own receipts by the hash of their note, each checked against our log."""
    found = {}
    for digest, sealed in desk.tx.records.scan("receipt"):
        receipt = open_receipt(sealed, desk.ring.keys_of(desk.context.party))
        epoch = epoch_of(receipt.log)
        base = int(desk.tx.records.get("epoch", f"{epoch:09d}") or b"0")
        marks = (digest, f"{digest}@{epoch}")  # a roster stands in the log of each epoch
        if base + receipt.index not in [desk.tx.log.index_of(mark) for mark in marks]:
            raise IntegrityError(f"our receipt for {digest} names entry {receipt.index}")
        found[digest] = receipt
    return found


def derive(desk: Desk, entries: list[tuple[int, Entry]], given: dict[str, Receipt]) -> None:
    """Fold our log again into the empty store of ``desk``, each entry at the time it was made.

    A peer's receipt does not say when it reached us: it is folded in at the time of the entry
    before it. What time alone does is done by then or at the next tick, and is the same.
    """
    admit.index_sites(desk)
    sent: dict[bytes, Spoken] = {}
    copied = Copied()
    there = desk.at(0)
    for index, entry in entries:
        try:
            if entry.kind is Kind.KEYS:
                rosters.believe(there, open_roster(entry.note), entry.note)
            else:
                there = _fold(there, index, entry, sent, given, copied)
        except IntegrityError:
            raise
        except ParleyError as error:
            raise IntegrityError(f"entry {index} does not follow: {error}") from error
    tick.tick(desk)


def _fold(
    desk: Desk,
    index: int,
    entry: Entry,
    sent: dict[bytes, Spoken],
    given: dict[str, Receipt],
    copied: Copied,
) -> Desk:
    """One entry more; the desk at the time it was made. Decisions, heads, exhibits, challenges
    and whatever else is no statement of the rules are evidence and change no item."""
    if entry.kind in (Kind.COSIGNED, Kind.DECISION):
        return desk
    unsealed = unseal(entry.note, desk.ring.note_keys)
    sender = unsealed.signer_name
    if unsealed.type == RECEIPT_TYPE:
        receipt = receipt_of(unsealed.body)
        _replay_receipt(desk, sent.get(receipt.note_hash), sender, receipt)
        return desk
    ours = given.get(unsealed.hash_hex)
    if entry.kind is Kind.RECEIVED and ours is None:
        raise IntegrityError(f"entry {index} was received without a receipt")
    if unsealed.type not in TYPES:
        return desk if ours is None else _at(desk, ours.at_ms)
    statement = decode(unsealed.type, unsealed.body, sender=sender)
    sent[note_hash(entry.note)] = statement
    if entry.kind is Kind.SENT and copied.again(statement):
        return desk
    at_ms = statement.header.at_ms if ours is None else ours.at_ms
    there = _at(desk, at_ms)
    _replay(there, statement, index, entry)
    return there


def _at(desk: Desk, at_ms: int) -> Desk:
    there = desk.at(at_ms)
    tick.tick(there)
    return there


def _replay_receipt(desk: Desk, statement: Spoken | None, sender: str, receipt: Receipt) -> None:
    if isinstance(statement, Paper):
        filing.admit_receipt(desk, statement.ref, sender, statement.version, receipt.at_ms)
    if isinstance(statement, Item):
        ref = f"{item.kind_of(statement)}:{statement.item}"
        admit.admit_receipt(desk, ref, sender, statement.version, receipt.at_ms)


def _replay(desk: Desk, statement: Spoken, index: int, entry: Entry) -> None:
    """A record of the watch tells what was found when it was made, and derives nothing."""
    if isinstance(statement, Item):
        received_ms = desk.now_ms if entry.kind is Kind.RECEIVED else None
        admit.admit_item(desk, statement, entry.note, received_ms=received_ms)
    elif isinstance(statement, Paper):
        received_ms = desk.now_ms if entry.kind is Kind.RECEIVED else None
        filing.admit_paper(desk, statement, entry.note, index, received_ms=received_ms)
    elif isinstance(statement, Reply):
        filing.admit_reply(desk, statement, index)
    elif isinstance(statement, ItemEvent):
        admit.admit_event(desk, statement)
    elif isinstance(statement, Answer):
        admit.admit_answer(desk, statement, index)
    elif isinstance(statement, Presence):
        observe.apply_presence(desk, statement)
    elif isinstance(statement, Observation):
        observe.apply_observation(desk, statement)


def snapshot(tx: Tx) -> Iterator[tuple[str, str, bytes]]:
    """All derived state that the log alone decides."""
    for table in DERIVED:
        for key, value in tx.records.scan(table):
            yield table, key, value


def compare(stored: list[tuple[str, str, bytes]], derived: list[tuple[str, str, bytes]]) -> None:
    """IntegrityError names the first record in which the two differ."""
    held, again = set(stored), set(derived)
    odd = sorted(held ^ again)
    if odd:
        table, key, _ = odd[0]
        side = "is stored but does not follow" if odd[0] in held else "follows but is not stored"
        raise IntegrityError(
            f"{len(odd)} derived records differ; {table} {key!r} {side} from the log",
            right="the fold of the log",
        )
