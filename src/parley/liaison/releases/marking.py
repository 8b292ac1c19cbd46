"""What a marking allows. Default deny: what no rule here lets go stays."""

from __future__ import annotations

from parley.liaison.papers.marking import Marking, Tlp

_COMMUNITY = frozenset({Tlp.GREEN, Tlp.CLEAR})


def allows(marking: Marking, author: str, recipient: str) -> bool:
    """Whether ``author``, whose words these are, may address ``recipient`` (a party id).

    REL TO names whom it may go to; without it GREEN goes to all parties of the agreement and
    CLEAR to everybody, every other colour to nobody but the originator."""
    if recipient in (author, marking.originator):
        return True
    if marking.rel_to:
        return recipient in marking.rel_to
    return marking.tlp in _COMMUNITY
