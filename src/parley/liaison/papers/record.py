"""The record of a paper: the words in force, and how far each addressee has come with them.

The fold of one author's versions and of the replies to them. It depends on each party's own
numbering alone, never on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from parley.errors import ProtocolError
from parley.liaison.papers.paper import Paper, Reply
from parley.liaison.papers.values import Value
from parley.rules.acknowledgement import ANSWERED, LADDER
from parley.rules.agreement import Agreement
from parley.rules.statements import Rung


@dataclass(frozen=True, slots=True)
class Heard:
    """Where one addressee stands with ``version``. Instants by the answerer's clock, -1: not yet.

    number: how many replies it has given. wrong: names of values read back wrongly.
    """

    party: str
    version: int
    rung: Rung = Rung.RECEIVED
    number: int = 0
    received_ms: int = -1
    read_ms: int = -1
    read_back_ms: int = -1
    answered_ms: int = -1
    role: str = ""
    person: str = ""
    text: str = ""
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """first_ms: when its first version was said, by its author's clock."""

    paper: Paper
    first_ms: int
    heard: tuple[Heard, ...]

    @property
    def ref(self) -> str:
        return self.paper.ref

    @property
    def author(self) -> str:
        return self.paper.header.by

    def of(self, party: str) -> Heard:
        """Where ``party`` stands; ProtocolError if nobody asks it."""
        for one in self.heard:
            if one.party == party:
                return one
        raise ProtocolError(
            f"{party!r} is not asked to reply to {self.ref}",
            right=f"one of: {', '.join(h.party for h in self.heard) or 'nobody'}",
            at_fault=f"party {party}",
        )

    @property
    def accepted_by(self) -> tuple[str, ...]:
        return tuple(h.party for h in self.heard if h.rung is Rung.ACCEPTED)

    @property
    def refused_by(self) -> tuple[str, ...]:
        return tuple(h.party for h in self.heard if h.rung in (Rung.OBJECTED, Rung.UNABLE))


def first(agreement: Agreement, paper: Paper) -> PaperRecord:
    """The record of a new paper. ProtocolError: its first version is not version 1."""
    if paper.version != 1:
        raise _out_of_turn(paper, 0)
    return PaperRecord(paper, paper.header.at_ms, _asked(agreement, paper))


def amended(agreement: Agreement, before: PaperRecord, paper: Paper) -> PaperRecord:
    """The record after its author's next version: everybody hears it anew.

    ProtocolError: another author, a version out of turn, other addressees, or it was withdrawn.
    """
    by, at_fault = paper.header.by, f"party {paper.header.by}"
    if by != before.author:
        raise ProtocolError(
            f"{before.ref} belongs to {before.author!r}, not to {by!r}",
            right=f"only {before.author} changes it; others reply",
            at_fault=at_fault,
        )
    if before.paper.withdrawn:
        raise ProtocolError(f"{before.ref} was withdrawn", right="a new paper", at_fault=at_fault)
    if paper.version != before.paper.version + 1:
        raise _out_of_turn(paper, before.paper.version)
    if paper.header.to != before.paper.header.to:
        raise ProtocolError(
            f"version {paper.version} of {before.ref} goes to"
            f" {', '.join(paper.header.to) or 'nobody'}",
            right=f"the addressees it had: {', '.join(before.paper.header.to) or 'nobody'}",
            at_fault=at_fault,
        )
    numbers = {h.party: h.number for h in before.heard}
    heard = tuple(replace(h, number=numbers[h.party]) for h in _asked(agreement, paper))
    return PaperRecord(paper, before.first_ms, heard)


def received(record: PaperRecord, party: str, version: int, at_ms: int) -> PaperRecord:
    """The record after ``party``'s machine gave its receipt for ``version``."""
    if version != record.paper.version:
        return record
    return replace(
        record,
        heard=tuple(
            replace(h, received_ms=at_ms) if h.party == party and h.received_ms < 0 else h
            for h in record.heard
        ),
    )


def replied(record: PaperRecord, reply: Reply, expected: tuple[Value, ...]) -> PaperRecord:
    """The record after one more reply. ``expected``: what has to be read back, () for nothing.

    A reply to earlier words counts its number and changes nothing else: it crossed newer ones.
    ProtocolError: a number out of turn, a rung that cannot follow, words that do not exist,
    values without a read-back, acceptance without the read-back that is asked for.
    """
    by = reply.header.by
    was = record.of(by)
    if reply.number != was.number + 1:
        raise _refused(by, f"reply {reply.number} to {reply.item} is out of turn", was.number + 1)
    if reply.version > record.paper.version:
        raise _refused(by, f"{reply.item} has no version {reply.version}", record.paper.version)
    now = replace(was, number=reply.number)
    if reply.version == record.paper.version:
        now = _climbed(now, reply, expected)
    return replace(record, heard=tuple(now if h is was else h for h in record.heard))


def _climbed(was: Heard, reply: Reply, expected: tuple[Value, ...]) -> Heard:
    by, rung, at_ms = reply.header.by, reply.rung, reply.header.at_ms
    if rung not in LADDER[was.rung]:
        raise _refused(
            by,
            f"{rung.value} cannot follow {was.rung.value} on {reply.item}",
            ", ".join(sorted(LADDER[was.rung])) or "nothing",
        )
    if reply.values and rung is not Rung.READ_BACK:
        raise _refused(by, f"{rung.value} on {reply.item} has values", "values with a read-back")
    now = replace(was, rung=rung, role=reply.header.role, person=reply.person, text=reply.text)
    if rung is Rung.READ:
        return replace(now, read_ms=at_ms)
    if rung is Rung.READ_BACK:
        wrong = differences(expected, reply.values)
        if wrong:
            return replace(now, rung=Rung.READ, wrong=wrong, read_back_ms=-1)
        return replace(now, read_back_ms=at_ms, wrong=())
    if rung is Rung.ACCEPTED and expected and was.read_back_ms < 0:
        raise _refused(by, f"{reply.item} is accepted without a right read-back", "read it back")
    return replace(now, answered_ms=at_ms)


def differences(expected: tuple[Value, ...], said: tuple[Value, ...]) -> tuple[str, ...]:
    """Names of the values that were read back wrongly, left out or added, sorted."""
    right: Mapping[str, str] = {v.name: v.value for v in expected}
    given: Mapping[str, str] = {v.name: v.value for v in said}
    return tuple(sorted(n for n in {**right, **given} if right.get(n) != given.get(n)))


def unanswered(record: PaperRecord) -> tuple[Heard, ...]:
    """Those who have neither accepted nor refused."""
    return tuple(h for h in record.heard if h.rung not in ANSWERED)


def _asked(agreement: Agreement, paper: Paper) -> tuple[Heard, ...]:
    """Observers hear and are not asked; nobody is asked about what is withdrawn."""
    return tuple(
        Heard(party, paper.version)
        for party in paper.header.to
        if not agreement.party(party).observer
    )


def _out_of_turn(paper: Paper, last: int) -> ProtocolError:
    return ProtocolError(
        f"version {paper.version} of {paper.ref} is out of turn",
        right=f"version {last + 1}",
        at_fault=f"party {paper.header.by}",
    )


def _refused(by: str, what: str, right: object) -> ProtocolError:
    return ProtocolError(what, right=str(right), at_fault=f"party {by}")
