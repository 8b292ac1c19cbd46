"""A recording says what the watch was given, and reads back as exactly that."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ConfigError, FormatError
from parley.node.watching.scenes import intent_of
from parley.rules.findings import Level
from parley.rules.hazard import hazard_rows
from parley.rules.statements import Header, Notice
from parley.rules.watching import AlertStep, Cylinder, WatchRules, WellClear
from parley.space import GeoidModel, Height, Position, PressureAltitude, PressureModel
from parley.testing.agreements import small_agreement, transit
from parley.watch.report import Ident, Report, Sense
from parley.watch.scene import Hazard, MovingHazard, Scene
from parley.wire.plainform import from_plain, to_plain
from parley.wire.recording import CUT_OFF, Beat, Head, beat_line, head_line, read_beats, read_head

_NUMBER = st.one_of(st.just(math.nan), st.floats(-1e4, 1e4))
_REPORTS = st.builds(
    Report,
    sensor=st.sampled_from(["north", "radar:1/2"]),
    seen_ms=st.integers(0, 2**41),
    ident=st.builds(
        Ident, icao24=st.sampled_from(["", "4ca216"]), number=st.sampled_from(["", "7"])
    ),
    position=st.none()
    | st.builds(
        Position,
        lat_deg=st.floats(-90, 90),
        lon_deg=st.floats(-180, 180),
    ),
    accuracy_m=_NUMBER,
    pressure=st.none() | st.builds(PressureAltitude, st.integers(-100_000, 2_000_000)),
    height=st.none() | st.builds(Height, st.integers(-100_000, 2_000_000)),
    height_accuracy_m=_NUMBER,
    speed_mps=_NUMBER,
    course_deg=_NUMBER,
    climb_mps=_NUMBER,
    on_ground=st.booleans(),
    emergency=st.booleans(),
    doubted=st.booleans(),
    sense=st.sampled_from(Sense),
    owner=st.sampled_from(["", "blue"]),
    label=st.text(max_size=8).filter(lambda text: text.isprintable()),
)


def _same(a: Report, b: Report) -> bool:
    """NaN is no value that equals itself; everything else must."""
    return repr(a) == repr(b)


@given(st.lists(_REPORTS, max_size=4), st.integers(0, 2**41))
def test_what_was_recorded_is_what_is_read(reports: list[Report], now_ms: int) -> None:
    line = beat_line(Beat(now_ms, tuple(reports), found=3, digest="ab"))
    (beat,) = read_beats(iter([line]), "r.jsonl")
    assert (beat.now_ms, beat.found, beat.digest) == (now_ms, 3, "ab")
    assert len(beat.reports) == len(reports)
    assert all(map(_same, beat.reports, reports))


@given(_REPORTS)
def test_a_report_is_written_as_every_value_is(report: Report) -> None:
    line = json.loads(beat_line(Beat(0, (report,))))
    assert line["reports"] == [to_plain(report)]


def test_a_scene_reads_back_whole() -> None:
    agreement = small_agreement()
    draft = transit(1)
    notice = Notice(
        Header("blue", "duty", 0, ("green",), "0" * 64),
        "blue-1",
        1,
        "live-activity",
        draft.volumes,
    )
    rows = tuple(hazard_rows(agreement, notice))
    assert rows
    rules = WatchRules(
        steps=(
            AlertStep(Level.ADVISORY, Cylinder(926_000, 30_480), 300),
            AlertStep(Level.WARNING, WellClear(35, 122_232, 13_716), 60),
        )
    )
    scene = Scene(
        party="green",
        rules=rules,
        area=agreement.area,
        intents=(intent_of("notice:blue-1", notice),),
        hazards=(Hazard("notice:blue-1", "blue", rows, {"battery": agreement.area}),),
        moving=(MovingHazard("moving:1", "icao:aa", "blue", 500, 100, 100, 0, 10, ("white",)),),
        owners={"icao:aa": "blue"},
        air=PressureModel(980.0, 1040.0, 0.1, GeoidModel(40.0, 2.0)),
        agreement=agreement,
    )
    (beat,) = read_beats(iter([beat_line(Beat(5, (), scene))]), "r.jsonl")
    assert beat.scene == scene


def test_the_head_says_whose_watch_it_was() -> None:
    head = Head("blue", "a" * 64, 7)
    assert read_head(head_line(head), "r.jsonl") == head


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (b'{"now_ms":1}', "line 2"),
        (b'{"now_ms":"1","reports":[]}', "line 2.now_ms"),
        (b'{"now_ms":1,"reports":[{"sensor":"x"}]}', "line 2.reports[0]"),
        (b'{"now_ms":1,"reports":[{"sensor":1,"seen_ms":1,"ident":{}}]}', "reports[0].sensor"),
        (
            b'{"now_ms":1,"reports":[{"sensor":"x","seen_ms":1,"ident":{},"position":[1e9,0]}]}',
            "reports[0].position",
        ),
        (
            b'{"now_ms":1,"reports":[{"sensor":"x","seen_ms":1,"ident":{"name":"y"}}]}',
            "reports[0].ident",
        ),
        (b'{"now_ms":1,"reports":[],"scene":{"party":"blue"}}', "line 2.scene"),
        (b"[]", "line 2"),
        (b"{", "line 1"),
    ],
)
def test_a_damaged_recording_is_refused_by_place(line: bytes, place: str) -> None:
    with pytest.raises(FormatError) as refused:
        list(read_beats(iter([line]), "r.jsonl"))
    assert place in refused.value.where
    assert refused.value.at_fault == "the author of r.jsonl"


def test_another_file_is_no_recording() -> None:
    with pytest.raises(FormatError, match="no recording"):
        read_head(b'{"format":"parley/agreement/v1"}', "a.json")


@given(st.recursive(st.none() | st.integers() | st.text() | st.booleans(), st.lists))
def test_what_is_no_scene_is_refused(plain: object) -> None:
    with pytest.raises(FormatError):
        from_plain(Scene, plain)


def test_who_was_cut_off_is_told_so() -> None:
    lines = iter([beat_line(Beat(1, ())), CUT_OFF])
    beats = read_beats(lines, "the node")
    assert next(beats).now_ms == 1
    with pytest.raises(ConfigError, match="cut us off"):
        next(beats)
