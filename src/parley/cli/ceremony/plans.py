"""What each ``parley keys`` command plans: the next roster of ours, and the fresh seeds for it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from parley.cli import keymaking
from parley.cli.ceremony import succession
from parley.cli.ceremony.renewal import Plan
from parley.cli.ceremony.succession import Moment, following
from parley.cli.nodedir import NEXT_TLS, NodeDir, read_seed
from parley.errors import InputError
from parley.ledger import SigningKey, VerifyKey, root_hash
from parley.ledger.certificate import make_certificate

if TYPE_CHECKING:
    from parley.ledger import Roster

_WITNESSES = {4: "witness", 6: "quantum"}
_FAULT = "whoever changes the keys"


def rotation(
    opened: NodeDir,
    at: Moment,
    note: bool,
    witness: bool,
    tls: bool,
    *,
    grace: int,
    grace_s: int,
) -> Plan:
    """Fresh keys of the chosen kinds. grace: indices for the old note key, grace_s: seconds for
    the old cosigners. The TLS key takes two rotations: announced by one, used by the next."""
    known, party = opened.own_roster(), opened.config.party
    seeds: dict[str, bytes] = {}
    changed: dict[str, object] = {}
    if note:
        seeds["note"] = keymaking.fresh_seed()
        key = SigningKey(party, seeds["note"]).verifier
        changed["terms"] = succession.rotated_terms(known, key, at, grace)
    if witness:
        seeds |= {name: keymaking.fresh_seed() for name in _WITNESSES.values()}
        fresh = [SigningKey(party, seeds[name], n).verifier for n, name in _WITNESSES.items()]
        changed["witnesses"] = succession.followed_witnesses(known, fresh, at.now_s + grace_s)
    if tls:
        name, seed, certificates = _next_tls(opened, known)
        seeds[name] = seed
        changed["certificates"] = certificates
    chosen = zip((note, witness, tls), ("note", "witness", "TLS"), strict=True)
    why = f"rotation: {', '.join(name for wanted, name in chosen if wanted)}"
    return Plan(why, following(known, at.now_ms, **changed), seeds)


def _next_tls(opened: NodeDir, known: Roster) -> tuple[str, bytes, tuple[bytes, ...]]:
    party = opened.config.party
    ready = opened.keys / f"{NEXT_TLS}.seed"
    if ready.exists():
        seed = read_seed(ready)
        certificate = make_certificate(party, seed)
        if certificate in known.certificates:
            _check_announced_tls(opened, certificate)
            return "tls", seed, (certificate,)
    seed = keymaking.fresh_seed()
    used = opened.tls_identity().certificate
    return NEXT_TLS, seed, (used, make_certificate(party, seed))


def _check_announced_tls(opened: NodeDir, certificate: bytes) -> None:
    """InputError: no peer can know the certificate yet; changed over to, it would shut us out."""
    from parley.cli import build

    held = asyncio.run(build.logged(opened)).rosters.get(opened.config.party)
    if opened.config.urls and (held is None or certificate not in held.certificates):
        raise InputError(
            "the next TLS key was announced to nobody yet",
            right=f"first parley serve {opened.path}, until every peer has our roster",
            where="--tls",
            at_fault=_FAULT,
        )


def revocation(opened: NodeDir, at: Moment, key_id: str, last_size: int | None, why: str) -> Plan:
    """The end of one key. InputError: not one of ours, ended already, a size beyond our log."""
    known, party = opened.own_roster(), opened.config.party
    key = _key_of(known, key_id)
    if not why.strip() or len(why) > 200:
        raise InputError(
            f"a reason of {len(why)} characters",
            right="1 to 200 characters that the others may read",
            where="--why",
            at_fault=_FAULT,
        )
    seed = keymaking.fresh_seed()
    follower = SigningKey(party, seed, key.algorithm).verifier
    told = f"revocation of {key_id.lower()}: {why}"
    if key.algorithm == 1:
        size = at.size if last_size is None else last_size
        if size > at.size:
            raise InputError(
                f"the last valid size {size} is beyond our log of {at.size}",
                right=f"at most {at.size}",
                where="--last-size",
                at_fault=_FAULT,
            )
        terms = succession.revoked_terms(known, key.key_id, size, why, follower)
        seeds = {"note": seed} if terms[-1].key == follower else {}
        return Plan(told, following(known, at.now_ms, terms=terms), seeds)
    if last_size is not None:
        raise InputError(
            "a cosigner key ends at a time, not at a size", right="no --last-size", at_fault=_FAULT
        )
    if any(w.key == key and w.until_s is not None for w in known.witnesses):
        raise InputError(
            f"cosigner key {key_id} has ended already", right="a key in force", at_fault=_FAULT
        )
    witnesses = succession.followed_witnesses(known, (follower,), at.now_s)
    changed = following(known, at.now_ms, witnesses=witnesses)
    return Plan(told, changed, {_WITNESSES[key.algorithm]: seed})


def _key_of(known: Roster, key_id: str) -> VerifyKey:
    keys = {key.key_id.hex(): key for key in (*known.note_keys, *known.witness_keys)}
    found = keys.get(key_id.lower()) if re.fullmatch(r"[0-9a-fA-F]{8}", key_id) else None
    if found is None:
        raise InputError(
            f"{key_id[:80]!r} is no key of our roster",
            right=f"one of: {', '.join(keys)}",
            where="KEYID",
            at_fault=_FAULT,
        )
    return found


def next_epoch(opened: NodeDir, at: Moment, last_size: int | None, *, fresh: bool) -> Plan:
    """The next epoch. A node out of a backup may not know how far its log had grown."""
    known = opened.own_roster()
    if opened.config.restored and last_size is None:
        raise InputError(
            "this node came out of a backup: its log may have been longer",
            right="--last-size, as much as any peer holds of our log",
            where="--last-size",
            at_fault=_FAULT,
        )
    size = at.size if last_size is None else last_size
    seeds = {"note": keymaking.fresh_seed()} if fresh else {}
    key = SigningKey(known.party, seeds["note"]).verifier if fresh else known.note_key
    terms = succession.next_epoch_terms(known, key, size)
    changed = following(known, at.now_ms, terms=terms, epoch=known.epoch + 1)
    return Plan(f"epoch {changed.epoch}, the old log closed at {size}", changed, seeds)


def announcement(opened: NodeDir, root: VerifyKey, now_ms: int) -> Plan:
    """A roster of the root in force that announces another one, where none was announced."""
    known = opened.own_roster()
    _not_the_same(known, root)
    if known.next_root:
        raise InputError(
            f"roster {known.serial} has named the root to follow",
            right=f"the root file of {known.next_root[:16]}: no other can take its place",
            where="--next",
            at_fault=_FAULT,
        )
    changed = following(known, now_ms, next_root=root_hash(root))
    return Plan(f"announcement of root {root.key_id.hex()}", changed)


def check_announced(opened: NodeDir, root: VerifyKey) -> None:
    """InputError: our roster did not announce this root."""
    known = opened.own_roster()
    _not_the_same(known, root)
    if root_hash(root) != known.next_root:
        raise InputError(
            f"root {root.key_id.hex()} was not announced by roster {known.serial}",
            right="the announced root, or --root with the one in force to announce this one",
            where="--next",
            at_fault=_FAULT,
        )


def change_of_root(opened: NodeDir, root: VerifyKey, after: VerifyKey | None, now_ms: int) -> Plan:
    """A roster of the root that was announced; after: the one that it announces."""
    known = opened.own_roster()
    hashed = "" if after is None else root_hash(after)
    changed = following(known, now_ms, root=root, next_root=hashed)
    return Plan(f"change over to root {root.key_id.hex()}", changed)


def _not_the_same(known: Roster, root: VerifyKey) -> None:
    if root == known.root:
        raise InputError(
            f"root {root.key_id.hex()} is the one in force",
            right="another root",
            where="--next",
            at_fault=_FAULT,
        )
