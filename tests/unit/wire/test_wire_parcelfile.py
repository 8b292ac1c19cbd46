"""Parcel files: what is written is read again; what is damaged or hostile is named."""

from __future__ import annotations

import hashlib
from dataclasses import replace
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
    PeerError,
    UnknownPartyError,
)
from parley.ledger import encode, seal
from parley.testing.keys import signing_key
from parley.wire.parcelfile import (
    LEAST_PARCEL_BYTES,
    MAX_PARCEL_BYTES,
    PARCEL_TYPE,
    REFUSAL_TYPE,
    ParcelFile,
    Refused,
    check_room,
    is_parcel,
    open_refusal,
    packed_bytes,
    read_parcel,
    seal_refusal,
    split_parcel,
    write_parcel,
)

BLUE, GREEN = signing_key("blue"), signing_key("green")
NOTE = seal("parley/notice/v1", {"text": 'a "quoted" \u0442\u0435\u043a\u0441\u0442'}, BLUE)
FULL = ParcelFile(
    "blue",
    "green",
    "ab" * 32,
    7,
    notes=(NOTE, NOTE + b"x"),
    receipts=(b"receipt\n",),
    refusals=(b"refusal\n",),
    heads=(b"old 0\n\nhead",),
    cosignatures=(b"cosigned",),
    seen=(b"head", b"other head"),
    left=3,
    heard=(1, 2),
    cosigned={"green/log/1": 9},
)
_SAID = ("notes", "receipts", "refusals")
BARE = {
    "agreement": "ab" * 32,
    "cosigned": {},
    "cosignatures": [],
    "from": "blue",
    "heads": [],
    "heard": [],
    "left": 0,
    "notes": [],
    "number": 1,
    "receipts": [],
    "refusals": [],
    "seen": [],
    "to": "green",
}


def checked(lines: bytes) -> bytes:
    """A file with a check line that fits, whatever stands before it."""
    return lines + b"damage-check sha256 " + hashlib.sha256(lines).hexdigest().encode() + b"\n"


def spelled(json: str) -> bytes:
    return checked(f"{PARCEL_TYPE}\n{json}\n".encode())


def of(**members: Any) -> bytes:
    return checked(PARCEL_TYPE.encode() + b"\n" + encode({**BARE, **members}) + b"\n")


def test_what_is_written_is_read_again() -> None:
    data = write_parcel(FULL)
    assert data.startswith(b"parley/parcel/v1\n")
    assert is_parcel(data)
    assert read_parcel(data) == FULL
    assert not FULL.is_empty
    assert ParcelFile("blue", "green", "ab" * 32).is_empty


def test_line_ends_of_mail_change_nothing() -> None:
    assert read_parcel(write_parcel(FULL).replace(b"\n", b"\r\n")) == FULL


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=4))
def test_every_text_is_carried_and_counted(texts: list[str]) -> None:
    notes = tuple(text.encode() for text in texts)
    data = write_parcel(ParcelFile("blue", "green", "ab" * 32, notes=notes))
    empty = write_parcel(ParcelFile("blue", "green", "ab" * 32))
    assert len(data) <= len(empty) + sum(packed_bytes(note) for note in notes)
    if b"\r\n" not in b"".join(notes):
        assert read_parcel(data).notes == notes


@pytest.mark.parametrize("room", [100, 900, 5_000, MAX_PARCEL_BYTES])
def test_pieces_hold_the_same_in_the_same_order(room: int) -> None:
    parts: dict[str, Any] = {
        name: tuple(b"%s %d" % (name.encode(), n) for n in range(20)) for name in _SAID
    }
    whole = replace(FULL, **parts)
    pieces = [read_parcel(data) for data in split_parcel(whole, room)]
    for name in _SAID:
        assert tuple(part for piece in pieces for part in getattr(piece, name)) == parts[name]
    assert [piece.number for piece in pieces] == [*[0] * (len(pieces) - 1), 7]
    assert [bool(piece.heads) for piece in pieces] == [*[False] * (len(pieces) - 1), True]
    if room == 900:
        assert all(len(write_parcel(piece)) <= room for piece in pieces)


@pytest.mark.parametrize("at", range(0, len(write_parcel(FULL)), 7))
def test_one_damaged_byte_anywhere_is_named(at: int) -> None:
    data = bytearray(write_parcel(FULL))
    data[at] ^= 0x01
    with pytest.raises(MalformedError):
        read_parcel(bytes(data))


def test_damage_inside_names_itself_as_damage() -> None:
    data = write_parcel(FULL).replace(b"quoted", b"quotad", 1)
    with pytest.raises(MalformedError, match="damaged on its way") as caught:
        read_parcel(data)
    assert caught.value.at_fault == "whoever carried or changed the file"


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_file_that_is_cut_off(cut: int) -> None:
    with pytest.raises(MalformedError):
        read_parcel(write_parcel(FULL)[:-cut])
    with pytest.raises(MalformedError):
        read_parcel(write_parcel(FULL) + b"more\n")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", MalformedError),
        (b"something else\n", MalformedError),
        (spelled("[]"), MalformedError),
        (spelled("{}"), MalformedError),
        (spelled('{"from":"blue","from":"red"}'), MalformedError),
        (spelled("[" * 100_000 + "]" * 100_000), PeerError),
        (spelled('{"a":[[[[[[1]]]]]]}'), OversizeError),
        (spelled('{"from": "blue"}'), MalformedError),
        (of(more=1), MalformedError),
        (of(notes="text"), MalformedError),
        (of(notes=[1]), MalformedError),
        (of(notes=[["x"]]), MalformedError),
        (of(to=None), MalformedError),
        (of(to=""), MalformedError),
        (of(to="green\n"), MalformedError),
        (of(number=-1), MalformedError),
        (of(number=True), MalformedError),
        (of(left="3"), MalformedError),
        (of(heard=[*range(65)]), MalformedError),
        (of(heard={"1": 1}), MalformedError),
        (of(heads=["x"] * 33), OversizeError),
        (of(cosigned={"green/log/1": -1}), MalformedError),
        (of(cosigned=[1]), MalformedError),
        (b"\xff" * 40, MalformedError),
        (checked(PARCEL_TYPE.encode() + b'\n{"a":"\xff"}\n'), MalformedError),
    ],
)
def test_hostile_files_are_refused_by_name(data: bytes, kind: type[PeerError]) -> None:
    with pytest.raises(kind):
        read_parcel(data)


def test_a_file_that_is_too_large() -> None:
    with pytest.raises(OversizeError, match=str(MAX_PARCEL_BYTES + 1)):
        read_parcel(b"x" * (MAX_PARCEL_BYTES + 1))


def test_a_part_that_is_no_text_is_not_written() -> None:
    with pytest.raises(FormatError):
        write_parcel(ParcelFile("blue", "green", "ab" * 32, notes=(b"\xff",)))


@pytest.mark.parametrize("room", [0, LEAST_PARCEL_BYTES - 1, MAX_PARCEL_BYTES + 1])
def test_a_size_that_cannot_be_asked_for(room: int) -> None:
    with pytest.raises(InputError):
        check_room(room)
    assert check_room(LEAST_PARCEL_BYTES) == LEAST_PARCEL_BYTES


def test_a_refusal_is_signed_by_the_addressee() -> None:
    said = Refused("cd" * 32, "green", "blue", "protocol", "no such item\n", "the item first", 5)
    note = seal_refusal(said, GREEN)
    opened = open_refusal(note, (BLUE.verifier, GREEN.verifier))
    assert (opened.by, opened.to, opened.code) == ("green", "blue", "protocol")
    assert (opened.what, opened.note_hash) == ("no such item ", "cd" * 32)
    with pytest.raises(UnknownPartyError):
        open_refusal(note, (BLUE.verifier,))
    with pytest.raises(ForgedError):
        open_refusal(note.replace(b"no such", b"no sich"), (GREEN.verifier,))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"at_ms": -1, "code": "x", "note_hash": "x", "right": "", "to": "b", "what": ""},
        {"at_ms": 1, "code": "", "note_hash": "x", "right": "", "to": "b", "what": ""},
        {"at_ms": 1, "code": "x", "note_hash": "x", "right": 1, "to": "b", "what": ""},
    ],
)
def test_a_refusal_that_says_nothing(body: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        open_refusal(seal(REFUSAL_TYPE, body, GREEN), (GREEN.verifier,))  # type: ignore[arg-type]
