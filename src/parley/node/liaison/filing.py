"""A paper or a reply admitted: checked, folded into its record, filed, and what follows found.

The same code for what we say and for what we receive. Tables: paper (ref: record), paper-words
(ref: text of its note), paper-list (kind|order, newest first: ref), paper-open (the same of those
that somebody still has to do something about), paper-by (kind|author|order), paper-about (what it
is about|kind|order), paper-past (ref|version: index in the log), paper-early (item|party|index).
"""

from __future__ import annotations

from collections.abc import Iterable

from parley.errors import ProtocolError
from parley.liaison.kinds import KINDS, about
from parley.liaison.papers import record as papers
from parley.liaison.papers.paper import Paper, Reply
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.marking import allows
from parley.node import standing
from parley.node.codec import finding_from, words_of
from parley.node.desk import Desk
from parley.node.liaison import follow
from parley.node.liaison.papercodec import paper_record_bytes, said_bytes, said_from
from parley.node.liaison.shelf import find, is_paper, load, need, order_of
from parley.rules import item
from parley.rules.findings import LIAISON, bare

FIRST = 10**12
"""Papers are filed under ``FIRST`` minus their number, so that the newest comes first."""
HELD_OF_ONE_PARTY = 256
_KINDS = {kind.value for kind in LIAISON}


def admit_paper(
    desk: Desk, paper: Paper, note: bytes, index: int, *, received_ms: int | None = None
) -> PaperRecord:
    """A new paper, or a new version of one. ``index``: of its (first) note in our log;
    received_ms: when our machine got it from a peer.

    ProtocolError: a name that is not the author's, an id that is taken, addressees that its own
    marking does not allow, and whatever its kind refuses."""
    by = paper.header.by
    _own_name(desk, paper)
    taken = desk.tx.records.get("id", paper.item)
    if taken is not None and taken.decode() != paper.ref:
        raise ProtocolError(
            f"{paper.item!r} is the id of {taken.decode()} already",
            right="an id for each paper",
            at_fault=f"party {by}",
        )
    _allowed(desk, paper)
    before = load(desk, paper.ref)
    if before is None:
        record = papers.first(desk.agreement, paper)
    else:
        record = papers.amended(desk.agreement, before, paper)
    KINDS[paper.kind].check(desk.agreement_of(paper.header.agreement), paper, before)
    if received_ms is not None:
        record = papers.received(record, desk.context.party, paper.version, received_ms)
    desk.tx.records.put("paper-words", paper.ref, words_of(note))
    desk.tx.records.put("paper-past", f"{paper.ref}|{paper.version:09d}", str(index).encode())
    if before is None:
        desk.tx.records.put("id", paper.item, paper.ref.encode())
    _file(desk, record, before)
    _save(desk, record, before)
    follow.after(desk, record, before)
    return _answered_early(desk, record)


def admit_reply(desk: Desk, reply: Reply, index: int) -> PaperRecord | None:
    """An addressee replies; None if the words it answers have not come yet (a third party's)."""
    by = reply.header.by
    before = find(desk, reply.item)
    if before is None or reply.version > before.paper.version:
        author = item.owner_of(desk.agreement, reply.item)
        if author in ("", by, desk.context.party):
            raise ProtocolError(
                f"a reply to version {reply.version} of {reply.item!r}, which was never said here",
                right="the paper first, then the reply to it",
                at_fault=f"party {by}",
            )
        _hold(desk, reply, index)
        return None
    expected = KINDS[before.paper.kind].expected(before.paper.content)
    record = papers.replied(before, reply, expected)
    KINDS[before.paper.kind].check_reply(desk.agreement, before, reply)
    _save(desk, record, before)
    follow.after(desk, record, before)
    return record


def admit_receipt(desk: Desk, ref: str, party: str, version: int, received_ms: int) -> None:
    """A machine receipt for one version of a paper of ours."""
    before = load(desk, ref)
    if before is None:
        return
    record = papers.received(before, party, version, received_ms)
    if record != before:
        _save(desk, record, before)


def refresh(desk: Desk, ref: str) -> None:
    """What stands about a paper at this instant, and what follows from the time."""
    record = need(desk, ref)
    _found(desk, record)
    follow.turned(desk, record)


def judge_anew(desk: Desk) -> None:
    """An amendment came into force: what its rules say of open papers."""
    for kind, row in KINDS.items():
        if row.by_rules:
            for _, ref in list(desk.tx.records.scan("paper-open", f"{kind}|")):
                refresh(desk, ref.decode())


def revive(desk: Desk, refs: Iterable[str]) -> None:
    """The clock ran back: what time alone could have changed about these, and about all papers of
    which something stands, is found again as of now."""
    stands = {
        bare(ref)
        for key, data in desk.tx.records.scan("finding")
        if key.partition("|")[0] in _KINDS
        for ref in finding_from(data).refs
    }
    for ref in sorted(stands.union(refs)):
        if is_paper(ref) and load(desk, ref) is not None:
            refresh(desk, ref)


def _own_name(desk: Desk, paper: Paper) -> None:
    by = paper.header.by
    if item.owner_of(desk.agreement, paper.item) != by:
        raise ProtocolError(
            f"paper {paper.item!r} does not carry the name of its author",
            right=f"an id that begins with {by}-",
            at_fault=f"party {by}",
        )


def _allowed(desk: Desk, paper: Paper) -> None:
    """An author's own marking binds him first."""
    by = paper.header.by
    for party in paper.header.to:
        if not allows(paper.marking, by, party):
            raise ProtocolError(
                f"{paper.ref} is addressed to {party}, whom its marking"
                f" {paper.marking.banner()!r} does not name",
                right=f"REL TO {party}, or no word to {party}",
                at_fault=f"party {by}",
            )


def _save(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """Keep the record; its findings, its turn in the calendar, one line of the journal."""
    desk.tx.records.put("paper", record.ref, paper_record_bytes(record))
    _mark_open(desk, record)
    _found(desk, record)
    if before is None or _public(before) != _public(record):
        desk.event(
            "paper",
            {
                "ref": record.ref,
                "by": record.author,
                "version": record.paper.version,
                "withdrawn": int(record.paper.withdrawn),
                "answers": {h.party: h.rung.value for h in record.heard},
            },
        )


def _public(record: PaperRecord) -> tuple[object, ...]:
    return (record.paper.version, tuple((h.party, h.rung, h.number) for h in record.heard))


def _found(desk: Desk, record: PaperRecord) -> None:
    kind = KINDS[record.paper.kind]
    found = [] if record.paper.withdrawn else kind.found(desk.agreement, record, desk.now_ms)
    standing.replace(desk, record.ref, LIAISON - follow.ACROSS, found)
    _schedule(desk, record)


def _schedule(desk: Desk, record: PaperRecord) -> None:
    """One entry in the calendar: the next instant at which it can change by itself."""
    ref, records = record.ref, desk.tx.records
    next_ms = KINDS[record.paper.kind].next_ms(desk.agreement, record, desk.now_ms)
    if record.paper.withdrawn and not KINDS[record.paper.kind].goes_on:
        next_ms = None
    old = records.get("calendar", ref)
    key = "" if next_ms is None else f"{next_ms:016d}|{ref}"
    if old is not None and old.decode() != key:
        records.delete("due", old.decode())
        records.delete("calendar", ref)
    if key:
        records.put("calendar", ref, key.encode())
        records.put("due", key, b"")
        desk.mark_time()


# Lists ---------------------------------------------------------------------------------------


def _file(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """Its lines in the lists; what it is about may change with its words."""
    paper, records = record.paper, desk.tx.records
    ref = record.ref.encode()
    if before is None:
        order = f"{FIRST - desk.number('papers'):012d}"
        records.put("paper-order", record.ref, order.encode())
        records.put("paper-list", f"{paper.kind}|{order}", ref)
        records.put("paper-by", f"{paper.kind}|{record.author}|{order}", ref)
        desk.number(f"papers:{paper.kind}")
    order = order_of(desk, record.ref)
    was = set(about(before.paper)) if before is not None else set()
    now = set(about(paper))
    for gone in sorted(was - now):
        records.delete("paper-about", f"{gone}|{paper.kind}|{order}")
    for new in sorted(now - was):
        records.put("paper-about", f"{new}|{paper.kind}|{order}", ref)


def _mark_open(desk: Desk, record: PaperRecord) -> None:
    key = f"{record.paper.kind}|{order_of(desk, record.ref)}"
    stands = desk.tx.records.get("paper-open", key) is not None
    is_open = not record.paper.withdrawn and KINDS[record.paper.kind].is_open(record)
    if is_open and not stands:
        desk.tx.records.put("paper-open", key, record.ref.encode())
    elif stands and not is_open:
        desk.tx.records.delete("paper-open", key)


# Replies that overtook what they answer --------------------------------------------------------


def _hold(desk: Desk, reply: Reply, index: int) -> None:
    """ProtocolError for more than 256 of one party: nobody overtakes so much."""
    by = reply.header.by
    held = sum(1 for key, _ in desk.tx.records.scan("paper-early") if key.split("|")[1] == by)
    if held >= HELD_OF_ONE_PARTY:
        raise ProtocolError(
            f"a reply to {reply.item}, which was never said here; {held} such are held",
            right="the paper first, then the reply to it",
            at_fault=f"party {by}",
        )
    desk.tx.records.put("paper-early", f"{reply.item}|{by}|{index:012d}", said_bytes(reply))


def _answered_early(desk: Desk, record: PaperRecord) -> PaperRecord:
    """Apply the replies that came before these words; one that cannot be is dropped, aloud."""
    held = list(desk.tx.records.scan("paper-early", f"{record.paper.item}|"))
    ready = []
    for key, data in held:
        reply = said_from(data)
        if isinstance(reply, Reply) and reply.version <= record.paper.version:
            ready.append((int(key.rpartition("|")[2]), key, reply))
    for index, key, reply in sorted(ready, key=lambda one: one[0]):
        desk.tx.records.delete("paper-early", key)
        desk.tx.records.put("entries", f"{record.ref}|{index:012d}", b"")
        try:
            record = admit_reply(desk, reply, index) or record
        except ProtocolError as error:
            desk.event(
                "answer-dropped",
                {"ref": record.ref, "by": reply.header.by, "index": index, "reason": str(error)},
            )
    return record
