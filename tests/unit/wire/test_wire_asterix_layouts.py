"""Our layouts against the specifications that libasterix carries, edition by edition."""

from __future__ import annotations

from typing import Any

import pytest

from parley.testing.asterix import specification
from parley.wire.asterix.editions import EDITIONS, TRIED
from parley.wire.asterix.layout import (
    Endless,
    Explicit,
    Extended,
    Field,
    Fields,
    Length,
    Repeated,
)

KNOWN = [
    (category, name) for category, named in EDITIONS.items() for name in named if name != "0.17"
]


def rule_of(item: Any) -> Any:
    rule = item.cv_rule
    return rule.cv_variation if hasattr(rule, "cv_variation") else rule.cv_default_variation


def theirs(variation: Any) -> Length:
    """The shape of one of their items, in our words."""
    kind = variation.__mro__[1].__name__
    if kind in ("Element", "Group"):
        bits: int = variation.cv_bit_size
        return bits // 8 if bits % 8 == 0 else bits
    if kind == "Repetitive":
        bits = variation.cv_variation.cv_bit_size
        return Endless((bits + 1) // 8) if variation.cv_rep_bytes is None else Repeated(bits // 8)
    if kind == "Explicit":
        return Explicit()
    if kind == "Compound":
        return Fields(*(theirs_of(item) for item in variation.cv_items_list))
    parts = variation.cv_items_list
    sizes = [sum(part[1] if part else 1 for part in parts_of) for parts_of in parts]
    return Extended(tuple(size // 8 for size in sizes), closed=parts[-1][-1] is None)


def theirs_of(item: Any) -> Field:
    return None if item is None else (item.cv_name, theirs(rule_of(item)))


def same(ours: Length, other: Length) -> bool:
    """An extended item of ours may have more parts: a later edition added them."""
    if isinstance(ours, Extended) and isinstance(other, Extended):
        prefix = ours.parts[: len(other.parts)] == other.parts
        return prefix and (other.closed or ours == other)
    if isinstance(ours, Fields) and isinstance(other, Fields):
        if len(ours.fields) != len(other.fields):
            return False
        return all(
            (a is None) == (b is None) and (a is None or b is None or same(a[1], b[1]))
            for a, b in zip(ours.fields, other.fields, strict=True)
        )
    return ours == other


@pytest.mark.parametrize(("category", "name"), KNOWN)
def test_every_item_is_where_the_specification_has_it(category: int, name: str) -> None:
    edition = specification(f"Cat_{category:03d}_{name.replace('.', '_')}")
    record = edition.cv_uap.cv_record
    items = [getattr(item, "cv_non_spare", None) for item in record.cv_items_list]
    layout = EDITIONS[category][name].layout
    ours = [None if field is None else field[0] for field in layout.fields]
    assert ours == [None if item is None else item.cv_name for item in items]
    for field, item in zip(layout.fields, items, strict=True):
        if field is not None:
            assert same(field[1], theirs(rule_of(item))), field[0]


@pytest.mark.parametrize("category", list(EDITIONS))
def test_what_is_tried_is_known(category: int) -> None:
    assert set(TRIED[category]) <= set(EDITIONS[category])


def test_the_parts_that_are_read_have_their_specified_names() -> None:
    """Of compound items only the order counts when they are skipped; what is read has names."""
    record = specification("Cat_062_1_21").cv_uap.cv_record
    layout = dict(field for field in EDITIONS[62]["1.21"].layout.fields if field is not None)
    for number, renamed in (
        ("380", {"BDSDATA": "MB"}),
        ("390", {}),
        ("500", {}),
        ("340", {"HEIGHT": "HEI"}),
    ):
        compound = layout[number]
        assert isinstance(compound, Fields)
        names = [field[0] for field in compound.fields if field is not None]
        listed = [item.cv_name for item in rule_of(record._spec(number)).cv_items_list if item]
        assert names == [renamed.get(name, name) for name in listed]
