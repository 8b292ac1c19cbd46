"""A radar's plots without address, and the aircraft they are of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from parley.rules.watching import WatchRules
from parley.space import Position, PressureAltitude
from parley.watch.report import Ident, Report, Sense
from parley.watch.tracking.carry import moved
from parley.watch.tracking.picture import Picture

T0 = 1_700_000_000_000


def report(
    s: float,
    north_m: float,
    ident: Ident,
    sensor: str = "adsb",
    sense: Sense = Sense.SELF,
    level: float = 9000.0,
) -> Report:
    lat, lon = moved(47.0, 8.0, 220 * s, north_m)
    at = Position(lat_deg=lat, lon_deg=lon)
    pressure = PressureAltitude.metres(level)
    return Report(
        sensor,
        T0 + round(1000 * s),
        ident,
        at,
        150.0,
        pressure,
        speed_mps=220,
        course_deg=90,
        sense=sense,
    )


Plot = Callable[[int], Report]


def plot(
    number: int, *, code: str = "", north_m: float = 200.0, sensor: str = "r", level: float = 9000.0
) -> Plot:
    ident = Ident(number=str(number), mode3a=code)
    return lambda s: report(s, north_m, ident, sensor, Sense.RADAR, level)


def airliner(code: str = "") -> Plot:
    return lambda s: report(s, 0.0, Ident(icao24="4b1814", mode3a=code))


def seen(every_second: list[Plot], every_four: list[Plot], seconds: int = 90) -> Picture:
    made = Picture(WatchRules())
    for s in range(seconds):
        batch = [make(s) for make in every_second]
        batch += [make(s) for make in every_four] if s % 4 == 0 else []
        made.take(batch, T0 + 1000 * s)
    return made


def ids(made: Picture, s: int = 89) -> tuple[str, ...]:
    return made.at(T0 + 1000 * s).ids


def test_a_plot_that_follows_an_aircraft_is_it() -> None:
    made = seen([airliner()], [plot(17)])
    tracks = made.at(T0 + 89_000)
    assert tracks.ids == ("icao:4b1814",)
    assert tracks.sensors[0] == 2
    assert made.findings(tracks) == []


def test_not_at_once() -> None:
    assert ids(seen([airliner()], [plot(17)], 15), 14) == ("icao:4b1814", "r/17")


def test_two_radars_may_both_see_it() -> None:
    assert ids(seen([airliner()], [plot(17), plot(17, sensor="s")])) == ("icao:4b1814",)


@pytest.mark.parametrize("other", [plot(18, north_m=-300.0), plot(18, north_m=600.0)])
def test_two_in_formation_stay_two(other: Plot) -> None:
    assert ids(seen([airliner()], [plot(17), other])) == ("icao:4b1814", "r/17", "r/18")


def test_one_that_is_farther_off_is_the_other_one() -> None:
    made = seen([airliner()], [plot(17), plot(18, north_m=1500.0)])
    assert ids(made) == ("icao:4b1814", "r/18")


def test_its_own_code_tells_it_from_the_one_beside_it() -> None:
    both = [plot(17, code="2345"), plot(18, code="4521", north_m=-300.0)]
    assert ids(seen([airliner("2345")], both)) == ("icao:4b1814", "r/18")


def test_one_that_hides_behind_an_airliner_is_seen_when_the_radar_sees_both() -> None:
    both = [plot(17, code="2345"), plot(18, north_m=-300.0)]
    assert ids(seen([airliner("2345")], both)) == ("icao:4b1814", "r/18")


def test_another_code_or_another_level_is_another_aircraft() -> None:
    assert ids(seen([airliner("2345")], [plot(17, code="2346")])) == ("icao:4b1814", "r/17")
    assert ids(seen([airliner()], [plot(17, level=9400.0)])) == ("icao:4b1814", "r/17")


def test_a_radar_that_sees_the_aircraft_itself_sees_another_one_beside_it() -> None:
    def named(s: int) -> Report:
        return report(s, 100.0, Ident(icao24="4b1814"), "r", Sense.RADAR)

    assert ids(seen([airliner()], [plot(17), named])) == ("icao:4b1814", "r/17")


def test_who_flies_off_is_a_track_of_his_own_again() -> None:
    def off(s: int) -> Report:
        north_m = 200.0 + max(0, s - 60) * 150
        return report(s, north_m, Ident(number="17"), "r", Sense.RADAR)

    made = Picture(WatchRules())
    shown = {}
    for s in range(90):
        made.take([airliner()(s), off(s)], T0 + 1000 * s)
        shown[s] = ids(made, s)
    assert shown[60] == ("icao:4b1814",)
    assert shown[75] == ("icao:4b1814", "r/17")
