"""``parley verify`` and ``dispute``: files checked from their bytes alone, by anybody."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import JsonOption, examples
from parley.errors import InputError, PeerError

if TYPE_CHECKING:
    from parley.cli.show import Out
    from parley.ledger import EvidenceReport, LogReport, VerifyKey
    from parley.wire.evidence_report import FileFacts
    from parley.wire.pages import Page

NOT_VERIFIED = 1

RootOption = Annotated[
    list[str] | None,
    typer.Option("--root", metavar="VKEY", help="A root you hold from elsewhere; repeat it."),
]
PinDirOption = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="Pin the roots that node knows.")
]
ReportOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--report", metavar="OUT", help="A report to read: OUT.html or OUT.txt; repeat it."
    ),
]
QuorumOption = Annotated[
    int,
    typer.Option("--quorum", min=1, max=64, help="So many other parties make an entry witnessed."),
]


def register(app: typer.Typer) -> None:
    app.command(
        "verify",
        epilog=examples(
            "parley verify ru.log --root ru+0a1b2c3d+AQ...",
            "parley verify il-1.evidence --dir node-un   (the roots which that node knows)",
            "parley verify il-1.evidence --report il-1.html --report il-1.txt",
            json="verified, kind (log or evidence), pinned, and for a log: party, epoch, entries,"
            " root, counts, signers [{name, vkey, pinned, notes}], cosigners; for evidence: items"
            " [{type, note_hash, signers, log, index, size, at_ms, not_before_ms, not_after_ms,"
            " claim_within, witnesses, witnessed, receipts, pinned}], exhibits, split_logs,"
            " proved, suspected, unknowable; or, with verified false, error {code, what, where,"
            " at_fault, right}",
        ),
    )(verify)
    app.command(
        "dispute",
        epilog=examples(
            "parley dispute ru.evidence il.evidence --report dispute.html",
            json="a, b (parties), agreed, only_a, only_b [{note_hash, type, signers, a, b,"
            " sentence}], contradictions [{kind, sentence, proof}]",
        ),
    )(dispute)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A log or an evidence file.")],
    root: RootOption = None,
    directory: PinDirOption = None,
    quorum: QuorumOption = 1,
    report: ReportOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Verify a log or evidence file from its bytes alone. 0: verified, 1: not, 2: not ours."""
    from parley.cli import show

    out = show.Out(json_out)
    pinned = _pins(root or [], directory)
    kind, size = _kind_of(file)
    try:
        if kind == "log":
            if report:
                raise InputError(
                    "a log has no report", right="--report with an evidence file", where="--report"
                )
            members = _log_members(_verified_log(file, size, pinned))
        else:
            found = _verified_evidence(file, pinned, quorum)
            _write_reports(report or [], _page_of(file, found), force=force)
            members = _evidence_members(found)
    except PeerError as error:
        _write_reports(report or [], _refused_page_of(file, error), force=force)
        _refuse(out, kind, error, file)
        raise typer.Exit(NOT_VERIFIED) from None
    if out.json:
        out.value(members)
        return
    _show_log(out, members) if kind == "log" else _show_evidence(out, members)
    for path in report or []:
        out.line(f"The report: {path}")


def dispute(
    a: Annotated[Path, typer.Argument(metavar="A", help="One party's evidence file.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The other's, about the same.")],
    root: RootOption = None,
    directory: PinDirOption = None,
    quorum: QuorumOption = 1,
    report: ReportOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Two evidence files on one incident side by side: what both logs hold, what only one holds,
    what contradicts. 0: compared; 1: one does not verify."""
    from parley.cli import show
    from parley.ledger.dispute import compare
    from parley.wire.dispute_report import dispute_members, dispute_page

    out = show.Out(json_out)
    pinned = _pins(root or [], directory)
    reports = []
    for file in (a, b):
        if _kind_of(file)[0] != "evidence":
            raise InputError(f"{file} is a log", right="two evidence files", where=str(file))
        try:
            reports.append(_verified_evidence(file, pinned, quorum))
        except PeerError as error:
            _refuse(out, "evidence", error, file)
            raise typer.Exit(NOT_VERIFIED) from None
    found = compare(reports[0], reports[1])
    page = dispute_page(found, reports[0], reports[1], facts_of(a), facts_of(b))
    _write_reports(report or [], page, force=force)
    if out.json:
        out.value(dispute_members(found))
        return
    from parley.wire.pages import as_text

    out.line(as_text(page))


def _verified_log(file: Path, size: int, pinned: Mapping[str, VerifyKey]) -> LogReport:
    from parley.cli import show
    from parley.cli.audit_log import audit_log

    with show.progress(f"Verifying {file.name}", size) as step:
        return audit_log(file, pinned=pinned.values(), progress=lambda _, done: step(done))


def _verified_evidence(file: Path, pinned: Mapping[str, VerifyKey], quorum: int) -> EvidenceReport:
    from parley.cli import files
    from parley.ledger import verify_evidence
    from parley.ledger.evidence import MAX_EVIDENCE_BYTES

    data = files.read_input(file, max_bytes=MAX_EVIDENCE_BYTES)
    return verify_evidence(data, pinned=pinned, quorum=quorum)


def facts_of(file: Path) -> FileFacts:
    """What a report says of the file itself."""
    from parley import __version__
    from parley.cli import files
    from parley.ledger.evidence import MAX_EVIDENCE_BYTES
    from parley.wire.evidence_report import FileFacts

    data = files.read_input(file, max_bytes=MAX_EVIDENCE_BYTES)
    return FileFacts(
        file.name,
        hashlib.sha256(data).hexdigest(),
        len(data),
        time.time_ns() // 1_000_000,
        f"parley {__version__}",
    )


def _page_of(file: Path, found: EvidenceReport) -> Page:
    from parley.wire.evidence_report import evidence_page

    return evidence_page(found, facts_of(file))


def _refused_page_of(file: Path, error: PeerError) -> Page:
    from parley.wire.evidence_report import refused_page

    return refused_page(facts_of(file), error)


def _write_reports(paths: list[Path], page: Page, *, force: bool) -> None:
    from parley.cli import files
    from parley.wire.pages import as_html, as_text

    for path in paths:
        if path.suffix not in (".html", ".txt"):
            raise InputError(
                f"{path} is neither HTML nor text", right="OUT.html or OUT.txt", where="--report"
            )
    for path in paths:
        text = as_html(page) if path.suffix == ".html" else as_text(page)
        files.write_new(path, (text.encode(),), overwrite=force)


def _pins(vkeys: list[str], directory: Path | None) -> dict[str, VerifyKey]:
    from parley.cli.nodedir import open_dir
    from parley.ledger import VerifyKey

    pinned = open_dir(directory).roots() if directory is not None else {}
    for text in vkeys:
        try:
            key = VerifyKey.from_vkey(text.strip())
        except InputError as error:
            raise error.blamed_on("whoever gave --root", where="--root") from None
        if pinned.get(key.name, key) != key:
            raise InputError(
                f"two different roots of {key.name!r} are pinned",
                right="one of them",
                where="--root",
            )
        pinned[key.name] = key
    return pinned


def _kind_of(file: Path) -> tuple[str, int]:
    """ "log" or "evidence" by the file's first line, and its size. InputError: not ours."""
    from parley.ledger import EVIDENCE_TYPE, LOG_TYPE

    try:
        with file.open("rb") as opened:
            head = opened.read(128).partition(b"\n")[0]
        size = file.stat().st_size
    except OSError as error:
        raise InputError(
            f"{file} cannot be read: {error.strerror}",
            right="a log or evidence file",
            where=str(file),
            at_fault="whoever named the file",
        ) from None
    for kind, line in (("log", LOG_TYPE), ("evidence", EVIDENCE_TYPE)):
        if head == line.encode():
            return kind, size
    raise InputError(
        f"{file} is neither a log nor an evidence file",
        right=f"a first line of {LOG_TYPE} or {EVIDENCE_TYPE}",
        where=f"{file}: first line",
        at_fault=f"the author of {file.name}",
    )


def _refuse(out: Out, kind: str, error: PeerError, file: Path) -> None:
    from parley.cli.show import refusal, refusal_members

    if error.at_fault == PeerError.default_fault:
        error.at_fault = f"whoever wrote or changed {file.name}"
    if out.json:
        out.value({"verified": False, "kind": kind, "error": refusal_members(error)})
        return
    out.line(f"NOT VERIFIED: {file}: {error.where or error.what}", "bold red")
    refusal(error)


def _log_members(report: LogReport) -> dict[str, Any]:
    return {
        "verified": True,
        "kind": "log",
        "pinned": report.key_pinned and all(signer.pinned for signer in report.signers),
        "party": report.party,
        "epoch": report.epoch,
        "entries": report.size,
        "root": report.root_hex,
        "counts": {kind.label: n for kind, n in report.counts.items() if n},
        "signers": [
            {"name": s.key.name, "vkey": s.key.to_vkey(), "pinned": s.pinned, "notes": s.notes}
            for s in report.signers
        ],
        "cosigners": list(report.cosigners),
    }


def _evidence_members(report: EvidenceReport) -> dict[str, Any]:
    return {
        "verified": True,
        "kind": "evidence",
        "pinned": report.pinned,
        "items": [
            {
                "type": item.type,
                "note_hash": item.note_hash.hex(),
                "signers": [{"name": s.name, "pinned": s.pinned} for s in item.signers],
                "log": item.log,
                "index": item.index,
                "size": item.size,
                "at_ms": item.at_ms,
                "not_before_ms": item.not_before_ms,
                "not_after_ms": item.not_after_ms,
                "claim_within": item.claim_within,
                "witnesses": [{"party": p, "at_s": at_s} for p, at_s in item.witnesses],
                "witnessed": item.witnessed,
                "receipts": [
                    {
                        "by": r.by.name,
                        "at_ms": r.receipt.at_ms,
                        "in_log": r.in_log,
                        "disowned": r.disowned,
                    }
                    for r in item.receipts
                ],
                "pinned": item.pinned,
            }
            for item in report.items
        ],
        "exhibits": [
            {
                "kind": e.exhibit.kind,
                "accused": e.exhibit.accused,
                "sentence": e.sentence,
                "pinned": e.pinned,
            }
            for e in report.exhibits
        ],
        "split_logs": list(report.split_logs),
        "proved": list(report.proved),
        "suspected": list(report.suspected),
        "unknowable": list(report.unknowable),
    }


def _show_log(out: Out, members: Mapping[str, Any]) -> None:
    out.line(f"VERIFIED: log of {members['party']}, {members['entries']} entries", "bold green")
    counts = ", ".join(f"{n} {kind}" for kind, n in members["counts"].items())
    out.pairs((("Epoch", members["epoch"]), ("Root", members["root"]), ("Entries", counts)))
    out.table(
        ("Signer", "Notes", "Key"),
        ((s["name"], s["notes"], _trust(s["pinned"])) for s in members["signers"]),
    )
    _say_trust(out, bool(members["pinned"]))


def _show_evidence(out: Out, members: Mapping[str, Any]) -> None:
    from parley.wire.instants import format_instant

    out.line(f"VERIFIED: evidence of {len(members['items'])} entries", "bold green")
    out.table(
        ("What", "Signed by", "In log", "Received by", "Witnessed by"),
        (
            (
                item["type"] or "note",
                ", ".join(s["name"] for s in item["signers"]),
                f"{item['log']} #{item['index']} of {item['size']}",
                ", ".join(f"{r['by']} {format_instant(r['at_ms'])}" for r in item["receipts"]),
                ", ".join(w["party"] for w in item["witnesses"])
                if item["witnessed"]
                else "unwitnessed",
            )
            for item in members["items"]
        ),
    )
    for exhibit in members["exhibits"]:
        out.line(f"▲ PROVED: {exhibit['sentence']}.", "bold red")
    for sentence in members["suspected"]:
        out.line(f"? Suspected: {sentence}", "yellow")
    _say_trust(out, bool(members["pinned"]))


def _trust(pinned: bool) -> str:
    return "pinned" if pinned else "only self-declared"


def _say_trust(out: Out, pinned: bool) -> None:
    if pinned:
        out.line("Every root was pinned by you: those parties said this.", "green")
    else:
        out.line(
            "Not every root was pinned: the file agrees with itself, but who signed rests on the"
            " file's own word. Give --root or --dir.",
            "yellow",
        )
