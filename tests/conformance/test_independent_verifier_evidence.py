"""Two verifiers, one verdict, on evidence files: parley.ledger and verifier/parley_verify.py.

Both must accept and refuse the same files and find the same facts in what they accept: notes,
signers, places, receipts, witnesses, time bounds, decisions, exhibits.
"""

from __future__ import annotations

import base64
import copy
import importlib.util
import json
import subprocess
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
    Checkpoint,
    Exhibit,
    HeadLink,
    Kind,
    Receipt,
    Scope,
    SeenHead,
    SigningKey,
    Term,
    VerifyKey,
    WitnessKey,
    build_evidence,
    encode,
    exhibit_body,
    leaf_hash,
    link_heads,
    note_hash,
    open_checkpoint,
    parse,
    parse_checkpoint,
    seal,
    seal_receipt,
    seal_roster,
    sign_checkpoint,
    signature_lines,
    verify_evidence,
)
from parley.testing.books import MESSAGE, T0_S, Book, book_of, cosigned
from parley.testing.keys import own_keys, root_key, roster_note, roster_of, seed_of

SCRIPT = Path(__file__).resolve().parents[2] / "verifier" / "parley_verify.py"
IL, RU, US = "il.example", "ru.example", "us.example"
PARTIES = (IL, RU, US)


def load() -> Any:
    """The script as a stranger would have it: one file, no package."""
    if not SCRIPT.exists():
        pytest.skip("verifier/ is no part of this source archive", allow_module_level=True)
    spec = importlib.util.spec_from_file_location("parley_verify_evidence", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


other: Any = load()


# --- verdicts and facts --------------------------------------------------------------------------


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
                "bounds": (item.not_before_ms, item.not_after_ms, item.claim_within),
                "receipts": [
                    (
                        r.receipt.log,
                        r.receipt.index,
                        r.by.key.to_vkey(),
                        r.item,
                        r.in_log,
                        r.ended_at,
                    )
                    for r in item.receipts
                ],
                "disowned": item.disowned,
                "decision": item.decision and (item.decision.own, list(item.decision.heads)),
            }
            for item in report.items
        ],
        "heads": [(head.checkpoint.origin, dict(head.witnesses)) for head in report.heads],
        "loose": list(report.loose_logs),
        "exhibits": sum(not each.derived for each in report.exhibits),
    }


def ended(said: Any) -> int | None:
    """The size at which the key of a receipt ended, short of its place."""
    return None if said.ended_at < 0 else int(said.ended_at)


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
                    other.claim_within(item),
                ),
                "receipts": [
                    (r.receipt.log, r.receipt.index, r.by.vkey, r.item, r.in_log, ended(r))
                    for r in item.receipts
                ],
                "disowned": item.ended_at >= 0,
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


# --- a file with everything in it ----------------------------------------------------------------


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


# --- hostile hands -------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.data())
def test_a_flipped_bit(data: st.DataObject) -> None:
    bad = bytearray(everything())
    place = data.draw(st.integers(0, 8 * len(bad) - 1))
    bad[place // 8] ^= 1 << place % 8
    agree(bytes(bad))


@settings(max_examples=50)
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


ITEM_CHANGES: list[dict[str, Any]] = [
    *({"before": number} for number in (-2, -1, 1, 2, 9)),
    *({"head": number} for number in (-1, 0, 2, 4, 99)),
    *({"index": number} for number in (-1, 2, 4, True, "3")),
    {"kind": "received"}, {"kind": "said"}, {"kind": []}, {"log": "ru.example/log/1"},
    {"salt": b64(bytes(16))}, {"salt": b64(bytes(15))}, {"proof": []},
    {"history": [b64(bytes(32))]}, {"proof": [b64(bytes(32))] * 64}, {"note": ""}, {"more": 1},
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ITEM_CHANGES)))
def test_an_item_that_says_something_else(number: int) -> None:
    body = body_of(everything())
    body["items"][1] |= ITEM_CHANGES[number]
    assert not agree(file_of(body))


@pytest.mark.parametrize("number", [-2, -1, 0, 1, 2, 3, 99, True])
def test_a_receipt_names_its_own_item(number: Any) -> None:
    body = body_of(everything())
    body["items"][1]["receipts"][0]["item"] = number
    assert agree(file_of(body)) is (number == 2)


@pytest.mark.parametrize(("count", "good"), [(1, True), (64, True), (65, False)])
def test_an_item_has_at_most_64_receipts(count: int, good: bool) -> None:
    body = body_of(everything())
    about = note_hash(base64.b64decode(body["items"][1]["note"]))
    said = Receipt(about, ONE.log, 0, bytes(32), 5)
    many = [seal_receipt(replace(said, index=n), own_keys(RU).note) for n in range(count)]
    body["items"][1]["receipts"] = [{"item": -1, "note": b64(note)} for note in sorted(many)]
    assert agree(file_of(body)) is good


PARTS = ["rosters", "heads", "links", "items", "exhibits"]
NUMBERS = st.integers(-2, 12)
JUNK: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | NUMBERS
    | st.sampled_from(["", "x", "AAAA", "A" * 43 + "="])
    | st.just([])
)


def note_places(body: Any) -> list[tuple[Any, Any]]:
    """Everywhere that a note stands in base64."""
    found: list[tuple[Any, Any]] = [
        (body[part], n) for part in ("rosters", "heads") for n in range(len(body[part]))
    ]
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
    elif what == "lines" and lines:
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


@settings(max_examples=150)
@given(st.data())
def test_parts_changed_by_a_hostile_hand(data: st.DataObject) -> None:
    body = body_of(everything())
    for _ in range(data.draw(st.integers(0, 2))):
        data.draw(st.sampled_from(CHANGES))(body, data.draw)
    if data.draw(st.booleans()):
        change_member(body, data.draw)
    agree(file_of(body))


# --- exhibits ------------------------------------------------------------------------------------


def file_with(shown: Any, rosters: Sequence[bytes] = ()) -> bytes:
    """An evidence file of rosters and one exhibit."""
    notes = rosters or [roster_note(party) for party in PARTIES]
    scope = {"maker": "", "made_ms": 0, "refs": [], "from_ms": -1, "until_ms": -1, "remarks": []}
    body = {"rosters": [b64(note) for note in notes], "heads": [], "links": [], "items": []}
    return file_of({**body, "exhibits": [shown], "scope": scope})


@cache
def pool() -> dict[str, list[Any]]:
    """Notes, proofs, leaves and indices that an exhibit could be made of, true or not."""
    empty = [sign_head(0, bytes([n]) * 32) for n in (1, 2)]
    notes = [note for shown in TRUE for note in shown.notes] + empty
    notes += [ONE.heads[5], ONE.heads[7], TWO.heads[6], words(number=1), words(number=2)]
    notes += [words(copy_for=IL), words(copy_for=US), words(version=True), words(item=None)]
    notes += [words(item="ru-2"), words(number=[]), receipt(index=4), receipt(at_ms=T0_S * 1000)]
    kept = ONE.entries[5]
    notes += [receipt(leaf_hash=kept.leaf_hash(), note_hash=note_hash(kept.note))]
    notes += [seal(MESSAGE, {"item": "il-1", "version": 1}, own_keys(IL).note), roster_note(IL)]
    notes += [seal("parley/other/v1", {"item": "ru-1", "version": 1}, own_keys(RU).note)]
    leaves = [book.entries[n].leaf_hash() for book in (ONE, TWO) for n in (4, 5)]
    proofs = [(), *(shown.proof for shown in TRUE if shown.proof)]
    proofs += [tuple(TWO.tree.prefix_proof(5, 7)), tuple(ONE.tree.prefix_proof(6, 7))]
    proofs += [tuple(ONE.tree.inclusion_proof(4, 6)), (bytes(32),)]
    return {"notes": notes, "leaf": [b"", *leaves], "proof": proofs, "index": [-1, 0, 4, 5, 6]}


def sign_head(size: int, root: bytes) -> bytes:
    return sign_checkpoint(Checkpoint(ONE.log, size, root), own_keys(RU).note)


@settings(max_examples=150)
@given(st.data())
def test_exhibits_made_of_anything(data: st.DataObject) -> None:
    """A true exhibit with parts replaced: what still proves something proves it to both."""
    shown = data.draw(st.sampled_from(TRUE))
    body = exhibit_body(shown)
    for name in data.draw(st.lists(st.sampled_from(sorted([*body, "notes"])), max_size=2)):
        if name == "notes":
            notes = list(body["notes"])  # type: ignore[arg-type]
            notes[data.draw(st.integers(0, 1))] = b64(data.draw(st.sampled_from(pool()["notes"])))
            body["notes"] = notes
        elif name == "proof":
            body["proof"] = [b64(step) for step in data.draw(st.sampled_from(pool()["proof"]))]
        elif name == "leaf_hash":
            body["leaf_hash"] = b64(data.draw(st.sampled_from(pool()["leaf"])))
        elif name == "index":
            body["index"] = data.draw(st.sampled_from(pool()["index"]))
        elif name == "kind":
            body["kind"] = data.draw(st.sampled_from([each.kind for each in TRUE]))
        else:
            body["accused"] = data.draw(st.sampled_from([*PARTIES, "fr.example"]))
    agree(file_with(body))


@pytest.mark.parametrize(
    ("kind", "notes"),
    [
        ("guilty", TRUE[0].notes),
        ("decision-contradicted", (words(), TRUE[7].notes[1])),
        *(
            ("receipt-for-another-note", (receipt(leaf_hash=leaf_hash(leaf)), leaf))
            for leaf in (b"\x09" + bytes(16) + b"x", b"\x01" + bytes(16), b"\x01")
        ),
        ("two-receipts", (words(), words(text="two"))),
        ("two-rosters", (words(), words(text="two"))),
        ("split", (TRUE[0].notes[0],)),
        ("split", (*TRUE[0].notes, TRUE[0].notes[0])),
    ],
)
def test_parts_of_another_kind_prove_nothing_to_both(kind: str, notes: Sequence[bytes]) -> None:
    body = {**exhibit_body(TRUE[7]), "kind": kind, "notes": [b64(note) for note in notes]}
    for proof in (body["proof"], []):
        assert not agree(file_with({**body, "proof": proof}))


ODD: list[Any] = [None, True, 0, -1, "", "1", [], {}]


@pytest.mark.parametrize("name", ["item", "version", "number"])
@pytest.mark.parametrize("value", ODD)
def test_two_words_are_about_a_text_or_a_number(name: str, value: Any) -> None:
    notes = tuple(words(**{name: value, "text": text}) for text in ("one", "two"))
    good = type(value) in (int, str)
    assert agree(file_with(exhibit_body(Exhibit("two-words", RU, notes)))) is good


def rotated_ru(last: int, serial: int = 2) -> bytes:
    """RU's key ended at `last`, its ML-DSA-44 key one second before the heads."""
    roster, second = roster_of(RU), own_keys(RU, note="second")
    terms = (replace(roster.terms[0], last=last, why="stolen"), Term(second.note.verifier, 1, last))
    witness, quantum = roster.witnesses
    ended = (witness, replace(quantum, until_s=T0_S - 1))
    return seal_roster(replace(roster, serial=serial, terms=terms, witnesses=ended), root_key(RU))


@pytest.mark.parametrize("kind", [shown.kind for shown in TRUE])
@pytest.mark.parametrize("last", [0, 2, 5, 6, 9])
def test_exhibits_of_a_key_that_has_ended(kind: str, last: int) -> None:
    shown = next(each for each in TRUE if each.kind == kind)
    agree(file_with(exhibit_body(shown), [*map(roster_note, PARTIES), rotated_ru(last)]))


# --- forks, rotations, clocks --------------------------------------------------------------------

TIMES = st.integers(-40, 40)


@settings(max_examples=30)
@given(st.data())
def test_any_story_of_three_parties(data: st.DataObject) -> None:
    """Statements, receipts, lies in decisions, heads cosigned by odd clocks, in any order."""
    draw: Any = data.draw
    chosen: list[tuple[str, int, list[bytes]]] = []
    books = {
        party: book_of(party, [each for each in PARTIES if each != party]) for party in PARTIES
    }
    for step in range(draw(st.integers(2, 14))):
        party, peer = draw(st.permutations(PARTIES))[:2]
        book, at_s = books[party], T0_S + draw(TIMES)
        what = draw(st.sampled_from(["say", "say", "head", "head", "decide", "cosign"]))
        if what == "say":
            note = book.say({"text": str(step)}, at_s=at_s, to=[peer])
            receipts = [books[peer].take(note, at_s)] if draw(st.booleans()) else []
            chosen.append((party, book.tree.size - 1, receipts))
            if receipts and draw(st.booleans()):
                chosen.append((party, book.add(Kind.RECEIVED, receipts[0]), []))
        elif what == "head":
            others: set[str] = draw(st.sets(st.sampled_from([p for p in PARTIES if p != party])))
            book.head(at_s, {each: T0_S + draw(TIMES) for each in sorted(others)})
        elif what == "decide":
            seen = [parse_head(head) for head in books[peer].heads.values()][-1:]
            book.decide("go", at_s=at_s, heads=seen, root=draw(st.sampled_from([b"", bytes(32)])))
            chosen.append((party, book.tree.size - 1, []))
        elif books[peer].heads and f"— {party} " not in books[peer].checkpoint.decode():
            note = cosigned(books[peer].checkpoint, party, at_s)
            chosen.append((party, book.add(Kind.COSIGNED, note), []))
    heads: list[bytes] = []
    links: list[HeadLink] = []
    for party, book in books.items():
        book.head(T0_S + 50, {each: T0_S + draw(TIMES) for each in PARTIES if each != party})
        kept: list[bytes] = draw(
            st.lists(st.sampled_from(sorted(book.heads.values())), unique=True)
        )
        heads += kept
        links += [link for link in link_heads(book.tree, kept) if draw(st.booleans())]
    items = [books[party].item(index, receipts) for party, index, receipts in chosen]
    items = items or [books[IL].item(0)]
    rosters = [roster_note(party) for party in PARTIES]
    assert agree(build_evidence(rosters, items, heads=heads, links=links))


def parse_head(head: bytes) -> SeenHead:
    found = parse_checkpoint(parse(head).text)
    return SeenHead(found.origin, found.size, found.root)


def forked_file(rosters: Sequence[bytes]) -> Any:
    """Heads of both histories of RU and links of one: the other's head is not its past."""
    heads = sorted((ONE.heads[5], ONE.heads[6], TWO.heads[6], TWO.heads[7]), key=place_of)
    links = [
        {"old": old, "new": 3, "proof": [b64(step) for step in TWO.tree.prefix_proof(size, 7)]}
        for old, size in ((0, 5), (1, 6), (2, 6))
    ]
    item = {
        "log": ONE.log, "index": 6, "kind": "sent", "note": b64(TWO.entries[6].note),
        "salt": b64(TWO.entries[6].salt), "head": 3, "history": [], "receipts": [],
        "proof": [b64(step) for step in TWO.tree.inclusion_proof(6, 7)],
        "before": next(n for n in (1, 2) if heads[n] == TWO.heads[6]),
    }  # fmt: skip
    scope = {"maker": "", "made_ms": 0, "refs": [], "from_ms": -1, "until_ms": -1, "remarks": []}
    body = {"rosters": [b64(note) for note in rosters], "heads": [b64(head) for head in heads]}
    return {**body, "links": links, "items": [item], "exhibits": [], "scope": scope}


def place_of(head: bytes) -> tuple[str, int, bytes, bytes]:
    seen = parse_head(head)
    return seen.origin, seen.size, seen.root, head


ROSTERS = [roster_note(party) for party in PARTIES]


def test_a_log_that_forked_is_read_by_both() -> None:
    body = forked_file(ROSTERS)
    assert agree(file_of(body))
    report = other.verify_evidence(file_of(body))
    assert (report.broken_links, report.loose_logs) == (1, [ONE.log])
    body["items"][0]["before"] = 3 - body["items"][0]["before"]
    assert not agree(file_of(body))


def test_a_link_between_two_logs_is_refused_by_both() -> None:
    """IL's log begins with the entries of RU's own: the proof is right, the logs are not one."""
    head = parse_head(ONE.heads[5])
    key, log = own_keys(IL).note, f"{IL}/log/1"
    forged = sign_checkpoint(Checkpoint(log, head.size, head.root), key)
    steps = [b64(step) for step in TWO.tree.prefix_proof(5, 7)]
    link = {"old": 0, "new": 1, "proof": steps}
    body = {**forked_file(ROSTERS), "heads": [b64(forged), b64(TWO.heads[7])], "items": []}
    assert agree(file_of({**body, "links": []}))
    assert not agree(file_of({**body, "links": [link]}))


@pytest.mark.parametrize("until_s", [T0_S + 2, T0_S + 3, T0_S + 4])
def test_a_cosigner_key_counts_until_its_end(until_s: int) -> None:
    """US cosigned three seconds after T0; a key ended by then leaves no head before."""
    roster, fresh = roster_of(US), own_keys(US, note="x")
    ended = replace(roster.witnesses[0], until_s=until_s)
    later = replace(roster, serial=2, witnesses=(ended, WitnessKey(fresh.quantum.verifier)))
    body = forked_file([*ROSTERS, seal_roster(later, root_key(US))])
    counts = until_s >= T0_S + 3
    assert agree(file_of(body)) is counts
    body["items"][0]["before"] = -1
    assert agree(file_of(body)) is not counts


@pytest.mark.parametrize("last", [6, 7, 8])
def test_what_stands_beyond_the_end_of_a_key_is_refused_by_both(last: int) -> None:
    body = forked_file([*ROSTERS, rotated_ru(last)])
    assert agree(file_of(body)) is (last >= 7)


def test_an_old_statement_by_an_ended_key_was_received_all_the_same() -> None:
    body = body_of(everything())
    ended = [b64(note) for note in (*ROSTERS, rotated_ru(6))]
    assert agree(file_of({**body, "rosters": ended, "exhibits": []}))


def test_rosters_follow_each_other_for_both() -> None:
    second, third = rotated_ru(9), rotated_ru(9, serial=3)
    for rosters, good in (
        ([second, third], True), ([third, second], False), ([second, second], False),
        ([rotated_ru(8), third], False), ([third], True),
    ):  # fmt: skip
        body = forked_file([*ROSTERS, *rosters])
        assert agree(file_of(body)) is good


def seen_by_us(key: SigningKey, at_s: int) -> Any:
    """The fork with one more line on the last head, by a key that a roster of US names."""
    roster = roster_of(US)
    more = {WitnessKey(key.verifier)} - set(roster.witnesses)
    later = replace(roster, serial=2, witnesses=(*roster.witnesses, *more))
    body = forked_file([*ROSTERS, seal_roster(later, root_key(US))])
    line = signature_lines(parse(TWO.heads[7]).text, key, at_s=at_s)
    body["heads"][3] = b64(TWO.heads[7] + line)
    return body


@pytest.mark.parametrize(("at_s", "seen"), [(0, {}), (T0_S + 9, {US: T0_S + 9})])
def test_a_line_at_time_zero_is_no_witness(at_s: int, seen: dict[str, int]) -> None:
    body = seen_by_us(own_keys(US).quantum, at_s)
    assert agree(file_of(body))
    assert other.verify_evidence(file_of(body)).items[0].witnesses == seen


@pytest.mark.parametrize("seen", [(), (RU,), (US,), (RU, US)])
@pytest.mark.parametrize("said_s", [-5000, -31, -30, 0, 100, 130, 131, 5000])
def test_a_claimed_time_is_held_against_the_same_bounds(seen: Sequence[str], said_s: int) -> None:
    """RU cosigned the head before at T0, US the head with the entry 100 seconds later."""
    for received in (False, True):
        book = book_of(IL, [RU, US])
        book.head(T0_S, {RU: T0_S} if RU in seen else {})
        author = book_of(RU) if received else book
        note = author.say({"text": "said"}, at_s=T0_S + said_s)
        if received:
            book.take(note)
        book.head(T0_S + 99, {US: T0_S + 100} if US in seen else {})
        assert agree(book.evidence([book.item(3)], PARTIES))


# --- the command ---------------------------------------------------------------------------------


def test_the_report_says_who_said_what_when_and_by_which_clock(tmp_path: Path) -> None:
    path = tmp_path / "il.evidence"
    path.write_bytes(everything())
    command = [sys.executable, "-I", "-X", "utf8", str(SCRIPT), str(path), "--quorum", "2"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    day = "2018-09-17T20:33"
    for line in (
        f"1. {IL} signed {MESSAGE} ",
        f"   sent, index 3 of {IL}/log/1, under its head of size 7",
        "   at 2018-09-17T20:33:25.000Z by its author's own clock",
        f"   witnessed (2 of 2): {RU} at {day}:42.000Z, {US} at {day}:41.000Z",
        "   not yet shown to witnesses at 2018-09-17T20:33:21.000Z by their clocks",
        f"   receipt by {RU}: index 2 of {RU}/log/1",
        "      at 2018-09-17T20:33:26.000Z by its own clock; shown there",
        "   a decision; its own log then: as named; heads seen: as named",
        '   {"at_ms":1537216405000,"text":"район 5","to":["ru.example"]}',
        f"Proved against whoever made the keys called {RU}: two wordings of one version.",
    ):
        assert f"\n{line}" in done.stdout
    assert f"{IL}: ONLY NAMED BY THIS FILE" in done.stdout
    assert done.stdout.startswith("VERIFIED: its parts belong together. NO ROOT IS PINNED")


# --- several lines by one party, borrowed keys, receipts that are none ---------------------------


def test_a_cosigner_key_of_the_logs_party_under_another_name_is_no_witness() -> None:
    body = seen_by_us(SigningKey(US, seed_of(RU, "witness"), 4), T0_S + 9)
    assert agree(file_of(body))


@pytest.mark.parametrize("index", [4, 5])
def test_the_order_of_lines_on_a_receipt_does_not_matter(index: int) -> None:
    """One key of RU ended at index 5, where the next began; signed by both, one of them speaks."""
    keys = (own_keys(RU).note, own_keys(RU, note="second").note)
    stamp: dict[str, Any] = {"at_ms": 1, "index": index, "log": ONE.log, "note_hash": "cd" * 32}
    for signed_by in (keys, keys[::-1]):
        notes = [
            seal("parley/receipt/v1", {**stamp, "leaf_hash": leaf * 32}, *signed_by)
            for leaf in ("aa", "bb")
        ]
        shown = exhibit_body(Exhibit("two-receipts", RU, tuple(notes)))
        assert agree(file_with(shown, [*ROSTERS, rotated_ru(5)]))


def test_a_sent_note_that_only_calls_itself_a_receipt_spoils_no_file() -> None:
    book = book_of(IL)
    book.add(Kind.SENT, seal("parley/receipt/v1", {}, own_keys(IL).note))
    head = book.head()
    item = {
        "log": book.log, "index": 1, "kind": "sent", "note": b64(book.entries[1].note),
        "salt": b64(book.entries[1].salt), "head": 0, "history": [], "receipts": [], "before": -1,
        "proof": [b64(step) for step in book.tree.inclusion_proof(1, 2)],
    }  # fmt: skip
    body = forked_file(ROSTERS)
    assert agree(file_of({**body, "heads": [b64(head)], "links": [], "items": [item]}))


# --- what a party signed under a key that it has ended back to before ----------------------------


def receipted(rosters: Sequence[bytes], keys: Sequence[SigningKey], index: int = 4) -> Any:
    """IL's file of a note, RU's receipt for it at this index by these keys, the receipt as an
    entry, RU's head that reaches it, cosigned by IL, and a decision that names that head."""
    il = book_of(IL, [RU])
    note = il.say({"text": "said"}, to=[RU])
    stamp: dict[str, Any] = {"note_hash": note_hash(note).hex(), "leaf_hash": "ab" * 32}
    stamp |= {"at_ms": T0_S * 1000, "index": index, "log": ONE.log}
    stamped = seal("parley/receipt/v1", stamp, *keys)
    il.add(Kind.RECEIVED, stamped)
    seen = SeenHead(ONE.log, index + 1, bytes(32))
    reached = sign_checkpoint(Checkpoint(seen.origin, seen.size, seen.root), *keys)
    il.add(Kind.COSIGNED, cosigned(reached, IL, T0_S + 1))
    il.decide("hold", heads=[seen])
    head = il.head(T0_S + 2, {US: T0_S + 3})
    items = [
        {
            "log": il.log, "index": at, "kind": il.entries[at].kind.label, "head": 0,
            "note": b64(il.entries[at].note), "salt": b64(il.entries[at].salt), "before": -1,
            "proof": [b64(step) for step in il.tree.inclusion_proof(at, 6)],
            "history": [b64(step) for step in il.tree.prefix_proof(5, 6)] if at == 5 else [],
            "receipts": [{"item": 1, "note": b64(stamped)}] if at == 2 else [],
        }
        for at in range(2, 6)
    ]  # fmt: skip
    body = {**forked_file([*ROSTERS, *rosters]), "heads": [b64(head)], "links": []}
    return {**body, "items": items}


RU_KEYS = (own_keys(RU).note, own_keys(RU, note="second").note)


@pytest.mark.parametrize(("last", "disowned"), [(0, True), (3, True), (4, True), (5, False)])
def test_a_disowned_receipt_is_shown_and_flagged_by_both(last: int, disowned: bool) -> None:
    data = file_of(receipted([rotated_ru(last)], RU_KEYS[:1]))
    assert agree(data)
    sent, stamped, head, decision = verify_evidence(data).items
    assert [shown.disowned for shown in sent.receipts] == [disowned]
    assert [item.disowned for item in (sent, stamped, head)] == [False, disowned, disowned]
    assert decision.decision
    assert decision.decision.heads == ((None,) if disowned else (True,))


@pytest.mark.parametrize("keys", [RU_KEYS, RU_KEYS[::-1]])
def test_a_receipt_by_two_keys_is_disowned_when_none_speaks(keys: Sequence[SigningKey]) -> None:
    """The second key speaks from where the first one ended."""
    assert agree(data := file_of(receipted([rotated_ru(3)], keys)))
    assert not verify_evidence(data).items[0].receipts[0].disowned
    assert agree(data := file_of(receipted([rotated_ru(9)], keys)))
    assert verify_evidence(data).items[0].receipts[0].by.key == RU_KEYS[0].verifier


@pytest.mark.parametrize("last", [5, 9])
def test_a_key_whose_term_had_not_begun_signs_no_receipt(last: int) -> None:
    assert not agree(file_of(receipted([rotated_ru(last)], RU_KEYS[1:])))


def test_what_is_disowned_proves_nothing_against_its_party() -> None:
    """Two receipts for one place: an exhibit until the roster that ends the key."""
    rosters = [*ROSTERS, rotated_ru(3)]
    twice = exhibit_body(Exhibit("two-receipts", RU, (receipt(), receipt(leaf_hash=b"x" * 32))))
    assert agree(file_with(twice))
    assert not agree(file_with(twice, rosters))
    body = receipted([rotated_ru(3)], RU_KEYS[:1])
    other_place = json.loads(base64.b64decode(body["items"][1]["note"]).split(b"\n")[1])
    more = seal("parley/receipt/v1", {**other_place, "leaf_hash": "cd" * 32}, RU_KEYS[0])
    said = [*body["items"][0]["receipts"], {"item": -1, "note": b64(more)}]
    body["items"][0]["receipts"] = sorted(said, key=lambda each: base64.b64decode(each["note"]))
    assert agree(file_of(body))
    assert verify_evidence(file_of(body)).exhibits == ()
    kept = verify_evidence(file_of({**body, "rosters": [b64(note) for note in ROSTERS]}))
    assert [found.exhibit.kind for found in kept.exhibits] == ["two-receipts"]


@settings(max_examples=60)
@given(st.data())
def test_receipts_and_heads_by_any_keys_at_any_place(data: st.DataObject) -> None:
    """Any keys in any order, a place before and behind the ends of the terms, rosters that end
    them once or twice, or leave the ends as they were."""
    draw: Any = data.draw
    keys = draw(st.lists(st.sampled_from(RU_KEYS), min_size=1, max_size=2, unique=True))
    ends = sorted(draw(st.lists(st.integers(0, 6), max_size=2)), reverse=True)
    first = roster_of(RU)
    rosters = []
    for serial, last in enumerate(ends, 2):
        terms = (
            replace(first.terms[0], last=last, why="stolen"),
            Term(RU_KEYS[1].verifier, 1, ends[0]),
        )
        rosters.append(seal_roster(replace(first, serial=serial, terms=terms), root_key(RU)))
    agree(file_of(receipted(rosters, keys, draw(st.integers(0, 7)))))
