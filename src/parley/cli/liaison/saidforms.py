"""Forms that people fill in with times in words, and the options that go with them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.errors import InputError

if TYPE_CHECKING:
    from rich.text import Text

    from parley.cli.client import Query
    from parley.cli.posting import Desk

MAX_FORM_BYTES = 1024 * 1024

FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="The content, a JSON file; - for standard input.")
]
ToOption = Annotated[list[str] | None, typer.Option("--to", metavar="PARTY", help="Addressee.")]
MarkingOption = Annotated[
    str, typer.Option("--marking", help='Such as "TLP:AMBER // REL TO RU"; left out: closed.')
]
ZoneOption = Annotated[
    str,
    typer.Option("--zone", help="Whose days and hours are meant: Europe/Moscow, or +03:00."),
]
SaidOption = Annotated[
    str,
    typer.Option("--said", help='When "tomorrow" was said, 2018-12-08T12:00Z; left out: now.'),
]
AboutOption = Annotated[
    list[str] | None, typer.Option("--about", metavar="REF", help="What it is about; repeated.")
]


def form_of(kind: str, file: str, zone: str, said: str) -> Any:
    """The content in a file, its times in words read. FormatError, InputError."""
    from parley.cli.files import read_input
    from parley.liaison.kinds import KINDS
    from parley.wire.jsontext import parse_json
    from parley.wire.liaison.whenforms import times_read

    if file == "-":
        data, name = sys.stdin.buffer.read(MAX_FORM_BYTES + 1), "standard input"
    else:
        data, name = read_input(Path(file), max_bytes=MAX_FORM_BYTES), Path(file).name
    plain = parse_json(data, name, max_bytes=MAX_FORM_BYTES)
    if not isinstance(plain, dict):
        raise InputError("the form is no object", right="a JSON object", where=name)
    return times_read(KINDS[kind].content, plain, said_ms=said_at(said), zone=zone or None)


def stacked(*lines: object) -> Text:
    """One cell of a table with several lines, every character visible."""
    from rich.text import Text

    from parley.cli.show import plain

    return Text("\n".join(plain(line) for line in lines))


def said_at(said: str) -> int:
    """When words were said: what ``--said`` says, or now."""
    import time

    from parley.wire.instants import parse_instant

    return parse_instant(said, "--said") if said else time.time_ns() // 1_000_000


def post_form(
    desk: Desk,
    kind: str,
    content: Any,
    *,
    to: Sequence[str] | None,
    role: str,
    marking: str,
    about: Sequence[str] | None = None,
    person: str = "",
    alone: bool = False,
) -> Any:
    """Post a paper of ours; what the node answered. alone: to nobody where nobody is named."""
    from parley.liaison.papers.marking import parse_marking
    from parley.wire.papers import to_plain

    marked = to_plain(parse_marking(marking)) if marking else None
    query: dict[str, Query] = {"role": desk.role(role), "person": person}
    if to or alone:
        query["to"] = list(to or [""])
    body = {"content": content, "marking": marked, "about": list(about or [])}
    return desk.post(f"/v1/papers/{kind}", body, **query)
