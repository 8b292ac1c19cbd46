"""Cursor on Target out: what stands at a node, as TAK clients see it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from parley.rules.findings import Kind, Level, finding
from parley.rules.hazard import hazard_rows
from parley.rules.statements import (
    Deviation,
    Distress,
    Header,
    Nonconformance,
    Notice,
    NoticeVolume,
    Stop,
    Use,
)
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.agreements import HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS
from parley.watch.tracks import Status, Tracks
from parley.wire.cot.areas import astray_events, hazard_events, notice_events
from parley.wire.cot.event import MAX_EVENT_BYTES, CotEvent, event_xml, parse_event
from parley.wire.cot.out import CotVoice, said_of
from parley.wire.cot.proto import event_to_proto

VOICE = CotVoice("blue", version="1.2")
HEADER = Header("blue", "duty", DAWN_MS, ("green",), "small")
DRILL = dataclasses.replace(HEADER, exercise=True)
SPAN = Span(DAWN_MS + HOUR_MS, DAWN_MS + 2 * HOUR_MS)
SQUARE = tuple(
    Position(lat_deg=lat, lon_deg=lon)
    for lat, lon in ((40.0, 20.0), (40.0, 20.1), (40.1, 20.1), (40.1, 20.0))
)


def notice(*areas: Area, header: Header = HEADER, text: str = "") -> Notice:
    placed = tuple(
        NoticeVolume(Use.ACTIVITY, Volume(area, Band.metres(100, 900), SPAN)) for area in areas
    )
    return Notice(header, "blue-1", 1, "live-activity", placed, text=text)


def drawn(*areas: Area, header: Header = HEADER, text: str = "") -> list[CotEvent]:
    return notice_events(VOICE.uid_of, notice(*areas, header=header, text=text), DAWN_MS)


def ring(event: CotEvent) -> list[tuple[float, float]]:
    points = [e.get("point").split(",") for e in event.detail if e.tag == "link"]
    return [(float(lat), float(lon)) for lat, lon, _ in points]


def value(event: CotEvent, tag: str, name: str = "value") -> str:
    found = event.find(tag)
    assert found is not None
    return found.get(name)


def test_a_polygon_is_drawn_as_it_is_and_closed() -> None:
    (event,) = drawn(Area.polygon(SQUARE))
    assert (event.type, event.uid) == ("u-d-f", "parley.blue.notice:blue-1/0")
    corners = ring(event)
    assert corners[0] == corners[-1]
    assert set(corners) == {(p.lat_deg, p.lon_deg) for p in SQUARE}
    assert (event.hae_m, value(event, "height")) == (100.0, "800.00")
    assert (event.start_ms, event.stale_ms) == (SPAN.start_ms, SPAN.end_ms)
    assert event.callsign == "blue-1 live-activity"
    assert "100 to 900 m above the WGS-84 ellipsoid" in event.remarks


def test_a_circle_is_a_circle() -> None:
    (event,) = drawn(Area.circle(SQUARE[0], 1_234.5))
    shape = event.find("shape")
    assert event.type == "u-d-c-c"
    assert shape is not None
    assert shape.children[0].attributes == {"major": "1234.50", "minor": "1234.50", "angle": "360"}


@pytest.mark.parametrize(
    "area",
    [
        Area.corridor(SQUARE[:3], 2_000),
        Area.polygon(SQUARE).buffered(5_000),
    ],
)
def test_what_is_no_plain_polygon_is_held_by_what_is_drawn(area: Area) -> None:
    (event,) = drawn(area)
    assert len(event_xml(event)) < MAX_EVENT_BYTES
    held = Area.polygon(Position(lat_deg=lat, lon_deg=lon) for lat, lon in ring(event)[:-1])
    assert all(held.contains(vertex) for vertex in area.vertices)


def many(every: int) -> Area:
    """6,283 corners on an ellipse, or every so many of them."""
    turns = [n / 1000 for n in range(0, 6283, every)]
    return Area.polygon(
        Position(lat_deg=40 + 0.3 * float(np.sin(t)), lon_deg=20 + 0.3 * float(np.cos(t)))
        for t in turns
    )


def test_what_has_many_corners_is_held_by_a_polygon_of_fewer() -> None:
    area = many(4)
    (event,) = drawn(area)
    assert event.type == "u-d-f"
    assert len(event_xml(event)) < MAX_EVENT_BYTES
    held = Area.polygon(Position(lat_deg=lat, lon_deg=lon) for lat, lon in ring(event)[:-1])
    assert all(held.contains(vertex) for vertex in area.vertices)


def test_what_has_too_many_corners_is_held_by_a_circle() -> None:
    area = many(1)
    (event,) = drawn(area)
    shape = event.find("shape")
    assert shape is not None
    centre = Position(lat_deg=event.lat_deg, lon_deg=event.lon_deg)
    held = Area.circle(centre, float(shape.children[0].get("major")))
    assert all(held.contains(vertex) for vertex in area.vertices)


def test_the_antimeridian_cuts_an_area_in_two_events() -> None:
    corners = ((10.0, 179.5), (10.0, -179.5), (11.0, -179.5), (11.0, 179.5))
    events = drawn(Area.polygon(Position(lat_deg=a, lon_deg=o) for a, o in corners))
    assert [e.uid for e in events] == [f"parley.blue.notice:blue-1/0/{n}" for n in (1, 2)]
    assert all(abs(lon) <= 180 for event in events for _, lon in ring(event))


def test_hazards_say_what_they_are_and_why() -> None:
    rows = hazard_rows(small_agreement(), notice(Area.polygon(SQUARE)))
    events = hazard_events(VOICE.uid_of, rows, DAWN_MS, exercise=False)
    assert events
    assert all(event.callsign.startswith("HAZARD blue-1: ") for event in events)
    assert len({event.uid for event in events}) == len(events)
    causes = {event.callsign.partition(": ")[2] for event in events}
    assert {"activity", "no all-clear yet"} <= causes


def test_a_volume_that_is_over_is_not_drawn() -> None:
    assert not notice_events(VOICE.uid_of, notice(Area.polygon(SQUARE)), SPAN.end_ms)


def test_an_exercise_says_so_everywhere() -> None:
    said = drawn(Area.polygon(SQUARE), header=DRILL)
    said += VOICE.stop(Stop(DRILL, "blue-2", 1, None, "", ""), DAWN_MS)
    said += VOICE.distress(Distress(DRILL, "blue-3", 1, "amber", None, 0, DAWN_MS), DAWN_MS)
    astray = Nonconformance(
        DRILL, "blue-4", 1, "", (Deviation.PLACE,), DAWN_MS, Area.circle(SQUARE[0], 100)
    )
    said += astray_events(VOICE.uid_of, astray, DAWN_MS)
    for event in said:
        words = event.find("__chat")
        name = words.get("senderCallsign") if words is not None else event.callsign
        assert name.startswith("EXERCISE "), event
        assert event.remarks.startswith("EXERCISE "), event


def test_stop_is_a_large_text_and_an_alert_and_its_end_takes_it_back() -> None:
    stop = Stop(HEADER, "blue-2", 1, Area.circle(SQUARE[0], 5_000), "", "he flies below")
    alert, chat, marker = VOICE.stop(stop, DAWN_MS)
    assert [e.type for e in (alert, chat, marker)] == ["b-a-g", "b-t-f", "b-m-p-s-m"]
    assert chat.remarks.startswith("STOP STOP STOP. blue-2 by blue")
    assert "he flies below" in chat.remarks
    assert (alert.lat_deg, alert.lon_deg) == (40.0, 20.0)
    cancel, withdrawn, lifted = VOICE.stop_over(stop, DAWN_MS)
    assert (cancel.type, cancel.uid) == ("b-a-o-can", alert.uid)
    assert (withdrawn.type, value(withdrawn, "link", "uid")) == ("t-x-d-d", marker.uid)
    assert lifted.remarks == "STOP blue-2 by blue is lifted."
    assert lifted.uid != chat.uid


def test_distress_is_the_only_911_alert() -> None:
    item = Distress(HEADER, "blue-3", 1, "amber 1", SQUARE[0], 500, DAWN_MS, "engine out")
    alert, chat = VOICE.distress(item, DAWN_MS)
    assert alert.type == "b-a-o-tbl"
    assert value(alert, "emergency", "type") == "911 Alert"
    assert alert.ce_m == pytest.approx(500 / 2.4477)
    assert "DISTRESS amber 1" in chat.remarks
    cancel, _ = VOICE.distress_over(item, DAWN_MS)
    assert (cancel.type, cancel.uid) == ("b-a-o-can", alert.uid)
    assert value(cancel, "emergency", "cancel") == "true"
    said = VOICE.stop(Stop(HEADER, "blue-2", 1, None, "", ""), DAWN_MS)
    assert not [e for e in said if e.type.startswith("b-a-o")]


def test_an_alert_without_a_place_has_no_marker_and_stands_nowhere() -> None:
    found = finding(
        Kind.CONFLICT,
        Level.URGENT,
        ("notice:blue-1@1", "notice:green-1@1"),
        parties=("blue", "green"),
        window_ms=(DAWN_MS, DAWN_MS),
    )
    said = said_of(found, "two at one place", None)
    alert, chat = VOICE.alert(said, DAWN_MS)
    assert (alert.lat_deg, alert.lon_deg, str(alert.ce_m)) == (0.0, 0.0, "nan")
    assert chat.remarks == "two at one place"
    again = VOICE.alert(said, DAWN_MS + 1_000)
    assert [e.uid for e in again] == [alert.uid, chat.uid]
    worse = said_of(dataclasses.replace(found, level=Level.WARNING), "x", None)
    assert VOICE.alert(worse, DAWN_MS)[1].uid != chat.uid


def tracks(*owners: str, status: Status = Status.LIVE) -> Tracks:
    n = len(owners)
    ones = np.ones(n)
    return Tracks(
        DAWN_MS,
        tuple(f"icao:{i:06x}" for i in range(n)),
        40 * ones,
        20 * ones,
        100 * ones,
        80 * ones,
        270 * ones,
        0 * ones,
        np.full(n, np.nan),
        1_000 * ones,
        50 * ones,
        np.full(n, DAWN_MS - 500, np.int64),
        0 * ones,
        np.full(n, status, np.uint8),
        np.ones(n, np.uint8),
        np.zeros(n, bool),
        np.zeros(n, bool),
        np.zeros(n, bool),
        owners,
        tuple(f"AMBER {i}" for i in range(n)),
    )


def test_tracks_are_ours_anothers_or_unknown_and_never_hostile() -> None:
    picture = tracks("blue", "green", "")
    events = [VOICE.track(picture, n, DAWN_MS) for n in range(3)]
    assert [event.type for event in events] == ["a-f-A-C-F", "a-n-A-C-F", "a-u-A-C-F"]
    assert events[0].uid == "parley.blue.track:icao:000000"
    assert events[0].ce_m == pytest.approx(40.85, abs=0.01)
    assert value(events[0], "track", "speed") == "80.00"
    assert [VOICE.track(picture, n, DAWN_MS, uas=True).type for n in range(3)] == [
        "a-f-A-M-F-Q",
        "a-n-A-M-F-Q",
        "a-u-A-M-F-Q",
    ]


def test_a_lost_track_is_shown_as_lost() -> None:
    event = VOICE.track(tracks("", status=Status.LOST), 0, DAWN_MS)
    assert event.callsign == "AMBER 0 LOST"
    assert "LOST: last seen" in event.remarks


def test_the_first_word_says_what_speaks() -> None:
    event = VOICE.self_sa(DAWN_MS)
    assert (event.uid, event.callsign) == ("parley.blue", "PARLEY-BLUE")
    assert value(event, "takv", "version") == "1.2"


def test_no_text_breaks_an_event_and_none_is_too_large() -> None:
    nasty = '</detail></event><event uid="x">' + "\x00\x1b\ud800]]>&" * 300
    (event,) = drawn(Area.polygon(SQUARE), text=nasty)
    read = parse_event(event_xml(event))
    assert (read.uid, read.type) == (event.uid, event.type)
    assert event_to_proto(event)
    assert len(event_xml(event)) < MAX_EVENT_BYTES


def test_a_long_ref_has_a_short_uid() -> None:
    ref = "track:" + "x" * 500
    assert len(VOICE.uid_of(ref)) < 60
    assert VOICE.uid_of(ref) == VOICE.uid_of(ref) != VOICE.uid_of(ref + "y")
