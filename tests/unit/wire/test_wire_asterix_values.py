"""What each category's items become, on records that libasterix encodes."""

from __future__ import annotations

import math
from typing import Any

import pytest

from parley.space import Height, Position, PressureAltitude
from parley.testing.asterix import block
from parley.watch.report import Report, Sense
from parley.wire.asterix.decoder import AsterixDecoder
from parley.wire.asterix.radar import RadarSite

NOON = 1_717_675_200_000
SOURCE = (("SAC", 25), ("SIC", 201))
TIME = (43_199.5, "s")
SITE = RadarSite(lat_deg=45.0, lon_deg=16.0, height_m=0.0)
LEVEL_350 = 35_000 * 30.48


def one(data: bytes, **options: Any) -> tuple[Report, dict[str, int]]:
    decoder = AsterixDecoder("f", **options)
    [report] = decoder.take(data, NOON)
    return report, dict(decoder.rejected.counts())


def refused(data: bytes, **options: Any) -> dict[str, int]:
    decoder = AsterixDecoder("f", **options)
    assert not decoder.take(data, NOON)
    return dict(decoder.rejected.counts())


def system(**items: Any) -> bytes:
    given: dict[str, Any] = {"010": SOURCE, "070": TIME, "040": 4321}
    return block("Cat_062_1_21", given | items)


def adsb(**items: Any) -> bytes:
    given: dict[str, Any] = {"010": SOURCE, "071": TIME, "080": 0x4CA216}
    return block("Cat_021_2_7", given | items)


def plot(**items: Any) -> bytes:
    return block("Cat_048_1_32", {"010": SOURCE, "140": TIME, **items})


def test_a_system_track() -> None:
    report, counts = one(
        system(
            **{
                "105": (("LAT", (45.5, "°")), ("LON", (-16.25, "°"))),
                "185": (("VX", (-150.0, "m/s")), ("VY", (200.0, "m/s"))),
                "060": ((0, 0, 0, 0, "4271")),
                "136": (350.0, "FL"),
                "220": (-1_500.0, "ft/min"),
                "245": (("STI", 0), 0, ("CHR", "AUA848Z")),
                "380": {"ADR": 0x4CA216, "ID": "EIN5GV"},
                "500": {"APC": (("X", (30.0, "m")), ("Y", (40.0, "m")))},
            }
        )
    )
    assert counts == {}
    assert (report.sensor, report.sense) == ("f:25/201", Sense.SYSTEM)
    assert report.seen_ms == NOON - 500
    ident = report.ident
    assert (ident.icao24, ident.mode3a, ident.callsign, ident.number) == (
        "4ca216",
        "4271",
        "EIN5GV",
        "4321",
    )
    assert report.position is not None
    assert report.position.lat_deg == pytest.approx(45.5, abs=6e-6)
    assert report.position.lon_deg == pytest.approx(-16.25, abs=6e-6)
    assert report.accuracy_m == pytest.approx(100)
    assert report.pressure == PressureAltitude(round(LEVEL_350))
    assert report.height is None
    assert report.speed_mps == pytest.approx(250)
    assert report.course_deg == pytest.approx(360 - math.degrees(math.atan2(150, 200)))
    assert report.climb_mps == pytest.approx(-7.62)
    assert (report.on_ground, report.emergency, report.doubted) == (False, False, False)


def test_a_callsign_of_the_flight_plan_where_none_is_sent() -> None:
    plan, known = {"390": {"CS": "AUA848Z"}}, {"245": (("STI", 1), 0, ("CHR", "BAW891"))}
    assert one(system(**plan))[0].ident.callsign == "AUA848Z"
    assert one(system(**plan, **known))[0].ident.callsign == "BAW891"
    registration = {"245": (("STI", 2), 0, ("CHR", "GVIIA"))}
    assert one(system(**registration))[0].ident.callsign == ""


def test_a_height_above_the_sea_is_no_height_above_the_ellipsoid() -> None:
    report, _ = one(system(**{"130": (30_000.0, "ft")}))
    assert (report.height, report.pressure) == (None, None)


@pytest.mark.parametrize(("qnh", "kept"), [(0, True), (1, False)])
def test_an_altitude_by_qnh_is_no_pressure_altitude(qnh: int, kept: bool) -> None:
    report, _ = one(system(**{"135": (("QNH", qnh), ("CTB", (350.0, "FL")))}))
    assert (report.pressure == PressureAltitude(round(LEVEL_350))) is kept


def test_the_measured_level_comes_before_the_tracked_one() -> None:
    tracked = {"135": (("QNH", 0), ("CTB", (340.0, "FL")))}
    report, _ = one(system(**tracked, **{"136": (350.0, "FL")}))
    assert report.pressure == PressureAltitude(round(LEVEL_350))


def status(*parts: int) -> dict[str, Any]:
    return {"080": list(parts)}


PLACE: dict[str, Any] = {"105": (("LAT", (45.5, "°")), ("LON", (16.25, "°")))}


def test_a_simulated_track_is_never_shown() -> None:
    assert refused(system(**status(0, 0b1000000))) == {"simulated": 1}
    measured = {"340": {"TYP": (("TYP", 2), ("SIM", 0), ("RAB", 0), ("TST", 1), 0)}}
    assert refused(system(**measured)) == {"simulated": 1}
    monitor = {"340": {"TYP": (("TYP", 2), ("SIM", 0), ("RAB", 1), ("TST", 0), 0)}}
    assert refused(system(**monitor)) == {"field-monitor": 1}


def test_a_coasted_place_is_left_to_the_watch() -> None:
    """The system goes on without any sensor; the watch coasts itself, and grows less sure."""
    report, counts = one(system(**PLACE, **status(0, 0, 0, 0b1000000)))
    assert report.position is None
    assert counts == {"coasted": 1}


def test_a_system_track_that_the_system_doubts() -> None:
    assert one(system(**PLACE, **status(0, 0b100)))[0].doubted
    assert one(system(**PLACE, **status(0, 0, 0, 0, 0b10)))[0].doubted


@pytest.mark.parametrize(
    "items",
    [
        {"060": (0, 0, 0, 0, "7500")},
        {"060": (0, 0, 0, 0, "7700")},
        status(0, 0, 0b0001000),
        status(0, 0, 0, 0, 0b0000100),
        {"380": {"SAB": (0, 0, 0, 0, 0, 5)}},
    ],
)
def test_emergencies_of_a_system_track(items: dict[str, Any]) -> None:
    assert one(system(**items))[0].emergency


@pytest.mark.parametrize(
    "items",
    [
        {"380": {"COM": (0, 1, 0, 0, 0, 0, 0, 0)}},
        {"380": {"SAB": (0, 0, 0, 1, 0, 0)}},
        status(0, 0, 0, 0, 0, 0b0001000),
    ],
)
def test_a_system_track_on_the_ground(items: dict[str, Any]) -> None:
    assert one(system(**items))[0].on_ground


def test_codes_that_the_radar_doubts() -> None:
    for flags in ((1, 0), (0, 1)):
        report, counts = one(system(**{"060": (*flags, 0, 0, "7700")}))
        assert (report.ident.mode3a, report.emergency) == ("", False)
        assert counts == {"code-not-valid": 1}


def test_an_aircraft_that_stands_still_has_no_course() -> None:
    report, _ = one(system(**{"185": (("VX", (0.0, "m/s")), ("VY", (0.0, "m/s")))}))
    assert report.speed_mps == 0
    assert math.isnan(report.course_deg)


GOOD: dict[str, Any] = {
    "130": (("LAT", (45.5, "°")), ("LON", (16.25, "°"))),
    "210": (0, 0, 2, 2),
    "090": [(2 << 4) | 8, (1 << 6) | (3 << 4) | 9, 0b0010110],
}


def test_an_aircraft_by_adsb() -> None:
    fine = (("LAT", (45.500001, "°")), ("LON", (16.250001, "°")))
    report, counts = one(
        adsb(
            **GOOD,
            **{
                "131": fine,
                "140": (35_500.0, "ft"),
                "145": (350.0, "FL"),
                "070": (0, "2312"),
                "155": (0, (-640.0, "ft/min")),
                "160": (0, (0.125, "NM/s"), (271.0, "°")),
                "170": "EIN5GV",
                "161": (0, 77),
            },
        )
    )
    assert counts == {}
    assert report.sense is Sense.SELF
    assert report.position == Position(lat_deg=45.500001, lon_deg=16.250001)
    assert report.accuracy_m == 30
    assert report.height == Height(round(35_500 * 30.48))
    assert report.height_accuracy_m == 45
    assert report.pressure == PressureAltitude(round(LEVEL_350))
    assert report.speed_mps == pytest.approx(231.5)
    assert report.course_deg == pytest.approx(271, abs=0.01)
    assert report.climb_mps == pytest.approx(-3.2512, abs=0.02)
    ident = report.ident
    assert (ident.icao24, ident.mode3a, ident.callsign, ident.number) == (
        "4ca216",
        "2312",
        "EIN5GV",
        "77",
    )
    assert (report.on_ground, report.emergency, report.doubted) == (False, False, False)


def test_the_time_is_that_of_the_position() -> None:
    received, sent = {"073": (43_100.0, "s")}, {"077": (43_101.0, "s")}
    assert one(adsb(**received, **sent))[0].seen_ms == NOON - 500
    for left_out in (received | sent, sent):
        data = block("Cat_021_2_7", {"010": SOURCE, **left_out})
        seconds = 43_200 - next(iter(left_out.values()))[0]
        assert one(data)[0].seen_ms == NOON - seconds * 1000


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_an_address_that_is_not_the_aircrafts_own_keeps_to_its_sensor(kind: int) -> None:
    report, _ = one(adsb(**{"040": [(kind, 0, 0, 0, None)]}))
    assert (report.ident.icao24, report.ident.number) == ("", "~4ca216")


def test_simulated_and_test_targets_by_adsb() -> None:
    for flags in (0b0010000, 0b0001000):
        assert refused(adsb(**{"040": [0, flags]})) == {"simulated": 1}
    assert refused(adsb(**{"040": [1]})) == {"field-monitor": 1}


@pytest.mark.parametrize("parts", [[0, 0b0000001], *([0, 0, 1 << bit] for bit in (0, 1, 2, 3, 4))])
def test_what_the_ground_station_does_not_believe(parts: list[int]) -> None:
    assert one(adsb(**GOOD, **{"040": parts}))[0].doubted
    assert not one(adsb(**GOOD, **{"040": [0, 0, 0]}))[0].doubted


def test_an_aircraft_that_lost_its_integrity() -> None:
    report, _ = one(adsb(**GOOD | {"090": [0, 0]}))
    assert report.doubted
    assert math.isnan(report.accuracy_m)


def test_an_old_transponder_has_another_quality() -> None:
    """Version 0 tells NUCp, and no height accuracy."""
    old = {"210": (0, 0, 0, 2), "090": [7], "140": (35_500.0, "ft")}
    report, _ = one(adsb(**GOOD | old))
    assert report.accuracy_m == 92.6
    assert math.isnan(report.height_accuracy_m)


@pytest.mark.parametrize(
    "items", [{"200": (0, 0, 0, 1, 0)}, {"200": (0, 0, 1, 0, 0)}, {"070": (0, "7600")}]
)
def test_emergencies_by_adsb(items: dict[str, Any]) -> None:
    assert one(adsb(**items))[0].emergency


def test_on_the_ground_and_beyond_the_range() -> None:
    report, _ = one(
        adsb(**{"040": [0, 0b0100000], "160": (1, (1.0, "NM/s"), (0.0, "°")), "155": (1, 0)})
    )
    assert report.on_ground
    assert math.isnan(report.speed_mps)
    assert math.isnan(report.climb_mps)


def test_the_height_that_only_says_above() -> None:
    report, counts = one(adsb(**{"140": 0x7FFF}))
    assert report.height is None
    assert counts == {"bad-height": 1}


@pytest.mark.parametrize("edition", ["0.23", "0.26"])
def test_adsb_of_an_early_edition(edition: str) -> None:
    data = block(
        f"Cat_021_{edition.replace('.', '_')}",
        {
            "010": SOURCE,
            "040": 0b0100000000100000,
            "030": TIME,
            "130": (("LAT", (45.5, "°")), ("LON", (16.25, "°"))),
            "080": 0x4CA216,
            "140": (35_500.0, "ft"),
            "145": (350.0, "FL"),
            "160": (("GS", (0.125, "NM/s")), ("TA", (271.0, "°"))),
            "170": "EIN5GV",
            "200": 5,
        },
    )
    said, _ = one(data, editions={"021": edition})
    found, counts = one(data)
    assert str(found) == str(said)
    assert counts == {f"cat021-edition-{edition}": 1}
    assert said.position is not None
    assert said.position.lat_deg == pytest.approx(45.5, abs=3e-5)
    assert (said.ident.icao24, said.ident.callsign) == ("4ca216", "EIN5GV")
    assert said.height == Height(round(35_500 * 30.48))
    assert said.on_ground
    assert said.emergency


POLAR: dict[str, Any] = {"040": (("RHO", (50.0, "NM")), ("THETA", (90.0, "°")))}
LEVEL: dict[str, Any] = {"090": (0, 0, (350.0, "FL"))}


def test_a_plot_of_one_radar() -> None:
    report, counts = one(
        plot(
            **POLAR,
            **LEVEL,
            **{
                "020": [(5, 0, 0, 0, 0, None)],
                "070": (0, 0, 0, 0, "4271"),
                "220": 0x4CA216,
                "240": "EIN5GV",
                "161": (0, 321),
                "200": (("GSP", (0.125, "NM/s")), ("HDG", (90.0, "°"))),
                "230": 0,
            },
        ),
        sites={(25, 201): SITE},
    )
    assert counts == {}
    assert (report.sensor, report.sense) == ("f:25/201", Sense.RADAR)
    assert report.position is not None
    assert report.position.lat_deg == pytest.approx(45.0, abs=0.01)
    assert report.position.lon_deg == pytest.approx(17.166, abs=0.01)
    assert 250 < report.accuracy_m < 500
    assert report.pressure == PressureAltitude(round(LEVEL_350))
    assert report.ident.number == "321"
    assert (report.ident.icao24, report.ident.mode3a) == ("4ca216", "4271")
    assert report.speed_mps == pytest.approx(231.5)
    assert not report.emergency


def test_without_the_site_there_is_no_place_but_all_the_rest() -> None:
    report, counts = one(plot(**POLAR, **LEVEL, **{"220": 0x4CA216}))
    assert report.position is None
    assert math.isnan(report.accuracy_m)
    assert report.pressure is not None
    assert counts == {"no-radar-site": 1}


@pytest.mark.parametrize(
    ("items", "name"),
    [
        ({"020": [(5, 1, 0, 0, 0, None)]}, "simulated"),
        ({"020": [(5, 0, 0, 0, 0, None), 0b1000000]}, "simulated"),
        ({"020": [(5, 0, 0, 0, 1, None)]}, "field-monitor"),
        ({"170": [0, 0b0100000]}, "ghost"),
    ],
)
def test_plots_that_are_no_traffic(items: dict[str, Any], name: str) -> None:
    assert refused(plot(**POLAR, **items), sites={(25, 201): SITE}) == {name: 1}


def test_a_plot_that_was_not_detected_has_no_place() -> None:
    report, counts = one(plot(**POLAR, **{"020": [0]}), sites={(25, 201): SITE})
    assert report.position is None
    assert counts == {"no-detection": 1}


def test_a_level_that_was_garbled() -> None:
    report, counts = one(plot(**POLAR, **{"090": (0, 1, (350.0, "FL"))}))
    assert report.pressure is None
    assert counts["level-not-valid"] == 1


@pytest.mark.parametrize(
    "items", [{"020": [(5, 0, 0, 0, 0, None), 0b0001000]}, {"070": (0, 0, 0, 0, "7700")}]
)
def test_emergencies_of_a_plot(items: dict[str, Any]) -> None:
    assert one(plot(**items))[0].emergency


def test_a_plot_on_the_ground() -> None:
    assert one(plot(**{"230": (0, 1, 0, 0, 0, 0, 0, 0, 0)}))[0].on_ground


@pytest.mark.parametrize("raw", [0, 0xFFFFFF])
def test_no_address(raw: int) -> None:
    report, counts = one(plot(**{"220": raw}))
    assert report.ident.icao24 == ""
    assert counts == {"bad-address": 1}


def test_characters_that_are_none() -> None:
    report, counts = one(plot(**{"240": 0x3F << 42}))
    assert report.ident.callsign == ""
    assert counts == {"bad-callsign": 1}
    assert one(plot(**{"240": 0}))[0].ident.callsign == ""
