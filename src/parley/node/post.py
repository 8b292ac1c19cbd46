"""What our own officers say: checked by the same rules as a peer's word, logged, sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from parley.errors import InputError
from parley.ledger import Kind, note_hash
from parley.node import admit, copies, decide, pairs, rosters, standing
from parley.node.desk import Desk, addressees
from parley.node.liaison import duties
from parley.node.views import Posted
from parley.rules import assess, item
from parley.rules.findings import Finding, order
from parley.rules.item import ItemRecord
from parley.rules.statements import (
    Answer,
    Deviation,
    Distress,
    Draft,
    Header,
    Item,
    ItemEvent,
    Nonconformance,
    Notice,
    Phase,
    ReadBack,
    Report,
    Rung,
    Statement,
    Step,
    Stop,
)
from parley.space import Area, Band, Position

W = TypeVar("W", bound=Statement)


def found(desk: Desk) -> None:
    """The rosters stand in our log; the agreed sites are in the index."""
    rosters.found(desk)
    admit.index_sites(desk)


def notice(
    desk: Desk,
    draft: Draft,
    *,
    role: str,
    to: Sequence[str] | None,
    releaser: str,
    exercise: bool,
    each_its_own: bool = False,
) -> Posted:
    item_id = draft.item or desk.next_id()
    header = desk.header(role, addressees(desk.context, to), exercise=exercise)
    words = notice_words(draft, header, item_id, 1, releaser)
    return _post_item(desk, words, each_its_own=each_its_own)


def amendment(desk: Desk, item_id: str, draft: Draft, *, role: str, releaser: str) -> Posted:
    record = _ours(desk, f"notice:{item_id}")
    was = record.content.header
    header = desk.header(role, was.to, exercise=was.exercise)
    words = notice_words(draft, header, item_id, record.version + 1, releaser)
    return _post_item(desk, words, each_its_own=bool(was.copy_for))


def check(desk: Desk, draft: Draft) -> list[Finding]:
    """All that posting the draft would find, most urgent first; keeps nothing, sends nothing."""
    item_id = draft.item or f"{desk.context.party}-draft"
    role = desk.agreement.party(desk.context.party).roles[0]
    words = notice_words(draft, desk.header(role, addressees(desk.context, None)), item_id, 1, "")
    record = item.open_item(desk.agreement, words)
    declared, hazards = admit.rows_of(desk, words)
    ref = f"notice:{item_id}"
    wrong = (pairs.mismatch(desk, s, declared) for s in pairs.tracks_of(desk, ref, declared))
    return order(
        [
            *assess.of_words(desk.agreement, record, desk.now_ms),
            *pairs.of_notice(desk, declared, hazards),
            *(missed for _, missed in duties.found(desk, record)),
            *(f for f in wrong if f is not None and f.refs[0] == ref),
        ]
    )


def step(
    desk: Desk, ref: str, word: Step, *, role: str, text: str, by_person: bool = True
) -> Posted:
    """by_person: what the node does by itself is nobody's decision, and none is logged."""
    record = _ours(desk, ref)
    was = record.content.header
    header = desk.header(role, was.to, exercise=was.exercise)
    event = ItemEvent(header, record.item, record.version + 1, word, text)
    said = copies.sealed(desk, event, each_its_own=bool(was.copy_for))
    if by_person:
        decide.log(desk, ref, event)
    return _sent(desk, admit.admit_event(desk, said[0].words), said)


def stop(desk: Desk, *, role: str, area: Area | None, notice: str, text: str) -> Posted:
    header = desk.header(role, addressees(desk.context, None))
    return _post_item(desk, Stop(header, desk.next_id(), 1, area, notice, text))


def distress(
    desk: Desk,
    *,
    role: str,
    subject: str,
    since_ms: int,
    position: Position | None,
    uncertainty_m: int,
    text: str,
) -> Posted:
    header = desk.header(role, addressees(desk.context, None))
    words = Distress(header, desk.next_id(), 1, subject, position, uncertainty_m, since_ms, text)
    return _post_item(desk, words)


def report(
    desk: Desk,
    *,
    role: str,
    third_party: str,
    phase: Phase,
    area: Area,
    since_ms: int,
    earlier: str,
    text: str,
) -> Posted:
    version, to = 1, addressees(desk.context, None)
    if earlier:
        before = _ours(desk, f"report:{earlier}")
        version, to = before.version + 1, before.content.header.to
    header = desk.header(role, to)
    words = Report(
        header, earlier or desk.next_id(), version, third_party, phase, since_ms, area, text
    )
    return _post_item(desk, words)


def nonconformance(
    desk: Desk,
    *,
    role: str,
    notice: str,
    codes: Iterable[str],
    since_ms: int,
    area: Area | None,
    band: Band | None,
    earlier: str,
    text: str,
) -> Posted:
    """An exercise stays one: the mark is that of the notice, or of the announcement amended."""
    version, to, exercise = 1, addressees(desk.context, None), False
    if earlier:
        before = _ours(desk, f"nonconformance:{earlier}")
        was = before.content
        version, to, exercise = before.version + 1, was.header.to, was.header.exercise
        notice = notice or (was.notice if isinstance(was, Nonconformance) else "")
    elif notice:
        exercise = _ours(desk, f"notice:{notice}").content.header.exercise
    header = desk.header(role, to, exercise=exercise)
    words = Nonconformance(
        header,
        earlier or desk.next_id(),
        version,
        notice,
        _deviations(codes),
        since_ms,
        area,
        band,
        text,
    )
    return _post_item(desk, words)


def _deviations(codes: Iterable[str]) -> tuple[Deviation, ...]:
    """Sorted, each once. InputError: none, or a word that is none of them."""
    named, known = sorted(set(codes)), [word.value for word in Deviation]
    unknown = [code for code in named if code not in known]
    if unknown or not named:
        raise InputError(
            f"{unknown[0][:80]!r} is no way of not conforming" if unknown else "no code is named",
            right=f"one or more of: {', '.join(known)}",
            where="codes",
        )
    return tuple(Deviation(code) for code in named)


def answer(
    desk: Desk, ref: str, rung: Rung, *, role: str, read_back: ReadBack | None, text: str
) -> Posted:
    """One rung up on somebody else's item. The author and all other addressees are told."""
    record = admit.need(desk, ref)
    ours = desk.context.party
    was = record.content.header
    to = tuple(sorted({was.by, *was.to} - {ours}))
    words = Answer(
        desk.header(role, to, exercise=was.exercise),
        record.item,
        record.content.version,
        record.standing(ours).number + 1,
        rung,
        read_back,
        text,
    )
    decide.log(desk, ref, words)
    said = copies.sealed(desk, words, each_its_own=False)
    index = desk.log(Kind.SENT, said[0].note, ref)
    return _sent(desk, admit.admit_answer(desk, words, index) or record, said, index)


def _post_item(desk: Desk, content: Item, *, each_its_own: bool = False) -> Posted:
    """The record first, the log behind it: only then it is known what stands about a notice."""
    said = copies.sealed(desk, content, each_its_own=each_its_own)
    ref = f"{item.kind_of(content)}:{content.item}"
    if not isinstance(content, Notice):
        decide.log(desk, ref, content)
    record = admit.admit_item(desk, said[0].words, said[0].note)
    if isinstance(content, Notice):
        decide.release(desk, ref, content)
    return _sent(desk, record, said)


def _sent(
    desk: Desk, record: ItemRecord, said: Sequence[copies.Copy[W]], index: int | None = None
) -> Posted:
    """Each copy in our log and in the outbox. ``index``: of the only one, if it is logged."""
    first = index
    for copy in said:
        at = desk.log(Kind.SENT, copy.note, record.ref) if index is None else index
        first = at if first is None else first
        for party in copy.to:
            desk.tx.outbox.push(party, at)
    assert first is not None
    kept = assess.lead_times_kept(desk.agreement, record)
    standing_now = tuple(order([*standing.about(desk, record.ref), *kept]))
    hashes = [note_hash(copy.note).hex() for copy in said]
    own = {c.words.header.copy_for: h for c, h in zip(said, hashes, strict=True)}
    own.pop("", None)
    return Posted(
        record.ref, record.version, first, said[0].note, hashes[0], standing_now, record, own
    )


def notice_words(draft: Draft, header: Header, item_id: str, version: int, releaser: str) -> Notice:
    """The words of a notice. Raises InputError for a draft without a volume."""
    if not draft.volumes:
        raise InputError("the notice has no volume", right="at least one area, band and window")
    return Notice(
        header,
        item_id,
        version,
        draft.activity_class,
        draft.volumes,
        draft.place,
        draft.text,
        releaser,
    )


def _ours(desk: Desk, ref: str) -> ItemRecord:
    """The record of an item of ours; InputError if there is none, or it is another's."""
    record = admit.need(desk, ref)
    if record.author != desk.context.party:
        raise InputError(
            f"{ref} belongs to {record.author}, not to us",
            right=f"only {record.author} changes it; we answer it",
            where="ref",
        )
    return record
