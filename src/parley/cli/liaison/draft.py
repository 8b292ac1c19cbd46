"""``parley draft``: files of other formats to a draft, a notice to other formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

import typer

from parley.cli.options import AgreementOption, DirArgument, JsonOption, RefArgument, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.wire.assumed import Assumed

drafts = typer.Typer(
    no_args_is_help=True, help="Formats that people already use: NOTAM, ED-269, KML, GPX, CSV."
)
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Else to standard output.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace the file.")]
UndulationOption = Annotated[
    float | None, typer.Option("--undulation-m", help="Sea level above the ellipsoid there.")
]
UndulationErrorOption = Annotated[
    float | None, typer.Option("--undulation-error-m", help="How far that may be off.")
]
QnhLowOption = Annotated[float | None, typer.Option("--qnh-low-hpa", help="Lowest QNH.")]
QnhHighOption = Annotated[float | None, typer.Option("--qnh-high-hpa", help="Highest QNH.")]
GroundLowOption = Annotated[
    float | None, typer.Option("--ground-low-m", help="Lowest ground, above the ellipsoid.")
]
GroundHighOption = Annotated[float | None, typer.Option("--ground-high-m", help="Highest ground.")]


def register(app: typer.Typer) -> None:
    app.add_typer(drafts, name="draft")


@drafts.command(
    "from",
    epilog=examples(
        "parley draft from plan.notam --class live-fire -o plan.geojson",
        "parley draft from route.gpx --class transit --half-width-m 2000 --floor-m 0"
        " --ceiling-m 3000 -o plan.geojson",
        "parley notice node-il plan.geojson --role watch-officer",
        json="drafts [a FeatureCollection each], assumptions",
    ),
)
def from_file(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help=".notam, .txt, .ed269, .json, .gpx, .csv, .kml, .kmz."),
    ],
    agreement: AgreementOption = None,
    activity_class: Annotated[
        str, typer.Option("--class", help="For what has none: a NOTAM, a zone, a path.")
    ] = "",
    form: Annotated[str, typer.Option("--format", help="Where the name does not tell.")] = "",
    half_width_m: Annotated[float | None, typer.Option("--half-width-m", help="Of a path.")] = None,
    radius_m: Annotated[float | None, typer.Option("--radius-m", help="Of waypoints.")] = None,
    floor_m: Annotated[float | None, typer.Option("--floor-m", help="Of a path.")] = None,
    ceiling_m: Annotated[float | None, typer.Option("--ceiling-m", help="Of a path.")] = None,
    vertical_m: Annotated[
        float, typer.Option("--vertical-m", help="Beside the elevations of a path.")
    ] = 0.0,
    start: Annotated[str, typer.Option("--start", help="Of a path without times.")] = "",
    end: Annotated[str, typer.Option("--end", help="Of a path without times.")] = "",
    undulation_m: UndulationOption = None,
    undulation_error_m: UndulationErrorOption = None,
    qnh_low_hpa: QnhLowOption = None,
    qnh_high_hpa: QnhHighOption = None,
    ground_low_m: GroundLowOption = None,
    ground_high_m: GroundHighOption = None,
    out_file: OutOption = None,
    force: ForceOption = False,
    json_out: JsonOption = False,
) -> None:
    """A draft in our GeoJSON, to be checked and posted; what was assumed stands on standard
    error. Needs no node."""
    from parley.cli import files, show
    from parley.wire.agreement import parse_agreement
    from parley.wire.conversion import Hints, draft_to_geojson, drafts_from, format_of
    from parley.wire.instants import parse_instant

    out = show.Out(json_out)
    data = files.read_input(file)
    known = parse_agreement(files.read_input(agreement), agreement.name) if agreement else None
    hints = Hints(
        activity_class,
        half_width_m,
        radius_m,
        floor_m,
        ceiling_m,
        vertical_m,
        parse_instant(start, "--start") if start else None,
        parse_instant(end, "--end") if end else None,
    )
    assumed = _assumed(
        undulation_m, undulation_error_m, qnh_low_hpa, qnh_high_hpa, ground_low_m, ground_high_m
    )
    chosen = form or format_of(file.name, data)
    found, assumptions = drafts_from(data, file.name, chosen, known, hints, assumed)
    made = [draft_to_geojson(draft) for draft in found]
    if out.json:
        out.value({"drafts": made, "assumptions": list(assumptions)})
        return
    for words in assumptions:
        out.note(f"Assumed: {words}")
    if len(made) > 1:
        raise InputError(
            f"{file.name} holds {len(made)} drafts",
            right="--json for all of them, or a file of one item",
            at_fault="whoever typed the command",
        )
    text = json.dumps(made[0], indent=1, ensure_ascii=False) + "\n"
    _write(text.encode(), out_file, force=force)


@drafts.command(
    "as",
    epilog=examples(
        "parley draft as node-il notice:il-1 --format notam --fir OSTT",
        "parley draft as node-il notice:il-1 --format ed269 --country SYR -o zone.json",
        "parley draft as node-il notice:il-1 --format script --lang ru --tz Europe/Moscow",
        "parley draft as node-il notice:il-1 --format form --html -o form.html",
        json="format, text",
    ),
)
def as_format(
    directory: DirArgument,
    ref: RefArgument,
    form: Annotated[
        str, typer.Option("--format", help="notam, ed269, kml, gpx, csv, form or script.")
    ],
    fir: Annotated[str, typer.Option("--fir", help="NOTAM: the FIR, four letters.")] = "",
    qcode: Annotated[str, typer.Option("--qcode", help="NOTAM: else that of the class.")] = "",
    location: Annotated[str, typer.Option("--location", help="NOTAM: item A).")] = "",
    remarks: Annotated[str, typer.Option("--remarks", help="NOTAM: added to E).")] = "",
    flight_levels: Annotated[
        bool, typer.Option("--flight-levels", help="NOTAM: F) and G); needs the QNH.")
    ] = False,
    no_aircraft: Annotated[
        bool, typer.Option("--no-aircraft", help="NOTAM, ED-269: leave own aircraft out.")
    ] = False,
    country: Annotated[str, typer.Option("--country", help="ED-269: three letters.")] = "",
    restriction: Annotated[str, typer.Option("--restriction", help="ED-269.")] = "PROHIBITED",
    lang: Annotated[str, typer.Option("--lang", help="Script: en, ru, he or ar.")] = "en",
    tz: Annotated[
        list[str] | None, typer.Option("--tz", help="Form, script: local time too; repeated.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="Form, script: a page to print.")] = False,
    public: Annotated[
        bool, typer.Option("--public", help="Without its marking; of our own notices alone.")
    ] = False,
    undulation_m: UndulationOption = None,
    undulation_error_m: UndulationErrorOption = None,
    qnh_low_hpa: QnhLowOption = None,
    qnh_high_hpa: QnhHighOption = None,
    out_file: OutOption = None,
    force: ForceOption = False,
    json_out: JsonOption = False,
) -> None:
    """A notice as NOTAM text, ED-269, KML, GPX, CSV, a paper form or a telephone script, under
    its marking."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client, segment

    out, opened = show.Out(json_out), nodedir.open_dir(directory)
    said: list[tuple[str, object]] = [
        ("fir", fir), ("qcode", qcode), ("location", location), ("remarks", remarks),
        ("country", country), ("restriction", restriction), ("lang", lang),
        ("flight_levels", flight_levels), ("aircraft", not no_aircraft), ("html", html),
        ("public", public), *(("tz", zone) for zone in tz or ()),
        ("undulation_m", undulation_m), ("undulation_error_m", undulation_error_m),
        ("qnh_low_hpa", qnh_low_hpa), ("qnh_high_hpa", qnh_high_hpa),
    ]  # fmt: skip
    query = urlencode([(name, value) for name, value in said if value not in (None, "")])
    with Client(opened) as client:
        path = f"/v1/items/{segment(ref)}/as/{segment(form)}?{query}"
        data = b"".join(line + b"\n" for line in client.lines(path))
    if out.json:
        out.value({"format": form, "text": data.decode("utf-8", "replace")})
        return
    _write(data, out_file, force=force)


def _assumed(
    undulation_m: float | None,
    undulation_error_m: float | None,
    qnh_low_hpa: float | None,
    qnh_high_hpa: float | None,
    ground_low_m: float | None,
    ground_high_m: float | None,
) -> Assumed:
    from parley.wire.assumed import assumed_of

    return assumed_of(
        undulation_m=undulation_m,
        undulation_error_m=undulation_error_m,
        qnh_low_hpa=qnh_low_hpa,
        qnh_high_hpa=qnh_high_hpa,
        ground_low_m=ground_low_m,
        ground_high_m=ground_high_m,
    )


def _write(data: bytes, out_file: Path | None, *, force: bool) -> None:
    from parley.cli import files

    if out_file is not None:
        files.write_new(out_file, (data,), overwrite=force)
        return
    typer.echo(data.decode("utf-8", "replace"), nl=False)
