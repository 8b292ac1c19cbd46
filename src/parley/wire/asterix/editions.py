"""Which editions of the categories there are, and which is tried when a feed names none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from parley.watch.report import Report
from parley.wire.asterix import cat021, cat062, tables
from parley.wire.asterix.cat048 import report_048, time_048
from parley.wire.asterix.fields import DAY_128THS, Heard, in_range, nearest_ms, unsigned
from parley.wire.asterix.layout import Fields, Record

NEAR_MS = 3_600_000
"""A block whose times are all this near to its arrival is surely read rightly."""


@dataclass(frozen=True, slots=True)
class Edition:
    """How one category was written: the layout, and what its items say."""

    name: str
    layout: Fields
    time: Callable[[Record], bytes | None]
    place: Callable[[Record], tuple[float, float] | None]
    report: Callable[[Record, Heard], Report | None]

    def fit(self, records: list[Record], now_ms: int) -> int:
        """0: what stands there cannot be (a source, a time of day, a place on Earth). 1: it can.
        2: all have a time, near to ``now_ms``."""
        near = True
        for record in records:
            place = self.place(record)
            if "010" not in record or (place is not None and not in_range(place)):
                return 0
            octets = self.time(record)
            if octets is None:
                near = False
                continue
            time_of_day = unsigned(octets)
            if time_of_day >= DAY_128THS:
                return 0
            near = near and abs(nearest_ms(time_of_day, now_ms) - now_ms) <= NEAR_MS
        return 2 if near else 1


def _no_place(_: Record) -> None:
    return None


def _021(name: str, layout: Fields = tables.CAT021) -> Edition:
    return Edition(name, layout, cat021.time_021, cat021.place_021, cat021.report_021)


def _021_early(name: str, layout: Fields) -> Edition:
    return Edition(
        name, layout, cat021.time_021_early, cat021.place_021_early, cat021.report_021_early
    )


def _062(name: str) -> Edition:
    return Edition(name, tables.CAT062, cat062.time_062, cat062.place_062, cat062.report_062)


_EARLY_062 = Edition(
    "0.17", tables.CAT062_0_17, cat062.time_062, cat062.place_062, cat062.report_062_early
)


def _by_name(*editions: Edition) -> Mapping[str, Edition]:
    return {edition.name: edition for edition in editions}


EDITIONS: Mapping[int, Mapping[str, Edition]] = {
    21: _by_name(
        *(_021(f"2.{n}") for n in range(2, 8)),
        _021("2.1", tables.CAT021_2_1),
        _021_early("0.23", tables.CAT021_0_23),
        _021_early("0.24", tables.CAT021_0_25),
        _021_early("0.25", tables.CAT021_0_25),
        _021_early("0.26", tables.CAT021_0_26),
    ),
    48: _by_name(
        *(Edition(f"1.{n}", tables.CAT048, time_048, _no_place, report_048) for n in range(27, 33))
    ),
    62: _by_name(*(_062(f"1.{n}") for n in range(16, 22)), _EARLY_062),
}
TRIED: Mapping[int, tuple[str, ...]] = {
    21: ("2.7", "0.26", "0.23"),
    48: ("1.32",),
    62: ("1.21", "0.17"),
}
"""Without a word in the configuration: the first, and the others where it cannot be."""
