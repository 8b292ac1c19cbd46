"""What persons and merges must say, and who held an office when.

An office is held for certain from the last instant that ``since`` can mean to the first that
``until`` can; around that it may have been held. A holder may follow another at one instant.
"""

from __future__ import annotations

from dataclasses import dataclass

from parley.errors import ProtocolError
from parley.liaison.directory.contents import Merge, Office, Person
from parley.liaison.directory.names import words_of
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import MAX_MS
from parley.rules.agreement import Agreement
from parley.rules.findings import bare


def check_person(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Refused: a name or a title without a letter; an office that ends before it begins, or of a
    party that the agreement does not know; one office held twice at one time. Several offices at
    once are nobody's business."""
    content = paper.content
    assert isinstance(content, Person)
    for name in content.names:
        if not words_of(name.text):
            raise _refused(paper, f"{name.text[:60]!r} is no name", "a name with letters in it")
    known = {party.id for party in agreement.parties}
    for office in content.offices:
        if not place_key(office.title):
            raise _refused(
                paper, f"{office.title[:60]!r} is no title", "a title with letters in it"
            )
        if office.party and office.party not in known:
            raise _refused(
                paper,
                f"{office.title[:60]!r} is an office of {office.party!r}",
                f"one of {', '.join(sorted(known))}, or none",
            )
        if office.until is not None and office.until.until_ms < office.since.from_ms:
            raise _refused(
                paper, f"{office.title[:60]!r} ends before it begins", "since before until"
            )
    for n, one in enumerate(content.offices):
        for other in content.offices[n + 1 :]:
            if office_key(one) == office_key(other) and term(one).overlaps(term(other)):
                raise _refused(
                    paper,
                    f"{one.title[:60]!r} is held twice at one time:"
                    f" since {one.since.said!r} and since {other.since.said!r}",
                    "one entry for one time, the first ended before the next begins",
                )


def office_key(office: Office) -> str:
    """Equal for entries of the same office: title, organisation and party, folded."""
    return f"{place_key(office.title)}|{place_key(office.organisation)}|{office.party}"


def place_key(text: str) -> str:
    """A title or an organisation in lower-case Latin letters, its words in their order."""
    return " ".join(words_of(text)).replace("|", " ")


@dataclass(frozen=True, slots=True)
class Term:
    """When an office is held: for certain, and at most. Instants in UTC, closed; a certain term
    that is empty ends before it begins."""

    certain_ms: tuple[int, int]
    possible_ms: tuple[int, int]

    def holds(self, at_ms: int) -> bool:
        return self.certain_ms[0] <= at_ms <= self.certain_ms[1]

    def overlaps(self, other: Term) -> bool:
        """Whether both last together for longer than an instant, however their dates are read."""
        (a, b), (c, d) = self.certain_ms, other.certain_ms
        return max(a, c) < min(b, d)

    def may_hold(self, at_ms: int) -> bool:
        return self.possible_ms[0] <= at_ms <= self.possible_ms[1]


def term(office: Office) -> Term:
    since, until = office.since, office.until
    if until is None:
        return Term((since.until_ms, MAX_MS), (since.from_ms, MAX_MS))
    return Term((since.until_ms, until.from_ms), (since.from_ms, until.until_ms))


# Merges ----------------------------------------------------------------------------------------


def check_merge(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Refused: a merge of one entry with itself or of anything but persons; one that nobody
    decided or gives no reason; one that becomes another's, or is done again after it was undone."""
    content = paper.content
    assert isinstance(content, Merge)
    for ref in (content.kept, content.merged):
        if not ref.startswith("person:"):
            raise _refused(paper, f"{paper.ref} merges {ref[:80]!r}", "person:<id>")
    if bare(content.kept) == bare(content.merged):
        raise _refused(paper, f"{paper.ref} merges {content.kept} with itself", "two entries")
    if not words_of(content.decided_by) or not content.reason.strip():
        raise _refused(
            paper, f"{paper.ref} was decided by nobody, or for no reason", "who decided, and why"
        )
    if before is None:
        if content.undone:
            raise _refused(paper, f"{paper.ref} is undone before it was done", "a merge that is")
        return
    was = before.paper.content
    assert isinstance(was, Merge)
    if (bare(was.kept), bare(was.merged)) != (bare(content.kept), bare(content.merged)):
        raise _refused(paper, f"{paper.ref} would merge others", "a merge of their own")
    if was.undone and not content.undone:
        raise _refused(paper, f"{paper.ref} was undone", "a new merge")


def nothing_open(record: PaperRecord) -> bool:
    """Entries of a directory wait for nobody."""
    return False


def merge_refs(content: Content) -> tuple[str, ...]:
    assert isinstance(content, Merge)
    return (content.kept, content.merged)


def merge_undone(record: PaperRecord) -> bool:
    """Its author took it back."""
    content = record.paper.content
    assert isinstance(content, Merge)
    return content.undone or record.paper.withdrawn


def merge_stands(record: PaperRecord) -> bool:
    """Whether it was not taken back, and nobody whom it was sent to objects."""
    return not merge_undone(record) and not record.refused_by


@dataclass(frozen=True, slots=True)
class Said:
    """One merge that stands. first_ms: when it was first said, by its author's clock."""

    first_ms: int
    ref: str
    kept: str
    merged: str


@dataclass(frozen=True, slots=True)
class Merged:
    """into: the entry that each merged one goes into, and by which merge. void: merges that have
    no effect, and why: "circle", or "merged-already"."""

    into: dict[str, tuple[str, str]]
    void: dict[str, str]

    def root(self, ref: str) -> str:
        """The entry at the end of the chain; of one that was not merged itself."""
        while ref in self.into:
            ref = self.into[ref][0]
        return ref


def fold(merges: list[Said]) -> Merged:
    """What these merges make of each other: the earlier said goes first, then the smaller ref,
    whatever order they came in. One that would close a circle, or sends on an entry that was
    merged already, has no effect."""
    made = Merged({}, {})
    top: dict[str, str] = {}

    def end_of(ref: str) -> str:
        way = []
        while ref in top:
            way.append(ref)
            ref = top[ref]
        top.update(dict.fromkeys(way, ref))
        return ref

    for one in sorted(merges, key=lambda m: (m.first_ms, m.ref)):
        if one.merged in made.into:
            made.void[one.ref] = "merged-already"
        elif end_of(one.kept) == one.merged:
            made.void[one.ref] = "circle"
        else:
            made.into[one.merged] = (one.kept, one.ref)
            top[one.merged] = one.kept
    return made


def _refused(paper: Paper, what: str, right: str) -> ProtocolError:
    return ProtocolError(what, right=right, at_fault=f"party {paper.header.by}")
