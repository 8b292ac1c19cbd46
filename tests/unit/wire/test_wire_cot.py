"""Cursor on Target in: what is read, what is refused by name, what a TAK user calls."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import FormatError
from parley.testing.clock import DAWN_MS
from parley.watch.report import Report, Sense
from parley.wire.cot.decoder import (
    CancelCall,
    Contact,
    CotDecoder,
    CotEvent,
    CotRefusedError,
    DistressCall,
    StopCall,
    parse_event,
)
from parley.wire.cot.event import (
    MAX_EVENT_BYTES,
    XML_HEADER,
    Element,
    element_xml,
    event_xml,
)
from parley.wire.cot.proto import (
    MESH_HEADER,
    event_from_proto,
    event_to_proto,
    mesh_frame,
    stream_frame,
    varint,
)
from parley.wire.instants import format_instant

US = Contact("parley.blue", "PARLEY-BLUE")


def xml(
    *,
    uid: str = "ANDROID-1",
    kind: str = "a-f-A-C-F",
    how: str = "m-g",
    time_ms: int = DAWN_MS,
    start_ms: int | None = None,
    stale_ms: int = DAWN_MS + 60_000,
    point: str = '<point lat="40.5" lon="20.25" hae="1500.5" ce="10" le="20"/>',
    detail: str = '<contact callsign="HAWK 1"/><track speed="80.5" course="271"/>',
) -> bytes:
    start = time_ms if start_ms is None else start_ms
    return (
        f'<event version="2.0" uid="{uid}" type="{kind}" how="{how}"'
        f' time="{format_instant(time_ms)}" start="{format_instant(start)}"'
        f' stale="{format_instant(stale_ms)}">{point}<detail>{detail}</detail></event>'
    ).encode()


def chat(text: str, *, to: str = "parley.blue", uid: str = "m-1") -> bytes:
    detail = (
        f'<__chat id="{to}" chatroom="{to}" senderCallsign="VIPER"><chatgrp uid0="ANDROID-9"'
        f' uid1="{to}" id="{to}"/></__chat><link uid="ANDROID-9" type="a-f-G-U-C"/>'
        f'<remarks source="BAO.F.ATAK.ANDROID-9" to="{to}">{text}</remarks>'
    )
    return xml(uid=f"GeoChat.ANDROID-9.{to}.{uid}", kind="b-t-f", detail=detail)


def taken(data: bytes) -> tuple[Sequence[Report], dict[str, int]]:
    decoder = CotDecoder("tak", US)
    return decoder.take(data, DAWN_MS), dict(decoder.rejected.counts())


def one(data: bytes) -> Report:
    found, rejected = taken(data)
    assert (len(found), rejected) == (1, {})
    return found[0]


def test_an_air_track_becomes_a_report() -> None:
    report = one(xml())
    assert report.ident.uid == "cot:ANDROID-1"
    assert report.ident.callsign == "HAWK 1"
    assert report.position is not None
    assert (report.position.lat_deg, report.position.lon_deg) == (40.5, 20.25)
    assert report.height is not None
    assert report.height.m == 1500.5
    assert (report.speed_mps, report.course_deg) == (80.5, 271.0)
    assert report.accuracy_m == pytest.approx(24.5, abs=0.1)  # 95 % of one sigma on a plane
    assert report.height_accuracy_m == pytest.approx(39.2)
    assert (report.seen_ms, report.sensor, report.on_ground) == (DAWN_MS, "tak", False)


def test_nine_nines_and_zero_errors_are_not_known() -> None:
    report = one(xml(point='<point lat="1" lon="2" hae="9999999.0" ce="9999999" le="0"/>'))
    assert report.height is None
    assert math.isnan(report.accuracy_m)
    assert math.isnan(report.height_accuracy_m)
    bare = one(xml(point='<point lat="1" lon="2"/>', detail='<track speed="-1" course="NaN"/>'))
    assert bare.height is None
    assert math.isnan(bare.speed_mps)
    assert math.isnan(bare.course_deg)


@pytest.mark.parametrize("side", ["f", "h", "n", "u", "s", "j", "k"])
def test_nobody_is_taken_for_friend_or_foe(side: str) -> None:
    assert one(xml(kind=f"a-{side}-A-M-F-Q")) == one(xml(kind="a-u-A-M-F-Q"))


def test_what_is_on_the_ground_flies_not_and_what_a_person_placed_is_a_claim() -> None:
    assert one(xml(kind="a-f-G-U-C")).on_ground
    assert one(xml(kind="a-f-S")).on_ground
    assert one(xml(how="h-g-i-g-o")).sense is Sense.CLAIMED
    assert one(xml()).sense is Sense.SELF


def test_a_uid_cannot_collide_with_another_identity() -> None:
    key = one(xml(uid="icao:4b1619")).ident.key("tak")
    assert key == "cot:icao:4b1619"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("stale", xml(time_ms=DAWN_MS - 60_000, stale_ms=DAWN_MS - 1)),
        ("ahead-of-time", xml(time_ms=DAWN_MS + 60_001, stale_ms=DAWN_MS + 70_000)),
        ("stale-before-start", xml(start_ms=DAWN_MS + 2, stale_ms=DAWN_MS + 1)),
        ("time", xml().replace(b"2023-11-14T22:13:20Z", b"0000-11-14T22:13:20Z")),
        ("time", xml().replace(b"2023-11-14T22:13:20Z", b"yesterday")),
        ("not-finite", xml(point='<point lat="NaN" lon="2" hae="0" ce="1" le="1"/>')),
        ("not-finite", xml(point='<point lat="1" lon="-INF" hae="0" ce="1" le="1"/>')),
        ("not-finite", xml(point='<point lat="1" lon="2" hae="1e999" ce="1" le="1"/>')),
        ("position", xml(point='<point lat="120.5" lon="40" hae="0" ce="1" le="1"/>')),
        ("number", xml(point='<point lat="40,5" lon="40" hae="0" ce="1" le="1"/>')),
        ("number", xml(point='<point lat="" lon="40" hae="0" ce="1" le="1"/>')),
        ("negative-error", xml(point='<point lat="4" lon="4" hae="0" ce="-1" le="1"/>')),
        ("height", xml(point='<point lat="4" lon="4" hae="500000" ce="1" le="1"/>')),
        ("no-fix", xml(point='<point lat="0" lon="0" hae="0" ce="9999999" le="1"/>')),
        ("no-point", xml(point="")),
        ("uid", xml(uid="")),
        ("uid", xml(uid="x" * 201)),
        ("type", xml(kind="a f A")),
        ("other-type", xml(kind="u-d-f")),
        ("from-parley", xml(uid="parley.green.track:X")),
        ("too-deep", xml(detail="<a>" * 20 + "</a>" * 20)),
        ("too-many-elements", xml(detail="<a/>" * 3_000)),
        ("attributes", xml(detail=f'<a b="{"x" * 5_000}"/>')),
        ("not-utf8", xml(detail="<a/>").replace(b"<a/>", b"<a>\xff\xfe</a>")),
        ("not-xml", xml(detail="<open>")),
        ("not-xml", xml(detail="&lol;")),
        ("dtd-or-entity", b"<!DOCTYPE event [<!ENTITY a 'b'>]>" + xml()),
        (
            "dtd-or-entity",
            b'<?xml version="1.0"?><!DOCTYPE event SYSTEM "file:///etc/passwd">' + xml(),
        ),
        ("oversize", xml(detail="<a/>" * 17_000)),
        ("other-alert", xml(kind="b-a-o-opn")),
        ("chat", chat("hello")),
        ("stop-to-another", chat("STOP", to="ANDROID-2")),
        ("stop-to-another", chat("STOP", to="All Chat Rooms")),
    ],
)
def test_what_is_refused_is_counted_by_name_and_the_next_is_read(name: str, data: bytes) -> None:
    found, rejected = taken(data + xml(uid="next"))
    assert rejected.get(name, 0) >= 1, rejected
    assert [report.ident.uid for report in found] == ["cot:next"]


def test_an_expansion_bomb_is_refused_before_it_expands() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(20)
    )
    found, rejected = taken(bomb + b"]>" + xml(detail="&u;"))
    assert (list(found), rejected) == ([], {"dtd-or-entity": 1})


def test_a_stream_has_no_framing_but_the_end_of_an_event() -> None:
    whole = xml(uid="1") + XML_HEADER + xml(uid="2") + b"\r\n\n" + xml(uid="3")
    for size in (1, 7, 100, len(whole)):
        decoder = CotDecoder("tak")
        found = [
            report.ident.uid
            for begin in range(0, len(whole), size)
            for report in decoder.take(whole[begin : begin + size], DAWN_MS)
        ]
        assert found == ["cot:1", "cot:2", "cot:3"]
        assert decoder.rejected.total == 0


def test_it_goes_on_behind_an_event_that_was_cut_off() -> None:
    found, rejected = taken(xml(uid="cut")[:150] + xml(uid="whole"))
    assert [report.ident.uid for report in found] == ["cot:whole"]
    assert rejected == {"not-xml": 1}


def test_it_goes_on_behind_a_flood_without_an_end() -> None:
    decoder = CotDecoder("tak")
    for _ in range(40):
        assert not decoder.take(b"<event " + b"x" * 60_000, DAWN_MS)
    assert decoder.take(b">" + xml(), DAWN_MS)
    assert decoder.rejected.counts()["oversize"] >= 1


def test_frames_of_tak_protocol_one_and_xml_may_follow_each_other() -> None:
    event = parse_event(xml())
    found, rejected = taken(stream_frame(event) + xml() + stream_frame(event))
    assert rejected == {}
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    "junk",
    [
        b"\xbf" + varint(5) + b"hello",
        b"\xbf" + varint(MAX_EVENT_BYTES + 1),
        b"\xbf\xff\xff\xff\xff\xff",
        b"\xbf\x00",
        b"some text",
    ],
)
def test_a_bad_frame_is_counted_and_the_next_is_read(junk: bytes) -> None:
    found, rejected = taken(junk + xml())
    assert len(found) == 1
    assert sum(rejected.values()) == 1


def test_a_datagram_is_one_event() -> None:
    decoder = CotDecoder("mesh")
    event = parse_event(xml())
    assert decoder.take_datagram(mesh_frame(event), DAWN_MS) == decoder.take_datagram(
        XML_HEADER + xml(), DAWN_MS
    )
    assert not decoder.take_datagram(MESH_HEADER + b"\x00\x01", DAWN_MS)
    assert not decoder.take_datagram(b"\x00" * 100, DAWN_MS)
    assert decoder.rejected.total == 2


def test_nan_in_protobuf_is_refused() -> None:
    event = parse_event(xml())
    bad = CotEvent(
        event.uid, event.type, event.time_ms, event.start_ms, event.stale_ms, math.nan, 2.0
    )
    with pytest.raises(CotRefusedError) as refused:
        event_from_proto(event_to_proto(bad))
    assert refused.value.name == "not-finite"
    assert isinstance(refused.value, FormatError)


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_no_bytes_raise_and_memory_is_bounded(first: bytes, second: bytes) -> None:
    decoder = CotDecoder("tak", US)
    for data in (first, b"<event", second, b"\xbf", first, b"</event>"):
        decoder.take(data, DAWN_MS)
        decoder.take_datagram(data, DAWN_MS)
    found = decoder.take(b"</event>" + xml(), DAWN_MS)
    assert len(found) <= 1


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40)
_LINE = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=40)
_FLAT = st.builds(
    Element,
    st.sampled_from(["contact", "remarks", "link", "status", "x"]),
    st.dictionaries(st.sampled_from(["callsign", "endpoint", "uid", "a"]), _LINE, max_size=3),
    _LINE,
)
_EVENTS = st.builds(
    CotEvent,
    uid=_LINE.filter(lambda text: bool(text.strip())),
    type=st.sampled_from(["a-f-A-C-F", "u-d-f", "b-t-f"]),
    time_ms=st.just(DAWN_MS),
    start_ms=st.just(DAWN_MS),
    stale_ms=st.integers(DAWN_MS, DAWN_MS * 2),
    lat_deg=st.integers(-900_000_000, 900_000_000).map(lambda e7: e7 / 1e7),
    lon_deg=st.integers(-1_800_000_000, 1_800_000_000).map(lambda e7: e7 / 1e7),
    hae_m=st.integers(-100_000, 9_000_000).map(lambda cm: cm / 100),
    ce_m=st.integers(0, 100_000).map(lambda cm: cm / 100),
    le_m=st.integers(0, 100_000).map(lambda cm: cm / 100),
    how=st.just("m-g"),
    detail=st.lists(_FLAT, max_size=4).map(tuple),
)


@given(_EVENTS)
def test_an_event_survives_xml_and_protobuf(event: CotEvent) -> None:
    assert parse_event(event_xml(event)) == event
    read = event_from_proto(event_to_proto(event))
    assert sorted(map(element_xml, read.detail)) == sorted(map(element_xml, event.detail))
    assert parse_event(event_xml(read)).uid == event.uid


@given(_TEXT, _TEXT)
def test_text_is_escaped_and_control_characters_go(text: str, value: str) -> None:
    event = CotEvent(
        "u", "b-t-f", DAWN_MS, DAWN_MS, DAWN_MS, detail=(Element("remarks", {"a": value}, text),)
    )
    written = event_xml(event)
    assert written.isascii()
    assert not any(byte < 0x20 and byte not in b"\t\n" for byte in written)
    assert [element.tag for element in parse_event(written).detail] == ["remarks"]


# Calls ---------------------------------------------------------------------------------------


def calls(*data: bytes) -> list[object]:
    decoder = CotDecoder("tak", US)
    for part in data:
        assert not decoder.take(part, DAWN_MS)
    return list(decoder.calls)


def test_stop_in_a_chat_to_our_contact_is_a_call() -> None:
    for text in ("STOP", "STOP: he flies below me", "stop now", " Stop! "):
        (call,) = calls(chat(text))
        assert isinstance(call, StopCall)
        assert (call.sender, call.callsign) == ("ANDROID-9", "VIPER")
        assert call.text == text.strip()
    assert calls(chat("STOP", to="PARLEY-BLUE"))
    assert not calls(chat("STOPPED for fuel"))
    assert not calls(chat("please STOP"))


def test_the_repeat_of_a_message_has_the_same_uid() -> None:
    first, second = calls(chat("STOP"), chat("STOP"))
    assert isinstance(first, StopCall)
    assert first == second


def test_a_911_alert_is_distress_and_can_be_cancelled() -> None:
    detail = (
        '<emergency type="911 Alert">HAWK 1</emergency><contact callsign="HAWK 1-Alert"/>'
        '<link uid="ANDROID-1" type="a-f-G-U-C" relation="p-p"/>'
    )
    over = '<emergency cancel="true" type="Cancel Alert">HAWK 1</emergency>'
    distress, cancel = calls(
        xml(uid="ANDROID-1-9-1-1", kind="b-a-o-tbl", detail=detail),
        xml(uid="ANDROID-1-9-1-1", kind="b-a-o-can", detail=over),
    )
    assert isinstance(distress, DistressCall)
    assert distress.subject == "HAWK 1"
    assert distress.sender == "ANDROID-1"
    assert distress.position is not None
    assert (distress.position.lat_deg, distress.uncertainty_m) == (40.5, 25)
    assert isinstance(cancel, CancelCall)
    assert cancel.uid == distress.uid


def test_distress_without_a_fix_has_no_place() -> None:
    (call,) = calls(
        xml(kind="b-a-o-tbl", point='<point lat="0" lon="0" hae="0" ce="9999999" le="1"/>')
    )
    assert isinstance(call, DistressCall)
    assert (call.position, call.uncertainty_m) == (None, 0)


def test_a_call_that_is_over_is_no_call() -> None:
    decoder = CotDecoder("tak", US)
    decoder.take(chat("STOP"), DAWN_MS + 61_000)
    assert (decoder.calls, decoder.rejected.counts()) == ([], {"stale-call": 1})


def test_calls_that_nobody_fetches_are_bounded() -> None:
    decoder = CotDecoder("tak", US)
    for number in range(1_100):
        decoder.take(chat("STOP", uid=str(number)), DAWN_MS)
    assert len(decoder.calls) == 1_000
    assert decoder.rejected.counts() == {"too-many-calls": 100}


# The page --------------------------------------------------------------------------------------


def test_the_page_names_every_refusal_and_its_example_is_read() -> None:
    root = Path(__file__).resolve().parents[3]
    page = (root / "docs" / "formats" / "cot.md").read_text(encoding="utf-8")
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder, pattern in (("wire", "cot/*.py"), ("feeds", "tak/*.py"))
        for path in sorted((root / "src" / "parley" / folder).glob(pattern))
    )
    names = set(re.findall(r'CotRefusedError\(\s*"([a-z0-9-]+)"', source))
    names |= set(re.findall(r'(?:reject|rejected\.add)\(\s*"([a-z0-9-]+)"', source))
    names -= {"name"}  # of an element of our own
    assert len(names) > 25
    assert {name for name in names if f"`{name}`" not in page} == set()
    example = re.search(r"```xml\n(.*?)```", page, re.DOTALL)
    assert example
    assert one(example[1].encode()).ident.callsign == "HAWK 1"
