"""Papers taken from the shelf: records by ref and by id. What files them is ``filing``; what
follows from them (``follow``) reads here, so that neither needs the other."""

from __future__ import annotations

from parley.errors import InputError
from parley.liaison.kinds import KINDS
from parley.liaison.papers.record import PaperRecord
from parley.node.desk import Desk
from parley.node.liaison.papercodec import paper_record_from


def load(desk: Desk, ref: str) -> PaperRecord | None:
    """The record of a paper, or None."""
    data = desk.tx.records.get("paper", ref)
    words = desk.tx.records.get("paper-words", ref)
    if data is None or words is None:
        return None
    return paper_record_from(data, words)


def need(desk: Desk, ref: str) -> PaperRecord:
    """The record of a paper; InputError if there is none."""
    record = load(desk, ref)
    if record is None:
        raise InputError(
            f"there is no paper {ref[:80]!r} here", right="a ref such as message:<item>"
        )
    return record


def find(desk: Desk, item_id: str) -> PaperRecord | None:
    """The paper with this id, of whatever kind, or None."""
    ref = desk.tx.records.get("id", item_id)
    return load(desk, ref.decode()) if ref is not None else None


def is_paper(ref: str) -> bool:
    """Whether a ref names a paper, by its kind."""
    return ref.partition(":")[0] in KINDS


def order_of(desk: Desk, ref: str) -> str:
    """Where a paper stands in the lists: twelve digits, smaller for newer."""
    data = desk.tx.records.get("paper-order", ref)
    return "" if data is None else data.decode()
