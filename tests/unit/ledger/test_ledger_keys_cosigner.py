"""Cosigner keys (0x04, 0x06): ids, vkeys, and the exact bytes that they sign."""

from __future__ import annotations

import hashlib
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import ForgedError, FormatError, InputError, MalformedError, ParleyError
from parley.ledger import (
    ED25519,
    ED25519_COSIGNER,
    MLDSA44_COSIGNER,
    Checkpoint,
    SigningKey,
    VerifyKey,
    fingerprint,
)
from parley.ledger.canonical import b64

SEED = b"\x03" * 32
NOTE_KEY = SigningKey("ru.example", SEED)
TIMED = SigningKey("ru.example", SEED, ED25519_COSIGNER)
PQ = SigningKey("ru.example", SEED, MLDSA44_COSIGNER)
COSIGNERS = [TIMED, PQ]
HEAD = Checkpoint("il.example/log/1", 6307, bytes(range(32)))
AT_S = 1_679_315_147
LAST_S = 2**63 - 1


@pytest.mark.parametrize("key", [NOTE_KEY, TIMED, PQ], ids=["01", "04", "06"])
def test_the_id_and_the_vkey_name_the_algorithm(key: SigningKey) -> None:
    public = key.verifier
    typed = bytes([key.algorithm]) + public.public
    assert public.key_id == hashlib.sha256(b"ru.example\n" + typed).digest()[:4]
    assert VerifyKey.from_vkey(public.to_vkey()) == public
    assert VerifyKey.from_vkey(public.to_vkey()).algorithm == key.algorithm


def test_one_ed25519_key_in_two_roles_is_two_keys() -> None:
    assert NOTE_KEY.verifier.public == TIMED.verifier.public
    assert NOTE_KEY.verifier != TIMED.verifier
    assert NOTE_KEY.key_id != TIMED.key_id
    assert fingerprint(NOTE_KEY.verifier) != fingerprint(TIMED.verifier)


def test_the_timed_message_is_that_of_the_standard() -> None:
    # C2SP tlog-cosignature, "Ed25519 signed message": the message is given, no public key is.
    text = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    blob = TIMED.sign_note(text, AT_S)
    assert blob[:8] == bytes.fromhex("00000000641850cb")
    NOTE_KEY.verifier.verify(b"cosignature/v1\ntime 1679315147\n" + text, blob[8:])


def test_the_ml_dsa_message_is_the_struct_of_the_standard() -> None:
    blob = PQ.sign_note(HEAD.text(), AT_S)
    message = (
        b"subtree/v1\n\0"
        + b"\x0aru.example"
        + struct.pack(">Q", AT_S)
        + b"\x10il.example/log/1"
        + struct.pack(">QQ", 0, 6307)
        + HEAD.root
    )
    assert blob[:8] == struct.pack(">Q", AT_S)
    MLDSA44PublicKey.from_public_bytes(PQ.verifier.public).verify(blob[8:], message)


@given(st.sampled_from(COSIGNERS), st.integers(0, LAST_S), st.data())
@settings(max_examples=60)
def test_a_cosignature_is_good_for_one_head_and_one_time(
    key: SigningKey, at_s: int, data: st.DataObject
) -> None:
    blob = key.sign_note(HEAD.text(), at_s)
    assert key.verifier.check_note(HEAD.text(), blob) == at_s
    flipped = bytearray(blob)
    bit = data.draw(st.integers(0, 8 * len(blob) - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises((ForgedError, MalformedError)):
        key.verifier.check_note(HEAD.text(), bytes(flipped))
    for other in (
        Checkpoint(HEAD.origin, 6308, HEAD.root),
        Checkpoint("il.example/log/2", HEAD.size, HEAD.root),
        Checkpoint(HEAD.origin, HEAD.size, bytes(32)),
    ):
        with pytest.raises(ForgedError):
            key.verifier.check_note(other.text(), blob)


def test_only_the_ed25519_cosignature_covers_extension_lines() -> None:
    extended = Checkpoint(HEAD.origin, HEAD.size, HEAD.root, ("an extension",)).text()
    assert PQ.verifier.check_note(extended, PQ.sign_note(HEAD.text(), 7)) == 7
    with pytest.raises(ForgedError):
        TIMED.verifier.check_note(extended, TIMED.sign_note(HEAD.text(), 7))


def test_the_ml_dsa_cosignature_commits_to_the_cosigners_name() -> None:
    blob = PQ.sign_note(HEAD.text(), AT_S)
    renamed = VerifyKey("us.example", PQ.verifier.public, MLDSA44_COSIGNER)
    with pytest.raises(ForgedError):
        renamed.check_note(HEAD.text(), blob)


@pytest.mark.parametrize("key", COSIGNERS, ids=["04", "06"])
@pytest.mark.parametrize("text", [b"", b"parley/msg/v1\n{}\n", b"\xff\n1\nA\n"])
def test_a_cosigner_signs_checkpoints_only(key: SigningKey, text: bytes) -> None:
    with pytest.raises(FormatError):
        key.sign_note(text, AT_S)
    with pytest.raises(MalformedError):
        key.verifier.check_note(text, key.sign_note(HEAD.text(), AT_S))


@pytest.mark.parametrize("key", COSIGNERS, ids=["04", "06"])
def test_a_cosigner_needs_a_time_below_2_to_the_63(key: SigningKey) -> None:
    for at_s in (None, -1, 2**63, 2**64):
        with pytest.raises(FormatError, match="2\\^63"):
            key.sign_note(HEAD.text(), at_s)
    blob = (2**63).to_bytes(8, "big") + key.sign_note(HEAD.text(), LAST_S)[8:]
    with pytest.raises(MalformedError, match="2\\^63"):
        key.verifier.check_note(HEAD.text(), blob)


@pytest.mark.parametrize("key", [NOTE_KEY, *COSIGNERS], ids=["01", "04", "06"])
@given(blob=st.binary(max_size=100) | st.binary(min_size=2428, max_size=2428))
@settings(max_examples=25)
def test_hostile_signature_bytes_are_refused(key: SigningKey, blob: bytes) -> None:
    with pytest.raises((ForgedError, MalformedError)):
        key.verifier.check_note(HEAD.text(), blob)
    with pytest.raises(ForgedError):
        key.verifier.verify(b"message", blob)


def test_names_and_origins_have_255_bytes_at_most() -> None:
    name = "é" * 127 + "x"
    assert len(name.encode()) == 255
    key = SigningKey(name, SEED, MLDSA44_COSIGNER)
    text = Checkpoint(name, 1, bytes(32)).text()
    assert key.verifier.check_note(text, key.sign_note(text, 1)) == 1
    with pytest.raises(InputError, match="256 bytes"):
        SigningKey(name + "x", SEED, MLDSA44_COSIGNER)
    longer = Checkpoint(name + "x", 1, bytes(32)).text()
    with pytest.raises(FormatError, match="256 bytes"):
        key.sign_note(longer, 1)
    with pytest.raises(MalformedError, match="256 bytes"):
        key.verifier.check_note(longer, key.sign_note(text, 1))


@pytest.mark.parametrize("algorithm", [0, 2, 3, 5, 7, 255, 256, -1])
def test_other_algorithms_are_refused(algorithm: int) -> None:
    with pytest.raises(InputError, match="algorithm"):
        SigningKey("x", SEED, algorithm)


@pytest.mark.parametrize("length", [0, 32, 1311, 1313, 1312 * 2])
def test_an_ml_dsa_key_has_1312_bytes(length: int) -> None:
    with pytest.raises(InputError, match="1312"):
        VerifyKey("x", bytes(length), MLDSA44_COSIGNER)


@pytest.mark.parametrize("t1", [b"\x00", b"\xff", b"\x00\xfc\x0f"])
def test_an_ml_dsa_key_under_which_anyone_signs_is_refused(t1: bytes) -> None:
    # t1 of zeros and of 1023 (= -1 after scaling by 2^13, modulo q): the key's own term vanishes.
    rho = PQ.verifier.public[:32]
    with pytest.raises(InputError, match="anyone"):
        VerifyKey("x", rho + (t1 * 1280)[:1280], MLDSA44_COSIGNER)


def test_an_ml_dsa_key_needs_128_different_bytes_in_t1() -> None:
    rho = PQ.verifier.public[:32]
    with pytest.raises(InputError, match="127 different bytes"):
        VerifyKey("x", rho + (bytes(range(127)) * 11)[:1280], MLDSA44_COSIGNER)
    VerifyKey("x", rho + bytes(range(128)) * 10, MLDSA44_COSIGNER)


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=40)
def test_every_honest_ml_dsa_key_is_taken(seed: bytes) -> None:
    key = SigningKey("x", seed, MLDSA44_COSIGNER)
    key.verifier.verify(b"m", key.sign(b"m"))
    assert len(key.sign(b"m")) == 2420


def test_ml_dsa_signatures_are_hedged_and_ed25519_ones_are_not() -> None:
    assert PQ.sign(b"m") != PQ.sign(b"m")
    assert TIMED.sign(b"m") == TIMED.sign(b"m")


def test_small_order_points_are_refused_for_cosigners_too() -> None:
    with pytest.raises(InputError, match="safe curve point"):
        VerifyKey("x", (1).to_bytes(32, "little"), ED25519_COSIGNER)


def test_a_note_key_ignores_the_time() -> None:
    assert NOTE_KEY.algorithm == ED25519
    assert NOTE_KEY.sign_note(b"any\n", 5) == NOTE_KEY.sign(b"any\n")
    assert NOTE_KEY.verifier.check_note(b"any\n", NOTE_KEY.sign(b"any\n")) is None


@given(st.binary(max_size=60))
def test_hostile_cosigner_vkeys_stay_inside_the_error_tree(blob: bytes) -> None:
    for algorithm in (b"\x04", b"\x06"):
        with pytest.raises(ParleyError):
            VerifyKey.from_vkey(f"a+00000000+{b64(algorithm + blob)}")
