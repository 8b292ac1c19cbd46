"""``parley agreement``: an agreement to start from, and a check of one that you wrote."""

from __future__ import annotations

import sys
from importlib.resources import files as package_files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import DirArgument, JsonOption, RoleOption, examples

if TYPE_CHECKING:
    from parley.rules.agreement import ActivityClass, Agreement

TEMPLATE = "template.json"

agreements = typer.Typer(
    no_args_is_help=True, help="The agreement: who owes whom what, as data; and how it changes."
)


def register(app: typer.Typer) -> None:
    app.add_typer(agreements, name="agreement")


def template_bytes() -> bytes:
    """The built-in example agreement, as `parley agreement template` prints it."""
    return (package_files("parley.cli") / TEMPLATE).read_bytes()


@agreements.command(
    "template",
    epilog=examples(
        "parley agreement template > agreement.json",
        json="the same: the answer is JSON in any case",
    ),
)
def template(json_out: JsonOption = False) -> None:
    """Print an agreement to start from. Every figure in it is yours to change."""
    sys.stdout.write(template_bytes().decode())


@agreements.command(
    "check",
    epilog=examples(
        "parley agreement check agreement.json",
        json="id, version, title, digest, valid {start_ms, end_ms}, parties, classes"
        " [{id, lead_s}], third_parties, sites, named_areas, named_positions",
    ),
)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The agreement, a JSON file.")],
    json_out: JsonOption = False,
) -> None:
    """Read an agreement as a node would, and say what it says. Compare the digest by voice."""
    from parley.cli import files, show
    from parley.wire.agreement import parse_agreement

    agreement = parse_agreement(files.read_input(file), file.name)
    out = show.Out(json_out)
    members = _members(agreement)
    if out.json:
        out.value(members)
        return
    out.line(f"{file} is a good agreement.", "green")
    valid = members["valid"]
    out.pairs(
        (
            ("Agreement", f"{agreement.id}, version {agreement.version}: {agreement.title}"),
            ("Digest", members["digest"]),
            ("Valid from", show.times(valid["start_ms"], {})),
            ("Valid until", show.times(valid["end_ms"], {})),
            ("Third parties", ", ".join(members["third_parties"])),
            ("Sites", ", ".join(members["sites"])),
            ("Named areas", ", ".join(members["named_areas"])),
            ("Named positions", ", ".join(members["named_positions"])),
        )
    )
    out.table(
        ("Party", "Name", "Duty roles", ""),
        (
            (p.id, p.name, ", ".join(p.roles), "observer" if p.observer else "")
            for p in agreement.parties
        ),
    )
    out.table(
        ("Class", "Title", "Lead time", "Separation", "Owes"),
        (
            (
                c.id,
                c.title,
                f"{c.lead_s} s",
                f"{c.separation.horizontal_m} m, {c.separation.vertical_m} m,"
                f" {c.separation.time_s} s",
                _owed(c),
            )
            for c in agreement.classes
        ),
    )


ProposalArgument = Annotated[
    str, typer.Argument(metavar="REF", help="Such as proposal:il-4; `parley agreement show`.")
]
WhyOption = Annotated[str, typer.Option("--why", help="A remark that all parties read.")]
PersonOption = Annotated[str, typer.Option("--person", help="Who signs, by name.")]


@agreements.command(
    "show",
    epilog=examples(
        "parley agreement show node-il",
        json="id, version, title, digest, founding_digest, amendments, stances, offers",
    ),
)
def shown(directory: DirArgument, json_out: JsonOption = False) -> None:
    """The agreement in force at a running node, its amendments, and who takes part."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out, opened = show.Out(json_out), nodedir.open_dir(directory)
    with Client(opened) as client:
        state = client.get("/v1/agreement")
    if out.json:
        out.value(state)
        return
    out.line(f"{state['id']}, version {state['version']}: {state['title']}")
    out.line(f"digest {state['digest']}")
    out.table(
        ("Party", "Takes part", "Since", "Line", "Why"),
        (
            (
                s["party"],
                s["stance"],
                s["since"] or "",
                "kept" if s["keeps_line"] else "not kept",
                s["why"],
            )
            for s in state["stances"]
        ),
    )
    if not state["offers"]:
        out.line("No proposals.")
        return
    out.table(
        ("Proposal", "State", "Signed by", "Waits for", "In force from, sign by", "Title"),
        (
            (
                o["ref"],
                f"{o['state']}, round {o['round']}",
                ", ".join(o["signed_by"]) or "nobody",
                ", ".join(o["missing"]) or "nobody",
                show.stacked(o["in_force_from"], o["sign_by"]),
                o["title"],
            )
            for o in state["offers"]
        ),
    )


@agreements.command(
    "propose",
    epilog=examples(
        "parley agreement propose node-il version-2.json --role watch-officer"
        " --from 2031-06-01T00:00:00Z --sign-by 2031-05-20T00:00:00Z",
        json="ref, kind, version, content, heard",
    ),
)
def propose(
    directory: DirArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The whole agreement, amended.")],
    in_force_from: Annotated[str, typer.Option("--from", help="In force from, with a zone.")],
    sign_by: Annotated[str, typer.Option("--sign-by", help="To be signed until, with a zone.")],
    role: RoleOption = "",
    why: WhyOption = "",
    json_out: JsonOption = False,
) -> None:
    """Propose an amendment to all: it binds nobody before every signatory has signed it."""
    from parley.cli import files

    text = files.read_input(file).decode("utf-8", "replace")
    body = {"text": text, "in_force_from": in_force_from, "sign_by": sign_by, "why": why}
    _act(directory, json_out, "/v1/agreement/proposals", body, {"role": role}, "Proposed: {}.")


@agreements.command(
    "sign",
    epilog=examples(
        "parley agreement sign node-ru proposal:il-4 --role watch-officer",
        json="ref, kind, version, content, heard",
    ),
)
def sign(
    directory: DirArgument,
    ref: ProposalArgument,
    role: RoleOption = "",
    person: PersonOption = "",
    json_out: JsonOption = False,
) -> None:
    """Sign a proposal. One signature a round, and none is taken back."""
    from parley.cli.client import segment

    path = f"/v1/agreement/proposals/{segment(ref)}/sign"
    _act(directory, json_out, path, {}, {"role": role, "person": person}, "Signed: {}.")


@agreements.command(
    "suspend",
    epilog=examples(
        'parley agreement suspend node-il --role watch-officer --why "after the strike"',
        json="ref, kind, version, content, heard",
    ),
)
def suspend(
    directory: DirArgument,
    role: RoleOption = "",
    at: Annotated[str, typer.Option("--at", help="From when on; left out: now.")] = "",
    keeps_line: Annotated[
        bool, typer.Option("--line/--no-line", help="Whether the line goes on meanwhile.")
    ] = True,
    why: WhyOption = "",
    json_out: JsonOption = False,
) -> None:
    """Say that we suspend the agreement. STOP and DISTRESS go through all the same."""
    body = {"suspended": True, "at": at, "keeps_line": keeps_line, "why": why}
    _act(directory, json_out, "/v1/agreement/participation", body, {"role": role}, "Said: {}.")


@agreements.command(
    "resume",
    epilog=examples(
        "parley agreement resume node-il --role watch-officer",
        json="ref, kind, version, content, heard",
    ),
)
def resume(
    directory: DirArgument, role: RoleOption = "", why: WhyOption = "", json_out: JsonOption = False
) -> None:
    """Say that we take part again."""
    body = {"suspended": False, "why": why}
    _act(directory, json_out, "/v1/agreement/participation", body, {"role": role}, "Said: {}.")


def _act(
    directory: Path,
    json_out: bool,
    path: str,
    body: dict[str, Any],
    query: dict[str, str],
    words: str,
) -> None:
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    paper = desk.post(path, body, **{**query, "role": desk.role(query["role"])})
    if desk.out.json:
        desk.out.value(paper)
        return
    desk.out.line(words.format(paper["ref"]), "green")


def _owed(activity_class: ActivityClass) -> str:
    words = (
        ("read-back", activity_class.needs_read_back),
        ("own aircraft", activity_class.needs_aircraft_area),
        ("all-clear", activity_class.needs_all_clear),
        ("third parties react", activity_class.provokes_reaction),
    )
    return ", ".join(word for word, owed in words if owed)


def _members(agreement: Agreement) -> dict[str, Any]:
    from parley.wire.agreement import agreement_digest

    return {
        "id": agreement.id,
        "version": agreement.version,
        "title": agreement.title,
        "digest": agreement_digest(agreement),
        "valid": {"start_ms": agreement.valid.start_ms, "end_ms": agreement.valid.end_ms},
        "parties": [p.id for p in agreement.parties],
        "classes": [{"id": c.id, "lead_s": c.lead_s} for c in agreement.classes],
        "third_parties": [t.id for t in agreement.third_parties],
        "sites": [s.id for s in agreement.sites],
        "named_areas": [a.id for a in agreement.named_areas],
        "named_positions": [name for name, _ in agreement.named_positions],
    }
