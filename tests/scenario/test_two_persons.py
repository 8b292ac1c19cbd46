"""Two persons at one console: the counterpart hears of a notice when the second releases it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from parley.testing.agreements import small_agreement
from parley.testing.harness import Mechanism
from parley.testing.http import draft_feature
from parley.testing.people import logged_in
from parley.wire.agreement import format_agreement


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


async def test_a_draft_written_before_the_agreement_was_amended_is_looked_at_again(
    tmp_path: Path,
) -> None:
    """Classes, places and hazards may be other ones: what the second person saw is not what would
    be said."""
    before = small_agreement()
    async with Mechanism(before, tmp_path) as m:
        author = await logged_in(m.url("blue"), "watch1")
        releaser = await logged_in(m.url("blue"), "release1")
        async with aclosing(author), aclosing(releaser):
            made = await author.post("/v1/drafts", params={"role": "duty"}, json=draft_feature())
            path = f"/v1/drafts/{made.json()['id']}"
            text = format_agreement(replace(before, version=before.version + 1, title="Amended"))
            blue, now_ms = m.node("blue"), m.node("blue").clock()
            ref = (
                await blue.propose(
                    text, role="chief", from_ms=now_ms, sign_by_ms=now_ms + 3_600_000
                )
            ).ref
            await m.settle()
            for party in ("blue", "green"):
                await m.node(party).sign(ref, role="chief")
                m.hub(party).wake()
                await m.settle()
            await blue.tick()
            assert blue.agreement.title == "Amended"
            form = {"role": "chief", "revision": 1, "seen": []}
            refused = await releaser.post(f"{path}/release", json=form)
            assert (refused.status_code, refused.json()["code"]) == (409, "changed")
            assert "amended" in refused.json()["what"]
            again = await author.post(
                f"{path}/replace", params={"role": "duty"}, json=draft_feature()
            )
            assert again.json()["revision"] == 2
            said = await releaser.post(f"{path}/release", json={**form, "revision": 2})
            assert said.status_code == 201, said.text
