"""Hostile bytes into every reader: nothing but the tree of errors comes out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import ParleyError
from parley.rules.agreement import Agreement
from parley.wire.agreement import parse_agreement
from parley.wire.draft import draft_from_file, volume_from_text
from parley.wire.geojson import draft_from_geojson
from parley.wire.instants import in_zone, parse_instant
from parley.wire.jsontext import parse_json
from parley.wire.kml import draft_from_kml, draft_from_kmz
from parley.wire.lengths import distance_from_text, height_from_text
from parley.wire.tracks_csv import observations_from_csv

GEOJSON = (
    b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon",'
    b'"coordinates":[[[35.0,34.0],[36.0,34.0],[36.0,35.0],[35.0,34.0]]]},"properties":{"start":'
    b'"2018-09-17T18:40:00Z","end":"2018-09-17T19:40:00Z","floor_m":0,"ceiling_m":12000,'
    b'"height_reference":"WGS84","class":"strike","place":"latakia","margin_m":10}}]}'
)
KML = (
    b'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    b"<Placemark><TimeSpan><begin>2018-09-17T18:40:00Z</begin><end>2018-09-17T19:40:00Z</end>"
    b'</TimeSpan><ExtendedData><Data name="class"><value>strike</value></Data><Data name="floor_m">'
    b'<value>0</value></Data><Data name="ceiling_m"><value>9000</value></Data>'
    b'<Data name="height_reference"><value>WGS84</value></Data><Data name="radius_m"><value>5'
    b"</value></Data></ExtendedData><Point><coordinates>35.0,34.0,0</coordinates></Point>"
    b"</Placemark></Document></kml>"
)
CSV = (
    b"time,track,lat,lon,uncertainty_m,altitude_ft,accuracy_ft,height_reference,owner,emergency\n"
    b"2018-09-17T18:59:00Z,IL20,35.5,35.0,500,16404,100,WGS84,ru,yes\n"
    b'2018-09-17T18:59:10.5+03:00,"IL20",-35.5,-180,500,,,,,\n'
)
WORDS = (
    b"circle 35.52N 35.80E 4km|0m|12000m|2018-09-17T18:40:00Z|2018-09-17T22:40:00+03:00",
    b"corridor HMEIMIM 270/35km; 35N 35E 2 NM|-10m|9000 m|2018-09-17T18:40Z|2018-09-18T00:00:00Z",
    b"place latakia|0m|1m|2018-09-17T18:40:00Z|2018-09-17T22:40:00+03:00",
)
PIECES = st.sampled_from(
    [
        *(b"NaN", b"nan", b"-Infinity", b"1e999", b"1e400", b"9" * 5000, b"-0", b"1e-400", b"true"),
        *(b"null", b"[]", b"{}", b'""', b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"[" * 3000),
        *(b"<a>" * 100, b"&x;", b"<!DOCTYPE x>", b"]]>", b"\xef\xbb\xbf", b"180", b"-181", b"360"),
        *(b"\n", b'"', b",", b"ft", b"FL300", b"target", b"\xe2\x80\xae", b"1e308", b"90.00000001"),
        *(b"0000-00-00T00:00:00Z", b"9999-12-31T23:59:59Z", b"+99:99", b"\xd9\xa3", b";", b"/"),
    ]
)


@st.composite
def mutated(draw: st.DrawFn, *originals: bytes) -> bytes:
    data = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.sampled_from([0, 0, 1, 2, 5, 20]))
        data = data[:at] + draw(PIECES | st.binary(max_size=3)) + data[at + cut :]
    return data


def zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", data)
    return stream.getvalue()


def survives(read: Callable[[], Any]) -> None:
    """A refusal names the guilty; whatever else is raised fails the test."""
    try:
        read()
    except ParleyError as error:
        fault = error.at_fault
    else:
        return
    assert fault


@given(data=st.binary(max_size=200) | mutated(GEOJSON))
@settings(max_examples=300, deadline=None)
def test_geojson(agreement: Agreement, data: bytes) -> None:
    survives(lambda: draft_from_geojson(data, "x", agreement))
    survives(lambda: draft_from_file(data, "-", None))


@given(data=st.binary(max_size=200) | mutated(KML))
@settings(max_examples=300, deadline=None)
def test_kml(agreement: Agreement, data: bytes) -> None:
    survives(lambda: draft_from_kml(data, "x", agreement))
    survives(lambda: draft_from_kmz(zipped(data), "x", agreement))


@given(data=st.binary(max_size=200) | mutated(zipped(KML)))
@settings(max_examples=300, deadline=None)
def test_kmz(data: bytes) -> None:
    survives(lambda: draft_from_kmz(data, "x", None))


@given(data=st.binary(max_size=200) | mutated(CSV))
@settings(max_examples=300, deadline=None)
def test_tracks(agreement: Agreement, data: bytes) -> None:
    survives(lambda: observations_from_csv(data, "x", by="ru", role="ops", agreement=agreement))


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_agreements(agreement_bytes: bytes, data: st.DataObject) -> None:
    spoilt = data.draw(st.binary(max_size=200) | mutated(agreement_bytes))
    survives(lambda: parse_agreement(spoilt, "x"))
    survives(lambda: parse_json(spoilt, "x"))


@given(data=mutated(*WORDS))
@settings(max_examples=300, deadline=None)
def test_typed_words(agreement: Agreement, data: bytes) -> None:
    words = [*data.decode("utf-8", "surrogateescape").split("|"), "", "", "", "", ""]
    area, floor, ceiling, start, end = words[:5]
    survives(
        lambda: volume_from_text(
            area=area, floor=floor, ceiling=ceiling, start=start, end=end, agreement=agreement
        )
    )


@given(
    st.text(max_size=40)
    | mutated(b"2018-09-17T21:39:00.5+03:00").map(lambda b: b.decode("utf-8", "replace"))
)
@settings(max_examples=300)
def test_single_values(text: str) -> None:
    survives(lambda: parse_instant(text, "x"))
    survives(lambda: in_zone(0, text))
    survives(lambda: height_from_text(text, "x"))
    survives(lambda: distance_from_text(text, "x"))


@pytest.mark.parametrize("depth", [10, 1_000, 100_000])
def test_depth(agreement: Agreement, depth: int) -> None:
    survives(lambda: draft_from_geojson(b"[" * depth + b"]" * depth, "x", None))
    survives(lambda: parse_agreement(b'{"area":' * depth + b"1" + b"}" * depth, "x"))
    survives(lambda: draft_from_kml(b"<kml>" * depth + b"</kml>" * depth, "x", None))
