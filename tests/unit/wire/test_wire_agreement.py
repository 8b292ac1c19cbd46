from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest

from parley.errors import FormatError, GeometryError, InputError
from parley.rules import agreement as domain
from parley.rules.agreement import Agreement
from parley.space import Area, Position
from parley.wire import agreement_models as files
from parley.wire.agreement import agreement_digest, format_agreement, parse_agreement


def parse(file: Any) -> Agreement:
    return parse_agreement(json.dumps(file).encode(), "levant.json")


def spoil(file: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    at: Any = file
    *outer, last = (int(p) if p.isdigit() else p for p in path.split("."))
    for part in outer:
        at = at[part]
    at[last] = value
    return file


def test_an_agreement_file_reads_in_the_units_it_names(agreement: Agreement) -> None:
    assert agreement.party("ru").roles == ("ops", "hq")
    assert agreement.party("un").observer
    assert agreement.valid.end_ms == 1_546_290_000_000
    assert agreement.activity_class("strike").separation.horizontal_m == 5000
    assert agreement.third_parties[0].reaction.band.ceiling.cm == 3_000_000
    assert agreement.sites[0].area.reach_cm == 800_000
    assert agreement.positions["HMEIMIM"] == Position(lat_deg=35.4008, lon_deg=35.9486)
    assert agreement.named_area("latakia").area.kind == "path"


def test_a_position_may_be_told_from_a_named_one(agreement: Agreement) -> None:
    centre = agreement.sites[0].area.vertices[0]
    assert centre.lat_deg == pytest.approx(35.4008, abs=1e-5)
    assert centre.lon_deg == pytest.approx(35.9596, abs=1e-4)


def test_what_is_formatted_is_read_back(agreement: Agreement) -> None:
    data = format_agreement(agreement)
    assert parse_agreement(data, "again.json") == agreement
    assert format_agreement(parse_agreement(data, "again.json")) == data


def test_the_digest_knows_content_and_not_notation(
    agreement: Agreement, agreement_file: dict[str, Any]
) -> None:
    digest = agreement_digest(agreement)
    assert re.fullmatch("[0-9a-f]{64}", digest)
    assert agreement_digest(parse_agreement(format_agreement(agreement), "x")) == digest
    agreement_file["named_positions"]["HMEIMIM"] = "35°24'02.88\"N 035°56'54.96\"E"
    agreement_file = dict(reversed(agreement_file.items()))
    assert agreement_digest(parse(agreement_file)) == digest
    for path, value in (
        ("version", 2),
        ("truth.claim_m", 50_001),
        ("classes.0.timers.escalation.0.role", "hq"),
        ("named_positions.HMEIMIM", "35.4009N 035.9486E"),
        ("conflicts_within_party", True),
    ):
        other = spoil(json.loads(json.dumps(agreement_file)), path, value)
        assert agreement_digest(parse(other)) != digest


def test_every_field_of_the_domain_is_in_the_file() -> None:
    for model, kind in (
        (files.AgreementFile, domain.Agreement),
        (files.PartyFile, domain.Party),
        (files.ClassFile, domain.ActivityClass),
        (files.TimersFile, domain.Timers),
        (files.SeparationFile, domain.SeparationMinima),
        (files.HazardFile, domain.HazardBuffer),
        (files.ReactionFile, domain.Reaction),
        (files.ThirdPartyFile, domain.ThirdParty),
        (files.SiteFile, domain.Site),
        (files.NamedAreaFile, domain.NamedArea),
        (files.TruthFile, domain.TruthRule),
    ):
        named = {f.name for f in dataclasses.fields(kind) if f.init}
        assert set(model.model_fields) - {"format"} == named


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("format", "parley/agreement/v2", "format"),
        ("target", "x", ""),
        ("classes.0.weapon", "x", "classes[0]"),
        ("id", "Levant 1", "id"),
        ("version", True, "version"),
        ("parties.0.roles", [], "parties[0].roles"),
        ("parties.0.roles", ["Duty Officer"], "parties[0].roles[0]"),
        ("classes.0.lead_s", 1800.5, "classes[0].lead_s"),
        ("classes.0.lead_s", -1, "classes[0].lead_s"),
        ("sites.0.band.floor_m", "0 m", "sites[0].band.floor_m"),
        ("sites.0.band.floor_m", 6000, "sites[0].band.floor"),
        ("sites.0.area.circle.centre", "somewhere", "sites[0].area.circle.centre"),
        ("sites.0.area.circle.centre", "TARTUS 090/1km", "sites[0].area.circle.centre"),
        ("sites.0.area.circle.centre", "95N 35E", "sites[0].area.circle.centre"),
        ("sites.0.area", {}, "sites[0].area"),
        ("valid.start", "2018-01-01T00:00:00", "valid.start"),
        ("valid.end", "tomorrow", "valid.end"),
        ("valid.end", "2017-01-01T00:00:00Z", "valid.end"),
        ("classes.0.timers.escalation.0.role", "nobody", "classes[0].timers.escalation[0].role"),
        ("named_positions.HMEIMIM", "nowhere", "named_positions['HMEIMIM']"),
    ],
)
def test_what_is_wrong_is_named_with_place_author_and_what_would_be_right(
    agreement_file: dict[str, Any], path: str, value: Any, where: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse(spoil(agreement_file, path, value))
    assert caught.value.where == where
    assert caught.value.at_fault == "the author of levant.json"
    assert caught.value.right


def test_a_self_crossing_posture_is_refused_at_its_place(agreement_file: dict[str, Any]) -> None:
    bow = ["34N 35E", "36N 37E", "34N 37E", "36N 35E"]
    spoil(agreement_file, "third_parties.0.posture.polygon.vertices", bow)
    with pytest.raises(GeometryError, match="crosses") as caught:
        parse(agreement_file)
    assert caught.value.where.startswith("third_parties[0].posture")


def test_two_shapes_for_one_area_are_refused(agreement_file: dict[str, Any]) -> None:
    agreement_file["area"]["polygon"] = {"vertices": ["34N 35E", "34N 37E", "36N 37E"]}
    with pytest.raises(FormatError, match="exactly one"):
        parse(agreement_file)


def test_repeated_ids_and_strangers_are_refused(agreement_file: dict[str, Any]) -> None:
    agreement_file["sites"][0]["party"] = "fr"
    with pytest.raises(InputError, match="who is no party"):
        parse(agreement_file)
    agreement_file["parties"].append(agreement_file["parties"][0])
    with pytest.raises(InputError, match="stands twice") as caught:
        parse(agreement_file)
    assert caught.value.at_fault == "the author of levant.json"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe{}", "UTF-8"),
        (b'{"id": 1, "id": 2}', "stands twice"),
        (b'{"version": NaN}', "NaN"),
        (b'{"version": 1e999}', "too large"),
        (b'{"version": -Infinity}', "Infinity"),
        (b'{"version": ' + b"9" * 5000 + b"}", "5000 digits"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "refused"),
        (b"null", "refused"),
    ],
)
def test_what_is_no_json_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason) as caught:
        parse_agreement(data, "x.json")
    assert caught.value.at_fault == "the author of x.json"


def test_an_agreement_that_whole_metres_cannot_say_is_not_written(agreement: Agreement) -> None:
    odd = dataclasses.replace(
        agreement, area=Area.circle(Position(lat_deg=35, lon_deg=36), 1000.25)
    )
    with pytest.raises(InputError, match="whole number of metres"):
        format_agreement(odd)
    assert agreement_digest(odd) != agreement_digest(agreement)
