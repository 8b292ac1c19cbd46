"""Claims held against each other as they come, and the list of an incident.

Tables: claim-on (incident|claim), report-joins (incident|incident), claim-over (older|newer),
claim-topic (incident|topic|aspect|author|claim: those that stand, exercises apart), claim-row
(claim: its key there). Of one author ``SEATS`` claims on a topic are held against others, in the
order of their refs: more of them say nothing more, and cannot drown the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from parley.errors import InputError
from parley.ledger import Entry
from parley.liaison.incidents import rules
from parley.liaison.incidents.contents import Claim, Incident, Objection
from parley.liaison.incidents.contradictions import contradiction
from parley.liaison.incidents.listing import ClaimPast, Listing, concerned, held_by_all, listing
from parley.liaison.papers.paper import Paper
from parley.liaison.papers.record import PaperRecord
from parley.node import standing
from parley.node.codec import words_of
from parley.node.desk import Desk
from parley.node.liaison.papercodec import paper_from
from parley.node.liaison.shelf import load, need
from parley.rules.findings import Finding, Kind, bare

SEATS = 16
_CONTRADICT = frozenset({Kind.CLAIMS_CONTRADICT})


# What follows ----------------------------------------------------------------------------------


def claim_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """Behind a claim that was made, amended or withdrawn; a reply changes nothing here.

    ProtocolError: it supersedes a claim that it cannot. InputError: our own officer names an
    incident or a claim that is not here."""
    if before is not None and before.paper.version == record.paper.version:
        return
    if before is None:
        claim = _claim(record)
        desk.tx.records.put("claim-on", f"{bare(claim.incident)}|{record.ref}", b"")
        if record.author == desk.context.party:
            need(desk, bare(claim.incident))
        if claim.supersedes:
            _supersede(desk, record, bare(claim.supersedes))
    _seat(desk, record)


def incident_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """Behind a report: what joins another brings the claims that it has already."""
    content = _incident(record)
    if before is not None or not content.same_as:
        return
    if record.author == desk.context.party:
        need(desk, bare(content.same_as))
    desk.tx.records.put("report-joins", f"{bare(content.same_as)}|{record.ref}", b"")
    both = (record.ref, bare(content.same_as))
    mutual = _joins(desk, both[1]) == record.ref
    for incident in both if mutual else both[:1]:
        for ref in _refs(desk, "claim-on", incident):
            _seat(desk, need(desk, ref))


def root_of(desk: Desk, incident: str) -> str:
    """The report that this one joins, or itself. Two that join each other: the first by ref."""
    joins = _joins(desk, incident)
    if joins and _joins(desk, joins) == incident:
        return min(joins, incident)
    return joins or incident


def _joins(desk: Desk, incident: str) -> str:
    record = load(desk, incident)
    if record is None or not isinstance(record.paper.content, Incident):
        return ""
    return bare(record.paper.content.same_as)


def _supersede(desk: Desk, record: PaperRecord, older_ref: str) -> None:
    desk.tx.records.put("claim-over", f"{older_ref}|{record.ref}", b"")
    older = load(desk, older_ref)
    if older is None:
        if record.author == desk.context.party:
            raise InputError(
                f"there is no claim {older_ref[:80]!r} here",
                right="an earlier claim of the same claimant",
                where="supersedes",
            )
        return
    rules.check_superseded(record.paper, _claim(older))
    _seat(desk, older)


def _superseded(desk: Desk, record: PaperRecord) -> Iterator[str]:
    """Claims that took the place of this one, in the order of their refs. A later withdrawal of
    one does not bring the older back: its claimant may claim it anew."""
    for key, _ in desk.tx.records.scan("claim-over", f"{record.ref}|"):
        ref = key.rpartition("|")[2]
        newer = load(desk, ref)
        if newer is not None and rules.takes_place(_claim(newer), _claim(record)):
            yield ref


def _seat(desk: Desk, record: PaperRecord) -> None:
    """File the claim under its topic if it stands, and find again what contradicts it."""
    records = desk.tx.records
    old = (records.get("claim-row", record.ref) or b"").decode()
    gone = record.paper.withdrawn or next(_superseded(desk, record), "")
    new = "" if gone else _key(desk, record)
    shelves = sorted({key.rpartition("|")[0] for key in (old, new) if key})
    was = {ref for shelf in shelves for ref in _seated(desk, shelf)}
    if old and old != new:
        records.delete("claim-topic", old)
        records.delete("claim-row", record.ref)
    if new and old != new:
        records.put("claim-topic", new, record.ref.encode())
        records.put("claim-row", record.ref, new.encode())
    now = {ref for shelf in shelves for ref in _seated(desk, shelf)}
    for ref in sorted(was - now):
        standing.replace(desk, ref, _CONTRADICT, ())
    for ref in sorted((now - was) | ({record.ref} & now)):
        standing.replace(desk, ref, _CONTRADICT, _against(desk, need(desk, ref)))


def _key(desk: Desk, record: PaperRecord) -> str:
    claim = _claim(record)
    root = root_of(desk, bare(claim.incident))
    aspect = f"{claim.aspect.value}{'+exercise' if record.paper.header.exercise else ''}"
    return f"{root}|{claim.topic}|{aspect}|{record.author}|{record.ref}"


def _seated(desk: Desk, shelf: str) -> list[str]:
    """One author's claims on one topic that are held against others."""
    rows = desk.tx.records.scan("claim-topic", f"{shelf}|", limit=SEATS)
    return [ref.decode() for _, ref in rows]


def _against(desk: Desk, record: PaperRecord) -> Iterator[Finding]:
    topic = _key(desk, record).split(f"|{record.author}|")[0]
    for party in desk.agreement.parties:
        for ref in _seated(desk, f"{topic}|{party.id}"):
            if ref != record.ref:
                found = contradiction(record, need(desk, ref))
                if found is not None:
                    yield found


# The list --------------------------------------------------------------------------------------


def incident_list(desk: Desk, ref: str, *, own: bool = False) -> Listing:
    """The list of an incident, by any of its reports: from the papers that all signatories whom
    it concerns hold, so that it is the same at each; own: from all papers of it that we hold. The
    list of an exercise holds what was said in an exercise, and no other does.

    InputError if there is no such incident."""
    root = root_of(desk, bare(ref))
    reports = [need(desk, root)]
    _incident(reports[0])
    reports += [need(desk, other) for other in _refs(desk, "report-joins", root) if other != root]
    shared = held_by_all(concerned(desk.agreement, reports[:1]))
    exercise = reports[0].paper.header.exercise

    def listed(record: PaperRecord) -> bool:
        return record.paper.header.exercise == exercise and (own or shared(record))

    reports = [r for n, r in enumerate(reports) if n == 0 or listed(r)]
    found = [
        record
        for report in reports
        for record in (need(desk, one) for one in _refs(desk, "claim-on", report.ref))
        if listed(record)
    ]
    kept = {record.ref for record in found}
    claims = [
        ClaimPast(
            record,
            _versions(desk, record.ref),
            tuple(newer for newer in _superseded(desk, record) if newer in kept),
        )
        for record in found
    ]
    objections = [o for ref in sorted(kept) for o in _objections(desk, ref) if listed(o)]
    return listing(desk.agreement, reports, claims, objections)


def evidenced(desk: Desk, found: Listing) -> list[str]:
    """The refs that a list names and of which our log holds something: what a file can show."""
    named = (*found.refs, *(ref for entry in found.entries for ref in entry.refs))
    refs = dict.fromkeys(bare(ref) for ref in named)
    return [ref for ref in refs if any(desk.tx.records.scan("entries", f"{ref}|", limit=1))]


def incident_refs(desk: Desk, ref: str) -> list[str]:
    """What evidence of an incident is about: its reports, the claims and objections on its list,
    and what they name and our log holds. InputError: there is no such incident."""
    found = incident_list(desk, ref, own=True)
    listed = [one for entry in found.entries for one in entry.claims]
    papers = [*found.reports, *(one.ref for one in listed)]
    objections = [ref for one in listed for ref in one.objections]
    return list(dict.fromkeys((*papers, *objections, *evidenced(desk, found))))


def _objections(desk: Desk, ref: str) -> Iterator[PaperRecord]:
    for _, row in list(desk.tx.records.scan("paper-about", f"{ref}|objection|")):
        record = need(desk, row.decode())
        content = record.paper.content
        if isinstance(content, Objection) and bare(content.to) == ref:
            yield record


def _versions(desk: Desk, ref: str) -> tuple[Paper, ...]:
    indices = [int(data) for _, data in desk.tx.records.scan("paper-past", f"{ref}|")]
    leaves = (next(iter(desk.tx.log.leaves(index, index + 1))) for index in indices)
    return tuple(paper_from(words_of(Entry.from_leaf(leaf).note)) for leaf in leaves)


def _refs(desk: Desk, table: str, ref: str) -> list[str]:
    return [key.rpartition("|")[2] for key, _ in desk.tx.records.scan(table, f"{ref}|")]


def _claim(record: PaperRecord) -> Claim:
    content = record.paper.content
    if not isinstance(content, Claim):
        raise InputError(f"{record.ref} is no claim", right="a ref such as claim:<item>")
    return content


def _incident(record: PaperRecord) -> Incident:
    content = record.paper.content
    if not isinstance(content, Incident):
        raise InputError(f"{record.ref} is no incident", right="a ref such as incident:<item>")
    return content
