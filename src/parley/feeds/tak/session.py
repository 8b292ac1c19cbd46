"""One connection to a TAK server, from its first byte to its last.

Two tasks: one reads, one writes. The writer tells the journal first and tracks in between, so no
alert waits behind more than a handful of tracks; tracks are read from the picture when their
turn comes and never queued. The place in the journal moves when the server has answered a ping
sent behind what it was told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog

from parley.errors import ParleyError
from parley.feeds.tak.board import TakBoard
from parley.feeds.tak.calls import TakCalls
from parley.feeds.tak.config import TRACKS, TakConfig, TakCounts, TakPace
from parley.feeds.tak.line import Line
from parley.feeds.tak.view import Cursors
from parley.node.node import Node
from parley.node.watching.intake import Intake
from parley.watch.tracks import Tracks
from parley.wire.cot.decoder import Contact, CotDecoder
from parley.wire.cot.event import XML_HEADER, CotEvent, event_xml
from parley.wire.cot.out import CotVoice
from parley.wire.cot.proto import mesh_frame, stream_frame

PAGE = 200
CHUNK = 32
EXAMINED = 2_000
MAX_HEARD = 20_000

_log = structlog.get_logger("parley.feeds.tak")


@dataclass(frozen=True, slots=True)
class Means:
    """What a session works with; the same for every connection of a link."""

    node: Node
    config: TakConfig
    pace: TakPace
    clock_ms: Callable[[], int]
    voice: CotVoice
    board: TakBoard
    calls: TakCalls
    intake: Intake
    cursors: Cursors
    counts: TakCounts
    is_uas: Callable[[str], bool]
    tell: Callable[[], None]


class TakSession:
    """See the module. ``run`` ends with the error that broke the line."""

    def __init__(self, line: Line, means: Means, *, begin: int, protobuf: bool) -> None:
        """begin: our place in the journal if none was kept. protobuf: ask for it if offered."""
        self.line = self._line = line
        self._begin = begin
        self._wanted = protobuf and not line.datagrams
        self._m = means
        config, voice = means.config, means.voice
        self.decoder = CotDecoder(config.name, Contact(voice.uid, voice.name), owner=config.owner)
        self.heard_s = self._now_s()
        self._woken = asyncio.Event()
        self.unanswered = False
        self._binary = line.datagrams and protobuf
        self._offered = False
        self._answer: bool | None = None
        self._pong = False
        self._heard: dict[str, None] = {}
        self._told = 0  # in the journal
        self._confirmed = 0
        self._asked: tuple[int, float] | None = None
        self._sent: dict[str, tuple[int, int, float]] = {}
        self._round: Iterator[tuple[Tracks, int]] | None = None
        self._next_sa_s = self._next_round_s = self._next_repeat_s = self._now_s()

    async def run(self) -> None:
        """OSError (TimeoutError among them) when the line broke; ParleyError from our node."""
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._fold()

    # In

    async def _read(self) -> None:
        m = self._m
        while True:
            await asyncio.sleep(0)  # a line with much to say lets others take their turn
            data = await self._line.read()
            if not data:
                raise ConnectionError("the server closed the connection")
            self.heard_s = self._now_s()
            m.counts.bytes_in += len(data)
            now_ms = m.clock_ms()
            take = self.decoder.take_datagram if self._line.datagrams else self.decoder.take
            reports = take(data, now_ms)
            self._heed_controls()
            calls, self.decoder.calls = self.decoder.calls, []
            if calls:
                await m.calls.heed(calls)
            if not reports:
                continue
            if TRACKS not in m.config.accept:
                m.counts.reject("tracks-not-accepted", len(reports))
                continue
            m.counts.reports += len(reports)
            m.counts.last_ms = now_ms
            for report in reports:
                self._remember(report.ident.key(report.sensor))
            if dropped := m.intake.offer(reports):
                m.counts.reject("no-room", dropped)

    def _remember(self, track: str) -> None:
        """What comes from here is not sent back here."""
        if len(self._heard) >= MAX_HEARD and track not in self._heard:
            for old in list(self._heard)[: MAX_HEARD // 2]:
                del self._heard[old]
        self._heard[track] = None

    def _heed_controls(self) -> None:
        controls, self.decoder.controls = self.decoder.controls, []
        for event in controls:
            control = event.find("TakControl")
            if event.type == "t-x-c-t-r" or event.uid == self._m.voice.ping_uid:
                self._pong = True  # OpenTAKServer 1.7 sends the ping back as it came
            elif control is None:
                continue
            elif event.type == "t-x-takp-v":
                self._offered = any(
                    one.tag == "TakProtocolSupport" and one.get("version") == "1"
                    for one in control.children
                )
            elif event.type == "t-x-takp-r":
                response = control.child("TakResponse")
                self._answer = response is not None and response.get("status").lower() == "true"
            self._woken.set()

    # Out

    async def _write(self) -> None:
        m = self._m
        if not self._line.datagrams:
            await asyncio.sleep(m.pace.contact_wait_s)
        await self._say(m.voice.self_sa(m.clock_ms()))
        self._next_sa_s = self._now_s() + m.pace.keep_alive_s
        if self._offered and self._wanted:
            await self._negotiate()
        await self._stand()
        bell: asyncio.Task[None] | None = None
        try:
            while True:
                if bell is None or bell.done():
                    bell = asyncio.create_task(m.node.wait_for_event())
                    await asyncio.sleep(0)
                    await self._tell_news()
                await self._confirm()
                await self._beat()
                if not await self._some_tracks():
                    await self._rest(bell)
        finally:
            if bell is not None:
                bell.cancel()

    async def _negotiate(self) -> None:
        """TAK protocol 1 if the server agrees. Nothing may be sent while it thinks: one that does
        not answer in time is left, and asked no more."""
        m = self._m
        await self._say(m.voice.asks_protocol(m.clock_ms()))
        try:
            async with asyncio.timeout(m.pace.protocol_s):
                while self._answer is None:
                    self._woken.clear()
                    await self._woken.wait()
        except TimeoutError:
            self.unanswered = True
            raise ConnectionError("the server offered TAK protocol 1 and answered not") from None
        self._binary = self._answer

    async def _stand(self) -> None:
        """What stands now; then what was written since this server last confirmed."""
        m = self._m
        try:
            upto = await m.node.last_event()
            after = await m.cursors.cursor(m.config.name) or self._begin
        except ParleyError:
            await self._tell_afloat()
            raise
        self._told = self._confirmed = min(after, upto)
        async for event in m.board.standing():
            await self._say(event)
        while self._told < upto:
            await self._tell_afloat()
            lines = await m.node.events(self._told, min(PAGE, upto - self._told))
            if not lines:
                break
            for line in lines:
                for event in await m.board.news(line, replay=True):
                    await self._say(event)
                self._told = line.seq
        self._told = max(self._told, upto)
        self._next_repeat_s = self._now_s() + m.pace.repeat_s

    async def _tell_news(self) -> None:
        m = self._m
        await self._tell_afloat()
        while lines := await m.node.events(self._told, PAGE):
            for line in lines:
                for event in await m.board.news(line):
                    await self._say(event)
                self._told = line.seq
            await self._tell_afloat()
        m.board.landed()

    async def _tell_afloat(self) -> None:
        """What our log does not take goes ahead of what it has."""
        for event in self._m.board.afloat():
            await self._say(event)

    async def _confirm(self) -> None:
        """Move our place in the journal to what surely arrived."""
        m, now_s = self._m, self._now_s()
        if self._asked is not None:
            seq, asked_s = self._asked
            if not self._pong and now_s - asked_s < m.pace.settle_s:
                return
            await self._move(seq)
            self._asked = None
        if self._told > self._confirmed:
            if self._line.datagrams:
                await self._move(self._told)
                return
            self._pong = False
            await self._say(m.voice.ping(m.clock_ms()))
            self._asked = (self._told, now_s)

    async def _move(self, seq: int) -> None:
        if seq <= self._confirmed:
            return
        try:
            await self._m.cursors.move_cursor(self._m.config.name, seq)
        except ParleyError as error:
            _log.warning("cursor-not-kept", feed=self._m.config.name, error=str(error))
            return
        self._confirmed = seq

    async def _beat(self) -> None:
        """Signs of life, and STOP and DISTRESS again while they stand (a repeat has the same uid;
        there are servers that lose events). On UDP all that stands, for those who came later."""
        m, now_s = self._m, self._now_s()
        if now_s >= self._next_sa_s:
            self._next_sa_s = now_s + m.pace.keep_alive_s
            await self._say(m.voice.self_sa(m.clock_ms()))
            for event in m.board.urgent():
                await self._say(event)
        await m.calls.retry()
        if self._line.datagrams and now_s >= self._next_repeat_s:
            self._next_repeat_s = now_s + m.pace.repeat_s
            async for event in m.board.standing():
                await self._say(event)
        m.tell()

    # Tracks

    async def _some_tracks(self) -> bool:
        """A handful of the round; False when the round is over and the next is not due."""
        now_s = self._now_s()
        if self._round is None:
            if now_s < self._next_round_s:
                return False
            self._next_round_s = now_s + self._m.pace.track_s
            self._round = self._due(now_s)
        sent = 0
        for tracks, n in self._round:
            if n >= 0:
                uas = self._m.is_uas(tracks.ids[n])
                await self._say(self._m.voice.track(tracks, n, self._m.clock_ms(), uas=uas))
                sent += 1
            if n < 0 or sent >= CHUNK:
                await asyncio.sleep(0)
                return True
        self._round = None
        return False

    def _due(self, now_s: float) -> Iterator[tuple[Tracks, int]]:
        """Tracks with news, or whose last word is old; -1 now and then, for others to take their
        turn. What left the picture is forgotten."""
        tracks = self._m.board.tracks()
        if tracks is None:
            return
        before, self._sent = self._sent, {}
        for n, track in enumerate(tracks.ids):
            if n % EXAMINED == EXAMINED - 1:
                yield tracks, -1
            if track in self._heard:
                continue
            seen_ms, status = int(tracks.seen_ms[n]), int(tracks.status[n])
            was = before.get(track)
            fresh = was is None or was[:2] != (seen_ms, status)
            if was is not None and not fresh and now_s - was[2] < self._m.pace.track_repeat_s:
                self._sent[track] = was
                continue
            self._sent[track] = (seen_ms, status, now_s)
            yield tracks, n

    # Parts

    async def _rest(self, bell: asyncio.Task[None]) -> None:
        """Until something is written, the server says something, or a beat is due."""
        due_s = min(self._next_sa_s, self._next_round_s)
        if self._asked is not None:
            due_s = min(due_s, self._asked[1] + self._m.pace.settle_s)
        self._woken.clear()
        if self._asked is not None and self._pong:
            return
        woken = asyncio.create_task(self._woken.wait())
        try:
            await asyncio.wait(
                (bell, woken),
                timeout=max(0.0, due_s - self._now_s()),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            woken.cancel()

    async def _say(self, event: CotEvent) -> None:
        if not self._line.datagrams:
            data = stream_frame(event) if self._binary else XML_HEADER + event_xml(event)
        else:
            data = mesh_frame(event) if self._binary else XML_HEADER + event_xml(event)
        async with asyncio.timeout(self._m.pace.stall_s):
            await self._line.send(data)

    def _fold(self) -> None:
        """What this connection refused, into the counts of the link."""
        for name, count in self.decoder.rejected.counts().items():
            self._m.counts.reject(name, count)

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()
