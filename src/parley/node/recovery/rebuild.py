"""A store made anew from a recovered log: the log first, then everything that follows from it.

What does not follow from the log is taken over from the old store (our receipts, refusals, the
journal, counters), or given back by peers (our receipts for the entries that were lost). A
receipt that nobody has is signed again: same note, same place, same leaf, a time of ours that
the log bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from parley.errors import PeerError
from parley.ledger import (
    RECEIPT_TYPE,
    Entry,
    Keyring,
    Kind,
    Receipt,
    is_roster,
    leaf_hash,
    note_hash,
    open_receipt,
    open_roster,
    parse,
    parse_checkpoint,
    parse_statement,
    receipt_of,
    seal_receipt,
)
from parley.liaison.kinds import KINDS as PAPERS
from parley.node import audit, deliver, rosters, watchlog
from parley.node.codec import Memo, words_of
from parley.node.context import Context
from parley.node.desk import Desk
from parley.node.ports import Salts, Store, Tx
from parley.node.proofs.ground import log_base
from parley.node.proofs.seen import WITNESSED
from parley.node.recovery.recover import Copy, Plan, own_receipts
from parley.rules.item import KINDS

_KEPT = ("refused", "rate", "leak", "challenge", "relay", "owed", "parcel-heard", "parcel-cosigned")
_DERIVED_META = ("now", "rosters", "event", "pact", "pact-before", "papers")
_DERIVED_COUNTERS = ("papers:", "tally:")


@dataclass(slots=True)
class _Old:
    """What is taken over. cut: so many entries of the store stay, over all epochs."""

    base: int
    cut: int
    leaves: list[bytes] = field(repr=False)
    tables: dict[str, dict[str, bytes]] = field(repr=False)
    pending: dict[str, list[int]]
    dropped: list[bytes] = field(repr=False)
    """Leaves behind the cut."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """reissued: entries whose receipt had to be signed again. dropped: what stood behind the cut
    in the old store, entry by entry: nobody saw it."""

    entries: int
    reissued: tuple[int, ...]
    dropped: tuple[Entry, ...] = field(default=(), repr=False)


async def hashes_of(store: Store, epoch: int) -> list[bytes]:
    """The leaf hashes of the log of our epoch; none where the store never came to it."""

    def read(tx: Tx) -> list[bytes]:
        base = _base(tx, epoch)
        return [bytes(digest) for digest in tx.log.hashes(base, tx.log.size())]

    return await store.read(read)


async def known_notes(store: Store) -> frozenset[bytes]:
    """The hashes of all notes in the log, and of all that we gave a receipt for."""

    def read(tx: Tx) -> frozenset[bytes]:
        leaves = tx.log.leaves(0, tx.log.size())
        notes = {note_hash(Entry.from_leaf(leaf).note) for leaf in leaves}
        return frozenset(notes | {bytes.fromhex(key) for key, _ in tx.records.scan("receipt")})

    return await store.read(read)


def is_known(note: bytes, known: frozenset[bytes]) -> bool:
    """Whether a note that is given back is among them; for a receipt, the note that it is for."""
    if not note.startswith(RECEIPT_TYPE.encode() + b"\n"):
        return note_hash(note) in known
    try:
        return receipt_of(parse_statement(parse(note).text)[1]).note_hash in known
    except PeerError:
        return False


def _base(tx: Tx, epoch: int) -> int:
    """Where the log of this epoch begins, or would begin, in the store."""
    begun = int(tx.records.get("meta", "epoch") or b"0") == epoch
    return log_base(tx) if begun else tx.log.size()


async def rebuild(
    context: Context,
    ring: Keyring,
    old: Store,
    fresh: Store,
    plan: Plan,
    copies: Iterable[Copy],
    now_ms: int,
    salts: Salts,
) -> Rebuilt:
    """Fill ``fresh``, an empty store. Raises IntegrityError: an entry does not follow from those
    before it; StorageError."""
    taken = await old.read(lambda tx: _taken(tx, plan, context.epoch))
    leaves = [*taken.leaves, *plan.leaves]
    entries = [(index, Entry.from_leaf(leaf)) for index, leaf in enumerate(leaves)]
    sealed, reissued = _receipts(context, ring, taken, entries, copies)
    given = {
        digest: open_receipt(note, ring.keys_of(context.party)) for digest, note in sealed.items()
    }
    await fresh.write(lambda tx: _write_log(tx, taken, leaves))

    def derived(tx: Tx) -> None:
        desk = Desk(context, tx, now_ms, salts, Memo())
        audit.derive(desk, entries, given)

    await fresh.write(derived)
    await fresh.write(lambda tx: _write_rest(tx, context, taken, entries, sealed))
    dropped = tuple(Entry.from_leaf(leaf) for leaf in taken.dropped)
    return Rebuilt(len(entries), reissued, dropped)


def _taken(tx: Tx, plan: Plan, epoch: int) -> _Old:
    base = _base(tx, epoch)
    cut = base + plan.kept
    names = ("meta", "epoch", "receipt", "event", "entries", *_KEPT)
    tables = {name: dict(tx.records.scan(name)) for name in names}
    place = str(base).encode()
    tables["meta"] |= {"epoch": str(epoch).encode(), "base": place}
    tables["epoch"][f"{epoch:09d}"] = place
    return _Old(
        base,
        cut,
        [bytes(leaf) for leaf in tx.log.leaves(0, cut)],
        tables,
        {peer: tx.outbox.pending(peer, -1) for peer in tx.outbox.counts()},
        [bytes(leaf) for leaf in tx.log.leaves(cut, tx.log.size())],
    )


def _receipts(
    context: Context,
    ring: Keyring,
    taken: _Old,
    entries: Sequence[tuple[int, Entry]],
    copies: Iterable[Copy],
) -> tuple[dict[str, bytes], tuple[int, ...]]:
    """Our receipts by the hash of their note: ours as kept, given back, or signed again."""
    sealed = taken.tables["receipt"]
    back: dict[str, tuple[Receipt, bytes]] = {}
    for copy in copies:
        for note, receipt in own_receipts(copy, ring).items():
            back[receipt.note_hash.hex()] = (receipt, note)
    held: dict[str, bytes] = {}
    reissued: list[int] = []
    last_ms = 0
    for index, entry in entries:
        digest = note_hash(entry.note).hex()
        if not _is_receipted(context, entry):
            last_ms = max(last_ms, _said_ms(context, entry))
            continue
        leaf = leaf_hash(entry.leaf())
        given = back.get(digest)
        if index < taken.cut and digest in sealed:
            held[digest] = sealed[digest]
        elif given is not None and _fits(given[0], context, index - taken.base, leaf):
            held[digest] = given[1]
            last_ms = max(last_ms, given[0].at_ms)
        elif index >= taken.base and digest not in held:
            place = index - taken.base
            again = Receipt(note_hash(entry.note), context.origin, place, leaf, last_ms)
            held[digest] = seal_receipt(again, context.key)
            reissued.append(place)
    return held, tuple(reissued)


def _is_receipted(context: Context, entry: Entry) -> bool:
    """Whether a peer was given our receipt for this entry."""
    if entry.kind is Kind.KEYS:
        roster = open_roster(entry.note)
        return roster.party != context.party and roster.serial > 1
    return entry.kind is Kind.RECEIVED and not entry.note.startswith(RECEIPT_TYPE.encode() + b"\n")


def _said_ms(context: Context, entry: Entry) -> int:
    """By our own clock when we made it, -1 if it does not say."""
    if entry.kind not in (Kind.SENT, Kind.OBSERVED, Kind.DECISION):
        return -1
    try:
        at_ms = parse_statement(parse(entry.note).text)[1].get("at_ms")
    except PeerError:
        return -1
    return at_ms if isinstance(at_ms, int) else -1


def _fits(receipt: Receipt, context: Context, place: int, leaf: bytes) -> bool:
    return (receipt.log, receipt.index, receipt.leaf_hash) == (context.origin, place, leaf)


def _write_log(tx: Tx, taken: _Old, leaves: Sequence[bytes]) -> None:
    starts = {int(value): int(key) for key, value in taken.tables["epoch"].items()}
    epoch = 0
    for index, leaf in enumerate(leaves):
        epoch = starts.get(index, epoch)
        digest = note_hash(Entry.from_leaf(leaf).note).hex()
        known = tx.log.index_of(digest) is not None
        tx.log.append(leaf, leaf_hash(leaf), f"{digest}@{epoch}" if known else digest)
    for key, value in taken.tables["epoch"].items():
        tx.records.put("epoch", key, value)
    for key, value in taken.tables["meta"].items():
        if key in ("epoch", "base"):
            tx.records.put("meta", key, value)


def _write_rest(
    tx: Tx,
    context: Context,
    taken: _Old,
    entries: Sequence[tuple[int, Entry]],
    sealed: Mapping[str, bytes],
) -> None:
    for digest, note in sealed.items():
        tx.records.put("receipt", digest, note)
    for table in _KEPT:
        for key, value in taken.tables[table].items():
            if table != "refused" or int(key.rpartition("|")[2]) < taken.cut:
                tx.records.put(table, key, value)
    for key in taken.tables["entries"]:
        if int(key.rpartition("|")[2]) < taken.cut:
            tx.records.put("entries", key, b"")
    _write_journal(tx, taken)
    for index, entry in entries:
        ref = _ref(tx, entry)
        if ref and index >= taken.cut:
            tx.records.put("entries", f"{ref}|{index:012d}", b"")
        _write_mark(tx, entry)
        watchlog.index_entry(tx, index, entry)
    _write_outbox(tx, context, taken, entries)


def _write_journal(tx: Tx, taken: _Old) -> None:
    """The journal as it was: what was derived again was told once."""
    for key, _ in list(tx.records.scan("event")):
        tx.records.delete("event", key)
    for key, value in taken.tables["event"].items():
        tx.records.put("event", key, value)
    tx.records.put("meta", "event", str(len(taken.tables["event"])).encode())
    for key, value in taken.tables["meta"].items():
        if key not in _DERIVED_META and not key.startswith(_DERIVED_COUNTERS):
            tx.records.put("meta", key, value)


def _write_mark(tx: Tx, entry: Entry) -> None:
    """What the entry marks: a delivery of ours, or the head of a log that we cosigned last."""
    if entry.kind is Kind.COSIGNED:
        head = parse_checkpoint(parse(entry.note).text)
        tx.records.put(WITNESSED, head.origin, entry.note)
    elif entry.note.startswith(RECEIPT_TYPE.encode() + b"\n"):
        receipt = receipt_of(parse_statement(parse(entry.note).text)[1])
        tx.records.put("receipted", f"{receipt.note_hash.hex()}|{receipt.party}", entry.note)


def _write_outbox(
    tx: Tx, context: Context, taken: _Old, entries: Sequence[tuple[int, Entry]]
) -> None:
    waiting = [(index, peer) for peer, some in taken.pending.items() for index in some]
    waiting = [(index, peer) for index, peer in waiting if index < taken.cut]
    for index, entry in entries[taken.cut :]:
        waiting += [(index, peer) for peer in _addressees(context, entry)]
    for index, peer in sorted(waiting):
        digest = note_hash(entries[index][1].note).hex()
        if tx.records.get("receipted", f"{digest}|{peer}") is None:
            tx.outbox.push(peer, index)


def _addressees(context: Context, entry: Entry) -> Sequence[str]:
    if entry.kind is Kind.KEYS:
        roster = open_roster(entry.note)
        return context.others if roster.party == context.party and roster.serial > 1 else ()
    if entry.kind is not Kind.SENT:
        return ()
    body = parse_statement(parse(entry.note).text)[1]
    own = body.get("copy_for")
    if isinstance(own, str) and own:
        return (own,)
    to = body.get("to")
    if isinstance(to, list):
        return tuple(party for party in to if isinstance(party, str))
    via = body.get("via")
    return (via,) if isinstance(via, str) else ()


def _ref(tx: Tx, entry: Entry) -> str:
    """What the entry is about, for evidence."""
    if is_roster(entry.note):
        return rosters.LOGGED
    if entry.kind is Kind.COSIGNED:
        return ""
    type_line, body = parse_statement(parse(entry.note).text)
    if type_line == RECEIPT_TYPE:
        index = tx.log.index_of(receipt_of(body).note_hash.hex())
        if index is None:
            return ""
        about = Entry.from_leaf(next(iter(tx.log.leaves(index, index + 1))))
        return deliver.answered(words_of(about.note))[0]
    item, track, ref = body.get("item"), body.get("track"), body.get("ref")
    if isinstance(ref, str):
        return ref
    if isinstance(track, str):
        return f"track:{track}"
    if not isinstance(item, str):
        return ""
    word = type_line.removeprefix("parley/").partition("/")[0]
    if word in (*KINDS, *PAPERS, "presence"):
        return f"{word}:{item}"
    return (tx.records.get("id", item) or b"").decode()
