"""What a decoder of Mode S remembers of each aircraft between two frames, and for how long."""

from __future__ import annotations

from parley.watch.report import Ident, Sense
from parley.wire.adsb.places import Place
from parley.wire.decoding import Rejections
from parley.wire.units import EMERGENCY_CODES

KNOWN_MS = 60_000
QUALITY_MS = 60_000
DIFFERENCE_MS = 10_000
CONFIRM_MS = 30_000
EMERGENCY_MS = 300_000
CLOSE_FT = 2_000
FORGOTTEN = "aircraft-forgotten"


class Aircraft:
    """One aircraft as one receiver hears it. All times are milliseconds of arrival."""

    __slots__ = (
        "_altitude",
        "_code",
        "_difference",
        "_emergency",
        "_nac_p",
        "_other_altitude",
        "_other_code",
        "_squawks",
        "gva",
        "heard_ms",
        "icao24",
        "ident",
        "number",
        "on_ground",
        "place",
        "sense",
    )

    def __init__(self, address: str) -> None:
        own = address.startswith("~")
        self.icao24 = "" if own else address[-6:]
        self.number = address if own else ""
        self.ident = Ident(icao24=self.icao24, number=self.number)
        self.place = Place()
        self.heard_ms = 0
        self.sense = Sense.SELF
        self.on_ground = False
        self.gva = 0
        self._nac_p: tuple[int, int] | None = None
        self._difference: tuple[int, int] | None = None
        self._emergency: tuple[bool, int] | None = None
        self._squawks: tuple[bool, int] | None = None
        self._code = ""
        self._other_code: tuple[str, int] | None = None
        self._altitude: tuple[int, int] | None = None
        self._other_altitude: tuple[int, int] | None = None

    # What it says under parity

    def says_altitude(self, feet: int, now_ms: int) -> None:
        self._altitude = (feet, now_ms)

    def says_difference(self, feet: int, now_ms: int) -> None:
        """GNSS height less pressure altitude."""
        self._difference = (feet, now_ms)

    def says_nac_p(self, nac_p: int | None, now_ms: int) -> None:
        if nac_p is not None:
            self._nac_p = (nac_p, now_ms)

    def says_emergency(self, emergency: bool, now_ms: int) -> None:
        self._emergency = (emergency, now_ms)

    def says_code(self, code: str, now_ms: int) -> None:
        """Its Mode A code, for certain."""
        self._code, self._other_code = code, None
        self._squawks = (code in EMERGENCY_CODES, now_ms)

    # What it still holds

    def difference_at(self, now_ms: int) -> int | None:
        return _held(self._difference, now_ms, DIFFERENCE_MS)

    def nac_p_at(self, now_ms: int) -> int | None:
        return _held(self._nac_p, now_ms, QUALITY_MS)

    def emergency_at(self, now_ms: int) -> bool:
        """By its status message or its code; until it says otherwise, 5 minutes at most."""
        return bool(
            _held(self._emergency, now_ms, EMERGENCY_MS)
            or _held(self._squawks, now_ms, EMERGENCY_MS)
        )

    # What a reply says, which noise can say too

    def code_confirmed(self, code: str, now_ms: int) -> bool:
        """Whether the code is the one it has, or said for the second time within 30 s."""
        other = self._other_code
        if code != self._code:
            self._other_code = (code, now_ms)
            if other is None or other[0] != code or abs(now_ms - other[1]) > CONFIRM_MS:
                return False
        self.says_code(code, now_ms)
        return True

    def altitude_confirmed(self, feet: int, now_ms: int) -> bool:
        """Whether the altitude is within 2,000 ft of the last that was believed or said."""
        near = self._is_near(self._altitude, feet, now_ms)
        if not near and not self._is_near(self._other_altitude, feet, now_ms):
            self._other_altitude = (feet, now_ms)
            return False
        self._altitude = (feet, now_ms)
        return True

    @staticmethod
    def _is_near(said: tuple[int, int] | None, feet: int, now_ms: int) -> bool:
        return (
            said is not None
            and abs(now_ms - said[1]) <= CONFIRM_MS
            and abs(feet - said[0]) <= CLOSE_FT
        )


def _held(said: tuple[int, int] | None, now_ms: int, for_ms: int) -> int | None:
    return said[0] if said is not None and abs(now_ms - said[1]) <= for_ms else None


class Fleet:
    """The aircraft by address, the one heard longest ago first."""

    def __init__(self, max_aircraft: int, rejected: Rejections) -> None:
        self._max = max_aircraft
        self._rejected = rejected
        self._known: dict[str, Aircraft] = {}

    def heard(self, address: str, now_ms: int) -> Aircraft:
        """The aircraft, which was heard under parity; a new one if it was not known."""
        aircraft = self._known.pop(address, None)
        if aircraft is None:
            aircraft = Aircraft(address)
            if len(self._known) >= self._max:
                del self._known[next(iter(self._known))]
                self._rejected.add(FORGOTTEN)
        self._known[address] = aircraft
        aircraft.heard_ms = now_ms
        return aircraft

    def find(self, address: str, now_ms: int) -> Aircraft | None:
        """The aircraft if it was heard under parity within the last minute."""
        aircraft = self._known.get(address)
        if aircraft is None or abs(now_ms - aircraft.heard_ms) > KNOWN_MS:
            return None
        return aircraft

    def __contains__(self, address: str) -> bool:
        return address in self._known

    def __len__(self) -> int:
        return len(self._known)
