"""From the command `parley demo` to its first line, as a whole process.

    python benchmarks/demo_start.py [--rounds 15]

Target of the issue: under 3 s once installed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine


def first_line_s() -> float:
    begin = time.perf_counter()
    demo = subprocess.Popen(
        [sys.executable, "-m", "parley.cli", "demo", "--speed", "max"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert demo.stdout is not None
    line = demo.stdout.readline()
    seconds = time.perf_counter() - begin
    demo.stdout.read()
    if demo.wait() or not line.strip():
        raise SystemExit("the demo did not run")
    return seconds


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=15)
    given = options.parse_args()
    machine.banner(f"`parley demo` to its first line, {given.rounds} rounds")
    times = [first_line_s() for _ in range(given.rounds)]
    print(
        f"  first line after median {statistics.median(times):.2f} s "
        f"(min {min(times):.2f}, max {max(times):.2f})"
    )


if __name__ == "__main__":
    main()
