"""Options and arguments that several commands share, so that they read alike everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parley.cli.complete import complete_party, complete_ref

JSON_CHOSEN = "parley.json"


def _json_chosen(ctx: typer.Context, value: bool) -> bool:
    ctx.meta[JSON_CHOSEN] = value
    return value


def examples(*lines: str, json: str = "") -> str:
    """The epilog of a command: its examples, and the members of its JSON answer."""
    shown = [f"$ {line}".replace("[", "\\[") for line in lines]
    parts = ["[bold]Examples[/bold]", *shown]
    if json:
        parts += [f"[bold]--json[/bold] gives: {json}".replace("[{", "\\[{")]
    return "\n\n".join(parts)


JsonOption = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Answer with one JSON value on standard output and nothing else.",
        callback=_json_chosen,
        is_eager=True,
    ),
]
DirArgument = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="The node directory, as `parley init` made it."),
]
RoleOption = Annotated[
    str,
    typer.Option(
        "--role",
        help="Your duty role, one of the agreement's; may be left out when there is only one.",
    ),
]
UrgentRoleOption = Annotated[
    str,
    typer.Option("--role", help="Your duty role; left out, the first that the agreement has."),
]
TextOption = Annotated[
    str, typer.Option("--text", help="Free text for the others. Never a reason, never a target.")
]
RefArgument = Annotated[
    str,
    typer.Argument(
        metavar="REF", help="The item, such as notice:il-1.", autocompletion=complete_ref
    ),
]
PartyArgument = Annotated[
    str, typer.Argument(metavar="PARTY", help="A party's id.", autocompletion=complete_party)
]
AgreementOption = Annotated[
    Path | None,
    typer.Option("--agreement", metavar="FILE", help="The agreement, a JSON file."),
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Send without asking; asked only on a terminal.")
]
