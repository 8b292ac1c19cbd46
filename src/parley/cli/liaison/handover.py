"""``parley handover``: who holds the watch, what is open, what is coming; handovers of the past."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import DirArgument, JsonOption, examples

if TYPE_CHECKING:
    from parley.cli.client import Query
    from parley.cli.show import Out

handovers = typer.Typer(no_args_is_help=True, help="The watch, and how it is handed over.")


def register(app: typer.Typer) -> None:
    app.add_typer(handovers, name="handover")


@handovers.command(
    "show",
    epilog=examples(
        "parley handover show node-il",
        "parley handover show node-il --duty watch-officer --hours 24",
        "parley handover show node-il handover:il-31   (one of the past, as it was signed)",
        json="seat {duty, state, person, since_ms ...}, offer, open [{kind, ref, words, level,"
        " state, due_ms, blocking}], coming [{at_ms, kind, ref, words}], blocking, digest, last;"
        " with REF: stage, outgoing, incoming, open, coming, notes, text, taken_text, signed",
    ),
)
def show_watch(
    directory: DirArgument,
    ref: Annotated[
        str, typer.Argument(metavar="[REF]", help="A handover; left out: the watch now.")
    ] = "",
    hours: Annotated[
        int, typer.Option("--hours", min=1, max=48, help="So far ahead is told what comes.")
    ] = 12,
    duty: Annotated[
        str, typer.Option("--duty", metavar="ROLE", help="Left out: the first of our party.")
    ] = "",
    json_out: JsonOption = False,
) -> None:
    """Who holds the watch, everything that is open, what is coming."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client, segment

    out = show.Out(json_out)
    query: dict[str, Query] = {"hours": hours, **({"duty": duty} if duty else {})}
    with Client(nodedir.open_dir(directory)) as client:
        if ref:
            found = client.get(f"/v1/handover/{segment(ref)}")
        else:
            found = client.get("/v1/handover", **query)
    if out.json:
        out.value(found)
    elif ref:
        _one(out, found)
    else:
        _watch(out, found)


@handovers.command(
    "list",
    epilog=examples("parley handover list node-il", json="papers as `parley paper list`"),
)
def listed(
    directory: DirArgument,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="So many.")] = 20,
    json_out: JsonOption = False,
) -> None:
    """Handovers of the past, the newest first."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client
    from parley.wire.instants import format_instant

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = client.get("/v1/papers", kind="handover", limit=limit)["papers"]
    if out.json:
        out.value(found)
        return
    if not found:
        out.line("None yet: the watch is taken and handed over at the console.")
        return
    out.table(
        ("Handover", "Marking", "Stage", "Duty", "From", "To", "Offered", "Signed last"),
        (
            (
                one["ref"],
                one["marking"]["banner"],
                "withdrawn" if one["withdrawn"] else one["content"]["stage"],
                one["content"]["duty"],
                one["content"]["outgoing"] or "nobody",
                one["content"]["incoming"],
                format_instant(one["first_ms"]),
                one["at"],
            )
            for one in found
        ),
    )


def _watch(out: Out, found: Mapping[str, Any]) -> None:
    seat, offer, last = found["seat"], found["offer"], found["last"]
    held = {
        "free": "nobody has taken it yet",
        "held": f"{seat['person']} since {seat['since']}",
        "unmanned": f"UNMANNED since {seat['unmanned_since']}; {seat['person']} held it last",
    }[seat["state"]]
    out.pairs(
        (
            ("Watch", f"{seat['duty']}: {held}"),
            ("Session ends", seat["session_ends"] or "no session"),
            ("Offered", f"{offer['ref']} to {offer['incoming']}" if offer else "no"),
            ("Taken by", f"{last['ref']}, signed by {', '.join(last['signed'])}" if last else "-"),
        )
    )
    if found["blocking"]:
        count = len(found["blocking"])
        out.line(f"▲ {count} urgent items stand in the way of a handover.", "bold red")
    _open(out, found["open"])
    _coming(out, found["coming"], f"Nothing is known to come in the next {found['hours']} h.")


def _one(out: Out, found: Mapping[str, Any]) -> None:
    out.line(found["banner"])
    out.pairs(
        (
            ("Handover", f"{found['ref']}, version {found['version']}, {found['stage']}"),
            ("Duty", found["duty"]),
            ("From", found["outgoing"] or "nobody"),
            ("To", found["incoming"]),
            ("Shift", f"{found['from']} to {found['until']}"),
            ("Signed", ", ".join(found["signed"])),
            *([("Not signed", found["unsigned"])] if found["unsigned"] else []),
        )
    )
    for title, name in (("Said by the outgoing", "text"), ("Asked and told", "taken_text")):
        if found[name]:
            out.line(f"{title}: {found[name]}")
    for ref, note in found["notes"].items():
        out.line(f"  {ref}: {note}")
    _open(out, found["open"])
    _coming(out, found["coming"], "Nothing was known to come.")


def _open(out: Out, lines: Iterable[Mapping[str, Any]]) -> None:
    rows = [
        (
            f"{'▲ ' if one.get('blocking') else ''}{one['level']}",
            one["kind"],
            one["ref"],
            one["state"],
            one.get("due") or "",
            one["words"],
        )
        for one in lines
    ]
    if rows:
        out.table(("Level", "Open", "Ref", "State", "Due", "What"), rows)
    else:
        out.line("Nothing is open.")


def _coming(out: Out, lines: Iterable[Mapping[str, Any]], nothing: str) -> None:
    rows = [(one["at"], one["kind"], one["ref"], one["words"]) for one in lines]
    if rows:
        out.table(("At", "Coming", "Ref", "What"), rows)
    else:
        out.line(nothing)
