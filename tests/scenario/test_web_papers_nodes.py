"""Papers over HTTP at both ends: said at one node, read, read back and objected to at the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from parley.testing.agreements import small_agreement
from parley.testing.harness import TOKEN, Mechanism

AGREEMENT = small_agreement()
SAID = {
    "line": "safety",
    "precedence": "flash",
    "language": "he",
    "text": "אש חיה מ-21:39Z עד 22:10Z",
    "read_back": [{"name": "start", "value": "21:39Z"}, {"name": "end", "value": "22:10Z"}],
}


def officer(m: Mechanism, party: str) -> httpx.AsyncClient:
    token = {"authorization": f"Bearer {TOKEN}"}
    return httpx.AsyncClient(base_url=m.url(party), headers=token, trust_env=False)


async def paper(client: httpx.AsyncClient, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/v1/papers/{ref}")).json()
    return found


async def test_a_message_is_read_back_wrongly_then_rightly_and_both_nodes_say_the_same(
    tmp_path: Path,
) -> None:
    async with (
        Mechanism(AGREEMENT, tmp_path) as m,
        officer(m, "blue") as blue,
        officer(m, "green") as green,
    ):
        said = await blue.post("/v1/papers/message?role=duty&to=green", json={"content": SAID})
        ref = said.json()["ref"]
        await m.settle()
        theirs = await paper(green, ref)
        assert theirs["content"]["text"] == SAID["text"]
        assert theirs["author"] == "blue"

        async def reply(**form: Any) -> httpx.Response:
            answer = await green.post(f"/v1/papers/{ref}/reply?role=duty", json=form)
            await m.settle()
            return answer

        await reply(rung="read")
        wrong = [{"name": "start", "value": "20:39Z"}, {"name": "end", "value": "22:10Z"}]
        heard = (await reply(rung="read-back", values=wrong)).json()["paper"]["heard"][0]
        assert (heard["rung"], heard["wrong"]) == ("read", ["start"])
        assert (await reply(rung="accepted")).status_code == 409
        await reply(rung="read-back", values=SAID["read_back"])
        assert (await reply(rung="accepted", text="loud and clear")).status_code == 200
        at_blue, at_green = await paper(blue, ref), await paper(green, ref)
        assert at_blue == at_green
        assert at_blue["heard"][0]["rung"] == "accepted"
        assert at_blue["heard"][0]["text"] == "loud and clear"
        assert at_blue["open"] is False
        for client in (blue, green):
            page = (await client.get("/v1/papers?kind=message&by=blue")).json()
            assert [one["ref"] for one in page["papers"]] == [ref]
        await m.check()


async def test_an_amendment_and_an_objection_that_cross_end_alike_on_both_nodes(
    tmp_path: Path,
) -> None:
    async with (
        Mechanism(AGREEMENT, tmp_path) as m,
        officer(m, "blue") as blue,
        officer(m, "green") as green,
    ):
        plain = {**SAID, "read_back": []}
        said = await blue.post("/v1/papers/message?role=duty&to=green", json={"content": plain})
        ref = said.json()["ref"]
        await m.settle()
        await m.cut("blue", "green")
        newer = {"content": {**plain, "text": "אין אש"}}
        assert (await blue.post(f"/v1/papers/{ref}/amend?role=duty", json=newer)).is_success
        for rung in ("read", "objected"):
            form = {"rung": rung}
            assert (await green.post(f"/v1/papers/{ref}/reply?role=duty", json=form)).is_success
        m.heal("blue", "green")
        await m.settle()
        at_blue, at_green = await paper(blue, ref), await paper(green, ref)
        assert at_blue["version"] == at_green["version"] == 2
        assert at_blue["heard"][0]["rung"] == at_green["heard"][0]["rung"] == "received"
        assert at_blue["heard"][0]["number"] == at_green["heard"][0]["number"] == 2
        histories = [
            (await client.get(f"/v1/papers/{ref}/history")).json()["versions"]
            for client in (blue, green)
        ]
        texts = [[one["content"]["text"] for one in past] for past in histories]
        assert texts == [[SAID["text"], "אין אש"]] * 2
        await m.check()
