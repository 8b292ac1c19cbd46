"""Roles, names, passwords and tries to log in: the rules alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ConfigError, InputError
from parley.node.people.persons import (
    Person,
    check_password,
    check_person,
    hashed,
    is_id,
    matches,
)
from parley.node.people.roles import ALLOWED, Can, PersonRole, allowed
from parley.node.people.sessions import FREE_TRIES, Attempts, Session, hash_of, wait_after_ms
from parley.node.people.settings import HashCost, PeopleSettings

QUICK = HashCost(64, 1, 1)
DUTIES = ("duty", "chief")


def test_who_writes_a_notice_does_not_release_it() -> None:
    for role in PersonRole:
        assert not {Can.DRAFT, Can.RELEASE} <= ALLOWED[role]


def test_everybody_reads_and_only_administrators_administer() -> None:
    assert all(Can.READ in can for can in ALLOWED.values())
    assert [role for role in PersonRole if Can.ADMINISTER in ALLOWED[role]] == [
        PersonRole.ADMINISTRATOR
    ]
    assert ALLOWED[PersonRole.ADMINISTRATOR] == {Can.READ, Can.ADMINISTER}
    assert ALLOWED[PersonRole.OBSERVER] == {Can.READ}


def test_each_of_those_who_act_stops_alone() -> None:
    for role in (PersonRole.WATCH_OFFICER, PersonRole.RELEASER, PersonRole.LIAISON):
        assert Can.URGENT in ALLOWED[role]


@given(st.sets(st.sampled_from(PersonRole)), st.sets(st.sampled_from(PersonRole)))
def test_more_roles_never_allow_less(some: set[PersonRole], more: set[PersonRole]) -> None:
    assert allowed(some | more) == allowed(some) | allowed(more)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": ""}, "id"),
        ({"id": "A"}, "id"),
        ({"id": "x" * 33}, "id"),
        ({"id": "a/b"}, "id"),
        ({"id": "a\n"}, "id"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "Ann\u202eeb"}, "name"),
        ({"name": "Ann\nBeth"}, "name"),
        ({"name": "Ann\u200b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"roles": ()}, "roles"),
        ({"roles": (PersonRole.LIAISON, PersonRole.LIAISON)}, "roles"),
        ({"duties": ("pope",)}, "duties"),
        ({"duties": ("duty", "duty")}, "duties"),
        ({"language": "fr"}, "language"),
    ],
)
def test_a_person_that_cannot_be_is_refused_with_the_place(
    change: dict[str, object], where: str
) -> None:
    said = {"id": "ann", "name": "Ann", "roles": (PersonRole.LIAISON,), "duties": ("duty",)}
    with pytest.raises(InputError) as refused:
        check_person(Person(**{**said, **change}), DUTIES)  # type: ignore[arg-type]
    assert refused.value.where == where
    assert refused.value.right


@pytest.mark.parametrize("name", ["Авери Вахта", "אבי משמרת", "علي الحارس", "O'Neill-Łuk"])
def test_names_are_written_in_any_script(name: str) -> None:
    person = Person("ann", name, (PersonRole.OBSERVER,))
    assert check_person(person, DUTIES) is person


@given(st.text(max_size=40))
def test_a_log_in_name_is_plain_or_none(text: str) -> None:
    if is_id(text):
        assert text.isascii()
        assert text == text.lower().strip()
        assert 1 <= len(text) <= 32


def test_a_password_is_long_and_not_the_name() -> None:
    for bad in ("short", "aaaaaaaaaaaaaaaa", "my name is ann", "x" * 257, "\ud800" * 20):
        with pytest.raises(InputError) as refused:
            check_password(bad, "ann")
        assert bad not in str(refused.value)
    assert check_password("twelve chars", "ann") == "twelve chars"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=12, max_size=40), st.text())
def test_a_password_opens_its_own_hash_and_no_other(right: str, wrong: str) -> None:
    try:
        plain = check_password(right, "nobody-of-this-name")
    except InputError:
        return
    phc = hashed(plain, b"0123456789abcdef", QUICK)
    assert phc.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert matches(right, phc)
    assert matches(plain, phc)
    if wrong not in (right, plain):
        assert not matches(wrong, phc) or check_password(wrong, "x") == plain


def test_the_same_letters_composed_otherwise_are_the_same_password() -> None:
    phc = hashed(check_password("Zoe\u0308s kleine Nacht", "ann"), b"0123456789abcdef", QUICK)
    assert matches("Zo\u00ebs kleine Nacht", phc)


@pytest.mark.parametrize("phc", ["", "x", "$argon2id$", "$argon2id$v=19$m=9,t=1,p=1$$", "\ud800"])
def test_what_is_no_hash_opens_for_nobody(phc: str) -> None:
    assert not matches("", phc)
    assert not matches("seven quiet herons", phc)


def test_a_hash_costs_what_rfc_9106_recommends_where_nothing_else_is_said() -> None:
    phc = hashed("seven quiet herons", b"0123456789abcdef", PeopleSettings().cost)
    assert phc.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize(("shift_h", "longest_h"), [(0, 14), (15, 14), (12, 25), (-1, 1)])
def test_a_shift_without_an_end_is_refused(shift_h: int, longest_h: int) -> None:
    with pytest.raises(ConfigError):
        PeopleSettings(shift_h=shift_h, longest_shift_h=longest_h)


def test_a_session_is_over_at_its_end_and_its_id_is_not_its_token() -> None:
    session = Session(hash_of("token"), "ann", "duty", 1_000, 2_000, "csrf")
    assert not session.is_over(1_999)
    assert session.is_over(2_000)
    assert session.id not in ("token", session.token_hash)


def test_the_sixth_try_waits_and_each_further_one_longer() -> None:
    tries, now_ms = Attempts(), 0
    for _ in range(FREE_TRIES):
        assert tries.begin("ann", now_ms) == 0
    waits = []
    for _ in range(9):
        wait_ms = tries.begin("ann", now_ms)
        waits.append(wait_ms)
        now_ms += wait_ms
        assert tries.begin("ann", now_ms) == 0
    assert waits == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]
    assert tries.begin("beth", now_ms) == 0


def test_the_right_password_forgets_the_wrong_ones() -> None:
    tries = Attempts()
    for _ in range(FREE_TRIES):
        tries.begin("ann", 0)
    assert tries.begin("ann", 1_000) == 0
    tries.succeeded("ann")
    assert tries.begin("ann", 1_000) == 0


def test_after_a_quiet_quarter_of_an_hour_all_is_forgotten() -> None:
    tries = Attempts()
    for _ in range(FREE_TRIES):
        tries.begin("ann", 0)
    assert tries.begin("ann", 500) > 0
    assert tries.begin("ann", 15 * 60_000 + 1) == 0


def test_many_names_are_bounded_together() -> None:
    tries = Attempts()
    let_in = sum(tries.begin(f"n{number}", 0) == 0 for number in range(500))
    assert let_in == 60
    assert 0 < tries.begin("ann", 1_000) <= 60_000
    assert tries.begin("ann", 60_000) == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-100_000, 100_000)), max_size=60))
def test_no_clock_makes_anybody_wait_longer_than_a_minute(steps: list[tuple[str, int]]) -> None:
    tries, now_ms = Attempts(), 10_000_000
    for name, step_ms in steps:
        now_ms += step_ms
        assert 0 <= tries.begin(name, now_ms) <= 60_000


@given(st.integers(0, 10_000))
def test_the_wait_grows_with_the_failures(failures: int) -> None:
    assert wait_after_ms(failures) <= wait_after_ms(failures + 1) <= 60_000


def test_two_hashes_at_once_end_at_the_cost_that_is_used() -> None:
    """Two that shared the threads of OpenSSL waited for each other for ever."""
    with ThreadPoolExecutor(2) as pool:
        made = list(
            pool.map(lambda salt: hashed("a password", salt, HashCost()), [b"a" * 16, b"b" * 16])
        )
    assert len(set(made)) == 2
