"""How soon a message is read and read back, and when its not being read becomes urgent.

ACP 121 counts the time from one communications centre to another (FLASH below ten minutes,
IMMEDIATE 30, PRIORITY three hours, ROUTINE six). A hotline has no centres between its ends: here
the seconds count from the author's words to a person who read them, and are shorter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parley.liaison.hotline.contents import Precedence
from parley.rules.findings import Level


@dataclass(frozen=True, slots=True)
class Pace:
    """read_s: from the author's words to "read". read_back_s: from "read" to a right read-back.
    level: of what is not done in time; late_level: when ``late_s`` more have passed."""

    read_s: int
    read_back_s: int
    late_s: int
    level: Level
    late_level: Level


PACES: Mapping[Precedence, Pace] = {
    Precedence.FLASH: Pace(30, 30, 30, Level.WARNING, Level.URGENT),
    Precedence.IMMEDIATE: Pace(180, 180, 300, Level.ADVISORY, Level.WARNING),
    Precedence.PRIORITY: Pace(1_800, 1_800, 3_600, Level.ADVISORY, Level.ADVISORY),
    Precedence.ROUTINE: Pace(21_600, 21_600, 21_600, Level.ADVISORY, Level.ADVISORY),
}
