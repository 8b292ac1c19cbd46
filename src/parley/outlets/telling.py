"""An event of the journal to an alert for one outlet: whether a rule asks for it, whether it may go
to its recipient, and in what words.

Default deny: to others than our own people goes a paper or an item that may go to them, a STOP or
a DISTRESS whole, of everything else that endangers somebody the safety subset, and nothing more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parley.errors import InputError, IntegrityError
from parley.liaison.hotline.contents import Message as HotlineMessage
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Paper
from parley.liaison.releases.contents import Danger
from parley.liaison.releases.filtering import marking_of, releasable, unmarked
from parley.liaison.releases.safety import safety_subset
from parley.node.node import Node
from parley.node.views import JournalEvent
from parley.outlets.config import OUTSIDE, PRECEDENCE, OutletConfig, Rule
from parley.outlets.message import Alert
from parley.rules.findings import Finding, Kind, Level, bare, finding
from parley.rules.item import KINDS as ITEM_KINDS
from parley.rules.item import ItemRecord
from parley.rules.statements import Distress, Item, Stop
from parley.wire.liaisonwords import describe_paper
from parley.wire.phrases import window
from parley.wire.words import describe, describe_record

_URGENT = frozenset({Kind.STOP, Kind.DISTRESS, Kind.DISTRESS_NOT_PASSED_ON})
_LEVELS: Mapping[str, Level] = {level.name.lower(): level for level in Level}


@dataclass(frozen=True, slots=True)
class Told:
    """The alert of an event, None where no rule asks for it or it may not go; held: it may not."""

    alert: Alert | None
    held: bool = False


NOTHING = Told(None)
HELD = Told(None, held=True)


class Telling:
    """What of the journal goes to one outlet, and how it is said."""

    def __init__(self, node: Node, outlet: OutletConfig, rules: Sequence[Rule]) -> None:
        self._node = node
        self._outlet = outlet
        self._rules = [rule for rule in rules if outlet.name in rule.outlets]
        self._own = node.context.party

    async def alert(self, event: JournalEvent) -> Told:
        """Never raises for what an event holds: what cannot be read is not told."""
        rules = [rule for rule in self._rules if _asks_kind(rule, event.kind)]
        if not rules:
            return NOTHING
        try:
            return await self._told(event, rules)
        except (InputError, IntegrityError, KeyError, TypeError, ValueError, AttributeError):
            return NOTHING

    def afloat(self, key: str, kind: str, text: str, at_ms: int) -> Told:
        """An alarm that is in no journal: for our own people, whatever the rules say."""
        if not self._ours:
            return NOTHING
        return Told(Alert(key, 0, at_ms, kind, text, self._own_banner(), urgent=True))

    @property
    def _ours(self) -> bool:
        return self._outlet.recipient == self._own

    def _key(self, event: JournalEvent) -> str:
        return f"{self._own}:{self._outlet.name}:{event.seq}"

    def _own_banner(self) -> str:
        return Marking(Tlp.AMBER_STRICT, (), self._own).banner()

    async def _told(self, event: JournalEvent, rules: Sequence[Rule]) -> Told:
        if event.kind == "item":
            return await self._item(event, rules)
        if event.kind == "paper":
            return await self._paper(event, rules)
        found = _finding(event)
        if found is not None:
            return await self._finding(event, found, rules)
        plain = [rule for rule in rules if not (rule.level or rule.precedence or rule.about)]
        if not any(_asks_who(rule, _parties_in(event.data)) for rule in plain):
            return NOTHING
        if not self._ours:
            return HELD
        text = f"{event.kind}: {_flat(event.data)}"
        return Told(
            Alert(self._key(event), event.seq, event.at_ms, event.kind, text, self._own_banner())
        )

    async def _item(self, event: JournalEvent, rules: Sequence[Rule]) -> Told:
        ref = str(event.data["ref"])
        kind, author = ref.partition(":")[0], str(event.data["by"])
        urgent = kind in ("stop", "distress")
        if not any(
            _asks(rule, kind, (author,)) and not rule.precedence and (urgent or not rule.level)
            for rule in rules
        ):
            return NOTHING
        record = await self._node.item(ref)
        content = record.content
        if self._ours:
            return Told(self._of_item(event, record, urgent=urgent))
        if releasable(content, self._recipient, parties=self._parties()):
            return Told(self._of_item(event, replace(record, standings=()), urgent=urgent))
        text = await self._danger(content)
        if not text:
            return HELD
        return Told(
            Alert(
                self._key(event), event.seq, event.at_ms, "hazard", text,
                "SAFETY SUBSET", content.header.exercise, urgent,
            )
        )  # fmt: skip

    def _of_item(self, event: JournalEvent, record: ItemRecord, *, urgent: bool) -> Alert:
        content = record.content
        safe = isinstance(content, Stop | Distress)
        banner = "SAFETY SUBSET" if safe else unmarked(content.header).banner()
        text = describe_record(record).removeprefix("EXERCISE. ")
        return Alert(
            self._key(event), event.seq, event.at_ms, "item", text, banner,
            content.header.exercise, urgent,
        )  # fmt: skip

    @property
    def _recipient(self) -> str:
        """The party; for outsiders a name that no party and no marking can have."""
        return "*outside" if self._outlet.recipient == OUTSIDE else self._outlet.recipient

    def _parties(self) -> frozenset[str]:
        return frozenset(party.id for party in self._node.agreement.parties)

    async def _danger(self, item: Item) -> str:
        """By the agreement that the item was said under."""
        subset = await self._node.look(
            lambda desk: safety_subset(desk.agreement_of(item.header.agreement), item)
        )
        if subset is None or not subset.dangers:
            return ""
        first, *rest = subset.dangers
        more = f" and {len(rest)} more" if rest else ""
        return f"HAZARD {subset.handle}: {_danger_words(first)}{more}. Keep clear."

    async def _paper(self, event: JournalEvent, rules: Sequence[Rule]) -> Told:
        ref, author = str(event.data["ref"]), str(event.data["by"])
        kind = ref.partition(":")[0]
        asking = [r for r in rules if _asks(r, kind, (author,)) and not r.level]
        if not asking:
            return NOTHING
        paper = (await self._node.paper(ref)).paper
        precedence = _precedence(paper)
        if not any(_reaches(rule, precedence) for rule in asking):
            return NOTHING
        if not self._ours and not releasable(paper, self._recipient, parties=self._parties()):
            return HELD
        flash = precedence == len(PRECEDENCE) - 1
        word = f"{PRECEDENCE[precedence].value.upper()} " if precedence >= 0 else ""
        return Told(
            Alert(
                self._key(event), event.seq, event.at_ms, "paper", word + describe_paper(paper),
                marking_of(paper).banner(), paper.header.exercise, flash,
            )
        )  # fmt: skip

    async def _finding(self, event: JournalEvent, found: Finding, rules: Sequence[Rule]) -> Told:
        if not any(
            _asks(rule, found.kind.value, found.parties)
            and not rule.precedence
            and found.level >= _LEVELS.get(rule.level, Level.INFO)
            for rule in rules
        ):
            return NOTHING
        if not self._ours:
            return HELD
        state = {"finding-closed": "OVER: ", "watch-closed": "OVER: "}.get(event.kind, "")
        text = f"{state}{found.level.name} {describe(found)}"
        urgent = found.kind in _URGENT and not state
        exercise = await self._is_exercise(found)
        return Told(
            Alert(
                self._key(event), event.seq, event.at_ms, event.kind, text, self._own_banner(),
                exercise, urgent,
            )
        )  # fmt: skip

    async def _is_exercise(self, found: Finding) -> bool:
        """Whether something that it is about is an exercise."""
        for ref in map(bare, found.refs):
            kind = ref.partition(":")[0]
            try:
                if kind in ITEM_KINDS and (await self._node.item(ref)).content.header.exercise:
                    return True
            except InputError:
                continue
        return False


def _asks_kind(rule: Rule, kind: str) -> bool:
    return not rule.events or any(
        kind.startswith(event[:-1]) if event.endswith("*") else kind == event
        for event in rule.events
    )


def _asks(rule: Rule, about: str, parties: Sequence[str]) -> bool:
    return (not rule.about or about in rule.about) and _asks_who(rule, parties)


def _asks_who(rule: Rule, parties: Sequence[str]) -> bool:
    return not rule.by or any(party in rule.by for party in parties)


def _reaches(rule: Rule, precedence: int) -> bool:
    if not rule.precedence:
        return True
    return precedence >= [one.value for one in PRECEDENCE].index(rule.precedence)


def _precedence(paper: Paper) -> int:
    """Its place in PRECEDENCE, -1 for what has none."""
    content = paper.content
    return PRECEDENCE.index(content.precedence) if isinstance(content, HotlineMessage) else -1


def _finding(event: JournalEvent) -> Finding | None:
    """The finding of finding-*, watch-* and alarm-* events."""
    data: Mapping[str, Any] = event.data
    if event.kind.startswith("alarm-"):
        alarm = data.get("alarm")
        if not isinstance(alarm, Mapping):
            return None
        data = alarm["finding"]
    elif not event.kind.startswith(("finding-", "watch-")) or "level" not in data:
        return None
    return finding(
        Kind(data["kind"]),
        _LEVELS[str(data["level"])],
        data["refs"],
        parties=data["parties"],
        window_ms=(data["from_ms"], data["until_ms"]),
        measures=data["measures"],
        codes=data["codes"],
    )


def _parties_in(data: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(str(data[name]) for name in ("by", "party", "peer") if name in data)


def _flat(data: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in data.items())


def _danger_words(danger: Danger) -> str:
    area = danger.area
    centre = area.centre
    north, east = "N" if centre.lat_deg >= 0 else "S", "E" if centre.lon_deg >= 0 else "W"
    place = f"{abs(centre.lat_deg):.4f}{north} {abs(centre.lon_deg):.4f}{east}"
    reach_km = math.ceil((area.cap_radius_m + 10) / 100) / 10  # 10 m: of the four decimals
    return (
        f"within {reach_km:.1f} km of {place},"
        f" {danger.band.floor.cm // 100} to {-(-danger.band.ceiling.cm // 100)} m above WGS-84,"
        f" {window(danger.from_ms, danger.until_ms)}"
    )
