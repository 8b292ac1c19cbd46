"""Who was first, by name: the second officer's refusal with what the console knows of the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from parley.errors import DoneBeforeError, ParleyError
from parley.web.face import Face

NEAR_MS = 10_000
"""An act of the console is the one behind a statement, if it was answered so soon after it."""
_MOST = 20


@asynccontextmanager
async def second_told(face: Face, ref: str) -> AsyncIterator[None]:
    """A DoneBeforeError from within is given the name of the person, if a session did it."""
    try:
        yield
    except DoneBeforeError as error:
        if not error.who:
            error.who = await _name(face, ref, error.at_ms)
        raise


async def _name(face: Face, ref: str, at_ms: int) -> str:
    """ "" where no session did it, or nobody can be asked now."""
    if face.people is None:
        return ""
    try:
        for act in await face.people.acts(subject=ref, limit=_MOST):
            if act.method != "GET" and act.status < 300 and abs(act.at_ms - at_ms) <= NEAR_MS:
                return (await face.people.person(act.person)).name
    except ParleyError:
        pass
    return ""
