"""How an amendment comes to be signed by all, when nobody gives the order and two may cross.

A signatory signs at most one proposal that follows one agreement in one round, and takes no
signature back. A proposal that all signatories signed in one round is agreed. A round is over
without one as soon as two proposals in it are signed (they crossed), or when what was signed in
it can be signed no more. After a crossing the next round has one candidate: the proposal that
more parties signed, else the one with the smaller digest. So two amendments made at once end the
same at every node, and whoever does not want the one that is left need not sign it: then the
agreement stays as it is. All of it follows from the set of papers, whatever their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_ROUNDS = 64


def mark(digest: str, ref: str) -> str:
    """By what a proposal is signed: in the order of what it says, then of its ref."""
    return f"{digest}|{ref.partition('@')[0]}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal. digest: that of what it says and its ref (``mark``), by which it is signed: what
    another proposes with the same words and other days is another."""

    digest: str
    ref: str
    sign_by_ms: int


@dataclass(frozen=True, slots=True)
class Vote:
    """A signature: whose, in which round, for what, when by the signer's clock."""

    party: str
    round: int
    digest: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Signing:
    """Where the signing of what follows one agreement stands.

    round: the one that is open, or in which it was agreed. agreed: the digest that all signed,
    "" while there is none. candidates: digests that may be signed in the open round. signed: who
    signed what in it. crossed: digests that crossed in the rounds before, sorted.
    """

    round: int
    agreed: str
    candidates: tuple[str, ...]
    signed: tuple[tuple[str, str], ...]
    crossed: tuple[str, ...]

    def missing(self, signatories: Iterable[str]) -> tuple[str, ...]:
        """Who has not signed in this round."""
        done = {party for party, _ in self.signed}
        return tuple(party for party in signatories if party not in done)


def signing(
    signatories: Sequence[str],
    candidates: Sequence[Candidate],
    votes: Sequence[Vote],
    now_ms: int,
) -> Signing:
    """See the module. A signature counts if its signer's time is not behind the proposal's
    ``sign_by_ms`` (closed); a round is over for lack of time only once ``now_ms`` is behind it."""
    by_digest = {one.digest: one for one in candidates}
    allowed: frozenset[str] | None = None
    crossed: set[str] = set()
    for number in range(1, MAX_ROUNDS + 1):
        cast = _cast(votes, number, by_digest, allowed)
        agreed = [d for d in sorted(set(cast.values())) if _all(signatories, cast, d)]
        pool = sorted(by_digest) if allowed is None else sorted(allowed)
        still = [d for d in pool if by_digest[d].sign_by_ms >= now_ms]
        if agreed:
            return Signing(number, agreed[0], (), tuple(sorted(cast.items())), _sorted(crossed))
        chosen = sorted(set(cast.values()))
        if len(chosen) > 1:
            crossed.update(chosen)
            allowed = frozenset({_first(chosen, cast)})
            continue
        waits = chosen if chosen else pool if allowed is not None else ()
        if waits and all(by_digest[d].sign_by_ms < now_ms for d in waits):
            allowed = None
            continue
        return Signing(
            number, "", tuple(chosen or still), tuple(sorted(cast.items())), _sorted(crossed)
        )
    return Signing(MAX_ROUNDS, "", (), (), _sorted(crossed))


def _cast(
    votes: Sequence[Vote],
    number: int,
    by_digest: dict[str, Candidate],
    allowed: frozenset[str] | None,
) -> dict[str, str]:
    """What each party signed in a round, of what may be signed in it."""
    return {
        vote.party: vote.digest
        for vote in votes
        if vote.round == number
        and vote.digest in by_digest
        and vote.at_ms <= by_digest[vote.digest].sign_by_ms
        and (allowed is None or vote.digest in allowed)
    }


def _all(signatories: Sequence[str], cast: dict[str, str], digest: str) -> bool:
    return all(cast.get(party) == digest for party in signatories)


def _first(chosen: Sequence[str], cast: dict[str, str]) -> str:
    counts = {d: sum(1 for signed in cast.values() if signed == d) for d in chosen}
    return min(chosen, key=lambda digest: (-counts[digest], digest))


def _sorted(digests: set[str]) -> tuple[str, ...]:
    return tuple(sorted(digests))
