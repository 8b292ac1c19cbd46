"""What incidents, claims, objections and communiques must say, and what follows from one alone.

A claim keeps its incident, topic, aspect, claimant and what it supersedes for as long as it
stands: whoever means another thing makes another claim. ``check_*`` raise ProtocolError, at fault
the author.
"""

from __future__ import annotations

from typing import TypeVar

from parley.errors import ProtocolError
from parley.liaison.incidents.contents import (
    Claim,
    Communique,
    Incident,
    IncidentState,
    Objection,
    ObjectionState,
)
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import Heard, PaperRecord, unanswered
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, bare, finding
from parley.rules.item import owner_of

C = TypeVar("C", bound=Content)

_ENDED = frozenset({ObjectionState.SETTLED, ObjectionState.WITHDRAWN})


# Incidents -----------------------------------------------------------------------------------


def check_incident(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Refused: parties that the agreement does not know, a report that joins itself or no
    incident, one that joins another than before."""
    _same_exercise(paper, before)
    content = _as(paper.content, Incident)
    known = {party.id for party in agreement.parties}
    strange = sorted(set(content.parties) - known)
    if strange:
        raise _refused(
            paper, f"{paper.ref} concerns {', '.join(strange)}", f"among {', '.join(sorted(known))}"
        )
    if content.same_as:
        _names(paper, content.same_as, "incident")
    if before is not None and _as(before.paper.content, Incident).same_as != content.same_as:
        raise _refused(
            paper, f"{paper.ref} would join another report", "a report keeps what it joins"
        )


def incident_is_open(record: PaperRecord) -> bool:
    """A report that is not closed."""
    return _as(record.paper.content, Incident).state is not IncidentState.CLOSED


def incident_refs(content: Content) -> tuple[str, ...]:
    """Under what a report is found again: what it joins, then what it is about."""
    said = _as(content, Incident)
    return tuple(ref for ref in (said.same_as, *said.refs) if ref)


# Claims --------------------------------------------------------------------------------------


def check_claim(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Refused: a claim about no incident; one that supersedes itself, no claim, or a claim of
    another author; an amendment that changes what it answers or who claims it."""
    _same_exercise(paper, before)
    content = _as(paper.content, Claim)
    _names(paper, content.incident, "incident")
    if content.supersedes:
        _names(paper, content.supersedes, "claim")
        owner = owner_of(agreement, bare(content.supersedes).partition(":")[2])
        if owner != paper.header.by:
            raise _refused(
                paper,
                f"{paper.ref} would supersede {content.supersedes} of {owner or 'nobody'}",
                "a claim of the same author; what others claim is objected to",
            )
    if before is None:
        return
    was = _as(before.paper.content, Claim)
    for name in ("incident", "topic", "aspect", "claimant", "supersedes"):
        if getattr(was, name) != getattr(content, name):
            raise _refused(
                paper,
                f"{paper.ref} would change its {name} from {_shown(getattr(was, name))} to"
                f" {_shown(getattr(content, name))}",
                "another claim; an act, a cause and blame are never made of each other",
            )


def check_superseded(paper: Paper, older: Claim) -> None:
    """Refused: a claim that takes the place of one of another claimant, incident, topic or
    aspect. ``older``: what ``supersedes`` names, where it is known."""
    newer = _as(paper.content, Claim)
    if not takes_place(newer, older):
        raise _refused(
            paper,
            f"{paper.ref} by {newer.claimant!r} on {newer.topic} ({newer.aspect.value}) would"
            f" supersede {newer.supersedes} by {older.claimant!r} on {older.topic}"
            f" ({older.aspect.value})",
            "an earlier claim of the same claimant on the same topic and aspect of one incident",
        )


def takes_place(newer: Claim, older: Claim) -> bool:
    """Whether a claim that names the other as superseded can be its next version."""
    return (newer.claimant, newer.topic, newer.aspect, bare(newer.incident)) == (
        older.claimant,
        older.topic,
        older.aspect,
        bare(older.incident),
    )


def claim_is_open(record: PaperRecord) -> bool:
    """Somebody who is asked has neither accepted nor refused it."""
    return bool(unanswered(record))


def claim_refs(content: Content) -> tuple[str, ...]:
    """Under what a claim is found again: its incident, what it supersedes, what it is about."""
    said = _as(content, Claim)
    return tuple(ref for ref in (said.incident, said.supersedes, *said.refs) if ref)


# Objections ----------------------------------------------------------------------------------


def check_objection(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Refused: an objection to oneself; one that its addressee is not told; a first version that
    is not open or asks for an answer before it was said; another matter than before; anything
    behind what was settled or withdrawn."""
    _same_exercise(paper, before)
    content = _as(paper.content, Objection)
    by = paper.header.by
    owner = _owner(agreement, content)
    if owner == by:
        raise _refused(paper, f"{by} objects to {content.to}, its own", "amend or withdraw it")
    if owner and owner not in paper.header.to:
        raise _refused(
            paper, f"{paper.ref} objects to {content.to} and is not addressed to {owner}", owner
        )
    again = before is None or _as(before.paper.content, Objection).reply_by_ms
    if content.state is ObjectionState.OPEN and again != content.reply_by_ms:
        _in_time(paper, content)
    if before is None:
        if content.state is not ObjectionState.OPEN:
            raise _refused(paper, f"a new objection that is {content.state.value}", "open")
        return
    was = _as(before.paper.content, Objection)
    if bare(was.to) != bare(content.to):
        raise _refused(
            paper, f"{paper.ref} would turn from {was.to} to {content.to}", "another objection"
        )
    if was.state in _ENDED and content.state is not was.state:
        raise _refused(
            paper, f"{paper.ref} was {was.state.value}", "a new objection; this one has ended"
        )


def objection_is_open(record: PaperRecord) -> bool:
    """Somebody still owes an answer to it."""
    return _as(record.paper.content, Objection).state is ObjectionState.OPEN


def objection_refs(content: Content) -> tuple[str, ...]:
    """Under what an objection is found again: what is objected to."""
    return (_as(content, Objection).to,)


def owing(agreement: Agreement, record: PaperRecord) -> tuple[Heard, ...]:
    """Who has not answered an open objection: the author of what it is against, if he is asked,
    else everybody who is."""
    content = _as(record.paper.content, Objection)
    if record.paper.withdrawn or content.state is not ObjectionState.OPEN:
        return ()
    owner = _owner(agreement, content)
    asked = [heard for heard in record.heard if heard.party == owner] or record.heard
    return tuple(heard for heard in unanswered(record) if heard in asked)


def found_objection(agreement: Agreement, record: PaperRecord, now_ms: int) -> list[Finding]:
    """REPLY_OVERDUE at each who owes an answer, behind the deadline (closed: at it, in time)."""
    due_ms = _as(record.paper.content, Objection).reply_by_ms
    if now_ms <= due_ms:
        return []
    return [
        finding(
            Kind.REPLY_OVERDUE,
            Level.WARNING,
            (f"{record.ref}@{record.paper.version}", f"party:{heard.party}"),
            parties=(record.author, heard.party),
            window_ms=(due_ms, due_ms),
            codes=("objection", *(("exercise",) if record.paper.header.exercise else ())),
        )
        for heard in owing(agreement, record)
    ]


def next_objection(agreement: Agreement, record: PaperRecord, now_ms: int) -> int | None:
    """Just behind the deadline, while somebody owes an answer."""
    due_ms = _as(record.paper.content, Objection).reply_by_ms
    return due_ms + 1 if now_ms <= due_ms and owing(agreement, record) else None


def _owner(agreement: Agreement, content: Objection) -> str:
    """The signatory whose name the id of what is objected to carries, or ""."""
    owner = owner_of(agreement, bare(content.to).partition(":")[2])
    return "" if not owner or agreement.party(owner).observer else owner


def _in_time(paper: Paper, content: Objection) -> None:
    if content.reply_by_ms <= paper.header.at_ms:
        raise _refused(
            paper,
            f"an answer by {content.reply_by_ms}, said at {paper.header.at_ms}",
            "a deadline behind the objection",
        )


# Communiques ---------------------------------------------------------------------------------


def check_communique(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Refused: a joint statement that nobody is asked about, one that turns joint or one-sided."""
    _same_exercise(paper, before)
    content = _as(paper.content, Communique)
    if content.joint and not any(not agreement.party(to).observer for to in paper.header.to):
        raise _refused(
            paper, f"{paper.ref} is joint and nobody is asked", "the other parties as addressees"
        )
    if before is not None and _as(before.paper.content, Communique).joint != content.joint:
        raise _refused(
            paper, f"{paper.ref} would be another's statement too, or no more", "a new communique"
        )


def communique_is_open(record: PaperRecord) -> bool:
    """A joint one on which somebody has yet to say yes or no."""
    return _as(record.paper.content, Communique).joint and bool(unanswered(record))


def communique_state(record: PaperRecord) -> str:
    """ "withdrawn", "one-sided", "agreed" (joint, all accepted these words), "refused" or
    "proposed"."""
    if record.paper.withdrawn:
        return "withdrawn"
    if not _as(record.paper.content, Communique).joint:
        return "one-sided"
    if record.refused_by:
        return "refused"
    return "proposed" if unanswered(record) else "agreed"


def communique_refs(content: Content) -> tuple[str, ...]:
    return _as(content, Communique).refs


# Common --------------------------------------------------------------------------------------


def _as(content: Content, kind: type[C]) -> C:
    assert isinstance(content, kind), f"{content.KIND} is no {kind.KIND}"
    return content


def _same_exercise(paper: Paper, before: PaperRecord | None) -> None:
    if before is not None and before.paper.header.exercise != paper.header.exercise:
        was, now = ("exercise", "real") if before.paper.header.exercise else ("real", "exercise")
        raise _refused(paper, f"{paper.ref} was {was} and would be {now}", "a new paper")


def _names(paper: Paper, ref: str, kind: str) -> None:
    """The ref names another paper of this kind."""
    if not ref.startswith(f"{kind}:") or bare(ref) == paper.ref:
        raise _refused(paper, f"{paper.ref} names {_shown(ref)}", f"another paper, {kind}:<item>")


def _shown(value: object) -> str:
    return repr(str(value))[:120]


def _refused(paper: Paper, what: str, right: str) -> ProtocolError:
    return ProtocolError(what, right=right, at_fault=f"party {paper.header.by}")
