"""What leaves the node as a file: our whole log, or chosen entries with all that proves them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from parley.errors import InputError, PeerError
from parley.ledger import (
    EXHIBIT_TYPE,
    Checkpoint,
    Entry,
    EvidenceItem,
    Exhibit,
    HeadLink,
    Keyring,
    Scope,
    Tree,
    build_evidence,
    check_exhibit,
    link_heads,
    log_origin,
    open_roster,
    parse,
    parse_checkpoint,
    prove_entry,
    sign_checkpoint,
    write_log,
)
from parley.ledger.evidence import MAX_EXHIBITS, MAX_ITEMS, MAX_SCOPE_LINES
from parley.ledger.history import open_head
from parley.ledger.terms import open_entry_then, open_receipt_then
from parley.node import chosen, rosters
from parley.node.desk import Desk
from parley.node.tree import LogTree

KEPT_HEADS = 500
"""So many heads of one log go into a file at most; each entry still has one that holds it."""
MARKED = "marking of the papers in it: "
"""So begins the remark that tells the banner."""
_LEFT_OUT = (
    "of the period: what the maker told nobody (its protected presences, its tracks, what its"
    " watch found, papers for itself), if any"
)


def checkpoint(desk: Desk, tree: Tree, size: int) -> bytes:
    """Our signed head over everything that the log of our epoch holds in this snapshot.

    It claims no time: while we read, an entry may be under way whose receipt is older than now."""
    head = Checkpoint(desk.context.origin, size, tree.root(size))
    keys = desk.context.keys
    return sign_checkpoint(head, keys.note, keys.quantum, at_s=0)


def log_file(desk: Desk, log_tree: LogTree, heads: Sequence[bytes] = ()) -> bytes:
    """Our whole log as one file that verifies from its bytes alone.

    `heads`: our own that are kept, newest last; the last one heads the file if it covers all."""
    tree, size = log_tree.at(desk.tx)
    newest = _Head.of(heads[-1], desk.context.party) if heads else None
    if newest is not None and (newest.origin, newest.size) == (desk.context.origin, size):
        head = newest.note
    else:
        head = checkpoint(desk, tree, size)
    leaves = desk.tx.log.leaves(desk.base, desk.base + size)
    context = desk.context
    root = open_roster(
        Entry.from_leaf(next(desk.tx.log.leaves(desk.base, desk.base + 1))).note
    ).root
    return b"".join(write_log(context.party, context.epoch, root, leaves, head))


def evidence(
    desk: Desk,
    log_tree: LogTree,
    refs: Sequence[str],
    *,
    period: tuple[int, int] | None = None,
    heads: Sequence[bytes] = (),
    exhibits: Sequence[Exhibit] = (),
    for_party: str = "",
) -> bytes:
    """Everything our log holds about these items and what they refer to, and about a period.

    refs: "notice:il-1" and the like; a notice brings the STOPs and the nonconformances that name
    it, every ref the papers about it, every statement its receipts. Exhibits that we found come
    too: those that hold hashes only, and those about what is shown. period: [from_ms, until_ms],
    closed, by the time of a statement or of our receipt for it; what we told nobody (protected
    presences, tracks, papers for ourselves) comes only by its own ref, and what our watch found
    only with the refs of all the tracks and presences that it tells of.
    heads: our own that are kept, with their cosignatures, newest last; a fresh one is signed where
    none covers an entry. exhibits: more than the chosen entries hold. for_party: whom it is made
    for: what it may not have is left out and counted in the remarks; "" for ourselves or a court.
    InputError: a ref that our log holds nothing about, neither refs nor period, a period that
    ends before it starts, nothing that the party may have, more than 10,000 entries.
    """
    goes, named = _selected(desk, refs, period, for_party)
    ours = not for_party or for_party == desk.context.party
    indices = set(goes.kept)
    chosen.add_receipts(desk, indices)
    chosen.add_exhibits(desk, indices, whole=ours)
    if len(indices) > MAX_ITEMS:
        raise InputError(f"{len(indices)} entries", right=f"at most {MAX_ITEMS}: a shorter period")
    believed = _rosters(desk)
    maker = _Maker(desk, log_tree, heads, Keyring.of(map(open_roster, believed)))
    items = maker.items(sorted(indices))
    if not ours:
        told = {item.entry.note for item in items}
        exhibits = [one for one in exhibits if chosen.goes_with(one, told, whole=False)]
    shown = maker.proven((*exhibits, *_found(desk, items)))[:MAX_EXHIBITS]
    scope = Scope(
        desk.context.party,
        desk.now_ms,
        tuple(named)[: MAX_SCOPE_LINES // 2],
        *(period or (-1, -1)),
        (
            *_released_remarks(goes, "" if ours else for_party),
            *maker.remarks,
            *([_LEFT_OUT] if period is not None else ()),
        ),
    )
    return build_evidence(
        believed, items, heads=maker.shown(), links=maker.links(), exhibits=shown, scope=scope
    )


def _selected(
    desk: Desk, refs: Sequence[str], period: tuple[int, int] | None, for_party: str
) -> tuple[chosen.Cut, list[str]]:
    """The entries that go, and the refs of which something does."""
    if not refs and period is None:
        raise InputError("evidence about nothing", right="refs of items, or a period")
    places = {ref: chosen.about(desk, ref, refs) for ref in chosen.related(desk, refs)}
    every = {desk.base}.union(*places.values())
    if period is not None:
        every.update(chosen.within(desk, period))
    goes = chosen.cut(desk, sorted(every), for_party)
    named = [ref for ref in refs if not goes.kept.isdisjoint(places[ref])]
    if refs and not named and period is None:
        raise InputError(
            f"nothing about {', '.join(refs)[:200]} may go to {for_party}",
            right="the consent of their originators (parley release ask)",
            where="for",
        )
    return goes, named


def _released_remarks(goes: chosen.Cut, for_party: str) -> Iterator[str]:
    """Under which marking the papers stand; for whom it is made and how much is left out."""
    if goes.banner:
        yield f"{MARKED}{goes.banner}"
    if for_party:
        yield (
            f"made for {for_party}: left out are {goes.left_out} statements that it may not have"
            f" and {goes.own} notes of its maker's own"
        )


def _rosters(desk: Desk) -> list[bytes]:
    """Every roster that our log holds, oldest first, each once."""
    leaves = (next(desk.tx.log.leaves(n, n + 1)) for n in chosen.about(desk, rosters.LOGGED))
    return list(dict.fromkeys(Entry.from_leaf(leaf).note for leaf in leaves))


def _found(desk: Desk, items: Iterable[EvidenceItem]) -> Iterator[Exhibit]:
    """The exhibits in entries of ours."""
    start = EXHIBIT_TYPE.encode() + b"\n"
    notes = (item.entry.note for item in items)
    return chosen.exhibits_in(desk, (note for note in notes if note.startswith(start)))


@dataclass(frozen=True, slots=True)
class _Head:
    """A head of ours that is kept; `cosigned`: it carries lines of others."""

    note: bytes = field(repr=False)
    origin: str
    size: int
    cosigned: bool

    @classmethod
    def of(cls, note: bytes, party: str) -> _Head:
        parsed = parse(note)
        head = parse_checkpoint(parsed.text)
        others = any(line.name != party for line in parsed.signatures)
        return cls(note, head.origin, head.size, others)


class _Maker:
    """Chooses a head for each entry, and proves it under it, epoch by epoch."""

    def __init__(
        self, desk: Desk, log_tree: LogTree, heads: Sequence[bytes], ring: Keyring
    ) -> None:
        self.desk = desk
        self.ring = ring
        self.remarks: list[str] = []
        self._tree, self._size = log_tree.at(desk.tx)
        self._kept: dict[str, list[_Head]] = {}
        for note in heads:
            head = _Head.of(note, desk.context.party)
            if head.size and _holds(open_head, note, ring):
                self._kept.setdefault(head.origin, []).append(head)
        self._trees: dict[str, Tree] = {}
        self._shown: dict[str, dict[int, _Head]] = {}

    def items(self, indices: Sequence[int]) -> list[EvidenceItem]:
        """The items of entries, by their places in the store."""
        bounds = self._epochs()
        found = []
        for epoch, start, stop in bounds:
            some = [index for index in indices if start <= index < stop]
            if some:
                found += self._of_epoch(epoch, start, stop, some)
        return found

    def _in_term(self, receipts: Sequence[bytes], at: int, origin: str) -> list[bytes]:
        """Also those that their party has disowned since: the file says so."""
        kept = [note for note in receipts if _holds(open_receipt_then, note, self.ring)]
        if len(kept) < len(receipts):
            self.remarks.append(
                f"entry {at} of {origin}: {len(receipts) - len(kept)} receipts by keys that never"
                " spoke at the places that they name"
            )
        return kept

    def proven(self, exhibits: Iterable[Exhibit]) -> list[Exhibit]:
        """Those that still prove something by the rosters of today, each once."""
        unique = dict.fromkeys(exhibits)
        return [exhibit for exhibit in unique if _holds(check_exhibit, exhibit, self.ring)]

    def shown(self) -> list[bytes]:
        return [head.note for heads in self._shown.values() for head in heads.values()]

    def links(self) -> list[HeadLink]:
        return [
            link
            for origin, heads in self._shown.items()
            for link in link_heads(self._trees[origin], (head.note for head in heads.values()))
        ]

    def _epochs(self) -> list[tuple[int, int, int]]:
        """Each epoch of our log with its places in the store."""
        rows = [(int(k), int(v)) for k, v in self.desk.tx.records.scan("epoch")]
        ends = [*(start for _, start in rows[1:]), self.desk.tx.log.size()]
        return [(epoch, start, end) for (epoch, start), end in zip(rows, ends, strict=True)]

    def _of_epoch(
        self, epoch: int, start: int, stop: int, indices: Sequence[int]
    ) -> list[EvidenceItem]:
        origin = log_origin(self.desk.context.party, epoch)
        now = epoch == self.desk.epoch
        tree = self._tree if now else Tree(self.desk.tx.log.hashes(start, stop))
        self._trees[origin] = tree
        size = self._size if now else stop - start
        kept = sorted(
            (head for head in self._kept.get(origin, ()) if head.size <= size),
            key=lambda head: head.size,
        )
        last = indices[-1] - start
        if now and (not kept or kept[-1].size <= last):
            note = checkpoint(self.desk, tree, size)
            kept.append(_Head.of(note, self.desk.context.party))
        useful = _useful(kept, indices[0] - start, last)
        items = []
        for index in indices:
            head = next((h for h in useful if h.size > index - start), None)
            if head is None:
                self.remarks.append(f"entry {index - start} of {origin}: no head covers it")
                continue
            entry, at = chosen.entry_at(self.desk, index), index - start
            if not _holds(open_entry_then, entry, origin, at, self.ring):
                self.remarks.append(f"entry {at} of {origin}: not within the term of its key")
                continue
            receipts = self._in_term(chosen.receipts(self.desk, entry), at, origin)
            items.append(prove_entry(tree, entry, origin, at, head.note, head.size, receipts))
        if items:
            self._shown[origin] = {head.size: head for head in useful}
        del self.remarks[MAX_SCOPE_LINES // 4 :]
        return items


def _useful(kept: Sequence[_Head], first: int, last: int) -> list[_Head]:
    """By size: the cosigned heads around the places `first` to `last`, and one that covers all.

    From the last cosigned head without `first` to the first cosigned one with `last`."""
    signed = [head for head in kept if head.cosigned]
    before = [head for head in signed if head.size <= first][-1:]
    among = [head for head in signed if first < head.size <= last]
    after = [head for head in signed if head.size > last][:1]
    if not after:
        after = [head for head in kept if head.size > last][:1] or list(kept[-1:])
    step = len(among) // KEPT_HEADS + 1
    return sorted({h.size: h for h in (*before, *among[::step], *after)}.values(), key=_size)


def _holds(check: Callable[..., object], *parts: object) -> bool:
    """Whether a check of the ledger passes. A key that was ended since, even back to before what
    it signed, must not keep the rest of a file from being made."""
    try:
        check(*parts)
    except PeerError:
        return False
    return True


def _size(head: _Head) -> int:
    return head.size
