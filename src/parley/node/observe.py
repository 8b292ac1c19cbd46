"""What we see and protect ourselves: logged as observed, checked, told to nobody."""

from __future__ import annotations

from collections.abc import Sequence

from parley.errors import InputError, IntegrityError
from parley.ledger import Kind, note_hash
from parley.node import admit, pairs, standing
from parley.node.codec import statement_bytes, statement_from
from parley.node.desk import Desk
from parley.node.views import Posted
from parley.rules.findings import Finding, order
from parley.rules.statements import Distress, Observation, Presence
from parley.rules.truth import track_row
from parley.rules.urgent import not_passed_on
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


def observe(desk: Desk, seen: Sequence[Observation]) -> list[Finding]:
    """Log each position; findings that these tracks have now, most urgent first."""
    tracks: dict[str, None] = {}
    for one in seen:
        desk.log(Kind.OBSERVED, desk.seal(one), f"track:{one.track}")
        apply_observation(desk, one)
        tracks[one.track] = None
    found = [f for track in tracks for f in standing.about(desk, f"track:{track}")]
    return order(found)


def apply_observation(desk: Desk, seen: Observation) -> None:
    """The latest position of a track counts; an older one that comes late is only on record."""
    ref, records = f"track:{seen.track}", desk.tx.records
    latest = _observation(records.get("track", seen.track))
    if seen.emergency and records.get("emergency", seen.track) is None:
        records.put("emergency", seen.track, statement_bytes(seen))
        due_ms = seen.seen_ms + 1000 * desk.agreement.distress_pass_on_s + 1
        records.put("due", f"{due_ms:016d}|{ref}", b"")
    if latest is not None and latest.seen_ms > seen.seen_ms:
        return
    records.put("track", seen.track, statement_bytes(seen))
    row = track_row(desk.agreement.truth, seen)
    desk.tx.volumes.remove(ref)
    desk.tx.volumes.put([row])
    standing.replace(desk, ref, standing.PAIRWISE, pairs.of_track(desk, seen))


def emergency_due(desk: Desk, track: str) -> None:
    """The agreed time to pass an emergency on is over: has anybody been told?"""
    first = _observation(desk.tx.records.get("emergency", track))
    if first is None:
        return
    found = not_passed_on(desk.agreement, track, first, _distresses(desk), desk.now_ms)
    standing.replace(
        desk, f"track:{track}", standing.NOT_PASSED_ON, [found] if found is not None else []
    )


def _distresses(desk: Desk) -> list[Distress]:
    contents = (statement_from(data) for _, data in desk.tx.records.scan("content", "distress:"))
    return [words for words in contents if isinstance(words, Distress)]


def _observation(data: bytes | None) -> Observation | None:
    if data is None:
        return None
    words = statement_from(data)
    if not isinstance(words, Observation):
        raise IntegrityError(f"a track is stored as a {type(words).__name__}")
    return words
