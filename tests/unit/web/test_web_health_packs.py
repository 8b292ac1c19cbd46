"""The health of the mechanism and review packs over the officers' API."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pypdf import PdfReader

from parley.node.node import Node
from parley.outlets.press import Press
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import TOKEN, started_node
from parley.web import create_app

DAY = {"from": "2023-11-14T00:00:00Z", "until": "2023-11-15T00:00:00Z"}


@asynccontextmanager
async def officer(node: Node, press: Press | None) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(node, operator_token=TOKEN, press=press)
    headers = {"authorization": f"Bearer {TOKEN}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://node", headers=headers
    ) as client:
        yield client


@pytest.fixture
async def asked() -> AsyncIterator[httpx.AsyncClient]:
    node = await started_node(small_agreement(), "blue", clock=HandClock())
    await asyncio.to_thread(_warm)
    await node.post_notice(transit(1), role="duty", to=["green"])
    async with officer(node, Press()) as client:
        yield client
    await node.close()


def _warm() -> None:
    """Imports are done once, in a thread."""
    import matplotlib.backends.backend_svg  # noqa: F401
    import typst  # noqa: F401


async def test_figures_are_numbers_with_units_or_reasons(asked: httpx.AsyncClient) -> None:
    answer = await asked.get("/v1/health/mechanism", params=DAY)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["kind"] == "parley/health/v1"
    figures = {(f["section"], f["of"], f["name"]): f for f in found["figures"]}
    assert figures["notices", "blue>green", "new"]["value"] == 1
    lead = figures["lead", "blue>green", "lead-median"]
    assert lead["value"] is None
    assert lead["why"] == "no receipt held"
    assert "rows" not in found
    rows = (await asked.get("/v1/health/mechanism", params={**DAY, "rows": True})).json()["rows"]
    assert [row["item"] for row in rows] == ["blue-1"]


async def test_the_node_s_own_health_stays_where_it_was(asked: httpx.AsyncClient) -> None:
    assert (await asked.get("/v1/health")).json()["party"] == "blue"


async def test_a_pack_comes_as_html_and_as_pdf(asked: httpx.AsyncClient) -> None:
    zone = {"zone": "green=Asia/Jerusalem"}
    page = await asked.get("/v1/packs/review.html", params={**DAY, **zone})
    assert page.status_code == 200, page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "+02:00" in page.text
    printed = await asked.get("/v1/packs/review.pdf", params={**DAY, "for": "green"})
    assert printed.status_code == 200, printed.text
    assert printed.headers["content-disposition"] == 'attachment; filename="review.pdf"'
    first = PdfReader(io.BytesIO(printed.content)).pages[0].extract_text()
    assert "REL TO BLUE, GREEN" in first


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"from": "2023-11-14"}, "from"),
        ({"until": "21:39"}, "until"),
        ({"until": "2023-11-13T00:00:00Z"}, "until"),
        ({"for": "mauve"}, "for"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(
    asked: httpx.AsyncClient, change: dict[str, str], where: str
) -> None:
    for path in ("/v1/health/mechanism", "/v1/packs/review.html"):
        answer = await asked.get(path, params={**DAY, **change})
        assert answer.status_code in (400, 422), answer.text
        assert where in answer.json()["where"]


@pytest.mark.parametrize("zone", ["green", "=UTC", "green=", "green=Moon/Base", "mauve=UTC"])
async def test_a_zone_that_is_none_is_refused(asked: httpx.AsyncClient, zone: str) -> None:
    answer = await asked.get("/v1/packs/review.html", params={**DAY, "zone": zone})
    assert answer.status_code in (400, 422), answer.text


async def test_a_node_without_a_press_says_so() -> None:
    node = await started_node(small_agreement(), "blue", clock=HandClock())
    async with officer(node, None) as client:
        answer = await client.get("/v1/packs/review.pdf", params=DAY)
        assert answer.status_code == 404
        assert answer.json()["code"] == "no-press"
    await node.close()
