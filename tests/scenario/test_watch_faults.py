"""The live watch when things fail: bad input, a restart, a full disk, a cut link, a kill.

Real nodes, feeds on real sockets, SQLite. Each test ends in check_node on every party.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.cli import nodedir
from parley.cli.build import stored_node
from parley.cli.client import Client
from parley.errors import StorageError
from parley.node.node import Node
from parley.node.ports import Store
from parley.node.watching.settings import Settings
from parley.node.watching.watching import Watching
from parley.rules.findings import Kind
from parley.rules.lifecycle import State
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.space import Area, Band, Span, Volume
from parley.store.memory import MemoryStore
from parley.testing.agreements import CENTRE, HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS
from parley.testing.fakes import FailingStore
from parley.testing.harness import Mechanism
from parley.testing.sky import Plane, Sky, intake_of, json_line

FOR_EVER = 10**9
BLUE_1, GREEN_1 = "icao:b10001", "icao:c90001"
OWNERS = {BLUE_1: "blue", GREEN_1: "green"}
BY_HAND = Settings(owners=OWNERS, beat_s=3_600.0, idle_s=3_600.0)
BYSTANDER = f"bystander-in-hazard|notice:blue-1|track:{GREEN_1}"
ENTRY = f"predicted-entry-into-hazard|notice:blue-1|track:{GREEN_1}"


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def firing() -> Draft:
    """Blue's activity round the centre, up to 6 km, now and for an hour."""
    span = Span(DAWN_MS, DAWN_MS + HOUR_MS)
    volume = Volume(Area.circle(CENTRE, 5_000), Band.metres(0, 6_000), span)
    return Draft(
        "live-activity",
        (NoticeVolume(Use.ACTIVITY, volume), NoticeVolume(Use.AIRCRAFT, volume)),
    )


def bystander(from_deg: float = 39.8) -> Plane:
    """Green's aircraft, northbound to the centre."""
    return Plane("c90001", from_deg, 20.0, 3_000.0, 200.0, 0.0)


async def alarms_of(node: Node, key: str) -> list[str]:
    """What the journal says of one alarm, in order."""
    events = await node.events(0, 100_000)
    return [e.kind for e in events if e.kind.startswith("alarm-") and e.data.get("key") == key]


async def fly(m: Mechanism, sky: Sky, seconds: int, *parties: str) -> None:
    for _ in range(seconds):
        await sky.second([m.watching(party) for party in parties])


async def test_bad_input_is_counted_by_name_and_the_alarm_still_comes(tmp_path: Path) -> None:
    m = Mechanism(small_agreement(), tmp_path, watching={"green": BY_HAND})
    chance = random.Random(1)
    async with Sky(m.clock, bystander()) as sky:
        bad, good = await sky.receiver("bad"), await sky.receiver("good", "sbs")
        bad.hears = lambda _: False
        m.hears("green", *sky.feeds("bad", "good"), reports_per_s=1_000.0)
        async with m:
            await bad.called_by(1)
            await good.called_by(1)
            await m.node("blue").post_notice(firing(), role="duty")
            await m.settle()
            watch = m.watching("green")
            twin = Plane("d00001", 41.0, 20.5, 9_000.0, 200.0, 0.0)
            for second in range(110):
                await bad.say(chance.randbytes(500) + b"\n")
                await bad.say(b'{"hex":' * 300 + b"\n" + b"x" * 100_000 + b"\n")
                twin.lat_deg = 41.0 if second % 2 else 38.5
                await bad.say(json_line(twin, m.clock()))
                await bad.say(json_line(twin, m.clock() - 60_000))
                await bad.say(json_line(twin, m.clock() + 3_600_000))
                fast = Plane("d00002", 41.0 + 0.01 * second, 20.1, 90_000.0, 5_000.0, 0.0)
                await bad.say(json_line(fast, m.clock()))
                await bad.say(json_line(fast, m.clock())[:40])
                await bad.say(b"\n")
                await sky.second([watch])
            (health,) = [f for f in watch.feeds() if f.name == "bad"]
            assert {"not-json", "over-long-line", "clock-ahead"} <= set(health.rejected)
            refused = watch.state().rejected
            assert {"impossible-jump", "impossible-speed", "time-backwards"} <= set(refused)
            assert (await alarms_of(m.node("green"), BYSTANDER))[0] == "alarm-raised"
            entry = await alarms_of(m.node("green"), ENTRY)
            assert entry[0] == "alarm-raised"
            await flooded(m, sky)
            await m.check()


async def flooded(m: Mechanism, sky: Sky) -> None:
    """More reports at once than a feed may bring; in their middle the connection breaks off."""
    watch = m.watching("green")
    many = [Plane(f"{n:06x}", 20.0 + n // 100 / 3, 60.0 + n % 100 / 3) for n in range(8_000)]
    await sky.receivers["bad"].say(b"".join(json_line(p, m.clock()) for p in many))
    await intake_of(watch).until(lambda: "too-fast" in rejected_of(watch, "bad"))
    await sky.receivers["bad"].say(json_line(many[0], m.clock())[:-20])
    sky.receivers["bad"].hang_up()
    await intake_of(watch).until(lambda: "cut-short" in rejected_of(watch, "bad"))
    await fly(m, sky, 2, "green")
    assert BYSTANDER in {f.key for f in watch.state().findings}
    tracks = watch.state().tracks
    assert tracks is not None
    assert len(tracks) > 2_000
    assert tracks.lat_deg[tracks.ids.index(GREEN_1)] == pytest.approx(
        sky.planes["c90001"].lat_deg, abs=0.001
    )


def rejected_of(watch: Watching, feed: str) -> Mapping[str, int]:
    return next(f.rejected for f in watch.feeds() if f.name == feed)


async def test_after_a_restart_in_the_middle_alarms_stand_and_nothing_is_told_twice(
    tmp_path: Path,
) -> None:
    m = Mechanism(small_agreement(), tmp_path, watching={"green": BY_HAND})
    async with Sky(m.clock, bystander(39.9)) as sky:
        radar = await sky.receiver("radar")
        m.hears("green", *sky.feeds("radar"))
        async with m:
            await radar.called_by(1)
            await m.node("blue").post_notice(firing(), role="duty")
            await m.settle()
            await fly(m, sky, 30, "green")
            watch = m.watching("green")
            await watch.acknowledge(BYSTANDER, "duty")
            standing = {alarm.key for alarm in watch.alarms().standing}
            told = await alarms_of(m.node("green"), BYSTANDER)
            await m.fall("green")
            await m.rise("green")
            await radar.called_by(1)
            again = m.watching("green")
            await again.beat()
            assert {alarm.key for alarm in again.alarms().standing} == standing
            await fly(m, sky, 10, "green")
            tracks = again.state().tracks
            assert tracks is not None
            assert tracks.ids == (GREEN_1,)
            alarm = again.alarms().get(BYSTANDER)
            assert alarm is not None
            assert alarm.acknowledged is not None
            assert alarm.acknowledged.by == "duty"
            assert await alarms_of(m.node("green"), BYSTANDER) == told
            await m.check()


async def test_a_full_disk_during_an_alarm_shows_it_and_keeps_it_later(tmp_path: Path) -> None:
    disks: dict[str, FailingStore] = {}

    def full(inner: Store) -> Store:
        disks["green"] = FailingStore(inner, fail_after=FOR_EVER)
        return disks["green"]

    m = Mechanism(small_agreement(), tmp_path, watching={"green": BY_HAND}, wrap={"green": full})
    async with Sky(m.clock, bystander(39.8)) as sky:
        radar = await sky.receiver("radar")
        m.hears("green", *sky.feeds("radar"))
        async with m:
            await radar.called_by(1)
            await m.node("blue").post_notice(firing(), role="duty")
            await m.settle()
            await fly(m, sky, 5, "green")
            watch = m.watching("green")
            disks["green"].fail_next(FOR_EVER)
            refused = 0
            for _ in range(90):
                try:
                    await sky.second([watch])
                except StorageError:
                    refused += 1
            assert refused > 0
            shown = watch.alarms().get(BYSTANDER)
            assert shown is not None
            assert await alarms_of(m.node("green"), BYSTANDER) == []
            disks["green"].fail_next(0)
            await fly(m, sky, 2, "green")
            assert await alarms_of(m.node("green"), BYSTANDER) == ["alarm-raised"]
            await m.settle()
            await m.check()


async def test_a_nonconformance_announced_over_a_cut_link_arrives_behind_it(
    tmp_path: Path,
) -> None:
    m = Mechanism(small_agreement(), tmp_path, watching={"blue": BY_HAND})
    flight = Plane("b10001", 40.0, 20.02, 3_000.0, 150.0, 90.0)
    async with Sky(m.clock, flight) as sky:
        radar = await sky.receiver("radar")
        m.hears("blue", *sky.feeds("radar"))
        async with m:
            await radar.called_by(1)
            await m.node("blue").post_notice(firing(), role="duty")
            await m.settle()
            await m.cut("blue", "green")
            await fly(m, sky, 60, "blue")
            blue, green = m.node("blue"), m.node("green")
            (ref,) = [r.ref for r in await blue.items() if r.ref.startswith("nonconformance:")]
            await m.until("blue", lambda: m.link("blue", "green").error != "")
            assert Kind.NONCONFORMANCE not in {f.kind for f in await green.findings()}
            m.heal("blue", "green")
            await m.settle()
            assert Kind.NONCONFORMANCE in {f.kind for f in await green.findings()}
            await m.cut("blue", "green")
            flight.course_deg = 270.0
            await fly(m, sky, 60, "blue")
            m.heal("blue", "green")
            await m.settle()
            assert (await green.item(ref)).state is State.LIFTED
            await m.check()


async def test_a_clock_set_back_by_ten_minutes_freezes_no_track_and_no_alarm(
    tmp_path: Path,
) -> None:
    m = Mechanism(small_agreement(), tmp_path, watching={"green": BY_HAND})
    plane = Plane("c90001", 39.94, 20.0, 3_000.0, 200.0, 180.0)
    async with Sky(m.clock, plane) as sky:
        radar = await sky.receiver("radar")
        m.hears("green", *sky.feeds("radar"))
        async with m:
            await radar.called_by(1)
            await m.node("blue").post_notice(firing(), role="duty")
            await m.settle()
            m.clock.advance(1_200_000)
            await fly(m, sky, 3, "green")
            watch = m.watching("green")
            assert BYSTANDER in {f.key for f in watch.state().findings}
            m.clock.advance(-600_000)
            await fly(m, sky, 4, "green")
            tracks = watch.state().tracks
            assert tracks is not None
            assert tracks.lat_deg[0] == pytest.approx(plane.lat_deg, abs=0.001)
            assert BYSTANDER in {f.key for f in watch.state().findings}
            await fly(m, sky, 30, "green")
            assert BYSTANDER not in {f.key for f in watch.state().findings}
            changed = await m.node("green").events(0, 10_000)
            opened = [e for e in changed if e.kind == "watch-opened"]
            assert sum(e.data["kind"] == Kind.BYSTANDER.value for e in opened) == 1
            await m.settle()
            await m.check()


# A process that is killed

AGREEMENT = Path(__file__).resolve().parents[2] / "examples" / "agreement.json"


def words(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "parley.cli", *map(str, arguments)]


def done(*arguments: object) -> None:
    subprocess.run(words(*arguments), check=True, capture_output=True)


def serving(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        words("serve", path, "--json", "--listen", "127.0.0.1:0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@contextmanager
def flood() -> Iterator[int]:
    """A receiver on a socket that never stops telling: of three hundred pairs about to meet, and
    of what is none."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    ended = threading.Event()
    when = "2031/05/01,10:00:00.000"
    lines = [
        f"MSG,3,1,1,{n:06X},1,{when},{when},,30000,450,{180 * (n % 2)},"
        f"{34 + 0.1 * (n // 2 % 30) + 0.05 * (n % 2):.4f},{34 + 0.2 * (n // 60):.4f},0,,0,0,0,0\r\n"
        for n in range(1, 601)
    ]
    data = ("garbage\r\n" + "".join(lines)).encode()

    def tell() -> None:
        callers: list[socket.socket] = []
        while not ended.wait(0.05):
            with suppress(TimeoutError):
                callers.append(listening.accept()[0])
                callers[-1].settimeout(1.0)
            for caller in callers:
                with suppress(OSError):
                    caller.sendall(data)
        for caller in callers:
            caller.close()

    thread = threading.Thread(target=tell)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        ended.set()
        thread.join()
        listening.close()


def raised_alarms(path: Path, at_least: int) -> None:
    """Returns when the served node's own stream has told of so many."""
    with Client(nodedir.open_dir(path)) as client:
        for event in client.events("/v1/events", after=0):
            at_least -= json.loads(event.data)["kind"] == "alarm-raised"
            if at_least <= 0:
                return


async def test_a_node_killed_in_a_flood_of_reports_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "ru"
    listen = ("--peer-listen", "127.0.0.1:0")
    made = ("init", path, "--party", "ru", "--agreement", AGREEMENT, *listen)
    await asyncio.to_thread(done, *made)
    with flood() as port:
        added = ("feed", "add", path, "roof", f"sbs+tcp://127.0.0.1:{port}")
        await asyncio.to_thread(done, *added)
        for turn in range(2):
            with serving(path) as served:
                assert served.stdout is not None
                assert served.stdout.readline(), f"it did not serve, turn {turn}"
                await asyncio.to_thread(raised_alarms, path, 20)
                served.kill()
            assert served.returncode == -9
            async with stored_node(nodedir.open_dir(path)) as node:
                await node.check_node(MemoryStore())
                events = await node.events(0, 100_000)
                raised = [e.data["key"] for e in events if e.kind == "alarm-raised"]
                assert len(raised) == len(set(raised)) >= 20
