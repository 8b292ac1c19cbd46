"""Mode S frames to reports: published examples, and what a decoder must not believe."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.space import Height, PressureAltitude
from parley.testing import squitter as q
from parley.watch.report import Ident, Report, Sense
from parley.wire.adsb.altitude import feet_of
from parley.wire.adsb.frames import AdsbFrames, Frame
from parley.wire.adsb.places import Receiver
from parley.wire.decoding import Rejections

T0 = 1_717_664_319_000
US = "4ca216"
FT = 0.3048


def decoder(receiver: Receiver | None = None, max_aircraft: int = 1000) -> AdsbFrames:
    return AdsbFrames("rx", Rejections(), receiver=receiver, max_aircraft=max_aircraft)


def take(frames: AdsbFrames, *texts: str, at_ms: int = T0, step_ms: int = 500) -> list[Report]:
    return frames.take([Frame(text, at_ms + i * step_ms) for i, text in enumerate(texts)])


def flown(frames: AdsbFrames, lat: float, lon: float, at_ms: int = T0) -> list[Report]:
    """Four airborne positions at one place, half a second apart."""
    texts = [q.airborne(US, lat, lon, odd=odd) for odd in (False, True, False, True)]
    return take(frames, *texts, at_ms=at_ms)


# Published examples: J. Sun, The 1090 Megahertz Riddle


def test_identification() -> None:
    [report] = take(decoder(), "8d4840d6202cc371c32ce0576098")
    assert report.ident == Ident(icao24="4840d6", callsign="KLM1023")
    assert (report.sensor, report.seen_ms, report.sense) == ("rx", T0, Sense.SELF)


def test_a_pair_of_airborne_positions() -> None:
    odd, even = "8d40621d58c386435cc412692ad6", "8d40621d58c382d690c8ac2863a7"
    first, second = take(decoder(), odd, even)
    assert first.position is None
    assert second.position is not None
    assert second.position.lat_deg == pytest.approx(52.2572021, abs=1e-6)
    assert second.position.lon_deg == pytest.approx(3.9193725, abs=1e-6)
    assert second.pressure == PressureAltitude.metres(38_000 * FT)
    assert second.height is None


def test_speed_over_ground_and_climb() -> None:
    [report] = take(decoder(), "8d485020994409940838175b284f")
    assert report.speed_mps == pytest.approx(159.20 * 1852 / 3600, abs=0.01)
    assert report.course_deg == pytest.approx(182.88, abs=0.01)
    assert report.climb_mps == pytest.approx(-832 * FT / 60)


def test_airspeed_is_no_speed_over_ground() -> None:
    [report] = take(decoder(), "8da05f219b06b6af189400cbc33f")
    assert math.isnan(report.speed_mps)
    assert math.isnan(report.course_deg)
    assert report.climb_mps == pytest.approx(-2304 * FT / 60)


def test_a_surface_position_near_its_receiver() -> None:
    frames = decoder(Receiver(51.99, 4.375, 300_000))
    [report] = take(frames, "8c4841753a9a153237aef0f275be")
    assert report.position is not None
    assert report.position.lat_deg == pytest.approx(52.320561, abs=1e-6)
    assert report.position.lon_deg == pytest.approx(4.735735, abs=1e-6)
    assert report.on_ground


# Positions


def test_a_surface_position_without_any_reference_is_counted() -> None:
    frames = decoder()
    reports = take(frames, *(q.surface(US, 51.5, -0.4, odd=odd) for odd in (False, True)))
    assert [r.position for r in reports] == [None, None]
    assert reports[0].speed_mps == pytest.approx(8 * 1852 / 3600)
    assert frames.rejected.counts() == {"no-reference": 2}


def test_after_landing_the_last_airborne_position_is_the_reference() -> None:
    frames = decoder()
    flown(frames, -33.94, 151.17)
    [report] = take(frames, q.surface(US, -33.941, 151.175, odd=True), at_ms=T0 + 9000)
    assert report.position is not None
    assert report.position.lat_deg == pytest.approx(-33.941, abs=1e-4)
    assert report.position.lon_deg == pytest.approx(151.175, abs=1e-4)


def test_halves_that_are_old_make_no_pair() -> None:
    frames = decoder()
    even, odd = (q.airborne(US, 48.0, 11.0, odd=odd) for odd in (False, True))
    assert take(frames, even, odd, step_ms=10_001)[-1].position is None
    assert take(frames, even, at_ms=T0 + 10_002)[-1].position is not None


def test_within_the_range_of_the_receiver_one_half_is_enough() -> None:
    [report] = take(decoder(Receiver(48.0, 11.0, 300_000)), q.airborne(US, 49, 12, odd=True))
    assert report.position is not None
    assert report.position.lat_deg == pytest.approx(49, abs=1e-4)


def test_what_the_receiver_cannot_hear_is_no_position() -> None:
    frames = decoder(Receiver(48.0, 11.0, 400_000))
    assert all(r.position is None for r in flown(frames, 48.0, 30.0))
    assert frames.rejected.counts()["out-of-range"] == 3


@pytest.mark.parametrize("to", [(36.0, 35.0), (48.9, 11.0), (-20.0, -170.0), (50.2, 14.1)])
def test_one_who_jumps_is_shown_where_it_says_to_be(to: tuple[float, float]) -> None:
    """A false position must be seen as such, not be drawn at a third place."""
    frames = decoder()
    flown(frames, 48.0, 11.0)
    after = [r.position for r in flown(frames, *to, at_ms=T0 + 3000)]
    there = [p for p in after if p is not None]
    assert after[-1] is not None
    for position in there:
        assert position.lat_deg == pytest.approx(to[0], abs=1e-3)
        assert position.lon_deg == pytest.approx(to[1], abs=1e-3)


def test_a_wrong_first_position_does_not_last() -> None:
    """Two halves of two places, a first pair from nowhere: the pairs that follow win."""
    frames = decoder()
    take(frames, q.airborne(US, 10.0, 100.0, odd=False), q.airborne(US, 48.0, 11.0, odd=True))
    last = flown(frames, 48.0, 11.0, at_ms=T0 + 1500)[-1].position
    assert last is not None
    assert last.lat_deg == pytest.approx(48.0, abs=1e-3)


LATS = st.floats(-89.9, 89.9)
LONS = st.floats(-180.0, 179.999)


@given(LATS, LONS, st.booleans())
def test_what_was_encoded_is_found_again(lat: float, lon: float, surface: bool) -> None:
    frames = decoder(Receiver(lat, lon, 5_000_000) if surface else None)
    make = q.surface if surface else q.airborne
    reports = take(frames, *(make(US, lat, lon, odd=odd) for odd in (False, True, False)))
    found = [r.position for r in reports if r.position is not None]
    for position in found:
        assert abs(position.lat_deg - lat) < 1e-4
        east = (position.lon_deg - lon + 180) % 360 - 180
        assert abs(east) * math.cos(math.radians(lat)) < 1e-4
    assert found or frames.rejected.total or not surface


# Heights


def test_gnss_height_is_above_the_ellipsoid_and_no_pressure_altitude() -> None:
    texts = [q.airborne(US, 48, 11, odd=odd, feet=10_000, type_code=20) for odd in (False, True)]
    report = take(decoder(), *texts)[-1]
    assert report.height == Height.metres(10_000 * FT)
    assert report.pressure is None


@pytest.mark.parametrize(("type_code", "height"), [(9, 10_275 * FT), (11, None)])
def test_the_difference_to_gnss_counts_only_where_it_must_be_from_the_ellipsoid(
    type_code: int, height: float | None
) -> None:
    """DO-260B, 2.2.3.2.6.1.15: with type codes 11 to 18 it may be from sea level."""
    position = q.airborne(US, 48, 11, odd=False, feet=10_000, type_code=type_code)
    _, report = take(decoder(), q.velocity(US, 300, 0, gnss_less_baro_ft=275), position)
    assert report.pressure == PressureAltitude.metres(10_000 * FT)
    assert report.height == (None if height is None else Height.metres(height))


def test_a_position_without_an_altitude_has_none() -> None:
    texts = [q.airborne(US, 48, 11, odd=odd, feet=None) for odd in (False, True)]
    [report] = take(decoder(), *texts)
    assert report.position is not None
    assert (report.pressure, report.height) == (None, None)


@pytest.mark.parametrize("feet", [-1200, -1000, 0, 100, 12_300, 49_900, 50_100, 60_000, 126_700])
def test_every_altitude_code_of_annex_10(feet: int) -> None:
    """Appendix to chapter 3."""
    assert feet_of(gillham(feet)) == feet


def gillham(feet: int) -> int:
    """The code by its construction: two reflected Gray codes."""
    fives, ones = divmod((feet + 1200) // 100, 5)
    ones = 4 - ones if fives % 2 else ones
    c = (0b001, 0b011, 0b010, 0b110, 0b100)[ones]
    gray = fives ^ fives >> 1
    d2, d4, a1, a2, a4, b1, b2, b4 = (gray >> place & 1 for place in range(7, -1, -1))
    c1, c2, c4 = c >> 2, c >> 1 & 1, c & 1
    field = 0
    for bit in (c1, a1, c2, a2, c4, a4, b1, 0, b2, d2, b4, d4):
        field = field << 1 | bit
    return field


@pytest.mark.parametrize("feet", [12_300, 49_900, 50_100, 60_000])
def test_one_who_flies_above_fifty_thousand_feet_is_seen(feet: int) -> None:
    """rs1090 0.7 refuses such a squitter whole."""
    frames = decoder()
    field = gillham(feet)
    texts = [q.airborne(US, 35, 34, odd=odd, altitude_field=field) for odd in (False, True)]
    report = take(frames, *texts)[-1]
    assert report.pressure == PressureAltitude.metres(feet * FT)
    assert report.position is not None
    assert frames.rejected.total == 0


# Quality


@pytest.mark.parametrize(("type_code", "radius_m"), [(9, 3.0), (11, 92.6), (16, 9260.0)])
def test_accuracy_by_the_type_code(type_code: int, radius_m: float) -> None:
    texts = [q.airborne(US, 48, 11, odd=odd, type_code=type_code) for odd in (False, True)]
    report = take(decoder(), *texts)[-1]
    assert (report.accuracy_m, report.doubted) == (radius_m, False)


def test_its_own_category_of_accuracy_goes_before() -> None:
    texts = [q.airborne(US, 48, 11, odd=odd) for odd in (False, True)]
    assert take(decoder(), q.target_state(US, 10), *texts)[-1].accuracy_m == 10.0


@pytest.mark.parametrize("lost", ["integrity", "accuracy"])
def test_a_position_that_its_own_source_doubts(lost: str) -> None:
    code = 18 if lost == "integrity" else 11
    nac_p = 9 if lost == "integrity" else 0
    texts = [q.airborne(US, 48, 11, odd=odd, type_code=code) for odd in (False, True)]
    report = take(decoder(), q.target_state(US, nac_p), *texts)[-1]
    assert report.position is not None
    assert report.doubted
    if lost == "accuracy":
        assert math.isnan(report.accuracy_m)


def test_one_that_loses_its_position_says_so() -> None:
    frames = decoder()
    assert take(frames, q.squitter(US, 0)) == []
    flown(frames, 48, 11)
    [report] = take(frames, q.squitter(US, 0), at_ms=T0 + 3000)
    assert (report.position, report.doubted) == (None, True)


# Replies, which noise can be as well


def test_a_reply_of_an_address_that_nobody_heard_is_noise() -> None:
    frames = decoder()
    assert take(frames, q.code_reply(US, "7700"), q.altitude_reply(US, 10_000)) == []
    assert frames.rejected.counts() == {"unknown-address": 2}


def test_a_code_counts_when_it_was_said_twice() -> None:
    frames = decoder()
    reply = q.code_reply(US, "2312")
    [report] = take(frames, q.all_call(US), reply, reply)
    assert report.ident == Ident(icao24=US, mode3a="2312")
    assert frames.rejected.counts() == {"unconfirmed-reply": 1}


def test_one_reply_of_noise_is_no_distress() -> None:
    frames = decoder()
    calm = q.code_reply(US, "2312")
    take(frames, q.all_call(US), calm, calm, q.code_reply(US, "7700"))
    assert not any(r.emergency for r in flown(frames, 48, 11, at_ms=T0 + 3000))


@pytest.mark.parametrize("code", ["7500", "7600", "7700"])
def test_an_emergency_code_marks_every_report_until_it_is_changed(code: str) -> None:
    frames = decoder()
    said, calm = q.code_reply(US, code), q.code_reply(US, "1000")
    assert take(frames, q.all_call(US), said, said)[-1].emergency
    assert all(r.emergency for r in flown(frames, 48, 11, at_ms=T0 + 3000))
    assert not take(frames, calm, calm, at_ms=T0 + 6000)[-1].emergency
    assert not any(r.emergency for r in flown(frames, 48, 11, at_ms=T0 + 8000))


def test_the_emergency_status_is_believed_at_once() -> None:
    frames = decoder()
    [report] = take(frames, q.status(US, 1, "7700"))
    assert (report.emergency, report.ident.mode3a) == (True, "7700")
    [report] = take(frames, q.status(US, 0, "1000"), at_ms=T0 + 2000)
    assert not report.emergency


def test_a_reply_far_from_the_last_altitude_waits_for_a_second() -> None:
    frames = decoder()
    flown(frames, 48, 11)
    near, far = q.altitude_reply(US, 30_500), q.altitude_reply(US, 2_000)
    [report] = take(frames, near, far, at_ms=T0 + 3000)
    assert report.pressure == PressureAltitude.metres(30_500 * FT)
    [report] = take(frames, far, at_ms=T0 + 5000)
    assert report.pressure == PressureAltitude.metres(2_000 * FT)


# Who measured, and whose address it is


def test_what_was_multilaterated_is_kept_apart() -> None:
    frames = decoder()
    pair = [q.airborne(US, 48, 11, odd=odd, type_code=18) for odd in (False, True)]
    report = frames.take([Frame(text, T0, True) for text in pair])[-1]
    assert report.sense is Sense.MULTILATERATION
    assert (report.ident.icao24, report.doubted) == (US, False)
    alone = q.airborne(US, 10, 11, odd=True)
    assert take(frames, alone)[0].position is None


@pytest.mark.parametrize(
    ("control", "sense", "own"),
    [
        (0, Sense.SELF, False),
        (1, Sense.SELF, True),
        (2, Sense.SYSTEM, False),
        (5, Sense.SYSTEM, True),
        (6, Sense.SELF, False),
    ],
)
def test_frames_of_ground_stations(control: int, sense: Sense, own: bool) -> None:
    pair = [q.airborne(US, 48, 11, odd=odd, df=18, low=control) for odd in (False, True)]
    report = take(decoder(), *pair)[-1]
    assert report.position is not None
    assert report.sense is sense
    assert report.ident == (Ident(number=f"~{US}") if own else Ident(icao24=US))


def test_coarse_and_management_frames_are_no_positions() -> None:
    pair = [q.airborne(US, 48, 11, odd=odd, df=18, low=3) for odd in (False, True)]
    assert take(decoder(), *pair) == []


# What is hostile


def test_a_broken_bit_is_refused_by_parity() -> None:
    good = q.airborne(US, 48, 11, odd=True)
    frames = decoder()
    assert take(frames, good[:10] + ("0" if good[10] != "0" else "1") + good[11:]) == []
    assert take(frames, "5d4ca216399e40") == []
    assert frames.rejected.counts() == {"bad-parity": 2}


@pytest.mark.parametrize("text", ["", "zz" * 14, "8d", "é" * 28, "8D4CA2", "8d4ca21620", "2" * 28])
def test_what_is_no_frame_is_counted(text: str) -> None:
    frames = decoder()
    assert take(frames, text) == []
    assert frames.rejected.counts() == {"bad-frame": 1}


def test_a_callsign_with_characters_that_do_not_exist() -> None:
    frames = decoder()
    assert take(frames, "8f753a6a159136095a8b4db55887") == []
    assert frames.rejected.counts() == {"bad-callsign": 1}


def test_a_flood_of_addresses_does_not_grow() -> None:
    frames = decoder(max_aircraft=50)
    take(frames, *(q.all_call(f"{n:06x}") for n in range(500)))
    assert frames.remembered == 50
    assert frames.rejected.counts() == {"aircraft-forgotten": 450}


@given(st.lists(st.binary(min_size=10, max_size=11), max_size=40), st.data())
def test_no_frame_with_right_parity_breaks_it(bodies: list[bytes], data: st.DataObject) -> None:
    frames = decoder(Receiver(48, 11))
    texts = []
    for body in bodies:
        df = data.draw(st.sampled_from([4, 5, 11, 17, 18, 20, 21]))
        rest = body[: 3 if df < 16 else 10].ljust(10 if df >= 16 else 3, b"\0")
        texts.append(q.frame(df, body[0] & 7, rest.hex()))
    for report in take(frames, *texts):
        assert report.sensor == "rx"


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    assert take(decoder(), text) == []
