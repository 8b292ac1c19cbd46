"""``parley directory``: persons, their offices and names, duplicates, merges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.liaison.saidforms import (
    FileArgument,
    MarkingOption,
    SaidOption,
    ToOption,
    ZoneOption,
)
from parley.cli.options import DirArgument, JsonOption, RoleOption, examples

if TYPE_CHECKING:
    from parley.cli.show import Out

persons = typer.Typer(no_args_is_help=True, help="Persons, offices with dates, names, merges.")
PersonArgument = Annotated[str, typer.Argument(metavar="REF", help="Such as person:il-3.")]
AtOption = Annotated[
    str, typer.Option("--at", help="The instant, 2018-12-08T12:00Z; left out: now.")
]
ByOption = Annotated[
    str, typer.Option("--decided-by", metavar="PERSON", help="Who decides it; never a program.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why.")]
_FILED = "ref, version, index, note, note_hash, paper, findings"
_HELD = "ref, stands_for, name, title, organisation, party, since, until, sole, certain, source"


def register(app: typer.Typer) -> None:
    app.add_typer(persons, name="directory")


@persons.command(
    "add",
    epilog=examples(
        "parley paper template person > person.json",
        "parley directory add node-il person.json --zone Europe/Moscow --role watch-officer",
        "parley directory add node-il person.json --to ru --role watch-officer",
        json=_FILED,
    ),
)
def add(
    directory: DirArgument,
    file: FileArgument,
    to: ToOption = None,
    role: RoleOption = "",
    marking: MarkingOption = "",
    zone: ZoneOption = "",
    said: SaidOption = "",
    json_out: JsonOption = False,
) -> None:
    """Enter a person with names and offices. Nobody is told unless --to says so."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.liaison.saidforms import form_of, post_form
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    content = form_of("person", file, zone, said)
    filed = post_form(desk, "person", content, to=to, role=role, marking=marking, alone=True)
    show_filed(desk.out, filed, "Entered")


@persons.command(
    "find",
    epilog=examples(
        'parley directory find node-il "Netanyahu"',
        'parley directory find node-il "Шойгу" --at 2018-09-18T12:00Z',
        json="at, at_ms, persons [{ref, stands_for, names, score, why, offices}], holders",
    ),
)
def find(
    directory: DirArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="In any script.")],
    at: AtOption = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Lines.")] = 20,
    json_out: JsonOption = False,
) -> None:
    """Persons who may be meant by a name, likest first, with the offices they held then."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client
    from parley.cli.liaison.saidforms import stacked

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = client.get("/v1/directory", name=name, at=at, limit=limit)
    if out.json:
        out.value(found)
        return
    if not found["persons"]:
        out.line("Nobody.", "yellow")
        return
    out.line(f"Offices at {found['at']}", "dim")
    out.table(
        ("Ref", "Names", "Like", "Offices"),
        (
            (
                _stands(one),
                stacked(*one["names"]),
                f"{one['score']}: {one['why']}",
                stacked(*(_office(held) for held in one["offices"])),
            )
            for one in found["persons"]
        ),
    )


@persons.command(
    "office",
    epilog=examples(
        'parley directory office node-il "Minister of Defence" --at 2018-09-18T12:00Z',
        json=f"at, at_ms, persons, holders [{{{_HELD}}}]",
    ),
)
def office(
    directory: DirArgument,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Of the office.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Where.")] = "",
    at: AtOption = "",
    json_out: JsonOption = False,
) -> None:
    """Who held an office at an instant; "perhaps" where its dates leave it open."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = client.get("/v1/directory", title=title, organisation=organisation, at=at)
    if out.json:
        out.value(found)
        return
    out.line(f"At {found['at']}", "dim")
    if not found["holders"]:
        out.line("Nobody that we know of.", "yellow")
        return
    out.table(
        ("Ref", "Name", "Office", "Since", "Until"),
        ((_stands(h), h["name"], _office(h), h["since"], h["until"]) for h in found["holders"]),
    )


@persons.command(
    "duplicates",
    epilog=examples(
        "parley directory duplicates node-il",
        json="pairs [{a, b, names_a, names_b, score, why}], next",
    ),
)
def duplicates(
    directory: DirArgument,
    after: Annotated[str, typer.Option("--after", help="Where the last page ended.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Lines a page.")] = 50,
    json_out: JsonOption = False,
) -> None:
    """Entries that may be one person, likest first. Merging them is a decision: `merge`."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = client.get("/v1/directory/duplicates", after=after, limit=limit)
    if out.json:
        out.value(found)
        return
    if not found["pairs"]:
        out.line("None.", "green")
    else:
        out.table(
            ("One", "Other", "Like", "Why"),
            ((p["a"], p["b"], p["score"], p["why"]) for p in found["pairs"]),
        )
    if found["next"]:
        out.line(f"More: --after '{found['next']}'", "dim")


@persons.command(
    "merge",
    epilog=examples(
        "parley directory merge node-il person:il-3 person:il-9 --decided-by 'Maj. Cohen'"
        " --reason 'one passport' --to ru --role watch-officer",
        json=_FILED,
    ),
)
def merge(
    directory: DirArgument,
    kept: Annotated[str, typer.Argument(metavar="KEPT", help="The entry that stays.")],
    merged: Annotated[str, typer.Argument(metavar="MERGED", help="The entry that joins it.")],
    decided_by: ByOption,
    reason: ReasonOption,
    to: ToOption = None,
    role: RoleOption = "",
    marking: MarkingOption = "",
    json_out: JsonOption = False,
) -> None:
    """Two entries are one person: somebody decided it, and says why. Both stay, and it can be
    undone."""
    from parley.cli.liaison.saidforms import post_form
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    content = _merged(kept, merged, decided_by, reason, undone=False)
    filed = post_form(desk, "merge", content, to=to, role=role, marking=marking, alone=True)
    _show_effect(desk.out, desk, filed, "Merged")


@persons.command(
    "unmerge",
    epilog=examples(
        "parley directory unmerge node-il merge:il-12 --decided-by 'Maj. Cohen'"
        " --reason 'two brothers' --role watch-officer",
        json=_FILED,
    ),
)
def unmerge(
    directory: DirArgument,
    ref: Annotated[str, typer.Argument(metavar="REF", help="Such as merge:il-12.")],
    decided_by: ByOption,
    reason: ReasonOption,
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Take a merge of ours back: both entries stand for themselves again."""
    from parley.cli.client import Client, segment
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    with Client(desk.directory) as client:
        was = client.get(f"/v1/papers/{segment(ref)}")["content"]
    content = _merged(was.get("kept", ""), was.get("merged", ""), decided_by, reason, undone=True)
    filed = desk.post(
        f"/v1/papers/{segment(ref)}/amend", {"content": content}, role=desk.role(role)
    )
    _show_effect(desk.out, desk, filed, "Undone")


@persons.command(
    "show",
    epilog=examples(
        "parley directory show node-il person:il-3",
        json="stands_for, by_merge, merged, mixed, clashes, paper",
    ),
)
def shown(directory: DirArgument, ref: PersonArgument, json_out: JsonOption = False) -> None:
    """One person: names, offices with their dates, merges, and what a person should look at."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client, segment
    from parley.cli.liaison.paper_show import show_version

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = client.get(f"/v1/directory/{segment(ref)}")
    if out.json:
        out.value(found)
        return
    show_version(out, found["paper"])
    if found["by_merge"]:
        out.line(f"Stands for {found['stands_for']}, by {found['by_merge']}", "yellow")
    for one in found["merged"]:
        out.line(f"{one} was merged into it")
    for word in found["mixed"]:
        out.line(f"Mixed scripts in one word: {word}", "yellow")
    for clash in found["clashes"]:
        where = ", ".join(p for p in (clash["title"], clash["organisation"]) if p)
        out.line(f"{clash['b']} held {where} at the same time", "yellow")


def _merged(kept: str, merged: str, by: str, reason: str, *, undone: bool) -> dict[str, Any]:
    return {
        "kept": kept,
        "merged": merged,
        "decided_by": by,
        "reason": reason,
        "undone": undone,
    }


def _show_effect(out: Out, desk: Any, filed: dict[str, Any], said: str) -> None:
    from parley.cli.client import Client, segment
    from parley.cli.liaison.paper_show import show_filed

    show_filed(out, filed, said)
    if out.json:
        return
    with Client(desk.directory) as client:
        effect = client.get(f"/v1/directory/merges/{segment(filed['ref'])}")["effect"]
    if effect in ("circle", "merged-already"):
        why = {"circle": "it would close a circle", "merged-already": "it was merged before"}
        out.line(f"It has no effect: {why[effect]}", "yellow")


def _stands(one: dict[str, Any]) -> str:
    ref, root = str(one["ref"]), str(one["stands_for"])
    return ref if ref == root else f"{ref} (now {root})"


def _office(held: dict[str, Any]) -> str:
    parts: Sequence[str] = [held["title"], held["organisation"]]
    perhaps = "" if held["certain"] else " (perhaps)"
    return f"{', '.join(part for part in parts if part)}{perhaps}"
