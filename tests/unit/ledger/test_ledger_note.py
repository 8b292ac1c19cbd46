from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import (
    ForgedError,
    FormatError,
    MalformedError,
    OversizeError,
    ParleyError,
    UnknownPartyError,
)
from parley.ledger import (
    ED25519_COSIGNER,
    MLDSA44_COSIGNER,
    Checkpoint,
    SigningKey,
    VerifyKey,
    add_signatures,
    note_hash,
    open_note,
    parse,
    seal,
    sign,
    signature_lines,
    unseal,
)

A = SigningKey("a.example", b"\x01" * 32)
B = SigningKey("b.example", b"\x02" * 32)
LINES = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12), min_size=1, max_size=5
)
TEXTS = LINES.map(lambda lines: "".join(f"{line}\n" for line in lines).encode())


@given(TEXTS)
def test_a_signed_note_opens_to_its_text_and_signers(text: bytes) -> None:
    data = sign(text, A, B)
    opened = open_note(data, [A.verifier, B.verifier])
    assert opened.text == parse(data).text == text
    assert [key.name for key in opened.signers] == ["a.example", "b.example"]


@given(TEXTS, st.data())
def test_any_flipped_bit_of_a_note_is_refused(text: bytes, data: st.DataObject) -> None:
    note = bytearray(sign(text, A))
    bit = data.draw(st.integers(0, 8 * len(note) - 1))
    note[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ParleyError):
        open_note(bytes(note), [A.verifier])


@given(TEXTS)
def test_a_text_may_itself_be_a_note(text: bytes) -> None:
    inner = sign(text, A)
    assert open_note(sign(inner, B), [B.verifier]).text == inner


def test_the_example_of_the_specification_parses() -> None:
    # C2SP signed-note, Format: an empty line inside the text, name with a slash.
    note = parse(
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
        "ed è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5d"
        "dnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n".encode()
    )
    assert note.text.endswith("ed è subito sera.\n".encode())
    assert note.signatures[0].key_id.hex() == "367ba04b"
    assert len(note.signatures[0].signature) == 64


def test_the_go_documentations_example_is_signed_and_opened_byte_for_byte() -> None:
    # Public example of Go's sumdb/note; Ed25519 is deterministic, so signing must give its bytes.
    seed = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
    text = (
        b"If you think cryptography is the answer to your problem,\n"
        b"then you don't know what your problem is.\n"
    )
    line = (
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
        "otpRZb6KE6RyyBwJnAM=\n"
    )
    note = text + b"\n" + line.encode()
    assert sign(text, SigningKey("PeterNeumann", seed)) == note
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert open_note(note, [VerifyKey.from_vkey(vkey)]).text == text


def test_unknown_signatures_are_ignored_beside_a_known_one() -> None:
    data = sign(b"text\n", A, B)
    assert [key.name for key in open_note(data, {"any label": B.verifier}).signers] == ["b.example"]


def test_a_note_without_a_known_key_is_from_an_unknown_party() -> None:
    with pytest.raises(UnknownPartyError, match=r"a\.example"):
        open_note(sign(b"text\n", A), [B.verifier])
    same_name = SigningKey("a.example", b"\x07" * 32)
    with pytest.raises(UnknownPartyError):
        open_note(sign(b"text\n", A), [same_name.verifier])


def test_one_bad_signature_by_a_known_key_refuses_the_whole_note() -> None:
    good, other = sign(b"text\n", A), sign(b"other\n", B)
    mixed = good + other.split(b"\n\n")[1]
    assert open_note(mixed, [A.verifier]).signers == (A.verifier,)
    with pytest.raises(ForgedError, match=r"b\.example"):
        open_note(mixed, [A.verifier, B.verifier])


def test_a_known_key_signs_once() -> None:
    data = sign(b"text\n", A)
    with pytest.raises(MalformedError, match="two signatures"):
        open_note(data + data.split(b"\n\n")[1], [A.verifier])


def test_sixteen_signatures_pass_and_seventeen_do_not() -> None:
    keys = [SigningKey(f"k{n}", bytes([n + 1]) * 32) for n in range(17)]
    data = sign(b"text\n", *keys[:16])
    assert len(open_note(data, [key.verifier for key in keys]).signers) == 16
    extra = sign(b"text\n", keys[16]).split(b"\n\n")[1]
    with pytest.raises(OversizeError):
        parse(data + extra)
    with pytest.raises(FormatError):
        sign(b"text\n", *keys)


def test_the_size_limit_is_inclusive() -> None:
    data = sign(b"text\n", A)
    parse(data, max_bytes=len(data))
    with pytest.raises(OversizeError):
        parse(data, max_bytes=len(data) - 1)


@pytest.mark.parametrize("text", [b"", b"x", b"a\tb\n", b"a\r\n", b"\x00\n", b"\xff\n"])
def test_texts_that_no_note_may_hold(text: bytes) -> None:
    with pytest.raises(FormatError):
        sign(text, A)


def test_a_note_needs_keys_and_each_once() -> None:
    for keys in ((), (A, A)):
        with pytest.raises(FormatError):
            sign(b"text\n", *keys)


@pytest.mark.parametrize(
    "tail",
    [
        "", "\n", "\n— a.example\n", "\n— a.example AAAA\n", "\n- a.example AAAAAAAA\n",
        "\n— a.example AAAAAAA\n", "\n— a.example AAAAAAAA", "\n—  AAAAAAAA\n",
        "\n— a+b AAAAAAAA\n", "\n— a\u2003b AAAAAAAA\n", "\n— a.example AAAA AAAA\n",
        "\n— a.example é\n", "\n— a.example AAAAAAAA\n\n",
    ],
)  # fmt: skip
def test_broken_signature_blocks_are_malformed(tail: str) -> None:
    with pytest.raises(MalformedError):
        parse(b"text\n" + tail.encode())


@given(st.binary(max_size=120) | TEXTS.map(lambda t: t + "\n— a AAAAAAAA\n".encode() + t))
def test_hostile_notes_stay_inside_the_error_tree(data: bytes) -> None:
    with pytest.raises(ParleyError):
        open_note(data, [A.verifier])
    with pytest.raises(ParleyError):
        unseal(data, [A.verifier])


def test_a_statement_opens_to_type_body_signer_and_hash() -> None:
    data = seal("parley/msg/v1", {"b": [1], "a": "é"}, A)
    assert data.startswith('parley/msg/v1\n{"a":"é","b":[1]}\n\n— a.example '.encode())
    opened = unseal(data, [A.verifier])
    assert (opened.type, opened.body) == ("parley/msg/v1", {"a": "é", "b": [1]})
    assert (opened.signer_name, opened.hash_hex) == ("a.example", note_hash(data).hex())


@pytest.mark.parametrize(
    "text",
    [
        b"parley/msg/v1\n{}\n{}\n", b"parley/msg/v1\n", b"{}\n", b"parley/msg/v1\n[]\n",
        b'parley/msg/v1\n{"b":1,"a":1}\n', b"parley/msg/v1\n{ }\n", b"Parley\n{}\n", b"\n{}\n",
        b"parley/msg/v1 \n{}\n", b'parley/msg/v1\n{"a":1.0}\n', b"parley/msg/v1\n1\n",
    ],
)  # fmt: skip
def test_a_well_signed_text_that_is_no_statement_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedError):
        unseal(sign(text, A), [A.verifier])


@pytest.mark.parametrize(
    ("type_line", "body"),
    [("", {}), ("A", {}), ("a b", {}), ("a\n", {}), ("é", {}), ("a", []), ("a", {"x": 1.5})],
)
def test_only_a_type_line_and_a_dict_are_sealed(type_line: str, body: Any) -> None:
    with pytest.raises(FormatError):
        seal(type_line, body, A)


def test_a_statement_above_the_limit_is_not_sealed() -> None:
    with pytest.raises(FormatError, match="bytes"):
        seal("a", {"x": "y" * 65536}, A)


HEAD = Checkpoint("a.example/log/1", 3, bytes(32)).text()
WITNESSES = [
    SigningKey("b.example", b"\x03" * 32, ED25519_COSIGNER),
    SigningKey("b.example", b"\x03" * 32, MLDSA44_COSIGNER),
]


def test_signature_lines_are_added_one_by_one_or_at_once() -> None:
    note = sign(HEAD, A)
    lines = [signature_lines(HEAD, key, at_s=7) for key in WITNESSES]
    both = add_signatures(add_signatures(note, lines[0]), lines[1])
    assert both == add_signatures(note, lines[0] + lines[1]) == note + lines[0] + lines[1]
    opened = open_note(both, [A.verifier, *(key.verifier for key in WITNESSES)])
    assert [key.algorithm for key in opened.signers] == [1, 4, 6]
    assert opened.times == (None, 7, 7)


def test_sign_gives_every_cosigner_the_time() -> None:
    opened = open_note(sign(HEAD, A, *WITNESSES, at_s=9), [key.verifier for key in WITNESSES])
    assert opened.times == (9, 9)


@pytest.mark.parametrize(
    "lines", [b"", b"\n", b"x\n", "— a.example AAAAAAAA".encode(), "\n— b AAAAAAAA\n".encode()]
)
def test_only_signature_lines_are_added(lines: bytes) -> None:
    with pytest.raises(MalformedError):
        add_signatures(sign(b"text\n", A), lines)


@given(st.binary(max_size=60), st.booleans())
def test_added_lines_never_move_the_text(lines: bytes, dashed: bool) -> None:
    note = sign(b"text\n", A)
    try:
        longer = add_signatures(
            note, ("\n— c.example AAAAAAAA\n".encode() if dashed else b"") + lines
        )
    except ParleyError:
        return
    assert parse(longer).text == b"text\n"


def test_a_key_is_not_added_twice_nor_a_seventeenth() -> None:
    note = sign(b"text\n", A)
    line = signature_lines(b"text\n", B)
    for lines in (signature_lines(b"text\n", A), line + line):
        with pytest.raises(MalformedError, match="two signatures"):
            add_signatures(note, lines)
    more = [SigningKey(f"k{n}", bytes([n + 1]) * 32) for n in range(16)]
    full = add_signatures(note, signature_lines(b"text\n", *more[:15]))
    with pytest.raises(OversizeError):
        add_signatures(full, signature_lines(b"text\n", more[15]))
    with pytest.raises(OversizeError):
        add_signatures(sign(b"x" * 65000 + b"\n", A), signature_lines(HEAD, WITNESSES[1], at_s=1))


def test_a_cosigner_seals_no_statement() -> None:
    for key in WITNESSES:
        with pytest.raises(FormatError):
            sign(b"parley/msg/v1\n{}\n", key, at_s=1)
        moved = signature_lines(HEAD, key, at_s=1)
        with pytest.raises(MalformedError):
            unseal(add_signatures(seal("parley/msg/v1", {}, A), moved), [A.verifier, key.verifier])
