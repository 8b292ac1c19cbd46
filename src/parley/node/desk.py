"""One unit of work at one instant: who we are, the transaction, the time, fresh salts.

The tables of derived state, all keyed text:
meta, item (ref), content (ref), due and lapsed (instant|ref), finding (key), about (ref|key),
event (seq), receipt (note hash), receipted (note hash|peer), refused (peer|index),
entries (ref|index), early (item|party|index), track, emergency, presence.
Every one can be derived again from the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from parley.errors import InputError
from parley.ledger import Entry, Kind, leaf_hash, note_hash, seal
from parley.node.codec import Memo, dump
from parley.node.context import Context
from parley.node.ports import Salts, Tx
from parley.rules.agreement import Agreement
from parley.rules.statements import Header, Statement
from parley.wire.statement import encode


@dataclass(frozen=True, slots=True)
class Desk:
    context: Context
    tx: Tx
    now_ms: int
    salts: Salts
    memo: Memo = field(default_factory=Memo)
    _last: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def agreement(self) -> Agreement:
        return self.context.agreement

    def header(self, role: str, to: tuple[str, ...], *, exercise: bool = False) -> Header:
        """The header of a statement of ours, now. InputError: a role our party does not have."""
        roles = self.agreement.party(self.context.party).roles
        if role not in roles:
            raise InputError(
                f"{role!r} is no duty role of {self.context.party}",
                right=f"one of: {', '.join(roles)}",
                where="role",
            )
        return Header(
            self.context.party, role, self.now_ms, to, self.context.agreement_ref, exercise
        )

    def seal(self, statement: Statement) -> bytes:
        type_line, body = encode(statement)
        return seal(type_line, body, self.context.key)

    def log(self, kind: Kind, note: bytes, ref: str = "") -> int:
        """Append an entry to our log; ``ref`` is what it is about, for evidence."""
        return self.enter(kind, note, ref)[0]

    def enter(self, kind: Kind, note: bytes, ref: str = "") -> tuple[int, bytes]:
        """The same; its index and its leaf hash."""
        leaf = Entry(kind, self.salts(), note).leaf()
        digest = leaf_hash(leaf)
        index = self.tx.log.append(leaf, digest, note_hash(note).hex())
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
