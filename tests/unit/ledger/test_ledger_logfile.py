from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import (
    ForgedError,
    FormatError,
    IntegrityError,
    MalformedError,
    ParleyError,
    PeerError,
    ReplayError,
    UnknownPartyError,
)
from parley.ledger import (
    Kind,
    LogReport,
    Roster,
    SigningKey,
    Term,
    VerifyKey,
    WitnessKey,
    root_hash,
    seal,
    seal_roster,
    sign,
    verify_log,
    write_log,
)
from parley.testing.books import T0_S, Book, book_of, cosigned
from parley.testing.keys import own_keys, root_key, roster_note, roster_of

IL, RU, FR = PARTIES = ("il.example", "ru.example", "fr.example")
OLD, NEW = own_keys(IL), own_keys(IL, note="second")


def message(key: SigningKey, text: str = "hello") -> bytes:
    return seal("parley/msg/v1", {"text": text}, key)


def log_of(party: str, *notes: tuple[Kind, bytes], others: tuple[str, ...] = (RU,)) -> bytes:
    """A log that begins with the rosters of its owner and others, then `notes`."""
    book = book_of(party, others)
    for kind, note in notes:
        book.add(kind, note)
    book.head()
    return book.file()


def signed_by(book: Book, key: SigningKey) -> bytes:
    """The file under a head that only this note key signed."""
    text = book.head().split(b"\n\n")[0] + b"\n"
    book.heads[book.tree.size] = sign(text, key)
    return book.file()


def rotated(first: int, last: int, why: str = "rotated", *, epoch: int = 1) -> Roster:
    """The second roster of il: the old key ends at `last`, the new one speaks from `first`."""
    terms = (Term(OLD.note.verifier, 1, 0, last, why), Term(NEW.note.verifier, epoch, first))
    return replace(roster_of(IL), serial=2, epoch=epoch, terms=terms)


def frames(data: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Header, leaves, checkpoint: the file taken apart by its documented layout alone."""
    end = data.index(b"\n\n") + 2
    header, at, leaves = data[:end], end + 32, []
    while length := int.from_bytes(data[at : at + 4], "big"):
        leaves.append(data[at + 4 : at + 4 + length])
        at += 4 + length + 32
    at += 4
    length = int.from_bytes(data[at : at + 4], "big")
    assert at + 4 + length + 32 == len(data)
    return header, leaves, data[at + 4 : at + 4 + length]


def rebuild(header: bytes, leaves: list[bytes], checkpoint: bytes) -> bytes:
    """A file whose running hashes are all right: what a clever forger would write."""
    chain = sha256(header).digest()
    out = [header, chain]
    for leaf in leaves:
        chain = sha256(chain + sha256(b"\x00" + leaf).digest()).digest()
        out += [len(leaf).to_bytes(4, "big"), leaf, chain]
    end = sha256(chain + sha256(checkpoint).digest()).digest()
    return b"".join((*out, bytes(4), len(checkpoint).to_bytes(4, "big"), checkpoint, end))


def test_a_log_verifies_from_its_bytes_and_says_what_it_holds(world: Any) -> None:
    report = verify_log(world.ours.file(), pinned=world.roots)
    assert (report.party, report.epoch, report.size) == (IL, 1, 8)
    assert report.root_hex == world.ours.tree.root().hex()
    assert {kind: n for kind, n in report.counts.items() if n} == {
        Kind.KEYS: 3, Kind.SENT: 1, Kind.RECEIVED: 1, Kind.DECISION: 1, Kind.OBSERVED: 1,
        Kind.COSIGNED: 1,
    }  # fmt: skip
    assert (report.first_index, report.last_index, report.key_pinned) == (0, 7, True)
    notes = {s.key: (s.pinned, s.notes, s.first_index, s.last_index) for s in report.signers}
    assert notes[OLD.note.verifier] == (True, 3, 3, 6)
    assert notes[own_keys(RU).note.verifier] == (True, 2, 4, 7)
    assert notes[root_key(FR).verifier] == (True, 1, 2, 2)
    assert report.cosigners == (FR,)
    assert set(report.ring.rosters) == set(PARTIES)


def test_without_pins_the_log_only_agrees_with_itself(world: Any) -> None:
    report = verify_log(world.ours.file(), pinned=None)
    assert report.key_pinned is False
    assert not any(signer.pinned for signer in report.signers)


def test_chunks_of_any_size_give_the_same_report(world: Any) -> None:
    data = world.theirs.file()
    whole = verify_log(data, pinned=None)
    for size in (1, 7, 100, 10_000):
        chunks = (data[i : i + size] for i in range(0, len(data), size))
        assert verify_log(chunks, pinned=None) == whole
    assert verify_log(bytearray(data), pinned=None) == whole
    assert verify_log(memoryview(data), pinned=None) == whole


def test_the_layout_is_the_documented_one(world: Any) -> None:
    header, leaves, checkpoint = frames(world.ours.file())
    root = root_key(IL).verifier.to_vkey()
    assert header.decode() == f"parley/log/v2\n{IL}\n1\n{root}\n\n"
    assert leaves == [entry.leaf() for entry in world.ours.entries]
    assert checkpoint == world.ours.checkpoint
    assert rebuild(header, leaves, checkpoint) == world.ours.file()


@settings(max_examples=60)
@given(st.data())
def test_any_flipped_bit_is_refused_with_its_place(world: Any, data: st.DataObject) -> None:
    good = world.ours.file()
    place = data.draw(st.integers(0, 8 * len(good) - 1))
    bad = bytearray(good)
    bad[place // 8] ^= 1 << place % 8
    with pytest.raises(PeerError) as caught:
        verify_log(bytes(bad), pinned=None)
    assert caught.value.where.startswith(guilty(world, place // 8))


def guilty(world: Any, offset: int) -> str:
    at = world.ours.file().index(b"\n\n") + 2 + 32
    if offset < at:
        return "header"
    for index, entry in enumerate(world.ours.entries):
        at += 4 + len(entry.leaf()) + 32
        if offset < at:
            return f"entry {index}"
    return "entry 8" if offset < at + 4 else "checkpoint"


@settings(max_examples=60)
@given(st.data())
def test_any_truncation_is_refused(world: Any, data: st.DataObject) -> None:
    good = world.ours.file()
    with pytest.raises(PeerError) as caught:
        verify_log(good[: data.draw(st.integers(0, len(good) - 1))], pinned=None)
    assert caught.value.where


@settings(max_examples=40)
@given(st.data())
def test_a_removed_or_repeated_byte_is_refused(world: Any, data: st.DataObject) -> None:
    good = world.ours.file()
    at = data.draw(st.integers(0, len(good) - 1))
    for bad in (good[:at] + good[at + 1 :], good[: at + 1] + good[at:], good + good[at : at + 1]):
        if bad != good:
            with pytest.raises(PeerError):
                verify_log(bad, pinned=None)


def test_a_forger_who_mends_the_running_hashes_is_found_at_the_checkpoint(world: Any) -> None:
    header, leaves, checkpoint = frames(world.ours.file())
    salted = bytes([leaves[3][0]]) + bytes(16) + leaves[3][17:]
    for forged in (
        [*leaves[:3], salted, *leaves[4:]],
        leaves[:7],
        [*leaves, leaves[3]],
        [*leaves[:6], leaves[7], leaves[6]],
    ):
        with pytest.raises(ForgedError):
            verify_log(rebuild(header, forged, checkpoint), pinned=None)


def test_a_note_by_an_undeclared_key_is_refused_at_its_index() -> None:
    data = log_of(IL, (Kind.RECEIVED, message(own_keys(FR).note)))
    with pytest.raises(UnknownPartyError) as caught:
        verify_log(data, pinned=None)
    assert caught.value.where == "entry 2"


@pytest.mark.parametrize("kind", [Kind.SENT, Kind.DECISION, Kind.OBSERVED])
def test_a_peers_note_does_not_pass_as_our_own(kind: Kind) -> None:
    data = log_of(IL, (kind, message(own_keys(RU).note)))
    with pytest.raises(ForgedError, match=r"signed by ru\.example"):
        verify_log(data, pinned=None)


def test_our_own_note_does_not_pass_as_received() -> None:
    data = log_of(IL, (Kind.RECEIVED, message(OLD.note)))
    with pytest.raises(ForgedError, match="owner only"):
        verify_log(data, pinned=None)


def test_a_log_begins_with_its_owners_roster() -> None:
    for first in (message(OLD.note), roster_note(RU)):
        book = Book(IL)
        kind = Kind.KEYS if first == roster_note(RU) else Kind.SENT
        book.add(kind, first)
        book.head()
        with pytest.raises(PeerError) as caught:
            verify_log(book.file(), pinned=None)
        assert caught.value.where == "entry 0"


def test_a_log_without_an_entry_names_nobody() -> None:
    book = Book(IL)
    book.head()
    with pytest.raises(UnknownPartyError) as caught:
        verify_log(book.file(), pinned=None)
    assert caught.value.where == "checkpoint"


def test_a_log_under_another_root_than_the_pinned_is_forged(world: Any) -> None:
    other = SigningKey(IL, b"\x06" * 32).verifier
    for pinned in ({"il": other}, [other]):
        with pytest.raises(ForgedError, match="not the pinned") as caught:
            verify_log(world.ours.file(), pinned=pinned)
        assert caught.value.where == "header"
    assert verify_log(world.ours.file(), pinned=[world.roots[RU]]).key_pinned is False


def test_a_pinned_party_cannot_be_declared_under_another_root(world: Any) -> None:
    false = SigningKey(RU, b"\x06" * 32)
    roster = seal_roster(replace(roster_of(RU), root=false.verifier), false)
    data = log_of(IL, (Kind.KEYS, roster), others=())
    assert verify_log(data, pinned=[world.roots[IL]]).signers[1].pinned is False
    with pytest.raises(ForgedError, match="not the pinned") as caught:
        verify_log(data, pinned=[world.roots[IL], world.roots[RU]])
    assert caught.value.where == "entry 1"


def test_two_rosters_of_one_serial_are_refused_the_same_one_twice_is_not() -> None:
    other = seal_roster(replace(roster_of(RU), at_ms=1), root_key(RU))
    with pytest.raises(ReplayError) as caught:
        verify_log(log_of(IL, (Kind.KEYS, other)), pinned=None)
    assert caught.value.where == "entry 2"
    assert verify_log(log_of(IL, (Kind.KEYS, roster_note(RU))), pinned=None).size == 3


def test_the_first_roster_of_a_log_may_be_a_later_one_of_its_owner() -> None:
    later = replace(roster_of(IL), serial=7)
    book = Book(IL)
    book.add(Kind.KEYS, seal_roster(later, root_key(IL)))
    book.head()
    assert verify_log(book.file(), pinned=None).ring.roster(IL).serial == 7


def test_a_roster_by_the_announced_root_takes_over() -> None:
    root, thief = (SigningKey(IL, bytes([n]) * 32) for n in (11, 12))
    first = replace(roster_of(IL), next_root=root_hash(root.verifier))
    for signer, good in ((root, True), (thief, False)):
        book = Book(IL)
        book.add(Kind.KEYS, seal_roster(first, root_key(IL)))
        second = replace(roster_of(IL), serial=2, root=signer.verifier)
        book.add(Kind.KEYS, seal_roster(second, signer))
        book.head()
        if good:
            report = verify_log(book.file(), pinned=[root_key(IL).verifier])
            assert report.ring.roots_of(IL) == (root_key(IL).verifier, root.verifier)
            continue
        with pytest.raises(ForgedError, match="not announced"):
            verify_log(book.file(), pinned=None)


def test_a_rotated_key_speaks_up_to_its_last_size_and_the_new_one_from_its_first() -> None:
    """Two entries of the old key are under way while the new one begins."""
    note = seal_roster(rotated(3, 5), root_key(IL))
    for keys, guilty_entry in (
        ((NEW, OLD, NEW), ""),
        ((OLD, OLD, NEW), ""),
        ((NEW, NEW, OLD), "entry 5"),
    ):
        book = book_of(IL, (RU,))
        book.add(Kind.KEYS, note)
        for key in keys:
            book.add(Kind.SENT, message(key.note))
        data = signed_by(book, NEW.note)
        if not guilty_entry:
            assert verify_log(data, pinned=None).key == NEW.note.verifier
            continue
        with pytest.raises(ForgedError, match="rotated at 5") as caught:
            verify_log(data, pinned=None)
        assert caught.value.where == guilty_entry


def test_a_key_does_not_speak_before_its_first_index() -> None:
    book = book_of(IL, (RU,))
    book.add(Kind.KEYS, seal_roster(rotated(4, 4), root_key(IL)))
    book.add(Kind.SENT, message(NEW.note))
    with pytest.raises(ForgedError, match="does not speak at index 3"):
        verify_log(signed_by(book, NEW.note), pinned=None)


@pytest.mark.parametrize(("first", "last"), [(2, 2), (2, 1)])
def test_a_revoked_key_beyond_its_last_valid_size_is_refused(first: int, last: int) -> None:
    revoked = rotated(first, last, "stolen")
    book = book_of(IL, (RU,))
    book.add(Kind.KEYS, seal_roster(revoked, root_key(IL)))
    assert verify_log(signed_by(book, NEW.note), pinned=None).size == 3
    book.add(Kind.SENT, message(OLD.note, "by the thief"))
    with pytest.raises(ForgedError, match="stolen") as caught:
        verify_log(signed_by(book, NEW.note), pinned=None)
    assert caught.value.where == "entry 3"


def test_a_head_by_a_revoked_key_is_refused() -> None:
    book = book_of(IL, (RU,))
    book.add(Kind.KEYS, seal_roster(rotated(3, 3, "stolen"), root_key(IL)))
    book.add(Kind.SENT, message(NEW.note))
    with pytest.raises(ForgedError, match="stolen") as caught:
        verify_log(signed_by(book, OLD.note), pinned=None)
    assert caught.value.where == "checkpoint"


def test_a_peer_whose_key_ended_is_refused_from_its_new_roster_on() -> None:
    old, new = own_keys(RU), own_keys(RU, note="second")
    terms = (Term(old.note.verifier, 1, 0, 9, "stolen"), Term(new.note.verifier, 1, 9))
    roster = seal_roster(replace(roster_of(RU), serial=2, terms=terms), root_key(RU))
    before = (Kind.RECEIVED, message(old.note))
    data = log_of(IL, before, (Kind.KEYS, roster), (Kind.RECEIVED, message(new.note)))
    assert verify_log(data, pinned=None).size == 5
    with pytest.raises(ForgedError, match="not in force") as caught:
        verify_log(log_of(IL, (Kind.KEYS, roster), before), pinned=None)
    assert caught.value.where == "entry 3"


def test_a_receipt_by_an_ended_key_counts_for_the_places_of_its_term() -> None:
    old, new = own_keys(RU), own_keys(RU, note="second")
    theirs, sent = book_of(RU), message(OLD.note)
    receipts = [theirs.receipt(sent, index) for index in (8, 9)]
    terms = (Term(old.note.verifier, 1, 0, 9, "rotated"), Term(new.note.verifier, 1, 9))
    roster = seal_roster(replace(roster_of(RU), serial=2, terms=terms), root_key(RU))
    data = log_of(IL, (Kind.SENT, sent), (Kind.KEYS, roster), (Kind.RECEIVED, receipts[0]))
    assert verify_log(data, pinned=None).size == 5
    with pytest.raises(ForgedError, match="does not speak at index 9"):
        verify_log(log_of(IL, (Kind.KEYS, roster), (Kind.RECEIVED, receipts[1])), pinned=None)


def test_a_cosigned_entry_is_a_peers_head_that_the_owner_cosigned() -> None:
    theirs = book_of(RU)
    bare = theirs.head(T0_S)
    assert verify_log(log_of(IL, (Kind.COSIGNED, cosigned(bare, IL, T0_S))), pinned=None).size == 3
    own = book_of(IL).head(T0_S, {RU: T0_S})
    others = cosigned(bare, FR, T0_S)
    for wrong, where in ((bare, (RU,)), (own, (RU,)), (others, (RU, FR))):
        with pytest.raises(ForgedError) as caught:
            verify_log(log_of(IL, (Kind.COSIGNED, wrong), others=where), pinned=None)
        assert caught.value.where == f"entry {1 + len(where)}"


def test_a_cosignature_after_the_cosigners_end_is_refused() -> None:
    ended = replace(
        roster_of(IL),
        serial=2,
        witnesses=(
            WitnessKey(OLD.witness.verifier, T0_S),
            WitnessKey(OLD.quantum.verifier),
        ),
    )
    roster = (Kind.KEYS, seal_roster(ended, root_key(IL)))
    for at_s, good in ((T0_S, True), (T0_S + 1, False)):
        head = cosigned(book_of(RU).head(T0_S), IL, at_s)
        data = log_of(IL, roster, (Kind.COSIGNED, head))
        if good:
            assert verify_log(data, pinned=None).size == 4
            continue
        with pytest.raises(ForgedError, match="does not count"):
            verify_log(data, pinned=None)


def test_a_final_head_cosigned_after_the_end_of_a_key_has_no_such_cosigner() -> None:
    witnesses = roster_of(RU).witnesses
    ended = replace(roster_of(RU), witnesses=(WitnessKey(witnesses[0].key, T0_S), witnesses[1]))
    book = book_of(IL)
    book.add(Kind.KEYS, seal_roster(ended, root_key(RU)))
    for at_s, cosigners in ((T0_S, (RU,)), (T0_S + 1, ())):
        book.head(T0_S, {RU: at_s})
        assert verify_log(book.file(), pinned=None).cosigners == cosigners


def test_a_second_epoch_is_a_log_of_its_own() -> None:
    """A key of the first epoch does not speak in the second, whose log begins at 0 again."""
    roster = seal_roster(rotated(0, 12, "restored", epoch=2), root_key(IL))
    book = Book(IL, epoch=2)
    book.add(Kind.KEYS, roster)
    book.add(Kind.KEYS, roster_note(RU))
    book.add(Kind.SENT, message(NEW.note))
    report = verify_log(signed_by(book, NEW.note), pinned=[root_key(IL).verifier])
    assert (report.epoch, report.size, report.checkpoint.origin) == (2, 3, f"{IL}/log/2")
    assert report.key_pinned is True
    book.add(Kind.SENT, message(OLD.note))
    with pytest.raises(ForgedError, match="of log 2") as caught:
        verify_log(signed_by(book, NEW.note), pinned=None)
    assert caught.value.where == "entry 3"


def test_a_log_of_the_first_epoch_ends_where_the_second_began() -> None:
    book = book_of(IL, (RU,))
    book.add(Kind.KEYS, seal_roster(rotated(0, 12, "restored", epoch=2), root_key(IL)))
    book.add(Kind.SENT, message(OLD.note))
    assert verify_log(book.head() and book.file(), pinned=None).epoch == 1
    book.add(Kind.SENT, message(NEW.note))
    with pytest.raises(ForgedError, match="of log 1"):
        verify_log(book.head() and book.file(), pinned=None)


def test_progress_ends_at_the_whole_and_entries_come_in_order(world: Any) -> None:
    data, steps, seen = world.ours.file(), [], []
    verify_log(
        data,
        pinned=None,
        progress=lambda entries, done: steps.append((entries, done)),
        on_entry=lambda index, entry, opened: seen.append((index, entry, opened.text)),
    )
    assert steps[-1] == (8, len(data))
    assert [(index, entry) for index, entry, _ in seen] == list(enumerate(world.ours.entries))


def test_a_checkpoint_of_other_leaves_is_our_own_error(world: Any) -> None:
    leaves, root = [entry.leaf() for entry in world.ours.entries], root_key(IL).verifier
    for wrong in (leaves[:-1], [*leaves[1:], leaves[0]]):
        with pytest.raises(IntegrityError):
            list(write_log(IL, 1, root, wrong, world.ours.checkpoint))
    with pytest.raises(IntegrityError):
        list(write_log(IL, 2, root, leaves, world.ours.checkpoint))
    with pytest.raises(FormatError):
        list(write_log(RU, 1, root, leaves, world.ours.checkpoint))


def test_a_leaf_that_does_not_parse_is_our_own_error(world: Any) -> None:
    for leaves, head, place in (
        ([b"\x01"], world.ours.checkpoint, "entry 0"),
        ([], b"x", "checkpoint"),
    ):
        with pytest.raises(IntegrityError) as caught:
            list(write_log(IL, 1, root_key(IL).verifier, leaves, head))
        assert caught.value.where == place


def test_another_epoch_in_the_header_is_refused(world: Any) -> None:
    header, leaves, checkpoint = frames(world.ours.file())
    other = header.replace(b"\n1\n", b"\n2\n")
    with pytest.raises(PeerError):
        verify_log(rebuild(other, leaves, checkpoint), pinned=None)


HEADERS = st.sampled_from([b"", b"parley/log/v2\n", b"parley/log/v2\na\n1\nb\n\n"])


@given(HEADERS, st.binary(max_size=200), st.booleans())
def test_hostile_logs_stay_inside_the_error_tree(head: bytes, tail: bytes, mended: bool) -> None:
    data = head + (sha256(head).digest() if mended else b"") + tail
    with pytest.raises(ParleyError):
        verify_log(data, pinned=None)


@given(st.lists(st.binary(max_size=60), max_size=3), st.binary(max_size=60))
def test_hostile_leaves_and_checkpoints_with_right_hashes_too(
    world: Any, leaves: list[bytes], checkpoint: bytes
) -> None:
    header = frames(world.ours.file())[0]
    with pytest.raises(ParleyError):
        verify_log(rebuild(header, [leaf for leaf in leaves if leaf], checkpoint), pinned=None)


@pytest.mark.parametrize("body", [b"{}", b'{"keys":[]}', b"[]", b"{", b'{"party":"il.example"}'])
def test_a_roster_that_does_not_parse_is_malformed(body: bytes) -> None:
    note = sign(b"parley/roster/v1\n" + body + b"\n", root_key(RU))
    with pytest.raises(MalformedError) as caught:
        verify_log(log_of(IL, (Kind.KEYS, note)), pinned=None)
    assert caught.value.where == "entry 2"


def test_the_report_is_plain_data(world: Any) -> None:
    report = verify_log(world.theirs.file(), pinned=None)
    assert isinstance(report, LogReport)
    assert isinstance(report.key, VerifyKey)
    assert report.checkpoint.size == report.size == 4
