"""What the watch found, in English: what is seen and how far, with whatever measures there are."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given

from parley.rules.findings import WATCHED, Finding, Kind, Level, finding
from parley.testing.statements import findings
from parley.wire.words import describe

AT = 1_537_209_540_000  # 2018-09-17T18:39:00Z


def found(kind: Kind, *refs: str, codes: tuple[str, ...] = (), **measures: int) -> Finding:
    return finding(
        kind,
        Level.WARNING,
        refs,
        parties=("il", "ru"),
        window_ms=(AT, AT + 21 * 60_000),
        measures=measures,
        codes=codes,
    )


LOSS = found(
    Kind.PREDICTED_LOSS,
    "track:A",
    "track:icao:4b1805",
    codes=("state", "coasting"),
    time_to_violation_s=45,
    tcpa_s=52,
    dcpa_m=1200,
    hmd_m=1200,
    vmd_m=120,
    range_m=12_000,
    vertical_m=300,
)
CASES = [
    (
        LOSS,
        "Track A and track icao:4b1805 come too close in 45 s; nearest 1.2 km across and 120 m in"
        " height in 52 s; now 12 km across and 300 m in height (not reported just now)."
        " il and ru must keep them apart.",
    ),
    (
        found(Kind.PREDICTED_LOSS, "track:A", "track:B", time_to_violation_s=0),
        "Track A and track B are too close now. il and ru must keep them apart.",
    ),
    (
        found(Kind.PLAN_CONFLICT, "notice:il-1@2", "track:B", range_m=900),
        "Track B and what notice il-1 declares come too close; now 900 m across, 1839Z to 1900Z."
        " il and ru must keep them apart.",
    ),
    (
        found(
            Kind.PREDICTED_ENTRY, "notice:il-1", "track:B", time_to_entry_s=90, distance_m=15_000
        ),
        "Track B comes into the hazard of notice il-1 in 90 s; 15 km from it now."
        " Turn it away, or the activity must wait.",
    ),
    (
        found(Kind.NONCONFORMANCE, "notice:il-1", "track:B", codes=("place",), horizontal_m=900),
        "Track B, of notice il-1, is not where it was declared: off by 900 m across, since 1839Z."
        " Its author must tell all others, or correct one of them.",
    ),
    (
        found(Kind.NONCONFORMANCE, "notice:il-1", "track:B", codes=("overrun",), late_s=300),
        "Track B, of notice il-1, goes on behind the end of its window: by 5 min, since 1839Z."
        " Its author must tell all others, or correct one of them.",
    ),
    (
        found(
            Kind.NONCONFORMANCE,
            "nonconformance:il-3@1",
            "notice:il-1",
            codes=("height", "place"),
            delay_s=75,
        ),
        "Nonconformance il-3: by its author's word the flight of notice il-1 is not at the height"
        " that was declared and is not where it was declared, since 1839Z, told 75 s after it"
        " began. All others keep clear of where it may be.",
    ),
    (
        found(Kind.NONCONFORMANCE, "nonconformance:il-3@1", codes=("contingent",)),
        "Nonconformance il-3: by its author's word the flight cannot comply, since 1839Z."
        " All others keep clear of where it may be.",
    ),
    (
        found(Kind.IMPOSSIBLE_MOTION, "track:B", codes=("jump", "speed"), speed_mps=1300),
        "Track B moves as no aircraft can: it is in two places too soon and it is too fast"
        " (speed 1300 m/s). Do not rely on where it is shown.",
    ),
    (
        found(Kind.SENSOR_MISALIGNED, "sensor:r1", codes=("rotation",), rotation_mdeg=105_000),
        "Sensor r1 shows aircraft away from where others see them (rotation 105 degrees)."
        " Do not rely on it until it is set right.",
    ),
    (
        found(Kind.SHIELDING, "report:ru-2", "track:B", "track:C", off_line_m=900, behind_m=12_000),
        "Track B is between report ru-2 and track C, 900 m off the line, 12 km in front of it,"
        " 1839Z to 1900Z.",
    ),
    (
        found(Kind.TRACK_LOST, "track:B", radius_m=9_000, age_s=130),
        "Track B was last seen at 1839Z. It may be anywhere within 9.0 km of where it was"
        " expected: ask its party.",
    ),
    (
        found(Kind.UNCLAIMED_ACTOR, "track:B", codes=("hazard",)),
        "No party answers for track B, in or near a hazard. Ask all parties.",
    ),
    (
        found(Kind.FEED_SILENT, "feed:radar-1"),
        "Feed radar-1 gives nothing since 1839Z: what it alone sees is not seen.",
    ),
]


@pytest.mark.parametrize(("about", "text"), CASES, ids=[about.kind.value for about, _ in CASES])
def test_a_finding_says_what_is_seen_and_how_far(about: Finding, text: str) -> None:
    assert describe(about) == text


def test_a_measure_that_is_missing_does_no_harm() -> None:
    for count in range(len(LOSS.measures) + 1):
        for some in combinations(LOSS.measures, count):
            text = describe(replace(LOSS, measures=some))
            assert text.endswith("il and ru must keep them apart.")
            assert not any(bad in text for bad in ("None", "  ", " ,", " ;", "()"))


@given(findings)
def test_words_never_fail_and_never_name_an_intent(about: Finding) -> None:
    text = describe(about)
    assert text.rstrip().endswith(".")
    if about.kind in WATCHED:
        own = "".join((*about.refs, *about.codes, *about.parties, *dict(about.measures)))
        for word in ("hostile", "attack", "intends", "deliberate", "because it"):
            assert word not in text.lower() or word in own.lower()
