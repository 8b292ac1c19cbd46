"""Cursor on Target out: what stands at a node as events for TAK clients.

docs/formats/cot.md is the mapping. Uids are stable: "parley.<party>.<ref>". Nothing is ever
called hostile. What is released to whom is decided in ``release``, not here. An exercise says
so in every callsign and every text.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from parley.rules.findings import Finding, bare
from parley.rules.statements import Distress, Stop
from parley.space import Position
from parley.watch.tracks import Status, Tracks
from parley.wire.cot.areas import DAY_MS, MAX_TEXT, drill
from parley.wire.cot.calls import CANCEL, CHAT, DISTRESS
from parley.wire.cot.event import CotEvent, Element, instant_text
from parley.wire.cot.report import CIRCLE_95, LINE_95, OURS
from parley.wire.words import length, zulu

ALERT, MARKER, WITHDRAW, PING = "b-a-g", "b-m-p-s-m", "t-x-d-d", "t-x-c-t"
SELF_TYPE = "a-f-G-U-C"
ROOM = "All Chat Rooms"
SELF_STALE_MS = 90_000
TRACK_STALE_MS = 30_000
PING_STALE_MS = 20_000
_MAX_UID = 160


@dataclass(frozen=True, slots=True)
class Said:
    """Something that people must see now: an alert on the map and a line in the chat.

    key: what it is about, the same in every repeat. edition: another one makes a new chat line.
    position: where, None if it has no place.
    """

    key: str
    title: str
    text: str
    position: Position | None = None
    exercise: bool = False
    edition: str = ""


@dataclass(frozen=True, slots=True)
class CotVoice:
    """The node as a TAK contact. version: of this program, for ``<takv>``."""

    party: str
    callsign: str = ""
    version: str = ""
    position: Position | None = None

    @property
    def uid(self) -> str:
        return f"{OURS}{self.party}"

    @property
    def name(self) -> str:
        return self.callsign or f"PARLEY-{self.party.upper()}"

    @property
    def ping_uid(self) -> str:
        return f"{self.uid}-ping"

    def uid_of(self, ref: str) -> str:
        """ "parley.<party>.<ref>"; a long ref by its hash."""
        if len(ref) > _MAX_UID:
            ref = hashlib.sha256(ref.encode("utf-8", "replace")).hexdigest()[:32]
        return f"{self.uid}.{ref}"

    # The contact itself, and words to the server

    def self_sa(self, now_ms: int) -> CotEvent:
        """Where and what we are; sent first and as a sign of life."""
        return self._event(
            self.uid,
            SELF_TYPE,
            now_ms,
            SELF_STALE_MS,
            self.position,
            Element(
                "takv",
                {"device": "Parley", "platform": "Parley", "os": "-", "version": self.version},
            ),
            Element("contact", {"callsign": self.name, "endpoint": "*:-1:stcp"}),
            Element("__group", {"name": "Cyan", "role": "HQ"}),
            Element("uid", {"Droid": self.name}),
        )

    def ping(self, now_ms: int) -> CotEvent:
        """The server answers it when it has read everything before it."""
        return self._event(self.ping_uid, PING, now_ms, PING_STALE_MS, None)

    def asks_protocol(self, now_ms: int) -> CotEvent:
        """The request for TAK protocol 1 that a server offered."""
        request = Element("TakRequest", {"version": "1"})
        control = Element("TakControl", {}, "", (request,))
        return self._event(f"{self.uid}-protocol", "t-x-takp-q", now_ms, 60_000, None, control)

    def withdraw(self, uid: str, now_ms: int) -> CotEvent:
        """Takes an event of ours off the map."""
        return self._event(
            f"{uid}-withdrawn",
            WITHDRAW,
            now_ms,
            60_000,
            None,
            Element("link", {"uid": uid, "relation": "p-p", "type": "a-u-G"}),
            Element("__forcedelete"),
        )

    # Alerts, STOP, DISTRESS

    def alert(self, said: Said, now_ms: int) -> list[CotEvent]:
        """An alert, a chat line, and a marker where it has a place."""
        uid, title = self.uid_of(f"alert.{said.key}"), drill(said.title, said.exercise)
        events = [
            self._emergency(uid, ALERT, title, said.position, now_ms, said.text, said.exercise),
            self.chat(said.key, said.text, now_ms, exercise=said.exercise, edition=said.edition),
        ]
        if said.position is not None:
            text = Element("remarks", {}, drill(said.text, said.exercise)[:MAX_TEXT])
            contact = Element("contact", {"callsign": title})
            marker = f"{uid}.marker"
            events.append(self._event(marker, MARKER, now_ms, DAY_MS, said.position, contact, text))
        return events

    def alert_over(self, said: Said, now_ms: int) -> list[CotEvent]:
        """It no longer holds: the alert is cancelled and its marker withdrawn."""
        uid, title = self.uid_of(f"alert.{said.key}"), drill(said.title, said.exercise)
        return [
            self._cancel(uid, title, said.position, now_ms),
            self.withdraw(f"{uid}.marker", now_ms),
        ]

    def stop(self, stop: Stop, now_ms: int) -> list[CotEvent]:
        """STOP in force: in the chat, in capitals, and as an alert where it applies."""
        where = "within its area" if stop.area is not None else "everywhere"
        if stop.notice:
            where = f"notice {stop.notice}"
        head = stop.header
        text = f"STOP STOP STOP. {stop.item} by {head.by} ({head.role}): CEASE {where.upper()}."
        text = f"{text} Since {zulu(head.at_ms, day=True)}. {stop.text}".strip()
        centre = None if stop.area is None else stop.area.centre
        return self.alert(
            Said(f"stop:{stop.item}", f"STOP {stop.item} ({head.by})", text, centre, head.exercise),
            now_ms,
        )

    def stop_over(self, stop: Stop, now_ms: int) -> list[CotEvent]:
        head, key = stop.header, f"stop:{stop.item}"
        text = f"STOP {stop.item} by {head.by} is lifted."
        return [
            *self.alert_over(
                Said(key, f"STOP {stop.item} ({head.by})", text, None, head.exercise), now_ms
            ),
            self.chat(key, text, now_ms, exercise=head.exercise, edition="over"),
        ]

    def distress(self, item: Distress, now_ms: int) -> list[CotEvent]:
        """The only thing that is ever sent as a 911 alert."""
        head = item.header
        near = f" within {length(item.uncertainty_m)}" if item.uncertainty_m else ""
        where = f" at {item.position}{near}" if item.position is not None else ", place unknown"
        text = f"DISTRESS {item.subject}{where}, known since {zulu(item.since_ms, day=True)},"
        text = f"{text} told by {head.by}. All help and keep clear. {item.text}".strip()
        uid, key = self.uid_of(f"distress:{item.item}"), f"distress:{item.item}"
        ce_m = item.uncertainty_m / CIRCLE_95 if item.position is not None else math.nan
        title = drill(f"DISTRESS {item.subject}", head.exercise)
        return [
            self._emergency(
                uid, DISTRESS, title, item.position, now_ms, text, head.exercise, ce_m=ce_m
            ),
            self.chat(key, text, now_ms, exercise=head.exercise),
        ]

    def distress_over(self, item: Distress, now_ms: int) -> list[CotEvent]:
        uid, exercise = self.uid_of(f"distress:{item.item}"), item.header.exercise
        text = f"DISTRESS {item.subject} is over."
        title = drill(f"DISTRESS {item.subject}", exercise)
        return [
            self._cancel(uid, title, item.position, now_ms),
            self.chat(f"distress:{item.item}", text, now_ms, exercise=exercise, edition="over"),
        ]

    def chat(
        self, key: str, text: str, now_ms: int, *, exercise: bool = False, edition: str = ""
    ) -> CotEvent:
        """A line to all chat rooms; a repeat has the same uid, so clients show it once."""
        mark = hashlib.sha256(f"{self.party}|{key}|{edition}".encode("utf-8", "replace"))
        message = mark.hexdigest()[:32]
        text = drill(text, exercise)[:MAX_TEXT]
        group = Element("chatgrp", {"uid0": self.uid, "uid1": ROOM, "id": ROOM})
        return self._event(
            f"GeoChat.{self.uid}.{ROOM}.{message}",
            CHAT,
            now_ms,
            DAY_MS,
            self.position,
            Element(
                "__chat",
                {
                    "parent": "RootContactGroup",
                    "groupOwner": "false",
                    "messageId": message,
                    "chatroom": ROOM,
                    "id": ROOM,
                    "senderCallsign": drill(self.name, exercise),
                },
                "",
                (group,),
            ),
            self._link(),
            Element(
                "remarks",
                {"source": f"BAO.F.Parley.{self.uid}", "to": ROOM, "time": instant_text(now_ms)},
                text,
            ),
        )

    # Tracks

    def track(self, tracks: Tracks, n: int, now_ms: int, *, uas: bool = False) -> CotEvent:
        """Track n of the picture: ours a friend's, another party's neutral, else unknown."""
        owner = tracks.owner[n]
        side = "u" if not owner else "f" if owner == self.party else "n"
        lost = tracks.status[n] == Status.LOST
        name = tracks.label[n] or tracks.ids[n]
        notes = [f"of {owner}" if owner else "nobody answers for it"]
        if tracks.status[n] != Status.LIVE:
            word = "LOST" if lost else "COASTING"
            notes.append(f"{word}: last seen {zulu(int(tracks.seen_ms[n]))}")
        if math.isfinite(tracks.pressure_m[n]):
            notes.append(f"pressure altitude {tracks.pressure_m[n]:.0f} m on 1013.25 hPa")
        if tracks.doubted[n]:
            notes.append("its position is doubted")
        if tracks.emergency[n]:
            notes.append("EMERGENCY declared")
        details = [
            Element("contact", {"callsign": f"{name} LOST" if lost else name}),
            Element("remarks", {}, "; ".join(notes)),
        ]
        speed, course = float(tracks.speed_mps[n]), float(tracks.course_deg[n])
        if math.isfinite(speed) and math.isfinite(course):
            details.insert(
                1, Element("track", {"speed": f"{speed:.2f}", "course": f"{course:.2f}"})
            )
        return CotEvent(
            uid=self.uid_of(f"track:{tracks.ids[n]}"),
            type=f"a-{side}-A-M-F-Q" if uas else f"a-{side}-A-C-F",
            time_ms=now_ms,
            start_ms=min(now_ms, int(tracks.seen_ms[n])),
            stale_ms=now_ms + TRACK_STALE_MS,
            lat_deg=float(tracks.lat_deg[n]),
            lon_deg=float(tracks.lon_deg[n]),
            hae_m=float(tracks.height_m[n]),
            ce_m=float(tracks.radius_m[n]) / CIRCLE_95,
            le_m=float(tracks.vertical_m[n]) / LINE_95,
            how="m-f",
            detail=tuple(details),
        )

    # Parts

    def _event(
        self,
        uid: str,
        kind: str,
        now_ms: int,
        lives_ms: int,
        position: Position | None,
        *detail: Element,
        ce_m: float = math.nan,
    ) -> CotEvent:
        """An event at a position of unknown height, or at 0 N 0 E of unknown accuracy."""
        return CotEvent(
            uid,
            kind,
            now_ms,
            now_ms,
            now_ms + lives_ms,
            0.0 if position is None else position.lat_deg,
            0.0 if position is None else position.lon_deg,
            ce_m=ce_m,
            detail=detail,
        )

    def _link(self) -> Element:
        return Element("link", {"uid": self.uid, "type": SELF_TYPE, "relation": "p-p"})

    def _emergency(
        self,
        uid: str,
        kind: str,
        title: str,
        position: Position | None,
        now_ms: int,
        text: str,
        exercise: bool,
        *,
        ce_m: float = math.nan,
    ) -> CotEvent:
        word = "911 Alert" if kind == DISTRESS else "Geo-fence Breached"
        return self._event(
            uid,
            kind,
            now_ms,
            DAY_MS,
            position,
            Element("emergency", {"type": word}, title),
            Element("contact", {"callsign": title}),
            self._link(),
            Element("remarks", {}, drill(text, exercise)[:MAX_TEXT]),
            ce_m=ce_m,
        )

    def _cancel(self, uid: str, title: str, position: Position | None, now_ms: int) -> CotEvent:
        return self._event(
            uid,
            CANCEL,
            now_ms,
            60_000,
            position,
            Element("emergency", {"type": "Cancel Alert", "cancel": "true"}, title),
            Element("contact", {"callsign": title}),
            self._link(),
        )


def said_of(
    finding: Finding, text: str, position: Position | None, *, exercise: bool = False
) -> Said:
    """A finding as an alert; ``text`` is its sentence. A new level or code is a new chat line."""
    name = bare(finding.refs[0]) if finding.refs else ""
    edition = "|".join((finding.level.name, *finding.codes, *finding.refs, str(finding.from_ms)))
    return Said(
        finding.key,
        f"{finding.level.name} {finding.kind.value} {name}"[:120],
        text,
        position,
        exercise,
        edition,
    )
