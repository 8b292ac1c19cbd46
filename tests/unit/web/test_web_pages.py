"""The console's files, and the headers of every answer on the operator's side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from fastapi import FastAPI

from parley.store.memory import MemoryStore
from parley.testing.http import LoneNode, lone_node
from parley.testing.people import PASSWORD
from parley.web.console import pages

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " font-src 'self'; connect-src 'self'; worker-src 'self'; media-src 'self' blob:;"
    " manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'"
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A built console in small, beside a file that is nobody's business."""
    root = tmp_path / "site"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>Console</title>")
    (root / "assets" / "main-ABC123.js").write_text("export {}")
    (root / "map.geojson").write_text("{}")
    (root / "notes.secret").write_text("no kind of ours")
    (root / ".hidden.json").write_text("{}")
    (tmp_path / "operator.json").write_text("secret")
    (root / "link.json").symlink_to(tmp_path / "operator.json")
    return root


@pytest.fixture
async def browser(site: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(pages.router(site))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        yield client


async def test_the_front_door_leads_to_the_console(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/console"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (307, "/console/")
    page = await browser.get("/console/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"


async def test_hashed_names_are_kept_for_ever_and_others_are_asked_for_again(
    browser: httpx.AsyncClient,
) -> None:
    script = await browser.get("/console/assets/main-ABC123.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "private, max-age=31536000, immutable"
    data = await browser.get("/console/map.geojson")
    assert data.headers["cache-control"] == "private, no-cache"


async def test_what_the_browser_has_is_not_sent_again(
    browser: httpx.AsyncClient, site: Path
) -> None:
    tag = (await browser.get("/console/map.geojson")).headers["etag"]
    again = await browser.get("/console/map.geojson", headers={"if-none-match": f'"x", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    await asyncio.to_thread((site / "map.geojson").write_text, '{"new": 1}')
    fresh = await browser.get("/console/map.geojson", headers={"if-none-match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != tag


OUTSIDE = [
    "../operator.json",
    "..%2foperator.json",
    "%2e%2e/operator.json",
    "assets/../../operator.json",
    "assets/..%5c..%5coperator.json",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "link.json",
    "notes.secret",
    ".hidden.json",
    "assets",
    "assets/",
    "index.html%00.js",
    "nowhere.js",
    "x" * 4_000 + ".js",
]


def test_nothing_but_the_site_is_served(site: Path) -> None:
    shelf = pages.Shelf(site)
    for path in OUTSIDE:
        for name in (path, unquote(path)):
            answer = shelf.answer(name, None)
            assert answer.status_code == 404, name
            assert b"secret" not in bytes(answer.body)


async def test_no_path_leads_out_of_the_site(blue: LoneNode) -> None:
    for path in OUTSIDE:
        answer = await blue.anybody.get(f"/console/{path}")
        assert answer.status_code == 404, path


def test_a_console_that_is_not_built_says_so(tmp_path: Path) -> None:
    answer = pages.Shelf(tmp_path / "nothing").answer("", None)
    assert answer.status_code == 503
    assert b"make console" in bytes(answer.body)


async def test_every_answer_has_the_policy() -> None:
    async with lone_node("blue", MemoryStore()) as blue:
        watch = await blue.at_console("watch1")
        answers = [
            await blue.anybody.get("/"),
            await blue.anybody.get("/console/"),
            await blue.anybody.get("/console/none.js"),
            await blue.anybody.get("/openapi.json"),
            await blue.anybody.get("/nowhere"),
            await blue.anybody.get("/v1/items"),
            await blue.anybody.get("/v1/session"),
            await blue.anybody.post("/v1/stop", content=b"x" * 2_000_000),
            await blue.anybody.post("/v1/session", json={"person": "a", "password": PASSWORD}),
            await watch.get("/v1/items"),
            await watch.post("/v1/stop", json={"role": "pope"}),
            await blue.officer.get("/v1/items"),
            await blue.officer.delete("/v1/items"),
        ]
        for answer in answers:
            assert answer.headers["content-security-policy"] == POLICY, answer.url
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert "geolocation=()" in answer.headers["permissions-policy"]
            if answer.url.path.startswith("/v1"):
                assert answer.headers["cache-control"] == "no-store"
        await watch.aclose()


async def test_a_page_that_the_api_makes_keeps_its_styles_and_runs_nothing(
    blue: LoneNode,
) -> None:
    answer = await blue.officer.get("/v1/incidents/form", params={"as": "html"})
    if not answer.headers["content-type"].startswith("text/html"):
        answer = await blue.officer.get("/v1/packs/review.html")
    policy = answer.headers["content-security-policy"]
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "frame-ancestors 'none'" in policy


async def test_the_peers_door_serves_no_console(blue: LoneNode) -> None:
    for path in ("/", "/console/", "/v1/session", "/v1/people"):
        assert (await blue.peer.get(path)).status_code == 404
