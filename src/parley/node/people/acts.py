"""What persons did through the console: a list that only grows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MOST_A_PAGE = 200
MAX_PATH = 300


@dataclass(frozen=True, slots=True)
class Act:
    """One change that was asked for. subject: the item or paper it was about, "" for none.
    status: of the answer (HTTP). seq: its place in the list, from 1; 0 before it is kept."""

    at_ms: int
    person: str
    duty: str
    method: str
    path: str
    subject: str
    status: int
    seq: int = 0
