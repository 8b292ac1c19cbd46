"""One report on one aircraft by one sensor: what every feed gives, whatever its format was."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from parley.space import Height, Position, PressureAltitude

UNKNOWN = math.nan
"""A speed, a course, a rate or an accuracy that the report does not give."""


class Sense(StrEnum):
    """How the position came about. A radar measures it; ADS-B and CoT are what it says itself."""

    SELF = "self-reported"
    RADAR = "radar"
    MULTILATERATION = "multilateration"
    SYSTEM = "system-track"
    CLAIMED = "claimed"  # a file, a person


def sound(name: str) -> str:
    """A name as it may stand in a finding and in a file: printable, without the sign that parts
    the refs of a key; what is not becomes "_"."""
    if name.isprintable() and "|" not in name:
        return name
    return "".join(c if c.isprintable() and c != "|" else "_" for c in name)


@dataclass(frozen=True, slots=True)
class Ident:
    """What the report says about who it is; "" for what it does not say.

    icao24: the 24-bit address, six lower-case hex digits. mode3a: four octal digits. uid: a
    name that is unique everywhere (CoT uid, a name in a file). number: the sensor's own track
    number, unique within the sensor only. callsign: as sent, stripped.
    """

    icao24: str = ""
    mode3a: str = ""
    callsign: str = ""
    uid: str = ""
    number: str = ""

    def key(self, sensor: str) -> str:
        """The id of the track it belongs to, by the strongest identity it has; "" if none.

        Only a sensor's own number keeps two sensors apart: with an address or a uid they report
        on one aircraft."""
        if self.icao24:
            return sound(f"icao:{self.icao24}")
        if self.uid:
            return sound(self.uid)
        if self.number:
            return sound(f"{sensor}/{self.number}")
        return sound(f"call:{self.callsign}") if self.callsign else ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it applied at ``seen_ms`` (UTC), from ``sensor`` (a feed, or one radar of it).

    position: None for a report of identity, speed or height alone. accuracy_m: 95 % horizontal
    radius. pressure: on 1013.25 hPa. height: above the WGS-84 ellipsoid; height_accuracy_m: 95 %,
    of the height. speed_mps and course_deg (true, 0 to 360): over ground. climb_mps: up is
    positive. NaN (``UNKNOWN``) for what is not known. emergency: the crew or its transponder
    says so. doubted: the source itself says that its position cannot be relied on (GNSS
    integrity lost). owner: the party that answers for it, where the source says so.
    """

    sensor: str
    seen_ms: int
    ident: Ident
    position: Position | None = None
    accuracy_m: float = UNKNOWN
    pressure: PressureAltitude | None = None
    height: Height | None = None
    height_accuracy_m: float = UNKNOWN
    speed_mps: float = UNKNOWN
    course_deg: float = UNKNOWN
    climb_mps: float = UNKNOWN
    on_ground: bool = False
    emergency: bool = False
    doubted: bool = False
    sense: Sense = Sense.SELF
    owner: str = ""
    label: str = ""
