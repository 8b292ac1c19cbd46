from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import FormatError, InputError, OversizeError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, Notice, Use
from parley.space import Area, Position
from parley.testing.statements import notices
from parley.wire.antimeridian import cut_ring
from parley.wire.kml import MAX_BYTES, draft_from_kml, draft_from_kmz, notice_to_kml

DATA = {"class": "strike", "floor_m": "0", "ceiling_m": "12000", "height_reference": "WGS84"}
SPAN = (
    "<TimeSpan><begin>2018-09-17T18:40:00Z</begin><end>2018-09-17T22:40:00+03:00</end></TimeSpan>"
)
RING = "35,34,0 36,34,0 36,35,0 35,35,0 35,34,0"


def polygon(ring: str = RING, extra: str = "") -> str:
    return (
        f"<Polygon>{extra}<outerBoundaryIs><LinearRing><coordinates>{ring}"
        "</coordinates></LinearRing></outerBoundaryIs></Polygon>"
    )


def kml(shape: str, span: str = SPAN, **data: str) -> bytes:
    members = "".join(
        f'<Data name="{name}"><value>{escape(value)}</value></Data>'
        for name, value in {**DATA, **data}.items()
        if value
    )
    return (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><Placemark>'
        f"<name>x</name>{span}<ExtendedData>{members}</ExtendedData>{shape}"
        "</Placemark></Folder></Document></kml>"
    ).encode()


def read(data: bytes, agreement: Agreement | None = None) -> Draft:
    return draft_from_kml(data, "plan.kml", agreement)


def kmz(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return stream.getvalue()


def test_a_placemark_is_a_volume(agreement: Agreement) -> None:
    draft = read(kml(polygon(), text="<b> & Ω", place="latakia"), agreement)
    (volume,) = draft.volumes
    assert (draft.activity_class, draft.place, draft.text) == ("strike", "latakia", "<b> & Ω")
    assert volume.use is Use.ACTIVITY
    assert volume.volume.span.end_ms - volume.volume.span.start_ms == 3_600_000
    assert volume.volume.area.vertices[1] == Position(lat_deg=34, lon_deg=36)


def test_each_geometry_has_one_meaning(agreement: Agreement) -> None:
    point = "<Point><coordinates>35.8,35.52</coordinates></Point>"
    area = read(kml(point, radius_m="4000")).volumes[0].volume.area
    assert area == Area.circle(Position(lat_deg=35.52, lon_deg=35.8), 4000)
    line = "<LineString><coordinates>35,34 36,34</coordinates></LineString>"
    assert read(kml(line, half_width_m="500")).volumes[0].volume.area.reach_cm == 50_000
    multi = f"<MultiGeometry>{polygon()}{polygon('1,1 2,1 2,2 1,1')}</MultiGeometry>"
    assert len(read(kml(multi)).volumes) == 2
    place = read(kml("", place="latakia"), agreement).volumes[0].volume.area
    assert place == agreement.named_area("latakia").area
    schema = kml(polygon()).replace(
        b"</ExtendedData>",
        b'<SchemaData><SimpleData name="item">il-7</SimpleData></SchemaData></ExtendedData>',
    )
    assert read(schema).item == "il-7"


@pytest.mark.parametrize(
    ("data", "what", "right"),
    [
        (kml(polygon("35,34 36,34 36,35 35,35")), "not closed", "first"),
        (kml(polygon("0,0 1,1 0,1 1,0 0,0")), "crosses", "ring"),
        (kml(polygon("nan,nan 36,34 36,35 nan,nan")), "no position", "longitude"),
        (kml(polygon("35,34,900 36,34,900 36,35,900 35,34,900")), "altitude", "floor_m"),
        (kml(polygon("35, 34 36, 34 36, 35 35, 34")), "no position", "longitude"),
        (kml(polygon(extra="<altitudeMode>absolute</altitudeMode>")), "absolute", "clampToGround"),
        (kml(polygon(extra="<innerBoundaryIs/>")), "holes", "outerBoundaryIs"),
        (kml(polygon(), floor_ft="1000"), "in feet", "304.8"),
        (kml(polygon(), height_reference=""), "without a reference", "WGS84"),
        (kml(polygon(), ceiling_m="nan"), "no length", "number"),
        (kml(polygon(), span=""), "start is missing", "RFC 3339"),
        (kml(polygon(), span=SPAN.replace("18:40:00Z", "18:40:00")), "without a zone", "Z"),
        (kml(polygon(), span=SPAN.replace("18:40", "22:40")), "before start", "after"),
        (kml(polygon(), start="2018-09-17T18:40:00Z"), "stands twice", "once"),
        (kml(polygon(), span="<TimeStamp/>"), "TimeStamp", "TimeSpan"),
        (kml(polygon(), target="x"), "'target' does not exist", "only"),
        (kml(polygon() + polygon()), "several geometries", "MultiGeometry"),
        (kml("<Model/>"), "Model", "Polygon"),
        (kml("<MultiGeometry/>"), "0 parts", "one kind"),
        (kml("<Point/>", radius_m="1"), "no coordinates", "one list"),
        (kml(""), "neither geometry nor place", "place"),
        (b"<kml><NetworkLink/></kml>", "NetworkLink", "Placemarks"),
        (b"<kml><Document>" + SPAN.encode() + b"</Document></kml>", "outside", "Placemark"),
        (b"<kml/>", "no feature", "area"),
        (b"<gpx/>", "not kml", "kml"),
        (b"<kml>", "not well-formed", "KML"),
        (b"", "not well-formed", "KML"),
        (b"<a>" * 1000 + b"</a>" * 1000, "levels", "flat"),
        (b'<?xml version="1.0" encoding="nonsense"?><kml/>', "XML", "UTF-8"),
        (b'<!DOCTYPE kml [<!ENTITY a "x">]><kml>&a;</kml>', "DTD", "without"),
        (
            b'<!DOCTYPE kml SYSTEM "file:///etc/passwd"><kml/>',
            "DTD",
            "without",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(
    data: bytes, what: str, right: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(data)
    assert what in caught.value.what
    assert right in caught.value.right
    assert caught.value.at_fault == "the author of plan.kml"


def test_ten_thousand_vertices_and_no_more() -> None:
    points = " ".join(f"{35 + i / 100_000:.5f},34" for i in range(10_001))
    line = f"<LineString><coordinates>{points}</coordinates></LineString>"
    with pytest.raises(InputError, match=r"10,?001"):
        read(kml(line, half_width_m="1"))


def test_an_archive_is_read_and_a_bomb_is_not() -> None:
    good = kml(polygon())
    assert draft_from_kmz(kmz(doc_kml=good), "p.kmz", None) == read(good)
    with pytest.raises(OversizeError) as caught:
        draft_from_kmz(kmz(doc_kml=b" " * (MAX_BYTES + 1)), "p.kmz", None)
    assert caught.value.at_fault == "the author of p.kmz"
    with pytest.raises(OversizeError):
        draft_from_kmz(kmz(**{f"f{i}": b"" for i in range(300)}, doc_kml=good), "p.kmz", None)
    with pytest.raises(FormatError, match="holds no"):
        draft_from_kmz(kmz(doc_txt=good), "p.kmz", None)
    with pytest.raises(FormatError, match="no readable zip"):
        draft_from_kmz(b"PK\x03\x04nothing", "p.kmz", None)


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(kmz(doc_kml=b" " * (MAX_BYTES + 1)))
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    with pytest.raises((FormatError, OversizeError)):
        draft_from_kmz(bytes(data), "p.kmz", None)


@given(notices)
@settings(max_examples=100, deadline=None)
def test_what_a_viewer_draws_is_read_back_and_holds_the_notice(notice: Notice) -> None:
    draft = draft_from_kml(notice_to_kml(notice), "x", None)
    assert (draft.activity_class, draft.item, draft.place) == (
        notice.activity_class,
        notice.item,
        notice.place,
    )
    assert {v.volume.band for v in draft.volumes} == {v.volume.band for v in notice.volumes}
    assert {v.volume.span for v in draft.volumes} == {v.volume.span for v in notice.volumes}
    for volume in notice.volumes:
        for vertex in volume.volume.area.vertices:
            assert any(found.volume.area.contains(vertex) for found in draft.volumes)


def test_an_exercise_says_so_in_its_title() -> None:
    @given(notices.filter(lambda n: n.header.exercise))
    @settings(max_examples=5, deadline=None)
    def check(notice: Notice) -> None:
        assert b"<name>EXERCISE " in notice_to_kml(notice)

    check()


@given(st.integers(-3, 3), st.integers(-30, 30))
def test_a_crossing_beside_a_vertex_is_that_vertex(e8: int, lat_e9: int) -> None:
    """A ring is cut on the grid on which it is read again: no vertex stands there twice."""
    ring = [
        (179.9, 0.0),
        (-180.0, -0.0000496),
        (-179.9 + e8 * 1e-8, -0.0000496 + lat_e9 * 1e-9),
        (-179.95, 0.1),
    ]
    for part in cut_ring(ring):
        read = [Position(lat_deg=lat, lon_deg=lon) for lon, lat in part]
        assert len(set(read)) == len(read) >= 3
