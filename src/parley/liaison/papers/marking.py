"""Markings: who may have what is written here, and who decides about going further.

TLP is that of FIRST, version 2.0; REL TO lists the parties it may go to; originator control asks
the originator before it goes further. A marking of nothing lets nobody but its author have it.
The agreed safety subset (hazard polygons, STOP, DISTRESS) stands under no marking at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from parley.liaison.papers.values import IdOrEmpty, Ids


class Tlp(StrEnum):
    """The Traffic Light Protocol 2.0, the most closed first."""

    RED = "red"  # for the named addressees only, no further disclosure
    AMBER_STRICT = "amber+strict"  # within their organisation only
    AMBER = "amber"  # within their organisation and its clients who need it
    GREEN = "green"  # within the community of this agreement
    CLEAR = "clear"  # for everybody


@dataclass(frozen=True, slots=True)
class Marking:
    """tlp; rel_to: parties it may go to, sorted; originator: whose information it is ("": the
    author's); originator_control: its onward release needs the originator's consent."""

    tlp: Tlp = Tlp.RED
    rel_to: Ids = ()
    originator: IdOrEmpty = ""
    originator_control: bool = True

    def banner(self) -> str:
        """The line that stands on every page, file and screen that shows it."""
        parts = [f"TLP:{self.tlp.value.upper()}"]
        if self.rel_to:
            parts.append(f"REL TO {', '.join(p.upper() for p in self.rel_to)}")
        if self.originator_control:
            parts.append(f"ORCON {self.originator.upper()}".strip())
        return " // ".join(parts)
