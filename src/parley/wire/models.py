"""The bodies of statements as pydantic models: what OpenAPI shows and what decode lets in.

Every member is always present; null says "none". Integers only: positions [lat, lon] in 1e-7
degree WGS-84, heights in whole cm above the ellipsoid, instants in ms since the epoch, UTC.
Strict (a boolean is no integer) and closed: no member for a reason, a target or a weapon exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from parley.rules.findings import Kind
from parley.space.height import MAX_CM, MIN_CM
from parley.wire.instants import MAX_MS, MIN_MS

MAX_VOLUMES = 64
MAX_VERTICES = 10_000
MAX_TEXT = 4_000
MAX_ADDRESSEES = 64
MAX_RADIUS_M = 1_000_000
MAX_REFS = 16
MAX_NAMED = 64

ID_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
_ID_OR_EMPTY = r"^([a-z0-9][a-z0-9._-]{0,63})?$"
_TRACK = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
# No control characters but the newline, and nothing that reorders what a person reads.
_PLAIN = r"\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
TEXT_PATTERN = rf"^[^{_PLAIN}]*$"
LINE_PATTERN = rf"^[^\n{_PLAIN}]*$"
_MARK = rf"[^|\n{_PLAIN}]"

Id = Annotated[str, Field(pattern=ID_PATTERN)]
IdOrEmpty = Annotated[str, Field(pattern=_ID_OR_EMPTY)]
TrackName = Annotated[str, Field(pattern=_TRACK)]
Text = Annotated[str, Field(max_length=MAX_TEXT, pattern=TEXT_PATTERN)]
Line = Annotated[str, Field(max_length=200, pattern=LINE_PATTERN)]
FilledLine = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE_PATTERN)]
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
InstantMs = Annotated[int, Field(ge=MIN_MS, le=MAX_MS)]
HeightCm = Annotated[int, Field(ge=MIN_CM, le=MAX_CM)]
HeightM = Annotated[int, Field(ge=MIN_CM // 100, le=MAX_CM // 100)]
RadiusM = Annotated[int, Field(ge=0, le=MAX_RADIUS_M)]
ReachCm = Annotated[int, Field(ge=0, le=MAX_RADIUS_M * 100)]
LatE7 = Annotated[int, Field(strict=True, ge=-900_000_000, le=900_000_000)]
LonE7 = Annotated[int, Field(strict=True, ge=-1_800_000_000, lt=1_800_000_000)]
Point = Annotated[tuple[LatE7, LonE7], Field(strict=False)]


Mark = Annotated[str, Field(pattern=f"^{_MARK}{{1,128}}$")]
Ref = Annotated[str, Field(pattern=f"^[a-z][a-z-]{{0,30}}:{_MARK}{{1,128}}$")]
Measure = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Whole = Annotated[int, Field(gt=-(2**53), lt=2**53)]
if TYPE_CHECKING:
    FindingKind = str
else:
    FindingKind = Literal[tuple(kind.value for kind in Kind)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class AreaBody(_Body):
    """A circle (one point), a corridor (its centre line) or a polygon (its ring, not closed).

    reach_cm: the radius of a circle, half the width of a corridor, the margin of a polygon.
    """

    kind: Literal["circle", "corridor", "polygon"]
    points: Annotated[list[Point], Field(min_length=1, max_length=MAX_VERTICES)]
    reach_cm: ReachCm


class VolumeBody(_Body):
    """An area, a band of heights and a span of time; all bounds belong to it (closed)."""

    area: AreaBody
    floor_cm: HeightCm
    ceiling_cm: HeightCm
    start_ms: InstantMs
    end_ms: InstantMs


class NoticeVolumeBody(VolumeBody):
    """use: where the activity has its effects, or where the originator's own aircraft are."""

    use: Literal["activity", "aircraft"]


class BandBody(_Body):
    floor_cm: HeightCm
    ceiling_cm: HeightCm


class ReadBackBody(_Body):
    """The values a receiver repeats; heights in whole metres, place "" where there is none."""

    start_ms: InstantMs
    end_ms: InstantMs
    floor_m: HeightM
    ceiling_m: HeightM
    place: IdOrEmpty


class HeaderBody(_Body):
    """by: party; role: duty role; at_ms: the speaker's clock; to: parties, sorted, without by.

    copy_for: the one addressee whose copy this is; absent where all get the same."""

    by: Id
    role: Id
    at_ms: InstantMs
    to: Annotated[list[Id], Field(max_length=MAX_ADDRESSEES)]
    agreement: Id
    exercise: bool
    copy_for: Id = ""


class _ItemBody(HeaderBody):
    item: Id
    version: Count


class NoticeBody(_ItemBody):
    """parley/notice/v1: a notice of activity, or a new version of one."""

    activity_class: Id
    volumes: Annotated[list[NoticeVolumeBody], Field(min_length=1, max_length=MAX_VOLUMES)]
    place: IdOrEmpty
    text: Text
    releaser: IdOrEmpty


class ItemEventBody(_ItemBody):
    """parley/item-event/v1: the author activates, lifts or cancels an item."""

    step: Literal["activate", "all-clear", "cancel"]
    text: Text


class AnswerBody(_ItemBody):
    """parley/answer/v1: one rung of the acknowledgement ladder, for one version of an item."""

    number: Count
    rung: Literal["received", "read", "read-back", "accepted", "objected", "unable"]
    read_back: ReadBackBody | None
    text: Text


class StopBody(_ItemBody):
    """parley/stop/v1: cease within an area (null: everywhere), or cease the notice named."""

    area: AreaBody | None
    notice: IdOrEmpty
    text: Text


class DistressBody(_ItemBody):
    """parley/distress/v1: who is in distress, where, and since when that is known."""

    subject: FilledLine
    position: Point | None
    uncertainty_m: RadiusM
    since_ms: InstantMs
    text: Text


class ReportBody(_ItemBody):
    """parley/report/v1: what a third party does within an area, or that it has ceased."""

    third_party: Id
    phase: Literal["open", "ceased"]
    since_ms: InstantMs
    area: AreaBody
    text: Text


class NonconformanceBody(_ItemBody):
    """parley/nonconformance/v1: a flight of one's own does not conform.

    notice: the one it departs from, "" for a flight without one. codes: sorted, each once. area
    and band: where it may be now."""

    notice: IdOrEmpty
    codes: Annotated[
        list[Literal["place", "height", "early", "overrun", "overdue", "contingent"]],
        Field(min_length=1, max_length=6),
    ]
    since_ms: InstantMs
    area: AreaBody | None
    band: BandBody | None
    text: Text


class PresenceBody(_ItemBody):
    """parley/presence/v1: a protected presence of one's own; it stays in one's own log."""

    label: Line
    volume: VolumeBody
    withdrawn: bool


class ObservationBody(HeaderBody):
    """parley/observation/v1: one position of one track; it stays in one's own log."""

    track: TrackName
    owner: IdOrEmpty
    seen_ms: InstantMs
    position: Point
    band: BandBody | None
    uncertainty_m: RadiusM
    source: Line
    emergency: bool
    label: Line


class BasisBody(_Body):
    """Where the watch had one track: uncertainty_m grows with the age of what was seen."""

    track: Mark
    seen_ms: InstantMs
    position: Point
    uncertainty_m: Annotated[int, Field(ge=0, le=2**31 - 1)]
    band: BandBody | None
    owner: IdOrEmpty


class WatchRecordBody(HeaderBody):
    """parley/watch-record/v1: what the live watch found; it stays in one's own log.

    refs, in the order of the kind; parties and codes sorted, each once; basis sorted by track.
    """

    change: Literal["opened", "changed", "closed"]
    kind: FindingKind
    level: Literal["info", "advisory", "warning", "urgent"]
    refs: Annotated[list[Ref], Field(min_length=1, max_length=MAX_REFS)]
    parties: Annotated[list[Id], Field(max_length=MAX_NAMED)]
    from_ms: InstantMs
    until_ms: InstantMs
    measures: Annotated[dict[Measure, Whole], Field(max_length=MAX_NAMED)]
    codes: Annotated[list[FilledLine], Field(max_length=MAX_NAMED)]
    basis: Annotated[list[BasisBody], Field(max_length=MAX_NAMED)]


BODIES: dict[str, type[HeaderBody]] = {
    "parley/notice/v1": NoticeBody,
    "parley/item-event/v1": ItemEventBody,
    "parley/answer/v1": AnswerBody,
    "parley/stop/v1": StopBody,
    "parley/distress/v1": DistressBody,
    "parley/report/v1": ReportBody,
    "parley/nonconformance/v1": NonconformanceBody,
    "parley/presence/v1": PresenceBody,
    "parley/observation/v1": ObservationBody,
    "parley/watch-record/v1": WatchRecordBody,
}
