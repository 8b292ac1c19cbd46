"""The order of dependence of commitments: what comes first, what waits, what goes in a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MOST = 1024
"""So many commitments behind one another are looked at."""


def circle(start: str, after: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """A circle through ``start`` as refs, shortest first found, beginning with it; () if there is
    none. after: what each has to wait for."""
    came: dict[str, str] = {}
    layer = [start]
    while layer and len(came) < MOST:
        following = []
        for ref in layer:
            for one in sorted(after.get(ref, ())):
                if one == start:
                    return tuple(reversed(_way(ref, came, start)))
                if one not in came:
                    came[one] = ref
                    following.append(one)
        layer = following
    return ()


def _way(ref: str, came: Mapping[str, str], start: str) -> list[str]:
    way = [ref]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way


def in_order(refs: Sequence[str], after: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The refs, each behind those of them that it waits for; as given where nothing is said. What
    goes in a circle keeps the order given."""
    left = list(dict.fromkeys(refs))
    among = set(left)
    done: dict[str, None] = {}
    while left:
        ready = [r for r in left if all(w in done for w in after.get(r, ()) if w in among)]
        for ref in ready or left[:1]:
            done[ref] = None
        left = [ref for ref in left if ref not in done]
    return tuple(done)
