"""Scenario files: every claim has a claimant, every assumption a reason, every name exists."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import FormatError, InputError, PeerError
from parley.rules.statements import Draft, Rung, Use
from parley.wire.instants import parse_instant
from parley.wire.scenario import parse_scenario
from parley.wire.scenario_values import ASSUMPTION, Answering, Scenario

FILE = Path(__file__).resolve().parents[3] / "scenarios" / "il20-2018.json"
RAW: dict[str, Any] = json.loads(FILE.read_bytes())


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return parse_scenario(FILE.read_bytes(), FILE.name)


def _changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    raw = copy.deepcopy(RAW)
    change(raw)
    return json.dumps(raw).encode()


def _acts(raw: dict[str, Any], script: str = "as-it-was") -> list[dict[str, Any]]:
    acts: list[dict[str, Any]] = raw["scripts"][script]["acts"]
    return acts


def test_the_facts_of_the_night_are_read(scenario: Scenario) -> None:
    hit = scenario.fact("E09")
    assert hit.at_ms == parse_instant("2018-09-17T19:02:45Z")
    assert (hit.claim.claimant, hit.uncertainty_m) == ("ru", 20_000)
    assert scenario.fact("E03x").at_ms == -1
    assert scenario.fact("E15").status == "superseded"
    assert [d.id for d in scenario.disputes] == [f"C{n}" for n in range(1, 9)]


def test_every_claim_has_a_source_and_every_assumption_its_reason(scenario: Scenario) -> None:
    tracks = [*scenario.tracks, *(t for a in scenario.accounts.values() for t in a.tracks)]
    claims = [
        *(f.claim for f in scenario.facts),
        *(p.claim for t in tracks for p in t.points),
        *(a.claim for s in scenario.scripts.values() for a in s.acts),
        *(v.claim for v in scenario.variants),
    ]
    for claim in claims:
        assert claim.reason if claim.claimant == ASSUMPTION else claim.sources
    assert all(a.reason for a in scenario.assumptions)


def test_both_sides_stand_in_it_with_their_own_tracks(scenario: Scenario) -> None:
    assert {a.claimant for a in scenario.accounts.values()} == {"ru", "il"}
    assert {f.claim.claimant for f in scenario.facts} == {"ru", "il"}
    for account in scenario.accounts.values():
        for point in account.tracks[0].points:
            assert point.claim.claimant in (account.claimant, ASSUMPTION)
    assert [v.lead_s for v in scenario.variants_of("ru")] == [60]
    assert sorted(v.lead_s for v in scenario.variants_of("il")) == [120, 300, 600, 900]


def test_the_better_notice_is_what_the_agreement_asks_for(scenario: Scenario) -> None:
    script = scenario.script("as-it-should-have-been")
    notice = next(a for a in script.acts if isinstance(a.deed, Draft))
    assert isinstance(notice.deed, Draft)
    rules = scenario.agreement.activity_class(notice.deed.activity_class)
    start_ms = min(v.volume.span.start_ms for v in notice.deed.volumes)
    assert start_ms - notice.at_ms >= 1000 * rules.lead_s
    assert {v.use for v in notice.deed.volumes} == {Use.ACTIVITY, Use.AIRCRAFT}
    rungs = [
        a.deed.rung for a in script.acts if isinstance(a.deed, Answering) and a.deed.on == notice.id
    ]
    assert rungs == [Rung.READ, Rung.READ_BACK, Rung.ACCEPTED]


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(raw: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        place: Any = raw
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place[part]
        place[int(last) if isinstance(place, list) else last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("facts/0/claimant", "uk", "facts[0].claimant"),
        ("facts/0/sources", ["NONE"], "facts[0].sources"),
        ("facts/0/sources", [], "facts[0].sources"),
        ("facts/0/time", "17:31", "facts[0].time"),
        ("facts/0/time", "", "facts[0].time"),
        ("facts/2/dispute", "C99", "facts[2].dispute"),
        ("facts/0/id", "E02", "facts"),
        ("facts/0/position", "95N 35E", "facts[0].position"),
        ("disputes/0/sources", ["NONE"], "disputes[0].sources"),
        ("place_of_activity", "E03", "place_of_activity"),
        ("window/end", "2018-09-17T18:00:00Z", "window"),
        ("zone", "Mars/Base", "time zone"),
        ("agreement/valid/end", "later", "agreement.valid.end"),
        ("tracks/0/owner", "uk", "tracks[0]"),
        ("tracks/0/points/1/time", "2018-09-17T17:00:00Z", "tracks[0].points[1].time"),
        ("accounts/ru/tracks/0/points/0/reason", "", "accounts.ru.tracks[0].points[0]"),
        ("variants/0/account", "uk", "variants[0].account"),
        ("scripts/as-it-was/lead_of", "report", "scripts.as-it-was.lead_of"),
        ("scripts/as-it-was/acts/0/role", "king", "scripts.as-it-was.acts[0].role"),
        ("scripts/as-it-was/acts/0/by", "uk", "scripts.as-it-was.acts[0].by"),
        ("scripts/as-it-was/acts/0/time", "2018-09-18T00:00:00Z", "scripts.as-it-was.acts[0].time"),
        ("scripts/as-it-was/acts/4/answer/on", "help", "scripts.as-it-was.acts[4].answer.on"),
        ("scripts/as-it-was/acts/1/notice/place", "moon", "scripts.as-it-was.acts[1].notice.place"),
        (
            "scripts/as-it-was/acts/2/report/third_party",
            "uk",
            "scripts.as-it-was.acts[2].report.third_party",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(path: str, value: object, where: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_scenario(_changed(_set(path, value)), "night.json")
    assert refused.value.where == where
    assert refused.value.at_fault == "the author of night.json"


def test_an_act_does_exactly_one_thing() -> None:
    both = _changed(lambda raw: _acts(raw)[1].update(protect=_acts(raw)[0]["protect"]))
    with pytest.raises(FormatError, match="protect and notice"):
        parse_scenario(both, "x")
    nothing = _changed(lambda raw: _acts(raw)[1].pop("notice"))
    with pytest.raises(FormatError, match="nothing"):
        parse_scenario(nothing, "x")


@pytest.mark.parametrize("name", ["target", "weapon", "intelligence", "casualties"])
def test_members_that_the_format_does_not_have_are_refused(name: str) -> None:
    for holder in (_set(name, "x"), _set(f"facts/0/{name}", "x")):
        with pytest.raises(FormatError, match="does not exist"):
            parse_scenario(_changed(holder), "x")
    notice = _changed(lambda raw: _acts(raw)[1]["notice"].update({name: "x"}))
    with pytest.raises(FormatError, match="does not exist"):
        parse_scenario(notice, "x")


def test_two_shapes_in_one_area_are_refused() -> None:
    wrong = _set("scripts/as-it-was/acts/1/notice/volumes/0/area/circle", None)
    assert parse_scenario(_changed(wrong), "x").id == "il20-2018"
    circle = {"centre": "35N 35E", "radius_m": 1}
    wrong = _set("scripts/as-it-was/acts/1/notice/volumes/0/area/circle", circle)
    with pytest.raises(FormatError, match="exactly one shape"):
        parse_scenario(_changed(wrong), "x")


def _places(value: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    found = []
    for key, one in inner:
        here = (*path, str(key))
        found.append(here)
        if isinstance(one, dict | list):
            found.extend(_places(one, here))
    return found


_PLACES = _places(RAW)
_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), st.text(max_size=6),
    st.just([]), st.just({}), st.sampled_from(("ru", "2018-09-17T18:39:00Z", "35N 35E", "read")),
)  # fmt: skip


@given(st.sampled_from(_PLACES), _VALUES)
def test_only_named_errors_come_out_of_a_damaged_file(path: tuple[str, ...], value: object) -> None:
    data = _changed(_set("/".join(path), value))
    refused: InputError | None = None
    try:
        parse_scenario(data, "x")
    except InputError as error:
        refused = error
    assert refused is None or (refused.what and refused.at_fault == "the author of x")


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"null", b'{"a":1,"a":2}'])
def test_what_is_no_scenario_is_refused(data: bytes) -> None:
    with pytest.raises((InputError, PeerError)):
        parse_scenario(data, "x")
