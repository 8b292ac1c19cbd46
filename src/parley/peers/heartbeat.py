"""Heartbeats: signed signs of life between two nodes. They are not logged.

``number`` rises with every heartbeat that a party sends to one peer; ``heard`` is the highest
number it has heard from that peer. So an answer is fresh if it has heard the question, and an
old heartbeat that somebody plays again counts for nothing. Clocks play no part in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from parley.errors import ForgedError, MalformedError, ReplayError, UnknownPartyError
from parley.ledger import JsonValue, SigningKey, seal, unseal
from parley.ledger.keys import Keys, key_values

HEARTBEAT_TYPE = "parley/heartbeat/v1"
MAX_HEARTBEAT_BYTES = 4096
NUMBER_LIMIT = 2**52
"""Numbers stay below it; a peer that claims to have heard more is not believed."""

_TEXTS = ("by", "to", "agreement")
_NUMBERS = ("at_ms", "number", "heard", "pending")


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """by, to: party ids. agreement: ``id@version:digest`` that ``by`` works under.

    at_ms: the speaker's clock. pending: notes it has waiting for ``to``.
    """

    by: str
    to: str
    agreement: str
    at_ms: int
    number: int
    heard: int
    pending: int


def seal_heartbeat(beat: Heartbeat, key: SigningKey) -> bytes:
    """The signed note of a heartbeat."""
    body: dict[str, JsonValue] = dict(asdict(beat))
    return seal(HEARTBEAT_TYPE, body, key)


def open_heartbeat(data: bytes, keys: Keys, *, us: str) -> Heartbeat:
    """Verify and parse a heartbeat that was sent to party ``us``.

    Raises ForgedError (a signature that does not verify, or another party's), UnknownPartyError
    (no key of the roster), ReplayError (meant for another party), MalformedError, OversizeError.
    """
    unsealed = unseal(data, keys, max_bytes=MAX_HEARTBEAT_BYTES)
    if unsealed.type != HEARTBEAT_TYPE:
        raise MalformedError(f"a statement of type {unsealed.type}", right=HEARTBEAT_TYPE)
    beat = _heartbeat_of(unsealed.body)
    if beat.by not in {key.name for key in key_values(keys)}:
        raise UnknownPartyError(
            f"a heartbeat in the name of {beat.by[:64]!r}", right="a party of the roster"
        )
    if beat.by not in unsealed.signers:
        raise ForgedError(
            f"the heartbeat of {beat.by[:64]} is signed by {unsealed.signer_name}",
            right=f"a signature by {beat.by[:64]}",
        )
    if beat.to != us:
        raise ReplayError(
            f"the heartbeat of {beat.by} was meant for {beat.to[:64]!r}",
            right=us,
            at_fault=f"party {beat.by}",
        )
    return beat


def _heartbeat_of(body: Mapping[str, JsonValue]) -> Heartbeat:
    if set(body) != {*_TEXTS, *_NUMBERS}:
        odd = ", ".join(sorted(set(body) ^ {*_TEXTS, *_NUMBERS}))
        raise MalformedError(f"missing or unknown members: {odd[:120]}", right="seven members")
    texts: list[str] = []
    numbers: list[int] = []
    for name in _TEXTS:
        value = body[name]
        if type(value) is not str or not 1 <= len(value) <= 300:
            raise MalformedError(f"{name} is {value!r:.80}", right="a name", where=name)
        texts.append(value)
    for name in _NUMBERS:
        count = body[name]
        if type(count) is not int or not 0 <= count < NUMBER_LIMIT:
            right = f"an integer from 0 to {NUMBER_LIMIT - 1}"
            raise MalformedError(f"{name} is {count!r:.80}", right=right, where=name)
        numbers.append(count)
    by, to, agreement = texts
    return Heartbeat(by, to, agreement, *numbers)


class Pulse:
    """The numbers of one pair of parties, as one of the two keeps them."""

    def __init__(self, start: int) -> None:
        """start: our numbers begin behind it (the clock's milliseconds: rises over restarts)."""
        self.sent = min(max(start, 0), NUMBER_LIMIT // 2)
        self.heard = 0

    def next(self) -> int:
        """The number of our next heartbeat."""
        self.sent += 1
        return self.sent

    def hear(self, number: int) -> bool:
        """Whether a heartbeat at our door is news; one that was heard already is not."""
        if number <= self.heard:
            return False
        self.heard = number
        return True

    def answered(self, number: int, heard: int) -> bool:
        """Whether an answer is to our question ``number``, not an older answer played again.

        A peer that remembers higher numbers than ours (our clock was set back) is believed
        from the next heartbeat on.
        """
        if heard > number:
            self.sent = max(self.sent, heard)
            return False
        return heard == number
