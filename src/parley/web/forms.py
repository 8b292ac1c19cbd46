"""What an officer sends: request models, and how each becomes values of the domain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parley.errors import FormatError, InputError
from parley.node.first import Shown
from parley.rules.agreement import Agreement
from parley.rules.statements import Header, Observation, ReadBack, Rung
from parley.space import Area, Band, Position, Volume
from parley.wire import geojson
from parley.wire.features import volume_of
from parley.wire.instants import parse_instant
from parley.wire.jsontext import parse_json
from parley.wire.models import (
    FilledLine,
    HeightM,
    Id,
    IdOrEmpty,
    Line,
    RadiusM,
    Text,
    TrackName,
)
from parley.wire.places import area_from_text, position_from_text
from parley.wire.refusals import first_refusal

THE_REQUEST = "the request"

Instant = Annotated[
    str,
    Field(
        max_length=64,
        description="RFC 3339 with Z or an offset.",
        examples=["2031-05-01T10:00:00Z"],
    ),
]

_CIRCLE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [20.5, 40.25]},
    "properties": {"radius_m": 4000},
}
_PRESENCE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [20.5, 40.25]},
    "properties": {
        "radius_m": 500,
        "floor_m": 0,
        "ceiling_m": 300,
        "height_reference": "WGS84",
        "start": "2031-05-01T10:00:00Z",
        "end": "2031-05-01T12:00:00Z",
    },
}


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class FeatureForm(_Form):
    """A GeoJSON Feature of the profile: Point with radius_m, LineString with half_width_m,
    Polygon with an optional margin_m. Longitude first."""

    type: Literal["Feature"]
    geometry: dict[str, Any]
    properties: dict[str, Any] = {}


AreaForm = Annotated[
    FeatureForm | Annotated[str, Field(max_length=400_000)],
    Field(
        description="A GeoJSON Feature, or text: circle 35.52N 35.80E 4km; place latakia ...",
        examples=[_CIRCLE, "circle 40.25N 20.5E 4km"],
    ),
]


class PositionForm(_Form):
    lat_deg: Annotated[float, Field(ge=-90, le=90, strict=False)]
    lon_deg: Annotated[float, Field(ge=-180, le=180, strict=False)]


AnyPosition = Annotated[
    PositionForm | Annotated[str, Field(max_length=200)],
    Field(
        description="Degrees, or text in any notation: 35.52N 35.80E, MGRS, NAME 090/12km.",
        examples=[{"lat_deg": 40.25, "lon_deg": 20.5}, "40.25N 20.5E"],
    ),
]

Role = Annotated[Id, Field(description="Duty role, as the agreement names it.", examples=["duty"])]


SeenVersion = Annotated[
    int | None,
    Field(ge=1, le=2**31 - 1, description="As the screen showed it: see code done-before."),
]
SeenRung = Annotated[
    Literal["received", "read", "read-back", "accepted", "objected", "unable"] | None,
    Field(description="Of our own standing, as the screen showed it."),
]


class StepForm(_Form):
    step: Literal["activate", "all-clear", "cancel"]
    role: Role
    text: Text = ""
    seen_version: SeenVersion = None


class ReadBackForm(_Form):
    """Window, band and place in one's own words: the hull of all volumes, in whole metres."""

    start: Instant
    end: Instant
    floor_m: HeightM
    ceiling_m: HeightM
    place: IdOrEmpty = ""


class AnswerForm(_Form):
    rung: Literal["read", "read-back", "accepted", "objected", "unable"]
    role: Role
    read_back: ReadBackForm | None = None
    text: Text = ""
    seen_version: SeenVersion = None
    seen_rung: SeenRung = None


class StopForm(_Form):
    """area null and notice empty: everywhere."""

    role: Role
    area: AreaForm | None = None
    notice: IdOrEmpty = ""
    text: Text = ""


class DistressForm(_Form):
    role: Role
    subject: FilledLine
    since: Instant
    position: AnyPosition | None = None
    uncertainty_m: RadiusM = 0
    text: Text = ""


class ReportForm(_Form):
    """item: an earlier report of ours, to amend it (the third party has ceased, or moved)."""

    role: Role
    third_party: Id
    phase: Literal["open", "ceased"]
    area: AreaForm
    since: Instant
    item: IdOrEmpty = ""
    text: Text = ""


class NonconformanceForm(_Form):
    """notice: the id of the notice of ours that the flight departs from, or "". area, floor_m and
    ceiling_m: where it may be now, the heights both or neither. item: an earlier announcement of
    ours, to amend it (it moved, or the codes changed)."""

    role: Role
    notice: IdOrEmpty = ""
    codes: Annotated[
        list[Literal["place", "height", "early", "overrun", "overdue", "contingent"]],
        Field(min_length=1, max_length=6),
    ]
    since: Instant
    area: AreaForm | None = None
    floor_m: HeightM | None = None
    ceiling_m: HeightM | None = None
    item: IdOrEmpty = ""
    text: Text = ""


class PresenceForm(_Form):
    """volume: a GeoJSON Feature of the profile with heights and times. item: one to change."""

    role: Role
    label: Line = ""
    volume: Annotated[FeatureForm, Field(examples=[_PRESENCE])]
    item: IdOrEmpty = ""


class TrackForm(_Form):
    """One position of one track. Heights in metres above the WGS-84 ellipsoid, both or neither."""

    track: TrackName
    seen: Instant
    lat_deg: Annotated[float, Field(ge=-90, le=90, strict=False)]
    lon_deg: Annotated[float, Field(ge=-180, le=180, strict=False)]
    uncertainty_m: RadiusM
    floor_m: Annotated[float, Field(strict=False)] | None = None
    ceiling_m: Annotated[float, Field(strict=False)] | None = None
    owner: IdOrEmpty = ""
    source: Line = ""
    emergency: bool = False
    label: Line = ""


class TracksForm(_Form):
    role: Role
    tracks: Annotated[list[TrackForm], Field(min_length=1, max_length=10_000)]
    exercise: bool = False


class EvidenceForm(_Form):
    """refs, a period (from and until, both), an incident: one of them at least."""

    refs: Annotated[
        list[Annotated[str, Field(min_length=3, max_length=160)]],
        Field(max_length=1000, examples=[["notice:blue-1"]]),
    ] = []
    from_: Annotated[
        str, Field(alias="from", max_length=40, description="Of a period; RFC 3339.")
    ] = ""
    until: Annotated[str, Field(max_length=40, description="Its end, which belongs to it.")] = ""
    incident: Annotated[
        str,
        Field(max_length=160, description="With its claims, and all that they name."),
    ] = ""
    for_party: Annotated[
        IdOrEmpty,
        Field(description="Whom it is made for: what it may not have is left out and counted."),
    ] = ""


def shown_of(version: int | None, rung: str | None) -> Shown | None:
    """What the screen showed of our standing, if it was told."""
    return None if version is None else Shown(version, None if rung is None else Rung(rung))


def read_back_of(form: ReadBackForm | None) -> ReadBack | None:
    """Raises FormatError for an instant that is none."""
    if form is None:
        return None
    return ReadBack(
        parse_instant(form.start, "read_back.start"),
        parse_instant(form.end, "read_back.end"),
        form.floor_m,
        form.ceiling_m,
        form.place,
    )


def area_of(form: FeatureForm | str, agreement: Agreement, where: str = "area") -> Area:
    """One area. Raises FormatError, GeometryError, InputError with the place inside."""
    if isinstance(form, str):
        try:
            return area_from_text(form, agreement.positions, agreement)
        except InputError as error:
            raise error.blamed_on(f"the author of {THE_REQUEST}", where=where) from None
    feature = geojson.read_feature(form.model_dump(), where)
    if feature.areas is None or len(feature.areas) != 1:
        raise FormatError(
            f"{len(feature.areas or ())} areas",
            right="one Point, LineString or Polygon",
            where=f"{where}.geometry",
            at_fault=f"the author of {THE_REQUEST}",
        )
    return feature.areas[0]


def volume_from(form: FeatureForm, where: str = "volume") -> Volume:
    """One volume: an area with start, end, floor_m, ceiling_m and height_reference."""
    feature = geojson.read_feature(form.model_dump(), where)
    if feature.areas is None or len(feature.areas) != 1:
        raise FormatError(
            f"{len(feature.areas or ())} areas",
            right="one Point, LineString or Polygon",
            where=f"{where}.geometry",
            at_fault=f"the author of {THE_REQUEST}",
        )
    return volume_of(feature.areas[0], feature.properties, feature.where).volume


def band_of(floor_m: float | None, ceiling_m: float | None, where: str = "") -> Band | None:
    """A band, or None where neither is given. Raises FormatError, GeometryError."""
    if (floor_m is None) != (ceiling_m is None):
        raise FormatError(
            "one of floor_m and ceiling_m is missing", right="both, or neither", where=where
        )
    if floor_m is None or ceiling_m is None:
        return None
    try:
        return Band.metres(floor_m, ceiling_m)
    except InputError as error:
        raise error.blamed_on(f"the author of {THE_REQUEST}", where=where) from None


def position_of(form: PositionForm | str | None, agreement: Agreement) -> Position | None:
    if form is None:
        return None
    if isinstance(form, str):
        return position_from_text(form, agreement.positions)
    return Position(lat_deg=form.lat_deg, lon_deg=form.lon_deg)


def observations_of(
    form: TracksForm, *, by: str, agreement_ref: str, at_ms: int
) -> list[Observation]:
    """The tracks as observations of ours. Raises FormatError, GeometryError."""
    header = Header(by, form.role, at_ms, (), agreement_ref, form.exercise)
    return [_observation(header, seen, f"tracks[{n}]") for n, seen in enumerate(form.tracks)]


def tracks_form(data: bytes) -> TracksForm:
    """The JSON form of tracks. Raises FormatError, or InputError for a value refused."""
    value = parse_json(data, THE_REQUEST)
    try:
        return TracksForm.model_validate(value)
    except ValidationError as error:
        what, right, where = first_refusal(error, TracksForm)
        raise InputError(
            what, right=right, where=where, at_fault=f"the author of {THE_REQUEST}"
        ) from None


def under(agreement_ref: str, seen: Iterable[Observation]) -> list[Observation]:
    """The same observations, made under the agreement by its full name."""
    return [replace(one, header=replace(one.header, agreement=agreement_ref)) for one in seen]


def _observation(header: Header, seen: TrackForm, where: str) -> Observation:
    return Observation(
        header,
        seen.track,
        seen.owner,
        parse_instant(seen.seen, f"{where}.seen"),
        Position(lat_deg=seen.lat_deg, lon_deg=seen.lon_deg),
        band_of(seen.floor_m, seen.ceiling_m, where),
        seen.uncertainty_m,
        seen.source,
        seen.emergency,
        seen.label,
    )
