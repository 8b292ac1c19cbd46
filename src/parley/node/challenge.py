"""Silence: a note without a receipt is handed over by a third party, which says what came of it.

We ask with a challenge, they hand the note to the silent peer's door and answer with a testimony;
both are statements, receipted and logged on both sides. A receipt that comes back settles the
parcel as if it had come to us. No answer is no proof: any network can lose any message.

Table ``relay`` (challenge hash -> JSON): what we were asked to hand over and have not testified
about. Table ``challenge`` (hash -> JSON): what we asked and what came of it. Whoever is asked
learns the words of the note.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from parley.errors import (
    ForgedError,
    InputError,
    MalformedError,
    NotYetError,
    PeerError,
    ProtocolError,
    ReplayError,
)
from parley.ledger import (
    Challenge,
    Entry,
    Keyring,
    Kind,
    Testimony,
    Unsealed,
    check_testimony,
    note_hash,
    parse,
    parse_statement,
    seal_challenge,
    seal_testimony,
    unseal,
)
from parley.ledger.challenge import (
    CHALLENGE_TYPE,
    MAX_CHALLENGED_BYTES,
    TESTIMONY_TYPE,
    challenge_of,
    testimony_of,
)
from parley.liaison.releases.filtering import releasable
from parley.node import bounded, deliver
from parley.node.codec import dump, words_of
from parley.node.context import Context
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.node.views import Challenged, Parcel, Posted
from parley.wire import papers
from parley.wire.spoken import decode

TYPES = (CHALLENGE_TYPE, TESTIMONY_TYPE)
SILENT_MS = 300_000
RELAYS_WAITING = 100
"""So many notes of one party wait to be handed over by us; one more is refused."""


@dataclass(frozen=True, slots=True)
class Relay:
    """One note that ``author`` asked us to hand to ``to``."""

    challenge: str
    author: str
    to: str
    note: bytes


def open_together(context: Context, ring: Keyring, unsealed: Unsealed) -> Challenge | Testimony:
    """What a verified statement of these types says, if it is for us and its parts belong
    together. Raises PeerError. A testimony is held against its challenge later: see ``take``."""
    sender, ours = unsealed.signer_name, context.party
    said: Challenge | Testimony
    if unsealed.type == TESTIMONY_TYPE:
        said = testimony_of(unsealed.body)
    else:
        said = challenge_of(unsealed.body)
    if said.party == ours:
        raise ReplayError(
            "a statement of our own came back to us", right="send it to another party"
        )
    if said.party != sender:
        raise ForgedError(
            f"a statement in the name of {said.party!r} is signed by {sender!r}",
            right=f"the signature of {said.party}",
            at_fault=f"party {sender}",
        )
    if isinstance(said, Challenge):
        if said.via != ours:
            raise ReplayError(
                f"the challenge asks {said.via}", right=ours, at_fault=f"party {sender}"
            )
        _check_note(context, ring, said)
    return said


def _check_note(context: Context, ring: Keyring, said: Challenge) -> None:
    """The note is a statement of the challenger, addressed to the silent."""
    inner = unseal(said.note, ring.speakers, max_bytes=MAX_CHALLENGED_BYTES)
    words = decode(inner.type, inner.body, sender=said.party)
    header = words.header
    wrong = ""
    if inner.signer_name != said.party or header.by != said.party:
        wrong = f"is of {inner.signer_name}"
    elif said.to not in header.to or header.copy_for not in ("", said.to):
        wrong = f"is not for {said.to}"
    if wrong:
        raise MalformedError(
            f"the challenged note {wrong}",
            right=f"a note of {said.party} to {said.to} under our agreement",
            at_fault=f"party {said.party}",
        )


def take(desk: Desk, said: Challenge | Testimony, note: bytes) -> str:
    """A challenge or a testimony of a peer before it is logged: what follows from it. The ref of
    the item that it is about, "" if we know none. Raises PeerError."""
    if isinstance(said, Challenge):
        return _take_challenge(desk, said, note)
    return _take_testimony(desk, said)


def _take_challenge(desk: Desk, said: Challenge, note: bytes) -> str:
    _under_agreement(desk, said)
    waiting = sum(
        json.loads(value)["author"] == said.party for _, value in desk.tx.records.scan("relay")
    )
    if waiting >= RELAYS_WAITING or not bounded.within(desk, "challenge", said.party):
        raise ProtocolError(
            f"more challenges of {said.party} than we hand over",
            right=f"{RELAYS_WAITING} waiting, {bounded.FAULTS_AN_HOUR} an hour",
            at_fault=f"party {said.party}",
        )
    line = {"author": said.party, "to": said.to, "note": said.note.decode("utf-8")}
    desk.tx.records.put("relay", note_hash(note).hex(), dump(line))
    about = {"by": said.party, "to": said.to, "note_hash": note_hash(said.note).hex()}
    desk.event("challenged", about)
    return ""


def _under_agreement(desk: Desk, said: Challenge) -> None:
    """The note is made under an agreement that is in force here, or was. NotYetError: under an
    amendment whose signatures have not all come here."""
    named = parse_statement(parse(said.note).text)[1].get("agreement")
    if not isinstance(named, str) or desk.knows_agreement(named):
        pending = False
    else:
        pending = desk.tx.records.get("pact-text", named) is not None
    if pending:
        raise NotYetError(
            f"{said.party} challenges over a note under amendment {named}, whose signatures have"
            " not all come here",
            right="the same again, when they have",
        )
    if not isinstance(named, str) or not desk.knows_agreement(named):
        raise MalformedError(
            f"the challenged note is made under agreement {named!r}",
            right=f"a note of {said.party} to {said.to} under our agreement",
            at_fault=f"party {said.party}",
        )


def _take_testimony(desk: Desk, said: Testimony) -> str:
    key = said.challenge_hash.hex()
    held = desk.tx.records.get("challenge", key)
    if held is None:
        raise ReplayError(
            "a testimony about a challenge that we did not make",
            right="the hash of a challenge of ours",
            at_fault=f"party {said.party}",
        )
    line = json.loads(held)
    if line["outcome"]:
        raise ProtocolError(
            f"a second testimony of {said.party} about one challenge",
            right="one",
            at_fault=f"party {said.party}",
        )
    asked = check_testimony(said, _note_of(desk, key), desk.ring)
    index = desk.tx.log.index_of(note_hash(asked.note).hex())
    if said.receipt and index is not None:
        parcel = Parcel(index, asked.note)
        deliver.delivered(desk, said.to, [(parcel, said.receipt)])
    desk.tx.records.put("challenge", key, dump({**line, "outcome": said.outcome}))
    about = {"challenge": key, "via": said.party, "to": said.to, "outcome": said.outcome}
    desk.event("testimony", about)
    ref: str = line["ref"]
    return ref


def ask(desk: Desk, what: str, *, to: str, via: str) -> Posted:
    """Challenge ``to`` through ``via`` over a note of ours: ``what`` is its hash, or the ref of an
    item (then the oldest note about it without a receipt). InputError: nothing to challenge, or a
    paper that ``via`` may not have: it would read it."""
    for party in (to, via):
        if party not in desk.context.others:
            raise InputError(
                f"{party[:80]!r} is no other party that we know",
                right=f"one of: {', '.join(desk.context.others)}",
                where="to" if party == to else "via",
            )
    index = _challenged(desk, what, to)
    note = _at(desk, index)
    _may_have(desk, note, via)
    ref = deliver.answered(words_of(note))[0] or (what if ":" in what else "")
    challenge = Challenge(desk.context.party, to, via, note, max(0, desk.now_ms))
    sealed = seal_challenge(challenge, desk.context.key)
    at = desk.log(Kind.SENT, sealed, ref)
    desk.tx.outbox.push(via, at)
    digest = note_hash(sealed).hex()
    about = {"to": to, "via": via, "ref": ref, "note_hash": note_hash(note).hex()}
    line = {**about, "at_ms": desk.now_ms, "outcome": ""}
    desk.tx.records.put("challenge", digest, dump(line))
    return Posted(ref, 0, at, sealed, digest, ())


def _may_have(desk: Desk, note: bytes, via: str) -> None:
    type_line, body = parse_statement(parse(note).text)
    if type_line not in papers.TYPES:
        return
    said = papers.decode(type_line, body, sender=desk.context.party)
    parties = {one.id for one in desk.agreement.parties}
    if not releasable(said, via, parties=parties):
        raise InputError(
            f"{via} would read what it is asked to hand over, and may not have it",
            right="another party, which the paper is addressed to or its marking names",
            where="via",
        )


def _challenged(desk: Desk, what: str, to: str) -> int:
    pending = desk.tx.outbox.pending(to, -1)
    if ":" in what:
        waiting = deliver.parcels_about(desk.tx, to, (what,))
        found = waiting[0].index if waiting else None
    else:
        found = desk.tx.log.index_of(what)
    if found is None or found not in pending:
        raise InputError(
            f"nothing of {what[:80]!r} waits for a receipt of {to}",
            right="the ref of an item, or the hash of a note, that waits for it",
            where="note",
        )
    return found


def relays(tx: Tx, to: str) -> list[Relay]:
    """What we were asked to hand to this peer."""
    found = []
    for key, value in tx.records.scan("relay"):
        line = json.loads(value)
        if line["to"] == to:
            found.append(Relay(key, line["author"], to, line["note"].encode()))
    return found


def testify(desk: Desk, relay: Relay, outcome: str, receipt: bytes) -> None:
    """Say what came of it, once; a receipt that is none for this note counts as no answer."""
    if desk.tx.records.get("relay", relay.challenge) is None:
        return
    desk.tx.records.delete("relay", relay.challenge)
    digest = bytes.fromhex(relay.challenge)

    def said(outcome: str, receipt: bytes) -> Testimony:
        ours, now_ms = desk.context.party, max(0, desk.now_ms)
        return Testimony(ours, digest, relay.to, outcome, receipt, now_ms)

    try:
        testimony = said(outcome, receipt)
        check_testimony(testimony, _note_of(desk, relay.challenge), desk.ring)
    except (PeerError, InputError):
        testimony = said("no answer", b"")
    index = desk.log(Kind.SENT, seal_testimony(testimony, desk.context.key))
    desk.tx.outbox.push(relay.author, index)


def challenges(tx: Tx) -> list[Challenged]:
    """What we asked, and what came of it so far."""
    found = []
    for key, value in tx.records.scan("challenge"):
        line = json.loads(value)
        found.append(
            Challenged(
                key,
                line["ref"],
                line["note_hash"],
                line["to"],
                line["via"],
                line["at_ms"],
                line["outcome"],
            )
        )
    return sorted(found, key=lambda one: (one.at_ms, one.challenge))


def silent(tx: Tx, peers: Iterable[str], now_ms: int) -> dict[str, str]:
    """The peers that let a note wait for its receipt for more than five minutes, by our clock:
    the hash of the oldest."""
    found = {}
    for peer in peers:
        oldest = deliver.parcels(tx, peer, 1)
        if not oldest:
            continue
        _, body = parse_statement(parse(oldest[0].note).text)
        at_ms = body.get("at_ms")
        if isinstance(at_ms, int) and now_ms - at_ms > SILENT_MS:
            found[peer] = note_hash(oldest[0].note).hex()
    return found


def _note_of(desk: Desk, digest: str) -> bytes:
    index = desk.tx.log.index_of(digest)
    if index is None:
        raise ReplayError(f"our log holds no challenge {digest}", right="one that it holds")
    return _at(desk, index)


def _at(desk: Desk, index: int) -> bytes:
    return Entry.from_leaf(next(iter(desk.tx.log.leaves(index, index + 1)))).note
