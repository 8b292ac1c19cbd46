"""Instants in sentences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_LAST_MS = 253_402_300_799_999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def when(at_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds; beyond the year 9999 the number itself."""
    if not 0 <= at_ms <= _LAST_MS:
        return f"{at_ms} ms"
    at = _EPOCH + timedelta(milliseconds=at_ms)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
