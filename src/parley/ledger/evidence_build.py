"""Writing an evidence file: parts in their one order, noise left out, verified before it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parley.errors import FormatError
from parley.ledger.canonical import JsonValue, b64, encode
from parley.ledger.evidence import (
    EVIDENCE_TYPE,
    EvidenceItem,
    HeadLink,
    Scope,
    scope_body,
)
from parley.ledger.evidence_check import verify_evidence
from parley.ledger.exhibit import Exhibit, exhibit_body, slim
from parley.ledger.filed import Believed
from parley.ledger.history import History, only_known, open_head
from parley.ledger.keyring import Keyring


def build_evidence(
    rosters: Iterable[bytes],
    items: Iterable[EvidenceItem],
    *,
    heads: Iterable[bytes] = (),
    links: Iterable[HeadLink] = (),
    exhibits: Iterable[Exhibit] = (),
    scope: Scope | None = None,
) -> bytes:
    """The evidence file of `items` under the parties' `rosters` (exact notes, oldest first);
    verified before it is returned. `heads`: more than the items rest on, for their cosignatures.

    Signatures by keys that no roster names are left out of heads, receipts and exhibits. Raises
    FormatError on no roster or no item, and what `verify_evidence` raises.
    """
    believed = Believed(None)
    notes = {only_known(note, (believed.admit(note).root,)): None for note in rosters}
    chosen = sorted(items, key=lambda item: (item.log, item.index))
    if not notes or not chosen:
        raise FormatError("evidence without rosters or items", right="one of each at least")
    builder = _Builder(believed.ring, (*(item.checkpoint for item in chosen), *heads), links)
    body: dict[str, JsonValue] = {
        "exhibits": _exhibits(exhibits),
        "heads": [b64(head.note) for head in builder.history.heads],
        "items": builder.items(chosen),
        "links": builder.links,
        "rosters": [b64(note) for note in notes],
        "scope": scope_body(scope or Scope()),
    }
    data = EVIDENCE_TYPE.encode() + b"\n" + encode(body) + b"\n"
    verify_evidence(data)
    return data


def _exhibits(exhibits: Iterable[Exhibit]) -> list[JsonValue]:
    bodies = {encode(body := exhibit_body(slim(exhibit))): body for exhibit in exhibits}
    return [bodies[key] for key in sorted(bodies)]


class _Builder:
    """Numbers of heads and items."""

    def __init__(self, ring: Keyring, heads: Iterable[bytes], links: Iterable[HeadLink]) -> None:
        self.ring = ring
        self._kept = {note: only_known(note, ring.every) for note in heads}
        opened = [open_head(note, ring) for note in set(self._kept.values())]
        opened.sort(key=lambda head: (*head.key, head.note))
        self.history = History(opened)
        self._number = {head.note: number for number, head in enumerate(opened)}
        self.links: list[JsonValue] = []
        joined = {(self._at(link.old), self._at(link.new)): link.proof for link in links}
        for (old, new), proof in sorted(joined.items()):
            self.history.join(old, new, proof)
            self.links.append({"new": new, "old": old, "proof": [b64(step) for step in proof]})

    def _at(self, note: bytes) -> int:
        number = self._number.get(self._kept.get(note, note))
        if number is None:
            raise FormatError("a link to a head that is not given", right="one of the heads")
        return number

    def items(self, chosen: Sequence[EvidenceItem]) -> list[JsonValue]:
        logged = {item.entry.note: number for number, item in enumerate(chosen)}
        return [self._item(item, logged) for item in chosen]

    def _item(self, item: EvidenceItem, logged: dict[bytes, int]) -> JsonValue:
        number = self._at(item.checkpoint)
        kept = {only_known(note, self.ring.note_keys): note for note in item.receipts}
        receipts: list[JsonValue] = [
            {"item": logged.get(note, -1) if note == own else -1, "note": b64(note)}
            for note, own in sorted(kept.items())
        ]
        return {
            "before": self.history.bounds(number, item.index).before,
            "head": number,
            "history": [b64(step) for step in item.history],
            "index": item.index,
            "kind": item.entry.kind.label,
            "log": item.log,
            "note": b64(item.entry.note),
            "proof": [b64(step) for step in item.proof],
            "receipts": receipts,
            "salt": b64(item.entry.salt),
        }
