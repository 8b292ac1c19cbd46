"""Release control between real nodes: default deny, consent, the register, what a lie leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from parley.errors import InputError, ParleyError, ProtocolError
from parley.ledger import note_hash, verify_evidence
from parley.liaison.directory.contents import Name, Person
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Paper
from parley.liaison.releases.contents import ConsentRequest, Grounds, Release
from parley.liaison.releases.register import of
from parley.node.copies import trace
from parley.node.desk import Desk
from parley.node.liaison import saying
from parley.node.liaison.releasing import held
from parley.node.liaison.views import Filed
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.findings import Finding, Kind
from parley.rules.statements import Rung
from parley.store.memory import MemoryStore
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import Mechanism, started_node
from parley.testing.keys import root_key

AGREEMENT = small_agreement()
SECRET = Message(LineName.SAFETY, Precedence.PRIORITY, "en", "What only green may know.")
ASKER, APPROVER, OFFICER = "Col. Anna Verde", "Gen. Bea Blau", "Maj. Cy Gruen"
KEPT = Marking(Tlp.AMBER_STRICT, ("green",))


class Table:
    """The same parties in one process: what one says is carried to the others by hand."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.parties = tuple(p.id for p in AGREEMENT.parties)
        self._nodes: dict[str, Node] = {}

    async def __aenter__(self) -> Self:
        for party in self.parties:
            self._nodes[party] = await started_node(AGREEMENT, party, clock=self.clock)
        return self

    async def __aexit__(self, *error: object) -> None:
        for node in self._nodes.values():
            await node.close()

    def node(self, party: str) -> Node:
        return self._nodes[party]

    async def settle(self) -> None:
        await carried(self._nodes)

    async def check(self) -> None:
        for node in self._nodes.values():
            await node.check_node(MemoryStore())


Parties = Mechanism | Table


async def told(m: Parties, marking: Marking = KEPT) -> Filed:
    """Blue tells green something; it is green's to keep."""
    said = await m.node("blue").post_paper(
        SECRET, role="duty", to=["green"], marking=marking, each_its_own=True
    )
    await m.settle()
    return said


async def asked(m: Parties, subject: str, recipient: str = "white") -> Filed:
    request = await m.node("green").ask_consent(
        subject,
        recipient,
        role="duty",
        purpose="They fly there too.",
        requested_by=ASKER,
        until_ms=m.clock() + 10 * HOUR_MS,
    )
    await m.settle()
    return request


async def released(m: Parties, subject: str, recipient: str = "white") -> Filed:
    passed = await m.node("green").release(
        subject, recipient, role="duty", released_by=OFFICER, requested_by=ASKER
    )
    await m.settle()
    return passed


async def granted(m: Parties, subject: str) -> Filed:
    request = await asked(m, subject)
    await m.node("blue").answer_consent(request.ref, grant=True, role="chief", person=APPROVER)
    await m.settle()
    return request


async def breaches(m: Parties, party: str) -> list[Finding]:
    return [f for f in await m.node(party).findings() if f.kind is Kind.RELEASE_BREACH]


async def says_anyway(m: Parties, party: str, content: Release, *to: str) -> Filed:
    """A node that does not ask itself whether it may."""

    def lie(desk: Desk) -> Filed:
        words = Paper(desk.header("duty", to), desk.next_id(), 1, content, saying.marking_for(to))
        return saying._say(desk, words, each_its_own=True)

    said = await m.node(party)._change(lie)
    await m.settle()
    return said


async def a_lie(m: Parties, subject: str, **members: object) -> Release:
    """What green would say of words that it passes on to white by their marking."""
    words = await m.node("green").look(lambda desk: held(desk, subject, "white"))
    honest = Release(
        words.original.ref,
        note_hash(words.note).hex(),
        words.originator,
        "white",
        Marking(Tlp.AMBER_STRICT, ("white",), "blue"),
        Grounds.MARKING,
        OFFICER,
        enclosed=words.note.decode(),
    )
    return replace(honest, **members)  # type: ignore[arg-type]


async def test_what_nobody_allowed_stays_where_it_is_and_the_refusal_says_what_would_be_right(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        said = await told(m)
        judged = await m.node("green").release_verdict(said.ref, "white")
        assert not judged.verdict.allowed
        with pytest.raises(InputError) as refused:
            await released(m, said.ref)
        assert "the consent of blue" in refused.value.right
        with pytest.raises(InputError, match="no grounds: marking"):
            await m.node("green").post_paper(
                await a_lie(m, said.ref), role="duty", to=["blue", "white"], each_its_own=True
            )
        assert (await m.node("green").papers("release")).total == 0
        await m.check()


async def test_with_the_originators_consent_it_goes_on_and_both_see_that_it_did(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        said = await told(m)
        request = await granted(m, said.ref)
        passed = await released(m, said.ref)
        for party in ("blue", "white"):
            entry = of((await m.node(party).paper(passed.ref)).paper)
            assert (entry.grounds, entry.consent) == (Grounds.CONSENT, request.ref)
            assert entry.marking.rel_to == ("white",)
            assert "What only green may know." in entry.enclosed
            assert note_hash(entry.enclosed.encode()).hex() == entry.subject_hash
            assert await breaches(m, party) == []
        copies = {p: (await m.node(p).paper(passed.ref)).paper.header.copy_for for p in m.parties}
        assert (copies["blue"], copies["white"]) == ("blue", "white")
        await m.check()


async def test_a_release_that_becomes_known_elsewhere_names_whose_copy_it_was() -> None:
    async with Table() as m:
        said = await told(m)
        await granted(m, said.ref)
        passed = await released(m, said.ref)
        note = await m.node("white").look(lambda desk: held(desk, passed.ref).note)
        found = trace(note, await m.node("blue").ring())
        assert (found.author, found.copy_for, found.left) == ("green", "white", ("green", "white"))
        inner = trace(of(passed.record.paper).enclosed.encode(), await m.node("blue").ring())
        assert (inner.author, inner.copy_for) == ("blue", "green")
        await m.check()


async def test_nobody_approves_his_own_request_neither_here_nor_there() -> None:
    async with Table() as m:
        said = await told(m)
        request = await asked(m, said.ref)
        await m.node("blue").reply(request.ref, Rung.READ, role="chief")
        for person in (ASKER, "col anna VERDE", "Verde, Anna Col.", ""):
            with pytest.raises(ParleyError):
                await m.node("blue").answer_consent(
                    request.ref, grant=True, role="chief", person=person
                )
            with pytest.raises(ProtocolError):
                await m.node("blue").reply(request.ref, Rung.ACCEPTED, role="chief", person=person)
        assert (await m.node("blue").paper(request.ref)).accepted_by == ()
        with pytest.raises(InputError, match="does not let green give it to white"):
            await released(m, said.ref)
        await m.check()


async def test_a_forged_self_approval_is_refused_where_it_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from parley.liaison import kinds
    from parley.liaison.releases import consent

    async with Mechanism(AGREEMENT, tmp_path) as m:
        said = await told(m)
        request = await asked(m, said.ref)
        row = kinds.KINDS["consent-request"]
        lax = {**kinds.KINDS, "consent-request": replace(row, check_reply=lambda *_: None)}
        await m.cut("blue", "green")
        with monkeypatch.context() as patch:
            patch.setattr("parley.node.liaison.filing.KINDS", lax)
            await m.node("blue").reply(request.ref, Rung.READ, role="chief")
            await m.node("blue").reply(request.ref, Rung.ACCEPTED, role="chief", person=ASKER)
        m.heal("blue", "green")
        await m.settle()
        assert (await m.node("green").paper(request.ref)).accepted_by == ()
        assert (await m.node("blue").health()).refused_by_peers == 1
        assert consent.is_open(await m.node("green").paper(request.ref))


async def test_a_needless_request_is_refused() -> None:
    async with Table() as m:
        said = await told(m, Marking(Tlp.AMBER, ("green", "white")))
        with pytest.raises(InputError, match="needless"):
            await asked(m, said.ref)
        passed = await released(m, said.ref)
        assert of(passed.record.paper).grounds is Grounds.MARKING
        assert await breaches(m, "white") == await breaches(m, "blue") == []
        await m.check()


async def test_consent_taken_back_ends_what_comes_after_and_not_what_was() -> None:
    async with Table() as m:
        said = await told(m)
        request = await granted(m, said.ref)
        await released(m, said.ref)
        words = of((await m.node("green").papers("release")).records[0].paper)
        m.clock.advance(60_000)
        await m.node("blue").answer_consent(request.ref, grant=False, role="chief", person=APPROVER)
        await m.settle()
        assert await breaches(m, "blue") == []
        with pytest.raises(InputError):
            await released(m, said.ref)
        late = await says_anyway(m, "green", words, "blue", "white")
        (found,) = await breaches(m, "blue")
        assert (found.refs, found.codes) == ((f"{late.ref}@1",), ("consent-taken-back",))
        assert await breaches(m, "green") == [found]
        await m.check()


async def test_a_consent_taken_back_while_the_release_was_under_way_is_the_same_at_both() -> None:
    async with Table() as m:
        said = await told(m)
        request = await granted(m, said.ref)
        await m.node("blue").answer_consent(request.ref, grant=False, role="chief", person=APPROVER)
        m.clock.advance(60_000)
        passed = await m.node("green").release(
            said.ref, "white", role="duty", released_by=OFFICER, requested_by=ASKER
        )
        assert await breaches(m, "green") == []
        await m.settle()
        (found,) = await breaches(m, "blue")
        assert found.refs == (f"{passed.ref}@1",)
        assert found.codes == ("consent-taken-back",)
        assert await breaches(m, "green") == [found]
        assert await breaches(m, "white") == []
        await m.check()


async def test_a_consent_that_is_over_lets_nothing_go() -> None:
    async with Table() as m:
        said = await told(m)
        await granted(m, said.ref)
        m.clock.advance(11 * HOUR_MS)
        with pytest.raises(InputError):
            await released(m, said.ref)
        await m.check()


async def test_an_answer_that_does_not_come_is_a_finding_until_its_time_is_over() -> None:
    async with Table() as m:
        request = await asked(m, (await told(m)).ref)
        m.clock.advance(5 * HOUR_MS)
        for party in ("blue", "green"):
            (found,) = [f for f in await m.node(party).findings() if f.kind is Kind.REPLY_OVERDUE]
            assert found.refs == (f"{request.ref}@1", "party:blue")
        m.clock.advance(6 * HOUR_MS)
        assert not [f for f in await m.node("blue").findings() if f.kind is Kind.REPLY_OVERDUE]
        await m.check()


@pytest.mark.parametrize(
    ("members", "codes"),
    [
        ({}, ("marking",)),
        ({"enclosed": "altered"}, ("other-words-enclosed",)),
        ({"originator": "green", "grounds": Grounds.OWN}, ("other-originator",)),
        ({"grounds": Grounds.SAFETY}, ("not-of-the-safety-subset",)),
        ({"grounds": Grounds.CONSENT, "consent": "consent-request:green-9"}, ("no-consent",)),
    ],
    ids=["marking", "altered", "not-its-own", "no-safety", "no-consent"],
)
async def test_a_release_without_grounds_is_found_by_whoever_gets_it_and_proved_by_its_log(
    members: dict[str, object], codes: tuple[str, ...]
) -> None:
    async with Table() as m:
        said = await told(m)
        lie = await a_lie(m, said.ref, requested_by=ASKER, **members)
        to = ("white",) if lie.originator == "green" else ("blue", "white")
        passed = await says_anyway(m, "green", lie, *to)
        for party in ("green", *to):
            (found,) = await breaches(m, party)
            assert found.refs == (f"{passed.ref}@1",)
            assert found.codes == codes
        file = await m.node("white").evidence([passed.ref])
        report = verify_evidence(file, pinned={p: root_key(p).verifier for p in m.parties})
        (shown,) = [i for i in report.items if i.type == "parley/release/v1"]
        assert [s.name for s in shown.signers] == ["green"]
        await m.check()


async def test_words_that_their_author_never_signed_are_found_out() -> None:
    async with Table() as m:
        said = await told(m)
        honest = await a_lie(m, said.ref)
        other = honest.enclosed.replace("What only green may know.", "What blue never said.")
        lie = replace(honest, enclosed=other, subject_hash=note_hash(other.encode()).hex())
        await says_anyway(m, "green", lie, "blue", "white")
        for party in m.parties:
            (found,) = await breaches(m, party)
            assert found.codes == ("forged-words-enclosed",)
        reply = (await m.node("green").reply(said.ref, Rung.READ, role="duty")).note
        lie = replace(honest, enclosed=reply.decode(), subject_hash=note_hash(reply).hex())
        passed = await says_anyway(m, "green", lie, "blue", "white")
        assert [f.refs for f in await breaches(m, "white")][-1:] == [(f"{passed.ref}@1",)]
        await m.check()


async def test_the_safety_subset_goes_to_anybody_and_tells_nothing_else(tmp_path: Path) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        draft = replace(transit(1), activity_class="live-activity", text="why we do it")
        notice = await m.node("blue").post_notice(draft, role="duty", to=["green"])
        await m.settle()
        with pytest.raises(InputError):
            await released(m, notice.ref)
        passed = await m.node("green").release(
            notice.ref, "white", role="duty", released_by=OFFICER, safety=True
        )
        await m.settle()
        entry = of((await m.node("white").paper(passed.ref)).paper)
        assert entry.dangers
        assert entry.enclosed == ""
        assert await breaches(m, "white") == await breaches(m, "blue") == []
        stop = await m.node("blue").stop(role="duty", area=None)
        await m.settle()
        whole = await m.node("green").release(
            stop.ref, "white", role="duty", released_by=OFFICER, safety=True
        )
        await m.settle()
        assert of((await m.node("white").paper(whole.ref)).paper).enclosed
        assert await breaches(m, "white") == []
        await m.check()


async def test_what_leaves_for_somebody_outside_is_registered_and_its_originator_sees_it() -> None:
    async with Table() as m:
        said = await told(m)
        request = await asked(m, said.ref, "The court of inquiry")
        await m.node("blue").answer_consent(request.ref, grant=True, role="chief", person=APPROVER)
        await m.settle()
        passed = await released(m, said.ref, "The court of inquiry")
        assert passed.record.paper.header.to == ("blue",)
        seen = await m.node("blue").paper(passed.ref)
        assert of(seen.paper).recipient == "The court of inquiry"
        assert await breaches(m, "blue") == []
        await m.check()


async def test_two_persons_widen_who_has_it() -> None:
    async with Table() as m:
        said = await told(m)
        for requested_by in ("", OFFICER, "gruen cy MAJ"):
            with pytest.raises(InputError, match="alone widens"):
                await m.node("blue").release(
                    said.ref,
                    "white",
                    role="duty",
                    released_by=OFFICER,
                    requested_by=requested_by,
                    enclose=False,
                )
        with pytest.raises(InputError, match="every copy"):
            await m.node("blue").release(
                said.ref, "white", role="duty", released_by=APPROVER, requested_by=OFFICER
            )
        own = await m.node("blue").release(
            said.ref,
            "white",
            role="duty",
            released_by=APPROVER,
            requested_by=OFFICER,
            enclose=False,
        )
        assert of(own.record.paper).grounds is Grounds.OWN
        await m.settle()
        assert await breaches(m, "white") == []
        await m.check()


async def test_one_person_under_two_names_of_the_directory_is_one_person() -> None:
    async with Table() as m:
        request = await asked(m, (await told(m)).ref)
        person = Person((Name("Верде, Anna Col.", "ru"), Name("A. V.", "en")))
        entry = await m.node("blue").post_paper(person, role="duty", to=[])
        with pytest.raises(InputError, match="of his own"):
            await m.node("blue").answer_consent(
                request.ref, grant=True, role="chief", person=entry.ref
            )
        await m.check()


async def test_a_request_is_neither_changed_nor_taken_back() -> None:
    async with Table() as m:
        request = await asked(m, (await told(m)).ref)
        content = request.record.paper.content
        assert isinstance(content, ConsentRequest)
        with pytest.raises(ProtocolError):
            await m.node("green").amend_paper(
                request.ref, replace(content, recipient="Somebody else"), role="duty"
            )
        with pytest.raises(ProtocolError):
            await m.node("green").withdraw_paper(request.ref, role="duty")
        read = await m.node("blue").reply(request.ref, Rung.READ, role="duty")
        assert read.record.of("blue").rung is Rung.READ
        await m.settle()
        await m.check()
