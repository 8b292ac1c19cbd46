"""Telling units that have no node: what would be read out, that it was, and what proves it.

A unit that is not ours is told what it may be told (``releases``), else the safety subset alone.
Every place is compared with the agreed sites and with our own protected presences first. Others
read of agreed sites only; what lies within of our own stays in a paper that goes to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from parley.errors import InputError, IntegrityError
from parley.liaison.deliveries.contents import MOST_COMPARED, Proof, Relay, Unit
from parley.liaison.deliveries.rules import read_back_values
from parley.liaison.deliveries.sites import (
    Compared,
    Protected,
    compare,
    dangers_told,
    public,
    refuse,
    sites_of,
    told_of,
)
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import Attachment, Value
from parley.liaison.releases.safety import dangers_of, handle_of
from parley.node.codec import statement_from
from parley.node.desk import Desk
from parley.node.liaison import releasing, saying, shelf
from parley.node.liaison.duties import item_of
from parley.node.liaison.views import Filed
from parley.rules import assess
from parley.rules.item import ItemRecord
from parley.rules.statements import Distress, Presence, Stop
from parley.wire.liaison.relaytext import danger_text, relay_text

PROVED = (Proof.RECEIPT, Proof.READ_BACK, Proof.REFUSED)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is read out to a unit, what it has to repeat, and what it was compared with, our own
    presences among it: for our own officers only. safety: the safety subset alone; why: the
    sentence that says on what grounds it goes."""

    subject: str
    version: int
    unit: str
    channel: str
    text: str
    read_back: tuple[Value, ...]
    compared: tuple[Compared, ...]
    safety: bool
    why: str


def prepare(
    desk: Desk,
    subject: str,
    unit_ref: str,
    channel: str = "",
    *,
    margin_m: int = 0,
    override: str = "",
) -> Prepared:
    """What would be relayed. InputError: no such item or unit, a channel that the unit does not
    have, words that it may not have and that are no hazard, a protected site within (or nearer
    than the margin) that nobody lets go."""
    record, unit = _item(desk, subject), _unit(desk, unit_ref)
    if channel and unit.channels and channel not in unit.channels:
        raise InputError(
            f"{unit.name} has no channel {channel!r}",
            right=f"one of: {', '.join(unit.channels)}",
            where="channel",
        )
    content = record.content
    safety, why = _grounds(desk, record, unit)
    told = dangers_told(desk.agreement, content) if safety else told_of(content)
    protected = [*sites_of(desk.agreement), *_presences(desk, record)]
    compared = compare([one.area for one in told], protected, margin_m)
    refuse(record.ref, compared, override, safety=safety)
    values = read_back_values(desk.agreement, content, safety=safety)
    if safety:
        handle, exercise = handle_of(content), content.header.exercise
        text = danger_text(told, unit.name, values, handle=handle, exercise=exercise)
    else:
        text = relay_text(content, unit.name, values)
    return Prepared(
        record.ref,
        content.version,
        unit_ref,
        channel or (unit.channels[0] if unit.channels else "voice"),
        text,
        values,
        compared,
        safety,
        why,
    )


def _grounds(desk: Desk, record: ItemRecord, unit: Unit) -> tuple[bool, str]:
    """Whether only the safety subset may be told, and why."""
    ours, content = desk.context.party, record.content
    if unit.party == ours or isinstance(content, Stop | Distress):
        return False, "a unit of our own" if unit.party == ours else "never held back"
    subject = f"{record.ref}@{content.version}"
    judged = releasing.judged(desk, subject, unit.party or unit.name)
    if judged.verdict.allowed:
        return False, judged.verdict.why
    if not dangers_of(desk.agreement, content):
        raise InputError(
            f"{judged.verdict.why}, and it is no hazard to anybody",
            right=judged.verdict.right,
            where="unit",
        )
    return True, f"{judged.verdict.why}: its hazards alone, which are never held back"


def relay(
    desk: Desk,
    subject: str,
    unit_ref: str,
    channel: str = "",
    *,
    role: str,
    to: Sequence[str] | None = None,
    person: str = "",
    margin_m: int = 0,
    override: str = "",
    taken: bool = True,
) -> Filed:
    """The relay as a paper, to those who have the item (``to`` None), to some of them, or to
    nobody. taken: a machine took it, or it was said; else it is only about to be.

    InputError besides what ``prepare`` refuses: an addressee who does not have the item."""
    ready = prepare(desk, subject, unit_ref, channel, margin_m=margin_m, override=override)
    header = _item(desk, subject).content.header
    knowing = tuple(sorted({header.by, *header.to} - {desk.context.party}))
    addressed = knowing if to is None else tuple(sorted(set(to)))
    strangers = set(addressed) - set(knowing)
    if strangers:
        raise InputError(
            f"{min(strangers)} does not have {subject} and would read of it",
            right=f"some of: {', '.join(knowing) or 'nobody'}",
            where="to",
        )
    shown = public(ready.compared)
    inside = any(site.inside for site in shown)
    content = Relay(
        ready.subject,
        ready.version,
        ready.unit,
        ready.channel,
        desk.now_ms,
        Proof.SENT if taken else Proof.NONE,
        -1,
        compared=shown,
        override=override if inside else "",
        text=ready.text,
        safety=ready.safety,
    )
    ours = tuple(one.public for one in ready.compared if not one.site.agreed)
    kept = replace(content, compared=(*shown, *ours)[:MOST_COMPARED], override=override)
    if not addressed:
        return _say(desk, kept, role, (), person, header.exercise)
    filed = _say(desk, content, role, addressed, person, header.exercise)
    if ours:
        local = replace(kept, proof=Proof.NONE)
        _say(desk, local, role, (), person, header.exercise)
    return filed


def _say(
    desk: Desk, content: Relay, role: str, to: Sequence[str], person: str, exercise: bool
) -> Filed:
    return saying.paper(
        desk,
        content,
        role=role,
        to=to,
        marking=None,
        about=(),
        person=person,
        exercise=exercise,
        each_its_own=False,
    )


def prove(
    desk: Desk,
    ref: str,
    proof: Proof,
    *,
    role: str,
    proved_ms: int = -1,
    taken_by: str = "",
    read_back: Sequence[Value] = (),
    evidence: Sequence[Attachment] = (),
    person: str = "",
) -> Filed:
    """A new version of a relay of ours with what the unit answered. proved_ms: -1 for now."""
    said = saying.ours(desk, ref).paper.content
    if not isinstance(said, Relay):
        raise InputError(f"{ref} is no relay", right="a ref such as relay:<id>", where="ref")
    proved = proof in PROVED
    at_ms = proved_ms if proved_ms >= 0 else desk.now_ms
    content = replace(
        said,
        proof=proof,
        proved_ms=at_ms if proved else -1,
        taken_by=taken_by,
        read_back=tuple(sorted(read_back, key=lambda value: value.name)),
        evidence=(*said.evidence, *evidence),
    )
    return saying.amendment(
        desk, ref, content, role=role, marking=None, about=None, person=person, withdrawn=False
    )


def _item(desk: Desk, ref: str) -> ItemRecord:
    record = item_of(desk, ref)
    if record is None:
        raise InputError(
            f"there is no item {ref[:80]!r} here",
            right="a ref such as notice:<id>",
            where="subject",
        )
    return record


def _unit(desk: Desk, ref: str) -> Unit:
    record: PaperRecord = shelf.need(desk, ref)
    said = record.paper.content
    if not isinstance(said, Unit) or record.paper.withdrawn or not said.active:
        raise InputError(f"{ref} is no active unit", right="a unit such as unit:<id>", where="unit")
    return said


def _presences(desk: Desk, record: ItemRecord) -> Iterator[Protected]:
    """Our own protected presences that are there at any time from now until the item is over."""
    until_ms = max(desk.now_ms, assess.until_ms(desk.agreement, record.content))
    for name, data in desk.tx.records.scan("presence"):
        words = statement_from(data)
        if not isinstance(words, Presence):
            raise IntegrityError(f"presence {name!r} is stored as a {type(words).__name__}")
        span = words.volume.span
        if not words.withdrawn and span.start_ms <= until_ms and span.end_ms >= desk.now_ms:
            yield Protected(f"presence:{words.item}", words.label, words.volume.area, False)
