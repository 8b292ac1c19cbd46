"""What is said again into a recovered log: our statements that peers hold and it does not, their
notes that we had receipted, and what stood in the old store behind the cut.

The same bytes as before: nobody can show two words of one version. What cannot follow any more
is left out, and told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from parley.errors import InputError, PeerError
from parley.ledger import Entry, Kind, note_hash, parse, parse_checkpoint, unseal
from parley.liaison.papers.paper import Paper, Reply
from parley.liaison.papers.record import PaperRecord
from parley.node import admit, deliver, observe, watchlog
from parley.node.desk import Desk
from parley.node.liaison import filing, shelf
from parley.node.proofs.ground import Ground
from parley.node.proofs.seen import WITNESSED
from parley.node.recovery.recover import Copy, Lost, lost_notes, lost_statements
from parley.node.views import Outcome, Parcel
from parley.rules.item import kind_of
from parley.rules.statements import (
    Answer,
    Item,
    ItemEvent,
    Local,
    Observation,
    Presence,
    WatchRecord,
)
from parley.wire.spoken import Spoken, decode

RECEIVED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """said: statements of ours in the log again; heard: notes of peers; left_out: hash and
    reason of what could not follow."""

    said: int = 0
    heard: int = 0
    left_out: tuple[tuple[str, str], ...] = field(default=())


class Door(Protocol):
    async def receive(self, notes: Sequence[bytes]) -> list[Outcome]: ...


async def bring_back(
    ground: Ground, door: Door, copies: Sequence[Copy], dropped: Sequence[Entry]
) -> BroughtBack:
    """See the module. Theirs and ours answer each other, so both are tried until nothing more
    follows. Doing it again changes nothing. Raises StorageError."""
    back = [one for copy in copies for one in copy.given_back]
    notes = lost_notes(copies, await _known(ground, (one.other for one in back)))
    lost = lost_statements(copies, await _known(ground, (one.note for one in back)))
    lost += [Lost(entry.note) for entry in dropped if entry.kind in (Kind.SENT, Kind.OBSERVED)]
    said = heard = 0
    while True:
        notes_left, why_notes = await _hear(door, notes)
        lost_left, why_lost, known = await _say(ground, lost)
        said += len(lost) - len(lost_left) - known
        heard += len(notes) - len(notes_left)
        moved = len(notes_left) < len(notes) or len(lost_left) < len(lost)
        notes, lost = notes_left, lost_left
        if not moved:
            break
    for entry in dropped:
        if entry.kind is Kind.COSIGNED:
            await ground.change(_cosigned(entry.note))
    return BroughtBack(said, heard, (*why_notes, *why_lost))


Reasons = list[tuple[str, str]]


async def _hear(door: Door, notes: list[bytes]) -> tuple[list[bytes], Reasons]:
    """Those that cannot follow yet, and why: some wait for what we say in between."""
    left, why = [], []
    for start in range(0, len(notes), RECEIVED_AT_ONCE):
        some = notes[start : start + RECEIVED_AT_ONCE]
        for note, outcome in zip(some, await door.receive(some), strict=True):
            if outcome.refused is not None:
                left.append(note)
                why.append((outcome.note_hash, outcome.refused.what))
    return left, why


async def _say(ground: Ground, lost: list[Lost]) -> tuple[list[Lost], Reasons, int]:
    """Those that cannot follow yet, and why; how many stood in our log already."""
    left: list[Lost] = []
    why: Reasons = []
    known = 0
    for one in lost:
        try:
            known += not await ground.change(_saying(one))
        except (PeerError, InputError) as error:
            left.append(one)
            why.append((note_hash(one.note).hex(), error.what))
    return left, why, known


async def _known(ground: Ground, notes: Iterable[bytes]) -> set[str]:
    """The hashes of those that stand in our log."""
    digests = {note_hash(note).hex() for note in notes if note}
    return await ground.store.read(
        lambda tx: {digest for digest in digests if tx.log.index_of(digest) is not None}
    )


def _saying(lost: Lost) -> Callable[[Desk], bool]:
    """Log one statement of ours, as it was signed. Whether it was not there."""

    def say(desk: Desk) -> bool:
        note = lost.note
        if desk.tx.log.index_of(note_hash(note).hex()) is not None:
            return False
        unsealed = unseal(note, desk.ring.keys_of(desk.context.party))
        statement = decode(unsealed.type, unsealed.body, sender=unsealed.signer_name)
        ref = _ref(desk, statement)
        local = isinstance(statement, Local)
        index = desk.log(Kind.OBSERVED if local else Kind.SENT, note, ref)
        _admit(desk, statement, note, index)
        own = statement.header.copy_for
        for party in (own,) if own else statement.header.to:
            if party not in lost.receipts:
                desk.tx.outbox.push(party, index)
        parcel = Parcel(index, note)
        for party, receipt in lost.receipts.items():
            try:
                deliver.delivered(desk, party, [(parcel, receipt)])
            except PeerError:
                desk.tx.outbox.push(party, index)
        return True

    return say


def _admit(desk: Desk, statement: Spoken, note: bytes, index: int) -> None:
    if isinstance(statement, Paper):
        filed = shelf.find(desk, statement.item)
        if not statement.header.copy_for or _older(filed, statement):
            filing.admit_paper(desk, statement, note, index)
    elif isinstance(statement, Reply):
        filing.admit_reply(desk, statement, index)
    elif isinstance(statement, Item):
        held = admit.find(desk, statement.item)
        copied = bool(statement.header.copy_for) and held is not None
        if not copied or held is None or held.version < statement.version:
            admit.admit_item(desk, statement, note)
    elif isinstance(statement, ItemEvent):
        held = admit.find(desk, statement.item)
        if not statement.header.copy_for or held is None or held.version < statement.version:
            admit.admit_event(desk, statement)
    elif isinstance(statement, Answer):
        admit.admit_answer(desk, statement, index)
    elif isinstance(statement, Presence):
        observe.apply_presence(desk, statement)
    elif isinstance(statement, Observation):
        observe.apply_observation(desk, statement)
    elif isinstance(statement, WatchRecord):
        watchlog.index(desk.tx, index, note)


def _older(filed: PaperRecord | None, paper: Paper) -> bool:
    return filed is None or filed.paper.version < paper.version


def _ref(desk: Desk, statement: Spoken) -> str:
    if isinstance(statement, Paper):
        return statement.ref
    if isinstance(statement, Item):
        return f"{kind_of(statement)}:{statement.item}"
    if isinstance(statement, Presence):
        return f"presence:{statement.item}"
    if isinstance(statement, Observation):
        return f"track:{statement.track}"
    if isinstance(statement, WatchRecord):
        return ""
    return (desk.tx.records.get("id", statement.item) or b"").decode()


def _cosigned(note: bytes) -> Callable[[Desk], None]:
    """A head that we cosigned beyond what the recovered log says: our next one extends it."""

    def keep(desk: Desk) -> None:
        head = parse_checkpoint(parse(note).text)
        held = desk.tx.records.get(WITNESSED, head.origin)
        if held is None or parse_checkpoint(parse(held).text).size < head.size:
            desk.log(Kind.COSIGNED, note)
            desk.tx.records.put(WITNESSED, head.origin, note)

    return keep
