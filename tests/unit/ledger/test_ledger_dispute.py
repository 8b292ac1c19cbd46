from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import ForgedError
from parley.ledger import (
    Checkpoint,
    EvidenceReport,
    Kind,
    SigningKey,
    Term,
    build_evidence,
    check_exhibit,
    link_heads,
    prove_entry,
    seal_roster,
    sign_checkpoint,
    verify_evidence,
)
from parley.ledger.dispute import Dispute, compare
from parley.testing.books import T0_S, Book, book_of, cosigned
from parley.testing.keys import own_keys, root_key, roster_note, roster_of

IL, RU, FR = PARTIES = ("il.example", "ru.example", "fr.example")
ROSTERS = [roster_note(party) for party in PARTIES]


def both(a: bytes, b: bytes) -> Dispute:
    """The dispute of two files, the same from both sides."""
    one, other = verify_evidence(a), verify_evidence(b)
    found = compare(one, other)
    assert compare(other, one) == found.mirrored()
    return found


def kinds(found: Dispute) -> list[str]:
    return [said.kind for said in found.contradictions]


def told(*, logged: bool = True) -> tuple[Book, Book, Any]:
    """il says something to ru at T0 + 1; both logs are cosigned before and after it."""
    ours, theirs = book_of(IL, (RU, FR)), book_of(RU, (IL, FR))
    for book in (ours, theirs):
        book.head(T0_S, {FR: T0_S})
    note = ours.say({"item": "il-1", "version": 1, "text": "clear"}, at_s=T0_S + 1, to=(RU,))
    receipt = theirs.take(note, T0_S + 2) if logged else None
    if receipt is not None:
        ours.add(Kind.RECEIVED, receipt)
    theirs.decide("release", at_s=T0_S + 3)
    for book in (ours, theirs):
        book.head(T0_S + 4, {FR: T0_S + 5})
    return ours, theirs, receipt


def test_what_both_logs_hold_is_agreed_with_its_places_and_times(world: Any) -> None:
    found = both(world.evidence, world.their_evidence)
    assert (found.a, found.b) == ((IL,), (RU,))
    (row,) = found.agreed
    assert row.a is not None
    assert row.b is not None
    assert (row.signers, row.a.log, row.a.index) == ((IL,), "il.example/log/1", 3)
    assert (row.b.log, row.b.index, row.b.kind) == ("ru.example/log/1", 3, Kind.RECEIVED)
    assert [receipt.party for receipt in row.a.receipts] == [RU]
    assert (found.contradictions, found.only_b) == ((), ())


def test_what_the_other_receipted_it_received_though_it_does_not_show_it() -> None:
    ours, theirs, receipt = told()
    found = both(
        ours.evidence([ours.item(3, [receipt]), ours.item(4)], PARTIES),
        theirs.evidence([theirs.item(4)], PARTIES),
    )
    said = {row.type: row.sentence for row in found.only_a}
    assert "ru.example receipted" in said["parley/msg/v1"]
    assert "so it was received" in said["parley/msg/v1"]
    assert said["parley/receipt/v1"].startswith("ru.example signed")
    assert [row.type for row in found.only_b] == ["parley/decision/v1"]
    assert found.contradictions == ()


def test_without_a_receipt_nothing_proves_that_it_arrived() -> None:
    ours, theirs, _ = told(logged=False)
    found = both(ours.evidence([ours.item(3)], PARTIES), theirs.evidence([theirs.item(3)], PARTIES))
    assert "Nothing proves that" in found.only_a[0].sentence
    assert "reached ru.example" in found.only_a[0].sentence
    assert "need not hold it" in found.only_b[0].sentence
    assert found.contradictions == ()


def test_a_third_partys_receipt_does_not_prove_that_this_one_received() -> None:
    ours, theirs, _ = told(logged=False)
    receipt = book_of(FR).take(ours.entries[3].note, T0_S + 2)
    found = both(
        ours.evidence([ours.item(3, [receipt])], PARTIES),
        theirs.evidence([theirs.item(3)], PARTIES),
    )
    assert "Nothing proves that" in found.only_a[0].sentence


def test_a_receipt_against_the_receivers_log_is_an_exhibit_across_the_files() -> None:
    """ru receipted the notice at index 3, and shows a log with something else there."""
    ours, _, receipt = told()
    rewritten = book_of(RU, (IL, FR))
    rewritten.decide("nothing heard", at_s=T0_S + 3)
    rewritten.head(T0_S + 4, {FR: T0_S + 5})
    found = both(
        ours.evidence([ours.item(3, [receipt])], PARTIES),
        rewritten.evidence([rewritten.item(3)], PARTIES),
    )
    assert kinds(found) == ["receipt-contradicted"]
    exhibit = found.contradictions[0].exhibit
    assert exhibit is not None
    assert exhibit.accused == RU
    assert check_exhibit(exhibit, verify_evidence(ours.evidence([ours.item(3)], PARTIES)).ring)


def test_two_heads_of_one_size_meet_between_the_files() -> None:
    """il logged that it cosigned ru's head; ru shows another head of that size."""
    shown, hidden = book_of(RU, (IL, FR)), book_of(RU, (IL, FR))
    shown.decide("yes")
    hidden.decide("no")
    ours = book_of(IL, (RU, FR))
    ours.add(Kind.COSIGNED, cosigned(hidden.head(T0_S), IL, T0_S + 1))
    ours.head(T0_S + 2)
    shown.head(T0_S)
    found = both(ours.evidence([ours.item(3)], PARTIES), shown.evidence([shown.item(3)], PARTIES))
    assert kinds(found) == ["split"]


def test_two_files_of_one_party_with_other_entries_are_a_split_log() -> None:
    one, other = book_of(RU, (IL, FR)), book_of(RU, (IL, FR))
    one.say({"text": "yes"})
    other.say({"text": "no"})
    other.say({"text": "more"})
    for book in (one, other):
        book.head(T0_S)
    found = both(one.evidence([one.item(3)], PARTIES), other.evidence([other.item(3)], PARTIES))
    assert kinds(found) == ["split-entry"]
    assert (found.a, found.b) == ((RU,), (RU,))


def test_two_words_to_two_parties_meet() -> None:
    """il told ru and fr different things under one item and version."""
    said = {}
    for party, text in ((RU, "north"), (FR, "south")):
        ours, theirs = book_of(IL), book_of(party, (IL,))
        note = ours.say({"item": "il-1", "version": 1, "text": text})
        receipt = theirs.take(note)
        theirs.head(T0_S)
        said[party] = theirs.evidence([theirs.item(2, [receipt])], PARTIES)
    found = both(said[RU], said[FR])
    assert kinds(found) == ["two-words"]
    assert found.agreed == ()


def test_cosignatures_in_one_file_bound_the_times_in_the_other() -> None:
    """ru leaves out the cosignature that shows that it logged the notice late; il kept it."""
    theirs = book_of(RU, (IL, FR))
    bare = theirs.head(T0_S)
    ours = book_of(IL, (RU, FR))
    note = ours.say({"text": "hello"}, at_s=T0_S, to=(RU,))
    ours.add(Kind.COSIGNED, cosigned(bare, IL, T0_S + 300))
    ours.head(T0_S + 301)
    receipt = theirs.take(note, T0_S + 1)
    theirs.head(T0_S + 302)
    hiding = theirs.evidence([theirs.item(3, [receipt])], PARTIES)
    assert verify_evidence(hiding).items[0].not_before_ms is None
    found = both(ours.evidence([ours.item(3), ours.item(4)], PARTIES), hiding)
    row = next(row for row in found.agreed)
    assert row.b is not None
    assert row.b.not_before_ms == (T0_S + 300) * 1000
    assert kinds(found) == ["receipt-time"]
    assert "by the cosignatures around it" in found.contradictions[0].sentence
    patient = compare(verify_evidence(hiding), verify_evidence(hiding), slack_ms=400_000)
    assert patient.contradictions == ()


def test_a_claimed_time_outside_the_cosignatures_is_a_contradiction() -> None:
    ours = book_of(IL, (RU, FR))
    ours.head(T0_S, {FR: T0_S + 100})
    ours.say({"text": "long ago"}, at_s=T0_S)
    ours.head(T0_S + 101, {FR: T0_S + 102})
    _, theirs, _ = told()
    found = both(ours.evidence([ours.item(3)], PARTIES), theirs.evidence([theirs.item(4)], PARTIES))
    assert kinds(found) == ["claimed-time"]
    assert found.contradictions[0].exhibit is None


def test_a_receipt_older_than_what_it_receipts_is_a_contradiction_of_clocks() -> None:
    ours = book_of(IL, (RU, FR))
    ours.head(T0_S, {FR: T0_S})
    note = ours.say({"text": "now"}, at_s=T0_S + 1, to=(RU,))
    ours.head(T0_S + 2, {FR: T0_S + 3})
    theirs = book_of(RU, (IL, FR))
    receipt = theirs.take(note, T0_S - 100)
    theirs.head(T0_S)
    found = both(
        ours.evidence([ours.item(3, [receipt])], PARTIES),
        theirs.evidence([theirs.item(0)], PARTIES),
    )
    assert "receipt-time" in kinds(found)
    assert any("without it" in said.sentence for said in found.contradictions)


def test_rosters_that_do_not_fit_are_said_and_accuse_across_the_files(world: Any) -> None:
    other = seal_roster(replace(roster_of(FR), at_ms=1), root_key(FR))
    theirs = world.theirs
    data = build_evidence([*ROSTERS[:2], other], [theirs.item(3)])
    found = both(world.evidence, data)
    assert kinds(found) == ["two-rosters"]
    false = SigningKey(FR, b"\x0c" * 32)
    forged = seal_roster(replace(roster_of(FR), root=false.verifier), false)
    found = both(world.evidence, build_evidence([*ROSTERS[:2], forged], [theirs.item(3)]))
    assert kinds(found) == ["rosters"]
    assert "different roots" in found.contradictions[0].sentence
    late = seal_roster(replace(roster_of(FR), serial=2, root=false.verifier), false)
    found = both(world.evidence, build_evidence([*ROSTERS[:2], late], [theirs.item(3)]))
    assert kinds(found) == ["rosters"]
    assert "do not follow" in found.contradictions[0].sentence


def test_whoever_invents_a_root_accuses_nobody_for_a_reader_with_pins(world: Any) -> None:
    """A file with a root that its maker invented for fr, and a split log under it."""
    root, note = (SigningKey(FR, bytes([n]) * 32) for n in (12, 13))
    forged = seal_roster(
        replace(roster_of(FR), root=root.verifier, terms=(Term(note.verifier, 1, 0),)), root
    )
    heads = [sign_checkpoint(Checkpoint(f"{FR}/log/1", 1, bytes([n]) * 32), note) for n in (1, 2)]
    data = build_evidence([*ROSTERS[:2], forged], [world.theirs.item(3)], heads=heads)
    (shown,) = verify_evidence(data).exhibits
    assert (shown.exhibit.accused, shown.pinned) == (FR, False)
    with pytest.raises(ForgedError, match="not the pinned"):
        verify_evidence(data, pinned=world.roots)
    mine = verify_evidence(world.evidence, pinned=world.roots)
    found = compare(mine, verify_evidence(data)).contradictions
    assert {said.kind for said in found} == {"rosters", "split"}
    assert not any(said.pinned for said in found)


def test_a_proof_against_a_pinned_party_is_called_pinned(world: Any) -> None:
    split = cosigned(world.theirs.heads[3], FR, T0_S)
    other = sign_checkpoint(Checkpoint(f"{RU}/log/1", 3, bytes(32)), own_keys(RU).note)
    data = build_evidence(ROSTERS, [world.theirs.item(3)], heads=[split, other])
    report = verify_evidence(data, pinned=world.roots)
    assert [(shown.exhibit.kind, shown.pinned) for shown in report.exhibits] == [("split", True)]
    found = compare(verify_evidence(world.evidence), report).contradictions
    assert [(said.kind, said.pinned) for said in found] == [("split", True)]


def test_a_file_agrees_with_itself(world: Any) -> None:
    found = both(world.evidence, world.evidence)
    assert len(found.agreed) == 4
    assert (found.only_a, found.only_b, found.contradictions) == ((), (), ())


def test_rows_stand_in_the_order_of_the_cosignatures_then_of_the_log(world: Any) -> None:
    report = verify_evidence(world.evidence)
    rows = compare(report, verify_evidence(world.their_evidence)).rows
    ours = [row.a.index for row in rows if row.a is not None]
    assert ours == sorted(ours)
    lower = [row.a.not_before_ms or 0 for row in rows if row.a is not None]
    assert lower == sorted(lower)


SAYS = st.sampled_from(["say", "take", "decide", "head", "cosigned head", "rewrite", "twice"])


def play(steps: list[tuple[str, str]]) -> dict[str, EvidenceReport]:
    """Two parties who speak, receipt, cosign, and sometimes tell their log anew."""
    books = {IL: book_of(IL, (RU, FR)), RU: book_of(RU, (IL, FR))}
    receipts: dict[bytes, bytes] = {}
    for number, (party, what) in enumerate(steps):
        book, other = books[party], books[RU if party == IL else IL]
        at_s = T0_S + 20 * number
        if what == "say":
            book.say({"item": f"i{number}", "version": 1}, at_s=at_s, to=(other.party,))
        elif what == "twice":
            book.say({"item": "same", "version": 1, "text": number}, at_s=at_s)
        elif what == "take":
            sent = [e.note for e in other.entries if e.kind is Kind.SENT]
            new = [note for note in sent if note not in {e.note for e in book.entries}]
            if new:
                receipts[new[0]] = book.take(new[0], at_s)
        elif what == "decide":
            book.decide("act", at_s=at_s)
        elif what == "rewrite":
            books[party] = book_of(party, (IL if party == RU else RU, FR))
            books[party].decide("anew", at_s=at_s)
        else:
            book.head(at_s, {FR: at_s + 1} if what == "cosigned head" else None)
    found = {}
    for party, book in books.items():
        book.head(T0_S + 1000)
        items = [
            prove_entry(
                book.tree, entry, book.log, index, book.checkpoint, book.tree.size,
                [receipts[entry.note]] if entry.note in receipts else (),
            )
            for index, entry in enumerate(book.entries)
        ]  # fmt: skip
        heads = list(book.heads.values())
        links = link_heads(book.tree, heads)
        found[party] = verify_evidence(build_evidence(ROSTERS, items, heads=heads, links=links))
    return found


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([IL, RU]), SAYS), max_size=10))
def test_swapping_the_files_swaps_the_sides_and_nothing_else(
    steps: list[tuple[str, str]],
) -> None:
    found = play(steps)
    a, b = found[IL], found[RU]
    dispute = compare(a, b)
    assert compare(b, a) == dispute.mirrored()
    assert dispute.mirrored().mirrored() == dispute
    hashes = {item.note_hash for item in (*a.items, *b.items)}
    assert {row.note_hash for row in dispute.rows} == hashes
    assert len(dispute.rows) == len(hashes)
    for said in dispute.contradictions:
        if said.exhibit is not None:
            assert check_exhibit(said.exhibit, a.ring) + "." == said.sentence
    honest = not any(what in ("rewrite", "twice") for _, what in steps)
    assert not honest or not any(said.exhibit for said in dispute.contradictions)


def disowning(party: str, last: int, at_ms: int = 0) -> bytes:
    """The party's second roster: its first note key was stolen, valid to this size."""
    first, new = roster_of(party), own_keys(party, note="second").note.verifier
    terms = (replace(first.terms[0], last=last, why="stolen"), Term(new, 1, last))
    return seal_roster(replace(first, serial=2, at_ms=at_ms, terms=terms), root_key(party))


def test_a_receipt_that_one_file_shows_disowned_counts_in_neither() -> None:
    """il's file is older than ru's roster, which ends the key before what it receipted."""
    ours, theirs, receipt = told()
    mine = ours.evidence([ours.item(3, [receipt]), ours.item(4)], PARTIES)
    heads = {1: sign_checkpoint(Checkpoint(theirs.log, 1, theirs.tree.root(1)), own_keys(RU).note)}
    first = prove_entry(theirs.tree, theirs.entries[0], theirs.log, 0, heads[1], 1)
    after = build_evidence([*ROSTERS, disowning(RU, 3)], [first])
    (row,) = (row for row in both(mine, after).only_a if row.type == "parley/msg/v1")
    assert row.a is not None
    assert (row.a.receipts, [one.party for one in row.a.disowned]) == ((), [RU])
    assert "whether ru.example or a thief signed is not known" in row.sentence
    assert "so it was received" not in row.sentence
