"""Hypothesis profiles: the default for `make test`, and a deep one for `make fuzz`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "deep", parent=settings.get_profile("default"), max_examples=20_000, print_blob=True
)
settings.load_profile(os.environ.get("PARLEY_HYPOTHESIS", "default"))


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command that a test ran in this process leaves its logger behind, and with it a stream
    that is closed by then."""
    yield
    structlog.reset_defaults()
