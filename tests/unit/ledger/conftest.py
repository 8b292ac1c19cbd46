"""Three parties: one sends a notice, one receipts it, all cosign; two evidence files."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from parley.ledger import Keyring, Kind, SeenHead, VerifyKey, open_roster, parse, parse_checkpoint
from parley.ledger import seal as seal_note
from parley.testing.books import T0_S, Book, book_of
from parley.testing.keys import own_keys, root_key, roster_note

PARTIES = ("il.example", "ru.example", "fr.example")


@dataclass(frozen=True)
class World:
    """il: entries 0 to 2 rosters, 3 the notice, 4 the receipt, 5 a decision, 6 what it saw, 7 a
    head of ru that it cosigned; heads of the sizes 3, 5 and 8. ru: 3 the notice; sizes 3 and 4."""

    notice: bytes
    receipt: bytes
    ours: Book
    theirs: Book
    evidence: bytes
    their_evidence: bytes
    roots: dict[str, VerifyKey]
    ring: Keyring


@pytest.fixture(scope="session")
def world() -> World:
    il, ru, fr = PARTIES
    ours, theirs = book_of(il, (ru, fr)), book_of(ru, (il, fr))
    ours.head(T0_S, {ru: T0_S + 1, fr: T0_S + 2})
    theirs.head(T0_S, {il: T0_S + 1})
    notice = ours.say(
        {"item": "il-1", "text": "район 5, 14:00Z", "version": 1}, at_s=T0_S + 5, to=(ru, fr)
    )
    receipt = theirs.take(notice, T0_S + 6)
    ours.add(Kind.RECEIVED, receipt)
    ours.head(T0_S + 10, {ru: T0_S + 11, fr: T0_S + 12})
    seen = parse_checkpoint(parse(theirs.head(T0_S + 7, {il: T0_S + 8, fr: T0_S + 9})).text)
    ours.decide("release", at_s=T0_S + 15, heads=(SeenHead(seen.origin, seen.size, seen.root),))
    keys = own_keys(il)
    ours.add(Kind.OBSERVED, seal_note("parley/seen/v1", {"track": 7}, keys.note))
    ours.add(Kind.COSIGNED, theirs.checkpoint)
    ours.head(T0_S + 20, {fr: T0_S + 21})
    items = [ours.item(3, [receipt]), ours.item(4), ours.item(5), ours.item(7)]
    return World(
        notice,
        receipt,
        ours,
        theirs,
        ours.evidence(items, PARTIES, refs=("notice:il-1",)),
        theirs.evidence([theirs.item(3, [receipt])], PARTIES),
        {party: root_key(party).verifier for party in PARTIES},
        Keyring.of(open_roster(roster_note(party)) for party in PARTIES),
    )
