"""The report of an incident on paper: numbered fields, filled in or empty, and as a file.

One numbering for the printed form, the empty form and the file; the order is that of the content.
The form has no field for blame: claims are papers of their own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from parley.errors import FormatError
from parley.liaison.incidents.contents import Incident, IncidentState
from parley.liaison.papers.paper import Paper
from parley.liaison.papers.values import Attachment
from parley.liaison.papers.when import format_when
from parley.space import Area
from parley.wire.jsontext import parse_json
from parley.wire.liaison.incident_plain import content_of
from parley.wire.pages import WIDTH, Page, Section, Table, clean, moment
from parley.wire.papers import to_plain
from parley.wire.phrases import length

FORMAT = "parley/incident-form/v1"
NUMBERED: tuple[tuple[str, str, str], ...] = (
    ("title", "What happened, in a line", "No cause, no blame."),
    ("when", "When", "Date and zone, or an instant in Zulu; what is not known is left out."),
    ("area", "Where", "A circle, a corridor or a polygon; WGS-84."),
    ("parties", "Parties concerned", "Ids of the agreement."),
    ("involved", "Who and what was involved", "One a line: aircraft, units, people, sites."),
    ("harm", "Harm to people and things", "What is known, and that it is not known."),
    ("actions", "What was done", "Calls, searches, help, with their times."),
    ("questions", "Open questions", "One a line."),
    ("refs", "What it is about", "Notices, calls, distress, tracks: notice:il-1, track:A1."),
    (
        "attachments",
        "Files",
        "Name, type, size and SHA-256 of each; the files stay where they are.",
    ),
    ("state", "State", ", ".join(state.value for state in IncidentState)),
    ("same_as", "Joins the report", "Another party's report on the same incident, or nothing."),
)
"""Member, words, what to write; numbered from 1."""
_NUMBERS = {name: n for n, (name, _, _) in enumerate(NUMBERED, 1)}
_PERSON = f"{len(NUMBERED) + 1}_person"
_BLANK = "." * 60
_LINES = {"involved": 4, "harm": 3, "actions": 5, "questions": 4, "attachments": 2}


def key_of(name: str) -> str:
    """The member of a file: its number and its name, ``2_when``."""
    return f"{_NUMBERS[name]}_{name}"


def form_page(paper: Paper, banner: str, names: Mapping[str, str]) -> Page:
    """The form of a report as it was signed. names: of parties."""
    content = paper.content
    assert isinstance(content, Incident)
    header = paper.header
    by = names.get(header.by, header.by)
    rows = [
        (str(n), words, "\n".join(_entry(content, name, names)) or "nothing")
        for n, (name, words, _) in enumerate(NUMBERED, 1)
    ]
    rows.append((str(len(rows) + 1), "Reported by", f"{paper.person or header.role}, {by}"))
    rows.append((str(len(rows) + 1), "At", moment(header.at_ms)))
    state = " (withdrawn)" if paper.withdrawn else ""
    about = f"{paper.ref}, version {paper.version}{state}, signed by {by}."
    exercise = ("EXERCISE EXERCISE EXERCISE",) if header.exercise else ()
    return Page(
        "Incident report",
        about,
        (Section("The report", exercise, table=_table(rows)),),
        banner,
    )


def empty_page(title: str = "") -> Page:
    """The form to fill in by hand, numbered alike. title: of the agreement."""
    rows = [
        (str(n), f"{words}\n{hint}", "\n".join([_BLANK] * _LINES.get(name, 1)))
        for n, (name, words, hint) in enumerate(NUMBERED, 1)
    ]
    rows.append((str(len(rows) + 1), "Reported by\nName, office, party", _BLANK))
    rows.append((str(len(rows) + 1), "At\nDate and time, Zulu", _BLANK))
    marking = "Marking (TLP, REL TO, ORCON): .............................................."
    return Page(
        "Incident report",
        f"{title}: to be filled in by hand" if title else "To be filled in by hand",
        (Section("The report", table=_table(rows)),),
        marking,
    )


def form_text(page: Page) -> str:
    """The form as plain text, a field a block; ``as_text`` would write it as a list of rows."""
    (head,) = page.sections
    lines = [clean(page.banner), *head.paragraphs, "", page.title, clean(page.subtitle), ""]
    for number, words, entry in head.table.rows if head.table is not None else ():
        name, *hints = words.splitlines()
        lines.append(f"{number:>2}. {name}{f' ({hints[0]})' if hints else ''}")
        for line in entry.splitlines():
            lines += [
                f"    {part}"
                for part in textwrap.wrap(clean(line), WIDTH - 4, break_long_words=False) or [""]
            ]
    return "\n".join([*lines, "", clean(page.banner)]) + "\n"


def empty_file() -> dict[str, Any]:
    """The form as a file to fill in."""
    empty: dict[str, Any] = {"format": FORMAT}
    lists = {"parties", "involved", "questions", "refs", "attachments"}
    for name, _, _ in NUMBERED:
        empty[key_of(name)] = [] if name in lists else None if name == "area" else ""
    return {**empty, key_of("state"): IncidentState.OPEN.value, _PERSON: ""}


def read_form(
    data: bytes, source: str, *, said_ms: int | None = None, zone: str | None = None
) -> tuple[Incident, str]:
    """The report in a filled form (UTF-8 JSON), and who reports. said_ms, zone: what a date
    without a year or a time without a zone rests on. FormatError, InputError: the member, and
    what would be right; ``source`` names the file."""
    value = parse_json(data, source)
    author = f"the author of {source}"
    known = {key_of(name): name for name, _, _ in NUMBERED}
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise FormatError(
            "this is no incident form", right=f'"format": "{FORMAT}"', where="format",
            at_fault=author,
        )  # fmt: skip
    strange = sorted(set(value) - {*known, "format", _PERSON})
    if strange:
        raise FormatError(
            f"{strange[0][:80]!r} is no field of the form",
            right=f"one of: {', '.join((*known, _PERSON))}",
            where=strange[0][:80],
            at_fault=author,
        )
    written = {known[key]: entry for key, entry in value.items() if key in known}
    person = value.get(_PERSON, "")
    if not isinstance(person, str):
        raise FormatError("a person that is no text", right="a name", where=_PERSON)
    content = content_of("incident", written, said_ms=said_ms, zone=zone, where="form")
    assert isinstance(content, Incident)
    return content, person


def form_file(content: Incident, person: str = "") -> dict[str, Any]:
    """A report as a file that ``read_form`` reads back; times as the instants they mean."""
    plain = to_plain(content)
    members = {key_of(name): plain[name] for name, _, _ in NUMBERED}
    return {"format": FORMAT, **members, _PERSON: person}


def _table(rows: list[tuple[str, str, str]]) -> Table:
    return Table(("No.", "Field", "Entry"), tuple(rows))


def _entry(content: Incident, name: str, names: Mapping[str, str]) -> list[str]:
    special: Mapping[str, Callable[[], list[str]]] = {
        "when": lambda: [format_when(content.when)],
        "area": lambda: [] if content.area is None else [_area(content.area)],
        "parties": lambda: [names.get(party, party) for party in content.parties],
        "attachments": lambda: [_attached(one) for one in content.attachments],
        "state": lambda: [content.state.value],
    }
    if name in special:
        return special[name]()
    value = getattr(content, name)
    return list(value) if isinstance(value, tuple) else value.splitlines()


def _area(area: Area) -> str:
    points = [f"{p.lat_deg:.4f} {p.lon_deg:.4f}" for p in area.vertices]
    within = f", and {length(round(area.reach_m))} around" if area.reach_cm else ""
    return f"{area.kind}: {'; '.join(points)} (latitude, longitude){within}"


def _attached(one: Attachment) -> str:
    return f"{one.name} ({one.media_type}, {one.size} bytes), SHA-256 {one.sha256}"
