"""Who is behind the request that is being answered: a person of the console, or a program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from parley.node.people.roles import PersonRole


@dataclass(frozen=True, slots=True)
class Acting:
    """person: the log-in name; name: as it is written on papers; duties: the duty roles that may
    be spoken under; duty: the one of this session now, "" for none."""

    person: str
    name: str
    roles: tuple[PersonRole, ...]
    duties: tuple[str, ...]
    duty: str


_acting: ContextVar[Acting | None] = ContextVar("parley-acting", default=None)


def acting() -> Acting | None:
    """The person whose session the request came with; None: a program with the operator token."""
    return _acting.get()


def speaker(named: str) -> str:
    """Who signs a paper: of a session its person, whatever was named; else who was named."""
    here = acting()
    return named if here is None else here.name


@contextmanager
def acting_as(person: Acting | None) -> Iterator[None]:
    """Within, ``acting`` is this person."""
    before = _acting.set(person)
    try:
        yield
    finally:
        _acting.reset(before)
