"""AVR: Mode S frames as lines of hex digits, on port 30002 of most receivers.

``*8D...;`` is a frame, ``@`` puts 12 digits of a 12 MHz counter before it, ``<`` those and 2 of
signal level. Reports are as old as their arrival (see beast). Source: dump1090's README.
"""

from __future__ import annotations

from collections.abc import Sequence

from parley.watch.report import Report
from parley.wire.adsb.beast import MLAT_MARK
from parley.wire.adsb.frames import AdsbFrames, Frame
from parley.wire.adsb.places import Receiver
from parley.wire.decoding import Rejections
from parley.wire.lines import Lines

MAX_LINE = 128
BAD_LINE = "bad-line"
_PREFIX = {ord("*"): 0, ord("@"): 12, ord("%"): 12, ord("<"): 14}
_LENGTHS = {4, 14, 28}
_HEX = frozenset(b"0123456789abcdefABCDEF")
_MLAT_TEXT = MLAT_MARK.hex().encode()


class AvrDecoder:
    """One AVR connection. At most ``MAX_LINE`` bytes of an unfinished line are kept."""

    def __init__(
        self, sensor: str, *, receiver: Receiver | None = None, max_aircraft: int = 20_000
    ) -> None:
        self.rejected = Rejections()
        self._frames = AdsbFrames(
            sensor, self.rejected, receiver=receiver, max_aircraft=max_aircraft
        )
        self._lines = Lines(MAX_LINE, self.rejected, b";")

    def take(self, data: bytes, now_ms: int) -> Sequence[Report]:
        """The reports that ``data`` completes, each as old as ``now_ms``."""
        frames: list[Frame] = []
        for line in self._lines.take(data):
            skip = _PREFIX.get(line[0])
            body = b"" if skip is None else line[1 + skip :]
            if len(body) not in _LENGTHS or not _HEX.issuperset(line[1:]):
                self.rejected.add(BAD_LINE)
            elif len(body) > 4:  # four digits are Mode A/C, which names nobody
                marked = skip and line[1:13].lower() == _MLAT_TEXT
                frames.append(Frame(body.decode().lower(), now_ms, bool(marked)))
        return self._frames.take(frames)

    def end(self) -> None:
        """Nothing follows: an unfinished line is counted and dropped."""
        self._lines.end()

    @property
    def rest_bytes(self) -> int:
        """How much of an unfinished line is kept."""
        return self._lines.rest_bytes
