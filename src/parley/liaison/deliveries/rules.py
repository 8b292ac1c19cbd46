"""Which units have to have an item, and how it is known that they do.

A unit is assumed blind until it has the version in force: a machine that took it proves nothing,
somebody who signed for it or repeated it rightly does. A proof of earlier words is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from parley.errors import ProtocolError
from parley.ledger.times import when
from parley.liaison.deliveries.contents import Proof, Relay, Unit
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import PaperRecord, differences
from parley.liaison.papers.values import Value
from parley.liaison.releases.safety import dangers_of
from parley.rules import assess, item
from parley.rules.acknowledgement import expected_read_back
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.hazard import declared_rows, hazard_rows, nonconformance_rows, report_rows
from parley.rules.item import ItemRecord
from parley.rules.statements import Item, Nonconformance, Notice, Report, Stop
from parley.space import Area, Band, within

SAFETY = ("stop:", "distress:")
"""What is never held back, whatever lies where it is told of."""
MOST_SITES = 64
WIDE_M = 500_000
"""A position less sure than this is no place."""
_ACCOUNTED = (Proof.RECEIPT, Proof.READ_BACK)


# What may be said ------------------------------------------------------------------------------


def check_unit(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """ProtocolError: whoever is to tell it is no party, whoever commands it is nobody known."""
    said = paper.content
    assert isinstance(said, Unit)
    if paper.withdrawn:
        return
    parties = list(agreement.signatories)
    if said.relay not in parties:
        raise _refused(paper, f"{said.relay!r} would relay", f"one of: {', '.join(parties)}")
    known = [*(p.id for p in agreement.parties), *(t.id for t in agreement.third_parties)]
    if said.party and said.party not in known:
        right = f'one of: {", ".join(known)}, or ""'
        raise _refused(paper, f"{said.party!r} would command it", right)


def unit_is_open(record: PaperRecord) -> bool:
    said = record.paper.content
    return isinstance(said, Unit) and said.active and not record.paper.withdrawn


def check_relay(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """ProtocolError: a subject or a unit that is none, a proof that came before the sending or
    is nobody's, times ahead of the statement, another subject or unit than before, sites that
    were not compared, one that lies within without a person who let it go, a presence of its
    author's own that others would read of."""
    said = paper.content
    assert isinstance(said, Relay)
    if paper.withdrawn:
        return
    if said.subject.partition(":")[0] not in item.KINDS or not said.unit.startswith("unit:"):
        raise _refused(
            paper, f"{said.subject} to {said.unit}", "an item such as notice:a-1, a unit"
        )
    was = before.paper.content if before is not None else None
    if isinstance(was, Relay) and _told(was) != _told(said):
        raise _refused(
            paper, "it was another unit, other words or another comparison", "a relay of its own"
        )
    _check_times(paper, said)
    _check_proof(paper, said)
    if before is None:
        _check_compared(agreement, paper, said)


def _told(said: Relay) -> tuple[object, ...]:
    """What a relay was when it left: nothing of it changes by what comes back."""
    when_left = (said.sent_ms, said.compared, said.override)
    return (said.subject, said.subject_version, said.unit, said.safety, *when_left)


def _check_times(paper: Paper, said: Relay) -> None:
    at_ms = paper.header.at_ms
    if said.sent_ms > at_ms or said.proved_ms > at_ms:
        raise _refused(
            paper, "it was sent or proved after it was said", f"at {when(at_ms)} or before"
        )
    proved = said.proof is not Proof.NONE and said.proof is not Proof.SENT
    if proved and said.proved_ms < said.sent_ms:
        raise _refused(paper, f"{said.proof.value} before it was sent", "proved_ms >= sent_ms")
    if not proved and said.proved_ms != -1:
        raise _refused(paper, f"{said.proof.value} is no proof with a time", "proved_ms -1")


def _check_proof(paper: Paper, said: Relay) -> None:
    if said.proof in _ACCOUNTED and not said.taken_by:
        raise _refused(paper, f"a {said.proof.value} of nobody", "taken_by: who took it")
    if said.read_back and said.proof is not Proof.READ_BACK:
        right = "values with a read-back only"
        raise _refused(paper, f"values with proof {said.proof.value}", right)


def _check_compared(agreement: Agreement, paper: Paper, said: Relay) -> None:
    agreed = {f"site:{site.id}" for site in agreement.sites}
    told = [one.ref for one in said.compared]
    if paper.header.to and any(ref not in agreed for ref in told):
        raise _refused(paper, "it compares what is no agreed site", "agreed sites only, to others")
    if said.subject.startswith(SAFETY):
        return
    if len(agreed.intersection(told)) < min(len(agreed), MOST_SITES):
        missing = sorted(agreed.difference(told))
        raise _refused(paper, f"it was not compared with {missing[0]}", "every agreed site")
    inside = [one.ref for one in said.compared if one.inside]
    if inside and not said.override and not said.safety:
        raise _refused(
            paper,
            f"{inside[0]} lies within what is relayed, and nobody let it go",
            "other coordinates, or an override that names the person",
        )


def relay_linked(content: Content) -> tuple[str, ...]:
    assert isinstance(content, Relay)
    return (content.subject, content.unit)


# Who has to have it ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reached:
    """Where an item tells of danger; everywhere: it names no place."""

    everywhere: bool
    volumes: tuple[tuple[Area, Band | None], ...] = ()


def reached(agreement: Agreement, content: Item) -> Reached:
    """The places of an item: what a notice declares and all its hazards; where a third party
    engages; where a flight may be; where to stop; where somebody is in distress."""
    if isinstance(content, Notice):
        rows = [*declared_rows(content), *hazard_rows(agreement, content)]
    elif isinstance(content, Report):
        rows = report_rows(agreement, content)
    elif isinstance(content, Nonconformance):
        if content.area is None:
            return Reached(True)
        rows = nonconformance_rows(agreement, content)
    elif isinstance(content, Stop):
        return Reached(True) if content.area is None else Reached(False, ((content.area, None),))
    else:
        if content.position is None or content.uncertainty_m > WIDE_M:
            return Reached(True)
        around = Area.circle(content.position, content.uncertainty_m)
        return Reached(False, ((around, None),))
    return Reached(False, tuple((row.volume.area, row.volume.band) for row in rows))


def concerned(unit: Unit, places: Reached) -> bool:
    """Whether the unit could hurt somebody there: its reach and its band meet one of the places
    (closed). A unit without a reach or a band has any."""
    if not unit.active:
        return False
    if places.everywhere:
        return True
    return any(
        (unit.band is None or band is None or unit.band.gap_m(band) == 0)
        and (unit.reach is None or within(unit.reach, area, 0))
        for area, band in places.volumes
    )


# Whether it has it -----------------------------------------------------------------------------


class Delivery(StrEnum):
    """How far the version in force has come to a unit."""

    NOTHING = "nothing-relayed"
    SENT = "sent"
    REFUSED = "refused"
    WRONG = "wrong-read-back"
    EARLIER = "earlier-version"
    RECEIPT = "receipt"
    READ_BACK = "read-back"


DELIVERED = frozenset({Delivery.RECEIPT, Delivery.READ_BACK})


def read_back_values(
    agreement: Agreement, content: Item, *, safety: bool = False
) -> tuple[Value, ...]:
    """What a unit has to repeat of a notice: window in Zulu, band in whole metres, place. safety:
    of the hull of its hazards, where only these were told. () of a STOP, a DISTRESS, and of
    anything else that was told whole."""
    if safety:
        dangers = dangers_of(agreement, content)
        if not dangers:
            return ()
        floor_cm = min(danger.band.floor.cm for danger in dangers)
        ceiling_cm = max(danger.band.ceiling.cm for danger in dangers)
        return _repeated(
            min(danger.from_ms for danger in dangers),
            max(danger.until_ms for danger in dangers),
            floor_cm // 100,
            -(-ceiling_cm // 100),
        )
    if not isinstance(content, Notice):
        return ()
    right = expected_read_back(content)
    return _repeated(right.start_ms, right.end_ms, right.floor_m, right.ceiling_m, right.place)


def _repeated(
    start_ms: int, end_ms: int, floor_m: int, ceiling_m: int, place: str = ""
) -> tuple[Value, ...]:
    return (
        Value("ceiling-m", str(ceiling_m)),
        Value("end", when(end_ms)),
        Value("floor-m", str(floor_m)),
        *((Value("place", place),) if place else ()),
        Value("start", when(start_ms)),
    )


def delivery(
    agreement: Agreement, content: Item, unit: PaperRecord, relays: Sequence[PaperRecord]
) -> tuple[Delivery, PaperRecord | None]:
    """How far this item's words in force have come to this unit, and the relay that says so.

    Only who tells the unit, or who commands it, can prove that it has them. Proofs count in the
    order of their times: a receipt takes back neither a wrong read-back nor a right one."""
    said = unit.paper.content
    assert isinstance(said, Unit)
    ref = f"{item.kind_of(content)}:{content.item}"
    state, by = Delivery.NOTHING, None
    told: list[tuple[int, str, Relay, PaperRecord]] = []
    for record in relays:
        relay = record.paper.content
        if not isinstance(relay, Relay) or record.paper.withdrawn:
            continue
        theirs = record.author in (said.relay, said.party)
        if theirs and (relay.unit, relay.subject) == (unit.ref, ref):
            told.append((relay.proved_ms, record.ref, relay, record))
    for _, _, relay, record in sorted(told, key=lambda one: one[:2]):
        following = _after(agreement, state, content, relay)
        if following is not state:
            state, by = following, record
    return state, by


def _after(agreement: Agreement, state: Delivery, content: Item, relay: Relay) -> Delivery:
    """The state after one more relay."""
    if relay.subject_version != content.version:
        earlier = relay.proof in _ACCOUNTED and relay.subject_version < content.version
        return Delivery.EARLIER if earlier and state is Delivery.NOTHING else state
    if relay.proof is Proof.READ_BACK:
        expected = read_back_values(agreement, content, safety=relay.safety)
        wrong = differences(expected, relay.read_back)
        return Delivery.WRONG if wrong else Delivery.READ_BACK
    if relay.proof is Proof.REFUSED:
        return Delivery.REFUSED
    if relay.proof is Proof.RECEIPT:
        return state if state in (Delivery.WRONG, Delivery.READ_BACK) else Delivery.RECEIPT
    sent = relay.proof is Proof.SENT and state in (Delivery.NOTHING, Delivery.EARLIER)
    return Delivery.SENT if sent else state


@dataclass(frozen=True, slots=True)
class Clock:
    """told_ms: from when on the unit could have had it. late_ms: the first instant at which
    confirm_s is over; begun_ms: when the window of the activity begins; until_ms: the last
    instant at which it concerns anybody."""

    told_ms: int
    late_ms: int
    begun_ms: int
    until_ms: int

    @property
    def instants(self) -> tuple[int, ...]:
        return (self.late_ms, self.begun_ms, self.until_ms + 1)


def clock(agreement: Agreement, content: Item, unit: PaperRecord) -> Clock:
    said = unit.paper.content
    assert isinstance(said, Unit)
    told_ms = max(content.header.at_ms, unit.first_ms)
    begun_ms = content.start_ms if isinstance(content, Notice) else content.header.at_ms
    late_ms = told_ms + 1000 * said.confirm_s + 1
    return Clock(told_ms, late_ms, begun_ms, assess.until_ms(agreement, content))


def state_at(times: Clock, now_ms: int) -> tuple[str, Level]:
    """ "not-yet", "overdue" (assumed blind), "begun" (blind while it goes on)."""
    if now_ms >= times.begun_ms:
        return "begun", Level.URGENT
    return ("overdue", Level.WARNING) if now_ms >= times.late_ms else ("not-yet", Level.ADVISORY)


def blind(
    agreement: Agreement, record: ItemRecord, unit: PaperRecord, state: Delivery, now_ms: int
) -> Finding | None:
    """A unit that is concerned and has no proof of the version in force."""
    if state in DELIVERED or not assess.is_live(agreement, record, now_ms):
        return None
    said, content = unit.paper.content, record.content
    assert isinstance(said, Unit)
    times = clock(agreement, content, unit)
    word, level = state_at(times, now_ms)
    codes = [word, state.value]
    if said.relay in unit.refused_by:
        codes.append("relay-unable")
    parties = [record.author, said.relay]
    if any(said.party == party.id for party in agreement.parties):
        parties.append(said.party)
    return finding(
        Kind.UNIT_BLIND,
        level,
        (f"{record.ref}@{content.version}", f"{unit.ref}@{unit.paper.version}"),
        parties=parties,
        window_ms=(times.told_ms, max(times.told_ms, times.until_ms)),
        measures={"confirm_s": said.confirm_s},
        codes=codes,
    )


def _refused(paper: Paper, what: str, right: str) -> ProtocolError:
    return ProtocolError(
        f"{paper.ref}: {what}", right=right, where="content", at_fault=f"party {paper.header.by}"
    )
