"""What follows from consents and releases at a node: whether the grounds of each release hold.

The words that were passed on and the notes of the consent stand in the release itself; here they
are verified under the keys that we believe. What we know besides is when an originator took a
consent back: table ``consent`` (ref of the request: his answers, in their order).
"""

from __future__ import annotations

import json
from dataclasses import replace

from parley.errors import InputError, PeerError
from parley.ledger import note_hash, unseal
from parley.liaison.papers.paper import Paper, Reply
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases import register
from parley.liaison.releases.consent import asks
from parley.liaison.releases.contents import ConsentRequest, Release
from parley.liaison.releases.filtering import marking_of, unmarked
from parley.liaison.releases.register import Consent, Original
from parley.node import standing
from parley.node.codec import dump
from parley.node.desk import Desk
from parley.node.liaison import shelf
from parley.rules.acknowledgement import ANSWERED
from parley.rules.findings import Finding, Kind, bare
from parley.rules.item import kind_of
from parley.rules.statements import Distress, Item, Rung, Stop
from parley.wire.spoken import Spoken, decode

_BREACH = frozenset({Kind.RELEASE_BREACH})


def answered(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """The originator answered a request: kept, and the releases that rest on it judged anew."""
    if before is None:
        return
    originator = asks(record.paper).originator
    was, now = before.of(originator), record.of(originator)
    if was.number == now.number or now.rung not in ANSWERED:
        return
    granted = int(now.rung is Rung.ACCEPTED)
    answers = [*_answers(desk, record.ref), [now.answered_ms, granted]]
    desk.tx.records.put("consent", record.ref, dump(answers))
    prefix = f"{record.ref}|{Release.KIND}|"
    for _, ref in list(desk.tx.records.scan("paper-about", prefix)):
        judge(desk, shelf.need(desk, ref.decode()))


def released(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """A release was said: its grounds are judged."""
    judge(desk, record)


def judge(desk: Desk, record: PaperRecord) -> None:
    """From now on stands about this release what its grounds leave to doubt."""
    standing.replace(desk, record.ref, _BREACH, breaches(desk, record.paper))


def breaches(desk: Desk, paper: Paper) -> list[Finding]:
    said = register.of(paper)
    original, wrong = _original(desk, said)
    if wrong:
        return register.breach(paper, (wrong,))
    return register.breach(
        paper, register.doubts(desk.agreement, paper, original, _consent(desk, said))
    )


def grounded(desk: Desk, paper: Paper) -> None:
    """What we release ourselves: InputError where the grounds do not hold from all that we know."""
    codes = [code for one in breaches(desk, paper) for code in one.codes]
    if not codes or codes == [register.UNPROVEN]:
        return
    said = register.of(paper)
    raise InputError(
        f"{said.subject} to {said.recipient} has no grounds: {', '.join(codes)}",
        right=f"the consent of {said.originator}, or what its marking allows",
        where="content.grounds",
    )


def original_of(said: Spoken) -> Original | None:
    """What words are when they are passed on; None for what is never passed on by itself."""
    if isinstance(said, Paper):
        ref, marking = said.ref, marking_of(said)
    elif isinstance(said, Item):
        ref, marking = f"{kind_of(said)}:{said.item}", unmarked(said.header)
    else:
        return None
    safe = isinstance(said, Stop | Distress)
    return Original(f"{ref}@{said.version}", said.header.by, marking, said.header.copy_for, safe)


def ended_ms(desk: Desk, ref: str, granted_ms: int) -> int:
    """When the originator took back what he granted at ``granted_ms``, -1 if we heard of nothing.
    What he granted again later is another consent."""
    for at_ms, granted in _answers(desk, ref):
        if at_ms >= granted_ms and not granted:
            return at_ms
    return -1


def _answers(desk: Desk, ref: str) -> list[list[int]]:
    data = desk.tx.records.get("consent", ref)
    return [] if data is None else [[int(at), int(yes)] for at, yes in json.loads(data)]


def _original(desk: Desk, said: Release) -> tuple[Original | None, str]:
    """The words that were passed on, and what is wrong with them as an enclosure."""
    if not said.enclosed:
        return _held(desk, said.subject), ""
    note = said.enclosed.encode()
    if note_hash(note).hex() != said.subject_hash:
        return None, "other-words-enclosed"
    words = _opened(desk, said.enclosed)
    original = None if words is None else original_of(words)
    return original, "forged-words-enclosed" if original is None else ""


def _held(desk: Desk, subject: str) -> Original | None:
    """The paper as it stands here, if it is still in the version that was passed on."""
    ref = bare(subject)
    record = shelf.load(desk, ref) if shelf.is_paper(ref) else None
    found = None if record is None else original_of(record.paper)
    if found is None or found.ref != subject:
        return None
    return replace(found, copy_for="")


def _opened(desk: Desk, note: str) -> Spoken | None:
    """What a note says by its author's key; None if it is not his."""
    try:
        unsealed = unseal(note.encode(), desk.ring.note_keys)
        words = decode(unsealed.type, unsealed.body, sender=unsealed.signer_name)
    except PeerError:
        return None
    return words if words.header.by == unsealed.signer_name else None


def _consent(desk: Desk, said: Release) -> Consent | None:
    """The consent that a release shows; None if its notes do not show one."""
    if not said.asked or not said.granted:
        return None
    asked, granted = _opened(desk, said.asked), _opened(desk, said.granted)
    if not isinstance(asked, Paper) or not isinstance(asked.content, ConsentRequest):
        return None
    if not isinstance(granted, Reply) or granted.rung is not Rung.ACCEPTED:
        return None
    if (granted.item, granted.version) != (asked.item, asked.version):
        return None
    at_ms = granted.header.at_ms
    return Consent(
        asked.ref,
        asked.content,
        asked.header.by,
        granted.header.by,
        granted.person,
        at_ms,
        ended_ms(desk, asked.ref, at_ms),
    )
