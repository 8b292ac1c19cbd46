"""First-out: which of several alarms about one subject came first."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from parley.rules.findings import Finding, bare
from parley.watch.alarms.alarm import Alarm, passed

FIRST_OUT_MS = 60_000
MAX_SUBJECTS = 10_000


class FirstOut:
    """Remembers for a minute which alarm was the first about each subject (a ref, without its
    version), for ``MAX_SUBJECTS`` subjects at most. The minute runs from the first one."""

    def __init__(self) -> None:
        self._firsts: dict[str, tuple[int, str]] = {}

    def turn(self, now_ms: int) -> None:
        for ref, (at_ms, _) in list(self._firsts.items()):
            if passed(at_ms, now_ms, FIRST_OUT_MS):
                del self._firsts[ref]
        for ref in list(islice(self._firsts, max(0, len(self._firsts) - MAX_SUBJECTS))):
            del self._firsts[ref]

    def join(self, one: Finding, now_ms: int) -> str:
        """The key of the first alarm about a subject of ``one``, "" if it is that itself."""
        subjects = [bare(ref) for ref in one.refs]
        met = [self._firsts[ref] for ref in subjects if ref in self._firsts]
        others = [first for first in met if first[1] != one.key]
        first = min(others, default=(now_ms, one.key))
        for ref in subjects:
            self._firsts.setdefault(ref, first)
        return first[1] if others else ""

    def recall(self, alarms: Iterable[Alarm]) -> None:
        """As far as the alarms still tell it, in the order in which they were raised."""
        for alarm in sorted(alarms, key=lambda a: (a.raised_ms, a.key)):
            for ref in alarm.finding.refs:
                first = (alarm.raised_ms, alarm.group or alarm.key)
                self._firsts.setdefault(bare(ref), first)
