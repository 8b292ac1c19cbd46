from __future__ import annotations

import copy
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from parley.errors import FormatError, InputError, OversizeError
from parley.rules.agreement import Agreement
from parley.rules.statements import Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.statements import notices
from parley.wire.geojson import draft_from_geojson, notice_to_geojson, volume_to_feature

PROPERTIES: dict[str, Any] = {
    "start": "2018-09-17T18:40:00Z",
    "end": "2018-09-17T19:40:00Z",
    "floor_m": 0,
    "ceiling_m": 12_000,
    "height_reference": "WGS84",
    "class": "strike",
}
SQUARE = [[35.0, 34.0], [36.0, 34.0], [36.0, 35.0], [35.0, 35.0], [35.0, 34.0]]


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    members = {k: v for k, v in {**PROPERTIES, **properties}.items() if v is not ...}
    return {"type": "Feature", "geometry": geometry, "properties": members}


def polygon(ring: Any = SQUARE, **properties: Any) -> dict[str, Any]:
    return feature({"type": "Polygon", "coordinates": [ring]}, **properties)


def read(value: Any, agreement: Agreement | None = None) -> tuple[NoticeVolume, ...]:
    return draft_from_geojson(json.dumps(value).encode(), "plan.geojson", agreement).volumes


def refusal(value: Any, agreement: Agreement | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        read(value, agreement)
    assert caught.value.at_fault == "the author of plan.geojson"
    assert caught.value.right
    return caught.value


def test_a_polygon_reads_longitude_first() -> None:
    (volume,) = read(polygon())
    assert volume.use is Use.ACTIVITY
    assert volume.volume == Volume(
        Area.polygon(
            Position(lat_deg=lat, lon_deg=lon)
            for lon, lat in ((35, 34), (36, 34), (36, 35), (35, 35))
        ),
        Band.metres(0, 12_000),
        Span(1_537_209_600_000, 1_537_213_200_000),
    )


def test_each_geometry_has_one_meaning() -> None:
    (circle,) = read(feature({"type": "Point", "coordinates": [35.8, 35.52]}, radius_m=4000))
    assert circle.volume.area == Area.circle(Position(lat_deg=35.52, lon_deg=35.8), 4000)
    line = {"type": "LineString", "coordinates": [[35, 34], [36, 34]]}
    (corridor,) = read(feature(line, half_width_m=2000.5))
    assert (corridor.volume.area.kind, corridor.volume.area.reach_cm) == ("path", 200_050)
    (margin,) = read(polygon(margin_m=500))
    assert margin.volume.area.reach_cm == 50_000
    moved = [[lon + 5, lat] for lon, lat in SQUARE]
    multi = {"type": "MultiPolygon", "coordinates": [[SQUARE], [moved]]}
    assert len(read(feature(multi))) == 2
    lines = {"type": "MultiLineString", "coordinates": [[[35, 34], [36, 34]], [[1, 1], [2, 2]]]}
    assert len(read(feature(lines, half_width_m=1))) == 2


def test_a_collection_is_one_draft(agreement: Agreement) -> None:
    home = polygon([[lon - 5, lat] for lon, lat in SQUARE], use="aircraft")
    del home["properties"]["class"]
    collection = {
        "type": "FeatureCollection",
        "features": [polygon(text="training\nonly", item="il-7", place="latakia"), home],
    }
    draft = draft_from_geojson(json.dumps(collection).encode(), "x", agreement)
    assert (draft.activity_class, draft.place, draft.item) == ("strike", "latakia", "il-7")
    assert draft.text == "training\nonly"
    assert [v.use for v in draft.volumes] == [Use.ACTIVITY, Use.AIRCRAFT]


def test_a_place_of_the_gazetteer_stands_for_its_area(agreement: Agreement) -> None:
    (volume,) = read(feature(None, place="latakia"), agreement)
    assert volume.volume.area == agreement.named_area("latakia").area
    assert "without an agreement" in refusal(feature(None, place="latakia")).what
    assert "latakia" in refusal(feature(None, place="tartus"), agreement).right
    assert "does not go" in refusal(feature(None, place="latakia", radius_m=9), agreement).what


NAMED = [
    (polygon(SQUARE[:-1]), "not closed", "[35.0, 34.0]"),
    (polygon([[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]), "crosses", "ring"),
    (
        feature({"type": "Polygon", "coordinates": [SQUARE, SQUARE]}),
        "2 rings",
        "hole",
    ),
    (polygon(start="2018-09-17T20:40:00Z"), "before start", "at or after"),
    (polygon(start="2018-09-17T18:40:00"), "without a zone", "18:40:00Z"),
    (polygon(end="tomorrow"), "relative", "RFC 3339"),
    (polygon(end=1_537_213_200_000), "not text", "RFC 3339"),
    (polygon(end=...), "end is missing", "RFC 3339"),
    (polygon(floor_ft=1000), "in feet", "floor_m: 304.8 (1000 ft)"),
    (polygon(ceiling_m=..., ceiling_ft=30_000), "in feet", "ceiling_m: 9144"),
    (polygon(ceiling_m="30000ft"), "in feet", "9144m"),
    (polygon(ceiling_m="FL300"), "flight level", "WGS-84"),
    (polygon(unit="ft"), "no units to choose", "0.3048"),
    (polygon(height_reference=...), "without a reference", "WGS84"),
    (polygon(height_reference="MSL"), "'MSL'", "WGS84"),
    (polygon(height_reference="AGL"), "'AGL'", "WGS84"),
    (polygon(floor_m=13_000), "above ceiling", "floor"),
    (polygon(floor_m=...), "floor_m is missing", "metres"),
    (polygon(floor_m=True), "not a number", "metres"),
    (polygon(ceiling_m=10**400), "digits", "finite"),
    (polygon(ceiling_m=200_000), "out of range", ""),
    (polygon([[*p, 100] for p in SQUARE]), "third coordinate", "floor_m"),
    (polygon([[str(x) for x in p] for p in SQUARE]), "no position", "degrees"),
    (polygon([[p[1] + 90, p[0] + 90] for p in SQUARE]), "outside", "swapped"),
    (polygon(target="x"), "'target' does not exist", "only start"),
    (polygon(weapon="x"), "'weapon' does not exist", "only start"),
    (polygon(reason="x"), "'reason' does not exist", "only start"),
    (polygon(use="target"), "use 'target'", "aircraft"),
    (polygon(**{"class": ...}), "class of the activity is missing", "class"),
    (polygon(**{"class": "Strike!"}), "class 'Strike!'", "lower-case"),
    (polygon(text="x\x00"), "text", "control"),
    (polygon(radius_m=5), "radius_m does not go", "margin_m"),
    (polygon(margin_m=-5), "margin_m -5", "0 to"),
    (feature({"type": "Point", "coordinates": [35, 34]}), "without radius_m", "radius_m"),
    (feature({"type": "LineString", "coordinates": [[35, 34]]}, half_width_m=1), "1 pos", "2"),
    (feature({"type": "MultiPoint", "coordinates": [[35, 34]]}), "MultiPoint", "Polygon"),
    (feature({"type": "GeometryCollection", "geometries": []}), "Collection", "Polygon"),
    (feature(None), "neither geometry nor place", "place"),
    (feature("x"), "'x'", "Polygon"),
    ({"type": "Feature", "properties": PROPERTIES}, "geometry is missing", "null"),
    ({**polygon(), "target": "x"}, "'target'", "properties"),
    ({"type": "Topology"}, "Topology", "FeatureCollection"),
    ([], "list", "object"),
    ({"type": "FeatureCollection", "features": []}, "no feature", "area"),
    ({"type": "FeatureCollection", "features": [polygon()] * 65}, "65", "64"),
    (
        {"type": "FeatureCollection", "features": [], "crs": {"type": "name"}},
        "reference system",
        "WGS 84",
    ),
    (
        {"type": "FeatureCollection", "features": [polygon(item="a"), polygon(item="b")]},
        "differs",
        "one item",
    ),
]


@pytest.mark.parametrize(("value", "what", "right"), NAMED)
def test_what_is_wrong_is_named_with_what_would_be_right(value: Any, what: str, right: str) -> None:
    error = refusal(value)
    assert what in error.what
    assert right in error.right


def test_a_place_inside_the_file_is_named() -> None:
    ring = copy.deepcopy(SQUARE)
    ring[2] = [36.0, 95.0]
    error = refusal({"type": "FeatureCollection", "features": [polygon(), polygon(ring)]})
    assert error.where == "features[1].geometry.coordinates[0][2].lat_deg"


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999"])
def test_nan_and_infinity_are_no_numbers(number: bytes) -> None:
    data = json.dumps(polygon()).encode().replace(b"12000", number)
    with pytest.raises(FormatError):
        draft_from_geojson(data, "x", None)
    with pytest.raises(FormatError):
        read(polygon(ceiling_m=number.decode()))


def test_ten_thousand_vertices_and_no_more() -> None:
    line = [[35 + i / 100_000, 34] for i in range(10_001)]
    ok = feature({"type": "LineString", "coordinates": line[:-1]}, half_width_m=1)
    assert len(read(ok)[0].volume.area.vertices) == 10_000
    over = feature({"type": "LineString", "coordinates": line}, half_width_m=1)
    assert "10001" in refusal(over).what.replace(",", "")
    halves = {"type": "MultiLineString", "coordinates": [line[:5001], line[5001:] + line[:1]]}
    assert "10002 vertices in all" in refusal(feature(halves, half_width_m=1)).what


def test_a_file_too_large_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(OversizeError):
        draft_from_geojson(b" " * (16 * 1024 * 1024 + 1), "x", None)


def test_the_antimeridian_may_be_cut_or_passed_but_not_jumped() -> None:
    beyond = [[179, 10], [181, 10], [181, 11], [179, 11], [179, 10]]
    (whole,) = read(polygon(beyond))
    assert whole.volume.area.contains(Position(lat_deg=10.5, lon_deg=-179.5))
    assert not whole.volume.area.contains(Position(lat_deg=10.5, lon_deg=0))
    west = [[179, 10], [180, 10], [180, 11], [179, 11], [179, 10]]
    east = [[-180, 10], [-179, 10], [-179, 11], [-180, 11], [-180, 10]]
    cut = read(feature({"type": "MultiPolygon", "coordinates": [[west], [east]]}))
    assert cut[1].volume.area.contains(Position(lat_deg=10.5, lon_deg=-179.5))
    jump = [[179, 10], [-179, 10], [-179, 11], [179, 11], [179, 10]]
    assert "jumps from 179 to -179" in refusal(polygon(jump)).what


def test_a_ring_round_a_pole_closes_a_turn_further() -> None:
    (volume,) = read(polygon([[0, 85], [120, 85], [240, 85], [360, 85]]))
    assert volume.volume.area.contains(Position(lat_deg=90, lon_deg=0))


def _turned(area: Area) -> Area:
    """The same ring, counter-clockwise or clockwise, from its first vertex."""
    return Area("polygon", (area.vertices[0], *reversed(area.vertices[1:])), area.reach_cm)


@given(notices)
@settings(max_examples=150, deadline=None)
def test_a_notice_reads_back_as_the_same_volumes(notice: Notice) -> None:
    data = json.dumps(notice_to_geojson(notice)).encode()
    draft = draft_from_geojson(data, "x", None)
    assert (draft.activity_class, draft.item, draft.place, draft.text) == (
        notice.activity_class,
        notice.item,
        notice.place,
        notice.text,
    )
    for given_, found in zip(notice.volumes, draft.volumes, strict=True):
        assert (found.use, found.volume.band, found.volume.span) == (
            given_.use,
            given_.volume.band,
            given_.volume.span,
        )
        same = [given_.volume.area]
        if given_.volume.area.kind == "polygon":
            same.append(_turned(given_.volume.area))
        assert found.volume.area in same


def _signed(ring: list[list[float]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def _inside(lon: float, lat: float, rings: list[list[list[float]]]) -> bool:
    """Even-odd rule on the flat map, as a viewer draws it."""
    hit = False
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) / (y2 - y1) * (x2 - x1):
                hit = not hit
    return hit


@given(notices)
@settings(max_examples=150, deadline=None)
def test_a_feature_for_a_map_holds_the_area_between_minus_and_plus_180(notice: Notice) -> None:
    area = notice.volumes[0].volume.area
    made = volume_to_feature(notice.volumes[0].volume, {"level": "urgent"})
    assert made["properties"]["level"] == "urgent"
    assert made["properties"]["height_reference"] == "WGS84"
    geometry = made["geometry"]
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    rings = []
    for (ring,) in polygons:
        assert ring[0] == ring[-1]
        assert all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in ring)
        assert all(abs(a[0] - b[0]) <= 180 for a, b in pairwise(ring))
        assert _signed(ring) > 0
        rings.append(ring)
    for vertex in area.vertices:
        if abs(abs(vertex.lon_deg) - 180) > 1e-3:
            assert _inside(vertex.lon_deg, vertex.lat_deg, rings)


def test_a_circle_across_the_antimeridian_is_cut_in_two() -> None:
    volume = Volume(
        Area.circle(Position(lat_deg=-17, lon_deg=179.99), 20_000),
        Band.metres(0, 1000),
        Span(0, 1000),
    )
    geometry = volume_to_feature(volume, {})["geometry"]
    assert geometry["type"] == "MultiPolygon"
    sides = sorted(max(lon for lon, _ in ring) for (ring,) in geometry["coordinates"])
    assert sides[0] < -179
    assert sides[1] == 180


def test_a_circle_round_the_pole_reaches_both_edges_of_the_map() -> None:
    volume = Volume(
        Area.circle(Position(lat_deg=89, lon_deg=10), 300_000), Band.metres(0, 1), Span(0, 1)
    )
    geometry = volume_to_feature(volume, {}, tolerance_m=1000)["geometry"]
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    rings = [ring for (ring,) in polygons]
    for lon in range(-179, 180, 7):
        assert _inside(lon, 89.5, rings)
        assert not _inside(lon, 80.0, rings)
    assert _inside(10.0, 87.0, rings)
    assert not _inside(-170.0, 87.0, rings)


def test_a_ring_that_weaves_over_the_antimeridian_is_cut_into_simple_parts() -> None:
    comb: list[list[float]] = [
        [179, 0],
        [181, 0],
        [181, 1],
        [179.5, 1],
        [179.5, 2],
        [181, 2],
        [181, 3],
        [179, 3],
    ]
    (volume,) = read(polygon([*comb, comb[0]]))
    geometry = volume_to_feature(volume.volume, {})["geometry"]
    assert geometry["type"] == "MultiPolygon"
    assert len(geometry["coordinates"]) == 3
