"""The examples of docs/formats are read by the readers they document."""

from __future__ import annotations

import json
import re
from pathlib import Path

from parley.rules.agreement import Agreement
from parley.wire.agreement import parse_agreement
from parley.wire.features import NAMES
from parley.wire.geojson import draft_from_geojson
from parley.wire.kml import draft_from_kml
from parley.wire.statement import TYPES, decode, json_schema
from parley.wire.tracks_csv import COLUMNS, observations_from_csv

FORMATS = Path(__file__).resolve().parents[3] / "docs" / "formats"


def page(name: str) -> str:
    return (FORMATS / name).read_text(encoding="utf-8")


def example(name: str) -> bytes:
    found = re.search(r"```[a-z]+\n(.*?)```", page(name), re.DOTALL)
    assert found
    return found[1].encode()


def test_the_examples_are_read() -> None:
    agreement: Agreement = parse_agreement(example("agreement.md"), "agreement.md")
    geojson = draft_from_geojson(example("geojson.md"), "geojson.md", agreement)
    assert [v.use.value for v in geojson.volumes] == ["activity", "aircraft"]
    kml = draft_from_kml(example("kml.md"), "kml.md", agreement)
    assert kml.volumes[0] == geojson.volumes[0]
    seen = observations_from_csv(
        example("tracks-csv.md"), "x", by="ru", role="duty", agreement=agreement
    )
    assert [o.band is None for o in seen] == [False, True]
    notice = decode("parley/notice/v1", json.loads(example("statements.md")), sender="il")
    assert notice.header.by == "il"


def test_the_pages_name_everything() -> None:
    statements = page("statements.md")
    for type_line in TYPES:
        assert f"`{type_line}`" in statements
        for member in json_schema(type_line)["properties"]:
            assert f"`{member}`" in statements, member
    for name in NAMES:
        assert f"`{name}`" in page("geojson.md")
    for name in COLUMNS:
        assert f"`{name}`" in page("tracks-csv.md")
