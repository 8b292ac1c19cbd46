"""Places on a network and on a clock face, as people type them: checked, never looked up."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from parley.errors import InputError

DEFAULT_LISTEN = "127.0.0.1:8701"
DEFAULT_PEER_LISTEN = "127.0.0.1:8702"

_LISTEN = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):([0-9]{1,5})")


def parse_listen(text: str, *, where: str = "listen") -> tuple[str, int]:
    """Host and port of ``127.0.0.1:8701`` or ``[::1]:8701``; port 0: any. InputError."""
    found = _LISTEN.fullmatch(text)
    if found is None or int(found[2]) > 65535:
        raise InputError(f"{text!r} is no place to listen", right=DEFAULT_LISTEN, where=where)
    return found[1].strip("[]"), int(found[2])


def next_port(listen: str) -> str:
    """Where the peers' door stands if nothing is said: the port behind the officers' (0: any)."""
    host, port = parse_listen(listen)
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port + 1 if 0 < port < 65535 else 0}"


def check_url(url: str) -> None:
    """A base URL of a peers' door, or "" for none. InputError."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname)
        good = good and not (parts.query or parts.fragment or parts.username)
        good = good and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise InputError(
            f"{url[:120]!r} is no URL of a peers' door", right="https://host:8702", where="--url"
        )


def check_zone(zone: str) -> None:
    """An IANA time zone, or "" for none. InputError."""
    if zone:
        from parley.wire.instants import in_zone

        in_zone(0, zone)
