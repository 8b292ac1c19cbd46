"""Medians of what reading and writing costs on one core: ``python benchmarks/wire.py``."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Callable

from parley.rules.statements import Header, Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.wire.geojson import draft_from_geojson, notice_to_geojson
from parley.wire.kml import draft_from_kml, notice_to_kml
from parley.wire.statement import decode, encode

ROUNDS = 7


def microseconds(work: Callable[[], object], count: int) -> float:
    """Median over ROUNDS of one call, in microseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(count):
            work()
        times.append((time.perf_counter() - start) / count)
    return statistics.median(times) * 1e6


def ring(vertices: int) -> tuple[Position, ...]:
    """A regular ring of about 50 km round Latakia."""
    turns = [2 * math.pi * i / vertices for i in range(vertices)]
    return tuple(
        Position(lat_deg=35.5 + 0.5 * math.sin(t), lon_deg=35.8 + 0.6 * math.cos(t)) for t in turns
    )


def notice(areas: list[Area]) -> Notice:
    header = Header("il", "ops", 1_537_209_540_000, ("ru",), "levant")
    band, span = Band.metres(0, 12_000), Span(1_537_209_600_000, 1_537_213_200_000)
    volumes = tuple(NoticeVolume(Use.ACTIVITY, Volume(area, band, span)) for area in areas)
    return Notice(header, "il-1", 1, "strike", volumes, "latakia", "text")


def main() -> None:
    centre = Position(lat_deg=35.52, lon_deg=35.8)
    for title, areas, count in (
        ("4 circles", [Area.circle(centre, 4000 + i) for i in range(4)], 500),
        ("4 polygons of 12 vertices", [Area("polygon", ring(12), i) for i in range(4)], 200),
        ("1 polygon of 2,500 vertices", [Area("polygon", ring(2_500))], 5),
        ("1 polygon of 10,000 vertices", [Area("polygon", ring(10_000))], 1),
    ):
        made = notice(areas)
        type_line, body = encode(made)
        geojson, kml = json.dumps(notice_to_geojson(made)).encode(), notice_to_kml(made)

        def shapes(made: Notice = made) -> list[Area]:
            return [
                Area(v.volume.area.kind, v.volume.area.vertices, v.volume.area.reach_cm)
                for v in made.volumes
            ]

        print(title)
        for name, work in (
            ("encode", lambda made=made: encode(made)),
            ("decode", lambda t=type_line, b=body: decode(t, b, sender="il")),
            ("  of which areas", shapes),
            ("from GeoJSON", lambda data=geojson: draft_from_geojson(data, "x", None)),
            ("from KML", lambda data=kml: draft_from_kml(data, "x", None)),
        ):
            print(f"  {name:<18}{microseconds(work, count):>12,.0f} us")


if __name__ == "__main__":
    main()
