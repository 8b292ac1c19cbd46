"""Beast binary framing: what most ADS-B receivers send on port 30005.

A frame is 0x1A, a type ("1": Mode A/C, "2": 7 bytes of Mode S, "3": 14 bytes), six bytes of a
12 MHz counter, one of signal level, and the message; 0x1A inside is doubled. The counter is only
good for multilateration, so a report is as old as its arrival; the one value FF004D4C4154 marks a
frame that a multilateration client wrote. Source: the wiki of the Mode-S Beast; readsb's sources.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parley.watch.report import Report
from parley.wire.adsb.frames import AdsbFrames, Frame
from parley.wire.adsb.places import Receiver
from parley.wire.decoding import Rejections
from parley.wire.lines import CUT_SHORT

ESCAPE = b"\x1a"
MLAT_MARK = bytes.fromhex("ff004d4c4154")
GARBAGE_BYTES = "garbage-bytes"
SHORT_FRAME = "short-frame"
OTHER_TYPE = "other-type"
MAX_REST = 46
_OTHER_KNOWN = frozenset(b"45\xe3\xe4")
"""Status of the receiver, and readsb's receiver ids."""

_BYTE = rb"(?:[^\x1a]|\x1a\x1a)"
_SCAN = re.compile(
    rb"\x1a1(?P<ac>" + _BYTE + rb"{9})"
    rb"|\x1a2(?P<short>" + _BYTE + rb"{14})"
    rb"|\x1a3(?P<long>" + _BYTE + rb"{21})"
    rb"|\x1a[123](?P<cut>" + _BYTE + rb"*)(?=\x1a[^\x1a])"
    rb"|\x1a[123](?P<rest>" + _BYTE + rb"*\x1a?)\Z"
    rb"|(?P<lone>\x1a)\Z"
    rb"|(?P<doubled>\x1a\x1a)"
    rb"|\x1a(?P<other>[^123\x1a])"
    rb"|(?P<garbage>[^\x1a]+)",
    re.DOTALL,
)


class BeastDecoder:
    """One Beast connection. At most ``MAX_REST`` bytes of an unfinished frame are kept."""

    def __init__(
        self, sensor: str, *, receiver: Receiver | None = None, max_aircraft: int = 20_000
    ) -> None:
        self.rejected = Rejections()
        self._frames = AdsbFrames(
            sensor, self.rejected, receiver=receiver, max_aircraft=max_aircraft
        )
        self._rest = b""
        self._skipping = False

    def take(self, data: bytes, now_ms: int) -> Sequence[Report]:
        """The reports that ``data`` completes, each as old as ``now_ms``."""
        frames: list[Frame] = []
        data, self._rest = self._rest + data, b""
        for match in _SCAN.finditer(data):
            kind = match.lastgroup
            if kind in ("short", "long"):
                body = match.group(kind)
                if ESCAPE in body:
                    body = body.replace(b"\x1a\x1a", ESCAPE)
                frames.append(Frame(body[7:].hex(), now_ms, body[:6] == MLAT_MARK))
                self._skipping = False
            else:
                self._no_frame(match, kind or "")
        return self._frames.take(frames)

    def end(self) -> None:
        """Nothing follows: an unfinished frame is counted and dropped."""
        if self._rest:
            self.rejected.add(CUT_SHORT)
        self._rest, self._skipping = b"", False

    @property
    def rest_bytes(self) -> int:
        """How much of an unfinished frame is kept."""
        return len(self._rest)

    def _no_frame(self, match: re.Match[bytes], kind: str) -> None:
        if kind in ("rest", "lone"):
            self._rest = match.group()
        elif kind == "cut":
            self.rejected.add(SHORT_FRAME)
            self._skipping = False
        elif kind == "ac":
            self._skipping = False
        elif kind == "other":
            self._skipping = match.group(kind)[0] in _OTHER_KNOWN
            if not self._skipping:
                self.rejected.add(OTHER_TYPE)
        elif not self._skipping:
            self.rejected.add(GARBAGE_BYTES, len(match.group()))
