"""Which formats there are, what decodes them, and over which transports they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from parley.feeds.config import FeedConfig, read_config
from parley.wire.adsb.avr import AvrDecoder
from parley.wire.adsb.beast import BeastDecoder
from parley.wire.adsb.readsb import AircraftJsonDecoder, JsonLinesDecoder
from parley.wire.adsb.sbs import SbsDecoder
from parley.wire.asterix.decoder import AsterixDecoder
from parley.wire.cot.decoder import CotDecoder
from parley.wire.decoding import Decoder


@dataclass(frozen=True, slots=True)
class Format:
    """decoder: makes a new one for a feed. dated: its reports say themselves when they were
    seen; of other formats a backlog cannot be dated.

    Besides ``take`` a decoder may have ``end`` (nothing follows: what was begun is counted) and,
    for datagrams, ``take_datagram``."""

    transports: frozenset[str]
    decoder: Callable[[FeedConfig], Decoder]
    dated: bool = False


Formats: TypeAlias = Mapping[str, Format]

STREAMS = frozenset({"tcp", "tls", "listen"})

FORMATS: Formats = {
    "beast": Format(STREAMS, lambda feed: BeastDecoder(feed.name, receiver=feed.receiver)),
    "avr": Format(STREAMS | {"udp"}, lambda feed: AvrDecoder(feed.name, receiver=feed.receiver)),
    "asterix": Format(
        frozenset({"udp"}),
        lambda feed: AsterixDecoder(
            feed.name, editions=dict(feed.edition), sites=dict(feed.radars)
        ),
        dated=True,
    ),
    "sbs": Format(STREAMS, lambda feed: SbsDecoder(feed.name)),
    "json": Format(STREAMS, lambda feed: JsonLinesDecoder(feed.name), dated=True),
    "cot": Format(
        STREAMS | {"udp"}, lambda feed: CotDecoder(feed.name, owner=feed.owner), dated=True
    ),
    "readsb": Format(
        frozenset({"http", "https"}), lambda feed: AircraftJsonDecoder(feed.name), dated=True
    ),
}


def parse_feed(
    name: str,
    url: str,
    options: Mapping[str, object] | None = None,
    *,
    source: str = "the configuration",
    formats: Formats = FORMATS,
) -> FeedConfig:
    """``read_config`` with the transports of these formats. Raises ConfigError."""
    ways = {key: form.transports for key, form in formats.items()}
    return read_config(name, url, options, source=source, formats=ways)
