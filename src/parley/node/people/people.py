"""The service: log-in and sessions, persons, and the list of acts."""

from __future__ import annotations

import asyncio
import base64
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from parley.errors import InputError
from parley.node.people.acts import MAX_PATH, MOST_A_PAGE, Act
from parley.node.people.persons import (
    SALT_BYTES,
    Person,
    check_password,
    check_person,
    hashed,
    is_id,
    matches,
)
from parley.node.people.ports import PeopleStore, PeopleTx
from parley.node.people.roles import Can, PersonRole
from parley.node.people.sessions import (
    CSRF_BYTES,
    HOUR_MS,
    TOKEN_BYTES,
    Attempts,
    Session,
    hash_of,
)
from parley.node.people.settings import PeopleSettings

MOST_SESSIONS = 32
"""Of one person; with one more the oldest ends."""
MOST_WAITING = 16
"""Log-ins that wait for their turn to be hashed; one more is told to come back."""
_DUMMY_SALT = b"\x00" * SALT_BYTES
_FIRST_PASSWORD_BYTES = 15
SESSION_PATH = "/v1/session"


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session that began. token: for the browser's cookie, and kept nowhere."""

    token: str
    session: Session
    person: Person


@dataclass(frozen=True, slots=True)
class Refused:
    """No session. retry_ms: try again no sooner than so; 0: the name or the password is wrong,
    and it is not told which."""

    retry_ms: int = 0


@dataclass(frozen=True, slots=True)
class Present:
    """Who is behind a token now."""

    session: Session
    person: Person

    @property
    def can(self) -> frozenset[Can]:
        return self.person.can


async def _nobody_is_held(_: Session) -> list[str]:
    return []


class People:
    """Who may sit at this node's console.

    clock: now in milliseconds, UTC. fresh: so many random bytes. duties: the duty roles of our
    party, as the agreement has them now. may_leave: asked before a session is ended by its
    person; the reasons why he has to stay, none when he may go.
    """

    def __init__(
        self,
        store: PeopleStore,
        *,
        clock: Callable[[], int],
        fresh: Callable[[int], bytes],
        duties: Callable[[], Sequence[str]],
        settings: PeopleSettings | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._fresh = fresh
        self._duties = duties
        self.settings = settings or PeopleSettings()
        self.may_leave: Callable[[Session], Awaitable[list[str]]] = _nobody_is_held
        self._attempts = Attempts()
        self._turns = asyncio.Semaphore(self.settings.at_once)
        self._waiting = 0
        self._dummy = ""

    @property
    def now_ms(self) -> int:
        return self._clock()

    async def close(self) -> None:
        await self._store.close()

    # ---- sessions

    async def log_in(
        self, person: str, password: str, *, duty: str = "", hours: float | None = None
    ) -> LoggedIn | Refused:
        """Begin a shift. duty: left out, the first of the person's. hours: left out, as the
        settings say.

        The same work and the same answer for an unknown person, a disabled one and a wrong
        password; a name that nobody has is not kept: it may be a password. Raises InputError,
        behind the right password only: a duty that is not his, a shift that is too long.
        StorageError."""
        now_ms = self._clock()
        name = person.strip().lower()
        name = name if is_id(name) else ""
        wait_ms = self._attempts.begin(name, now_ms)
        if wait_ms == 0 and self._waiting >= MOST_WAITING:
            wait_ms = 1_000
        if wait_ms > 0:
            return Refused(wait_ms)
        self._waiting += 1
        try:
            known = await self._store.read(lambda tx: tx.persons.get(name)) if name else None
            right = await self._is_right(password, known)
        finally:
            self._waiting -= 1
        if known is None or not right or not known.enabled:
            await self.record(self._log_in_act("" if known is None else known.id, "", now_ms, 401))
            return Refused()
        self._attempts.succeeded(name)
        duty = duty or (known.duties[0] if known.duties else "")
        self._check_duty(known, duty)
        ends_ms = now_ms + self._shift_ms(hours)
        act = self._log_in_act(known.id, duty, now_ms, 201)
        return await self._begin(known, duty, now_ms, ends_ms, act)

    async def present(self, token: str) -> Present | None:
        """Who is behind a token now; None: nobody, or not any more."""
        token_hash, now_ms = hash_of(token), self._clock()
        return await self._store.read(lambda tx: _present(tx, token_hash, now_ms))

    async def still(self, session: Session) -> bool:
        """Whether a session goes on."""
        now_ms = self._clock()
        found = await self._store.read(lambda tx: _present(tx, session.token_hash, now_ms))
        return found is not None

    async def log_out(self, session: Session) -> list[str]:
        """End one's own session; or the reasons why not, and it goes on."""
        reasons = await self.may_leave(session)
        if not reasons:
            await self._store.write(lambda tx: tx.sessions.end(session.token_hash))
        return reasons

    async def change_duty(self, present: Present, duty: str) -> Session:
        """Speak under another duty role of one's own for the rest of the shift. InputError."""
        self._check_duty(present.person, duty)
        changed = replace(present.session, duty=duty)
        await self._store.write(lambda tx: tx.sessions.put(changed))
        return changed

    async def change_password(self, present: Present, old: str, new: str) -> LoggedIn | Refused:
        """One's own password. All sessions of the person end; the one it came from goes on under
        a new token until its own end. Refused: as for a log-in. InputError: the new one is weak or
        the old one."""
        person, now_ms = await self.person(present.person.id), self._clock()
        wait_ms = self._attempts.begin(person.id, now_ms)
        if wait_ms > 0:
            return Refused(wait_ms)
        if not await self._is_right(old, person):
            return Refused()
        self._attempts.succeeded(person.id)
        plain = check_password(new, person.id)
        if plain == unicodedata.normalize("NFKC", old):
            raise InputError("the new password is the old one", right="another", where="new")
        phc, mine = await self._hashed(plain), present.session.token_hash

        def unit(tx: PeopleTx) -> Person | None:
            if tx.persons.get(person.id) != person or tx.sessions.get(mine) is None:
                return None
            changed = replace(person, password=phc, must_change=False, changed_ms=now_ms)
            tx.persons.put(changed)
            _end_all(tx, person.id)
            return changed

        changed = await self._store.write(unit)
        if changed is None:
            return Refused()
        session = present.session
        return await self._begin(changed, session.duty, session.begun_ms, session.ends_ms)

    async def sessions(self, person: str = "") -> list[Session]:
        """Those that go on, the newest first; of one person or of all."""
        now_ms = self._clock()
        found = await self._store.read(lambda tx: tx.sessions.all(person))
        return [one for one in found if not one.is_over(now_ms)]

    async def end_session(self, session_id: str) -> bool:
        """Somebody else's session ends now, whatever he holds. False: there is none of this id."""

        def unit(tx: PeopleTx) -> bool:
            found = [one for one in tx.sessions.all() if one.id == session_id]
            for one in found:
                tx.sessions.end(one.token_hash)
            return bool(found)

        return await self._store.write(unit)

    async def end_sessions(self, person: str) -> int:
        """All sessions of a person end; how many there were. InputError: nobody of this name."""

        def unit(tx: PeopleTx) -> int:
            _need(tx, person)
            return _end_all(tx, person)

        return await self._store.write(unit)

    # ---- persons

    async def persons(self) -> list[Person]:
        return list(await self._store.read(lambda tx: tx.persons.all()))

    async def person(self, person: str) -> Person:
        """InputError: nobody of this name."""
        return await self._store.read(lambda tx: _need(tx, person))

    async def add(self, person: Person, password: str = "") -> str:
        """A new person, who must change his first password at his first log-in: the one that is
        given, or one that is made up and returned. InputError."""
        check_person(person, self._duties())
        first = password or self._first_password()
        phc = await self._hashed(check_password(first, person.id))
        now_ms = self._clock()
        new = replace(person, password=phc, must_change=True, changed_ms=now_ms)

        def unit(tx: PeopleTx) -> None:
            if tx.persons.get(new.id) is not None:
                raise InputError(f"{new.id} exists already", right="another name", where="id")
            tx.persons.put(new)

        await self._store.write(unit)
        return first

    async def change(
        self,
        person: str,
        *,
        name: str | None = None,
        roles: Sequence[PersonRole] | None = None,
        duties: Sequence[str] | None = None,
        language: str | None = None,
        enabled: bool | None = None,
    ) -> Person:
        """What is not None becomes so. Whose roles or duties change, or who is disabled, has no
        session any more. InputError: nobody of this name, a value that cannot be, or nobody
        would be left who can let others in."""
        now_ms, allowed = self._clock(), self._duties()

        def unit(tx: PeopleTx) -> Person:
            old = _need(tx, person)
            new = replace(
                old,
                name=old.name if name is None else name,
                roles=old.roles if roles is None else tuple(roles),
                duties=old.duties if duties is None else tuple(duties),
                language=old.language if language is None else language,
                enabled=old.enabled if enabled is None else enabled,
            )
            if new == old:
                return old
            check_person(new, (*allowed, *old.duties))
            if old.administers and not new.administers:
                _check_another(tx, person)
            new = replace(new, changed_ms=now_ms)
            tx.persons.put(new)
            if (new.roles, new.duties, new.enabled) != (old.roles, old.duties, old.enabled):
                _end_all(tx, person)
            return new

        return await self._store.write(unit)

    async def set_password(self, person: str, password: str = "") -> str:
        """A password that an administrator knows, so it must be changed: the one given, or one
        that is made up; returned. All sessions of the person end. InputError."""
        first = password or self._first_password()
        phc = await self._hashed(check_password(first, person))
        now_ms = self._clock()

        def unit(tx: PeopleTx) -> None:
            old = _need(tx, person)
            tx.persons.put(replace(old, password=phc, must_change=True, changed_ms=now_ms))
            _end_all(tx, person)

        await self._store.write(unit)
        return first

    # ---- acts

    async def record(self, act: Act) -> None:
        """Keep what was done. StorageError."""
        kept = replace(act, path=act.path[:MAX_PATH], subject=act.subject[:MAX_PATH])
        await self._store.write(lambda tx: tx.acts.append(kept))

    async def acts(
        self, *, before: int = 0, limit: int = MOST_A_PAGE, subject: str = "", person: str = ""
    ) -> list[Act]:
        """A page, the newest first; see ``ports.Acts.page``."""
        limit = max(1, min(limit, MOST_A_PAGE))
        found = await self._store.read(
            lambda tx: tx.acts.page(before=before, limit=limit, subject=subject, person=person)
        )
        return list(found)

    # ---- inside

    async def _begin(
        self, person: Person, duty: str, begun_ms: int, ends_ms: int, act: Act | None = None
    ) -> LoggedIn | Refused:
        now_ms = self._clock()
        token = _text(self._fresh(TOKEN_BYTES))
        session = Session(
            hash_of(token), person.id, duty, begun_ms, ends_ms, _text(self._fresh(CSRF_BYTES))
        )

        def unit(tx: PeopleTx) -> bool:
            if tx.persons.get(person.id) != person:  # changed while the hash was computed
                return False
            tx.sessions.end_before(now_ms)
            for old in tx.sessions.all(person.id)[MOST_SESSIONS - 1 :]:
                tx.sessions.end(old.token_hash)
            tx.sessions.put(session)
            if act is not None:
                tx.acts.append(act)
            return True

        begun = await self._store.write(unit)
        return LoggedIn(token, session, person) if begun else Refused()

    @staticmethod
    def _log_in_act(person: str, duty: str, at_ms: int, status: int) -> Act:
        subject = f"person:{person}" if person else ""
        return Act(at_ms, person, duty, "POST", SESSION_PATH, subject, status)

    async def _is_right(self, password: str, person: Person | None) -> bool:
        """The work of one hash, whoever it is."""
        async with self._turns:
            if not self._dummy:
                cost = self.settings.cost
                self._dummy = await asyncio.to_thread(hashed, "nobody", _DUMMY_SALT, cost)
            phc = person.password if person is not None and person.password else self._dummy
            right = await asyncio.to_thread(matches, password, phc)
        return right and person is not None and bool(person.password)

    async def _hashed(self, plain: str) -> str:
        salt = self._fresh(SALT_BYTES)
        async with self._turns:
            return await asyncio.to_thread(hashed, plain, salt, self.settings.cost)

    def _first_password(self) -> str:
        """24 letters and digits in groups of six, 120 bits: to be read out once."""
        text = base64.b32encode(self._fresh(_FIRST_PASSWORD_BYTES)).decode().lower()
        return "-".join(text[at : at + 6] for at in range(0, len(text), 6))

    @staticmethod
    def _check_duty(person: Person, duty: str) -> None:
        if (duty or person.duties) and duty not in person.duties:
            raise InputError(
                f"{duty[:40]!r} is no duty role of {person.id}",
                right=f"of {', '.join(person.duties)}" if person.duties else "no duty role",
                where="duty",
            )

    def _shift_ms(self, hours: float | None) -> int:
        longest = self.settings.longest_shift_h
        shift_h = self.settings.shift_h if hours is None else hours
        if not 0.25 <= shift_h <= longest:
            raise InputError(
                f"a shift of {shift_h:g} h", right=f"0.25 to {longest} hours", where="hours"
            )
        return round(shift_h * HOUR_MS)


def _present(tx: PeopleTx, token_hash: str, now_ms: int) -> Present | None:
    session = tx.sessions.get(token_hash)
    if session is None or session.is_over(now_ms):
        return None
    person = tx.persons.get(session.person)
    if person is None or not person.enabled:
        return None
    return Present(session, person)


def _need(tx: PeopleTx, person: str) -> Person:
    found = tx.persons.get(person)
    if found is None:
        raise InputError(
            f"nobody has the log-in name {person[:40]!r}", right="a person of the list"
        )
    return found


def _end_all(tx: PeopleTx, person: str) -> int:
    found = tx.sessions.all(person)
    for one in found:
        tx.sessions.end(one.token_hash)
    return len(found)


def _check_another(tx: PeopleTx, person: str) -> None:
    if not any(one.administers for one in tx.persons.all() if one.id != person):
        raise InputError(
            f"{person} is the last administrator who can log in",
            right="another enabled administrator first",
            where="roles",
        )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
