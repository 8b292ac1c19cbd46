from __future__ import annotations

import json
from typing import Any

import pytest

from parley.rules.agreement import Agreement
from parley.wire.agreement import parse_agreement

TIMERS = {
    "read_s": 60,
    "read_back_s": 120,
    "answer_s": 300,
    "escalation": [{"after_s": 300, "role": "ops"}],
}


def _file() -> dict[str, Any]:
    return {
        "format": "parley/agreement/v1",
        "id": "levant",
        "version": 1,
        "title": "Example agreement",
        "valid": {"start": "2018-01-01T00:00:00Z", "end": "2019-01-01T00:00:00+03:00"},
        "area": {"circle": {"centre": "35N 36E", "radius_m": 500_000}},
        "parties": [
            {"id": "il", "name": "Party IL", "roles": ["ops"]},
            {"id": "ru", "name": "Party RU", "roles": ["ops", "hq"]},
            {"id": "un", "name": "Observer", "roles": ["watch"], "observer": True},
        ],
        "classes": [
            {
                "id": "strike",
                "title": "Air-to-ground activity",
                "lead_s": 1800,
                "timers": TIMERS,
                "separation": {"horizontal_m": 5000, "vertical_m": 300, "time_s": 300},
                "hazard": {
                    "overshoot_m": 2000,
                    "overshoot_up_m": 500,
                    "before_s": 60,
                    "after_s": 600,
                },
                "provokes_reaction": True,
            }
        ],
        "urgent": {"read_s": 10, "read_back_s": 20, "answer_s": 30},
        "truth": {
            "tolerance_m": 1000,
            "max_speed_mps": 700,
            "max_age_s": 120,
            "claim_m": 50_000,
        },
        "distress_pass_on_s": 60,
        "all_clear_cap_s": 3600,
        "third_parties": [
            {
                "id": "syad",
                "name": "Air defence of a third party",
                "posture": {"polygon": {"vertices": ["34N 35E", "34N 37E", "36N 37E", "36N 35E"]}},
                "reaction": {
                    "trigger_m": 50_000,
                    "reach_m": 60_000,
                    "overshoot_m": 40_000,
                    "band": {"floor_m": 0, "ceiling_m": 30_000},
                    "after_s": 1800,
                },
            }
        ],
        "sites": [
            {
                "id": "hmeimim",
                "name": "Airfield",
                "party": "ru",
                "area": {"circle": {"centre": "HMEIMIM 090/1km", "radius_m": 8000}},
                "band": {"floor_m": 0, "ceiling_m": 5000},
            }
        ],
        "named_areas": [
            {
                "id": "latakia",
                "name": "Latakia",
                "area": {
                    "corridor": {"points": ["35.52N 35.80E", "35.60N 35.80E"], "half_width_m": 4000}
                },
            }
        ],
        "named_positions": {"HMEIMIM": "35.4008N 035.9486E"},
        "conflicts_within_party": False,
    }


@pytest.fixture
def agreement_file() -> dict[str, Any]:
    """A fresh agreement file as JSON values, to be spoilt by a test."""
    fresh: dict[str, Any] = json.loads(json.dumps(_file()))
    return fresh


@pytest.fixture(scope="session")
def agreement_bytes() -> bytes:
    return json.dumps(_file()).encode()


@pytest.fixture(scope="session")
def agreement(agreement_bytes: bytes) -> Agreement:
    return parse_agreement(agreement_bytes, "levant.json")
