"""Papers to bytes and back, of every kind; and whatever else comes in is refused with its place."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.errors import InputError, MalformedError
from parley.ledger.canonical import encode as canonical
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.kinds import KINDS, about
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Paper
from parley.rules.statements import Header
from parley.testing.clock import DAWN_MS
from parley.testing.papers import papers, replies
from parley.wire import spoken
from parley.wire.papers import REPLY, TYPES, decode, encode, schema_of, type_line
from parley.wire.sentences import sentence

SLOW = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
HEADER = Header("blue", "duty", DAWN_MS, ("green",), "a" * 64)


def message(**change: Any) -> Paper:
    words = {"text": "hello", "language": "en", **change}
    content = Message(LineName.SAFETY, Precedence.FLASH, **words)
    return Paper(HEADER, "blue-1", 1, content, Marking(rel_to=("green",)))


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_paper_of_every_kind_comes_back_as_it_went(kind: str) -> None:
    @SLOW
    @given(papers(kind))
    def back(paper: Paper) -> None:
        line, body = encode(paper)
        assert line == type_line(kind)
        over_the_wire = json.loads(canonical(body, max_depth=32))
        assert decode(line, over_the_wire, sender="blue") == paper
        assert spoken.decode(line, over_the_wire, sender="blue") == paper
        assert f"{paper.item}, version 1" in sentence(line, over_the_wire)
        assert len(about(paper)) == len(set(about(paper)))

    back()


@SLOW
@given(replies())
def test_a_reply_comes_back_as_it_went(reply: Any) -> None:
    line, body = encode(reply)
    assert line == REPLY
    assert decode(line, json.loads(canonical(body)), sender="green") == reply


WRONG: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 2**60, 1.5, "", "x" * 70_000, "\u202eevil", [], [[]], {}, {"a": 1}]
)


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body."""
    found = [here] if here else []
    if isinstance(value, dict):
        for name in sorted(value):
            found += places(value[name], (*here, name))
    if isinstance(value, list):
        for index, member in enumerate(value):
            found += places(member, (*here, index))
    return found


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_mutated_paper_is_another_paper_or_a_refusal(kind: str) -> None:
    @SLOW
    @given(papers(kind), st.data())
    def mutated(paper: Paper, data: st.DataObject) -> None:
        line, body = encode(paper)
        twisted = copy.deepcopy(body)
        *way, last = data.draw(st.sampled_from(places(twisted)))
        inner = twisted
        for step in way:
            inner = inner[step]
        inner[last] = data.draw(WRONG)
        said: list[Any] = []
        with contextlib.suppress(MalformedError):
            said.append(decode(line, twisted, sender="blue"))
        assert [encode(one)[1] for one in said] == [twisted for _ in said]

    mutated()


@pytest.mark.parametrize("line", TYPES)
def test_every_member_is_always_present_and_no_other_is(line: str) -> None:
    schema = schema_of(line).model_json_schema()
    optional = set(schema["properties"]) - set(schema["required"])
    assert optional == {"copy_for"}
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"language": "english!"}, "content.language"),
        ({"text": ""}, "content.text"),
        ({"text": "\u202etxt"}, "content.text"),
        ({"text": "x" * 4_001}, "content.text"),
        ({"phrase": "P 1"}, "content.phrase"),
        ({"reply_to": "message"}, "content.reply_to"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as refused:
        encode(message(**change))
    assert refused.value.where == where
    assert refused.value.at_fault == "party 'blue'"


@pytest.mark.parametrize(
    "text", ["שלום, מדבר הקצין התורן", "مرحبا، هنا الضابط المناوب", "Il-20 «Ил-20»"]
)
def test_right_to_left_and_mixed_scripts_stay_as_they_are(text: str) -> None:
    line, body = encode(message(text=text, language="he"))
    back = decode(line, json.loads(canonical(body)), sender="blue")
    assert isinstance(back, Paper)
    assert isinstance(back.content, Message)
    assert back.content.text == text


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a/b",
        "a\\b",
        ".hidden",
        "c:evil",
        "x\u202egpj.exe",
        "a\nb",
        " a",
        "a.",
        "",
    ],
)
def test_a_hostile_name_of_a_file_is_refused(name: str) -> None:
    line, body = encode(message())
    body["content"]["attachments"] = [
        {"name": name, "media_type": "audio/wav", "size": 1, "sha256": "a" * 64}
    ]
    with pytest.raises(MalformedError, match="refused"):
        decode(line, body, sender="blue")
