"""A shift at the console, and how often somebody may try to begin one. Pure."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

TOKEN_BYTES = 32
CSRF_BYTES = 24
HOUR_MS = 3_600_000
FREE_TRIES = 5
LONGEST_WAIT_MS = 60_000
FORGOTTEN_MS = 15 * 60_000
"""A person's failures are forgotten after so long without another."""
MOST_NAMES = 1_000
TRIES_A_MINUTE = 60
"""Of all persons together."""


@dataclass(frozen=True, slots=True)
class Session:
    """token_hash: SHA-256 of the token, hexadecimal. duty: the duty role that is spoken under
    now, "" for none. csrf: what the page repeats with each change."""

    token_hash: str
    person: str
    duty: str
    begun_ms: int
    ends_ms: int
    csrf: str

    @property
    def id(self) -> str:
        """Names it to people; lets nobody in."""
        return self.token_hash[:16]

    def is_over(self, now_ms: int) -> bool:
        """At its end it is over."""
        return now_ms >= self.ends_ms


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def wait_after_ms(failures: int) -> int:
    """How long nobody may try again after so many failures: 0, then 1 s, 2 s, 4 s ... 60 s."""
    if failures < FREE_TRIES:
        return 0
    return min(LONGEST_WAIT_MS, 1_000 << min(failures - FREE_TRIES, 16))


@dataclass(slots=True)
class Attempts:
    """Tries to log in, by person and in all. Each counts as failed until it succeeds, so that
    many at once are no way round. A clock that runs backwards frees nobody and holds nobody for
    longer than the longest wait."""

    _by_name: OrderedDict[str, tuple[int, int]] = field(default_factory=OrderedDict)
    _recent: list[int] = field(default_factory=list)

    def begin(self, person: str, now_ms: int) -> int:
        """0: the try is counted and may go on; else milliseconds to wait, and nothing counts."""
        failures, last_ms = self._by_name.get(person, (0, now_ms))
        if abs(now_ms - last_ms) > FORGOTTEN_MS:
            failures, last_ms = 0, now_ms
        last_ms = min(last_ms, now_ms)
        wait_ms = max(last_ms + wait_after_ms(failures) - now_ms, self._wait_of_all_ms(now_ms))
        if wait_ms > 0:
            return wait_ms
        self._by_name[person] = failures + 1, now_ms
        self._by_name.move_to_end(person)
        while len(self._by_name) > MOST_NAMES:
            self._by_name.popitem(last=False)
        self._recent.append(now_ms)
        return 0

    def succeeded(self, person: str) -> None:
        """The password was right: the person's failures are forgotten, and the try."""
        self._by_name.pop(person, None)
        if self._recent:
            self._recent.pop()

    def _wait_of_all_ms(self, now_ms: int) -> int:
        self._recent = [at_ms for at_ms in self._recent if 0 <= now_ms - at_ms < 60_000]
        if len(self._recent) < TRIES_A_MINUTE:
            return 0
        return self._recent[0] + 60_000 - now_ms
