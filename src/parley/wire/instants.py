"""Instants as text: RFC 3339 in, Zulu first out, local time beside it, never a bare time.

Instants are integer milliseconds since the Unix epoch, UTC. Written instants lie between
1970-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parley.errors import FormatError, InputError

MIN_MS = 0
MAX_MS = 253_402_300_799_999

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RIGHT = "RFC 3339 with Z or an offset, such as 2018-09-17T18:39:00Z or 2018-09-17T21:39:00+03:00"
_LARGEST_OFFSET_MIN = 14 * 60
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_BARE_TIME = re.compile(r"[0-9]{1,2}:?[0-9]{2}(?::?[0-9]{2})?\s*(?:[A-Za-z]{1,5}|[+-][0-9:]{2,5})?")
_WORD = re.compile(
    r"(?:today|tomorrow|yesterday|tonight|now|noon|midnight|next|last|in|on)\b.*", re.I | re.S
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse_instant(text: str, where: str = "") -> int:
    """Milliseconds since the epoch of an RFC 3339 instant with ``Z`` or a numeric offset.

    Seconds may be left out (ISO 8601), ``-00:00`` counts as Z; digits beyond the millisecond
    are cut off. Refused: a time without a zone, a bare time, a date alone, words such as
    "tomorrow", named zones, second 60 (a leap second has no place on this scale), offsets
    beyond 14 hours, instants outside 1970 to 9999. Raises FormatError with ``where``.
    Source: RFC 3339 section 5.6.
    """
    if not isinstance(text, str):
        raise _refused(f"{_shown(text)} is not text", where)
    stripped = text.strip()
    found = _INSTANT.fullmatch(stripped)
    if found is None:
        raise _refused(_why_not(stripped), where)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if hour is None:
        raise _refused(f"{_shown(stripped)} is a date without a time of day", where)
    if zone is None:
        raise _refused(
            f"{_shown(stripped)} is a time without a zone", where, right=f"{stripped}Z if it is UTC"
        )
    if second == "60":
        raise _refused(
            f"{_shown(stripped)} is a leap second", where, right="second 59, or the next minute"
        )
    try:
        local = datetime(  # noqa: DTZ001 - the offset is taken off below
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0)
        )
    except ValueError as error:
        raise _refused(f"{_shown(stripped)} does not exist: {error}", where) from None
    since = local - _EPOCH.replace(tzinfo=None)
    seconds = since.days * 86_400 + since.seconds - _offset_min(zone, stripped, where) * 60
    ms = seconds * 1000 + int(((fraction or "") + "000")[:3])
    if not MIN_MS <= ms <= MAX_MS:
        raise _refused(
            f"{_shown(stripped)} is out of range", where, right="an instant between 1970 and 9999"
        )
    return ms


def format_instant(ms: int) -> str:
    """``2018-09-17T18:39:00Z``; milliseconds are shown only where they are not zero.

    Raises InputError outside the years 1 to 9999.
    """
    moment = _moment(ms)
    fraction = f".{ms % 1000:03d}" if ms % 1000 else ""
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}{fraction}Z"


def format_instant_short(ms: int) -> str:
    """``18:39Z``, or ``18:39:30Z`` where the seconds are not zero; a part of one is cut off."""
    return f"{_clock_text(_moment(ms))}Z"


def in_zone(ms: int, tz_name: str) -> str:
    """Local time with its offset and date: ``21:39 +03:00 Mon 17 Sep 2018``.

    ``tz_name`` is a name of the IANA time zone database, such as Europe/Moscow. The names of
    days and months do not depend on the locale. Where local time leaves the years 1 to 9999 it
    is shown as UTC. Raises InputError for an unknown zone.
    """
    moment = _moment(ms)
    try:
        local = moment.astimezone(ZoneInfo(tz_name))
    except OverflowError:
        local = moment
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError, AttributeError):
        raise InputError(
            f"time zone {_shown(tz_name)} is not known",
            right="a name of the IANA database, such as Europe/Moscow or Asia/Jerusalem",
            where="time zone",
        ) from None
    offset_s = int((local.utcoffset() or timedelta()).total_seconds())
    sign = "-" if offset_s < 0 else "+"
    minutes, seconds = divmod(abs(offset_s), 60)
    offset = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}" + (
        f":{seconds:02d}" if seconds else ""
    )
    date = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{_clock_text(local)} {offset} {date}"


def _moment(ms: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        raise InputError(f"instant {ms} ms is out of range", right="years 1 to 9999") from None


def _clock_text(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _offset_min(zone: str, text: str, where: str) -> int:
    if zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    offset = hours * 60 + minutes
    if minutes > 59 or offset > _LARGEST_OFFSET_MIN:
        raise _refused(
            f"{_shown(text)} has an offset that no place on Earth has",
            where,
            right="an offset between -14:00 and +14:00",
        )
    return -offset if zone[0] == "-" else offset


def _why_not(text: str) -> str:
    if _WORD.fullmatch(text):
        return f"{_shown(text)} is relative to somebody's clock"
    if _BARE_TIME.fullmatch(text):
        return f"{_shown(text)} is a bare time without a date"
    return f"{_shown(text)} is not an instant"


def _shown(text: object) -> str:
    shown = repr(text) if isinstance(text, str) else f"a {type(text).__name__}"
    return shown if len(shown) <= 60 else f"{shown[:57]}...{shown[0]}"


def _refused(what: str, where: str, right: str = _RIGHT) -> FormatError:
    return FormatError(what, right=right, where=where)
