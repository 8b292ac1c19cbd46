"""From reports to tracks: the fold of all feeds into one picture."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from parley.rules.findings import Finding
from parley.rules.watching import WatchRules
from parley.space import Position
from parley.watch.report import Report
from parley.watch.tracking.association import associated
from parley.watch.tracking.book import Book
from parley.watch.tracking.doubts import Merged, doubts
from parley.watch.tracking.fold import ANEW, NAMES, REFUSED, fold
from parley.watch.tracking.identity import swapped
from parley.watch.tracking.merge import OUT, merge
from parley.watch.tracking.registration import Registration
from parley.watch.tracking.registry import registrations
from parley.watch.tracking.sighted import BLANK, FUTURE_MS, NEVER, REPORT, Rows, limits, line
from parley.watch.tracks import Floats, Ints, Tracks

NO_OWNERS: Mapping[str, str] = {}


class Picture:
    """The tracks that follow from the reports, and what is wrong with them.

    The same reports give the same tracks and findings at the same instant, however they were cut
    into batches and whatever was asked in between; of reports of several sensors at one instant
    the order does not matter. max_tracks: so many identities at most. sites: where a sensor
    stands, by its name: its registration is judged better with it.

    A track's id is ``Ident.key``; a second aircraft under one identity is "ID~2". What a report
    says that cannot be is counted in ``rejected`` and does not move the track.
    """

    def __init__(
        self,
        rules: WatchRules,
        *,
        max_tracks: int = 200_000,
        sites: Mapping[str, Position] | None = None,
    ) -> None:
        self.rules = rules
        self.sites: Mapping[str, Position] = dict(sites or {})
        self.forgotten: list[str] = []
        """The ids that left the picture between the last two calls of ``at``, sorted: not heard of
        for ``forget_s``, or found to be plots of an aircraft that has another id."""
        self._limits = limits(rules)
        self._book = Book(max_tracks)
        self._refused: dict[str, int] = {}
        self._counts = np.zeros(len(NAMES), dtype=np.int64)
        self._takes = 0
        self._now_ms = NEVER
        self._last: tuple[Tracks, Rows] | None = None
        self._ids: tuple[str, ...] = ()
        self._ids_of: tuple[int, Ints, Ints] | None = None
        self._words: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._words_of: tuple[object, int] = (None, -1)
        self._sorting: Ints | None = None
        self._joined: tuple[Ints, Ints] = (np.empty(0, np.int64), np.zeros(1, np.int64))
        self._owned: tuple[tuple[str, ...], dict[str, str], tuple[str, ...]] | None = None
        self._registered: tuple[int, int, tuple[Registration, ...]] = (-1, 0, ())

    @property
    def rejected(self) -> Mapping[str, int]:
        """What was refused, of whole reports or of parts of them: name -> count, by name.

        no-identity, no-room, time-in-future (by more than 5 s), time-too-old (older than lost_s),
        time-backwards, repeated (the same instant again), impossible-jump, impossible-turn,
        impossible-speed, impossible-climb, impossible-height.
        """
        counts = dict(self._refused)
        counts.update({n: int(c) for n, c in zip(NAMES, self._counts, strict=True) if c})
        return dict(sorted(counts.items()))

    def _refuse(self, name: str) -> None:
        self._refused[name] = self._refused.get(name, 0) + 1

    def take(self, reports: Sequence[Report], now_ms: int) -> None:
        """Fold reports in, in their order. now_ms: what the clock shows (UTC); if it was set back,
        all that is known moves with it, so that what comes is still news. Raises nothing for what
        a report says."""
        if now_ms < self._now_ms - FUTURE_MS:
            self._book.set_back(self._now_ms - now_ms)
        self._now_ms = now_ms
        lost_ms = self._limits.lost_ms
        earliest, latest = now_ms - lost_ms, now_ms + FUTURE_MS
        book = self._book
        rows, number_of = book.rows, book.key
        slots: list[int] = []
        kept: list[Report] = []
        swept = False
        for report in reports:
            seen_ms, ident = report.seen_ms, report.ident
            if not earliest <= seen_ms <= latest:
                self._refuse("time-in-future" if seen_ms > latest else "time-too-old")
                continue
            sensor = report.sensor
            key = number_of(report, lost_ms) if ident.number else ident.key(sensor)
            slot = rows.get((sensor, key), -1)
            if slot < 0:
                if not swept and not book.has_room(sensor, key):
                    self._fold(slots, kept)
                    slots, kept, swept = [], [], True
                    book.sweep(now_ms, self._limits.forget_ms)
                slot = self._enter(sensor, key)
                if slot < 0:
                    continue
            slots.append(slot)
            kept.append(report)
        self._fold(slots, kept)
        self._takes += 1

    def _enter(self, sensor: str, key: str) -> int:
        """A row for what was not seen before, or -1."""
        if not key:
            self._refuse("no-identity")
            return -1
        if not self._book.has_room(sensor, key):
            self._refuse("no-room")
            return -1
        return self._book.add(sensor, key)

    def _fold(self, slots: list[int], reports: list[Report]) -> None:
        book, table = self._book, np.array([line(r) for r in reports], dtype=REPORT)
        whose = np.array(slots, dtype=np.int64)
        fates = np.zeros(len(table), dtype=np.int64)
        blank = np.array([BLANK])
        at = 0
        while at < len(table):
            at = fold(
                book.table,
                book.past,
                book.twins,
                blank,
                whose,
                table,
                at,
                self._limits,
                self._counts,
                fates,
            )
            if at < len(table) and not book.twin(slots[at]):
                self._refuse("no-room")
                fates[at] = REFUSED
                at += 1
        who, say = book.who, book.say
        for slot, report, fate in zip(slots, reports, fates.tolist(), strict=True):
            if fate == REFUSED:
                continue
            mine, ident = who[slot], report.ident
            if fate == ANEW or (
                mine is not None
                and (
                    ident.callsign != mine.call
                    or ident.mode3a != mine.mode3a
                    or report.label != mine.label
                    or report.owner != mine.owner
                )
            ):
                say(slot, report, fate == ANEW)
        book.settle()

    def at(self, now_ms: int, owners: Mapping[str, str] = NO_OWNERS) -> Tracks:
        """The tracks as they are believed to be at now_ms. owners: track id -> party, where a
        person said so; it wins over what the reports say."""
        before = self._ids
        made = self._merged(now_ms)
        self._name(made)
        if self._ids is not before:
            self.forgotten = sorted(set(before).difference(self._ids))
        else:
            self.forgotten = []
        order = self._sorting
        if order is not None:
            made = made[order]
        owner, label = self._said(made, owners)
        tracks = _tracks(now_ms, self._ids, made, owner, label)
        self._last = (tracks, made)
        return tracks

    def registrations(self, now_ms: int) -> tuple[Registration, ...]:
        """How each sensor that was compared with what aircraft say of themselves stands to it."""
        if self._registered[:2] != (self._takes, now_ms):
            book, joined = self._book, associated(self._book, now_ms, self._limits)
            found = registrations(book, joined, self.sites, now_ms, self.rules.plausible)
            self._joined = book.joined(*joined)
            self._registered = (self._takes, now_ms, found)
        return self._registered[2]

    def findings(self, tracks: Tracks) -> list[Finding]:
        """What is wrong with the tracks themselves, with identities and with sensors; ``tracks``
        as ``at`` gave them. In the order of kinds and ids; the same for the same reports."""
        if self._last is None or self._last[0] is not tracks:
            forgotten = self.forgotten
            self.at(tracks.now_ms, dict(zip(tracks.ids, tracks.owner, strict=True)))
            self.forgotten = forgotten
        assert self._last is not None
        known, made = self._last
        seen = Merged(known, made, self._book.table, *self._joined)
        found = doubts(seen, self.rules, self.registrations(tracks.now_ms))
        return found + swapped(seen, self._book, self._limits)

    def _merged(self, now_ms: int) -> Rows:
        book = self._book
        book.sweep(now_ms, self._limits.forget_ms)
        off = {r.sensor for r in self.registrations(now_ms) if r.misaligned}
        aside = np.zeros(len(book.table), dtype=np.uint8)
        if off:
            numbers = [number for name, number in book.sensors.items() if name in off]
            aside[np.isin(book.sensor_of, numbers)] = 1
        order, starts = self._joined
        out = np.empty(len(order), dtype=OUT)
        return out[: merge(book.table, order, starts, aside, now_ms, self._limits, out)]

    def _name(self, made: Rows) -> None:
        """The ids of the tracks, kept as they are while the same tracks are there."""
        which, part = made["track"].copy(), made["part"].copy()
        last, version = self._ids_of, self._book.version
        if last is not None and last[0] == version and np.array_equal(last[1:], (which, part)):
            return
        keys = self._book.keys()
        ids = [keys[k] for k in which.tolist()]
        for i in np.flatnonzero(part > 1).tolist():
            mark = "~"
            while f"{ids[i]}{mark}{part[i]}" in self._book.by_key:
                mark += "~"
            ids[i] = f"{ids[i]}{mark}{part[i]}"
        self._sorting = None
        if part.max(initial=1) > 1 and any(a >= b for a, b in pairwise(ids)):
            self._sorting = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
            ids = [ids[i] for i in self._sorting.tolist()]
        self._ids_of = (version, which, part)
        named = tuple(ids)
        if named != self._ids:
            self._ids = named

    def _said(
        self, made: Rows, owners: Mapping[str, str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Owner and label of each track."""
        book = self._book
        if self._words_of[0] is not self._ids_of or self._words_of[1] != book.words:
            keys = book.keys()
            said = book.words_of([keys[k] for k in made["track"].tolist()])
            self._words = (tuple([w[1] for w in said]), tuple([w[0] for w in said]))
            self._words_of = (self._ids_of, book.words)
        told, label = self._words
        if not owners:
            return told, label
        last = self._owned
        if last is not None and last[0] is told and last[1] == owners:
            return last[2], label
        owner = list(told)
        for name, party in owners.items():
            i = bisect_left(self._ids, name)
            if i < len(owner) and self._ids[i] == name:
                owner[i] = party or owner[i]
        self._owned = (told, dict(owners), tuple(owner))
        return self._owned[2], label


def _tracks(
    now_ms: int, ids: tuple[str, ...], made: Rows, owner: tuple[str, ...], label: tuple[str, ...]
) -> Tracks:
    def floats(name: str) -> Floats:
        return np.ascontiguousarray(made[name], dtype=np.float64)

    return Tracks(
        now_ms,
        ids,
        floats("lat"),
        floats("lon"),
        floats("radius"),
        floats("speed"),
        floats("course"),
        floats("climb"),
        floats("pressure"),
        floats("height"),
        floats("vertical"),
        made["seen"].astype(np.int64),
        floats("age"),
        made["status"].astype(np.uint8),
        made["sensors"].astype(np.uint8),
        made["ground"].astype(np.bool_),
        made["emergency"].astype(np.bool_),
        made["doubted"].astype(np.bool_),
        owner,
        label,
    )
