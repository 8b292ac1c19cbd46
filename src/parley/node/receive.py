"""What a peer says: verify, fold, log, and only then a receipt. A refusal leaves nothing behind.

Everything that comes in is hostile until its signature, its addressee, its agreement and its
place in the life cycle hold. Whatever goes wrong with it is a PeerError that names the party.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parley.errors import (
    ForgedError,
    InputError,
    MalformedError,
    NotYetError,
    PeerError,
    ProtocolError,
    ReplayError,
    UnknownPartyError,
)
from parley.ledger import (
    Challenge,
    Entry,
    Exhibit,
    Keyring,
    Kind,
    Receipt,
    Testimony,
    Unsealed,
    is_roster,
    note_hash,
    open_roster,
    parse,
    parse_statement,
    seal_receipt,
    unseal,
)
from parley.liaison.papers.paper import Paper, Reply
from parley.node import admit, bounded, challenge, copies, rosters
from parley.node.context import Context
from parley.node.desk import Desk
from parley.node.liaison import filing, shelf
from parley.node.views import Outcome
from parley.rules import item
from parley.rules.agreement import Agreement
from parley.rules.statements import (
    Answer,
    Distress,
    Item,
    ItemEvent,
    Local,
    Stop,
)
from parley.wire.spoken import Spoken, decode

CLOCKS_MAY_DIFFER_MS = 86_400_000
"""A statement from further ahead than this is taken in, and said aloud once an hour a party."""

_ONCE = ("by", "item", "version", "number")
_LOOKED_THROUGH = 2_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A note verified and decoded before its unit of work, under ``ring``: what it says, or the
    error. A roster is judged in its turn: it may follow another of the same batch."""

    note: bytes
    digest: bytes
    ring: Keyring
    sender: str = ""
    statement: Spoken | None = None
    asked: Challenge | Testimony | None = None
    error: PeerError | None = None
    leak: copies.Leak | None = None


class Refusal(Exception):  # noqa: N818 (carries a value, is no error of anybody here)
    """Carries a refusal out of a unit of work, so that the whole of it is undone.

    leak, exhibit: what is to be kept of it nevertheless, by a unit of work of its own."""

    def __init__(
        self,
        index: int,
        outcome: Outcome,
        *,
        leak: copies.Leak | None = None,
        exhibit: Exhibit | None = None,
    ) -> None:
        super().__init__(str(outcome.refused))
        self.index = index
        self.outcome = outcome
        self.leak = leak
        self.exhibit = exhibit


def prepare(
    context: Context, ring: Keyring, notes: Sequence[bytes], carrier: str = ""
) -> list[Prepared]:
    """All that can be judged of each note without the store. Pure, raises nothing."""
    return [_prepare(context, ring, note, carrier) for note in notes]


def _prepare(context: Context, ring: Keyring, note: bytes, carrier: str) -> Prepared:
    digest = note_hash(note)
    if is_roster(note):
        return Prepared(note, digest, ring)
    statement, sender = None, ""
    try:
        unsealed = _unsealed(ring, note)
        sender = unsealed.signer_name
        if unsealed.type in challenge.TYPES:
            asked = challenge.open_together(context, ring, unsealed)
            return Prepared(note, digest, ring, sender, asked=asked)
        statement = decode(unsealed.type, unsealed.body, sender=sender)
        _meant_for_us(context, sender, statement)
        leak = _leak_of(context, note, statement, carrier)
        if leak is not None:
            error = _not_our_copy(leak)
            return Prepared(note, digest, ring, sender, statement, error=error, leak=leak)
    except PeerError as refusal:
        return Prepared(note, digest, ring, sender, statement, error=refusal)
    return Prepared(note, digest, ring, sender, statement)


def together(desk: Desk, prepared: Sequence[Prepared]) -> list[Outcome]:
    """A receipt for each note, in order. Raises Refusal at the first that a peer is guilty of, and
    at one whose time has not come, if there are some before it: they may be what it waits for at
    another node. NotYetError if it is the first."""
    found = []
    for index, ready in enumerate(prepared):
        digest = ready.digest.hex()
        try:
            found.append(Outcome(digest, receipt=receive(desk, ready)))
        except PeerError as error:
            refused = Outcome(digest, refused=error)
            raise _refusal(desk, index, refused, ready) from error
        except NotYetError:
            if not index:
                raise
            raise Refusal(index, Outcome(digest)) from None
    return found


def receive(desk: Desk, ready: Prepared) -> bytes:
    """Our receipt for a peer's note (exact bytes); the old one if the note is known already.

    Only STOP and DISTRESS are let in under a duty role that the agreement does not name. What
    was prepared under other rosters than those of now is judged again."""
    note, digest = ready.note, ready.digest
    known = desk.tx.records.get("receipt", digest.hex())
    if known is not None:
        return known
    if is_roster(note):
        index = rosters.receive(desk, note)
        return _receipted(desk, digest, index, next(iter(desk.tx.log.hashes(index, index + 1))))
    if ready.ring is not desk.ring:
        ready = _prepare(desk.context, desk.ring, note, ready.leak.carrier if ready.leak else "")
    if ready.error is not None:
        raise ready.error
    sender, statement = ready.sender, ready.statement
    if ready.asked is not None:
        ref = challenge.take(desk, ready.asked, note)
        return _receipted(desk, digest, *desk.enter(Kind.RECEIVED, note, ref))
    assert statement is not None
    _under_agreement(desk, sender, statement)
    _fit_to_be_said(desk.agreement, sender, statement)
    ref = _ref(desk, statement)
    index, leaf = desk.enter(Kind.RECEIVED, note, ref)
    try:
        _admit(desk, statement, note, index)
    except InputError as error:
        raise MalformedError(
            error.what, right=error.right, where=error.where, at_fault=f"party {sender}"
        ) from error
    _compare_clocks(desk, sender, statement)
    return _receipted(desk, digest, index, leaf)


def _receipted(desk: Desk, digest: bytes, index: int, leaf: bytes) -> bytes:
    receipt = Receipt(digest, desk.context.origin, desk.place(index), leaf, desk.now_ms)
    sealed = seal_receipt(receipt, desk.context.key)
    desk.tx.records.put("receipt", digest.hex(), sealed)
    return sealed


def _unsealed(ring: Keyring, note: bytes) -> Unsealed:
    """The statement, by a key in force. One by a key that has ended is not believed any more:
    whoever holds an old key could date it back."""
    try:
        return unseal(note, ring.speakers)
    except UnknownPartyError:
        ended = unseal(note, ring.note_keys)
        raise ForgedError(
            f"the statement is signed by key {ended.keys[0].key_id.hex()} of"
            f" {ended.signer_name}, which has ended",
            right=f"key {ring.roster(ended.signer_name).note_key.key_id.hex()}",
            at_fault=f"whoever holds the ended key of {ended.signer_name}",
        ) from None


def _meant_for_us(context: Context, sender: str, statement: Spoken) -> None:
    header, ours = statement.header, context.party
    if sender == ours:
        raise ReplayError(
            "a statement of our own came back to us", right="send it to another party"
        )
    if header.by != sender:
        raise ForgedError(
            f"a statement in the name of {header.by!r} is signed by {sender!r}",
            right=f"the signature of {header.by}",
            at_fault=f"party {sender}",
        )
    if ours not in header.to and not header.copy_for:
        raise ReplayError(
            f"the statement is addressed to {', '.join(header.to) or 'nobody'}",
            right=f"addressees with {ours} among them",
            at_fault=f"party {sender}",
        )


def _leak_of(context: Context, note: bytes, statement: Spoken, carrier: str) -> copies.Leak | None:
    header = statement.header
    if header.copy_for in ("", context.party):
        return None
    return copies.Leak(note, header.by, header.copy_for, carrier)


def _not_our_copy(leak: copies.Leak) -> ProtocolError:
    return ProtocolError(
        f"the copy of this statement that {leak.author} made for {leak.copy_for}",
        right="the copy made for us",
        at_fault="unknown: whoever handed it on",
    )


def _under_agreement(desk: Desk, sender: str, statement: Spoken) -> None:
    """The agreement in force, or an earlier one: its author may not have heard the last signature.

    One that we signed and that others' signatures are still on their way for: it waits at its
    sender's, unless lives may hang on it. For an observer, whom nobody waits for, the proposal too
    may still be on its way."""
    named = statement.header.agreement
    if desk.knows_agreement(named):
        return
    if desk.tx.records.get("pact-text", named) is not None:
        if isinstance(statement, Stop | Distress):
            return
        raise NotYetError(
            f"{sender} speaks under amendment {named}, whose signatures have not all come here",
            right="the same again, when they have",
        )
    if desk.agreement.party(desk.context.party).observer:
        raise NotYetError(
            f"{sender} speaks under agreement {named}, which did not come here",
            right="the same again, when it has been proposed and signed here too",
        )
    raise ReplayError(
        f"the statement is made under agreement {named!r}",
        right=desk.agreement_ref,
        at_fault=f"party {sender}",
    )


def _fit_to_be_said(agreement: Agreement, sender: str, statement: Spoken) -> None:
    header = statement.header
    if isinstance(statement, Local):
        raise ProtocolError(
            "presences, observations and records of the watch stay with the party that holds them",
            right="an item or what is said about one, such as a notice, an answer, a STOP",
            at_fault=f"party {sender}",
        )
    for party in header.to:
        agreement.party(party)
    roles = agreement.party(sender).roles
    if header.role not in roles and not isinstance(statement, Stop | Distress):
        raise ProtocolError(
            f"{header.role!r} is no duty role of {sender}",
            right=f"one of: {', '.join(roles)}",
            at_fault=f"party {sender}",
        )


def _refusal(desk: Desk, index: int, refused: Outcome, ready: Prepared) -> Refusal:
    """What stays of a refusal; only the first note of a unit of work can be refused with it."""
    leak = ready.leak
    if index or leak is not None:
        return Refusal(index, refused, leak=leak)
    if is_roster(ready.note):
        return Refusal(index, refused, exhibit=_two_rosters(desk, ready.note))
    return Refusal(index, refused, exhibit=_two_words(desk, ready, refused.refused))


def _two_rosters(desk: Desk, note: bytes) -> Exhibit | None:
    """This refused roster and another of its serial that our log holds; None if there is none."""
    try:
        roster = open_roster(note)
    except PeerError:
        return None
    for key, _ in desk.tx.records.scan("entries", f"{rosters.LOGGED}|", limit=_LOOKED_THROUGH):
        held = _note_at(desk, key)
        if held == note:
            return None
        known = open_roster(held)
        if (known.party, known.serial) == (roster.party, roster.serial):
            return Exhibit("two-rosters", roster.party, (held, note))
    return None


def _note_at(desk: Desk, key: str) -> bytes:
    """The note of our log that a record ``ref|index`` names."""
    at = int(key.rpartition("|")[2])
    return Entry.from_leaf(next(iter(desk.tx.log.leaves(at, at + 1)))).note


def _two_words(desk: Desk, ready: Prepared, why: PeerError | None) -> Exhibit | None:
    """Other words of the sender's that our log holds in the place of these; None if there are
    none. Copies of the same words are no other words."""
    said = ready.statement
    if not isinstance(why, ProtocolError) or not isinstance(
        said, Item | ItemEvent | Answer | Paper | Reply
    ):
        return None
    kind, body = parse_statement(parse(ready.note).text)
    place = [body.get(name) for name in _ONCE]
    about = desk.tx.records.scan("entries", f"{_ref(desk, said)}|", limit=_LOOKED_THROUGH)
    for key, _ in about:
        note = _note_at(desk, key)
        if note == ready.note or not note.startswith(f"{kind}\n".encode()):
            continue
        earlier = parse_statement(parse(note).text)[1]
        same_place = [earlier.get(name) for name in _ONCE] == place
        if same_place and {**earlier, "copy_for": ""} != {**body, "copy_for": ""}:
            return Exhibit("two-words", ready.sender, (note, ready.note))
    return None


def _compare_clocks(desk: Desk, sender: str, statement: Spoken) -> None:
    ahead_ms = statement.header.at_ms - desk.now_ms
    if ahead_ms <= CLOCKS_MAY_DIFFER_MS:
        return
    if bounded.within(desk, "clock-differs", sender, 1):
        desk.event("clock-differs", {"party": sender, "ahead_ms": ahead_ms})


def _ref(desk: Desk, statement: Spoken) -> str:
    if isinstance(statement, Paper):
        return statement.ref
    if isinstance(statement, Reply):
        paper = shelf.find(desk, statement.item)
        return paper.ref if paper is not None else ""
    if isinstance(statement, Item):
        return f"{item.kind_of(statement)}:{statement.item}"
    if isinstance(statement, ItemEvent | Answer):
        record = admit.find(desk, statement.item)
        return record.ref if record is not None else ""
    return ""


def _admit(desk: Desk, statement: Spoken, note: bytes, index: int) -> None:
    if isinstance(statement, Paper):
        filing.admit_paper(desk, statement, note, index, received_ms=desk.now_ms)
    elif isinstance(statement, Reply):
        filing.admit_reply(desk, statement, index)
    elif isinstance(statement, Item):
        admit.admit_item(desk, statement, note, received_ms=desk.now_ms)
    elif isinstance(statement, ItemEvent):
        admit.admit_event(desk, statement)
    elif isinstance(statement, Answer):
        admit.admit_answer(desk, statement, index)
