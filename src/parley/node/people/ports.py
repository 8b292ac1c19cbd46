"""What the room of people needs of a store: at most five methods a port.

A ``PeopleStore`` runs a unit of work in one transaction, off the event loop; what ``write``
returned for is durable, and an exception leaves nothing behind. Raises StorageError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from parley.node.people.acts import Act
from parley.node.people.persons import Person
from parley.node.people.sessions import Session

T = TypeVar("T")


class Persons(Protocol):
    def get(self, person: str) -> Person | None: ...

    def put(self, person: Person) -> None:
        """Adds, or replaces the one of this id."""
        ...

    def all(self) -> Sequence[Person]:
        """In the order of their ids."""
        ...


class Sessions(Protocol):
    def get(self, token_hash: str) -> Session | None: ...

    def put(self, session: Session) -> None: ...

    def all(self, person: str = "") -> Sequence[Session]:
        """Of a person, or of all; the newest first."""
        ...

    def end(self, token_hash: str) -> None: ...

    def end_before(self, now_ms: int) -> None:
        """Forgets those that are over."""
        ...


class Acts(Protocol):
    def append(self, act: Act) -> None: ...

    def page(self, *, before: int, limit: int, subject: str, person: str) -> Sequence[Act]:
        """The newest first, behind the one numbered ``before`` (0: from the newest); of a subject
        or of a person, where it is not ""."""
        ...


class PeopleTx(Protocol):
    @property
    def persons(self) -> Persons: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def acts(self) -> Acts: ...


class PeopleStore(Protocol):
    async def read(self, unit: Callable[[PeopleTx], T]) -> T: ...

    async def write(self, unit: Callable[[PeopleTx], T]) -> T: ...

    async def close(self) -> None: ...
