"""Persons and offices, as they are named in several scripts, and merges of two entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import (
    FilledLine,
    FilledText,
    IdOrEmpty,
    Language,
    Line,
    Lines,
    Members,
    Ref,
)
from parley.liaison.papers.when import When


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is written in one language; ``source`` says who wrote it so."""

    text: FilledLine
    language: Language
    source: Line = ""


@dataclass(frozen=True, slots=True)
class Office:
    """An office and when it was held; until: None while it is. sole: nobody else holds it at the
    same time. party: a party's id, "" if none."""

    title: FilledLine
    organisation: Line
    party: IdOrEmpty
    since: When
    until: When | None = None
    sole: bool = True
    source: Line = ""


@dataclass(frozen=True, slots=True)
class Person(Content):
    """A person: names in the order of use, offices with their dates, ways to reach him."""

    KIND: ClassVar[str] = "person"

    names: Annotated[tuple[Name, ...], Members(32, 1)]
    offices: Annotated[tuple[Office, ...], Members(32)] = ()
    languages: Annotated[tuple[Language, ...], Members(16)] = ()
    contacts: Lines = ()
    remark: Line = ""


@dataclass(frozen=True, slots=True)
class Merge(Content):
    """Two entries are one person: a decision of a person, never of a program. ``undone`` takes it
    back; both entries stay."""

    KIND: ClassVar[str] = "merge"

    kept: Ref
    merged: Ref
    decided_by: FilledLine
    reason: FilledText
    undone: bool = False
