"""What a peer answered to a batch of notes, read with suspicion: values for the courier."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parley.errors import ParleyError
from parley.ledger import note_hash
from parley.node.views import Parcel
from parley.peers.line import Answer, Unreached
from parley.wire.jsontext import parse_json

PERMANENT = frozenset(
    {"malformed", "oversize", "forged", "unknown-party", "replay", "protocol", "peer"}
)
"""Problem codes with which a peer refuses a note for good."""

TOO_MANY = 429
"""Whatever its body says: the peer is busy, and is asked again later."""

_REASON_CHARS = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one parcel: its receipt, or a refusal for good (its reason)."""

    parcel: Parcel
    receipt: bytes | None
    reason: str = ""


def notes_body(parcels: Sequence[Parcel]) -> bytes:
    """The body of a batch. Notes are UTF-8 text: they came from our own log."""
    notes = [parcel.note.decode("utf-8") for parcel in parcels]
    return json.dumps({"notes": notes}, ensure_ascii=False, separators=(",", ":")).encode()


def verdicts(parcels: Sequence[Parcel], answer: Answer, peer: str) -> list[Verdict]:
    """One verdict a parcel, in order. Raises Unreached for an answer that says nothing:
    another status than 200, not our notes, a refusal for no lasting reason."""
    if answer.status != 200:
        raise Unreached(f"{peer} answered {answer.status}{_problem_text(answer, peer)}")
    value = _value(answer, peer)
    results = value.get("results") if isinstance(value, dict) else None
    if not isinstance(results, list) or len(results) != len(parcels):
        raise Unreached(f"{peer} gave no result for each note")
    found = []
    for parcel, result in zip(parcels, results, strict=True):
        verdict = _verdict(parcel, result)
        if verdict is None:
            break
        found.append(verdict)
    if not found:
        raise Unreached(f"{peer} gave neither receipt nor lasting refusal")
    return found


def refused_whole(answer: Answer, peer: str) -> str:
    """The reason if the peer refused the whole body for good, else ""."""
    if not 400 <= answer.status < 500 or answer.status == TOO_MANY:
        return ""
    try:
        problem = _value(answer, peer)
    except Unreached:
        return ""
    return _reason(problem)


def _verdict(parcel: Parcel, result: Any) -> Verdict | None:
    if not isinstance(result, dict) or result.get("note_hash") != note_hash(parcel.note).hex():
        return None
    receipt = result.get("receipt")
    if isinstance(receipt, str):
        try:
            return Verdict(parcel, receipt.encode("utf-8"))
        except UnicodeEncodeError:
            return None
    reason = _reason(result.get("refused"))
    return Verdict(parcel, None, reason) if reason else None


def _reason(problem: Any) -> str:
    """The words of a lasting refusal, as this peer says them; "" if it is none."""
    if not isinstance(problem, dict) or problem.get("code") not in PERMANENT:
        return ""
    what, right = problem.get("what"), problem.get("right")
    words = f"{problem['code']}: {what if isinstance(what, str) else 'no reason given'}"
    if isinstance(right, str) and right:
        words += f"; right would be: {right}"
    return _printable(words)


def _problem_text(answer: Answer, peer: str) -> str:
    try:
        problem = _value(answer, peer)
    except Unreached:
        return ""
    what = problem.get("what") if isinstance(problem, dict) else None
    return f": {_printable(what)}" if isinstance(what, str) else ""


def _value(answer: Answer, peer: str) -> Any:
    try:
        return parse_json(answer.body, f"the answer of {peer}")
    except ParleyError as error:
        raise Unreached(f"{peer} answered no JSON: {error.what}"[:200]) from None


def _printable(text: str) -> str:
    """A peer's words on one line, nothing that a terminal or a log would act on."""
    cut = text[:_REASON_CHARS]
    return "".join(c if c.isprintable() else " " for c in cut)
