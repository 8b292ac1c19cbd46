"""`parley serve` in processes of its own: alone, in pairs on loopback, and how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from parley.cli.client import Client
from parley.cli.nodedir import open_dir

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Serve = Callable[..., Any]
Command = Callable[..., "subprocess.Popen[str]"]

DUTY = ("--role", "watch-officer")
READ_BACK = ("--start", "2030-09-17T18:40:00Z", "--end", "2030-09-17T21:10:00+02:00",
             "--floor", "0m", "--ceiling", "5000m", "--place", "latakia")  # fmt: skip


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def until(path: Path, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first event of the node's journal that is wanted, waiting for it on the stream."""
    with Client(open_dir(path)) as client:
        stream: Iterator[Any] = client.events("/v1/events", after=0)
        return next(line for event in stream if wanted(line := json.loads(event.data)))


def item(ref: str, **members: str) -> Callable[[dict[str, Any]], bool]:
    """The event that tells of the item in that state."""
    return lambda line: (
        line["kind"] == "item"
        and {"ref": ref, **members}.items()
        <= {name: value for name, value in line["data"].items() if isinstance(value, str)}.items()
    )


def test_alone_it_serves_says_where_and_ends_on_sigterm(run: Run, make: Make, serve: Serve) -> None:
    path = make("ru")
    served = serve(path, "--listen", "127.0.0.1:0")
    said = served.said
    assert list(said) == ["party", "url", "console", "peer_url", "directory", "peers", "pid"]
    assert (said["party"], said["peers"], said["pid"]) == ("ru", [], served.process.pid)
    health = answer(run("health", path, "--json"))
    assert (health["party"], health["log_size"], health["links"]) == ("ru", 1, [])
    status, out, err = served.stop()
    assert (status, out) == (0, "")
    logged = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in logged] == ["listening", "stopping", "stopped"]
    assert not (path / "running.json").exists()


def test_ctrl_c_ends_it_as_gracefully(make: Make, serve: Serve) -> None:
    served = serve(make("ru"), "--listen", "127.0.0.1:0")
    status, _, err = served.stop(signal.SIGINT)
    assert status == 0
    assert "Traceback" not in err


def test_an_open_event_stream_does_not_hold_it_up(make: Make, serve: Serve) -> None:
    path = make("ru")
    served = serve(path, "--listen", "127.0.0.1:0")
    with Client(open_dir(path)) as client:
        stream = client.events("/v1/events", after=0)
        client.post("/v1/stop", {"role": "watch-officer"})
        next(stream)
        assert served.stop()[0] == 0
        list(stream)


def test_a_second_server_on_the_same_directory_is_refused(
    run: Run, make: Make, serve: Serve
) -> None:
    path = make("ru")
    serve(path, "--listen", "127.0.0.1:0")
    second = run("serve", path, "--listen", "127.0.0.1:0")
    assert second.exit_code == 2
    assert "another process serves" in second.stderr
    assert answer(run("health", path, "--json"))["party"] == "ru"


def test_a_taken_port_is_refused_with_the_port_named(run: Run, make: Make, serve: Serve) -> None:
    served = serve(make("ru"), "--listen", "127.0.0.1:0")
    port = served.said["url"].rpartition(":")[2]
    result = run("serve", make("il"), "--listen", f"127.0.0.1:{port}")
    assert result.exit_code == 2
    assert f"port {port}" in result.stderr


def test_without_a_server_the_way_to_start_it_is_said(run: Run, make: Make) -> None:
    path = make("ru")
    for asked in (("items",), ("findings",), ("health",), ("watch-events",)):
        result = run(*asked, path)
        assert result.exit_code == 2
        assert f"parley serve {path}" in result.stderr
    posted = run("stop", path, *DUTY, "--json")
    assert posted.exit_code == 2
    assert f"parley serve {path}" in json.loads(posted.stdout)["error"]["right"]


def test_whoever_else_listens_on_the_port_never_sees_the_token(run: Run, make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        path = make("ru", "--listen", f"127.0.0.1:{other.getsockname()[1]}")
        (path / "serve.lock").touch()
        result = run("health", path)
        assert result.exit_code == 2
        assert "nothing serves this directory" in result.stderr
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()


def test_a_script_can_wait_for_a_node_to_start(make: Make, serve: Serve, command: Command) -> None:
    path = make("ru")
    waiting = command("health", path, "--wait", "60", "--json")
    serve(path, "--listen", "127.0.0.1:0")
    out, err = waiting.communicate(timeout=120)
    assert (waiting.returncode, err) == (0, "")
    assert json.loads(out)["party"] == "ru"


def test_a_node_whose_seed_others_may_read_does_not_start(run: Run, make: Make) -> None:
    path = make("ru")
    (path / "keys" / "note.seed").chmod(0o604)
    result = run("serve", path, "--listen", "127.0.0.1:0")
    assert result.exit_code == 2
    assert f"chmod 600 {path / 'keys' / 'note.seed'}" in result.stderr


def test_another_token_than_the_nodes_is_refused(run: Run, make: Make, serve: Serve) -> None:
    path = make("ru")
    serve(path, "--listen", "127.0.0.1:0")
    (path / "operator.token").write_text("x" * 43)
    result = run("health", path)
    assert result.exit_code == 2
    assert "the operator token is wrong" in result.stderr


@pytest.fixture
def two(
    make: Make, introduce: Introduce, serve: Serve, free_port: Callable[[], int]
) -> tuple[Path, Path]:
    """il and ru, who know each other, each served by a process of its own."""
    zones = {"il": "Asia/Jerusalem", "ru": "Europe/Moscow"}
    il, ru = (
        make(party, "--listen", "127.0.0.1:0", "--zone", zone,
             "--peer-listen", f"127.0.0.1:{free_port()}")
        for party, zone in zones.items()
    )  # fmt: skip
    for here, there in ((il, ru), (ru, il)):
        introduce(here, there, f"https://{open_dir(there).config.peer_listen}")
    serve(il)
    serve(ru)
    return il, ru


@pytest.mark.slow
def test_a_notice_is_given_read_back_accepted_and_closed(
    run: Run, two: tuple[Path, Path], examples: Path, tmp_path: Path
) -> None:
    il, ru = two
    given = answer(run("notice", il, examples / "notice.geojson", *DUTY, "--to", "ru", "--json"))
    assert (given["ref"], given["version"]) == ("notice:il-1", 1)
    assert [f["kind"] for f in given["findings"]] == ["lead-time"]
    until(ru, item("notice:il-1"))

    early = run("ack", ru, "notice:il-1", "accepted", *DUTY, "--json")
    assert early.exit_code == 2
    assert json.loads(early.stdout)["error"]["code"] == "protocol"
    answer(run("ack", ru, "notice:il-1", "read", *DUTY, "--json"))
    wrong = (*READ_BACK[:7], "6000m", *READ_BACK[8:])
    mismatch = answer(run("ack", ru, "notice:il-1", "read-back", *DUTY, *wrong, "--json"))
    assert "read-back-mismatch" in [f["kind"] for f in mismatch["findings"]]
    right = answer(run("ack", ru, "notice:il-1", "read-back", *DUTY, *READ_BACK, "--json"))
    assert "read-back-mismatch" not in [f["kind"] for f in right["findings"]]
    answer(run("ack", ru, "notice:il-1", "accepted", *DUTY, "--json"))
    until(il, item("notice:il-1", state="acknowledged"))

    shown = run("items", il).stdout
    assert "notice:il-1" in shown
    assert "ru: accepted" in shown
    answer(run("activate", il, "notice:il-1", *DUTY, "--json"))
    answer(run("all-clear", il, "notice:il-1", *DUTY, "--json"))
    until(ru, item("notice:il-1", state="all-clear"))
    assert answer(run("items", ru, "--json")) == []
    assert [i["ref"] for i in answer(run("items", ru, "--all", "--json"))] == ["notice:il-1"]

    file = tmp_path / "ru.log"
    assert run("log", ru, "--file", file).exit_code == 0
    said = answer(run("verify", file, "--dir", il, "--json"))
    assert (said["verified"], said["pinned"]) == (True, True)


@pytest.mark.slow
def test_stop_distress_and_report_reach_the_other_side(
    run: Run, two: tuple[Path, Path], examples: Path
) -> None:
    il, ru = two
    stopped = answer(run("stop", ru, "--area", "circle 35.5N 35.6E 60km", "--json"))
    distress = answer(
        run(
            "distress",
            ru,
            *DUTY,
            "--subject",
            "Il-20, 15 aboard",
            "--position",
            "LIGHTHOUSE 270/35km",
            "--uncertainty",
            "8km",
            "--json",
        )
    )
    report = answer(
        run("report", ru, "coast-ad", "open", *DUTY, "--area", "place latakia", "--json")
    )
    refs = [stopped["ref"], distress["ref"], report["ref"]]
    assert refs == ["stop:ru-1", "distress:ru-2", "report:ru-3"]
    until(il, item("report:ru-3"))
    found = {f["kind"] for f in answer(run("findings", il, "--json"))}
    assert {"stop", "distress", "third-party-open"} <= found
    assert "▲ URGENT" in run("findings", il).stdout
    content = {i["ref"]: i["content"] for i in answer(run("items", il, "--json"))}
    assert content["distress:ru-2"]["uncertainty_m"] == 8000
    assert content["distress:ru-2"]["position"]["lon_deg"] == pytest.approx(35.378, abs=0.01)

    answer(run("ack", il, "stop:ru-1", "read", *DUTY, "--json"))
    answer(run("all-clear", ru, "stop:ru-1", *DUTY, "--json"))
    until(il, item("stop:ru-1", state="lifted"))


@pytest.mark.slow
def test_a_flight_that_does_not_conform_is_announced_amended_and_lifted(
    run: Run, two: tuple[Path, Path], examples: Path
) -> None:
    il, ru = two
    answer(run("notice", il, examples / "notice.geojson", *DUTY, "--yes", "--json"))
    words = ("--area", "circle 35.5N 35.6E 9km", "--floor", "1000m", "--ceiling", "3000.5m")
    said = answer(run("nonconforming", il, "il-1", "--code", "place", *words, *DUTY, "--json"))
    ref = said["ref"]
    assert said["item"]["content"]["ceiling_m"] == 3001.0
    until(ru, item(ref))
    (found,) = [f for f in answer(run("findings", ru, "--json")) if f["kind"] == "nonconformance"]
    assert found["refs"] == [f"{ref}@1", "notice:il-1"]
    assert "by its author's word the flight of notice il-1 is not where" in found["text"]
    answer(run("nonconforming", il, "--code", "overdue", "--item", ref, *DUTY, "--json"))
    answer(run("all-clear", il, ref, *DUTY, "--json"))
    until(ru, item(ref, state="lifted"))
    for wrong, told in (
        ((), "no --code says in what"),
        (("--code", "lost"), "is refused"),
        (("--code", "place", "--floor", "1000m"), "one of --floor and --ceiling is missing"),
    ):
        result = run("nonconforming", il, "il-1", *wrong, *DUTY, "--json")
        assert result.exit_code == 2
        assert told in result.stdout


@pytest.mark.slow
def test_what_is_protected_or_seen_stays_here_and_is_checked(
    run: Run, two: tuple[Path, Path], examples: Path
) -> None:
    il, ru = two
    window = ("--start", "2030-09-17T18:00:00Z", "--end", "2030-09-17T22:00:00Z")
    kept = answer(
        run(
            "protect",
            ru,
            "convoy 4",
            "--area",
            "circle 35.5N 35.8E 2km",
            "--floor",
            "0m",
            "--ceiling",
            "500m",
            *window,
            *DUTY,
            "--json",
        )
    )
    assert kept["item"] is None
    seen = answer(run("tracks", ru, examples / "tracks.csv", *DUTY, "--json"))
    assert seen["observed"] == 3
    posted = run("notice", il, examples / "firing.geojson", *DUTY, "--json")
    assert not [f for f in answer(posted)["findings"] if "presence:" in json.dumps(f)]
    until(ru, item("notice:il-1"))
    found = [f for f in answer(run("findings", ru, "--json")) if f["kind"] == "bystander-in-hazard"]
    assert any(kept["ref"] in ref for f in found for ref in f["refs"])
    gone = answer(run("protect", ru, "--withdraw", kept["ref"], *DUTY, "--json"))
    assert gone["version"] == 2
    left = answer(run("findings", ru, "--json"))
    assert not [f for f in left if any(kept["ref"] in ref for ref in f["refs"])]
    assert "presence" not in run("log", il).stdout


@pytest.mark.slow
def test_an_amendment_by_hand_is_a_new_version_to_answer_again(
    run: Run, two: tuple[Path, Path], examples: Path
) -> None:
    il, ru = two
    by_hand = ("--class", "transit", "--area", "circle LIGHTHOUSE 083.1893/3.280km 4km",
               *READ_BACK, *DUTY)  # fmt: skip
    shown = run("notice", il, *by_hand)
    assert shown.exit_code == 0
    assert "36SYE53" in shown.stdout
    assert "Given: notice:il-1, version 1" in shown.stdout
    until(ru, item("notice:il-1"))
    answer(run("ack", ru, "notice:il-1", "read", *DUTY, "--json"))
    new = (examples / "notice.kml", "--amend", "notice:il-1", "--text", "moved west", *DUTY)
    amended = answer(run("notice", il, *new, "--json"))
    assert (amended["ref"], amended["version"]) == ("notice:il-1", 2)
    assert amended["item"]["content"]["text"] == "moved west"
    until(ru, lambda line: line["data"].get("version") == 2)
    (one,) = answer(run("items", ru, "--json"))
    assert (one["content_version"], one["standings"][0]["rung"]) == (2, "received")
    cancelled = run("cancel", il, "il-1", *DUTY)
    assert cancelled.exit_code == 2
    answer(run("cancel", il, "notice:il-1", *DUTY, "--json"))
    until(ru, item("notice:il-1", state="cancelled"))


@pytest.mark.slow
def test_events_can_be_followed_by_a_program(
    run: Run, make: Make, serve: Serve, command: Command
) -> None:
    path = make("ru")
    serve(path, "--listen", "127.0.0.1:0")
    follower = command("watch-events", path, "--after", "0", "--count", "2", "--json")
    answer(run("stop", path, *DUTY, "--json"))
    out, err = follower.communicate(timeout=60)
    assert (follower.returncode, err) == (0, "")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["seq"] for line in lines] == [1, 2]
    assert {line["kind"] for line in lines} == {"finding-opened", "item"}


BY_HAND = ("--class", "transit", "--area", "circle 35.52N 35.80E 4km", *READ_BACK)


@pytest.mark.parametrize(
    ("words", "told", "where"),
    [
        (("notice", *BY_HAND, "--role", "pilot"), "'pilot' is no duty role of ru", "--role"),
        (("notice", *BY_HAND), "the duty role is missing", "--role"),
        (("notice", *DUTY), "class '' is not in agreement", "--class"),
        (("notice", *DUTY, "--class", "transit"), "has no area", "--area"),
        (("notice", *DUTY, *BY_HAND[:3], "sphere 1", *READ_BACK), "is no area", "--area"),
        (("notice", *DUTY, *BY_HAND[:4]), "--floor is missing", "--floor"),
        (("notice", *DUTY, *BY_HAND, "--floor", "100ft"), "is in feet", "--floor"),
        (("notice", *DUTY, *BY_HAND, "--floor", "FL120"), "is a flight level", "--floor"),
        (("notice", *DUTY, *BY_HAND, "--ceiling", "5000"), "has no unit", "--ceiling"),
        (("notice", *DUTY, *BY_HAND, "--start", "18:40"), "is a bare time", "--start"),
        (("notice", *DUTY, *BY_HAND, "--place", "atlantis"), "not in the gazetteer", "--place"),
        (("notice", *DUTY, "x.kml", "--class", "transit"), "does not go with a file", ""),
        (("ack", *DUTY, "notice:il-1", "read-back"), "--start is missing", "--start"),
        (("ack", *DUTY, "notice:il-1", "read", "--floor", "0m"), "does not go with read", ""),
        (("stop", *DUTY, "--area", "everywhere"), "is no area", "--area"),
        (("stop", *DUTY, "--notice", "stop:il-1"), "is no notice", ""),
        (("distress", *DUTY, "--subject", "x", "--position", "x"), "no position", "--position"),
        (("distress", *DUTY, "--subject", "x", "--since", "now"), "relative", "--since"),
        (("stop", "--role", "pilot"), "'pilot' is no duty role of ru", "--role"),
        (("tracks", *DUTY, "missing.csv"), "cannot be read", "missing.csv"),
        (("protect", *DUTY, "x"), "--area is missing", "--area"),
    ],
)
def test_what_is_typed_wrongly_is_refused_before_any_node_is_asked(
    run: Run, make: Make, words: tuple[str, ...], told: str, where: str
) -> None:
    result = run(words[0], make("ru"), *words[1:], "--json")
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert told in error["what"]
    assert where in error["where"]
    assert error["right"]
