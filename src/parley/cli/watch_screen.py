"""The watch on a terminal: alarms first, then what else is found, then how the feeds fare.

Drawn from a WatchView as the API gives it. Colour is never the only sign; what others named is
shown with its control characters made visible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from parley.cli.show import level, plain

MAX_FINDINGS = 20
_PRIORITY = {
    "critical": ("▲▲ CRITICAL", "bold white on red"),
    "high": ("▲ HIGH", "bold red"),
    "medium": ("◆ MEDIUM", "yellow"),
    "low": ("● LOW", "cyan"),
}
_STATE = {
    "unacknowledged": "NEW",
    "acknowledged": "seen",
    "returned": "over, not seen",
    "latched": "over, held",
    "shelved": "shelved",
    "suppressed": "suppressed",
}
_FEED = {"live": "green", "silent": "bold red", "connecting": "yellow", "stopped": "dim"}


def screen(view: Mapping[str, Any], title: str) -> RenderableType:
    """The whole picture as one drawing."""
    parts: list[RenderableType] = [_head(view, title), _alarms(view)]
    alarmed = {alarm["key"] for alarm in (*view["alarms"], *view["shelved"])}
    others = [finding for finding in view["findings"] if finding["key"] not in alarmed]
    if others:
        parts.append(_findings(others))
    if view["feeds"]:
        parts.append(_feeds(view["feeds"], view["now_ms"]))
    if view["rejected"]:
        refused = ", ".join(f"{plain(name)} {n}" for name, n in view["rejected"].items())
        parts.append(Text(f"Refused reports: {refused}", "dim"))
    return Group(*parts)


def _head(view: Mapping[str, Any], title: str) -> RenderableType:
    tracks, rates = view["tracks"], view["rates"]
    words = Text(plain(view["now"]), "bold")
    words.append(
        f"   tracks {tracks['live']} live, {tracks['coasting']} coasting, {tracks['lost']} lost"
        f"   alarms {rates['in_10_min']} in 10 min (bearable {rates['reference_in_10_min']}),"
        f" {rates['in_day']} in a day ({rates['reference_a_day']})"
        f"   sweep {view['swept']}, {view['took_ms']} ms",
        "",
    )
    return Panel(words, title=plain(title), box=box.SQUARE)


def _alarms(view: Mapping[str, Any]) -> RenderableType:
    listed = [*view["alarms"], *view["shelved"]]
    if not listed:
        return Text("Nothing needs you.", "green")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", title="What needs you")
    for column in ("Priority", "State", "Since", "What", "Do"):
        table.add_column(column, overflow="fold")
    for alarm in listed:
        word, style = _PRIORITY[alarm["priority"]]
        table.add_row(
            Text(word, style),
            Text(_state(alarm)),
            Text(plain(alarm["raised"])[11:19]),
            Text(plain(alarm["finding"]["text"]) + _marks(alarm)),
            Text(plain(alarm["response"])),
        )
    return table


def _state(alarm: Mapping[str, Any]) -> str:
    word = _STATE.get(str(alarm["state"]), str(alarm["state"]))
    if alarm["state"] == "shelved":
        return (
            f"{word} by {plain(alarm['shelved_by'])} until {plain(alarm['shelved_until'])[11:19]}"
        )
    if alarm["acknowledged_by"]:
        return f"{word} by {plain(alarm['acknowledged_by'])}"
    return word


def _marks(alarm: Mapping[str, Any]) -> str:
    marks = []
    if alarm["first_out"]:
        marks.append("first")
    if alarm["count"] > 1:
        marks.append(f"{alarm['count']} times")
    if alarm["flood"]:
        marks.append("gathered in a flood")
    return f"  [{', '.join(marks)}]" if marks else ""


def _findings(found: Sequence[Mapping[str, Any]]) -> RenderableType:
    title = f"What is found besides ({len(found)})"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", title=title)
    for column in ("Level", "Finding"):
        table.add_column(column, overflow="fold")
    for finding in found[:MAX_FINDINGS]:
        table.add_row(level(str(finding["level"])), Text(plain(finding["text"])))
    if len(found) > MAX_FINDINGS:
        table.add_row("", Text(f"and {len(found) - MAX_FINDINGS} more: parley watch --json", "dim"))
    return table


def _feeds(feeds: Sequence[Mapping[str, Any]], now_ms: int) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", title="Feeds")
    for column in ("Feed", "State", "Reports", "Last", "Refused", "Error"):
        table.add_column(column, overflow="fold")
    for feed in feeds:
        age = "" if feed["last_ms"] < 0 else f"{max(0, now_ms - feed['last_ms']) // 1000} s ago"
        table.add_row(
            Text(plain(feed["name"])),
            Text(feed["state"].upper(), _FEED.get(feed["state"], "")),
            Text(str(feed["reports"])),
            Text(age),
            Text(", ".join(f"{plain(name)} {n}" for name, n in feed["rejected"].items())),
            Text(plain(feed["error"])),
        )
    return table
