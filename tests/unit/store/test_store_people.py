"""people.db: private, durable, append-only where it says so, and refused when it is not ours."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ConfigError, InputError, StorageError
from parley.node.people.acts import Act
from parley.node.people.persons import Person
from parley.node.people.ports import PeopleTx
from parley.node.people.roles import PersonRole
from parley.node.people.sessions import Session
from parley.store.people import SqlitePeople

ANN = Person("ann", "Анна אנה", (PersonRole.LIAISON,), ("duty",), "ru", True, "$argon2id$", True, 7)


def act(number: int, subject: str = "", person: str = "ann") -> Act:
    return Act(number, person, "duty", "POST", "/v1/stop", subject, 201)


async def test_the_file_is_for_the_node_alone(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    store = await SqlitePeople.open(path)
    await store.write(lambda tx: tx.persons.put(ANN))
    for one in tmp_path.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
    await store.close()


async def test_what_was_written_is_there_for_another_process(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    one, two = await SqlitePeople.open(path), await SqlitePeople.open(path)
    session = Session("h", "ann", "duty", 1, 2**53, "csrf")

    def unit(tx: PeopleTx) -> None:
        tx.persons.put(ANN)
        tx.sessions.put(session)
        tx.acts.append(act(1))

    await one.write(unit)
    assert await two.read(lambda tx: tx.persons.get("ann")) == ANN
    assert await two.read(lambda tx: tx.sessions.get("h")) == session
    assert [a.seq for a in await two.read(lambda tx: page(tx))] == [1]
    await two.write(lambda tx: tx.sessions.end("h"))
    assert await one.read(lambda tx: tx.sessions.all()) == []
    await one.close()
    await two.close()


def keep(one: Act, tx: PeopleTx) -> None:
    tx.acts.append(one)


def page(
    tx: PeopleTx, before: int = 0, limit: int = 50, subject: str = "", person: str = ""
) -> list[Act]:
    return list(tx.acts.page(before=before, limit=limit, subject=subject, person=person))


async def test_a_unit_that_fails_leaves_nothing_behind() -> None:
    store = await SqlitePeople.open(None)

    def unit(tx: PeopleTx) -> None:
        tx.persons.put(ANN)
        raise InputError("no")

    with pytest.raises(InputError):
        await store.write(unit)
    assert await store.read(lambda tx: tx.persons.all()) == []
    await store.close()


async def test_units_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    stores = [await SqlitePeople.open(path) for _ in range(2)]
    await asyncio.gather(*(stores[n % 2].write(partial(keep, act(n))) for n in range(40)))
    found = await stores[0].read(page)
    assert [a.seq for a in found] == list(range(40, 0, -1))
    assert {a.at_ms for a in found} == set(range(40))
    for store in stores:
        await store.close()


async def test_acts_come_a_page_at_a_time_and_by_subject() -> None:
    store = await SqlitePeople.open(None)
    for number in range(10):
        kept = act(number, "notice:a" if number % 2 else "", "ann" if number < 5 else "bob")
        await store.write(partial(keep, kept))
    whole = await store.read(page)
    assert [a.at_ms for a in whole] == list(range(9, -1, -1))
    pages, before = list[Act](), 0
    while part := await store.read(partial(page, before=before, limit=3)):
        pages += part
        before = part[-1].seq
    assert pages == whole
    about = await store.read(lambda tx: page(tx, subject="notice:a", person="bob"))
    assert [a.at_ms for a in about] == [9, 7, 5]
    await store.close()


async def test_what_was_done_is_neither_changed_nor_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    store = await SqlitePeople.open(path)
    await store.write(lambda tx: tx.acts.append(act(1)))
    await store.close()
    with sqlite3.connect(path) as raw:
        for sql in ("DELETE FROM act", "UPDATE act SET person = 'eve'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                raw.execute(sql)
    raw.close()


async def test_a_file_that_is_not_ours_is_left_as_it_is(tmp_path: Path) -> None:
    text, other, newer = (tmp_path / name for name in ("text", "other.db", "newer.db"))
    text.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE mine (x)")
    raw.close()
    store = await SqlitePeople.open(newer)
    await store.close()
    with sqlite3.connect(newer) as raw:
        raw.execute("PRAGMA user_version = 9")
    raw.close()
    for path in (text, other, newer):
        before = path.read_bytes()
        with pytest.raises((ConfigError, StorageError)):
            await SqlitePeople.open(path)
        assert path.read_bytes() == before
    with pytest.raises(ConfigError):
        await SqlitePeople.open(tmp_path / "nowhere" / "people.db")
    link = tmp_path / "link.db"
    link.symlink_to(newer)
    with pytest.raises(ConfigError):
        await SqlitePeople.open(link)


async def test_text_that_cannot_be_stored_is_a_storage_error() -> None:
    store = await SqlitePeople.open(None)
    with pytest.raises(StorageError):
        await store.write(lambda tx: tx.acts.append(act(1, "\ud800")))
    assert await store.read(page) == []
    await store.close()


@given(
    st.builds(
        Person,
        st.from_regex(r"[a-z0-9][a-z0-9._-]{0,31}", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
        st.lists(st.sampled_from(PersonRole), max_size=5).map(tuple),
        st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3).map(tuple),
        st.sampled_from(["en", "ru", "he", "ar"]),
        st.booleans(),
        st.text(st.characters(exclude_categories=["Cs"])),
        st.booleans(),
        st.integers(0, 2**53),
    )
)
def test_a_person_comes_back_as_he_was_put(person: Person) -> None:
    async def there_and_back() -> Person | None:
        store = await SqlitePeople.open(None)
        await store.write(lambda tx: tx.persons.put(person))
        found = await store.read(lambda tx: tx.persons.get(person.id))
        await store.close()
        return found

    assert asyncio.run(there_and_back()) == person
