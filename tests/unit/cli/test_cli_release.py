"""`parley release`: checked, asked, answered, passed on, listed, as a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import Result

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Serve = Callable[..., Any]
ROLE = ("--role", "watch-officer")


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def message(path: Path) -> Path:
    content = {"line": "safety", "precedence": "priority", "language": "en", "text": "Ours alone."}
    path.write_text(json.dumps(content))
    return path


def test_release_control_from_the_keyboard(
    run: Run, make: Make, introduce: Introduce, serve: Serve, tmp_path: Path
) -> None:
    ru, il = make("ru"), make("il")
    introduce(ru, il)
    serve(ru, "--listen", "127.0.0.1:0")
    file = message(tmp_path / "message.json")
    said = answer(run("paper", "post", ru, "message", file, "--to-nobody", *ROLE, "--json"))
    ref = said["ref"]

    judged = run("release", "check", ru, ref, "il")
    assert judged.exit_code == 0, judged.output
    assert judged.stdout.splitlines()[0].startswith("TLP:AMBER+STRICT")
    assert "May go" in judged.stdout
    nothing = run("release", "check", ru, "message:ru-99", "il")
    assert nothing.exit_code == 2

    make_it = ("release", "make", ru, ref, "il", "--released-by", "Petrov", *ROLE)
    alone = run(*make_it)
    assert alone.exit_code == 2
    assert "two persons" in alone.stderr
    released = answer(run(*make_it, "--requested-by", "Sokolov", "--json"))
    assert released["paper"]["content"]["grounds"] == "own"

    needless = run(
        "release", "ask", ru, ref, "il", "--purpose", "?", "--requested-by", "Sokolov",
        "--until", "2099-01-01T00:00Z", *ROLE,
    )  # fmt: skip
    assert needless.exit_code == 2
    assert "needless" in needless.stderr
    for word in ("approve", "refuse"):
        wrong = run("release", word, ru, released["ref"], "--person", "Petrov", *ROLE)
        assert wrong.exit_code == 2
        assert "asks for no consent" in wrong.stderr

    listed = run("release", "register", ru)
    lines = [line for line in listed.stdout.splitlines() if line.strip()]
    assert lines[0] == lines[-1]
    assert lines[0].startswith("TLP:AMBER+STRICT // REL TO IL")
    found = answer(run("release", "register", ru, "--about", ref, "--json"))
    assert [one["recipient"] for one in found["releases"]] == ["il"]
    table = tmp_path / "register.csv"
    assert answer(run("release", "register", ru, "--csv", table, "--json"))["bytes"] > 100
    text = table.read_text()
    assert text.splitlines()[1].split(",")[0].strip('"').startswith("TLP:")
    assert "Ours alone." not in text


def test_evidence_for_a_party_from_the_keyboard(run: Run, make: Make, tmp_path: Path) -> None:
    ru = make("ru")
    file = tmp_path / "for-il.evidence"
    refused = run("evidence", "export", ru, "notice:ru-1", "--for", "il", "-o", file)
    assert refused.exit_code == 2
    assert not file.exists()
