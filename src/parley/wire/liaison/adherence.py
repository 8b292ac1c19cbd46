"""The report of adherence as text: counts first, then what failed, what began before its notice
by either way, what could not be checked and why. Zulu; every fact with its source.

The text of an obligation stands as its author wrote it; a paraphrase says that it is one. Counts
stand beside each other and are not added up: nothing here is a verdict on anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parley.liaison.duties.adherence import (
    Activity,
    Adherence,
    Begun,
    DutyReport,
    PartyBegun,
    PartyDuty,
    Requested,
    Sight,
)
from parley.liaison.duties.checks import Outcome, Verdict
from parley.liaison.duties.contents import NoticeRequest
from parley.wire.instants import format_instant
from parley.wire.phrases import duration, length, listed, window

_WHYS = {
    "no-checks": "the obligation has no check",
    "place-unknown": "a place of it has no geometry in the agreement now",
    "no-window": "it has no window",
}
_SOURCES = {
    "own-track": "our own sight of it",
    "own-watch": "our watch",
    "nonconformance": "its author's announcement",
    "report": "a report that a third party engaged",
    "claim": "a claim",
    "notice-request": "what was said in public",
}


def adherence_text(found: Adherence) -> str:
    """The whole report, at the end a line feed."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Adherence) -> Iterator[str]:
    yield f"ADHERENCE, as {found.party} holds it"
    yield f"Period  {format_instant(found.from_ms)} to {format_instant(found.until_ms)} (closed)"
    yield f"Made    {format_instant(found.as_of_ms)}"
    for duty in found.duties:
        yield ""
        yield from _duty(duty)
    yield ""
    yield "BEGUN BEFORE ITS NOTICE"
    if not found.parties:
        yield "  No notice in this period."
    for party in found.parties:
        yield from _party(party)
    yield ""
    yield "NOTICES ASKED FOR"
    for one in found.requests:
        yield f"  {_request(one)}"
    if not found.requests:
        yield "  None in this period."


def _duty(duty: DutyReport) -> Iterator[str]:
    said, record = duty.obligation, duty.record
    kind = "paraphrase of" if said.paraphrase else "text of"
    yield f"{said.title}  [{record.ref}, version {record.paper.version}]"
    yield f"  {kind} {said.citation}, written down by {record.author}"
    yield f'  "{" ".join(said.text.split())[:400]}"'
    if said.source:
        yield f"  source: {said.source}"
    if said.ended:
        yield "  ended: held against nothing any more"
    for party in duty.parties:
        yield from _bound(party)


def _bound(duty: PartyDuty) -> Iterator[str]:
    passed, failed = duty.count(Outcome.PASSED), duty.count(Outcome.FAILED)
    unknown = duty.count(Outcome.NOT_CHECKABLE)
    yield (
        f"  {duty.party} ({duty.stands}): {duty.checked} checked, {passed} passed, {failed} failed,"
        f" {unknown} not checkable; told after the fact {len(duty.after_the_fact)},"
        f" seen begun before the notice {len(duty.seen_before)}"
    )
    for one in duty.activities:
        if one.outcome is Outcome.FAILED:
            yield f"    failed {_activity(one)}: {_verdicts(one)}"
    reasons = {one.why for one in duty.activities if one.outcome is Outcome.NOT_CHECKABLE}
    for why in sorted(reasons):
        some = [one.ref for one in duty.activities if one.why == why]
        yield f"    not checkable, {_WHYS.get(why, why)}: {_some(some)}"
    near = [
        (dict(verdict.measures)["distance_m"], one.ref)
        for one in duty.activities
        if one.outcome is Outcome.PASSED
        for verdict in one.verdicts
        if "distance_m" in dict(verdict.measures)
    ]
    if near:
        metres, ref = min(near)
        yield f"    nearest that passed: {ref}, {length(metres)}"


def _activity(one: Activity) -> str:
    return f"{one.ref} version {one.version}, {window(one.start_ms, one.end_ms)}, {one.state.value}"


def _verdicts(one: Activity) -> str:
    failed = [verdict for verdict in one.verdicts if verdict.outcome is Outcome.FAILED]
    return "; ".join(f"{verdict.name} ({_measures(verdict)})" for verdict in failed)


def _measures(verdict: Verdict) -> str:
    found = dict(verdict.measures)
    parts = []
    if "distance_m" in found:
        parts.append(f"{length(found['distance_m'])} away, margin {length(found['margin_m'])}")
    if "lead_s" in found:
        told = f"{duration(abs(found['lead_s']))} {'before' if found['lead_s'] >= 0 else 'after'}"
        parts.append(f"told {told} its start, {duration(found['required_s'])} asked for")
    if "overlap_s" in found:
        parts.append(f"{duration(found['overlap_s'])} within the window")
    return ", ".join(parts) or "no measure"


def _party(party: PartyBegun) -> Iterator[str]:
    possibly = len(party.possibly_before)
    yield (
        f"  {party.party}: {party.notices} notices ({party.cancelled} more were cancelled);"
        f" told after their window had begun {len(party.after_the_fact)};"
        f" seen begun before they were told {len(party.seen_before)}"
        + (f"; possibly, by what was said, {possibly} more" if possibly else "")
    )
    for one in party.begun:
        if one.after_the_fact:
            yield f"    {one.ref}: told {_late(one)}"
        for sight in one.sights:
            yield f"    {one.ref}: {_sight(one, sight)}"


def _late(one: Begun) -> str:
    return (
        f"{format_instant(one.told_ms)}, {duration(one.late_s)} after its start"
        f" {format_instant(one.start_ms)}"
    )


def _sight(one: Begun, sight: Sight) -> str:
    at = format_instant(sight.from_ms)
    if sight.until_ms != sight.from_ms:
        at += f" to {format_instant(sight.until_ms)}"
    inferred = f" (inferred: {', '.join(sight.inferred)})" if sight.inferred else ""
    sure = "" if sight.until_ms < one.told_ms else "possibly "
    return (
        f"{sure}begun {at}{inferred}, told {format_instant(one.told_ms)};"
        f" source: {_SOURCES[sight.source.value]}, {sight.ref}, by {sight.by}"
    )


def _request(one: Requested) -> str:
    said = one.record.paper.content
    assert isinstance(said, NoticeRequest)
    came = {"none": "no answer", "notice": f"answered by {_some(one.notices)}"}
    record, at = one.record, format_instant(one.record.first_ms)
    answer = came.get(one.answer, one.answer)
    return f"{record.ref} of {said.of} by {record.author}, {at}: {answer}"


def _some(refs: Iterable[str]) -> str:
    names = list(refs)
    more = [f"{len(names) - 8} more"] if len(names) > 8 else []
    return listed([*names[:8], *more])
