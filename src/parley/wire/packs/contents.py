"""What stands in a pack: the health of a period as tables, pictures and a few plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parley.errors import InputError
from parley.liaison.health.figures import Figure, Health, NoticeRow
from parley.liaison.health.reconcile import Agreed, Line
from parley.wire.instants import format_instant, in_zone
from parley.wire.packs.pack import Block, Pack, Para, Picture, Section, Table
from parley.wire.phrases import duration

NOTICES, LEAD, ANSWERS, OUTAGES, RECIPROCITY = (
    "notices", "lead", "answers", "outages", "reciprocity",
)  # fmt: skip
"""Names of the drawings."""

MOST_NOTICES = 50_000

_SAYS = {
    NOTICES: "Notices said each way, per day or week. Every direction has a line, a sign and a"
    " name of its own; the last day or week may be a part of one.",
    LEAD: "Lead times from the receipt to the start: how many of 100 notices had at most so much;"
    " upright lines are what the rules ask for.",
    ANSWERS: "Time from the receipt to each rung, median and 90 of 100, by the receiver's clock.",
    OUTAGES: "When links and lines were not up.",
    RECIPROCITY: "Notices each way, added up, and their difference.",
}
_TITLES = {
    "notices": "Notices each way",
    "lead": "Lead times",
    "answers": "Acknowledgements",
    "reciprocity": "Reciprocity",
    "urgent": "STOP, DISTRESS and reports",
    "hotline": "Hotline and comms checks",
    "outages": "Outages",
    "open": "Open at the end of the period",
    "releases": "Register of releases",
    "findings": "Findings",
    "truth": "Declared places against tracks",
}
_SUMMARY = (
    ("notices", "new"), ("notices", "amended"), ("notices", "cancelled"),
    ("notices", "after-the-fact"), ("lead", "lead-median"), ("lead", "lead-p10"),
    ("lead", "kept-share"), ("answers", "read-median"), ("answers", "accepted-median"),
    ("answers", "in-time-share"), ("answers", "refused"), ("urgent", "stop"),
    ("urgent", "distress"), ("hotline", "checks-missed"),
)  # fmt: skip
MEASURED = (
    "Every figure is counted from signed entries of the log and from the journal of the node that"
    " made this pack; nothing is read out of prose. A notice is counted in the period in which its"
    " author says that he said it; what became of it is counted whenever that came. Lead times run"
    " from the receiver's receipt to the declared start; acknowledgement times from the receipt to"
    " the person's answer, both by the receiver's clock. Medians and percentiles are nearest-rank:"
    " always one of the measured values. Exercises are counted apart. Where something cannot be"
    " measured the reason stands in place of a number. Numbers of two parties stand beside each"
    " other; this pack makes no verdict of them."
)


def pack_of(
    health: Health,
    *,
    title: str,
    banner: str,
    zones: Mapping[str, str] | None = None,
    lines: Sequence[Line] = (),
    theirs: str = "",
    extra: Sequence[Section] = (),
) -> Pack:
    """The pack. zones: party -> IANA zone of its local times. lines: the figures of ours against
    those of ``theirs``; extra: sections of other rooms, put in front of the list of notices.

    InputError: a zone that does not exist, or of nobody; more than 50,000 notices."""
    if len(health.rows) > MOST_NOTICES:
        raise InputError(
            f"a pack of {len(health.rows)} notices",
            right=f"a shorter period: {MOST_NOTICES} at most",
            where="from, until",
        )
    zones = dict(zones or {})
    names = dict(health.parties)
    for party in zones:
        if party not in names:
            raise InputError(
                f"a time zone of {party[:80]!r}", right=f"one of: {', '.join(names)}", where="zone"
            )
    sections = [_summary(health, zones)]
    for name in _TITLES:
        sections += _section(health, name, zones)
    sections += extra
    if lines:
        sections.append(_dispute(lines, health.party, theirs))
    sections.append(_all_notices(health, zones))
    sections.append(Section("How this is measured", (Para(MEASURED),)))
    period = health.period
    top = (
        f"Period: {_times(period.from_ms, zones)} to {_times(period.until_ms, zones)}"
        " (both ends belong to it)",
        f"Agreement: {health.agreement}. Made by {_named(names, health.party)} for"
        f" {_named(names, health.audience)} at {_times(health.asked_ms, zones)}",
        *(f"Party {party}: {name}" for party, name in health.parties),
    )
    return Pack(title, banner, top, tuple(sections))


def _named(names: Mapping[str, str], party: str) -> str:
    return f"{names.get(party, party)} ({party})"


def _times(ms: int, zones: Mapping[str, str]) -> str:
    """Zulu first, behind it each party's local time."""
    local = [f"{party} {in_zone(ms, zone)}" for party, zone in zones.items()]
    return format_instant(ms) + (f" ({'; '.join(local)})" if local else "")


def shown(figure: Figure | Line, value: int | None, why: str) -> str:
    """A figure's value as people read it; the reason where it has none."""
    if value is None:
        return f"- ({why})" if why else "-"
    if figure.name.endswith("-ratio"):
        return f"{value / 1000:.2f} to 1"
    if figure.unit == "permille":
        return f"{value / 10:.1f} %"
    if figure.unit == "ms":
        return duration(value // 1000) if value >= 0 else f"-{duration(-(value // 1000))}"
    return str(value)


def label(name: str) -> str:
    """A figure's name in words: "read-never" is "read never"."""
    word, _, of = name.partition(":")
    words = word.replace("p10", "1 of 10 at most").replace("p90", "9 of 10 within")
    return words.replace("-", " ") + (f", {of}" if of else "")


def _grid(name: str, figures: Sequence[Figure]) -> Table:
    """A row a figure, a column a direction or a party."""
    whom = list(dict.fromkeys(f.of for f in figures))
    rows = list(dict.fromkeys(f.name for f in figures))
    known = {(f.of, f.name): f for f in figures}
    cells = []
    for row in rows:
        line = [label(row)]
        for of in whom:
            figure = known.get((of, row))
            line.append("" if figure is None else shown(figure, figure.value, figure.why))
        cells.append(tuple(line))
    head = ("Figure", *(direction(of) for of in whom))
    return Table(name, head, tuple(cells), frozenset(range(1, len(head))))


def direction(of: str) -> str:
    """Whom a figure is about, in words: ``il>un|ru`` -> "il to un, as far as ru was told"."""
    if "<>" in of:
        return " and ".join(of.split("<>"))
    if "|" in of and ">" in of:
        way, _, told = of.partition("|")
        return f"{way.replace('>', ' to ')}, as far as {told} was told"
    if "|" in of:
        return "{} (seen by {})".format(*of.split("|", 1))
    if "~" in of:
        return "link of {} to {}".format(*of.split("~", 1))
    return of.replace(">", " to ")


def _summary(health: Health, zones: Mapping[str, str]) -> Section:
    known = {f.key: f for f in health.figures}
    some = [
        figure
        for section, name in _SUMMARY
        for figure in health.figures
        if (figure.section, figure.name) == (section, name) and figure.key in known
    ]
    asked = Para(
        f"{len(health.rows)} versions of notices to those who are asked to answer;"
        f" {len(health.outages)} outages; {len(health.open)} things open at the end."
    )
    return Section("Summary", (asked, _grid("summary", some)))


def _section(health: Health, name: str, zones: Mapping[str, str]) -> list[Section]:
    figures = [f for f in health.figures if f.section == name]
    if not figures:
        return []
    blocks: list[Block] = []
    if name in _SAYS:
        blocks.append(Picture(name, _SAYS[name]))
    groups = [figures]
    if name in ("hotline", "outages"):
        ways = [f for f in figures if ">" in f.of or "~" in f.of]
        groups = [ways, [f for f in figures if f not in ways]]
    for n, some in enumerate(groups):
        if some:
            blocks.append(_grid(name if not n else f"{name}-{n + 1}", some))
    if name == "outages":
        blocks.append(_outages(health, zones))
        blocks.append(_turns(health, zones))
    if name == "open":
        blocks.append(_open(health, zones))
    return [Section(_TITLES[name], tuple(blocks))]


def _outages(health: Health, zones: Mapping[str, str]) -> Table:
    rows = tuple(
        (
            f"{o.by} to {o.name} (link)" if o.source == "link" else f"{o.name} line, says {o.by}",
            o.state,
            _times(o.from_ms, zones),
            "lasts on" if o.open else _times(o.until_ms, zones),
            duration((o.until_ms - o.from_ms) // 1000),
        )
        for o in health.outages
    )
    head = ("Line or link", "State", "From", "Until", "Within the period")
    return Table("outages-list", head, rows, nothing="No outage is on record.")


def _turns(health: Health, zones: Mapping[str, str]) -> Table:
    rows = tuple((_times(t.at_ms, zones), t.by, t.what, t.state, t.ref) for t in health.turns)
    head = ("From", "Party", "Of", "State", "Paper")
    return Table("states", head, rows, nothing="No party declared another state.")


def _open(health: Health, zones: Mapping[str, str]) -> Table:
    rows = tuple(
        (o.ref, o.by, o.what, _times(o.since_ms, zones), _owed(o.what) if o.overdue else "")
        for o in health.open
    )
    return Table("open-list", ("Ref", "By", "Kind", "Since", "Remark"), rows, nothing="Nothing.")


def _owed(what: str) -> str:
    papers = ("commitment", "objection", "consent-request")
    return "overdue" if what in papers else "an answer is owed"


def _dispute(lines: Sequence[Line], ours: str, theirs: str) -> Section:
    """Both numbers, and whether they are equal; not who is right."""
    count = {word: sum(line.agreed is word for line in lines) for word in Agreed}
    told = ", ".join(f"{n} {word.value}" for word, n in count.items())
    rows = tuple(
        (
            _TITLES.get(line.section, line.section),
            direction(line.of),
            label(line.name),
            shown(line, line.ours, line.why_ours),
            shown(line, line.theirs, line.why_theirs),
            line.agreed.value,
        )
        for line in lines
        if line.agreed in (Agreed.DIFFERS, Agreed.ONE_SIDE)
    )
    head = ("Of", "Whom", "Figure", f"As {ours} counts", f"As {theirs} counts", "")
    return Section(
        "Figures of both sides",
        (
            Para(f"{told}. Lines that differ, or that one side alone holds, follow."),
            Table("dispute", head, rows, frozenset({3, 4}), nothing="No line differs."),
        ),
    )


_NOTICE_HEAD = ("Notice", "v", "Class", "By", "To", "Said", "Start", "End", "Receipt", "Lead s",
                "Rule", "Read s", "Back s", "Answer s", "Rung")  # fmt: skip
_NOTICE_WIDTHS = (18, 3, 14, 8, 8, 20, 20, 20, 20, 10, 9, 7, 7, 8, 9)


def _all_notices(health: Health, zones: Mapping[str, str]) -> Section:
    """Every version of every notice; seconds of answers run from the receipt."""
    head = (*_NOTICE_HEAD, *(f"Start, {party}" for party in zones))
    widths = (*_NOTICE_WIDTHS, *(len("00:00:00 +00:00 Mon 00") for _ in zones))
    rows = tuple(_notice(row, zones) for row in health.rows)
    table = Table(
        "notices-list",
        head,
        rows,
        frozenset({1, 9, 11, 12, 13}),
        widths,
        nothing="No notice was said in this period.",
    )
    return Section("Every notice", (table,))


def _notice(row: NoticeRow, zones: Mapping[str, str]) -> tuple[str, ...]:
    got = row.received_ms
    verdict = "after" if row.verdict == "after-the-fact" else row.verdict or "-"
    return (
        row.item,
        str(row.version),
        row.activity_class,
        row.by,
        row.to,
        _second(row.said_ms),
        _second(row.start_ms),
        _second(row.end_ms),
        _second(got) if got >= 0 else "no receipt held",
        "-" if row.lead_ms is None else str(row.lead_ms // 1000),
        verdict,
        _since(row.read_ms, got),
        _since(row.read_back_ms, got),
        _since(row.answered_ms, got),
        "overtaken" if row.overtaken else row.rung,
        *(" ".join(in_zone(row.start_ms, zone).split()[:4]) for zone in zones.values()),
    )


def _second(ms: int) -> str:
    """An instant to the second; a part of one is cut off."""
    return format_instant(ms - ms % 1000)


def _since(at_ms: int, from_ms: int) -> str:
    return str((at_ms - from_ms) // 1000) if at_ms >= 0 and from_ms >= 0 else "-"
