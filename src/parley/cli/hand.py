"""What an officer types by hand, option by option, to the domain; errors name the option.

The notations themselves are wire's: any notation of a position, heights with their unit, RFC 3339.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from parley.cli import files
from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, NoticeVolume, ReadBack, Use
from parley.space import Area, Position, Volume
from parley.wire.draft import draft_from_file, volume_from_text
from parley.wire.geojson import size_property, unrolled, volume_properties
from parley.wire.instants import parse_instant
from parley.wire.lengths import height_from_text
from parley.wire.places import area_from_text, position_from_text
from parley.wire.tracks_csv import observations_from_csv

if TYPE_CHECKING:
    from parley.node.context import Context
    from parley.rules.statements import Observation

T = TypeVar("T")

AREA_FORMS = (
    'one of "circle 35.52N 35.80E 4km", "polygon P1; P2; P3", "corridor P1; P2 2km", "place ID"'
)


def role_of(agreement: Agreement, party: str, role: str, *, urgent: bool = False) -> str:
    """The duty role asked for, or the party's only one; where it is urgent, its first one.

    Raises InputError."""
    roles = agreement.party(party).roles
    if role in roles:
        return role
    if not role and (urgent or len(roles) == 1):
        return roles[0]
    raise InputError(
        f"{role!r} is no duty role of {party}" if role else "the duty role is missing",
        right=f"--role with one of: {', '.join(roles)}",
        where="--role",
        at_fault="whoever typed the command",
    )


def draft_of_file(file: Path, agreement: Agreement) -> Draft:
    """The draft in a GeoJSON, KML or KMZ file. Raises InputError that blames its author."""
    return draft_from_file(files.read_input(file), file.name, agreement)


def tracks_of_file(file: Path, context: Context, role: str) -> list[Observation]:
    """The rows of a CSV file as observations of ours. Raises InputError that blames its author."""
    seen = observations_from_csv(
        files.read_input(file),
        file.name,
        by=context.party,
        role=role,
        agreement=context.agreement,
    )
    header = replace(seen[0].header, agreement=context.agreement_ref) if seen else None
    return [
        replace(one, header=replace(header, at_ms=one.header.at_ms)) if header else one
        for one in seen
    ]


def position(text: str, agreement: Agreement, option: str = "--position") -> Position:
    """A position in any notation, range and bearing included. Raises InputError."""
    return named(option, lambda: position_from_text(text, agreement.positions))


def area(text: str, agreement: Agreement, option: str = "--area") -> Area:
    """An area in one of AREA_FORMS. Raises InputError."""
    return named(option, lambda: area_from_text(text, agreement.positions, agreement))


def volume(
    agreement: Agreement,
    *,
    area: str,
    floor: str,
    ceiling: str,
    start: str,
    end: str,
    option: str = "--area",
) -> Volume:
    """One area, band and window. Raises InputError that names the option."""
    for name, value in (
        (option, area), ("--floor", floor), ("--ceiling", ceiling), ("--start", start),
        ("--end", end),
    ):  # fmt: skip
        if not value:
            raise InputError(
                f"{name} is missing",
                right=_RIGHT.get(name, AREA_FORMS),
                where=name,
                at_fault="whoever typed the command",
            )
    try:
        return volume_from_text(
            area=area, floor=floor, ceiling=ceiling, start=start, end=end, agreement=agreement
        )
    except InputError as error:
        place = option if error.where.startswith("area") else f"--{error.where}"
        raise _relocated(error, place) from None


def draft(
    agreement: Agreement,
    *,
    activity_class: str,
    areas: Sequence[str],
    aircraft: Sequence[str],
    floor: str,
    ceiling: str,
    start: str,
    end: str,
    place: str,
    text: str,
) -> Draft:
    """A draft typed by hand: one band and one window for all its areas; without an area, the
    named ``place`` is the area. Raises InputError that names the option."""
    named("--class", lambda: agreement.activity_class(activity_class))
    if place:
        named("--place", lambda: agreement.named_area(place))
    shapes = [(Use.ACTIVITY, "--area", words) for words in areas]
    if not shapes and place:
        shapes = [(Use.ACTIVITY, "--area", f"place {place}")]
    if not shapes:
        raise FormatError(
            "the notice has no area", right=f"--place, or {AREA_FORMS}", where="--area"
        )
    shapes += [(Use.AIRCRAFT, "--aircraft", words) for words in aircraft]
    volumes = tuple(
        NoticeVolume(
            use,
            volume(
                agreement,
                area=words,
                floor=floor,
                ceiling=ceiling,
                start=start,
                end=end,
                option=option,
            ),
        )
        for use, option, words in shapes
    )
    return Draft(activity_class, volumes, place, text)


def volume_feature(volume: Volume) -> dict[str, Any]:
    """The volume as a GeoJSON Feature of the profile, exact."""
    kind = {"point": "Point", "path": "LineString", "polygon": "Polygon"}[volume.area.kind]
    points = unrolled(volume.area)
    coordinates = {"Point": points[0], "LineString": points, "Polygon": [points]}[kind]
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {**size_property(volume.area), **volume_properties(volume)},
    }


def read_back(start: str, end: str, floor: str, ceiling: str, place: str) -> ReadBack:
    """What a receiver repeats; heights in whole metres, outward. Raises InputError."""
    low = named("--floor", lambda: height_from_text(floor, ""))
    high = named("--ceiling", lambda: height_from_text(ceiling, ""))
    return ReadBack(
        parse_instant(start, "--start"),
        parse_instant(end, "--end"),
        low.cm // 100,
        -(-high.cm // 100),
        place,
    )


def named(option: str, make: Callable[[], T]) -> T:
    """What ``make`` gives; an InputError names the option as its place."""
    try:
        return make()
    except InputError as error:
        raise _relocated(error, option) from None


def _relocated(error: InputError, option: str) -> InputError:
    return type(error)(
        error.what, right=error.right, where=option, at_fault="whoever typed the command"
    )


_RIGHT = {
    "--floor": "a height above the WGS-84 ellipsoid with its unit, such as 0m",
    "--ceiling": "a height above the WGS-84 ellipsoid with its unit, such as 5000m",
    "--start": "an instant such as 2018-09-17T18:40:00Z",
    "--end": "an instant such as 2018-09-17T19:10:00Z",
}
