"""ASTERIX to test with: datagrams out of a capture, and blocks that libasterix encodes."""

from __future__ import annotations

import importlib
import struct
from pathlib import Path
from typing import Any

_MAGIC = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}
_ETHERNET = 1
_UDP = 17


def datagrams(path: Path) -> list[tuple[int, bytes]]:
    """What a capture (classic pcap, Ethernet, IPv4) holds of UDP: when in ms, and the payload."""
    data = path.read_bytes()
    order = _MAGIC[data[:4]]
    assert struct.unpack(f"{order}I", data[20:24])[0] == _ETHERNET
    found, at = [], 24
    while at < len(data):
        second, micro, length, _ = struct.unpack(f"{order}4I", data[at : at + 16])
        packet = data[at + 16 + 14 : at + 16 + length]
        at += 16 + length
        if packet[0] >> 4 != 4 or packet[9] != _UDP:
            continue
        udp = packet[4 * (packet[0] & 15) :]
        found.append((second * 1000 + micro // 1000, udp[8 : int.from_bytes(udp[4:6], "big")]))
    return found


def specification(name: str) -> Any:
    """A category's edition as libasterix knows it, such as "Cat_062_1_21"."""
    return getattr(importlib.import_module("asterix.generated"), name)


def block(name: str, *records: dict[str, Any]) -> bytes:
    """A data block with these records, encoded by libasterix: items by their number."""
    edition = specification(name)
    return bytes(
        edition.create([edition.cv_record.create(dict(items)) for items in records])
        .unparse()
        .to_bytes()
    )


def parsed(name: str, records: bytes) -> list[Any]:
    """The records of a block, without its header, as libasterix parses them."""
    bits = importlib.import_module("asterix.base").Bits
    edition = specification(name)
    uap = edition.cv_uap
    found = uap.parse(bits.from_bytes(records))
    assert isinstance(found, list), found
    return found


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    """Category and records of each block of a datagram whose lengths are right."""
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at + 1 : at + 3], "big")
        found.append((data[at], data[at + 3 : at + length]))
        at += length
    return found
