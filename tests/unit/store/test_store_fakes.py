"""The fakes of parley.testing, and the packing of volumes."""

from __future__ import annotations

import pytest
from hypothesis import given

from parley.errors import GeometryError, StorageError
from parley.node.ports import Tx
from parley.space import Box, Volume
from parley.store.memory import MemoryStore
from parley.store.packing import cell, cells, pack, unpack
from parley.testing.clock import HandClock, counting_salts
from parley.testing.fakes import FailingStore
from parley.testing.strategies import boxes, volumes


def size(tx: Tx) -> int:
    return tx.log.size()


@pytest.mark.parametrize(("persist_first", "stored"), [(False, 0), (True, 1)])
async def test_failing_store_fails_before_or_after_it_persisted(
    persist_first: bool, stored: int
) -> None:
    store = FailingStore(MemoryStore(), fail_after=1, persist_first=persist_first)
    await store.write(lambda tx: tx.log.append(b"", b"", "0"))
    with pytest.raises(StorageError, match="full"):
        await store.write(lambda tx: tx.log.append(b"", b"", "1"))
    assert await store.read(size) == 1 + stored
    await store.write(lambda tx: tx.log.append(b"", b"", "2"))
    assert await store.read(size) == 2 + stored
    assert (store.writes, store.failures) == (3, 1)
    await store.close()


async def test_failing_store_can_fail_for_good() -> None:
    store = FailingStore(MemoryStore(), times=-1)
    for _ in range(3):
        with pytest.raises(StorageError):
            await store.write(size)
    assert store.failures == 3


async def test_failing_store_lets_the_works_own_error_through() -> None:
    store = FailingStore(MemoryStore(), persist_first=True)
    with pytest.raises(ZeroDivisionError):
        await store.write(lambda tx: tx.log.size() // 0)


def test_hand_clock_turns_only_by_hand() -> None:
    clock = HandClock(1_000)
    assert (clock(), clock()) == (1_000, 1_000)
    assert clock.advance(5) == 1_005
    clock.advance(-10)
    assert clock() == 995
    clock.set(7)
    assert clock() == 7


def test_counting_salts_never_repeat_and_are_the_same_in_every_run() -> None:
    drawn = [salts() for salts in (counting_salts("a"), counting_salts("b")) for _ in range(100)]
    salts = counting_salts("a")
    assert len({*drawn, salts()}) == 200
    assert {len(salt) for salt in drawn} == {16}
    assert salts() == drawn[1]


@given(volumes())
def test_packed_volume_comes_back(volume: Volume) -> None:
    assert unpack(pack(volume)) == volume


@pytest.mark.parametrize("body", [b"", b"\x01", bytes(50), b"\x01\x03" + bytes(48), b"\x01" * 50])
def test_bytes_that_are_no_volume_are_refused(body: bytes) -> None:
    with pytest.raises(GeometryError):
        unpack(body)


@given(boxes(), boxes())
def test_cells_meet_where_boxes_meet(one: Box, other: Box) -> None:
    a, b = cell(one), cell(other)
    touching = all(a[n] <= b[n + 1] and b[n] <= a[n + 1] for n in range(0, 8, 2))
    assert touching or not one.meets(other)
    assert all(-(2**31) <= end < 2**31 for end in a)


@pytest.mark.parametrize("at_ms", [0, 999, 1_000, 1_750_075_200_123, 4_102_444_799_999])
def test_time_of_a_cell_is_within_a_second_until_2100(at_ms: int) -> None:
    start, stop = cell(Box(0, 0, 0, 0, 0, 0, at_ms, at_ms))[6:]
    assert start <= at_ms / 1000 - 2**31 <= stop
    assert stop - start <= 1


def test_more_boxes_than_ids_are_refused() -> None:
    with pytest.raises(StorageError, match="17 boxes"):
        cells([Box(0, 0, 0, 0, 0, 0, 0, 0)] * 17)
