"""Notices from one party to another: how many, how long before, how they were answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from parley.liaison.health.book import NO_RECEIPT, Book, Reached
from parley.liaison.health.facts import Told
from parley.liaison.health.figures import Figure, NoticeRow, share, spread
from parley.rules.leadtime import verdict

NOTHING_SAID = "no notice in this period"
NOT_ASKED = "an observer is not asked"
LEAD = (("min", 0), ("p10", 100), ("median", 500))
TIMES = (("median", 500), ("p90", 900))
RUNGS: tuple[tuple[str, Callable[[NoticeRow], int]], ...] = (
    ("read", lambda row: row.read_ms),
    ("read-back", lambda row: row.read_back_ms),
    ("accepted", lambda row: row.answered_ms if row.rung == "accepted" else -1),
    ("refused", lambda row: row.answered_ms if row.rung in ("objected", "unable") else -1),
)


def rows(book: Book) -> list[NoticeRow]:
    """Every version of every notice said in the period, to each who is asked; exercises left out.
    By when it was said, then by its name."""
    found = []
    for versions in book.words.values():
        for told in versions.values():
            if told.kind != "notice" or told.exercise or not book.period.holds(told.at_ms):
                continue
            overtaken = any(version > told.version for version in versions)
            found += [_row(book, told, to, overtaken) for to in book.asked(told.to)]
    return sorted(found, key=lambda r: (r.said_ms, r.item, r.version, r.to))


def _row(book: Book, told: Told, to: str, overtaken: bool) -> NoticeRow:
    reached = book.reached(told.item, told.version, to)
    lead_ms = told.start_ms - reached.received_ms if reached.received_ms >= 0 else None
    rules = book.classes.get(told.activity_class)
    word = "" if lead_ms is None or rules is None else verdict(lead_ms, rules.lead_s)
    unanswered = reached.first_answer_ms < 0
    return NoticeRow(
        told.item,
        told.version,
        told.activity_class,
        told.by,
        to,
        told.at_ms,
        told.start_ms,
        told.end_ms,
        reached.received_ms,
        lead_ms,
        word,
        reached.read_ms,
        reached.read_back_ms,
        reached.answered_ms,
        reached.rung.value,
        overtaken and unanswered,
        -1 if rules is None else _in_time(book, reached, rules.timers.answer_s, overtaken),
    )


def _in_time(book: Book, reached: Reached, answer_s: int, overtaken: bool) -> int:
    """Closed: an answer exactly when it is due is in time."""
    if reached.received_ms < 0:
        return -1
    due_ms = reached.received_ms + 1000 * answer_s
    if reached.first_answer_ms >= 0:
        return int(reached.first_answer_ms <= due_ms)
    return -1 if overtaken or book.asked_ms <= due_ms else 0


def counted(book: Book, by: str, to: str) -> list[Figure]:
    """How many notices ``by`` told ``to``: by class, new, amended, cancelled, after the fact."""
    of, period = f"{by}>{to}", book.period
    names = ("new", "amended", "cancelled", "all-clear", "after-the-fact", "exercise")
    number = dict.fromkeys(names, 0)
    classes = dict.fromkeys(book.classes, 0)
    for item, versions in book.words.items():
        first = next(iter(versions.values()))
        if first.kind != "notice" or first.by != by or to not in first.to:
            continue
        for told in versions.values():
            if not period.holds(told.at_ms):
                continue
            if told.exercise:
                number["exercise"] += 1
                continue
            number["new" if told.version == 1 else "amended"] += 1
            if told.version == 1:
                number["after-the-fact"] += told.start_ms < told.at_ms
                classes[told.activity_class] = classes.get(told.activity_class, 0) + 1
        for step in book.steps.get(item, ()) if not first.exercise else ():
            if period.holds(step.at_ms) and step.step in ("cancel", "all-clear"):
                number["cancelled" if step.step == "cancel" else "all-clear"] += 1
    found = [Figure("notices", of, name, value) for name, value in number.items()]
    return found + [Figure("notices", of, f"new:{name}", n) for name, n in classes.items()]


def lead(rows_of: Sequence[NoticeRow], by: str, to: str) -> list[Figure]:
    """Lead times of new notices from their receipt, and the share kept by rule; amended words
    apart. Rows: of this direction."""
    of = f"{by}>{to}"
    new = [row for row in rows_of if row.version == 1]
    held = [row for row in new if row.lead_ms is not None]
    leads = [row.lead_ms for row in held if row.lead_ms is not None]
    why = NO_RECEIPT if new else NOTHING_SAID
    found = [
        Figure("lead", of, "receipts-held", len(held)),
        Figure("lead", of, "no-receipt-held", len(new) - len(held)),
        *spread("lead", of, "lead", leads, LEAD, why),
        Figure("lead", of, "begun-when-received", sum(lead < 0 for lead in leads)),
    ]
    found += _kept(of, "kept", "", new, why)
    for name in dict.fromkeys(sorted(row.activity_class for row in new)):
        some = [row for row in new if row.activity_class == name]
        found += _kept(of, "kept", f":{name}", some, why)
    later = [row for row in rows_of if row.version > 1]
    return found + _kept(of, "kept-amended", "", later, NO_RECEIPT if later else NOTHING_SAID)


def _kept(of: str, name: str, which: str, rows_of: Sequence[NoticeRow], why: str) -> list[Figure]:
    judged = [row for row in rows_of if row.verdict]
    kept = sum(row.verdict == "timely" for row in judged)
    if not judged and any(row.lead_ms is not None for row in rows_of):
        why = "no rule held for this class"
    return [
        Figure("lead", of, f"{name}{which}", kept if judged else None, why="" if judged else why),
        Figure("lead", of, f"{name}-of{which}", len(judged)),
        share("lead", of, f"{name}-share{which}", kept, len(judged), why),
    ]


def answered(book: Book, rows_of: Sequence[NoticeRow], by: str, to: str) -> list[Figure]:
    """How ``to`` acknowledged what ``by`` said: each rung from the receipt, by its own clock."""
    of = f"{by}>{to}"
    if to in book.observers:
        return [Figure("answers", of, "asked", None, why=NOT_ASKED)]
    delays = [row.received_ms - row.said_ms for row in rows_of if row.received_ms >= 0]
    why = NO_RECEIPT if rows_of else NOTHING_SAID
    found = [
        Figure("answers", of, "asked", len(rows_of)),
        Figure("answers", of, "received", len(delays)),
        *spread("answers", of, "received", delays, TIMES, why),
        Figure("answers", of, "overtaken", sum(row.overtaken for row in rows_of)),
    ]
    for name, instant in RUNGS:
        found += _rung(book, rows_of, of, name, instant, why)
    for name in ("objected", "unable"):
        found.append(Figure("answers", of, name, sum(row.rung == name for row in rows_of)))
    due = [row for row in rows_of if row.in_time >= 0]
    in_time = sum(row.in_time for row in due)
    found += [
        Figure("answers", of, "in-time", in_time if due else None, why="" if due else why),
        Figure("answers", of, "in-time-of", len(due)),
        share("answers", of, "in-time-share", in_time, len(due), why),
    ]
    return found


def _rung(
    book: Book,
    rows_of: Sequence[NoticeRow],
    of: str,
    name: str,
    instant: Callable[[NoticeRow], int],
    why: str,
) -> list[Figure]:
    """ "never": nothing of it is held, and no newer words took its place."""
    asked = list(rows_of)
    if name == "read-back":
        asked = [r for r in asked if _needs_read_back(book, r) or r.read_back_ms >= 0]
    did = [row for row in asked if instant(row) >= 0]
    times = [instant(row) - row.received_ms for row in did if row.received_ms >= 0]
    missing = why if not did else NO_RECEIPT
    if asked and not did:
        missing = f"none was {'read back' if name == 'read-back' else name}"
    found = [
        Figure("answers", of, name, len(did)),
        *spread("answers", of, name, times, TIMES, missing),
    ]
    if name in ("read", "read-back"):
        never = sum(instant(row) < 0 and not row.overtaken for row in asked)
        found.append(Figure("answers", of, f"{name}-never", never))
    if name == "accepted":
        never = sum(row.answered_ms < 0 and not row.overtaken for row in asked)
        found.append(Figure("answers", of, "answered-never", never))
    return found


def _needs_read_back(book: Book, row: NoticeRow) -> bool:
    rules = book.classes.get(row.activity_class)
    return rules is not None and rules.needs_read_back
