"""A person at the console, and the rules of names and passwords. Pure, but for the work of a hash.

Source of the rules of passwords: NIST SP 800-63B (length before composition, NFKC, no expiry).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from parley.errors import ConfigError, InputError
from parley.node.people.roles import Can, PersonRole, allowed
from parley.node.people.settings import HashCost

LANGUAGES = ("en", "ru", "he", "ar")
MIN_PASSWORD, MAX_PASSWORD = 12, 256
MIN_DISTINCT = 5
MAX_NAME = 80
SALT_BYTES, HASH_BYTES = 16, 32
_ONE_AT_A_TIME = threading.Lock()
"""Two hashes of several lanes at once never end: they wait for each other's threads in OpenSSL."""
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_ID_RIGHT = "1 to 32 of a-z, 0-9, dot, _ and -, a letter or digit first"


@dataclass(frozen=True, slots=True)
class Person:
    """id: the log-in name. duties: duty roles of the agreement that may be spoken under.
    password: a PHC string of Argon2id, "" for none yet (nobody gets in by it). must_change: an
    administrator knows the password."""

    id: str
    name: str
    roles: tuple[PersonRole, ...]
    duties: tuple[str, ...] = ()
    language: str = "en"
    enabled: bool = True
    password: str = ""
    must_change: bool = False
    changed_ms: int = 0

    @property
    def can(self) -> frozenset[Can]:
        return allowed(self.roles)

    @property
    def administers(self) -> bool:
        """Whether this is somebody who can let others in."""
        return self.enabled and PersonRole.ADMINISTRATOR in self.roles


def check_id(person: str) -> str:
    """The log-in name. Raises InputError."""
    if not _ID.fullmatch(person):
        raise InputError(f"log-in name {person[:40]!r}", right=_ID_RIGHT, where="id")
    return person


def is_id(person: str) -> bool:
    return _ID.fullmatch(person) is not None


def check_person(person: Person, duties: Collection[str]) -> Person:
    """The person, if all of it can be. duties: the duty roles of our party. Raises InputError."""
    check_id(person.id)
    hidden = [c for c in person.name if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029"]
    if not person.name.strip() or len(person.name) > MAX_NAME or hidden:
        raise InputError(
            f"a name of {len(person.name)} characters, {len(hidden)} of them not to be seen",
            right=f"1 to {MAX_NAME} characters that can be seen, on one line",
            where="name",
        )
    if not person.roles or len(set(person.roles)) != len(person.roles):
        raise InputError("no role, or one twice", right="one role or several", where="roles")
    unknown = [duty for duty in person.duties if duty not in duties]
    if unknown or len(set(person.duties)) != len(person.duties):
        raise InputError(
            f"{unknown[0]!r} is no duty role of ours" if unknown else "a duty role stands twice",
            right=f"of {', '.join(duties)}",
            where="duties",
        )
    if person.language not in LANGUAGES:
        raise InputError(
            f"language {person.language[:20]!r}", right=", ".join(LANGUAGES), where="language"
        )
    return person


def check_password(password: str, person: str) -> str:
    """The password in the form in which it is hashed (NFKC). Raises InputError, which does not
    repeat it."""
    try:
        password.encode()
    except UnicodeEncodeError:
        raise InputError("a password that is no text", right="text", where="password") from None
    plain = unicodedata.normalize("NFKC", password)
    if not MIN_PASSWORD <= len(plain) <= MAX_PASSWORD:
        raise InputError(
            f"a password of {len(plain)} characters",
            right=f"{MIN_PASSWORD} to {MAX_PASSWORD} characters",
            where="password",
        )
    if len(set(plain)) < MIN_DISTINCT or person in plain.lower():
        raise InputError(
            "a password of few different characters, or with the log-in name in it",
            right="a few words that nobody guesses",
            where="password",
        )
    return plain


def hashed(password: str, salt: bytes, cost: HashCost) -> str:
    """The PHC string of a password. Takes a tenth of a second: in a thread.

    ConfigError: this build has no Argon2id. Source: RFC 9106; the PHC string format."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        made = Argon2id(
            salt=salt,
            length=HASH_BYTES,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        )
    except UnsupportedAlgorithm:
        raise ConfigError(
            "this build of OpenSSL has no Argon2id", right="OpenSSL 3.2 or later"
        ) from None
    with _ONE_AT_A_TIME:
        return made.derive_phc_encoded(password.encode())


def matches(password: str, phc: str) -> bool:
    """Whether a PHC string is of this password. As slow as ``hashed``; "" and what is no PHC
    string match nothing."""
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    plain = unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
    try:
        with _ONE_AT_A_TIME:
            Argon2id.verify_phc_encoded(plain, phc)
    except (InvalidKey, ValueError):
        return False
    return True
