"""That an entry stands in a log whose head others saw: one file (C2SP tlog-proof, version 1).

Verifies offline from its bytes, the log's keys and a policy. `extra` is not authenticated:
nothing may be believed because it stands there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parley.errors import FormatError, MalformedError, OversizeError
from parley.ledger.canonical import INT_LIMIT, b64, unb64
from parley.ledger.checkpoint import MAX_CHECKPOINT_BYTES, OpenedCheckpoint, open_checkpoint
from parley.ledger.keys import Keys, key_values
from parley.ledger.merkle import verify_inclusion
from parley.ledger.note import parse as parse_note
from parley.ledger.policy import Policy
from parley.ledger.treehead import parse_checkpoint
from parley.ledger.witness import MAX_PROOF_HASHES, proof_hashes

TLOG_PROOF_TYPE = "c2sp.org/tlog-proof@v1"
MAX_EXTRA_BYTES = 65536
MAX_TLOG_PROOF_BYTES = MAX_CHECKPOINT_BYTES + 64 + 45 * MAX_PROOF_HASHES + 4 * MAX_EXTRA_BYTES // 3

_INDEX = re.compile(rb"index (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class ProvenHead:
    """The head that an entry was proven under, and the policy's witnesses with their seconds."""

    head: OpenedCheckpoint
    witnesses: dict[str, int]


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Index of the entry (from 0), RFC 6962 audit path leaf upwards, the exact signed head.

    Raises FormatError on an index outside 0 <= n < 2^53, more than 63 hashes, a hash that has
    not 32 bytes, more than 64 KiB of `extra`.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint_note: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.index < INT_LIMIT:
            raise FormatError(f"an index of {self.index}", right="0 <= index < 2^53")
        if len(self.proof) > MAX_PROOF_HASHES or any(len(step) != 32 for step in self.proof):
            raise FormatError(
                f"an inclusion proof of {len(self.proof)} hashes",
                right=f"at most {MAX_PROOF_HASHES} of 32 bytes",
            )
        if len(self.extra) > MAX_EXTRA_BYTES:
            raise FormatError(
                f"{len(self.extra)} bytes of extra data", right=f"at most {MAX_EXTRA_BYTES}"
            )

    def to_bytes(self) -> bytes:
        """The file; its usual extension is ``.tlog-proof``."""
        lines = [TLOG_PROOF_TYPE]
        if self.extra:
            lines.append(f"extra {b64(self.extra)}")
        lines += [f"index {self.index}", *map(b64, self.proof), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint_note

    @classmethod
    def parse(cls, data: bytes) -> TlogProof:
        """Inverse of `to_bytes`; verifies nothing. Raises MalformedError, OversizeError."""
        if len(data) > MAX_TLOG_PROOF_BYTES:
            raise OversizeError(
                f"a proof of {len(data)} bytes", right=f"at most {MAX_TLOG_PROOF_BYTES}"
            )
        head, gap, note = data.partition(b"\n\n")
        lines = head.split(b"\n")
        if not gap or lines[0] != TLOG_PROOF_TYPE.encode():
            raise MalformedError(
                f"a file that begins with {lines[0][:40]!r}", right=TLOG_PROOF_TYPE
            )
        extra = b""
        at = 1
        if len(lines) > 1 and lines[1].startswith(b"extra "):
            extra = unb64(lines[1][6:])
            at = 2
            if not extra:
                raise MalformedError("an empty line of extra data", right="no such line")
        index = _INDEX.fullmatch(lines[at]) if at < len(lines) else None
        if index is None:
            raise MalformedError(
                "a proof without an index", right="index <n>", where=f"line {at + 1}"
            )
        if len(lines) - at - 1 > MAX_PROOF_HASHES:
            raise OversizeError(
                f"{len(lines) - at - 1} hashes", right=f"at most {MAX_PROOF_HASHES}"
            )
        proof = proof_hashes(lines[at + 1 :], first_line=at + 2)
        parse_checkpoint(parse_note(note, max_bytes=MAX_CHECKPOINT_BYTES).text)
        try:
            return cls(int(index[1]), proof, note, extra)
        except FormatError as error:
            raise MalformedError(error.what, right=error.right) from None

    def verify(self, leaf_hash: bytes, log_keys: Keys, policy: Policy) -> ProvenHead:
        """Return when the leaf stands at `index` under this head and the policy holds for it.

        `log_keys` are those trusted for the log, beside the policy's own. Raises ForgedError,
        and what `open_checkpoint` raises.
        """
        keys = dict.fromkeys((*key_values(log_keys), *policy.keys))
        opened = open_checkpoint(self.checkpoint_note, keys.keys())
        head = opened.checkpoint
        verify_inclusion(self.index, head.size, leaf_hash, self.proof, head.root)
        return ProvenHead(opened, policy.check(opened))
