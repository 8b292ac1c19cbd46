"""Volumes with their owners: the rows that the 4-D index holds and the pairwise rules compare."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from parley.rules.statements import Use
from parley.space import Band, Volume

ANY_HEIGHT = Band.metres(-8000, 100_000)
"""The band of what has no known height: it may be anywhere."""


class Layer(StrEnum):
    """What a row of the 4-D index stands for."""

    DECLARED = "declared"  # a volume of a notice, as declared
    HAZARD = "hazard"  # a hazard volume derived from a notice or a report
    PRESENCE = "presence"  # a protected presence of one's own, or an agreed site
    TRACK = "track"  # the latest position of a track, with its uncertainty


@dataclass(frozen=True, slots=True)
class Row:
    """One volume in the index. ``ref`` is what it belongs to ("notice:il-1", "site:hmeimim").

    party: who answers for it. group: the activity class of a notice, or the cause of a hazard.
    """

    ref: str
    ordinal: int
    layer: Layer
    party: str
    group: str
    use: Use
    volume: Volume
