from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.rules.hazard import hazard_rows
from parley.rules.statements import Draft, Header, Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.statements import notices
from parley.wire.assumed import Assumed
from parley.wire.conversion import (
    READ_FORMATS,
    WRITTEN_FORMATS,
    Hints,
    Wanted,
    draft_to_geojson,
    drafts_from,
    format_of,
    notice_as,
)
from parley.wire.geojson import draft_from_geojson
from parley.wire.instants import parse_instant
from parley.wire.kml import draft_from_kml, notice_to_kml

START_MS = parse_instant("2018-09-17T18:40:00Z")
WANTED = Wanted(fir="OSTT", country="SYR")


def notice() -> Notice:
    square = Area.polygon(
        [
            Position(lat_deg=35, lon_deg=35),
            Position(lat_deg=35, lon_deg=35.5),
            Position(lat_deg=35.4, lon_deg=35.2),
        ]
    )
    volume = Volume(square, Band.metres(0, 5_000), Span(START_MS, START_MS + 3_600_000))
    placed = (NoticeVolume(Use.ACTIVITY, volume),)
    return Notice(Header("il", "ops", 0, ("ru",), ""), "il-1", 1, "strike", placed)


@given(notices)
@settings(max_examples=20, deadline=None)
def test_a_draft_as_geojson_is_read_back_as_it_was(said: Notice) -> None:
    draft = Draft(said.activity_class, said.volumes, said.place, said.text, said.item)
    for one in (draft, Draft(draft.activity_class, draft.volumes)):
        made = draft_to_geojson(one)
        assert "parley" not in made
        back = draft_from_geojson(json.dumps(made).encode(), "d", None)
        assert draft_to_geojson(back) == made
        assert [v.volume.band for v in back.volumes] == [v.volume.band for v in one.volumes]
        assert (back.item, back.text) == (one.item, one.text)


def test_what_is_written_is_read_back_by_the_same_table(agreement: Agreement) -> None:
    hints = Hints(
        "strike", half_width_m=100, floor_m=0, ceiling_m=1, start_ms=START_MS, end_ms=START_MS
    )
    for form in sorted(set(WRITTEN_FORMATS) & set(READ_FORMATS)):
        file = notice_as(notice(), form, agreement, WANTED, Assumed())
        assert format_of(file.name, file.data) == form
        (draft,), _ = drafts_from(file.data, file.name, form, agreement, hints, Assumed())
        assert len(draft.volumes) == 1


def test_every_format_says_how_it_is_marked_unless_its_author_makes_it_public(
    agreement: Agreement,
) -> None:
    public = Wanted(fir="OSTT", country="SYR", public=True)
    for form in WRITTEN_FORMATS:
        marked = notice_as(notice(), form, agreement, WANTED, Assumed()).data
        assert b"TLP:AMBER+STRICT // REL TO RU // ORCON IL" in b" ".join(marked.split()), form
        assert b"TLP:" not in notice_as(notice(), form, agreement, public, Assumed()).data, form


def test_formats_that_are_not_there_are_named(agreement: Agreement) -> None:
    with pytest.raises(InputError, match="not written"):
        notice_as(notice(), "pdf", agreement, WANTED, Assumed())
    with pytest.raises(FormatError, match="not read"):
        drafts_from(b"", "x", "pdf", None, Hints(), Assumed())
    with pytest.raises(FormatError, match="no known format"):
        format_of("plan.docx", b"")


def test_a_json_file_is_known_by_what_stands_in_it() -> None:
    assert format_of("a.JSON", b'{"features": [{"geometry": null}]}') == "geojson"
    assert format_of("a.json", b'{"horizontalProjection": 1}') == "ed269"
    assert format_of("A.NOTAM", b"") == "notam"


def test_kml_draws_the_hazards_and_reads_none_of_them_back(agreement: Agreement) -> None:
    hazards = [row.volume for row in hazard_rows(agreement, notice())]
    assert hazards
    data = notice_to_kml(notice(), marking="TLP:RED & <more>", hazards=hazards)
    text = data.decode()
    assert text.count("<name>hazard") == len(hazards)
    assert text.count("<description>TLP:RED &amp; &lt;more&gt;</description>") == 2 + len(hazards)
    assert draft_from_kml(data, "plan.kml", agreement).volumes == notice().volumes
