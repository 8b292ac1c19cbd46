"""Everything measured of one period: the one way in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from parley.liaison.health import lines, notices, standing
from parley.liaison.health.book import Book, book_of
from parley.liaison.health.facts import Facts
from parley.liaison.health.figures import Figure, Health, NoticeRow, Period, share
from parley.rules.agreement import Agreement


def measure(
    agreement: Agreement, facts: Facts, period: Period, *, asked_ms: int, audience: str = ""
) -> Health:
    """The health of the mechanism in a closed period, from what one node holds at ``asked_ms``.

    What a notice is counted under is its author's signed instant, so that both sides count it in
    the same period; what became of it is counted whenever that came. audience: "" for ourselves;
    then every direction, else those between us and it."""
    book = book_of(agreement, facts, period, asked_ms)
    rows = notices.rows(book)
    down = lines.outages(book, facts)
    still = standing.open_items(book, facts)
    figures: list[Figure] = []
    by_pair: dict[tuple[str, str], list[NoticeRow]] = {}
    for row in rows:
        by_pair.setdefault((row.by, row.to), []).append(row)
    pairs = list(_pairs(agreement, facts.party, audience))
    for by, to in pairs:
        some = by_pair.get((by, to), [])
        of_pair = notices.counted(book, by, to)
        if to not in book.observers:
            of_pair += notices.lead(some, by, to)
        of_pair += notices.answered(book, some, by, to)
        of_pair += lines.urgent(book, by, to)
        of_pair += lines.hotline(book, by, to)
        figures += of_pair if facts.party in (by, to) else _told_to_us_too(of_pair, facts.party)
    for party in dict.fromkeys(by for by, _ in pairs):
        figures += lines.calls(book, party)
    figures += lines.counted_outages(book, facts, down, audience)
    figures += standing.counted_open(book, facts, still)
    figures += standing.counted_findings(book, facts)
    figures += standing.truth(book, facts)
    figures += standing.releases(book)
    figures += _reciprocity(book, figures, pairs)
    order = {name: n for n, name in enumerate(SECTIONS)}
    shown = [f for f in figures if f.section not in facts.hidden]
    return Health(
        party=facts.party,
        audience=audience or facts.party,
        agreement=agreement.id,
        parties=tuple((p.id, p.name) for p in agreement.parties),
        period=period,
        asked_ms=asked_ms,
        figures=tuple(sorted(shown, key=lambda f: order[f.section])),
        rows=tuple(rows),
        outages=tuple(down) if "outages" not in facts.hidden else (),
        turns=tuple(standing.turns(book)),
        open=tuple(still) if "open" not in facts.hidden else (),
        rules=tuple((c.id, c.lead_s) for c in agreement.classes),
    )


SECTIONS = (
    "notices", "lead", "answers", "reciprocity", "urgent", "hotline", "outages", "open",
    "releases", "findings", "truth",
)  # fmt: skip
"""In the order in which they are shown."""


def _pairs(agreement: Agreement, ours: str, audience: str) -> Iterable[tuple[str, str]]:
    """Directions: everybody who may say something to everybody else."""
    for by in agreement.signatories:
        for party in agreement.parties:
            if party.id == by:
                continue
            if audience in ("", ours) or {by, party.id} == {ours, audience}:
                yield by, party.id


def _told_to_us_too(figures: Sequence[Figure], ours: str) -> list[Figure]:
    """What two others said to each other we know as far as it was told to us as well: a count of
    another thing, under another name, that nobody can hold against theirs."""
    return [replace(f, of=f"{f.of}|{ours}", both=False) for f in figures]


def _reciprocity(
    book: Book, figures: Sequence[Figure], pairs: Sequence[tuple[str, str]]
) -> list[Figure]:
    """Both directions beside each other: the first less the second, and how many of the first
    there were to 1,000 of the second."""
    known = {f.key: f for f in figures}
    found = []
    for a, b in combinations(book.agreement.signatories, 2):
        if (a, b) not in pairs or book.party not in (a, b):
            continue
        for name, section, field in (
            ("notices", "notices", "new"),
            ("accepted", "answers", "accepted"),
            ("in-time", "answers", "in-time"),
        ):
            forth, back = known[section, f"{a}>{b}", field], known[section, f"{b}>{a}", field]
            of = f"{a}<>{b}"
            if forth.value is None or back.value is None:
                why = forth.why or back.why
                found.append(Figure("reciprocity", of, f"{name}-difference", None, why=why))
                continue
            difference = forth.value - back.value
            found.append(Figure("reciprocity", of, f"{name}-difference", difference))
            why = f"none the other way ({b} to {a})"
            found.append(share("reciprocity", of, f"{name}-ratio", forth.value, back.value, why))
    return found
