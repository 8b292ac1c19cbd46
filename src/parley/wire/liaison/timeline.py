"""The timeline of an incident for a replay: what each claimant says, and what our log holds.

A claim has a claimant and a fact the log it stands in; neither is ever turned into the other, and
no order here rests on a party's name but the last. Pure: values in, plain JSON values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parley.errors import ParleyError
from parley.ledger import Kind
from parley.liaison.incidents.contents import Claim, Place
from parley.liaison.incidents.listing import Entry, Listed, Listing
from parley.liaison.papers.paper import Reply
from parley.liaison.papers.when import When
from parley.rules.findings import Finding, bare
from parley.rules.statements import (
    Distress,
    ItemEvent,
    Nonconformance,
    Notice,
    Observation,
    Presence,
    Report,
    Stop,
    WatchRecord,
)
from parley.space import Area, Band, Position, Span, Volume
from parley.wire.geojson import volume_to_feature
from parley.wire.instants import format_instant
from parley.wire.marked import banner_in
from parley.wire.sentences import sentence
from parley.wire.spoken import Spoken, decode
from parley.wire.words import describe

_CLAIM = "parley/claim/v1"
MOST_AREAS = 16
"""So many areas of one statement are drawn."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One entry of our log. received_ms: when our machine gave its receipt for it, -1 if it is
    ours or none was given. subject: the ref of what it is about, "" where it names none."""

    index: int
    kind: Kind
    type: str
    by: str
    body: Mapping[str, Any]
    received_ms: int = -1
    subject: str = ""


# Claims ------------------------------------------------------------------------------------------


def accounts(found: Listing, markings: Mapping[str, str]) -> list[dict[str, Any]]:
    """Claims by claimant, each in the order of the times that it claims; who spoke first comes
    first. markings: banners by ref."""
    parties = set(found.concerned)
    by_claimant: dict[str, list[tuple[Listed, Entry]]] = {}
    for entry in found.entries:
        for one in entry.claims:
            by_claimant.setdefault(one.claim.claimant, []).append((one, entry))
    told = [
        {
            "claimant": claimant,
            "party": claimant in parties,
            "claims": [_claim(one, entry, markings) for one, entry in sorted(some, key=_claimed)],
        }
        for claimant, some in by_claimant.items()
    ]
    return sorted(told, key=_first_said)


def _claimed(one: tuple[Listed, Entry]) -> tuple[int, int, str, str, str]:
    claim = one[0].claim
    when = claim.happened or claim.source.said
    return when.from_ms, claim.source.said.from_ms, claim.topic, claim.text, one[0].ref


def _first_said(account: dict[str, Any]) -> tuple[int, str, str]:
    first = min((c["said"]["from_ms"], c["text"]) for c in account["claims"])
    return first[0], first[1], account["claimant"]


def _claim(one: Listed, entry: Entry, markings: Mapping[str, str]) -> dict[str, Any]:
    claim = one.claim
    against = [p.b if p.a == one.ref else p.a for p in entry.contradictions
               if one.ref in (p.a, p.b)]  # fmt: skip
    return {
        "ref": one.ref,
        "version": one.version,
        "claimant": claim.claimant,
        "author": one.author,
        "source": f"claim of {claim.claimant}",
        "quoted": one.quoted,
        "state": one.state,
        "standing": entry.standing.value,
        "topic": claim.topic,
        "aspect": claim.aspect.value,
        "text": claim.text,
        "said": when_members(claim.source.said),
        "happened": None if claim.happened is None else when_members(claim.happened),
        "from_ms": None if claim.happened is None else claim.happened.from_ms,
        "until_ms": None if claim.happened is None else claim.happened.until_ms,
        "place": None if claim.place is None else _place(claim.place),
        "least": claim.least,
        "most": claim.most,
        "unit": claim.unit,
        "answer": claim.answer,
        "against": list(claim.against),
        "marking": markings.get(one.ref, ""),
        "citation": _citation(claim),
        "refs": list(claim.refs),
        "held_by": list(one.held_by),
        "refused_by": list(one.refused_by),
        "objections": list(one.objections),
        "contradicts": sorted(against),
    }


def _citation(claim: Claim) -> str:
    source = claim.source
    return " — ".join(part for part in (source.medium, source.said_by, source.citation) if part)


def when_members(when: When) -> dict[str, Any]:
    """The words and what they can mean: an interval is how unsure it is."""
    return {
        "said": when.said,
        "from": format_instant(when.from_ms),
        "from_ms": when.from_ms,
        "until": format_instant(when.until_ms),
        "until_ms": when.until_ms,
        "inferred": list(when.inferred),
        "exact": when.exact,
    }


def _place(place: Place) -> dict[str, Any]:
    return _point(place.position, {"uncertainty_m": place.uncertainty_m})


def _point(position: Position, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [position.lon_deg, position.lat_deg]},
        "properties": dict(properties),
    }


# Facts -------------------------------------------------------------------------------------------


def said_in(logged: Logged) -> Spoken | None:
    """The statement in an entry; None for one that is none, or that this program cannot read."""
    try:
        return decode(logged.type, dict(logged.body), sender=logged.by)
    except (ParleyError, KeyError, TypeError, ValueError):
        return None


def fact(logged: Logged, ours: str, concerns: frozenset[str]) -> dict[str, Any] | None:
    """What our log holds in one entry; None for an observation (see ``tracks``), for a claim (see
    ``accounts``) and for what nobody said. concerns: bare refs that the incident names."""
    if logged.kind in (Kind.KEYS, Kind.COSIGNED) or logged.type == _CLAIM:
        return None
    said = said_in(logged)
    if isinstance(said, Observation):
        return None
    at_ms = _at_ms(logged.body)
    if at_ms is None:
        return None
    ref = logged.subject or _ref(said, logged.body)
    return {
        **_fact(
            at_ms,
            _kind(logged, said),
            ref,
            logged.by,
            sentence(logged.type, logged.body),
            ours,
        ),
        "until_ms": _until_ms(said),
        "received_ms": logged.received_ms if logged.received_ms >= 0 else None,
        "index": logged.index,
        "marking": banner_in(logged.body),
        "level": said.watched.finding.level.name.lower() if isinstance(said, WatchRecord) else "",
        "positions": _positions(said),
        "areas": _areas(said),
        "concerns": bare(ref) in concerns,
    }


def _fact(at_ms: int, kind: str, ref: str, by: str, words: str, ours: str) -> dict[str, Any]:
    return {
        "at": format_instant(at_ms),
        "at_ms": at_ms,
        "until_ms": None,
        "received_ms": None,
        "kind": kind,
        "ref": ref,
        "by": by,
        "claimant": "",
        "source": f"log of {ours}",
        "words": words,
        "marking": "",
        "level": "",
        "index": None,
        "positions": [],
        "areas": [],
        "concerns": False,
    }


def _at_ms(body: Mapping[str, Any]) -> int | None:
    at_ms = body.get("at_ms", body.get("found_ms"))
    return at_ms if type(at_ms) is int and 0 <= at_ms < 2**53 else None


def _kind(logged: Logged, said: Spoken | None) -> str:
    if isinstance(said, Reply):
        return "reply"
    if isinstance(said, ItemEvent):
        return said.step.value
    name = logged.type.split("/")
    return name[1] if len(name) == 3 else "note"


def _ref(said: Spoken | None, body: Mapping[str, Any]) -> str:
    if isinstance(said, Presence):
        return f"presence:{said.item}"
    if isinstance(said, WatchRecord):
        return bare(said.watched.finding.refs[0]) if said.watched.finding.refs else ""
    ref = body.get("ref", "")
    return ref if isinstance(ref, str) else ""


def _until_ms(said: Spoken | None) -> int | None:
    return said.end_ms if isinstance(said, Notice) else None


def _positions(said: Spoken | None) -> list[dict[str, Any]]:
    if isinstance(said, Distress) and said.position is not None:
        return [_point(said.position, {"uncertainty_m": said.uncertainty_m})]
    if isinstance(said, WatchRecord):
        return [
            _point(
                one.position,
                {
                    "track": one.track,
                    "owner": one.owner,
                    "seen_ms": one.seen_ms,
                    "uncertainty_m": one.uncertainty_m,
                    **_band(one.band),
                },
            )
            for one in said.watched.basis
        ]
    return []


def _areas(said: Spoken | None) -> list[dict[str, Any]]:
    if isinstance(said, Notice):
        return [
            volume_to_feature(one.volume, {"use": one.use.value})
            for one in said.volumes[:MOST_AREAS]
        ]
    if isinstance(said, Stop | Report | Nonconformance) and said.area is not None:
        return [_area(said.area)]
    return []


def _area(area: Area) -> dict[str, Any]:
    made = volume_to_feature(Volume(area, Band.metres(0, 0), Span(0, 0)), {})
    return {"type": "Feature", "geometry": made["geometry"], "properties": {}}


def _band(band: Band | None) -> dict[str, Any]:
    if band is None:
        return {"floor_m": None, "ceiling_m": None}
    return {"floor_m": band.floor.cm // 100, "ceiling_m": -(-band.ceiling.cm // 100)}


def link_fact(at_ms: int, peer: str, up: bool, ours: str) -> dict[str, Any]:
    """A link of ours that went down or came back, as our couriers met it."""
    words = f"the link to {peer} is {'up again' if up else 'down'}"
    return _fact(at_ms, "link-up" if up else "link-down", f"party:{peer}", ours, words, ours)


def finding_fact(
    at_ms: int, change: str, finding: Finding, ours: str, concerns: frozenset[str]
) -> dict[str, Any]:
    """A finding of our node that opened, changed or closed. change: the word of the journal."""
    ref = bare(finding.refs[0]) if finding.refs else ""
    made = _fact(at_ms, change, ref, ours, describe(finding), ours)
    made["level"] = finding.level.name.lower()
    made["concerns"] = any(bare(one) in concerns for one in finding.refs)
    return made


# Positions ---------------------------------------------------------------------------------------


def tracks(logged: Iterable[tuple[Logged, Observation]], ours: str) -> list[dict[str, Any]]:
    """Observations by track, each in the order of its times."""
    by_track: dict[str, list[Observation]] = {}
    for _, seen in logged:
        by_track.setdefault(seen.track, []).append(seen)
    return [
        {
            "track": track,
            "owner": some[-1].owner,
            "label": some[-1].label,
            "source": f"log of {ours}",
            "claimant": "",
            "points": [
                {
                    "at": format_instant(one.seen_ms),
                    "at_ms": one.seen_ms,
                    "lat_deg": one.position.lat_deg,
                    "lon_deg": one.position.lon_deg,
                    "uncertainty_m": one.uncertainty_m,
                    **_band(one.band),
                    "source": one.source,
                    "emergency": one.emergency,
                }
                for one in sorted(some, key=lambda o: (o.seen_ms, o.source))
            ],
        }
        for track, some in sorted(by_track.items())
    ]


def in_time(facts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """By time, then by kind and words."""
    return sorted(facts, key=lambda one: (one["at_ms"], one["kind"], one["words"], one["by"]))


def window_of(found: Listing, when: When, pad_ms: int, most_ms: int) -> tuple[int, int]:
    """The period of a replay: when it happened, by its report, and what is claimed near to it,
    a little wider. A claim of longer than a day, or of more than a day off, widens nothing."""
    from_ms, until_ms = when.from_ms, min(when.until_ms, when.from_ms + most_ms)
    low, high = from_ms - _DAY_MS, until_ms + _DAY_MS
    for entry in found.entries:
        for one in entry.claims:
            at = one.claim.happened
            if at is None or at.until_ms - at.from_ms > _DAY_MS:
                continue
            if low <= at.from_ms and at.until_ms <= high:
                from_ms, until_ms = min(from_ms, at.from_ms), max(until_ms, at.until_ms)
    return max(0, from_ms - pad_ms), until_ms + pad_ms


_DAY_MS = 86_400_000
