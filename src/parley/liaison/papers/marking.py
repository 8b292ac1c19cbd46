"""Markings: who may have what is written here, and who decides about going further.

TLP is that of FIRST, version 2.0; REL TO lists the parties it may go to; originator control asks
the originator before it goes further. A marking of nothing lets nobody but its author have it.
The agreed safety subset (hazard polygon, STOP, DISTRESS) stands under no marking at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from parley.errors import InputError
from parley.liaison.papers.values import IdOrEmpty, Ids

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_RIGHT = "such as: TLP:AMBER+STRICT // REL TO AA, BB // ORCON AA"


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
        elif self.originator:
            parts.append(f"ORIGINATOR {self.originator.upper()}")
        return " // ".join(parts)


def parse_marking(text: str) -> Marking:
    """The marking that ``banner`` writes; case and blanks do not matter, REL TO in any order.

    InputError: a colour that TLP 2.0 does not have, a part that is unknown, twice or empty.
    """
    first, *others = (part.strip() for part in text.split("//"))
    tlp = _tlp(first)
    found: dict[str, tuple[str, ...]] = {}
    for part in others:
        name, names = _part(part)
        if name in found or (name != "REL TO" and found.keys() & {"ORCON", "ORIGINATOR"}):
            raise _refused(f"{name} stands twice in a marking, or after the other")
        found[name] = names
    orcon = "ORCON" in found
    (originator,) = found.get("ORCON", found.get("ORIGINATOR", ())) or ("",)
    return Marking(tlp, tuple(sorted(set(found.get("REL TO", ())))), originator, orcon)


def _tlp(text: str) -> Tlp:
    name, colon, colour = text.partition(":")
    if name.strip().upper() == "TLP" and colon:
        for tlp in Tlp:
            if tlp.value == colour.strip().lower():
                return tlp
    colours = ", ".join(f"TLP:{tlp.value.upper()}" for tlp in Tlp)
    raise InputError(f"{text[:80]!r} is no colour of TLP 2.0", right=colours, where="marking")


def _part(text: str) -> tuple[str, tuple[str, ...]]:
    words = " ".join(text.split())
    for name, most in (("REL TO", 64), ("ORCON", 1), ("ORIGINATOR", 1)):
        if words.upper() == name or words.upper().startswith(f"{name} "):
            listed = words[len(name) :].strip().lower()
            names = tuple(one.strip() for one in listed.split(",")) if listed else ()
            empty = not names and name != "ORCON"
            if empty or len(names) > most or not all(map(_ID.fullmatch, names)):
                raise _refused(f"{text[:80]!r} does not name whom it should")
            return name, names
    raise _refused(f"{text[:80]!r} is no part of a marking")


def _refused(what: str) -> InputError:
    return InputError(what, right=_RIGHT, where="marking")
