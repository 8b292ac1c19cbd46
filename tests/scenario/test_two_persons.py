"""Two persons at one console: the counterpart hears of a notice when the second releases it."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

from parley.testing.agreements import small_agreement
from parley.testing.harness import Mechanism
from parley.testing.http import draft_feature
from parley.testing.people import logged_in


async def test_a_notice_reaches_the_counterpart_only_after_its_release(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m:
        author = await logged_in(m.url("blue"), "watch1")
        releaser = await logged_in(m.url("blue"), "release1")
        async with aclosing(author), aclosing(releaser):
            alone = await author.post("/v1/notices", params={"role": "duty"}, json=draft_feature())
            assert alone.status_code == 403, alone.text

            made = await author.post("/v1/drafts", params={"role": "duty"}, json=draft_feature())
            assert made.status_code == 201, made.text
            draft = made.json()
            own = await author.post(
                f"/v1/drafts/{draft['id']}/release",
                json={"role": "chief", "revision": 1, "seen": []},
            )
            assert own.status_code == 403
            await m.settle()
            assert await m.node("green").items() == []

            seen = [one["key"] for one in draft["findings"]]
            form = {"role": "chief", "revision": 1, "seen": seen}
            said = await releaser.post(f"/v1/drafts/{draft['id']}/release", json=form)
            assert said.status_code == 201, said.text
            again = await releaser.post(f"/v1/drafts/{draft['id']}/release", json=form)
            assert (again.status_code, again.json()["code"]) == (409, "done-before")
        await m.settle()
        [record] = await m.node("green").items()
        assert (record.ref, record.content.header.role) == ("notice:blue-1", "duty")
        assert getattr(record.content, "releaser", "") == "chief"
        await m.check()


async def test_drafts_wait_through_a_restart(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m:
        author = await logged_in(m.url("blue"), "watch1")
        async with aclosing(author):
            made = await author.post("/v1/drafts", params={"role": "duty"}, json=draft_feature())
        draft = made.json()
        await m.fall("blue")
        await m.rise("blue")
        releaser = await logged_in(m.url("blue"), "release1")
        async with aclosing(releaser):
            listed = (await releaser.get("/v1/drafts", params={"state": "waiting"})).json()
            assert [one["id"] for one in listed["drafts"]] == [draft["id"]]
            form = {"role": "chief", "revision": 1, "seen": []}
            said = await releaser.post(f"/v1/drafts/{draft['id']}/release", json=form)
            assert said.status_code == 201, said.text
        await m.settle()
        assert [one.ref for one in await m.node("green").items()] == ["notice:blue-1"]
        await m.check()
