"""Answers that overtook what they answer.

Between three parties an answer may come in before the words it answers: each pair has its own
link. It is logged and receipted like any other, held, and applied when the words come. Only
words of a third party can be late: our own we hold, and a sender's own come before on his link.
"""

from __future__ import annotations

from parley.errors import IntegrityError, ProtocolError
from parley.node.codec import statement_bytes, statement_from
from parley.node.desk import Desk
from parley.rules import item
from parley.rules.item import ItemRecord
from parley.rules.statements import Answer

HELD_OF_ONE_PARTY = 256


def is_early(desk: Desk, record: ItemRecord | None, answer: Answer) -> bool:
    """Whether the words that it answers may still come, from a third party."""
    by = answer.header.by
    author = item.owner_of(desk.agreement, answer.item)
    if author in ("", by, desk.context.party):
        return False
    return record is None or (not record.closed and answer.version > record.version)


def hold(desk: Desk, index: int, answer: Answer) -> None:
    """ProtocolError for more than 256 of one party: nobody overtakes so much."""
    by = answer.header.by
    held = sum(1 for key, _ in desk.tx.records.scan("early") if key.split("|")[1] == by)
    if held >= HELD_OF_ONE_PARTY:
        raise ProtocolError(
            f"answer to {answer.item}, which was never posted here; {held} such are held",
            right="the item first, then what is said about it",
            at_fault=f"party {by}",
        )
    desk.tx.records.put("early", f"{answer.item}|{by}|{index:012d}", statement_bytes(answer))


def taken(desk: Desk, record: ItemRecord) -> list[tuple[int, Answer]]:
    """The held answers whose words have come, or never will; they are held no longer."""
    found: list[tuple[int, Answer]] = []
    for key, data in list(desk.tx.records.scan("early", f"{record.item}|")):
        answer = statement_from(data)
        if not isinstance(answer, Answer):
            raise IntegrityError(f"an early answer is stored as a {type(answer).__name__}")
        if answer.version > record.version and not record.closed:
            continue
        desk.tx.records.delete("early", key)
        index = int(key.rpartition("|")[2])
        desk.tx.records.put("entries", f"{record.ref}|{index:012d}", b"")
        found.append((index, answer))
    return sorted(found, key=lambda pair: pair[0])


def dropped(desk: Desk, ref: str, index: int, answer: Answer, error: ProtocolError) -> None:
    """It was receipted, and now that the words are here it does not fit: said aloud."""
    desk.event(
        "answer-dropped",
        {"ref": ref, "by": answer.header.by, "index": index, "reason": str(error)},
    )
