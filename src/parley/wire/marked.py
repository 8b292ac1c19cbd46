"""The marking in the body of a signed note, and the banner over several bodies: for reports that
are made from files, where there is no node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from parley.errors import InputError
from parley.liaison.papers.marking import Marking
from parley.liaison.releases.marking import most_closed
from parley.wire.papers import value_from


def marking_in(body: Mapping[str, Any]) -> Marking | None:
    """The marking that a body carries, its originator named; None for one without. What cannot be
    read as a marking counts as the most closed."""
    plain = body.get("marking")
    if not isinstance(plain, dict):
        return None
    author = body.get("by")
    try:
        marking: Marking = value_from(Marking, plain, "marking")
    except InputError:
        marking = Marking()
    named = marking.originator or (author if isinstance(author, str) else "")
    return replace(marking, originator=named)


def banner_in(body: Mapping[str, Any]) -> str:
    """The banner of one body, "" where it carries no marking."""
    marking = marking_in(body)
    return "" if marking is None else marking.banner()


def marked(body: Mapping[str, Any]) -> str:
    """The banner of one statement, to stand in front of it; "" for one without a marking."""
    banner = banner_in(body)
    return f"[{banner}] " if banner else ""


def banner_over(bodies: Iterable[Mapping[str, Any]]) -> str:
    """The most closed marking of all these, as a banner; "" where none carries one."""
    found = [marking for body in bodies if (marking := marking_in(body)) is not None]
    return most_closed(found).banner() if found else ""
