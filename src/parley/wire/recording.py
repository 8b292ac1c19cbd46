"""A recording of the watch: what it was given, sweep by sweep, and the digest of what it found.

One JSON object a line: a head (format, whose watch, since when), then one line a sweep. Given the
same lines, the same watch finds the same: that is what a replay checks. Reports in the order in
which they came. Not signed: what is evidence stands in the log. docs/formats/recording.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from parley.errors import ConfigError, FormatError
from parley.rules.findings import Finding, digest
from parley.space import Position
from parley.watch.report import Report, Sense
from parley.watch.scene import Scene
from parley.wire.jsontext import parse_json
from parley.wire.plainform import from_plain, to_plain
from parley.wire.refusals import shown

FORMAT = "parley/watch-recording/v1"
CUT_OFF = b'{"ended":"cut-off"}\n'
"""The last line to a reader of a live watch who fell behind."""
MAX_LINE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """party and agreement_ref: whose watch it was, under which agreement (64 hex digits)."""

    party: str
    agreement_ref: str
    began_ms: int


@dataclass(frozen=True, slots=True)
class Beat:
    """One sweep: scene: the new one if it changed, sites too; else None. found: how many findings
    stood after it, digest: of them (see ``rules.findings.digest``); "" where none was taken."""

    now_ms: int
    reports: tuple[Report, ...]
    scene: Scene | None = None
    sites: tuple[tuple[str, Position], ...] | None = None
    found: int = 0
    digest: str = ""


def head_line(head: Head) -> bytes:
    return _line({"format": FORMAT, **to_plain(head)})


def beat_line(beat: Beat) -> bytes:
    """The line of a sweep, its newline included."""
    body: dict[str, Any] = {"now_ms": beat.now_ms}
    if beat.scene is not None:
        body["scene"] = to_plain(beat.scene)
    if beat.sites is not None:
        body["sites"] = {name: to_plain(place) for name, place in beat.sites}
    body["reports"] = [_report_to(report) for report in beat.reports]
    body["found"], body["digest"] = beat.found, beat.digest
    return _line(body)


def beat_of(beat: Beat, findings: Sequence[Finding]) -> Beat:
    """The same sweep with the digest of what was found at it."""
    return replace(beat, found=len(findings), digest=digest(findings))


def read_head(line: bytes, source: str) -> Head:
    """The first line. FormatError if it is none, at fault the author of ``source``."""
    author = f"the author of {source}"
    body = parse_json(line, source, max_bytes=MAX_LINE_BYTES)
    try:
        if not isinstance(body, dict) or body.pop("format", None) != FORMAT:
            raise FormatError("this is no recording of a watch", right=FORMAT, where="line 1")
        return from_plain(Head, body, "line 1")
    except FormatError as error:
        raise error.blamed_on(author) from None


def read_beats(lines: Iterator[bytes], source: str, *, first: int = 2) -> Iterator[Beat]:
    """The sweeps behind the head, one a line. FormatError names the line; ConfigError: we were
    cut off, because we read too slowly."""
    author = f"the author of {source}"
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        if line.strip() == CUT_OFF.strip():
            raise ConfigError(
                f"{source} cut us off: its lines were not read as quickly as they came",
                right="a quicker reader; what was recorded until then stands",
                where=f"line {number}",
            )
        try:
            yield _beat(parse_json(line, source, max_bytes=MAX_LINE_BYTES), f"line {number}")
        except FormatError as error:
            raise error.blamed_on(author) from None


def _beat(body: Any, where: str) -> Beat:
    if not isinstance(body, dict) or not isinstance(body.get("reports"), list):
        raise FormatError(f"{shown(body)} is no sweep", right="now_ms, reports, ...", where=where)
    reports = tuple(_report(one, f"{where}.reports[{n}]") for n, one in enumerate(body["reports"]))
    scene, sites = body.get("scene"), body.get("sites")
    return Beat(
        from_plain(int, body.get("now_ms"), f"{where}.now_ms"),
        reports,
        None if scene is None else from_plain(Scene, scene, f"{where}.scene"),
        None if sites is None else _sites(sites, f"{where}.sites"),
        from_plain(int, body.get("found", 0), f"{where}.found"),
        from_plain(str, body.get("digest", ""), f"{where}.digest"),
    )


def _sites(plain: Any, where: str) -> tuple[tuple[str, Position], ...]:
    if not isinstance(plain, dict):
        raise FormatError(f"{shown(plain)} is refused", right="an object", where=where)
    return tuple((n, from_plain(Position, p, f"{where}.{n}")) for n, p in sorted(plain.items()))


_IDENT = ("icao24", "mode3a", "callsign", "uid", "number")
_NUMBERS = ("accuracy_m", "height_accuracy_m", "speed_mps", "course_deg", "climb_mps")
_FLAGS = ("on_ground", "emergency", "doubted")


def _report_to(report: Report) -> dict[str, Any]:
    """As ``to_plain`` writes it, member by member, because there are ten thousand a second."""
    ident = report.ident
    body: dict[str, Any] = {
        "sensor": report.sensor,
        "seen_ms": report.seen_ms,
        "ident": {name: value for name in _IDENT if (value := getattr(ident, name))},
    }
    if report.position is not None:
        body["position"] = [report.position.lat_e7, report.position.lon_e7]
    if report.pressure is not None:
        body["pressure"] = report.pressure.cm
    if report.height is not None:
        body["height"] = report.height.cm
    for name in _NUMBERS:
        if isfinite(value := getattr(report, name)):
            body[name] = value
    for name in _FLAGS:
        if getattr(report, name):
            body[name] = True
    if report.sense is not Sense.SELF:
        body["sense"] = report.sense.value
    if report.owner:
        body["owner"] = report.owner
    if report.label:
        body["label"] = report.label
    return body


def _report(plain: Any, where: str) -> Report:
    return from_plain(Report, plain, where)


def _line(body: dict[str, Any]) -> bytes:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


__all__ = [
    "CUT_OFF",
    "FORMAT",
    "Beat",
    "Head",
    "beat_line",
    "beat_of",
    "head_line",
    "read_beats",
    "read_head",
]
