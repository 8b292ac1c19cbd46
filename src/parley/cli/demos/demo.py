"""``parley demo``: the night of the Il-20 on real nodes, minute by minute, and what follows.

It says its first line before anything heavy is imported. No result stands in this file: what
is printed comes from the scenario's claims and from the findings of the nodes.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import JsonOption, examples
from parley.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from rich.console import Console

    from parley.cli.demos.demo_figures import Common, Figures
    from parley.cli.demos.demo_nodes import Loopback
    from parley.cli.demos.demo_show import Line
    from parley.node.node import Node
    from parley.node.replay import Minute, Run

AS_IT_WAS = "as-it-was"
SHOULD = "as-it-should-have-been"
SCENARIO = "il20-2018.json"
SIDES = "side-by-side.html"
NOT_VERIFIED = 1
_FIRST = "Parley replays the loss of the Il-20, 17 September 2018. Starting three nodes ..."


def register(app: typer.Typer) -> None:
    app.command(
        "demo",
        epilog=examples(
            "parley demo",
            "parley demo --speed max --account both",
            "parley demo --as-it-should-have-been --out night",
            "parley demo liaison --out after",
            json="scenario, run, lines [{at_ms, sign, who, text}], figures, compared, common,"
            " files [{file, kind, verified}], audited",
        ),
    )(demo)


def demo(
    part: Annotated[
        str,
        typer.Argument(
            metavar="[liaison]", help="liaison: what followed, from that night to December 2018."
        ),
    ] = "",
    speed: Annotated[
        str, typer.Option("--speed", help="Simulated seconds in a second, or max.")
    ] = "",
    account: Annotated[
        str, typer.Option("--account", help="Whose tracks of the aircraft: ru, il or both.")
    ] = "ru",
    should: Annotated[
        bool,
        typer.Option("--as-it-should-have-been", help="Play the night with a better notice."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Keep databases, logs and evidence here."),
    ] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Draw the output as a picture.")
    ] = None,
    json_out: JsonOption = False,
) -> None:
    """The night of the Il-20 on three real nodes: who was told what, and when.

    0: all verified. Default speed: 60, one minute a second (with --json: max). liaison: the calls,
    claims, delegations and statements behind it, and what is agreed and disputed in the end; with
    --out and --json alone.
    """
    if part:
        _liaison(part, out, json_out, speed or svg or should or account != "ru")
        return
    pace = _pace(speed or ("max" if json_out else "60"))
    folder = _folder(out)
    if not json_out:
        sys.stdout.write(f"{_FIRST}\n")
        sys.stdout.flush()
    from parley.web.server import run

    night = _Demo(pace, account, should, folder, keep=out is not None, json=json_out)
    verified = run(night.play())
    if svg is not None:
        night.draw(svg)
    if not verified:
        raise typer.Exit(NOT_VERIFIED)


def _liaison(part: str, out: Path | None, json_out: bool, more: object) -> None:
    from parley.cli.demos import demo_liaison

    if part != "liaison" or more:
        raise InputError(
            f"{part!r} with these options is no part of the demo",
            right="liaison, with --out and --json alone",
            where="part",
        )
    _quiet_logs()
    files = (scenario_bytes(), scenario_bytes(demo_liaison.FOLLOW_UP))
    if not demo_liaison.play(_folder(out), *files, keep=out is not None, json_out=json_out):
        raise typer.Exit(NOT_VERIFIED)


def scenario_bytes(name: str = SCENARIO) -> bytes:
    """A scenario of the project: beside the package when installed, else in the source tree."""
    import parley

    package = Path(parley.__file__).parent
    for place in (package / "scenarios", package.parent.parent / "scenarios"):
        if (place / name).is_file():
            return (place / name).read_bytes()
    raise ConfigError(f"the scenario {name} is not installed", right="a whole installation")


def _pace(text: str) -> float:
    """Simulated seconds in a real one; 0: as fast as it settles. InputError."""
    if text in ("max", "0"):
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.01 <= value <= 1e6:
        raise InputError(f"{text!r} is no speed", right="max, or 0.01 to 1000000", where="--speed")
    return value


def _folder(out: Path | None) -> Path:
    if out is None:
        return Path(tempfile.mkdtemp(prefix="parley-demo-"))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            f"{out} exists already: nothing was touched",
            right="a directory that does not exist yet",
            where="--out",
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be made: {error.strerror}", where="--out") from None
    return out


class _Demo:
    """One call of the command. The run that is played aloud comes first; others are compared."""

    def __init__(
        self, pace: float, account: str, should: bool, folder: Path, *, keep: bool, json: bool
    ) -> None:
        from rich.console import Console

        from parley.cli.demos.demo_show import WIDTH, Names, Page
        from parley.wire.scenario import parse_scenario

        self.scenario = parse_scenario(scenario_bytes(), SCENARIO)
        self.pace, self.folder, self.keep, self.json = pace, folder, keep, json
        console = Console(
            file=io.StringIO() if json else sys.stdout,
            highlight=False,
            markup=False,
            emoji=False,
            record=True,
        )
        console.width = WIDTH
        self.page = Page(Names(self.scenario), console)
        self.runs = (
            self._runs(account, AS_IT_WAS, SHOULD)
            if not should
            else self._runs(account, SHOULD, AS_IT_WAS)
        )
        self.aloud = len(self.scenario.accounts) if account == "both" else 1
        self.lines: list[Line] = []
        self.files: list[dict[str, object]] = []

    def _runs(self, account: str, first: str, second: str) -> list[Run]:
        """Aloud: one account's, or each; then the other account's, then the other script."""
        ids = list(self.scenario.accounts)
        if account != "both":
            self.scenario.account(account)
            ids.sort(key=lambda one: one != account)
        return [*(self._run(one, first) for one in ids), self._run(ids[0], second)]

    def _run(self, account: str, script: str) -> Run:
        from parley.node.replay import Run

        leads = self.scenario.variants_of(account) if script == AS_IT_WAS else ()
        return Run(account, script, leads[0].lead_s if leads else None)

    async def play(self) -> bool:
        from parley.cli.demos.demo_summary import (
            column_head,
            show_accounts,
            show_common,
            show_owing,
            show_table,
        )

        _quiet_logs()
        found: list[Figures] = []
        common: list[Common] = []
        self._header()
        for n, run in enumerate(self.runs):
            if n < self.aloud:
                self._announce(run)
                figures, held = await self._on_loopback(run, n)
            else:
                figures, held = await self._in_memory(run)
            found.append(figures)
            common.append(held)
        show_owing(self.page, found[0])
        show_table(self.page, [column_head(self.scenario, run) for run in self.runs], found)
        show_accounts(self.page, self.scenario)
        show_common(self.page, self.page.names, common[0])
        verified = all(bool(one["verified"]) for one in self.files) and all(c.equal for c in common)
        self._footer(verified)
        if self.json:
            self._value(found, common[0])
        return verified

    def draw(self, file: Path) -> None:
        """What was printed, as a picture that fetches nothing: no fonts from elsewhere."""
        from parley.cli import files

        picture = self.page.console.export_svg(title="parley demo", unique_id="parley-demo")
        picture = re.sub(r"@font-face\s*\{[^}]*\}", "", picture)
        files.write_new(file, (picture.encode(),), overwrite=True)

    def _header(self) -> None:
        s, page = self.scenario, self.page
        page.text(s.about)
        parties = ", ".join(page.names.of[p] for p in page.names.everybody)
        blind = ", ".join(t.name for t in s.agreement.third_parties)
        page.text(
            f"Nodes on 127.0.0.1: {parties}, each with its own key, database and log. {blind} has"
            f" signed nothing and is assumed blind. Times: Zulu, then local ({s.zone_note})."
            f" Sources, disputes and assumptions: scenarios/{SCENARIO}."
        )

    def _announce(self, run: Run) -> None:
        script, account = self.scenario.script(run.script), self.scenario.account(run.account)
        self.page.head(f"{script.title}. {account.title}.")
        self.page.text(script.about)

    async def _on_loopback(self, run: Run, n: int) -> tuple[Figures, Common]:
        """Aloud: real sockets and databases; the first of these leaves the files."""
        from parley.cli.demos.demo_nodes import SimClock, loopback
        from parley.node.replay import replay

        clock = SimClock(self.scenario.span.start_ms)
        folder = self.folder / f"{n + 1}-{run.script}-{run.account}"
        folder.mkdir()
        async with loopback(self.scenario.agreement, folder, clock) as night:
            played = replay(self.scenario, run, night.nodes, clock.set, night.settle)
            minutes = await self._aloud(played, run.script)
            outcome = await self._outcome(run, minutes, night.nodes)
            if n == 0:
                await self._write(night)
        if not self.keep:
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()
        return outcome

    async def _in_memory(self, run: Run) -> tuple[Figures, Common]:
        """To compare: the same nodes with stores in memory, notes handed over, at full speed."""
        from parley.cli.build import memory_nodes
        from parley.cli.demos.demo_nodes import SimClock
        from parley.node.replay import carried, replay

        clock = SimClock(self.scenario.span.start_ms)
        async with memory_nodes(self.scenario.agreement, clock) as nodes:
            played = replay(self.scenario, run, nodes, clock.set, lambda: carried(nodes))
            return await self._outcome(run, [minute async for minute in played], nodes)

    async def _outcome(
        self, run: Run, minutes: Sequence[Minute], nodes: Mapping[str, Node]
    ) -> tuple[Figures, Common]:
        """The figures, what two logs hold alike, and every node's audit (IntegrityError)."""
        from parley.cli.demos.demo_figures import common, figures
        from parley.store.memory import MemoryStore

        result = await figures(self.scenario, run, minutes, nodes)
        parties = [nodes[p] for p in self.page.names.parties]
        held = await common(parties[0], parties[1])
        for node in nodes.values():
            await node.check_node(MemoryStore())
        return result, held

    async def _aloud(self, played: AsyncIterator[Minute], script: str) -> list[Minute]:
        """Print each minute; from the first word on, at the chosen pace."""
        import asyncio

        from parley.cli.demos.demo_show import Narrator
        from parley.wire.scenario_values import Protecting

        narrator = Narrator(self.page.names, script)
        loop = asyncio.get_running_loop()
        began: tuple[float, int] | None = None
        minutes: list[Minute] = []
        with self._status() as shown:
            async for minute in played:
                minutes.append(minute)
                for line in narrator.lines(minute):
                    self.lines.append(line)
                    self.page.line(line)
                spoken = any(not isinstance(d.act.deed, Protecting) for d in minute.done)
                if began is None and spoken:
                    began = (loop.time(), minute.at_ms)
                if began is not None and self.pace:
                    next_ms = minute.at_ms + 60_000
                    due_s = began[0] + (next_ms - began[1]) / 1000 / self.pace
                    if shown is not None:
                        shown.update(self.page.clock(next_ms))
                    await asyncio.sleep(max(0.0, due_s - loop.time()))
        return minutes

    def _status(self) -> Any:
        """On a terminal: the running clock below the last line."""
        console: Console = self.page.console
        if self.pace and console.is_terminal and not self.json:
            return console.status("")
        return nullcontext()

    async def _write(self, night: Loopback) -> None:
        """Each party's evidence and whole log, written, read again, verified with pinned roots;
        reports to read, and the first two parties side by side."""
        from parley.cli import files
        from parley.cli.verify import facts_of
        from parley.ledger import compare, verify_evidence, verify_log
        from parley.wire.dispute_report import dispute_page
        from parley.wire.evidence_report import evidence_page
        from parley.wire.pages import as_html

        await night.witness()
        shown = []
        for party in self.page.names.parties:
            node: Node = night.nodes[party]
            refs = [record.ref for record in await node.items()]
            path = self.folder / f"{party}.evidence"
            files.write_new(path, (await node.evidence(refs),))
            report = verify_evidence(path.read_bytes(), pinned=night.roots)
            shown.append((report, facts_of(path)))
            witnessed = sum(item.witnessed for item in report.items)
            good = report.pinned and not report.exhibits
            self._file(path, "evidence", len(report.items), good, witnessed=witnessed)
            page = self.folder / f"{party}.html"
            files.write_new(page, (as_html(evidence_page(*shown[-1])).encode(),))
            path = self.folder / f"{party}.log"
            files.write_new(path, (await node.log_file(),))
            whole = verify_log((path.read_bytes(),), pinned=night.roots)
            self._file(path, "log", whole.size, whole.key_pinned)
        (a, of_a), (b, of_b) = shown[:2]
        sides = dispute_page(compare(a, b), a, b, of_a, of_b)
        files.write_new(self.folder / SIDES, (as_html(sides).encode(),))

    def _file(self, path: Path, kind: str, entries: int, good: bool, **more: int) -> None:
        self.files.append(
            {"file": str(path), "kind": kind, "entries": entries, "verified": good, **more}
        )

    def _footer(self, verified: bool) -> None:
        """evidence: only what passed between the parties; a log: all, for its owner alone."""
        self.page.head("Evidence, provable offline to anybody; a whole log is its party's own")
        for one in self.files:
            word = "VERIFIED" if one["verified"] else "NOT VERIFIED"
            seen = f", {one['witnessed']} witnessed by others" if "witnessed" in one else ""
            self.page.text(f"{word}: {one['file']} ({one['entries']} entries{seen})")
        first = Path(str(self.files[0]["file"]))
        self.page.text(f"Check it yourself: parley verify {first}")
        self.page.text(f"To read: {first.with_suffix('.html')}, {first.with_name(SIDES)}")
        if verified:
            self.page.text(
                f"All nodes of all {len(self.runs)} runs passed their audit: tree, signatures and"
                " state derived again from the log.",
                "green",
            )
        else:
            self.page.text("NOT all of it verified.", "bold red")

    def _value(self, found: Sequence[Figures], common: Common) -> None:
        from dataclasses import asdict

        from parley.cli.show import Out

        Out(True).value(
            {
                "scenario": self.scenario.id,
                "run": asdict(self.runs[0]),
                "lines": [asdict(line) for line in self.lines],
                "figures": asdict(found[0]),
                "compared": [asdict(one) for one in found[1:]],
                "common": asdict(common),
                "files": self.files,
                "audited": True,
            }
        )


def _quiet_logs() -> None:
    """Only what a courier or a server did not expect: one line each, on standard error."""
    import structlog

    structlog.configure(
        processors=[_one_line, structlog.processors.LogfmtRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(40),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def _one_line(_: Any, __: str, event: Any) -> Any:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    return {**event, "error": repr(error)} if error else event
