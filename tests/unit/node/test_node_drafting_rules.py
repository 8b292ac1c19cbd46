"""The life of a draft against a model, and what is kept of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from parley.errors import ChangedError, DoneBeforeError, InputError, PersonError
from parley.node.drafting.draft import (
    MAX_BODY_CHARS,
    STATES,
    Did,
    Draft,
    DraftKind,
    Proposal,
    Seen,
    State,
    Who,
    check_release,
    lapsed,
    propose,
    released,
    replaced,
    returned,
    withdrawn,
)
from parley.wire.plainform import from_plain, to_plain

PERSONS = [Who(name, name.title(), role) for name, role in (("avery", "duty"), ("casey", "chief"))]
AVERY, CASEY = PERSONS


def proposal(start_ms: int = 1_000, end_ms: int = 2_000, **change: Any) -> Proposal:
    given = {"kind": DraftKind.NOTICE, "body": "{}", "content_type": "application/geo+json"}
    return Proposal(
        **{**given, "role": "duty", "to": None, "start_ms": start_ms, "end_ms": end_ms, **change}
    )


def drafted(now_ms: int = 0, **change: Any) -> Draft:
    return propose("1-aa", 1, proposal(**change), AVERY, now_ms, [Seen("lead-time|x", "info")])


class Life(RuleBasedStateMachine):
    """One draft that two persons act on, in whatever order, as time goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.draft = drafted()
        self.now_ms = 0
        self.state = "waiting"
        self.revision = 1
        self.first: tuple[str, str] | None = None

    def act(self, did: str, who: Who, may: bool, change: Any) -> None:
        """``change`` is done if the model has it so; the second is told of the first."""
        try:
            changed = change()
        except DoneBeforeError as told:
            assert self.state != "waiting"
            assert self.first == (told.did, told.who)  # noqa: PT017 - the model decides
            return
        except PersonError:
            assert self.state == "waiting"
            assert not may
            return
        assert self.state == "waiting"
        assert may
        self.draft, self.state = changed, did
        if did != "waiting":
            self.first = (did, who.name)

    @rule(who=st.sampled_from(PERSONS))
    def release(self, who: Who) -> None:
        def change() -> Draft:
            check_release(self.draft, who, self.now_ms, revision=self.revision, two_persons=True)
            return released(self.draft, who, self.now_ms, "notice:blue-1", 1)

        self.act("released", who, who is CASEY, change)

    @rule(who=st.sampled_from(PERSONS))
    def give_back(self, who: Who) -> None:
        self.act(
            "returned", who, who is CASEY, lambda: returned(self.draft, who, self.now_ms, "why")
        )

    @rule(who=st.sampled_from(PERSONS))
    def withdraw(self, who: Who) -> None:
        self.act("withdrawn", who, who is AVERY, lambda: withdrawn(self.draft, who, self.now_ms))

    @rule(who=st.sampled_from(PERSONS))
    @precondition(lambda self: self.now_ms < 900)
    def replace(self, who: Who) -> None:
        before = self.draft
        self.act(
            "waiting",
            who,
            who is AVERY,
            lambda: replaced(self.draft, proposal(), who, self.now_ms, []),
        )
        if self.draft is not before:
            self.revision += 1

    @rule(ms=st.integers(1, 600))
    def pass_time(self, ms: int) -> None:
        self.now_ms += ms
        self.draft = lapsed(self.draft, self.now_ms)
        if self.state == "waiting" and self.now_ms >= 1_000:
            self.state, self.first = "lapsed", ("lapsed", "")

    @invariant()
    def as_the_model_has_it(self) -> None:
        assert self.draft.state.value == self.state
        assert self.draft.revision == self.revision
        assert [d.at_ms for d in self.draft.deeds] == sorted(d.at_ms for d in self.draft.deeds)
        assert from_plain(Draft, to_plain(self.draft)) == self.draft
        closing = [d for d in self.draft.deeds if STATES[State.WAITING].get(d.did) != State.WAITING]
        assert len([d for d in closing if d.did is not Did.PROPOSED]) <= 1


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=60, stateful_step_count=20, suppress_health_check=[HealthCheck.too_slow]
)


def test_an_older_revision_is_not_released() -> None:
    draft = replaced(drafted(), proposal(), AVERY, 10, [])
    with pytest.raises(ChangedError, match="revision 1"):
        check_release(draft, CASEY, 20, revision=1, two_persons=True)
    with pytest.raises(ChangedError):
        replaced(draft, proposal(), AVERY, 20, [], revision=1)


def test_one_person_releases_where_one_is_enough() -> None:
    check_release(drafted(), AVERY, 20, revision=1, two_persons=False)
    with pytest.raises(PersonError):
        check_release(drafted(), Who(" AVERY", "?"), 20, revision=1, two_persons=True)


def test_a_draft_lapses_when_its_window_begins_and_one_that_had_begun_at_its_end() -> None:
    ahead, begun = drafted(), drafted(now_ms=1_500)
    assert (ahead.lapses_ms, begun.lapses_ms) == (1_000, 2_000)
    assert lapsed(ahead, 999) is ahead
    assert lapsed(ahead, 1_000).state is State.LAPSED
    endless = drafted(start_ms=-1, end_ms=-1, kind=DraftKind.RELEASE)
    assert lapsed(endless, 10**12) is endless
    with pytest.raises(DoneBeforeError, match="lapsed"):
        check_release(ahead, CASEY, 1_000, revision=1, two_persons=True)


def test_what_cannot_wait() -> None:
    with pytest.raises(InputError, match="over"):
        drafted(now_ms=2_000)
    with pytest.raises(InputError, match="characters"):
        drafted(body="x" * (MAX_BODY_CHARS + 1))
    with pytest.raises(InputError, match="something else"):
        replaced(drafted(), proposal(kind=DraftKind.AMENDMENT, item="blue-1"), AVERY, 1, [])
    with pytest.raises(InputError, match="without a word"):
        returned(drafted(), CASEY, 1, "  ")
