"""The signing of amendments as an algebra: whatever was said, in whatever order it came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parley.liaison.pacts.signing import Candidate, Signing, Vote, signing

PARTIES = ("blue", "green", "red")
DIGESTS = ("a" * 64, "b" * 64, "c" * 64)
LATE_MS = 1_000


def candidates(sign_by_ms: int = LATE_MS) -> list[Candidate]:
    return [Candidate(d, f"proposal:{d[0]}", sign_by_ms) for d in DIGESTS]


def state(votes: list[Vote], now_ms: int = 0, parties: tuple[str, ...] = PARTIES) -> Signing:
    return signing(parties, candidates(), votes, now_ms)


def one_each_round(votes: list[Vote]) -> list[Vote]:
    """What honest parties say: one signature a round."""
    kept: dict[tuple[str, int], Vote] = {}
    for vote in votes:
        kept.setdefault((vote.party, vote.round), vote)
    return list(kept.values())


VOTES = st.lists(
    st.builds(
        Vote,
        party=st.sampled_from(PARTIES),
        round=st.integers(1, 4),
        digest=st.sampled_from(DIGESTS),
        at_ms=st.integers(0, 2 * LATE_MS),
    ),
    max_size=12,
).map(one_each_round)


@given(VOTES, st.randoms(use_true_random=False), st.integers(0, 2 * LATE_MS))
def test_the_order_in_which_signatures_come_does_not_matter(votes, random, now_ms) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(votes)
    random.shuffle(shuffled)
    assert state(votes, now_ms) == state(shuffled, now_ms)


@given(VOTES, VOTES)
def test_what_is_agreed_stays_agreed_whatever_is_signed_afterwards(
    votes: list[Vote], more: list[Vote]
) -> None:
    before = state(votes)
    if before.agreed:
        after = state(one_each_round([*votes, *more]))
        assert (after.agreed, after.round) == (before.agreed, before.round)


@given(VOTES)
def test_what_is_agreed_was_signed_by_all_in_one_round(votes: list[Vote]) -> None:
    found = state(votes)
    if found.agreed:
        signed = {(v.party, v.digest) for v in votes if v.round == found.round}
        assert {(party, found.agreed) for party in PARTIES} <= signed


def test_two_that_cross_leave_one_for_the_next_round() -> None:
    a, b, _ = DIGESTS
    crossed = [Vote("blue", 1, b, 0), Vote("green", 1, a, 0)]
    found = state(crossed, parties=("blue", "green"))
    assert (found.round, found.candidates, found.crossed) == (2, (a,), (a, b))
    agreed = [*crossed, Vote("blue", 2, a, 1), Vote("green", 2, a, 1)]
    assert state(agreed, parties=("blue", "green")).agreed == a


def test_the_one_that_more_parties_signed_is_left() -> None:
    a, b, _ = DIGESTS
    votes = [Vote("blue", 1, b, 0), Vote("green", 1, b, 0), Vote("red", 1, a, 0)]
    assert state(votes).candidates == (b,)


def test_a_signature_behind_its_day_binds_nobody_and_exactly_on_it_does() -> None:
    a = DIGESTS[0]
    on_time = [Vote(party, 1, a, LATE_MS) for party in PARTIES]
    late = [Vote(party, 1, a, LATE_MS + 1) for party in PARTIES]
    assert state(on_time).agreed == a
    assert state(late).agreed == ""


def test_when_time_has_run_out_another_round_is_open_for_what_can_still_be_signed() -> None:
    a, b, _ = DIGESTS
    some = [Candidate(a, "proposal:a", 10), Candidate(b, "proposal:b", 50)]
    found = signing(PARTIES, some, [Vote("blue", 1, a, 5)], 11)
    assert (found.round, found.candidates) == (2, (b,))


def test_nobody_need_sign_what_is_left_and_then_nothing_changes() -> None:
    a, b, _ = DIGESTS
    crossed = [Vote("blue", 1, b, 0), Vote("green", 1, a, 0)]
    found = signing(("blue", "green"), candidates(), crossed, LATE_MS + 1)
    assert found.agreed == ""
    assert found.candidates == ()
