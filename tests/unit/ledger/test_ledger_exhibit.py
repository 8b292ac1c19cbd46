from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import ForgedError, FormatError, MalformedError, ParleyError, PeerError
from parley.ledger import (
    EXHIBIT_KINDS,
    Checkpoint,
    Exhibit,
    Keyring,
    Receipt,
    SigningKey,
    Term,
    Tree,
    WitnessKey,
    check_exhibit,
    decode,
    encode,
    exhibit_body,
    exhibit_of,
    leaf_hash,
    note_hash,
    open_exhibit,
    open_roster,
    root_hash,
    seal,
    seal_exhibit,
    seal_receipt,
    seal_roster,
    sign,
    sign_checkpoint,
)
from parley.ledger.exhibit import inclusion_length, slim
from parley.testing.books import MESSAGE, T0_S, Book, book_of, cosigned
from parley.testing.keys import own_keys, root_key, roster_note, roster_of

IL, RU = "il.example", "ru.example"
KEY = own_keys(RU).note
RING = Keyring.of(open_roster(roster_note(party)) for party in (IL, RU))


def fork() -> tuple[Book, Book]:
    """One log told twice: the same first five entries, then different ones."""
    one, other = book_of(RU), book_of(RU)
    for book, last in ((one, "kept"), (other, "changed")):
        for text in ("a", "b", "c", "d"):
            book.say({"text": text})
        book.head(T0_S)
        book.say({"text": last})
        book.head(T0_S + 1)
        book.say({"text": "z"})
        book.head(T0_S + 2)
    return one, other


def words(key: SigningKey = KEY, **more: Any) -> bytes:
    return seal(MESSAGE, {"item": "ru-1", "version": 1, "text": "one", **more}, key)


ONE, OTHER = fork()
RECEIPTED = Receipt(note_hash(words()), ONE.log, 5, bytes(32), (T0_S + 1) * 1000)


def receipt(**changes: Any) -> bytes:
    return seal_receipt(replace(RECEIPTED, **changes), KEY)


def exhibits() -> dict[str, Exhibit]:
    """One of each kind, all true."""
    history = tuple(OTHER.tree.prefix_proof(6, 7))
    leaf, other_leaf = (book.entries[5].leaf_hash() for book in (ONE, OTHER))
    proofs = tuple(tuple(book.tree.inclusion_proof(5, 6)) for book in (ONE, OTHER))
    decided = book_of(RU)
    decision = decided.decide("release", root=bytes(32))
    decided.head()
    rosters = (roster_note(RU), seal_roster(replace(roster_of(RU), at_ms=1), root_key(RU)))
    made = ONE.entries[5].leaf()
    return {
        "split": Exhibit("split", RU, (ONE.heads[6], OTHER.heads[6])),
        "split-history": Exhibit("split-history", RU, (ONE.heads[6], OTHER.heads[7]), history),
        "split-entry": Exhibit(
            "split-entry", RU, (ONE.heads[6], OTHER.heads[6]),
            (other_leaf, *proofs[0], *proofs[1]), leaf, 5,
        ),
        "receipt-contradicted": Exhibit(
            "receipt-contradicted", RU, (receipt(), ONE.heads[6]), proofs[0], leaf, 5
        ),
        "receipt-beyond-head": Exhibit(
            "receipt-beyond-head", RU, (receipt(at_ms=T0_S * 1000 - 1), ONE.heads[5])
        ),
        "receipt-for-another-note": Exhibit(
            "receipt-for-another-note", RU, (receipt(leaf_hash=leaf_hash(made)), made)
        ),
        "two-receipts": Exhibit("two-receipts", RU, (receipt(), receipt(leaf_hash=leaf))),
        "decision-contradicted": Exhibit(
            "decision-contradicted", RU, (decision, decided.heads[2]),
            tuple(decided.tree.prefix_proof(1, 2)),
        ),
        "two-rosters": Exhibit("two-rosters", RU, rosters),
        "two-words": Exhibit("two-words", RU, (words(), words(text="two"))),
    }  # fmt: skip


TRUE = exhibits()


def test_there_is_one_true_exhibit_of_each_kind() -> None:
    assert tuple(TRUE) == EXHIBIT_KINDS


@pytest.mark.parametrize("kind", EXHIBIT_KINDS)
def test_an_exhibit_says_in_one_sentence_what_it_proves(kind: str) -> None:
    said = check_exhibit(TRUE[kind], RING)
    assert RU in said
    assert "\n" not in said
    assert not said.endswith(".")


@pytest.mark.parametrize("kind", EXHIBIT_KINDS)
def test_its_body_gives_the_same_exhibit_back(kind: str) -> None:
    assert exhibit_of(decode(encode(exhibit_body(TRUE[kind])))) == TRUE[kind]


@pytest.mark.parametrize("kind", EXHIBIT_KINDS)
def test_nobody_else_is_accused_by_it(kind: str) -> None:
    with pytest.raises(PeerError):
        check_exhibit(replace(TRUE[kind], accused=IL), RING)


@pytest.mark.parametrize("kind", EXHIBIT_KINDS)
def test_a_reader_without_the_accuseds_roster_believes_none(kind: str) -> None:
    with pytest.raises(PeerError):
        check_exhibit(TRUE[kind], Keyring.of([open_roster(roster_note(IL))]))


@pytest.mark.parametrize("kind", EXHIBIT_KINDS)
def test_parts_that_are_equal_prove_nothing(kind: str) -> None:
    shown = TRUE[kind]
    for notes in ((shown.notes[0],) * 2, (shown.notes[1],) * 2):
        with pytest.raises(PeerError):
            check_exhibit(replace(shown, notes=notes, proof=()), RING)


@pytest.mark.parametrize("kind", EXHIBIT_KINDS)
def test_it_travels_in_a_statement_of_whoever_found_it(kind: str) -> None:
    note = seal_exhibit(TRUE[kind], T0_S * 1000, own_keys(IL).note)
    shown, finder, found_ms = open_exhibit(note, RING.note_keys)
    assert (shown, finder, found_ms) == (slim(TRUE[kind]), IL, T0_S * 1000)
    assert check_exhibit(shown, RING) == check_exhibit(TRUE[kind], RING)


@settings(max_examples=150)
@given(st.data())
def test_a_changed_exhibit_proves_the_same_or_nothing(data: st.DataObject) -> None:
    shown = data.draw(st.sampled_from(list(TRUE.values())))
    body = exhibit_body(shown)
    spelled = bytearray(encode(body))
    at = data.draw(st.integers(0, len(spelled) - 1))
    spelled[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        said = check_exhibit(exhibit_of(decode(bytes(spelled), max_bytes=10**6)), RING)
    except PeerError:
        return
    assert said == check_exhibit(shown, RING)


@given(
    st.sampled_from(EXHIBIT_KINDS),
    st.lists(st.binary(min_size=1, max_size=80), min_size=2, max_size=2),
    st.lists(st.binary(min_size=32, max_size=32), max_size=3),
    st.integers(-1, 9),
)
def test_hostile_parts_stay_inside_the_error_tree(
    kind: str, notes: list[bytes], proof: list[bytes], index: int
) -> None:
    shown = Exhibit(kind, RU, tuple(notes), tuple(proof), bytes(32), index)
    with pytest.raises(PeerError):
        check_exhibit(shown, RING)
    with pytest.raises(PeerError):
        check_exhibit(replace(TRUE[kind], proof=tuple(proof), leaf_hash=bytes(32)), RING)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5))
def test_hostile_bodies_stay_inside_the_error_tree(junk: Any) -> None:
    for name in exhibit_body(TRUE["split"]):
        body = {**exhibit_body(TRUE["split-entry"]), name: junk}
        try:
            exhibit_of(body)
        except PeerError:
            continue
        assert name in ("accused", "index", "proof", "leaf_hash", "notes")
    with pytest.raises(PeerError):
        exhibit_of(junk)


def test_lengths_are_bounded() -> None:
    good = TRUE["split-history"]
    for wrong in (
        {"kind": "guilty"}, {"notes": good.notes[:1]}, {"notes": (b"", b"")},
        {"notes": (b"x" * 66000, b"x")}, {"proof": (bytes(32),) * 128}, {"proof": (bytes(31),)},
        {"leaf_hash": bytes(31)}, {"index": -2}, {"index": 2**53},
    ):  # fmt: skip
        with pytest.raises(FormatError):
            replace(good, **wrong)


def test_a_log_that_only_grew_is_no_split() -> None:
    proof = tuple(ONE.tree.prefix_proof(6, 7))
    for kind, notes, steps in (
        ("split-history", (ONE.heads[6], ONE.heads[7]), proof),
        ("split-history", (ONE.heads[7], ONE.heads[6]), proof),
        ("split-history", (ONE.heads[6], OTHER.heads[6]), ()),
        ("split", (ONE.heads[6], ONE.heads[7]), ()),
        ("split", (ONE.heads[6], cosigned(ONE.heads[6], IL, T0_S)), ()),
        ("split", (ONE.heads[6], OTHER.heads[6]), proof),
    ):
        with pytest.raises(ForgedError):
            check_exhibit(Exhibit(kind, RU, notes, steps), RING)


def test_heads_of_two_epochs_are_no_split() -> None:
    second = Book(RU, epoch=2)
    for _ in range(6):
        second.say({"text": "new"})
    roster = replace(
        roster_of(RU),
        serial=2,
        epoch=2,
        terms=(Term(KEY.verifier, 1, 0, 9, "closed"), Term(KEY.verifier, 2, 0)),
    )
    ring = RING.with_roster(roster)
    with pytest.raises(ForgedError, match="the heads are of"):
        check_exhibit(Exhibit("split", RU, (ONE.heads[6], second.head())), ring)


def test_a_head_beyond_the_end_of_a_key_accuses_nobody() -> None:
    """Whoever holds a stolen key can sign what he likes: only what its term covers counts."""
    new = own_keys(RU, note="second").note.verifier
    for last, good in ((6, True), (5, False)):
        terms = (Term(KEY.verifier, 1, 0, last, "stolen"), Term(new, 1, last))
        ring = RING.with_roster(replace(roster_of(RU), serial=2, terms=terms))
        if good:
            assert check_exhibit(TRUE["split"], ring)
            continue
        with pytest.raises(ForgedError, match="stolen"):
            check_exhibit(TRUE["split"], ring)
        with pytest.raises(ForgedError, match="stolen"):
            check_exhibit(TRUE["two-receipts"], ring)


def test_words_by_a_key_that_has_ended_say_so() -> None:
    new = own_keys(RU, note="second").note.verifier
    terms = (Term(KEY.verifier, 1, 0, 9, "stolen"), Term(new, 1, 9))
    ring = RING.with_roster(replace(roster_of(RU), serial=2, terms=terms))
    assert "ended since" in check_exhibit(TRUE["two-words"], ring)
    assert "ended since" not in check_exhibit(TRUE["two-words"], RING)


def test_what_was_receipted_and_is_in_the_log_is_no_contradiction() -> None:
    leaf, proof = ONE.entries[5].leaf_hash(), tuple(ONE.tree.inclusion_proof(5, 6))
    honest = receipt(leaf_hash=leaf, note_hash=note_hash(ONE.entries[5].note))
    for shown in (
        Exhibit("receipt-contradicted", RU, (honest, ONE.heads[6]), proof, leaf, 5),
        Exhibit("receipt-contradicted", RU, (receipt(index=4), ONE.heads[6]), proof, leaf, 5),
        Exhibit("receipt-contradicted", RU, (receipt(), ONE.heads[6]), proof, bytes(32), 5),
        Exhibit("receipt-for-another-note", RU, (honest, ONE.entries[5].leaf())),
        Exhibit("receipt-for-another-note", RU, (receipt(), ONE.entries[5].leaf())),
        Exhibit("two-receipts", RU, (honest, receipt(index=4))),
    ):
        with pytest.raises(ForgedError):
            check_exhibit(shown, RING)


def test_a_receipt_later_than_the_head_by_its_own_clock_is_honest() -> None:
    """Equal seconds prove nothing: the head's time is a whole second, rounded down."""
    for at_ms in (T0_S * 1000, T0_S * 1000 + 1):
        shown = Exhibit("receipt-beyond-head", RU, (receipt(at_ms=at_ms), ONE.heads[5]))
        with pytest.raises(ForgedError):
            check_exhibit(shown, RING)
    early = receipt(at_ms=T0_S * 1000 - 1)
    with pytest.raises(ForgedError, match="covers the receipt"):
        check_exhibit(Exhibit("receipt-beyond-head", RU, (early, ONE.heads[6])), RING)


def test_only_the_logs_own_clock_counts_against_it() -> None:
    bare = sign(ONE.heads[5].split(b"\n\n")[0] + b"\n", KEY)
    notes = (receipt(at_ms=0), cosigned(bare, IL, T0_S))
    with pytest.raises(ForgedError, match="not later"):
        check_exhibit(Exhibit("receipt-beyond-head", RU, notes), RING)


def test_the_logs_own_clock_counts_while_its_key_was_in_force() -> None:
    witnesses = roster_of(RU).witnesses
    other = WitnessKey(own_keys(RU, note="x").witness.verifier)
    ended = (other, WitnessKey(witnesses[1].key, T0_S - 1))
    ring = RING.with_roster(replace(roster_of(RU), serial=2, witnesses=ended))
    with pytest.raises(ForgedError, match="does not count"):
        check_exhibit(TRUE["receipt-beyond-head"], ring)


def test_copies_for_two_addressees_are_one_word() -> None:
    copies = (words(copy_for=IL), words(copy_for="fr.example"))
    with pytest.raises(ForgedError, match="say the same"):
        check_exhibit(Exhibit("two-words", RU, copies), RING)


@pytest.mark.parametrize(
    "more",
    [{"item": "ru-2"}, {"version": 2}, {"number": 1}, {"item": None}, {"version": True},
     {"number": []}],
)  # fmt: skip
def test_words_about_different_things_are_two_words(more: dict[str, Any]) -> None:
    with pytest.raises(ForgedError, match="proves nothing"):
        check_exhibit(Exhibit("two-words", RU, (words(), words(**more))), RING)


def test_answers_are_numbered_and_only_the_same_number_is_the_same_word() -> None:
    first, again, second = words(number=1), words(number=1, text="no"), words(number=2, text="no")
    assert "number 1" in check_exhibit(Exhibit("two-words", RU, (first, again)), RING)
    with pytest.raises(ForgedError):
        check_exhibit(Exhibit("two-words", RU, (first, second)), RING)


def test_two_rosters_count_by_every_root_that_the_party_had() -> None:
    new = SigningKey(RU, b"\x0b" * 32)
    first = replace(roster_of(RU), next_root=root_hash(new.verifier))
    notes = (seal_roster(first, root_key(RU)), TRUE["two-rosters"].notes[1])
    taken_over = replace(roster_of(RU), serial=2, root=new.verifier)
    ring = Keyring.of([first, taken_over])
    assert "serial 1" in check_exhibit(Exhibit("two-rosters", RU, notes), ring)
    false = SigningKey(RU, b"\x0c" * 32)
    forged = seal_roster(replace(roster_of(RU), root=false.verifier), false)
    with pytest.raises(ForgedError, match="not known"):
        check_exhibit(Exhibit("two-rosters", RU, (notes[0], forged)), ring)


def test_rosters_of_two_serials_are_no_contradiction() -> None:
    later = seal_roster(replace(roster_of(RU), serial=2), root_key(RU))
    with pytest.raises(ForgedError, match="serials 1 and 2"):
        check_exhibit(Exhibit("two-rosters", RU, (roster_note(RU), later)), RING)


def test_a_decision_by_the_true_past_is_no_contradiction() -> None:
    book = book_of(RU)
    decision = book.decide("release")
    proof = tuple(book.tree.prefix_proof(1, 2))
    with pytest.raises(ForgedError, match="extends"):
        check_exhibit(Exhibit("decision-contradicted", RU, (decision, book.head()), proof), RING)


def test_slimming_keeps_the_accuseds_own_lines() -> None:
    wide = replace(TRUE["split"], notes=tuple(cosigned(n, IL, T0_S) for n in TRUE["split"].notes))
    assert slim(wide) == TRUE["split"]
    with pytest.raises(MalformedError):
        slim(replace(wide, accused="fr.example"))


def test_a_statement_in_anothers_name_is_no_exhibit() -> None:
    note = seal_exhibit(TRUE["split"], 5, own_keys(IL).note)
    text = note.split(b"\n\n")[0] + b"\n"
    with pytest.raises(ForgedError):
        open_exhibit(sign(text, KEY), RING.note_keys)
    with pytest.raises(FormatError):
        seal_exhibit(TRUE["split"], -1, own_keys(IL).note)
    with pytest.raises(ParleyError):
        open_exhibit(words(), RING.note_keys)


@given(st.integers(1, 300), st.data())
def test_the_length_of_an_inclusion_proof_is_known_beforehand(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(bytes([n % 256]) * 32 for n in range(size))
    assert inclusion_length(index, size) == len(tree.inclusion_proof(index, size))
    with pytest.raises(ForgedError):
        inclusion_length(size, size)


def test_heads_of_size_nothing_split_too() -> None:
    heads = [sign_checkpoint(Checkpoint(ONE.log, 0, bytes([n]) * 32), KEY) for n in (1, 2)]
    assert "size 0" in check_exhibit(Exhibit("split", RU, tuple(heads)), RING)
