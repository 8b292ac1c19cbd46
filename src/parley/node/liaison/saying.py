"""What our own officers say on paper: checked by the rules that bind peers, logged, sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parley.errors import InputError
from parley.ledger import Kind, note_hash
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Content, Paper, Reply
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import Value
from parley.node import copies, decide
from parley.node.desk import Desk, addressees
from parley.node.liaison import filing, follow, shelf
from parley.node.liaison.views import Filed
from parley.rules.statements import Rung


def marking_for(to: Sequence[str]) -> Marking:
    """The marking of what nobody marked: for its addressees alone, under originator control."""
    return Marking(Tlp.AMBER_STRICT, tuple(sorted(to)))


def paper(
    desk: Desk,
    content: Content,
    *,
    role: str,
    to: Sequence[str] | None,
    marking: Marking | None,
    about: Sequence[str],
    person: str,
    exercise: bool,
    each_its_own: bool,
    item: str = "",
) -> Filed:
    """A new paper; ``to``: every other party if None, nobody if empty. item: its id where its kind
    prescribes one, "" for the next."""
    parties = addressees(desk.context, to)
    words = Paper(
        desk.header(role, parties, exercise=exercise),
        item or desk.next_id(),
        1,
        content,
        marking or marking_for(parties),
        tuple(sorted(set(about))),
        person,
    )
    follow.before_saying(desk, words)
    return _say(desk, words, each_its_own=each_its_own)


def amendment(
    desk: Desk,
    ref: str,
    content: Content | None,
    *,
    role: str,
    marking: Marking | None,
    about: Sequence[str] | None,
    person: str,
    withdrawn: bool,
) -> Filed:
    """The next version of a paper of ours; what is None stays as it was."""
    before = ours(desk, ref)
    was = before.paper
    if content is not None and was.kind != content.KIND:
        raise InputError(
            f"{ref} would become a {content.KIND}", right=f"a {was.kind}", where="content"
        )
    words = replace(
        was,
        header=desk.header(role, was.header.to, exercise=was.header.exercise),
        version=was.version + 1,
        content=content or was.content,
        marking=marking or was.marking,
        about=was.about if about is None else tuple(sorted(set(about))),
        person=person,
        withdrawn=withdrawn,
    )
    return _say(desk, words, each_its_own=bool(was.header.copy_for))


def reply(
    desk: Desk,
    ref: str,
    rung: Rung,
    *,
    role: str,
    values: Sequence[Value],
    person: str,
    text: str,
) -> Filed:
    """One rung up on somebody else's paper. Its author and all its addressees are told."""
    before = shelf.need(desk, ref)
    party, was = desk.context.party, before.paper.header
    if was.by == party:
        raise InputError(f"{ref} is our own paper", right="others reply to it", where="ref")
    to = tuple(sorted({was.by, *was.to} - {party}))
    words = Reply(
        desk.header(role, to, exercise=was.exercise),
        before.paper.item,
        before.paper.version,
        before.of(party).number + 1,
        rung,
        tuple(values),
        person,
        text,
    )
    decide.log(desk, ref, words)
    note = desk.seal(words)
    index = desk.log(Kind.SENT, note, ref)
    record = filing.admit_reply(desk, words, index)
    for peer in to:
        desk.tx.outbox.push(peer, index)
    return Filed(record or before, index, note, note_hash(note).hex())


def ours(desk: Desk, ref: str) -> PaperRecord:
    """The record of a paper of ours; InputError if there is none, or it is another's."""
    record = shelf.need(desk, ref)
    if record.author != desk.context.party:
        raise InputError(
            f"{ref} belongs to {record.author}, not to us",
            right=f"only {record.author} changes it; we reply to it",
            where="ref",
        )
    return record


def _say(desk: Desk, words: Paper, *, each_its_own: bool) -> Filed:
    said = copies.sealed(desk, words, each_its_own=each_its_own)
    decide.log(desk, words.ref, words)
    first = -1
    for copy in said:
        index = desk.log(Kind.SENT, copy.note, words.ref)
        first = index if first < 0 else first
        for party in copy.to:
            desk.tx.outbox.push(party, index)
    record = filing.admit_paper(desk, said[0].words, said[0].note, first)
    return Filed(record, first, said[0].note, note_hash(said[0].note).hex())
