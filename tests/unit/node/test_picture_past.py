"""The fold of what the log held at an instant: read in pieces, asked in any order, by any clock."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parley.node.node import Node
from parley.node.picture import chronicle
from parley.node.picture.chronicle import Chronicle
from parley.node.picture.instant import Instant, past, standing
from parley.rules.lifecycle import State
from parley.rules.statements import Draft, NoticeVolume, Phase, Rung, Step, Use
from parley.space import Area, Band, Span, Volume
from parley.testing.agreements import CENTRE, HOUR_MS, small_agreement
from parley.testing.clock import HandClock
from parley.testing.harness import started_node

MINUTE_MS = 60_000


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def blue(clock: HandClock) -> AsyncIterator[Node]:
    node = await started_node(small_agreement(), "blue", clock=clock)
    yield node
    await node.close()


@pytest.fixture
async def green(clock: HandClock) -> AsyncIterator[Node]:
    node = await started_node(small_agreement(), "green", clock=clock)
    yield node
    await node.close()


def transit(start_ms: int) -> Draft:
    span = Span(start_ms, start_ms + HOUR_MS)
    volume = Volume(Area.circle(CENTRE, 4_000), Band.metres(0, 3_000), span)
    return Draft("transit", (NoticeVolume(Use.AIRCRAFT, volume),))


async def read(node: Node) -> Chronicle:
    made = Chronicle()
    while await node.look(made.read_on):
        pass
    return made


async def then(node: Node, made: Chronicle, at_ms: int, as_of_ms: int | None = None) -> Instant:
    return await node.look(lambda desk: past(desk, made, at_ms, at_ms, as_of_ms))


def states(found: Instant) -> dict[str, State]:
    return {shown.record.ref: shown.record.state for shown in found.items}


async def test_a_log_read_in_pieces_is_the_log_read_at_once(
    blue: Node, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        posted = await blue.post_notice(transit(clock() + MINUTE_MS), role="duty", to=())
        clock.advance(MINUTE_MS)
        if n % 2:
            await blue.step(posted.ref, Step.ALL_CLEAR, role="duty")
    at_once = await read(blue)
    monkeypatch.setattr(chronicle, "CHUNK", 2)
    in_pieces = Chronicle()
    left = [await blue.look(in_pieces.read_on) for _ in range(3)]
    assert left == sorted(left, reverse=True)
    assert left[0] > 0
    while await blue.look(in_pieces.read_on):
        pass
    for at_ms in range(clock() - 10 * MINUTE_MS, clock(), MINUTE_MS):
        assert await then(blue, at_once, at_ms) == await then(blue, in_pieces, at_ms)


async def test_what_stands_now_is_the_same_from_the_index_and_from_the_log(
    blue: Node, clock: HandClock
) -> None:
    await blue.post_notice(transit(clock()), role="duty", to=())
    over = await blue.post_notice(transit(clock()), role="duty", to=())
    await blue.post_notice(transit(clock() + 3 * HOUR_MS), role="duty", to=())
    await blue.stop(role="duty", area=Area.circle(CENTRE, 9_000))
    third = small_agreement().third_parties[0].id
    area = Area.circle(CENTRE, 2_000)
    since_ms = clock() - MINUTE_MS
    await blue.report(
        role="duty", third_party=third, phase=Phase.OPEN, since_ms=since_ms, area=area
    )
    await blue.protect("well", transit(clock()).volumes[0].volume, role="duty")
    clock.advance(MINUTE_MS)
    await blue.step(over.ref, Step.ALL_CLEAR, role="duty")
    made, now_ms = await read(blue), clock()
    index = await blue.look(lambda desk: standing(desk, now_ms, now_ms))
    folded = await then(blue, made, now_ms)
    assert [s.record for s in index.items] == [s.record for s in folded.items]
    assert len(index.items) == 3
    assert index.presences == folded.presences
    assert len(index.presences) == 1


async def test_answers_stand_as_far_as_they_had_come_then(
    blue: Node, green: Node, clock: HandClock
) -> None:
    posted = await green.post_notice(transit(clock() + HOUR_MS), role="duty")
    clock.advance(MINUTE_MS)
    await blue.receive([posted.note])
    received_ms = clock()
    clock.advance(MINUTE_MS)
    await blue.answer(posted.ref, Rung.READ, role="duty")
    clock.advance(MINUTE_MS)
    made, planned_ms = await read(blue), clock() + HOUR_MS
    before = await then(blue, made, planned_ms, received_ms - 1)
    assert states(before) == {}
    after = await then(blue, made, planned_ms, received_ms)
    (shown,) = after.items
    assert shown.known_ms == received_ms
    rungs = {s.party: s.rung for s in shown.record.standings}
    assert rungs["blue"] is Rung.RECEIVED
    (later,) = (await then(blue, made, planned_ms)).items
    assert {s.party: s.rung for s in later.record.standings}["blue"] is Rung.READ


async def test_a_notice_told_when_it_was_over_stands_in_its_own_past(
    blue: Node, clock: HandClock
) -> None:
    start_ms = clock() - 2 * HOUR_MS
    posted = await blue.post_notice(transit(start_ms), role="duty", to=())
    clock.advance(MINUTE_MS)
    made = await read(blue)
    found = await then(blue, made, start_ms + MINUTE_MS)
    assert list(states(found)) == [posted.ref]
    assert states(await then(blue, made, start_ms + MINUTE_MS, start_ms + MINUTE_MS)) == {}


async def test_another_agreement_is_read_anew(blue: Node, clock: HandClock) -> None:
    await blue.post_notice(transit(clock()), role="duty", to=())
    made = await read(blue)
    made.agreement_ref = "another"
    assert made.refs(clock(), clock(), ended=False)
    await blue.look(made.read_on)
    assert made.agreement_ref == blue.agreement_ref
    assert len(made.refs(clock(), clock(), ended=False)) == 1
