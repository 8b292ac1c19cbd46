"""What a party chose for its console. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.errors import ConfigError

MOST_HOURS = 24


@dataclass(frozen=True, slots=True)
class HashCost:
    """What one Argon2id hash costs. Source: RFC 9106, 4, the second recommended option."""

    memory_kib: int = 65_536
    iterations: int = 3
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """two_persons: who releases is not who wrote. shift_h, longest_shift_h: hours of a session,
    where nothing else is asked for, and at most. at_once: hashes computed at the same time.

    ConfigError: a shift of no or of more than 24 hours."""

    two_persons: bool = True
    shift_h: int = 12
    longest_shift_h: int = 14
    cost: HashCost = field(default_factory=HashCost)
    at_once: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.shift_h <= self.longest_shift_h <= MOST_HOURS:
            raise ConfigError(
                f"shifts of {self.shift_h} h, at most {self.longest_shift_h} h",
                right=f"1 <= shift_h <= longest_shift_h <= {MOST_HOURS}",
                where="shift_h",
            )
