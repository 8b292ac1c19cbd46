"""One process at a time works on a node directory: it serves it, or it changes its keys."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from parley.errors import ConfigError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir

LOCK_TRIES = 6


@contextmanager
def alone(opened: NodeDir, *, right: str = "one `parley serve` a directory") -> Iterator[None]:
    """Holds the lock of the directory. ConfigError: somebody else does; ``right``: what then."""
    try:
        handle = os.open(opened.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"{opened.lock} cannot be written: {error.strerror}",
            right="a directory that this user may write",
            where=str(opened.path),
        ) from None
    try:
        if not _locked(handle):
            raise ConfigError(
                f"another process serves {opened.path} already",
                right=right,
                where=str(opened.lock),
            )
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Takes the lock; a client that only looks whether it is taken holds it for a moment."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
