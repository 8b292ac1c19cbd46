"""``parley agreement``: an agreement to start from, and a check of one that you wrote."""

from __future__ import annotations

import sys
from importlib.resources import files as package_files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import JsonOption, examples

if TYPE_CHECKING:
    from parley.rules.agreement import ActivityClass, Agreement

TEMPLATE = "template.json"

agreements = typer.Typer(no_args_is_help=True, help="The agreement: who owes whom what, as data.")


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
