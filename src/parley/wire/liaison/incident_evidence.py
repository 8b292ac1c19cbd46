"""What an evidence file holds about the items and tracks of an incident, to stand beside claims.

Made from a report that was verified: log entries with the bounds that other parties' cosigned
heads set, receipts, the lead time that follows from a notice and its receipts, positions that
were recorded. It says what is held, never what it means. The same for our file and another's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from parley.errors import ParleyError
from parley.ledger import (
    RECEIPT_TYPE,
    ROSTER_TYPE,
    EvidenceReport,
    ItemFinding,
    Kind,
    parse,
    parse_statement,
)
from parley.liaison.incidents.contents import Claim
from parley.rules import leadtime
from parley.rules.agreement import Agreement
from parley.rules.findings import bare
from parley.rules.statements import Notice, Observation
from parley.space import Area, distance_m
from parley.wire.marked import marked
from parley.wire.sentences import sentence
from parley.wire.spoken import Spoken, decode

NEAR_MS = 60_000
"""A record this near to the time that a claim names is held beside its place."""
_MACHINE = frozenset({RECEIPT_TYPE, ROSTER_TYPE})


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. at_ms: its author's clock, -1 for none; the two bounds are other parties', -1
    for none; receipts: (party, its clock)."""

    log: str
    index: int
    says: str
    at_ms: int
    not_before_ms: int
    not_after_ms: int
    witnessed: bool
    receipts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before its start a version of a notice was told: by its author's clock (party ""),
    or by the receipt of ``party``. verdict: see ``rules.leadtime``."""

    version: int
    party: str
    lead_s: int
    required_s: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a log recorded of one track: how often, from when to when, on whose word."""

    records: tuple[Observation, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.source for one in self.records))


@dataclass(frozen=True, slots=True)
class Near:
    """A record near the time of a claim's place, and how far from the place it is. off_ms: from
    the time that was claimed, 0 within it; beyond_m: behind both uncertainties, 0 within them."""

    ref: str
    track: str
    seen_ms: int
    off_ms: int
    metres: int
    beyond_m: int


@dataclass(frozen=True, slots=True)
class HeldAbout:
    """Everything that one file holds about one ref."""

    ref: str
    rows: tuple[Row, ...] = ()
    leads: tuple[Lead, ...] = ()
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """maker: whose file it is; pinned: verified with keys that were known beforehand; about: by
    ref, in the order asked for; what a file holds nothing about is not there."""

    maker: str
    pinned: bool
    about: tuple[HeldAbout, ...]

    def of(self, refs: Iterable[str]) -> tuple[HeldAbout, ...]:
        wanted = {bare(ref) for ref in refs}
        return tuple(one for one in self.about if one.ref in wanted)

    def near(self, ref: str, claim: Claim) -> tuple[Near, ...]:
        """For a claim of a place and a time: of each track it names the nearest record in time."""
        if claim.place is None or claim.happened is None:
            return ()
        tracks = [one for one in self.of(claim.refs) if one.seen is not None]
        return tuple(n for one in tracks for n in _near(ref, claim, one))


def beside(report: EvidenceReport, agreement: Agreement, refs: Sequence[str]) -> Beside:
    """What a verified file holds about these refs. Never raises: what cannot be read is left."""
    spoken = [(item, said) for item in report.items if (said := _said(item)) is not None]
    about = (_about(ref, spoken, agreement) for ref in dict.fromkeys(bare(r) for r in refs))
    held = tuple(one for one in about if one.rows or one.seen is not None)
    return Beside(report.scope.maker, report.pinned, held)


def beside_members(found: Beside) -> dict[str, Any]:
    """The same for programs."""
    return {
        "maker": found.maker,
        "pinned": found.pinned,
        "about": [
            {
                "ref": one.ref,
                "entries": [
                    {
                        "log": row.log,
                        "index": row.index,
                        "says": row.says,
                        "at_ms": row.at_ms,
                        "not_before_ms": row.not_before_ms,
                        "not_after_ms": row.not_after_ms,
                        "witnessed": row.witnessed,
                        "receipts": [{"by": by, "at_ms": at_ms} for by, at_ms in row.receipts],
                    }
                    for row in one.rows
                ],
                "leads": [
                    {
                        "version": lead.version,
                        "by_receipt_of": lead.party,
                        "lead_s": lead.lead_s,
                        "required_s": lead.required_s,
                        "verdict": lead.verdict,
                    }
                    for lead in one.leads
                ],
                "track": _track_members(one.seen),
            }
            for one in found.about
        ],
    }


def _track_members(seen: Seen | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {
        "records": len(seen.records),
        "from_ms": seen.records[0].seen_ms,
        "until_ms": seen.records[-1].seen_ms,
        "sources": list(seen.sources),
    }


def _said(item: ItemFinding) -> Spoken | None:
    if item.entry.kind not in (Kind.SENT, Kind.RECEIVED, Kind.OBSERVED) or item.type in _MACHINE:
        return None
    try:
        type_line, body = parse_statement(parse(item.entry.note).text)
        return decode(type_line, body, sender="the file")
    except (ParleyError, KeyError):
        return None


def _about(
    ref: str, spoken: Sequence[tuple[ItemFinding, Spoken]], agreement: Agreement
) -> HeldAbout:
    kind, _, name = ref.partition(":")
    if kind == "track":
        records = [said for _, said in spoken if isinstance(said, Observation)]
        mine = sorted((o for o in records if o.track == name), key=lambda o: o.seen_ms)
        return HeldAbout(ref, seen=Seen(tuple(mine)) if mine else None)
    found = [(item, said) for item, said in spoken if getattr(said, "item", "") == name]
    rows = tuple(_row(item) for item, _ in found)
    return HeldAbout(ref, rows, tuple(_leads(found, agreement)))


def _row(item: ItemFinding) -> Row:
    type_line, body = parse_statement(parse(item.entry.note).text)
    return Row(
        item.log,
        item.index,
        f"{marked(body)}{sentence(type_line, body)}",
        -1 if item.at_ms is None else item.at_ms,
        -1 if item.not_before_ms is None else item.not_before_ms,
        -1 if item.not_after_ms is None else item.not_after_ms,
        item.witnessed,
        tuple(sorted({(r.by.name, r.receipt.at_ms) for r in item.receipts})),
    )


def _leads(found: Sequence[tuple[ItemFinding, Spoken]], agreement: Agreement) -> Iterator[Lead]:
    for item, said in found:
        if not isinstance(said, Notice):
            continue
        try:
            yield _lead(said, "", leadtime.declared(agreement, said).measured)
            for party, at_ms in sorted({(r.by.name, r.receipt.at_ms) for r in item.receipts}):
                yield _lead(said, party, leadtime.received(agreement, said, party, at_ms).measured)
        except ParleyError:
            continue


def _lead(notice: Notice, party: str, measured: dict[str, int]) -> Lead:
    lead_s, required_s = measured["lead_s"], measured["required_s"]
    return Lead(
        notice.version, party, lead_s, required_s, leadtime.verdict(1000 * lead_s, required_s)
    )


def _near(ref: str, claim: Claim, one: HeldAbout) -> Iterator[Near]:
    when, place = claim.happened, claim.place
    assert when is not None
    assert place is not None
    assert one.seen is not None
    offs = [
        (max(0, when.from_ms - o.seen_ms, o.seen_ms - when.until_ms), n, o)
        for n, o in enumerate(one.seen.records)
    ]
    off_ms, _, record = min(offs, key=lambda row: row[:2])
    if off_ms > NEAR_MS:
        return
    metres = round(distance_m(Area.point(record.position), Area.point(place.position)))
    slack_m = record.uncertainty_m + max(0, place.uncertainty_m)
    yield Near(ref, one.ref, record.seen_ms, off_ms, metres, max(0, metres - slack_m))
