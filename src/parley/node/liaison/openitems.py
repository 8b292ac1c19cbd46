"""Everything that is open at this node: what a person on watch hands over and cannot leave out.

Composed from the store, and from what stands beside it (``Outside``). A list that is longer than
``MOST`` ends in a line that counts the rest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from parley.liaison.handover.contents import ComingLine, OpenLine, Urgency
from parley.liaison.handover.rules import MORE
from parley.liaison.hotline.contents import LineState
from parley.node import itemlists, standing
from parley.node.desk import Desk
from parley.node.liaison import hotline_lines
from parley.node.liaison.duties import item_of
from parley.node.liaison.hotline_checks import CheckSettings
from parley.node.liaison.openpapers import paper_lines
from parley.node.proofs.faults import Found, Suspicion
from parley.node.views import Alarm as NodeAlarm
from parley.node.views import Link
from parley.rules.acknowledgement import ANSWERED, next_due, timers_for
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, bare
from parley.rules.item import ItemRecord, state_at
from parley.rules.lifecycle import State
from parley.rules.statements import Distress, Notice, Stop
from parley.watch.alarms.alarm import Alarm
from parley.watch.alarms.states import State as Alarmed
from parley.watch.alarms.table import Priority, priority_of
from parley.watch.scene import MovingHazard
from parley.wire.instants import format_instant
from parley.wire.words import describe, describe_record

MOST = 2_000
_LEVELS = {
    Priority.CRITICAL: Urgency.URGENT,
    Priority.HIGH: Urgency.WARNING,
    Priority.MEDIUM: Urgency.ADVISORY,
    Priority.LOW: Urgency.ROUTINE,
}
_LOUD = frozenset({Priority.CRITICAL, Priority.HIGH})
_UNSEEN = frozenset({Alarmed.UNACKNOWLEDGED, Alarmed.RETURNED})
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_REF = re.compile(r"[a-z][a-z-]{0,30}:[^|]{1,128}")


@dataclass(frozen=True, slots=True)
class Outside:
    """What stands beside the store. alarms: standing, shelved and suppressed; None where nothing
    watches. drafts: what waits for its release. checks: when lines are asked; None: by nobody."""

    alarms: Sequence[Alarm] | None = None
    links: Sequence[Link] = ()
    node_alarms: Sequence[NodeAlarm] = ()
    exhibits: Sequence[Found] = ()
    suspicions: Sequence[Suspicion] = ()
    drafts: Sequence[OpenLine] = ()
    moving: Sequence[MovingHazard] = ()
    checks: CheckSettings | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """One open line with what a screen needs besides. key: of an alarm, else "". about: refs.
    due_ms: by when, -1 without a time. blocking: nobody leaves while it is so."""

    line: OpenLine
    key: str = ""
    about: tuple[str, ...] = ()
    due_ms: int = -1
    blocking: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is open, what blocks first, then the most urgent; and what comes up to
    ``until_ms``."""

    open: tuple[Open, ...]
    coming: tuple[ComingLine, ...] = field(default=())

    @property
    def lines(self) -> tuple[OpenLine, ...]:
        return tuple(one.line for one in self.open)

    @property
    def blocking(self) -> tuple[Open, ...]:
        return tuple(one for one in self.open if one.blocking)


def open_now(desk: Desk, outside: Outside) -> tuple[Open, ...]:
    """Everything that is open at the instant of the desk."""
    found = [
        *_alarms(desk, outside.alarms),
        *_items(desk),
        *(_of_paper(*one) for one in paper_lines(desk, MOST)),
        *(Open(line) for line in outside.drafts),
        *_lines(desk, outside.links),
        *_proofs(outside),
    ]
    each = {(one.line.kind, one.line.ref): one for one in found}
    return tuple(sorted(each.values(), key=_urgency))


_RANK = {level: n for n, level in enumerate(Urgency)}


def _urgency(one: Open) -> tuple[bool, int, int, str, str]:
    due_ms = one.due_ms if one.due_ms >= 0 else 2**60
    return not one.blocking, _RANK[one.line.level], due_ms, one.line.kind, one.line.ref


def one_line(text: str, most: int = 200) -> str:
    """Text as a line of a paper takes it: no control sign and no sign that reorders."""
    plain = " ".join(_HIDDEN.sub(" ", text).split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def ref_for(kind: str, key: str) -> str:
    """A ref for what has a key of any length and any signs."""
    return f"{kind}:{hashlib.sha256(key.encode()).hexdigest()[:24]}"


def zulu(ms: int) -> str:
    return format_instant(ms)


# Alarms and findings ---------------------------------------------------------------------------


def _alarms(desk: Desk, alarms: Sequence[Alarm] | None) -> Iterator[Open]:
    if alarms is None:
        yield from _findings(desk)
        return
    for alarm in alarms[:MOST]:
        line = OpenLine(
            "alarm",
            ref_for("alarm", alarm.key),
            one_line(describe(alarm.finding)),
            _LEVELS[alarm.priority],
            one_line(_state_of(alarm)),
        )
        blocking = alarm.priority in _LOUD and alarm.state in _UNSEEN
        yield Open(line, alarm.key, _about(alarm.finding), blocking=blocking)
    yield from _rest("alarm", len(alarms) - MOST)


def _state_of(alarm: Alarm) -> str:
    if alarm.shelf is not None and alarm.state is Alarmed.SHELVED:
        shelf = alarm.shelf
        return f"shelved until {zulu(shelf.until_ms)} by {shelf.by}: {shelf.reason}"
    if alarm.acknowledged is not None and alarm.state is Alarmed.ACKNOWLEDGED:
        return f"acknowledged by {alarm.acknowledged.by}"
    return str(alarm.state.value)


def _findings(desk: Desk) -> Iterator[Open]:
    """Where nothing watches there is no alarm to acknowledge: what stands is told."""
    count = 0
    for _, finding in standing.page(desk.tx, "", -1):
        priority = priority_of(finding)
        if priority is None:
            continue
        count += 1
        if count <= MOST:
            words = one_line(describe(finding))
            ref = ref_for("finding", finding.key)
            line = OpenLine("finding", ref, words, _LEVELS[priority], "stands")
            yield Open(line, about=_about(finding))
    yield from _rest("finding", count - MOST)


def _about(finding: Finding) -> tuple[str, ...]:
    refs = (bare(ref) for ref in finding.refs)
    return tuple(ref for ref in refs if _REF.fullmatch(ref) and not _HIDDEN.search(ref))


def _rest(kind: str, count: int) -> Iterator[Open]:
    if count > 0:
        words = f"and {count} more of kind {kind}"
        yield Open(OpenLine(MORE, f"{MORE}:{kind}", words, Urgency.WARNING, "open"))


# Items -----------------------------------------------------------------------------------------


def open_records(desk: Desk) -> Iterator[ItemRecord]:
    """Items that still concern somebody, in the order of their refs, ``MOST`` at most."""
    for ref, _ in list(desk.tx.records.scan(itemlists.OPEN_ITEMS, limit=MOST)):
        record = item_of(desk, ref)
        if record is not None:
            yield record


def _items(desk: Desk) -> Iterator[Open]:
    for record in open_records(desk):
        yield from _of_item(desk, record)
    yield from _rest("item", desk.tx.records.count(itemlists.OPEN_ITEMS) - MOST)


def owed(agreement: Agreement, record: ItemRecord) -> Iterator[tuple[str, str, int]]:
    """Who owes which rung on an item, and until when (closed)."""
    notice = record.content if isinstance(record.content, Notice) else None
    timers, needs_read_back = timers_for(agreement, notice)
    told_ms = record.content.header.at_ms
    for one in record.standings:
        due = next_due(one, timers, told_ms, needs_read_back=needs_read_back)
        if one.rung not in ANSWERED and due is not None:
            yield one.party, due.rung.value, due.due_ms


def _of_item(desk: Desk, record: ItemRecord) -> Iterator[Open]:
    ours, content = desk.context.party, record.content
    urgent = isinstance(content, Stop | Distress)
    words = one_line(describe_record(record))
    debts = list(owed(desk.agreement_of(content.header.agreement), record))
    if record.author != ours:
        for party, rung, due_ms in debts:
            if party == ours:
                level = _level(urgent, due_ms < desk.now_ms)
                line = OpenLine("answer-owed", record.ref, words, level, f"we owe: {rung}")
                yield Open(line, about=(record.ref,), due_ms=due_ms, blocking=urgent)
    elif debts:
        first_ms = min(due_ms for _, _, due_ms in debts)
        who = one_line(", ".join(f"{party}: {rung}" for party, rung, _ in debts))
        level = _level(urgent, first_ms < desk.now_ms)
        line = OpenLine("answer-awaited", record.ref, words, level, who)
        yield Open(line, about=(record.ref,), due_ms=first_ms)
    if isinstance(content, Notice):
        if record.author == ours and state_at(record, desk.now_ms) is State.ACTIVE:
            line = OpenLine("notice-active", record.ref, words, Urgency.ADVISORY, "no all-clear")
            yield Open(line, about=(record.ref,), due_ms=content.end_ms)
    else:
        level = Urgency.URGENT if urgent else Urgency.WARNING
        yield Open(OpenLine("in-force", record.ref, words, level, "in force"), about=(record.ref,))


def _level(urgent: bool, late: bool) -> Urgency:
    if urgent:
        return Urgency.URGENT
    return Urgency.WARNING if late else Urgency.ADVISORY


# Papers, lines, proofs ---------------------------------------------------------------------------


def _of_paper(line: OpenLine, due_ms: int, blocking: bool) -> Open:
    return Open(line, about=(line.ref,), due_ms=due_ms, blocking=blocking)


def _lines(desk: Desk, links: Sequence[Link]) -> Iterator[Open]:
    for link in links:
        if not link.up:
            words = one_line(f"the link to {link.peer} is down: {link.error or 'no sign of life'}")
            state = f"down since {zulu(link.since_ms)}; {link.pending} notes wait"
            yield Open(OpenLine("link-down", f"party:{link.peer}", words, Urgency.WARNING, state))
    for view in hotline_lines.lines(desk, links):
        if view.state in (hotline_lines.State.DEGRADED, hotline_lines.State.OUT):
            out = view.state.value == LineState.OUT.value
            words = one_line(
                f"the {view.line.value} line to {view.party} is {view.state.value};"
                f" instead: {view.fallback or 'nothing is named'}"
            )
            level = Urgency.WARNING if out else Urgency.ADVISORY
            state = f"{view.state.value} since {zulu(view.since_ms)}" if view.since_ms >= 0 else ""
            ref = f"line:{view.line.value}.{view.party}"
            yield Open(OpenLine("line", ref, words, level, state or view.state.value))


def _proofs(outside: Outside) -> Iterator[Open]:
    for found in outside.exhibits[:MOST]:
        words = one_line(f"exhibit against {found.accused}: {found.what}")
        ref = ref_for("exhibit", found.key)
        yield Open(OpenLine("exhibit", ref, words, Urgency.WARNING, "new in this shift"))
    for one in outside.suspicions[:MOST]:
        words = one_line(f"{one.party} is suspected: {one.what}")
        ref = ref_for("suspicion", f"{one.party}|{one.kind}|{one.about}")
        state = f"since {zulu(one.since_ms)}"
        yield Open(OpenLine("suspicion", ref, words, Urgency.ADVISORY, state))
    for alarm in outside.node_alarms:
        told = ", ".join(f"{name} {value}" for name, value in sorted(alarm.data.items()))
        words = one_line(f"{alarm.kind}: {told}")
        ref = f"node-alarm:{alarm.number}"
        yield Open(OpenLine("node-alarm", ref, words, Urgency.URGENT, "no store has it"))


def named(lines: Iterable[Open]) -> str:
    """Some of them, for a sentence."""
    some = [one.line.ref for one in lines]
    return ", ".join(some[:4]) + (f" and {len(some) - 4} more" if len(some) > 4 else "")
