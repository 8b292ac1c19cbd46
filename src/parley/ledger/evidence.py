"""Evidence: chosen entries of one log in one text file that anyone can verify offline.

The file holds rosters, heads with all cosignatures, proofs that the heads are one history, each
chosen entry with its proof, receipts, exhibits, and what its maker says it is about. Of entries
that are not chosen it holds nothing but hashes. Here: its parts and what is found of them;
`evidence_build` writes it, `evidence_check` reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from parley.errors import FormatError, MalformedError
from parley.ledger.canonical import INT_LIMIT, JsonValue
from parley.ledger.decision import DECISION_TYPE, Decision, decision_of
from parley.ledger.entry import Entry, Kind
from parley.ledger.exhibit import Exhibit
from parley.ledger.fields import MAX_TEXT_CHARS, each, is_line, members, number, text
from parley.ledger.history import HeadFinding
from parley.ledger.keyring import Keyring
from parley.ledger.keys import VerifyKey
from parley.ledger.merkle import Tree
from parley.ledger.note import parse
from parley.ledger.receipt import Receipt
from parley.ledger.statement import parse_statement
from parley.ledger.tlogproof import MAX_EXTRA_BYTES, TlogProof
from parley.ledger.treehead import parse_checkpoint

EVIDENCE_TYPE = "parley/evidence/v2"
MAX_EVIDENCE_BYTES = 64 * 1024 * 1024
MAX_ITEMS = 10_000
MAX_HEADS = 1024
MAX_ROSTERS = 1024
MAX_ITEM_RECEIPTS = 64
MAX_EXHIBITS = 256
MAX_SCOPE_LINES = 1024


@dataclass(frozen=True, slots=True)
class Scope:
    """What the maker says that the file is about. A free claim: nothing in it is proved.

    refs: items; from_ms, until_ms: a period, -1 for none; remarks: what was left out and why.
    Raises FormatError on texts that are no short lines, more than 1,024 of them, other numbers.
    """

    maker: str = ""
    made_ms: int = 0
    refs: tuple[str, ...] = ()
    from_ms: int = -1
    until_ms: int = -1
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.maker, *self.refs, *self.remarks)
        if len(lines) > MAX_SCOPE_LINES or any(
            len(line) > MAX_TEXT_CHARS or not is_line(line) for line in lines
        ):
            raise FormatError(f"a scope of {len(lines)} texts", right="short printable lines")
        for at_ms in (self.made_ms, self.from_ms, self.until_ms):
            if type(at_ms) is not int or not -1 <= at_ms < INT_LIMIT:
                raise FormatError(f"{at_ms!r:.40} in the scope", right="-1 <= integer < 2^53")


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One chosen entry: its place, its proof to `checkpoint` (signed head), receipts for it.

    history: for a decision, the proof (`Tree.prefix_proof`) from the size that it names.
    """

    entry: Entry
    log: str
    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    receipts: tuple[bytes, ...] = ()
    history: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadLink:
    """That the head `new` extends the head `old` (exact notes): a `Tree.prefix_proof`."""

    old: bytes
    new: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signed; whether the verifier had pinned its root or only the file names it;
    whether the key's term has ended by the rosters of the file."""

    name: str
    key: VerifyKey
    pinned: bool
    ended: bool = False


@dataclass(frozen=True, slots=True)
class ReceiptFinding:
    """A verified receipt. `at_ms` is the receiver's own claim.

    `in_log` is True when the file also proves that very entry in the receiver's log, False
    when it proves another entry at that index: the receiver contradicts itself; else None.
    `item`: number of the item that is this receipt in the maker's log, or -1. `within`: when the
    receiver's log is shown, whether `at_ms` lies between the cosignatures around the entry.
    `ended_at`: the size at which its party has ended the key since, when that is before this
    place: then it is `disowned`, by the party or by a thief, and proves nothing against either.
    """

    receipt: Receipt
    by: Signer
    in_log: bool | None
    note: bytes = field(default=b"", repr=False)
    item: int = -1
    within: bool | None = None
    ended_at: int | None = None

    @property
    def disowned(self) -> bool:
        """Whether the key that signed was ended back to before this place."""
        return self.ended_at is not None


@dataclass(frozen=True, slots=True)
class DecisionFinding:
    """A decision and what the file says of the heads in it.

    own: True when its own log as it names it is proved a part of the log's later head, False
    when that head has another past. heads: for each seen head, in order, True when the file
    holds that very head signed by its log, False when it holds another of that size, else None.
    """

    decision: Decision
    own: bool | None
    heads: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class ItemFinding:
    """What one item proves. `type` is the statement's type line, "" for other notes.

    log_signer: signed `checkpoint`, the head of `size` leaves under which the entry is proved.
    at_ms: the author's claim; None where the note holds none. witnesses: other parties that
    cosigned a head with this entry, with their earliest POSIX seconds; witnessed: they are as
    many as the quorum asks. not_before_ms: other parties had by then cosigned a head without
    the entry; not_after_ms: one had by then cosigned a head with it (the end of that second).
    claim_within: the claim lies between them, give or take the slack; None: cannot be told.
    disowned: it is a receipt that was received, or another party's head, by a key that was ended
    since, back to before the place that it names.
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
    proof: tuple[bytes, ...] = field(default=(), repr=False)
    checkpoint: bytes = field(default=b"", repr=False)
    at_ms: int | None = None
    not_before_ms: int | None = None
    not_after_ms: int | None = None
    claim_within: bool | None = None
    witnesses: tuple[tuple[str, int], ...] = ()
    witnessed: bool = False
    decision: DecisionFinding | None = None
    disowned: bool = False

    @property
    def pinned(self) -> bool:
        """Every key that this finding rests on was pinned by the verifier."""
        keys = (self.log_signer, *self.signers, *(receipt.by for receipt in self.receipts))
        return all(signer.pinned for signer in keys)


@dataclass(frozen=True, slots=True)
class ExhibitFinding:
    """A checked exhibit and its sentence; `derived`: the verifier made it from the file's parts.

    `pinned`: the verifier had pinned the root of the accused. Without that it accuses whoever
    made the keys in the file, which may be the file's maker.
    """

    exhibit: Exhibit
    sentence: str
    derived: bool
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """Findings per item in the file's order (by log and index), heads, keys, exhibits.

    joined: pairs of heads, by number, that a link proves to be one history. cosigned: the heads
    in Cosigned items; disowned_heads: those of them whose keys were ended since, back to before
    their size. loose_logs: logs whose heads in the file are not all proved to be one history.
    rosters: the exact notes. proved, suspected, unknowable: sentences for a reader.
    """

    items: tuple[ItemFinding, ...]
    keys: tuple[Signer, ...]
    heads: tuple[HeadFinding, ...] = ()
    joined: tuple[tuple[int, int], ...] = ()
    cosigned: tuple[HeadFinding, ...] = ()
    disowned_heads: tuple[HeadFinding, ...] = ()
    loose_logs: tuple[str, ...] = ()
    exhibits: tuple[ExhibitFinding, ...] = ()
    scope: Scope = field(default_factory=Scope)
    quorum: int = 1
    rosters: tuple[bytes, ...] = field(default=(), repr=False)
    ring: Keyring = field(default_factory=lambda: Keyring({}), repr=False)
    proved: tuple[str, ...] = field(default=(), repr=False)
    suspected: tuple[str, ...] = field(default=(), repr=False)
    unknowable: tuple[str, ...] = field(default=(), repr=False)

    @property
    def pinned(self) -> bool:
        return all(item.pinned for item in self.items)

    @property
    def split_logs(self) -> tuple[str, ...]:
        """Origins of logs of which the exhibits prove two histories."""
        found = {
            parse_checkpoint(parse(shown.exhibit.notes[1]).text).origin
            for shown in self.exhibits
            if shown.exhibit.kind.startswith("split")
        }
        return tuple(sorted(found))


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
    said = decision_in(entry)
    history: tuple[bytes, ...] = ()
    if said is not None and said.log == log and 0 < said.size <= size:
        history = tuple(tree.prefix_proof(said.size, size))
    return EvidenceItem(entry, log, index, proof, checkpoint, tuple(receipts), history)


def decision_in(entry: Entry) -> Decision | None:
    """The decision that a Decision entry holds; None for every other note. MalformedError."""
    if entry.kind is not Kind.DECISION:
        return None
    if not entry.note.startswith(DECISION_TYPE.encode() + b"\n"):
        return None
    return decision_of(parse_statement(parse(entry.note).text)[1])


def link_heads(tree: Tree, heads: Iterable[bytes]) -> tuple[HeadLink, ...]:
    """Links that make heads of the log in `tree` one history; a head of size 0 has none.

    Raises InputError for a head larger than the tree.
    """
    sizes = {parse_checkpoint(parse(note).text).size: note for note in heads}
    return tuple(
        HeadLink(sizes[old], sizes[new], tuple(tree.prefix_proof(old, new)))
        for old, new in pairwise(sorted(size for size in sizes if size))
    )


def tlog_proof_of(item: EvidenceItem | ItemFinding) -> TlogProof:
    """The item as a C2SP tlog-proof; the leaf itself is its `extra` unless it is above 64 KiB."""
    leaf = item.entry.leaf()
    extra = leaf if len(leaf) <= MAX_EXTRA_BYTES else b""
    return TlogProof(item.index, item.proof, item.checkpoint, extra)


def scope_body(scope: Scope) -> dict[str, JsonValue]:
    """The JSON body; `scope_of` is the inverse."""
    return {
        "from_ms": scope.from_ms,
        "made_ms": scope.made_ms,
        "maker": scope.maker,
        "refs": list(scope.refs),
        "remarks": list(scope.remarks),
        "until_ms": scope.until_ms,
    }


def scope_of(value: JsonValue) -> Scope:
    """The scope in a body. Raises MalformedError, OversizeError."""
    said = members(value, ("from_ms", "made_ms", "maker", "refs", "remarks", "until_ms"))
    try:
        return Scope(
            text(said["maker"]),
            number(said["made_ms"]),
            each(said["refs"], text, most=MAX_SCOPE_LINES),
            number(said["from_ms"], least=-1),
            number(said["until_ms"], least=-1),
            each(said["remarks"], text, most=MAX_SCOPE_LINES),
        )
    except FormatError as error:
        raise MalformedError(error.what, right=error.right) from None
