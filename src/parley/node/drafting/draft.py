"""A draft that waits, and what may become of it: one table. Pure.

Two persons: the one who wrote the newest revision does not release it. Whoever comes second is
told by a ``DoneBeforeError`` what the first did.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from parley.errors import ChangedError, DoneBeforeError, InputError, PersonError

MAX_BODY_CHARS = 1024 * 1024
MAX_SEEN = 1_000
MAX_SEEN_CHARS = 400
MAX_DEEDS = 100
"""So often a draft is replaced at most; then a new one is proposed."""


class DraftKind(StrEnum):
    """What it becomes: a notice, the next version of one, a release of information, a paper of
    ours under a wider marking."""

    NOTICE = "notice"
    AMENDMENT = "amendment"
    RELEASE = "release"
    WIDENING = "paper-widening"


class State(StrEnum):
    WAITING = "waiting"
    RELEASED = "released"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Did(StrEnum):
    PROPOSED = "proposed"
    REPLACED = "replaced"
    RELEASED = "released"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


STATES: Mapping[State, Mapping[Did, State]] = {
    State.WAITING: {
        Did.REPLACED: State.WAITING,
        Did.RELEASED: State.RELEASED,
        Did.RETURNED: State.RETURNED,
        Did.WITHDRAWN: State.WITHDRAWN,
        Did.LAPSED: State.LAPSED,
    },
    State.RELEASED: {},
    State.RETURNED: {},
    State.WITHDRAWN: {},
    State.LAPSED: {},
}
"""An absent pair is refused."""

_WORDS: Mapping[State, str] = {
    State.RELEASED: "has released it",
    State.RETURNED: "has returned it",
    State.WITHDRAWN: "has withdrawn it",
    State.LAPSED: "its window began before it was released",
}


@dataclass(frozen=True, slots=True)
class Who:
    """person: the log-in name, or the name that a program gives. role: duty role, or ""."""

    person: str
    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done to a draft. revision: of the draft, behind it."""

    did: Did
    who: Who
    at_ms: int
    revision: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed. body: as it was given, of ``content_type``. role: the author's duty role.
    to: None for every other party. item: the id of the notice that it amends, or "".
    start_ms, end_ms: the hull of its window, -1 for what has none. agreement: the digest of the
    one under which it was read."""

    kind: DraftKind
    body: str
    content_type: str
    role: str
    to: tuple[str, ...] | None
    exercise: bool = False
    each_its_own: bool = False
    item: str = ""
    start_ms: int = -1
    end_ms: int = -1
    agreement: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding that somebody was shown: its key and its level's name."""

    key: str
    level: str


@dataclass(frozen=True, slots=True)
class Draft:
    """id: not to be guessed, never used again. number: 1, 2, 3 ... for people. seen: what the
    check said when this revision was proposed. ref, version: what it became, "" and 0 before."""

    id: str
    number: int
    state: State
    revision: int
    proposal: Proposal
    deeds: tuple[Deed, ...]
    seen: tuple[Seen, ...] = ()
    ref: str = ""
    version: int = 0

    @property
    def author(self) -> Who:
        """Who wrote the newest revision."""
        return next(d.who for d in reversed(self.deeds) if d.did in (Did.PROPOSED, Did.REPLACED))

    @property
    def made_ms(self) -> int:
        return self.deeds[0].at_ms

    @property
    def changed_ms(self) -> int:
        return self.deeds[-1].at_ms

    @property
    def lapses_ms(self) -> int:
        """From this instant on it is not released any more; -1: never. The beginning of its
        window; its end, where it had begun already when it was proposed."""
        given = self.proposal
        proposed = [d for d in self.deeds if d.did in (Did.PROPOSED, Did.REPLACED)]
        return given.start_ms if given.start_ms > proposed[-1].at_ms else given.end_ms


def propose(
    identity: str, number: int, proposal: Proposal, who: Who, now_ms: int, seen: Sequence[Seen]
) -> Draft:
    """A new draft that waits. InputError: it is larger than a draft may be, its time is over."""
    _check(proposal, now_ms)
    deed = Deed(Did.PROPOSED, who, now_ms, 1)
    return Draft(identity, number, State.WAITING, 1, proposal, (deed,), _bounded(seen))


def replaced(
    draft: Draft,
    proposal: Proposal,
    who: Who,
    now_ms: int,
    seen: Sequence[Seen],
    *,
    revision: int = 0,
) -> Draft:
    """The next revision, by its author. revision: the one that he saw, 0 for whichever.

    DoneBeforeError, ChangedError, PersonError; InputError as ``propose``, or another kind."""
    check_waiting(draft)
    _check_revision(draft, revision)
    _check_author(draft, who)
    _check(proposal, now_ms)
    if (proposal.kind, proposal.item) != (draft.proposal.kind, draft.proposal.item):
        raise InputError(
            f"draft {draft.number} would become something else",
            right=f"a {draft.proposal.kind.value}, or a new draft",
            where="kind",
        )
    if len(draft.deeds) >= MAX_DEEDS:
        raise InputError(f"draft {draft.number} was replaced {MAX_DEEDS} times", right="a new one")
    deeds = (*draft.deeds, Deed(Did.REPLACED, who, now_ms, draft.revision + 1))
    return replace(
        draft, revision=draft.revision + 1, proposal=proposal, deeds=deeds, seen=_bounded(seen)
    )


def check_release(draft: Draft, who: Who, now_ms: int, *, revision: int, two_persons: bool) -> None:
    """Whether this person may release this revision now. DoneBeforeError, ChangedError,
    PersonError."""
    check_waiting(draft)
    _check_revision(draft, revision)
    if two_persons and same_person(draft.author, who):
        raise PersonError(
            f"{who.name} wrote draft {draft.number}",
            right="another person releases it",
            where="person",
        )
    if 0 <= draft.lapses_ms <= now_ms:
        raise _lapsed(draft, draft.lapses_ms)


def released(draft: Draft, who: Who, at_ms: int, ref: str, version: int) -> Draft:
    """The draft behind its release. DoneBeforeError."""
    return replace(_done(draft, Did.RELEASED, who, at_ms), ref=ref, version=version)


def returned(draft: Draft, who: Who, at_ms: int, text: str) -> Draft:
    """Somebody else does not release it, and says why. DoneBeforeError, PersonError; InputError
    without a word."""
    check_waiting(draft)
    if same_person(draft.author, who):
        raise PersonError(
            f"{who.name} wrote draft {draft.number}", right="withdraw it", where="person"
        )
    if not text.strip():
        raise InputError("it is returned without a word", right="what is wrong", where="text")
    return _done(draft, Did.RETURNED, who, at_ms, text)


def withdrawn(draft: Draft, who: Who, at_ms: int, text: str = "") -> Draft:
    """Its author takes it back. DoneBeforeError, PersonError."""
    check_waiting(draft)
    _check_author(draft, who)
    return _done(draft, Did.WITHDRAWN, who, at_ms, text)


def lapsed(draft: Draft, now_ms: int) -> Draft:
    """The same draft, or the lapsed one, if its time is over."""
    if draft.state is not State.WAITING or not 0 <= draft.lapses_ms <= now_ms:
        return draft
    return _done(draft, Did.LAPSED, NOBODY, now_ms)


NOBODY = Who("", "")


def check_waiting(draft: Draft) -> None:
    """DoneBeforeError with what the first did, if it waits no more."""
    if draft.state is State.WAITING:
        return
    last = draft.deeds[-1]
    if draft.state is State.LAPSED:
        raise _lapsed(draft, last.at_ms)
    who = last.who.name or "somebody"
    raise DoneBeforeError(
        f"{who} {_WORDS[draft.state]} already",
        who=last.who.name,
        role=last.who.role,
        did=last.did.value,
        at_ms=last.at_ms,
        ref=draft.ref,
        right=f"draft {draft.number} as it is now",
    )


def same_person(one: Who, other: Who) -> bool:
    """Whether two are one person: by the names that they log in by; by name too, where a program
    gave no other."""
    first, second = _folded(one.person), _folded(other.person)
    if _folded(one.name) == first or _folded(other.name) == second:
        return not {first, _folded(one.name)}.isdisjoint({second, _folded(other.name)})
    return first == second


def _folded(name: str) -> str:
    """A name as two readers take it for the same: without signs that are not seen."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    shown = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc"))
    return " ".join(shown.split())


def _done(draft: Draft, did: Did, who: Who, at_ms: int, text: str = "") -> Draft:
    following = STATES[draft.state].get(did)
    if following is None:
        check_waiting(draft)
        raise InputError(f"a draft is {draft.state.value} and not {did.value}", right="a new one")
    deeds = (*draft.deeds, Deed(did, who, at_ms, draft.revision, text))
    return replace(draft, state=following, deeds=deeds)


def _lapsed(draft: Draft, at_ms: int) -> DoneBeforeError:
    return DoneBeforeError(
        f"draft {draft.number} has lapsed: {_WORDS[State.LAPSED]}",
        did=Did.LAPSED.value,
        at_ms=at_ms,
        right="a new draft with a window that is still to come",
    )


def _check_revision(draft: Draft, revision: int) -> None:
    if revision not in (0, draft.revision):
        raise ChangedError(
            f"revision {revision} of draft {draft.number} is not the newest",
            right=f"revision {draft.revision}, read again",
            where="revision",
        )


def _check_author(draft: Draft, who: Who) -> None:
    if not same_person(draft.author, who):
        raise PersonError(
            f"draft {draft.number} is {draft.author.name}'s, not {who.name or 'yours'}",
            right="its author, or: return it with a word",
            where="person",
        )


def _check(proposal: Proposal, now_ms: int) -> None:
    if len(proposal.body) > MAX_BODY_CHARS:
        raise InputError(
            f"a draft of {len(proposal.body)} characters", right=f"at most {MAX_BODY_CHARS}"
        )
    if 0 <= proposal.end_ms <= now_ms:
        raise InputError(
            "the window of the draft is over",
            right="a window that ends later than now",
            where="end",
        )


def _bounded(seen: Sequence[Seen]) -> tuple[Seen, ...]:
    return tuple(one for one in seen if len(one.key) <= MAX_SEEN_CHARS)[:MAX_SEEN]
