"""README's commands run, in a directory of their own, with nothing but the repository.

A block is run when the line before its fence is ``<!-- readme-test -->``. All such blocks of a
page are one bash session, in order: a variable or a background node lives on to the next block.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md",)
TIMEOUT_S = 240

_BLOCK = re.compile(r"^<!-- readme-test -->\n+```sh\n(.*?)^```$", re.M | re.S)


def blocks(markdown: str) -> list[str]:
    """The marked ``sh`` blocks of a page, in order; a leading ``$ `` of a line is taken off."""
    return [re.sub(r"^\$ ", "", found, flags=re.M) for found in _BLOCK.findall(markdown)]


def run_blocks(scripts: list[str], folder: Path) -> str:
    """Runs them as one session that ends at the first command that fails; its whole output.

    ``examples`` is there as in the repository, and ``parley`` and ``python`` are this venv's.
    """
    shutil.copytree(ROOT / "examples", folder / "examples")
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    env.pop("PYTHONWARNINGS", None)
    script = "set -euo pipefail\n" + "\n".join(scripts)
    output = folder / ".output"
    with output.open("w") as sink:
        shell = subprocess.Popen(
            ["bash", "-x", "-c", script],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = shell.wait(TIMEOUT_S)
        finally:
            with suppress(ProcessLookupError):  # nothing was left running in the background
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
    said = output.read_text()
    assert status == 0, f"status {status}:\n{said}"
    return said


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_its_commands_run(page: str, tmp_path: Path) -> None:
    found = blocks((ROOT / page).read_text())
    assert found, f"{page} has no marked block"
    run_blocks(found, tmp_path)


def test_only_marked_blocks_are_taken() -> None:
    page = "```sh\nno\n```\n\n<!-- readme-test -->\n```sh\n$ one\ntwo\n```\n```\nno\n```\n"
    assert blocks(page) == ["one\ntwo\n"]


def test_a_command_that_fails_fails_the_session(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="status 2"):
        run_blocks(["parley check examples/missing.geojson\n", "true\n"], tmp_path)
