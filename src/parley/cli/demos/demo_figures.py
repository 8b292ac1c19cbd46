"""What a replay came to, in figures: from journals, items and logs, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from parley.ledger import RECEIPT_TYPE, Kind, note_hash
from parley.node.codec import finding_of
from parley.node.node import Node
from parley.node.replay import Minute, Run, activity_start_ms
from parley.rules.findings import Finding, digest
from parley.rules.findings import Kind as About
from parley.rules.hazard import hazard_rows, report_rows
from parley.rules.item import ItemRecord
from parley.rules.statements import Distress, Draft, Notice, Report, Rung
from parley.space import Position
from parley.wire.scenario_values import Scenario

SHARED_REFS = ("notice", "report", "distress", "stop", "nonconformance", "site", "party")
_LOCAL = ("parley/observation/", "parley/presence/", "parley/roster/")


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as one node's journal has it. event: finding-opened, -changed or -closed."""

    party: str
    at_ms: int
    event: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Owing:
    """Where one party stands with one item at the end. -1: not (yet)."""

    ref: str
    author: str
    party: str
    rung: Rung
    told_ms: int
    received_ms: int
    answered_ms: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Instants in ms, -1 where there is none. place_known_ms: when a party was first told that
    people are, or will be, in a hazard that covers the place of the activity. no_all_clear_ms:
    since when a track is, by the first such finding, where an all-clear was owed."""

    run: Run
    notice: str
    lead_s: int
    required_s: int
    verdict: str
    mismatch_ms: int
    mismatch_m: int
    allowed_m: int
    seen_before_end: bool
    aircraft_area: bool
    activity_ms: int
    accepted_ms: int
    place_known_ms: int
    engaged_ms: int
    in_engaged_ms: int
    no_all_clear_ms: int
    all_clear_ms: int
    not_passed_on_ms: int
    distress_s: int
    distress_limit_s: int
    distress_answer_s: int
    owing: tuple[Owing, ...]


@dataclass(frozen=True, slots=True)
class Common:
    """What two logs hold alike. exchanged: statements that went from one to the other."""

    exchanged: int
    in_both: int
    receipts: int
    findings: int
    equal: bool
    digest: str


def told(minutes: Sequence[Minute]) -> Iterator[Told]:
    """Every finding event of the replay, in the order of the minutes, party by party."""
    for minute in minutes:
        for party, events in minute.events.items():
            for event in events:
                if event.kind.startswith("finding-"):
                    yield Told(party, event.at_ms, event.kind, finding_of(dict(event.data)))


async def figures(
    scenario: Scenario, run: Run, minutes: Sequence[Minute], nodes: Mapping[str, Node]
) -> Figures:
    """The figures of a run that was played to its end."""
    script = scenario.script(run.script)
    act = next(a for a in script.acts if isinstance(a.deed, Draft))
    assert isinstance(act.deed, Draft)
    done = {d.act.id: d.posted for minute in minutes for d in minute.done}
    ref = done[act.id].ref
    opened = [t for t in told(minutes) if t.event == "finding-opened"]
    records = {r.ref: r for r in await nodes[act.by].items()}
    lead = next(f for f in done[act.id].findings if f.kind is About.LEAD_TIME)
    mismatch = _first(opened, About.PLACE_MISMATCH)
    distress = _first(opened, About.DISTRESS)
    call = next((r for r in records.values() if isinstance(r.content, Distress)), None)
    report = next((r for r in records.values() if isinstance(r.content, Report)), None)
    engaged = [t for t in opened if report and t.finding.refs[0].partition("@")[0] == report.ref]
    tracks = [t for t in opened if t.finding.refs[-1].startswith("track:")]
    late = _first(tracks, About.NO_ALL_CLEAR)
    unsaid = _first(opened, About.DISTRESS_NOT_PASSED_ON)
    inside = _first([t for t in engaged if t in tracks], About.BYSTANDER)
    return Figures(
        run,
        ref,
        lead.measured["lead_s"],
        lead.measured["required_s"],
        lead.codes[0],
        mismatch.at_ms if mismatch else -1,
        mismatch.finding.measured["distance_m"] if mismatch else -1,
        mismatch.finding.measured["allowed_m"] if mismatch else -1,
        _seen(scenario, run, act.by, records[ref]),
        not any("aircraft-area-missing" in t.finding.codes for t in opened),
        activity_start_ms(act.deed),
        _accepted_ms(records[ref]),
        _known_ms(scenario, opened, records),
        report.content.since_ms if report and isinstance(report.content, Report) else -1,
        inside.at_ms if inside else -1,
        late.finding.from_ms if late else -1,
        records[ref].closed_ms,
        unsaid.at_ms if unsaid else -1,
        distress.finding.measured["delay_s"] if distress else -1,
        scenario.agreement.distress_pass_on_s,
        _answer_s(call),
        tuple(o for r in records.values() for o in _owing(r)),
    )


def _first(events: Sequence[Told], kind: About) -> Told | None:
    return min((t for t in events if t.finding.kind is kind), key=lambda t: t.at_ms, default=None)


def _seen(scenario: Scenario, run: Run, owner: str, record: ItemRecord) -> bool:
    """Whether this account gives any position of the author's aircraft until its notice ends."""
    assert isinstance(record.content, Notice)
    end_ms = record.content.end_ms
    tracks = (*scenario.tracks, *scenario.account(run.account).tracks)
    return any(t.owner == owner and t.points[0].at_ms <= end_ms for t in tracks)


def _accepted_ms(record: ItemRecord) -> int:
    """When the last of those who have to answer had accepted; -1 if one has not."""
    if any(s.rung is not Rung.ACCEPTED for s in record.standings):
        return -1
    return max((s.answered_ms for s in record.standings), default=-1)


def _answer_s(call: ItemRecord | None) -> int:
    if call is None or _accepted_ms(call) < 0:
        return -1
    return (_accepted_ms(call) - call.content.header.at_ms) // 1000


def _known_ms(scenario: Scenario, opened: Sequence[Told], records: Mapping[str, ItemRecord]) -> int:
    if not scenario.place:
        return -1
    place = scenario.fact(scenario.place).position
    assert place is not None
    return min(
        (
            t.at_ms
            for t in opened
            if t.finding.kind is About.BYSTANDER
            and not t.finding.refs[-1].startswith("notice:")
            and _covers(scenario, records.get(t.finding.refs[0].partition("@")[0]), place)
        ),
        default=-1,
    )


def _covers(scenario: Scenario, record: ItemRecord | None, place: Position) -> bool:
    content = record.content if record is not None else None
    rows = []
    if isinstance(content, Notice):
        rows = hazard_rows(scenario.agreement, content)
    elif isinstance(content, Report):
        rows = report_rows(scenario.agreement, content)
    return any(row.volume.area.contains(place) for row in rows)


def _owing(record: ItemRecord) -> Iterator[Owing]:
    for s in record.standings:
        told_ms = record.content.header.at_ms
        yield Owing(
            record.ref, record.author, s.party, s.rung, told_ms, s.received_ms, s.answered_ms
        )


async def common(a: Node, b: Node) -> Common:
    """What the logs of two nodes hold alike, and what both find from it."""
    ours, theirs = await _spoken(a), await _spoken(b)
    both = {a.context.party, b.context.party}
    exchanged = {
        digest_: to for digest_, (by, to) in {**ours, **theirs}.items() if both <= {by, *to}
    }
    found = [[f for f in await n.findings() if is_shared(f)] for n in (a, b)]
    receipts = sum([await _receipts(a, b.context.party), await _receipts(b, a.context.party)])
    return Common(
        len(exchanged),
        sum(1 for one in exchanged if one in ours and one in theirs),
        receipts,
        len(found[0]),
        digest(found[0]) == digest(found[1]),
        digest(found[0]),
    )


def is_shared(finding: Finding) -> bool:
    """Whether it follows from what was exchanged alone, and from no track or presence."""
    return all(ref.partition(":")[0] in SHARED_REFS for ref in finding.refs)


async def _spoken(node: Node) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Statements in a log that were meant for others: note hash to author and addressees."""
    found = {}
    for entry in await node.log_entries(0, (await node.health()).log_size):
        local = entry.type == RECEIPT_TYPE or entry.type.startswith(_LOCAL)
        if entry.kind in (Kind.SENT, Kind.RECEIVED) and not local:
            to = _addressees(entry.body)
            found[note_hash(entry.note).hex()] = (entry.by, to)
    return found


def _addressees(body: Mapping[str, object]) -> tuple[str, ...]:
    to = body.get("to")
    return tuple(to) if isinstance(to, list) else ()


async def _receipts(node: Node, of: str) -> int:
    entries = await node.log_entries(0, (await node.health()).log_size)
    return sum(1 for e in entries if e.type == RECEIPT_TYPE and e.by == of)
