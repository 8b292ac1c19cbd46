"""``parley release``: what may go to whom, consent asked and given, the register of releases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import DirArgument, JsonOption, RoleOption, TextOption, examples

if TYPE_CHECKING:
    from parley.cli.client import Query

releases = typer.Typer(
    no_args_is_help=True, help="What goes on to whom: markings, consent, the register."
)
SubjectArgument = Annotated[
    str,
    typer.Argument(metavar="REF", help="What it is about, such as message:ru-3 or notice:il-1."),
]
RecipientArgument = Annotated[
    str, typer.Argument(metavar="RECIPIENT", help="A party's id, or in free text somebody outside.")
]
RequestArgument = Annotated[
    str, typer.Argument(metavar="REQUEST", help="Such as consent-request:ru-7.")
]
MarkingOption = Annotated[
    str,
    typer.Option(
        "--marking", help='Such as "TLP:AMBER // REL TO US"; left out: for the recipient alone.'
    ),
]
PersonOption = Annotated[
    str, typer.Option("--person", help="Who decides: a name or person:REF; not who asked.")
]
RequestedBy = Annotated[
    str, typer.Option("--requested-by", help="Who asked for it: the first of two persons.")
]
_FILED = "ref, version, index, note, note_hash, paper, findings"


def register(app: typer.Typer) -> None:
    app.add_typer(releases, name="release")


@releases.command(
    "check",
    epilog=examples(
        "parley release check node-ru message:il-3 us",
        'parley release check node-ru notice:il-1 "The UN mission"',
        json="allowed, subject, originator, marking, grounds, consent, why, right",
    ),
)
def check(
    directory: DirArgument,
    subject: SubjectArgument,
    recipient: RecipientArgument,
    marking: MarkingOption = "",
    json_out: JsonOption = False,
) -> None:
    """May it go there, and if not, what would be right. Nothing is done. Exit status 1: no."""
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    body = {"subject": subject, "recipient": recipient, "marking": marking}
    told = desk.post("/v1/releases/check", body)
    if desk.out.json:
        desk.out.value(told)
    else:
        desk.out.line(told["marking"], "bold")
        word, style = ("May go", "bold green") if told["allowed"] else ("May NOT go", "bold red")
        desk.out.line(f"{word}: {told['subject']} to {recipient}: {told['why']}.", style)
        rows = (("Grounds", told["grounds"]), ("Consent", told["consent"]))
        desk.out.pairs((*rows, ("Right would be", told["right"])))
    if not told["allowed"]:
        raise typer.Exit(1)


@releases.command(
    "ask",
    epilog=examples(
        'parley release ask node-ru message:il-3 us --purpose "They fly there too."'
        ' --requested-by "Col. A. Sokolov" --until 2030-09-20T12:00Z --role watch-officer',
        json=_FILED,
    ),
)
def ask(
    directory: DirArgument,
    subject: SubjectArgument,
    recipient: RecipientArgument,
    purpose: Annotated[str, typer.Option("--purpose", help="What it is wanted for.")],
    requested_by: RequestedBy,
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="The consent's end.")],
    marking: MarkingOption = "",
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Ask the originator whether it may go on. Silence is no consent."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    body = {
        "subject": subject,
        "recipient": recipient,
        "marking": marking,
        "role": desk.role(role),
        "purpose": purpose,
        "requested_by": requested_by,
        "until": until,
    }
    show_filed(desk.out, desk.post("/v1/consents", body), "Asked")


@releases.command(
    "approve",
    epilog=examples(
        'parley release approve node-il consent-request:ru-7 --person "Gen. D. Levi" --role duty',
        json=_FILED,
    ),
)
def approve(
    directory: DirArgument,
    request: RequestArgument,
    person: PersonOption,
    role: RoleOption = "",
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """Consent to what a request asks, exactly that, until its end. Nobody approves his own."""
    _answer(directory, request, True, person, role, text, json_out)


@releases.command(
    "refuse",
    epilog=examples(
        'parley release refuse node-il consent-request:ru-7 --person "Gen. D. Levi" --role duty',
        json=_FILED,
    ),
)
def refuse(
    directory: DirArgument,
    request: RequestArgument,
    person: PersonOption,
    role: RoleOption = "",
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """Refuse a request, or take back a consent from now on."""
    _answer(directory, request, False, person, role, text, json_out)


def _answer(
    directory: Path, request: str, grant: bool, person: str, role: str, text: str, json_out: bool
) -> None:
    from parley.cli.client import segment
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    body = {"grant": grant, "role": desk.role(role), "person": person, "text": text}
    filed = desk.post(f"/v1/consents/{segment(request)}/answer", body)
    show_filed(desk.out, filed, "Consented" if grant else "Refused")


@releases.command(
    "make",
    epilog=examples(
        'parley release make node-ru message:il-3 us --released-by "Maj. I. Petrov"'
        ' --requested-by "Col. A. Sokolov" --role watch-officer',
        'parley release make node-ru notice:il-1 "The UN mission" --safety'
        ' --released-by "Maj. I. Petrov" --role watch-officer',
        json=_FILED,
    ),
)
def make(
    directory: DirArgument,
    subject: SubjectArgument,
    recipient: RecipientArgument,
    released_by: Annotated[
        str, typer.Option("--released-by", help="Who releases it: a name or person:REF.")
    ],
    requested_by: RequestedBy = "",
    marking: MarkingOption = "",
    safety: Annotated[
        bool, typer.Option("--safety", help="The safety subset alone: it needs no consent.")
    ] = False,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Register it only; the words go by hand.")
    ] = False,
    role: RoleOption = "",
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """Pass something on: on grounds that hold, or not at all. It stands in the register, and the
    originator sees it. To widen who has it takes two persons."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    body = {
        "subject": subject,
        "recipient": recipient,
        "marking": marking,
        "role": desk.role(role),
        "released_by": released_by,
        "requested_by": requested_by,
        "safety": safety,
        "enclose": not by_hand,
        "text": text,
    }
    show_filed(desk.out, desk.post("/v1/releases", body), "Released")


@releases.command(
    "register",
    epilog=examples(
        "parley release register node-ru",
        "parley release register node-ru --about message:il-3",
        "parley release register node-ru --csv releases.csv",
        json="banner, releases [{ref, marking, holder, originator, recipient, subject, released,"
        " marking_given, grounds, consent, requested_by, released_by, enclosed, breach}], total",
    ),
)
def registered(
    directory: DirArgument,
    about: Annotated[str, typer.Option("--about", metavar="REF", help="Of this only.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="PARTY", help="Of this holder only.")] = "",
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="The whole register as a table.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """What was passed on to whom, when, under which marking and on what grounds."""
    from parley.cli import files, nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        if csv is not None:
            lines = b"".join(line + b"\n" for line in client.lines("/v1/releases.csv"))
            written = files.write_new(csv, (lines,), overwrite=force)
            if out.json:
                out.value({"file": str(csv), "bytes": written})
            else:
                out.line(f"{written} bytes in {csv}.", "green")
            return
        found = _pages(client, about, by)
    if out.json:
        out.value(found)
        return
    if not found["releases"]:
        out.line("Nothing was passed on.")
        return
    out.line(found["banner"], "bold")
    out.table(
        ("Released", "By", "What", "To", "Given as", "Grounds", "Persons", "Breach"),
        (_row(one) for one in found["releases"]),
    )
    out.line(found["banner"], "bold")


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    persons = ", ".join(p for p in (one["requested_by"], one["released_by"]) if p)
    grounds = f"{one['grounds']} {one['consent']}".strip()
    return (
        one["released"],
        one["holder"],
        one["subject"],
        one["recipient"],
        one["marking_given"],
        grounds,
        persons,
        ", ".join(one["breach"]),
    )


def _pages(client: Any, about: str, by: str) -> dict[str, Any]:
    """Every page in one; the banner is the most closed of all pages."""
    from parley.liaison.papers.marking import parse_marking
    from parley.liaison.releases.marking import most_closed

    query: dict[str, Query] = {"limit": 500, "about": about, "by": by}
    page = client.get("/v1/releases", **query)
    found, banners = list(page["releases"]), [page["banner"]]
    while page["next"]:
        page = client.get("/v1/releases", after=page["next"], **query)
        found += page["releases"]
        banners.append(page["banner"])
    shown = [parse_marking(text) for text in banners if text]
    banner = most_closed(shown).banner() if shown else ""
    return {"banner": banner, "releases": found, "total": len(found)}
