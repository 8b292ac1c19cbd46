"""A peer that is asked for our log may answer anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from parley.errors import MalformedError, PeerError
from parley.node.recovery.givenback import GivenBack, Page
from parley.peers.fetchback import KNOWN_ENOUGH, MIRROR_PATH, fetch_copy
from parley.peers.line import Answer, Line, Unreached

EMPTY_MIRROR = b"\x00\x00\x00\x00"


class Saying(Line):
    """A line whose peer answers what it is told to."""

    def __init__(self, mirror: bytes, pages: Callable[[int], bytes], status: int = 200) -> None:
        self.asked: list[str] = []
        self._mirror = mirror
        self._pages = pages
        self._status = status

    async def get(self, path: str, *, timeout_s: float) -> Answer:
        self.asked.append(path)
        if path.startswith(MIRROR_PATH):
            return Answer(self._status, self._mirror)
        return Answer(self._status, self._pages(int(path.rpartition("=")[2])))


def page(count: int, following: int) -> bytes:
    return Page(tuple(GivenBack(b"note %d\n" % n, b"") for n in range(count)), following).to_bytes()


async def test_pages_are_followed_to_the_last() -> None:
    line = Saying(EMPTY_MIRROR, lambda before: page(1, {-1: 7, 7: 3, 3: 0}[before]))
    copy = await fetch_copy(line, "green", "blue", "blue/log/1")
    assert (len(copy.given_back), copy.note, copy.entries) == (3, b"", [])
    assert "origin=blue%2Flog%2F1&from=0" in line.asked[0]


async def test_what_is_known_is_not_asked_for_further() -> None:
    line = Saying(
        EMPTY_MIRROR, lambda before: page(KNOWN_ENOUGH, 900 if before < 0 else before - 9)
    )
    copy = await fetch_copy(line, "green", "blue", "blue/log/1", lambda note: True)
    assert len(copy.given_back) == KNOWN_ENOUGH
    assert len(line.asked) == 2


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (Saying(EMPTY_MIRROR, lambda before: page(1, 5)), MalformedError),
        (Saying(EMPTY_MIRROR, lambda before: b"{}"), PeerError),
        (Saying(b"", lambda before: page(0, 0)), PeerError),
        (Saying(b"\xff\xff\xff\xff", lambda before: page(0, 0)), PeerError),
        (Saying(EMPTY_MIRROR + b"x" * 40, lambda before: page(0, 0)), PeerError),
        (Saying(EMPTY_MIRROR, lambda before: page(0, 0), status=403), Unreached),
    ],
)
async def test_answers_that_lead_nowhere(line: Line, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await fetch_copy(line, "green", "blue", "blue/log/1")


async def test_a_log_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from parley.peers import fetchback

    monkeypatch.setattr(fetchback, "MAX_COPY_BYTES", 10_000)
    entry = b"\x01" * 32 + b"\x00\x00\x00\x00"
    line = Saying(EMPTY_MIRROR + entry * 20, lambda before: page(0, 0))
    with pytest.raises(PeerError, match="more than 10000 bytes"):
        await fetch_copy(line, "green", "blue", "blue/log/1")
