"""The layouts of ASTERIX categories 021, 048 and 062: which items, in which order, how long.

Later editions only add to items, so that one layout reads all editions from the oldest named to
the newest. Sources: EUROCONTROL-SPEC-0149, Part 12 (021), Part 4 (048), Part 9 (062); edition
0.17 of Part 9 from the definition that the decoder of Croatia Control carries, checked against a
recording of 2008. A test compares them with the specifications that libasterix carries.
"""

from __future__ import annotations

from parley.wire.asterix.layout import Endless, Explicit, Extended, Field, Fields, Repeated

RESERVED: tuple[Field, Field] = (("RE", Explicit()), ("SP", Explicit()))

_INTENT = Fields(("TIS", Extended((1,))), ("TID", Repeated(15)))
_WIND = Fields(("WS", 2), ("WD", 2), ("TMP", 2), ("TRB", 1))
_AGES_021 = Fields(*((f"age{n}", 1) for n in range(1, 24)))


def _cat021(capabilities: Extended) -> Fields:
    return Fields(
        ("010", 2),
        ("040", Extended((1,) * 5)),
        ("161", 2),
        ("015", 1),
        ("071", 3),
        ("130", 6),
        ("131", 8),
        ("072", 3),
        ("150", 2),
        ("151", 2),
        ("080", 3),
        ("073", 3),
        ("074", 4),
        ("075", 3),
        ("076", 4),
        ("140", 2),
        ("090", Extended((1,) * 9)),
        ("210", 1),
        ("070", 2),
        ("230", 2),
        ("145", 2),
        ("152", 2),
        ("200", 1),
        ("155", 2),
        ("157", 2),
        ("160", 4),
        ("165", 2),
        ("077", 3),
        ("170", 6),
        ("020", 1),
        ("220", _WIND),
        ("146", 2),
        ("148", 2),
        ("110", _INTENT),
        ("016", 1),
        ("008", 1),
        ("271", capabilities),
        ("132", 1),
        ("250", Repeated(8)),
        ("260", 7),
        ("400", 1),
        ("295", _AGES_021),
        *((None,) * 5),
        *RESERVED,
    )


CAT021 = _cat021(Extended((1, 1)))
CAT021_2_1 = _cat021(Extended((1, 1), closed=False))


def _cat021_early(position_octets: int, *later: Field) -> Fields:
    return Fields(
        ("010", 2),
        ("040", 2),
        ("030", 3),
        ("130", position_octets),
        ("080", 3),
        ("140", 2),
        ("090", 2),
        ("210", 1),
        ("230", 2),
        ("145", 2),
        ("150", 2),
        ("151", 2),
        ("152", 2),
        ("155", 2),
        ("157", 2),
        ("160", 4),
        ("165", Extended((1, 1))),
        ("170", 6),
        ("095", 1),
        ("032", 1),
        ("200", 1),
        ("020", 1),
        ("220", _WIND),
        ("146", 2),
        ("148", 2),
        ("110", _INTENT),
        *later,
        *((None,) * (7 - len(later))),
        *RESERVED,
    )


CAT021_0_23 = _cat021_early(6)
CAT021_0_25 = _cat021_early(8)
CAT021_0_26 = _cat021_early(8, ("070", 2), ("131", 1))

CAT048 = Fields(
    ("010", 2),
    ("140", 3),
    ("020", Extended((1,) * 6)),
    ("040", 4),
    ("070", 2),
    ("090", 2),
    ("130", Fields(*((name, 1) for name in ("SRL", "SRR", "SAM", "PRL", "PAM", "RPD", "APD")))),
    ("220", 3),
    ("240", 6),
    ("250", Repeated(8)),
    ("161", 2),
    ("042", 4),
    ("200", 4),
    ("170", Extended((1, 1))),
    ("210", 4),
    ("030", Endless(1)),
    ("080", 2),
    ("100", 4),
    ("110", 2),
    ("120", Fields(("CAL", 2), ("RDS", Repeated(6)))),
    ("230", 2),
    ("260", 7),
    ("055", 1),
    ("050", 2),
    ("065", 1),
    ("060", 2),
    ("SP", Explicit()),
    ("RE", Explicit()),
)

AIRCRAFT_062 = Fields(
    ("ADR", 3),
    ("ID", 6),
    *((name, 2) for name in ("MHG", "IAS", "TAS", "SAL", "FSS")),
    ("TIS", Extended((1,))),
    ("TID", Repeated(15)),
    ("COM", 2),
    ("SAB", 2),
    ("ACS", 7),
    *((name, 2) for name in ("BVR", "GVR", "RAN", "TAR", "TAN", "GS")),
    ("VUN", 1),
    ("MET", 8),
    ("EMC", 1),
    ("POS", 6),
    ("GAL", 2),
    ("PUN", 1),
    ("MB", Repeated(8)),
    ("IAR", 2),
    ("MAC", 2),
    ("BPS", 2),
)
_PLAN: tuple[Field, ...] = (
    ("TAG", 2),
    ("CS", 7),
    ("IFI", 4),
    ("FCT", 1),
    ("TAC", 4),
    ("WTC", 1),
    ("DEP", 4),
    ("DST", 4),
    ("RDS", 3),
    ("CFL", 2),
    ("CTL", 2),
    ("TOD", Repeated(4)),
    ("AST", 6),
    ("STS", 1),
)
PLAN_062 = Fields(*_PLAN, ("STD", 7), ("STA", 7), ("PEM", 2), ("PEC", 7))
ACCURACY_062 = Fields(
    ("APC", 4),
    ("COV", 2),
    ("APW", 4),
    ("AGA", 1),
    ("ABA", 1),
    ("ATV", 2),
    ("AA", 2),
    ("ARC", 1),
)
MEASURED_062 = Fields(("SID", 2), ("POS", 4), ("HEI", 2), ("MDC", 2), ("MDA", 2), ("TYP", 1))
_AGES_062 = Fields(
    *((f"age{n}", 1) for n in range(1, 5)), ("age5", 2), *((f"age{n}", 1) for n in range(6, 11))
)
_MODE_5 = Fields(("SUM", 1), ("PMN", 4), ("POS", 6), ("GA", 2), ("EM1", 2), ("TOS", 1), ("XP", 1))

CAT062 = Fields(
    ("010", 2),
    None,
    ("015", 1),
    ("070", 3),
    ("105", 8),
    ("100", 6),
    ("185", 4),
    ("210", 2),
    ("060", 2),
    ("245", 7),
    ("380", AIRCRAFT_062),
    ("040", 2),
    ("080", Extended((1,) * 7)),
    ("290", _AGES_062),
    ("200", 1),
    ("295", Fields(*((f"age{n}", 1) for n in range(1, 32)))),
    ("136", 2),
    ("130", 2),
    ("135", 2),
    ("220", 2),
    ("390", PLAN_062),
    ("270", Extended((1, 1, 1))),
    ("300", 1),
    ("110", _MODE_5),
    ("120", 2),
    ("510", Endless(3)),
    ("500", ACCURACY_062),
    ("340", MEASURED_062),
    *((None,) * 5),
    *RESERVED,
)

AIRCRAFT_062_0_17 = Fields(("MB", Repeated(8)), ("ADR", 3), ("ID", 6), ("COM", 2), ("ACS", 7))
PLAN_062_0_17 = Fields(*_PLAN)
ACCURACY_062_0_17 = Fields(
    ("APC", 2),
    ("APW", 4),
    ("ATA", 2),
    ("ATF", 1),
    ("ATV", 3),
    ("ART", 1),
    ("ALA", 2),
    ("ARC", 1),
)
_AGES_062_0_17 = Fields(
    *((f"age{n}", 1) for n in range(1, 6)), ("age6", 2), *((f"age{n}", 1) for n in range(7, 10))
)

CAT062_0_17 = Fields(
    ("010", 2),
    ("015", 1),
    ("070", 3),
    ("040", 2),
    ("105", 6),
    ("100", 4),
    ("060", 2),
    ("130", 2),
    ("135", 2),
    ("136", 2),
    ("180", 4),
    ("200", 1),
    ("220", 2),
    ("240", 1),
    ("210", 2),
    ("080", Extended((1,) * 4)),
    ("290", _AGES_062_0_17),
    ("340", MEASURED_062),
    ("380", AIRCRAFT_062_0_17),
    None,
    ("390", PLAN_062_0_17),
    ("110", 1),
    ("120", 2),
    ("510", Endless(3)),
    None,
    None,
    *RESERVED,
)
