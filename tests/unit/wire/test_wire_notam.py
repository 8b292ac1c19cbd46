from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from aviconv_notam.parser import parse as second_opinion
from aviconv_notam.qcode import lookup
from aviconv_notam.validators import validate
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from parley.errors import FormatError, InputError
from parley.rules.statements import Header, Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume, distances_m, meets, outline
from parley.testing.strategies import areas
from parley.wire.assumed import Assumed, Converted, assumed_of
from parley.wire.instants import parse_instant
from parley.wire.notam.drawn import drawn
from parley.wire.notam.parsing import parse_notam
from parley.wire.notam.qcodes import BY_CLASS, CODES
from parley.wire.notam.reading import draft_from_notam
from parley.wire.notam.writing import MAX_CHARS, MAX_LINE, NotamOptions, notice_to_notam

START_MS = parse_instant("2018-09-17T18:40:20Z")
END_MS = parse_instant("2018-09-17T19:10:40Z")
LEVANT = assumed_of(undulation_m=20, undulation_error_m=2, qnh_low_hpa=1005, qnh_high_hpa=1015)
OPTIONS = NotamOptions("OSTT")


def notice(*volumes: Volume, exercise: bool = False, use: Use = Use.ACTIVITY) -> Notice:
    header = Header("il", "ops", START_MS, ("ru",), "", exercise)
    placed = tuple(NoticeVolume(use, volume) for volume in volumes)
    return Notice(header, "il-1", 1, "strike", placed, "latakia", "for your eyes")


def volume(area: Area, low_m: float = 0, high_m: float = 12_000) -> Volume:
    return Volume(area, Band.metres(low_m, high_m), Span(START_MS, END_MS))


CIRCLE = Area.circle(Position(lat_deg=35.52, lon_deg=35.80), 4_000)
SQUARE = Area.polygon(
    [
        Position(lat_deg=35.4012, lon_deg=35.7013),
        Position(lat_deg=35.4012, lon_deg=35.9007),
        Position(lat_deg=35.6003, lon_deg=35.9007),
        Position(lat_deg=35.6003, lon_deg=35.7013),
    ]
)
ROUTE = Area.corridor(
    [Position(lat_deg=35.0, lon_deg=35.5), Position(lat_deg=35.51237, lon_deg=35.61111)], 2_000
)


def read(text: str, assumed: Assumed = LEVANT, activity_class: str = "strike") -> Converted:
    return draft_from_notam(
        text.encode(), "plan.txt", None, activity_class=activity_class, assumed=assumed
    )


def holds(outer: Area, inner: Area) -> bool:
    """Whether no point of the inner area's border leaves the outer one."""
    (ring,) = outline(inner, 10.0)
    off = distances_m(outer, [p.lat_deg for p in ring], [p.lon_deg for p in ring])  # type: ignore[arg-type]
    return bool(off.max() <= 10.01)


def test_a_notice_as_notam_word_for_word() -> None:
    text = notice_to_notam(notice(volume(CIRCLE)), OPTIONS, LEVANT)
    assert text == (
        "A0000/18 NOTAMN\n"
        "Q) OSTT/QRDCA/IV/BO/W/000/440/3531N03548E003\n"
        "A) OSTT B) 1809171840 C) 1809171911\n"
        "E) DANGER AREA ACT. WI 2.16NM RADIUS OF 353112N 0354800E. LIMITS\n"
        "CONVERTED FROM WGS84 ELLIPSOID HGT, GEOID UNDULATION 18M TO 22M\n"
        "ASSUMED. QNH 1005 TO 1015HPA AND HGT ERROR 10PCT BY TEMPERATURE\n"
        "ASSUMED FOR FL IN Q LINE.\n"
        "F) SFC G) 39400FT AMSL\n"
    )


def test_what_is_private_stays_out_of_a_public_text() -> None:
    text = notice_to_notam(notice(volume(CIRCLE)), OPTIONS, LEVANT)
    assert "LATAKIA" not in text
    assert "EYES" not in text


def test_the_second_opinion_reads_what_is_written() -> None:
    several = notice(volume(CIRCLE, 3_000, 6_000), volume(SQUARE), volume(ROUTE), exercise=True)
    found = second_opinion(notice_to_notam(several, OPTIONS, LEVANT))
    assert found.q_line.qcode == "QRDCA"
    assert found.fir == "OSTT"
    assert found.effective_from == datetime(2018, 9, 17, 18, 40, tzinfo=UTC)
    assert found.effective_to == datetime(2018, 9, 17, 19, 11, tzinfo=UTC)
    assert (found.lower_limit, found.upper_limit) == ("SFC", "39400FT AMSL")
    assert found.body.startswith("EXERCISE EXERCISE EXERCISE. DANGER AREA")
    assert [f for f in validate(found) if f.severity == "error"] == []


@pytest.mark.filterwarnings("ignore:The 'shapely.ops.transform")
def test_the_second_opinion_finds_the_polygon_inside_the_circle_of_the_q_line() -> None:
    found = second_opinion(notice_to_notam(notice(volume(SQUARE)), OPTIONS, LEVANT))
    assert found.geometry.polygon is not None
    assert len(found.geometry.polygon) == 5
    assert validate(found, semantic=True) == ()


def test_every_q_code_of_the_table_is_one_of_icao() -> None:
    for code in CODES:
        assert lookup(code[1:3], code[3:5]) is not None, code
    assert set(BY_CLASS.values()) <= set(CODES)


def test_a_class_without_a_code_needs_one_chosen() -> None:
    strange = Notice(
        Header("il", "ops", START_MS, (), ""), "il-1", 1, "kites", notice(volume(CIRCLE)).volumes
    )
    with pytest.raises(InputError, match="no Q-code"):
        notice_to_notam(strange, OPTIONS, LEVANT)
    assert "/QWCLW/" in notice_to_notam(strange, NotamOptions("OSTT", qcode="QWCLW"), LEVANT)
    with pytest.raises(InputError, match="unknown here"):
        notice_to_notam(strange, NotamOptions("OSTT", qcode="QMRLC"), LEVANT)


@pytest.mark.parametrize(
    "wrong",
    [
        NotamOptions(""),
        NotamOptions("ostt"),
        NotamOptions("OSTT", series="AB"),
        NotamOptions("OSTT", location="X"),
        NotamOptions("OSTT", remarks="(F) 100FT"),
        NotamOptions("OSTT", remarks="שלום"),
    ],
)
def test_options_that_cannot_be_are_refused(wrong: NotamOptions) -> None:
    with pytest.raises(InputError, match="cannot"):
        notice_to_notam(notice(volume(CIRCLE)), wrong, LEVANT)


def test_flight_levels_are_written_only_with_a_model_of_the_air() -> None:
    levels = NotamOptions("OSTT", flight_levels=True)
    with pytest.raises(InputError, match="know the air"):
        notice_to_notam(notice(volume(CIRCLE)), levels, Assumed())
    text = notice_to_notam(notice(volume(CIRCLE, 3_000, 6_000)), levels, LEVANT)
    assert "F) FL088 G) FL221" in text
    assert "QNH 1005 TO 1015HPA" in text


def test_without_a_geoid_the_limits_hold_for_any_geoid_on_earth_and_say_so() -> None:
    text = notice_to_notam(notice(volume(CIRCLE, 1_000, 2_000)), OPTIONS, Assumed())
    assert "GEOID UNDULATION -108M TO 88M" in " ".join(text.split())
    assert "F) 2900FT AMSL G) 7000FT AMSL" in text


def test_several_windows_make_a_schedule() -> None:
    later = Span(START_MS + 86_400_000, END_MS + 86_400_000)
    both = notice(volume(CIRCLE), Volume(CIRCLE, Band.metres(0, 500), later))
    text = notice_to_notam(both, OPTIONS, LEVANT)
    assert "D) 17 1840-1911 18 1840-1911\n" in text
    assert "D) is not read" in " ".join(read(text).assumptions)


def test_aircraft_areas_can_be_left_out() -> None:
    mixed = Notice(
        notice().header, "il-1", 1, "strike",
        (
            NoticeVolume(Use.ACTIVITY, volume(CIRCLE)),
            NoticeVolume(Use.AIRCRAFT, volume(ROUTE)),
        ),
    )  # fmt: skip
    assert "OWN ACFT" in notice_to_notam(mixed, OPTIONS, LEVANT)
    text = notice_to_notam(mixed, NotamOptions("OSTT", aircraft=False), LEVANT)
    assert len(read(text).draft.volumes) == 1
    with pytest.raises(InputError, match="no volume of activity"):
        notice_to_notam(
            notice(volume(ROUTE), use=Use.AIRCRAFT), NotamOptions("OSTT", aircraft=False), LEVANT
        )


def test_too_much_for_one_message_is_refused() -> None:
    many = [
        volume(Area.circle(Position(lat_deg=35 + n / 10, lon_deg=36), 3_000)) for n in range(40)
    ]
    with pytest.raises(InputError, match="characters"):
        notice_to_notam(notice(*many), OPTIONS, LEVANT)


def test_years_that_two_digits_cannot_say_are_refused() -> None:
    far = Volume(
        CIRCLE,
        Band.metres(0, 1),
        Span(parse_instant("2099-12-31T23:00:00Z"), parse_instant("2100-01-01T01:00:00Z")),
    )
    with pytest.raises(InputError, match="2100"):
        notice_to_notam(notice(far), OPTIONS, LEVANT)


@given(areas())
@settings(max_examples=150, deadline=None)
@example(Area.point(Position(lat_deg=90, lon_deg=0)))
@example(Area.circle(Position(lat_deg=-17, lon_deg=179.99999), 30_000))
def test_what_is_drawn_holds_the_area(area: Area) -> None:
    assert holds(drawn(area).area(), area)
    assert holds(drawn(area, 2).area(), area)


def test_many_corners_become_few_that_hold_them_all() -> None:
    turns = [2 * math.pi * n / 400 for n in range(400)]
    star = Area.polygon(
        Position(
            lat_deg=35 + 0.5 * math.sin(t) * (1 + 0.2 * math.sin(40 * t)),
            lon_deg=36 + 0.1 * math.cos(t) * (1 + 0.2 * math.sin(40 * t)),
        )
        for t in turns
    )
    winding = Area.corridor(
        [Position(lat_deg=35 + n / 4_000, lon_deg=36 + math.sin(n / 30) / 50) for n in range(500)],
        500,
    )
    for area in (star, winding):
        for most in (40, 10):
            shape = drawn(area, most)
            assert len(shape.points) <= most
            assert holds(shape.area(), area)
        text = notice_to_notam(notice(volume(area), volume(CIRCLE)), OPTIONS, LEVANT)
        assert len(read(text).draft.volumes) == 2


@given(
    st.lists(areas(), min_size=1, max_size=2),
    st.integers(-50_000, 3_000_000),
    st.integers(0, 2_000_000),
    st.integers(0, 90_000_000),
    st.booleans(),
    st.sampled_from((LEVANT, Assumed())),
)
@settings(max_examples=60, deadline=None)
def test_there_and_back_holds_the_original(
    shapes: list[Area], floor_cm: int, thick_cm: int, late_ms: int, levels: bool, assumed: Assumed
) -> None:
    band = Band.metres(floor_cm / 100, (floor_cm + thick_cm) / 100)
    span = Span(START_MS + late_ms // 2, START_MS + late_ms)
    said = notice(*(Volume(shape, band, span) for shape in shapes))
    options = NotamOptions("OSTT", flight_levels=levels and assumed.pressure is not None)
    try:
        text = notice_to_notam(said, options, assumed)
    except InputError:
        assume(len(shapes) > 1)  # too far apart for one NOTAM
        return
    assert len(text) <= MAX_CHARS
    assert max(map(len, text.splitlines())) <= MAX_LINE
    second_opinion(text)
    back = read(text, assumed).draft.volumes
    assert len(back) == len(shapes)
    for shape, placed in zip(shapes, back, strict=True):
        assert holds(placed.volume.area, shape)
        assert placed.volume.span.start_ms <= span.start_ms
        assert placed.volume.span.end_ms >= span.end_ms
        assert placed.volume.band.floor <= band.floor
        assert placed.volume.band.ceiling >= band.ceiling


FOREIGN = """(A1234/26 NOTAMN
Q) LCCC/QWMLW/IV/BO/W/000/150/3430N03320E010
A) LCCC B) 2606011000 C) 2606011400 EST
E) MISSILE FIRING WI AREA: 343000N 0332000E - 344000N 0332000E -
344000N 0333000E - 343000N 0332000E AND 5NM RADIUS CENTRED ON
3430N03320E. (SEE AIP ENR 5.1 F) ALSO).
F) SFC G) 15000FT AMSL)
"""


def test_a_notam_of_somebody_else_is_read() -> None:
    found = read(FOREIGN)
    polygon, circle = (placed.volume.area for placed in found.draft.volumes)
    assert (polygon.kind, len(polygon.vertices)) == ("polygon", 3)
    assert circle == Area.circle(Position(lat_deg=34.5, lon_deg=33 + 1 / 3), 9260)
    assert any("estimate" in words for words in found.assumptions)
    assert any("geoid undulation 18 m to 22 m" in words for words in found.assumptions)
    band = found.draft.volumes[0].volume.band
    assert band.floor.m == -550
    assert 4590 < band.ceiling.m < 4600


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("WI 3NM EITHER SIDE OF LINE 3430N03320E TO 3440N03330E TO 3450N03320E", "path"),
        ("WITHIN 500M EACH SIDE OF N3430 E03320 - N3440 E03330", "path"),
        ("AREA 343000.5N 0332000.5E, 344000N 0332000E, 344000N 0333000E", "polygon"),
        ("PSN 343000N0332000E RADIUS 2.5KM", "point"),
        ("CIRCLE RADIUS 4NM CENTERED AT 3430.5N 03320.5E", "point"),
        ("ALONG THE COASTLINE FROM 3430N03320E", "point"),
        ("NO POSITIONS AT ALL", "point"),
    ],
)
def test_shapes_in_plain_language(words: str, kind: str) -> None:
    start = FOREIGN.index("E) ")
    text = FOREIGN[:start] + f"E) {words}\nF) SFC G) 15000FT AMSL)"
    (placed,) = read(text).draft.volumes
    assert placed.volume.area.kind == kind


def test_what_cannot_be_drawn_is_the_circle_of_the_q_line_and_says_so() -> None:
    text = FOREIGN.replace("MISSILE FIRING WI AREA:", "WI ARC OF A CIRCLE:")
    found = read(text)
    (placed,) = found.draft.volumes
    assert placed.volume.area == Area.circle(Position(lat_deg=34.5, lon_deg=33 + 1 / 3), 18_520)
    assert "E) says ARC, which is not drawn here" in found.assumptions[0]


@pytest.mark.parametrize(
    ("limits", "missing"),
    [
        ("F) SFC G) FL150", "qnh_low_hpa"),
        ("F) SFC G) 500FT AGL", "ground_low_m"),
        ("F) 200M AGL G) 5000FT AMSL", "ground_low_m"),
        ("F) SFC G) 5000FT", "AMSL or AGL"),
        ("F) 9000FT AMSL G) 5000FT AMSL", "lower limit first"),
        ("F) UNL G) UNL", "SFC, FL, AMSL or AGL"),
        ("F) SFC G) SKY", "SFC, UNL, FL120"),
    ],
)
def test_heights_that_cannot_be_placed_say_what_is_missing(limits: str, missing: str) -> None:
    text = FOREIGN.replace("F) SFC G) 15000FT AMSL", limits)
    with pytest.raises(FormatError) as caught:
        read(text, Assumed())
    assert missing in caught.value.right
    assert caught.value.at_fault == "the author of plan.txt"


def test_heights_above_ground_are_placed_with_the_ground() -> None:
    text = FOREIGN.replace("F) SFC G) 15000FT AMSL", "F) 100M AGL G) FL150")
    ground = assumed_of(
        undulation_m=20, qnh_low_hpa=1013, qnh_high_hpa=1013, ground_low_m=300, ground_high_m=900
    )
    found = read(text, ground)
    band = found.draft.volumes[0].volume.band
    assert band.floor.m == 400
    assert band.ceiling.m > 4572 + 20
    assert any("Ground from 300 m to 900 m" in words for words in found.assumptions)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("NOTAMN", "NOTAMC A1233/26", "cancels A1233/26"),
        ("2606011400 EST", "PERM", "permanent"),
        ("2606011400 EST", "2606010900", "C\\) is before"),
        ("2606011000", "2613011000", "does not exist"),
        ("2606011000", "26060110", "no instant"),
        ("A) LCCC ", "", "item A"),
        ("LCCC/QWMLW", "LCCC-QWMLW", "no Q line"),
        ("000/150", "150/000", "above"),
        ("343000N 0332000E -", "346000N 0332000E -", "no angle"),
        ("3430N03320E.", "3430N03320E AND AT 3530N03320E.", "make no shape"),
        ("(A1234/26 NOTAMN", "(A1234/26 NOTAMN\n(A1235/26 NOTAMN", "2 NOTAM"),
        (
            "343000N 0332000E - 344000N 0332000E -\n344000N 0333000E -",
            "343000N 0332000E - 344000N 0333000E - 344000N 0332000E - 343000N 0333000E -",
            "cross",
        ),
    ],
)
def test_wrong_notams_are_refused_in_words(old: str, new: str, what: str) -> None:
    assert old in FOREIGN
    with pytest.raises(InputError, match=what) as caught:
        read(FOREIGN.replace(old, new, 1))
    assert caught.value.at_fault == "the author of plan.txt"


def test_a_class_is_chosen_by_a_person() -> None:
    with pytest.raises(FormatError, match="no class"):
        read(FOREIGN, activity_class="")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"A" * 70_000,
        b"Q) " * 20_000,
        ("E) " + "343000N 0332000E " * 3_000).encode(),
        FOREIGN.replace("343000N 0332000E", "343000N 0332000E - " * 2_000, 1).encode(),
        b"(" * 60_000,
        b"A) B) C) D) E) F) G)",
        FOREIGN.encode() * 2,
        FOREIGN.replace("FIRING", "\x00\u202e").encode() + b")" * 10_000,
    ],
)
def test_hostile_text_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        draft_from_notam(data, "x", None, activity_class="strike", assumed=LEVANT)


@given(st.text(alphabet="QABCDEFG)0123456789NSEW/ -.\nRADIUSOFNMFTL", max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    for data in (text, FOREIGN[:60] + text, FOREIGN.replace("MISSILE", text)):
        try:
            parse_notam(data.encode(), "x")
            read(data)
        except InputError:
            continue


def test_touching_borders_still_count_as_inside() -> None:
    exact = Area.polygon(
        [
            Position(lat_deg=35.5, lon_deg=35.5),
            Position(lat_deg=35.5, lon_deg=36.0),
            Position(lat_deg=36.0, lon_deg=36.0),
        ]
    )
    shape = drawn(exact)
    assert shape.area() == exact
    assert meets(shape.area(), exact)
