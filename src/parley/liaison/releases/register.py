"""The register of releases: what an entry must be, and whether its grounds hold.

``check`` refuses what can be seen in the entry alone. ``doubts`` compares it with the words that
were passed on and with the consent that it names: the same at every node that has both.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from parley.errors import ProtocolError
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.contents import ConsentRequest, Grounds, Release
from parley.liaison.releases.marking import narrower, originator_of, verdict
from parley.liaison.releases.persons import folded, same_person
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, finding

UNPROVEN = "unproven"
"""Neither the words nor the consent can be seen here: nothing is proved either way."""


@dataclass(frozen=True, slots=True)
class Original:
    """What was passed on. ref: with its version. copy_for: whose signed copy it is, "" if all have
    the same. safe: a STOP or a DISTRESS, which go out whole."""

    ref: str
    author: str
    marking: Marking
    copy_for: str = ""
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """What the originator granted, as the two notes in the release show it, and when he took it
    back, as far as this node heard. ref: of the request; to: who asked; by: who granted."""

    ref: str
    asked: ConsentRequest
    to: str
    by: str
    person: str
    granted_ms: int
    ended_ms: int = -1


def of(paper: Paper) -> Release:
    content = paper.content
    assert isinstance(content, Release)
    return content


def addressees(agreement: Agreement, by: str, recipient: str, originator: str) -> tuple[str, ...]:
    """Who has to be told of a release: its recipient and its originator, if they are parties."""
    ids = {party.id for party in agreement.parties}
    return tuple(sorted(({recipient, originator} & ids) - {by}))


def widens(release: Release) -> bool:
    """Whether somebody decides that it goes further than its marking lets it."""
    goes_back = release.recipient == release.originator
    return not goes_back and release.grounds in (Grounds.CONSENT, Grounds.OWN)


def check(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """ProtocolError: a second version, other addressees than recipient and originator, one copy
    for several, one person where two are asked for, grounds without what they stand on."""
    said, by = of(paper), paper.header.by
    if before is not None:
        raise _refused(by, f"{paper.ref} is changed", "what was passed on stays in the register")
    if "@" not in said.subject:
        raise _refused(by, f"{said.subject} of any version is released", "a ref with its version")
    if said.recipient == by:
        raise _refused(by, f"{by} releases {said.subject} to itself", "another recipient")
    to = addressees(agreement, by, said.recipient, said.originator)
    if paper.header.to != to:
        raise _refused(
            by,
            f"{paper.ref} goes to {', '.join(paper.header.to) or 'nobody'}",
            f"its recipient and its originator: {', '.join(to) or 'nobody'}",
        )
    if to and not paper.header.copy_for:
        raise _refused(by, f"{paper.ref} is one copy for all", "a signed copy for each addressee")
    _check_persons(by, said)
    _check_grounds(by, said)


def _check_persons(by: str, said: Release) -> None:
    if not folded(said.released_by):
        raise _refused(by, "a release that no person makes", "released_by: a name or person:ref")
    if not widens(said):
        return
    if not folded(said.requested_by):
        raise _refused(
            by, f"one person widens who has {said.subject}", "requested_by: a second person"
        )
    if same_person(said.requested_by, said.released_by):
        raise _refused(
            by, f"{said.released_by[:80]!r} approves a release of his own", "another person"
        )


def _check_grounds(by: str, said: Release) -> None:
    consents = bool(said.consent or said.asked or said.granted)
    if (said.grounds is Grounds.CONSENT) != bool(said.consent) or (consents and not said.consent):
        raise _refused(
            by,
            f"grounds {said.grounds.value} with consent {said.consent or '(none)'}",
            "the ref of the consent where consent is the ground, and only there",
        )
    safety = said.grounds is Grounds.SAFETY
    if (said.dangers and (not safety or said.enclosed)) or (safety and said.text):
        raise _refused(
            by,
            "the safety subset with something beside it",
            "hazards alone, or a STOP or a DISTRESS as it was said",
        )
    if safety and not (said.dangers or said.enclosed):
        raise _refused(by, "a safety subset of nothing", "its hazards, or a STOP, a DISTRESS")


def doubts(
    agreement: Agreement, paper: Paper, original: Original | None, consent: Consent | None
) -> tuple[str, ...]:
    """By name, sorted, why the grounds of a release do not hold; () if they do.

    original: None where the words are not seen here; consent: None where none is.
    """
    said, by = of(paper), paper.header.by
    found: set[str] = set()
    if original is not None:
        found |= _of_original(paper, said, original)
    parties = {party.id for party in agreement.parties}
    if said.grounds is Grounds.CONSENT:
        found |= _of_consent(paper, said, consent)
    elif said.grounds is Grounds.OWN:
        if said.originator not in (by, said.recipient):
            found.add("not-the-originator")
    elif original is None:
        if not said.dangers and said.originator != by:
            found.add(UNPROVEN)
    elif said.grounds is Grounds.SAFETY:
        if not original.safe:
            found.add("not-of-the-safety-subset")
    else:
        found |= _of_marking(said, by, original, parties)
    return tuple(sorted(found))


def _of_original(paper: Paper, said: Release, original: Original) -> set[str]:
    found = set()
    if original.ref != said.subject:
        found.add("other-subject")
    if originator_of(original.marking, original.author) != said.originator:
        found.add("other-originator")
    if original.copy_for not in ("", paper.header.by, said.recipient):
        found.add("anothers-copy")
    return found


def _of_marking(said: Release, by: str, original: Original, parties: Collection[str]) -> set[str]:
    """By the marking alone: what an originator decides about his own has other grounds."""
    if said.recipient in (said.originator, original.author):
        return set()
    told = verdict(original.marking, original.author, by, said.recipient, parties=parties)
    if told.grounds is not Grounds.MARKING:
        return {"marking"}
    return set() if narrower(said.marking, original.marking) else {"marking-widened"}


def _of_consent(paper: Paper, said: Release, consent: Consent | None) -> set[str]:
    if consent is None:
        return {"no-consent"}
    asked, at_ms = consent.asked, paper.header.at_ms
    rules = {
        "other-consent": consent.ref != said.consent,
        "consent-of-another": consent.by != said.originator,
        "consent-given-to-another": consent.to != paper.header.by,
        "consent-for-other-words": asked.subject != said.subject,
        "consent-for-another-recipient": asked.recipient != said.recipient,
        "marking-widened": not narrower(said.marking, asked.marking_wanted),
        "consent-over": at_ms > asked.until_ms,
        "consent-taken-back": 0 <= consent.ended_ms <= at_ms,
        "approved-his-own": same_person(asked.requested_by, consent.person),
    }
    return {name for name, wrong in rules.items() if wrong}


def breach(paper: Paper, codes: tuple[str, ...]) -> list[Finding]:
    """The finding about a release whose grounds do not hold; none for no codes."""
    if not codes:
        return []
    at_ms = paper.header.at_ms
    return [
        finding(
            Kind.RELEASE_BREACH,
            Level.ADVISORY if codes == (UNPROVEN,) else Level.WARNING,
            (f"{paper.ref}@{paper.version}",),
            parties=(paper.header.by, *paper.header.to),
            window_ms=(at_ms, at_ms),
            codes=codes,
        )
    ]


def is_open(record: PaperRecord) -> bool:
    """Nobody has to do anything about an entry of the register."""
    return False


def linked(content: Content) -> tuple[str, ...]:
    """It is found again by what was passed on and by the consent."""
    assert isinstance(content, Release)
    return (content.subject, content.consent)


def _refused(by: str, what: str, right: str) -> ProtocolError:
    return ProtocolError(what, right=right, at_fault=f"party {by}")
