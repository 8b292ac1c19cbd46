"""The service on a real store: log-in, shifts, persons; a machine compares it to a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from parley.errors import InputError
from parley.node.people.people import LoggedIn, People, Refused
from parley.node.people.persons import Person
from parley.node.people.roles import PersonRole
from parley.node.people.sessions import HOUR_MS, Session
from parley.node.people.settings import PeopleSettings
from parley.store.people import SqlitePeople
from parley.testing.clock import HandClock
from parley.testing.people import QUICK_COST, counted_bytes

T = TypeVar("T")
FIRST, SECOND = "seven quiet herons", "eight loud ravens"
DUTIES = ("duty", "chief")


def service(store: SqlitePeople, clock: HandClock, **chosen: Any) -> People:
    return People(
        store,
        clock=clock,
        fresh=counted_bytes(str(clock())),
        duties=lambda: DUTIES,
        settings=PeopleSettings(cost=QUICK_COST, **chosen),
    )


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def people(clock: HandClock) -> AsyncIterator[People]:
    """ann, a watch officer, and adam, the administrator; both with passwords of their own."""
    made = service(await SqlitePeople.open(None), clock)
    for name, role in (("ann", PersonRole.WATCH_OFFICER), ("adam", PersonRole.ADMINISTRATOR)):
        duties = DUTIES if name == "ann" else ()
        await made.add(Person(name, name.title(), (role,), duties), FIRST)
        begun = await entered(made, name)
        present = await made.present(begun.token)
        assert present is not None
        changed = await made.change_password(present, FIRST, SECOND)
        assert isinstance(changed, LoggedIn)
        await made.log_out(changed.session)
    yield made
    await made.close()


async def entered(people: People, name: str, password: str = FIRST, **said: Any) -> LoggedIn:
    made = await people.log_in(name, password, **said)
    assert isinstance(made, LoggedIn)
    return made


async def test_a_first_password_is_made_up_and_must_be_changed(people: People) -> None:
    first = await people.add(Person("beth", "Beth", (PersonRole.OBSERVER,)))
    begun = await entered(people, "beth", first)
    assert begun.person.must_change
    assert len(first) >= 24
    other = await people.add(Person("bill", "Bill", (PersonRole.OBSERVER,)))
    assert other != first


async def test_nothing_tells_an_unknown_name_from_a_wrong_password(people: People) -> None:
    await people.change("ann", enabled=False)
    for name in ("ann", "nobody", "", "A" * 500, "\ud800", "ann'--"):
        assert await people.log_in(name, SECOND) == Refused()
    assert await people.log_in("adam", "wrong wrong wrong") == Refused()


async def test_a_name_is_read_as_people_type_it(people: People) -> None:
    assert (await entered(people, " Ann ", SECOND)).person.id == "ann"


async def test_a_shift_has_the_hours_that_were_asked_for_and_an_end(
    people: People, clock: HandClock
) -> None:
    short = await entered(people, "ann", SECOND, hours=0.5)
    usual = await entered(people, "ann", SECOND)
    assert usual.session.ends_ms - clock() == 12 * HOUR_MS
    clock.advance(HOUR_MS // 2 - 1)
    assert await people.present(short.token) is not None
    clock.advance(1)
    assert await people.present(short.token) is None
    assert await people.present(usual.token) is not None
    for hours in (0.0, -1.0, 14.01, float("inf"), float("nan")):
        with pytest.raises(InputError, match="shift"):
            await people.log_in("ann", SECOND, hours=hours)


async def test_a_duty_is_one_of_the_persons_own(people: People) -> None:
    assert (await entered(people, "ann", SECOND)).session.duty == "duty"
    begun = await entered(people, "ann", SECOND, duty="chief")
    present = await people.present(begun.token)
    assert present is not None
    assert present.session.duty == "chief"
    assert (await people.change_duty(present, "duty")).duty == "duty"
    for duty in ("pope", "Duty"):
        with pytest.raises(InputError, match=duty):
            await people.change_duty(present, duty)
        with pytest.raises(InputError, match=duty):
            await people.log_in("ann", SECOND, duty=duty)
    assert (await entered(people, "adam", SECOND)).session.duty == ""


async def test_what_ends_all_sessions_of_a_person(people: People) -> None:
    changes: list[Callable[[], Coroutine[Any, Any, Any]]] = [
        lambda: people.change("ann", roles=(PersonRole.LIAISON,)),
        lambda: people.change("ann", duties=("duty",)),
        lambda: people.end_sessions("ann"),
        lambda: people.set_password("ann", SECOND),
        lambda: people.change("ann", enabled=False),
    ]
    adams = await entered(people, "adam", SECOND)
    for change in changes:
        begun = [await entered(people, "ann", SECOND) for _ in range(2)]
        await change()
        assert [await people.present(one.token) for one in begun] == [None, None]
    assert await people.present(adams.token) is not None


async def test_a_new_name_ends_no_session(people: People) -> None:
    begun = await entered(people, "ann", SECOND)
    await people.change("ann", name="Ann Other", language="he")
    present = await people.present(begun.token)
    assert present is not None
    assert present.person.name == "Ann Other"


async def test_a_new_password_keeps_ones_own_shift_under_another_token(
    people: People, clock: HandClock
) -> None:
    mine, other = await entered(people, "ann", SECOND), await entered(people, "ann", SECOND)
    clock.advance(HOUR_MS)
    present = await people.present(mine.token)
    assert present is not None
    changed = await people.change_password(present, SECOND, "nine grey geese fly")
    assert isinstance(changed, LoggedIn)
    assert (changed.session.begun_ms, changed.session.ends_ms) == (
        mine.session.begun_ms,
        mine.session.ends_ms,
    )
    assert changed.session.csrf != mine.session.csrf
    assert await people.present(mine.token) is None
    assert await people.present(other.token) is None
    assert await people.log_in("ann", SECOND) == Refused()
    assert await people.change_password(present, "wrong", "ten black swans swim") == Refused()
    with pytest.raises(InputError, match="old one"):
        await people.change_password(present, "nine grey geese fly", "nine grey geese fly")
    stale = await people.change_password(present, "nine grey geese fly", "ten black swans swim")
    assert stale == Refused()


async def test_the_last_administrator_stays_one(people: People) -> None:
    for change in ({"enabled": False}, {"roles": (PersonRole.OBSERVER,)}):
        with pytest.raises(InputError, match="last administrator"):
            await people.change("adam", **change)
    await people.add(Person("eve", "Eve", (PersonRole.ADMINISTRATOR,)))
    await people.change("adam", enabled=False)
    with pytest.raises(InputError, match="last administrator"):
        await people.change("eve", enabled=False)


async def test_wrong_passwords_make_the_next_try_wait(people: People, clock: HandClock) -> None:
    for _ in range(5):
        assert await people.log_in("ann", "wrong wrong wrong") == Refused()
    refused = await people.log_in("ann", SECOND)
    assert refused == Refused(1_000)
    assert isinstance(await people.log_in("adam", SECOND), LoggedIn)
    clock.advance(1_000)
    assert isinstance(await people.log_in("ann", SECOND), LoggedIn)


async def test_guesses_at_once_are_no_way_round(people: People) -> None:
    made = await asyncio.gather(*(people.log_in("ann", f"guess number {n}") for n in range(40)))
    assert sum(one == Refused() for one in made) == 5


async def test_log_ins_at_once_are_bounded(people: People) -> None:
    for number in range(30):
        await people.add(Person(f"n{number}", "N", (PersonRole.OBSERVER,)), FIRST)
    made = await asyncio.gather(*(people.log_in(f"n{n}", FIRST) for n in range(30)))
    let_in = [one for one in made if isinstance(one, LoggedIn)]
    assert let_in
    assert all(one.retry_ms > 0 for one in made if isinstance(one, Refused))


async def test_a_person_has_a_bounded_number_of_sessions(people: People, clock: HandClock) -> None:
    begun = []
    for _ in range(34):
        begun.append(await entered(people, "ann", SECOND))
        clock.advance(1)
    alive = [await people.present(one.token) is not None for one in begun]
    assert alive == [False] * 2 + [True] * 32
    assert await people.present((await entered(people, "adam", SECOND)).token) is not None


async def test_who_holds_the_watch_does_not_log_out(people: People) -> None:
    async def held(session: Session) -> list[str]:
        return [f"{session.person} holds the watch"]

    begun = await entered(people, "ann", SECOND)
    people.may_leave = held
    assert await people.log_out(begun.session) == ["ann holds the watch"]
    assert await people.present(begun.token) is not None
    assert await people.end_session(begun.session.id)
    assert await people.present(begun.token) is None
    assert not await people.end_session(begun.session.id)


async def test_a_restart_keeps_the_sessions(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "people.db"
    first = service(await SqlitePeople.open(path), clock)
    await first.add(Person("ann", "Ann", (PersonRole.OBSERVER,)), FIRST)
    begun = await entered(first, "ann")
    await first.close()
    clock.advance(HOUR_MS)
    second = service(await SqlitePeople.open(path), clock)
    present = await second.present(begun.token)
    assert present is not None
    assert present.session == begun.session
    await second.close()
    assert begun.token.encode() not in path.read_bytes()


class Shifts(RuleBasedStateMachine):
    """Tokens against a model: who is behind each, and until when."""

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = HandClock()
        self.people = service(self.do(SqlitePeople.open(None)), self.clock)
        self.model: dict[str, tuple[str, int]] = {}
        for name in ("a", "b"):
            self.do(self.people.add(Person(name, name, (PersonRole.OBSERVER,)), FIRST))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.do(self.people.close())
        self.loop.close()

    @rule(target=tokens, name=st.sampled_from("ab"), hours=st.sampled_from([1.0, 3.0, 12.0]))
    def log_in(self, name: str, hours: float) -> str:
        begun = self.do(entered(self.people, name, hours=hours))
        assert begun.token not in self.model
        self.model[begun.token] = name, self.clock() + int(hours) * HOUR_MS
        return begun.token

    @rule(target=tokens, token=tokens)
    def log_out(self, token: str) -> Any:
        present = self.do(self.people.present(token))
        if present is not None:
            self.do(self.people.log_out(present.session))
            del self.model[token]
        return multiple()

    @rule(name=st.sampled_from("ab"))
    def disable_and_enable(self, name: str) -> None:
        self.do(self.people.change(name, enabled=False))
        self.do(self.people.change(name, enabled=True))
        self.model = {t: row for t, row in self.model.items() if row[0] != name}

    @rule(hours=st.integers(0, 13))
    def time_passes(self, hours: int) -> None:
        now_ms = self.clock.advance(hours * HOUR_MS)
        self.model = {t: row for t, row in self.model.items() if now_ms < row[1]}

    @rule(token=tokens)
    def a_token_of_old_lets_in_whom_the_model_says(self, token: str) -> None:
        present = self.do(self.people.present(token))
        found = None if present is None else (present.person.id, present.session.ends_ms)
        assert found == self.model.get(token)

    @invariant()
    def the_list_is_the_model(self) -> None:
        listed = self.do(self.people.sessions())
        assert sorted((s.person, s.ends_ms) for s in listed) == sorted(self.model.values())


Shifts.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestShifts = Shifts.TestCase
