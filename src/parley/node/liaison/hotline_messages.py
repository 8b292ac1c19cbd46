"""The messages of one line, newest first, with what answers them. No page holds both lines."""

from __future__ import annotations

from dataclasses import dataclass

from parley.errors import InputError
from parley.liaison.hotline.contents import LineName, Message
from parley.liaison.hotline.messages import message_of
from parley.liaison.papers.record import PaperRecord
from parley.node.desk import Desk
from parley.node.liaison import reading, shelf

MOST = 200
ANSWERS_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Threaded:
    """A message and the refs of those that answer it on its line, newest first, 16 at most."""

    record: PaperRecord
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessagePage:
    """after: where the next page begins, "" at the end."""

    messages: tuple[Threaded, ...]
    after: str


def page(desk: Desk, line: LineName, *, after: str = "", limit: int = 50) -> MessagePage:
    """Messages of one line, newest first by when this node came to know them. InputError: a limit
    beyond 1 to 500."""
    if not 1 <= limit <= MOST:
        raise InputError(f"{limit} messages on a page", right=f"1 to {MOST}", where="limit")
    prefix = f"{line.value}|"
    last = f"{prefix}{after}" if after else ""
    rows = list(desk.tx.records.scan("line-message", prefix, after=last, limit=limit + 1))
    more, rows = len(rows) > limit, rows[:limit]
    found = tuple(threaded(desk, ref.decode()) for _, ref in rows)
    return MessagePage(found, rows[-1][0][len(prefix) :] if more else "")


def threaded(desk: Desk, ref: str) -> Threaded:
    """One message. InputError if there is none."""
    return Threaded(shelf.need(desk, ref), tuple(one.ref for one in answers(desk, ref)))


def answers(desk: Desk, ref: str, limit: int = ANSWERS_SHOWN) -> tuple[PaperRecord, ...]:
    """The messages that answer this one, newest first. One on another line, which could only be
    said of a message that had not come yet, is none."""
    line = message_of(shelf.need(desk, ref).paper.content).line
    found = []
    for record in reading.about(desk, ref, Message.KIND):
        said = message_of(record.paper.content)
        if said.line is line and said.reply_to.partition("@")[0] == ref:
            found.append(record)
        if len(found) == limit:
            break
    return tuple(found)
