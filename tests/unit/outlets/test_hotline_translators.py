"""Translators: a real command and a real HTTP endpoint, and all that goes wrong with them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from parley.errors import ConfigError, InputError
from parley.liaison.hotline import phrasebook
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.papers import record as papers
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Paper
from parley.liaison.papers.record import PaperRecord
from parley.node.liaison.translation import Translating, in_book
from parley.outlets.translators import MAX_ANSWER_BYTES, CommandTranslator, HttpTranslator
from parley.rules.statements import Header
from parley.testing.agreements import small_agreement
from parley.web import serve

UPPER = (
    "import sys; text = sys.stdin.buffer.read().decode();"
    " sys.stdout.buffer.write(f'{sys.argv[1]}>{sys.argv[2]} {text.upper()}'.encode())"
)
SAFETY = frozenset({LineName.SAFETY})
FOR_GREEN = Marking(Tlp.AMBER_STRICT, ("green",))
FOR_ALL = Marking(Tlp.CLEAR, originator_control=False)


def command(tmp_path: Path, code: str, **options: Any) -> CommandTranslator:
    program = tmp_path / "translate.py"
    program.write_text(code)
    argv = [sys.executable, str(program), "{source}", "{target}"]
    return CommandTranslator(argv, provider="upper", **options)


def said(marking: Marking = FOR_GREEN, *, by: str = "blue", **members: Any) -> PaperRecord:
    content = {
        "line": LineName.SAFETY,
        "precedence": Precedence.FLASH,
        "language": "ru",
        "text": "где вы?",
        **members,
    }
    header = Header(by, "duty", 0, ("green",), "small")
    return papers.first(small_agreement(), Paper(header, f"{by}-1", 1, Message(**content), marking))


# A command on this machine


async def test_a_suggestion_says_who_made_it_and_that_nobody_checked_it(tmp_path: Path) -> None:
    made = Translating(command(tmp_path, UPPER), SAFETY)
    found = await made.suggest(said(), "en", "green")
    assert found.text == "ru>en ГДЕ ВЫ?"
    assert found.label == "machine suggestion by upper, not checked"
    assert not found.checked


async def test_a_command_sees_no_shell_and_none_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_SECRET", "do not tell")
    shown = "import os, sys; sys.stdout.write(sys.argv[1] + repr(sorted(os.environ)))"
    text = await command(tmp_path, shown).translate("x", "$(id)", "en")
    assert text.startswith("$(id)")
    assert "PARLEY_SECRET" not in text


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit(3)", "status 3"),
        ("print('x' * 200_000)", str(MAX_ANSWER_BYTES)),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "no UTF-8"),
    ],
)
async def test_a_command_that_fails_is_a_refusal_in_words(
    tmp_path: Path, code: str, why: str
) -> None:
    with pytest.raises(ConfigError, match=why):
        await command(tmp_path, code).translate("где?", "ru", "en")


async def test_a_command_that_does_not_end_is_ended_with_all_that_it_started(
    tmp_path: Path,
) -> None:
    code = "import subprocess; subprocess.run(['sleep', '600'])"
    with pytest.raises(ConfigError, match=r"no answer within 0\.3 s"):
        await command(tmp_path, code, timeout_s=0.3).translate("где?", "ru", "en")


async def test_a_command_that_is_not_there_is_said_so() -> None:
    with pytest.raises(ConfigError, match="does not start"):
        await CommandTranslator(["/nowhere/translate"]).translate("x", "ru", "en")
    with pytest.raises(ConfigError, match="without a command"):
        CommandTranslator([])


async def test_what_turns_text_around_does_not_come_out_of_a_translator(tmp_path: Path) -> None:
    code = "import sys; sys.stdout.buffer.write('a\\u202eb\\x1b[31mc\\n'.encode())"
    found = await Translating(command(tmp_path, code), SAFETY).suggest(said(), "en", "green")
    assert found.text == "ab[31mc"


async def test_an_empty_answer_is_no_suggestion(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing"):
        await Translating(command(tmp_path, ""), SAFETY).suggest(said(), "en", "green")


# An endpoint over HTTP


@pytest.fixture
async def endpoint() -> AsyncIterator[str]:
    """Speaks as LibreTranslate does; each path fails in its own way."""
    app = FastAPI()
    app.state.closing = asyncio.Event()

    @app.post("/{how}/translate")
    async def translate(how: str, request: Request) -> Response:
        asked = await request.json()
        answers: dict[str, tuple[int, bytes]] = {
            "good": (200, f'{{"translatedText": "{asked["source"]}>{asked["target"]}"}}'.encode()),
            "refused": (403, b'{"error": "no key"}'),
            "moved": (302, b""),
            "other": (200, b'{"text": 1}'),
            "broken": (200, b"<html>"),
            "large": (200, b'{"translatedText": "' + b"x" * 200_000 + b'"}'),
        }
        status, body = answers[how]
        return Response(body, status_code=status, media_type="application/json")

    running = await serve(app, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{running.port}"
    await running.stop()


async def test_an_endpoint_is_asked_as_libretranslate_has_it(endpoint: str) -> None:
    made = HttpTranslator(f"{endpoint}/good/", provider="libre")
    assert await made.translate("где?", "sr-Latn", "en") == "sr>en"


@pytest.mark.parametrize("how", ["refused", "moved", "other", "broken", "large"])
async def test_an_endpoint_that_fails_is_a_refusal_in_words(endpoint: str, how: str) -> None:
    with pytest.raises(ConfigError, match="the translator libre cannot"):
        await HttpTranslator(f"{endpoint}/{how}", provider="libre").translate("x", "ru", "en")


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "http://translate.example", "https://user:word@translate.example"]
)
def test_an_endpoint_in_the_clear_or_with_a_password_in_its_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        HttpTranslator(url)


# What may go where


class Outside:
    """Leaves this machine; what it was given."""

    provider = "elsewhere"
    outside = True

    def __init__(self) -> None:
        self.given: list[str] = []

    async def translate(self, text: str, source: str, target: str) -> str:
        self.given.append(text)
        return "where are you?"


async def test_only_what_is_clear_leaves_this_machine() -> None:
    outside = Outside()
    made = Translating(outside, SAFETY)
    for marking in (FOR_GREEN, Marking(Tlp.GREEN), Marking(Tlp.CLEAR, originator="blue")):
        with pytest.raises(InputError, match="does not leave this machine"):
            await made.suggest(said(marking), "en", "green")
    assert outside.given == []
    await made.suggest(said(FOR_ALL), "en", "green")
    assert outside.given == ["где вы?"]


async def test_even_our_own_words_stay_unless_they_are_clear() -> None:
    with pytest.raises(InputError, match="does not leave"):
        await Translating(Outside(), SAFETY).suggest(said(by="green"), "en", "green")


async def test_the_operator_may_answer_for_what_goes_outside() -> None:
    outside = Outside()
    await Translating(outside, SAFETY, trusted=True).suggest(said(), "en", "green")
    assert outside.given == ["где вы?"]


async def test_a_line_that_was_not_chosen_goes_nowhere(tmp_path: Path) -> None:
    made = Translating(command(tmp_path, UPPER), SAFETY, trusted=True)
    with pytest.raises(InputError, match="strategic line"):
        await made.suggest(said(FOR_ALL, line=LineName.STRATEGIC), "en", "green")


async def test_nothing_is_translated_into_its_own_language() -> None:
    with pytest.raises(InputError, match="in ru already"):
        await Translating(Outside(), SAFETY).suggest(said(FOR_ALL), "ru", "green")


def test_a_phrase_is_shown_in_the_words_of_the_book() -> None:
    text = phrasebook.render(phrasebook.find("p-101"), "ru")
    found = in_book(said(text=text, phrase="p-101"), "he")
    assert found is not None
    assert found.text == phrasebook.render(phrasebook.find("p-101"), "he")
    assert found.checked
    assert "machine" not in found.label
    assert in_book(said(), "he") is None
