"""What the routes of the console's map answer with, as OpenAPI shows them. Heights are metres
above the WGS-84 ellipsoid; null: none is known, so any."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from parley.web.shapes import ItemView, Kind

Geometry = dict[str, Any]


class PictureItem(BaseModel):
    """One item as it stood at the instant; what its kind does not have is empty."""

    ref: str
    kind: Kind
    author: str
    role: str
    to: list[str]
    exercise: bool
    activity_class: str
    state: str
    closed: bool
    version: int
    content_version: int
    told_ms: int = Field(description="When these words were given, by the author's clock.")
    known_ms: int | None = Field(description="When our log held them; null: not asked.")
    start_ms: int | None
    end_ms: int | None = Field(description="null: until it is lifted.")
    place: str
    text: str
    subject: str
    notice: str
    third_party: str
    codes: list[str]


class PictureVolume(BaseModel):
    """layer: declared and hazard volumes of items; the area of an urgent item as it was told; a
    protected presence of ours."""

    ref: str
    n: int
    layer: Literal["declared", "hazard", "area", "presence"]
    use: Literal["activity", "aircraft", ""]
    cause: str = Field(description="Of a hazard: activity, reaction:ID, no-all-clear, engaged:ID.")
    party: str
    exercise: bool
    activity_class: str
    label: str
    state: str
    in_force: bool = Field(description="The instant is within start and end.")
    floor_m: float | None
    ceiling_m: float | None
    start_ms: int
    end_ms: int | None = Field(description="null: until it is lifted.")
    outline: Geometry = Field(description="GeoJSON Polygon or MultiPolygon that holds the area.")


class NamedAreaView(BaseModel):
    id: str
    name: str
    outline: Geometry


class NamedLineView(NamedAreaView):
    path: Geometry


class NamedSiteView(NamedAreaView):
    party: str
    floor_m: float
    ceiling_m: float


class ThirdPartyReach(NamedAreaView):
    """outline: where it stands. reach: activity in there is assumed to make it react."""

    reach: Geometry
    trigger_m: int
    reach_m: int
    overshoot_m: int
    floor_m: float
    ceiling_m: float
    after_s: int


class NamedPositionView(BaseModel):
    name: str
    lat_deg: float
    lon_deg: float


class NamedView(BaseModel):
    """What the agreement of that instant names."""

    area: Geometry
    areas: list[NamedAreaView]
    lines: list[NamedLineView]
    sites: list[NamedSiteView]
    third_parties: list[ThirdPartyReach]
    positions: list[NamedPositionView]


class PictureView(BaseModel):
    """The 4-D picture at one instant."""

    now: str
    now_ms: int
    at: str
    at_ms: int
    as_of: str | None = Field(description="Only what our log held by then; null: all of it.")
    as_of_ms: int | None
    live: bool
    last_event: int = Field(description="Give it as `after` to GET /v1/events.")
    agreement: str
    items: list[PictureItem]
    volumes: list[PictureVolume]
    named: NamedView
    tracks: dict[str, Any] | None = Field(description="Columns as in GET /v1/watch/picture.")
    tracks_at_ms: int | None
    gap_s: float | None = Field(description="No track was kept for so long before the instant.")
    tracks_note: str
    moving: dict[str, Any] | None
    complete: bool = Field(description="false: `behind` entries of our log were not read yet.")
    behind: int
    left_out: int


class ReadForm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    refs: Annotated[list[Annotated[str, Field(min_length=1, max_length=80)]], Field(max_length=500)]
    outlines: bool = True


class ReadView(BaseModel):
    now_ms: int
    items: list[ItemView]
    volumes: list[PictureVolume]
    missing: list[str]


class TrailView(BaseModel):
    """Parallel lists, oldest first; unknown numbers are null."""

    track: str
    from_ms: int
    until_ms: int
    every_ms: int = Field(description="So often the picture is kept.")
    step_ms: int = Field(description="So far apart the points are.")
    at_ms: list[int]
    lat: list[float]
    lon: list[float]
    height_m: list[float | None]
    course_deg: list[float | None]
    speed_mps: list[float | None]
    status: list[int]
    gaps: list[tuple[int, int]] = Field(description="From and until, in ms: nothing was kept.")
    first_ms: int | None = Field(description="The oldest picture that is kept.")
    last_ms: int | None
