"""Files by their hash: read in pieces, never sent."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

from parley.errors import InputError
from parley.liaison.hotline.attachments import SIZE_MOST, attachment, file_name, same_file
from parley.liaison.papers.values import Attachment

_PIECE = 1024 * 1024


def hash_file(path: Path, *, name: str = "", media_type: str = "") -> Attachment:
    """The attachment of a file: ``name`` in place of its own, its type by its name. InputError: a
    name that misleads, an empty file, one above 16 GiB, one that cannot be read."""
    tidy = file_name(name or path.name)
    size, digest = _read(path)
    guessed = media_type or mimetypes.guess_type(tidy)[0] or "application/octet-stream"
    return attachment(tidy, guessed, size, digest)


def verify_file(path: Path, held: Attachment) -> None:
    """InputError if the file is not the one that was attached."""
    same_file(held, *_read(path))


def _read(path: Path) -> tuple[int, str]:
    """Its size and its SHA-256."""
    digest, size = hashlib.sha256(), 0
    try:
        if not path.is_file():
            raise InputError(
                f"{str(path)!a} is no file", right="a regular file", at_fault="whoever named it"
            )
        with path.open("rb") as file:
            while (piece := file.read(_PIECE)) and size <= SIZE_MOST:
                digest.update(piece)
                size += len(piece)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", "") or type(error).__name__
        raise InputError(
            f"{str(path)!a} cannot be read: {why}",
            right="a file that exists and that you may read",
            at_fault="whoever named the file",
        ) from None
    return size, digest.hexdigest()
