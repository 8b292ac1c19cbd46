"""The service: drafts proposed, released by a second person, returned, withdrawn, lapsed.

What a draft became is written in the same transaction of the node that says it (table
``drafted``): only then it is marked in the store of drafts, and marked again after a crash.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from parley.errors import ChangedError, InputError, ParleyError, StorageError
from parley.node import admit, post
from parley.node.desk import Desk, addressees
from parley.node.drafting import draft as rules
from parley.node.drafting.draft import (
    Draft,
    DraftKind,
    Proposal,
    Seen,
    State,
    Who,
    check_waiting,
)
from parley.node.drafting.ports import Drafts
from parley.node.drafting.reading import NOTICES, Read, ReleaseForm, WideningForm, marking_of, read
from parley.node.liaison import releasing, saying
from parley.node.liaison.views import Filed
from parley.node.node import Node
from parley.node.ports import Salts
from parley.node.views import Posted
from parley.rules import statements
from parley.rules.findings import Finding, Level, order

MAX_WAITING = 100
MOST_A_PAGE = 200
DRAFTED = "drafted"
"""The table of the node: draft id -> what it became. Its log does not decide it."""
_ALERT = Level.WARNING
_log = structlog.get_logger("parley.drafting")

Released = Posted | Filed


class NewFindingsError(ChangedError):
    """What the check finds now, at WARNING or above, and the releaser had not seen."""

    def __init__(self, found: Sequence[Finding]) -> None:
        super().__init__(
            f"the check finds {len(found)} thing(s) that you had not seen",
            right="look at them, then release again with their keys in seen",
            where="seen",
        )
        self.found = tuple(found)


@dataclass(frozen=True, slots=True)
class Looked:
    """A draft, its words, and what releasing it now would find (nothing, if it waits no more)."""

    draft: Draft
    read: Read | None
    findings: tuple[Finding, ...] = ()


class Drafting:
    """See the module. two_persons: who writes does not release.

    Errors besides those of ``draft``: InputError for what cannot be said, StorageError when
    nothing could be kept (then nothing was acknowledged either)."""

    def __init__(
        self, node: Node, drafts: Drafts, fresh: Salts, *, two_persons: bool = True
    ) -> None:
        self.two_persons = two_persons
        self._node = node
        self._drafts = drafts
        self._fresh = fresh
        self._acting = asyncio.Lock()
        self._due_ms: dict[str, int] = {}
        self._unmarked: dict[str, Draft] = {}

    async def start(self) -> None:
        """Marks what was released before the node died, and knows when the others lapse."""
        waiting = await self._drafts.page(State.WAITING, before=0, limit=MAX_WAITING)
        self._due_ms = {draft.id: draft.lapses_ms for draft in waiting}
        await self._marked(waiting)

    async def close(self) -> None:
        await self._drafts.close()

    async def tick(self) -> None:
        """Lets drafts lapse whose time has come, each with a line in the journal."""
        now_ms = self._node.clock()
        if not self._unmarked and not any(0 <= ms <= now_ms for ms in self._due_ms.values()):
            return
        async with self._acting:
            await self._lapse()

    async def propose(self, proposal: Proposal, who: Who) -> Looked:
        """A new draft waits."""
        proposal, words, found = await self._examined(proposal)
        now_ms, token = self._node.clock(), self._fresh()[:4].hex()

        def make(number: int, waiting: int) -> Draft:
            if waiting >= MAX_WAITING:
                raise InputError(
                    f"{waiting} drafts wait already", right="release, return or withdraw one first"
                )
            return rules.propose(f"{number}-{token}", number, proposal, who, now_ms, _seen(found))

        draft = await self._drafts.add(make)
        self._due_ms[draft.id] = draft.lapses_ms
        await self._tell(draft)
        return Looked(draft, words, tuple(found))

    async def replace(
        self, identity: str, proposal: Proposal, who: Who, *, revision: int = 0
    ) -> Looked:
        """The next revision of a draft that waits, by its author. Its kind stays."""
        before = await self.get(identity)
        check_waiting(before)
        proposal = replace(proposal, kind=before.proposal.kind, item=before.proposal.item)
        proposal, words, found = await self._examined(proposal)
        seen, now_ms = _seen(found), self._node.clock()
        draft = await self._change(
            identity, lambda d: rules.replaced(d, proposal, who, now_ms, seen, revision=revision)
        )
        self._due_ms[draft.id] = draft.lapses_ms
        return Looked(draft, words, tuple(found))

    async def give_back(self, identity: str, who: Who, text: str) -> Draft:
        """Another person does not release it, and says why."""
        now_ms = self._node.clock()
        return await self._change(identity, lambda d: rules.returned(d, who, now_ms, text))

    async def withdraw(self, identity: str, who: Who, text: str = "") -> Draft:
        """Its author takes it back."""
        now_ms = self._node.clock()
        return await self._change(identity, lambda d: rules.withdrawn(d, who, now_ms, text))

    async def release(
        self, identity: str, who: Who, *, revision: int, seen: Sequence[Seen]
    ) -> Released:
        """Say what the draft says, as its author and this second person. Once, whatever fails.

        NewFindingsError; what the node refuses."""
        async with self._acting:
            await self._lapse()
            draft = await self._now(identity)
            now_ms = self._node.clock()
            rules.check_release(draft, who, now_ms, revision=revision, two_persons=self.two_persons)
            given = await asyncio.to_thread(read, draft.proposal, self._node.agreement)
            said = await self._node.keep(lambda desk: _say(desk, draft, given, who, seen))
            ref, version = _became_of(said)
            await self._mark(rules.released(draft, who, now_ms, ref, version))
        return said

    async def get(self, identity: str) -> Draft:
        """The draft as it is now. InputError: there is none."""
        if self._unmarked or self._is_due(identity):
            async with self._acting:
                await self._lapse()
        return await self._now(identity)

    async def look(self, identity: str, *, checked: bool = True) -> Looked:
        """The same, with its words and, if asked for, what the check says now."""
        draft = await self.get(identity)
        words = await asyncio.to_thread(_read_or_none, draft.proposal, self._node)
        if not checked or draft.state is not State.WAITING or words is None:
            return Looked(draft, words)
        found = await self._findings(draft.proposal, words)
        return Looked(draft, words, tuple(found))

    async def page(
        self, state: State | None = None, *, before: int = 0, limit: int = MOST_A_PAGE
    ) -> list[Draft]:
        """The newest first; ``before``: the number of the last one of the page before."""
        await self.tick()
        limit = max(1, min(limit, MOST_A_PAGE))
        now = await self._marked(await self._drafts.page(state, before=before, limit=limit))
        return [draft for draft in now if state is None or draft.state is state]

    def waiting(self) -> int:
        """How many drafts wait."""
        return len(self._due_ms)

    # ---- inside

    def _is_due(self, identity: str) -> bool:
        return 0 <= self._due_ms.get(identity, -1) <= self._node.clock()

    async def _now(self, identity: str) -> Draft:
        [draft] = await self._marked([await self._drafts.get(identity)])
        return draft

    async def _examined(self, proposal: Proposal) -> tuple[Proposal, Read, list[Finding]]:
        """Refuses what could not be said now."""
        digest = self._node.agreement_ref
        words = await asyncio.to_thread(read, proposal, self._node.agreement)
        await self._node.look(lambda desk: _check_header(desk, proposal))
        if isinstance(words.words, ReleaseForm):
            await self._node.look(lambda desk: _check_release(desk, words.words))
        dated = replace(proposal, start_ms=words.start_ms, end_ms=words.end_ms, agreement=digest)
        return dated, words, await self._findings(proposal, words)

    async def _findings(self, proposal: Proposal, words: Read) -> list[Finding]:
        given = words.words
        if not isinstance(given, statements.Draft):
            return []
        named = replace(given, item=proposal.item or given.item)
        return order(await self._node.check(named))

    async def _change(self, identity: str, work: Callable[[Draft], Draft]) -> Draft:
        async with self._acting:
            await self._lapse()
            check_waiting(await self._now(identity))
            draft = await self._drafts.change(identity, work)
            if draft.state is not State.WAITING:
                self._due_ms.pop(identity, None)
            await self._tell(draft)
        return draft

    async def _lapse(self) -> None:
        for draft in list(self._unmarked.values()):
            await self._mark(draft)
        now_ms = self._node.clock()
        for identity, due_ms in list(self._due_ms.items()):
            if 0 <= due_ms <= now_ms:
                draft = await self._drafts.change(identity, lambda d: rules.lapsed(d, now_ms))
                self._due_ms.pop(identity, None)
                if draft.state is State.LAPSED:
                    await self._tell(draft)

    async def _mark(self, draft: Draft) -> None:
        """What the node has said is so, though the store of drafts fails: then it is marked
        later."""
        self._due_ms.pop(draft.id, None)
        try:
            await self._drafts.change(
                draft.id, lambda kept: draft if kept.state is State.WAITING else kept
            )
        except StorageError as error:
            self._unmarked[draft.id] = draft
            _log.error("draft-unmarked", draft=draft.id, ref=draft.ref, error=str(error))
        else:
            self._unmarked.pop(draft.id, None)

    async def _marked(self, drafts: Sequence[Draft]) -> list[Draft]:
        """These drafts; where the node has said one that waits still, released and marked."""
        waiting = [draft.id for draft in drafts if draft.state is State.WAITING]
        told = await self._node.look(lambda desk: _drafted(desk, waiting)) if waiting else {}
        found = []
        for draft in drafts:
            data = told.get(draft.id)
            if data is not None:
                who = Who(data["person"], data["name"], data["role"])
                draft = rules.released(draft, who, data["at_ms"], data["ref"], data["version"])
                await self._mark(draft)
            found.append(draft)
        return found

    async def _tell(self, draft: Draft) -> None:
        """A line in the journal; the draft stands though the line cannot be written."""
        try:
            await self._node.keep(lambda desk: desk.event(*_line(draft)))
        except ParleyError as error:
            _log.error("draft-untold", draft=draft.id, error=str(error))


def _drafted(desk: Desk, identities: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Of these drafts, those that were said, and by whom."""
    found = {one: desk.tx.records.get(DRAFTED, one) for one in identities}
    return {one: json.loads(data) for one, data in found.items() if data is not None}


def _line(draft: Draft) -> tuple[str, dict[str, object]]:
    last = draft.deeds[-1]
    data: dict[str, object] = {
        "id": draft.id,
        "number": draft.number,
        "kind": draft.proposal.kind.value,
        "revision": draft.revision,
        "by": last.who.name,
        "role": last.who.role,
    }
    if last.text:
        data["text"] = last.text
    if draft.ref:
        data["ref"] = draft.ref
    return f"draft-{last.did.value}", data


def _say(desk: Desk, draft: Draft, given: Read, who: Who, seen: Sequence[Seen]) -> Released:
    """The unit of work of a release: the check, the words, what they became, the journal."""
    _check_agreement(desk, draft)
    said = _said(desk, draft, given, who, seen)
    ref, version = _became_of(said)
    after = rules.released(draft, who, desk.now_ms, ref, version)
    told = {
        "ref": ref,
        "version": version,
        "person": who.person,
        "name": who.name,
        "role": who.role,
        "at_ms": desk.now_ms,
    }
    desk.tx.records.put(DRAFTED, draft.id, json.dumps(told).encode())
    desk.event(*_line(after))
    return said


def _check_agreement(desk: Desk, draft: Draft) -> None:
    """ChangedError: the agreement was amended; classes, places and hazards may be other ones."""
    if draft.proposal.agreement not in ("", desk.agreement_ref):
        raise ChangedError(
            f"the agreement was amended since draft {draft.number} was written",
            right="its author replaces it, and it is looked at again",
            where="revision",
        )


def _said(desk: Desk, draft: Draft, given: Read, who: Who, seen: Sequence[Seen]) -> Released:
    proposal, words = draft.proposal, given.words
    if isinstance(words, ReleaseForm):
        return releasing.make(
            desk,
            words.subject,
            words.recipient,
            role=proposal.role,
            released_by=who.name,
            requested_by=draft.author.name,
            marking=marking_of(words.marking),
            safety=words.safety,
            enclose=words.enclose,
            text=words.text,
        )
    if isinstance(words, WideningForm):
        return saying.amendment(
            desk,
            words.ref,
            None,
            role=proposal.role,
            marking=marking_of(words.marking),
            about=None,
            person=who.name,
            withdrawn=False,
        )
    amends = proposal.kind is DraftKind.AMENDMENT
    named = replace(words, item=proposal.item) if amends else words
    _check_seen(post.check(desk, named), seen)
    if amends:
        return post.amendment(desk, proposal.item, words, role=proposal.role, releaser=who.role)
    return post.notice(
        desk,
        words,
        role=proposal.role,
        to=proposal.to,
        releaser=who.role,
        exercise=proposal.exercise,
        each_its_own=proposal.each_its_own,
    )


def _check_seen(found: Sequence[Finding], seen: Sequence[Seen]) -> None:
    """NewFindingsError: something at WARNING or above that was not seen, or was seen lower."""
    known = {one.key: one.level for one in seen}
    new = [
        finding
        for finding in found
        if finding.level >= _ALERT and not _covers(known.get(finding.key), finding.level)
    ]
    if new:
        raise NewFindingsError(new)


def _covers(seen: str | None, level: Level) -> bool:
    if seen is None:
        return False
    return not seen or Level[seen.upper()] >= level


def _check_header(desk: Desk, proposal: Proposal) -> None:
    desk.header(proposal.role, addressees(desk.context, proposal.to))
    if proposal.kind is DraftKind.AMENDMENT:
        record = admit.need(desk, f"notice:{proposal.item}")
        if record.author != desk.context.party:
            raise InputError(
                f"{record.ref} belongs to {record.author}, not to us",
                right="a notice of ours",
                where="item",
            )
    elif proposal.item and proposal.kind in NOTICES:
        raise InputError("a new notice amends nothing", right="kind=amendment", where="item")


def _check_release(desk: Desk, form: object) -> None:
    assert isinstance(form, ReleaseForm)
    if not form.safety:
        told = releasing.judged(
            desk, form.subject, form.recipient, marking=marking_of(form.marking)
        ).verdict
        if told.grounds is None:
            raise InputError(told.why, right=told.right, where="recipient")


def _became_of(said: Released) -> tuple[str, int]:
    if isinstance(said, Posted):
        return said.ref, said.version
    return said.ref, said.record.paper.version


def _seen(found: Sequence[Finding]) -> tuple[Seen, ...]:
    return tuple(Seen(finding.key, finding.level.name.lower()) for finding in found)


def _read_or_none(proposal: Proposal, node: Node) -> Read | None:
    """None: the agreement has changed since, and does not know it any more."""
    try:
        return read(proposal, node.agreement)
    except ParleyError:
        return None
