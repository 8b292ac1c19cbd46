"""What is refused to an officer, in words that say what would be right, and what no book can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from parley.errors import InputError
from parley.watch.alarms.alarm import Alarm, Shelf
from parley.watch.alarms.states import State
from parley.watch.alarms.table import SAFETY, TABLE, may_be_quieted, priority_of

MAX_REASON = 500
MAX_ROLE = 64


def check_role(by_role: str) -> None:
    if not by_role.strip() or len(by_role) > MAX_ROLE or not by_role.isprintable():
        raise InputError(
            f"{by_role[:MAX_ROLE]!r} is no duty role",
            right=f"a duty role of 1 to {MAX_ROLE} characters",
            where="by_role",
        )


def check_seen(alarm: Alarm, by_role: str, seen_ms: int | None) -> None:
    """Nobody acknowledges what he has not seen: an alarm that was raised again meanwhile."""
    if seen_ms is not None and seen_ms < alarm.told_ms:
        raise InputError(
            f"{alarm.key} was raised again {seconds(alarm.told_ms - seen_ms)} behind what was seen",
            right="an acknowledgement of the alarm as it is now",
            where="seen_ms",
            at_fault=by_role,
        )


def check_shelf(alarm: Alarm, by_role: str, reason: str, for_ms: int, max_shelf_s: int) -> None:
    """for_ms: how long it would be shelved."""
    if alarm.finding.kind in SAFETY:
        raise InputError(
            f"{alarm.finding.kind.value} is never shelved",
            right="acknowledge it and do what it asks",
            where="key",
            at_fault=by_role,
        )
    if not reason or len(reason) > MAX_REASON or not reason.isprintable():
        raise InputError(
            f"the reason has {len(reason)} characters" if reason else "no reason is given",
            right=f"one line of 1 to {MAX_REASON} characters: why it needs no response now",
            where="reason",
            at_fault=by_role,
        )
    if not 0 < for_ms <= 1000 * max_shelf_s:
        raise InputError(
            f"the shelf would end {seconds(for_ms)} from now",
            right=f"an end within {max_shelf_s} s from now",
            where="until_ms",
            at_fault=by_role,
        )


def shelved_already(alarm: Alarm, shelf: Shelf, by_role: str, now_ms: int) -> InputError:
    return InputError(
        f"{alarm.key} is shelved by {shelf.by} for another"
        f" {seconds(shelf.until_ms - now_ms)}: {shelf.reason}",
        right="leave it, or unshelve it first",
        where="key",
        at_fault=by_role,
    )


def unknown(key: str, by_role: str) -> InputError:
    return InputError(
        f"there is no alarm {key[:200]!r}",
        right="the key of an alarm that stands or is shelved",
        where="key",
        at_fault=by_role,
    )


def check_alarms(alarms: Iterable[Alarm], *, flood: bool) -> None:
    """InputError for alarms that no book can hold together; flood: whether one goes on."""
    keys: set[str] = set()
    for alarm in alarms:
        wrong = _wrong(alarm, flood=flood)
        if alarm.key in keys:
            wrong = "it stands twice"
        keys.add(alarm.key)
        if wrong:
            raise InputError(
                wrong,
                right="a state that an alarm book wrote",
                where=f"alarms[{alarm.key[:200]}]",
                at_fault="the author of the alarm book",
            )


def _wrong(alarm: Alarm, *, flood: bool) -> str:
    state, kind = alarm.state, alarm.finding.kind
    shut = state in {State.SHELVED, State.SUPPRESSED}
    over = state in {State.NORMAL, State.RETURNED, State.LATCHED}
    gathers = flood and may_be_quieted(kind, alarm.peak)
    seen = state in {State.ACKNOWLEDGED, State.LATCHED}
    for is_so, wrong in (
        (shut and kind in SAFETY, f"{kind.value} is never {state.value}"),
        ((state is State.SHELVED) != (alarm.shelf is not None), "a shelf is for shelved alarms"),
        (seen and alarm.acknowledged is None, f"{state.value}, and nobody acknowledged it"),
        (over and alarm.active, f"{state.value}, and its condition holds"),
        (alarm.flood and not gathers, "gathered, and no flood gathers it"),
        (alarm.peak not in TABLE[kind].priorities, f"{alarm.peak.name.lower()} is no alarm"),
    ):
        if is_so:
            return wrong
    return ""


def by_table(alarm: Alarm) -> Alarm | None:
    """With the priority of today's table; None if that calls it an event."""
    priority = priority_of(alarm.finding)
    return None if priority is None else replace(alarm, priority=priority)


def seconds(ms: int) -> str:
    return f"{ms / 1000:.0f} s"
