"""``parley incident``: reports, claims, objections, what is agreed and disputed, communiques."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.liaison.saidforms import (
    MAX_FORM_BYTES,
    AboutOption,
    FileArgument,
    MarkingOption,
    SaidOption,
    ToOption,
    ZoneOption,
    post_form,
    said_at,
)
from parley.cli.options import DirArgument, JsonOption, RoleOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from parley.cli.nodedir import NodeDir
    from parley.cli.show import Out
    from parley.liaison.incidents.listing import Listing
    from parley.liaison.papers.paper import Content
    from parley.liaison.papers.record import PaperRecord
    from parley.node.node import Node
    from parley.wire.liaison.incident_evidence import Beside
    from parley.wire.pages import Page

    Text = Callable[[Page], str]

incident = typer.Typer(
    no_args_is_help=True,
    help="An incident: the report, what each side claims, what is agreed and what is disputed.",
)
_FILED = "ref, version, index, note, note_hash, paper, findings"
IncidentArgument = Annotated[
    str, typer.Argument(metavar="REF", help="The report, such as incident:ru-5.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write it there; .html for a page."),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")]
PersonOption = Annotated[str, typer.Option("--person", help="Who speaks: a ref, or a name.")]


def register(app: typer.Typer) -> None:
    app.add_typer(incident, name="incident")


@incident.command(
    "open",
    epilog=examples(
        "parley incident form node-ru --empty > report.json",
        "parley incident open node-ru report.json --to il --role watch-officer",
        json=_FILED,
    ),
)
def open_(
    directory: DirArgument,
    file: FileArgument,
    to: ToOption = None,
    role: RoleOption = "",
    marking: MarkingOption = "",
    zone: ZoneOption = "",
    said: SaidOption = "",
    json_out: JsonOption = False,
) -> None:
    """Report an incident from a filled form. Fields are numbered as on paper; no cause, no blame.
    A report joins another party's by field 12."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk
    from parley.wire.liaison.incident_form import read_form
    from parley.wire.papers import to_plain

    desk = Desk.open(directory, json_out)
    data, name = _bytes(file)
    content, person = read_form(data, name, said_ms=said_at(said), zone=zone or None)
    filed = post_form(
        desk, "incident", to_plain(content), to=to, role=role, marking=marking, person=person
    )
    show_filed(desk.out, filed, "Reported")


@incident.command(
    "claim",
    epilog=examples(
        "parley paper template claim > claim.json",
        "parley incident claim node-il claim.json --to ru --role watch-officer",
        json=_FILED,
    ),
)
def claim(
    directory: DirArgument,
    file: FileArgument,
    to: ToOption = None,
    role: RoleOption = "",
    marking: MarkingOption = "",
    about: AboutOption = None,
    person: PersonOption = "",
    zone: ZoneOption = "",
    said: SaidOption = "",
    json_out: JsonOption = False,
) -> None:
    """Enter what a party, or somebody it quotes, claims: an act, a cause or blame, apart.

    Times may stand in words, a place as 35.5N 35E. `supersedes` names an earlier claim of the same
    claimant; both stay.
    """
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk
    from parley.wire.jsontext import parse_json
    from parley.wire.liaison.incident_plain import content_of
    from parley.wire.papers import to_plain

    desk = Desk.open(directory, json_out)
    data, name = _bytes(file)
    written = parse_json(data, name, max_bytes=MAX_FORM_BYTES)
    content = content_of("claim", written, said_ms=said_at(said), zone=zone or None, where="claim")
    filed = post_form(
        desk,
        "claim",
        to_plain(content),
        to=to,
        role=role,
        marking=marking,
        about=about,
        person=person,
    )
    show_filed(desk.out, filed, "Claimed")


@incident.command(
    "object",
    epilog=examples(
        'parley incident object node-il posture:ru-28 --reason "It makes the air less safe."'
        " --by 2018-10-01T12:00Z --to ru --role watch-officer",
        json=_FILED,
    ),
)
def object_(
    directory: DirArgument,
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="A paper, a notice: claim:ru-5, notice:il-1.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the others to read.")],
    by: Annotated[
        str, typer.Option("--by", metavar="TIME", help="Until when an answer is asked for.")
    ],
    to: ToOption = None,
    role: RoleOption = "",
    marking: MarkingOption = "",
    person: PersonOption = "",
    json_out: JsonOption = False,
) -> None:
    """Object to a paper, a notice or a posture, with a deadline: its author owes an answer."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk
    from parley.wire.instants import parse_instant

    desk = Desk.open(directory, json_out)
    content = {"to": ref, "reason": reason, "reply_by_ms": parse_instant(by, "--by")}
    filed = post_form(desk, "objection", content, to=to, role=role, marking=marking, person=person)
    show_filed(desk.out, filed, "Objected")


@incident.command(
    "list",
    epilog=examples(
        "parley incident list node-ru incident:ru-5",
        "parley incident list node-ru incident:ru-5 --with il.evidence -o disputed.html",
        json="digest, list {incident, title, marking, reports, concerned, entries}, beside"
        " [{maker, pinned, about}], file",
    ),
)
def listed(
    directory: DirArgument,
    ref: IncidentArgument,
    with_: Annotated[
        list[Path] | None,
        typer.Option("--with", metavar="FILE", help="Another party's evidence, beside ours."),
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Also papers that not all parties concerned hold.")
    ] = False,
    output: OutputOption = None,
    force: ForceOption = False,
    json_out: JsonOption = False,
) -> None:
    """What is agreed and what is disputed, by rule, beside the evidence that each side holds.

    The list is the same at every node that holds the same papers: compare the SHA-256. Works with
    or without a running node.
    """
    from parley.cli import files, nodedir, show
    from parley.wire.liaison.incident_evidence import beside_members
    from parley.wire.liaison.incident_list import list_digest, list_members, list_page
    from parley.wire.pages import as_text

    out, opened = show.Out(json_out), nodedir.open_dir(directory)
    found, held = asyncio.run(_listed(opened, ref, own=own))
    beside = [*([held] if held is not None else []), *_others(opened, found, with_ or [])]
    page = list_page(found, _names(opened), beside)
    if output is not None:
        files.write_new(output, (_page(page, output, as_text),), overwrite=force)
    if out.json:
        out.value(
            {
                "digest": list_digest(found),
                "list": list_members(found),
                "beside": [beside_members(one) for one in beside],
                "file": None if output is None else str(output),
            }
        )
        return
    _show(out, page, output, as_text)


@incident.command(
    "form",
    epilog=examples(
        "parley incident form node-ru --empty > report.json",
        "parley incident form node-ru --empty -o blank.html",
        "parley incident form node-ru incident:ru-5 -o report.html",
        json="format and the numbered fields",
    ),
)
def form(
    directory: DirArgument,
    ref: Annotated[
        str, typer.Argument(metavar="[REF]", help="The report, such as incident:ru-5.")
    ] = "",
    empty: Annotated[
        bool, typer.Option("--empty", help="A form to fill in: JSON, or a page with -o.")
    ] = False,
    output: OutputOption = None,
    force: ForceOption = False,
    json_out: JsonOption = False,
) -> None:
    """A report as its numbered form: text, a page to print, or a file. The numbers are those of
    the empty form."""
    import json

    from parley.cli import files, nodedir, show
    from parley.liaison.incidents.contents import Incident
    from parley.wire.liaison.incident_form import (
        empty_file,
        empty_page,
        form_file,
        form_page,
        form_text,
    )

    out, opened = show.Out(json_out), nodedir.open_dir(directory)
    if empty == bool(ref):
        raise InputError("a report, or --empty", right="one of the two", where="REF")
    if empty:
        members, page = empty_file(), empty_page(opened.agreement().title)
    else:
        paper = asyncio.run(_paper(opened, ref, Incident)).paper
        content = paper.content
        assert isinstance(content, Incident)
        members = form_file(content, paper.person)
        page = form_page(paper, paper.marking.banner(), _names(opened))
    if output is not None:
        files.write_new(output, (_page(page, output, form_text),), overwrite=force)
    if out.json:
        out.value(members)
    elif empty and output is None:
        sys.stdout.write(json.dumps(members, ensure_ascii=False, indent=2) + "\n")
    else:
        _show(out, page, output, form_text)


@incident.command(
    "communique",
    epilog=examples(
        "parley incident communique node-il communique:il-14",
        "parley incident communique node-il communique:il-14 -o communique.txt",
        json="ref, state, text, file",
    ),
)
def communique(
    directory: DirArgument,
    ref: Annotated[str, typer.Argument(metavar="REF", help="Such as communique:il-14.")],
    output: OutputOption = None,
    force: ForceOption = False,
    json_out: JsonOption = False,
) -> None:
    """A communique as text, its marking first and last: whose word it is, whether it is agreed,
    when it was published and what it tells of."""
    from parley.cli import files, nodedir, show
    from parley.liaison.incidents.contents import Communique
    from parley.liaison.incidents.rules import communique_state
    from parley.wire.liaison.incident_communique import communique_text

    out, opened = show.Out(json_out), nodedir.open_dir(directory)
    record = asyncio.run(_paper(opened, ref, Communique))
    text = communique_text(record, _names(opened))
    if output is not None:
        files.write_new(output, (text.encode(),), overwrite=force)
    if out.json:
        name = None if output is None else str(output)
        out.value({"ref": ref, "state": communique_state(record), "text": text, "file": name})
    elif output is not None:
        out.line(record.paper.marking.banner(), "bold")
        out.line(f"Written: {output}", "green")
    else:
        sys.stdout.write(text)


def _bytes(file: str) -> tuple[bytes, str]:
    from parley.cli.files import read_input

    if file == "-":
        return sys.stdin.buffer.read(MAX_FORM_BYTES + 1), "standard input"
    return read_input(Path(file), max_bytes=MAX_FORM_BYTES), Path(file).name


async def _listed(opened: NodeDir, ref: str, *, own: bool) -> tuple[Listing, Beside | None]:
    from parley.cli import build
    from parley.node.liaison.incidents import evidenced, incident_list

    async with build.stored_node(opened) as node:
        found = await node.look(partial(incident_list, ref=ref, own=own))
        refs = await node.look(partial(evidenced, found=found))
        return found, await _own(node, opened, refs)


async def _own(node: Node, opened: NodeDir, refs: list[str]) -> Beside | None:
    from parley.ledger import verify_evidence
    from parley.wire.liaison.incident_evidence import beside

    if not refs:
        return None
    report = verify_evidence(await node.evidence(refs), pinned=opened.roots())
    return beside(report, opened.agreement(), refs)


def _others(opened: NodeDir, found: Listing, files: list[Path]) -> list[Beside]:
    """What other parties' files hold about what the list names; each is verified first."""
    from parley.cli.files import read_input
    from parley.ledger import verify_evidence
    from parley.ledger.evidence import MAX_EVIDENCE_BYTES
    from parley.wire.liaison.incident_evidence import beside

    refs = [*found.refs, *(ref for entry in found.entries for ref in entry.refs)]
    return [
        beside(
            verify_evidence(read_input(file, max_bytes=MAX_EVIDENCE_BYTES), pinned=opened.roots()),
            opened.agreement(),
            refs,
        )
        for file in files
    ]


async def _paper(opened: NodeDir, ref: str, kind: type[Content]) -> PaperRecord:
    from parley.cli import build

    async with build.stored_node(opened) as node:
        record = await node.paper(ref)
    if not isinstance(record.paper.content, kind):
        raise InputError(
            f"{ref[:80]} is no {kind.KIND}", right=f"a ref such as {kind.KIND}:<item>", where="REF"
        )
    return record


def _names(opened: NodeDir) -> dict[str, str]:
    return {party.id: party.name for party in opened.agreement().parties}


def _page(page: Page, output: Path, text: Text) -> bytes:
    from parley.wire.pages import as_html

    html = output.suffix.lower() in (".html", ".htm")
    return (as_html(page) if html else text(page)).encode()


def _show(out: Out, page: Page, output: Path | None, text: Text) -> None:
    if output is None:
        sys.stdout.write(text(page))
        return
    out.line(page.banner, "bold")
    out.line(f"Written: {output}", "green")
