"""console.json of a node directory: whether two persons release, how long a shift may be, and the
certificate that browsers are shown.

    {"format": "parley/console/v1", "two_persons": true, "shift_h": 12, "longest_shift_h": 14,
     "cert": "console.pem", "key": "console.key"}

Absent: the defaults, and no TLS. Paths are relative to the node directory. ConfigErrors name the
file and the member.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from parley.cli import files
from parley.errors import ConfigError, InputError
from parley.node.people.settings import PeopleSettings
from parley.wire.plainform import from_plain

if TYPE_CHECKING:
    from parley.web.server import Certificate

FORMAT = "parley/console/v1"
_DEFAULTS = PeopleSettings()


@dataclass(frozen=True, slots=True)
class ConsoleFile:
    """See the module."""

    format: str = FORMAT
    two_persons: bool = _DEFAULTS.two_persons
    shift_h: int = _DEFAULTS.shift_h
    longest_shift_h: int = _DEFAULTS.longest_shift_h
    cert: str = ""
    key: str = ""

    def settings(self) -> PeopleSettings:
        """ConfigError."""
        return PeopleSettings(
            two_persons=self.two_persons,
            shift_h=self.shift_h,
            longest_shift_h=self.longest_shift_h,
        )


def path_of(directory: Path) -> Path:
    return directory / "console.json"


def read_console(directory: Path) -> ConsoleFile:
    """What people chose for the console of this node; the defaults where there is no file."""
    path = path_of(directory)
    if not path.exists():
        return ConsoleFile()
    try:
        plain = json.loads(files.read_config(path))
        if isinstance(plain, dict) and plain.get("format") != FORMAT:
            raise InputError("console.json is of another format", right=f'"format": "{FORMAT}"')
        read = from_plain(ConsoleFile, plain)
        read.settings()
    except (ValueError, RecursionError):
        raise ConfigError("console.json is not JSON", right="JSON", where=str(path)) from None
    except (InputError, ConfigError) as error:
        where = f"{path}: {error.where.lstrip('.')}".rstrip(": ")
        raise ConfigError(error.what, right=error.right, where=where) from None
    return read


def certificate_of(directory: Path, cert: str = "", key: str = "") -> Certificate | None:
    """What browsers are shown: the two files that are named, or those of console.json; None: plain
    HTTP. ConfigError: one without the other, a key that others may read."""
    from parley.web.server import Certificate

    read = read_console(directory)
    named = (cert, key) if cert or key else (read.cert, read.key)
    if not any(named):
        return None
    if not all(named):
        raise ConfigError(
            "a certificate without its key, or a key without its certificate",
            right="--cert FILE and --key FILE",
            where=str(path_of(directory)),
        )
    base = Path() if cert or key else directory
    found = Certificate(base / named[0], base / named[1])
    files.read_config(found.chain)
    files.read_config(found.key, private=True)
    return found
