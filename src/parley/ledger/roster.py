"""A party's roster: the keys that speak for it, signed by its offline root.

A statement ``parley/roster/v1``. Identity is the party (the origin of its logs), never a key: keys
come and go by rosters of rising serial, the root by the hash that the roster before it named.
A note key speaks for a term: a stretch of one log. When it is rotated or revoked the term gets its
last valid size: entries of smaller index stay valid, no entry from there on is. A planned rotation
may leave the old key some room behind the first index of the new one; a revocation leaves none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from parley.errors import ForgedError, FormatError, InputError, MalformedError, ReplayError
from parley.ledger.canonical import INT_LIMIT, JsonValue, b64, unb64
from parley.ledger.checkpoint import log_origin
from parley.ledger.fields import members, number
from parley.ledger.keys import SigningKey, VerifyKey
from parley.ledger.note import open_note, parse
from parley.ledger.statement import parse_statement, seal

ROSTER_TYPE = "parley/roster/v1"
CLOSED = "closed"
"""Why a term ended with its log: its key may speak in a later epoch. After any other end a key
never gets another term."""
MAX_TERMS = 64
MAX_WITNESS_KEYS = 32
MAX_CERTIFICATES = 8
MAX_CERTIFICATE_BYTES = 4096

_MEMBERS = {
    "at_ms",
    "certificates",
    "epoch",
    "next_root",
    "party",
    "root",
    "serial",
    "terms",
    "witnesses",
}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Term:
    """The stretch of one log in which a note key (algorithm 1) speaks.

    From index `first` of the log of `epoch`; `last` is the last valid size (indices below it are
    valid), None while the key is in force. `why`: "" in force, else a word such as "rotated";
    after "closed", and no other, the key may have another term, of a later epoch.
    """

    key: VerifyKey
    epoch: int
    first: int
    last: int | None = None
    why: str = ""

    def covers(self, epoch: int, index: int) -> bool:
        """Whether an entry at `index` of the log of `epoch` falls into this term."""
        return (
            epoch == self.epoch and self.first <= index and (self.last is None or index < self.last)
        )


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A key that cosigns heads (algorithm 4 or 6). Cosignatures later than `until_s` (seconds
    since the Unix epoch) do not count; None while it is in force."""

    key: VerifyKey
    until_s: int | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """The keys of one party as of `serial` (1, 2, 3 ...).

    root: signs this roster. next_root: hex SHA-256 of the vkey text of the root to follow, "" if
    none was named (then the root cannot be replaced). epoch: of the log in use. terms: oldest
    first; exactly the last is in force, and it is of `epoch`. witnesses: one in force at least.
    certificates: DER, self-signed, for mutual TLS; may be empty for a party without a node.
    Raises FormatError when the parts do not fit together.
    """

    party: str
    serial: int
    epoch: int
    at_ms: int
    root: VerifyKey
    terms: tuple[Term, ...]
    witnesses: tuple[WitnessKey, ...]
    certificates: tuple[bytes, ...] = ()
    next_root: str = ""

    def __post_init__(self) -> None:
        for problem in (_numbers(self), _names(self), _terms(self), _bounds(self)):
            if problem:
                raise FormatError(f"the roster of {self.party[:80]} {problem}", right="see Roster")

    @property
    def note_key(self) -> VerifyKey:
        """The note key in force."""
        return self.terms[-1].key

    @property
    def note_keys(self) -> tuple[VerifyKey, ...]:
        """Every note key that ever spoke for the party, each once, oldest first."""
        return tuple(dict.fromkeys(term.key for term in self.terms))

    @property
    def witness_keys(self) -> tuple[VerifyKey, ...]:
        return tuple(witness.key for witness in self.witnesses)

    @property
    def origin(self) -> str:
        """The origin line of the log in use."""
        return log_origin(self.party, self.epoch)

    def speaks(self, key: VerifyKey, epoch: int, index: int) -> bool:
        """Whether `index` of the log of `epoch` falls into a term of `key`."""
        return any(term.key == key and term.covers(epoch, index) for term in self.terms)

    def ended_before(self, key: VerifyKey, epoch: int, index: int) -> int | None:
        """The size at which a term of `key` ended that began at or before `index` of the log of
        `epoch` and does not reach it; None where there is none."""
        ends = (t.last for t in self.terms if (t.key, t.epoch) == (key, epoch) and t.first <= index)
        return next((last for last in ends if last is not None and last <= index), None)

    def check_place(self, key: VerifyKey, epoch: int, index: int) -> None:
        """Return when `key` speaks at `index` of the log of `epoch`; else ForgedError."""
        terms = [term for term in self.terms if term.key == key]
        if self.speaks(key, epoch, index):
            return
        ended = ", ".join(f"{t.why or 'in force'} at {t.last}" for t in terms) or "unknown"
        raise ForgedError(
            f"key {key.key_id.hex()} of {self.party} ({ended}) does not speak at index {index}"
            f" of log {epoch}",
            right="the key whose term covers that place",
            at_fault=f"party {self.party}",
        )

    def check_time(self, key: VerifyKey, at_s: int) -> None:
        """Return when a cosignature by `key` at `at_s` counts; else ForgedError."""
        for witness in self.witnesses:
            if witness.key == key and (witness.until_s is None or at_s <= witness.until_s):
                return
        raise ForgedError(
            f"cosigner key {key.key_id.hex()} of {self.party} does not count at {at_s}",
            right="a key in force at that time",
            at_fault=f"party {self.party}",
        )


def root_hash(root: VerifyKey) -> str:
    """What `next_root` holds: hex SHA-256 of the vkey text."""
    return hashlib.sha256(root.to_vkey().encode()).hexdigest()


def seal_roster(roster: Roster, root: SigningKey) -> bytes:
    """The roster as a signed note. Raises FormatError when `root` is not the one it names."""
    if root.verifier != roster.root:
        raise FormatError(
            f"root {root.key_id.hex()} signs a roster of root {roster.root.key_id.hex()}",
            right="the root that the roster names",
        )
    return seal(ROSTER_TYPE, roster_body(roster), root)


def roster_body(roster: Roster) -> dict[str, JsonValue]:
    """The JSON body: docs/formats/ledger.md. -1 stands for "in force"."""
    terms: list[JsonValue] = [
        {
            "epoch": term.epoch,
            "first": term.first,
            "key": term.key.to_vkey(),
            "last": -1 if term.last is None else term.last,
            "why": term.why,
        }
        for term in roster.terms
    ]
    witnesses: list[JsonValue] = [
        {"key": w.key.to_vkey(), "until_s": -1 if w.until_s is None else w.until_s}
        for w in roster.witnesses
    ]
    return {
        "at_ms": roster.at_ms,
        "certificates": [b64(der) for der in roster.certificates],
        "epoch": roster.epoch,
        "next_root": roster.next_root,
        "party": roster.party,
        "root": roster.root.to_vkey(),
        "serial": roster.serial,
        "terms": terms,
        "witnesses": witnesses,
    }


def is_roster(note: bytes) -> bool:
    """Whether these bytes call themselves a roster; verifies nothing."""
    return note.startswith(ROSTER_TYPE.encode() + b"\n")


def open_roster(note: bytes, *, root: VerifyKey | None = None) -> Roster:
    """Verify and parse. `root`: pinned by the reader; None believes the root that it names.

    Raises ForgedError (another root than the pinned, a signature that does not verify),
    UnknownPartyError (its root did not sign), MalformedError, OversizeError.
    """
    type_line, body = parse_statement(parse(note).text)
    if type_line != ROSTER_TYPE:
        raise MalformedError(f"a statement of type {type_line}", right=ROSTER_TYPE)
    roster = _roster_of(body)
    if root is not None and roster.root != root:
        raise ForgedError(
            f"the roster of {roster.party} is of root {roster.root.key_id.hex()}",
            right=f"root {root.key_id.hex()}, as it was compared",
            at_fault=f"whoever made this roster of {roster.party}",
        )
    open_note(note, (roster.root,))
    return roster


def check_successor(known: Roster, new: Roster) -> None:
    """Return when `new` may follow `known`: same party, higher serial, root kept or as announced,
    no term or key rewritten. Raises ReplayError (serial), ForgedError."""
    fault = f"party {known.party}"
    if new.party != known.party:
        raise ForgedError(f"a roster of {new.party}", right=known.party, at_fault=fault)
    if new.serial <= known.serial:
        raise ReplayError(
            f"roster {new.serial} of {new.party} comes after roster {known.serial}",
            right=f"serial {known.serial + 1} or higher",
            at_fault=fault,
        )
    if new.root != known.root and root_hash(new.root) != known.next_root:
        raise ForgedError(
            f"root {new.root.key_id.hex()} of {new.party} was not announced",
            right=f"root {known.root.key_id.hex()}, or the one whose hash it named as the next",
            at_fault=fault,
        )
    if new.root == known.root and known.next_root not in ("", new.next_root):
        raise ForgedError(
            f"roster {new.serial} of {new.party} names another root to follow",
            right="the one named before: whoever steals one root cannot appoint the next",
            at_fault=fault,
        )
    for old, same in zip(known.terms, new.terms, strict=False):
        if not _is_kept(old, same):
            raise ForgedError(
                f"roster {new.serial} of {new.party} rewrites the term of key"
                f" {old.key.key_id.hex()}",
                right="earlier terms as they were, at most ended sooner; none closed afterwards",
                at_fault=fault,
            )
    if len(new.terms) < len(known.terms) or new.epoch < known.epoch:
        raise ForgedError(
            f"roster {new.serial} of {new.party} forgets a term or an epoch",
            right="every earlier term",
            at_fault=fault,
        )
    until = {witness.key: witness.until_s for witness in new.witnesses}
    for before in known.witnesses:
        after = until.get(before.key)
        if before.key not in until:
            did, right = "leaves out", "every earlier cosigner key, ended at most"
        elif before.until_s is not None and (after is None or after > before.until_s):
            did, right = "revives", "an ended key stays ended"
        else:
            continue
        raise ForgedError(
            f"roster {new.serial} of {new.party} {did} cosigner key {before.key.key_id.hex()}",
            right=right,
            at_fault=fault,
        )


def _is_kept(old: Term, same: Term) -> bool:
    """Whether a term is as it was, ended sooner, or ended for another reason than a fault."""
    if (old.key, old.epoch, old.first) != (same.key, same.epoch, same.first):
        return False
    if old.last is not None and (same.last is None or same.last > old.last):
        return False
    return same.why != CLOSED or old.why in ("", CLOSED)


def _numbers(roster: Roster) -> str:
    if not 1 <= roster.serial < INT_LIMIT or not 1 <= roster.epoch < 10**9:
        return f"has serial {roster.serial}, epoch {roster.epoch}"
    return "" if 0 <= roster.at_ms < INT_LIMIT else f"is of {roster.at_ms} ms"


def _names(roster: Roster) -> str:
    keys = [roster.root, *roster.note_keys, *roster.witness_keys]
    if any(key.name != roster.party for key in keys):
        return "holds a key of another name"
    if roster.root.algorithm != 1 or any(key.algorithm != 1 for key in roster.note_keys):
        return "holds a root or note key that is not Ed25519"
    if roster.root in roster.note_keys:
        return "uses its root to sign notes"
    if any(key.algorithm not in (4, 6) for key in roster.witness_keys):
        return "holds a cosigner key of another algorithm than 4 and 6"
    ids = [key.key_id for key in (*roster.note_keys, *roster.witness_keys)]
    return "" if len(set(ids)) == len(ids) else "holds two keys of one id"


def _terms(roster: Roster) -> str:
    terms = roster.terms
    if not terms or terms[-1].last is not None or terms[-1].epoch != roster.epoch:
        return "has no note key in force for its epoch"
    for term in terms:
        last = term.first if term.last is None else term.last
        if not 0 <= term.first <= last < INT_LIMIT or not 1 <= term.epoch < 10**9:
            return f"has a term from {term.first} to {term.last}"
        if (term.last is None) == bool(term.why) or len(term.why) > 200:
            return "has a term that ended without a reason, or a reason without an end"
    closed: dict[VerifyKey, Term] = {}
    for term in terms:
        before = closed.setdefault(term.key, term)
        if before is not term and (before.why != CLOSED or before.epoch >= term.epoch):
            return "has a key that speaks again after its end"
        closed[term.key] = term
    for a, b in pairwise(terms):
        if a.last is None or (b.epoch, b.first) < (a.epoch, a.first):
            return "has terms that did not end or are out of order"
    return "" if any(w.until_s is None for w in roster.witnesses) else "has no cosigner in force"


def _bounds(roster: Roster) -> str:
    if len(roster.terms) > MAX_TERMS or len(roster.witnesses) > MAX_WITNESS_KEYS:
        return f"has {len(roster.terms)} terms, {len(roster.witnesses)} cosigner keys"
    sizes = [len(der) for der in roster.certificates]
    if len(sizes) > MAX_CERTIFICATES or any(not 0 < n <= MAX_CERTIFICATE_BYTES for n in sizes):
        return f"has certificates of {sizes} bytes"
    hashed = roster.next_root
    if hashed and (len(hashed) != 64 or set(hashed) - set("0123456789abcdef")):
        return f"has a next root {hashed[:80]!r}"
    return ""


def _roster_of(body: dict[str, JsonValue]) -> Roster:
    members(body, _MEMBERS)
    try:
        return Roster(
            party=_text(body["party"]),
            serial=number(body["serial"]),
            epoch=number(body["epoch"]),
            at_ms=number(body["at_ms"]),
            root=_key(body["root"]),
            terms=tuple(_each(body["terms"], _term)),
            witnesses=tuple(_each(body["witnesses"], _witness)),
            certificates=tuple(_each(body["certificates"], lambda v: unb64(_text(v)))),
            next_root=_text(body["next_root"]),
        )
    except InputError as error:
        raise MalformedError(error.what, right=error.right) from None


def _term(value: JsonValue) -> Term:
    said = members(value, ("epoch", "first", "key", "last", "why"))
    last = number(said["last"], least=-1)
    return Term(
        _key(said["key"]),
        number(said["epoch"]),
        number(said["first"]),
        None if last < 0 else last,
        _text(said["why"]),
    )


def _witness(value: JsonValue) -> WitnessKey:
    said = members(value, ("key", "until_s"))
    until = number(said["until_s"], least=-1)
    return WitnessKey(_key(said["key"]), None if until < 0 else until)


def _each(value: JsonValue, read: Callable[[JsonValue], _T]) -> Sequence[_T]:
    if not isinstance(value, list) or len(value) > MAX_TERMS:
        raise MalformedError(f"{value!r:.80} where a short list belongs", right="a list")
    return [read(member) for member in value]


def _text(value: JsonValue) -> str:
    if type(value) is not str:
        raise MalformedError(f"{value!r:.80} where text belongs", right="text")
    return value


def _key(value: JsonValue) -> VerifyKey:
    return VerifyKey.from_vkey(_text(value))
