"""Whatever a party can say, to the body of a signed note and back: statements of the rules
(``statement``) and papers of liaison (``papers``) in one pair of functions."""

from __future__ import annotations

from typing import Any

from parley.liaison.papers.paper import Paper, Reply, Said
from parley.rules.statements import Statement
from parley.wire import papers, statement

Spoken = Statement | Said
TYPES = (*statement.TYPES, *papers.TYPES)


def encode(spoken: Spoken) -> tuple[str, dict[str, Any]]:
    """See ``statement.encode`` and ``papers.encode``."""
    if isinstance(spoken, Paper | Reply):
        return papers.encode(spoken)
    return statement.encode(spoken)


def decode(type_line: str, body: Any, *, sender: str) -> Spoken:
    """See ``statement.decode`` and ``papers.decode``."""
    if type_line in papers.TYPES:
        return papers.decode(type_line, body, sender=sender)
    return statement.decode(type_line, body, sender=sender)
