"""A whole log file verified: entries a second by one process and by one a core.

    python benchmarks/audit.py [--entries 1000000] [--rounds 3]

Every entry is a real signed note of about 500 bytes under a salt of its own (so many different
ones, over and over). Beside it stands what the machine's library can do at most: Ed25519
verifications of such texts a second, nothing else done. Target of the issue: 20,000 signatures a
second on two cores.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from parley.cli.audit_log import audit_log
from parley.ledger import (
    Checkpoint,
    Entry,
    Kind,
    Tree,
    leaf_hash,
    log_origin,
    seal,
    sign_checkpoint,
    write_log,
)
from parley.testing.keys import own_keys, root_key, roster_note

PARTY = "il.example"
NOTES = 2_000
SECONDS = 2.0


def write(path: Path, entries: int) -> None:
    rng = random.Random(1)
    key = own_keys(PARTY).note
    notes = [
        seal("parley/msg/v1", {"header": {"to": []}, "seq": n, "text": "x" * 300}, key)
        for n in range(NOTES)
    ]
    every = [Entry(Kind.KEYS, bytes(16), roster_note(PARTY)).leaf()]
    every += [
        Entry(Kind.SENT, rng.randbytes(16), notes[n % NOTES]).leaf() for n in range(entries - 1)
    ]
    tree = Tree(map(leaf_hash, every))
    head = sign_checkpoint(Checkpoint(log_origin(PARTY, 1), tree.size, tree.root()), key)
    with path.open("wb") as file:
        for chunk in write_log(PARTY, 1, root_key(PARTY).verifier, every, head):
            file.write(chunk)


def raw(seconds: float) -> float:
    """Signatures a second that the library verifies in one process."""
    key = own_keys(PARTY).note
    text = b"x" * 500
    signature, verifier = key.sign(text), key.verifier
    done, begin = 0, time.perf_counter()
    while (took := time.perf_counter() - begin) < seconds:
        for _ in range(200):
            verifier.verify(text, signature)
        done += 200
    return done / took


def raw_by(processes: int) -> float:
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(raw, [0.1] * processes))
        return sum(pool.map(raw, [SECONDS] * processes))


def rate(path: Path, entries: int, processes: int) -> float:
    begin = time.perf_counter()
    report = audit_log(path, pinned=[root_key(PARTY).verifier], processes=processes, small_bytes=0)
    took = time.perf_counter() - begin
    assert report.size == entries
    return entries / took


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--entries", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    machine.banner(f"audit of a log file of {given.entries:,} entries")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "log"
        write(path, given.entries)
        print(f"  {path.stat().st_size:,} bytes")
        for processes in (1, os.cpu_count() or 1):
            found, limits = [], []
            for _ in range(given.rounds):
                limits.append(raw_by(processes))
                found.append(rate(path, given.entries, processes))
            print(
                f"  {processes} process{'es' if processes > 1 else ''}: "
                f"median {statistics.median(found):,.0f} entries a second "
                f"(min {min(found):,.0f}, max {max(found):,.0f}); the library alone "
                f"{statistics.median(limits):,.0f} signatures a second",
                flush=True,
            )


if __name__ == "__main__":
    main()
