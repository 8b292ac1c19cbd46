"""The alarms as they stood at the last beat or act: a value, to be read on any thread."""

from __future__ import annotations

from dataclasses import dataclass

from parley.watch.alarms.alarm import Alarm, Flood
from parley.watch.alarms.book import AlarmBook
from parley.watch.alarms.rates import Rates


@dataclass(frozen=True, slots=True)
class AlarmsShown:
    """standing, shelved, suppressed: in the book's order, most urgent first."""

    standing: tuple[Alarm, ...]
    shelved: tuple[Alarm, ...]
    suppressed: tuple[Alarm, ...]
    flood: Flood | None
    rates: Rates

    @classmethod
    def of(cls, book: AlarmBook, now_ms: int) -> AlarmsShown:
        return cls(
            book.standing(), book.shelved(), book.suppressed(), book.flood, book.rates(now_ms)
        )

    def get(self, key: str) -> Alarm | None:
        """The alarm of this key, wherever it is listed."""
        listed = (*self.standing, *self.shelved, *self.suppressed)
        return next((alarm for alarm in listed if alarm.key == key), None)
