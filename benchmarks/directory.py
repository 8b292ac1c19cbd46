"""The directory among 100,000 persons: entering one, finding, who held what, duplicates.

    python benchmarks/directory.py [--persons 100000] [--asks 50]

One store on disk (SQLite). Persons are real papers: signed, logged, filed, compared with those of
alike names by the node itself, several hundred to a commit. Names are made of syllables, 800 given
and 20,000 family names, so that far more of them are alike than among people. Questions are
asked of the node, without HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from parley.liaison.directory.contents import Name, Office, Person
from parley.liaison.papers.when import parse_when
from parley.node.desk import Desk
from parley.node.liaison import directory, saying
from parley.node.node import Node
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import HandClock
from parley.testing.harness import started_node

BATCH = 500
SYLLABLES = (
    *("ba", "ko", "ri", "mo", "ta", "ne", "shi", "lu", "ver", "dan"),
    *("gor", "ki", "pa", "sen", "al", "ush", "ik", "ov", "er", "mi"),
)
SINCE = parse_when("2012", zone="UTC")


def names(rng: random.Random, count: int) -> list[str]:
    def one() -> str:
        return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4))).capitalize()

    return [one() for _ in range(count)]


async def enter(node: Node, persons: int, given: list[str], family: list[str]) -> float:
    """Seconds for all; prints what the last tenth cost each."""
    rng = random.Random(7)

    def batch(first: int) -> Callable[[Desk], None]:
        def work(desk: Desk) -> None:
            for number in range(first, min(persons, first + BATCH)):
                name = Name(f"{rng.choice(given)} {rng.choice(family)}", "en")
                title, unit = f"Chief {number % 500}", f"Unit {number // 500}"
                words = Person((name,), (Office(title, unit, "green", SINCE),))
                saying.paper(
                    desk,
                    words,
                    role="duty",
                    to=[],
                    marking=None,
                    about=(),
                    person="",
                    exercise=False,
                    each_its_own=False,
                )

        return work

    begin = time.perf_counter()
    late = begin
    for first in range(0, persons, BATCH):
        if first <= persons * 9 // 10:
            late = time.perf_counter()
        await node.keep(batch(first))
    end = time.perf_counter()
    last = max(1, persons - persons * 9 // 10)
    each_ms = 1000 * (end - late) / last
    print(f"  entered in {end - begin:.0f} s; of the last tenth {each_ms:.1f} ms each")
    return end - begin


async def ask(node: Node, asks: int, given: list[str], family: list[str]) -> None:
    rng = random.Random(11)
    at_ms = SINCE.until_ms + 1
    questions: dict[str, Callable[[Desk], object]] = {
        "find, a name of two words": lambda desk: directory.find(
            desk, f"{rng.choice(given)} {rng.choice(family)}"
        ),
        "find, one word": lambda desk: directory.find(desk, rng.choice(family)),
        "who held it": lambda desk: directory.who_held(
            desk, f"chief {rng.randrange(500)}", "unit 3", at_ms
        ),
        "who held it, anywhere": lambda desk: directory.who_held(
            desk, f"chief {rng.randrange(500)}", "", at_ms
        ),
        "a page of duplicates": directory.duplicates,
    }
    for name, question in questions.items():
        times = []
        for _ in range(asks):
            begin = time.perf_counter()
            await node.look(question)
            times.append(1000 * (time.perf_counter() - begin))
        half, most = machine.quantile(times, 0.5), max(times)
        print(f"  {name:<28} median {half:6.1f} ms, at most {most:6.1f} ms")


async def run(persons: int, asks: int) -> None:
    rng = random.Random(5)
    given, family = names(rng, 800), names(rng, 20_000)
    with tempfile.TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder) / "blue.db")
        node = await started_node(small_agreement(), "blue", store=store, clock=HandClock())
        await enter(node, persons, given, family)
        await ask(node, asks, given, family)
        await node.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--asks", type=int, default=50)
    chosen = parser.parse_args()
    machine.banner(f"The directory among {chosen.persons} persons")
    asyncio.run(run(chosen.persons, chosen.asks))


if __name__ == "__main__":
    main()
