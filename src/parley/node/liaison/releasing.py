"""What our officers do about consents and releases: ask, judge beforehand, pass on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from parley.errors import InputError
from parley.ledger import Entry, Kind, note_hash, parse, parse_statement
from parley.liaison.directory.contents import Person
from parley.liaison.directory.names import folded
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Paper, Reply
from parley.liaison.releases import register
from parley.liaison.releases.consent import asks
from parley.liaison.releases.contents import ConsentRequest, Danger, Grounds, Release
from parley.liaison.releases.marking import Verdict, narrower, originator_of, verdict
from parley.liaison.releases.persons import same_person
from parley.liaison.releases.register import Original, addressees
from parley.liaison.releases.safety import safety_subset
from parley.node.desk import Desk
from parley.node.liaison import directory, reading, releases, saying, shelf
from parley.node.liaison.views import Filed
from parley.rules.findings import bare
from parley.rules.statements import Item, Rung
from parley.wire.spoken import TYPES, Spoken, decode

_MOST_ENCLOSED = 46_000
"""So many bytes of a note, as it is spelled in JSON, still fit into a note of ours."""


@dataclass(frozen=True, slots=True)
class Held:
    """Words that we hold: as signed, what they say, what they are when they are passed on."""

    note: bytes
    said: Paper | Item
    original: Original

    @property
    def originator(self) -> str:
        return originator_of(self.original.marking, self.original.author)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict before anything is done. subject: with its version; marking: what it has; consent:
    the request that was granted for it, "" if none."""

    subject: str
    originator: str
    marking: Marking
    verdict: Verdict
    consent: str = ""


def held(desk: Desk, subject: str, recipient: str = "") -> Held:
    """The words behind a ref; without a version, those in force. A copy that is fit for
    ``recipient``. InputError: none here, or what is never passed on by itself (a presence)."""
    ref, _, version = subject.partition("@")
    found: dict[int, list[Held]] = {}
    for note in _notes(desk, ref):
        one = _held(note)
        if one is not None and bare(one.original.ref) == ref:
            found.setdefault(one.said.version, []).append(one)
    named = re.fullmatch("[0-9]{1,9}", version)
    chosen = int(version) if named else max(found, default=0)
    if chosen not in found or (version and not named):
        raise InputError(
            f"there are no words of {subject[:80]!r} here that could be passed on",
            right="a ref such as message:<item> or notice:<item>@<version>",
            where="subject",
        )
    fit = ("", desk.context.party, recipient)
    every = found[chosen]
    return next((h for h in every if h.original.copy_for in fit), every[0])


def judged(desk: Desk, subject: str, recipient: str, *, marking: Marking | None = None) -> Judged:
    """Whether we may pass it on, and what would be right. marking: under which it would go."""
    words = held(desk, subject, recipient)
    original = words.original
    wanted = marking or going_under(words, recipient, _parties(desk))
    consent = _granted(desk, words, recipient, wanted)
    told = verdict(
        original.marking,
        original.author,
        desk.context.party,
        recipient,
        consent=consent is not None,
        parties=_parties(desk),
    )
    ref = "" if consent is None else consent
    return Judged(original.ref, words.originator, original.marking, told, ref)


def going_under(words: Held, recipient: str, parties: frozenset[str]) -> Marking:
    """The marking of what is passed on, where nobody says another: as closed as it was, for the
    recipient alone where it is a party, the originator's control kept."""
    marking = words.original.marking
    rel_to = (recipient,) if recipient in parties else marking.rel_to
    return replace(marking, rel_to=rel_to, originator=words.originator)


def ask(
    desk: Desk,
    subject: str,
    recipient: str,
    *,
    role: str,
    purpose: str,
    requested_by: str,
    until_ms: int,
    marking: Marking | None,
) -> Filed:
    """A request to the originator of ``subject``. InputError: needless, or of our own words."""
    words = held(desk, subject, recipient)
    told = judged(desk, subject, recipient, marking=marking)
    if told.verdict.allowed:
        raise InputError(
            f"a needless request: {told.verdict.why}", right="the release itself", where="subject"
        )
    parties = _parties(desk)
    wanted = replace(marking or going_under(words, recipient, parties), originator=words.originator)
    content = ConsentRequest(
        words.original.ref,
        words.originator,
        words.original.marking,
        recipient,
        purpose,
        requested_by,
        wanted,
        until_ms,
    )
    return saying.paper(
        desk,
        content,
        role=role,
        to=[words.originator],
        marking=None,
        about=(),
        person=requested_by,
        exercise=words.said.header.exercise,
        each_its_own=False,
    )


def answer(desk: Desk, ref: str, *, grant: bool, role: str, person: str, text: str) -> Filed:
    """We grant a request, or refuse it, or take back what we granted; read, if it was not."""
    record = shelf.need(desk, ref)
    if not isinstance(record.paper.content, ConsentRequest):
        raise InputError(
            f"{ref[:80]} asks for no consent", right="a ref such as consent-request:<item>"
        )
    asked = record.paper.content
    if grant and person and one_person(desk, person, asked.requested_by):
        raise InputError(
            f"{person[:80]!r} approves a request of his own", right="another person", where="person"
        )
    if record.of(desk.context.party).rung is Rung.RECEIVED:
        _reply(desk, ref, Rung.READ, role, person, "")
    return _reply(desk, ref, Rung.ACCEPTED if grant else Rung.OBJECTED, role, person, text)


def _reply(desk: Desk, ref: str, rung: Rung, role: str, person: str, text: str) -> Filed:
    return saying.reply(desk, ref, rung, role=role, values=(), person=person, text=text)


def make(
    desk: Desk,
    subject: str,
    recipient: str,
    *,
    role: str,
    released_by: str,
    requested_by: str,
    marking: Marking | None,
    safety: bool,
    enclose: bool,
    text: str,
) -> Filed:
    """A release into the register, and the words themselves where they go through this node.

    safety: the safety subset alone. enclose: False where they go by hand. InputError: no grounds
    (with what would be right), or one person where two are asked for."""
    words = held(desk, subject, recipient)
    grounds, consent = Grounds.SAFETY, ""
    if not safety:
        told = judged(desk, subject, recipient, marking=marking)
        if told.verdict.grounds is None:
            raise InputError(told.verdict.why, right=told.verdict.right, where="recipient")
        grounds, consent = told.verdict.grounds, told.consent
    consent = consent if grounds is Grounds.CONSENT else ""
    parties = _parties(desk)
    under = marking or going_under(words, recipient, parties)
    content = Release(
        words.original.ref,
        note_hash(words.note).hex(),
        words.originator,
        recipient,
        replace(under, originator=words.originator),
        grounds,
        released_by,
        requested_by,
        consent,
        *_proof(desk, consent),
        *_enclosed(desk, words, recipient, safety, enclose),
        text,
    )
    _two_persons(desk, content)
    to = addressees(desk.agreement, desk.context.party, recipient, words.originator)
    return saying.paper(
        desk,
        content,
        role=role,
        to=to,
        marking=_for_addressees(content.marking, to),
        about=(),
        person=released_by,
        exercise=words.said.header.exercise,
        each_its_own=True,
    )


def one_person(desk: Desk, one: str, other: str) -> bool:
    """Whether two names, or refs of the directory, are one person as far as our directory tells:
    by what was merged there, and by names across scripts."""
    if same_person(one, other):
        return True
    first, second = _known_as(desk, one), _known_as(desk, other)
    return not first.isdisjoint(second)


def _known_as(desk: Desk, person: str) -> set[str]:
    """The person's entry in the directory, and its names folded."""
    if not person.startswith(f"{Person.KIND}:"):
        return {folded(person)} - {""}
    ref = directory.resolve(desk, bare(person))
    names = {ref}
    for known in {ref, bare(person)}:
        record = shelf.load(desk, known)
        if record is not None and isinstance(record.paper.content, Person):
            names |= {folded(name.text) for name in record.paper.content.names}
    return names - {""}


def _two_persons(desk: Desk, content: Release) -> None:
    if not register.widens(content):
        return
    if not content.requested_by or one_person(desk, content.requested_by, content.released_by):
        raise InputError(
            f"{content.released_by[:80]!r} alone widens who has {content.subject}",
            right="two persons: requested_by, and another who releases",
            where="requested_by",
        )


def _for_addressees(marking: Marking, to: tuple[str, ...]) -> Marking:
    """The marking of the entry: of what is in it, for those who are told of it."""
    free = not marking.rel_to and marking.tlp in (Tlp.GREEN, Tlp.CLEAR)
    return marking if free else replace(marking, rel_to=tuple(sorted({*marking.rel_to, *to})))


def _proof(desk: Desk, consent: str) -> tuple[str, str]:
    """The notes of the request and of its grant."""
    if not consent:
        return "", ""
    asked = granted = ""
    for note in _notes(desk, consent):
        said = _said(note)
        if isinstance(said, Paper):
            asked = note.decode()
        elif isinstance(said, Reply) and said.rung is Rung.ACCEPTED:
            granted = note.decode()
    return asked, granted


def _enclosed(
    desk: Desk, words: Held, recipient: str, safety: bool, enclose: bool
) -> tuple[str, tuple[Danger, ...]]:
    if safety and isinstance(words.said, Paper):
        raise _no_subset(words)
    if safety and isinstance(words.said, Item):
        subset = safety_subset(desk.agreement, words.said)
        if subset is None:
            raise _no_subset(words)
        if subset.whole is None:
            return "", subset.dangers
    spelled = json.dumps(words.note.decode(), ensure_ascii=False).encode()
    if not enclose or len(spelled) > _MOST_ENCLOSED:
        return "", ()
    if words.original.copy_for not in ("", desk.context.party, recipient):
        raise InputError(
            f"every copy of {words.original.ref} is made for somebody else",
            right=f"a paper of our own to {recipient}, or enclose: false and the words by hand",
            where="subject",
        )
    return words.note.decode(), ()


def _no_subset(words: Held) -> InputError:
    return InputError(
        f"nothing of {words.original.ref} is in the safety subset",
        right="a hazard, a STOP or a DISTRESS",
        where="safety",
    )


def _granted(desk: Desk, words: Held, recipient: str, marking: Marking) -> str | None:
    """The request that was granted for exactly this and still holds; None if there is none."""
    for record in reading.about(desk, bare(words.original.ref), ConsentRequest.KIND):
        asked = asks(record.paper)
        if record.author != desk.context.party or asked.originator != words.originator:
            continue
        if record.of(asked.originator).rung is not Rung.ACCEPTED or desk.now_ms > asked.until_ms:
            continue
        same = (asked.subject, asked.recipient) == (words.original.ref, recipient)
        if same and narrower(marking, asked.marking_wanted):
            return record.ref
    return None


def _parties(desk: Desk) -> frozenset[str]:
    return frozenset(party.id for party in desk.agreement.parties)


def _notes(desk: Desk, ref: str) -> Iterator[bytes]:
    """Every note about an item in our log, sent and received, oldest first."""
    for key, _ in desk.tx.records.scan("entries", f"{ref}|"):
        at = int(key.rpartition("|")[2])
        entry = Entry.from_leaf(next(iter(desk.tx.log.leaves(at, at + 1))))
        if entry.kind in (Kind.SENT, Kind.RECEIVED):
            yield entry.note


def _said(note: bytes) -> Spoken | None:
    type_line, body = parse_statement(parse(note).text)
    return decode(type_line, body, sender="this node") if type_line in TYPES else None


def _held(note: bytes) -> Held | None:
    said = _said(note)
    if not isinstance(said, Paper | Item):
        return None
    original = releases.original_of(said)
    return None if original is None else Held(note, said, original)
