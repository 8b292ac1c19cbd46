"""One Cursor on Target event as a value, and its XML: CoT base schema 2.0, ``<event>``.

The same value is written and read as protobuf in ``proto``. Hostile XML is refused by name
(``CotRefusedError.name``): DTDs, entities, depth, sizes, encodings, impossible numbers and times.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element as XmlElement
from xml.etree.ElementTree import ParseError, TreeBuilder
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from parley.errors import FormatError
from parley.wire.instants import format_instant, parse_instant
from parley.wire.refusals import shown

MAX_EVENT_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_ELEMENTS = 2_048
MAX_ATTRIBUTES = 64
MAX_VALUE = 4_096
MAX_UID = 200
UNKNOWN_M = 9_999_999.0
"""A height or an error in metres that is not known (CoT base schema)."""

XML_HEADER = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
)
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


class CotRefusedError(FormatError):
    """An event that is refused; ``name`` is the word under which it is counted."""

    def __init__(self, name: str, what: str, *, right: str = "", where: str = "event") -> None:
        super().__init__(what, right=right, where=where, at_fault="the sender of this event")
        self.name = name


@dataclass(frozen=True, slots=True)
class Element:
    """One element of ``<detail>``: text is what stands before its first child, stripped."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple[Element, ...] = ()

    def get(self, name: str) -> str:
        """An attribute, "" if it is absent."""
        return self.attributes.get(name, "")

    def child(self, tag: str) -> Element | None:
        return next((one for one in self.children if one.tag == tag), None)


@dataclass(frozen=True, slots=True)
class CotEvent:
    """One event. Instants in ms UTC; lat/lon in degrees WGS-84; hae_m above the ellipsoid, ce_m
    and le_m one standard deviation: NaN where not known. detail: the children of ``<detail>``."""

    uid: str
    type: str
    time_ms: int
    start_ms: int
    stale_ms: int
    lat_deg: float = 0.0
    lon_deg: float = 0.0
    hae_m: float = math.nan
    ce_m: float = math.nan
    le_m: float = math.nan
    how: str = "m-g"
    detail: tuple[Element, ...] = ()

    def find(self, tag: str) -> Element | None:
        """The first element of the detail with this tag."""
        return next((one for one in self.detail if one.tag == tag), None)

    @property
    def callsign(self) -> str:
        contact = self.find("contact")
        return contact.get("callsign") if contact is not None else ""

    @property
    def remarks(self) -> str:
        found = self.find("remarks")
        return found.text if found is not None else ""


# Reading -------------------------------------------------------------------------------------


def parse_event(xml: bytes) -> CotEvent:
    """The event in a whole XML document. Raises CotRefusedError, nothing else.

    UTF-8 only, 64 KiB at most, no DTD, no entity, 16 levels, 2,048 elements, 4,096 characters an
    attribute; finite numbers; instants of RFC 3339 from 1970 on, start not behind stale.
    """
    root = parse_xml(xml)
    if root.tag != "event":
        raise CotRefusedError("no-event", f"the root is {shown(root.tag)}", right="event")
    point = root.child("point")
    if point is None:
        raise CotRefusedError("no-point", "an event without a point", right="one point")
    detail = root.child("detail")
    return checked(
        CotEvent(
            uid=root.get("uid"),
            type=root.get("type"),
            how=root.get("how")[:64],
            time_ms=_instant(root, "time"),
            start_ms=_instant(root, "start"),
            stale_ms=_instant(root, "stale"),
            lat_deg=_number(point, "lat"),
            lon_deg=_number(point, "lon"),
            hae_m=_number(point, "hae", UNKNOWN_M),
            ce_m=_number(point, "ce", UNKNOWN_M),
            le_m=_number(point, "le", UNKNOWN_M),
            detail=detail.children if detail is not None else (),
        )
    )


def parse_xml(xml: bytes) -> Element:
    """A whole XML document as one element, within the limits. Raises CotRefusedError."""
    if len(xml) > MAX_EVENT_BYTES:
        raise CotRefusedError(
            "oversize", f"an event of {len(xml)} bytes", right=f"at most {MAX_EVENT_BYTES}"
        )
    try:
        xml.decode("utf-8")
    except UnicodeDecodeError:
        raise CotRefusedError("not-utf8", "bytes that are not UTF-8", right="UTF-8") from None
    builder = _Limited()
    parser = DefusedXMLParser(target=builder, encoding="utf-8", forbid_dtd=True)
    try:
        parser.feed(xml)
        root: XmlElement = parser.close()
    except DefusedXmlException:
        raise CotRefusedError("dtd-or-entity", "a DTD or an entity", right="plain XML") from None
    except ParseError as error:
        line, column = error.position
        raise CotRefusedError(
            "not-xml", "not well-formed", right="XML", where=f"line {line}, column {column}"
        ) from None
    except (ValueError, LookupError, AssertionError) as error:
        raise CotRefusedError("not-xml", f"not XML: {shown(str(error))}", right="XML") from None
    return _element(root)


def checked(event: CotEvent) -> CotEvent:
    """The event if it can be, with 9999999 as unknown. Raises CotRefusedError."""
    if not event.uid.strip() or len(event.uid) > MAX_UID or not event.uid.isprintable():
        raise CotRefusedError(
            "uid", f"uid {shown(event.uid)}", right=f"1 to {MAX_UID} printable characters"
        )
    if not _TYPE.fullmatch(event.type):
        raise CotRefusedError("type", f"type {shown(event.type)}", right="such as a-f-A-C-F")
    numbers = (event.lat_deg, event.lon_deg, event.hae_m, event.ce_m, event.le_m)
    if not all(math.isfinite(value) for value in numbers):
        raise CotRefusedError("not-finite", f"a point of {numbers!r:.80}", right="finite numbers")
    if not (-90 <= event.lat_deg <= 90 and -180 <= event.lon_deg <= 180):
        swapped = abs(event.lat_deg) > 90 and abs(event.lon_deg) <= 90
        raise CotRefusedError(
            "position",
            f"lat {event.lat_deg} lon {event.lon_deg}" + (" (swapped?)" if swapped else ""),
            right="-90..90 and -180..180 degrees",
        )
    if not max(event.start_ms, event.time_ms) <= event.stale_ms:
        raise CotRefusedError("stale-before-start", "stale is before start or time", right="behind")
    if event.ce_m < 0 or event.le_m < 0:
        raise CotRefusedError(
            "negative-error", f"ce {event.ce_m} le {event.le_m}", right="0 or more"
        )
    hae, ce, le = (math.nan if abs(v) >= UNKNOWN_M else v for v in numbers[2:])
    return CotEvent(
        event.uid,
        event.type,
        event.time_ms,
        event.start_ms,
        event.stale_ms,
        event.lat_deg,
        event.lon_deg,
        hae,
        ce,
        le,
        event.how,
        event.detail,
    )


class _Limited(TreeBuilder):
    """Builds no more than an event may have."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attrs: dict[str, str]) -> XmlElement:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH:
            raise CotRefusedError("too-deep", "too many levels", right=f"at most {MAX_DEPTH}")
        if self._count > MAX_ELEMENTS:
            raise CotRefusedError("too-many-elements", "too many elements", right="2,048 at most")
        if len(attrs) > MAX_ATTRIBUTES or any(len(v) > MAX_VALUE for v in attrs.values()):
            raise CotRefusedError(
                "attributes", f"attributes of {shown(tag)}", right="64 of 4,096 characters"
            )
        return super().start(tag, attrs)

    def end(self, tag: str) -> XmlElement:
        self._depth -= 1
        return super().end(tag)


def _element(found: XmlElement) -> Element:
    """At most ``MAX_DEPTH`` levels: the builder saw to it."""
    children = tuple(_element(child) for child in found)
    return Element(str(found.tag), dict(found.attrib), (found.text or "").strip(), children)


def _instant(root: Element, name: str) -> int:
    try:
        return parse_instant(root.get(name), name)
    except FormatError as error:
        raise CotRefusedError("time", error.what, right=error.right, where=name) from None


def _number(point: Element, name: str, missing: float = math.nan) -> float:
    text = point.get(name).strip()
    if not text and not math.isnan(missing):
        return missing
    if text.lstrip("+-").lower() in ("nan", "inf", "infinity"):
        raise CotRefusedError("not-finite", f"{name} {shown(text)}", right="a finite number")
    if not _NUMBER.fullmatch(text):
        raise CotRefusedError("number", f"{name} {shown(text)} is no number", right="a number")
    return float(text)


# Writing -------------------------------------------------------------------------------------


def event_xml(event: CotEvent) -> bytes:
    """``<event ...>...</event>`` without a declaration, in ASCII: there are servers that decode
    what a socket gives them piece by piece. Control characters become spaces."""
    head = {
        "version": "2.0",
        "uid": event.uid,
        "type": event.type,
        "how": event.how,
        "time": instant_text(event.time_ms),
        "start": instant_text(event.start_ms),
        "stale": instant_text(event.stale_ms),
    }
    point = {
        "lat": f"{event.lat_deg:.7f}",
        "lon": f"{event.lon_deg:.7f}",
        "hae": metres_text(event.hae_m),
        "ce": metres_text(event.ce_m),
        "le": metres_text(event.le_m),
    }
    inner = "".join(element_xml(one) for one in event.detail)
    text = f"<event{_attributes(head)}><point{_attributes(point)}/><detail>{inner}</detail></event>"
    return text.encode("ascii", "xmlcharrefreplace")


def element_xml(element: Element) -> str:
    """One element with all that is in it."""
    return "".join(_written(element))


def plain(text: str) -> str:
    """Text as it may stand in XML 1.0: no control characters, no surrogates."""
    if text.isprintable():
        return text
    return "".join(c if _allowed(c) else " " for c in text)


def instant_text(ms: int) -> str:
    """RFC 3339 with three decimals, as TAK clients write it."""
    text = format_instant(ms)
    return text if "." in text else f"{text[:-1]}.000Z"


def metres_text(metres: float) -> str:
    """Metres with two decimals, 9999999.0 where they are not known."""
    return f"{metres:.2f}" if math.isfinite(metres) else f"{UNKNOWN_M:.1f}"


def _allowed(c: str) -> bool:
    code = ord(c)
    if code < 0x20:
        return c in "\n\t"
    return not (0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF))


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(plain(value))}" for name, value in values.items())


def _written(element: Element) -> Iterator[str]:
    if not _NAME.fullmatch(element.tag) or not all(map(_NAME.fullmatch, element.attributes)):
        raise CotRefusedError("name", f"element {shown(element.tag)}", right="an XML name")
    yield f"<{element.tag}{_attributes(element.attributes)}"
    if not element.text and not element.children:
        yield "/>"
        return
    yield f">{escape(plain(element.text))}"
    for child in element.children:
        yield from _written(child)
    yield f"</{element.tag}>"
