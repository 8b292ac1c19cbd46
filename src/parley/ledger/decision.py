"""Decisions: what was known when a person decided, as a statement (``parley/decision/v1``).

It names the size and root of the party's own log, the heads of the others' logs that it had seen
last, and the findings that stood. A later claim "we had not seen it" or "we had" is held against
that. It is the party's own word; only the heads in it can be compared with anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from parley.errors import FormatError, MalformedError
from parley.ledger.canonical import INT_LIMIT, JsonValue
from parley.ledger.checkpoint import party_of
from parley.ledger.fields import (
    MAX_TEXT_CHARS,
    each,
    is_line,
    key_by,
    members,
    number,
    text,
    unseal_as,
)
from parley.ledger.keys import Keys, SigningKey
from parley.ledger.receipt import unhex32
from parley.ledger.statement import seal

DECISION_TYPE = "parley/decision/v1"
MAX_FINDINGS = 64
MAX_SEEN_HEADS = 64

_MEMBERS = frozenset(
    (
        *("act", "at_ms", "findings", "heads", "log", "party"),
        *("ref", "role", "root", "size", "version"),
    )
)


@dataclass(frozen=True, slots=True)
class SeenHead:
    """A head of another party's log: origin, size in leaves, root (32 bytes).

    Raises FormatError on an origin that is no printable line, other sizes and lengths.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or not _is_short(self.origin):
            raise FormatError(f"{self.origin!r:.80} is no origin", right="one printable line")
        if type(self.size) is not int or not 0 <= self.size < INT_LIMIT or len(self.root) != 32:
            raise FormatError(
                f"a head of size {self.size}, root of {len(self.root)} bytes", right="size, 32"
            )


@dataclass(frozen=True, slots=True)
class Decision:
    """A person of `party` did `act` under duty role `role`, about version `version` of item `ref`.

    at_ms: by the party's own clock. log, size, root: its own log before this entry. heads: the
    largest head seen of each other log, one an origin, at most 64. findings: keys of those that
    stood about the item, at most 64. `ref` "" and `version` 0: not about an item.
    Raises FormatError on what does not fit; texts have at most 400 characters.
    """

    party: str
    act: str
    ref: str
    version: int
    role: str
    at_ms: int
    log: str
    size: int
    root: bytes
    heads: tuple[SeenHead, ...] = ()
    findings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        texts = (self.party, self.act, self.ref, self.role, self.log, *self.findings)
        if not all(map(_is_short, texts)) or not all((self.party, self.act, *self.findings)):
            raise FormatError(
                f"the decision of {self.party[:80]!r} holds a text that is no short line",
                right=f"printable, at most {MAX_TEXT_CHARS} characters",
            )
        for name, value in (("version", self.version), ("at_ms", self.at_ms)):
            if type(value) is not int or not 0 <= value < INT_LIMIT:
                raise FormatError(f"{name} is {value!r:.40}", right="0 <= integer < 2^53")
        SeenHead(self.log, self.size, self.root)
        if party_of(self.log) != self.party:
            raise FormatError(f"{self.party} decides by the log {self.log[:80]}", right="its own")
        origins = {head.origin for head in self.heads}
        if len(origins) != len(self.heads) or len(self.heads) > MAX_SEEN_HEADS:
            raise FormatError(f"{len(self.heads)} heads", right="one an origin, at most 64")
        if len(set(self.findings)) != len(self.findings) or len(self.findings) > MAX_FINDINGS:
            raise FormatError(f"{len(self.findings)} findings", right="different, at most 64")


def seal_decision(decision: Decision, key: SigningKey) -> bytes:
    """The signed note. Raises FormatError when `key` is of another party, above 64 KiB."""
    if key.name != decision.party:
        raise FormatError(f"{key.name} signs a decision of {decision.party}", right=decision.party)
    heads: list[JsonValue] = [
        {"origin": head.origin, "root": head.root.hex(), "size": head.size}
        for head in decision.heads
    ]
    body: dict[str, JsonValue] = {
        "act": decision.act,
        "at_ms": decision.at_ms,
        "findings": list(decision.findings),
        "heads": heads,
        "log": decision.log,
        "party": decision.party,
        "ref": decision.ref,
        "role": decision.role,
        "root": decision.root.hex(),
        "size": decision.size,
        "version": decision.version,
    }
    return seal(DECISION_TYPE, body, key)


def open_decision(data: bytes, keys: Keys) -> Decision:
    """Verify and parse. Raises ForgedError (another party signed), MalformedError, and what
    `unseal` raises."""
    unsealed = unseal_as(DECISION_TYPE, data, keys)
    decision = decision_of(unsealed.body)
    key_by(unsealed, decision.party)
    return decision


def decision_of(body: dict[str, JsonValue]) -> Decision:
    """The decision in a statement's body. Raises MalformedError, OversizeError."""
    said = members(body, _MEMBERS)
    try:
        return Decision(
            party=text(said["party"]),
            act=text(said["act"]),
            ref=text(said["ref"]),
            version=number(said["version"]),
            role=text(said["role"]),
            at_ms=number(said["at_ms"]),
            log=text(said["log"]),
            size=number(said["size"]),
            root=unhex32(said["root"]),
            heads=each(said["heads"], _head, most=MAX_SEEN_HEADS),
            findings=each(said["findings"], text, most=MAX_FINDINGS),
        )
    except FormatError as error:
        raise MalformedError(error.what, right=error.right) from None


def _head(value: JsonValue) -> SeenHead:
    said = members(value, ("origin", "root", "size"))
    return SeenHead(text(said["origin"]), number(said["size"]), unhex32(said["root"]))


def _is_short(value: str) -> bool:
    return type(value) is str and len(value) <= MAX_TEXT_CHARS and is_line(value)
