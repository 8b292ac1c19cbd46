"""The wheel is whole: built here, unpacked elsewhere, it answers with nothing of the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(command: list[str], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONSAFEPATH": "1", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.mark.slow
def test_the_wheel_runs_elsewhere(tmp_path: Path) -> None:
    built = run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(tmp_path)], ROOT
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("parley_node-*.whl")
    elsewhere = tmp_path / "elsewhere"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(elsewhere)
    assert "parley/py.typed" in names
    assert "parley/scenarios/il20-2018.json" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
    python = [sys.executable, "-m", "parley.cli"]
    where = run(
        [sys.executable, "-c", "import parley; print(parley.__file__)"],
        tmp_path,
        PYTHONPATH=str(elsewhere),
    )
    assert where.stdout.strip().startswith(str(elsewhere)), where.stderr
    demo = run(
        [*python, "demo", "--speed", "max", "--out", str(tmp_path / "night")],
        tmp_path,
        PYTHONPATH=str(elsewhere),
    )
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "VERIFIED" in demo.stdout
