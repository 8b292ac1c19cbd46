"""One unit of work at one instant: who we are, the transaction, the time, fresh salts.

The tables of derived state, all keyed text:
meta, item (ref), content (ref), due and lapsed (instant|ref), finding (key), about (ref|key),
event (seq), receipt (note hash), receipted (note hash|peer), refused (peer|index),
entries (ref|index), watched (ref|index), early (item|party|index), track, emergency, presence,
roster (party), drafted (draft id); those of papers stand in ``liaison.filing``.
Every one but drafted can be derived again from the log. Indices in the store count over all
epochs; what others are told counts from the beginning of our epoch's log: see ``Desk.place``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from parley.errors import InputError
from parley.ledger import Entry, Keyring, Kind, leaf_hash, note_hash, seal
from parley.node.agreements import Pacts, history
from parley.node.codec import Memo, dump
from parley.node.context import Context
from parley.node.known import Known
from parley.node.ports import Salts, Tx
from parley.node.rings import Rings
from parley.rules.agreement import Agreement
from parley.rules.statements import Header
from parley.wire.spoken import Spoken, encode


@dataclass(frozen=True, slots=True)
class Desk:
    context: Context
    tx: Tx
    now_ms: int
    salts: Salts
    memo: Memo = field(default_factory=Memo)
    rings: Rings = field(default_factory=Rings)
    known: Known = field(default_factory=Known)
    pacts: Pacts = field(default_factory=Pacts)
    _last: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def agreement(self) -> Agreement:
        """The agreement in force."""
        return self.agreement_of(self.agreement_ref)

    @property
    def agreement_ref(self) -> str:
        """Its digest, which every statement of ours names."""
        return (self._meta("pact") or b"").decode() or self.context.agreement_ref

    def agreement_of(self, digest: str) -> Agreement:
        """The founding agreement or an amendment that we hold. IntegrityError if we do not."""
        if digest == self.context.agreement_ref:
            return self.context.agreement
        return self.pacts.of(self.tx, digest)

    def knows_agreement(self, digest: str) -> bool:
        """Whether this agreement is in force here, or was."""
        past = (self.context.agreement_ref, self.agreement_ref)
        return digest in past or any(digest == one for one, _, _ in history(self.tx))

    def amend(self, digest: str) -> None:
        """From here on this agreement is in force; what stands is judged anew at the next tick."""
        if not self._meta("pact-before"):
            self._set_meta("pact-before", self.agreement_ref.encode())
        self._set_meta("pact", digest.encode())

    def judged_anew(self) -> str:
        """The digest before the amendment since when nothing was judged anew, "" if all was; it
        is forgotten."""
        before = (self._meta("pact-before") or b"").decode()
        if before:
            self._set_meta("pact-before", b"")
        return before

    def at(self, now_ms: int) -> Desk:
        """The same desk at another instant."""
        return replace(self, now_ms=now_ms)

    @property
    def ring(self) -> Keyring:
        """The rosters that we believe now."""
        return self.rings.at(self.tx)

    @property
    def epoch(self) -> int:
        """The epoch of the log that we append to; 0 before the first entry."""
        return int(self._meta("epoch") or b"0")

    @property
    def base(self) -> int:
        """Where the log of our epoch begins in the store."""
        return int(self._meta("base") or b"0")

    @property
    def opened_now(self) -> bool:
        """Whether an epoch after the first was opened at this desk."""
        return "opened" in self._last

    def open_epoch(self, epoch: int) -> None:
        """From here on we append to the log of a new epoch."""
        if self.epoch:
            self._last["opened"] = b""
        self._set_meta("epoch", str(epoch).encode())
        self._set_meta("base", str(self.tx.log.size()).encode())
        self.tx.records.put("epoch", f"{epoch:09d}", str(self.tx.log.size()).encode())

    def place(self, index: int) -> int:
        """Where the entry at ``index`` of the store stands in the log of our epoch."""
        return index - self.base

    def header(self, role: str, to: tuple[str, ...], *, exercise: bool = False) -> Header:
        """The header of a statement of ours, now. InputError: a role our party does not have."""
        check_role(self.agreement, self.context.party, role)
        return Header(self.context.party, role, self.now_ms, to, self.agreement_ref, exercise)

    def seal(self, statement: Spoken) -> bytes:
        type_line, body = encode(statement)
        return seal(type_line, body, self.context.key)

    def log(self, kind: Kind, note: bytes, ref: str = "") -> int:
        """Append an entry to our log; ``ref`` is what it is about, for evidence."""
        return self.enter(kind, note, ref)[0]

    def enter(self, kind: Kind, note: bytes, ref: str = "", *, mark: str = "") -> tuple[int, bytes]:
        """The same; its index and its leaf hash. ``mark``: sets a note apart from the same note
        in the log of an earlier epoch."""
        leaf = Entry(kind, self.salts(), note).leaf()
        digest = leaf_hash(leaf)
        index = self.tx.log.append(leaf, digest, note_hash(note).hex() + mark)
        if ref:
            self.tx.records.put("entries", f"{ref}|{index:012d}", b"")
        return index, digest

    def mark_time(self) -> None:
        """Something was found as of now: if the clock runs back behind it, it is found again."""
        now = str(self.now_ms).encode()
        if self._meta("now") != now:
            self._set_meta("now", now)

    def number(self, name: str) -> int:
        """The next number of a counter: 1, 2, 3 ..."""
        value = int(self._meta(name) or b"0") + 1
        self._set_meta(name, str(value).encode())
        return value

    def next_id(self) -> str:
        """``<party>-<n>``: what we say in the order in which we say it. Numbers that somebody
        took by hand are passed over."""
        while True:
            item_id = f"{self.context.party}-{self.number('item')}"
            if self.tx.records.get("id", item_id) is None:
                return item_id

    def _meta(self, name: str) -> bytes | None:
        """Read once a desk: nobody else writes while it stands."""
        if name not in self._last:
            self._last[name] = self.tx.records.get("meta", name) or b""
        return self._last[name]

    def _set_meta(self, name: str, value: bytes) -> None:
        self._last[name] = value
        self.tx.records.put("meta", name, value)

    def event(self, kind: str, data: Mapping[str, object]) -> None:
        """One line in the journal, in the same transaction as what it tells of."""
        line = {"at_ms": self.now_ms, "kind": kind, "data": data}
        self.tx.records.put("event", f"{self.number('event'):012d}", dump(line))


def header_of(
    context: Context, now_ms: int, role: str, to: tuple[str, ...], *, exercise: bool = False
) -> Header:
    """The header of a statement of ours that no store is asked about, under the founding
    agreement. InputError: a role our party does not have."""
    check_role(context.agreement, context.party, role)
    return Header(context.party, role, now_ms, to, context.agreement_ref, exercise)


def check_role(agreement: Agreement, party: str, role: str) -> None:
    """InputError: a role that our party does not have."""
    roles = agreement.party(party).roles
    if role not in roles:
        raise InputError(
            f"{role!r} is no duty role of {party}",
            right=f"one of: {', '.join(roles)}",
            where="role",
        )


def addressees(context: Context, to: Sequence[str] | None) -> tuple[str, ...]:
    """Party ids, sorted; everybody else when nobody is named. InputError: unknown, or ourselves."""
    ours = context.party
    if to is None:
        return tuple(sorted(p.id for p in context.agreement.parties if p.id != ours))
    for party in to:
        context.agreement.party(party)
        if party == ours:
            raise InputError(f"{ours!r} is addressed by itself", right="other parties", where="to")
    return tuple(sorted(set(to)))
