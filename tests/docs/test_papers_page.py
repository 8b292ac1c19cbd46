"""docs/formats/papers.md names every kind of paper and every route of papers."""

from __future__ import annotations

from pathlib import Path

from parley.liaison.kinds import KINDS
from parley.store.memory import MemoryStore
from parley.testing.http import lone_node

DOCS = Path(__file__).resolve().parents[2] / "docs" / "formats"


def test_every_kind_is_named_in_its_room() -> None:
    rows = [line for line in (DOCS / "papers.md").read_text().splitlines() if line.startswith("|")]
    for kind, row in KINDS.items():
        room = row.content.__module__.split(".")[2]
        assert any(line.startswith(f"| {room} |") and f"`{kind}`" in line for line in rows), kind


LISTS = (
    "papers",
    "items",
    "findings",
    "journal",
    "log",
    "exhibits",
    "watch/tracks",
    "watch/alarms",
)


async def test_every_list_and_every_route_of_papers_is_told() -> None:
    page = (DOCS / "http.md").read_text()
    async with lone_node("blue", MemoryStore()) as blue:
        paths = (await blue.anybody.get("/openapi.json")).json()["paths"]
    for name in LISTS:
        assert "limit" in {given["name"] for given in paths[f"/v1/{name}"]["get"]["parameters"]}
        assert f"`GET /v1/{name}[?" in page or f"`GET /v1/{name}?" in page, name
    for path in paths:
        if path.startswith("/v1/papers") and path != "/v1/papers/kinds":
            assert path in page, path
