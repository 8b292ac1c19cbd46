"""Hypothesis profiles: the default for `make test`, and a deep one for `make fuzz`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "deep", parent=settings.get_profile("default"), max_examples=20_000, print_blob=True
)
settings.load_profile(os.environ.get("PARLEY_HYPOTHESIS", "default"))
