"""`parley check`: findings without a counterpart, a node or a network; exit statuses."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]
Make = Callable[..., Path]

NOON = ("--at", "2030-09-17T12:00:00Z")


@pytest.fixture
def agreement(examples: Path) -> tuple[str, Path]:
    return ("--agreement", examples / "agreement.json")


def kinds(result: Result) -> list[tuple[str, str]]:
    return [(f["kind"], f["level"]) for f in json.loads(result.stdout)["findings"]]


def test_a_timely_notice_alone_is_clean(
    run: Run, examples: Path, agreement: tuple[str, Path]
) -> None:
    result = run("check", examples / "notice.geojson", *agreement, *NOON, "--json")
    assert result.exit_code == 0
    assert kinds(result) == [("lead-time", "info")]
    assert result.stderr == ""


def test_positions_are_echoed_in_every_notation_and_times_in_zulu(
    run: Run, examples: Path, agreement: tuple[str, Path]
) -> None:
    shown = run("check", examples / "notice.geojson", *agreement, *NOON).stdout
    assert "35.5200000N 035.8000000E" in shown
    assert "35°31'12.0000\"N 035°48'00.0000\"E" in shown
    assert "36SYE5391034317" in shown
    assert "LIGHTHOUSE 083.1893/3.280km" in shown
    assert "Tue 2030-09-17T18:40:00Z" in shown
    assert "0 m to 5,000 m above the WGS-84 ellipsoid" in shown
    assert "in time: 6 h 40 min before the start; 10 min is agreed" in shown


def test_late_and_after_the_fact_are_findings(
    run: Run, examples: Path, agreement: tuple[str, Path]
) -> None:
    late = run("check", examples / "notice.geojson", *agreement, "--at", "2030-09-17T18:39:00Z")
    assert late.exit_code == 1
    assert "TOO LATE: 60 s before the start; 10 min is agreed" in late.stdout
    after = run("check", examples / "notice.geojson", *agreement, "--at", "2030-09-17T18:45:00Z")
    assert after.exit_code == 1
    assert "AFTER THE FACT by 5 min" in after.stdout


def test_another_partys_notice_conflicts(
    run: Run, examples: Path, agreement: tuple[str, Path]
) -> None:
    also = f"ru={examples / 'firing.geojson'}"
    result = run("check", examples / "notice.geojson", *agreement, *NOON, "--also", also, "--json")
    assert result.exit_code == 1
    assert ("conflict", "warning") in kinds(result) or ("conflict", "urgent") in kinds(result)
    found = next(f for f in json.loads(result.stdout)["findings"] if f["kind"] == "conflict")
    assert found["parties"] == ["il", "ru"]
    assert "must agree who moves" in found["text"]


def test_without_a_party_the_other_notice_is_the_other_partys(
    run: Run, examples: Path, agreement: tuple[str, Path]
) -> None:
    named = ("--also", f"ru={examples / 'firing.geojson'}")
    plain = ("--also", str(examples / "firing.geojson"))
    base = ("check", examples / "notice.geojson", *agreement, *NOON, "--json")
    one, two = run(*base, *named), run(*base, *plain)
    assert kinds(one) == kinds(two)


def test_a_track_near_a_provoking_activity_is_a_bystander(
    run: Run, examples: Path, agreement: tuple[str, Path]
) -> None:
    result = run(
        *("check", examples / "firing.geojson", *agreement, "--party", "il"),
        *("--at", "2030-09-17T18:51:30Z", "--also", examples / "tracks.csv", "--json"),
    )
    assert result.exit_code == 1
    found = [f for f in json.loads(result.stdout)["findings"] if f["kind"] == "bystander-in-hazard"]
    assert any("track:RU20" in ref for f in found for ref in f["refs"])


def test_kml_is_read_like_geojson(run: Run, examples: Path, agreement: tuple[str, Path]) -> None:
    result = run("check", examples / "notice.kml", *agreement, *NOON, "--json")
    assert result.exit_code == 0
    (volume,) = json.loads(result.stdout)["draft"]["volumes"]
    assert (volume["shape"], volume["reach_m"], len(volume["positions"])) == ("path", 4000.0, 2)


def test_without_an_agreement_the_built_in_one_is_used_and_said(run: Run, examples: Path) -> None:
    result = run("check", examples / "notice.geojson", *NOON, "--json")
    assert result.exit_code == 0
    assert "built-in example" in result.stderr
    json.loads(result.stdout)


def test_it_needs_no_network(
    run: Run, examples: Path, agreement: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    also = ("--also", f"ru={examples / 'firing.geojson'}", "--also", examples / "tracks.csv")
    assert run("check", examples / "notice.geojson", *agreement, *NOON, *also).exit_code == 1


def test_a_node_directory_gives_agreement_and_party(run: Run, make: Make, examples: Path) -> None:
    path = make("ru")
    result = run("check", examples / "notice.geojson", "--dir", path, "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["party"]) == (0, "ru")
    assert not (path / "node.db").exists()
    refused = run("check", examples / "notice.geojson", "--dir", path, "--party", "il")
    assert refused.exit_code == 2


BAD: list[tuple[str, str, str]] = [
    ("missing.geojson", "", "No such file"),
    ("empty.geojson", "", "not JSON"),
    ("words.geojson", "hello", "not JSON"),
    ("words.kml", "hello", "not well-formed XML"),
    ("deep.geojson", "[" * 100_000, "nested too deep"),
    ("notice.txt", "hello", "'notice.txt' is of no known format"),
    ("nothing.geojson", '{"type": "FeatureCollection", "features": []}', "no feature"),
]


@pytest.mark.parametrize(("name", "text", "told"), BAD)
def test_bad_input_names_the_file_and_what_would_be_right(
    run: Run, tmp_path: Path, agreement: tuple[str, Path], name: str, text: str, told: str
) -> None:
    file = tmp_path / name
    if text or name.startswith("empty"):
        file.write_text(text)
    result = run("check", file, *agreement, "--json")
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert told.lower() in error["what"].lower()
    assert name in error["at_fault"] or name in error["where"]
    assert error["right"]
    shown = run("check", file, *agreement).stderr
    assert "error: " in shown
    assert "at fault:" in shown
    assert "right would be:" in shown
    assert "Traceback" not in shown


PROPERTIES: dict[str, Any] = {
    "class": "transit",
    "radius_m": 4000,
    "start": "2030-09-17T18:40:00Z",
    "end": "2030-09-17T19:10:00Z",
    "floor_m": 0,
    "ceiling_m": 5000,
    "height_reference": "WGS84",
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"start": "18:40"}, "bare time"),
        ({"start": "2030-09-17T18:40:00"}, "without a zone"),
        ({"end": "2030-09-17T18:00:00Z"}, "before start"),
        ({"class": "strike"}, "'strike' is not in agreement levant-example"),
        ({"place": "atlantis"}, "'atlantis' is not in the gazetteer"),
        ({"ceiling_ft": 16000}, "in feet"),
        ({"floor_m": 9000}, "above ceiling"),
        ({"height_reference": None}, "without a reference"),
        ({"target": "depot"}, "'target' does not exist"),
    ],
)
def test_a_bad_property_is_named(
    run: Run,
    tmp_path: Path,
    agreement: tuple[str, Path],
    change: dict[str, Any],
    told: str,
) -> None:
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [35.8, 35.52]},
        "properties": {**PROPERTIES, **change},
    }
    file = tmp_path / "plan.geojson"
    file.write_text(json.dumps(feature))
    result = run("check", file, *agreement)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "plan.geojson" in result.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--at", "yesterday"), "relative to somebody's clock"),
        (("--party", "xx"), "'xx' is not in agreement"),
        (("--also", "missing.csv"), "missing.csv cannot be read"),
        (("--also", "xx=missing.geojson"), "cannot be read"),
        (("--agreement", "missing.json"), "missing.json cannot be read"),
    ],
)
def test_a_bad_option_is_named(
    run: Run, examples: Path, options: tuple[str, str], told: str
) -> None:
    result = run("check", examples / "notice.geojson", *options)
    assert result.exit_code == 2
    assert told in result.stderr


def test_tracks_with_a_bad_line_name_the_line(
    run: Run, examples: Path, tmp_path: Path, agreement: tuple[str, Path]
) -> None:
    lines = (examples / "tracks.csv").read_text().splitlines()
    lines[2] = lines[2].replace("35.4600", "95.46")
    bad = tmp_path / "seen.csv"
    bad.write_text("\n".join(lines))
    result = run("check", examples / "notice.geojson", *agreement, "--also", bad)
    assert result.exit_code == 2
    assert "line 3" in result.stderr
    assert "seen.csv" in result.stderr
