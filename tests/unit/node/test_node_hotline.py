"""The hotline at one node: what peers sign against the rules, lines as both sides report them,
checks that are due, and pages that cost what they show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from parley.errors import ConfigError, ProtocolError
from parley.liaison.hotline import phrasebook
from parley.liaison.hotline.contents import (
    Check,
    LineName,
    LineReport,
    LineState,
    Message,
    Precedence,
)
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Content, Paper
from parley.node.liaison import hotline_lines, hotline_messages
from parley.node.liaison.hotline_checks import CheckSettings, CommsChecks, due_checks
from parley.node.liaison.hotline_lines import LineView, State
from parley.node.node import Node
from parley.node.views import Link, Outcome
from parley.rules.statements import Rung
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import HandClock
from parley.testing.harness import started_node

AGREEMENT = small_agreement()
A, B, WHITE = "blue", "green", "white"
HELLO = Message(LineName.SAFETY, Precedence.PRIORITY, "en", "Who is at the farm?")
TALK = Message(LineName.STRATEGIC, Precedence.PRIORITY, "en", "The minister will call.")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def blue(clock: HandClock) -> AsyncIterator[Node]:
    node = await started_node(AGREEMENT, A, clock=clock)
    yield node
    await node.check_node(MemoryStore())
    await node.close()


@pytest.fixture
async def green(clock: HandClock) -> AsyncIterator[Node]:
    node = await started_node(AGREEMENT, B, clock=clock)
    yield node
    await node.close()


async def signed(node: Node, content: Content, number: int, to: tuple[str, ...] = (A,)) -> bytes:
    """What the node's key signs, whatever its rules would say."""
    marking = Marking(Tlp.AMBER_STRICT, to)

    return await node.look(
        lambda desk: desk.seal(
            Paper(desk.header("duty", to), f"{node.context.party}-{number}", 1, content, marking)
        )
    )


async def heard(node: Node, note: bytes) -> Outcome:
    (outcome,) = await node.receive([note])
    return outcome


# What a peer signed against the rules


async def test_an_answer_across_the_lines_is_refused_whoever_signed_it(
    blue: Node, green: Node
) -> None:
    talk = await blue.post_paper(TALK, role="duty", to=[B])
    mixed = Message(LineName.SAFETY, Precedence.FLASH, "en", "Yes.", reply_to=talk.ref)
    outcome = await heard(blue, await signed(green, mixed, 1))
    assert isinstance(outcome.refused, ProtocolError)
    assert outcome.refused.right == "an answer on the strategic line"
    assert outcome.refused.at_fault == "party green"
    assert (await blue.papers("message", by=B)).records == ()


async def test_a_phrase_with_other_words_is_refused_whoever_signed_it(
    blue: Node, green: Node
) -> None:
    text = phrasebook.render(phrasebook.find("p-152"), "ru")
    wrong = Message(LineName.SAFETY, Precedence.FLASH, "ru", f"{text} Нет.", "p-152")
    outcome = await heard(blue, await signed(green, wrong, 1))
    assert isinstance(outcome.refused, ProtocolError)
    assert outcome.refused.right == text


async def test_an_answer_that_overtakes_what_it_answers_is_found_beside_it(
    clock: HandClock, blue: Node, green: Node
) -> None:
    to = (A, WHITE)
    answer = Message(LineName.SAFETY, Precedence.FLASH, "en", "We are.", reply_to="message:blue-1")
    strange = Message(LineName.STRATEGIC, Precedence.FLASH, "en", "No.", reply_to="message:blue-1")
    white = await started_node(AGREEMENT, WHITE, clock=clock)
    for number, content in ((1, answer), (2, strange)):
        assert (await heard(white, await signed(green, content, number, to))).refused is None
    asked = await blue.post_paper(HELLO, role="duty", to=[B, WHITE])
    assert (await heard(white, asked.note)).refused is None
    threaded = await white.look(lambda desk: hotline_messages.threaded(desk, asked.ref))
    assert threaded.answers == ("message:green-1",)
    await white.check_node(MemoryStore())
    await white.close()


# The lines


async def line(node: Node, name: LineName = LineName.SAFETY, *links: Link) -> LineView:
    views = await node.look(lambda desk: hotline_lines.lines(desk, links, fallback="form 3"))
    return next(one for one in views if one.line is name)


def link(up: bool, since_ms: int) -> Link:
    return Link(B, up, since_ms, since_ms, since_ms, 0)


async def test_both_sides_may_report_and_the_worse_one_counts_until_its_author_says_up(
    clock: HandClock, blue: Node, green: Node
) -> None:
    now_ms = clock()
    ours = LineReport(LineName.SAFETY, LineState.OUT, now_ms, "VHF 121.500")
    theirs = LineReport(LineName.SAFETY, LineState.DEGRADED, now_ms - 5_000, "form 3")
    said = await blue.post_paper(ours, role="duty", to=[B])
    await heard(blue, await signed(green, theirs, 1))
    seen = await line(blue)
    assert (seen.state, seen.since_ms, seen.fallback) == (State.OUT, now_ms, "VHF 121.500")
    assert [(c.by, c.state) for c in seen.causes] == [(A, State.OUT), (B, State.DEGRADED)]
    clock.advance(10_000)
    up = LineReport(LineName.SAFETY, LineState.UP, clock())
    await blue.amend_paper(said.ref, up, role="duty")
    seen = await line(blue)
    assert (seen.state, seen.fallback) == (State.DEGRADED, "form 3")
    assert [c.by for c in seen.causes] == [B]
    assert (await line(blue, LineName.STRATEGIC)).state is State.UNKNOWN


async def test_a_report_that_is_taken_back_is_no_outage(clock: HandClock, blue: Node) -> None:
    report = LineReport(LineName.SAFETY, LineState.OUT, clock(), "VHF 121.500")
    said = await blue.post_paper(report, role="duty", to=[B])
    assert len(await blue.look(hotline_lines.outages)) == 1
    await blue.withdraw_paper(said.ref, role="duty")
    assert await blue.look(hotline_lines.outages) == ()
    assert (await line(blue)).state is State.UNKNOWN


async def test_a_link_takes_both_lines_down_and_its_return_waits_for_a_voice(
    clock: HandClock, blue: Node, green: Node
) -> None:
    down = link(False, clock())
    for name in LineName:
        seen = await line(blue, name, down)
        assert (seen.state, seen.fallback, seen.link_up) == (State.OUT, "form 3", False)
    clock.advance(60_000)
    up = link(True, clock())
    assert (await line(blue, LineName.SAFETY, up)).state is State.BACK
    check = Check(LineName.SAFETY, 1, 300)
    note = await signed(green, check, 1)
    await heard(blue, note)
    await blue.reply("check:green-1", Rung.READ, role="duty")
    assert (await line(blue, LineName.SAFETY, up)).state is State.UP
    assert (await line(blue, LineName.STRATEGIC, up)).state is State.BACK


async def test_outages_of_a_link_are_read_off_the_journal(clock: HandClock, blue: Node) -> None:
    begun_ms = clock()
    await blue.set_link(link(False, begun_ms))
    clock.advance(30_000)
    await blue.set_link(link(True, clock()))
    (one,) = await blue.look(hotline_lines.outages)
    assert (one.line, one.parties, one.by) == ("", (A, B), A)
    assert (one.from_ms, one.until_ms) == (begun_ms, begun_ms + 30_000)
    later = await blue.look(lambda desk: hotline_lines.outages(desk, from_ms=clock()))
    assert later == ()


# Comms checks that are due


async def test_checks_go_to_whoever_can_answer_on_the_lines_that_were_chosen(
    clock: HandClock, blue: Node
) -> None:
    both = CheckSettings(safety_every_s=600, strategic_every_s=3_600, due_s=300, first_s=0)
    due = await blue.look(lambda desk: due_checks(desk, both))
    assert [(one.line, one.party, one.number) for one in due] == [
        (LineName.SAFETY, B, 1),
        (LineName.STRATEGIC, B, 1),
    ]
    none = CheckSettings(safety_every_s=0)
    assert await blue.look(lambda desk: due_checks(desk, none)) == ()


async def test_the_next_check_is_due_exactly_its_time_behind_the_last(
    clock: HandClock, blue: Node
) -> None:
    settings = CheckSettings(safety_every_s=600, due_s=300, first_s=60)
    checks = CommsChecks(blue, settings)
    assert await checks.beat() == (), "a node that has just started asks nobody yet"
    clock.advance(60_000)
    assert len(await checks.beat()) == 1
    clock.advance(599_999)
    assert await checks.beat() == ()
    clock.advance(1)
    again = CommsChecks(blue, settings)
    (second,) = await again.beat()
    content = (await blue.paper(second)).paper.content
    assert isinstance(content, Check)
    assert content.number == 2, "a timer that was started again counts on"


async def test_a_check_that_a_person_asked_is_not_withdrawn_by_the_timer(
    clock: HandClock, blue: Node
) -> None:
    asked = await blue.post_paper(
        Check(LineName.SAFETY, 1, 60), role="duty", to=[B], person="the chief"
    )
    checks = CommsChecks(blue, CheckSettings(safety_every_s=600, due_s=300, first_s=0))
    clock.advance(700_000)
    await checks.beat()
    clock.advance(301_000)
    await checks.beat()
    assert not (await blue.paper(asked.ref)).paper.withdrawn


@pytest.mark.parametrize(
    "wrong",
    [
        {"safety_every_s": 30},
        {"strategic_every_s": 200, "due_s": 300},
        {"due_s": 5},
        {"first_s": -1},
    ],
)
def test_a_timer_that_nobody_could_answer_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError):
        CheckSettings(**wrong)  # type: ignore[arg-type]


async def test_a_timer_in_a_role_that_we_do_not_have_is_refused(blue: Node) -> None:
    with pytest.raises(ConfigError, match="watch"):
        CommsChecks(blue, CheckSettings(role="watch"))


async def test_a_started_timer_asks_by_itself_wakes_the_couriers_and_stops(blue: Node) -> None:
    woken: list[bool] = []
    settings = CheckSettings(safety_every_s=600, due_s=300, first_s=0)
    checks = CommsChecks(blue, settings, wake=lambda: woken.append(True), beat_s=0.001)
    said = asyncio.create_task(blue.wait_for_event())
    await asyncio.sleep(0)
    await checks.start()
    async with asyncio.timeout(30):
        await said
        while not woken:
            await asyncio.sleep(0)
    await checks.stop()
    (asked,) = (await blue.papers("check")).records
    assert asked.paper.header.to == (B,)
    assert asked.paper.person == ""
