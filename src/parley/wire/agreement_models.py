"""The members of an agreement file, see docs/formats/agreement.md. Strict and closed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from parley.wire.models import Count, FilledLine, HeightM, Id, RadiusM

FORMAT = "parley/agreement/v1"

PositionText = Annotated[str, Field(min_length=1, max_length=200)]
InstantText = Annotated[str, Field(max_length=64)]
Seconds = Annotated[int, Field(ge=0, le=366 * 86_400)]
Metres = RadiusM
Many = 1_000


class _File(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class CircleFile(_File):
    centre: PositionText
    radius_m: Metres


class CorridorFile(_File):
    points: Annotated[list[PositionText], Field(min_length=2, max_length=10_000)]
    half_width_m: Metres


class PolygonFile(_File):
    vertices: Annotated[list[PositionText], Field(min_length=3, max_length=10_000)]
    margin_m: Metres = 0


class AreaFile(_File):
    """Exactly one of the three."""

    circle: CircleFile | None = None
    corridor: CorridorFile | None = None
    polygon: PolygonFile | None = None


class BandFile(_File):
    """Whole metres above the WGS-84 ellipsoid."""

    floor_m: HeightM
    ceiling_m: HeightM


class ValidFile(_File):
    start: InstantText
    end: InstantText


class PartyFile(_File):
    id: Id
    name: FilledLine
    roles: Annotated[list[Id], Field(min_length=1, max_length=Many)]
    observer: bool = False


class EscalationFile(_File):
    after_s: Seconds
    role: Id


class TimersFile(_File):
    read_s: Seconds
    read_back_s: Seconds
    answer_s: Seconds
    escalation: Annotated[list[EscalationFile], Field(max_length=Many)] = []


class SeparationFile(_File):
    horizontal_m: Metres
    vertical_m: Annotated[int, Field(ge=0, le=108_000)]
    time_s: Seconds


class HazardFile(_File):
    overshoot_m: Metres
    overshoot_up_m: Annotated[int, Field(ge=0, le=108_000)]
    before_s: Seconds
    after_s: Seconds


class ClassFile(_File):
    id: Id
    title: FilledLine
    lead_s: Seconds
    timers: TimersFile
    separation: SeparationFile
    hazard: HazardFile
    provokes_reaction: bool = False
    needs_all_clear: bool = False
    needs_aircraft_area: bool = False
    needs_read_back: bool = True


class ReactionFile(_File):
    trigger_m: Metres
    reach_m: Metres
    overshoot_m: Metres
    band: BandFile
    after_s: Seconds


class ThirdPartyFile(_File):
    id: Id
    name: FilledLine
    posture: AreaFile
    reaction: ReactionFile
    version: Count = 1


class NamedAreaFile(_File):
    id: Id
    name: FilledLine
    area: AreaFile


class LineFile(_File):
    """known_to_m: how exactly the line is known, to each side."""

    id: Id
    name: FilledLine
    points: Annotated[list[PositionText], Field(min_length=2, max_length=10_000)]
    known_to_m: Metres = 0


class SiteFile(_File):
    id: Id
    name: FilledLine
    party: Id
    area: AreaFile
    band: BandFile


class TruthFile(_File):
    tolerance_m: Metres
    max_speed_mps: Annotated[int, Field(ge=0, le=10_000)]
    max_age_s: Seconds
    claim_m: Metres


class AgreementFile(_File):
    """An agreement as people write and review it. ``watch`` is read by ``watchrules``."""

    format: Literal["parley/agreement/v1"]
    id: Id
    version: Count
    title: FilledLine
    valid: ValidFile
    area: AreaFile
    parties: Annotated[list[PartyFile], Field(min_length=1, max_length=Many)]
    classes: Annotated[list[ClassFile], Field(min_length=1, max_length=Many)]
    urgent: TimersFile
    truth: TruthFile
    distress_pass_on_s: Seconds
    all_clear_cap_s: Seconds
    third_parties: Annotated[list[ThirdPartyFile], Field(max_length=Many)] = []
    sites: Annotated[list[SiteFile], Field(max_length=Many)] = []
    named_areas: Annotated[list[NamedAreaFile], Field(max_length=Many)] = []
    named_positions: Annotated[dict[FilledLine, PositionText], Field(max_length=Many)] = {}
    conflicts_within_party: bool = False
    watch: dict[str, Any] | None = None
    lines: Annotated[list[LineFile], Field(max_length=Many)] = []
