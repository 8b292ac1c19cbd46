"""`parley mechanism` and `parley pack`: shown, exported, held side by side, printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from typer.testing import Result

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
YEAR = ("--from", "2026-01-01T00:00Z", "--until", "2026-12-31T23:59:59.999Z")


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_figures_are_shown_exported_and_held_against_the_other_sides(
    run: Run, make: Make, introduce: Introduce, tmp_path: Path
) -> None:
    ru, il = make("ru"), make("il")
    introduce(ru, il)
    introduce(il, ru)
    brief = run("mechanism", "show", ru, *YEAR)
    assert brief.exit_code == 0, brief.output
    assert "no notice in this period" not in brief.stdout.replace("\n", " ")
    assert "--all shows them" in brief.stdout
    shown = run("mechanism", "show", ru, *YEAR, "--all")
    assert shown.exit_code == 0, shown.output
    assert "no notice in this period" in shown.stdout.replace("\n", " ")
    assert shown.stdout.startswith("TLP:RED // REL TO RU")
    turned = run(
        "mechanism", "show", ru, "--from", "2031-01-01T00:00Z", "--until", "2030-01-01T00:00Z"
    )
    assert turned.exit_code == 2
    assert "a period from 2031-01-01T00:00Z to 2030-01-01T00:00Z" in turned.stderr
    found = answer(run("mechanism", "show", ru, *YEAR, "--json"))
    assert (found["party"], found["marking"]) == ("ru", "TLP:RED // REL TO RU // ORCON")
    files = {}
    for path, other in ((ru, "il"), (il, "ru")):
        files[path] = tmp_path / f"{path.name}.json"
        told = run("mechanism", "export", path, *YEAR, "--for", other, "-o", files[path], "--json")
        assert answer(told)["figures"] > 20
    again = run("mechanism", "export", ru, *YEAR, "-o", files[ru])
    assert again.exit_code == 2
    both = answer(run("mechanism", "reconcile", files[ru], files[il], "--json"))
    assert {line["agreed"] for line in both["lines"]} <= {
        "equal", "only one side holds it", "neither side holds it",
    }  # fmt: skip
    changed = json.loads(files[il].read_text())
    for figure in changed["figures"]:
        if (figure["section"], figure["of"], figure["name"]) == ("notices", "il>ru", "new"):
            figure["value"] = 25
    files[il].write_text(json.dumps(changed))
    differs = run("mechanism", "reconcile", files[ru], files[il])
    assert differs.exit_code == 1
    assert "1 differs" in differs.stdout
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    assert run("mechanism", "reconcile", files[ru], wrong).exit_code == 2


def test_a_pack_is_printed_as_pdf_html_and_tables(run: Run, make: Make, tmp_path: Path) -> None:
    ru = make("ru")
    pdf, page, tables = tmp_path / "m.pdf", tmp_path / "m.html", tmp_path / "tables"
    made = run(
        "pack", "month", ru, "2026-02", "-o", pdf, "-o", page, "--csv", tables,
        "--zone", "ru=Europe/Moscow",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("TLP:RED // REL TO RU")
    assert "TLP:RED // REL TO RU" in PdfReader(pdf).pages[0].extract_text()
    text = page.read_text()
    assert "Month 2026-02" in text
    assert "2026-02-01T00:00:00Z" in text
    assert "2026-02-28T23:59:59.999Z" in text
    assert (tables / "notices.csv").read_bytes().startswith(b"\xef\xbb\xbfTLP:RED")
    assert run("pack", "month", ru, "2026-13", "-o", tmp_path / "x.pdf").exit_code == 2
    refused = run("pack", "review", ru, *YEAR, "-o", tmp_path / "x.docx")
    assert refused.exit_code == 2
    assert ".html or .pdf" in refused.stderr
