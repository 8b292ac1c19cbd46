"""What one sensor has seen of one aircraft: a row of numbers, and how long it stays valid.

A row follows from the reports of its own sensor alone, in their order: so neither the order of
the sensors nor the cut of a batch matters. Instants are milliseconds, NEVER before any other.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from parley.rules.watching import WatchRules
from parley.watch.report import Report, Sense

NEVER = -(10**15)
PAST = 16
"""So many earlier positions are kept of a row, PAST_MS or more apart, for registration."""
PAST_MS = 10_000
EMERGENCY_MS = 30_000
"""An emergency holds so long after the last report that said it."""
DOUBT_MS = 10_000
"""So long does a position stay doubted after the last report that was."""
FUTURE_MS = 5_000

KINDS = ("jump", "turn", "speed", "climb", "height")
"""What cannot be, as findings name it."""

SENSES = tuple(Sense)
ACCURACY_M = {
    Sense.SELF: 200.0,
    Sense.RADAR: 500.0,
    Sense.MULTILATERATION: 200.0,
    Sense.SYSTEM: 500.0,
    Sense.CLAIMED: 1000.0,
}
"""What is taken for the accuracy of a position whose report gives none."""
LEAST_ACCURACY_M = 3.0
WORST_ACCURACY_M = 200_000.0
"""No report is taken to be better than the one, or worse than the other."""
HEIGHT_ACCURACY_M = 45.0
PRESSURE_ACCURACY_M = 15.0
"""Half of the 100 ft in which Mode C counts."""

Rows: TypeAlias = npt.NDArray[np.void]
Past: TypeAlias = npt.NDArray[np.float64]

ROW = np.dtype(
    [
        # the last report of any kind; the first and the last position, how many, how often (s)
        *((name, "i8") for name in ("t_any", "born", "t_pos", "count")),
        *((name, "f8") for name in ("lat", "lon", "acc", "interval")),
        # velocity over ground, its error, and whether a report told it; what it is derived from
        *((name, "i8") for name in ("t_vel", "t_told", "t_anchor")),
        *((name, "f8") for name in ("east", "north", "speed_err", "anchor_lat", "anchor_lon")),
        # pressure altitude and height, each with what was refused last of it; climb
        *((name, "i8") for name in ("t_pres", "t_pres_no", "n_pres_no")),
        *((name, "f8") for name in ("pres", "pres_no")),
        *((name, "i8") for name in ("t_hgt", "t_hgt_no", "n_hgt_no")),
        *((name, "f8") for name in ("hgt", "hgt_no", "hgt_acc")),
        *((name, "i8") for name in ("t_clb", "t_clb_told", "t_level")),
        *((name, "f8") for name in ("clb", "level")),
        # what else it says: when last on the ground, in emergency, doubted, sure of its position
        *((name, "i8") for name in ("sense", "ground", "t_emg", "t_doubt", "t_sure")),
        # positions that were refused and agree with each other
        *((name, "i8") for name in ("t_other", "n_other", "other_count", "t_twin")),
        *((name, "f8") for name in ("other_lat", "other_lon", "other_east", "other_north")),
        # where it was believed to be before it was moved to such positions
        *((name, "i8") for name in ("t_moved", "t_before")),
        *((name, "f8") for name in ("old_lat", "old_lon", "old_east", "old_north")),
        *((name, "f8") for name in ("new_lat", "new_lon")),
        # the impossible, by ``KINDS``: the first and the last of a series, how often, the worst
        *((name, "i8", (len(KINDS),)) for name in ("t_bad", "t_bad_first", "n_bad")),
        ("bad", "f8", (len(KINDS),)),
        # positions kept in ``Past``
        ("t_past", "i8"),
        ("n_past", "i8"),
    ]
)

REPORT = np.dtype(
    [
        ("t", "i8"),
        *((name, "f8") for name in ("lat", "lon", "acc", "pres", "hgt", "hgt_acc")),
        *((name, "f8") for name in ("speed", "course", "clb")),
        *((name, "i8") for name in ("ground", "emg", "doubt", "sense")),
    ]
)


class Limits(NamedTuple):
    """The rules as compiled code reads them: milliseconds, metres, m/s."""

    late_ms: int
    lost_ms: int
    forget_ms: int
    reset_ms: int
    hold_ms: int
    reacquire: int
    drift_mps2: float
    vertical_drift_mps2: float
    unknown_mps: float
    max_mps: float
    max_climb_mps: float
    max_accel_mps2: float
    low_m: float
    high_m: float
    disagree_m: float
    split_m: float


def limits(rules: WatchRules) -> Limits:
    """reset_ms: after such a gap a row begins anew, whether or not it was forgotten meanwhile:
    a report may be as old as lost_s when it comes."""
    ages, plausible = rules.ages, rules.plausible
    return Limits(
        ages.late_s * 1000,
        ages.lost_s * 1000,
        ages.forget_s * 1000,
        max(0, ages.forget_s - ages.lost_s) * 1000,
        plausible.hold_s * 1000,
        plausible.reacquire,
        ages.drift_cm_s2 / 100.0,
        ages.vertical_drift_cm_s2 / 100.0,
        float(ages.unknown_mps),
        float(plausible.max_speed_mps),
        float(plausible.max_climb_mps),
        float(plausible.max_accel_mps2),
        float(plausible.min_height_m),
        float(plausible.max_height_m),
        float(plausible.disagree_m),
        float(plausible.split_m),
    )


def _blank() -> Rows:
    row = np.zeros((), dtype=ROW)
    for name in ROW.names or ():
        if ROW[name].base == np.dtype("f8"):
            row[name] = np.nan
        elif name.startswith("t_") or name == "born":
            row[name] = NEVER
    row["interval"] = row["bad"] = 0.0
    return row


BLANK = _blank()
_NAN = float("nan")
_SENSE = {sense: n for n, sense in enumerate(SENSES)}


def line(report: Report) -> tuple[float, ...]:
    """One report as a ``REPORT`` record; NaN for what it does not give."""
    at, pressure, height = report.position, report.pressure, report.height
    accuracy, vertical = report.accuracy_m, report.height_accuracy_m
    if not accuracy >= 0.0:
        accuracy = ACCURACY_M[report.sense]
    if not LEAST_ACCURACY_M <= accuracy <= WORST_ACCURACY_M:
        accuracy = LEAST_ACCURACY_M if accuracy < LEAST_ACCURACY_M else WORST_ACCURACY_M
    return (
        report.seen_ms,
        _NAN if at is None else at.lat_deg,
        _NAN if at is None else at.lon_deg,
        accuracy,
        _NAN if pressure is None else pressure.cm / 100,
        _NAN if height is None else height.cm / 100,
        vertical if 0.0 <= vertical <= WORST_ACCURACY_M else _NAN,
        report.speed_mps,
        report.course_deg,
        report.climb_mps,
        report.on_ground,
        report.emergency,
        report.doubted,
        _SENSE[report.sense],
    )
