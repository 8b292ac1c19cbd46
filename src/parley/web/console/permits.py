"""What a session needs for each route: one row a method and path. What has no row is refused.

Programs with the operator token are not asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from parley.node.people.roles import Can

PERMITS: Mapping[tuple[str, str], Can] = {
    # acts
    ("POST", "/v1/notices"): Can.DRAFT,
    ("POST", "/v1/notices/{item}/amend"): Can.DRAFT,
    ("POST", "/v1/check"): Can.READ,
    ("POST", "/v1/notices/{item}/steps"): Can.ANSWER,
    ("POST", "/v1/items/{ref}/steps"): Can.ANSWER,
    ("POST", "/v1/items/{ref}/answers"): Can.ANSWER,
    ("POST", "/v1/stop"): Can.URGENT,
    ("POST", "/v1/distress"): Can.URGENT,
    ("POST", "/v1/reports"): Can.URGENT,
    ("POST", "/v1/nonconformances"): Can.URGENT,
    ("POST", "/v1/presences"): Can.ANSWER,
    ("DELETE", "/v1/presences/{item}"): Can.ANSWER,
    ("POST", "/v1/tracks"): Can.ANSWER,
    ("GET", "/v1/challenges"): Can.READ,
    ("POST", "/v1/challenges"): Can.TALK,
    # reads
    ("GET", "/v1/items"): Can.READ,
    ("GET", "/v1/items/{ref}"): Can.READ,
    ("POST", "/v1/items/read"): Can.READ,
    ("GET", "/v1/findings"): Can.READ,
    ("GET", "/v1/log"): Can.READ,
    ("GET", "/v1/log/file"): Can.READ,
    ("GET", "/v1/journal"): Can.READ,
    ("POST", "/v1/evidence"): Can.READ,
    ("POST", "/v1/evidence/verify"): Can.READ,
    ("GET", "/v1/health"): Can.READ,
    ("GET", "/v1/links"): Can.READ,
    ("GET", "/v1/heads"): Can.READ,
    ("GET", "/v1/exhibits"): Can.READ,
    ("GET", "/v1/suspicions"): Can.READ,
    ("GET", "/v1/events"): Can.READ,
    ("GET", "/v1/alerts"): Can.READ,
    ("GET", "/v1/picture"): Can.READ,
    # carried by hand
    ("POST", "/v1/carry/out"): Can.ADMINISTER,
    ("POST", "/v1/carry/in"): Can.ADMINISTER,
    ("POST", "/v1/carry/tail"): Can.ADMINISTER,
    # the watch
    ("GET", "/v1/watch"): Can.READ,
    ("GET", "/v1/watch/picture"): Can.READ,
    ("GET", "/v1/watch/tracks"): Can.READ,
    ("GET", "/v1/watch/history"): Can.READ,
    ("GET", "/v1/watch/stream"): Can.READ,
    ("GET", "/v1/watch/inputs"): Can.READ,
    ("GET", "/v1/watch/alarms"): Can.READ,
    ("POST", "/v1/watch/alarms/acknowledge"): Can.ANSWER,
    ("POST", "/v1/watch/alarms/shelve"): Can.ANSWER,
    ("POST", "/v1/watch/alarms/unshelve"): Can.ANSWER,
    ("POST", "/v1/watch/owners"): Can.ANSWER,
    ("POST", "/v1/watch/bindings"): Can.ANSWER,
    ("POST", "/v1/watch/moving"): Can.ANSWER,
    ("DELETE", "/v1/watch/moving/{ref}"): Can.ANSWER,
    # papers: see BY_KIND
    ("GET", "/v1/papers"): Can.READ,
    ("GET", "/v1/papers/kinds"): Can.READ,
    ("GET", "/v1/papers/{ref}"): Can.READ,
    ("GET", "/v1/papers/{ref}/history"): Can.READ,
    ("POST", "/v1/papers/{kind}"): Can.TALK,
    ("POST", "/v1/papers/{ref}/amend"): Can.TALK,
    ("POST", "/v1/papers/{ref}/withdraw"): Can.TALK,
    ("POST", "/v1/papers/{ref}/reply"): Can.TALK,
    # the agreement
    ("GET", "/v1/agreement"): Can.READ,
    ("GET", "/v1/agreement/file"): Can.READ,
    ("POST", "/v1/agreement/proposals"): Can.SIGN,
    ("POST", "/v1/agreement/proposals/{ref}/sign"): Can.SIGN,
    ("POST", "/v1/agreement/participation"): Can.SIGN,
    # liaison
    ("GET", "/v1/meetings.ics"): Can.READ,
    ("GET", "/v1/meetings/{ref}"): Can.READ,
    ("GET", "/v1/commitments"): Can.READ,
    ("GET", "/v1/directory"): Can.READ,
    ("GET", "/v1/directory/duplicates"): Can.READ,
    ("GET", "/v1/directory/clashes"): Can.READ,
    ("GET", "/v1/directory/{ref}"): Can.READ,
    ("GET", "/v1/directory/merges/{ref}"): Can.READ,
    ("GET", "/v1/releases"): Can.READ,
    ("GET", "/v1/releases.csv"): Can.READ,
    ("POST", "/v1/releases"): Can.PASS_ON,
    ("POST", "/v1/releases/check"): Can.READ,
    ("POST", "/v1/consents"): Can.PASS_ON,
    ("POST", "/v1/consents/{ref}/answer"): Can.PASS_ON,
    ("GET", "/v1/adherence"): Can.READ,
    ("GET", "/v1/deliveries/{ref}"): Can.READ,
    ("GET", "/v1/deliveries/{ref}/relay"): Can.READ,
    ("POST", "/v1/deliveries/{ref}/relay"): Can.TALK,
    ("POST", "/v1/relays/{ref}/proof"): Can.TALK,
    ("GET", "/v1/health/mechanism"): Can.READ,
    ("GET", "/v1/packs/review.html"): Can.READ,
    ("GET", "/v1/packs/review.pdf"): Can.READ,
    ("GET", "/v1/incidents/form"): Can.READ,
    ("GET", "/v1/incidents/{ref}/form"): Can.READ,
    ("GET", "/v1/incidents/{ref}/list"): Can.READ,
    ("GET", "/v1/incidents/{ref}/list.html"): Can.READ,
    ("GET", "/v1/incidents/{ref}/timeline"): Can.READ,
    ("GET", "/v1/incidents/communiques/{ref}"): Can.READ,
    ("GET", "/v1/hotline/phrases"): Can.READ,
    ("GET", "/v1/hotline/phrases/{phrase}"): Can.READ,
    ("GET", "/v1/hotline/lines"): Can.READ,
    ("GET", "/v1/hotline/outages"): Can.READ,
    ("GET", "/v1/hotline/messages"): Can.READ,
    ("POST", "/v1/hotline/translate"): Can.TALK,
    # drafts and handover
    ("GET", "/v1/drafts"): Can.READ,
    ("POST", "/v1/drafts"): Can.DRAFT,
    ("GET", "/v1/drafts/{draft}"): Can.READ,
    ("GET", "/v1/drafts/{draft}/as/{form}"): Can.READ,
    ("POST", "/v1/drafts/{draft}/replace"): Can.DRAFT,
    ("POST", "/v1/drafts/{draft}/withdraw"): Can.DRAFT,
    ("POST", "/v1/drafts/{draft}/release"): Can.RELEASE,
    ("POST", "/v1/drafts/{draft}/return"): Can.RELEASE,
    ("POST", "/v1/drafts/check"): Can.READ,
    ("POST", "/v1/drafts/read"): Can.READ,
    ("POST", "/v1/coordinates"): Can.READ,
    ("POST", "/v1/drafts/convert"): Can.READ,
    ("POST", "/v1/drafts/as/{form}"): Can.READ,
    ("GET", "/v1/items/{ref}/as/{form}"): Can.READ,
    ("GET", "/v1/handover"): Can.READ,
    ("GET", "/v1/handover/{ref}"): Can.READ,
    ("POST", "/v1/handover/take-seat"): Can.HAND_OVER,
    ("POST", "/v1/handover/offer"): Can.HAND_OVER,
    ("POST", "/v1/handover/{ref}/take"): Can.HAND_OVER,
    ("POST", "/v1/handover/{ref}/take-here"): Can.HAND_OVER,
    ("POST", "/v1/handover/{ref}/withdraw"): Can.HAND_OVER,
    ("GET", "/v1/health/mechanism/series"): Can.READ,
    # one's own session; the people
    ("GET", "/v1/session"): Can.READ,
    ("DELETE", "/v1/session"): Can.READ,
    ("POST", "/v1/session/password"): Can.READ,
    ("POST", "/v1/session/duty"): Can.READ,
    ("GET", "/v1/people"): Can.ADMINISTER,
    ("POST", "/v1/people"): Can.ADMINISTER,
    ("GET", "/v1/people/{person}"): Can.ADMINISTER,
    ("POST", "/v1/people/{person}/change"): Can.ADMINISTER,
    ("POST", "/v1/people/{person}/password"): Can.ADMINISTER,
    ("DELETE", "/v1/people/{person}/sessions"): Can.ADMINISTER,
    ("GET", "/v1/sessions"): Can.ADMINISTER,
    ("DELETE", "/v1/sessions/{session}"): Can.ADMINISTER,
    ("GET", "/v1/acts"): Can.READ,
}

BY_KIND: Mapping[str, Can] = {
    "release": Can.PASS_ON,
    "consent-request": Can.PASS_ON,
    "proposal": Can.SIGN,
    "signature": Can.SIGN,
    "participation": Can.SIGN,
    "posture": Can.SIGN,
    "handover": Can.HAND_OVER,
}
"""Kinds of papers that need more than talk, whatever is done with them."""

TWO_PERSONS = frozenset(
    {
        ("POST", "/v1/notices"),
        ("POST", "/v1/notices/{item}/amend"),
        ("POST", "/v1/releases"),
    }
)
"""What one person alone does not do where two have to: it begins as a draft."""

ALWAYS = frozenset(
    {
        ("GET", "/v1/session"),
        ("DELETE", "/v1/session"),
        ("POST", "/v1/session/password"),
    }
)
"""What somebody may do whose password an administrator knows."""

_PAPERS = "/v1/papers/{"
_SUBJECTS = {"/v1/notices/": "notice:", "/v1/presences/": "presence:"}


@dataclass(frozen=True, slots=True)
class Permit:
    """The row of a request: its path's template, and what a session needs. subject: the item,
    paper or person that the path names, "" for none. two_persons: not for one alone, where two
    have to."""

    method: str
    template: str
    can: Can
    subject: str
    two_persons: bool


def permit_of(method: str, path: str) -> Permit | None:
    """The row that a request falls under; None: there is none, and a session is refused. Of two
    templates that fit, the one that is literal first, from the left."""
    if not path.isprintable():
        return None
    method = "GET" if method == "HEAD" else method
    for template, pattern, can in _rows().get(method, ()):
        found = pattern.fullmatch(path)
        if found is None:
            continue
        named = found.groupdict()
        two = (method, template) in TWO_PERSONS
        if method != "GET" and template.startswith(_PAPERS):
            kind = named.get("kind") or named["ref"].partition(":")[0]
            can = BY_KIND.get(kind, can)
            two = kind == "release" and not template.endswith(("/reply", "/withdraw"))
        return Permit(method, template, can, _subject(template, named), two)
    return None


def _subject(template: str, named: Mapping[str, str]) -> str:
    if "ref" in named:
        return named["ref"]
    for kind in ("person", "draft"):
        if kind in named:
            return f"{kind}:{named[kind]}"
    if "item" in named:
        head = next((h for h in _SUBJECTS if template.startswith(h)), "")
        return f"{_SUBJECTS.get(head, '')}{named['item']}"
    return ""


@cache
def _rows() -> Mapping[str, tuple[tuple[str, re.Pattern[str], Can], ...]]:
    """By method, the rows in the order in which they are tried."""
    made: dict[str, list[tuple[str, re.Pattern[str], Can]]] = {}
    for (method, template), can in sorted(PERMITS.items(), key=lambda row: _literal_first(row[0])):
        parts = (
            f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
            for part in template.split("/")
        )
        made.setdefault(method, []).append((template, re.compile("/".join(parts)), can))
    return {method: tuple(rows) for method, rows in made.items()}


def _literal_first(row: tuple[str, str]) -> list[bool]:
    return [part.startswith("{") for part in row[1].split("/")]
