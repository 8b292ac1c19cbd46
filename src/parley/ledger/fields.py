"""Readers of the members of a peer's JSON: each returns the value or raises a PeerError."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from parley.errors import ForgedError, MalformedError, OversizeError, ParleyError, PeerError
from parley.ledger.canonical import INT_LIMIT, JsonValue, unb64
from parley.ledger.keys import Keys, VerifyKey
from parley.ledger.note import MAX_NOTE_BYTES
from parley.ledger.statement import Unsealed, unseal

MAX_TEXT_CHARS = 400

T = TypeVar("T")


def members(value: JsonValue, names: Collection[str]) -> dict[str, JsonValue]:
    """An object with exactly these members."""
    if not isinstance(value, dict):
        raise MalformedError(f"a {type(value).__name__} where an object belongs", right="an object")
    odd = set(value) ^ set(names)
    if odd:
        spelled = ", ".join(sorted(odd))
        raise MalformedError(
            f"missing or unknown members: {spelled[:120]}", right=", ".join(sorted(names))
        )
    return value


def each(value: JsonValue, read: Callable[[JsonValue], T], *, most: int) -> tuple[T, ...]:
    """A list of at most `most`, each member read."""
    if not isinstance(value, list):
        raise MalformedError(f"a {type(value).__name__} where a list belongs", right="a list")
    if len(value) > most:
        raise OversizeError(f"a list of {len(value)}", right=f"at most {most}")
    return tuple(read(member) for member in value)


def text(value: JsonValue) -> str:
    """A printable string of at most 400 characters; may be empty."""
    if type(value) is not str or len(value) > MAX_TEXT_CHARS or not is_line(value):
        raise MalformedError(f"{value!r:.80} where text belongs", right="a short printable line")
    return value


def is_line(value: str) -> bool:
    """Whether `value` is empty or one printable line."""
    return not value or value.isprintable()


def number(value: JsonValue, least: int = 0) -> int:
    """An integer from `least` to 2^53 - 1."""
    if type(value) is not int or not least <= value < INT_LIMIT:
        raise MalformedError(f"{value!r:.40} where a number belongs", right=f"from {least} on")
    return value


def base64(value: JsonValue) -> bytes:
    """Bytes spelled in base64."""
    if type(value) is not str:
        raise MalformedError(f"a {type(value).__name__} where base64 belongs", right="base64 text")
    return unb64(value)


def hash32(value: JsonValue) -> bytes:
    """32 bytes spelled in base64."""
    digest = base64(value)
    if len(digest) != 32:
        raise MalformedError(f"a hash of {len(digest)} bytes", right="32 bytes")
    return digest


def unseal_as(
    type_line: str, data: bytes, keys: Keys, *, max_bytes: int = MAX_NOTE_BYTES
) -> Unsealed:
    """Verify a statement that must be of this type. What `unseal` raises, MalformedError."""
    unsealed = unseal(data, keys, max_bytes=max_bytes)
    if unsealed.type != type_line:
        raise MalformedError(f"a statement of type {unsealed.type}", right=type_line)
    return unsealed


def key_by(unsealed: Unsealed, party: str) -> VerifyKey:
    """The key of `party` that signed. Raises ForgedError when none did."""
    own = next((key for key in unsealed.keys if key.name == party), None)
    if own is None:
        raise ForgedError(
            f"a statement in the name of {party[:80]} is signed by {unsealed.signer_name}",
            right=f"the signature of {party[:80]}",
        )
    return own


def parts(name: str, value: JsonValue, read: Callable[[JsonValue], T], most: int) -> tuple[T, ...]:
    """Each part read; an error names the part that it is in."""
    found = []
    for place, member in enumerate(each(value, lambda v: v, most=most)):
        try:
            found.append(read(member))
        except ParleyError as error:
            raise located(error, f"{name}[{place}]") from None
    return tuple(found)


def in_order(name: str, keys: Iterable[object], *, rising: bool = True) -> None:
    """MalformedError when a part stands twice, or out of order where an order is asked."""
    listed = list(keys)
    unique = set(listed)
    if len(unique) != len(listed) or (rising and sorted(unique) != listed):  # type: ignore[type-var]
        raise MalformedError(f"{name} stand twice or out of order", right="each once, sorted")


def located(error: ParleyError, where: str) -> PeerError:
    """The same error with an outer place in front, as a fault of the file's author."""
    kind = type(error) if isinstance(error, PeerError) else MalformedError
    place = ", ".join(part for part in (where, error.where) if part)
    return kind(error.what, right=error.right, where=place)
