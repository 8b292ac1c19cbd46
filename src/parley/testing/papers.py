"""Hypothesis strategies for papers of every kind, made from the forms at the types."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Union

from hypothesis import strategies as st

from parley.errors import InputError
from parley.liaison.kinds import KINDS
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content, Paper, Reply
from parley.liaison.papers.values import MANY, Form, Members, Value, Whole
from parley.rules.statements import Header, Rung
from parley.space import Area, Band, Position
from parley.testing.clock import DAWN_MS

LETTERS = "abz AZ09 .,-?!'\"#$*@\\<>&éñ Привет שלום مرحبا 中"
_DIGEST = "0123456789abcdef"


def contents(kind: str) -> st.SearchStrategy[Content]:
    """Contents of one kind that ``wire`` writes: what its type alone refuses is left out."""
    content: Any = KINDS[kind].content
    found: st.SearchStrategy[Content] = _of(content)
    return found


def papers(kind: str, *, by: str = "blue", to: tuple[str, ...] = ("green",)) -> Any:
    """Papers of one kind as a party could seal them."""
    header = Header(by, "duty", DAWN_MS, to, "a" * 64)
    return st.builds(
        Paper,
        header=st.just(header),
        item=st.just(f"{by}-1"),
        version=st.just(1),
        content=contents(kind),
        marking=st.just(Marking(rel_to=to)),
        about=st.sampled_from([(), ("notice:blue-1",), ("claim:a-1", "notice:blue-1")]),
        person=_text(Form("line", 40)),
        withdrawn=st.booleans(),
    )


def replies(*, by: str = "green", to: tuple[str, ...] = ("blue",)) -> st.SearchStrategy[Reply]:
    return st.builds(
        Reply,
        header=st.just(Header(by, "duty", DAWN_MS, to, "a" * 64)),
        item=st.just("blue-1"),
        version=st.integers(1, 9),
        number=st.integers(1, 9),
        rung=st.sampled_from([r for r in Rung if r is not Rung.RECEIVED]),
        values=st.lists(_of(Value), max_size=3).map(tuple),
        person=_text(Form("line", 40)),
        text=_text(Form("text", 200)),
    )


@cache
def _of(kind: Any) -> Any:
    """Values of a dataclass; those that its own constructor refuses are not drawn."""
    hints = typing.get_type_hints(kind, include_extras=True)
    names = [field.name for field in dataclasses.fields(kind)]
    members = {name: _typed(hints[name]) for name in names}
    return st.fixed_dictionaries(members).map(_made(kind)).filter(lambda made: made is not None)


def _made(kind: Any) -> Callable[[dict[str, Any]], Any]:
    def make(members: dict[str, Any]) -> Any:
        try:
            return kind(**members)
        except InputError:
            return None

    return make


def _typed(hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin is Annotated:
        kind, *forms = typing.get_args(hint)
        return _formed(kind, [f for f in forms if isinstance(f, Form | Whole | Members)][-1])
    if origin in (Union, types.UnionType):
        kinds = [_typed(one) for one in typing.get_args(hint) if one is not type(None)]
        return st.one_of(st.none(), *kinds)
    if origin is tuple:
        return _formed(hint, Members(MANY))
    plain = {
        Area: st.sampled_from(_AREAS),
        Band: st.just(Band.metres(0, 3000)),
        Position: st.just(Position(lat_deg=33.1, lon_deg=35.2)),
        int: st.integers(-1, 2**40),
        bool: st.booleans(),
        str: _text(Form("line", 40)),
    }
    if hint in plain:
        return plain[hint]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(list(hint))
    return st.deferred(lambda: _of(hint))


def _formed(kind: Any, form: Form | Whole | Members) -> Any:
    if isinstance(form, Form):
        return _text(form)
    if isinstance(form, Whole):
        return st.integers(form.least, min(form.most, form.least + 2**41))
    member = _typed(typing.get_args(kind)[0])
    most = min(form.most, max(form.least, 2))
    made = st.lists(member, min_size=form.least, max_size=most)
    if form.sorted:
        return made.map(lambda found: tuple(sorted(set(found))))
    return made.map(tuple)


def _text(form: Form) -> Any:
    if form.shape == "hash":
        digest = st.text(_DIGEST, min_size=64, max_size=64)
        return digest if form.least else st.one_of(st.just(""), digest)
    if form.shape in _FIXED:
        some = _FIXED[form.shape]
        return st.sampled_from(some if form.least else ("", *some))
    most = min(form.most, 30)
    signs = LETTERS + ("\n" if form.shape in ("text", "note") else "")
    return st.text(signs, min_size=min(form.least, most), max_size=most)


_FIXED: dict[str, tuple[str, ...]] = {
    "id": ("blue", "green", "a.b-c_1"),
    "ref": ("notice:blue-1", "claim:green-2", "person:blue-9"),
    "language": ("en", "ru", "he", "ar", "sr-Latn"),
    "name": ("recording.wav", "карта.pdf", "a b.txt"),
}
_AREAS = (
    Area.circle(Position(lat_deg=33.0, lon_deg=35.0), 500),
    Area.corridor([Position(lat_deg=33.0, lon_deg=35.0), Position(lat_deg=33.1, lon_deg=35.5)], 0),
    Area.polygon(
        [
            Position(lat_deg=33.0, lon_deg=35.0),
            Position(lat_deg=33.0, lon_deg=35.1),
            Position(lat_deg=33.1, lon_deg=35.1),
        ]
    ),
)
