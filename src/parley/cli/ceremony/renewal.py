"""From a planned roster to one that is in force: staged seeds, a signature, an atomic install.

Fresh seeds wait in keys/pending-N until roster N stands in rosters/: writing that file is the
one moment at which they count. Whatever is interrupted is found whole afterwards, before or after.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parley.cli import files
from parley.cli.ceremony.succession import ROTATED, Moment, may_follow
from parley.cli.lock import alone
from parley.cli.nodedir import NEXT_TLS, NodeDir, read_seed, seed_text
from parley.cli.rootfile import write_request
from parley.errors import ConfigError, InputError, PeerError
from parley.ledger import Roster, SigningKey, check_successor, open_roster, seal_roster
from parley.ledger.certificate import make_certificate

STOP_FIRST = "stop it first: the node takes up a roster when it starts"


@dataclass(frozen=True, slots=True)
class Plan:
    """A roster of ours to come. why: for whoever signs it. seeds: fresh ones that it needs, by
    the names of their files."""

    why: str
    roster: Roster
    seeds: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def moment(opened: NodeDir, now_ms: int) -> Moment:
    """Now, and the size of the log that our roster as installed speaks of."""
    from parley.cli import build

    async def size() -> int:
        if not opened.database.exists():
            return 0
        async with build.stored_node(opened) as node:
            ring = await node.ring()
            ours = opened.own_roster()
            if ours.party not in ring or ring.roster(ours.party).epoch != ours.epoch:
                return 0
            return (await node.health()).log_size

    return Moment(asyncio.run(size()), now_ms)


def request(opened: NodeDir, plan: Plan, file: Path, *, overwrite: bool = False) -> None:
    """Stage the seeds and write what the root has to sign. InputError: one waits already."""
    folder = _staged(opened, plan)
    try:
        write_request(file, plan.why, opened.rosters()[0], plan.roster, overwrite=overwrite)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def apply(opened: NodeDir, plan: Plan, root: SigningKey) -> Roster:
    """Sign with a root that is at hand, and install."""
    if not may_follow(root.verifier, opened.own_roster()):
        raise InputError(
            f"root {root.key_id.hex()} does not speak for {opened.config.party}",
            right=f"root {opened.own_roster().root.key_id.hex()}, or the one it announced",
            where="--root",
            at_fault="whoever named the root file",
        )
    note = seal_roster(plan.roster, root)
    with alone(opened, right=STOP_FIRST):
        folder = _staged(opened, plan)
        try:
            return _install(opened, note, "whoever signed the roster")
        except BaseException:
            if opened.own_roster() != plan.roster:
                shutil.rmtree(folder, ignore_errors=True)
            raise


def install(opened: NodeDir, note: bytes, name: str) -> Roster:
    """Put a signed roster of ours in force; the node believes it at its next start.

    Raises ConfigError while the node runs; PeerError, InputError: see `check_successor`; it
    names keys that are not ours, or ends a term that our log has outgrown."""
    with alone(opened, right=STOP_FIRST):
        return _install(opened, note, f"whoever signed or handed over {name}")


def discard(opened: NodeDir) -> list[int]:
    """Forget the requests that wait, with their seeds. Their serials."""
    with alone(opened, right=STOP_FIRST):
        _tidy(opened)
        serials = waiting(opened)
        for serial in serials:
            shutil.rmtree(opened.pending(serial))
        return serials


def waiting(opened: NodeDir) -> list[int]:
    """The serials of rosters of ours that were asked for and are not in force."""
    found = (path.name.removeprefix("pending-") for path in opened.keys.glob("pending-*"))
    ours = opened.own_roster().serial
    return sorted(int(n) for n in found if n.isdigit() and int(n) > ours)


def _staged(opened: NodeDir, plan: Plan) -> Path:
    _tidy(opened)
    left = waiting(opened)
    if left:
        raise InputError(
            f"a request for roster {left[0]} waits for its signature already",
            right="parley keys install DIR ROSTER, or parley keys discard DIR",
            where=str(opened.pending(left[0])),
            at_fault="whoever changes the keys",
        )
    folder = opened.pending(plan.roster.serial)
    partial = folder.with_name(f".{folder.name}")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        for name, seed in plan.seeds.items():
            files.write_config(partial / f"{name}.seed", seed_text(seed), private=True)
        partial.rename(folder)
        files.sync_directory(opened.keys)
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be made: {error.strerror}",
            right="a directory with room that this user may write",
            where=str(opened.keys),
        ) from None
    return folder


def _install(opened: NodeDir, note: bytes, fault: str) -> Roster:
    known = opened.own_roster()
    try:
        new = open_roster(note)
        if new != known:
            check_successor(known, new)
            _check_logged(opened, new)
    except PeerError as error:
        raise type(error)(error.what, right=error.right, at_fault=fault) from None
    if new != known:
        _check_place(opened, known, new)
        _check_keys(opened, new)
        files.write_config(opened.roster_file(new.party), note)
    _tidy(opened)
    if opened.config.restored and _logged_epoch(opened) < new.epoch:
        opened.with_confirmed()
    return new


def ran(opened: NodeDir) -> bool:
    """Whether the node ever started: from then on it tells the peers of a newer roster itself."""
    return _logged_epoch(opened) > 0


def _logged_epoch(opened: NodeDir) -> int:
    """Of the log that the database holds; 0 before the first start."""
    from parley.cli import build

    held = asyncio.run(build.logged(opened)).rosters.get(opened.config.party)
    return 0 if held is None else held.epoch


def _check_logged(opened: NodeDir, new: Roster) -> None:
    """The roster also follows the one in our log: peers were told that one, and none between."""
    from parley.cli import build

    held = asyncio.run(build.logged(opened)).rosters.get(new.party)
    if held is not None:
        check_successor(held, new)


def _check_place(opened: NodeDir, known: Roster, new: Roster) -> None:
    """InputError: what our log holds already would fall out of the terms of a mere rotation."""
    size = moment(opened, 0).size
    before = {term: n for n, term in enumerate(known.terms)}
    for n, term in enumerate(new.terms):
        fresh = term not in before and n < len(known.terms) and term.epoch == known.epoch
        if fresh and term.why == ROTATED and term.last is not None and term.last < size:
            raise InputError(
                f"the key to be rotated ends at {term.last}, our log has {size} entries already",
                right="a new request (parley keys discard, then rotate), with a larger --grace",
                at_fault="whoever let the request wait",
            )
    first = new.terms[-1].first
    if new.epoch == known.epoch and first > size:
        raise InputError(
            f"the new key begins at index {first}, our log has {size} entries",
            right="a roster for the log as it is",
            at_fault="whoever made the request",
        )


def _check_keys(opened: NodeDir, new: Roster) -> None:
    """ConfigError: the roster names other keys than those that this node has or keeps pending."""
    seeds = opened.seeds(new.serial)
    own = seeds.own(new.party)
    cosigners = {w.key for w in new.witnesses if w.until_s is None}
    held = {own.witness.verifier, own.quantum.verifier}
    certificate = make_certificate(new.party, seeds.tls)
    for named, what in (
        (new.note_key == own.note.verifier, f"note key {own.note.key_id.hex()}"),
        (held <= cosigners, "cosigner keys"),
        (certificate in new.certificates, "TLS certificate"),
    ):
        if not named:
            raise ConfigError(
                f"roster {new.serial} does not name the {what} of this node",
                right="a roster signed from this node's own last request",
                where=str(opened.keys),
                at_fault="whoever brought the roster here",
            )


def _tidy(opened: NodeDir) -> None:
    """Move the seeds of the roster in force to their place; drop those that were never used."""
    serial = opened.own_roster().serial
    ready = opened.pending(serial)
    if ready.is_dir():
        for seed in sorted(ready.glob("*.seed")):
            seed.replace(opened.keys / seed.name)
        files.sync_directory(opened.keys)
    for path in opened.keys.glob("pending-*"):
        number = path.name.removeprefix("pending-")
        if number.isdigit() and int(number) <= serial:
            shutil.rmtree(path)
    after = opened.keys / f"{NEXT_TLS}.seed"
    if after.exists() and read_seed(after) == read_seed(opened.keys / "tls.seed"):
        after.unlink()
