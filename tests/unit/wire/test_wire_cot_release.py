"""Who is told what over a TAK server: the rule alone."""

from __future__ import annotations

import pytest

from parley.errors import ConfigError
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.statements import Distress, Header, Item, Notice, Stop
from parley.testing.clock import DAWN_MS
from parley.wire.cot.release import (
    KINDS,
    NOTICES,
    TakRelease,
    finding_released,
    item_released,
    released,
    track_released,
)


def head(by: str, *to: str) -> Header:
    return Header(by, "duty", DAWN_MS, to, "small")


def a_notice(item: str, by: str, *to: str) -> Notice:
    return Notice(head(by, *to), item, 1, "transit", ())


TO_GREEN = a_notice("blue-1", "blue", "green")
TO_WHITE = a_notice("blue-2", "blue", "white")
OF_GREEN = a_notice("green-1", "green", "blue")
ITEMS: dict[str, Item] = {f"notice:{n.item}": n for n in (TO_GREEN, TO_WHITE, OF_GREEN)}
OWNERS = {"icao:1": "green", "icao:2": "blue"}
OWN_ALL = TakRelease("blue", kinds=KINDS)
GREEN_ALL = TakRelease("blue", "green", KINDS)
GREEN_ALERTS = TakRelease("blue", "green", frozenset({"alerts"}))


def about(*refs: str, parties: tuple[str, ...] = ("blue", "green")) -> Finding:
    return finding(Kind.CONFLICT, Level.URGENT, refs, parties=parties, window_ms=(DAWN_MS, DAWN_MS))


def shown(to: TakRelease, found: Finding) -> bool:
    return finding_released(to, found, ITEMS.get, lambda track: OWNERS.get(track, ""))


def test_nothing_but_stop_and_distress_by_default() -> None:
    nothing = TakRelease("blue")
    assert not any(released(nothing, kind, ("blue", "green")) for kind in KINDS)
    assert not item_released(nothing, NOTICES, TO_GREEN)
    assert not track_released(nothing)
    assert not shown(nothing, about("notice:blue-1"))


def test_stop_and_distress_are_never_held_back() -> None:
    stop = Stop(head("blue", "white"), "blue-9", 1, None, "", "")
    distress = Distress(head("white", "blue"), "white-9", 1, "amber", None, 0, DAWN_MS)
    for to in (TakRelease("blue"), TakRelease("blue", "green"), OWN_ALL):
        assert item_released(to, NOTICES, stop)
        assert item_released(to, NOTICES, distress)


def test_another_party_sees_what_was_addressed_to_it_or_is_its_own() -> None:
    assert item_released(GREEN_ALL, NOTICES, TO_GREEN)
    assert item_released(GREEN_ALL, NOTICES, OF_GREEN)
    assert not item_released(GREEN_ALL, NOTICES, TO_WHITE)
    assert item_released(OWN_ALL, NOTICES, TO_WHITE)


def test_another_party_sees_findings_that_concern_it_about_what_it_may_see() -> None:
    assert shown(GREEN_ALL, about("notice:blue-1@3", "notice:green-1@1"))
    assert not shown(GREEN_ALL, about("notice:blue-1", parties=("blue", "white")))
    assert not shown(GREEN_ALL, about("notice:blue-2", "notice:green-1"))
    assert not shown(GREEN_ALL, about("notice:green-1", "presence:blue-5"))
    assert not shown(GREEN_ALL, about("notice:unheard-of"))
    assert not shown(GREEN_ALL, about("sensor:radar-7"))
    assert shown(OWN_ALL, about("notice:green-1", "presence:blue-5"))


def test_a_track_in_a_finding_is_its_own_or_tracks_are_listed() -> None:
    assert shown(GREEN_ALERTS, about("notice:blue-1", "track:icao:1"))
    assert not shown(GREEN_ALERTS, about("notice:blue-1", "track:icao:2"))
    assert not shown(GREEN_ALERTS, about("notice:blue-1", "track:icao:unknown"))
    assert shown(GREEN_ALL, about("notice:blue-1", "track:icao:2"))


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="presences"):
        TakRelease("blue", kinds=frozenset({"presences"}))
