"""The rules of a handover, and the algebra of its open lines: none is ever lost.

A seat (the watch for one duty role) is whose the newest handover that was taken says. Nobody is
asked to reply; the incoming signs by the second version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace

from parley.errors import ProtocolError
from parley.liaison.handover.contents import (
    MOST_OPEN,
    ComingLine,
    Handover,
    OpenLine,
    Stage,
    Urgency,
)
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import PaperRecord
from parley.rules.agreement import Agreement

CLOSED = "closed"
MORE = "more"
STAGES: Mapping[Stage, frozenset[Stage]] = {
    Stage.OFFERED: frozenset({Stage.TAKEN}),
    Stage.TAKEN: frozenset({Stage.UNMANNED}),
    Stage.UNMANNED: frozenset(),
}
"""What a handover may become with its next version; the first is an offer, or a seat taken that
nobody could offer."""
_RANK = {level: n for n, level in enumerate(Urgency)}


def handover_of(content: Content) -> Handover:
    assert isinstance(content, Handover)
    return content


def check(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """ProtocolError: an addressee; a duty role that its author does not have; a stage out of turn;
    other persons, another duty or an open line left out of the next version; who signs is not who
    should; an outgoing who neither signed nor is said why not."""
    said, by = handover_of(paper.content), f"party {paper.header.by}"
    if paper.header.to:
        raise _refused(f"{paper.ref} goes to {', '.join(paper.header.to)}", "nobody: at home", by)
    roles = agreement.party(paper.header.by).roles
    if said.duty not in roles or paper.header.role != said.duty:
        raise _refused(
            f"{paper.ref} hands over {said.duty!r} by role {paper.header.role!r}",
            f"one duty role, and by it: {', '.join(roles)}",
            by,
        )
    if before is None:
        _check_first(paper, said, by)
    elif paper.withdrawn:
        _check_withdrawn(paper, said, before, by)
    else:
        _check_next(paper, said, before, by)
    if (said.ends_ms != -1) is not (said.stage is Stage.UNMANNED):
        raise _refused(
            f"{paper.ref} is {said.stage.value} and its seat is empty since {said.ends_ms}",
            "since when it is empty, with unmanned and only then",
            by,
        )


def _check_first(paper: Paper, said: Handover, by: str) -> None:
    signer = {Stage.OFFERED: said.outgoing, Stage.TAKEN: said.incoming}.get(said.stage)
    if signer is None or not signer or paper.person != signer:
        raise _refused(
            f"{paper.ref} begins {said.stage.value}, signed by {paper.person or 'nobody'}",
            "offered by the outgoing, or taken by the incoming where nobody could offer",
            by,
        )
    if said.stage is Stage.OFFERED and said.outgoing == said.incoming:
        raise _refused(f"{paper.ref} is offered to {said.outgoing} himself", "another person", by)
    if (said.stage is Stage.OFFERED) is bool(said.unsigned):
        raise _refused(
            f"{paper.ref} is {said.stage.value}, its outgoing"
            f" {'did not sign' if said.unsigned else 'is not said why he did not sign'}",
            "an outgoing who signs, or why there is none who does",
            by,
        )


def _check_withdrawn(paper: Paper, said: Handover, before: PaperRecord, by: str) -> None:
    if said.stage is not Stage.OFFERED:
        raise _refused(f"{paper.ref} is withdrawn after it was taken", "a new handover", by)
    if said != before.paper.content or paper.person not in (said.outgoing, ""):
        raise _refused(
            f"{paper.ref} is withdrawn by {paper.person or 'nobody'}",
            f"{said.outgoing}, or nobody when it is overtaken, and no word of it changed",
            by,
        )


def _fixed(said: Handover) -> tuple[object, ...]:
    """What no later version changes."""
    words = (said.notes, said.forward, said.unsigned, said.outgoing_id, said.incoming_id)
    return (said.duty, said.outgoing, said.incoming, said.from_ms, *words)


def _check_next(paper: Paper, said: Handover, before: PaperRecord, by: str) -> None:
    was = handover_of(before.paper.content)
    if _fixed(said) != _fixed(was):
        raise _refused(
            f"{paper.ref} becomes another handover", "the duty, persons and words it had", by
        )
    if said.stage not in STAGES[was.stage]:
        raise _refused(
            f"{paper.ref} is {was.stage.value} and becomes {said.stage.value}",
            ", ".join(sorted(STAGES[was.stage])) or "a new handover",
            by,
        )
    signer = said.incoming if said.stage is Stage.TAKEN else ""
    if paper.person != signer:
        raise _refused(
            f"{paper.ref} is {said.stage.value}, signed by {paper.person or 'nobody'}",
            signer or "nobody: no person says that a seat is empty",
            by,
        )
    lost = {(o.kind, o.ref) for o in was.open} - {(o.kind, o.ref) for o in said.open}
    if lost:
        kind, ref = sorted(lost)[0]
        raise _refused(f"{paper.ref} leaves out {kind} {ref}", "every line it had", by)


def is_open(record: PaperRecord) -> bool:
    """Offered, and not taken yet."""
    return handover_of(record.paper.content).stage is Stage.OFFERED


def linked(content: Content) -> tuple[str, ...]:
    """It is found again under the items that the outgoing wrote of."""
    return tuple(note.ref for note in handover_of(content).notes)


# Open lines ----------------------------------------------------------------------------------


def in_order(lines: Iterable[OpenLine]) -> tuple[OpenLine, ...]:
    """Each once, the most urgent first, then by kind and ref."""
    each = {(one.kind, one.ref): one for one in lines}
    return tuple(sorted(each.values(), key=lambda one: (_RANK[one.level], one.kind, one.ref)))


def coming_in_order(lines: Iterable[ComingLine]) -> tuple[ComingLine, ...]:
    """Each once, by time."""
    return tuple(sorted(set(lines), key=lambda one: (one.at_ms, one.kind, one.ref, one.words)))


def digest_of(lines: Iterable[OpenLine]) -> str:
    """SHA-256, hex, of what is open by kind, ref and level: the same whatever the order."""
    names = sorted({(one.kind, one.ref, one.level.value) for one in lines})
    return hashlib.sha256(json.dumps(names, ensure_ascii=True).encode()).hexdigest()


def fitted(
    lines: Sequence[OpenLine], room_bytes: int, most: int = MOST_OPEN
) -> tuple[OpenLine, ...]:
    """As many lines from the first on as a paper has room for; the rest as one line of kind
    "more", which counts them by level."""
    kept: list[OpenLine] = []
    for one in lines:
        room_bytes -= size_of(one)
        if room_bytes < 0 or len(kept) == most - 1:
            break
        kept.append(one)
    rest = lines[len(kept) :]
    return (*kept, more(rest)) if rest else tuple(kept)


def more(rest: Sequence[OpenLine]) -> OpenLine:
    """The line that stands for others."""
    counts = {level: sum(one.level is level for one in rest) for level in Urgency}
    said = ", ".join(f"{n} {level.value}" for level, n in counts.items() if n)
    first = min(rest, key=lambda one: _RANK[one.level])
    words = f"and {len(rest)} more ({said}): all by the digest"
    return OpenLine(MORE, f"{MORE}:open", words, first.level, "open")


def size_of(line: OpenLine | ComingLine) -> int:
    """Bytes that a line takes in a note, and a few to spare."""
    texts = (getattr(line, field.name) for field in fields(line))
    return 80 + sum(len(json.dumps(text, ensure_ascii=False).encode()) for text in texts)


def recomposed(
    offered: Sequence[OpenLine], now: Sequence[OpenLine], room_bytes: int
) -> tuple[OpenLine, ...]:
    """The lines of the version that is taken: every line that was offered, as it is now or
    closed, then what came up since, the most urgent first, as far as there is room; the rest
    counted. ``now``: everything that is open."""
    fresh = {(one.kind, one.ref): one for one in now}
    counted = [one for one in offered if one.kind == MORE]
    kept = [
        fresh.pop((one.kind, one.ref), replace(one, state=CLOSED))
        for one in offered
        if one.kind != MORE
    ]
    room_bytes -= sum(size_of(one) for one in kept)
    found = (*kept, *fitted(in_order(fresh.values()), room_bytes, MOST_OPEN - len(kept)))
    if counted and not any(one.kind == MORE for one in found):
        found = (*found[: MOST_OPEN - 1], replace(counted[0], state=CLOSED))
    return found


def came_up(offered: Sequence[OpenLine], now: Sequence[OpenLine]) -> tuple[OpenLine, ...]:
    """What is open now and was not offered, or is more urgent than it was."""
    was: dict[tuple[str, str], int] = {}
    for one in offered:
        name = (one.kind, one.ref)
        was[name] = min(_RANK[one.level], was.get(name, _RANK[one.level]))
    return tuple(
        one
        for one in now
        if (one.kind, one.ref) not in was or _RANK[one.level] < was[one.kind, one.ref]
    )


def _refused(what: str, right: str, by: str) -> ProtocolError:
    return ProtocolError(what, right=right, at_fault=by)
