"""The night of the Il-20 on real nodes: what the mechanism tells, to whom, and what it does not."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from parley.cli.demos import demo
from parley.cli.demos.demo_figures import Common, Figures, Told, common, figures, is_shared, told
from parley.ledger import VerifyKey, verify_evidence, verify_log
from parley.node.node import Node
from parley.node.replay import Minute, Run, carried, replay
from parley.rules.findings import Finding, Kind, Level, canonical_bytes
from parley.rules.statements import Rung
from parley.store.memory import MemoryStore
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.wire.instants import parse_instant
from parley.wire.scenario import parse_scenario

AS_IT_WAS, SHOULD = demo.AS_IT_WAS, demo.SHOULD


def at(clock: str) -> int:
    return parse_instant(f"2018-09-17T{clock}Z")


@dataclass(frozen=True)
class Night:
    """What a run left behind, at every node."""

    minutes: tuple[Minute, ...]
    told: tuple[Told, ...]
    figures: Figures
    common: Common
    unequal: tuple[int, ...]
    roots: Mapping[str, VerifyKey]
    evidence: Mapping[str, bytes]
    logs: Mapping[str, bytes]

    def opened(self, kind: Kind, party: str = "", ref: str = "") -> list[Told]:
        return [
            t
            for t in self.told
            if t.event == "finding-opened"
            and t.finding.kind is kind
            and party in ("", t.party)
            and any(r.startswith(ref) for r in t.finding.refs)
        ]


async def _play(data: bytes, run: Run) -> Night:
    scenario = parse_scenario(data, demo.SCENARIO)
    clock = HandClock(scenario.span.start_ms)
    nodes: dict[str, Node] = {}
    for party in scenario.agreement.parties:
        nodes[party.id] = await started_node(scenario.agreement, party.id, clock=clock)
    minutes, unequal = [], []
    async for minute in replay(scenario, run, nodes, clock.set, lambda: carried(nodes)):
        minutes.append(minute)
        found = [[f for f in await nodes[p].findings() if is_shared(f)] for p in ("ru", "il")]
        if canonical_bytes(found[0]) != canonical_bytes(found[1]):
            unequal.append(minute.at_ms)
    for node in nodes.values():
        await node.check_node(MemoryStore())
    night = Night(
        tuple(minutes),
        tuple(told(minutes)),
        await figures(scenario, run, minutes, nodes),
        await common(nodes["ru"], nodes["il"]),
        tuple(unequal),
        nodes["ru"].context.roots,
        {p: await n.evidence([r.ref for r in await n.items()]) for p, n in nodes.items()},
        {p: await n.log_file() for p, n in nodes.items()},
    )
    for node in nodes.values():
        await node.close()
    return night


@cache
def night(account: str, script: str = AS_IT_WAS, lead_s: int | None = None) -> Night:
    """The scenario of the project, played once for all tests that ask for this run."""
    return asyncio.run(_play(demo.scenario_bytes(), Run(account, script, lead_s)))


def test_that_the_declared_place_is_not_where_the_jets_are_is_known_at_the_notice() -> None:
    found = night("ru").opened(Kind.PLACE_MISMATCH, "ru")[0]
    assert found.at_ms == at("18:39:00")
    assert found.finding.refs == ("notice:il-1", "track:JETS")
    assert found.finding.measured["distance_m"] > found.finding.measured["allowed_m"]


def test_where_an_account_gives_no_position_nothing_is_held_against_the_notice() -> None:
    assert night("il", lead_s=300).opened(Kind.PLACE_MISMATCH) == []
    assert not night("il", lead_s=300).figures.seen_before_end


def test_the_bystander_is_urgent_the_minute_air_defence_opens() -> None:
    found = night("ru").opened(Kind.BYSTANDER, "ru", "report:ru-2")
    il20 = next(t for t in found if t.finding.refs[1] == "track:IL20")
    assert il20.at_ms == at("18:51:00")
    assert il20.finding.level is Level.URGENT
    assert {t.finding.refs[1] for t in found} >= {"presence:ru-1", "site:hmeimim"}


@pytest.mark.parametrize("script", [AS_IT_WAS, SHOULD])
def test_nobody_else_is_shown_a_protected_presence_or_its_track(script: str) -> None:
    for one in night("ru", script).told:
        if one.party != "ru":
            assert not {"track:IL20", "presence:ru-1"} & set(one.finding.refs)
    for party in ("il", "observer"):
        assert b"return and approach" not in night("ru", script).logs[party]


def test_no_all_clear_came_before_the_approach() -> None:
    found = night("ru").opened(Kind.NO_ALL_CLEAR, "ru", "track:IL20")
    assert found[0].at_ms < at("18:59:00")
    assert night("ru").figures.all_clear_ms == -1


def test_the_notice_that_nobody_acknowledged_is_said_to_both_and_to_the_observer() -> None:
    for party in ("ru", "il", "observer"):
        found = night("ru").opened(Kind.UNACKNOWLEDGED, party, "notice:il-1")
        assert found[0].at_ms <= at("18:41:00")
    owing = {(o.ref, o.party): o for o in night("ru").figures.owing}
    assert owing["notice:il-1", "ru"].rung is Rung.RECEIVED
    assert owing["notice:il-1", "ru"].answered_ms == -1


def test_the_distress_call_and_its_delay() -> None:
    unsaid = night("ru").opened(Kind.DISTRESS_NOT_PASSED_ON)
    assert [(t.party, t.at_ms) for t in unsaid] == [("ru", at("19:04:00"))]
    calls = night("ru").opened(Kind.DISTRESS)
    assert {t.party for t in calls} == {"ru", "il", "observer"}
    for call in calls:
        assert call.at_ms == at("19:29:00")
        assert call.finding.measured["delay_s"] == 1575
        assert call.finding.codes == ("late",)
    assert night("ru").figures.distress_answer_s == 24 * 60


@pytest.mark.parametrize(("account", "script"), [("ru", AS_IT_WAS), ("ru", SHOULD)])
def test_both_find_the_same_from_what_both_hold_at_every_minute(account: str, script: str) -> None:
    played = night(account, script)
    assert played.unequal == ()
    assert played.common.equal
    assert played.common.in_both == played.common.exchanged == played.common.receipts


@pytest.mark.parametrize("script", [AS_IT_WAS, SHOULD])
def test_logs_and_evidence_of_every_party_verify_with_pinned_keys(script: str) -> None:
    played = night("ru", script)
    for party in ("ru", "il", "observer"):
        log = verify_log((played.logs[party],), pinned=played.roots)
        assert (log.party, log.key_pinned) == (party, True)
        report = verify_evidence(played.evidence[party], pinned=played.roots)
        assert report.pinned
        assert report.split_logs == ()


def test_what_the_better_notice_changes() -> None:
    better = night("ru", SHOULD).figures
    assert night("ru", SHOULD).opened(Kind.PLACE_MISMATCH) == []
    assert night("ru", SHOULD).opened(Kind.UNACKNOWLEDGED) == []
    assert (better.verdict, better.lead_s) == ("timely", 900)
    assert better.accepted_ms < better.activity_ms
    assert better.place_known_ms == at("18:25:00")
    assert night("ru").figures.place_known_ms > better.activity_ms
    assert better.all_clear_ms == at("18:59:00")
    assert better.distress_s <= better.distress_limit_s
    assert better.not_passed_on_ms == -1


@pytest.mark.parametrize(
    ("account", "minutes", "verdict"),
    [
        ("ru", 1, "late"),
        ("il", 2, "late"),
        ("il", 5, "late"),
        ("il", 10, "late"),
        ("il", 15, "timely"),
    ],
)
def test_the_lead_time_that_each_account_claims(account: str, minutes: int, verdict: str) -> None:
    played = night(account, lead_s=60 * minutes)
    for kind in (Kind.LEAD_TIME, Kind.LEAD_TIME_RECEIVED):
        for one in played.opened(kind):
            assert one.finding.measured["lead_s"] == 60 * minutes
            assert one.finding.codes == (verdict,)


def _swapped_text(text: str) -> str:
    return re.sub(r"\b(ru|il)\b", lambda m: {"ru": "il", "il": "ru"}[m[1]], text)


def _swapped(value: Any) -> Any:
    """Every member and value that is a party's id, exchanged; nothing else."""
    if isinstance(value, dict):
        return {_swapped(k): _swapped(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_swapped(v) for v in value]
    return {"ru": "il", "il": "ru"}.get(value, value) if isinstance(value, str) else value


def _plain(party: str, event: str, at_ms: int, finding: Finding, *, swap: bool) -> tuple[Any, ...]:
    said = finding.as_json()
    if swap:
        party, said = _swapped_text(party), json.loads(_swapped_text(json.dumps(said)))
    parties, codes = said["parties"], said["codes"]
    assert isinstance(parties, list)
    assert isinstance(codes, list)
    said |= {"parties": sorted(parties), "codes": sorted(codes)}
    return party, event, at_ms, json.dumps(said, sort_keys=True)


@pytest.mark.parametrize("script", [AS_IT_WAS, SHOULD])
def test_with_the_parties_exchanged_the_findings_are_the_same_exchanged(script: str) -> None:
    other = json.dumps(_swapped(json.loads(demo.scenario_bytes()))).encode()
    swapped = asyncio.run(_play(other, Run("il", script)))
    here = [
        _plain(t.party, t.event, t.at_ms, t.finding, swap=True) for t in night("ru", script).told
    ]
    there = [_plain(t.party, t.event, t.at_ms, t.finding, swap=False) for t in swapped.told]
    assert here
    assert sorted(here) == sorted(there)


def test_the_same_run_gives_the_same_logs_byte_for_byte() -> None:
    again = asyncio.run(_play(demo.scenario_bytes(), Run("ru", AS_IT_WAS)))
    for party, data in night("ru").logs.items():
        assert entries_of(again.logs[party]) == entries_of(data)


def entries_of(log: bytes) -> list[bytes]:
    """All leaves of a log file; the head behind them holds a signature that is never the same."""
    leaves: list[bytes] = []
    verify_log(log, pinned=None, on_entry=lambda _, entry, __: leaves.append(entry.leaf()))
    return leaves


@pytest.fixture
def app() -> typer.Typer:
    """The command on its own, with a second one so that it keeps its name."""
    made = typer.Typer()
    demo.register(made)
    made.command("other")(lambda: None)
    return made


def test_the_command_plays_verifies_and_leaves_evidence(app: typer.Typer, tmp_path: Path) -> None:
    out = tmp_path / "night"
    result = CliRunner().invoke(app, ["demo", "--json", "--out", str(out)])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert {one["verified"] for one in answer["files"]} == {True}
    assert answer["figures"]["distress_s"] == 1575
    assert answer["common"]["equal"]
    urgent = [line for line in answer["lines"] if line["sign"] == "urgent"]
    assert any("IL20" in line["text"] and line["who"] == "to Russia" for line in urgent)
    assert (out / "ru.evidence").read_bytes().startswith(b"parley/evidence/v2\n")
    shown = [one for one in answer["files"] if one["kind"] == "evidence"]
    assert all(one["witnessed"] == one["entries"] for one in shown)
    assert "Il-20 going down. Keep clear." in (out / "ru.html").read_text()
    assert "Both sides on one timeline" in (out / "side-by-side.html").read_text()
    assert all(len(line["text"]) < 400 for line in answer["lines"])


def test_the_page_fits_an_officer(app: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["demo", "--speed", "max", "--as-it-should-have-been", "--out", str(tmp_path / "n")]
    )
    assert result.exit_code == 0, result.output
    page = result.stdout.replace(str(tmp_path), "").splitlines()
    assert max(len(line) for line in page) <= 100
    begin = page.index("As it should have been. All aircraft as Russia says.")
    assert page.index("Who answered what") - begin <= 65
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    "wrong", [["--speed", "fast"], ["--speed", "-1"], ["--account", "uk"], ["--out", "."]]
)
def test_what_cannot_be_played_is_refused(app: typer.Typer, wrong: list[str]) -> None:
    result = CliRunner().invoke(app, ["demo", *wrong])
    assert result.exit_code != 0
    assert type(result.exception).__name__ == "InputError"
