"""The acknowledgement ladder: received > read > read-back > accepted / objected / unable.

Received is the machine's receipt; every other rung is a person's, by duty role. A read-back
repeats window, band and place; one that does not match leaves its author on READ and is a
finding. Receipt is not approval: only ACCEPTED is (users.md, A5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from parley.errors import ProtocolError
from parley.rules.agreement import Agreement, Timers
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.statements import Answer, Notice, ReadBack, Rung

LADDER: Mapping[Rung, frozenset[Rung]] = {
    Rung.RECEIVED: frozenset({Rung.READ}),
    Rung.READ: frozenset({Rung.READ_BACK, Rung.ACCEPTED, Rung.OBJECTED, Rung.UNABLE}),
    Rung.READ_BACK: frozenset({Rung.READ_BACK, Rung.ACCEPTED, Rung.OBJECTED, Rung.UNABLE}),
    Rung.ACCEPTED: frozenset({Rung.OBJECTED, Rung.UNABLE}),
    Rung.OBJECTED: frozenset({Rung.ACCEPTED, Rung.UNABLE}),
    Rung.UNABLE: frozenset({Rung.ACCEPTED, Rung.OBJECTED}),
}

ANSWERED = frozenset({Rung.ACCEPTED, Rung.OBJECTED, Rung.UNABLE})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one party stands on the ladder for one version of an item.

    received_ms: the receipt's time by the receiver's clock, -1 if no receipt is held here.
    read_ms, read_back_ms, answered_ms: by the answerer's clock, -1 if not yet.
    number: how many answers it has given. mismatch: names of values read back wrongly.
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
    mismatch: tuple[str, ...] = ()
    read_back_done: bool = False


def expected_read_back(notice: Notice) -> ReadBack:
    """What a receiver has to repeat: the hull of window and band, and the place."""
    bands = [v.volume.band for v in notice.volumes]
    return ReadBack(
        notice.start_ms,
        notice.end_ms,
        min(b.floor for b in bands).cm // 100,
        -(-max(b.ceiling for b in bands).cm // 100),
        notice.place,
    )


def read_back_differences(notice: Notice, said: ReadBack) -> tuple[str, ...]:
    """Names of the values that were read back wrongly, in a fixed order; empty if none."""
    right = expected_read_back(notice)
    names = ("start_ms", "end_ms", "floor_m", "ceiling_m", "place")
    return tuple(n for n in names if getattr(right, n) != getattr(said, n))


def climb(
    standing: Standing, answer: Answer, *, notice: Notice | None, needs_read_back: bool
) -> Standing:
    """The standing after one more answer.

    Refused with ProtocolError: a number out of turn, a rung that cannot follow, a read-back
    without values (or with values for an item that has none), acceptance of a notice whose
    class needs a read-back that was not given rightly.
    """
    who = f"party {answer.header.by}"
    if answer.number != standing.number + 1:
        raise ProtocolError(
            f"answer number {answer.number} to {answer.item} is out of turn",
            right=f"number {standing.number + 1}",
            at_fault=who,
        )
    if answer.rung not in LADDER[standing.rung]:
        following = ", ".join(sorted(LADDER[standing.rung])) or "none"
        raise ProtocolError(
            f"{answer.rung.value} cannot follow {standing.rung.value} on {answer.item}",
            right=f"one of: {following}",
            at_fault=who,
        )
    if (answer.read_back is not None) != (answer.rung is Rung.READ_BACK and notice is not None):
        raise ProtocolError(
            f"{answer.rung.value} on {answer.item} has the wrong read-back",
            right="window, band and place with a read-back of a notice, and only then",
            at_fault=who,
        )
    at_ms = answer.header.at_ms
    following_standing = replace(standing, number=answer.number, role=answer.header.role)
    if answer.rung is Rung.READ:
        return replace(following_standing, rung=Rung.READ, read_ms=at_ms)
    if answer.rung is Rung.READ_BACK:
        return _read_back(following_standing, answer, notice)
    if answer.rung is Rung.ACCEPTED and needs_read_back and not standing.read_back_done:
        raise ProtocolError(
            f"{answer.item} is accepted without a right read-back",
            right="read back window, band and place first",
            at_fault=who,
        )
    return replace(following_standing, rung=answer.rung, answered_ms=at_ms)


def _read_back(standing: Standing, answer: Answer, notice: Notice | None) -> Standing:
    wrong: tuple[str, ...] = ()
    if notice is not None and answer.read_back is not None:
        wrong = read_back_differences(notice, answer.read_back)
    if wrong:
        return replace(standing, rung=Rung.READ, mismatch=wrong, read_back_done=False)
    return replace(
        standing,
        rung=Rung.READ_BACK,
        read_back_ms=answer.header.at_ms,
        mismatch=(),
        read_back_done=True,
    )


@dataclass(frozen=True, slots=True)
class Due:
    """The rung that is owed next, and until when (closed: at due_ms it is still in time)."""

    rung: Rung
    due_ms: int


def next_due(
    standing: Standing, timers: Timers, told_ms: int, *, needs_read_back: bool
) -> Due | None:
    """What the party still owes, counted from its receipt, or from ``told_ms`` without one."""
    if standing.rung in ANSWERED:
        return None
    base = standing.received_ms if standing.received_ms >= 0 else told_ms
    if standing.rung is Rung.RECEIVED:
        return Due(Rung.READ, base + 1000 * timers.read_s)
    if standing.rung is Rung.READ and needs_read_back:
        return Due(Rung.READ_BACK, base + 1000 * timers.read_back_s)
    return Due(Rung.ACCEPTED, base + 1000 * timers.answer_s)


def unacknowledged(
    ref: str,
    author: str,
    standing: Standing,
    timers: Timers,
    *,
    told_ms: int,
    until_ms: int,
    needs_read_back: bool,
    urgent: bool,
    now_ms: int,
) -> Finding | None:
    """A finding once a rung is overdue; escalation adds the roles that must be asked as well.

    It changes only when the rung or the escalation changes, never with every second.
    """
    due = next_due(standing, timers, told_ms, needs_read_back=needs_read_back)
    if due is None or now_ms <= due.due_ms:
        return None
    escalated = [e.role for e in timers.escalation if now_ms > due.due_ms + 1000 * e.after_s]
    level = Level.WARNING if escalated else Level.ADVISORY
    return finding(
        Kind.UNACKNOWLEDGED,
        Level.URGENT if urgent else level,
        (ref, f"party:{standing.party}"),
        parties=(author, standing.party),
        window_ms=(due.due_ms, max(until_ms, due.due_ms)),
        measures={"received": int(standing.received_ms >= 0)},
        codes=(f"owes:{due.rung.value}", *(f"escalate:{role}" for role in escalated)),
    )


def answer_findings(ref: str, author: str, standing: Standing, until_ms: int) -> list[Finding]:
    """An objection, an "unable", or a read-back that did not match: the author must know."""
    found: list[Finding] = []
    parties = (author, standing.party)
    refs = (ref, f"party:{standing.party}")
    if standing.rung in (Rung.OBJECTED, Rung.UNABLE):
        window = (standing.answered_ms, max(until_ms, standing.answered_ms))
        found.append(
            finding(
                Kind.OBJECTION,
                Level.WARNING,
                refs,
                parties=parties,
                window_ms=window,
                codes=(standing.rung.value,),
            )
        )
    if standing.mismatch:
        window = (standing.read_ms, max(until_ms, standing.read_ms))
        found.append(
            finding(
                Kind.READ_BACK_MISMATCH,
                Level.WARNING,
                refs,
                parties=parties,
                window_ms=window,
                codes=standing.mismatch,
            )
        )
    return found


def timers_for(agreement: Agreement, notice: Notice | None) -> tuple[Timers, bool]:
    """The timers of the notice's class and whether it needs a read-back; urgent ones else."""
    if notice is None:
        return agreement.urgent, False
    rules = agreement.activity_class(notice.activity_class)
    return rules.timers, rules.needs_read_back
