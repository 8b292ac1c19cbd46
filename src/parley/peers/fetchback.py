"""Asking one peer for all that it holds of our own log: its copy, and what we signed."""

from __future__ import annotations

from urllib.parse import quote

from parley.errors import MalformedError
from parley.node.recover import Copy
from parley.peers.line import Line, Unreached

MIRROR_PATH = "/peer/v1/log/mirror"
GIVEN_BACK_PATH = "/peer/v1/log/given-back"
TIMEOUT_S = 30.0
MAX_PAGES = 100_000


async def fetch_copy(line: Line, peer: str, party: str, origin: str) -> Copy:
    """What ``peer`` holds of the log ``origin`` of ``party``, ourselves. Raises Unreached,
    PeerError."""
    copy = Copy(peer)
    for _ in range(MAX_PAGES):
        path = f"{MIRROR_PATH}?origin={quote(origin, safe='')}&from={len(copy.entries)}"
        if not copy.add_mirror(await _page(line, path, peer)):
            break
    before = -1
    for _ in range(MAX_PAGES):
        path = f"{GIVEN_BACK_PATH}?party={quote(party, safe='')}&before={before}"
        following = copy.add_given_back(await _page(line, path, peer))
        if not following:
            return copy
        if 0 <= before <= following:
            raise MalformedError("pages that lead nowhere", at_fault=f"party {peer}")
        before = following
    return copy


async def _page(line: Line, path: str, peer: str) -> bytes:
    answer = await line.get(path, timeout_s=TIMEOUT_S)
    if answer.status != 200:
        raise Unreached(f"{peer} answered {answer.status} at {path.partition('?')[0]}")
    return answer.body
