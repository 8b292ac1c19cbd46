from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import (
    ForgedError,
    FormatError,
    IntegrityError,
    MalformedError,
    ParleyError,
    PeerError,
    UnknownPartyError,
)
from parley.ledger import (
    Checkpoint,
    Entry,
    Frontier,
    Kind,
    LogReport,
    SigningKey,
    VerifyKey,
    seal,
    sign_checkpoint,
    verify_log,
    write_log,
)

NEW = SigningKey("il.example", b"\x09" * 32)


def log_of(key: SigningKey, notes: list[tuple[Kind, bytes]], *, head_key: Any = None) -> bytes:
    leaves = [Entry(kind, bytes([n]) * 16, note).leaf() for n, (kind, note) in enumerate(notes)]
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(sha256(b"\x00" + leaf).digest())
    head = Checkpoint(f"{key.name}/log/1", frontier.size, frontier.root())
    note = sign_checkpoint(head, head_key or key)
    return b"".join(write_log(key.name, 1, key.verifier, leaves, note))


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
    report = verify_log(world.ours.file(), keys=[world.il.verifier, world.ru.verifier])
    assert (report.party, report.epoch, report.size) == ("il.example", 1, 5)
    assert report.root_hex == world.ours.tree.root().hex()
    assert {kind: n for kind, n in report.counts.items() if n} == {
        Kind.KEYS: 1, Kind.SENT: 1, Kind.RECEIVED: 1, Kind.OBSERVED: 1, Kind.COSIGNED: 1
    }  # fmt: skip
    assert (report.first_index, report.last_index, report.key_pinned) == (0, 4, True)
    seen = {s.key.name: (s.pinned, s.notes, s.first_index, s.last_index) for s in report.signers}
    assert seen == {"il.example": (True, 3, 0, 3), "ru.example": (True, 2, 2, 4)}


def test_without_pins_the_log_only_agrees_with_itself(world: Any) -> None:
    report = verify_log(world.ours.file(), keys=None)
    assert report.key_pinned is False
    assert [signer.pinned for signer in report.signers] == [False, False]


def test_chunks_of_any_size_give_the_same_report(world: Any) -> None:
    data = world.ours.file()
    whole = verify_log(data, keys=None)
    for size in (1, 7, 100, 10_000):
        chunks = (data[i : i + size] for i in range(0, len(data), size))
        assert verify_log(chunks, keys=None) == whole
    assert (
        verify_log(bytearray(data), keys=None) == verify_log(memoryview(data), keys=None) == whole
    )


def test_the_layout_is_the_documented_one(world: Any) -> None:
    header, leaves, checkpoint = frames(world.ours.file())
    assert header.decode().split("\n")[:3] == ["parley/log/v1", "il.example", "1"]
    assert leaves == [entry.leaf() for entry in world.ours.entries]
    assert checkpoint == world.ours.checkpoint
    assert rebuild(header, leaves, checkpoint) == world.ours.file()


@given(st.data())
def test_any_flipped_bit_is_refused_with_its_place(world: Any, data: st.DataObject) -> None:
    good = world.ours.file()
    place = data.draw(st.integers(0, 8 * len(good) - 1))
    bad = bytearray(good)
    bad[place // 8] ^= 1 << place % 8
    with pytest.raises(PeerError) as caught:
        verify_log(bytes(bad), keys=None)
    assert caught.value.where.startswith(guilty(world, place // 8))


def guilty(world: Any, offset: int) -> str:
    at = world.ours.file().index(b"\n\n") + 2 + 32
    if offset < at:
        return "header"
    for index, entry in enumerate(world.ours.entries):
        at += 4 + len(entry.leaf()) + 32
        if offset < at:
            return f"entry {index}"
    return "entry 5" if offset < at + 4 else "checkpoint"


@given(st.data())
def test_any_truncation_is_refused(world: Any, data: st.DataObject) -> None:
    good = world.ours.file()
    with pytest.raises(PeerError) as caught:
        verify_log(good[: data.draw(st.integers(0, len(good) - 1))], keys=None)
    assert caught.value.where


@given(st.data())
def test_a_removed_or_repeated_byte_is_refused(world: Any, data: st.DataObject) -> None:
    good = world.ours.file()
    at = data.draw(st.integers(0, len(good) - 1))
    for bad in (good[:at] + good[at + 1 :], good[: at + 1] + good[at:], good + good[at : at + 1]):
        if bad != good:
            with pytest.raises(PeerError):
                verify_log(bad, keys=None)


def test_a_forger_who_mends_the_running_hashes_is_found_at_the_checkpoint(world: Any) -> None:
    header, leaves, checkpoint = frames(world.ours.file())
    salted = bytes([leaves[3][0]]) + bytes(16) + leaves[3][17:]
    for forged in (
        [*leaves[:3], salted, leaves[4]],
        leaves[:4],
        [*leaves, leaves[4]],
        [*leaves[:3], leaves[4], leaves[3]],
    ):
        with pytest.raises(ForgedError):
            verify_log(rebuild(header, forged, checkpoint), keys=None)


def test_a_note_by_an_undeclared_key_is_refused_at_its_index(world: Any) -> None:
    stranger = SigningKey("fr.example", b"\x05" * 32)
    roster = seal("parley/roster/v1", {"keys": [world.ru.verifier.to_vkey()]}, world.il)
    note = seal("parley/msg/v1", {}, stranger)
    with pytest.raises(UnknownPartyError) as caught:
        verify_log(log_of(world.il, [(Kind.KEYS, roster), (Kind.RECEIVED, note)]), keys=None)
    assert caught.value.where == "entry 1"


@pytest.mark.parametrize("kind", [Kind.SENT, Kind.DECISION, Kind.OBSERVED])
def test_a_peers_note_does_not_pass_as_our_own(world: Any, kind: Kind) -> None:
    note = seal("parley/msg/v1", {}, world.ru)
    keys = [world.il.verifier, world.ru.verifier]
    with pytest.raises(ForgedError, match=r"signed by ru\.example"):
        verify_log(log_of(world.il, [(kind, note)]), keys=keys)


def test_our_own_note_does_not_pass_as_received(world: Any) -> None:
    data = log_of(world.il, [(Kind.RECEIVED, seal("parley/msg/v1", {}, world.il))])
    with pytest.raises(ForgedError, match="owner only"):
        verify_log(data, keys=None)


def test_a_pinned_name_cannot_be_declared_again(world: Any) -> None:
    false_ru = SigningKey("ru.example", b"\x06" * 32)
    roster = seal("parley/roster/v1", {"keys": [false_ru.verifier.to_vkey()]}, world.il)
    note = seal("parley/msg/v1", {"i": "never said this"}, false_ru)
    data = log_of(world.il, [(Kind.KEYS, roster), (Kind.RECEIVED, note)])
    assert verify_log(data, keys=[world.il.verifier]).signers[1].pinned is False
    with pytest.raises(UnknownPartyError):
        verify_log(data, keys=[world.il.verifier, world.ru.verifier])


def test_a_log_under_another_key_than_the_pinned_is_forged(world: Any) -> None:
    data = log_of(NEW, [])
    with pytest.raises(ForgedError, match="not the pinned"):
        verify_log(data, keys={"il": world.il.verifier})
    assert verify_log(data, keys={"ru": world.ru.verifier}).key_pinned is False


def test_a_rotated_key_declared_by_the_old_one_signs_on(world: Any) -> None:
    keys = seal("parley/roster/v1", {"keys": [NEW.verifier.to_vkey()]}, world.il)
    notes = [(Kind.KEYS, keys), (Kind.SENT, seal("parley/msg/v1", {}, NEW))]
    report = verify_log(log_of(world.il, notes, head_key=NEW), keys=None)
    assert report.key == NEW.verifier
    with pytest.raises(UnknownPartyError):
        verify_log(log_of(world.il, notes, head_key=NEW), keys=[world.il.verifier])
    both = [world.il.verifier, NEW.verifier]
    assert verify_log(log_of(world.il, notes, head_key=NEW), keys=both).key_pinned is True


def test_a_peer_declares_keys_of_its_own_name_only(world: Any) -> None:
    victim = SigningKey("fr.example", b"\x05" * 32)
    peers = seal("parley/roster/v1", {"keys": [victim.verifier.to_vkey()]}, world.ru)
    note = seal("parley/msg/v1", {}, victim)
    with pytest.raises(UnknownPartyError) as caught:
        verify_log(
            log_of(world.il, [(Kind.KEYS, peers), (Kind.RECEIVED, note)]),
            keys=[world.il.verifier, world.ru.verifier],
        )
    assert caught.value.where == "entry 1"


@pytest.mark.parametrize("body", [{}, {"keys": []}, {"keys": ["x"]}, {"keys": [1]}, {"keys": "x"}])
def test_a_roster_without_keys_is_malformed(world: Any, body: dict[str, Any]) -> None:
    data = log_of(world.il, [(Kind.KEYS, seal("parley/roster/v1", body, world.il))])
    with pytest.raises(MalformedError) as caught:
        verify_log(data, keys=None)
    assert caught.value.where == "entry 0"


def test_a_roster_with_a_small_order_key_is_malformed(world: Any) -> None:
    identity = "x+" + sha256(b"x\n\x01\x01" + bytes(31)).hexdigest()[:8] + "+AQE" + "A" * 41
    data = log_of(world.il, [(Kind.KEYS, seal("parley/roster/v1", {"keys": [identity]}, world.il))])
    with pytest.raises(MalformedError, match="no safe curve point"):
        verify_log(data, keys=None)


def test_an_empty_log_is_a_log(world: Any) -> None:
    report = verify_log(log_of(world.il, []), keys=[world.il.verifier])
    assert (report.size, report.first_index, report.last_index) == (0, None, None)


def test_progress_ends_at_the_whole_and_entries_come_in_order(world: Any) -> None:
    data, steps, seen = world.ours.file(), [], []
    verify_log(
        data,
        keys=None,
        progress=lambda entries, done: steps.append((entries, done)),
        on_entry=lambda index, entry, opened: seen.append((index, entry, opened.text)),
    )
    assert steps[-1] == (5, len(data))
    assert [(index, entry) for index, entry, _ in seen] == list(enumerate(world.ours.entries))


def test_a_checkpoint_of_other_leaves_is_our_own_error(world: Any) -> None:
    leaves = [entry.leaf() for entry in world.ours.entries]
    for wrong in (leaves[:-1], [*leaves[1:], leaves[0]]):
        with pytest.raises(IntegrityError):
            list(write_log("il.example", 1, world.il.verifier, wrong, world.ours.checkpoint))
    with pytest.raises(IntegrityError):
        list(write_log("il.example", 2, world.il.verifier, leaves, world.ours.checkpoint))
    with pytest.raises(FormatError):
        list(write_log("ru.example", 1, world.il.verifier, leaves, world.ours.checkpoint))


def test_a_leaf_that_does_not_parse_is_our_own_error(world: Any) -> None:
    for leaves, head, place in (
        ([b"\x01"], world.ours.checkpoint, "entry 0"),
        ([], b"x", "checkpoint"),
    ):
        with pytest.raises(IntegrityError) as caught:
            list(write_log("il.example", 1, world.il.verifier, leaves, head))
        assert caught.value.where == place


def test_another_epoch_in_the_header_is_refused(world: Any) -> None:
    header, leaves, checkpoint = frames(world.ours.file())
    other = header.replace(b"\n1\n", b"\n2\n")
    with pytest.raises(ForgedError, match="log/1"):
        verify_log(rebuild(other, leaves, checkpoint), keys=None)


HEADERS = st.sampled_from([b"", b"parley/log/v1\n", b"parley/log/v1\na\n1\nb\n\n"])


@given(HEADERS, st.binary(max_size=200), st.booleans())
def test_hostile_logs_stay_inside_the_error_tree(head: bytes, tail: bytes, mended: bool) -> None:
    data = head + (sha256(head).digest() if mended else b"") + tail
    with pytest.raises(ParleyError):
        verify_log(data, keys=None)


@given(st.lists(st.binary(max_size=60), max_size=3), st.binary(max_size=60))
def test_hostile_leaves_and_checkpoints_with_right_hashes_too(
    world: Any, leaves: list[bytes], checkpoint: bytes
) -> None:
    header = frames(world.ours.file())[0]
    with pytest.raises(ParleyError):
        verify_log(rebuild(header, [leaf for leaf in leaves if leaf], checkpoint), keys=None)


def test_the_report_is_plain_data(world: Any) -> None:
    report = verify_log(world.theirs.file(), keys=None)
    assert isinstance(report, LogReport)
    assert isinstance(report.key, VerifyKey)
    assert report.checkpoint.size == report.size == 2
