"""Statements in plain words: every type has a sentence, and no bytes of a peer break the report."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.rules.statements import Answer, Header, Notice, Rung, Stop
from parley.testing.statements import statements
from parley.wire.sentences import claimed_ms, sentence
from parley.wire.statement import encode

OTHERS = (
    "parley/receipt/v1",
    "parley/roster/v1",
    "parley/decision/v1",
    "parley/challenge/v1",
    "parley/testimony/v1",
    "parley/exhibit/v1",
    "parley/leak/v1",
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(statements)
def test_every_statement_has_a_sentence_that_names_its_item(said: Any) -> None:
    type_line, body = encode(said)
    words = sentence(type_line, body)
    assert "cannot read" not in words
    assert "\n" not in words.replace(getattr(said, "text", "") or "\0", "")
    if isinstance(said, Notice | Stop | Answer):
        assert said.item[:40] in words
    assert claimed_ms(body) == said.header.at_ms


@pytest.mark.parametrize("rung", Rung)
def test_an_objection_never_reads_like_an_acceptance(rung: Rung) -> None:
    header = Header("green", "duty", 1, ("blue",), "a" * 64)
    words = sentence(*encode(Answer(header, "blue-1", 1, 1, rung)))
    assert ("accepts" in words) == (rung is Rung.ACCEPTED)
    assert ("objects" in words) == (rung is Rung.OBJECTED)
    assert ("unable" in words) == (rung is Rung.UNABLE)


@pytest.mark.parametrize("type_line", OTHERS)
@given(body=st.dictionaries(st.text(max_size=10), json_values, max_size=6))
def test_a_body_that_is_none_of_ours_is_told_as_unreadable(
    type_line: str, body: dict[str, Any]
) -> None:
    assert "cannot read" in sentence(type_line, body)


@given(st.text(max_size=30), st.dictionaries(st.text(max_size=10), json_values, max_size=6))
def test_words_are_bounded_and_never_fail(type_line: str, body: dict[str, Any]) -> None:
    assert 0 < len(sentence(type_line, body)) <= 400
