"""Time passes: what is due is looked at once, in the order of its instants, and nothing else.

A clock that runs backwards is never ignored: what it brought about too early is found again as
of now, and a step back of a second or more is an event.
"""

from __future__ import annotations

from parley.node import admit, emergency
from parley.node.desk import Desk
from parley.node.liaison import filing, shelf

SAID_MS = 1000


def tick(desk: Desk) -> None:
    """Everything in the calendar up to now (closed: due exactly now is due)."""
    _back(desk)
    _judge_anew(desk)
    _due(desk)
    _judge_anew(desk)


def _judge_anew(desk: Desk) -> None:
    """If an amendment came into force since: it rules all that stands."""
    before = desk.judged_anew()
    if before:
        admit.judge_anew(desk, before)
        filing.judge_anew(desk)


def _due(desk: Desk) -> None:
    records = desk.tx.records
    if not any(int(key[:16]) <= desk.now_ms for key, _ in records.scan("due", limit=1)):
        return
    due = []
    for key, _ in records.scan("due"):
        instant, _, ref = key.partition("|")
        if int(instant) > desk.now_ms:
            break
        due.append((key, ref))
    for key, ref in due:
        kind, _, name = ref.partition(":")
        if kind == "agreement":
            records.delete("due", key)
            admit.validity(desk)
            continue
        if kind == "track":
            records.delete("due", key)
            emergency.due(desk, name)
            desk.mark_time()
            continue
        if shelf.is_paper(ref):
            filing.refresh(desk, ref)
        else:
            admit.refresh(desk, admit.need(desk, ref))


def _back(desk: Desk) -> None:
    """If the clock stands behind the last instant as of which something was found."""
    records, now_ms = desk.tx.records, desk.now_ms
    latest_ms = int(records.get("meta", "now") or b"0")
    if now_ms >= latest_ms:
        return
    if latest_ms - now_ms >= SAID_MS:
        desk.event("clock-back", {"from_ms": latest_ms, "to_ms": now_ms})
    refs = {key.partition("|")[2] for key, _ in records.scan("due")}
    refs |= {key.partition("|")[2] for key, _ in records.scan("lapsed", after=f"{now_ms:016d}|~")}
    papers = {ref for ref in refs if shelf.is_paper(ref)}
    items = sorted(ref for ref in refs - papers if not ref.startswith(("track:", "agreement:")))
    admit.revive(desk, items, latest_ms)
    filing.revive(desk, papers)
    for track, _ in list(records.scan("emergency")):
        emergency.again(desk, track)
    desk.mark_time()
