"""Those who follow the watch's inputs: what it was given, beat by beat, as lines of a recording.

A follower runs a watch of its own on them from the moment it began: its recording replays
exactly. One that does not read is cut off, and told so; it can make nobody wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TypeAlias

from parley.space import Position
from parley.watch.report import Report
from parley.watch.scene import Scene
from parley.wire.recording import CUT_OFF, Beat, beat_line

MAX_WAITING = 64
"""So many beats wait for one follower; then it is cut off."""


class Follower:
    """One reader. scene: as it was last told."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_WAITING)
        self.scene: Scene | None = None
        self.cut = False


Line: TypeAlias = tuple[Follower, bytes]
"""A line, and who gets it."""


class Inputs:
    """See the module."""

    def __init__(self) -> None:
        self._followers: list[Follower] = []

    def lines(
        self,
        now_ms: int,
        reports: Sequence[Report],
        scene: Scene,
        sites: Mapping[str, Position],
    ) -> list[Line]:
        """What a beat was given, for everybody who follows; takes long, may run on any thread."""
        made: list[Line] = []
        seen, plain = tuple(reports), b""
        for follower in tuple(self._followers):
            if follower.scene == scene:
                plain = plain or beat_line(Beat(now_ms, seen))
                made.append((follower, plain))
                continue
            places = tuple(sorted(sites.items())) if follower.scene is None else None
            made.append((follower, beat_line(Beat(now_ms, seen, scene, places))))
        return made

    def send(self, lines: Sequence[Line], scene: Scene) -> None:
        """Who has no room for his line is cut off."""
        for follower, line in lines:
            if follower not in self._followers:
                continue
            follower.scene = scene
            try:
                follower.lines.put_nowait(line)
            except asyncio.QueueFull:
                follower.cut = True
                self._followers.remove(follower)

    async def follow(self) -> AsyncGenerator[bytes, None]:
        """Lines from the next beat on, each once. Ends when the watch stops, or, with a line that
        says so, when the reader fell ``MAX_WAITING`` beats behind."""
        follower = Follower()
        self._followers.append(follower)
        try:
            while (not follower.cut or not follower.lines.empty()) and (
                line := await follower.lines.get()
            ) is not None:
                yield line
            if follower.cut:
                yield CUT_OFF
        finally:
            if follower in self._followers:
                self._followers.remove(follower)

    def close(self) -> None:
        """The watch stops: whoever follows has all that there was, or is told that he has not."""
        for follower in self._followers:
            if follower.lines.full():
                follower.cut = True
            else:
                follower.lines.put_nowait(None)
        self._followers.clear()
