"""What the 4-D index of every store must do."""

from __future__ import annotations

import pytest

from parley.node.ports import Layer, Store, Tx
from parley.space import Area, Box, Position
from parley.testing.store_suite import (
    NOON_MS,
    OnPurposeError,
    names,
    near,
    place,
    put,
    row,
    volume,
)


class IndexSuite:
    """The port ``Volumes``; to be inherited beside ``StoreSuite``, whose ``store`` it uses."""

    async def test_rows_come_back_as_they_were(self, store: Store) -> None:
        corners = [Position(lat_deg=34 + n % 2, lon_deg=36 + n // 2) for n in (0, 1, 3, 2)]
        areas = [
            Area.point(corners[0]),
            place(),
            Area.polygon(corners),
            Area.corridor(corners[:2], 250.0),
            Area.polygon(corners).buffered(123.45),
        ]
        rows = [row("notice:1", n, area=area) for n, area in enumerate(areas)]
        await store.write(lambda tx: tx.volumes.put(rows))
        query = volume(place(34.5, 36.5, 100_000.0)).boxes()
        for _ in range(2):
            assert await near(store, query) == rows

    async def test_near_is_ordered_and_gives_each_row_once(self, store: Store) -> None:
        rows = [row(ref, n) for ref in ("notice:b", "notice:a", "notice:ä") for n in (10, 2, 0)]
        await store.write(lambda tx: tx.volumes.put(rows))
        query = (*volume().boxes(), *volume(place(radius_m=5.0)).boxes())
        found = await near(store, query)
        assert names(found) == sorted(names(rows))
        assert await store.read(lambda tx: tx.volumes.near(Layer.DECLARED, ())) == []

    async def test_layers_are_apart(self, store: Store) -> None:
        rows = [row("x", 0, layer) for layer in Layer]
        await store.write(lambda tx: tx.volumes.put(rows))
        for layer in Layer:
            found = await near(store, volume().boxes(), layer)
            assert [r.layer for r in found] == [layer]
        await store.write(lambda tx: tx.volumes.remove("x"))
        counts = await store.read(lambda tx: [tx.volumes.count(layer) for layer in Layer])
        assert not any(counts)

    async def test_antimeridian_row_is_one_row(self, store: Store) -> None:
        across = row("notice:1", area=place(0.0, 180.0, 5_000.0))
        assert len(across.volume.boxes()) == 2
        await put(store, across)
        for lon in (179.99, -179.99, 180.0):
            query = volume(place(0.0, lon, 3_000.0)).boxes()
            found = await near(store, query)
            assert found == [across]
        assert await store.read(lambda tx: tx.volumes.count(Layer.DECLARED)) == 1
        await store.write(lambda tx: tx.volumes.remove("notice:1"))
        both = across.volume.boxes()
        assert await near(store, both) == []

    async def test_row_put_again_replaces_the_first(self, store: Store) -> None:
        old = row("notice:1", area=place(0.0, 180.0, 5_000.0))
        new = row("notice:1", area=place(10.0, 20.0))
        await put(store, old)
        at_old, at_new = old.volume.boxes(), new.volume.boxes()
        assert await near(store, at_old) == [old]

        def work(tx: Tx) -> None:
            tx.volumes.put([new])
            assert tx.volumes.near(Layer.DECLARED, at_old) == []
            assert tx.volumes.near(Layer.DECLARED, at_new) == [new]

        await store.write(work)
        assert await near(store, at_new) == [new]
        assert await store.read(lambda tx: tx.volumes.count(Layer.DECLARED)) == 1

    async def test_row_that_was_undone_is_never_seen(self, store: Store) -> None:
        """Even where it was looked at before it was undone, and another took its place."""
        ghost, real = row("notice:1"), row("notice:2")
        query = volume().boxes()

        def fail(tx: Tx) -> None:
            tx.volumes.put([ghost])
            assert tx.volumes.near(Layer.DECLARED, query) == [ghost]
            raise OnPurposeError

        with pytest.raises(OnPurposeError):
            await store.write(fail)
        await put(store, real)
        assert await near(store, query) == [real]

    @pytest.mark.parametrize("side", range(8))
    async def test_touching_counts_in_every_direction(self, store: Store, side: int) -> None:
        one = row("notice:1", end_ms=NOON_MS + 1)
        (box,) = one.volume.boxes()
        await put(store, one)
        ends = [
            box.lat_min_e7, box.lat_max_e7, box.lon_min_e7, box.lon_max_e7,
            box.floor_cm, box.ceiling_cm, box.start_ms, box.end_ms,
        ]  # fmt: skip
        axis = side // 2 * 2
        touching = list(ends)
        touching[axis] = touching[axis + 1] = ends[side]
        query = Box(*touching)
        assert await near(store, (query,)) == [one]
        beside = list(touching)
        far = 2_001 if axis == 6 else 1  # of time, a store may round outward to whole seconds
        beside[axis] = beside[axis + 1] = ends[side] + (far if side % 2 else -far)
        query = Box(*beside)
        assert await near(store, (query,)) == []

    @pytest.mark.parametrize("at_ms", [0, 1, -1, 999, NOON_MS + 999, 253_402_300_799_999])
    async def test_rounding_of_time_loses_no_row(self, store: Store, at_ms: int) -> None:
        for n, (start, end) in enumerate([(at_ms, at_ms), (at_ms - 1, at_ms)]):
            one = row("notice:1", n, start_ms=start, end_ms=end)
            await put(store, one)
        query = volume(start_ms=at_ms, end_ms=at_ms).boxes()
        found = await near(store, query)
        assert names(found) == [("notice:1", 0), ("notice:1", 1)]

    async def test_remove_of_nothing_is_no_error(self, store: Store) -> None:
        await store.write(lambda tx: tx.volumes.remove("nobody"))
        await store.write(lambda tx: tx.volumes.put([]))
