"""From the domain's values to the shapes that the API answers with: small pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from parley.ledger import note_hash
from parley.node.views import Alarm, Health, JournalEvent, Link, LogEntry, Posted, Witnessed
from parley.rules.acknowledgement import Standing, expected_read_back
from parley.rules.findings import Finding
from parley.rules.item import KINDS, ItemRecord, kind_of, state_at
from parley.rules.statements import (
    Distress,
    Item,
    Nonconformance,
    Notice,
    NoticeVolume,
    ReadBack,
    Report,
    Stop,
)
from parley.space import Area, Band, Position, Span, Volume
from parley.web.shapes import (
    AlarmView,
    CosignedView,
    DistressView,
    EventView,
    FindingsView,
    FindingView,
    HealthView,
    ItemView,
    Kind,
    LinkView,
    LogEntryView,
    NonconformanceView,
    NoticeView,
    PositionView,
    PostedView,
    ReadBackView,
    ReportView,
    StandingView,
    StopView,
    VolumeView,
    WitnessedView,
)
from parley.wire.geojson import size_property, unrolled, volume_to_feature
from parley.wire.instants import MAX_MS, format_instant
from parley.wire.words import describe, describe_record

NOT_LOGGED = (
    "not logged: our own log does not take it now; it goes out from memory, and our record of it"
    " is lost if this node stops before the log takes it"
)


def instant(ms: int) -> str | None:
    """RFC 3339, or None for -1 (not yet)."""
    return None if ms < 0 else format_instant(ms)


def area_feature(area: Area) -> dict[str, Any]:
    """The exact area: core as Point, LineString or Polygon, its size in properties."""
    points = unrolled(area)
    kind = {"point": "Point", "path": "LineString", "polygon": "Polygon"}[area.kind]
    coordinates = {"point": points[0], "path": points, "polygon": [points]}[area.kind]
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": size_property(area),
    }


def outline_of(area: Area) -> dict[str, Any]:
    """A geometry for a map that holds the area."""
    volume = Volume(area, Band.metres(0, 0), Span(0, 0))
    geometry: dict[str, Any] = volume_to_feature(volume, {})["geometry"]
    return geometry


def position_view(position: Position) -> PositionView:
    return PositionView(lat_deg=position.lat_deg, lon_deg=position.lon_deg)


def finding_view(finding: Finding) -> FindingView:
    return FindingView.model_validate(
        {
            **finding.as_json(),
            "key": finding.key,
            "from": format_instant(finding.from_ms),
            "until": format_instant(finding.until_ms),
            "text": describe(finding),
        }
    )


def findings_view(findings: Iterable[Finding]) -> FindingsView:
    return FindingsView(findings=[finding_view(f) for f in findings], next=None, total=None)


def item_view(
    record: ItemRecord, now_ms: int, *, outlines: bool = False, witnessed: bool = False
) -> ItemView:
    """One item as time has it at ``now_ms``."""
    content = record.content
    header = content.header
    return ItemView(
        ref=record.ref,
        kind=_kind(content),
        item=record.item,
        author=record.author,
        role=header.role,
        to=list(header.to),
        exercise=header.exercise,
        version=record.version,
        content_version=content.version,
        state=state_at(record, now_ms).value,
        closed=record.closed,
        closed_at=instant(record.closed_ms),
        closed_ms=record.closed_ms,
        told=format_instant(header.at_ms),
        told_ms=header.at_ms,
        content=_content_view(content, outlines=outlines),
        standings=[_standing_view(s) for s in record.standings],
        text=describe_record(record),
        witnessed=witnessed,
    )


def posted_view(posted: Posted, now_ms: int) -> PostedView:
    record = posted.record
    return PostedView(
        ref=posted.ref,
        version=posted.version,
        index=posted.index,
        note=posted.note.decode("utf-8"),
        note_hash=posted.note_hash,
        findings=[finding_view(f) for f in posted.findings],
        item=None if record is None else item_view(record, now_ms),
        copies=dict(posted.copies),
        logged=posted.logged,
        witnessed=False,
        warning="" if posted.logged else NOT_LOGGED,
    )


def alarm_view(alarm: Alarm) -> AlarmView:
    return AlarmView(
        number=alarm.number,
        at=format_instant(alarm.at_ms),
        at_ms=alarm.at_ms,
        kind=alarm.kind,
        data=dict(alarm.data),
    )


def alarm_event_view(alarm: Alarm) -> EventView:
    """The same in the stream of events, where it has no number."""
    return EventView(
        seq=0,
        at=format_instant(alarm.at_ms),
        at_ms=alarm.at_ms,
        kind=alarm.kind,
        data=dict(alarm.data),
    )


def event_view(event: JournalEvent) -> EventView:
    return EventView(
        seq=event.seq,
        at=format_instant(event.at_ms),
        at_ms=event.at_ms,
        kind=event.kind,
        data=dict(event.data),
    )


def log_entry_view(entry: LogEntry) -> LogEntryView:
    return LogEntryView(
        index=entry.index,
        kind=entry.kind.label,
        type=entry.type,
        by=entry.by,
        at=instant(entry.at_ms),
        at_ms=entry.at_ms,
        note_hash=note_hash(entry.note).hex(),
        note=entry.note.decode("utf-8"),
        body=dict(entry.body),
        witnessed=entry.witnessed,
    )


def link_view(link: Link) -> LinkView:
    return LinkView(
        peer=link.peer,
        up=link.up,
        since=format_instant(link.since_ms),
        since_ms=link.since_ms,
        reached=instant(link.reached_ms),
        reached_ms=link.reached_ms,
        heard=instant(link.heard_ms),
        heard_ms=link.heard_ms,
        pending=link.pending,
        error=link.error,
        proofs_error=link.proofs_error,
        cosigned_size=link.cosigned_size,
    )


def health_view(health: Health, last_event: int, zones: Mapping[str, str]) -> HealthView:
    return HealthView(
        party=health.party,
        agreement=health.agreement_ref,
        now=format_instant(health.now_ms),
        now_ms=health.now_ms,
        log_size=health.log_size,
        log_root=health.log_root,
        open_items=health.open_items,
        declared_volumes=health.declared_volumes,
        hazard_volumes=health.hazard_volumes,
        findings=health.findings,
        pending=dict(health.pending),
        refused_by_peers=health.refused_by_peers,
        last_event=last_event,
        links=[link_view(link) for link in health.links],
        afloat=health.afloat,
        alarms=[alarm_view(alarm) for alarm in health.alarms],
        witnessed=witnessed_view(health.witnessed),
        exhibits=health.exhibits,
        suspicions=health.suspicions,
        zones=dict(zones),
    )


def witnessed_view(found: Witnessed) -> WitnessedView:
    return WitnessedView(
        size=found.size,
        at=_second(found.at_s),
        at_s=found.at_s,
        by={
            party: CosignedView(size=size, at=_second(at_s), at_s=at_s)
            for party, (size, at_s) in sorted(found.by.items())
        },
        quorum=found.quorum,
        state=found.state.value,
        head_size=found.head_size,
    )


def _second(at_s: int) -> str | None:
    """An instant of a cosigner's clock; None where it says none, or one that no calendar has."""
    return format_instant(at_s * 1000) if 0 < at_s <= MAX_MS // 1000 else None


def _kind(content: Item) -> Kind:
    kind = kind_of(content)
    assert kind in KINDS
    return kind  # type: ignore[return-value]


def _content_view(
    content: Item, *, outlines: bool
) -> NoticeView | StopView | DistressView | ReportView | NonconformanceView:
    if isinstance(content, Notice):
        return notice_view(content, outlines=outlines)
    if isinstance(content, Stop):
        area = content.area
        return StopView(
            area=None if area is None else area_feature(area),
            outline=outline_of(area) if outlines and area is not None else None,
            notice=content.notice,
            text=content.text,
        )
    if isinstance(content, Distress):
        return _distress_view(content)
    if isinstance(content, Nonconformance):
        return _nonconformance_view(content, outlines=outlines)
    return _report_view(content, outlines=outlines)


def notice_view(notice: Notice, *, outlines: bool = True) -> NoticeView:
    return NoticeView(
        activity_class=notice.activity_class,
        place=notice.place,
        text=notice.text,
        releaser=notice.releaser,
        start=format_instant(notice.start_ms),
        start_ms=notice.start_ms,
        end=format_instant(notice.end_ms),
        end_ms=notice.end_ms,
        volumes=[_volume_view(v, outlines=outlines) for v in notice.volumes],
        read_back=read_back_view(expected_read_back(notice)),
    )


def read_back_view(said: ReadBack) -> ReadBackView:
    return ReadBackView(
        start=format_instant(said.start_ms),
        start_ms=said.start_ms,
        end=format_instant(said.end_ms),
        end_ms=said.end_ms,
        floor_m=said.floor_m,
        ceiling_m=said.ceiling_m,
        place=said.place,
    )


def _distress_view(distress: Distress) -> DistressView:
    return DistressView(
        subject=distress.subject,
        position=None if distress.position is None else position_view(distress.position),
        uncertainty_m=distress.uncertainty_m,
        since=format_instant(distress.since_ms),
        since_ms=distress.since_ms,
        text=distress.text,
    )


def _nonconformance_view(said: Nonconformance, *, outlines: bool) -> NonconformanceView:
    area, band = said.area, said.band
    return NonconformanceView(
        notice=said.notice,
        codes=[code.value for code in said.codes],
        since=format_instant(said.since_ms),
        since_ms=said.since_ms,
        area=None if area is None else area_feature(area),
        outline=outline_of(area) if outlines and area is not None else None,
        floor_m=None if band is None else band.floor.m,
        ceiling_m=None if band is None else band.ceiling.m,
        text=said.text,
    )


def _report_view(report: Report, *, outlines: bool) -> ReportView:
    return ReportView(
        third_party=report.third_party,
        phase=report.phase.value,
        since=format_instant(report.since_ms),
        since_ms=report.since_ms,
        area=area_feature(report.area),
        outline=outline_of(report.area) if outlines else None,
        text=report.text,
    )


def _volume_view(placed: NoticeVolume, *, outlines: bool) -> VolumeView:
    volume = placed.volume
    return VolumeView(
        use=placed.use.value,
        area=area_feature(volume.area),
        outline=outline_of(volume.area) if outlines else None,
        floor_m=volume.band.floor.m,
        ceiling_m=volume.band.ceiling.m,
        start=format_instant(volume.span.start_ms),
        start_ms=volume.span.start_ms,
        end=format_instant(volume.span.end_ms),
        end_ms=volume.span.end_ms,
    )


def _standing_view(standing: Standing) -> StandingView:
    return StandingView(
        party=standing.party,
        version=standing.version,
        rung=standing.rung.value,
        role=standing.role,
        received=instant(standing.received_ms),
        received_ms=standing.received_ms,
        read=instant(standing.read_ms),
        read_ms=standing.read_ms,
        read_back=instant(standing.read_back_ms),
        read_back_ms=standing.read_back_ms,
        answered=instant(standing.answered_ms),
        answered_ms=standing.answered_ms,
        mismatch=list(standing.mismatch),
    )
