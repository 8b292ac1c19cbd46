"""The follow-up of the demo in words: papers, what the nodes find, and what it ends with.

Every sentence comes from the scenario, with its claimant and sources, or from a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from parley.cli.demos.demo_show import WIDTH, Page
from parley.cli.show import plain
from parley.liaison.incidents.contents import Claim, Communique, Objection
from parley.liaison.incidents.listing import Entry, Listed, Standing
from parley.liaison.meetings.contents import Consultation
from parley.liaison.papers.paper import Content
from parley.node.codec import finding_of
from parley.node.replay import Minute
from parley.node.replay_liaison import Late
from parley.rules.findings import Finding, Kind
from parley.rules.statements import Draft
from parley.wire.instants import format_instant
from parley.wire.liaison.incident_list import lines_against, lines_beside, list_bytes, list_digest
from parley.wire.liaison.liaison_scenario import (
    Amending,
    LateAct,
    LiaisonScenario,
    Posting,
    Replying,
)
from parley.wire.phrases import duration, zulu
from parley.wire.scenario_values import ASSUMPTION
from parley.wire.scenario_values import Claim as Basis
from parley.wire.words import describe

if TYPE_CHECKING:
    from parley.ledger import EvidenceReport
    from parley.liaison.incidents.listing import Listing
    from parley.wire.liaison.incident_evidence import Beside

_WHEN, _WHO = 14, 10
_TEXT = WIDTH - _WHEN - _WHO
_LOUD = frozenset(
    {
        Kind.CLAIMS_CONTRADICT,
        Kind.REPLY_OVERDUE,
        Kind.POSTURE_REVIEW,
        Kind.NOTICE_REQUESTED,
        Kind.OBLIGATION_NOT_MET,
        Kind.COMMITMENT_OVERDUE,
    }
)
_TITLES: Mapping[Standing, str] = {
    Standing.AGREED: "Agreed",
    Standing.COMPATIBLE: "Compatible (both may be so)",
    Standing.DISPUTED: "Disputed",
    Standing.SIDE_BY_SIDE: "Side by side (nothing to hold against each other)",
    Standing.SINGLE_SIDED: "Said by one side",
    Standing.WITHDRAWN: "Taken back",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the story. sign: "said", or "opened", "closed" for what the nodes find."""

    at_ms: int
    sign: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What one run left behind. lists, beside, reports: by party; refs: by act."""

    refs: Mapping[str, str]
    lists: Mapping[str, Listing]
    beside: Mapping[str, Beside]
    evidence: Mapping[str, bytes]
    reports: Mapping[str, EvidenceReport]

    @property
    def equal(self) -> bool:
        """Both sides made the same list."""
        return len({list_bytes(found) for found in self.lists.values()}) == 1


class Teller:
    """Papers and findings as lines; a day stands once."""

    def __init__(self, page: Page, scenario: LiaisonScenario) -> None:
        self.page, self.scenario = page, scenario
        self.names = page.names
        self._day = self._clock = ""

    def header(self) -> None:
        s, page = self.scenario, self.page
        page.text(s.about)
        page.text(
            "Each line is a signed paper on the nodes of the night, with claimant and source in"
            " brackets; a word of ours is marked as assumed. What both nodes find is set in."
            " Times: Zulu. Sources and assumptions: scenarios/il20-2018-liaison.json."
        )

    def night(self, minutes: Sequence[Minute], lead_s: int) -> list[Told]:
        """The words of the night in short: ``parley demo`` has it minute by minute."""
        self.page.head("17 September, the night")
        self.page.text(
            "Each log holds the aircraft as its own side says. When the notice came is disputed:"
            f" here {duration(lead_s)} before the activity; at the end it comes at the other"
            " side's time, and the list is made again."
        )
        told = []
        for done in (done for minute in minutes for done in minute.done):
            act = done.act
            if not act.text:
                continue
            what = "notice" if isinstance(act.deed, Draft) else done.posted.ref.partition(":")[0]
            text = f'{what}: "{act.text}" {self.basis(act.claim)}'
            told.append(Told(act.at_ms, "said", self.names.of[act.by], text))
        for one in told:
            self.show(one)
        return told

    def late(self, late: Late) -> Iterator[Told]:
        """The paper, then what opened and closed by it, once for all who found it."""
        if late.act is not None:
            text = f"{self.words(late.act, late)} {self.basis(late.act.claim)}"
            yield Told(late.at_ms, "said", self.names.of[late.act.by], text)
        seen: set[tuple[str, str]] = set()
        for events in late.events.values():
            for event in events:
                sign = event.kind.removeprefix("finding-")
                if sign not in ("opened", "closed"):
                    continue
                found = finding_of(dict(event.data))
                if found.kind in _LOUD and (sign, found.key) not in seen:
                    seen.add((sign, found.key))
                    yield self._found(late, sign, found)

    def _found(self, late: Late, sign: str, found: Finding) -> Told:
        over = "no longer: " if sign == "closed" else ""
        text = self.names.said(describe(found))
        for party, name in self.names.of.items():
            if text.startswith(f"{party.capitalize()} "):
                text = name + text[len(party) :]
        return Told(late.at_ms, sign, "", f"{over}{text}")

    def words(self, act: LateAct, late: Late) -> str:
        """What an act says, in one sentence."""
        assert late.filed is not None
        ref, deed = late.filed.ref.replace(":", " "), act.deed
        if isinstance(deed, Replying):
            said = f': "{act.text}"' if act.text else ""
            return f"{deed.rung.value} {ref}{said}"
        if isinstance(deed, Posting | Amending):
            new = " again" if isinstance(deed, Amending) else ""
            return f"{ref}{new}: {self._content(late.filed.record.paper.content)}"
        return f"takes back {ref}"

    def _content(self, content: Content) -> str:
        claimants = self.scenario.claimants
        if isinstance(content, Claim):
            who = claimants.get(content.claimant, content.claimant)
            return f'{who} on {content.topic} ({content.aspect.value}): "{content.text}"'
        if isinstance(content, Consultation):
            heads = [
                f"{claimants.get(one.party, one.party)} led by {member.person}"
                for one in content.delegations
                for member in one.members
                if member.head
            ]
            who = f"; {', '.join(heads)}" if heads else ""
            return f"{content.title}, {content.state.value}, {content.when.said}{who}"
        if isinstance(content, Communique):
            joint = "joint" if content.joint else "of one side"
            return f'statement {joint}, {content.title}: "{content.text}"'
        if isinstance(content, Objection):
            until = zulu(content.reply_by_ms, day=True)
            return f'to {content.to}: "{content.reason}" Answer by {until}.'
        for name in ("title", "what", "said", "text", "summary"):
            value = getattr(content, name, "")
            if isinstance(value, str) and value:
                return value
        parts = getattr(content, "parts", ())
        return str(parts[0].title) if parts else ""

    def basis(self, claim: Basis) -> str:
        if claim.claimant == ASSUMPTION:
            return "[assumed]"
        who = self.scenario.claimants[claim.claimant]
        return f"[{who}: {', '.join(claim.sources)}]"

    def show(self, one: Told) -> None:
        text = format_instant(one.at_ms)
        day = zulu(one.at_ms, day=True).rpartition(" ")[0]
        clock = f"{text[11:16]}Z"
        shown = f"{day if day != self._day else '':<7}{clock}"
        if shown.strip() == self._clock:
            shown = ""
        self._day, self._clock = day, clock
        head = one.sign == "said"
        style = "" if head else "yellow" if one.sign == "opened" else "green"
        lead = "" if head else "> "
        for n, part in enumerate(_wrapped(f"{lead}{one.text}", _TEXT)):
            self.page.console.print(
                Text.assemble(
                    (f"{shown if n == 0 else '':<{_WHEN}}", "bold"),
                    (f"{one.who if n == 0 else '':<{_WHO}}", "bold"),
                    (part, style),
                ),
                soft_wrap=True,
            )


def show_ended(page: Page, scenario: LiaisonScenario, ended: Ended) -> None:
    """The agreed and the disputed list, beside it what each side's log holds."""
    found = ended.lists[page.names.parties[0]]
    page.head(f"Agreed and disputed: {found.title}")
    same = "the same, byte for byte" if ended.equal else "DIFFERENT"
    page.text(
        "Made at both nodes from the papers that both hold, by rule: numbers, answers, places and"
        " times are held against each other; prose is not read, and nobody is believed."
        f" The two lists are {same} (SHA-256 {list_digest(found)[:16]}). {found.marking.banner()}"
    )
    for standing, title in _TITLES.items():
        entries = found.standing(standing)
        if entries:
            page.head(title)
        for entry in entries:
            _entry(page, scenario, ended, entry)


def _entry(page: Page, scenario: LiaisonScenario, ended: Ended, entry: Entry) -> None:
    names = scenario.claimants
    page.text(f"{entry.topic} ({entry.aspect.value})", "bold")
    for one in entry.claims:
        _block(page, f"{names.get(one.claim.claimant, one.claim.claimant)}: {_claim(one, names)}")
    for line in lines_against(entry, names):
        _block(page, f"= {line}")
    if entry.standing not in (Standing.AGREED, Standing.COMPATIBLE, Standing.DISPUTED):
        return
    for party, held in ended.beside.items():
        for line in lines_beside(held, entry, names):
            if line.startswith("track:") and " records from " in line:
                line = line.partition(", on the word of")[0] + "."
            _block(page, f"{names.get(party, party)} holds: {line}")


def _claim(one: Listed, names: Mapping[str, str]) -> str:
    marks = []
    if one.state != "stands":
        marks.append("changed by its claimant" if one.state == "changed" else "taken back")
    if one.quoted:
        marks.append(f"quoted by {names.get(one.author, one.author)}")
    marks += [f"accepted by {names.get(p, p)}" for p in one.held_by if p != one.claim.claimant]
    if one.objections:
        marks.append("objected to")
    noted = f" ({', '.join(marks)})" if marks else ""
    return f'"{one.claim.text}"{noted} [{one.claim.source.said.said}; {one.claim.source.citation}]'


def show_other_night(
    page: Page, scenario: LiaisonScenario, ours: tuple[int, Ended], theirs: tuple[int, Ended]
) -> None:
    """The same list with the other lead time; what each log then proves is not the same."""
    page.head("The same with the other side's lead time")
    (lead, ended), (other_lead, other) = ours, theirs
    same = [list_digest(e.lists[page.names.parties[0]]) for e in (ended, other)]
    page.text(
        f"The notice comes {duration(other_lead)} before the activity in place of"
        f" {duration(lead)}. What was claimed is the same, so the list is"
        f" {'the same' if same[0] == same[1] else 'NOT THE SAME'}. The evidence is not:"
    )
    for lead_s, one in (ours, theirs):
        for party, held in one.beside.items():
            told = {duration(x.lead_s) for a in held.of([one.refs["notice"]]) for x in a.leads}
            who = scenario.claimants.get(party, party)
            clocks = "author and receipts alike" if len(told) == 1 else "clocks that differ"
            _block(
                page, f"{duration(lead_s)}: {who}'s log proves {', '.join(sorted(told))}, {clocks}"
            )
    page.text(
        "A signed notice with its receipts says when it came, in both logs alike. Of that night"
        " there is none."
    )


def show_files(page: Page, files: Iterable[Mapping[str, Any]], verified: bool) -> None:
    page.head("Files, provable offline to anybody")
    listed = list(files)
    for one in listed:
        good = "VERIFIED" if one["kind"] == "evidence" else "SAME AT BOTH"
        word = good if one["verified"] else f"NOT {good}"
        entries = f" ({one['entries']} entries)" if "entries" in one else ""
        page.text(f"{word}: {one['file']}{entries}")
    first = str(listed[0]["file"])
    folder = first.rpartition("/")[0]
    page.text(f"Check it yourself: parley verify {first}")
    page.text(f"To read: dispute.html, incident.html, communiques.txt in {folder}")
    if verified:
        page.text(
            "All nodes of both runs passed their audit: tree, signatures and state derived again"
            " from the log.",
            "green",
        )
    else:
        page.text("NOT all of it verified.", "bold red")


def _block(page: Page, text: str) -> None:
    for n, part in enumerate(_wrapped(text, WIDTH - 4)):
        page.console.print(Text(f"{'  ' if n == 0 else '    '}{part}"), soft_wrap=True)


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(plain(text), width) or [""]
