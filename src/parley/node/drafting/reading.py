"""What stands in the body of a draft: the words of a notice, or the form of a release. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parley.errors import FormatError, InputError
from parley.liaison.papers.marking import Marking, parse_marking
from parley.node.drafting.draft import DraftKind, Proposal
from parley.rules import statements
from parley.rules.agreement import Agreement
from parley.wire.geojson import draft_from_geojson
from parley.wire.jsontext import parse_json
from parley.wire.kml import draft_from_kml
from parley.wire.models import FilledLine, Ref, Text
from parley.wire.refusals import first_refusal, shown

GEOJSON = ("application/geo+json", "application/json")
KML = "application/vnd.google-earth.kml+xml"
SOURCE = "the request"
NOTICES = frozenset({DraftKind.NOTICE, DraftKind.AMENDMENT})

_Banner = Annotated[str, Field(max_length=1000)]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ReleaseForm(_Form):
    """What is passed on to whom; who asks and who releases are known from the draft."""

    subject: Ref
    recipient: FilledLine
    marking: _Banner = ""
    safety: bool = False
    enclose: bool = True
    text: Text = ""


class WideningForm(_Form):
    """A paper of ours, and the marking under which it is to stand."""

    ref: Ref
    marking: Annotated[str, Field(min_length=1, max_length=1000)]
    text: Text = ""


Words = statements.Draft | ReleaseForm | WideningForm


@dataclass(frozen=True, slots=True)
class Read:
    """The words of a proposal, its window as their hull (-1: none)."""

    words: Words
    start_ms: int = -1
    end_ms: int = -1


def read(proposal: Proposal, agreement: Agreement) -> Read:
    """The words in the body, by its kind and content type. May take a while: in a thread.

    Raises what the readers raise, and FormatError for another content type."""
    if proposal.kind in NOTICES:
        draft = notice_draft(proposal.body.encode(), proposal.content_type, agreement)
        if not draft.volumes:
            raise InputError("the notice has no volume", right="at least one area, band and window")
        spans = [one.volume.span for one in draft.volumes]
        start_ms, end_ms = min(s.start_ms for s in spans), max(s.end_ms for s in spans)
        return Read(draft, start_ms, end_ms)
    model = ReleaseForm if proposal.kind is DraftKind.RELEASE else WideningForm
    value = parse_json(proposal.body.encode(), SOURCE)
    try:
        form = model.model_validate(value)
    except ValidationError as error:
        what, right, where = first_refusal(error, model)
        raise InputError(
            what, right=right, where=where, at_fault=f"the author of {SOURCE}"
        ) from None
    marking_of(form.marking)
    return Read(form)


def notice_draft(body: bytes, content_type: str, agreement: Agreement) -> statements.Draft:
    """The draft of a notice in GeoJSON or KML. Raises what the readers raise."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in GEOJSON:
        return draft_from_geojson(body, SOURCE, agreement)
    if kind == KML:
        return draft_from_kml(body, SOURCE, agreement)
    raise FormatError(
        f"content type {shown(kind)} is no draft", right=f"one of {', '.join((*GEOJSON, KML))}"
    )


def marking_of(banner: str) -> Marking | None:
    return parse_marking(banner) if banner else None
