"""``parley recover``: a log that was lost in part comes back from the peers that hold it.

The database is made anew beside the old one and takes its place in one step; the old one stays
as ``node.db.before-recovery``. Nothing is signed before that but receipts that nobody gave back.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import ConfigError, PeerError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.cli.show import Out
    from parley.ledger import Entry, Keyring
    from parley.node.ports import Tx
    from parley.node.recovery.recover import Copy, Plan

NEEDS_EPOCH = 1
MAX_TAIL_BYTES = 1024 * 1024 * 1024
SHOWN = 20


def register(app: typer.Typer) -> None:
    app.command(
        "recover",
        epilog=examples(
            "parley recover node-ru   (asks every peer that has a URL; the node is stopped)",
            "parley recover node-ru --from il.tail --from un.tail   (brought by hand)",
            json="size, was, brought, head, holders, unreached, missing, last_size, needs_epoch,"
            " reissued, said, heard, left_out [[note_hash, why]], kept_as",
        ),
    )(recover)


def recover(
    directory: DirArgument,
    files: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="FILE", help="What `parley carry tail` made; repeat it."),
    ] = None,
    json_out: JsonOption = False,
) -> None:
    """Get the lost part of our own log back from the peers, after the restore of an old backup.

    They hold the hash of every entry and its newest entries sealed: only we can open them, and
    each is checked against a head that we signed. 0: our log is whole again. 1: entries are lost
    for good, and a new epoch has to be opened, as it says.
    """
    from parley.cli import nodedir, show
    from parley.cli.lock import alone

    opened = nodedir.open_dir(directory)
    out = show.Out(json_out)
    with alone(opened, right="the node stopped: recover works on the database itself"):
        members = asyncio.run(_recover(opened, files or []))
    if out.json:
        out.value(members)
    else:
        _show(out, opened, members)
    if members["needs_epoch"]:
        raise typer.Exit(NEEDS_EPOCH)


@dataclass(frozen=True, slots=True)
class _Sources:
    copies: list[Copy]
    unreached: dict[str, str]


async def _recover(opened: NodeDir, paths: Sequence[Path]) -> dict[str, Any]:
    from parley.cli import build

    context = build.context_of(opened)
    ring = await build.believed(opened)
    sources = await _sources(opened, ring, context.origin, paths)
    if not sources.copies:
        told = "; ".join(f"{peer}: {why}" for peer, why in sources.unreached.items())
        raise ConfigError(
            f"nobody could be asked for our log ({told or 'no peer has a URL'})",
            right="a peer that answers, or --from with a file of `parley carry tail`",
            where=str(opened.path),
        )
    plan, members, dropped = await _made_anew(opened, ring, sources.copies)
    members |= {
        "holders": [copy.peer for copy in sources.copies if copy.note],
        "unreached": sources.unreached,
        "head": 0 if plan.head is None else plan.head.size,
        "missing": list(plan.missing),
        "last_size": plan.last_size,
        "needs_epoch": plan.needs_epoch,
        "said": 0,
        "heard": 0,
        "left_out": [],
    }
    if plan.needs_epoch:
        return members
    async with build.stored_node(opened) as node:
        await node.start()
        back = await node.bring_back(sources.copies, dropped)
        size = (await node.health()).log_size
    if opened.config.restored:
        opened.with_confirmed()
    again: dict[str, Any] = {
        "said": back.said,
        "heard": back.heard,
        "left_out": [list(o) for o in back.left_out],
    }
    return members | again | {"size": size}


async def _made_anew(
    opened: NodeDir, ring: Keyring, copies: list[Copy]
) -> tuple[Plan, dict[str, Any], Sequence[Entry]]:
    """The plan, and the database made anew where it differs from what is there."""
    from parley.cli import build
    from parley.node.recovery.rebuild import hashes_of, rebuild
    from parley.node.recovery.recover import make_plan
    from parley.store.sqlite import SqliteStore

    context = build.context_of(opened)
    old = await SqliteStore.open(opened.database)
    try:
        hashes = await hashes_of(old, context.epoch)
        plan = make_plan(context, ring, hashes, [*copies, await _ours(opened)])
        members = {
            "was": plan.own,
            "size": plan.size,
            "brought": len(plan.leaves),
            "reissued": list[int](),
            "kept_as": "",
        }
        if not plan.leaves and plan.kept == plan.own:
            return plan, members, ()
        fresh_path = opened.database.with_name("node.db.recovering")
        for left in opened.path.glob("node.db.recovering*"):
            left.unlink()
        fresh = await SqliteStore.open(fresh_path)
        try:
            made = await rebuild(
                context, ring, old, fresh, plan, copies, build.clock_ms(), build.fresh_salt
            )
        finally:
            await fresh.close()
    finally:
        await old.close()
    members |= {"reissued": list(made.reissued), "kept_as": _swap(opened, fresh_path)}
    return plan, members, made.dropped


async def _ours(opened: NodeDir) -> Copy:
    """The newest head that we signed ourselves, as far as it is known here."""
    from parley.node.proofs.heads import TIP, head_with_cosignatures
    from parley.node.recovery.recover import Copy
    from parley.store.sqlite import SqliteStore

    roster = opened.own_roster()

    def newest(tx: Tx) -> bytes:
        size = (tx.records.get(TIP, roster.origin) or b"").partition(b"|")[0]
        return (head_with_cosignatures(tx, roster.epoch, int(size)) or b"") if size else b""

    if not opened.proofs.exists():
        return Copy(roster.party)
    proofs = await SqliteStore.open(opened.proofs, readers=1)
    try:
        return Copy(roster.party, await proofs.read(newest))
    finally:
        await proofs.close()


def _swap(opened: NodeDir, fresh: Path) -> str:
    """The new database takes the place of the old one in one step; the name of the old one."""
    from parley.cli import files

    kept = opened.database.with_name("node.db.before-recovery")
    number = 1
    while kept.exists():
        number += 1
        kept = kept.with_name(f"node.db.before-recovery.{number}")
    try:
        os.link(opened.database, kept)
        fresh.replace(opened.database)
        files.sync_directory(opened.path)
    except OSError as error:
        raise ConfigError(
            f"{opened.database} cannot be replaced: {error.strerror}",
            right="a directory that this user may write",
            where=str(opened.path),
        ) from None
    return str(kept)


async def _sources(opened: NodeDir, ring: Keyring, origin: str, paths: Sequence[Path]) -> _Sources:
    from parley.cli import files
    from parley.node.recovery.tailfile import read_tail_file

    copies: list[Copy] = []
    for path in paths:
        data = files.read_input(path, max_bytes=MAX_TAIL_BYTES)
        try:
            copies.append(read_tail_file(data, origin))
        except PeerError as error:
            error.where = ", ".join(part for part in (str(path), error.where) if part)
            raise
    unreached: dict[str, str] = {}
    if not paths:
        await _fetch(opened, ring, origin, copies, unreached)
    asked = {copy.peer for copy in copies} | set(unreached)
    why = "no file of it was given" if paths else "it has no URL: parley carry tail there"
    unreached |= {peer: why for peer in opened.config.peers if peer not in asked}
    return _Sources(copies, unreached)


async def _fetch(
    opened: NodeDir, ring: Keyring, origin: str, copies: list[Copy], unreached: dict[str, str]
) -> None:
    from parley.node.pins import RosterPins
    from parley.node.recovery.rebuild import is_known, known_notes
    from parley.peers.fetchback import fetch_copy
    from parley.peers.line import Line, Unreached
    from parley.peers.tls import PeerClient
    from parley.store.sqlite import SqliteStore

    old = await SqliteStore.open(opened.database)
    try:
        known = await known_notes(old)
    finally:
        await old.close()

    async def believed() -> Keyring:
        return ring

    party = opened.config.party
    pins = RosterPins(party, believed)
    await pins.refresh()
    tls = pins.tls(opened.tls_identity())
    for peer, url in opened.config.urls.items():
        client = PeerClient(peer, url, tls)
        try:
            line = Line(client, url)
            copies.append(
                await fetch_copy(line, peer, party, origin, lambda note: is_known(note, known))
            )
        except (Unreached, PeerError) as error:
            unreached[peer] = str(error)
        finally:
            await client.aclose()


def _show(out: Out, opened: NodeDir, members: dict[str, Any]) -> None:
    for peer, why in members["unreached"].items():
        out.line(f"{peer} was not asked ({why}): what it alone holds of ours is not here", "yellow")
    holders = ", ".join(members["holders"]) or "nobody"
    if members["kept_as"]:
        out.line(
            f"{members['brought']} entries came back; our log had {members['was']} and has"
            f" {members['size']}. Held by: {holders}.",
            "green",
        )
        out.line(f"The database as it was: {members['kept_as']}")
    else:
        out.line(f"Nothing of our log is missing here: {members['size']} entries.", "green")
    if members["reissued"]:
        shown = _numbers(members["reissued"])
        out.line(f"Receipts signed again, since nobody gave them back: entries {shown}.", "yellow")
    for count, what in (
        (members["said"], "statements of ours that only others held are in our log again"),
        (members["heard"], "statements of others that we had receipted are in our log again"),
    ):
        if count:
            out.line(f"{count} {what}.", "green")
    for digest, why in members["left_out"]:
        out.line(f"Left out: {digest[:16]}: {why}", "bold red")
    if members["needs_epoch"]:
        lost = _numbers(members["missing"]) or f"up to {members['last_size'] - 1}"
        out.line(f"Lost for good: entries {lost}. This log cannot go on.", "bold red")
        out.line("Open a new one, signed by the root, then recover once more:")
        out.line(
            f"parley keys epoch {opened.path} --last-size {members['last_size']} --root FILE",
            "bold",
        )


def _numbers(found: Sequence[int]) -> str:
    """1-4, 7, 9; at most SHOWN stretches."""
    stretches: list[list[int]] = []
    for number in found:
        if stretches and stretches[-1][1] == number - 1:
            stretches[-1][1] = number
        else:
            stretches.append([number, number])
    shown = [f"{a}-{b}" if b > a else str(a) for a, b in stretches[:SHOWN]]
    return ", ".join([*shown, *(["..."] if len(stretches) > SHOWN else [])])
