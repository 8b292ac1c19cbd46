"""A log file verified on all cores: `ledger.pieces` over worker processes.

The verdict is that of ``verify_log``: what the workers refuse is read again by it, which names
the guilty entry. An attacker who can modify the file can at most have it refused.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from parley.errors import ParleyError
from parley.ledger.keys import Keys
from parley.ledger.logfile import LogReport, verify_log
from parley.ledger.pieces import Piece, Signed, check_piece, verify_in_pieces

SMALL_BYTES = 16 * 1024 * 1024
"""A smaller file is verified before a worker process has started."""
CHUNK_BYTES = 1024 * 1024


class _Refused(Exception):  # noqa: N818 - never leaves this module
    pass


def audit_log(
    path: Path,
    *,
    pinned: Keys | None,
    progress: Callable[[int, int], None] | None = None,
    processes: int | None = None,
    small_bytes: int = SMALL_BYTES,
) -> LogReport:
    """The report of ``verify_log`` on the file at ``path``, by ``processes`` workers (None: one
    a core). Raises as ``verify_log`` does, and OSError for a file that cannot be read."""
    count = (os.cpu_count() or 1) if processes is None else processes
    if count > 1 and path.stat().st_size >= small_bytes:
        context = get_context("spawn")
        try:
            with ProcessPoolExecutor(count, mp_context=context) as pool:
                return verify_in_pieces(
                    _chunks(path),
                    pinned=pinned,
                    check=lambda pieces: _mapped(pool, pieces, 2 * count),
                    progress=progress,
                )
        except (_Refused, BrokenProcessPool, ParleyError):
            pass
    return verify_log(_chunks(path), pinned=pinned, progress=progress)


def _mapped(
    pool: ProcessPoolExecutor, pieces: Iterator[Piece], ahead: int
) -> Iterator[tuple[Signed, ...]]:
    """Results in order, no more than ``ahead`` pieces under way. Raises _Refused."""
    under_way: deque[Future[tuple[Signed, ...] | None]] = deque()
    try:
        for piece in pieces:
            under_way.append(pool.submit(_checked, piece))
            if len(under_way) >= ahead:
                yield _accepted(under_way.popleft())
        while under_way:
            yield _accepted(under_way.popleft())
    finally:
        for future in under_way:
            future.cancel()


def _accepted(future: Future[tuple[Signed, ...] | None]) -> tuple[Signed, ...]:
    found = future.result()
    if found is None:
        raise _Refused
    return found


def _checked(piece: Piece) -> tuple[Signed, ...] | None:
    """In the worker; None for a piece that is refused."""
    try:
        return check_piece(piece)
    except ParleyError:
        return None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
