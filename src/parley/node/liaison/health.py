"""The facts that health is measured from, gathered in one pass over the log and the journal.

Statements are read as the JSON that was signed: they were checked when they were admitted, and
only their headers and a few fields count here. The journal is searched by its numbers, which
follow our clock; a clock that ran back is told in it and moves no line by more than it ran.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from parley.errors import InputError
from parley.ledger import Kind, note_hash
from parley.ledger.checkpoint import party_of
from parley.liaison.health.facts import (
    Answered,
    Facts,
    FindingSeen,
    LinkSeen,
    PaperSaid,
    Receipted,
    Stepped,
    Told,
)
from parley.liaison.health.figures import Health, Period
from parley.liaison.health.measure import measure
from parley.liaison.kinds import KINDS
from parley.liaison.papers.marking import Marking, Tlp
from parley.node.codec import finding_from
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.rules.findings import bare

HIDDEN_FROM_OTHERS = frozenset({"findings", "truth"})
"""What our tracks and our protected presences show is told to nobody else."""

Body = Mapping[str, Any]
_SALT = 17
_ITEMS = {
    f"parley/{kind}/v1": kind for kind in ("notice", "stop", "distress", "report", "nonconformance")
}
_PAPERS = {f"parley/{kind}/v1": kind for kind in KINDS}
_WORDS: Mapping[str, tuple[str, ...]] = {
    "message": ("line", "precedence"),
    "check": ("line", "due_s"),
    "call": ("line", "answered"),
    "line-report": ("line", "state", "since_ms"),
    "commitment": ("owner", "state", "hard"),
    "objection": ("to", "state", "reply_by_ms"),
    "consent-request": ("subject", "until_ms"),
    "participation": ("stance", "from_ms", "keeps_line"),
    "release": ("grounds", "recipient"),
}
"""The fields that are counted by, of each kind of paper that is counted."""
_BACK = 20_000
"""So many lines of the journal before the period are searched for the last state of each link."""


def health(desk: Desk, from_ms: int, until_ms: int, *, audience: str = "") -> Health:
    """The health of the mechanism in a closed period, for ``audience`` ("": for ourselves).

    For another party only what was told to it or by it counts, and nothing of our own tracks.
    InputError: no such party, a period that ends before it begins."""
    period = Period(from_ms, until_ms)
    facts = facts_of(desk, period, audience)
    found = measure(desk.agreement, facts, period, asked_ms=desk.now_ms, audience=audience)
    return replace(found, marking=marking(facts.party, found.audience).banner())


def marking(ours: str, audience: str) -> Marking:
    """What stands on figures of our own: for us alone, or for the party they are made for."""
    if audience in ("", ours):
        return Marking(Tlp.RED, (ours,))
    return Marking(Tlp.AMBER_STRICT, tuple(sorted((ours, audience))), ours)


def facts_of(desk: Desk, period: Period, audience: str = "") -> Facts:
    """All facts that concern the period."""
    ours = desk.context.party
    if audience and audience not in {p.id for p in desk.agreement.parties}:
        raise InputError(
            f"{audience[:80]!r} is no party of the agreement",
            right=f"one of: {', '.join(p.id for p in desk.agreement.parties)}",
            where="for",
        )
    audience = "" if audience == ours else audience
    said = _Said(desk, audience)
    for leaf in desk.tx.log.leaves(0, desk.tx.log.size()):
        if leaf[0] in (Kind.SENT, Kind.RECEIVED):
            said.read(leaf)
    said.our_receipts(desk.tx)
    links, findings = _journal(desk, period)
    if audience:
        links, findings = tuple(one for one in links if one.peer == audience), ()
    return Facts(
        ours,
        tuple(said.told),
        tuple(said.stepped),
        tuple(said.receipted),
        tuple(said.answered),
        tuple(said.papers),
        links,
        findings,
        None if audience else _standing(desk, period),
        HIDDEN_FROM_OTHERS if audience else frozenset(),
    )


class _Said:
    """What the log says, sorted as it is read. Statements that were not told to ``audience`` or
    by it are left out; so are words that anything else is about."""

    def __init__(self, desk: Desk, audience: str) -> None:
        self._ours = desk.context.party
        self._audience = audience
        self.told: list[Told] = []
        self.stepped: list[Stepped] = []
        self.receipted: list[Receipted] = []
        self.answered: list[Answered] = []
        self.papers: list[PaperSaid] = []
        self._sent: dict[str, tuple[str, int]] = {}
        self._got: list[tuple[str, str, int]] = []
        self._expected: dict[tuple[str, int], tuple[int, int, int, int, str]] = {}
        self._left_out: set[str] = set()
        self._readers: dict[bytes, Callable[[Body], None]] = {
            b"parley/item-event/v1": self._step,
            b"parley/answer/v1": self._answer,
            b"parley/reply/v1": self._answer,
        }

    def read(self, leaf: bytes) -> None:
        """One entry that was sent or received."""
        line_end = leaf.find(b"\n", _SALT)
        line = leaf[_SALT:line_end]
        body_end = leaf.find(b"\n", line_end + 1)
        if line == b"parley/receipt/v1":
            self._receipt(json.loads(leaf[line_end + 1 : body_end]))
            return
        reader = self._readers.get(line)
        if reader is not None:
            reader(json.loads(leaf[line_end + 1 : body_end]))
            return
        word = line.decode("ascii", "replace")
        if word not in _ITEMS and word not in _PAPERS:
            return
        body = json.loads(leaf[line_end + 1 : body_end])
        if self._audience and self._audience not in (body["by"], *body["to"]):
            self._left_out.add(body["item"])
            return
        note = leaf[_SALT:]
        if word in _ITEMS:
            self._item(_ITEMS[word], body)
        else:
            self._paper(_PAPERS[word], body)
        digest = note_hash(note).hex()
        if leaf[0] == Kind.SENT:
            self._sent[digest] = (body["item"], body["version"])
        else:
            self._got.append((digest, body["item"], body["version"]))

    def our_receipts(self, tx: Tx) -> None:
        """Those that we gave stand beside the log, by the hash of what they are for."""
        for digest, item, version in self._got:
            sealed = tx.records.get("receipt", digest)
            if sealed is not None:
                at_ms = json.loads(sealed.split(b"\n", 2)[1])["at_ms"]
                self.receipted.append(Receipted(item, version, self._ours, at_ms))

    def _receipt(self, body: Body) -> None:
        held = self._sent.get(body["note_hash"])
        if held is not None:
            party = party_of(body["log"])
            self.receipted.append(Receipted(*held, party, body["at_ms"]))

    def _item(self, kind: str, body: Body) -> None:
        item, version = body["item"], body["version"]
        start_ms = end_ms = -1
        if kind == "notice":
            volumes = body["volumes"]
            start_ms = min([v["start_ms"] for v in volumes])
            end_ms = max([v["end_ms"] for v in volumes])
            floor = min([v["floor_cm"] for v in volumes]) // 100
            ceiling = -(-max([v["ceiling_cm"] for v in volumes]) // 100)
            self._expected[item, version] = (start_ms, end_ms, floor, ceiling, body["place"])
        self.told.append(
            Told(
                kind,
                item,
                version,
                body["by"],
                tuple(body["to"]),
                body["at_ms"],
                body["exercise"],
                body.get("activity_class", ""),
                start_ms,
                end_ms,
                body.get("since_ms", -1),
                body.get("phase") == "ceased",
            )
        )

    def _step(self, body: Body) -> None:
        if body["item"] not in self._left_out:
            self.stepped.append(
                Stepped(body["item"], body["version"], body["by"], body["at_ms"], body["step"])
            )

    def _answer(self, body: Body) -> None:
        item, version = body["item"], body["version"]
        if item in self._left_out:
            return
        self.answered.append(
            Answered(
                item,
                version,
                body["by"],
                body["number"],
                body["rung"],
                body["at_ms"],
                self._right(body),
            )
        )

    def _right(self, body: Body) -> bool:
        """Whether a notice was read back rightly. What is no notice has nothing to be wrong in;
        of a paper's values its record tells."""
        said = body.get("read_back")
        expected = self._expected.get((body["item"], body["version"]))
        if not said or expected is None:
            return True
        names = ("start_ms", "end_ms", "floor_m", "ceiling_m", "place")
        return tuple(said[name] for name in names) == expected

    def _paper(self, kind: str, body: Body) -> None:
        content = body["content"]
        words = [(name, _plain(content.get(name))) for name in _WORDS.get(kind, ())]
        if kind == "commitment":
            due = content.get("due")
            words.append(("due_ms", due["until_ms"] if due else -1))
        self.papers.append(
            PaperSaid(
                kind,
                body["item"],
                body["version"],
                body["by"],
                tuple(body["to"]),
                body["at_ms"],
                body["exercise"],
                body["withdrawn"],
                tuple(words),
            )
        )


def _plain(value: object) -> str | int:
    return int(value) if isinstance(value, bool | int) else str(value or "")


# The journal --------------------------------------------------------------------------------


def _journal(desk: Desk, period: Period) -> tuple[tuple[LinkSeen, ...], tuple[FindingSeen, ...]]:
    """Links and findings of the period, and the last known state of each link before it."""
    first = first_event(desk.tx, period.from_ms)
    links = _links_before(desk, first)
    findings: list[FindingSeen] = []
    for kind, at_ms, data in _events(desk.tx, first, period.until_ms):
        if kind == "link":
            links.append(LinkSeen(data["peer"], data["up"], at_ms))
        else:
            findings.append(_finding(kind, at_ms, data))
    return tuple(links), tuple(findings)


def _standing(desk: Desk, period: Period) -> tuple[FindingSeen, ...]:
    """What stood at the end of the period: what stands now, less what opened later, with what
    closed later. A finding that opened and closed again later is in neither."""
    stands: dict[str, FindingSeen] = {}
    for key, stored in desk.tx.records.scan("finding"):
        found = finding_from(stored)
        stands[key] = FindingSeen(
            found.kind.value, True, found.from_ms, key, found.refs, found.parties
        )
    later = list(_events(desk.tx, first_event(desk.tx, period.until_ms + 1), None))
    for kind, at_ms, data in reversed(later):
        if kind == "link":
            continue
        one = _finding(kind, at_ms, data)
        if one.opened:
            stands.pop(one.key, None)
        else:
            stands[one.key] = one
    return tuple(stands[key] for key in sorted(stands))


def _finding(kind: str, at_ms: int, data: Body) -> FindingSeen:
    refs = tuple(data["refs"])
    key = "|".join((data["kind"], *(bare(ref) for ref in refs)))
    return FindingSeen(
        data["kind"], kind == "finding-opened", at_ms, key, refs, tuple(data["parties"])
    )


_WANTED = (b'"kind":"finding-opened"', b'"kind":"finding-closed"', b'"kind":"link"')


def _events(tx: Tx, first: int, until_ms: int | None) -> Iterator[tuple[str, int, Body]]:
    """Links, and findings opened and closed, from event ``first`` on; up to the last line that
    is not after ``until_ms``."""
    last = None if until_ms is None else first_event(tx, until_ms + 1)
    for key, data in tx.records.scan("event", after=f"{first - 1:012d}"):
        if last is not None and int(key) >= last:
            return
        if any(mark in data for mark in _WANTED):
            line = json.loads(data)
            if line["kind"] in ("finding-opened", "finding-closed", "link"):
                yield line["kind"], line["at_ms"], line["data"]


def _links_before(desk: Desk, first: int) -> list[LinkSeen]:
    """The last line about each peer's link among those before event ``first``."""
    wanted = set(desk.context.others)
    held: dict[str, LinkSeen] = {}
    stop = first
    while stop > max(1, first - _BACK) and wanted - set(held):
        start = max(1, stop - 1000)
        page = desk.tx.records.scan("event", after=f"{start - 1:012d}", limit=stop - start)
        held = {**_last_links(page), **held}
        stop = start
    return sorted(held.values(), key=lambda one: one.at_ms)


def _last_links(page: Iterable[tuple[str, bytes]]) -> dict[str, LinkSeen]:
    found = {}
    for _, data in page:
        if b'"kind":"link"' in data:
            line = json.loads(data)
            if line["kind"] == "link":
                said = line["data"]
                found[said["peer"]] = LinkSeen(said["peer"], said["up"], line["at_ms"])
    return found


def first_event(tx: Tx, at_ms: int) -> int:
    """The number of the first line of the journal at ``at_ms`` or later, found by halving; one
    more than the last where all are earlier. Lines written before our clock ran back count as
    their neighbours do."""
    low, high = 1, int(tx.records.get("meta", "event") or b"0") + 1
    while low < high:
        middle = (low + high) // 2
        data = tx.records.get("event", f"{middle:012d}")
        if data is None or json.loads(data)["at_ms"] < at_ms:
            low = middle + 1
        else:
            high = middle
    return low
