"""Medians of what the ledger costs on one core: ``python benchmarks/ledger.py``."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from parley.ledger import (
    Checkpoint,
    Entry,
    Kind,
    Receipt,
    SigningKey,
    Tree,
    build_evidence,
    decode,
    encode,
    leaf_hash,
    log_origin,
    note_hash,
    open_receipt,
    prove_entry,
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

ROUNDS = 7
LEAVES = 100_000
LOG_ENTRIES = 2_000


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
    print(f"{name:44} {rate:12,.0f} /s {1e6 / rate:10.1f} µs")


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


def bench_files(il: SigningKey) -> None:
    notes = [seal("parley/msg/v1", {**notice(), "seq": n}, il) for n in range(LOG_ENTRIES)]
    entries = [Entry(Kind.SENT, n.to_bytes(16, "big"), note) for n, note in enumerate(notes)]
    tree, log = Tree(entry.leaf_hash() for entry in entries), log_origin(il.name, 1)
    head = sign_checkpoint(Checkpoint(log, tree.size, tree.root()), il)
    leaves = [entry.leaf() for entry in entries]
    data = b"".join(write_log(il.name, 1, il.verifier, leaves, head))
    mib = len(data) / 2**20
    show(
        f"log file: write, entries ({mib:.1f} MiB)",
        per_second(lambda: list(write_log(il.name, 1, il.verifier, leaves, head)), LOG_ENTRIES),
    )
    show("log file: verify, entries", per_second(lambda: verify_log(data, keys=None), LOG_ENTRIES))
    chosen = range(0, LOG_ENTRIES, 20)
    items = [prove_entry(tree, entries[i], log, i, head, tree.size) for i in chosen]
    bundle = build_evidence([il.verifier], items)
    show(
        f"evidence: verify, items ({len(bundle) / len(items):,.0f} B each)",
        per_second(lambda: verify_evidence(bundle), len(items)),
    )


def main() -> None:
    il = SigningKey("il.example", b"\x01" * 32)
    ru = SigningKey("ru.example", b"\x02" * 32)
    bench_tree()
    bench_statements(il, ru)
    bench_files(il)


if __name__ == "__main__":
    main()
