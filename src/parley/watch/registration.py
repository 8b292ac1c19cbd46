from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registration:
    sensor: str
    misaligned: bool
    rotation_mdeg: int
    range_m: int
    offset_m: int
    residual_m: int
    tracks: int
    confidence_percent: int
    from_ms: int
    codes: tuple[str, ...]
