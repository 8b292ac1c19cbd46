"""What a marking allows. Default deny: what no rule here lets go stays.

REL TO is the originator's consent given beforehand: whom it names may have it from anybody who
holds it, except what is RED, which only its originator hands on. GREEN goes to the parties of the
agreement, CLEAR to everybody, where REL TO names nobody and no originator keeps control. All else
waits for the originator. A unit of the holder's own is the holder: telling it is no release.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.releases.contents import Grounds

_OPEN = list(Tlp)
_COMMUNITY = frozenset({Tlp.GREEN, Tlp.CLEAR})


class Who(StrEnum):
    """Who the recipient is to the words."""

    NAMED = "named"  # REL TO names it
    PARTY = "party"  # of the agreement, and not named
    OUTSIDER = "outsider"  # neither


LETS_GO = frozenset(
    {
        (Tlp.AMBER_STRICT, Who.NAMED),
        (Tlp.AMBER, Who.NAMED),
        (Tlp.GREEN, Who.NAMED),
        (Tlp.CLEAR, Who.NAMED),
        (Tlp.GREEN, Who.PARTY),
        (Tlp.CLEAR, Who.PARTY),
        (Tlp.CLEAR, Who.OUTSIDER),
    }
)
"""What a holder who is not the originator may pass on by the marking alone. Those who are not
named: only where REL TO names nobody and there is no originator control."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """grounds: why it may go, None if it may not. why: in one sentence. right: what would be
    right where it may not."""

    allowed: bool
    grounds: Grounds | None
    why: str
    right: str = ""


def originator_of(marking: Marking, author: str) -> str:
    """Whose information it is."""
    return marking.originator or author


def verdict(
    marking: Marking,
    author: str,
    holder: str,
    recipient: str,
    *,
    consent: bool = False,
    safety: bool = False,
    parties: Collection[str] = (),
) -> Verdict:
    """Whether ``holder`` may pass on to ``recipient`` what ``author`` wrote under ``marking``.

    consent: the originator gave it for exactly this. safety: it is of the agreed safety subset.
    parties: of the agreement; a recipient that is neither there nor in REL TO is an outsider.
    """
    owner = originator_of(marking, author)
    banner = marking.banner()
    if safety:
        return Verdict(True, Grounds.SAFETY, "the agreed safety subset is never held back")
    if recipient in (owner, author):
        return Verdict(True, Grounds.OWN, f"it goes back to {recipient}, whose words it holds")
    if recipient == holder:
        return Verdict(True, Grounds.MARKING, f"{holder} holds it already")
    who = _who(marking, recipient, parties)
    if _by_marking(marking, who):
        return Verdict(True, Grounds.MARKING, f"{banner} lets {recipient} have it")
    if holder == owner:
        return Verdict(True, Grounds.OWN, f"{holder} decides about information of its own")
    if consent:
        return Verdict(True, Grounds.CONSENT, f"{owner} consented")
    right = f"the consent of {owner}"
    if who is Who.NAMED:
        right += f", or that {owner} gives it to {recipient} itself"
    elif who is Who.PARTY:
        named = ", ".join(p.upper() for p in sorted({*marking.rel_to, recipient}))
        right += f", or its own new words with REL TO {named}"
    return Verdict(False, None, f"{banner} does not let {holder} give it to {recipient}", right)


def _who(marking: Marking, recipient: str, parties: Collection[str]) -> Who:
    if recipient in marking.rel_to:
        return Who.NAMED
    return Who.PARTY if recipient in parties else Who.OUTSIDER


def _by_marking(marking: Marking, who: Who) -> bool:
    if who is not Who.NAMED and (marking.rel_to or marking.originator_control):
        return False
    return (marking.tlp, who) in LETS_GO


def allows(marking: Marking, author: str, recipient: str) -> bool:
    """Whether ``author``, whose words these are, may address ``recipient`` (a party id).

    REL TO names whom it may go to; without it GREEN goes to all parties of the agreement and
    CLEAR to everybody, every other colour to nobody but the originator."""
    if recipient in (author, marking.originator):
        return True
    if marking.rel_to:
        return recipient in marking.rel_to
    return marking.tlp in _COMMUNITY


# Markings compared -----------------------------------------------------------------------------


def narrower(inner: Marking, outer: Marking) -> bool:
    """Whether ``inner`` lets nothing go that ``outer`` keeps: equal counts.

    A page has to be narrower than each of its portions. Some pairs are neither: REL TO two
    different parties. Names in REL TO count as parties of the agreement.
    """
    if _OPEN.index(inner.tlp) > _OPEN.index(outer.tlp):
        return False
    if outer.originator_control and not inner.originator_control:
        return False
    if outer.rel_to:
        nobody = not inner.rel_to and inner.tlp not in _COMMUNITY
        return nobody or (bool(inner.rel_to) and set(inner.rel_to) <= set(outer.rel_to))
    if outer.tlp in _COMMUNITY:
        return not inner.rel_to or not outer.originator_control
    return not inner.rel_to


def most_closed(markings: Iterable[Marking]) -> Marking:
    """The marking of a page that shows all of these: narrower than each. ``Marking()`` of none.

    It names an originator where all are of one, "" where they differ; what goes out is judged
    part by part all the same.
    """
    every = list(markings)
    if not every:
        return Marking()
    tlp = min((one.tlp for one in every), key=_OPEN.index)
    rel_to: set[str] = set()
    if any(one.rel_to or one.tlp not in _COMMUNITY for one in every):
        rel_to = set.intersection(*(set(one.rel_to) for one in every if not _open(one)))
        tlp = tlp if rel_to else min(tlp, Tlp.AMBER, key=_OPEN.index)
    owners = {one.originator for one in every}
    kept = len(owners) > 1 or any(one.originator_control for one in every)
    originator = owners.pop() if len(owners) == 1 else ""
    return Marking(tlp, tuple(sorted(rel_to)), originator, kept)


def _open(marking: Marking) -> bool:
    """Whether it goes on to every party of the agreement."""
    open_to_all = not marking.rel_to and not marking.originator_control
    return open_to_all and marking.tlp in _COMMUNITY
