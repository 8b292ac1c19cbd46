"""Files by their hash: names that nobody is misled by, sizes, types; never the bytes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from parley.errors import InputError, ProtocolError
from parley.liaison.papers.values import Attachment

NAME_MOST = 120
SIZE_MOST = 16 * 2**30
"""In bytes: a day of recorded voice is below it."""
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}", re.ASCII)
_SEPARATORS = frozenset("/\\:")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE | re.ASCII)


def file_name(name: str) -> str:
    """The name as it may be signed and shown, in NFC. InputError, never a guess, for one with a
    path, a sign that is not seen or that turns the text around, a leading dot or blank, nothing,
    more than 120 characters, or a name that some system keeps for a device."""
    tidy = unicodedata.normalize("NFC", name)
    shown = ascii(tidy[:60])
    if not tidy or len(tidy) > NAME_MOST:
        raise _refused(f"a name of a file has {len(tidy)} characters", f"1 to {NAME_MOST}")
    if set(tidy) & _SEPARATORS:
        raise _refused(f"the name {shown} holds a path", "the file's own name, without / \\ or :")
    hidden = [sign for sign in tidy if unicodedata.category(sign)[0] in "CZ" and sign != " "]
    if hidden:
        sign = hidden[0]
        raise _refused(
            f"the name {shown} holds U+{ord(sign):04X}, which nobody sees",
            "letters, digits, blanks and signs that are seen",
        )
    if tidy[0] in ". " or tidy[-1] in ". ":
        raise _refused(f"the name {shown} begins or ends with a dot or a blank", "a whole name")
    if _RESERVED.fullmatch(tidy):
        raise _refused(f"{shown} is the name of a device", "another name")
    return tidy


def attachment(name: str, media_type: str, size: int, sha256: str) -> Attachment:
    """A file by its name, type, size in bytes and SHA-256 (hex). InputError: a name that
    ``file_name`` refuses, an empty file, one above 16 GiB, a type that is none."""
    _check_rest(name, media_type, size)
    return Attachment(file_name(name), media_type, size, sha256)


def same_file(held: Attachment, size: int, sha256: str) -> None:
    """InputError if a file of this size and hash is not the one that was attached."""
    if (size, sha256) != (held.size, held.sha256):
        what = "size" if size != held.size else "hash"
        raise InputError(
            f"the file is not {held.name!a} as it was attached: its {what} differs",
            right=f"{held.size} bytes, SHA-256 {held.sha256}",
        )


def check_attachments(attachments: Iterable[Attachment], by: str) -> None:
    """ProtocolError, at fault ``by``: an attachment that ``attachment`` would refuse, or two of
    one name."""
    names: set[str] = set()
    for one in attachments:
        try:
            tidy = file_name(one.name)
            _check_rest(one.name, one.media_type, one.size)
        except InputError as error:
            raise ProtocolError(
                error.what, right=error.right, where="attachments", at_fault=by
            ) from error
        if tidy != one.name or not one.sha256 or tidy.casefold() in names:
            raise ProtocolError(
                f"{one.name!a} is attached twice, or under a name that is not its plain form",
                right="each file once, its name in NFC, with its hash",
                where="attachments",
                at_fault=by,
            )
        names.add(tidy.casefold())


def _check_rest(name: str, media_type: str, size: int) -> None:
    if not 1 <= size <= SIZE_MOST:
        raise _refused(f"{name[:60]!a} has {size} bytes", f"1 to {SIZE_MOST}")
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise _refused(f"{media_type[:60]!r} is no media type", "such as: audio/ogg")


def _refused(what: str, right: str) -> InputError:
    return InputError(what, right=right, where="attachment")
