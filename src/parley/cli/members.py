"""One JSON file of ours, its members taken one by one with their types checked: ConfigErrors that
name the file and the member."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from parley.cli import files
from parley.errors import ConfigError


class Members:
    """A JSON object of ours. ``expected_format``: what its member ``format`` has to be."""

    def __init__(self, path: Path, expected_format: str = "", value: Any = None) -> None:
        self._path = path
        self._value = value
        if value is not None:
            return
        try:
            self._value = json.loads(files.read_config(path))
        except (ValueError, RecursionError):
            raise ConfigError(f"{path.name} is not JSON", right="JSON", where=str(path)) from None
        if not isinstance(self._value, dict) or self._value.get("format") != expected_format:
            raise ConfigError(
                f"{path.name} is of another format",
                right=f'"format": "{expected_format}"',
                where=str(path),
            )

    def _refuse(self, name: str, right: str) -> ConfigError:
        return ConfigError(
            f"{name!r} of {self._path.name} is missing or refused",
            right=right,
            where=f"{self._path}: {name}",
        )

    def text(self, name: str, default: str | None = None) -> str:
        value = self._value.get(name, default)
        if not isinstance(value, str):
            raise self._refuse(name, "text")
        return value

    def number(self, name: str, default: int) -> int:
        value = self._value.get(name, default)
        if type(value) is not int or value < 1:
            raise self._refuse(name, "a whole number from 1")
        return value

    def flag(self, name: str) -> bool:
        """False where it is absent."""
        value = self._value.get(name, False)
        if not isinstance(value, bool):
            raise self._refuse(name, "true or false")
        return value

    def members(self, name: str) -> dict[str, Members]:
        value = self._value.get(name)
        if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values()):
            raise self._refuse(name, "an object of objects")
        return {key: Members(self._path, value=member) for key, member in value.items()}
