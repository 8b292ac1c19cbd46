"""What is configured of a feed: a name, a URL and a few options; docs/formats/feeds.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from parley.errors import ConfigError
from parley.wire.adsb.places import Receiver
from parley.wire.asterix.decoder import chosen_editions
from parley.wire.asterix.radar import RadarSite

HTTP = ("http", "https")
TRANSPORTS = ("tcp", "tls", "listen", "udp", *HTTP)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


@dataclass(frozen=True, slots=True)
class FeedConfig:
    """One feed. ``target`` is the URL as it is called, with its secrets; ``url`` as it is shown.

    silent_s: without a report for so long it is silent. dead_s: without a byte for so long the
    connection is made anew. reports_per_s: what comes faster for long is dropped and counted.
    late_s: a backlog that waited longer is dropped if its format tells no times. ca_file: the
    only certificates that TLS trusts (PEM), "" for those of the system. tls_name: the name in
    the other side's certificate, "" for the host. interface: the address of the network card on
    which a multicast group is joined. owner: the party that answers for what comes, if the format
    takes one. receiver: where the antenna stands. edition: of ASTERIX categories ("062", "0.17").
    radars: where those stand that ASTERIX names by area and identification code.
    """

    name: str
    format: str
    transport: str
    host: str
    port: int
    url: str
    target: str = field(repr=False)
    silent_s: float = 30.0
    dead_s: float = 120.0
    connect_s: float = 10.0
    poll_s: float = 1.0
    late_s: float = 10.0
    reports_per_s: float = 20_000.0
    ca_file: str = ""
    tls_name: str = ""
    interface: str = ""
    owner: str = ""
    receiver: Receiver | None = None
    edition: tuple[tuple[str, str], ...] = ()
    radars: tuple[tuple[tuple[int, int], RadarSite], ...] = ()

    @property
    def tls(self) -> bool:
        return self.transport in ("tls", "https")


def read_config(
    name: str,
    url: str,
    options: Mapping[str, object] | None = None,
    *,
    source: str = "the configuration",
    formats: Mapping[str, frozenset[str]],
) -> FeedConfig:
    """The feed that a person wrote down, e.g. ``beast+tcp://receiver.example:30005``.

    formats: each format with the transports it comes over. source: the file that it stands in,
    for the error. Raises ConfigError that names the file and the member.
    """
    place = f"{source}: feeds.{name}" if _NAME.fullmatch(name) else f"{source}: feeds"
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name[:60]!r} is no name for a feed",
            right="1 to 32 letters, digits, '.', '_' or '-', a letter or digit first",
            where=place,
        )
    split, port = _split(url, f"{place}.url")
    form, transport = _scheme(split.scheme, formats, f"{place}.url")
    if transport not in HTTP:
        _only_host(split, port, f"{place}.url")
    shown = split._replace(netloc=_without_user(split), query="...." if split.query else "")
    values = _options(options or {}, place)
    return FeedConfig(
        name=name,
        format=form,
        transport=transport,
        host=split.hostname or "",
        port=port or (443 if transport == "https" else 80),
        url=shown.geturl(),
        target=split._replace(scheme=transport).geturl(),
        **values,
    )


def _split(url: str, where: str) -> tuple[SplitResult, int | None]:
    right = "format+transport://host:port, such as beast+tcp://receiver.example:30005"
    try:
        split = urlsplit(url)
        port = split.port
        host = split.hostname
    except ValueError:
        raise ConfigError("the URL cannot be read", right=right, where=where) from None
    if not url.isprintable() or " " in url or not host:
        raise ConfigError("the URL names no host", right=right, where=where)
    return split, port


def _scheme(scheme: str, formats: Mapping[str, frozenset[str]], where: str) -> tuple[str, str]:
    if scheme == "file":
        raise ConfigError(
            "a file is no live feed", right="a recorded day is replayed instead", where=where
        )
    form, _, transport = scheme.partition("+")
    known = ", ".join(
        f"{name}+{way}" for name in sorted(formats) for way in TRANSPORTS if way in formats[name]
    )
    if transport not in formats.get(form, ()):
        raise ConfigError(f"there is no feed {scheme[:40]!r}", right=f"one of {known}", where=where)
    return form, transport


def _only_host(split: SplitResult, port: int | None, where: str) -> None:
    if not port:
        raise ConfigError("the URL has no port", right="a port from 1 to 65535", where=where)
    if split.path not in ("", "/") or split.query or split.fragment or "@" in split.netloc:
        raise ConfigError(
            "the URL has more than a host and a port",
            right=f"{split.scheme}://host:port",
            where=where,
        )


def _without_user(split: SplitResult) -> str:
    return split.netloc.rpartition("@")[2]


def _seconds(value: object) -> float | None:
    if type(value) in (int, float) and 0.01 <= value <= 86_400:  # type: ignore[operator]
        return float(value)  # type: ignore[arg-type]
    return None


def _rate(value: object) -> float | None:
    if type(value) in (int, float) and 1 <= value <= 1_000_000:  # type: ignore[operator]
        return float(value)  # type: ignore[arg-type]
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.isprintable() else None


def _receiver(value: object) -> Receiver | None:
    """``{lat_deg, lon_deg}`` and, if wished, ``range_m``."""
    if not isinstance(value, Mapping) or not {"lat_deg", "lon_deg"} <= set(value):
        return None
    bounds = {"lat_deg": 90.0, "lon_deg": 180.0, "range_m": 5_000_000.0}
    for key, number in value.items():
        if key not in bounds or type(number) not in (int, float):
            return None
        if not abs(number) <= bounds[key] or (key == "range_m" and number < 1000):
            return None
    return Receiver(**value)


def _edition(value: object) -> tuple[tuple[str, str], ...] | None:
    """``{"062": "0.17"}``."""
    if not isinstance(value, Mapping):
        return None
    if not all(isinstance(part, str) for pair in value.items() for part in pair):
        return None
    try:
        chosen_editions(value)
    except ConfigError:
        return None
    return tuple(sorted(value.items()))


_SITE_BOUNDS = {
    "lat_deg": (-90.0, 90.0),
    "lon_deg": (-180.0, 180.0),
    "height_m": (-1_000.0, 10_000.0),
    "range_error_m": (1.0, 10_000.0),
    "azimuth_error_deg": (0.001, 10.0),
}
_SITE_NAME = re.compile(r"([0-9]{1,3})/([0-9]{1,3})")


def _radars(value: object) -> tuple[tuple[tuple[int, int], RadarSite], ...] | None:
    """``{"25/201": {lat_deg, lon_deg, height_m}}``, and if wished the errors."""
    if not isinstance(value, Mapping):
        return None
    found = {}
    for name, place in value.items():
        match = _SITE_NAME.fullmatch(name) if isinstance(name, str) else None
        if match is None or not isinstance(place, Mapping):
            return None
        codes = int(match[1]), int(match[2])
        if max(codes) > 255 or not {"lat_deg", "lon_deg", "height_m"} <= set(place):
            return None
        for key, number in place.items():
            low, high = _SITE_BOUNDS.get(key, (1.0, 0.0))
            if type(number) not in (int, float) or not low <= number <= high:
                return None
        found[codes] = RadarSite(**place)
    return tuple(sorted(found.items(), key=lambda pair: pair[0]))


_SECONDS = "a number of seconds from 0.01 to 86400"
_READERS: Mapping[str, tuple[Callable[[object], object], str]] = {
    "silent_s": (_seconds, _SECONDS),
    "dead_s": (_seconds, _SECONDS),
    "connect_s": (_seconds, _SECONDS),
    "poll_s": (_seconds, _SECONDS),
    "late_s": (_seconds, _SECONDS),
    "reports_per_s": (_rate, "a number from 1 to 1000000"),
    "ca_file": (_text, "the path of a PEM file"),
    "tls_name": (_text, "a host name"),
    "interface": (_text, "the address of a network card"),
    "owner": (_text, "the id of a party"),
    "edition": (_edition, 'such as {"062": "0.17"}: one that docs/formats/feeds.md names'),
    "radars": (_radars, 'such as {"25/201": {lat_deg, lon_deg, height_m}}'),
    "receiver": (_receiver, "lat_deg, lon_deg in degrees and perhaps range_m of 1000 or more"),
}


def _options(options: Mapping[str, object], place: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in options.items():
        reader, right = _READERS.get(key, (None, ""))
        if reader is None:
            raise ConfigError(
                f"a feed has no option {str(key)[:40]!r}",
                right=", ".join(sorted(_READERS)),
                where=place,
            )
        values[key] = reader(value)
        if values[key] is None:
            raise ConfigError(f"{str(value)[:60]!r} cannot be", right=right, where=f"{place}.{key}")
    return values
