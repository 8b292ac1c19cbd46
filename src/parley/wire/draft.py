"""Drafts by hand: a volume from typed words, a draft from a file of any known format."""

from __future__ import annotations

from collections.abc import Mapping

from parley.errors import FormatError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft
from parley.space import Position, Volume
from parley.wire.features import at, span_of
from parley.wire.geojson import draft_from_geojson
from parley.wire.instants import parse_instant
from parley.wire.kml import draft_from_kml, draft_from_kmz
from parley.wire.lengths import band_of, height_from_text
from parley.wire.places import area_from_text
from parley.wire.refusals import shown

_ZIP = b"PK\x03\x04"


def volume_from_text(
    *,
    area: str,
    floor: str,
    ceiling: str,
    start: str,
    end: str,
    named: Mapping[str, Position] | None = None,
    agreement: Agreement | None = None,
) -> Volume:
    """A volume from typed words: ``circle 35.52N 35.80E 4km``, ``0m``, ``12000m``, RFC 3339.

    named: positions for range and bearing; without it those of the agreement. Heights are
    metres above the WGS-84 ellipsoid and say so by their ``m``; feet and bare numbers are
    refused. Raises FormatError, GeometryError or InputError; ``where`` is the argument's name.
    """
    if named is None:
        named = {} if agreement is None else agreement.positions
    found = at("area", lambda: area_from_text(area, named, agreement))
    low, high = height_from_text(floor, "floor"), height_from_text(ceiling, "ceiling")
    band = band_of(low.m, high.m, "floor")
    span = span_of(parse_instant(start, "start"), parse_instant(end, "end"), start, end, "end")
    return Volume(found, band, span)


def draft_from_file(data: bytes, source: str, agreement: Agreement | None) -> Draft:
    """The draft in a .geojson, .json, .kml or .kmz file; without such a name the content decides.

    ``source`` is the file's name. Raises what the readers of these formats raise, and
    FormatError for any other file.
    """
    name = source.lower()
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:4]
    if name.endswith((".geojson", ".json")):
        return draft_from_geojson(data, source, agreement)
    if name.endswith(".kml"):
        return draft_from_kml(data, source, agreement)
    if name.endswith(".kmz") or start == _ZIP:
        return draft_from_kmz(data, source, agreement)
    if start.startswith(b"<"):
        return draft_from_kml(data, source, agreement)
    if start.startswith(b"{"):
        return draft_from_geojson(data, source, agreement)
    raise FormatError(
        f"{shown(source)} is of no known format",
        right=".geojson, .json, .kml or .kmz",
        at_fault=f"the author of {source}",
    )
