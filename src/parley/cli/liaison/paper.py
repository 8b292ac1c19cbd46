"""``parley paper``: whatever is said on paper, of any kind, by form and by ref."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from parley.cli.options import DirArgument, JsonOption, RoleOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.client import Query
    from parley.cli.posting import Desk

MAX_FORM_BYTES = 1024 * 1024
RungName = Literal["read", "read-back", "accepted", "objected", "unable"]
papers = typer.Typer(no_args_is_help=True, help="What is said on paper, of every kind.")

KindArgument = Annotated[
    str, typer.Argument(metavar="KIND", help="Such as message; `parley paper kinds` has all.")
]
PaperArgument = Annotated[str, typer.Argument(metavar="REF", help="Such as message:il-3.")]
FormArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="The content, a JSON file; - for standard input.")
]
MarkingOption = Annotated[
    str,
    typer.Option(
        "--marking",
        help='Such as "TLP:AMBER // REL TO RU"; left out: for its addressees alone, ORCON.',
    ),
]
AboutOption = Annotated[
    list[str] | None, typer.Option("--about", metavar="REF", help="What it is about; repeated.")
]
PersonOption = Annotated[
    str, typer.Option("--person", help="Who speaks: a ref of the directory, or a name.")
]
_FILED = "ref, version, index, note, note_hash, paper, findings"
_PAPER = (
    "ref, kind, item, version, author, role, at, at_ms, to, marking, about, person, withdrawn,"
    " exercise, content, text, first, first_ms, open, heard, witnessed"
)


def register(app: typer.Typer) -> None:
    app.add_typer(papers, name="paper")


@papers.command("kinds", epilog=examples("parley paper kinds", json="[{kind, about}]"))
def kinds(json_out: JsonOption = False) -> None:
    """Every kind of paper, and what it says. Needs no node."""
    from parley.cli import show
    from parley.liaison.kinds import KINDS
    from parley.wire import paperforms

    out = show.Out(json_out)
    found = [{"kind": kind, "about": paperforms.about(kind)} for kind in KINDS]
    if out.json:
        out.value(found)
        return
    out.table(
        ("Kind", "What it says"),
        ((k["kind"], " ".join(k["about"].partition("\n\n")[0].split())) for k in found),
    )


@papers.command(
    "template",
    epilog=examples(
        "parley paper template message > message.json",
        "parley paper template claim --json",
        json="kind, about, form, members [{name, required, default, form}]",
    ),
)
def template(kind: KindArgument, json_out: JsonOption = False) -> None:
    """An empty form on standard output; what each member means on standard error."""
    import json

    from parley.cli import show
    from parley.wire import paperforms

    out = show.Out(json_out)
    _known(kind)
    members, form = paperforms.members(kind), paperforms.template(kind)
    if out.json:
        listed = [
            {"name": m.name, "required": m.required, "default": m.default, "form": m.form}
            for m in members
        ]
        about = paperforms.about(kind)
        out.value({"kind": kind, "about": about, "form": form, "members": listed})
        return
    sys.stdout.write(json.dumps(form, ensure_ascii=False, indent=2) + "\n")
    for line in paperforms.about(kind).splitlines():
        out.note(line)
    for member in members:
        out.note(f"  {member.name}{'' if member.required else ' (may be left out)'}: {member.form}")


@papers.command(
    "post",
    epilog=examples(
        "parley paper template message > message.json",
        "parley paper post node-il message message.json --to ru --role watch-officer",
        'parley paper post node-il claim - --marking "TLP:GREEN" --about notice:il-1 < claim.json',
        json=_FILED,
    ),
)
def post(
    directory: DirArgument,
    kind: KindArgument,
    file: FormArgument,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="PARTY", help="Addressee, repeated; left out: all others."),
    ] = None,
    nobody: Annotated[bool, typer.Option("--to-nobody", help="It stays in our own log.")] = False,
    role: RoleOption = "",
    marking: MarkingOption = "",
    about: AboutOption = None,
    person: PersonOption = "",
    exercise: Annotated[bool, typer.Option("--exercise", help="Exercise, not real.")] = False,
    each_its_own: Annotated[
        bool, typer.Option("--each-its-own", help="A signed copy for each addressee.")
    ] = False,
    json_out: JsonOption = False,
) -> None:
    """Say something on paper: signed, logged, sent, asked to be answered."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk

    _known(kind)
    desk = Desk.open(directory, json_out)
    body = _body(file, marking, about or [])
    query: dict[str, Query] = {
        "role": desk.role(role),
        "person": person,
        "exercise": exercise,
        "each_its_own": each_its_own,
    }
    if to or nobody:
        query["to"] = list(to or [""])
    show_filed(desk.out, desk.post(f"/v1/papers/{kind}", body, **query), "Said")


@papers.command(
    "amend",
    epilog=examples(
        "parley paper amend node-il message:il-3 message.json --role watch-officer", json=_FILED
    ),
)
def amend(
    directory: DirArgument,
    ref: PaperArgument,
    file: FormArgument,
    role: RoleOption = "",
    marking: MarkingOption = "",
    about: AboutOption = None,
    person: PersonOption = "",
    json_out: JsonOption = False,
) -> None:
    """Give a paper of ours new words: a new version, which everybody hears anew. What is not
    named (marking, --about) stays as it was."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    body = _body(file, marking, about)
    query: dict[str, Query] = {"role": desk.role(role), "person": person}
    show_filed(desk.out, _post_about(desk, ref, "amend", body, query), "Amended")


@papers.command(
    "withdraw",
    epilog=examples("parley paper withdraw node-il message:il-3 --role watch-officer", json=_FILED),
)
def withdraw(
    directory: DirArgument,
    ref: PaperArgument,
    role: RoleOption = "",
    person: PersonOption = "",
    json_out: JsonOption = False,
) -> None:
    """Take a paper of ours back. What was said of it stays."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    query: dict[str, Query] = {"role": desk.role(role), "person": person}
    show_filed(desk.out, _post_about(desk, ref, "withdraw", {}, query), "Withdrawn")


@papers.command(
    "reply",
    epilog=examples(
        "parley paper reply node-ru message:il-3 read --role watch-officer",
        "parley paper reply node-ru message:il-3 read-back --value time=21:39Z"
        " --role watch-officer",
        'parley paper reply node-ru message:il-3 accepted --text "loud and clear"'
        " --role watch-officer",
        json=_FILED,
    ),
)
def reply(
    directory: DirArgument,
    ref: PaperArgument,
    rung: Annotated[RungName, typer.Argument(help="How far we have come with it.")],
    role: RoleOption = "",
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="NAME=VALUE", help="Read back: one value; repeated."),
    ] = None,
    text: Annotated[str, typer.Option("--text", help="Free text for the others.")] = "",
    person: PersonOption = "",
    json_out: JsonOption = False,
) -> None:
    """Answer somebody else's paper: read, read-back, then accepted, objected or unable."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    body = {"rung": rung, "values": _values(value or []), "text": text}
    query: dict[str, Query] = {"role": desk.role(role), "person": person}
    show_filed(desk.out, _post_about(desk, ref, "reply", body, query), f"Replied {rung}")


@papers.command(
    "list",
    epilog=examples(
        "parley paper list node-il message",
        "parley paper list node-il commitment --open",
        "parley paper list node-il claim --by ru --limit 200 --json",
        json=f"papers [{{{_PAPER}}}], next, total",
    ),
)
def listed(
    directory: DirArgument,
    kind: KindArgument,
    only_open: Annotated[
        bool, typer.Option("--open", help="Those that somebody still has to act on.")
    ] = False,
    by: Annotated[str, typer.Option("--by", metavar="PARTY", help="One author's.")] = "",
    about: Annotated[str, typer.Option("--about", metavar="REF", help="About this.")] = "",
    after: Annotated[str, typer.Option("--after", help="Where the last page ended.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="Lines a page.")] = 50,
    json_out: JsonOption = False,
) -> None:
    """A page of papers of one kind, newest first."""
    from rich.text import Text

    from parley.cli import nodedir, show
    from parley.cli.client import Client
    from parley.cli.show import plain

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        page = client.get(
            "/v1/papers",
            kind=kind,
            open=only_open,
            by=by,
            about=about,
            after=after,
            limit=limit,
        )
    if out.json:
        out.value(page)
        return
    if not page["papers"]:
        out.line("None.", "green")
        return
    out.table(
        ("Ref", "Said", "By", "What", "Replies"),
        (
            (
                f"{one['ref']}{' (exercise)' if one['exercise'] else ''}",
                one["at"],
                one["author"],
                Text(f"{plain(one['marking']['banner'])}\n{plain(one['text'])}"),
                ", ".join(f"{h['party']}: {h['rung']}" for h in one["heard"]),
            )
            for one in page["papers"]
        ),
    )
    if page["next"]:
        out.line(f"More: --after {page['next']}", "dim")


@papers.command("show", epilog=examples("parley paper show node-il message:il-3", json=_PAPER))
def shown(directory: DirArgument, ref: PaperArgument, json_out: JsonOption = False) -> None:
    """One paper with its marking, its words, and how far each addressee has come."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client, segment
    from parley.cli.liaison.paper_show import show_heard, show_version

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        paper = client.get(f"/v1/papers/{segment(ref)}")
    if out.json:
        out.value(paper)
        return
    show_version(out, paper)
    show_heard(out, paper["heard"])


@papers.command(
    "history",
    epilog=examples("parley paper history node-il message:il-3", json="[{version, index, ...}]"),
)
def history(directory: DirArgument, ref: PaperArgument, json_out: JsonOption = False) -> None:
    """Every version of a paper as it was said, oldest first."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client, segment
    from parley.cli.liaison.paper_show import show_version

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        versions = client.get(f"/v1/papers/{segment(ref)}/history")["versions"]
    if out.json:
        out.value(versions)
        return
    for version in versions:
        show_version(out, version)
        out.line()


def _known(kind: str) -> None:
    from parley.liaison.kinds import KINDS

    if kind not in KINDS:
        raise InputError(
            f"{kind[:80]!r} is no kind of paper",
            right=f"one of: {', '.join(KINDS)}",
            where="KIND",
            at_fault="whoever typed the command",
        )


def _body(file: str, marking: str, about: Sequence[str] | None) -> dict[str, Any]:
    """The body of a post or an amendment. FormatError, InputError."""
    from parley.liaison.papers.marking import parse_marking
    from parley.wire.papers import to_plain

    marked = to_plain(parse_marking(marking)) if marking else None
    listed = None if about is None else list(about)
    return {"content": _content(file), "marking": marked, "about": listed}


def _content(file: str) -> Any:
    from parley.cli.files import read_input
    from parley.wire.jsontext import parse_json

    if file != "-":
        return parse_json(read_input(Path(file), max_bytes=MAX_FORM_BYTES), Path(file).name)
    data = sys.stdin.buffer.read(MAX_FORM_BYTES + 1)
    return parse_json(data, "standard input", max_bytes=MAX_FORM_BYTES)


def _values(said: Sequence[str]) -> list[dict[str, str]]:
    found = []
    for one in said:
        name, equals, value = one.partition("=")
        if not equals:
            raise InputError(
                f"{one[:80]!r} names no value",
                right="--value NAME=VALUE",
                where="--value",
                at_fault="whoever typed the command",
            )
        found.append({"name": name, "value": value})
    return found


def _post_about(
    desk: Desk, ref: str, what: str, body: Mapping[str, Any], query: Mapping[str, Query]
) -> Any:
    from parley.cli.client import segment

    return desk.post(f"/v1/papers/{segment(ref)}/{what}", body, **query)
