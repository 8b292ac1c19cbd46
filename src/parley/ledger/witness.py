"""The witness's answer and the log's question: C2SP tlog-witness, ``add-checkpoint``.

Pure: bytes in, a verdict out. The HTTP door, the stored head and the clock are the caller's. A
caller that may cosign (status 200) stores the new head first, and compares it with the stored
one in the same transaction: two requests at once must not both pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from parley.errors import (
    ForgedError,
    FormatError,
    MalformedError,
    OversizeError,
    PeerError,
    ProtocolError,
    UnknownPartyError,
)
from parley.ledger.canonical import INT_LIMIT, b64, unb64
from parley.ledger.checkpoint import MAX_CHECKPOINT_BYTES, open_checkpoint
from parley.ledger.keys import ED25519, Keys, key_values
from parley.ledger.merkle import EMPTY_ROOT, old_root, verify_consistency
from parley.ledger.note import MAX_NOTE_BYTES, parse, parse_signatures
from parley.ledger.treehead import Checkpoint, parse_checkpoint

SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
MAX_PROOF_HASHES = 63
MAX_ADD_CHECKPOINT_BYTES = MAX_CHECKPOINT_BYTES + 32 + 45 * MAX_PROOF_HASHES

_OLD = re.compile(rb"old (0|[1-9][0-9]{0,15})")
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,15})\n")


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request body: the size that the witness cosigned last, the proof from it, the head.

    `proof` is RFC 6962's, at most 63 hashes; `checkpoint_note` the exact signed note. `head` is
    what the note says, not verified. Raises FormatError or what `parse` of a note raises.
    """

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint_note: bytes
    head: Checkpoint = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.old_size < INT_LIMIT:
            raise FormatError(f"an old size of {self.old_size}", right="0 <= size < 2^53")
        if len(self.proof) > MAX_PROOF_HASHES or any(len(step) != 32 for step in self.proof):
            raise FormatError(
                f"a consistency proof of {len(self.proof)} hashes",
                right=f"at most {MAX_PROOF_HASHES} of 32 bytes",
            )
        note = parse(self.checkpoint_note, max_bytes=MAX_CHECKPOINT_BYTES)
        object.__setattr__(self, "head", parse_checkpoint(note.text))

    def to_bytes(self) -> bytes:
        """The request body."""
        lines = (f"old {self.old_size}\n", *(f"{b64(step)}\n" for step in self.proof), "\n")
        return "".join(lines).encode() + self.checkpoint_note

    @classmethod
    def parse(cls, data: bytes) -> AddCheckpoint:
        """Inverse of `to_bytes`; verifies no signature. Raises MalformedError, OversizeError."""
        if len(data) > MAX_ADD_CHECKPOINT_BYTES:
            raise OversizeError(
                f"a request of {len(data)} bytes", right=f"at most {MAX_ADD_CHECKPOINT_BYTES}"
            )
        head, gap, note = data.partition(b"\n\n")
        first, *rest = head.split(b"\n")
        old = _OLD.fullmatch(first)
        if not gap or old is None:
            raise MalformedError(
                f"a request that begins with {first[:40]!r}", right="old <size>, proof, empty line"
            )
        if len(rest) > MAX_PROOF_HASHES:
            raise OversizeError(f"{len(rest)} proof lines", right=f"at most {MAX_PROOF_HASHES}")
        proof = proof_hashes(rest, first_line=2)
        try:
            return cls(int(old[1]), proof, note)
        except FormatError as error:
            raise MalformedError(error.what, right=error.right) from None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A witness's answer before it signs. At status 200 the caller fills the body.

    `checkpoint`: the verified head, present at 200 and whenever the log's signature verified.
    `conflict`: that head and the one we cosigned do not fit together as presented; anyone may
    replay a head with a wrong proof, so this is a reason to ask. `proven`: both heads, with the
    proof when the sizes differ, show to anyone that the log forked.
    """

    status: int
    content_type: str
    body: bytes
    checkpoint: Checkpoint | None = None
    conflict: bool = False
    proven: bool = False


def judge(request: AddCheckpoint, *, known: Checkpoint | None, log_keys: Keys | None) -> Verdict:
    """Whether this witness may cosign the head that `request` brings.

    `known` is the head of this origin that we cosigned last (None: never), `log_keys` the keys
    trusted for this origin (None: origin unknown). Statuses as the standard gives them: 404
    unknown origin, 403 no trusted signature, 400 old size above the new, 409 old size is not
    ours (body: ours) or same size with another root, 422 the proof does not verify, 200.
    One bad signature by a trusted key is 403 even beside a good one. Nothing in `request` makes
    it raise; what does not parse is refused by `AddCheckpoint.parse` (400, too). Raises
    FormatError when `known` is of another origin.
    """
    if log_keys is None:
        return _refused(404, f"the log {request.head.origin} is unknown here")
    try:
        opened = open_checkpoint(request.checkpoint_note, log_keys)
    except (ForgedError, UnknownPartyError) as error:
        return _refused(403, error.what)
    except PeerError as error:
        return _refused(400, error.what)
    new, old = opened.checkpoint, request.old_size
    if known is not None and known.origin != new.origin:
        raise FormatError(f"a known head of {known.origin}", right=f"one of {new.origin}")
    if old > new.size:
        return _refused(400, f"old size {old} above the checkpoint's {new.size}", new)
    ours = known.size if known else 0
    if old != ours:
        return Verdict(409, SIZE_TYPE, b"%d\n" % ours, new)
    return _judge_extension(request, known, new)


def _judge_extension(request: AddCheckpoint, known: Checkpoint | None, new: Checkpoint) -> Verdict:
    """The old size is ours: does the new head extend it?"""
    if known is not None and known.size == new.size and known.root != new.root:
        what = f"we cosigned another root of size {new.size}"
        return _refused(409, what, new, conflict=True, proven=True)
    if new.size == 0 and new.root != EMPTY_ROOT:
        return _refused(422, "a head of size 0 whose root is not that of nothing", new)
    if known is None or known.size in (0, new.size):
        if request.proof:
            return _refused(422, f"a proof of {len(request.proof)} hashes, none is right", new)
        return Verdict(200, TEXT_TYPE, b"", new)
    try:
        verify_consistency(known.size, new.size, request.proof, known.root, new.root)
    except ForgedError as error:
        proven = _leads_elsewhere(known, new, request.proof)
        return _refused(422, error.what, new, conflict=True, proven=proven)
    return Verdict(200, TEXT_TYPE, b"", new)


def _leads_elsewhere(known: Checkpoint, new: Checkpoint, proof: tuple[bytes, ...]) -> bool:
    try:
        return old_root(known.size, new.size, proof, new.root) != known.root
    except ForgedError:
        return False


def _refused(
    status: int,
    what: str,
    checkpoint: Checkpoint | None = None,
    *,
    conflict: bool = False,
    proven: bool = False,
) -> Verdict:
    return Verdict(status, TEXT_TYPE, f"{what}\n".encode(), checkpoint, conflict, proven)


class Prover(Protocol):
    """What can prove that one size of a log extends another, such as `Tree`."""

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]: ...


def request_for(tree: Prover, old_size: int, checkpoint_note: bytes) -> AddCheckpoint:
    """What the log asks: cosign this head; you cosigned the head of `old_size` before (0: none).

    Raises InputError when the tree cannot prove it, and what parsing the note raises.
    """
    size = AddCheckpoint(old_size, (), checkpoint_note).head.size
    return AddCheckpoint(old_size, tuple(tree.consistency_proof(old_size, size)), checkpoint_note)


def read_answer(
    status: int, body: bytes, checkpoint_note: bytes, witness_keys: Keys
) -> bytes | int:
    """A witness's answer: its verified cosignature lines, or the size that it cosigned last.

    Lines of unknown keys are left out. Raises ForgedError when a known key's line does not
    verify, UnknownPartyError when no known key signed, MalformedError (also on a cosignature
    without a time), OversizeError, ProtocolError on every other answer.
    """
    if status == 409:
        size = _SIZE.fullmatch(body)
        if size and int(size[1]) < INT_LIMIT:
            return int(size[1])
    if status != 200:
        raise ProtocolError(f"the witness answered {status}: {body[:200]!r}", right="200 or 409")
    if len(body) > MAX_NOTE_BYTES:
        raise OversizeError(f"an answer of {len(body)} bytes", right=f"at most {MAX_NOTE_BYTES}")
    text = parse(checkpoint_note, max_bytes=MAX_CHECKPOINT_BYTES).text
    left = {(k.name, k.key_id): k for k in key_values(witness_keys) if k.algorithm != ED25519}
    known = set(left)
    kept: list[str] = []
    for line in parse_signatures(body):
        if (line.name, line.key_id) not in known:
            continue
        key = left.pop((line.name, line.key_id), None)
        if key is None:
            raise MalformedError(f"two cosignatures by {line.name}", right="one line a key")
        if not key.check_note(text, line.signature):
            raise MalformedError(f"a cosignature by {line.name} without a time", right="its time")
        kept.append(f"\u2014 {line.name} {b64(line.key_id + line.signature)}\n")
    if not kept:
        raise UnknownPartyError("no known witness cosigned", right="a known witness key")
    return "".join(kept).encode()


def proof_hashes(lines: list[bytes], *, first_line: int) -> tuple[bytes, ...]:
    """One base64 SHA-256 hash a line. MalformedError names the line, counted from 1."""
    hashes: list[bytes] = []
    for number, line in enumerate(lines, first_line):
        try:
            step = unb64(line)
        except MalformedError:
            step = b""
        if len(step) != 32:
            raise MalformedError(
                f"{line[:60]!r} is no hash", right="32 bytes in base64", where=f"line {number}"
            )
        hashes.append(step)
    return tuple(hashes)
