"""``parley person``: who may log in at the console.

On people.db itself, whether the node runs or not: a running node reads it with every request, so
that what is said here holds at once.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.cli.show import Out
    from parley.node.people.people import People
    from parley.node.people.persons import Person
    from parley.node.people.roles import PersonRole

T = TypeVar("T")

persons = typer.Typer(no_args_is_help=True, help="Who may log in at the console.")

IdArgument = Annotated[str, typer.Argument(metavar="PERSON", help="The log-in name.")]
RolesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--role", help="watch-officer, releaser, liaison, observer, administrator; repeatable."
    ),
]
DutiesOption = Annotated[
    list[str] | None,
    typer.Option("--duty", help="A duty role of the agreement that may be spoken under."),
]
LanguageOption = Annotated[str, typer.Option("--language", help="en, ru, he or ar.")]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="The first line is the first password; left out: one is made up and shown once.",
    ),
]


def register(app: typer.Typer) -> None:
    app.add_typer(persons, name="person")


@persons.command(
    "add",
    epilog=examples(
        'parley person add node-ru watch1 --name "A. Watch" --role watch-officer --duty duty',
        'parley person add node-ru admin --name "B. Admin" --role administrator',
        json="person {...}, first_password",
    ),
)
def add(
    directory: DirArgument,
    person: IdArgument,
    name: Annotated[str, typer.Option("--name", help="As it is written on papers.")],
    role: RolesOption = None,
    duty: DutiesOption = None,
    language: LanguageOption = "en",
    password_file: FileOption = None,
    json_out: JsonOption = False,
) -> None:
    """Add a person. The first password is shown once, and must be changed at the first log-in."""
    from parley.node.people.persons import Person

    given = _password_in(password_file)
    roles = _roles(role or [])

    async def work(people: People) -> tuple[Person, str]:
        new = Person(person, name, roles, tuple(duty or ()), language)
        first = await people.add(new, given)
        return await people.person(person), first

    out, made = _on(directory, f"add {person}", person, work, json_out)
    _show_first(out, *made, given)


@persons.command(
    "set",
    epilog=examples(
        "parley person set node-ru watch1 --role watch-officer --role liaison --duty duty",
        "parley person set node-ru watch1 --disable",
        json="id, name, roles, duties, language, enabled, must_change, sessions",
    ),
)
def change(
    directory: DirArgument,
    person: IdArgument,
    name: Annotated[str | None, typer.Option("--name", help="As it is written on papers.")] = None,
    role: RolesOption = None,
    duty: DutiesOption = None,
    no_duty: Annotated[bool, typer.Option("--no-duty", help="No duty role at all.")] = False,
    language: Annotated[str | None, typer.Option("--language", help="en, ru, he or ar.")] = None,
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether he may log in.")
    ] = None,
    json_out: JsonOption = False,
) -> None:
    """Change a person; what is left out stays. New roles or duties, or --disable, end all sessions
    of the person at once."""
    roles = None if role is None else _roles(role)
    duties: Sequence[str] | None = () if no_duty else duty

    async def work(people: People) -> tuple[Person, int]:
        changed = await people.change(
            person, name=name, roles=roles, duties=duties, language=language, enabled=enabled
        )
        return changed, len(await people.sessions(person))

    out, (changed, count) = _on(directory, f"set {person}", person, work, json_out)
    if out.json:
        out.value(_members(changed, count))
        return
    out.line(f"{changed.id}: {_line(changed)}", "green")


@persons.command(
    "password",
    epilog=examples("parley person password node-ru watch1", json="person {...}, first_password"),
)
def password(
    directory: DirArgument,
    person: IdArgument,
    password_file: FileOption = None,
    json_out: JsonOption = False,
) -> None:
    """Give a person a first password again. All sessions of the person end."""
    given = _password_in(password_file)

    async def work(people: People) -> tuple[Person, str]:
        first = await people.set_password(person, given)
        return await people.person(person), first

    out, made = _on(directory, f"password {person}", person, work, json_out)
    _show_first(out, *made, given)


@persons.command(
    "list",
    epilog=examples(
        "parley person list node-ru",
        json="[{id, name, roles, duties, language, enabled, must_change, sessions}]",
    ),
)
def listed(directory: DirArgument, json_out: JsonOption = False) -> None:
    """Who may log in, and who is."""

    async def work(people: People) -> tuple[list[Person], dict[str, int]]:
        found = await people.persons()
        return found, {one.id: len(await people.sessions(one.id)) for one in found}

    out, (found, counts) = _on(directory, "", "", work, json_out)
    if out.json:
        out.value([_members(one, counts[one.id]) for one in found])
        return
    if not found:
        out.line("Nobody can log in: parley person add DIR PERSON --name NAME --role ROLE.")
        return
    out.table(
        ("Log-in", "Name", "Roles", "Duties", "Language", "State", "Sessions"),
        (
            (
                one.id,
                one.name,
                ", ".join(one.roles),
                ", ".join(one.duties),
                one.language,
                _state(one),
                counts[one.id],
            )
            for one in found
        ),
    )


@persons.command("end", epilog=examples("parley person end node-ru watch1", json="person, ended"))
def end(directory: DirArgument, person: IdArgument, json_out: JsonOption = False) -> None:
    """End all sessions of a person at once, whatever he holds."""

    async def work(people: People) -> int:
        return await people.end_sessions(person)

    out, count = _on(directory, f"end {person}", person, work, json_out)
    if out.json:
        out.value({"person": person, "ended": count})
        return
    out.line(f"{count} sessions of {person} ended.", "green")


def _on(
    directory: Path,
    what: str,
    person: str,
    work: Callable[[People], Awaitable[T]],
    json_out: bool,
) -> tuple[Out, T]:
    """The work on the people of a node directory; ``what`` is written down as done."""
    from parley.cli import nodedir, show

    opened = nodedir.open_dir(directory)
    return show.Out(json_out), asyncio.run(_worked(opened, what, person, work))


async def _worked(
    opened: NodeDir, what: str, person: str, work: Callable[[People], Awaitable[T]]
) -> T:
    from parley.cli.build import clock_ms
    from parley.cli.consolefile import read_console
    from parley.node.people.acts import Act
    from parley.node.people.people import People
    from parley.store.people import SqlitePeople

    settings = read_console(opened.path).settings()
    duties = opened.agreement().party(opened.config.party).roles
    store = await SqlitePeople.open(opened.people)
    try:
        people = People(
            store,
            clock=clock_ms,
            fresh=secrets.token_bytes,
            duties=lambda: duties,
            settings=settings,
        )
        done = await work(people)
        if what:
            act = Act(clock_ms(), "", "", "CLI", f"parley person {what}", f"person:{person}", 200)
            await people.record(act)
        return done
    finally:
        await store.close()


def _roles(names: Sequence[str]) -> tuple[PersonRole, ...]:
    from parley.node.people.roles import PersonRole

    unknown = [name for name in names if name not in set(PersonRole)]
    if unknown:
        raise InputError(f"role {unknown[0][:40]!r}", right=", ".join(PersonRole), where="--role")
    return tuple(PersonRole(name) for name in names)


def _password_in(path: Path | None) -> str:
    from parley.cli import files

    if path is None:
        return ""
    try:
        lines = files.read_input(path, max_bytes=4096).decode().splitlines()
    except UnicodeDecodeError:
        lines = []
    if not lines or not lines[0]:
        raise InputError(
            f"{path} has no password in its first line", right="a line of UTF-8", where=str(path)
        )
    return lines[0]


def _show_first(out: Out, person: Person, first: str, given: str) -> None:
    if out.json:
        out.value({"person": _members(person, 0), "first_password": "" if given else first})
        return
    out.line(f"{person.id}: {_line(person)}", "green")
    if given:
        out.line("The password in the file must be changed at the first log-in.")
        return
    out.line(f"First password, shown this once: {first}", "bold")
    out.line("It must be changed at the first log-in.")


def _line(person: Person) -> str:
    duties = f", duty {', '.join(person.duties)}" if person.duties else ""
    return f"{person.name}, {', '.join(person.roles)}{duties}; {_state(person)}"


def _state(person: Person) -> str:
    if not person.enabled:
        return "disabled"
    return "must change the password" if person.must_change else "may log in"


def _members(person: Person, sessions: int) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "roles": list(person.roles),
        "duties": list(person.duties),
        "language": person.language,
        "enabled": person.enabled,
        "must_change": person.must_change,
        "sessions": sessions,
    }
