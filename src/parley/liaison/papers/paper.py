"""The paper: one signed statement of liaison, whatever it is about; and the reply to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from parley.liaison.papers.marking import Marking
from parley.liaison.papers.values import Values
from parley.rules.statements import Header, Rung


class Content:
    """What a kind of paper says. ``KIND`` stands in its refs and its type line."""

    __slots__ = ()
    KIND: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of a paper. Its author numbers them 1, 2, 3 ...; each stands in the log.

    item: its id, "<author>-<n>", unlike that of any item or other paper. about: refs of what it
    is about, sorted. person: who speaks, a ref of the directory or a name, "" for the role alone.
    withdrawn: its author takes it back; nothing follows it.
    """

    header: Header
    item: str
    version: int
    content: Content
    marking: Marking
    about: tuple[str, ...] = ()
    person: str = ""
    withdrawn: bool = False

    @property
    def kind(self) -> str:
        return self.content.KIND

    @property
    def ref(self) -> str:
        return f"{self.content.KIND}:{self.item}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One rung climbed on one version of a paper, by duty role; number: 1, 2, 3 ... a party.
    item: the paper's id.

    values: what is read back, with READ_BACK only. ACCEPTED grants a request, agrees to minutes,
    adopts a claim; OBJECTED and UNABLE say no.
    """

    header: Header
    item: str
    version: int
    number: int
    rung: Rung
    values: Values = ()
    person: str = ""
    text: str = ""


Said = Paper | Reply
