"""What health is measured from: plain facts, each of one entry of the log or one journal line.

Instants are ms since the epoch. ``at_ms`` of what was said is its author's signed clock, of a
receipt the receiver's, of a link or a finding that of the node that kept it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Told:
    """Words of an item: a notice, stop, distress, report or nonconformance; one version.

    start_ms, end_ms: of a notice's window, -1 for others; since_ms: of a distress, since when its
    sender knew, -1 for others. after: closed by these words (a report that a party ceased).
    """

    kind: str
    item: str
    version: int
    by: str
    to: tuple[str, ...]
    at_ms: int
    exercise: bool
    activity_class: str = ""
    start_ms: int = -1
    end_ms: int = -1
    since_ms: int = -1
    ceased: bool = False


@dataclass(frozen=True, slots=True)
class Stepped:
    """An item's author said a step: "activate", "all-clear" or "cancel"."""

    item: str
    version: int
    by: str
    at_ms: int
    step: str


@dataclass(frozen=True, slots=True)
class Receipted:
    """``party``'s machine logged this version of an item or a paper at ``at_ms`` by its clock."""

    item: str
    version: int
    party: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A person's rung on one version of an item or a paper. right: False for a read-back that
    repeated something wrongly."""

    item: str
    version: int
    by: str
    number: int
    rung: str
    at_ms: int
    right: bool = True


@dataclass(frozen=True, slots=True)
class PaperSaid:
    """One version of a paper. words: the few fields of its content that are counted by, sorted."""

    kind: str
    item: str
    version: int
    by: str
    to: tuple[str, ...]
    at_ms: int
    exercise: bool
    withdrawn: bool
    words: tuple[tuple[str, str | int], ...] = ()

    def word(self, name: str) -> str:
        """A field's text, "" where it says nothing."""
        return next((str(value) for key, value in self.words if key == name), "")

    def number(self, name: str) -> int:
        """A field's whole number, -1 where it says none."""
        found = next((value for key, value in self.words if key == name), -1)
        return found if isinstance(found, int) else -1


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """Our link to ``peer`` went up or down, by our own clock."""

    peer: str
    up: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class FindingSeen:
    """A finding opened or closed at our node. at_ms: our clock."""

    kind: str
    opened: bool
    at_ms: int
    key: str
    refs: tuple[str, ...]
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one node holds, of any time; ``measure`` takes what concerns its period.

    links: in the order of the journal, with the last of each peer before the period where one is
    held. findings: those of the period; standing: what stood at its end, None where that is not
    known.
    """

    party: str
    told: tuple[Told, ...] = ()
    stepped: tuple[Stepped, ...] = ()
    receipted: tuple[Receipted, ...] = ()
    answered: tuple[Answered, ...] = ()
    papers: tuple[PaperSaid, ...] = ()
    links: tuple[LinkSeen, ...] = ()
    findings: tuple[FindingSeen, ...] = ()
    standing: tuple[FindingSeen, ...] | None = None
    hidden: frozenset[str] = field(default_factory=frozenset)
    """Sections that are not told to whom this is made for."""
