from __future__ import annotations

from pathlib import Path

import pytest

from parley.cli.audit_log import audit_log
from parley.errors import PeerError
from parley.ledger import verify_log
from parley.testing.books import T0_S, Book, book_of
from parley.testing.keys import root_key


@pytest.fixture(scope="module")
def book() -> Book:
    book = book_of("il.example", ("ru.example",))
    for number in range(2_500):
        book.say({"item": f"il-{number}", "version": 1}, at_s=T0_S + number, to=("ru.example",))
    book.head(T0_S + 3_000, {})
    return book


def test_workers_reach_the_verdict_of_one(book: Book, tmp_path: Path) -> None:
    path, data = tmp_path / "log", book.file()
    path.write_bytes(data)
    pinned = [root_key("il.example").verifier]
    told: list[tuple[int, int]] = []
    report = audit_log(
        path,
        pinned=pinned,
        processes=2,
        small_bytes=0,
        progress=lambda entries, done: told.append((entries, done)),
    )
    assert report == verify_log(data, pinned=pinned)
    assert told[-1] == (len(book.entries), told[-1][1])


def test_the_guilty_entry_is_named_as_by_one(book: Book, tmp_path: Path) -> None:
    data = bytearray(book.file())
    data[len(data) // 2] ^= 1
    path = tmp_path / "log"
    path.write_bytes(data)
    with pytest.raises(PeerError) as by_one:
        verify_log(bytes(data), pinned=None)
    with pytest.raises(PeerError) as by_workers:
        audit_log(path, pinned=None, processes=2, small_bytes=0)
    assert str(by_workers.value) == str(by_one.value)


def test_a_small_file_needs_no_workers(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(book.file())
    assert audit_log(path, pinned=None) == verify_log(book.file(), pinned=None)
