"""Duplicated, swapped and changing identities."""

from __future__ import annotations

from collections.abc import Iterable

from parley.rules.findings import Finding, Kind, Level
from parley.rules.watching import WatchRules
from parley.space import Position
from parley.watch.report import Ident, Report, Sense
from parley.watch.tracking.carry import apart, moved
from parley.watch.tracking.picture import Picture

T0 = 1_700_000_000_000


def report(
    s: float,
    east_m: float,
    north_m: float = 0.0,
    *,
    ident: Ident | None = None,
    sensor: str = "adsb",
    sense: Sense = Sense.SELF,
    speed: float = 200.0,
    course: float = 90.0,
) -> Report:
    lat, lon = moved(47.0, 8.0, east_m, north_m)
    return Report(
        sensor,
        T0 + round(1000 * s),
        ident or Ident(icao24="4b1814"),
        Position(lat_deg=lat, lon_deg=lon),
        100.0,
        speed_mps=speed,
        course_deg=course,
        sense=sense,
    )


def picture(reports: Iterable[Report]) -> Picture:
    made = Picture(WatchRules())
    for each in reports:
        made.take([each], each.seen_ms)
    return made


def found(made: Picture, now_ms: int, kind: Kind) -> list[Finding]:
    return [f for f in made.findings(made.at(now_ms)) if f.kind == kind]


def test_one_identity_at_two_places_by_one_sensor_is_two_tracks() -> None:
    both: list[Report] = []
    for s in range(20):
        both += [report(s, 200 * s), report(s + 0.5, 150_000 - 200 * s, course=270)]
    made = picture(both)
    tracks = made.at(T0 + 20_000)
    assert tracks.ids == ("icao:4b1814", "icao:4b1814~2")
    far = apart(47.0, 8.0, float(tracks.lat_deg[1]), float(tracks.lon_deg[1]))
    assert 140_000 < far < 150_000
    (conflict,) = found(made, T0 + 20_000, Kind.IDENTITY_CONFLICT)
    assert conflict.refs == ("track:icao:4b1814",)
    assert conflict.codes == ("duplicate",)
    assert conflict.level == Level.ADVISORY
    assert 140_000 < conflict.measured["apart_m"] < 150_000
    assert made.rejected == {"impossible-jump": 4}
    assert made.findings(made.at(T0 + 20_000)) == [conflict]


def test_the_second_of_two_coasts_like_any_other_and_never_just_vanishes() -> None:
    both: list[Report] = []
    for s in range(20):
        both += [report(s, 200 * s), report(s + 0.5, 900_000 - 200 * s, course=270)]
    both += [report(s, 200 * s) for s in range(20, 200)]
    made = picture(both)
    tracks = made.at(T0 + 199_000)
    assert tracks.ids == ("icao:4b1814", "icao:4b1814~2")
    assert tracks.status.tolist() == [0, 2]


def test_one_identity_at_two_places_by_two_sensors() -> None:
    both: list[Report] = []
    for s in range(10):
        both += [
            report(s, 200 * s, sensor="north"),
            report(s, 200 * s, 400_000, sensor="south"),
        ]
    made = picture(both)
    assert made.at(T0 + 10_000).ids == ("icao:4b1814", "icao:4b1814~2")
    (conflict,) = found(made, T0 + 10_000, Kind.IDENTITY_CONFLICT)
    assert conflict.codes == ("duplicate",)
    assert made.rejected == {}


def test_an_aircraft_that_says_it_is_elsewhere_is_where_the_radar_sees_it() -> None:
    both: list[Report] = []
    for s in range(10):
        both += [
            report(s, 200 * s, 150_000),
            report(s, 200 * s, sensor="radar", sense=Sense.RADAR),
        ]
    made = picture(both)
    tracks = made.at(T0 + 9_000)
    assert tracks.ids == ("icao:4b1814", "icao:4b1814~2")
    assert apart(47.0, 8.0, float(tracks.lat_deg[0]), float(tracks.lon_deg[0])) < 3000
    assert tracks.doubted.tolist() == [True, True]
    assert found(made, T0 + 9_000, Kind.IDENTITY_CONFLICT) == []
    doubted = found(made, T0 + 9_000, Kind.POSITION_DOUBTED)
    assert {f.codes for f in doubted} == {("self-report-against-radar",)}


A, B = Ident(icao24="aaaaaa", callsign="AFR1"), Ident(icao24="bbbbbb", callsign="DLH2")


def test_two_that_exchange_identities_are_told_as_one_pair() -> None:
    reports = []
    for s in range(40):
        first, second = (A, B) if s < 20 else (B, A)
        reports += [
            report(s, 200 * s, ident=first),
            report(s, 90_000 - 200 * s, 20_000, ident=second, course=270),
        ]
    made = picture(reports)
    (conflict,) = found(made, T0 + 40_000, Kind.IDENTITY_CONFLICT)
    assert conflict.refs == ("track:icao:aaaaaa", "track:icao:bbbbbb")
    assert conflict.level == Level.WARNING
    assert conflict.codes == ("swapped",)
    assert found(picture(reversed_pairs(reports)), T0 + 40_000, Kind.IDENTITY_CONFLICT) == [
        conflict
    ]
    assert found(made, T0 + 400_000, Kind.IDENTITY_CONFLICT) == []


def reversed_pairs(reports: list[Report]) -> list[Report]:
    return [reports[i ^ 1] for i in range(len(reports))]


def test_two_that_only_jump_are_not_said_to_be_swapped() -> None:
    reports = []
    for s in range(40):
        off = 0 if s < 20 else 300_000
        reports += [
            report(s, 200 * s + off, ident=A),
            report(s, 90_000 - 200 * s, 20_000 - off, ident=B, course=270),
        ]
    assert found(picture(reports), T0 + 40_000, Kind.IDENTITY_CONFLICT) == []


def test_callsigns_that_go_from_one_to_the_other_are_swapped() -> None:
    reports = []
    for s in range(40):
        calls = ("AFR1", "DLH2") if s < 20 else ("DLH2", "AFR1")
        for n, call in enumerate(calls):
            ident = Ident(number=str(n), callsign=call)
            reports.append(report(s, 200 * s, 9000 * n, ident=ident, sensor="r", sense=Sense.RADAR))
    made = picture(reports)
    (conflict,) = found(made, T0 + 40_000, Kind.IDENTITY_CONFLICT)
    assert conflict.refs == ("track:r/0", "track:r/1")
    assert conflict.codes == ("callsign", "swapped")
    assert made.at(T0 + 40_000).label == ("DLH2", "AFR1")


def test_a_callsign_that_changes_alone_is_no_conflict() -> None:
    reports = [
        report(s, 200 * s, ident=Ident(icao24="aaaaaa", callsign="AFR1" if s < 9 else "AFR1A"))
        for s in range(20)
    ]
    made = picture(reports)
    assert made.findings(made.at(T0 + 20_000)) == []
    assert made.at(T0 + 20_000).label == ("AFR1A",)


def test_a_numbered_track_becomes_the_aircraft_whose_address_it_gives() -> None:
    def radar(s: int, ident: Ident) -> Report:
        return report(s, 200 * s, ident=ident, sensor="r", sense=Sense.RADAR)

    made = picture(radar(s, Ident(number="17")) for s in range(10))
    assert made.at(T0 + 9_000).ids == ("r/17",)
    made.take([radar(10, Ident(number="17", icao24="aaaaaa"))], T0 + 10_000)
    assert made.at(T0 + 10_000).ids == ("icao:aaaaaa",)
    made.take([radar(11, Ident(number="17"))], T0 + 11_000)
    tracks = made.at(T0 + 11_000)
    assert tracks.ids == ("icao:aaaaaa",)
    assert tracks.seen_ms[0] == T0 + 11_000


def test_one_number_of_two_radars_is_two_aircraft() -> None:
    made = picture(
        report(0, 0, ident=Ident(number="17"), sensor=sensor, sense=Sense.RADAR)
        for sensor in ("r1", "r2")
    )
    assert made.at(T0).ids == ("r1/17", "r2/17")


def test_a_name_that_looks_like_a_second_place_stays_its_own() -> None:
    both = [report(0, 0, ident=Ident(uid="icao:4b1814~2"))]
    for s in range(20):
        both += [report(s, 200 * s), report(s + 0.5, 150_000 - 200 * s, course=270)]
    tracks = picture(both).at(T0 + 20_000)
    assert tracks.ids == ("icao:4b1814", "icao:4b1814~2", "icao:4b1814~~2")
    assert len(set(tracks.ids)) == 3
