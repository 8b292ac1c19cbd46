"""Who holds the watch for each duty role of ours, as the handovers in our log say.

Tables: seat (duty role: ref of the handover by which it is held, since when), seat-offer (duty
role: ref of the handover that is offered). They follow from the log alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

from parley.liaison.handover.contents import Handover, Stage
from parley.liaison.handover.rules import handover_of
from parley.liaison.papers.record import PaperRecord
from parley.node.desk import Desk
from parley.node.liaison import shelf

SEAT = "seat"
OFFER = "seat-offer"


class Held(StrEnum):
    FREE = "free"  # nobody ever took it
    HELD = "held"
    UNMANNED = "unmanned"


@dataclass(frozen=True, slots=True)
class Seat:
    """The watch for one duty role. person, person_id: who holds it, or held it last; since_ms:
    when he took it, unmanned_ms: since when he is gone; -1 for neither. ref: of the handover."""

    duty: str
    state: Held = Held.FREE
    person: str = ""
    person_id: str = ""
    since_ms: int = -1
    unmanned_ms: int = -1
    ref: str = ""
    session_ends_ms: int = -1


def changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """Behind a handover that was offered, taken, withdrawn, or whose seat was left unmanned."""
    if before is not None and before.paper.version == record.paper.version:
        return
    said, records = handover_of(record.paper.content), desk.tx.records
    told = {"ref": record.ref, "duty": said.duty}
    persons = {"outgoing": said.outgoing, "incoming": said.incoming}
    if record.paper.withdrawn:
        records.delete(OFFER, said.duty)
        desk.event("handover-withdrawn", told)
    elif said.stage is Stage.OFFERED:
        records.put(OFFER, said.duty, record.ref.encode())
        desk.event("handover-offered", {**told, **persons})
    elif said.stage is Stage.TAKEN:
        if records.get(OFFER, said.duty) == record.ref.encode():
            records.delete(OFFER, said.duty)
        since = {"ref": record.ref, "since_ms": record.paper.header.at_ms}
        records.put(SEAT, said.duty, json.dumps(since, sort_keys=True).encode())
        desk.event("handover-taken", {**told, **persons})
    else:
        desk.event("watch-unmanned", {**told, "person": said.incoming, "since_ms": said.ends_ms})


def seat_of(desk: Desk, duty: str) -> Seat:
    """Who holds the watch for a duty role of ours."""
    data = desk.tx.records.get(SEAT, duty)
    if data is None:
        return Seat(duty)
    kept = json.loads(data)
    said = handover_of(shelf.need(desk, kept["ref"]).paper.content)
    empty = said.stage is Stage.UNMANNED
    return Seat(
        duty,
        Held.UNMANNED if empty else Held.HELD,
        said.incoming,
        said.incoming_id,
        kept["since_ms"],
        said.ends_ms,
        kept["ref"],
        said.session_ends_ms,
    )


def seats(desk: Desk) -> tuple[Seat, ...]:
    """Of every duty role of ours, in the agreement's order."""
    return tuple(seat_of(desk, duty) for duty in desk.agreement.party(desk.context.party).roles)


def offer_of(desk: Desk, duty: str) -> PaperRecord | None:
    """The handover that is offered and not taken."""
    ref = desk.tx.records.get(OFFER, duty)
    return None if ref is None else shelf.need(desk, ref.decode())


def said_in(record: PaperRecord) -> Handover:
    return handover_of(record.paper.content)
