"""Papers as people read them: the marking first, instants in Zulu, every character visible."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from parley.cli.show import Out
from parley.wire.instants import format_instant


def show_filed(out: Out, filed: Mapping[str, Any], said: str) -> None:
    if out.json:
        out.value(filed)
        return
    paper = filed["paper"]
    out.line(paper["marking"]["banner"], "bold")
    out.line(f"{said}: {filed['ref']}, version {filed['version']}", "bold green")
    out.pairs((("Our log", f"entry {filed['index']}"), ("Note", filed["note_hash"])))
    out.line(paper["text"])
    if filed["findings"]:
        out.findings(filed["findings"])


def show_version(out: Out, paper: Mapping[str, Any]) -> None:
    out.line(paper["marking"]["banner"], "bold")
    out.line(paper["text"])
    out.pairs(
        (
            ("Said", f"{paper['at']} by {paper['author']}, {paper['role']}"),
            ("Person", paper["person"]),
            ("To", ", ".join(paper["to"]) or "nobody"),
            ("About", ", ".join(paper["about"])),
            ("State", "withdrawn" if paper["withdrawn"] else ""),
            ("Exercise", "exercise, not real" if paper["exercise"] else ""),
        )
    )
    _show_content(out, paper["content"])


def _show_content(out: Out, content: Mapping[str, Any]) -> None:
    """Every member that says something; instants in Zulu; long text on lines of its own."""
    for name, value in content.items():
        if isinstance(value, str) and "\n" in value:
            out.line(f"{name}:", "bold")
            for line in value.split("\n"):
                out.line(f"  {line}")
        elif name.endswith("_ms") and isinstance(value, int) and value >= 0:
            out.pairs(((name, f"{format_instant(value)} ({value})"),))
        elif value not in ("", None, []):
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            out.pairs(((name, shown),))


def show_heard(out: Out, heard: Sequence[Mapping[str, Any]]) -> None:
    if not heard:
        return
    out.table(
        ("Party", "Rung", "Received", "Read", "Read back", "Answered", "By", "Text"),
        (
            (
                one["party"],
                one["rung"] + (f" (wrong: {', '.join(one['wrong'])})" if one["wrong"] else ""),
                *(one[name] or "no" for name in ("received", "read", "read_back", "answered")),
                one["person"] or one["role"],
                one["text"],
            )
            for one in heard
        ),
    )
