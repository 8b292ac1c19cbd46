"""What is read out to a unit that has no node."""

from __future__ import annotations

import math

import pytest

from parley.liaison.deliveries.rules import read_back_values
from parley.rules.statements import (
    Distress,
    Header,
    Item,
    Nonconformance,
    Notice,
    NoticeVolume,
    Phase,
    Report,
    Stop,
    Use,
)
from parley.space import Area, Band, Position, Span, Volume, format_mgrs
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS
from parley.wire.liaison.relaytext import relay_text

HEADER = Header("blue", "duty", DAWN_MS, ("green",), "0" * 64)
HERE = Position(lat_deg=40.0, lon_deg=20.0)
SPAN = Span(DAWN_MS, DAWN_MS + 600_000)


def notice(*areas: Area) -> Notice:
    placed = [NoticeVolume(Use.ACTIVITY, Volume(a, Band.metres(100, 900), SPAN)) for a in areas]
    return Notice(HEADER, "blue-1", 2, "transit", tuple(placed), place="lake")


def ring(corners: int) -> Area:
    turns = (2 * math.pi * n / corners for n in range(corners))
    return Area.polygon(
        Position(lat_deg=40 + math.cos(turn), lon_deg=20 + math.sin(turn)) for turn in turns
    )


def test_a_notice_is_told_with_its_window_its_band_and_every_notation() -> None:
    said = notice(Area.circle(HERE, 8_000))
    lines = relay_text(said, "Battery 4", read_back_values(small_agreement(), said)).split("\n")
    assert lines == [
        "To Battery 4: NOTICE blue-1, version 2.",
        "From blue, said 14 Nov 2213Z (2023-11-14T22:13:20Z).",
        "Activity transit, 14 Nov 2213Z (2023-11-14T22:13:20Z) to 14 Nov 2223Z"
        " (2023-11-14T22:23:20Z).",
        "1. activity, 100 to 900 m above the ellipsoid, 14 Nov 2213Z (2023-11-14T22:13:20Z) to"
        " 14 Nov 2223Z (2023-11-14T22:23:20Z): within 8.0 km of",
        f"   40.0000000N 020.0000000E | 40°00'00.0000\"N 020°00'00.0000\"E | {format_mgrs(HERE)}",
        "Read back: ceiling-m 900; end 2023-11-14T22:23:20.000Z; floor-m 100; place lake;"
        " start 2023-11-14T22:13:20.000Z.",
        "Say who took this and when.",
    ]


@pytest.mark.parametrize("corners", [3, 24, 25, 500])
def test_a_shape_of_many_corners_fits_into_one_relay(corners: int) -> None:
    text = relay_text(notice(ring(corners), ring(corners)), "Battery 4", ())
    assert len(text) <= 4_000
    assert ("all within" in text) == (corners > 12)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Stop(HEADER, "blue-1", 1, None), "STOP everywhere."),
        (Distress(HEADER, "blue-1", 1, "cutter", HERE, 50, DAWN_MS), "In distress: cutter"),
        (
            Report(HEADER, "b-1", 1, "battery", Phase.OPEN, DAWN_MS, Area.point(HERE)),
            "battery open",
        ),
        (Nonconformance(HEADER, "b-1", 1, "", (), DAWN_MS, Area.point(HERE)), "nonconforming: at"),
    ],
)
def test_every_kind_of_item_can_be_told(said: Item, words: str) -> None:
    assert words in relay_text(said, "Guns", read_back_values(small_agreement(), said))
