"""What we see and protect ourselves: logged as observed, checked, told to nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parley.errors import InputError, IntegrityError
from parley.ledger import Kind, note_hash
from parley.node import admit, emergency, pairs, standing
from parley.node.codec import observation, statement_bytes, statement_from
from parley.node.desk import Desk
from parley.node.views import Posted
from parley.rules.findings import Finding, order
from parley.rules.statements import Observation, Presence
from parley.rules.truth import track_row
from parley.space import Volume


def protect(desk: Desk, label: str, volume: Volume, *, role: str, item: str) -> Posted:
    """A protected presence, new (``item`` empty) or in a new version."""
    version = 1
    if item:
        version = presence(desk, item).version + 1
    else:
        item = f"{desk.context.party}-{desk.number('item')}"
    words = Presence(desk.header(role, ()), item, version, label, volume)
    return _keep(desk, words)


def unprotect(desk: Desk, item: str, *, role: str) -> Posted:
    was = presence(desk, item)
    words = Presence(
        desk.header(role, ()), item, was.version + 1, was.label, was.volume, withdrawn=True
    )
    return _keep(desk, words)


def presence(desk: Desk, item: str) -> Presence:
    """The presence in force; InputError if there is none."""
    data = desk.tx.records.get("presence", item)
    if data is None:
        raise InputError(f"there is no protected presence {item!r}", right="one of our own")
    words = statement_from(data)
    if not isinstance(words, Presence):
        raise IntegrityError(f"presence {item!r} is stored as a {type(words).__name__}")
    return words


def _keep(desk: Desk, words: Presence) -> Posted:
    ref = f"presence:{words.item}"
    note = desk.seal(words)
    index = desk.log(Kind.OBSERVED, note, ref)
    apply_presence(desk, words)
    return Posted(
        ref,
        words.version,
        index,
        note,
        note_hash(note).hex(),
        tuple(order(standing.about(desk, ref))),
    )


def apply_presence(desk: Desk, words: Presence) -> None:
    """Index a presence and find the hazards it stands in."""
    ref = f"presence:{words.item}"
    desk.tx.records.put("presence", words.item, statement_bytes(words))
    desk.tx.volumes.remove(ref)
    found: list[Finding] = []
    if not words.withdrawn:
        row = admit.presence_row(ref, words.header.by, words.volume)
        desk.tx.volumes.put([row])
        found = pairs.of_subject(desk, [row])
    standing.replace(desk, ref, standing.PAIRWISE, found)
    desk.event(
        "presence", {"ref": ref, "version": words.version, "withdrawn": int(words.withdrawn)}
    )


def observe(desk: Desk, seen: Sequence[Observation]) -> list[Finding]:
    """Log each position; findings that these tracks have now, most urgent first.

    It is we who say what we see, now and to nobody: whatever the header names besides the duty
    role and the exercise mark is replaced. A position that stands in the log already counts once.
    """
    tracks: dict[str, None] = {}
    for one in seen:
        header = desk.header(one.header.role, (), exercise=one.header.exercise)
        ours = replace(one, header=header)
        note = desk.seal(ours)
        if desk.tx.log.index_of(note_hash(note).hex()) is None:
            desk.log(Kind.OBSERVED, note, f"track:{ours.track}")
            apply_observation(desk, ours)
        tracks[ours.track] = None
    found = [f for track in tracks for f in standing.about(desk, f"track:{track}")]
    return order(found)


def apply_observation(desk: Desk, seen: Observation) -> None:
    """The latest position of a track counts; an older one that comes late is only on record."""
    ref, records = f"track:{seen.track}", desk.tx.records
    latest = observation(records.get("track", seen.track))
    outdated = latest is not None and latest.seen_ms > seen.seen_ms
    if not outdated:
        records.put("track", seen.track, statement_bytes(seen))
    emergency.seen(desk, seen)
    if outdated:
        return
    row = track_row(desk.agreement.truth, seen)
    desk.tx.volumes.remove(ref)
    desk.tx.volumes.put([row])
    standing.replace(desk, ref, standing.PAIRWISE, pairs.of_track(desk, seen))
