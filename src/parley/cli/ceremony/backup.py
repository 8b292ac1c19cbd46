"""``parley backup`` and ``restore``: a node directory as one file, and back, without a fork.

The file is a ZIP archive, mode 0600: ``backup.json`` (format parley/backup/v1, party, time, and
size and SHA-256 of each file), then the files. It holds the private keys. Databases are copied
by SQLite's online backup. A restored node is marked: its log may be an old one, and what it signed
now could contradict what it signed before.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import ConfigError, FormatError, InputError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir

BACKUP_FORMAT = "parley/backup/v1"
MANIFEST = "backup.json"
MAX_FILES = 1024
MAX_MANIFEST_BYTES = 1 << 20
CHUNK_BYTES = 1 << 20

_LEFT_OUT = ("serve.lock", "running.json", "history.db")
_FOLDERS = ("keys", "rosters")
_NAME = re.compile(
    r"(?:(?:keys|rosters|keys/pending-[0-9]{1,16})/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
)
_OPEN = re.compile(r"(?:[^/]+\.json|rosters/[^/]+)")
_DATABASE = re.compile(r"[^/]+\.db")


def register(app: typer.Typer) -> None:
    app.command(
        "backup",
        epilog=examples(
            "parley backup node-ru /media/stick/ru.backup   (the node may run)",
            json="file, bytes, party, files, at_ms",
        ),
    )(backup)
    app.command(
        "restore",
        epilog=examples(
            "parley restore /media/stick/ru.backup node-ru",
            json="directory, party, files, at_ms, restored",
        ),
    )(restore)


def backup(
    directory: DirArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make, mode 0600.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Copy the whole node directory into one file, while the node runs or not.

    It holds the private keys: keep it as you keep them.
    """
    from parley.cli import build, nodedir, show

    opened = nodedir.open_dir(directory)
    opened.seeds()
    if file.exists() and not force:
        raise InputError(
            f"{file} exists already",
            right="another name, or --force to replace it",
            where=str(file),
            at_fault="whoever named the file",
        )
    at_ms = build.clock_ms()
    count = _write(opened, file, at_ms)
    out = show.Out(json_out)
    size = file.stat().st_size
    party = opened.config.party
    if out.json:
        out.value(
            {"file": str(file), "bytes": size, "party": party, "files": count, "at_ms": at_ms}
        )
        return
    out.line(f"{file}: {count} files, {size} bytes.", "green")
    out.line(
        f"It holds the private keys of {party}: whoever has it can speak as {party}.", "yellow"
    )


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `parley backup` wrote.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory to make.")],
    json_out: JsonOption = False,
) -> None:
    """Make a node directory from a backup. It does not start before `parley recover` asked its
    peers how far its log had grown, or before a new epoch is opened."""
    from parley.cli import show

    manifest = _read(file, directory)
    out = show.Out(json_out)
    if out.json:
        names = ("party", "at_ms")
        members = {name: manifest[name] for name in names}
        out.value(
            {
                "directory": str(directory),
                **members,
                "files": len(manifest["files"]),
                "restored": True,
            }
        )
        return
    out.line(f"{directory} is the node of {manifest['party']} as it was backed up.", "green")
    out.line("Its log may be older than what the others hold. Get the rest back from them:")
    out.line(f"parley recover {directory}", "bold")
    out.line(
        "Never run the old directory and this one: two logs under one key are a lie.", "yellow"
    )


def _write(opened: NodeDir, file: Path, at_ms: int) -> int:
    """The archive, whole or not at all; how many files are in it."""
    listed = list(_contents(opened.path))
    partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    copies = partial.with_name(f"{partial.name}.d")
    try:
        handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as sink:
            copies.mkdir(mode=0o700)
            _archive(sink, opened, listed, copies, at_ms)
            sink.flush()
            os.fsync(sink.fileno())
        partial.replace(file)
    except OSError as error:
        raise InputError(
            f"{file} cannot be written: {error.strerror or type(error).__name__}",
            right="a place that exists, with room, where you may write",
            where=str(file),
            at_fault="whoever named the file",
        ) from None
    finally:
        partial.unlink(missing_ok=True)
        shutil.rmtree(copies, ignore_errors=True)
    return len(listed)


def _contents(folder: Path) -> Iterator[str]:
    """The names of what is kept: regular files with names of ours, nothing behind a link."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        kept = path.is_file() and not path.is_symlink() and name not in _LEFT_OUT
        if kept and _NAME.fullmatch(name) and not name.endswith((".db-wal", ".db-shm")):
            yield name


def _archive(sink: BinaryIO, opened: NodeDir, listed: list[str], copies: Path, at_ms: int) -> None:
    sources = {name: opened.path / name for name in listed}
    for name in filter(_DATABASE.fullmatch, listed):
        sources[name] = copies / name
        _copy_database(opened.path / name, sources[name])
    manifest = {
        "format": BACKUP_FORMAT,
        "party": opened.config.party,
        "at_ms": at_ms,
        "files": {name: _measured(source) for name, source in sources.items()},
    }
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(MANIFEST, json.dumps(manifest, indent=2))
        for name, source in sources.items():
            archive.write(source, name)


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's online backup: one consistent state, whoever writes meanwhile."""
    import sqlite3

    try:
        with (
            closing(sqlite3.connect(source.absolute().as_uri() + "?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
    except sqlite3.Error as error:
        raise ConfigError(
            f"{source.name} cannot be copied: {error}",
            right="an undamaged database, and room for a copy beside the backup",
            where=str(source),
        ) from None


def _measured(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _read(file: Path, directory: Path) -> dict[str, Any]:
    """Unpack into ``directory``, all of it at once or nothing; the manifest."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InputError(
            f"{directory} exists already: nothing was touched",
            right="a directory that does not exist yet",
            where=str(directory),
            at_fault="whoever named the directory",
        )
    partial = directory.parent / f".{directory.name}.{secrets.token_hex(4)}"
    try:
        with _opened(file) as archive:
            manifest = _manifest(archive, file)
            directory.parent.mkdir(parents=True, exist_ok=True)
            _check_room(manifest, directory.parent)
            partial.mkdir(mode=0o700)
            for name, told in manifest["files"].items():
                _unpack(archive, name, told, partial / name, file)
        _finish(partial, manifest, file)
        partial.rename(directory)
    except OSError as error:
        raise ConfigError(
            f"{directory} cannot be made: {error.strerror or type(error).__name__}",
            right="a backup that can be read, and a place with room where this user may write",
            where=str(error.filename or directory),
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _bad(file, "is no archive") from None
    except OSError as error:
        raise InputError(
            f"{file} cannot be read: {error.strerror}",
            right="what `parley backup` wrote",
            where=str(file),
            at_fault="whoever named the file",
        ) from None
    with archive:
        yield archive


def _manifest(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    """The manifest, its names, sizes and kinds checked against the archive's own list."""
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(infos) > MAX_FILES or len(set(names)) != len(names):
        raise _bad(file, f"lists {len(infos)} files, {len(set(names))} names")
    if MANIFEST not in names or archive.getinfo(MANIFEST).file_size > MAX_MANIFEST_BYTES:
        raise _bad(file, f"has no {MANIFEST} of a size that can be")
    try:
        manifest = json.loads(b"".join(_chunks(archive, MANIFEST, file)))
        files = manifest["files"]
        good = manifest["format"] == BACKUP_FORMAT and isinstance(manifest["party"], str)
        good = good and type(manifest["at_ms"]) is int and {*files, MANIFEST} == set(names)
        good = good and all(
            type(told["bytes"]) is int and told["bytes"] >= 0 and isinstance(told["sha256"], str)
            for told in files.values()
        )
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        good = False
    if not good:
        raise _bad(file, f"has no {MANIFEST} that fits its files")
    for info in infos:
        _check_member(info, files, file)
    return cast("dict[str, Any]", manifest)


def _check_member(info: zipfile.ZipInfo, files: Mapping[str, Any], file: Path) -> None:
    name = info.filename
    if name == MANIFEST:
        return
    kind = stat.S_IFMT(info.external_attr >> 16)
    if (
        not _NAME.fullmatch(name)
        or name in (*_LEFT_OUT, *_FOLDERS)
        or kind not in (0, stat.S_IFREG)
    ):
        raise _bad(file, f"holds {name[:80]!r}, which is no file of a node directory")
    if info.file_size != files[name]["bytes"] or info.flag_bits & 1:
        raise _bad(file, f"has {info.file_size} bytes of {name}, not {files[name]['bytes']}")


def _check_room(manifest: Mapping[str, Any], folder: Path) -> None:
    wanted = sum(told["bytes"] for told in manifest["files"].values())
    free = shutil.disk_usage(folder).free
    if wanted > free:
        raise ConfigError(
            f"the backup unpacks to {wanted} bytes, {free} are free",
            right="a place with more room",
            where=str(folder),
        )


def _unpack(
    archive: zipfile.ZipFile, name: str, told: Mapping[str, Any], target: Path, file: Path
) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = 0o644 if _OPEN.fullmatch(name) else 0o600
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(handle, "wb") as sink:
        for chunk in _chunks(archive, name, file):
            size += len(chunk)
            if size > told["bytes"]:
                break
            digest.update(chunk)
            sink.write(chunk)
        sink.flush()
        os.fsync(sink.fileno())
    if size != told["bytes"] or digest.hexdigest() != told["sha256"]:
        raise _bad(file, f"has a damaged {name}")


def _chunks(archive: zipfile.ZipFile, name: str, file: Path) -> Iterator[bytes]:
    import zlib

    try:
        with archive.open(name) as member:
            while chunk := member.read(CHUNK_BYTES):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise _bad(file, f"has a damaged {name}") from None


def _finish(partial: Path, manifest: Mapping[str, Any], file: Path) -> None:
    """What was unpacked is a node directory that works, marked as restored."""
    from parley.cli import nodedir

    opened = nodedir.open_dir(partial)
    if opened.config.party != manifest["party"]:
        raise _bad(file, f"says {manifest['party'][:80]!r} and holds {opened.config.party!r}")
    opened.seeds()
    opened.rosters()
    for path in partial.glob("*.db"):
        if not _is_whole(path):
            raise _bad(file, f"has a damaged {path.name}")
    if opened.people.exists():
        _end_sessions(opened.people)
    opened.with_config(replace(opened.config, restored=True))


def _end_sessions(people: Path) -> None:
    """Whose session was ended since the backup must not have it again."""
    import asyncio

    from parley.node.people.ports import PeopleTx
    from parley.store.people import SqlitePeople

    def unit(tx: PeopleTx) -> None:
        for session in tx.sessions.all():
            tx.sessions.end(session.token_hash)

    async def ended() -> None:
        store = await SqlitePeople.open(people)
        try:
            await store.write(unit)
        finally:
            await store.close()

    asyncio.run(ended())


def _is_whole(path: Path) -> bool:
    import sqlite3

    try:
        with closing(sqlite3.connect(path)) as database:
            return bool(database.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def _bad(file: Path, what: str) -> FormatError:
    return FormatError(
        f"{file.name} {what}",
        right="what `parley backup` wrote",
        where=str(file),
        at_fault=f"whoever made or changed {file.name}",
    )
