"""What peers may answer, and what is made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.ledger import note_hash
from parley.node.views import Parcel
from parley.peers import Pace
from parley.peers.answers import notes_body, refused_whole, verdicts
from parley.peers.line import Answer, Unreached

PARCELS = [Parcel(n, f"note {n} — \n".encode()) for n in range(3)]
HASHES = [note_hash(p.note).hex() for p in PARCELS]


def answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode())


def receipt(n: int) -> dict[str, Any]:
    return {"note_hash": HASHES[n], "receipt": f"receipt {n}", "refused": None}


def refusal(n: int, code: str) -> dict[str, Any]:
    return {"note_hash": HASHES[n], "receipt": None, "refused": {"code": code, "what": "no\x1b"}}


def test_the_body_holds_the_exact_notes_in_order() -> None:
    assert json.loads(notes_body(PARCELS))["notes"] == [p.note.decode() for p in PARCELS]


def test_receipts_and_lasting_refusals_in_order() -> None:
    said = answer({"results": [receipt(0), refusal(1, "forged"), receipt(2)]})
    found = verdicts(PARCELS, said, "green")
    assert [v.receipt for v in found] == [b"receipt 0", None, b"receipt 2"]
    assert found[1].reason == "forged: no "


def test_what_follows_a_result_that_says_nothing_is_tried_again() -> None:
    said = answer({"results": [receipt(0), refusal(1, "storage"), receipt(2)]})
    assert [v.parcel for v in verdicts(PARCELS, said, "green")] == PARCELS[:1]


@pytest.mark.parametrize(
    "bad",
    [
        Answer(200, b"garbage"),
        Answer(200, b""),
        Answer(200, b"[" * 100_000),
        Answer(507, b"{}"),
        Answer(302, b""),
        answer([]),
        answer({"results": [receipt(0)]}),
        answer({"results": [receipt(1), receipt(0), receipt(2)]}),
        answer({"results": [{**receipt(0), "receipt": "\ud800"}, receipt(1), receipt(2)]}),
        answer({"results": [None, receipt(1), receipt(2)]}),
    ],
)
def test_an_answer_that_says_nothing_is_no_verdict(bad: Answer) -> None:
    with pytest.raises(Unreached):
        verdicts(PARCELS, bad, "green")
    assert refused_whole(bad, "green") == ""


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_bytes_make_it_fall(status: int, body: bytes) -> None:
    said = Answer(status, body)
    assert refused_whole(said, "green") == ""
    with pytest.raises(Unreached):
        verdicts(PARCELS, said, "green")


def test_a_whole_body_is_refused_for_good_by_its_code_only() -> None:
    assert refused_whole(answer({"code": "malformed", "what": "x"}, 400), "green")
    assert not refused_whole(answer({"code": "http", "what": "x"}, 404), "green")
    assert not refused_whole(answer({"code": "malformed", "what": "x"}, 500), "green")


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_the_wait_grows_and_is_bounded(failures: int, jitter: float) -> None:
    pace = Pace()
    wait = pace.retry_s(failures, jitter)
    assert 0.125 <= wait <= 30.0
    assert wait <= pace.retry_s(failures + 1, 0.0)
    assert pace.retry_s(1, 0.0) == 0.25
