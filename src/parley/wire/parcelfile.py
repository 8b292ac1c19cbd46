"""A parcel file: what waits for one party, carried by hand (USB stick, diode, e-mail).

Three lines: the type, canonical JSON, a check against damaged media. The envelope is not signed
and nobody has to believe it: whatever counts in it carries its own signature, and is judged as
if it had come through the door. See docs/formats/parcel.md. Imports ledger and rules only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from parley.errors import FormatError, InputError, MalformedError, OversizeError
from parley.ledger import JsonValue, Keys, SigningKey, decode, encode, seal, unseal
from parley.ledger.canonical import INT_LIMIT
from parley.wire.refusals import shown

PARCEL_TYPE = "parley/parcel/v1"
REFUSAL_TYPE = "parley/refusal/v1"
MAX_PARCEL_BYTES = 64 * 1024 * 1024
LEAST_PARCEL_BYTES = 16 * 1024
"""No file is asked to be smaller: one head with its proof and one short note go into it."""
MAX_HEADS = 32
MAX_HEARD = 64

_CHECK = b"damage-check sha256 "
_CHECK_LINE_BYTES = len(_CHECK) + 64 + 1
_LISTS = ("notes", "receipts", "refusals", "heads", "cosignatures", "seen")
_MEMBERS = {"from", "to", "agreement", "number", "left", "heard", "cosigned", *_LISTS}
_CHANGED = "whoever carried or changed the file"


@dataclass(frozen=True, slots=True)
class ParcelFile:
    """One file. sender, to: party ids; agreement: 64 hex digits; number: the sender's files to
    this party counted from 1, 0 if this one is not counted.

    notes: exact notes in the order of the sender's log; receipts: for notes that the other side
    sent; refusals: sealed by the sender (`seal_refusal`). heads: add-checkpoint request bodies
    (C2SP tlog-witness) for the sender's own log; cosignatures: heads of the addressee's log with
    the sender's signature lines; seen: the newest head of every log that the sender knows.
    left: notes that wait and are not in this file. heard: numbers of the addressee's files that
    were taken in. cosigned: the size of each log of the addressee that the sender cosigned last.
    """

    sender: str
    to: str
    agreement: str
    number: int = 0
    notes: tuple[bytes, ...] = ()
    receipts: tuple[bytes, ...] = ()
    refusals: tuple[bytes, ...] = ()
    heads: tuple[bytes, ...] = ()
    cosignatures: tuple[bytes, ...] = ()
    seen: tuple[bytes, ...] = ()
    left: int = 0
    heard: tuple[int, ...] = ()
    cosigned: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing signed is in it."""
        return not (self.notes or self.receipts or self.refusals or self.heads or self.cosignatures)


@dataclass(frozen=True, slots=True)
class Refused:
    """A note refused for good, as its addressee said it: code and words of the PeerError."""

    note_hash: str
    by: str
    to: str
    code: str
    what: str
    right: str
    at_ms: int


def write_parcel(parcel: ParcelFile) -> bytes:
    """The file. Raises FormatError where a part is no text (parts of our own log are)."""
    body: dict[str, JsonValue] = {
        "agreement": parcel.agreement,
        "cosigned": dict(parcel.cosigned),
        "from": parcel.sender,
        "heard": list(parcel.heard),
        "left": parcel.left,
        "number": parcel.number,
        "to": parcel.to,
    }
    for name in _LISTS:
        body[name] = [_text(part) for part in getattr(parcel, name)]
    data = PARCEL_TYPE.encode() + b"\n" + encode(body) + b"\n"
    return data + _check_line(data)


def split_parcel(parcel: ParcelFile, max_bytes: int) -> list[bytes]:
    """The same as files of at most ``max_bytes`` (a single larger part goes alone), in order;
    only the last has the number, the heads and what the sender says of our files."""
    bare = ParcelFile(parcel.sender, parcel.to, parcel.agreement, left=parcel.left)
    frame = len(write_parcel(bare))
    files: list[bytes] = []
    piece: dict[str, list[bytes]] = {}
    size = frame
    for name in ("notes", "receipts", "refusals"):
        for part in getattr(parcel, name):
            needed = packed_bytes(part)
            if piece and size + needed > max_bytes:
                files.append(_piece(bare, piece))
                piece, size = {}, frame
            piece.setdefault(name, []).append(part)
            size += needed
    if piece:
        files.append(_piece(bare, piece))
    rest = replace(parcel, notes=(), receipts=(), refusals=())
    return [*files, write_parcel(rest)]


def _piece(bare: ParcelFile, parts: Mapping[str, list[bytes]]) -> bytes:
    notes, receipts, refusals = (tuple(parts.get(n, ())) for n in ("notes", "receipts", "refusals"))
    return write_parcel(replace(bare, notes=notes, receipts=receipts, refusals=refusals))


def packed_bytes(part: bytes) -> int:
    """So many bytes one note or receipt takes up in a file."""
    return len(encode(_text(part))) + 1


def is_parcel(data: bytes) -> bool:
    """Whether these bytes call themselves a parcel file; verifies nothing."""
    return data.startswith(PARCEL_TYPE.encode())


def read_parcel(data: bytes) -> ParcelFile:
    """Inverse of `write_parcel`, for anybody's bytes. Lines ended by CR LF, as mail makes them,
    are read as LF: no part can hold a CR.

    Raises OversizeError above 64 MiB and beyond the depth of the format, MalformedError for what
    is damaged, not canonical or not in the format. No signature is verified.
    """
    if len(data) > MAX_PARCEL_BYTES:
        raise OversizeError(f"a file of {len(data)} bytes", right=f"at most {MAX_PARCEL_BYTES}")
    data = unix_lines(data)
    lines = data.split(b"\n", 3)
    if lines[0] != PARCEL_TYPE.encode():
        raise MalformedError(f"a file that begins with {lines[0][:40]!r}", right=PARCEL_TYPE)
    if len(lines) != 4 or lines[3]:
        raise MalformedError(
            "the file is cut off, or something follows its check line",
            right="three lines: type, JSON, check",
            at_fault=_CHANGED,
        )
    if _check_line(data[: len(data) - len(lines[2]) - 1]) != lines[2] + b"\n":
        raise MalformedError(
            "the file was damaged on its way: the check line does not fit",
            right="the file as it was written; nothing of it was taken in",
            at_fault=_CHANGED,
        )
    body = decode(lines[1], max_bytes=MAX_PARCEL_BYTES, max_depth=3)
    if not isinstance(body, dict) or set(body) != _MEMBERS:
        odd = ", ".join(sorted(set(body) ^ _MEMBERS)) if isinstance(body, dict) else shown(body)
        raise MalformedError(f"missing or unknown members: {odd[:120]}", right="a parcel's members")
    return _parcel_of(body)


def unix_lines(data: bytes) -> bytes:
    """The same with LF where mail put CR LF."""
    return data.replace(b"\r\n", b"\n") if b"\r\n" in data else data


def seal_refusal(refused: Refused, key: SigningKey) -> bytes:
    """A refusal as a statement of ours, so that nobody else can give up a note in our name."""
    body: dict[str, JsonValue] = {
        "at_ms": refused.at_ms,
        "code": refused.code,
        "note_hash": refused.note_hash,
        "right": _shown_text(refused.right),
        "to": refused.to,
        "what": _shown_text(refused.what),
    }
    return seal(REFUSAL_TYPE, body, key)


def open_refusal(note: bytes, keys: Keys) -> Refused:
    """Verify and parse. Raises MalformedError, and what `unseal` raises."""
    unsealed = unseal(note, keys)
    body = unsealed.body
    if unsealed.type != REFUSAL_TYPE or set(body) != _REFUSAL_MEMBERS:
        raise MalformedError(f"a statement of type {unsealed.type}", right=REFUSAL_TYPE)
    at_ms = body["at_ms"]
    if type(at_ms) is not int or not 0 <= at_ms < INT_LIMIT:
        raise MalformedError(f"at_ms is {shown(at_ms)}", right="milliseconds since 1970")
    digest, to, code = (_line(body[name], name) for name in ("note_hash", "to", "code"))
    what, right = (_line(body[name], name, empty=True) for name in ("what", "right"))
    return Refused(digest, unsealed.signer_name, to, code, what, right, at_ms)


_REFUSAL_MEMBERS = {"at_ms", "code", "note_hash", "right", "to", "what"}
_REASON_CHARS = 500


def _parcel_of(body: dict[str, JsonValue]) -> ParcelFile:
    parts = {name: _parts(body[name], name) for name in _LISTS}
    for name in ("heads", "cosignatures", "seen"):
        if len(parts[name]) > MAX_HEADS:
            raise OversizeError(f"{len(parts[name])} {name}", right=f"at most {MAX_HEADS}")
    heard = body["heard"]
    if not isinstance(heard, list) or len(heard) > MAX_HEARD:
        raise MalformedError(f"heard is {shown(heard)}", right=f"at most {MAX_HEARD} numbers")
    cosigned = body["cosigned"]
    if not isinstance(cosigned, dict) or len(cosigned) > MAX_HEADS:
        raise MalformedError(f"cosigned is {shown(cosigned)}", right="log: size")
    return ParcelFile(
        _line(body["from"], "from"),
        _line(body["to"], "to"),
        _line(body["agreement"], "agreement"),
        _count(body["number"], "number"),
        left=_count(body["left"], "left"),
        heard=tuple(_count(number, "heard") for number in heard),
        cosigned={_line(o, "cosigned"): _count(n, "cosigned") for o, n in cosigned.items()},
        **parts,
    )


def _parts(value: JsonValue, name: str) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise MalformedError(f"{name} is {shown(value)}", right="a list of texts", where=name)
    found = []
    for number, part in enumerate(value):
        if not isinstance(part, str):
            raise MalformedError(
                f"a part is {shown(part)}", right="text", where=f"{name}[{number}]"
            )
        found.append(part.encode("utf-8"))
    return tuple(found)


def _line(value: JsonValue, name: str, *, empty: bool = False) -> str:
    if not isinstance(value, str) or not (value or empty) or len(value) > _REASON_CHARS:
        raise MalformedError(f"{name} is {shown(value)}", right="a line of text", where=name)
    if not value.isprintable():
        raise MalformedError(f"{name} is {shown(value)}", right="printable text", where=name)
    return value


def _count(value: JsonValue, name: str) -> int:
    if type(value) is not int or value < 0:
        raise MalformedError(f"{name} is {shown(value)}", right="a whole number", where=name)
    return value


def _shown_text(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:_REASON_CHARS])


def _check_line(data: bytes) -> bytes:
    return _CHECK + hashlib.sha256(data).hexdigest().encode() + b"\n"


def _text(part: bytes) -> str:
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("a part is no UTF-8 text", where=f"byte {error.start}") from None


def check_room(max_bytes: int) -> int:
    """``max_bytes`` of a file as somebody asked for it. InputError."""
    if not LEAST_PARCEL_BYTES <= max_bytes <= MAX_PARCEL_BYTES:
        raise InputError(
            f"files of at most {max_bytes} bytes",
            right=f"{LEAST_PARCEL_BYTES} to {MAX_PARCEL_BYTES}",
            where="max_bytes",
        )
    return max_bytes
