"""What one TAK connection is to be told: what stands, and each line of the journal, as events.

Everything passes the release rule (``wire.cot_release``) here and nowhere else. Invariant: what
it remembers is bounded by what stands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from parley.feeds.tak.view import TakView
from parley.node.codec import finding_of
from parley.node.views import JournalEvent
from parley.rules.findings import Finding, Kind, Level, bare
from parley.rules.item import ItemRecord
from parley.rules.statements import Distress, Item, Nonconformance, Notice, Report, Stop
from parley.space import Position
from parley.watch.tracks import Tracks
from parley.wire.cot.areas import astray_events, hazard_events, notice_events
from parley.wire.cot.event import CotEvent
from parley.wire.cot.out import CotVoice, Said, said_of
from parley.wire.cot.release import (
    ALERTS,
    HAZARDS,
    NOTICES,
    TakRelease,
    finding_released,
    item_released,
    safety_subset_only,
    track_released,
)
from parley.wire.cot.safety import safety_events
from parley.wire.words import describe, describe_record

_OPENED = frozenset({"finding-opened", "finding-changed", "watch-opened", "watch-changed"})
_CLOSED = frozenset({"finding-closed", "watch-closed"})
_TOLD_AS_ITEMS = frozenset({Kind.STOP, Kind.DISTRESS})
_FIRST = (Stop, Distress)


class TakBoard:
    """See the module. One for each connection: it knows what this server was shown."""

    def __init__(
        self,
        voice: CotVoice,
        release: TakRelease,
        view: TakView,
        clock_ms: Callable[[], int],
        *,
        level: Level = Level.WARNING,
    ) -> None:
        self._voice = voice
        self._to = release
        self._view = view
        self._clock = clock_ms
        self._level = level
        self._drawn: dict[str, frozenset[str]] = {}
        self._versions: dict[str, tuple[int, bool]] = {}
        self._alerted: set[str] = set()
        self._urgent: dict[str, ItemRecord] = {}
        self._floated: dict[str, tuple[int, bool]] = {}

    def urgent(self) -> list[CotEvent]:
        """STOP and DISTRESS that stand, once more."""
        return [event for record in self._urgent.values() for event in self._spoken(record)]

    async def standing(self) -> AsyncIterator[CotEvent]:
        """All that stands now: STOP and DISTRESS, then alerts, then notices and hazards."""
        self._versions.clear()
        self._alerted.clear()
        self._urgent.clear()
        self._floated.clear()
        async for record in self._view.items():
            if isinstance(record.content, _FIRST) and not record.closed:
                for event in self._of_record(record):
                    yield event
        for finding in await self._view.findings():
            for event in await self._of_finding(finding):
                yield event
        async for record in self._view.items():
            if not isinstance(record.content, _FIRST) and not record.closed:
                for event in self._of_record(record):
                    yield event

    def afloat(self) -> list[CotEvent]:
        """STOP and DISTRESS, or that they are over, as they float and were not told: reads no
        store. The journal tells them later, when the log has them: then they are not news."""
        events: list[CotEvent] = []
        for record in self._view.afloat():
            mark = (record.content.version, record.closed)
            if mark not in (self._floated.get(record.ref), self._versions.get(record.ref)):
                events += self._of_record(record)
            self._floated[record.ref] = mark
        return events

    def landed(self) -> None:
        """The journal is told as far as it goes: what floats no longer is forgotten."""
        refs = {record.ref for record in self._view.afloat()}
        self._floated = {ref: mark for ref, mark in self._floated.items() if ref in refs}

    async def news(self, line: JournalEvent, *, replay: bool = False) -> Sequence[CotEvent]:
        """What one line of the journal tells. replay: it was written before ``standing`` was
        asked: what still stands was told there."""
        if line.kind == "item":
            return await self._item_news(str(line.data.get("ref", "")), replay)
        if line.kind not in _OPENED | _CLOSED:
            return ()
        finding = finding_of(dict(line.data))
        if replay and finding.key in self._alerted:
            return ()
        if line.kind in _OPENED:
            return await self._of_finding(finding)
        return await self._finding_over(finding)

    def tracks(self) -> Tracks | None:
        """The picture, if tracks are released here."""
        return self._view.tracks() if track_released(self._to) else None

    # Items

    async def _item_news(self, ref: str, replay: bool) -> Sequence[CotEvent]:
        record = await self._view.item(ref)
        if record is None or (replay and not record.closed):
            return ()
        mark = (record.content.version, record.closed)
        if mark in (self._versions.get(ref), self._floated.get(ref)):
            return ()
        return self._of_record(record)

    def _of_record(self, record: ItemRecord) -> list[CotEvent]:
        content, now_ms, voice = record.content, self._clock(), self._voice
        if record.closed:
            self._versions.pop(record.ref, None)
            self._urgent.pop(record.ref, None)
        else:
            self._versions[record.ref] = (content.version, record.closed)
        if isinstance(content, _FIRST):
            if not record.closed:
                self._urgent[record.ref] = record
            return self._spoken(record)
        events = self._drawing(record, now_ms)
        if isinstance(content, Nonconformance) and item_released(self._to, ALERTS, content):
            said = _said_of_record(record)
            events += (voice.alert_over if record.closed else voice.alert)(said, now_ms)
        return events

    def _spoken(self, record: ItemRecord) -> list[CotEvent]:
        content, now_ms, voice = record.content, self._clock(), self._voice
        if isinstance(content, Stop):
            return (voice.stop_over if record.closed else voice.stop)(content, now_ms)
        if isinstance(content, Distress):
            return (voice.distress_over if record.closed else voice.distress)(content, now_ms)
        return []

    def _drawing(self, record: ItemRecord, now_ms: int) -> list[CotEvent]:
        """The areas of an item as they are now, and the withdrawal of those that went."""
        drawn = self._areas(record.content, now_ms)
        uids = frozenset(event.uid for event in drawn)
        gone = self._drawn.pop(record.ref, frozenset()) | (uids if record.closed else frozenset())
        if record.closed:
            drawn = []
        elif uids:
            gone -= uids
            self._drawn[record.ref] = uids
        return [*(self._voice.withdraw(uid, now_ms) for uid in sorted(gone)), *drawn]

    def _areas(self, content: Item, now_ms: int) -> list[CotEvent]:
        drawn: list[CotEvent] = []
        uid_of, exercise = self._voice.uid_of, content.header.exercise
        if isinstance(content, Notice) and item_released(self._to, NOTICES, content):
            drawn += notice_events(uid_of, content, now_ms)
        if safety_subset_only(self._to, content):
            rows = self._view.hazards(content)
            return [*drawn, *safety_events(uid_of, content, rows, now_ms)]
        if not item_released(self._to, HAZARDS, content):
            return drawn
        if isinstance(content, Notice | Report):
            rows = self._view.hazards(content)
            drawn += hazard_events(uid_of, rows, now_ms, exercise=exercise)
        elif isinstance(content, Nonconformance):
            drawn += astray_events(uid_of, content, now_ms)
        return drawn

    # Findings

    async def _of_finding(self, finding: Finding) -> list[CotEvent]:
        if finding.level < self._level and finding.key in self._alerted:
            return await self._finding_over(finding)
        if finding.level < self._level or not await self._may_show(finding):
            return []
        self._alerted.add(finding.key)
        return self._voice.alert(await self._said(finding), self._clock())

    async def _finding_over(self, finding: Finding) -> list[CotEvent]:
        shown = finding.key in self._alerted or finding.level >= self._level
        if not shown or not await self._may_show(finding):
            return []
        self._alerted.discard(finding.key)
        return self._voice.alert_over(await self._said(finding), self._clock())

    async def _may_show(self, finding: Finding) -> bool:
        if finding.kind in _TOLD_AS_ITEMS:
            return False
        items = await self._about(finding)
        return finding_released(self._to, finding, items.get, self._owner)

    async def _said(self, finding: Finding) -> Said:
        items = await self._about(finding)
        exercise = any(item.header.exercise for item in items.values())
        return said_of(finding, describe(finding), self._where(finding, items), exercise=exercise)

    async def _about(self, finding: Finding) -> Mapping[str, Item]:
        found: dict[str, Item] = {}
        for ref in _bare(finding):
            record = None if ref.startswith("track:") else await self._view.item(ref)
            if record is not None:
                found[ref] = record.content
        return found

    def _where(self, finding: Finding, items: Mapping[str, Item]) -> Position | None:
        """Of a track that it is about, else of an item; never of a presence."""
        refs, tracks = _bare(finding), self._view.tracks()
        for ref in refs:
            n = _index(tracks, ref.removeprefix("track:")) if ref.startswith("track:") else -1
            if tracks is not None and n >= 0:
                return Position(lat_deg=float(tracks.lat_deg[n]), lon_deg=float(tracks.lon_deg[n]))
        found = (_place(items[ref]) for ref in refs if ref in items)
        return next((place for place in found if place is not None), None)

    def _owner(self, track: str) -> str:
        tracks = self._view.tracks()
        n = _index(tracks, track)
        return "" if tracks is None or n < 0 else tracks.owner[n]


def _bare(finding: Finding) -> list[str]:
    return [bare(ref) for ref in finding.refs]


def _index(tracks: Tracks | None, track: str) -> int:
    """Where the track stands in the picture (ids are in the order of code points), -1: nowhere."""
    if tracks is None:
        return -1
    n = bisect_left(tracks.ids, track)
    return n if n < len(tracks) and tracks.ids[n] == track else -1


def _place(item: Item) -> Position | None:
    if isinstance(item, Notice):
        return item.volumes[0].volume.area.centre if item.volumes else None
    if isinstance(item, Distress):
        return item.position
    return None if item.area is None else item.area.centre


def _said_of_record(record: ItemRecord) -> Said:
    content = record.content
    return Said(
        record.ref,
        f"{record.ref} of {record.author}",
        describe_record(record).partition(";")[0].removeprefix("EXERCISE. "),
        _place(content),
        content.header.exercise,
        str(content.version),
    )
