"""Which row belongs to whom: identities, sensors, labels, and the room for them.

A row is one sensor's sight of one identity; a twin row stands beside it while that sensor reports
the identity at two places. Bounded: identities, rows of one identity, sensors, lengths of names.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np

from parley.watch.report import Report, sound
from parley.watch.tracking.merge import MAX_SENSORS
from parley.watch.tracking.sighted import BLANK, NEVER, PAST, ROW
from parley.watch.tracks import Ints

MAX_NAME = 200
MAX_SEEN_BY = 1024
"""So many sensors at most."""
MAX_ROWS = MAX_SENSORS // 2
"""So many rows of one identity; the rest is left to plots that join it."""
CLEAR_MS = 60_000
MAX_RENAMED = 1024
"""So many rows whose callsign changed last are remembered."""


_COMMON = "0000 1000 1200 2000 2200 7000 7001 7004 7010 7400 7500 7600 7700 7777"
COMMON_CODES = frozenset(_COMMON.split())
"""Mode 3/A codes that many bear at once."""


OCTAL = frozenset("01234567")


@dataclass(slots=True)
class Who:
    """One row's identity and what its reports say about it. was: the callsign before ``call``,
    which changed at changed_ms."""

    key: str
    sensor: str
    mode3a: str = ""
    call: str = ""
    label: str = ""
    owner: str = ""
    was: str = ""
    changed_ms: int = NEVER


def _code(mode3a: str) -> int:
    return int(mode3a, 8) if len(mode3a) == 4 and set(mode3a) <= OCTAL else -1


_INSTANTS = tuple(name for name in ROW.names or () if name.startswith("t_") or name == "born")


class Book:
    """table, past, twins: by row; bare: known by nothing but its sensor's own number; codes: its
    Mode 3/A, -1 if unknown. sensors: name -> number."""

    def __init__(self, max_tracks: int) -> None:
        self.table = np.full(1024, BLANK, dtype=ROW)
        self.past = np.zeros((1024, PAST, 3))
        self.twins = np.full(1024, -1, dtype=np.int64)
        self.sensor_of = np.zeros(1024, dtype=np.int64)
        self.bare = np.zeros(1024, dtype=np.bool_)
        self.codes = np.full(1024, -1, dtype=np.int64)
        self.who: list[Who | None] = []
        self.rows: dict[tuple[str, str], int] = {}
        self.by_key: dict[str, list[tuple[str, int]]] = {}
        self.sensors: dict[str, int] = {}
        self.version = 0
        self.words = 0
        self.renamed: deque[int] = deque(maxlen=MAX_RENAMED)
        self._said: dict[str, tuple[str, str]] = {}
        self._max = max_tracks
        self._free: list[int] = []
        self._later: list[int] = []
        self._alias: dict[tuple[str, str], tuple[str, int]] = {}
        self._keys: list[str] = []
        self._come: set[str] = set()
        self._gone: set[str] = set()
        self._cleared_ms = NEVER
        self._layout: tuple[int, Ints, Ints] | None = None
        self._places: tuple[int, Ints, Ints] | None = None

    def key(self, report: Report, lost_ms: int) -> str:
        """The identity of a report: a sensor's own number stands for the address or uid that the
        same sensor gave with it no longer than lost_ms ago."""
        ident, sensor = report.ident, report.sensor
        if not ident.number:
            return ident.key(sensor)
        name = (sensor, ident.number)
        if ident.icao24 or ident.uid:
            key = ident.key(sensor)
            known = self._alias.get(name)
            if known is None or known[0] != key:
                self._named(sensor, f"{sensor}/{ident.number}", key)
            if len(self._alias) <= 4 * self._max:
                self._alias[name] = (key, report.seen_ms)
            return key
        known = self._alias.get(name)
        if known is not None and abs(report.seen_ms - known[1]) <= lost_ms:
            self._alias[name] = (known[0], max(known[1], report.seen_ms))
            return known[0]
        return ident.key(sensor)

    def _named(self, sensor: str, number: str, key: str) -> None:
        """A track known by its number alone turns out to be ``key``: its row goes over."""
        row = self.rows.get((sensor, number))
        if row is None:
            return
        if (sensor, key) in self.rows or not self._room_for(key):
            self._later.append(row)
            return
        twin = int(self.twins[row])
        self._unlist(row)
        self._enlist(row, key)
        if twin >= 0:
            self._unlist(twin)
            self._enlist(twin, key, "~")

    def _enlist(self, row: int, key: str, mark: str = "") -> None:
        who = self.whose(row)
        who.key = key
        self.bare[row] = key.startswith(f"{who.sensor}/")
        if not mark:
            self.rows[(who.sensor, key)] = row
        if key not in self.by_key:
            self.by_key[key] = []
            self._come.add(key)
        insort(self.by_key[key], (who.sensor + mark, row))
        self._said.pop(key, None)
        self.version += 1

    def _unlist(self, row: int) -> None:
        who = self.whose(row)
        mine = self.by_key[who.key]
        self._said.pop(who.key, None)
        mine[:] = [entry for entry in mine if entry[1] != row]
        if not mine:
            del self.by_key[who.key]
            if who.key in self._come:
                self._come.remove(who.key)
            else:
                self._gone.add(who.key)
        if self.rows.get((who.sensor, who.key)) == row:
            del self.rows[(who.sensor, who.key)]
        self.version += 1

    def _room_for(self, key: str) -> bool:
        mine = self.by_key.get(key)
        return len(self.by_key) < self._max if mine is None else len(mine) < MAX_ROWS

    def has_room(self, sensor: str, key: str) -> bool:
        if len(key) > MAX_NAME or len(sensor) > MAX_NAME:
            return False
        if sensor not in self.sensors and len(self.sensors) >= MAX_SEEN_BY:
            return False
        return self._room_for(key)

    def add(self, sensor: str, key: str, mark: str = "") -> int:
        """A new, blank row; the caller has asked ``has_room``."""
        if self._free:
            row = self._free.pop()
        else:
            row = len(self.who)
            self.who.append(None)
            if row == len(self.table):
                self._grow()
        self.table[row] = BLANK
        self.twins[row] = -1
        self.sensor_of[row] = self.sensors.setdefault(sensor, len(self.sensors))
        self.who[row] = Who(key, sensor)
        self._enlist(row, key, mark)
        return row

    def _grow(self) -> None:
        n = len(self.table)
        self.table = np.concatenate((self.table, np.full(n, BLANK, dtype=ROW)))
        self.past = np.concatenate((self.past, np.zeros_like(self.past)))
        self.twins = np.concatenate((self.twins, np.full(n, -1, dtype=np.int64)))
        self.sensor_of = np.concatenate((self.sensor_of, np.zeros(n, dtype=np.int64)))
        self.bare = np.concatenate((self.bare, np.zeros(n, dtype=np.bool_)))
        self.codes = np.concatenate((self.codes, np.full(n, -1, dtype=np.int64)))

    def twin(self, row: int) -> bool:
        """Give the row a twin; False when there is no room."""
        who = self.whose(row)
        if len(self.by_key[who.key]) >= MAX_ROWS:
            return False
        self.twins[row] = self.add(who.sensor, who.key, "~")
        return True

    def settle(self) -> None:
        """Free the rows that were given up in the midst of a batch."""
        for row in self._later:
            self.release(row)
        self._later.clear()

    def release(self, row: int) -> None:
        """Free a row and its twin."""
        if self.who[row] is None:
            return
        twin = int(self.twins[row])
        self.twins[row] = -1
        self._unlist(row)
        self.who[row] = None
        self.bare[row] = False
        self.codes[row] = -1
        self.table[row] = BLANK
        self._free.append(row)
        if twin >= 0:
            self.release(twin)

    def sweep(self, now_ms: int, forget_ms: int) -> None:
        """Free what nothing was heard of for longer than forget_ms."""
        n = len(self.who)
        if not n:
            return
        heard = self.table["t_any"][:n]
        silent = np.flatnonzero(heard < now_ms - forget_ms)
        twins = set(self.twins[:n][self.twins[:n] >= 0].tolist())
        for row in silent.tolist():
            if row not in twins and self.who[row] is not None:
                self.release(row)
        if now_ms - self._cleared_ms > CLEAR_MS:
            self._cleared_ms = now_ms
            old = [name for name, (_, t) in self._alias.items() if t < now_ms - forget_ms]
            for name in old:
                del self._alias[name]

    def set_back(self, step_ms: int) -> None:
        """The clock was set back by so much: all that is known was so much earlier by it."""
        for name in _INSTANTS:
            values = self.table[name]
            values[values > NEVER // 2] -= step_ms
        self.past[..., 0] -= step_ms
        self._alias = {name: (key, t - step_ms) for name, (key, t) in self._alias.items()}
        self._cleared_ms -= step_ms
        for who in self.who:
            if who is not None and who.changed_ms > NEVER // 2:
                who.changed_ms -= step_ms

    def say(self, row: int, report: Report, anew: bool) -> None:
        """What a taken report says about who it is."""
        who, ident = self.who[row], report.ident
        if who is None:
            return
        self._said.pop(who.key, None)
        if anew:
            self.codes[row] = -1
            who.mode3a = who.call = who.label = who.owner = who.was = ""
            who.changed_ms = NEVER
            self.words += 1
        call = ident.callsign
        if call and call != who.call:
            if who.call:
                who.was, who.changed_ms = who.call, report.seen_ms
                self.renamed.append(row)
            who.call = sound(call[:MAX_NAME])
            self.words += 1
        if ident.mode3a and ident.mode3a != who.mode3a:
            who.mode3a = sound(ident.mode3a[:MAX_NAME])
            self.codes[row] = _code(ident.mode3a)
        if report.label and report.label != who.label:
            who.label = sound(report.label[:MAX_NAME])
            self.words += 1
        if report.owner and report.owner != who.owner:
            who.owner = sound(report.owner[:MAX_NAME])
            self.words += 1

    def whose(self, row: int) -> Who:
        """Of a row in use."""
        who = self.who[row]
        assert who is not None
        return who

    def keys(self) -> list[str]:
        """All identities, sorted."""
        if self._gone:
            self._keys = [key for key in self._keys if key not in self._gone]
        if self._come:
            self._keys.extend(self._come)
            self._keys.sort()
        self._gone, self._come = set(), set()
        return self._keys

    def layout(self) -> tuple[Ints, Ints]:
        """Rows by identity, then sensor; and where each identity's begin, with the end."""
        if self._layout is None or self._layout[0] != self.version:
            lists = [self.by_key[key] for key in self.keys()]
            rows = [row for _, row in chain.from_iterable(lists)]
            starts = np.array([0, *accumulate(map(len, lists))], dtype=np.int64)
            self._layout = (self.version, np.array(rows, dtype=np.int64), starts)
        return self._layout[1:]

    def places(self) -> tuple[Ints, Ints]:
        """By row, the index of its identity and its place in ``layout``, -1 for a row of nobody."""
        order, starts = self.layout()
        if self._places is None or self._places[0] != self.version:
            identity = np.full(len(self.who), -1, dtype=np.int64)
            identity[order] = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
            place = np.full(len(self.who), -1, dtype=np.int64)
            place[order] = np.arange(len(order))
            self._places = (self.version, identity, place)
        return self._places[1:]

    def joined(self, rows: Ints, identities: Ints) -> tuple[Ints, Ints]:
        """``layout`` with the rows at the end of the identities that they are of."""
        order, starts = self.layout()
        if not len(rows):
            return order, starts
        identity, place = self.places()
        whose, late = identity[order], np.zeros(len(order), dtype=np.bool_)
        whose[place[rows]], late[place[rows]] = identities, True
        counts = np.bincount(whose, minlength=len(starts) - 1)
        return order[np.lexsort((late, whose))], np.concatenate(([0], np.cumsum(counts)))

    def words_of(self, keys: Sequence[str]) -> list[tuple[str, str]]:
        """Label and owner of each identity: of its first sensor that has one."""
        said = self._said
        for key in [key for key in keys if key not in said]:
            whos = [w for w in (self.who[row] for _, row in self.by_key[key]) if w is not None]
            label = next((w.call for w in whos if w.call), "")
            label = label or next((w.label for w in whos if w.label), "")
            said[key] = (label, next((w.owner for w in whos if w.owner), ""))
        return [said[key] for key in keys]
