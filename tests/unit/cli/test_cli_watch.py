"""``parley watch``: live over a real socket, recorded, replayed: the same findings again."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]
Make = Callable[..., Path]
Serve = Callable[..., Any]

PAIR = ("4CA216", "3C6589")
EVERY_S = 0.2


def _lines(second: float) -> bytes:
    """Two aircraft on one meridian and one level, head-on, 20 km apart at first."""
    lines = []
    for number, icao in enumerate(PAIR):
        way = 1 - 2 * number
        lat_deg = 35.0 - way * (0.09 - second * 230.0 / 111_120.0)
        seen = "2031/05/01,10:00:00.000,2031/05/01,10:00:00.000"
        head = f"MSG,%d,1,1,{icao},1,{seen}"
        lines.append(f"{head % 3},,34000,,,{lat_deg:.5f},35.50000,,,0,0,0,0")
        lines.append(f"{head % 4},,,447.0,{0.0 if way > 0 else 180.0},,,0,,,,,")
    return "".join(f"{line}\r\n" for line in lines).encode()


@contextmanager
def receiver() -> Iterator[int]:
    """An SBS receiver on a real socket that tells of two aircraft five times a second."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    ended = threading.Event()

    def tell() -> None:
        callers: list[socket.socket] = []
        began_s = time.monotonic()
        while not ended.wait(EVERY_S):
            with suppress(TimeoutError):
                callers.append(listening.accept()[0])
            for caller in callers:
                with suppress(OSError):
                    caller.sendall(_lines(time.monotonic() - began_s))
        for caller in callers:
            caller.close()

    thread = threading.Thread(target=tell)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        ended.set()
        thread.join()
        listening.close()


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def watched(run: Run, make: Make, serve: Serve) -> Iterator[Path]:
    """A served node with a feed that tells of two aircraft about to meet."""
    path = make("ru")
    with receiver() as port:
        added = run("feed", "add", path, "roof", f"sbs+tcp://127.0.0.1:{port}")
        assert added.exit_code == 0, added.output
        serve(path, "--listen", "127.0.0.1:0")
        yield path


def alarm_of(run: Run, path: Path) -> dict[str, Any]:
    """The first alarm of the two aircraft; waits on the node's own stream of events."""
    from parley.cli.client import Client
    from parley.cli.nodedir import open_dir

    with Client(open_dir(path)) as client:
        for event in client.events("/v1/events", after=0):
            line = json.loads(event.data)
            if line["kind"] == "alarm-raised":
                break
    found: list[dict[str, Any]] = answer(run("alarm", "list", path, "--json"))
    return found[0]


def test_two_aircraft_about_to_meet_are_an_alarm_that_an_officer_acknowledges(
    run: Run, watched: Path
) -> None:
    alarm = alarm_of(run, watched)
    assert alarm["finding"]["kind"] == "predicted-loss-of-separation"
    assert alarm["finding"]["refs"] == ["track:icao:3c6589", "track:icao:4ca216"]
    shown = run("watch", watched, "--once")
    assert shown.exit_code == 0
    assert "What needs you" in shown.stdout
    assert alarm["response"][:20] in " ".join(shown.stdout.split())
    acted = answer(run("alarm", "ack", watched, "predicted-loss", "--json", *ROLE))
    assert acted["done"]
    again = run("alarm", "ack", watched, alarm["key"], *ROLE)
    assert "watch-officer did that at" in again.stdout
    feeds = answer(run("feed", "list", watched, "--json"))
    assert [(feed["name"], feed["state"]) for feed in feeds] == [("roof", "live")]


ROLE = ("--role", "watch-officer")


def test_a_recording_replays_to_the_same_findings_and_a_changed_one_does_not(
    run: Run, watched: Path, tmp_path: Path
) -> None:
    alarm_of(run, watched)
    file = tmp_path / "night.jsonl"
    recorded = run("watch", watched, "--record", file, "--count", "12", "--json")
    assert recorded.exit_code == 0, recorded.output
    replayed = answer(run("watch", "--replay", file, "--json"))
    assert replayed["sweeps"] == 12
    assert replayed["findings"] > 0
    assert replayed["identical"]
    told = run("watch", "--replay", file)
    assert "Every sweep found exactly what was recorded." in told.stdout
    head, *beats = file.read_text().splitlines()
    kept = [json.loads(line) for line in beats]
    for beat in kept:
        beat["reports"] = [r for r in beat["reports"] if r["ident"].get("icao24") != "4ca216"]
    file.write_text("\n".join([head, *map(json.dumps, kept)]) + "\n")
    changed = run("watch", "--replay", file, "--json")
    assert changed.exit_code == 1
    assert json.loads(changed.stdout)["identical"] is False


def test_a_recording_does_not_overwrite(run: Run, watched: Path, tmp_path: Path) -> None:
    file = tmp_path / "night.jsonl"
    file.write_text("kept")
    refused = run("watch", watched, "--record", file, "--count", "1")
    assert refused.exit_code == 2
    assert file.read_text() == "kept"


def test_what_is_no_recording_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text('{"format":"parley/agreement/v1"}\n')
    refused = run("watch", "--replay", file)
    assert refused.exit_code == 2
    assert "no recording of a watch" in refused.stderr
    assert run("watch").exit_code == 2
    assert run("watch", "--replay", tmp_path / "none.jsonl").exit_code == 2


def test_feeds_are_added_listed_and_removed(run: Run, make: Make) -> None:
    path = make("ru")
    assert run("feed", "add", path, "roof", "sbs+tcp://127.0.0.1:30003").exit_code == 0
    twice = run("feed", "add", path, "roof", "sbs+tcp://127.0.0.1:30003")
    assert twice.exit_code == 2
    assert "there already" in twice.stderr
    wrong = run("feed", "add", path, "air", "morse+tcp://127.0.0.1:1")
    assert wrong.exit_code == 2
    assert "watch.json" in wrong.stderr
    assert [f["name"] for f in answer(run("feed", "list", path, "--json"))] == ["roof"]
    assert run("feed", "remove", path, "roof").exit_code == 0
    assert answer(run("feed", "list", path, "--json")) == []
    assert run("feed", "remove", path, "roof").exit_code == 2


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{", "watch.json"),
        ('{"format":"parley/watch/v9"}', "watch.json"),
        ('{"format":"parley/watch/v1","feedz":[]}', "watch.json"),
        ('{"format":"parley/watch/v1","sites":{"r":"nowhere"}}', "sites.r"),
        ('{"format":"parley/watch/v1","owners":{"icao:aa":1}}', "owners.icao:aa"),
        (
            '{"format":"parley/watch/v1","air":{"qnh_low_hpa":1,"qnh_high_hpa":2,'
            '"temperature_error":0,"undulation_m":0,"undulation_error_m":0}}',
            "air",
        ),
    ],
)
def test_a_wrong_watch_file_is_named_with_its_member(
    run: Run, make: Make, text: str, where: str
) -> None:
    path = make("ru")
    (path / "watch.json").write_text(text)
    refused = run("feed", "list", path)
    assert refused.exit_code == 2
    assert where in refused.stderr


DAY = Path(__file__).resolve().parents[3] / "examples" / "day.csv"


def test_a_recorded_day_is_watched_without_a_node_and_its_recording_replays(
    run: Run, tmp_path: Path, examples: Path
) -> None:
    agreement = examples / "agreement.json"
    file = tmp_path / "day.jsonl"
    watched = answer(
        run("watch", "--day", DAY, "--agreement", agreement, "--record", file, "--json")
    )
    assert (watched["sweeps"], watched["reports"]) == (61, 312)
    assert watched["alarms"] == 2
    assert not watched["compared"]
    replayed = answer(run("watch", "--replay", file, "--json"))
    assert replayed["compared"] == 61
    assert replayed["identical"]
    shown = run("watch", "--day", DAY, "--agreement", agreement, "--count", "45")
    assert "says that it is in an emergency" in " ".join(shown.stdout.split())
    assert "come too close" in " ".join(shown.stdout.split())


def test_what_is_no_recorded_day_is_refused(run: Run, tmp_path: Path, examples: Path) -> None:
    agreement = examples / "agreement.json"
    other = run("watch", "--day", agreement, "--agreement", agreement)
    assert other.exit_code == 2
    absent = run("watch", "--day", tmp_path / "none.csv", "--agreement", agreement)
    assert absent.exit_code == 2
    assert "cannot be read" in absent.stderr
    nobody = run("watch", "--day", DAY, "--agreement", agreement, "--party", "xx")
    assert nobody.exit_code == 2
    both = run("watch", tmp_path, "--day", DAY)
    assert both.exit_code == 2
