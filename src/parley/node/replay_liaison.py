"""What followed a recorded night, played on the same nodes: papers at their times.

Like ``replay`` it owns no socket, no clock and no randomness, and decides nothing: what stands,
what falls due and what contradicts what is found by the nodes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from parley.node.liaison.views import Filed
from parley.node.node import Node
from parley.node.replay import Minute
from parley.node.views import JournalEvent
from parley.wire.liaison.liaison_scenario import (
    Amending,
    LateAct,
    LiaisonScenario,
    Posting,
    Replying,
    Withdrawing,
    resolved,
)
from parley.wire.scenario_values import ASSUMPTION, Account, Scenario

EACH = "each-its-own"
_EVENTS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Late:
    """One instant of the follow-up: what was done (None for a look without a word), as what it
    was filed, and each party's new journal events."""

    at_ms: int
    act: LateAct | None
    filed: Filed | None
    events: Mapping[str, tuple[JournalEvent, ...]]


def each_its_own(night: Scenario) -> Scenario:
    """The night with one more account, ``EACH``: every party sees the aircraft as it says itself,
    so that each log holds its own side's word and nobody else's."""
    parties = {party.id for party in night.agreement.parties}
    tracks = []
    for account in night.accounts.values():
        own = account.claimant if account.claimant in parties else ""
        for track in account.tracks:
            seen_by = tuple(p for p in track.seen_by if not own or p == own)
            if seen_by:
                tracks.append(replace(track, seen_by=seen_by))
    title = "All aircraft as each side says in its own log"
    account = Account(EACH, title, ASSUMPTION, tuple(tracks))
    return replace(night, accounts={**night.accounts, EACH: account})


def refs_of(minutes: Sequence[Minute]) -> dict[str, str]:
    """What was posted in the night, by act."""
    return {done.act.id: done.posted.ref for minute in minutes for done in minute.done}


async def replay_liaison(
    scenario: LiaisonScenario,
    refs: dict[str, str],
    nodes: Mapping[str, Node],
    set_now: Callable[[int], None],
    settle: Callable[[], Awaitable[None]],
) -> AsyncIterator[Late]:
    """Play the follow-up on nodes that have played the night; a Late for each act and each look.

    refs: of the night's acts, see ``refs_of``; those of the papers are added to it. set_now,
    settle: as in ``replay``. Raises what a node raises when an act is refused."""
    read = {party: await node.last_event() for party, node in nodes.items()}
    instants = [(act.at_ms, 0, n) for n, act in enumerate(scenario.acts)]
    instants += [(at_ms, 1, -1) for at_ms in scenario.looks_ms]
    for at_ms, _, n in sorted(instants):
        set_now(at_ms)
        for node in nodes.values():
            await node.tick()
        act = scenario.acts[n] if n >= 0 else None
        filed = None
        if act is not None:
            filed = await _act(scenario, act, refs, nodes[act.by])
            if isinstance(act.deed, Posting):
                refs[act.id] = filed.ref
            await settle()
        yield Late(at_ms, act, filed, {p: await _news(nodes[p], read, p) for p in nodes})


async def _act(
    scenario: LiaisonScenario, act: LateAct, refs: Mapping[str, str], node: Node
) -> Filed:
    deed, role, person = act.deed, act.role, act.person
    about = resolved(list(act.about), refs, act.id)
    if isinstance(deed, Posting):
        return await node.post_paper(
            scenario.content(act, refs),
            role=role,
            to=act.to,
            marking=act.marking,
            about=about,
            person=person,
        )
    ref = refs[deed.on]
    if isinstance(deed, Amending):
        return await node.amend_paper(
            ref,
            scenario.content(act, refs),
            role=role,
            marking=act.marking,
            about=about or None,
            person=person,
        )
    if isinstance(deed, Withdrawing):
        return await node.withdraw_paper(ref, role=role, person=person)
    assert isinstance(deed, Replying)
    return await node.reply(ref, deed.rung, role=role, person=person, text=act.text)


async def _news(node: Node, read: dict[str, int], party: str) -> tuple[JournalEvent, ...]:
    found: list[JournalEvent] = []
    while True:
        some = await node.events(read[party], _EVENTS_AT_ONCE)
        if not some:
            return tuple(found)
        found.extend(some)
        read[party] = some[-1].seq
