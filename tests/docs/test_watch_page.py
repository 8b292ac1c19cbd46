"""What docs/watch.md and docs/formats/recording.md say of the watch is so."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from parley.cli.live.replaying import Replayed
from parley.cli.watchfile import path_of, read_watch
from parley.rules.findings import WATCHED, Kind, digest
from parley.rules.watching import AgeRules, WatchRules
from parley.testing.agreements import small_agreement
from parley.watch.against.hazards import WARN_S
from parley.watch.scene import Scene
from parley.wire.recording import Beat, beat_line, beat_of, head_line, read_beats, read_head

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "watch.md").read_text(encoding="utf-8")
RECORDING = (DOCS / "formats" / "recording.md").read_text(encoding="utf-8")


def blocks(page: str) -> list[str]:
    return re.findall(r"```json\n(.*?)```", page, re.DOTALL)


def test_every_kind_that_the_watch_finds_stands_on_the_page_and_no_other() -> None:
    kinds = set(re.findall(r"^\| `([a-z-]+)` \| .* \| .* \|$", PAGE, re.MULTILINE))
    seen_too = {Kind.BYSTANDER, Kind.NO_ALL_CLEAR, Kind.PLACE_MISMATCH}
    assert kinds == {kind.value for kind in WATCHED | seen_too}


def test_the_times_on_the_page_are_the_defaults() -> None:
    ages = AgeRules()
    assert f"late ({ages.late_s} s," in PAGE
    assert f"not reported for {ages.lost_s} s" in PAGE
    assert ages.forget_s == 3600
    assert f"warning within {WARN_S} s" in PAGE


def test_the_example_of_watch_json_is_one(tmp_path: Path) -> None:
    [example] = blocks(PAGE)
    path_of(tmp_path).write_text(example)
    path_of(tmp_path).chmod(0o600)
    watch = read_watch(tmp_path)
    settings = watch.settings(path_of(tmp_path))
    assert {feed.config(path_of(tmp_path)).format for feed in watch.feeds} == {"beast", "readsb"}
    agreement = small_agreement()
    for link in watch.tak:
        link.config().check(agreement, "blue")
    assert settings.role in agreement.party("blue").roles
    assert set(settings.sites) == {"north:19/201"}
    assert settings.air is not None


def test_the_pages_that_it_names_are_there() -> None:
    for page, folder in ((PAGE, DOCS), (RECORDING, DOCS / "formats")):
        for link in re.findall(r"\]\(([^)#]+)", page):
            assert (folder / link).exists(), link


def test_the_lines_of_the_recording_are_read_and_an_empty_sweep_has_that_digest() -> None:
    head, line = (text.encode() for text in blocks(RECORDING)[0].splitlines())
    assert read_head(head, "the page").party == "blue"
    assert head_line(read_head(head, "the page")) == head + b"\n"
    [beat] = read_beats(iter([line]), "the page")
    assert beat_line(beat) == line + b"\n"
    scene = Scene(party="blue", rules=WatchRules())
    with ThreadPoolExecutor(1) as pool:
        sweep = Replayed(pool).run(Beat(beat.now_ms, beat.reports, scene, ()))
    assert beat_of(beat, sweep.findings) == beat
    assert beat.digest == digest([])
