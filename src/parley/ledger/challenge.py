"""Challenges: a party asks a third one to hand over a note for which it holds no receipt.

The challenge (``parley/challenge/v1``) is signed by the sender of the note, the testimony
(``parley/testimony/v1``) by the third party that tried. A receipt that comes back is a receipt. A
testimony of no answer says that a second way failed as well, as far as that party is believed: the
silence stays suspected, it is never proved; any network can lose any message.
"""

from __future__ import annotations

from dataclasses import dataclass

from parley.errors import ForgedError, FormatError, InputError, MalformedError
from parley.ledger.canonical import INT_LIMIT, JsonValue, b64
from parley.ledger.fields import base64, key_by, members, number, text, unseal_as
from parley.ledger.keyring import Keyring
from parley.ledger.keys import Keys, SigningKey, check_name
from parley.ledger.receipt import MAX_RECEIPT_BYTES, check_receipt, unhex32
from parley.ledger.statement import note_hash, seal, unseal

CHALLENGE_TYPE = "parley/challenge/v1"
TESTIMONY_TYPE = "parley/testimony/v1"
MAX_CHALLENGED_BYTES = 40_000
OUTCOMES = ("receipt", "refused", "no answer")

_CHALLENGE = frozenset(("at_ms", "note", "party", "to", "via"))
_TESTIMONY = frozenset(("at_ms", "challenge", "outcome", "party", "receipt", "to"))


@dataclass(frozen=True, slots=True)
class Challenge:
    """`party` says: I sent `to` this exact note and hold no receipt; `via`, please hand it over.

    note: 1 to 40,000 bytes. at_ms: by the clock of `party`. Three different parties. Raises
    FormatError, InputError (a name).
    """

    party: str
    to: str
    via: str
    note: bytes
    at_ms: int

    def __post_init__(self) -> None:
        _check_parties(self.party, self.to, self.via)
        _check_time(self.at_ms)
        if not 0 < len(self.note) <= MAX_CHALLENGED_BYTES:
            raise FormatError(
                f"a challenge over {len(self.note)} bytes", right=f"1 to {MAX_CHALLENGED_BYTES}"
            )


@dataclass(frozen=True, slots=True)
class Testimony:
    """`party` handed over what the challenge of this hash holds to `to`; what came of it.

    outcome: "receipt" (then `receipt` is the exact note, else b""), "refused" or "no answer".
    at_ms: by the clock of `party`. Raises FormatError, InputError (a name).
    """

    party: str
    challenge_hash: bytes
    to: str
    outcome: str
    receipt: bytes
    at_ms: int

    def __post_init__(self) -> None:
        _check_parties(self.party, self.to)
        _check_time(self.at_ms)
        if len(self.challenge_hash) != 32:
            raise FormatError(f"a hash of {len(self.challenge_hash)} bytes", right="32 bytes")
        if self.outcome not in OUTCOMES:
            raise FormatError(f"an outcome {self.outcome!r:.80}", right=", ".join(OUTCOMES))
        if (self.outcome == "receipt") != bool(self.receipt):
            raise FormatError(
                f"{self.outcome} with a receipt of {len(self.receipt)} bytes",
                right="a receipt note exactly when there is one",
            )
        if len(self.receipt) > MAX_RECEIPT_BYTES:
            raise FormatError(
                f"a receipt of {len(self.receipt)} bytes", right=f"at most {MAX_RECEIPT_BYTES}"
            )


def seal_challenge(challenge: Challenge, key: SigningKey) -> bytes:
    """The signed note. Raises FormatError when `key` is of another party."""
    _check_key(challenge.party, key)
    body: dict[str, JsonValue] = {
        "at_ms": challenge.at_ms,
        "note": b64(challenge.note),
        "party": challenge.party,
        "to": challenge.to,
        "via": challenge.via,
    }
    return seal(CHALLENGE_TYPE, body, key)


def open_challenge(data: bytes, keys: Keys) -> Challenge:
    """Verify and parse; does not verify the note within. Raises ForgedError (another party
    signed), MalformedError, and what `unseal` raises."""
    unsealed = unseal_as(CHALLENGE_TYPE, data, keys)
    challenge = challenge_of(unsealed.body)
    key_by(unsealed, challenge.party)
    return challenge


def challenge_of(body: dict[str, JsonValue]) -> Challenge:
    """The challenge in a statement's body. Raises MalformedError."""
    said = members(body, _CHALLENGE)
    try:
        return Challenge(
            text(said["party"]),
            text(said["to"]),
            text(said["via"]),
            base64(said["note"]),
            number(said["at_ms"]),
        )
    except InputError as error:
        raise MalformedError(error.what, right=error.right) from None


def seal_testimony(testimony: Testimony, key: SigningKey) -> bytes:
    """The signed note. Raises FormatError when `key` is of another party."""
    _check_key(testimony.party, key)
    body: dict[str, JsonValue] = {
        "at_ms": testimony.at_ms,
        "challenge": testimony.challenge_hash.hex(),
        "outcome": testimony.outcome,
        "party": testimony.party,
        "receipt": b64(testimony.receipt),
        "to": testimony.to,
    }
    return seal(TESTIMONY_TYPE, body, key)


def open_testimony(data: bytes, keys: Keys) -> Testimony:
    """Verify and parse; `check_testimony` verifies the receipt. Raises as `open_challenge`."""
    unsealed = unseal_as(TESTIMONY_TYPE, data, keys)
    testimony = testimony_of(unsealed.body)
    key_by(unsealed, testimony.party)
    return testimony


def testimony_of(body: dict[str, JsonValue]) -> Testimony:
    """The testimony in a statement's body. Raises MalformedError."""
    said = members(body, _TESTIMONY)
    try:
        return Testimony(
            text(said["party"]),
            unhex32(said["challenge"]),
            text(said["to"]),
            text(said["outcome"]),
            base64(said["receipt"]),
            number(said["at_ms"]),
        )
    except InputError as error:
        raise MalformedError(error.what, right=error.right) from None


def check_testimony(testimony: Testimony, challenge_note: bytes, ring: Keyring) -> Challenge:
    """The challenge, when `testimony` answers exactly it and its receipt is for the note in it.

    Raises ForgedError when they do not belong together, and as `open_challenge`, `check_receipt`.
    """
    challenge = open_challenge(challenge_note, ring.note_keys)
    if note_hash(challenge_note) != testimony.challenge_hash:
        raise ForgedError("the testimony answers another challenge", right="this one's hash")
    if (testimony.party, testimony.to) != (challenge.via, challenge.to):
        raise ForgedError(
            f"{testimony.party} testifies about {testimony.to}",
            right=f"{challenge.via} about {challenge.to}",
        )
    if testimony.receipt:
        sealed = unseal(testimony.receipt, ring.keys_of(challenge.to), max_bytes=MAX_RECEIPT_BYTES)
        receipt = check_receipt(sealed)[0]
        ring.speaker(sealed.keys, receipt.log, receipt.index)
        if receipt.note_hash != note_hash(challenge.note):
            raise ForgedError("the receipt is for another note", right="the challenged note")
    return challenge


def _check_parties(*parties: str) -> None:
    for party in parties:
        check_name(party)
    if len(set(parties)) != len(parties):
        raise FormatError(f"a party twice: {', '.join(parties)[:120]}", right="different parties")


def _check_time(at_ms: int) -> None:
    if type(at_ms) is not int or not 0 <= at_ms < INT_LIMIT:
        raise FormatError(f"at_ms is {at_ms!r:.40}", right="0 <= integer < 2^53")


def _check_key(party: str, key: SigningKey) -> None:
    if key.name != party:
        raise FormatError(f"{key.name} signs in the name of {party}", right=f"a key of {party}")
