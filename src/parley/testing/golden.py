"""A story in which every kind of finding that follows from statements occurs, and the golden
file of what its nodes find.

``python -m parley.testing.golden`` writes tests/golden/findings.json again; with ``--check`` it
only says whether the file is current. Any change of the file is a change of what the rules say.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.acknowledgement import expected_read_back
from parley.rules.statements import Draft, Notice, NoticeVolume, Phase, Rung, Step, Use
from parley.space import Area, Band
from parley.store.memory import MemoryStore
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.testing.rules_strategies import MINUTE_MS, disc, minutes, place, sighting, three_sided

GOLDEN = Path(__file__).resolve().parents[3] / "tests" / "golden" / "findings.json"
DUTY = "duty"
Nodes = Mapping[str, Node]


def _draft(
    kind: str, north_m: float, from_min: float, to_min: float, *, place_id: str = ""
) -> Draft:
    volume = disc(north_m, radius_m=2_000, span=minutes(from_min, to_min))
    return Draft(kind, (NoticeVolume(Use.ACTIVITY, volume),), place_id)


async def _posting(nodes: Nodes) -> None:
    """Two that conflict, one of them late and with a place it does not touch."""
    await nodes["green"].protect("a convoy", disc(7_000, span=minutes(0, 300)), role=DUTY)
    await nodes["blue"].post_notice(_draft("live-activity", 0, 90, 120), role=DUTY)
    await nodes["amber"].post_notice(_draft("transit", 4_000, 10, 100, place_id="lake"), role=DUTY)


async def _answering(nodes: Nodes) -> None:
    """A read-back that does not match, and an objection; amber says nothing."""
    await nodes["green"].answer("notice:blue-1", Rung.READ, role=DUTY)
    words = (await nodes["green"].item("notice:blue-1")).content
    assert isinstance(words, Notice)
    wrong = replace(expected_read_back(words), floor_m=0)
    await nodes["green"].answer("notice:blue-1", Rung.READ_BACK, role=DUTY, read_back=wrong)
    await nodes["green"].answer("notice:amber-1", Rung.READ, role=DUTY)
    await nodes["green"].answer("notice:amber-1", Rung.OBJECTED, role=DUTY)


async def _seeing(nodes: Nodes) -> None:
    """A track of blue far from where it declared to be, and an emergency nobody hears of."""
    away = sighting(0, 30_000, track="B1", at_min=91)
    crew = sighting(3_000, track="G1", owner="green", at_min=91, emergency=True, band_m=None)
    await nodes["green"].observe([away, crew])


async def _calling(nodes: Nodes) -> None:
    """A third party opens fire; DISTRESS, late; STOP; a flight that does not conform."""
    await nodes["blue"].report(
        role=DUTY,
        third_party="battery",
        phase=Phase.OPEN,
        area=Area.circle(place(), 3_000),
        since_ms=nodes["blue"].clock(),
    )
    await nodes["green"].distress(
        role=DUTY, subject="G1", since_ms=nodes["green"].clock() - 4 * MINUTE_MS
    )
    await nodes["green"].stop(role=DUTY)
    await nodes["blue"].announce_nonconformance(
        role=DUTY,
        notice="blue-1",
        codes=("place", "overdue"),
        since_ms=nodes["blue"].clock() - MINUTE_MS,
        area=Area.circle(place(7_000), 1_000),
        band=Band.metres(1_000, 2_000),
    )


async def _ending(nodes: Nodes) -> None:
    """All that was said is closed by those who said it."""
    for party, ref in (
        ("blue", "notice:blue-1"),
        ("amber", "notice:amber-1"),
        ("blue", "report:blue-2"),
        ("green", "distress:green-2"),
        ("green", "stop:green-3"),
        ("blue", "nonconformance:blue-3"),
    ):
        await nodes[party].step(ref, Step.ALL_CLEAR, role=DUTY)


async def _nothing(nodes: Nodes) -> None:
    return None


STORY: tuple[tuple[float, str, Callable[[Nodes], Awaitable[None]]], ...] = (
    (0, "notices are posted", _posting),
    (1, "green answers", _answering),
    (12, "nobody else has answered", _nothing),
    (91, "green sees tracks", _seeing),
    (94, "an emergency was not passed on", _nothing),
    (95, "a third party fires, DISTRESS, STOP, a flight does not conform", _calling),
    (130, "behind the end, without an all-clear", _nothing),
    (131, "all is closed", _ending),
    (600, "time is over", _nothing),
)


async def tell(nodes: Nodes, clock: HandClock) -> list[dict[str, object]]:
    """The story on started nodes: after each step, what stands at each of them, green's in full."""
    start_ms, chapters = clock.now_ms, []
    for minute, title, act in STORY:
        clock.set(start_ms + round(minute * MINUTE_MS))
        await act(nodes)
        await carried(nodes)
        standing = {party: await node.findings() for party, node in nodes.items()}
        chapters.append(
            {
                "minute": minute,
                "step": title,
                "green finds": [_line(f.as_json()) for f in standing["green"]],
                "the others find": {
                    party: [f"{f.level.name.lower()} {f.key}" for f in found]
                    for party, found in standing.items()
                    if party != "green"
                },
            }
        )
    return chapters


def _line(finding: object) -> str:
    return json.dumps(finding, sort_keys=True)


async def started() -> tuple[dict[str, Node], HandClock]:
    """A node for each party of the story, in memory, and their clock."""
    agreement, clock = three_sided(), HandClock()
    nodes = {p.id: await started_node(agreement, p.id, clock=clock) for p in agreement.parties}
    return nodes, clock


async def written() -> str:
    """The text of the golden file, from nodes that passed their audit."""
    nodes, clock = await started()
    chapters = await tell(nodes, clock)
    for node in nodes.values():
        await node.check_node(MemoryStore())
        await node.close()
    return json.dumps(chapters, indent=1, ensure_ascii=False) + "\n"


def main(*words: str) -> int:
    text = asyncio.run(written())
    if "--check" in words:
        current = GOLDEN.exists() and GOLDEN.read_text() == text
        sys.stdout.write("current\n" if current else f"{GOLDEN.name} is not current\n")
        return 0 if current else 1
    GOLDEN.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
