"""A draft or a finding as an officer checks it: in words, every coordinate in every notation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from parley.cli.show import Out, times
from parley.rules.findings import Finding, Kind, Level, finding
from parley.space import Area, echo
from parley.wire.instants import format_instant
from parley.wire.words import describe, duration, length

if TYPE_CHECKING:
    from parley.rules.agreement import Agreement
    from parley.rules.statements import Draft
    from parley.space import Position

SHOWN_VERTICES = 12


def finding_members(found: Finding) -> dict[str, Any]:
    """A finding with the members that the API gives it."""
    return {
        "key": found.key,
        **found.as_json(),
        "from": format_instant(found.from_ms),
        "until": format_instant(found.until_ms),
        "text": describe(found),
    }


def event_words(event: Mapping[str, Any]) -> str:
    """One journal event of the API in words."""
    kind, data = str(event["kind"]), event["data"]
    if kind.startswith(("finding-", "watch-")):
        return f"{data['level'].upper()} {describe(_finding_of(data))}"
    if kind.startswith(("alarm-", "flood-")) and "key" in data:
        return _alarm_words(data)
    if kind == "link":
        return f"{data['peer']} is {'up' if data['up'] else 'DOWN'}"
    return ", ".join(f"{name} {_value(value)}" for name, value in data.items())


def _finding_of(data: Mapping[str, Any]) -> Finding:
    return finding(
        Kind(data["kind"]),
        Level[data["level"].upper()],
        data["refs"],
        parties=data["parties"],
        window_ms=(data["from_ms"], data["until_ms"]),
        measures=data["measures"],
        codes=data["codes"],
    )


def _alarm_words(data: Mapping[str, Any]) -> str:
    """An alarm: its priority and its finding; a flood: how many it gathered; and by whom."""
    who = f" ({data['role']})" if data["role"] else ""
    if "flood" in data:
        return f"{data['flood']['count']} alarms gathered{who}"
    alarm = data["alarm"]
    return f"{alarm['priority'].upper()} {describe(_finding_of(alarm['finding']))}{who}"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {part}" for name, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def draft_members(draft: Draft, agreement: Agreement) -> dict[str, Any]:
    """The draft for programs: its volumes, and each vertex in every notation."""
    return {
        "class": draft.activity_class,
        "place": draft.place,
        "text": draft.text,
        "volumes": [
            {
                "use": v.use.value,
                "shape": v.volume.area.kind,
                "reach_m": v.volume.area.reach_m,
                "positions": [echo(p, agreement.positions) for p in v.volume.area.vertices],
                "floor_m": v.volume.band.floor.m,
                "ceiling_m": v.volume.band.ceiling.m,
                "start_ms": v.volume.span.start_ms,
                "end_ms": v.volume.span.end_ms,
            }
            for v in draft.volumes
        ],
    }


def show_draft(
    out: Out, draft: Draft, agreement: Agreement, zones: Mapping[str, str], now_ms: int
) -> None:
    """The draft in words: class, lead time, then every volume with its positions echoed."""
    activity = agreement.activity_class(draft.activity_class)
    start_ms = min(v.volume.span.start_ms for v in draft.volumes)
    place = agreement.named_area(draft.place).name if draft.place else ""
    out.pairs(
        (
            ("Class", f"{activity.id}: {activity.title}"),
            ("Place", f"{draft.place}: {place}" if place else ""),
            ("Text", draft.text),
            ("Lead time", _lead(start_ms - now_ms, activity.lead_s)),
        )
    )
    for number, one in enumerate(draft.volumes, start=1):
        volume = one.volume
        out.line()
        out.line(f"Volume {number}: {one.use.value}, {shape_words(volume.area)}", "bold")
        out.pairs(
            (
                ("From", times(volume.span.start_ms, zones)),
                ("Until", times(volume.span.end_ms, zones)),
                ("Heights", f"{_metres(volume.band.floor.m)} to {_metres(volume.band.ceiling.m)}"
                 " above the WGS-84 ellipsoid"),
            )
        )  # fmt: skip
        show_positions(out, volume.area.vertices, agreement)


def show_positions(out: Out, positions: Iterable[Position], agreement: Agreement) -> None:
    """Each position in decimal degrees, DMS, MGRS and range and bearing, to compare."""
    listed = list(positions)
    rows = []
    for position in listed[:SHOWN_VERTICES]:
        said = echo(position, agreement.positions)
        rows.append([said.get(name, "") for name in ("dd", "dms", "mgrs", "range_bearing")])
    out.table(("DD", "DMS", "MGRS", "Bearing/range"), rows)
    if len(listed) > SHOWN_VERTICES:
        out.line(f"... and {len(listed) - SHOWN_VERTICES} positions more", "dim")


def shape_words(area: Area) -> str:
    """``circle of 4.0 km round``, ``corridor 2.0 km to each side of 3 points`` ..."""
    count = len(area.vertices)
    if area.kind == "point":
        return f"circle of {_metres(area.reach_m)} round" if area.reach_cm else "one point"
    if area.kind == "path":
        return f"corridor {_metres(area.reach_m)} to each side of {count} points"
    margin = f" and {_metres(area.reach_m)} around it" if area.reach_cm else ""
    return f"polygon of {count} vertices{margin}"


def _lead(lead_ms: int, required_s: int) -> str:
    lead_s = lead_ms // 1000
    if lead_s < 0:
        return f"AFTER THE FACT by {_long(-lead_s)}; {_long(required_s)} is agreed"
    verdict = "in time" if lead_ms >= required_s * 1000 else "TOO LATE"
    return f"{verdict}: {_long(lead_s)} before the start; {_long(required_s)} is agreed"


def _long(seconds: int) -> str:
    days = seconds // 86_400
    return f"{days} days" if days > 2 else duration(seconds)


def _metres(metres: float) -> str:
    whole = f"{metres:,.2f}".rstrip("0").rstrip(".")
    return f"{whole} m" if metres < 10_000 else f"{whole} m ({length(round(metres))})"
