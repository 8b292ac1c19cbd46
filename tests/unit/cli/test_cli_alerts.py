from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]
Make = Callable[..., Path]
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
NOTAM = """A1234/26 NOTAMN
Q) OSTT/QWMLW/IV/BO/W/000/150/3531N03548E005
A) OSTT B) 3006011000 C) 3006011200
E) MISSILE FRNG WI 4NM RADIUS OF 3531N03548E.
F) SFC G) 5000FT AMSL
"""


class Hook:
    def __init__(self) -> None:
        self.bodies: queue.Queue[dict[str, Any]] = queue.Queue()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                hook.bodies.put(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.stop()


def write_alerts(path: Path, hook: Hook, **change: Any) -> None:
    secret = path / "hook.secret"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    outlet = {
        "name": "ops",
        "kind": "webhook",
        "recipient": "ru",
        "url": f"http://127.0.0.1:{hook.server.server_port}/in",
        "secret_file": "hook.secret",
        **change,
    }
    rule = {"outlets": ["ops"], "events": ["item"]}
    plain = {"format": "parley/alerts/v1", "outlets": [outlet], "rules": [rule]}
    (path / "alerts.json").write_text(json.dumps(plain))


def test_a_served_node_tells_whom_alerts_json_names(
    run: Run, make: Make, serve: Callable[..., Any], hook: Hook
) -> None:
    path = make("ru")
    write_alerts(path, hook)
    told = run("alerts", "test", path, "--json")
    assert told.exit_code == 0, told.stderr
    assert "TEST of the alerts" in hook.bodies.get(timeout=20)["alerts"][0]["text"]
    serve(path, "--listen", "127.0.0.1:0")
    plan = EXAMPLES / "notice.geojson"
    role = json.loads((EXAMPLES / "agreement.json").read_text())["parties"]
    duty = next(p["roles"][0] for p in role if p["id"] == "ru")
    posted = run("notice", path, plan, "--role", duty, "--yes", "--json")
    assert posted.exit_code == 0, posted.stderr
    body = hook.bodies.get(timeout=20)
    assert body["alerts"][0]["marking"].startswith("TLP:AMBER+STRICT")
    shown = json.loads(run("alerts", "show", path, "--json").stdout)
    assert [(one["name"], one["kind"]) for one in shown] == [("ops", "webhook")]
    assert "hunter2" not in json.dumps(shown)
    ref = json.loads(posted.stdout)["ref"]
    script = run("draft", "as", path, ref, "--format", "script", "--lang", "ru")
    assert script.exit_code == 0, script.stderr
    assert "Говорит" in script.stdout
    refused = run("draft", "as", path, ref, "--format", "notam")
    assert refused.exit_code == 2
    assert "fir" in refused.stderr
    notam = path / "out.notam"
    done = run("draft", "as", path, ref, "--format", "notam", "--fir", "OSTT", "--qcode", "QRDCA",
               "-o", notam)  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "Q) OSTT/QRDCA/" in notam.read_text()


def test_alerts_that_are_wrong_are_refused_in_words(run: Run, make: Make, hook: Hook) -> None:
    path = make("ru")
    assert "No outlets" in run("alerts", "show", path).stdout
    write_alerts(path, hook, recipient="atlantis")
    refused = run("alerts", "show", path)
    assert refused.exit_code == 2
    assert "outlets[0].recipient" in refused.stderr
    write_alerts(path, hook)
    shown = json.loads(run("alerts", "show", path, "--json").stdout)
    assert shown[0]["state"] == "stopped"
    (path / "hook.secret").chmod(0o644)
    assert "read by others" in run("alerts", "test", path).stderr
    (path / "alerts.json").write_text("{")
    assert "not JSON" in run("alerts", "test", path).stderr
    assert run("alerts", "test", make("il"), "nobody").exit_code == 2


def test_a_test_that_does_not_go_says_so(run: Run, make: Make, hook: Hook) -> None:
    path = make("ru")
    write_alerts(path, hook, url="http://127.0.0.1:1/in")
    told = run("alerts", "test", path, "ops")
    assert told.exit_code == 1
    assert "did not go: no connection" in told.stdout


def test_a_notam_file_becomes_a_draft(run: Run, tmp_path: Path) -> None:
    file, plan = tmp_path / "plan.notam", tmp_path / "plan.geojson"
    file.write_text(NOTAM)
    done = run("draft", "from", file, "--class", "live-fire", "-o", plan)
    assert done.exit_code == 0, done.stderr
    assert "Assumed: Heights above mean sea level" in " ".join(done.stderr.split())
    feature = json.loads(plan.read_text())["features"][0]
    assert feature["properties"]["radius_m"] == 7408
    again = run("draft", "from", plan, "--json")
    assert json.loads(again.stdout)["drafts"][0] == json.loads(plan.read_text())
    assert run("draft", "from", file, "--class", "live-fire", "-o", plan).exit_code == 2
    missing = run("draft", "from", file)
    assert missing.exit_code == 2
    assert "class" in missing.stderr


def test_a_file_of_no_known_format_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "plan.docx"
    file.write_text(NOTAM)
    refused = run("draft", "from", file)
    assert refused.exit_code == 2
    assert ".notam" in refused.stderr
    assert run("draft", "from", file, "--format", "notam", "--class", "x").exit_code == 0
