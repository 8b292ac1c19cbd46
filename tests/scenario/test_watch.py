"""The live watch on real nodes: feeds on real sockets, mutual TLS, SQLite, recorded and replayed.

Each test ends in check_node on every party. Beats are gone by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.cli.live.replaying import Replayed
from parley.errors import InputError
from parley.ledger import verify_evidence
from parley.node.node import Node
from parley.node.watching.settings import Settings
from parley.node.watching.watching import Watching
from parley.rules.findings import Finding, Kind, Level, canonical_bytes, digest
from parley.rules.lifecycle import State
from parley.rules.statements import Draft, Nonconformance, NoticeVolume, Phase, Step, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.agreements import HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS
from parley.testing.harness import Mechanism
from parley.testing.sky import Plane, Sky
from parley.watch.watch import Sweep
from parley.wire.recording import beat_of, read_beats

BLUE_1, BLUE_2, GREEN_1 = "icao:b10001", "icao:b10002", "icao:c90001"
OWNERS = {BLUE_1: "blue", BLUE_2: "blue", GREEN_1: "green"}
BY_HAND = Settings(owners=OWNERS, beat_s=3_600.0, idle_s=3_600.0)


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def at(lat_deg: float, lon_deg: float) -> Position:
    return Position(lat_deg=lat_deg, lon_deg=lon_deg)


@dataclass
class Watched:
    """What one party's watch found, sweep by sweep, and when each finding was there first and
    last (seconds since it began)."""

    sweeps: list[Sweep] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)

    def take(self, second: int, sweep: Sweep) -> None:
        self.sweeps.append(sweep)
        for one in sweep.findings:
            self.first.setdefault(one.key, second)
            self.last[one.key] = second

    def of(self, kind: Kind, *refs: str) -> list[str]:
        """Keys of this kind about these refs, in the order in which they came."""
        return [
            key
            for key in self.first
            if key.startswith(f"{kind.value}|") and all(ref in key.split("|") for ref in refs)
        ]


class Story:
    """A mechanism and a sky, second by second."""

    def __init__(self, m: Mechanism, sky: Sky, *parties: str) -> None:
        self.m, self.sky, self.parties = m, sky, parties
        self.watched = {party: Watched() for party in parties}
        self.seconds = 0

    async def fly(self, seconds: int) -> None:
        for _ in range(seconds):
            watches = [self.m.watching(party) for party in self.parties]
            for party, sweep in zip(self.parties, await self.sky.second(watches), strict=True):
                self.watched[party].take(self.seconds, sweep)
            self.seconds += 1

    async def settle(self) -> None:
        """What was said has arrived."""
        for party in self.m.parties:
            self.m.hub(party).wake()
        await self.m.settle()

    def found(self, party: str, kind: Kind) -> list[Finding]:
        return [f for f in self.watched[party].sweeps[-1].findings if f.kind is kind]


async def journal(node: Node, *kinds: str) -> list[Mapping[str, Any]]:
    """What the journal says under these kinds."""
    events = await node.events(0, 100_000)
    return [{**e.data, "event": e.kind} for e in events if e.kind in kinds]


def changes_of(lines: list[Mapping[str, Any]], key: str) -> list[str]:
    """What became of one finding of the watch, in order."""
    return [
        line["event"]
        for line in lines
        if "|".join([line["kind"], *(r.partition("@")[0] for r in line["refs"])]) == key
    ]


# The night

TARGET, DECLARED, ENGAGED = at(40.5, 20.3), at(40.6, 20.2), at(40.5, 20.1)


def strike() -> Draft:
    """Blue's activity near the battery, in a minute, and where it says its aircraft are."""
    span = Span(DAWN_MS + 60_000, DAWN_MS + HOUR_MS)
    activity = Volume(Area.circle(TARGET, 3_000), Band.metres(0, 3_000), span)
    aircraft = Volume(Area.circle(DECLARED, 8_000), Band.metres(3_000, 9_000), span)
    return Draft(
        "live-activity",
        (NoticeVolume(Use.ACTIVITY, activity), NoticeVolume(Use.AIRCRAFT, aircraft)),
    )


def planes() -> list[Plane]:
    """Blue's two jets in the west of where they should be; green's own aircraft on its way in."""
    return [
        Plane("b10001", 40.50, 19.76, 6_000.0, 150.0, 0.0, turn_deg_s=3.0, callsign="JET1"),
        Plane("b10002", 40.44, 19.67, 6_400.0, 150.0, 180.0, turn_deg_s=3.0, callsign="JET2"),
        Plane("c90001", 40.20, 20.00, 3_000.0, 200.0, 0.0, callsign="IL20"),
    ]


async def test_the_night(tmp_path: Path) -> None:
    m = Mechanism(small_agreement(), tmp_path, watching={"green": BY_HAND, "blue": BY_HAND})
    async with Sky(m.clock, *planes()) as sky:
        await sky.receiver("radar")
        await sky.receiver("blues", hears=lambda plane: plane.icao.startswith("b"))
        m.hears("green", *sky.feeds("radar"))
        m.hears("blue", *sky.feeds("blues"))
        async with m:
            await sky.receivers["radar"].called_by(1)
            await sky.receivers["blues"].called_by(1)
            await _the_night(Story(m, sky, "green", "blue"))
            await m.check()


async def _the_night(story: Story) -> None:
    m = story.m
    blue, green = m.node("blue"), m.node("green")
    recording = asyncio.create_task(recorded(m.watching("green")))
    await asyncio.sleep(0)
    notice = (await blue.post_notice(strike(), role="duty")).ref
    await story.settle()
    await story.fly(3)
    watched = story.watched["green"]

    # The declared place against what green's radar sees, at the first look; blue's own the same.
    mismatch = f"{Kind.PLACE_MISMATCH.value}|{notice}|track:{BLUE_1}"
    assert watched.first[mismatch] == story.watched["blue"].first[mismatch] == 0
    (told,) = [f for f in story.found("green", Kind.PLACE_MISMATCH) if f.key == mismatch]
    assert told.level is Level.WARNING
    assert told.measured["distance_m"] > told.measured["allowed_m"]
    assert m.watching("green").alarms().get(mismatch) is not None

    # Green's own aircraft: predicted into what the notice may bring about, minutes before.
    ahead = f"{Kind.PREDICTED_ENTRY.value}|{notice}|track:{GREEN_1}"
    bystander = f"{Kind.BYSTANDER.value}|{notice}|track:{GREEN_1}"
    assert watched.first[ahead] <= 2
    assert ahead not in story.watched["blue"].first
    await story.fly(57)
    report = await green.report(
        role="duty", third_party="battery", phase=Phase.OPEN,
        area=Area.circle(ENGAGED, 10_000), since_ms=m.clock(),
    )  # fmt: skip
    await story.settle()
    await story.fly(60)
    engaged = f"{Kind.BYSTANDER.value}|{report.ref}|track:{GREEN_1}"
    assert watched.first[ahead] + 60 <= watched.first[bystander]
    assert watched.first[engaged] >= 60
    for key in (bystander, engaged):
        alarm = m.watching("green").alarms().get(key)
        assert alarm is not None
        assert alarm.finding.level is Level.URGENT
        with pytest.raises(InputError):
            await m.watching("green").shelve(key, "duty", "it is ours", m.clock() + 60_000)
    assert Kind.THIRD_PARTY_OPEN in {f.kind for f in await blue.findings()}

    # It is in between: a geometry, in green's log, that anybody can verify.
    await story.fly(50)
    shielding = f"{Kind.SHIELDING.value}|{report.ref}|track:{GREEN_1}|track:{BLUE_1}"
    assert shielding in watched.first
    await proved(green, [report.ref, f"track:{GREEN_1}", f"track:{BLUE_1}"])

    # Its crew is in distress: green's officer passes it on in time.
    story.sky.planes["c90001"].squawk = "7700"
    await story.fly(5)
    await in_distress(story)
    story.sky.planes["c90001"].squawk = "2000"

    # The all-clear and the end of the engagement end what they brought about.
    await blue.step(notice, Step.ALL_CLEAR, role="duty")
    await green.report(
        role="duty", third_party="battery", phase=Phase.CEASED, area=Area.circle(ENGAGED, 10_000),
        since_ms=m.clock(), item=report.ref.partition(":")[2],
    )  # fmt: skip
    await story.settle()
    await story.fly(2)
    standing = {f.key for f in watched.sweeps[-1].findings}
    assert not standing & {mismatch, ahead, bystander, engaged, shielding}

    # Each of these was told once, and not one alarm of a moment.
    told_lines = await journal(green, "watch-opened", "watch-changed", "watch-closed")
    for key in (mismatch, bystander, engaged):
        assert changes_of(told_lines, key) == ["watch-opened", "watch-closed"]
    rates = m.watching("green").alarms().rates
    raised = await journal(green, "alarm-raised", "alarm-raised-again")
    assert rates.in_hour == len(raised) <= 20
    assert rates.standing == len(m.watching("green").alarms().standing)
    await m.watching("green").stop()
    replays_to_the_same(await recording, watched.sweeps)


async def recorded(watching: Watching) -> list[bytes]:
    """Every beat's inputs, until the watch stops."""
    return [line async for line in watching.inputs.follow()]


def replays_to_the_same(lines: list[bytes], live: list[Sweep]) -> None:
    """A watch of our own on the same inputs finds the same at every sweep, twice."""
    with ThreadPoolExecutor(2) as pool:
        first, again = Replayed(pool), Replayed(pool)
        beats = []
        found: dict[int, list[str]] = {}
        for beat in read_beats(iter(lines), "the test"):
            sweep = first.run(beat)
            found.setdefault(beat.now_ms, []).append(digest(sweep.findings))
            beats.append(beat_of(beat, sweep.findings))
        for beat in beats:
            again.run(beat)
    assert again.differences == []
    assert len(beats) >= len(live) > 100
    for sweep in live:
        assert digest(sweep.findings) in found[sweep.now_ms]


async def proved(node: Node, refs: list[str]) -> None:
    """The evidence about these holds a record of the watch, and verifies offline."""
    data = await node.evidence(refs)
    report = verify_evidence(data, pinned=node.context.roots)
    assert report.pinned
    records = [i.entry.note for i in report.items if i.type == "parley/watch-record/v1"]
    assert any(Kind.SHIELDING.value.encode() in note for note in records)


async def in_distress(story: Story) -> None:
    """What green's watch sees in distress is passed on before the agreed time is over."""
    m = story.m
    green, tracks = m.node("green"), story.watched["green"].sweeps[-1].tracks
    where = tracks.ids.index(GREEN_1)
    assert tracks.emergency[where]
    (seen,) = story.found("green", Kind.EMERGENCY)
    assert m.watching("green").alarms().get(seen.key) is not None
    position = at(float(tracks.lat_deg[where]), float(tracks.lon_deg[where]))
    call = await green.distress(
        role="duty", subject=GREEN_1, since_ms=m.clock() - 5_000, position=position,
        uncertainty_m=100, text="7700 on approach",
    )  # fmt: skip
    await story.settle()
    await story.fly(65)
    for party in m.parties:
        found = await m.node(party).findings()
        (distress,) = [f for f in found if f.kind is Kind.DISTRESS]
        assert "late" not in distress.codes
        assert Kind.DISTRESS_NOT_PASSED_ON not in {f.kind for f in found}
    assert m.watching("green").alarms().get(f"distress|{call.ref}") is not None


# A flight that does not keep to its notice

CORRIDOR = at(40.0, 20.0)


def transit() -> Draft:
    """Blue's flight: a circle of 10 km round 40 N 20 E, open now."""
    span = Span(DAWN_MS - 60_000, DAWN_MS + HOUR_MS)
    volume = Volume(Area.circle(CORRIDOR, 10_000), Band.metres(0, 6_000), span)
    return Draft("transit", (NoticeVolume(Use.AIRCRAFT, volume),))


async def test_a_flight_that_leaves_its_volume_is_announced_and_taken_back_by_itself(
    tmp_path: Path,
) -> None:
    m = Mechanism(small_agreement(), tmp_path, watching={"green": BY_HAND, "blue": BY_HAND})
    flight = Plane("b10001", 40.0, 20.09, 3_000.0, 150.0, 90.0)
    other = Plane("c90001", 40.0, 20.45, 3_000.0, 150.0, 270.0)
    async with Sky(m.clock, flight, other) as sky:
        await sky.receiver("blues", hears=lambda plane: plane is flight)
        await sky.receiver("greens", hears=lambda plane: plane is other)
        m.hears("blue", *sky.feeds("blues"))
        m.hears("green", *sky.feeds("greens"))
        async with m:
            story = Story(m, sky, "green", "blue")
            await _off_and_on_again(story, flight, other)
            await m.check()


async def _off_and_on_again(story: Story, flight: Plane, other: Plane) -> None:
    m, sky = story.m, story.sky
    for receiver in sky.receivers.values():
        await receiver.called_by(1)
    blue, green = m.node("blue"), m.node("green")
    notice = (await blue.post_notice(transit(), role="duty")).ref
    await story.settle()
    await story.fly(5)
    assert story.found("blue", Kind.NONCONFORMANCE) == []

    # Off: everybody is told, with a place; green's own aircraft is about to come there.
    await story.fly(25)
    (off,) = story.found("blue", Kind.NONCONFORMANCE)
    assert (off.refs, off.codes) == ((notice, f"track:{BLUE_1}"), ("place",))
    await story.settle()
    (ref,) = [r.ref for r in await green.items() if r.ref.startswith("nonconformance:")]
    for party in ("green", "white"):
        (found,) = [f for f in await m.node(party).findings() if f.kind is Kind.NONCONFORMANCE]
        assert found.codes == ("place",)
        content = (await m.node(party).item(ref)).content
        assert isinstance(content, Nonconformance)
        assert content.area is not None
    await story.fly(10)
    assert m.watching("green").alarms().get(found.key) is not None
    (entry,) = story.found("green", Kind.PREDICTED_ENTRY)
    assert entry.refs == (ref, f"track:{GREEN_1}")
    assert "nonconforming" in entry.codes

    # Late, and then reported again from where it is: neither raises anything.
    told = await versions(blue, ref)
    flight.silent = True
    await story.fly(20)
    flight.silent = False
    await story.fly(3)
    assert await versions(blue, ref) == told == 1
    assert (await blue.item(ref)).state is not State.LIFTED

    # It flies on, out of the area that was told: new words tell where it is.
    await story.fly(40)
    await story.settle()
    content = (await green.item(ref)).content
    assert isinstance(content, Nonconformance)
    assert (content.version, content.codes) == (2, ("place",))
    assert content.area is not None
    assert content.area.contains(at(flight.lat_deg, flight.lon_deg))

    # Back inside: the all-clear follows by itself, once.
    flight.course_deg, other.course_deg = 270.0, 90.0
    await story.fly(120)
    assert story.found("blue", Kind.NONCONFORMANCE) == []
    await story.settle()
    for party in m.parties:
        assert (await m.node(party).item(ref)).state is State.LIFTED
        assert Kind.NONCONFORMANCE not in {f.kind for f in await m.node(party).findings()}
    await story.fly(25)
    assert story.found("green", Kind.PREDICTED_ENTRY) == []
    items = [r.ref for r in await blue.items() if r.ref.startswith("nonconformance:")]
    assert items == [ref]


async def versions(node: Node, ref: str) -> int:
    content = (await node.item(ref)).content
    assert isinstance(content, Nonconformance)
    return content.version


# Two parties, one sky


async def test_two_parties_with_the_same_feed_find_the_same_byte_for_byte(tmp_path: Path) -> None:
    m = Mechanism(small_agreement(), tmp_path, watching={"green": BY_HAND, "blue": BY_HAND})
    fleet = [
        *planes(),
        Plane("d00001", 40.45, 20.32, 2_900.0, 180.0, 330.0),
        Plane("d00002", 40.50, 20.05, 3_000.0, 200.0, 180.0),
        Plane("d00003", 39.9, 20.0, 10_000.0, 230.0, 0.0),
        Plane("d00004", 40.2, 20.0, 10_050.0, 230.0, 180.0),
    ]
    async with Sky(m.clock, *fleet) as sky:
        await sky.receiver("radar")
        for party in ("green", "blue"):
            m.hears(party, *sky.feeds("radar"))
        async with m:
            await sky.receivers["radar"].called_by(2)
            story = Story(m, sky, "green", "blue")
            await m.node("blue").post_notice(strike(), role="duty")
            await m.node("green").post_notice(transit(), role="duty")
            await story.settle()
            await story.fly(60)
            await m.node("green").report(
                role="duty", third_party="battery", phase=Phase.OPEN,
                area=Area.circle(ENGAGED, 10_000), since_ms=m.clock(),
            )  # fmt: skip
            await story.settle()
            await story.fly(60)
            kinds = set()
            for mine, theirs in zip(*(w.sweeps for w in story.watched.values()), strict=True):
                assert mine.now_ms == theirs.now_ms
                assert canonical_bytes(mine.findings) == canonical_bytes(theirs.findings)
                kinds |= {f.kind for f in mine.findings}
            assert kinds >= {
                Kind.PLACE_MISMATCH, Kind.BYSTANDER, Kind.PREDICTED_ENTRY, Kind.PREDICTED_LOSS,
                Kind.SHIELDING, Kind.UNCLAIMED_ACTOR,
            }  # fmt: skip
            await m.check()
