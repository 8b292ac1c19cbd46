"""The directory at a node: persons found by name and office, who may be one, who was merged.

Tables: person-key (key|person: its names), person-same (folded name|person), person-pair
(1000 - score|person|person: why), person-pairs (person|key of the pair), person-office
(title|organisation|person|n: a term) and person-place (organisation|title|person|n), office-clash
(person|person|title|organisation); merge-of (person|merge), person-into (person: root, kept,
merge), person-from (root|person), merge-void (merge: why). A key holds ``CROWD`` entries that are
compared, in the order of their refs. Nothing here merges by itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from parley.errors import InputError, ProtocolError
from parley.liaison.directory.contents import Merge, Office, Person
from parley.liaison.directory.names import LIKE, folded, keys_of, likeness, mixed_words
from parley.liaison.directory.rules import (
    Said,
    Term,
    fold,
    merge_stands,
    merge_undone,
    place_key,
    term,
)
from parley.liaison.papers.record import PaperRecord
from parley.node.desk import Desk
from parley.node.liaison.shelf import load, need
from parley.rules.findings import bare

CROWD = 256
NAMES_COMPARED = 2_048
"""So many pairs of names are compared for one entry at most."""
MOST_MERGES = 1_000
"""So many merges one party may say: what hangs together is merged anew with each of them."""
_FOUND_FROM = 60


@dataclass(frozen=True, slots=True)
class Found:
    """A person of the directory who may be meant. root: the entry that stands for him."""

    ref: str
    root: str
    names: tuple[str, ...]
    score: int
    why: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that may be one person; for a person to decide."""

    a: str
    b: str
    names_a: tuple[str, ...]
    names_b: tuple[str, ...]
    score: int
    why: str


@dataclass(frozen=True, slots=True)
class Holding:
    """An office that a person holds at an instant. certain: however its dates are read."""

    ref: str
    root: str
    name: str
    office: Office
    certain: bool


@dataclass(frozen=True, slots=True)
class Clash:
    """Two persons hold an office at one time that one of them says nobody else holds."""

    a: str
    b: str
    title: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One person as the directory has him. merged: entries that went into his; mixed: words of
    his names that mix scripts which look alike."""

    record: PaperRecord
    root: str
    by_merge: str
    merged: tuple[str, ...]
    mixed: tuple[str, ...]
    clashes: tuple[Clash, ...]


# What follows ----------------------------------------------------------------------------------


def person_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """Behind a person who was entered, amended or withdrawn: the lines under which he is found."""
    if before is not None and before.paper.version == record.paper.version:
        return
    if before is not None and not before.paper.withdrawn:
        _unlist(desk, before)
    if not record.paper.withdrawn:
        _list(desk, record)


def merge_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """Behind a merge, its end, and objections to it: everything that hangs together with its two
    entries is merged anew."""
    if before is None:
        _bounded(desk, record)
    elif merge_stands(before) == merge_stands(record):
        return
    content = _merge(record)
    ends = (bare(content.kept), bare(content.merged))
    touched, merges = _component(desk, ends)
    if merge_stands(record):
        merges[record.ref] = Said(record.first_ms, record.ref, *ends)
        data = json.dumps([record.first_ms, *ends]).encode()
        for end in ends:
            desk.tx.records.put("merge-of", f"{end}|{record.ref}", data)
    else:
        merges.pop(record.ref, None)
        desk.tx.records.delete("merge-void", record.ref)
        for end in ends:
            desk.tx.records.delete("merge-of", f"{end}|{record.ref}")
    _remerge(desk, touched, merges)


def _bounded(desk: Desk, record: PaperRecord) -> None:
    prefix = f"{record.paper.kind}|{record.author}|"
    said = sum(1 for _ in desk.tx.records.scan("paper-by", prefix, limit=MOST_MERGES + 1))
    if said > MOST_MERGES:
        raise ProtocolError(
            f"{record.ref} is one more than {MOST_MERGES} merges by {record.author}",
            right="one entry for each person from the beginning",
            at_fault=f"party {record.author}",
        )


def _component(desk: Desk, ends: Iterable[str]) -> tuple[set[str], dict[str, Said]]:
    """Entries that any merges that stand connect with ``ends``, and those merges."""
    merges: dict[str, Said] = {}
    touched = set(ends)
    ahead = list(touched)
    while ahead:
        person = ahead.pop()
        for key, data in desk.tx.records.scan("merge-of", f"{person}|"):
            first_ms, kept, merged = json.loads(data)
            ref = key.rpartition("|")[2]
            merges[ref] = Said(first_ms, ref, kept, merged)
            for one in (kept, merged):
                if one not in touched:
                    touched.add(one)
                    ahead.append(one)
    return touched, merges


def _remerge(desk: Desk, touched: set[str], merges: dict[str, Said]) -> None:
    records = desk.tx.records
    for person in sorted(touched):
        was = records.get("person-into", person)
        if was is not None:
            records.delete("person-from", f"{json.loads(was)[0]}|{person}")
            records.delete("person-into", person)
    made = fold(list(merges.values()))
    roots: dict[str, str] = {}
    for person in made.into:
        way = []
        at = person
        while at in made.into and at not in roots:
            way.append(at)
            at = made.into[at][0]
        roots.update(dict.fromkeys(way, roots.get(at, at)))
    for person, (kept, merge) in made.into.items():
        records.put("person-into", person, json.dumps([roots[person], kept, merge]).encode())
        records.put("person-from", f"{roots[person]}|{person}", b"")
    for ref in sorted(merges):
        if ref in made.void:
            records.put("merge-void", ref, made.void[ref].encode())
        else:
            records.delete("merge-void", ref)


def _list(desk: Desk, record: PaperRecord) -> None:
    person, ref, records = _person(record), record.ref, desk.tx.records
    names = _names(person)
    keys, sames = keys_of(names), sorted({folded(name) for name in names})
    left = NAMES_COMPARED
    for other, data in _crowd(desk, ref, keys, sames):
        its_names = tuple(json.loads(data))
        left -= len(names) * len(its_names)
        if left < 0:
            break
        _pair(desk, ref, names, other, its_names)
    for key in keys:
        records.put("person-key", f"{key}|{ref}", json.dumps(names).encode())
    for same in sames:
        records.put("person-same", f"{same}|{ref}", json.dumps(names).encode())
    for n, office in enumerate(person.offices):
        title, place = place_key(office.title), place_key(office.organisation)
        _clash(desk, ref, office, f"{title}|{place}")
        records.put("person-office", f"{title}|{place}|{ref}|{n:02d}", _term_bytes(office))
        records.put("person-place", f"{place}|{title}|{ref}|{n:02d}", _term_bytes(office))


def _crowd(
    desk: Desk, ref: str, keys: Iterable[str], sames: Iterable[str]
) -> list[tuple[str, bytes]]:
    """Others under any of these keys and names, each once, with their names as they are stored:
    those with most in common first."""
    shared: Counter[str] = Counter()
    names: dict[str, bytes] = {}
    tables = (*(("person-key", key) for key in keys), *(("person-same", one) for one in sames))
    for table, key in tables:
        for row, data in desk.tx.records.scan(table, f"{key}|", limit=CROWD):
            other = row.rpartition("|")[2]
            shared[other] += 1
            names[other] = data
    names.pop(ref, None)
    return sorted(names.items(), key=lambda one: (-shared[one[0]], one[0]))


def _unlist(desk: Desk, record: PaperRecord) -> None:
    person, ref, records = _person(record), record.ref, desk.tx.records
    names = _names(person)
    for key in keys_of(names):
        records.delete("person-key", f"{key}|{ref}")
    for name in names:
        records.delete("person-same", f"{folded(name)}|{ref}")
    for n, office in enumerate(person.offices):
        title, place = place_key(office.title), place_key(office.organisation)
        records.delete("person-office", f"{title}|{place}|{ref}|{n:02d}")
        records.delete("person-place", f"{place}|{title}|{ref}|{n:02d}")
    for key, data in list(records.scan("person-pairs", f"{ref}|")):
        other = key.rpartition("|")[2]
        records.delete("person-pair", data.decode())
        records.delete("person-pairs", key)
        records.delete("person-pairs", f"{other}|{ref}")
    for key, _ in list(records.scan("office-clash", f"{ref}|")):
        _, other, what = key.split("|", 2)
        records.delete("office-clash", key)
        records.delete("office-clash", f"{other}|{ref}|{what}")


def _pair(desk: Desk, ref: str, names: tuple[str, ...], other: str, its: tuple[str, ...]) -> None:
    records = desk.tx.records
    if records.get("person-pairs", f"{ref}|{other}") is not None:
        return
    like = likeness(names, its)
    if like.score < LIKE:
        return
    key = f"{1000 - like.score:04d}|{min(ref, other)}|{max(ref, other)}"
    records.put("person-pair", key, like.why.encode())
    records.put("person-pairs", f"{ref}|{other}", key.encode())
    records.put("person-pairs", f"{other}|{ref}", key.encode())


def _clash(desk: Desk, ref: str, office: Office, what: str) -> None:
    for key, data in list(desk.tx.records.scan("person-office", f"{what}|", limit=CROWD)):
        other = key.split("|")[2]
        party, sole, held = _term_from(data)
        ours = term(office)
        if other == ref or party != office.party or not (sole or office.sole):
            continue
        if ours.overlaps(held):
            desk.tx.records.put("office-clash", f"{ref}|{other}|{what}", b"")
            desk.tx.records.put("office-clash", f"{other}|{ref}|{what}", b"")


# What may be asked -----------------------------------------------------------------------------


def resolve(desk: Desk, ref: str) -> str:
    """The entry that stands for this one: the end of the chain of merges, or itself."""
    data = desk.tx.records.get("person-into", bare(ref))
    return bare(ref) if data is None else str(json.loads(data)[0])


def find(desk: Desk, name: str, *, limit: int = 20) -> tuple[Found, ...]:
    """Persons who may be meant by a name, in any script, likest first."""
    asked = name[:200]
    seen: dict[str, tuple[str, ...]] = dict(_same(desk, folded(asked)))
    keys = keys_of([asked])
    for key in keys:
        alone = "+" not in key
        seen.update(_under(desk, key))
        if alone:
            seen.update(_under(desk, f"{key}+", whole=False))
    found = []
    for ref, names in seen.items():
        like = likeness([asked], _with_words(names) if len(asked.split()) == 1 else names)
        if like.score >= _FOUND_FROM:
            found.append(Found(ref, resolve(desk, ref), names, like.score, like.why))
    return tuple(sorted(found, key=lambda one: (-one.score, one.ref))[:limit])


def _with_words(names: tuple[str, ...]) -> list[str]:
    return [word for name in names for word in (name, *name.replace(",", " ").split())]


def duplicates(desk: Desk, *, after: str = "", limit: int = 50) -> tuple[tuple[Pair, ...], str]:
    """Pairs that may be one person and were not merged, likest first; where to go on, "" at the
    end. It may be called again with what it gave, even if it gave no pair."""
    rows = list(desk.tx.records.scan("person-pair", after=after, limit=4 * limit + 1))
    found: list[Pair] = []
    last = ""
    for key, why in rows[: 4 * limit]:
        if len(found) == limit:
            return tuple(found), last
        last = key
        rest, a, b = key.split("|")
        if resolve(desk, a) != resolve(desk, b):
            names = (_names_of(desk, a), _names_of(desk, b))
            found.append(Pair(a, b, *names, 1000 - int(rest), why.decode()))
    return tuple(found), last if len(rows) > 4 * limit else ""


def who_held(
    desk: Desk, title: str, organisation: str, at_ms: int, *, limit: int = 50
) -> tuple[Holding, ...]:
    """Who held an office at an instant, for certain first; "" for any title, or organisation.
    Among ``CROWD`` entries of it."""
    rows = sorted(_offices(desk, place_key(title), place_key(organisation), at_ms))
    found = []
    for uncertain, ref, n in rows[:limit]:
        person = _person(need(desk, ref))
        name, root = person.names[0].text, resolve(desk, ref)
        found.append(Holding(ref, root, name, person.offices[n], not uncertain))
    return tuple(found)


def offices_of(desk: Desk, ref: str, at_ms: int) -> tuple[Holding, ...]:
    """What a person holds at an instant, by his own entry and by those merged into it."""
    found = []
    for one in (ref, *_merged_into(desk, ref)):
        record = load(desk, one)
        if record is None or record.paper.withdrawn:
            continue
        person = _person(record)
        name, root = person.names[0].text, resolve(desk, one)
        for office in person.offices:
            held = term(office)
            if held.may_hold(at_ms):
                found.append(Holding(one, root, name, office, held.holds(at_ms)))
    return tuple(found)


def _merged_into(desk: Desk, ref: str) -> tuple[str, ...]:
    rows = desk.tx.records.scan("person-from", f"{ref}|")
    return tuple(key.rpartition("|")[2] for key, _ in rows)


def _offices(desk: Desk, title: str, place: str, at_ms: int) -> Iterator[tuple[bool, str, int]]:
    """(perhaps only, person, number of his office) of those that may be held then."""
    if not title and not place:
        return
    table, first, second = (
        ("person-office", title, place) if title else ("person-place", place, title)
    )
    prefix = f"{first}|{second}|" if second else f"{first}|"
    for key, data in list(desk.tx.records.scan(table, prefix, limit=CROWD)):
        held = _term_from(data)[2]
        if held.may_hold(at_ms):
            _, _, ref, n = key.split("|")
            yield not held.holds(at_ms), ref, int(n)


def entry(desk: Desk, ref: str) -> Entry:
    """One person; InputError if there is none."""
    if not ref.startswith("person:"):
        raise InputError(f"{ref[:80]!r} is no person", right="person:<id>", where="ref")
    record = need(desk, ref)
    person = _person(record)
    data = desk.tx.records.get("person-into", ref)
    root, _, merge = (ref, "", "") if data is None else json.loads(data)
    merged = _merged_into(desk, ref)
    mixed = tuple(word for name in person.names for word in mixed_words(name.text))
    return Entry(record, root, merge, merged, mixed, tuple(clashes(desk, ref)))


def clashes(desk: Desk, ref: str = "") -> Iterator[Clash]:
    """Offices that two persons hold at one time, of one person or of all, each once."""
    for key, _ in list(desk.tx.records.scan("office-clash", f"{ref}|" if ref else "")):
        a, b, title, place = key.split("|")
        if (ref or a < b) and resolve(desk, a) != resolve(desk, b):
            yield Clash(a, b, title, place)


def effect(desk: Desk, ref: str) -> str:
    """What a merge does: "merged", "undone", or why it has no effect: "objected", "circle",
    "merged-already". InputError if there is none."""
    if not ref.startswith("merge:"):
        raise InputError(f"{ref[:80]!r} is no merge", right="merge:<id>", where="ref")
    record = need(desk, ref)
    if not merge_stands(record):
        return "undone" if merge_undone(record) else "objected"
    return (desk.tx.records.get("merge-void", ref) or b"merged").decode()


# Rows ------------------------------------------------------------------------------------------


def _under(desk: Desk, key: str, *, whole: bool = True) -> list[tuple[str, tuple[str, ...]]]:
    prefix = f"{key}|" if whole else key
    rows = desk.tx.records.scan("person-key", prefix, limit=CROWD)
    return [(row.rpartition("|")[2], tuple(json.loads(data))) for row, data in rows]


def _same(desk: Desk, name: str) -> list[tuple[str, tuple[str, ...]]]:
    rows = desk.tx.records.scan("person-same", f"{name}|", limit=CROWD)
    return [(row.rpartition("|")[2], tuple(json.loads(data))) for row, data in rows]


def _names_of(desk: Desk, ref: str) -> tuple[str, ...]:
    record = load(desk, ref)
    return () if record is None else _names(_person(record))


def _names(person: Person) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.text for name in person.names))


def _term_bytes(office: Office) -> bytes:
    held = term(office)
    return json.dumps(
        [office.party, office.sole, list(held.certain_ms), list(held.possible_ms)]
    ).encode()


def _term_from(data: bytes) -> tuple[str, bool, Term]:
    party, sole, certain, possible = json.loads(data)
    return party, sole, Term(tuple(certain), tuple(possible))


def _person(record: PaperRecord) -> Person:
    content = record.paper.content
    assert isinstance(content, Person)
    return content


def _merge(record: PaperRecord) -> Merge:
    content = record.paper.content
    assert isinstance(content, Merge)
    return content
