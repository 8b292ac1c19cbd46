"""Cursor on Target in: XML and TAK protocol 1 to reports, and to the calls of a TAK user.

docs/formats/cot.md is the mapping. No affiliation is taken over ("hostile" and "friend" are
somebody's opinion); of the type only the dimension is read. Invariants: at most 64 KiB and one
event are kept between two calls; whatever comes is read or counted by name; behind garbage it
goes on with the next event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parley.watch.report import Report
from parley.wire.cot.calls import Call, CancelCall, DistressCall, StopCall, call_of
from parley.wire.cot.event import (
    MAX_EVENT_BYTES,
    CotEvent,
    CotRefusedError,
    parse_event,
)
from parley.wire.cot.proto import MAGIC, MESH_HEADER, event_from_proto, read_varint
from parley.wire.cot.report import OURS, report_of
from parley.wire.decoding import Rejections

MAX_CALLS = 1_000
AHEAD_MS = 60_000
_END = b"</event>"
_STARTS = (b"<event", b"<?xml")
_BLANK = b" \t\r\n\x00"
_MARK = b"\xef\xbb\xbf"
_CONTROL = ("t-x-takp-v", "t-x-takp-r", "t-x-c-t", "t-x-c-t-r")


@dataclass(frozen=True, slots=True)
class Contact:
    """Who we are on this connection: a call must be addressed to us. "" hears nobody."""

    uid: str = ""
    callsign: str = ""


class CotDecoder:
    """One connection's decoder (``parley.wire.decoding.Decoder``).

    sensor: what the reports carry; owner: the party that answers for what comes here, or "".
    ``calls`` (STOP, DISTRESS, its cancellation) and ``controls`` (the server's own words:
    protocol negotiation, answers to a ping) are emptied by the caller; 1,000 of each are kept.
    Refused besides what ``parse_event`` refuses: stale events, instants more than a minute ahead,
    events that a Parley node published.
    """

    def __init__(self, sensor: str, contact: Contact | None = None, *, owner: str = "") -> None:
        self.rejected = Rejections()
        self.calls: list[Call] = []
        self.controls: list[CotEvent] = []
        self._sensor = sensor
        self._contact = contact or Contact()
        self._owner = owner
        self._rest = bytearray()
        self._scanned = 0
        self._lost = False
        self._binary = False

    def take(self, data: bytes, now_ms: int) -> Sequence[Report]:
        """Bytes of a stream, cut anywhere."""
        found: list[Report] = []
        for start in range(0, len(data), MAX_EVENT_BYTES):
            self._rest += data[start : start + MAX_EVENT_BYTES]
            found.extend(r for e in self._events() for r in self._sorted(e, now_ms))
        return found

    def take_datagram(self, data: bytes, now_ms: int) -> Sequence[Report]:
        """One datagram: an XML document, or a mesh message of TAK protocol 1."""
        try:
            if data.startswith(MESH_HEADER):
                event = event_from_proto(data[len(MESH_HEADER) :])
            else:
                event = parse_event(data.removeprefix(_MARK).strip(_BLANK))
        except CotRefusedError as refused:
            self.rejected.add(refused.name)
            return ()
        return self._sorted(event, now_ms)

    # From bytes to events

    def _events(self) -> Iterator[CotEvent]:
        while (step := self._next()) is not None:
            if isinstance(step, CotEvent):
                yield step

    def _next(self) -> CotEvent | bool | None:
        """An event, True for progress without one, None: more bytes are needed."""
        if not self._scanned:
            self._drop_blanks()
        if not self._rest:
            return None
        if self._lost:
            return self._resync()
        if self._rest[0] == MAGIC:
            return self._frame()
        if self._rest[0] == ord("<"):
            return self._document()
        self.rejected.add("garbage")
        self._lost = True
        return True

    def _drop_blanks(self) -> None:
        kept = self._rest.lstrip(_BLANK)
        del self._rest[: len(self._rest) - len(kept)]
        if self._rest.startswith(_MARK):
            del self._rest[: len(_MARK)]

    def _resync(self) -> bool | None:
        """To the next start of an event; of a frame only where frames were spoken before."""
        starts = [self._rest.find(start) for start in _STARTS]
        if self._binary:
            starts.append(self._rest.find(MAGIC))
        found = [place for place in starts if place >= 0]
        if not found:
            keep = 0 if self._binary else max(map(len, _STARTS)) - 1
            del self._rest[: max(0, len(self._rest) - keep)]
            return None
        del self._rest[: min(found)]
        self._lost = False
        return True

    def _frame(self) -> CotEvent | bool | None:
        try:
            read = read_varint(self._rest, 1)
            if read is None:
                return None
            size, begin = read
            if size > MAX_EVENT_BYTES:
                raise CotRefusedError("oversize", f"a frame of {size} bytes")
            if len(self._rest) < begin + size:
                return None
        except CotRefusedError as refused:
            self._refuse(refused, 1)
            self._lost = True
            return True
        payload = bytes(self._rest[begin : begin + size])
        del self._rest[: begin + size]
        try:
            event = event_from_proto(payload)
        except CotRefusedError as refused:
            self.rejected.add(refused.name)
            return True
        self._binary = True
        return event

    def _document(self) -> CotEvent | bool | None:
        end = self._rest.find(_END, max(0, self._scanned - len(_END)))
        if end < 0 and len(self._rest) <= MAX_EVENT_BYTES:
            self._scanned = len(self._rest)
            return None
        if end < 0:
            return self._too_long()
        document = bytes(self._rest[: end + len(_END)])
        del self._rest[: len(document)]
        self._scanned = 0
        self._binary = False
        try:
            return parse_event(document)
        except CotRefusedError as refused:
            self.rejected.add(refused.name)
        again = document.rfind(b"<event")
        if again <= 0 or b"<!" in document[:again]:
            return True
        try:
            return parse_event(document[again:])
        except CotRefusedError:
            return True

    def _too_long(self) -> bool:
        """More than an event may have and no end: on with the last event that began in it."""
        again = self._rest.rfind(b"<event", 1)
        self.rejected.add("oversize")
        del self._rest[: again if again > 0 else len(self._rest) - len(_STARTS[0])]
        self._lost, self._scanned = again <= 0, 0
        return True

    def _refuse(self, refused: CotRefusedError, drop: int) -> None:
        self.rejected.add(refused.name)
        del self._rest[:drop]

    # From events to what they mean

    def _sorted(self, event: CotEvent, now_ms: int) -> Sequence[Report]:
        try:
            if event.type in _CONTROL:
                self._keep(self.controls, event)
                return ()
            said_by = event.uid.removeprefix("GeoChat.")
            if self._contact.uid and said_by.startswith(self._contact.uid):
                return ()
            if said_by.startswith(OURS):
                raise CotRefusedError("from-parley", "an event that a Parley node published")
            if max(event.time_ms, event.start_ms) > now_ms + AHEAD_MS:
                raise CotRefusedError("ahead-of-time", "an instant in the future")
            call = call_of(event, self._contact.uid, self._contact.callsign, now_ms)
            if call is not None:
                if event.stale_ms < now_ms:
                    raise CotRefusedError("stale-call", "a call that is over")
                self._keep(self.calls, call)
                return ()
            if event.stale_ms < now_ms:
                raise CotRefusedError("stale", "an event that is over")
            return (report_of(event, self._sensor, self._owner, now_ms),)
        except CotRefusedError as refused:
            self.rejected.add(refused.name)
            return ()

    def _keep(self, into: list[Call] | list[CotEvent], one: Call | CotEvent) -> None:
        if len(into) >= MAX_CALLS:
            raise CotRefusedError("too-many-calls", "more than are kept")
        into.append(one)  # type: ignore[arg-type]


__all__ = [
    "Call",
    "CancelCall",
    "Contact",
    "CotDecoder",
    "CotEvent",
    "CotRefusedError",
    "DistressCall",
    "StopCall",
    "parse_event",
]
