"""``parley hotline``: messages and phrases; ``hotline_line`` has calls, checks and the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from parley.cli.liaison import hotline_line
from parley.cli.liaison.hotline_line import LineOption, PersonOption, ToOption
from parley.cli.options import DirArgument, JsonOption, RoleOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.posting import Desk
    from parley.liaison.hotline.phrase import Phrase
    from parley.liaison.papers.values import Value

PrecedenceName = Literal["flash", "immediate", "priority", "routine"]
RungName = Literal["accepted", "objected", "unable"]
hotline = typer.Typer(no_args_is_help=True, help="The safety line and the strategic line.")

LanguageOption = Annotated[str, typer.Option("--language", "-l", help="en, ru, he, ar, fr.")]
AnswersOption = Annotated[
    str, typer.Option("--answers", metavar="REF", help="The message that this one answers.")
]
ExerciseOption = Annotated[bool, typer.Option("--exercise", help="Exercise, not real.")]
MarkingOption = Annotated[
    str, typer.Option("--marking", help="Left out: for its addressees alone, ORCON.")
]
_FILED = "ref, version, index, note, note_hash, paper, findings"


def register(app: typer.Typer) -> None:
    hotline_line.register(hotline)
    app.add_typer(hotline, name="hotline")


@hotline.command(
    "send",
    epilog=examples(
        'parley hotline send node-il "Two of ours are near the farm." --precedence immediate'
        " --role watch-officer",
        'parley hotline send node-il "נא לענות" -l he --read-back time=21:59Z --to ru'
        " --role watch-officer",
        json=_FILED,
    ),
)
def send(
    directory: DirArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The original, as it is signed.")],
    precedence: Annotated[PrecedenceName, typer.Option("--precedence", "-p")] = "priority",
    language: LanguageOption = "en",
    line: LineOption = "safety",
    to: ToOption = None,
    read_back: Annotated[
        list[str] | None,
        typer.Option("--read-back", metavar="NAME=VALUE", help="What has to be read back."),
    ] = None,
    answers: AnswersOption = "",
    attach: hotline_line.AttachOption = None,
    role: RoleOption = "",
    person: PersonOption = "",
    marking: MarkingOption = "",
    exercise: ExerciseOption = False,
    json_out: JsonOption = False,
) -> None:
    """Send a message in free words."""
    content = {
        "line": line,
        "precedence": precedence,
        "language": language,
        "text": text,
        "read_back": [_plain(one) for one in _values(read_back or [])],
        "reply_to": answers,
        "attachments": hotline_line.attached(attach or []),
    }
    _post(directory, content, json_out, to, role, person, marking, exercise)


@hotline.command(
    "phrase",
    epilog=examples(
        "parley hotline phrase node-il p-101 -l ru --role watch-officer",
        'parley hotline phrase node-il p-103 -l ar --blank "place=N35.48 E035.95"'
        " --blank time=2018-09-17T21:59Z --role watch-officer",
        "parley hotline phrase node-ru p-152 -l ru --answers message:il-3 --role watch-officer",
        json=_FILED,
    ),
)
def phrase(
    directory: DirArgument,
    number: Annotated[str, typer.Argument(metavar="PHRASE", help="Such as p-101, or 101.")],
    language: LanguageOption = "en",
    blank: Annotated[
        list[str] | None, typer.Option("--blank", metavar="NAME=VALUE", help="Fills a blank.")
    ] = None,
    precedence: Annotated[
        PrecedenceName | None,
        typer.Option("--precedence", "-p", help="Left out: flash for 101 to 199, else priority."),
    ] = None,
    line: LineOption = "safety",
    to: ToOption = None,
    answers: AnswersOption = "",
    role: RoleOption = "",
    person: PersonOption = "",
    marking: MarkingOption = "",
    exercise: ExerciseOption = False,
    json_out: JsonOption = False,
) -> None:
    """Send a phrase of the book: nobody needs a translator, and its blanks are read back."""
    from parley.liaison.hotline import phrasebook

    found = phrasebook.find(number if number.startswith("p-") else f"p-{number}")
    blanks = _blanks(found, blank or [])
    content = {
        "line": line,
        "precedence": precedence or ("flash" if found.id.startswith("p-1") else "priority"),
        "language": language,
        "text": phrasebook.render(found, language, blanks),
        "phrase": found.id,
        "blanks": [_plain(one) for one in blanks],
        "reply_to": answers,
    }
    _post(directory, content, json_out, to, role, person, marking, exercise)


@hotline.command(
    "phrases",
    epilog=examples(
        "parley hotline phrases -l he",
        "parley hotline phrases 103",
        json="version, digest, phrases [{id, meaning, replies, blanks, wordings}]",
    ),
)
def phrases(
    number: Annotated[str, typer.Argument(metavar="PHRASE", help="One of them.")] = "",
    language: LanguageOption = "en",
    json_out: JsonOption = False,
) -> None:
    """The phrase book: number, meaning, words, how they are pronounced, what answers them. Needs
    no node."""
    from parley.cli import show
    from parley.liaison.hotline import phrasebook

    out = show.Out(json_out)
    every = list(phrasebook.BOOK.values())
    if number:
        every = [phrasebook.find(number if number.startswith("p-") else f"p-{number}")]
    if out.json:
        book = {"version": phrasebook.VERSION, "digest": phrasebook.digest()}
        out.value({**book, "phrases": [_phrase_plain(one) for one in every]})
        return
    if number:
        _show_phrase(out, *every)
        return
    out.table(
        ("Number", "Words", "Pronounced", "Owed in answer"),
        (
            (
                one.id,
                one.wordings[language].text if language in one.wordings else "",
                one.wordings[language].pronounced if language in one.wordings else "",
                ", ".join(one.replies),
            )
            for one in every
        ),
    )
    out.line(f"{phrasebook.VERSION}, SHA-256 {phrasebook.digest()}", "dim")


@hotline.command(
    "read",
    epilog=examples(
        "parley hotline read node-ru message:il-3 --role watch-officer",
        'parley hotline read node-ru message:il-3 --value "time=2159Z 17 SEP 2018" --then accepted'
        " --role watch-officer",
        json=_FILED,
    ),
)
def read(
    directory: DirArgument,
    ref: Annotated[str, typer.Argument(metavar="REF", help="Such as message:il-3, check:il-7.")],
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="NAME=VALUE", help="Read back: one value; repeated."),
    ] = None,
    then: Annotated[RungName | None, typer.Option("--then", help="And answer it so.")] = None,
    text: Annotated[str, typer.Option("--text", help="Free text for the others.")] = "",
    role: RoleOption = "",
    person: PersonOption = "",
    json_out: JsonOption = False,
) -> None:
    """Say that a person here has read a message or a check; read it back; answer it."""
    from parley.cli.client import segment
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    query = {"role": desk.role(role), "person": person}
    rungs = [*(["read"] if _unread(desk, ref) else []), *(["read-back"] if value else [])]
    rungs += [then] if then else []
    if not rungs:
        raise InputError(
            f"{ref} is read already", right="--value, or --then", at_fault="whoever typed it"
        )
    for rung in rungs:
        said = _values(value or []) if rung == "read-back" else []
        words = {"rung": rung, "values": [_plain(v) for v in said], "text": text}
        filed = desk.post(f"/v1/papers/{segment(ref)}/reply", words, **query)
    show_filed(desk.out, filed, f"Replied {', '.join(rungs)}")


@hotline.command(
    "log",
    epilog=examples(
        "parley hotline log node-il",
        "parley hotline log node-il --line strategic --limit 200 --json",
        json="line, messages [{ref, precedence, original, answers, heard, ...}], next",
    ),
)
def log(
    directory: DirArgument,
    line: LineOption = "safety",
    language: Annotated[
        str, typer.Option("--language", "-l", help="Yours: phrases are shown in it as well.")
    ] = "",
    after: Annotated[str, typer.Option("--after", help="Where the last page ended.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="Lines a page.")] = 50,
    json_out: JsonOption = False,
) -> None:
    """The messages of one line, newest first. The two lines never stand on one page."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        page = client.get(
            "/v1/hotline/messages", line=line, after=after, limit=limit, language=language
        )
    if out.json:
        out.value(page)
        return
    out.line(f"The {line} line, newest first", "bold")
    for one in page["messages"]:
        _show_message(out, one)
    if not page["messages"]:
        out.line("No messages.", "green")
    if page["next"]:
        out.line(f"More: --after {page['next']}", "dim")


@hotline.command(
    "translate",
    epilog=examples(
        "parley hotline translate node-il message:ru-4 en",
        json="label, text, provider, source, target, checked, ref, original, marking",
    ),
)
def translate(
    directory: DirArgument,
    ref: Annotated[str, typer.Argument(metavar="REF", help="Such as message:ru-4.")],
    target: Annotated[str, typer.Argument(metavar="LANGUAGE", help="Such as en.")],
    json_out: JsonOption = False,
) -> None:
    """A message in another language beside its original: a phrase in the words of the book, free
    words as the suggestion of a machine that nobody checked. Nothing of it is kept or sent."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory), timeout_s=620) as client:
        found = client.post("/v1/hotline/translate", {"ref": ref, "target": target})
    if out.json:
        out.value(found)
        return
    out.line(found["marking"]["banner"], "bold")
    out.line(f"Original ({found['source']}):", "bold")
    out.line(found["original"])
    out.line(
        f"{found['label']} ({found['target']}):", "bold" if found["checked"] else "bold yellow"
    )
    out.line(found["text"])


def _post(
    directory: Any,
    content: Mapping[str, Any],
    json_out: bool,
    to: Sequence[str] | None,
    role: str,
    person: str,
    marking: str,
    exercise: bool,
) -> None:
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk
    from parley.liaison.papers.marking import parse_marking
    from parley.wire.papers import to_plain

    desk = Desk.open(directory, json_out)
    marked = to_plain(parse_marking(marking)) if marking else None
    query: dict[str, Any] = {"role": desk.role(role), "person": person, "exercise": exercise}
    if to:
        query["to"] = list(to)
    body: dict[str, Any] = {"content": content, "marking": marked, "about": []}
    show_filed(desk.out, desk.post("/v1/papers/message", body, **query), "Sent")


def _unread(desk: Desk, ref: str) -> bool:
    from parley.cli.client import Client, segment

    with Client(desk.directory) as client:
        heard = client.get(f"/v1/papers/{segment(ref)}")["heard"]
    return all(one["rung"] == "received" for one in heard if one["party"] == desk.party)


def _blanks(found: Phrase, said: Sequence[str]) -> list[Value]:
    """Instants may be given in RFC 3339: the book's own form of them is what is signed."""
    from parley.liaison.hotline.blanks import BlankKind, zulu_blank
    from parley.liaison.papers.values import Value
    from parley.wire.instants import parse_instant

    kinds = dict(found.blanks)
    filled = []
    for one in _values(said):
        value = one.value
        if kinds.get(one.name) is BlankKind.TIME and "T" in value:
            value = zulu_blank(parse_instant(value, f"--blank {one.name}"))
        filled.append(Value(one.name, value))
    return filled


def _values(said: Sequence[str]) -> list[Value]:
    from parley.liaison.papers.values import Value

    found = []
    for one in said:
        name, equals, value = one.partition("=")
        if not equals:
            raise InputError(
                f"{one[:80]!a} names no value",
                right="NAME=VALUE",
                at_fault="whoever typed the command",
            )
        found.append(Value(name, value))
    return found


def _plain(value: Value) -> dict[str, str]:
    return {"name": value.name, "value": value.value}


def _phrase_plain(one: Phrase) -> dict[str, Any]:
    return {
        "id": one.id,
        "meaning": one.meaning,
        "replies": list(one.replies),
        "blanks": [{"name": name, "kind": kind.value} for name, kind in one.blanks],
        "wordings": {
            language: {"text": w.text, "pronounced": w.pronounced}
            for language, w in one.wordings.items()
        },
    }


def _show_phrase(out: Any, one: Phrase) -> None:
    from parley.liaison.hotline.blanks import FORMS

    out.line(f"{one.id}: {one.meaning}", "bold")
    for name, kind in one.blanks:
        out.pairs(((name, FORMS[kind]),))
    for language, wording in one.wordings.items():
        out.line(f"{language}: {wording.text}")
        if wording.pronounced:
            out.line(f"    {wording.pronounced}", "dim")
    if one.replies:
        out.line(f"Owed in answer: one of {', '.join(one.replies)}")


def _show_message(out: Any, one: Mapping[str, Any]) -> None:
    out.line()
    out.line(one["marking"]["banner"], "bold")
    state = " (withdrawn)" if one["withdrawn"] else " (exercise)" if one["exercise"] else ""
    out.line(f"{one['precedence'].upper()} {one['ref']}{state}: {one['original']}")
    out.pairs(
        (
            ("Said", f"{one['at']} by {one['author']}, {one['role']}"),
            ("Phrase", f"{one['phrase']}: {one['meaning']}" if one["phrase"] else ""),
            ("In your words", one["wording"]),
            ("Answers", one["reply_to"]),
            ("Answered by", ", ".join(one["answers"])),
            ("Owed in answer", ", ".join(one["replies"])),
            ("To be read back", ", ".join(one["read_back"])),
            ("Read", ", ".join(_rung(heard) for heard in one["heard"])),
        )
    )


def _rung(heard: Mapping[str, Any]) -> str:
    wrong = f" (wrong: {', '.join(heard['wrong'])})" if heard["wrong"] else ""
    return f"{heard['party']}: {heard['rung']}{wrong}"
