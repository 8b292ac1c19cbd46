"""Whatever a person pastes, as one draft of the GeoJSON profile: what it is, what is missing.

GeoJSON, KML, GPX, ED-269, a NOTAM, or positions as people write them. Nothing is guessed: what the
text does not say is named as missing, what had to be assumed is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.wire import features, lengths
from parley.wire.assumed import (
    LIKELY_QNH_HPA,
    LIKELY_TEMPERATURE_ERROR,
    LOWEST_GROUND_M,
    Assumed,
    assumed_of,
)
from parley.wire.conversion import Hints, draft_to_geojson, drafts_from
from parley.wire.features import NAMES
from parley.wire.geojson import draft_from_geojson
from parley.wire.instants import format_instant
from parley.wire.jsontext import parse_json
from parley.wire.kml import geometries_from_kml
from parley.wire.positions import shapes_from_text
from parley.wire.refusals import shown

MAX_CHARS = 1024 * 1024
FORMATS = ("geojson", "kml", "gpx", "ed269", "notam", "coordinates")
SOURCE = "the pasted text"
_NOTAM = re.compile(r"\bQ\)\s*[A-Z]{4}/|\bNOTAM[NRC]\b|\bA\)\s*[A-Z]{4}\b[\s\S]*\bB\)\s*[0-9]{10}")
_GEOMETRIES = ("Point", "LineString", "Polygon", "MultiPolygon", "MultiLineString")
_NEEDED = ("floor_m", "ceiling_m", "start", "end")
_SIZES = {"Point": "radius_m", "LineString": "half_width_m", "MultiLineString": "half_width_m"}
_FILLER: Mapping[str, Any] = {
    "floor_m": 0,
    "ceiling_m": 1,
    "start": "2000-01-01T00:00:00Z",
    "end": "2000-01-01T01:00:00Z",
    "radius_m": 1,
    "half_width_m": 1,
}
"""Stands in for what is missing while the rest is judged; never in what is answered."""

_PLACED = assumed_of(
    qnh_low_hpa=LIKELY_QNH_HPA[0],
    qnh_high_hpa=LIKELY_QNH_HPA[1],
    temperature_error=LIKELY_TEMPERATURE_ERROR,
    ground_low_m=LOWEST_GROUND_M,
    ground_high_m=9_000.0,
)
"""Levels are placed somewhere by it, so that the rest can be read; where, is never answered."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """format: of ``FORMATS``. collection: a FeatureCollection of the profile, its properties as
    far as they are known. missing: names of properties that a person has to add, () when it is
    a whole draft. assumptions: a sentence each."""

    format: str
    collection: dict[str, Any]
    missing: tuple[str, ...]
    assumptions: tuple[str, ...]


def format_of_text(text: str) -> str:
    """Which of ``FORMATS`` a text is. FormatError: it cannot be one."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start:
        raise FormatError("there is no text", right=_right())
    if start.startswith("{"):
        return "ed269" if '"horizontalProjection"' in start else "geojson"
    if start.startswith("["):
        raise FormatError("a JSON list", right='a GeoJSON object: {"type": "Feature", ...}')
    if start.startswith("<"):
        head = start[:4_000].lower()
        if "<gpx" in head:
            return "gpx"
        if "<kml" in head:
            return "kml"
        raise FormatError("XML that is neither KML nor GPX", right=_right())
    return "notam" if _NOTAM.search(start[:10_000]) else "coordinates"


def read_pasted(text: str, agreement: Agreement, hints: Hints, assumed: Assumed) -> Pasted:
    """The text as one draft. hints: what the person has filled in already; the text wins.

    Raises FormatError, GeometryError, InputError or OversizeError with what would be right."""
    if len(text) > MAX_CHARS:
        raise FormatError(f"a text of {len(text)} characters", right=f"at most {MAX_CHARS}")
    form = format_of_text(text)
    author = f"the author of {SOURCE}"
    said: list[str] = []
    try:
        if form == "geojson":
            found = _geojson(text, said)
        elif form == "kml":
            found = _known(geometries_from_kml(text.encode(), SOURCE), said)
        elif form == "coordinates":
            found = shapes_from_text(text, agreement, hints.half_width_m, said)
        else:
            return _converted(form, text, agreement, hints, assumed)
        return _assembled(form, found, agreement, hints, said)
    except InputError as error:
        raise error.blamed_on(author) from None


def _geojson(text: str, said: list[str]) -> list[dict[str, Any]]:
    value = parse_json(text.encode(), SOURCE)
    kind = value.get("type") if isinstance(value, dict) else None
    if kind in _GEOMETRIES:
        found = [{"type": "Feature", "geometry": value, "properties": {}}]
    elif kind == "GeometryCollection" and isinstance(value.get("geometries"), list):
        found = [
            {"type": "Feature", "geometry": one, "properties": {}} for one in value["geometries"]
        ]
    elif kind == "FeatureCollection" and isinstance(value.get("features"), list):
        found = value["features"]
    elif kind == "Feature":
        found = [value]
    else:
        raise FormatError(
            f"type {shown(kind)} is no GeoJSON that can be drawn",
            right="a Feature, a FeatureCollection or a geometry",
            where="type",
        )
    return _known(found, said)


def _known(found: list[Any], said: list[str]) -> list[dict[str, Any]]:
    """Without what the profile does not know; feet and units are refused as everywhere."""
    kept = []
    for n, feature in enumerate(found):
        where = f"features[{n}]"
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise FormatError(f"{shown(feature)} is no Feature", right="a Feature", where=where)
        given = feature.get("properties") or {}
        if not isinstance(given, dict):
            raise FormatError(f"properties is {shown(given)}", right="an object", where=where)
        properties = {}
        for name, value in given.items():
            if name in NAMES:
                properties[name] = value
            elif "ft" in name.lower().split("_") or "unit" in name.lower():
                features.check_names({name: value}, f"{where}.properties")
            else:
                said.append(f"Property {shown(name, 40)} is not read.")
        kept.append(
            {"type": "Feature", "geometry": feature.get("geometry"), "properties": properties}
        )
    said[:] = list(dict.fromkeys(said))
    return kept


def _assembled(
    form: str,
    found: list[dict[str, Any]],
    agreement: Agreement,
    hints: Hints,
    said: list[str],
) -> Pasted:
    """Hints where the text says nothing; a whole draft as the profile writes it, else what there
    is of one, once its shapes are judged."""
    if not found:
        raise FormatError("there is nothing to draw", right="at least one area")
    missing: dict[str, None] = {}
    known, filled = [], []
    activity_class = next(
        (f["properties"]["class"] for f in found if f["properties"].get("class")),
        hints.activity_class,
    )
    if not activity_class:
        missing["class"] = None
    for feature in found:
        one, whole = _hinted(feature, hints, missing)
        one["properties"].pop("class", None)
        whole["properties"]["class"] = activity_class or agreement.classes[0].id
        if activity_class:
            one["properties"]["class"] = activity_class
        known.append(one)
        filled.append(whole)
    text = json.dumps({"type": "FeatureCollection", "features": filled})
    draft = draft_from_geojson(text.encode(), SOURCE, agreement)
    collection = {"type": "FeatureCollection", "features": known}
    if not missing:
        collection = draft_to_geojson(draft)
    return Pasted(form, collection, tuple(missing), tuple(said))


def _hinted(
    feature: dict[str, Any], hints: Hints, missing: dict[str, None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The feature with what is known, and with a filler where something is not."""
    properties = {k: v for k, v in feature["properties"].items() if v not in (None, "")}
    offered = {
        "floor_m": hints.floor_m,
        "ceiling_m": hints.ceiling_m,
        "start": None if hints.start_ms is None else format_instant(hints.start_ms),
        "end": None if hints.end_ms is None else format_instant(hints.end_ms),
        "radius_m": hints.radius_m,
        "half_width_m": hints.half_width_m,
    }
    geometry = feature["geometry"]
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    size = _SIZES.get(kind) if isinstance(kind, str) else None
    named = (*_NEEDED, size) if size else _NEEDED
    bare = "floor_m" not in properties and "ceiling_m" not in properties
    for name in named:
        if name not in properties and offered[name] is not None:
            properties[name] = offered[name]
    if bare and "floor_m" in properties and "ceiling_m" in properties:
        properties["height_reference"] = lengths.REFERENCE
    filler = {name: _FILLER[name] for name in named if name not in properties}
    missing.update(dict.fromkeys(filler))
    if "height_reference" not in properties:
        filler["height_reference"] = lengths.REFERENCE
        if not bare:
            missing["height_reference"] = None
    whole = _consistent({**properties, **filler}, filler)
    made = {"type": "Feature", "geometry": geometry}
    return {**made, "properties": properties}, {**made, "properties": whole}


def _consistent(properties: dict[str, Any], filler: Mapping[str, Any]) -> dict[str, Any]:
    """Where one bound is known and the other filled, the known one twice."""
    for one, other in (("floor_m", "ceiling_m"), ("start", "end")):
        if one in filler and other not in filler:
            properties[one] = properties[other]
        elif other in filler and one not in filler:
            properties[other] = properties[one]
    return properties


def _converted(
    form: str, text: str, agreement: Agreement, hints: Hints, assumed: Assumed
) -> Pasted:
    """A NOTAM, zones, a path. What a path does not say, and nobody told, is missing."""
    missing = [] if hints.activity_class else ["class"]
    tried = replace(hints, activity_class=hints.activity_class or agreement.classes[0].id)
    if form == "gpx" and hints.half_width_m is None:
        missing.append("half_width_m")
        tried = replace(tried, half_width_m=1.0)
    drafts, said, more = _tried(form, text, agreement, tried, assumed)
    told = {"floor_m": hints.floor_m, "ceiling_m": hints.ceiling_m}
    known = None not in told.values()
    missing += [name for name in more if not (known and name in told)]
    collection = draft_to_geojson(drafts[0])
    for feature in collection["features"]:
        properties = feature["properties"]
        properties.update((name, told[name]) for name in more if known and name in told)
        for name in missing:
            properties.pop(name, None)
    return Pasted(form, collection, tuple(missing), said)


def _tried(
    form: str, text: str, agreement: Agreement, hints: Hints, assumed: Assumed
) -> tuple[Any, tuple[str, ...], list[str]]:
    """As it stands; a path without heights or times, or levels that cannot be placed, with a
    filler for them."""
    if form != "gpx":
        try:
            drafts, said = drafts_from(text.encode(), SOURCE, form, agreement, hints, assumed)
        except FormatError as error:
            try:
                drafts, said = drafts_from(text.encode(), SOURCE, form, agreement, hints, _PLACED)
            except InputError:
                raise error from None
            unplaced = f"The heights are not taken over: {error.what}; it needs {error.right}."
            return drafts, (unplaced,), ["floor_m", "ceiling_m"]
        return drafts, said, []
    band = hints.floor_m is None and hints.ceiling_m is None
    time = hints.start_ms is None and hints.end_ms is None
    refused: InputError | None = None
    for fill_band, fill_time in product((False, True), repeat=2):
        if (fill_band and not band) or (fill_time and not time):
            continue
        tried, missing = hints, []
        if fill_band:
            tried, missing = replace(tried, floor_m=0.0, ceiling_m=1.0), ["floor_m", "ceiling_m"]
        if fill_time:
            tried = replace(tried, start_ms=0, end_ms=1)
            missing = [*missing, "start", "end"]
        try:
            drafts, said = drafts_from(text.encode(), SOURCE, form, agreement, tried, assumed)
        except InputError as error:
            refused = refused or error
        else:
            return drafts, said, missing
    assert refused is not None
    raise refused


def _right() -> str:
    return (
        "GeoJSON, KML, GPX, ED-269, a NOTAM, or positions: 35.5N 35.8E; one a line;"
        " circle 35.5N 35.8E 4km"
    )
