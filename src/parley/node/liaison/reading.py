"""What anybody on our side may ask about papers. A page costs what it shows, not what there is."""

from __future__ import annotations

from collections.abc import Iterator

from parley.errors import InputError
from parley.ledger import Entry
from parley.liaison.kinds import KINDS
from parley.liaison.papers.record import PaperRecord
from parley.node.codec import words_of
from parley.node.desk import Desk
from parley.node.liaison.papercodec import paper_from
from parley.node.liaison.shelf import need
from parley.node.liaison.views import Page, Past
from parley.rules.findings import bare

MOST = 500


def page(
    desk: Desk,
    kind: str,
    *,
    after: str = "",
    limit: int = 50,
    only_open: bool = False,
    by: str = "",
    about: str = "",
) -> Page:
    """Papers of one kind: all, the open ones, one author's, or those about ``about`` (a ref).

    after: the ``after`` of the page before. InputError: no such kind, more than one choice, a
    limit beyond 1 to 500."""
    if kind not in KINDS:
        raise InputError(
            f"{kind[:80]!r} is no kind of paper", right=f"one of: {', '.join(KINDS)}", where="kind"
        )
    if sum((only_open, bool(by), bool(about))) > 1 or not 1 <= limit <= MOST:
        raise InputError(
            "a list by more than one choice, or of too many lines",
            right=f"open, by or about; 1 to {MOST} lines",
        )
    table, prefix = _list(kind, only_open, by, about)
    last = f"{prefix}{after}" if after else ""
    rows = list(desk.tx.records.scan(table, prefix, after=last, limit=limit + 1))
    more = len(rows) > limit
    rows = rows[:limit]
    records = tuple(need(desk, ref.decode()) for _, ref in rows)
    whole = table == "paper-list"
    total = int(desk.tx.records.get("meta", f"papers:{kind}") or b"0") if whole else -1
    return Page(records, rows[-1][0][len(prefix) :] if more else "", total)


def _list(kind: str, only_open: bool, by: str, about: str) -> tuple[str, str]:
    if about:
        return "paper-about", f"{bare(about)}|{kind}|"
    if by:
        return "paper-by", f"{kind}|{by}|"
    return ("paper-open" if only_open else "paper-list"), f"{kind}|"


def every(desk: Desk, kind: str) -> Iterator[PaperRecord]:
    """All papers of a kind, oldest first, withdrawn ones too."""
    refs = [ref.decode() for _, ref in desk.tx.records.scan("paper-list", f"{kind}|")]
    return (need(desk, ref) for ref in reversed(refs))


def about(desk: Desk, ref: str, kind: str = "") -> Iterator[PaperRecord]:
    """Papers about a ref, of one kind or of all, newest first within a kind."""
    prefix = f"{bare(ref)}|{kind}|" if kind else f"{bare(ref)}|"
    for _, row in list(desk.tx.records.scan("paper-about", prefix)):
        yield need(desk, row.decode())


def history(desk: Desk, ref: str) -> tuple[Past, ...]:
    """Every version of a paper, oldest first. InputError if there is none."""
    need(desk, ref)
    found = []
    for _, data in desk.tx.records.scan("paper-past", f"{ref}|"):
        index = int(data)
        note = Entry.from_leaf(next(iter(desk.tx.log.leaves(index, index + 1)))).note
        found.append(Past(paper_from(words_of(note)), index))
    return tuple(found)
