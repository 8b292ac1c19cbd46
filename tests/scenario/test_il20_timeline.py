"""The Il-20 replayed from each side's log: claims have claimants, facts a log, and with the parties
exchanged the timeline is exchanged and nothing else."""

from __future__ import annotations

import asyncio
import json
import re
from functools import cache
from typing import Any

import httpx

from parley.cli.demos import demo
from parley.cli.demos.demo_liaison import FOLLOW_UP
from parley.node.node import Node
from parley.node.replay import Run, carried, replay
from parley.node.replay_liaison import EACH, each_its_own, refs_of, replay_liaison
from parley.testing.clock import HandClock
from parley.testing.harness import TOKEN, started_node
from parley.web import create_app, serve
from parley.wire.liaison.liaison_scenario import parse_liaison_scenario
from parley.wire.scenario import parse_scenario

PARTIES = ("ru", "il")


async def _timeline(node: Node, ref: str, **query: Any) -> dict[str, Any]:
    """Every page as one."""
    running = await serve(create_app(node, operator_token=TOKEN), "127.0.0.1", 0)
    headers = {"authorization": f"Bearer {TOKEN}"}
    url = f"http://127.0.0.1:{running.port}"
    try:
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
            pages: list[dict[str, Any]] = []
            after = ""
            while not pages or after:
                asked = {**query, "after": after, "limit": 20}
                answer = await client.get(f"/v1/incidents/{ref}/timeline", params=asked)
                assert answer.status_code == 200, answer.text
                pages.append(answer.json())
                after = pages[-1]["next"] or ""
    finally:
        await running.stop()
    whole = pages[0]
    for page in pages[1:]:
        assert page["accounts"] == []
        whole["facts"] += page["facts"]
        whole["tracks"] += page["tracks"]
    return whole


async def _play(night_file: bytes, late_file: bytes) -> dict[str, dict[str, Any]]:
    night = parse_scenario(night_file, demo.SCENARIO)
    scenario = parse_liaison_scenario(late_file, FOLLOW_UP, night)
    clock = HandClock(night.span.start_ms)
    nodes = {
        one.id: await started_node(night.agreement, one.id, clock=clock)
        for one in night.agreement.parties
    }

    async def settle() -> None:
        await carried(nodes)

    run = Run(EACH, scenario.script, 60)
    minutes = replay(each_its_own(night), run, nodes, clock.set, settle)
    refs = refs_of([minute async for minute in minutes])
    async for _ in replay_liaison(scenario, refs, nodes, clock.set, settle):
        pass
    found = {party: await _timeline(nodes[party], refs[scenario.incident]) for party in PARTIES}
    for node in nodes.values():
        await node.close()
    return found


@cache
def played(*, exchanged: bool = False) -> dict[str, dict[str, Any]]:
    files = [demo.scenario_bytes(name) for name in (demo.SCENARIO, FOLLOW_UP)]
    if exchanged:
        files = [swapped(one.decode()).encode() for one in files]
    return asyncio.run(_play(*files))


def swapped(text: str) -> str:
    """Every "ru" as "il" and the reverse, wherever one stands as a word."""
    return re.sub(r"\b(ru|il)\b", lambda m: {"ru": "il", "il": "ru"}[m[1]], text)


def test_each_claim_has_its_claimant_and_both_sides_show_the_same_claims() -> None:
    ru, il = played()["ru"], played()["il"]
    assert ru["accounts"] == il["accounts"]
    for account in ru["accounts"]:
        for claim in account["claims"]:
            assert claim["claimant"] == account["claimant"]
            assert claim["source"] == f"claim of {account['claimant']}"
            assert claim["marking"]
    places = [c["place"] for a in ru["accounts"] for c in a["claims"] if c["place"]]
    assert places
    assert all(p["geometry"]["type"] == "Point" for p in places)


def test_each_fact_names_the_log_it_stands_in_and_no_claimant() -> None:
    for party in PARTIES:
        facts = played()[party]["facts"]
        assert facts
        assert {one["source"] for one in facts} == {f"log of {party}"}
        assert {one["claimant"] for one in facts} == {""}
        assert "claim" not in {one["kind"] for one in facts}


def test_the_notice_is_told_and_received_at_its_times_in_both_logs() -> None:
    ru, il = played()["ru"], played()["il"]
    told = {p: next(f for f in t["facts"] if f["kind"] == "notice") for p, t in played().items()}
    assert told["ru"]["at_ms"] == told["il"]["at_ms"]
    assert told["ru"]["received_ms"] is not None
    assert told["il"]["received_ms"] is None
    assert ("receipt", "notice:il-1") in {(f["kind"], f["ref"]) for f in il["facts"]}
    assert {t["track"] for t in ru["tracks"]} == {"IL20", "JETS"}
    assert {t["track"] for t in il["tracks"]} == {"JETS"}


def test_every_fact_is_within_the_period_and_stands_once() -> None:
    for found in played().values():
        for one in found["facts"]:
            times = [one["at_ms"], one["received_ms"] or 0]
            assert any(found["from_ms"] <= at_ms <= found["until_ms"] for at_ms in times)
        indices = [f["index"] for f in found["facts"] if f["index"] is not None]
        assert len(indices) == len(set(indices))


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """Without hashes, and without an order that rests on the parties' names."""
    text = re.sub(r"logged note [0-9a-f]+", "logged note", json.dumps(found))
    text = re.sub('TLP:[^"]*', lambda m: " ".join(sorted(re.findall("[A-Z+]+", m[0]))), text)
    members: dict[str, Any] = json.loads(text)
    for account in members["accounts"]:
        for claim in account["claims"]:
            claim["held_by"].sort()
            claim["refused_by"].sort()
            claim["contradicts"].sort()
    members["facts"].sort(key=lambda f: json.dumps(f, sort_keys=True))
    for one in members["facts"]:
        one["index"] = None
    return members


def test_with_the_parties_exchanged_the_timeline_is_exchanged_and_nothing_else() -> None:
    here, there = played()["ru"], played(exchanged=True)["il"]
    text = re.sub('TLP:[^"]*', lambda m: swapped(m[0].lower()).upper(), swapped(json.dumps(there)))
    back, ours = plain(json.loads(text)), plain(here)
    assert [a["claimant"] for a in back["accounts"]] == [a["claimant"] for a in ours["accounts"]]
    for name in ("accounts", "facts", "tracks", "from_ms", "until_ms", "title"):
        assert json.dumps(back[name], sort_keys=True) == json.dumps(ours[name], sort_keys=True), (
            name
        )
