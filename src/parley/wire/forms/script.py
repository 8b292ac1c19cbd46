"""The telephone script of a notice: numbered sentences to read aloud, and what is to be heard back.

The sentence is in the listener's language; beside it the value as both sides write it down, always
in the same Latin notation, with a box to tick when it came back right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from parley.errors import InputError
from parley.rules.statements import Use
from parley.wire.forms.facts import AreaFacts, Facts
from parley.wire.forms.tongues import Tongue, digits, spelled, tongue_of
from parley.wire.instants import format_instant, in_zone
from parley.wire.notam.drawn import Second, text_of

REPLY = "accepted / objected / unable"
NOT_RELEASED = "DRAFT - NOT RELEASED"


@dataclass(frozen=True, slots=True)
class Said:
    """number: that of the form's field. said: to be read aloud. value: as it is written down, ""
    where nothing is. read_back: it has to be heard back."""

    number: str
    said: str
    value: str = ""
    read_back: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """language: BCP 47. banner: the marking, first and last."""

    language: str
    rtl: bool
    banner: str
    item: str
    version: int
    lines: tuple[Said, ...]


def phone_script(
    facts: Facts, language: str, *, banner: str, zones: Sequence[str] = (), draft: bool = False
) -> Script:
    """The script in "en", "ru", "he" or "ar". zones: IANA names whose local time is said too.
    draft: it is not released: said before anything else, so that nobody acts on it.

    InputError: another language, a zone that is not known.
    """
    tongue = tongue_of(language)
    lines = [
        Said("1", tongue.opening.format(party=facts.by_name, role=facts.role), facts.by),
        Said("2", tongue.exercise if facts.exercise else tongue.real, _mode(facts)),
        Said(
            "3",
            tongue.notice.format(
                item=spelled(tongue, facts.item), version=digits(tongue, str(facts.version))
            ),
            f"{facts.item} version {facts.version}",
            read_back=True,
        ),
        Said("4", tongue.activity.format(title=facts.title), facts.activity_class),
        _place(facts, tongue),
    ]
    if draft:
        lines.insert(0, Said("0", tongue.draft, NOT_RELEASED))
    for n, area in enumerate(facts.areas, 1):
        lines += _area(area, f"{n}" if len(facts.areas) > 1 else "", tongue, zones)
    owed = [line.number for line in lines if line.read_back]
    numbers = tongue.comma.join(owed)
    lines.append(Said("9", tongue.reply.format(numbers=numbers), REPLY))
    return Script(language, tongue.rtl, banner, facts.item, facts.version, tuple(lines))


def script_text(script: Script) -> str:
    """Plain text, a sentence and under it the value with its box; the same bytes every time."""
    out = [script.banner, f"PHONE SCRIPT {script.item} version {script.version}", ""]
    for line in script.lines:
        out.append(f"{line.number}. {line.said}")
        if line.value:
            box = "[ ] read back:  " if line.read_back else "    "
            out.append(f"    {box}{line.value}")
        out.append("")
    out += ["Called at (Zulu): ________  Spoken to: ____________________  By: ______________", ""]
    return "\n".join([*out, script.banner, ""])


def script_html(script: Script) -> str:
    """The same as a page for one sheet of A4, or two where the notice has many areas."""
    side = "rtl" if script.rtl else "ltr"
    rows = "".join(
        f"<tr><th>{line.number}</th>"
        f"<td dir={side} lang={script.language}>{_said(line.said, rtl=script.rtl)}</td>"
        f"<td class=v dir=ltr>{escape(line.value)}</td>"
        f"<td class=b>{'&#9744;' if line.read_back else ''}</td></tr>"
        for line in script.lines
    )
    return page(
        f"Phone script {script.item} version {script.version}",
        script.banner,
        f"<table><tr><th>No.</th><th>Say</th><th>Write down</th><th>Back</th></tr>{rows}</table>"
        "<p>Called at (Zulu): ________ &nbsp; Spoken to: ______________ &nbsp; By: __________</p>",
    )


def _said(text: str, *, rtl: bool) -> str:
    """What is read out; from right to left each number and each run of Latin words keeps its own
    order and its place in the row."""
    if not rtl:
        return escape(text)
    parts = _LATIN.split(text)
    return "".join(
        f"<bdi dir=ltr>{escape(part)}</bdi>" if n % 2 else escape(part)
        for n, part in enumerate(parts)
    )


_LATIN = re.compile(r"([A-Za-z0-9](?:[\w;:/.\- ]*[A-Za-z0-9])?)", re.ASCII)


def page(title: str, banner: str, body: str) -> str:
    """A page that prints on A4, black on white, its marking at the top and at the bottom."""
    mark = f"<div class=m>{escape(banner)}</div>"
    return (
        f'<!doctype html>\n<html lang=en><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{mark}<h1>{escape(title)}</h1>{body}{mark}"
        "</body></html>\n"
    )


_STYLE = (
    "@page{size:A4;margin:10mm}body{font:10pt/1.25 sans-serif;color:#000;background:#fff;"
    "max-width:190mm;margin:0 auto}h1{font-size:13pt;margin:2mm 0}.m{font-weight:bold;"
    "text-align:center;border:1.5pt solid #000;padding:1mm}table{border-collapse:collapse;"
    "width:100%}th,td{border:.5pt solid #000;padding:.6mm 1.2mm;text-align:start;"
    "vertical-align:top}.v{font-family:monospace;font-size:9pt}.b{font-size:14pt}"
    "tr{break-inside:avoid}@media print{body{max-width:none}}"
)


def _mode(facts: Facts) -> str:
    return "EXERCISE" if facts.exercise else "REAL"


def _place(facts: Facts, tongue: Tongue) -> Said:
    if not facts.place:
        return Said("5", tongue.no_place, "no named place")
    return Said("5", tongue.place.format(place=facts.place), facts.place, read_back=True)


def _area(area: AreaFacts, n: str, tongue: Tongue, zones: Sequence[str]) -> list[Said]:
    dot = f".{n}" if n else ""
    return [
        Said(f"6{dot}", _shape(area, n, tongue), shape_value(area), read_back=True),
        Said(
            f"7{dot}",
            tongue.heights.format(
                **{
                    name: digits(tongue, str(getattr(area, name)))
                    for name in ("floor_m", "ceiling_m", "floor_ft", "ceiling_ft")
                }
            ),
            heights_value(area),
            read_back=True,
        ),
        _time(f"8{dot}a", area.start_ms, tongue.time_from, tongue, zones),
        _time(f"8{dot}b", area.end_ms, tongue.time_to, tongue, zones),
    ]


def _shape(area: AreaFacts, n: str, tongue: Tongue) -> str:
    shape = area.shape
    points = [_point(point, tongue) for point in shape.points]
    listed = points[0]
    if len(points) > 1:
        listed = tongue.comma.join(
            f"{tongue.point.format(n=digits(tongue, str(k)))}: {point}"
            for k, point in enumerate(points, 1)
        )
    form: Mapping[str, str] = {
        "circle": tongue.circle,
        "corridor": tongue.corridor,
        "polygon": tongue.polygon,
    }
    said = form[shape.kind].format(
        n=digits(tongue, n or "1"),
        size=digits(tongue, str(area.size_m)),
        count=digits(tongue, str(len(points))),
        points=listed,
    )
    if area.use is Use.AIRCRAFT:
        said += f" {tongue.aircraft}"
    if area.stands_for > 1:
        said += f" {tongue.several.format(count=digits(tongue, str(area.stands_for)))}"
    return said


def _point(point: Second, tongue: Tongue) -> str:
    said = []
    for value, width, letters in ((point[0], 2, "NS"), (point[1], 3, "EW")):
        whole = abs(value)
        parts = (
            (f"{whole // 3600:0{width}d}", tongue.degrees),
            (f"{whole // 60 % 60:02d}", tongue.minutes),
            (f"{whole % 60:02d}", tongue.seconds),
        )
        words = " ".join(f"{digits(tongue, number)} {unit}" for number, unit in parts)
        said.append(f"{words} {tongue.sides[letters[value < 0]]}")
    return tongue.comma.join(said)


def shape_value(area: AreaFacts) -> str:
    """The shape as it is written down: ``circle 4000 m, 353112N 0354800E``."""
    shape = area.shape
    points = " - ".join(text_of(point).replace("\x00", " ") for point in shape.points)
    size = {
        "circle": f"circle {area.size_m} m, ",
        "corridor": f"corridor {area.size_m} m each side, ",
        "polygon": "polygon ",
    }[shape.kind]
    use = "own aircraft: " if area.use is Use.AIRCRAFT else ""
    more = f" (holds {area.stands_for} volumes)" if area.stands_for > 1 else ""
    return f"{use}{size}{points}{more}"


def heights_value(area: AreaFacts) -> str:
    """``0 to 12000 m (0 to 39400 ft) above WGS-84``."""
    return (
        f"{area.floor_m} to {area.ceiling_m} m ({area.floor_ft} to {area.ceiling_ft} ft)"
        " above WGS-84"
    )


def times_value(ms: int, zones: Sequence[str]) -> str:
    """``2018-09-17T18:40:00Z``, and the local time of each zone."""
    return " / ".join([format_instant(ms), *(f"{in_zone(ms, zone)} {zone}" for zone in zones)])


def _time(number: str, ms: int, form: str, tongue: Tongue, zones: Sequence[str]) -> Said:
    moment = _moment(ms)
    said = [
        form.format(
            day=digits(tongue, f"{moment:%d}"),
            month=digits(tongue, f"{moment:%m}"),
            year=digits(tongue, f"{moment.year:04d}"),
            time=digits(tongue, f"{moment:%H%M}"),
        )
    ]
    value = times_value(ms, zones)  # refuses a zone that is not known
    for zone in zones:
        local = moment.astimezone(ZoneInfo(zone))
        said.append(
            tongue.local.format(
                zone=zone,
                day=digits(tongue, f"{local:%d}"),
                time=digits(tongue, f"{local:%H%M}"),
            )
        )
    return Said(number, " ".join(said), value, read_back=True)


def _moment(ms: int) -> datetime:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    except OverflowError:
        raise InputError(f"instant {ms} ms is out of range", right="years 1 to 9999") from None
