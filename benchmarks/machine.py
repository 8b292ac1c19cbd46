"""What every benchmark says first: the machine, its load, and how noisy it is right now."""

from __future__ import annotations

import hashlib
import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence


def noise() -> str:
    """Spread of one fixed piece of work over 15 runs: (max - min) / median."""
    times = []
    block = bytes(1 << 20)
    for _ in range(15):
        begin = time.perf_counter()
        for _ in range(8):
            hashlib.sha256(block).digest()
        times.append(time.perf_counter() - begin)
    spread = (max(times) - min(times)) / statistics.median(times)
    return f"{100 * spread:.0f} %"


def banner(title: str) -> None:
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(title)
    print(
        f"  {platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, "
        f"load {load}, noise of a fixed hash {noise()}"
    )


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value that at least a share q of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(q * 1e6) * len(ordered) // 10**6) - 1))]


def resident_bytes() -> int:
    """Resident memory of this process, from /proc (Linux)."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
