"""Exhibits: statements signed by one party that cannot both be true, in a form that anyone checks.

An exhibit proves that keys of the accused signed the parts, and that the parts exclude each other.
It does not say why: malice, a stolen key, a store put back from a backup look alike. What a key
signed outside its term proves nothing about its party.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from parley.errors import ForgedError, FormatError, MalformedError
from parley.ledger.canonical import INT_LIMIT, JsonValue, b64
from parley.ledger.checkpoint import OpenedCheckpoint, party_of
from parley.ledger.decision import DECISION_TYPE, decision_of
from parley.ledger.entry import Entry
from parley.ledger.fields import base64, each, hash32, key_by, members, number, text, unseal_as
from parley.ledger.keyring import Keyring
from parley.ledger.keys import Keys, SigningKey
from parley.ledger.merkle import leaf_hash, old_root, verify_inclusion
from parley.ledger.note import MAX_NOTE_BYTES, parse
from parley.ledger.receipt import Receipt
from parley.ledger.roster import is_roster, open_roster
from parley.ledger.statement import note_hash, seal, unseal
from parley.ledger.terms import open_head_in_term, open_receipt_in_term

EXHIBIT_TYPE = "parley/exhibit/v1"
MAX_EXHIBIT_NOTES = 2
MAX_EXHIBIT_HASHES = 127
MAX_PART_BYTES = MAX_NOTE_BYTES + 64
ONCE = ("item", "version", "number")
"""Members of a body that name what a signer says once only; `number` where the body has one."""

_MEMBERS = frozenset(("accused", "index", "kind", "leaf_hash", "notes", "proof"))


@dataclass(frozen=True, slots=True)
class Exhibit:
    """kind: one of `EXHIBIT_KINDS`; accused: the party whose keys signed the parts.

    notes: the exact signed notes, in the order that the kind gives. proof: 32-byte hashes;
    leaf_hash (32 bytes or none) and index (-1: none) where the kind needs them.
    docs/formats/ledger.md has a table. Raises FormatError on other lengths; proves nothing
    until `check_exhibit` returns.
    """

    kind: str
    accused: str
    notes: tuple[bytes, ...]
    proof: tuple[bytes, ...] = ()
    leaf_hash: bytes = b""
    index: int = -1

    def __post_init__(self) -> None:
        if self.kind not in _CHECKS:
            raise FormatError(f"an exhibit of kind {self.kind!r:.40}", right=", ".join(_CHECKS))
        if len(self.notes) != MAX_EXHIBIT_NOTES or any(
            not 0 < len(note) <= MAX_PART_BYTES for note in self.notes
        ):
            raise FormatError(f"an exhibit of {len(self.notes)} notes", right="two")
        if len(self.proof) > MAX_EXHIBIT_HASHES or any(len(step) != 32 for step in self.proof):
            raise FormatError(f"a proof of {len(self.proof)} hashes", right="at most 127 of 32")
        if len(self.leaf_hash) not in (0, 32) or not -1 <= self.index < INT_LIMIT:
            raise FormatError(f"an exhibit at index {self.index}", right="-1 or from 0")


def check_exhibit(exhibit: Exhibit, ring: Keyring) -> str:
    """What `exhibit` proves against `exhibit.accused`, in one neutral sentence.

    `ring`: rosters believed, with the terms of keys that have ended. Raises ForgedError when it
    proves nothing, and the other PeerErrors of parts that do not verify.
    """
    return _CHECKS[exhibit.kind](exhibit, ring)


def exhibit_body(exhibit: Exhibit) -> dict[str, JsonValue]:
    """The JSON body; `exhibit_of` is the inverse."""
    return {
        "accused": exhibit.accused,
        "index": exhibit.index,
        "kind": exhibit.kind,
        "leaf_hash": b64(exhibit.leaf_hash),
        "notes": [b64(note) for note in exhibit.notes],
        "proof": [b64(step) for step in exhibit.proof],
    }


def exhibit_of(body: JsonValue) -> Exhibit:
    """The exhibit in a body; checks nothing. Raises MalformedError, OversizeError."""
    said = members(body, _MEMBERS)
    try:
        return Exhibit(
            kind=text(said["kind"]),
            accused=text(said["accused"]),
            notes=each(said["notes"], base64, most=MAX_EXHIBIT_NOTES),
            proof=each(said["proof"], hash32, most=MAX_EXHIBIT_HASHES),
            leaf_hash=base64(said["leaf_hash"]),
            index=number(said["index"], least=-1),
        )
    except FormatError as error:
        raise MalformedError(error.what, right=error.right) from None


def slim(exhibit: Exhibit) -> Exhibit:
    """The same with the accused's own signatures only: what others signed proves nothing here.

    Raises MalformedError when a part does not parse or the accused did not sign it.
    """
    if exhibit.kind == "receipt-for-another-note":
        return exhibit
    notes = []
    for data in exhibit.notes:
        note = parse(data)
        lines = b"".join(
            f"\u2014 {line.name} {b64(line.key_id + line.signature)}\n".encode()
            for line in note.signatures
            if line.name == exhibit.accused
        )
        if not lines:
            raise MalformedError(f"a part that {exhibit.accused[:80]} did not sign", right="signed")
        notes.append(note.text + b"\n" + lines)
    return replace(exhibit, notes=tuple(notes))


def seal_exhibit(exhibit: Exhibit, found_ms: int, key: SigningKey) -> bytes:
    """Our own statement (for an OBSERVED entry) that we found this at `found_ms`, slimmed.

    Raises FormatError above 64 KiB or outside 0 <= found_ms < 2^53, and as `slim`.
    """
    if not 0 <= found_ms < INT_LIMIT:
        raise FormatError(f"found_ms is {found_ms}", right="0 <= integer < 2^53")
    body: dict[str, JsonValue] = {
        "by": key.name,
        "exhibit": exhibit_body(slim(exhibit)),
        "found_ms": found_ms,
    }
    return seal(EXHIBIT_TYPE, body, key)


def open_exhibit(data: bytes, keys: Keys) -> tuple[Exhibit, str, int]:
    """The exhibit in such a statement, who found it, when by its clock; checks the finder's
    signature only. Raises what `unseal` raises, ForgedError, MalformedError."""
    unsealed = unseal_as(EXHIBIT_TYPE, data, keys)
    said = members(unsealed.body, ("by", "exhibit", "found_ms"))
    finder, found_ms = text(said["by"]), number(said["found_ms"])
    key_by(unsealed, finder)
    return exhibit_of(said["exhibit"]), finder, found_ms


def _head(exhibit: Exhibit, place: int, ring: Keyring) -> OpenedCheckpoint:
    """A head that a key of the accused signed within its term."""
    opened = open_head_in_term(exhibit.notes[place], ring)
    _accused(exhibit, party_of(opened.checkpoint.origin))
    return opened


def _receipt(exhibit: Exhibit, place: int, ring: Keyring) -> Receipt:
    receipt, _ = open_receipt_in_term(exhibit.notes[place], ring)
    _accused(exhibit, receipt.party)
    return receipt


def _accused(exhibit: Exhibit, party: str) -> None:
    if party != exhibit.accused:
        raise ForgedError(f"{party[:80]} signed, {exhibit.accused[:80]} is accused", right=party)


def _nothing(why: str) -> ForgedError:
    return ForgedError(f"the exhibit proves nothing: {why}", right="parts that exclude each other")


def _plain(exhibit: Exhibit) -> None:
    """A kind without proof, leaf hash and index has none, so that it has one spelling."""
    if exhibit.proof or exhibit.leaf_hash or exhibit.index != -1:
        raise _nothing(f"{exhibit.kind} takes no proof, leaf hash or index")


def _same_log(a: OpenedCheckpoint, b: OpenedCheckpoint) -> str:
    if a.checkpoint.origin != b.checkpoint.origin:
        raise _nothing(f"the heads are of {a.checkpoint.origin} and {b.checkpoint.origin}")
    return a.checkpoint.origin


def _split(exhibit: Exhibit, ring: Keyring) -> str:
    _plain(exhibit)
    a, b = _head(exhibit, 0, ring), _head(exhibit, 1, ring)
    origin = _same_log(a, b)
    one, other = a.checkpoint, b.checkpoint
    if one.size != other.size or one.root == other.root:
        raise _nothing("the heads do not exclude each other")
    return (
        f"Keys of {exhibit.accused} signed two heads of the log {origin}, both of size {one.size},"
        f" with the different roots {one.root.hex()} and {other.root.hex()}"
    )


def _split_history(exhibit: Exhibit, ring: Keyring) -> str:
    a, b = _head(exhibit, 0, ring), _head(exhibit, 1, ring)
    origin = _same_log(a, b)
    old, new = a.checkpoint, b.checkpoint
    if exhibit.leaf_hash or exhibit.index != -1 or not 0 < old.size < new.size:
        raise _nothing(f"heads of sizes {old.size} and {new.size}")
    implied = old_root(old.size, new.size, exhibit.proof, new.root)
    if implied == old.root:
        raise _nothing("the newer head extends the older one")
    return (
        f"Keys of {exhibit.accused} signed heads of the log {origin} of the sizes {old.size} and"
        f" {new.size}, and the newer one does not extend the older one: its first {old.size}"
        f" entries have the root {implied.hex()}, the older head says {old.root.hex()}"
    )


def _split_entry(exhibit: Exhibit, ring: Keyring) -> str:
    a, b = _head(exhibit, 0, ring), _head(exhibit, 1, ring)
    origin, index = _same_log(a, b), exhibit.index
    if not exhibit.proof or exhibit.proof[0] == exhibit.leaf_hash:
        raise _nothing("it names one entry")
    length = inclusion_length(index, a.checkpoint.size)
    first, second = exhibit.proof[1 : 1 + length], exhibit.proof[1 + length :]
    for leaf, head, proof in (
        (exhibit.leaf_hash, a.checkpoint, first),
        (exhibit.proof[0], b.checkpoint, second),
    ):
        verify_inclusion(index, head.size, leaf, proof, head.root)
    return (
        f"Keys of {exhibit.accused} signed two heads of the log {origin}, of the sizes"
        f" {a.checkpoint.size} and {b.checkpoint.size}, under which two different entries stand"
        f" at index {index}"
    )


def _receipt_contradicted(exhibit: Exhibit, ring: Keyring) -> str:
    receipt, opened = _receipt(exhibit, 0, ring), _head(exhibit, 1, ring)
    head = opened.checkpoint
    if head.origin != receipt.log or exhibit.index != receipt.index:
        raise _nothing("receipt and head are about different places")
    if exhibit.leaf_hash == receipt.leaf_hash:
        raise _nothing("the log holds what was receipted")
    verify_inclusion(receipt.index, head.size, exhibit.leaf_hash, exhibit.proof, head.root)
    return (
        f"Keys of {exhibit.accused} signed a receipt for note {receipt.note_hash.hex()} at index"
        f" {receipt.index} of the log {receipt.log}, and a head of size {head.size} of that log,"
        " under which another entry stands there"
    )


def _receipt_beyond_head(exhibit: Exhibit, ring: Keyring) -> str:
    _plain(exhibit)
    receipt, opened = _receipt(exhibit, 0, ring), _head(exhibit, 1, ring)
    head, party = opened.checkpoint, exhibit.accused
    if head.origin != receipt.log or head.size > receipt.index:
        raise _nothing("the head is of another log, or covers the receipt's place")
    own = [c for c in opened.cosignatures if c.key.name == party and c.key.algorithm == 6]
    for cosignature in own:
        ring.roster(party).check_time(cosignature.key, cosignature.at_s)
    latest = max((c.at_s for c in own), default=0)
    if latest * 1000 <= receipt.at_ms:
        raise _nothing("the head is not later than the receipt by the party's own clock")
    return (
        f"Keys of {party} signed a receipt at {receipt.at_ms} ms for index {receipt.index} of the"
        f" log {receipt.log}, and at {latest} s, later by the same party's clock, a head of that"
        f" log of size {head.size}, which does not reach that index; a clock set back in between"
        " looks the same"
    )


def _two_receipts(exhibit: Exhibit, ring: Keyring) -> str:
    _plain(exhibit)
    a, b = _receipt(exhibit, 0, ring), _receipt(exhibit, 1, ring)
    if (a.log, a.index) != (b.log, b.index):
        raise _nothing("the receipts name different places")
    if (a.leaf_hash, a.note_hash) == (b.leaf_hash, b.note_hash):
        raise _nothing("the receipts name the same entry")
    return (
        f"Keys of {exhibit.accused} signed two receipts for index {a.index} of the log {a.log}"
        " that name different entries"
    )


def _receipt_for_another_note(exhibit: Exhibit, ring: Keyring) -> str:
    _plain(exhibit)
    receipt, leaf = _receipt(exhibit, 0, ring), exhibit.notes[1]
    held = note_hash(Entry.from_leaf(leaf).note)
    if leaf_hash(leaf) != receipt.leaf_hash or held == receipt.note_hash:
        raise _nothing("the entry is another one, or holds the receipted note")
    return (
        f"Keys of {exhibit.accused} signed a receipt for note {receipt.note_hash.hex()}, and the"
        f" entry that it names at index {receipt.index} of the log {receipt.log} holds note"
        f" {held.hex()}"
    )


def _decision_contradicted(exhibit: Exhibit, ring: Keyring) -> str:
    opened = _head(exhibit, 1, ring)
    unsealed = unseal_as(DECISION_TYPE, exhibit.notes[0], ring.keys_of(exhibit.accused))
    decision, head = decision_of(unsealed.body), opened.checkpoint
    _accused(exhibit, decision.party)
    if exhibit.leaf_hash or exhibit.index != -1 or decision.log != head.origin:
        raise _nothing("the decision is by another log")
    implied = old_root(decision.size, head.size, exhibit.proof, head.root)
    if implied == decision.root:
        raise _nothing("the head extends what the decision names")
    return (
        f"Keys of {exhibit.accused} signed a decision by its log {head.origin} at size"
        f" {decision.size} with the root {decision.root.hex()}, and a head of size {head.size},"
        f" whose first {decision.size} entries have the root {implied.hex()}"
    )


def _two_rosters(exhibit: Exhibit, ring: Keyring) -> str:
    _plain(exhibit)
    one, other = exhibit.notes
    if not is_roster(one) or not is_roster(other) or parse(one).text == parse(other).text:
        raise _nothing("it does not hold two rosters")
    a, b = open_roster(one), open_roster(other)
    for roster in (a, b):
        _accused(exhibit, roster.party)
        if roster.root not in ring.roots_of(roster.party):
            raise _nothing(f"root {roster.root.key_id.hex()} is not known of {roster.party}")
    if a.serial != b.serial:
        raise _nothing(f"the rosters have the serials {a.serial} and {b.serial}")
    return f"Roots of {a.party} signed two different rosters with the serial {a.serial}"


def _two_words(exhibit: Exhibit, ring: Keyring) -> str:
    _plain(exhibit)
    keys = ring.keys_of(exhibit.accused)
    a, b = (unseal(note, keys) for note in exhibit.notes)
    names = [name for name in ONCE if name in a.body or name in b.body]
    place = [a.body.get(name) for name in names]
    if names[:2] != ["item", "version"] or a.type != b.type:
        raise _nothing("it does not hold two statements of one type about an item's version")
    if any(type(said) not in (int, str) for said in place):
        raise _nothing("item, version or number is missing")
    if [b.body.get(name) for name in names] != place:
        raise _nothing("the statements are about different items, versions or numbers")
    if _without_copy(a.body) == _without_copy(b.body):
        raise _nothing("the statements say the same")
    ended = {*a.keys, *b.keys} - {ring.roster(exhibit.accused).note_key}
    aside = ", one of them by a key that has ended since" if ended else ""
    spelled = ", ".join(f"{name} {said}" for name, said in zip(names, place, strict=True))
    return (
        f"Keys of {exhibit.accused} signed two different statements {a.type} with the same"
        f" {spelled:.240}{aside}"
    )


def _without_copy(body: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The body as every addressee's copy has it."""
    return {name: value for name, value in body.items() if name != "copy_for"}


def inclusion_length(index: int, size: int) -> int:
    """How many hashes an inclusion proof has (RFC 9162 section 2.1.3): 0 <= index < size."""
    if not 0 <= index < size:
        raise ForgedError(f"index {index} in a tree of {size}", right="0 <= index < size")
    inner = (index ^ (size - 1)).bit_length()
    return inner + (index >> inner).bit_count()


_CHECKS: dict[str, Callable[[Exhibit, Keyring], str]] = {
    "split": _split,
    "split-history": _split_history,
    "split-entry": _split_entry,
    "receipt-contradicted": _receipt_contradicted,
    "receipt-beyond-head": _receipt_beyond_head,
    "receipt-for-another-note": _receipt_for_another_note,
    "two-receipts": _two_receipts,
    "decision-contradicted": _decision_contradicted,
    "two-rosters": _two_rosters,
    "two-words": _two_words,
}
EXHIBIT_KINDS = tuple(_CHECKS)
