"""``parley check``: what a notice would find, with no counterpart, no node and no network."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import AgreementOption, JsonOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.node.node import Node
    from parley.rules.agreement import Agreement
    from parley.rules.findings import Finding
    from parley.rules.statements import Draft

FOUND = 1


def register(app: typer.Typer) -> None:
    app.command(
        "check",
        epilog=examples(
            "parley check notice.geojson --agreement agreement.json",
            "parley check notice.kml --also ru=theirs.geojson --also tracks.csv",
            "parley check notice.geojson --dir node-il   (against what that node knows)",
            json="agreement, party, at_ms, draft {class, place, text, volumes [{use, shape,"
            " reach_m, positions [{dd, dms, mgrs, range_bearing}],"
            " floor_m, ceiling_m, start_ms, end_ms}]},"
            " findings [{key, kind, level, refs, parties, from, from_ms, until, until_ms, measures,"
            " codes, text}]",
        ),
    )(check)


def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The notice: .geojson, .json or .kml.")
    ],
    agreement: AgreementOption = None,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Check against what that node knows."),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            "--also",
            metavar="[PARTY=]FILE",
            help="Another party's notice, or a CSV of tracks, to check against; repeat it.",
        ),
    ] = None,
    party: Annotated[
        str, typer.Option("--party", help="Whose notice it is; else the first of the agreement.")
    ] = "",
    at: Annotated[
        str, typer.Option("--at", metavar="INSTANT", help="Judge as if it were that time (Z).")
    ] = "",
    json_out: JsonOption = False,
) -> None:
    """Check a notice and post nothing. 0: nothing above info, 1: findings, 2: bad input."""
    from parley.cli import brief, build, hand, nodedir, show
    from parley.rules.findings import Level
    from parley.wire.agreement import agreement_digest
    from parley.wire.instants import parse_instant

    out = show.Out(json_out)
    opened = nodedir.open_dir(directory) if directory is not None else None
    if opened and (agreement or also or party or at):
        raise InputError(
            "--dir goes with none of --agreement, --also, --party and --at",
            right="either what a node knows, or an agreement and files",
        )
    terms = opened.agreement() if opened else read_agreement(agreement, out)
    who = opened.config.party if opened else _who(terms, party)
    now_ms = parse_instant(at, "--at") if at else build.clock_ms()
    draft = hand.draft_of_file(file, terms)
    if opened is not None and opened.database.exists():
        findings = asyncio.run(_against_node(opened, draft))
    else:
        findings = asyncio.run(_against_files(terms, who, draft, also or [], now_ms))
    said = [brief.finding_members(found) for found in findings]
    if out.json:
        out.value(
            {"agreement": agreement_digest(terms), "party": who, "at_ms": now_ms,
             "draft": brief.draft_members(draft, terms), "findings": said}
        )  # fmt: skip
    else:
        brief.show_draft(out, draft, terms, opened.config.zones if opened else {}, now_ms)
        out.line()
        out.findings(said)
    if any(found.level > Level.INFO for found in findings):
        raise typer.Exit(FOUND)


def read_agreement(file: Path | None, out: Any) -> Agreement:
    """The agreement in the file; without one the built-in example, and that is said."""
    from parley.cli import files
    from parley.cli.agreement import template_bytes
    from parley.wire.agreement import parse_agreement

    if file is not None:
        return parse_agreement(files.read_input(file), file.name)
    out.note("No agreement was given: the built-in example (parley agreement template) is used.")
    return parse_agreement(template_bytes(), "the built-in example")


def _who(agreement: Agreement, party: str) -> str:
    return agreement.party(party).id if party else agreement.parties[0].id


async def _against_node(opened: NodeDir, draft: Draft) -> list[Finding]:
    from parley.cli import build

    async with build.stored_node(opened) as node:
        return await node.check(draft)


async def _against_files(
    agreement: Agreement, who: str, draft: Draft, also: list[str], now_ms: int
) -> list[Finding]:
    """The findings of the draft among the other files, in nodes that live in memory only."""
    from parley.cli import build, hand

    async with build.memory_nodes(agreement, lambda: now_ms) as nodes:
        for text in also:
            prefix, equals, name = text.partition("=")
            named = bool(equals) and any(p.id == prefix for p in agreement.parties)
            author = prefix if named else _other(agreement, who)
            path = Path(name if named else text)
            if path.suffix.lower() == ".csv":
                role = agreement.party(who).roles[0]
                seen = hand.tracks_of_file(path, nodes[who].context, role)
                await nodes[who].observe(seen)
            else:
                await _tell(nodes[author], nodes[who], hand.draft_of_file(path, agreement))
        return await nodes[who].check(draft)


async def _tell(author: Node, ours: Node, draft: Draft) -> None:
    """``author`` gives notice, and its exact note reaches us, as over the network."""
    role = author.context.agreement.party(author.context.party).roles[0]
    posted = await author.post_notice(draft, role=role)
    if author is ours:
        return
    (outcome,) = await ours.receive([posted.note])
    if outcome.refused is not None:
        raise outcome.refused


def _other(agreement: Agreement, who: str) -> str:
    for party in agreement.parties:
        if party.id != who and not party.observer:
            return party.id
    raise InputError("the agreement has no other party", right="--also PARTY=FILE")
