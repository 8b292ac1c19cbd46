"""The members of a scenario file, see docs/formats/scenario.md. Strict and closed: it has no
member for a target, a weapon or intelligence."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from parley.wire.agreement_models import AreaFile, BandFile, InstantText, PositionText, Seconds
from parley.wire.models import FilledLine, Id, IdOrEmpty, Line, Text, TrackName

FORMAT = "parley/scenario/v1"

Km = Annotated[int, Field(ge=0, le=20_000)]
Prose = Annotated[str, Field(min_length=1, max_length=2_000)]
FactId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
Ids = Annotated[list[Id], Field(max_length=64)]
FactIds = Annotated[list[FactId], Field(max_length=64)]
Many = 10_000


class _File(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Claim(_File):
    """Who says so: a claimant with its sources, or "assumption" with its reason."""

    claimant: Id
    sources: FactIds = []
    reason: Line = ""


class FactFile(_Claim):
    """status superseded: its own claimant said otherwise later. dispute: which one it is part of.

    time: "" when none was published; approx says how exact it is. until: for what lasted.
    """

    id: FactId
    time: InstantText
    approx: Literal["exact", "about", "before", "after", "unpublished"]
    until: InstantText = ""
    text: Prose
    status: Literal["claim", "conflict", "superseded"]
    dispute: Annotated[str, Field(max_length=32)] = ""
    position: Annotated[str, Field(max_length=200)] = ""
    uncertainty_km: Km | None = None
    note: Line = ""


class SideFile(_File):
    claimant: Id
    text: Prose


class DisputeFile(_File):
    id: FactId
    topic: FilledLine
    claims: Annotated[list[SideFile], Field(min_length=2, max_length=16)]
    what_would_settle_it: Prose
    sources: FactIds


class AssumptionFile(_File):
    """What is ours and from no source: which part of the file, and why it is as it is."""

    id: FactId
    about: FilledLine
    claimant: Literal["assumption"]
    reason: Prose


class PointFile(_Claim):
    time: InstantText
    position: PositionText
    uncertainty_km: Km
    band: BandFile | None
    fact: Annotated[str, Field(max_length=32)] = ""
    emergency: bool = False


class TrackFile(_File):
    """between: what is taken to lie between two points (nothing, or an even straight flight)."""

    name: TrackName
    label: Line
    owner: Id
    seen_by: Annotated[list[Id], Field(min_length=1, max_length=64)]
    between: Literal["linear", "nothing"]
    points: Annotated[list[PointFile], Field(min_length=1, max_length=Many)]


class AccountFile(_File):
    title: FilledLine
    claimant: Id
    tracks: Annotated[list[TrackFile], Field(max_length=100)]


class VariantFile(_Claim):
    id: Id
    account: Id
    lead_s: Seconds


class PlaceFile(AreaFile):
    """An area as in an agreement, or ``named``: one of the agreement's gazetteer."""

    named: IdOrEmpty = ""


class VolumeFile(_File):
    area: PlaceFile
    band: BandFile
    start: InstantText
    end: InstantText


class NoticeVolumeFile(VolumeFile):
    use: Literal["activity", "aircraft"]


class ProtectFile(_File):
    label: FilledLine
    volume: VolumeFile


class NoticeFile(_File):
    activity_class: Id
    place: IdOrEmpty = ""
    volumes: Annotated[list[NoticeVolumeFile], Field(min_length=1, max_length=64)]


class AnswerFile(_File):
    """on: the act that is answered. A read-back repeats what the notice says."""

    on: Id
    rung: Literal["read", "read-back", "accepted", "objected", "unable"]


class StepFile(_File):
    on: Id
    step: Literal["activate", "all-clear", "cancel"]


class ReportFile(_File):
    third_party: Id
    phase: Literal["open", "ceased"]
    area: PlaceFile
    since: InstantText


class DistressFile(_File):
    subject: FilledLine
    since: InstantText
    position: Annotated[str, Field(max_length=200)] = ""
    uncertainty_km: Km = 0


class ActFile(_Claim):
    """One act of one officer; exactly one of the members from ``protect`` on."""

    id: Id
    time: InstantText
    by: Id
    role: Id
    fact: Annotated[str, Field(max_length=32)] = ""
    text: Text = ""
    protect: ProtectFile | None = None
    notice: NoticeFile | None = None
    answer: AnswerFile | None = None
    step: StepFile | None = None
    report: ReportFile | None = None
    distress: DistressFile | None = None


class ScriptFile(_File):
    """lead_of: the act whose notice a variant moves, so that it comes lead_s before its start."""

    title: FilledLine
    about: Prose
    lead_of: IdOrEmpty = ""
    acts: Annotated[list[ActFile], Field(max_length=Many)]


class WindowFile(_File):
    start: InstantText
    end: InstantText


class ScenarioFile(_File):
    """A scenario as people write and review it. ``agreement``: an agreement file, inline."""

    format: Literal["parley/scenario/v1"]
    id: Id
    title: FilledLine
    about: Prose
    zone: FilledLine
    zone_note: Line = ""
    window: WindowFile
    claimants: Annotated[dict[Id, FilledLine], Field(min_length=1, max_length=64)]
    sources: Annotated[dict[FactId, FilledLine], Field(max_length=Many)]
    place_of_activity: Annotated[str, Field(max_length=32)] = ""
    facts: Annotated[list[FactFile], Field(max_length=Many)]
    disputes: Annotated[list[DisputeFile], Field(max_length=Many)] = []
    assumptions: Annotated[list[AssumptionFile], Field(max_length=Many)] = []
    agreement: dict[str, Any]
    tracks: Annotated[list[TrackFile], Field(max_length=100)] = []
    accounts: Annotated[dict[Id, AccountFile], Field(min_length=1, max_length=16)]
    variants: Annotated[list[VariantFile], Field(max_length=1_000)] = []
    scripts: Annotated[dict[Id, ScriptFile], Field(min_length=1, max_length=16)]
