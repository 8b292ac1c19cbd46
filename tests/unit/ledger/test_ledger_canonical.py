from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import FormatError, MalformedError, OversizeError, ParleyError
from parley.ledger import decode, encode
from parley.ledger.canonical import b64, unb64

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)


def values(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | INTEGERS | TEXT,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=20,
    ).filter(lambda value: depth(value) <= 16)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((depth(member) for member in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth(member) for member in value), default=0)
    return 0


@given(values(st.text(st.characters(max_codepoint=127), max_size=6)) | values(TEXT))
def test_encoding_equals_the_rfc8785_library(value: Any) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(values(TEXT))
def test_decode_inverts_encode(value: Any) -> None:
    assert decode(encode(value)) == value


@given(values(TEXT).filter(lambda value: isinstance(value, dict | list) and value))
def test_another_spelling_of_the_same_value_is_refused(value: Any) -> None:
    with pytest.raises(MalformedError):
        decode(json.dumps(value, indent=1).encode())


def test_keys_outside_the_basic_plane_sort_by_utf16_unit() -> None:
    # RFC 8785 section 3.2.3: U+1F600 is D83D DE00 in UTF-16 and so comes before U+FB33.
    assert encode({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), "\ud800", {"\udfff": 1}, {1: 2}, (1,), b"x", {"a": [1.5]}],
)
def test_values_outside_the_domain_are_refused(value: Any) -> None:
    with pytest.raises(FormatError):
        encode(value)


def test_the_refused_member_is_named() -> None:
    with pytest.raises(FormatError) as caught:
        encode({"volumes": [{"floor": 1}, {"floor": 1.5}]})
    assert caught.value.where == "volumes[1].floor"


@pytest.mark.parametrize(
    "data",
    [
        b"1.0", b"1e0", b"-0", b"NaN", b"Infinity", b"01", b" 1", b"1 ", b"", b"{", b"\xff",
        b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'"\\ud800"', b'"\\u0041"', b'"\\/"', b"tru",
        b"\xef\xbb\xbf1", b'"a\nb"', b"9007199254740992", b"[1,]", "\"1\"".encode("utf-16"),
        b"9" * 5000, b'"\\u000A"',
    ],
)  # fmt: skip
def test_what_is_not_canonical_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(data)


def test_depth_and_length_limits_are_inclusive() -> None:
    assert decode(b"[" * 16 + b"]" * 16) is not None
    with pytest.raises(OversizeError):
        decode(b"[" * 17 + b"]" * 17)
    assert decode(b"123", max_bytes=3) == 123
    with pytest.raises(OversizeError):
        decode(b"1234", max_bytes=3)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_bottomless_nesting_is_no_recursion_error(opening: bytes) -> None:
    with pytest.raises(OversizeError):
        decode((opening * 60000)[:65536])


@given(st.binary(max_size=64) | st.text(max_size=40).map(lambda t: t.encode("utf-8", "replace")))
def test_hostile_bytes_stay_inside_the_error_tree(data: bytes) -> None:
    try:
        value = decode(data)
    except ParleyError:
        return
    assert encode(value) == data


@given(st.binary(max_size=40))
def test_base64_has_one_spelling(data: bytes) -> None:
    text = b64(data)
    assert unb64(text) == data
    with pytest.raises(MalformedError):
        unb64(text + "\n")


@pytest.mark.parametrize("text", ["QQ", "QR==", "Q Q=", "QQ==\n", "QQ=", "é", "QUJD="])
def test_loose_base64_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        unb64(text)
