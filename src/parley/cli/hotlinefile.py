"""hotline.json of a node directory: how often each line is asked, what else reaches the others,
and a translator, if there is one.

    {"format": "parley/hotline/v1", "safety_every_s": 3600, "due_s": 300,
     "fallback": "VHF 121.500; form 3 by hand",
     "translator": {"argv": ["/usr/local/bin/translate", "{source}", "{target}"],
                    "lines": ["safety"]}}

Absent: the defaults, and no translator. ConfigErrors name the file and the member.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from parley.cli import files
from parley.cli.nodedir import NodeDir
from parley.errors import ConfigError, InputError
from parley.liaison.hotline.contents import LineName
from parley.node.liaison.hotline_checks import CheckSettings, CommsChecks
from parley.node.liaison.hotline_settings import HotlineSettings
from parley.node.liaison.translation import Translating, Translator
from parley.node.node import Node
from parley.wire.plainform import from_plain

FORMAT = "parley/hotline/v1"
_DEFAULTS = CheckSettings()


@dataclass(frozen=True, slots=True)
class TranslatorEntry:
    """argv: a command on this machine ({source}, {target}); or url: an HTTP endpoint that speaks
    LibreTranslate's API. outside: the command sends the text on. trusted: the operator answers for
    what goes outside, whatever its marking. lines: whose messages it is given at all."""

    lines: tuple[LineName, ...]
    argv: tuple[str, ...] = ()
    url: str = ""
    provider: str = ""
    api_key_file: str = ""
    outside: bool = False
    trusted: bool = False
    timeout_s: int = 20

    def build(self, directory: Path) -> Translating:
        """ConfigError: neither a command nor a URL, or both, or no line."""
        if bool(self.argv) == bool(self.url) or not self.lines or not 1 <= self.timeout_s <= 600:
            raise ConfigError(
                "a translator that is not one command or one URL, or of no line",
                right="argv or url, lines, timeout_s from 1 to 600",
            )
        return Translating(self._made(directory), frozenset(self.lines), self.trusted)

    def _made(self, directory: Path) -> Translator:
        from parley.outlets.translators import CommandTranslator, HttpTranslator

        if self.argv:
            return CommandTranslator(
                self.argv,
                provider=self.provider,
                outside=self.outside,
                timeout_s=self.timeout_s,
            )
        key = ""
        if self.api_key_file:
            held = files.read_config(directory / self.api_key_file, private=True)
            key = held.decode("ascii", errors="replace").strip()
        return HttpTranslator(
            self.url, provider=self.provider, api_key=key, timeout_s=self.timeout_s
        )


@dataclass(frozen=True, slots=True)
class HotlineFile:
    """See the module; the members of the checks are those of ``CheckSettings``."""

    format: str = FORMAT
    role: str = ""
    safety_every_s: int = _DEFAULTS.safety_every_s
    strategic_every_s: int = _DEFAULTS.strategic_every_s
    due_s: int = _DEFAULTS.due_s
    fallback: str = ""
    translator: TranslatorEntry | None = None

    def settings(self, directory: Path) -> HotlineSettings:
        """ConfigError names the file."""
        try:
            checks = CheckSettings(
                self.safety_every_s, self.strategic_every_s, self.due_s, role=self.role
            )
            translating = None if self.translator is None else self.translator.build(directory)
        except ConfigError as error:
            where = f"{path_of(directory)}: {error.where}".rstrip(": ")
            raise ConfigError(error.what, right=error.right, where=where) from None
        return HotlineSettings(checks, self.fallback, translating)


def path_of(directory: Path) -> Path:
    return directory / "hotline.json"


def read_hotline(directory: Path) -> HotlineSettings:
    """What people chose for the lines of this node; the defaults where there is no file."""
    path = path_of(directory)
    if not path.exists():
        return HotlineFile().settings(directory)
    try:
        plain = json.loads(files.read_config(path))
        if isinstance(plain, dict) and plain.get("format") != FORMAT:
            raise InputError("hotline.json is of another format", right=f'"format": "{FORMAT}"')
        read = from_plain(HotlineFile, plain)
    except (ValueError, RecursionError):
        raise ConfigError("hotline.json is not JSON", right="JSON", where=str(path)) from None
    except InputError as error:
        where = f"{path}: {error.where.lstrip('.')}".rstrip(": ")
        raise ConfigError(error.what, right=error.right, where=where) from None
    return read.settings(directory)


@asynccontextmanager
async def lines_kept(
    node: Node, directory: NodeDir, wake: Callable[[], None]
) -> AsyncIterator[HotlineSettings]:
    """The comms checks of a started node on their timer. ConfigError: hotline.json is wrong."""
    settings = read_hotline(directory.path)
    try:
        checks = CommsChecks(node, settings.checks, wake=wake)
    except ConfigError as error:
        where = f"{path_of(directory.path)}: {error.where}"
        raise ConfigError(error.what, right=error.right, where=where) from None
    await checks.start()
    try:
        yield settings
    finally:
        await checks.stop()
