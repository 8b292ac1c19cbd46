"""Files by their hash: hostile names, sizes, and whether a file is the one that was meant."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError, ProtocolError
from parley.liaison.hotline.attachments import (
    SIZE_MOST,
    attachment,
    check_attachments,
    file_name,
    same_file,
)
from parley.liaison.hotline.contents import Call, LineName
from parley.liaison.papers.values import Attachment
from parley.wire import papers as wire

SHA = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../secret",
        "/etc/passwd",
        "C:\\boot.ini",
        "call:ads",
        "call\x00.ogg",
        "call\n.ogg",
        "gpj.\u202eogg",
        "call\u200b.ogg",
        "call\u00a0.ogg",
        "call\ufeff.ogg",
        "\udcff.ogg",
        ".hidden",
        " call.ogg",
        "call.ogg ",
        "call.",
        "NUL",
        "com1.ogg",
        "x" * 121,
    ],
)
def test_a_name_that_misleads_is_refused_and_never_mended(name: str) -> None:
    with pytest.raises(InputError) as refused:
        file_name(name)
    assert refused.value.right
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "name", ["call 1.ogg", "разговор.ogg", "שיחה.ogg", "مكالمة.ogg", "appel-été.ogg", "a"]
)
def test_a_name_in_any_script_is_kept(name: str) -> None:
    assert file_name(name) == name
    recordings = (attachment(name, "audio/ogg", 5, SHA),)
    call = Call(LineName.SAFETY, "blue", ("blue", "green"), 0, 1, True, recordings=recordings)
    assert wire.content_from("call", wire.to_plain(call)) == call


def test_one_name_has_one_form() -> None:
    assert file_name("e\u0301te.ogg") == "éte.ogg"


@given(st.text(max_size=20))
def test_whatever_name_is_let_in_has_neither_path_nor_hidden_sign(name: str) -> None:
    try:
        tidy = file_name(name)
    except InputError:
        return
    assert not set(tidy) & set("/\\:\n")
    assert not [s for s in tidy if unicodedata.category(s)[0] == "C"]
    assert file_name(tidy) == tidy
    check_attachments([attachment(name, "audio/ogg", 1, SHA)], "party blue")


@pytest.mark.parametrize("size", [0, -1, SIZE_MOST + 1])
def test_nothing_and_far_too_much_are_no_recording(size: int) -> None:
    with pytest.raises(InputError, match="bytes"):
        attachment("call.ogg", "audio/ogg", size, SHA)


def test_a_type_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="media type"):
        attachment("call.ogg", "audio", 5, SHA)


def test_two_files_of_one_name_are_refused_with_their_author() -> None:
    one = Attachment("Call.ogg", "audio/ogg", 5, SHA)
    two = Attachment("call.ogg", "audio/ogg", 6, SHA)
    with pytest.raises(ProtocolError) as refused:
        check_attachments([one, two], "party blue")
    assert refused.value.at_fault == "party blue"


def test_another_file_is_not_the_one_that_was_attached() -> None:
    held = attachment("call.ogg", "audio/ogg", 5, SHA)
    same_file(held, 5, SHA)
    with pytest.raises(InputError, match="size"):
        same_file(held, 6, SHA)
    with pytest.raises(InputError, match="hash"):
        same_file(held, 5, SHA[::-1])
