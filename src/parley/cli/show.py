"""What people see and what programs read: tables and colours, or one JSON value.

Colour is never the only sign: every level has its word and its shape. NO_COLOR and pipes get
plain text. Text that others wrote is shown with its control characters made visible, so that no
peer can move the cursor, recolour a line or turn the reading direction of a terminal.
"""

from __future__ import annotations

import json
import re
import sys
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from parley.errors import ParleyError

if TYPE_CHECKING:
    from rich.console import RenderableType

SLOW_S = 2.0
"""What takes longer than this shows a progress bar."""

LEVELS = {
    "urgent": ("▲ URGENT", "bold red"),
    "warning": ("◆ WARNING", "yellow"),
    "advisory": ("● ADVISORY", "cyan"),
    "info": ("· info", "dim"),
}
_PIPED_WIDTH = 120
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{5,12}Z")
_WIDEST, _NARROWEST = 24, 10
_NO_END = "9999-12-31T23:59:59.999Z"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: object) -> str:
    """The text on one line, every control, line-breaking and direction character escaped."""
    return "".join(
        f"\\u{ord(c):04x}"
        if c in _BIDI or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")
        else c
        for c in str(text)
    )


class Out:
    """Where a command's answer goes. ``json``: standard output carries one JSON value only."""

    def __init__(self, json_out: bool = False) -> None:
        self.json = json_out
        self.console = _console(sys.stdout)
        self.notes = _console(sys.stderr)

    def value(self, members: Mapping[str, object] | Sequence[object]) -> None:
        """The JSON answer; members keep their order. Text stays readable where stdout is UTF-8."""
        text = json.dumps(members, ensure_ascii=False)
        try:
            text.encode(sys.stdout.encoding or "ascii")
        except UnicodeEncodeError:
            text = json.dumps(members)
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def line(self, text: str = "", style: str = "") -> None:
        """One line for people; nothing with --json. No markup is read in ``text``."""
        if not self.json:
            self.console.print(Text(plain(text), style), soft_wrap=True)

    def note(self, text: str) -> None:
        """A remark on standard error, with --json too."""
        self.notes.print(Text(plain(text), "dim"), soft_wrap=True)

    def pairs(self, rows: Iterable[tuple[str, object]]) -> None:
        """Names and values, one a line; empty values are left out. Never cut off."""
        shown = [(name, plain(value)) for name, value in rows if value not in ("", None)]
        width = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            self._print(Text.assemble((f"{name:<{width}}  ", "bold"), value), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table that folds long cells rather than cutting them off; instants stay on one line."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        cells = [[_cell(value) for value in row] for row in rows]
        for column, whole in zip(columns, self._whole(columns, cells), strict=True):
            table.add_column(column, overflow="fold", no_wrap=whole)
        for row in cells:
            table.add_row(*row)
        self._print(table)

    def findings(self, found: Sequence[Mapping[str, Any]]) -> None:
        """Findings with the members that the API gives them, in the order given."""
        if not found:
            self.line("No findings.", "green")
            return
        self.table(
            ("Level", "Finding", "From, until", "Parties"),
            (
                (
                    level(str(one["level"])),
                    one["text"],
                    stacked(one["from"], _until(one["until"])),
                    ", ".join(one["parties"]),
                )
                for one in found
            ),
        )

    def _whole(self, columns: Sequence[str], cells: Sequence[Sequence[Text]]) -> list[bool]:
        """Which columns are instants, not to be folded; none where the others would have no room,
        for nothing is cut off."""
        widths = [
            max((len(line) for row in cells for line in row[n].plain.split("\n")), default=0)
            for n in range(len(columns))
        ]
        whole = [
            width <= _WIDEST and any(_INSTANT.search(row[n].plain) for row in cells)
            for n, width in enumerate(widths)
        ]
        needed = (
            max(width, len(name)) if kept else min(width, _NARROWEST)
            for name, width, kept in zip(columns, widths, whole, strict=True)
        )
        fits = sum(needed) + 3 * len(columns) <= self.console.width
        return whole if fits else [False] * len(columns)

    def _print(self, what: RenderableType, *, soft_wrap: bool = False) -> None:
        if not self.json:
            self.console.print(what, soft_wrap=soft_wrap)


def level(name: str) -> Text:
    """A level in its word, shape and colour."""
    word, style = LEVELS.get(name, (name, ""))
    return Text(word, style)


def refusal(error: ParleyError, *, json_out: bool = False) -> None:
    """What is wrong, where, who is at fault, what would be right: on standard error, or as
    ``{"error": {...}}`` on standard output with --json."""
    if json_out:
        Out(True).value({"error": refusal_members(error)})
        return
    console = _console(sys.stderr)
    console.print(Text.assemble(("error: ", "bold red"), plain(error.what)), soft_wrap=True)
    for name, value in (
        ("where", error.where),
        ("at fault", error.at_fault),
        ("right would be", error.right),
    ):
        if value:
            line = Text.assemble((f"  {name + ':':<16}", "bold"), plain(value))
            console.print(line, soft_wrap=True)


def refusal_members(error: ParleyError) -> dict[str, str]:
    """An error for programs."""
    return {
        "code": error.code,
        "what": error.what,
        "where": error.where,
        "at_fault": error.at_fault,
        "right": error.right,
    }


class Step(Protocol):
    def __call__(self, done: int) -> None: ...


@contextmanager
def progress(title: str, total: int, *, slow_s: float = SLOW_S) -> Iterator[Step]:
    """A bar on standard error that appears only when the work takes longer than ``slow_s``.

    Call the value with how much of ``total`` is done. Nothing is shown where nobody looks.
    """
    from rich.progress import Progress

    console = _console(sys.stderr)
    began_s = time.monotonic()
    bar = Progress(console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task(plain(title), total=total)

    def step(done: int) -> None:
        bar.update(task, completed=done)
        if not bar.live.is_started and time.monotonic() - began_s > slow_s:
            bar.start()

    try:
        yield step
    finally:
        if bar.live.is_started:
            bar.stop()


def times(ms: int, zones: Mapping[str, str]) -> str:
    """Zulu first with its day of the week, then each party's local time and offset."""
    from parley.wire.instants import format_instant, in_zone

    utc = in_zone(ms, "UTC").split(" ")
    local = ", ".join(f"{party} {in_zone(ms, zone)}" for party, zone in zones.items())
    return f"{utc[2]} {format_instant(ms)}" + (f" ({local})" if local else "")


def stacked(*lines: object) -> Text:
    """A cell of several lines, each made plain."""
    return Text("\n".join(plain(line) for line in lines))


def _until(end: object) -> str:
    return "no end is known" if end == _NO_END else plain(end)


def _cell(value: object) -> Text:
    return value if isinstance(value, Text) else Text(plain(value))


def _console(stream: Any) -> Console:
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = max(console.width, _PIPED_WIDTH)
    return console
