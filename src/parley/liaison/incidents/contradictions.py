"""The finding about two claims that cannot both be. A matter of record: it alarms nobody."""

from __future__ import annotations

from parley.liaison.incidents.comparing import compare
from parley.liaison.incidents.contents import Claim
from parley.liaison.papers.record import PaperRecord
from parley.rules.findings import Finding, Kind, Level, finding


def contradiction(a: PaperRecord, b: PaperRecord) -> Finding | None:
    """CLAIMS_CONTRADICT about two claims on one topic of one incident, or None; the same for
    (b, a). It concerns the two authors. codes: the members that cannot both be; "own" for one
    claimant, "quoted" where an author is not the claimant, "inferred" where a time rests on an
    inference, "exercise"."""
    first, second = sorted((a, b), key=lambda record: record.ref)
    one, other = first.paper.content, second.paper.content
    assert isinstance(one, Claim)
    assert isinstance(other, Claim)
    found = compare(one, other)
    if not found.against:
        return None
    codes = list(found.against)
    if one.claimant == other.claimant:
        codes.append("own")
    if one.claimant != first.author or other.claimant != second.author:
        codes.append("quoted")
    if found.inferred:
        codes.append("inferred")
    if first.paper.header.exercise:
        codes.append("exercise")
    at_ms = max(first.paper.header.at_ms, second.paper.header.at_ms)
    return finding(
        Kind.CLAIMS_CONTRADICT,
        Level.ADVISORY,
        (f"{first.ref}@{first.paper.version}", f"{second.ref}@{second.paper.version}"),
        parties=(first.author, second.author),
        window_ms=(at_ms, at_ms),
        measures=dict(found.measures),
        codes=codes,
    )
