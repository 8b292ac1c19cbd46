"""What the routes of papers take and answer with. The form of a content is that of its kind."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from parley.liaison.papers.values import MANY
from parley.web.forms import SeenRung, SeenVersion
from parley.web.shapes import FindingView
from parley.wire.models import Ref, Text
from parley.wire.papers import ValueBody

Rung = Literal["received", "read", "read-back", "accepted", "objected", "unable"]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


_CONTENT = Field(
    description="What it says, by the form of its kind; what has a default may be left out.",
)
_MARKING = Field(description='Such as {"tlp": "amber", "rel_to": ["blue"]}.')


class PaperForm(_Form):
    """marking null: for its addressees alone, under our control."""

    content: Annotated[dict[str, Any], _CONTENT]
    marking: Annotated[dict[str, Any] | None, _MARKING] = None
    about: Annotated[list[Ref], Field(max_length=MANY)] = []


class AmendForm(_Form):
    """The whole content anew. marking or about null: as it was."""

    content: Annotated[dict[str, Any], _CONTENT]
    marking: Annotated[dict[str, Any] | None, _MARKING] = None
    about: Annotated[list[Ref], Field(max_length=MANY)] | None = None


class ReplyForm(_Form):
    """values: what is read back, with read-back alone."""

    rung: Literal["read", "read-back", "accepted", "objected", "unable"]
    values: Annotated[list[ValueBody], Field(max_length=16)] = []
    text: Text = ""
    seen_version: SeenVersion = None
    seen_rung: SeenRung = None


class MarkingView(BaseModel):
    banner: str = Field(description="The line that stands wherever it is shown.")
    tlp: str
    rel_to: list[str]
    originator: str
    originator_control: bool


class HeardView(BaseModel):
    """Where one addressee stands; an instant is null while the rung is not climbed."""

    party: str
    version: int
    rung: Rung
    number: int = Field(description="So many replies it has given.")
    received: str | None
    received_ms: int
    read: str | None
    read_ms: int
    read_back: str | None
    read_back_ms: int
    answered: str | None
    answered_ms: int
    role: str
    person: str
    text: str
    wrong: list[str] = Field(description="Names of the values that were read back wrongly.")


class VersionView(BaseModel):
    """One version of a paper as it was said."""

    ref: str
    kind: str
    item: str
    version: int
    author: str
    role: str
    at: str = Field(description="When it was said, by its author's clock.")
    at_ms: int
    to: list[str]
    marking: MarkingView
    about: list[str]
    person: str
    withdrawn: bool
    exercise: bool
    content: dict[str, Any]
    text: str = Field(description="One line for people.")


class PaperView(VersionView):
    """The words in force, and how far each addressee has come with them."""

    first: str
    first_ms: int = Field(description="When its first version was said.")
    open: bool = Field(description="Somebody still has to do something about it.")
    heard: list[HeardView]
    witnessed: bool = Field(
        False, description="All that our log has about it is below a head that others cosigned."
    )


class PastView(VersionView):
    index: int = Field(description="Of its note in our own log.")


class HistoryView(BaseModel):
    versions: list[PastView] = Field(description="Oldest first.")


class PapersView(BaseModel):
    papers: list[PaperView] = Field(description="Newest first, by when this node learnt of them.")
    next: str | None = Field(description="Give it as `after` for the next page; null: the end.")
    total: int | None = Field(description="Of the whole list; null where it is not counted.")


class FiledView(BaseModel):
    """What was said and is durable; its addressees get it as soon as their link allows."""

    ref: str
    version: int
    index: int = Field(description="Of its note in our own log.")
    note: str = Field(description="The exact signed note.")
    note_hash: str
    paper: PaperView
    findings: list[FindingView] = Field(description="All that stands about it at this moment.")


class MemberView(BaseModel):
    name: str
    required: bool
    default: Any = Field(description="What stands where it is left out; null if it is required.")
    form: str = Field(description="Its type in words.")


class KindView(BaseModel):
    kind: str
    about: str = Field(description="What it says, and what its members mean.")
    members: list[MemberView]


class KindsView(BaseModel):
    kinds: list[KindView]
