"""What a TAK server is told: nothing by default, and only what its audience may see.

STOP and DISTRESS are never held back, nor, on a server that hazards are released to, the safety
subset of what its audience was not told of. Protected presences and sites are never drawn for
anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from parley.errors import ConfigError
from parley.rules.findings import Finding, bare
from parley.rules.statements import Distress, Item, Stop

OWN = "own"
NOTICES, HAZARDS, ALERTS, TRACKS = "notices", "hazards", "alerts", "tracks"
KINDS = frozenset({NOTICES, HAZARDS, ALERTS, TRACKS})
_TO_OTHERS = frozenset({"notice", "stop", "distress", "report", "nonconformance", "site"})
"""What a finding may be about that another party is told of, besides tracks."""


@dataclass(frozen=True, slots=True)
class TakRelease:
    """own: the party that runs the node. audience: whose people look at that server, a party or
    "own". kinds: what is released to them, of ``KINDS``. ConfigError for another kind."""

    own: str
    audience: str = OWN
    kinds: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        unknown = sorted(self.kinds - KINDS)
        if unknown:
            raise ConfigError(
                f"{unknown[0]!r} cannot be released to a TAK server",
                right=f"of {', '.join(sorted(KINDS))}; STOP and DISTRESS always are",
                where="release",
            )

    @property
    def ours(self) -> bool:
        """Whether our own people look at it."""
        return self.audience in (OWN, self.own)


def released(to: TakRelease, kind: str, parties: Iterable[str]) -> bool:
    """The rule: the kind is listed, and our own people look at it or their party is among those
    concerned (author and addressees)."""
    return kind in to.kinds and (to.ours or to.audience in parties)


def item_released(to: TakRelease, kind: str, item: Item) -> bool:
    """An item, or what follows from it (its hazards, an alert about it)."""
    if isinstance(item, Stop | Distress):
        return True
    return released(to, kind, (item.header.by, *item.header.to))


def safety_subset_only(to: TakRelease, item: Item) -> bool:
    """Whether the hazards of an item go to this server without saying whose and why: its audience
    was not told of the item, and hazards are released to it."""
    return HAZARDS in to.kinds and not item_released(to, HAZARDS, item)


def track_released(to: TakRelease) -> bool:
    """Tracks go where they are listed, all or none."""
    return TRACKS in to.kinds


def finding_released(
    to: TakRelease,
    finding: Finding,
    item: Callable[[str], Item | None],
    owner: Callable[[str], str],
) -> bool:
    """An alert about a finding. item: by ref; owner: of a track by its id, "" if unknown.

    To another party only if it is concerned and may see everything the finding is about: an item
    that was addressed to it, a track that is its own (or tracks are listed). A finding about a
    presence goes to nobody but our own people.
    """
    if not released(to, ALERTS, finding.parties):
        return False
    if to.ours:
        return True
    for ref in finding.refs:
        kind, _, name = bare(ref).partition(":")
        if kind == "track":
            if not track_released(to) and owner(name) != to.audience:
                return False
        elif kind not in _TO_OTHERS:
            return False
        elif kind != "site":
            about = item(f"{kind}:{name}")
            if about is None or not _addressed(to, about):
                return False
    return True


def _addressed(to: TakRelease, item: Item) -> bool:
    return isinstance(item, Stop | Distress) or to.audience in (item.header.by, *item.header.to)
