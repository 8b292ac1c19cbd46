"""What people see: nothing a peer wrote can steer a terminal; colour is never the only sign."""

from __future__ import annotations

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.cli import show
from parley.cli.brief import event_words
from parley.errors import ForgedError, FormatError


@given(st.text())
def test_shown_text_holds_no_control_and_no_direction_characters(text: str) -> None:
    shown = show.plain(text)
    assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in shown)
    assert not any(c in shown for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200f")


def test_plain_keeps_every_script() -> None:
    assert show.plain("Ил-20 על הים ميناء") == "Ил-20 על הים ميناء"
    assert show.plain("a\x1b[2Jb\u202ec\n") == "a\\u001b[2Jb\\u202ec\\u000a"


def test_a_refusal_says_what_where_who_and_what_would_be_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = FormatError(
        "'18:40' is a bare time", right="2018-09-17T18:40:00Z", where="--start", at_fault="il\x1b[m"
    )
    show.refusal(error)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "error: '18:40' is a bare time\n"
        "  where:          --start\n"
        "  at fault:       il\\u001b[m\n"
        "  right would be: 2018-09-17T18:40:00Z\n"
    )
    show.refusal(ForgedError("x"), json_out=True)
    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["code"] == "forged"
    assert said.err == ""


def test_markup_in_foreign_text_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    out = show.Out()
    out.line("[bold]not bold[/bold]")
    out.table(("A",), [["[red]x[/red]"]])
    out.pairs([("Text", "[link=http://x]y[/link]"), ("Empty", "")])
    said = capsys.readouterr().out
    for text in ("[bold]not bold[/bold]", "[red]x[/red]", "[link=http://x]y[/link]"):
        assert text in said
    assert "Empty" not in said


def test_a_pipe_gets_no_escape_codes_and_loses_no_text(capsys: pytest.CaptureFixture[str]) -> None:
    out = show.Out()
    long = "".join(f"{n:04d}" for n in range(200))
    out.table(("Level", "Text"), [[show.level("urgent"), long]])
    out.pairs([("Text", long)])
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "▲ URGENT" in said
    assert long in said
    folded = "".join(said.split()).replace("▲URGENT", "")
    assert long in folded


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_colours_and_no_color_takes_them_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for wanted in (True, False):
        stream = Terminal()
        monkeypatch.setattr(sys, "stdout", stream)
        show.Out().line("STOP", "bold red")
        assert ("\x1b[1;31m" in stream.getvalue()) is wanted
        monkeypatch.setenv("NO_COLOR", "1")


def test_json_is_one_value_and_the_rest_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    out = show.Out(json_out=True)
    out.line("for people")
    out.pairs([("for", "people")])
    out.table(("for",), [["people"]])
    out.findings([])
    out.value({"text": "Ил-20", "n": 1})
    assert capsys.readouterr().out == '{"text": "Ил-20", "n": 1}\n'


def test_a_bar_appears_only_for_slow_work_and_only_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for slow_s, terminal, wanted in ((0.0, True, True), (60.0, True, False), (0.0, False, False)):
        stream = Terminal() if terminal else io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", "xterm-256color")
        with show.progress("Verifying", 100, slow_s=slow_s) as step:
            step(50)
            step(100)
        assert ("Verifying" in stream.getvalue()) is wanted


def test_a_table_keeps_its_instants_on_one_line_while_all_columns_have_room(
    capsys: pytest.CaptureFixture[str],
) -> None:
    at = "2018-09-17T18:39:00.000Z"
    row = (at, "words " * 40, at)
    out = show.Out()
    out.console.width = 100
    out.table(("Said", "What", "Heard"), [row])
    out.table(("A", "B", "C", "D", "E"), [(at, at, at, at, "end")])
    wide, _, narrow = capsys.readouterr().out.partition(" A ")
    assert wide.count(at) == 2
    assert max(len(line) for line in wide.splitlines()) <= 100
    assert "end" in narrow, "nothing is cut off"


def test_what_has_no_end_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = {"level": "info", "text": "t", "from": "2018-09-17T18:39:00Z", "parties": ["ru"]}
    show.Out().findings([{**found, "until": "9999-12-31T23:59:59.999Z"}])
    told = capsys.readouterr().out
    assert "no end is known" in told
    assert "9999" not in told


def test_times_are_zulu_first_with_day_and_offsets() -> None:
    zones = {"il": "Asia/Jerusalem", "ru": "Europe/Moscow"}
    assert show.times(1537209540000, zones) == (
        "Mon 2018-09-17T18:39:00Z"
        " (il 21:39 +03:00 Mon 17 Sep 2018, ru 21:39 +03:00 Mon 17 Sep 2018)"
    )
    assert show.times(0, {}) == "Thu 1970-01-01T00:00:00Z"


def test_events_are_told_in_words() -> None:
    opened = {
        "kind": "finding-opened",
        "data": {
            "kind": "stop",
            "level": "urgent",
            "refs": ["stop:ru-1@1"],
            "parties": ["il", "ru"],
            "from_ms": 1537211100000,
            "until_ms": 1537218300000,
            "measures": {},
            "codes": ["everywhere"],
        },
    }
    assert event_words(opened).startswith("URGENT STOP ru-1 since 1905Z: all parties cease")
    link = {"kind": "link", "data": {"peer": "il", "up": False, "pending": 2}}
    assert event_words(link) == "il is DOWN"
