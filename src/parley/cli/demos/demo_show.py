"""The demo in words: who says what, who claims what, and what each node tells its own officer.

Every sentence about the night comes from the scenario (with its claimant) or from a finding.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from parley.cli.demos.demo_figures import Told, told
from parley.cli.show import LEVELS, plain
from parley.node.replay import Done, Minute
from parley.rules.findings import Kind, Level
from parley.rules.statements import Draft
from parley.wire.instants import format_instant_short, in_zone
from parley.wire.scenario_values import (
    ASSUMPTION,
    Answering,
    Calling,
    Fact,
    Protecting,
    Reporting,
    Scenario,
    Stepping,
)
from parley.wire.words import describe

WIDTH = 100
_TIME, _SIGN, _WHO = 13, 11, 12
_TEXT = WIDTH - _TIME - _SIGN - _WHO
_HAZARD = (Kind.BYSTANDER, Kind.NO_ALL_CLEAR)
_SAID_ALREADY = (Kind.LEAD_TIME_RECEIVED, Kind.THIRD_PARTY_OPEN)
"""The same in other words as the lead time, and as the report itself."""
_SIGNS = {"said": ("» said", "bold"), "claim": ("  claim", "dim"), "kept": ("» kept", "dim")}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. sign: said, kept, claim, or a level. who: speaker or addressee."""

    at_ms: int
    sign: str
    who: str
    text: str


class Names:
    """Ids as people say them."""

    def __init__(self, scenario: Scenario) -> None:
        agreement = scenario.agreement
        self.scenario = scenario
        self.parties = [p.id for p in agreement.parties if not p.observer]
        self.everybody = [p.id for p in agreement.parties]
        self.of = {p.id: p.id if p.observer else p.name for p in agreement.parties}
        self.of |= {t.id: t.name for t in agreement.third_parties}
        self.of |= {s.id: s.name for s in agreement.sites}
        self.labels: dict[str, str] = {}
        tracks = [*scenario.tracks, *(t for a in scenario.accounts.values() for t in a.tracks)]
        self.tracks = {t.name: t.label for t in tracks if t.label}
        ids = "|".join(sorted(map(re.escape, self.of), key=len, reverse=True))
        self._ids = re.compile(rf"(?<![\w-])({ids})(?![\w-])")

    def said(self, text: str) -> str:
        """The sentence of a finding with names for ids; refs such as il-1 stay."""
        for ref, label in self.labels.items():
            kind, _, item = ref.partition(":")
            text = re.sub(rf"(?i)\b{kind} {re.escape(item)}\b", f'presence "{label}"', text)
        text = self._ids.sub(lambda m: self.of[m[1]], text)
        text = re.sub(r"\b([Tt])rack (\S+)\b", self._track, text)
        text = re.sub(r"\b(\d\d)(\d\d)Z", r"\1:\2Z", text)
        return text[:1].upper() + text[1:]

    def _track(self, found: re.Match[str]) -> str:
        label = self.tracks.get(found[2], "")
        return f"{label} ({found[1].lower()}rack {found[2]})" if label else found[0]

    def to(self, parties: Iterable[str]) -> str:
        """Addressees in a word or two."""
        given = set(parties)
        if given == set(self.everybody):
            return "to all"
        if given == set(self.parties) and len(given) == 2:
            return "to both"
        return "to " + "+".join(self.of[p] for p in self.everybody if p in given)

    def claimant(self, claimant: str) -> str:
        return "assumed" if claimant == ASSUMPTION else self.scenario.claimants[claimant] + " says"

    def local(self, ms: int) -> str:
        return in_zone(ms, self.scenario.zone).split(" ")[0]


class Narrator:
    """Minutes of a replay into lines; keeps what was raised, so that nothing is said twice."""

    def __init__(self, names: Names, script: str) -> None:
        self.scenario = scenario = names.scenario
        self.names = names
        self._facts = sorted((f for f in scenario.facts if f.at_ms >= 0), key=lambda f: f.at_ms)
        others = (s for s in scenario.scripts.values() if s.id != script)
        self._elsewhere = {a.fact for s in others for a in s.acts if a.fact}
        self._levels: dict[str, Level] = {}

    def lines(self, minute: Minute) -> list[Line]:
        """What an officer should read of this minute: claims, words, then findings by level."""
        for done in minute.done:
            if isinstance(done.act.deed, Protecting):
                self.names.labels[done.posted.ref] = done.act.deed.label
        return [
            *self._claims(minute),
            *self._said(minute.done),
            *self._findings(minute),
        ]

    def _claims(self, minute: Minute) -> Iterator[Line]:
        """What is claimed of this minute and is not said in it, nor in another script instead."""
        said = self._elsewhere | {d.act.fact for d in minute.done}
        for fact in self._facts:
            if minute.at_ms <= fact.at_ms < minute.at_ms + 60_000 and fact.id not in said:
                yield self._claim(fact)

    def _claim(self, fact: Fact) -> Line:
        about = {"about": "About this time: ", "before": "By now: ", "after": "After this: "}
        who = self.names.claimant(fact.claim.claimant)
        text = about.get(fact.approx, "") + fact.text
        if fact.at_ms % 60_000:
            text = f"{format_instant_short(fact.at_ms)}: {text}"
        end = "" if text.endswith(".") else "."
        tag = f" [{fact.dispute} disputed]" if fact.status == "conflict" else ""
        return Line(fact.at_ms, "claim", who, f"{text}{end}{tag}")

    def _said(self, done: Sequence[Done]) -> Iterator[Line]:
        """One line an act; the rungs that one party climbs at once are one line."""
        by_answer: dict[tuple[str, ...], list[Done]] = {}
        for n, one in enumerate(done):
            rung = isinstance(one.act.deed, Answering)
            key = (one.act.by, one.posted.ref) if rung else (str(n),)
            by_answer.setdefault(key, []).append(one)
        for group in by_answer.values():
            deeds = [one.act.deed for one in group]
            rungs = ", ".join(d.rung.value for d in deeds if isinstance(d, Answering))
            yield self._done(group[-1], rungs)

    def _done(self, done: Done, rungs: str) -> Line:
        act, names = done.act, self.names
        others = " and ".join(names.of[p] for p in names.everybody if p != act.by)
        words = f' "{act.text}"' if act.text else ""
        claim = names.claimant(act.claim.claimant)
        basis = f" [{claim}]" if claim == "assumed" else f" [as {claim}]"
        deed, ref = act.deed, done.posted.ref.partition(":")[2]
        sign, said = "said", ""
        if isinstance(deed, Protecting):
            sign, said = "kept", f'protects "{deed.label}"; told to nobody.'
        elif isinstance(deed, Draft):
            place = self.scenario.agreement.named_area(deed.place).name if deed.place else ""
            spans = [v.volume.span for v in deed.volumes]
            window = (
                f"{format_instant_short(min(s.start_ms for s in spans))} to"
                f" {format_instant_short(max(s.end_ms for s in spans))}"
            )
            said = f"to {others}: notice {ref}, {place}, {window}.{words}"
        elif isinstance(deed, Reporting):
            said = f"to {others}: report {ref}.{words}"
        elif isinstance(deed, Calling):
            said = f"to {others}: DISTRESS {deed.subject}.{words}"
        elif isinstance(deed, Stepping):
            said = f"{deed.step.value} for {done.posted.ref.replace(':', ' ')}.{words}"
        elif isinstance(deed, Answering):
            said = (
                f"answers {done.posted.ref.replace(':', ' ')}: {rungs or deed.rung.value}.{words}"
            )
        return Line(act.at_ms, sign, names.of[act.by], said + basis)

    def _findings(self, minute: Minute) -> list[Line]:
        """One line a finding, with everybody who is told; hazards of one cause in one line."""
        groups: dict[tuple[str, ...], list[Told]] = {}
        for one in told([minute]):
            if self._worth(one):
                key = one.finding.key
                groups.setdefault((key,), []).append(one)
        by_line: dict[tuple[str, ...], list[tuple[Told, list[str]]]] = {}
        for (key,), found in groups.items():
            to = sorted({t.party for t in found}, key=self.names.everybody.index)
            first = next((t for t in found if t.party in self.names.parties), found[0])
            self._levels[key] = first.finding.level
            line: tuple[str, ...] = (key,)
            if first.finding.kind in _HAZARD:
                line = (first.finding.kind.value, first.finding.refs[0], *to)
            by_line.setdefault(line, []).append((first, to))
        lines = [self._finding(found) for found in by_line.values()]
        rank = {level.name.lower(): -level for level in Level}
        return sorted(lines, key=lambda line: rank[line.sign])

    def _worth(self, one: Told) -> bool:
        """Opened or raised, above info, not yet said of this level; a forecast of a missing
        all-clear is not said while the activity itself is still to come."""
        finding = one.finding
        if one.event == "finding-closed" or finding.level is Level.INFO:
            return False
        if finding.kind in _SAID_ALREADY:
            return False
        if finding.kind is Kind.NO_ALL_CLEAR and not finding.refs[1].startswith("track:"):
            return False
        return self._levels.get(finding.key, Level.INFO) < finding.level

    def _finding(self, found: Sequence[tuple[Told, list[str]]]) -> Line:
        ranked = sorted(
            found,
            key=lambda f: (-f[0].finding.level, not f[0].finding.refs[-1].startswith("track")),
        )
        (first, to), rest = ranked[0], ranked[1:]
        text = self.names.said(describe(first.finding))
        if rest:
            also = (t.finding.refs[-1].replace(":", " ") for t, _ in rest)
            text += f" Also: {self.names.said(', '.join(also))}."
        return Line(first.at_ms, first.finding.level.name.lower(), self.names.to(to), text)


class Page:
    """Lines onto a console of at most 100 columns; colours only where it is a terminal."""

    def __init__(self, names: Names, console: Console) -> None:
        self.names = names
        self.console = console
        self._last = ""

    def clock(self, ms: int) -> str:
        """Zulu first, then local: ``18:39Z 21:39``."""
        minute_ms = ms - ms % 60_000
        return f"{format_instant_short(minute_ms)} {self.names.local(minute_ms)}"

    def line(self, line: Line) -> None:
        clock = self.clock(line.at_ms)
        sign, style = _SIGNS.get(line.sign) or LEVELS[line.sign]
        shown = clock if clock != self._last else ""
        self._last = clock
        wrapped = textwrap.wrap(plain(line.text), _TEXT) or [""]
        for n, part in enumerate(wrapped):
            head = n == 0
            self.console.print(
                Text.assemble(
                    (f"{shown if head else '':<{_TIME}}", "bold"),
                    (f"{sign if head else '':<{_SIGN}}", style),
                    (f"{line.who if head else '':<{_WHO}}", style if line.sign in _SIGNS else ""),
                    (part, "dim" if line.sign == "claim" else ""),
                ),
                soft_wrap=True,
            )

    def text(self, text: str = "", style: str = "") -> None:
        """A paragraph, wrapped to the page."""
        for part in textwrap.wrap(plain(text), WIDTH) or [""]:
            self.console.print(Text(part, style), soft_wrap=True)

    def head(self, text: str) -> None:
        self.console.print()
        self.console.print(Text(text, "bold"), soft_wrap=True)

    def rows(self, rows: Iterable[Sequence[str]], widths: Sequence[int]) -> None:
        """Cells folded to their widths, columns aligned; the first row is the heading."""
        for n, row in enumerate(rows):
            cells = [textwrap.wrap(plain(c), w) or [""] for c, w in zip(row, widths, strict=True)]
            for k in range(max(len(c) for c in cells)):
                parts = [
                    f"{c[k] if k < len(c) else '':<{w}}" for c, w in zip(cells, widths, strict=True)
                ]
                self.console.print(
                    Text("  ".join(parts).rstrip(), "bold" if n == 0 else ""), soft_wrap=True
                )
