from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import (
    ForgedError,
    FormatError,
    MalformedError,
    PeerError,
    ReplayError,
    UnknownPartyError,
)
from parley.ledger import (
    JsonValue,
    Roster,
    SigningKey,
    Term,
    WitnessKey,
    check_successor,
    is_roster,
    open_roster,
    root_hash,
    seal,
    seal_roster,
    sign,
)
from parley.ledger.roster import roster_body
from parley.ledger.statement import parse_statement
from parley.testing.keys import own_keys, root_key, roster_of

IL = "il.example"
ROOT, KEYS, NEW = root_key(IL), own_keys(IL), own_keys(IL, note="second")
FIRST = roster_of(IL)
OTHER_ROOT = SigningKey(IL, b"\x0b" * 32)


def terms(first: int = 5, last: int = 5, why: str = "rotated", epoch: int = 1) -> tuple[Term, ...]:
    """The old key ended at `last`, the new one from `first`."""
    return Term(KEYS.note.verifier, 1, 0, last, why), Term(NEW.note.verifier, epoch, first)


def later(**changes: Any) -> Roster:
    return replace(FIRST, serial=2, **changes)


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Any number of ended terms, then one in force."""
    keys = [SigningKey(IL, bytes([n + 20]) * 32).verifier for n in range(4)]
    made: list[Term] = []
    at = 0
    for key in keys[: draw(st.integers(0, 3))]:
        end = at + draw(st.integers(0, 9))
        made.append(Term(key, 1, at, end, draw(st.sampled_from(["rotated", "revoked", "ключ"]))))
        at = end + draw(st.integers(-(end - at), 3))
    epoch = draw(st.integers(1, 3))
    made.append(Term(keys[3], epoch, at if epoch == 1 else draw(st.integers(0, 2**53 - 1))))
    until = draw(st.none() | st.integers(0, 2**53 - 1))
    return replace(
        FIRST,
        serial=draw(st.integers(1, 2**53 - 1)),
        epoch=epoch,
        at_ms=draw(st.integers(0, 2**53 - 1)),
        terms=tuple(made),
        witnesses=(WitnessKey(KEYS.witness.verifier, until), WitnessKey(KEYS.quantum.verifier)),
        next_root=draw(st.sampled_from(["", "ab" * 32])),
    )


@given(rosters())
def test_a_roster_comes_back_as_it_was_sealed(roster: Roster) -> None:
    note = seal_roster(roster, ROOT)
    assert is_roster(note)
    assert open_roster(note) == open_roster(note, root=ROOT.verifier) == roster


def test_the_spelling_is_the_documented_one() -> None:
    body = roster_body(later(terms=terms(), certificates=(b"der",), next_root="ab" * 32))
    assert body == {
        "at_ms": 0, "certificates": ["ZGVy"], "epoch": 1, "next_root": "ab" * 32, "party": IL,
        "root": ROOT.verifier.to_vkey(), "serial": 2,
        "terms": [
            {"epoch": 1, "first": 0, "key": KEYS.note.verifier.to_vkey(), "last": 5,
             "why": "rotated"},
            {"epoch": 1, "first": 5, "key": NEW.note.verifier.to_vkey(), "last": -1, "why": ""},
        ],
        "witnesses": [
            {"key": KEYS.witness.verifier.to_vkey(), "until_s": -1},
            {"key": KEYS.quantum.verifier.to_vkey(), "until_s": -1},
        ],
    }  # fmt: skip


STRANGER = SigningKey("ru.example", b"\x01" * 32).verifier
IN_FORCE = Term(KEYS.note.verifier, 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"serial": 0}, {"serial": 2**53}, {"epoch": 0}, {"epoch": 2}, {"epoch": 10**9},
        {"at_ms": -1}, {"terms": ()}, {"terms": (replace(IN_FORCE, last=3, why="x"),)},
        {"terms": (replace(IN_FORCE, why="ended"),)}, {"terms": (replace(IN_FORCE, first=-1),)},
        {"terms": (replace(IN_FORCE, key=STRANGER),)}, {"root": STRANGER},
        {"terms": (replace(IN_FORCE, key=KEYS.witness.verifier),)},
        {"root": KEYS.witness.verifier}, {"root": KEYS.note.verifier},
        {"terms": terms(why="")}, {"terms": terms(why="x" * 201)}, {"terms": terms(last=-1)},
        {"terms": terms()[::-1]}, {"terms": (IN_FORCE, *terms()[1:])},
        {"terms": (Term(KEYS.note.verifier, 1, 5, 9, "x"), Term(NEW.note.verifier, 1, 4))},
        {"terms": (*(replace(terms()[0], first=5) for _ in range(64)), terms()[1])},
        {"terms": (terms()[0], Term(KEYS.note.verifier, 1, 5))},
        {"terms": (terms(why="closed")[0], Term(KEYS.note.verifier, 1, 5))},
        {"terms": (terms()[0], Term(KEYS.note.verifier, 2, 0)), "epoch": 2},
        {"witnesses": ()}, {"witnesses": (WitnessKey(KEYS.witness.verifier, 5),)},
        {"witnesses": (WitnessKey(KEYS.note.verifier),)},
        {"witnesses": (WitnessKey(KEYS.witness.verifier),) * 2}, {"next_root": "ab"},
        {"next_root": "AB" * 32}, {"certificates": (b"",)}, {"certificates": (b"x" * 4097,)},
        {"certificates": (b"x",) * 9},
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_together_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match="the roster of"):
        replace(FIRST, **change)


def test_only_the_root_that_it_names_signs_it() -> None:
    with pytest.raises(FormatError):
        seal_roster(FIRST, OTHER_ROOT)
    body = roster_body(FIRST)
    with pytest.raises(UnknownPartyError):
        open_roster(seal("parley/roster/v1", body, KEYS.note))
    with pytest.raises(MalformedError, match="of type"):
        open_roster(seal("parley/roster/v2", body, ROOT))
    note = bytearray(seal_roster(FIRST, ROOT))
    note[-9] ^= 1
    with pytest.raises(PeerError):
        open_roster(bytes(note))


def test_a_roster_of_another_root_than_the_pinned_is_forged() -> None:
    forged = seal_roster(replace(FIRST, root=OTHER_ROOT.verifier), OTHER_ROOT)
    assert open_roster(forged).root == OTHER_ROOT.verifier
    with pytest.raises(ForgedError, match="is of root"):
        open_roster(forged, root=ROOT.verifier)


@given(
    st.sampled_from(sorted(roster_body(FIRST))),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=4,
    ),
)
def test_hostile_bodies_stay_inside_the_error_tree(name: str, junk: JsonValue) -> None:
    try:
        note = seal("parley/roster/v1", {**roster_body(FIRST), name: junk}, ROOT)
    except FormatError:
        return
    try:
        open_roster(note)
    except PeerError:
        return
    assert name in ("at_ms", "serial", "certificates", "next_root")


@given(st.binary(max_size=99))
def test_hostile_bytes_stay_inside_the_error_tree(body: bytes) -> None:
    for note in (body, b"parley/roster/v1\n" + body):
        with pytest.raises(PeerError):
            open_roster(note)


@pytest.mark.parametrize(
    ("epoch", "index", "speakers"),
    [(1, 0, "old"), (1, 3, "old"), (1, 4, "both"), (1, 5, "both"), (1, 6, "new"), (2, 0, "")],
)
def test_a_key_speaks_in_its_term(epoch: int, index: int, speakers: str) -> None:
    """The old key's last valid size is 6, the new one's first index 4: both speak in between."""
    roster = later(terms=terms(first=4, last=6))
    for name, key in (("old", KEYS.note.verifier), ("new", NEW.note.verifier)):
        if speakers in (name, "both"):
            roster.check_place(key, epoch, index)
            continue
        with pytest.raises(ForgedError, match="does not speak"):
            roster.check_place(key, epoch, index)


def test_a_key_that_the_roster_does_not_name_never_speaks() -> None:
    with pytest.raises(ForgedError, match="unknown"):
        FIRST.check_place(NEW.note.verifier, 1, 0)


def test_a_cosigner_counts_up_to_its_last_second() -> None:
    witnesses = (WitnessKey(KEYS.witness.verifier, 100), WitnessKey(KEYS.quantum.verifier))
    roster = later(witnesses=witnesses)
    roster.check_time(KEYS.witness.verifier, 100)
    roster.check_time(KEYS.quantum.verifier, 10**12)
    for key, at_s in ((KEYS.witness.verifier, 101), (NEW.note.verifier, 1)):
        with pytest.raises(ForgedError, match="does not count"):
            roster.check_time(key, at_s)


def test_the_key_and_the_log_in_force_are_the_last() -> None:
    roster = later(terms=terms(first=0, epoch=2), epoch=2)
    assert (roster.note_key, roster.origin) == (NEW.note.verifier, "il.example/log/2")
    assert roster.note_keys == (KEYS.note.verifier, NEW.note.verifier)
    first = Term(KEYS.note.verifier, 1, 0, 5, "closed")
    back = (first, Term(NEW.note.verifier, 2, 0, 7, "x"), Term(KEYS.note.verifier, 2, 7))
    assert later(terms=back, epoch=2).note_keys == (KEYS.note.verifier, NEW.note.verifier)


EXTRA = WitnessKey(own_keys(IL, note="x").witness.verifier, 50)


@pytest.mark.parametrize(
    "new",
    [
        later(), later(at_ms=9), replace(FIRST, serial=9), later(terms=terms()),
        later(terms=terms(first=0, epoch=2), epoch=2), later(certificates=()),
        later(terms=(terms(why="closed")[0], Term(KEYS.note.verifier, 2, 0)), epoch=2),
        later(witnesses=(replace(FIRST.witnesses[0], until_s=5), FIRST.witnesses[1])),
    ],
)  # fmt: skip
def test_keys_come_and_go_by_rosters_of_rising_serial(new: Roster) -> None:
    check_successor(FIRST, new)


ENDED = later(
    terms=terms(),
    witnesses=(replace(FIRST.witnesses[0], until_s=50), FIRST.witnesses[1]),
)
EPOCH_2 = later(terms=terms(first=0, epoch=2), epoch=2)


@pytest.mark.parametrize(
    ("known", "new", "why"),
    [
        (FIRST, FIRST, "comes after"), (ENDED, FIRST, "comes after"),
        (FIRST, roster_of("ru.example"), "a roster of ru.example"),
        (FIRST, later(root=OTHER_ROOT.verifier), "not announced"),
        (FIRST, later(terms=(replace(IN_FORCE, first=1),)), "rewrites"),
        (FIRST, later(terms=(Term(NEW.note.verifier, 1, 0),)), "rewrites"),
        (ENDED, replace(ENDED, serial=3, terms=terms(last=6)), "rewrites"),
        (ENDED, replace(FIRST, serial=3), "rewrites"),
        (ENDED, replace(ENDED, serial=3, terms=terms(why="closed")), "rewrites"),
        (FIRST, later(witnesses=FIRST.witnesses[:1]), "leaves out"),
        (EPOCH_2, replace(ENDED, serial=3), "rewrites|forgets"),
        (ENDED, replace(ENDED, serial=3, witnesses=FIRST.witnesses), "revives"),
        (ENDED, replace(ENDED, serial=3, witnesses=(
            replace(FIRST.witnesses[0], until_s=51), FIRST.witnesses[1])), "revives"),
    ],
)  # fmt: skip
def test_nothing_that_was_said_is_taken_back(known: Roster, new: Roster, why: str) -> None:
    with pytest.raises((ForgedError, ReplayError), match=why):
        check_successor(known, new)


def test_a_term_may_end_sooner_than_was_planned() -> None:
    """A planned rotation left the old key room; then it is stolen."""
    planned = later(terms=terms(first=4, last=9))
    check_successor(planned, replace(planned, serial=3, terms=terms(4, 5, "stolen")))


def test_a_root_is_followed_by_the_one_that_it_announced() -> None:
    known = replace(FIRST, next_root=root_hash(OTHER_ROOT.verifier))
    check_successor(known, later(root=OTHER_ROOT.verifier))
    with pytest.raises(ForgedError):
        check_successor(known, later(root=SigningKey(IL, b"\x0c" * 32).verifier))


@st.composite
def chains(draw: st.DrawFn) -> list[Roster]:
    """Rosters that a careful root signs one after the other."""
    made = [draw(rosters().filter(lambda roster: roster.serial < 2**52))]
    for number in range(draw(st.integers(1, 3))):
        last = made[-1]
        now = last.terms[-1]
        held = last.terms
        if draw(st.booleans()):
            end = now.first + draw(st.integers(0, 5))
            key = SigningKey(IL, bytes([40 + number]) * 32).verifier
            first = min(end, 2**53 - 1)
            ended = replace(now, last=first, why="rotated")
            held = (*last.terms[:-1], ended, Term(key, now.epoch, first))
        made.append(replace(last, serial=last.serial + draw(st.integers(1, 9)), terms=held))
    return made


@settings(max_examples=60)
@given(chains())
def test_whoever_missed_rosters_follows_the_last_one_all_the_same(chain: list[Roster]) -> None:
    for at, old in enumerate(chain):
        for new in chain[at + 1 :]:
            check_successor(old, new)
            with pytest.raises(ReplayError):
                check_successor(new, old)


def test_the_text_of_a_roster_is_a_statement() -> None:
    type_line, body = parse_statement(seal_roster(FIRST, ROOT).split(b"\n\n")[0] + b"\n")
    assert (type_line, body["party"]) == ("parley/roster/v1", IL)
    assert not is_roster(sign(b"parley/roster/v11\n{}\n", ROOT))


def test_the_root_to_follow_is_named_once_for_each_root() -> None:
    """A thief of the root in force can not appoint his own."""
    named = replace(FIRST, next_root=root_hash(OTHER_ROOT.verifier))
    check_successor(FIRST, replace(named, serial=2))
    for changed in ("", "ab" * 32):
        with pytest.raises(ForgedError, match="another root to follow"):
            check_successor(named, replace(named, serial=2, next_root=changed))
    check_successor(named, replace(named, serial=2, root=OTHER_ROOT.verifier, next_root="ab" * 32))
