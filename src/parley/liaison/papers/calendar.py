"""Dates and times of day in words: what ``when`` asks of the calendar and of clocks.

Days are those of a zone; the rules of zones are those of the IANA database that the interpreter
has. Only what a person typed at this node is read here: what is signed holds instants.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parley.errors import InputError

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
EVERYWHERE: tuple[tzinfo, ...] = tuple(timezone(timedelta(hours=h)) for h in range(-12, 15))
"""Every whole hour in which somebody on Earth lives."""
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_M = rf"(?P<mon>{'|'.join(f'{m[:3]}(?:{m[3:]})?' for m in _MONTHS)}|sept)\.?"
_W = rf"(?P<week>{'|'.join(f'{d[:3]}(?:{d[3:]})?' for d in _WEEKDAYS)}|tues|thurs)"
_D = r"(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?"
_E = r"(?P<e>[0-9]{1,2})(?:st|nd|rd|th)?"
_Y = r"(?P<y>[0-9]{4})"
_DASH = r" ?(?:/|-|\u2013) ?"
_TIME = re.compile(
    r"(?:^|(?<=[0-9])t| )(?:at )?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"(?: ?([ap])\.?m\b\.?)?(?= |$|z|[+-])"
)
_OFFSET = r"(?:utc|gmt)?[+-][0-9]{1,2}(?::?[0-9]{2})?"
_ZONE = re.compile(
    rf"^(?:(.*?)(?: |(?<=[0-9])(?=z|utc|gmt)))?(z|utc|gmt|{_OFFSET}|[A-Za-z_]+/[A-Za-z0-9_/+-]+)$"
)
_NEXT_ZONE = re.compile(rf" ?(z|utc|gmt|{_OFFSET})(?= |$)")


_GROUP = re.compile(
    rf"(?P<d>[0-9]{{2}})(?P<h>[0-9]{{2}})(?P<min>[0-9]{{2}})(?P<z>[a-z]) ?{_M} ?"
    r"(?P<y>[0-9]{4}|[0-9]{2})?"
)
"""A date-time group as forces write it: 171839ZSEP18, the letter being the zone."""
_HOURS_OF_LETTER = {
    "z": 0,
    **{letter: hours for hours, letter in enumerate("abcdefghiklm", 1)},
    **{letter: -hours for hours, letter in enumerate("nopqrstuvwxy", 1)},
}
_FOUR_DIGITS = re.compile(r"(?<![0-9:.-])([0-9]{2})([0-9]{2})z(?= |$)")


class Gone(Exception):  # noqa: N818
    """Words that mean nothing, or nothing that can be said for sure."""

    def __init__(self, what: str, right: str) -> None:
        super().__init__(what)
        self.what = what
        self.right = right


@dataclass(frozen=True, slots=True)
class Moment:
    """A closed interval of instants, whether it is whole days, in which zone (None: none was
    given; it stands for UTC), and what was inferred."""

    from_ms: int
    until_ms: int
    whole_days: bool
    zone: tzinfo | None
    inferred: frozenset[str]

    def over(self, from_ms: int, until_ms: int, *inferred: str) -> Moment:
        return replace(
            self, from_ms=from_ms, until_ms=until_ms, inferred=self.inferred.union(inferred)
        )


@dataclass(frozen=True, slots=True)
class _Days:
    first: date
    last: date
    inferred: frozenset[str] = frozenset()


def plain_words(said: str) -> str:
    """In lower case, one blank between them, without commas; names of zones as they are."""
    parts = said.replace(",", " ").split()
    plain = (part if re.match("[A-Za-z_]+/", part) else part.lower() for part in parts)
    return _FOUR_DIGITS.sub(r"\1:\2z", " ".join(plain))


def zone_named(name: str) -> tzinfo:
    """A zone by its IANA name, "Z", or an offset such as "+03:00". InputError: none of these."""
    found = _zone_of(name.strip())
    if found is None:
        raise InputError(
            f"{repr(name)[:80]} is no time zone that is known",
            right="a name of the IANA database such as Europe/Moscow, or an offset such as +03:00",
            where="zone",
        )
    return found


def _zone_of(name: str) -> tzinfo | None:
    low = name.lower()
    if low in ("z", "utc", "gmt"):
        return UTC
    found = re.fullmatch(r"(?:utc|gmt)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?", low)
    if found is not None:
        hours, minutes = int(found[2]), int(found[3] or 0)
        if minutes > 59 or hours * 60 + minutes > 14 * 60:
            return None
        ahead = timedelta(hours=hours, minutes=minutes)
        return timezone(-ahead if found[1] == "-" else ahead)
    if not re.fullmatch(r"[a-z][a-z_]*(?:/[a-z0-9_+-]+){1,2}", low):
        return None
    # Names differ in case ("Africa/Porto-Novo", "America/Port_of_Spain"): as typed, then titled.
    for spelt in (name, re.sub(r"[a-z]+", lambda part: part[0].capitalize(), low)):
        try:
            return ZoneInfo(spelt)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def read_moment(words: str, said_ms: int | None, zone: tzinfo | None) -> Moment:
    """A date, a time of day with its date, or whole days. ``Gone`` for anything else."""
    group = _GROUP.fullmatch(words)
    if group is not None:
        return _grouped(group, said_ms)
    clock, said_zone, rest = _split_time(words)
    if said_zone is None:
        rest, said_zone = _split_zone(rest)
    inferred = set() if said_zone is not None else {"zone"} if zone is not None else set()
    here = said_zone or zone
    if clock is not None and here is None:
        raise Gone(
            "a time of day without a zone", "Z behind it if it is UTC, or its offset such as +03:00"
        )
    spoken = None if said_ms is None else _EPOCH + said_ms * _MS
    today = None if spoken is None else spoken.astimezone(here or UTC).date()
    if clock is not None and not rest:
        if today is None:
            raise Gone("a bare time of day", "its date and zone, such as 2018-09-17T21:39+03:00")
        days = _Days(today, today, frozenset({"date"}))
    else:
        days = _days(rest, today)
    inferred |= days.inferred
    if clock is None:
        from_ms, until_ms = _whole(days, here or UTC)
    else:
        from_ms, until_ms = _instants(days, clock, here or UTC)
    return Moment(from_ms, until_ms, clock is None, here, frozenset(inferred))


def _grouped(group: re.Match[str], said_ms: int | None) -> Moment:
    """A year of two digits is one of this century, and inferred."""
    year = group["y"] or ""
    hours = _HOURS_OF_LETTER.get(group["z"])
    if hours is None:
        raise Gone("a time in a zone that is not known", "a date-time group in Z")
    century = "20" if len(year) == 2 else ""
    words = f"{group['d']} {group['mon']} {century}{year}".strip()
    zone = f"{'-' if hours < 0 else '+'}{abs(hours):02d}:00"
    found = read_moment(f"{group['h']}:{group['min']} {zone} {words}", said_ms, None)
    return found.over(found.from_ms, found.until_ms, *(("year",) if century else ()))


def _split_zone(words: str) -> tuple[str, tzinfo | None]:
    found = _ZONE.match(words)
    if found is None:
        return words, None
    return (found[1] or "").strip(), _known(found[2])


def _known(name: str) -> tzinfo:
    zone = _zone_of(name)
    if zone is None:
        raise Gone("a time in a zone that is not known", "Z, +03:00 or an IANA name")
    return zone


def _split_time(words: str) -> tuple[time | None, tzinfo | None, str]:
    """The time of day, the zone right behind it, and the words without both."""
    found = _TIME.search(words)
    if found is None:
        return None, None, words
    hour, minute, second, fraction, half = found.groups()
    hours = int(hour)
    if half is not None:
        if not 1 <= hours <= 12:
            raise Gone("a time that no clock shows", "1 to 12 before am and pm")
        hours = hours % 12 + (12 if half == "p" else 0)
    micro = int(((fraction or "") + "000")[:3]) * 1000
    try:
        clock = time(hours, int(minute), int(second or 0), micro)
    except ValueError:
        raise Gone("a time that no clock shows", "00:00:00 to 23:59:59") from None
    behind = words[found.end() :]
    named = _NEXT_ZONE.match(behind)
    zone = None if named is None else _known(named[1])
    rest = f"{words[: found.start()]} {behind[named.end() if named else 0 :]}"
    return clock, zone, " ".join(rest.split())


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MS


def _whole(days: _Days, zone: tzinfo) -> tuple[int, int]:
    last = datetime.combine(days.last, time(23, 59, 59, 999_000), zone).replace(fold=1)
    from_ms, until_ms = _ms(datetime.combine(days.first, time(), zone)), _ms(last)
    if until_ms < from_ms:
        raise Gone("a day that the calendar of its zone passes over", "another day, or its zone")
    return from_ms, until_ms


def _instants(days: _Days, clock: time, zone: tzinfo) -> tuple[int, int]:
    """What clocks in the zone show then: once, or twice when they are put back."""
    if days.first != days.last:
        raise Gone("a time of day of more than one day", "the one day, or two times with `to`")
    wall = datetime.combine(days.first, clock)
    found = []
    for fold in (0, 1):
        moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
            found.append(_ms(moment))
    if not found:
        raise Gone("a time that the clocks of its zone passed over", "the time with its offset")
    return min(found), max(found)


# Days in words -------------------------------------------------------------------------------

_Found = re.Match[str]
_Reads = Callable[[_Found, date | None], _Days]


def _days(words: str, today: date | None) -> _Days:
    bare = re.sub(r"^(?:(?:on|in|at|the|during|night of|of) )+", "", words).strip()
    if re.fullmatch(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}", bare):
        raise Gone("a date that two countries read differently", "2018-12-08 or 8 December 2018")
    for form, reads in _FORMS:
        found = form.fullmatch(bare)
        if found is not None:
            try:
                return reads(found, today)
            except (ValueError, OverflowError):
                raise Gone("a date that does not exist", "a day of the calendar") from None
    raise Gone(
        "no time that can be read", 'such as 2018-12-08, 8 December 2018, "yesterday", 18:39Z'
    )


def _month(found: _Found) -> int:
    return next(n for n, m in enumerate(_MONTHS, 1) if m[:3] == found["mon"][:3])


def _said_on(today: date | None, word: str) -> date:
    if today is None:
        raise Gone(f"{word}, and nobody knows when it was said", "the date, or when it was said")
    return today


def _one(day: date, week: str | None, *inferred: str) -> _Days:
    if week and _WEEKDAYS[day.weekday()][:3] != week[:3]:
        raise Gone(
            f"no such day: {day.isoformat()} is a {_WEEKDAYS[day.weekday()].capitalize()}",
            "the weekday of its date",
        )
    return _Days(day, day, frozenset(inferred))


def _numbered(found: _Found, today: date | None) -> _Days:
    first = date(int(found["y"]), int(found["m"]), int(found["d"]))
    last = first.replace(day=int(found["e"])) if found["e"] else first
    return _ordered(first, last)


def _ordered(first: date, last: date, *inferred: str) -> _Days:
    if last < first:
        raise Gone("a time that ends before it begins", "the earlier day first")
    return _Days(first, last, frozenset(inferred))


def _named(found: _Found, today: date | None) -> _Days:
    part = found.groupdict()
    month, day, until = _month(found), int(part["d"]), int(part.get("e") or part["d"])
    if part.get("y"):
        year = int(part["y"])
        first = date(year, month, day)
        if until == day:
            return _one(first, part.get("week"))
        return _ordered(first, date(year, month, until))
    near = _nearest(month, day, _said_on(today, "a date without a year"))
    if until == day:
        return _one(near, part.get("week"), "year")
    return _ordered(near, near.replace(day=until), "year")


def _nearest(month: int, day: int, today: date) -> date:
    """That day of the year nearest to ``today``; of two as near, the earlier."""
    near: list[date] = []
    for year in range(max(1, today.year - 8), min(9999, today.year + 8) + 1):
        try:
            near.append(date(year, month, day))
        except ValueError:
            continue
    return min(near, key=lambda one: (abs((one - today).days), one))


def _of_month(found: _Found, today: date | None) -> _Days:
    part = found.groupdict()
    month = _month(found) if part.get("mon") else int(part["m"])
    inferred = () if part.get("y") else ("year",)
    if part.get("y"):
        first = date(int(part["y"]), month, 1)
    else:
        first = _nearest(month, 15, _said_on(today, "a month without a year")).replace(day=1)
    last = _end_of(first)
    third = part.get("third")
    if third == "early":
        last = first.replace(day=10)
    elif third == "mid":
        first, last = first.replace(day=11), first.replace(day=20)
    elif third == "late":
        first = first.replace(day=21)
    return _Days(first, last, frozenset(inferred))


def _end_of(first: date) -> date:
    if first.month == 12:
        return first.replace(day=31)
    return first.replace(month=first.month + 1) - timedelta(days=1)


def _year(found: _Found, today: date | None) -> _Days:
    year = int(found["y"])
    return _Days(date(year, 1, 1), date(year, 12, 31))


def _word(found: _Found, today: date | None) -> _Days:
    away = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}[found["word"]]
    day = _said_on(today, f'"{found["word"]}"') + timedelta(days=away)
    return _Days(day, day, frozenset({"day-word"}))


def _weekday(found: _Found, today: date | None) -> _Days:
    said = _said_on(today, "a weekday")
    wanted = next(n for n, d in enumerate(_WEEKDAYS) if d[:3] == found["week"][:3])
    coming = said + timedelta(days=(wanted - said.weekday()) % 7)
    past = said - timedelta(days=(said.weekday() - wanted - 1) % 7 + 1)
    next_one = coming if coming > said else coming + timedelta(days=7)
    first, last = {
        "last": (past, past),
        "past": (past, past),
        "this": (coming, coming),
        "coming": (coming, coming),
        "next": (next_one, next_one + timedelta(days=7)),
    }.get(found["which"] or "", (coming if coming == said else past, coming))
    return _Days(first, last, frozenset({"day-word"}))


def _week_of(found: _Found, today: date | None) -> _Days:
    inner = _days(found["inner"], today)
    monday = inner.first - timedelta(days=inner.first.weekday())
    return _Days(monday, monday + timedelta(days=6), inner.inferred)


_FORMS: tuple[tuple[re.Pattern[str], _Reads], ...] = tuple(
    (re.compile(form), reads)
    for form, reads in (
        (rf"{_Y}-(?P<m>[0-9]{{2}})-(?P<d>[0-9]{{2}})(?:/(?P<e>[0-9]{{2}}))?", _numbered),
        (rf"(?P<d>[0-9]{{1,2}})(?P<e>)\.(?P<m>[0-9]{{1,2}})\.{_Y}", _numbered),
        (rf"(?:{_W} )?(?:the )?{_D} (?:of )?{_M}(?: {_Y})?", _named),
        (rf"(?:{_W} )?{_M} (?:the )?{_D}(?: {_Y})?", _named),
        (rf"{_D}{_DASH}{_E} {_M}(?: {_Y})?", _named),
        (rf"{_M} {_D}{_DASH}{_E}(?: {_Y})?", _named),
        (rf"{_Y}-(?P<m>[0-9]{{2}})", _of_month),
        (rf"(?:(?P<third>early|mid|late)(?: |-))?{_M}(?: {_Y})?", _of_month),
        (_Y, _year),
        (r"(?P<word>yesterday|today|tonight|tomorrow)", _word),
        (rf"(?:(?P<which>last|past|this|coming|next) )?{_W}", _weekday),
        (r"week of (?P<inner>.{1,80})", _week_of),
    )
)
