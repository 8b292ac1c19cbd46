"""The link to a TAK server: real sockets, a real node, a durable place in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.errors import ConfigError
from parley.feeds.tak.link import TakConfig, TakPace
from parley.node.watching.intake import FeedState
from parley.rules.findings import Kind, Level, finding
from parley.rules.statements import Draft, NoticeVolume, Step, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS
from parley.testing.takserver import TakServer
from parley.testing.takstand import QUICK, TakStand, picture, tak_stand
from parley.wire.cot.event import CotEvent
from parley.wire.cot.release import KINDS

PATIENT = replace(QUICK, contact_wait_s=0.1)
"""Waits long enough to hear what a server offers."""
PLACE = Position(lat_deg=40.0, lon_deg=20.0)


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def live(text: str, lat_deg: float = 40.0, *, volumes: int = 1) -> Draft:
    """A live activity, with hazards."""
    span = Span(DAWN_MS + 2 * HOUR_MS, DAWN_MS + 3 * HOUR_MS)
    placed = tuple(
        NoticeVolume(
            Use.ACTIVITY,
            Volume(
                Area.circle(Position(lat_deg=lat_deg + n / 10, lon_deg=20.0), 2_000),
                Band.metres(0, 3_000),
                span,
            ),
        )
        for n in range(volumes)
    )
    return Draft("live-activity", placed, text=text)


async def guard(stand: TakStand) -> str:
    """A presence of ours in the middle of ``live``: a bystander in its hazard."""
    around = Area.circle(PLACE, 500)
    volume = Volume(around, Band.metres(0, 100), Span(DAWN_MS, DAWN_MS + 9 * HOUR_MS))
    posted = await stand.node.protect("camp", volume, role="duty")
    return posted.ref.partition(":")[2]


def bystanders(stand: TakStand) -> list[CotEvent]:
    return [e for e in stand.server.of("b-a-g") if "bystander" in e.callsign]


def chats(stand: TakStand) -> list[str]:
    return [event.remarks for event in stand.server.of("b-t-f")]


async def heard(stand: TakStand, word: str) -> None:
    await stand.server.until(lambda: any(word in text for text in chats(stand)))


def uids(events: list[CotEvent]) -> set[str]:
    return {event.uid for event in events}


# What goes out --------------------------------------------------------------------------------


async def test_the_first_word_is_a_contact_with_its_version(tmp_path: Path) -> None:
    async with tak_stand(tmp_path) as stand:
        await stand.node.stop(role="duty", text="first")
        await heard(stand, "first")
        first = stand.server.events[0]
        assert (first.uid, first.callsign) == ("parley.blue", "PARLEY-BLUE")
        assert first.find("takv") is not None
        assert stand.link.health.state is FeedState.LIVE
        assert stand.intake.feeds()[0].name == "tak"


async def test_by_default_nothing_is_told_but_stop_and_distress(tmp_path: Path) -> None:
    async with tak_stand(tmp_path) as stand:
        stand.picture.append(picture("icao:SECRET"))
        await guard(stand)
        await stand.node.post_notice(live("SECRETTEXT"), role="duty")
        await stand.node.distress(role="duty", subject="amber 1", since_ms=DAWN_MS, position=PLACE)
        await stand.node.stop(role="duty", text="cease")
        await heard(stand, "cease")
        assert len(stand.server.of("b-a-o-tbl")) >= 1
        assert b"SECRET" not in stand.server.bytes
        assert not stand.server.of("u-d")
        assert not stand.server.of("a-u")


async def test_our_own_people_see_notices_hazards_alerts_and_tracks(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, release=KINDS) as stand:
        stand.picture.append(picture("icao:4b1619", owner="blue"))
        await guard(stand)
        posted = await stand.node.post_notice(live("one"), role="duty")
        server = stand.server
        await server.until(
            lambda: bool(server.of("u-d-c-c") and server.of("b-a-g") and server.of("a-f-A"))
        )
        await server.until(lambda: any("HAZARD" in e.callsign for e in server.of("u-d-c-c")))
        await server.until(lambda: bool(bystanders(stand)))
        assert f"parley.blue.{posted.ref}/0" in uids(server.of("u-d-c-c"))
        assert "parley.blue.track:icao:4b1619" in uids(server.of("a-f-A"))
        assert server.of("b-m-p-s-m")[0].lat_deg == pytest.approx(40.0)


@pytest.mark.parametrize("protobuf", [False, True])
async def test_what_is_not_released_is_in_no_byte(tmp_path: Path, protobuf: bool) -> None:
    """Green's people look at this server: what green was not told is never there."""
    server = TakServer(offers=True)
    kinds = KINDS - {"tracks"}
    async with tak_stand(
        tmp_path,
        server=server,
        pace=PATIENT,
        release=kinds,
        audience="green",
        protobuf=protobuf,
    ) as stand:
        node = stand.node
        stand.picture.append(picture("icao:SECRET", owner="blue"))
        volume = Volume(
            Area.circle(PLACE, 50_000), Band.metres(0, 9_000), Span(DAWN_MS, DAWN_MS + 9 * HOUR_MS)
        )
        await node.protect("SECRETPLACE", volume, role="duty")
        await node.post_notice(live("SECRETTEXT"), role="duty", to=["white"])
        await node.post_notice(live("forgreen"), role="duty", to=["green"])
        hidden = [r.item for r in await stand.items("notice")][:1]
        stand.watched.append(
            finding(
                Kind.PREDICTED_ENTRY,
                Level.URGENT,
                ("notice:blue-3", "track:icao:SECRET"),
                parties=("blue", "green"),
                window_ms=(DAWN_MS, DAWN_MS),
            )
        )
        await stand.restart()
        await node.stop(role="duty", text="cease")
        await heard(stand, "cease")
        await server.until(lambda: bool(server.of("u-d-c-c")))
        assert b"forgreen" in server.bytes
        assert b"SECRET" not in server.bytes
        assert not any(name.encode() + b"/" in server.bytes for name in hidden)
        assert b"presence" not in server.bytes
        assert (server.binary > 0) is protobuf


async def test_an_amended_or_cancelled_notice_takes_its_old_drawings_back(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, release={"notices"}) as stand:
        server, node = stand.server, stand.node
        posted = await node.post_notice(live("wide", volumes=2), role="duty")
        item = posted.ref.partition(":")[2]
        await server.until(lambda: len(uids(server.of("u-d-c-c"))) == 2)
        await node.amend_notice(item, live("small"), role="duty")
        await server.until(lambda: bool(server.of("t-x-d-d")))
        (gone,) = server.of("t-x-d-d")
        assert gone.uid == f"parley.blue.notice:{item}/1-withdrawn"
        await node.step(posted.ref, Step.CANCEL, role="duty")
        await server.until(lambda: len(server.of("t-x-d-d")) == 2)
        assert server.of("t-x-d-d")[1].uid == f"parley.blue.notice:{item}/0-withdrawn"


async def test_an_alert_ends_when_its_finding_does(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, release={"alerts"}) as stand:
        server, node = stand.server, stand.node
        await guard(stand)
        posted = await node.post_notice(live("one"), role="duty")
        await server.until(lambda: bool(bystanders(stand)))
        (alert,) = bystanders(stand)[:1]
        await node.step(posted.ref, Step.CANCEL, role="duty")
        await server.until(lambda: alert.uid in uids(server.of("b-a-o-can")))
        withdrawn = {e.uid for e in server.of("t-x-d-d")}
        assert f"{alert.uid}.marker-withdrawn" in withdrawn


async def test_tracks_are_the_latest_and_never_queued(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, release={"tracks"}) as stand:
        server = stand.server
        await server.until(lambda: bool(server.events))
        for n in range(200):
            stand.picture.append(picture("icao:1", seen_ms=DAWN_MS + n, lat_deg=40 + n / 1000))
        await server.until(lambda: bool(server.of("a-u-A")))
        assert [e.lat_deg for e in server.of("a-u-A")] == [pytest.approx(40.199)]


async def test_an_alert_overtakes_ten_thousand_tracks(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, release={"tracks"}) as stand:
        server = stand.server
        stand.picture.append(picture(*(f"icao:{n:06x}" for n in range(10_000))))
        await server.until(lambda: bool(server.of("a-u-A")))
        await stand.node.stop(role="duty", text="cease")
        await heard(stand, "cease")
        assert len(server.of("a-u-A")) < 10_000


# At least once ---------------------------------------------------------------------------------


async def test_nothing_is_lost_while_the_server_is_down(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, release=KINDS) as stand:
        server, node = stand.server, stand.node
        await node.post_notice(live("before"), role="duty")
        await server.until(lambda: bool(server.of("u-d-c-c")))
        await server.fall()
        server.forget()
        for n in range(20):
            await node.post_notice(transit(n), role="duty")
        await guard(stand)
        stop = await node.stop(role="duty", text="standing")
        lifted = await node.stop(role="duty", text="passing")
        await node.step(lifted.ref, Step.ALL_CLEAR, role="duty")
        await server.rise()
        await heard(stand, f"{lifted.ref.partition(':')[2]} by blue is lifted")
        await heard(stand, "standing")
        drawn = uids(server.of("u-d-c-c"))
        refs = {r.ref for r in await stand.items("notice")}
        assert {f"parley.blue.{ref}/0" for ref in refs} <= drawn
        assert bystanders(stand)
        assert f"parley.blue.alert.{stop.ref}" in uids(server.of("b-a-g"))
        assert server.events[0].find("takv") is not None
        assert stand.link.health.connects == 2


async def test_our_restart_goes_on_where_the_server_confirmed(tmp_path: Path) -> None:
    async with tak_stand(tmp_path) as stand:
        server, node = stand.server, stand.node
        await node.stop(role="duty", text="old")
        await heard(stand, "old")
        last = await node.last_event()
        await server.until(lambda: bool(server.of("t-x-c-t")))
        while await stand.cursors.cursor("tak") < last:
            await asyncio.sleep(0)
        await stand.link.stop()
        server.forget()
        gone = await node.stop(role="duty", text="meanwhile")
        await node.step(gone.ref, Step.ALL_CLEAR, role="duty")
        await stand.restart()
        await heard(stand, "is lifted")
        assert sum("old" in text for text in chats(stand)) == 1


async def test_what_was_sent_and_not_confirmed_is_sent_again(tmp_path: Path) -> None:
    """A server that answers no ping: within the time to settle nothing counts as arrived."""
    async with tak_stand(tmp_path, server=TakServer(pongs=False)) as stand:
        server, node = stand.server, stand.node
        await server.until(lambda: bool(server.events))
        stop = await node.stop(role="duty", text="short")
        await heard(stand, "short")
        await node.step(stop.ref, Step.ALL_CLEAR, role="duty")
        await heard(stand, "is lifted")
        await server.fall()
        server.forget()
        await server.rise()
        await heard(stand, "is lifted")


async def test_a_server_without_pongs_is_trusted_after_a_while(tmp_path: Path) -> None:
    pace = replace(QUICK, settle_s=0.05)
    async with tak_stand(tmp_path, server=TakServer(pongs=False), pace=pace) as stand:
        await stand.node.stop(role="duty", text="short")
        await heard(stand, "short")
        last = await stand.node.last_event()
        while await stand.cursors.cursor("tak") < last:
            await asyncio.sleep(0.01)


async def test_a_new_link_tells_what_stands_and_no_old_history(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, started=False) as stand:
        over = await stand.node.stop(role="duty", text="history")
        await stand.node.step(over.ref, Step.ALL_CLEAR, role="duty")
        await stand.node.stop(role="duty", text="stands")
        await stand.link.start()
        await heard(stand, "stands")
        assert not any("lifted" in text or "history" in text for text in chats(stand))


async def test_a_server_that_takes_nothing_is_left(tmp_path: Path) -> None:
    pace = replace(QUICK, stall_s=0.2)
    server = TakServer(reads=False)
    async with tak_stand(tmp_path, server=server, pace=pace, release={"tracks"}) as stand:
        stand.picture.append(picture(*(f"icao:{n:06x}" for n in range(30_000))))
        await server.until(lambda: server.connections >= 2)
        assert stand.link.health.connects >= 2


# Protocol, TLS, UDP ----------------------------------------------------------------------------


async def test_xml_unless_we_want_protobuf_and_the_server_agrees(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, server=TakServer(offers=True), pace=PATIENT) as stand:
        await stand.node.stop(role="duty", text="cease")
        await heard(stand, "cease")
        assert stand.server.binary == 0
        assert not stand.server.of("t-x-takp")


async def test_a_server_that_offers_and_never_answers_gets_xml(tmp_path: Path) -> None:
    server = TakServer(offers=True, accepts=False)
    pace = replace(PATIENT, protocol_s=0.05)
    async with tak_stand(tmp_path, server=server, pace=pace, protobuf=True) as stand:
        await stand.node.stop(role="duty", text="cease")
        await heard(stand, "cease")
        assert (server.binary, len(server.of("t-x-takp-q"))) == (0, 1)
        assert stand.link.health.connects == 2


async def test_a_dead_address_is_tried_again_and_shown(tmp_path: Path) -> None:
    async with tak_stand(tmp_path, started=False) as stand:
        await stand.server.fall()
        await stand.link.start()
        while not stand.link.health.error:
            await asyncio.sleep(0.01)
        assert stand.link.health.state is FeedState.CONNECTING
        await stand.server.rise()
        await stand.server.until(lambda: bool(stand.server.events))
        assert stand.link.health.error == ""


def test_a_configuration_that_cannot_be_is_refused() -> None:
    agreement = small_agreement()
    good = TakConfig("tak", "tcp://host", accept=frozenset({"stop"}), role="duty")
    assert good.check(agreement, "blue").own == "blue"
    assert good.address == ("tcp", "host", 8087)
    for bad in (
        replace(good, name=""),
        replace(good, url="http://host"),
        replace(good, url="tcp://host:99999999"),
        replace(good, role="nobody"),
        replace(good, accept=frozenset({"orders"})),
        replace(good, release=frozenset({"presences"})),
        replace(good, audience="red"),
        replace(good, owner="red"),
    ):
        with pytest.raises(ConfigError):
            bad.check(agreement, "blue")


def test_the_wait_grows_and_is_bounded() -> None:
    pace = TakPace(first_retry_s=1.0, last_retry_s=8.0)
    assert [pace.retry_s(n, 0.0) for n in (1, 2, 3, 4, 99)] == [1.0, 2.0, 4.0, 8.0, 8.0]
    assert pace.retry_s(1, 1.0) == 0.5
