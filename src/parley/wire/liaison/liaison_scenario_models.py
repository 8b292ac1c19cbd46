"""The members of a file of what followed (docs/formats/liaison-scenario.md), strict and closed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from parley.wire.agreement_models import InstantText
from parley.wire.models import FilledLine, Id, Line, Ref, Text
from parley.wire.scenario_models import FactId, Ids, Many, Prose, _Claim

FORMAT = "parley/liaison-scenario/v1"
Abouts = Annotated[list[Ref], Field(max_length=64)]


class _File(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class LateFactFile(_Claim):
    """What a source says happened, with the time in its own words."""

    id: FactId
    when: FilledLine
    text: Prose
    note: Line = ""


class LateAssumptionFile(_File):
    id: FactId
    about: FilledLine
    claimant: Literal["assumption"]
    reason: Prose


class PaperFile(_File):
    """A new paper. ``"@act"`` in it stands for the ref of an earlier act."""

    kind: FilledLine
    content: dict[str, Any]


class AmendFile(_File):
    """on: the act whose paper gets new words."""

    on: Id
    content: dict[str, Any]


class WithdrawFile(_File):
    on: Id


class ReplyFile(_File):
    on: Id
    rung: Literal["read", "accepted", "objected", "unable"]


class LateActFile(_Claim):
    """One act of one party; exactly one of paper, amend, withdraw, reply. to: null for the other
    signatories. text: the words of a reply."""

    id: Id
    time: InstantText
    by: Id
    role: Id
    fact: Annotated[str, Field(max_length=32)] = ""
    person: Line = ""
    text: Text = ""
    to: Ids | None = None
    about: Abouts = Field(default=[])
    marking: Line = ""
    paper: PaperFile | None = None
    amend: AmendFile | None = None
    withdraw: WithdrawFile | None = None
    reply: ReplyFile | None = None


class LiaisonFile(_File):
    """night: the id of the scenario that it follows, script: what was said there. incident: the
    act that opens the incident whose list it ends with. looks: instants at which time is let
    pass without a word."""

    format: Literal["parley/liaison-scenario/v1"]
    id: Id
    title: FilledLine
    about: Prose
    night: Id
    script: Id
    incident: Id
    claimants: Annotated[dict[Id, FilledLine], Field(max_length=64)] = {}
    sources: Annotated[dict[FactId, FilledLine], Field(max_length=Many)] = {}
    facts: Annotated[list[LateFactFile], Field(max_length=Many)] = []
    assumptions: Annotated[list[LateAssumptionFile], Field(max_length=Many)] = []
    looks: Annotated[list[InstantText], Field(max_length=Many)] = []
    acts: Annotated[list[LateActFile], Field(min_length=1, max_length=Many)]
