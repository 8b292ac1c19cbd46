"""The seats of a node as its routes need them, and what log-out asks of them.

Imported late: seats rest on many rooms, and a node that comes back answers STOP before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from parley.web.face import Face

if TYPE_CHECKING:
    from parley.liaison.handover.contents import OpenLine
    from parley.node.people.sessions import Session
    from parley.node.seats import Seats


def seats_of(face: Face) -> Seats:
    """The watch of the node behind ``face``."""
    from parley.node.seats import Seats

    checks = face.hotline.checks if face.hotline is not None else None
    return Seats(
        face.node,
        face.people,
        watching=face.watching,
        drafts=_drafts(face) if face.drafting is not None else None,
        checks=checks,
    )


def leaving(face: Face) -> Callable[[Session], Awaitable[list[str]]]:
    """For ``People.may_leave``: why the person of a session has to stay."""

    async def may_leave(session: Session) -> list[str]:
        return await seats_of(face).may_leave(session)

    return may_leave


def _drafts(face: Face) -> Callable[[], Awaitable[Sequence[OpenLine]]]:
    async def waiting() -> Sequence[OpenLine]:
        from parley.liaison.handover.contents import OpenLine, Urgency
        from parley.node.drafting.draft import State
        from parley.node.liaison.openitems import one_line

        drafting = face.drafting
        assert drafting is not None
        found, before = [], 0
        while page := await drafting.page(State.WAITING, before=before):
            found += page
            before = page[-1].number
        return [
            OpenLine(
                "draft",
                f"draft:{one.number}",
                one_line(
                    f"draft {one.number}: {one.proposal.kind.value} by {one.author.name}"
                    f"{f', amends {one.proposal.item}' if one.proposal.item else ''}"
                ),
                Urgency.ADVISORY,
                "waits for its release",
            )
            for one in found
        ]

    return waiting
