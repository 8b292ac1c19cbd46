"""A small neutral agreement for tests: two parties, an observer, a third party that may react."""

from __future__ import annotations

from parley.rules.agreement import (
    ActivityClass,
    Agreement,
    Escalation,
    HazardBuffer,
    NamedArea,
    Party,
    Reaction,
    SeparationMinima,
    Site,
    ThirdParty,
    Timers,
    TruthRule,
)
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.clock import DAWN_MS

HOUR_MS = 3_600_000
CENTRE = Position(lat_deg=40.0, lon_deg=20.0)


def small_agreement() -> Agreement:
    """Parties blue, green and the observer white; third party battery; classes transit and
    live-activity; valid for a year around ``DAWN_MS``; 300 km round 40 N 20 E."""
    timers = Timers(60, 120, 300, (Escalation(300, "chief"),))
    return Agreement(
        id="small",
        version=1,
        title="A small agreement for tests",
        parties=(
            Party("blue", "Blue", ("duty", "chief")),
            Party("green", "Green", ("duty", "chief")),
            Party("white", "White, who observes", ("watch",), observer=True),
        ),
        area=Area.circle(CENTRE, 300_000),
        valid=Span(DAWN_MS - 183 * 24 * HOUR_MS, DAWN_MS + 183 * 24 * HOUR_MS),
        classes=(
            ActivityClass(
                "transit",
                "Transit",
                1800,
                timers,
                SeparationMinima(5_000, 300, 300),
                HazardBuffer(0, 0, 0, 0),
                needs_read_back=False,
            ),
            ActivityClass(
                "live-activity",
                "Live activity",
                3600,
                timers,
                SeparationMinima(10_000, 1_000, 600),
                HazardBuffer(5_000, 1_000, 60, 300),
                provokes_reaction=True,
                needs_all_clear=True,
            ),
        ),
        urgent=Timers(10, 20, 60),
        truth=TruthRule(1_000, 300, 120, 50_000),
        distress_pass_on_s=60,
        all_clear_cap_s=7_200,
        third_parties=(
            ThirdParty(
                "battery",
                "A battery that signed nothing",
                Area.circle(Position(lat_deg=40.5, lon_deg=20.5), 20_000),
                Reaction(30_000, 15_000, 5_000, Band.metres(0, 20_000), 900),
            ),
        ),
        sites=(
            Site(
                "harbour",
                "Harbour",
                "green",
                Area.circle(Position(lat_deg=39.5, lon_deg=19.5), 2_000),
                Band.metres(0, 500),
            ),
        ),
        named_areas=(
            NamedArea("lake", "The lake", Area.circle(Position(lat_deg=40.2, lon_deg=19.8), 8_000)),
        ),
        named_positions=(("tower", CENTRE),),
    )


def transit(number: int, *, start_ms: int = DAWN_MS + 2 * HOUR_MS) -> Draft:
    """A draft of a transit, each number at a place of its own that conflicts with no other."""
    row, column = divmod(number, 20)
    centre = Position(lat_deg=38.5 + 0.12 * (row % 20), lon_deg=18.5 + 0.12 * column)
    begin_ms = start_ms + HOUR_MS * (row // 20)
    volume = Volume(
        Area.circle(centre, 1_000), Band.metres(100, 900), Span(begin_ms, begin_ms + 600_000)
    )
    return Draft("transit", (NoticeVolume(Use.ACTIVITY, volume),))
