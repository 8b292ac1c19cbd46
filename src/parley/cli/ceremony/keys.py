"""``parley keys``: rotation, revocation, new epochs and new roots. Each is a roster that our root
signs: with the root at hand in one step, or by a request that travels to it and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.ceremony.renewal import Plan
    from parley.cli.nodedir import NodeDir
    from parley.cli.show import Out
    from parley.ledger import Roster, SigningKey

GRACE = 1000
GRACE_S = 86_400
_SIGNED = "serial, changes, installed, request"

keys = typer.Typer(
    no_args_is_help=True, help="Our own keys: show, rotate, revoke, a new epoch, a new root."
)

RootOption = Annotated[
    Path | None,
    typer.Option("--root", metavar="FILE", help="The root, at hand: signed and in force at once."),
]
RequestOption = Annotated[
    Path | None,
    typer.Option("--request", metavar="OUT", help="Write what the root has to sign elsewhere."),
]


def register(app: typer.Typer) -> None:
    app.add_typer(keys, name="keys")


@keys.command(
    "show",
    epilog=examples(
        "parley keys show node-ru",
        json="party, serial, epoch, root, fingerprint, next_root, terms [{key_id, epoch, first,"
        " last, why}], cosigners [{key_id, algorithm, until_s}], certificates [pin], waiting",
    ),
)
def show_keys(directory: DirArgument, json_out: JsonOption = False) -> None:
    """Our roster: which key speaks where in our log, which cosign, what waits for a signature."""
    from parley.cli import nodedir, show
    from parley.cli.ceremony import renewal

    opened = nodedir.open_dir(directory)
    opened.seeds()
    members = _shown(opened.own_roster()) | {"waiting": renewal.waiting(opened)}
    out = show.Out(json_out)
    if out.json:
        out.value(members)
        return
    roster = opened.own_roster()
    out.line(f"{roster.party}, roster {roster.serial}, epoch {roster.epoch}", "bold")
    out.pairs((("Root fingerprint", members["fingerprint"]), ("Next root", roster.next_root)))
    out.table(
        ("Note key", "Log", "From index", "Last valid size", ""),
        (
            (t.key.key_id.hex(), t.epoch, t.first, "in force" if t.last is None else t.last, t.why)
            for t in roster.terms
        ),
    )
    _show_others(out, roster)
    for serial in renewal.waiting(opened):
        out.line(f"Roster {serial} waits for the root's signature.", "yellow")


@keys.command(
    "rotate",
    epilog=examples(
        "parley keys rotate node-ru --root /media/stick/ru.root   (the node is stopped)",
        "parley keys rotate node-ru --note --request ru.request   (the node may run)",
        "parley keys rotate node-ru --tls --request ru.request   (first step; again: the second)",
        json=_SIGNED,
    ),
)
def rotate(
    directory: DirArgument,
    note: Annotated[bool, typer.Option("--note", help="The key that signs statements.")] = False,
    witness: Annotated[
        bool, typer.Option("--witness", help="The keys that cosign: Ed25519 and ML-DSA-44.")
    ] = False,
    tls: Annotated[
        bool,
        typer.Option("--tls", help="The TLS key, in two steps: announce, then change over."),
    ] = False,
    grace: Annotated[
        int, typer.Option("--grace", min=0, help="Entries that the old note key may still sign.")
    ] = GRACE,
    root: RootOption = None,
    request: RequestOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Replace keys in good order. Without --note, --witness, --tls: all that sign statements and
    heads. The old note key keeps some room behind the new one's first index; old cosigners a day.
    """
    from parley.cli import build, nodedir
    from parley.cli.ceremony import plans, renewal

    opened = nodedir.open_dir(directory)
    at = renewal.moment(opened, build.clock_ms())
    chosen = (note, witness, tls) if note or witness or tls else (True, True, False)
    plan = plans.rotation(opened, at, *chosen, grace=grace, grace_s=GRACE_S)
    _conclude(opened, plan, root, request, force=force, json_out=json_out)


@keys.command(
    "revoke",
    epilog=examples(
        'parley keys revoke node-ru c943749a --last-size 1204 --why "laptop lost" --root ru.root',
        'parley keys revoke node-ru c943749a --why "laptop lost" --request ru.request',
        json=_SIGNED,
    ),
)
def revoke(
    directory: DirArgument,
    key_id: Annotated[
        str, typer.Argument(metavar="KEYID", help="Eight hex digits, as `parley keys show` has.")
    ],
    why: Annotated[str, typer.Option("--why", help="For the others; at most 200 characters.")],
    last_size: Annotated[
        int | None,
        typer.Option(
            "--last-size", min=0, help="Entries below it stay valid. Default: the log as it is."
        ),
    ] = None,
    root: RootOption = None,
    request: RequestOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """End a key that others may have, and put a fresh one in its place.

    A note key ends at the last valid size: what it signed from there on is refused by everybody
    who has the roster. A cosigner ends now."""
    from parley.cli import build, nodedir
    from parley.cli.ceremony import plans, renewal

    opened = nodedir.open_dir(directory)
    at = renewal.moment(opened, build.clock_ms())
    plan = plans.revocation(opened, at, key_id, last_size, why)
    _conclude(opened, plan, root, request, force=force, json_out=json_out)


@keys.command(
    "epoch",
    epilog=examples(
        "parley keys epoch node-ru --root ru.root",
        "parley keys epoch node-ru --last-size 1204 --request ru.request   (after a restore)",
        json=_SIGNED,
    ),
)
def epoch(
    directory: DirArgument,
    last_size: Annotated[
        int | None,
        typer.Option(
            "--last-size",
            min=0,
            help="How much of the old log stands: as much as any peer holds. Default: all we have.",
        ),
    ] = None,
    note: Annotated[bool, typer.Option("--note", help="With a fresh note key too.")] = False,
    root: RootOption = None,
    request: RequestOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Close our log for good and open the next one. For a log that was lost or set back."""
    from parley.cli import build, nodedir
    from parley.cli.ceremony import plans, renewal

    opened = nodedir.open_dir(directory)
    at = renewal.moment(opened, build.clock_ms())
    plan = plans.next_epoch(opened, at, last_size, fresh=note)
    _conclude(opened, plan, root, request, force=force, json_out=json_out)


@keys.command(
    "next-root",
    epilog=examples(
        "parley keys next-root node-ru --next ru.next-root --after ru.next-next-root",
        "parley keys next-root node-ru --root ru.root --next ru.other-root   (announces it)",
        json=_SIGNED,
    ),
)
def next_root(
    directory: DirArgument,
    following: Annotated[
        Path, typer.Option("--next", metavar="FILE", help="The root file to change over to.")
    ],
    root: Annotated[
        Path | None,
        typer.Option("--root", metavar="FILE", help="The root in force, to announce another one."),
    ] = None,
    after: Annotated[
        Path | None,
        typer.Option("--after", metavar="FILE", help="The root to announce then; made if absent."),
    ] = None,
    json_out: JsonOption = False,
) -> None:
    """Change over to the root that our roster announced: it signs alone, the old one is not needed.

    With --root, where no root was announced, one is: change over when every peer has that roster.
    Run it on the machine that has the root files and a copy of DIR, or on ours.
    """
    from parley.cli import build, nodedir, rootfile
    from parley.cli.ceremony import plans

    opened = nodedir.open_dir(directory)
    party = opened.config.party
    fresh = rootfile.read_root(following, party)
    at_ms = build.clock_ms()
    if root is not None:
        plan = plans.announcement(opened, fresh.verifier, at_ms)
        _conclude(opened, plan, root, None, force=False, json_out=json_out)
        return
    plans.check_announced(opened, fresh.verifier)
    last = None
    if after is not None:
        last = (rootfile.read_root if after.exists() else rootfile.make_root)(after, party)
    plan = plans.change_of_root(opened, fresh.verifier, last.verifier if last else None, at_ms)
    _conclude(opened, plan, following, None, force=False, json_out=json_out)


@keys.command(
    "install",
    epilog=examples("parley keys install node-ru ru-2.roster", json=_SIGNED),
)
def install(
    directory: DirArgument,
    file: Annotated[Path, typer.Argument(metavar="ROSTER", help="What `parley root sign` wrote.")],
    json_out: JsonOption = False,
) -> None:
    """Put a roster that our root signed in force. The node must be stopped; it believes it, and
    tells the peers, when it starts again."""
    from parley.cli import files, nodedir
    from parley.cli.ceremony import renewal
    from parley.cli.rootfile import MAX_REQUEST_BYTES

    opened = nodedir.open_dir(directory)
    known = opened.own_roster()
    note = files.read_input(file, max_bytes=MAX_REQUEST_BYTES)
    new = renewal.install(opened, note, file.name)
    _tell(opened, known, new, "", json_out=json_out)


@keys.command(
    "discard",
    epilog=examples("parley keys discard node-ru", json="[serial]"),
)
def discard(directory: DirArgument, json_out: JsonOption = False) -> None:
    """Forget a request that waits, with the fresh keys made for it."""
    from parley.cli import nodedir, show
    from parley.cli.ceremony import renewal

    serials = renewal.discard(nodedir.open_dir(directory))
    out = show.Out(json_out)
    if out.json:
        out.value(serials)
        return
    out.line(f"Forgotten: roster {', '.join(map(str, serials))}." if serials else "Nothing waits.")


def _conclude(
    opened: NodeDir,
    plan: Plan,
    root: Path | None,
    request: Path | None,
    *,
    force: bool,
    json_out: bool,
) -> None:
    """Sign here and install, or write the request."""
    from parley.cli import rootfile
    from parley.cli.ceremony import renewal

    if (root is None) == (request is None):
        raise InputError(
            "the root is at hand, or it is elsewhere: one of them",
            right="--root FILE or --request OUT",
            at_fault="whoever changes the keys",
        )
    known = opened.own_roster()
    if request is not None:
        renewal.request(opened, plan, request, overwrite=force)
        _tell(opened, known, plan.roster, str(request), json_out=json_out)
    elif root is not None:
        key: SigningKey = rootfile.read_root(root, opened.config.party)
        new = renewal.apply(opened, plan, key)
        _tell(opened, known, new, "", json_out=json_out)


def _tell(opened: NodeDir, known: Roster, new: Roster, request: str, *, json_out: bool) -> None:
    from parley.cli import show
    from parley.cli.ceremony import renewal
    from parley.cli.ceremony.succession import changes

    lines = changes(known, new) if new != known else []
    out = show.Out(json_out)
    if out.json:
        out.value(
            {"serial": new.serial, "changes": lines, "installed": not request, "request": request}
        )
        return
    for line in lines:
        out.line(line)
    if request:
        out.line(f"Carry {request} to the root: parley root sign {request} --root FILE -o ROSTER")
        out.line(f"Then, with the node stopped: parley keys install {opened.path} ROSTER")
        return
    out.line(f"Roster {new.serial} is in force here.", "green")
    if renewal.ran(opened):
        out.line(f"The peers get it from the node: parley serve {opened.path}")
    else:
        out.line(f"The node never ran: hand the new card over, parley peer card {opened.path}")
    if len(new.certificates) > 1:
        out.line("When every peer has it, change over: parley keys rotate --tls, once more.")


def _show_others(out: Out, roster: Roster) -> None:
    from parley.cli.ceremony.succession import ALGORITHMS, instant
    from parley.ledger.certificate import spki_pin

    out.table(
        ("Other key", "Id", "Until"),
        [
            (ALGORITHMS[w.key.algorithm], w.key.key_id.hex(),
             "in force" if w.until_s is None else instant(w.until_s))
            for w in roster.witnesses
        ]
        + [("TLS", spki_pin(der)[:16], "") for der in roster.certificates],
    )  # fmt: skip


def _shown(roster: Roster) -> dict[str, object]:
    from parley.ledger import fingerprint
    from parley.ledger.certificate import spki_pin

    return {
        "party": roster.party,
        "serial": roster.serial,
        "epoch": roster.epoch,
        "root": roster.root.to_vkey(),
        "fingerprint": fingerprint(roster.root),
        "next_root": roster.next_root,
        "terms": [
            {
                "key_id": t.key.key_id.hex(),
                "epoch": t.epoch,
                "first": t.first,
                "last": t.last,
                "why": t.why,
            }
            for t in roster.terms
        ],
        "cosigners": [
            {"key_id": w.key.key_id.hex(), "algorithm": w.key.algorithm, "until_s": w.until_s}
            for w in roster.witnesses
        ],
        "certificates": [spki_pin(der) for der in roster.certificates],
    }
