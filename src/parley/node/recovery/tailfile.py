"""A tail file: what a peer holds of a party's log, for its owner, carried by hand.

``parley/tail/v1`` newline, the holder's id newline, the log's origin newline; then frames: one
byte (m: a page of the mirror, g: a page of what is given back), length (u32), the page as it goes
over the wire. It needs no check of its own: nothing in it counts that does not hash to a signed
head, open under the owner's secret or bear a signature. The leaves in it are sealed; what is
given back is readable.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from parley.errors import InputError, MalformedError, OversizeError
from parley.ledger import party_of
from parley.node.context import Context
from parley.node.proofs.mirror import read_mirror
from parley.node.proofs.trust import Trust
from parley.node.recovery.givenback import Page
from parley.node.recovery.recover import Copy

TAIL_TYPE = b"parley/tail/v1\n"
MAX_PAGE_BYTES = 4 * 1024 * 1024

_FRAME = struct.Struct(">cI")


class Holder(Protocol):
    """The node of the peer who holds the copy."""

    context: Context
    trust: Trust

    async def given_back(self, owner: str, before: int = -1) -> bytes: ...


async def tail_page(node: Holder, owner: str, cursor: str) -> tuple[bytes, str]:
    """One part of the file and the cursor of the next; "" begins it, and ends it. Raises
    UnknownPartyError: a party that we do not know; InputError: a cursor that is none."""
    origin = await node.trust.origin_of(owner)
    if not cursor:
        head = TAIL_TYPE + f"{node.context.party}\n{origin}\n".encode()
        return head, "m0"
    kind, text = cursor[:1], cursor[1:]
    if kind not in ("m", "g") or not text.removeprefix("-").isdecimal() or len(text) > 16:
        raise InputError(f"{cursor[:40]!r} is no cursor", right="`next` of the part before")
    at = int(text)
    if kind == "m":
        page = await node.trust.tail_for(origin, at)
        count = len(read_mirror(page)[1])
        return _FRAME.pack(b"m", len(page)) + page, f"m{at + count}" if count else "g-1"
    page = await node.given_back(owner, at)
    before = Page.parse(page).next
    return _FRAME.pack(b"g", len(page)) + page, f"g{before}" if before else ""


async def tail_pages(node: Holder, owner: str) -> AsyncIterator[bytes]:
    """The whole file in parts."""
    cursor = ""
    while True:
        part, cursor = await tail_page(node, owner, cursor)
        yield part
        if not cursor:
            return


def is_tail(data: bytes) -> bool:
    return data.startswith(TAIL_TYPE)


def read_tail_file(data: bytes, origin: str) -> Copy:
    """What it holds of the log ``origin``; of another epoch of it only what is given back. Raises
    PeerError: damaged, of another party's log."""
    if not is_tail(data):
        raise MalformedError(
            f"a file that begins with {data[:20]!r}", right="what `parley carry tail` wrote"
        )
    head = data[len(TAIL_TYPE) :].split(b"\n", 2)
    peer, named = (line.decode("utf-8", "replace") for line in [*head[:2], b"", b""][:2])
    if len(head) != 3 or not peer.isprintable() or not 0 < len(peer) <= 64:
        raise MalformedError("a tail file without its holder", right="holder, origin, pages")
    if party_of(named) != party_of(origin):
        raise MalformedError(f"a tail of the log {named[:80]!r}", right=origin)
    copy = Copy(peer)
    for kind, page in _frames(data, len(data) - len(head[2])):
        if kind == b"m":
            if named == origin:
                copy.add_mirror(page)
        elif kind == b"g":
            copy.add_given_back(page)
        else:
            raise MalformedError(f"a page of kind {kind!r}", right="m or g")
    return copy


def _frames(data: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    while at < len(data):
        if at + _FRAME.size > len(data):
            raise MalformedError("the file is cut off", right="whole pages")
        kind, length = _FRAME.unpack_from(data, at)
        at += _FRAME.size
        if length > MAX_PAGE_BYTES:
            raise OversizeError(f"a page of {length} bytes", right=f"at most {MAX_PAGE_BYTES}")
        if at + length > len(data):
            raise MalformedError("the file is cut off", right="whole pages")
        yield kind, data[at : at + length]
        at += length
