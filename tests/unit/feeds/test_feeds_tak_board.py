"""What one TAK connection is told: items and findings as events, through the release rule."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from parley.feeds.tak.board import TakBoard
from parley.node.views import JournalEvent
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.hazard import hazard_rows, report_rows
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State
from parley.rules.placed import Row
from parley.rules.statements import (
    Deviation,
    Header,
    Item,
    Nonconformance,
    Notice,
    Phase,
    Report,
    Stop,
)
from parley.space import Area, Position
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import DAWN_MS
from parley.testing.takstand import picture
from parley.watch.tracks import Tracks
from parley.wire.cot.event import CotEvent
from parley.wire.cot.out import CotVoice
from parley.wire.cot.release import KINDS, TakRelease

AGREEMENT = small_agreement()
PLACE = Position(lat_deg=40.0, lon_deg=20.0)
HEADER = Header("green", "duty", DAWN_MS, ("blue", "white"), "small")
NOTICE = Notice(
    replace(HEADER, by="blue", to=("green",)), "blue-1", 1, "transit", transit(1).volumes
)
REPORT = Report(HEADER, "green-1", 1, "battery", Phase.OPEN, DAWN_MS, Area.circle(PLACE, 1_000))
ASTRAY = Nonconformance(
    HEADER, "green-2", 1, "", (Deviation.PLACE,), DAWN_MS, Area.circle(PLACE, 500)
)


@dataclass
class View:
    """A node that stands still."""

    records: dict[str, ItemRecord] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    shown: Tracks | None = None
    floats: list[ItemRecord] = field(default_factory=list)

    def afloat(self) -> Sequence[ItemRecord]:
        return self.floats

    async def items(self) -> AsyncIterator[ItemRecord]:
        for record in list(self.records.values()):
            yield record

    async def item(self, ref: str) -> ItemRecord | None:
        return self.records.get(ref)

    def hazards(self, item: Item) -> Sequence[Row]:
        if isinstance(item, Notice):
            return hazard_rows(AGREEMENT, item)
        return report_rows(AGREEMENT, item) if isinstance(item, Report) else ()

    async def findings(self) -> Sequence[Finding]:
        return self.found

    def tracks(self) -> Tracks | None:
        return self.shown

    def put(self, content: Item, state: State = State.RAISED) -> str:
        closed_ms = DAWN_MS if state is State.LIFTED else -1
        record = ItemRecord(content, 1, state, closed_ms)
        self.records[record.ref] = record
        return record.ref


def board(view: View, audience: str = "own", kinds: frozenset[str] = KINDS) -> TakBoard:
    return TakBoard(CotVoice("blue"), TakRelease("blue", audience, kinds), view, lambda: DAWN_MS)


def line(kind: str, data: dict[str, object]) -> JournalEvent:
    return JournalEvent(1, DAWN_MS, kind, data)


def types(events: Sequence[CotEvent]) -> list[str]:
    return [event.type for event in events]


def entry(level: Level, *refs: str) -> Finding:
    return finding(
        Kind.PREDICTED_ENTRY,
        level,
        refs,
        parties=("blue", "green"),
        window_ms=(DAWN_MS, DAWN_MS + 60_000),
    )


async def test_a_third_party_that_engages_is_a_hazard_until_it_has_ceased() -> None:
    view = View()
    told = board(view)
    ref = view.put(REPORT)
    (drawn,) = await told.news(line("item", {"ref": ref}))
    assert drawn.callsign == "HAZARD green-1: battery engages"
    view.put(REPORT, State.LIFTED)
    (gone,) = await told.news(line("item", {"ref": ref}))
    assert (gone.type, gone.uid) == ("t-x-d-d", f"{drawn.uid}-withdrawn")


async def test_a_flight_off_its_notice_is_an_alert_and_a_hazard() -> None:
    view = View()
    told = board(view)
    ref = view.put(ASTRAY)
    events = await told.news(line("item", {"ref": ref}))
    assert types(events) == ["u-d-c-c", "b-a-g", "b-t-f", "b-m-p-s-m"]
    view.put(ASTRAY, State.LIFTED)
    over = await told.news(line("item", {"ref": ref}))
    assert types(over) == ["t-x-d-d", "b-a-o-can", "t-x-d-d"]
    assert not await board(view, "green", frozenset({"tracks"})).news(line("item", {"ref": ref}))


async def test_what_a_link_never_drew_is_withdrawn_too() -> None:
    """After a restart of our process, or for what went while the server was away."""
    view = View()
    ref = view.put(REPORT, State.LIFTED)
    (gone,) = await board(view).news(line("item", {"ref": ref}), replay=True)
    assert gone.type == "t-x-d-d"


async def test_a_finding_of_the_watch_is_an_alert_at_the_track_until_it_is_over() -> None:
    view = View(shown=picture("icao:4b1619", lat_deg=41.5))
    view.put(NOTICE)
    told = board(view)
    found = entry(Level.WARNING, "notice:blue-1@1", "track:icao:4b1619")
    alert, chat, marker = await told.news(line("watch-opened", found.as_json()))
    assert types([alert, chat, marker]) == ["b-a-g", "b-t-f", "b-m-p-s-m"]
    assert marker.lat_deg == 41.5
    urgent = replace(found, level=Level.URGENT)
    worse = await told.news(line("watch-changed", urgent.as_json()))
    assert worse[0].uid == alert.uid
    assert worse[1].uid != chat.uid
    over = await told.news(line("watch-closed", urgent.as_json()))
    assert types(over) == ["b-a-o-can", "t-x-d-d"]


async def test_what_falls_below_the_level_is_over_and_what_never_reached_it_is_silent() -> None:
    view = View()
    view.put(NOTICE)
    told = board(view)
    low = entry(Level.ADVISORY, "notice:blue-1")
    assert not await told.news(line("watch-opened", low.as_json()))
    assert not await told.news(line("watch-closed", low.as_json()))
    await told.news(line("watch-opened", replace(low, level=Level.WARNING).as_json()))
    assert types(await told.news(line("watch-changed", low.as_json()))) == ["b-a-o-can", "t-x-d-d"]


async def test_what_stands_is_not_told_twice_by_the_replay() -> None:
    found = entry(Level.URGENT, "notice:blue-1")
    view = View(found=[found])
    ref = view.put(NOTICE)
    told = board(view)
    standing = [event async for event in told.standing()]
    assert "b-a-g" in types(standing)
    assert "u-d-c-c" in types(standing)
    assert not await told.news(line("watch-opened", found.as_json()), replay=True)
    assert not await told.news(line("item", {"ref": ref}), replay=True)
    assert not await told.news(line("item", {"ref": ref}))  # the same version, drawn already
    gone = entry(Level.URGENT, "notice:blue-1", "track:icao:1")
    assert await told.news(line("watch-opened", gone.as_json()), replay=True)


async def test_stop_stands_first_and_is_said_again() -> None:
    view = View()
    view.put(NOTICE)
    view.put(Stop(HEADER, "green-9", 1, None, "", ""))
    told = board(view)
    standing = [event async for event in told.standing()]
    assert standing[0].callsign == "STOP green-9 (green)"
    assert [event.uid for event in told.urgent()] == [event.uid for event in standing[:2]]
    view.put(Stop(HEADER, "green-9", 1, None, "", ""), State.LIFTED)
    await told.news(line("item", {"ref": "stop:green-9"}))
    assert told.urgent() == []


async def test_an_alert_about_an_exercise_says_so() -> None:
    view = View()
    view.put(replace(NOTICE, header=replace(NOTICE.header, exercise=True)))
    events = await board(view).news(
        line("watch-opened", entry(Level.URGENT, "notice:blue-1").as_json())
    )
    assert events[0].callsign.startswith("EXERCISE ")
    assert all(event.remarks.startswith("EXERCISE ") for event in events)


async def test_other_lines_of_the_journal_tell_nothing() -> None:
    told = board(View())
    for kind in ("link", "keys", "clock-back", "alarm-raised", "item"):
        assert not await told.news(line(kind, {"ref": "notice:none"}))
