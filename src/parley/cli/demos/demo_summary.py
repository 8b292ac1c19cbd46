"""The end of the demo: what was left open, what would have been different, what both logs hold.

Every figure is computed from the runs; the words only say them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parley.cli.demos.demo_figures import Common, Figures, Owing
from parley.cli.demos.demo_show import Names, Page
from parley.node.replay import Run, sightings
from parley.rules.leadtime import verdict
from parley.rules.statements import Rung
from parley.space import Area, distance_m
from parley.wire.instants import format_instant_short
from parley.wire.scenario_values import ASSUMPTION, Scenario, Variant
from parley.wire.words import duration, length

_COLUMNS = (24, 22, 24, 24)
_BEFORE = "before the activity"
_AFTER = "after it began"


def show_owing(page: Page, figures: Figures) -> None:
    """Every item and how each addressee answered it."""
    page.head("Who answered what")
    rows = [
        (
            f"{one.ref.replace(':', ' ')} of {page.names.of[one.author]}",
            _clock(one.told_ms),
            page.names.of[one.party],
            _answer(one),
        )
        for one in figures.owing
    ]
    page.rows([("Item", "Told", "To", "Answer"), *rows], (30, 9, 9, 46))


def _answer(one: Owing) -> str:
    if one.answered_ms < 0:
        if one.rung is not Rung.RECEIVED:
            return f"NONE: {one.rung.value}, nothing more"
        return "NONE: the node received it, nobody read it" if one.received_ms >= 0 else "NONE"
    after = duration((one.answered_ms - one.told_ms) // 1000)
    return f"{one.rung.value} {_clock(one.answered_ms)}, {after} after it was told"


def show_table(page: Page, heads: Sequence[str], runs: Sequence[Figures]) -> None:
    """One column a run, one row a question."""
    page.head("What would have been different (the aircraft fly alike: only words change)")
    page.rows([("", *heads), *zip(*([_QUESTIONS, *map(_column, runs)]), strict=True)], _COLUMNS)


_QUESTIONS = (
    "Notice before activity",
    "Declared place and tracks",
    "Own aircraft declared",
    "Notice accepted",
    "People in the hazard at the place of activity",
    "All-clear",
    "Distress told",
    "Distress answered",
)


def _column(f: Figures) -> list[str]:
    return [
        f"{duration(f.lead_s)}: {f.verdict} ({duration(f.required_s)} agreed)",
        _place(f),
        "yes" if f.aircraft_area else "no",
        _clock(f.accepted_ms) if f.accepted_ms >= 0 else "never",
        _known(f),
        _all_clear(f),
        _distress(f),
        f"after {duration(f.distress_answer_s)}" if f.distress_answer_s >= 0 else "never",
    ]


def _place(f: Figures) -> str:
    if f.mismatch_ms >= 0:
        return f"{length(f.mismatch_m)} apart, found {_clock(f.mismatch_ms)}"
    return "agree" if f.seen_before_end else "no position published, nothing to compare"


def _known(f: Figures) -> str:
    if f.place_known_ms < 0:
        return "never"
    apart_s = (f.activity_ms - f.place_known_ms) // 1000
    when = f"{duration(apart_s)} {_BEFORE}" if apart_s >= 0 else f"{duration(-apart_s)} {_AFTER}"
    return f"known {_clock(f.place_known_ms)}, {when}"


def _all_clear(f: Figures) -> str:
    given = f"{_clock(f.all_clear_ms)}" if f.all_clear_ms >= 0 else "never given"
    if f.no_all_clear_ms >= 0:
        return f"{given}; owed since {_clock(f.no_all_clear_ms)}"
    return given


def _distress(f: Figures) -> str:
    if f.distress_s < 0:
        return "never"
    word = "late" if f.distress_s > f.distress_limit_s else "in time"
    return f"{f.distress_s:,} s after: {word} ({f.distress_limit_s} s agreed)"


def show_accounts(page: Page, scenario: Scenario) -> None:
    """Lead time as each account has it, and where the two put the same aircraft."""
    page.head("The two accounts")
    for account in scenario.accounts.values():
        page.text(_leads(scenario, account.claimant, scenario.variants_of(account.id)))
    for text in _apart(scenario):
        page.text(text)


def _leads(scenario: Scenario, claimant: str, variants: Sequence[Variant]) -> str:
    required_s = max((c.lead_s for c in scenario.agreement.classes), default=0)
    swept = any(v.claim.claimant == ASSUMPTION for v in variants)
    said = ", ".join(
        f"{duration(v.lead_s)} ({verdict(1000 * v.lead_s, required_s)})"
        for v in sorted(variants, key=lambda v: v.lead_s)
    )
    how = ", no figure published, swept" if swept else ""
    return f"Lead time of the notice, {scenario.claimants[claimant]}{how}: {said}."


def _apart(scenario: Scenario) -> Iterator[str]:
    """Where the accounts give the same track at the same instant: how far apart it is."""
    accounts = list(scenario.accounts.values())
    for n, a in enumerate(accounts):
        for b in accounts[n + 1 :]:
            for mine in a.tracks:
                theirs = next((t for t in b.tracks if t.name == mine.name), None)
                if theirs is None:
                    continue
                at_ms = max(mine.points[0].at_ms, theirs.points[0].at_ms)
                here, there = sightings(scenario, mine, at_ms), sightings(scenario, theirs, at_ms)
                if here and there:
                    gap_m = distance_m(Area.point(here[0].position), Area.point(there[0].position))
                    names = f"{scenario.claimants[a.claimant]} and {scenario.claimants[b.claimant]}"
                    yield (
                        f"{mine.label}, {_clock(at_ms)}: {names} put them {length(round(gap_m))}"
                        " apart. Both cannot be true. Parley does not decide; the tracks in each"
                        " log may show it."
                    )


def show_common(page: Page, names: Names, held: Common) -> None:
    """What both logs hold, and that both sides find the same from it."""
    page.head("What both logs agree on")
    who = " and ".join(names.of[p] for p in names.parties)
    same = "the same, byte for byte" if held.equal else "DIFFERENT"
    page.text(
        f"{held.in_both} of {held.exchanged} statements between {who} stand in both logs, with"
        f" {held.receipts} signed receipts. Their {held.findings} findings from what they share are"
        f" {same} (SHA-256 {held.digest[:16]})."
    )


def column_head(scenario: Scenario, run: Run) -> str:
    """Script and whose word on whose aircraft, in a few words."""
    account = scenario.account(run.account)
    claimant = scenario.claimants[account.claimant]
    labels = ", ".join(t.label or t.name for t in account.tracks)
    leads = [v for v in scenario.variants_of(run.account) if v.lead_s == run.lead_s]
    guess = ", lead assumed" if any(v.claim.claimant == ASSUMPTION for v in leads) else ""
    return f"{scenario.script(run.script).title}, {labels} as {claimant} says{guess}"


def _clock(ms: int) -> str:
    return format_instant_short(ms - ms % 1000)
