"""What a working group's pack is made from, in one read of the node: health, incidents, duties."""

from __future__ import annotations

from dataclasses import dataclass, replace

from parley.liaison.health.figures import Health, Period
from parley.liaison.health.reconcile import reconcile
from parley.liaison.incidents.contents import Incident
from parley.liaison.incidents.listing import Listing
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Paper
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.filtering import filter_for, marking_of
from parley.liaison.releases.marking import most_closed
from parley.node.desk import Desk
from parley.node.liaison import reading, shelf
from parley.node.liaison.adherence import adherence
from parley.node.liaison.health import health, marking
from parley.node.liaison.incidents import incident_list, root_of
from parley.wire.packs import others
from parley.wire.packs.contents import pack_of
from parley.wire.packs.pack import Pack, Section


@dataclass(frozen=True, slots=True)
class Gathered:
    """banner: the most closed marking of all that is in it."""

    health: Health
    sections: tuple[Section, ...]
    banner: str

    def pack(
        self, title: str, *, zones: dict[str, str] | None = None, theirs: Health | None = None
    ) -> Pack:
        """The pack; theirs: the other side's figures of the same period, to stand beside ours.
        InputError: another period or agreement, a time zone that does not exist."""
        return pack_of(
            self.health,
            title=title,
            banner=self.banner,
            zones=zones,
            lines=() if theirs is None else reconcile(self.health, theirs),
            theirs="" if theirs is None else theirs.party,
            extra=self.sections,
        )


def gather(desk: Desk, from_ms: int, until_ms: int, *, audience: str = "") -> Gathered:
    """All of a closed period that ``audience`` may have ("": ourselves). InputError: no such
    party, a period that ends before it begins."""
    ours = desk.context.party
    audience = "" if audience == ours else audience
    measured = health(desk, from_ms, until_ms, audience=audience)
    listings, papers, left_out = _incidents(desk, measured.period, audience)
    duties, shown = _duties(desk, measured, audience)
    papers += shown
    return Gathered(
        measured,
        (duties, others.incidents(listings, left_out)),
        _marking(ours, audience, papers).banner(),
    )


def _marking(ours: str, audience: str, papers: list[Paper]) -> Marking:
    base = marking(ours, audience)
    return most_closed([base, *map(_with_author, papers)]) if audience else base


def _with_author(paper: Paper) -> Marking:
    """What names nobody is for whom it was addressed to; its author has it anyway."""
    own = marking_of(paper)
    named = {*(own.rel_to or paper.header.to), paper.header.by}
    return replace(own, rel_to=tuple(sorted(named)))


def _incidents(desk: Desk, period: Period, audience: str) -> tuple[list[Listing], list[Paper], int]:
    """Incidents that happened or were reported in the period. For another party: what all whom
    they concern hold, and it is one of them."""
    parties = {p.id for p in desk.agreement.parties}
    records = [r for r in reading.every(desk, Incident.KIND) if _of_period(r, period)]
    kept, left_out = filter_for(records, audience, parties=parties)
    found: list[Listing] = []
    papers: list[Paper] = []
    for root in dict.fromkeys(root_of(desk, record.ref) for record in kept):
        one = incident_list(desk, root, own=not audience)
        if audience and audience not in one.concerned:
            left_out += 1
            continue
        found.append(one)
        refs = [*one.reports, *(claim.ref for entry in one.entries for claim in entry.claims)]
        papers += [shelf.need(desk, ref).paper for ref in dict.fromkeys(refs)]
    return found, papers, left_out


def _of_period(record: PaperRecord, period: Period) -> bool:
    content = record.paper.content
    if record.paper.withdrawn or not isinstance(content, Incident):
        return False
    happened = content.when.from_ms <= period.until_ms and content.when.until_ms >= period.from_ms
    return happened or period.holds(record.first_ms)


def _duties(desk: Desk, measured: Health, audience: str) -> tuple[Section, list[Paper]]:
    period = measured.period
    report = adherence(desk, period.from_ms, period.until_ms)
    if not audience:
        return others.obligations(report), []
    parties = {p.id for p in desk.agreement.parties}
    kept, _ = filter_for((d.record for d in report.duties), audience, parties=parties)
    only = frozenset(f"notice:{row.item}" for row in measured.rows)
    section = others.obligations(report, only=only, duties=frozenset(r.ref for r in kept))
    return section, [record.paper for record in kept]
