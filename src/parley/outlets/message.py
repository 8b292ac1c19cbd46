"""A message to people, and what it takes to be an outlet for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

MAX_TEXT = 600
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to be told. key: the same for the same thing to the same outlet, however often it
    is sent. seq: of the journal's event. urgent: STOP, DISTRESS, FLASH; never gathered."""

    key: str
    seq: int
    at_ms: int
    kind: str
    text: str
    marking: str
    exercise: bool = False
    urgent: bool = False

    def line(self) -> str:
        """EXERCISE first in an exercise, then the marking, then what it says; one line."""
        parts = ("EXERCISE" if self.exercise else "", self.marking, self.text)
        return one_line(" // ".join(part for part in parts if part))


@dataclass(frozen=True, slots=True)
class Message:
    """What leaves in one go: one alert, or many of a flood. more: so many are not spelled out."""

    key: str
    party: str
    at_ms: int
    alerts: tuple[Alert, ...]
    more: int = 0

    @property
    def urgent(self) -> bool:
        return any(alert.urgent for alert in self.alerts)

    @property
    def exercise(self) -> bool:
        return all(alert.exercise for alert in self.alerts)

    @property
    def subject(self) -> str:
        """The line of the one alert; of a flood, how many there are, its marking first."""
        count = len(self.alerts) + self.more
        if count == 1:
            return self.alerts[0].line()
        markings = list(dict.fromkeys(alert.marking for alert in self.alerts))
        drill = "EXERCISE // " if self.exercise else ""
        return one_line(f"{drill}{' ; '.join(markings)} // {count} alerts gathered")

    @property
    def body(self) -> str:
        """Plain text, a line an alert."""
        lines = [alert.line() for alert in self.alerts]
        if len(lines) + self.more > 1:
            lines = [self.subject, *lines]
        if self.more:
            lines.append(f"... and {self.more} more; see the console")
        return "\n".join(lines)


class Undelivered(Exception):  # noqa: N818 - a state, and no error of ours
    """It did not go. refused: it never will, whatever else may; else it is tried again."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(one_line(why))
        self.refused = refused


class Sender(Protocol):
    async def send(self, message: Message) -> None:
        """Returns when the other side took it; raises Undelivered."""
        ...

    async def close(self) -> None: ...


def one_line(text: str) -> str:
    """One short line without control characters: what comes from others stays text."""
    flat = " ".join(_CONTROL.sub(" ", text).split())
    return flat if len(flat) <= MAX_TEXT else f"{flat[: MAX_TEXT - 1]}…"
