"""Shell completion of party ids and item refs, where the answer is cheap; silent otherwise."""

from __future__ import annotations

from pathlib import Path

import typer

from parley.errors import ParleyError


def complete_party(ctx: typer.Context, incomplete: str) -> list[str]:
    """Parties of the agreement in the node directory that stands on the line already."""
    from parley.cli.nodedir import open_dir

    directory = ctx.params.get("directory")
    if directory is None:
        return []
    try:
        parties = open_dir(Path(directory)).agreement().parties
    except ParleyError:
        return []
    return [p.id for p in parties if p.id.startswith(incomplete)]


def complete_ref(ctx: typer.Context, incomplete: str) -> list[str]:
    """Refs of the running node's items; nothing when it does not run."""
    from parley.cli.client import Client
    from parley.cli.nodedir import open_dir

    directory = ctx.params.get("directory")
    if directory is None:
        return []
    try:
        with Client(open_dir(Path(directory)), timeout_s=0.5) as client:
            found = [str(item["ref"]) for item in client.items()]
    except ParleyError:
        return []
    return [ref for ref in found if ref.startswith(incomplete)]
