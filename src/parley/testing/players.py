"""Scripts played on real nodes in one process: who does what, what reaches whom, in which order.

Deeds that are not legal when their turn comes are skipped, as an officer's screen would.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from parley.errors import ParleyError
from parley.node.node import Node
from parley.node.replay import carried
from parley.node.views import Posted
from parley.rules.acknowledgement import expected_read_back
from parley.rules.item import ItemRecord
from parley.rules.statements import (
    Deviation,
    Item,
    Nonconformance,
    Notice,
    Phase,
    Report,
    Rung,
    Step,
)
from parley.testing.clock import HandClock
from parley.testing.rules_strategies import MINUTE_MS, Deed

_RUNGS = {"read": Rung.READ, "accepted": Rung.ACCEPTED, "objected": Rung.OBJECTED}


def role_of(node: Node) -> str:
    """The first duty role of the node's party."""
    return node.context.agreement.party(node.context.party).roles[0]


async def play(nodes: Mapping[str, Node], deeds: Iterable[Deed], clock: HandClock) -> int:
    """Plays the deeds in turn, carries between the nodes now and then; how many were done.

    The clock goes on by ``choice`` minutes before each deed.
    """
    done = 0
    for deed in deeds:
        clock.advance(deed.choice * MINUTE_MS)
        try:
            done += await do(nodes[deed.by], deed) is not None
        except ParleyError:
            continue
        if deed.choice % 3:
            await carried(nodes)
    await carried(nodes)
    return done


async def do(node: Node, deed: Deed) -> Posted | None:
    """One deed; None where there is nothing that it could be about."""
    role = role_of(node)
    if deed.word == "notice":
        return await node.post_notice(deed.draft, role=role)
    if deed.word == "stop":
        area = deed.draft.volumes[0].volume.area
        return await node.stop(role=role, area=area if deed.choice % 2 else None)
    if deed.word == "distress":
        since_ms = node.clock() - 40_000 * (deed.choice % 3)
        return await node.distress(role=role, subject=f"amber{deed.choice % 3}", since_ms=since_ms)
    if deed.word in ("open", "ceased"):
        return await _report(node, deed)
    if deed.word == "nonconforming":
        return await _nonconforming(node, deed)
    record = await _pick(node, deed)
    if record is None:
        return None
    if deed.word == "amend":
        return await node.amend_notice(record.item, deed.draft, role=role)
    if deed.word in tuple(Step):
        return await node.step(record.ref, Step(deed.word), role=role)
    return await _answer(node, record, deed.word)


async def _report(node: Node, deed: Deed) -> Posted:
    mine = await _ours(node, Report)
    return await node.report(
        role=role_of(node),
        third_party="battery",
        phase=Phase.OPEN if deed.word == "open" else Phase.CEASED,
        area=deed.draft.volumes[0].volume.area,
        since_ms=node.clock() - deed.choice * MINUTE_MS,
        item=mine[0] if mine and deed.choice % 2 else "",
    )


async def _nonconforming(node: Node, deed: Deed) -> Posted:
    """About one of our notices, or about none; a new one, or new words for the one before."""
    mine, notices = await _ours(node, Nonconformance), await _ours(node, Notice)
    volume = deed.draft.volumes[0].volume
    amends = bool(mine) and deed.choice % 3 == 1
    return await node.announce_nonconformance(
        role=role_of(node),
        notice=notices[0] if notices and deed.choice % 2 and not amends else "",
        codes=[list(Deviation)[deed.choice % len(Deviation)], Deviation.PLACE],
        since_ms=node.clock() - deed.choice * MINUTE_MS,
        area=volume.area if deed.choice % 4 else None,
        band=volume.band if deed.choice % 5 else None,
        item=mine[0] if amends else "",
    )


async def _ours(node: Node, kind: type[Item]) -> list[str]:
    """The ids of our open items of this kind."""
    return [
        r.item
        for r in await node.items()
        if isinstance(r.content, kind) and r.author == node.context.party and not r.closed
    ]


async def _pick(node: Node, deed: Deed) -> ItemRecord | None:
    """An item of one's own to change, or of another to answer."""
    ours = deed.word == "amend" or deed.word in tuple(Step)
    found = [r for r in await node.items() if (r.author == node.context.party) is ours]
    if deed.word == "amend":
        found = [r for r in found if isinstance(r.content, Notice)]
    return found[deed.choice % len(found)] if found else None


async def _answer(node: Node, record: ItemRecord, word: str) -> Posted:
    role, words = role_of(node), record.content
    if word in _RUNGS:
        return await node.answer(record.ref, _RUNGS[word], role=role)
    back = expected_read_back(words) if isinstance(words, Notice) else None
    if back is not None and word == "misread":
        back = replace(back, ceiling_m=back.ceiling_m + 100)
    return await node.answer(record.ref, Rung.READ_BACK, role=role, read_back=back)


async def waiting(nodes: Mapping[str, Node], addressee: str) -> dict[str, list[bytes]]:
    """What each author has for an addressee who has not fetched it yet, in the author's order."""
    return {
        party: [parcel.note for parcel in await node.parcels(addressee, 10_000)]
        for party, node in nodes.items()
    }


def interleaved(streams: Mapping[str, Sequence[object]], seed: int) -> list[tuple[str, object]]:
    """The members of all streams in one order: each stream's own order is kept."""
    turns = [name for name, members in sorted(streams.items()) for _ in members]
    random.Random(seed).shuffle(turns)
    heads = {name: iter(members) for name, members in streams.items()}
    return [(name, next(heads[name])) for name in turns]
