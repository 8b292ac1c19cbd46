"""What people chose for this node's lines: values, made by the composition root."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.node.liaison.hotline_checks import CheckSettings
from parley.node.liaison.translation import Translating


@dataclass(frozen=True, slots=True)
class HotlineSettings:
    """checks: how often each line is asked. fallback: by what else the others are reached, where
    nobody reported anything better. translating: None for no machine translation."""

    checks: CheckSettings = field(default_factory=CheckSettings)
    fallback: str = ""
    translating: Translating | None = None
