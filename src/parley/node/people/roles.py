"""What a person at the console may do, by role: one table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class PersonRole(StrEnum):
    """What somebody is at the console; under a duty role of the agreement he speaks."""

    WATCH_OFFICER = "watch-officer"
    RELEASER = "releaser"
    LIAISON = "liaison"
    OBSERVER = "observer"
    ADMINISTRATOR = "administrator"


class Can(StrEnum):
    """What may be done.

    answer: to items, steps, alarms, tracks' owners and bindings, presences. draft: author a
    notice. release: as its second person. urgent: STOP, DISTRESS, reports, non-conformance, by
    one person. talk: hotline, papers, meetings, incidents, claims. pass-on: what is released to
    others. sign: the agreement. administer: people, their sessions and acts, carried files.
    """

    READ = "read"
    ANSWER = "answer"
    DRAFT = "draft"
    RELEASE = "release"
    URGENT = "urgent"
    TALK = "talk"
    PASS_ON = "pass-on"
    SIGN = "sign"
    HAND_OVER = "hand-over"
    ADMINISTER = "administer"


ALLOWED: Mapping[PersonRole, frozenset[Can]] = {
    PersonRole.WATCH_OFFICER: frozenset(
        {Can.READ, Can.ANSWER, Can.DRAFT, Can.URGENT, Can.TALK, Can.HAND_OVER}
    ),
    PersonRole.RELEASER: frozenset({Can.READ, Can.ANSWER, Can.RELEASE, Can.PASS_ON, Can.URGENT}),
    PersonRole.LIAISON: frozenset(
        {Can.READ, Can.ANSWER, Can.DRAFT, Can.TALK, Can.PASS_ON, Can.SIGN, Can.URGENT}
    ),
    PersonRole.OBSERVER: frozenset({Can.READ}),
    PersonRole.ADMINISTRATOR: frozenset({Can.READ, Can.ADMINISTER}),
}


def allowed(roles: Iterable[PersonRole]) -> frozenset[Can]:
    """What somebody with these roles may do: all that any of them may."""
    return frozenset().union(*(ALLOWED[role] for role in roles))
