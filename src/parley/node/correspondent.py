"""Papers as a part of the node: what officers say on them and what they ask about them."""

from __future__ import annotations

from collections.abc import Sequence

from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import Value
from parley.node.engine import Engine
from parley.node.liaison import filing, reading, saying
from parley.node.liaison.views import Filed, Page, Past
from parley.rules.statements import Rung


class Correspondent(Engine):
    """See the module. InputError: what an officer asked that cannot be."""

    async def post_paper(
        self,
        content: Content,
        *,
        role: str,
        to: Sequence[str] | None = None,
        marking: Marking | None = None,
        about: Sequence[str] = (),
        person: str = "",
        exercise: bool = False,
        each_its_own: bool = False,
    ) -> Filed:
        """A new paper (``to``: every other party if None; empty: it stays here). marking: None
        for its addressees alone, under our control. each_its_own: a signed copy for each."""
        return await self._change(
            lambda desk: saying.paper(
                desk,
                content,
                role=role,
                to=to,
                marking=marking,
                about=about,
                person=person,
                exercise=exercise,
                each_its_own=each_its_own,
            )
        )

    async def amend_paper(
        self,
        ref: str,
        content: Content,
        *,
        role: str,
        marking: Marking | None = None,
        about: Sequence[str] | None = None,
        person: str = "",
    ) -> Filed:
        """The next version of a paper of ours: everybody hears it anew."""
        return await self._change(
            lambda desk: saying.amendment(
                desk,
                ref,
                content,
                role=role,
                marking=marking,
                about=about,
                person=person,
                withdrawn=False,
            )
        )

    async def withdraw_paper(self, ref: str, *, role: str, person: str = "") -> Filed:
        """We take a paper back; what was said of it stays."""
        return await self._change(
            lambda desk: saying.amendment(
                desk,
                ref,
                None,
                role=role,
                marking=None,
                about=None,
                person=person,
                withdrawn=True,
            )
        )

    async def reply(
        self,
        ref: str,
        rung: Rung,
        *,
        role: str,
        values: Sequence[Value] = (),
        person: str = "",
        text: str = "",
    ) -> Filed:
        """We read, read back, accept, object to, or cannot keep a paper of another party."""
        return await self._change(
            lambda desk: saying.reply(
                desk, ref, rung, role=role, values=values, person=person, text=text
            )
        )

    async def paper(self, ref: str) -> PaperRecord:
        """One paper; InputError if there is none."""
        return await self.look(lambda desk: filing.need(desk, ref))

    async def papers(
        self,
        kind: str,
        *,
        after: str = "",
        limit: int = 50,
        only_open: bool = False,
        by: str = "",
        about: str = "",
    ) -> Page:
        """One page of papers, newest first: see ``reading.page``."""
        return await self.look(
            lambda desk: reading.page(
                desk, kind, after=after, limit=limit, only_open=only_open, by=by, about=about
            )
        )

    async def paper_history(self, ref: str) -> tuple[Past, ...]:
        """Every version of a paper, oldest first."""
        return await self.look(lambda desk: reading.history(desk, ref))
