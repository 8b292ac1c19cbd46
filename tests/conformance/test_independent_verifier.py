"""Two verifiers, one verdict: parley.ledger and verifier/parley_verify.py, which share no code.

Each file is built with the main code, changed by a hostile hand, and read by both. They must
accept and refuse the same files and find the same facts in what they accept.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import ForgedError, InputError, ParleyError
from parley.ledger import (
    Checkpoint,
    Roster,
    SigningKey,
    Term,
    Tree,
    VerifyKey,
    WitnessKey,
    check_successor,
    decode,
    fingerprint,
    open_note,
    open_roster,
    parse,
    parse_checkpoint,
    root_hash,
    seal,
    seal_roster,
    sign,
    sign_checkpoint,
    signature_lines,
    verify_log,
)
from parley.ledger.roster import roster_body

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("PARLEY_SHARED") or ROOT / "../shared")
SCRIPT = ROOT / "verifier" / "parley_verify.py"


def load() -> Any:
    """The script as a stranger would have it: one file, no package."""
    if not SCRIPT.exists():
        pytest.skip("verifier/ is no part of this source archive", allow_module_level=True)
    spec = importlib.util.spec_from_file_location("parley_verify", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["parley_verify"] = module
    spec.loader.exec_module(module)
    return module


other: Any = load()


def test_it_shares_no_code_with_parley() -> None:
    lines = SCRIPT.read_text().splitlines()
    imported = {
        line.split()[1].split(".")[0] for line in lines if line.startswith(("from ", "import "))
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


# --- one primitive after the other ---------------------------------------------------------------


def vectors(name: str) -> Any:
    path = SHARED / "vectors" / name
    if not path.exists():
        pytest.skip(f"public vectors {name} are absent")
    return json.loads(path.read_text())


def main_takes(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey("vector", public).verify(message, signature)
    except (InputError, ForgedError):
        return False
    return True


def test_ed25519_every_cctv_vector() -> None:
    """914 edge cases: points of small and mixed order, second spellings, of A and of R."""
    for case in vectors("cctv-ed25519.json"):
        public, message = bytes.fromhex(case["key"]), case["msg"].encode()
        signature = bytes.fromhex(case["sig"])
        ours = other.ed25519_verifies(public, signature, message)
        assert ours is main_takes(public, message, signature), case["number"]
        assert ours is (not case["flags"]), case["number"]


def test_ed25519_every_wycheproof_vector() -> None:
    for group in vectors("wycheproof-ed25519.json")["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            ours = other.ed25519_verifies(public, signature, message)
            assert ours is main_takes(public, message, signature), case["tcId"]
            assert ours is (case["result"] == "valid"), case["tcId"]


@given(st.binary(min_size=32, max_size=32))
def test_both_enrol_the_same_points(public: bytes) -> None:
    """Half of all strings are points, an eighth of these of prime order."""
    try:
        VerifyKey("x", public)
        enrolled = True
    except InputError:
        enrolled = False
    assert other.is_safe_point(public) is enrolled


def test_an_s_beyond_the_group_order_is_refused() -> None:
    key = SigningKey("x", bytes(range(32)))
    good = key.sign(b"said")
    beyond = good[:32] + (int.from_bytes(good[32:], "little") + other.ORDER).to_bytes(32, "little")
    assert other.ed25519_verifies(key.verifier.public, good, b"said")
    assert not other.ed25519_verifies(key.verifier.public, beyond, b"said")


def test_mldsa_keys_under_which_anybody_can_sign_are_refused() -> None:
    raw = b"\x06" + bytes(1312)
    vkey = f"x+{sha256(b'x' + bytes([10]) + raw).hexdigest()[:8]}+{base64.b64encode(raw).decode()}"
    with pytest.raises(other.RefusedError, match="anybody can sign"):
        other.read_vkey(vkey)
    with pytest.raises(ParleyError):
        VerifyKey.from_vkey(vkey)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=9,
)
SPELLINGS: list[Callable[[Any], str]] = [
    lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
    lambda value: json.dumps(value, separators=(",", ":"), sort_keys=True),
    lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True),
    lambda value: "[" * 9 + json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "]" * 9,
]
ODD_JSON = [
    b'{"a":1,"a":1}', b"-0", b"1.0", b"1e3", b"NaN", b"01", b'"\\ud800"', b'"\\u000B"', b'"\\/"',
    b'"\xed\xa0\x80"', b"\xef\xbb\xbf1", b"1" * 5000, b"[" * 9999, b"[" * 16 + b"1" + b"]" * 16,
    b"[" * 17 + b"]" * 17, '{"\U0001f600":1,"\ue000":2}'.encode(), b'"\x7f"', b"", b"1 ", b"\x00",
    '{"\ue000":1,"\U0001f600":2}'.encode(), b"9007199254740992", b"-9007199254740991",
]  # fmt: skip


def agree_on_json(data: bytes) -> None:
    try:
        main: Any = ("read", decode(data))
    except ParleyError:
        main = None
    try:
        ours: Any = ("read", other.read_json(data))
    except other.RefusedError:
        ours = None
    assert ours == main, data


@given(JSON, st.sampled_from(SPELLINGS))
def test_both_read_the_same_json(value: Any, spell: Callable[[Any], str]) -> None:
    agree_on_json(spell(value).encode())


@pytest.mark.parametrize("data", ODD_JSON)
def test_both_read_the_same_odd_json(data: bytes) -> None:
    agree_on_json(data)


def test_inclusion_and_consistency_vectors() -> None:
    """transparency-dev's 98 and 98; an old size that is a power of two gets its root in front."""
    folder = SHARED / "vectors"
    if not folder.exists():
        pytest.skip("public vectors are absent")
    for path in sorted((folder / "merkle-inclusion").rglob("*.json")):
        case = json.loads(path.read_text())
        proof = [base64.b64decode(step) for step in case["proof"] or []]
        leaf, root = (base64.b64decode(case[name] or "") for name in ("leafHash", "root"))
        arguments = (leaf, case["leafIdx"], case["treeSize"], proof, root)
        assert accepts(other.check_inclusion, *arguments) is not bool(case.get("wantErr")), path
    for path in sorted((folder / "merkle-consistency").rglob("*.json")):
        case = json.loads(path.read_text())
        old, new = case["size1"], case["size2"]
        if not 0 < old < new:
            continue
        roots = tuple(base64.b64decode(case[name] or "") for name in ("root1", "root2"))
        proof = [base64.b64decode(step) for step in case["proof"] or []]
        proof = [roots[0], *proof] if old & (old - 1) == 0 else proof
        try:
            found = other.implied_roots(old, new, proof) == roots
        except other.RefusedError:
            found = False
        assert found is not bool(case.get("wantErr")), path


def accepts(check: Callable[..., Any], *arguments: Any) -> bool:
    try:
        check(*arguments)
    except other.RefusedError:
        return False
    return True


# --- whole logs ----------------------------------------------------------------------------------

Notes = Sequence[tuple[int, bytes]]
Line = tuple[int, SigningKey]


class Party:
    """Every key a party ever has, the same in every run."""

    def __init__(self, name: str) -> None:
        self.name, self.log = name, f"{name}/log/1"
        self.root, self.next_root = self.key("root"), self.key("next root")
        self.first, self.second = self.key("first"), self.key("second")
        self.witness, self.quantum = self.key("witness", 4), self.key("quantum", 6)
        self.roster = self.sign_roster([(self.first, 1, 0, None)])

    def key(self, what: str, algorithm: int = 1) -> SigningKey:
        return SigningKey(self.name, sha256(f"{what} of {self.name}".encode()).digest(), algorithm)

    def sign_roster(
        self,
        terms: Sequence[tuple[SigningKey, int, int, int | None]],
        *,
        serial: int = 1,
        root: SigningKey | None = None,
        next_root: SigningKey | None = None,
        ended_s: int | None = None,
        witness: SigningKey | None = None,
    ) -> bytes:
        root = root or self.root
        roster = Roster(
            self.name,
            serial=serial,
            epoch=terms[-1][1],
            at_ms=serial,
            root=root.verifier,
            terms=tuple(
                Term(key.verifier, epoch, first, last, "" if last is None else "rotated")
                for key, epoch, first, last in terms
            ),
            witnesses=(
                WitnessKey((witness or self.witness).verifier, ended_s),
                WitnessKey(self.quantum.verifier),
            ),
            next_root=root_hash(next_root.verifier) if next_root else "",
        )
        return seal_roster(roster, root)

    def rotated(self, at: int, room: int = 0) -> bytes:
        terms = [(self.first, 1, 0, at + room), (self.second, 1, at, None)]
        return self.sign_roster(terms, serial=2)

    def says(self, text: str = "said", *also: SigningKey) -> bytes:
        return seal("parley/msg/v1", {"text": text}, self.first, *also)

    def receipt(self, index: int, key: SigningKey | None = None, log: str = "") -> bytes:
        """A receipt as a liar too could sign it."""
        stamp: dict[str, Any] = {"note_hash": "cd" * 32, "leaf_hash": "ab" * 32, "at_ms": 7}
        stamp |= {"index": index, "log": log or self.log}
        return seal("parley/receipt/v1", stamp, key or self.first)

    def head(self, size: int, *keys: SigningKey, lines: Sequence[Line] = ()) -> bytes:
        signed = keys or (self.first, self.quantum)
        return cosigned(
            sign_checkpoint(Checkpoint(self.log, size, b"\x07" * 32), *signed, at_s=9), lines
        )


def cosigned(head: bytes, lines: Iterable[Line]) -> bytes:
    text = parse(head).text
    return head + b"".join(signature_lines(text, key, at_s=at_s) for at_s, key in lines)


IL, RU, US = Party("il.example"), Party("ru.example"), Party("us.example")
BASE = [(4, IL.roster), (4, RU.roster)]


def pack(header: bytes, leaves: Sequence[bytes], checkpoint: bytes) -> bytes:
    """A file whose running hashes are right, whatever is in it."""
    chain = sha256(header).digest()
    out = [header, chain]
    for leaf in leaves:
        chain = sha256(chain + sha256(b"\x00" + leaf).digest()).digest()
        out += [len(leaf).to_bytes(4, "big"), leaf, chain]
    end = sha256(chain + sha256(checkpoint).digest()).digest()
    return b"".join((*out, bytes(4), len(checkpoint).to_bytes(4, "big"), checkpoint, end))


def unpack(data: bytes) -> tuple[bytes, list[bytes], bytes]:
    end = data.index(b"\n\n") + 2
    at, leaves = end + 32, []
    while length := int.from_bytes(data[at : at + 4], "big"):
        leaves.append(data[at + 4 : at + 4 + length])
        at += 4 + length + 32
    return data[:end], leaves, data[at + 8 : -32]


def log_of(
    notes: Notes,
    *,
    keys: Sequence[SigningKey] = (IL.first, IL.quantum),
    lines: Sequence[Line] = (),
    epoch: int = 1,
    root: SigningKey = IL.root,
    origin: str = "",
) -> bytes:
    """The log of il.example: these entries, a head signed by these keys and cosigned so."""
    leaves = [
        bytes([kind]) + sha256(b"%d" % n).digest()[:16] + note
        for n, (kind, note) in enumerate(notes)
    ]
    tree = Tree(sha256(b"\x00" + leaf).digest() for leaf in leaves)
    head = Checkpoint(origin or f"il.example/log/{epoch}", tree.size, tree.root())
    checkpoint = cosigned(sign_checkpoint(head, *keys, at_s=5), lines)
    header = f"parley/log/v2\nil.example\n{epoch}\n{root.verifier.to_vkey()}\n\n".encode()
    return pack(header, leaves, checkpoint)


def main_log(data: bytes, pins: Sequence[VerifyKey]) -> Any:
    try:
        report = verify_log(data, pinned=list(pins) or None)
    except ParleyError:
        return None
    return {
        "log": report.checkpoint.origin,
        "size": report.size,
        "root": report.root_hex,
        "kinds": {kind.name.lower(): count for kind, count in report.counts.items() if count},
        "signers": {
            s.key.to_vkey(): (s.notes, s.first_index, s.last_index) for s in report.signers
        },
        "witnesses": set(report.cosigners),
        "pinned": report.key_pinned,
    }


def other_log(data: bytes, pins: Sequence[VerifyKey]) -> Any:
    try:
        report = other.verify_log(data, [other.read_vkey(pin.to_vkey()) for pin in pins])
    except other.RefusedError:
        return None
    return {
        "log": report.head.origin,
        "size": report.head.size,
        "root": report.head.root.hex(),
        "kinds": report.kinds,
        "signers": {key.vkey: (len(at), at[0], at[-1]) for key, at in report.signed.items()},
        "witnesses": set(report.witnesses),
        "pinned": report.ring.is_pinned("il.example"),
    }


def agree_on_log(data: bytes, pins: Sequence[VerifyKey] = ()) -> bool:
    """Whether both accept; fails when they differ."""
    main, ours = main_log(data, pins), other_log(data, pins)
    assert ours == main
    return main is not None


ROTATED, ROOMY, RU_ROTATED = IL.rotated(3), IL.rotated(3, room=2), RU.rotated(5)
ENDED_IL = IL.sign_roster([(IL.first, 1, 0, None)], serial=2, ended_s=7)
ENDED_RU = RU.sign_roster([(RU.first, 1, 0, None)], serial=2, ended_s=7)
MOVED = IL.sign_roster([(IL.first, 1, 0, 9), (IL.second, 2, 0, None)], serial=2)
NAMED = RU.sign_roster([(RU.first, 1, 0, None)], serial=2, next_root=RU.next_root)
NEXT = RU.sign_roster([(RU.first, 1, 0, None)], serial=3, root=RU.next_root)
BY_SECOND = seal("parley/msg/v1", {}, IL.second)
LATER = {"keys": (IL.second, IL.quantum)}
NOT_JSON = b"parley/receipt/v1\n{ }\n"
TEXT = b"no statement\nat all\nbut\nfour lines\n"
SEEN, LAST = (9, IL.witness), (7, IL.witness)


def il(*more: tuple[int, bytes], pins: Sequence[SigningKey] = (), **how: Any) -> tuple[bytes, Any]:
    return log_of([*BASE, *more], **how), [pin.verifier for pin in pins]


TAKEN: dict[str, tuple[bytes, Any]] = {
    "rosters only": il(),
    "pinned": il(pins=[IL.root, RU.root]),
    "another party pinned": il(pins=[US.root]),
    "every kind": il(
        (1, IL.says()), (2, RU.says()), (3, RU.head(3, lines=[SEEN])), (4, US.roster),
        (5, IL.says("hold")), (6, IL.says("seen")), (2, US.says()), (2, RU.receipt(2)),
    ),
    "sent, cosigned by the addressee": il((1, IL.says("both", RU.first))),
    "received, signed by both": il((2, IL.says("both", RU.first))),
    "a note that is no statement": il((1, sign(TEXT, IL.first)), (2, sign(TEXT, RU.first))),
    "a head as received": il((2, RU.head(3))),
    "the same roster twice": il((4, RU.roster), (4, IL.roster)),
    "old key below its last index": il((4, ROOMY), (1, IL.says()), **LATER),
    "new key": il((4, ROTATED), (1, BY_SECOND), **LATER),
    "head by the old key, within its room": il((4, ROOMY)),
    "a receipt by an ended key within its term": il((4, RU_ROTATED), (2, RU.receipt(4))),
    "a receipt by the new key": il((4, RU_ROTATED), (2, RU.receipt(5, RU.second))),
    "a head by an ended key within its term": il((4, RU_ROTATED), (3, RU.head(5, lines=[SEEN]))),
    "cosigned by ML-DSA-44 only": il((3, RU.head(3, lines=[(9, IL.quantum)]))),
    "cosigned by a stranger too": il((3, RU.head(3, lines=[SEEN, (9, US.witness)]))),
    "cosigned in its key's last second": il((4, ENDED_IL), (3, RU.head(3, lines=[LAST]))),
    "a head of nothing": il((3, RU.head(0, lines=[SEEN]))),
    "last head cosigned": il(lines=[(7, RU.witness), (3, RU.quantum)]),
    "last head cosigned by a stranger": il(lines=[(7, US.witness)]),
    "last head without ML-DSA-44": il(keys=[IL.first]),
    "a root announced and used": il((4, NAMED), (4, NEXT)),
    "a root announced and used, the old one pinned": il((4, NAMED), (4, NEXT), pins=[RU.root]),
    "a root announced and used, both pinned": il(
        (4, NAMED), (4, NEXT), pins=[RU.root, RU.next_root]
    ),
    "a second epoch": (log_of([(4, MOVED), (1, BY_SECOND)], keys=[IL.second], epoch=2), []),
}  # fmt: skip

REFUSED: dict[str, tuple[bytes, Any]] = {
    "another root pinned": il(pins=[IL.next_root]),
    "another root of a peer pinned": il(pins=[RU.next_root]),
    "the root to come pinned": il((4, NAMED), (4, NEXT), pins=[RU.next_root]),
    "no entry": (log_of([]), []),
    "no roster first": (log_of([(1, IL.says())]), []),
    "a peer's roster first": (log_of([(4, RU.roster), (4, IL.roster)]), []),
    "another root in the header": (log_of(BASE, root=IL.next_root), []),
    "kind 0": il((0, IL.says())),
    "kind 7": il((7, IL.says())),
    "sent by a peer": il((1, RU.says())),
    "decided by a peer": il((5, RU.says())),
    "observed by a peer": il((6, RU.says())),
    "received from ourselves": il((2, IL.says())),
    "received from a stranger": il((2, US.says())),
    "signed by the root": il((1, seal("parley/msg/v1", {}, IL.root))),
    "a message as roster": il((4, IL.says())),
    "a roster as received": il((2, RU.roster)),
    "a roster by another root": il((4, NEXT)),
    "an older roster": il((4, RU_ROTATED), (4, RU.roster)),
    "another roster of the same serial": il((4, RU.sign_roster([(RU.second, 1, 0, None)]))),
    "a roster that rewrites": il((4, RU.sign_roster([(RU.second, 1, 0, None)], serial=2))),
    "a peer's ended key": il((4, RU_ROTATED), (2, RU.says())),
    "a peer's ended key beside its new one": il((4, RU_ROTATED), (2, RU.says("x", RU.second))),
    "old key at its last index": il((4, ROTATED), (1, IL.says()), **LATER),
    "old key after its room": il((4, ROOMY), *[(1, BY_SECOND)] * 2, (1, IL.says()), **LATER),
    "new key before its roster": il((1, BY_SECOND)),
    "head by the old key": il((4, ROTATED), (1, BY_SECOND)),
    "head by the new key, too early": il((4, IL.rotated(4)), keys=[IL.second]),
    "a receipt by the old key": il((4, RU_ROTATED), (2, RU.receipt(5))),
    "a receipt by the new key, too early": il((4, RU_ROTATED), (2, RU.receipt(4, RU.second))),
    "a receipt of another epoch": il((2, RU.receipt(1, log="ru.example/log/2"))),
    "a receipt that is none": il((2, sign(NOT_JSON, RU.first))),
    "a head by an ended key": il((4, RU_ROTATED), (3, RU.head(6, lines=[SEEN]))),
    "a head by a key to come": il((4, RU_ROTATED), (3, RU.head(5, RU.second, lines=[SEEN]))),
    "cosigned by nobody": il((3, RU.head(3))),
    "cosigned with a note key": il((3, RU.head(3, RU.first, IL.first))),
    "cosigned by another party": il((4, US.roster), (3, RU.head(3, lines=[(9, US.witness)]))),
    "cosigned after its key had ended": il((4, ENDED_IL), (3, RU.head(3, lines=[(8, IL.witness)]))),
    "our own head cosigned": il((3, IL.head(3, lines=[SEEN]))),
    "a message cosigned": il((3, IL.says("x", RU.first))),
    "the head of a stranger": il((3, US.head(3, lines=[SEEN]))),
    "last head by a peer": il(keys=[RU.first]),
    "last head by the root": il(keys=[IL.root]),
    "last head of another log": il(origin="il.example/log/2"),
    "another epoch's roster": (log_of([(4, IL.roster)], epoch=2), []),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_both_take_the_log(name: str) -> None:
    assert agree_on_log(*TAKEN[name]) is True


@pytest.mark.parametrize("name", REFUSED)
def test_both_refuse_the_log(name: str) -> None:
    assert agree_on_log(*REFUSED[name]) is False


RICH = TAKEN["every kind"][0]


@given(st.integers(0, 8 * len(RICH) - 1))
def test_logs_with_a_flipped_bit(place: int) -> None:
    bad = bytearray(RICH)
    bad[place // 8] ^= 1 << place % 8
    assert agree_on_log(bytes(bad)) is False


@given(st.integers(0, len(RICH)), st.binary(max_size=3), st.integers(0, 3))
def test_logs_with_bytes_lost_or_put_in(place: int, more: bytes, less: int) -> None:
    changed = RICH[:place] + more + RICH[place + less :]
    assert agree_on_log(changed) is (changed == RICH)


@given(st.data())
def test_logs_changed_by_a_forger_who_mends_the_running_hashes(data: st.DataObject) -> None:
    """Entries swapped, repeated, dropped, salted anew, called another kind; heads of other logs."""
    header, leaves, checkpoint = unpack(RICH)
    for _ in range(data.draw(st.integers(1, 2))):
        at, to = (data.draw(st.integers(0, len(leaves) - 1)) for _ in range(2))
        leaf = leaves[at]
        what = data.draw(
            st.sampled_from(["swap", "repeat", "drop", "salt", "kind", "flip", "head"])
        )
        if what == "swap":
            leaves[at], leaves[to] = leaves[to], leaves[at]
        elif what == "repeat":
            leaves.insert(to, leaf)
        elif what == "drop" and len(leaves) > 1:
            del leaves[at]
        elif what == "salt":
            leaves[at] = leaf[:1] + data.draw(st.binary(min_size=16, max_size=16)) + leaf[17:]
        elif what == "kind":
            leaves[at] = bytes([data.draw(st.integers(0, 9))]) + leaf[1:]
        elif what == "flip":
            place = data.draw(st.integers(0, len(leaf) - 1))
            leaves[at] = leaf[:place] + bytes([leaf[place] ^ 1]) + leaf[place + 1 :]
        else:
            checkpoint = unpack(data.draw(st.sampled_from(sorted(TAKEN.values())))[0])[2]
    forged = pack(header, leaves, checkpoint)
    assert agree_on_log(forged) is (forged == RICH)


@settings(max_examples=60)
@given(st.data())
def test_logs_of_any_entries_signed_by_an_owner_who_lies(data: st.DataObject) -> None:
    """The owner signs a head over entries of any kind in any order; the notes may be wrong."""
    notes = sorted(
        {leaf[17:] for log, _ in (*TAKEN.values(), *REFUSED.values()) for leaf in unpack(log)[1]}
    )
    chosen = data.draw(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(notes)), max_size=3))
    keys = data.draw(st.sampled_from([(IL.first,), (IL.second,)]))
    agree_on_log(log_of([*BASE, *chosen], keys=keys))


# --- notes, heads, keys --------------------------------------------------------------------------

SAID = sign(b"said\n", IL.first).decode()


def line(name: str, raw: bytes) -> str:
    return f"— {name} {base64.b64encode(raw).decode()}\n"


NOTES = [
    SAID, SAID + "\n", SAID[:-1], SAID.replace("— ", "—  "), SAID.replace("—", "-"), "\n" + SAID,
    SAID + SAID.split("\n\n")[1], SAID + line("x", b"1234"), SAID + line("x", b"12345"),
    SAID + line("x y", b"12345"), SAID + line("x+y", b"12345"), SAID + line("x\u2003y", b"12345"),
    SAID + line("x\u200by", b"12345"), SAID + line("x\x7f", b"12345"), SAID + line("", b"12345"),
    SAID + line("x" * 300, b"12345"), SAID + line("x", b"12345") * 15, SAID + "— x AAAAAB==\n",
    SAID + line("x", b"12345") * 16, SAID + "— x AAAA AAA=\n", SAID + line(IL.name, b"12345"),
    SAID.replace("said", "sa\tid"), SAID.replace("said", "sa\x7fid"), "said\n", "", "\n\n",
    *(
        text + "\n" + line(IL.name, IL.first.verifier.key_id + IL.first.sign(text.encode()))
        for text in ("\n", "\n\n", "a\x00\n", "a\x1f\n", "a\x7f\x85\u2028\n", "x" * 65400 + "\n",
                     "x" * 65500 + "\n", "a\n\nb\n", "parley/msg/v1\n{}\n")
    ),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(NOTES)))
def test_both_open_the_same_notes(number: int) -> None:
    data, key = NOTES[number].encode(), IL.first.verifier
    try:
        main = [each.to_vkey() for each in open_note(data, [key]).signers]
    except ParleyError:
        main = []
    try:
        ours = [each.vkey for each in other.signers(other.read_note(data), [of_main(key)])]
    except other.RefusedError:
        ours = []
    assert ours == main


def of_main(key: VerifyKey) -> Any:
    return other.read_vkey(key.to_vkey())


ROOT_LINE = base64.b64encode(bytes(32)).decode()
HEADS = [
    f"x\n{size}\n{ROOT_LINE}\n"
    for size in ("0", "5", "05", "-5", "+5", "5 ", "٥", "", 2**53 - 1, 2**53, 2**63, "1" * 5000)
]
HEADS += [f"x\n5\n{text}\n" for text in ("", ROOT_LINE[:-4], ROOT_LINE + "=", f"{ROOT_LINE}\next")]
HEADS += [f"x\n5\n{ROOT_LINE}\n\next\n", f"\n5\n{ROOT_LINE}\n", "x\n5\n", f"x y\n5\n{ROOT_LINE}\n"]


@pytest.mark.parametrize("number", range(len(HEADS)))
def test_both_read_the_same_heads(number: int) -> None:
    text = HEADS[number]
    try:
        found = parse_checkpoint(text.encode())
        main: Any = (found.origin, found.size, found.root)
    except ParleyError:
        main = None
    try:
        head = other.read_head(text.encode())
        ours: Any = (head.origin, head.size, head.root)
    except other.RefusedError:
        ours = None
    assert ours == main


NAMES = ["a", "", "a b", "a+b", "a\u2003", "a\u200b", "a\x7f", "x" * 256, "x" * 257, "é" * 127,
         "é" * 128, "\u202ea", "a/b"]  # fmt: skip
PUBLICS = [
    IL.first.verifier.public,
    IL.quantum.verifier.public,
    bytes(32),
    b"\x01" + bytes(31),
    b"",
]
PUBLICS += [bytes(32) + bytes(range(127)) * 10 + bytes(10), bytes(32) + bytes(range(128)) * 10]


@pytest.mark.parametrize("name", NAMES)
def test_both_read_the_same_keys(name: str) -> None:
    for algorithm in (0, 1, 2, 4, 6):
        for public in PUBLICS:
            raw = bytes([algorithm]) + public
            key_id = sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
            vkey = f"{name}+{key_id}+{base64.b64encode(raw).decode()}"
            for text in (vkey, vkey[:-1], vkey.upper(), vkey.replace("+", "+0", 1)):
                try:
                    main = fingerprint(VerifyKey.from_vkey(text))
                except ParleyError:
                    main = ""
                try:
                    ours = other.read_vkey(text).fingerprint
                except other.RefusedError:
                    ours = ""
                assert ours == main, text


# --- rosters -------------------------------------------------------------------------------------

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [-2, -1, 0, 1, 2, 10**9, True, None, "", "x", "ab" * 32, [], {}, ["QQ=="]]
)
KEYS = [IL.first, IL.second, IL.root, IL.witness, RU.first]
COSIGNERS = [IL.witness, IL.quantum, IL.key("third", 4), IL.key("root", 4), IL.first]


@st.composite
def rosters(draw: Any) -> bytes:
    """A roster of IL by its root or the next, nearly right."""
    terms: list[Any] = []
    epoch, first = 1, draw(st.integers(0, 1))
    for number in range(count := draw(st.integers(1, 3))):
        last = -1 if number == count - 1 else first + draw(st.integers(-1, 3))
        key = draw(st.sampled_from(KEYS[:2] * 4 + KEYS))
        why = "" if last < 0 else draw(st.sampled_from(["rotated", "closed"]))
        vkey = key.verifier.to_vkey()
        terms.append({"key": vkey, "epoch": epoch, "first": first, "last": last, "why": why})
        epoch, first = (epoch + 1, 0) if draw(st.integers(0, 3)) == 0 else (epoch, max(last, 0))
    chosen = draw(st.lists(st.sampled_from(COSIGNERS[:4] * 3 + COSIGNERS), min_size=1, max_size=3))
    until = [draw(st.sampled_from([-1, -1, 5, 7])) for _ in chosen]
    following = draw(st.sampled_from(["", "", IL.next_root, RU.next_root]))
    root = draw(st.sampled_from([IL.root, IL.root, IL.next_root]))
    body: Any = {
        "party": IL.name,
        "serial": draw(st.integers(1, 3)),
        "epoch": terms[-1]["epoch"],
        "at_ms": draw(st.integers(0, 1)),
        "root": root.verifier.to_vkey(),
        "next_root": root_hash(following.verifier) if following else "",
        "terms": terms,
        "witnesses": [
            {"key": key.verifier.to_vkey(), "until_s": at}
            for key, at in zip(chosen, until, strict=True)
        ],
        "certificates": [],
    }
    if draw(st.integers(0, 2)) == 0:
        holder = draw(st.sampled_from([body, *terms, *body["witnesses"]]))
        holder[draw(st.sampled_from(sorted(holder)))] = draw(ODD)
    return seal("parley/roster/v1", body, root)


def in_ring(note: bytes, after: bytes | None) -> tuple[bool, bool]:
    """Whether the main verifier and the other one take a roster, alone or after another."""
    verdicts = []
    try:
        roster = open_roster(note)
        if after:
            check_successor(open_roster(after), roster)
        verdicts.append(True)
    except ParleyError:
        verdicts.append(False)
    try:
        roster = other.read_roster(note)
        if after:
            other.check_successor(other.read_roster(after), roster)
        verdicts.append(True)
    except other.RefusedError:
        verdicts.append(False)
    return verdicts[0], verdicts[1]


def of_terms(serial: int, *terms: tuple[SigningKey, int, int, int, str]) -> bytes:
    """A roster of IL with these terms, as a liar too could sign it."""
    body: dict[str, Any] = {**roster_body(open_roster(IL.roster))}
    names = ("key", "epoch", "first", "last", "why")
    said = [dict(zip(names, (t[0].verifier.to_vkey(), *t[1:]), strict=True)) for t in terms]
    return seal(
        "parley/roster/v1", body | {"serial": serial, "epoch": terms[-1][1], "terms": said}, IL.root
    )


@pytest.mark.parametrize("epoch", [1, 2])
@pytest.mark.parametrize("why", ["rotated", "stolen", "closed"])
def test_only_a_key_whose_log_was_closed_speaks_again(why: str, epoch: int) -> None:
    """At once, and after another key."""
    ended, start = (IL.first, 1, 0, 3, why), 3 if epoch == 1 else 0
    good = why == "closed" and epoch == 2
    again = of_terms(2, ended, (IL.first, epoch, start, -1, ""))
    assert in_ring(again, IL.roster) == (good, good)
    second = (IL.second, epoch, start, 5, "rotated")
    assert in_ring(of_terms(2, ended, (*second[:3], -1, "")), IL.roster) == (True, True)
    again = of_terms(3, ended, second, (IL.first, epoch, 5, -1, ""))
    assert in_ring(again, of_terms(2, ended, (*second[:3], -1, ""))) == (good, good)


def test_a_key_that_was_rotated_can_not_be_called_closed_afterwards() -> None:
    following = (IL.second, 2, 0, -1, "")
    known = of_terms(2, (IL.first, 1, 0, 3, "rotated"), following)
    for why, good in (("rotated", True), ("stolen", True), ("closed", False)):
        renamed = of_terms(3, (IL.first, 1, 0, 3, why), following)
        assert in_ring(renamed, known) == (good, good)


def test_no_cosigner_key_is_left_out_to_come_back() -> None:
    known = open_roster(ENDED_IL)
    for witnesses, good in (
        (known.witnesses, True), (known.witnesses[::-1], True), (known.witnesses[1:], False),
        ((WitnessKey(IL.witness.verifier), *known.witnesses[1:]), False),
    ):  # fmt: skip
        following = seal_roster(replace(known, serial=3, witnesses=witnesses), IL.root)
        assert in_ring(following, ENDED_IL) == (good, good)


@settings(max_examples=300)
@given(rosters(), rosters())
def test_both_take_the_same_rosters_and_successors(first: bytes, second: bytes) -> None:
    main, ours = in_ring(first, None)
    assert ours is main
    if main:
        main, ours = in_ring(second, first)
        assert ours is main


# --- the command ----------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-I", str(SCRIPT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout + done.stderr


def test_exit_status_0_says_what_was_verified_and_what_it_rests_on(tmp_path: Path) -> None:
    path = tmp_path / "il.log"
    path.write_bytes(RICH)
    status, said = run(str(path), "--root", IL.root.verifier.to_vkey(), "--quorum", "2")
    assert status == 0
    assert said.startswith("VERIFIED\n")
    assert "il.example: root pinned by you" in said
    assert "ru.example: ONLY NAMED BY THIS FILE" in said
    assert fingerprint(RU.root.verifier) in said
    assert "UNWITNESSED (0 of 2)" in said
    assert "Not checked:" in said


def test_exit_status_1_names_the_entry(tmp_path: Path) -> None:
    path = tmp_path / "bad.log"
    path.write_bytes(REFUSED["sent by a peer"][0])
    status, said = run(str(path))
    assert status == 1
    assert said.startswith("NOT VERIFIED: entry 2: ")


def test_exit_status_1_when_another_root_is_pinned(tmp_path: Path) -> None:
    path = tmp_path / "il.log"
    path.write_bytes(RICH)
    assert run(str(path), "--root", IL.next_root.verifier.to_vkey())[0] == 1


def test_exit_status_2_for_what_it_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(b"something else")
    good = tmp_path / "il.log"
    good.write_bytes(RICH)
    for arguments in ([str(path)], [str(tmp_path / "none")], [str(good), "--root", "x"], []):
        assert run(*arguments)[0] == 2


# --- several lines by one party, borrowed keys, receipts that are none ---------------------------


def borrowed() -> bytes:
    """RU's roster names IL's cosigner key as its own, and signs IL's head with it."""
    key = SigningKey(RU.name, sha256(f"witness of {IL.name}".encode()).digest(), 4)
    roster = RU.sign_roster([(RU.first, 1, 0, None)], witness=key)
    return log_of([(4, IL.roster), (4, roster)], lines=[(7, key)])


def receipt_by(*keys: SigningKey) -> bytes:
    stamp: dict[str, Any] = {"note_hash": "cd" * 32, "leaf_hash": "ab" * 32, "at_ms": 7}
    stamp |= {"index": 4, "log": RU.log}
    return seal("parley/receipt/v1", stamp, *keys)


LINES: dict[str, tuple[bool, tuple[bytes, Any]]] = {
    "last head by the old key, then the new": (
        True, il((4, ROTATED), (1, BY_SECOND), keys=[IL.first, IL.second]),
    ),
    "last head by the key to come, then the key": (
        True, il((4, IL.rotated(4)), keys=[IL.second, IL.first]),
    ),
    "a peer's head by its ended key, then the new": (
        True, il((4, RU_ROTATED), (3, RU.head(6, RU.first, RU.second, lines=[SEEN]))),
    ),
    "an ended key's receipt for our own log": (
        False, il((4, RU_ROTATED), (2, RU.receipt(1, log="il.example/log/1"))),
    ),
    "a receipt for our own log": (False, il((2, RU.receipt(1, log="il.example/log/1")))),
    "a receipt for no log": (False, il((2, RU.receipt(1, log="nowhere")))),
    "a receipt for a stranger's log": (False, il((2, RU.receipt(1, log=US.log)))),
    "a receipt by the key of its place and one to come": (
        True, il((4, RU_ROTATED), (2, receipt_by(RU.first, RU.second))),
    ),
    "a receipt by a key to come and the key of its place": (
        True, il((4, RU_ROTATED), (2, receipt_by(RU.second, RU.first))),
    ),
    "a cosigner key of our own under a peer's name": (True, (borrowed(), [])),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_both_read_the_log_as_the_document_has_it(name: str) -> None:
    right, file = LINES[name]
    assert agree_on_log(*file) is right
