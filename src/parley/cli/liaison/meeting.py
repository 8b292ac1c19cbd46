"""``parley meeting``: consultations, their minutes and commitments, and a calendar file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from parley.cli.liaison.saidforms import (
    AboutOption,
    FileArgument,
    MarkingOption,
    SaidOption,
    ToOption,
    ZoneOption,
)
from parley.cli.options import DirArgument, JsonOption, RoleOption, examples

if TYPE_CHECKING:
    from parley.cli.show import Out

meetings = typer.Typer(
    no_args_is_help=True,
    help="Delegations, agendas, minutes and commitments. Times may be written in words.",
)
RefArgument = Annotated[str, typer.Argument(metavar="REF", help="Such as consultation:il-3.")]
KindName = Literal["consultation", "briefing", "minutes", "commitment"]
_FILED = "ref, version, index, note, note_hash, paper, findings"
_OWED = (
    "ref, banner, owner, to, text, state, hard, due, due_until_ms, binding, overdue, blocked_by,"
    " circle, remarks"
)


def register(app: typer.Typer) -> None:
    app.add_typer(meetings, name="meeting")


@meetings.command(
    "add",
    epilog=examples(
        "parley paper template consultation > visit.json",
        "parley meeting add node-il visit.json --to ru --zone Europe/Moscow --role watch-officer",
        "parley meeting add node-il promise.json --kind commitment --to ru --role watch-officer",
        json=_FILED,
    ),
)
def add(
    directory: DirArgument,
    file: FileArgument,
    kind: Annotated[KindName, typer.Option("--kind", help="What the file says.")] = "consultation",
    to: ToOption = None,
    nobody: Annotated[bool, typer.Option("--to-nobody", help="It stays in our own log.")] = False,
    role: RoleOption = "",
    marking: MarkingOption = "",
    about: AboutOption = None,
    zone: ZoneOption = "",
    said: SaidOption = "",
    json_out: JsonOption = False,
) -> None:
    """Say that a meeting is tentative, planned or held; give a briefing; promise something."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.liaison.saidforms import form_of, post_form
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    content = form_of(kind, file, zone, said)
    filed = post_form(
        desk, kind, content, to=to, role=role, marking=marking, about=about, alone=nobody
    )
    show_filed(desk.out, filed, "Said")


@meetings.command(
    "amend",
    epilog=examples(
        "parley meeting amend node-il consultation:il-3 visit.json --zone Europe/Moscow"
        " --role watch-officer",
        json=_FILED,
    ),
)
def amend(
    directory: DirArgument,
    ref: RefArgument,
    file: FileArgument,
    role: RoleOption = "",
    zone: ZoneOption = "",
    said: SaidOption = "",
    json_out: JsonOption = False,
) -> None:
    """The next version of what we said: planned, held, called off; done, dropped."""
    from parley.cli.client import segment
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.liaison.saidforms import form_of
    from parley.cli.posting import Desk
    from parley.errors import InputError

    desk = Desk.open(directory, json_out)
    kind = ref.partition(":")[0]
    if kind not in ("consultation", "briefing", "minutes", "commitment"):
        raise InputError(
            f"{ref[:80]!r} is nothing of a meeting",
            right="consultation:ID, briefing:ID, minutes:ID or commitment:ID",
            at_fault="whoever typed the command",
        )
    body = {"content": form_of(kind, file, zone, said)}
    filed = desk.post(f"/v1/papers/{segment(ref)}/amend", body, role=desk.role(role))
    show_filed(desk.out, filed, "Amended")


@meetings.command(
    "minutes",
    epilog=examples(
        "parley meeting minutes node-il minutes.json --to ru --role watch-officer",
        "parley paper reply node-ru minutes:il-4 accepted --role watch-officer",
        json=_FILED,
    ),
)
def minutes(
    directory: DirArgument,
    file: FileArgument,
    to: ToOption = None,
    role: RoleOption = "",
    marking: MarkingOption = "",
    json_out: JsonOption = False,
) -> None:
    """Write minutes: our own, or with "agreed": true a proposal that all addressed accept or
    dispute. Own minutes go to nobody unless --to says so."""
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.liaison.saidforms import form_of, post_form
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    content = form_of("minutes", file, "", "")
    alone = content.get("agreed") is not True
    filed = post_form(desk, "minutes", content, to=to, role=role, marking=marking, alone=alone)
    show_filed(desk.out, filed, "Minutes")


@meetings.command(
    "list",
    epilog=examples("parley meeting list node-il --open", json="papers [{...}], next, total"),
)
def listed(
    directory: DirArgument,
    only_open: Annotated[bool, typer.Option("--open", help="Still to be held.")] = False,
    after: Annotated[str, typer.Option("--after", help="Where the last page ended.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Lines a page.")] = 50,
    json_out: JsonOption = False,
) -> None:
    """A page of consultations, newest first."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client
    from parley.cli.liaison.saidforms import stacked

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        page = client.get(
            "/v1/papers", kind="consultation", open=only_open, after=after, limit=limit
        )
    if out.json:
        out.value(page)
        return
    if not page["papers"]:
        out.line("None.", "green")
        return
    out.table(
        ("Ref", "State", "When", "Host, place", "Delegations", "What"),
        (
            (
                one["ref"],
                "withdrawn" if one["withdrawn"] else one["content"]["state"],
                _when(one["content"]["when"]),
                ", ".join(p for p in (one["content"]["host"], one["content"]["place"]) if p),
                ", ".join(d["party"] for d in one["content"]["delegations"]),
                stacked(one["marking"]["banner"], one["content"]["title"]),
            )
            for one in page["papers"]
        ),
    )
    if page["next"]:
        out.line(f"More: --after {page['next']}", "dim")


@meetings.command(
    "show",
    epilog=examples(
        "parley meeting show node-il consultation:il-3",
        json="banner, consultation, when, minutes, briefings, commitments, followed_by, remarks",
    ),
)
def shown(directory: DirArgument, ref: RefArgument, json_out: JsonOption = False) -> None:
    """One meeting whole: who, when, the agenda, minutes of each side, what was promised."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client, segment

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = client.get(f"/v1/meetings/{segment(ref)}")
    if out.json:
        out.value(found)
        return
    _show_meeting(out, found)


def _show_meeting(out: Out, found: Mapping[str, Any]) -> None:
    content = found["consultation"]["content"]
    out.line(found["banner"], "bold")
    out.line(content["title"], "bold")
    out.pairs(
        (
            ("State", content["state"]),
            ("When", found["when"]),
            ("Host", content["host"]),
            ("Place", content["place"]),
            ("Follows", ", ".join(content["follows"])),
            ("Followed by", ", ".join(found["followed_by"])),
        )
    )
    if content["delegations"]:
        out.table(
            ("Party", "Member", "Office"),
            (
                (one["party"], _member(member), member["office"])
                for one in content["delegations"]
                for member in one["members"]
            ),
        )
    for item in content["agenda"]:
        refs = f" ({', '.join(item['refs'])})" if item["refs"] else ""
        out.line(f"Agenda: {item['title']}{refs}")
    for one in found["minutes"]:
        paper, objected = one["paper"], ", ".join(one["objected_by"])
        by = f"{paper['ref']} by {paper['author']}: {one['state']}, {one['tone']}"
        out.line(f"Minutes {by}{f', objected to by {objected}' if objected else ''}")
    for pack in found["briefings"]:
        out.line(f"Briefing {pack['paper']['ref']}: {pack['banner']}")
    _show_owed(out, found["commitments"])
    for remark in found["remarks"]:
        out.line(f"Remark: {remark}", "yellow")


@meetings.command(
    "commitments",
    epilog=examples(
        "parley meeting commitments node-il --open", json=f"commitments [{{{_OWED}}}], next"
    ),
)
def commitments(
    directory: DirArgument,
    only_open: Annotated[bool, typer.Option("--open", help="Neither done nor dropped.")] = False,
    after: Annotated[str, typer.Option("--after", help="Where the last page ended.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Lines a page.")] = 50,
    json_out: JsonOption = False,
) -> None:
    """What is owed, in the order of dependence, with what is late and what waits for what."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        page = client.get("/v1/commitments", open=only_open, after=after, limit=limit)
    if out.json:
        out.value(page)
        return
    if not page["commitments"]:
        out.line("None.", "green")
        return
    _show_owed(out, page["commitments"])
    if page["next"]:
        out.line(f"More: --after {page['next']}", "dim")


def _show_owed(out: Out, owed: list[dict[str, Any]]) -> None:
    from parley.cli.liaison.saidforms import stacked

    if not owed:
        return
    out.table(
        ("Ref", "Owner", "State", "Due", "What", "Remarks"),
        (
            (
                one["ref"],
                one["owner"],
                _state(one),
                f"{one['due']} ({'hard' if one['hard'] else 'soft'})" if one["due"] else "no date",
                stacked(one["banner"], *one["text"].split("\n")),
                stacked(*(f"waits for {ref}" for ref in one["blocked_by"]), *one["remarks"]),
            )
            for one in owed
        ),
    )


def _state(one: Mapping[str, Any]) -> str:
    if one["overdue"]:
        return "OVERDUE"
    return str(one["state"]) if one["binding"] else f"{one['state']}, not accepted"


@meetings.command(
    "ics",
    epilog=examples(
        "parley meeting ics node-il -o meetings.ics",
        "parley meeting ics node-il --for ru > for-ru.ics",
        json="file, bytes",
    ),
)
def ics(
    directory: DirArgument,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Standard output if not.")
    ] = None,
    for_party: Annotated[
        str, typer.Option("--for", metavar="PARTY", help="Only what this party may have.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    json_out: JsonOption = False,
) -> None:
    """A calendar file of consultations and commitments, each under its marking."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client, segment
    from parley.cli.files import write_new

    out = show.Out(json_out)
    query = f"?for={segment(for_party)}" if for_party else ""
    with Client(nodedir.open_dir(directory)) as client:
        data = b"".join(line + b"\n" for line in client.lines(f"/v1/meetings.ics{query}"))
    if output is None and not out.json:
        sys.stdout.write(data.decode())
        return
    size = len(data) if output is None else write_new(output, [data], overwrite=force)
    if out.json:
        out.value({"file": str(output or ""), "bytes": size})
        return
    out.line(f"{output}: {size} bytes", "green")


@meetings.command(
    "when",
    epilog=examples(
        'parley meeting when "on December 8th" --zone Europe/Moscow',
        'parley meeting when "tomorrow at 21:39" --zone +03:00 --said 2018-09-16T12:00Z',
        json="said, from_ms, until_ms, inferred, text, local",
    ),
)
def when(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="A time as people say it.")],
    zone: ZoneOption = "",
    said: SaidOption = "",
    json_out: JsonOption = False,
) -> None:
    """What a time in words can mean: Zulu first, then the words, then what was inferred. Needs
    no node."""
    from parley.cli import show
    from parley.cli.liaison.saidforms import said_at
    from parley.liaison.papers.when import format_when, parse_when
    from parley.wire.instants import in_zone

    out = show.Out(json_out)
    found = parse_when(words, said_ms=said_at(said), zone=zone or None)
    named = zone if "/" in zone else ""
    ends = sorted({found.from_ms, found.until_ms})
    local = [in_zone(ms, named) for ms in ends] if named else []
    if out.json:
        members = {"said": found.said, "from_ms": found.from_ms, "until_ms": found.until_ms}
        told = {"text": format_when(found), "local": local}
        out.value({**members, "inferred": list(found.inferred), **told})
        return
    out.line(format_when(found))
    for line in local:
        out.line(f"{line} in {named}")


def _when(when: Mapping[str, Any]) -> str:
    from parley.liaison.papers.when import When, format_when

    members = (when["said"], when["from_ms"], when["until_ms"], tuple(when["inferred"]))
    return format_when(When(*members))


def _member(member: Mapping[str, Any]) -> str:
    if member["unnamed"]:
        return f"{member['unnamed']} unnamed"
    return f"{member['person']} (head)" if member["head"] else str(member["person"])
