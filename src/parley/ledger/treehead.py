"""A log's head as text, and the two messages that a cosigner signs about it.

Source: C2SP tlog-checkpoint (note text), tlog-cosignature (signed messages). Holds no keys: the
keys need the messages, and the checkpoints need the keys.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from parley.errors import FormatError, MalformedError
from parley.ledger.canonical import INT_LIMIT, b64, unb64

MAX_COSIGNED_NAME_BYTES = 255
TIME_LIMIT_S = 2**63

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_SUBTREE_LABEL = b"subtree/v1\n\x00"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin line, size in leaves, root (32 bytes), extension lines.

    Raises FormatError on an origin that is no printable name, a size outside 0 <= n < 2^53, a
    root that has not 32 bytes, an empty or broken extension line.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.origin or not self.origin.isprintable():
            raise FormatError(f"{self.origin!r} is no origin", right="one printable line")
        if not 0 <= self.size < INT_LIMIT:
            raise FormatError(f"a tree size of {self.size}", right="0 <= size < 2^53")
        if len(self.root) != 32:
            raise FormatError(f"a root of {len(self.root)} bytes", right="32 bytes")
        for line in self.extensions:
            if not line or not line.isprintable():
                raise FormatError(f"{line!r} is no extension line", right="one printable line")

    def text(self) -> bytes:
        """The note text: origin, size, base64 root, extension lines, each ended by newline."""
        lines = (self.origin, str(self.size), b64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines).encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Inverse of `Checkpoint.text`; verifies no signature. Raises MalformedError."""
    try:
        lines = text.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise MalformedError("the checkpoint is not UTF-8", right="UTF-8") from None
    if len(lines) < 4 or lines.pop():
        raise MalformedError("a checkpoint of fewer than 3 lines", right="origin, size, root")
    if not _NUMBER.fullmatch(lines[1]):
        raise MalformedError(f"{lines[1][:40]!r} is no tree size", right="decimal, no zero before")
    try:
        return Checkpoint(lines[0], int(lines[1]), unb64(lines[2]), tuple(lines[3:]))
    except FormatError as error:
        raise MalformedError(error.what, right=error.right) from None


def timed_message(text: bytes, at_s: int) -> bytes:
    """What an Ed25519 cosigner (0x04) signs: two header lines and the whole checkpoint text.

    Raises MalformedError when `text` is no checkpoint.
    """
    parse_checkpoint(text)
    return b"cosignature/v1\ntime %d\n%b" % (at_s, text)


def subtree_message(cosigner: str, text: bytes, at_s: int) -> bytes:
    """What an ML-DSA-44 cosigner (0x06) signs: tlog-cosignature's ``cosigned_message``, start 0.

    Extension lines are not covered. Raises MalformedError when `text` is no checkpoint or a
    name has more than 255 bytes.
    """
    head = parse_checkpoint(text)
    return b"".join(
        (
            _SUBTREE_LABEL,
            _short(cosigner),
            struct.pack(">Q", at_s),
            _short(head.origin),
            struct.pack(">QQ", 0, head.size),
            head.root,
        )
    )


def _short(name: str) -> bytes:
    spelled = name.encode()
    if len(spelled) > MAX_COSIGNED_NAME_BYTES:
        raise MalformedError(
            f"an origin or cosigner of {len(spelled)} bytes", right="1 to 255 bytes to be cosigned"
        )
    return bytes((len(spelled),)) + spelled
