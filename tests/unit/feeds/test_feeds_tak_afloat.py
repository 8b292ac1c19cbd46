"""What our log does not take reaches a TAK server all the same, and once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog

from parley.errors import StorageError
from parley.node.ports import Tx
from parley.rules.statements import Step
from parley.store.memory import MemoryStore
from parley.testing.clock import DAWN_MS
from parley.testing.fakes import FailingStore
from parley.testing.takserver import TakClient, TakServer
from parley.testing.takstand import TakStand, tak_stand
from parley.wire.cot.event import CotEvent

T = TypeVar("T")
FOR_EVER = 10**9


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


class Disk(FailingStore):
    """A disk that can be full, and one that can be gone: then nothing is read either."""

    def __init__(self) -> None:
        super().__init__(MemoryStore(), fail_after=FOR_EVER, times=-1)
        self.gone = False

    def fill(self) -> None:
        self.fail_next(FOR_EVER)

    def empty(self) -> None:
        self.fail_next(0)

    async def read(self, work: Callable[[Tx], T]) -> T:
        if self.gone:
            raise StorageError("the disk is gone, says the fake", right="a disk")
        return await super().read(work)


@asynccontextmanager
async def full(tmp_path: Path, **config: Any) -> AsyncIterator[tuple[TakStand, Disk]]:
    """Blue with a full disk, connected, and all that went before is told."""
    disk = Disk()
    async with tak_stand(tmp_path, store=disk, **config) as stand:
        await stand.node.stop(role="duty", text="earlier")
        await heard(stand.server, "earlier")
        disk.fill()
        yield stand, disk


def chats(events: list[CotEvent], word: str) -> list[CotEvent]:
    return [e for e in events if e.type == "b-t-f" and word in e.remarks]


async def heard(server: TakServer, word: str) -> None:
    await server.until(lambda: bool(chats(server.events, word)))


async def landed(stand: TakStand, disk: Disk) -> None:
    """The log takes it, and the link has told all that the journal holds."""
    disk.empty()
    await stand.node.tick()
    assert not stand.node.afloat()
    last = await stand.node.last_event()
    while await stand.cursors.cursor("tak") < last:
        await asyncio.sleep(0)


async def test_a_stop_from_a_full_disk_is_seen_at_once_and_never_under_another_uid(
    tmp_path: Path,
) -> None:
    async with full(tmp_path) as (stand, disk):
        client = TakClient()
        await client.connect("127.0.0.1", stand.server.port)
        posted = await stand.node.stop(role="duty", text="cease")
        assert not posted.logged
        assert [r.ref for r in stand.node.afloat()] == [posted.ref]
        await client.until(lambda: bool(chats(client.events, "cease")))
        await landed(stand, disk)
        await stand.node.stop(role="duty", text="marker")
        await client.until(lambda: bool(chats(client.events, "marker")))
        uid = f"parley.blue.alert.{posted.ref}"
        assert [e.uid for e in client.events if e.uid == uid] == [uid]
        assert len(chats(client.events, "cease")) == 1
        await client.close()


async def test_a_distress_from_a_full_disk_is_seen_once(
    tmp_path: Path,
) -> None:
    async with full(tmp_path) as (stand, disk):
        posted = await stand.node.distress(role="duty", subject="amber 1", since_ms=DAWN_MS)
        await heard(stand.server, "amber 1")
        (seen,) = stand.server.of("b-a-o-tbl")
        assert seen.uid == f"parley.blue.{posted.ref}"
        await landed(stand, disk)
        assert len(chats(stand.server.events, "amber 1")) == 1


async def test_its_all_clear_floats_to_the_server_and_is_not_said_again(tmp_path: Path) -> None:
    async with full(tmp_path) as (stand, disk):
        posted = await stand.node.stop(role="duty", text="cease")
        await heard(stand.server, "cease")
        await stand.node.step(posted.ref, Step.ALL_CLEAR, role="duty")
        await heard(stand.server, f"{posted.ref.partition(':')[2]} by blue is lifted")
        await landed(stand, disk)
        uids = {e.uid for e in chats(stand.server.events, "is lifted")}
        assert len(uids) == 1
        assert len(chats(stand.server.events, "STOP STOP STOP")) == 2


async def test_the_all_clear_of_a_logged_stop_reaches_the_server_from_a_full_disk(
    tmp_path: Path,
) -> None:
    disk = Disk()
    async with tak_stand(tmp_path, store=disk) as stand:
        posted = await stand.node.stop(role="duty", text="cease")
        await heard(stand.server, "cease")
        disk.fill()
        await stand.node.step(posted.ref, Step.ALL_CLEAR, role="duty")
        await heard(stand.server, "is lifted")
        await stand.server.fall()
        stand.server.forget()
        await stand.server.rise()
        await heard(stand.server, "is lifted")
        assert not chats(stand.server.events, "STOP STOP STOP")


async def test_a_server_that_comes_back_is_told_what_floats_though_the_disk_is_gone(
    tmp_path: Path,
) -> None:
    async with full(tmp_path) as (stand, disk):
        await stand.server.fall()
        stand.server.forget()
        disk.gone = True
        await stand.node.stop(role="duty", text="cease")
        await stand.server.rise()
        await heard(stand.server, "cease")
        disk.gone = False
        await heard(stand.server, "earlier")
        await landed(stand, disk)
        assert len({e.uid for e in chats(stand.server.events, "cease")}) == 1


async def test_a_full_disk_hides_nothing_that_stands_from_a_server_that_comes_back(
    tmp_path: Path,
) -> None:
    async with full(tmp_path) as (stand, _):
        await stand.node.stop(role="duty", text="cease")
        await stand.restart()
        stand.server.forget()
        await stand.restart()
        await heard(stand.server, "cease")
        await heard(stand.server, "earlier")
        assert stand.link.health.error == ""
