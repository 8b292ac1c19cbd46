"""Who a report is about: the strongest identity, in a form that can stand anywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parley.rules.findings import Kind, Level, bare, finding
from parley.watch.report import Ident, sound


def test_the_strongest_identity_names_the_track() -> None:
    whole = Ident("4ca216", "1234", "EIN5GV", "cot:a", "7")
    assert whole.key("roof") == "icao:4ca216"
    assert Ident(uid="cot:a", number="7").key("roof") == "cot:a"
    assert Ident(number="7", callsign="EIN5GV").key("roof") == "roof/7"
    assert Ident(callsign="EIN5GV").key("roof") == "call:EIN5GV"
    assert Ident(mode3a="1234").key("roof") == ""


@given(st.text())
def test_a_name_can_stand_in_a_key_and_in_a_file(name: str) -> None:
    made = Ident(uid=name).key("roof")
    assert "|" not in made
    assert made == "" or made.isprintable()
    made.encode()


def test_a_lone_surrogate_is_no_letter() -> None:
    assert sound("ops\ud800|x\n") == "ops__x_"


def test_what_feeds_named_has_no_version() -> None:
    assert bare("notice:il-1@2") == "notice:il-1"
    assert bare("track:ops@north") == "track:ops@north"
    pair = [
        finding(
            Kind.BYSTANDER,
            Level.URGENT,
            ("notice:il-1@2", f"track:ops@{side}"),
            parties=(),
            window_ms=(0, 1),
        ).key
        for side in ("north", "south")
    ]
    assert len(set(pair)) == 2
