"""Receipts that their party has disowned: what a file says of them, without counting them.

A party may end a note key back to before a place that the key receipted, because it was stolen or
because the receipt is unwelcome. Nobody can tell these apart; what can be told is which roster did
it, when by its own word, and whether others had cosigned a head that far before.
"""

from __future__ import annotations

from collections.abc import Iterable

from parley.ledger.evidence import EvidenceReport, ReceiptFinding
from parley.ledger.keyring import epoch_of
from parley.ledger.roster import Roster, open_roster
from parley.ledger.times import when


class Disowned:
    """Sentences about the disowned parts of one report."""

    def __init__(self, report: EvidenceReport) -> None:
        self._report = report
        self._rosters: dict[str, list[Roster]] | None = None

    def proved(self, what: str, shown: ReceiptFinding) -> Iterable[str]:
        """That a key signed, and that a roster of its party ended it back to before the place.

        `what`: the receipted note, in words."""
        receipt, key = shown.receipt, shown.by.key
        roster = self._ender(shown)
        size = roster.ended_before(key, *_place(shown))
        yield (
            f"Key {key.key_id.hex()} of {receipt.party} signed a receipt for {what} at index"
            f" {receipt.index} of {receipt.log}, at {when(receipt.at_ms)} by its own clock;"
            f" roster {roster.serial} of {receipt.party}, of {when(roster.at_ms)} by its own word,"
            f" ends that key at size {size}, before this place."
        )
        seen = self._cosigned_before(receipt.log, receipt.index, roster.at_ms)
        if seen:
            parties = ", ".join(f"{party} ({when(at_s * 1000)})" for party, at_s in seen)
            yield (
                f"Before roster {roster.serial} of {receipt.party} these had by their own clocks"
                f" cosigned a head of {receipt.log} that reaches index {receipt.index}: {parties}."
            )

    def unknowable(self, what: str, shown: ReceiptFinding) -> str:
        """Who signed such a receipt."""
        party = shown.receipt.party
        return (
            f"Whether {party} or a thief signed the receipt for {what} at index"
            f" {shown.receipt.index} of {shown.receipt.log}: {party} has disowned it."
        )

    def _ender(self, shown: ReceiptFinding) -> Roster:
        """The first roster in the file by which the receipt is disowned; the last one is such."""
        if self._rosters is None:
            self._rosters = {}
            for note in self._report.rosters:
                roster = open_roster(note)
                self._rosters.setdefault(roster.party, []).append(roster)
        key, place = shown.by.key, _place(shown)
        line = self._rosters[shown.receipt.party]
        return next(r for r in line if r.ended_before(key, *place) is not None)

    def _cosigned_before(self, log: str, index: int, at_ms: int) -> list[tuple[str, int]]:
        """Who had cosigned a head of `log` beyond `index` in a second that ended before `at_ms`."""
        seen: dict[str, int] = {}
        report = self._report
        for head in (*report.heads, *report.cosigned, *report.disowned_heads):
            origin, size, _ = head.key
            if origin == log and size > index:
                for party, at_s in head.witnesses:
                    if at_s * 1000 + 999 < at_ms:
                        seen[party] = min(at_s, seen.get(party, at_s))
        return sorted(seen.items())


def _place(shown: ReceiptFinding) -> tuple[int, int]:
    return epoch_of(shown.receipt.log), shown.receipt.index
