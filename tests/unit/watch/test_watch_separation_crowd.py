"""A crowd of ghosts in one place: each still has its nearest, nobody drowns, nothing is hidden."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parley.rules.findings import Level
from parley.rules.watching import WatchRules
from parley.testing.pictures import Flight, picture
from parley.watch.pairs.separation import MOST_A_TRACK, Separation, _soonest
from parley.watch.scene import Scene

RULES = WatchRules()


def test_of_three_hundred_ghosts_each_has_its_most_urgent() -> None:
    crowd = [
        Flight(f"ghost:{n:03d}", 1e-4 * (n % 20), 1e-4 * (n // 20), 10.0, 0.0, 0.0, 0.0, 10_000.0)
        for n in range(300)
    ]
    real = [
        Flight("real:a", 5.0, 5.0, 10.0, 200.0, 90.0, 0.0, 10_000.0),
        Flight("real:b", 5.0, 5.2, 10.0, 200.0, 270.0, 0.0, 10_000.0),
    ]
    separation = Separation(RULES)
    found = separation.step(picture([*crowd, *real]), Scene("blue", RULES))
    of = Counter(ref for finding in found for ref in finding.refs)
    assert len(found) <= MOST_A_TRACK * 300 + 1
    assert separation.crowded > 30_000
    assert all(of[f"track:{ghost.id}"] >= MOST_A_TRACK for ghost in crowd)
    assert ("track:real:a", "track:real:b") in [finding.refs for finding in found]


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 3), st.integers(0, 5)),
        max_size=60,
        unique_by=lambda pair: pair[:2],
    )
)
def test_left_out_is_only_what_is_among_the_most_urgent_of_neither(
    drawn: list[tuple[int, int, int, int]],
) -> None:
    """Written again the slow way, with tracks of many pairs."""
    pairs = sorted((a, 100 + b, level, s) for a, b, level, s in drawn for b in range(3 * b + 1))
    pairs = sorted({(a, b): (a, b, level, s) for a, b, level, s in pairs}.values())
    i, j, level, begin = (
        (np.array(c, np.int64) for c in zip(*pairs, strict=True))
        if pairs
        else (np.zeros(0, np.int64) for _ in range(4))
    )
    kept, left_out = _soonest(i, j, level, begin.astype(np.float64))
    urgent = sorted(
        (n for n in range(len(pairs)) if pairs[n][2]), key=lambda n: (-pairs[n][2], pairs[n][3], n)
    )
    rank: Counter[int] = Counter()
    expected = [0] * len(pairs)
    for n in urgent:
        a, b, was, _ = pairs[n]
        if rank[a] < MOST_A_TRACK or rank[b] < MOST_A_TRACK:
            expected[n] = was
        rank[a] += 1
        rank[b] += 1
    assert kept.tolist() == expected
    assert left_out == sum(1 for n in urgent if not expected[n])


def test_a_few_are_all_told() -> None:
    level = np.full(3, int(Level.WARNING), np.int64)
    i, j = np.array([0, 0, 1]), np.array([1, 2, 2])
    kept, left_out = _soonest(i, j, level, np.array([1.0, 2.0, 3.0]))
    assert (kept.tolist(), left_out) == (level.tolist(), 0)
