"""From papers to the shapes that the API answers with, and from its forms to papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from parley.liaison.kinds import KINDS
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import Heard, PaperRecord
from parley.node.liaison.views import Filed, Past
from parley.rules.findings import Finding
from parley.web.liaison.paper_shapes import (
    FiledView,
    HeardView,
    HistoryView,
    KindsView,
    KindView,
    MarkingView,
    MemberView,
    PapersView,
    PaperView,
    PastView,
)
from parley.web.views import finding_view, instant
from parley.wire import paperforms
from parley.wire.instants import format_instant
from parley.wire.liaisonwords import describe_paper
from parley.wire.papers import model_of, to_plain, value_from

FORM_PREFIX = "Paper"
"""Before the names of the forms of papers in OpenAPI."""


def content_of(kind: str, plain: Mapping[str, Any]) -> Content:
    """InputError names the place of what is refused: "content.names[3].language"."""
    found: Content = value_from(KINDS[kind].content, plain, "content")
    return found


def marking_of(plain: Mapping[str, Any] | None) -> Marking | None:
    if plain is None:
        return None
    found: Marking = value_from(Marking, plain, "marking")
    return found


def marking_view(marking: Marking) -> MarkingView:
    return MarkingView(
        banner=marking.banner(),
        tlp=marking.tlp.value,
        rel_to=list(marking.rel_to),
        originator=marking.originator,
        originator_control=marking.originator_control,
    )


def paper_view(record: PaperRecord, *, witnessed: bool = False) -> PaperView:
    paper = record.paper
    is_open = not paper.withdrawn and KINDS[paper.kind].is_open(record)
    return PaperView(
        **_version(paper),
        first=format_instant(record.first_ms),
        first_ms=record.first_ms,
        open=is_open,
        heard=[_heard_view(one) for one in record.heard],
        witnessed=witnessed,
    )


def papers_view(
    records: Iterable[PaperRecord], after: str, total: int, witnessed: set[str]
) -> PapersView:
    return PapersView(
        papers=[paper_view(record, witnessed=record.ref in witnessed) for record in records],
        next=after or None,
        total=None if total < 0 else total,
    )


def history_view(past: Iterable[Past]) -> HistoryView:
    return HistoryView(versions=[PastView(**_version(p.paper), index=p.index) for p in past])


def filed_view(filed: Filed, findings: Iterable[Finding]) -> FiledView:
    return FiledView(
        ref=filed.ref,
        version=filed.record.paper.version,
        index=filed.index,
        note=filed.note.decode("utf-8"),
        note_hash=filed.note_hash,
        paper=paper_view(filed.record),
        findings=[finding_view(one) for one in findings],
    )


def kinds_view() -> KindsView:
    return KindsView(
        kinds=[
            KindView(
                kind=kind,
                about=paperforms.about(kind),
                members=[
                    MemberView(name=m.name, required=m.required, default=m.default, form=m.form)
                    for m in paperforms.members(kind)
                ],
            )
            for kind in KINDS
        ]
    )


def forms_schema() -> tuple[dict[str, Any], dict[str, str]]:
    """OpenAPI schemas of all forms by name, and the name of each kind's own."""
    contents: dict[str, Any] = {kind: row.content for kind, row in KINDS.items()}
    models = {kind: model_of(content, optional=True) for kind, content in contents.items()}
    inputs = [
        (model, "validation") for model in (*models.values(), model_of(Marking, optional=True))
    ]
    names, found = models_json_schema(
        inputs,  # type: ignore[arg-type]
        ref_template=f"#/components/schemas/{FORM_PREFIX}{{model}}",
    )
    schemas = {f"{FORM_PREFIX}{name}": schema for name, schema in found["$defs"].items()}
    of_kind = {kind: names[model, "validation"]["$ref"] for kind, model in models.items()}
    return schemas, of_kind


def _version(paper: Paper) -> dict[str, Any]:
    header = paper.header
    return {
        "ref": paper.ref,
        "kind": paper.kind,
        "item": paper.item,
        "version": paper.version,
        "author": header.by,
        "role": header.role,
        "at": format_instant(header.at_ms),
        "at_ms": header.at_ms,
        "to": list(header.to),
        "marking": marking_view(paper.marking),
        "about": list(paper.about),
        "person": paper.person,
        "withdrawn": paper.withdrawn,
        "exercise": header.exercise,
        "content": to_plain(paper.content),
        "text": describe_paper(paper),
    }


def _heard_view(one: Heard) -> HeardView:
    return HeardView(
        party=one.party,
        version=one.version,
        rung=one.rung.value,
        number=one.number,
        received=instant(one.received_ms),
        received_ms=one.received_ms,
        read=instant(one.read_ms),
        read_ms=one.read_ms,
        read_back=instant(one.read_back_ms),
        read_back_ms=one.read_back_ms,
        answered=instant(one.answered_ms),
        answered_ms=one.answered_ms,
        role=one.role,
        person=one.person,
        text=one.text,
        wrong=list(one.wrong),
    )
