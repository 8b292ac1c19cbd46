"""Whose signatures make a head believed: logs, witnesses, groups, one quorum (C2SP tlog-policy).

Octets are opaque: text is UTF-8 with surrogate escapes, names are compared exactly. Own limits:
64 logs, 64 witnesses, 64 groups, 512 KiB. One deviation: a log key may carry the party's name in
place of the origin, as Parley's own do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from parley.errors import ForgedError, FormatError, InputError
from parley.ledger.checkpoint import OpenedCheckpoint
from parley.ledger.cosignature import outside_cosignatures, own_party
from parley.ledger.keys import ED25519, ED25519_COSIGNER, MLDSA44_COSIGNER, VerifyKey

MAX_LINES_OF_A_KIND = 64
MAX_POLICY_BYTES = 524288
NONE = "none"

_OPAQUE = "surrogateescape"
_WORD = re.compile(r"[^\x00-\x20\x7f]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_LOG_ALGORITHMS = (ED25519, MLDSA44_COSIGNER)
_WITNESS_ALGORITHMS = (ED25519_COSIGNER, MLDSA44_COSIGNER)


@dataclass(frozen=True, slots=True)
class PolicyLog:
    """A log by its key (0x01 or 0x06), named as its origin or its party."""

    key: VerifyKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness by its one key (0x04 or 0x06); `name` has a meaning inside the policy only."""

    name: str
    key: VerifyKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class PolicyGroup:
    """At least `k` of `members` (witnesses and earlier groups), 1 <= k <= n."""

    name: str
    k: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy; `quorum` is a witness, a group or ``none``.

    Groups stand in the order of their definition. Raises FormatError on a key twice, a name
    twice or undefined, a member listed twice anywhere, k out of range, too many lines.
    """

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...]
    groups: tuple[PolicyGroup, ...]
    quorum: str
    _members: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_keys("log", [log.key for log in self.logs], _LOG_ALGORITHMS)
        _check_keys("witness", [seen.key for seen in self.witnesses], _WITNESS_ALGORITHMS)
        counts = {"log": len(self.logs), "witness": len(self.witnesses), "group": len(self.groups)}
        for kind, count in counts.items():
            if count > MAX_LINES_OF_A_KIND:
                raise FormatError(f"{count} {kind} lines", right=f"at most {MAX_LINES_OF_A_KIND}")
        for url in (*(log.url for log in self.logs), *(seen.url for seen in self.witnesses)):
            if url and not _is_word(url):
                raise FormatError(f"{url[:80]!r} is no URL", right="one word")
        names = _Names()
        for witness in self.witnesses:
            names.define(witness.name)
        for group in self.groups:
            names.define_group(group)
        names.need(self.quorum, "the quorum", none=True)
        object.__setattr__(self, "_members", {group.name: group.members for group in self.groups})

    @property
    def keys(self) -> tuple[VerifyKey, ...]:
        """Every log's and witness's key, each once: what a checkpoint is to be opened with."""
        logs, witnesses = (log.key for log in self.logs), (seen.key for seen in self.witnesses)
        return tuple(dict.fromkeys((*logs, *witnesses)))

    def check(self, opened: OpenedCheckpoint) -> dict[str, int]:
        """The witnesses that count for the quorum, by policy name, with their POSIX seconds.

        `opened` was opened with at least `keys`. With `logs` empty any log passes. A
        cosignature without a time or by the log's own party does not count. Raises ForgedError
        naming the log or the quorum that is missing.
        """
        self._check_log(opened)
        if self.quorum == NONE:
            return {}
        times = {seen.key: seen.at_s for seen in outside_cosignatures(opened)}
        signed = {w.name: times[w.key] for w in self.witnesses if w.key in times}
        met = set(signed)
        for group in self.groups:
            if len(met.intersection(group.members)) >= group.k:
                met.add(group.name)
        if self.quorum not in met:
            raise ForgedError(
                f"the quorum {self.quorum} is missing on {opened.checkpoint.origin} at size"
                f" {opened.checkpoint.size}: cosigned by {', '.join(signed) or 'no witness'}",
                right=self._wanted(self.quorum),
            )
        below = self._witnesses_below(self.quorum)
        return {name: at_s for name, at_s in signed.items() if name in below}

    def to_bytes(self) -> bytes:
        """The policy file: logs, witnesses, groups, quorum, one line each."""
        lines = [f"log {log.key.to_vkey()} {log.url}".rstrip() for log in self.logs]
        lines += [f"witness {w.name} {w.key.to_vkey()} {w.url}".rstrip() for w in self.witnesses]
        for group in self.groups:
            words = {1: "any", len(group.members): "all"}
            k = words.get(group.k, str(group.k))
            lines.append(" ".join(("group", group.name, k, *group.members)))
        lines.append(f"quorum {self.quorum}")
        return "".join(f"{line}\n" for line in lines).encode("utf-8", _OPAQUE)

    @classmethod
    def parse(cls, data: bytes) -> Policy:
        """Inverse of `to_bytes`, and any other order, spacing, comments that the standard allows.

        Raises FormatError naming the line (from 1), InputError on a bad key.
        """
        return _parse(data)

    def _check_log(self, opened: OpenedCheckpoint) -> None:
        if not self.logs:
            return
        own = own_party(opened)
        listed = {log.key for log in self.logs}
        if not any(key in listed and key.name in own for key in opened.signers):
            raise ForgedError(
                f"the log {opened.checkpoint.origin} is not in the policy",
                right=", ".join(log.key.name for log in self.logs),
            )

    def _witnesses_below(self, name: str) -> set[str]:
        below = {name}
        for group in reversed(self.groups):
            if group.name in below:
                below.update(group.members)
        return below

    def _wanted(self, name: str) -> str:
        group = next((group for group in self.groups if group.name == name), None)
        if group is None:
            return f"a cosignature by {name}"
        return f"{group.k} of {', '.join(group.members)}"


def party_policy(
    log_keys: Sequence[VerifyKey], witnesses: Mapping[str, Sequence[VerifyKey]], k: int
) -> Policy:
    """Any `k` of the parties in `witnesses`; a party has cosigned when any of its keys has.

    Each key becomes a witness line ``<party>/<key id>``, each party a group ``any``. Keys of
    `log_keys` that are neither 0x01 nor 0x06 are left out; k == 0 asks for no witness. Raises
    FormatError when k is negative or above the number of parties, or a party has no key.
    """
    logs = tuple(PolicyLog(key) for key in log_keys if key.algorithm in _LOG_ALGORITHMS)
    rows = [
        (party, PolicyWitness(f"{party}/{key.key_id.hex()}", key))
        for party, keys in witnesses.items()
        for key in keys
    ]
    lines = tuple(line for _, line in rows)
    if k == 0:
        return Policy(logs, lines, (), NONE)
    groups = [
        PolicyGroup(party, 1, tuple(line.name for owner, line in rows if owner == party))
        for party in witnesses
    ]
    quorum = PolicyGroup("quorum/parties", k, tuple(witnesses))
    return Policy(logs, lines, (*groups, quorum), quorum.name)


class _Names:
    """The one namespace of witnesses and groups, and who is a member already."""

    def __init__(self) -> None:
        self.defined: set[str] = set()
        self.listed: set[str] = set()

    def define(self, name: str) -> None:
        if not _is_word(name) or name == NONE:
            raise FormatError(f"{name[:80]!r} is no name", right="one word, not none")
        if name in self.defined:
            raise FormatError(f"the name {name[:80]!r} is defined twice", right="once")
        self.defined.add(name)

    def define_group(self, group: PolicyGroup) -> None:
        for member in group.members:
            self.need(member, f"the group {group.name[:80]!r}")
            if member in self.listed:
                raise FormatError(f"{member[:80]!r} is a group's member twice", right="once")
            self.listed.add(member)
        if not 1 <= group.k <= len(group.members):
            raise FormatError(
                f"the group {group.name[:80]!r} wants {group.k} of {len(group.members)}",
                right="1 <= k <= n",
            )
        self.define(group.name)

    def need(self, name: str, user: str, *, none: bool = False) -> None:
        if name not in self.defined and not (none and name == NONE):
            raise FormatError(f"{user} names {name[:80]!r}", right="a name that is defined above")


def _check_keys(kind: str, keys: Sequence[VerifyKey], algorithms: tuple[int, ...]) -> None:
    seen: set[bytes] = set()
    for key in keys:
        if key.algorithm not in algorithms:
            raise FormatError(
                f"the {kind} {key.name} has a key of algorithm {key.algorithm:02x}",
                right=" or ".join(f"{number:02x}" for number in algorithms),
            )
        if key.public in seen:
            raise FormatError(f"the {kind} {key.name} has a key that another {kind} has", right="1")
        seen.add(key.public)


def _is_word(text: str) -> bool:
    """Whether `text` is one word that reads the same after it was written."""
    if not _WORD.fullmatch(text):
        return False
    try:
        return text.encode("utf-8", _OPAQUE).decode("utf-8", _OPAQUE) == text
    except UnicodeEncodeError:
        return False


def _parse(data: bytes) -> Policy:
    if len(data) > MAX_POLICY_BYTES:
        raise FormatError(f"a policy of {len(data)} bytes", right=f"at most {MAX_POLICY_BYTES}")
    if not data.endswith(b"\n"):
        raise FormatError("a policy that does not end in a newline", right="lines")
    forbidden = _FORBIDDEN.search(data)
    if forbidden:
        raise FormatError(f"control character {forbidden[0].hex()}", right="tab and newline only")
    reader = _Reader()
    for number, line in enumerate(data.decode("utf-8", _OPAQUE).split("\n"), 1):
        try:
            reader.take(_WORD.findall(line))
        except InputError as error:
            raise error.blamed_on("the author of this policy", where=f"line {number}") from None
    if not reader.quorums:
        raise FormatError("a policy without a quorum", right="one quorum line")
    return Policy(
        tuple(reader.logs), tuple(reader.witnesses), tuple(reader.groups), reader.quorums[0]
    )


class _Reader:
    """Lines in their order; a name must be defined above its use."""

    def __init__(self) -> None:
        self.logs: list[PolicyLog] = []
        self.witnesses: list[PolicyWitness] = []
        self.groups: list[PolicyGroup] = []
        self.quorums: list[str] = []
        self.names = _Names()

    def take(self, words: list[str]) -> None:
        if not words or words[0].startswith("#"):
            return
        match words:
            case ["log", vkey, *url] if len(url) < 2:
                self.logs.append(PolicyLog(VerifyKey.from_vkey(vkey), "".join(url)))
            case ["witness", name, vkey, *url] if len(url) < 2:
                self.names.define(name)
                key = VerifyKey.from_vkey(vkey)
                self.witnesses.append(PolicyWitness(name, key, "".join(url)))
            case ["group", name, k, _, *_]:
                self._take_group(name, k, tuple(words[3:]))
            case ["quorum", name] if not self.quorums:
                self.names.need(name, "the quorum", none=True)
                self.quorums.append(name)
            case _:
                raise FormatError(f"a line {' '.join(words)[:80]!r}", right=_LINES)

    def _take_group(self, name: str, k: str, members: tuple[str, ...]) -> None:
        if k not in ("any", "all") and not _NUMBER.fullmatch(k):
            raise FormatError(f"a group of {k[:40]!r}", right="any, all or a decimal number")
        number = {"any": 1, "all": len(members)}.get(k) or int(k)
        group = PolicyGroup(name, number, members)
        self.names.define_group(group)
        self.groups.append(group)


_LINES = "log, witness, group, or one quorum"
