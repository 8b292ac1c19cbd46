"""The paper form of a notice: its fields numbered 1 to 12, the same everywhere (docs/formats).

Fields 10 to 12 are filled in by hand during the call: what came back, the reply, who and when.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from html import escape

from parley.wire.forms.facts import Facts
from parley.wire.forms.script import REPLY, heights_value, page, shape_value, times_value

FIELDS: Mapping[int, str] = {
    1: "From",
    2: "Exercise or real",
    3: "Notice and version",
    4: "Activity",
    5: "Place",
    6: "Area",
    7: "Heights",
    8: "Times",
    9: "To, and reply owed",
    10: "Read back",
    11: "Reply",
    12: "Call",
}
"""The number of each field: that of the screen, the form and the script."""
_WIDTH = 78
_LABEL = 26


def form_rows(facts: Facts, zones: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """(number, name, value) of every row, in the order of the form."""
    place = facts.place or "no named place"
    rows = [
        ("1", FIELDS[1], f"{facts.by}: {facts.by_name}, {facts.role}"),
        ("2", FIELDS[2], "EXERCISE" if facts.exercise else "REAL"),
        ("3", FIELDS[3], f"{facts.item} version {facts.version}"),
        ("4", FIELDS[4], f"{facts.activity_class}: {facts.title}"),
        ("5", FIELDS[5], place),
    ]
    many = len(facts.areas) > 1
    for n, area in enumerate(facts.areas, 1):
        dot = f".{n}" if many else ""
        rows += [
            (f"6{dot}", FIELDS[6], shape_value(area)),
            (f"7{dot}", FIELDS[7], heights_value(area)),
            (f"8{dot}a", f"{FIELDS[8]}: from", times_value(area.start_ms, zones)),
            (f"8{dot}b", f"{FIELDS[8]}: until", times_value(area.end_ms, zones)),
        ]
    to = ", ".join(facts.to) or "nobody"
    rows.append(("9", FIELDS[9], f"{to}: read back 3, 5 to 8; then {REPLY}"))
    rows += [
        ("10", f"{FIELDS[10]} by", "3 [ ]  5 [ ]  6 [ ]  7 [ ]  8 [ ]   right: [ ]  wrong: [ ]"),
        ("11", FIELDS[11], "accepted [ ]  objected [ ]  unable [ ]"),
        ("12", FIELDS[12], "at (Zulu) ________  with ______________  by ______________"),
    ]
    return rows


def form_text(facts: Facts, *, banner: str, zones: Sequence[str] = ()) -> str:
    """The form as plain text, lines of 78 characters at most; the same bytes every time."""
    out = [banner, f"NOTICE FORM {facts.item} version {facts.version}", "=" * _WIDTH]
    for number, name, value in form_rows(facts, zones):
        label = f"{number:>5}  {name}"
        lines = textwrap.wrap(value, _WIDTH - _LABEL - 1) or [""]
        out.append(f"{label:<{_LABEL}} {lines[0]}".rstrip())
        out += [f"{'':<{_LABEL}} {line}" for line in lines[1:]]
    return "\n".join([*out, "=" * _WIDTH, banner, ""])


def form_html(facts: Facts, *, banner: str, zones: Sequence[str] = ()) -> str:
    """The form as a page that prints on one sheet of A4."""
    rows = "".join(
        f"<tr><th>{number}</th><td>{escape(name)}</td><td class=v>{_boxes(value)}</td></tr>"
        for number, name, value in form_rows(facts, zones)
    )
    title = f"Notice {facts.item} version {facts.version}"
    return page(title, banner, f"<table>{rows}</table>")


def _boxes(value: str) -> str:
    return escape(value).replace("[ ]", "&#9744;")
