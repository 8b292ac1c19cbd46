from __future__ import annotations

from typing import Any

import pytest

from parley.errors import InputError
from parley.rules.agreement import Agreement
from parley.space import Area, Band, Position, Span, Volume
from parley.wire.draft import draft_from_file, volume_from_text

WORDS: dict[str, Any] = {
    "area": "circle 35.52N 35.80E 4km",
    "floor": "0m",
    "ceiling": "12000m",
    "start": "2018-09-17T18:40:00Z",
    "end": "2018-09-17T22:40:00+03:00",
}
LATAKIA = Position(lat_deg=35.52, lon_deg=35.8)
GEOJSON = (
    b'{"type":"Feature","geometry":{"type":"Point","coordinates":[35.8,35.52]},"properties":'
    b'{"start":"2018-09-17T18:40:00Z","end":"2018-09-17T19:40:00Z","floor_m":0,"ceiling_m":12000,'
    b'"height_reference":"WGS84","class":"strike","radius_m":4000}}'
)


def test_typed_words_make_a_volume() -> None:
    assert volume_from_text(**WORDS) == Volume(
        Area.circle(LATAKIA, 4000),
        Band.metres(0, 12_000),
        Span(1_537_209_600_000, 1_537_213_200_000),
    )


def test_every_form_of_area(agreement: Agreement) -> None:
    def area(text: str) -> Area:
        return volume_from_text(**{**WORDS, "area": text}, agreement=agreement).area

    assert area("circle 35.52, 35.80 2.5 NM") == Area.circle(LATAKIA, 4630)
    assert area("Circle 35°31'12\"N 035°48'00\"E 4000 m") == Area.circle(LATAKIA, 4000)
    assert area("polygon 35N 35E; 35N 36E; 36N 36E").kind == "polygon"
    assert area("corridor 35N 35E; 35N 36E 2km").reach_cm == 200_000
    assert area("place latakia") == agreement.named_area("latakia").area
    west = area("circle HMEIMIM 270/35km 4km").vertices[0]
    assert west.lon_deg == pytest.approx(35.563, abs=1e-3)


@pytest.mark.parametrize(
    ("word", "text", "what", "right"),
    [
        ("floor", "1000", "no unit", "1000m"),
        ("floor", "1000ft", "in feet", "304.8m"),
        ("ceiling", "30,000 ft", "no length", "number"),
        ("ceiling", "FL300", "flight level", "9100m"),
        ("ceiling", "12000m MSL", "'MSL'", "WGS-84"),
        ("ceiling", "nan m", "no length", "number"),
        ("ceiling", "12km", "no length", "m"),
        ("ceiling", "200000m", "out of range", "height"),
        ("floor", "13000m", "above ceiling", "floor"),
        ("start", "18:40", "bare time", "RFC 3339"),
        ("start", "2018-09-17T18:40:00", "without a zone", "Z"),
        ("start", "2018-09-17T23:40:00Z", "before start", "after"),
        ("area", "circle 35.52N 35.80E", "no length", "km"),
        ("area", "circle 35.52N 35.80E 4", "no distance", "4km"),
        ("area", "circle 35.52N 35.80E 4ft", "in feet", "m"),
        ("area", "circle somewhere 4km", "no position", "MGRS"),
        ("area", "circle TARTUS 270/35km 4km", "no position", ""),
        ("area", "polygon 35N 35E; 36N 36E", "vertices", "3"),
        ("area", "polygon 0N 0E; 1N 1E; 0N 1E; 1N 0E", "crosses", "ring"),
        ("area", "polygon 0N 0E; 1N 1E; 0N 1E; 0N 0E", "repeated", "open"),
        ("area", "place latakia", "without an agreement", "agreement"),
        ("area", "target 35N 35E", "no area", "circle"),
        ("area", "", "no area", "circle"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(
    word: str, text: str, what: str, right: str
) -> None:
    with pytest.raises(InputError) as caught:
        volume_from_text(**{**WORDS, word: text})
    assert what in caught.value.what
    assert right in caught.value.right
    assert caught.value.where


def test_a_file_is_known_by_its_name_or_else_by_its_content() -> None:
    draft = draft_from_file(GEOJSON, "plan.GeoJSON", None)
    assert draft == draft_from_file(b"\xef\xbb\xbf\n" + GEOJSON, "-", None)
    for data, name in ((b"<kml/>", "-"), (b"PK\x03\x04", "-"), (GEOJSON, "plan.kml")):
        with pytest.raises(InputError) as caught:
            draft_from_file(data, name, None)
        assert caught.value.at_fault == f"the author of {name}"
    with pytest.raises(InputError, match="no known format"):
        draft_from_file(b"hello", "plan.txt", None)
