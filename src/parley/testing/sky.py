"""A sky of aircraft that fly by script, and receivers that tell of them on real sockets.

Time is the clock that the test turns: ``Sky.second`` moves everybody by a second, sends what each
receiver hears, and goes on when those who listen have all of it. Flat Earth: good for minutes.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from parley.node.watching.watching import Watching
from parley.testing.clock import HandClock
from parley.testing.feedstand import WatchedIntake
from parley.watch.watch import Sweep

M_A_DEGREE = 111_120.0
MPS_A_KNOT = 1852 / 3600
M_A_FOOT = 0.3048


@dataclass(slots=True)
class Plane:
    """Where it is and how it flies; a test changes both as it likes. turn_deg_s: to the right, for
    who flies in circles. squawk: four octal digits. silent: no receiver hears it."""

    icao: str
    lat_deg: float
    lon_deg: float
    height_m: float = 3_000.0
    speed_mps: float = 0.0
    course_deg: float = 0.0
    climb_mps: float = 0.0
    turn_deg_s: float = 0.0
    callsign: str = ""
    squawk: str = "2000"
    silent: bool = False

    def fly(self, seconds: float) -> None:
        course, way_m = math.radians(self.course_deg), self.speed_mps * seconds
        self.lon_deg += (
            way_m * math.sin(course) / (M_A_DEGREE * math.cos(math.radians(self.lat_deg)))
        )
        self.lat_deg += way_m * math.cos(course) / M_A_DEGREE
        self.height_m += self.climb_mps * seconds
        self.course_deg = (self.course_deg + self.turn_deg_s * seconds) % 360.0


def json_line(plane: Plane, now_ms: int) -> bytes:
    """As readsb's port 30047 writes it, with the height above the ellipsoid; one report."""
    fields = {
        "now": now_ms / 1000,
        "hex": plane.icao,
        "type": "adsb_icao",
        "flight": plane.callsign,
        "squawk": plane.squawk,
        "lat": round(plane.lat_deg, 7),
        "lon": round(plane.lon_deg, 7),
        "alt_geom": round(plane.height_m / M_A_FOOT),
        "gs": round(plane.speed_mps / MPS_A_KNOT, 3),
        "track": plane.course_deg % 360.0,
        "geom_rate": round(plane.climb_mps / M_A_FOOT * 60),
        "nac_p": 9,
        "nic": 8,
        "gva": 2,
    }
    return json.dumps(fields).encode() + b"\n"


def sbs_line(plane: Plane, now_ms: int) -> bytes:
    """One MSG,3 line that says everything at once; its altitude is a pressure altitude."""
    del now_ms
    when = "2031/05/01,10:00:00.000"
    body = (
        f"MSG,3,1,1,{plane.icao.upper()},1,{when},{when},{plane.callsign},"
        f"{round(plane.height_m / M_A_FOOT)},{plane.speed_mps / MPS_A_KNOT:.3f},"
        f"{plane.course_deg % 360.0:.2f},{plane.lat_deg:.7f},{plane.lon_deg:.7f},"
        f"{round(plane.climb_mps / M_A_FOOT * 60)},{plane.squawk},0,0,0,0"
    )
    return body.encode() + b"\r\n"


LINES: dict[str, Callable[[Plane, int], bytes]] = {"json": json_line, "sbs": sbs_line}


class Receiver:
    """Listens on 127.0.0.1; sends one line for each plane that it hears to all who called."""

    def __init__(self, name: str, form: str, hears: Callable[[Plane], bool]) -> None:
        self.name = name
        self.form = form
        self.hears = hears
        self.port = 0
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.StreamWriter] = set()
        self._called = asyncio.Event()

    @property
    def url(self) -> str:
        """As a node's feed is told it."""
        return f"{self.form}+tcp://127.0.0.1:{self.port}"

    async def rise(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def fall(self) -> None:
        """Nobody listens any more, and whoever called is cut off in the middle."""
        if self._server is not None:
            self._server.close()
        for caller in tuple(self._callers):
            caller.transport.abort()

    def hang_up(self) -> None:
        """Whoever called is no longer there; what was said arrives first."""
        for caller in tuple(self._callers):
            caller.close()

    async def called_by(self, count: int) -> None:
        """Returns when so many are there."""
        while len(self._callers) < count:
            self._called.clear()
            await self._called.wait()

    async def say(self, data: bytes) -> None:
        """These bytes to everybody, whatever they are."""
        for caller in tuple(self._callers):
            try:
                caller.write(data)
                await caller.drain()
            except OSError:
                self._callers.discard(caller)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.add(writer)
        self._called.set()
        try:
            while await reader.read(1_024):
                pass
        except OSError:
            pass
        finally:
            self._callers.discard(writer)
            writer.transport.abort()


class Sky:
    """See the module. Its receivers are up while it is entered."""

    def __init__(self, clock: HandClock, *planes: Plane) -> None:
        self.clock = clock
        self.planes = {plane.icao: plane for plane in planes}
        self.receivers: dict[str, Receiver] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for receiver in self.receivers.values():
            receiver.fall()

    async def receiver(
        self, name: str, form: str = "json", hears: Callable[[Plane], bool] = lambda _: True
    ) -> Receiver:
        """A new one that listens; ``name`` is also the name of the feeds that call it."""
        made = self.receivers[name] = Receiver(name, form, hears)
        await made.rise()
        return made

    def feeds(self, *names: str) -> list[tuple[str, str]]:
        """Name and URL of each: what ``Mechanism.hears`` takes."""
        return [(name, self.receivers[name].url) for name in names]

    async def second(
        self, watches: Sequence[Watching], *, before: Iterable[tuple[str, bytes]] = ()
    ) -> list[Sweep]:
        """A second later: everybody has flown on, these watches have all that their receivers
        told, and a beat is gone. before: receiver and bytes that it sends in front."""
        self.clock.advance(1_000)
        for plane in self.planes.values():
            plane.fly(1.0)
        for name, data in before:
            await self.receivers[name].say(data)
        return await self.tell(watches)

    async def tell(self, watches: Sequence[Watching]) -> list[Sweep]:
        """What is in the sky now, and a beat of each watch."""
        heard = {
            name: [p for p in self.planes.values() if not p.silent and receiver.hears(p)]
            for name, receiver in self.receivers.items()
        }
        wanted = []
        for watch in watches:
            intake = intake_of(watch)
            more = sum(len(heard.get(feed.name, ())) for feed in watch.feeds())
            wanted.append((intake, intake.queued + more))
        for name, planes in heard.items():
            line = LINES[self.receivers[name].form]
            data = b"".join(line(plane, self.clock()) for plane in planes)
            await self.receivers[name].say(data)
        for intake, queued in wanted:
            await intake.until(lambda intake=intake, queued=queued: intake.queued >= queued)  # type: ignore[misc]
        return [await watch.beat() for watch in watches]


def intake_of(watch: Watching) -> WatchedIntake:
    """The intake of a watch under ``Mechanism``."""
    assert isinstance(watch.intake, WatchedIntake)
    return watch.intake
