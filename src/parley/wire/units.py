"""Feet, knots and feet a minute become SI; nothing above wire/ knows them."""

from __future__ import annotations

M_PER_FOOT = 0.3048
MPS_PER_KNOT = 1852 / 3600
MPS_PER_FPM = 0.3048 / 60

EMERGENCY_CODES = frozenset({"7500", "7600", "7700"})
"""Mode A codes for unlawful interference, radio failure and distress (ICAO Doc 4444, 8.5.4)."""
