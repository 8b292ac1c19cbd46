"""Papers as people read them: the marking first, instants in Zulu, every character visible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    """Every member that says something, in words; instants in Zulu; what has parts as a block."""
    short: list[tuple[str, str]] = []
    blocks: list[tuple[str, list[str]]] = []
    for name, value in content.items():
        if value in ("", None, [], {}):
            continue
        title = _title(name)
        if isinstance(value, str) and "\n" in value:
            blocks.append((title, value.split("\n")))
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            blocks.append((title, [_words(one) for one in value]))
        else:
            short.append((title, _words(value, name)))
    out.pairs(short)
    for title, lines in blocks:
        out.line(f"{title}:", "bold")
        for line in lines:
            out.line(f"  {line}")


def _title(name: str) -> str:
    """``read_back`` -> ``Read back``; ``began_ms`` -> ``Began``; ``margin_m`` keeps its unit."""
    words = name.removesuffix("_ms").replace("_", " ")
    return words[:1].upper() + words[1:]


def _words(value: Any, name: str = "") -> str:
    """One value on one line: no braces, no milliseconds."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_ms") and isinstance(value, int):
        return format_instant(value) if value >= 0 else "not known"
    if isinstance(value, Mapping):
        if value.keys() >= _TIME:
            return _time(value)
        if value.keys() == {"name", "value"}:
            return f"{value['name']}: {_words(value['value'])}"
        if "points" in value and "kind" in value:
            return _area(value)
        shown = ((k, v) for k, v in value.items() if v not in ("", None, [], {}))
        return "; ".join(f"{_title(k).lower()} {_words(v, k)}" for k, v in shown)
    if isinstance(value, list):
        return ", ".join(_words(one) for one in value)
    return str(value)


def _area(area: Mapping[str, Any]) -> str:
    """A shape in degrees, latitude first, and how far it reaches round its points."""
    degrees = [f"{value / 1e7:.5f}" for value in area["points"]]
    points = ", ".join(" ".join(pair) for pair in zip(degrees[::2], degrees[1::2], strict=False))
    reach = area.get("reach_cm") or 0
    return f"{area['kind']}: {points}" + (f"; {reach / 100:g} m round" if reach else "")


_TIME = {"said", "from_ms", "until_ms", "inferred"}


def _time(when: Mapping[str, Any]) -> str:
    """Zulu first, then the words, then what was inferred."""
    first, last = when["from_ms"], when["until_ms"]
    zulu = format_instant(first) + (f" to {format_instant(last)}" if last != first else "")
    inferred = f"; inferred: {', '.join(when['inferred'])}" if when["inferred"] else ""
    return f'{zulu} ("{when["said"]}"{inferred})'


def show_heard(out: Out, heard: Sequence[Mapping[str, Any]]) -> None:
    """How far each addressee has come, a line a step."""
    if not heard:
        return
    out.table(("Party", "How far", "When", "By", "Words"), _steps(heard))


def _steps(heard: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for one in heard:
        steps = [(name, at) for name, label in _STEPS if (at := one[label])]
        wrong = f" (wrong: {', '.join(one['wrong'])})" if one["wrong"] else ""
        if not steps:
            yield one["party"], "no receipt", "", "", ""
        for name, at in steps:
            last = (name, at) == steps[-1]
            yield (
                one["party"],
                (one["rung"] if name == "answered" else name)
                + (wrong if name == "read back" else ""),
                at,
                (one["person"] or one["role"]) if last and name != "received" else "",
                one["text"] if last else "",
            )


_STEPS = (
    ("received", "received"),
    ("read", "read"),
    ("read back", "read_back"),
    ("answered", "answered"),
)
