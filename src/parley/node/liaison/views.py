"""What a node answers with about papers: plain values for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass

from parley.liaison.papers.paper import Paper
from parley.liaison.papers.record import PaperRecord


@dataclass(frozen=True, slots=True)
class Filed:
    """A paper or a reply that is durable. index: of its note in our own log; note: exact bytes,
    of the first copy where each addressee has its own."""

    record: PaperRecord
    index: int
    note: bytes
    note_hash: str

    @property
    def ref(self) -> str:
        return self.record.ref


@dataclass(frozen=True, slots=True)
class Past:
    """One version of a paper as it was said. index: of its note in our own log."""

    paper: Paper
    index: int


@dataclass(frozen=True, slots=True)
class Page:
    """Papers, newest first by when this node came to know them. total: of the whole list, or -1
    where it is not counted; after: where the next page begins, "" at the end."""

    records: tuple[PaperRecord, ...]
    after: str
    total: int
