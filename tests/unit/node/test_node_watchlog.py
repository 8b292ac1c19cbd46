"""What the live watch found: on record, derived from nothing, shown to who names its tracks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from parley.errors import InputError, PeerError
from parley.ledger import Kind as Entries
from parley.ledger import parse, parse_statement, seal, verify_evidence
from parley.node import exports
from parley.node.desk import Desk
from parley.node.node import Node
from parley.node.ports import Tx
from parley.node.replay import carried
from parley.node.tree import LogTree
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.statements import (
    Basis,
    Change,
    Draft,
    Header,
    NoticeVolume,
    Use,
    Watched,
    WatchRecord,
)
from parley.space import Band
from parley.store.memory import MemoryStore
from parley.testing.clock import HandClock, counting_salts
from parley.testing.harness import context_of, started_node
from parley.testing.keys import own_keys
from parley.testing.rules_strategies import disc, minutes, place, three_sided
from parley.wire.sentences import sentence
from parley.wire.statement import decode, encode

AGREEMENT = three_sided()
DRAFT = Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(span=minutes(60, 90))),))
TYPE = "parley/watch-record/v1"


def basis(track: str, owner: str = "") -> Basis:
    return Basis(track, 1_700_000_000_000, place(), 120, Band.metres(900, 1_100), owner)


def found(*refs: str, kind: Kind = Kind.PREDICTED_LOSS, **measures: int) -> Finding:
    return finding(
        kind,
        Level.WARNING,
        refs,
        parties=("blue",),
        window_ms=(1_700_000_000_000, 1_700_000_060_000),
        measures=measures,
        codes=("state",),
    )


PAIR = Watched(
    Change.OPENED,
    found("track:T1", "track:icao:4b1805", time_to_violation_s=45, hmd_m=900, vmd_m=30),
    (basis("icao:4b1805"), basis("T1", "blue")),
)
ALONE = Watched(Change.CLOSED, found("track:T1", kind=Kind.TRACK_LOST), (basis("T1", "blue"),))
OFF = Watched(
    Change.OPENED,
    found("notice:blue-1@1", "track:T1", kind=Kind.NONCONFORMANCE, horizontal_m=900),
    (basis("T1", "blue"),),
)
HIDDEN = Watched(Change.OPENED, found("notice:blue-1", "presence:blue-2", kind=Kind.BYSTANDER), ())
FEED = Watched(Change.OPENED, found("feed:radar-1", kind=Kind.FEED_SILENT), ())
TURNED = Watched(
    Change.OPENED,
    found("sensor:radar-1", kind=Kind.SENSOR_MISALIGNED, rotation_mdeg=105_000),
    (basis("T1"), basis("T2")),
)


@pytest.fixture
async def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
async def blue(store: MemoryStore) -> AsyncIterator[Node]:
    node = await started_node(AGREEMENT, "blue", store=store, clock=HandClock())
    await node.post_notice(DRAFT, role="duty")
    await node.record_watch([PAIR, ALONE, OFF, HIDDEN, FEED, TURNED], role="duty")
    yield node
    await node.check_node(MemoryStore())
    await node.close()


async def shown(store: MemoryStore, *refs: str) -> list[str]:
    """The kinds of the findings on record that evidence about these refs shows."""

    def out(tx: Tx) -> bytes:
        desk = Desk(context_of(AGREEMENT, "blue"), tx, 1_700_000_000_000, counting_salts("x"))
        return exports.evidence(desk, LogTree(), refs)

    data = await store.read(out)
    report = verify_evidence(data, pinned=context_of(AGREEMENT, "green").roots)
    assert report.pinned
    notes = [item.entry.note for item in report.items if item.type == TYPE]
    return [str(parse_statement(parse(note).text)[1]["kind"]) for note in notes]


async def test_records_are_observed_entries_that_say_what_was_found(blue: Node) -> None:
    entries = [e for e in await blue.log_entries(0, 100) if e.type == TYPE]
    assert {(e.kind, e.by) for e in entries} == {(Entries.OBSERVED, "blue")}
    said = [decode(e.type, e.body, sender="blue") for e in entries]
    assert [r.watched.change for r in said if isinstance(r, WatchRecord)] == [
        w.change for w in (PAIR, ALONE, OFF, HIDDEN, FEED, TURNED)
    ]
    first = said[0]
    assert isinstance(first, WatchRecord)
    assert first.watched.finding == PAIR.finding
    assert [one.track for one in first.watched.basis] == ["T1", "icao:4b1805"]
    assert sentence(entries[0].type, entries[0].body).startswith(
        "its watch finds (warning): Track T1 and track icao:4b1805 come too close in 45 s;"
        " nearest 900 m across and 30 m in height. blue must keep them apart. Seen: T1 at "
    )


async def test_what_the_watch_found_changes_nothing_else(blue: Node, store: MemoryStore) -> None:
    before = await blue.findings()
    journal = await blue.last_event()
    await blue.record_watch([PAIR], role="duty")
    assert await blue.findings() == before
    assert await blue.last_event() == journal
    assert (await blue.health()).pending == dict.fromkeys(("amber", "green", "white"), 1)


async def test_a_record_is_shown_to_who_names_every_track_in_it(
    blue: Node, store: MemoryStore
) -> None:
    assert await shown(store, "track:T1") == ["track-lost", "nonconformance"]
    both = await shown(store, "track:T1", "track:icao:4b1805")
    assert both == ["predicted-loss-of-separation", "track-lost", "nonconformance"]
    with pytest.raises(InputError, match="that can be shown"):
        await shown(store, "track:icao:4b1805")


async def test_a_notice_brings_no_record_of_a_track_or_presence_that_is_not_named(
    blue: Node, store: MemoryStore
) -> None:
    assert await shown(store, "notice:blue-1") == []
    assert await shown(store, "notice:blue-1", "track:T1") == ["nonconformance", "track-lost"][::-1]
    await blue.protect("a convoy", disc(40_000), role="duty")
    assert await shown(store, "notice:blue-1", "presence:blue-2") == ["bystander-in-hazard"]


async def test_what_is_about_no_track_comes_by_its_own_ref(blue: Node, store: MemoryStore) -> None:
    assert await shown(store, "feed:radar-1") == ["feed-silent"]
    with pytest.raises(InputError, match="refs of all tracks in it"):
        await shown(store, "sensor:radar-1")
    named = await shown(store, "sensor:radar-1", "track:T1", "track:T2")
    assert "sensor-misaligned" in named


async def test_a_period_brings_no_record(blue: Node, store: MemoryStore) -> None:
    def out(tx: Tx) -> bytes:
        desk = Desk(context_of(AGREEMENT, "blue"), tx, 1_700_000_000_000, counting_salts("x"))
        return exports.evidence(desk, LogTree(), (), period=(0, 2**52))

    report = verify_evidence(await store.read(out), pinned=context_of(AGREEMENT, "green").roots)
    assert "parley/notice/v1" in {item.type for item in report.items}
    assert TYPE not in {item.type for item in report.items}


@pytest.mark.parametrize(
    ("ref", "kept"),
    [
        ("track:a|b", "track:a_b"),
        ("track:a\nb\x00", "track:a_b_"),
        ("track:\u202egnp.exe", "track:_gnp.exe"),
        ("track:\ud800", "track:_"),
        ("track:", "track:_"),
        ("track:" + "x" * 500, "track:" + "x" * 128),
        ("track:user@host", "track:user@host"),
    ],
)
async def test_a_feed_cannot_name_a_track_so_that_nothing_is_recorded(
    blue: Node, store: MemoryStore, ref: str, kept: str
) -> None:
    odd = basis(ref.removeprefix("track:"))
    watched = Watched(Change.OPENED, found(ref, kind=Kind.TRACK_LOST), (odd, odd))
    await blue.record_watch([watched, FEED], role="duty")
    entries = [e for e in await blue.log_entries(0, 100) if e.type == TYPE]
    assert entries[-1].body["refs"] == [kept]
    assert await shown(store, kept) == ["track-lost"]


async def test_more_tracks_than_a_record_holds_are_cut_by_their_names(blue: Node) -> None:
    many = tuple(basis(f"T{n:03}") for n in range(99, -1, -1))
    await blue.record_watch(
        [Watched(Change.OPENED, found("sensor:r", kind=Kind.SENSOR_MISALIGNED), many)], role="duty"
    )
    last = [e for e in await blue.log_entries(0, 100) if e.type == TYPE][-1]
    said = decode(TYPE, last.body, sender="blue")
    assert isinstance(said, WatchRecord)
    assert [one.track for one in said.watched.basis] == [f"T{n:03}" for n in range(32)]


async def test_the_longest_names_of_any_script_fit_into_a_note(blue: Node) -> None:
    names = [chr(0x1F000 + n) * 500 for n in range(80)]
    long = replace(
        found(*(f"track:{name}" for name in names)),
        parties=tuple(f"{n:02}{'p' * 62}" for n in range(80)),
        codes=tuple(names),
    )
    await blue.record_watch(
        [Watched(Change.OPENED, long, tuple(basis(name, "p" * 64) for name in names))], role="duty"
    )
    assert len([e for e in await blue.log_entries(0, 100) if e.type == TYPE]) == 7


async def test_who_answers_for_a_track_is_a_party_or_nobody(blue: Node) -> None:
    odd = replace(ALONE.finding, parties=("", "blue", "Blue Party"), from_ms=-5, until_ms=2**60)
    watched = Watched(Change.OPENED, odd, (basis("T1", "Blue Party"), basis("T2", "blue")))
    await blue.record_watch([watched], role="duty")
    body = [e for e in await blue.log_entries(0, 100) if e.type == TYPE][-1].body
    said = decode(TYPE, body, sender="blue")
    assert isinstance(said, WatchRecord)
    assert said.watched.finding.parties == ("blue",)
    assert [one.owner for one in said.watched.basis] == ["", "blue"]


async def test_all_is_recorded_or_nothing(blue: Node) -> None:
    size = (await blue.health()).log_size
    with pytest.raises(InputError, match="no duty role"):
        await blue.record_watch([FEED, ALONE], role="pilot")
    assert (await blue.health()).log_size == size


async def test_nobody_sends_a_record_of_his_watch(blue: Node) -> None:
    green = await started_node(AGREEMENT, "green", clock=HandClock())
    header = Header("blue", "duty", 1_700_000_000_000, (), green.context.agreement_ref)
    type_line, body = encode(WatchRecord(header, FEED))
    (outcome,) = await green.receive([seal(type_line, body, own_keys("blue").note)])
    assert isinstance(outcome.refused, PeerError)
    await carried({"green": green})
    await green.close()
