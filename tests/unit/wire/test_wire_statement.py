from __future__ import annotations

import copy
import dataclasses
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import InputError, MalformedError
from parley.ledger.canonical import decode as from_json
from parley.ledger.canonical import encode as to_json
from parley.rules.findings import Kind, Level
from parley.rules.statements import Change, Deviation, Phase, Rung, Statement, Step, Use
from parley.testing.statements import statements
from parley.wire import models
from parley.wire.statement import LOCAL, TYPES, decode, encode, json_schema

HEADER = {
    "by": "il",
    "role": "ops",
    "at_ms": 1_537_209_540_000,
    "to": ["ru", "un"],
    "agreement": "levant",
    "exercise": False,
}
CIRCLE = {"kind": "circle", "points": [[355_200_000, 358_000_000]], "reach_cm": 400_000}
SQUARE = {
    "kind": "polygon",
    "points": [[350_000_000, 350_000_000], [350_000_000, 360_000_000], [360_000_000, 360_000_000]],
    "reach_cm": 0,
}
VOLUME = {
    "area": CIRCLE,
    "floor_cm": 0,
    "ceiling_cm": 1_200_000,
    "start_ms": 1_537_209_600_000,
    "end_ms": 1_537_213_200_000,
}
ITEM = {**HEADER, "item": "il-1", "version": 1}
NOTICE = {
    **ITEM,
    "activity_class": "strike",
    "volumes": [{**VOLUME, "use": "activity"}],
    "place": "latakia",
    "text": "line one\nline two",
    "releaser": "",
}
READ_BACK = {"start_ms": 1, "end_ms": 2, "floor_m": 0, "ceiling_m": 12_000, "place": ""}
BODIES: dict[str, dict[str, Any]] = {
    "parley/notice/v1": NOTICE,
    "parley/item-event/v1": {**ITEM, "step": "all-clear", "text": ""},
    "parley/answer/v1": {
        **ITEM,
        "number": 2,
        "rung": "read-back",
        "read_back": READ_BACK,
        "text": "",
    },
    "parley/stop/v1": {**ITEM, "area": CIRCLE, "notice": "", "text": "STOP"},
    "parley/distress/v1": {
        **ITEM,
        "subject": "IL20",
        "position": [350_000_000, 350_000_000],
        "uncertainty_m": 500,
        "since_ms": 1,
        "text": "",
    },
    "parley/report/v1": {
        **ITEM,
        "third_party": "syad",
        "phase": "open",
        "since_ms": 1,
        "area": SQUARE,
        "text": "",
    },
    "parley/nonconformance/v1": {
        **ITEM,
        "notice": "il-1",
        "codes": ["height", "place"],
        "since_ms": 1,
        "area": CIRCLE,
        "band": {"floor_cm": 0, "ceiling_cm": 1},
        "text": "",
    },
    "parley/presence/v1": {
        **ITEM,
        "to": [],
        "label": "convoy",
        "volume": VOLUME,
        "withdrawn": False,
    },
    "parley/observation/v1": {
        **HEADER,
        "to": [],
        "track": "IL20",
        "owner": "ru",
        "seen_ms": 1,
        "position": [0, -1_800_000_000],
        "band": {"floor_cm": 0, "ceiling_cm": 1},
        "uncertainty_m": 1,
        "source": "radar",
        "emergency": True,
        "label": "",
    },
    "parley/watch-record/v1": {
        **HEADER,
        "to": [],
        "change": "opened",
        "kind": "predicted-loss-of-separation",
        "level": "warning",
        "refs": ["track:IL20", "track:icao:4b1805"],
        "parties": ["il", "ru"],
        "from_ms": 1,
        "until_ms": 2,
        "measures": {"hmd_m": 10, "vmd_m": -1},
        "codes": ["coasting", "state"],
        "basis": [
            {
                "track": "IL20",
                "seen_ms": 1,
                "position": [0, -1_800_000_000],
                "uncertainty_m": 6_480_000,
                "band": None,
                "owner": "",
            }
        ],
    },
}


def spoilt(type_line: str, path: str, value: Any) -> dict[str, Any]:
    body = copy.deepcopy(BODIES[type_line])
    at: Any = body
    *outer, last = (int(p) if p.isdigit() else p for p in path.split("."))
    for part in outer:
        at = at[part]
    at[last] = value
    return body


def refusal(type_line: str, body: Any) -> MalformedError:
    with pytest.raises(MalformedError) as caught:
        decode(type_line, body, sender="il")
    assert caught.value.at_fault == "party il"
    assert caught.value.right
    return caught.value


@given(statements)
@settings(max_examples=300, deadline=None)
def test_every_statement_survives_the_wire_as_canonical_json(statement: Statement) -> None:
    type_line, body = encode(statement)
    assert decode(type_line, from_json(to_json(body)), sender="x") == statement


@pytest.mark.parametrize("type_line", TYPES)
def test_each_type_has_one_spelling(type_line: str) -> None:
    assert encode(decode(type_line, BODIES[type_line], sender="il")) == (
        type_line,
        BODIES[type_line],
    )


def test_the_words_of_the_models_are_the_words_of_the_domain() -> None:
    def words(model: type[Any], name: str) -> set[str]:
        return set(get_args(model.model_fields[name].annotation))

    assert words(models.NoticeVolumeBody, "use") == {u.value for u in Use}
    assert words(models.ItemEventBody, "step") == {s.value for s in Step}
    assert words(models.AnswerBody, "rung") == {r.value for r in Rung}
    assert words(models.ReportBody, "phase") == {p.value for p in Phase}
    codes = get_args(models.NonconformanceBody.model_fields["codes"].annotation)[0]
    assert set(get_args(codes)) == {d.value for d in Deviation}
    assert words(models.WatchRecordBody, "change") == {c.value for c in Change}
    assert words(models.WatchRecordBody, "level") == {level.name.lower() for level in Level}
    assert words(models.WatchRecordBody, "kind") == {k.value for k in Kind}


@pytest.mark.parametrize("type_line", TYPES)
def test_every_member_is_needed_and_no_other_is_taken(type_line: str) -> None:
    for name in BODIES[type_line]:
        body = {k: v for k, v in BODIES[type_line].items() if k != name}
        assert f"'{name}' is missing" in refusal(type_line, body).what
    for name in ("target", "weapon", "reason", "intelligence", "aim_point", "Item"):
        error = refusal(type_line, {**BODIES[type_line], name: "x"})
        assert f"'{name}' does not exist" in error.what


def test_no_target_hides_inside_a_volume_or_an_area() -> None:
    volume = {**VOLUME, "use": "activity", "target": "x"}
    error = refusal("parley/notice/v1", {**NOTICE, "volumes": [volume]})
    assert (error.what, error.where) == ("member 'target' does not exist", "volumes[0]")
    area = {**CIRCLE, "weapon": "x"}
    error = refusal("parley/stop/v1", {**BODIES["parley/stop/v1"], "area": area})
    assert error.where == "area"


def test_no_field_of_any_type_is_for_what_is_never_told() -> None:
    fields = {name for model in models.BODIES.values() for name in model.model_fields}
    for word in ("target", "weapon", "reason", "intelligence", "aim", "munition"):
        assert not [name for name in fields if word in name]


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("version", 1.0, "version"),
        ("version", True, "version"),
        ("version", "1", "version"),
        ("version", 0, "version"),
        ("version", 2**53, "version"),
        ("exercise", 0, "exercise"),
        ("at_ms", -1, "at_ms"),
        ("at_ms", float("nan"), "at_ms"),
        ("item", "IL-1", "item"),
        ("item", "", "item"),
        ("item", "a" * 65, "item"),
        ("item", "il 1", "item"),
        ("item", "il-1\n", "item"),
        ("by", "-il", "by"),
        ("text", "a\x00b", "text"),
        ("text", "a\tb", "text"),
        ("text", "a\x7f", "text"),
        ("text", "\u202egnp.txt", "text"),
        ("text", "\ud800", "text"),
        ("text", "x" * 4001, "text"),
        ("text", None, "text"),
        ("to", ["un", "ru"], "to"),
        ("to", ["ru", "ru"], "to"),
        ("to", ["il", "ru"], "to"),
        ("to", "ru", "to"),
        ("volumes", [], "volumes"),
        ("volumes", {}, "volumes"),
        ("volumes", [{**VOLUME, "use": "activity"}] * 65, "volumes"),
        ("volumes.0.use", "target", "volumes[0].use"),
        ("volumes.0.floor_cm", 0.5, "volumes[0].floor_cm"),
        ("volumes.0.floor_cm", 1_200_001, "volumes[0].floor_cm"),
        ("volumes.0.ceiling_cm", 10_000_001, "volumes[0].ceiling_cm"),
        ("volumes.0.end_ms", 1_537_209_599_999, "volumes[0].end_ms"),
        ("volumes.0.area.kind", "sphere", "volumes[0].area.kind"),
        ("volumes.0.area.reach_cm", -1, "volumes[0].area.reach_cm"),
        ("volumes.0.area.points", [[0, 0], [1, 1]], "volumes[0].area.vertices"),
        ("volumes.0.area.points.0", [0], "volumes[0].area.points[0]"),
        ("volumes.0.area.points.0", [0, 0, 0], "volumes[0].area.points[0]"),
        ("volumes.0.area.points.0", [True, 0], "volumes[0].area.points[0][0]"),
        ("volumes.0.area.points.0", [900_000_001, 0], "volumes[0].area.points[0][0]"),
        ("volumes.0.area.points.0", [0, 1_800_000_000], "volumes[0].area.points[0][1]"),
        ("volumes.0.area.points.0", [900_000_000, 1], "volumes[0].area.points[0]"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(path: str, value: Any, where: str) -> None:
    error = refusal("parley/notice/v1", spoilt("parley/notice/v1", path, value))
    assert error.where == where


def test_a_self_crossing_polygon_is_malformed_at_its_area() -> None:
    bow = [[0, 0], [10_000_000, 10_000_000], [0, 10_000_000], [10_000_000, 0]]
    area = {"kind": "polygon", "points": bow, "reach_cm": 0}
    error = refusal("parley/notice/v1", spoilt("parley/notice/v1", "volumes.0.area", area))
    assert "crosses or touches itself" in error.what
    assert error.where.startswith("volumes[0].area")


def test_ten_thousand_vertices_in_all_and_no_more() -> None:
    row = [[350_000_000, 350_000_000 + 1000 * i] for i in range(5001)]
    volume = {**VOLUME, "use": "activity"}

    def body(first: int, second: int) -> dict[str, Any]:
        areas = [{"kind": "corridor", "points": row[:n], "reach_cm": 100} for n in (first, second)]
        return {**NOTICE, "volumes": [{**volume, "area": area} for area in areas]}

    decode("parley/notice/v1", body(5000, 5000), sender="il")
    error = refusal("parley/notice/v1", body(5000, 5001))
    assert "10001 vertices" in error.what
    long = {**CIRCLE, "kind": "corridor", "points": row * 2}
    error = refusal("parley/stop/v1", {**BODIES["parley/stop/v1"], "area": long})
    assert error.where == "area.points"


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("notice", "IL-1", "notice"),
        ("notice", None, "notice"),
        ("codes", [], "codes"),
        ("codes", ["lost"], "codes[0]"),
        ("codes", ["place", "height"], "codes"),
        ("codes", ["place", "place"], "codes"),
        ("codes", "place", "codes"),
        ("since_ms", -1, "since_ms"),
        ("area.reach_cm", 100_000_001, "area.reach_cm"),
        ("band.floor_cm", 2, "band.floor_cm"),
    ],
)
def test_a_nonconformance_that_cannot_be_is_refused(path: str, value: Any, where: str) -> None:
    type_line = "parley/nonconformance/v1"
    assert refusal(type_line, spoilt(type_line, path, value)).where == where


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("change", "shelved", "change"),
        ("kind", "hostile-intent", "kind"),
        ("level", "Warning", "level"),
        ("refs", [], "refs"),
        ("refs", ["track:a"] * 17, "refs"),
        ("refs.0", "IL20", "refs[0]"),
        ("refs.0", "track:", "refs[0]"),
        ("refs.0", "track:a|b", "refs[0]"),
        ("refs.0", "track:a\nb", "refs[0]"),
        ("refs.0", "track:" + "a" * 129, "refs[0]"),
        ("parties", ["ru", "il"], "parties"),
        ("codes", ["b", "a"], "codes"),
        ("codes", [""], "codes[0]"),
        ("measures", {"hmd_m": 0.5}, "measures.hmd_m"),
        ("measures", {"hmd_m": True}, "measures.hmd_m"),
        ("measures", {"hmd_m": 2**53}, "measures.hmd_m"),
        ("measures", [], "measures"),
        ("basis.0.uncertainty_m", -1, "basis[0].uncertainty_m"),
        ("basis.0.position", [0, 1_800_000_000], "basis[0].position[1]"),
        ("basis.0.position", [900_000_000, 1], "basis[0].position"),
        ("basis.0.band", {"floor_cm": 1, "ceiling_cm": 0}, "basis[0].band.floor_cm"),
        ("basis.0.speed", 1, "basis[0]"),
    ],
)
def test_a_record_of_the_watch_that_cannot_be_is_refused(path: str, value: Any, where: str) -> None:
    type_line = "parley/watch-record/v1"
    assert refusal(type_line, spoilt(type_line, path, value)).where == where


def test_the_tracks_of_a_record_are_sorted_and_each_once() -> None:
    type_line = "parley/watch-record/v1"
    (one,) = BODIES[type_line]["basis"]
    for basis in ([one, one], [one, {**one, "track": "A"}]):
        assert refusal(type_line, {**BODIES[type_line], "basis": basis}).where == "basis"


@pytest.mark.parametrize("type_line", LOCAL)
def test_local_statements_are_addressed_to_nobody(type_line: str) -> None:
    assert refusal(type_line, {**BODIES[type_line], "to": ["ru"]}).where == "to"


@pytest.mark.parametrize("type_line", ["parley/notice/v2", "", "notice", "parley/receipt/v1"])
def test_unknown_types_are_refused(type_line: str) -> None:
    assert refusal(type_line, NOTICE).where == "type line"


@pytest.mark.parametrize("body", [None, [], "x", 1, True, [NOTICE]])
def test_a_body_is_an_object(body: Any) -> None:
    refusal("parley/notice/v1", body)


def test_errors_never_repeat_a_long_value() -> None:
    error = refusal("parley/notice/v1", {**NOTICE, "item": "A" * 50_000, "y" * 50_000: 1})
    assert len(str(error)) < 1000


def test_a_node_cannot_sign_what_its_peers_would_refuse() -> None:
    notice: Any = decode("parley/notice/v1", NOTICE, sender="il")
    header = dataclasses.replace(notice.header, to=("un", "ru"))
    for bad in (
        dataclasses.replace(notice, text="x" * 4001),
        dataclasses.replace(notice, header=header),
        dataclasses.replace(notice, volumes=()),
        dataclasses.replace(notice, item="IL 1"),
    ):
        with pytest.raises(InputError) as caught:
            encode(bad)
        assert caught.value.at_fault == "party 'il'"


def test_schema_is_closed_and_names_every_member() -> None:
    for type_line in TYPES:
        schema = json_schema(type_line)
        assert schema["additionalProperties"] is False
        assert set(schema["required"]) == set(BODIES[type_line])
    with pytest.raises(InputError, match="not known"):
        json_schema("parley/nothing/v1")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*NOTICE, "area", "points", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.sampled_from(TYPES), st.data())
@settings(max_examples=300, deadline=None)
def test_only_malformed_escapes_hostile_bodies(type_line: str, data: st.DataObject) -> None:
    body = copy.deepcopy(BODIES[type_line])
    for _ in range(data.draw(st.integers(1, 3))):
        at: Any = body
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if isinstance(at[key], dict | list) and data.draw(st.booleans()):
                at = at[key]
                continue
            at[key] = data.draw(_json)
            break
    try:
        again = encode(decode(type_line, body, sender="il"))
    except MalformedError:
        return
    assert again == (type_line, body)


def test_a_copy_is_for_an_addressee_and_the_member_is_absent_where_all_get_the_same() -> None:
    said = decode("parley/notice/v1", {**NOTICE, "copy_for": "ru"}, sender="il")
    assert said.header.copy_for == "ru"
    assert encode(said)[1] == {**NOTICE, "copy_for": "ru"}
    for wrong in ("", "il", "amber", None):
        with pytest.raises(MalformedError, match="copy"):
            decode("parley/notice/v1", {**NOTICE, "copy_for": wrong}, sender="il")
