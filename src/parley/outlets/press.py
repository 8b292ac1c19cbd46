"""Packs printed: typst sets the PDF, in this process, from a text that opens no file.

The fonts are those that matplotlib brings (DejaVu: Latin, Cyrillic, Hebrew, Arabic); none of the
machine's are used, so that a pack looks the same wherever it is made.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from parley.errors import ConfigError
from parley.liaison.health.figures import Health
from parley.wire.packs.html import html
from parley.wire.packs.pack import Pack
from parley.wire.packs.typst import typst_source

if TYPE_CHECKING:
    from typst import Fonts

MAX_SOURCE_BYTES = 64 * 1024 * 1024
_LOCK = threading.Lock()


class Press:
    """What prints; one is enough. Each call may take seconds: not for an event loop."""

    def plots(self, health: Health) -> dict[str, str]:
        """Pictures of the health of a period, by name."""
        from parley.outlets.plots import plots

        return plots(health)

    def html(self, pack: Pack, pictures: Mapping[str, str]) -> bytes:
        return html(pack, pictures)

    def pdf(self, pack: Pack, pictures: Mapping[str, str]) -> bytes:
        """PDF. ConfigError: the pack is too large for one file, or the engine refuses it."""
        return pdf(typst_source(pack, pictures))


def pdf(source: bytes) -> bytes:
    """The PDF of a typst text. ConfigError: more than 64 MiB of it, or it cannot be set."""
    import typst

    if len(source) > MAX_SOURCE_BYTES:
        raise ConfigError(f"a pack of {len(source)} bytes of text", right="a shorter period")
    try:
        with _LOCK:
            compiler = typst.Compiler(
                source, root=_font_directory(), font_paths=_fonts(), ignore_system_fonts=True
            )
            made = compiler.compile(format="pdf", timestamp=0)
    except (RuntimeError, TypeError) as error:
        raise ConfigError(
            f"the pack cannot be set: {str(error)[:300]}", right="a typst that this Parley knows"
        ) from error
    if not isinstance(made, bytes):
        raise ConfigError("the engine gave no PDF", right="a typst that this Parley knows")
    return made


@cache
def _font_directory() -> str:
    """Where the fonts are: all that a text could read, if it read anything."""
    import matplotlib as mpl

    found = Path(mpl.get_data_path()) / "fonts" / "ttf"
    if not (found / "DejaVuSans.ttf").is_file():
        raise ConfigError(f"no DejaVu fonts in {found}", right="matplotlib with its fonts")
    return str(found)


@cache
def _fonts() -> Fonts:
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[_font_directory()]
    )
