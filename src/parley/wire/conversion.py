"""Every format that people bring, to drafts with what was assumed; a notice to every format.

The one table of both directions, for the routes and the commands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parley.errors import FormatError, InputError
from parley.liaison.releases.filtering import unmarked
from parley.rules.agreement import Agreement
from parley.rules.hazard import hazard_rows
from parley.rules.statements import Draft, Header, Notice
from parley.wire.assumed import Assumed, Converted
from parley.wire.ed269 import Ed269Options, draft_from_ed269, notice_to_ed269
from parley.wire.forms.facts import facts_of
from parley.wire.forms.script import NOT_RELEASED, phone_script, script_html, script_text
from parley.wire.forms.sheet import form_html, form_text
from parley.wire.geojson import draft_from_geojson, notice_to_geojson
from parley.wire.gpx import GpxOptions, draft_from_gpx, notice_to_gpx
from parley.wire.kml import draft_from_kml, draft_from_kmz, notice_to_kml
from parley.wire.notam.reading import draft_from_notam
from parley.wire.notam.writing import NotamOptions, notice_to_notam
from parley.wire.notices_csv import drafts_from_csv, notices_to_csv
from parley.wire.refusals import shown

_ENDINGS = {
    ".notam": "notam",
    ".txt": "notam",
    ".gpx": "gpx",
    ".csv": "csv",
    ".kml": "kml",
    ".kmz": "kmz",
    ".geojson": "geojson",
    ".ed269": "ed269",
}


@dataclass(frozen=True, slots=True)
class Hints:
    """What a person adds to a file that does not say it: the class of a NOTAM, a zone, a path;
    widths, radius, band (metres above the ellipsoid) and window of a path."""

    activity_class: str = ""
    half_width_m: float | None = None
    radius_m: float | None = None
    floor_m: float | None = None
    ceiling_m: float | None = None
    vertical_m: float = 0.0
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a notice is written: what each format asks for, the rest is not looked at.

    public: leave the marking out, for the notice's own author alone. zones: of local times.
    html: a page in place of plain text (form, script). draft: it is not released, and says so."""

    fir: str = ""
    qcode: str = ""
    series: str = "A"
    location: str = ""
    flight_levels: bool = False
    aircraft: bool = True
    remarks: str = ""
    country: str = ""
    restriction: str = "PROHIBITED"
    language: str = "en"
    zones: tuple[str, ...] = ()
    html: bool = False
    public: bool = False
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A file: its bytes, its media type, its name."""

    data: bytes
    media_type: str
    name: str


def format_of(name: str, data: bytes) -> str:
    """The format of a file by its name's ending, JSON by what stands in it. FormatError."""
    lower = name.lower()
    for ending, form in _ENDINGS.items():
        if lower.endswith(ending):
            return form
    if lower.endswith(".json"):
        return "ed269" if b'"horizontalProjection"' in data else "geojson"
    raise FormatError(
        f"{shown(name)} is of no known format",
        right=f"a file that ends in {', '.join((*_ENDINGS, '.json'))}",
    )


def drafts_from(
    data: bytes,
    source: str,
    form: str,
    agreement: Agreement | None,
    hints: Hints,
    assumed: Assumed,
) -> tuple[tuple[Draft, ...], tuple[str, ...]]:
    """The drafts in a file of format ``form`` (of ``READ_FORMATS``) and what was assumed.

    Only a table may hold more than one. Raises what the format's reader raises.
    """
    reader = _READERS.get(form)
    if reader is None:
        raise FormatError(
            f"format {shown(form)} is not read", right=f"one of {', '.join(_READERS)}"
        )
    return reader(data, source, agreement, hints, assumed)


def draft_to_geojson(draft: Draft) -> dict[str, Any]:
    """A draft in the GeoJSON profile, as ``draft_from_geojson`` reads it back."""
    words = Notice(
        Header("", "", 0, (), ""),
        draft.item, 1, draft.activity_class, draft.volumes, draft.place, draft.text,
    )  # fmt: skip
    made = notice_to_geojson(words)
    del made["parley"]
    if not draft.item:
        for feature in made["features"]:
            del feature["properties"]["item"]
    return made


def notice_as(
    notice: Notice, form: str, agreement: Agreement, wanted: Wanted, assumed: Assumed
) -> Written:
    """The notice in format ``form`` (of ``WRITTEN_FORMATS``), under its marking: for its
    addressees alone, unless its author makes it public. The file ends in a line feed. InputError:
    what cannot be."""
    writer = _WRITERS.get(form)
    if writer is None:
        raise InputError(
            f"format {shown(form)} is not written",
            right=f"one of {', '.join(_WRITERS)}",
            where="format",
        )
    banner = "" if wanted.public else unmarked(notice.header).banner()
    if wanted.draft:
        banner = f"{NOT_RELEASED} // {banner}" if banner else NOT_RELEASED
    made = writer(notice, agreement, wanted, assumed, banner)
    return made if made.data.endswith(b"\n") else replace(made, data=made.data + b"\n")


# Reading -------------------------------------------------------------------------------------

_Read = tuple[tuple[Draft, ...], tuple[str, ...]]


def _one(found: Converted) -> _Read:
    return (found.draft,), found.assumptions


def _notam(
    data: bytes, source: str, agreement: Agreement | None, hints: Hints, assumed: Assumed
) -> _Read:
    return _one(
        draft_from_notam(
            data, source, agreement, activity_class=hints.activity_class, assumed=assumed
        )
    )


def _ed269(
    data: bytes, source: str, agreement: Agreement | None, hints: Hints, assumed: Assumed
) -> _Read:
    return _one(
        draft_from_ed269(
            data, source, agreement, activity_class=hints.activity_class, assumed=assumed
        )
    )


def _gpx(
    data: bytes, source: str, agreement: Agreement | None, hints: Hints, assumed: Assumed
) -> _Read:
    if hints.half_width_m is None:
        raise FormatError(
            "the width of the corridor is missing",
            right="half_width_m in metres",
            where="half_width_m",
            at_fault="whoever asks",
        )
    options = GpxOptions(
        hints.activity_class,
        hints.half_width_m,
        hints.radius_m,
        hints.floor_m,
        hints.ceiling_m,
        hints.vertical_m,
        hints.start_ms,
        hints.end_ms,
    )
    return _one(draft_from_gpx(data, source, agreement, options, assumed))


def _csv(
    data: bytes, source: str, agreement: Agreement | None, hints: Hints, assumed: Assumed
) -> _Read:
    return drafts_from_csv(data, source, agreement), ()


def _kml(
    data: bytes, source: str, agreement: Agreement | None, hints: Hints, assumed: Assumed
) -> _Read:
    return (draft_from_kml(data, source, agreement),), ()


def _kmz(
    data: bytes, source: str, agreement: Agreement | None, hints: Hints, assumed: Assumed
) -> _Read:
    return (draft_from_kmz(data, source, agreement),), ()


def _geojson(
    data: bytes, source: str, agreement: Agreement | None, hints: Hints, assumed: Assumed
) -> _Read:
    return (draft_from_geojson(data, source, agreement),), ()


_READERS: Mapping[str, Callable[[bytes, str, Agreement | None, Hints, Assumed], _Read]] = {
    "notam": _notam,
    "ed269": _ed269,
    "gpx": _gpx,
    "csv": _csv,
    "kml": _kml,
    "kmz": _kmz,
    "geojson": _geojson,
}
READ_FORMATS: Sequence[str] = tuple(_READERS)


# Writing -------------------------------------------------------------------------------------


def _as_notam(
    notice: Notice, agreement: Agreement, wanted: Wanted, assumed: Assumed, banner: str
) -> Written:
    options = NotamOptions(
        wanted.fir,
        wanted.qcode,
        wanted.series,
        wanted.location,
        wanted.flight_levels,
        wanted.aircraft,
        wanted.remarks,
        banner,
    )
    return _text(notice_to_notam(notice, options, assumed), notice, "notam.txt")


def _as_ed269(
    notice: Notice, agreement: Agreement, wanted: Wanted, assumed: Assumed, banner: str
) -> Written:
    options = Ed269Options(wanted.country, wanted.restriction, wanted.aircraft, banner)
    made = notice_to_ed269(notice, options, assumed)
    data = json.dumps(made, indent=1, ensure_ascii=False).encode()
    return Written(data, "application/json", f"{notice.item}.ed269.json")


def _as_kml(
    notice: Notice, agreement: Agreement, wanted: Wanted, assumed: Assumed, banner: str
) -> Written:
    hazards = [row.volume for row in hazard_rows(agreement, notice)]
    data = notice_to_kml(notice, marking=banner, hazards=hazards)
    return Written(data, "application/vnd.google-earth.kml+xml", f"{notice.item}.kml")


def _as_gpx(
    notice: Notice, agreement: Agreement, wanted: Wanted, assumed: Assumed, banner: str
) -> Written:
    data = notice_to_gpx(notice, marking=banner)
    return Written(data, "application/gpx+xml", f"{notice.item}.gpx")


def _as_csv(
    notice: Notice, agreement: Agreement, wanted: Wanted, assumed: Assumed, banner: str
) -> Written:
    text = notices_to_csv([notice], {notice.item: banner})
    return Written(text.encode(), "text/csv; charset=utf-8", f"{notice.item}.csv")


def _as_form(
    notice: Notice, agreement: Agreement, wanted: Wanted, assumed: Assumed, banner: str
) -> Written:
    facts = facts_of(notice, agreement)
    if wanted.html:
        return _page(form_html(facts, banner=banner, zones=wanted.zones), notice, "form.html")
    return _text(form_text(facts, banner=banner, zones=wanted.zones), notice, "form.txt")


def _as_script(
    notice: Notice, agreement: Agreement, wanted: Wanted, assumed: Assumed, banner: str
) -> Written:
    facts = facts_of(notice, agreement)
    script = phone_script(
        facts, wanted.language, banner=banner, zones=wanted.zones, draft=wanted.draft
    )
    name = f"script.{wanted.language}"
    if wanted.html:
        return _page(script_html(script), notice, f"{name}.html")
    return _text(script_text(script), notice, f"{name}.txt")


def _text(text: str, notice: Notice, ending: str) -> Written:
    return Written(text.encode(), "text/plain; charset=utf-8", f"{notice.item}.{ending}")


def _page(text: str, notice: Notice, ending: str) -> Written:
    return Written(text.encode(), "text/html; charset=utf-8", f"{notice.item}.{ending}")


_WRITERS: Mapping[str, Callable[[Notice, Agreement, Wanted, Assumed, str], Written]] = {
    "notam": _as_notam,
    "ed269": _as_ed269,
    "kml": _as_kml,
    "gpx": _as_gpx,
    "csv": _as_csv,
    "form": _as_form,
    "script": _as_script,
}
WRITTEN_FORMATS: Sequence[str] = tuple(_WRITERS)
