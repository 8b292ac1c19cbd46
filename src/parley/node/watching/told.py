"""What officers tell the watch while it runs: whose a track is, which notice it flies, and where
nobody may be near it. Kept until they take it back; each a line in the journal.

Tables: owner (track -> party), flies (track -> notice ref), moving (id -> hazard).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from parley.errors import InputError
from parley.node import admit
from parley.node.codec import dump
from parley.node.desk import Desk
from parley.watch.scene import MovingHazard
from parley.wire.plainform import from_plain, to_plain

CHANGES = "told"
"""The counter of everything that officers told the watch."""
MAX_TRACK_CHARS = 200
MAX_TOLD = 10_000
MAX_RADIUS_M = 200_000


def owners(desk: Desk) -> Mapping[str, str]:
    return {track: party.decode() for track, party in desk.tx.records.scan("owner")}


def bound(desk: Desk) -> Mapping[str, str]:
    return {track: ref.decode() for track, ref in desk.tx.records.scan("flies")}


def moving(desk: Desk) -> tuple[MovingHazard, ...]:
    """Those that are not over, in the order of their refs."""
    found = (from_plain(MovingHazard, json.loads(d)) for _, d in desk.tx.records.scan("moving"))
    return tuple(hazard for hazard in found if hazard.until_ms >= desk.now_ms)


def claim(desk: Desk, track: str, party: str, *, role: str) -> None:
    """``party`` answers for the track; "" takes it back. InputError: unknown party, no track."""
    known = desk.tx.records.get("owner", track) is not None
    _check(desk, track, role, "owner", adds=bool(party) and not known)
    if party:
        desk.agreement.party(party)
        desk.tx.records.put("owner", track, party.encode())
    else:
        desk.tx.records.delete("owner", track)
    desk.event("track-claimed", {"track": track, "party": party, "role": role})


def bind(desk: Desk, track: str, notice: str, *, role: str) -> None:
    """The track flies the notice "notice:ID"; "" takes it back. InputError: no such notice."""
    known = desk.tx.records.get("flies", track) is not None
    _check(desk, track, role, "flies", adds=bool(notice) and not known)
    if notice:
        record = admit.need(desk, notice)
        if not record.ref.startswith("notice:"):
            raise InputError(f"{notice} is no notice", right="notice:ID", where="notice")
        desk.tx.records.put("flies", track, record.ref.encode())
    else:
        desk.tx.records.delete("flies", track)
    desk.event("track-bound", {"track": track, "notice": notice, "role": role})


def keep_away(desk: Desk, hazard: MovingHazard, *, role: str) -> MovingHazard:
    """A hazard that moves with a track, from now on; it is given its ref. InputError: sizes or
    times that cannot be."""
    _end_past(desk)
    _check(desk, hazard.track, role, "moving", adds=True)
    sizes = (hazard.radius_m, hazard.up_m, hazard.down_m)
    if min(sizes) < 0 or max(sizes) > MAX_RADIUS_M or hazard.until_ms <= desk.now_ms:
        raise InputError(
            f"a moving hazard of {hazard.radius_m} m, up {hazard.up_m} m, down {hazard.down_m} m",
            right=f"0 to {MAX_RADIUS_M} m each, and an end that is still to come",
            where="moving",
        )
    for party in hazard.except_parties:
        desk.agreement.party(party)
    name = f"{desk.context.party}-{desk.number('moving')}"
    made = replace(hazard, ref=f"moving:{name}", party=desk.context.party)
    desk.tx.records.put("moving", name, dump(to_plain(made)))
    desk.event("moving-hazard", {"ref": made.ref, "track": made.track, "role": role})
    return made


def _end_past(desk: Desk) -> None:
    """Those that are over make room."""
    live = {hazard.ref.partition(":")[2] for hazard in moving(desk)}
    for name in [name for name, _ in desk.tx.records.scan("moving") if name not in live]:
        desk.tx.records.delete("moving", name)


def end_keep_away(desk: Desk, ref: str, *, role: str) -> None:
    """InputError: there is none."""
    name = ref.partition(":")[2]
    if not ref.startswith("moving:") or desk.tx.records.get("moving", name) is None:
        raise InputError(f"there is no moving hazard {ref[:80]!r}", right="moving:ID", where="ref")
    desk.header(role, ())
    desk.tx.records.delete("moving", name)
    desk.number(CHANGES)
    desk.event("moving-hazard-ended", {"ref": ref, "role": role})


def _check(desk: Desk, track: str, role: str, table: str, *, adds: bool) -> None:
    desk.number(CHANGES)
    desk.header(role, ())
    if not 0 < len(track) <= MAX_TRACK_CHARS or not track.isprintable():
        raise InputError(
            f"{track[:80]!r} is no track", right="an id as the picture shows it", where="track"
        )
    if adds and desk.tx.records.count(table) >= MAX_TOLD:
        raise InputError(
            f"{MAX_TOLD} tracks were told of already", right="take some back first", where=table
        )
