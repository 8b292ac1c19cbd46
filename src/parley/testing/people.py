"""Ready persons at the consoles of tests, and a client that is logged in as one of them.

Their hashes cost next to nothing: for tests only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from parley.node.node import Node
from parley.node.people.people import People
from parley.node.people.persons import Person, check_password, hashed
from parley.node.people.ports import PeopleTx
from parley.node.people.roles import PersonRole
from parley.node.people.settings import HashCost, PeopleSettings
from parley.store.people import SqlitePeople

PASSWORD = "seven quiet herons at dawn"
"""Everybody's."""

PERSONS: dict[str, tuple[str, PersonRole]] = {
    "watch1": ("Avery Watch", PersonRole.WATCH_OFFICER),
    "watch2": ("Blake Watch", PersonRole.WATCH_OFFICER),
    "release1": ("Casey Release", PersonRole.RELEASER),
    "liaison1": ("Drew Liaison", PersonRole.LIAISON),
    "observe1": ("Emery Observe", PersonRole.OBSERVER),
    "admin1": ("Finley Admin", PersonRole.ADMINISTRATOR),
}
"""By log-in name: the name on papers and the one role. All but the observer and the administrator
have every duty role of their party."""

QUICK_COST = HashCost(memory_kib=64, iterations=1, lanes=1)
_WITHOUT_DUTY = (PersonRole.OBSERVER, PersonRole.ADMINISTRATOR)


def counted_bytes(name: str = "") -> Callable[[int], bytes]:
    """``fresh`` of a ``People``: bytes that differ each time and are the same in every run."""
    numbers = count()
    return lambda size: hashlib.shake_256(f"{name}/{next(numbers)}".encode()).digest(size)


def person(name: str, duties: tuple[str, ...]) -> Person:
    """One of ``PERSONS`` with his password, which he need not change."""
    shown, role = PERSONS[name]
    phc = hashed(check_password(PASSWORD, name), hashlib.sha256(name.encode()).digest(), QUICK_COST)
    theirs = () if role in _WITHOUT_DUTY else duties
    return Person(name, shown, (role,), theirs, password=phc)


async def people_of(
    node: Node, path: Path | None = None, settings: PeopleSettings | None = None
) -> People:
    """Who may log in at a node's console: ``PERSONS``, in memory or kept at ``path``."""
    duties = node.agreement.party(node.context.party).roles
    store = await SqlitePeople.open(path)
    everybody = [person(name, duties) for name in PERSONS]

    def unit(tx: PeopleTx) -> int:
        if not tx.persons.all():
            for one in everybody:
                tx.persons.put(one)
        return len(tx.acts.page(before=0, limit=1, subject="", person=""))

    used = await store.write(unit)
    return People(
        store,
        clock=node.clock,
        fresh=counted_bytes(f"{node.context.party}{used and node.clock()}"),
        duties=lambda: node.agreement.party(node.context.party).roles,
        settings=replace(settings or PeopleSettings(), cost=QUICK_COST),
    )


async def logged_in(
    url: str, name: str, *, password: str = PASSWORD, duty: str = "", hours: float | None = None
) -> httpx.AsyncClient:
    """A client whose requests carry the session's cookie and csrf; close it. AssertionError: the
    log-in was refused."""
    client = httpx.AsyncClient(base_url=url, trust_env=False)
    said: dict[str, Any] = {"person": name, "password": password, "duty": duty}
    if hours is not None:
        said["hours"] = hours
    answer = await client.post("/v1/session", json=said)
    assert answer.status_code == 201, answer.text
    bear(client, answer)
    return client


def bear(client: httpx.AsyncClient, answer: httpx.Response) -> None:
    """From now on the client shows the session that ``answer`` began. (Its own jar does not send a
    Secure cookie over http, as browsers do to loopback.)"""
    cookie = answer.headers["set-cookie"].partition(";")[0]
    client.cookies.clear()
    client.headers["cookie"] = cookie
    client.headers["x-parley-csrf"] = answer.json()["csrf"]
