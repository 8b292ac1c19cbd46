"""A closed span of time in milliseconds since the Unix epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass

from parley.errors import GeometryError

MAX_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""


def _instant(value: int, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise GeometryError(
            f"{name} {value!r:.40} is not a whole number",
            right="integer milliseconds since 1970-01-01T00:00Z",
            where=name,
        )
    if not -MAX_MS <= value <= MAX_MS:
        raise GeometryError(
            f"{name} is outside the calendar", right="an instant before the year 10000", where=name
        )


@dataclass(frozen=True, slots=True)
class Span:
    """All instants from start_ms to end_ms, both included (closed): touching counts as meeting.

    Milliseconds since the Unix epoch, UTC. An instant (start == end) is a span. Raises
    GeometryError when the end is before the start or an end is no whole number of the calendar.
    """

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        start, end = self.start_ms, self.end_ms
        if type(start) is int and type(end) is int and -MAX_MS <= start <= end <= MAX_MS:
            return
        _instant(self.start_ms, "start_ms")
        _instant(self.end_ms, "end_ms")
        if self.end_ms < self.start_ms:
            raise GeometryError(
                f"end {self.end_ms} ms is before start {self.start_ms} ms",
                right="an end at or after the start",
                where="end_ms",
            )

    def gap_ms(self, other: Span) -> int:
        """Milliseconds between the spans, 0 when they touch or overlap."""
        return max(0, max(self.start_ms, other.start_ms) - min(self.end_ms, other.end_ms))

    def contains(self, ms: int) -> bool:
        """Whether the instant is inside; both ends are."""
        return self.start_ms <= ms <= self.end_ms

    def widened(self, before_ms: int, after_ms: int) -> Span:
        """Start earlier by before_ms >= 0, end later by after_ms >= 0; stopped at the calendar."""
        for name, value in (("before_ms", before_ms), ("after_ms", after_ms)):
            _instant(value, name)
            if value < 0:
                raise GeometryError(f"{name} {value} is negative", right="0 or more", where=name)
        return Span(max(-MAX_MS, self.start_ms - before_ms), min(MAX_MS, self.end_ms + after_ms))
