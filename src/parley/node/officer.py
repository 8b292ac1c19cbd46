"""What a party's own officers say, and what they know and send to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parley.errors import OurError
from parley.node import (
    first,
    observe,
    post,
    watchlog,
)
from parley.node.engine import Engine
from parley.node.ports import Tx
from parley.node.views import (
    Posted,
)
from parley.rules.findings import Finding
from parley.rules.statements import (
    Distress,
    Draft,
    Observation,
    Phase,
    ReadBack,
    Rung,
    Step,
    Stop,
    Watched,
)
from parley.space import Area, Band, Position, Volume


class Officer(Engine):
    """See the module. InputError: what an officer asked that cannot be."""

    # What an officer says

    async def post_notice(
        self,
        draft: Draft,
        *,
        role: str,
        to: Sequence[str] | None = None,
        releaser: str = "",
        exercise: bool = False,
        each_its_own: bool = False,
    ) -> Posted:
        """Release a notice (``to``: every other party if None; may be empty: useful alone).

        each_its_own: every addressee gets a signed copy of its own, now and of all that is said
        about the notice later; a copy that turns up elsewhere left by its addressee or by us."""
        return await self._write(
            lambda tx: post.notice(
                self._now(tx),
                draft,
                role=role,
                to=to,
                releaser=releaser,
                exercise=exercise,
                each_its_own=each_its_own,
            )
        )

    async def amend_notice(
        self, item: str, draft: Draft, *, role: str, releaser: str = ""
    ) -> Posted:
        """A new version of a notice of ours: amend or extend. Everybody has to answer again."""
        return await self._write(
            lambda tx: post.amendment(self._now(tx), item, draft, role=role, releaser=releaser)
        )

    async def step(
        self, ref: str, step: Step, *, role: str, text: str = "", seen_version: int = 0
    ) -> Posted:
        """Activate, give the all-clear of (lift), or cancel an item of ours. What lifts a STOP or
        a DISTRESS goes out though our log does not take it (see ``afloat``). seen_version: of the
        item as it was shown, 0 for none. DoneBeforeError: another of us has acted since."""

        def logged(tx: Tx) -> Posted:
            desk = self._now(tx)
            return first.stepping(
                desk,
                ref,
                step,
                seen_version,
                lambda: post.step(desk, ref, step, role=role, text=text),
            )

        if not ref.startswith(("stop:", "distress:")):
            return await self._write(logged)
        try:
            return await self._write(logged)
        except OurError as error:
            record = self._afloat.record(ref) or await self.item(ref)
            posted = self._afloat.step(record, step, role, text, self.clock())
            return self._floats(posted, error)

    async def stop(
        self, *, role: str, area: Area | None = None, notice: str = "", text: str = ""
    ) -> Posted:
        """STOP to all parties, by one person. It goes out though our log does not take it: then
        ``logged`` is False (see ``afloat``)."""
        try:
            return await self._write(
                lambda tx: post.stop(self._now(tx), role=role, area=area, notice=notice, text=text)
            )
        except OurError as error:
            header = self._to_all(role)
            return self._floats(
                self._afloat.say(header, lambda name: Stop(header, name, 1, area, notice, text)),
                error,
            )

    async def distress(
        self,
        *,
        role: str,
        subject: str,
        since_ms: int,
        position: Position | None = None,
        uncertainty_m: int = 0,
        text: str = "",
    ) -> Posted:
        """DISTRESS to all parties, by one person. since_ms: since when it is known. It goes out
        though our log does not take it: then ``logged`` is False (see ``afloat``)."""
        try:
            return await self._write(
                lambda tx: post.distress(
                    self._now(tx),
                    role=role,
                    subject=subject,
                    since_ms=since_ms,
                    position=position,
                    uncertainty_m=uncertainty_m,
                    text=text,
                )
            )
        except OurError as error:
            header = self._to_all(role)
            where = (position, uncertainty_m, since_ms, text)
            return self._floats(
                self._afloat.say(header, lambda name: Distress(header, name, 1, subject, *where)),
                error,
            )

    async def report(
        self,
        *,
        role: str,
        third_party: str,
        phase: Phase,
        area: Area,
        since_ms: int,
        item: str = "",
        text: str = "",
    ) -> Posted:
        """Report to all what a third party does. ``item``: an earlier report of ours to amend."""
        return await self._write(
            lambda tx: post.report(
                self._now(tx),
                role=role,
                third_party=third_party,
                phase=phase,
                area=area,
                since_ms=since_ms,
                earlier=item,
                text=text,
            )
        )

    async def announce_nonconformance(
        self,
        *,
        role: str,
        notice: str,
        codes: Iterable[str],
        since_ms: int,
        area: Area | None = None,
        band: Band | None = None,
        item: str = "",
        text: str = "",
    ) -> Posted:
        """Announce to all that a flight of ours does not conform to what we declared.

        notice: the id of the notice of ours that it departs from, "" for a flight without one.
        codes: values of ``Deviation``. area and band: where it may be now. ``item``: an earlier
        announcement of ours to amend, as it moves or as the codes change. When it conforms again:
        ``step`` with an all-clear."""
        return await self._write(
            lambda tx: post.nonconformance(
                self._now(tx),
                role=role,
                notice=notice,
                codes=codes,
                since_ms=since_ms,
                area=area,
                band=band,
                earlier=item,
                text=text,
            )
        )

    async def answer(
        self,
        ref: str,
        rung: Rung,
        *,
        role: str,
        read_back: ReadBack | None = None,
        text: str = "",
        seen: first.Shown | None = None,
    ) -> Posted:
        """Climb one rung of the ladder on somebody else's item, by duty role. seen: what was shown
        of our standing. DoneBeforeError: another of us has answered since, or so already."""

        def work(tx: Tx) -> Posted:
            desk = self._now(tx)
            return first.answering(
                desk,
                ref,
                rung,
                seen,
                lambda: post.answer(desk, ref, rung, role=role, read_back=read_back, text=text),
            )

        return await self._write(work)

    # What an officer knows and does not send

    async def protect(self, label: str, volume: Volume, *, role: str, item: str = "") -> Posted:
        """Protect a presence of ours: every notice is checked against it, nobody is shown it."""
        return await self._write(
            lambda tx: observe.protect(self._now(tx), label, volume, role=role, item=item)
        )

    async def unprotect(self, item: str, *, role: str) -> Posted:
        return await self._write(lambda tx: observe.unprotect(self._now(tx), item, role=role))

    async def observe(self, seen: Iterable[Observation]) -> list[Finding]:
        """Log positions of tracks and return the findings that they open or change."""
        batch = list(seen)
        return await self._write(lambda tx: observe.observe(self._now(tx), batch))

    async def record_watch(self, found: Iterable[Watched], *, role: str) -> None:
        """Log what the live watch found, all of it in one transaction; told to nobody."""
        batch = list(found)
        await self._write(lambda tx: watchlog.record(self._now(tx), batch, role=role))

    async def check(self, draft: Draft) -> list[Finding]:
        """What posting this draft now would find; nothing is kept, nothing is sent."""
        now_ms = self.clock()
        return await self._store.read(lambda tx: post.check(self._desk(tx, now_ms), draft))
