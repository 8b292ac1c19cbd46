"""Medians of what the ledger costs on one core: ``python benchmarks/ledger.py``.

Targets of the issue: 100,000 appends and 20,000 inclusion proofs a second in memory; a proof from
a log of a million entries under 2 KB with a head under Ed25519, verified within 1 ms.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from parley.ledger import (
    Checkpoint,
    Receipt,
    SigningKey,
    Tree,
    VerifyKey,
    decode,
    encode,
    leaf_hash,
    log_origin,
    note_hash,
    open_receipt,
    seal,
    seal_receipt,
    sign_checkpoint,
    unseal,
    verify_evidence,
    verify_inclusion,
    verify_log,
    write_log,
)
from parley.ledger.canonical import JsonValue
from parley.ledger.policy import Policy
from parley.ledger.tlogproof import TlogProof
from parley.testing.books import T0_S, book_of
from parley.testing.keys import own_keys, root_key

ROUNDS = 7
LEAVES = 100_000
LOG_ENTRIES = 2_000
MILLION = 1_000_000
IL, RU = "il.example", "ru.example"
NOBODY = Policy.parse(b"quorum none\n")


def per_second(work: Callable[[], object], count: int) -> float:
    """Median over ROUNDS of `count` operations, done by one call of `work`, per second."""
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        rates.append(count / (time.perf_counter() - start))
    return statistics.median(rates)


def repeat(count: int, work: Callable[[], object]) -> Callable[[], None]:
    def loop() -> None:
        for _ in range(count):
            work()

    return loop


def show(name: str, rate: float) -> None:
    print(f"{name:52} {rate:12,.0f} /s {1e6 / rate:10.1f} µs")


def notice() -> dict[str, JsonValue]:
    """About 1 KB: a polygon of 24 corners, a height band, a window, some text."""
    corners: list[JsonValue] = [
        [355_000_000 + n * 12_345, 358_000_000 - n * 54_321] for n in range(24)
    ]
    return {
        "from": "il.example", "to": "ru.example", "id": "il-2018-0917-0007", "seq": 7,
        "volumes": [{
            "corners_1e7deg": corners, "floor_cm": 0, "ceiling_cm": 1_200_000,
            "start_ms": 1_537_216_440_000, "end_ms": 1_537_218_240_000,
        }],
        "activity": "strike", "exercise": False, "text": "Северная Латакия, удар через минуту " * 4,
    }  # fmt: skip


def bench_tree() -> None:
    leaves = [leaf_hash(b"%d" % n) for n in range(LEAVES)]

    def fill() -> Tree:
        tree = Tree()
        for leaf in leaves:
            tree.append(leaf)
        return tree

    show(f"tree: append, in memory, to {LEAVES:,}", per_second(fill, LEAVES))
    tree = fill()
    size, root = LEAVES - 1, tree.root(LEAVES - 1)
    indices = range(0, size, 97)
    show(
        f"tree: inclusion proof, size {size:,}",
        per_second(lambda: [tree.inclusion_proof(i, size) for i in indices], len(indices)),
    )
    proofs = [tree.inclusion_proof(i, size) for i in indices]

    def check() -> None:
        for index, proof in zip(indices, proofs, strict=True):
            verify_inclusion(index, size, leaves[index], proof, root)

    show("tree: verify inclusion", per_second(check, len(indices)))
    olds = range(1, size, 97)
    show(
        "tree: consistency proof",
        per_second(lambda: [tree.consistency_proof(old, size) for old in olds], len(olds)),
    )


def bench_statements(il: SigningKey, ru: SigningKey) -> None:
    body, keys = notice(), [il.verifier, ru.verifier]
    text, note = encode(body), seal("parley/msg/v1", body, il)
    stamp = Receipt(note_hash(note), log_origin(ru.name, 1), 6307, bytes(32), 1_537_216_440_123)
    receipt = seal_receipt(stamp, ru)
    for name, work in (
        (f"canonical: encode {len(text)} bytes", lambda: encode(body)),
        ("canonical: decode the same", lambda: decode(text)),
        (f"seal, note of {len(note)} bytes", lambda: seal("parley/msg/v1", body, il)),
        ("unseal the same", lambda: unseal(note, keys)),
        (f"seal receipt of {len(receipt)} bytes", lambda: seal_receipt(stamp, ru)),
        ("open receipt", lambda: open_receipt(receipt, keys)),
    ):
        show(name, per_second(repeat(500, work), 500))


def bench_files() -> None:
    book = book_of(IL, (RU,))
    for number in range(LOG_ENTRIES):
        book.say({**notice(), "seq": number})
    book.head()
    data, size = book.file(), len(book.entries)
    leaves = [entry.leaf() for entry in book.entries]
    root = root_key(IL).verifier
    show(
        f"log file: write, entries ({len(data) / 2**20:.1f} MiB)",
        per_second(lambda: list(write_log(IL, 1, root, leaves, book.checkpoint)), size),
    )
    show(
        "log file: verify, entries, one process",
        per_second(lambda: verify_log(data, pinned=[root]), size),
    )
    items = [book.item(index) for index in range(2, size, 20)]
    bundle = book.evidence(items, (IL, RU))
    show(
        f"evidence: verify, items ({len(bundle) / len(items):,.0f} B each)",
        per_second(lambda: verify_evidence(bundle), len(items)),
    )


def bench_million() -> None:
    """A proof from a large log as a tlog-proof file: bytes, and time to parse and verify it."""
    leaves = [leaf_hash(b"%d" % n) for n in range(MILLION)]
    start = time.perf_counter()
    tree = Tree(leaves)
    took_s = time.perf_counter() - start
    print(f"tree: build from {MILLION:,} leaf hashes at once {took_s:17.2f} s")
    indices = range(0, MILLION, 997)
    show(
        f"tree: inclusion proof, size {MILLION:,}",
        per_second(lambda: [tree.inclusion_proof(i) for i in indices], len(indices)),
    )
    keys, index = own_keys(IL), 123_456
    head = Checkpoint(log_origin(IL, 1), tree.size, tree.root())
    for name, signers in (
        ("Ed25519", (keys.note,)),
        ("Ed25519 and ML-DSA-44", (keys.note, keys.quantum)),
    ):
        note = sign_checkpoint(head, *signers, at_s=T0_S)
        data = TlogProof(index, tuple(tree.inclusion_proof(index)), note).to_bytes()
        known = [key.verifier for key in signers]

        def check(data: bytes = data, known: list[VerifyKey] = known) -> None:
            TlogProof.parse(data).verify(leaves[index], known, NOBODY)

        show(
            f"tlog-proof, head by {name}: {len(data):,} B",
            per_second(repeat(200, check), 200),
        )


def main() -> None:
    machine.banner("ledger, one core")
    bench_tree()
    bench_statements(SigningKey(IL, b"\x01" * 32), SigningKey(RU, b"\x02" * 32))
    bench_files()
    bench_million()


if __name__ == "__main__":
    main()
