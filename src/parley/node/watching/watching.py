"""The watch as a service: drains the feeds, sweeps off the event loop, keeps what changed.

Feeds fill the intake; a beat sweeps as soon as something came, rests for ``beat_s`` or as long as
it took, and comes at least once in ``idle_s``. What changed becomes durable in one unit of work,
and only then does the stream tell it. A store that fails is tried again with the next beat; the
sweep goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from parley.errors import ConfigError, InputError, ParleyError
from parley.node import admit, standing, watchlog
from parley.node.desk import Desk
from parley.node.node import Node
from parley.node.watching import announcing, basis, kept, told
from parley.node.watching.blind import feed_findings
from parley.node.watching.inputs import Inputs, Line
from parley.node.watching.intake import FeedHealth, Intake
from parley.node.watching.quota import HeldBack, Quota
from parley.node.watching.scenes import scene_of
from parley.node.watching.settings import Settings
from parley.node.watching.shown import AlarmsShown
from parley.rules.findings import Finding, Kind, Level
from parley.watch.alarms.alarm import Acted, AlarmEvent
from parley.watch.alarms.book import AlarmBook, BookState
from parley.watch.changes import Change, Changed, changes
from parley.watch.pairs.candidates import Run
from parley.watch.report import Report
from parley.watch.scene import MovingHazard, Scene
from parley.watch.tracking.registration import Registration
from parley.watch.tracks import Tracks
from parley.watch.watch import Sweep, Watch

_log = structlog.get_logger("parley.watch")
OWED = 10_000
"""So many alarm events wait for a store that fails; then the oldest are dropped, and it is said."""
RENEW_MS = 10_000
RECORDED = frozenset({Kind.SHIELDING})
"""Recorded whatever their level: a geometry is evidence, not an alarm."""


@dataclass(frozen=True, slots=True)
class State:
    """What the watch shows now. findings: its own, feeds' silence included. sensors: how each is
    registered that could be compared with aircraft in common. rejected: reports that were
    refused, by name. swept: how many sweeps since the start, last_ms: the last, took_ms: how long
    it took. moving: the hazards that move with tracks, as the sweep saw them."""

    tracks: Tracks | None
    findings: tuple[Finding, ...]
    rejected: Mapping[str, int]
    swept: int
    last_ms: int
    took_ms: int
    sensors: tuple[Registration, ...] = ()
    moving: tuple[MovingHazard, ...] = ()


@dataclass(frozen=True, slots=True)
class _Looked:
    sweep: Sweep
    found: tuple[Finding, ...]
    changed: list[Changed]
    events: list[AlarmEvent]
    shown: AlarmsShown
    sensors: tuple[Registration, ...]
    rejected: Mapping[str, int]
    lines: list[Line]


class Watching:
    """See the module. ``run``: how the sweep's chunks are run (a thread pool's ``map``).

    Errors: ConfigError for a role our party does not have; InputError for an officer's act that
    cannot be; StorageError when nothing could be kept: then nothing was done either.
    """

    def __init__(self, node: Node, settings: Settings | None = None, *, run: Run = map) -> None:
        self.node = node
        self.settings = settings or Settings()
        self.intake = Intake()
        self.inputs = Inputs()
        roles = node.agreement.party(node.context.party).roles
        self.role = self.settings.role or roles[0]
        if self.role not in roles:
            raise ConfigError(
                f"{self.role!r} is no duty role of {node.context.party}",
                right=f"one of: {', '.join(roles)}",
            )
        self._run = run
        self._watch: Watch | None = None
        self._sweep: Sweep | None = None
        self._book: AlarmBook | None = None
        self._stood: Mapping[str, Finding] = {}
        self._theirs: list[Finding] = []
        self._looked_ms = -1
        self._told = (b"", b"", b"?")
        self._shown: AlarmsShown | None = None
        self._owed: list[AlarmEvent] = []
        self._announced = announcing.Announced()
        self._quota = Quota()
        self._grace_until_ms = 0
        self._swept, self._took_ms, self._began_ms = 0, 0, 0
        self._state = State(None, (), {}, 0, -1, 0)
        self._acting = asyncio.Lock()
        self._swept_bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # Life

    async def start(self) -> None:
        """Goes on where the last watch of this node stopped: its alarms stand as they stood."""
        scene = await self._read_scene()
        self._watch = Watch(scene, self.settings.sites, run=self._run)
        held = await self.node.look(lambda desk: kept.load(desk.tx))
        if held.damage:
            _log.error("alarm-book-damaged", error=held.damage)
            damage = {"error": held.damage}
            await self.node.keep(lambda desk: desk.event("alarm-book-damaged", damage))
        self._stood = held.findings
        self._began_ms = self.node.clock()
        self._grace_until_ms = self._began_ms + 1000 * scene.rules.ages.late_s
        self._book = AlarmBook.restore(
            scene.rules.alarms, held.book, settle_until_ms=self._grace_until_ms
        )
        self._shown = AlarmsShown.of(self._book, self.node.clock())
        self._task = asyncio.create_task(self._beats(), name="parley-watch")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self.inputs.close()

    async def _beats(self) -> None:
        beat_s, idle_s = self.settings.beat_s, self.settings.idle_s
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(idle_s):
                    await self.intake.wait()
            try:
                await self.beat()
            except ParleyError as error:
                _log.error("beat-failed", error=str(error))
            except Exception:  # noqa: BLE001 - a fault of ours may cost a beat, never the watch
                _log.exception("beat-broken")
            await asyncio.sleep(max(beat_s, self._took_ms / 1000))

    # The beat

    async def beat(self) -> Sweep:
        """One sweep now over all that came, and what follows from it. StorageError: nothing was
        kept; the next beat tries again."""
        async with self._acting:
            watch, book = self._need()
            try:
                await self._look(watch)
            except ParleyError as error:  # what we knew before is better than not to look at all
                _log.error("scene-unread", error=str(error))
            now_ms = self.node.clock()
            reports = self.intake.drain()
            began_s = asyncio.get_running_loop().time()
            looked = await asyncio.to_thread(self._swept_over, watch, book, reports, now_ms)
            self._took_ms = round(1000 * (asyncio.get_running_loop().time() - began_s))
            self._sweep, self._swept = looked.sweep, self._swept + 1
            self._shown, self._state = looked.shown, self._state_of(looked)
            bell, self._swept_bell = self._swept_bell, asyncio.Event()
            bell.set()
            self.inputs.send(looked.lines, watch.scene)
            self._owe(looked.events)
            changed = self._quota.admit(looked.changed, _recorded(looked.changed), now_ms)
            due, held = self._to_announce(looked.sweep), self._quota.to_say(now_ms)
            if changed or self._owed or due or held:
                await self._keep(book, changed, due, held)
        return looked.sweep

    def _swept_over(
        self, watch: Watch, book: AlarmBook, reports: list[Report], now_ms: int
    ) -> _Looked:
        """All of a beat that takes long, off the event loop; nobody else is at the book."""
        sweep = watch.step(reports, now_ms)
        party = self.node.context.party
        blind = feed_findings(self.intake.feeds(), self._began_ms, now_ms, party)
        found = (*sweep.findings, *blind)
        events = book.step((*self._theirs, *found), now_ms)
        shown = AlarmsShown.of(book, now_ms)
        sensors = watch.picture.registrations(now_ms)
        lines = self.inputs.lines(now_ms, reports, watch.scene, self.settings.sites)
        changed = self._changed(found, now_ms)
        return _Looked(sweep, found, changed, events, shown, sensors, watch.rejected(), lines)

    def _changed(self, found: Sequence[Finding], now_ms: int) -> list[Changed]:
        """What to tell. Shortly after the start nothing closes: its tracks may still come."""
        told = changes(self._stood, found)
        if now_ms >= self._grace_until_ms:
            return told
        return [one for one in told if one.change is not Change.CLOSED]

    async def _look(self, watch: Watch) -> None:
        """The scene and the node's own findings, if anything about them was written since we
        looked; the scene every ten seconds too, because time alone ends things."""
        now_ms = self.node.clock()
        aged = not 0 <= now_ms - self._looked_ms < RENEW_MS
        now = await self.node.look(_changes)
        if aged or now[:2] != self._told[:2]:
            scene = await self._read_scene()
            if scene != watch.scene:
                watch.see(scene)
            self._looked_ms = now_ms
        if now[2] != self._told[2]:
            self._theirs = await self.node.standing()
        self._told = now

    async def _read_scene(self) -> Scene:
        return await self.node.look(lambda desk: scene_of(desk, self.settings))

    def _owe(self, events: list[AlarmEvent]) -> None:
        self._owed.extend(events)
        if len(self._owed) > OWED:
            _log.error("alarm-events-dropped", count=len(self._owed) - OWED)
            del self._owed[:-OWED]

    def _to_announce(self, sweep: Sweep) -> list[Finding]:
        if not self.settings.announce:
            return []
        where = basis.Places(sweep.tracks, self.settings.air)
        return self._announced.due(sweep.findings, where, sweep.now_ms)

    async def _keep(
        self,
        book: AlarmBook,
        changed: list[Changed],
        due: Sequence[Finding] = (),
        held: HeldBack | None = None,
    ) -> None:
        owed = list(self._owed)
        state = book.snapshot()

        def written(desk: Desk) -> Mapping[str, announcing.Said | None]:
            if held is not None:
                desk.event("watch-held-back", held.as_json())
            return self._written(desk, changed, owed, state, due)

        said, now_ms = await self.node.keep(written), self.node.clock()
        self._announced.keep(said)
        self._quota.spend(changed, _recorded(changed), now_ms)
        if held is not None:
            self._quota.said(now_ms)
        del self._owed[: len(owed)]
        closed = {one.finding.key for one in changed if one.change is Change.CLOSED}
        stood = {key: f for key, f in self._stood.items() if key not in closed}
        self._stood = stood | {
            one.finding.key: one.finding for one in changed if one.change is not Change.CLOSED
        }

    def _written(
        self,
        desk: Desk,
        changed: list[Changed],
        owed: list[AlarmEvent],
        book: BookState,
        due: Sequence[Finding],
    ) -> Mapping[str, announcing.Said | None]:
        kept.keep_changes(desk, changed)
        kept.keep_alarms(desk, owed, book)
        if self._sweep is None:
            return {}
        tracks, air = self._sweep.tracks, self.settings.air
        recorded = [one for one in changed if _is_recorded(one.finding)]
        found = [basis.watched(one, tracks, air) for one in recorded]
        watchlog.record(desk, found, role=self.role)
        if not self.settings.announce:
            return {}
        return announcing.follow(desk, changed, due, basis.Places(tracks, air), role=self.role)

    # What people see

    def state(self) -> State:
        """As of the last beat."""
        return self._state

    def _state_of(self, looked: _Looked) -> State:
        sweep = looked.sweep
        return State(
            sweep.tracks,
            looked.found,
            looked.rejected,
            self._swept,
            sweep.now_ms,
            self._took_ms,
            looked.sensors,
            () if self._watch is None else self._watch.scene.moving,
        )

    def next_sweep(self) -> asyncio.Event:
        """Set when the sweep behind the one that ``state`` shows is there to see."""
        return self._swept_bell

    def alarms(self) -> AlarmsShown:
        """What stands, is shelved, is gathered in a flood, and the rates: as of the last beat or
        act."""
        if self._shown is None:
            raise _not_started()
        return self._shown

    def feeds(self) -> tuple[FeedHealth, ...]:
        return self.intake.feeds()

    # What people do

    async def acknowledge(self, key: str, role: str, *, seen_ms: int | None = None) -> Acted:
        """InputError: no such alarm, or one that rose since seen_ms (its ``told_ms`` as the
        officer saw it). If somebody did it before, it says who, and does nothing."""
        return await self._act(
            role, lambda book, ms: book.acknowledge(key, role, ms, seen_ms=seen_ms)
        )

    async def shelve(self, key: str, role: str, reason: str, until_ms: int) -> Acted:
        """InputError: no reason, too long, or a kind that nobody shelves."""
        return await self._act(role, lambda book, ms: book.shelve(key, role, reason, until_ms, ms))

    async def unshelve(self, key: str, role: str) -> Acted:
        return await self._act(role, lambda book, ms: book.unshelve(key, role, ms))

    async def claim(self, track: str, party: str, role: str) -> None:
        """``party`` answers for the track; "" takes it back. InputError."""
        await self.node.keep(lambda desk: told.claim(desk, track, party, role=role))

    async def bind(self, track: str, notice: str, role: str) -> None:
        """The track flies that notice; "" takes it back. InputError."""
        await self.node.keep(lambda desk: told.bind(desk, track, notice, role=role))

    async def keep_away(self, hazard: MovingHazard, role: str) -> MovingHazard:
        """Nobody near that track; the hazard with its ref. InputError."""
        return await self.node.keep(lambda desk: told.keep_away(desk, hazard, role=role))

    async def end_keep_away(self, ref: str, role: str) -> None:
        await self.node.keep(lambda desk: told.end_keep_away(desk, ref, role=role))

    async def scene(self) -> Scene:
        """What tracks are held against now."""
        return await self._read_scene()

    async def _act(self, role: str, act: Callable[[AlarmBook, int], Acted]) -> Acted:
        roles = self.node.agreement.party(self.node.context.party).roles
        if role not in roles:
            raise InputError(
                f"{role!r} is no duty role of {self.node.context.party}",
                right=f"one of: {', '.join(roles)}",
                where="role",
            )
        async with self._acting:
            watch, book = self._need()
            before, owed = book.snapshot(), len(self._owed)
            acted = act(book, self.node.clock())
            if acted.event is None:
                return acted
            self._owe([acted.event])
            try:
                await self._keep(book, [])
            except ParleyError:
                self._book = AlarmBook.restore(
                    watch.scene.rules.alarms, before, settle_until_ms=self._grace_until_ms
                )
                del self._owed[owed:]
                raise
            self._shown = AlarmsShown.of(book, self.node.clock())
            return acted

    # Where others read on

    async def cursor(self, name: str) -> int:
        """How far the reader ``name`` has come in the journal, 0 at first."""
        return await self.node.look(lambda desk: kept.cursor(desk.tx, name))

    async def move_cursor(self, name: str, seq: int) -> None:
        await self.node.keep(lambda desk: kept.move_cursor(desk, name, seq))

    def _need(self) -> tuple[Watch, AlarmBook]:
        if self._watch is None or self._book is None:
            raise _not_started()
        return self._watch, self._book


def _not_started() -> ConfigError:
    return ConfigError("the watch was not started", right="await watching.start()")


def _changes(desk: Desk) -> tuple[bytes, bytes, bytes]:
    """The counters of what a watch stands on: items, what officers told it, findings."""
    names = (admit.CHANGES, told.CHANGES, standing.CHANGES)
    items, said, found = (desk.tx.records.get("meta", name) or b"" for name in names)
    return items, said, found


def _recorded(changed: Sequence[Changed]) -> list[bool]:
    return [_is_recorded(one.finding) for one in changed]


def _is_recorded(finding: Finding) -> bool:
    return finding.level >= Level.WARNING or finding.kind in RECORDED
