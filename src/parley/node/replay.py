"""A scenario played on nodes: what is seen and said, minute by minute, by a clock set from here.

Pure but for the nodes: it owns no socket, no clock and no randomness. Same scenario, same run,
same statements. Replay is no second engine: nodes find what they always find.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from parley.errors import IntegrityError
from parley.node.node import Node
from parley.node.views import JournalEvent, Posted
from parley.rules.acknowledgement import expected_read_back
from parley.rules.statements import Draft, Header, Notice, Observation, ReadBack, Rung, Use
from parley.space import Band, Position
from parley.wire.scenario_values import (
    ASSUMPTION,
    Act,
    Answering,
    Calling,
    Claim,
    Protecting,
    Reporting,
    Scenario,
    Stepping,
    Track,
    TrackPoint,
)

MINUTE_MS = 60_000
_EVENTS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Run:
    """Whose tracks, which script, and how long before its start the notice comes.

    lead_s: None as the script has it.
    """

    account: str
    script: str
    lead_s: int | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One position of one track, as ``party`` sees it; source names claimant and facts."""

    party: str
    track: str
    label: str
    owner: str
    position: Position
    band: Band | None
    uncertainty_m: int
    emergency: bool
    source: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant at which something is seen, is said, or may fall due."""

    at_ms: int
    seen: tuple[Sighting, ...]
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """An act and what its author's node answered."""

    act: Act
    posted: Posted


@dataclass(frozen=True, slots=True)
class Minute:
    """One simulated minute, from at_ms: what was done, and each party's new journal events."""

    at_ms: int
    done: tuple[Done, ...]
    events: Mapping[str, tuple[JournalEvent, ...]]


def timeline(scenario: Scenario, run: Run) -> tuple[Moment, ...]:
    """Every whole minute of the scenario's span, and every instant of an act or of a published
    position, in order. InputError: no such account or script."""
    acts = acts_of(scenario, run)
    tracks = (*scenario.tracks, *scenario.account(run.account).tracks)
    start_ms = min([scenario.span.start_ms, *(a.at_ms for a in acts)])
    first = start_ms - start_ms % MINUTE_MS
    instants = {*range(first, scenario.span.end_ms + 1, MINUTE_MS), *(a.at_ms for a in acts)}
    for track in tracks:
        instants.update(p.at_ms for p in track.points if scenario.span.contains(p.at_ms))
    return tuple(
        Moment(
            at_ms,
            tuple(s for t in tracks for s in sightings(scenario, t, at_ms)),
            tuple(a for a in acts if a.at_ms == at_ms),
        )
        for at_ms in sorted(instants)
    )


def acts_of(scenario: Scenario, run: Run) -> tuple[Act, ...]:
    """The acts in the order of their times; with lead_s the script's notice, and the answers to
    it, are moved so that it comes lead_s before its activity begins, on the word of whoever
    claims that lead time (the account's variant), else as an assumption."""
    script = scenario.script(run.script)
    if run.lead_s is None or not script.lead_of:
        return script.acts
    notice = next(a for a in script.acts if a.id == script.lead_of)
    assert isinstance(notice.deed, Draft)
    moved_ms = activity_start_ms(notice.deed) - 1000 * run.lead_s - notice.at_ms
    if not moved_ms:
        return script.acts
    claims = [v.claim for v in scenario.variants_of(run.account) if v.lead_s == run.lead_s]
    claim = claims[0] if claims else Claim(ASSUMPTION, reason="a lead time of a sweep")
    acts = [
        replace(a, at_ms=a.at_ms + moved_ms, claim=claim)
        if a is notice or (isinstance(a.deed, Answering) and a.deed.on == notice.id)
        else a
        for a in script.acts
    ]
    return tuple(sorted(acts, key=lambda a: a.at_ms))


def activity_start_ms(draft: Draft) -> int:
    """When the declared activity begins (or the first of all volumes, if none is one)."""
    activity = [v.volume.span.start_ms for v in draft.volumes if v.use is Use.ACTIVITY]
    return min(activity or [v.volume.span.start_ms for v in draft.volumes])


def sightings(scenario: Scenario, track: Track, at_ms: int) -> list[Sighting]:
    """Where the track is at ``at_ms``, once for each party that sees it; nothing outside its
    points, and nothing between them unless the track is linear."""
    before = [p for p in track.points if p.at_ms <= at_ms]
    after = [p for p in track.points if p.at_ms >= at_ms]
    if not before or not after:
        return []
    a, b = before[-1], after[0]
    if a is not b and not track.linear:
        return []
    done, whole = at_ms - a.at_ms, max(1, b.at_ms - a.at_ms)
    position = Position.from_e7(
        lat_e7=_between(a.position.lat_e7, b.position.lat_e7, done, whole),
        lon_e7=_between(a.position.lon_e7, b.position.lon_e7, done, whole),
    )
    return [
        Sighting(
            party,
            track.name,
            track.label,
            track.owner,
            position,
            _hull(a, b),
            _between(a.uncertainty_m, b.uncertainty_m, done, whole),
            a.emergency,
            _source(scenario, a, b),
        )
        for party in track.seen_by
    ]


async def replay(
    scenario: Scenario,
    run: Run,
    nodes: Mapping[str, Node],
    set_now: Callable[[int], None],
    settle: Callable[[], Awaitable[None]],
) -> AsyncIterator[Minute]:
    """Play ``run`` on started nodes, one for each party of the agreement; a Minute each minute.

    set_now: sets the clock that the nodes read. settle: returns when what was said has reached
    everybody (``carried`` where there are no couriers). The consumer sets the pace.
    Raises what a node raises when an act is refused.
    """
    stage = _Stage(scenario, nodes, settle)
    moments = timeline(scenario, run)
    set_now(moments[0].at_ms)
    await stage.skip()
    for n, moment in enumerate(moments):
        set_now(moment.at_ms)
        await stage.play(moment)
        following = moments[n + 1].at_ms if n + 1 < len(moments) else None
        if following is None or following // MINUTE_MS != moment.at_ms // MINUTE_MS:
            yield await stage.minute(moment.at_ms - moment.at_ms % MINUTE_MS)


async def carried(nodes: Mapping[str, Node]) -> None:
    """Carry every parcel between these nodes until none is left: a courier without a socket."""
    moved = True
    while moved:
        moved = False
        for party, sender in nodes.items():
            for peer in sender.context.others:
                if peer in nodes:
                    moved |= await _carry(sender, peer, nodes[peer], party)


async def _carry(sender: Node, peer: str, receiver: Node, party: str) -> bool:
    parcels = await sender.parcels(peer)
    outcomes = await receiver.receive([p.note for p in parcels])
    for parcel, outcome in zip(parcels, outcomes, strict=True):
        if outcome.receipt is not None:
            await sender.delivered(peer, parcel, outcome.receipt)
        else:
            await sender.refused(peer, parcel, str(outcome.refused))
    return bool(parcels)


class _Stage:
    """The nodes, what each act was posted as, and how far each journal was read."""

    def __init__(
        self,
        scenario: Scenario,
        nodes: Mapping[str, Node],
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        self.nodes = nodes
        self.settle = settle
        self.roles = {p.id: p.roles[0] for p in scenario.agreement.parties}
        self.refs: dict[str, str] = {}
        self.read: dict[str, int] = dict.fromkeys(nodes, 0)
        self.done: list[Done] = []

    async def skip(self) -> None:
        """What stands in the journals before the replay is no part of it."""
        for party, node in self.nodes.items():
            self.read[party] = await node.last_event()

    async def play(self, moment: Moment) -> None:
        """What is said comes first: the next sweep then holds the tracks against it."""
        for act in moment.acts:
            posted = await self.act(act)
            self.refs[act.id] = posted.ref
            self.done.append(Done(act, posted))
            await self.settle()
        for party, node in self.nodes.items():
            seen = [
                self.observation(s, node, moment.at_ms) for s in moment.seen if s.party == party
            ]
            if seen:
                await node.observe(seen)
            await node.tick()

    async def minute(self, at_ms: int) -> Minute:
        events = {party: await self.news(party) for party in self.nodes}
        done, self.done = tuple(self.done), []
        return Minute(at_ms, done, events)

    async def news(self, party: str) -> tuple[JournalEvent, ...]:
        found: list[JournalEvent] = []
        while True:
            some = await self.nodes[party].events(self.read[party], _EVENTS_AT_ONCE)
            if not some:
                return tuple(found)
            found.extend(some)
            self.read[party] = some[-1].seq

    def observation(self, seen: Sighting, node: Node, at_ms: int) -> Observation:
        context = node.context
        header = Header(context.party, self.roles[seen.party], at_ms, (), node.agreement_ref)
        return Observation(
            header,
            seen.track,
            seen.owner,
            at_ms,
            seen.position,
            seen.band,
            seen.uncertainty_m,
            seen.source,
            seen.emergency,
            seen.label,
        )

    async def act(self, act: Act) -> Posted:
        node, role, deed = self.nodes[act.by], act.role, act.deed
        if isinstance(deed, Protecting):
            return await node.protect(deed.label, deed.volume, role=role)
        if isinstance(deed, Draft):
            return await node.post_notice(replace(deed, text=act.text), role=role)
        if isinstance(deed, Answering):
            ref = self.refs[deed.on]
            back = await _read_back(node, ref) if deed.rung is Rung.READ_BACK else None
            return await node.answer(ref, deed.rung, role=role, read_back=back, text=act.text)
        if isinstance(deed, Stepping):
            return await node.step(self.refs[deed.on], deed.step, role=role, text=act.text)
        if isinstance(deed, Reporting):
            return await node.report(
                role=role,
                third_party=deed.third_party,
                phase=deed.phase,
                area=deed.area,
                since_ms=deed.since_ms,
                text=act.text,
            )
        return await self.distress(deed, act)

    async def distress(self, deed: Calling, act: Act) -> Posted:
        return await self.nodes[act.by].distress(
            role=act.role,
            subject=deed.subject,
            since_ms=deed.since_ms,
            position=deed.position,
            uncertainty_m=deed.uncertainty_m,
            text=act.text,
        )


async def _read_back(node: Node, ref: str) -> ReadBack:
    """What a receiver who reads carefully repeats."""
    content = (await node.item(ref)).content
    if not isinstance(content, Notice):
        raise IntegrityError(f"{ref} is read back and is no notice", right="a notice")
    return expected_read_back(content)


def _between(a: int, b: int, done: int, whole: int) -> int:
    return a + (b - a) * done // whole


def _hull(a: TrackPoint, b: TrackPoint) -> Band | None:
    if a.band is None or b.band is None:
        return None
    return Band(min(a.band.floor, b.band.floor), max(a.band.ceiling, b.band.ceiling))


def _source(scenario: Scenario, a: TrackPoint, b: TrackPoint) -> str:
    """Whose word a position rests on: one line, at most 200 characters."""
    points: Sequence[TrackPoint] = (a,) if a is b else (a, b)
    said = [f"{_name(scenario, p.claim.claimant)} {p.fact}".strip() for p in points]
    between = "; straight between them: assumption" if len(points) > 1 else ""
    return f"{', '.join(dict.fromkeys(said))}{between}"[:200]


def _name(scenario: Scenario, claimant: str) -> str:
    return ASSUMPTION if claimant == ASSUMPTION else scenario.claimants[claimant]
