"""What ADS-B says about the quality of its own positions, as 95 % radii in metres.

Sources: RTCA DO-260 Table 2-11 (NUCp, version 0), DO-260B Table 2-71 (NACp), Table 2-72 (GVA).
"""

from __future__ import annotations

from collections.abc import Mapping

from parley.watch.report import UNKNOWN

NUCP_M: Mapping[int, float] = {
    9: 3.0,
    8: 10.0,
    7: 92.6,
    6: 185.2,
    5: 463.0,
    4: 926.0,
    3: 1_852.0,
    2: 9_260.0,
    1: 18_520.0,
}
NACP_M: Mapping[int, float] = {
    11: 3.0,
    10: 10.0,
    9: 30.0,
    8: 92.6,
    7: 185.2,
    6: 555.6,
    5: 926.0,
    4: 1_852.0,
    3: 3_704.0,
    2: 7_408.0,
    1: 18_520.0,
}
GVA_M: Mapping[int, float] = {1: 150.0, 2: 45.0, 3: 45.0}


def accuracy_m(nac_p: int | None, nuc_p: int | None) -> float:
    """The radius by NACp if it is known and not 0, else by NUCp, else UNKNOWN."""
    if nac_p is not None:
        return NACP_M.get(nac_p, UNKNOWN)
    return UNKNOWN if nuc_p is None else NUCP_M.get(nuc_p, UNKNOWN)
