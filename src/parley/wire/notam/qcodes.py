"""Q-codes of what a notice may be about, and which one a class of activity has.

Traffic, purpose and scope as the NOTAM selection criteria have them (ICAO Doc 8126, chapter 6).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from parley.errors import InputError
from parley.wire.refusals import shown


@dataclass(frozen=True, slots=True)
class QCode:
    """code: Q, subject, condition. words: how item E) begins."""

    code: str
    words: str
    traffic: str = "IV"
    purpose: str = "BO"
    scope: str = "W"


_ROWS = (
    QCode("QRTCA", "TEMPO RESTRICTED AREA ACT"),
    QCode("QRDCA", "DANGER AREA ACT"),
    QCode("QRPCA", "PROHIBITED AREA ACT"),
    QCode("QRRCA", "RESTRICTED AREA ACT"),
    QCode("QRACA", "AIRSPACE RESERVATION ACT"),
    QCode("QRMCA", "MIL OPR AREA ACT"),
    QCode("QWMLW", "MISSILE, GUN OR ROCKET FRNG WILL TAKE PLACE"),
    QCode("QWELW", "EXER WILL TAKE PLACE"),
    QCode("QWULW", "UNMANNED ACFT FLT WILL TAKE PLACE"),
    QCode("QWFLW", "AIR REFUELLING WILL TAKE PLACE"),
    QCode("QWVLW", "FORMATION FLT WILL TAKE PLACE"),
    QCode("QWTLW", "MASS MOV OF ACFT WILL TAKE PLACE"),
    QCode("QWDLW", "DEMOLITION OF EXPLOSIVES WILL TAKE PLACE"),
    QCode("QWPLW", "PJE WILL TAKE PLACE", purpose="M"),
    QCode("QWBLW", "AEROBATICS WILL TAKE PLACE", purpose="M"),
    QCode("QWALW", "AIR DISPLAY WILL TAKE PLACE", purpose="M"),
    QCode("QWCLW", "CAPTIVE BALLOON OR KITE WILL TAKE PLACE", purpose="M"),
    QCode("QWLLW", "ASCENT OF FREE BALLOON WILL TAKE PLACE", purpose="M"),
)
CODES: Mapping[str, QCode] = {row.code: row for row in _ROWS}

BY_CLASS: Mapping[str, str] = {
    "live-activity": "QRDCA",
    "live-fire": "QWMLW",
    "live-firing": "QWMLW",
    "firing": "QWMLW",
    "strike": "QRDCA",
    "missile": "QWMLW",
    "exercise": "QWELW",
    "transit": "QRTCA",
    "patrol": "QRTCA",
    "uas": "QWULW",
    "uav": "QWULW",
    "drone": "QWULW",
    "refuelling": "QWFLW",
    "reservation": "QRACA",
    "training": "QRMCA",
    "parachuting": "QWPLW",
}
"""Of the classes that agreements commonly have; any other class needs a code chosen by a person."""

_FORM = re.compile(r"Q[A-Z]{4}")


def qcode_of(activity_class: str, chosen: str) -> QCode:
    """The code chosen, or that of the class. InputError: not in the table."""
    code = chosen or BY_CLASS.get(activity_class, "")
    found = CODES.get(code)
    if found is not None:
        return found
    known = ", ".join(CODES)
    if not code:
        raise InputError(
            f"class {activity_class} has no Q-code of its own",
            right=f"qcode with one of {known}",
            where="qcode",
        )
    raise InputError(
        f"Q-code {shown(code)} is {'unknown here' if _FORM.fullmatch(code) else 'none'}",
        right=f"one of {known}",
        where="qcode",
    )
