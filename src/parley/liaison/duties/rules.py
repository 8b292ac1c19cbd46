"""What may be said of obligations and of requests for a notice, and what is found about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parley.errors import ProtocolError
from parley.liaison.duties.checks import Outcome, Verdict
from parley.liaison.duties.contents import CheckOf, DutyCheck, NoticeRequest, Obligation
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import PaperRecord
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.item import owner_of
from parley.rules.statements import Notice

MOST_MARGIN_M = 1_000_000


def check_obligation(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """ProtocolError: a paraphrase without a source, nobody bound, a party or a class that does
    not exist, a place without geometry or with two, a check without its parameter."""
    said = paper.content
    assert isinstance(said, Obligation)
    if paper.withdrawn:
        return
    if said.paraphrase and not said.source:
        raise _refused(paper, "a paraphrase without a source", "where the text itself can be read")
    known = [party.id for party in agreement.parties]
    strangers = [party for party in said.binds if party not in known]
    if strangers or not said.binds:
        raise _refused(
            paper,
            f"it binds {strangers[0]!r}, who is no party" if strangers else "it binds nobody",
            f"one or more of: {', '.join(known)}",
        )
    _check_places(agreement, paper, said)
    for check in said.checks:
        wrong = _wrong_parameter(agreement, said, check)
        if wrong:
            raise _refused(paper, f"check {check.of.value} of {check.place!r} {wrong[0]}", wrong[1])


def _check_places(agreement: Agreement, paper: Paper, said: Obligation) -> None:
    ids = [place.id for place in said.places]
    for place in said.places:
        agreed = agreement.place(place.id) is not None
        if ids.count(place.id) > 1:
            raise _refused(paper, f"place {place.id!r} is listed twice", "each place once")
        if place.area is None and not agreed:
            raise _refused(
                paper,
                f"place {place.id!r} has no geometry and is none of the agreement",
                "a named area or line of the agreement, or a geometry of its own",
            )
        if place.area is not None and agreed:
            raise _refused(
                paper,
                f"place {place.id!r} has another geometry than the agreement gives it",
                "the agreed place without a geometry, or another name",
            )


def _wrong_parameter(
    agreement: Agreement, said: Obligation, check: DutyCheck
) -> tuple[str, str] | None:
    """(what is wrong, what would be right) of a check's own parameter."""
    before, only = check.of is CheckOf.NOTICE_BEFORE, check.of is CheckOf.ONLY_CLASSES
    if before != (check.seconds_before > 0):
        return f"has {check.seconds_before} s", "seconds with notice-before, and only there"
    if only != bool(check.classes):
        return f"has {len(check.classes)} classes", "classes with only-classes, and only there"
    if check.margin_m > MOST_MARGIN_M:
        return f"has a margin of {check.margin_m} m", f"{MOST_MARGIN_M} m at most"
    known = [one.id for one in agreement.classes]
    strangers = [one for one in check.classes if one not in known]
    if strangers:
        return f"names class {strangers[0]!r}", f"one or more of: {', '.join(known)}"
    if check.of is CheckOf.NOT_BETWEEN and said.valid is None:
        return "has no window", "the obligation's own `valid`"
    return None


def obligation_is_open(record: PaperRecord) -> bool:
    said = record.paper.content
    return isinstance(said, Obligation) and not (record.paper.withdrawn or said.ended)


def accepted(record: PaperRecord, party: str) -> bool:
    """Whether the party wrote the obligation down itself, or accepted it as it stands."""
    return party == record.author or party in record.accepted_by


def not_met(
    record: PaperRecord, notice: Notice, verdicts: Sequence[Verdict], until_ms: int
) -> Finding | None:
    """A notice that does not pass every check of an obligation; None if it does.

    The measures are those of the failed checks, the least of each name; ``accepted``: whether
    its author accepted the obligation, or wrote it down himself."""
    failed = [verdict for verdict in verdicts if verdict.outcome is Outcome.FAILED]
    if not failed:
        return None
    measures: dict[str, int] = {}
    for name, value in (pair for verdict in failed for pair in verdict.measures):
        measures[name] = min(value, measures.get(name, value))
    measures |= {"failed": len(failed), "checks": len(verdicts)}
    measures["accepted"] = int(accepted(record, notice.header.by))
    return finding(
        Kind.OBLIGATION_NOT_MET,
        Level.WARNING,
        (
            f"notice:{notice.item}@{notice.version}",
            f"{record.ref}@{record.paper.version}",
        ),
        parties=(notice.header.by, *notice.header.to),
        window_ms=(notice.start_ms, max(until_ms, notice.start_ms)),
        measures=measures,
        codes=(verdict.name for verdict in failed),
    )


# Requests for a notice -------------------------------------------------------------------------


def check_request(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """ProtocolError: the asked party is not another party that is addressed, or becomes another
    one; the notice that is said to answer is not its own."""
    said = paper.content
    assert isinstance(said, NoticeRequest)
    asked = [p for p in paper.header.to if not agreement.party(p).observer]
    if said.of not in asked:
        raise _refused(
            paper,
            f"{said.of!r} is asked for a notice and not addressed",
            f"one of the addressees that answer: {', '.join(asked) or 'there is none'}",
        )
    if said.answered_by and owner_of(agreement, said.answered_by) != said.of:
        raise _refused(
            paper,
            f"{said.answered_by!r} is said to answer and is no notice of {said.of}",
            f"the id of a notice of {said.of}, or none",
        )
    was = before.paper.content if before is not None else None
    if isinstance(was, NoticeRequest) and was.of != said.of:
        raise _refused(paper, f"it asks {said.of!r} now", f"{was.of}, whom it asked")


def request_is_open(record: PaperRecord) -> bool:
    said = record.paper.content
    assert isinstance(said, NoticeRequest)
    return not (record.paper.withdrawn or said.answered_by or said.of in record.refused_by)


def request_linked(content: Content) -> tuple[str, ...]:
    assert isinstance(content, NoticeRequest)
    return (f"notice:{content.answered_by}",) if content.answered_by else ()


def request_next_ms(agreement: Agreement, record: PaperRecord, now_ms: int) -> int | None:
    """When the reply is overdue (closed: at reply_by_ms it is in time)."""
    said = record.paper.content
    assert isinstance(said, NoticeRequest)
    due_ms = said.reply_by_ms + 1
    waits = said.reply_by_ms and request_is_open(record)
    return due_ms if waits and due_ms > now_ms else None


def requested(
    agreement: Agreement, record: PaperRecord, notices: Iterable[str], now_ms: int
) -> Finding | None:
    """A formal notice is asked for; None once one came that names the request, or the request
    names it, or the asked party said that it gives none. notices: refs of those that name it."""
    said = record.paper.content
    assert isinstance(said, NoticeRequest)
    if not request_is_open(record) or any(notices):
        return None
    overdue = bool(said.reply_by_ms) and now_ms > said.reply_by_ms
    at_ms = record.first_ms
    return finding(
        Kind.NOTICE_REQUESTED,
        Level.WARNING if overdue else Level.ADVISORY,
        (f"{record.ref}@{record.paper.version}",),
        parties=(record.author, said.of),
        window_ms=(at_ms, max(at_ms, said.reply_by_ms or agreement.valid.end_ms)),
        codes=("overdue",) if overdue else (),
    )


def _refused(paper: Paper, what: str, right: str) -> ProtocolError:
    return ProtocolError(
        f"{paper.ref}: {what}", right=right, where="content", at_fault=f"party {paper.header.by}"
    )
