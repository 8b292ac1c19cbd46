"""What the API tells of the live watch, and what officers may ask of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from parley.web.forms import Instant
from parley.web.shapes import FindingView
from parley.wire.models import Id, IdOrEmpty

TrackId = Annotated[str, Field(min_length=1, max_length=200, examples=["icao:4ca216"])]
Role = Annotated[str, Field(min_length=1, max_length=64, description="A duty role of ours.")]
AlarmKey = Annotated[str, Field(min_length=1, max_length=1_000)]


class TrackView(BaseModel):
    """One track where it is believed to be now. Unknown numbers are null."""

    id: str
    label: str
    owner: str = Field(description="The party that answers for it, or empty.")
    lat_deg: float
    lon_deg: float
    radius_m: float = Field(description="95 % circle round it, grown with its age.")
    speed_mps: float | None
    course_deg: float | None = Field(description="True, 0 to 360.")
    climb_mps: float | None
    pressure_m: float | None = Field(description="Metres on 1013.25 hPa.")
    height_m: float | None = Field(description="Metres above the WGS-84 ellipsoid.")
    age_s: float
    seen: str
    seen_ms: int
    status: Literal["live", "coasting", "lost"]
    sensors: int
    on_ground: bool
    emergency: bool
    doubted: bool


class TracksView(BaseModel):
    now: str
    now_ms: int
    tracks: list[TrackView]
    next: str | None = Field(description="Pass as `after` for the next page; null at the end.")


class AlarmedView(BaseModel):
    """One alarm: a condition that needs a response."""

    key: str
    priority: Literal["critical", "high", "medium", "low"]
    state: str
    active: bool
    response: str = Field(description="What to do about it.")
    finding: FindingView
    raised: str
    raised_ms: int
    told_ms: int = Field(description="When it was annunciated last, anew or because it rose.")
    count: int
    first_out: bool = Field(description="The first of those about the same subject.")
    group: str
    acknowledged_by: str
    acknowledged: str | None
    shelved_by: str
    shelved_until: str | None
    shelf_reason: str
    escalations: int
    flood: bool = Field(description="Gathered in a flood: listed, not annunciated.")


class FloodView(BaseModel):
    """A flood that goes on: what it gathered stands in the list, marked ``flood``."""

    began: str
    began_ms: int
    count: int = Field(description="Alarms gathered since.")
    first: list[str] = Field(description="The keys of the first of them.")


class RatesView(BaseModel):
    """Alarms against what an officer can bear (EEMUA 191, ISA-18.2)."""

    in_10_min: int
    in_hour: int
    in_day: int
    peak_10_min: int
    standing: int
    unacknowledged: int
    shelved: int
    suppressed: int
    stale: int
    acknowledge_ms: int | None
    flood_permille: int
    percent: dict[str, int]
    reference_a_day: int
    reference_in_10_min: int
    reference_percent: dict[str, int]


class FeedView(BaseModel):
    name: str
    url: str
    state: Literal["connecting", "live", "silent", "stopped"]
    connects: int
    bytes: int
    reports: int
    last: str | None
    last_ms: int
    rejected: dict[str, int] = Field(description="What could not be read or taken, by name.")
    error: str


class SensorView(BaseModel):
    """How a sensor stands to the aircraft that it has in common with others. One that is not
    listed could not be compared."""

    sensor: str
    misaligned: bool
    rotation_mdeg: int = Field(description="Thousandths of a degree, clockwise.")
    range_m: int
    offset_m: int
    tracks: int = Field(description="So many were compared.")
    confidence_percent: int
    codes: list[str]


class AlarmsView(BaseModel):
    alarms: list[AlarmedView]
    next: str | None = Field(description="Pass as `after` for the next page; null at the end.")
    total: int


class WatchView(BaseModel):
    """The watch at one glance; the same is sent by its stream, once a second. Of each list the
    most urgent; ``left_out`` counts the others, and GET /v1/watch/alarms has them."""

    now: str
    now_ms: int
    swept: int = Field(description="Sweeps since the start.")
    last_ms: int
    took_ms: int
    tracks: dict[str, int] = Field(description="Tracks by status: live, coasting, lost.")
    findings: list[FindingView]
    alarms: list[AlarmedView]
    shelved: list[AlarmedView]
    flood: FloodView | None
    rates: RatesView
    feeds: list[FeedView]
    rejected: dict[str, int]
    sensors: list[SensorView]
    left_out: dict[str, int] = Field(description="findings, alarms, shelved: behind those shown.")


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class UnshelveForm(_Form):
    key: AlarmKey
    role: Role


class AcknowledgeForm(UnshelveForm):
    seen_ms: int | None = Field(
        None,
        description="`told_ms` of the alarm as the officer saw it: what rose since is not"
        " acknowledged with it.",
    )


class ShelveForm(_Form):
    key: AlarmKey
    role: Role
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    until: Instant


class ActedView(BaseModel):
    """done: false if it was done before; then `by` and `at` say by whom and when."""

    alarm: AlarmedView
    done: bool
    by: str
    at: str | None


class ClaimForm(_Form):
    """Whose track it is; an empty party takes it back."""

    track: TrackId
    party: IdOrEmpty
    role: Role


class BindForm(_Form):
    """Which notice a track flies ("notice:ID"); empty takes it back."""

    track: TrackId
    notice: Annotated[str, Field(max_length=80)]
    role: Role


class KeepAwayForm(_Form):
    """Nobody else within so much of this track, from now until then."""

    track: TrackId
    radius_m: Annotated[int, Field(ge=0, le=200_000)]
    up_m: Annotated[int, Field(ge=0, le=100_000)]
    down_m: Annotated[int, Field(ge=0, le=100_000)]
    until: Instant
    except_parties: Annotated[list[Id], Field(max_length=64)] = []
    role: Role


class KeepAwayView(BaseModel):
    ref: str
    track: str
    party: str
    radius_m: int
    up_m: int
    down_m: int
    until: str
    except_parties: list[str]
