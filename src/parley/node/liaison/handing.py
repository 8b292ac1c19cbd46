"""The watch handed from one person to the next: offered, taken, withdrawn, left unmanned.

What stands in the way is a value (``Refusal``), not an error. A handover is a paper that goes to
nobody: signed by our key in the outgoing's name first, in the incoming's second, and in our log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from parley.errors import InputError
from parley.liaison.handover import rules
from parley.liaison.handover.contents import (
    MOST_COMING,
    ComingLine,
    Handover,
    ItemNote,
    OpenLine,
    Stage,
)
from parley.liaison.papers.record import PaperRecord
from parley.node.desk import Desk
from parley.node.liaison import saying, seattable, shelf
from parley.node.liaison.coming import HOUR_MS, MOST_HOURS, coming
from parley.node.liaison.openitems import Open, Outside, Whole, open_now
from parley.node.liaison.seattable import Held, Seat
from parley.node.liaison.views import Filed

OFFERED_BYTES = 18_000
TAKEN_BYTES = 30_000
COMING_BYTES = 6_000
WORDS_BYTES = 14_000
OFFERED_LINES = 160
"""What of the 64 KiB of a note each part of a handover may take; what was offered leaves room for
what comes up until it is taken."""
NOBODY = "nobody held the seat"


@dataclass(frozen=True, slots=True)
class Who:
    """A person: name, as it stands on papers; id: the log-in name, "" for who has none;
    session_ends_ms: -1 without a session."""

    name: str
    id: str = ""
    session_ends_ms: int = -1

    def is_(self, name: str, person_id: str) -> bool:
        """By log-in name where both have one, else by name."""
        return self.id == person_id if self.id and person_id else self.name == name


@dataclass(frozen=True, slots=True)
class Seen:
    """What the incoming saw open: the digest of all of it, or lines of it by kind, ref, level."""

    digest: str = ""
    lines: tuple[OpenLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it was not done. code: "urgent-open", "changed", "not-your-seat", "seat-held",
    "offered", "not-offered", "not-for-you". lines: what stands in the way; digest: of all that is
    open now, to be given back by who has seen it."""

    code: str
    what: str
    right: str = ""
    lines: tuple[Open, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """The watch of one duty role at a glance. last: the handover by which it is held."""

    seat: Seat
    offer: PaperRecord | None
    whole: Whole
    digest: str
    last: PaperRecord | None
    last_ms: int = -1


def whole(desk: Desk, outside: Outside, hours: int) -> Whole:
    """All that is open, and what comes within so many hours. InputError: not 1 to 48."""
    if not 1 <= hours <= MOST_HOURS:
        raise InputError(f"the next {hours} h", right=f"1 to {MOST_HOURS}", where="hours")
    found = open_now(desk, outside)
    return Whole(found, coming(desk, outside, found, desk.now_ms + hours * HOUR_MS))


def watch(desk: Desk, outside: Outside, duty: str, hours: int) -> Watch:
    """Who holds the watch, what is open, what comes. InputError: no duty role of ours."""
    check_duty(desk, duty)
    seat, found = seattable.seat_of(desk, duty), whole(desk, outside, hours)
    last = shelf.need(desk, seat.ref) if seat.ref else None
    digest = rules.digest_of(found.lines)
    return Watch(seat, seattable.offer_of(desk, duty), found, digest, last, seat.since_ms)


def check_duty(desk: Desk, duty: str) -> None:
    """InputError: no duty role of ours."""
    roles = desk.agreement.party(desk.context.party).roles
    if duty not in roles:
        raise InputError(
            f"{duty[:64]!r} is no duty role of {desk.context.party}",
            right=f"one of: {', '.join(roles)}",
            where="duty",
        )


def take_seat(
    desk: Desk, outside: Outside, duty: str, who: Who, *, text: str, why: str, hours: int
) -> Filed | Refusal | None:
    """Who comes takes a seat that is free or unmanned; None: it is his already. InputError: an
    unmanned seat, and no reason."""
    check_duty(desk, duty)
    seat = seattable.seat_of(desk, duty)
    if seat.state is Held.HELD:
        if who.is_(seat.person, seat.person_id):
            return None
        return Refusal(
            "seat-held",
            f"{seat.person} holds the watch as {duty}",
            f"a handover offered by {seat.person}",
        )
    if seat.state is Held.UNMANNED and not why.strip():
        raise InputError(
            f"the watch as {duty} is unmanned, and nobody signs for {seat.person}",
            right="why it is taken without a handover",
            where="why",
        )
    _overtake(desk, duty)
    found = whole(desk, outside, hours)
    left = seat.state is Held.UNMANNED
    content = Handover(
        duty=duty,
        stage=Stage.TAKEN,
        outgoing=seat.person,
        incoming=who.name,
        from_ms=min(seat.since_ms, desk.now_ms) if left else desk.now_ms,
        until_ms=min(max(seat.unmanned_ms, seat.since_ms), desk.now_ms) if left else desk.now_ms,
        open=rules.fitted(found.lines, TAKEN_BYTES),
        coming=_fitted(found.coming),
        digest=rules.digest_of(found.lines),
        answers=text,
        unsigned=why.strip() if left else NOBODY,
        outgoing_id=seat.person_id,
        incoming_id=who.id,
        session_ends_ms=who.session_ends_ms,
    )
    return _said(desk, content, who.name)


def offer(
    desk: Desk,
    outside: Outside,
    duty: str,
    who: Who,
    incoming: Who,
    *,
    notes: Mapping[str, str],
    text: str,
    hours: int,
) -> Filed | Refusal:
    """Who holds the watch offers it, and signs. InputError: to himself, or too many words."""
    check_duty(desk, duty)
    seat = seattable.seat_of(desk, duty)
    if seat.state is not Held.HELD or not who.is_(seat.person, seat.person_id):
        holder = seat.person if seat.state is Held.HELD else "nobody"
        return Refusal(
            "not-your-seat", f"{holder} holds the watch as {duty}, not {who.name}", "who holds it"
        )
    before = seattable.offer_of(desk, duty)
    if before is not None:
        to = seattable.said_in(before).incoming
        return Refusal("offered", f"{before.ref} is offered to {to} already", "withdraw it first")
    if incoming.is_(who.name, who.id):
        raise InputError(
            f"{who.name} hands over to {incoming.name}", right="another person", where="incoming"
        )
    _check_words(notes, text)
    found = whole(desk, outside, hours)
    content = Handover(
        duty=duty,
        stage=Stage.OFFERED,
        outgoing=who.name,
        incoming=incoming.name,
        from_ms=min(seat.since_ms, desk.now_ms),
        until_ms=desk.now_ms,
        open=rules.fitted(found.lines, OFFERED_BYTES, OFFERED_LINES),
        coming=_fitted(found.coming),
        digest=rules.digest_of(found.lines),
        notes=tuple(ItemNote(ref, words) for ref, words in sorted(notes.items())),
        forward=text,
        outgoing_id=who.id,
        incoming_id=incoming.id,
    )
    return _said(desk, content, who.name)


def take(
    desk: Desk, outside: Outside, ref: str, who: Who, *, text: str, seen: Seen, hours: int
) -> Filed | Refusal:
    """The incoming signs: the watch is his. seen: what he saw open besides the offer.

    InputError: there is no such handover."""
    record = _need(desk, ref)
    said = seattable.said_in(record)
    refusal = _not_offered(desk, record)
    if refusal is not None:
        return refusal
    if not who.is_(said.incoming, said.incoming_id):
        return Refusal(
            "not-for-you", f"{ref} is offered to {said.incoming}, not to {who.name}", said.incoming
        )
    found = whole(desk, outside, hours)
    digest = rules.digest_of(found.lines)
    refusal = _in_the_way(said, found, seen, digest)
    if refusal is not None:
        return refusal
    content = replace(
        said,
        stage=Stage.TAKEN,
        until_ms=max(said.from_ms, desk.now_ms),
        open=rules.recomposed(said.open, found.lines, TAKEN_BYTES),
        coming=_fitted(found.coming),
        digest=digest,
        answers=text,
        session_ends_ms=who.session_ends_ms,
    )
    return _amended(desk, record, content, who.name)


def _in_the_way(said: Handover, found: Whole, seen: Seen, digest: str) -> Refusal | None:
    if found.blocking:
        return Refusal(
            "urgent-open",
            f"{len(found.blocking)} urgent items are not acknowledged or answered",
            "acknowledge or answer them first",
            found.blocking,
            digest,
        )
    known = (*said.open, *seen.lines)
    fresh = {(one.kind, one.ref) for one in rules.came_up(known, found.lines)}
    if fresh and seen.digest != digest:
        return Refusal(
            "changed",
            f"{len(fresh)} open items are not on what was offered",
            "look at them, then take it with them among `seen_lines`",
            tuple(one for one in found.open if (one.line.kind, one.line.ref) in fresh),
            digest,
        )
    return None


def withdraw(desk: Desk, ref: str, who: Who) -> Filed | Refusal:
    """The outgoing takes his offer back and keeps the watch."""
    record = _need(desk, ref)
    said = seattable.said_in(record)
    refusal = _not_offered(desk, record)
    if refusal is not None:
        return refusal
    if not who.is_(said.outgoing, said.outgoing_id):
        return Refusal("not-your-seat", f"{ref} was offered by {said.outgoing}, not by {who.name}")
    return _withdrawn(desk, record, who.name)


def leave(desk: Desk, seat: Seat) -> Filed | None:
    """The session of who holds the seat has ended: the log says since when it is unmanned. None:
    it is not held by him any more."""
    if seattable.seat_of(desk, seat.duty) != seat or seat.state is not Held.HELD:
        return None
    record = shelf.need(desk, seat.ref)
    ended_ms = seat.session_ends_ms
    ends_ms = ended_ms if seat.since_ms <= ended_ms <= desk.now_ms else desk.now_ms
    content = replace(seattable.said_in(record), stage=Stage.UNMANNED, ends_ms=ends_ms)
    return _amended(desk, record, content, "")


# ---- inside


def _need(desk: Desk, ref: str) -> PaperRecord:
    record = shelf.need(desk, ref)
    if not isinstance(record.paper.content, Handover):
        raise InputError(f"{ref} is no handover", right="a ref such as handover:<item>")
    return record


def _not_offered(desk: Desk, record: PaperRecord) -> Refusal | None:
    said = seattable.said_in(record)
    if record.paper.withdrawn:
        return Refusal("not-offered", f"{record.ref} was withdrawn", "a new offer")
    if said.stage is not Stage.OFFERED:
        return Refusal(
            "not-offered", f"{record.ref} was taken by {said.incoming} already", "a new offer"
        )
    return None


def _overtake(desk: Desk, duty: str) -> None:
    """An offer of who is gone is no offer any more."""
    record = seattable.offer_of(desk, duty)
    if record is not None:
        _withdrawn(desk, record, "")


def _withdrawn(desk: Desk, record: PaperRecord, person: str) -> Filed:
    duty = seattable.said_in(record).duty
    return saying.amendment(
        desk,
        record.ref,
        None,
        role=duty,
        marking=None,
        about=None,
        person=person,
        withdrawn=True,
    )


def _amended(desk: Desk, record: PaperRecord, content: Handover, person: str) -> Filed:
    return saying.amendment(
        desk,
        record.ref,
        content,
        role=content.duty,
        marking=None,
        about=None,
        person=person,
        withdrawn=False,
    )


def _said(desk: Desk, content: Handover, person: str) -> Filed:
    return saying.paper(
        desk,
        content,
        role=content.duty,
        to=(),
        marking=None,
        about=(),
        person=person,
        exercise=False,
        each_its_own=False,
    )


def _fitted(lines: tuple[ComingLine, ...]) -> tuple[ComingLine, ...]:
    """The next of them, as far as there is room; the rest can be asked for at any time."""
    kept, room = [], COMING_BYTES
    for one in lines[:MOST_COMING]:
        room -= rules.size_of(one)
        if room < 0:
            break
        kept.append(one)
    return tuple(kept)


def _check_words(notes: Mapping[str, str], text: str) -> None:
    size = len(json.dumps([dict(notes), text], ensure_ascii=False).encode())
    if size > WORDS_BYTES:
        raise InputError(
            f"notes of {size} bytes", right=f"{WORDS_BYTES} bytes at most", where="notes"
        )
