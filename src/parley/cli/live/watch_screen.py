"""The watch on a terminal: alarms first, then what else is found, then how sensors and feeds fare.

Drawn from a WatchView as the API gives it. Colour is never the only sign; what others named is
shown with its control characters made visible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.panel import Panel
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from parley.cli.show import level, plain

MAX_FINDINGS = 20
STALE_S = 10
"""A last sweep older than this is said aloud."""
_SEEING = frozenset({"live"})
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
_FEED = {
    "live": "green",
    "silent": "bold red",
    "connecting": "yellow",
    "stopped": "dim",
}


def screen(view: Mapping[str, Any], title: str, *, rows: int = 0) -> RenderableType:
    """The whole picture as one drawing, readable from 60 columns on. rows: so many lines are seen,
    0 for any number; what goes beyond is counted. Members that an older node does not send may
    be missing: "sensors", "flood", "left_out"."""
    parts: list[RenderableType] = [_head(view, title), *_blind(view)]
    if view.get("flood"):
        parts.append(_flood(view["flood"]))
    parts.append(_alarms(view["alarms"]))
    if view.get("left_out", {}).get("alarms"):
        parts.append(Text(f"and {view['left_out']['alarms']} more: parley alarm list", "bold"))
    if view["shelved"]:
        parts.append(_aside(view["shelved"]))
    alarmed = {alarm["key"] for alarm in (*view["alarms"], *view["shelved"])}
    others = [finding for finding in view["findings"] if finding["key"] not in alarmed]
    if others:
        parts.append(_findings(others))
    if view.get("sensors"):
        parts.append(_sensors(view["sensors"]))
    if view["feeds"]:
        parts.append(_feeds(view["feeds"], view["now_ms"]))
    if view["rejected"]:
        refused = ", ".join(f"{plain(name)} {n}" for name, n in view["rejected"].items())
        parts.append(Text(f"Refused reports: {refused}", "dim"))
    return _Fitted(Group(*parts), rows) if rows else Group(*parts)


class _Fitted:
    """At most so many lines; the last says how many more there are."""

    def __init__(self, whole: RenderableType, rows: int) -> None:
        self._whole = whole
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._whole, options.reset_height(), pad=False)
        beyond = len(lines) - self._rows
        for line in lines[: self._rows - 1] if beyond > 0 else lines:
            yield from line
            yield Segment.line()
        if beyond > 0:
            words = f"▼ {beyond + 1} MORE LINES below: parley watch --once"
            yield Text(words, "reverse", no_wrap=True)


def _head(view: Mapping[str, Any], title: str) -> RenderableType:
    tracks, rates = view["tracks"], view["rates"]
    words = Text(plain(view["now"]), "bold")
    words.append(
        f"   tracks: {tracks['live']} live, {tracks['coasting']} coasting, {tracks['lost']} lost\n"
        f"alarms: {rates['in_10_min']} in 10 min (bearable {rates['reference_in_10_min']}),"
        f" {rates['in_day']} in a day ({rates['reference_a_day']})"
        f"   sweep {view['swept']}, {view['took_ms']} ms",
        "not bold",
    )
    return Panel(words, title=Text(plain(title)), box=box.SQUARE)


def _blind(view: Mapping[str, Any]) -> list[RenderableType]:
    """Why an empty list may mean that nothing is seen, not that nothing is there."""
    said = []
    age_s = (view["now_ms"] - view["last_ms"]) // 1000
    if view["last_ms"] < 0:
        said.append("NOTHING IS JUDGED: no sweep so far.")
    elif age_s > STALE_S:
        said.append(f"NOTHING IS JUDGED: the last sweep was {age_s} s ago.")
    if view["feeds"] and not any(feed["state"] in _SEEING for feed in view["feeds"]):
        said.append("NOTHING IS SEEN: no feed is live.")
    return [Text(f"▲▲ {words}", "bold white on red") for words in said]


def _flood(flood: Mapping[str, Any]) -> RenderableType:
    return Text(
        f"◆ FLOOD since {plain(flood['began'])[11:19]}: {flood['count']} alarms gathered, listed"
        " below and not sounded.",
        "bold yellow",
    )


def _alarms(alarms: Sequence[Mapping[str, Any]]) -> RenderableType:
    if not alarms:
        return Text("Nothing needs you.", "green")
    counts = Counter(str(alarm["priority"]) for alarm in alarms)
    by_word = ", ".join(f"{counts[p]} {p.upper()}" for p in _PRIORITY if counts[p])
    fresh = sum(alarm["state"] == "unacknowledged" for alarm in alarms)
    head = Text(f"What needs you: {by_word}; {fresh or 'none'} NEW", "bold")
    return Group(head, *(_alarm(alarm) for alarm in alarms))


def _aside(shelved: Sequence[Mapping[str, Any]]) -> RenderableType:
    head = Text(f"Put aside ({len(shelved)})", "bold")
    return Group(head, *(_alarm(alarm) for alarm in shelved))


def _alarm(alarm: Mapping[str, Any]) -> RenderableType:
    """Three lines, or more where they fold: how urgent and in what state, what, what to do."""
    word, style = _PRIORITY.get(str(alarm["priority"]), (plain(alarm["priority"]).upper(), ""))
    head = Text.assemble(
        (word, style), f"  {_state(alarm)}  since {plain(alarm['raised'])[11:19]}{_marks(alarm)}"
    )
    what = Text(plain(alarm["finding"]["text"]), overflow="fold")
    do = Text(f"Do: {plain(alarm['response'])}", overflow="fold")
    return Group(head, Padding(what, (0, 0, 0, 3)), Padding(do, (0, 0, 0, 3)))


def _state(alarm: Mapping[str, Any]) -> str:
    word = _STATE.get(str(alarm["state"]), plain(alarm["state"]))
    if alarm["state"] == "shelved":
        until = plain(alarm["shelved_until"])[11:19]
        return (
            f"{word} by {plain(alarm['shelved_by'])} until {until}: {plain(alarm['shelf_reason'])}"
        )
    if alarm["acknowledged_by"]:
        return f"{word} by {plain(alarm['acknowledged_by'])}"
    return word


def _marks(alarm: Mapping[str, Any]) -> str:
    marks = []
    if alarm["first_out"]:
        marks.append("the first of its group")
    if alarm["count"] > 1:
        marks.append(f"{alarm['count']} times")
    if alarm["flood"]:
        marks.append("gathered in a flood")
    if alarm["escalations"]:
        marks.append("escalated")
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


def _sensors(sensors: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Misaligned ones first, a line each."""
    words = Text("Sensors: ", "bold", overflow="fold")
    good = []
    for sensor in sensors:
        name, tracks = plain(sensor["sensor"]), sensor["tracks"]
        if not sensor["misaligned"]:
            good.append(f"{name} aligned ({tracks} tracks)")
            continue
        how = f"{_misaligned(sensor)} ({tracks} tracks, {sensor['confidence_percent']} %)"
        words.append(f"\n▲ {name} MISALIGNED: {how}", "bold red")
    return words.append("\n" * (len(good) < len(sensors)) + "; ".join(good), "not bold")


def _misaligned(sensor: Mapping[str, Any]) -> str:
    codes, found = sensor["codes"], []
    if "rotation" in codes:
        found.append(f"turned by {sensor['rotation_mdeg'] / 1000:.1f} degrees")
    if "range" in codes:
        way = "long" if sensor["range_m"] > 0 else "short"
        found.append(f"ranges {abs(sensor['range_m'])} m too {way}")
    if "offset" in codes or not found:
        found.append(f"off by {sensor['offset_m']} m")
    if "by-shape" in codes:
        found.append("judged by the shape of tracks")
    return ", ".join(found)


def _feeds(feeds: Sequence[Mapping[str, Any]], now_ms: int) -> RenderableType:
    """Those that do not see first, each with what is wrong with it."""
    lines: list[RenderableType] = [Text("Feeds", "bold")]
    for feed in sorted(feeds, key=lambda one: one["state"] in _SEEING):
        age = "nothing so far"
        if feed["last_ms"] >= 0:
            age = f"last {max(0, now_ms - feed['last_ms']) // 1000} s ago"
        state = plain(feed["state"])
        mark = "●" if state in _SEEING else "▲"
        line = Text.assemble(
            (f"{mark} {state.upper():<10}", _FEED.get(state, "")),
            f"  {plain(feed['name'])}: {feed['reports']} reports, {age}",
            overflow="fold",
        )
        if feed["rejected"]:
            refused = ", ".join(f"{plain(name)} {n}" for name, n in feed["rejected"].items())
            line.append(f"; refused: {refused}")
        if feed["error"]:
            line.append(f"; {plain(feed['error'])}")
        lines.append(line)
    return Group(*lines)
