"""What a person writes down of a feed, and what is refused with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ConfigError
from parley.feeds.formats import parse_feed
from parley.wire.adsb.places import Receiver


def test_a_feed_over_tcp() -> None:
    feed = parse_feed("tower", "beast+tcp://receiver.example:30005")
    assert (feed.name, feed.format, feed.transport) == ("tower", "beast", "tcp")
    assert (feed.host, feed.port, feed.tls) == ("receiver.example", 30005, False)
    assert feed.url == "beast+tcp://receiver.example:30005"
    assert feed.silent_s == 30.0


@pytest.mark.parametrize(
    "url",
    [
        "avr+tcp://h:1",
        "sbs+listen://0.0.0.0:30003",
        "json+tls://[::1]:30047",
        "avr+udp://239.2.3.1:6969",
        "cot+tls://tak.example:8089",
        "readsb+http://h/data/aircraft.json",
        "readsb+https://h:8443/data/aircraft.json",
    ],
)
def test_what_there_is(url: str) -> None:
    assert parse_feed("f", url).url == url


def test_secrets_are_called_and_not_shown() -> None:
    feed = parse_feed("f", "readsb+https://me:hush@h/aircraft.json?key=hush")
    assert feed.url == "readsb+https://h/aircraft.json?...."
    assert feed.target == "https://me:hush@h/aircraft.json?key=hush"
    assert "hush" not in repr(feed)
    assert (feed.port, feed.tls) == (443, True)


def test_options() -> None:
    receiver = {"lat_deg": 48.1, "lon_deg": 11.5, "range_m": 400_000}
    feed = parse_feed("f", "sbs+tcp://h:1", {"silent_s": 5, "receiver": receiver})
    assert feed.silent_s == 5.0
    assert feed.receiver == Receiver(48.1, 11.5, 400_000)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "beast",
        "beast+tcp://",
        "beast+tcp://h",
        "beast+tcp://h:0",
        "beast+tcp://h:99999",
        "beast+tcp://h:x",
        "beast+tcp://h:1/path",
        "beast+tcp://me:hush@h:1",
        "beast+http://h/",
        "readsb+tcp://h:1",
        "radar+tcp://h:1",
        "http://h/aircraft.json",
        "beast+tcp://[::1:1",
        "beast+tcp://h\n:1",
        "file:///day.csv",
    ],
)
def test_a_url_that_cannot_be_names_its_place(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_feed("tower", url, source="node.toml")
    assert refused.value.where == "node.toml: feeds.tower.url"
    assert refused.value.right
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 33, "-a", "a/b"])
def test_a_name_that_cannot_be(name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_feed(name, "sbs+tcp://h:1", source="node.toml")
    assert refused.value.where == "node.toml: feeds"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("silent_s", 0),
        ("silent_s", float("nan")),
        ("poll_s", "1"),
        ("connect_s", True),
        ("reports_per_s", 0.5),
        ("ca_file", 5),
        ("receiver", {"lat_deg": 48.0}),
        ("receiver", {"lat_deg": 91.0, "lon_deg": 0.0}),
        ("receiver", {"lat_deg": 1.0, "lon_deg": 0.0, "range_m": 10}),
        ("receiver", "48,11"),
    ],
)
def test_an_option_that_cannot_be_names_its_place(key: str, value: object) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_feed("f", "sbs+tcp://h:1", {key: value}, source="node.toml")
    assert refused.value.where == f"node.toml: feeds.f.{key}"


def test_an_option_that_nobody_knows() -> None:
    with pytest.raises(ConfigError, match="no option 'speed'"):
        parse_feed("f", "sbs+tcp://h:1", {"speed": 1})


@given(st.text(max_size=30), st.text(max_size=60))
def test_nothing_else_is_raised(name: str, url: str) -> None:
    with pytest.raises(ConfigError):
        parse_feed(name, "sbs+tcp://" + url, {"nothing": 1})
