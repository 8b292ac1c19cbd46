from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Header, Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume, distances_m, outline
from parley.testing.strategies import areas
from parley.wire.forms.facts import MAX_AREAS, facts_of
from parley.wire.forms.script import phone_script, script_html, script_text
from parley.wire.forms.tongues import TONGUES, digits, spelled
from parley.wire.instants import parse_instant

START_MS = parse_instant("2018-09-17T18:40:20Z")
END_MS = parse_instant("2018-09-17T21:10:40Z")
BANNER = "TLP:AMBER // REL TO RU"
CIRCLE = Area.circle(Position(lat_deg=35.52, lon_deg=35.80), 4_000)
ZONES = ("Europe/Moscow", "Asia/Jerusalem")


def notice(*shapes: Area, exercise: bool = False, use: Use = Use.ACTIVITY) -> Notice:
    volumes = tuple(
        NoticeVolume(use, Volume(shape, Band.metres(-3.5, 11_999.2), Span(START_MS, END_MS)))
        for shape in shapes
    )
    header = Header("il", "ops", START_MS, ("ru",), "", exercise)
    return Notice(header, "il-17", 2, "strike", volumes, "latakia")


def said(agreement: Agreement, language: str, of: Notice | None = None) -> dict[str, str]:
    facts = facts_of(of or notice(CIRCLE), agreement)
    script = phone_script(facts, language, banner=BANNER, zones=ZONES)
    return {line.number: line.said for line in script.lines}


def test_english_is_said_in_the_digits_of_radiotelephony(agreement: Agreement) -> None:
    lines = said(agreement, "en")
    assert lines["3"] == "Notice INDIA LIMA DASH WUN SEV-EN, version TOO."
    assert lines["4"] == "Activity: Air-to-ground activity."
    assert lines["5"] == "Place: Latakia."
    assert lines["6"] == (
        "Area WUN: a circle, radius FOW-ER ZE-RO ZE-RO ZE-RO metres, centre"
        " TREE FIFE degrees TREE WUN minutes WUN TOO seconds north,"
        " ZE-RO TREE FIFE degrees FOW-ER AIT minutes ZE-RO ZE-RO seconds east."
    )
    assert "from MINUS FOW-ER metres to WUN TOO ZE-RO ZE-RO ZE-RO metres" in lines["7"]
    assert lines["8a"].startswith(
        "From: day WUN SEV-EN, month ZE-RO NIN-ER, year TOO ZE-RO WUN AIT,"
        " time WUN AIT FOW-ER ZE-RO ZULU."
    )
    assert "Local time Europe/Moscow: day WUN SEV-EN, TOO WUN FOW-ER ZE-RO." in lines["8a"]
    assert "Local time Europe/Moscow: day WUN AIT, ZE-RO ZE-RO WUN WUN." in lines["8b"]
    assert lines["9"].startswith("Read back 3, 5, 6, 7, 8a, 8b.")


def test_the_listener_hears_his_own_language(agreement: Agreement) -> None:
    assert "один восемь четыре ноль по Гринвичу" in said(agreement, "ru")["8a"]
    assert "радиус четыре ноль ноль ноль метров" in said(agreement, "ru")["6"]
    assert "רדיוס ארבע אפס אפס אפס מטר" in said(agreement, "he")["6"]
    assert "نصف قطرها أربعة صفر صفر صفر متر" in said(agreement, "ar")["6"]
    assert said(agreement, "he", notice(CIRCLE, exercise=True))["2"].count("תרגיל") == 3


def test_what_is_written_down_is_the_same_in_every_language(agreement: Agreement) -> None:
    facts = facts_of(notice(CIRCLE), agreement)
    values = {
        language: [
            (line.number, line.value, line.read_back)
            for line in phone_script(facts, language, banner=BANNER, zones=ZONES).lines
        ]
        for language in TONGUES
    }
    assert len({tuple(rows) for rows in values.values()}) == 1
    written = {number: value for number, value, _ in values["ar"]}
    assert written["6"] == "circle 4000 m, 353112N 0354800E"
    assert written["7"] == "-4 to 12000 m (-100 to 39400 ft) above WGS-84"
    assert written["8a"] == (
        "2018-09-17T18:40:00Z / 21:40 +03:00 Mon 17 Sep 2018 Europe/Moscow"
        " / 21:40 +03:00 Mon 17 Sep 2018 Asia/Jerusalem"
    )


@pytest.mark.parametrize("language", sorted(TONGUES))
def test_the_text_is_deterministic_marked_and_free_of_bidi_controls(
    agreement: Agreement, language: str
) -> None:
    facts = facts_of(notice(CIRCLE), agreement)
    script = phone_script(facts, language, banner=BANNER, zones=ZONES)
    text, page = script_text(script), script_html(script)
    assert text == script_text(phone_script(facts, language, banner=BANNER, zones=ZONES))
    assert text.splitlines()[0] == BANNER
    assert text.splitlines()[-1] == BANNER
    assert page.count(BANNER) == 2
    assert text.count("[ ] read back:") == 6
    assert not any(unicodedata.category(c) == "Cf" for c in text + page)


def test_a_page_says_which_way_its_sentences_run_and_escapes_what_it_holds(
    agreement: Agreement,
) -> None:
    facts = replace(facts_of(notice(CIRCLE), agreement), title="<script>alert(1)</script>")
    page = script_html(phone_script(facts, "he", banner=BANNER))
    assert "<td dir=rtl lang=he>" in page
    assert "<script>" not in page
    assert "&lt;<bdi dir=ltr>script</bdi>&gt;" in page
    assert "<bdi dir=ltr>8a</bdi>, <bdi dir=ltr>8b</bdi>" in page, "each number in its own place"


def test_another_language_or_zone_is_refused(agreement: Agreement) -> None:
    facts = facts_of(notice(CIRCLE), agreement)
    with pytest.raises(InputError, match="no script in 'xx'"):
        phone_script(facts, "xx", banner="")
    with pytest.raises(InputError, match="Mars/Base"):
        phone_script(facts, "en", banner="", zones=("Mars/Base",))


def test_more_areas_than_a_call_can_hold_end_in_one_that_holds_the_rest(
    agreement: Agreement,
) -> None:
    many = [
        Area.circle(Position(lat_deg=35 + n / 10, lon_deg=35.8), 3_000)
        for n in range(MAX_AREAS + 4)
    ]
    facts = facts_of(notice(*many), agreement)
    assert len(facts.areas) == MAX_AREAS
    last = facts.areas[-1]
    assert last.stands_for == 5
    for area in many[MAX_AREAS - 1 :]:
        assert covers(last.shape.area(), area)
    lines = said(agreement, "en", notice(*many))
    assert "holds FIFE areas of the notice" in lines["6.5"]


def covers(outer: Area, inner: Area) -> bool:
    (ring,) = outline(inner, 10.0)
    lats, lons = [p.lat_deg for p in ring], [p.lon_deg for p in ring]
    return bool(distances_m(outer, lats, lons).max() <= 10.01)  # type: ignore[arg-type]


@given(st.lists(areas(), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_what_is_read_aloud_holds_the_notice(agreement: Agreement, shapes: list[Area]) -> None:
    facts = facts_of(notice(*shapes), agreement)
    for shape, told in zip(shapes, facts.areas, strict=True):
        assert covers(told.shape.area(), shape)
        assert len(told.shape.points) <= 12
        assert told.floor_m <= -4 <= 12_000 <= told.ceiling_m
        assert told.start_ms <= START_MS
        assert told.end_ms >= END_MS


def test_own_aircraft_are_said_to_be_that(agreement: Agreement) -> None:
    lines = said(agreement, "ru", notice(CIRCLE, use=Use.AIRCRAFT))
    assert lines["6"].endswith("В этом районе находятся наши самолёты.")


def test_ids_are_spelled_sign_by_sign() -> None:
    assert spelled(TONGUES["en"], "a.b_9") == "ALFA DOT BRAVO UNDERSCORE NIN-ER"
    assert spelled(TONGUES["ar"], "x-1") == "X-RAY شرطة واحد"
    assert digits(TONGUES["ru"], "-09") == "минус ноль девять"
    assert all(len(set(tongue.digits)) == 10 for tongue in TONGUES.values())
