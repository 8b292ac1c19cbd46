"""What a peer says: verify, fold, log, and only then a receipt. A refusal leaves nothing behind.

Everything that comes in is hostile until its signature, its addressee, its agreement and its
place in the life cycle hold. Whatever goes wrong with it is a PeerError that names the party.
"""

from __future__ import annotations

from collections.abc import Sequence

from parley.errors import (
    ForgedError,
    InputError,
    MalformedError,
    PeerError,
    ProtocolError,
    ReplayError,
    UnknownPartyError,
)
from parley.ledger import (
    Kind,
    Receipt,
    Unsealed,
    is_roster,
    note_hash,
    seal_receipt,
    unseal,
)
from parley.node import admit, rosters
from parley.node.desk import Desk
from parley.node.views import Outcome
from parley.rules import item
from parley.rules.statements import (
    Answer,
    Distress,
    ItemEvent,
    Notice,
    Observation,
    Presence,
    Report,
    Statement,
    Stop,
)
from parley.wire.statement import decode


class Refusal(Exception):  # noqa: N818 (carries a value, is no error of anybody here)
    """Carries a refusal out of a unit of work, so that the whole of it is undone."""

    def __init__(self, index: int, outcome: Outcome) -> None:
        super().__init__(str(outcome.refused))
        self.index = index
        self.outcome = outcome


def together(desk: Desk, notes: Sequence[bytes]) -> list[Outcome]:
    """A receipt for each note, in order. Raises Refusal at the first that a peer is guilty of."""
    found = []
    for index, note in enumerate(notes):
        digest = note_hash(note).hex()
        try:
            found.append(Outcome(digest, receipt=receive(desk, note)))
        except PeerError as error:
            raise Refusal(index, Outcome(digest, refused=error)) from error
    return found


def receive(desk: Desk, note: bytes) -> bytes:
    """Our receipt for a peer's note (exact bytes); the old one if the note is known already.

    Only STOP and DISTRESS are let in under a duty role that the agreement does not name."""
    digest = note_hash(note)
    known = desk.tx.records.get("receipt", digest.hex())
    if known is not None:
        return known
    if is_roster(note):
        index = rosters.receive(desk, note)
        return _receipted(desk, digest, index, next(iter(desk.tx.log.hashes(index, index + 1))))
    unsealed = _unsealed(desk, note)
    sender = unsealed.signer_name
    statement = decode(unsealed.type, unsealed.body, sender=sender)
    _meant_for_us(desk, sender, statement)
    ref = _ref(desk, statement)
    index, leaf = desk.enter(Kind.RECEIVED, note, ref)
    try:
        _admit(desk, statement, note, index)
    except InputError as error:
        raise MalformedError(
            error.what, right=error.right, where=error.where, at_fault=f"party {sender}"
        ) from error
    return _receipted(desk, digest, index, leaf)


def _receipted(desk: Desk, digest: bytes, index: int, leaf: bytes) -> bytes:
    receipt = Receipt(digest, desk.context.origin, desk.place(index), leaf, desk.now_ms)
    sealed = seal_receipt(receipt, desk.context.key)
    desk.tx.records.put("receipt", digest.hex(), sealed)
    return sealed


def _unsealed(desk: Desk, note: bytes) -> Unsealed:
    """The statement, by a key in force. One by a key that has ended is not believed any more:
    whoever holds an old key could date it back."""
    try:
        return unseal(note, desk.ring.speakers)
    except UnknownPartyError:
        ended = unseal(note, desk.ring.note_keys)
        raise ForgedError(
            f"the statement is signed by key {ended.keys[0].key_id.hex()} of"
            f" {ended.signer_name}, which has ended",
            right=f"key {desk.ring.roster(ended.signer_name).note_key.key_id.hex()}",
            at_fault=f"whoever holds the ended key of {ended.signer_name}",
        ) from None


def _meant_for_us(desk: Desk, sender: str, statement: Statement) -> None:
    header, ours = statement.header, desk.context.party
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
    if header.agreement != desk.context.agreement_ref:
        raise ReplayError(
            f"the statement is made under agreement {header.agreement!r}",
            right=desk.context.agreement_ref,
            at_fault=f"party {sender}",
        )
    if ours not in header.to:
        raise ReplayError(
            f"the statement is addressed to {', '.join(header.to) or 'nobody'}",
            right=f"addressees with {ours} among them",
            at_fault=f"party {sender}",
        )
    if isinstance(statement, Presence | Observation):
        raise ProtocolError(
            "presences and observations stay with the party that holds them",
            right="a notice, an answer, STOP, DISTRESS or a report",
            at_fault=f"party {sender}",
        )
    for party in header.to:
        desk.agreement.party(party)
    roles = desk.agreement.party(sender).roles
    if header.role not in roles and not isinstance(statement, Stop | Distress):
        raise ProtocolError(
            f"{header.role!r} is no duty role of {sender}",
            right=f"one of: {', '.join(roles)}",
            at_fault=f"party {sender}",
        )


def _ref(desk: Desk, statement: Statement) -> str:
    if isinstance(statement, Notice | Stop | Distress | Report):
        return f"{item.kind_of(statement)}:{statement.item}"
    if isinstance(statement, ItemEvent | Answer):
        record = admit.find(desk, statement.item)
        return record.ref if record is not None else ""
    return ""


def _admit(desk: Desk, statement: Statement, note: bytes, index: int) -> None:
    if isinstance(statement, Notice | Stop | Distress | Report):
        admit.admit_item(desk, statement, note, received_ms=desk.now_ms)
    elif isinstance(statement, ItemEvent):
        admit.admit_event(desk, statement)
    elif isinstance(statement, Answer):
        admit.admit_answer(desk, statement, index)
