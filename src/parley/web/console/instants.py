"""The 4-D picture of any instant, put together for an answer: what the node's records and log say,
and where tracks were."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parley.errors import ParleyError
from parley.node import queries
from parley.node.desk import Desk
from parley.node.picture.chronicle import Chronicle
from parley.node.picture.instant import (
    Instant,
    past,
    presences_of,
    records_of,
    standing,
    with_afloat,
)
from parley.web.console.frames import columns_of, moving_columns, names_of
from parley.web.console.picture_views import Drawings, items_json, joined
from parley.web.face import Face
from parley.web.views import item_view
from parley.wire.instants import MAX_MS, format_instant, parse_instant

LIVE_MS = 5_000
"""So near to now the tracks of an instant are those of the live picture."""
READING_S = 1.0
"""So long an answer waits for the past to be read; then it says how much is still to come."""

NO_HISTORY = "no track history is kept here"
NOTHING_THEN = "nothing was kept then"
PLANNED = "tracks are not predicted"
NOT_KNOWN = "tracks of later than that were not known then"


@dataclass(frozen=True, slots=True)
class _Tracks:
    columns: dict[str, Any] | None = None
    at_ms: int | None = None
    gap_s: float | None = None
    note: str = ""
    moving: dict[str, Any] | None = None


class Instants:
    """See the module. One for each application: what it has read and drawn it keeps."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._chronicle = Chronicle()
        self._drawings = Drawings()
        self._reading: asyncio.Task[int] | None = None

    async def picture(self, at: str | None, as_of: str | None, ahead_s: int) -> bytes:
        """A ``PictureView`` as JSON. InputError: no instants."""
        now_ms = self._face.node.clock()
        at_ms = now_ms if at is None else parse_instant(at, "at")
        as_of_ms = None if as_of is None else parse_instant(as_of, "as_of")
        if as_of_ms is not None and as_of_ms >= now_ms:
            as_of_ms = None  # nothing is known yet beyond what is known now
        until_ms = min(at_ms + 1_000 * ahead_s, MAX_MS)
        if as_of_ms is None and at_ms >= now_ms:
            found = await self._look(lambda desk: standing(desk, at_ms, until_ms))
            found = with_afloat(found, self._face.node.afloat())
        else:
            behind = await self._read_on()
            found = await self._look(
                lambda desk: past(desk, self._chronicle, at_ms, until_ms, as_of_ms)
            )
            found = replace(found, behind=behind)
        tracks = await self._tracks(at_ms, as_of_ms, now_ms)
        return await asyncio.to_thread(self._json, found, tracks, now_ms, live=at is None)

    async def read(self, refs: Sequence[str], *, outlines: bool) -> bytes:
        """A ``ReadView`` as JSON."""
        wanted = list(dict.fromkeys(refs))
        node, now_ms = self._face.node, self._face.node.clock()
        records, presences = await node.look(
            lambda desk: (records_of(desk, wanted), presences_of(desk, wanted))
        )
        seen = await node.witnessed_refs([record.ref for record in records])
        there = {record.ref for record in records} | {f"presence:{p.item}" for p in presences}

        def made() -> bytes:
            views = [
                item_view(record, now_ms, outlines=outlines, witnessed=record.ref in seen)
                for record in records
            ]
            items = b",".join(view.model_dump_json(by_alias=True).encode() for view in views)
            volumes = self._drawings.all_volumes(
                node.agreement, node.agreement_ref, records, presences, now_ms
            )
            return joined(
                {"now_ms": now_ms, "missing": [ref for ref in wanted if ref not in there]},
                {"items": b"[" + items + b"]", "volumes": volumes if outlines else b"[]"},
            )

        return await asyncio.to_thread(made)

    async def _look(self, work: Callable[[Desk], Instant]) -> Instant:
        def looked(desk: Desk) -> Instant:
            return replace(work(desk), last_event=queries.last_event(desk.tx))

        return await self._face.node.look(looked)

    async def _read_on(self) -> int:
        """Reads what was logged since, as far as it comes in a second; the rest goes on behind
        the answer. How many entries are still to come."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_all())
        done, _ = await asyncio.wait({self._reading}, timeout=READING_S)
        if done:
            return self._reading.result()
        size = await self._face.node.look(lambda desk: desk.tx.log.size())
        return max(1, size - self._chronicle.size)

    async def _read_all(self) -> int:
        behind = 1
        while behind and not self._face.closing.is_set():
            behind = await self._face.node.look(self._chronicle.read_on)
        return behind

    async def _tracks(self, at_ms: int, as_of_ms: int | None, now_ms: int) -> _Tracks:
        watching, history = self._face.watching, self._face.history
        if at_ms > now_ms + LIVE_MS:
            return _Tracks(note=PLANNED)
        if as_of_ms is not None and at_ms > as_of_ms:
            return _Tracks(note=NOT_KNOWN)
        if watching is not None and at_ms >= now_ms - LIVE_MS:
            state = watching.state()
            if state.tracks is None:
                return _Tracks(note=NOTHING_THEN)
            columns = names_of(state.tracks) | columns_of(state.tracks, watching.alarms())
            moving = moving_columns(state.tracks, state.moving, state.last_ms)
            return _Tracks(columns, state.last_ms, moving=moving)
        if history is None:
            return _Tracks(note=NO_HISTORY)
        try:
            then = await history.at(at_ms)
        except ParleyError as error:
            return _Tracks(note=f"the track history cannot be read: {error.what}")
        if then.tracks is None:
            return _Tracks(gap_s=then.gap_s, note=NOTHING_THEN)
        columns = names_of(then.tracks) | columns_of(then.tracks)
        return _Tracks(columns, then.tracks.now_ms, then.gap_s)

    def _json(self, found: Instant, tracks: _Tracks, now_ms: int, *, live: bool) -> bytes:
        drawings = self._drawings
        members = {
            "now": format_instant(now_ms),
            "now_ms": now_ms,
            "at": format_instant(found.at_ms),
            "at_ms": found.at_ms,
            "as_of": None if found.as_of_ms is None else format_instant(found.as_of_ms),
            "as_of_ms": found.as_of_ms,
            "live": live,
            "last_event": found.last_event,
            "agreement": found.agreement_ref,
            "tracks": tracks.columns,
            "tracks_at_ms": tracks.at_ms,
            "gap_s": tracks.gap_s,
            "tracks_note": tracks.note,
            "moving": tracks.moving,
            "complete": not found.behind,
            "behind": found.behind,
            "left_out": found.left_out,
        }
        ready = {
            "items": items_json(found),
            "volumes": drawings.volumes(found),
            "named": drawings.named(found.agreement, found.agreement_ref),
        }
        return joined(members, ready)
