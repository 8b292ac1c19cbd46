"""What a TAK user calls out: STOP, DISTRESS, and that his distress is over.

A chat message (``b-t-f``) to our own contact whose text begins with the word STOP; a 911 alert
(``b-a-o-tbl``); its cancellation (``b-a-o-can``). A chat to all or to another is no call to us.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TypeAlias

from parley.space import Position
from parley.wire.cot.event import CotEvent, CotRefusedError, Element
from parley.wire.cot.report import CIRCLE_95, position_of

CHAT = "b-t-f"
DISTRESS = "b-a-o-tbl"
CANCEL = "b-a-o-can"
MAX_TEXT = 1_000
MAX_UNCERTAINTY_M = 100_000
_STOP = re.compile(r"\s*STOP(?![A-Za-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StopCall:
    """uid: of the message, the same in every repeat; sender: uid of who called, callsign: his."""

    uid: str
    sender: str
    callsign: str
    text: str
    at_ms: int
    stale_ms: int


@dataclass(frozen=True, slots=True)
class DistressCall:
    """uid: of the alert. position: None without a fix; uncertainty_m: 95 %, whole metres up."""

    uid: str
    sender: str
    callsign: str
    subject: str
    text: str
    position: Position | None
    uncertainty_m: int
    at_ms: int
    stale_ms: int


@dataclass(frozen=True, slots=True)
class CancelCall:
    """uid: of the alert that is over."""

    uid: str
    sender: str
    callsign: str
    at_ms: int
    stale_ms: int


Call: TypeAlias = StopCall | DistressCall | CancelCall


def call_of(event: CotEvent, our_uid: str, our_callsign: str, now_ms: int) -> Call | None:
    """The call in an event, None if it is a report. Raises CotRefusedError for what is neither:
    another chat ("chat"), a STOP to somebody else ("stop-to-another"), another alert."""
    if event.type == CHAT:
        return _chat(event, our_uid, our_callsign, now_ms)
    if not event.type.startswith("b-a-"):
        return None
    emergency = event.find("emergency")
    sender, callsign = _sender(event, "")
    at_ms = min(event.time_ms, now_ms)
    if event.type == CANCEL:
        return CancelCall(event.uid, sender, callsign, at_ms, event.stale_ms)
    if event.type != DISTRESS:
        raise CotRefusedError("other-alert", f"alert {event.type}", right=DISTRESS)
    if emergency is not None and emergency.get("cancel").lower() == "true":
        return CancelCall(event.uid, sender, callsign, at_ms, event.stale_ms)
    position, uncertainty_m = _where(event)
    named = _text(emergency.text, 64) if emergency is not None else ""
    return DistressCall(
        event.uid,
        sender,
        callsign,
        named or callsign or sender,
        _text(event.remarks, MAX_TEXT),
        position,
        uncertainty_m,
        min(event.start_ms, now_ms),
        event.stale_ms,
    )


def _chat(event: CotEvent, our_uid: str, our_callsign: str, now_ms: int) -> StopCall:
    text = _text(event.remarks, MAX_TEXT)
    if not _STOP.match(text):
        raise CotRefusedError("chat", "a chat message", right="STOP ... to our contact")
    ours = {name for name in (our_uid, our_callsign) if name}
    if not ours & _addressees(event):
        raise CotRefusedError("stop-to-another", "a STOP to somebody else", right="to our contact")
    sender, callsign = _sender(event, event.uid)
    return StopCall(event.uid, sender, callsign, text, min(event.time_ms, now_ms), event.stale_ms)


def _addressees(event: CotEvent) -> set[str]:
    found: set[str] = set()
    chat, remarks, marti = event.find("__chat"), event.find("remarks"), event.find("marti")
    if chat is not None:
        found |= {chat.get("id"), chat.get("chatroom")}
        for group in chat.children:
            found |= {v for k, v in group.attributes.items() if k.startswith("uid") and k != "uid0"}
    if remarks is not None:
        found.add(remarks.get("to"))
    for dest in marti.children if marti is not None else ():
        found |= {dest.get("callsign"), dest.get("uid")}
    return found - {""}


def _sender(event: CotEvent, chat_uid: str) -> tuple[str, str]:
    """uid and callsign as the event gives them; nothing here proves who he is."""
    link: Element | None = event.find("link")
    chat = event.find("__chat")
    uid = link.get("uid") if link is not None else ""
    if not uid and chat is not None and chat.children:
        uid = chat.children[0].get("uid0")
    if not uid and chat_uid.startswith("GeoChat."):
        uid = chat_uid.split(".")[1]
    callsign = event.callsign or (chat.get("senderCallsign") if chat is not None else "")
    return _text(uid or event.uid, 128), _text(callsign, 64)


def _where(event: CotEvent) -> tuple[Position | None, int]:
    try:
        position = position_of(event)
    except CotRefusedError:
        return None, 0
    radius_m = event.ce_m * CIRCLE_95 if event.ce_m > 0 else 0.0
    return position, min(MAX_UNCERTAINTY_M, math.ceil(radius_m))


def _text(text: str, most: int) -> str:
    """One printable line."""
    return "".join(c if c.isprintable() else " " for c in text).strip()[:most]
