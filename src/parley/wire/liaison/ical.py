"""Consultations and commitments as an iCalendar file, for the calendars that people have.

A consultation is a VEVENT, a commitment a VTODO. A day is a day, a time said in words keeps its
words in the description, and nobody's address is in it: organizer and attendees are names. The
marking goes with each entry (CLASS, X-PARLEY-MARKING, and in front of the description). Source:
RFC 5545, RFC 9253 (DEPENDS-ON). What may be written for whom is decided by who calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from parley.liaison.meetings.contents import (
    AgendaItem,
    Commitment,
    CommitmentState,
    Consultation,
    Delegation,
    MeetingState,
)
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.when import When, format_when
from parley.liaison.releases.filtering import marking_of
from parley.liaison.releases.marking import most_closed, verdict
from parley.rules.findings import bare

if TYPE_CHECKING:
    from icalendar import Calendar, Component, Event, Todo

MEDIA_TYPE = "text/calendar; charset=utf-8"
NOBODYS = "invalid:nomail"
"""The address of those whose address is nobody's business."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EVENT = {
    MeetingState.TENTATIVE: "TENTATIVE",
    MeetingState.PLANNED: "CONFIRMED",
    MeetingState.HELD: "CONFIRMED",
    MeetingState.CALLED_OFF: "CANCELLED",
}
_TODO = {
    CommitmentState.OPEN: "NEEDS-ACTION",
    CommitmentState.DONE: "COMPLETED",
    CommitmentState.DROPPED: "CANCELLED",
}
_HARD, _SOFT = 1, 5


def calendar_bytes(
    records: Iterable[PaperRecord],
    *,
    agreement: str,
    for_party: str = "",
    names: Mapping[str, str] | None = None,
    parties: Mapping[str, str] | None = None,
) -> bytes:
    """The file. records: consultations and commitments, others are left out. agreement: its id,
    part of each UID. for_party: who gets it, "" for ourselves; an agenda item whose own marking
    does not name it is left out and said to be. names: of persons, by their refs; parties: of
    parties, by their ids. SEQUENCE is the version, DTSTAMP when its author said it."""
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", "-//Parley//Liaison//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    kept = [r for r in records if isinstance(r.paper.content, Consultation | Commitment)]
    if kept:
        among = tuple(parties or {})
        banner = most_closed(_marking_for(one, for_party, among) for one in kept).banner()
        made.add("x-wr-caldesc", banner)
        made.add("x-parley-marking", banner)
    writer = _Writer(agreement, for_party, names or {}, parties or {})
    for record in kept:
        content = record.paper.content
        if isinstance(content, Consultation):
            made.add_component(writer.event(record, content))
        elif isinstance(content, Commitment):
            made.add_component(writer.todo(record, content))
    return _bytes(made)


def _bytes(made: Calendar) -> bytes:
    data: bytes = made.to_ical()
    return data


def _marking_for(record: PaperRecord, for_party: str, parties: Iterable[str]) -> Marking:
    """The most closed of a paper and of those of its portions that are shown."""
    content, own = record.paper.content, marking_of(record.paper)
    if not isinstance(content, Consultation):
        return own
    shown = _agenda(record, content, for_party, parties)[0]
    portions = [_portion(record, item.marking) for item in shown if item.marking is not None]
    return most_closed([own, *portions]) if portions else own


def _portion(record: PaperRecord, marking: Marking) -> Marking:
    return replace(marking, originator=marking.originator or record.author)


def _agenda(
    record: PaperRecord, content: Consultation, for_party: str, parties: Iterable[str]
) -> tuple[list[AgendaItem], int]:
    """The items that may be shown, and how many may not."""
    told = for_party in ("", *record.paper.header.to)
    among = tuple(parties)
    shown = [
        item
        for item in content.agenda
        if told
        or item.marking is None
        or verdict(
            _portion(record, item.marking), record.author, "", for_party, parties=among
        ).allowed
    ]
    return shown, len(content.agenda) - len(shown)


class _Writer:
    """Entries of one file."""

    def __init__(
        self,
        agreement: str,
        for_party: str,
        names: Mapping[str, str],
        parties: Mapping[str, str],
    ) -> None:
        self._agreement = agreement
        self._for_party = for_party
        self._names = names
        self._parties = parties

    def event(self, record: PaperRecord, content: Consultation) -> Event:
        from icalendar import Event

        made = Event()
        items, kept_back = _agenda(record, content, self._for_party, self._parties)
        lines = [f"Host: {self._party(content.host)}"] if content.host else []
        lines += [f"Agenda: {item.title}{_refs(item.refs)}" for item in items]
        if kept_back:
            lines.append(f"Agenda: {kept_back} not released to {self._for_party}")
        lines += [content.text] if content.text else []
        self._common(made, record, content.title, _said(content.when, lines))
        made.add("status", "CANCELLED" if record.paper.withdrawn else _EVENT[content.state])
        if content.place:
            made.add("location", content.place)
        if content.host:
            made.add("organizer", _who(self._party(content.host)))
        for one in content.delegations:
            self._attend(made, one)
        made.add("transp", "OPAQUE" if content.when.exact else "TRANSPARENT")
        first, past = _spans(content.when)
        made.add("dtstart", first)
        if past != first:
            made.add("dtend", past)
        for ref in content.follows:
            made.add("related-to", self._uid(bare(ref)))
        return made

    def todo(self, record: PaperRecord, content: Commitment) -> Todo:
        from icalendar import Todo

        made = Todo()
        lines = [f"Owner: {self._party(content.owner)}"]
        if content.to:
            lines.append(f"Owed to: {', '.join(map(self._party, content.to))}")
        lines.append("Deadline: hard" if content.hard else "Deadline: soft")
        if content.due is None:
            lines.append("Due: no date was said")
        else:
            lines = _said(content.due, lines)
        title = (content.text.strip().splitlines() or [record.ref])[0][:200]
        if title != content.text.strip():
            lines.append(content.text)
        self._common(made, record, title, lines)
        made.add("status", "CANCELLED" if record.paper.withdrawn else _TODO[content.state])
        made.add("priority", _HARD if content.hard else _SOFT)
        made.add("organizer", _who(self._party(content.owner)))
        if content.due is not None:
            made.add("due", _due(content.due))
        for ref in content.after:
            made.add("related-to", self._uid(bare(ref)), parameters={"RELTYPE": "DEPENDS-ON"})
        return made

    def _common(self, made: Component, record: PaperRecord, title: str, lines: list[str]) -> None:
        marking = _marking_for(record, self._for_party, self._parties)
        banner = marking.banner()
        made.add("uid", self._uid(record.ref))
        made.add("summary", title)
        made.add("dtstamp", _moment(record.paper.header.at_ms))
        made.add("sequence", record.paper.version)
        made.add("class", _class_of(marking))
        made.add("x-parley-marking", banner)
        made.add("x-parley-ref", f"{record.ref}@{record.paper.version}")
        if record.paper.header.exercise:
            lines = ["EXERCISE EXERCISE EXERCISE", *lines]
        made.add("description", "\n".join([banner, *lines]))

    def _attend(self, made: Event, one: Delegation) -> None:
        for member in one.members:
            if member.unnamed:
                some = f"{member.unnamed} unnamed of {self._party(one.party)}"
                made.add("attendee", _who(some, CUTYPE="GROUP"))
                continue
            name = self._names.get(member.person, member.person)
            office = f", {member.office}" if member.office else ""
            role = "CHAIR" if member.head else "REQ-PARTICIPANT"
            shown = f"{name}{office} ({self._party(one.party)})"
            made.add("attendee", _who(shown, CUTYPE="INDIVIDUAL", ROLE=role))

    def _party(self, name: str) -> str:
        return self._parties.get(name, name)

    def _uid(self, ref: str) -> str:
        return f"{ref.replace(':', '.')}@{self._agreement}.parley"


def _who(name: str, **parameters: str) -> Any:
    """Somebody by name: a calendar address with nobody's address."""
    from icalendar import vCalAddress

    made = vCalAddress(NOBODYS)
    made.params["CN"] = name.replace('"', "'")
    for key, value in parameters.items():
        made.params[key] = value
    return made


def _said(when: When, lines: list[str]) -> list[str]:
    """The words first where the time is not exact."""
    if when.exact:
        return lines
    return [f"Time as said: {format_when(when)}", *lines]


def _spans(when: When) -> tuple[Any, Any]:
    """DTSTART and DTEND: days for days, instants for instants. RFC 5545, 3.6.1: the end is not
    part of it."""
    days = when.dates
    if days is not None:
        return days[0], days[1] + timedelta(days=1)
    return _moment(when.from_ms), _moment(when.until_ms)


def _due(when: When) -> Any:
    days = when.dates
    return _moment(when.until_ms) if days is None else days[1]


def _moment(ms: int) -> datetime:
    return _EPOCH + timedelta(seconds=ms // 1000)


def _refs(refs: tuple[str, ...]) -> str:
    return f" ({', '.join(refs)})" if refs else ""


def _class_of(marking: Marking) -> str:
    """RFC 5545, 3.8.1.3: PUBLIC for what anybody may have, PRIVATE for the community of the
    agreement, CONFIDENTIAL for everything else."""
    if marking.originator_control or marking.rel_to:
        return "CONFIDENTIAL"
    return {Tlp.CLEAR: "PUBLIC", Tlp.GREEN: "PRIVATE"}.get(marking.tlp, "CONFIDENTIAL")
