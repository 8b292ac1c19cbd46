"""The domain to the bodies of statements, member by member. ``models`` says what they mean."""

from __future__ import annotations

from typing import Any

from parley.rules.statements import (
    Answer,
    Distress,
    Header,
    ItemEvent,
    Nonconformance,
    Notice,
    Observation,
    Presence,
    Report,
    Stop,
    WatchRecord,
)
from parley.space import Area, Band, Position, Volume

_KIND_OF = {"point": "circle", "path": "corridor", "polygon": "polygon"}


def header_to(header: Header) -> dict[str, Any]:
    body: dict[str, Any] = {
        "by": header.by,
        "role": header.role,
        "at_ms": header.at_ms,
        "to": list(header.to),
        "agreement": header.agreement,
        "exercise": header.exercise,
    }
    if header.copy_for:
        body["copy_for"] = header.copy_for
    return body


def position_to(position: Position) -> list[int]:
    """[lat, lon] in 1e-7 degree."""
    return [position.lat_e7, position.lon_e7]


def area_to(area: Area) -> dict[str, Any]:
    """The body of an area, see ``models.AreaBody``."""
    return {
        "kind": _KIND_OF[area.kind],
        "points": [[p.lat_e7, p.lon_e7] for p in area.vertices],
        "reach_cm": area.reach_cm,
    }


def band_to(band: Band) -> dict[str, Any]:
    """The body of a band, see ``models.BandBody``."""
    return {"floor_cm": band.floor.cm, "ceiling_cm": band.ceiling.cm}


def volume_to(volume: Volume) -> dict[str, Any]:
    """The body of a volume, see ``models.VolumeBody``."""
    return {
        "area": area_to(volume.area),
        "floor_cm": volume.band.floor.cm,
        "ceiling_cm": volume.band.ceiling.cm,
        "start_ms": volume.span.start_ms,
        "end_ms": volume.span.end_ms,
    }


def notice_to(notice: Notice) -> dict[str, Any]:
    return {
        "item": notice.item,
        "version": notice.version,
        "activity_class": notice.activity_class,
        "volumes": [{**volume_to(v.volume), "use": v.use.value} for v in notice.volumes],
        "place": notice.place,
        "text": notice.text,
        "releaser": notice.releaser,
    }


def item_event_to(event: ItemEvent) -> dict[str, Any]:
    return {
        "item": event.item,
        "version": event.version,
        "step": event.step.value,
        "text": event.text,
    }


def answer_to(answer: Answer) -> dict[str, Any]:
    back = answer.read_back
    return {
        "item": answer.item,
        "version": answer.version,
        "number": answer.number,
        "rung": answer.rung.value,
        "read_back": back
        and {
            "start_ms": back.start_ms,
            "end_ms": back.end_ms,
            "floor_m": back.floor_m,
            "ceiling_m": back.ceiling_m,
            "place": back.place,
        },
        "text": answer.text,
    }


def stop_to(stop: Stop) -> dict[str, Any]:
    return {
        "item": stop.item,
        "version": stop.version,
        "area": stop.area and area_to(stop.area),
        "notice": stop.notice,
        "text": stop.text,
    }


def distress_to(distress: Distress) -> dict[str, Any]:
    return {
        "item": distress.item,
        "version": distress.version,
        "subject": distress.subject,
        "position": distress.position and position_to(distress.position),
        "uncertainty_m": distress.uncertainty_m,
        "since_ms": distress.since_ms,
        "text": distress.text,
    }


def report_to(report: Report) -> dict[str, Any]:
    return {
        "item": report.item,
        "version": report.version,
        "third_party": report.third_party,
        "phase": report.phase.value,
        "since_ms": report.since_ms,
        "area": area_to(report.area),
        "text": report.text,
    }


def nonconformance_to(said: Nonconformance) -> dict[str, Any]:
    return {
        "item": said.item,
        "version": said.version,
        "notice": said.notice,
        "codes": [code.value for code in said.codes],
        "since_ms": said.since_ms,
        "area": said.area and area_to(said.area),
        "band": said.band and band_to(said.band),
        "text": said.text,
    }


def presence_to(presence: Presence) -> dict[str, Any]:
    return {
        "item": presence.item,
        "version": presence.version,
        "label": presence.label,
        "volume": volume_to(presence.volume),
        "withdrawn": presence.withdrawn,
    }


def observation_to(seen: Observation) -> dict[str, Any]:
    return {
        "track": seen.track,
        "owner": seen.owner,
        "seen_ms": seen.seen_ms,
        "position": position_to(seen.position),
        "band": seen.band and band_to(seen.band),
        "uncertainty_m": seen.uncertainty_m,
        "source": seen.source,
        "emergency": seen.emergency,
        "label": seen.label,
    }


def watch_record_to(record: WatchRecord) -> dict[str, Any]:
    watched = record.watched
    basis = [
        {
            "track": one.track,
            "seen_ms": one.seen_ms,
            "position": position_to(one.position),
            "uncertainty_m": one.uncertainty_m,
            "band": one.band and band_to(one.band),
            "owner": one.owner,
        }
        for one in watched.basis
    ]
    return {"change": watched.change.value, **watched.finding.as_json(), "basis": basis}
