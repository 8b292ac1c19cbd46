"""``parley demo liaison``: the Il-20 carried through to December 2018 on real nodes.

The night is played first, each side's log holding its own account; then the papers of both sides
at their times. It ends with what is agreed and what is disputed beside the evidence that each
holds, and leaves files that it verifies. No result stands in this file: what is printed comes
from the scenario's claims, with their sources, and from what the nodes find.
"""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parley.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parley.cli.demos.demo_liaison_show import Ended, Told
    from parley.cli.demos.demo_nodes import Loopback
    from parley.ledger import VerifyKey
    from parley.node.node import Node
    from parley.node.replay import Minute
    from parley.node.replay_liaison import Late
    from parley.wire.pages import Section

FOLLOW_UP = "il20-2018-liaison.json"
_FIRST = (
    "Parley carries the loss of the Il-20 through, 17 September to December 2018. Starting three"
    " nodes ..."
)
LIST_FILE = "list.json"


def play(folder: Path, night: bytes, follow_up: bytes, *, keep: bool, json_out: bool) -> bool:
    """Play it and write its files into ``folder``; whether all of them verified. night,
    follow_up: the two scenario files."""
    if not json_out:
        sys.stdout.write(f"{_FIRST}\n")
        sys.stdout.flush()
    from parley.web.server import run

    demo = LiaisonDemo(folder, night, follow_up, keep=keep, json_out=json_out)
    return run(demo.play())


class LiaisonDemo:
    def __init__(
        self, folder: Path, night_file: bytes, follow_up: bytes, *, keep: bool, json_out: bool
    ) -> None:
        from rich.console import Console

        from parley.cli.demos.demo_liaison_show import Teller
        from parley.cli.demos.demo_show import WIDTH, Names, Page
        from parley.node.replay_liaison import each_its_own
        from parley.wire.liaison.liaison_scenario import parse_liaison_scenario
        from parley.wire.scenario import parse_scenario

        night = parse_scenario(night_file, "the night")
        self.scenario = parse_liaison_scenario(follow_up, FOLLOW_UP, night)
        self.night = each_its_own(night)
        self.folder, self.keep, self.json_out = folder, keep, json_out
        console = Console(
            file=io.StringIO() if json_out else sys.stdout,
            highlight=False,
            markup=False,
            emoji=False,
        )
        console.width = WIDTH
        self.page = Page(Names(night), console)
        self.parties = self.page.names.parties
        self.teller = Teller(self.page, self.scenario)
        self.told: list[Told] = []
        self.files: list[dict[str, object]] = []

    async def play(self) -> bool:
        from parley.cli.demos.demo_liaison_show import show_ended, show_files, show_other_night

        first, second = self._leads()
        self.teller.header()
        ended = await self._on_loopback(first)
        show_ended(self.page, self.scenario, ended)
        other = await self._in_memory(second)
        show_other_night(self.page, self.scenario, (first, ended), (second, other))
        alike = ended.equal and other.equal and _digests(ended) == _digests(other)
        verified = alike and all(bool(one["verified"]) for one in self.files)
        show_files(self.page, self.files, verified)
        if self.json_out:
            self._value(ended, other)
        return verified

    def _leads(self) -> tuple[int, int]:
        """The lead times that two accounts claim, the first of each: neither is believed."""
        from parley.errors import IntegrityError

        leads = {v.account: v.lead_s for v in reversed(self.night.variants)}
        found = [leads[account] for account in self.night.accounts if account in leads]
        if len(found) < 2:
            raise IntegrityError("the night's accounts claim no two lead times")
        return found[0], found[1]

    async def _on_loopback(self, lead_s: int) -> Ended:
        """Aloud: real sockets and databases; this run leaves the files."""
        from parley.cli.demos.demo_nodes import SimClock, loopback

        clock = SimClock(self.night.span.start_ms)
        where = self.folder / "nodes"
        where.mkdir()
        async with loopback(self.scenario.night.agreement, where, clock) as nodes:
            ended = await self._run(lead_s, nodes.nodes, clock.set, nodes, nodes.roots)
            await self._write(nodes, ended)
        if not self.keep:
            for file in where.iterdir():
                file.unlink()
            where.rmdir()
        return ended

    async def _in_memory(self, lead_s: int) -> Ended:
        """To compare: the same with the other side's lead time, stores in memory, silently."""
        from parley.cli.build import memory_nodes
        from parley.cli.demos.demo_nodes import SimClock

        clock = SimClock(self.night.span.start_ms)
        async with memory_nodes(self.scenario.night.agreement, clock) as nodes:
            roots = {p: node.context.roots[p] for p, node in nodes.items()}
            return await self._run(lead_s, nodes, clock.set, None, roots)

    async def _run(
        self,
        lead_s: int,
        nodes: Mapping[str, Node],
        set_now: Any,
        sockets: Loopback | None,
        roots: Mapping[str, VerifyKey],
    ) -> Ended:
        from parley.node.replay import Run, carried
        from parley.node.replay import replay as replay_night
        from parley.node.replay_liaison import EACH, refs_of, replay_liaison

        async def hand_over() -> None:
            await carried(nodes)

        settle = hand_over if sockets is None else sockets.settle
        run = Run(EACH, self.scenario.script, lead_s)
        played = replay_night(self.night, run, nodes, set_now, settle)
        minutes: list[Minute] = [minute async for minute in played]
        refs = refs_of(minutes)
        if sockets is not None:
            self.told += self.teller.night(minutes, lead_s)
        async for late in replay_liaison(self.scenario, refs, nodes, set_now, settle):
            if sockets is not None:
                self._say(late)
        if sockets is not None:
            await sockets.witness()
        return await self._end(nodes, refs, roots)

    def _say(self, late: Late) -> None:
        for one in self.teller.late(late):
            self.told.append(one)
            self.teller.show(one)

    async def _end(
        self, nodes: Mapping[str, Node], refs: Mapping[str, str], roots: Mapping[str, VerifyKey]
    ) -> Ended:
        """The lists of both sides, what they hold beside it, every node's audit."""
        from parley.cli.demos.demo_liaison_show import Ended
        from parley.ledger import verify_evidence
        from parley.node.liaison.incidents import evidenced, incident_list
        from parley.store.memory import MemoryStore
        from parley.wire.liaison.incident_evidence import beside

        lists, held, files, reports = {}, {}, {}, {}
        incident = refs[self.scenario.incident]
        papers = [ref for act, ref in refs.items() if act in {a.id for a in self.scenario.acts}]
        for party in self.parties:
            node = nodes[party]
            found = await node.look(lambda desk: incident_list(desk, incident))
            about = await node.look(partial(evidenced, found=found))
            there = [ref for ref in papers if await _holds(node, ref)]
            files[party] = await node.evidence(list(dict.fromkeys((*about, *there))))
            reports[party] = verify_evidence(files[party], pinned=roots)
            lists[party] = found
            held[party] = beside(reports[party], self.scenario.night.agreement, about)
        for node in nodes.values():
            await node.check_node(MemoryStore())
        return Ended(refs, lists, held, files, reports)

    # Files --------------------------------------------------------------------------------------

    async def _write(self, nodes: Loopback, ended: Ended) -> None:
        """Each side's evidence and list, the list as JSON, both sides on one timeline, the report
        and the communiques; what is signed is read again and verified with pinned roots."""
        from parley.cli.verify import facts_of
        from parley.ledger import compare, verify_evidence
        from parley.wire.dispute_report import dispute_page
        from parley.wire.evidence_report import evidence_page
        from parley.wire.liaison.incident_list import list_bytes, list_page
        from parley.wire.pages import as_html

        shown = []
        both = [ended.beside[party] for party in self.parties]
        for party in self.parties:
            path = self._text(f"{party}.evidence", ended.evidence[party])
            report = verify_evidence(path.read_bytes(), pinned=nodes.roots)
            shown.append((report, facts_of(path)))
            good = report.pinned and not report.exhibits
            self._note(path, "evidence", good, entries=len(report.items))
            self._text(f"{party}.html", as_html(evidence_page(*shown[-1])).encode())
            page = list_page(ended.lists[party], self.scenario.claimants, both)
            page = replace(page, sections=(*page.sections, self._sources()))
            path = self._text(f"{party}-list.html", as_html(page).encode())
            self._note(path, "list", ended.equal)
        (a, of_a), (b, of_b) = shown[:2]
        sides = dispute_page(compare(a, b), a, b, of_a, of_b)
        self._text("dispute.html", as_html(sides).encode())
        path = self._text(LIST_FILE, list_bytes(ended.lists[self.parties[0]]))
        again = list_bytes(ended.lists[self.parties[1]])
        self._note(path, "list", path.read_bytes() == again)
        await self._write_papers(nodes, ended)

    async def _write_papers(self, nodes: Loopback, ended: Ended) -> None:
        from parley.wire.liaison.incident_communique import communique_text
        from parley.wire.liaison.incident_form import form_page, form_text
        from parley.wire.pages import as_html

        node = nodes.nodes[self.parties[0]]
        report = (await node.paper(ended.refs[self.scenario.incident])).paper
        form = form_page(report, report.marking.banner(), self.scenario.claimants)
        self._text("incident.html", as_html(form).encode())
        self._text("incident.txt", form_text(form).encode())
        page = await node.papers("communique")
        texts = [communique_text(one, self.scenario.claimants) for one in reversed(page.records)]
        self._text("communiques.txt", "\n\n".join(texts).encode())

    def _sources(self) -> Section:
        from parley.wire.pages import Section

        cited = {source for act in self.scenario.acts for source in act.claim.sources}
        known = self.scenario.sources
        return Section("Sources", points=tuple(f"{c}: {known[c]}" for c in sorted(cited)))

    def _text(self, name: str, data: bytes) -> Path:
        from parley.cli import files

        path = self.folder / name
        files.write_new(path, (data,))
        return path

    def _note(self, path: Path, kind: str, good: bool, **more: int) -> None:
        self.files.append({"file": str(path), "kind": kind, "verified": good, **more})

    def _value(self, ended: Ended, other: Ended) -> None:
        from dataclasses import asdict

        from parley.cli.show import Out
        from parley.wire.liaison.incident_evidence import beside_members
        from parley.wire.liaison.incident_list import list_digest, list_members

        found = ended.lists[self.parties[0]]
        Out(True).value(
            {
                "scenario": self.scenario.id,
                "lines": [asdict(one) for one in self.told],
                "list": json.loads(json.dumps(list_members(found))),
                "digest": list_digest(found),
                "equal": ended.equal and _digests(ended) == _digests(other),
                "beside": {p: beside_members(one) for p, one in ended.beside.items()},
                "files": self.files,
                "audited": True,
            }
        )


def _digests(ended: Ended) -> Sequence[str]:
    from parley.wire.liaison.incident_list import list_digest

    return [list_digest(found) for found in ended.lists.values()]


async def _holds(node: Node, ref: str) -> bool:
    try:
        await node.paper(ref)
    except InputError:
        return False
    return True
