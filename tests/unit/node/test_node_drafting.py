"""The service of drafts at a real node: once, whatever fails, and after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parley.errors import ConfigError, DoneBeforeError, InputError, PersonError, StorageError
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.node.drafting.draft import Draft, DraftKind, Proposal, State, Who
from parley.node.drafting.drafting import MAX_WAITING, Drafting
from parley.node.drafting.ports import Drafts
from parley.store.drafts import SqliteDrafts
from parley.store.memory import MemoryStore
from parley.store.people import SqlitePeople
from parley.testing.agreements import small_agreement
from parley.testing.clock import HandClock, counting_salts
from parley.testing.fakes import FailingStore
from parley.testing.harness import started_node
from parley.testing.http import draft_feature

AVERY, CASEY, DANA = (Who(name, name.title(), "chief") for name in ("avery", "casey", "dana"))


class FailingDrafts:
    """Drafts whose next changes fail: before they are kept, or after."""

    def __init__(self, inner: Drafts) -> None:
        self.inner = inner
        self.failing = 0
        self.persist_first = False

    async def change(self, identity: str, work: Callable[[Draft], Draft]) -> Draft:
        if not self.failing:
            return await self.inner.change(identity, work)
        self.failing -= 1
        if self.persist_first:
            await self.inner.change(identity, work)
        raise StorageError("the disk is full, says the fake", right="a disk with room")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def proposal(**change: Any) -> Proposal:
    given = {"kind": DraftKind.NOTICE, "body": json.dumps(draft_feature()), "role": "duty"}
    return Proposal(**{"content_type": "application/geo+json", "to": None, **given, **change})


async def stand(
    store: Any = None, drafts: Any = None, clock: HandClock | None = None
) -> tuple[Any, Any, Drafting]:
    node = await started_node(
        small_agreement(), "blue", store=store or MemoryStore(), clock=clock or HandClock()
    )
    kept = drafts if drafts is not None else await SqliteDrafts.open(None)
    drafting = Drafting(node, kept, counting_salts("drafts"))
    await drafting.start()
    return node, kept, drafting


async def release(drafting: Drafting, draft: Draft, who: Who) -> Any:
    return await drafting.release(draft.id, who, revision=draft.revision, seen=[])


@pytest.mark.parametrize("persist_first", [False, True])
async def test_a_mark_that_fails_behind_the_posting_does_not_post_twice(
    persist_first: bool,
) -> None:
    drafts = FailingDrafts(await SqliteDrafts.open(None))
    node, _, drafting = await stand(drafts=drafts)
    draft = (await drafting.propose(proposal(), AVERY)).draft
    drafts.failing, drafts.persist_first = 2, persist_first
    posted = await release(drafting, draft, CASEY)
    assert posted.ref == "notice:blue-1"
    with pytest.raises(DoneBeforeError) as told:
        await release(drafting, draft, DANA)
    assert (told.value.who, told.value.ref) == ("Casey", "notice:blue-1")
    assert [r.ref for r in await node.items()] == ["notice:blue-1"]
    assert (await drafting.get(draft.id)).state is State.RELEASED
    assert (await drafts.inner.get(draft.id)).state is State.RELEASED


async def test_a_node_that_dies_between_saying_and_marking_knows_it_at_its_start() -> None:
    store, inner = MemoryStore(), await SqliteDrafts.open(None)
    drafts = FailingDrafts(inner)
    _, _, drafting = await stand(store, drafts)
    draft = (await drafting.propose(proposal(), AVERY)).draft
    drafts.failing = 100
    await release(drafting, draft, CASEY)
    assert (await inner.get(draft.id)).state is State.WAITING
    node, _, again = await stand(store, inner)
    assert (await inner.get(draft.id)).state is State.RELEASED
    assert again.waiting() == 0
    with pytest.raises(DoneBeforeError) as told:
        await release(again, draft, DANA)
    assert told.value.who == "Casey"
    assert len(await node.items()) == 1


@pytest.mark.parametrize("persist_first", [False, True])
async def test_a_posting_whose_acknowledgement_is_lost_is_said_once(persist_first: bool) -> None:
    store = FailingStore(MemoryStore(), fail_after=10**9, persist_first=persist_first)
    node, _, drafting = await stand(store)
    draft = (await drafting.propose(proposal(), AVERY)).draft
    store.fail_next(1)
    with pytest.raises(StorageError):
        await release(drafting, draft, CASEY)
    if persist_first:
        assert (await drafting.get(draft.id)).state is State.RELEASED
        with pytest.raises(DoneBeforeError):
            await release(drafting, draft, CASEY)
    else:
        await release(drafting, draft, CASEY)
    assert [r.ref for r in await node.items()] == ["notice:blue-1"]
    await node.check_node(MemoryStore())


async def test_a_draft_that_the_journal_cannot_tell_of_stands_all_the_same() -> None:
    store = FailingStore(MemoryStore(), fail_after=10**9)
    _, _, drafting = await stand(store)
    store.fail_next(1)
    draft = (await drafting.propose(proposal(), AVERY)).draft
    assert [one.id for one in await drafting.page(State.WAITING)] == [draft.id]


async def test_drafts_outlive_the_node_and_their_file_is_its_users_alone(tmp_path: Path) -> None:
    store, path = MemoryStore(), tmp_path / "drafts.db"
    clock = HandClock()
    _, kept, drafting = await stand(store, await SqliteDrafts.open(path), clock)
    first = (await drafting.propose(proposal(), AVERY)).draft
    await drafting.withdraw(first.id, AVERY)
    second = (await drafting.propose(proposal(), AVERY)).draft
    await kept.close()
    assert path.stat().st_mode & 0o777 == 0o600
    node, kept, again = await stand(store, await SqliteDrafts.open(path), clock)
    assert again.waiting() == 1
    assert [one.number for one in await again.page()] == [2, 1]
    assert await again.get(second.id) == second
    clock.set(second.lapses_ms)
    await again.tick()
    assert (await kept.get(second.id)).state is State.LAPSED
    told = [event for event in await node.events() if event.kind == "draft-lapsed"]
    assert [event.data["id"] for event in told] == [second.id]
    await kept.close()


async def test_so_many_wait_and_no_more() -> None:
    _, kept, drafting = await stand()
    one = (await drafting.propose(proposal(), AVERY)).draft
    for number in range(2, MAX_WAITING + 1):
        await kept.add(lambda n, _: Draft(f"x{n}", n, State.WAITING, 1, one.proposal, one.deeds))
        assert number
    with pytest.raises(InputError, match="wait already"):
        await drafting.propose(proposal(), AVERY)


async def test_a_release_of_information_is_asked_by_one_and_released_by_another() -> None:
    node, _, drafting = await stand()
    said = await release(drafting, (await drafting.propose(proposal(), AVERY)).draft, CASEY)
    form = {"subject": said.ref, "recipient": "white", "text": "as you asked"}
    asked = proposal(kind=DraftKind.RELEASE, body=json.dumps(form), content_type="application/json")
    draft = (await drafting.propose(asked, AVERY)).draft
    with pytest.raises(PersonError):
        await release(drafting, draft, AVERY)
    filed = await release(drafting, draft, CASEY)
    content = filed.record.paper.content
    assert (content.requested_by, content.released_by) == ("Avery", "Casey")
    assert (await drafting.get(draft.id)).ref == filed.ref
    await node.check_node(MemoryStore())


async def test_a_paper_stands_under_a_wider_marking_by_two_persons() -> None:
    node, _, drafting = await stand()
    hello = Message(LineName.SAFETY, Precedence.PRIORITY, "en", "Ready?")
    paper = await node.post_paper(hello, role="duty", to=["green"])
    form = {"ref": paper.ref, "marking": "TLP:GREEN"}
    wider = proposal(
        kind=DraftKind.WIDENING, body=json.dumps(form), content_type="application/json"
    )
    draft = (await drafting.propose(wider, AVERY)).draft
    filed = await release(drafting, draft, CASEY)
    assert filed.record.paper.version == 2
    assert filed.record.paper.marking.banner().startswith("TLP:GREEN")
    assert filed.record.paper.person == "Casey"


async def test_another_file_is_left_as_it_is(tmp_path: Path) -> None:

    path = tmp_path / "people.db"
    await (await SqlitePeople.open(path)).close()
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="drafts"):
        await SqliteDrafts.open(path)
    assert path.read_bytes() == before
