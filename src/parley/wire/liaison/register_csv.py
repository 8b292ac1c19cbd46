"""The register of releases as rows and as a table: who passed on what to whom, when, under which
marking, on what grounds. Each row carries its marking; none carries the words themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from parley.liaison.papers.paper import Paper
from parley.liaison.releases.filtering import marking_of
from parley.liaison.releases.register import of
from parley.wire.instants import format_instant
from parley.wire.notices_csv import guarded

COLUMNS = (
    *("ref", "marking", "holder", "originator", "recipient", "subject", "subject_hash"),
    *("released", "released_ms", "marking_given", "grounds", "consent", "requested_by"),
    *("released_by", "enclosed", "breach", "text"),
)


def register_row(paper: Paper, breach: str = "") -> dict[str, str]:
    """One entry by ``COLUMNS``. marking: of the entry itself; marking_given: under which the words
    went; enclosed: "note", "safety-subset" or "" for by hand; breach: what was found against it."""
    said = of(paper)
    at_ms = paper.header.at_ms
    inside = "note" if said.enclosed else "safety-subset" if said.dangers else ""
    return {
        "ref": paper.ref,
        "marking": marking_of(paper).banner(),
        "holder": paper.header.by,
        "originator": said.originator,
        "recipient": said.recipient,
        "subject": said.subject,
        "subject_hash": said.subject_hash,
        "released": format_instant(at_ms),
        "released_ms": str(at_ms),
        "marking_given": said.marking.banner(),
        "grounds": said.grounds.value,
        "consent": said.consent,
        "requested_by": said.requested_by,
        "released_by": said.released_by,
        "enclosed": inside,
        "breach": breach,
        "text": said.text,
    }


def register_csv(rows: Iterable[Mapping[str, str]], banner: str) -> str:
    """A table, RFC 4180 with a header row; cells that a spreadsheet would take for a formula have
    an apostrophe in front. banner: a row of its own at the top and at the bottom, in ``ref``."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    marked = [guarded(banner), *[""] * (len(COLUMNS) - 1)]
    if banner:
        writer.writerow(marked)
    for row in rows:
        writer.writerow([guarded(row[name]) for name in COLUMNS])
    if banner:
        writer.writerow(marked)
    return out.getvalue()
