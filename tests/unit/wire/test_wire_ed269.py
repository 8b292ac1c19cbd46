from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uas_standards.eurocae_ed269 import ED269Schema  # type: ignore[import-untyped]

from parley.errors import FormatError, InputError, OversizeError
from parley.rules.statements import Header, Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume, distances_m, outline
from parley.testing.strategies import areas
from parley.wire.assumed import Assumed, Converted, assumed_of
from parley.wire.ed269 import Ed269Options, draft_from_ed269, notice_to_ed269
from parley.wire.instants import parse_instant

START_MS = parse_instant("2018-09-17T18:40:00.250Z")
END_MS = parse_instant("2018-09-17T19:10:00.750Z")
LEVANT = assumed_of(undulation_m=20, undulation_error_m=2)
CIRCLE = Area.circle(Position(lat_deg=35.52, lon_deg=35.80), 4_000)
SQUARE = Area.polygon(
    [
        Position(lat_deg=35.4, lon_deg=35.7),
        Position(lat_deg=35.4, lon_deg=35.9),
        Position(lat_deg=35.6, lon_deg=35.9),
    ]
)
OPTIONS = Ed269Options("SYR", marking="TLP:AMBER")


def notice(*shapes: Area, low_m: float = 1_000, high_m: float = 12_000) -> Notice:
    band, span = Band.metres(low_m, high_m), Span(START_MS, END_MS)
    volumes = tuple(NoticeVolume(Use.ACTIVITY, Volume(shape, band, span)) for shape in shapes)
    return Notice(Header("il", "ops", START_MS, ("ru",), "", True), "il-1", 1, "strike", volumes)


def read(value: Any, assumed: Assumed = LEVANT, activity_class: str = "strike") -> Converted:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return draft_from_ed269(data, "z.json", None, activity_class=activity_class, assumed=assumed)


def test_a_notice_is_a_set_of_zones_by_the_types_of_uas_standards() -> None:
    made = notice_to_ed269(notice(CIRCLE, SQUARE), OPTIONS, LEVANT)
    schema = ED269Schema.from_dict(json.loads(json.dumps(made)))
    circle, square = schema.features
    assert len(circle.identifier) == 7
    assert circle.identifier != square.identifier
    assert circle.country == "SYR"
    assert circle.restriction.value == "PROHIBITED"
    geometry = circle.geometry[0]
    assert geometry.horizontalProjection.center == [35.8, 35.52]
    assert geometry.horizontalProjection.radius == 4_000
    assert (geometry.uomDimensions.value, geometry.lowerLimit, geometry.upperLimit) == (
        "M",
        978,
        11_982,
    )
    assert geometry.upperVerticalReference.value == "AMSL"
    assert circle.applicability[0].startDateTime == "2018-09-17T18:40:00Z"
    assert circle.applicability[0].endDateTime == "2018-09-17T19:10:01Z"
    assert len(circle.message) <= 200
    assert schema.description.startswith("TLP:AMBER. EXERCISE. Limits converted")
    assert "geoid undulation 18 m to 22 m assumed" in schema.description


def test_a_floor_at_the_sea_is_the_ground() -> None:
    made = notice_to_ed269(notice(CIRCLE, low_m=0), OPTIONS, LEVANT)
    geometry = made["features"][0]["geometry"][0]
    assert (geometry["lowerLimit"], geometry["lowerVerticalReference"]) == (0, "AGL")


def covers(outer: list[Area], inner: Area) -> bool:
    (ring,) = outline(inner, 10.0)
    lats, lons = [p.lat_deg for p in ring], [p.lon_deg for p in ring]
    off = [distances_m(area, lats, lons) for area in outer]  # type: ignore[arg-type]
    return all(min(column) <= 10.01 for column in zip(*off, strict=True))


@given(areas(), st.integers(-500, 20_000), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_there_and_back_holds_the_original(shape: Area, low_m: int, thick_m: int) -> None:
    for assumed in (LEVANT, Assumed()):
        said = notice(shape, low_m=low_m, high_m=low_m + thick_m)
        back = read(notice_to_ed269(said, OPTIONS, assumed), assumed).draft.volumes
        assert covers([v.volume.area for v in back], shape)
        for placed in back:
            assert placed.volume.span.start_ms <= START_MS
            assert placed.volume.span.end_ms >= END_MS
            assert placed.volume.band.floor.m <= low_m
            assert placed.volume.band.ceiling.m >= low_m + thick_m


def zone(**members: Any) -> dict[str, Any]:
    return {
        "identifier": "TEST01",
        "country": "CYP",
        "type": "COMMON",
        "restriction": "REQ_AUTHORISATION",
        "applicability": [
            {
                "permanent": "NO",
                "startDateTime": "2026-06-01T10:00:00.00Z",
                "endDateTime": "2026-06-01T12:00:00.00Z",
            }
        ],
        "zoneAuthority": [{"name": "someone"}],
        "geometry": [geometry()],
        **members,
    }


def geometry(**members: Any) -> dict[str, Any]:
    return {
        "uomDimensions": "FT",
        "lowerLimit": 0,
        "lowerVerticalReference": "AGL",
        "upperLimit": 1000,
        "upperVerticalReference": "AMSL",
        "horizontalProjection": {
            "type": "Polygon",
            "coordinates": [[[33.0, 34.5], [33.1, 34.5], [33.1, 34.6], [33.0, 34.5]]],
        },
        **members,
    }


WRONG = {"type": "Circle", "center": [True, "x"], "radius": 1}


def test_a_zone_of_a_state_is_read() -> None:
    found = read({"features": [zone()]})
    (placed,) = found.draft.volumes
    assert placed.volume.area.vertices[0] == Position(lat_deg=34.5, lon_deg=33.0)
    assert placed.volume.band.floor.m == -550
    assert placed.volume.band.ceiling.m == pytest.approx(304.8 + 22)
    assert found.assumptions == (
        "Positions are taken as longitude, latitude.",
        "Heights above mean sea level: geoid undulation 18 m to 22 m assumed.",
        "Surface: the lowest dry land on Earth, -550 m, assumed.",
    )


def test_daily_schedules_are_widened_to_the_whole_period_and_said() -> None:
    schedule = [{"day": ["MON"], "startTime": "08:00:00.00Z", "endTime": "10:00:00.00Z"}]
    period = {**zone()["applicability"][0], "schedule": schedule}
    found = read({"features": [zone(applicability=[period])]})
    assert found.draft.volumes[0].volume.span.end_ms == parse_instant("2026-06-01T12:00:00Z")
    assert any("Daily schedules" in words for words in found.assumptions)


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"applicability": [{"permanent": "YES"}]}, "permanent"),
        ({"applicability": []}, "no applicability"),
        ({"restriction": "MAYBE"}, "no ED-269"),
        ({"geometry": [geometry(upperVerticalReference="WGS84")]}, "no ED-269"),
        ({"geometry": [geometry(upperVerticalReference="AGL")]}, "ground of unknown height"),
        ({"geometry": [geometry(horizontalProjection={"type": "Circle"})]}, "without centre"),
        (
            {
                "geometry": [
                    geometry(horizontalProjection={"type": "Polygon", "coordinates": [[], []]})
                ]
            },
            "2 rings",
        ),
        (
            {
                "geometry": [
                    geometry(
                        horizontalProjection={"type": "Polygon", "coordinates": [[[1.0, 2.0]] * 3]}
                    )
                ]
            },
            "not closed",
        ),
        (
            {
                "geometry": [
                    geometry(
                        horizontalProjection={"type": "Circle", "center": [33.0, 95.0], "radius": 9}
                    )
                ]
            },
            "outside",
        ),
        ({"geometry": [geometry()] * 65}, "65 members of geometry"),
        (
            {"geometry": [geometry()] * 33, "applicability": zone()["applicability"] * 2},
            "33 shapes",
        ),
    ],
)
def test_wrong_zones_are_refused_in_words(members: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        read({"features": [zone(**members)]})
    assert caught.value.at_fault == "the author of z.json"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[]",
        b"{}",
        b'{"features": 3}',
        b'{"features": [3]}',
        b'{"features": []}',
        b'{"features": [{}]}',
        b'{"features": [' + b"[" * 5_000 + b"]" * 5_000 + b"]}",
        {"features": [zone()] * 65},
        {"features": [zone(geometry=[geometry(upperLimit=1e308)])]},
        {"features": [zone(geometry=[geometry(horizontalProjection=WRONG)])]},
    ],
)
def test_hostile_files_are_refused(value: Any) -> None:
    with pytest.raises(InputError):
        read(value)


def test_a_class_is_chosen_by_a_person() -> None:
    with pytest.raises(FormatError, match="no class"):
        read({"features": [zone()]}, activity_class="")


@pytest.mark.parametrize("options", [Ed269Options("cy"), Ed269Options("CYP", "SOMETIMES")])
def test_options_that_cannot_be_are_refused(options: Ed269Options) -> None:
    with pytest.raises(InputError):
        notice_to_ed269(notice(CIRCLE), options, LEVANT)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(OversizeError):
        read(b"[" + b" " * 5_000_000 + b"]")
