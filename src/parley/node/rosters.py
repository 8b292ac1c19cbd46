"""Rosters: given by people at the start, sent by peers later; logged, and believed from then on."""

from __future__ import annotations

from parley.errors import ConfigError, ForgedError, ProtocolError, ReplayError
from parley.ledger import Kind, Roster, note_hash, open_roster
from parley.node import rings
from parley.node.desk import Desk

LOGGED = "keys"
"""What our log's entries with rosters are about, as ``Desk.log`` has it."""


def found(desk: Desk) -> None:
    """The first entry of a log is its owner's roster, then come those of the others; whatever
    was handed over since is a new entry. A new epoch begins a new log behind the old one.

    ConfigError: we were given an older roster of our own than our log holds."""
    ours = desk.context.party
    notes = {open_roster(note).party: note for note in desk.context.rosters}
    if desk.context.epoch != desk.epoch:
        desk.open_epoch(desk.context.epoch)
    for party in sorted(notes, key=lambda p: (p != ours, p)):
        _found_one(desk, notes[party])
    if desk.opened_now:
        for party, note in list(desk.tx.records.scan("roster")):
            if party != ours:
                desk.enter(Kind.KEYS, note, LOGGED, mark=f"@{desk.epoch}")


def _found_one(desk: Desk, note: bytes) -> None:
    roster = open_roster(note)
    held = desk.tx.records.get("roster", roster.party)
    if held == note:
        return
    known = open_roster(held) if held is not None else None
    if known is not None and known.serial >= roster.serial:
        if roster.party == desk.context.party:
            raise ConfigError(
                f"roster {roster.serial} of {roster.party} is older than roster {known.serial}"
                " in its log",
                right="the newest roster that its root signed",
            )
        return
    index = keep(desk, roster, note)
    if roster.party == desk.context.party and roster.serial > 1:
        for peer in desk.context.others:
            desk.tx.outbox.push(peer, index)


def receive(desk: Desk, note: bytes) -> int:
    """A roster that a peer sent: its index in our log. Only one that follows what we believe, or
    one that stands there already because people handed it over.

    Raises PeerError; a first roster is never taken from the wire: people compare fingerprints."""
    roster = open_roster(note)
    if roster.party == desk.context.party:
        raise ReplayError("a roster of our own came back to us", right="a roster of the sender")
    logged = _place_of(desk, note)
    if logged is not None:
        return logged
    known = desk.ring.rosters.get(roster.party)
    if known is None:
        raise ProtocolError(
            f"a roster of {roster.party[:80]!r}, whom we do not know",
            right="a first roster is handed over, its fingerprint compared by people",
        )
    if known.serial == roster.serial:
        raise ForgedError(
            f"roster {roster.serial} of {roster.party} differs from the one we hold",
            right="one roster a serial",
            at_fault=f"party {roster.party}",
        )
    desk.ring.with_roster(roster)
    return keep(desk, roster, note)


def _place_of(desk: Desk, note: bytes) -> int | None:
    """Where this very roster stands in the log of our epoch, which a receipt has to name."""
    digest = note_hash(note).hex()
    places = (desk.tx.log.index_of(mark) for mark in (digest, f"{digest}@{desk.epoch}"))
    return next((place for place in places if place is not None and place >= desk.base), None)


def keep(desk: Desk, roster: Roster, note: bytes) -> int:
    """Log a roster and believe it. Its index."""
    index = desk.log(Kind.KEYS, note, LOGGED)
    believe(desk, roster, note)
    return index


def believe(desk: Desk, roster: Roster, note: bytes) -> None:
    """Believe a roster that stands in the log; one that follows another is an event."""
    known = desk.tx.records.get("roster", roster.party)
    desk.tx.records.put("roster", roster.party, note)
    rings.mark(desk.tx)
    if known is None:
        return
    desk.event(
        "keys",
        {
            "party": roster.party,
            "serial": roster.serial,
            "epoch": roster.epoch,
            "key": roster.note_key.to_vkey(),
        },
    )
