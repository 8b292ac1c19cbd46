"""The watch on a terminal, as an officer reads it."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from parley.cli.live.watch_screen import screen

NOW_MS = 1_935_568_800_000
HOSTILE = "evil\x1b[2J\u202egnp\u2066\n\x07 name"
SHOWN = "evil\\u001b[2J\\u202egnp\\u2066\\u000a\\u0007 name"


def alarm(name: str, priority: str = "high", state: str = "unacknowledged", **more: Any) -> Any:
    finding = {"key": name, "level": "warning", "text": f"{name} enters the hazard of notice il-1"}
    base = {
        "key": name,
        "priority": priority,
        "state": state,
        "response": "Tell it to turn away before the hazard, or tell the activity to hold.",
        "finding": finding,
        "raised": "2031-05-03T09:58:07Z",
        "count": 1,
        "first_out": False,
        "acknowledged_by": "",
        "shelved_by": "",
        "shelved_until": None,
        "shelf_reason": "",
        "escalations": 0,
        "flood": False,
    }
    return base | more


def feed(name: str, state: str = "live", **more: Any) -> Any:
    base = {
        "name": name,
        "state": state,
        "reports": 1_204,
        "last_ms": NOW_MS - 2_000,
        "rejected": {},
        "error": "",
    }
    return base | more


def sensor(name: str, *codes: str, **more: Any) -> Any:
    base = {
        "sensor": name,
        "misaligned": bool(codes),
        "rotation_mdeg": 0,
        "range_m": 0,
        "offset_m": 40,
        "tracks": 12,
        "confidence_percent": 93,
        "codes": list(codes),
    }
    return base | more


def view(**more: Any) -> dict[str, Any]:
    rates = {"in_10_min": 3, "reference_in_10_min": 1, "in_day": 40, "reference_a_day": 150}
    base = {
        "now": "2031-05-03T10:00:00Z",
        "now_ms": NOW_MS,
        "last_ms": NOW_MS - 1_000,
        "swept": 61,
        "took_ms": 12,
        "tracks": {"live": 212, "coasting": 3, "lost": 1},
        "findings": [],
        "alarms": [],
        "shelved": [],
        "rates": rates,
        "feeds": [feed("roof")],
        "rejected": {},
    }
    return base | more


def drawn(what: dict[str, Any], width: int = 80, *, colour: bool = False) -> str:
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
    )
    console.print(screen(what, "Watch of il"))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


def flat(text: str) -> str:
    return " ".join(text.split())


BUSY = view(
    alarms=[
        alarm("aircraft LY123", "critical", first_out=True, count=3, escalations=1),
        alarm("aircraft MEA7", "high", "acknowledged", acknowledged_by="watch-officer"),
        alarm("aircraft THY9", "medium", "returned", flood=True),
        alarm("aircraft old", "low", "latched"),
    ],
    shelved=[
        alarm(
            "aircraft drill",
            "medium",
            "shelved",
            shelved_by="watch-officer",
            shelved_until="2031-05-03T10:30:00Z",
            shelf_reason="known drill",
        )
    ],
    flood={"began": "2031-05-03T09:55:00Z", "began_ms": 0, "count": 14, "first": []},
    findings=[{"key": "x", "level": "advisory", "text": "a gap in coverage of the north"}],
    sensors=[
        sensor("radar:19/201"),
        sensor("north", "rotation", rotation_mdeg=105_000, offset_m=90_000),
        sensor("east", "range", "by-shape", range_m=-750),
        sensor("south", "offset", offset_m=2_300),
    ],
    feeds=[
        feed("roof"),
        feed("hill", "silent", last_ms=NOW_MS - 65_000, rejected={"bad-crc": 7}),
        feed("sea", "connecting", last_ms=-1, error="connection refused"),
    ],
    rejected={"too-old": 4},
)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_nothing_is_cut_off_at_any_width(width: int) -> None:
    text = drawn(BUSY, width)
    assert all(len(line) <= width for line in text.splitlines())
    assert "…" not in text
    words = flat(text)
    for said in (
        "▲▲ CRITICAL NEW since 09:58:07",
        "the first of its group, 3 times, escalated",
        "seen by watch-officer",
        "over, not seen",
        "gathered in a flood",
        "over, held",
        "shelved by watch-officer until 10:30:00: known drill",
        "FLOOD since 09:55:00: 14 alarms gathered",
        "aircraft LY123 enters the hazard of notice il-1",
        "Do: Tell it to turn away before the hazard, or tell the activity to hold.",
        "1 CRITICAL, 1 HIGH, 1 MEDIUM, 1 LOW; 1 NEW",
        "● ADVISORY",
        "a gap in coverage of the north",
        "bad-crc 7",
        "connection refused",
        "Refused reports: too-old 4",
    ):
        assert said in words


def test_the_most_urgent_comes_first() -> None:
    text = drawn(BUSY)
    order = ["FLOOD", "LY123", "MEA7", "THY9", "Put aside", "besides", "Sensors:", "Feeds"]
    places = [text.index(word) for word in order]
    assert places == sorted(places)


def test_what_a_low_terminal_does_not_show_is_counted() -> None:
    """A picture drawn over the last one cannot be scrolled."""
    whole = drawn(BUSY).splitlines()
    console = Console(file=io.StringIO(), width=80)
    console.print(screen(BUSY, "Watch of il", rows=12))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 12
    assert [line.rstrip() for line in lines[:11]] == [line.rstrip() for line in whole[:11]]
    assert lines[11].startswith(f"▼ {len(whole) - 11} MORE LINES below")


def test_sensors_that_are_misaligned_come_first_and_say_how() -> None:
    words = flat(drawn(BUSY, 200))
    assert "▲ north MISALIGNED: turned by 105.0 degrees (12 tracks, 93 %)" in words
    assert "east MISALIGNED: ranges 750 m too short, judged by the shape of tracks" in words
    assert "south MISALIGNED: off by 2300 m" in words
    assert "radar:19/201 aligned (12 tracks)" in words
    assert words.index("south") < words.index("radar:19/201")


def test_a_feed_that_does_not_see_comes_first_with_its_trouble() -> None:
    words = flat(drawn(BUSY, 200))
    assert "▲ SILENT hill: 1204 reports, last 65 s ago; refused: bad-crc 7" in words
    assert "▲ CONNECTING sea: 1204 reports, nothing so far; connection refused" in words
    assert words.index("SILENT") < words.index("● LIVE")


def test_a_calm_picture_says_that_nothing_needs_the_officer() -> None:
    text = drawn(view())
    assert "Nothing needs you." in text
    assert "NOTHING IS" not in text
    assert "Sensors" not in text
    assert "tracks: 212 live, 3 coasting, 1 lost" in flat(text)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"feeds": [feed("roof", "silent")]}, "NOTHING IS SEEN: no feed is live."),
        ({"last_ms": -1}, "NOTHING IS JUDGED: no sweep so far."),
        ({"last_ms": NOW_MS - 25_000}, "NOTHING IS JUDGED: the last sweep was 25 s ago."),
    ],
)
def test_a_blind_watch_does_not_look_calm(more: dict[str, Any], said: str) -> None:
    text = drawn(view(**more))
    assert text.index(said) < text.index("Nothing needs you.")


def test_hostile_names_move_no_cursor_and_turn_no_line() -> None:
    text = drawn(
        view(
            alarms=[alarm(HOSTILE, acknowledged_by=HOSTILE, state=HOSTILE)],
            shelved=[
                alarm(
                    "[red]markup[/red]",
                    state="shelved",
                    shelved_by=HOSTILE,
                    shelved_until="2031-05-03T10:30:00Z",
                    shelf_reason=HOSTILE,
                )
            ],
            findings=[{"key": "x", "level": "info", "text": HOSTILE}],
            sensors=[sensor(HOSTILE), sensor(HOSTILE, "rotation")],
            feeds=[feed(HOSTILE, error=HOSTILE, rejected={HOSTILE: 1})],
            rejected={HOSTILE: 2},
        ),
        400,
    )
    assert not set(text) & set("\x1b\u202e\u2066\x07")
    assert flat(text).count(SHOWN) == 12
    assert "[red]markup[/red] enters" in text


def test_colour_is_never_the_only_sign() -> None:
    """The same words and shapes without colour."""
    assert re.sub(r"\x1b\[[0-9;]*m", "", drawn(BUSY, colour=True)) == drawn(BUSY)
