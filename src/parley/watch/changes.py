"""What changed between two sweeps: findings by key, told once a change of state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from parley.rules.findings import Change, Finding

__all__ = ["Change", "Changed", "changes"]


@dataclass(frozen=True, slots=True)
class Changed:
    """A finding that opened, changed its level, codes or versions, or closed (as it last was)."""

    change: Change
    finding: Finding


def changes(before: Mapping[str, Finding], now: Iterable[Finding]) -> list[Changed]:
    """What to tell, in the order of the keys: closed, then changed, then opened. A measure or an
    instant alone that moves is no change."""
    after = {f.key: f for f in now}
    closed = [Changed(Change.CLOSED, before[k]) for k in sorted(before) if k not in after]
    changed, opened = [], []
    for key in sorted(after):
        finding, was = after[key], before.get(key)
        if was is None:
            opened.append(Changed(Change.OPENED, finding))
        elif (was.level, was.codes, was.refs) != (finding.level, finding.codes, finding.refs):
            changed.append(Changed(Change.CHANGED, finding))
    return closed + changed + opened
