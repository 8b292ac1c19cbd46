from __future__ import annotations

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
    ParleyError,
)
from parley.ledger import (
    ED25519_COSIGNER,
    MLDSA44_COSIGNER,
    Checkpoint,
    Cosignature,
    Entry,
    Kind,
    Receipt,
    SigningKey,
    leaf_hash,
    log_origin,
    open_checkpoint,
    open_receipt,
    parse_checkpoint,
    party_of,
    seal,
    seal_receipt,
    sign,
    sign_checkpoint,
)

IL = SigningKey("il.example", b"\x01" * 32)
RU = SigningKey("ru.example", b"\x02" * 32)
HEAD = Checkpoint("il.example/log/1", 3, bytes(range(32)))


@given(
    st.integers(0, 2**53 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text("abc é", min_size=1), max_size=3),
)
def test_a_checkpoint_text_round_trips(size: int, root: bytes, lines: list[str]) -> None:
    head = Checkpoint("ru.example/log/7", size, root, tuple(lines))
    assert parse_checkpoint(head.text()) == head


def test_the_example_of_the_specification_parses() -> None:
    # C2SP tlog-checkpoint, introduction.
    head = parse_checkpoint(
        b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"\n", b"a\n1\n", b"a\n1\nAAAA\n", b"a\n01\n" + b"A" * 43 + b"=\n", b"\xff\n1\nA\n",
        b"a\n-1\n" + b"A" * 43 + b"=\n", b"a\n1\n" + b"A" * 43 + b"=",
        b"\n1\n" + b"A" * 43 + b"=\n",
        b"a\n1\n" + b"A" * 43 + b"=\n\n", b"a\n1\n" + b"A" * 43 + b"=\n\nx\n",
        b"a\n1\n" + b"A" * 42 + b"B=\n", b"a\n9007199254740992\n" + b"A" * 43 + b"=\n",
        "a\n١\n".encode() + b"A" * 43 + b"=\n", b"a\n1\n\xc3\xa9\n",
    ],
)  # fmt: skip
def test_other_texts_are_malformed(text: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_checkpoint(text)


def test_a_cosigned_checkpoint_opens_with_the_logs_own_key_named() -> None:
    opened = open_checkpoint(sign_checkpoint(HEAD, RU, IL), [IL.verifier, RU.verifier])
    assert opened.checkpoint == HEAD
    assert opened.log_key == IL.verifier
    assert opened.signers == (RU.verifier, IL.verifier)


@pytest.mark.parametrize("origin", ["il.example/log/1", "il.example", "ru.example/x", "ru"])
def test_a_party_cannot_sign_another_partys_head(origin: str) -> None:
    head = sign_checkpoint(Checkpoint(origin, 1, bytes(32)), RU)
    with pytest.raises(ForgedError, match=r"signed by ru\.example only"):
        open_checkpoint(head, [IL.verifier, RU.verifier])


def test_a_statement_is_no_checkpoint() -> None:
    with pytest.raises(MalformedError):
        open_checkpoint(seal("il.example", {"size": 1}, IL), [IL.verifier])


def test_an_origin_names_party_and_epoch() -> None:
    assert log_origin("il.example", 12) == "il.example/log/12"
    assert party_of("il.example/log/12") == "il.example"
    assert party_of("il.example/log/0") == "il.example/log/0"
    assert party_of("example.com/behind-the-sofa") == "example.com/behind-the-sofa"
    for party, epoch in (("", 1), ("a b", 1), ("a", 0), ("a", 10**9)):
        with pytest.raises(InputError):
            log_origin(party, epoch)


@given(st.binary(max_size=100))
def test_hostile_checkpoints_stay_inside_the_error_tree(data: bytes) -> None:
    for call in (lambda: parse_checkpoint(data), lambda: open_checkpoint(data, [IL.verifier])):
        with pytest.raises(ParleyError):
            call()


@given(st.sampled_from(Kind), st.binary(min_size=16, max_size=16), st.binary(min_size=1))
def test_an_entry_is_kind_salt_note(kind: Kind, salt: bytes, note: bytes) -> None:
    entry = Entry(kind, salt, note)
    assert entry.leaf() == bytes([kind]) + salt + note
    assert Entry.from_leaf(entry.leaf()) == entry
    assert entry.leaf_hash() == leaf_hash(entry.leaf())


def test_the_salt_hides_the_note_from_a_guess() -> None:
    notes = [Entry(Kind.SENT, bytes([n]) * 16, b"the same note") for n in range(2)]
    assert notes[0].leaf_hash() != notes[1].leaf_hash()


@given(st.binary(max_size=40))
def test_hostile_leaves_stay_inside_the_error_tree(data: bytes) -> None:
    try:
        entry = Entry.from_leaf(data)
    except ParleyError:
        return
    assert entry.leaf() == data


def test_a_leaf_has_its_limits() -> None:
    full = bytes([1]) + bytes(16) + bytes(65536)
    assert Entry.from_leaf(full).note == bytes(65536)
    with pytest.raises(OversizeError):
        Entry.from_leaf(full + b"x")
    for leaf in (b"", b"\x01" + bytes(16), b"\x00" + bytes(20), b"\x07" + bytes(20)):
        with pytest.raises(MalformedError):
            Entry.from_leaf(leaf)


@pytest.mark.parametrize(("kind", "salt"), [(1, bytes(16)), (Kind.SENT, bytes(15))])
def test_an_entry_without_kind_or_salt_is_refused(kind: Any, salt: bytes) -> None:
    with pytest.raises(FormatError):
        Entry(kind, salt, b"x")


STAMP = Receipt(bytes(32), "ru.example/log/1", 4, b"\x01" * 32, 1_537_216_440_000)


def test_a_receipt_round_trips_and_names_its_party() -> None:
    data = seal_receipt(STAMP, RU)
    assert data.startswith(b"parley/receipt/v1\n")
    assert open_receipt(data, [RU.verifier]) == STAMP
    assert STAMP.party == "ru.example"


def test_nobody_signs_a_receipt_for_another_partys_log() -> None:
    with pytest.raises(FormatError, match=r"il\.example signs"):
        seal_receipt(STAMP, IL)
    forged = sign(seal_receipt(STAMP, RU).split(b"\n\n")[0] + b"\n", IL)
    with pytest.raises(ForgedError, match=r"il\.example"):
        open_receipt(forged, [IL.verifier, RU.verifier])


GOOD: dict[str, Any] = {
    "note_hash": "00" * 32, "log": "ru.example/log/1", "index": 4,
    "leaf_hash": "01" * 32, "at_ms": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"note_hash": "0" * 63}, {"note_hash": "AB" * 32}, {"note_hash": 1}, {"index": -1},
        {"index": True}, {"at_ms": "1"}, {"log": ""}, {"log": 3}, {"more": 1}, {"at_ms": None},
        {"leaf_hash": "zz" * 32}, {"leaf_hash": "0 " * 32}, {"leaf_hash": "é" * 64},
    ],
)  # fmt: skip
def test_a_receipt_has_five_members_of_their_types(change: dict[str, Any]) -> None:
    assert open_receipt(seal("parley/receipt/v1", GOOD, RU), [RU.verifier]).index == 4
    with pytest.raises(MalformedError):
        open_receipt(seal("parley/receipt/v1", {**GOOD, **change}, RU), [RU.verifier])


def test_another_statement_is_no_receipt() -> None:
    with pytest.raises(MalformedError, match="parley/msg/v1"):
        open_receipt(seal("parley/msg/v1", GOOD, RU), [RU.verifier])


@pytest.mark.parametrize(
    "change", [{"note_hash": b""}, {"index": -1}, {"at_ms": 2**53}, {"log": "a\nb"}]
)
def test_a_receipt_that_cannot_be_is_not_made(change: dict[str, Any]) -> None:
    good = {
        "note_hash": bytes(32),
        "log": "a/log/1",
        "index": 0,
        "leaf_hash": bytes(32),
        "at_ms": 0,
    }
    with pytest.raises(FormatError):
        Receipt(**{**good, **change})


@given(st.integers(0, 2**53 - 1), st.integers(0, 2**53 - 1))
def test_receipts_carry_any_index_and_time(index: int, at_ms: int) -> None:
    stamp = Receipt(bytes(32), "ru.example/log/1", index, bytes(32), at_ms)
    assert open_receipt(seal_receipt(stamp, RU), [RU.verifier]) == stamp


IL_TIMED = SigningKey("il.example", b"\x01" * 32, ED25519_COSIGNER)
IL_PQ = SigningKey("il.example", b"\x01" * 32, MLDSA44_COSIGNER)
RU_PQ = SigningKey("ru.example", b"\x02" * 32, MLDSA44_COSIGNER)
ALL = [key.verifier for key in (IL, IL_TIMED, IL_PQ, RU, RU_PQ)]


def test_cosignatures_are_listed_with_their_times_the_logs_own_too() -> None:
    note = sign_checkpoint(HEAD, IL_PQ, IL, RU_PQ, at_s=1_700_000_000)
    opened = open_checkpoint(note, ALL)
    assert opened.log_key == IL.verifier
    assert opened.cosignatures == (
        Cosignature(IL_PQ.verifier, 1_700_000_000),
        Cosignature(RU_PQ.verifier, 1_700_000_000),
    )
    assert open_checkpoint(note, [IL.verifier]).cosignatures == ()


@pytest.mark.parametrize("key", [IL_TIMED, IL_PQ], ids=["04", "06"])
def test_the_note_key_of_the_party_must_have_signed(key: SigningKey) -> None:
    with pytest.raises(ForgedError, match="note key"):
        open_checkpoint(sign_checkpoint(HEAD, key, RU, at_s=1), ALL)


def test_a_bad_cosignature_by_a_known_key_refuses_the_checkpoint() -> None:
    other = sign_checkpoint(Checkpoint(HEAD.origin, 4, HEAD.root), RU_PQ, at_s=1)
    mixed = sign_checkpoint(HEAD, IL) + other.split(b"\n\n")[1]
    assert open_checkpoint(mixed, [IL.verifier]).checkpoint == HEAD
    with pytest.raises(ForgedError, match=r"ru\.example"):
        open_checkpoint(mixed, ALL)
