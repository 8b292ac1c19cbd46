"""Sections of a pack that other rooms of liaison give: incidents and obligations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parley.liaison.duties.adherence import Adherence, DutyReport, PartyDuty
from parley.liaison.duties.checks import Outcome
from parley.liaison.incidents.listing import Entry, Listing, Standing
from parley.liaison.papers.when import format_when
from parley.wire.packs.pack import Block, Para, Section, Table

_AGREED = (Standing.AGREED,)
_DISPUTED = (Standing.DISPUTED,)
_REST = (Standing.COMPATIBLE, Standing.SIDE_BY_SIDE, Standing.SINGLE_SIDED)


def incidents(listings: Sequence[Listing], left_out: int = 0) -> Section:
    """What is agreed and what is disputed of each incident; a claim stays its claimant's."""
    blocks: list[Block] = []
    for n, one in enumerate(listings, 1):
        blocks.append(Para(f"{one.incident}: {one.title}. Concerns {', '.join(one.concerned)}."))
        for word, standings in (("agreed", _AGREED), ("disputed", _DISPUTED), ("other", _REST)):
            entries = [e for e in one.entries if e.standing in standings]
            blocks.append(_entries(f"incident-{n}-{word}", word, entries))
    if not listings:
        blocks.append(Para("No incident is on record for this period."))
    if left_out:
        blocks.append(Para(f"{left_out} not for this recipient are left out."))
    return Section("Incidents: agreed and disputed", tuple(blocks))


def _entries(name: str, word: str, entries: Iterable[Entry]) -> Table:
    rows = tuple(
        (
            f"{entry.topic} ({entry.aspect.value})",
            entry.standing.value,
            claim.claim.claimant,
            claim.claim.text,
            format_when(claim.claim.source.said),
            f"{claim.claim.source.medium}: {claim.claim.source.citation}",
            f"{claim.ref}@{claim.version} ({claim.state})",
        )
        for entry in entries
        for claim in entry.claims
    )
    head = ("Topic", "Stands", "Claimant", "Claim", "Said", "Source", "Paper")
    return Table(name, head, rows, nothing=f"Nothing {word}.")


def obligations(
    report: Adherence, *, only: frozenset[str] | None = None, duties: frozenset[str] | None = None
) -> Section:
    """Adherence per obligation and party. only: refs of notices that may be shown, None for all;
    duties: of obligations. Where only some may, nothing is said of what our tracks saw."""
    rows = [
        _party(duty, party, only)
        for duty in report.duties
        if duties is None or duty.record.ref in duties
        for party in duty.parties
    ]
    head = ("Obligation", "Text", "Party", "Stands", "Passed", "Failed", "Not checkable",
            "Told after its start", "Failed: notices")  # fmt: skip
    table = Table(
        "obligations",
        head,
        tuple(rows),
        frozenset({4, 5, 6, 7}),
        nothing="No obligation is on the register.",
    )
    blocks: list[Block] = [table]
    if only is None:
        blocks.append(_begun(report))
    return Section("Obligations", tuple(blocks))


def _party(duty: DutyReport, party: PartyDuty, only: frozenset[str] | None) -> tuple[str, ...]:
    shown = [a for a in party.activities if only is None or a.ref in only]
    count = {o: sum(a.outcome is o for a in shown) for o in Outcome}
    late = [ref for ref in party.after_the_fact if only is None or ref in only]
    failed = [f"{a.ref}@{a.version}" for a in shown if a.outcome is Outcome.FAILED]
    more = f" and {len(failed) - 12} more" if len(failed) > 12 else ""
    text = duty.obligation
    return (
        f"{duty.record.ref}: {text.citation}",
        f"{text.title}{' (paraphrase)' if text.paraphrase else ''}",
        party.party,
        party.stands,
        str(count[Outcome.PASSED]),
        str(count[Outcome.FAILED]),
        str(count[Outcome.NOT_CHECKABLE]),
        str(len(late)),
        ", ".join(failed[:12]) + more,
    )


def _begun(report: Adherence) -> Table:
    """Two ways of knowing that are never added up."""
    rows = tuple(
        (
            one.party,
            str(one.notices),
            str(one.cancelled),
            str(len(one.after_the_fact)),
            str(len(one.seen_before)),
            str(len(one.possibly_before)),
        )
        for one in report.parties
    )
    head = ("Party", "Notices", "Cancelled", "Told after the start", "Seen before it was told",
            "Possibly before")  # fmt: skip
    return Table("begun", head, rows, frozenset(range(1, 6)), nothing="No notice.")
