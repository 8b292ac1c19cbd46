"""Cursor on Target as TAK protocol version 1: one ``TakMessage`` (takproto) an event.

A stream frames it as 0xbf, varint length, payload; a mesh datagram as 0xbf 0x01 0xbf, payload.
What the message has no field for stands as XML in ``xmlDetail``, as ATAK writes it.
"""

from __future__ import annotations

import math
from typing import Any

from google.protobuf.message import DecodeError
from takproto.proto import TakMessage

from parley.wire.cot.event import (
    MAX_EVENT_BYTES,
    UNKNOWN_M,
    CotEvent,
    CotRefusedError,
    Element,
    checked,
    element_xml,
    parse_xml,
    plain,
)
from parley.wire.instants import MAX_MS

MAGIC = 0xBF
MESH_HEADER = b"\xbf\x01\xbf"
_TYPED: dict[str, tuple[str, tuple[str, ...]]] = {
    "contact": ("contact", ("endpoint", "callsign")),
    "__group": ("group", ("name", "role")),
    "precisionlocation": ("precisionLocation", ("geopointsrc", "altsrc")),
    "takv": ("takv", ("device", "platform", "os", "version")),
}
_OPEN, _CLOSE = "<detail>", "</detail>"


def event_to_proto(event: CotEvent) -> bytes:
    """The payload of one event, without a header."""
    message = TakMessage()
    out = message.cotEvent
    out.uid, out.type, out.how = plain(event.uid), plain(event.type), plain(event.how)
    out.sendTime, out.startTime, out.staleTime = event.time_ms, event.start_ms, event.stale_ms
    out.lat, out.lon = event.lat_deg, event.lon_deg
    out.hae, out.ce, out.le = (_known(v) for v in (event.hae_m, event.ce_m, event.le_m))
    rest: list[str] = []
    seen: set[str] = set()
    for element in event.detail:
        if element.tag in seen or not _typed(out.detail, element):
            rest.append(element_xml(element))
        else:
            seen.add(element.tag)
    out.detail.xmlDetail = "".join(rest)
    return bytes(message.SerializeToString())


def stream_frame(event: CotEvent) -> bytes:
    """The event as it goes through a TCP connection."""
    payload = event_to_proto(event)
    return bytes([MAGIC]) + varint(len(payload)) + payload


def mesh_frame(event: CotEvent) -> bytes:
    """The event as one datagram."""
    return MESH_HEADER + event_to_proto(event)


def event_from_proto(payload: bytes) -> CotEvent:
    """The event in a payload. Raises CotRefusedError, nothing else."""
    if len(payload) > MAX_EVENT_BYTES:
        raise CotRefusedError(
            "oversize", f"an event of {len(payload)} bytes", right=f"at most {MAX_EVENT_BYTES}"
        )
    message = TakMessage()
    try:
        message.ParseFromString(payload)
    except (DecodeError, ValueError, RuntimeError):
        raise CotRefusedError("not-protobuf", "no TakMessage", right="TAK protocol 1") from None
    if not message.HasField("cotEvent"):
        raise CotRefusedError("no-event", "a TakMessage without an event", right="a cotEvent")
    said = message.cotEvent
    times = (said.sendTime, said.startTime, said.staleTime)
    if not all(0 < ms <= MAX_MS for ms in times):
        raise CotRefusedError("time", f"times {times}", right="milliseconds, 1970 to 9999")
    event = CotEvent(
        said.uid,
        said.type,
        *times,
        said.lat,
        said.lon,
        said.hae,
        said.ce,
        said.le,
        said.how[:64],
        _details(said.detail),
    )
    return checked(event)


def varint(value: int) -> bytes:
    """Base-128, least significant group first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """(value, place behind it), None while it is not whole. CotRefusedError: over five bytes."""
    value = 0
    for n in range(5):
        if at + n >= len(data):
            return None
        byte = data[at + n]
        value |= (byte & 0x7F) << (7 * n)
        if byte < 0x80:
            return value, at + n + 1
    raise CotRefusedError("not-protobuf", "a length of more than five bytes", right="a varint")


def _known(value: float) -> float:
    return value if math.isfinite(value) else UNKNOWN_M


def _typed(detail: Any, element: Element) -> bool:
    """Whether the element went into a field of its own, whole."""
    if element.text or element.children:
        return False
    if element.tag == "track":
        return _typed_track(detail.track, element)
    if element.tag not in _TYPED:
        return False
    name, fields = _TYPED[element.tag]
    if not element.attributes or not set(element.attributes) <= set(fields):
        return False
    if not all(element.attributes.values()):
        return False
    part = getattr(detail, name)
    for attribute, value in element.attributes.items():
        setattr(part, attribute, plain(value))
    return True


def _typed_track(part: Any, element: Element) -> bool:
    if set(element.attributes) != {"speed", "course"}:
        return False
    try:
        speed, course = float(element.get("speed")), float(element.get("course"))
    except ValueError:
        return False
    part.speed, part.course = speed, course
    return True


def _details(detail: Any) -> tuple[Element, ...]:
    found: list[Element] = []
    for tag, (name, fields) in _TYPED.items():
        if detail.HasField(name):
            part = getattr(detail, name)
            values = {f: getattr(part, f) for f in fields if getattr(part, f)}
            found.append(Element(tag, values))
    if detail.HasField("track"):
        track = detail.track
        found.append(Element("track", {"speed": repr(track.speed), "course": repr(track.course)}))
    if detail.xmlDetail:
        inner = detail.xmlDetail.encode("utf-8")
        found.extend(parse_xml(_OPEN.encode() + inner + _CLOSE.encode()).children)
    return tuple(found)


__all__ = [
    "MAGIC",
    "MESH_HEADER",
    "event_from_proto",
    "event_to_proto",
    "mesh_frame",
    "read_varint",
    "stream_frame",
    "varint",
]
