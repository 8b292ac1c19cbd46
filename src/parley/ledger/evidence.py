"""Evidence: chosen entries in one text file that anyone can verify offline.

Each item: the exact note, its kind and salt, where it stands in whose log, the inclusion proof
to a signed checkpoint, and receipts for the note. Entries that are not chosen stay hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from parley.errors import ForgedError, FormatError, MalformedError, OversizeError, ParleyError
from parley.ledger.canonical import INT_LIMIT, JsonValue, b64, decode, encode, unb64
from parley.ledger.checkpoint import OpenedCheckpoint, open_checkpoint, party_of
from parley.ledger.entry import Entry, Kind
from parley.ledger.filed import Believed, check_authors, located
from parley.ledger.keys import Keys, VerifyKey
from parley.ledger.merkle import Tree, verify_inclusion
from parley.ledger.note import Opened, open_note, parse
from parley.ledger.receipt import Receipt, check_receipt
from parley.ledger.roster import open_roster
from parley.ledger.statement import note_hash, parse_statement, unseal

EVIDENCE_TYPE = "parley/evidence/v2"
MAX_EVIDENCE_BYTES = 64 * 1024 * 1024
MAX_ITEMS = 10_000

_BUNDLE_FIELDS = {"rosters", "checkpoints", "items"}
_ITEM_FIELDS = {"note", "kind", "salt", "log", "index", "proof", "checkpoint", "receipts"}
_KINDS = {kind.label: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One chosen entry: its place, its proof to `checkpoint` (signed note), receipts for it."""

    entry: Entry
    log: str
    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    receipts: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signed, and whether the verifier had pinned it or only the file names it."""

    name: str
    key: VerifyKey
    pinned: bool


@dataclass(frozen=True, slots=True)
class ReceiptFinding:
    """A verified receipt. `at_ms` is the receiver's own claim.

    `in_log` is True when the bundle also proves that very entry in the receiver's log, False
    when it proves another entry at that index: the receiver contradicts itself; else None.
    """

    receipt: Receipt
    by: Signer
    in_log: bool | None


@dataclass(frozen=True, slots=True)
class ItemFinding:
    """What one item proves. `type` is the statement's type line, "" for other notes.

    `log_signer` signed the checkpoint of `size` leaves under which the entry is proved.
    """

    entry: Entry
    type: str
    note_hash: bytes
    signers: tuple[Signer, ...]
    log: str
    index: int
    size: int
    root: bytes
    log_signer: Signer
    receipts: tuple[ReceiptFinding, ...]

    @property
    def pinned(self) -> bool:
        """Every key that this finding rests on was pinned by the verifier."""
        keys = (self.log_signer, *self.signers, *(receipt.by for receipt in self.receipts))
        return all(signer.pinned for signer in keys)


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """Findings per item, in the file's order, and the keys that the file names.

    `split_logs`: origins of which the file holds two heads of one size and different roots,
    both signed by their party: proof of two histories.
    """

    items: tuple[ItemFinding, ...]
    keys: tuple[Signer, ...]
    split_logs: tuple[str, ...]

    @property
    def pinned(self) -> bool:
        return all(item.pinned for item in self.items)


def prove_entry(
    tree: Tree,
    entry: Entry,
    log: str,
    index: int,
    checkpoint: bytes,
    size: int,
    receipts: Iterable[bytes] = (),
) -> EvidenceItem:
    """The item of the entry at `index` of `tree`, proved to the `checkpoint` of `size`.

    Raises FormatError when the tree holds another entry there, InputError outside the tree.
    """
    if tree.leaf(index) != entry.leaf_hash():
        raise FormatError(f"another entry stands at index {index} of {log}", right="that entry")
    proof = tuple(tree.inclusion_proof(index, size))
    return EvidenceItem(entry, log, index, proof, checkpoint, tuple(receipts))


def build_evidence(rosters: Iterable[bytes], items: Iterable[EvidenceItem]) -> bytes:
    """The evidence file of `items` under the parties' `rosters` (exact notes, oldest first);
    verified before it is returned.

    Raises FormatError on no roster or no item, and what `verify_evidence` raises.
    """
    checkpoints: dict[bytes, int] = {}
    bodies: list[JsonValue] = []
    for item in items:
        number = checkpoints.setdefault(item.checkpoint, len(checkpoints))
        bodies.append(
            {
                "note": b64(item.entry.note),
                "kind": item.entry.kind.label,
                "salt": b64(item.entry.salt),
                "log": item.log,
                "index": item.index,
                "proof": [b64(step) for step in item.proof],
                "checkpoint": number,
                "receipts": [b64(receipt) for receipt in item.receipts],
            }
        )
    notes: list[JsonValue] = [b64(note) for note in rosters]
    if not notes or not bodies:
        raise FormatError("evidence without rosters or items", right="one of each at least")
    body: dict[str, JsonValue] = {
        "rosters": notes,
        "checkpoints": [b64(note) for note in checkpoints],
        "items": bodies,
    }
    data = EVIDENCE_TYPE.encode() + b"\n" + encode(body) + b"\n"
    verify_evidence(data)
    return data


def verify_evidence(
    data: bytes,
    *,
    pinned: Keys | None = None,
    max_bytes: int = MAX_EVIDENCE_BYTES,
) -> EvidenceReport:
    """Verify every signature, receipt and proof of an evidence file.

    `pinned`: roots the verifier holds from elsewhere (a mapping's own keys are not read). A file
    that names another root for a pinned party is refused. Without pins the file proves only that
    its parts belong together.

    Raises MalformedError, OversizeError, ForgedError or UnknownPartyError, `where` naming the
    item. A receipt that contradicts the proved log is a finding, not an error.
    """
    if len(data) > max_bytes:
        raise OversizeError(f"{len(data)} bytes of evidence", right=f"at most {max_bytes}")
    head, _, line = data.partition(b"\n")
    if head != EVIDENCE_TYPE.encode() or not line.endswith(b"\n"):
        raise MalformedError(f"{head[:80]!r} heads the file", right=f"{EVIDENCE_TYPE}, one line")
    body = _members(decode(line[:-1], max_bytes=max_bytes), _BUNDLE_FIELDS)
    believed = Believed(pinned)
    for number, note in enumerate(_list(body["rosters"])):
        try:
            believed.admit(_bytes(note))
        except ParleyError as error:
            raise located(error, f"rosters[{number}]") from None
    heads = []
    for number, text in enumerate(_list(body["checkpoints"])):
        try:
            heads.append(open_checkpoint(_bytes(text), believed.ring.every))
        except ParleyError as error:
            raise located(error, f"checkpoints[{number}]") from None
    items = []
    for number, value in enumerate(_list(body["items"])):
        try:
            items.append(_verify_item(_members(value, _ITEM_FIELDS), heads, believed))
        except ParleyError as error:
            raise located(error, f"items[{number}]") from None
    proved = {(item.log, item.index): item.entry.leaf_hash() for item in items}
    return EvidenceReport(
        items=tuple(_compare_receipts(item, proved) for item in items),
        keys=tuple(_signer(key, believed) for key in believed.ring.every),
        split_logs=_split_logs(heads),
    )


def _verify_item(
    item: dict[str, JsonValue], heads: list[OpenedCheckpoint], believed: Believed
) -> ItemFinding:
    entry = Entry(_kind(item["kind"]), _bytes(item["salt"]), _bytes(item["note"]))
    log, index, number = item["log"], _integer(item["index"]), _integer(item["checkpoint"])
    if number >= len(heads):
        raise MalformedError(f"checkpoint {number} of {len(heads)}", right="one of the file's")
    opened = heads[number]
    head = opened.checkpoint
    if log != head.origin:
        raise ForgedError(f"the checkpoint is of {head.origin}, the item of {log!r:.80}")
    proof = [_bytes(step) for step in _list(item["proof"])]
    verify_inclusion(index, head.size, entry.leaf_hash(), proof, head.root)
    note = _open(entry, believed)
    check_authors(entry.kind, party_of(head.origin), {key.name for key in note.signers})
    digest = note_hash(entry.note)
    return ItemFinding(
        entry=entry,
        type=_statement_type(note.text),
        note_hash=digest,
        signers=tuple(_signer(key, believed) for key in note.signers),
        log=head.origin,
        index=index,
        size=head.size,
        root=head.root,
        log_signer=_signer(opened.log_key, believed),
        receipts=tuple(
            _verify_receipt(_bytes(text), digest, believed) for text in _list(item["receipts"])
        ),
    )


def _open(entry: Entry, believed: Believed) -> Opened:
    if entry.kind is Kind.KEYS:
        roster = open_roster(entry.note)
        believed.check_root(roster.root)
        return Opened(parse(entry.note).text, (roster.root,), (None,))
    return open_note(entry.note, believed.ring.every)


def _verify_receipt(data: bytes, digest: bytes, believed: Believed) -> ReceiptFinding:
    receipt, by = check_receipt(unseal(data, believed.ring.note_keys))
    if receipt.note_hash != digest:
        raise ForgedError(
            f"the receipt of {receipt.log} is for note {receipt.note_hash.hex()}",
            right=f"a receipt for {digest.hex()}",
        )
    return ReceiptFinding(receipt, _signer(by, believed), None)


def _compare_receipts(item: ItemFinding, proved: dict[tuple[str, int], bytes]) -> ItemFinding:
    """The finding with each receipt held against the entries that the file proves."""
    receipts = []
    for found in item.receipts:
        leaf = proved.get((found.receipt.log, found.receipt.index))
        in_log = None if leaf is None else leaf == found.receipt.leaf_hash
        receipts.append(replace(found, in_log=in_log))
    return replace(item, receipts=tuple(receipts))


def _split_logs(heads: list[OpenedCheckpoint]) -> tuple[str, ...]:
    roots: dict[tuple[str, int], set[bytes]] = {}
    for opened in heads:
        head = opened.checkpoint
        roots.setdefault((head.origin, head.size), set()).add(head.root)
    return tuple(sorted({origin for (origin, _), seen in roots.items() if len(seen) > 1}))


def _signer(key: VerifyKey, believed: Believed) -> Signer:
    return Signer(key.name, key, believed.is_pinned(key.name))


def _statement_type(text: bytes) -> str:
    try:
        return parse_statement(text)[0]
    except MalformedError:
        return ""


def _members(value: JsonValue, names: set[str]) -> dict[str, JsonValue]:
    if not isinstance(value, dict) or set(value) != names:
        raise MalformedError("missing or unknown members", right=", ".join(sorted(names)))
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise MalformedError(f"a {type(value).__name__} where a list belongs", right="a list")
    if len(value) > MAX_ITEMS:
        raise OversizeError(f"a list of {len(value)}", right=f"at most {MAX_ITEMS}")
    return value


def _bytes(value: JsonValue) -> bytes:
    if not isinstance(value, str):
        raise MalformedError(f"a {type(value).__name__} where base64 belongs", right="base64 text")
    return unb64(value)


def _integer(value: JsonValue) -> int:
    if type(value) is not int or not 0 <= value < INT_LIMIT:
        raise MalformedError(f"{value!r:.40} where an index belongs", right="an integer from 0")
    return value


def _kind(value: JsonValue) -> Kind:
    kind = _KINDS.get(value) if isinstance(value, str) else None
    if kind is None:
        raise MalformedError(f"{value!r:.40} is no kind of entry", right=", ".join(_KINDS))
    return kind
