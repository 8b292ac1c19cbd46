"""The days on which nobody lies: what goes wrong then, and looks like a lie, accuses nobody.

Real nodes, TLS, SQLite. docs/trust.md, "What happens when a party lies".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.ledger import Term, seal_roster, verify_log
from parley.rules.statements import Rung, Step
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import BY_HAND, Mechanism
from parley.testing.keys import own_keys, root_key, roster_of
from parley.testing.liars import (
    WHAT_WAS_LEFT_OUT,
    WHO_HAD_THE_KEY,
    eventually,
    file_of,
    judged,
    nobody_is_accused,
    roots,
    said,
    side_by_side,
    suspicions,
)


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def test_bad_days_without_a_lie_accuse_nobody(tmp_path: Path) -> None:
    """Notices, copies for each, answers, a STOP; a party that signs no head for ten minutes; a link
    cut for ten minutes and a third party that hands over; a node that is stopped and started;
    clocks twenty seconds apart, one of them set back; a planned rotation of a key.

    Proved: what was said, received and cosigned; every log whole; no exhibit anywhere.
    Suspected: green by blue alone, while it signs no head and while its link is cut; then nobody
    any more.
    Unknowable: what every report says that it cannot know.
    """
    behind = HandClock()
    clocks = {"white": behind}
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND, clocks=clocks, quorum=2) as m:
        behind.set(m.clock() - 20_000)
        blue, green = m.node("blue"), m.node("green")
        ref = await said(m, "blue", 0)
        for rung in (Rung.READ, Rung.ACCEPTED):
            await green.answer(ref, rung, role="duty")
        await green.post_notice(transit(1), role="duty", each_its_own=True)
        stop = await green.stop(role="duty", text="cease")
        m.hub("green").wake()
        await m.settle("green")
        await m.rounds(times=2)
        await nobody_is_accused(m)

        await said(m, "blue", 7, "green")
        await m.rounds("blue")
        m.clock.advance(601_000)
        behind.advance(601_000)
        await m.rounds("blue")
        assert await suspicions(blue) == {"green": {"receipt-not-shown"}}
        await m.rounds(times=2)
        await nobody_is_accused(m)

        await m.cut("blue", "green")
        waits = await blue.post_notice(transit(2), role="duty")
        m.hub("blue").wake()
        await eventually(blue, lambda: nothing_waits(m, "blue", "white"))
        m.clock.advance(601_000)
        behind.advance(601_000)
        await blue.tick()
        assert await suspicions(blue) == {"green": {"silent"}}
        await nobody_is_accused(m, "green", "white")
        asked = await blue.challenge(waits.note_hash, to="green", via="white")
        m.hub("blue").wake()
        while not any(one.outcome for one in await blue.challenges()):
            await blue.wait_for_event()
        assert asked.note_hash in {one.challenge for one in await blue.challenges()}
        m.heal("blue", "green")
        await m.settle()
        m.clock.advance(61_000)
        behind.advance(61_000)
        await green.step(stop.ref, Step.ALL_CLEAR, role="duty")
        m.hub("green").wake()
        await m.settle("green")
        await m.rounds(times=2)
        await blue.tick()
        await nobody_is_accused(m)

        await rotated(m)
        await said(m, "blue", 3)
        m.clock.advance(-5_000)
        await said(m, "green", 4)
        m.clock.advance(65_000)
        await m.rounds(times=3)
        for party in m.parties:
            await m.node(party).tick()
        await nobody_is_accused(m)
        files = {party: await file_of(m.node(party), ref) for party in m.parties}
        for party, file in files.items():
            report = judged(m, file)
            assert {WHAT_WAS_LEFT_OUT, WHO_HAD_THE_KEY} <= set(report.unknowable)
            assert verify_log(await m.node(party).log_file(), pinned=roots(m)).size > 20
        for a, b in (("blue", "green"), ("green", "white")):
            found = side_by_side(m, files[a], files[b]).contradictions
            assert [c for c in found if c.exhibit is not None] == [], (a, b)
        await m.check()


async def nothing_waits(m: Mechanism, party: str, peer: str) -> bool:
    return not await m.node(party).parcels(peer, 1)


async def rotated(m: Mechanism) -> None:
    """Blue gets a new note key, as planned, and starts again with it."""
    first, was = roster_of("blue"), m.context("blue")
    last = (await m.node("blue").health()).log_size
    keys = own_keys("blue", note="second")
    terms = (
        replace(first.terms[0], last=last + 50, why="rotated"),
        Term(keys.note.verifier, 1, last),
    )
    note = seal_roster(replace(first, serial=2, terms=terms), root_key("blue"))
    others = tuple(n for n in was.rosters if b"\n\n\xe2\x80\x94 blue " not in n)
    await m.fall("blue")
    m.speaks_as("blue", replace(was, keys=keys, rosters=(note, *others)))
    await m.rise("blue")
    await m.rounds("blue")
    await m.settle("blue")
