"""Asking one peer for all that it holds of our own log: its copy, and what we signed."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from parley.errors import MalformedError, OversizeError
from parley.node.recovery.recover import Copy
from parley.peers.line import Line, Unreached

MIRROR_PATH = "/peer/v1/log/mirror"
GIVEN_BACK_PATH = "/peer/v1/log/given-back"
TIMEOUT_S = 30.0
MAX_COPY_BYTES = 1024 * 1024 * 1024
KNOWN_ENOUGH = 50
"""A page with so many entries that are all known is the last: what stands before it is older."""


async def fetch_copy(
    line: Line,
    peer: str,
    party: str,
    origin: str,
    known: Callable[[bytes], bool] = lambda note: False,
) -> Copy:
    """What ``peer`` holds of the log ``origin`` of ``party``, ourselves; what it gives back as
    far as it is news. known: whether we still have this note, or the note of this receipt of
    ours. Raises Unreached, PeerError."""
    copy = Copy(peer)
    left = MAX_COPY_BYTES
    while True:
        path = f"{MIRROR_PATH}?origin={quote(origin, safe='')}&from={len(copy.entries)}"
        page = await _page(line, path, peer)
        left = _room(left, page, peer)
        if not copy.add_mirror(page):
            break
    before = -1
    while True:
        path = f"{GIVEN_BACK_PATH}?party={quote(party, safe='')}&before={before}"
        page = await _page(line, path, peer)
        left = _room(left, page, peer)
        count = len(copy.given_back)
        following = copy.add_given_back(page)
        news = copy.given_back[count:]
        if not following or (len(news) >= KNOWN_ENOUGH and all(known(one.note) for one in news)):
            return copy
        if 0 <= before <= following:
            raise MalformedError("pages that lead nowhere", at_fault=f"party {peer}")
        before = following


def _room(left: int, page: bytes, peer: str) -> int:
    if len(page) > left:
        raise OversizeError(
            f"more than {MAX_COPY_BYTES} bytes of our log", at_fault=f"party {peer}"
        )
    return left - len(page)


async def _page(line: Line, path: str, peer: str) -> bytes:
    answer = await line.get(path, timeout_s=TIMEOUT_S)
    if answer.status != 200:
        raise Unreached(f"{peer} answered {answer.status} at {path.partition('?')[0]}")
    return answer.body
