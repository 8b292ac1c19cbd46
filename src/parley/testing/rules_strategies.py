"""What the rules are tested with: builders of statements under one small agreement, strategies.

Instants are minutes from DAWN_MS, places are metres north and east of CENTRE (flat, to a few
metres within 60 km: good enough to place things, the rules measure for themselves).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from parley.rules.agreement import Agreement, Party
from parley.rules.statements import (
    Draft,
    Header,
    Notice,
    NoticeVolume,
    Observation,
    Use,
)
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.agreements import CENTRE, small_agreement
from parley.testing.clock import DAWN_MS

MINUTE_MS = 60_000
REF = "0" * 64
_M_PER_DEG = 111_050.0


def three_sided(**changes: object) -> Agreement:
    """``small_agreement`` with amber as a third full party; other members as in ``changes``."""
    small = small_agreement()
    amber = Party("amber", "Amber", ("duty", "chief"))
    return replace(small, parties=(*small.parties, amber), **changes)  # type: ignore[arg-type]


def place(north_m: float = 0, east_m: float = 0) -> Position:
    """The position so far from CENTRE."""
    lat = CENTRE.lat_deg + north_m / _M_PER_DEG
    lon = CENTRE.lon_deg + east_m / (_M_PER_DEG * math.cos(math.radians(CENTRE.lat_deg)))
    return Position(lat_deg=lat, lon_deg=lon)


def minutes(start: float, end: float) -> Span:
    """From and to so many minutes behind DAWN_MS."""
    return Span(DAWN_MS + round(start * MINUTE_MS), DAWN_MS + round(end * MINUTE_MS))


def disc(
    north_m: float = 0,
    east_m: float = 0,
    *,
    radius_m: float = 1_000,
    band_m: tuple[float, float] = (1_000, 2_000),
    span: Span | None = None,
) -> Volume:
    """A circle with a band and a span (from two to three hours behind DAWN_MS)."""
    area = Area.circle(place(north_m, east_m), radius_m)
    return Volume(area, Band.metres(*band_m), span or minutes(120, 180))


def header(by: str = "blue", *, at_min: float = 0, to: Sequence[str] | None = None) -> Header:
    """By its first duty role, to both others of the three sides and white unless ``to``."""
    parties = three_sided().parties
    role = next(p.roles[0] for p in parties if p.id == by)
    others = sorted(p.id for p in parties if p.id != by) if to is None else to
    return Header(by, role, DAWN_MS + round(at_min * MINUTE_MS), tuple(others), REF)


def notice(
    *volumes: Volume | NoticeVolume,
    by: str = "blue",
    number: int = 1,
    version: int = 1,
    kind: str = "transit",
    at_min: float = 0,
    place_id: str = "",
) -> Notice:
    """A notice of these volumes (activity, unless said otherwise)."""
    placed = [v if isinstance(v, NoticeVolume) else NoticeVolume(Use.ACTIVITY, v) for v in volumes]
    head = header(by, at_min=at_min)
    return Notice(head, f"{by}-{number}", version, kind, tuple(placed), place_id)


def sighting(
    north_m: float = 0,
    east_m: float = 0,
    *,
    track: str = "T1",
    owner: str = "blue",
    by: str = "green",
    at_min: float = 0,
    band_m: tuple[float, float] | None = (1_000, 1_100),
    uncertainty_m: int = 0,
    emergency: bool = False,
) -> Observation:
    """One position of one track, as ``by`` sees it."""
    return Observation(
        header(by, at_min=at_min, to=()),
        track,
        owner,
        DAWN_MS + round(at_min * MINUTE_MS),
        place(north_m, east_m),
        None if band_m is None else Band.metres(*band_m),
        uncertainty_m,
        "radar",
        emergency,
    )


# Strategies ----------------------------------------------------------------------------------

_metres = st.integers(-6, 6).map(lambda n: 3_000 * n)


def volumes() -> st.SearchStrategy[Volume]:
    """Circles and quadrangles within 20 km of the centre, in few bands and few spans, so that
    many conflict, touch or miss each other by little."""
    return st.builds(
        _volume,
        st.tuples(_metres, _metres),
        st.sampled_from((0, 500, 2_000, 4_000)),
        st.booleans(),
        st.sampled_from(((0, 500), (500, 900), (800, 1_500), (1_801, 3_000))),
        st.tuples(st.sampled_from((10, 20, 40, 60)), st.sampled_from((1, 5, 15, 30))),
    )


def _volume(
    at: tuple[int, int], size_m: int, square: bool, band_m: tuple[int, int], when: tuple[int, int]
) -> Volume:
    north, east = at
    area = Area.circle(place(north, east), size_m)
    if square and size_m:
        corners = ((-1, -1), (-1, 1), (1, 1), (1, -1))
        area = Area.polygon([place(north + size_m * n, east + size_m * e) for n, e in corners])
    return Volume(area, Band.metres(*band_m), minutes(when[0], when[0] + when[1]))


def drafts() -> st.SearchStrategy[Draft]:
    """One to three volumes of either use, of either class, sometimes with a place."""
    placed = st.builds(NoticeVolume, st.sampled_from(Use), volumes())
    return st.builds(
        Draft,
        st.sampled_from(("transit", "live-activity")),
        st.lists(placed, min_size=1, max_size=3).map(tuple),
        st.sampled_from(("", "", "lake")),
    )


def sightings(by: str = "green") -> st.SearchStrategy[Observation]:
    """Few tracks of few owners, near the notices, now or some minutes ahead of DAWN_MS."""
    return st.builds(
        lambda at, track, owner, at_min, band, uncertain, emergency: sighting(
            *at,
            track=f"{owner or 'x'}{track}",
            owner=owner,
            by=by,
            at_min=at_min,
            band_m=band,
            uncertainty_m=uncertain,
            emergency=emergency,
        ),
        st.tuples(_metres, _metres),
        st.integers(1, 2),
        st.sampled_from(("blue", "amber", "")),
        st.sampled_from((0, 5, 12, 25, 45)),
        st.sampled_from((None, (400, 450), (5_000, 5_100))),
        st.sampled_from((0, 300, 5_000)),
        st.booleans(),
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing a party does in a script: see ``tests/scenario``. Meaningless where illegal."""

    by: str
    word: str
    draft: Draft
    choice: int


WORDS = (
    "notice", "notice", "notice", "amend", "activate", "all-clear", "cancel", "read", "read-back",
    "misread", "accepted", "objected", "stop", "distress", "open", "ceased", "nonconforming",
)  # fmt: skip


def scripts(parties: Sequence[str], max_size: int = 16) -> st.SearchStrategy[list[Deed]]:
    """What parties might do one after another; a player skips what is not legal then."""
    deed = st.builds(
        Deed, st.sampled_from(tuple(parties)), st.sampled_from(WORDS), drafts(), st.integers(0, 7)
    )
    return st.lists(deed, min_size=6, max_size=max_size)
