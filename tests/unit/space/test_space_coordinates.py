"""Coordinates as people write them: round trips within their precision, and refusals."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from parley.errors import FormatError, GeometryError
from parley.space import (
    Area,
    Position,
    distance_m,
    echo,
    format_dd,
    format_dms,
    format_mgrs,
    format_range_bearing,
    parse_position,
    parse_range_bearing,
    read_position,
)

GEOD = Geod(ellps="WGS84")
lats = st.one_of(st.floats(-90, 90), st.integers(-90, 90).map(float))
lons = st.one_of(st.floats(-180, 180), st.integers(-180, 180).map(float))
positions = st.builds(lambda lat, lon: at(lat, lon), lats, lons)


def at(lat: float, lon: float) -> Position:
    return Position(lat_deg=lat, lon_deg=lon)


def apart_m(p: Position, q: Position) -> float:
    return distance_m(Area.point(p), Area.point(q))


NAMED = {"HMEIMIM": at(35.4008, 35.9486), "Al Tanf": at(33.5, 38.6)}


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("35.4008 35.9486", 35.4008, 35.9486),
        ("35.4008, 35.9486", 35.4008, 35.9486),
        ("-35.4008,-035.9486", -35.4008, -35.9486),
        ("35.4008N 035.9486E", 35.4008, 35.9486),
        ("35.4008 S, 35.9486 W", -35.4008, -35.9486),
        ("N35.4008 W035.9486", 35.4008, -35.9486),
        ("035.9486E 35.4008N", 35.4008, 35.9486),
        ("35.4008°N 35.9486°E", 35.4008, 35.9486),
        ("35°24'03\"N 035°56'55\"E", 35 + 24 / 60 + 3 / 3600, 35 + 56 / 60 + 55 / 3600),
        ("35°24′03″S 035°56′55″W", -(35 + 24 / 60 + 3 / 3600), -(35 + 56 / 60 + 55 / 3600)),
        ("35 24 03.5 n 035 56 55 e", 35 + 24 / 60 + 3.5 / 3600, 35 + 56 / 60 + 55 / 3600),
        ("35:24:03N 35:56:55E", 35 + 24 / 60 + 3 / 3600, 35 + 56 / 60 + 55 / 3600),
        ("352403N0355655E", 35 + 24 / 60 + 3 / 3600, 35 + 56 / 60 + 55 / 3600),
        ("352403.5N 0355655.25E", 35 + 24 / 60 + 3.5 / 3600, 35 + 56 / 60 + 55.25 / 3600),
        ("3524N03556E", 35.4, 35 + 56 / 60),
        ("3524.05N 03556.9E", 35 + 24.05 / 60, 35 + 56.9 / 60),
        ("35°24.05'N 35°56.9'E", 35 + 24.05 / 60, 35 + 56.9 / 60),
        ("N 35 24.05 E 035 56.9", 35 + 24.05 / 60, 35 + 56.9 / 60),
        ("  90 0 ", 90, 0),
    ],
)
def test_degrees_read_as_written(text: str, lat: float, lon: float) -> None:
    assert parse_position(text) == at(lat, lon)


@given(positions)
def test_decimal_degrees_and_dms_come_back_exactly(p: Position) -> None:
    assert parse_position(format_dd(p)) == p
    assert parse_position(format_dms(p)) == p
    assert parse_position(str(p)) == p


@given(st.floats(-79.99, 83.99), lons)
@settings(max_examples=200)
def test_mgrs_comes_back_within_its_square_metre(lat: float, lon: float) -> None:
    p = at(lat, lon)
    reading = read_position(format_mgrs(p))
    assert apart_m(reading.position, p) <= reading.within_m <= 0.8


def apart_in_square(metre: int, value: float) -> float:
    """How far the middle of a metre of a square of 100 km is from a value: round the edge, where
    the last digit of two computations may tell another square."""
    apart = abs(metre + 0.5 - value % 100_000)
    return min(apart, 100_000 - apart)


@given(st.floats(-79.9, 83.9), st.floats(-179.9, 179.9))
@settings(max_examples=60)
def test_mgrs_digits_are_those_of_utm(lat: float, lon: float) -> None:
    """The easting and northing modulo 100 km, from PROJ's own UTM of the zone that is named."""
    p = at(lat, lon)
    text = format_mgrs(p).zfill(15)
    zone = int(text[:2])
    to_utm = Transformer.from_crs(
        "EPSG:4326", f"EPSG:{(32600 if p.lat_deg >= 0 else 32700) + zone}", always_xy=True
    )
    east, north = to_utm.transform(p.lon_deg, p.lat_deg)
    assert apart_in_square(int(text[5:10]), east) <= 0.51
    assert apart_in_square(int(text[10:]), north) <= 0.51


@given(
    positions,
    st.floats(0, 360),
    st.floats(0, 500_000),
)
def test_range_and_bearing_come_back_within_a_metre(
    origin: Position, azimuth: float, metres: float
) -> None:
    lon, lat, _ = GEOD.fwd(origin.lon_deg, origin.lat_deg, azimuth, metres)
    p = at(float(lat), float(lon))
    named = {"HERE": origin}
    assert apart_m(parse_range_bearing(format_range_bearing(p, named), named), p) <= 1.0


@pytest.mark.parametrize(
    ("text", "name", "bearing", "metres"),
    [
        ("HMEIMIM 270/35km", "HMEIMIM", 270, 35_000),
        ("hmeimim 270°/35 km", "HMEIMIM", 270, 35_000),
        ("HMEIMIM 005.5T/10NM", "HMEIMIM", 5.5, 18_520),
        ("Al Tanf 360/250m", "Al Tanf", 0, 250),
        ("Al Tanf 0 / 0km", "Al Tanf", 0, 0),
    ],
)
def test_range_and_bearing_read_as_written(
    text: str, name: str, bearing: float, metres: float
) -> None:
    origin = NAMED[name]
    lon, lat, _ = GEOD.fwd(origin.lon_deg, origin.lat_deg, bearing, metres)
    assert parse_range_bearing(text, NAMED) == at(float(lat), float(lon))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("135.9 35.4", "swapped"),
        ("100N 20E", "2 digits of degrees"),
        ("95N 20E", "latitude first"),
        ("91 181", "-90..90"),
        ("35.4", "latitude first"),
        ("", "latitude first"),
        ("35,4008 35,9486", "latitude first"),
        ("35.4008 35.9486 10", "latitude first"),
        ("35.4N 36.2N", "one of N or S"),
        ("35.4E 36.2W", "one of N or S"),
        ("35.4N 36.2", "latitude first"),
        ("-35.4N 36.2E", "latitude first"),
        ("35°60'00\"N 36°00'00\"E", "below 60"),
        ("356003N 0355655E", "below 60"),
        ("352460N0355655E", "below 60"),
        ("352403N355655E", "3 digits of degrees"),
        ("35.5°24'N 36°00'E", "latitude first"),
        ("nan nan", "latitude first"),
        ("٣٥.٤ ٣٦.٢", "latitude first"),
        ("1e1 2e1", "latitude first"),
        ("36SYE677852148", "easting"),
        ("36SYE", "latitude first"),
        ("61SYE6778521485", "zone 1..60"),
        ("36IYE6778521485", "latitude first"),
        ("36SAA6778521485", "zone 1..60"),
        ("00SYE6778521485", "zone 1..60"),
        ("ZAH0000000000", "80°S"),
        ("4CAA0000", "own zone"),
        ("x" * 500, "at most 120"),
    ],
)
def test_text_that_does_not_read_is_refused_with_what_would(text: str, hint: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_position(text)
    assert hint in caught.value.right


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("HMEIMIM 270/35", "km, m or NM"),
        ("HMEIMIM 270/35mi", "km, m or NM"),
        ("HMEIMIM 270/35nm", "km, m or NM"),
        ("HMEIMIM 270M/35km", "degrees true"),
        ("HMEIMIM 361/35km", "0..360"),
        ("HMEIMIM 270/5000km", "2,000 km"),
        ("HMEIMIM -10/35km", "degrees true"),
        ("HMEIMIM 35km", "degrees true"),
        ("NOWHERE 270/35km", "HMEIMIM"),
        ("270/35km", "degrees true"),
        ("", "degrees true"),
    ],
)
def test_a_range_and_bearing_that_does_not_read_is_refused(text: str, hint: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_range_bearing(text, NAMED)
    assert hint in caught.value.right


def test_names_that_differ_in_case_only_must_match_exactly() -> None:
    named = {"Base": at(1, 1), "BASE": at(2, 2)}
    assert parse_range_bearing("BASE 0/0m", named) == at(2, 2)
    with pytest.raises(FormatError, match="ambiguous"):
        parse_range_bearing("base 0/0m", named)
    with pytest.raises(FormatError, match="unknown"):
        parse_range_bearing("base 0/0m", {})


@pytest.mark.parametrize("value", [None, 5, b"35 36", ["35", "36"]])
def test_what_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(FormatError):
        parse_position(value)
    with pytest.raises(FormatError):
        parse_range_bearing(value, NAMED)


@given(st.text(max_size=140))
@settings(max_examples=300)
def test_no_text_breaks_the_reader(text: str) -> None:
    for read in (parse_position, lambda t: parse_range_bearing(t, NAMED)):
        try:
            found = read(text)
        except FormatError:
            continue
        assert isinstance(found, Position)


@given(st.from_regex(r"[0-9]{1,2}[C-X][A-Z]{2}[0-9]{4,10}", fullmatch=True))
@settings(max_examples=300)
def test_a_grid_reference_reads_as_a_square_that_names_itself_or_not_at_all(text: str) -> None:
    try:
        reading = read_position(text)
    except FormatError:
        return
    zone = text.rstrip("0123456789")[:-2].zfill(3)
    own = format_mgrs(reading.position)[:-12].zfill(3)
    if zone != own:
        lon, lat = reading.position.lon_deg, reading.position.lat_deg
        nearby = [
            at(float(y), float(x))
            for x, y, _ in (
                GEOD.fwd(lon, lat, a, 1.05 * reading.within_m) for a in range(45, 360, 90)
            )
        ]
        assert zone in [format_mgrs(p)[:-12].zfill(3) for p in nearby]


def test_precision_is_told_as_written() -> None:
    assert read_position("35.4008 35.9486").within_m == pytest.approx(7.9, abs=0.1)
    assert read_position("35.4008N 35.9E").within_m == pytest.approx(7_898, abs=1)
    assert read_position("352403N0355655E").within_m == pytest.approx(21.9, abs=0.1)
    assert read_position("36SYE6721").within_m == pytest.approx(707, abs=1)
    assert read_position("36SYE6778521485").within_m == 0.75
    coarse, fine = read_position("36SYE6721"), read_position("36SYE6778521485")
    assert apart_m(coarse.position, fine.position) <= coarse.within_m


def test_the_poles_have_no_mgrs() -> None:
    for lat in (84.0, 90.0, -80.1, -90.0):
        with pytest.raises(GeometryError, match="no MGRS") as caught:
            format_mgrs(at(lat, 5))
        assert "80°S..84°N" in caught.value.right
        assert "mgrs" not in echo(at(lat, 5), {})


def test_an_echo_says_the_same_in_every_notation() -> None:
    p = at(35.1, 36.2)
    told = echo(p, NAMED)
    assert set(told) == {"dd", "dms", "mgrs", "range_bearing"}
    assert parse_position(told["dd"]) == parse_position(told["dms"]) == p
    assert apart_m(parse_position(told["mgrs"]), p) <= 0.75
    assert told["range_bearing"].startswith("HMEIMIM ")
    assert apart_m(parse_range_bearing(told["range_bearing"], NAMED), p) <= 1.0
    assert "range_bearing" not in echo(at(-35, -140), NAMED)
    assert format_range_bearing(NAMED["HMEIMIM"], NAMED) == "HMEIMIM 000.0000/0.000km"
    with pytest.raises(FormatError, match="no named point"):
        format_range_bearing(p, {})


def test_the_shown_digits_are_those_of_the_position() -> None:
    assert format_dd(at(-5.5, 0.0000001)) == "05.5000000S 000.0000001E"
    assert format_dms(at(35.4008, -35.9486)) == "35°24'02.8800\"N 035°56'54.9600\"W"
    assert format_dms(at(0, 0)) == "00°00'00.0000\"N 000°00'00.0000\"E"
    assert math.isclose(parse_position(format_dms(at(89.9999999, 1))).lat_deg, 89.9999999)
