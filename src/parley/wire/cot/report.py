"""A CoT atom (``a-*``) as a report. Of its type only the dimension is read: what is on the ground,
on or under the sea flies not; who is whose friend is nobody's business here."""

from __future__ import annotations

import math

from parley.errors import GeometryError
from parley.space import Height, Position
from parley.watch.report import UNKNOWN, Ident, Report, Sense
from parley.wire.cot.event import CotEvent, CotRefusedError

OURS = "parley."
"""With this the uid of everything begins that a Parley node publishes."""
CIRCLE_95 = 2.4477
"""95 % radius of a circular normal error of one metre (one standard deviation)."""
LINE_95 = 1.96
_DOWN = ("G", "S", "U")


def report_of(event: CotEvent, sensor: str, owner: str, now_ms: int) -> Report:
    """seen_ms: the event's time, now at the latest. ce and le are taken as one standard deviation
    (CoT base schema), 0 as not known; a speed or course below 0 too. Raises CotRefusedError."""
    parts = event.type.split("-")
    if parts[0] != "a" or len(parts) < 3:
        raise CotRefusedError("other-type", f"type {event.type}", right="an atom: a-f-A-C-F")
    track = event.find("track")
    return Report(
        sensor=sensor,
        seen_ms=min(event.time_ms, now_ms),
        ident=Ident(uid=f"cot:{event.uid}", callsign=_line(event.callsign)),
        position=position_of(event),
        accuracy_m=event.ce_m * CIRCLE_95 if event.ce_m > 0 else UNKNOWN,
        height=_height(event.hae_m),
        height_accuracy_m=event.le_m * LINE_95 if event.le_m > 0 else UNKNOWN,
        speed_mps=_measure(track.get("speed"), 1e5) if track is not None else UNKNOWN,
        course_deg=_measure(track.get("course"), 360.0) % 360 if track is not None else UNKNOWN,
        on_ground=parts[2] in _DOWN,
        sense=Sense.CLAIMED if event.how.startswith("h") else Sense.SELF,
        owner=owner,
        label=_line(event.callsign),
    )


def position_of(event: CotEvent) -> Position:
    """Raises CotRefusedError for 0 N 0 E of unknown accuracy: a device without a fix."""
    if event.lat_deg == 0 and event.lon_deg == 0 and not event.ce_m > 0:
        raise CotRefusedError("no-fix", "0 N 0 E of unknown accuracy", right="a position")
    try:
        return Position(lat_deg=event.lat_deg, lon_deg=event.lon_deg)
    except GeometryError as error:
        raise CotRefusedError("position", error.what, right=error.right) from None


def _height(hae_m: float) -> Height | None:
    if math.isnan(hae_m):
        return None
    try:
        return Height.metres(hae_m)
    except GeometryError as error:
        raise CotRefusedError("height", error.what, right=error.right) from None


def _measure(text: str, most: float) -> float:
    """A number from 0 to ``most``, NaN for anything else."""
    try:
        value = float(text) if len(text) <= 40 else UNKNOWN
    except ValueError:
        return UNKNOWN
    return value if 0 <= value <= most else UNKNOWN


def _line(text: str) -> str:
    """One printable line of at most 64 characters."""
    return "".join(c for c in text if c.isprintable()).strip()[:64]
