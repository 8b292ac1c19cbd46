"""Lines out of a stream of bytes: bounded, and the same wherever the stream was cut."""

from __future__ import annotations

from parley.wire.decoding import Rejections

OVER_LONG = "over-long-line"
CUT_SHORT = "cut-short"


class Lines:
    """Complete lines without their ends (LF, CR LF), empty ones left out. A line of more than
    ``max_bytes`` is dropped and counted once; at most that many bytes are kept."""

    def __init__(self, max_bytes: int, rejected: Rejections, end: bytes = b"\n") -> None:
        self._max = max_bytes
        self._end = end
        self._rejected = rejected
        self._rest = b""
        self._dropping = False

    def take(self, data: bytes) -> list[bytes]:
        """The lines that ``data`` completes, in order."""
        *whole, rest = data.split(self._end)
        if whole:
            whole[0] = self._rest + whole[0]
            if self._dropping:
                self._dropping = False
                del whole[0]
            self._rest = b""
        self._rest = b"" if self._dropping else self._rest + rest
        lines = []
        for line in whole:
            if len(line) > self._max:
                self._rejected.add(OVER_LONG)
            elif stripped := line.strip():
                lines.append(stripped)
        if len(self._rest) > self._max:
            self._rejected.add(OVER_LONG)
            self._dropping = True
            self._rest = b""
        return lines

    def end(self) -> None:
        """Nothing follows: an unfinished line is counted and dropped."""
        if self._rest.strip():
            self._rejected.add(CUT_SHORT)
        self._rest, self._dropping = b"", False

    @property
    def rest_bytes(self) -> int:
        """How much of an unfinished line is kept."""
        return len(self._rest)
