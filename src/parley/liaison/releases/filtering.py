"""What of a collection may go to a party, and the banner over what goes: for everything that
makes a file or a page of papers (evidence, packs, calendars, tables, alerts)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Paper
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.marking import most_closed, verdict
from parley.rules.statements import Distress, Header, Stop


def marking_of(paper: Paper) -> Marking:
    """Its marking with the originator named: the author, where it names none."""
    return replace(paper.marking, originator=paper.marking.originator or paper.header.by)


def unmarked(header: Header) -> Marking:
    """What holds for a statement without a marking (a notice, an answer, a reply): for its
    addressees alone, under its author's control."""
    return Marking(Tlp.AMBER_STRICT, header.to, header.by)


def releasable(
    said: object, party: str, *, consent: bool = False, parties: Collection[str] = ()
) -> bool:
    """Whether a paper or a statement (anything with a header) may go to ``party``: it wrote it or
    was told it, its marking lets it go, its originator consented, or it is a STOP or a DISTRESS.
    Default deny: what has no header does not go."""
    header = getattr(said, "header", None)
    if not isinstance(header, Header):
        return False
    if isinstance(said, Stop | Distress) or party in header.to:
        return True
    marking = marking_of(said) if isinstance(said, Paper) else unmarked(header)
    told = verdict(marking, header.by, "", party, consent=consent, parties=parties)
    return told.allowed


def filter_for(
    records: Iterable[PaperRecord], party: str, *, parties: Collection[str] = ()
) -> tuple[list[PaperRecord], int]:
    """The records whose papers may go to ``party``, in their order, and how many may not. ""
    keeps all: it is for ourselves. parties: of the agreement."""
    every = list(records)
    kept = [r for r in every if not party or releasable(r.paper, party, parties=parties)]
    return kept, len(every) - len(kept)


def banner_of(papers: Iterable[Paper]) -> str:
    """The most closed of their markings, as the line that stands above and below them; "" where
    there is no paper."""
    every = [marking_of(paper) for paper in papers]
    return most_closed(every).banner() if every else ""
