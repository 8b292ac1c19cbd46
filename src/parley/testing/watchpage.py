"""The defaults of the live watch in docs/formats/agreement.md, made from ``WatchRules``:
``python -m parley.testing.diagrams`` writes them with the diagrams."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parley.rules.watching import WatchRules
from parley.wire.watchrules import watch_to

PAGE = Path(__file__).resolve().parents[3] / "docs" / "formats" / "agreement.md"
_BLOCK = re.compile(r'(?<=```json\n)\{\n  "watch": .*?(?=```)', re.DOTALL)
_WIDE = 98


def page() -> str:
    """The page with the defaults of today in it."""
    return _BLOCK.sub(lambda _: block(), PAGE.read_text(encoding="utf-8"), count=1)


def block() -> str:
    """All rules with their defaults as a member of an agreement file, a few to a line."""
    members = ["\n".join(_member(name, value)) for name, value in watch_to(WatchRules()).items()]
    return '{\n  "watch": {\n' + ",\n".join(members) + "\n  }\n}\n"


def _member(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield f'    "{name}": ['
        yield ",\n".join(f"      {json.dumps(one)}" for one in value)
        yield "    ]"
    elif not isinstance(value, dict):
        yield f'    "{name}": {json.dumps(value)}'
    else:
        yield f'    "{name}": {{'
        line = "     "
        for index, (key, inner) in enumerate(value.items()):
            part = f' "{key}": {json.dumps(inner)}{"," if index < len(value) - 1 else ""}'
            if len(line) + len(part) > _WIDE:
                yield line
                line = "     "
            line += part
        yield line
        yield "    }"
