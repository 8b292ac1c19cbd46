from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from parley.errors import InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Header, Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.wire.forms.facts import facts_of
from parley.wire.forms.script import phone_script
from parley.wire.forms.sheet import FIELDS, form_html, form_rows, form_text
from parley.wire.instants import parse_instant

START_MS = parse_instant("2018-09-17T18:40:00Z")
BANNER = "TLP:AMBER // REL TO RU"
PAGE_LINES = 58
"""Lines of 10 points that fit between the margins of an A4 page, markings and title taken off."""


def notice(count: int = 1, corners: int = 0, place: str = "latakia") -> Notice:
    shapes = [Area.circle(Position(lat_deg=35 + n / 10, lon_deg=35.8), 4_000) for n in range(count)]
    if corners:
        ring = [
            Position(lat_deg=35 + n % 2 / 1000 + n / 100, lon_deg=35 + (0 if n else 1))
            for n in range(corners)
        ]
        shapes = [Area.corridor(ring, 1_000)] * count
    volumes = tuple(
        NoticeVolume(Use.ACTIVITY, Volume(s, Band.metres(0, 12_000), Span(START_MS, START_MS + 1)))
        for s in shapes
    )
    return Notice(Header("il", "ops", 0, ("ru", "un"), ""), "il-1", 1, "strike", volumes, place)


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.rows += tag == "tr"
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_paper_form_word_for_word(agreement: Agreement) -> None:
    text = form_text(facts_of(notice(), agreement), banner=BANNER, zones=("Europe/Moscow",))
    assert text == "\n".join(
        (
            "TLP:AMBER // REL TO RU",
            "NOTICE FORM il-1 version 1",
            "=" * 78,
            "    1  From                il: Party IL, ops",
            "    2  Exercise or real    REAL",
            "    3  Notice and version  il-1 version 1",
            "    4  Activity            strike: Air-to-ground activity",
            "    5  Place               Latakia",
            "    6  Area                circle 4000 m, 350000N 0354800E",
            "    7  Heights             0 to 12000 m (0 to 39400 ft) above WGS-84",
            "   8a  Times: from         2018-09-17T18:40:00Z / 21:40 +03:00 Mon 17 Sep 2018",
            "                           Europe/Moscow",
            "   8b  Times: until        2018-09-17T18:41:00Z / 21:41 +03:00 Mon 17 Sep 2018",
            "                           Europe/Moscow",
            "    9  To, and reply owed  ru, un: read back 3, 5 to 8; then accepted /",
            "                           objected / unable",
            "   10  Read back by        3 [ ]  5 [ ]  6 [ ]  7 [ ]  8 [ ]   right: [ ]",
            "                           wrong: [ ]",
            "   11  Reply               accepted [ ]  objected [ ]  unable [ ]",
            "   12  Call                at (Zulu) ________  with ______________  by",
            "                           ______________",
            "=" * 78,
            "TLP:AMBER // REL TO RU",
            "",
        )
    )


def test_form_and_script_have_one_numbering(agreement: Agreement) -> None:
    for count in (1, 3):
        facts = facts_of(notice(count), agreement)
        script = {line.number: line.value for line in phone_script(facts, "en", banner="").lines}
        form = {number: value for number, _, value in form_rows(facts)}
        assert set(script) <= set(form)
        for number in script:
            if number[0] in "678":
                assert script[number] == form[number]
        assert {number.rstrip("ab").partition(".")[0] for number in form} == set(map(str, FIELDS))


@pytest.mark.parametrize(("count", "corners"), [(1, 0), (64, 0), (64, 150), (5, 12)])
def test_the_form_fits_one_page(agreement: Agreement, count: int, corners: int) -> None:
    facts = facts_of(notice(count, corners), agreement)
    assert len(form_text(facts, banner=BANNER).splitlines()) <= PAGE_LINES


def test_the_page_is_well_formed_marked_twice_and_for_a4(agreement: Agreement) -> None:
    facts = replace(facts_of(notice(), agreement), by_name="A <b> & Co")
    page = form_html(facts, banner="TLP:RED // <x>")
    cells = _Cells()
    cells.feed(page)
    assert cells.open == []
    assert cells.rows == 13
    assert page.count("TLP:RED // &lt;x&gt;") == 2
    assert "A &lt;b&gt; &amp; Co" in page
    assert "@page{size:A4" in page
    assert page == form_html(facts, banner="TLP:RED // <x>")


def test_a_notice_of_another_agreement_has_no_form(agreement: Agreement) -> None:
    with pytest.raises(InputError):
        facts_of(replace(notice(), activity_class="kites"), agreement)
    with pytest.raises(InputError):
        facts_of(notice(place="atlantis"), agreement)
