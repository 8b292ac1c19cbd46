"""Two verifiers, one verdict, on evidence files: parley.ledger and verifier/parley_verify.py.

Both must accept and refuse the same files and find the same facts in what they accept: notes,
signers, places, receipts, witnesses, time bounds, decisions, exhibits.
"""

from __future__ import annotations

import base64
import copy
import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import ParleyError
from parley.ledger import (
    Exhibit,
    Kind,
    Receipt,
    Scope,
    SeenHead,
    SigningKey,
    Term,
    VerifyKey,
    build_evidence,
    encode,
    exhibit_body,
    leaf_hash,
    link_heads,
    note_hash,
    open_checkpoint,
    parse,
    root_hash,
    seal,
    seal_receipt,
    seal_roster,
    verify_evidence,
)
from parley.testing.books import MESSAGE, T0_S, Book, book_of, cosigned
from parley.testing.keys import own_keys, root_key, roster_note, roster_of

SCRIPT = Path(__file__).resolve().parents[2] / "verifier" / "parley_verify.py"
IL, RU, US = "il.example", "ru.example", "us.example"
PARTIES = (IL, RU, US)


def load() -> Any:
    """The script as a stranger would have it: one file, no package."""
    spec = importlib.util.spec_from_file_location("parley_verify_evidence", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


other: Any = load()


# --- verdicts and facts ---------------------------------------------------------------------------


def main_facts(data: bytes, pins: Sequence[VerifyKey], quorum: int) -> Any:
    try:
        report = verify_evidence(data, pinned=list(pins) or None, quorum=quorum)
    except ParleyError:
        return None
    return {
        "items": [
            {
                "place": (item.log, item.index, item.entry.kind.name.lower(), item.size),
                "note": (item.note_hash, item.type, item.entry.note),
                "signers": {(s.key.to_vkey(), s.pinned) for s in item.signers},
                "witnesses": dict(item.witnesses),
                "witnessed": item.witnessed,
                "bounds": (item.not_before_ms, item.not_after_ms),
                "receipts": [
                    (r.receipt.log, r.receipt.index, r.receipt.at_ms, r.by.name, r.item, r.in_log)
                    for r in item.receipts
                ],
                "decision": item.decision and (item.decision.own, list(item.decision.heads)),
            }
            for item in report.items
        ],
        "heads": [(head.checkpoint.origin, dict(head.witnesses)) for head in report.heads],
        "loose": list(report.loose_logs),
        "exhibits": sum(not each.derived for each in report.exhibits),
    }


def other_facts(data: bytes, pins: Sequence[VerifyKey], quorum: int) -> Any:
    try:
        report = other.verify_evidence(data, [other.read_vkey(pin.to_vkey()) for pin in pins])
    except other.RefusedError:
        return None
    return {
        "items": [
            {
                "place": (item.log, item.index, item.kind, item.head.head.size),
                "note": (item.note_hash, item.type, item.note),
                "signers": {(k.vkey, report.ring.is_pinned(k.name)) for k in item.signers},
                "witnesses": item.witnesses,
                "witnessed": len(item.witnesses) >= quorum,
                "bounds": (
                    item.not_before_s * 1000 or None,
                    min(item.witnesses.values()) * 1000 + 999 if item.witnesses else None,
                ),
                "receipts": [
                    (r.receipt.log, r.receipt.index, r.receipt.at_ms, r.by.name, r.item, r.in_log)
                    for r in item.receipts
                ],
                "decision": (item.own, item.seen) if item.decision else None,
            }
            for item in report.items
        ],
        "heads": [(head.head.origin, head.witnesses) for head in report.heads],
        "loose": report.loose_logs,
        "exhibits": len(report.exhibits),
    }


def agree(data: bytes, pins: Sequence[VerifyKey] = (), quorum: int = 1) -> bool:
    """Whether both accept; fails when verdicts or facts differ."""
    main, ours = main_facts(data, pins, quorum), other_facts(data, pins, quorum)
    assert ours == main
    return main is not None


def body_of(data: bytes) -> Any:
    return json.loads(data.split(b"\n", 1)[1])


def file_of(body: Any) -> bytes:
    return b"parley/evidence/v2\n" + encode(body) + b"\n"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# --- a file with everything in it -----------------------------------------------------------------


def fork() -> tuple[Book, Book]:
    """One log told twice: the same first five entries, then different ones."""
    one, two = book_of(RU), book_of(RU)
    for book, last in ((one, "kept"), (two, "changed")):
        for text in ("a", "b", "c", "d"):
            book.say({"text": text})
        book.head(T0_S)
        book.say({"text": last})
        book.head(T0_S + 1, {US: T0_S + 3})
        book.say({"text": "z"})
        book.head(T0_S + 2)
    return one, two


ONE, TWO = fork()
RECEIPTED = Receipt(bytes(32), ONE.log, 5, bytes(32), (T0_S + 1) * 1000)


def receipt(**changes: Any) -> bytes:
    return seal_receipt(replace(RECEIPTED, **changes), own_keys(RU).note)


def words(**more: Any) -> bytes:
    body = {"item": "ru-1", "version": 1, "text": "one", **more}
    return seal(MESSAGE, body, own_keys(RU).note)


def exhibits() -> list[Exhibit]:
    """One of each kind, all true."""
    leaf, changed = (book.entries[5].leaf_hash() for book in (ONE, TWO))
    paths = tuple(tuple(book.tree.inclusion_proof(5, 6)) for book in (ONE, TWO))
    decided = book_of(RU)
    decision = decided.decide("release", root=bytes(32))
    decided.head()
    made, early = ONE.entries[5].leaf(), receipt(at_ms=T0_S * 1000 - 1)
    again = seal_roster(replace(roster_of(RU), at_ms=1), root_key(RU))
    proofs = tuple(TWO.tree.prefix_proof(6, 7)), tuple(decided.tree.prefix_proof(1, 2))
    of = Exhibit
    return [
        of("split", RU, (bare(ONE.heads[6]), bare(TWO.heads[6]))),
        of("split-history", RU, (bare(ONE.heads[6]), TWO.heads[7]), proofs[0]),
        of(
            "split-entry", RU, (bare(ONE.heads[6]), bare(TWO.heads[6])),
            (changed, *paths[0], *paths[1]), leaf, 5,
        ),
        of("receipt-contradicted", RU, (receipt(), bare(ONE.heads[6])), paths[0], leaf, 5),
        of("receipt-beyond-head", RU, (early, ONE.heads[5])),
        of("receipt-for-another-note", RU, (receipt(leaf_hash=leaf_hash(made)), made)),
        of("two-receipts", RU, (receipt(), receipt(leaf_hash=leaf))),
        of("decision-contradicted", RU, (decision, decided.heads[2]), proofs[1]),
        of("two-rosters", RU, (roster_note(RU), again)),
        of("two-words", RU, (words(), words(text="two"))),
    ]  # fmt: skip


def bare(head: bytes) -> bytes:
    """A head with its own party's lines only."""
    lines = head.decode().split("\n")
    return "\n".join(line for line in lines if not line.startswith(f"— {US}")).encode()


TRUE = exhibits()


@cache
def everything() -> bytes:
    il, ru = book_of(IL, [RU, US]), book_of(RU, [IL])
    il.head(T0_S, {RU: T0_S + 1})
    ru.head(T0_S, {IL: T0_S + 2})
    note = il.say({"text": "район 5"}, to=[RU], at_s=T0_S + 5)
    stamp = ru.take(note, T0_S + 6)
    il.add(Kind.RECEIVED, stamp)
    ru.head(T0_S + 10, {IL: T0_S + 12, US: T0_S + 11})
    il.add(Kind.COSIGNED, ru.checkpoint)
    seen = open_checkpoint(ru.checkpoint, [own_keys(RU).note.verifier]).checkpoint
    il.decide("hold", at_s=T0_S + 13, heads=[SeenHead(ru.log, seen.size, seen.root)])
    il.head(T0_S + 20, {RU: T0_S + 22, US: T0_S + 21})
    il.add(Kind.OBSERVED, seal("parley/seen/v1", {"track": 7}, own_keys(IL).note))
    il.say({"text": "unwitnessed"}, at_s=T0_S + 30)
    il.head(T0_S + 40)
    items = [il.item(0), il.item(3, [stamp]), *(il.item(n) for n in range(4, 9)), ru.item(2)]
    heads = [*il.heads.values(), *ru.heads.values()]
    links = [*link_heads(il.tree, il.heads.values()), *link_heads(ru.tree, ru.heads.values())]
    return build_evidence(
        [roster_note(party) for party in PARTIES],
        items,
        heads=heads,
        links=links,
        exhibits=TRUE,
        scope=Scope(IL, T0_S * 1000, ("notice:il-1",)),
    )


def test_both_take_everything() -> None:
    data = everything()
    facts = main_facts(data, [], 1)
    assert agree(data)
    assert {item["place"][2] for item in facts["items"]} == {kind.name.lower() for kind in Kind}
    assert facts["exhibits"] == len(TRUE)
    assert [item["witnessed"] for item in facts["items"]].count(False) == 2


@pytest.mark.parametrize("quorum", [1, 2, 3])
def test_both_count_the_quorum(quorum: int) -> None:
    assert agree(everything(), quorum=quorum)


def test_both_hold_the_file_against_pinned_roots() -> None:
    roots = [root_key(party).verifier for party in PARTIES]
    for pins in (roots, roots[:1], roots[1:], [SigningKey("fr.example", bytes(32)).verifier]):
        assert agree(everything(), pins)
    assert not agree(everything(), [own_keys(IL).note.verifier])
    assert not agree(everything(), [roots[0], SigningKey(RU, b"\x09" * 32).verifier])


# --- hostile hands -----------------------------------------------------------------------------------


@given(st.data())
def test_a_flipped_bit(data: st.DataObject) -> None:
    bad = bytearray(everything())
    place = data.draw(st.integers(0, 8 * len(bad) - 1))
    bad[place // 8] ^= 1 << place % 8
    agree(bytes(bad))


@given(st.data(), st.binary(max_size=2), st.integers(0, 2))
def test_bytes_lost_or_put_in(data: st.DataObject, more: bytes, less: int) -> None:
    good = everything()
    place = data.draw(st.integers(0, len(good)))
    agree(good[:place] + more + good[place + less :])


@pytest.mark.parametrize(
    "spell",
    [
        lambda body: json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        lambda body: json.dumps(body, ensure_ascii=False, sort_keys=True),
        lambda body: json.dumps(body, separators=(",", ":"), sort_keys=True).replace(
            "ru", "\\u0072u"
        ),
        lambda body: json.dumps({**body, "items": 1.0}, separators=(",", ":"), sort_keys=True),
    ],
)
def test_another_spelling(spell: Callable[[Any], str]) -> None:
    body = dict(reversed(list(body_of(everything()).items())))
    assert not agree(b"parley/evidence/v2\n" + spell(body).encode() + b"\n")


PARTS = ["rosters", "heads", "links", "items", "exhibits"]
NUMBERS = st.integers(-2, 12)
JUNK = (
    st.none()
    | st.booleans()
    | NUMBERS
    | st.sampled_from(["", "x", "AAAA", "A" * 43 + "="])
    | st.just([])
)


def note_places(body: Any) -> list[tuple[Any, Any]]:
    """Everywhere that a note stands in base64."""
    found = [(body[part], n) for part in ("rosters", "heads") for n in range(len(body[part]))]
    for item in body["items"]:
        found += [(item, "note"), *((each, "note") for each in item["receipts"])]
    for exhibit in body["exhibits"]:
        found += [(exhibit["notes"], 0), (exhibit["notes"], 1)]
    return found


def objects(body: Any) -> list[Any]:
    receipts = [each for item in body["items"] for each in item["receipts"]]
    return [body, body["scope"], *body["links"], *body["items"], *receipts, *body["exhibits"]]


def change_order(body: Any, draw: Callable[[Any], Any]) -> None:
    part = body[draw(st.sampled_from(PARTS))]
    at, to = (draw(st.integers(0, len(part) - 1)) for _ in range(2))
    what = draw(st.sampled_from(["swap", "repeat", "drop"]))
    if what == "swap":
        part[at], part[to] = part[to], part[at]
    elif what == "repeat":
        part.insert(to, copy.deepcopy(part[at]))
    else:
        del part[at]


def change_member(body: Any, draw: Callable[[Any], Any]) -> None:
    chosen = draw(st.sampled_from(objects(body)))
    name = draw(st.sampled_from(sorted(chosen)))
    alike = [each[name] for each in objects(body) if name in each]
    chosen[name] = copy.deepcopy(draw(st.sampled_from(alike) | JUNK))


def change_hash(body: Any, draw: Callable[[Any], Any]) -> None:
    lists = [each["proof"] for each in objects(body) if each.get("proof")]
    lists += [item["history"] for item in body["items"] if item["history"]]
    proof = draw(st.sampled_from(lists))
    at = draw(st.integers(0, len(proof) - 1))
    spare = draw(st.sampled_from([step for each in lists for step in each]))
    what = draw(st.sampled_from(["drop", "put in", "replace"]))
    proof[at : at + (what != "put in")] = [] if what == "drop" else [spare]


def change_note(body: Any, draw: Callable[[Any], Any]) -> None:
    """A note cut, flipped, or its lines in another order, twice, or left out."""
    holder, name = draw(st.sampled_from(note_places(body)))
    note = bytearray(base64.b64decode(holder[name]))
    place = draw(st.integers(0, len(note) - 1))
    what = draw(st.sampled_from(["flip", "cut", "lines", "stranger"]))
    text, _, tail = bytes(note).rpartition(b"\n\n")
    lines = tail.splitlines(keepends=True)
    if what == "flip":
        note[place] ^= 1 << draw(st.integers(0, 7))
    elif what == "cut":
        del note[place]
    elif what == "lines" and text:
        chosen = draw(st.lists(st.sampled_from(lines), max_size=len(lines) + 1))
        note = bytearray(text + b"\n\n" + b"".join(chosen))
    else:
        note += "— fr.example AAAAAAAA\n".encode()
    holder[name] = b64(bytes(note))


def change_place(body: Any, draw: Callable[[Any], Any]) -> None:
    """One part's note in the place of another's."""
    places = note_places(body)
    (one, a), (two, b) = draw(st.sampled_from(places)), draw(st.sampled_from(places))
    one[a] = two[b]


CHANGES = [change_order, change_hash, change_note, change_place]


@settings(max_examples=300)
@given(st.data())
def test_parts_changed_by_a_hostile_hand(data: st.DataObject) -> None:
    body = body_of(everything())
    for _ in range(data.draw(st.integers(0, 2))):
        data.draw(st.sampled_from(CHANGES))(body, data.draw)
    if data.draw(st.booleans()):
        change_member(body, data.draw)
    agree(file_of(body))
