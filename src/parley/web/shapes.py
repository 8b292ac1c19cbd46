"""What the API answers with: the response models, as OpenAPI shows them.

Every instant stands twice: RFC 3339 in UTC for people, and ``*_ms`` since the epoch.
Areas are GeoJSON Features with radius_m, half_width_m or margin_m, as in the GeoJSON profile.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

Kind = Literal["notice", "stop", "distress", "report", "nonconformance"]


class PositionView(BaseModel):
    lat_deg: float
    lon_deg: float


class FindingView(BaseModel):
    """What the rules conclude. `text` says it in English; the other members are for programs."""

    key: str = Field(description="Equal for findings about the same thing.")
    kind: str
    level: Literal["info", "advisory", "warning", "urgent"]
    refs: list[str]
    parties: list[str]
    from_: str = Field(alias="from")
    from_ms: int
    until: str
    until_ms: int
    measures: dict[str, int]
    codes: list[str]
    text: str


class VolumeView(BaseModel):
    use: Literal["activity", "aircraft"]
    area: dict[str, Any] = Field(description="GeoJSON Feature, exact: core and size.")
    outline: dict[str, Any] | None = Field(
        None, description="GeoJSON Polygon or MultiPolygon that holds the area, on request."
    )
    floor_m: float = Field(description="Metres above the WGS-84 ellipsoid.")
    ceiling_m: float
    start: str
    start_ms: int
    end: str
    end_ms: int


class ReadBackView(BaseModel):
    """What a receiver has to repeat."""

    start: str
    start_ms: int
    end: str
    end_ms: int
    floor_m: int
    ceiling_m: int
    place: str


class NoticeView(BaseModel):
    kind: Literal["notice"] = "notice"
    activity_class: str
    place: str
    text: str
    releaser: str
    start: str
    start_ms: int
    end: str
    end_ms: int
    volumes: list[VolumeView]
    read_back: ReadBackView


class StopView(BaseModel):
    kind: Literal["stop"] = "stop"
    area: dict[str, Any] | None
    outline: dict[str, Any] | None = None
    notice: str
    text: str


class DistressView(BaseModel):
    kind: Literal["distress"] = "distress"
    subject: str
    position: PositionView | None
    uncertainty_m: int
    since: str
    since_ms: int
    text: str


class ReportView(BaseModel):
    kind: Literal["report"] = "report"
    third_party: str
    phase: Literal["open", "ceased"]
    since: str
    since_ms: int
    area: dict[str, Any]
    outline: dict[str, Any] | None = None
    text: str


class NonconformanceView(BaseModel):
    kind: Literal["nonconformance"] = "nonconformance"
    notice: str
    codes: list[str]
    since: str
    since_ms: int
    area: dict[str, Any] | None
    outline: dict[str, Any] | None = None
    floor_m: float | None = Field(description="Metres above the WGS-84 ellipsoid; null: any.")
    ceiling_m: float | None
    text: str


class StandingView(BaseModel):
    """Where one party stands on the ladder; an instant is null while the rung is not climbed."""

    party: str
    version: int
    rung: str
    role: str
    received: str | None
    received_ms: int
    read: str | None
    read_ms: int
    read_back: str | None
    read_back_ms: int
    answered: str | None
    answered_ms: int
    mismatch: list[str]


class ItemView(BaseModel):
    ref: str
    kind: Kind
    item: str
    author: str
    role: str
    to: list[str]
    exercise: bool
    version: int = Field(description="Everything its author said of it, counted.")
    content_version: int = Field(description="The version whose words are in force.")
    state: str
    closed: bool
    closed_at: str | None
    closed_ms: int
    told: str = Field(description="When its words were given, by the author's clock.")
    told_ms: int
    content: NoticeView | StopView | DistressView | ReportView | NonconformanceView
    standings: list[StandingView]
    text: str
    witnessed: bool = Field(
        False, description="All that our log has about it is below a head that others cosigned."
    )


class ItemsView(BaseModel):
    items: list[ItemView]
    next: str | None = Field(description="Give it as `after` for the next page; null: the end.")


class FindingsView(BaseModel):
    findings: list[FindingView]
    next: str | None = Field(
        None, description="Give it as `after` for the next page; null: the end."
    )
    total: int | None = Field(None, description="Of all that stand, where this is a page of them.")


class PostedView(BaseModel):
    """What was said and is durable; peers get it as soon as their link allows. A STOP or a
    DISTRESS that our log cannot take goes out all the same, with `logged` false."""

    ref: str
    version: int
    index: int = Field(description="Place in our own log; negative while it is not logged.")
    note: str = Field(description="The exact signed note.")
    note_hash: str
    findings: list[FindingView]
    item: ItemView | None
    copies: dict[str, str] = Field(
        {}, description="Hash of each addressee's own note, where each has its own."
    )
    logged: bool = True
    witnessed: bool = Field(
        False, description="Whether others signed a head above it: never at this moment."
    )
    warning: str = Field("", description="What the officer must know about it now.")


class AlarmView(BaseModel):
    """What must be seen at once and is in no store: gone when the node stops."""

    number: int
    at: str
    at_ms: int
    kind: str
    data: dict[str, Any]


class EventView(BaseModel):
    seq: int = Field(description="0 for an alarm that is in no journal; it has no `id:` either.")
    at: str
    at_ms: int
    kind: str
    data: dict[str, Any]


class JournalView(BaseModel):
    events: list[EventView]
    next: int | None = Field(description="Give it as `after` for the next page; null: the end.")


class LogEntryView(BaseModel):
    index: int
    kind: str
    type: str
    by: str
    at: str | None
    at_ms: int
    note_hash: str
    note: str
    body: dict[str, Any]
    witnessed: bool = Field(False, description="Below a head of ours that enough cosigned.")


class LogView(BaseModel):
    entries: list[LogEntryView]
    next: int | None = Field(description="Give it as `start` for the next page; null: the end.")


class LinkView(BaseModel):
    peer: str
    up: bool
    since: str
    since_ms: int
    reached: str | None
    reached_ms: int
    heard: str | None
    heard_ms: int
    pending: int
    error: str
    proofs_error: str = Field("", description="The same for heads and copies of logs.")
    cosigned_size: int = Field(0, description="Of our largest head that this peer cosigned.")


class LinksView(BaseModel):
    links: list[LinkView]


class CosignedView(BaseModel):
    size: int
    at: str | None
    at_s: int


class WitnessedView(BaseModel):
    """How far our log is held by others."""

    size: int = Field(description="Entries below a head that `quorum` parties cosigned.")
    at: str | None
    at_s: int
    by: dict[str, CosignedView] = Field(description="The largest head that each party cosigned.")
    quorum: int
    state: Literal["confirmed", "unconfirmed", "behind"]
    head_size: int = Field(description="Of our newest head; 0: none yet.")


class ExhibitView(BaseModel):
    """Statements signed by one party that cannot both be true. `note`: ours, with the parts."""

    key: str
    accused: str
    kind: str
    by: str
    found: str
    found_ms: int
    what: str
    index: int
    note: str


class ExhibitsView(BaseModel):
    exhibits: list[ExhibitView]
    next: str | None = Field(
        None, description="Give it as `after` for the next page; null: the end."
    )


class SuspicionView(BaseModel):
    """What a party does not answer for. Never proof."""

    party: str
    kind: str
    about: str
    what: str
    since: str
    since_ms: int
    last: str
    last_ms: int


class SuspicionsView(BaseModel):
    suspicions: list[SuspicionView]


class HeadView(BaseModel):
    """The newest head of a log that we hold. mirrored_size: so far goes our copy of that log."""

    origin: str
    party: str
    size: int
    root: str
    note: str
    mirrored_size: int


class HeadsView(BaseModel):
    heads: list[HeadView]


class HealthView(BaseModel):
    party: str
    agreement: str
    now: str
    now_ms: int
    log_size: int
    log_root: str
    open_items: int
    declared_volumes: int
    hazard_volumes: int
    findings: int
    pending: dict[str, int]
    refused_by_peers: int
    last_event: int = Field(description="Give it as `after` to GET /v1/events.")
    links: list[LinkView]
    afloat: int = Field(0, description="Statements of ours that our log could not take so far.")
    alarms: list[AlarmView] = []
    witnessed: WitnessedView
    exhibits: int = Field(0, description="Proofs against a party: see GET /v1/exhibits.")
    suspicions: int = 0
    zones: dict[str, str] = Field({}, description="IANA time zone by party, where it gave one.")
