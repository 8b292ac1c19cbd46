"""When each item concerned anybody, over the whole log: so that an instant of the past is found
without reading all of it.

In memory, read from the log once and followed; superset by time, the fold decides. Instants are
those of the authors' clocks, but for ``known_ms``: when our log held it.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from parley.errors import ParleyError
from parley.ledger import Entry, Kind, note_hash, receipt_of
from parley.node.codec import statement_from, words_of
from parley.node.desk import Desk
from parley.rules import assess
from parley.rules.agreement import Agreement
from parley.rules.item import kind_of
from parley.rules.statements import (
    Distress,
    Item,
    Nonconformance,
    Notice,
    Phase,
    Presence,
    Report,
    Statement,
)

NEVER_MS = 2**62
REMEMBERED = 40_000
CHUNK = 250
"""So many entries are read in one go: some 20 ms."""

_WORDS = tuple(
    f"parley/{kind}/v1\n".encode()
    for kind in ("notice", "stop", "distress", "report", "nonconformance", "presence")
)
_STEP, _ANSWER = b"parley/item-event/v1\n", b"parley/answer/v1\n"
_CLOSES = frozenset({"all-clear", "cancel"})


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of our log about an item. index: in the store. at_ms: by its author's clock."""

    index: int
    at_ms: int
    known_ms: int


class Chronicle:
    """See the module. Filled by ``read_on`` one caller at a time; read by any thread."""

    def __init__(self) -> None:
        self.size = 0
        self.agreement_ref = ""
        self._lines: dict[str, list[Line]] = {}
        self._number: dict[str, int] = {}
        self._refs: list[str] = []
        self._from, self._until, self._ended = array("q"), array("q"), array("q")
        self._young: dict[int, Statement] = {}
        self._old: dict[int, Statement] = {}

    def read_on(self, desk: Desk) -> int:
        """Takes in the next entries of the log; how many are still to come. Another agreement has
        other buffers: then all is read again."""
        if self.agreement_ref != desk.agreement_ref:
            self._begin(desk.agreement_ref)
        size = desk.tx.log.size()
        stop = min(size, self.size + CHUNK)
        for index, leaf in enumerate(desk.tx.log.leaves(self.size, stop), self.size):
            self._take(desk, index, Entry.from_leaf(leaf))
        self.size = stop
        return size - stop

    def _begin(self, agreement_ref: str) -> None:
        self.size, self.agreement_ref = 0, agreement_ref
        self._lines, self._number, self._refs = {}, {}, []
        self._from, self._until, self._ended = array("q"), array("q"), array("q")

    def _take(self, desk: Desk, index: int, entry: Entry) -> None:
        note = entry.note
        if note.startswith(_WORDS):
            statement = statement_from(words_of(note))
            if isinstance(statement, Presence | Item):
                self._keep(index, statement)
                line = Line(index, statement.header.at_ms, _known_ms(desk, entry, statement))
                self._words(desk, line, statement)
        elif note.startswith((_STEP, _ANSWER)):
            body = json.loads(note.split(b"\n", 2)[1])
            number = self._number.get(body["item"])
            if number is None:
                return
            at_ms = body["at_ms"]
            line = Line(index, at_ms, _received_ms(desk, entry) or at_ms)
            self._lines[self._refs[number]].append(line)
            if body.get("step") in _CLOSES:
                self._ended[number] = at_ms

    def _words(self, desk: Desk, line: Line, words: Item | Presence) -> None:
        from_ms, until_ms = _concerns(desk, words)
        number = self._number.get(words.item)
        if number is None:
            kind = "presence" if isinstance(words, Presence) else kind_of(words)
            number = self._number[words.item] = len(self._refs)
            self._lines[f"{kind}:{words.item}"] = [line]
            self._from.append(from_ms)
            self._until.append(until_ms)
            self._ended.append(NEVER_MS)
            self._refs.append(f"{kind}:{words.item}")
        else:
            self._lines[self._refs[number]].append(line)
            self._from[number] = min(self._from[number], from_ms)
            self._until[number] = max(self._until[number], until_ms)
        over = isinstance(words, Report) and words.phase is Phase.CEASED
        if over or (isinstance(words, Presence) and words.withdrawn):
            self._ended[number] = words.header.at_ms

    def refs(self, from_ms: int, until_ms: int, *, ended: bool) -> list[str]:
        """What may have concerned somebody in that span (closed), in the order of our log. ended:
        also what was over by then, as we know now."""
        count = len(self._refs)
        first, last, end = (
            np.array(column[:count], dtype=np.int64)
            for column in (self._from, self._until, self._ended)
        )
        there = (first <= until_ms) & (last >= from_ms)
        if not ended:
            there &= end >= from_ms
        return [self._refs[n] for n in np.flatnonzero(there).tolist()]

    def lines(self, ref: str) -> Sequence[Line]:
        """In the order of our log."""
        return tuple(self._lines.get(ref, ()))

    def statements(self, desk: Desk, lines: Sequence[Line]) -> Iterator[Statement]:
        for line in lines:
            known = self._young.get(line.index) or self._old.get(line.index)
            if known is None:
                leaf = next(iter(desk.tx.log.leaves(line.index, line.index + 1)))
                known = statement_from(words_of(Entry.from_leaf(leaf).note))
                self._keep(line.index, known)
            yield known

    def _keep(self, index: int, statement: Statement) -> None:
        if len(self._young) >= REMEMBERED // 2:
            self._old, self._young = self._young, {}
        self._young[index] = statement


def _known_ms(desk: Desk, entry: Entry, words: Item | Presence) -> int:
    return _received_ms(desk, entry) or words.header.at_ms


def _received_ms(desk: Desk, entry: Entry) -> int:
    """When our machine gave its receipt; 0 for what is our own."""
    if entry.kind is not Kind.RECEIVED:
        return 0
    sealed = desk.tx.records.get("receipt", note_hash(entry.note).hex())
    if sealed is None:
        return 0
    return receipt_of(json.loads(sealed.split(b"\n", 2)[1])).at_ms


def _concerns(desk: Desk, words: Item | Presence) -> tuple[int, int]:
    """The hull of all instants at which these words can stand on a map, under the agreement they
    name and under the one in force."""
    if isinstance(words, Presence):
        return words.volume.span.start_ms, words.volume.span.end_ms
    spans = [_by(desk.agreement, words)]
    if words.header.agreement != desk.agreement_ref and desk.knows_agreement(
        words.header.agreement
    ):
        spans.append(_by(desk.agreement_of(words.header.agreement), words))
    return min(first for first, _ in spans), max(last for _, last in spans)


def _by(agreement: Agreement, words: Item) -> tuple[int, int]:
    first = words.header.at_ms
    try:
        last = assess.until_ms(agreement, words)
        if isinstance(words, Notice):
            buffer = agreement.activity_class(words.activity_class).hazard
            return words.start_ms - 1000 * buffer.before_s, max(last, words.end_ms)
    except ParleyError:  # a class that an amendment took away
        last = words.end_ms if isinstance(words, Notice) else NEVER_MS
        first = words.start_ms if isinstance(words, Notice) else first
    if isinstance(words, Distress | Report | Nonconformance):
        first = min(first, words.since_ms)
    return first, last
