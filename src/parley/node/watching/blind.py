"""What the watch does not see: feeds that are silent or lost, as findings like all others."""

from __future__ import annotations

from collections.abc import Iterable

from parley.node.watching.intake import FeedHealth, FeedState
from parley.rules.findings import Finding, Kind, Level, finding

PATIENCE_MS = 30_000
"""So long a feed may take to connect, at the start or again, before it is told."""


def feed_findings(
    feeds: Iterable[FeedHealth], since_ms: int, now_ms: int, party: str
) -> list[Finding]:
    """One for each feed that gives nothing: "silent" (connected, and nothing comes) or "lost"
    (not connected, for longer than ``PATIENCE_MS``). since_ms: when the watch began. A feed that a
    person stopped is no finding."""
    found = []
    for feed in feeds:
        last_ms = max(feed.last_ms, since_ms)
        lost = feed.state is FeedState.CONNECTING and now_ms - last_ms > PATIENCE_MS
        if not lost and feed.state is not FeedState.SILENT:
            continue
        found.append(
            finding(
                Kind.FEED_SILENT,
                Level.WARNING,
                (f"feed:{feed.name}",),
                parties=(party,),
                window_ms=(last_ms, now_ms),
                measures={"silent_s": max(0, now_ms - last_ms) // 1000},
                codes=("lost" if lost else "silent",),
            )
        )
    return found
