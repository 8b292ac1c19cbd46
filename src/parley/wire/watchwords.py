"""What the live watch found, in one sentence or two of English: what is seen, never why.

A measure that is not there leaves out its part of the sentence and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from parley.rules.findings import Finding, Kind
from parley.wire.phrases import (
    duration,
    id_of,
    length,
    listed,
    ref_of,
    sentence,
    when,
    zulu,
)

UNSURE: Mapping[str, str] = {
    "coasting": "not reported just now",
    "lost": "last reported long ago",
    "doubted": "a position is doubted",
    "height-unknown": "a height is not known",
}
"""Codes that say how sure a finding is, and nothing of what was found."""

_DEPARTS = {
    "place": "is not where it was declared",
    "height": "is not at the height that was declared",
    "early": "began before its window",
    "overrun": "goes on behind the end of its window",
    "overdue": "is overdue",
    "contingent": "cannot comply",
    "not-seen": "is not seen",
}

_UNITS: tuple[tuple[str, Callable[[int], str]], ...] = (
    ("_mps2", lambda n: f"{n} m/s2"),
    ("_mps", lambda n: f"{n} m/s"),
    ("_mdeg", lambda n: f"{n / 1000:g} degrees"),
    ("_deg", lambda n: f"{n} degrees"),
    ("_percent", lambda n: f"{n} %"),
    ("_cm", lambda n: f"{n} cm"),
    ("_ms", lambda n: f"{n} ms"),
    ("_m", length),
    ("_s", duration),
)


def departure(codes: Iterable[str]) -> str:
    """``is not where it was declared and is overdue``."""
    return listed([_DEPARTS.get(code, code) for code in codes]) or "does not conform"


def _measured(finding: Finding) -> str:
    """All measures by their names: `` (rotation 105 degrees, offset 1.2 km)``, or nothing."""
    said = [_measure(name, value) for name, value in finding.measures]
    return f" ({', '.join(said)})" if said else ""


def _measure(name: str, value: int) -> str:
    for unit, words in _UNITS:
        if name.endswith(unit):
            return f"{name.removesuffix(unit).replace('_', ' ')} {words(value)}"
    return f"{name.replace('_', ' ')} {value}"


def _gap(finding: Finding, across: str, above: str) -> str:
    """``1.2 km across and 120 m in height``, as far as it is known."""
    m = finding.measured
    parts = [f"{length(m[across])} across"] if across in m else []
    if above in m:
        parts.append(f"{length(m[above])} in height")
    return " and ".join(parts)


def _in(finding: Finding, measure: str) -> str:
    """`` in 45 s``, or nothing."""
    seconds = finding.measured.get(measure)
    return "" if seconds is None or seconds <= 0 else f" in {duration(seconds)}"


def unsure(finding: Finding) -> str:
    """`` (not reported just now)``, or nothing."""
    said = [UNSURE[code] for code in finding.codes if code in UNSURE]
    return f" ({', '.join(said)})" if said else ""


def _codes(finding: Finding) -> str:
    return f" ({', '.join(finding.codes)})" if finding.codes else ""


def _who(finding: Finding, must: str) -> str:
    who = listed(list(finding.parties))
    return f"{who} must {must}." if who else f"{sentence(must)}."


def _closer(finding: Finding) -> str:
    """How two come too close: when, how near, and how far apart they are now."""
    soon = finding.measured.get("time_to_violation_s")
    does = f"come too close{_in(finding, 'time_to_violation_s')}"
    if soon is not None and soon <= 0:
        does = "are too close now"
    least = _gap(finding, "hmd_m", "vmd_m") or _gap(finding, "dcpa_m", "vmd_m")
    now = _gap(finding, "range_m", "vertical_m")
    nearest = f"; nearest {least}{_in(finding, 'tcpa_s')}" if least else ""
    return f"{does}{nearest}{f'; now {now}' if now else ''}{unsure(finding)}"


def _predicted_loss(finding: Finding) -> str:
    pair = f"{sentence(ref_of(finding, 0))} and {ref_of(finding, 1)}"
    return f"{pair} {_closer(finding)}. {_who(finding, 'keep them apart')}"


def _plan_conflict(finding: Finding) -> str:
    pair = f"{sentence(ref_of(finding, 1))} and what {ref_of(finding, 0)} declares"
    return f"{pair} {_closer(finding)}, {when(finding)}. {_who(finding, 'keep them apart')}"


def _predicted_entry(finding: Finding) -> str:
    m = finding.measured
    far = f"; {length(m['distance_m'])} from it now" if "distance_m" in m else ""
    return (
        f"{sentence(ref_of(finding, 1))} comes into the hazard of {ref_of(finding, 0)}"
        f"{_in(finding, 'time_to_entry_s')}{far}{unsure(finding)}."
        " Turn it away, or the activity must wait."
    )


def _nonconformance(finding: Finding) -> str:
    """The author's announcement, or what is seen of a track."""
    since = f"since {zulu(finding.from_ms)}"
    said = ref_of(finding, 0)
    how = departure(code for code in finding.codes if code not in UNSURE)
    if said.startswith("nonconformance "):
        about = f" of {ref_of(finding, 1)}" if len(finding.refs) > 1 else ""
        told = finding.measured.get("delay_s")
        late = f", told {duration(told)} after it began" if told else ""
        return (
            f"{sentence(said)}: by its author's word the flight{about} {how}, {since}{late}."
            " All others keep clear of where it may be."
        )
    if len(finding.refs) < 2:
        return f"The flight of {said} {how}, {since}. {_who(finding, 'find out where it is')}"
    off = _gap(finding, "horizontal_m", "vertical_m")
    by = [f"off by {off}"] if off else []
    by += [f"by {duration(s)}" for name, s in finding.measures if name in ("early_s", "late_s")]
    return (
        f"{sentence(ref_of(finding, 1))}, of {said}, {how}{f': {listed(by)}' if by else ''},"
        f" {since}{unsure(finding)}. Its author must tell all others, or correct one of them."
    )


_CANNOT = {
    "jump": "it is in two places too soon",
    "turn": "it turns too sharply",
    "speed": "it is too fast",
    "climb": "it climbs or falls too fast",
    "height": "its height cannot be",
}


def _impossible(finding: Finding) -> str:
    why = listed([_CANNOT.get(code, code) for code in finding.codes])
    return (
        f"{sentence(ref_of(finding, 0))} moves as no aircraft can{f': {why}' if why else ''}"
        f"{_measured(finding)}. Do not rely on where it is shown."
    )


def _identity(finding: Finding) -> str:
    """Two tracks that changed names, or one name for two aircraft."""
    if len(finding.refs) > 1:
        said = f"{sentence(ref_of(finding, 0))} and {ref_of(finding, 1)} seem to have changed names"
    else:
        said = f"More than one aircraft reports under the identity of {ref_of(finding, 0)}"
    return f"{said}{_codes(finding)}{_measured(finding)}. Do not rely on which is which."


def _doubted(finding: Finding) -> str:
    return (
        f"Where {ref_of(finding, 0)} is cannot be relied on{_codes(finding)}{_measured(finding)}."
        " Keep clear of its whole circle."
    )


def _misaligned(finding: Finding) -> str:
    return (
        f"{sentence(ref_of(finding, 0))} shows aircraft away from where others see them"
        f"{_measured(finding) or _codes(finding)}. Do not rely on it until it is set right."
    )


def _shielding(finding: Finding) -> str:
    m = finding.measured
    between, behind = ref_of(finding, 1), ref_of(finding, 2)
    off = f", {length(m['off_line_m'])} off the line" if "off_line_m" in m else ""
    far = f", {length(m['behind_m'])} in front of it" if "behind_m" in m else ""
    return (
        f"{sentence(between)} is between {ref_of(finding, 0)} and {behind}{off}{far}"
        f"{unsure(finding)}, {when(finding)}."
    )


_NEAR = {"declared": "what was declared", "hazard": "a hazard"}


def _near(finding: Finding) -> str:
    said = [_NEAR.get(code, code) for code in finding.codes]
    return f", in or near {listed(said)}" if said else ""


def _unknown(finding: Finding) -> str:
    return f"It is not known what {ref_of(finding, 0)} is{_near(finding)}. Ask all parties."


def _unclaimed(finding: Finding) -> str:
    return f"No party answers for {ref_of(finding, 0)}{_near(finding)}. Ask all parties."


def _lost(finding: Finding) -> str:
    m = finding.measured
    within = f" within {length(m['radius_m'])} of where it was expected" if "radius_m" in m else ""
    calls = "; it was in emergency" if "emergency" in finding.codes else ""
    return (
        f"{sentence(ref_of(finding, 0))} was last seen at {zulu(finding.from_ms)}{calls}."
        f" It may be anywhere{within}: ask its party."
    )


def _emergency(finding: Finding) -> str:
    said = {
        "passed-on": " A DISTRESS tells of it.",
        "not-passed-on": " The agreed time to pass it on is over: send DISTRESS now.",
    }
    told = "".join(said.get(code, "") for code in finding.codes)
    return (
        f"{sentence(ref_of(finding, 0))} says that it is in an emergency, since"
        f" {zulu(finding.from_ms)}.{told}"
    )


def _silent(finding: Finding) -> str:
    name = id_of(finding, 0)
    return (
        f"Feed {name} gives nothing since {zulu(finding.from_ms)}{_measured(finding)}:"
        " what it alone sees is not seen."
    )


SAY: Mapping[Kind, Callable[[Finding], str]] = {
    Kind.PREDICTED_LOSS: _predicted_loss,
    Kind.PLAN_CONFLICT: _plan_conflict,
    Kind.PREDICTED_ENTRY: _predicted_entry,
    Kind.NONCONFORMANCE: _nonconformance,
    Kind.IMPOSSIBLE_MOTION: _impossible,
    Kind.IDENTITY_CONFLICT: _identity,
    Kind.POSITION_DOUBTED: _doubted,
    Kind.SENSOR_MISALIGNED: _misaligned,
    Kind.SHIELDING: _shielding,
    Kind.UNKNOWN_ACTOR: _unknown,
    Kind.UNCLAIMED_ACTOR: _unclaimed,
    Kind.TRACK_LOST: _lost,
    Kind.EMERGENCY: _emergency,
    Kind.FEED_SILENT: _silent,
}
