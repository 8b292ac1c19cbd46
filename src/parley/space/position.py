"""A point on the WGS-84 ellipsoid, held to 1e-7 degree (about 1 cm)."""

from __future__ import annotations

from dataclasses import dataclass

from parley.errors import GeometryError

E7 = 10_000_000


def _number(value: float, name: str, limit: int) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise GeometryError(
            f"{name} {value!r:.40} is not a number", right="a number of degrees", where=name
        )
    if not -limit <= value <= limit:
        swapped = name == "lat_deg" and 90 < abs(value) <= 180
        raise GeometryError(
            f"{name} {value!r:.40} is outside -{limit}..{limit}",
            right=f"a finite number in [-{limit}, {limit}]"
            + ("; latitude and longitude look swapped" if swapped else ""),
            where=name,
        )
    return float(value)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Position:
    """A point: geodetic latitude and longitude in degrees, WGS-84, rounded to 1e-7 degree.

    lat_deg in [-90, 90]; lon_deg in [-180, 180], held in [-180, 180): 180 becomes -180. At a
    pole the longitude becomes 0, so that equal points are equal values. The order (latitude,
    then longitude) is only good for sorting. Raises GeometryError for anything else, NaN
    and infinities included.
    """

    lat_deg: float
    lon_deg: float

    def __post_init__(self) -> None:
        lat_e7 = round(_number(self.lat_deg, "lat_deg", 90) * E7)
        lon_e7 = round(_number(self.lon_deg, "lon_deg", 180) * E7)
        if lon_e7 == 180 * E7:
            lon_e7 = -180 * E7
        if abs(lat_e7) == 90 * E7:
            lon_e7 = 0
        object.__setattr__(self, "lat_deg", lat_e7 / E7)
        object.__setattr__(self, "lon_deg", lon_e7 / E7)

    @classmethod
    def from_e7(cls, *, lat_e7: int, lon_e7: int) -> Position:
        """The position of whole 1e-7 degrees; the same bounds and errors as the constructor."""
        for name, value in (("lat_e7", lat_e7), ("lon_e7", lon_e7)):
            if type(value) is not int:
                raise GeometryError(
                    f"{name} {value!r:.40} is not a whole number",
                    right="an integer count of 1e-7 degrees",
                    where=name,
                )
            if abs(value) > 360 * E7:
                raise GeometryError(
                    f"{name} {value!r:.40} is outside the Earth",
                    right="at most 90 (180 for longitude) times 10,000,000",
                    where=name,
                )
        if not (-90 * E7 < lat_e7 < 90 * E7 and -180 * E7 <= lon_e7 < 180 * E7):
            return cls(lat_deg=lat_e7 / E7, lon_deg=lon_e7 / E7)
        whole = object.__new__(cls)
        object.__setattr__(whole, "lat_deg", lat_e7 / E7)
        object.__setattr__(whole, "lon_deg", lon_e7 / E7)
        return whole

    @property
    def lat_e7(self) -> int:
        """Latitude in whole 1e-7 degrees."""
        return round(self.lat_deg * E7)

    @property
    def lon_e7(self) -> int:
        """Longitude in whole 1e-7 degrees, in [-1800000000, 1800000000)."""
        return round(self.lon_deg * E7)

    def __str__(self) -> str:
        return f"{self.lat_deg:.7f} {self.lon_deg:.7f}"
