"""Kills, full disks, damaged and foreign files, for real."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from parley.errors import ConfigError, StorageError
from parley.node.ports import Layer, Tx
from parley.store import schema
from parley.store.sqlite import SqliteStore
from parley.testing.store_child import VOLUME, one, whole

CHILD = [sys.executable, "-m", "parley.testing.store_child"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "parley.db"


def write_until_killed(path: Path, start: int, lines: int) -> list[int]:
    """Lets a child write, kills it after so many acknowledgements, and returns all it printed."""
    with subprocess.Popen(
        [*CHILD, "write", str(path), str(start)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        printed = [int(child.stdout.readline()) for _ in range(lines)]
        child.kill()
        rest = child.stdout.read()
    printed += [int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
    assert child.returncode == -9
    return printed


async def test_what_was_acknowledged_survives_a_kill(path: Path) -> None:
    acknowledged: list[int] = []
    for round_, lines in enumerate((1, 40, 333)):
        acknowledged += write_until_killed(path, round_ * 100_000, lines)
        store = await SqliteStore.open(path)
        kept = await store.read(whole)
        assert set(acknowledged) <= set(kept)
        assert len(kept) == len(set(kept))
        await store.close()


def test_full_disk_refuses_keeps_and_recovers(path: Path) -> None:
    done = subprocess.run([*CHILD, "full", str(path)], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert done.stderr == ""
    assert "nothing was stored" in told["refused"]
    assert "free space" in told["refused"]
    assert len(told["during"]) > 50
    assert told["during"] == [n for n in told["acknowledged"] if n < 10**6]
    assert told["after"] == told["acknowledged"]


async def test_database_at_its_largest_refuses_one_work_and_takes_the_next(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.write(one(0))
    await store.close()
    writer = schema.open_writer(path)
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages + 20}")
    store = SqliteStore(path, writer, [schema.connect(path, writer=False)], 16)

    def large(tx: Tx) -> None:
        for number in range(100):
            tx.records.put("t", f"large {number}", bytes(4_000))

    def large_and_silent(tx: Tx) -> None:
        with suppress(StorageError):
            large(tx)

    for work in (large, large_and_silent):
        with pytest.raises(StorageError, match="full"):
            await store.write(work)
    assert await store.read(whole) == [0]
    await store.write(one(1))
    assert await store.read(whole) == [0, 1]
    await store.close()


async def test_locked_database_is_a_storage_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "BUSY_S", 0.05)
    store = await SqliteStore.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="another process holds the database"):
        await store.write(one(0))
    assert await store.read(whole) == []
    other.execute("ROLLBACK")
    other.close()
    assert await store.write(one(0)) == 0
    await store.close()


async def test_new_file_is_for_its_user_alone(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.write(one(0))
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await store.close()


@pytest.mark.parametrize("content", [b"GIF89a", b"x" * 5_000, b"SQLite format 3\x00" + b"x" * 500])
async def test_file_that_is_no_database_is_named_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises((ConfigError, StorageError)) as caught:
        await SqliteStore.open(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


async def test_database_of_others_is_named_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"parley\.db.* is not a database of Parley"):
        await SqliteStore.open(path)
    assert path.read_bytes() == before


async def test_newer_layout_is_refused(path: Path) -> None:
    await (await SqliteStore.open(path)).close()
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    other.close()
    with pytest.raises(ConfigError, match=f"layout {schema.VERSION + 1}"):
        await SqliteStore.open(path)


@pytest.mark.parametrize("name", ["absent/parley.db", ".", "a\x00b"])
async def test_place_that_cannot_be_opened_is_a_config_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        await SqliteStore.open(tmp_path / name)


async def test_damaged_pages_are_a_storage_error(path: Path) -> None:
    store = await SqliteStore.open(path)
    for number in range(50):
        await store.write(one(number))
    await store.close()
    content = bytearray(path.read_bytes())
    content[4096 * 2 :] = b"\xa5" * (len(content) - 4096 * 2)
    path.write_bytes(content)
    store = await SqliteStore.open(path)
    with pytest.raises(StorageError, match="damaged"):
        await store.read(whole)
    with pytest.raises(StorageError, match="damaged"):
        await store.write(one(50))
    await store.close()


async def test_damaged_volume_is_a_storage_error(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.write(one(0))
    await store.close()
    other = sqlite3.connect(path)
    for body in (b"", b"\x01" * 49, b"\x07" + bytes(49)):
        other.execute("UPDATE volume SET body = ?", (body,))
        other.commit()
        store = await SqliteStore.open(path)
        with pytest.raises(StorageError, match="volume 1 of '0' is damaged"):
            await store.read(lambda tx: tx.volumes.near(Layer.DECLARED, VOLUME.boxes()))
        await store.close()
    other.close()


async def test_log_cannot_be_changed_by_a_slip_in_sql(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.write(one(0))
    await store.close()
    other = sqlite3.connect(path)
    for slip in ("DELETE FROM log", "UPDATE log SET leaf = x'00'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute(slip)
    other.close()


async def test_fault_that_a_work_hides_still_undoes_it(path: Path) -> None:
    store = await SqliteStore.open(path)

    def work(tx: Tx) -> None:
        one(0)(tx)
        with pytest.raises(StorageError):
            tx.records.put("t", "k", "text in place of bytes")  # type: ignore[arg-type]
        with pytest.raises(StorageError):
            tx.log.size()

    with pytest.raises(StorageError, match="refused"):
        await store.write(work)
    assert await store.read(whole) == []
    await store.close()


async def test_huge_numbers_are_refused(path: Path) -> None:
    store = await SqliteStore.open(path)
    with pytest.raises(StorageError, match="cannot be stored"):
        await store.write(lambda tx: tx.outbox.push("b", 2**64))
    await store.close()
