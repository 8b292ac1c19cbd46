"""Findings and items in one sentence of English: what, how far, when, and who must do what.

Times are Zulu (``1839Z``, with the day where two days are meant), lengths metres or kilometres.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from parley.rules.findings import Finding, Kind, Level
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State
from parley.rules.statements import (
    Distress,
    Nonconformance,
    Notice,
    Phase,
    Report,
    Rung,
    Stop,
)
from parley.wire import liaisonwords, watchwords
from parley.wire.phrases import (
    all_of,
    duration,
    id_of,
    length,
    prefixed,
    ref_of,
    sentence,
    when,
    window,
    zulu,
)

__all__ = ["describe", "describe_record", "duration", "length", "window", "zulu"]


def describe(finding: Finding) -> str:
    """One sentence or two about a finding; never raises, whatever its members hold."""
    return _SAY[finding.kind](finding)


def describe_record(record: ItemRecord) -> str:
    """One sentence about an item: what it is, whose, when, how it stands, who owes an answer."""
    content = record.content
    if isinstance(content, Notice):
        place = f" at {content.place}" if content.place else ""
        about = (
            f"Notice {content.item} of {record.author}: {content.activity_class}{place},"
            f" {window(content.start_ms, content.end_ms)}"
        )
    elif isinstance(content, Stop):
        about = f"STOP {content.item} by {record.author}: {_stop_scope(content)}"
    elif isinstance(content, Distress):
        about = (
            f"DISTRESS {content.item} told by {record.author}: {content.subject},"
            f" known since {zulu(content.since_ms)}"
        )
    elif isinstance(content, Nonconformance):
        about = f"Nonconformance {content.item} of {record.author}: {_departs(content)}"
    else:
        about = f"Report {content.item} by {record.author}: {_report_scope(content)}"
    drill = "EXERCISE. " if content.header.exercise else ""
    return f"{drill}{about}; {_STATE[record.state]}{_owing(record)}."


def _lead(finding: Finding, told: str) -> str:
    lead_s = finding.measured.get("lead_s", 0)
    required = duration(finding.measured.get("required_s", 0))
    notice = ref_of(finding, 0)
    if lead_s < 0:
        return f"{notice} {told} {duration(-lead_s)} after its start; {required} before was agreed."
    if "timely" in finding.codes:
        return f"{notice} {told} {duration(lead_s)} before its start; {required} was agreed: kept."
    return f"{notice} {told} only {duration(lead_s)} before its start; {required} was agreed."


def _lead_time(finding: Finding) -> str:
    return sentence(_lead(finding, "was given"))


def _lead_time_received(finding: Finding) -> str:
    return sentence(_lead(finding, f"reached {id_of(finding, 1)}"))


_CONTRADICTS = {
    "no-activity-volume": "it has no volume of activity",
    "aircraft-area-missing": "it does not say where its own aircraft are",
    "place-and-volumes-disjoint": "its place and its volumes do not touch",
    "outside-agreement-area": "a volume lies outside the agreed area",
    "outside-agreement-time": "a volume lies outside the agreement's validity",
    "same-place-other-heights": "the same outline at the same time has two bands that do not meet",
    "aircraft-cannot-reach-activity": "its aircraft cannot reach its activity in time",
}


def _contradiction(finding: Finding) -> str:
    said = "; ".join(_CONTRADICTS.get(code, code) for code in finding.codes)
    return f"{sentence(ref_of(finding, 0))} contradicts itself: {said}. Its author must amend it."


def _conflict(finding: Finding) -> str:
    m = finding.measured
    across, above, gap_s = (m.get(n, 0) for n in ("horizontal_m", "vertical_m", "time_s"))
    if not (across or above or gap_s):
        apart = "overlap"
    else:
        parts = [f"{length(across)} across", f"{length(above)} in height"]
        if gap_s:
            parts.append(f"{duration(gap_s)} in time")
        apart = f"come within {', '.join(parts)}"
    return (
        f"{sentence(ref_of(finding, 0))} and {ref_of(finding, 1)} {apart}, {when(finding)}."
        f" {all_of(finding)} must agree who moves."
    )


def _cause(codes: tuple[str, ...]) -> str:
    said = []
    for code in codes:
        word, _, who = code.partition(":")
        if word == "reaction":
            said.append(f"where {who} may react")
        elif word == "engaged":
            said.append(f"where {who} engages now")
        elif code == "nonconforming":
            said.append("where a nonconforming flight may be")
        elif code in watchwords.UNSURE:
            continue
        elif code == "moving":
            said.append("inside a hazard that moves")
        elif code == "activity":
            said.append("inside the activity's own hazard")
        elif code == "no-all-clear":
            said.append("where no all-clear was given")
        else:
            said.append(code)
    return " and ".join(said) or "in danger"


def _bystander(finding: Finding) -> str:
    return (
        f"{sentence(ref_of(finding, 1))} is {_cause(finding.codes)} because of"
        f" {ref_of(finding, 0)}{watchwords.unsure(finding)}, {when(finding)}."
        f" {_clear_it(finding)}"
    )


def _clear_it(finding: Finding) -> str:
    if any(code.startswith("engaged:") for code in finding.codes):
        return "Warn it now and keep it clear."
    if "nonconforming" in finding.codes:
        return "Warn it and keep it clear."
    return "It must keep clear, or the activity must wait."


def _no_all_clear(finding: Finding) -> str:
    if finding.level < Level.WARNING:
        return (
            f"{sentence(ref_of(finding, 1))} comes into the area of {ref_of(finding, 0)} after its"
            f" end, {when(finding)}: only with an all-clear."
        )
    return (
        f"{sentence(ref_of(finding, 1))} is in the area of {ref_of(finding, 0)} behind its end,"
        f" {when(finding)}, and no all-clear was given. Its author must give it; keep clear."
    )


def _place_mismatch(finding: Finding) -> str:
    m = finding.measured
    track, notice = ref_of(finding, 1), ref_of(finding, 0)
    if "height" in finding.codes:
        return (
            f"{sentence(track)} is at another height than {notice} declares,"
            f" {zulu(finding.from_ms)}. {all_of(finding)} must correct one of them."
        )
    return (
        f"{sentence(track)} is {length(m.get('distance_m', 0))} from where {notice} declares it,"
        f" {zulu(finding.from_ms)}; {length(m.get('allowed_m', 0))} is allowed."
        f" {all_of(finding)} must correct one of them."
    )


_OWED = {"read": "read", "read-back": "read back", "accepted": "answered"}


def _unacknowledged(finding: Finding) -> str:
    owed = " and ".join(_OWED.get(rung, rung) for rung in prefixed(finding, "owes:"))
    roles = ", ".join(prefixed(finding, "escalate:"))
    also = f" Ask {roles} as well." if roles else ""
    reached = "" if finding.measured.get("received", 1) else " No receipt has come either."
    return (
        f"{id_of(finding, 1)} has not {owed or 'answered'} {ref_of(finding, 0)},"
        f" due {zulu(finding.from_ms)}."
        f"{reached}{also}"
    )


def _objection(finding: Finding) -> str:
    who = id_of(finding, 1)
    does = "is unable to comply with" if "unable" in finding.codes else "objects to"
    author = " and ".join(p for p in finding.parties if p != who) or "its author"
    return f"{who} {does} {ref_of(finding, 0)} ({zulu(finding.from_ms)}). {author} must answer."


_READ_BACK = {
    "start_ms": "start",
    "end_ms": "end",
    "floor_m": "floor",
    "ceiling_m": "ceiling",
    "place": "place",
}


def _read_back_mismatch(finding: Finding) -> str:
    wrong = ", ".join(_READ_BACK.get(code, code) for code in finding.codes)
    who = id_of(finding, 1)
    return f"{who} read back {ref_of(finding, 0)} wrongly: {wrong}. {who} must read back again."


def _stop(finding: Finding) -> str:
    notice = " and ".join(prefixed(finding, "notice:"))
    where = f"notice {notice}" if notice else "within its area"
    if "everywhere" in finding.codes:
        where = "everywhere"
    return f"STOP {id_of(finding, 0)} since {zulu(finding.from_ms)}: all parties cease {where}."


def _distress(finding: Finding) -> str:
    m = finding.measured
    late = "late, " if "late" in finding.codes else ""
    return (
        f"DISTRESS {id_of(finding, 0)} since {zulu(finding.from_ms)}: told {late}"
        f"{duration(m.get('delay_s', 0))} after it was known ({duration(m.get('limit_s', 0))}"
        " agreed). All parties help and keep clear."
    )


def _not_passed_on(finding: Finding) -> str:
    limit = duration(finding.measured.get("limit_s", 0))
    return (
        f"{sentence(ref_of(finding, 0))} is in emergency and nobody has been told"
        f" ({limit} agreed, over at {zulu(finding.from_ms)}). Send DISTRESS now."
    )


def _third_party(finding: Finding) -> str:
    who = " and ".join(finding.codes) or "a third party"
    return f"{who} engages since {zulu(finding.from_ms)} ({ref_of(finding, 0)}). Keep clear of it."


_SAY: Mapping[Kind, Callable[[Finding], str]] = {
    Kind.LEAD_TIME: _lead_time,
    Kind.LEAD_TIME_RECEIVED: _lead_time_received,
    Kind.CONTRADICTION: _contradiction,
    Kind.CONFLICT: _conflict,
    Kind.BYSTANDER: _bystander,
    Kind.PLACE_MISMATCH: _place_mismatch,
    Kind.NO_ALL_CLEAR: _no_all_clear,
    Kind.UNACKNOWLEDGED: _unacknowledged,
    Kind.OBJECTION: _objection,
    Kind.READ_BACK_MISMATCH: _read_back_mismatch,
    Kind.STOP: _stop,
    Kind.DISTRESS: _distress,
    Kind.DISTRESS_NOT_PASSED_ON: _not_passed_on,
    Kind.THIRD_PARTY_OPEN: _third_party,
    **liaisonwords.SAY,
    **watchwords.SAY,
}

_STATE = {
    State.DRAFT: "a draft",
    State.RELEASED: "released, not yet received by all",
    State.NOTIFIED: "received by all, not yet accepted by all",
    State.ACKNOWLEDGED: "accepted by all",
    State.ACTIVE: "active",
    State.ALL_CLEAR: "all-clear given",
    State.CANCELLED: "cancelled",
    State.AFTER_THE_FACT: "told after it had begun",
    State.RAISED: "in force",
    State.LIFTED: "lifted",
}


def _stop_scope(stop: Stop) -> str:
    if stop.notice:
        return f"cease notice {stop.notice}"
    return "cease everywhere" if stop.area is None else "cease within its area"


def _departs(said: Nonconformance) -> str:
    flight = f"the flight of notice {said.notice}" if said.notice else "a flight without a notice"
    how = watchwords.departure(said.codes)
    return f"{flight} {how}, since {zulu(said.since_ms)}"


def _report_scope(report: Report) -> str:
    verb = "engages" if report.phase is Phase.OPEN else "has ceased"
    return f"{report.third_party} {verb} since {zulu(report.since_ms)}"


def _owing(record: ItemRecord) -> str:
    if record.closed:
        return ""
    groups: dict[str, list[str]] = {"objected by": [], "unable:": [], "no answer yet from": []}
    for standing in record.standings:
        if standing.rung is Rung.OBJECTED:
            groups["objected by"].append(standing.party)
        elif standing.rung is Rung.UNABLE:
            groups["unable:"].append(standing.party)
        elif standing.rung is not Rung.ACCEPTED:
            groups["no answer yet from"].append(standing.party)
    return "".join(f"; {word} {', '.join(who)}" for word, who in groups.items() if who)
