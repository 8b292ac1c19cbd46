"""What parties agree about the live watch: minima, look-ahead, ages, tolerances, when it alarms.

Whole numbers only: an agreement is signed. Two nodes with the same rules and the same reports
reach the same findings. An agreement that says nothing of the watch leaves it to each node,
which then watches by the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from parley.errors import InputError
from parley.rules.findings import Level


@dataclass(frozen=True, slots=True)
class Cylinder:
    """Two aircraft lose separation when they are closer than both at once (open at the minima:
    exactly as far apart as agreed is separated). Centimetres: 5 NM is 926_000, 1,000 ft 30_480."""

    horizontal_cm: int
    vertical_cm: int


@dataclass(frozen=True, slots=True)
class WellClear:
    """The well-clear volume: modified tau, distance and vertical threshold (RTCA DO-365).

    tau_s: the threshold of modified tau; horizontal_cm: DMOD and HMD; vertical_cm: the vertical
    threshold; vertical_tau_s: the threshold of time to co-altitude, 0 as in DO-365.
    """

    tau_s: int
    horizontal_cm: int
    vertical_cm: int
    vertical_tau_s: int = 0


@dataclass(frozen=True, slots=True)
class AlertStep:
    """``level`` from when ``volume`` is predicted to be violated within ``within_s`` seconds."""

    level: Level
    volume: Cylinder | WellClear
    within_s: int


def _bounded(where: str, *values: tuple[str, int, int, int]) -> None:
    """InputError for the first (name, value, least, most) that is outside."""
    for name, value, least, most in values:
        if not least <= value <= most:
            raise InputError(
                f"{name} is {value}",
                right=f"{least} to {most}",
                where=f"{where}.{name}",
                at_fault="the author of the agreement",
            )


@dataclass(frozen=True, slots=True)
class CalmRules:
    """What keeps the watch calm.

    Which climbs are believed. dead_band_cm_s: a rate of climb up to this is level flight, unless
    the height itself has gone on at ``steady_cm_s`` or more for most of a minute. An aircraft
    whose rate falls by ``levelling_cm_s2`` or more levels off where that leads it.

    How much evidence a warning needs. at_once_s: a loss so near is told at the first sight of it
    (a minute and two reports of a slow radar). One that is farther away must have been predicted
    for ``share_pct`` per cent of the time by which it is farther (``climb_share_pct`` where it
    still takes a climb or a descent), and in ``hits`` fresh reports. What is predicted no longer
    loses evidence at twice the pace.

    How it ends. clear_s: it, or its higher level, must be gone for so long; until then it is told
    as it was.

    Who is how sure. sure_m: a circle up to this is held in the minima. What is more widens them,
    at most by ``widen_m``, which also stands for a velocity that is not known; a loss that only
    this brings about is an advisory.
    """

    dead_band_cm_s: int = 127
    steady_cm_s: int = 38
    levelling_cm_s2: int = 5
    at_once_s: int = 80
    share_pct: int = 50
    climb_share_pct: int = 100
    hits: int = 2
    clear_s: int = 20
    sure_m: int = 500
    widen_m: int = 5_000

    def __post_init__(self) -> None:
        _bounded(
            "watch.calm",
            ("dead_band_cm_s", self.dead_band_cm_s, 0, 10_000),
            ("steady_cm_s", self.steady_cm_s, 1, 10_000),
            ("levelling_cm_s2", self.levelling_cm_s2, 1, 10_000),
            ("at_once_s", self.at_once_s, 0, 3_600),
            ("share_pct", self.share_pct, 0, 1_000),
            ("climb_share_pct", self.climb_share_pct, 0, 1_000),
            ("hits", self.hits, 1, 100),
            ("clear_s", self.clear_s, 0, 600),
            ("sure_m", self.sure_m, 0, 100_000),
            ("widen_m", self.widen_m, 0, 100_000),
        )


@dataclass(frozen=True, slots=True)
class AgeRules:
    """late_s: after so long without a report a track coasts, or after two and a half of its
    sensor's usual intervals, if that is longer. lost_s: then it is lost: it is still shown, with
    its growing circle, but no longer predicted. forget_s: then it leaves the picture, which is an
    event. drift_cm_s2: how a coasting track's circle grows besides its own uncertainty, half of
    this times the square of its age (an unforeseen acceleration). vertical_drift_cm_s2: the same
    for its height. unknown_mps: how fast a track may move whose speed is not known.
    """

    late_s: int = 15
    lost_s: int = 120
    forget_s: int = 3600
    drift_cm_s2: int = 100
    vertical_drift_cm_s2: int = 50
    unknown_mps: int = 300


@dataclass(frozen=True, slots=True)
class PlausibleRules:
    """What cannot be: a speed, a climb, an acceleration or a height outside these, a jump that
    would need them.

    disagree_m: how far two sensors may differ on one aircraft beyond their own uncertainties.
    split_m: beyond this they are two aircraft under one identity. hits: so often within hold_s
    before the impossible is told, and hold_s after the last it is over. reacquire: so many
    impossible positions that agree with each other move the track after all. misaligned_mdeg
    (thousandths of a degree) and misaligned_m: a sensor that is off by more is misaligned.
    """

    max_speed_mps: int = 1200
    max_climb_mps: int = 400
    disagree_m: int = 1000
    max_accel_mps2: int = 100
    min_height_m: int = -1000
    max_height_m: int = 40_000
    split_m: int = 30_000
    hits: int = 2
    hold_s: int = 60
    reacquire: int = 5
    misaligned_mdeg: int = 1000
    misaligned_m: int = 1000


@dataclass(frozen=True, slots=True)
class ConformanceRules:
    """How far a flight may be from its declared intent, beyond the uncertainty of its track.

    early_s and late_s: before its start and behind its end. hits: so many reports in a row must
    be off before it is said, and on before it is taken back; 0 counts as 1.
    """

    horizontal_m: int = 500
    vertical_m: int = 75
    early_s: int = 60
    late_s: int = 60
    hits: int = 2


@dataclass(frozen=True, slots=True)
class ShieldRules:
    """Shielding geometry: a third object stands between a hazard's origin and an aircraft when it
    is at most ``width_m`` from the line between them and at most ``within_m`` from one of them."""

    width_m: int = 5_000
    within_m: int = 100_000


@dataclass(frozen=True, slots=True)
class AlarmRules:
    """Alarms as ISA-18.2 understands them; rates after EEMUA 191.

    flood_in_10_min: more new alarms than this in ten minutes is a flood. calm_in_10_min: below
    it the flood is over. max_shelf_s: nobody shelves for longer. escalate_s: an unacknowledged
    alarm is raised again, to ``escalate_to`` (a duty role, "" for the same), so often at most
    ``escalations``. A condition that came ``chatter_opens`` times within ``chatter_s`` chatters:
    it stays one alarm until it has been gone for ``chatter_s``.
    """

    flood_in_10_min: int = 10
    calm_in_10_min: int = 5
    max_shelf_s: int = 3600
    escalate_s: int = 120
    escalations: int = 3
    escalate_to: str = ""
    chatter_s: int = 60
    chatter_opens: int = 3

    def __post_init__(self) -> None:
        _bounded(
            "watch.alarms",
            ("flood_in_10_min", self.flood_in_10_min, 1, 10_000),
            ("calm_in_10_min", self.calm_in_10_min, 1, self.flood_in_10_min),
            ("max_shelf_s", self.max_shelf_s, 1, 86_400),
            ("escalate_s", self.escalate_s, 1, 86_400),
            ("escalations", self.escalations, 0, 100),
            ("chatter_s", self.chatter_s, 1, 3_600),
            ("chatter_opens", self.chatter_opens, 2, 100),
        )


DEFAULT_STEPS = (
    AlertStep(Level.ADVISORY, Cylinder(944_520, 28_194), 300),
    AlertStep(Level.WARNING, Cylinder(926_000, 27_432), 120),
    AlertStep(Level.URGENT, WellClear(35, 122_232, 13_716), 55),
)
"""5 NM and 900 ft (1,000 ft less the coarseness of Mode C), for an advisory 0.1 NM and 25 ft more,
which reports cannot tell from it, and the well-clear volume of DO-365."""


@dataclass(frozen=True, slots=True)
class WatchRules:
    """Everything a node needs to watch. steps: in rising level, their times falling.

    hazard_s: how far ahead entry into a hazard volume is predicted, 0 for not at all. InputError
    for steps that are not in order, or a look-ahead of more than an hour.
    """

    steps: tuple[AlertStep, ...] = DEFAULT_STEPS
    hazard_s: int = 300
    calm: CalmRules = CalmRules()
    ages: AgeRules = AgeRules()
    plausible: PlausibleRules = PlausibleRules()
    conformance: ConformanceRules = ConformanceRules()
    shield: ShieldRules = ShieldRules()
    alarms: AlarmRules = AlarmRules()

    def __post_init__(self) -> None:
        for lower, upper in pairwise(self.steps):
            if upper.level <= lower.level or upper.within_s > lower.within_s:
                raise InputError(
                    f"step {upper.level.name.lower()} within {upper.within_s} s follows"
                    f" {lower.level.name.lower()} within {lower.within_s} s",
                    right="steps in rising level, each within a shorter time",
                    where="watch.steps",
                    at_fault="the author of the agreement",
                )
        if not 0 <= self.hazard_s <= 3600:
            raise InputError(
                f"entry into a hazard is to be predicted {self.hazard_s} s ahead",
                right="0 to 3600 s",
                where="watch.hazard_s",
                at_fault="the author of the agreement",
            )
        if not self.steps or not 0 < self.lookahead_s <= 3600:
            raise InputError(
                "a watch without a step, or one that looks ahead for more than an hour",
                right="one step or more, each within 1 to 3600 s",
                where="watch.steps",
                at_fault="the author of the agreement",
            )

    @property
    def lookahead_s(self) -> int:
        """How far ahead the sweep looks, in seconds."""
        return max((step.within_s for step in self.steps), default=0)
