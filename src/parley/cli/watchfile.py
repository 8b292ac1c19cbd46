"""watch.json of a node directory: its feeds, its radars, whose tracks are whose, its air.

    {"format": "parley/watch/v1", "feeds": [{"name": "roof", "url": "beast+tcp://10.0.0.5:30005"}],
     "sites": {"north:19/201": "45.5 16.25"}, "owners": {"icao:4ca216": "blue"}, ...}

Absent: no feed, and the defaults. ConfigErrors name the file and the member.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from parley.cli import files
from parley.errors import ConfigError, InputError
from parley.feeds.config import FeedConfig
from parley.feeds.formats import parse_feed
from parley.feeds.tak.config import TakConfig
from parley.node.watching.settings import Settings
from parley.space import GeoidModel, Position, PressureModel, parse_position
from parley.wire.cot.release import OWN
from parley.wire.plainform import from_plain, to_plain

FORMAT = "parley/watch/v1"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One feed: its name, where it comes from, and what else its kind takes (feeds.config)."""

    name: str
    url: str
    options: Mapping[str, object] = field(default_factory=dict)

    def config(self, where: Path) -> FeedConfig:
        """ConfigError names the file and the member."""
        return parse_feed(self.name, self.url, self.options, source=str(where))


@dataclass(frozen=True, slots=True)
class TakEntry:
    """One TAK server or group: what goes there, for whose eyes, and what may come from it. The
    members are those of ``feeds.tak_config.TakConfig``; nothing is released or accepted unless
    it is said here."""

    name: str
    url: str
    accept: tuple[str, ...] = ()
    role: str = ""
    owner: str = ""
    release: tuple[str, ...] = ()
    audience: str = OWN
    callsign: str = ""
    protobuf: bool = False
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    check_name: bool = True
    interface: str = "0.0.0.0"

    def config(self) -> TakConfig:
        members = {f.name: getattr(self, f.name) for f in fields(self)}
        sets = {"accept": frozenset(self.accept), "release": frozenset(self.release)}
        return TakConfig(**{**members, **sets})


@dataclass(frozen=True, slots=True)
class AirEntry:
    """How pressure altitude becomes height here: see ``space.PressureModel``. Metres, hPa."""

    qnh_low_hpa: float
    qnh_high_hpa: float
    temperature_error: float
    undulation_m: float
    undulation_error_m: float


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """How the picture of the past is kept (history.db): a frame every ``every_s``, for so many
    hours and megabytes, whichever is less. megabytes 0: not at all."""

    every_s: int = 10
    hours: int = 48
    megabytes: int = 1_000

    def check(self, path: Path) -> None:
        for name, least, most in _HISTORY_BOUNDS:
            value = getattr(self, name)
            if not least <= value <= most:
                raise ConfigError(
                    f"{name} {value} is out of bounds",
                    right=f"{least} to {most}",
                    where=f"{path}: history.{name}",
                )


_HISTORY_BOUNDS = (("every_s", 1, 3_600), ("hours", 1, 8_760), ("megabytes", 0, 1_000_000))


@dataclass(frozen=True, slots=True)
class WatchFile:
    """role: in which the watch records and announces; "": the first of our party."""

    format: str = FORMAT
    role: str = ""
    announce: bool = True
    feeds: tuple[FeedEntry, ...] = ()
    tak: tuple[TakEntry, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    bound: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    air: AirEntry | None = None
    history: HistoryEntry = HistoryEntry()

    def settings(self, path: Path) -> Settings:
        """What the watch of the node goes by. ConfigError."""
        return Settings(
            role=self.role,
            announce=self.announce,
            owners=self.owners,
            bound=self.bound,
            sites={name: _position(text, path, f"sites.{name}") for name, text in _of(self.sites)},
            air=None if self.air is None else _air(self.air, path),
        )

    def with_feed(self, entry: FeedEntry) -> WatchFile:
        """ConfigError: a feed of that name is there already."""
        if entry.name in {feed.name for feed in self.feeds}:
            raise ConfigError(
                f"a feed {entry.name!r} is there already", right="another name, or remove it first"
            )
        return replace(self, feeds=(*self.feeds, entry))

    def without_feed(self, name: str) -> WatchFile:
        """ConfigError: there is none of that name."""
        left = tuple(feed for feed in self.feeds if feed.name != name)
        if len(left) == len(self.feeds):
            known = ", ".join(feed.name for feed in self.feeds) or "none is there"
            raise ConfigError(f"there is no feed {name!r}", right=known)
        return replace(self, feeds=left)


def _of(members: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(members.items())


def path_of(directory: Path) -> Path:
    return directory / "watch.json"


def read_watch(directory: Path) -> WatchFile:
    """What people chose for the watch of this node; the defaults where there is no file."""
    path = path_of(directory)
    if not path.exists():
        return WatchFile()
    try:
        plain = json.loads(files.read_config(path))
        if isinstance(plain, dict) and plain.get("format") != FORMAT:
            raise InputError("watch.json is of another format", right=f'"format": "{FORMAT}"')
        read = from_plain(WatchFile, plain)
    except (ValueError, RecursionError):
        raise ConfigError("watch.json is not JSON", right="JSON", where=str(path)) from None
    except InputError as error:
        where = f"{path}: {error.where.lstrip('.')}".rstrip(": ")
        raise ConfigError(error.what, right=error.right, where=where) from None
    read.settings(path)
    read.history.check(path)
    return read


def write_watch(directory: Path, watch: WatchFile) -> None:
    plain = {"format": FORMAT, **to_plain(watch)}
    text = json.dumps(plain, indent=2, ensure_ascii=False)
    files.write_config(path_of(directory), f"{text}\n".encode())


def _position(text: str, path: Path, member: str) -> Position:
    try:
        return parse_position(text)
    except InputError as error:
        raise ConfigError(error.what, right=error.right, where=f"{path}: {member}") from None


def _air(air: AirEntry, path: Path) -> PressureModel:
    try:
        geoid = GeoidModel(air.undulation_m, air.undulation_error_m)
        return PressureModel(air.qnh_low_hpa, air.qnh_high_hpa, air.temperature_error, geoid)
    except InputError as error:
        raise ConfigError(error.what, right=error.right, where=f"{path}: air") from None
