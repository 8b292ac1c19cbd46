"""Papers as a part of the node: what officers say on them and what they ask about them."""

from __future__ import annotations

from collections.abc import Sequence

from parley.errors import InputError
from parley.liaison.handover.contents import Handover
from parley.liaison.pacts.contents import Participation, Proposal, Signature
from parley.liaison.pacts.rules import participation_id, signature_id
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Content
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import Value
from parley.node import first
from parley.node.desk import Desk, addressees
from parley.node.engine import Engine
from parley.node.liaison import pacts, reading, releasing, saying, shelf
from parley.node.liaison.pacts import Offer, Stanced
from parley.node.liaison.releasing import Judged
from parley.node.liaison.views import Filed, Page, Past
from parley.rules.statements import Rung
from parley.wire.agreement import agreement_digest, parse_agreement


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
        _by_hand(content.KIND)
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
        _by_hand(content.KIND)
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
        _by_hand(ref.partition(":")[0])
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
        seen: first.Shown | None = None,
    ) -> Filed:
        """We read, read back, accept, object to, or cannot keep a paper of another party. seen:
        what was shown of our standing. DoneBeforeError: another of us has replied since."""
        return await self._change(
            lambda desk: first.replying(
                desk,
                ref,
                rung,
                seen,
                lambda: saying.reply(
                    desk, ref, rung, role=role, values=values, person=person, text=text
                ),
            )
        )

    # The agreement

    async def propose(
        self, text: bytes, *, role: str, from_ms: int, sign_by_ms: int, why: str = ""
    ) -> Filed:
        """An amendment of the agreement in force (``text``: the whole file) for all to sign, in
        force from ``from_ms`` at the earliest. To sign it is an act of its own."""
        agreement = parse_agreement(text, "the amendment")

        def work(desk: Desk) -> Filed:
            content = Proposal(
                desk.agreement_ref,
                agreement_digest(agreement),
                agreement.title,
                text.decode(),
                from_ms,
                sign_by_ms,
                why,
            )
            return _to_all(desk, content, role, "")

        return await self._change(work)

    async def sign(self, ref: str, *, role: str, person: str = "") -> Filed:
        """We sign a proposal, ours or another's: once a round, and it is never taken back."""

        def work(desk: Desk) -> Filed:
            proposal, number = pacts.needs_signature(desk, ref)
            content = Signature(proposal.base, number, ref, proposal.digest)
            item = signature_id(desk.context.party, proposal.base, number)
            return _to_all(desk, content, role, item, person)

        return await self._change(work)

    async def take_part(self, content: Participation, *, role: str, person: str = "") -> Filed:
        """We suspend the agreement, or take part again; every time is a version of one paper."""

        def work(desk: Desk) -> Filed:
            item = participation_id(desk.context.party)
            if shelf.find(desk, item) is None:
                return _to_all(desk, content, role, item, person)
            return saying.amendment(
                desk,
                f"participation:{item}",
                content,
                role=role,
                marking=None,
                about=None,
                person=person,
                withdrawn=False,
            )

        return await self._change(work)

    async def offers(self) -> tuple[Offer, ...]:
        """Every proposal, and how its signing stands."""
        return await self.look(pacts.offers)

    async def stances(self) -> tuple[Stanced, ...]:
        """Whether each signatory takes part, by its own word."""
        return await self.look(pacts.stances)

    async def paper(self, ref: str) -> PaperRecord:
        """One paper; InputError if there is none."""
        return await self.look(lambda desk: shelf.need(desk, ref))

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

    async def release_verdict(
        self, subject: str, recipient: str, *, marking: Marking | None = None
    ) -> Judged:
        """Whether we may pass ``subject`` on to ``recipient``, and what would be right."""
        return await self.look(
            lambda desk: releasing.judged(desk, subject, recipient, marking=marking)
        )

    async def ask_consent(
        self,
        subject: str,
        recipient: str,
        *,
        role: str,
        purpose: str,
        requested_by: str,
        until_ms: int,
        marking: Marking | None = None,
    ) -> Filed:
        """We ask the originator of ``subject`` whether ``recipient`` may have it."""
        return await self._change(
            lambda desk: releasing.ask(
                desk,
                subject,
                recipient,
                role=role,
                purpose=purpose,
                requested_by=requested_by,
                until_ms=until_ms,
                marking=marking,
            )
        )

    async def answer_consent(
        self, ref: str, *, grant: bool, role: str, person: str, text: str = ""
    ) -> Filed:
        """We grant a request for consent, refuse it, or take back what we granted."""
        return await self._change(
            lambda desk: releasing.answer(
                desk, ref, grant=grant, role=role, person=person, text=text
            )
        )

    async def release(
        self,
        subject: str,
        recipient: str,
        *,
        role: str,
        released_by: str,
        requested_by: str = "",
        marking: Marking | None = None,
        safety: bool = False,
        enclose: bool = True,
        text: str = "",
    ) -> Filed:
        """We pass ``subject`` on, on grounds that hold, and it stands in the register: see
        ``releasing.make``."""
        return await self._change(
            lambda desk: releasing.make(
                desk,
                subject,
                recipient,
                role=role,
                released_by=released_by,
                requested_by=requested_by,
                marking=marking,
                safety=safety,
                enclose=enclose,
                text=text,
            )
        )


def _by_hand(kind: str) -> None:
    """InputError: a kind that the node composes, so that nobody leaves anything out of it."""
    if kind == Handover.KIND:
        raise InputError(
            "a handover is composed by the node", right="POST /v1/handover/offer", where="content"
        )


def _to_all(desk: Desk, content: Content, role: str, item: str, person: str = "") -> Filed:
    """What concerns all parties goes to all, and nobody keeps it from another."""
    to = addressees(desk.context, None)
    return saying.paper(
        desk,
        content,
        role=role,
        to=to,
        marking=Marking(Tlp.GREEN, originator_control=False),
        about=(),
        person=person,
        exercise=False,
        each_its_own=False,
        item=item,
    )
