"""The file of a root: four lines of text, mode 0600, made to be kept offline.

    parley/root/v1
    <party>
    <vkey>
    <seed, 64 hexadecimal digits>

Whoever has it can name new keys for the party; it signs nothing but rosters.
"""

from __future__ import annotations

from pathlib import Path

from parley.cli import files
from parley.cli.keymaking import fresh_seed
from parley.errors import InputError
from parley.ledger import SigningKey

ROOT_FORMAT = "parley/root/v1"
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
