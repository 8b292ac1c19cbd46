"""The file of what followed: every name looked up, nobody's word entered for another."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from parley.cli.demos import demo
from parley.errors import InputError
from parley.liaison.incidents.contents import Claim
from parley.wire.liaison.liaison_scenario import (
    LiaisonScenario,
    Posting,
    night_refs,
    parse_liaison_scenario,
)
from parley.wire.scenario import parse_scenario
from parley.wire.scenario_values import ASSUMPTION, Scenario

FILE = "il20-2018-liaison.json"


@cache
def night() -> Scenario:
    return parse_scenario(demo.scenario_bytes(), demo.SCENARIO)


def members() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(demo.scenario_bytes(FILE))
    return found


def parse(value: Any) -> LiaisonScenario:
    return parse_liaison_scenario(json.dumps(value).encode(), FILE, night())


def act(value: dict[str, Any], act_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(a for a in value["acts"] if a["id"] == act_id)
    return found


def test_every_word_has_a_source_or_says_that_it_is_ours() -> None:
    for one in parse(members()).acts:
        assert one.claim.sources or one.claim.claimant == ASSUMPTION
        assert one.claim.reason or one.claim.claimant != ASSUMPTION


def test_a_claim_is_entered_for_whoever_made_it() -> None:
    scenario = parse(members())
    refs = dict(night_refs(scenario.night, scenario.script))
    for one in scenario.acts:
        if isinstance(one.deed, Posting):
            content = scenario.content(one, refs)
            refs[one.id] = f"{one.deed.kind}:{one.by}-0"
            if isinstance(content, Claim):
                assert content.claimant == one.claim.claimant
                assert content.claimant == one.by or one.by == "observer"


def test_both_sides_speak_and_both_are_cited() -> None:
    acts = parse(members()).acts
    claims = [a for a in acts if isinstance(a.deed, Posting) and a.deed.kind == "claim"]
    for party in ("ru", "il"):
        mine = [a for a in claims if a.by == party]
        assert len(mine) >= 8
        assert all(source in parse(members()).sources for a in mine for source in a.claim.sources)


def wrong_night(v: dict[str, Any]) -> None:
    v["night"] = "another"


def wrong_script(v: dict[str, Any]) -> None:
    v["script"] = "as-somebody-says"


def target(v: dict[str, Any]) -> None:
    act(v, "incident")["paper"]["content"]["target"] = "x"


def other_claimant(v: dict[str, Any]) -> None:
    act(v, "lead-il")["claimant"] = "ru"


def unknown_source(v: dict[str, Any]) -> None:
    act(v, "lead-il")["sources"] = ["NOBODY"]


def no_source(v: dict[str, Any]) -> None:
    act(v, "lead-il")["sources"] = []


def no_reason(v: dict[str, Any]) -> None:
    del act(v, "review")["reason"]


def unknown_fact(v: dict[str, Any]) -> None:
    act(v, "lead-il")["fact"] = "E99"


def later_ref(v: dict[str, Any]) -> None:
    act(v, "lead-ru-18")["paper"]["content"]["supersedes"] = "@lead-ru-23"


def other_s_paper(v: dict[str, Any]) -> None:
    act(v, "review")["by"] = "il"


def own_reply(v: dict[str, Any]) -> None:
    act(v, "hit-by-il")["by"] = "ru"


def bare_time(v: dict[str, Any]) -> None:
    act(v, "jets-il")["paper"]["content"]["happened"] = "19:02"


def bare_instant(v: dict[str, Any]) -> None:
    act(v, "lead-il")["time"] = "2018-09-21T09:00:00"


def twice(v: dict[str, Any]) -> None:
    v["acts"].append(dict(act(v, "lead-il")))


def night_s_id(v: dict[str, Any]) -> None:
    act(v, "lead-il")["id"] = "notice"


def in_the_night(v: dict[str, Any]) -> None:
    act(v, "call-29")["time"] = "2018-09-17T18:39:00Z"


def two_deeds(v: dict[str, Any]) -> None:
    act(v, "hit-by-il")["withdraw"] = {"on": "hit-by-ru"}


def no_kind(v: dict[str, Any]) -> None:
    act(v, "lead-il")["paper"]["kind"] = "gossip"


def no_role(v: dict[str, Any]) -> None:
    act(v, "lead-il")["role"] = "general"


def to_itself(v: dict[str, Any]) -> None:
    act(v, "lead-il")["to"] = ["il"]


def no_incident(v: dict[str, Any]) -> None:
    v["incident"] = "lead-il"


def renamed(v: dict[str, Any]) -> None:
    v["claimants"]["ru"] = "Somebody else"


@pytest.mark.parametrize(
    ("break_it", "where"),
    [
        (wrong_night, "night"),
        (wrong_script, ""),
        (target, "acts[1]"),
        (other_claimant, "claimant"),
        (unknown_source, "sources"),
        (no_source, "sources"),
        (no_reason, "acts["),
        (unknown_fact, "fact"),
        (later_ref, "content.supersedes"),
        (other_s_paper, "amend.on"),
        (own_reply, "acts["),
        (bare_time, "happened"),
        (bare_instant, "time"),
        (twice, "acts"),
        (night_s_id, "acts"),
        (in_the_night, "acts"),
        (two_deeds, "acts["),
        (no_kind, "paper.kind"),
        (no_role, "role"),
        (to_itself, "to"),
        (no_incident, "incident"),
        (renamed, "claimants"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_place(
    break_it: Callable[[dict[str, Any]], None], where: str
) -> None:
    value = members()
    break_it(value)
    with pytest.raises(InputError) as caught:
        parse(value)
    assert where in caught.value.where
    assert caught.value.at_fault == f"the author of {FILE}"
    assert caught.value.right


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"[" * 9_000])
def test_bytes_that_are_no_file_are_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        parse_liaison_scenario(data, FILE, night())
