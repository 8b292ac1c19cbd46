from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import (
    ForgedError,
    FormatError,
    InputError,
    MalformedError,
    OversizeError,
    PeerError,
)
from parley.ledger import (
    CHALLENGE_TYPE,
    DECISION_TYPE,
    TESTIMONY_TYPE,
    Challenge,
    Decision,
    Keyring,
    SeenHead,
    Term,
    check_testimony,
    note_hash,
    open_challenge,
    open_decision,
    open_roster,
    open_testimony,
    seal,
    seal_challenge,
    seal_decision,
    seal_receipt,
    seal_testimony,
    sign,
    unseal,
)
from parley.ledger.challenge import Testimony as Told
from parley.ledger.challenge import challenge_of
from parley.ledger.challenge import testimony_of as told_of
from parley.ledger.decision import decision_of
from parley.ledger.receipt import Receipt
from parley.testing.books import MESSAGE, T0_S, book_of
from parley.testing.keys import own_keys, roster_note, roster_of

IL, RU, FR = "il.example", "ru.example", "fr.example"
KEYS = {party: own_keys(party).note for party in (IL, RU, FR)}
RING = Keyring.of(open_roster(roster_note(party)) for party in KEYS)
KNOWN = Decision(
    IL, "release", "notice:il-1", 2, "duty officer", T0_S * 1000, f"{IL}/log/1", 5, bytes(32),
    (SeenHead(f"{RU}/log/1", 7, b"\x01" * 32),), ("conflict|notice:il-1|notice:ru-3",),
)  # fmt: skip
NOTE = seal(MESSAGE, {"item": "il-1", "text": "район 5"}, KEYS[IL])
ASKED = Challenge(IL, RU, FR, NOTE, T0_S * 1000)
ASKED_NOTE = seal_challenge(ASKED, KEYS[IL])


def receipt(note: bytes = NOTE, party: str = RU, index: int = 3) -> bytes:
    stamp = Receipt(note_hash(note), f"{party}/log/1", index, bytes(32), T0_S * 1000)
    return seal_receipt(stamp, KEYS[party])


def answer(outcome: str = "receipt", given: bytes | None = None, **more: Any) -> Told:
    held = (receipt() if outcome == "receipt" else b"") if given is None else given
    said = Told(FR, note_hash(ASKED_NOTE), RU, outcome, held, T0_S * 1000 + 5)
    return replace(said, **more)


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=9)
named = texts.filter(bool)
decisions = st.builds(
    Decision,
    party=st.just(IL),
    act=named,
    ref=texts,
    version=st.integers(0, 2**53 - 1),
    role=texts,
    at_ms=st.integers(0, 2**53 - 1),
    log=st.sampled_from([f"{IL}/log/1", f"{IL}/log/2"]),
    size=st.integers(0, 2**53 - 1),
    root=st.binary(min_size=32, max_size=32),
    heads=st.lists(
        st.builds(SeenHead, named, st.integers(0, 9), st.binary(min_size=32, max_size=32)),
        max_size=3,
        unique_by=lambda head: head.origin,
    ).map(tuple),
    findings=st.lists(named, max_size=3, unique=True).map(tuple),
)


@given(decisions)
def test_a_decision_comes_back_as_it_was_sealed(decision: Decision) -> None:
    assert open_decision(seal_decision(decision, KEYS[IL]), RING.keys_of(IL)) == decision


def test_the_spelling_of_a_decision_is_the_documented_one() -> None:
    text = seal_decision(replace(KNOWN, root=b"\xaa" * 32), KEYS[IL]).split(b"\n\n")[0]
    assert text.decode() == DECISION_TYPE + "\n" + (
        '{"act":"release","at_ms":1537216400000,"findings":["conflict|notice:il-1|notice:ru-3"],'
        f'"heads":[{{"origin":"ru.example/log/1","root":"{"01" * 32}","size":7}}],'
        '"log":"il.example/log/1","party":"il.example","ref":"notice:il-1",'
        f'"role":"duty officer","root":"{"aa" * 32}","size":5,"version":2}}'
    )


@pytest.mark.parametrize(
    "change",
    [
        {"party": ""}, {"party": RU}, {"act": ""}, {"act": "a\nb"}, {"ref": "x" * 401},
        {"version": -1}, {"at_ms": 2**53}, {"size": -1}, {"root": bytes(31)}, {"log": ""},
        {"log": f"{RU}/log/1"}, {"findings": ("",)}, {"findings": ("a", "a")},
        {"heads": KNOWN.heads * 2}, {"findings": tuple(map(str, range(65)))},
        {"heads": tuple(SeenHead(str(n), 0, bytes(32)) for n in range(65))},
    ],
)  # fmt: skip
def test_what_is_no_decision_is_refused_before_it_is_signed(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        replace(KNOWN, **change)


@pytest.mark.parametrize(("origin", "size", "root"), [("", 1, 32), ("a", -1, 32), ("a", 1, 33)])
def test_a_seen_head_has_an_origin_a_size_and_a_root(origin: str, size: int, root: int) -> None:
    with pytest.raises(FormatError):
        SeenHead(origin, size, bytes(root))


def test_sixty_four_heads_and_findings_fit() -> None:
    full = replace(
        KNOWN,
        heads=tuple(SeenHead(f"p{n}/log/1", 2**52, bytes(32)) for n in range(64)),
        findings=tuple(f"conflict|{n}" for n in range(64)),
    )
    assert open_decision(seal_decision(full, KEYS[IL]), RING.note_keys) == full


def test_nobody_decides_in_anothers_name() -> None:
    with pytest.raises(FormatError):
        seal_decision(KNOWN, KEYS[RU])
    text = seal_decision(KNOWN, KEYS[IL]).split(b"\n\n")[0] + b"\n"
    with pytest.raises(ForgedError, match=r"signed by ru\.example"):
        open_decision(sign(text, KEYS[RU]), RING.note_keys)
    with pytest.raises(MalformedError, match="of type"):
        open_decision(NOTE, RING.note_keys)


@pytest.mark.parametrize("outcome", ["receipt", "refused", "no answer"])
def test_a_testimony_comes_back_as_it_was_sealed(outcome: str) -> None:
    said = answer(outcome)
    assert open_testimony(seal_testimony(said, KEYS[FR]), RING.note_keys) == said
    assert check_testimony(said, ASKED_NOTE, RING) == ASKED


def test_a_challenge_comes_back_as_it_was_sealed() -> None:
    assert open_challenge(ASKED_NOTE, RING.note_keys) == ASKED


@pytest.mark.parametrize(
    "change",
    [
        {"to": IL}, {"via": RU}, {"via": IL}, {"party": ""}, {"to": "a b"}, {"note": b""},
        {"note": b"x" * 40_001}, {"at_ms": -1}, {"at_ms": 2**53},
    ],
)  # fmt: skip
def test_what_is_no_challenge_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        replace(ASKED, **change)


def test_the_largest_challenge_fits_into_a_note() -> None:
    large = replace(ASKED, note=b"x" * 40_000)
    assert open_challenge(seal_challenge(large, KEYS[IL]), RING.note_keys) == large


@pytest.mark.parametrize(
    "change",
    [
        {"to": FR}, {"challenge_hash": bytes(31)}, {"outcome": "lost"}, {"receipt": b""},
        {"outcome": "refused"}, {"receipt": b"x" * 4097}, {"at_ms": 2**53},
    ],
)  # fmt: skip
def test_what_is_no_testimony_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        answer(**change) if "outcome" not in change else replace(answer(), **change)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (answer(challenge_hash=bytes(32)), "another challenge"),
        (answer("no answer", party=IL), "testifies"),
        (answer("no answer", to=IL), "testifies"),
        (answer(given=receipt(ASKED_NOTE)), "another note"),
    ],
)
def test_a_testimony_answers_exactly_its_challenge(said: Told, why: str) -> None:
    with pytest.raises(ForgedError, match=why):
        check_testimony(said, ASKED_NOTE, RING)


def test_a_receipt_in_a_testimony_is_the_addressees_own_within_its_term() -> None:
    with pytest.raises(PeerError):
        check_testimony(answer(given=receipt(party=FR)), ASKED_NOTE, RING)
    new = own_keys(RU, note="second").note.verifier
    terms = (Term(KEYS[RU].verifier, 1, 0, 3, "stolen"), Term(new, 1, 3))
    ring = RING.with_roster(replace(roster_of(RU), serial=2, terms=terms))
    with pytest.raises(ForgedError, match="stolen"):
        check_testimony(answer(), ASKED_NOTE, ring)


def test_nobody_challenges_or_testifies_in_anothers_name() -> None:
    with pytest.raises(FormatError):
        seal_challenge(ASKED, KEYS[RU])
    with pytest.raises(FormatError):
        seal_testimony(answer(), KEYS[RU])
    for note, read in (
        (ASKED_NOTE, open_challenge),
        (seal_testimony(answer(), KEYS[FR]), open_testimony),
    ):
        text = note.split(b"\n\n")[0] + b"\n"
        with pytest.raises(ForgedError):
            read(sign(text, KEYS[RU]), RING.note_keys)
        with pytest.raises(MalformedError):
            read(NOTE, RING.note_keys)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("AAAA"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
READ = {DECISION_TYPE: decision_of, CHALLENGE_TYPE: challenge_of, TESTIMONY_TYPE: told_of}


@given(st.sampled_from([seal_decision(KNOWN, KEYS[IL]), ASKED_NOTE,
                        seal_testimony(answer(), KEYS[FR])]), st.data(), JUNK)  # fmt: skip
def test_hostile_bodies_stay_inside_the_error_tree(
    note: bytes, data: st.DataObject, junk: Any
) -> None:
    unsealed = unseal(note, RING.note_keys)
    read = READ[unsealed.type]
    name = data.draw(st.sampled_from([*sorted(unsealed.body), "more"]))
    try:
        read({**unsealed.body, name: junk})
    except PeerError:
        return
    assert name != "more"


def test_too_many_heads_are_too_much() -> None:
    body = unseal(seal_decision(KNOWN, KEYS[IL]), RING.note_keys).body
    heads = body["heads"]
    assert isinstance(heads, list)
    with pytest.raises(OversizeError):
        decision_of({**body, "heads": heads * 65})


def test_a_book_decides_by_what_its_log_holds() -> None:
    book = book_of(IL, (RU,))
    decision = open_decision(book.decide("release"), RING.note_keys)
    assert (decision.size, decision.root) == (2, book.tree.root(2))
