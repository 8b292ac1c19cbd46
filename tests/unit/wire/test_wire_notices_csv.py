from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Header, Notice, Use
from parley.space import Area, Position
from parley.testing.statements import notices
from parley.wire.notices_csv import MAX_ROWS, WRITTEN, drafts_from_csv, guarded, notices_to_csv

HEAD = (
    "item,class,use,shape,positions,size_m,floor_m,ceiling_m,height_reference,start,end,place,text"
)
WHEN = "2018-09-17T18:40:00Z,2018-09-17T21:40:00+03:00,,"
ROW = f"a,strike,,circle,35.52N 35.80E,4000,0,5000,WGS84,{WHEN}hello"


def read(*rows: str, head: str = HEAD) -> tuple[object, ...]:
    return drafts_from_csv("\n".join((head, *rows)).encode(), "n.csv", None)


def test_rows_of_one_item_are_one_draft(agreement: Agreement) -> None:
    more = "b,strike,aircraft,corridor,35N 35E; 35.5N 35.5E,500,0,5000,WGS84," + WHEN
    square = 'a,strike,,polygon,"35N 35E; 35N 36E; 36N 36E",,0,5000,WGS84,' + WHEN
    text = "\n".join((HEAD, ROW, more, square))
    first, second = drafts_from_csv(text.encode(), "n.csv", agreement)
    assert (first.item, len(first.volumes), first.text) == ("a", 2, "hello")
    assert first.volumes[0].volume.area == Area.circle(Position(lat_deg=35.52, lon_deg=35.8), 4_000)
    assert (second.item, second.volumes[0].use) == ("b", Use.AIRCRAFT)
    assert second.volumes[0].volume.area.kind == "path"


def test_a_place_stands_for_its_area(agreement: Agreement) -> None:
    row = "a,strike,,,,,0,5000,WGS84,2018-09-17T18:40:00Z,2018-09-17T18:50:00Z,latakia,"
    (draft,) = drafts_from_csv(f"{HEAD}\n{row}".encode(), "n.csv", agreement)
    assert draft.volumes[0].volume.area == agreement.named_area("latakia").area


@given(st.lists(notices, min_size=1, max_size=3, unique_by=lambda n: n.item))
@settings(max_examples=60, deadline=None)
def test_there_and_back_is_the_same(said: list[Notice]) -> None:
    text = notices_to_csv(said, {said[0].item: "TLP:RED"})
    assert text == notices_to_csv(said, {said[0].item: "TLP:RED"})
    back = drafts_from_csv(text.encode(), "n.csv", None)
    for notice, draft in zip(said, back, strict=True):
        assert draft.volumes == notice.volumes
        assert (draft.item, draft.activity_class) == (notice.item, notice.activity_class)
        assert (draft.place, draft.text) == (notice.place, notice.text.strip())


@given(st.text(max_size=40))
def test_no_cell_begins_as_a_formula(text: str) -> None:
    header = Header("il", "ops", 0, (), "")
    row = notices_to_csv(
        [Notice(header, "il-1", 1, "strike", _volumes(), "", text)], {"il-1": text}
    )
    cells = list(csv.reader(io.StringIO(row, newline="")))[1]
    for cell in cells:
        number = cell.removeprefix("-").removeprefix("+").replace(".", "", 1).isdigit()
        assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def _volumes() -> tuple:  # type: ignore[type-arg]
    (draft,) = drafts_from_csv(f"{HEAD}\n{ROW}".encode(), "n.csv", None)
    return draft.volumes


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-cmd", "'-cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("'quoted", "''quoted"),
        ("-3.5", "-3.5"),
        ("hello", "hello"),
        ("", ""),
    ],
)
def test_cells_are_guarded(cell: str, safe: str) -> None:
    assert guarded(cell) == safe


def test_a_guarded_cell_is_read_as_it_was() -> None:
    (draft,) = drafts_from_csv(f"{HEAD}\n{ROW[:-5]}'=1+1".encode(), "n.csv", None)
    assert draft.text == "=1+1"


def test_columns_of_the_export_are_read_and_a_byte_order_mark_too() -> None:
    header = Header("il", "ops", 0, (), "", True)
    text = notices_to_csv([Notice(header, "il-1", 3, "strike", _volumes())], {"il-1": "TLP:AMBER"})
    assert text.splitlines()[0] == ",".join(WRITTEN)
    assert ",3,il,yes,TLP:AMBER," in text
    (draft,) = drafts_from_csv(b"\xef\xbb\xbf" + text.encode(), "n.csv", None)
    assert draft.item == "il-1"


@pytest.mark.parametrize(
    ("head", "row", "what"),
    [
        (HEAD.replace("text", "reason"), ROW, "column 'reason' is unknown"),
        (HEAD.replace(",", ";"), ROW, "unknown"),
        (HEAD.replace("text", "item"), ROW, "stands twice"),
        (HEAD.replace("floor_m,", ""), ROW, "floor_m is missing"),
        (HEAD, ROW + ",more", "14 cells"),
        (HEAD, ROW.replace("circle", "square"), "shape 'square'"),
        (HEAD, ROW.replace("circle", ""), "positions without a shape"),
        (HEAD, ROW.replace("35.52N 35.80E", "35.52N"), "no position"),
        (HEAD, ROW.replace("35.52N 35.80E", "35N 35E; 36N 36E"), "circle of 2"),
        (HEAD, ROW.replace("35.52N 35.80E", ""), "0 positions"),
        (HEAD, ROW.replace("4000", "4km"), "no length"),
        (HEAD, ROW.replace("4000", ""), "without radius_m"),
        (HEAD, ROW.replace("5000", "16000ft"), "in feet"),
        (HEAD, ROW.replace("WGS84", "AMSL"), "height reference"),
        (HEAD, ROW.replace("T18:40:00Z", "T18:40:00"), "without a zone"),
        (HEAD, ROW.replace(",strike,", ",STRIKE,"), "class"),
        (HEAD, '"open', "not CSV"),
        (HEAD, "x" * 400_001, "characters"),
        (HEAD, "\n".join([ROW] * (MAX_ROWS + 1)), "rows"),
        (HEAD, "\n".join([ROW] * 65), "65 volumes"),
        (HEAD, "", "no row"),
        ("", "", "header row"),
    ],
)
def test_wrong_and_hostile_tables_are_refused_by_line(head: str, row: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        read(row, head=head)
    assert caught.value.at_fault == "the author of n.csv"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for content in (data, HEAD.encode() + b"\n" + data):
        try:
            drafts_from_csv(content, "n.csv", None)
        except InputError:
            continue
