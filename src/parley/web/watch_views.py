"""From the values of the watch to the shapes that the API answers with."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from parley.node.watching.intake import FeedHealth
from parley.node.watching.shown import AlarmsShown
from parley.rules.findings import order
from parley.watch.alarms.alarm import Act, Acted, Alarm, Flood, urgency
from parley.watch.alarms.rates import (
    REFERENCE_A_DAY,
    REFERENCE_IN_10_MIN,
    REFERENCE_PERCENT,
    Rates,
)
from parley.watch.alarms.table import Priority
from parley.watch.scene import MovingHazard
from parley.watch.tracks import Floats, Status, Tracks
from parley.web.cursors import cursor_of, no_cursor, place_of
from parley.web.views import finding_view, instant
from parley.web.watch_shapes import (
    ActedView,
    AlarmedView,
    AlarmsView,
    FeedView,
    FloodView,
    KeepAwayView,
    RatesView,
    SensorView,
    TracksView,
    TrackView,
    WatchView,
)
from parley.wire.instants import format_instant

if TYPE_CHECKING:
    from parley.node.watching.watching import State
    from parley.watch.tracking.registration import Registration

GLANCE = 500
"""So many of each list stand in the watch at one glance."""
_StatusName = Literal["live", "coasting", "lost"]
_PriorityName = Literal["critical", "high", "medium", "low"]
_STATUS: Mapping[int, _StatusName] = {
    Status.LIVE: "live",
    Status.COASTING: "coasting",
    Status.LOST: "lost",
}
_PRIORITY: Mapping[Priority, _PriorityName] = {
    Priority.CRITICAL: "critical",
    Priority.HIGH: "high",
    Priority.MEDIUM: "medium",
    Priority.LOW: "low",
}


def watch_view(
    state: State, book: AlarmsShown, feeds: Iterable[FeedHealth], now_ms: int
) -> WatchView:
    """Everything but the tracks themselves; of long lists what is most urgent."""
    shelved = (*book.shelved, *book.suppressed)
    lists = {"findings": state.findings, "alarms": book.standing, "shelved": shelved}
    return WatchView(
        now=format_instant(now_ms),
        now_ms=now_ms,
        swept=state.swept,
        last_ms=state.last_ms,
        took_ms=state.took_ms,
        tracks=counts(state.tracks),
        findings=[finding_view(finding) for finding in order(state.findings)[:GLANCE]],
        alarms=[alarm_view(alarm) for alarm in book.standing[:GLANCE]],
        shelved=[alarm_view(alarm) for alarm in shelved[:GLANCE]],
        flood=None if book.flood is None else flood_view(book.flood),
        rates=rates_view(book.rates),
        feeds=[feed_view(feed) for feed in feeds],
        rejected=dict(state.rejected),
        sensors=[sensor_view(sensor) for sensor in state.sensors],
        left_out={name: max(0, len(listed) - GLANCE) for name, listed in lists.items()},
    )


def alarms_view(listed: Sequence[Alarm], after: str, limit: int) -> AlarmsView:
    """A page of alarms that stand in the order of urgency. ``after``: of the page before; an
    alarm that has changed its place since may be met again. InputError: no cursor of ours."""
    first = bisect_right(listed, _urgency_of(after), key=urgency) if after else 0
    last = min(len(listed), first + limit)
    place = json.dumps(urgency(listed[last - 1])) if last < len(listed) else ""
    return AlarmsView(
        alarms=[alarm_view(alarm) for alarm in listed[first:last]],
        next=cursor_of(place) or None,
        total=len(listed),
    )


def _urgency_of(after: str) -> tuple[int, int, int, str]:
    try:
        priority, rank, raised_ms, key = json.loads(place_of(after))
        return int(priority), int(rank), int(raised_ms), str(key)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise no_cursor(after) from None


def counts(tracks: Tracks | None) -> dict[str, int]:
    """How many are live, coasting and lost."""
    if tracks is None:
        return dict.fromkeys(_STATUS.values(), 0)
    return {name: int(np.count_nonzero(tracks.status == value)) for value, name in _STATUS.items()}


def tracks_view(tracks: Tracks | None, now_ms: int, after: str, limit: int) -> TracksView:
    """A page of the picture, in the order of the ids."""
    if tracks is None:
        return TracksView(now=format_instant(now_ms), now_ms=now_ms, tracks=[], next=None)
    first = bisect_right(tracks.ids, after) if after else 0
    last = min(len(tracks), first + limit)
    return TracksView(
        now=format_instant(tracks.now_ms),
        now_ms=tracks.now_ms,
        tracks=[track_view(tracks, n) for n in range(first, last)],
        next=tracks.ids[last - 1] if last < len(tracks) else None,
    )


def track_view(tracks: Tracks, n: int) -> TrackView:
    return TrackView(
        id=tracks.ids[n],
        label=tracks.label[n],
        owner=tracks.owner[n],
        lat_deg=round(float(tracks.lat_deg[n]), 7),
        lon_deg=round(float(tracks.lon_deg[n]), 7),
        radius_m=round(float(tracks.radius_m[n]), 1),
        speed_mps=_known(tracks.speed_mps, n),
        course_deg=_known(tracks.course_deg, n),
        climb_mps=_known(tracks.climb_mps, n),
        pressure_m=_known(tracks.pressure_m, n),
        height_m=_known(tracks.height_m, n),
        age_s=round(float(tracks.age_s[n]), 1),
        seen=format_instant(int(tracks.seen_ms[n])),
        seen_ms=int(tracks.seen_ms[n]),
        status=_STATUS[int(tracks.status[n])],
        sensors=int(tracks.sensors[n]),
        on_ground=bool(tracks.on_ground[n]),
        emergency=bool(tracks.emergency[n]),
        doubted=bool(tracks.doubted[n]),
    )


def _known(values: Floats, n: int) -> float | None:
    value = float(values[n])
    return round(value, 2) if math.isfinite(value) else None


def alarm_view(alarm: Alarm) -> AlarmedView:
    seen, shelf = alarm.acknowledged, alarm.shelf
    return AlarmedView(
        key=alarm.key,
        priority=_PRIORITY[alarm.priority],
        state=alarm.state.value,
        active=alarm.active,
        response=alarm.response,
        finding=finding_view(alarm.finding),
        raised=format_instant(alarm.raised_ms),
        raised_ms=alarm.raised_ms,
        told_ms=alarm.told_ms,
        count=alarm.count,
        first_out=alarm.first_out,
        group=alarm.group,
        acknowledged_by="" if seen is None else seen.by,
        acknowledged=None if seen is None else instant(seen.at_ms),
        shelved_by="" if shelf is None else shelf.by,
        shelved_until=None if shelf is None else instant(shelf.until_ms),
        shelf_reason="" if shelf is None else shelf.reason,
        escalations=alarm.escalations,
        flood=alarm.flood,
    )


def flood_view(flood: Flood) -> FloodView:
    return FloodView(
        began=format_instant(flood.began_ms),
        began_ms=flood.began_ms,
        count=flood.count,
        first=list(flood.first),
    )


def acted_view(acted: Acted) -> ActedView:
    """Who did it first, if it was done before."""
    before: Act | None = acted.before
    return ActedView(
        alarm=alarm_view(acted.alarm),
        done=acted.event is not None,
        by="" if before is None else before.by,
        at=None if before is None else instant(before.at_ms),
    )


def rates_view(rates: Rates) -> RatesView:
    members: Mapping[str, object] = {
        name: getattr(rates, name) for name in RatesView.model_fields if hasattr(rates, name)
    }
    return RatesView.model_validate(
        {
            **members,
            "percent": dict(rates.percent),
            "reference_a_day": REFERENCE_A_DAY,
            "reference_in_10_min": REFERENCE_IN_10_MIN,
            "reference_percent": dict(REFERENCE_PERCENT),
        }
    )


def feed_view(feed: FeedHealth) -> FeedView:
    return FeedView(
        name=feed.name,
        url=feed.url,
        state=feed.state.value,
        connects=feed.connects,
        bytes=feed.bytes,
        reports=feed.reports,
        last=instant(feed.last_ms),
        last_ms=feed.last_ms,
        rejected=dict(feed.rejected),
        error=feed.error,
    )


def sensor_view(found: Registration) -> SensorView:
    members = {name: getattr(found, name) for name in SensorView.model_fields}
    return SensorView.model_validate({**members, "codes": list(found.codes)})


def keep_away_view(hazard: MovingHazard) -> KeepAwayView:
    return KeepAwayView(
        ref=hazard.ref,
        track=hazard.track,
        party=hazard.party,
        radius_m=hazard.radius_m,
        up_m=hazard.up_m,
        down_m=hazard.down_m,
        until=format_instant(hazard.until_ms),
        except_parties=list(hazard.except_parties),
    )
