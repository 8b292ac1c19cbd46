"""What an agreement says of the live watch: every field in the file, strict, and in the digest."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.rules.findings import Level
from parley.rules.watching import (
    AgeRules,
    AlarmRules,
    AlertStep,
    ConformanceRules,
    Cylinder,
    WatchRules,
    WellClear,
)
from parley.testing import watchpage
from parley.testing.agreements import small_agreement
from parley.wire.agreement import agreement_digest, format_agreement, parse_agreement
from parley.wire.watchrules import watch_from, watch_to

WITHOUT = "192e9bffc81250bb2cc5844c94aa81ecc2e0803690e1479718b2b92d958c79fe"
"""The digest of ``small_agreement`` from before agreements could say anything of the watch."""


def parse(file: dict[str, Any]) -> Agreement:
    return parse_agreement(json.dumps(file).encode(), "levant.json")


def test_an_agreement_that_says_nothing_of_the_watch_has_the_digest_that_it_always_had() -> None:
    assert agreement_digest(small_agreement()) == WITHOUT
    assert "watch" not in json.loads(format_agreement(small_agreement()))


def test_rules_for_the_watch_are_part_of_the_digest() -> None:
    plain = replace(small_agreement(), watch=WatchRules())
    other = replace(small_agreement(), watch=WatchRules(ages=AgeRules(late_s=16)))
    digests = {agreement_digest(a) for a in (small_agreement(), plain, other)}
    assert len(digests) == 3


def test_a_cylinder_and_a_well_clear_volume_differ_in_the_digest() -> None:
    steps = [(AlertStep(Level.URGENT, volume, 60),) for volume in (Cylinder(1, 1), Cylinder(1, 2))]
    one, other = (replace(small_agreement(), watch=WatchRules(steps=s)) for s in steps)
    assert agreement_digest(one) != agreement_digest(other)


def test_what_is_left_out_has_its_default(agreement_file: dict[str, Any]) -> None:
    agreement_file["watch"] = {}
    silent = parse(agreement_file)
    assert silent.watch == WatchRules()
    agreement_file["watch"] = watch_to(WatchRules())
    assert agreement_digest(parse(agreement_file)) == agreement_digest(silent)
    agreement_file["watch"] = {"conformance": {"late_s": 90}, "hazard_s": 600}
    some = parse(agreement_file).watch
    assert some == WatchRules(conformance=ConformanceRules(late_s=90), hazard_s=600)


def test_the_file_is_read_back_with_its_watch(agreement_file: dict[str, Any]) -> None:
    agreement_file["watch"] = {"alarms": {"escalate_to": "hq"}, "plausible": {"min_height_m": -500}}
    told = parse(agreement_file)
    assert parse_agreement(format_agreement(told), "again.json") == told


_seconds = st.integers(1, 3600)
_lengths = st.integers(0, 10**9)
_volumes = st.builds(Cylinder, _lengths, _lengths) | st.builds(
    WellClear, _lengths, _lengths, _lengths, _lengths
)


@st.composite
def _steps(draw: st.DrawFn) -> tuple[AlertStep, ...]:
    levels = sorted(draw(st.sets(st.sampled_from(Level), min_size=1)))
    times = sorted(draw(st.tuples(*[_seconds] * len(levels))), reverse=True)
    return tuple(
        AlertStep(level, draw(_volumes), within_s)
        for level, within_s in zip(levels, times, strict=True)
    )


@given(_steps(), st.integers(0, 10**9), st.integers(-(10**9), 10**9), st.integers(1, 100))
def test_rules_survive_the_file(
    steps: tuple[AlertStep, ...], late_s: int, lowest_m: int, escalate_s: int
) -> None:
    rules = WatchRules(
        steps=steps,
        ages=replace(AgeRules(), late_s=late_s),
        plausible=replace(WatchRules().plausible, min_height_m=lowest_m),
        alarms=AlarmRules(escalate_s=escalate_s, escalate_to="chief"),
    )
    assert watch_from(json.loads(json.dumps(watch_to(rules)))) == rules


def test_every_field_is_in_the_file() -> None:
    def fields(value: Any) -> set[str]:
        return {f.name for f in dataclasses.fields(value)}

    rules, plain = WatchRules(), watch_to(WatchRules())
    assert set(plain) == fields(rules)
    for name, inner in plain.items():
        if isinstance(inner, dict):
            assert set(inner) == fields(getattr(rules, name))
    first, last = plain["steps"][0], plain["steps"][-1]
    assert set(first) == {"level", "volume", "within_s"}
    assert first["level"] == "advisory"
    assert set(first["volume"]["cylinder"]) == {"horizontal_cm", "vertical_cm"}
    assert set(last["volume"]["well_clear"]) == fields(WellClear(1, 1, 1))


STEP = {"level": "urgent", "volume": {"cylinder": {"horizontal_cm": 1, "vertical_cm": 1}}}


@pytest.mark.parametrize(
    ("watch", "where"),
    [
        ({"lookahead": 1}, "watch"),
        ({"calm": {"weapon": 1}}, "watch.calm"),
        ({"calm": []}, "watch.calm"),
        ({"calm": None}, "watch.calm"),
        ({"hazard_s": -1}, "watch.hazard_s"),
        ({"hazard_s": 10**9 + 1}, "watch.hazard_s"),
        ({"hazard_s": 1.0}, "watch.hazard_s"),
        ({"hazard_s": True}, "watch.hazard_s"),
        ({"hazard_s": "300"}, "watch.hazard_s"),
        ({"plausible": {"min_height_m": -(10**9) - 1}}, "watch.plausible.min_height_m"),
        ({"plausible": {"max_height_m": -1}}, "watch.plausible.max_height_m"),
        ({"steps": []}, "watch.steps"),
        ({"steps": {}}, "watch.steps"),
        ({"steps": [STEP] * 65}, "watch.steps"),
        ({"steps": [STEP]}, "watch.steps[0]"),
        ({"steps": [{**STEP, "within_s": 10, "level": "Urgent"}]}, "watch.steps[0].level"),
        ({"steps": [{**STEP, "within_s": 10, "level": 3}]}, "watch.steps[0].level"),
        ({"steps": [{**STEP, "within_s": 10, "volume": {}}]}, "watch.steps[0].volume"),
        (
            {"steps": [{**STEP, "within_s": 10, "volume": {"sphere": {}}}]},
            "watch.steps[0].volume",
        ),
        (
            {"steps": [{**STEP, "within_s": 10, "volume": {"cylinder": {"horizontal_cm": 1}}}]},
            "watch.steps[0].volume.cylinder",
        ),
        ({"steps": [{**STEP, "within_s": 10}] * 2}, "watch.steps"),
        ({"steps": [{**STEP, "within_s": 3601}]}, "watch.steps"),
        ({"alarms": {"escalate_to": "Chief of Staff"}}, "watch.alarms.escalate_to"),
        ({"alarms": {"escalate_to": "nobody"}}, "watch.alarms.escalate_to"),
        ({"alarms": {"max_shelf_s": 0}}, "watch.alarms.max_shelf_s"),
        ([], "watch"),
        ("none", "watch"),
    ],
)
def test_what_is_wrong_is_named_with_place_author_and_what_would_be_right(
    agreement_file: dict[str, Any], watch: Any, where: str
) -> None:
    agreement_file["watch"] = watch
    with pytest.raises(InputError) as caught:
        parse(agreement_file)
    assert caught.value.where == where
    assert caught.value.at_fault == "the author of levant.json"
    assert caught.value.right


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["steps", "level", "volume", "cylinder", "calm", "hits", "x"]), inner
        )
    ),
    max_leaves=10,
)


@given(_json)
def test_only_input_errors_escape_hostile_rules(plain: Any) -> None:
    try:
        rules = watch_from(plain)
    except FormatError:
        return
    assert watch_from(watch_to(rules)) == rules


def test_the_page_shows_the_members_with_their_defaults() -> None:
    assert json.loads(watchpage.block()) == {"watch": watch_to(WatchRules())}
    text = watchpage.PAGE.read_text(encoding="utf-8")
    assert watchpage.block() in text, "python -m parley.testing.diagrams"
