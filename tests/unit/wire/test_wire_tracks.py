from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError, OversizeError
from parley.rules.agreement import Agreement
from parley.rules.statements import Observation
from parley.space import Band, Position
from parley.wire.agreement import agreement_digest
from parley.wire.statement import decode, encode
from parley.wire.tracks_csv import MAX_LINE, observations_from_csv

HEADER = "time,track,lat,lon,uncertainty_m"
ROW = "2018-09-17T18:59:00Z,IL20,35.5,35.0,500"


def read(text: str, agreement: Agreement) -> list[Observation]:
    return observations_from_csv(
        text.encode(), "radar.csv", by="ru", role="ops", agreement=agreement
    )


def one(columns: str, cells: str, agreement: Agreement) -> Observation:
    (seen,) = read(f"{HEADER},{columns}\n{ROW},{cells}\n", agreement)
    return seen


def test_a_row_is_an_observation_that_can_be_signed(agreement: Agreement) -> None:
    (seen,) = read(f"\ufeff{HEADER}\r\n{ROW}\r\n\r\n", agreement)
    assert seen.position == Position(lat_deg=35.5, lon_deg=35.0)
    assert (seen.track, seen.owner, seen.band, seen.uncertainty_m) == ("IL20", "", None, 500)
    assert seen.source == "radar.csv"
    assert seen.header.agreement == agreement_digest(agreement)
    assert seen.header.at_ms == seen.seen_ms == 1_537_210_740_000
    assert decode(*encode(seen), sender="ru") == seen


def test_optional_columns(agreement: Agreement) -> None:
    seen = one("owner,label,source,emergency", 'ru,"Il-20, M",radar 1,yes', agreement)
    assert (seen.owner, seen.label, seen.source) == ("ru", "Il-20, M", "radar 1")
    assert seen.emergency
    assert not one("emergency", "", agreement).emergency


def test_heights_become_bands_rounded_outward(agreement: Agreement) -> None:
    assert one(
        "floor_m,ceiling_m,height_reference", "5000,5500.5,WGS84", agreement
    ).band == Band.metres(5000, 5500.5)
    assert one(
        "altitude_m,accuracy_m,height_reference", "5000,50,WGS84", agreement
    ).band == Band.metres(4950, 5050)
    assert one("floor_m,ceiling_m,height_reference", ",,", agreement).band is None


def test_feet_die_here_and_only_beside_a_reference(agreement: Agreement) -> None:
    band = one("altitude_ft,accuracy_ft,height_reference", "16404,100,WGS84", agreement).band
    assert band == Band.metres(16304 * 0.3048, 16504 * 0.3048)
    with pytest.raises(InputError, match="without a reference"):
        one("altitude_ft,accuracy_ft", "16404,100", agreement)
    with pytest.raises(InputError, match="'STD'"):
        one("altitude_ft,accuracy_ft,height_reference", "16404,100,STD", agreement)


@pytest.mark.parametrize(
    ("columns", "cells", "what", "where"),
    [
        ("floor_m,ceiling_m", "0,1", "without a reference", "line 2, column height_reference"),
        ("floor_m,height_reference", "0,WGS84", "make no band", "line 2"),
        (
            "floor_m,ceiling_ft,height_reference",
            "0,9,WGS84",
            "make no band",
            "line 2",
        ),
        (
            "floor_m,ceiling_m,height_reference",
            "9,1,WGS84",
            "above ceiling",
            "line 2, column floor_m",
        ),
        (
            "floor_m,ceiling_m,height_reference",
            "nan,1,WGS84",
            "not a number",
            "line 2, column floor_m",
        ),
        (
            "floor_m,ceiling_m,height_reference",
            "0,200000,WGS84",
            "out of range",
            "line 2, column floor_m.cm",
        ),
        ("owner", "fr", "no party", "line 2, column owner"),
        ("emergency", "maybe", "maybe", "line 2, column emergency"),
        ("label", "a\tb", "label", "line 2, column label"),
        ("owner", "ru,extra", "7 cells", "line 2"),
        ("target", "x", "'target' is unknown", "line 1"),
        ("lat", "1", "stands twice", "line 1"),
    ],
)
def test_what_is_wrong_is_named_with_line_and_column(
    agreement: Agreement, columns: str, cells: str, what: str, where: str
) -> None:
    with pytest.raises(InputError) as caught:
        one(columns, cells, agreement)
    assert what in caught.value.what
    assert caught.value.where == where
    assert caught.value.at_fault == "the author of radar.csv"
    assert caught.value.right


@pytest.mark.parametrize(
    ("row", "what", "column"),
    [
        ("2018-09-17T18:59:00,IL20,35,35,1", "without a zone", "time"),
        ("18:59Z,IL20,35,35,1", "bare time", "time"),
        ("2018-09-17T18:59:00Z,,35,35,1", "track", "track"),
        ("2018-09-17T18:59:00Z,IL 20,35,35,1", "track", "track"),
        ("2018-09-17T18:59:00Z,IL20,nan,35,1", "not a number", "lat"),
        ("2018-09-17T18:59:00Z,IL20,inf,35,1", "not a number", "lat"),
        ("2018-09-17T18:59:00Z,IL20,35N,35,1", "not a number", "lat"),
        ("2018-09-17T18:59:00Z,IL20,95,35,1", "outside", "lat"),
        ("2018-09-17T18:59:00Z,IL20,35,35,", "not a number", "uncertainty_m"),
        ("2018-09-17T18:59:00Z,IL20,35,35,-1", "uncertainty_m", "uncertainty_m"),
    ],
)
def test_a_wrong_cell_is_named(agreement: Agreement, row: str, what: str, column: str) -> None:
    with pytest.raises(InputError) as caught:
        read(f"{HEADER}\n{ROW}\n{row}\n", agreement)
    assert what in caught.value.what
    assert caught.value.where.startswith("line 3, column ")
    assert column in caught.value.where


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "time;track;lat;lon\n", "time,track\n", f'{HEADER}\n"unclosed', f'{HEADER}\n"a"b'],
)
def test_what_is_no_table_is_refused(agreement: Agreement, text: str) -> None:
    with pytest.raises(InputError):
        read(text, agreement)


def test_a_long_line_is_refused_before_it_is_split(agreement: Agreement) -> None:
    with pytest.raises(OversizeError, match="line 2"):
        read(f"{HEADER}\n{'x' * (MAX_LINE + 1)}\n", agreement)


def test_too_many_rows_are_refused(agreement: Agreement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.wire.tracks_csv.MAX_ROWS", 3)
    assert len(read(f"{HEADER}\n" + f"{ROW}\n" * 3, agreement)) == 3
    with pytest.raises(OversizeError, match="more than 3 rows"):
        read(f"{HEADER}\n" + f"{ROW}\n" * 4, agreement)


@given(st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_799_999_999))
def test_positions_keep_their_last_digit(agreement: Agreement, lat_e7: int, lon_e7: int) -> None:
    position = Position.from_e7(lat_e7=lat_e7, lon_e7=lon_e7)
    row = f"2018-09-17T18:59:00Z,IL20,{position.lat_deg:.7f},{position.lon_deg:.7f},1"
    assert read(f"{HEADER}\n{row}\n", agreement)[0].position == position
