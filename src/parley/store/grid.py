"""Boxes side by side in arrays of 64-bit integers: a search is one pass over all of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from parley.space import Box

K = TypeVar("K", bound=Hashable)

_FIRST_CAPACITY = 64
_NOWHERE = (2**62, -(2**62))  # a least value above every greatest: meets nothing


class Grid(Generic[K]):
    """Boxes by the key they belong to. Exact: closed ends, milliseconds, nothing rounded."""

    def __init__(self) -> None:
        self._ends: npt.NDArray[np.int64] = _empty(_FIRST_CAPACITY)
        self._owner: list[K | None] = []
        self._slots: dict[K, list[int]] = {}
        self._free: list[int] = []

    def put(self, key: K, boxes: Sequence[Box]) -> None:
        """Adds the boxes of a key that has none."""
        self._slots[key] = [self._fill(key, box) for box in boxes]

    def remove(self, key: K) -> None:
        for slot in self._slots.pop(key):
            self._owner[slot] = None
            self._ends[:, slot] = _NOWHERE * 4
            self._free.append(slot)

    def near(self, boxes: Sequence[Box]) -> set[K]:
        """Keys with a box that meets one of ``boxes``."""
        ends = self._ends[:, : len(self._owner)]
        found: set[K] = set()
        for box in boxes:
            query = _ends(box)
            meets = np.ones(ends.shape[1], dtype=np.bool_)
            for axis in range(0, 8, 2):
                meets &= (ends[axis] <= query[axis + 1]) & (ends[axis + 1] >= query[axis])
            for slot in np.flatnonzero(meets).tolist():
                owner = self._owner[slot]
                if owner is not None:
                    found.add(owner)
        return found

    def _fill(self, key: K, box: Box) -> int:
        if self._free:
            slot = self._free.pop()
            self._owner[slot] = key
        else:
            slot = len(self._owner)
            self._owner.append(key)
            if slot == self._ends.shape[1]:
                self._ends = np.concatenate((self._ends, _empty(slot)), axis=1)
        self._ends[:, slot] = _ends(box)
        return slot


def _ends(box: Box) -> tuple[int, ...]:
    return (
        box.lat_min_e7, box.lat_max_e7, box.lon_min_e7, box.lon_max_e7,
        box.floor_cm, box.ceiling_cm, box.start_ms, box.end_ms,
    )  # fmt: skip


def _empty(capacity: int) -> npt.NDArray[np.int64]:
    return np.tile(np.array(_NOWHERE * 4, dtype=np.int64)[:, None], (1, capacity))
