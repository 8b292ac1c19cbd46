from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ForgedError, FormatError, InputError, ParleyError
from parley.ledger import SigningKey, VerifyKey, fingerprint

P = 2**255 - 19
# The eight points of small order and their non-canonical spellings (RFC 7748, libsodium's list).
SMALL_ORDER = [
    (0).to_bytes(32, "little"),
    (1).to_bytes(32, "little"),
    (P - 1).to_bytes(32, "little"),
    P.to_bytes(32, "little"),
    (P + 1).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
]


@pytest.mark.parametrize("point", SMALL_ORDER, ids=bytes.hex)
@pytest.mark.parametrize("sign_bit", [0, 0x80])
def test_small_order_and_non_canonical_points_are_refused(point: bytes, sign_bit: int) -> None:
    with pytest.raises(InputError, match="ru\\.example"):
        VerifyKey("ru.example", point[:31] + bytes([point[31] | sign_bit]))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_has_32_bytes(length: int) -> None:
    with pytest.raises(InputError):
        VerifyKey("x", bytes(length))
    with pytest.raises(InputError):
        SigningKey("x", bytes(length))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\u202eb", "\ud800"])
def test_names_follow_c2sp(name: str) -> None:
    with pytest.raises(InputError):
        SigningKey(name, b"\x01" * 32)


@given(st.binary(max_size=80), st.binary(min_size=32, max_size=32), st.data())
def test_a_signature_is_good_for_its_exact_bytes_only(
    message: bytes, seed: bytes, data: st.DataObject
) -> None:
    key = SigningKey("a", seed)
    signature = key.sign(message)
    key.verifier.verify(message, signature)
    bit = data.draw(st.integers(0, 511))
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    for wrong in (bytes(flipped), signature[:-1], signature + b"\0", b""):
        with pytest.raises(ForgedError):
            key.verifier.verify(message, wrong)
    with pytest.raises(ForgedError):
        key.verifier.verify(message + b"x", signature)


@given(st.binary(min_size=32, max_size=32))
def test_vkey_text_round_trips(seed: bytes) -> None:
    key = SigningKey("ru.example/duty", seed).verifier
    assert VerifyKey.from_vkey(key.to_vkey()) == key


def test_the_vkey_of_the_go_reference_has_its_id() -> None:
    # The example key in the documentation of Go's sumdb/note, the format's first home.
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert VerifyKey.from_vkey(text).key_id.hex() == "c74f20a3"


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a+b", "a+00000000+AQ==", "a++", "PeterNeumann+c74f20a3+AlpcMQ==", "é+é+é",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "OtherName+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)  # fmt: skip
def test_a_wrong_vkey_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        VerifyKey.from_vkey(text)


@given(st.text(max_size=80))
def test_hostile_vkeys_stay_inside_the_error_tree(text: str) -> None:
    with pytest.raises(ParleyError):
        VerifyKey.from_vkey(text)
    with pytest.raises(ParleyError):
        VerifyKey.from_vkey(f"a+00000000+{text}")


def test_a_fingerprint_is_six_groups_of_five_digits_over_name_and_key() -> None:
    key = SigningKey("il.example", b"\x01" * 32).verifier
    groups = fingerprint(key).split(" ")
    assert [len(group) for group in groups] == [5] * 6
    assert "".join(groups).isdecimal()
    assert fingerprint(VerifyKey("ru.example", key.public)) != fingerprint(key)
    assert fingerprint(SigningKey("il.example", b"\x02" * 32).verifier) != fingerprint(key)


def test_a_private_key_does_not_print_itself() -> None:
    seed = bytes(range(32))
    key = SigningKey("il.example", seed)
    shown = repr(key) + str(key)
    assert seed.hex() not in shown
    assert repr(seed) not in shown


def test_a_vkey_of_another_algorithm_says_so() -> None:
    with pytest.raises(FormatError, match="algorithm 02"):
        VerifyKey.from_vkey("a+00000000+AgAA")
