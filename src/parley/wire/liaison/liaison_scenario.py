"""What followed a recorded incident, as a JSON file: papers by either side at their times, each
with claimant and source. docs/formats/liaison-scenario.md describes it.

It goes on where a scenario (``scenario``) ends and takes its parties, claimants, sources and
facts. Nothing takes a side: what rests on no source carries the claimant ``assumption`` and its
reason; a claim is entered for whoever made it, and from a source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import ValidationError

from parley.errors import FormatError, InputError
from parley.liaison.incidents.contents import Claim as ClaimContent
from parley.liaison.kinds import KINDS
from parley.liaison.papers.marking import Marking, parse_marking
from parley.liaison.papers.paper import Content
from parley.liaison.papers.when import When, parse_when
from parley.rules.statements import Draft, Rung
from parley.wire.instants import parse_instant
from parley.wire.jsontext import parse_json
from parley.wire.liaison.incident_plain import content_of
from parley.wire.liaison.liaison_scenario_models import LateActFile, LateFactFile, LiaisonFile
from parley.wire.refusals import first_refusal
from parley.wire.scenario_models import _Claim
from parley.wire.scenario_values import (
    ASSUMPTION,
    Act,
    Assumption,
    Calling,
    Claim,
    Reporting,
    Scenario,
    look_up,
)

_DEEDS = ("paper", "amend", "withdraw", "reply")


@dataclass(frozen=True, slots=True)
class LateFact:
    id: str
    when: When
    text: str
    claim: Claim
    note: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """written: the content as the file has it, with "@act" in it."""

    kind: str
    written: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Amending:
    on: str
    kind: str
    written: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Withdrawing:
    on: str


@dataclass(frozen=True, slots=True)
class Replying:
    on: str
    rung: Rung


LateDeed: TypeAlias = Posting | Amending | Withdrawing | Replying


@dataclass(frozen=True, slots=True)
class LateAct:
    """What one party does at at_ms. about: refs, or "@act". marking: None for its addressees."""

    id: str
    at_ms: int
    by: str
    role: str
    deed: LateDeed
    claim: Claim
    to: tuple[str, ...]
    fact: str = ""
    person: str = ""
    text: str = ""
    about: tuple[str, ...] = ()
    marking: Marking | None = None


@dataclass(frozen=True, slots=True)
class LiaisonScenario:
    """The whole file, read behind its night. acts: in the order of their times, then of the
    file. claimants, sources: of both."""

    id: str
    title: str
    about: str
    night: Scenario
    script: str
    incident: str
    claimants: Mapping[str, str]
    sources: Mapping[str, str]
    facts: tuple[LateFact, ...]
    assumptions: tuple[Assumption, ...]
    looks_ms: tuple[int, ...]
    acts: tuple[LateAct, ...]

    def content(self, act: LateAct, refs: Mapping[str, str]) -> Content:
        """What the act says, with the refs of the acts before it by their ids."""
        deed = act.deed
        assert isinstance(deed, Posting | Amending)
        written = resolved(dict(deed.written), refs, f"acts[{act.id}].content")
        return content_of(
            deed.kind,
            written,
            said_ms=act.at_ms,
            zone=None,
            where=f"acts[{act.id}]",
        )


def parse_liaison_scenario(data: bytes, source: str, night: Scenario) -> LiaisonScenario:
    """The follow-up in a UTF-8 JSON file behind ``night``; ``source`` is its name, for errors.

    Refused: unknown members, times without a date or a zone, another night, ids that stand twice
    (in the night too), a claimant, source, fact, party, role or act that does not exist or comes
    later, an act of another than its author, an assumption without a reason, a claim that is not
    entered for its claimant from a source, a content that its kind of paper does not allow.
    Raises FormatError or InputError with the place, the author at fault.
    """
    author = f"the author of {source}"
    value = parse_json(data, source)
    try:
        file = LiaisonFile.model_validate(value)
    except ValidationError as error:
        what, right, where = first_refusal(error, LiaisonFile)
        raise FormatError(what, right=right, where=where, at_fault=author) from None
    try:
        return _Reader(file, night).scenario()
    except InputError as error:
        raise error.blamed_on(author) from None


def resolved(value: Any, refs: Mapping[str, str], where: str) -> Any:
    """The value with every ``"@act"`` in it replaced by that act's ref. FormatError: no such."""
    if isinstance(value, str) and value.startswith("@"):
        return look_up(refs, value[1:], "earlier act", where)
    if isinstance(value, list):
        return [resolved(one, refs, f"{where}[{n}]") for n, one in enumerate(value)]
    if isinstance(value, dict):
        return {k: resolved(one, refs, f"{where}.{k}") for k, one in value.items()}
    return value


def night_refs(night: Scenario, script: str) -> dict[str, str]:
    """Stand-ins for the items that a script of the night posts, by act."""
    kinds: tuple[tuple[type, str], ...] = (
        (Draft, "notice"),
        (Reporting, "report"),
        (Calling, "distress"),
    )
    found = {}
    for act in night.script(script).acts:
        for kind, name in kinds:
            if isinstance(act.deed, kind):
                found[act.id] = f"{name}:{act.by}-0"
    return found


class _Reader:
    """From the members of the file to the domain, with every name looked up."""

    def __init__(self, file: LiaisonFile, night: Scenario) -> None:
        self.file, self.night = file, night
        self.parties = {p.id: p for p in night.agreement.parties}
        self.claimants = _joined(night.claimants, file.claimants, "claimants")
        self.sources = _joined(night.sources, file.sources, "sources")
        self.facts = {f.id for f in night.facts} | {f.id for f in file.facts}
        self.refs: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.authors: dict[str, str] = {}

    def scenario(self) -> LiaisonScenario:
        file = self.file
        if file.night != self.night.id:
            raise FormatError(
                f"it follows {file.night!r}, not {self.night.id!r}",
                right="the scenario that it names",
                where="night",
            )
        script = self.night.script(file.script)
        self.refs = night_refs(self.night, file.script)
        self.once([*(a.id for a in script.acts), *(a.id for a in file.acts)], "acts")
        self.once([*(f.id for f in self.night.facts), *(f.id for f in file.facts)], "facts")
        ordered = sorted(
            ((parse_instant(a.time, f"acts[{n}].time"), n, a) for n, a in enumerate(file.acts)),
            key=lambda row: row[:2],
        )
        acts = tuple(self.act(a, at_ms, f"acts[{n}]") for at_ms, n, a in ordered)
        self.behind(script.acts, acts)
        if self.kinds.get(file.incident) != "incident":
            raise FormatError(
                f"{file.incident!r} opens no incident",
                right="the id of an act whose paper is one",
                where="incident",
            )
        looks = (parse_instant(one, f"looks[{n}]") for n, one in enumerate(file.looks))
        return LiaisonScenario(
            file.id,
            file.title,
            file.about,
            self.night,
            file.script,
            file.incident,
            self.claimants,
            self.sources,
            tuple(self.fact(f, f"facts[{n}]") for n, f in enumerate(file.facts)),
            tuple(Assumption(a.id, a.about, a.reason) for a in file.assumptions),
            tuple(sorted(looks)),
            acts,
        )

    def behind(self, night: tuple[Act, ...], acts: tuple[LateAct, ...]) -> None:
        last_ms = max([self.night.span.end_ms, *(a.at_ms for a in night)])
        if acts[0].at_ms < last_ms:
            raise FormatError(
                f"act {acts[0].id!r} comes before the end of the night",
                right="an instant behind its window",
                where="acts",
            )

    def once(self, ids: list[str], where: str) -> None:
        repeated = sorted({i for i in ids if ids.count(i) > 1})
        if repeated:
            raise FormatError(f"{repeated[0]!r} stands twice", right="each id once", where=where)

    def claim(self, file: _Claim, where: str) -> Claim:
        if file.claimant == ASSUMPTION:
            if not file.reason:
                raise FormatError(
                    "an assumption without a reason", right="reason: why it is so", where=where
                )
        else:
            look_up(self.claimants, file.claimant, "claimant", f"{where}.claimant")
            if not file.sources:
                raise FormatError(
                    f"{file.claimant!r} without a source", right="one", where=f"{where}.sources"
                )
        for source in file.sources:
            look_up(self.sources, source, "source", f"{where}.sources")
        return Claim(file.claimant, tuple(file.sources), file.reason)

    def fact(self, file: LateFactFile, where: str) -> LateFact:
        try:
            when = parse_when(file.when)
        except InputError as error:
            raise FormatError(error.what, right=error.right, where=f"{where}.when") from None
        return LateFact(file.id, when, file.text, self.claim(file, where), file.note)

    def act(self, file: LateActFile, at_ms: int, where: str) -> LateAct:
        party = look_up(self.parties, file.by, "party", f"{where}.by")
        if file.role not in party.roles:
            raise FormatError(
                f"party {file.by!r} has no duty role {file.role!r}",
                right=f"one of {', '.join(party.roles)}",
                where=f"{where}.role",
            )
        if file.fact and file.fact not in self.facts:
            raise FormatError(
                f"there is no fact {file.fact!r}", right="one of both files", where=f"{where}.fact"
            )
        deed, claim = self.deed(file, where), self.claim(file, where)
        act = LateAct(
            file.id,
            at_ms,
            file.by,
            file.role,
            deed,
            claim,
            self.to(file, where),
            file.fact,
            file.person,
            file.text,
            tuple(file.about),
            parse_marking(file.marking) if file.marking else None,
        )
        self.content(act, where)
        resolved(list(act.about), self.refs, f"{where}.about")
        if isinstance(deed, Posting):
            self.kinds[file.id] = deed.kind
            self.authors[file.id] = file.by
            self.refs[file.id] = f"{deed.kind}:{file.by}-0"
        return act

    def to(self, file: LateActFile, where: str) -> tuple[str, ...]:
        if file.to is None:
            others = (p for p in self.parties.values() if not p.observer and p.id != file.by)
            return tuple(sorted(p.id for p in others))
        for party in file.to:
            look_up(self.parties, party, "party", f"{where}.to")
        if file.by in file.to:
            raise FormatError(f"{file.by!r} speaks to itself", right="others", where=f"{where}.to")
        return tuple(sorted(set(file.to)))

    def deed(self, file: LateActFile, where: str) -> LateDeed:
        given = [name for name in _DEEDS if getattr(file, name) is not None]
        if len(given) != 1:
            raise FormatError(
                f"act {file.id!r} does {' and '.join(given) or 'nothing'}",
                right=f"exactly one of {', '.join(_DEEDS)}",
                where=where,
            )
        if file.paper is not None:
            if file.paper.kind not in KINDS:
                raise FormatError(
                    f"{file.paper.kind[:80]!r} is no kind of paper",
                    right=f"one of: {', '.join(KINDS)}",
                    where=f"{where}.paper.kind",
                )
            return Posting(file.paper.kind, file.paper.content)
        if file.amend is not None:
            kind = self.earlier(file.amend.on, f"{where}.amend", file.by)
            return Amending(file.amend.on, kind, file.amend.content)
        if file.withdraw is not None:
            self.earlier(file.withdraw.on, f"{where}.withdraw", file.by)
            return Withdrawing(file.withdraw.on)
        assert file.reply is not None
        self.earlier(file.reply.on, f"{where}.reply")
        if self.authors[file.reply.on] == file.by:
            raise FormatError(
                f"{file.by!r} replies to itself", right="another party's paper", where=where
            )
        return Replying(file.reply.on, Rung(file.reply.rung))

    def earlier(self, act: str, where: str, by: str = "") -> str:
        """The kind of the paper that an earlier act posted; ``by``: by this party."""
        kind = look_up(self.kinds, act, "earlier paper", f"{where}.on")
        if by and self.authors[act] != by:
            raise FormatError(
                f"{act!r} is a paper of {self.authors[act]!r}",
                right=f"one of {by}",
                where=f"{where}.on",
            )
        return kind

    def content(self, act: LateAct, where: str) -> None:
        """The content is one of its kind; a claim is entered for its claimant from a source."""
        deed = act.deed
        if not isinstance(deed, Posting | Amending):
            return
        written = resolved(dict(deed.written), self.refs, f"{where}.content")
        said = content_of(deed.kind, written, said_ms=act.at_ms, zone=None, where=where)
        if isinstance(said, ClaimContent) and said.claimant != act.claim.claimant:
            raise FormatError(
                f"a claim of {said.claimant!r} on the word of {act.claim.claimant!r}",
                right="the same claimant, with its source",
                where=f"{where}.claimant",
            )


def _joined(ours: Mapping[str, str], more: Mapping[str, str], where: str) -> dict[str, str]:
    for key, words in more.items():
        if key in ours and ours[key] != words:
            raise FormatError(
                f"{key!r} is {ours[key]!r} in the night", right="a name of its own", where=where
            )
    return {**ours, **more}
