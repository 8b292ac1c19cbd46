from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.papers.marking import Marking, Tlp
from parley.node.node import Node
from parley.outlets.alerts import Alerts, Pace
from parley.outlets.config import OutletConfig, Rule
from parley.outlets.webhook import WebhookSender
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node
from parley.testing.hookserver import HookServer

PACE = Pace(first_retry_s=0.01, last_retry_s=0.05, grace_s=5.0)
ALL = Rule(("hook",))


def outlet(hook: HookServer, **members: Any) -> OutletConfig:
    config = OutletConfig(
        "hook", "webhook", "blue", url=hook.url, secret_env="X", per_minute=600, timeout_s=5
    )
    return replace(config, **members)


@asynccontextmanager
async def alerts(
    node: Node, *outlets: OutletConfig, rules: tuple[Rule, ...] = (ALL,)
) -> AsyncIterator[Alerts]:
    senders = {one.name: WebhookSender(one, "s", node.clock) for one in outlets}
    made = Alerts(node, outlets, rules, senders, clock_ms=node.clock, jitter=lambda: 1.0, pace=PACE)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    made = await started_node(small_agreement(), "blue", clock=HandClock())
    yield made
    await made.close()


def texts(hook: HookServer) -> list[str]:
    return [one["text"] for _, body in hook.requests for one in json.loads(body)["alerts"]]


def keys(hook: HookServer) -> list[str]:
    return [one["key"] for _, body in hook.requests for one in json.loads(body)["alerts"]]


def live(number: int = 0) -> Draft:
    start_ms = DAWN_MS + 2 * HOUR_MS
    volume = Volume(
        Area.circle(Position(lat_deg=39 + number / 5, lon_deg=18.2), 5_000),
        Band.metres(0, 3_000),
        Span(start_ms, start_ms + HOUR_MS),
    )
    return Draft("live-activity", (NoticeVolume(Use.ACTIVITY, volume),), "", "secret words")


async def test_an_item_is_told_with_its_marking_first(node: Node, hook: HookServer) -> None:
    async with alerts(node, outlet(hook), rules=(Rule(("hook",), ("item",), ("notice",)),)):
        await node.post_notice(transit(0), role="duty")
        await node.post_notice(transit(1), role="duty", exercise=True)
        await hook.got(2)
    first, drill = texts(hook)
    assert first.startswith(
        "TLP:AMBER+STRICT // REL TO GREEN, WHITE // ORCON BLUE // Notice blue-1"
    )
    assert drill.startswith("EXERCISE // TLP:AMBER+STRICT")


async def test_rules_choose_by_kind_level_precedence_and_who(node: Node, hook: HookServer) -> None:
    rules = (
        Rule(("hook",), ("paper",), precedence="immediate"),
        Rule(("hook",), ("item",), ("notice",), by=("green",)),
        Rule(("hook",), ("finding-*",), level="urgent"),
    )
    async with alerts(node, outlet(hook), rules=rules):
        await node.post_notice(transit(0), role="duty")
        for precedence in (Precedence.ROUTINE, Precedence.FLASH, Precedence.IMMEDIATE):
            said = Message(LineName.SAFETY, precedence, "en", f"a {precedence.value} word")
            await node.post_paper(said, role="duty")
        await node.stop(role="duty", area=None)
        await hook.got(3)
    said_texts = texts(hook)
    assert sum("FLASH message" in text for text in said_texts) == 1
    assert sum("IMMEDIATE message" in text for text in said_texts) == 1
    assert not any("routine word" in text or "Notice" in text for text in said_texts)
    assert any("URGENT STOP" in text for text in said_texts)


async def test_only_what_is_releasable_leaves_for_others(node: Node, hook: HookServer) -> None:
    white = outlet(hook, recipient="white")
    open_word = Message(LineName.STRATEGIC, Precedence.ROUTINE, "en", "for all to read")
    closed_word = Message(LineName.STRATEGIC, Precedence.ROUTINE, "en", "for green alone")
    async with alerts(node, white) as service:
        await node.post_notice(transit(0), role="duty", to=["green"])  # endangers nobody
        await node.post_notice(live(), role="duty", to=["green"])
        await node.post_paper(
            closed_word, role="duty", to=["green"], marking=Marking(rel_to=("green",))
        )
        await node.post_paper(
            open_word,
            role="duty",
            to=["green"],
            marking=Marking(Tlp.GREEN, originator_control=False),
        )
        await node.stop(role="duty", area=None, text="cease")
        await hook.got(3)
        (health,) = service.health()
    told = sorted(texts(hook))
    assert [text.partition(" // ")[0] for text in told] == [
        "SAFETY SUBSET", "SAFETY SUBSET", "TLP:GREEN",
    ]  # fmt: skip
    hazard = next(text for text in told if "HAZARD" in text)
    assert "within 10.1 km of 39.0000N 18.2000E" in hazard
    assert not any("secret words" in text or "live-activity" in text for text in told)
    assert any("STOP" in text for text in told)
    assert not any("green alone" in text or "transit" in text for text in told)
    assert not any("no answer" in text for text in told)  # what the others did is not theirs
    assert health.held >= 2


async def test_outsiders_are_no_party(node: Node, hook: HookServer) -> None:
    async with alerts(node, outlet(hook, recipient="outside")):
        word = Message(LineName.STRATEGIC, Precedence.ROUTINE, "en", "for parties")
        green = Marking(Tlp.GREEN, originator_control=False)
        await node.post_paper(word, role="duty", marking=green)
        await node.post_notice(live(), role="duty")
        await node.distress(role="duty", subject="IL20", since_ms=DAWN_MS)
        await hook.got(2)
    assert {text.split(" // ")[1].split(" ")[0] for text in texts(hook)} == {"HAZARD", "DISTRESS"}


async def test_a_flood_is_gathered_and_urgent_things_never_are(
    node: Node, hook: HookServer
) -> None:
    hook.gate.clear()
    slow = outlet(hook, per_minute=1, digest_s=3_600)
    rules = (Rule(("hook",), ("item",)),)
    async with alerts(node, slow, rules=rules):
        await node.post_notice(transit(0), role="duty")
        await hook.got(1)  # it is being sent, and everything else has to wait
        for number in range(1, 31):
            await node.post_notice(transit(number), role="duty")
        for _ in range(3):
            await node.stop(role="duty", area=None)
        hook.gate.set()
        await hook.got(5)
    said = [json.loads(body) for _, body in hook.requests]
    assert [len(one["alerts"]) for one in said] == [1, 1, 1, 1, 20]
    assert [one["urgent"] for one in said] == [False, True, True, True, False]
    assert said[4]["more"] == 10
    assert said[4]["subject"].endswith("30 alerts gathered")


async def test_a_failing_server_gets_everything_once_it_is_back(
    node: Node, hook: HookServer
) -> None:
    hook.answers = [500, 503, 429, 500]
    rules = (Rule(("hook",), ("item",)),)
    async with alerts(node, outlet(hook), rules=rules) as service:
        await node.post_notice(transit(0), role="duty")
        await node.post_notice(transit(1), role="duty")
        await hook.got(6)
        assert len(set(keys(hook))) == 2
    (health,) = service.health()
    assert (health.state, health.sent, health.told, health.waiting) == ("stopped", 2, 2, 0)


async def test_a_refusal_for_good_is_counted_and_the_rest_goes_on(
    node: Node, hook: HookServer
) -> None:
    hook.answers = [422]
    rules = (Rule(("hook",), ("item",)),)
    async with alerts(node, outlet(hook), rules=rules) as service:
        await node.post_notice(transit(0), role="duty")
        await node.post_notice(transit(1), role="duty")
        await hook.got(2)
    (health,) = service.health()
    assert (health.refused, health.sent) == (1, 1)


async def test_a_dead_outlet_delays_no_other(node: Node, hook: HookServer) -> None:
    dead = outlet(hook, name="dead", url="http://127.0.0.1:1/in")
    rules = (Rule(("hook", "dead"), ("item",)),)
    async with alerts(node, dead, outlet(hook), rules=rules) as service:
        await node.post_notice(transit(0), role="duty")
        await hook.got(1)
        async with asyncio.timeout(10):
            while service.health()[0].state != "failing":
                await node.tick()
        failing, ready = service.health()
    assert failing.waiting == 1
    assert "no connection" in failing.error
    assert ready.state == "ready"


async def test_a_restart_loses_and_doubles_nothing(tmp_path: Any, hook: HookServer) -> None:
    clock = HandClock()
    store = await SqliteStore.open(tmp_path / "node.db")
    rules = (Rule(("hook",), ("item",)),)
    node = await started_node(small_agreement(), "blue", store=store, clock=clock)
    async with alerts(node, outlet(hook), rules=rules):
        for number in range(3):
            await node.post_notice(transit(number), role="duty")
        await hook.got(3)
    for number in range(3, 5):
        await node.post_notice(transit(number), role="duty")
    await node.close()

    store = await SqliteStore.open(tmp_path / "node.db")
    node = await started_node(small_agreement(), "blue", store=store, clock=clock)
    hook.gate.clear()
    async with alerts(node, outlet(hook), rules=rules):
        await hook.got(4)
        await node.stop(role="duty", area=None)  # goes ahead of what waits
        hook.gate.set()
        await hook.got(6)
    async with alerts(node, outlet(hook), rules=rules):
        await node.post_notice(transit(9), role="duty")
        await hook.got(7)
    await node.close()
    assert len(keys(hook)) == len(set(keys(hook))) == 7
    assert [headers["idempotency-key"] for headers, _ in hook.requests] == keys(hook)


async def test_a_kill_while_sending_sends_again_under_the_same_key(
    node: Node, hook: HookServer
) -> None:
    hook.gate.clear()
    rules = (Rule(("hook",), ("item",)),)
    one = outlet(hook)
    senders = {"hook": WebhookSender(one, "s", node.clock)}
    quick = replace(PACE, grace_s=0.0)
    killed = Alerts(
        node, [one], rules, senders, clock_ms=node.clock, jitter=lambda: 1.0, pace=quick
    )
    await killed.start()
    await node.post_notice(transit(0), role="duty")
    await hook.got(1)
    await killed.stop()
    hook.gate.set()
    async with alerts(node, one, rules=rules):
        await hook.got(2)
    first, second = keys(hook)
    assert first == second


async def test_a_new_outlet_begins_with_now(node: Node, hook: HookServer) -> None:
    await node.post_notice(transit(0), role="duty")
    async with alerts(node, outlet(hook), rules=(Rule(("hook",), ("item",)),)):
        await node.post_notice(transit(1), role="duty")
        await hook.got(1)
    assert len(hook.requests) == 1
    assert "blue-2" in texts(hook)[0]
