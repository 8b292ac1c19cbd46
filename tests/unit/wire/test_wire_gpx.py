from __future__ import annotations

import math

import gpxpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import InputError
from parley.rules.statements import Header, Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume, distances_m
from parley.wire.assumed import Converted, assumed_of
from parley.wire.gpx import (
    MAX_POINTS,
    GpxOptions,
    draft_from_gpx,
    notice_to_gpx,
)
from parley.wire.instants import parse_instant

LEVANT = assumed_of(undulation_m=20, undulation_error_m=2)
START_MS = parse_instant("2018-09-17T18:40:00Z")
TOLD = GpxOptions(
    "transit", 2_000, floor_m=0, ceiling_m=3_000, start_ms=START_MS, end_ms=START_MS + 60_000
)
OWN = GpxOptions("transit", 2_000, vertical_m=100)
TRACK = """<?xml version="1.0"?>
<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="35.5" lon="35.8"><name>W</name></wpt>
<trk><trkseg>
<trkpt lat="35.0" lon="35.5"><ele>300.5</ele><time>2018-09-17T18:40:00Z</time></trkpt>
<trkpt lat="35.1" lon="35.6"><ele>900</ele><time>2018-09-17T18:45:00Z</time></trkpt>
<trkpt lat="35.1" lon="35.6"><ele>950</ele><time>2018-09-17T18:46:00Z</time></trkpt>
</trkseg><trkseg>
<trkpt lat="36.0" lon="36.5"><ele>900</ele><time>2018-09-17T18:55:00Z</time></trkpt>
</trkseg></trk>
<rte><rtept lat="34.0" lon="35.0"/><rtept lat="34.5" lon="35.0"/></rte>
</gpx>
"""


def read(text: str | bytes, options: GpxOptions = TOLD) -> Converted:
    data = text.encode() if isinstance(text, str) else text
    return draft_from_gpx(data, "t.gpx", None, options, LEVANT)


def only_track() -> str:
    start, end = TRACK.index("<wpt"), TRACK.index("<trk>")
    rte = TRACK.index("<rte>")
    return TRACK[:start] + TRACK[end:rte] + "</gpx>"


def test_tracks_and_routes_are_corridors_and_waypoints_are_left_out() -> None:
    found = read(TRACK)
    first, second, route = (placed.volume.area for placed in found.draft.volumes)
    assert (first.kind, len(first.vertices), first.reach_m) == ("path", 2, 2_000)
    assert second == Area.circle(Position(lat_deg=36, lon_deg=36.5), 2_000)
    assert route.vertices[1] == Position(lat_deg=34.5, lon_deg=35)
    assert found.assumptions == ("1 waypoints are left out.",)
    circle = read(TRACK, GpxOptions("transit", 2_000, 500, 0, 3_000, 0, START_MS, START_MS))
    assert circle.draft.volumes[-1].volume.area == Area.circle(
        Position(lat_deg=35.5, lon_deg=35.8), 500
    )


def test_what_the_points_say_themselves_is_taken_and_said() -> None:
    found = read(only_track(), OWN)
    volume = found.draft.volumes[0].volume
    assert volume.span == Span(START_MS, START_MS + 15 * 60_000)
    assert volume.band == Band.metres(300.5 - 100 + 18, 950 + 100 + 22)
    assert found.assumptions == (
        "Elevations, 100 m added on either side, are taken as heights above mean sea level:"
        " geoid undulation 18 m to 22 m assumed.",
        "The window is that of the points' own times.",
    )


@given(st.integers(0, 2**32), st.integers(250, 600))
@settings(max_examples=15, deadline=None)
def test_a_long_track_is_thinned_and_holds_every_point(seed: int, count: int) -> None:
    points = []
    lat, lon = 35.0, 179.9
    for n in range(count):
        lat += 0.001 * math.sin(seed % 97 + n / 20)
        lon += 0.002 + 0.001 * math.cos(seed % 89 + n / 7)
        points.append((round(lat, 7), round((lon + 180) % 360 - 180, 7)))
    rows = "".join(f'<trkpt lat="{a}" lon="{b}"/>' for a, b in points)
    found = read(f"<gpx><trk><trkseg>{rows}</trkseg></trk></gpx>")
    area = found.draft.volumes[0].volume.area
    assert len(area.vertices) < count
    off = distances_m(area, [a for a, _ in points], [b for _, b in points])  # type: ignore[arg-type]
    assert off.max() == 0
    assert "was thinned to" in found.assumptions[0]
    inner = Area.corridor(area.vertices, area.reach_m - 2_000)
    assert distances_m(inner, [a for a, _ in points], [b for _, b in points]).max() == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "options", "what"),
    [
        (TRACK, OWN, "band is not known"),
        (only_track().replace("<time>2018-09-17T18:55:00Z</time>", ""), OWN, "window"),
        (only_track().replace("T18:55:00Z", "T18:55:00"), OWN, "without a zone"),
        (only_track().replace('lat="35.0"', 'lat="95.0"'), TOLD, "outside"),
        (only_track().replace('lat="35.0"', 'lat="1e5"'), TOLD, "no number"),
        (only_track().replace('lat="35.0"', ""), TOLD, "no number"),
        ("<gpx><wpt lat='1' lon='2'/></gpx>", TOLD, "only waypoints"),
        ("<gpx/>", TOLD, "no point"),
        ("<kml/>", TOLD, "root is not gpx"),
        ("<gpx>", TOLD, "not well-formed"),
        ("", TOLD, "not well-formed"),
        ("<!DOCTYPE gpx [<!ENTITY a 'b'>]><gpx>&a;</gpx>", TOLD, "DTD"),
        ("<gpx>" + "<a>" * 40 + "</a>" * 40 + "</gpx>", TOLD, "levels"),
        ("<gpx>" + "<wpt lat='1' lon='2'/>" * (MAX_POINTS + 1) + "</gpx>", TOLD, "points"),
        (b"\xff\xfe\x00", TOLD, "not well-formed|not XML"),
        (only_track(), GpxOptions("", 2_000, floor_m=0, ceiling_m=1), "no class"),
        (only_track(), GpxOptions("t", -1, floor_m=0, ceiling_m=1), "half_width_m"),
        (only_track(), GpxOptions("t", 1, floor_m=2, ceiling_m=1), "above ceiling"),
        (only_track(), GpxOptions("t", 1, floor_m=2), "band is not known"),
        (only_track(), GpxOptions("t", 1, None, 0, 1, 0, 9, 3), "before the start"),
    ],
)
def test_wrong_and_hostile_files_are_refused(
    text: str | bytes, options: GpxOptions, what: str
) -> None:
    with pytest.raises(InputError, match=what) as caught:
        read(text, options)
    assert caught.value.at_fault == "the author of t.gpx"


def test_a_path_that_winds_too_much_is_refused_soon() -> None:
    rows = "".join(
        f'<trkpt lat="{35 + n % 2 / 100:.2f}" lon="{35 + n / 50_000:.6f}"/>' for n in range(50_000)
    )
    with pytest.raises(InputError, match="winds too much"):
        read(f"<gpx><trk><trkseg>{rows}</trkseg></trk></gpx>")


def notice() -> Notice:
    shapes = (
        Area.circle(Position(lat_deg=35.52, lon_deg=35.80), 4_000),
        Area.corridor(
            [Position(lat_deg=35, lon_deg=35.5), Position(lat_deg=35.5, lon_deg=35.6)], 2_000
        ),
        Area.polygon(
            [
                Position(lat_deg=35, lon_deg=35),
                Position(lat_deg=35, lon_deg=35.5),
                Position(lat_deg=35.3, lon_deg=35.2),
            ]
        ),
    )
    band, span = Band.metres(0, 500), Span(START_MS, START_MS + 1)
    volumes = tuple(NoticeVolume(Use.ACTIVITY, Volume(s, band, span)) for s in shapes)
    return Notice(Header("il", "ops", 0, ("ru",), "", True), "il-1", 2, "strike", volumes)


def test_a_notice_is_drawn_as_others_read_it() -> None:
    data = notice_to_gpx(notice(), marking="TLP:AMBER <x>")
    assert data == notice_to_gpx(notice(), marking="TLP:AMBER <x>")
    seen = gpxpy.parse(data.decode())
    assert seen.name == "EXERCISE il-1 version 2"
    assert seen.description == "TLP:AMBER <x>"
    assert [(w.latitude, w.longitude) for w in seen.waypoints] == [(35.52, 35.8)]
    assert [len(route.points) for route in seen.routes] == [2]
    circle, polygon = (track.segments[0].points for track in seen.tracks)
    assert len(polygon) == 4
    ring = Area.polygon(Position(lat_deg=p.latitude, lon_deg=p.longitude) for p in circle[:-1])
    assert ring.contains(Position(lat_deg=35.52 + 3_990 / 111_000, lon_deg=35.8))
    assert "0 to 500 m above WGS-84" in (seen.tracks[0].description or "")


def test_a_route_comes_back_as_the_same_corridor() -> None:
    back = read(notice_to_gpx(notice()))
    assert any(v.volume.area == notice().volumes[1].volume.area for v in back.draft.volumes)
