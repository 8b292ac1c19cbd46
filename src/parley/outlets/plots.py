"""Health drawn: SVG of our own making, the same bytes for the same values.

matplotlib is imported when the first picture is drawn. Directions differ in line, sign and name,
never in colour alone; states of outages in hatching and in words.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from parley.liaison.health.figures import Health, NoticeRow, ranked
from parley.wire.instants import format_instant
from parley.wire.packs import contents
from parley.wire.packs.pack import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

DAY_MS = 86_400_000
_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000
_SIZES = ((DAY_MS, "days"), (_HOUR_MS, "hours"), (_MINUTE_MS, "minutes"))
WEEKS_FROM_DAYS = 62
_COLOURS = ("#0b5394", "#b45f06", "#38761d", "#741b47", "#444444", "#0c7c7c")
_LINES = ("-", "--", "-.", ":")
_SIGNS = ("o", "s", "^", "D", "v", "x")
_HATCHES = ("//", "\\\\", "xx", "..", "++", "")
_LOCK = threading.Lock()
_STYLE = {
    "svg.hashsalt": "parley",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.grid": True,
    "grid.linewidth": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "path.simplify": True,
    "text.parse_math": False,
}
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def plots(health: Health) -> dict[str, str]:
    """Name of the picture -> an SVG element, for ``wire.packs``. One thread draws at a time."""
    with _LOCK, _style():
        return {name: _drawn(health, draw) for name, draw in _DRAWINGS.items()}


@contextmanager
def _style() -> Iterator[None]:
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        yield


def _drawn(health: Health, draw: Callable[[Axes, Health], bool]) -> str:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 3.0), layout="tight")
    canvas = FigureCanvasSVG(figure)
    axes = figure.subplots()
    if not draw(axes, health):
        axes.text(0.5, 0.5, "Nothing to show in this period.", ha="center", va="center")
        axes.set_axis_off()
    file = io.StringIO()
    canvas.print_svg(file, metadata=_NO_METADATA)  # type: ignore[no-untyped-call]
    text = file.getvalue()
    return text[text.index("<svg") :]


def _directions(rows: Sequence[NoticeRow]) -> list[tuple[str, list[NoticeRow]]]:
    found: dict[str, list[NoticeRow]] = {}
    for row in rows:
        found.setdefault(f"{row.by} to {row.to}", []).append(row)
    return sorted(found.items())


def _look(n: int) -> dict[str, Any]:
    """Line, sign and colour of the n-th direction."""
    return {
        "color": _COLOURS[n % len(_COLOURS)],
        "linestyle": _LINES[n % len(_LINES)],
        "marker": _SIGNS[n % len(_SIGNS)],
    }


def _bins(health: Health) -> tuple[int, int, str]:
    """How many bins, how long each, and its name."""
    length = health.period.until_ms - health.period.from_ms
    size, name = (DAY_MS, "day") if length <= WEEKS_FROM_DAYS * DAY_MS else (7 * DAY_MS, "week")
    return length // size + 1, size, name


def _binned(health: Health, rows: Sequence[NoticeRow]) -> list[int]:
    many, size, _ = _bins(health)
    counts = [0] * many
    for row in rows:
        if row.version == 1:
            counts[(row.said_ms - health.period.from_ms) // size] += 1
    return counts


def _dates(axes: Axes, health: Health) -> None:
    """Dates in UTC under the bins, eight at most."""
    many, size, name = _bins(health)
    step = max(1, -(-many // 8))
    places = list(range(0, many, step))
    days = [format_instant(health.period.from_ms + n * size)[:10] for n in places]
    axes.set_xticks(places, days)
    axes.set_xlabel(f"{name} from (UTC)")


def _whole_numbers(axes: Axes) -> None:
    """No half notices on the upright axis."""
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))


def _notices(axes: Axes, health: Health) -> bool:
    ways = _directions(health.rows)
    for n, (name, rows) in enumerate(ways):
        counts = _binned(health, rows)
        every = max(1, len(counts) // 16)
        axes.plot(counts, label=name, markevery=every, markersize=4, linewidth=1, **_look(n))
    if ways:
        _dates(axes, health)
        axes.set_ylabel(f"new notices a {_bins(health)[2]}")
        axes.set_ylim(bottom=0)
        _whole_numbers(axes)
        axes.legend()
    return bool(ways)


def _lead(axes: Axes, health: Health) -> bool:
    found = []
    for name, rows in _directions(health.rows):
        leads = sorted(r.lead_ms for r in rows if r.lead_ms is not None and r.version == 1)
        if leads:
            found.append((name, leads))
    if not found:
        return False
    every = [lead for _, leads in found for lead in leads]
    low, high = ranked(every, 10), ranked(every, 980)
    used = {row.activity_class for row in health.rows}
    rules = [(name, lead_s) for name, lead_s in health.rules if name in used]
    size_ms, unit = next(
        (size, name) for size, name in _SIZES if max(high, -low) >= 3 * size or size == _MINUTE_MS
    )
    for n, (name, leads) in enumerate(found):
        values = [ranked(leads, permille) / size_ms for permille in range(10, 1001, 10)]
        share = list(range(1, 101))
        axes.plot(values, share, label=name, markevery=10, markersize=4, linewidth=1, **_look(n))
    for n, (name, lead_s) in enumerate(rules):
        place = lead_s * 1000 / size_ms
        axes.axvline(place, color="#111111", linewidth=1, linestyle=_LINES[n % 4])
        axes.text(place, 2 + 8 * (n % 4), f" {plain(name)}: {lead_s // 60} min", fontsize=7)
    longest = max([high, *(lead_s * 1000 for _, lead_s in rules)]) / size_ms
    axes.set_xlim(min(low / size_ms, 0.0) - longest * 0.02, longest * 1.1 + _MINUTE_MS / size_ms)
    axes.set_xlabel(f"{unit} from the receipt to the start; below 0: begun when it was received")
    axes.set_ylabel("of 100 notices")
    axes.legend(loc="lower right")
    return True


def _answers(axes: Axes, health: Health) -> bool:
    names = [
        (rung, rank) for rung in ("read", "read-back", "accepted") for rank in ("median", "p90")
    ]
    found = []
    for of in dict.fromkeys(f.of for f in health.figures if f.section == "answers"):
        values = [health.value("answers", of, f"{rung}-{rank}") for rung, rank in names]
        if any(value is not None for value in values):
            found.append((of.replace(">", " to "), values))
    for n, (name, values) in enumerate(found):
        width = 0.8 / len(found)
        places = [place + n * width for place in range(len(names))]
        heights = [(value or 0) / 1000 for value in values]
        axes.bar(
            places, heights, width * 0.9, label=name, color="white",
            edgecolor=_COLOURS[n % len(_COLOURS)], hatch=_HATCHES[n % len(_HATCHES)],
        )  # fmt: skip
        for place, height, value in zip(places, heights, values, strict=True):
            text = "-" if value is None else f"{height:.0f}"
            axes.text(place, height, text, ha="center", va="bottom", fontsize=7)
    if found:
        middle = 0.4 - 0.4 / len(found)
        axes.set_xticks(
            [n + middle for n in range(len(names))],
            [f"{rung}, {'median' if rank == 'median' else '9 of 10'}" for rung, rank in names],
        )
        axes.set_ylabel("seconds from the receipt")
        axes.legend()
    return bool(found)


def _outages(axes: Axes, health: Health) -> bool:
    names: dict[str, int] = {}
    states = sorted({o.state for o in health.outages})
    length = max(1, health.period.until_ms - health.period.from_ms)
    for one in health.outages:
        way = f"{one.by} to {one.name}" if one.source == "link" else f"{one.name}, says {one.by}"
        row = names.setdefault(way, len(names))
        start = (one.from_ms - health.period.from_ms) / DAY_MS
        wide = max((one.until_ms - one.from_ms) / DAY_MS, length / DAY_MS / 400)
        n = states.index(one.state)
        axes.broken_barh(
            [(start, wide)], (row - 0.35, 0.7), facecolor="white",
            edgecolor=_COLOURS[n % len(_COLOURS)], hatch=_HATCHES[n % len(_HATCHES)], linewidth=1,
        )  # fmt: skip
        if wide * 12 > length / DAY_MS:
            axes.text(start, row, f" {one.state}", va="center", fontsize=7)
    if names:
        axes.set_yticks(range(len(names)), [plain(name) for name in names])
        axes.set_xlim(0, length / DAY_MS)
        axes.set_xlabel(f"days from {format_instant(health.period.from_ms)}")
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.legend(handles=[_patch(n, state) for n, state in enumerate(states)])
    return bool(names)


def _patch(n: int, state: str) -> Patch:
    from matplotlib.patches import Patch

    edge, hatch = _COLOURS[n % len(_COLOURS)], _HATCHES[n % len(_HATCHES)]
    return Patch(facecolor="white", edgecolor=edge, hatch=hatch, label=state)


def _reciprocity(axes: Axes, health: Health) -> bool:
    ways = dict(_directions(health.rows))
    sums: dict[str, list[int]] = {}
    for name, rows in ways.items():
        total, line = 0, []
        for count in _binned(health, rows):
            total += count
            line.append(total)
        sums[name] = line
    for n, (name, line) in enumerate(sums.items()):
        every = max(1, len(line) // 16)
        axes.plot(line, label=name, markevery=every, markersize=4, linewidth=1, **_look(n))
    for name, line in sums.items():
        a, _, b = name.partition(" to ")
        other = sums.get(f"{b} to {a}")
        if other is not None and a < b:
            less = [x - y for x, y in zip(line, other, strict=True)]
            axes.plot(less, label=f"{name} less {b} to {a}", color="#111111", linewidth=2)
    if sums:
        _dates(axes, health)
        axes.set_ylabel("new notices, added up")
        _whole_numbers(axes)
        axes.legend()
    return bool(sums)


_DRAWINGS: Mapping[str, Callable[[Axes, Health], bool]] = {
    contents.NOTICES: _notices,
    contents.LEAD: _lead,
    contents.ANSWERS: _answers,
    contents.OUTAGES: _outages,
    contents.RECIPROCITY: _reciprocity,
}
