"""STOP and DISTRESS, the hotline and its checks, and when a line or a link was not up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parley.liaison.health.book import NO_RECEIPT, Book
from parley.liaison.health.facts import Facts, LinkSeen, PaperSaid
from parley.liaison.health.figures import Figure, Outage, spread
from parley.liaison.health.notices import TIMES

NOT_HELD = "no link event held"
PRECEDENCES = ("flash", "immediate", "priority", "routine")


def urgent(book: Book, by: str, to: str) -> list[Figure]:
    """STOP and DISTRESS: how many; from when the sender knew to when it was said, and from when
    it was said to the receipt (two clocks)."""
    of = f"{by}>{to}"
    found = []
    for kind in ("stop", "distress", "report", "nonconformance"):
        said = [
            versions[min(versions)]
            for versions in book.words.values()
            if (first := versions[min(versions)]).kind == kind
            and first.by == by
            and to in first.to
            and not first.exercise
            and book.period.holds(first.at_ms)
        ]
        found.append(Figure("urgent", of, kind, len(said)))
        if kind not in ("stop", "distress"):
            continue
        got = [
            (told, book.receipts[told.item, told.version, to])
            for told in said
            if (told.item, told.version, to) in book.receipts
        ]
        why = NO_RECEIPT if said else f"no {kind} in this period"
        passed = [at_ms - told.at_ms for told, at_ms in got]
        found.append(Figure("urgent", of, f"{kind}-no-receipt", len(said) - len(got)))
        found += spread("urgent", of, f"{kind}-received", passed, _WORST, why)
        if kind == "distress":
            known = [told.at_ms - told.since_ms for told in said if told.since_ms >= 0]
            found += spread("urgent", of, "distress-passed-on", known, _WORST, why)
    return found


_WORST = (("median", 500), ("longest", 1000))


def hotline(book: Book, by: str, to: str) -> list[Figure]:
    """Messages by precedence, read when; comms checks sent, heard in time, missed."""
    of = f"{by}>{to}"
    found = []
    messages = list(_said(book, "message", by, to))
    for name in PRECEDENCES:
        some = [p for p in messages if p.word("precedence") == name]
        found.append(Figure("hotline", of, name, len(some)))
        if to in book.observers:
            continue
        reached = [book.reached(p.item, p.version, to) for p in some]
        read = [r for r in reached if r.read_ms >= 0]
        times = [r.read_ms - r.received_ms for r in read if r.received_ms >= 0]
        why = NO_RECEIPT if read else ("none was read" if some else f"no {name} message")
        found += spread("hotline", of, f"{name}-read", times, TIMES, why)
        never = sum(
            r.read_ms < 0 and not _overtaken(book, p) for p, r in zip(some, reached, strict=True)
        )
        found.append(Figure("hotline", of, f"{name}-read-never", never))
    return found + _checks(book, by, to)


def _checks(book: Book, by: str, to: str) -> list[Figure]:
    of = f"{by}>{to}"
    sent = list(_said(book, "check", by, to))
    found = [Figure("hotline", of, "checks-sent", len(sent))]
    if to in book.observers:
        return found
    heard = missed = 0
    delays = []
    for check in sent:
        reached = book.reached(check.item, check.version, to)
        at = [t for t in (reached.read_ms, reached.first_answer_ms) if t >= 0]
        due_ms = check.at_ms + 1000 * max(0, check.number("due_s"))
        if at and min(at) <= due_ms:
            heard += 1
            delays.append(min(at) - check.at_ms)
        elif at or book.asked_ms > due_ms:
            missed += 1
    why = "none was heard" if sent else "no check was sent"
    return [
        *found,
        Figure("hotline", of, "checks-heard", heard),
        Figure("hotline", of, "checks-missed", missed),
        *spread("hotline", of, "checks-heard", delays, TIMES, why),
    ]


def calls(book: Book, by: str) -> list[Figure]:
    """Voice calls as ``by`` logged them."""
    logged = [p for p in _said(book, "call", by, "") if p.version == 1]
    taken = sum(p.word("answered") == "1" for p in logged)
    return [
        Figure("hotline", by, "calls-logged", len(logged)),
        Figure("hotline", by, "calls-not-taken", len(logged) - taken),
    ]


def _said(book: Book, kind: str, by: str, to: str) -> Iterable[PaperSaid]:
    for versions in book.papers.values():
        for paper in versions.values():
            if paper.kind != kind or paper.by != by or (to and to not in paper.to):
                continue
            if book.period.holds(paper.at_ms) and not (paper.exercise or paper.withdrawn):
                yield paper


def _overtaken(book: Book, paper: PaperSaid) -> bool:
    return any(version > paper.version for version in book.papers[paper.item])


def outages(book: Book, facts: Facts) -> list[Outage]:
    """By our own links, and by what parties reported of lines; ends cut to the period."""
    found = []
    for peer in sorted({seen.peer for seen in facts.links}):
        found += _of_link(book, peer, [seen for seen in facts.links if seen.peer == peer])
    found += _reported(book)
    return sorted(found, key=lambda o: (o.from_ms, o.source, o.by, o.name))


def _of_link(book: Book, peer: str, seen: Sequence[LinkSeen]) -> list[Outage]:
    turns = [(one.at_ms, "up" if one.up else "down") for one in seen]
    return [
        Outage("link", book.party, peer, state, start, end, is_open)
        for state, start, end, is_open in _intervals(book, turns)
        if state != "up"
    ]


def _reported(book: Book) -> list[Outage]:
    said: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for versions in book.papers.values():
        for paper in sorted(versions.values(), key=lambda p: p.version):
            if paper.kind == "line-report" and not (paper.exercise or paper.withdrawn):
                turn = (paper.number("since_ms"), paper.word("state"))
                said.setdefault((paper.by, paper.word("line")), []).append(turn)
    return [
        Outage("report", by, line, state, start, end, is_open)
        for (by, line), turns in sorted(said.items())
        for state, start, end, is_open in _intervals(book, turns)
        if state != "up"
    ]


def _intervals(book: Book, turns: Iterable[tuple[int, str]]) -> list[tuple[str, int, int, bool]]:
    """(state, from, until, lasts on) within the period, of instants at which a state began."""
    ordered = sorted(turns, key=lambda turn: turn[0])
    merged: list[tuple[int, str]] = []
    for at_ms, state in ordered:
        if not merged or merged[-1][1] != state:
            merged.append((at_ms, state))
    found = []
    last_ms = book.end_ms
    for n, (at_ms, state) in enumerate(merged):
        more = n + 1 < len(merged) and merged[n + 1][0] <= last_ms
        end = merged[n + 1][0] if more else last_ms
        start = max(at_ms, book.period.from_ms)
        if start <= end and at_ms <= last_ms and end >= book.period.from_ms:
            found.append((state, start, end, not more))
    return found


def counted_outages(
    book: Book, facts: Facts, found: Sequence[Outage], audience: str
) -> list[Figure]:
    """How many, how long together, the longest: links as we saw them, lines as each said. For
    another party: the link to it alone."""
    figures = []
    for peer in (p.id for p in book.agreement.parties if p.id != book.party):
        if audience not in ("", book.party, peer):
            continue
        of = f"{book.party}~{peer}"
        if not any(seen.peer == peer for seen in facts.links):
            figures.append(Figure("outages", of, "link", None, why=NOT_HELD, both=False))
            continue
        some = [o for o in found if o.source == "link" and o.name == peer]
        figures += _lengths(of, "link", some, both=False)
    said = sorted({(o.by, o.name, o.state) for o in found if o.source == "report"})
    for by, line, state in said:
        some = [
            o for o in found if (o.source, o.by, o.name, o.state) == ("report", by, line, state)
        ]
        figures += _lengths(by, f"{line}-{state}", some, both=True)
    return figures


def _lengths(of: str, name: str, some: Sequence[Outage], *, both: bool) -> list[Figure]:
    lengths = [o.until_ms - o.from_ms for o in some]
    return [
        Figure("outages", of, name, len(some), both=both),
        Figure("outages", of, f"{name}-total", sum(lengths), "ms", both=both),
        Figure("outages", of, f"{name}-longest", max(lengths, default=0), "ms", both=both),
    ]
