"""Three parties and an observer say things on paper at once, and every link has its own delays:
in the end all hold the same papers and find the same, and each node follows from its log."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from parley.errors import NotYetError, ParleyError
from parley.liaison.deliveries.contents import ComparedSite, Proof, Relay, Unit, UnitKind
from parley.liaison.directory.contents import Merge, Name, Office, Person
from parley.liaison.duties.contents import CheckOf, DutyCheck, DutyPlace, NoticeRequest, Obligation
from parley.liaison.hotline.contents import (
    Check,
    LineName,
    LineReport,
    LineState,
    Message,
    Precedence,
)
from parley.liaison.incidents.contents import (
    Aspect,
    Claim,
    Incident,
    IncidentState,
    Objection,
    Source,
)
from parley.liaison.meetings.contents import Commitment, CommitmentState
from parley.liaison.pacts.contents import Participation, Posture, Stance
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import Value
from parley.liaison.papers.when import When
from parley.liaison.releases.contents import ConsentRequest
from parley.node.node import Node
from parley.rules.agreement import SeparationMinima
from parley.rules.findings import LIAISON, Finding
from parley.rules.statements import Rung, Step
from parley.space import Area
from parley.store.memory import MemoryStore
from parley.testing.agreements import CENTRE, HOUR_MS, transit
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node
from parley.testing.rules_strategies import three_sided
from parley.wire.agreement import format_agreement

BASE = three_sided()
SIGNERS = ("amber", "blue", "green")
KINDS = (
    *("message", "check", "line-report", "commitment", "obligation", "notice-request", "unit"),
    *("relay", "person", "merge", "incident", "claim", "objection", "consent-request", "posture"),
)
OFTEN = (*KINDS, "claim", "claim", "claim", "merge", "person")
RUNGS = (Rung.READ, Rung.READ_BACK, Rung.ACCEPTED, Rung.OBJECTED, Rung.UNABLE)
Nodes = Mapping[str, Node]


def when(chance: random.Random) -> When:
    at_ms = DAWN_MS + chance.randrange(-HOUR_MS, HOUR_MS)
    return When("about then", at_ms, at_ms + chance.choice((0, HOUR_MS)))


class Play:
    """What the parties do, by one seed."""

    def __init__(self, nodes: Nodes, clock: HandClock, seed: int) -> None:
        self.nodes, self.clock, self.chance = nodes, clock, random.Random(seed)
        self.done = 0

    async def refs(self, node: Node, kind: str) -> list[str]:
        return [record.ref for record in (await node.papers(kind, limit=50)).records]

    async def one(self, node: Node, kind: str) -> str:
        known = await self.refs(node, kind)
        return self.chance.choice(known[-4:]) if known else f"{kind}:blue-1"

    async def content(self, node: Node, kind: str) -> Content:
        c, now_ms = self.chance, self.clock()
        party = c.choice(SIGNERS)
        if kind == "message":
            back = (Value("heading", "270"),) if c.random() < 0.4 else ()
            return Message(
                LineName.SAFETY, c.choice(list(Precedence)), "en", "hear", read_back=back
            )
        if kind == "check":
            return Check(LineName.SAFETY, c.randrange(99), 60)
        if kind == "line-report":
            state = c.choice(list(LineState))
            return LineReport(
                LineName.SAFETY, state, now_ms - 1, "" if state is LineState.UP else "radio"
            )
        if kind == "commitment":
            return Commitment(
                party, "to write", c.choice(list(CommitmentState)), when(c), c.random() < 0.5
            )
        if kind == "obligation":
            place = DutyPlace("here", Area.circle(CENTRE, 50_000))
            check = c.choice((CheckOf.NOT_WITHIN, CheckOf.NOTICE_BEFORE))
            before_s = 60 if check is CheckOf.NOTICE_BEFORE else 0
            checks = (DutyCheck(check, "here", 100, before_s),)
            return Obligation("Title", "art. 1", "text", False, "en", (party,), (place,), checks)
        if kind == "notice-request":
            return NoticeRequest(party, "words", when(c), "a paper", reply_by_ms=now_ms + 60_000)
        if kind == "unit":
            reach = Area.circle(CENTRE, 80_000) if c.random() < 0.7 else None
            return Unit("Battery", UnitKind.AIR_DEFENCE, party, party, reach, None, ("phone",), 60)
        if kind == "relay":
            items = [record.ref for record in await node.items()] or ["notice:blue-1"]
            proved, by = c.choice(((Proof.NONE, ""), (Proof.RECEIPT, "Lt. One")))
            return Relay(
                c.choice(items),
                1,
                await self.one(node, "unit"),
                "phone",
                now_ms,
                proved,
                now_ms if by else -1,
                taken_by=by,
                compared=(ComparedSite("site:harbour", 55_000, False),),
            )
        return await self.more(node, kind, party)

    async def more(self, node: Node, kind: str, party: str) -> Content:
        c, now_ms = self.chance, self.clock()
        if kind == "person":
            office = Office("Head", "Staff", party, When("then", DAWN_MS, DAWN_MS))
            return Person(
                (Name(c.choice(["Ivan Petrov", "Иван Петров", "I. Petrow"]), "en"),), (office,)
            )
        if kind == "merge":
            return Merge(
                await self.one(node, "person"), await self.one(node, "person"), "X", "same"
            )
        if kind == "incident":
            same = await self.one(node, "incident") if c.random() < 0.5 else ""
            return Incident(
                "Loss", IncidentState.OPEN, when(c), None, SIGNERS, (), "", "", same_as=same
            )
        if kind == "claim":
            over = await self.one(node, "claim") if c.random() < 0.3 else ""
            least = c.randrange(9)
            return Claim(
                await self.one(node, "incident"),
                "lead-time",
                Aspect.ACT,
                party,
                "words",
                Source("a paper", "page 1", when(c)),
                least=least,
                most=least + 1,
                unit="min",
                supersedes=over,
            )
        if kind == "objection":
            return Objection(await self.one(node, "claim"), "no", now_ms + 60_000)
        if kind == "consent-request":
            marking = Marking(rel_to=("amber", "blue", "green"))
            subject = f"{await self.one(node, 'message')}@1"
            owner = subject.partition(":")[2].partition("-")[0]
            wanted = replace(marking, originator=owner)
            return ConsentRequest(
                subject, owner, marking, "a third", "because", "P. One", wanted, now_ms + HOUR_MS
            )
        return Posture("battery", c.randrange(1, 4), "moved", when(c), "map")

    async def deed(self) -> None:
        """Something by somebody; what cannot be said then is left out."""
        c = self.chance
        node = self.nodes[c.choice(SIGNERS)]
        kind = c.choice(OFTEN)
        try:
            await self._deed(
                node,
                kind,
                c.choice(("say", "say", "change", "withdraw", "reply", "reply", "item", "pact")),
            )
            self.done += 1
        except ParleyError:
            return

    async def _deed(self, node: Node, kind: str, word: str) -> None:
        c, ours = self.chance, node.context.party
        refs = await self.refs(node, kind)
        mine = [ref for ref in refs if ref.partition(":")[2].startswith(f"{ours}-")]
        theirs = [ref for ref in refs if ref not in mine]
        if word == "say":
            await node.post_paper(await self.content(node, kind), role="chief")
        elif word == "change" and mine:
            await node.amend_paper(c.choice(mine), await self.content(node, kind), role="chief")
        elif word == "withdraw" and mine:
            await node.withdraw_paper(c.choice(mine), role="chief")
        elif word == "reply" and theirs:
            rung = c.choice(RUNGS)
            values = (Value("heading", c.choice(("270", "090"))),) if rung is Rung.READ_BACK else ()
            await node.reply(c.choice(theirs), rung, role="chief", values=values)
        elif word == "item":
            items = [r.ref for r in await node.items() if r.author == ours and not r.closed]
            if items and c.random() < 0.3:
                await node.step(c.choice(items), Step.CANCEL, role="duty")
            else:
                draft = replace(
                    transit(c.randrange(4)), text=await self.one(node, "notice-request")
                )
                await node.post_notice(draft, role="duty")
        elif word == "pact":
            await self.pact(node)

    async def pact(self, node: Node) -> None:
        c, now_ms = self.chance, self.clock()
        offers = [o.ref for o in await node.offers() if o.state == "open"]
        if c.random() < 0.2:
            stance = c.choice(list(Stance))
            await node.take_part(Participation(stance, now_ms + 60_000, True), role="chief")
        elif offers and c.random() < 0.85:
            await node.sign(c.choice(offers), role="chief")
        else:
            base = node.agreement
            classes = tuple(
                replace(one, separation=SeparationMinima(c.randrange(1, 99) * 1_000, 300, 300))
                for one in base.classes
            )
            later = replace(base, version=base.version + 1, classes=classes)
            at_ms = now_ms + c.choice((0, 120_000))
            until_ms = now_ms + c.choice((300_000, HOUR_MS))
            text = format_agreement(later)
            await node.propose(text, role="chief", from_ms=at_ms, sign_by_ms=until_ms)

    async def bring(self, sender: Node, receiver: Node, most: int) -> bool:
        parcels = (await sender.parcels(receiver.context.party, 10_000))[:most]
        try:
            outcomes = await receiver.receive([p.note for p in parcels])
        except NotYetError:
            return True
        for parcel, outcome in zip(parcels, outcomes, strict=True):
            assert outcome.refused is None, outcome.refused
            assert outcome.receipt is not None
            await sender.delivered(receiver.context.party, parcel, outcome.receipt)
        return bool(parcels)

    async def carry(self, *, whole: bool = False) -> None:
        links = [(a, b) for a in self.nodes.values() for b in self.nodes.values() if a is not b]
        self.chance.shuffle(links)
        moved = True
        while moved:
            moved = False
            for sender, receiver in links:
                if whole or self.chance.random() < 0.3:
                    most = 10_000 if whole else self.chance.randrange(1, 4)
                    moved |= await self.bring(sender, receiver, most)
            moved &= whole


def same(record: PaperRecord) -> PaperRecord:
    """Without what machines tell each other: receipts go to the author alone."""
    return replace(record, heard=tuple(replace(h, received_ms=-1) for h in record.heard))


async def held(node: Node) -> tuple[dict[str, PaperRecord], list[Finding], object]:
    await node.tick()
    kinds = (*KINDS, "proposal", "signature", "participation")
    pages = [await node.papers(kind, limit=500) for kind in kinds]
    records = {record.ref: same(record) for page in pages for record in page.records}
    opened = [
        [r.ref for r in (await node.papers(k, limit=500, only_open=True)).records] for k in kinds
    ]
    stances = await node.stances()
    found = [f for f in await node.findings() if f.kind in LIAISON]
    offers = await node.offers()
    return records, found, (node.agreement_ref, offers, stances, [sorted(one) for one in opened])


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_the_links_delay_all_hold_and_find_the_same(seed: int) -> None:
    clock = HandClock()
    nodes = {p.id: await started_node(BASE, p.id, clock=clock) for p in BASE.parties}
    play = Play(nodes, clock, seed)
    for _ in range(70):
        await play.deed()
        if play.chance.random() < 0.5:
            clock.advance(play.chance.choice((0, 1, 1_000, 59_999, 60_000, 60_001, 300_000)))
        await play.carry()
        if play.chance.random() < 0.1:
            party = play.chance.choice(sorted(nodes))
            clock.advance(-30_000)
            await nodes[party].findings()
            clock.advance(30_000)
    await play.carry(whole=True)
    assert play.done > 25
    for later_ms in (0, 90_000, HOUR_MS):
        clock.advance(later_ms)
        all_held = {party: await held(node) for party, node in nodes.items()}
        for party in ("blue", "green", "white"):
            for one, other in zip(all_held["amber"], all_held[party], strict=True):
                assert one == other, party
    for node in nodes.values():
        await node.check_node(MemoryStore())
    await asyncio.gather(*(node.close() for node in nodes.values()))
