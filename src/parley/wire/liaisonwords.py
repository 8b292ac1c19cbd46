"""Findings of liaison in one sentence; ``words`` joins them with the others. And one sentence
about any paper, for reports and lists, made from what all papers have."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from parley.liaison.papers.paper import Paper, Reply
from parley.rules.findings import Finding, Kind
from parley.wire import phrases
from parley.wire.phrases import duration, id_of, length, ref_of, zulu


def describe_paper(paper: Paper) -> str:
    """ "message il-4, version 1: ...": its kind, its id and the first words of it. Never raises."""
    text = _first_words(paper)
    state = " (withdrawn)" if paper.withdrawn else ""
    words = f"{paper.kind.replace('-', ' ')} {paper.item}, version {paper.version}{state}"
    return f"{words}: {text}" if text else words


def describe_reply(reply: Reply) -> str:
    """ "accepted il-4, version 1"."""
    said = f' "{reply.text[:200]}"' if reply.text else ""
    return f"{reply.rung.value} {reply.item}, version {reply.version}{said}"


def _first_words(paper: Paper) -> str:
    """The member that people would read first."""
    members = {f.name: getattr(paper.content, f.name) for f in dataclasses.fields(_data(paper))}
    for name in ("title", "text", "what", "said", "reason", "name", "summary", "names", "subject"):
        value = members.get(name)
        if isinstance(value, tuple) and value:
            value = getattr(value[0], "text", "")
        if isinstance(value, str) and value:
            return " ".join(value.split())[:160]
    return ""


def _data(paper: Paper) -> type:
    return type(paper.content)


def sentence(text: str) -> str:
    """A capital letter in front, a stop behind."""
    return f"{phrases.sentence(text)}."


def _unread(finding: Finding) -> str:
    wrong = [code.partition(":")[2] for code in finding.codes if code.startswith("wrong:")]
    if wrong:
        what = ", ".join(wrong)
        return sentence(f"{ref_of(finding, 0)} is read back wrongly by {id_of(finding, 1)}: {what}")
    owes = "read back" if "read-back" in finding.codes else "read"
    return sentence(f"{ref_of(finding, 0)} is not {owes} by {id_of(finding, 1)}: call by voice")


def _check_missed(finding: Finding) -> str:
    return f"{id_of(finding, 1)} did not answer {ref_of(finding, 0)}."


def _line(finding: Finding) -> str:
    state = "out" if "out" in finding.codes else "degraded"
    line = next((c for c in finding.codes if c in ("safety", "strategic")), "safety")
    since = zulu(finding.from_ms, day=True)
    return sentence(f"The {line} line is {state} since {since}, by {ref_of(finding, 0)}")


def _reply(finding: Finding) -> str:
    due = zulu(finding.from_ms, day=True)
    return f"{id_of(finding, 1)} owes a reply to {ref_of(finding, 0)} since {due}."


def _commitment(finding: Finding) -> str:
    kind = "broken" if "hard" in finding.codes else "late"
    due = zulu(finding.from_ms, day=True)
    return sentence(f"{ref_of(finding, 0)} is {kind}: it was due {due}")


def _obligation(finding: Finding) -> str:
    how, measured = ", ".join(finding.codes) or "a check", finding.measured
    parts = []
    if "distance_m" in measured:
        parts.append(f"{length(measured['distance_m'])} away")
    if "lead_s" in measured:
        lead_s = measured["lead_s"]
        told = "before" if lead_s >= 0 else "after"
        parts.append(f"told {duration(abs(lead_s))} {told} its start")
    away = f" ({', '.join(parts)})" if parts else ""
    return sentence(f"{ref_of(finding, 0)} does not pass {how} of {ref_of(finding, 1)}{away}")


def _requested(finding: Finding) -> str:
    late = ", and the time to answer is over" if "overdue" in finding.codes else ""
    return sentence(f"A formal notice is asked for by {ref_of(finding, 0)}{late}")


_HOW_FAR = {
    "nothing-relayed": "nothing was relayed",
    "sent": "it was sent, and nothing came back",
    "refused": "it was refused",
    "wrong-read-back": "it was read back wrongly",
    "earlier-version": "it has an earlier version",
}


def _blind(finding: Finding) -> str:
    unit, item = ref_of(finding, 1), ref_of(finding, 0)
    far = next((_HOW_FAR[code] for code in finding.codes if code in _HOW_FAR), "no proof")
    if "not-yet" in finding.codes:
        return sentence(f"{unit} has no {item} yet: {far}")
    begun = "; it has begun" if "begun" in finding.codes else ""
    return sentence(f"{unit} is assumed blind to {item}: {far}{begun}")


def _breach(finding: Finding) -> str:
    if finding.codes == ("unproven",):
        return sentence(f"{ref_of(finding, 0)}: on what grounds it went cannot be seen here")
    why = ", ".join(finding.codes).replace("-", " ")
    return sentence(f"{ref_of(finding, 0)} passed something on without grounds: {why}")


def _contradict(finding: Finding) -> str:
    who = "one claimant" if "own" in finding.codes else "two claimants"
    members = [code for code in finding.codes if code in ("answer", "number", "place", "time")]
    by = f" by {' and '.join(members)}" if members else ""
    guess = ", a time in it was inferred" if "inferred" in finding.codes else ""
    return sentence(
        f"{ref_of(finding, 0)} and {ref_of(finding, 1)} of {who} cannot both be{by}{guess}: a"
        " matter of record"
    )


def _posture(finding: Finding) -> str:
    return sentence(f"{ref_of(finding, 0)} waits for a review of the hazard parameters")


def _suspended(finding: Finding) -> str:
    line = "the line is kept up" if "line-kept" in finding.codes else "the line too"
    who = ", ".join(finding.parties[:1])
    return f"{who} suspended the agreement by {ref_of(finding, 0)}; {line}."


def _expiring(finding: Finding) -> str:
    word = "has ended" if "ended" in finding.codes else "ends"
    return sentence(f"The agreement {word} {zulu(finding.until_ms, day=True)}")


def _contested(finding: Finding) -> str:
    return sentence(
        f"{ref_of(finding, 0)} and {ref_of(finding, 1)} follow one agreement: one can be signed"
    )


SAY: Mapping[Kind, Callable[[Finding], str]] = {
    Kind.MESSAGE_UNREAD: _unread,
    Kind.CHECK_MISSED: _check_missed,
    Kind.LINE_DEGRADED: _line,
    Kind.REPLY_OVERDUE: _reply,
    Kind.COMMITMENT_OVERDUE: _commitment,
    Kind.OBLIGATION_NOT_MET: _obligation,
    Kind.NOTICE_REQUESTED: _requested,
    Kind.UNIT_BLIND: _blind,
    Kind.RELEASE_BREACH: _breach,
    Kind.CLAIMS_CONTRADICT: _contradict,
    Kind.POSTURE_REVIEW: _posture,
    Kind.SUSPENDED: _suspended,
    Kind.EXPIRING: _expiring,
    Kind.AMENDMENT_CONTESTED: _contested,
}
