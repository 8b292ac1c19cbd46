"""Those who follow the watch's inputs: what it was given, beat by beat, as lines of a recording.

A follower runs a watch of its own on them from the moment it began: its recording replays
exactly. One that does not read is cut off, and told so; it can make nobody wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

from parley.space import Position
from parley.watch.report import Report
from parley.watch.scene import Scene
from parley.wire.recording import Beat, beat_line

MAX_WAITING = 64
"""So many beats wait for one follower; then it is cut off."""


class _Follower:
    def __init__(self) -> None:
        self.lines: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_WAITING)
        self.scene: Scene | None = None
        self.cut = False


class Inputs:
    """See the module."""

    def __init__(self) -> None:
        self._followers: list[_Follower] = []

    def tell(
        self,
        now_ms: int,
        reports: Sequence[Report],
        scene: Scene,
        sites: Mapping[str, Position],
    ) -> None:
        """What a beat was given, to everybody who follows."""
        for follower in list(self._followers):
            first = follower.scene is None
            beat = Beat(
                now_ms,
                tuple(reports),
                scene if follower.scene != scene else None,
                tuple(sorted(sites.items())) if first else None,
            )
            follower.scene = scene
            try:
                follower.lines.put_nowait(beat_line(beat))
            except asyncio.QueueFull:
                follower.cut = True
                self._followers.remove(follower)

    async def follow(self) -> AsyncGenerator[bytes, None]:
        """Lines from the next beat on, each once. Ends when the watch stops, or when the reader
        fell ``MAX_WAITING`` beats behind."""
        follower = _Follower()
        self._followers.append(follower)
        try:
            while (not follower.cut or not follower.lines.empty()) and (
                line := await follower.lines.get()
            ) is not None:
                yield line
        finally:
            if follower in self._followers:
                self._followers.remove(follower)

    def close(self) -> None:
        """The watch stops: whoever follows has all that there was."""
        for follower in self._followers:
            while follower.lines.full():
                follower.lines.get_nowait()
            follower.lines.put_nowait(None)
        self._followers.clear()
