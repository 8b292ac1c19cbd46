#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verify Parley's log files and evidence files from their bytes alone.

Written from the public documents only (docs/formats/ledger.md, C2SP, RFC 6962, 8032, 8785), sharing
no code with Parley. Needs Python 3.11, the standard library and `cryptography` 48 or later.

    python parley_verify.py FILE [--root VKEY]... [--quorum K]

Exit status 0: verified; 1: not verified, with the reason; 2: file or argument cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import itertools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

NOTE_KEY, ED25519_COSIGNER, MLDSA_COSIGNER = 1, 4, 6
MAX_NOTE = 64 * 1024
SLACK_MS = 30_000


class RefusedError(Exception):
    """Not verified: why, and at which place in the file."""

    def __init__(self, why: str, where: str = "") -> None:
        super().__init__(f"{where}: {why}" if where else why)


def need(condition: object, why: str, where: str = "") -> None:
    if not condition:
        raise RefusedError(why, where)


def unbase64(text: Any) -> bytes:
    """Standard base64, padded, no loose bits (RFC 4648 section 4)."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (AttributeError, ValueError, binascii.Error):
        raise RefusedError("not base64") from None
    need(base64.b64encode(raw).decode() == text, "base64 in a second spelling")
    return raw


# --- canonical JSON: RFC 8785 without fractions ------------------------------------------------


def spell(value: Any, level: int = 0) -> str:
    """The one spelling of a value."""
    if isinstance(value, dict | list):
        need(level < 16, "JSON of more than 16 levels")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        need(abs(value) < 2**53, "a number that is too large")
        return str(value)
    if isinstance(value, str):
        return spell_string(value)
    if isinstance(value, list):
        return "[" + ",".join(spell(each, level + 1) for each in value) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(f"{spell(n)}:{spell(value[n], level + 1)}" for n in names) + "}"


SHORT = {0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\"}
ESCAPES = {code: f"\\u{code:04x}" for code in range(0x20)} | SHORT


def spell_string(text: str) -> str:
    need(not re.search("[\ud800-\udfff]", text), "a lone surrogate")
    return '"' + text.translate(ESCAPES) + '"'


def read_json(data: bytes) -> Any:
    """Parse, spell again, refuse unless the bytes are equal."""
    try:
        value = json.loads(
            data.decode("utf-8"), parse_float=no_fraction, parse_constant=no_fraction
        )
        spelled = spell(value).encode()
    except (ValueError, RecursionError):
        raise RefusedError("not JSON") from None
    need(spelled == data, "not the canonical spelling of its JSON")
    return value


def no_fraction(text: str) -> int:
    raise RefusedError(f"{text} is no integer")


def members(value: Any, names: str) -> list[Any]:
    """The members of an object that has exactly these, in this order."""
    need(isinstance(value, dict) and set(value) == set(names.split()), f"not exactly: {names}")
    return [value[name] for name in names.split()]


def whole(value: Any, least: int = 0) -> int:
    need(isinstance(value, int) and not isinstance(value, bool), "not an integer")
    need(value >= least, f"{value} is less than {least}")
    return int(value)


def text_of(value: Any) -> str:
    need(isinstance(value, str), "not a string")
    return str(value)


def list_of(value: Any) -> list[Any]:
    need(isinstance(value, list), "not a list")
    return list(value)


def unhex(value: Any) -> bytes:
    """A SHA-256 in lower-case hex."""
    need(isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value), "not 64 hex digits")
    return bytes.fromhex(value)


# --- Ed25519: the library verifies, these lines refuse the keys that it should not take -----------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1, 1, 0)
Point = tuple[int, int, int, int]


def add(p: Point, q: Point) -> Point:
    """RFC 8032 section 5.1.4, extended coordinates."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def is_neutral(p: Point) -> bool:
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


def point(raw: bytes) -> Point | None:
    """RFC 8032 section 5.1.3; None for what is no point or a second spelling of one."""
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and raw[31] >> 7):
        return None
    x = P - x if x & 1 != raw[31] >> 7 else x
    return x, y, 1, x * y % P


@cache
def is_safe_point(raw: bytes) -> bool:
    """A canonical point of the prime-order subgroup, not the neutral one."""
    step = point(raw)
    if step is None or is_neutral(step):
        return False
    total, scalar = NEUTRAL, ORDER
    while scalar:
        total = add(total, step) if scalar & 1 else total
        step, scalar = add(step, step), scalar >> 1
    return is_neutral(total)


def ed25519_verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """By libsodium's rules. The library refuses S >= ORDER and compares R byte by byte, so of
    libsodium's other refusals only the neutral R is left, the key being of prime order."""
    if not is_safe_point(public) or signature[:32] == b"\x01" + bytes(31):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (ValueError, InvalidSignature):
        return False
    return True


def mldsa_verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except (ValueError, InvalidSignature):
        return False
    return True


# --- keys, notes, checkpoints ---------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    name: str
    algorithm: int
    public: bytes

    @cached_property
    def id(self) -> bytes:
        named = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return sha256(named).digest()[:4]

    @property
    def vkey(self) -> str:
        material = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{material}"

    @property
    def fingerprint(self) -> str:
        named = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        number = int.from_bytes(sha256(b"parley/fingerprint/v1\n" + named).digest(), "big")
        digits = f"{number % 10**30:030d}"
        return " ".join(digits[at : at + 5] for at in range(0, 30, 5))


def check_name(name: str) -> None:
    good = 1 <= len(name) <= 256 and name.isprintable() and "+" not in name
    need(good and not re.search(r"\s", name), f"{name[:40]!r} is no key name")


def read_vkey(text: Any) -> Key:
    parts = text_of(text).split("+", 2)
    need(len(parts) == 3, "a key is name+id+base64")
    check_name(parts[0])
    raw = unbase64(parts[2])
    key = Key(parts[0], raw[0] if raw else 0, raw[1:])
    need(key.id.hex() == parts[1], "the key's id is not the hash of its bytes")
    if key.algorithm == MLDSA_COSIGNER:
        need(len(key.public) == 1312, "an ML-DSA-44 key of another length")
        need(len(set(key.public[32:])) >= 128, "an ML-DSA-44 key under which anybody can sign")
        need(len(key.name.encode()) <= 255, "a name too long for an ML-DSA-44 cosigner")
    else:
        need(key.algorithm in (NOTE_KEY, ED25519_COSIGNER), f"unknown algorithm {key.algorithm}")
        need(len(key.public) == 32 and is_safe_point(key.public), "no safe curve point")
    return key


@dataclass(frozen=True)
class Head:
    """A checkpoint's text: the first `size` leaves of the log `origin` have this root."""

    origin: str
    size: int
    root: bytes
    text: bytes


@dataclass(frozen=True)
class Note:
    text: bytes
    signatures: list[tuple[str, bytes, bytes]]


SIGNATURE_LINE = re.compile("— ([^ ]+) ([^ ]+)")


def read_note(data: bytes, most: int = MAX_NOTE) -> Note:
    """A note taken apart; nothing is verified yet."""
    need(len(data) <= most, "a note that is too long")
    try:
        text = data.decode("utf-8")
    except ValueError:
        raise RefusedError("a note that is not UTF-8") from None
    need(not re.search("[\x00-\x09\x0b-\x1f]", text), "a control character in a note")
    body, blank, tail = text.rpartition("\n\n")
    need(blank and tail.endswith("\n"), "a note without signature lines")
    lines = tail[:-1].split("\n")
    need(len(lines) <= 16, "more than 16 signature lines")
    signatures = []
    for line in lines:
        match = SIGNATURE_LINE.fullmatch(line)
        need(match, "a line that is no signature line")
        assert match
        need(not re.search(r"[\s+]", match[1]), "a signature line with a bad name")
        raw = unbase64(match[2])
        need(len(raw) > 4, "a signature line without a signature")
        signatures.append((match[1], raw[:4], raw[4:]))
    return Note((body + "\n").encode(), signatures)


def read_head(text: bytes) -> Head:
    lines = text.decode().split("\n")[:-1]
    need(len(lines) >= 3 and all(lines), "a checkpoint has at least three lines")
    need(re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]), "no tree size")
    need(int(lines[1]) < 2**53, "a tree size that is too large")
    root = unbase64(lines[2])
    need(len(root) == 32, "a root hash of another length")
    return Head(lines[0], int(lines[1]), root, text)


def log_of(origin: str) -> tuple[str, int]:
    """Party and epoch of a log."""
    match = re.fullmatch("(.+)/log/([1-9][0-9]{0,15})", origin)
    need(match, f"{origin[:80]!r} is no log's origin")
    assert match
    check_name(match[1])
    return match[1], int(match[2])


def signed_message(key: Key, head: Head, seconds: int) -> bytes:
    """What a cosigner signs (tlog-cosignature)."""
    if key.algorithm == ED25519_COSIGNER:
        return b"cosignature/v1\ntime %d\n" % seconds + head.text
    name, origin = key.name.encode(), head.origin.encode()
    need(len(origin) <= 255, "an origin too long for an ML-DSA-44 cosignature")
    label = b"subtree/v1\n\0" + bytes([len(name)]) + name + seconds.to_bytes(8, "big")
    named = label + bytes([len(origin)]) + origin
    return named + bytes(8) + head.size.to_bytes(8, "big") + head.root


def signers(note: Note, keys: Iterable[Key], head: Head | None = None) -> dict[Key, int]:
    """The known keys that signed, with the second of each cosignature (0 for note keys).

    Lines of unknown keys are passed over; a bad line of a known key refuses the note. `head` is the
    note's own text, given when a checkpoint is expected: only there may a cosigner's key stand.
    """
    known = {(key.name, key.id): key for key in keys}
    found: dict[Key, int] = {}
    for name, key_id, signature in note.signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        need(key not in found, f"{name} signs twice with one key")
        found[key] = verify_line(note, key, signature, head)
    return found


def verify_line(note: Note, key: Key, signature: bytes, head: Head | None) -> int:
    if key.algorithm == NOTE_KEY:
        good = len(signature) == 64 and ed25519_verifies(key.public, signature, note.text)
        need(good, f"the signature by {key.name} does not verify")
        return 0
    need(head, f"{key.name} signed something else than a checkpoint with a cosigner's key")
    assert head
    length, verifies = (64, ed25519_verifies)
    if key.algorithm == MLDSA_COSIGNER:
        length, verifies = (2420, mldsa_verifies)
    need(len(signature) == 8 + length, f"a cosignature by {key.name} of another length")
    seconds = int.from_bytes(signature[:8], "big")
    need(seconds < 2**63, "a cosignature's time beyond 2^63")
    good = verifies(key.public, signature[8:], signed_message(key, head, seconds))
    need(good, f"the cosignature by {key.name} does not verify")
    return seconds


TYPE = re.compile(r"[a-z0-9._/-]{1,128}")


def read_statement(text: bytes) -> tuple[str, dict[str, Any]]:
    """The type line and the JSON object of a note of two lines."""
    lines = text.split(b"\n")
    need(len(lines) == 3, "a statement has two lines")
    kind = lines[0].decode()
    need(TYPE.fullmatch(kind), "no type line")
    body = read_json(lines[1])
    need(isinstance(body, dict), "the body is no object")
    return kind, body


# --- Merkle trees (RFC 6962) ----------------------------------------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """The root of leaves added one by one: the roots of the full subtrees, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        self.peaks.append(leaf)
        self.size += 1
        for _ in range((self.size & -self.size).bit_length() - 1):
            right = self.peaks.pop()
            self.peaks.append(node_hash(self.peaks.pop(), right))

    def root(self) -> bytes:
        if not self.peaks:
            return sha256().digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def check_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2."""
    need(index < size, f"entry {index} in a log of {size}")
    need(all(len(step) == 32 for step in [leaf, root, *path]), "a hash of another length")
    fn, sn, result = index, size - 1, leaf
    for step in path:
        need(sn, "a proof that is too long")
        if fn & 1 or fn == sn:
            result = node_hash(step, result)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            result = node_hash(result, step)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0 and result == root, "the proof does not lead to the checkpoint's root")


def implied_roots(old: int, new: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """The roots of both sizes that a consistency proof leads to (RFC 9162 section 2.1.4.2).

    `path` begins with the root of the old size when that is a power of two.
    """
    need(0 < old < new and path, "nothing to prove")
    need(all(len(step) == 32 for step in path), "a proof's hash of another length")
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for step in path[1:]:
        need(sn, "a proof that is too long")
        if fn & 1 or fn == sn:
            first, second = node_hash(step, first), node_hash(step, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, step)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "a proof that is too short")
    return first, second


# --- rosters: which key speaks where -------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """The stretch of one log in which a note key speaks: indices from `first`, below `last`."""

    key: Key
    epoch: int
    first: int
    last: int  # -1: in force
    why: str

    def covers(self, epoch: int, index: int) -> bool:
        return self.epoch == epoch and self.first <= index and (self.last < 0 or index < self.last)


@dataclass(frozen=True)
class Roster:
    party: str
    serial: int
    root: Key
    next_root: str
    terms: tuple[Term, ...]
    witnesses: dict[Key, int]  # until that second; -1: in force

    @property
    def keys(self) -> list[Key]:
        return [term.key for term in self.terms] + list(self.witnesses)

    def speaks(self, key: Key, epoch: int, index: int) -> bool:
        return any(term.key == key and term.covers(epoch, index) for term in self.terms)

    def ended_before(self, key: Key, epoch: int, index: int) -> int:
        """The size at which a term that had begun by then has ended, short of it (-1: none)."""
        ends = [t.last for t in self.terms if (t.key, t.epoch) == (key, epoch) and t.first <= index]
        return next((last for last in ends if 0 <= last <= index), -1)


def read_roster(data: bytes) -> Roster:
    """A roster that the root it names has signed."""
    note = read_note(data)
    kind, body = read_statement(note.text)
    need(kind == "parley/roster/v1", f"{kind} is no roster")
    names = "party serial epoch at_ms root next_root terms witnesses certificates"
    party, serial, epoch, at_ms, root_key, after, terms, keys, certificates = members(body, names)
    root, after = read_vkey(root_key), text_of(after)
    roster = Roster(
        text_of(party),
        whole(serial, 1),
        root,
        after,
        tuple(read_term(term) for term in list_of(terms)),
        dict(read_witness(key) for key in list_of(keys)),
    )
    whole(at_ms)
    need(len(list_of(certificates)) <= 8, "more than 8 certificates")
    for certificate in certificates:
        need(0 < len(unbase64(certificate)) <= 4096, "a certificate of another length")
    need(not after or unhex(after), "no hash of a next root")
    check_roster(roster, whole(epoch, 1))
    need(len(list_of(keys)) == len(roster.witnesses), "a cosigner key that stands twice")
    need(root in signers(note, [root]), f"the root of {roster.party} did not sign its roster")
    return roster


def read_term(value: Any) -> Term:
    key, epoch, first, last, why = members(value, "key epoch first last why")
    term = Term(read_vkey(key), whole(epoch, 1), whole(first), whole(last, -1), text_of(why))
    need(len(why) <= 200, "a reason that is too long")
    need((term.last < 0) == (why == ""), "a term ended without a reason, or a reason without end")
    need(term.last < 0 or term.last >= term.first, "a term that ends before it begins")
    return term


def read_witness(value: Any) -> tuple[Key, int]:
    key, until = members(value, "key until_s")
    return read_vkey(key), whole(until, -1)


def check_roster(roster: Roster, epoch: int) -> None:
    terms, root = roster.terms, roster.root
    need(1 <= len(terms) <= 64 and 1 <= len(roster.witnesses) <= 32, "too few or too many keys")
    need(epoch < 10**9, "no epoch")
    need(all(key.name == roster.party for key in [root, *roster.keys]), "a key of another name")
    need(all(key.algorithm == NOTE_KEY for key in [root, *(t.key for t in terms)]), "no note key")
    need(all(key.algorithm != NOTE_KEY for key in roster.witnesses), "no cosigner key")
    need(all(term.key.public != root.public for term in terms), "the root signs notes")
    need(len({k.id for k in [root, *roster.keys]}) == len({root, *roster.keys}), "two keys, one id")
    need(all(term.last >= 0 for term in terms[:-1]), "an older term without an end")
    for number, term in enumerate(terms):
        for later in terms[number + 1 :]:
            closed = term.why == "closed" and term.epoch < later.epoch
            need(term.key != later.key or closed, "a key that speaks again after its end")
    need(terms[-1].last < 0 and terms[-1].epoch == epoch, "no note key in force")
    places = [(term.epoch, term.first) for term in terms]
    need(places == sorted(places), "terms out of order")
    need(-1 in roster.witnesses.values(), "no cosigner in force")


def check_successor(old: Roster, new: Roster) -> None:
    """The later roster keeps the root or has the announced one, and rewrites nothing."""
    need(new.serial > old.serial, f"roster {new.serial} after roster {old.serial} of {old.party}")
    announced = sha256(new.root.vkey.encode()).hexdigest() == old.next_root
    need(new.root == old.root or announced, f"a root of {old.party} that was not announced")
    kept = new.root != old.root or old.next_root in ("", new.next_root)
    need(kept, f"roster {new.serial} of {old.party} names another root to follow")
    need(len(new.terms) >= len(old.terms), "an earlier term is left out")
    for was, now in zip(old.terms, new.terms, strict=False):
        same = (was.key, was.epoch, was.first) == (now.key, now.epoch, now.first)
        ended = was.last < 0 or 0 <= now.last <= was.last
        open_end = now.why != "closed" or was.why in ("", "closed")
        need(same and ended and open_end, f"roster {new.serial} of {old.party} rewrites a term")
    for key, until in old.witnesses.items():
        need(key in new.witnesses, f"roster {new.serial} leaves out a cosigner key")
        now_until = new.witnesses[key]
        need(until < 0 or 0 <= now_until <= until, f"roster {new.serial} revives a cosigner key")


class Ring:
    """The rosters believed so far, by party, and the roots that the reader has pinned."""

    def __init__(self, pinned: Iterable[Key]) -> None:
        self.rosters: dict[str, Roster] = {}
        self.notes: dict[str, bytes] = {}  # the rosters' bytes
        self.roots: dict[str, set[Key]] = {}  # every root a party had in this file
        self.pinned: dict[str, set[Key]] = {}
        for key in pinned:
            self.pinned.setdefault(key.name, set()).add(key)

    def admit(self, data: bytes) -> Roster:
        roster = read_roster(data)
        if self.notes.get(roster.party) == data:
            return roster
        known, pins = self.rosters.get(roster.party), self.pinned.get(roster.party)
        if known:
            check_successor(known, roster)
        else:
            need(not pins or roster.root in pins, f"another root of {roster.party} than the pinned")
        self.rosters[roster.party], self.notes[roster.party] = roster, data
        self.roots.setdefault(roster.party, set()).add(roster.root)
        return roster

    def known_roster(self, data: bytes) -> Roster:
        """A roster by any root that its party had."""
        roster = read_roster(data)
        need(roster.root in self.roots.get(roster.party, ()), f"another root of {roster.party}")
        return roster

    def is_pinned(self, party: str) -> bool:
        return bool(self.pinned.get(party, set()) & self.roots.get(party, set()))

    def keys_of(self, note: Note) -> list[Key]:
        """All keys of the parties whose names stand in the note's signature lines."""
        names = {name for name, _, _ in note.signatures} & self.rosters.keys()
        return [key for name in names for key in self.rosters[name].keys]

    def counts(self, key: Key, seconds: int) -> bool:
        """Whether a cosigner key was in force at that second."""
        until = self.rosters[key.name].witnesses[key]
        return until < 0 or seconds <= until

    def check_place(self, key: Key, epoch: int, index: int) -> None:
        need(
            self.rosters[key.name].speaks(key, epoch, index),
            f"key {key.id.hex()} of {key.name} does not speak at index {index} of log {epoch}",
        )


# --- entries -------------------------------------------------------------------------------------

KINDS = {1: "sent", 2: "received", 3: "cosigned", 4: "keys", 5: "decision", 6: "observed"}


@dataclass(frozen=True)
class Receipt:
    note_hash: bytes
    log: str
    index: int
    leaf_hash: bytes
    at_ms: int


def receipt_in(body: dict[str, Any]) -> Receipt:
    note, log, index, leaf, at_ms = members(body, "note_hash log index leaf_hash at_ms")
    return Receipt(unhex(note), text_of(log), whole(index), unhex(leaf), whole(at_ms))


@dataclass(frozen=True)
class Place:
    """Where an entry stands. `fresh`: in a log file, whose rosters are those of that moment."""

    party: str
    epoch: int
    index: int
    kind: str
    fresh: bool


def check_note(ring: Ring, place: Place, data: bytes) -> tuple[list[Key], int]:
    """The keys that signed the note of an entry, each where it may; and, when another party has
    disowned the head or receipt that it is, the size at which the key has ended (else -1)."""
    note = read_note(data)
    if place.kind == "keys":
        return [ring.admit(data).root if place.fresh else ring.known_roster(data).root], -1
    if place.kind == "cosigned":
        return check_cosigned(ring, place, note)
    found = signers(note, [key for key in ring.keys_of(note) if key.algorithm == NOTE_KEY])
    need(found, "no known key signed")
    own = place.kind != "received"
    rightly = any((key.name == place.party) == own for key in found)
    need(rightly, f"a {place.kind} note by the wrong party")
    if not own:
        return list(found), check_received(ring, place, list(found), note.text)
    for key in found:
        if key.name == place.party:
            ring.check_place(key, place.epoch, place.index)
    return list(found), -1


def check_received(ring: Ring, place: Place, keys: list[Key], text: bytes) -> int:
    """A receipt is by a key of the place that it names, all else by keys in force."""
    if text.startswith(b"parley/receipt/v1\n"):
        receipt = receipt_in(read_statement(text)[1])
        return speaker(ring, keys, receipt.log, receipt.index, once=not place.fresh)[1]
    for key in keys:
        in_force = ring.rosters[key.name].terms[-1].key == key
        need(in_force or not place.fresh, f"an ended key of {key.name}")
    return -1


def speaker(
    ring: Ring, keys: Iterable[Key], log: str, index: int, once: bool = False
) -> tuple[Key, int]:
    """The first key of the log's party that speaks at a place of its log, and -1.

    With `once`, and where none speaks any more, the first that the party has ended back to before
    the place, and the size at which it ended: the party has disowned what was signed."""
    party, epoch = log_of(log)
    own = [key for key in keys if key.name == party and key.algorithm == NOTE_KEY]
    need(own, f"no note key of {party} signed what is of {log}")
    roster = ring.rosters[party]
    speaking = [(key, -1) for key in own if roster.speaks(key, epoch, index)]
    ended = [(key, roster.ended_before(key, epoch, index)) for key in own] if once else []
    found = speaking + [(key, size) for key, size in ended if size >= 0]
    need(found, f"no key that speaks at index {index} of {log} signed")
    return found[0]


def check_cosigned(ring: Ring, place: Place, note: Note) -> tuple[list[Key], int]:
    """A head of another party's log, cosigned by the log's own party with keys then in force."""
    head = read_head(note.text)
    found, ended = open_head(ring, note, head, once=not place.fresh)
    need(log_of(head.origin)[0] != place.party, "a head of the log's own party")
    lines = [(key, at) for key, at in found.items() if key.algorithm != NOTE_KEY]
    own = [ring.counts(key, at) for key, at in lines if key.name == place.party]
    need(own and all(own), f"{place.party} did not cosign with a key in force")
    return list(found), ended


def open_head(ring: Ring, note: Note, head: Head, once: bool = False) -> tuple[dict[Key, int], int]:
    """The keys that signed a head, one of them a note key of the log's party (see `speaker`)."""
    found = signers(note, ring.keys_of(note), head)
    return found, speaker(ring, found, head.origin, max(head.size - 1, 0), once)[1]


def witnesses(ring: Ring, found: dict[Key, int], party: str) -> dict[str, int]:
    """Other parties that cosigned, each with its earliest second."""
    own = {key.public for key in ring.rosters[party].keys}
    times: dict[str, int] = {}
    for key, seconds in found.items():
        if key.algorithm == NOTE_KEY or not seconds or key.public in own or key.name == party:
            continue
        if ring.counts(key, seconds):
            times[key.name] = min(seconds, times.get(key.name, seconds))
    return times


# --- the log file --------------------------------------------------------------------------------


class Bytes:
    """Reading on from the front."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int, where: str) -> bytes:
        need(self.at + count <= len(self.data), "the file ends too early", where)
        self.at += count
        return self.data[self.at - count : self.at]

    def length(self, where: str) -> int:
        return int.from_bytes(self.take(4, where), "big")


@dataclass
class Log:
    """A verified log. `signed`: the indices of the notes that each key signed."""

    ring: Ring
    head: Head
    kinds: dict[str, int]
    signed: dict[Key, list[int]]
    witnesses: dict[str, int]


def verify_log(data: bytes, pinned: Iterable[Key] = ()) -> Log:
    """All that a log file proves; RefusedError names the entry that does not verify."""
    end = data.find(b"\n\n", 0, 2048) + 2
    file, ring, tree = Bytes(data), Ring(pinned), Tree()
    header = file.take(end, "header")
    party, epoch, root = located("header", read_header, header)
    chain = sha256(header).digest()
    need(file.take(32, "header") == chain, "the running hash differs", "header")
    signed: dict[Key, list[int]] = {}
    kinds: dict[str, int] = {}
    while length := file.length(where := f"entry {tree.size}"):
        leaf = file.take(length, where)
        chain = sha256(chain + leaf_hash(leaf)).digest()
        need(file.take(32, where) == chain, "the running hash differs", where)
        need(18 <= len(leaf) <= 17 + MAX_NOTE and leaf[0] in KINDS, "no kind, salt, note", where)
        place = Place(party, epoch, tree.size, KINDS[leaf[0]], fresh=True)
        for key in located(where, check_note, ring, place, leaf[17:])[0]:
            signed.setdefault(key, []).append(tree.size)
        owner = ring.rosters.get(party)
        need(tree.size or (owner and owner.root == root), "not the roster by the root", where)
        kinds[place.kind] = kinds.get(place.kind, 0) + 1
        tree.add(leaf_hash(leaf))
    checkpoint = file.take(file.length("checkpoint"), "checkpoint")
    chain = sha256(chain + sha256(checkpoint).digest()).digest()
    need(file.take(32, "checkpoint") == chain, "the running hash differs", "checkpoint")
    need(file.at == len(data), "bytes after the end", "checkpoint")
    head, times = located("checkpoint", read_last_head, ring, checkpoint)
    stated = (f"{party}/log/{epoch}", tree.size, tree.root())
    need((head.origin, head.size, head.root) == stated, "the head of other entries", "checkpoint")
    return Log(ring, head, kinds, signed, times)


def located(where: str, read: Any, *arguments: Any) -> Any:
    """What `read` returns; its refusal gets a place."""
    try:
        return read(*arguments)
    except RefusedError as refused:
        raise RefusedError(str(refused), where) from None


def read_header(header: bytes) -> tuple[str, int, Key]:
    lines = header.decode("utf-8", "replace").split("\n")
    need(len(lines) == 6 and lines[0] == "parley/log/v2", "not parley/log/v2 with four lines")
    party, epoch = log_of(f"{lines[1]}/log/{lines[2]}")
    root = read_vkey(lines[3])
    need(root.name == party and root.algorithm == NOTE_KEY, "a root of another name")
    return party, epoch, root


def read_last_head(ring: Ring, checkpoint: bytes) -> tuple[Head, dict[str, int]]:
    note = read_note(checkpoint)
    head = read_head(note.text)
    found, _ = open_head(ring, note, head)
    return head, witnesses(ring, found, log_of(head.origin)[0])


# --- exhibits: what one party signed and what cannot both be true --------------------------------


def check_exhibit(ring: Ring, value: Any) -> tuple[str, str]:
    """The accused and what is proved, by the document's table; refused when it is nothing."""
    names = "accused kind notes proof leaf_hash index"
    party, kind, notes, proof, leaf, index = members(value, names)
    need(text_of(kind) in EXHIBITS, "no kind of exhibit")
    need(len(list_of(notes)) == 2, "an exhibit has two notes")
    first, second = (unbase64(text) for text in notes)
    case = Exhibit(ring, text_of(party), hashes(proof, 127), unbase64(leaf), whole(index, -1))
    need(party in ring.rosters, f"no roster of {party!r}")
    need(len(case.leaf) in (0, 32), "a leaf hash of another length")
    if kind not in (
        "split-history",
        "split-entry",
        "receipt-contradicted",
        "decision-contradicted",
    ):
        need(not case.proof, "a proof that proves nothing")
    if kind not in ("split-entry", "receipt-contradicted"):
        need(not case.leaf and case.index == -1, "a leaf hash or index that proves nothing")
    proves, sentence = EXHIBITS[kind]
    need(proves(case, first, second), f"the exhibit does not prove: {sentence}")
    return party, sentence


@dataclass(frozen=True)
class Exhibit:
    ring: Ring
    accused: str
    proof: list[bytes]
    leaf: bytes
    index: int

    def own_keys(self, note: Note) -> list[Key]:
        """The accused's keys, which alone may have signed."""
        keys = self.ring.rosters[self.accused].keys
        only_known(note, keys)
        return keys

    def head(self, data: bytes) -> tuple[Head, int]:
        """A head of the accused, and the latest second of its own ML-DSA-44 lines (0: none)."""
        note = read_note(data)
        head, keys = read_head(note.text), self.own_keys(note)
        need(log_of(head.origin)[0] == self.accused, "the head of another party")
        found, _ = open_head(self.ring, note, head)
        own = [(key, at) for key, at in found.items() if key.algorithm == MLDSA_COSIGNER]
        times = [at for key, at in own if self.ring.counts(key, at)]
        return head, max(times, default=0) if keys else 0

    def receipt(self, data: bytes) -> Receipt:
        self.own_keys(read_note(data))
        return read_receipt(self.ring, data)[0]

    def words(self, data: bytes) -> tuple[str, dict[str, Any]]:
        note = read_note(data)
        need(signers(note, self.own_keys(note)), f"{self.accused} did not sign")
        return read_statement(note.text)

    def roster(self, data: bytes) -> Roster:
        roster = self.ring.known_roster(data)
        need(roster.party == self.accused, "the roster of another party")
        only_known(read_note(data), [roster.root])
        return roster


def is_split(case: Exhibit, first: bytes, second: bytes) -> bool:
    one, other = case.head(first)[0], case.head(second)[0]
    return one.origin == other.origin and one.size == other.size and one.root != other.root


def is_split_history(case: Exhibit, first: bytes, second: bytes) -> bool:
    old, new = case.head(first)[0], case.head(second)[0]
    past, now = implied_roots(old.size, new.size, case.proof)
    return old.origin == new.origin and now == new.root and past != old.root


def is_split_entry(case: Exhibit, first: bytes, second: bytes) -> bool:
    one, two = case.head(first)[0], case.head(second)[0]
    need(0 <= case.index < min(one.size, two.size) and case.proof, "no such place in both heads")
    other, cut = case.proof[0], 1 + path_length(case.index, one.size)
    check_inclusion(case.leaf, case.index, one.size, case.proof[1:cut], one.root)
    check_inclusion(other, case.index, two.size, case.proof[cut:], two.root)
    return one.origin == two.origin and other != case.leaf


def is_receipt_contradicted(case: Exhibit, first: bytes, second: bytes) -> bool:
    receipt, head = case.receipt(first), case.head(second)[0]
    need(case.index == receipt.index, "another index than the receipt's")
    check_inclusion(case.leaf, receipt.index, head.size, case.proof, head.root)
    return receipt.log == head.origin and receipt.leaf_hash != case.leaf


def is_receipt_beyond_head(case: Exhibit, first: bytes, second: bytes) -> bool:
    receipt, (head, seconds) = case.receipt(first), case.head(second)
    beyond = receipt.log == head.origin and head.size <= receipt.index
    return beyond and seconds * 1000 > receipt.at_ms


def is_receipt_for_another_note(case: Exhibit, first: bytes, leaf: bytes) -> bool:
    receipt = case.receipt(first)
    need(len(leaf) > 17 and leaf[0] in KINDS, "no leaf")
    same = leaf_hash(leaf) == receipt.leaf_hash
    return same and sha256(leaf[17:]).digest() != receipt.note_hash


def are_two_receipts(case: Exhibit, first: bytes, second: bytes) -> bool:
    one, other = case.receipt(first), case.receipt(second)
    same_place = (one.log, one.index) == (other.log, other.index)
    return same_place and (one.leaf_hash, one.note_hash) != (other.leaf_hash, other.note_hash)


def is_decision_contradicted(case: Exhibit, first: bytes, second: bytes) -> bool:
    kind, body = case.words(first)
    need(kind == "parley/decision/v1", "no decision")
    decision, head = read_decision(body), case.head(second)[0]
    need(
        decision.party == case.accused and decision.log == head.origin, "a decision by another log"
    )
    return past_root(decision.size, head, case.proof) not in (None, decision.root)


def are_two_rosters(case: Exhibit, first: bytes, second: bytes) -> bool:
    serials = {case.roster(first).serial, case.roster(second).serial}
    return len(serials) == 1 and read_note(first).text != read_note(second).text


def are_two_words(case: Exhibit, first: bytes, second: bytes) -> bool:
    (kind, one), (other_kind, other) = case.words(first), case.words(second)
    about = [one.get("item"), one.get("version"), one.get("number", 0)]
    need(all(type(value) in (int, str) for value in about), "words about no version of an item")
    one, other = ({k: v for k, v in body.items() if k != "copy_for"} for body in (one, other))
    same = all(one.get(name) == other.get(name) for name in ("item", "version", "number"))
    return kind == other_kind and same and one != other


EXHIBITS: dict[str, tuple[Callable[[Exhibit, bytes, bytes], bool], str]] = {
    "split": (is_split, "two heads of one size with different roots"),
    "split-history": (is_split_history, "a head whose past is not the older head"),
    "split-entry": (is_split_entry, "two entries at one place"),
    "receipt-contradicted": (is_receipt_contradicted, "another entry where a receipt says"),
    "receipt-beyond-head": (is_receipt_beyond_head, "a receipt older than a head without it"),
    "receipt-for-another-note": (is_receipt_for_another_note, "a receipt for another note"),
    "two-receipts": (are_two_receipts, "two receipts for one place"),
    "decision-contradicted": (is_decision_contradicted, "a decision that its log contradicts"),
    "two-rosters": (are_two_rosters, "two rosters of one serial"),
    "two-words": (are_two_words, "two wordings of one version"),
}


def path_length(index: int, size: int) -> int:
    """How many hashes an audit path has."""
    inner = (index ^ (size - 1)).bit_length()
    return inner + (index >> inner).bit_count()


def past_root(size: int, head: Head, proof: list[bytes]) -> bytes | None:
    """The root of the first `size` leaves of a head's log; None where no proof tells it."""
    if size == head.size or size == 0:
        need(not proof, "a proof where nothing is to be proven")
        return head.root if size else sha256().digest()
    if not proof:
        return None
    past, now = implied_roots(size, head.size, proof)
    need(now == head.root, "the proof does not lead to the head")
    return past


# --- decisions, receipts ------------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    party: str
    log: str
    size: int
    root: bytes
    heads: list[tuple[str, int, bytes]]


def read_decision(body: dict[str, Any]) -> Decision:
    names = "party log act ref role version at_ms size root heads findings"
    said = members(body, names)
    party, log, act, _, _ = (line_of(text) for text in said[:5])
    _, _, size = (whole(value) for value in said[5:8])
    seen, findings = list_of(said[9]), [line_of(finding) for finding in list_of(said[10])]
    need(act and log_of(log)[0] == party, "a decision about nothing, or by another party's log")
    need(all(findings) and len(set(findings)) == len(findings) <= 64, "bad findings")
    named = [members(each, "origin size root") for each in seen]
    heads = [(line_of(origin), whole(at), unhex(root)) for origin, at, root in named]
    origins = {origin for origin, _, _ in heads}
    need(all(origins) and len(origins) == len(heads) <= 64, "two heads of one log, or too many")
    return Decision(party, log, size, unhex(said[8]), heads)


def read_receipt(ring: Ring, data: bytes, once: bool = False) -> tuple[Receipt, Key, int]:
    """A receipt by a key of the place that it names (see `speaker`)."""
    note = read_note(data)
    kind, body = read_statement(note.text)
    need(kind == "parley/receipt/v1", "no receipt")
    receipt = receipt_in(body)
    found = signers(note, ring.keys_of(note))
    return receipt, *speaker(ring, found, receipt.log, receipt.index, once)


def line_of(value: Any) -> str:
    good = isinstance(value, str) and value.isprintable() and len(value) <= 400
    need(good, "no short printable line")
    return str(value)


# --- the evidence file --------------------------------------------------------------------------


@dataclass(frozen=True)
class SignedHead:
    """A verified head; `witnesses`: other parties that cosigned, each with its earliest second."""

    head: Head
    note: bytes
    witnesses: dict[str, int]


class Histories:
    """Heads proved to be one history: joined by links, or of one log, equal in size and root."""

    def __init__(self, heads: list[SignedHead]) -> None:
        self.heads = heads
        self.group = list(range(len(heads)))
        seen: dict[tuple[str, int, bytes], int] = {}
        for number, each in enumerate(heads):
            place = (each.head.origin, each.head.size, each.head.root)
            self.join(seen.setdefault(place, number), number)

    def join(self, one: int, other: int) -> None:
        keep, drop = self.group[one], self.group[other]
        self.group = [keep if group == drop else group for group in self.group]

    def bounds(self, number: int, index: int) -> tuple[int, int, dict[str, int]]:
        """Of an entry proved under head `number`: the largest cosigned head of the same history
        without it (-1: none), the latest second of a witness on that head (0: none), and the
        parties that cosigned a head with it, each with its earliest second."""
        before, size = -1, -1
        times: dict[str, int] = {}
        for each, signed in enumerate(self.heads):
            if self.group[each] != self.group[number]:
                continue
            if signed.head.size > index:
                for party, seconds in signed.witnesses.items():
                    times[party] = min(seconds, times.get(party, seconds))
            elif signed.witnesses and signed.head.size > size:
                before, size = each, signed.head.size
        return before, max(self.heads[before].witnesses.values()) if size >= 0 else 0, times


@dataclass
class Said:
    """A verified receipt of an item. `in_log`: whether the file shows it at its place. `ended_at`:
    its key has been ended since at that size, before its place (-1: it has not)."""

    receipt: Receipt
    by: Key
    note: bytes
    item: int
    ended_at: int
    in_log: bool | None = None


@dataclass
class Item:
    """A verified entry. `own`, `seen`: whether the heads that a decision names are the file's.
    `ended_at`: of a receipt or a head by another party, as in `Said`."""

    log: str
    index: int
    kind: str
    note: bytes
    note_hash: bytes
    leaf_hash: bytes
    signers: list[Key]
    type: str
    at_ms: int | None
    head: SignedHead
    not_before_s: int
    witnesses: dict[str, int]
    receipts: list[Said]
    ended_at: int
    decision: Decision | None = None
    own: bool | None = None
    seen: list[bool | None] | None = None


@dataclass
class Evidence:
    ring: Ring
    heads: list[SignedHead]
    items: list[Item]
    exhibits: list[tuple[str, str]]
    broken_links: int
    loose_logs: list[str]
    maker: str


def verify_evidence(data: bytes, pinned: Iterable[Key] = ()) -> Evidence:
    """All that an evidence file proves; RefusedError names the part that does not verify."""
    need(len(data) <= 64 * 2**20, "more than 64 MiB")
    first, _, rest = data.partition(b"\n")
    need(first == b"parley/evidence/v2" and rest.endswith(b"\n"), "not parley/evidence/v2")
    names = "rosters heads links items exhibits scope"
    rosters, notes, links, items, exhibits, scope = members(read_json(rest[:-1]), names)
    ring = Ring(pinned)
    each_part("rosters", rosters, 1024, lambda text: admit_only_root(ring, unbase64(text)))
    need(len(set(rosters)) == len(rosters), "a roster twice", "rosters")
    heads = each_part("heads", notes, 1024, lambda text: read_signed_head(ring, unbase64(text)))
    in_order("heads", [(h.head.origin, h.head.size, h.head.root, h.note) for h in heads])
    histories = Histories(heads)
    joined = each_part("links", links, 1024, lambda link: read_link(heads, link))
    in_order("links", [(old, new) for old, new, _ in joined])
    for old, new, same in joined:
        if same:
            histories.join(old, new)
    found = each_part("items", items, 10_000, lambda item: read_item(ring, histories, item))
    in_order("items", [(item.log, item.index) for item in found])
    lay_beside(heads, found)
    shown = each_part("exhibits", exhibits, 256, lambda exhibit: check_exhibit(ring, exhibit))
    in_order("exhibits", [spell(exhibit).encode() for exhibit in exhibits])
    logs = {each.head.origin: set[int]() for each in heads}
    for number, each in enumerate(heads):
        logs[each.head.origin].add(histories.group[number])
    loose = sorted(log for log, groups in logs.items() if len(groups) > 1)
    broken = sum(not same for _, _, same in joined)
    maker = located("scope", read_scope, scope)
    return Evidence(ring, heads, found, shown, broken, loose, maker)


def each_part(name: str, parts: Any, most: int, read: Callable[[Any], Any]) -> list[Any]:
    need(isinstance(parts, list) and len(parts) <= most, f"no list of at most {most}", name)
    return [located(f"{name}[{number}]", read, part) for number, part in enumerate(parts)]


def in_order(name: str, keys: list[Any]) -> None:
    need(all(a < b for a, b in itertools.pairwise(keys)), "parts twice or out of order", name)


def only_known(note: Note, keys: Iterable[Key]) -> None:
    known = {(key.name, key.id) for key in keys}
    strangers = [name for name, key_id, _ in note.signatures if (name, key_id) not in known]
    need(not strangers, f"a signature line by another key, of {strangers[:1]}")


def admit_only_root(ring: Ring, data: bytes) -> None:
    only_known(read_note(data), [ring.admit(data).root])


def read_signed_head(ring: Ring, data: bytes) -> SignedHead:
    note = read_note(data)
    only_known(note, ring.keys_of(note))
    head = read_head(note.text)
    found, _ = open_head(ring, note, head)
    return SignedHead(head, data, witnesses(ring, found, log_of(head.origin)[0]))


def read_link(heads: list[SignedHead], value: Any) -> tuple[int, int, bool]:
    """Numbers of two heads, and whether the proof makes them one history: else the log forked."""
    old, new, proof = members(value, "old new proof")
    one, other = numbered(heads, old).head, numbered(heads, new).head
    need(one.origin == other.origin, "heads of two logs")
    past, now = implied_roots(one.size, other.size, hashes(proof, 64))
    need(now == other.root, "the proof does not lead to the newer head")
    return old, new, past == one.root


def hashes(proof: Any, most: int) -> list[bytes]:
    steps = [unbase64(step) for step in list_of(proof)]
    need(len(steps) <= most, "too many hashes")
    need(all(len(step) == 32 for step in steps), "a hash of another length")
    return steps


def numbered(parts: list[SignedHead], number: Any) -> SignedHead:
    place = whole(number)
    need(place < len(parts), f"no part {place}")
    return parts[place]


def read_item(ring: Ring, histories: Histories, value: Any) -> Item:
    names = "log index kind salt note head proof before receipts history"
    log, index, kind, salt, note, number, proof, before, receipts, history = members(value, names)
    signed = numbered(histories.heads, number)
    head, data, salted = signed.head, unbase64(note), unbase64(salt)
    need(head.origin == log, "the head of another log")
    code = {name: code for code, name in KINDS.items()}.get(text_of(kind), 0)
    need(code and len(salted) == 16, "no kind or no salt")
    party, epoch = log_of(log)
    keys, ended_at = check_note(ring, Place(party, epoch, whole(index), kind, fresh=False), data)
    leaf = leaf_hash(bytes([code]) + salted + data)
    check_inclusion(leaf, index, head.size, hashes(proof, 63), head.root)
    lower, not_before, times = histories.bounds(number, index)
    need(whole(before, -1) == lower, f"{before} is not the cosigned head before, {lower} is")
    need(len(list_of(receipts)) <= 64, "too many receipts")
    said = [read_said(ring, data, receipt) for receipt in receipts]
    in_order("receipts", [each.note for each in said])
    type_line, body = statement_in(data)
    at_ms = body.get("at_ms")
    item = Item(
        log, index, kind, data, sha256(data).digest(), leaf, keys, type_line,
        at_ms if type(at_ms) is int else None, signed, not_before, times, said, ended_at,
    )  # fmt: skip
    read_past(item, hashes(history, 64), body)
    return item


def read_past(item: Item, history: list[bytes], body: dict[str, Any]) -> None:
    """A decision, and whether its own log's past is as it names it."""
    if item.kind == "decision" and item.type == "parley/decision/v1":
        item.decision = read_decision(body)
    decision = item.decision
    if decision and decision.log == item.log:
        past = past_root(decision.size, item.head.head, history)
        item.own = None if past is None else past == decision.root
    else:
        need(not history, "a history without a decision by this log")


def statement_in(data: bytes) -> tuple[str, dict[str, Any]]:
    try:
        return read_statement(read_note(data).text)
    except RefusedError:
        return "", {}


def read_said(ring: Ring, said: bytes, value: Any) -> Said:
    """A receipt for the note `said`."""
    text, item = members(value, "note item")
    data = unbase64(text)
    note = read_note(data)
    only_known(note, ring.keys_of(note))
    receipt, by, ended_at = read_receipt(ring, data, once=True)
    need(receipt.note_hash == sha256(said).digest(), "a receipt for another note")
    return Said(receipt, by, data, whole(item, -1), ended_at)


def lay_beside(heads: list[SignedHead], items: list[Item]) -> None:
    """Receipts beside the entries at their places, heads that decisions name beside the heads."""
    by_note = {item.note: number for number, item in enumerate(items)}
    by_place = {(item.log, item.index): item for item in items}
    shown = [each.head for each in heads]
    seen = [item for item in items if item.kind == "cosigned" and item.ended_at < 0]
    shown += [read_head(read_note(item.note).text) for item in seen]
    roots: dict[tuple[str, int], set[bytes]] = {}
    for head in shown:
        roots.setdefault((head.origin, head.size), set()).add(head.root)
    for number, item in enumerate(items):
        for said in item.receipts:
            of = by_note.get(said.note, -1)
            need(said.item == of, f"the receipt is item {of}", f"items[{number}]")
            there = by_place.get((said.receipt.log, said.receipt.index))
            promised = (said.receipt.leaf_hash, said.receipt.note_hash)
            said.in_log = (there.leaf_hash, there.note_hash) == promised if there else None
        if item.decision:
            named = [(roots.get((log, size)), root) for log, size, root in item.decision.heads]
            item.seen = [root in known if known else None for known, root in named]


def read_scope(scope: Any) -> str:
    names = "maker made_ms refs from_ms until_ms remarks"
    maker, made, refs, start, end, remarks = members(scope, names)
    texts = [line_of(text) for text in [maker, *list_of(refs), *list_of(remarks)]]
    need(len(texts) <= 1024, "too many texts")
    for value, least in ((made, 0), (start, -1), (end, -1)):
        whole(value, least)
    return texts[0]


# --- the report ----------------------------------------------------------------------------------


def clock(at_ms: int) -> str:
    try:
        moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{at_ms} ms"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def cosigners(times: dict[str, int]) -> str:
    seen = [f"{party} at {clock(at * 1000)}" for party, at in sorted(times.items())]
    return ", ".join(seen) or "nobody"


def shown(text: str) -> str:
    """A note's words, with nothing in them that could mislead a terminal or a reader."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)[:400]


def roots(ring: Ring) -> Iterator[str]:
    yield "Whose keys:"
    for party, roster in sorted(ring.rosters.items()):
        pinned = "root pinned by you" if ring.is_pinned(party) else "ONLY NAMED BY THIS FILE"
        yield f"  {party}: {pinned}, fingerprint {roster.root.fingerprint}"


def log_report(log: Log, quorum: int) -> Iterator[str]:
    yield f"The whole log {log.head.origin}: {log.head.size} entries, root {log.head.root.hex()}."
    yield from roots(log.ring)
    yield "Who signed in it:"
    for key, at in log.signed.items():
        yield f"  {key.name} (key {key.id.hex()}): {len(at)} notes, index {at[0]} to {at[-1]}"
    yield "Entries: " + ", ".join(f"{count} {kind}" for kind, count in sorted(log.kinds.items()))
    met = "witnessed" if len(log.witnesses) >= quorum else "UNWITNESSED"
    yield f"Its last head is {met} ({len(log.witnesses)} of {quorum}): {cosigners(log.witnesses)}"


def evidence_report(found: Evidence, quorum: int) -> Iterator[str]:
    yield f"Evidence: {len(found.items)} items. What it is said to be about is not proved."
    yield from roots(found.ring)
    for number, item in enumerate(found.items):
        yield from item_report(number, item, quorum)
    for party, sentence in found.exhibits:
        by = party if found.ring.is_pinned(party) else f"whoever made the keys called {party}"
        yield f"Proved against {by}: {sentence}."
    yield from (f"Heads of {log} are NOT all proved one history." for log in found.loose_logs)
    if found.broken_links:
        yield f"{found.broken_links} links lead to ANOTHER PAST: the log forked."


def item_report(number: int, item: Item, quorum: int) -> Iterator[str]:
    names = ", ".join(sorted({key.name for key in item.signers}))
    yield f"{number}. {names} signed {item.type or 'a note'} {item.note_hash.hex()}"
    size = item.head.head.size
    lines = read_note(item.note).text.decode().split("\n")
    yield f"   {shown(lines[1] if item.type else lines[0])}"
    yield f"   {item.kind}, index {item.index} of {item.log}, under its head of size {size}"
    if item.at_ms is not None:
        outside = " (OUTSIDE the bounds below)" if claim_within(item) is False else ""
        yield f"   at {clock(item.at_ms)} by its author's own clock{outside}"
    met = "witnessed" if len(item.witnesses) >= quorum else "UNWITNESSED"
    yield f"   {met} ({len(item.witnesses)} of {quorum}): {cosigners(item.witnesses)}"
    if item.not_before_s:
        yield f"   not yet shown to witnesses at {clock(item.not_before_s * 1000)} by their clocks"
    for said in item.receipts:
        there = {None: "not shown here", True: "shown there", False: "ANOTHER ENTRY IS THERE"}
        yield f"   receipt by {said.by.name}: index {said.receipt.index} of {said.receipt.log}"
        yield f"      at {clock(said.receipt.at_ms)} by its own clock; {there[said.in_log]}"
        if said.ended_at >= 0:
            yield f"      DISOWNED: its key ended at size {said.ended_at}, before that place;"
            yield f"      whether {said.by.name} or a thief signed it can not be known"
    if item.ended_at >= 0:
        yield f"   DISOWNED: its key ended at size {item.ended_at}, before the place it names"
    if item.decision:
        words = {None: "not shown", True: "as named", False: "NOT as named"}
        seen = [words[each] for each in item.seen or []]
        yield f"   a decision; its own log then: {words[item.own]}; heads seen: {', '.join(seen)}"


def claim_within(item: Item) -> bool | None:
    """Whether the author's time lies within the bounds, give or take 30 s; None: no telling.

    What was received may have been said long before, so only the later bound counts for it.
    """
    before_s = 0 if item.kind == "received" else item.not_before_s
    if item.at_ms is None or not (item.witnesses or before_s):
        return None
    late = item.witnesses and item.at_ms > min(item.witnesses.values()) * 1000 + 999 + SLACK_MS
    return not (late or (before_s and item.at_ms < before_s * 1000 - SLACK_MS))


LIMITS = """Not checked: whether statements are true, who held a key when it signed, what was left
out, and contradictions between parts of the file other than those named above."""


def main(arguments: list[str]) -> int:
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(description="Verify a Parley log or evidence file.")
    parser.add_argument("file")
    parser.add_argument("--root", action="append", default=[], metavar="VKEY", help="pin a root")
    parser.add_argument("--quorum", type=int, default=1, help="witnesses asked for an entry")
    options = parser.parse_args(arguments)
    try:
        data = Path(options.file).read_bytes()
        pinned = [located("--root", read_vkey, text) for text in options.root]
    except (OSError, RefusedError) as error:
        print(f"cannot read: {error}", file=sys.stderr)
        return 2
    try:
        if data.startswith(b"parley/log/"):
            lines = log_report(verify_log(data, pinned), options.quorum)
        elif data.startswith(b"parley/evidence/"):
            lines = evidence_report(verify_evidence(data, pinned), options.quorum)
        else:
            print("cannot read: neither a log file nor an evidence file", file=sys.stderr)
            return 2
        alone = (
            ""
            if pinned
            else ": its parts belong together. NO ROOT IS PINNED: anyone can invent keys"
        )
        print(f"VERIFIED{alone}", *lines, LIMITS, sep="\n")
    except RefusedError as refused:
        print(f"NOT VERIFIED: {refused}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
