"""``parley hotline``: voice calls, comms checks, the lines themselves, files by their hash."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from parley.cli.options import DirArgument, JsonOption, RoleOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.posting import Desk

LineOption = Annotated[
    Literal["safety", "strategic"], typer.Option("--line", help="Two lines that are never mixed.")
]
ToOption = Annotated[
    list[str] | None,
    typer.Option("--to", metavar="PARTY", help="Addressee, repeated; left out: all others."),
]
PersonOption = Annotated[
    str, typer.Option("--person", help="Who speaks: a ref of the directory, or a name.")
]
AttachOption = Annotated[
    list[Path] | None,
    typer.Option("--attach", metavar="FILE", help="A file by its hash; it is not sent. Repeated."),
]
_FILED = "ref, version, index, note, note_hash, paper, findings"
_NOW = "now"


def register(group: typer.Typer) -> None:
    group.command(
        "call",
        epilog=examples(
            "parley hotline call node-il --with ru --began 2018-09-17T21:59Z --speaker chief"
            " --role watch-officer",
            "parley hotline call node-il --end call:il-4 --recording call.ogg --role watch-officer",
            "parley hotline call node-il --with ru --began 2018-09-17T21:59Z --not-answered"
            " --role watch-officer",
            json=_FILED,
        ),
    )(call)
    group.command(
        "check",
        epilog=examples("parley hotline check node-il --to ru --role watch-officer", json=_FILED),
    )(check)
    group.command(
        "lines",
        epilog=examples(
            "parley hotline lines node-il",
            "parley hotline lines node-il --outages",
            json="lines [{line, party, state, since, fallback, causes, heard}] or outages [{...}]",
        ),
    )(lines)
    group.command(
        "report",
        epilog=examples(
            'parley hotline report node-il out --fallback "VHF 121.500" --why "cable cut"'
            " --role watch-officer",
            "parley hotline report node-il up --role watch-officer",
            json=_FILED,
        ),
    )(report)
    group.command(
        "hash",
        epilog=examples(
            "parley hotline hash call.ogg --json", json="name, media_type, size, sha256"
        ),
    )(hashed)
    group.command(
        "verify-file",
        epilog=examples(
            "parley hotline verify-file node-il call:il-4 call.ogg",
            json="ref, name, size, sha256, same",
        ),
    )(verified)


def call(
    directory: DirArgument,
    with_: Annotated[
        list[str] | None, typer.Option("--with", metavar="PARTY", help="The other side; repeated.")
    ] = None,
    began: Annotated[str, typer.Option("--began", help="RFC 3339, or now.")] = _NOW,
    ended: Annotated[
        str, typer.Option("--ended", help="RFC 3339, or now; left out: it lasts.")
    ] = "",
    by: Annotated[
        str, typer.Option("--by", metavar="PARTY", help="Who called; left out: we.")
    ] = "",
    not_answered: Annotated[bool, typer.Option("--not-answered", help="Nobody took it.")] = False,
    speaker: Annotated[list[str] | None, typer.Option("--speaker", help="Repeated.")] = None,
    summary: Annotated[str, typer.Option("--summary", help="What was said, in a few words.")] = "",
    recording: Annotated[
        list[Path] | None,
        typer.Option("--recording", metavar="FILE", help="By its hash; it is not sent."),
    ] = None,
    end: Annotated[
        str, typer.Option("--end", metavar="REF", help="A call of ours that lasts: it ended.")
    ] = "",
    line: LineOption = "safety",
    to: ToOption = None,
    role: RoleOption = "",
    person: PersonOption = "",
    json_out: JsonOption = False,
) -> None:
    """Log a voice call, and end it later; a recording is attached by its hash."""
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    if end:
        more = {"speakers": speaker or [], "summary": summary, "recordings": recording or []}
        _end(desk, end, ended or _NOW, more, role, person)
        return
    if not with_:
        raise InputError("a call with nobody", right="--with PARTY", at_fault="whoever typed it")
    began_ms = _instant(began, "--began")
    until = ended or (began if not_answered else "")
    content = {
        "line": line,
        "by": by or desk.party,
        "parties": sorted({desk.party, *with_}),
        "began_ms": began_ms,
        "ended_ms": _instant(until, "--ended") if until else -1,
        "answered": not not_answered,
        "speakers": list(speaker or []),
        "summary": summary,
        "recordings": attached(recording or []),
    }
    _say(desk, "call", content, to, role, person, "Logged")


def _end(desk: Desk, ref: str, ended: str, more: dict[str, Any], role: str, person: str) -> None:
    was = _paper(desk, ref)["content"]
    content = {
        **was,
        "ended_ms": _instant(ended, "--ended"),
        "speakers": [*was["speakers"], *more["speakers"]],
        "summary": more["summary"] or was["summary"],
        "recordings": [*was["recordings"], *attached(more["recordings"])],
    }
    _amend(desk, ref, content, role, person, "Ended")


def check(
    directory: DirArgument,
    line: LineOption = "safety",
    due_s: Annotated[int, typer.Option("--due-s", help="Within so many seconds.")] = 300,
    to: ToOption = None,
    role: RoleOption = "",
    person: PersonOption = "",
    json_out: JsonOption = False,
) -> None:
    """Ask a person on the other side whether they hear us; the node asks by itself as well, as
    hotline.json says."""
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    content = {"line": line, "number": 1, "due_s": due_s}
    _say(desk, "check", content, to, role, person, "Asked")


def lines(
    directory: DirArgument,
    outages: Annotated[bool, typer.Option("--outages", help="When they were not up.")] = False,
    since: Annotated[str, typer.Option("--since", help="Outages beyond it; RFC 3339.")] = "",
    json_out: JsonOption = False,
) -> None:
    """How each line to each counterpart is, since when, and what says so."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        if outages:
            found = client.get("/v1/hotline/outages", since=since)["outages"]
        else:
            found = client.get("/v1/hotline/lines")["lines"]
    if out.json:
        out.value(found)
        return
    if outages:
        out.table(
            ("Line", "Between", "State", "From, until", "By", "Fallback"),
            (
                (
                    one["line"] or "link",
                    ", ".join(one["parties"]),
                    one["state"],
                    show.stacked(one["since"] or "", one["until"] or "it lasts"),
                    f"{one['by']} {one['ref']}".strip(),
                    one["fallback"],
                )
                for one in found
            ),
        )
        return
    out.table(
        ("Line", "To", "State", "Since", "Why", "Fallback", "Heard"),
        (
            (
                one["line"],
                one["party"],
                one["state"],
                one["since"] or "",
                "; ".join(f"{c['what']}: {c['state']}, by {c['by']}" for c in one["causes"]),
                one["fallback"],
                one["heard"] or "never",
            )
            for one in found
        ),
    )


def report(
    directory: DirArgument,
    state: Annotated[Literal["up", "degraded", "out"], typer.Argument(help="How it is.")],
    line: LineOption = "safety",
    since: Annotated[str, typer.Option("--since", help="RFC 3339, or now.")] = _NOW,
    fallback: Annotated[
        str, typer.Option("--fallback", help='By what else we are reached, such as "VHF 121.500".')
    ] = "",
    why: Annotated[str, typer.Option("--why", help="What happened to the line.")] = "",
    to: ToOption = None,
    role: RoleOption = "",
    person: PersonOption = "",
    json_out: JsonOption = False,
) -> None:
    """Say how a line is. One report is one outage: while one of ours is open, it is amended."""
    from parley.cli.client import Client
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    content = {
        "line": line,
        "state": state,
        "since_ms": _instant(since, "--since"),
        "fallback": fallback,
        "why": why,
    }
    with Client(desk.directory) as client:
        held = client.get("/v1/papers", kind="line-report", open=True, limit=200)["papers"]
    ours = [
        one
        for one in held
        if one["author"] == desk.party
        and one["content"]["line"] == line
        and (not to or sorted(to) == one["to"])
    ]
    if ours:
        for one in ours:
            _amend(desk, one["ref"], content, role, person, "Reported")
        return
    _say(desk, "line-report", content, to, role, person, "Reported")


def hashed(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording, a map, a letter.")],
    name: Annotated[str, typer.Option("--name", help="In place of its own.")] = "",
    media_type: Annotated[str, typer.Option("--type", help="Such as audio/ogg.")] = "",
    json_out: JsonOption = False,
) -> None:
    """A file as an attachment: its name, its size and its SHA-256. Needs no node."""
    from parley.cli import show
    from parley.cli.liaison.hotline_files import hash_file
    from parley.wire.papers import to_plain

    out, found = show.Out(json_out), hash_file(file, name=name, media_type=media_type)
    if out.json:
        out.value(to_plain(found))
        return
    out.pairs(
        (
            ("Name", found.name),
            ("Type", found.media_type),
            ("Size", found.size),
            ("SHA-256", found.sha256),
        )
    )


def verified(
    directory: DirArgument,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The paper, such as call:il-4.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file that you hold.")],
    name: Annotated[str, typer.Option("--name", help="Of the attachment; left out: any.")] = "",
    json_out: JsonOption = False,
) -> None:
    """Whether a file is the one that a paper attached, by size and hash."""
    from parley.cli.liaison.hotline_files import hash_file, verify_file
    from parley.cli.posting import Desk
    from parley.liaison.papers.values import Attachment
    from parley.wire.papers import value_from

    desk = Desk.open(directory, json_out)
    content = _paper(desk, ref)["content"]
    plain = [*content.get("recordings", []), *content.get("attachments", [])]
    held: list[Attachment] = [value_from(Attachment, one, "attachment") for one in plain]
    named = [one for one in held if not name or one.name == name]
    if not named:
        raise InputError(
            f"{ref} attaches no file{' of that name' if name else ''}",
            right=", ".join(one.name for one in held) or "a paper with an attachment",
        )
    digest = hash_file(file, name="file").sha256
    chosen = next((one for one in named if one.sha256 == digest), named[0])
    verify_file(file, chosen)
    if desk.out.json:
        members = {"name": chosen.name, "size": chosen.size, "sha256": chosen.sha256}
        desk.out.value({"ref": ref, **members, "same": True})
        return
    desk.out.line(f"The file is {chosen.name} of {ref}, {chosen.size} bytes.", "green")


def attached(files: Sequence[Path]) -> list[Any]:
    """The attachments of files, as a form has them."""
    from parley.cli.liaison.hotline_files import hash_file
    from parley.wire.papers import to_plain

    return [to_plain(hash_file(path)) for path in files]


def _instant(text: str, where: str) -> int:
    from parley.cli.build import clock_ms
    from parley.wire.instants import parse_instant

    return clock_ms() if text == _NOW else parse_instant(text, where)


def _paper(desk: Desk, ref: str) -> Any:
    from parley.cli.client import Client, segment

    with Client(desk.directory) as client:
        return client.get(f"/v1/papers/{segment(ref)}")


def _say(
    desk: Desk,
    kind: str,
    content: dict[str, Any],
    to: Sequence[str] | None,
    role: str,
    person: str,
    said: str,
) -> None:
    from parley.cli.liaison.paper_show import show_filed

    query: dict[str, Any] = {"role": desk.role(role), "person": person}
    if to:
        query["to"] = list(to)
    body: dict[str, Any] = {"content": content, "marking": None, "about": []}
    show_filed(desk.out, desk.post(f"/v1/papers/{kind}", body, **query), said)


def _amend(
    desk: Desk, ref: str, content: dict[str, Any], role: str, person: str, said: str
) -> None:
    from parley.cli.client import segment
    from parley.cli.liaison.paper_show import show_filed

    body: dict[str, Any] = {"content": content, "marking": None, "about": None}
    query: dict[str, Any] = {"role": desk.role(role), "person": person}
    show_filed(desk.out, desk.post(f"/v1/papers/{segment(ref)}/amend", body, **query), said)
