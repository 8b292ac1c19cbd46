"""Papers out of stored words: the same as those that came over the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from parley.errors import ParleyError
from parley.ledger.canonical import encode as canonical
from parley.liaison.kinds import KINDS
from parley.liaison.papers.paper import Paper
from parley.testing.papers import papers, replies
from parley.wire import paperforms
from parley.wire.papers import content_from, encode
from parley.wire.paperwords import stored

SLOW = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=15)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_stored_paper_of_every_kind_is_the_one_that_was_said(kind: str) -> None:
    @SLOW
    @given(papers(kind))
    def back(paper: Paper) -> None:
        line, body = encode(paper)
        assert stored(line, json.loads(canonical(body, max_depth=32))) == paper

    back()


@SLOW
@given(replies())
def test_a_stored_reply_is_the_one_that_was_said(reply: Any) -> None:
    line, body = encode(reply)
    assert stored(line, json.loads(canonical(body))) == reply


def test_damage_is_never_read_as_a_paper() -> None:
    damaged: list[Any] = [{}, {"by": 1}, [], None]
    for body in damaged:
        with pytest.raises((KeyError, TypeError, ValueError, ParleyError)):
            stored("parley/message/v1", body)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_form_of_a_kind_takes_what_its_papers_say(kind: str) -> None:
    """What a template names are the members that the kind has, and no other."""

    @SLOW
    @given(papers(kind))
    def filled(paper: Paper) -> None:
        content = encode(paper)[1]["content"]
        assert set(content) == set(paperforms.template(kind))
        assert content_from(kind, content) == paper.content
        required = {m.name for m in paperforms.members(kind) if m.required}
        short = {name: content[name] for name in required}
        left_out = {m.name: m.default for m in paperforms.members(kind) if not m.required}
        if all(content[name] == default for name, default in left_out.items()):
            assert content_from(kind, short) == paper.content

    filled()
