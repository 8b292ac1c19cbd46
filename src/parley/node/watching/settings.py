"""What people chose for this node's own watch: values, made by the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from parley.space import Position, PressureModel
from parley.watch.scene import MovingHazard


@dataclass(frozen=True, slots=True)
class Settings:
    """role: the duty role in which the watch records what it finds, "" for the first of our
    party. announce: a flight of ours that does not keep to its notice is announced to all others
    at once, without asking. owners: track id -> party; bound: track id -> notice ref. sites: the
    place of each radar by its sensor name. air: how pressure altitude becomes height here.
    moving: hazards that move with a track. beat_s: the shortest rest between two sweeps (and never
    shorter than the sweep before it took); idle_s: the longest.
    """

    role: str = ""
    announce: bool = True
    owners: Mapping[str, str] = field(default_factory=dict)
    bound: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, Position] = field(default_factory=dict)
    air: PressureModel | None = None
    moving: tuple[MovingHazard, ...] = ()
    beat_s: float = 0.05
    idle_s: float = 1.0
