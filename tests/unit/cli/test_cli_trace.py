"""`parley trace`: whose signed copy a note is, from the file alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from parley.cli import build
from parley.cli.hand import draft_of_file
from parley.cli.nodedir import open_dir

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]


def test_a_copy_names_its_author_and_its_addressee(
    run: Run, make: Make, introduce: Introduce, examples: Path, tmp_path: Path
) -> None:
    il, ru = make("il"), make("ru")
    introduce(il, ru)
    introduce(ru, il)

    async def noted() -> bytes:
        async with build.stored_node(open_dir(il)) as node:
            await node.start()
            draft = draft_of_file(examples / "notice.geojson", node.context.agreement)
            posted = await node.post_notice(
                draft, role="watch-officer", to=["ru"], each_its_own=True
            )
            return posted.note

    leaked = tmp_path / "leaked.note"
    leaked.write_bytes(asyncio.run(noted()))
    found = json.loads(run("trace", ru, leaked, "--json").stdout)
    assert (found["author"], found["copy_for"], found["left"]) == ("il", "ru", ["il", "ru"])
    told = run("trace", ru, leaked)
    assert "the copy for ru" in told.stdout
    leaked.write_bytes(leaked.read_bytes().replace(b'"copy_for":"ru"', b'"copy_for":"un"'))
    refused = run("trace", ru, leaked)
    assert refused.exit_code == 2
    assert "il" in refused.stderr
