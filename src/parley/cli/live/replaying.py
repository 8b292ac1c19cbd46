"""A watch of our own on recorded inputs: it records what it found, or compares with what was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from parley.errors import FormatError, InputError
from parley.node.watching.shown import AlarmsShown
from parley.node.watching.watching import State
from parley.rules.agreement import Agreement
from parley.rules.findings import digest
from parley.rules.watching import AlarmRules, WatchRules
from parley.watch.alarms.alarm import Told
from parley.watch.alarms.book import AlarmBook
from parley.watch.report import Report
from parley.watch.scene import Scene
from parley.watch.watch import Sweep, Watch
from parley.web.watch_views import watch_view
from parley.wire.decoding import Rejections
from parley.wire.recorded.reading import read_recorded
from parley.wire.recording import Beat, Head, read_beats, read_head

THREADS = 2
MAX_SENSOR = 32


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay found something else than the recording says."""

    sweep: int
    now_ms: int
    recorded: int
    found: int


class Replayed:
    """The beats of a recording run again. The first beat has to bring the scene."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._watch: Watch | None = None
        self.sweeps = 0
        self.reports = 0
        self.findings = self.compared = 0
        self.differences: list[Difference] = []

    @property
    def rules(self) -> WatchRules:
        """Those of the recorded watch."""
        return WatchRules() if self._watch is None else self._watch.scene.rules

    def rejected(self) -> Mapping[str, int]:
        return {} if self._watch is None else self._watch.rejected()

    def run(self, beat: Beat) -> Sweep:
        """One sweep. FormatError: a recording that begins without a scene."""
        if self._watch is None:
            if beat.scene is None:
                raise FormatError(
                    "the recording begins without a scene", right="its first line", where="line 2"
                )
            self._watch = Watch(beat.scene, dict(beat.sites or ()), run=self._pool.map)
        elif beat.scene is not None:
            self._watch.see(beat.scene)
        sweep = self._watch.step(beat.reports, beat.now_ms)
        self.sweeps += 1
        self.reports += len(beat.reports)
        self.findings += len(sweep.findings)
        self.compared += bool(beat.digest)
        if beat.digest and digest(sweep.findings) != beat.digest:
            self.differences.append(
                Difference(self.sweeps, beat.now_ms, beat.found, len(sweep.findings))
            )
        return sweep


class LocalView:
    """What a watch of our own shows, in the shape in which the API tells of a node's watch."""

    def __init__(self) -> None:
        self._book: AlarmBook | None = None
        self._state = State(None, (), {}, 0, -1, 0)
        self.raised = 0

    def take(self, sweep: Sweep, replayed: Replayed) -> None:
        """What a sweep found becomes alarms as it does in a node."""
        if self._book is None:
            self._book = AlarmBook(replayed.rules.alarms)
        told = self._book.step(sweep.findings, sweep.now_ms)
        self.raised += sum(1 for event in told if event.kind is Told.RAISED)
        rejected = replayed.rejected()
        self._state = State(
            sweep.tracks, sweep.findings, rejected, replayed.sweeps, sweep.now_ms, 0
        )

    def of(self) -> dict[str, Any]:
        """A WatchView."""
        book = self._book or AlarmBook(AlarmRules())
        now_ms = max(0, self._state.last_ms)
        view = watch_view(self._state, AlarmsShown.of(book, now_ms), (), now_ms)
        return view.model_dump(by_alias=True)


@contextmanager
def recorded_day(
    path: Path, agreement: Agreement, party: str, rejected: Rejections
) -> Iterator[Iterator[Beat]]:
    """A recorded day of traffic (JSON, CSV, Parquet) as beats, one for each second in which
    somebody was seen. InputError: no such file, no such party, another format."""
    agreement.party(party)
    with _binary(path, "a recorded day") as file:
        reports = read_recorded(file, path.name, sensor=path.stem[:MAX_SENSOR], rejected=rejected)
        yield _beats(reports, scene_without_notices(agreement, party))


def scene_without_notices(agreement: Agreement, party: str) -> Scene:
    """What is agreed, and nothing declared."""
    return Scene(
        party=party,
        rules=agreement.watch or WatchRules(),
        area=agreement.area,
        within_party=agreement.conflicts_within_party,
        parties=tuple(p.id for p in agreement.parties),
        agreement=agreement,
    )


def _beats(reports: Iterable[Report], scene: Scene) -> Iterator[Beat]:
    first: Scene | None = scene
    for second, seen in groupby(reports, key=lambda report: -(-report.seen_ms // 1000)):
        yield Beat(1000 * second, tuple(seen), first)
        first = None


@contextmanager
def _binary(path: Path, right: str) -> Iterator[IO[bytes]]:
    try:
        file: IO[bytes] = path.open("rb")
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}", right=right, where=str(path)
        ) from None
    with file:
        yield file


@contextmanager
def opened(path: Path) -> Iterator[tuple[Head, Iterator[Beat]]]:
    """A recording: its head, and its beats one by one. InputError: no such file."""
    with _binary(path, "a recording") as file:
        head = read_head(file.readline(), path.name)
        yield head, read_beats(iter(file), path.name)
