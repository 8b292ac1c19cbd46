"""The state of each line to each counterpart, and its outages.

What says so: a report of either side, a comms check that was missed, the link. A report is a
claim and lasts until its author says that the line is up. Both lines go over one link.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from parley.liaison.hotline import lines as rules
from parley.liaison.hotline.contents import LineName, LineReport, LineState
from parley.liaison.papers.record import PaperRecord
from parley.node.desk import Desk
from parley.node.liaison import hotline, reading, shelf
from parley.node.views import Link


class State(StrEnum):
    """How a line to one counterpart is, the worst last."""

    UNKNOWN = "unknown"  # no link, no report, nobody heard so far
    UP = "up"
    BACK = "back"  # nothing is wrong any more, and no person was heard since
    DEGRADED = "degraded"
    OUT = "out"


_WORST = list(State)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a line is not up. by: the party that says so, or our own for what our node sees. what:
    "report", "check", "link". ref: of the paper, "" for the link."""

    what: str
    state: State
    by: str
    since_ms: int
    ref: str = ""
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class LineView:
    """One line to one counterpart. since_ms: how long it is so, -1 where nobody knows.

    fallback: by what else it is reached meanwhile, as reported or as our own settings say.
    heard_ms: when a person there answered us last; answered_ms: one of ours them; -1: never.
    check: our newest comms check, "" without one. causes: all that is wrong, the worst first.
    """

    line: LineName
    party: str
    state: State
    since_ms: int
    causes: tuple[Cause, ...]
    fallback: str
    link_up: bool | None
    heard_ms: int
    answered_ms: int
    check: str


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a line was not up. line: "" for the link, which carries both. by: whose
    word it is; ref: of the report, "" for the link. until_ms: -1 while it lasts."""

    line: str
    parties: tuple[str, ...]
    state: State
    by: str
    from_ms: int
    until_ms: int
    fallback: str = ""
    ref: str = ""


def counterparts(desk: Desk) -> tuple[str, ...]:
    """Who can be asked and reached: every other party that is no observer and has a roster."""
    observers = {p.id for p in desk.agreement.parties if p.observer}
    return tuple(party for party in desk.context.others if party not in observers)


def lines(desk: Desk, links: Sequence[Link], *, fallback: str = "") -> tuple[LineView, ...]:
    """Every line to every counterpart, the safety line first. links: as the node sees them now;
    fallback: what our settings name where nobody reported one."""
    by_peer = {link.peer: link for link in links}
    return tuple(
        _view(desk, line, party, by_peer.get(party), fallback)
        for line in LineName
        for party in counterparts(desk)
    )


def _view(desk: Desk, line: LineName, party: str, link: Link | None, fallback: str) -> LineView:
    ours = desk.context.party
    causes = sorted(
        _causes(desk, line, party, link),
        key=lambda one: (-_WORST.index(one.state), one.since_ms, one.what, one.ref),
    )
    heard_ms = _instant(desk, "line-heard", f"{ours}|{line.value}|{party}")
    answered_ms = _instant(desk, "line-heard", f"{party}|{line.value}|{ours}")
    newest = newest_check(desk, ours, line, party)
    if causes:
        state, since_ms = causes[0].state, causes[0].since_ms
    else:
        state, since_ms = _not_down(desk, line, party, link, max(heard_ms, answered_ms))
    named = next((one.fallback for one in causes if one.fallback), fallback)
    return LineView(
        line,
        party,
        state,
        since_ms,
        tuple(causes),
        named if causes else "",
        None if link is None else link.up,
        heard_ms,
        answered_ms,
        "" if newest is None else newest.ref,
    )


def _not_down(
    desk: Desk, line: LineName, party: str, link: Link | None, last_ms: int
) -> tuple[State, int]:
    """Nothing is wrong: whether somebody was heard since it was."""
    back_ms = _instant(desk, "line-back", hotline.pair(line, desk.context.party, party))
    if link is not None:
        back_ms = max(back_ms, link.since_ms)
    if back_ms < 0 and last_ms < 0:
        return State.UNKNOWN, -1
    return (State.UP if last_ms >= back_ms else State.BACK), back_ms


def _causes(desk: Desk, line: LineName, party: str, link: Link | None) -> Iterator[Cause]:
    ours = desk.context.party
    for author, other in ((ours, party), (party, ours)):
        yield from _reported(desk, line, author, other)
        newest = newest_check(desk, author, line, other)
        if newest is not None and not newest.paper.withdrawn:
            one = newest.of(other)
            if rules.missed(newest, one, desk.now_ms):
                since_ms = rules.missed_from_ms(newest, one)
                yield Cause("check", State.DEGRADED, author, since_ms, newest.ref)
    if link is not None and not link.up:
        yield Cause("link", State.OUT, ours, link.since_ms)


def _reported(desk: Desk, line: LineName, author: str, other: str) -> Iterator[Cause]:
    prefix = f"{line.value}|{author}|{other}|"
    for key, _ in desk.tx.records.scan("line-down", prefix):
        ref = key[len(prefix) :]
        report = rules.report_of(shelf.need(desk, ref).paper.content)
        state = State(report.state.value)
        yield Cause("report", state, author, report.since_ms, ref, report.fallback)


def newest_check(desk: Desk, author: str, line: LineName, party: str) -> PaperRecord | None:
    """The newest comms check of ``author`` to ``party`` on a line, or None."""
    mark = desk.tx.records.get("line-check", f"{author}|{line.value}|{party}")
    return None if mark is None else shelf.load(desk, mark.decode().partition("|")[2])


def _instant(desk: Desk, table: str, key: str) -> int:
    return int(desk.tx.records.get(table, key) or b"-1")


# Outages ---------------------------------------------------------------------------------------


def outages(desk: Desk, *, from_ms: int = 0) -> tuple[Outage, ...]:
    """All outages that lasted beyond ``from_ms``, by their beginning: those that either side
    reported and did not take back, and those of our links. Reads the whole journal."""
    found = [*_of_reports(desk), *_of_links(desk)]
    lasting = [one for one in found if one.until_ms == -1 or one.until_ms > from_ms]
    return tuple(sorted(lasting, key=lambda one: (one.from_ms, one.parties, one.line, one.ref)))


def _of_reports(desk: Desk) -> Iterator[Outage]:
    for record in reading.every(desk, LineReport.KIND):
        if record.paper.withdrawn:
            continue
        past = [rules.report_of(p.paper.content) for p in reading.history(desk, record.ref)]
        for report, until_ms in _spells(past):
            for party in record.paper.header.to:
                yield Outage(
                    report.line.value,
                    tuple(sorted((record.author, party))),
                    State(report.state.value),
                    record.author,
                    report.since_ms,
                    until_ms,
                    report.fallback,
                    record.ref,
                )


def _spells(past: Sequence[LineReport]) -> Iterator[tuple[LineReport, int]]:
    """The states of one report in which the line was not up, each with its end; a version that
    keeps the state only corrects the words before it."""
    kept: list[LineReport] = []
    for report in past:
        if kept and kept[-1].state is report.state:
            kept[-1] = report
        else:
            kept.append(report)
    for at, report in enumerate(kept):
        if report.state is not LineState.UP:
            following = kept[at + 1].since_ms if at + 1 < len(kept) else -1
            yield report, following


def _of_links(desk: Desk) -> Iterator[Outage]:
    down: dict[str, int] = {}
    ours = desk.context.party
    for _, line in desk.tx.records.scan("event"):
        if b'"link"' not in line:
            continue
        event = json.loads(line)
        if event["kind"] != "link":
            continue
        peer, at_ms = event["data"]["peer"], event["at_ms"]
        if not event["data"]["up"]:
            down.setdefault(peer, at_ms)
        elif peer in down:
            parties = tuple(sorted((ours, peer)))
            yield Outage("", parties, State.OUT, ours, down.pop(peer), at_ms)
    for peer, since_ms in down.items():
        yield Outage("", tuple(sorted((ours, peer))), State.OUT, ours, since_ms, -1)
