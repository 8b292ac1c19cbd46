"""What a scenario file says, as values. ``scenario`` reads the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from parley.errors import InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, Phase, Rung, Step
from parley.space import Area, Band, Position, Span, Volume

ASSUMPTION = "assumption"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Claim:
    """Who says so. claimant "assumption": we do, for ``reason``, and no source does."""

    claimant: str
    sources: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """at_ms, until_ms: -1 where none was published. position: with uncertainty_m, -1 if unknown.

    approx: exact, about, before, after, unpublished. status: claim, conflict, superseded.
    """

    id: str
    at_ms: int
    until_ms: int
    approx: str
    text: str
    claim: Claim
    status: str
    dispute: str = ""
    position: Position | None = None
    uncertainty_m: int = -1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """claims: (claimant, text) of each side; never judged here."""

    id: str
    topic: str
    claims: tuple[tuple[str, str], ...]
    settled_by: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assumption:
    id: str
    about: str
    reason: str


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """band: None if no height was published. emergency: from here on, as the crew says."""

    at_ms: int
    position: Position
    uncertainty_m: int
    band: Band | None
    claim: Claim
    fact: str = ""
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Track:
    """One aircraft's (or group's) points, in time. linear: an even straight flight between."""

    name: str
    label: str
    owner: str
    seen_by: tuple[str, ...]
    linear: bool
    points: tuple[TrackPoint, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """One side's set of tracks; the scenario's own tracks belong to every account."""

    id: str
    title: str
    claimant: str
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """One lead time that an account allows."""

    id: str
    account: str
    lead_s: int
    claim: Claim


@dataclass(frozen=True, slots=True)
class Protecting:
    label: str
    volume: Volume


@dataclass(frozen=True, slots=True)
class Answering:
    on: str
    rung: Rung


@dataclass(frozen=True, slots=True)
class Stepping:
    on: str
    step: Step


@dataclass(frozen=True, slots=True)
class Reporting:
    third_party: str
    phase: Phase
    area: Area
    since_ms: int


@dataclass(frozen=True, slots=True)
class Calling:
    """A DISTRESS."""

    subject: str
    since_ms: int
    position: Position | None
    uncertainty_m: int


Deed: TypeAlias = Protecting | Draft | Answering | Stepping | Reporting | Calling


@dataclass(frozen=True, slots=True)
class Act:
    """What one officer does at at_ms. ``text``: the words sent with it."""

    id: str
    at_ms: int
    by: str
    role: str
    deed: Deed
    claim: Claim
    fact: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """acts: in the order of their times, then of the file. lead_of: see ScriptFile."""

    id: str
    title: str
    about: str
    acts: tuple[Act, ...]
    lead_of: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """The whole file. span: what a replay plays. claimants: id to name."""

    id: str
    title: str
    about: str
    zone: str
    zone_note: str
    span: Span
    claimants: Mapping[str, str]
    sources: Mapping[str, str]
    place: str
    facts: tuple[Fact, ...]
    disputes: tuple[Dispute, ...]
    assumptions: tuple[Assumption, ...]
    agreement: Agreement
    tracks: tuple[Track, ...]
    accounts: Mapping[str, Account]
    variants: tuple[Variant, ...]
    scripts: Mapping[str, Script]

    def fact(self, fact_id: str) -> Fact:
        """The fact with this id; InputError names those that exist."""
        return look_up({f.id: f for f in self.facts}, fact_id, "fact")

    def account(self, account_id: str) -> Account:
        """The account with this id; InputError names those that exist."""
        return look_up(self.accounts, account_id, "account")

    def script(self, script_id: str) -> Script:
        """The script with this id; InputError names those that exist."""
        return look_up(self.scripts, script_id, "script")

    def variants_of(self, account_id: str) -> tuple[Variant, ...]:
        """The lead times that an account allows, in the file's order: the first is its default."""
        return tuple(v for v in self.variants if v.account == account_id)


def look_up(known: Mapping[str, T], key: str, kind: str, where: str = "") -> T:
    """The value of ``key``; InputError names the keys that exist."""
    found = known.get(key)
    if found is None:
        raise InputError(
            f"there is no {kind} {key!r}",
            right=f"one of {', '.join(known) or '(there is none)'}",
            where=where,
        )
    return found
