from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import (
    ForgedError,
    FormatError,
    InputError,
    MalformedError,
    ParleyError,
    PeerError,
)
from parley.ledger import (
    Checkpoint,
    Entry,
    Kind,
    Scope,
    SigningKey,
    Term,
    Tree,
    WitnessKey,
    build_evidence,
    encode,
    link_heads,
    party_policy,
    prove_entry,
    seal,
    seal_receipt,
    seal_roster,
    sign,
    sign_checkpoint,
    tlog_proof_of,
    verify_evidence,
)
from parley.ledger.canonical import b64, unb64
from parley.ledger.receipt import receipt_of
from parley.ledger.statement import parse_statement
from parley.ledger.tlogproof import TlogProof
from parley.testing.books import T0_S, book_of, cosigned
from parley.testing.keys import own_keys, root_key, roster_note, roster_of

HEAD = b"parley/evidence/v2\n"
IL, RU, FR = PARTIES = ("il.example", "ru.example", "fr.example")


def body_of(data: bytes) -> dict[str, Any]:
    body = json.loads(data.split(b"\n", 1)[1])
    assert isinstance(body, dict)
    return body


def file_of(body: Any) -> bytes:
    return HEAD + encode(body) + b"\n"


def stamp_of(world: Any) -> Any:
    return receipt_of(parse_statement(world.receipt.split(b"\n\n")[0] + b"\n")[1])


def test_evidence_says_who_said_what_and_who_received_it(world: Any) -> None:
    report = verify_evidence(world.evidence, pinned=world.roots)
    sent, got, decided, cosigned = report.items
    assert [item.index for item in report.items] == [3, 4, 5, 7]
    assert (sent.entry.note, sent.type, sent.log) == (
        world.notice, "parley/msg/v1", "il.example/log/1",
    )  # fmt: skip
    assert [signer.name for signer in sent.signers] == [IL]
    receipt = sent.receipts[0]
    assert (receipt.by.name, receipt.receipt.at_ms, receipt.item) == (RU, (T0_S + 6) * 1000, 1)
    assert receipt.in_log is None
    assert (got.type, got.entry.note) == ("parley/receipt/v1", world.receipt)
    assert (decided.type, cosigned.type) == ("parley/decision/v1", "")
    assert report.pinned is True
    assert (report.split_logs, report.exhibits, report.loose_logs) == ((), (), ())
    assert report.scope == Scope(IL, T0_S * 1000, ("notice:il-1",))


def test_the_receivers_own_file_shows_that_the_entry_is_in_its_log(world: Any) -> None:
    item = verify_evidence(world.their_evidence, pinned=world.roots).items[0]
    assert item.entry.kind is Kind.RECEIVED
    assert (item.receipts[0].in_log, item.receipts[0].within) == (True, True)


def test_an_entry_came_in_between_the_cosignatures_around_it(world: Any) -> None:
    sent, _, decided, _ = verify_evidence(world.evidence, pinned=world.roots).items
    assert (sent.not_before_ms, sent.not_after_ms) == ((T0_S + 2) * 1000, (T0_S + 11) * 1000 + 999)
    assert sent.claim_within is True
    assert sent.witnesses == ((FR, T0_S + 12), (RU, T0_S + 11))
    assert (decided.not_before_ms, decided.witnesses) == ((T0_S + 12) * 1000, ((FR, T0_S + 21),))


def test_back_dating_beyond_the_slack_is_said(world: Any) -> None:
    book = book_of(IL, PARTIES[1:])
    book.head(T0_S, {FR: T0_S + 600})
    book.say({"text": "we told you long ago"}, at_s=T0_S)
    book.head(T0_S + 700, {FR: T0_S + 701})
    data = book.evidence([book.item(3)], PARTIES)
    report = verify_evidence(data)
    assert report.items[0].claim_within is False
    assert any("does not lie between" in line for line in report.suspected)
    assert verify_evidence(data, slack_ms=600_000).items[0].claim_within is True


def test_an_unwitnessed_entry_is_said_to_be_so(world: Any) -> None:
    book = book_of(IL, PARTIES[1:])
    book.say({"text": "hello"})
    book.head(T0_S)
    item = verify_evidence(book.evidence([book.item(3)], PARTIES)).items[0]
    assert (item.witnessed, item.witnesses, item.claim_within) == (False, (), None)
    report = verify_evidence(world.evidence, quorum=2)
    assert [item.witnessed for item in report.items] == [True, True, False, False]
    assert any("unwitnessed (1 of 2)" in line for line in report.unknowable)


def test_a_log_does_not_witness_itself() -> None:
    book = book_of(IL, PARTIES[1:])
    book.say({"text": "hello"})
    book.head(T0_S, {IL: T0_S + 1})
    item = verify_evidence(book.evidence([book.item(3)], PARTIES)).items[0]
    assert (item.witnesses, item.not_after_ms) == ((), None)


def test_cosignatures_on_heads_that_are_not_linked_bound_nothing(world: Any) -> None:
    body = body_of(world.evidence)
    body["links"] = []
    for item in body["items"]:
        item["before"] = -1
    report = verify_evidence(file_of(body))
    assert report.loose_logs == ("il.example/log/1",)
    assert [item.not_before_ms for item in report.items] == [None] * 4
    assert any("one history" in line for line in report.unknowable)


def test_a_decision_tells_what_was_known(world: Any) -> None:
    found = verify_evidence(world.evidence).items[2].decision
    assert found is not None
    assert (found.decision.act, found.decision.size) == ("release", 5)
    assert (found.own, found.heads) == (True, (True,))
    body = body_of(world.evidence)
    body["items"][2]["history"] = []
    again = verify_evidence(file_of({**body, "items": body["items"][:3]})).items[2].decision
    assert again is not None
    assert (again.own, again.heads) == (None, (None,))


def test_a_decision_by_a_past_that_never_was_is_an_exhibit(world: Any) -> None:
    book = book_of(IL, PARTIES[1:])
    book.decide("release", root=bytes(32))
    book.head(T0_S)
    report = verify_evidence(book.evidence([book.item(3)], PARTIES))
    assert report.items[0].decision is not None
    assert report.items[0].decision.own is False
    assert [shown.exhibit.kind for shown in report.exhibits] == ["decision-contradicted"]


def test_an_item_is_a_tlog_proof_too(world: Any) -> None:
    item = verify_evidence(world.evidence).items[0]
    proof = TlogProof.parse(tlog_proof_of(item).to_bytes())
    keys, others = world.ring.roster(IL).note_keys, PARTIES[1:]
    policy = party_policy(keys, {p: world.ring.roster(p).witness_keys for p in others}, 2)
    proven = proof.verify(item.entry.leaf_hash(), keys, policy)
    assert sorted(set(proven.witnesses.values())) == [T0_S + 11, T0_S + 12]
    assert proof.extra == item.entry.leaf()


def test_without_pins_nothing_is_called_pinned(world: Any) -> None:
    report = verify_evidence(world.evidence)
    assert report.pinned is False
    assert not any(key.pinned for key in report.keys)


def test_half_the_pins_are_said_item_by_item(world: Any) -> None:
    report = verify_evidence(world.evidence, pinned={"il": world.roots[IL]})
    assert report.pinned is False
    assert report.items[0].signers[0].pinned is True
    assert report.items[0].receipts[0].by.pinned is False
    assert any(RU in line and "not pinned" in line for line in report.unknowable)


def test_a_false_root_for_a_pinned_name_is_forged(world: Any) -> None:
    other = SigningKey(RU, b"\x06" * 32)
    with pytest.raises(ForgedError, match="not the pinned") as caught:
        verify_evidence(world.evidence, pinned={"ru": other.verifier})
    assert caught.value.where == "rosters[1]"


def test_entries_that_were_not_chosen_stay_hidden(world: Any) -> None:
    for entry in (world.ours.entries[6], *world.theirs.entries):
        assert b64(entry.salt).encode() not in world.evidence
    assert b64(world.ours.entries[6].note).encode() not in world.evidence


@settings(max_examples=60)
@given(st.data())
def test_a_flipped_bit_changes_no_more_than_the_makers_claim(
    world: Any, data: st.DataObject
) -> None:
    bad = bytearray(world.their_evidence)
    place = data.draw(st.integers(0, 8 * len(bad) - 1))
    bad[place // 8] ^= 1 << place % 8
    good = verify_evidence(world.their_evidence)
    try:
        report = verify_evidence(bytes(bad))
    except PeerError:
        return
    assert replace(report, scope=good.scope) == good


@settings(max_examples=60)
@given(st.data())
def test_any_truncation_is_refused(world: Any, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(world.evidence) - 1))
    with pytest.raises(PeerError):
        verify_evidence(world.evidence[:end])


@settings(max_examples=40)
@given(st.sampled_from(["rosters", "heads", "links", "items"]), st.data())
def test_repeated_dropped_or_moved_parts_never_say_anything_else(
    world: Any, part: str, data: st.DataObject
) -> None:
    body = body_of(world.evidence)
    parts = body[part]
    one, other = (data.draw(st.integers(0, len(parts) - 1)) for _ in range(2))
    change = data.draw(st.sampled_from(["repeat", "drop", "swap", "copy"]))
    if change == "repeat":
        parts.insert(one, parts[other])
    elif change == "drop":
        del parts[one]
    elif change == "swap":
        parts[one], parts[other] = parts[other], parts[one]
    else:
        parts[one] = parts[other]
    good = {item.entry: item for item in verify_evidence(world.evidence).items}
    try:
        report = verify_evidence(file_of(body))
    except PeerError:
        return
    for item in report.items:
        was = good[item.entry]
        assert (item.log, item.index, item.signers) == (was.log, was.index, was.signers)
        assert set(item.witnesses) <= set(was.witnesses)
        assert item.not_after_ms is None or item.not_after_ms >= (was.not_after_ms or 0)


def test_swapped_members_are_refused_with_the_item_named(world: Any) -> None:
    changes: list[dict[str, Any]] = [
        {"index": 2}, {"index": 0}, {"kind": "received"}, {"kind": "observed"}, {"head": 0},
        {"head": 9}, {"head": -1}, {"log": "il.example/log/2"}, {"log": 3}, {"before": 1},
        {"before": -1}, {"before": -2}, {"history": [b64(bytes(32))]}, {"history": "x"},
        {"salt": b64(bytes(16))}, {"salt": b64(bytes(15))}, {"note": b64(world.receipt)},
        {"proof": []}, {"proof": [b64(bytes(32))]}, {"proof": "x"}, {"receipts": [1]},
        {"kind": "said"}, {"kind": []}, {"index": "1"}, {"index": True}, {"more": 1}, {"note": ""},
    ]  # fmt: skip
    for change in changes:
        body = body_of(world.evidence)
        body["items"][0] |= change
        with pytest.raises(PeerError) as caught:
            verify_evidence(file_of(body))
        assert caught.value.where.startswith("items[0]"), change


def test_a_receipt_for_another_note_is_refused(world: Any) -> None:
    body = body_of(world.evidence)
    other = seal_receipt(replace(stamp_of(world), note_hash=bytes(32)), own_keys(RU).note)
    body["items"][0]["receipts"] = [{"item": -1, "note": b64(other)}]
    with pytest.raises(ForgedError, match="is for note 0000") as caught:
        verify_evidence(file_of(body))
    assert caught.value.where == "items[0]"


def test_a_receipt_names_the_item_that_it_is(world: Any) -> None:
    for number in (-1, 0, 2, 9):
        body = body_of(world.evidence)
        body["items"][0]["receipts"][0]["item"] = number
        with pytest.raises(MalformedError) as caught:
            verify_evidence(file_of(body))
        assert caught.value.where == "items[0]"


def test_a_receipt_that_contradicts_its_log_is_a_finding(world: Any) -> None:
    theirs, key = world.theirs, own_keys(RU).note
    lie = seal_receipt(replace(stamp_of(world), leaf_hash=bytes(32)), key)
    elsewhere = seal_receipt(replace(stamp_of(world), index=9), key)
    item = theirs.item(3, [lie, elsewhere, world.receipt])
    report = verify_evidence(theirs.evidence([item], PARTIES))
    found = {shown.receipt: shown.in_log for shown in report.items[0].receipts}
    assert sorted(found.values(), key=str) == [False, None, True]
    kinds = {shown.exhibit.kind for shown in report.exhibits if shown.derived}
    assert kinds == {"receipt-contradicted", "two-receipts", "receipt-beyond-head"}
    assert all(shown.sentence + "." in report.proved for shown in report.exhibits)


def test_two_heads_of_one_size_are_a_split_log(world: Any) -> None:
    ours = world.ours
    other = sign_checkpoint(Checkpoint(ours.log, 5, bytes(32)), own_keys(IL).note)
    data = build_evidence(
        [roster_note(p) for p in PARTIES], [ours.item(3)], heads=[*ours.heads.values(), other]
    )
    report = verify_evidence(data, pinned=world.roots)
    assert report.split_logs == ("il.example/log/1",)
    assert [shown.exhibit.kind for shown in report.exhibits] == ["split"]


def test_a_link_that_leads_to_another_past_is_an_exhibit(world: Any) -> None:
    ours = world.ours
    other = sign_checkpoint(Checkpoint(ours.log, 4, bytes(32)), own_keys(IL).note)
    links = link_heads(ours.tree, [other, ours.heads[5]])
    data = build_evidence(
        [roster_note(p) for p in PARTIES], [ours.item(3)], heads=[other], links=links
    )
    report = verify_evidence(data)
    assert [shown.exhibit.kind for shown in report.exhibits] == ["split-history"]
    assert report.split_logs == report.loose_logs == (ours.log,)
    again = build_evidence(
        [roster_note(p) for p in PARTIES], [ours.item(3)],
        exhibits=[shown.exhibit for shown in report.exhibits],
    )  # fmt: skip
    assert [shown.derived for shown in verify_evidence(again).exhibits] == [False]


def test_a_link_that_leads_nowhere_is_refused(world: Any) -> None:
    changes: tuple[dict[str, Any], ...] = (
        {"proof": []},
        {"new": 0},
        {"old": 2, "new": 1},
        {"old": 9},
        {"proof": [1]},
    )
    for change in changes:
        body = body_of(world.evidence)
        body["links"][0] |= change
        with pytest.raises(PeerError) as caught:
            verify_evidence(file_of(body))
        assert caught.value.where == "links[0]", change


def test_an_exhibit_that_proves_nothing_is_refused(world: Any) -> None:
    body = body_of(world.evidence)
    head = b64(unb64(body["heads"][0]))
    body["exhibits"] = [
        {"accused": IL, "index": -1, "kind": "split", "leaf_hash": "", "notes": [head, head],
         "proof": []}
    ]  # fmt: skip
    with pytest.raises(PeerError) as caught:
        verify_evidence(file_of(body))
    assert caught.value.where == "exhibits[0]"


def test_signatures_of_strangers_are_left_out_by_the_maker_and_refused_by_the_reader(
    world: Any,
) -> None:
    ours, stranger = world.ours, SigningKey("stranger", b"\x07" * 32)
    line = sign(ours.heads[5].split(b"\n\n")[0] + b"\n", stranger).rsplit(b"\n\n", 1)[1]
    noisy = ours.heads[5] + line
    item = prove_entry(ours.tree, ours.entries[3], ours.log, 3, noisy, 5)
    body = body_of(build_evidence([roster_note(p) for p in PARTIES], [item]))
    assert unb64(body["heads"][0]) == ours.heads[5]
    body["heads"][0] = b64(noisy)
    with pytest.raises(MalformedError, match="stranger"):
        verify_evidence(file_of(body))


def test_keys_that_no_roster_names_are_unknown(world: Any) -> None:
    body = body_of(world.evidence)
    body["rosters"] = body["rosters"][:1]
    with pytest.raises(PeerError):
        verify_evidence(file_of(body))
    body = body_of(world.their_evidence)
    del body["rosters"][[unb64(n) for n in body["rosters"]].index(roster_note(RU))]
    with pytest.raises(PeerError):
        verify_evidence(file_of(body), pinned=world.roots)


def test_a_head_signed_by_the_wrong_party_is_forged(world: Any) -> None:
    body = body_of(world.evidence)
    head = Checkpoint(world.ours.log, 3, world.ours.tree.root(3))
    body["heads"][0] = b64(sign_checkpoint(head, own_keys(RU).note))
    with pytest.raises(ForgedError) as caught:
        verify_evidence(file_of(body))
    assert caught.value.where == "heads[0]"


def test_ended_keys_count_within_their_terms() -> None:
    old, new = own_keys(IL), own_keys(IL, note="second")
    book = book_of(IL, PARTIES[1:])
    note = book.say({"text": "before"})
    book.head(T0_S)
    rotated = replace(
        roster_of(IL),
        serial=2,
        terms=(
            Term(old.note.verifier, 1, 0, 4, "rotated"),
            Term(new.note.verifier, 1, 4),
        ),
    )
    after = seal_roster(rotated, root_key(IL))
    notes = [*(roster_note(p) for p in PARTIES), after]
    report = verify_evidence(build_evidence(notes, [book.item(3)]))
    assert report.items[0].entry.note == note
    assert report.items[0].signers[0].ended is True
    book.say({"text": "after"})
    head = book.head(T0_S)
    with pytest.raises(ForgedError, match="does not speak"):
        build_evidence(notes, [book.item(4)])
    text = head.split(b"\n\n")[0] + b"\n"
    book.heads[5] = sign(text, new.note)
    with pytest.raises(ForgedError, match="does not speak"):
        build_evidence(notes, [book.item(4)])


def test_a_cosigner_that_ended_before_is_no_witness() -> None:
    book = book_of(IL, PARTIES[1:])
    book.say({"text": "hello"})
    book.head(T0_S, {FR: T0_S + 100})
    keys = own_keys(FR)
    revoked = replace(
        roster_of(FR),
        serial=2,
        witnesses=(WitnessKey(keys.witness.verifier, T0_S), WitnessKey(keys.quantum.verifier)),
    )
    notes = [*(roster_note(p) for p in PARTIES), seal_roster(revoked, root_key(FR))]
    item = verify_evidence(build_evidence(notes, [book.item(3)])).items[0]
    assert (item.witnesses, item.witnessed) == ((), False)


@pytest.mark.parametrize(
    "data",
    [
        b"", HEAD, HEAD + b"{}\n", HEAD + b"[]\n", HEAD + b"{}", b"parley/evidence/v1\n{}\n",
        HEAD + b'{"exhibits":[],"heads":[],"items":[],"links":[],"rosters":[],"scope":1}\n',
        HEAD + b'{"exhibits":[],"heads":[],"items":[],"links":[],"rosters":["QQ=="],"scope":{}}\n',
        HEAD + b'{"exhibits":[],"heads":[],"items":3,"links":[],"rosters":[],"scope":{}}\n',
        HEAD + b"[" * 9999 + b"\n",
    ],
)  # fmt: skip
def test_files_that_are_no_evidence(data: bytes) -> None:
    with pytest.raises(PeerError):
        verify_evidence(data)


@given(st.binary(max_size=80), st.booleans())
def test_hostile_bytes_stay_inside_the_error_tree(data: bytes, headed: bool) -> None:
    with pytest.raises(ParleyError):
        verify_evidence(HEAD * headed + data)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8) | st.just("AAAA"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
PLACES = [
    *(("items", 0, name) for name in ("note", "kind", "salt", "log", "proof", "history")),
    *(("items", 0, name) for name in ("index", "head", "before", "receipts")),
    *(("links", 0, name) for name in ("old", "new", "proof")),
    *(("items", 0, "receipts", 0, name) for name in ("item", "note")),
    *(("scope", name) for name in ("refs", "maker", "made_ms", "from_ms", "until_ms", "remarks")),
    *((name,) for name in ("exhibits", "heads", "items", "links", "rosters", "scope")),
    *((name, 0) for name in ("exhibits", "heads", "items", "links", "rosters")),
]


@settings(max_examples=80)
@given(st.sampled_from(PLACES), JUNK)
def test_hostile_members_stay_inside_the_error_tree(
    world: Any, place: tuple[Any, ...], junk: Any
) -> None:
    body = body_of(world.evidence)
    inner: Any = body
    for step in place[:-1]:
        inner = inner[step]
    if place == ("exhibits", 0):
        inner.append(junk)
    else:
        inner[place[-1]] = junk
    good = verify_evidence(world.evidence)
    try:
        report = verify_evidence(file_of(body))
    except PeerError:
        return
    assert {item.entry for item in report.items} <= {item.entry for item in good.items}


def test_only_true_evidence_is_built(world: Any) -> None:
    ours, rosters = world.ours, [roster_note(p) for p in PARTIES]
    good = ours.item(3)
    with pytest.raises(ForgedError):
        build_evidence(rosters, [replace(good, index=2)])
    with pytest.raises(ForgedError, match=r"signed by ru\.example, fr\.example only"):
        build_evidence(rosters[1:], [good])
    with pytest.raises(FormatError):
        build_evidence([], [good])
    with pytest.raises(FormatError):
        build_evidence(rosters, [])
    with pytest.raises(MalformedError, match="twice"):
        build_evidence(rosters, [good, good])
    with pytest.raises(FormatError):
        prove_entry(ours.tree, ours.entries[2], ours.log, 1, ours.checkpoint, 5)
    with pytest.raises(InputError):
        prove_entry(ours.tree, ours.entries[1], ours.log, 9, ours.checkpoint, 5)


def test_one_set_of_parts_has_one_spelling(world: Any) -> None:
    ours, rosters = world.ours, [roster_note(p) for p in PARTIES]
    items = [ours.item(3, [world.receipt]), ours.item(4), ours.item(5)]
    heads = list(ours.heads.values())
    links = link_heads(ours.tree, heads)
    one = build_evidence(rosters, items, heads=heads, links=links)
    assert one == build_evidence(rosters, items[::-1], heads=heads[::-1], links=links[::-1])


@pytest.mark.parametrize(("kind", "author"), [(Kind.SENT, RU), (Kind.RECEIVED, IL)])
def test_a_note_in_the_wrong_mouth_is_refused(kind: Kind, author: str) -> None:
    note = seal("parley/msg/v1", {}, own_keys(author).note)
    entry, log = Entry(kind, bytes(16), note), "il.example/log/1"
    tree = Tree([entry.leaf_hash()])
    head = sign_checkpoint(Checkpoint(log, 1, tree.root()), own_keys(IL).note)
    with pytest.raises(ForgedError, match="signed by"):
        build_evidence(
            [roster_note(p) for p in PARTIES], [prove_entry(tree, entry, log, 0, head, 1)]
        )


def test_a_scope_is_short_lines_and_times() -> None:
    wrongs: tuple[dict[str, Any], ...] = (
        {"maker": "a\nb"},
        {"refs": ("x" * 401,)},
        {"made_ms": -2},
        {"until_ms": 2**53},
    )
    for wrong in wrongs:
        with pytest.raises(FormatError):
            Scope(**wrong)


def disowned_by_ru(at_s: int, *, cosigned_s: int | None = None) -> Any:
    """The report on il's file: ru receipted at place 3, and a roster of `at_s` ends its key at 2;
    il had cosigned ru's head of four entries at `cosigned_s`."""
    ours, theirs = book_of(IL, PARTIES[1:]), book_of(RU, (IL, FR))
    note = ours.say({"text": "hello"}, to=(RU,))
    receipt = theirs.take(note)
    ours.add(Kind.RECEIVED, receipt)
    if cosigned_s is not None:
        ours.add(Kind.COSIGNED, cosigned(theirs.head(T0_S), IL, cosigned_s))
    ours.head(T0_S)
    first, new = roster_of(RU), own_keys(RU, note="second").note.verifier
    terms = tuple(
        (replace(first.terms[0], last=last, why="stolen"), Term(new, 1, 3)) for last in (3, 2)
    )
    later = [
        replace(first, serial=2, at_ms=at_s * 1000, terms=terms[0]),
        replace(first, serial=3, at_ms=at_s * 1000 + 9, terms=terms[1]),
    ]
    notes = [*map(roster_note, PARTIES), *(seal_roster(each, root_key(RU)) for each in later)]
    items = [ours.item(3, [receipt]), *(ours.item(n) for n in range(4, ours.tree.size))]
    return verify_evidence(build_evidence(notes, items))


def test_a_disowned_receipt_is_the_word_of_a_key_not_of_its_party() -> None:
    report = disowned_by_ru(T0_S + 60)
    (shown,) = report.items[0].receipts
    assert (shown.disowned, shown.ended_at, shown.by.ended) == (True, 2, True)
    said = " ".join(report.proved)
    key = own_keys(RU).note.key_id.hex()
    assert f"Key {key} of ru.example signed a receipt for parley/msg/v1" in said
    assert (
        "roster 2 of ru.example, of 2018-09-17T20:34:20.000Z by its own word, ends that key at"
        " size 3, before this place" in said
    )
    assert not any(line.startswith("ru.example signed a receipt") for line in report.proved)
    assert "ru.example has ended the key that signed parley/receipt/v1" in said
    assert "Before roster" not in said
    unknown = " ".join(report.unknowable)
    assert "Whether ru.example or a thief signed the receipt for parley/msg/v1" in unknown
    assert "Whether ru.example or a thief signed parley/receipt/v1" in unknown


@pytest.mark.parametrize(("cosigned_s", "before"), [(59, True), (60, False), (61, False)])
def test_who_had_cosigned_beyond_the_place_before_it_was_disowned_is_said(
    cosigned_s: int, before: bool
) -> None:
    report = disowned_by_ru(T0_S + 60, cosigned_s=T0_S + cosigned_s)
    assert [head.key[:2] for head in report.disowned_heads] == [("ru.example/log/1", 4)]
    assert report.cosigned == ()
    said = [line for line in report.proved if line.startswith("Before roster 2 of ru.example")]
    assert len(said) == before
    if before:
        assert "reaches index 3: il.example (2018-09-17T20:34:19.000Z)" in said[0]
