"""Two parties and an observer with consoles to sit at: real nodes, a sky that flies, links to cut.

``python -m parley.testing.consolestand`` runs it for people and says where to log in.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from parley.errors import ParleyError
from parley.node.node import Node
from parley.node.watching.settings import Settings
from parley.rules.agreement import AgreedLine, Agreement
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.agreements import small_agreement
from parley.testing.clock import RunningClock
from parley.testing.harness import QUICK, TOKEN, Mechanism
from parley.testing.people import PASSWORD, PERSONS
from parley.testing.sky import Plane, Receiver, Sky, json_line

STEP_S = 0.5
PACE = replace(QUICK, heartbeat_s=2.0)
"""With a browser beside them nodes do not answer in a quarter of a second."""
WATCHERS = ("blue", "green")
ZONES = {"blue": "Europe/Athens", "green": "Asia/Tehran"}
PLANES = (
    Plane("b10001", 40.05, 19.7, 3_000.0, 120.0, 80.0, callsign="BLUE11"),
    Plane("c90001", 39.8, 20.4, 5_500.0, 200.0, 300.0, callsign="GREEN7"),
    Plane("4ca216", 40.6, 19.2, 10_300.0, 230.0, 120.0, callsign="EIN5GV"),
)
OWNERS = {"icao:b10001": "blue", "icao:c90001": "green"}


def console_agreement() -> Agreement:
    """The small agreement with a line on the map; classes, roles and places are its own."""
    river = Area.corridor(
        [Position(lat_deg=39.2, lon_deg=19.9), Position(lat_deg=40.7, lon_deg=20.3)], 250
    )
    return replace(small_agreement(), lines=(AgreedLine("river", "The river", river),))


@dataclass(slots=True)
class ConsoleStand:
    """What runs. sky: its planes fly by themselves; add to ``sky.planes`` what else shall."""

    mechanism: Mechanism
    clock: RunningClock
    sky: Sky
    radar: Receiver

    def url(self, party: str) -> str:
        """Where the party's console is."""
        return f"{self.mechanism.url(party)}/console/"

    def node(self, party: str) -> Node:
        return self.mechanism.node(party)

    def program(self, party: str) -> httpx.AsyncClient:
        """A client with the operator token of the party; close it."""
        return httpx.AsyncClient(
            base_url=self.mechanism.url(party),
            headers={"authorization": f"Bearer {TOKEN}"},
            trust_env=False,
        )

    def draft(
        self,
        lat_deg: float = 40.1,
        lon_deg: float = 20.1,
        *,
        radius_m: int = 8_000,
        floor_m: int = 0,
        ceiling_m: int = 6_000,
        begin_s: int = 7_200,
        last_s: int = 3_600,
        kind: str = "transit",
        text: str = "",
    ) -> Draft:
        """A draft of a circle whose window begins so many seconds from now."""
        begin_ms = self.clock() + begin_s * 1_000
        area = Area.circle(Position(lat_deg=lat_deg, lon_deg=lon_deg), radius_m)
        window = Span(begin_ms, begin_ms + last_s * 1_000)
        volume = Volume(area, Band.metres(floor_m, ceiling_m), window)
        return Draft(kind, (NoticeVolume(Use.ACTIVITY, volume),), text=text)

    async def fly(self) -> None:
        """Half a second at a time, told to whoever listens, until cancelled."""
        while True:
            await asyncio.sleep(STEP_S)
            now_ms = self.clock()
            for plane in self.sky.planes.values():
                plane.fly(STEP_S)
            heard = [plane for plane in self.sky.planes.values() if not plane.silent]
            await self.radar.say(b"".join(json_line(plane, now_ms) for plane in heard))

    async def tick(self) -> None:
        while True:
            await asyncio.sleep(STEP_S)
            for party in self.mechanism.parties:
                with contextlib.suppress(ParleyError, KeyError):
                    await self.node(party).tick()


@asynccontextmanager
async def console_stand(
    folder: Path,
    *,
    agreement: Agreement | None = None,
    planes: tuple[Plane, ...] = PLANES,
    owners: Mapping[str, str] = OWNERS,
    watchers: Sequence[str] = WATCHERS,
    feeds: Sequence[tuple[str, str]] = (),
) -> AsyncIterator[ConsoleStand]:
    """The stand, its databases in ``folder``; time goes on from ``DAWN_MS``. owners: whose each
    track is. watchers: the parties that watch. feeds: name and URL of what else they hear."""
    clock = RunningClock()
    flying = tuple(replace(plane) for plane in planes)
    async with Sky(clock, *flying) as sky:
        radar = await sky.receiver("radar")
        mechanism = Mechanism(
            agreement or console_agreement(),
            folder,
            clock=clock,
            pace=PACE,
            watching={party: Settings(owners=owners) for party in watchers},
        )
        mechanism.zones.update(ZONES)
        for party in watchers:
            mechanism.hears(party, *sky.feeds("radar"), *feeds)
        async with mechanism:
            stand = ConsoleStand(mechanism, clock, sky, radar)
            tasks = [asyncio.create_task(stand.fly()), asyncio.create_task(stand.tick())]
            try:
                yield stand
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)


async def furnish(stand: ConsoleStand) -> None:
    """Something to look at: notices of both sides, one that conflicts, one that waits."""
    blue, green = stand.node("blue"), stand.node("green")
    await blue.post_notice(stand.draft(39.9, 20.3, text="Transit to the lake"), role="duty")
    await green.post_notice(
        stand.draft(40.15, 20.05, kind="live-activity", begin_s=5_400, text="Range work"),
        role="duty",
    )
    await green.post_notice(stand.draft(39.6, 19.6, begin_s=-600, last_s=7_200), role="duty")
    stand.mechanism.hub("blue").wake()
    stand.mechanism.hub("green").wake()
    await stand.mechanism.settle("blue", "green")


async def _run(folder: Path) -> None:
    async with console_stand(folder) as stand:
        await furnish(stand)
        for party in stand.mechanism.parties:
            print(f"{party}: {stand.url(party)}")
        print(f"log-ins: {', '.join(PERSONS)}; password of each: {PASSWORD!r}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    with TemporaryDirectory() as folder, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(Path(folder)))


if __name__ == "__main__":
    main()
