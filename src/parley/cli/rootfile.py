"""The file of a root, kept offline, and the request that travels to it.

A root file is four lines of text, mode 0600:

    parley/root/v1
    <party>
    <vkey>
    <seed, 64 hexadecimal digits>

Whoever has it can name new keys for the party; it signs nothing but rosters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.cli import files
from parley.cli.keymaking import fresh_seed
from parley.errors import InputError, PeerError
from parley.ledger import ROSTER_TYPE, Roster, SigningKey, check_successor, open_roster, seal
from parley.ledger.roster import roster_body

ROOT_FORMAT = "parley/root/v1"
REQUEST_FORMAT = "parley/roster-request/v1"
MAX_REQUEST_BYTES = 1 << 20
_MAX_BYTES = 2048


def read_root(path: Path, party: str = "") -> SigningKey:
    """The root in ``path``; of ``party``, where one is given. InputError: none, damaged, of
    somebody else, or others may read it."""
    data = files.read_input(path, max_bytes=_MAX_BYTES)
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise InputError(
            f"{path.name} may be read by others (mode {mode:04o})",
            right=f"mode 0600: chmod 600 {path}",
            where=str(path),
            at_fault="whoever keeps the root",
        )
    lines = data.decode("utf-8", "replace").splitlines()
    try:
        kind, name, vkey, hexed = (line.strip() for line in lines)
        root = SigningKey(name, bytes.fromhex(hexed))
        good = kind == ROOT_FORMAT and root.verifier.to_vkey() == vkey
    except (ValueError, InputError):
        good = False
    if not good:
        raise InputError(
            f"{path.name} is no root file, or is damaged",
            right=f"four lines that agree: {ROOT_FORMAT}, party, vkey, seed",
            where=str(path),
            at_fault="whoever keeps the root",
        )
    if party and root.name != party:
        raise InputError(
            f"{path.name} is the root of {root.name!r}",
            right=f"the root of {party!r}",
            where=str(path),
            at_fault="whoever named the file",
        )
    return root


def make_root(path: Path, party: str) -> SigningKey:
    """A fresh root, written to ``path``, which must not exist. InputError."""
    seed = fresh_seed()
    root = SigningKey(party, seed)
    text = f"{ROOT_FORMAT}\n{party}\n{root.verifier.to_vkey()}\n{seed.hex()}\n"
    files.write_new(path, (text.encode(),), private=True)
    return root


@dataclass(frozen=True, slots=True)
class Request:
    """A roster that waits for its root's signature, and the one it follows.

    why: in the words of the command that made it. body: as in the roster's statement.
    """

    why: str
    known: Roster
    body: Mapping[str, Any]

    def sealed(self, root: SigningKey) -> tuple[bytes, Roster]:
        """The roster as ``root`` signs it, checked as whoever receives it will. ParleyError."""
        note = seal(ROSTER_TYPE, dict(self.body), root)
        roster = open_roster(note, root=root.verifier)
        check_successor(self.known, roster)
        return note, roster


def write_request(
    path: Path, why: str, known: bytes, roster: Roster, *, overwrite: bool = False
) -> None:
    """A request file: JSON that people can read, without a secret. InputError."""
    members = {
        "format": REQUEST_FORMAT,
        "party": roster.party,
        "why": why,
        "known": known.decode(),
        "roster": roster_body(roster),
    }
    text = json.dumps(members, indent=2, ensure_ascii=False)
    files.write_new(path, (f"{text}\n".encode(),), overwrite=overwrite)


def read_request(path: Path) -> Request:
    """InputError: no request, or the roster that it is to follow does not verify."""
    data = files.read_input(path, max_bytes=MAX_REQUEST_BYTES)
    try:
        members = json.loads(data)
        kind, why, known, body = (members[n] for n in ("format", "why", "known", "roster"))
        good = kind == REQUEST_FORMAT and isinstance(why, str) and isinstance(known, str)
        good = good and isinstance(body, dict) and members["party"] == body["party"]
    except (ValueError, RecursionError, KeyError, TypeError):
        good = False
    fault = f"whoever made {path.name}"
    if not good:
        raise InputError(
            f"{path.name} is no request for a roster",
            right="the file that --request wrote",
            where=str(path),
            at_fault=fault,
        )
    try:
        return Request(why, open_roster(known.encode("utf-8", "replace")), body)
    except PeerError as error:
        raise InputError(
            f"the roster that {path.name} starts from does not verify: {error.what}",
            right=error.right,
            where=str(path),
            at_fault=fault,
        ) from None
