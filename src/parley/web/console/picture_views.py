"""The 4-D picture as JSON. What does not change with the instant (outlines above all) is made once
and kept as bytes; an answer is put together from those."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from parley.errors import ParleyError
from parley.node.picture.instant import Instant, Shown, rows_of
from parley.rules.agreement import Agreement, ThirdParty
from parley.rules.item import ItemRecord, kind_of, state_at
from parley.rules.placed import ANY_HEIGHT, Layer
from parley.rules.statements import Distress, Item, Nonconformance, Notice, Presence, Report, Stop
from parley.space import Area, Band
from parley.web.console.frames import encoded
from parley.web.views import outline_of
from parley.wire.geojson import unrolled

REMEMBERED_BYTES = 64_000_000
"""So many bytes of volumes are kept ready, some 1 to 5 kB each."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One volume ready to be sent. fixed: JSON members that the instant does not change."""

    start_ms: int
    end_ms: int | None
    fixed: bytes

    def meets(self, from_ms: int, until_ms: int) -> bool:
        return self.start_ms <= until_ms and (self.end_ms is None or self.end_ms >= from_ms)

    def json(self, state: str, at_ms: int) -> bytes:
        in_force = b"true" if self.meets(at_ms, at_ms) else b"false"
        return b"".join(
            (b'{"state":', encoded(state), b',"in_force":', in_force, b",", self.fixed, b"}")
        )


class Drawings:
    """Volumes of items and presences as bytes, by words and agreement: what words say does not
    change. Shared by the threads that make answers."""

    def __init__(self) -> None:
        self._young: dict[object, tuple[Drawn, ...]] = {}
        self._old: dict[object, tuple[Drawn, ...]] = {}
        self._bytes = 0
        self._named: tuple[str, bytes] = ("", b"")

    def of(self, agreement: Agreement, agreement_ref: str, content: Item) -> tuple[Drawn, ...]:
        header = content.header
        key = (agreement_ref, content.item, content.version, header.at_ms)
        return self._kept(key) or self._keep(key, tuple(_drawn(agreement, content)))

    def of_presence(self, presence: Presence) -> Drawn:
        key = (presence.item, presence.version)
        return (self._kept(key) or self._keep(key, (_presence(presence),)))[0]

    def named(self, agreement: Agreement, agreement_ref: str) -> bytes:
        if self._named[0] != agreement_ref:
            self._named = agreement_ref, encoded(_named(agreement))
        return self._named[1]

    def _kept(self, key: object) -> tuple[Drawn, ...] | None:
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def _keep(self, key: object, made: tuple[Drawn, ...]) -> tuple[Drawn, ...]:
        self._bytes += 200 + sum(len(one.fixed) for one in made)
        if self._bytes > REMEMBERED_BYTES // 2:
            self._old, self._young, self._bytes = self._young, {}, 0
        self._young[key] = made
        return made

    def volumes(self, instant: Instant) -> bytes:
        """A JSON list: what meets the span that was asked for."""
        at_ms, until_ms = instant.at_ms, instant.until_ms
        made = [
            one.json(state_at(shown.record, at_ms).value, at_ms)
            for shown in instant.items
            for one in self.of(instant.agreement, instant.agreement_ref, shown.record.content)
            if one.meets(at_ms, until_ms)
        ]
        made += [self.of_presence(one).json("", at_ms) for one in instant.presences]
        return b"[" + b",".join(made) + b"]"

    def all_volumes(
        self,
        agreement: Agreement,
        agreement_ref: str,
        records: Iterable[ItemRecord],
        presences: Iterable[Presence],
        now_ms: int,
    ) -> bytes:
        """The same of these items, whatever the time."""
        made = [
            one.json(state_at(record, now_ms).value, now_ms)
            for record in records
            for one in self.of(agreement, agreement_ref, record.content)
        ]
        made += [self.of_presence(one).json("", now_ms) for one in presences]
        return b"[" + b",".join(made) + b"]"


def joined(members: dict[str, Any], ready: dict[str, bytes]) -> bytes:
    """One JSON object of members and of members that are JSON already."""
    parts = [encoded(members)[1:-1]] if members else []
    parts += [b'"%b":%b' % (name.encode(), body) for name, body in ready.items()]
    return b"{" + b",".join(parts) + b"}"


def _drawn(agreement: Agreement, content: Item) -> list[Drawn]:
    header = content.header
    ref = f"{kind_of(content)}:{content.item}"
    kind = content.activity_class if isinstance(content, Notice) else ""
    made: list[Drawn] = []
    for row in rows_of(agreement, content):
        volume, hazard = row.volume, row.layer is Layer.HAZARD
        members = {
            "ref": ref,
            "n": len(made),
            "layer": "hazard" if hazard else "declared",
            "use": row.use.value,
            "cause": row.group if hazard else "",
            "party": row.party,
            "exercise": header.exercise,
            "activity_class": kind,
            "label": "",
        }
        span = volume.span.start_ms, volume.span.end_ms
        made.append(_one(members, volume.area, volume.band, *span))
    area = area_of(content)
    if area is not None:
        start_ms, end_ms = _times(content)
        members = {
            "ref": ref,
            "n": len(made),
            "layer": "area",
            "use": "",
            "cause": "",
            "party": header.by,
            "exercise": header.exercise,
            "activity_class": "",
            "label": content.subject if isinstance(content, Distress) else "",
        }
        band = content.band if isinstance(content, Nonconformance) else None
        made.append(_one(members, area, band, start_ms, end_ms))
    return made


def _presence(presence: Presence) -> Drawn:
    volume = presence.volume
    members = {
        "ref": f"presence:{presence.item}",
        "n": 0,
        "layer": "presence",
        "use": "",
        "cause": "",
        "party": presence.header.by,
        "exercise": presence.header.exercise,
        "activity_class": "",
        "label": presence.label,
    }
    return _one(members, volume.area, volume.band, volume.span.start_ms, volume.span.end_ms)


def _one(
    members: dict[str, object], area: Area, band: Band | None, start_ms: int, end_ms: int | None
) -> Drawn:
    known = None if band is None or band == ANY_HEIGHT else band
    members |= {
        "floor_m": None if known is None else known.floor.m,
        "ceiling_m": None if known is None else known.ceiling.m,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "outline": outline_of(area),
    }
    return Drawn(start_ms, end_ms, encoded(members)[1:-1])


def area_of(content: Item) -> Area | None:
    """The area that an urgent item names, as it was told."""
    if isinstance(content, Stop | Report | Nonconformance):
        return content.area
    if isinstance(content, Distress) and content.position is not None:
        return Area.circle(content.position, float(content.uncertainty_m))
    return None


def _times(content: Item) -> tuple[int, int | None]:
    """From when, and until when (None: until it is lifted), an item is about."""
    if isinstance(content, Notice):
        return content.start_ms, content.end_ms
    if isinstance(content, Distress | Report | Nonconformance):
        return min(content.since_ms, content.header.at_ms), None
    return content.header.at_ms, None


def item_of(shown: Shown, at_ms: int) -> dict[str, Any]:
    """A ``PictureItem``."""
    record, content = shown.record, shown.record.content
    header = content.header
    start_ms, end_ms = _times(content)
    said: dict[str, Any] = {
        "ref": record.ref,
        "kind": kind_of(content),
        "author": header.by,
        "role": header.role,
        "to": header.to,
        "exercise": header.exercise,
        "activity_class": "",
        "state": state_at(record, at_ms).value,
        "closed": record.closed,
        "version": record.version,
        "content_version": content.version,
        "told_ms": header.at_ms,
        "known_ms": None if shown.known_ms < 0 else shown.known_ms,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "place": "",
        "text": content.text,
        "subject": "",
        "notice": "",
        "third_party": "",
        "codes": (),
    }
    if isinstance(content, Notice):
        said |= {"activity_class": content.activity_class, "place": content.place}
    elif isinstance(content, Distress):
        said["subject"] = content.subject
    elif isinstance(content, Report):
        said["third_party"] = content.third_party
    elif isinstance(content, Stop):
        said["notice"] = content.notice
    else:
        said |= {"notice": content.notice, "codes": [code.value for code in content.codes]}
    return said


def _named(agreement: Agreement) -> dict[str, Any]:
    """A ``NamedView``."""
    return {
        "area": outline_of(agreement.area),
        "areas": [
            {"id": a.id, "name": a.name, "outline": outline_of(a.area)}
            for a in agreement.named_areas
        ],
        "lines": [
            {
                "id": line.id,
                "name": line.name,
                "outline": outline_of(line.area),
                "path": {"type": "LineString", "coordinates": unrolled(line.area)},
            }
            for line in agreement.lines
        ],
        "sites": [
            {
                "id": site.id,
                "name": site.name,
                "party": site.party,
                "floor_m": site.band.floor.m,
                "ceiling_m": site.band.ceiling.m,
                "outline": outline_of(site.area),
            }
            for site in agreement.sites
        ],
        "third_parties": [
            {
                "id": third.id,
                "name": third.name,
                "outline": outline_of(third.posture),
                "reach": _reach(third),
                "trigger_m": third.reaction.trigger_m,
                "reach_m": third.reaction.reach_m,
                "overshoot_m": third.reaction.overshoot_m,
                "floor_m": third.reaction.band.floor.m,
                "ceiling_m": third.reaction.band.ceiling.m,
                "after_s": third.reaction.after_s,
            }
            for third in agreement.third_parties
        ],
        "positions": [
            {"name": name, "lat_deg": place.lat_deg, "lon_deg": place.lon_deg}
            for name, place in agreement.named_positions
        ],
    }


def _reach(third: ThirdParty) -> dict[str, Any]:
    """Where activity makes it react; where it stands, if that is too large to be drawn."""
    try:
        return outline_of(third.posture.buffered(third.reaction.trigger_m))
    except ParleyError:
        return outline_of(third.posture)


def items_json(instant: Instant) -> bytes:
    return encoded([item_of(shown, instant.at_ms) for shown in instant.items])
