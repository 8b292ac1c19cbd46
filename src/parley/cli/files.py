"""Reading and writing whole files: atomically, and with errors that name the file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from parley.errors import ConfigError, InputError

PRIVATE_MODE = 0o600
MAX_INPUT_BYTES = 64 * 1024 * 1024


def read_input(path: Path, *, max_bytes: int = MAX_INPUT_BYTES) -> bytes:
    """The bytes of a file that the user named; ``-`` is not special. Raises InputError."""
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {_reason(error)}",
            right="a file that exists and that you may read",
            where=str(path),
            at_fault="whoever named the file",
        ) from None
    if len(data) > max_bytes:
        raise InputError(
            f"{path} has more than {max_bytes} bytes",
            right=f"at most {max_bytes} bytes",
            where=str(path),
            at_fault=f"the author of {path.name}",
        )
    return data


def write_new(
    path: Path, chunks: Iterable[bytes], *, overwrite: bool = False, private: bool = False
) -> int:
    """Writes an output file whole or not at all; returns its size in bytes.

    An existing file is refused unless ``overwrite``. private: mode 0600. Raises InputError.
    """
    if path.exists() and not overwrite:
        raise InputError(
            f"{path} exists already",
            right="another name, or --force to replace it",
            where=str(path),
            at_fault="whoever named the file",
        )
    try:
        return _replace(path, chunks, PRIVATE_MODE if private else 0o644)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {_reason(error)}",
            right="a place that exists, with room, where you may write",
            where=str(path),
            at_fault="whoever named the file",
        ) from None


def write_config(path: Path, data: bytes, *, private: bool = False) -> None:
    """Replaces one of the node's own files atomically (fsync, rename). Raises ConfigError."""
    try:
        _replace(path, (data,), PRIVATE_MODE if private else 0o644)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {_reason(error)}",
            right="a directory with room that this user may write",
            where=str(path),
        ) from None


def read_config(path: Path, *, private: bool = False) -> bytes:
    """One of the node's own files. ``private``: refused when others may read it. ConfigError."""
    try:
        mode = path.stat().st_mode
        if private and mode & 0o077:
            raise ConfigError(
                f"{path.name} may be read by others (mode {mode & 0o777:04o})",
                right=f"mode 0600: chmod 600 {path}",
                where=str(path),
            )
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path.name} cannot be read: {_reason(error)}",
            right="a node directory as `parley init` makes it",
            where=str(path),
        ) from None


def sync_directory(path: Path) -> None:
    """Makes renames inside ``path`` durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace(path: Path, chunks: Iterable[bytes], mode: int) -> int:
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            size = sum(file.write(chunk) for chunk in chunks)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)
    return size


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
