from __future__ import annotations

from dataclasses import replace

import pytest

from parley.errors import ForgedError, MalformedError, PeerError, ReplayError, UnknownPartyError
from parley.ledger import (
    Keyring,
    Kind,
    Roster,
    SigningKey,
    Term,
    epoch_of,
    root_hash,
    seal_roster,
)
from parley.ledger.filed import MAX_PARTIES, Believed, check_authors, peer_vkey
from parley.testing.keys import own_keys, root_key, roster_note, roster_of

IL, RU = "il.example", "ru.example"
OLD, NEW = own_keys(IL), own_keys(IL, note="second")
ROOTS = [SigningKey(IL, bytes([n]) * 32) for n in (11, 12)]
TERMS = (Term(OLD.note.verifier, 1, 0, 5, "rotated"), Term(NEW.note.verifier, 1, 4))
FIRST = roster_of(IL)
SECOND = replace(FIRST, serial=2, terms=TERMS)
RING = Keyring.of([FIRST, roster_of(RU), SECOND])


def test_a_ring_holds_the_last_roster_of_each_party() -> None:
    assert list(RING.rosters) == [IL, RU]
    assert (RING.roster(IL), IL in RING, "fr.example" in RING) == (SECOND, True, False)
    with pytest.raises(UnknownPartyError):
        RING.roster("fr.example")
    with pytest.raises(TypeError):
        RING.rosters[RU] = FIRST  # type: ignore[index]


def test_keys_in_force_speak_and_ended_keys_still_verify() -> None:
    assert RING.speakers == (NEW.note.verifier, own_keys(RU).note.verifier)
    assert RING.keys_of(IL) == (OLD.note.verifier, NEW.note.verifier)
    assert RING.keys_of("fr.example") == ()
    assert set(RING.note_keys) == {*RING.keys_of(IL), *RING.keys_of(RU)}
    assert set(RING.every) == {*RING.note_keys, *RING.witnesses}
    assert all(key.algorithm in (4, 6) for key in RING.witnesses)


def test_a_head_is_signed_by_note_and_quantum_keys_of_its_party() -> None:
    keys = RING.head_keys(f"{IL}/log/1")
    assert keys == (OLD.note.verifier, NEW.note.verifier, OLD.quantum.verifier)
    assert RING.head_keys("fr.example/log/1") == ()


@pytest.mark.parametrize(
    ("size", "old", "new"), [(0, True, False), (4, True, False), (5, True, True), (6, False, True)]
)
def test_a_head_counts_by_the_key_of_its_last_entry(size: int, old: bool, new: bool) -> None:
    for key, good in ((OLD.note.verifier, old), (NEW.note.verifier, new)):
        if good:
            RING.check_head(key, f"{IL}/log/1", size)
            continue
        with pytest.raises(ForgedError, match="does not speak"):
            RING.check_head(key, f"{IL}/log/1", size)


def test_places_are_checked_by_log_and_epoch() -> None:
    RING.check_place(NEW.note.verifier, f"{IL}/log/1", 5)
    for origin in (f"{IL}/log/2", IL, "fr.example/log/1", f"{RU}/log/1"):
        with pytest.raises(PeerError):
            RING.check_place(NEW.note.verifier, origin, 5)
    assert epoch_of(f"{IL}/log/12") == 12
    for origin in ("", "x/log/0", "x/log/01", "/log/1", "x/log/1/"):
        with pytest.raises(ForgedError):
            epoch_of(origin)


def test_a_new_roster_makes_a_new_ring_and_must_follow() -> None:
    ring = Keyring({}).with_roster(FIRST)
    assert ring.with_roster(SECOND).roster(IL) == SECOND
    assert ring.roster(IL) == FIRST
    with pytest.raises(ReplayError):
        RING.with_roster(FIRST)
    with pytest.raises(ReplayError):
        Keyring.of([SECOND, FIRST])


def roots_in_turn() -> list[Roster]:
    first = replace(FIRST, next_root=root_hash(ROOTS[0].verifier))
    second = replace(
        FIRST, serial=2, root=ROOTS[0].verifier, next_root=root_hash(ROOTS[1].verifier)
    )
    return [first, second, replace(second, serial=3, root=ROOTS[1].verifier, next_root="")]


def test_a_ring_remembers_the_roots_that_announced_todays() -> None:
    turn = roots_in_turn()
    step = Keyring.of(turn[:1]).with_roster(turn[1]).with_roster(turn[2])
    for ring in (Keyring.of(turn), Keyring.of([*turn, roster_of(RU)]), step):
        assert ring.roots_of(IL) == (root_key(IL).verifier, *(root.verifier for root in ROOTS))
    assert Keyring.of([*turn, roster_of(RU)]).roots_of(RU) == (root_key(RU).verifier,)
    with pytest.raises(UnknownPartyError):
        step.roots_of("fr.example")


def test_a_reader_believes_pinned_parties_under_their_roots_only() -> None:
    forged = seal_roster(replace(FIRST, root=ROOTS[0].verifier), ROOTS[0])
    assert Believed(None).admit(forged).root == ROOTS[0].verifier
    believed = Believed([root_key(IL).verifier])
    with pytest.raises(ForgedError, match="not the pinned"):
        believed.admit(forged)
    assert believed.admit(roster_note(IL)) == FIRST
    assert (believed.is_pinned(IL), believed.is_pinned(RU)) == (True, False)


def test_a_pinned_root_hands_over_to_the_one_that_it_announced() -> None:
    turn = roots_in_turn()
    notes = [seal_roster(r, k) for r, k in zip(turn, (root_key(IL), *ROOTS), strict=True)]
    believed = Believed([root_key(IL).verifier])
    for note in notes:
        believed.admit(note)
    assert believed.ring.roster(IL).root == ROOTS[1].verifier
    with pytest.raises(ForgedError, match="not the pinned"):
        Believed([root_key(IL).verifier]).admit(notes[2])


def test_the_same_roster_again_changes_nothing_another_of_its_serial_is_refused() -> None:
    believed = Believed(None)
    believed.admit(roster_note(IL))
    ring = believed.ring
    believed.admit(roster_note(IL))
    assert believed.ring is ring
    with pytest.raises(ReplayError, match="differ"):
        believed.admit(seal_roster(replace(FIRST, at_ms=1), root_key(IL)))


def test_a_file_names_a_bounded_number_of_parties() -> None:
    believed = Believed(None)
    for number in range(MAX_PARTIES):
        believed.admit(small_roster(f"p{number}"))
    with pytest.raises(MalformedError, match="too many"):
        believed.admit(small_roster("one-more"))


def small_roster(party: str) -> bytes:
    """Without an ML-DSA-44 key, which is slow to make."""
    root, note = SigningKey(party, b"\x01" * 32), SigningKey(party, b"\x02" * 32)
    cosigner = SigningKey(party, b"\x03" * 32, 4)
    roster = replace(
        FIRST,
        party=party,
        root=root.verifier,
        terms=(Term(note.verifier, 1, 0),),
        witnesses=(replace(FIRST.witnesses[0], key=cosigner.verifier),),
    )
    return seal_roster(roster, root)


@pytest.mark.parametrize("text", [None, 1, "", "a+b+c", "x+00000000+AQ=="])
def test_a_vkey_in_a_file_that_is_none_is_the_files_fault(text: str | int | None) -> None:
    with pytest.raises(MalformedError):
        peer_vkey(text)


@pytest.mark.parametrize(
    ("kind", "names", "good"),
    [
        (Kind.SENT, {IL}, True), (Kind.SENT, {IL, RU}, True), (Kind.SENT, {RU}, False),
        (Kind.DECISION, {RU}, False), (Kind.OBSERVED, {RU}, False), (Kind.RECEIVED, {RU}, True),
        (Kind.RECEIVED, {IL, RU}, True), (Kind.RECEIVED, {IL}, False),
        (Kind.COSIGNED, {IL, RU}, True), (Kind.COSIGNED, {IL}, False),
        (Kind.COSIGNED, {RU}, False),
    ],
)  # fmt: skip
def test_who_may_have_signed_what(kind: Kind, names: set[str], good: bool) -> None:
    if good:
        check_authors(kind, IL, names)
        return
    with pytest.raises(ForgedError):
        check_authors(kind, IL, names)
