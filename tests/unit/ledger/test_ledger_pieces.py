from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import PeerError
from parley.ledger import verify_log
from parley.ledger.pieces import Piece, check_piece, verify_in_pieces


def in_pieces(data: bytes, entries: int, pinned: Any = None) -> Any:
    return verify_in_pieces(
        data, pinned=pinned, check=lambda pieces: map(check_piece, pieces), entries=entries
    )


@pytest.mark.parametrize("entries", [1, 2, 3, 1000])
def test_pieces_of_any_size_give_the_same_report(world: Any, entries: int) -> None:
    for book in (world.ours, world.theirs):
        for pinned in (None, world.roots.values()):
            assert in_pieces(book.file(), entries, pinned) == verify_log(book.file(), pinned=pinned)


@given(st.data())
def test_what_the_whole_refuses_the_pieces_refuse(world: Any, data: st.DataObject) -> None:
    good = world.ours.file()
    place = data.draw(st.integers(0, 8 * len(good) - 1))
    bad = bytearray(good)
    bad[place // 8] ^= 1 << place % 8
    for verify in (lambda file: verify_log(file, pinned=None), lambda file: in_pieces(file, 2)):
        with pytest.raises(PeerError):
            verify(bytes(bad))


def test_a_false_signature_is_found_in_its_piece(world: Any) -> None:
    seen: list[Piece] = []

    def check(pieces: Any) -> Any:
        for piece in pieces:
            seen.append(piece)
            yield check_piece(piece)

    verify_in_pieces(world.ours.file(), pinned=None, check=check, entries=2)
    assert [(piece.first, len(piece.leaves)) for piece in seen] == [(3, 2), (5, 2), (7, 1)]
    piece = seen[0]
    line = piece.leaves[0].rstrip(b"\n")
    swapped = line[:-20] + line[-20:].swapcase() + b"\n"
    false = Piece(piece.party, piece.log, piece.rosters, piece.first, (swapped,))
    with pytest.raises(PeerError):
        check_piece(false)
    with pytest.raises(PeerError):
        check_piece(Piece(piece.party, piece.log, piece.rosters[:1], 4, piece.leaves[1:]))


def test_progress_ends_with_all_entries_and_bytes(world: Any) -> None:
    told: list[tuple[int, int]] = []
    data = world.ours.file()
    verify_in_pieces(
        data,
        pinned=None,
        check=lambda pieces: map(check_piece, pieces),
        progress=lambda entries, done: told.append((entries, done)),
        entries=2,
    )
    assert told == sorted(told)
    assert told[-1][0] == len(world.ours.entries)
