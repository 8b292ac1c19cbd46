"""What the screen shows beside the findings of a draft that is being drawn: shapes and forms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from parley.node.drafting.draft import Proposal
from parley.rules import leadtime
from parley.rules.acknowledgement import expected_read_back
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding
from parley.rules.hazard import REACTION, hazard_rows
from parley.rules.statements import Draft, Header, Notice, NoticeVolume
from parley.space import (
    Area,
    Position,
    distance_m,
    echo,
    format_range_bearing,
    read_position,
    surface_km2,
)
from parley.web.shapes import FindingView, ReadBackView
from parley.web.views import finding_view, outline_of, read_back_view
from parley.wire.assumed import Assumed, assumed_of
from parley.wire.conversion import Hints
from parley.wire.instants import format_instant, in_zone, parse_instant
from parley.wire.pasted import MAX_CHARS, Pasted, read_pasted
from parley.wire.places import position_from_text
from parley.wire.positions import suspicions
from parley.wire.words import describe

NEAREST = 5


class NotationsView(BaseModel):
    """One position in every notation; "" where a notation does not reach."""

    dd: str
    dms: str
    mgrs: str = ""
    range_bearing: str = ""


class LeadTimeView(BaseModel):
    verdict: Literal["timely", "late", "after-the-fact"]
    required_s: int
    given_s: int
    text: str


class LocalView(BaseModel):
    """The window in one zone's local time."""

    zone: str
    start: str
    end: str


class DrawnView(BaseModel):
    """One volume: its middle in every notation, its size, what a map draws."""

    use: Literal["activity", "aircraft"]
    centre: NotationsView
    lat_deg: float
    lon_deg: float
    area_km2: float
    outline: dict[str, Any]
    floor_m: float
    ceiling_m: float
    start_ms: int
    end_ms: int
    vertices: int


class HazardView(BaseModel):
    """A hazard volume that the draft would bring about. third_party: whose reaction, or empty."""

    cause: str
    third_party: str
    outline: dict[str, Any]
    floor_m: float
    ceiling_m: float
    start_ms: int
    end_ms: int


class CheckedView(BaseModel):
    findings: list[FindingView]
    worst: str = Field(description="info, advisory, warning or urgent; empty: nothing found.")
    lead_time: LeadTimeView
    read_back: ReadBackView
    start: str
    start_ms: int
    end: str
    end_ms: int
    local: list[LocalView]
    volumes: list[DrawnView]
    hazards: list[HazardView]
    area_km2: float = Field(description="The volumes' areas added up, overlaps counted twice.")
    text: str
    took_ms: int


Metres = float | None


class PasteForm(BaseModel):
    """Whatever was pasted, and what the screen knows already."""

    model_config = ConfigDict(strict=True, extra="forbid")

    text: Annotated[str, Field(max_length=MAX_CHARS)]
    activity_class: Annotated[str, Field(alias="class", max_length=64)] = ""
    floor_m: Metres = None
    ceiling_m: Metres = None
    radius_m: Metres = None
    half_width_m: Metres = None
    start: Annotated[str | None, Field(max_length=64)] = None
    end: Annotated[str | None, Field(max_length=64)] = None
    undulation_m: Metres = None
    undulation_error_m: Metres = None
    qnh_low_hpa: Metres = None
    qnh_high_hpa: Metres = None
    temperature_error: Metres = None
    ground_low_m: Metres = None
    ground_high_m: Metres = None

    def hints(self) -> Hints:
        return Hints(
            self.activity_class,
            self.half_width_m,
            self.radius_m,
            self.floor_m,
            self.ceiling_m,
            0.0,
            parse_instant(self.start, "start") if self.start else None,
            parse_instant(self.end, "end") if self.end else None,
        )

    def assumed(self) -> Assumed:
        return assumed_of(
            undulation_m=self.undulation_m,
            undulation_error_m=self.undulation_error_m,
            qnh_low_hpa=self.qnh_low_hpa,
            qnh_high_hpa=self.qnh_high_hpa,
            temperature_error=self.temperature_error,
            ground_low_m=self.ground_low_m,
            ground_high_m=self.ground_high_m,
        )


class PastedView(BaseModel):
    format: str
    draft: dict[str, Any] = Field(description="A FeatureCollection of the GeoJSON profile.")
    complete: bool
    missing: list[str]
    assumptions: list[str]


class PositionForm(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=200, examples=["35.5N 35.8E"])]


class FromView(BaseModel):
    name: str
    range_m: float
    bearing_deg: float = Field(description="True, from the named point.")


class CoordinatesView(BaseModel):
    lat_deg: float
    lon_deg: float
    dd: str
    dms: str
    mgrs: str
    range_bearing: list[FromView]
    precision_m: float = Field(description="So far may it be off by the rounding of its writing.")
    hints: list[str]


def notice_of(draft: Draft, proposal: Proposal, party: str, version: int, now_ms: int) -> Notice:
    """The notice that a draft would become if it were released now."""
    header = Header(party, proposal.role, now_ms, proposal.to or (), "", proposal.exercise)
    return Notice(
        header,
        proposal.item or draft.item or "draft",
        version,
        draft.activity_class,
        draft.volumes,
        draft.place,
        draft.text,
        "",
    )


def checked_view(
    notice: Notice,
    findings: Sequence[Finding],
    agreement: Agreement,
    zones: Sequence[str],
    took_ms: int,
) -> CheckedView:
    """InputError: a zone that is not known."""
    volumes = [_drawn(one, agreement) for one in notice.volumes]
    area_km2 = round(sum(one.area_km2 for one in volumes), 3)
    start, end = format_instant(notice.start_ms), format_instant(notice.end_ms)
    worst = max((one.level for one in findings), default=None)
    return CheckedView(
        findings=[finding_view(one) for one in findings],
        worst="" if worst is None else worst.name.lower(),
        lead_time=_lead_time(notice, agreement),
        read_back=read_back_view(expected_read_back(notice)),
        start=start,
        start_ms=notice.start_ms,
        end=end,
        end_ms=notice.end_ms,
        local=[
            LocalView(
                zone=zone, start=in_zone(notice.start_ms, zone), end=in_zone(notice.end_ms, zone)
            )
            for zone in zones
        ],
        volumes=volumes,
        hazards=_hazards(notice, agreement),
        area_km2=area_km2,
        text=f"{agreement.activity_class(notice.activity_class).title}: {len(volumes)} volume(s),"
        f" {area_km2:g} km2, {start} to {end}",
        took_ms=took_ms,
    )


def pasted_view(form: PasteForm, agreement: Agreement) -> PastedView:
    found: Pasted = read_pasted(form.text, agreement, form.hints(), form.assumed())
    return PastedView(
        format=found.format,
        draft=found.collection,
        complete=not found.missing,
        missing=list(found.missing),
        assumptions=list(found.assumptions),
    )


def coordinates_view(text: str, agreement: Agreement) -> CoordinatesView:
    """FormatError, GeometryError."""
    named = agreement.positions
    position = position_from_text(text, named)
    told = echo(position, named)
    return CoordinatesView(
        lat_deg=position.lat_deg,
        lon_deg=position.lon_deg,
        dd=told["dd"],
        dms=told["dms"],
        mgrs=told.get("mgrs", ""),
        range_bearing=_from_named(position, agreement),
        precision_m=round(_precision_m(text), 2),
        hints=suspicions(position, agreement),
    )


def _precision_m(text: str) -> float:
    """Of range and bearing: 1 m, as they are computed."""
    if "/" in text:
        return 1.0
    return read_position(text).within_m


def _from_named(position: Position, agreement: Agreement) -> list[FromView]:
    here = Area.point(position)
    away = sorted(
        (distance_m(Area.point(at), here), name, at) for name, at in agreement.positions.items()
    )
    found = []
    for metres, name, at in away[:NEAREST]:
        written = format_range_bearing(position, {name: at})
        bearing, _, _ = written.removeprefix(f"{name} ").partition("/")
        found.append(FromView(name=name, range_m=round(metres, 1), bearing_deg=float(bearing)))
    return found


def _lead_time(notice: Notice, agreement: Agreement) -> LeadTimeView:
    found = leadtime.declared(agreement, notice)
    measured = found.measured
    [verdict] = found.codes
    return LeadTimeView.model_validate(
        {
            "verdict": verdict,
            "required_s": measured["required_s"],
            "given_s": measured["lead_s"],
            "text": describe(found),
        }
    )


def _drawn(placed: NoticeVolume, agreement: Agreement) -> DrawnView:
    volume = placed.volume
    centre = volume.area.centre
    told = echo(centre, agreement.positions)
    return DrawnView(
        use=placed.use.value,
        centre=NotationsView(**told),
        lat_deg=centre.lat_deg,
        lon_deg=centre.lon_deg,
        area_km2=_rounded_up(surface_km2(volume.area)),
        outline=outline_of(volume.area),
        floor_m=volume.band.floor.m,
        ceiling_m=volume.band.ceiling.m,
        start_ms=volume.span.start_ms,
        end_ms=volume.span.end_ms,
        vertices=len(volume.area.vertices),
    )


def _rounded_up(km2: float) -> float:
    return math.ceil(km2 * 1000) / 1000


def _hazards(notice: Notice, agreement: Agreement) -> list[HazardView]:
    """One outline for each area: the volumes of one place differ in heights and times."""
    outlines: dict[Area, dict[str, Any]] = {}
    found = []
    for row in hazard_rows(agreement, notice):
        volume = row.volume
        if volume.area not in outlines:
            outlines[volume.area] = outline_of(volume.area)
        found.append(
            HazardView(
                cause=row.group,
                third_party=row.group.removeprefix(REACTION) if REACTION in row.group else "",
                outline=outlines[volume.area],
                floor_m=volume.band.floor.m,
                ceiling_m=volume.band.ceiling.m,
                start_ms=volume.span.start_ms,
                end_ms=volume.span.end_ms,
            )
        )
    return found
