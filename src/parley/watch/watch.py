"""The watch: a fold of reports over time into the picture and what is found in it.

Explicit state, no clock: the same scenes, reports and instants give the same tracks and the same
findings, live and in a replay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parley.rules.findings import Finding, order
from parley.space import Position
from parley.watch.against.actors import ActorWatch
from parley.watch.against.conformance import ConformanceWatch
from parley.watch.against.declared import DeclaredWatch
from parley.watch.against.emergencies import EmergencyWatch
from parley.watch.against.hazards import HazardWatch
from parley.watch.against.seen import Seen
from parley.watch.against.shielding import ShieldWatch
from parley.watch.pairs.candidates import Run
from parley.watch.pairs.separation import Separation
from parley.watch.report import Report
from parley.watch.scene import Scene
from parley.watch.tracking.picture import Picture
from parley.watch.tracks import Tracks


@dataclass(frozen=True, slots=True)
class Sweep:
    """One look at everything. findings: most urgent first. forgotten: tracks that left."""

    now_ms: int
    tracks: Tracks
    findings: tuple[Finding, ...]
    forgotten: tuple[str, ...] = ()


class Watch:
    """See the module. The rules of the first scene hold for as long as the watch lives: they are
    those of the agreement. run: how the sweep's chunks are run, ``map`` or a pool's ``map``."""

    def __init__(
        self, scene: Scene, sites: Mapping[str, Position] | None = None, *, run: Run = map
    ) -> None:
        rules = scene.rules
        self._scene = scene
        self._run = run
        self.picture = Picture(rules, sites=dict(sites or {}))
        self._separation = Separation(rules)
        self._hazards = HazardWatch(rules)
        self._conformance = ConformanceWatch(rules)
        self._declared = DeclaredWatch(rules)
        self._actors = ActorWatch(rules)
        self._emergencies = EmergencyWatch()
        self._shields = ShieldWatch(rules)

    @property
    def scene(self) -> Scene:
        return self._scene

    def see(self, scene: Scene) -> None:
        """From now on tracks are held against this scene."""
        self._scene = scene

    def rejected(self) -> Mapping[str, int]:
        """What reports were refused for, by name; and pairs left out of the last sweep."""
        crowded = {"crowded-pairs": self._separation.crowded} if self._separation.crowded else {}
        return dict(sorted({**self.picture.rejected, **crowded}.items()))

    def step(self, reports: Sequence[Report], now_ms: int) -> Sweep:
        """Take in what came, carry every track to ``now_ms``, and find."""
        scene = self._scene
        self.picture.take(reports, now_ms)
        tracks = self.picture.at(now_ms, scene.owners)
        seen = Seen.of(tracks, scene.rules, scene.air)
        found = self.picture.findings(tracks)
        found += self._emergencies.step(tracks, scene)
        found += self._separation.step(tracks, scene, run=self._run)
        hazards = self._hazards.step(tracks, scene, seen)
        found += hazards
        found += self._conformance.step(tracks, scene, seen)
        found += self._declared.step(tracks, scene, seen)
        found += self._actors.step(tracks, scene, hazards, seen)
        flown = self._conformance.flown
        found += self._shields.step(tracks, scene, hazards, flown=flown, seen=seen)
        return Sweep(now_ms, tracks, tuple(order(found)), tuple(self.picture.forgotten))
