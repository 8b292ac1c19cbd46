from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import (
    ForgedError,
    FormatError,
    InputError,
    ParleyError,
    PeerError,
    UnknownPartyError,
)
from parley.ledger import (
    Checkpoint,
    Entry,
    Kind,
    SigningKey,
    Tree,
    build_evidence,
    encode,
    open_receipt,
    prove_entry,
    seal,
    seal_receipt,
    sign_checkpoint,
    verify_evidence,
)
from parley.ledger.canonical import b64

HEAD = b"parley/evidence/v1\n"


def body_of(data: bytes) -> dict[str, Any]:
    body = json.loads(data.split(b"\n", 1)[1])
    assert isinstance(body, dict)
    return body


def file_of(body: Any) -> bytes:
    return HEAD + encode(body) + b"\n"


def test_evidence_says_who_said_what_and_who_received_it(world: Any) -> None:
    report = verify_evidence(
        world.evidence, pinned={"il": world.il.verifier, "ru": world.ru.verifier}
    )
    sent, received = report.items
    assert (sent.entry.kind, sent.log, sent.index, sent.size) == (
        Kind.SENT, "il.example/log/1", 1, 5,
    )  # fmt: skip
    assert (sent.entry.note, sent.type) == (world.notice, "parley/msg/v1")
    assert [signer.name for signer in sent.signers] == ["il.example"]
    receipt = sent.receipts[0]
    assert (receipt.by.name, receipt.receipt.at_ms) == ("ru.example", 1_537_216_440_000)
    assert receipt.in_log is True
    assert (received.entry.kind, received.log) == (Kind.RECEIVED, "ru.example/log/1")
    assert report.pinned is True
    assert report.split_logs == ()


def test_without_pins_nothing_is_called_pinned(world: Any) -> None:
    report = verify_evidence(world.evidence)
    assert report.pinned is False
    assert [key.pinned for key in report.keys] == [False, False]


def test_half_the_pins_are_said_item_by_item(world: Any) -> None:
    report = verify_evidence(world.evidence, pinned={"il": world.il.verifier})
    assert report.pinned is False
    assert report.items[0].signers[0].pinned is True
    assert report.items[0].receipts[0].by.pinned is False


def test_a_false_key_for_a_pinned_name_is_forged(world: Any) -> None:
    other = SigningKey("ru.example", b"\x06" * 32)
    with pytest.raises(ForgedError, match="not the pinned"):
        verify_evidence(world.evidence, pinned={"ru": other.verifier})


def test_entries_that_were_not_chosen_stay_hidden(world: Any) -> None:
    roster, _, _, seen, _ = world.ours.entries
    for entry in (roster, seen, world.theirs.entries[0]):
        assert b64(entry.note).encode() not in world.evidence
        assert b64(entry.salt).encode() not in world.evidence


@given(st.data())
def test_any_flipped_bit_is_refused(world: Any, data: st.DataObject) -> None:
    bad = bytearray(world.evidence)
    place = data.draw(st.integers(0, 8 * len(bad) - 1))
    bad[place // 8] ^= 1 << place % 8
    with pytest.raises(PeerError):
        verify_evidence(bytes(bad))


@given(st.data())
def test_any_truncation_is_refused(world: Any, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(world.evidence) - 1))
    with pytest.raises(PeerError):
        verify_evidence(world.evidence[:end])


def test_swapped_parts_are_refused_with_the_item_named(world: Any) -> None:
    changes: list[dict[str, Any]] = [
        {"index": 2}, {"index": 0}, {"kind": "sent"}, {"kind": "observed"}, {"checkpoint": 0},
        {"checkpoint": 2}, {"checkpoint": -1}, {"log": "il.example/log/1"}, {"log": 3},
        {"salt": b64(bytes(16))}, {"salt": b64(bytes(15))}, {"note": b64(world.receipt)},
        {"proof": []}, {"proof": [b64(bytes(32))]}, {"proof": "x"}, {"receipts": [1]},
        {"kind": "said"}, {"kind": []}, {"index": "1"}, {"index": True}, {"more": 1}, {"note": ""},
    ]  # fmt: skip
    for change in changes:
        body = body_of(world.evidence)
        body["items"][1] |= change
        with pytest.raises(PeerError) as caught:
            verify_evidence(file_of(body))
        assert caught.value.where.startswith("items[1]"), change


def test_a_receipt_for_another_note_is_refused(world: Any) -> None:
    body = body_of(world.evidence)
    stamp = open_receipt(world.receipt, [world.ru.verifier])
    other = seal_receipt(replace(stamp, note_hash=bytes(32)), world.ru)
    body["items"][0]["receipts"] = [b64(other)]
    with pytest.raises(ForgedError, match="is for note 0000") as caught:
        verify_evidence(file_of(body))
    assert caught.value.where == "items[0]"


def test_a_receipt_that_contradicts_its_log_is_a_finding(world: Any) -> None:
    stamp = open_receipt(world.receipt, [world.ru.verifier])
    lie = seal_receipt(replace(stamp, leaf_hash=bytes(32)), world.ru)
    elsewhere = seal_receipt(replace(stamp, index=9), world.ru)
    body = body_of(world.evidence)
    body["items"][0]["receipts"] = [b64(lie), b64(elsewhere), b64(world.receipt)]
    receipts = verify_evidence(file_of(body)).items[0].receipts
    assert [receipt.in_log for receipt in receipts] == [False, None, True]


def test_two_heads_of_one_size_are_a_split_log(world: Any) -> None:
    body = body_of(world.evidence)
    head = Checkpoint(world.ours.log, 5, bytes(32))
    body["checkpoints"].append(b64(sign_checkpoint(head, world.il)))
    assert verify_evidence(file_of(body)).split_logs == ("il.example/log/1",)


def test_keys_that_the_file_does_not_name_are_unknown(world: Any) -> None:
    body = body_of(world.evidence)
    body["keys"] = body["keys"][:1]
    with pytest.raises(UnknownPartyError):
        verify_evidence(file_of(body))
    assert verify_evidence(file_of(body), pinned={"ru": world.ru.verifier}).items


def test_a_head_signed_by_the_wrong_party_is_forged(world: Any) -> None:
    body = body_of(world.evidence)
    head = Checkpoint(world.ours.log, 5, world.ours.tree.root())
    body["checkpoints"][0] = b64(sign_checkpoint(head, world.ru))
    with pytest.raises(ForgedError) as caught:
        verify_evidence(file_of(body))
    assert caught.value.where == "checkpoints[0]"


@pytest.mark.parametrize(
    "data",
    [
        b"", HEAD, HEAD + b"{}\n", HEAD + b"[]\n", HEAD + b"{}", b"parley/evidence/v2\n{}\n",
        HEAD + b'{"checkpoints":[],"items":[],"keys":[]}\n',
        HEAD + b'{"checkpoints":[],"items":[],"keys":["a+b"]}\n',
        HEAD + b'{"checkpoints":[],"items":3,"keys":["a"]}\n', HEAD + b"[" * 9999 + b"\n",
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
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
ITEM_FIELDS = ["note", "kind", "salt", "log", "index", "proof", "checkpoint", "receipts"]


@given(st.sampled_from(ITEM_FIELDS), JUNK)
def test_hostile_members_stay_inside_the_error_tree(world: Any, field: str, junk: Any) -> None:
    body = body_of(world.evidence)
    if field in ("receipts", "checkpoint", "index") and junk in ([], 0, 1):
        return
    body["items"][0][field] = junk
    with pytest.raises(PeerError):
        verify_evidence(file_of(body))


@given(st.sampled_from(["keys", "checkpoints", "items"]), JUNK)
def test_hostile_parts_stay_inside_the_error_tree(world: Any, part: str, junk: Any) -> None:
    body = body_of(world.evidence)
    if part == "items" and junk == []:
        return
    body[part] = junk
    with pytest.raises(PeerError):
        verify_evidence(file_of(body))


def test_only_true_evidence_is_built(world: Any) -> None:
    ours, keys = world.ours, [world.il.verifier, world.ru.verifier]
    good = prove_entry(ours.tree, ours.entries[1], ours.log, 1, ours.checkpoint, 5)
    with pytest.raises(ForgedError):
        build_evidence(keys, [replace(good, index=2)])
    with pytest.raises(UnknownPartyError):
        build_evidence(keys[1:], [good])
    with pytest.raises(FormatError):
        build_evidence([], [good])
    with pytest.raises(FormatError):
        build_evidence(keys, [])
    with pytest.raises(FormatError):
        prove_entry(ours.tree, ours.entries[2], ours.log, 1, ours.checkpoint, 5)
    with pytest.raises(InputError):
        prove_entry(ours.tree, ours.entries[1], ours.log, 7, ours.checkpoint, 5)


@pytest.mark.parametrize(("kind", "author"), [(Kind.SENT, "ru"), (Kind.RECEIVED, "il")])
def test_a_note_in_the_wrong_mouth_is_refused(world: Any, kind: Kind, author: str) -> None:
    note = seal("parley/msg/v1", {}, world.ru if author == "ru" else world.il)
    entry, log = Entry(kind, bytes(16), note), world.ours.log
    tree = Tree([entry.leaf_hash()])
    head = sign_checkpoint(Checkpoint(log, 1, tree.root()), world.il)
    with pytest.raises(ForgedError, match="signed by"):
        build_evidence(
            [world.il.verifier, world.ru.verifier], [prove_entry(tree, entry, log, 0, head, 1)]
        )


def test_a_note_that_is_no_statement_has_no_type(world: Any) -> None:
    ours, keys = world.ours, [world.il.verifier, world.ru.verifier]
    item = prove_entry(ours.tree, ours.entries[4], ours.log, 4, ours.checkpoint, 5)
    found = verify_evidence(build_evidence(keys, [item])).items[0]
    assert (found.type, found.entry.kind) == ("", Kind.COSIGNED)
