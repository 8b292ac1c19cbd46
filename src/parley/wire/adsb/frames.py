"""Raw Mode S frames to reports: rs1090 reads the fields, positions are put together here.

Downlink formats 4, 5, 11, 17, 18, 20 and 21. Parity stands in 11, 17 and 18; in 4, 5, 20 and 21
it is overlaid with the address, so that noise reads as a reply of somebody: those are believed
only from an address that was heard with parity, and what is new in them only when said twice.
Sources: ICAO Annex 10 Vol. IV and Doc 9871, RTCA DO-260B.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import rs1090

from parley.errors import GeometryError
from parley.space import Height, Position, PressureAltitude
from parley.watch.report import UNKNOWN, Ident, Report, Sense
from parley.wire.adsb.aircraft import Aircraft, Fleet
from parley.wire.adsb.altitude import airborne_position
from parley.wire.adsb.places import Receiver
from parley.wire.adsb.quality import GVA_M, accuracy_m
from parley.wire.decoding import Rejections
from parley.wire.units import M_PER_FOOT, MPS_PER_FPM, MPS_PER_KNOT

BATCH = 1000
BAD_FRAME = "bad-frame"
BAD_PARITY = "bad-parity"
BAD_CALLSIGN = "bad-callsign"
UNKNOWN_ADDRESS = "unknown-address"
UNCONFIRMED = "unconfirmed-reply"
NO_REFERENCE = "no-reference"
READER_FAILED = "frame-reader-failed"
DF_REPLIES = (4, 5, 20, 21)
DF_USED = frozenset({4, 5, 11, 17, 18, 20, 21})
_HEX = frozenset("0123456789abcdef")
_NO_EMERGENCY = ("none", "reserved")

Message = Mapping[str, Any]


class Frame(NamedTuple):
    """One frame: 14 or 28 lower-case hex digits, when it arrived, and whether its position was
    measured by multilateration and only written down as ADS-B."""

    text: str
    seen_ms: int
    multilaterated: bool = False


class AdsbFrames:
    """All aircraft that one receiver hears. At most ``max_aircraft`` are remembered: then the one
    heard longest ago is forgotten.

    receiver: tells the four answers of a surface position apart, and refuses what is out of
    range. Without it a surface position needs an earlier position of the same aircraft.
    """

    def __init__(
        self,
        sensor: str,
        rejected: Rejections,
        *,
        receiver: Receiver | None = None,
        max_aircraft: int = 20_000,
    ) -> None:
        self.rejected = rejected
        self._sensor = sensor
        self._receiver = receiver
        self._fleet = Fleet(max_aircraft, rejected)
        self._handlers: Mapping[str, Callable[[Aircraft, Message, Frame], Report | None]] = {
            "05": self._airborne,
            "06": self._surface,
            "08": self._identification,
            "09": self._velocity,
            "61": self._status,
            "62": self._target_state,
            "65": self._operational_status,
            "NoPosition": self._lost_position,
        }

    def take(self, frames: Sequence[Frame]) -> list[Report]:
        """The reports of these frames, in their order."""
        reports: list[Report] = []
        for start in range(0, len(frames), BATCH):
            used = [frame for frame in frames[start : start + BATCH] if self._is_used(frame)]
            for frame, message in self._read(used):
                report = self._report(frame, message)
                if report is not None:
                    reports.append(report)
        return reports

    @property
    def remembered(self) -> int:
        """How many aircraft are remembered."""
        return len(self._fleet)

    def _is_used(self, frame: Frame) -> bool:
        text = frame.text
        if len(text) not in (14, 28) or not _HEX.issuperset(text):
            self.rejected.add(BAD_FRAME)
            return False
        df = int(text[:2], 16) >> 3
        if df not in DF_USED:
            return False
        if (len(text) == 28) != (df >= 16):
            self.rejected.add(BAD_FRAME)
            return False
        if df == 11:
            if parity(bytes.fromhex(text)) > 0x7F:
                self.rejected.add(BAD_PARITY)
            else:
                self._fleet.heard(text[2:8], frame.seen_ms)
            return False
        return True

    def _read(self, frames: Sequence[Frame]) -> list[tuple[Frame, Message]]:
        """Each frame with its fields; those that do not read are counted."""
        if not frames:
            return []
        # Times this far apart keep rs1090 from pairing positions: it forgets after each call.
        apart = [index * 1000.0 for index in range(len(frames))]
        try:
            messages = rs1090.decode([frame.text for frame in frames], timestamp=apart)
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # what Rust's panic becomes
                raise
            if len(frames) == 1:
                self.rejected.add(READER_FAILED)
                return []
            return [pair for frame in frames for pair in self._read((frame,))]
        read = {int(message["timestamp"] / 1000): message for message in messages}
        if len(read) == len(frames):
            return [(frames[index], message) for index, message in read.items()]
        found = ((frame, read.get(i) or self._unread(frame)) for i, frame in enumerate(frames))
        return [(frame, message) for frame, message in found if message is not None]

    def _unread(self, frame: Frame) -> Message | None:
        """What rs1090 refused: a position all the same, or a reason."""
        squitter = len(frame.text) == 28 and int(frame.text[:2], 16) >> 3 in (17, 18)
        if not squitter or parity(bytes.fromhex(frame.text)) != 0:
            self.rejected.add(BAD_PARITY if squitter else BAD_FRAME)
            return None
        message = airborne_position(frame.text)
        if message is None:
            self.rejected.add(BAD_FRAME)
        return message

    def _report(self, frame: Frame, message: Message) -> Report | None:
        text = frame.text
        df = int(text[:2], 16) >> 3
        if df in DF_REPLIES:
            return self._reply(frame, message)
        handler = self._handlers.get(message.get("bds", ""))
        if handler is None:
            return None
        address, sense = text[2:8], Sense.SELF
        if frame.multilaterated:
            address, sense = f"mlat:{address}", Sense.MULTILATERATION
        elif df == 18:
            named = _ground_address(text, self._fleet)
            if named is None:
                return None
            address, sense = named
        aircraft = self._fleet.heard(address, frame.seen_ms)
        aircraft.sense = sense
        try:
            return handler(aircraft, message, frame)
        except GeometryError:
            self.rejected.add(BAD_FRAME)
            return None

    # Replies to an interrogation: DF 4, 5, 20, 21

    def _reply(self, frame: Frame, message: Message) -> Report | None:
        aircraft = self._fleet.find(message["icao24"], frame.seen_ms)
        if aircraft is None:
            self.rejected.add(UNKNOWN_ADDRESS)
            return None
        code = message.get("squawk")
        if code is not None:
            if not aircraft.code_confirmed(code, frame.seen_ms):
                self.rejected.add(UNCONFIRMED)
                return None
            return self._made(
                aircraft, frame, Ident(aircraft.icao24, code, "", "", aircraft.number)
            )
        feet = message.get("altitude")
        if feet is None:
            return None
        if not aircraft.altitude_confirmed(feet, frame.seen_ms):
            self.rejected.add(UNCONFIRMED)
            return None
        return self._made(aircraft, frame, pressure=_pressure(feet))

    # Extended squitter: DF 17, 18

    def _airborne(self, aircraft: Aircraft, message: Message, frame: Frame) -> Report | None:
        aircraft.on_ground = False
        type_code, feet = message["tc"], message["altitude"]
        pressure, height = None, None
        if feet is not None and type_code <= 18:
            pressure = _pressure(feet)
            aircraft.says_altitude(feet, frame.seen_ms)
            difference = aircraft.difference_at(frame.seen_ms)
            if type_code in (9, 10) and difference is not None:
                height = Height.metres((feet + difference) * M_PER_FOOT)
        elif feet is not None and type_code in (20, 21):
            height = Height.metres(feet * M_PER_FOOT)
        report = self._position(aircraft, message, frame, surface=False)
        if report is None and pressure is None and height is None:
            return None
        quality = GVA_M.get(aircraft.gva, UNKNOWN) if height is not None else UNKNOWN
        position, radius_m, doubted = report or (None, UNKNOWN, False)
        return self._made(
            aircraft,
            frame,
            position=position,
            accuracy_m=radius_m,
            pressure=pressure,
            height=height,
            height_accuracy_m=quality,
            doubted=doubted,
        )

    def _surface(self, aircraft: Aircraft, message: Message, frame: Frame) -> Report | None:
        aircraft.on_ground = True
        report = self._position(aircraft, message, frame, surface=True)
        position, radius_m, doubted = report or (None, UNKNOWN, False)
        knots, course = message.get("groundspeed"), message.get("track")
        if position is None and knots is None:
            return None
        return self._made(
            aircraft,
            frame,
            position=position,
            accuracy_m=radius_m,
            speed_mps=UNKNOWN if knots is None else knots * MPS_PER_KNOT,
            course_deg=UNKNOWN if course is None else course % 360.0,
            doubted=doubted,
        )

    def _position(
        self, aircraft: Aircraft, message: Message, frame: Frame, *, surface: bool
    ) -> tuple[Position, float, bool] | None:
        half = message["lat_cpr"], message["lon_cpr"]
        odd = message["parity"] == "odd"
        if surface and self._receiver is None and not aircraft.place.known_at(frame.seen_ms):
            self.rejected.add(NO_REFERENCE)
        fix, reason = aircraft.place.locate(half, odd, surface, frame.seen_ms, self._receiver)
        if fix is None:
            if reason:
                self.rejected.add(reason)
            return None
        nac_p = aircraft.nac_p_at(frame.seen_ms)
        nuc_p = message.get("NUCp")
        lost = nac_p == 0 or nuc_p == 0
        if aircraft.sense is Sense.MULTILATERATION:
            return Position(lat_deg=fix[0], lon_deg=fix[1]), UNKNOWN, False
        doubted = lost and aircraft.sense is Sense.SELF
        return Position(lat_deg=fix[0], lon_deg=fix[1]), accuracy_m(nac_p, nuc_p), doubted

    def _lost_position(self, aircraft: Aircraft, message: Message, frame: Frame) -> Report | None:
        """Type code 0: it has no position any more. Told only of one that had."""
        if aircraft.place.known_at(frame.seen_ms) and aircraft.sense is Sense.SELF:
            return self._made(aircraft, frame, doubted=True)
        return None

    def _identification(self, aircraft: Aircraft, message: Message, frame: Frame) -> Report | None:
        callsign = str(message.get("callsign") or "").strip()
        if not callsign:
            return None
        if "#" in callsign:  # rs1090 writes it for a character that the code does not have
            self.rejected.add(BAD_CALLSIGN)
            return None
        ident = Ident(aircraft.icao24, "", callsign, "", aircraft.number)
        return self._made(aircraft, frame, ident)

    def _velocity(self, aircraft: Aircraft, message: Message, frame: Frame) -> Report | None:
        aircraft.on_ground = False
        difference = message.get("geo_minus_baro")
        if difference is not None:
            aircraft.says_difference(difference, frame.seen_ms)
        knots, course = message.get("groundspeed"), message.get("track")
        climb = message.get("vertical_rate")
        if knots is None and climb is None:
            return None
        return self._made(
            aircraft,
            frame,
            speed_mps=UNKNOWN if knots is None else knots * MPS_PER_KNOT,
            course_deg=UNKNOWN if knots is None or course is None else course % 360.0,
            climb_mps=UNKNOWN if climb is None else climb * MPS_PER_FPM,
        )

    def _status(self, aircraft: Aircraft, message: Message, frame: Frame) -> Report | None:
        if message.get("subtype") != "emergency_priority":
            return None
        state = message.get("emergency_state", "none")
        aircraft.says_emergency(state not in _NO_EMERGENCY, frame.seen_ms)
        code = message.get("squawk") or ""
        if code == "0000":  # version 0 leaves it empty
            code = ""
        if code:
            aircraft.says_code(code, frame.seen_ms)
        return self._made(aircraft, frame, Ident(aircraft.icao24, code, "", "", aircraft.number))

    def _target_state(self, aircraft: Aircraft, message: Message, frame: Frame) -> None:
        aircraft.says_nac_p(message.get("NACp"), frame.seen_ms)

    def _operational_status(self, aircraft: Aircraft, message: Message, frame: Frame) -> None:
        aircraft.gva = message.get("GVA") or 0
        if message.get("version", 0) >= 1:
            aircraft.says_nac_p(message.get("NACp"), frame.seen_ms)

    def _made(
        self, aircraft: Aircraft, frame: Frame, ident: Ident | None = None, **fields: Any
    ) -> Report:
        return Report(
            sensor=self._sensor,
            seen_ms=frame.seen_ms,
            ident=ident or aircraft.ident,
            on_ground=aircraft.on_ground,
            emergency=aircraft.emergency_at(frame.seen_ms),
            sense=aircraft.sense,
            **fields,
        )


def _pressure(feet: int) -> PressureAltitude:
    return PressureAltitude(round(feet * 30.48))


def _ground_address(text: str, fleet: Fleet) -> tuple[str, Sense] | None:
    """The address of a DF 18 frame and who measured; None for formats that are not read.

    Control field 0: a squitter without a transponder; 1, 5: not an ICAO address; 2: TIS-B, seen
    by a ground station's radar; 6: rebroadcast. In 2 and 6 the IMF bit says whose address it is.
    """
    control, address = int(text[:2], 16) & 7, text[2:8]
    if control not in (0, 1, 2, 5, 6):
        return None
    sense = Sense.SYSTEM if control in (2, 5) else Sense.SELF
    own = control in (1, 5)
    if control in (2, 6):
        type_code = int(text[8:10], 16) >> 3
        if type_code in (5, 6, 7, 8):
            own = bool(int(text[12:14], 16) & 0x08)
        elif type_code == 19:
            own = bool(int(text[10:12], 16) & 0x80)
        elif 9 <= type_code <= 22:
            own = bool(int(text[8:10], 16) & 0x01)
        else:
            own = address not in fleet
    return (f"~{address}" if own else address), sense


def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        rest = byte << 16
        for _ in range(8):
            rest = (rest << 1) ^ (0x1FFF409 if rest & 0x800000 else 0)
        rows.append(rest)
    return tuple(rows)


_CRC = _table()


def parity(frame: bytes) -> int:
    """What is left of the 24-bit parity: 0 if nothing is overlaid, else the address, or the code
    of the interrogator. Source: ICAO Annex 10 Vol. IV, 3.1.2.3.3."""
    rest = 0
    for byte in frame[:-3]:
        rest = ((rest << 8) & 0xFFFFFF) ^ _CRC[(rest >> 16) ^ byte]
    return rest ^ int.from_bytes(frame[-3:], "big")
