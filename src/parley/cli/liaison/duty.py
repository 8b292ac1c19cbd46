"""``parley duty``: obligations, requests for a notice, and the report of adherence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import DirArgument, JsonOption, PartyArgument, RoleOption, examples

if TYPE_CHECKING:
    from parley.cli.client import Query

duties = typer.Typer(no_args_is_help=True, help="What parties are bound to, and what they kept.")
_FILED = "ref, version, index, note, note_hash, paper, findings"


def register(app: typer.Typer) -> None:
    app.add_typer(duties, name="duty")


@duties.command(
    "add",
    epilog=examples(
        "parley paper template obligation > duty.json",
        "parley duty add node-il duty.json --role watch-officer",
        json=_FILED,
    ),
)
def add(
    directory: DirArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The obligation, a JSON file.")],
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="PARTY", help="Left out: all others.")
    ] = None,
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Write down an obligation: its text, whom it binds, its places and checks. What others have
    to say of it they reply."""
    from parley.cli import hand
    from parley.cli.files import read_input
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk
    from parley.wire.jsontext import parse_json

    desk = Desk.open(directory, json_out)
    content = hand.named("FILE", lambda: parse_json(read_input(file), file.name))
    query: dict[str, Query] = {"role": desk.role(role)}
    if to:
        query["to"] = list(to)
    filed = desk.post("/v1/papers/obligation", {"content": content}, **query)
    show_filed(desk.out, filed, "Written down")


@duties.command(
    "list", epilog=examples("parley duty list node-il", json="papers as `parley paper list`")
)
def listed(directory: DirArgument, json_out: JsonOption = False) -> None:
    """The obligations that stand, the newest first."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client
    from parley.cli.liaison.unit import every_open

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = every_open(client, "obligation")
    if out.json:
        out.value(found)
        return
    if not found:
        out.line("None: parley duty add DIR FILE.")
        return
    out.table(
        ("Obligation", "Marking", "Says", "From", "Binds", "Checks"),
        (
            (
                one["ref"],
                one["marking"]["banner"],
                one["content"]["title"],
                f"{'paraphrase of ' if one['content']['paraphrase'] else ''}"
                f"{one['content']['citation']}",
                ", ".join(one["content"]["binds"]),
                ", ".join(f"{c['of']} {c['place']}" for c in one["content"]["checks"]) or "none",
            )
            for one in found
        ),
    )


@duties.command(
    "ask",
    epilog=examples(
        'parley duty ask node-ru il "works at the line may begin" --when 2030-12-04T00:00:00Z'
        ' --source "press statement" --reply-by 2030-12-05T00:00:00Z --role watch-officer',
        json=_FILED,
    ),
)
def ask(
    directory: DirArgument,
    party: PartyArgument,
    said: Annotated[str, typer.Argument(metavar="WORDS", help="As they were published.")],
    when: Annotated[str, typer.Option("--when", help="When they were published.")],
    source: Annotated[str, typer.Option("--source", help="Where they can be read.")],
    by: Annotated[str, typer.Option("--by", help="Who said them.")] = "",
    began: Annotated[str, typer.Option("--began", help="When it is said to have begun.")] = "",
    reply_by: Annotated[str, typer.Option("--reply-by", help="Until when to answer.")] = "",
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Ask for a formal notice of what was announced outside the channel. Times that are not so
    exact go by `parley paper post notice-request`."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk
    from parley.wire.instants import parse_instant

    desk = Desk.open(directory, json_out)
    content = {
        "of": party,
        "said": said,
        "when_said": _when(when, "--when"),
        "source": source,
        "by": by,
        "began": _when(began, "--began") if began else None,
        "reply_by_ms": parse_instant(reply_by, "--reply-by") if reply_by else 0,
    }
    query: dict[str, Query] = {"role": desk.role(role), "to": [party]}
    filed = desk.post("/v1/papers/notice-request", {"content": content}, **query)
    show_filed(desk.out, filed, "Asked")


def _when(text: str, option: str) -> dict[str, Any]:
    from parley.wire.instants import parse_instant

    at_ms = parse_instant(text, option)
    return {"said": text, "from_ms": at_ms, "until_ms": at_ms, "inferred": []}


@duties.command(
    "report",
    epilog=examples(
        "parley duty report node-il --from 2030-01-01T00:00:00Z --until 2030-02-01T00:00:00Z",
        json="party, from, until, made, obligations, parties, requests, text",
    ),
)
def report(
    directory: DirArgument,
    from_: Annotated[str, typer.Option("--from", help="The period begins.")],
    until: Annotated[str, typer.Option("--until", help="It ends, this instant included.")],
    json_out: JsonOption = False,
) -> None:
    """What was checked, what passed and failed, and what began before its notice."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = client.get("/v1/adherence", **{"from": from_, "until": until})
    if out.json:
        out.value(found)
        return
    for line in found["text"].rstrip("\n").split("\n"):
        out.line(line)
