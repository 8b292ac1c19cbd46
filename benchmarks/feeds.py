"""How long a report takes from bytes to the intake: each decoder alone, then through a socket.

    python benchmarks/feeds.py [recorded Mode S frames as JSON lines, gzipped [recorded day]]

Without the recording the frames are made: 2,000 aircraft, half of the frames positions. So are
the ASTERIX blocks, by libasterix; and the recorded day, as CSV.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import banner, resident_bytes
from parley.feeds.feeds import Feeds
from parley.feeds.formats import FORMATS, parse_feed
from parley.node.watching.intake import Intake
from parley.testing import squitter
from parley.testing.asterix import block, parsed
from parley.testing.feedstand import Sender
from parley.wire.decoding import Decoder
from parley.wire.recorded.reading import read_recorded

NOW_MS = 1_717_664_319_000
COUNT = 60_000
CHUNK = 8_192
AIRCRAFT = 10_000


def made_frames(count: int) -> list[str]:
    frames: list[str] = []
    for n in range(count // 4):
        address, lat, lon = f"{n % 2000 + 1:06x}", 40 + n % 2000 / 200, 5 + n % 97 / 10
        frames += (
            squitter.airborne(address, lat, lon, odd=False),
            squitter.airborne(address, lat, lon, odd=True),
            squitter.velocity(address, 300, -120, 640),
            squitter.identification(address, f"FLY{n % 2000}"),
        )
    return frames


def recorded_frames(path: str, count: int) -> list[str]:
    with gzip.open(path) as file:
        return [json.loads(line)["frame"] for line, _ in zip(file, range(count), strict=False)]


def sbs_lines(count: int) -> bytes:
    when = "2024/06/06,08:58:39.147,2024/06/06,08:58:39.147"
    line = f"MSG,3,1,1,{{:06X}},1,{when},,36000,,,{{:.5f}},1.5,,,0,0,0,0\r\n"
    return "".join(line.format(n % 2000 + 1, 40 + n % 2000 / 200) for n in range(count)).encode()


def craft(n: int, moved: int) -> dict[str, object]:
    return {
        "hex": f"{n + 1:06x}",
        "type": "adsb_icao",
        "flight": f"FLY{n}",
        "alt_baro": 36_000,
        "alt_geom": 36_500,
        "gs": 446.1,
        "track": 306.6,
        "baro_rate": 64,
        "squawk": "2312",
        "emergency": "none",
        "category": "A3",
        "lat": round(36 + n % 240 / 10 + moved / 1000, 6),
        "lon": round(-10 + n % 397 / 10, 6),
        "nic": 8,
        "rc": 186,
        "seen_pos": 0.4,
        "version": 2,
        "nac_p": 9,
        "sil": 3,
        "gva": 2,
        "mlat": [],
        "tisb": [],
        "messages": 1234,
        "seen": 0.1,
        "rssi": -5.0,
    }


def files() -> list[bytes]:
    """A picture a second of 10,000 aircraft, five times."""
    return [
        json.dumps(
            {
                "now": NOW_MS / 1000 + second,
                "aircraft": [craft(n, second) for n in range(AIRCRAFT)],
            }
        ).encode()
        for second in range(5)
    ]


def system_tracks() -> list[bytes]:
    """500 datagrams of CAT062, 20 tracks each, with what trackers send."""
    return [
        block(
            "Cat_062_1_21",
            *(
                {
                    "010": (("SAC", 25), ("SIC", 1)),
                    "070": (NOW_MS / 1000 % 86_400, "s"),
                    "105": (("LAT", (40 + n % 97 / 10, "°")), ("LON", (5 + n % 89 / 10, "°"))),
                    "185": (("VX", (150.0, "m/s")), ("VY", (-200.0, "m/s"))),
                    "060": (0, 0, 0, 0, "2312"),
                    "245": (("STI", 0), 0, ("CHR", f"FLY{n}")),
                    "380": {"ADR": n + 1, "ID": f"FLY{n}"},
                    "040": n,
                    "080": [0, 0],
                    "136": (350.0, "FL"),
                    "220": (625.0, "ft/min"),
                }
                for n in range(first, first + 20)
            ),
        )
        for first in range(0, AIRCRAFT, 20)
    ]


def plots() -> list[bytes]:
    """500 datagrams of CAT048, 20 plots each of one radar whose site is known."""
    return [
        block(
            "Cat_048_1_32",
            *(
                {
                    "010": (("SAC", 25), ("SIC", 1)),
                    "140": (NOW_MS / 1000 % 86_400, "s"),
                    "020": [(5, 0, 0, 0, 0, None)],
                    "040": (("RHO", (10.0 + n % 150, "NM")), ("THETA", (n % 360 + 0.5, "°"))),
                    "070": (0, 0, 0, 0, "2312"),
                    "090": (0, 0, (350.0, "FL")),
                    "220": n + 1,
                    "240": f"FLY{n}",
                    "161": (0, n % 4096),
                }
                for n in range(first, first + 20)
            ),
        )
        for first in range(0, AIRCRAFT, 20)
    ]


def asterix() -> None:
    site = {"lat_deg": 45.0, "lon_deg": 16.0, "height_m": 300}
    feed = parse_feed("rx", "asterix+udp://127.0.0.1:1", {"radars": {"25/1": site}})
    for name, category, pieces in (("cat062", 62, system_tracks()), ("cat048", 48, plots())):
        decoder = FORMATS["asterix"].decoder(feed)
        timed(name, decoder, pieces, AIRCRAFT, "records")
        edition = {62: "Cat_062_1_21", 48: "Cat_048_1_32"}[category]
        begin = time.perf_counter()
        found = sum(len(parsed(edition, piece[3:])) for piece in pieces[:100])
        spent = time.perf_counter() - begin
        print(f"           libasterix, parsing alone: {found / spent:,.0f} records a second")


def made_day() -> bytes:
    """A recorded day as CSV of the library traffic: 400 aircraft, each 250 points, in turn."""
    rows = ["timestamp,icao24,callsign,latitude,longitude,altitude,groundspeed,track,vertical_rate"]
    rows += [
        f"{NOW_MS + 10_000 * point},{n + 1:06x},FLY{n},{40 + point / 50:.6f},{5 + n / 40:.6f},"
        f"35000,446.5,12.5,64"
        for n in range(400)
        for point in range(250)
    ]
    return "\n".join(rows).encode()


def recorded_day(path: str | None) -> None:
    with open(path, "rb") if path else io.BytesIO(made_day()) as file:
        begin = time.perf_counter()
        count = sum(1 for _ in read_recorded(file, path or "made.csv", sensor="day"))
        spent = time.perf_counter() - begin
    print(
        f"  a recorded day ({'recorded' if path else 'made'}): {count} reports in {spent:.2f} s, "
        f"{1e6 * spent / count:.1f} us each; resident {resident_bytes() / 2**20:.0f} MiB"
    )


def timed(name: str, decoder: Decoder, pieces: Sequence[bytes], units: int, unit: str) -> None:
    begin = time.process_time()
    reports = sum(len(decoder.take(piece, NOW_MS + 10_000)) for piece in pieces)
    each_us = 1e6 * (time.process_time() - begin) / max(reports, 1)
    print(
        f"  {name:<8} {units:>7} {unit:<8} {reports:>7} reports, {each_us:5.1f} us of a core each: "
        f"10,000 a second take {each_us:.0f} %"
    )


def pieces_of(stream: bytes) -> list[bytes]:
    return [stream[at : at + CHUNK] for at in range(0, len(stream), CHUNK)]


def decoder_of(form: str) -> Decoder:
    way = sorted(FORMATS[form].transports)[0]
    return FORMATS[form].decoder(parse_feed("rx", f"{form}+{way}://localhost:1"))


async def through_a_socket(form: str, stream: bytes) -> None:
    intake = Intake()
    wanted = len(decoder_of(form).take(stream, NOW_MS))
    async with Sender() as sender:
        feed = parse_feed("rx", f"{form}+tcp://127.0.0.1:{sender.port}", {"reports_per_s": 1e6})
        feeds = Feeds(intake, [feed], clock_ms=lambda: NOW_MS, jitter=lambda: 0.0)
        await feeds.start()
        begin, cpu = time.perf_counter(), time.process_time()
        sending = asyncio.create_task(sender.send(*pieces_of(stream)))
        got = 0
        while got < wanted:
            await intake.wait()
            got += len(intake.drain())
        spent, used = time.perf_counter() - begin, time.process_time() - cpu
        await sending
        await feeds.stop()
    print(
        f"  {form:<8} {wanted:>7} reports in {spent:.2f} s: {wanted / spent:,.0f} a second, "
        f"{1e6 * used / wanted:.1f} us of a core each, sender included"
    )


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    banner("feeds: bytes to reports")
    recorded = len(sys.argv) > 1
    frames = recorded_frames(sys.argv[1], COUNT) if recorded else made_frames(COUNT)
    print(f"  frames: {'recorded' if recorded else 'made'}, in pieces of {CHUNK} bytes")
    beast, sbs = squitter.beast(frames), sbs_lines(COUNT)
    timed("beast", decoder_of("beast"), pieces_of(beast), len(frames), "frames")
    timed("avr", decoder_of("avr"), pieces_of(squitter.avr(frames)), len(frames), "frames")
    timed("sbs", decoder_of("sbs"), pieces_of(sbs), COUNT, "lines")
    pictures = files()
    timed("readsb", decoder_of("readsb"), pictures, AIRCRAFT * len(pictures), "aircraft")
    lines = b"".join(
        json.dumps({"now": NOW_MS / 1000 + n // AIRCRAFT, **craft(n % AIRCRAFT, n)}).encode()
        + b"\n"
        for n in range(2 * AIRCRAFT)
    )
    timed("json", decoder_of("json"), pieces_of(lines), 2 * AIRCRAFT, "lines")
    recorded_day(sys.argv[2] if len(sys.argv) > 2 else None)
    asterix()
    print("through a socket on loopback, into the intake:")
    asyncio.run(through_a_socket("beast", beast))
    asyncio.run(through_a_socket("sbs", sbs))
    print(f"  resident: {resident_bytes() / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
