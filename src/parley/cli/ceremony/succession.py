"""What may follow a roster: rotation, revocation, a new epoch, a new root. Values in, values out.

A rotated key keeps some room behind the first index of the new one, for what is on its way; a
revoked key keeps none. Ended terms and cosigners stay in the roster for ever: old entries are
judged by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from parley.errors import InputError
from parley.ledger import Roster, Term, VerifyKey, WitnessKey, root_hash
from parley.ledger.certificate import spki_pin

ROTATED = "rotated"
CLOSED = "closed"
ALGORITHMS = {1: "note key", 4: "cosigner (Ed25519)", 6: "cosigner (ML-DSA-44)"}


@dataclass(frozen=True, slots=True)
class Moment:
    """When a roster is written: the size of our log, and the time."""

    size: int
    now_ms: int

    @property
    def now_s(self) -> int:
        return self.now_ms // 1000


def following(known: Roster, now_ms: int, **changes: object) -> Roster:
    """The next serial with these members changed. FormatError: they do not fit together."""
    return replace(known, serial=known.serial + 1, at_ms=now_ms, **changes)  # type: ignore[arg-type]


def rotated_terms(known: Roster, key: VerifyKey, at: Moment, grace: int) -> tuple[Term, ...]:
    """The terms when ``key`` follows the note key in force, which keeps ``grace`` indices."""
    old = known.terms[-1]
    first = max(at.size, old.first)
    ended = replace(old, last=first + grace, why=ROTATED)
    return (*known.terms[:-1], ended, Term(key, known.epoch, first))


def revoked_terms(
    known: Roster, key_id: bytes, last_size: int, why: str, follower: VerifyKey
) -> tuple[Term, ...]:
    """The terms when that note key's last term ends at ``last_size``. A key in force is followed
    by ``follower``. InputError: it ended sooner."""
    places = [n for n, term in enumerate(known.terms) if term.key.key_id == key_id]
    place = places[-1]
    old = known.terms[place]
    if old.last is not None and old.last <= last_size:
        raise InputError(
            f"key {key_id.hex()} ended at {old.last} already ({old.why})",
            right=f"a last valid size below {old.last}",
            where="--last-size",
        )
    ended = replace(old, last=max(old.first, last_size), why=why)
    terms = (*known.terms[:place], ended, *known.terms[place + 1 :])
    if old.last is not None:
        return terms
    return (*terms, Term(follower, known.epoch, ended.last or 0))


def next_epoch_terms(known: Roster, key: VerifyKey, last_size: int) -> tuple[Term, ...]:
    """The terms when the log is closed at ``last_size`` and ``key`` begins the next one."""
    closed = (
        _ended(term, last_size, CLOSED) if term.epoch == known.epoch else term
        for term in known.terms
    )
    return (*closed, Term(key, known.epoch + 1, 0))


def followed_witnesses(
    known: Roster, followers: Iterable[VerifyKey], until_s: int
) -> tuple[WitnessKey, ...]:
    """The cosigners when each follower takes the place of those of its algorithm in force."""
    fresh = tuple(followers)
    kinds = {key.algorithm for key in fresh}
    kept = (
        replace(w, until_s=until_s) if w.until_s is None and w.key.algorithm in kinds else w
        for w in known.witnesses
    )
    return (*kept, *(WitnessKey(key) for key in fresh))


def _ended(term: Term, size: int, why: str) -> Term:
    if term.last is None:
        return replace(term, last=max(term.first, size), why=why)
    return replace(term, last=max(term.first, min(term.last, size)))


def changes(known: Roster, new: Roster) -> list[str]:
    """What is different in ``new``, in words, for whoever signs it."""
    return [*_place(known, new), *_term_changes(known, new), *_other_changes(known, new)]


def _place(known: Roster, new: Roster) -> Iterator[str]:
    yield f"roster {new.serial} of {new.party} follows roster {known.serial}"
    if new.epoch != known.epoch:
        yield f"epoch {new.epoch} opens: a new log, the log of epoch {known.epoch} is closed"


def _term_changes(known: Roster, new: Roster) -> Iterator[str]:
    for n, term in enumerate(new.terms):
        name = f"note key {term.key.key_id.hex()}"
        old = known.terms[n] if n < len(known.terms) else None
        if old == term:
            continue
        if old is None:
            yield f"+ {name} speaks from index {term.first} of log {term.epoch}"
        if term.last is not None:
            yield f"- {name} ends at size {term.last} of log {term.epoch}: {term.why}"


def _other_changes(known: Roster, new: Roster) -> Iterator[str]:
    before = {witness.key: witness.until_s for witness in known.witnesses}
    for witness in new.witnesses:
        name = f"{ALGORITHMS[witness.key.algorithm]} {witness.key.key_id.hex()}"
        if witness.key not in before:
            yield f"+ {name}"
        if witness.until_s is not None and before.get(witness.key) != witness.until_s:
            yield f"- {name} ends at {instant(witness.until_s)}"
    after = {witness.key for witness in new.witnesses}
    yield from (f"- cosigner {key.key_id.hex()} is left out" for key in before if key not in after)
    yield from _certificate_changes(known.certificates, new.certificates)
    if new.root != known.root:
        yield f"+ root {new.root.key_id.hex()} in place of root {known.root.key_id.hex()}"
    if new.next_root != known.next_root:
        yield f"+ the root to follow: {new.next_root[:16] or 'none'}"


def _certificate_changes(before: Sequence[bytes], after: Sequence[bytes]) -> Iterator[str]:
    yield from (f"- TLS key {spki_pin(der)[:16]}" for der in before if der not in after)
    yield from (f"+ TLS key {spki_pin(der)[:16]}" for der in after if der not in before)


def instant(at_s: int) -> str:
    """Seconds since the Unix epoch, for people."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%SZ}"


def may_follow(root: VerifyKey, known: Roster) -> bool:
    """Whether a roster of this root may follow: the same, or the one that was announced."""
    return root == known.root or root_hash(root) == known.next_root
