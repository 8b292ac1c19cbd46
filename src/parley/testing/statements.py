"""Hypothesis strategies for statements and their parts, within what ``parley.wire`` lets through.

May import everything below; needs hypothesis, which the wheel does not bring.
"""

from __future__ import annotations

import math

from hypothesis import strategies as st

from parley.rules.findings import Finding, Kind, Level
from parley.rules.statements import (
    Answer,
    Basis,
    Change,
    Deviation,
    Distress,
    Header,
    ItemEvent,
    Nonconformance,
    Notice,
    NoticeVolume,
    Observation,
    Phase,
    Presence,
    ReadBack,
    Report,
    Rung,
    Statement,
    Step,
    Stop,
    Use,
    Watched,
    WatchRecord,
)
from parley.space import Area, Band, Height, Position, Span, Volume

ids = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True)
ids_or_empty = st.just("") | ids
instants_ms = st.integers(0, 253_402_300_799_999)
counts = st.integers(1, 2**31 - 1)
radii_m = st.integers(0, 1_000_000)
_REFUSED = [chr(c) for c in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
_characters = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters=_REFUSED, include_characters="\n"
)
_in_line = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=_REFUSED)
texts = st.text(_characters, max_size=60)
lines = st.text(_in_line, max_size=40)
filled_lines = st.text(_in_line, min_size=1, max_size=40)
positions = st.builds(
    lambda lat_e7, lon_e7: Position.from_e7(lat_e7=lat_e7, lon_e7=lon_e7),
    st.integers(-900_000_000, 900_000_000),
    st.integers(-1_800_000_000, 1_799_999_999),
)


@st.composite
def areas(draw: st.DrawFn, max_lat_deg: float = 80.0) -> Area:
    """Circles, corridors and star-shaped polygons of up to about 100 km anywhere, the
    antimeridian included, up to ``max_lat_deg``."""
    lat = draw(st.floats(-max_lat_deg, max_lat_deg))
    lon = draw(st.floats(-180, 180))
    kind = draw(st.sampled_from(["circle", "corridor", "polygon"]))
    reach_cm = draw(st.integers(0, 5_000_000))
    centre = Position(lat_deg=lat, lon_deg=lon)
    if kind == "circle":
        return Area("point", (centre,), reach_cm)
    count = draw(st.integers(3, 9))
    spread = [draw(st.floats(0.05, 0.4)) for _ in range(count)]
    ring = []
    for index, size in enumerate(spread):
        turn = 2 * math.pi * index / count
        east = size * math.cos(turn) / math.cos(math.radians(lat))
        ring.append(
            Position(
                lat_deg=lat + size * math.sin(turn),
                lon_deg=(lon + east + 180.0) % 360.0 - 180.0,
            )
        )
    if draw(st.booleans()):
        ring.reverse()
    if kind == "corridor":
        return Area("path", tuple(ring), reach_cm)
    return Area("polygon", tuple(ring), draw(st.sampled_from([0, reach_cm])))


@st.composite
def bands(draw: st.DrawFn) -> Band:
    """Whole centimetres within -8,000..100,000 m."""
    low, high = sorted(draw(st.tuples(*[st.integers(-800_000, 10_000_000)] * 2)))
    return Band(Height(low), Height(high))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start, end = sorted(draw(st.tuples(instants_ms, instants_ms)))
    return Span(start, end)


volumes = st.builds(Volume, areas(), bands(), spans())
notice_volumes = st.builds(NoticeVolume, st.sampled_from(Use), volumes)


@st.composite
def headers(draw: st.DrawFn, *, local: bool = False) -> Header:
    """local: addressed to nobody, as observations and presences are."""
    by = draw(ids)
    others = draw(st.sets(ids, max_size=3)) - {by}
    to = () if local else tuple(sorted(others))
    copy_for = draw(st.sampled_from(["", *to]))
    return Header(by, draw(ids), draw(instants_ms), to, draw(ids), draw(st.booleans()), copy_for)


notices = st.builds(
    Notice,
    headers(),
    ids,
    counts,
    ids,
    st.lists(notice_volumes, min_size=1, max_size=3).map(tuple),
    ids_or_empty,
    texts,
    ids_or_empty,
)
item_events = st.builds(ItemEvent, headers(), ids, counts, st.sampled_from(Step), texts)
read_backs = st.builds(
    ReadBack,
    instants_ms,
    instants_ms,
    st.integers(-8_000, 100_000),
    st.integers(-8_000, 100_000),
    ids_or_empty,
)
answers = st.builds(
    Answer,
    headers(),
    ids,
    counts,
    counts,
    st.sampled_from(Rung),
    st.none() | read_backs,
    texts,
)
stops = st.builds(Stop, headers(), ids, counts, st.none() | areas(), ids_or_empty, texts)
distresses = st.builds(
    Distress,
    headers(),
    ids,
    counts,
    filled_lines,
    st.none() | positions,
    radii_m,
    instants_ms,
    texts,
)
reports = st.builds(
    Report, headers(), ids, counts, ids, st.sampled_from(Phase), instants_ms, areas(), texts
)
nonconformances = st.builds(
    Nonconformance,
    headers(),
    ids,
    counts,
    ids_or_empty,
    st.sets(st.sampled_from(Deviation), min_size=1).map(lambda codes: tuple(sorted(codes))),
    instants_ms,
    st.none() | areas(),
    st.none() | bands(),
    texts,
)
presences = st.builds(Presence, headers(local=True), ids, counts, lines, volumes, st.booleans())
observations = st.builds(
    Observation,
    headers(local=True),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
    ids_or_empty,
    instants_ms,
    positions,
    st.none() | bands(),
    radii_m,
    lines,
    st.booleans(),
    lines,
)
_marks = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc"), exclude_characters=[*_REFUSED, "|"], max_codepoint=0x2FFF
    ),
    min_size=1,
    max_size=12,
)
_words = st.from_regex(r"[a-z][a-z0-9_]{0,15}", fullmatch=True)
findings = st.builds(
    Finding,
    st.sampled_from(Kind),
    st.sampled_from(Level),
    st.lists(
        st.builds("{}:{}".format, st.sampled_from(("track", "notice", "sensor", "feed")), _marks),
        min_size=1,
        max_size=3,
    ).map(tuple),
    st.sets(ids, max_size=3).map(lambda parties: tuple(sorted(parties))),
    instants_ms,
    instants_ms,
    st.dictionaries(_words, st.integers(-(2**53) + 1, 2**53 - 1), max_size=4).map(
        lambda measures: tuple(sorted(measures.items()))
    ),
    st.sets(filled_lines, max_size=3).map(lambda codes: tuple(sorted(codes))),
)
_bases = st.builds(
    Basis,
    _marks,
    instants_ms,
    positions,
    st.integers(0, 2**31 - 1),
    st.none() | bands(),
    ids_or_empty,
)
watch_records = st.builds(
    WatchRecord,
    headers(local=True),
    st.builds(
        Watched,
        st.sampled_from(Change),
        findings,
        st.lists(_bases, max_size=3, unique_by=lambda one: one.track).map(
            lambda bases: tuple(sorted(bases, key=lambda one: one.track))
        ),
    ),
)
statements: st.SearchStrategy[Statement] = st.one_of(
    notices,
    item_events,
    answers,
    stops,
    distresses,
    reports,
    nonconformances,
    presences,
    observations,
    watch_records,
)
