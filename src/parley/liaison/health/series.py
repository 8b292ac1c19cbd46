"""Figures of health by day, week or month: what a chart is drawn from. Whole numbers, no guesses.

A bucket begins at midnight UTC (weeks on Monday, months on the first) and ends before the next;
the first and the last are cut to the period.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from parley.errors import InputError
from parley.liaison.health.figures import Health, NoticeRow, Outage, ranked

MOST_BUCKETS = 400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 253_370_764_800_000
"""The first instant of the year 9999: no calendar goes on behind it."""


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: a value a bucket, None where nothing can be measured. of: as of a
    ``Figure``. unit: count, ms or permille."""

    of: str
    name: str
    unit: str
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Charted:
    """edges_ms: where each bucket begins, then where the last ends (not included)."""

    every: Every
    edges_ms: tuple[int, ...]
    series: tuple[Series, ...]


def edges(from_ms: int, until_ms: int, every: Every) -> tuple[int, ...]:
    """Beginnings of the buckets of a closed period, the first cut to it, and its end (not
    included). InputError: more than ``MOST_BUCKETS``."""
    found, at = [from_ms], _begin(from_ms, every)
    while (at := _next(at, every)) <= until_ms:
        found.append(at)
        if len(found) > MOST_BUCKETS:
            raise InputError(
                f"more than {MOST_BUCKETS} times a {every.value}",
                right="a shorter period, or longer steps",
                where="every",
            )
    return (*found, until_ms + 1)


def _begin(at_ms: int, every: Every) -> int:
    day = (_EPOCH + timedelta(milliseconds=min(at_ms, _LAST_MS))).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    if every is Every.WEEK:
        day -= timedelta(days=day.weekday())
    if every is Every.MONTH:
        day = day.replace(day=1)
    return _ms(day)


def _next(begin_ms: int, every: Every) -> int:
    if begin_ms >= _LAST_MS:
        return 2**53
    if every is not Every.MONTH:
        return begin_ms + (7 if every is Every.WEEK else 1) * 86_400_000
    first = _EPOCH + timedelta(milliseconds=begin_ms)
    year, month = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    return _ms(first.replace(year=year, month=month))


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def charted(health: Health, every: Every) -> Charted:
    """The series of a period: notices, lead and answer times by direction, reciprocity, outages.

    A notice counts under its author's signed instant. InputError: too many buckets."""
    period = health.period
    marks = edges(period.from_ms, period.until_ms, every)
    directions = {f.of for f in health.figures if f.section == "lead" and "|" not in f.of}
    by_pair: dict[str, list[NoticeRow]] = {of: [] for of in directions}
    for row in health.rows:
        by_pair.setdefault(f"{row.by}>{row.to}", []).append(row)
    found: list[Series] = []
    for of, rows in sorted(by_pair.items()):
        found += _direction(of, rows, marks)
    found += _reciprocity(by_pair, marks)
    found += _outages(health.outages, marks)
    return Charted(every, marks, tuple(found))


Rows = Sequence[NoticeRow]


def _direction(of: str, rows: Rows, marks: Sequence[int]) -> Iterable[Series]:
    buckets = _bucketed(rows, marks)

    def series(name: str, unit: str, value: Callable[[Rows], int | None]) -> Series:
        return Series(of, name, unit, tuple(value(some) for some in buckets))

    def ranks(name: str, times: Callable[[Rows], list[int]], permille: int) -> Series:
        return series(name, "ms", lambda some: _rank(times(some), permille))

    yield series("notices", "count", lambda some: sum(r.version == 1 for r in some))
    yield series("amended", "count", lambda some: sum(r.version > 1 for r in some))
    yield series(
        "after-the-fact", "count", lambda some: sum(r.verdict == "after-the-fact" for r in some)
    )
    yield ranks("lead-median", _leads, 500)
    yield ranks("lead-min", _leads, 1)
    yield ranks("read-median", _reads, 500)
    yield ranks("answer-median", _answers, 500)
    yield ranks("answer-longest", _answers, 1000)
    yield series("in-time", "permille", _in_time)
    yield series("kept", "permille", _kept)
    yield series(
        "never-answered",
        "count",
        lambda some: sum(r.answered_ms < 0 and not r.overtaken for r in some),
    )


def _bucketed(rows: Iterable[NoticeRow], marks: Sequence[int]) -> list[list[NoticeRow]]:
    buckets: list[list[NoticeRow]] = [[] for _ in marks[:-1]]
    for row in rows:
        place = bisect_right(marks, row.said_ms) - 1
        if 0 <= place < len(buckets):
            buckets[place].append(row)
    return buckets


def _rank(values: Sequence[int], permille: int) -> int | None:
    return ranked(values, permille) if values else None


def _leads(some: Rows) -> list[int]:
    return [r.lead_ms for r in some if r.lead_ms is not None]


def _reads(some: Rows) -> list[int]:
    return [r.read_ms - r.received_ms for r in some if r.read_ms >= 0 and r.received_ms >= 0]


def _answers(some: Rows) -> list[int]:
    return [
        r.answered_ms - r.received_ms for r in some if r.answered_ms >= 0 and r.received_ms >= 0
    ]


def _in_time(some: Rows) -> int | None:
    told = [r.in_time for r in some if r.in_time >= 0]
    return 1000 * sum(told) // len(told) if told else None


def _kept(some: Rows) -> int | None:
    """Told in the agreed time before its start."""
    told = [r.verdict == "timely" for r in some if r.verdict]
    return 1000 * sum(told) // len(told) if told else None


def _reciprocity(by_pair: dict[str, list[NoticeRow]], marks: Sequence[int]) -> Iterable[Series]:
    """Both directions beside each other, the first less the second, where both are held."""
    for by, to in sorted({tuple(sorted(of.split(">", 1))) for of in by_pair}):
        both = (by_pair.get(f"{by}>{to}", []), by_pair.get(f"{to}>{by}", []))
        forth, back = (
            [sum(r.version == 1 for r in some) for some in _bucketed(rows, marks)] for rows in both
        )
        pairs = list(zip(forth, back, strict=True))
        name = f"{by}<>{to}"
        yield Series(name, "notices-difference", "count", tuple(a - b for a, b in pairs))
        ratio = tuple(1000 * a // b if b else None for a, b in pairs)
        yield Series(name, "notices-ratio", "permille", ratio)


def _outages(outages: Sequence[Outage], marks: Sequence[int]) -> Iterable[Series]:
    """How long, and how many times, something was not up, in each bucket; overlapping ones of one
    name count once in the time."""
    names = sorted({(one.source, one.name, one.by) for one in outages})
    for source, name, by in names:
        some = [o for o in outages if (o.source, o.name, o.by) == (source, name, by)]
        of = f"{source} {name}" if source == "link" else f"{name} by {by}"
        spans = list(pairwise(marks))
        yield Series(of, "outage", "ms", tuple(_covered(some, a, b) for a, b in spans))
        began = tuple(sum(a <= o.from_ms < b for o in some) for a, b in spans)
        yield Series(of, "outages", "count", began)


def _covered(some: Sequence[Outage], from_ms: int, end_ms: int) -> int:
    total, reached = 0, from_ms
    for one in sorted(some, key=lambda o: o.from_ms):
        low, high = max(one.from_ms, reached), min(one.until_ms, end_ms)
        if high > low:
            total, reached = total + high - low, high
    return total
