"""A flight that does not keep to its notice: told to all, a hazard, answered, lifted, proved.

Three parties and an observer on real sockets with mutual TLS. F3548-21: the manager of an
operational intent declares it nonconforming, and conforming again.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from parley.cli.app import app
from parley.node.node import Node
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.lifecycle import State
from parley.rules.statements import (
    Basis,
    Change,
    Draft,
    NoticeVolume,
    Rung,
    Step,
    Use,
    Watched,
)
from parley.space import Area, Band
from parley.store.memory import MemoryStore
from parley.testing.harness import Mechanism
from parley.testing.keys import root_key
from parley.testing.rules_strategies import MINUTE_MS, disc, minutes, place, sighting, three_sided

VERIFIER = Path(__file__).resolve().parents[2] / "verifier" / "parley_verify.py"
FLIGHT = Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(span=minutes(0, 60))),))
REF = "nonconformance:blue-2"
OTHERS = ("amber", "green", "white")


async def of_kind(node: Node, kind: Kind) -> list[Finding]:
    return [f for f in await node.findings() if f.kind is kind]


def verified(file: Path) -> str:
    """The readable report of a file that both verifiers take, with every party's root pinned."""
    roots = [root_key(party).verifier for party in ("blue", *OTHERS)]
    words = [str(file), *(word for root in roots for word in ("--root", root.to_vkey()))]
    other = subprocess.run(
        [sys.executable, str(VERIFIER), *words], capture_output=True, text=True, check=False
    )
    assert other.stdout.startswith("VERIFIED\n"), other.stdout + other.stderr
    report = file.with_suffix(".txt")
    ours = CliRunner().invoke(app, ["verify", *words, "--report", str(report)])
    assert ours.exit_code == 0, ours.output
    return report.read_text()


async def test_a_flight_that_does_not_conform_is_told_answered_lifted_and_proved(
    tmp_path: Path,
) -> None:
    async with Mechanism(three_sided(), tmp_path) as m:
        blue, green, amber = (m.node(party) for party in ("blue", "green", "amber"))
        await blue.post_notice(FLIGHT, role="duty")
        await green.protect("a convoy", disc(20_000, span=minutes(0, 300)), role="duty")
        await m.settle()
        m.clock.advance(5 * MINUTE_MS)
        seen = sighting(20_000, owner="blue", track="B1", by="blue", at_min=5)
        await blue.record_watch([off_in_place(seen.seen_ms)], role="duty")

        since_ms = m.clock() - 30_000
        posted = await blue.announce_nonconformance(
            role="duty",
            notice="blue-1",
            codes=["place"],
            since_ms=since_ms,
            area=Area.circle(place(20_000), 3_000),
            band=Band.metres(1_000, 2_000),
        )
        assert posted.ref == REF
        await m.settle()
        for party in OTHERS:
            (found,) = await of_kind(m.node(party), Kind.NONCONFORMANCE)
            assert found == (await of_kind(blue, Kind.NONCONFORMANCE))[0]
            assert (found.codes, found.measured) == (("place",), {"delay_s": 30})
        (endangered,) = await of_kind(green, Kind.BYSTANDER)
        assert endangered.refs == (REF, "presence:green-1")
        mine = sighting(20_000, owner="amber", track="A1", by="amber", at_min=5)
        (inside,) = [f for f in await amber.observe([mine]) if f.kind is Kind.BYSTANDER]
        assert (inside.level, inside.codes) == (Level.URGENT, ("nonconforming",))

        for rung in (Rung.READ, Rung.ACCEPTED):
            await green.answer(REF, rung, role="duty")
        m.clock.advance(MINUTE_MS)
        await blue.announce_nonconformance(
            role="duty",
            notice="blue-1",
            codes=["place", "height"],
            since_ms=since_ms,
            area=Area.circle(place(-30_000), 3_000),
            item="blue-2",
        )
        await m.settle()
        assert await of_kind(green, Kind.BYSTANDER) == []
        assert (await blue.item(REF)).standing("green").rung is Rung.RECEIVED

        m.clock.advance(MINUTE_MS)
        await blue.step(REF, Step.ALL_CLEAR, role="duty", text="back on its track")
        await m.settle()
        for party in m.parties:
            assert (await m.node(party).item(REF)).state is State.LIFTED
            assert await of_kind(m.node(party), Kind.NONCONFORMANCE) == []

        shown = {}
        for party, refs in (("blue", ["notice:blue-1", "track:B1"]), ("green", [REF])):
            file = tmp_path / f"{party}.evidence"
            file.write_bytes(await m.node(party).evidence(refs))
            shown[party] = " ".join(verified(file).split())
        for report in shown.values():
            assert "announces that its flight of notice blue-1 is not where it was" in report
            assert f"accepts {REF.partition(':')[2]}, version 1" in report
            assert "gives the all-clear for blue-2" in report
            assert "convoy" not in report
        assert "its watch finds (warning): Track B1, of notice blue-1, is not" in shown["blue"]
        assert "its watch" not in shown["green"]
        for party in m.parties:
            await m.node(party).check_node(MemoryStore())


def off_in_place(at_ms: int) -> Watched:
    """What blue's own watch saw of its flight."""
    found = finding(
        Kind.NONCONFORMANCE,
        Level.WARNING,
        ("notice:blue-1@1", "track:B1"),
        parties=("blue",),
        window_ms=(at_ms, at_ms),
        measures={"horizontal_m": 19_000},
        codes=("place",),
    )
    return Watched(Change.OPENED, found, (Basis("B1", at_ms, place(20_000), 100, None, "blue"),))
