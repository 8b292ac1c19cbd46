"""What was still to be done when the period ended, what was found in it, and which states held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from parley.liaison.health.book import Book
from parley.liaison.health.facts import Facts, PaperSaid, Told
from parley.liaison.health.figures import Figure, OpenItem, Turn
from parley.rules.findings import Kind
from parley.rules.hazard import tail_s

NO_JOURNAL = "no journal held of this period"
NOT_FOR_THEM = "not for this recipient"
_ITEMS = ("notice", "stop", "distress", "report", "nonconformance")
OPEN_KINDS = (*_ITEMS, "commitment", "objection", "consent-request")


def open_items(book: Book, facts: Facts) -> list[OpenItem]:
    """Items and papers open at the end of the period (now, while it lasts), the oldest first;
    exercises left out. overdue: of an item, somebody who was asked had not answered."""
    found = [one for versions in book.words.values() if (one := _open_item(book, versions))]
    for versions in book.papers.values():
        said = [p for p in versions.values() if p.at_ms <= book.end_ms]
        if not said:
            continue
        last = max(said, key=lambda p: p.version)
        judge = _PAPERS.get(last.kind)
        if judge is None or last.withdrawn or last.exercise:
            continue
        overdue = judge(book, last)
        if overdue is not None:
            since_ms = min(p.at_ms for p in said)
            found.append(
                OpenItem(f"{last.kind}:{last.item}", last.by, last.kind, since_ms, overdue)
            )
    found += [
        OpenItem(seen.refs[0], seen.refs[-1], "unit-assumed-blind", seen.at_ms, False)
        for seen in facts.standing or ()
        if seen.kind == Kind.UNIT_BLIND
    ]
    return sorted(found, key=lambda o: (o.since_ms, o.what, o.ref))


def _open_item(book: Book, versions: dict[int, Told]) -> OpenItem | None:
    end_ms = book.end_ms
    said = [told for told in versions.values() if told.at_ms <= end_ms]
    if not said:
        return None
    last = max(said, key=lambda t: t.version)
    closed_ms = book.closed_ms(last.item)
    if last.exercise or 0 <= closed_ms <= end_ms or _until_ms(book, last) < end_ms:
        return None
    since_ms = min(t.at_ms for t in said)
    owed = [
        to
        for to in book.asked(last.to)
        if not 0 <= book.reached(last.item, last.version, to).first_answer_ms <= end_ms
    ]
    return OpenItem(f"{last.kind}:{last.item}", last.by, last.kind, since_ms, bool(owed))


def _until_ms(book: Book, told: Told) -> int:
    """The last instant at which open words concern anybody: as ``rules.assess.until_ms``."""
    cap_ms = 1000 * book.agreement.all_clear_cap_s
    if told.kind == "notice":
        rules = book.classes.get(told.activity_class)
        tail_ms = 1000 * tail_s(book.agreement, rules) if rules is not None else 0
        end_ms = told.end_ms + tail_ms
        return max(end_ms, told.at_ms + cap_ms) if told.at_ms > told.end_ms else end_ms
    if told.kind == "report":
        return max(told.at_ms, told.since_ms) + cap_ms
    return max(told.at_ms + cap_ms, book.agreement.valid.end_ms)


def _commitment(book: Book, paper: PaperSaid) -> bool | None:
    if paper.word("state") != "open":
        return None
    due_ms = paper.number("due_ms")
    return 0 <= due_ms < book.end_ms


def _objection(book: Book, paper: PaperSaid) -> bool | None:
    if paper.word("state") != "open":
        return None
    return paper.number("reply_by_ms") < book.end_ms


def _consent(book: Book, paper: PaperSaid) -> bool | None:
    end_ms = book.end_ms
    for party in book.asked(paper.to):
        if 0 <= book.reached(paper.item, paper.version, party).first_answer_ms <= end_ms:
            return None
    until_ms = paper.number("until_ms")
    return 0 <= until_ms < end_ms


_PAPERS: dict[str, Callable[[Book, PaperSaid], bool | None]] = {
    "commitment": _commitment,
    "objection": _objection,
    "consent-request": _consent,
}
"""Whether it is overdue; None where nothing is open."""


def counted_open(book: Book, facts: Facts, found: list[OpenItem]) -> list[Figure]:
    """Open and overdue by kind; for an item overdue means that an answer was still owed."""
    why = ""
    if facts.standing is None:
        why = NOT_FOR_THEM if "findings" in facts.hidden else NO_JOURNAL
    blind = sum(one.what == "unit-assumed-blind" for one in found)
    figures = [
        Figure(
            "open", book.party, "unit-assumed-blind", None if why else blind, why=why, both=False
        )
    ]
    for party in book.agreement.signatories:
        for name in OPEN_KINDS:
            some = [one.overdue for one in found if (one.what, one.by) == (name, party)]
            word = "answer-owed" if name in _ITEMS else "overdue"
            figures.append(Figure("open", party, name, len(some)))
            figures.append(Figure("open", party, f"{name}-{word}", sum(some)))
    return figures


def counted_findings(book: Book, facts: Facts) -> list[Figure]:
    """By kind: opened and closed in the period, standing at its end, by our own journal."""
    of = book.party
    opened, closed, standing = Counter[str](), Counter[str](), Counter[str]()
    for seen in facts.findings:
        (opened if seen.opened else closed)[seen.kind] += 1
    for seen in facts.standing or ():
        standing[seen.kind] += 1
    figures = []
    for kind in sorted({*opened, *closed, *standing}):
        figures.append(Figure("findings", of, f"{kind}-opened", opened[kind], both=False))
        figures.append(Figure("findings", of, f"{kind}-closed", closed[kind], both=False))
        known = facts.standing is not None
        value = standing[kind] if known else None
        why = "" if known else NO_JOURNAL
        figures.append(Figure("findings", of, f"{kind}-standing", value, why=why, both=False))
    return figures


def releases(book: Book) -> list[Figure]:
    """The register of releases: how many each party entered in the period, on what grounds."""
    found: dict[str, Counter[str]] = {party: Counter() for party in book.agreement.signatories}
    for versions in book.papers.values():
        for paper in versions.values():
            said = paper.kind == "release" and paper.version == 1 and not paper.withdrawn
            if said and book.period.holds(paper.at_ms) and not paper.exercise:
                found.setdefault(paper.by, Counter())[paper.word("grounds")] += 1
    figures = []
    for party, grounds in found.items():
        figures.append(Figure("releases", party, "entered", sum(grounds.values())))
        figures += [
            Figure("releases", party, f"entered:{g}", n) for g, n in sorted(grounds.items())
        ]
    return figures


def truth(book: Book, facts: Facts) -> list[Figure]:
    """Of each sender: how often a track of his was not where he declared to be, by our tracks."""
    found = Counter[str]()
    for seen in facts.findings:
        if seen.kind == Kind.PLACE_MISMATCH and seen.opened:
            found.update(seen.parties)
    return [
        Figure("truth", f"{p.id}|{book.party}", "declared-place-mismatch", found[p.id], both=False)
        for p in book.agreement.parties
        if not p.observer
    ]


def turns(book: Book) -> list[Turn]:
    """States that parties declared from within the period, and the last before it of each."""
    said: dict[tuple[str, str], list[Turn]] = {}
    for versions in book.papers.values():
        for paper in versions.values():
            if paper.exercise or paper.withdrawn or paper.kind not in _STATES:
                continue
            name, at = _STATES[paper.kind]
            what = f"line {paper.word('line')}" if paper.kind == "line-report" else "agreement"
            state = paper.word(name)
            if paper.kind == "participation" and state == "suspended":
                state += ", the line goes on" if paper.word("keeps_line") == "1" else ", no line"
            turn = Turn(paper.number(at), paper.by, what, state, f"{paper.kind}:{paper.item}")
            said.setdefault((what, paper.by), []).append(turn)
    found: list[Turn] = []
    for some in said.values():
        ordered = sorted(some, key=lambda turn: turn.at_ms)
        before = [turn for turn in ordered if turn.at_ms < book.period.from_ms][-1:]
        found += before + [turn for turn in ordered if book.period.holds(turn.at_ms)]
    return sorted(found, key=lambda turn: (turn.at_ms, turn.by, turn.what))


_STATES = {"participation": ("stance", "from_ms"), "line-report": ("state", "since_ms")}
