"""Receipts: the receiver's machine says which note it has durably logged, where and when.

A receipt is not a person's acknowledgement and not agreement; it is a statement
(``parley/receipt/v1``) signed by the party whose log it names.
"""

from __future__ import annotations

from dataclasses import dataclass

from parley.errors import ForgedError, FormatError, MalformedError
from parley.ledger.canonical import INT_LIMIT, JsonValue
from parley.ledger.checkpoint import party_of
from parley.ledger.keys import Keys, SigningKey, VerifyKey
from parley.ledger.statement import Unsealed, seal, unseal

RECEIPT_TYPE = "parley/receipt/v1"
MAX_RECEIPT_BYTES = 4096
_FIELDS = {"note_hash", "log", "index", "leaf_hash", "at_ms"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """`note_hash` and `leaf_hash`: 32 bytes. `log`: origin line of the receiver's log.

    `index`: where the note stands there, from 0. `at_ms`: the receiver's clock, claimed only.
    Raises FormatError on other lengths and ranges.
    """

    note_hash: bytes
    log: str
    index: int
    leaf_hash: bytes
    at_ms: int

    def __post_init__(self) -> None:
        for name, digest in (("note_hash", self.note_hash), ("leaf_hash", self.leaf_hash)):
            if type(digest) is not bytes or len(digest) != 32:
                raise FormatError(f"{name} is {digest!r:.80}", right="32 bytes")
        for name, number in (("index", self.index), ("at_ms", self.at_ms)):
            if type(number) is not int or not 0 <= number < INT_LIMIT:
                raise FormatError(f"{name} is {number!r:.40}", right="0 <= integer < 2^53")
        if not self.log or not self.log.isprintable():
            raise FormatError(f"{self.log!r:.80} is no log origin", right="one printable line")

    @property
    def party(self) -> str:
        """The party whose log this receipt names, the only one who may sign it."""
        return party_of(self.log)


def seal_receipt(receipt: Receipt, key: SigningKey) -> bytes:
    """The signed note of `receipt`. Raises FormatError when `key` is not of the log's party."""
    if key.name not in (receipt.log, receipt.party):
        raise FormatError(
            f"{key.name} signs a receipt of {receipt.log}", right=f"a key of {receipt.party}"
        )
    body: dict[str, JsonValue] = {
        "note_hash": receipt.note_hash.hex(),
        "log": receipt.log,
        "index": receipt.index,
        "leaf_hash": receipt.leaf_hash.hex(),
        "at_ms": receipt.at_ms,
    }
    return seal(RECEIPT_TYPE, body, key)


def open_receipt(data: bytes, keys: Keys, *, max_bytes: int = MAX_RECEIPT_BYTES) -> Receipt:
    """Verify and parse; a signer must carry the name of the log's party.

    Raises ForgedError (another party signed), MalformedError, and what `unseal` raises.
    """
    return check_receipt(unseal(data, keys, max_bytes=max_bytes))[0]


def check_receipt(unsealed: Unsealed) -> tuple[Receipt, VerifyKey]:
    """The receipt in a verified statement, and the key of its log's party that signed it.

    Raises ForgedError (another party signed), MalformedError (no receipt).
    """
    if unsealed.type != RECEIPT_TYPE:
        raise MalformedError(f"a statement of type {unsealed.type}", right=RECEIPT_TYPE)
    receipt = receipt_of(unsealed.body)
    names = (receipt.log, receipt.party)
    own = next((key for key in unsealed.keys if key.name in names), None)
    if own is None:
        raise ForgedError(
            f"the receipt of {receipt.log} is signed by {unsealed.signer_name}",
            right=f"a signature by {receipt.party}",
        )
    return receipt, own


def receipt_of(body: dict[str, JsonValue]) -> Receipt:
    """The receipt in a statement's body. Raises MalformedError on missing or other members."""
    if set(body) != _FIELDS:
        odd = ", ".join(sorted(set(body) ^ _FIELDS))
        raise MalformedError(f"missing or unknown members: {odd[:120]}", right="five members")
    log, index, at_ms = body["log"], body["index"], body["at_ms"]
    if type(log) is not str or type(index) is not int or type(at_ms) is not int:
        raise MalformedError("log, index or at_ms of another type", right="text, integer, integer")
    try:
        return Receipt(unhex32(body["note_hash"]), log, index, unhex32(body["leaf_hash"]), at_ms)
    except FormatError as error:
        raise MalformedError(error.what, right=error.right) from None


def unhex32(value: JsonValue) -> bytes:
    """32 bytes from 64 lower-case hex digits. Raises MalformedError."""
    right = "64 lower-case hex digits"
    if type(value) is not str or len(value) != 64:
        raise MalformedError(f"{value!r:.80} is no hash", right=right)
    try:
        digest = bytes.fromhex(value)
    except ValueError:
        raise MalformedError(f"{value!r:.80} is no hash", right=right) from None
    if digest.hex() != value:
        raise MalformedError(f"{value!r:.80} is no hash", right=right)
    return digest
