"""The rules of a message: what it may say, what is read back, and when it is overdue.

Only the safety line makes findings: somebody is on watch there round the clock and has to act.
The strategic line runs between governments at their own pace; an alarm in front of a watch
officer who cannot answer it would only cover those that he can.
"""

from __future__ import annotations

from collections.abc import Iterator

from parley.errors import InputError, ProtocolError
from parley.liaison.hotline import phrasebook
from parley.liaison.hotline.attachments import check_attachments
from parley.liaison.hotline.contents import LineName, Message
from parley.liaison.hotline.precedence import PACES
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import Heard, PaperRecord
from parley.liaison.papers.values import Value
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, bare, finding
from parley.rules.statements import Rung


def message_of(content: Content) -> Message:
    """The content of a message as one."""
    assert isinstance(content, Message)
    return content


def check(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """ProtocolError: a phrase that the book does not have so, values to read back that stand
    twice, a reply to what is no message, an amendment that moves to the other line."""
    said, by = message_of(paper.content), f"party {paper.header.by}"
    _check_phrase(said, by)
    names = [value.name for value in said.read_back]
    if len(names) != len(set(names)):
        raise ProtocolError(
            f"{paper.ref} asks to read one value back twice", right="each once", at_fault=by
        )
    if said.reply_to and (
        not said.reply_to.startswith("message:") or bare(said.reply_to) == paper.ref
    ):
        raise ProtocolError(
            f"{paper.ref} answers {said.reply_to}", right="another message", at_fault=by
        )
    check_attachments(said.attachments, by)
    if before is not None:
        _check_same(message_of(before.paper.content), said, paper)
        if before.paper.header.exercise is not paper.header.exercise:
            raise ProtocolError(
                f"{paper.ref} turns from exercise to real, or back",
                right="a new message",
                at_fault=by,
            )


def _check_phrase(said: Message, by: str) -> None:
    if not said.phrase:
        if said.blanks:
            raise ProtocolError(
                "a message in free words fills blanks", right="blanks with a phrase", at_fault=by
            )
        return
    try:
        phrase = phrasebook.find(said.phrase)
        right = phrasebook.render(phrase, said.language, said.blanks)
    except InputError as error:
        raise ProtocolError(
            error.what, right=error.right, where=error.where, at_fault=by
        ) from error
    if said.text != right:
        raise ProtocolError(
            f"the text of a message is not what {said.phrase} says in {said.language}",
            right=right,
            where="text",
            at_fault=by,
        )
    if said.read_back:
        raise ProtocolError(
            f"a message that says {said.phrase} names what is read back",
            right="nothing: of a phrase, its blanks are read back",
            where="read_back",
            at_fault=by,
        )


def _check_same(was: Message, said: Message, paper: Paper) -> None:
    if (was.line, was.reply_to) != (said.line, said.reply_to):
        answered = f" in answer to {was.reply_to}" if was.reply_to else ""
        raise ProtocolError(
            f"version {paper.version} of {paper.ref} is of another line or answer",
            right=f"the {was.line.value} line{answered}; else a new message",
            at_fault=f"party {paper.header.by}",
        )


def check_answers(paper: Paper, answered: Message) -> None:
    """The lines are never mixed. ProtocolError, with the line that would be right, for a message
    that answers one of the other line."""
    said = message_of(paper.content)
    if said.line is not answered.line:
        raise ProtocolError(
            f"{paper.ref} on the {said.line.value} line answers {said.reply_to}, which was said"
            f" on the {answered.line.value} line",
            right=f"an answer on the {answered.line.value} line",
            where="line",
            at_fault=f"party {paper.header.by}",
        )


def expected(content: Content) -> tuple[Value, ...]:
    """What has to be read back: of a phrase its blanks, else what the message names."""
    said = message_of(content)
    return said.blanks if said.phrase else said.read_back


def linked(content: Content) -> tuple[str, ...]:
    said = message_of(content)
    return (said.reply_to,) if said.reply_to else ()


def is_open(record: PaperRecord) -> bool:
    """Somebody has not read it, or not read it back."""
    asks = bool(expected(record.paper.content))
    return any(_owes(heard, asks) for heard in record.heard)


def found(agreement: Agreement, record: PaperRecord, now_ms: int) -> list[Finding]:
    """MESSAGE_UNREAD for each addressee who did not read it in time (closed: at the last second
    it is still in time), or did not read it back rightly: a wrong one at once."""
    said = message_of(record.paper.content)
    pace = PACES[said.precedence]
    here = []
    for heard, owed, due_ms in _owed(record):
        late = now_ms > due_ms + 1000 * pace.late_s
        if now_ms <= due_ms and not heard.wrong:
            continue
        from_ms = heard.read_ms if heard.wrong else due_ms
        here.append(
            finding(
                Kind.MESSAGE_UNREAD,
                pace.late_level if late else pace.level,
                (f"{record.ref}@{record.paper.version}", f"party:{heard.party}"),
                parties=(record.author, heard.party),
                window_ms=(from_ms, max(from_ms, due_ms)),
                codes=(
                    said.precedence.value,
                    owed,
                    *(f"wrong:{name}" for name in heard.wrong),
                    *(("exercise",) if record.paper.header.exercise else ()),
                ),
            )
        )
    return here


def next_ms(agreement: Agreement, record: PaperRecord, now_ms: int) -> int | None:
    """The next instant after now at which somebody falls behind, or further behind."""
    pace = PACES[message_of(record.paper.content).precedence]
    turns = [
        turn
        for _, _, due_ms in _owed(record)
        for turn in (due_ms + 1, due_ms + 1000 * pace.late_s + 1)
    ]
    return min((turn for turn in turns if turn > now_ms), default=None)


def _owes(heard: Heard, asks: bool) -> str:
    """The rung that is owed: read, read-back, or "" for nothing."""
    if heard.rung is Rung.RECEIVED:
        return Rung.READ.value
    if asks and heard.rung is Rung.READ:
        return Rung.READ_BACK.value
    return ""


def _owed(record: PaperRecord) -> Iterator[tuple[Heard, str, int]]:
    """Who owes what, and until when. Counted from the author's words, so that it is the same at
    every node, whether or not they arrived: a message that does not get through is unread."""
    said = message_of(record.paper.content)
    if said.line is not LineName.SAFETY:
        return
    pace, asks = PACES[said.precedence], bool(expected(said))
    for heard in record.heard:
        owed = _owes(heard, asks)
        if owed == Rung.READ.value:
            yield heard, owed, record.paper.header.at_ms + 1000 * pace.read_s
        elif owed:
            yield heard, owed, heard.read_ms + 1000 * pace.read_back_s
