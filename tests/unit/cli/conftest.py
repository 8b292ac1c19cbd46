"""Node directories, commands run in this process, `parley serve` in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from parley.cli.app import app

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]


@pytest.fixture(scope="session")
def examples() -> Path:
    return EXAMPLES


@pytest.fixture
def run() -> Run:
    """A command in this process: ``run("check", path, "--json")``."""
    runner = CliRunner()

    def command(*arguments: object, stdin: str = "") -> Result:
        result = runner.invoke(app, [str(a) for a in arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


@pytest.fixture
def make(run: Run, tmp_path: Path) -> Make:
    """A node directory: ``make("ru")``; more options as for `parley init`."""

    def made(party: str, *options: object, name: str = "") -> Path:
        path = tmp_path / (name or party)
        agreement = EXAMPLES / "agreement.json"
        door = () if "--peer-listen" in options else ("--peer-listen", "127.0.0.1:0")
        result = run("init", path, "--party", party, "--agreement", agreement, *door, *options)
        assert result.exit_code == 0, result.stderr
        return path

    return made


@pytest.fixture
def introduce(run: Run, tmp_path: Path) -> Introduce:
    """First contact: the officers of ``here`` believe the roster of ``there``, whose card was
    handed over and whose fingerprint was read to them."""

    def introduced(here: Path, there: Path, url: str = "") -> Path:
        card = tmp_path / f"{there.name}.roster"
        told = run("peer", "card", there, "-o", card, "--force", "--json")
        digits = json.loads(told.stdout)["fingerprint"]
        added = run("peer", "add", here, card, "--url", url, "--fingerprint", digits)
        assert added.exit_code == 0, added.stderr
        return card

    return introduced


@dataclass
class Served:
    """A `parley serve` of its own. said: its JSON line."""

    process: subprocess.Popen[str]
    said: dict[str, Any]

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Its exit status, the rest of its standard output, its standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


def parley(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    """The command in a process of its own, with pipes and no colours asked for. pty: a terminal
    for what it asks and reads."""
    env = {**os.environ, "PYTHONWARNINGS": "error", **options.pop("env", {})}
    terminal = options.pop("pty", None)
    return subprocess.Popen(
        [sys.executable, "-m", "parley.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if terminal is None else terminal,
        stdin=subprocess.DEVNULL if terminal is None else terminal,
        text=True,
        env=env,
        **options,
    )


@contextmanager
def _served(path: Path, *options: object) -> Iterator[Served]:
    process = parley("serve", path, "--json", *options)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise AssertionError(f"it did not serve: {process.communicate()[1]}")
        yield Served(process, json.loads(line))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


Serve = Callable[..., Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda path, *options: stack.enter_context(_served(path, *options))


@pytest.fixture
def command() -> Callable[..., subprocess.Popen[str]]:
    return parley


@pytest.fixture
def free_port() -> Callable[[], int]:
    def port() -> int:
        with socket.create_server(("127.0.0.1", 0)) as sock:
            return int(sock.getsockname()[1])

    return port
