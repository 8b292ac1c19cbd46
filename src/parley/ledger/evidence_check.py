"""Reading an evidence file: every signature, term, proof, link, receipt and exhibit in it.

The file is unsigned: all that counts in it is. Its parts stand in one order, none twice, so one
set of parts has one spelling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parley.errors import ForgedError, MalformedError, OversizeError, ParleyError
from parley.ledger.canonical import JsonValue, decode, encode
from parley.ledger.checkpoint import party_of
from parley.ledger.cross import Pool, contradictions
from parley.ledger.entry import Entry, Kind
from parley.ledger.evidence import (
    EVIDENCE_TYPE,
    MAX_EVIDENCE_BYTES,
    MAX_EXHIBITS,
    MAX_HEADS,
    MAX_ITEM_RECEIPTS,
    MAX_ITEMS,
    MAX_ROSTERS,
    DecisionFinding,
    EvidenceReport,
    ExhibitFinding,
    ItemFinding,
    ReceiptFinding,
    Signer,
    decision_in,
    scope_of,
)
from parley.ledger.evidence_words import with_words
from parley.ledger.exhibit import Exhibit, check_exhibit, exhibit_body, exhibit_of, slim
from parley.ledger.fields import (
    base64,
    each,
    hash32,
    in_order,
    located,
    members,
    number,
    parts,
    text,
)
from parley.ledger.filed import Believed
from parley.ledger.history import (
    Bounds,
    HeadFinding,
    History,
    check_no_stranger,
    open_head,
    open_head_once,
    roots_of,
    within_bounds,
)
from parley.ledger.keys import ED25519, Keys, VerifyKey
from parley.ledger.merkle import EMPTY_ROOT, old_root, verify_inclusion
from parley.ledger.note import parse
from parley.ledger.statement import note_hash, parse_statement
from parley.ledger.terms import open_entry_then, open_receipt_then
from parley.ledger.witness import MAX_PROOF_HASHES

SLACK_MS = 30_000
"""So far may a claimed time lie outside the cosignatures around it: heads come every few seconds,
clocks differ. The bounds themselves are reported without it."""

_BUNDLE = ("exhibits", "heads", "items", "links", "rosters", "scope")
_ITEM = ("before", "head", "history", "index", "kind", "log", "note", "proof", "receipts", "salt")
_KINDS = {kind.label: kind for kind in Kind}
_OWN = (Kind.SENT, Kind.DECISION, Kind.OBSERVED)


def verify_evidence(
    data: bytes,
    *,
    pinned: Keys | None = None,
    quorum: int = 1,
    slack_ms: int = SLACK_MS,
    max_bytes: int = MAX_EVIDENCE_BYTES,
) -> EvidenceReport:
    """Verify every signature, proof, link, receipt and exhibit of an evidence file.

    `pinned`: roots the verifier holds from elsewhere (a mapping's own keys are not read). A file
    that names another root for a pinned party is refused. Without pins the file proves only that
    its parts belong together. `quorum`: so many other parties make an item witnessed.

    Raises MalformedError, OversizeError, ForgedError or UnknownPartyError, `where` naming the
    part. What contradicts another part of the file is an exhibit in the report, not an error.
    """
    if len(data) > max_bytes:
        raise OversizeError(f"{len(data)} bytes of evidence", right=f"at most {max_bytes}")
    head, _, line = data.partition(b"\n")
    if head != EVIDENCE_TYPE.encode() or not line.endswith(b"\n"):
        raise MalformedError(f"{head[:80]!r} heads the file", right=f"{EVIDENCE_TYPE}, one line")
    body = members(decode(line[:-1], max_bytes=max_bytes), _BUNDLE)
    return _Check(body, pinned, quorum, slack_ms).report()


class _Check:
    """One pass over the parts, each kind resting on the kinds before it."""

    def __init__(
        self, body: dict[str, JsonValue], pinned: Keys | None, quorum: int, slack_ms: int
    ) -> None:
        self.quorum, self.slack_ms = quorum, slack_ms
        self.believed = Believed(pinned)
        self.rosters = parts("rosters", body["rosters"], self._roster, MAX_ROSTERS)
        in_order("rosters", [note_hash(note) for note in self.rosters], rising=False)
        self.ring = self.believed.ring
        self.keys = self.ring.every
        heads = parts("heads", body["heads"], self._head, MAX_HEADS)
        in_order("heads", [(*head.key, head.note) for head in heads])
        self.history = History(heads)
        self.forks: list[Exhibit] = []
        self.broken: set[tuple[int, int]] = set()
        self.links = parts("links", body["links"], self._link, MAX_HEADS)
        in_order("links", self.links)
        self.cosigned: list[HeadFinding] = []
        self.disowned: list[HeadFinding] = []
        self.items = parts("items", body["items"], self._item, MAX_ITEMS)
        in_order("items", [(item.log, item.index) for item in self.items])
        self._settle(body["items"])
        shown = parts("exhibits", body["exhibits"], self._exhibit, MAX_EXHIBITS)
        in_order("exhibits", [encode(exhibit_body(found.exhibit)) for found in shown])
        self.shown = shown
        try:
            self.scope = scope_of(body["scope"])
        except ParleyError as error:
            raise located(error, "scope") from None

    def report(self) -> EvidenceReport:
        known = {found.exhibit for found in self.shown}
        derived = [*self._forks(), *contradictions(self._pool(), self.ring)]
        exhibits = [
            *self.shown,
            *(self._shown(made, said, True) for made, said in derived if made not in known),
        ]
        return with_words(
            EvidenceReport(
                items=self.items,
                keys=tuple(self._signer(key) for key in self.keys),
                heads=self.history.heads,
                joined=tuple(link for link in self.links if link not in self.broken),
                cosigned=tuple(self.cosigned),
                disowned_heads=tuple(self.disowned),
                loose_logs=self.history.loose(),
                exhibits=tuple(exhibits),
                scope=self.scope,
                quorum=self.quorum,
                rosters=self.rosters,
                ring=self.ring,
            )
        )

    def _pool(self) -> Pool:
        return Pool((*self.history.heads, *self.cosigned), self.items)

    def _forks(self) -> list[tuple[Exhibit, str]]:
        slimmed = dict.fromkeys(slim(exhibit) for exhibit in self.forks)
        return [(exhibit, check_exhibit(exhibit, self.ring)) for exhibit in slimmed]

    def _roster(self, value: JsonValue) -> bytes:
        note = base64(value)
        roster = self.believed.admit(note)
        check_no_stranger(note, (roster.root,))
        return note

    def _head(self, value: JsonValue) -> HeadFinding:
        note = base64(value)
        check_no_stranger(note, self.keys)
        return open_head(note, self.ring)

    def _link(self, value: JsonValue) -> tuple[int, int]:
        said = members(value, ("new", "old", "proof"))
        old, new = number(said["old"]), number(said["new"])
        proof = each(said["proof"], hash32, most=MAX_PROOF_HASHES + 1)
        fork = self.history.join(old, new, proof)
        if fork is not None:
            self.forks.append(fork)
            self.broken.add((old, new))
        return old, new

    def _exhibit(self, value: JsonValue) -> ExhibitFinding:
        exhibit = exhibit_of(value)
        if slim(exhibit) != exhibit:
            raise MalformedError("an exhibit with signatures of others", right="the accused's own")
        rosters = exhibit.kind == "two-rosters"
        keys = self.ring.roots_of(exhibit.accused) if rosters else self.keys
        for note in exhibit.notes[: 1 if exhibit.kind == "receipt-for-another-note" else 2]:
            check_no_stranger(note, keys)
        return self._shown(exhibit, check_exhibit(exhibit, self.ring), False)

    def _shown(self, exhibit: Exhibit, sentence: str, derived: bool) -> ExhibitFinding:
        return ExhibitFinding(exhibit, sentence, derived, self.believed.is_pinned(exhibit.accused))

    def _item(self, value: JsonValue) -> ItemFinding:
        said = members(value, _ITEM)
        entry = Entry(_kind(said["kind"]), base64(said["salt"]), base64(said["note"]))
        log, index, place = said["log"], number(said["index"]), number(said["head"])
        found = self.history.head(place)
        head = found.checkpoint
        if log != head.origin:
            raise ForgedError(f"the head is of {head.origin}, the item of {log!r:.80}")
        proof = each(said["proof"], hash32, most=MAX_PROOF_HASHES)
        verify_inclusion(index, head.size, entry.leaf_hash(), proof, head.root)
        bounds = self.history.bounds(place, index)
        if number(said["before"], least=-1) != bounds.before:
            raise MalformedError(
                f"{said['before']} is not the cosigned head before", right=f"{bounds.before}"
            )
        opened, disowned = open_entry_then(entry, head.origin, index, self.ring)
        if entry.kind is Kind.COSIGNED:
            (self.disowned if disowned else self.cosigned).append(
                open_head_once(entry.note, self.ring)[0]
            )
        type_line, at_ms = _said(opened.text)
        digest = note_hash(entry.note)
        history = each(said["history"], hash32, most=MAX_PROOF_HASHES + 1)
        receipts = each(
            said["receipts"], lambda v: self._receipt(v, digest), most=MAX_ITEM_RECEIPTS
        )
        in_order("receipts", [shown.note for shown in receipts])
        return ItemFinding(
            entry=entry,
            type=type_line,
            note_hash=digest,
            signers=tuple(self._signer(key) for key in opened.signers),
            log=head.origin,
            index=index,
            size=head.size,
            root=head.root,
            log_signer=self._log_signer(found),
            receipts=receipts,
            proof=proof,
            checkpoint=found.note,
            at_ms=at_ms,
            not_before_ms=_ms(bounds.not_before_s),
            not_after_ms=_ms(bounds.not_after_s, 999),
            claim_within=self._within(at_ms, bounds, own=entry.kind in _OWN),
            witnesses=bounds.witnesses,
            witnessed=len(bounds.witnesses) >= self.quorum,
            decision=self._decision(entry, found, history),
            disowned=disowned,
        )

    def _receipt(self, value: JsonValue, digest: bytes) -> ReceiptFinding:
        said = members(value, ("item", "note"))
        note = base64(said["note"])
        check_no_stranger(note, self.ring.note_keys)
        receipt, by, ended_at = open_receipt_then(note, self.ring)
        if receipt.note_hash != digest:
            raise ForgedError(
                f"the receipt of {receipt.log} is for note {receipt.note_hash.hex()}",
                right=f"a receipt for {digest.hex()}",
            )
        item = number(said["item"], least=-1)
        return ReceiptFinding(receipt, self._signer(by), None, note, item, None, ended_at)

    def _decision(
        self, entry: Entry, head: HeadFinding, history: Sequence[bytes]
    ) -> DecisionFinding | None:
        decision = decision_in(entry)
        origin, size, root = head.key
        if decision is None or decision.log != origin or not 0 < decision.size <= size:
            if history:
                raise MalformedError("a history without a decision by this log", right="none")
            if decision is None:
                return None
            nothing = decision.log == origin and decision.size == 0
            own = decision.root == EMPTY_ROOT if nothing else None
        elif not history and decision.size != size:
            own = None
        else:
            own = old_root(decision.size, size, history, root) == decision.root
            if not own:
                pair = (entry.note, head.note)
                self.forks.append(
                    Exhibit("decision-contradicted", party_of(origin), pair, tuple(history))
                )
        return DecisionFinding(decision, own, (None,) * len(decision.heads))

    def _settle(self, bodies: JsonValue) -> None:
        """Receipts held against the entries that the file proves, and against its own items."""
        self.known = roots_of(self._pool().heads)
        logged = {item.entry.note: place for place, item in enumerate(self.items)}
        proved = {(item.log, item.index): item for item in self.items}
        settled = []
        for place, item in enumerate(self.items):
            receipts = []
            for shown in item.receipts:
                if shown.item != logged.get(shown.note, -1):
                    raise MalformedError(
                        f"the receipt is not item {shown.item}",
                        right=f"{logged.get(shown.note, -1)}",
                        where=f"items[{place}]",
                    )
                receipts.append(self._compared(shown, proved))
            settled.append(
                replace(item, receipts=tuple(receipts), decision=self._seen(item.decision))
            )
        self.items = tuple(settled)

    def _seen(self, found: DecisionFinding | None) -> DecisionFinding | None:
        """The decision, its heads held against those of the file and of its Cosigned items."""
        if found is None:
            return None
        seen = (self.known.get((said.origin, said.size)) for said in found.decision.heads)
        pairs = zip(seen, found.decision.heads, strict=True)
        return replace(found, heads=tuple(None if r is None else h.root in r for r, h in pairs))

    def _compared(
        self, shown: ReceiptFinding, proved: dict[tuple[str, int], ItemFinding]
    ) -> ReceiptFinding:
        receipt = shown.receipt
        item = proved.get((receipt.log, receipt.index))
        if item is None:
            return shown
        same = (receipt.leaf_hash, receipt.note_hash) == (item.entry.leaf_hash(), item.note_hash)
        within = None
        if same:
            within = within_bounds(
                receipt.at_ms, item.not_before_ms, item.not_after_ms, self.slack_ms
            )
        return replace(shown, in_log=same, within=within)

    def _within(self, at_ms: int | None, bounds: Bounds, *, own: bool) -> bool | None:
        lower = _ms(bounds.not_before_s) if own else None
        return within_bounds(at_ms, lower, _ms(bounds.not_after_s, 999), self.slack_ms)

    def _log_signer(self, head: HeadFinding) -> Signer:
        origin, size, _ = head.key
        keys = {(k.name, k.key_id): k for k in self.ring.keys_of(party_of(origin))}
        lines = (keys.get((s.name, s.key_id)) for s in parse(head.note).signatures)
        signed = (key for key in lines if key is not None)
        return self._signer(self.ring.speaker(signed, origin, max(0, size - 1)))

    def _signer(self, key: VerifyKey) -> Signer:
        roster = self.ring.roster(key.name)
        if key.algorithm == ED25519:
            ended = key not in (roster.note_key, roster.root)
        else:
            ended = any(w.key == key and w.until_s is not None for w in roster.witnesses)
        return Signer(key.name, key, self.believed.is_pinned(key.name), ended)


def _said(text_of_note: bytes) -> tuple[str, int | None]:
    """Type line of a statement and its author's time, as far as there is one."""
    try:
        type_line, body = parse_statement(text_of_note)
    except MalformedError:
        return "", None
    at_ms = body.get("at_ms")
    return type_line, at_ms if type(at_ms) is int and at_ms >= 0 else None


def _ms(at_s: int | None, more_ms: int = 0) -> int | None:
    return None if at_s is None else at_s * 1000 + more_ms


def _kind(value: JsonValue) -> Kind:
    kind = _KINDS.get(text(value))
    if kind is None:
        raise MalformedError(f"{value!r:.40} is no kind of entry", right=", ".join(_KINDS))
    return kind
