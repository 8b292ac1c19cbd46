"""Times as people say them, and what they can mean (requirements M19).

"On December 8th" has no year, "tomorrow" no date. A ``When`` keeps the words, the closed interval
of instants that they can mean, and by name what was inferred to get there. A time of day without
a date or without a zone is refused, never guessed: ``parley.liaison.papers.calendar`` reads words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated

from parley.errors import InputError
from parley.liaison.papers.calendar import (
    DAY_MS,
    EVERYWHERE,
    Gone,
    Moment,
    plain_words,
    read_moment,
    zone_named,
)
from parley.liaison.papers.values import MAX_MS, MIN_MS, Form, InstantMs, Line, Members

Inferred = Annotated[tuple[Annotated[str, Form("id", 32, 1)], ...], Members(8, sorted=True)]

BOUND_MS = 366 * DAY_MS
"""How far "before" and "after" reach, where nobody said how far."""
_ABOUT_TIME_MS = 15 * 60_000
_LONGEST = 200
_EAST_MS = 14 * 3_600_000
_WEST_MS = 12 * 3_600_000


@dataclass(frozen=True, slots=True)
class When:
    """said: the words. from_ms, until_ms: UTC, closed. inferred: sorted words of "year", "date",
    "zone", "day-word", "bound" for what the words did not say. InputError: it ends before it
    begins."""

    said: Line
    from_ms: InstantMs
    until_ms: InstantMs
    inferred: Inferred = ()

    def __post_init__(self) -> None:
        if self.until_ms < self.from_ms:
            raise InputError(
                f"{self.said!r} ends before it begins", right="from_ms <= until_ms", where="when"
            )

    @property
    def exact(self) -> bool:
        """One instant, and nothing was inferred."""
        return self.from_ms == self.until_ms and not self.inferred

    def may_be(self, other: When) -> bool:
        """Whether both can mean one instant (closed: touching counts)."""
        return self.from_ms <= other.until_ms and other.from_ms <= self.until_ms

    @property
    def dates(self) -> tuple[date, date] | None:
        """The first and the last calendar day, where whole days were said; None for an instant
        or for hours. A day of no zone is the day itself, a day of a zone
        that zone's up to UTC+12."""
        lasts = self.until_ms + 1 - self.from_ms
        if self.from_ms % DAY_MS == DAY_MS - _EAST_MS and (self.until_ms + 1) % DAY_MS == _WEST_MS:
            first, past = self.from_ms + _EAST_MS, self.until_ms + 1 - _WEST_MS
        elif lasts >= DAY_MS - 2 * 3_600_000:
            first, past = self.from_ms + DAY_MS // 2, self.until_ms + DAY_MS // 2
        else:
            return None
        days = (first // DAY_MS, max(first // DAY_MS, past // DAY_MS - 1))
        return (_day(days[0]), _day(days[1]))


def parse_when(said: str, *, said_ms: int | None = None, zone: str | None = None) -> When:
    """What words about a time can mean.

    said: English words or ISO 8601: an instant with its zone ("2018-09-17T18:39Z", "17.09.2018
    21:39 +03:00", "171839ZSEP2018"), a date ("8 December 2018", "2018-12-11/12", "11-12 December
    2018"), a month, "early" / "mid" / "late" in one, a year, "week of ..."; a date without a
    year, "yesterday", "today", "tomorrow", "on Friday", "last Friday"; "before", "by", "after",
    "since", "~" before any of them, "A to B". said_ms: when they were said, UTC; zone: whose days
    and hours are meant, an IANA name or "+03:00", where the words do not say it.

    An instant said to the minute is its beginning; one that a clock shows twice is the interval
    of both. A day of no zone is that day anywhere on Earth (UTC+14 to UTC-12). The year that was
    not said is that of the nearest such day. "On Friday" is the last or the next one, or the day
    itself. "Before" and "after" reach ``BOUND_MS``; "~" is 15 minutes or a day either way.

    InputError: a time of day without a date or a zone that neither words nor arguments give, a
    day-word or a missing year without ``said_ms``, an hour or a day that the zone's clocks pass
    over, a date that does not exist, "12/08/2018", years outside 1970 to 9999, other words.
    """
    kept = said.strip()
    if not kept or len(kept) > _LONGEST or not kept.isprintable():
        raise _refused(said, "no time in words", "one line of at most 200 signs")
    if said_ms is not None and not MIN_MS <= said_ms <= MAX_MS:
        raise _refused(said, f"said at {said_ms} ms", "an instant between 1970 and 9999")
    named = zone_named(zone) if zone is not None else None
    try:
        span = _anywhere(plain_words(kept), said_ms, named)
    except Gone as gone:
        raise _refused(said, gone.what, gone.right) from None
    except OverflowError:
        raise _refused(said, "beyond the calendar", "a time between 1970 and 9999") from None
    from_ms, until_ms = max(span.from_ms, MIN_MS), min(span.until_ms, MAX_MS)
    if span.until_ms < MIN_MS or span.from_ms > MAX_MS:
        raise _refused(said, "a time outside the years 1970 to 9999", "a time within them")
    return When(kept, from_ms, until_ms, tuple(sorted(span.inferred)))


def format_when(when: When) -> str:
    """Zulu first, then the words that were said, then what was inferred:
    ``2018-12-07T21:00:00Z to 2018-12-08T20:59:59.999Z ("on December 8th"; inferred: year)``."""
    zulu = zulu_text(when.from_ms)
    if when.until_ms != when.from_ms:
        zulu = f"{zulu} to {zulu_text(when.until_ms)}"
    notes = [f'"{when.said}"'] if when.said != zulu else []
    if when.inferred:
        notes.append(f"inferred: {', '.join(when.inferred)}")
    return f"{zulu} ({'; '.join(notes)})" if notes else zulu


def zulu_text(ms: int) -> str:
    """``2018-09-17T18:39:00Z``; milliseconds only where they are not zero."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    fraction = f".{ms % 1000:03d}" if ms % 1000 else ""
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}{fraction}Z"


# Before, after, about, from one to another -----------------------------------------------------


def _before(span: Moment) -> Moment:
    return span.over(span.from_ms - BOUND_MS, span.from_ms - 1, "bound")


def _by(span: Moment) -> Moment:
    return span.over(span.from_ms - BOUND_MS, span.until_ms, "bound")


def _after(span: Moment) -> Moment:
    return span.over(span.until_ms + 1, span.until_ms + BOUND_MS, "bound")


def _since(span: Moment) -> Moment:
    return span.over(span.from_ms, span.until_ms + BOUND_MS, "bound")


def _about(span: Moment) -> Moment:
    slack_ms = DAY_MS if span.whole_days else _ABOUT_TIME_MS
    return span.over(span.from_ms - slack_ms, span.until_ms + slack_ms, "bound")


_RELATIONS: tuple[tuple[tuple[str, ...], Callable[[Moment], Moment]], ...] = (
    (("no later than ", "not later than ", "by ", "until ", "till "), _by),
    (("before ", "prior to ", "earlier than "), _before),
    (("not before ", "no earlier than ", "since ", "from "), _since),
    (("after ", "later than "), _after),
    (("~", "about ", "around ", "approximately ", "circa ", "ca. ", "ca "), _about),
)


def _ranged(words: str, said_ms: int | None, zone: tzinfo | None) -> Moment:
    for starts, change in _RELATIONS:
        for start in starts:
            if words.startswith(start) and not (start == "from " and " to " in words):
                return change(read_moment(words[len(start) :].strip(), said_ms, zone))
    for start, middle in (("between ", " and "), ("from ", " to "), ("", " to ")):
        if words.startswith(start) and middle in words:
            left, _, right = words[len(start) :].partition(middle)
            last = read_moment(right.strip(), said_ms, zone)
            first = read_moment(left.strip(), last.from_ms, zone or last.zone)
            if last.until_ms < first.from_ms:
                raise Gone("a time that ends before it begins", "the earlier one first")
            both = first.over(first.from_ms, last.until_ms)
            return both.over(both.from_ms, both.until_ms, *last.inferred)
    return read_moment(words, said_ms, zone)


def _anywhere(words: str, said_ms: int | None, zone: tzinfo | None) -> Moment:
    """In the zone that words or arguments give; else in every zone on Earth, where days allow."""
    found = _ranged(words, said_ms, zone)
    if found.whole_days and found.zone is None:
        there = [_ranged(words, said_ms, one) for one in EVERYWHERE]
        found = found.over(min(t.from_ms for t in there), max(t.until_ms for t in there))
    return found


def _day(days: int) -> date:
    return date(1970, 1, 1) + timedelta(days=max(0, min(days, MAX_MS // DAY_MS)))


def _refused(said: str, what: str, right: str) -> InputError:
    return InputError(f"{repr(said)[:80]} is {what}", right=right, where="when")
