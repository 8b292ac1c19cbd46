"""Tokens, sizes, patience, and that every refusal is a problem."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from parley.errors import (
    ConfigError,
    ForgedError,
    FormatError,
    GeometryError,
    InputError,
    IntegrityError,
    MalformedError,
    OurError,
    OversizeError,
    ParleyError,
    PeerError,
    ProtocolError,
    ReplayError,
    StorageError,
    UnknownPartyError,
)
from parley.store.memory import MemoryStore
from parley.testing.fakes import FailingStore
from parley.testing.harness import TOKEN
from parley.testing.http import FOUNDED, LoneNode, assert_problem, draft_feature, lone_node
from parley.web import create_app, serve
from parley.web.problems import problem_of

WRONG_TOKENS = [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN]


async def test_without_the_token_nothing_is_read(blue: LoneNode) -> None:
    for header in WRONG_TOKENS:
        headers = {} if header is None else {"authorization": header}
        answer = await blue.anybody.post("/v1/stop", content=b"x" * 2_000_000, headers=headers)
        assert_problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_openapi_page_is_open_and_says_who_may(blue: LoneNode) -> None:
    page = (await blue.anybody.get("/openapi.json")).json()
    assert "401" in page["paths"]["/v1/stop"]["post"]["responses"]
    assert page["paths"]["/v1/stop"]["post"]["security"] == [{"HTTPBearer": []}]
    assert all(path.startswith("/v1/") for path in page["paths"])


async def test_a_body_is_bounded_by_its_length_and_while_it_is_read(blue: LoneNode) -> None:
    said = await blue.officer.post("/v1/stop", content=b" " * (1024 * 1024 + 1))
    assert_problem(said, 413, "oversize")

    async def drops() -> Any:
        for _ in range(1025):
            yield b" " * 1024

    unsaid = await blue.officer.post("/v1/stop", content=drops())
    assert_problem(unsaid, 413, "oversize")
    peers = await blue.peer.post("/peer/v1/notes", content=b" " * (4 * 1024 * 1024 + 1))
    assert_problem(peers, 413, "oversize")


async def test_a_body_that_does_not_come_is_not_waited_for(blue: LoneNode) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", blue.door.port)
    writer.write(b"POST /peer/v1/notes HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{")
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408")
    writer.close()


BAD_BODIES: list[tuple[bytes, int, str]] = [
    (b"{", 400, "format"),
    (b'{"role": "duty", "role": "chief"}', 400, "format"),
    (b'{"role": NaN}', 400, "format"),
    (b"[" * 100_000, 400, "format"),
    (b'{"role": "\\ud800"}', 422, "input"),
    (b"\xff", 400, "format"),
    (b'{"role": "duty", "target": "x"}', 422, "input"),
    (b'{"role": 3}', 422, "input"),
    (b'{"role": "nobody"}', 422, "input"),
    (b'{"role": "duty", "area": "circle here 4km"}', 400, "format"),
    (b'{"role": "duty", "area": "place atlantis"}', 422, "input"),
    (b'{"role": "duty", "area": "circle 40N 20E 9999km"}', 422, "geometry"),
    (b"[]", 422, "input"),
    (b"", 422, "input"),
]


async def test_a_bad_body_is_a_problem(blue: LoneNode) -> None:
    for body, status, code in BAD_BODIES:
        answer = await blue.officer.post(
            "/v1/stop", content=body, headers={"content-type": "application/json"}
        )
        assert_problem(answer, status, code)
        assert (await blue.node.health()).log_size == FOUNDED


BAD_DRAFTS: list[tuple[dict[str, Any], int, str, str]] = [
    ({"class": "unheard-of"}, 422, "input", "class"),
    ({"floor_m": 4000}, 400, "format", "floor_m"),
    ({"start": "2023-11-15 10:00"}, 400, "format", "start"),
    ({"floor_ft": 100}, 400, "format", "properties"),
    ({"radius_m": None}, 400, "format", "geometry"),
]


async def test_a_bad_draft_is_a_problem_with_its_place(blue: LoneNode) -> None:
    for change, status, code, where in BAD_DRAFTS:
        answer = await blue.post("/v1/notices", draft_feature(**change), role="duty")
        problem = assert_problem(answer, status, code)
        assert where in problem["where"]
        assert problem["right"]


async def test_other_content_types_are_not_guessed_at(blue: LoneNode) -> None:
    answer = await blue.officer.post(
        "/v1/check", content=b"{}", headers={"content-type": "text/plain"}
    )
    assert_problem(answer, 415, "format")


async def test_bad_queries_are_problems(blue: LoneNode) -> None:
    assert_problem(await blue.officer.get("/v1/items", params={"limit": 0}), 422, "input")
    assert_problem(await blue.officer.get("/v1/log", params={"start": -1}), 422, "input")
    assert_problem(await blue.officer.get("/v1/items", params={"state": "odd"}), 422, "input")


async def test_a_store_that_keeps_nothing_says_so(log_lines: list[Any]) -> None:
    store = FailingStore(MemoryStore(), fail_after=1)
    async with lone_node("blue", store) as blue:
        full = await blue.post("/v1/notices", draft_feature(), role="duty")
        problem = assert_problem(full, 507, "storage")
        assert problem["at_fault"] == "this node"
        assert (await blue.node.health()).log_size == FOUNDED
        assert (await blue.released())["ref"] == "notice:blue-1"


async def test_what_nobody_expected_is_a_plain_500_and_logged(
    blue: LoneNode, log_lines: list[Any]
) -> None:
    def broken() -> None:
        raise RuntimeError("secret detail")

    app = create_app(blue.node, operator_token=TOKEN, on_work=broken)
    running = await serve(app, "127.0.0.1", 0)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"http://127.0.0.1:{running.port}/v1/stop",
            json={"role": "duty"},
            headers={"authorization": f"Bearer {TOKEN}"},
        )
    await running.stop()
    assert_problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert [line["event"] for line in log_lines if line["log_level"] == "error"] == [
        "request-failed"
    ]


async def test_a_token_that_is_too_short_is_refused(blue: LoneNode) -> None:
    with pytest.raises(ConfigError, match="15 characters"):
        create_app(blue.node, operator_token="x" * 15)


async def test_an_address_in_use_is_a_config_error(blue: LoneNode) -> None:
    app = create_app(blue.node, operator_token=TOKEN)
    with pytest.raises(ConfigError, match="cannot listen"):
        await serve(app, "127.0.0.1", blue.running.port)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (InputError, 422),
        (GeometryError, 422),
        (FormatError, 400),
        (PeerError, 400),
        (MalformedError, 400),
        (OversizeError, 413),
        (ForgedError, 403),
        (UnknownPartyError, 403),
        (ReplayError, 409),
        (ProtocolError, 409),
        (OurError, 500),
        (ConfigError, 500),
        (StorageError, 507),
        (IntegrityError, 500),
        (ParleyError, 500),
    ],
)
def test_every_error_of_the_tree_has_its_status(kind: type[ParleyError], status: int) -> None:
    error = kind("so wrong \ud800", right="so right", where="here", at_fault="him")
    problem = problem_of(error)
    assert problem.status == status
    said = json.loads(problem.model_dump_json())
    assert said["code"] == kind.code
    assert said["detail"] == "so wrong ? at here; right would be: so right"
