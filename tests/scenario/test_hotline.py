"""The hotline between real nodes: read, read back, phrases without a translator, comms checks,
a line that is really cut, and the strategic line apart from it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from parley.errors import ProtocolError
from parley.liaison.hotline import phrasebook
from parley.liaison.hotline.contents import (
    Call,
    LineName,
    LineReport,
    LineState,
    Message,
    Precedence,
)
from parley.liaison.papers.values import Attachment, Value
from parley.node.liaison import hotline_lines, hotline_messages
from parley.node.liaison.hotline_checks import CheckSettings, CommsChecks
from parley.node.liaison.hotline_lines import LineView, State
from parley.rules.findings import Finding, Kind, Level
from parley.rules.statements import Rung
from parley.testing.agreements import small_agreement
from parley.testing.harness import Mechanism

AGREEMENT = small_agreement()
A, B = "blue", "green"
PLACE = Value("place", "N35.48 E035.95")
TIME = Value("time", "2159Z 17 SEP 2018")
OTHER_TIME = Value("time", "2149Z 17 SEP 2018")


def phrase(phrase_id: str, language: str, *blanks: Value, reply_to: str = "") -> Message:
    text = phrasebook.render(phrasebook.find(phrase_id), language, blanks)
    flash, safety = Precedence.FLASH, LineName.SAFETY
    return Message(safety, flash, language, text, phrase_id, blanks, reply_to=reply_to)


async def unread(m: Mechanism) -> list[tuple[Level, tuple[str, ...]]]:
    """What stands about messages and checks: the same at both, or this fails."""
    held: list[list[Finding]] = []
    for party in (A, B):
        found = await m.node(party).findings()
        held.append([f for f in found if f.kind in (Kind.MESSAGE_UNREAD, Kind.CHECK_MISSED)])
    assert held[0] == held[1]
    return [(one.level, one.codes) for one in held[0]]


async def line(m: Mechanism, party: str, name: LineName = LineName.SAFETY) -> LineView:
    """How a party sees its line to the other one."""
    node, other = m.node(party), B if party == A else A
    views = await node.look(lambda desk: hotline_lines.lines(desk, node.links(), fallback="form 3"))
    return next(one for one in views if (one.line, one.party) == (name, other))


async def refs_on(m: Mechanism, party: str, name: LineName) -> list[str]:
    page = await m.node(party).look(lambda desk: hotline_messages.page(desk, name))
    return [one.record.ref for one in page.messages]


async def states(m: Mechanism) -> tuple[State, State]:
    return (await line(m, A)).state, (await line(m, B)).state


async def linked(m: Mechanism, up: bool) -> None:
    for party, other in ((A, B), (B, A)):
        await m.until(party, _link_is(m, party, other, up))


def _link_is(m: Mechanism, party: str, other: str, up: bool) -> Callable[[], bool]:
    return lambda: any(x.peer == other and x.up is up for x in m.node(party).links())


async def test_a_flash_is_unread_then_read_read_back_wrongly_rightly_and_accepted() -> None:
    async with Mechanism(AGREEMENT) as m:
        said = await m.node(A).post_paper(phrase("p-103", "en", PLACE, TIME), role="duty", to=[B])
        await m.settle()
        assert await unread(m) == []
        m.clock.advance(31_000)
        assert await unread(m) == [(Level.WARNING, ("flash", "read"))]
        m.clock.advance(31_000)
        assert await unread(m) == [(Level.URGENT, ("flash", "read"))]
        await m.node(B).reply(said.ref, Rung.READ, role="duty")
        await m.settle()
        assert await unread(m) == []
        await m.node(B).reply(said.ref, Rung.READ_BACK, role="duty", values=[PLACE, OTHER_TIME])
        await m.settle()
        assert await unread(m) == [(Level.WARNING, ("flash", "read-back", "wrong:time"))]
        with pytest.raises(ProtocolError, match="without a right read-back"):
            await m.node(B).reply(said.ref, Rung.ACCEPTED, role="duty")
        await m.node(B).reply(said.ref, Rung.READ_BACK, role="duty", values=[PLACE, TIME])
        await m.node(B).reply(said.ref, Rung.ACCEPTED, role="duty", person="the chief")
        await m.settle()
        assert await unread(m) == []
        at_a, at_b = await m.node(A).paper(said.ref), await m.node(B).paper(said.ref)
        assert at_a == at_b
        assert at_a.of(B).rung is Rung.ACCEPTED
        await m.check()


async def test_a_phrase_in_hebrew_is_answered_by_its_required_reply_in_russian() -> None:
    async with Mechanism(AGREEMENT) as m:
        asked = phrase("p-103", "he", PLACE, TIME)
        said = await m.node(A).post_paper(asked, role="duty", to=[B])
        await m.settle()
        seen = (await m.node(B).paper(said.ref)).paper.content
        assert seen == asked
        assert "נצרו אש" in asked.text
        owed = phrasebook.reply_to(phrasebook.find("p-103"))[0]
        answer = phrase(owed.id, "ru", reply_to=said.ref)
        back = await m.node(B).post_paper(answer, role="duty", to=[A])
        await m.settle()
        assert answer.text == "Вас поняли. Выполняем."
        (answered,) = await m.node(A).look(lambda desk: hotline_messages.answers(desk, said.ref))
        assert answered.ref == back.ref
        await m.check()


async def test_other_words_under_a_phrase_are_refused_before_anything_is_signed() -> None:
    async with Mechanism(AGREEMENT) as m:
        right = phrase("p-101", "ar")
        wrong = Message(right.line, right.precedence, "ar", f"{right.text} لا", "p-101")
        with pytest.raises(ProtocolError, match="p-101"):
            await m.node(A).post_paper(wrong, role="duty", to=[B])
        assert (await m.node(A).papers("message")).total == 0


async def test_the_strategic_line_stands_apart() -> None:
    async with Mechanism(AGREEMENT) as m:
        words = Message(LineName.STRATEGIC, Precedence.FLASH, "en", "The minister will call.")
        talk = await m.node(A).post_paper(words, role="chief", to=[B])
        safety = await m.node(A).post_paper(phrase("p-401", "en"), role="duty", to=[B])
        await m.settle()
        mixed = phrase("p-901", "en", reply_to=talk.ref)
        with pytest.raises(ProtocolError, match="strategic line") as refused:
            await m.node(B).post_paper(mixed, role="duty", to=[A])
        assert refused.value.right == "an answer on the strategic line"
        for party in (A, B):
            assert await refs_on(m, party, LineName.STRATEGIC) == [talk.ref]
            assert await refs_on(m, party, LineName.SAFETY) == [safety.ref]
        m.clock.advance(10**7)
        refs = {f.refs[0].partition("@")[0] for f in await m.node(B).findings()}
        assert safety.ref in refs
        assert talk.ref not in refs
        await m.check()


async def test_a_comms_check_is_missed_then_the_next_one_is_heard() -> None:
    async with Mechanism(AGREEMENT) as m:
        checks = CommsChecks(m.node(A), CheckSettings(safety_every_s=3_600, due_s=300, first_s=0))
        (first,) = await checks.beat()
        assert await checks.beat() == ()
        await m.settle()
        assert (await m.node(B).paper(first)).paper.person == ""
        m.clock.advance(300_000)
        assert await unread(m) == []
        m.clock.advance(1)
        assert await unread(m) == [(Level.WARNING, ("safety",))]
        assert [c.what for c in (await line(m, B)).causes] == ["check"]
        m.clock.advance(3_300_000)
        (second,) = await checks.beat()
        await m.settle()
        assert len(await unread(m)) == 1, "the first stands until the second is heard"
        await m.node(B).reply(second, Rung.READ, role="duty", person="the watch officer")
        await m.settle()
        assert await checks.beat() == ()
        await m.settle()
        assert await unread(m) == []
        assert (await m.node(B).paper(first)).paper.withdrawn
        number = (await m.node(B).paper(second)).paper.content
        assert number.number == 2  # type: ignore[attr-defined]
        assert [c.what for c in (await line(m, A)).causes] == []
        await m.check()


async def test_of_a_line_that_stays_silent_one_missed_check_stands() -> None:
    async with Mechanism(AGREEMENT) as m:
        checks = CommsChecks(m.node(A), CheckSettings(safety_every_s=600, due_s=300, first_s=0))
        for _ in range(4):
            await checks.beat()
            m.clock.advance(301_000)
            await checks.beat()
            m.clock.advance(299_000)
        await m.settle()
        assert len(await unread(m)) == 1
        assert (await line(m, B)).state is State.DEGRADED
        await m.check()


async def test_a_line_that_is_cut_is_out_at_both_then_degraded_then_back_then_up() -> None:
    async with Mechanism(AGREEMENT) as m:
        await linked(m, True)
        m.clock.advance(1_000)
        await m.cut(A, B)
        await linked(m, False)
        cut_ms = m.clock()
        assert await states(m) == (State.OUT, State.OUT)
        assert (await line(m, A)).fallback == "form 3"
        m.clock.advance(60_000)
        by_voice = LineReport(LineName.SAFETY, LineState.OUT, cut_ms, "VHF 121.500", "cable cut")
        report = await m.node(A).post_paper(by_voice, role="duty", to=[B])
        assert (await line(m, A)).fallback == "VHF 121.500"
        m.heal(A, B)
        await linked(m, True)
        await m.settle()
        assert await states(m) == (State.OUT, State.OUT), "as long as blue says so"
        worse = LineReport(LineName.SAFETY, LineState.DEGRADED, m.clock(), "VHF 121.500", "slow")
        await m.node(A).amend_paper(report.ref, worse, role="duty")
        await m.settle()
        assert await states(m) == (State.DEGRADED, State.DEGRADED)
        found = [f for f in await m.node(B).findings() if f.kind is Kind.LINE_DEGRADED]
        assert [f.codes for f in found] == [("degraded", "safety")]
        m.clock.advance(60_000)
        up = LineReport(LineName.SAFETY, LineState.UP, m.clock())
        await m.node(A).amend_paper(report.ref, up, role="duty")
        await m.settle()
        assert await states(m) == (State.BACK, State.BACK)
        checks = CommsChecks(m.node(B), CheckSettings(first_s=0))
        (check,) = await checks.beat()
        await m.settle()
        await m.node(A).reply(check, Rung.READ, role="duty")
        await m.settle()
        assert await states(m) == (State.UP, State.UP)
        await _outages_agree(m, report.ref)
        await m.check()


async def _outages_agree(m: Mechanism, ref: str) -> None:
    """What was reported is the same at both; each has its own of the link, and it is over."""
    told: list[Sequence[hotline_lines.Outage]] = []
    for party in (A, B):
        every = await m.node(party).look(lambda desk: hotline_lines.outages(desk))
        told.append([one for one in every if one.ref == ref])
        links = [one for one in every if not one.ref and one.parties == (A, B)]
        assert links
        assert all(one.until_ms >= one.from_ms for one in links)
    assert told[0] == told[1]
    out, degraded = told[0]
    assert (out.state, degraded.state) == (State.OUT, State.DEGRADED)
    assert out.until_ms == degraded.from_ms
    assert degraded.until_ms - degraded.from_ms == 60_000


async def test_a_call_is_logged_while_it_lasts_and_its_recording_by_hash_behind_it() -> None:
    async with Mechanism(AGREEMENT) as m:
        began_ms = m.clock()
        m.clock.advance(5_000)
        call = Call(LineName.SAFETY, A, (A, B), began_ms, -1, True, ("the chief", "כתב"))
        filed = await m.node(A).post_paper(call, role="duty", to=[B])
        open_page = await m.node(A).papers("call", only_open=True)
        assert [r.ref for r in open_page.records] == [filed.ref]
        m.clock.advance(95_000)
        recording = Attachment("call 1.ogg", "audio/ogg", 1234, "ab" * 32)
        ended = Call(
            LineName.SAFETY,
            A,
            (A, B),
            began_ms,
            began_ms + 90_000,
            True,
            ("the chief", "כתב"),
            "Asked who is at the farm.",
            (recording,),
        )
        await m.node(A).amend_paper(filed.ref, ended, role="duty")
        await m.settle()
        assert (await m.node(B).paper(filed.ref)).paper.content == ended
        assert (await m.node(B).papers("call", only_open=True)).records == ()
        await m.check()
