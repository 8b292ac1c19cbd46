"""The agreed and the disputed list of an incident: as canonical JSON, and as a page.

The JSON is the same at every node that holds the same papers, and its SHA-256 says so in a line.
On the page the evidence of one or more files stands beside each topic; it is no part of the list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from parley.liaison.incidents.comparing import Compared
from parley.liaison.incidents.contents import Claim
from parley.liaison.incidents.listing import (
    Changed,
    Distance,
    Entry,
    Listed,
    Listing,
    Pair,
    Standing,
)
from parley.liaison.papers.when import When, format_when
from parley.wire.liaison.incident_evidence import Beside, HeldAbout, Row
from parley.wire.pages import Page, Section, Table, moment
from parley.wire.papers import to_plain
from parley.wire.phrases import duration, length

FORMAT = "parley/incident-list/v1"

_TITLES: Mapping[Standing, tuple[str, str]] = {
    Standing.AGREED: ("Agreed", "good"),
    Standing.COMPATIBLE: ("Compatible: both may be so, nobody has accepted the other's claim", ""),
    Standing.DISPUTED: ("Disputed", "open"),
    Standing.SIDE_BY_SIDE: ("Side by side: nothing in them can be held against each other", ""),
    Standing.SINGLE_SIDED: ("Said by one side", ""),
    Standing.WITHDRAWN: ("Taken back", ""),
}


# For programs ----------------------------------------------------------------------------------


def list_members(found: Listing) -> dict[str, Any]:
    """Strings, whole numbers, lists and objects."""
    return {
        "format": FORMAT,
        "incident": found.incident,
        "title": found.title,
        "marking": found.marking.banner(),
        "reports": list(found.reports),
        "concerned": list(found.concerned),
        "entries": [_entry_members(entry) for entry in found.entries],
    }


def list_bytes(found: Listing) -> bytes:
    """One byte string for one list, for two nodes to compare."""
    members = list_members(found)
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def list_digest(found: Listing) -> str:
    """SHA-256 of ``list_bytes``, hex."""
    return hashlib.sha256(list_bytes(found)).hexdigest()


def _entry_members(entry: Entry) -> dict[str, Any]:
    return {
        "topic": entry.topic,
        "aspect": entry.aspect.value,
        "standing": entry.standing.value,
        "claims": [_claim_members(one) for one in entry.claims],
        "contradictions": [
            {"a": p.a, "b": p.b, "own": p.own, **_compared(p.compared)}
            for p in entry.contradictions
        ],
        "distances": [
            {
                "a": d.a,
                "b": d.b,
                "apart_m": d.apart.apart_m,
                "least_m": d.apart.least_m,
                "within_s": d.apart.within_s,
                "needed_mps": d.apart.needed_mps,
            }
            for d in entry.distances
        ],
        "changes": [
            {
                "claimant": c.claimant,
                "from": c.from_ref,
                "to": c.to_ref,
                "at_ms": c.at_ms,
                "against": list(c.against),
            }
            for c in entry.changes
        ],
        "refs": list(entry.refs),
    }


def _compared(found: Compared) -> dict[str, Any]:
    return {
        "against": list(found.against),
        "measures": dict(found.measures),
        "inferred": found.inferred,
    }


def _claim_members(one: Listed) -> dict[str, Any]:
    return {
        "ref": one.ref,
        "version": one.version,
        "author": one.author,
        "said_ms": one.said_ms,
        "state": one.state,
        "quoted": one.quoted,
        "held_by": list(one.held_by),
        "refused_by": list(one.refused_by),
        "objections": list(one.objections),
        "claim": to_plain(one.claim),
    }


# For people ------------------------------------------------------------------------------------


def list_page(found: Listing, names: Mapping[str, str], files: Sequence[Beside] = ()) -> Page:
    """The list as a page, under the most closed marking of what it shows. names: of parties; who
    is none stands as he is called. files: what stands beside it, one column of evidence a file."""
    counts = ", ".join(
        f"{len(some)} {standing.value}"
        for standing in Standing
        if (some := found.standing(standing))
    )
    who = " and ".join(names.get(party, party) for party in found.concerned) or "nobody"
    sections = [
        Section(
            "What this is",
            (
                f"Incident {found.incident}, between {who}. Reports: {', '.join(found.reports)}.",
                "Made by rule from signed papers: numbers, answers, places and times are held"
                " against each other, prose is not read, and nothing here says who is right. Act,"
                " cause and blame are apart.",
                f"The same list has the same SHA-256 at every node: {list_digest(found)}.",
            ),
        )
    ]
    for standing, (title, tone) in _TITLES.items():
        entries = found.standing(standing)
        if entries:
            sections.append(Section(title, tone=tone, table=_table(entries, names, files)))
    sections += [_held(one, found) for one in files]
    return Page(
        f"Agreed and disputed: {found.title}",
        counts or "no claims yet",
        tuple(sections),
        found.marking.banner(),
    )


def _table(entries: Iterable[Entry], names: Mapping[str, str], files: Sequence[Beside]) -> Table:
    heads = [f"Evidence that {names.get(one.maker, one.maker)} holds" for one in files]
    return Table(
        ("Topic", "Who says what", "Held against each other", *heads),
        tuple(
            (
                f"{entry.topic}\n({entry.aspect.value})",
                "\n".join(claim_line(one, names) for one in entry.claims),
                "\n".join(lines_against(entry, names)) or "nothing",
                *("\n".join(lines_beside(one, entry, names)) or "nothing" for one in files),
            )
            for entry in entries
        ),
    )


def claim_line(one: Listed, names: Mapping[str, str]) -> str:
    """One claim: claimant, when it was said, the words, the structure, the source, who holds it."""
    claim = one.claim
    marks = []
    if one.quoted:
        marks.append(f"quoted by {names.get(one.author, one.author)}")
    if one.state != "stands":
        marks.append("changed by its claimant" if one.state == "changed" else "taken back")
    accepted = [names.get(p, p) for p in one.held_by if p != claim.claimant]
    if accepted:
        marks.append(f"accepted by {', '.join(accepted)}")
    marks += [f"refused by {names.get(p, p)}" for p in one.refused_by]
    marks += [f"objected to by {ref}" for ref in one.objections]
    noted = f" [{'; '.join(marks)}]" if marks else ""
    shape = _shape(claim)
    return (
        f"{names.get(claim.claimant, claim.claimant)}, {_short(claim.source.said)}:"
        f" {' '.join(claim.text.split())}{f' ({shape})' if shape else ''}{noted}"
        f" — {claim.source.citation}; {one.ref}@{one.version}"
    )


def _shape(claim: Claim) -> str:
    parts = []
    if claim.answer:
        parts.append(f"answer: {claim.answer}")
    if claim.unit:
        parts.append(_quantity(claim))
    if claim.place is not None:
        at, sure = claim.place.position, claim.place.uncertainty_m
        within = f" within {length(sure)}" if sure >= 0 else ", uncertainty not said"
        parts.append(f"at {at.lat_deg:.3f} {at.lon_deg:.3f}{within}")
    if claim.happened is not None:
        parts.append(f"for {_short(claim.happened)}")
    if claim.against:
        parts.append(f"against {', '.join(claim.against)}")
    return "; ".join(parts)


def _quantity(claim: Claim) -> str:
    if claim.most is None:
        return f"{claim.least} {claim.unit} or more"
    if claim.least is None:
        return f"{claim.most} {claim.unit} or less"
    return f"{claim.least} {'' if claim.least == claim.most else f'to {claim.most} '}{claim.unit}"


def _short(when: When) -> str:
    """A day as a day, an instant in Zulu, else both ends; what was inferred stays visible."""
    days = when.dates
    if days is not None:
        first, last = days
        text = first.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"
        return f"{text}{' (inferred: ' + ', '.join(when.inferred) + ')' if when.inferred else ''}"
    return format_when(when)


def lines_against(entry: Entry, names: Mapping[str, str]) -> Iterator[str]:
    """What cannot both be, how fast two places take, and who changed his word."""
    units = {one.ref: one.claim.unit for one in entry.claims}
    for pair in entry.contradictions:
        yield _pair_line(pair, units.get(pair.a, ""))
    for far in entry.distances:
        yield _distance_line(far)
    for change in entry.changes:
        yield _change_line(change, names)


def _pair_line(pair: Pair, unit: str) -> str:
    measures = dict(pair.compared.measures)
    parts = []
    for member in pair.compared.against:
        if member == "number":
            gap = measures["number_gap"]
            one = unit.removesuffix("s") if gap == 1 and len(unit) > 2 else unit
            parts.append(f"numbers ({gap} {one} between them)")
        elif member == "place":
            parts.append(
                f"places ({length(measures['apart_m'])} apart,"
                f" {length(measures['beyond_m'])} beyond both uncertainties)"
            )
        elif member == "time":
            parts.append(f"times ({duration(measures['time_gap_s'])} between them)")
        else:
            parts.append("answers")
    who = "one claimant" if pair.own else "two claimants"
    guess = "; a time in it was inferred" if pair.compared.inferred else ""
    return f"{pair.a} and {pair.b} ({who}): {', '.join(parts)} cannot both be{guess}."


def _distance_line(far: Distance) -> str:
    speed = (
        f"within {duration(far.apart.within_s)}: at least {far.apart.needed_mps} m/s between them"
    )
    return f"{far.a} and {far.b}: two places {length(far.apart.apart_m)} apart {speed}."


def _change_line(change: Changed, names: Mapping[str, str]) -> str:
    cannot = f"; not both can be, by {', '.join(change.against)}" if change.against else ""
    who = names.get(change.claimant, change.claimant)
    return f"{who} changed {change.from_ref} to {change.to_ref} ({moment(change.at_ms)}){cannot}."


def lines_beside(one: Beside, entry: Entry, names: Mapping[str, str]) -> Iterator[str]:
    """What one file holds about what the claims of a topic name."""
    for held in one.of(entry.refs):
        yield from _held_lines(held, names)
    for listed in entry.claims:
        for near in one.near(listed.ref, listed.claim):
            off = f" {duration(near.off_ms // 1000)} off" if near.off_ms else ""
            beyond = (
                f", {length(near.beyond_m)} beyond both uncertainties"
                if near.beyond_m
                else ", within the uncertainties"
            )
            yield (
                f"{near.track} was recorded {length(near.metres)} from the place of {listed.ref}"
                f" at {moment(near.seen_ms)}{off}{beyond}."
            )


def _held_lines(held: HeldAbout, names: Mapping[str, str]) -> Iterator[str]:
    if held.seen is not None:
        records = held.seen.records
        yield (
            f"{held.ref}: {_many(len(records), 'record')} from {moment(records[0].seen_ms)} to"
            f" {moment(records[-1].seen_ms)}, on the word of: {'; '.join(held.seen.sources)}."
        )
        return
    receipts = sum(len(row.receipts) for row in held.rows)
    bounded = sum(row.witnessed for row in held.rows)
    first = next((_said(row) for row in held.rows if row.at_ms >= 0), "")
    yield (
        f"{held.ref}: {_many(len(held.rows), 'signed statement')}{first};"
        f" {_many(receipts, 'receipt')}; {bounded} under heads that others cosigned."
    )
    yield from _lead_lines(held, names)


def _said(row: Row) -> str:
    ends = ((" not before", row.not_before_ms), (" not after", row.not_after_ms))
    bounds = ",".join(f"{word} {moment(ms)}" for word, ms in ends if ms >= 0)
    clocks = f" (by others' clocks{bounds})" if bounds else ""
    return f", the first at {moment(row.at_ms)}{clocks}"


def _lead_lines(held: HeldAbout, names: Mapping[str, str]) -> Iterator[str]:
    """Clocks that say the same stand in one line."""
    alike: dict[tuple[int, int, int, str], list[str]] = {}
    for lead in held.leads:
        clock = (
            f"the receipt of {names.get(lead.party, lead.party)}" if lead.party else "its author"
        )
        key = (lead.version, lead.lead_s, lead.required_s, lead.verdict)
        alike.setdefault(key, []).append(clock)
    for (version, lead_s, required_s, verdict), clocks in alike.items():
        yield (
            f"{held.ref}@{version}: told {duration(lead_s)} before its start by the clocks of"
            f" {', '.join(clocks)} ({verdict}; agreed: {duration(required_s)})."
        )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _held(one: Beside, found: Listing) -> Section:
    """Every entry that a file holds about what the list names, with its bounds."""
    rows = [(held.ref, *_cells(row)) for held in one.of(_all_refs(found)) for row in held.rows]
    pinned = "with pinned keys" if one.pinned else "with keys from the file alone"
    return Section(
        f"The evidence of {one.maker}",
        (f"Verified {pinned}. The bounds are those of other parties' clocks.",),
        table=Table(
            ("About", "Entry", "Said", "By its author's clock", "Bounds", "Receipts"), tuple(rows)
        ),
    )


def _all_refs(found: Listing) -> tuple[str, ...]:
    return (*found.refs, *(ref for entry in found.entries for ref in entry.refs))


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"{row.log} {row.index}",
        row.says,
        moment(row.at_ms) if row.at_ms >= 0 else "",
        "\n".join(
            f"{word} {moment(ms)}"
            for word, ms in (("not before", row.not_before_ms), ("not after", row.not_after_ms))
            if ms >= 0
        ),
        "\n".join(f"{by} {moment(at_ms)}" for by, at_ms in row.receipts),
    )
