"""What all commands that post have in common: the node, the role, the question, the answer."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from parley.cli.client import Client, Query, segment
from parley.cli.hand import role_of
from parley.cli.nodedir import NodeDir, open_dir
from parley.cli.show import Out, plain
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.rules.agreement import Agreement


@dataclass(frozen=True, slots=True)
class Desk:
    """A node directory opened to post through its running node."""

    directory: NodeDir
    agreement: Agreement
    out: Out

    @classmethod
    def open(cls, directory: Path, json_out: bool) -> Desk:
        opened = open_dir(directory)
        return cls(opened, opened.agreement(), Out(json_out))

    @property
    def party(self) -> str:
        return self.directory.config.party

    def role(self, role: str, *, urgent: bool = False) -> str:
        return role_of(self.agreement, self.party, role, urgent=urgent)

    def post(self, path: str, body: Mapping[str, Any], **query: Query) -> Any:
        """What our node answers; its refusal is raised, and then nothing was said."""
        with Client(self.directory) as client:
            return client.post(path, body, **query)

    def post_about(self, ref: str, what: str, body: Mapping[str, Any]) -> Any:
        return self.post(f"/v1/items/{segment(ref)}/{what}", body)

    @property
    def asks(self) -> bool:
        """Somebody sits there who can be asked."""
        return not self.out.json and sys.stdin.isatty() and sys.stdout.isatty()

    def confirm(self, question: str, *, yes: bool) -> None:
        """Asks on a terminal; programs, pipes and ``--yes`` are not asked. No: nothing is sent."""
        if yes or not self.asks:
            return
        if not typer.confirm(question):
            self.out.line("Nothing was sent.")
            raise typer.Exit(0)


def show_posted(out: Out, posted: Mapping[str, Any], said: str) -> None:
    """What became durable: its ref, its place in our log, and what it finds."""
    if out.json:
        out.value(posted)
        return
    out.line(f"{said}: {posted['ref']}, version {posted['version']}", "bold green")
    if posted.get("warning"):
        out.line(posted["warning"], "bold red")
    entry = f"entry {posted['index']}" if posted.get("logged", True) else "not logged"
    copies = tuple((f"Copy for {to}", digest) for to, digest in posted.get("copies", {}).items())
    out.pairs((("Our log", entry), *(copies or (("Note", posted["note_hash"]),))))
    if posted.get("item"):
        out.line(posted["item"]["text"])
    out.findings(posted["findings"])


def item_of(ref: str, kind: str) -> str:
    """The bare id of ``kind:id``, or of the id itself. InputError for a ref of another kind."""
    word, colon, item = ref.rpartition(":")
    if colon and word != kind:
        raise InputError(
            f"{plain(ref)[:80]} is no {kind}",
            right=f"{kind}:ID",
            at_fault="whoever typed the command",
        )
    return item
