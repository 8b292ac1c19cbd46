"""ASTERIX, categories 021, 048 and 062, as datagrams of data blocks: docs/formats/feeds.md.

A block is its category, its length in two octets, and records. A block that cannot be read is
refused whole and counted as "cat062-insufficient-data"; the datagram goes on behind it as long
as the lengths can be believed. Source: EUROCONTROL-SPEC-0149, Part 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parley.errors import ConfigError
from parley.watch.report import Report
from parley.wire.asterix.editions import EDITIONS, TRIED, Edition
from parley.wire.asterix.fields import Heard
from parley.wire.asterix.layout import MAX_RECORDS, TOO_MANY, Record, Unread
from parley.wire.asterix.radar import RadarSite
from parley.wire.decoding import Rejections

TRUNCATED = "truncated"
LENGTH_ZERO = "length-zero"
UNCLEAR = "edition-unclear"
MAX_BLOCKS = 1_024
TOO_MANY_BLOCKS = "too-many-blocks"
MAX_CATEGORIES = 16
"""Of those passed over: so many are counted by their number."""
OTHER_CATEGORY = "category-other"
MISFITS = 16
"""Blocks that fit only another edition, before one is given up that was sure, or for one that is
not: whose times are far from their arrival."""

_HEADER = 3
_CATEGORIES = tuple(f"{category:03d}" for category in EDITIONS)


class AsterixDecoder:
    """One feed; ``take`` gets one datagram, and nothing is carried over to the next but the
    editions that were found.

    editions: by category ("062": "0.17"); the category is then read so and never otherwise.
    sites: radars by system area and identification code. Raises ConfigError for an edition or a
    category that there is not.
    """

    def __init__(
        self,
        feed: str,
        *,
        editions: Mapping[str, str] | None = None,
        sites: Mapping[tuple[int, int], RadarSite] | None = None,
    ) -> None:
        self.rejected = Rejections()
        self._feed = feed
        self._sites = dict(sites or {})
        self._passed_over: set[int] = set()
        said = chosen_editions(editions or {})
        self._blocks = {
            category: _Blocks(category, said.get(category), self.rejected) for category in EDITIONS
        }

    def take(self, data: bytes, now_ms: int) -> Sequence[Report]:
        """The reports of a datagram that arrived at ``now_ms``."""
        heard = Heard(self._feed, now_ms, self.rejected, self._sites)
        reports: list[Report] = []
        at = blocks = total = 0
        while at < len(data):
            blocks += 1
            if blocks > MAX_BLOCKS:
                self.rejected.add(TOO_MANY_BLOCKS)
                break
            category, length = data[at], int.from_bytes(data[at + 1 : at + _HEADER], "big")
            if at + _HEADER <= len(data) and length < _HEADER:
                self.rejected.add(LENGTH_ZERO)
                break
            if at + max(length, _HEADER) > len(data):
                self.rejected.add(TRUNCATED)
                break
            reading = self._blocks.get(category)
            if reading is None:
                self._pass_over(category)
            else:
                edition, records = reading.read(data, at + _HEADER, at + length, now_ms)
                total += len(records)
                if total > MAX_RECORDS:
                    self.rejected.add(TOO_MANY)
                    break
                made = (edition.report(record, heard) for record in records)
                reports += [report for report in made if report is not None]
            at += length
        return reports

    take_datagram = take

    def _pass_over(self, category: int) -> None:
        if len(self._passed_over) < MAX_CATEGORIES:
            self._passed_over.add(category)
        known = category in self._passed_over
        self.rejected.add(f"category-{category:03d}" if known else OTHER_CATEGORY)

    @property
    def editions(self) -> Mapping[str, str]:
        """By which edition each category is read now."""
        return {f"{c:03d}": blocks.edition.name for c, blocks in self._blocks.items()}


def chosen_editions(editions: Mapping[str, str]) -> dict[int, Edition]:
    """The editions by category. Raises ConfigError for what there is not."""
    chosen = {}
    for category, name in editions.items():
        known = EDITIONS.get(int(category)) if category in _CATEGORIES else None
        if known is None:
            raise ConfigError(
                f"category {str(category)[:20]!r} is not read", right=", ".join(_CATEGORIES)
            )
        if name not in known:
            raise ConfigError(
                f"category {category} has no edition {str(name)[:20]!r}",
                right=f"one of {', '.join(known)}",
            )
        chosen[int(category)] = known[name]
    return chosen


class _Blocks:
    """The blocks of one category: by the edition that was said, or else by the one found out."""

    def __init__(self, category: int, said: Edition | None, rejected: Rejections) -> None:
        self._name = f"cat{category:03d}"
        tried = [EDITIONS[category][name] for name in TRIED[category]]
        self.edition = said or tried[0]
        self._others = [] if said else tried
        self._rejected = rejected
        self._sure = False
        self._misfits = 0

    def read(self, data: bytes, at: int, stop: int, now_ms: int) -> tuple[Edition, list[Record]]:
        """The records of a block, and the edition that they are read by."""
        records, fit, reason = _tried(self.edition, data, at, stop, now_ms)
        if fit == 2 or len(self._others) < 2:
            self._sure, self._misfits = self._sure or fit == 2, 0
            return self._taken(self.edition, records, reason)
        found = [
            (edition, *_tried(edition, data, at, stop, now_ms))
            for edition in self._others
            if edition is not self.edition
        ]
        best = max(found, key=lambda one: one[2])
        if best[2] <= fit:
            self._misfits = 0 if fit else self._misfits
            if fit == 1 and best[2] == 1 and not self._sure:
                return self._taken(self.edition, None, UNCLEAR)
            return self._taken(self.edition, records if fit else None, reason)
        self._misfits += 1
        at_once = best[2] == 2 and not self._sure
        if not at_once and self._misfits < MISFITS:
            return self._taken(self.edition, records if fit else None, reason)
        self.edition, self._sure, self._misfits = best[0], best[2] == 2, 0
        self._rejected.add(f"{self._name}-edition-{self.edition.name}")
        return self._taken(self.edition, best[1], "")

    def _taken(
        self, edition: Edition, records: list[Record] | None, reason: str
    ) -> tuple[Edition, list[Record]]:
        if records is None:
            self._rejected.add(f"{self._name}-{reason}")
            return edition, []
        return edition, records


def _tried(
    edition: Edition, data: bytes, at: int, stop: int, now_ms: int
) -> tuple[list[Record] | None, int, str]:
    """The records (None if the layout does not fit), how well they fit, and what did not."""
    try:
        records = edition.layout.records(data, at, stop)
    except Unread as unread:
        return None, 0, str(unread)
    return records, edition.fit(records, now_ms), "implausible"
