"""A notice as the text of a NOTAM, ready for the NOTAM office: number 0000 until it gives one.

Public text: no name of a place, no free text of the notice, unless whoever asks adds remarks.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from parley.errors import InputError
from parley.rules.statements import Notice, NoticeVolume, Use
from parley.space import Band, Span
from parley.wire import assumed as heights
from parley.wire.assumed import Assumed
from parley.wire.notam.drawn import circle_round, drawn, minutes_text
from parley.wire.notam.qcodes import QCode, qcode_of
from parley.wire.refusals import shown

MAX_LINE = 69
MAX_CHARS = 1_800
"""Of one AFTN message (ICAO Annex 10, volume II, 4.4.5.6: line length; 4.4.15.3.11: text)."""

_FIR = re.compile(r"[A-Z]{4}")
_SERIES = re.compile(r"[A-Z]")
_REMARKS = re.compile(r"[A-Z0-9\-?:.,'=/+ ]{0,300}")
_CHARSET = re.compile(r"[A-Z0-9\-?:().,'=/+ \n]*")
_MINUTE = 60_000
_POINTS = (80, 40, 24, 16, 10)
_FL_MAX = 999
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True, slots=True)
class NotamOptions:
    """fir: whose NOTAM office issues it; location: item A), "" for the FIR. qcode: "" for that of
    the class. flight_levels: F) and G) as flight levels, which needs a pressure model. aircraft:
    draw the areas of own aircraft too. marking: a banner that stands first in E), or ""."""

    fir: str
    qcode: str = ""
    series: str = "A"
    location: str = ""
    flight_levels: bool = False
    aircraft: bool = True
    remarks: str = ""
    marking: str = ""


def notice_to_notam(notice: Notice, options: NotamOptions, assumed: Assumed) -> str:
    """The text of a new NOTAM (NOTAMN) about the notice's volumes, lines of 69 characters.

    B) and C) to whole minutes, F) and G) to 100 ft, the drawn shapes to whole seconds, all
    outward; a floor at or below mean sea level is SFC. E) says what was assumed of the heights.
    InputError: options that cannot be, a Q-code not known, 2000 to 2099 left, too much for one
    message (1,800 characters).
    """
    code = _checked(notice, options)
    volumes = [v for v in notice.volumes if options.aircraft or v.use is Use.ACTIVITY]
    if not volumes:
        raise InputError(f"{notice.item} has no volume of activity", right="aircraft areas too")
    text = ""
    for most in _POINTS:
        text = _text(notice, volumes, options, assumed, code, most)
        if len(text) <= MAX_CHARS:
            return text
    raise InputError(
        f"the NOTAM of {notice.item} has {len(text)} characters",
        right=f"at most {MAX_CHARS}: a notice of fewer volumes or corners",
    )


def limit_texts(band: Band, assumed: Assumed, *, flight_levels: bool = False) -> tuple[str, str]:
    """F) and G) of a band, outward: ``SFC`` or ``1500FT AMSL``; ``FL285``; ``UNL``."""
    if flight_levels:
        if assumed.pressure is None:
            raise InputError(
                "flight levels need to know the air",
                right="qnh_low_hpa and qnh_high_hpa, or limits above sea level",
                where="flight_levels",
            )
        low, high = _levels(band, assumed)
        lower = "SFC" if low <= 0 else f"FL{min(low, _FL_MAX):03d}"
        return lower, "UNL" if high >= _FL_MAX else f"FL{high:03d}"
    low_m, high_m = heights.sea_range_m(band, assumed.geoid)
    low_ft, high_ft = heights.feet_down(low_m), heights.feet_up(high_m)
    lower = "SFC" if low_ft <= 0 else f"{low_ft}FT AMSL"
    if high_ft >= 100_000:
        return lower, "UNL"
    return lower, f"{max(high_ft, 100)}FT AMSL"


def _checked(notice: Notice, options: NotamOptions) -> QCode:
    for name, value, form in (
        ("fir", options.fir, _FIR),
        ("location", options.location or options.fir, _FIR),
        ("series", options.series, _SERIES),
    ):
        if not form.fullmatch(value):
            right = "one letter A to Z" if name == "series" else "four letters, such as LCCC"
            raise InputError(f"{name} {shown(value)} cannot be", right=right, where=name)
    if not _REMARKS.fullmatch(options.remarks):
        raise InputError(
            f"remarks {shown(options.remarks)} cannot stand in a NOTAM",
            right="at most 300 of A-Z, 0-9 and - ? : . , ' = / +",
            where="remarks",
        )
    return qcode_of(notice.activity_class, options.qcode)


def _text(
    notice: Notice,
    volumes: list[NoticeVolume],
    options: NotamOptions,
    assumed: Assumed,
    code: QCode,
    most: int,
) -> str:
    shapes = [drawn(v.volume.area, most) for v in volumes]
    centre, radius_nm = circle_round([shape.area() for shape in shapes])
    if radius_nm > _FL_MAX:
        raise InputError(
            f"the areas of {notice.item} are {radius_nm} NM apart", right="at most 999 NM"
        )
    bands = [v.volume.band for v in volumes]
    whole = Band(min(b.floor for b in bands), max(b.ceiling for b in bands))
    low, high = _levels(whole, assumed)
    said_fl = f"{min(max(low, 0), _FL_MAX):03d}/{min(high, _FL_MAX):03d}"
    place = f"{minutes_text(centre)}{radius_nm:03d}"
    heads = (options.fir, code.code, code.traffic, code.purpose, code.scope)
    q_line = "/".join((*heads, said_fl, place))
    spans = [_minutes(v.volume.span) for v in volumes]
    start_ms, end_ms = min(s.start_ms for s in spans), max(s.end_ms for s in spans)
    lower, upper = limit_texts(whole, assumed, flight_levels=options.flight_levels)
    said = _said(notice, volumes, spans, [shape.text() for shape in shapes], options, assumed, code)
    lines = [
        f"{options.series}0000/{_moment(notice.header.at_ms):%y} NOTAMN",
        f"Q) {q_line}",
        f"A) {options.location or options.fir} B) {_stamp(start_ms)} C) {_stamp(end_ms)}",
        *_schedule(spans, start_ms, end_ms),
        *_wrapped(f"E) {said}"),
        f"F) {lower} G) {upper}",
    ]
    return "\n".join(lines) + "\n"


def _said(
    notice: Notice,
    volumes: list[NoticeVolume],
    spans: list[Span],
    shapes: list[str],
    options: NotamOptions,
    assumed: Assumed,
    code: QCode,
) -> str:
    parts = ["EXERCISE EXERCISE EXERCISE."] if notice.header.exercise else []
    if options.marking:
        parts.append(f"MARKING {_plain(options.marking)}.")
    parts.append(f"{code.words}.")
    for number, (one, span, shape) in enumerate(zip(volumes, spans, shapes, strict=True), 1):
        if len(volumes) == 1:
            parts.append(f"{shape}.")
            continue
        lower, upper = limit_texts(one.volume.band, assumed, flight_levels=options.flight_levels)
        use = "OWN ACFT" if one.use is Use.AIRCRAFT else "ACT"
        when = f"{_stamp(span.start_ms)} TO {_stamp(span.end_ms)}"
        parts.append(f"AREA {number} {use}: {shape}, {lower} TO {upper}, {when}.")
    parts.append(_assumptions(assumed, flight_levels=options.flight_levels))
    if options.remarks:
        parts.append(f"RMK {options.remarks}")
    return " ".join(parts)


def _assumptions(assumed: Assumed, *, flight_levels: bool) -> str:
    """How heights above the ellipsoid became what stands in Q), F) and G)."""
    low, high = assumed.geoid_range()
    air = assumed.likely_pressure()
    qnh = f"QNH {air.qnh_low_hpa:.0f} TO {air.qnh_high_hpa:.0f}HPA"
    pressed = f"{qnh} AND HGT ERROR {air.temperature_error * 100:.0f}PCT BY TEMPERATURE ASSUMED"
    said = f"LIMITS CONVERTED FROM WGS84 ELLIPSOID HGT, GEOID UNDULATION {low}M TO {high}M ASSUMED"
    where = "FOR FL" if flight_levels else "FOR FL IN Q LINE"
    return f"{said}. {pressed} {where}."


def _plain(text: str) -> str:
    """A banner in the characters of a telegram."""
    return "".join(c if _CHARSET.fullmatch(c) else " " for c in text.upper()).strip()


def _levels(band: Band, assumed: Assumed) -> tuple[int, int]:
    """Flight levels that hold the band, outward."""
    low_m, high_m = heights.pressure_range_m(band, assumed.likely_pressure())
    low, high = heights.feet_down(low_m), heights.feet_up(high_m)
    return low // 100, max(high // 100, 1)


def _minutes(span: Span) -> Span:
    """The span to whole minutes, outward, one at least."""
    start_ms = span.start_ms // _MINUTE * _MINUTE
    end_ms = max(-(-span.end_ms // _MINUTE) * _MINUTE, start_ms + _MINUTE)
    for ms in (start_ms, end_ms):
        if not 2000 <= _moment(ms).year <= 2099:
            raise InputError(
                f"{_moment(ms).year} cannot be written with two digits", right="2000 to 2099"
            )
    return Span(start_ms, end_ms)


def _moment(ms: int) -> datetime:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    except OverflowError:
        raise InputError(f"instant {ms} ms is out of range", right="2000 to 2099") from None


def _stamp(ms: int) -> str:
    return f"{_moment(ms):%y%m%d%H%M}"


def _schedule(spans: list[Span], start_ms: int, end_ms: int) -> list[str]:
    """D) where the windows leave gaps between B) and C) and it fits its 200 characters."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start_ms):
        if joined and span.start_ms <= joined[-1].end_ms:
            joined[-1] = Span(joined[-1].start_ms, max(joined[-1].end_ms, span.end_ms))
        else:
            joined.append(span)
    if len(joined) == 1:
        return []
    months = _moment(start_ms).month != _moment(end_ms).month
    text = " ".join(_window(span, months=months) for span in joined)
    return _wrapped(f"D) {text}") if len(text) <= 200 else []


def _window(span: Span, *, months: bool) -> str:
    start, end = _moment(span.start_ms), _moment(span.end_ms)

    def day(moment: datetime) -> str:
        return f"{_MONTHS[moment.month - 1]} {moment:%d}" if months else f"{moment:%d}"

    later = "" if start.date() == end.date() else f"{day(end)} "
    return f"{day(start)} {start:%H%M}-{later}{end:%H%M}"


def _wrapped(text: str) -> list[str]:
    lines = textwrap.wrap(text, MAX_LINE, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\x00", " ") for line in lines]
